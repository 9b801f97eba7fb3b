//! Set commands beyond the usual ones: several sets at once, random members, scans.

use std::sync::Arc;

use super::super::call::{Access, Call, SYNTAX_ERROR};
use super::super::sets::answer;
use super::scan::{self, Scan};
use crate::base::{Bytes, Rng};
use crate::data::{Set, Value};

/// More repeated members than this are not drawn: the answer would fill the memory.
pub(super) const DRAWS_MAX: u64 = 1 << 24;

/// SMISMEMBER key member ...
pub(super) fn smismember(call: &mut Call<'_>) {
    let Some(found) = call.members::<Set>(call.arg(1), Access::Read) else { return };
    call.reply.array(call.argv.len() - 2);
    for member in &call.argv[2..] {
        call.reply.integer(i64::from(found.as_ref().is_some_and(|set| set.contains(member))));
    }
}

/// SMOVE source destination member
pub(super) fn smove(call: &mut Call<'_>) {
    let (source, destination, member) = (call.arg(1), call.arg(2), call.arg(3));
    // Both keys are met, expired or not, before either is judged.
    let source_exists = call.exists(source, Access::Write);
    call.exists(destination, Access::Write);
    if !source_exists {
        return call.reply.integer(0);
    }
    let Some(Some(from)) = call.members::<Set>(source, Access::Write) else { return };
    let Some(to) = call.members::<Set>(destination, Access::Write) else { return };
    let is_member = from.contains(member);
    if source == destination || !is_member {
        return call.reply.integer(i64::from(is_member));
    }
    let new_there = to.is_none_or(|to| !to.contains(member));
    drop(from);
    call.keyspace.edit(call.db, source, |set: &mut Set| set.remove(member));
    if new_there {
        call.keyspace.edit_or_create(call.db, destination, |set: &mut Set| set.insert(member.clone()));
        call.effects.dirty += 1;
    }
    call.changed(1);
}

/// `SRANDMEMBER key [count]`
pub(super) fn srandmember(call: &mut Call<'_>) {
    let key = call.arg(1);
    if call.argv.len() > 3 {
        return call.reply.error(SYNTAX_ERROR);
    }
    let count = match call.argv.len() {
        2 => None,
        _ => match call.bounded_arg(2, -i64::MAX, i64::MAX, None) {
            None => return,
            count => count,
        },
    };
    let Some(found) = call.members::<Set>(key, Access::Read) else { return };
    let Some(count) = count else {
        let member = found.and_then(|set| set.get(call.rng.below(set.len() as u64) as usize));
        return match member {
            Some(member) => call.reply.bulk(&member),
            None => call.reply.null(),
        };
    };
    let set = found.unwrap_or_default();
    let Some(drawn) = draw(call.rng, set.len(), count) else {
        return call.fail_endless();
    };
    call.reply.array(drawn.len());
    for member in drawn.into_iter().filter_map(|index| set.get(index)) {
        call.reply.bulk(&member);
    }
}

/// Draws from `len` members: up to `count` different ones, or exactly `-count`, perhaps repeated, if it is negative. `None`
/// if that would be too many.
pub(super) fn draw(rng: &mut Rng, len: usize, count: i64) -> Option<Vec<usize>> {
    let wanted = count.unsigned_abs();
    if len == 0 {
        return Some(Vec::new());
    }
    if count < 0 {
        let draws = 0..wanted;
        return (wanted <= DRAWS_MAX).then(|| draws.map(|_| rng.below(len as u64) as usize).collect());
    }
    if wanted >= len as u64 {
        return Some((0..len).collect());
    }
    // Less than the length, so it fits. The first so many of a shuffle.
    let wanted = wanted as usize;
    let mut indexes: Vec<usize> = (0..len).collect();
    for at in 0..wanted {
        indexes.swap(at, at + rng.below((len - at) as u64) as usize);
    }
    indexes.truncate(wanted);
    Some(indexes)
}

/// SINTER key ...
pub(super) fn sinter(call: &mut Call<'_>) {
    if let Some(set) = intersection(call, &call.argv[1..], usize::MAX) {
        answer(call, &set);
    }
}

/// SUNION key ...
pub(super) fn sunion(call: &mut Call<'_>) {
    if let Some(set) = union(call, &call.argv[1..]) {
        answer(call, &set);
    }
}

/// SDIFF key ...
pub(super) fn sdiff(call: &mut Call<'_>) {
    if let Some(set) = difference(call, &call.argv[1..]) {
        answer(call, &set);
    }
}

/// SINTERSTORE destination key ...
pub(super) fn sinterstore(call: &mut Call<'_>) {
    if let Some(set) = intersection(call, &call.argv[2..], usize::MAX) {
        store(call, call.arg(1), set);
    }
}

/// SUNIONSTORE destination key ...
pub(super) fn sunionstore(call: &mut Call<'_>) {
    if let Some(set) = union(call, &call.argv[2..]) {
        store(call, call.arg(1), set);
    }
}

/// SDIFFSTORE destination key ...
pub(super) fn sdiffstore(call: &mut Call<'_>) {
    if let Some(set) = difference(call, &call.argv[2..]) {
        store(call, call.arg(1), set);
    }
}

/// `SINTERCARD numkeys key ... [LIMIT limit]`
pub(super) fn sintercard(call: &mut Call<'_>) {
    let text = "ERR numkeys should be greater than 0";
    let Some(keys) = call.bounded_arg(1, 1, i64::MAX, Some(text)) else { return };
    if keys > call.argv.len() as i64 - 2 {
        return call.reply.error("ERR Number of keys can't be greater than number of args");
    }
    let end = 2 + keys as usize;
    let (mut limit, mut index) = (0, end);
    while index < call.argv.len() {
        if !call.arg_is(index, "LIMIT") || index + 1 == call.argv.len() {
            return call.reply.error(SYNTAX_ERROR);
        }
        let text = "ERR LIMIT can't be negative";
        let Some(number) = call.bounded_arg(index + 1, 0, i64::MAX, Some(text)) else { return };
        limit = number;
        index += 2;
    }
    let max = if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    if let Some(set) = intersection(call, &call.argv[2..end], max) {
        call.reply.integer(set.len() as i64);
    }
}

/// `SSCAN key cursor [MATCH pattern] [COUNT count]`
pub(super) fn sscan(call: &mut Call<'_>) {
    let Some(mut scan) = Scan::new(call) else { return };
    let Some(found) = call.members::<Set>(call.arg(1), Access::Read) else { return };
    let Some(set) = found else { return scan::answer(call, 0, &[]) };
    if scan.options(call).is_none() {
        return;
    }
    let (indexes, next) = scan.part(set.len(), set.integers().is_some());
    let members = indexes.into_iter().filter_map(|index| set.get(index)).filter(|member| scan.shows(member));
    scan::answer(call, next, &members.collect::<Vec<_>>());
}

/// The sets of these keys, empty ones for missing keys; `None` after answering that one holds another type.
fn sets(call: &mut Call<'_>, keys: &[Bytes]) -> Option<Vec<Arc<Set>>> {
    keys.iter().map(|key| Some(call.members::<Set>(key, Access::Read)?.unwrap_or_default())).collect()
}

/// Up to `max` members that all the sets share.
fn intersection(call: &mut Call<'_>, keys: &[Bytes], max: usize) -> Option<Set> {
    let mut sets = sets(call, keys)?;
    sets.sort_by_key(|set| set.len());
    let (smallest, others) = sets.split_first()?;
    let common = smallest.iter().filter(|member| others.iter().all(|set| set.contains(member)));
    Some(common.take(max).collect())
}

fn union(call: &mut Call<'_>, keys: &[Bytes]) -> Option<Set> {
    let sets = sets(call, keys)?;
    Some(sets.iter().flat_map(|set| set.iter()).collect())
}

/// The members of the first set that no other one has.
fn difference(call: &mut Call<'_>, keys: &[Bytes]) -> Option<Set> {
    let sets = sets(call, keys)?;
    let (first, others) = sets.split_first()?;
    Some(first.iter().filter(|member| !others.iter().any(|set| set.contains(member))).collect())
}

/// Puts a result in the place of whatever a key holds, and answers its size. An empty result deletes the key.
pub(super) fn store_as(call: &mut Call<'_>, key: &Bytes, members: impl Into<Value>, len: usize) {
    if len > 0 {
        // Only for its side effect: an expired key is deleted first.
        call.exists(key, Access::Write);
        call.keyspace.insert(call.db, key.clone(), members.into(), None);
        call.effects.dirty += 1;
    } else if call.keyspace.remove(call.db, key).is_some() {
        call.effects.dirty += 1;
    }
    call.reply.integer(len as i64);
}

fn store(call: &mut Call<'_>, key: &Bytes, set: Set) {
    let len = set.len();
    store_as(call, key, set, len);
}
