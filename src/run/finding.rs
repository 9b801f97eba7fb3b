//! What can be found of a node at one moment, how bad it is, and which of several findings matters most.

use super::scene::PathState;
use crate::base::{Span, Time};
use crate::event::FullReason;
use crate::repl::Slack;

/// How bad it is: a colour, a shape and a word for the eyes. The order is that of `layout()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Something is wrong that repairs itself cheaply if it ends in time.
    Risk,
    /// A full resync cannot be avoided, or writes are refused or lost.
    Lost,
    /// A process or a machine is gone.
    Down,
    /// A snapshot is on its way.
    Snapshot,
}

/// The answer for the whole world: its worst node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which node it is about.
    pub node: usize,
    /// What was found.
    pub finding: Finding,
    /// The next worst node, if it is not in step either.
    pub next: Option<(usize, Finding)>,
}

/// What was found of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A master without replicas.
    Alone,
    /// A master that takes writes and has replicas.
    Followed {
        /// Replicas in step, those of replicas included.
        replicas: u32,
        /// The one with the least slack, and that slack, were its link cut now.
        weakest: Option<(usize, Outage)>,
    },
    /// A replica in step.
    InSync(Outage),
    /// Attached over a link that loses frames, and one of them is missing.
    CommandLost {
        /// First byte that is missing.
        offset: i64,
        /// How long ago it was lost.
        lasting: Span,
        /// The master knows, and sends it again.
        found: bool,
        /// How much is missing.
        outage: Outage,
    },
    /// Attached, at its master's offset, and with other data.
    Diverged {
        /// That offset.
        offset: i64,
    },
    /// Attached, but more than a second behind.
    CatchingUp {
        /// How far.
        outage: Outage,
        /// It applies less than is written: bytes a second by which the gap grows.
        growth: u64,
        /// When the master closes the connection for its output buffer, if it goes on like this.
        limit: Option<HangUp>,
    },
    /// Attached, but not heard: one side will hang up.
    Silent {
        /// Why nothing is heard.
        cause: Silence,
        /// How long already, as far as known.
        lasting: Span,
        /// Who ends it, and when, if nothing changes.
        hang_up: Option<HangUp>,
        /// What a reconnect would cost.
        ask: Ask,
        /// How much is missing and how long the backlog waits.
        outage: Outage,
    },
    /// Not attached; a reconnect now is a partial resync.
    Detached {
        /// What it does about it.
        attempt: Attempt,
        /// Bytes that the master would send from its backlog.
        bytes: u64,
        /// How much is missing and how long the backlog waits.
        outage: Outage,
    },
    /// Not attached; only a full resync will do.
    NeedsFull {
        /// What it does about it.
        attempt: Attempt,
        /// Why.
        reason: FullReason,
        /// It never was in step in this life of its process.
        first: bool,
        /// How much is missing.
        outage: Outage,
    },
    /// A full resync runs.
    Syncing {
        /// How far it is.
        phase: Phase,
        /// When and why it was admitted, as far as remembered.
        since: Option<(Time, FullReason)>,
        /// Nothing moves, because of this.
        stalled: Option<Silence>,
        /// Full resyncs in a row, this one included.
        attempt: u32,
        /// The master will close the connection for its output buffer before the snapshot is through.
        overflow: Option<Overflow>,
    },
    /// Its master is a replica that has lost its own master, and refuses PSYNC with NOMASTERLINK.
    MasterNotLinked {
        /// The master in the middle.
        master: usize,
    },
    /// The address that it follows is no node of this world.
    UnknownMaster,
    /// It has no process.
    Down {
        /// Nodes that follow it.
        followers: u32,
        /// Since when; `None` if it was not started yet.
        since: Option<Time>,
    },
    /// A master whose machine stands still.
    MasterFrozen {
        /// Since when.
        since: Option<Time>,
        /// The replica that hangs up first, and when.
        hang_up: Option<(usize, HangUp)>,
    },
    /// It loads its own snapshot after a start.
    Loading,
    /// A master that refuses writes: min-replicas-to-write.
    WritesRefused {
        /// Good replicas.
        good: u32,
        /// Good replicas that a write needs.
        needed: u32,
        /// Since when.
        since: Option<Time>,
    },
    /// Two masters of one origin: this one would give up writes if it followed the other.
    Forked {
        /// The master whose history goes on from the fork.
        other: usize,
        /// Bytes of this node that the other does not have.
        own_bytes: u64,
    },
}

/// The distance between a replica and the cliff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// Stream bytes that the master has produced and the replica has not applied.
    pub behind: u64,
    /// How long the master's backlog keeps what the replica needs; `None` if it does not have it.
    pub slack: Option<Slack>,
    /// Bytes a second that the master writes.
    pub write_rate: u64,
}

/// An output buffer that fills faster than a full resync proceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// Time until it is full.
    pub after: Span,
    /// The limit in bytes.
    pub limit: u64,
    /// What it would have to hold until the snapshot is through.
    pub needed: u64,
}

/// What the master would answer to a PSYNC now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `+CONTINUE` with this many bytes.
    Partial(u64),
    /// `+FULLRESYNC`.
    Full(FullReason),
    /// There is nobody to answer.
    NoAnswer,
}

/// Who hangs up, why and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HangUp {
    /// The master, or else the replica.
    pub by_master: bool,
    /// The output buffer limit, or else `repl-timeout`.
    pub by_limit: bool,
    /// Time until then.
    pub after: Span,
}

/// Why an attached replica is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The machine of the replica stands still.
    ReplicaFrozen,
    /// One command, or a load, occupies the replica.
    ReplicaBusy,
    /// The machine of the master stands still.
    MasterFrozen,
    /// The link swallows bytes.
    Link(PathState),
    /// One side hung up and the other could not be told.
    HalfOpen,
    /// The ACKs are late and neither machine nor link is at fault.
    Late,
}

/// What a detached replica does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Its machine stands still.
    Frozen,
    /// It tries again at its next replication cron; `refused` by the link until it is healed.
    Waits {
        /// Time until then.
        after: Span,
        /// The link refuses connections.
        refused: bool,
    },
    /// It dials, or shakes hands; on a silent link it gives up by `repl-timeout`.
    Tries {
        /// The dial is not answered yet.
        dialling: bool,
        /// The link swallows what it sends.
        in_vain: bool,
    },
}

/// The phases of a full resync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The replica is about to ask.
    Asking,
    /// The master waits.
    Waiting {
        /// For a running snapshot to end, or else for more replicas.
        for_save: bool,
    },
    /// The master writes the snapshot.
    Saving {
        /// Bytes of it.
        bytes: u64,
        /// Until it is complete, if that is known.
        left: Option<Span>,
    },
    /// The snapshot arrives.
    Receiving {
        /// Snapshot bytes so far.
        received: u64,
        /// In all, as far as known.
        total: Option<u64>,
        /// Until it is complete, if it goes on as fast.
        left: Option<Span>,
    },
    /// The replica loads it.
    Loading {
        /// Bytes of it.
        bytes: u64,
        /// Until it is complete, if that is known.
        left: Option<Span>,
    },
}

/// The rank up to which a replica counts as in step.
pub(super) const RANK_OF_STEP: u8 = 10;

/// The level of a finding.
pub fn level(finding: &Finding) -> Level {
    match finding {
        Finding::Alone | Finding::Followed { .. } | Finding::InSync(_) => Level::Ok,
        Finding::Syncing { overflow: Some(_), .. } => Level::Lost,
        Finding::NeedsFull { first: true, .. } | Finding::Syncing { .. } | Finding::Loading => Level::Snapshot,
        Finding::NeedsFull { .. }
        | Finding::WritesRefused { .. }
        | Finding::Silent { ask: Ask::Full(_), .. }
        | Finding::Diverged { .. }
        | Finding::Forked { own_bytes: 1.., .. } => Level::Lost,
        Finding::CatchingUp { .. }
        | Finding::CommandLost { .. }
        | Finding::Silent { .. }
        | Finding::Detached { .. }
        | Finding::MasterNotLinked { .. }
        | Finding::Forked { .. } => Level::Risk,
        Finding::UnknownMaster | Finding::Down { .. } | Finding::MasterFrozen { .. } => Level::Down,
    }
}

/// Worse findings have a higher rank; of equal ones that with less slack is worse.
pub(super) fn rank(finding: &Finding) -> (u8, u64) {
    let urgency = |outage: &Outage| u64::MAX - outage.slack.map_or(0, |slack| slack.bytes);
    match finding {
        Finding::Down { followers: 1.., .. } => (100, 0),
        Finding::MasterFrozen { .. } => (95, 0),
        Finding::WritesRefused { .. } => (90, 0),
        Finding::Forked { own_bytes: 1.., .. } => (85, 0),
        Finding::NeedsFull { first: false, .. } => (80, 0),
        Finding::Silent { ask: Ask::Full(_), .. } => (78, 0),
        Finding::Syncing { overflow: Some(_), .. } => (77, 0),
        Finding::Syncing { since: Some((_, reason)), .. } if *reason != FullReason::NoHistory => (75, 0),
        Finding::UnknownMaster => (64, 0),
        Finding::Detached { outage, .. } => (60, urgency(outage)),
        Finding::MasterNotLinked { .. } => (58, 0),
        Finding::Silent { outage, .. } => (57, urgency(outage)),
        Finding::Syncing { .. } | Finding::NeedsFull { .. } => (55, 0),
        Finding::Loading => (54, 0),
        Finding::Forked { .. } => (50, 0),
        Finding::Diverged { .. } => (82, 0),
        Finding::CommandLost { outage, .. } => (45, urgency(outage)),
        Finding::CatchingUp { outage, .. } => (40, urgency(outage)),
        Finding::Down { .. } => (30, 0),
        Finding::Followed { .. } => (RANK_OF_STEP, 1),
        Finding::InSync(_) => (RANK_OF_STEP, 0),
        Finding::Alone => (0, 0),
    }
}
