//! LCS: what two strings have in common, in the same order.

use super::super::call::{Access, Call, SYNTAX_ERROR};
use crate::base::Bytes;

/// Cells of the table that are made at most: of four bytes each, as many as fit the usual `proto-max-bulk-len`.
const CELLS_MAX: usize = 1 << 27;

/// What is asked for beside the two keys.
#[derive(Default)]
struct Asked {
    len: bool,
    ranges: bool,
    with_lengths: bool,
    /// Shorter matches are not shown.
    min_length: i64,
}

/// A stretch that both strings have: where it begins and ends in each, both included.
struct Match {
    first: (usize, usize),
    second: (usize, usize),
}

impl Match {
    fn len(&self) -> usize {
        self.first.1 - self.first.0 + 1
    }
}

/// `LCS key1 key2 [LEN] [IDX] [MINMATCHLEN length] [WITHMATCHLEN]`
pub(super) fn lcs(call: &mut Call<'_>) {
    const WRONG_TYPE: &str = "ERR The specified keys must contain string values";
    let mut texts = [Bytes::new(), Bytes::new()];
    // Both are looked up before either is judged: INFO counts it.
    let values = [1, 2].map(|index| call.value(call.arg(index), Access::Read));
    for (value, text) in values.into_iter().zip(&mut texts) {
        match value {
            None => {}
            Some(crate::data::Value::Str(found)) => *text = found,
            Some(_) => return call.reply.error(WRONG_TYPE),
        }
    }
    let Some(asked) = asked(call) else { return };
    if asked.len && asked.ranges {
        return call.reply.error("ERR If you want both the length and indexes, please just use IDX.");
    }
    let [first, second] = texts;
    let Some(cells) = (first.len() + 1).checked_mul(second.len() + 1).filter(|&cells| cells <= CELLS_MAX) else {
        return call.reply.error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    };
    let lengths = lengths(&first, &second, cells);
    let (common, matches) = walk(&first, &second, &lengths);
    match () {
        () if asked.ranges => answer_ranges(call, &asked, &matches, common.len()),
        () if asked.len => call.reply.integer(common.len() as i64),
        () => call.reply.bulk_str(&common),
    }
}

fn asked(call: &mut Call<'_>) -> Option<Asked> {
    let (mut asked, mut index) = (Asked::default(), 3);
    while index < call.argv.len() {
        match () {
            () if call.arg_is(index, "IDX") => asked.ranges = true,
            () if call.arg_is(index, "LEN") => asked.len = true,
            () if call.arg_is(index, "WITHMATCHLEN") => asked.with_lengths = true,
            () if call.arg_is(index, "MINMATCHLEN") && index + 1 < call.argv.len() => {
                index += 1;
                asked.min_length = call.integer_arg(index)?.max(0);
            }
            () => return call.fail(SYNTAX_ERROR),
        }
        index += 1;
    }
    Some(asked)
}

/// For each pair of beginnings the length of what they have in common, row by row.
fn lengths(first: &[u8], second: &[u8], cells: usize) -> Vec<u32> {
    let width = second.len() + 1;
    let mut table = vec![0u32; cells];
    for (row, a) in first.iter().enumerate() {
        for (column, b) in second.iter().enumerate() {
            let at = (row + 1) * width + column + 1;
            table[at] = match a == b {
                true => table[at - width - 1] + 1,
                false => table[at - width].max(table[at - 1]),
            };
        }
    }
    table
}

/// What is common, and the stretches of it from the last to the first.
fn walk(first: &[u8], second: &[u8], table: &[u32]) -> (Vec<u8>, Vec<Match>) {
    let width = second.len() + 1;
    let (mut row, mut column) = (first.len(), second.len());
    let (mut common, mut matches) = (Vec::new(), Vec::<Match>::new());
    while row > 0 && column > 0 {
        if first[row - 1] != second[column - 1] {
            let (above, left) = (table[(row - 1) * width + column], table[row * width + column - 1]);
            if above > left {
                row -= 1
            } else {
                column -= 1
            }
            continue;
        }
        (row, column) = (row - 1, column - 1);
        common.push(first[row]);
        match matches.last_mut().filter(|last| last.first.0 == row + 1 && last.second.0 == column + 1) {
            Some(last) => (last.first.0, last.second.0) = (row, column),
            None => matches.push(Match { first: (row, row), second: (column, column) }),
        }
    }
    common.reverse();
    (common, matches)
}

fn answer_ranges(call: &mut Call<'_>, asked: &Asked, matches: &[Match], len: usize) {
    let shown: Vec<&Match> = matches.iter().filter(|found| found.len() as i64 >= asked.min_length).collect();
    let reply = &mut *call.reply;
    reply.map(2);
    reply.bulk_str(b"matches");
    reply.array(shown.len());
    for found in shown {
        reply.array(if asked.with_lengths { 3 } else { 2 });
        for (start, end) in [found.first, found.second] {
            reply.array(2);
            reply.integer(start as i64);
            reply.integer(end as i64);
        }
        if asked.with_lengths {
            reply.integer(found.len() as i64);
        }
    }
    reply.bulk_str(b"len");
    reply.integer(len as i64);
}
