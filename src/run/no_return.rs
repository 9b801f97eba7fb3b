//! The point of no return of a full resync: the first moment from which on no mending would have spared the replica its
//! snapshot, and what made it so.
//!
//! A moment is *in time* if the run, continued from there without faults, never has a master demand a full resync of the
//! replica, and sees the replica attached where the full resync happened in truth. Without faults means: all links are healed
//! and treat bytes as they did at the beginning, machines that stand still go on, and from then on nothing is cut,
//! silenced, reset, frozen or killed. Everything else stays as it was: load, commands, changes of role, and the start of a
//! process that was gone by then. So the answer is not read off a backlog, it is tried: dials, crons, timeouts and output
//! buffers all have their say.
//!
//! The point of no return is the millisecond after the last one that is in time. The search goes back from the full resync in
//! growing steps, halves the last of them until one millisecond is left, and then tries some moments in between,
//! because a run is not obliged to be in time up to some moment and never again. About 25 probes, each as long as the way to
//! the full resync; [`MOST_PROBES`] is the limit. A probe is a copy: the run itself is never touched.
//!
//! Owns the question and the search. Knows no text.

use super::play::{Place, Run};
use crate::base::{NodeId, Span, Time};
use crate::event::{BacklogFreedReason, CloseReason, EventKind, FullReason};
use crate::repl::{LinkState, ReplicaState};
use crate::world::{Event, World};

/// Most probes of one search.
pub const MOST_PROBES: u32 = 96;
/// The first step back from the full resync, in milliseconds; each next one is twice as long.
const FIRST_STEP_MS: u64 = 64;
/// No search goes back further.
const FURTHEST_MS: u64 = 600_000;
/// Moments that are tried between the point that was found and the full resync, and how often one of them may prove it
/// wrong.
const CHECKS: u64 = 8;
const ROUNDS: u32 = 3;
/// A replica that is not attached so long after the time of the full resync was not spared it.
const PATIENCE: Span = Span::from_secs(130);
/// Beyond that time it is looked for this often.
const LOOK_EVERY: Span = Span::from_millis(100);
/// The stop question is asked once in so many happenings.
const ASK_EVERY: u64 = 32;

/// What was found of one full resync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoReturn {
    /// Number of the event in which the master demanded it.
    pub seq: u64,
    /// When that was.
    pub time: Time,
    /// Who needed it.
    pub replica: NodeId,
    /// From when on it was unavoidable.
    pub since: Since,
    /// What made it so.
    pub cause: Cause,
    /// How many probes the search took.
    pub probes: u32,
}

/// From when on a full resync was unavoidable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// From the beginning: the replica never had a history.
    Ever,
    /// From this millisecond on.
    At(Time),
    /// No end of faults would have avoided it, at least none since this moment, to which the search went back.
    Faultless(Time),
}

/// What made a full resync unavoidable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It had nothing to continue.
    FirstSync,
    /// It speaks SYNC.
    LegacySync,
    /// Its process ended, and with it what it knew.
    ReplicaRestarted,
    /// It lost its cached master: a snapshot that broke off, or a history given up.
    NoCachedMaster,
    /// Its master's process ended, and with it the history.
    MasterRestarted,
    /// Its master's history has another name, or it was given another master.
    IdChanged,
    /// It has bytes that its master's history does not have.
    BeyondFork,
    /// The backlog was freed, or there never was one.
    BacklogFreed,
    /// The backlog went past it.
    BacklogPassed,
    /// Its output buffer reached the limit, and what was in it had left the backlog.
    OutputLimit,
    /// It has more than its master.
    Ahead,
}

/// A search that is under way.
#[derive(Clone, Debug)]
pub struct Search {
    base: Run,
    found: NoReturn,
    /// The search does not go back behind this.
    floor_ms: u64,
    /// The latest moment known to be in time.
    good_ms: Option<u64>,
    /// The earliest moment behind it known not to be.
    bad_ms: u64,
    plan: Plan,
    probe: Option<Probe>,
}

/// What the next probe is for.
#[derive(Clone, Copy, Debug)]
enum Plan {
    /// One step back, of so many milliseconds.
    Back(u64),
    /// Halving.
    Halve(u32),
    /// The checks, from the latest on: this one, in this round.
    Check(u64, u32),
}

/// One continuation without faults.
#[derive(Clone, Debug)]
struct Probe {
    run: Run,
    at_ms: u64,
    /// Number of the last event before its faults ended; `None` while it is on its way there.
    seen: Option<u64>,
}

impl Search {
    /// The search for the full resync that the run's event number `seq` demands; `None` if that is no such event, or is
    /// forgotten.
    pub fn new(run: &Run, seq: u64) -> Option<Search> {
        let log = run.world().log();
        let event = log.causes_since(seq.checked_sub(1)?).next().filter(|event| event.seq == seq)?;
        let (EventKind::FullRequired { reason, .. }, Some(replica)) = (&event.kind, event.peer) else { return None };
        let before = || log.causes_since(0).take_while(|event| event.seq < seq);
        let floor = before().filter(|event| settles(event, replica)).last();
        // A master that is made a replica asks by a history, too.
        let first = *reason == FullReason::NoHistory && !before().any(|event| in_step(event, replica));
        let cause = match first {
            true => Cause::FirstSync,
            false => cause_of(run.world(), event, floor.map_or(0, |it| it.seq), *reason),
        };
        let time_ms = event.time.0.div_ceil(1_000_000);
        let floor_ms =
            floor.map_or(0, |floor| floor.time.0.div_ceil(1_000_000)).max(time_ms.saturating_sub(FURTHEST_MS));
        let found = NoReturn { seq, time: event.time, replica, since: Since::Ever, cause, probes: 0 };
        let plan = Plan::Back(FIRST_STEP_MS);
        Some(Search { base: run.clone(), found, floor_ms, good_ms: None, bad_ms: time_ms, plan, probe: None })
    }

    /// Goes on until `stop`, which is asked now and then, says so. The answer, once it is known.
    pub fn work(&mut self, stop: &mut dyn FnMut() -> bool) -> Option<NoReturn> {
        if matches!(self.found.cause, Cause::FirstSync | Cause::LegacySync) {
            return Some(self.found);
        }
        loop {
            if self.probe.is_none() {
                let Some(at_ms) = self.next_moment() else { return Some(self.answer()) };
                let place = Place::after(Time::from_millis(at_ms));
                let run = self.base.probe(place, self.found.time);
                self.probe = Some(Probe { run, at_ms, seen: None });
                self.found.probes += 1;
            }
            let probe = self.probe.as_mut()?;
            let in_time = probe.work(&self.found, stop)?;
            let at_ms = probe.at_ms;
            self.probe = None;
            self.learn(at_ms, in_time);
        }
    }

    /// The moment to try next; `None` when everything is known.
    fn next_moment(&mut self) -> Option<u64> {
        if self.found.probes >= MOST_PROBES {
            return None;
        }
        let time_ms = self.found.time.0.div_ceil(1_000_000);
        loop {
            match (self.plan, self.good_ms) {
                (Plan::Back(step), _) if self.bad_ms > self.floor_ms => {
                    return Some(time_ms.saturating_sub(step).clamp(self.floor_ms, self.bad_ms - 1));
                }
                (Plan::Back(_), _) | (_, None) => return None,
                (Plan::Halve(_), Some(good)) if self.bad_ms > good + 1 => return Some(good + (self.bad_ms - good) / 2),
                (Plan::Halve(round), _) => self.plan = Plan::Check(CHECKS, round),
                (Plan::Check(0, _), _) => return None,
                (Plan::Check(check, round), _) => {
                    let at = self.bad_ms + (time_ms - self.bad_ms) * check / (CHECKS + 1);
                    if at > self.bad_ms && round < ROUNDS {
                        return Some(at);
                    }
                    self.plan = Plan::Check(check - 1, round);
                }
            }
        }
    }

    /// Takes the answer of a probe.
    fn learn(&mut self, at_ms: u64, in_time: bool) {
        match (self.plan, in_time) {
            (Plan::Back(step), false) => {
                self.bad_ms = at_ms;
                self.plan = Plan::Back(step * 2);
            }
            (Plan::Back(_), true) => {
                self.good_ms = Some(at_ms);
                self.plan = Plan::Halve(0);
            }
            (Plan::Halve(_), true) => self.good_ms = Some(at_ms),
            (Plan::Halve(_), false) => self.bad_ms = at_ms,
            (Plan::Check(check, round), false) => self.plan = Plan::Check(check - 1, round),
            (Plan::Check(check, round), true) => {
                // The check before this one, which lies behind it, was not in time.
                let time_ms = self.found.time.0.div_ceil(1_000_000);
                self.good_ms = Some(at_ms);
                self.bad_ms += (time_ms - self.bad_ms) * (check + 1) / (CHECKS + 1);
                self.plan = Plan::Halve(round + 1);
            }
        }
    }

    fn answer(&self) -> NoReturn {
        let since = match self.good_ms {
            Some(_) => Since::At(Time::from_millis(self.bad_ms)),
            None => Since::Faultless(Time::from_millis(self.floor_ms)),
        };
        NoReturn { since, ..self.found }
    }
}

impl Probe {
    /// Goes on; says whether its moment was in time, once that is known.
    fn work(&mut self, full: &NoReturn, stop: &mut dyn FnMut() -> bool) -> Option<bool> {
        let mut count = 0;
        let mut pause = || {
            count += 1;
            count % ASK_EVERY == 0 && stop()
        };
        if self.seen.is_none() {
            if self.run.go(Place::after(Time::from_millis(self.at_ms)), &mut |_| pause()) {
                return None;
            }
            self.run.world_mut().end_faults();
            self.run.world_mut().end_with_full_resync(full.replica);
            self.seen = Some(self.run.world().log().count(false));
        }
        let mut seen = self.seen?;
        loop {
            let now = self.run.world().time();
            let until = if now < full.time { full.time } else { now + LOOK_EVERY };
            let mut demanded = false;
            let paused = self.run.go(Place::after(until), &mut |world| {
                demanded = demands_full(world, &mut seen, full.replica);
                demanded || pause()
            });
            self.seen = Some(seen);
            match () {
                () if demanded => return Some(false),
                () if paused => return None,
                () if is_attached(self.run.world(), full.replica) => return Some(true),
                () if until > full.time + PATIENCE => return Some(false),
                () => {}
            }
        }
    }
}

/// Whether a full resync of the replica was demanded since the event number `seen`, which moves on.
fn demands_full(world: &World, seen: &mut u64, replica: NodeId) -> bool {
    let latest = world.log().count(false);
    if latest == *seen {
        return false;
    }
    let demands = |event: &Event| matches!(event.kind, EventKind::FullRequired { .. }) && event.peer == Some(replica);
    let found = world.log().causes_since(*seen).any(demands);
    *seen = latest;
    found
}

/// Whether the replica and a master share a connection that both hold for live.
fn is_attached(world: &World, replica: NodeId) -> bool {
    let Some(link) = world.status(replica).and_then(|status| status.master) else { return false };
    let standing = world.connections().find(|connection| {
        connection.standing && connection.dialler == replica && Some(connection.dialler_conn) == link.conn
    });
    let Some(connection) = standing.filter(|_| link.state == LinkState::Connected) else { return false };
    let replicas = world.status(connection.acceptor).map_or(Vec::new(), |status| status.replicas);
    replicas.iter().any(|seen| Some(seen.conn) == connection.acceptor_conn && seen.state == ReplicaState::Online)
}

/// Whether the replica has its place in a history from here on.
fn in_step(event: &Event, replica: NodeId) -> bool {
    let resynced = matches!(event.kind, EventKind::FullResynced { .. } | EventKind::PartialResynced { .. });
    resynced && event.node == Some(replica)
}

/// Whether what comes after this event is another matter: the replica is in step, or a snapshot is on its way already.
fn settles(event: &Event, replica: NodeId) -> bool {
    let demanded = matches!(event.kind, EventKind::FullRequired { .. }) && event.peer == Some(replica);
    demanded || in_step(event, replica)
}

/// Why, by the reason that the master gave and by what happened since event number `since`.
fn cause_of(world: &World, full: &Event, since: u64, reason: FullReason) -> Cause {
    let happened = |fits: &dyn Fn(&Event) -> bool| {
        world.log().causes_since(since).take_while(|event| event.seq < full.seq).any(fits)
    };
    let (master, replica) = (full.node, full.peer);
    let stopped = |node: Option<NodeId>| {
        happened(&|event| matches!(event.kind, EventKind::NodeStopped { .. }) && event.node == node)
    };
    let freed = BacklogFreedReason::Idle;
    match reason {
        FullReason::LegacySync => Cause::LegacySync,
        FullReason::NoHistory if stopped(replica) => Cause::ReplicaRestarted,
        FullReason::NoHistory => Cause::NoCachedMaster,
        _ if stopped(master) => Cause::MasterRestarted,
        FullReason::UnknownReplid if stopped(replica) => Cause::ReplicaRestarted,
        _ if happened(&|event| event.kind == EventKind::BacklogFreed { why: freed } && event.node == master) => {
            Cause::BacklogFreed
        }
        FullReason::UnknownReplid => Cause::IdChanged,
        FullReason::BeyondFork { .. } => Cause::BeyondFork,
        FullReason::NoBacklog => Cause::BacklogFreed,
        FullReason::Ahead => Cause::Ahead,
        FullReason::TooOld { .. } => {
            let why = CloseReason::OutputLimit;
            let limit = happened(&|event| {
                matches!(event.kind, EventKind::ReplicaLost { why: lost, .. } if lost == why) && event.peer == replica
            });
            if limit { Cause::OutputLimit } else { Cause::BacklogPassed }
        }
    }
}
