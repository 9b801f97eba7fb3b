//! List commands.

use std::ops::Range;
use std::sync::Arc;

use super::call::{Access, Call, NO_SUCH_KEY, SYNTAX_ERROR, WRONG_TYPE};
use crate::base::{Bytes, parse_i64};
use crate::data::{List, Value};

/// An end of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Head,
    Tail,
}

impl End {
    fn push(self, list: &mut List, item: Bytes) {
        match self {
            End::Head => list.push_front(item),
            End::Tail => list.push_back(item),
        }
    }

    fn pop(self, list: &mut List) -> Option<Bytes> {
        match self {
            End::Head => list.pop_front(),
            End::Tail => list.pop_back(),
        }
    }
}

/// LPUSH key item ...
pub(super) fn lpush(call: &mut Call<'_>) {
    push(call, End::Head, true);
}

/// RPUSH key item ...
pub(super) fn rpush(call: &mut Call<'_>) {
    push(call, End::Tail, true);
}

/// LPUSHX key item ...
pub(super) fn lpushx(call: &mut Call<'_>) {
    push(call, End::Head, false);
}

/// RPUSHX key item ...
pub(super) fn rpushx(call: &mut Call<'_>) {
    push(call, End::Tail, false);
}

fn push(call: &mut Call<'_>, end: End, create: bool) {
    let key = call.arg(1);
    let Some(len) = list_len(call, key, Access::Write) else { return };
    if len.is_none() && !create {
        return call.reply.integer(0);
    }
    let len = push_items(call, key, &call.argv[2..], end);
    call.effects.dirty += call.argv.len() as u64 - 2;
    call.reply.integer(len as i64);
}

/// Pushes items one after the other, onto a new list if there is none, and returns the length.
fn push_items(call: &mut Call<'_>, key: &Bytes, items: &[Bytes], end: End) -> usize {
    let push_all = |list: &mut List| {
        for item in items {
            end.push(list, item.clone());
        }
        list.len()
    };
    if let Some(len) = call.keyspace.update_list(call.db, key, push_all) {
        return len;
    }
    let mut list = List::new();
    let len = push_all(&mut list);
    call.keyspace.insert(call.db, key.clone(), list.into(), None);
    len
}

/// `LPOP key [count]`
pub(super) fn lpop(call: &mut Call<'_>) {
    pop(call, End::Head);
}

/// `RPOP key [count]`
pub(super) fn rpop(call: &mut Call<'_>) {
    pop(call, End::Tail);
}

fn pop(call: &mut Call<'_>, end: End) {
    let key = call.arg(1);
    if call.argv.len() > 3 {
        return call.fail_arity();
    }
    let count = match call.argv.get(2).map(|text| parse_i64(text).and_then(|count| u64::try_from(count).ok())) {
        Some(None) => return call.reply.error("ERR value is out of range, must be positive"),
        Some(Some(count)) => Some(count),
        None => None,
    };
    let Some(len) = list_len(call, key, Access::Write) else { return };
    let Some(len) = len else {
        return if count.is_some() { call.reply.null_array() } else { call.reply.null() };
    };
    // No more than the length, so it fits.
    let wanted = count.unwrap_or(1).min(len as u64) as usize;
    if count.is_some() {
        call.reply.array(wanted);
    }
    if wanted == 0 {
        return;
    }
    let reply = &mut *call.reply;
    call.keyspace.update_list(call.db, key, |list| {
        for item in (0..wanted).filter_map(|_| end.pop(list)) {
            reply.bulk(&item);
        }
    });
    call.effects.dirty += wanted as u64;
}

/// LLEN key
pub(super) fn llen(call: &mut Call<'_>) {
    if let Some(len) = list_len(call, call.arg(1), Access::Read) {
        call.reply.integer(len.unwrap_or(0) as i64);
    }
}

/// LRANGE key start stop
pub(super) fn lrange(call: &mut Call<'_>) {
    let Some(start) = call.integer_arg(2) else { return };
    let Some(stop) = call.integer_arg(3) else { return };
    let Some(list) = list(call, call.arg(1), Access::Read) else { return };
    let range = inclusive_range(start, stop, list.len());
    call.reply.array(range.len());
    for item in list.iter().skip(range.start).take(range.len()) {
        call.reply.bulk(item);
    }
}

/// LINDEX key index
pub(super) fn lindex(call: &mut Call<'_>) {
    let key = call.arg(1);
    // The key comes first here: an index that is no number does not matter without a list.
    match list_len(call, key, Access::Read) {
        None => return,
        Some(None) => return call.reply.null(),
        Some(Some(_)) => {}
    }
    let Some(index) = call.integer_arg(2) else { return };
    let Some(list) = list(call, key, Access::Peek) else { return };
    match position(index, list.len()).and_then(|at| list.get(at)) {
        Some(item) => call.reply.bulk(item),
        None => call.reply.null(),
    }
}

/// LSET key index item
pub(super) fn lset(call: &mut Call<'_>) {
    let (key, item) = (call.arg(1), call.arg(3));
    let Some(len) = list_len(call, key, Access::Write) else { return };
    let Some(len) = len else { return call.reply.error(NO_SUCH_KEY) };
    let Some(index) = call.integer_arg(2) else { return };
    let Some(at) = position(index, len) else { return call.reply.error("ERR index out of range") };
    call.keyspace.update_list(call.db, key, |list| list.set(at, item.clone()));
    call.effects.dirty += 1;
    call.reply.ok();
}

/// LREM key count item
pub(super) fn lrem(call: &mut Call<'_>) {
    let (key, item) = (call.arg(1), call.arg(3));
    let Some(count) = call.integer_arg(2) else { return };
    let Some(len) = list_len(call, key, Access::Write) else { return };
    if len.is_none() {
        return call.reply.integer(0);
    }
    // Looked for first: removing nothing is no modification.
    let present = list(call, key, Access::Peek).is_some_and(|list| list.iter().any(|other| other == item));
    let max = if count == 0 { usize::MAX } else { usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX) };
    let removed = match present {
        true => call.keyspace.update_list(call.db, key, |list| list.remove_equal(item, max, count < 0)).unwrap_or(0),
        false => 0,
    };
    call.effects.dirty += removed as u64;
    call.reply.integer(removed as i64);
}

/// LTRIM key start stop
pub(super) fn ltrim(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(start) = call.integer_arg(2) else { return };
    let Some(stop) = call.integer_arg(3) else { return };
    let Some(len) = list_len(call, key, Access::Write) else { return };
    let len = len.unwrap_or(0);
    let range = inclusive_range(start, stop, len);
    // One that takes nothing off is a change to WATCH all the same.
    if len > 0 {
        call.keyspace.update_list(call.db, key, |list| list.keep(range.start, range.end));
        call.effects.dirty += (len - range.len()) as u64;
    }
    call.reply.ok();
}

/// LMOVE source destination LEFT|RIGHT LEFT|RIGHT
pub(super) fn lmove(call: &mut Call<'_>) {
    let ends = [3, 4].map(|index| match () {
        () if call.arg_is(index, "LEFT") => Some(End::Head),
        () if call.arg_is(index, "RIGHT") => Some(End::Tail),
        () => None,
    });
    match ends {
        [Some(from), Some(to)] => move_item(call, from, to),
        _ => call.reply.error(SYNTAX_ERROR),
    }
}

/// RPOPLPUSH source destination
pub(super) fn rpoplpush(call: &mut Call<'_>) {
    move_item(call, End::Tail, End::Head);
}

fn move_item(call: &mut Call<'_>, from: End, to: End) {
    let (source, destination) = (call.arg(1), call.arg(2));
    let Some(len) = list_len(call, source, Access::Write) else { return };
    if len.is_none() {
        return call.reply.null();
    }
    if list_len(call, destination, Access::Write).is_none() {
        return;
    }
    if source == destination {
        // In one step: a list of one item must not vanish in between, its deadline would go with it.
        let rotated = call.keyspace.update_list(call.db, source, |list| {
            let item = from.pop(list)?;
            to.push(list, item.clone());
            Some(item)
        });
        return answer_moved(call, rotated.flatten());
    }
    let item = call.keyspace.update_list(call.db, source, |list| from.pop(list)).flatten();
    if let Some(item) = &item {
        push_items(call, destination, std::slice::from_ref(item), to);
    }
    answer_moved(call, item);
}

fn answer_moved(call: &mut Call<'_>, item: Option<Bytes>) {
    match item {
        Some(item) => {
            call.effects.dirty += 1;
            call.reply.bulk(&item);
        }
        None => call.reply.null(),
    }
}

/// The length of the list of a key, `Some(None)` without the key. `None` after answering that it holds another type.
/// Holds on to nothing, so that a change afterwards need not copy the list.
fn list_len(call: &mut Call<'_>, key: &Bytes, access: Access) -> Option<Option<usize>> {
    let found = call.entry(call.db, key, access).map(|entry| match entry.value() {
        Value::List(list) => Some(list.len()),
        _ => None,
    });
    match found {
        None => Some(None),
        Some(None) => call.fail(WRONG_TYPE),
        Some(len) => Some(len),
    }
}

/// The list of a key, an empty one without the key. `None` after answering that it holds another type.
fn list(call: &mut Call<'_>, key: &Bytes, access: Access) -> Option<Arc<List>> {
    match call.value(key, access) {
        None => Some(Arc::default()),
        Some(Value::List(list)) => Some(list),
        Some(_) => call.fail(WRONG_TYPE),
    }
}

/// The position from the head that an index means, which counts from the tail if it is negative.
fn position(index: i64, len: usize) -> Option<usize> {
    let from_head = if index < 0 { index.checked_add(len as i64)? } else { index };
    usize::try_from(from_head).ok().filter(|&at| at < len)
}

/// The positions that `start..=stop` means in a list of this length: negative numbers count from the tail, and what lies
/// outside is cut off.
pub(super) fn inclusive_range(start: i64, stop: i64, len: usize) -> Range<usize> {
    let len = len as i64;
    let from_head = |index: i64| if index < 0 { index.saturating_add(len) } else { index };
    let start = from_head(start).max(0);
    let end = from_head(stop).saturating_add(1).min(len);
    if start < end { start as usize..end as usize } else { 0..0 }
}
