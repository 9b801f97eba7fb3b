//! A run: a world that plays a scenario, and a record of everything that a person did to it. The scenario, the seed and
//! the record are the whole run: played again they give the same bits.

use crate::base::{NodeId, Seed, Span, Time};
use crate::world::{Action, SpecError, World};

use super::actions::read_action;
use super::scenario::Scenario;
use super::value::Value;

/// Most inputs that are recorded; a run with more can go on but not be played again.
const MOST_INPUTS: usize = 100_000;

/// Something that a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// An action.
    Action(Action),
    /// A line typed at a node's console.
    Console(NodeId, String),
}

/// An input with its place in the run. The moment alone would not do: a person who steps from event to event acts
/// between two happenings of the same moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// When.
    pub time: Time,
    /// How many happenings of the world were computed before.
    pub happenings: u64,
    /// What.
    pub input: Input,
}

/// A world that plays a scenario.
#[derive(Clone, Debug)]
pub struct Run {
    scenario: Scenario,
    seed: u64,
    world: World,
    inputs: Vec<Recorded>,
}

impl Run {
    /// A run at its beginning, with the scenario's seed or another. The nodes that boot at once have booted.
    pub fn new(scenario: Scenario, seed: Option<u64>) -> Result<Run, SpecError> {
        let seed = seed.unwrap_or(scenario.seed);
        let mut world = World::new(&scenario.spec, Seed(seed))?;
        world.advance_to(Time::ZERO);
        Ok(Run { scenario, seed, world, inputs: Vec::new() })
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
        &self.world
    }

    /// What was done so far, and when.
    pub fn inputs(&self) -> &[Recorded] {
        &self.inputs
    }

    /// Goes on by `span`, or less if `stop` says so, which is asked now and then. Returns how far it came.
    pub fn advance(&mut self, span: Span, stop: &mut dyn FnMut() -> bool) -> Span {
        let from = self.world.time();
        self.world.advance_until(from + span, stop).since(from)
    }

    /// Goes on to a moment.
    pub fn advance_to(&mut self, until: Time) {
        self.world.advance_to(until);
    }

    /// Goes on to the next event, a cause if `cause_only`; `false` if there is none within `limit`.
    pub fn step(&mut self, cause_only: bool, limit: Span) -> bool {
        let until = self.world.time() + limit;
        self.world.step_event(cause_only, until)
    }

    /// Does something to the world now.
    pub fn act(&mut self, action: Action) -> Result<(), SpecError> {
        let before = self.place();
        self.world.act(&action)?;
        self.record(before, Input::Action(action));
        Ok(())
    }

    /// Reads an action and does it now.
    pub fn act_on(&mut self, value: &Value) -> Result<(), SpecError> {
        self.act(read_action(value, self.world.spec())?)
    }

    /// Types a line at a node's console.
    pub fn console(&mut self, node: NodeId, line: &str) -> Result<(), SpecError> {
        let before = self.place();
        self.world.console(node, line)?;
        self.record(before, Input::Console(node, line.into()));
        Ok(())
    }

    /// The same run from its beginning up to now, computed anew.
    pub fn play_again(&self) -> Result<Run, SpecError> {
        let mut run = Run::new(self.scenario.clone(), Some(self.seed))?;
        for recorded in &self.inputs {
            run.world.advance_by_happenings(recorded.happenings, recorded.time);
            match &recorded.input {
                Input::Action(action) => run.act(action.clone())?,
                Input::Console(node, line) => run.console(*node, line)?,
            }
        }
        run.world.advance_by_happenings(self.world.happenings(), self.world.time());
        Ok(run)
    }

    fn place(&self) -> (Time, u64) {
        (self.world.time(), self.world.happenings())
    }

    fn record(&mut self, (time, happenings): (Time, u64), input: Input) {
        if self.inputs.len() < MOST_INPUTS {
            self.inputs.push(Recorded { time, happenings, input });
        }
    }
}
