//! What a key holds. A string is a shared slice; every other type has a file of its own.

use std::sync::Arc;

use super::mixing::{hash_bytes, mix};
use super::{Hash, List, Set, SortedSet};
use crate::base::Bytes;

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Str(Bytes),
    /// A list, shared between clones of a keyspace until one of them changes it.
    List(Arc<List>),
    /// A set, shared like a list.
    Set(Arc<Set>),
    /// A sorted set, shared like a list.
    SortedSet(Arc<SortedSet>),
    /// A hash, shared like a list.
    Hash(Arc<Hash>),
}

impl Value {
    /// The name of the type as TYPE answers it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Str(_) => "string",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::SortedSet(_) => "zset",
            Value::Hash(_) => "hash",
        }
    }

    /// Bytes of the payload, about what a snapshot writes for it.
    pub fn payload_bytes(&self) -> u64 {
        match self {
            Value::Str(text) => text.len() as u64,
            Value::List(list) => list.payload_bytes(),
            Value::Set(set) => set.payload_bytes(),
            Value::SortedSet(set) => set.payload_bytes(),
            Value::Hash(hash) => hash.payload_bytes(),
        }
    }

    /// Whether this is a collection without members. Redis has no such values: the key goes with its last member.
    pub fn is_empty_collection(&self) -> bool {
        match self {
            Value::Str(_) => false,
            Value::List(list) => list.is_empty(),
            Value::Set(set) => set.is_empty(),
            Value::SortedSet(set) => set.is_empty(),
            Value::Hash(hash) => hash.is_empty(),
        }
    }

    /// Holds a collection against the limits of its small form.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn settle(&mut self, limits: &super::Limits) {
        match self {
            Value::Str(_) | Value::List(_) => {}
            Value::Set(set) => {
                let set = Arc::make_mut(set);
                set.limit_to(limits);
                set.settle();
            }
            Value::SortedSet(set) => {
                let set = Arc::make_mut(set);
                set.limit_to(limits);
                set.settle();
            }
            Value::Hash(hash) => {
                let hash = Arc::make_mut(hash);
                hash.limit_to(limits);
                hash.settle();
            }
        }
    }

    pub(super) fn hash(&self, seed: u64) -> u64 {
        match self {
            Value::Str(text) => hash_bytes(seed, text),
            Value::List(list) => list.iter().fold(seed ^ 1, |state, item| hash_bytes(state, item)),
            Value::Set(set) => {
                mix(set.iter().map(|member| hash_bytes(seed ^ 2, &member)).fold(seed ^ 2, u64::wrapping_add))
            }
            Value::SortedSet(set) => {
                // Adding 0 makes one zero of both.
                let member_hash =
                    |(score, member): (f64, &Bytes)| hash_bytes(seed ^ mix((score + 0.0).to_bits()), member);
                mix(set.iter().map(member_hash).fold(seed ^ 3, u64::wrapping_add))
            }
            Value::Hash(hash) => {
                let field_hash = |(field, value): (&Bytes, &Bytes)| hash_bytes(hash_bytes(seed ^ 4, field), value);
                mix(hash.iter().map(field_hash).fold(seed ^ 4, u64::wrapping_add))
            }
        }
    }
}

impl From<Bytes> for Value {
    fn from(text: Bytes) -> Value {
        Value::Str(text)
    }
}
