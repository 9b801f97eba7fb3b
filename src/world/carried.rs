//! What the links carried: every message with its ends, its times, its bytes and what its receiver did with it, kept while
//! somebody looks.
//!
//! Owns the list and its limits. A recording is no part of a world: a copy begins without one, and nothing that happens
//! depends on it. Knows bytes and sizes, not what they mean; `record` fills it.

use core::fmt;
use std::collections::VecDeque;

use super::flow::MessageKind;
use super::queue::ConnKey;
use crate::base::{Chunk, LinkId, Time};

/// Most messages that are kept.
const MOST: usize = 20_000;
/// Most bytes that kept messages may share with the world, or hold alone.
const MOST_BYTES: u64 = 16 << 20;

/// Who sends or receives a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// A node, by its index.
    Node(u32),
    /// A load generator, by its index.
    Client(u32),
    /// The console of a node, by the index of the node.
    Console(u32),
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is on its way.
    UnderWay,
    /// Its last byte arrived.
    Arrived(Time),
    /// It was lost: a frame on its way, or whatever was under way when the connection ended.
    Lost(Time),
}

/// Two values of a number: before a message was read, and after.
pub type Change = (i64, i64);

/// What the receiving node did with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// When its process read the message.
    pub at: Time,
    /// Its `master_repl_offset`: the last byte that it produced or applied.
    pub offset: Change,
    /// The offset that the sender has acknowledged, if the sender is a replica of it.
    pub acknowledged: Option<Change>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Its number in the run: messages are counted as they are sent.
    pub number: u64,
    /// Who sent it.
    pub from: Party,
    /// Whom it was sent to.
    pub to: Party,
    /// The link between two nodes that carried it.
    pub link: Option<LinkId>,
    /// The connection that it belongs to: the port that the dialled node knows its peer by.
    pub port: u16,
    /// What it is.
    pub kind: MessageKind,
    /// The bytes.
    pub chunk: Chunk,
    /// When it was handed to the link.
    pub sent: Time,
    /// When its last byte arrives, arrived, or would have; `Time(u64::MAX)` while the link swallows it.
    pub arrives: Time,
    /// Offsets of its first and its last stream byte, if it carries the stream.
    pub stream: Option<(i64, i64)>,
    /// It is a frame: it travels alone, and can be lost.
    pub frame: bool,
    /// TCP lost it at least once and sent it again.
    pub delayed: bool,
    /// Its bytes were sent before, in another frame.
    pub resent: bool,
    /// The link made it of the message before.
    pub duplicate: bool,
    /// What became of it.
    pub ending: Ending,
    /// What its receiver did with it, once that read it.
    pub effect: Option<Effect>,
    /// Connection and direction.
    pub(super) flow: (ConnKey, u8),
}

impl Carried {
    /// A message of nothing, from nobody.
    pub const NONE: Carried = Carried {
        number: 0,
        from: Party::Node(0),
        to: Party::Node(0),
        link: None,
        port: 0,
        kind: MessageKind::Stream,
        chunk: Chunk::Ballast(0),
        sent: Time::ZERO,
        arrives: Time::ZERO,
        stream: None,
        frame: false,
        delayed: false,
        resent: false,
        duplicate: false,
        ending: Ending::UnderWay,
        effect: None,
        flow: (ConnKey { index: 0, generation: 0 }, 0),
    };

    /// Whether the side that dialled sent it.
    pub fn by_dialler(&self) -> bool {
        self.flow.1 == 0
    }

    /// When it left the link; `None` while it is on its way.
    pub fn ended(&self) -> Option<Time> {
        match self.ending {
            Ending::UnderWay => None,
            Ending::Arrived(at) | Ending::Lost(at) => Some(at),
        }
    }
}

/// What links carried from some moment on.
#[derive(Debug, Default)]
pub struct Recording {
    messages: VecDeque<Carried>,
    bytes: u64,
    /// Everything that was sent after this is here.
    since: Time,
    /// The moment from which on somebody wanted to know.
    reaches: Time,
    /// Something was given up because there is no room.
    full: bool,
    /// Connections whose stream travels in frames, with the bytes that were sent again on each.
    pub(super) resent: Vec<(ConnKey, u64)>,
}

/// A recording, while somebody looks. A copy of a world has none.
#[derive(Default)]
pub(super) struct Recorder(pub(super) Option<Box<Recording>>);

impl Clone for Recorder {
    fn clone(&self) -> Recorder {
        Recorder::default()
    }
}

impl fmt::Debug for Recorder {
    /// It is no part of the world.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

impl Recording {
    /// An empty recording that begins at a moment, for somebody who wants to know what was on its way at `reaches`.
    pub(super) fn from(since: Time, reaches: Time) -> Recording {
        Recording { since, reaches, ..Recording::default() }
    }

    /// What was on its way at this moment was asked for.
    pub fn reaches(&self) -> Time {
        self.reaches
    }

    /// Everything that was sent after this is kept.
    pub fn since(&self) -> Time {
        self.since
    }

    /// Whether the oldest messages were given up because there is no room.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The messages that were on their way at `from` or later, in the order in which they were sent.
    pub fn on_the_way_since(&self, from: Time) -> impl Iterator<Item = &Carried> {
        self.messages.iter().filter(move |message| message.ended().is_none_or(|at| at >= from))
    }

    /// A message by its number.
    pub fn message(&self, number: u64) -> Option<&Carried> {
        self.place(number).and_then(|at| self.messages.get(at))
    }

    /// The kept messages that were sent before a message in the same direction of the same connection, the latest first.
    pub fn before<'a>(&'a self, message: &'a Carried) -> impl Iterator<Item = &'a Carried> {
        let end = self.place(message.number).unwrap_or(0);
        self.messages.range(..end).rev().filter(|other| other.flow == message.flow)
    }

    /// Adds a message; the oldest ones make room for it.
    pub(super) fn push(&mut self, message: Carried) {
        self.bytes += held(&message.chunk);
        self.messages.push_back(message);
        while self.messages.len() > MOST || self.bytes > MOST_BYTES {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.bytes -= held(&oldest.chunk);
            self.since = self.since.max(oldest.sent);
            self.full = true;
        }
    }

    /// A message that is to be completed.
    pub(super) fn find(&mut self, number: u64) -> Option<&mut Carried> {
        self.place(number).and_then(|at| self.messages.get_mut(at))
    }

    fn place(&self, number: u64) -> Option<usize> {
        // Without a gap, which only the first few have between them, a number is a place.
        let behind = self.messages.back()?.number.checked_sub(number)?;
        let guess = self.messages.len().checked_sub(1 + usize::try_from(behind).ok()?);
        match guess {
            Some(at) if self.messages[at].number == number => guess,
            _ => self.messages.binary_search_by_key(&number, |message| message.number).ok(),
        }
    }
}

/// Bytes in memory: ballast has none.
fn held(chunk: &Chunk) -> u64 {
    match chunk {
        Chunk::Data(bytes) => bytes.len() as u64,
        Chunk::Ballast(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Bytes;

    fn message(number: u64, bytes: &Bytes) -> Carried {
        let (sent, arrives) = (Time::from_millis(number), Time::from_millis(number + 5));
        let chunk = Chunk::Data(bytes.clone());
        Carried { number, chunk, sent, arrives, ending: Ending::Arrived(arrives), ..Carried::NONE }
    }

    #[test]
    fn the_number_of_messages_is_bounded() {
        let mut recording = Recording::from(Time::ZERO, Time::ZERO);
        let bytes = Bytes::from("abc");
        (1..=MOST as u64 + 10).for_each(|number| recording.push(message(number, &bytes)));
        assert_eq!((recording.messages.len(), recording.since()), (MOST, Time::from_millis(10)));
        assert!(recording.is_full() && recording.message(10).is_none() && recording.message(11).is_some());
        assert_eq!(recording.on_the_way_since(Time::from_millis(MOST as u64 + 15)).count(), 1);
    }

    #[test]
    fn the_bytes_are_bounded_and_shared() {
        let mut recording = Recording::from(Time::ZERO, Time::ZERO);
        let large = Bytes::from(vec![7; 3 << 20]);
        (1..=9).for_each(|number| recording.push(message(number, &large)));
        assert_eq!((recording.messages.len(), recording.bytes), (5, 15 << 20));
        let kept = recording.message(9).map(|message| message.chunk.clone());
        assert!(matches!(kept, Some(Chunk::Data(bytes)) if bytes.shares_with(&large)));
    }

    #[test]
    fn what_went_before_is_that_of_the_same_direction() {
        let mut recording = Recording::from(Time::ZERO, Time::ZERO);
        for number in 1..=6 {
            let mut next = message(number, &Bytes::new());
            next.flow.1 = u8::from(number % 2 == 0);
            recording.push(next);
        }
        let last = recording.message(6).cloned().unwrap_or_else(|| message(0, &Bytes::new()));
        assert_eq!(recording.before(&last).map(|before| before.number).collect::<Vec<_>>(), [4, 2]);
    }
}
