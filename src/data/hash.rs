//! The hash type: fields with values. A small hash keeps its fields in the order in which they came, as Redis does.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::{Limit, Limits};
use crate::base::Bytes;

/// A hash.
#[derive(Clone, Debug)]
pub struct Hash {
    fields: IndexMap<Bytes, Bytes, FxBuildHasher>,
    packed: bool,
    /// With more fields, or longer fields or values, Redis keeps no order.
    limit: Limit,
    /// Bytes of all fields and values.
    bytes: u64,
}

impl Default for Hash {
    fn default() -> Hash {
        Hash { fields: IndexMap::default(), packed: true, limit: Limits::DEFAULT.hash, bytes: 0 }
    }
}

impl Hash {
    /// An empty hash.
    pub fn new() -> Hash {
        Hash::default()
    }

    pub(super) fn limit_to(&mut self, limits: &Limits) {
        self.limit = limits.hash;
    }

    /// Holds what is there against the limit.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn settle(&mut self) {
        let longest = self.fields.iter().map(|(field, value)| field.len().max(value.len())).max().unwrap_or(0);
        self.packed &= self.len() <= self.limit.members && longest <= self.limit.bytes;
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether it always was so small that Redis keeps it in one listpack.
    pub fn is_packed(&self) -> bool {
        self.packed
    }

    /// The value of a field.
    pub fn get(&self, field: &[u8]) -> Option<&Bytes> {
        self.fields.get(field)
    }

    /// Fields and values; in the order in which they came, as long as the hash is small.
    pub fn iter(&self) -> impl Iterator<Item = (&Bytes, &Bytes)> {
        self.fields.iter()
    }

    /// The field and value at `index` of [`Hash::iter`].
    pub fn get_index(&self, index: usize) -> Option<(&Bytes, &Bytes)> {
        self.fields.get_index(index)
    }

    /// Sets a field; true if it is new.
    pub fn insert(&mut self, field: Bytes, value: Bytes) -> bool {
        self.packed &= field.len() <= self.limit.bytes && value.len() <= self.limit.bytes;
        let (field_bytes, value_bytes) = (field.len() as u64, value.len() as u64);
        let replaced = self.fields.insert(field, value);
        self.packed &= self.fields.len() <= self.limit.members;
        self.bytes += value_bytes;
        match &replaced {
            Some(old) => self.bytes -= old.len() as u64,
            None => self.bytes += field_bytes,
        }
        replaced.is_none()
    }

    /// Takes a field out and returns its value.
    pub fn remove(&mut self, field: &[u8]) -> Option<Bytes> {
        let value = if self.packed { self.fields.shift_remove(field) } else { self.fields.swap_remove(field) }?;
        self.bytes -= (field.len() + value.len()) as u64;
        Some(value)
    }

    /// Bytes of all fields and values with one length byte each.
    pub fn payload_bytes(&self) -> u64 {
        self.bytes + 2 * self.fields.len() as u64
    }
}

impl PartialEq for Hash {
    fn eq(&self, other: &Hash) -> bool {
        self.fields == other.fields
    }
}

impl Eq for Hash {}

impl FromIterator<(Bytes, Bytes)> for Hash {
    fn from_iter<I: IntoIterator<Item = (Bytes, Bytes)>>(fields: I) -> Hash {
        let mut hash = Hash::new();
        for (field, value) in fields {
            hash.insert(field, value);
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_hash_keeps_its_order_and_knows_its_size() {
        let mut hash: Hash = ["a", "b", "c", "d"].map(|field| (field.into(), "1".into())).into_iter().collect();
        assert!(!hash.insert("b".into(), "22".into()) && hash.insert("e".into(), "".into()));
        assert_eq!((hash.remove(b"a"), hash.remove(b"a")), (Some("1".into()), None));
        let fields: Vec<_> = hash.iter().map(|(field, _)| field.clone()).collect();
        assert_eq!(fields, ["b", "c", "d", "e"].map(Bytes::from));
        assert_eq!(hash.payload_bytes(), 4 + 4 + 8);
        assert!(hash.is_packed());
        hash.insert("c".into(), "x".repeat(65).into());
        hash.insert("c".into(), "x".into());
        assert!(!hash.is_packed());
        assert_eq!(hash.payload_bytes(), 4 + 4 + 8);
    }
}
