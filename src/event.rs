//! Floor 2: what happened, as typed facts with numbers and no text. A node reports a fact when its state changes; the world
//! adds time, node and peer, folds it into the digest of the run and keeps it. How a fact is told is for `view::words`.
//!
//! Offsets are 1-based positions in the replication stream (`docs/redis-replication.md` 1.3), sizes are bytes.

use crate::base::{Bytes, ReplId, Span};

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A server process began to run. `snapshot_bytes` is the size of the RDB file that it found, if any.
    NodeStarted {
        /// Size of the snapshot on disk.
        snapshot_bytes: Option<u64>,
    },
    /// A server process ended.
    NodeStopped {
        /// Why.
        why: StopReason,
    },
    /// The machine stands still: nothing is read, computed or sent until it is resumed.
    NodeFrozen,
    /// The machine goes on.
    NodeResumed,
    /// A command keeps the single thread busy.
    NodeBusy {
        /// For how long.
        span: Span,
    },

    /// Both ends of a link see their connections closed; new ones are refused.
    LinkCut,
    /// The link carries bytes again after a cut or a silent drop.
    LinkHealed,
    /// The link swallows bytes from now on and tells nobody.
    LinkSilenced {
        /// Which way.
        direction: Direction,
    },
    /// Every connection of the link was reset once; new ones work.
    LinkReset,
    /// Latency, jitter, bandwidth, window or loss of the link were changed.
    LinkChanged,
    /// A lost segment holds up everything behind it until it is sent again.
    SegmentLost {
        /// Bytes of the segment.
        bytes: u64,
        /// How long the bytes behind it wait.
        stall: Span,
    },

    /// A frame of a stream that travels in datagrams was lost, or an acknowledgement (`docs/redis-replication.md` 18).
    FrameLost {
        /// Bytes of the frame.
        bytes: u64,
        /// First stream byte in it; `None` for an acknowledgement, and for a frame that does not say.
        offset: Option<i64>,
    },
    /// Replica: a frame came while an earlier one is missing.
    GapSeen {
        /// First byte that is missing.
        missing: i64,
        /// First byte of the frame.
        got: i64,
    },
    /// Master: bytes are lost, not merely on their way; it takes them from the backlog and sends them again.
    LossFound {
        /// First lost byte.
        offset: i64,
        /// Bytes that are sent again.
        bytes: u64,
        /// What told of it.
        sign: LossSign,
    },
    /// Master: everything that was lost has arrived.
    LossRepaired {
        /// Last byte acknowledged.
        offset: i64,
    },

    /// The node is a master or a replica from now on.
    RoleChanged {
        /// The new role.
        role: Role,
    },
    /// Replica: dials its master.
    ConnectStarted,
    /// Replica: the dial failed; the next replication cron tries again.
    ConnectFailed,
    /// Replica: the TCP connection stands, PING goes out.
    HandshakeStarted,
    /// Replica: a reply of the master ended the attempt.
    HandshakeFailed {
        /// The line that the master sent.
        reply: Bytes,
    },
    /// Replica: asks for a history from an offset on. `None` and -1 ask for a snapshot.
    PsyncAsked {
        /// History that the replica holds.
        replid: Option<ReplId>,
        /// First byte wanted.
        offset: i64,
    },
    /// Master: answers PSYNC with `+CONTINUE`.
    PartialAccepted {
        /// First byte wanted.
        offset: i64,
        /// Bytes that the backlog sends for it.
        bytes: u64,
        /// Whether the request named the previous history.
        by_replid2: bool,
    },
    /// Master: only a full resync will do.
    FullRequired {
        /// Why.
        reason: FullReason,
        /// First byte wanted.
        offset: i64,
        /// First byte in the backlog, 0 without a backlog.
        first_byte: i64,
        /// Last byte produced.
        master_repl_offset: i64,
    },
    /// Master: the request was refused with an error.
    PsyncRefused,
    /// Replica: goes on where it stopped.
    PartialResynced {
        /// Last byte applied.
        offset: i64,
        /// The master's history has a new name since the last contact.
        new_replid: bool,
    },
    /// Master: a snapshot is being taken for replicas.
    SnapshotStarted {
        /// Last stream byte inside the snapshot.
        offset: i64,
        /// Size of the snapshot.
        bytes: u64,
        /// Written to sockets, not to disk.
        diskless: bool,
        /// Replicas that it is for; 0 for a BGSAVE of the user or a save point.
        replicas: u32,
    },
    /// Master: the snapshot is complete, or failed.
    SnapshotFinished {
        /// Whether it is usable.
        ok: bool,
    },
    /// Replica: FULLRESYNC was announced.
    FullResyncStarted {
        /// Last stream byte inside the snapshot.
        offset: i64,
    },
    /// Replica: the snapshot begins to arrive.
    TransferStarted {
        /// Announced size; `None` for a diskless transfer, whose end is a mark.
        bytes: Option<u64>,
    },
    /// Replica: the transfer broke off.
    TransferFailed {
        /// Snapshot bytes that had arrived.
        received: u64,
    },
    /// The process reads a snapshot into memory, its own at start or that of a master.
    LoadStarted {
        /// Size of the snapshot.
        bytes: u64,
    },
    /// The snapshot is loaded, or refused.
    LoadFinished {
        /// Keys in memory afterwards.
        keys: u64,
        /// Whether it was usable.
        ok: bool,
    },
    /// Replica: snapshot loaded, the stream follows.
    FullResynced {
        /// Last byte applied.
        offset: i64,
    },
    /// Master: the replica receives the live stream.
    ReplicaOnline {
        /// First byte that it is sent.
        offset: i64,
    },
    /// Master: a replica is gone.
    ReplicaLost {
        /// Why.
        why: CloseReason,
        /// Its last acknowledged offset.
        ack_offset: i64,
        /// The master's offset at this moment.
        master_repl_offset: i64,
    },
    /// Replica: the link to the master is gone.
    MasterLinkLost {
        /// Why.
        why: CloseReason,
        /// Last byte applied.
        offset: i64,
        /// Whether what is needed for a partial resync was kept.
        cached: bool,
    },

    /// Master: a heartbeat went into the stream.
    PingSent {
        /// Its last byte.
        offset: i64,
    },
    /// Replica: an acknowledgement left.
    AckSent {
        /// Last byte applied.
        offset: i64,
    },
    /// Master: an acknowledgement arrived.
    AckReceived {
        /// Last byte applied there.
        offset: i64,
        /// Bytes that the master has produced beyond it.
        behind: i64,
    },
    /// Master: all replicas were asked to acknowledge now.
    GetAckSent {
        /// Last byte of the question.
        offset: i64,
    },
    /// Master: the number of replicas that count for min-replicas-to-write changed.
    GoodReplicasChanged {
        /// Good ones now.
        good: u32,
        /// Good ones that a write needs.
        needed: u32,
    },
    /// Writes are refused from now on, or accepted again.
    WritesRefused {
        /// Whether they are refused.
        refused: bool,
    },
    /// A client waits for replicas.
    WaitBlocked {
        /// Offset that they have to acknowledge.
        offset: i64,
        /// Replicas asked for.
        replicas: i64,
    },
    /// A waiting client has its answer.
    WaitAnswered {
        /// Offset that they had to acknowledge.
        offset: i64,
        /// Replicas that acknowledged.
        acked: i64,
        /// Replicas asked for.
        replicas: i64,
    },

    /// Master: a failover began, hands over, or is over.
    FailoverChanged {
        /// Where it stands now.
        state: FailoverState,
    },
    /// The backlog exists from now on.
    BacklogCreated {
        /// First byte that it will hold.
        first_byte: i64,
    },
    /// The backlog was freed.
    BacklogFreed {
        /// Why.
        why: BacklogFreedReason,
    },
    /// The history has a new name.
    ReplidChanged {
        /// New name.
        replid: ReplId,
        /// Previous name, forty zeros if it is given up.
        replid2: ReplId,
        /// First byte that the previous history does not share, -1 without one.
        second_replid_offset: i64,
    },
    /// A replica's output buffer passed its limit; the connection is closed.
    OutputLimitReached {
        /// Bytes counted.
        usage: u64,
        /// The limit.
        limit: u64,
        /// The soft limit, after its seconds.
        soft: bool,
    },
    /// Nothing was heard for longer than `repl-timeout`.
    TimedOut {
        /// What was silent.
        side: TimeoutSide,
        /// Whole seconds of silence.
        silent_s: i64,
    },
    /// Keys past their time were removed and DELs went into the stream.
    KeysExpired {
        /// How many.
        count: u64,
    },
    /// What arrived is not the protocol.
    ProtocolError {
        /// What is wrong with it.
        text: Bytes,
    },

    /// The first error reply of a kind that a load generator got in a row, or its first success after errors.
    ClientReply {
        /// The error, or `None` for a success.
        error: Option<Bytes>,
    },
    /// A load generator lost its connection.
    ClientDisconnected,
}

/// Which way a silent drop swallows bytes, seen from the link's first endpoint `a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways.
    Both,
    /// From `a` to `b`.
    AToB,
    /// From `b` to `a`.
    BToA,
}

/// What told a master of lost bytes (`docs/redis-replication.md` 18.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LossSign {
    /// No acknowledgement within the retransmission timeout.
    Timeout,
    /// An acknowledgement of a later frame.
    Gap,
    /// An offset below what was sent, which the unsound form takes for a loss.
    Count,
}

/// The two roles of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Takes writes and feeds a stream of its own.
    Master,
    /// Follows a master.
    Replica,
}

/// Where a failover stands (`docs/redis-replication.md` 12.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailoverState {
    /// None is under way.
    None,
    /// Writes are paused until the target has everything.
    WaitingForSync,
    /// The target is asked to take over.
    InProgress,
}

impl FailoverState {
    /// The word that INFO uses.
    pub const fn info_word(self) -> &'static str {
        match self {
            FailoverState::None => "no-failover",
            FailoverState::WaitingForSync => "waiting-for-sync",
            FailoverState::InProgress => "failover-in-progress",
        }
    }
}

/// Why a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// Killed from outside, without a chance to save.
    Crash,
    /// SHUTDOWN.
    Shutdown,
    /// A snapshot could not be loaded (`docs/redis-replication.md` 4.9).
    BadSnapshot,
}

/// Why a partial resync was impossible (`docs/redis-replication.md` 3.2 and 11.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FullReason {
    /// The replica has nothing: it asked `?`.
    NoHistory,
    /// The replica speaks SYNC.
    LegacySync,
    /// The master does not know this history.
    UnknownReplid,
    /// The previous history is known, but the replica has bytes beyond the fork.
    BeyondFork {
        /// First byte that the histories do not share.
        second_replid_offset: i64,
    },
    /// There is no backlog.
    NoBacklog,
    /// The bytes have left the backlog.
    TooOld {
        /// Bytes missing.
        missing: u64,
    },
    /// The replica asks for bytes that the master has not produced.
    Ahead,
}

/// Why a connection was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The other side closed it, or the network did.
    Peer,
    /// Nothing was heard for longer than `repl-timeout`.
    Timeout,
    /// `client-output-buffer-limit`.
    OutputLimit,
    /// `client-query-buffer-limit`: too much arrived that is no whole command yet.
    QueryLimit,
    /// What arrived was not the protocol.
    ProtocolError,
    /// CLIENT KILL.
    Killed,
    /// The node follows another master now, or none.
    Reconfigured,
    /// The history changed: sub-replicas have to ask again.
    HistoryChanged,
    /// A snapshot is about to replace the data.
    Loading,
    /// The snapshot for this replica failed.
    SnapshotFailed,
    /// A command on a replica link produced a reply (`docs/redis-replication.md` 2.6).
    ReplyOnReplicaLink,
    /// An error reply in the handshake or the transfer.
    HandshakeError,
    /// Bytes that were lost have left the backlog: the replica has to ask again.
    LossLeftBacklog,
    /// QUIT, or the RDB-only client has its RDB.
    Done,
}

/// Why a backlog was freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BacklogFreedReason {
    /// No replica for longer than `repl-backlog-ttl`.
    Idle,
    /// A full resync replaces the history.
    FullResync,
}

/// What was silent when a timeout struck (`docs/redis-replication.md` 7.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeoutSide {
    /// Replica: the master, before the transfer.
    Handshake,
    /// Replica: the master, during the transfer.
    Transfer,
    /// Replica: the master, on the live link.
    Master,
    /// Master: a replica.
    Replica,
}

impl EventKind {
    /// Whether this is a turn of the story. The others repeat by themselves: heartbeats and acknowledgements, dials to a
    /// master that does not answer, lost segments that the network sends again.
    pub fn is_cause(&self) -> bool {
        !matches!(
            self,
            EventKind::PingSent { .. }
                | EventKind::AckSent { .. }
                | EventKind::AckReceived { .. }
                | EventKind::GetAckSent { .. }
                | EventKind::KeysExpired { .. }
                | EventKind::ConnectStarted
                | EventKind::ConnectFailed
                | EventKind::SegmentLost { .. }
                | EventKind::GapSeen { .. }
        )
    }
}
