//! What all collections have in common, so that the keyspace changes each of them in the same way.

use std::sync::Arc;

use super::{Hash, List, Set, SortedSet, Value};

/// A type of value with members. A key goes with its last member.
pub trait Collection: Clone + Default {
    /// The collection of this type in `value`.
    fn of(value: &Value) -> Option<&Arc<Self>>;

    /// The collection of this type in `value`, for changes.
    fn of_mut(value: &mut Value) -> Option<&mut Arc<Self>>;

    /// The collection as the value of a key.
    fn into_value(self) -> Value;

    /// Whether there are no members.
    fn is_empty(&self) -> bool;

    /// Up to what size Redis keeps it in its small form, from now on.
    fn set_limit(&mut self, limits: &Limits);
}

/// How large a collection may be in its small form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Members.
    pub members: usize,
    /// Bytes of a member.
    pub bytes: usize,
}

/// The sizes up to which Redis keeps collections in a small form, which keeps order; by default those of 7.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `hash-max-listpack-entries`, `hash-max-listpack-value`.
    pub hash: Limit,
    /// `zset-max-listpack-entries`, `zset-max-listpack-value`.
    pub sorted_set: Limit,
    /// `set-max-intset-entries`.
    pub integers: usize,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Limits = Limits {
        hash: Limit { members: 512, bytes: 64 },
        sorted_set: Limit { members: 128, bytes: 64 },
        integers: 512,
    };
}

macro_rules! collection {
    ($type:ident) => {
        impl Collection for $type {
            fn of(value: &Value) -> Option<&Arc<Self>> {
                if let Value::$type(members) = value { Some(members) } else { None }
            }

            fn of_mut(value: &mut Value) -> Option<&mut Arc<Self>> {
                if let Value::$type(members) = value { Some(members) } else { None }
            }

            fn into_value(self) -> Value {
                Value::$type(Arc::new(self))
            }

            fn is_empty(&self) -> bool {
                self.len() == 0
            }

            fn set_limit(&mut self, limits: &Limits) {
                self.limit_to(limits);
            }
        }

        impl From<$type> for Value {
            fn from(members: $type) -> Value {
                members.into_value()
            }
        }
    };
}

collection!(Hash);
collection!(List);
collection!(Set);
collection!(SortedSet);
