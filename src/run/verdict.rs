//! The answer: partial or full, and why? A pure function from one moment of the world to what is most worth knowing of it.
//!
//! Owns the judgement: which fact matters, how bad it is, who will hang up next and when. The words for it are
//! `view::answer`'s.

use super::scene::{Actor, Machine, Path, PathState, Scene, Slack};
use crate::base::{Span, Time};
use crate::event::{FullReason, Role};
use crate::node::{MasterLinkStatus, Status};
use crate::repl::{Decision, History, LinkState, ReplicaState, Window, decide};

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
    /// It dials or shakes hands; on a silent link it gives up by `repl-timeout`.
    Tries {
        /// The link swallows what it sends.
        in_vain: bool,
    },
}

/// The phases of a full resync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The replica is about to ask.
    Asking,
    /// The master waits: for more replicas, or for a running snapshot to end.
    Waiting,
    /// The master writes the snapshot.
    Saving {
        /// Bytes of it.
        bytes: u64,
    },
    /// The snapshot arrives.
    Receiving {
        /// Snapshot bytes so far.
        received: u64,
        /// In all, as far as known.
        total: Option<u64>,
    },
    /// The replica loads it.
    Loading {
        /// Bytes of it.
        bytes: u64,
    },
}

/// Gaps up to this many bytes are not worth a word.
const SMALL_GAP: u64 = 4096;

/// The answer for the whole world.
pub fn judge(scene: &Scene) -> Verdict {
    let mut findings: Vec<(usize, Finding)> = (0..scene.nodes.len()).map(|node| (node, assess(scene, node))).collect();
    findings.sort_by_key(|(_, finding)| core::cmp::Reverse(rank(finding)));
    let mut findings = findings.into_iter();
    let Some((node, finding)) = findings.next() else {
        return Verdict { node: 0, finding: Finding::Alone, next: None };
    };
    let next = findings.next().filter(|(_, finding)| rank(finding).0 > rank_of_step());
    Verdict { node, finding, next }
}

/// The finding for one node.
pub fn assess(scene: &Scene, node: usize) -> Finding {
    let Some(actor) = scene.nodes.get(node) else { return Finding::Alone };
    let Some(status) = &actor.status else {
        return Finding::Down { followers: scene.followers(node).count() as u32, since: actor.past.absent };
    };
    match (&status.master, actor.master) {
        (None, _) => master_finding(scene, node, actor, status),
        (Some(_), None) => Finding::UnknownMaster,
        (Some(link), Some(master)) => Replica { scene, node, actor, status, link, master }.finding(),
    }
}

/// The level of a finding.
pub fn level(finding: &Finding) -> Level {
    match finding {
        Finding::Alone | Finding::Followed { .. } | Finding::InSync(_) => Level::Ok,
        Finding::NeedsFull { first: true, .. } | Finding::Syncing { .. } | Finding::Loading => Level::Snapshot,
        Finding::NeedsFull { .. }
        | Finding::WritesRefused { .. }
        | Finding::Silent { ask: Ask::Full(_), .. }
        | Finding::Forked { own_bytes: 1.., .. } => Level::Lost,
        Finding::CatchingUp { .. }
        | Finding::Silent { .. }
        | Finding::Detached { .. }
        | Finding::MasterNotLinked { .. }
        | Finding::Forked { .. } => Level::Risk,
        Finding::UnknownMaster | Finding::Down { .. } | Finding::MasterFrozen { .. } => Level::Down,
    }
}

/// Worse findings have a higher rank; of equal ones that with less slack is worse.
fn rank(finding: &Finding) -> (u8, u64) {
    let urgency = |outage: &Outage| u64::MAX - outage.slack.map_or(0, |slack| slack.bytes);
    match finding {
        Finding::Down { followers: 1.., .. } => (100, 0),
        Finding::MasterFrozen { .. } => (95, 0),
        Finding::WritesRefused { .. } => (90, 0),
        Finding::Forked { own_bytes: 1.., .. } => (85, 0),
        Finding::NeedsFull { first: false, .. } => (80, 0),
        Finding::Silent { ask: Ask::Full(_), .. } => (78, 0),
        Finding::Syncing { since: Some((_, reason)), .. } if *reason != FullReason::NoHistory => (75, 0),
        Finding::Down { .. } => (65, 0),
        Finding::UnknownMaster => (64, 0),
        Finding::Detached { outage, .. } => (60, urgency(outage)),
        Finding::MasterNotLinked { .. } => (58, 0),
        Finding::Silent { outage, .. } => (57, urgency(outage)),
        Finding::Syncing { .. } | Finding::NeedsFull { .. } => (55, 0),
        Finding::Loading => (54, 0),
        Finding::Forked { .. } => (50, 0),
        Finding::CatchingUp { outage, .. } => (40, urgency(outage)),
        Finding::Followed { .. } => (rank_of_step(), 1),
        Finding::InSync(_) => (rank_of_step(), 0),
        Finding::Alone => (0, 0),
    }
}

/// The rank up to which a replica counts as in step.
const fn rank_of_step() -> u8 {
    10
}

fn master_finding(scene: &Scene, node: usize, actor: &Actor, status: &Status) -> Finding {
    if actor.machine == Machine::Frozen {
        let hang_up = scene.followers(node).filter_map(|replica| Some((replica, replica_timeout(scene, replica)?)));
        let hang_up = hang_up.min_by_key(|(_, hang_up)| hang_up.after.0);
        return Finding::MasterFrozen { since: actor.past.absent, hang_up };
    }
    if status.replicas_needed > 0 && status.replicas_good < status.replicas_needed {
        let (good, needed) = (status.replicas_good, status.replicas_needed);
        return Finding::WritesRefused { good, needed, since: actor.past.writes_refused };
    }
    if let Some(forked) = fork(scene, node, status) {
        return forked;
    }
    if status.loading {
        return Finding::Loading;
    }
    if scene.followers(node).next().is_none() {
        return Finding::Alone;
    }
    let below = (0..scene.nodes.len()).filter(|&replica| scene.is_below(replica, node));
    let in_step: Vec<(usize, Outage)> = below
        .filter_map(|replica| match assess(scene, replica) {
            Finding::InSync(outage) => Some((replica, outage)),
            _ => None,
        })
        .collect();
    let replicas = in_step.len() as u32;
    let weakest = in_step.into_iter().min_by_key(|(_, outage)| outage.slack.map_or(0, |slack| slack.bytes));
    Finding::Followed { replicas, weakest }
}

/// Whether another master's history forked off this one's.
fn fork(scene: &Scene, node: usize, status: &Status) -> Option<Finding> {
    scene.nodes.iter().enumerate().find_map(|(other, actor)| {
        let theirs = actor.status.as_ref().filter(|theirs| other != node && theirs.role == Role::Master)?;
        let forked = theirs.second_replid_offset > 0 && theirs.replid2 == status.replid;
        let own_bytes = status.master_repl_offset.saturating_add(1).saturating_sub(theirs.second_replid_offset);
        forked.then_some(Finding::Forked { other, own_bytes: own_bytes.max(0) as u64 })
    })
}

/// What `master` would answer to `PSYNC replid offset` now.
pub fn answer(master: &Status, replid: &[u8], offset: i64) -> Decision {
    let history = History {
        replid: master.replid,
        replid2: master.replid2,
        second_replid_offset: master.second_replid_offset,
        master_repl_offset: master.master_repl_offset,
    };
    let window = master.backlog.map(|backlog| Window {
        first_byte: backlog.first_byte,
        histlen: i64::try_from(backlog.histlen).unwrap_or(i64::MAX),
    });
    decide(replid, offset, &history, window)
}

/// What would happen if the node asked the master that it follows now.
pub fn ask_now(scene: &Scene, node: usize) -> Ask {
    let Some(actor) = scene.nodes.get(node) else { return Ask::NoAnswer };
    let (Some(status), Some(master)) = (&actor.status, actor.master) else { return Ask::NoAnswer };
    let Some(theirs) = scene.status(master) else { return Ask::NoAnswer };
    let Some((replid, offset)) = next_request(status) else { return Ask::Full(FullReason::NoHistory) };
    match answer(theirs, replid.as_str().as_bytes(), offset) {
        Decision::Partial { bytes, .. } => Ask::Partial(bytes.max(0) as u64),
        Decision::Full(reason) => Ask::Full(reason),
    }
}

/// What a node's next PSYNC asks for: history and first byte. A master asks like this when it is made a replica.
pub fn next_request(status: &Status) -> Option<(crate::base::ReplId, i64)> {
    match &status.master {
        None => Some((status.replid, status.master_repl_offset.saturating_add(1))),
        Some(link) => link.next_psync,
    }
}

/// When the master of `node` drops it for silence, by its clock and cron (`docs/redis-replication.md` 7.7).
pub fn master_timeout(scene: &Scene, node: usize) -> Option<HangUp> {
    let actor = scene.nodes.get(scene.nodes.get(node)?.master?)?;
    let seen = scene.seen_by_master(scene.nodes[node].master?, node)?;
    if seen.state != ReplicaState::Online || !actor.answers() {
        return None;
    }
    let after = silence_ends(actor, seen.lag_s)?;
    Some(HangUp { by_master: true, by_limit: false, after })
}

/// When the replica hangs up for silence of its master.
pub fn replica_timeout(scene: &Scene, node: usize) -> Option<HangUp> {
    let actor = scene.nodes.get(node)?;
    let link = actor.status.as_ref()?.master.as_ref()?;
    if link.last_io_s < 0 || !actor.answers() {
        return None;
    }
    let after = silence_ends(actor, link.last_io_s)?;
    Some(HangUp { by_master: false, by_limit: false, after })
}

/// When the master closes the connection of `node` for its output buffer, if nothing is taken from it.
pub fn output_limit(scene: &Scene, node: usize, growth: u64) -> Option<HangUp> {
    let master = scene.nodes.get(node)?.master?;
    let seen = scene.seen_by_master(master, node)?;
    if seen.output_limit == 0 || growth == 0 || !scene.nodes.get(master)?.answers() {
        return None;
    }
    let after = Span::of_bytes(seen.output_limit.saturating_sub(seen.output_bytes), growth);
    Some(HangUp { by_master: true, by_limit: true, after })
}

/// Time until a silence of `silent_s` whole seconds passes `repl-timeout` at a replication cron of `actor`.
fn silence_ends(actor: &Actor, silent_s: i64) -> Option<Span> {
    let timeout_s = actor.status.as_ref()?.repl_timeout_s;
    let heard_s = actor.unix_ms.div_euclid(1000).saturating_sub(silent_s);
    let due_ms = heard_s.saturating_add(timeout_s).saturating_add(1).saturating_mul(1000).saturating_sub(actor.unix_ms);
    let late = Span::from_millis(due_ms.max(0) as u64).0.saturating_sub(actor.next_cron.0);
    Some(actor.next_cron + Span::from_secs(late.div_ceil(1_000_000_000)))
}

/// A replica under judgement.
struct Replica<'a> {
    scene: &'a Scene,
    node: usize,
    actor: &'a Actor,
    status: &'a Status,
    link: &'a MasterLinkStatus,
    master: usize,
}

impl Replica<'_> {
    fn finding(&self) -> Finding {
        let theirs = self.scene.status(self.master);
        let seen = self.scene.seen_by_master(self.master, self.node);
        if let Some(phase) = self.phase() {
            return Finding::Syncing { phase, since: self.actor.past.full, stalled: self.cause() };
        }
        if self.status.loading {
            return Finding::Loading;
        }
        let connected = self.link.state == LinkState::Connected;
        let attached = seen.is_some_and(|seen| seen.state == ReplicaState::Online);
        if connected || attached {
            return self.attached(connected && attached);
        }
        if theirs.is_some_and(|theirs| theirs.master.as_ref().is_some_and(|link| link.state != LinkState::Connected)) {
            return Finding::MasterNotLinked { master: self.master };
        }
        self.detached()
    }

    /// How far a full resync is, if one runs.
    fn phase(&self) -> Option<Phase> {
        let seen = self.scene.seen_by_master(self.master, self.node);
        let state = seen.map(|seen| seen.state);
        let received = self.link.transfer;
        match (self.link.state, state) {
            (LinkState::Transfer, _) if self.status.loading => {
                Some(Phase::Loading { bytes: received.map_or(0, |(bytes, _)| bytes) })
            }
            (LinkState::Transfer, _) if received.is_some_and(|(bytes, _)| bytes > 0) => {
                let (received, total) = received.unwrap_or_default();
                let total = total.or_else(|| seen?.transfer.map(|(_, total)| total)).filter(|&total| total > 0);
                Some(Phase::Receiving { received, total })
            }
            (LinkState::Transfer | LinkState::ReceivePsyncReply, Some(ReplicaState::WaitBgsaveStart)) => {
                Some(Phase::Waiting)
            }
            (LinkState::Transfer, Some(_)) => {
                let bytes = self.scene.status(self.master).map_or(0, |theirs| theirs.dataset_bytes);
                Some(Phase::Saving { bytes })
            }
            (LinkState::Transfer, None) => Some(Phase::Asking),
            _ => None,
        }
    }

    /// Why one of both sides is not heard, by the truth that neither of them knows.
    fn cause(&self) -> Option<Silence> {
        let master = self.scene.nodes.get(self.master);
        match (self.actor.machine, master.map(|master| master.machine), self.actor.path) {
            (Machine::Frozen, ..) => Some(Silence::ReplicaFrozen),
            (_, Some(Machine::Frozen), _) => Some(Silence::MasterFrozen),
            (.., Some(path)) if path.state.is_silent() => Some(Silence::Link(path.state)),
            (Machine::Busy(_), ..) => Some(Silence::ReplicaBusy),
            _ => None,
        }
    }

    /// Both sides, or one of them, hold the connection for alive.
    fn attached(&self, both: bool) -> Finding {
        let outage = self.outage();
        let seen = self.scene.seen_by_master(self.master, self.node);
        let lag = Span::from_secs(seen.map_or(0, |seen| seen.lag_s.max(0) as u64));
        let late = lag >= Span::from_secs(3);
        let cause = match self.cause() {
            Some(Silence::ReplicaBusy) if !late => None,
            None if !both => Some(Silence::HalfOpen),
            None if late => Some(Silence::Late),
            cause => cause,
        };
        if let Some(cause) = cause {
            let lasting = self.lasting(cause, lag);
            let timeouts = [
                master_timeout(self.scene, self.node),
                replica_timeout(self.scene, self.node),
                output_limit(self.scene, self.node, outage.write_rate),
            ];
            let hang_up = timeouts.into_iter().flatten().min_by_key(|hang_up| hang_up.after.0);
            return Finding::Silent { cause, lasting, hang_up, ask: ask_now(self.scene, self.node), outage };
        }
        if outage.behind <= SMALL_GAP.max(outage.write_rate) {
            return Finding::InSync(outage);
        }
        let growth = outage.write_rate.saturating_sub(self.actor.write_rate);
        let growth = if growth > outage.write_rate / 20 { growth } else { 0 };
        Finding::CatchingUp { outage, growth, limit: output_limit(self.scene, self.node, growth) }
    }

    /// How long a silence lasts: since its cause, as far as that is known.
    fn lasting(&self, cause: Silence, lag: Span) -> Span {
        let since = match cause {
            Silence::ReplicaFrozen => self.actor.past.absent,
            Silence::MasterFrozen => self.scene.nodes.get(self.master).and_then(|master| master.past.absent),
            Silence::Link(_) => self.actor.path.map(|path| path.since),
            Silence::ReplicaBusy | Silence::HalfOpen | Silence::Late => None,
        };
        since.map_or(lag, |since| self.scene.time.since(since))
    }

    fn detached(&self) -> Finding {
        let attempt = self.attempt();
        match ask_now(self.scene, self.node) {
            Ask::Partial(bytes) => Finding::Detached { attempt, bytes, outage: self.outage() },
            Ask::Full(reason) => {
                let first = reason == FullReason::NoHistory && !self.actor.past.was_in_step;
                Finding::NeedsFull { attempt, reason, first, outage: self.outage() }
            }
            // Its master is down: that is the master's finding, and the worst there is.
            Ask::NoAnswer => Finding::Detached { attempt, bytes: 0, outage: self.outage() },
        }
    }

    fn attempt(&self) -> Attempt {
        let state = self.actor.path.map_or(PathState::Up, |Path { state, .. }| state);
        if self.actor.machine == Machine::Frozen {
            return Attempt::Frozen;
        }
        match self.link.state {
            LinkState::Connect => Attempt::Waits { after: self.actor.next_cron, refused: state == PathState::Cut },
            _ => Attempt::Tries { in_vain: state.is_silent() },
        }
    }

    fn outage(&self) -> Outage {
        let master = self.scene.nodes.get(self.master);
        let theirs = self.scene.status(self.master);
        let offset = next_request(self.status).map_or(0, |(_, offset)| offset - 1);
        let behind = theirs.map_or(0, |theirs| theirs.master_repl_offset.saturating_sub(offset).max(0) as u64);
        let write_rate = master.map_or(0, |master| master.write_rate);
        Outage { behind, slack: self.actor.slack, write_rate }
    }
}
