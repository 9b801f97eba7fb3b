//! A deterministic Redis/Valkey replication engine, and the world of links, machines and clients around it.
//!
//! The crate is built in floors. A module uses only floors below its own, and on its own floor only its own folder;
//! `tests/layers.rs` reads the sources and checks it.
//!
//! | floor | module | owns | must not know |
//! | --- | --- | --- | --- |
//! | 0 | [`base`] | time, shared bytes, random numbers, ids, units | anything above |
//! | 1 | [`resp`] | the wire: scanner with exact byte counts, writer, redis-cli rendering | commands, the meaning of offsets |
//! | 1 | [`data`] | databases, values, expiry | the wire |
//! | 2 | [`rdb`] | snapshot bytes | replication |
//! | 2 | [`config`] | one table of directives | who uses a value |
//! | 2 | [`event`] | typed facts with ids and numbers | how they are shown |
//! | 3 | [`repl`] | the protocol: history, backlog, PSYNC, heartbeats, both ends of a link | sockets, keyspace, commands |
//! | 4 | [`node`] | one server: where protocol, data, snapshot and configuration meet | other nodes, links |
//! | 5 | [`world`] | event queue, links, machines, clients | what a command means |
//! | 6 | [`run`] | scenarios, recorded inputs, the verdict | pixels |
//! | 7 | [`view`] | plain data and sentences for eyes | the DOM |
//! | roof | `wasm` | the skin for the page | any decision of its own |
//!
//! Nothing here reads a clock, opens a socket, starts a thread or draws a random number by itself: time, bytes and seeds
//! come in as arguments, bytes, timers and events come out. The same scenario and seed give the same bits on every machine.

pub mod base;
pub mod config;
pub mod data;
pub mod event;
pub mod node;
pub mod rdb;
pub mod repl;
pub mod resp;
pub mod run;
pub mod view;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
pub mod world;
