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
