//! Keyframes: copies of the state of a run, from which every other moment of it is computed again. Copies share memory
//! with each other and with the state that goes on.
//!
//! Owns which copies are worth keeping: close together near the end of the run, further and further apart away from it, and
//! fewer where the copies share little. The beginning is no copy: it is made from the scenario again. Knows nothing of
//! inputs.

use std::sync::Arc;

use super::play::Place;
use super::scenario::Scenario;
use super::scene::Memory;
use crate::base::{Seed, Time};
use crate::node::{Held, Node};
use crate::world::{NodeView, SpecError, World};

/// A copy is taken after so many happenings: two milliseconds of a browser's work. What is changed behind it has to be
/// copied, too.
const EVERY: u64 = 2048;
/// Copies lie apart at most this part of their distance from the end, in happenings,
const PART: u64 = 2;
/// and at most so far: what a browser computes in 20 ms. The first lies so far behind the beginning.
const APART: u64 = 6 * EVERY;
/// What the copies may hold besides what they share, in bytes by estimate.
const BUDGET: u64 = 42 << 20;
/// A copy that is as far apart from its neighbours as it may be.
const WANTED: u64 = 1024;

/// The state of a run at one of its places.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The world.
    pub(super) world: World,
    /// What its events so far say of every node.
    pub(super) memory: Memory,
    /// Number of the last event that is in `memory`.
    pub(super) noted: u64,
    /// How many recorded inputs were done.
    pub(super) inputs: usize,
}

impl State {
    /// The beginning of a run: the nodes that boot at once have booted.
    pub(super) fn beginning(scenario: &Scenario, seed: u64) -> Result<State, SpecError> {
        let mut world = World::new(&scenario.spec, Seed(seed))?;
        world.advance_to(Time::ZERO);
        let mut state = State { world, memory: Memory::default(), noted: 0, inputs: 0 };
        state.note();
        Ok(state)
    }

    /// The place in the run.
    pub(super) fn place(&self) -> Place {
        Place { moment: self.world.moment(), inputs: self.inputs }
    }

    /// Takes note of the events since the last time.
    pub(super) fn note(&mut self) {
        let log = self.world.log();
        for event in log.since(self.noted) {
            self.memory.note(event.time, event.node, event.peer, &event.kind);
        }
        self.noted = log.count(false);
    }
}

#[derive(Clone, Debug)]
struct Keyframe {
    place: Place,
    /// Happenings before it.
    work: u64,
    /// [`Keyframes::line`] when it was made.
    line: u32,
    /// What each node holds.
    held: Vec<Held>,
    state: Arc<State>,
}

/// The copies of one run, in order. The last lies just before its end: what is computed again makes no copies, because
/// they would share nothing with the ones around them.
#[derive(Clone, Debug, Default)]
pub(super) struct Keyframes {
    all: Vec<Keyframe>,
    /// How often the run went back: copies made before and after share little.
    line: u32,
    /// No more copies are made.
    stopped: bool,
}

impl Keyframes {
    /// Makes no more copies: the run will not go back.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// No copies, and none to come: for a run that never goes back.
    pub(super) fn none() -> Keyframes {
        Keyframes { all: Vec::new(), line: 0, stopped: true }
    }

    /// How many happenings the run has behind it when the next copy is due.
    pub(super) fn due(&self) -> u64 {
        if self.stopped {
            return u64::MAX;
        }
        self.all.last().map_or(APART, |last| last.work + EVERY)
    }

    /// The latest copy that is not behind what is asked for. `fits` holds up to some place, and not after.
    pub(super) fn latest(&mut self, fits: &dyn Fn(Place) -> bool) -> Option<State> {
        self.line += 1;
        self.last_of(|keyframe| fits(keyframe.place))
    }

    /// The latest copy before a time, but none from which it takes more than `most` happenings to get to `work` of them. For
    /// a look back: the run itself stays where it is.
    pub(super) fn before(&self, time: Time, work: u64, most: u64) -> Option<State> {
        self.last_of(|keyframe| keyframe.place.moment.time < time || keyframe.work + most < work)
    }

    fn last_of(&self, fits: impl Fn(&Keyframe) -> bool) -> Option<State> {
        let found = self.all[..self.all.partition_point(fits)].last();
        found.map(|keyframe| State::clone(&keyframe.state))
    }

    /// Whether there is a copy on the way from a place to a later one.
    pub(super) fn is_between(&self, from: Place, to: Place) -> bool {
        self.all.iter().any(|keyframe| from < keyframe.place && keyframe.place <= to)
    }

    /// Forgets the copies behind a place.
    pub(super) fn truncate(&mut self, last: Place) {
        let keep = self.all.partition_point(|keyframe| keyframe.place <= last);
        self.all.truncate(keep);
    }

    /// Copies the state at the end of the run.
    pub(super) fn add(&mut self, state: &mut State) {
        let (place, work) = (state.place(), state.world.happenings());
        let shared = state.world.share_streams();
        let held = |view: NodeView<'_>| view.node.map(Node::held).unwrap_or_default();
        let held = state.world.nodes().map(held).zip(shared).map(|(held, shared)| held.without(shared)).collect();
        self.all.push(Keyframe { place, work, line: self.line, held, state: Arc::new(state.clone()) });
        self.thin(work);
    }

    /// Drops what is closer together than it needs to be, seen from an end with so much work behind it, and then what is
    /// missed least, until the rest holds little enough.
    fn thin(&mut self, work: u64) {
        loop {
            let places = 1..self.all.len().saturating_sub(1);
            let Some((worth, at)) = places.map(|at| (self.worth(at, work), at)).min() else { return };
            if worth > WANTED && self.unshared() <= BUDGET {
                return;
            }
            self.all.remove(at);
        }
    }

    /// How much a copy is worth to somebody at an end with so much work behind it: the way between its neighbours, as a
    /// part of the way that may be between them.
    fn worth(&self, at: usize, work: u64) -> u64 {
        let [before, this, after] = [&self.all[at - 1], &self.all[at], &self.all[at + 1]];
        let apart = (work.abs_diff(this.work) / PART).clamp(2 * EVERY, APART);
        (after.work - before.work).saturating_mul(WANTED) / apart
    }

    /// Bytes that the copies hold besides what they share with the ones behind them, by estimate.
    fn unshared(&self) -> u64 {
        self.all.windows(2).map(|pair| unshared(&pair[0], &pair[1])).sum()
    }
}

/// Bytes that the earlier of two copies holds and the later does not: what has been replaced since, at most all.
fn unshared(earlier: &Keyframe, later: &Keyframe) -> u64 {
    let nothing = Held::default();
    let shares = earlier.line == later.line;
    let nodes = earlier.held.iter().zip(&later.held);
    nodes.map(|(held, later)| held.unshared(if shares { later } else { &nothing })).sum()
}
