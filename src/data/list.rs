//! The list type: a double-ended queue of byte strings that knows its size in bytes.

use std::collections::VecDeque;

use crate::base::Bytes;

/// A list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    items: VecDeque<Bytes>,
    item_bytes: u64,
}

impl List {
    /// An empty list.
    pub fn new() -> List {
        List::default()
    }

    /// Lists have one form only.
    pub(super) fn limit_to(&mut self, _: &super::Limits) {}

    /// Number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The items from head to tail.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Bytes> + ExactSizeIterator {
        self.items.iter()
    }

    /// The item at `index` from the head.
    pub fn get(&self, index: usize) -> Option<&Bytes> {
        self.items.get(index)
    }

    /// Adds an item before the head.
    pub fn push_front(&mut self, item: Bytes) {
        self.item_bytes += item.len() as u64;
        self.items.push_front(item);
    }

    /// Adds an item after the tail.
    pub fn push_back(&mut self, item: Bytes) {
        self.item_bytes += item.len() as u64;
        self.items.push_back(item);
    }

    /// Takes the item at the head.
    pub fn pop_front(&mut self) -> Option<Bytes> {
        let item = self.items.pop_front()?;
        self.item_bytes -= item.len() as u64;
        Some(item)
    }

    /// Takes the item at the tail.
    pub fn pop_back(&mut self) -> Option<Bytes> {
        let item = self.items.pop_back()?;
        self.item_bytes -= item.len() as u64;
        Some(item)
    }

    /// Puts an item at `index` from the head, before the one that is there; at the tail if there is none.
    pub fn insert(&mut self, index: usize, item: Bytes) {
        self.item_bytes += item.len() as u64;
        self.items.insert(index.min(self.items.len()), item);
    }

    /// Replaces the item at `index` from the head; false if there is none.
    pub fn set(&mut self, index: usize, item: Bytes) -> bool {
        let Some(slot) = self.items.get_mut(index) else { return false };
        self.item_bytes += item.len() as u64;
        self.item_bytes -= slot.len() as u64;
        *slot = item;
        true
    }

    /// Keeps the items `start..end`, counted from the head; nothing if the range is empty.
    pub fn keep(&mut self, start: usize, end: usize) {
        self.items.truncate(end);
        self.items.drain(..start.min(self.items.len()));
        self.item_bytes = self.items.iter().map(|item| item.len() as u64).sum();
    }

    /// Removes up to `max` items equal to `item`, from the tail if `from_tail`; says how many.
    pub fn remove_equal(&mut self, item: &[u8], max: usize, from_tail: bool) -> usize {
        let equal = self.items.iter().filter(|other| other.as_slice() == item).count();
        let remove = equal.min(max);
        // Seen from the head, the ones to spare come first when removing from the tail.
        let spare = if from_tail { equal - remove } else { 0 };
        let mut seen = 0;
        self.items.retain(|other| {
            if other.as_slice() != item {
                return true;
            }
            seen += 1;
            seen <= spare || seen > spare + remove
        });
        self.item_bytes -= (remove * item.len()) as u64;
        remove
    }

    /// Bytes of all items with one length byte each.
    pub fn payload_bytes(&self) -> u64 {
        self.item_bytes + self.items.len() as u64
    }
}

impl FromIterator<Bytes> for List {
    fn from_iter<I: IntoIterator<Item = Bytes>>(items: I) -> List {
        let items: VecDeque<Bytes> = items.into_iter().collect();
        let item_bytes = items.iter().map(|item| item.len() as u64).sum();
        List { items, item_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> List {
        text.split(' ').filter(|item| !item.is_empty()).map(Bytes::from).collect()
    }

    #[test]
    fn equal_items_go_from_the_asked_end() {
        for (max, from_tail, left, removed) in [
            (1, false, "b a c a", 1),
            (2, false, "b c a", 2),
            (1, true, "a b a c", 1),
            (2, true, "a b c", 2),
            (9, true, "b c", 3),
            (0, false, "a b a c a", 0),
        ] {
            let mut items = list("a b a c a");
            assert_eq!(items.remove_equal(b"a", max, from_tail), removed);
            assert_eq!(items, list(left), "max {max} from_tail {from_tail}");
        }
    }

    #[test]
    fn the_size_follows_every_change() {
        let mut items = list("one two");
        items.push_front("zero".into());
        items.push_back("three".into());
        assert!(items.set(1, "1".into()) && !items.set(9, "x".into()));
        items.pop_front();
        items.keep(0, 2);
        assert_eq!(items, list("1 two"));
        assert_eq!(items.payload_bytes(), 4 + 2);
        items.keep(5, 3);
        assert_eq!((items.len(), items.payload_bytes()), (0, 0));
    }
}
