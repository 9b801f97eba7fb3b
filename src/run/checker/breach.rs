//! What can be broken: the invariants, how each of them is, and the record of it. Facts with numbers and no text.

use crate::base::{ClientId, NodeId, ReplId, Time};

/// An invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Nodes at the same offset of the same history hold the same data.
    SameData,
    /// What a node received is a prefix of its history.
    Prefix,
    /// An offset goes back only with a full resync or a new process.
    Forward,
    /// The backlog holds the latest bytes of the stream, as many as its size and its readers ask for.
    Backlog,
    /// A refused write is in no stream.
    Refused,
    /// An acknowledgement, and so WAIT, counts only what a replica has.
    Counted,
    /// When everything works again, all replicas come to hold what their master holds.
    Converged,
    /// Nothing panics.
    Panics,
}

/// How an invariant was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// Two nodes, or one at two times, hold different data at the same offset.
    Differs {
        /// The node.
        node: NodeId,
        /// The one that was there first.
        other: NodeId,
        /// Their history.
        replid: ReplId,
        /// Their offset.
        offset: i64,
        /// What the node holds, in one number.
        found: u64,
        /// What the other held.
        expected: u64,
    },
    /// A byte of the stream is not the one that was produced.
    WrongByte {
        /// The node.
        node: NodeId,
        /// Its history.
        replid: ReplId,
        /// Where.
        offset: i64,
        /// What it holds.
        found: u8,
        /// What was produced.
        expected: u8,
        /// In its backlog, long after it came; otherwise when it came.
        in_backlog: bool,
    },
    /// What came from the master is not the protocol.
    NotTheProtocol {
        /// The replica.
        node: NodeId,
        /// Its offset.
        offset: i64,
    },
    /// An offset went back.
    WentBack {
        /// The node.
        node: NodeId,
        /// Where it was.
        from: i64,
        /// Where it is.
        to: i64,
    },
    /// The history got another name, and what it says of the last byte under the old one is wrong.
    WrongFork {
        /// The node.
        node: NodeId,
        /// The last byte of the old name, as the node has it.
        fork: i64,
        /// Where the node stood.
        offset: i64,
    },
    /// The backlog ends elsewhere than the stream.
    BacklogEnds {
        /// The node.
        node: NodeId,
        /// The last byte of its backlog.
        end: i64,
        /// Its offset.
        offset: i64,
    },
    /// The backlog lost bytes that its size has room for.
    BacklogShort {
        /// The node.
        node: NodeId,
        /// Bytes that it holds.
        held: i64,
        /// Bytes that it should hold at least.
        least: i64,
    },
    /// The backlog lacks a byte between its first and its last one.
    BacklogLacks {
        /// The node.
        node: NodeId,
        /// The byte.
        offset: i64,
    },
    /// The backlog keeps bytes that neither its size nor a reader asks for.
    BacklogLong {
        /// The node.
        node: NodeId,
        /// Bytes that it holds.
        held: i64,
        /// Bytes that it should hold at most.
        most: i64,
    },
    /// A replica's output stays above its hard limit.
    OutputOverLimit {
        /// The master.
        node: NodeId,
        /// Bytes of the output, as the limit counts them.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A client was refused a write that a stream holds.
    RefusedInStream {
        /// The client.
        client: ClientId,
        /// The node that refused it.
        node: NodeId,
    },
    /// A write entered the stream while min-replicas refused writes, or should have.
    WroteWhileRefusing {
        /// The node.
        node: NodeId,
        /// Its offset behind the write.
        offset: i64,
    },
    /// A master was told, or believes, that a replica has bytes that it never had.
    AckBeyond {
        /// The master.
        node: NodeId,
        /// The replica.
        replica: NodeId,
        /// What was acknowledged.
        acked: i64,
        /// The highest offset that the replica had.
        reached: i64,
    },
    /// WAIT was answered with more replicas than have the bytes.
    Miscounted {
        /// The master.
        node: NodeId,
        /// The offset that was waited for.
        offset: i64,
        /// The answer.
        acked: i64,
        /// How many nodes had it.
        held: i64,
    },
    /// Everything should work, and does not: a process ended by itself, or something goes on for ever.
    NoCalm,
    /// A replica did not come to its master's data in time.
    Astray {
        /// The replica.
        node: NodeId,
        /// Its master.
        master: NodeId,
        /// When everything worked again.
        since: Time,
        /// Where it is.
        offset: i64,
        /// Where it should have come at least.
        goal: i64,
    },
}

/// An invariant that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which one.
    pub check: Check,
    /// When.
    pub time: Time,
    /// How.
    pub breach: Breach,
}

/// What became of one invariant so far.
#[derive(Clone, Debug, Default)]
pub struct Light {
    /// How often it was put to the test.
    pub tried: u64,
    /// When it was first.
    pub since: Option<Time>,
    /// Where it was broken first.
    pub broken: Option<Violation>,
}

impl Light {
    /// It is put to the test.
    #[inline(never)]
    pub(super) fn try_at(&mut self, time: Time) {
        self.tried += 1;
        self.since.get_or_insert(time);
    }
}

impl Check {
    /// All of them, in their order.
    pub const ALL: [Check; 8] = [
        Check::SameData,
        Check::Prefix,
        Check::Forward,
        Check::Backlog,
        Check::Refused,
        Check::Counted,
        Check::Converged,
        Check::Panics,
    ];

    /// Its name, as data files and the page have it.
    pub const fn name(self) -> &'static str {
        match self {
            Check::SameData => "same offset, same data",
            Check::Prefix => "a stream is a prefix of its history",
            Check::Forward => "offsets go forward",
            Check::Backlog => "the backlog is the stream",
            Check::Refused => "a refused write is in no stream",
            Check::Counted => "WAIT counts what replicas have",
            Check::Converged => "all converge after faults",
            Check::Panics => "nothing panics",
        }
    }
}

impl Breach {
    /// The invariant that is broken by it.
    pub const fn check(&self) -> Check {
        match self {
            Breach::Differs { .. } => Check::SameData,
            Breach::WrongByte { in_backlog: false, .. } => Check::Prefix,
            Breach::NotTheProtocol { .. } | Breach::WrongFork { .. } => Check::Prefix,
            Breach::WentBack { .. } => Check::Forward,
            Breach::WrongByte { in_backlog: true, .. } => Check::Backlog,
            Breach::BacklogEnds { .. } | Breach::BacklogShort { .. } | Breach::BacklogLacks { .. } => Check::Backlog,
            Breach::BacklogLong { .. } | Breach::OutputOverLimit { .. } => Check::Backlog,
            Breach::RefusedInStream { .. } | Breach::WroteWhileRefusing { .. } => Check::Refused,
            Breach::AckBeyond { .. } | Breach::Miscounted { .. } => Check::Counted,
            Breach::NoCalm | Breach::Astray { .. } => Check::Converged,
        }
    }

    /// The nodes that it is about, the one that is at fault first.
    pub fn nodes(&self) -> [Option<NodeId>; 2] {
        match *self {
            Breach::Differs { node, other, .. } => [Some(node), Some(other)],
            Breach::AckBeyond { node, replica, .. } => [Some(node), Some(replica)],
            Breach::Astray { node, master, .. } => [Some(node), Some(master)],
            Breach::WrongByte { node, .. }
            | Breach::NotTheProtocol { node, .. }
            | Breach::WentBack { node, .. }
            | Breach::WrongFork { node, .. }
            | Breach::BacklogEnds { node, .. }
            | Breach::BacklogShort { node, .. }
            | Breach::BacklogLacks { node, .. }
            | Breach::BacklogLong { node, .. }
            | Breach::OutputOverLimit { node, .. }
            | Breach::RefusedInStream { node, .. }
            | Breach::WroteWhileRefusing { node, .. }
            | Breach::Miscounted { node, .. } => [Some(node), None],
            Breach::NoCalm => [None, None],
        }
    }
}
