//! Floor 3: the replication protocol, both ends of it, without sockets, keyspace or command table. A snapshot is opaque
//! bytes here; what a command means is for the floor above.
//!
//! | file | owns |
//! | --- | --- |
//! | `history` | the names of a history and its offset |
//! | `backlog` | the stream buffer: blocks, bytes, cursors |
//! | `psync` | the decision partial or full, with its reason |
//! | `replica` | a replica as its master keeps it, acknowledgements, timeouts, output limits |
//! | `handshake` | the replica's requests and what each reply leads to |
//! | `link` | the link to the master as the replica keeps it |
//! | `transfer` | a snapshot on its way |
//! | `textbook` | the stream in frames that may be lost, and how a loss is found and repaired |

mod backlog;
pub mod handshake;
mod history;
mod link;
mod psync;
mod replica;
mod state;
pub mod textbook;
mod transfer;

pub use backlog::{Appended, Cursor, Slack, StreamBuffer};
pub use history::History;
pub use link::{CachedMaster, LineTooLong, MasterLink, Stream};
pub use psync::{Decision, Window, decide};
pub use replica::{Announced, OutputRule, Replica, Replicas};
pub use state::{LinkState, ReplicaState};
pub use transfer::{Received, Receiving, Sending, Snapshot};
