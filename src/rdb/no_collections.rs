//! In place of `collections` in the build for the page, which has only strings and lists, and reads what it wrote.

use super::reader::Reader;
use super::writer::Writer;
use super::{RdbError, kind};
use crate::data::Value;

/// There is no such value.
pub(super) fn write(_: &mut Writer, _: &Value) {}

/// There is no such value.
pub(super) fn kind_of(_: &Value) -> u8 {
    kind::LAST
}

/// Refuses whatever is neither a string nor a list as 7.0 writes it.
pub(super) fn read(_: &mut Reader<'_>, kind: u8, at: usize) -> Result<Value, RdbError> {
    Err(RdbError::Unsupported { at: at as u64, kind })
}
