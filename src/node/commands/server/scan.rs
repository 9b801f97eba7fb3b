//! What SSCAN, HSCAN and ZSCAN have in common.
//!
//! The cursor is the number of members still to be seen: a scan goes from the last one to the first. A removed member's
//! place is taken by the last one, which has been seen by then, so that members which stay during a whole scan are shown.

use super::super::call::{Call, SYNTAX_ERROR};
use super::super::keys::parse_cursor;
use crate::base::{Bytes, glob};

/// The arguments behind the key of a scan.
pub(super) struct Scan<'a> {
    cursor: u64,
    count: u64,
    pattern: Option<&'a Bytes>,
}

impl<'a> Scan<'a> {
    /// Reads the cursor; `None` after answering that it is none. The options come when the key is known to exist.
    pub(super) fn new(call: &mut Call<'a>) -> Option<Scan<'a>> {
        match parse_cursor(call.arg(2)) {
            Some(cursor) => Some(Scan { cursor, count: 10, pattern: None }),
            None => call.fail("ERR invalid cursor"),
        }
    }

    /// Reads `[MATCH pattern] [COUNT count]`; `None` after answering what is wrong.
    pub(super) fn options(&mut self, call: &mut Call<'a>) -> Option<()> {
        for index in (3..call.argv.len()).step_by(2) {
            if index + 1 == call.argv.len() {
                return call.fail(SYNTAX_ERROR);
            }
            if call.arg_is(index, "COUNT") {
                self.count = match u64::try_from(call.integer_arg(index + 1)?) {
                    Ok(count) if count > 0 => count,
                    _ => return call.fail(SYNTAX_ERROR),
                };
            } else if call.arg_is(index, "MATCH") {
                self.pattern = Some(call.arg(index + 1));
            } else {
                return call.fail(SYNTAX_ERROR);
            }
        }
        Some(())
    }

    /// The indexes to show of a collection of `len` members, all of a small one, and the cursor to go on with.
    pub(super) fn part(&self, len: usize, small: bool) -> (Vec<usize>, u64) {
        if small {
            return ((0..len).collect(), 0);
        }
        let end = if self.cursor == 0 { len } else { usize::try_from(self.cursor).unwrap_or(len).min(len) };
        let start = end - usize::try_from(self.count).unwrap_or(end).min(end);
        ((start..end).rev().collect(), start as u64)
    }

    /// Whether to show a member of this name.
    pub(super) fn shows(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob(pattern, name))
    }
}

/// Answers a scan: the cursor, and the words of the members.
pub(super) fn answer(call: &mut Call<'_>, next: u64, words: &[Bytes]) {
    call.reply.array(2);
    call.reply.bulk_str(next.to_string().as_bytes());
    call.reply.array(words.len());
    words.iter().for_each(|word| call.reply.bulk(word));
}
