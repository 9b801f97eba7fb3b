//! The fate of every write: whether it was acknowledged, on which nodes it is, and whether it is safe or lost.
//!
//! A write is where its bytes are, by history and offset (`world::Trace`), not where its key happens to have the same value.
//! The masters that count for a write are the running ones whose history has the same beginning as the one that it was
//! written to. Of the acknowledged writes
//!
//! - *lost* are those that no such master has, although there is one; or, while there is none, that no running node has;
//! - *unsafe* are those that would be lost if one node died now: it is the only one that has them, or the only master of
//!   several that has them, or there is no master and whoever is promoted decides;
//! - *safe* are the others: every master of the history has them, and so has at least one more node.
//!
//! A lost write that the disk of a stopped machine still has counts as lost until that machine is started with it and leads.
//! Over a link that is *unsound* the offset of a replica does not say what it has; what is said here of replicas behind such
//! a link is what their offsets claim.
//!
//! Nothing of this is kept by a run. Who wants to know has the run repeated with a trace beside it: [`Fates`] follows a run, a
//! slice at a time, and costs nothing while nobody asks. It needs no way back: seen from an earlier moment what ended later
//! is left out. It starts anew when somebody has changed the past.

use super::play::{Place, Run};
use crate::base::{NodeId, Time};
use crate::event::Role;
use crate::world::{Older, Outcome, SpecError, Spot, Trace, World, Write};

/// The stop question is asked once in so many happenings.
const ASK_EVERY: u64 = 256;

/// A run repeated with a trace of its writes.
#[derive(Clone, Debug)]
pub struct Fates {
    run: Run,
}

/// What one node has at a moment.
#[derive(Clone, Debug)]
struct Holder {
    node: NodeId,
    master: bool,
    /// Where its history ends, and each that it came from as far as it has it.
    has: Vec<Spot>,
}

/// Where all nodes are at one moment: enough to judge every write.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    trace: &'a Trace,
    now: Time,
    holders: Vec<Holder>,
    /// For each history, asked once: the first that it came from.
    origins: Vec<u32>,
}

/// What became of an acknowledged write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Every master of its history has it, and another node.
    Safe,
    /// Only this node has it.
    OnlyOn(NodeId),
    /// One master has it, and another, whose history forked off, has not.
    Forked {
        /// Who has it.
        on: NodeId,
        /// Who does not.
        not_on: NodeId,
    },
    /// There is no master; this replica has it, and others.
    NoMaster(NodeId),
    /// It is in no history that goes on. One node that has it nevertheless, if any does.
    Lost(Option<NodeId>),
}

/// How many acknowledged writes have which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Safe ones.
    pub safe: u64,
    /// Those that would be lost if one node died now.
    pub at_risk: u64,
    /// Lost ones.
    pub lost: u64,
    /// Older ones that are not kept one by one, and of which not all are safe.
    pub unknown: u64,
}

impl Fates {
    /// Follows a run; it has to catch up first.
    pub fn new(run: &Run) -> Result<Fates, SpecError> {
        let mut run = run.beginning()?;
        run.world_mut().start_trace();
        Ok(Fates { run })
    }

    /// Catches up with the run, until `stop`, which is asked now and then, says so. Whether it has.
    pub fn follow(&mut self, run: &Run, stop: &mut dyn FnMut() -> bool) -> Result<bool, SpecError> {
        if !self.run.take_future_of(run) {
            *self = Fates::new(run)?;
        }
        let mut count = 0;
        let to = run.place();
        if self.run.place() < to {
            self.run.go(to, &mut |_| {
                count += 1;
                count % ASK_EVERY == 0 && stop()
            });
        }
        Ok(self.run.place() >= to)
    }

    /// How far it is.
    pub fn place(&self) -> Place {
        self.run.place()
    }

    /// The trace as far as it goes.
    pub fn trace(&self) -> Option<&Trace> {
        self.run.world().trace()
    }
}

impl<'a> Judge<'a> {
    /// The judge of the moment at which a world is. The trace may be that of a later moment of the same run.
    pub fn new(trace: &'a Trace, world: &World) -> Judge<'a> {
        let mut holders = Vec::new();
        for view in world.nodes() {
            let Some(status) = world.status(view.id) else { continue };
            // While a process loads a snapshot it has neither what it had nor what it will have.
            let line = trace.line_of(status.replid).filter(|_| !status.loading);
            let place = line.map(|line| Spot { line, offset: status.master_repl_offset, serial: u64::MAX });
            let has = place.map_or(Vec::new(), |place| trace.ancestry(place));
            holders.push(Holder { node: view.id, master: status.role == Role::Master && line.is_some(), has });
        }
        let origin = |line| trace.ancestry(Spot { line, offset: 0, serial: 0 }).last().map_or(line, |first| first.line);
        let origins = (0..trace.lines()).map(origin).collect();
        Judge { trace, now: world.time(), holders, origins }
    }

    /// The acknowledged writes of this moment that are kept one by one, with what became of them, the latest first.
    pub fn acknowledged(&self) -> impl Iterator<Item = (&'a Write, Fate)> {
        self.trace.writes().rev().filter_map(|write| Some((write, self.fate(write)?)))
    }

    /// What became of a write; `None` unless it is acknowledged by now, by a node of this world.
    pub fn fate(&self, write: &Write) -> Option<Fate> {
        let (_, spot) = write.executed.filter(|_| write.outcome == Outcome::Acknowledged && write.ended <= self.now)?;
        Some(self.fate_at(spot))
    }

    /// The nodes that have a place of a history.
    pub fn nodes_with(&self, spot: Spot) -> impl Iterator<Item = NodeId> {
        self.holders.iter().filter(move |holder| holder.reaches(spot)).map(|holder| holder.node)
    }

    fn fate_at(&self, spot: Spot) -> Fate {
        let mut have = self.nodes_with(spot);
        let first = have.next();
        let alone = have.next().is_none();
        let origin = self.origin(spot.line);
        let masters = self.holders.iter().filter(|holder| holder.master && self.origin(holder.line()) == origin);
        let (mut with, mut without) = (None, None);
        for master in masters {
            let side = if master.reaches(spot) { &mut with } else { &mut without };
            *side = side.or(Some(master.node));
        }
        match (with, without, first) {
            (Some(on), Some(not_on), _) => Fate::Forked { on, not_on },
            (Some(on), None, _) if alone => Fate::OnlyOn(on),
            (Some(_), None, _) => Fate::Safe,
            (None, Some(_), still_on) => Fate::Lost(still_on),
            (None, None, Some(on)) if alone => Fate::OnlyOn(on),
            (None, None, Some(on)) => Fate::NoMaster(on),
            (None, None, None) => Fate::Lost(None),
        }
    }

    fn origin(&self, line: u32) -> u32 {
        self.origins.get(line as usize).copied().unwrap_or(line)
    }

    /// How many acknowledged writes have which fate, older ones included.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for (_, fate) in self.acknowledged() {
            match fate {
                Fate::Safe => counts.safe += 1,
                Fate::OnlyOn(_) | Fate::Forked { .. } | Fate::NoMaster(_) => counts.at_risk += 1,
                Fate::Lost(_) => counts.lost += 1,
            }
        }
        for Older { writes, last, ended } in self.trace.older() {
            let safe = *ended <= self.now && self.fate_at(*last) == Fate::Safe;
            *(if safe { &mut counts.safe } else { &mut counts.unknown }) += writes;
        }
        counts
    }
}

impl Holder {
    fn line(&self) -> u32 {
        self.has.first().map_or(u32::MAX, |place| place.line)
    }

    fn reaches(&self, spot: Spot) -> bool {
        let place = self.has.iter().find(|place| place.line == spot.line);
        place.is_some_and(|place| spot.offset <= place.offset && spot.serial <= place.serial)
    }
}
