//! Floor 0: the vocabulary of everything above. Time, shared bytes, seeds and random numbers, ids, units.
//!
//! Knows nothing of Redis except the length of a replication id.

mod binary;
mod bytes;
mod float;
mod glob;
mod ids;
mod mutant;
mod natural;
mod rng;
mod rope;
mod sorted;
mod time;
mod units;

pub use binary::{Precision, Size, parse_number, round_quotient, round_shift};
pub use bytes::{Bytes, Chunk};
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub use float::parse_f64_as_c;
pub use float::{format_f64, parse_f64};
pub use glob::{glob, glob_ignoring_case};
pub use ids::{ClientId, ConnId, LinkId, NodeId, ReplId};
pub use mutant::Mutant;
pub use natural::Natural;
pub use rng::{Rng, Seed};
pub use rope::Rope;
pub use sorted::SortedMap;
pub use time::{Now, Span, Time};
pub use units::{format_i64, format_u64, parse_i64, parse_memory, push_i64};
