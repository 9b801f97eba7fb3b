//! Numbers kept as strings: INCR and its relatives.

use super::call::{Access, Call, NOT_AN_INTEGER, integer_bytes};
use super::long_double::LongDouble;
use crate::base::{Bytes, parse_i64};
use crate::data::{Form, Value};

/// INCR key
pub(super) fn incr(call: &mut Call<'_>) {
    add(call, 1);
}

/// DECR key
pub(super) fn decr(call: &mut Call<'_>) {
    add(call, -1);
}

/// INCRBY key increment
pub(super) fn incrby(call: &mut Call<'_>) {
    if let Some(increment) = call.integer_arg(2) {
        add(call, increment);
    }
}

/// DECRBY key decrement
pub(super) fn decrby(call: &mut Call<'_>) {
    let Some(decrement) = call.integer_arg(2) else { return };
    match decrement.checked_neg() {
        Some(increment) => add(call, increment),
        None => call.reply.error("ERR decrement would overflow"),
    }
}

fn add(call: &mut Call<'_>, increment: i64) {
    let key = call.arg(1);
    let Some(found) = call.string(key, Access::Write) else { return };
    let old = match &found {
        None => Some(0),
        Some(text) => parse_i64(text),
    };
    let Some(old) = old else { return call.reply.error(NOT_AN_INTEGER) };
    let Some(new) = old.checked_add(increment) else {
        return call.reply.error("ERR increment or decrement would overflow");
    };
    put(call, key, found.is_some(), integer_bytes(new));
    call.changed(new);
}

/// INCRBYFLOAT key increment. Propagated as the result, so that replicas need not compute alike.
pub(super) fn incrbyfloat(call: &mut Call<'_>) {
    const NOT_A_FLOAT: &str = "ERR value is not a valid float";
    let key = call.arg(1);
    let Some(found) = call.string(key, Access::Write) else { return };
    let old = LongDouble::parse(found.as_ref().map_or(b"0", Bytes::as_slice));
    let (Some(old), Some(increment)) = (old, LongDouble::parse(call.arg(2))) else {
        return call.reply.error(NOT_A_FLOAT);
    };
    let Some(new) = old.checked_add(increment) else {
        return call.reply.error("ERR increment would produce NaN or Infinity");
    };
    let text = Bytes::from(new.to_text());
    put(call, key, found.is_some(), text.clone());
    call.keyspace.mark_form(call.db, key, Form::Text);
    call.effects.dirty += 1;
    call.reply.bulk(&text);
    call.rewrite(["SET".into(), key.clone(), text, "KEEPTTL".into()]);
}

/// Sets a string that keeps its deadline.
fn put(call: &mut Call<'_>, key: &Bytes, exists: bool, text: Bytes) {
    if exists {
        call.keyspace.update(call.db, key, &mut |value| *value = Value::Str(text.clone()));
    } else {
        call.keyspace.insert(call.db, key.clone(), Value::Str(text), None);
    }
}
