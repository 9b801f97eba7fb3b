//! The facts of a run in order. All are folded into a digest; the latest are kept, causes longer than the regular beat
//! of heartbeats and acknowledgements.

use core::fmt;
use core::hash::{Hash, Hasher};
use std::collections::VecDeque;
use std::sync::Arc;

use crate::base::{ClientId, LinkId, NodeId, Time};
use crate::event::EventKind;

/// Events in one shared piece of the log: a copy of a world copies at most this many of each sort.
const PIECE: usize = 128;
/// Causes that are kept at least.
const CAUSES_KEPT: usize = 20_000;
/// Beats that are kept at least.
const BEATS_KEPT: usize = 5_000;

/// One fact with its place in the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number, from 1 on without gaps.
    pub seq: u64,
    /// When.
    pub time: Time,
    /// The node that reports it.
    pub node: Option<NodeId>,
    /// The node at the other end of the connection that it is about.
    pub peer: Option<NodeId>,
    /// The link that it is about.
    pub link: Option<LinkId>,
    /// The load generator that it is about.
    pub client: Option<ClientId>,
    /// What.
    pub kind: EventKind,
}

/// The latest events, and a digest of all.
#[derive(Clone, Debug)]
pub struct Log {
    causes: Ring,
    beats: Ring,
    seq: u64,
    causes_seen: u64,
    digest: Fold,
}

/// Events of one sort, in shared pieces.
#[derive(Clone)]
struct Ring {
    pieces: VecDeque<Arc<Vec<Event>>>,
    /// The latest. Once a copy of the log shares it, it is complete, however short.
    tail: Arc<Vec<Event>>,
    keep: usize,
    /// How many are in `pieces`.
    kept: usize,
}

/// A 64-bit hash that is the same on every machine: `usize` counts as 64 bits.
#[derive(Clone, Copy, Debug)]
pub struct Fold(u64);

impl Default for Log {
    fn default() -> Log {
        Log {
            causes: Ring::keeping(CAUSES_KEPT),
            beats: Ring::keeping(BEATS_KEPT),
            seq: 0,
            causes_seen: 0,
            digest: Fold::default(),
        }
    }
}

impl Log {
    /// Adds a fact; its number is set here.
    pub(super) fn push(&mut self, mut event: Event) {
        self.seq += 1;
        event.seq = self.seq;
        let ids = |id: Option<u32>| id.map_or(0, |id| u64::from(id) + 1);
        self.digest.write_u64(event.time.0);
        self.digest.write_u64(ids(event.node.map(|id| id.0)) << 32 | ids(event.peer.map(|id| id.0)));
        self.digest.write_u64(ids(event.link.map(|id| id.0)) << 32 | ids(event.client.map(|id| id.0)));
        event.kind.hash(&mut self.digest);
        if event.kind.is_cause() {
            self.causes_seen += 1;
            self.causes.push(event);
        } else {
            self.beats.push(event);
        }
    }

    /// How many events there were, which is the number of the latest, or how many causes.
    pub fn count(&self, cause_only: bool) -> u64 {
        if cause_only { self.causes_seen } else { self.seq }
    }

    /// When the last event, or the last cause, before a moment was; `None` if none is kept.
    pub fn last_before(&self, time: Time, cause_only: bool) -> Option<Time> {
        let cause = self.causes.last_before(time);
        if cause_only { cause } else { cause.max(self.beats.last_before(time)) }
    }

    /// The events after number `seq` that are still kept, in order.
    pub fn since(&self, seq: u64) -> impl Iterator<Item = &Event> {
        let mut causes = self.causes.since(seq).peekable();
        let mut beats = self.beats.since(seq).peekable();
        core::iter::from_fn(move || match (causes.peek(), beats.peek()) {
            (Some(cause), Some(beat)) if beat.seq < cause.seq => beats.next(),
            (Some(_), _) => causes.next(),
            (None, _) => beats.next(),
        })
    }

    /// Only the causes after number `seq` that are still kept, in order.
    pub fn causes_since(&self, seq: u64) -> impl Iterator<Item = &Event> {
        self.causes.since(seq)
    }

    /// A number that two runs share only if they logged the same facts at the same times.
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }
}

impl Ring {
    fn keeping(events: usize) -> Ring {
        Ring { pieces: VecDeque::new(), tail: Arc::default(), keep: events, kept: 0 }
    }

    fn push(&mut self, event: Event) {
        if self.tail.len() >= PIECE || Arc::get_mut(&mut self.tail).is_none() {
            let full = core::mem::take(&mut self.tail);
            self.kept += full.len();
            self.pieces.push_back(full);
            while self.pieces.front().is_some_and(|first| self.kept - first.len() >= self.keep) {
                self.kept -= self.pieces.pop_front().map_or(0, |first| first.len());
            }
        }
        if let Some(tail) = Arc::get_mut(&mut self.tail) {
            tail.push(event);
        }
    }

    fn since(&self, seq: u64) -> impl Iterator<Item = &Event> {
        let first = self.pieces.partition_point(|piece| piece.last().is_some_and(|event| event.seq <= seq));
        let pieces = self.pieces.range(first..).flat_map(|piece| piece.iter());
        pieces.chain(self.tail.iter()).skip_while(move |event| event.seq <= seq)
    }

    fn last_before(&self, time: Time) -> Option<Time> {
        let pieces = self.pieces.iter().map(|piece| &piece[..]).chain([&self.tail[..]]).rev();
        pieces.flat_map(|piece| piece.iter().rev()).map(|event| event.time).find(|at| *at < time)
    }
}

impl fmt::Debug for Ring {
    /// How they are cut into pieces says only when copies were made.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.since(0)).finish()
    }
}

impl Default for Fold {
    fn default() -> Fold {
        Fold(0x243f_6a88_85a3_08d3)
    }
}

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = (mixed ^ (mixed >> 32)).rotate_left(23);
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.write_u64(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_i64(&mut self, value: i64) {
        self.write_u64(value as u64);
    }

    fn write_i32(&mut self, value: i32) {
        self.write_u64(i64::from(value) as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as i64 as u64);
    }

    fn finish(&self) -> u64 {
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value ^ (value >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Role;

    fn event(time: u64, kind: EventKind) -> Event {
        Event { seq: 0, time: Time(time), node: Some(NodeId(0)), peer: None, link: None, client: None, kind }
    }

    fn filled(causes: u64, beats_for_each: u64) -> Log {
        let mut log = Log::default();
        for time in 0..causes {
            log.push(event(time, EventKind::NodeFrozen));
            for _ in 0..beats_for_each {
                log.push(event(time, EventKind::AckSent { offset: time as i64 }));
            }
        }
        log
    }

    #[test]
    fn both_sorts_come_back_in_order() {
        let log = filled(1000, 2);
        let seqs: Vec<u64> = log.since(0).map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=3000).collect::<Vec<_>>());
        assert_eq!(log.since(2998).map(|event| event.seq).collect::<Vec<_>>(), [2999, 3000]);
        assert_eq!(log.since(3000).count(), 0);
        assert_eq!(log.causes_since(2990).map(|event| event.seq).collect::<Vec<_>>(), [2992, 2995, 2998]);
        assert_eq!(log.count(true), 1000);
    }

    #[test]
    fn causes_are_kept_longer_than_beats() {
        let log = filled(10_000, 3);
        assert_eq!(log.causes_since(0).count(), 10_000);
        let beats = log.since(0).count() - 10_000;
        assert!((BEATS_KEPT..BEATS_KEPT + 2 * PIECE).contains(&beats), "{beats}");
        let many = filled(CAUSES_KEPT as u64 * 2, 0);
        assert!((CAUSES_KEPT..CAUSES_KEPT + 2 * PIECE).contains(&many.since(0).count()));
    }

    #[test]
    fn every_part_of_an_event_changes_the_digest() {
        let digest = |change: &dyn Fn(&mut Event)| {
            let mut log = Log::default();
            let mut event = event(5, EventKind::AckSent { offset: 7 });
            change(&mut event);
            log.push(event);
            log.digest()
        };
        let changes: [&dyn Fn(&mut Event); 8] = [
            &|_| (),
            &|event| event.time = Time(6),
            &|event| event.node = None,
            &|event| event.peer = Some(NodeId(0)),
            &|event| event.link = Some(LinkId(0)),
            &|event| event.client = Some(ClientId(0)),
            &|event| event.kind = EventKind::AckSent { offset: 8 },
            &|event| event.kind = EventKind::PingSent { offset: 7 },
        ];
        let mut digests: Vec<u64> = changes.iter().map(|change| digest(change)).collect();
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), changes.len());
    }

    #[test]
    fn the_digest_is_the_same_on_every_machine() {
        // A browser's `usize` is half as wide; the numbers have to come out the same.
        let mut fold = Fold::default();
        (1u8, 2u16, 3u32, 4u64, 5usize, -6isize, -7i64, "eight").hash(&mut fold);
        Role::Replica.hash(&mut fold);
        assert_eq!(fold.finish(), PINNED);
    }

    const PINNED: u64 = 15_140_339_040_151_785_861;
}
