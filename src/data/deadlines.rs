//! The keys of one database that have a deadline, ordered by it. Kept in shared sorted pieces, so that a clone of the
//! keyspace copies only the pieces that it changes, and no change moves more than one.

use std::sync::Arc;

use crate::base::Bytes;

/// A piece that grows beyond this is cut in two.
const PIECE_MAX: usize = 256;

/// A deadline in unix milliseconds and the key that has it.
type Deadline = (i64, Bytes);

/// Deadlines in unix milliseconds, and the keys that have them.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines {
    /// None is empty. Every entry of one comes before every entry of the next.
    pieces: Vec<Arc<Vec<Deadline>>>,
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
        let entry = (deadline_ms, key);
        let number = self.piece_of(&entry);
        if self.pieces.is_empty() {
            self.pieces.push(Arc::default());
        }
        let piece = Arc::make_mut(&mut self.pieces[number]);
        let Err(at) = piece.binary_search(&entry) else { return };
        piece.insert(at, entry);
        if piece.len() > PIECE_MAX {
            let upper = piece.split_off(PIECE_MAX / 2);
            self.pieces.insert(number + 1, Arc::new(upper));
        }
        self.len += 1;
        self.sum_ms += i128::from(deadline_ms);
    }

    /// Forgets the deadline of `key`.
    pub(super) fn remove(&mut self, deadline_ms: i64, key: &Bytes) {
        let entry = (deadline_ms, key.clone());
        let number = self.piece_of(&entry);
        let Some(piece) = self.pieces.get_mut(number) else { return };
        let Ok(at) = piece.binary_search(&entry) else { return };
        let piece = Arc::make_mut(piece);
        piece.remove(at);
        if piece.is_empty() {
            self.pieces.remove(number);
        }
        self.len -= 1;
        self.sum_ms -= i128::from(deadline_ms);
    }

    /// The mean of all deadlines.
    pub(super) fn mean_ms(&self) -> Option<i64> {
        let count = i128::try_from(self.len).ok().filter(|&count| count > 0)?;
        i64::try_from(self.sum_ms / count).ok()
    }

    /// The soonest deadline and its key; the smaller key of two at the same moment.
    pub(super) fn soonest(&self) -> Option<&Deadline> {
        self.pieces.first()?.first()
    }

    /// The number of the piece that has or would have this entry; 0 if there is no piece.
    fn piece_of(&self, entry: &Deadline) -> usize {
        self.pieces.partition_point(|piece| piece.first().is_some_and(|first| first <= entry)).saturating_sub(1)
    }
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

    #[test]
    fn many_are_kept_in_order() {
        let mut deadlines = Deadlines::default();
        let key = |number: i64| Bytes::from(number.to_string());
        // 7 and 5000 have no common factor: every number once, out of order, and two keys at each moment.
        let numbers: Vec<i64> = (0..5000).map(|i| i * 7 % 5000).collect();
        for &number in &numbers {
            deadlines.add(number / 2, key(number));
            deadlines.add(number / 2, key(number));
        }
        assert_eq!((deadlines.len(), deadlines.mean_ms()), (5000, Some(1249)));
        for &number in numbers.iter().filter(|&number| number % 3 > 0) {
            deadlines.remove(number / 2, &key(number));
            deadlines.remove(number / 2, &key(number));
        }
        let mut moments = Vec::new();
        while let Some((at, key)) = deadlines.soonest().cloned() {
            deadlines.remove(at, &key);
            moments.push(at);
        }
        assert_eq!(moments, (0..5000).filter(|number| number % 3 == 0).map(|number| number / 2).collect::<Vec<_>>());
        assert_eq!((deadlines.len(), deadlines.mean_ms()), (0, None));
    }
}
