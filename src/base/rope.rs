//! Bytes with absolute offsets: the content of a replication stream between the oldest byte that somebody needs and the
//! newest. Small pieces are gathered into chunks, large ones are kept as the shared slices that they were. A clone shares
//! everything but the list of chunks.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Bytes;

/// Pieces of at least this many bytes are shared, smaller ones are gathered.
const SHARE_FROM: usize = 2048;
/// A gathering chunk is closed when it would grow beyond a multiple of this offset: ropes of one stream are cut alike,
/// wherever they begin, and can share their chunks.
const GATHER_TO: usize = 16 * 1024;

/// A window of a byte stream, addressed by 1-based stream offsets.
#[derive(Clone, Debug)]
pub struct Rope {
    closed: VecDeque<Closed>,
    open: Arc<Vec<u8>>,
    open_start: i64,
}

#[derive(Clone, Debug)]
struct Closed {
    start: i64,
    bytes: Bytes,
}

impl Rope {
    /// An empty rope whose first byte will have the offset `next`.
    pub fn new(next: i64) -> Rope {
        Rope { closed: VecDeque::new(), open: Arc::new(Vec::new()), open_start: next }
    }

    /// Offset that the next appended byte will get.
    pub fn end(&self) -> i64 {
        self.open_start + self.open.len() as i64
    }

    /// Offset of the oldest byte, equal to [`Rope::end`] when empty.
    pub fn start(&self) -> i64 {
        self.closed.front().map_or(self.open_start, |chunk| chunk.start)
    }

    /// Appends a copy of a small piece.
    pub fn append(&mut self, piece: &[u8]) {
        let whole = GATHER_TO as i64;
        if self.end() - 1 + piece.len() as i64 > ((self.open_start - 1).div_euclid(whole) + 1) * whole {
            self.close();
        }
        Arc::make_mut(&mut self.open).extend_from_slice(piece);
    }

    /// Appends a piece; a large one is shared.
    pub fn append_shared(&mut self, piece: &Bytes) {
        if piece.len() < SHARE_FROM {
            return self.append(piece);
        }
        self.close();
        self.closed.push_back(Closed { start: self.open_start, bytes: piece.clone() });
        self.open_start += piece.len() as i64;
    }

    /// Up to `max` bytes from `offset` on, as many as lie in one chunk; `None` if there is none or it is gone.
    pub fn read(&self, offset: i64, max: usize) -> Option<Bytes> {
        if max == 0 || offset >= self.end() || offset < self.start() {
            return None;
        }
        if offset >= self.open_start {
            let from = (offset - self.open_start) as usize;
            let to = self.open.len().min(from.saturating_add(max));
            return Some(Bytes::from(&self.open[from..to]));
        }
        let index = self.closed.partition_point(|chunk| chunk.start <= offset).checked_sub(1)?;
        let chunk = self.closed.get(index)?;
        let from = (offset - chunk.start) as usize;
        Some(chunk.bytes.slice(from..chunk.bytes.len().min(from.saturating_add(max))))
    }

    /// Gives up chunks that lie wholly before `offset`.
    pub fn forget_before(&mut self, offset: i64) {
        while self.closed.front().is_some_and(|chunk| chunk.start + chunk.bytes.len() as i64 <= offset) {
            self.closed.pop_front();
        }
    }

    /// Takes over the allocations of another rope where both hold the same chunk of a stream. Says how many bytes they share.
    pub fn share_with(&mut self, other: &Rope) -> u64 {
        let mut shared = 0;
        let mut theirs = other.closed.iter().peekable();
        for mine in &mut self.closed {
            while theirs.next_if(|chunk| chunk.start < mine.start).is_some() {}
            let Some(same) = theirs.next_if(|chunk| chunk.start == mine.start) else { continue };
            if !mine.bytes.shares_with(&same.bytes) {
                if mine.bytes != same.bytes {
                    continue;
                }
                mine.bytes = same.bytes.clone();
            }
            shared += mine.bytes.len() as u64;
        }
        shared
    }

    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let start = self.open_start;
        self.open_start = self.end();
        let gathered = std::mem::take(&mut self.open);
        let bytes = Bytes::from(Arc::unwrap_or_clone(gathered));
        self.closed.push_back(Closed { start, bytes });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Seed;

    /// The rope against a plain vector with a start offset.
    #[test]
    fn reads_what_was_appended_at_every_offset() {
        let mut rng = Seed(5).rng();
        let mut rope = Rope::new(100);
        let mut model: Vec<u8> = Vec::new();
        for round in 0..200u64 {
            let len = rng.below(5000) as usize;
            let piece: Vec<u8> = (0..len).map(|i| (i as u64 ^ round) as u8).collect();
            match rng.chance(1, 2) {
                true => rope.append(&piece),
                false => rope.append_shared(&Bytes::from(piece.clone())),
            }
            model.extend_from_slice(&piece);
            assert_eq!(rope.end(), 100 + model.len() as i64);
            let keep_from = 100 + (model.len() as i64 - 40_000).max(0);
            rope.forget_before(keep_from);
            assert!(rope.start() <= keep_from);
            let mut at = keep_from;
            while at < rope.end() {
                let max = 1 + rng.below(9000) as usize;
                let got = rope.read(at, max).expect("bytes in range");
                assert!(!got.is_empty() && got.len() <= max);
                let from = (at - 100) as usize;
                assert_eq!(&got[..], &model[from..from + got.len()]);
                at += got.len() as i64;
            }
        }
        assert!(rope.read(rope.end(), 1).is_none());
        assert!(rope.read(rope.start() - 1, 1).is_none());
    }

    #[test]
    fn large_pieces_are_shared_not_copied() {
        let value = Bytes::from(vec![7; 100_000]);
        let mut rope = Rope::new(1);
        rope.append(b"head");
        rope.append_shared(&value);
        assert!(rope.read(5, 1000).is_some_and(|read| read.shares_with(&value)));
    }

    #[test]
    fn ropes_of_one_stream_share_what_both_hold() {
        let stream: Vec<Vec<u8>> = (0..2000u64).map(|n| vec![(n % 251) as u8; 50 + (n % 90) as usize]).collect();
        let fed = |from: usize| {
            let before: usize = stream[..from].iter().map(Vec::len).sum();
            let mut rope = Rope::new(1 + before as i64);
            stream[from..].iter().for_each(|piece| rope.append(piece));
            rope
        };
        let (first, mut second) = (fed(0), fed(500));
        let before = second.read(second.start(), 10);
        let held = (second.end() - second.start()) as u64;
        let shared = second.share_with(&first);
        assert!(shared > held - 2 * GATHER_TO as u64 && shared < held, "{shared} of {held}");
        assert_eq!(second.share_with(&first), shared, "and again");
        assert_eq!(second.read(second.start(), 10), before);
        let other = Rope::new(1);
        assert_eq!(second.share_with(&other), 0);
        let mut different = Rope::new(1);
        (0..9000).for_each(|_| different.append(b"another stream"));
        assert_eq!(different.share_with(&first), 0, "the same offsets are not the same bytes");
    }

    #[test]
    fn a_clone_is_independent() {
        let mut rope = Rope::new(1);
        rope.append(b"abc");
        let mut copy = rope.clone();
        copy.append(b"X");
        rope.append(b"Y");
        assert_eq!(copy.read(4, 9).as_deref(), Some(&b"X"[..]));
        assert_eq!(rope.read(4, 9).as_deref(), Some(&b"Y"[..]));
    }
}
