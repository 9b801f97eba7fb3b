//! Floor 3: the replication protocol, both ends of it, without sockets, keyspace or command table. A snapshot is opaque
//! bytes here; what a command means is for the floor above.

mod state;

pub use state::{LinkState, ReplicaState};
