//! Floor 6: experiments on worlds: scenarios, recorded inputs, the verdict.

pub mod finding;
pub mod scene;
pub mod verdict;
