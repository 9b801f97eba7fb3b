//! A run played a second time, for the checker to look at: the run itself goes on as if nobody looked, and costs nothing
//! more. It is played as far as there is time, and again from the beginning when its past has changed.

use super::{Breach, Checker};
use crate::base::Span;
use crate::run::{Place, Run};
use crate::world::{SpecError, World};

/// The other playing of a run, and what the checker found in it.
#[derive(Clone, Debug)]
pub struct Checked {
    run: Run,
    checker: Checker,
}

impl Checked {
    /// Begins at the beginning of a run, with the inputs that are recorded of it.
    pub fn new(run: &Run) -> Result<Checked, SpecError> {
        let run = run.beginning()?;
        Ok(Checked { checker: Checker::new(run.world()), run })
    }

    /// What was found so far.
    pub fn checker(&self) -> &Checker {
        &self.checker
    }

    /// How far it is.
    pub fn place(&self) -> Place {
        self.run.place()
    }

    /// The world as far as it was looked at.
    pub fn world(&self) -> &World {
        self.run.world()
    }

    /// Plays on towards where `run` stands, and again from its beginning if something else was done to it meanwhile. `stop`
    /// is asked after each happening. Says whether it got there.
    pub fn follow(&mut self, run: &Run, stop: &mut dyn FnMut() -> bool) -> bool {
        if !self.run.take_future_of(run) {
            match Checked::new(run) {
                Ok(fresh) => *self = fresh,
                Err(_) => return true,
            }
        }
        let to = run.place();
        to <= self.run.place() || !self.watch(to, stop)
    }

    /// Plays on by `span`.
    pub fn advance(&mut self, span: Span) {
        let until = self.run.world().time() + span;
        self.watch(Place::after(until), &mut || false);
    }

    /// The end of the run: whatever can be compared is.
    pub fn finish(&mut self) {
        self.checker.finish(self.run.world());
    }

    /// Nothing was broken any more, and yet the checker saw no calm in which replicas could converge.
    pub fn give_up(&mut self) {
        self.checker.report(self.run.world(), Breach::NoCalm);
    }

    fn watch(&mut self, to: Place, stop: &mut dyn FnMut() -> bool) -> bool {
        let checker = &mut self.checker;
        self.run.watch(to, &mut |world| {
            checker.look(world);
            stop()
        })
    }
}
