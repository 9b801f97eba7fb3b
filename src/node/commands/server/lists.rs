//! List commands beyond the usual ones.

use super::super::call::{Access, Call, SYNTAX_ERROR, integer_bytes};
use super::sorted_sets::{PopAsked, pop_options};
use crate::base::Bytes;
use crate::data::List;

/// LINSERT key BEFORE | AFTER pivot item
pub(super) fn linsert(call: &mut Call<'_>) {
    let (key, pivot, item) = (call.arg(1), call.arg(3), call.arg(4));
    let behind = match () {
        () if call.arg_is(2, "AFTER") => 1,
        () if call.arg_is(2, "BEFORE") => 0,
        () => return call.reply.error(SYNTAX_ERROR),
    };
    let Some(found) = call.members::<List>(key, Access::Write) else { return };
    let Some(list) = found else { return call.reply.integer(0) };
    let Some(at) = list.iter().position(|other| other == pivot) else { return call.reply.integer(-1) };
    drop(list);
    let insert = |list: &mut List| {
        list.insert(at + behind, item.clone());
        list.len()
    };
    let len = call.keyspace.edit(call.db, key, insert).unwrap_or(0);
    call.changed(len as i64);
}

/// `LPOS key item [RANK rank] [COUNT count] [MAXLEN length]`
pub(super) fn lpos(call: &mut Call<'_>) {
    let Some(options) = lpos_options(call) else { return };
    let Some(found) = call.members::<List>(call.arg(1), Access::Read) else { return };
    let list = found.unwrap_or_default();
    let item = call.arg(2);
    let compared = if options.compared == 0 { usize::MAX } else { options.compared };
    let is_item = |(_, other): &(usize, &Bytes)| *other == item;
    // The smallest number has no opposite: Redis takes it for -1.
    let skip = usize::try_from(options.rank.checked_abs().unwrap_or(1) - 1).unwrap_or(usize::MAX);
    let most = match options.count {
        None => 1,
        Some(0) => usize::MAX,
        Some(count) => count,
    };
    let positions: Vec<usize> = if options.rank > 0 {
        list.iter().enumerate().take(compared).filter(is_item).skip(skip).take(most).map(|(at, _)| at).collect()
    } else {
        list.iter().enumerate().rev().take(compared).filter(is_item).skip(skip).take(most).map(|(at, _)| at).collect()
    };
    match (options.count, positions.first()) {
        (None, Some(&at)) => call.reply.integer(at as i64),
        (None, None) => call.reply.null(),
        (Some(_), _) => {
            call.reply.array(positions.len());
            positions.iter().for_each(|&at| call.reply.integer(at as i64));
        }
    }
}

struct LposOptions {
    /// Which match comes first; negative ones are counted from the tail.
    rank: i64,
    /// How many to answer; 0 for all.
    count: Option<usize>,
    /// How many items to look at; 0 for all.
    compared: usize,
}

fn lpos_options(call: &mut Call<'_>) -> Option<LposOptions> {
    let mut options = LposOptions { rank: 1, count: None, compared: 0 };
    for index in (3..call.argv.len()).step_by(2) {
        if index + 1 == call.argv.len() {
            return call.fail(SYNTAX_ERROR);
        }
        if call.arg_is(index, "RANK") {
            options.rank = call.integer_arg(index + 1)?;
            if options.rank == 0 {
                return call.fail(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use \
                     negative to start from the end of the list",
                );
            }
        } else if call.arg_is(index, "COUNT") {
            let text = "ERR COUNT can't be negative";
            let count = call.bounded_arg(index + 1, 0, i64::MAX, Some(text))?;
            options.count = Some(usize::try_from(count).unwrap_or(usize::MAX));
        } else if call.arg_is(index, "MAXLEN") {
            let text = "ERR MAXLEN can't be negative";
            let compared = call.bounded_arg(index + 1, 0, i64::MAX, Some(text))?;
            options.compared = usize::try_from(compared).unwrap_or(usize::MAX);
        } else {
            return call.fail(SYNTAX_ERROR);
        }
    }
    Some(options)
}

/// `LMPOP numkeys key ... LEFT | RIGHT [COUNT count]`. Propagated as a pop of the key that had items.
pub(super) fn lmpop(call: &mut Call<'_>) {
    let Some(asked) = pop_options(call, 1, ["LEFT", "RIGHT"]) else { return };
    if pop_first(call, &asked) == Some(false) {
        call.reply.null_array();
    }
}

/// Pops from the first of the keys that has items; says whether there was one, `None` after an error.
pub(super) fn pop_first(call: &mut Call<'_>, asked: &PopAsked) -> Option<bool> {
    for key in &call.argv[asked.keys.clone()] {
        let Some(len) = call.members::<List>(key, Access::Write)?.map(|list| list.len()) else { continue };
        let wanted = asked.count.min(len as u64) as usize;
        let pop = |list: &mut List| -> Vec<Bytes> {
            (0..wanted).filter_map(|_| if asked.first_end { list.pop_front() } else { list.pop_back() }).collect()
        };
        let popped = call.keyspace.edit(call.db, key, pop).unwrap_or_default();
        call.reply.array(2);
        call.reply.bulk(key);
        call.reply.array(popped.len());
        popped.iter().for_each(|item| call.reply.bulk(item));
        call.effects.dirty += popped.len() as u64;
        let word = if asked.first_end { "LPOP" } else { "RPOP" };
        call.rewrite([word.into(), key.clone(), integer_bytes(popped.len() as i64)]);
        return Some(true);
    }
    Some(false)
}
