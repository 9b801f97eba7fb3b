//! Floor 3: the replication protocol, both ends of it, without sockets, keyspace or command table. A snapshot is opaque
//! bytes here; what a command means is for the floor above.

mod backlog;
mod history;
mod psync;
mod state;

pub use backlog::{Appended, Cursor, StreamBuffer};
pub use history::History;
pub use psync::{Decision, Window, decide};
pub use state::{LinkState, ReplicaState};
