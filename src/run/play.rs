//! A run: a world that plays a scenario, and a record of everything that a person did to it. The scenario, the seed and
//! the record are the whole run: played again they give the same bits.
//!
//! Time can be held in both directions. What lies behind is computed again from the nearest of the `keyframes`, with the
//! recorded inputs at their places; what was computed once and lies ahead is the recorded future, until something else is
//! done before it.

use std::sync::Arc;

use super::actions::read_action;
use super::keyframes::{Keyframes, State};
use super::scenario::Scenario;
use super::scene::Memory;
use super::value::Value;
use crate::base::{NodeId, Span, Time};
use crate::world::{Action, Moment, Recording, SpecError, World};

/// Most inputs of one run.
const MOST_INPUTS: usize = 10_000;
/// Most happenings that are computed again in order to tell what links carried: 100 ms of a browser's work.
const LOOK_BACK: u64 = 48 * 1024;
/// The stop question of [`Run::advance`] is asked once in so many happenings.
const ASK_EVERY: u64 = 256;

/// Something that a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// An action.
    Action(Action),
    /// A line typed at a node's console.
    Console(NodeId, String),
}

/// An input with its place in the run. The time alone would not do: a person who steps from event to event acts between
/// two happenings of the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// When.
    pub moment: Moment,
    /// What.
    pub input: Input,
}

/// A place in a run: between two happenings, and between two inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub moment: Moment,
    /// Recorded inputs that lie before.
    pub inputs: usize,
}

impl Place {
    /// Behind everything that happens, and that a person does, at a time.
    pub const fn after(time: Time) -> Place {
        Place { moment: Moment::after(time), inputs: usize::MAX }
    }
}

/// A world that plays a scenario.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) scenario: Arc<Scenario>,
    pub(super) seed: u64,
    pub(super) state: State,
    pub(super) inputs: Vec<Arc<Recorded>>,
    /// The last place that was reached.
    end: Place,
    pub(super) keyframes: Keyframes,
}

impl Run {
    /// A run at its beginning, with the scenario's seed or another. The nodes that boot at once have booted.
    pub fn new(scenario: Scenario, seed: Option<u64>) -> Result<Run, SpecError> {
        Run::start(Arc::new(scenario), seed)
    }

    fn start(scenario: Arc<Scenario>, seed: Option<u64>) -> Result<Run, SpecError> {
        let seed = seed.unwrap_or(scenario.seed);
        let state = State::beginning(&scenario, seed)?;
        Ok(Run { scenario, seed, end: state.place(), state, inputs: Vec::new(), keyframes: Keyframes::default() })
    }

    /// Reads a scenario and starts it.
    pub fn read(value: &Value, seed: Option<u64>) -> Result<Run, SpecError> {
        Run::new(Scenario::read(value)?, seed)
    }

    /// What is played.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The seed of this run.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The world as it is.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// What its events so far say of every node.
    pub fn memory(&self) -> &Memory {
        &self.state.memory
    }

    /// What was done, and when; the first [`Place::inputs`] of it lie behind.
    pub fn inputs(&self) -> &[Arc<Recorded>] {
        &self.inputs
    }

    /// Where the run is.
    pub fn place(&self) -> Place {
        self.state.place()
    }

    /// The last place that was reached. What lies between is the recorded future.
    pub fn end(&self) -> Place {
        self.end
    }

    /// Goes on by `span`, or less if `stop` says so, which is asked now and then. Returns how far it came.
    pub fn advance(&mut self, span: Span, stop: &mut dyn FnMut() -> bool) -> Span {
        let from = self.world().time();
        let mut count = 0;
        self.go(Place::after(from + span), &mut |_| {
            count += 1;
            count % ASK_EVERY == 0 && stop()
        });
        self.world().time().since(from)
    }

    /// Goes on to a moment.
    pub fn advance_to(&mut self, until: Time) {
        self.go(Place::after(until), &mut |_| false);
    }

    /// Goes to a place, back or on: the very state of a run that was played up to there. [`Place::after`] a time is the
    /// whole of that time.
    pub fn seek(&mut self, to: Place) {
        let here = self.place();
        if to < here || self.keyframes.is_between(here, to) {
            self.state = self.state_before(&|place| place <= to);
        }
        self.go(to, &mut |_| false);
    }

    /// The state at the latest copy that is not behind what is asked for, or at the beginning.
    fn state_before(&mut self, fits: &dyn Fn(Place) -> bool) -> State {
        self.keyframes.latest(fits).unwrap_or_else(|| self.at_beginning())
    }

    fn at_beginning(&self) -> State {
        let again = State::beginning(&self.scenario, self.seed);
        again.unwrap_or_else(|_| unreachable!("a world that could be built can be built again"))
    }

    /// Goes on to the next event, a cause if `cause_only`. Stays, and says `false`, if there is none within `limit`.
    pub fn step(&mut self, cause_only: bool, limit: Span) -> bool {
        let before = self.clone();
        let until = before.world().time() + limit;
        let found = self.go_to_event(cause_only, Place::after(until));
        if !found {
            *self = before;
        }
        found
    }

    /// Goes back to where the last event before, or the last cause, had just happened; to the beginning, and `false`, if
    /// there was none. It undoes a step.
    pub fn step_back(&mut self, cause_only: bool) -> bool {
        let here = self.place();
        let now = here.moment.time;
        // Steps end between the happenings of one moment, too.
        let places = [Some(now), self.world().log().last_before(now, cause_only)];
        for time in places.into_iter().flatten() {
            if let Some(place) = self.last_event_at(time, here, cause_only) {
                self.seek(place);
                return true;
            }
        }
        self.seek(Place::default());
        false
    }

    /// The last place before `here` where an event of `time` had just happened. Leaves the run somewhere up to `here`.
    fn last_event_at(&mut self, time: Time, here: Place, cause_only: bool) -> Option<Place> {
        self.state = self.state_before(&|place| place.moment.time < time);
        let mut found = None;
        while self.go_to_event(cause_only, here.min(Place::after(time))) && self.place() < here {
            found = Some(self.place()).filter(|place| place.moment.time == time);
        }
        found
    }

    fn go_to_event(&mut self, cause_only: bool, until: Place) -> bool {
        let before = self.world().log().count(cause_only);
        self.go(until, &mut |world| world.log().count(cause_only) > before)
    }

    /// Goes on to a place and shows the world after each happening and input. `watch` says whether to stop; returns whether
    /// it did.
    pub fn watch(&mut self, until: Place, watch: &mut dyn FnMut(&World) -> bool) -> bool {
        self.go(until, watch)
    }

    /// A copy that stands somewhere before a place, for as long as it is only played on, up to that place and beyond: it keeps
    /// no keyframes, and has no input from after `last` in front of it.
    pub(super) fn probe(&mut self, place: Place, last: Time) -> Run {
        let state = self.state_before(&|keyframe| keyframe <= place);
        let inputs = self.inputs.iter().take_while(|recorded| recorded.moment.time <= last);
        Run {
            scenario: Arc::clone(&self.scenario),
            seed: self.seed,
            state,
            inputs: inputs.map(Arc::clone).collect(),
            end: place,
            keyframes: Keyframes::none(),
        }
    }

    /// The same run at its beginning, with its record, and without copies for going back.
    pub(super) fn beginning(&self) -> Result<Run, SpecError> {
        let mut run = Run::start(Arc::clone(&self.scenario), Some(self.seed))?;
        run.inputs = self.inputs.clone();
        run.keyframes.stop();
        Ok(run)
    }

    /// Takes over what is recorded of another playing of this run beyond this place; `false` if it has another past.
    pub(super) fn take_future_of(&mut self, other: &Run) -> bool {
        let done = self.state.inputs;
        let same = other.inputs.len() >= done
            && self.inputs.iter().zip(&other.inputs).take(done).all(|(own, their)| Arc::ptr_eq(own, their));
        let here = self.place().moment;
        if !same || other.inputs.get(done).is_some_and(|next| next.moment < here) {
            return false;
        }
        self.inputs.clone_from(&other.inputs);
        true
    }

    /// The world, for those who change more than inputs do: a probe.
    pub(super) fn world_mut(&mut self) -> &mut World {
        &mut self.state.world
    }

    /// Goes on to a place, with the recorded inputs where they belong. `stop` is asked after each happening and input; says
    /// whether it ended the way.
    pub(super) fn go(&mut self, until: Place, stop: &mut dyn FnMut(&World) -> bool) -> bool {
        let mut stopped = false;
        loop {
            let due = self.inputs.get(self.state.inputs).map(|recorded| recorded.moment);
            let due = due.filter(|moment| *moment <= until.moment && self.state.inputs < until.inputs);
            let copy_at = self.keyframes.due();
            let paused = self.state.world.run_until(due.unwrap_or(until.moment), &mut |world| {
                stopped = stop(world);
                stopped || world.happenings() >= copy_at
            });
            if !paused && due.is_some() {
                self.do_recorded();
                stopped = stop(self.world());
            }
            if self.world().happenings() >= copy_at {
                self.state.note();
                self.keyframes.add(&mut self.state);
            }
            if stopped || (!paused && due.is_none()) {
                break;
            }
        }
        self.state.note();
        self.end = self.end.max(self.place());
        stopped
    }

    /// Does the next recorded input. It was accepted when it was recorded.
    fn do_recorded(&mut self) {
        let State { world, inputs, .. } = &mut self.state;
        let Some(recorded) = self.inputs.get(*inputs) else { return };
        *inputs += 1;
        let _ = match &recorded.input {
            Input::Action(action) => world.act(action),
            Input::Console(node, line) => world.console(*node, line),
        };
    }

    /// Does something to the world now. It replaces the recorded future.
    pub fn act(&mut self, action: Action) -> Result<(), SpecError> {
        self.input(Input::Action(action))
    }

    /// Reads an action and does it now.
    pub fn act_on(&mut self, value: &Value) -> Result<(), SpecError> {
        self.act(read_action(value, self.world().spec())?)
    }

    /// Types a line at a node's console.
    pub fn console(&mut self, node: NodeId, line: &str) -> Result<(), SpecError> {
        self.input(Input::Console(node, line.into()))
    }

    fn input(&mut self, input: Input) -> Result<(), SpecError> {
        let before = self.place();
        if before.inputs >= MOST_INPUTS {
            return Err(SpecError::new("", "at most 10000 actions and console lines in one run", "one more"));
        }
        match &input {
            Input::Action(action) => self.state.world.act(action)?,
            Input::Console(node, line) => self.state.world.console(*node, line)?,
        }
        self.cut_off(before);
        self.inputs.push(Arc::new(Recorded { moment: before.moment, input }));
        self.state.inputs += 1;
        self.state.note();
        self.end = self.place();
        Ok(())
    }

    /// What links carried: every message that was on its way at `from` or later, as far as there is room for them. What
    /// was not recorded while it happened is computed again; from now on it is recorded.
    pub fn carried(&mut self, from: Time) -> Option<&Recording> {
        if !self.world().recording().is_some_and(|recording| recording.is_full() || recording.reaches() <= from) {
            self.look_back(from);
        }
        self.state.world.note_under_way();
        self.state.world.recording()
    }

    /// Records no longer.
    pub fn forget_carried(&mut self) {
        self.state.world.forget_recording();
    }

    /// Fills the recording of the world by playing the way here again.
    fn look_back(&mut self, from: Time) {
        let here = self.place();
        let lead = self.world().links().map(|link| link.settings.latency + link.settings.jitter).max();
        let time = Time(from.0.saturating_sub(lead.unwrap_or_default().0));
        let copied = self.keyframes.before(time, self.world().happenings(), LOOK_BACK);
        let again = copied.unwrap_or_else(|| self.at_beginning());
        let mut present = std::mem::replace(&mut self.state, again);
        self.state.world.record(from);
        self.go(here, &mut |_| false);
        present.world.take_recording(&mut self.state.world);
        self.state = present;
    }

    /// Another run with the same past, and without the recorded future.
    pub fn fork(&self) -> Run {
        let mut run = self.clone();
        run.cut_off(self.place());
        run
    }

    /// Forgets what was recorded behind a place.
    fn cut_off(&mut self, last: Place) {
        self.inputs.truncate(last.inputs);
        self.keyframes.truncate(last);
        self.end = last;
    }

    /// The same run from its beginning up to now, computed anew.
    pub fn play_again(&self) -> Result<Run, SpecError> {
        let mut run = Run::start(Arc::clone(&self.scenario), Some(self.seed))?;
        run.inputs = self.inputs.clone();
        run.seek(self.place());
        Ok(run)
    }
}
