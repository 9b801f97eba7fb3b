//! Floor 1: the data set. Numbered databases of keys, values and deadlines.
//!
//! A [`Keyspace`] is a value: cloning it costs a few reference counts, and a clone and its original share every shard until
//! one of them writes there. That is what makes a snapshot for a replica, a keyframe of a run and a fork of a world cheap.
//! Everything iterates in an order that depends on the content alone, natively and in wasm alike.
//!
//! Owns keys, values, deadlines, sizes, versions for WATCH. Knows nothing of the wire, of roles, or of who may see an
//! expired key: that is decided by the commands (`docs/redis-replication.md` 13.3).

mod collection;
mod database;
mod deadlines;
mod hash;
mod keyspace;
mod list;
mod mixing;
mod set;
mod sorted_set;
mod usage;
mod value;

pub use collection::{Collection, Limit, Limits};
pub use database::{Entry, Form};
pub use hash::Hash;
pub use keyspace::Keyspace;
pub use list::List;
pub use set::Set;
pub use sorted_set::SortedSet;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub use usage::{Clock, Frequencies};
pub use value::Value;
