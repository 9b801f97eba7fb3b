//! The usual hash commands. The others are in `server::hashes`.

use super::call::{Access, Call, NOT_AN_INTEGER, integer_bytes};
use crate::base::{Bytes, parse_i64};
use crate::data::Hash;

/// HSET key field value ...
pub(super) fn hset(call: &mut Call<'_>) {
    if let Some(created) = set_fields(call) {
        call.reply.integer(created as i64);
    }
}

/// Sets the fields of HSET or HMSET and says how many are new; `None` after an error.
pub(super) fn set_fields(call: &mut Call<'_>) -> Option<usize> {
    let key = call.arg(1);
    if !call.argv.len().is_multiple_of(2) {
        call.fail_arity();
        return None;
    }
    call.holds::<Hash>(key, Access::Write)?;
    let pairs = &call.argv[2..];
    let set_all =
        |hash: &mut Hash| pairs.chunks_exact(2).filter(|pair| hash.insert(pair[0].clone(), pair[1].clone())).count();
    let created = call.keyspace.edit_or_create(call.db, key, set_all);
    call.effects.dirty += (pairs.len() / 2) as u64;
    created
}

/// HGET key field
pub(super) fn hget(call: &mut Call<'_>) {
    let Some(found) = call.members::<Hash>(call.arg(1), Access::Read) else { return };
    match found.as_ref().and_then(|hash| hash.get(call.arg(2))) {
        Some(value) => call.reply.bulk(value),
        None => call.reply.null(),
    }
}

/// HGETALL key
pub(super) fn hgetall(call: &mut Call<'_>) {
    let Some(found) = call.members::<Hash>(call.arg(1), Access::Read) else { return };
    let hash = found.unwrap_or_default();
    call.reply.map(hash.len());
    for (field, value) in hash.iter() {
        call.reply.bulk(field);
        call.reply.bulk(value);
    }
}

/// HLEN key
pub(super) fn hlen(call: &mut Call<'_>) {
    if let Some(found) = call.members::<Hash>(call.arg(1), Access::Read) {
        call.reply.integer(found.map_or(0, |hash| hash.len() as i64));
    }
}

/// HDEL key field ...
pub(super) fn hdel(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(found) = call.members::<Hash>(key, Access::Write) else { return };
    let fields = &call.argv[2..];
    let none_known = found.is_none_or(|hash| !fields.iter().any(|field| hash.get(field).is_some()));
    if none_known {
        return call.reply.integer(0);
    }
    let remove_all = |hash: &mut Hash| fields.iter().filter(|field| hash.remove(field).is_some()).count();
    let removed = call.keyspace.edit(call.db, key, remove_all).unwrap_or(0);
    call.effects.dirty += removed as u64;
    call.reply.integer(removed as i64);
}

/// HINCRBY key field increment
pub(super) fn hincrby(call: &mut Call<'_>) {
    let Some(increment) = parse_i64(call.arg(3)) else { return call.reply.error(NOT_AN_INTEGER) };
    let Some(found) = call.members::<Hash>(call.arg(1), Access::Write) else { return };
    let old = match found.as_ref().and_then(|hash| hash.get(call.arg(2))) {
        None => Some(0),
        Some(text) => parse_i64(text),
    };
    drop(found);
    let Some(old) = old else { return call.reply.error("ERR hash value is not an integer") };
    let Some(new) = old.checked_add(increment) else {
        return call.reply.error("ERR increment or decrement would overflow");
    };
    put(call, integer_bytes(new));
    call.changed(new);
}

/// Sets the field that the second argument names.
pub(super) fn put(call: &mut Call<'_>, value: Bytes) {
    let (key, field) = (call.arg(1), call.arg(2));
    call.keyspace.edit_or_create(call.db, key, |hash: &mut Hash| hash.insert(field.clone(), value));
}
