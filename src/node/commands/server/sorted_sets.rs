//! Sorted set commands beyond the usual ones: scores of several members, ranks, pops, random members, scans.

use std::ops::Range;

use super::super::call::{Access, Call, SYNTAX_ERROR, integer_bytes};
use super::super::sorted_sets::answer_score;
use super::hashes::draw_options;
use super::scan::{self, Scan};
use super::sets::draw;
use crate::base::{Bytes, format_f64};
use crate::data::SortedSet;

/// Up to here Redis takes a score without a fraction for an integer.
const INTEGER_MAX: f64 = (i64::MAX / 2) as f64;

/// An end of the order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Lowest,
    Highest,
}

/// ZMSCORE key member ...
pub(super) fn zmscore(call: &mut Call<'_>) {
    let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) else { return };
    call.reply.array(call.argv.len() - 2);
    for member in &call.argv[2..] {
        answer_score(call, found.as_ref().and_then(|set| set.score(member)));
    }
}

/// ZRANK key member
pub(super) fn zrank(call: &mut Call<'_>) {
    answer_rank(call, |set, rank| rank.min(set.len()));
}

/// ZREVRANK key member
pub(super) fn zrevrank(call: &mut Call<'_>) {
    answer_rank(call, |set, rank| set.len() - 1 - rank);
}

fn answer_rank(call: &mut Call<'_>, counted: fn(&SortedSet, usize) -> usize) {
    let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) else { return };
    match found.and_then(|set| set.rank(call.arg(2)).map(|rank| counted(&set, rank))) {
        Some(rank) => call.reply.integer(rank as i64),
        None => call.reply.null(),
    }
}

/// `ZPOPMIN key [count]`
pub(super) fn zpopmin(call: &mut Call<'_>) {
    pop(call, End::Lowest);
}

/// `ZPOPMAX key [count]`
pub(super) fn zpopmax(call: &mut Call<'_>) {
    pop(call, End::Highest);
}

fn pop(call: &mut Call<'_>, end: End) {
    let key = call.arg(1);
    let count = match call.argv.len() {
        2 => 1,
        3 => match call.natural_arg(2) {
            None => return,
            Some(count) => count as u64,
        },
        _ => return call.reply.error(SYNTAX_ERROR),
    };
    let Some(exists) = call.holds::<SortedSet>(key, Access::Write) else { return };
    if !exists || count == 0 {
        return call.reply.array(0);
    }
    let popped = take(call, key, end, count);
    // A single one without a count is no pair in an array.
    let counted = call.argv.len() > 2;
    match counted {
        true => call.reply.pairs(popped.len()),
        false => call.reply.array(2 * popped.len()),
    }
    for (score, member) in popped {
        if counted {
            call.reply.pair();
        }
        call.reply.bulk(&member);
        call.reply.double(&format_f64(score));
    }
}

/// Takes up to `count` members from one end of a sorted set.
pub(super) fn take(call: &mut Call<'_>, key: &Bytes, end: End, count: u64) -> Vec<(f64, Bytes)> {
    let take_all = |set: &mut SortedSet| {
        // No more than there are, so it fits.
        let count = count.min(set.len() as u64) as usize;
        let owned = |(score, member): (f64, &Bytes)| (score, member.clone());
        let taken: Vec<(f64, Bytes)> = match end {
            End::Lowest => set.iter().take(count).map(owned).collect(),
            End::Highest => set.iter_back_from(set.len()).take(count).map(owned).collect(),
        };
        for (_, member) in &taken {
            set.remove(member);
        }
        taken
    };
    let taken = call.keyspace.edit(call.db, key, take_all).unwrap_or_default();
    call.effects.dirty += taken.len() as u64;
    taken
}

/// `ZMPOP numkeys key ... MIN | MAX [COUNT count]`. Propagated as a pop of the key that had members.
pub(super) fn zmpop(call: &mut Call<'_>) {
    let Some(asked) = pop_options(call, 1, ["MIN", "MAX"]) else { return };
    if pop_first(call, &asked) == Some(false) {
        call.reply.null_array();
    }
}

/// Pops from the first of the keys that has members; says whether there was one, `None` after an error.
pub(super) fn pop_first(call: &mut Call<'_>, asked: &PopAsked) -> Option<bool> {
    let (end, word) = if asked.first_end { (End::Lowest, "ZPOPMIN") } else { (End::Highest, "ZPOPMAX") };
    for key in &call.argv[asked.keys.clone()] {
        if !call.holds::<SortedSet>(key, Access::Write)? {
            continue;
        }
        let popped = take(call, key, end, asked.count);
        call.reply.array(2);
        call.reply.bulk(key);
        call.reply.array(popped.len());
        for (score, member) in &popped {
            call.reply.array(2);
            call.reply.bulk(member);
            call.reply.double(&format_f64(*score));
        }
        call.rewrite([word.into(), key.clone(), integer_bytes(popped.len() as i64)]);
        return Some(true);
    }
    Some(false)
}

/// What a pop from the first of several keys asks for.
pub(super) struct PopAsked {
    /// Where the keys stand.
    pub(super) keys: Range<usize>,
    /// Whether the first of the two words was given: LEFT, MIN.
    pub(super) first_end: bool,
    pub(super) count: u64,
}

/// Reads `numkeys key ... <word> [COUNT count]` from `first` on; `None` after answering what is wrong.
pub(super) fn pop_options(call: &mut Call<'_>, first: usize, words: [&str; 2]) -> Option<PopAsked> {
    let keys = call.bounded_arg(first, 1, i64::MAX, Some("ERR numkeys should be greater than 0"))?;
    if keys > (call.argv.len() - first) as i64 - 2 {
        return call.fail(SYNTAX_ERROR);
    }
    let keys = first + 1..first + 1 + keys as usize;
    let Some(word) = words.iter().position(|word| call.arg_is(keys.end, word)) else { return call.fail(SYNTAX_ERROR) };
    let count = pop_count(call, keys.end + 1)?;
    Some(PopAsked { keys, first_end: word == 0, count })
}

/// Reads `[COUNT count]`, 1 by default; `None` after answering what is wrong.
fn pop_count(call: &mut Call<'_>, first: usize) -> Option<u64> {
    let (mut count, mut index) = (None, first);
    while index < call.argv.len() {
        if count.is_some() || !call.arg_is(index, "COUNT") || index + 1 == call.argv.len() {
            return call.fail(SYNTAX_ERROR);
        }
        let text = "ERR count should be greater than 0";
        count = Some(call.bounded_arg(index + 1, 1, i64::MAX, Some(text))? as u64);
        index += 2;
    }
    Some(count.unwrap_or(1))
}

/// `ZRANDMEMBER key [count [WITHSCORES]]`
pub(super) fn zrandmember(call: &mut Call<'_>) {
    let key = call.arg(1);
    if call.argv.len() == 2 {
        let Some(found) = call.members::<SortedSet>(key, Access::Read) else { return };
        let Some(set) = found else { return call.reply.null() };
        let drawn = set.any(call.rng.below(set.len() as u64) as usize);
        return drawn.into_iter().for_each(|(member, _)| call.reply.bulk(member));
    }
    let Some((count, with_scores)) = draw_options(call, "WITHSCORES") else { return };
    let Some(found) = call.members::<SortedSet>(key, Access::Read) else { return };
    let set = found.unwrap_or_default();
    let Some(drawn) = draw(call.rng, set.len(), count) else {
        return call.fail_endless();
    };
    match with_scores {
        true => call.reply.pairs(drawn.len()),
        false => call.reply.array(drawn.len()),
    }
    for (member, score) in drawn.into_iter().filter_map(|index| set.any(index)) {
        if with_scores {
            call.reply.pair();
        }
        call.reply.bulk(member);
        if with_scores {
            call.reply.double(&format_f64(score));
        }
    }
}

/// `ZSCAN key cursor [MATCH pattern] [COUNT count]`
pub(super) fn zscan(call: &mut Call<'_>) {
    let Some(mut scan) = Scan::new(call) else { return };
    let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) else { return };
    let Some(set) = found else { return scan::answer(call, 0, &[]) };
    if scan.options(call).is_none() {
        return;
    }
    let (indexes, next) = scan.part(set.len(), set.is_packed());
    // A listpack has integers as such.
    let is_integer = |score: f64| score.abs() <= INTEGER_MAX && score == libm::trunc(score);
    let text = |score: f64| match set.is_packed() && is_integer(score) {
        true => integer_bytes(score as i64),
        false => format_f64(score).into(),
    };
    let words = |member: &Bytes, score: f64| [member.clone(), text(score)];
    let shown: Vec<Bytes> = match set.is_packed() {
        true => set
            .iter()
            .filter(|(_, member)| scan.shows(member))
            .flat_map(|(score, member)| words(member, score))
            .collect(),
        false => {
            let members = indexes.into_iter().filter_map(|index| set.any(index));
            members.filter(|(member, _)| scan.shows(member)).flat_map(|(member, score)| words(member, score)).collect()
        }
    };
    scan::answer(call, next, &shown);
}
