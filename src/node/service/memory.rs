//! What a connection takes in memory, as CLIENT LIST shows it. The sizes are those that Redis asks its allocator for; they
//! are shown and decide nothing, but for the buffer of replies: what does not fit into it counts for the output limits.

use super::super::Node;
use super::super::conn::{Conn, STATIC_OUTPUT};
use super::pubsub::Topic;
use crate::base::{Bytes, ConnId};
use std::collections::BTreeSet;

/// The record of a client.
const CLIENT_BYTES: u64 = 768;
/// The buffer of input as it is allocated, and how much of it can be used.
const QUERY_BYTES: u64 = 20_480;
const QUERY_USABLE: u64 = 20_474;
/// The same without room for input.
const EMPTY_QUERY_BYTES: u64 = 8;
/// A client that was idle for longer than this has no room for input, in seconds.
const IDLE_S: i64 = 2;
/// A word of a command beside its bytes, a command of a transaction beside its words, a watched key.
const WORD_BYTES: u64 = 8;
const QUEUED_BYTES: u64 = 24;
const WATCHED_BYTES: u64 = 56;
/// A subscription, a place for one in the table of subscriptions, and how many places that has at least.
const SUBSCRIPTION_BYTES: u64 = 24;
const PLACE_BYTES: u64 = 8;
const PLACES_MIN: usize = 4;

/// The buffer of replies is not made smaller than this, and its peak forgotten after this time.
const REPLIES_MIN: u64 = 1024;
const PEAK_MS: i64 = 5000;

/// The buffer of replies: it shrinks and grows with what it held lately.
#[derive(Clone, Copy, Debug)]
pub(in crate::node) struct ReplyBuffer {
    /// Its size in bytes.
    pub(super) size: u64,
    /// The most that it held lately.
    peak: u64,
    /// When the peak was forgotten, unix milliseconds.
    forgotten_ms: i64,
}

impl Default for ReplyBuffer {
    fn default() -> ReplyBuffer {
        ReplyBuffer { size: STATIC_OUTPUT, peak: STATIC_OUTPUT, forgotten_ms: 0 }
    }
}

impl ReplyBuffer {
    /// It holds so many bytes now, or as many as fit.
    pub(super) fn holds(&mut self, bytes: u64) {
        self.peak = self.peak.max(bytes.min(self.size));
    }

    /// Once in a while; what was in it is gone by then, or the client does not read and has its output elsewhere.
    fn cron(&mut self, now_ms: i64) {
        let size = match self.peak {
            peak if self.size / 2 >= REPLIES_MIN && peak < self.size / 2 => allocated((peak + 1).max(REPLIES_MIN)),
            peak if self.size < STATIC_OUTPUT && peak == self.size => (self.size * 2).min(STATIC_OUTPUT),
            _ => self.size,
        };
        if now_ms - self.forgotten_ms > PEAK_MS {
            (self.peak, self.forgotten_ms) = (0, now_ms);
        }
        self.size = size;
    }
}

/// The next size in which memory comes: four to each doubling.
fn allocated(bytes: u64) -> u64 {
    let step = (bytes.next_power_of_two() / 8).max(1);
    bytes.div_ceil(step) * step
}

/// The command that a client has sent, while it is carried out or waits.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::node) struct Sent {
    /// Bytes on the wire.
    pub(in crate::node) bytes: u64,
    /// Bytes of the words, and how many they are.
    pub(in crate::node) word_bytes: u64,
    pub(in crate::node) words: u64,
}

impl Sent {
    pub(super) fn new(argv: &[Bytes]) -> Sent {
        let words: Vec<&[u8]> = argv.iter().map(Bytes::as_slice).collect();
        Sent { bytes: crate::resp::encode_command(&words).len() as u64, ..Sent::waiting(argv) }
    }

    /// A command that was taken out of the buffer of input.
    fn waiting(argv: &[Bytes]) -> Sent {
        let word_bytes = argv.iter().map(|word| word.len() as u64).sum();
        Sent { bytes: 0, word_bytes, words: argv.len() as u64 }
    }

    fn in_memory(self) -> u64 {
        self.word_bytes + WORD_BYTES * self.words
    }
}

/// The first descriptor behind those of files; those of listening sockets come next.
const DESCRIPTORS_FROM: u64 = 6;

/// Descriptors as CLIENT LIST shows them: the system gives out the lowest that is free.
#[derive(Clone, Debug, Default)]
pub(super) struct Descriptors {
    /// How many were in use at once.
    given: u64,
    /// Those of them that are free.
    free: BTreeSet<u64>,
}

impl Descriptors {
    /// One for a connection, `listening` sockets are open beside.
    pub(super) fn take(&mut self, listening: usize) -> u64 {
        self.free.pop_first().unwrap_or_else(|| {
            self.given += 1;
            DESCRIPTORS_FROM + listening as u64 + self.given - 1
        })
    }

    pub(super) fn give_back(&mut self, descriptor: u64) {
        if descriptor >= DESCRIPTORS_FROM {
            self.free.insert(descriptor);
        }
    }
}

/// The fields of CLIENT LIST that tell of memory, in its order; the descriptor stands elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::node) struct Memory {
    pub(in crate::node) descriptor: u64,
    pub(in crate::node) query: u64,
    pub(in crate::node) query_free: u64,
    pub(in crate::node) words: u64,
    pub(in crate::node) transaction: u64,
    pub(in crate::node) reply_size: u64,
    pub(in crate::node) reply_peak: u64,
    /// All of it, without the output.
    pub(in crate::node) total: u64,
}

/// What a connection takes at a unix time in seconds.
pub(in crate::node) fn memory_of(conn: &Conn, now_s: i64) -> Memory {
    let sent = match (&conn.key_wait, &conn.postponed) {
        (Some(wait), _) => Sent::waiting(&wait.argv),
        (None, Some(argv)) => Sent::waiting(argv),
        (None, None) => conn.service.sent,
    };
    let query = conn.scanner.pending() + sent.bytes;
    let has_room = query > 0 || (now_s - conn.last_s <= IDLE_S && !conn.last_command.is_empty());
    let query_free = if has_room { QUERY_USABLE.saturating_sub(query) } else { 0 };
    let query_bytes = if has_room { query.max(QUERY_BYTES) } else { EMPTY_QUERY_BYTES };
    let queue = conn.transaction.as_ref().map_or(&[][..], |transaction| &transaction.queue);
    let transaction = queue.iter().map(|(_, argv)| Sent::waiting(argv).in_memory()).sum();
    let replies = conn.service.reply_buffer;
    let subscriptions = |topic: Topic| match (topic, conn.service.subscriptions.len(topic)) {
        (_, 0) => 0,
        (Topic::Pattern, count) => SUBSCRIPTION_BYTES * count as u64,
        (_, count) => {
            SUBSCRIPTION_BYTES * count as u64 + PLACE_BYTES * count.next_power_of_two().max(PLACES_MIN) as u64
        }
    };
    let parts = [
        CLIENT_BYTES,
        query_bytes,
        sent.in_memory(),
        transaction,
        QUEUED_BYTES * queue.len() as u64,
        WATCHED_BYTES * conn.watched.len() as u64,
        replies.size,
        subscriptions(Topic::Channel),
        subscriptions(Topic::Pattern),
        subscriptions(Topic::Shard),
    ];
    Memory {
        descriptor: conn.service.descriptor,
        query,
        query_free,
        words: sent.word_bytes,
        transaction,
        reply_size: replies.size,
        reply_peak: replies.peak,
        total: parts.iter().sum(),
    }
}

impl Node {
    /// Once in a while: buffers of replies that are too large or too small.
    pub(super) fn resize_reply_buffers(&mut self, now_ms: i64) {
        let conns: Vec<ConnId> = self.conns.keys().collect();
        for id in conns {
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.service.reply_buffer.cron(now_ms);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_of_replies_follows_what_it_holds() {
        let mut buffer = ReplyBuffer::default();
        buffer.cron(1_700_000_000_000);
        assert_eq!((buffer.size, buffer.peak), (16384, 0), "at first only the peak is forgotten");
        buffer.holds(3000);
        buffer.cron(1_700_000_000_100);
        assert_eq!(buffer.size, 3072);
        buffer.holds(20_000);
        assert_eq!(buffer.peak, 3072, "the rest is elsewhere");
        buffer.cron(1_700_000_000_200);
        assert_eq!(buffer.size, 6144);
        buffer.cron(1_700_000_006_000);
        buffer.cron(1_700_000_006_100);
        assert_eq!(buffer.size, 1024, "after some seconds without a reply");
    }
}
