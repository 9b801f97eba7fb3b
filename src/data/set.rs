//! The set type. A small set of integers is kept in their order, as Redis keeps it, so that its members come out alike.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::Limits;
use crate::base::{Bytes, format_i64, parse_i64};

/// A set.
#[derive(Clone, Debug)]
pub struct Set {
    /// The members in ascending order, as long as all are integers and not too many.
    integers: Vec<i64>,
    /// The members otherwise, in the order in which they came.
    members: IndexSet<Bytes, FxBuildHasher>,
    /// Which of the two is in use. A set does not go back.
    only_integers: bool,
    /// More integers than this are kept like any other members.
    integers_max: usize,
    /// Bytes of all members.
    bytes: u64,
}

impl Default for Set {
    fn default() -> Set {
        let integers_max = Limits::DEFAULT.integers;
        Set { integers: Vec::new(), members: IndexSet::default(), only_integers: true, integers_max, bytes: 0 }
    }
}

impl Set {
    /// An empty set.
    pub fn new() -> Set {
        Set::default()
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.integers.len() + self.members.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The members in ascending order, if they are kept as integers.
    pub fn integers(&self) -> Option<&[i64]> {
        self.only_integers.then_some(&self.integers)
    }

    /// Whether `member` is one.
    pub fn contains(&self, member: &[u8]) -> bool {
        match self.only_integers {
            true => parse_i64(member).is_some_and(|integer| self.integers.binary_search(&integer).is_ok()),
            false => self.members.contains(member),
        }
    }

    /// The members, in an order that depends on what was done to the set.
    pub fn iter(&self) -> impl Iterator<Item = Bytes> {
        self.integers.iter().map(|&integer| integer_text(integer)).chain(self.members.iter().cloned())
    }

    /// The member at `index` of [`Set::iter`].
    pub fn get(&self, index: usize) -> Option<Bytes> {
        match self.only_integers {
            true => self.integers.get(index).map(|&integer| integer_text(integer)),
            false => self.members.get_index(index).cloned(),
        }
    }

    /// Adds a member; false if it is one already.
    pub fn insert(&mut self, member: Bytes) -> bool {
        let len = member.len() as u64;
        let added = match parse_i64(&member).filter(|_| self.only_integers) {
            Some(integer) => self.insert_integer(integer),
            None => {
                self.leave_integers();
                self.members.insert(member)
            }
        };
        self.bytes += if added { len } else { 0 };
        added
    }

    fn insert_integer(&mut self, integer: i64) -> bool {
        let Err(at) = self.integers.binary_search(&integer) else { return false };
        self.integers.insert(at, integer);
        self.settle();
        true
    }

    pub(super) fn limit_to(&mut self, limits: &Limits) {
        self.integers_max = limits.integers;
    }

    /// Holds what is there against the limit.
    pub(super) fn settle(&mut self) {
        if self.integers.len() > self.integers_max {
            self.leave_integers();
        }
    }

    fn leave_integers(&mut self) {
        self.members.extend(self.integers.drain(..).map(integer_text));
        self.only_integers = false;
    }

    /// Takes a member out; false if it is none.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        let removed = match self.only_integers {
            true => match parse_i64(member).and_then(|integer| self.integers.binary_search(&integer).ok()) {
                Some(at) => {
                    self.integers.remove(at);
                    true
                }
                None => false,
            },
            false => self.members.swap_remove(member),
        };
        self.bytes -= if removed { member.len() as u64 } else { 0 };
        removed
    }

    /// Bytes of all members with one length byte each.
    pub fn payload_bytes(&self) -> u64 {
        self.bytes + self.len() as u64
    }
}

impl PartialEq for Set {
    fn eq(&self, other: &Set) -> bool {
        self.len() == other.len() && self.iter().all(|member| other.contains(&member))
    }
}

impl Eq for Set {}

impl FromIterator<Bytes> for Set {
    fn from_iter<I: IntoIterator<Item = Bytes>>(members: I) -> Set {
        let mut set = Set::new();
        for member in members {
            set.insert(member);
        }
        set
    }
}

fn integer_text(integer: i64) -> Bytes {
    let mut text = Vec::with_capacity(20);
    format_i64(integer, &mut text);
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_stay_in_order_until_something_else_comes() {
        let mut set: Set = ["30", "-5", "7", "30"].map(Bytes::from).into_iter().collect();
        assert_eq!(set.integers(), Some(&[-5, 7, 30][..]));
        assert!(!set.contains(b"07") && set.contains(b"7") && set.remove(b"7") && !set.remove(b"7"));
        assert_eq!(set.payload_bytes(), 2 + 2 + 2);
        assert!(set.insert("07".into()) && !set.insert("30".into()));
        assert_eq!(set.iter().collect::<Vec<_>>(), ["-5", "30", "07"].map(Bytes::from));
        assert!(set.integers().is_none() && set.remove(b"07"));
        assert_eq!((set.get(1), set.payload_bytes()), (Some("30".into()), 6));
    }

    #[test]
    fn too_many_integers_are_kept_like_other_members() {
        let numbers = |n: i64| (0..n).map(integer_text).collect::<Set>();
        assert!(numbers(512).integers().is_some() && numbers(513).integers().is_none());
        assert_eq!(numbers(513).len(), 513);
    }
}
