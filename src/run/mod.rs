//! Floor 6: experiments on worlds: scenarios, recorded inputs and the way back to any moment, the verdict, the checker of
//! what must hold in all of them, and the swarm that draws them from seeds.

mod actions;
pub mod checker;
pub mod fate;
pub mod finding;
mod keyframes;
pub mod mutants;
pub mod no_return;
mod play;
mod scenario;
pub mod scene;
mod steps;
pub mod swarm;
mod value;
pub mod verdict;

pub use actions::read_action;
pub use play::{Input, Place, Recorded, Run};
pub use scenario::{LARGEST_SEED, LONGEST_RUN, Scenario};
pub use steps::Step;
pub use value::Value;
