//! The keys of one database that have a deadline, ordered by it. Kept in shared buckets of about a second, so that a clone
//! of the keyspace copies only the buckets that it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::Bytes;

/// Deadlines in unix milliseconds, and the keys that have them.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    buckets: BTreeMap<i64, Arc<BTreeSet<(i64, Bytes)>>>,
    len: usize,
    /// Sum of all deadlines. As many as fit into memory cannot overflow it.
    sum_ms: i128,
}

impl Deadlines {
    /// Number of keys with a deadline.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Notes that `key`, which had none, has this deadline.
    pub(super) fn add(&mut self, deadline_ms: i64, key: Bytes) {
        let bucket = self.buckets.entry(bucket_of(deadline_ms)).or_default();
        if Arc::make_mut(bucket).insert((deadline_ms, key)) {
            self.len += 1;
            self.sum_ms += i128::from(deadline_ms);
        }
    }

    /// Forgets the deadline of `key`.
    pub(super) fn remove(&mut self, deadline_ms: i64, key: &Bytes) {
        let number = bucket_of(deadline_ms);
        let Some(bucket) = self.buckets.get_mut(&number) else { return };
        let bucket = Arc::make_mut(bucket);
        if bucket.remove(&(deadline_ms, key.clone())) {
            self.len -= 1;
            self.sum_ms -= i128::from(deadline_ms);
        }
        if bucket.is_empty() {
            self.buckets.remove(&number);
        }
    }

    /// The mean of all deadlines.
    pub(super) fn mean_ms(&self) -> Option<i64> {
        let count = i128::try_from(self.len).ok().filter(|&count| count > 0)?;
        i64::try_from(self.sum_ms / count).ok()
    }

    /// The soonest deadline and its key; the smaller key of two at the same moment.
    pub(super) fn soonest(&self) -> Option<&(i64, Bytes)> {
        self.buckets.first_key_value()?.1.first()
    }
}

fn bucket_of(deadline_ms: i64) -> i64 {
    deadline_ms >> 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soonest_comes_first_and_clones_are_apart() {
        let mut deadlines = Deadlines::default();
        for (at, key) in [(5000, "c"), (-7, "a"), (100, "b2"), (100, "b1"), (i64::MAX, "z")] {
            deadlines.add(at, key.into());
        }
        let before = deadlines.clone();
        let mut order = Vec::new();
        while let Some((at, key)) = deadlines.soonest().cloned() {
            deadlines.remove(at, &key);
            order.push(key);
        }
        assert_eq!(order, ["a", "b1", "b2", "c", "z"].map(Bytes::from));
        assert_eq!((deadlines.len(), before.len()), (0, 5));
        assert_eq!(before.soonest(), Some(&(-7, "a".into())));
    }
}
