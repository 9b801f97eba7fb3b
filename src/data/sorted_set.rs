//! The sorted set type: members ordered by score, then by their bytes. Besides the scores by member there is the order
//! itself, cut into blocks: a rank is found by adding up the lengths of the blocks before.

use std::cmp::Ordering;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::{Limit, Limits};
use crate::base::Bytes;

/// A block that grows beyond this is cut in two.
const BLOCK_MAX: usize = 256;

/// A sorted set. Scores are never NaN.
#[derive(Clone, Debug)]
pub struct SortedSet {
    scores: IndexMap<Bytes, f64, FxBuildHasher>,
    /// All members in order; no block is empty.
    blocks: Vec<Vec<(f64, Bytes)>>,
    packed: bool,
    /// With more members, or longer ones, Redis keeps no listpack.
    limit: Limit,
    /// Bytes of all members.
    bytes: u64,
}

impl Default for SortedSet {
    fn default() -> SortedSet {
        SortedSet {
            scores: IndexMap::default(),
            blocks: Vec::new(),
            packed: true,
            limit: Limits::DEFAULT.sorted_set,
            bytes: 0,
        }
    }
}

impl SortedSet {
    /// An empty sorted set.
    pub fn new() -> SortedSet {
        SortedSet::default()
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.scores.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.scores.is_empty()
    }

    /// Whether it always was so small that Redis keeps it in one listpack.
    pub fn is_packed(&self) -> bool {
        self.packed
    }

    /// Has Redis keep it without a listpack from now on.
    pub fn unpack(&mut self) {
        self.packed = false;
    }

    fn is_small(&self) -> bool {
        self.len() <= self.limit.members && self.scores.keys().all(|member| member.len() <= self.limit.bytes)
    }

    pub(super) fn limit_to(&mut self, limits: &Limits) {
        self.limit = limits.sorted_set;
    }

    /// Holds what is there against the limit.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn settle(&mut self) {
        self.packed &= self.is_small();
    }

    /// Has Redis keep it in one listpack again, if it is small enough for that now.
    pub fn pack(&mut self) {
        if !self.packed && self.is_small() {
            let mut packed = SortedSet { limit: self.limit, ..SortedSet::new() };
            self.iter().for_each(|(score, member)| packed.insert(member.clone(), score));
            *self = packed;
        }
    }

    /// The score of a member.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    /// Sets the score of a member, which may be new. The score must not be NaN.
    pub fn insert(&mut self, member: Bytes, score: f64) {
        let fits = member.len() <= self.limit.bytes && self.len() < self.limit.members;
        if self.packed && !fits && !self.scores.contains_key(&member) {
            self.packed = false;
        }
        // In a listpack a score that is an integer is kept as one: there is one 0 only.
        let score = if self.packed { score + 0.0 } else { score };
        match self.scores.get_mut(&member) {
            Some(old) => {
                let old = std::mem::replace(old, score);
                self.remove_from_order(old, &member);
            }
            None => {
                self.bytes += member.len() as u64;
                self.scores.insert(member.clone(), score);
            }
        }
        self.insert_into_order(score, member);
    }

    /// Takes a member out and returns its score.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let score = self.scores.swap_remove(member)?;
        self.bytes -= member.len() as u64;
        self.remove_from_order(score, member);
        Some(score)
    }

    /// How many members come before this one.
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        let score = self.score(member)?;
        Some(self.count_while(|other, text| compare(other, text, score, member) == Ordering::Less))
    }

    /// The member with that many before it, and its score.
    pub fn get(&self, rank: usize) -> Option<(f64, &Bytes)> {
        self.iter_from(rank).next()
    }

    /// The members in order, with their scores.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (f64, &Bytes)> {
        self.blocks.iter().flatten().map(|(score, member)| (*score, member))
    }

    /// The members from `rank` on, in order.
    pub fn iter_from(&self, rank: usize) -> impl Iterator<Item = (f64, &Bytes)> {
        let (block, at) = self.block_of(rank);
        self.blocks[block..].iter().flatten().skip(at).map(|(score, member)| (*score, member))
    }

    /// The members before `end`, the last one first.
    pub fn iter_back_from(&self, end: usize) -> impl Iterator<Item = (f64, &Bytes)> {
        let (block, at) = self.block_of(end);
        let tail = self.blocks.get(block).map_or(&[][..], |block| &block[..at]);
        let before = self.blocks[..block].iter().rev().flat_map(|block| block.iter().rev());
        tail.iter().rev().chain(before).map(|(score, member)| (*score, member))
    }

    /// How many members at the beginning of the order fulfil a condition that no later one fulfils.
    pub fn count_while(&self, condition: impl Fn(f64, &[u8]) -> bool) -> usize {
        let fulfils = |(score, member): &(f64, Bytes)| condition(*score, member);
        let whole = self.blocks.partition_point(|block| block.last().is_some_and(&fulfils));
        let part = self.blocks.get(whole).map_or(0, |block| block.partition_point(fulfils));
        self.blocks[..whole].iter().map(Vec::len).sum::<usize>() + part
    }

    /// A member at an index that stays the same as long as nothing changes, in no particular order.
    pub fn any(&self, index: usize) -> Option<(&Bytes, f64)> {
        self.scores.get_index(index).map(|(member, score)| (member, *score))
    }

    /// Bytes of all members with their scores, eight each, and one length byte each.
    pub fn payload_bytes(&self) -> u64 {
        self.bytes + 9 * self.scores.len() as u64
    }

    /// The block that holds this rank, and where in it.
    fn block_of(&self, rank: usize) -> (usize, usize) {
        let mut left = rank;
        for (number, block) in self.blocks.iter().enumerate() {
            if left < block.len() {
                return (number, left);
            }
            left -= block.len();
        }
        (self.blocks.len(), 0)
    }

    /// Where a member belongs: the block, and the place in it.
    fn place(&self, score: f64, member: &[u8]) -> (usize, usize) {
        let before = |(other, text): &(f64, Bytes)| compare(*other, text, score, member) == Ordering::Less;
        let block = self.blocks.partition_point(|block| block.last().is_some_and(before));
        (block, self.blocks.get(block).map_or(0, |block| block.partition_point(before)))
    }

    fn insert_into_order(&mut self, score: f64, member: Bytes) {
        let (mut number, mut at) = self.place(score, &member);
        if number == self.blocks.len() {
            match self.blocks.last() {
                None => self.blocks.push(Vec::new()),
                Some(last) => (number, at) = (number - 1, last.len()),
            }
        }
        let block = &mut self.blocks[number];
        block.insert(at, (score, member));
        if block.len() > BLOCK_MAX {
            let rest = block.split_off(BLOCK_MAX / 2);
            self.blocks.insert(number + 1, rest);
        }
    }

    fn remove_from_order(&mut self, score: f64, member: &[u8]) {
        let (number, at) = self.place(score, member);
        let Some(block) = self.blocks.get_mut(number) else { return };
        block.remove(at);
        if block.is_empty() {
            self.blocks.remove(number);
        }
    }
}

/// The order of two members: by score, then by their bytes.
fn compare(score: f64, member: &[u8], other_score: f64, other: &[u8]) -> Ordering {
    score.partial_cmp(&other_score).unwrap_or(Ordering::Equal).then_with(|| member.cmp(other))
}

impl PartialEq for SortedSet {
    fn eq(&self, other: &SortedSet) -> bool {
        self.scores == other.scores
    }
}

impl Eq for SortedSet {}

impl FromIterator<(Bytes, f64)> for SortedSet {
    fn from_iter<I: IntoIterator<Item = (Bytes, f64)>>(members: I) -> SortedSet {
        let mut set = SortedSet::new();
        members.into_iter().for_each(|(member, score)| set.insert(member, score));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_a_plain_sorted_vector() {
        let mut rng = crate::base::Seed(5).rng();
        let mut set = SortedSet::new();
        let mut model: Vec<(i64, Bytes)> = Vec::new();
        for step in 0..6000 {
            let member = Bytes::from(format!("m{}", rng.below(900)));
            let score = rng.below(50) as i64 - 25;
            let known = model.iter().position(|(_, other)| *other == member);
            if let Some(at) = known {
                model.remove(at);
            }
            if rng.chance(step % 3, 4) {
                assert_eq!(set.remove(&member).is_some(), known.is_some());
            } else {
                set.insert(member.clone(), score as f64);
                model.push((score, member));
            }
        }
        model.sort();
        assert!(model.len() > BLOCK_MAX, "more than one block");
        assert!(set.iter().map(|(score, member)| (score as i64, member.clone())).eq(model.iter().cloned()));
        for (rank, (score, member)) in model.iter().enumerate() {
            assert_eq!((set.rank(member), set.score(member)), (Some(rank), Some(*score as f64)));
            assert_eq!(set.get(rank), Some((*score as f64, member)));
            let before: Vec<_> = set.iter_back_from(rank).take(2).map(|(_, member)| member).collect();
            assert!(before.into_iter().eq(model[..rank].iter().rev().take(2).map(|(_, member)| member)));
        }
        assert_eq!(set.get(model.len()), None);
        let below_ten = model.iter().filter(|(score, _)| *score < 10).count();
        assert_eq!(set.count_while(|score, _| score < 10.0), below_ten);
        let bytes: usize = model.iter().map(|(_, member)| member.len() + 9).sum();
        assert_eq!(set.payload_bytes(), bytes as u64);
    }

    #[test]
    fn both_zeros_are_one_score() {
        let mut set: SortedSet = [("b".into(), -0.0), ("a".into(), 0.0)].into_iter().collect();
        assert_eq!(set.get(0).map(|(_, member)| member.clone()), Some("a".into()));
        set.insert("b".into(), 0.0);
        assert_eq!((set.len(), set.rank(b"b")), (2, Some(1)));
    }
}
