//! Commands on keys of any type, and on whole databases.

use super::call::{Access, Call, DB_OUT_OF_RANGE, NO_SUCH_KEY, SAME_OBJECT, SYNTAX_ERROR};
use super::{ExpiryView, wrong_arity};
use crate::base::{Bytes, glob, parse_i64};
use crate::data::{Entry, Form, Value};

/// Draws of RANDOMKEY on a replica whose keys may all have expired, after which it takes what it gets.
const RANDOM_TRIES: usize = 100;
/// Strings up to this many bytes are embedded in their object.
const EMBEDDED_BYTES_MAX: usize = 44;
/// An error shows no more of an unknown subcommand than this many bytes.
const SUBCOMMAND_SHOWN_MAX: usize = 128;
/// Numbers below this are one shared object each in Redis.
const SHARED_INTEGERS: i64 = 10_000;

/// DEL key ..., UNLINK key ...
pub(super) fn del(call: &mut Call<'_>) {
    let mut deleted = 0;
    for key in &call.argv[1..] {
        // On a writable replica an expired key is hidden here, but not gone: deleting it counts.
        call.exists(key, Access::Peek);
        if call.keyspace.remove(call.db, key).is_some() {
            deleted += 1;
        }
    }
    call.effects.dirty += deleted;
    call.reply.integer(deleted as i64);
}

/// EXISTS key ...
pub(super) fn exists(call: &mut Call<'_>) {
    count(call, Access::Glance);
}

fn count(call: &mut Call<'_>, access: Access) {
    let mut found = 0;
    for key in &call.argv[1..] {
        found += i64::from(call.exists(key, access));
    }
    call.reply.integer(found);
}

/// TOUCH key ...: to look at a key is to use it.
pub(super) fn touch(call: &mut Call<'_>) {
    count(call, Access::Read);
}

/// TYPE key
pub(super) fn type_name(call: &mut Call<'_>) {
    let name = call.entry(call.db, call.arg(1), Access::Glance).map_or("none", |entry| entry.value().type_name());
    call.reply.simple(name);
}

/// KEYS pattern. Skips expired keys whoever asks, and leaves them.
pub(super) fn keys(call: &mut Call<'_>) {
    let pattern = call.arg(1);
    let entries = call.keyspace.entries(call.db);
    let now_ms = call.now_ms;
    let live = entries.filter(|(_, _, expire_ms)| expire_ms.is_none_or(|deadline_ms| now_ms <= deadline_ms));
    let keys: Vec<Bytes> = live.filter(|(key, ..)| glob(pattern, key)).map(|(key, ..)| key.clone()).collect();
    call.reply.array(keys.len());
    for key in &keys {
        call.reply.bulk(key);
    }
}

/// RANDOMKEY
pub(super) fn randomkey(call: &mut Call<'_>) {
    let mut tries = 0;
    while let Some(key) = call.keyspace.random(call.db, call.rng).map(|entry| entry.key().clone()) {
        tries += 1;
        if call.exists(&key, Access::Peek) {
            return call.reply.bulk(&key);
        }
        // A master has just deleted it; elsewhere it is still there and may be drawn again.
        if call.view != ExpiryView::Master && tries >= RANDOM_TRIES {
            let now_ms = call.now_ms;
            let mut entries = call.keyspace.entries(call.db);
            let live = entries.find(|(_, _, expire_ms)| expire_ms.is_none_or(|deadline_ms| now_ms <= deadline_ms));
            let key = live.map_or(key, |(key, ..)| key.clone());
            return call.reply.bulk(&key);
        }
    }
    call.reply.null();
}

/// `SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]`
pub(super) fn scan(call: &mut Call<'_>) {
    let Some(cursor) = parse_cursor(call.arg(1)) else { return call.reply.error("ERR invalid cursor") };
    let Some((pattern, count, type_name)) = scan_options(call) else { return };
    let (mut keys, mut seen, now_ms) = (Vec::new(), 0, call.now_ms);
    let next = call.keyspace.scan(call.db, cursor, count, &mut |entry| {
        let matches = pattern.is_none_or(|pattern| glob(pattern, entry.key()));
        // Redis looks a key up to see its type.
        seen += u64::from(matches && type_name.is_some() && !entry.is_expired(now_ms));
        if matches && type_name.is_none_or(|name| name.eq_ignore_ascii_case(entry.value().type_name().as_bytes())) {
            keys.push(entry.key().clone());
        }
    });
    call.effects.looked.0 += seen;
    keys.retain(|key| call.exists(key, Access::Peek));
    call.reply.array(2);
    call.reply.bulk_str(next.to_string().as_bytes());
    call.reply.array(keys.len());
    for key in &keys {
        call.reply.bulk(key);
    }
}

type ScanOptions<'a> = (Option<&'a Bytes>, u64, Option<&'a Bytes>);

fn scan_options<'a>(call: &mut Call<'a>) -> Option<ScanOptions<'a>> {
    let (mut pattern, mut count, mut type_name) = (None, 10, None);
    for index in (2..call.argv.len()).step_by(2) {
        if index + 1 == call.argv.len() {
            return call.fail(SYNTAX_ERROR);
        }
        if call.arg_is(index, "COUNT") {
            count = match u64::try_from(call.integer_arg(index + 1)?) {
                Ok(count) if count > 0 => count,
                _ => return call.fail(SYNTAX_ERROR),
            };
        } else if call.arg_is(index, "MATCH") {
            pattern = Some(call.arg(index + 1));
        } else if call.arg_is(index, "TYPE") {
            type_name = Some(call.arg(index + 1));
        } else {
            return call.fail(SYNTAX_ERROR);
        }
    }
    Some((pattern, count, type_name))
}

/// A scan cursor, as C reads an unsigned number: a sign is allowed, a minus wraps around, nothing at all is 0.
pub(super) fn parse_cursor(text: &[u8]) -> Option<u64> {
    let text = str::from_utf8(super::before_nul(text)).ok()?;
    match text.strip_prefix('-') {
        None if text.is_empty() => Some(0),
        Some(digits) if !digits.starts_with('+') => digits.parse::<u64>().ok().map(u64::wrapping_neg),
        _ => text.parse().ok(),
    }
}

/// RENAME key newkey
pub(super) fn rename(call: &mut Call<'_>) {
    if let Some(true) = rename_key(call, false) {
        call.reply.ok();
    }
}

/// RENAMENX key newkey
pub(super) fn renamenx(call: &mut Call<'_>) {
    if let Some(renamed) = rename_key(call, true) {
        call.reply.integer(i64::from(renamed));
    }
}

/// Renames the first argument to the second; says whether it did or, without `only_new`, need not. `None` after an error.
fn rename_key(call: &mut Call<'_>, only_new: bool) -> Option<bool> {
    let (from, to) = (call.arg(1), call.arg(2));
    if !call.exists(from, Access::Write) {
        return call.fail(NO_SUCH_KEY);
    }
    if from == to {
        return Some(!only_new);
    }
    if call.exists(to, Access::Write) && only_new {
        return Some(false);
    }
    let entry = call.keyspace.remove(call.db, from)?;
    place(call, call.db, to, entry.value().clone(), entry.expire_ms(), entry.form());
    call.effects.dirty += 1;
    Some(true)
}

/// Puts a value under another name or in another database, kept as it was.
fn place(call: &mut Call<'_>, db: usize, key: &Bytes, value: Value, expire_ms: Option<i64>, form: Form) {
    // What was there goes first: for those who wait for the name it is a new key.
    call.keyspace.remove(db, key);
    call.keyspace.insert(db, key.clone(), value, expire_ms);
    if form != Form::Usual {
        call.keyspace.mark_form(db, key, form);
    }
}

/// MOVE key db
pub(super) fn move_key(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(target) = call.database_arg(2) else { return };
    if target == call.db {
        return call.reply.error(SAME_OBJECT);
    }
    if !call.exists(key, Access::Write) || call.entry(target, key, Access::Write).is_some() {
        return call.reply.integer(0);
    }
    let Some(entry) = call.keyspace.remove(call.db, key) else { return call.reply.integer(0) };
    place(call, target, key, entry.value().clone(), entry.expire_ms(), entry.form());
    call.changed(1);
}

/// `COPY source destination [DB db] [REPLACE]`
pub(super) fn copy(call: &mut Call<'_>) {
    let (from, to) = (call.arg(1), call.arg(2));
    let Some((target, replace)) = copy_options(call) else { return };
    if target == call.db && from == to {
        return call.reply.error(SAME_OBJECT);
    }
    let source = call.entry(call.db, from, Access::Read);
    let Some((value, expire_ms, form)) = source.map(|entry| (entry.value().clone(), entry.expire_ms(), entry.form()))
    else {
        return call.reply.integer(0);
    };
    if call.entry(target, to, Access::Write).is_some() && !replace {
        return call.reply.integer(0);
    }
    // Nothing shares a copy.
    let form = if form == Form::Usual { Form::Copied } else { form };
    place(call, target, to, value, expire_ms, form);
    call.changed(1);
}

fn copy_options(call: &mut Call<'_>) -> Option<(usize, bool)> {
    let (mut target, mut replace, mut index) = (call.db, false, 3);
    while index < call.argv.len() {
        if call.arg_is(index, "REPLACE") {
            replace = true;
        } else if call.arg_is(index, "DB") && index + 1 < call.argv.len() {
            index += 1;
            target = call.database_arg(index)?;
        } else {
            return call.fail(SYNTAX_ERROR);
        }
        index += 1;
    }
    Some((target, replace))
}

/// DBSIZE. Counts expired keys too.
pub(super) fn dbsize(call: &mut Call<'_>) {
    call.reply.integer(call.keyspace.len(call.db) as i64);
}

/// `FLUSHDB [ASYNC | SYNC]`
pub(super) fn flushdb(call: &mut Call<'_>) {
    if flush_options(call) {
        call.effects.dirty += call.keyspace.flush_db(call.db);
        call.effects.force = true;
        call.reply.ok();
    }
}

/// `FLUSHALL [ASYNC | SYNC]`
pub(super) fn flushall(call: &mut Call<'_>) {
    if flush_options(call) {
        call.effects.dirty += call.keyspace.flush_all();
        call.effects.force = true;
        call.effects.stop_save = true;
        call.reply.ok();
    }
}

/// Whether the options of a flush are right; answers if they are not. Both ways of flushing are one here.
fn flush_options(call: &mut Call<'_>) -> bool {
    let right = match call.argv.len() {
        1 => true,
        2 => call.arg_is(1, "ASYNC") || call.arg_is(1, "SYNC"),
        _ => false,
    };
    if !right {
        call.reply.error(SYNTAX_ERROR);
    }
    right
}

/// SWAPDB first second
pub(super) fn swapdb(call: &mut Call<'_>) {
    let numbers = [1, 2].map(|index| parse_i64(call.arg(index)).filter(|&number| i32::try_from(number).is_ok()));
    let (first, second) = match numbers {
        [None, _] => return call.reply.error("ERR invalid first DB index"),
        [_, None] => return call.reply.error("ERR invalid second DB index"),
        [Some(first), Some(second)] => (first, second),
    };
    let databases = call.keyspace.databases() as i64;
    if !(0..databases).contains(&first) || !(0..databases).contains(&second) {
        return call.reply.error(DB_OUT_OF_RANGE);
    }
    call.keyspace.swap(first as usize, second as usize);
    call.effects.dirty += 1;
    call.reply.ok();
}

const NO_FREQUENCY: &str = "ERR An LFU maxmemory policy is not selected, access frequency not tracked.";
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
const NO_IDLE_TIME: &str = "ERR An LFU maxmemory policy is selected, idle time not tracked.";
const MAY_CHANGE: &str = " Please note that when switching between policies at runtime LRU and LFU data will take some \
    time to adjust.";

/// OBJECT ENCODING | REFCOUNT | IDLETIME | FREQ key
pub(super) fn object(call: &mut Call<'_>) {
    let subcommand = call.arg(1).to_ascii_lowercase();
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    if subcommand == b"help" && call.argv.len() == 2 {
        return super::help(call.reply, "object");
    }
    if !matches!(subcommand.as_slice(), b"encoding" | b"refcount" | b"idletime" | b"freq") {
        let mut text = b"ERR unknown subcommand '".to_vec();
        text.extend_from_slice(&call.arg(1)[..call.arg(1).len().min(SUBCOMMAND_SHOWN_MAX)]);
        text.extend_from_slice(b"'. Try OBJECT HELP.");
        return call.reply.error_bytes(&text);
    }
    if call.argv.len() != 3 {
        return call.reply.error(&wrong_arity(&format!("object|{}", String::from_utf8_lossy(&subcommand))));
    }
    let found = call.entry(call.db, call.arg(2), Access::Glance);
    let Some((encoding, shared)) = found.map(|entry| (encoding(entry), is_shared_integer(entry))) else {
        return call.reply.null();
    };
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    let shared = shared && !call.keyspace.clock().unshared;
    match subcommand.as_slice() {
        b"encoding" => call.reply.bulk_str(encoding.as_bytes()),
        b"refcount" => call.reply.integer(if shared { i64::from(i32::MAX) } else { 1 }),
        _ => usage(call, subcommand == b"freq"),
    }
}

/// OBJECT FREQ and OBJECT IDLETIME: `maxmemory-policy` decides which of them is kept.
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
fn usage(call: &mut Call<'_>, frequency: bool) {
    let clock = call.keyspace.clock();
    let Some(entry) = call.keyspace.get(call.db, call.arg(2)) else { return };
    match (frequency, clock.frequencies.is_some()) {
        (true, true) => call.reply.integer(i64::from(entry.frequency(clock))),
        (false, false) => call.reply.integer(i64::from(entry.idle_s(clock))),
        (true, false) => call.reply.error(&[NO_FREQUENCY, MAY_CHANGE].concat()),
        (false, true) => call.reply.error(&[NO_IDLE_TIME, MAY_CHANGE].concat()),
    }
}

/// Nothing is kept of it.
#[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
fn usage(call: &mut Call<'_>, frequency: bool) {
    match frequency {
        true => call.reply.error(&[NO_FREQUENCY, MAY_CHANGE].concat()),
        false => call.reply.integer(0),
    }
}

/// How Redis would keep a value.
pub(in crate::node) fn encoding(entry: &Entry) -> &'static str {
    match entry.value() {
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        Value::Str(_) if entry.form() == Form::Raw => "raw",
        Value::Str(text) if entry.form() == Form::Text && text.len() <= EMBEDDED_BYTES_MAX => "embstr",
        Value::Str(text) if parse_i64(text).is_some() => "int",
        Value::Str(text) if text.len() <= EMBEDDED_BYTES_MAX => "embstr",
        Value::Str(_) => "raw",
        Value::List(_) => "quicklist",
        Value::Set(set) if set.integers().is_some() => "intset",
        Value::Hash(hash) if hash.is_packed() => "listpack",
        Value::SortedSet(set) if set.is_packed() => "listpack",
        Value::SortedSet(_) => "skiplist",
        Value::Set(_) | Value::Hash(_) => "hashtable",
    }
}

fn is_shared_integer(entry: &Entry) -> bool {
    let Value::Str(text) = entry.value() else { return false };
    entry.form() == Form::Usual && parse_i64(text).is_some_and(|number| (0..SHARED_INTEGERS).contains(&number))
}
