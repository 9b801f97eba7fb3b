//! String commands: SET and its relatives, ranges, several keys at once.

use super::call::{Access, Call, SYNTAX_ERROR, integer_bytes};
use super::expiry::fail_expire_time;
use crate::base::Bytes;
use crate::data::{Entry, Form, Value};

/// The longest string, in bytes: `proto-max-bulk-len` as it is by default.
pub(super) const STRING_BYTES_MAX: u64 = 512 << 20;

/// How an expiry option writes its time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TimeKind {
    /// EX: seconds from now.
    Seconds,
    /// PX: milliseconds from now.
    Millis,
    /// EXAT: unix seconds.
    UnixSeconds,
    /// PXAT: unix milliseconds.
    UnixMillis,
}

/// The options of SET and GETEX.
#[derive(Default)]
struct Options {
    nx: bool,
    xx: bool,
    get: bool,
    keep_ttl: bool,
    persist: bool,
    /// Kind and argument index of the time.
    expire: Option<(TimeKind, usize)>,
}

/// `SET key value [NX | XX] [GET] [EX | PX | EXAT | PXAT time | KEEPTTL]`
pub(super) fn set(call: &mut Call<'_>) {
    if let Some(options) = set_options(call) {
        let _ = store(call, call.arg(2), &options);
    }
}

/// SETNX key value
pub(super) fn setnx(call: &mut Call<'_>) {
    let key = call.arg(1);
    if call.exists(key, Access::Write) {
        return call.reply.integer(0);
    }
    call.keyspace.insert(call.db, key.clone(), Value::Str(call.arg(2).clone()), None);
    call.changed(1);
}

/// SETEX key seconds value
pub(super) fn setex(call: &mut Call<'_>) {
    let options = Options { expire: Some((TimeKind::Seconds, 2)), ..Options::default() };
    let _ = store(call, call.arg(3), &options);
}

/// PSETEX key milliseconds value
pub(super) fn psetex(call: &mut Call<'_>) {
    let options = Options { expire: Some((TimeKind::Millis, 2)), ..Options::default() };
    let _ = store(call, call.arg(3), &options);
}

/// Sets the key that the first argument names and answers as SET does; `None` after an error.
fn store(call: &mut Call<'_>, value: &Bytes, options: &Options) -> Option<()> {
    let key = call.arg(1);
    let deadline_ms = match options.expire {
        Some((kind, index)) => Some(deadline_arg(call, kind, index)?),
        None => None,
    };
    if options.get {
        answer_string(call, key)?;
    }
    let found = call.exists(key, Access::Write);
    let refused = if found { options.nx } else { options.xx };
    if refused {
        if !options.get {
            call.reply.null();
        }
        return None;
    }
    let old = if options.keep_ttl && found { call.keyspace.get(call.db, key) } else { None };
    let kept_ms = old.and_then(Entry::expire_ms);
    call.keyspace.insert(call.db, key.clone(), Value::Str(value.clone()), deadline_ms.or(kept_ms));
    call.effects.dirty += 1;
    if !options.get {
        call.reply.ok();
    }
    if let Some(deadline_ms) = deadline_ms {
        call.rewrite(["SET".into(), key.clone(), value.clone(), "PXAT".into(), integer_bytes(deadline_ms)]);
    } else if options.get {
        let is_get = |(index, word): &(usize, &Bytes)| *index >= 3 && word.eq_ignore_ascii_case(b"get");
        let words = call.argv.iter().enumerate().filter(|word| !is_get(word)).map(|(_, word)| word.clone());
        call.effects.replace = Some(vec![words.collect()]);
    }
    Some(())
}

/// GET key
pub(super) fn get(call: &mut Call<'_>) {
    let _ = answer_string(call, call.arg(1));
}

/// GETSET key value
pub(super) fn getset(call: &mut Call<'_>) {
    let (key, value) = (call.arg(1), call.arg(2));
    if answer_string(call, key).is_none() {
        return;
    }
    // Only for its side effect: an expired key is deleted first.
    call.exists(key, Access::Write);
    call.keyspace.insert(call.db, key.clone(), Value::Str(value.clone()), None);
    call.effects.dirty += 1;
    call.rewrite(["SET".into(), key.clone(), value.clone()]);
}

/// GETDEL key
pub(super) fn getdel(call: &mut Call<'_>) {
    let key = call.arg(1);
    if answer_string(call, key).is_some() && call.keyspace.remove(call.db, key).is_some() {
        call.effects.dirty += 1;
        call.rewrite(["DEL".into(), key.clone()]);
    }
}

/// `GETEX key [EX | PX | EXAT | PXAT time | PERSIST]`
pub(super) fn getex(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(options) = getex_options(call) else { return };
    let Some(found) = call.string(key, Access::Read) else { return };
    let Some(text) = found else { return call.reply.null() };
    let deadline = match options.expire {
        Some((kind, index)) => match deadline_arg(call, kind, index) {
            Some(deadline_ms) => Some((kind, deadline_ms)),
            None => return,
        },
        None => None,
    };
    call.reply.bulk(&text);
    match deadline {
        Some((TimeKind::UnixSeconds | TimeKind::UnixMillis, deadline_ms)) if call.is_past(deadline_ms) => {
            call.delete_as_expired(key);
        }
        Some((_, deadline_ms)) => {
            call.keyspace.set_expire(call.db, key, Some(deadline_ms));
            call.effects.dirty += 1;
            call.rewrite(["PEXPIREAT".into(), key.clone(), integer_bytes(deadline_ms)]);
        }
        None if options.persist && call.keyspace.get(call.db, key).is_some_and(|entry| entry.expire_ms().is_some()) => {
            call.keyspace.set_expire(call.db, key, None);
            call.effects.dirty += 1;
            call.rewrite(["PERSIST".into(), key.clone()]);
        }
        None => {}
    }
}

/// MGET key ...
pub(super) fn mget(call: &mut Call<'_>) {
    call.reply.array(call.argv.len() - 1);
    for key in &call.argv[1..] {
        match call.value(key, Access::Read) {
            Some(Value::Str(text)) => call.reply.bulk(&text),
            _ => call.reply.null(),
        }
    }
}

/// MSET key value ...
pub(super) fn mset(call: &mut Call<'_>) {
    if call.argv.len().is_multiple_of(2) {
        return call.fail_arity();
    }
    store_pairs(call);
    call.reply.ok();
}

/// MSETNX key value ...
pub(super) fn msetnx(call: &mut Call<'_>) {
    if call.argv.len().is_multiple_of(2) {
        return call.fail_arity();
    }
    for pair in call.argv[1..].chunks_exact(2) {
        if call.exists(&pair[0], Access::Write) {
            return call.reply.integer(0);
        }
    }
    store_pairs(call);
    call.reply.integer(1);
}

fn store_pairs(call: &mut Call<'_>) {
    for pair in call.argv[1..].chunks_exact(2) {
        call.exists(&pair[0], Access::Write);
        call.keyspace.insert(call.db, pair[0].clone(), Value::Str(pair[1].clone()), None);
        call.effects.dirty += 1;
    }
}

/// APPEND key value
pub(super) fn append(call: &mut Call<'_>) {
    let (key, tail) = (call.arg(1), call.arg(2));
    let Some(found) = call.string(key, Access::Write) else { return };
    let Some(head) = found else {
        call.keyspace.insert(call.db, key.clone(), Value::Str(tail.clone()), None);
        return call.changed(tail.len() as i64);
    };
    let Some(mut text) = room_for(call, head.len() as u64 + tail.len() as u64) else { return };
    text.extend_from_slice(&head);
    text.extend_from_slice(tail);
    replace_string(call, key, text);
}

/// STRLEN key
pub(super) fn strlen(call: &mut Call<'_>) {
    if let Some(found) = call.string(call.arg(1), Access::Read) {
        call.reply.integer(found.map_or(0, |text| text.len() as i64));
    }
}

/// GETRANGE key start end, and its older name SUBSTR
pub(super) fn getrange(call: &mut Call<'_>) {
    let Some(start) = call.integer_arg(2) else { return };
    let Some(end) = call.integer_arg(3) else { return };
    let Some(found) = call.string(call.arg(1), Access::Read) else { return };
    let text = found.unwrap_or_default();
    let len = text.len() as i64;
    // Unlike ranges of lists: an end before the beginning means the first byte.
    let from_start = |index: i64| if index < 0 { index.saturating_add(len).max(0) } else { index };
    let backwards = start < 0 && end < 0 && start > end;
    let (start, end) = (from_start(start), from_start(end).min(len - 1));
    let range = if backwards || start > end { 0..0 } else { start as usize..end as usize + 1 };
    call.reply.bulk(&text.slice(range));
}

/// SETRANGE key offset value
pub(super) fn setrange(call: &mut Call<'_>) {
    let (key, patch) = (call.arg(1), call.arg(3));
    let Some(offset) = call.integer_arg(2) else { return };
    let Ok(offset) = u64::try_from(offset) else { return call.reply.error("ERR offset is out of range") };
    let Some(found) = call.string(key, Access::Write) else { return };
    let old = found.as_ref().map(Bytes::as_slice).unwrap_or_default();
    if patch.is_empty() {
        return call.reply.integer(old.len() as i64);
    }
    let end = offset.saturating_add(patch.len() as u64);
    let Some(mut text) = room_for(call, end.max(old.len() as u64)) else { return };
    text.extend_from_slice(old);
    // The limit holds from here on: both positions fit a usize.
    let (start, end) = (offset as usize, end as usize);
    text.resize(text.len().max(end), 0);
    text[start..end].copy_from_slice(patch);
    if found.is_none() {
        call.keyspace.insert(call.db, key.clone(), Value::Str(Bytes::new()), None);
    }
    replace_string(call, key, text);
}

/// Puts new text in an existing string, which keeps its deadline, and answers the length.
fn replace_string(call: &mut Call<'_>, key: &Bytes, text: Vec<u8>) {
    let len = text.len() as i64;
    let text = Bytes::from(text);
    call.keyspace.update(call.db, key, &mut |value| *value = Value::Str(text.clone()));
    call.keyspace.mark_form(call.db, key, Form::Raw);
    call.changed(len);
}

/// An empty buffer with room for a string of `len` bytes; `None` after answering that it would be too long.
pub(super) fn room_for(call: &mut Call<'_>, len: u64) -> Option<Vec<u8>> {
    if len > STRING_BYTES_MAX {
        return call.fail("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    }
    let mut buffer = Vec::new();
    match buffer.try_reserve_exact(len as usize) {
        Ok(()) => Some(buffer),
        Err(_) => call.fail("OOM command not allowed when used memory > 'maxmemory'."),
    }
}

/// Answers the string of a key or nil; `None` after an error.
fn answer_string(call: &mut Call<'_>, key: &[u8]) -> Option<()> {
    match call.string(key, Access::Read)? {
        Some(text) => call.reply.bulk(&text),
        None => call.reply.null(),
    }
    Some(())
}

fn set_options(call: &mut Call<'_>) -> Option<Options> {
    let mut options = Options::default();
    let mut index = 3;
    while index < call.argv.len() {
        if call.arg_is(index, "NX") && !options.xx {
            options.nx = true;
        } else if call.arg_is(index, "XX") && !options.nx {
            options.xx = true;
        } else if call.arg_is(index, "GET") {
            options.get = true;
        } else if call.arg_is(index, "KEEPTTL") && options.expire.is_none() {
            options.keep_ttl = true;
        } else {
            expire_option(call, &mut options, &mut index)?;
        }
        index += 1;
    }
    Some(options)
}

fn getex_options(call: &mut Call<'_>) -> Option<Options> {
    let mut options = Options::default();
    let mut index = 2;
    while index < call.argv.len() {
        if call.arg_is(index, "PERSIST") && options.expire.is_none() {
            options.persist = true;
        } else {
            expire_option(call, &mut options, &mut index)?;
        }
        index += 1;
    }
    Some(options)
}

/// Reads EX, PX, EXAT or PXAT at `index` and moves on to its time; `None` after answering a syntax error. The same option
/// may come twice, the last counts.
fn expire_option(call: &mut Call<'_>, options: &mut Options, index: &mut usize) -> Option<()> {
    const NAMES: [(&str, TimeKind); 4] = [
        ("EX", TimeKind::Seconds),
        ("PX", TimeKind::Millis),
        ("EXAT", TimeKind::UnixSeconds),
        ("PXAT", TimeKind::UnixMillis),
    ];
    let named = NAMES.iter().find(|(name, _)| call.arg_is(*index, name)).map(|(_, kind)| *kind);
    let allowed = |kind| !options.keep_ttl && !options.persist && options.expire.is_none_or(|(other, _)| other == kind);
    match named {
        Some(kind) if allowed(kind) && *index + 1 < call.argv.len() => {
            *index += 1;
            options.expire = Some((kind, *index));
            Some(())
        }
        _ => call.fail(SYNTAX_ERROR),
    }
}

/// The argument at `index` as a deadline in unix milliseconds, above 0; `None` after answering what is wrong with it.
fn deadline_arg(call: &mut Call<'_>, kind: TimeKind, index: usize) -> Option<i64> {
    let number = call.integer_arg(index)?;
    let (unit_ms, base_ms) = match kind {
        TimeKind::Seconds => (1000, call.now_ms),
        TimeKind::Millis => (1, call.now_ms),
        TimeKind::UnixSeconds => (1000, 0),
        TimeKind::UnixMillis => (1, 0),
    };
    let deadline_ms = number.checked_mul(unit_ms).and_then(|ms| ms.checked_add(base_ms));
    match deadline_ms {
        Some(deadline_ms) if number > 0 && deadline_ms > 0 => Some(deadline_ms),
        _ => fail_expire_time(call),
    }
}
