//! Keyframes: copies of the state of a run, from which every other moment of it is computed again. Copies share memory
//! with each other and with the state that goes on.
//!
//! Owns which copies are worth keeping: close together near the moment that is looked at, further and further apart away
//! from it, and fewer where the copies share little. Knows nothing of inputs.

use std::sync::Arc;

use super::play::Place;
use super::scene::Memory;
use crate::node::{Held, Node};
use crate::world::World;

/// A copy is taken after so many happenings: a millisecond of work. Copying takes about a hundredth of that.
const EVERY: u64 = 1024;
/// Copies lie apart at most this part of their distance from the moment that is looked at, in happenings,
const PART: u64 = 2;
/// and at most so far: what a browser computes in 30 ms.
const APART: u64 = 24 * EVERY;
/// What the copies may hold besides what they share, in bytes by estimate.
const BUDGET: u64 = 48 << 20;
/// The unit of [`Keyframes::coarse`].
const FINE: u64 = 8;

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
    /// What each node holds.
    held: Vec<Held>,
    state: Arc<State>,
}

/// The copies of one run, in order. The first is its beginning.
#[derive(Clone, Debug)]
pub(super) struct Keyframes {
    all: Vec<Keyframe>,
    /// Copies lie further apart by this many times a [`FINE`]th, so that they hold no more than [`BUDGET`].
    coarse: u64,
    /// How far the work is when the next copy is due.
    due: u64,
}

impl Keyframes {
    /// The copy of the beginning.
    pub(super) fn of(beginning: &State) -> Keyframes {
        let mut keyframes = Keyframes { all: Vec::new(), coarse: FINE, due: 0 };
        keyframes.add(beginning);
        keyframes
    }

    /// How many happenings the run has behind it when the next copy is due.
    pub(super) fn due(&self) -> u64 {
        self.due
    }

    /// The latest copy that is not behind what is asked for, or the first. `fits` holds up to some place, and not after.
    pub(super) fn latest(&mut self, fits: &dyn Fn(Place) -> bool) -> State {
        let at = self.all.partition_point(|keyframe| fits(keyframe.place)).max(1) - 1;
        self.due = self.all[at].work + EVERY;
        State::clone(&self.all[at].state)
    }

    /// Forgets the copies behind a place.
    pub(super) fn truncate(&mut self, last: Place) {
        let keep = self.all.partition_point(|keyframe| keyframe.place <= last).max(1);
        self.all.truncate(keep);
    }

    /// Copies the state that is looked at.
    pub(super) fn add(&mut self, state: &State) {
        let (place, work) = (state.place(), state.world.happenings());
        self.due = work + EVERY;
        let at = self.all.partition_point(|keyframe| keyframe.place < place);
        if self.all.get(at).is_none_or(|keyframe| keyframe.place != place) {
            let held = state.world.nodes().map(|view| view.node.map(Node::held).unwrap_or_default()).collect();
            self.all.insert(at, Keyframe { place, work, held, state: Arc::new(state.clone()) });
            self.thin(work);
        }
    }

    /// Drops copies until what is left holds little enough, seen from a place with so much work behind it.
    fn thin(&mut self, work: u64) {
        loop {
            self.drop_close(work);
            let unshared: u64 = self.all.windows(2).map(|pair| unshared(&pair[0], &pair[1])).sum();
            if unshared <= BUDGET {
                if unshared < BUDGET / 2 {
                    self.coarse = (self.coarse - self.coarse / FINE).max(FINE);
                }
                return;
            }
            if self.all.len() <= 3 {
                return;
            }
            self.coarse += self.coarse / FINE;
        }
    }

    /// Drops what is closer together than it needs to be.
    fn drop_close(&mut self, work: u64) {
        let mut kept: Vec<Keyframe> = Vec::with_capacity(self.all.len());
        let mut all = core::mem::take(&mut self.all).into_iter().peekable();
        while let Some(keyframe) = all.next() {
            let spare = match (kept.last(), all.peek()) {
                (Some(last), Some(next)) => {
                    let distance = work.abs_diff(keyframe.work) / PART;
                    let apart = distance.clamp(2 * EVERY, APART).saturating_mul(self.coarse) / FINE;
                    next.work - last.work <= apart
                }
                _ => false,
            };
            if !spare {
                kept.push(keyframe);
            }
        }
        self.all = kept;
    }
}

/// Bytes that the earlier of two copies holds and the later does not: what has been replaced since, at most all.
fn unshared(earlier: &Keyframe, later: &Keyframe) -> u64 {
    let nodes = earlier.held.iter().zip(&later.held);
    nodes.map(|(held, later)| held.unshared(later)).sum()
}
