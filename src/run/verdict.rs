//! The answer: partial or full, and why? A pure function from one moment of the world to what is most worth knowing of it.
//!
//! Owns the judgement: which fact matters, who will hang up next and when. What can be found is in `finding`; the words for
//! it are `view::answer`'s.

use super::finding::{Ask, Attempt, Finding, HangUp, Outage, Overflow, Phase, RANK_OF_STEP, Silence, Verdict, rank};
use super::scene::{Actor, Machine, Past, Path, PathState, Scene};
use crate::base::{ReplId, Span};
use crate::event::{FullReason, Role};
use crate::node::{MasterLinkStatus, Status};
use crate::repl::{Decision, History, LinkState, ReplicaState, Window, decide};

/// Gaps up to this many bytes are not worth a word.
const SMALL_GAP: u64 = 4096;

/// The answer for the whole world.
pub fn judge(scene: &Scene) -> Verdict {
    let mut findings: Vec<(usize, Finding)> = (0..scene.nodes.len()).map(|node| (node, assess(scene, node))).collect();
    let Some(first) = foremost(&findings, &|_| true) else {
        return Verdict { node: 0, finding: Finding::Alone, next: None };
    };
    let (node, finding) = findings.remove(first);
    // Of a master that is down its followers tell nothing new; of a node that nobody follows the others are the news.
    let followed = matches!(finding, Finding::Down { followers: 1.., .. });
    let unfollowed = matches!(finding, Finding::Down { followers: 0, .. });
    let is_news = |(other, other_finding): &(usize, Finding)| {
        let lost_master = followed && scene.is_below(*other, node);
        (rank(other_finding).0 > RANK_OF_STEP && !lost_master) || (unfollowed && rank(other_finding).1 > 0)
    };
    let next = foremost(&findings, &is_news).map(|second| findings.remove(second));
    Verdict { node, finding, next }
}

/// The place of the finding of highest rank among those that fit, the first of equals.
fn foremost(findings: &[(usize, Finding)], fits: &dyn Fn(&(usize, Finding)) -> bool) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (at, candidate) in findings.iter().enumerate() {
        if fits(candidate) && best.is_none_or(|best| rank(&candidate.1) > rank(&findings[best].1)) {
            best = Some(at);
        }
    }
    best
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

/// What a node's next PSYNC would ask for, were its link lost now: history and first byte. A master asks like this when it
/// is made a replica; after SYNC there is nothing to ask by.
pub fn next_request(status: &Status) -> Option<(ReplId, i64)> {
    match &status.master {
        None => Some((status.replid, status.master_repl_offset.saturating_add(1))),
        Some(link) if link.state == LinkState::Connected => {
            (link.applied_offset >= 0).then(|| (status.replid, link.applied_offset.saturating_add(1)))
        }
        Some(link) => link.next_psync,
    }
}

/// How far a node is behind its master, and how long the master's backlog waits for it.
pub fn outage(scene: &Scene, node: usize) -> Outage {
    let Some(actor) = scene.nodes.get(node) else { return Outage::default() };
    let master = actor.master.and_then(|master| scene.nodes.get(master));
    let theirs = master.and_then(|master| master.status.as_ref());
    let request = actor.status.as_ref().and_then(next_request);
    let offset = request.map_or(0, |(_, offset)| offset.saturating_sub(1));
    let behind = theirs.map_or(0, |theirs| theirs.master_repl_offset.saturating_sub(offset).max(0) as u64);
    Outage { behind, slack: actor.slack, write_rate: source_rate(scene, node) }
}

/// Bytes a second that come down to the master of a node: what the top of its chain writes, as long as the chain is linked.
/// The rate of a node in the middle would count what it catches up as written.
fn source_rate(scene: &Scene, node: usize) -> u64 {
    let mut source = scene.nodes.get(node).and_then(|actor| actor.master);
    for _ in 0..scene.nodes.len() {
        let Some(actor) = source.and_then(|source| scene.nodes.get(source)) else { return 0 };
        match actor.status.as_ref().and_then(|status| status.master.as_ref()) {
            Some(link) if link.state == LinkState::Connected => source = actor.master,
            _ => return actor.write_rate,
        }
    }
    0
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
            let Past { full: since, full_attempts: attempt, .. } = self.actor.past;
            return Finding::Syncing { phase, since, stalled: self.cause(), attempt, overflow: self.overflow(phase) };
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
                Some(Phase::Loading { bytes: self.actor.past.load_bytes, left: self.actor.job_left })
            }
            (LinkState::Transfer, _) if received.is_some_and(|(bytes, _)| bytes > 0) => {
                let (received, total) = received.unwrap_or_default();
                let total = total.or_else(|| seen?.transfer.map(|(_, total)| total)).filter(|&total| total > 0);
                Some(Phase::Receiving { received, total, left: self.transfer_left(received, total) })
            }
            (LinkState::Transfer | LinkState::ReceivePsyncReply, Some(ReplicaState::WaitBgsaveStart)) => {
                Some(Phase::Waiting { for_save: self.scene.status(self.master).is_some_and(|theirs| theirs.saving) })
            }
            (LinkState::Transfer, Some(_)) => {
                let bytes = self.scene.status(self.master).map_or(0, |theirs| theirs.dataset_bytes);
                let left = self.scene.nodes.get(self.master).and_then(|master| master.job_left);
                Some(Phase::Saving { bytes, left })
            }
            (LinkState::Transfer, None) => Some(Phase::Asking),
            _ => None,
        }
    }

    /// Whether the output buffer will be full before the snapshot is through. Nothing is taken from it until then.
    fn overflow(&self, phase: Phase) -> Option<Overflow> {
        let (Phase::Saving { left, .. } | Phase::Receiving { left, .. } | Phase::Loading { left, .. }) = phase else {
            return None;
        };
        let seen = self.scene.seen_by_master(self.master, self.node)?;
        let rate = source_rate(self.scene, self.node);
        let HangUp { after, .. } = output_limit(self.scene, self.node, rate)?;
        let written = u128::from(rate) * u128::from(left?.0) / 1_000_000_000;
        let needed = seen.output_bytes.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        let waits = seen.state != ReplicaState::Online;
        (waits && after < left?).then_some(Overflow { after, limit: seen.output_limit, needed })
    }

    /// How long a transfer will still take if it goes on as fast as until now.
    fn transfer_left(&self, received: u64, total: Option<u64>) -> Option<Span> {
        let lasted = self.scene.time.since(self.actor.past.transfer?);
        let rest = total?.saturating_sub(received);
        let left = u128::from(lasted.0) * u128::from(rest) / u128::from(received.max(1));
        Some(Span(u64::try_from(left).unwrap_or(u64::MAX)))
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
            return self.silent(cause, lag);
        }
        if self.actor.diverged {
            return Finding::Diverged { offset: self.link.applied_offset };
        }
        if let Some((time, offset)) = self.actor.past.lost_frame.filter(|(_, offset)| self.link.read_offset < *offset) {
            let found = seen.and_then(|seen| seen.session).is_some_and(|session| session.repairing);
            let offset = offset.min(self.link.read_offset + 1);
            return Finding::CommandLost { offset, lasting: self.scene.time.since(time), found, outage };
        }
        if outage.behind <= SMALL_GAP.max(outage.write_rate) {
            return Finding::InSync(outage);
        }
        let growth = outage.write_rate.saturating_sub(self.actor.write_rate);
        let growth = if growth > outage.write_rate / 20 { growth } else { 0 };
        Finding::CatchingUp { outage, growth, limit: output_limit(self.scene, self.node, growth) }
    }

    fn silent(&self, cause: Silence, lag: Span) -> Finding {
        let mut outage = self.outage();
        let mut ask = ask_now(self.scene, self.node);
        let reads_later = matches!(cause, Silence::ReplicaFrozen | Silence::ReplicaBusy | Silence::Late);
        if let (true, Some(slack)) = (reads_later, self.actor.unsent_slack) {
            // What was sent lies in front of it, and it will read that before it learns that the connection is over.
            let seen = self.scene.seen_by_master(self.master, self.node);
            let theirs = self.scene.status(self.master);
            let unsent = theirs.zip(seen).map_or(0, |(theirs, seen)| theirs.master_repl_offset + 1 - seen.next_offset);
            (outage.slack, ask) = (Some(slack), Ask::Partial(unsent.max(0) as u64));
        } else if let (Silence::Link(PathState::Silent | PathState::SilentToReplica), Some(slack)) =
            (cause, &mut outage.slack)
        {
            // The window still fills: what was swallowed is sent as far as the master knows, and is pinned no longer.
            slack.pinned &= slack.bytes == 0;
        }
        let hang_ups = [
            master_timeout(self.scene, self.node),
            replica_timeout(self.scene, self.node),
            output_limit(self.scene, self.node, outage.write_rate),
        ];
        let hang_up = hang_ups.into_iter().flatten().min_by_key(|hang_up| hang_up.after.0);
        Finding::Silent { cause, lasting: self.lasting(cause, lag), hang_up, ask, outage }
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
            state_now => Attempt::Tries { dialling: state_now == LinkState::Connecting, in_vain: state.is_silent() },
        }
    }

    fn outage(&self) -> Outage {
        outage(self.scene, self.node)
    }
}
