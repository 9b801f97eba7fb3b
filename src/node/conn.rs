//! One connection of a node: what it is, what it has selected and queued, what waits to be sent on it.

use std::collections::VecDeque;

use super::block::KeyWait;
use super::commands::Spec;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
use super::service::ConnService;
use crate::base::{Bytes, Chunk, ConnId, Time};
use crate::event::CloseReason;
use crate::repl::Announced;
use crate::repl::textbook::{Datagrams, Sender};
use crate::resp::{Replies, Scanner};

/// Output up to so many bytes is in a buffer of its own in Redis: it does not count as memory, and no limit is held
/// against it.
pub(super) const STATIC_OUTPUT: u64 = 16 * 1024;

/// What is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// An ordinary client.
    Client,
    /// A replica of this node.
    Replica,
    /// The master of this node.
    Master,
}

/// A connection.
#[derive(Clone, Debug)]
pub(super) struct Conn {
    pub(super) id: ConnId,
    /// Number that CLIENT LIST shows; grows with every connection.
    pub(super) number: u64,
    pub(super) ip: String,
    pub(super) port: u16,
    pub(super) peer: Peer,
    pub(super) scanner: Scanner,
    pub(super) db: usize,
    pub(super) name: Bytes,
    pub(super) authenticated: bool,
    pub(super) created_s: i64,
    pub(super) last_s: i64,
    pub(super) last_command: &'static str,
    pub(super) transaction: Option<Transaction>,
    pub(super) watched: Vec<Watched>,
    /// `master_repl_offset` after the last command that this client executed (`docs/redis-replication.md` 9.1).
    pub(super) write_offset: i64,
    pub(super) waiting: Option<Waiting>,
    pub(super) key_wait: Option<Box<KeyWait>>,
    /// Has sent SHUTDOWN and waits for the end.
    pub(super) awaits_end: bool,
    /// Has sent CONFIG REWRITE and waits for the file.
    pub(super) awaits_file: bool,
    /// A command that has to wait until clients are no longer paused.
    pub(super) postponed: Option<Vec<Bytes>>,
    pub(super) announced: Announced,
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) service: ConnService,
    /// The stream and its acknowledgements travel in frames here.
    pub(super) datagrams: Option<Datagrams>,
    pub(super) replies: Replies,
    output: VecDeque<Chunk>,
    /// Close for this reason once the output is sent.
    pub(super) closing: Option<CloseReason>,
}

/// Commands queued between MULTI and EXEC.
#[derive(Clone, Debug, Default)]
pub(super) struct Transaction {
    pub(super) queue: Vec<(&'static Spec, Vec<Bytes>)>,
    /// A command was refused while queueing: EXEC will abort.
    pub(super) broken: bool,
}

/// A key under WATCH, and the version that it had.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) db: usize,
    pub(super) key: Bytes,
    pub(super) version: u64,
}

/// A client blocked in WAIT.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) replicas: i64,
    pub(super) offset: i64,
    /// `None` waits for ever.
    pub(super) until: Option<Time>,
}

impl Conn {
    /// Whether the client waits for replicas, for a key or for the end. What it sends in the meantime has to wait, too.
    pub(super) fn is_blocked(&self) -> bool {
        self.waiting.is_some() || self.key_wait.is_some() || self.awaits_end || self.awaits_file
    }

    pub(super) fn new(id: ConnId, number: u64, ip: String, port: u16, peer: Peer, now_s: i64) -> Conn {
        Conn {
            id,
            number,
            ip,
            port,
            peer,
            scanner: Scanner::new(),
            db: 0,
            name: Bytes::new(),
            authenticated: false,
            created_s: now_s,
            last_s: now_s,
            last_command: "NULL",
            transaction: None,
            watched: Vec::new(),
            write_offset: 0,
            waiting: None,
            key_wait: None,
            awaits_end: false,
            awaits_file: false,
            postponed: None,
            announced: Announced::default(),
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            service: ConnService::default(),
            datagrams: None,
            replies: Replies::new(),
            output: VecDeque::new(),
            closing: None,
        }
    }

    /// Where the other end is, as log lines name it.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.ip, self.port)
    }

    /// What the master of a stream in frames remembers, from the byte `first` on; `None` where it needs no frames.
    pub(super) fn sender(&self, first: i64) -> Option<Sender> {
        self.datagrams.map(|how| Sender::new(how, first))
    }

    /// Queues bytes in front of any stream.
    pub(super) fn send(&mut self, bytes: impl Into<Bytes>) {
        self.collect_replies();
        self.output.push_back(Chunk::Data(bytes.into()));
    }

    /// Moves finished replies to the output.
    pub(super) fn collect_replies(&mut self) {
        if !self.replies.is_empty() {
            self.output.extend(self.replies.take().into_iter().map(Chunk::Data));
        }
    }

    /// The next bytes that were queued, at most `room`.
    pub(super) fn pull(&mut self, room: u64) -> Option<Chunk> {
        self.collect_replies();
        let front = self.output.front_mut()?;
        if front.len() <= room {
            return self.output.pop_front();
        }
        Some(front.split_to(room))
    }

    /// Whether queued bytes wait to be sent.
    pub(super) fn has_output(&self) -> bool {
        !self.output.is_empty() || !self.replies.is_empty()
    }

    /// Bytes queued.
    pub(super) fn output_bytes(&self) -> u64 {
        self.replies.len() + self.output.iter().map(Chunk::len).sum::<u64>()
    }
}
