//! What only clients of a server on a real network ask for: publishing and subscribing, counts of commands and errors, a
//! log of slow ones, and a look inside. The build for the page has `no_service` in its place.
//!
//! | file | owns |
//! | --- | --- |
//! | `pubsub` | channels, patterns, who listens, and what is published |
//! | `tally` | commands and errors counted by name |
//! | `limits` | output limits of clients that are no replicas, CLIENT REPLY |
//! | `memory` | what a connection takes, as CLIENT LIST shows it |
//! | `dispatch`, `names` | which command is carried out where, and the names of subcommands |
//! | `client`, `command`, `debug`, `latency`, `slowlog`, `oddments` | the commands |
//! | `notify` | keyspace events |
//! | `disk` | what follows when a snapshot cannot be written |
//! | `evict` | what goes when memory is full |
//! | `info` | sections and lines of INFO beyond the usual ones |
//! | `local_keys` | keys with a time to live that clients wrote on a writable replica |
//! | `transfer` | a snapshot that ends with a wrong mark |
//! | `digest` | the signature of a data set |
//! | `permissions` | commands that ACL SETUSER forbids |

mod client;
mod command;
mod debug;
mod digest;
mod disk;
mod dispatch;
mod evict;
mod info;
mod latency;
mod limits;
mod local_keys;
mod memory;
mod names;
mod notify;
mod oddments;
mod permissions;
mod pubsub;
mod slowlog;
mod tally;
mod transfer;

pub(super) use client::{flags_of, subscriptions_of};
pub(super) use limits::ConnService;
pub(super) use memory::memory_of;
pub(super) use names::full_name;
pub(super) use tally::busy_micros;

use super::{Node, Snapshot};
use crate::base::{Bytes, ConnId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Its state.
#[derive(Clone, Debug, Default)]
pub(super) struct Service {
    pub(super) topics: pubsub::Topics,
    pub(super) tally: tally::Tally,
    pub(super) slow_log: slowlog::SlowLog,
    pub(super) latencies: latency::Latencies,
    /// Clients that are shown every command.
    pub(super) monitors: Vec<ConnId>,
    /// Clients that watch keys; some may not any more.
    pub(super) watching: Vec<ConnId>,
    /// What DEBUG RELOAD saved last.
    pub(super) saved: Option<Snapshot>,
    /// DEBUG PAUSE-CRON.
    pub(super) cron_paused: bool,
    /// DEBUG SET-SKIP-CHECKSUM-VALIDATION.
    pub(super) skips_checksums: bool,
    /// Database and name of keys that clients of this replica gave a deadline, and where the next look at them begins.
    pub(super) local_keys: BTreeSet<(usize, Bytes)>,
    pub(super) local_keys_from: (usize, Bytes),
    /// Snapshots that were completed.
    pub(super) saves: u64,
    /// Keys of the snapshot that was loaded last.
    pub(super) keys_loaded: u64,
    /// Keys that it had and whose time was over.
    pub(super) keys_expired_at_load: u64,
    /// Connections refused because of `maxclients`.
    pub(super) rejected_connections: u64,
    /// Keys that went because memory was full.
    pub(super) evicted: u64,
    /// Keys that were looked for to be read, and found or not.
    pub(super) hits: u64,
    pub(super) misses: u64,
    /// Commands that the one user may not call.
    pub(super) forbidden: BTreeSet<&'static str>,
    /// Who waits for a key, in the order in which they came.
    pub(super) waits: BTreeMap<(usize, Bytes), Vec<ConnId>>,
    /// Keys that may have something for those who wait, in the order in which they were made; and those that were made
    /// while these are looked at.
    pub(super) ready: VecDeque<(usize, Bytes)>,
    pub(super) ready_next: VecDeque<(usize, Bytes)>,
    pub(super) disk: disk::Disk,
    pub(super) process: Process,
    descriptors: memory::Descriptors,
}

/// The process around the node, as INFO shows it.
#[derive(Clone, Debug, Default)]
pub struct Process {
    /// Its number.
    pub id: u32,
    /// The program's file.
    pub executable: String,
    /// The configuration file, empty if there is none.
    pub config_file: String,
    /// Nanoseconds by a clock that only goes forward, for the durations that INFO commandstats and SLOWLOG show. Nothing
    /// is decided by it; without one commands take no time.
    pub stopwatch: Option<fn() -> u64>,
}

impl Node {
    /// What the stopwatch shows, in nanoseconds.
    pub(super) fn stopwatch(&self) -> u64 {
        self.service.process.stopwatch.map_or(0, |read| read())
    }

    /// Says what process this is.
    pub fn set_process(&mut self, process: Process) {
        self.service.process = process;
    }
}
