//! Floor 4: one server. The only place where protocol, data, snapshot and configuration meet. Knows no other node and no
//! link: whatever drives it hands in bytes and moments and carries out what it asks for (`contract`).

pub mod commands;
mod contract;

pub use contract::{BacklogStatus, Input, MasterLinkStatus, Outbox, Output, ReplicaStatus, Snapshot, Status, Wake};
