//! The histories of a run as they were first produced: the latest bytes of each, what the data was at some of its offsets,
//! and how far each node has come on it. What a node holds is compared with this.
//!
//! A history that goes on under a new name (`docs/redis-replication.md` 12.1) is a stream of its own whose bytes up to the
//! fork are those of its parent.

use crate::base::{Bytes, NodeId, ReplId, Rope, SortedMap, Span, Time};

/// Bytes of a stream that are kept, the latest.
const KEEP: i64 = 1 << 20;
/// Most streams that are known at a time; the oldest is forgotten.
const MOST_STREAMS: usize = 32;
/// Most notes of what the data was, of each stream.
const MOST_NOTES: usize = 512;
/// Most names that a history had one after another.
const MOST_NAMES: usize = 8;

/// All streams of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    all: Vec<Stream>,
}

/// One history.
#[derive(Clone, Debug)]
struct Stream {
    id: ReplId,
    /// The history before it, and the last byte that both share.
    parent: Option<(ReplId, i64)>,
    rope: Rope,
    notes: SortedMap<i64, Note>,
    noted_at: Option<Time>,
    /// The highest offset of each node.
    reached: Vec<i64>,
}

/// What the data of a node was at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Which node.
    pub(super) node: NodeId,
    /// Its data.
    pub(super) digest: u64,
}

/// A byte that is not the one that was produced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrongByte {
    pub(super) offset: i64,
    pub(super) found: u8,
    pub(super) expected: u8,
}

/// What to do about the data of a node at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Compare it with this.
    Comparison(Note),
    /// Note it.
    Note,
    /// Nothing: there is no note, and the last one is recent.
    Nothing,
}

impl Streams {
    /// Whether the history is known.
    pub(super) fn knows(&self, id: ReplId) -> bool {
        self.find(id).is_some()
    }

    /// A history begins to be known; its first byte will be `first`.
    pub(super) fn add(&mut self, id: ReplId, parent: Option<(ReplId, i64)>, first: i64) {
        if self.all.len() >= MOST_STREAMS {
            self.all.remove(0);
        }
        self.all.push(Stream {
            id,
            parent,
            rope: Rope::new(first),
            notes: SortedMap::new(),
            noted_at: None,
            reached: Vec::new(),
        });
    }

    fn find(&self, id: ReplId) -> Option<usize> {
        // The latest are the ones that are asked for.
        self.all.iter().rposition(|stream| stream.id == id)
    }

    /// The stream that the byte at `offset` of a history belongs to, its own or that of a history before it, and the last
    /// byte that does.
    fn owner(&self, id: ReplId, offset: i64) -> Option<(usize, i64)> {
        let mut at = self.find(id)?;
        let mut last = i64::MAX;
        for _ in 0..MOST_NAMES {
            match self.all[at].parent {
                Some((parent, fork)) if offset <= fork => (at, last) = (self.find(parent)?, last.min(fork)),
                _ => return Some((at, last)),
            }
        }
        None
    }

    /// Which stream the first of `len` bytes of a history from `offset` on belongs to, and how many of them do.
    fn part(&self, id: ReplId, offset: i64, len: usize) -> Option<(usize, usize)> {
        let (owner, last) = self.owner(id, offset)?;
        Some((owner, (last - offset).saturating_add(1).min(len as i64) as usize))
    }

    /// A node holds these bytes of a history from `offset` on. They are compared with what is known, and what is new
    /// becomes known.
    pub(super) fn take(&mut self, id: ReplId, mut offset: i64, mut bytes: Bytes) -> Result<(), WrongByte> {
        while let Some((owner, len)) = self.part(id, offset, bytes.len()).filter(|_| !bytes.is_empty()) {
            let part = bytes.split_to(len);
            self.all[owner].take(offset, &part)?;
            offset += len as i64;
        }
        Ok(())
    }

    /// Compares bytes that a node holds without learning from them.
    pub(super) fn compare(&self, id: ReplId, mut offset: i64, mut bytes: &[u8]) -> Result<(), WrongByte> {
        while let Some((owner, len)) = self.part(id, offset, bytes.len()).filter(|_| !bytes.is_empty()) {
            let (part, rest) = bytes.split_at(len);
            self.all[owner].compare(offset, part)?;
            (offset, bytes) = (offset + len as i64, rest);
        }
        Ok(())
    }

    /// The last known bytes of a history, at most so many.
    pub(super) fn latest(&self, id: ReplId, most: i64) -> Vec<u8> {
        let mut found = Vec::new();
        let Some(stream) = self.find(id).map(|at| &self.all[at]) else { return found };
        let mut at = stream.rope.start().max(stream.rope.end() - most);
        while let Some(bytes) = stream.rope.read(at, usize::MAX) {
            found.extend_from_slice(&bytes);
            at += bytes.len() as i64;
        }
        found
    }

    /// A node stands at an offset of a history.
    pub(super) fn reach(&mut self, id: ReplId, node: NodeId, offset: i64) {
        let Some(at) = self.find(id) else { return };
        let (reached, node) = (&mut self.all[at].reached, node.0 as usize);
        if reached.len() <= node {
            reached.resize(node + 1, i64::MIN);
        }
        reached[node] = reached[node].max(offset);
    }

    /// The highest offset that a node had on a history, as far as that history goes back under other names.
    pub(super) fn reached(&self, id: ReplId, node: NodeId) -> i64 {
        let mut highest = i64::MIN;
        let mut next = self.find(id).map(|at| (at, i64::MAX));
        for _ in 0..MOST_NAMES {
            let Some((at, limit)) = next else { break };
            let stream = &self.all[at];
            let here = stream.reached.get(node.0 as usize).copied().unwrap_or(i64::MIN);
            highest = highest.max(here.min(limit));
            next = stream.parent.and_then(|(parent, fork)| Some((self.find(parent)?, fork.min(limit))));
        }
        highest
    }

    /// What to do about the data at an offset. A note is made if the last one is older than `every`.
    pub(super) fn wanted(&self, id: ReplId, offset: i64, now: Time, every: Span) -> Wanted {
        let Some(stream) = self.owner(id, offset).map(|(at, _)| &self.all[at]) else { return Wanted::Nothing };
        match stream.notes.get(&offset) {
            Some(note) => Wanted::Comparison(*note),
            None if stream.noted_at.is_none_or(|at| now.since(at) >= every) => Wanted::Note,
            None => Wanted::Nothing,
        }
    }

    /// Notes the data at an offset.
    pub(super) fn note(&mut self, id: ReplId, offset: i64, note: Note, now: Time) {
        let Some((at, _)) = self.owner(id, offset) else { return };
        let stream = &mut self.all[at];
        if stream.notes.len() >= MOST_NOTES {
            let oldest = stream.notes.keys().next();
            oldest.and_then(|oldest| stream.notes.remove(&oldest));
        }
        stream.notes.insert(offset, note);
        stream.noted_at = Some(now);
    }
}

impl Stream {
    fn take(&mut self, offset: i64, bytes: &Bytes) -> Result<(), WrongByte> {
        let end = self.rope.end();
        if offset > end {
            // Nobody showed what lies between.
            self.rope = Rope::new(offset);
        } else if offset < end {
            self.compare(offset, bytes)?;
        }
        let known = (self.rope.end() - offset).clamp(0, bytes.len() as i64) as usize;
        if known < bytes.len() {
            self.rope.append_shared(&bytes.slice(known..bytes.len()));
            self.rope.forget_before(self.rope.end() - KEEP);
        }
        Ok(())
    }

    fn compare(&self, offset: i64, bytes: &[u8]) -> Result<(), WrongByte> {
        let end = offset + bytes.len() as i64;
        let mut at = offset.max(self.rope.start());
        while at < end {
            let Some(expected) = self.rope.read(at, (end - at) as usize) else { break };
            let from = (at - offset) as usize;
            let found = &bytes[from..from + expected.len()];
            if found != &expected[..] {
                let differs = found.iter().zip(expected.iter()).position(|(found, expected)| found != expected);
                let byte = differs.unwrap_or_default();
                return Err(WrongByte { offset: at + byte as i64, found: found[byte], expected: expected[byte] });
            }
            at += expected.len() as i64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: u8) -> ReplId {
        ReplId::from_random([digit; 20])
    }

    #[test]
    fn a_fork_shares_what_lies_before_it() {
        let mut streams = Streams::default();
        streams.add(id(1), None, 1);
        assert_eq!(streams.take(id(1), 1, "abcdef".into()), Ok(()));
        // A replica that had `abcd` was promoted and writes `XY`.
        streams.add(id(2), Some((id(1), 4)), 5);
        assert_eq!(streams.take(id(2), 5, "XY".into()), Ok(()));
        // Another one was behind and catches up under the new name.
        assert_eq!(streams.take(id(2), 3, "cdXY".into()), Ok(()));
        let wrong = WrongByte { offset: 5, found: b'e', expected: b'X' };
        assert_eq!(streams.take(id(2), 3, "cde".into()), Err(wrong));
        assert_eq!(streams.compare(id(2), 1, b"abcdXY"), Ok(()));
        assert_eq!(streams.compare(id(1), 5, b"ef"), Ok(()));
        assert_eq!(streams.compare(id(1), 5, b"eX"), Err(WrongByte { offset: 6, found: b'X', expected: b'f' }));
        assert_eq!(streams.compare(id(3), 5, b"??"), Ok(()), "nothing is known of it");
        // And once more: bytes of three histories in one piece.
        streams.add(id(3), Some((id(2), 6)), 7);
        assert_eq!(streams.take(id(3), 7, "Z".into()), Ok(()));
        assert_eq!(streams.compare(id(3), 1, b"abcdXYZ"), Ok(()));
        assert_eq!(streams.latest(id(1), 2), b"ef");
    }

    #[test]
    fn what_a_node_had_counts_on_the_shared_part_of_the_next_history() {
        let mut streams = Streams::default();
        streams.add(id(1), None, 1);
        streams.reach(id(1), NodeId(3), 90);
        streams.add(id(2), Some((id(1), 50)), 51);
        assert_eq!(streams.reached(id(2), NodeId(3)), 50);
        assert_eq!(streams.reached(id(1), NodeId(3)), 90);
        streams.reach(id(2), NodeId(3), 70);
        assert_eq!((streams.reached(id(2), NodeId(3)), streams.reached(id(2), NodeId(0))), (70, i64::MIN));
    }

    #[test]
    fn notes_are_made_now_and_then_and_are_found_under_each_name() {
        let mut streams = Streams::default();
        streams.add(id(1), None, 1);
        let every = Span::from_millis(100);
        assert_eq!(streams.wanted(id(1), 40, Time::ZERO, every), Wanted::Note);
        let note = Note { node: NodeId(0), digest: 7 };
        streams.note(id(1), 40, note, Time::ZERO);
        assert_eq!(streams.wanted(id(1), 41, Time::from_millis(99), every), Wanted::Nothing);
        assert_eq!(streams.wanted(id(1), 41, Time::from_millis(100), every), Wanted::Note);
        streams.add(id(2), Some((id(1), 40)), 41);
        assert_eq!(streams.wanted(id(2), 40, Time::ZERO, every), Wanted::Comparison(note));
        assert_eq!(streams.wanted(id(9), 40, Time::ZERO, every), Wanted::Nothing);
    }

    #[test]
    fn a_gap_is_nothing_to_compare_with() {
        let mut streams = Streams::default();
        streams.add(id(1), None, 1);
        assert_eq!(streams.take(id(1), 1, "abc".into()), Ok(()));
        assert_eq!(streams.take(id(1), 10, "xyz".into()), Ok(()));
        assert_eq!(streams.take(id(1), 1, "zzz".into()), Ok(()));
        assert_eq!(streams.compare(id(1), 9, b"?xy"), Ok(()));
    }
}
