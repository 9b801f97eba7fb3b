//! What a key holds. A string is a shared slice; every other type has a file of its own.

use std::sync::Arc;

use super::List;
use super::hash::hash_bytes;
use crate::base::Bytes;

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A string.
    Str(Bytes),
    /// A list, shared between clones of a keyspace until one of them changes it.
    List(Arc<List>),
}

impl Value {
    /// The name of the type as TYPE answers it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Str(_) => "string",
            Value::List(_) => "list",
        }
    }

    /// Bytes of the payload, about what a snapshot writes for it.
    pub fn payload_bytes(&self) -> u64 {
        match self {
            Value::Str(text) => text.len() as u64,
            Value::List(list) => list.payload_bytes(),
        }
    }

    /// Whether this is a collection without members. Redis has no such values: the key goes with its last member.
    pub fn is_empty_collection(&self) -> bool {
        match self {
            Value::Str(_) => false,
            Value::List(list) => list.is_empty(),
        }
    }

    pub(super) fn hash(&self, seed: u64) -> u64 {
        match self {
            Value::Str(text) => hash_bytes(seed, text),
            Value::List(list) => list.iter().fold(seed ^ 1, |state, item| hash_bytes(state, item)),
        }
    }
}

impl From<List> for Value {
    fn from(list: List) -> Value {
        Value::List(Arc::new(list))
    }
}

impl From<Bytes> for Value {
    fn from(text: Bytes) -> Value {
        Value::Str(text)
    }
}
