//! What only the commands of a server ask of a call.

use std::sync::Arc;

use super::super::call::{Access, Call, NOT_AN_INTEGER, WRONG_TYPE};
use crate::base::parse_i64;
use crate::data::Collection;

impl Call<'_> {
    /// The collection of a key, shared; `Some(None)` if there is no such key. `None` after answering that it holds another
    /// type. Not to be kept while the collection is changed: the change would copy it.
    pub(in crate::node::commands) fn members<T: Collection>(
        &mut self,
        key: &[u8],
        access: Access,
    ) -> Option<Option<Arc<T>>> {
        match self.entry(self.db, key, access).map(|entry| T::of(entry.value()).cloned()) {
            None => Some(None),
            Some(None) => self.fail(WRONG_TYPE),
            found => found,
        }
    }

    /// Refuses an answer that fits into no memory. Where output is limited, Redis goes on until the client is closed.
    pub(in crate::node::commands) fn fail_endless(&mut self) {
        self.effects.endless = true;
        self.reply.error("ERR value is out of range");
    }

    /// Whether a key holds a collection of this type; `None` after answering that it holds another type.
    pub(in crate::node::commands) fn holds<T: Collection>(&mut self, key: &[u8], access: Access) -> Option<bool> {
        match self.entry(self.db, key, access).map(|entry| T::of(entry.value()).is_some()) {
            None => Some(false),
            Some(true) => Some(true),
            Some(false) => self.fail(WRONG_TYPE),
        }
    }

    /// The argument at `index` as a number that is not negative; `None` after answering that it is none.
    pub(in crate::node::commands) fn natural_arg(&mut self, index: usize) -> Option<i64> {
        self.bounded_arg(index, 0, i64::MAX, Some("ERR value is out of range, must be positive"))
    }

    /// The argument at `index` as a number in these bounds; `None` after answering `text`, or what Redis says by itself.
    pub(in crate::node::commands) fn bounded_arg(
        &mut self,
        index: usize,
        min: i64,
        max: i64,
        text: Option<&str>,
    ) -> Option<i64> {
        match (parse_i64(self.arg(index)), text) {
            (Some(number), _) if (min..=max).contains(&number) => Some(number),
            (_, Some(text)) => self.fail(text),
            (None, None) => self.fail(NOT_AN_INTEGER),
            (Some(_), None) => self.fail(&format!("ERR value is out of range, value must between {min} and {max}")),
        }
    }
}
