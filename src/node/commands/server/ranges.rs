//! Ranges of a sorted set: the older commands, and those that count, remove or store a range.

use super::super::call::{Access, Call};
use super::super::ranges::{Asked, By, answer_range, read_asked, read_query};
use super::sets::store_as;
use crate::base::Bytes;
use crate::data::SortedSet;

/// `ZREVRANGE key start stop [WITHSCORES]`
pub(super) fn zrevrange(call: &mut Call<'_>) {
    answer_range(call, Some(By::Rank), Some(true));
}

/// `ZRANGEBYSCORE key min max [WITHSCORES] [LIMIT offset count]`
pub(super) fn zrangebyscore(call: &mut Call<'_>) {
    answer_range(call, Some(By::Score), Some(false));
}

/// `ZREVRANGEBYSCORE key max min [WITHSCORES] [LIMIT offset count]`
pub(super) fn zrevrangebyscore(call: &mut Call<'_>) {
    answer_range(call, Some(By::Score), Some(true));
}

/// `ZRANGEBYLEX key min max [LIMIT offset count]`
pub(super) fn zrangebylex(call: &mut Call<'_>) {
    answer_range(call, Some(By::Lex), Some(false));
}

/// `ZREVRANGEBYLEX key max min [LIMIT offset count]`
pub(super) fn zrevrangebylex(call: &mut Call<'_>) {
    answer_range(call, Some(By::Lex), Some(true));
}

/// `ZRANGESTORE destination source start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count]`
pub(super) fn zrangestore(call: &mut Call<'_>) {
    let Some(query) = read_query(call, 3, None, None, false) else { return };
    let Some(found) = call.members::<SortedSet>(call.arg(2), Access::Read) else { return };
    let set = found.unwrap_or_default();
    let selected = query.select(&set);
    let len = selected.len();
    let mut stored: SortedSet = selected.into_iter().map(|(score, member)| (member.clone(), score)).collect();
    if len > call.keyspace.limits().sorted_set.members {
        stored.unpack();
    }
    store_as(call, call.arg(1), stored, len);
}

/// ZCOUNT key min max
pub(super) fn zcount(call: &mut Call<'_>) {
    count(call, By::Score);
}

/// ZLEXCOUNT key min max
pub(super) fn zlexcount(call: &mut Call<'_>) {
    count(call, By::Lex);
}

fn count(call: &mut Call<'_>, by: By) {
    let Some(asked) = read_asked(call, by, 2, 3) else { return };
    if let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) {
        let count = |set: &SortedSet| match asked.walk(set, false, 0, usize::MAX, false) {
            Some(found) => found.len(),
            None => asked.ranks(set).len(),
        };
        call.reply.integer(found.map_or(0, |set| count(&set) as i64));
    }
}

/// ZREMRANGEBYRANK key start stop
pub(super) fn zremrangebyrank(call: &mut Call<'_>) {
    remove(call, By::Rank);
}

/// ZREMRANGEBYSCORE key min max
pub(super) fn zremrangebyscore(call: &mut Call<'_>) {
    remove(call, By::Score);
}

/// ZREMRANGEBYLEX key min max
pub(super) fn zremrangebylex(call: &mut Call<'_>) {
    remove(call, By::Lex);
}

fn remove(call: &mut Call<'_>, by: By) {
    let key = call.arg(1);
    let Some(asked) = read_asked(call, by, 2, 3) else { return };
    let Some(exists) = call.holds::<SortedSet>(key, Access::Write) else { return };
    if !exists {
        return call.reply.integer(0);
    }
    let remove_range = |set: &mut SortedSet| {
        let found: Vec<Bytes> = members(&asked, set).into_iter().cloned().collect();
        found.iter().filter(|member| set.remove(member).is_some()).count() as u64
    };
    let removed = call.keyspace.edit_counted(call.db, key, remove_range).unwrap_or(0);
    call.effects.dirty += removed;
    call.reply.integer(removed as i64);
}

/// The members in a range, to be removed.
fn members<'s>(asked: &Asked<'_>, set: &'s SortedSet) -> Vec<&'s Bytes> {
    if let Some(found) = asked.walk(set, false, 0, usize::MAX, !set.is_packed()) {
        return found.into_iter().map(|(_, member)| member).collect();
    }
    let ranks = asked.ranks(set);
    set.iter_from(ranks.start).take(ranks.len()).map(|(_, member)| member).collect()
}
