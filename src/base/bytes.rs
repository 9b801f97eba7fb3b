//! Shared immutable bytes. A slice shares its allocation with the whole, and two neighbouring slices of one allocation
//! join again without a copy: a large value that a link cut into segments reaches the keyspace of the replica as the very
//! bytes that the load generator made. (The usual crate for this cannot join slices, which is why the type is here.)

use core::fmt;
use core::ops::{Deref, Range};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::sync::Arc;

/// A cheaply cloned slice of shared bytes.
#[derive(Clone, Default)]
pub struct Bytes {
    whole: Option<Arc<Vec<u8>>>,
    start: usize,
    len: usize,
}

/// A piece of a byte stream. Ballast stands for bytes that exist only as a number: they take time on links and on disks
/// and count in sizes, but nobody reads them. Only snapshots contain ballast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Real bytes.
    Data(Bytes),
    /// That many bytes of unspecified content.
    Ballast(u64),
}

impl Bytes {
    /// No bytes.
    pub const fn new() -> Bytes {
        Bytes { whole: None, start: 0, len: 0 }
    }

    /// A slice that shares this one's allocation. Panics if the range is outside `0..self.len()`.
    pub fn slice(&self, range: Range<usize>) -> Bytes {
        assert!(range.start <= range.end && range.end <= self.len, "slice outside the bytes");
        Bytes { whole: self.whole.clone(), start: self.start + range.start, len: range.end - range.start }
    }

    /// Cuts off and returns the first `n` bytes. Panics if there are fewer.
    pub fn split_to(&mut self, n: usize) -> Bytes {
        let head = self.slice(0..n);
        self.start += n;
        self.len -= n;
        head
    }

    /// Appends `next` without copying if it is the neighbour of `self` in the same allocation; says whether it did.
    pub fn try_join(&mut self, next: &Bytes) -> bool {
        if next.len == 0 {
            return true;
        }
        if self.len == 0 {
            *self = next.clone();
            return true;
        }
        match (&self.whole, &next.whole) {
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) && self.start + self.len == next.start => {
                self.len += next.len;
                true
            }
            _ => false,
        }
    }

    /// The same bytes, without holding on to a much larger allocation: what is kept for long should not keep the piece of
    /// the network that it came in.
    pub fn compact(self) -> Bytes {
        match &self.whole {
            Some(whole) if whole.len() / 4 > self.len => Bytes::from(self.as_slice()),
            _ => self,
        }
    }

    /// Whether both share one allocation, for tests of sharing.
    pub fn shares_with(&self, other: &Bytes) -> bool {
        matches!((&self.whole, &other.whole), (Some(a), Some(b)) if Arc::ptr_eq(a, b))
    }

    /// The bytes as a slice.
    pub fn as_slice(&self) -> &[u8] {
        match &self.whole {
            Some(whole) => &whole[self.start..self.start + self.len],
            None => &[],
        }
    }
}

impl Chunk {
    /// Number of bytes that the chunk stands for.
    pub fn len(&self) -> u64 {
        match self {
            Chunk::Data(bytes) => bytes.len as u64,
            Chunk::Ballast(n) => *n,
        }
    }

    /// Whether the chunk stands for no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Cuts off and returns the first `n` bytes; everything if there are fewer.
    pub fn split_to(&mut self, n: u64) -> Chunk {
        let n = n.min(self.len());
        match self {
            Chunk::Data(bytes) => Chunk::Data(bytes.split_to(n as usize)),
            Chunk::Ballast(rest) => {
                *rest -= n;
                Chunk::Ballast(n)
            }
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(vec: Vec<u8>) -> Bytes {
        let len = vec.len();
        Bytes { whole: (len > 0).then(|| Arc::new(vec)), start: 0, len }
    }
}

impl From<&[u8]> for Bytes {
    fn from(slice: &[u8]) -> Bytes {
        slice.to_vec().into()
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Bytes {
        text.as_bytes().into()
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Bytes {
        text.into_bytes().into()
    }
}

impl Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl Borrow<[u8]> for Bytes {
    fn borrow(&self) -> &[u8] {
        self.as_slice()
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Bytes) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Bytes {}

impl PartialOrd for Bytes {
    fn partial_cmp(&self, other: &Bytes) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bytes {
    fn cmp(&self, other: &Bytes) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl core::hash::Hash for Bytes {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_join_without_a_copy() {
        let whole = Bytes::from("hello world");
        let mut left = whole.slice(0..5);
        assert!(left.try_join(&whole.slice(5..11)));
        assert_eq!(left, whole);
        assert!(left.shares_with(&whole));
    }

    #[test]
    fn strangers_do_not_join() {
        let mut left = Bytes::from("a");
        assert!(!left.try_join(&Bytes::from("b")));
        let whole = Bytes::from("abc");
        let mut gap = whole.slice(0..1);
        assert!(!gap.try_join(&whole.slice(2..3)));
        assert!(gap.try_join(&Bytes::new()));
    }

    #[test]
    fn a_small_slice_lets_go_of_a_large_piece() {
        let piece = Bytes::from(vec![7; 1000]);
        assert!(!piece.slice(0..10).compact().shares_with(&piece));
        assert!(piece.slice(0..900).compact().shares_with(&piece));
        assert_eq!(piece.slice(0..10).compact(), piece.slice(0..10));
    }

    #[test]
    fn chunks_split_at_most_what_they_have() {
        let mut ballast = Chunk::Ballast(10);
        assert_eq!(ballast.split_to(4), Chunk::Ballast(4));
        assert_eq!(ballast.split_to(99), Chunk::Ballast(6));
        assert!(ballast.is_empty());
    }
}
