//! Hash commands beyond the usual ones.

use super::super::call::{Access, Call, SYNTAX_ERROR};
use super::super::hashes::{put, set_fields};
use super::super::long_double::LongDouble;
use super::scan::{self, Scan};
use super::sets::draw;
use crate::base::Bytes;
use crate::data::Hash;

/// HMSET key field value ...
pub(super) fn hmset(call: &mut Call<'_>) {
    if set_fields(call).is_some() {
        call.reply.ok();
    }
}

/// HSETNX key field value
pub(super) fn hsetnx(call: &mut Call<'_>) {
    let Some(found) = call.members::<Hash>(call.arg(1), Access::Write) else { return };
    if found.is_some_and(|hash| hash.get(call.arg(2)).is_some()) {
        return call.reply.integer(0);
    }
    put(call, call.arg(3).clone());
    call.changed(1);
}

/// HMGET key field ...
pub(super) fn hmget(call: &mut Call<'_>) {
    let Some(found) = call.members::<Hash>(call.arg(1), Access::Read) else { return };
    call.reply.array(call.argv.len() - 2);
    for field in &call.argv[2..] {
        match found.as_ref().and_then(|hash| hash.get(field)) {
            Some(value) => call.reply.bulk(value),
            None => call.reply.null(),
        }
    }
}

/// HEXISTS key field
pub(super) fn hexists(call: &mut Call<'_>) {
    if let Some(found) = call.members::<Hash>(call.arg(1), Access::Read) {
        call.reply.integer(i64::from(found.is_some_and(|hash| hash.get(call.arg(2)).is_some())));
    }
}

/// HSTRLEN key field
pub(super) fn hstrlen(call: &mut Call<'_>) {
    if let Some(found) = call.members::<Hash>(call.arg(1), Access::Read) {
        call.reply.integer(found.and_then(|hash| hash.get(call.arg(2)).map(|value| value.len() as i64)).unwrap_or(0));
    }
}

/// HKEYS key
pub(super) fn hkeys(call: &mut Call<'_>) {
    answer_column(call, |(field, _)| field);
}

/// HVALS key
pub(super) fn hvals(call: &mut Call<'_>) {
    answer_column(call, |(_, value)| value);
}

fn answer_column(call: &mut Call<'_>, column: for<'b> fn((&'b Bytes, &'b Bytes)) -> &'b Bytes) {
    let Some(found) = call.members::<Hash>(call.arg(1), Access::Read) else { return };
    let hash = found.unwrap_or_default();
    call.reply.array(hash.len());
    hash.iter().for_each(|pair| call.reply.bulk(column(pair)));
}

/// HINCRBYFLOAT key field increment. Propagated as the result, so that replicas need not compute alike.
pub(super) fn hincrbyfloat(call: &mut Call<'_>) {
    let (key, field) = (call.arg(1), call.arg(2));
    let Some(increment) = LongDouble::parse(call.arg(3)) else {
        return call.reply.error("ERR value is not a valid float");
    };
    if increment.is_infinite() {
        return call.reply.error("ERR value is NaN or Infinity");
    }
    let Some(found) = call.members::<Hash>(key, Access::Write) else { return };
    let old = LongDouble::parse(found.as_ref().and_then(|hash| hash.get(field)).map_or(b"0", Bytes::as_slice));
    drop(found);
    let Some(old) = old else { return call.reply.error("ERR hash value is not a float") };
    let Some(new) = old.checked_add(increment) else {
        return call.reply.error("ERR increment would produce NaN or Infinity");
    };
    let text = Bytes::from(new.to_text());
    put(call, text.clone());
    call.effects.dirty += 1;
    call.reply.bulk(&text);
    call.rewrite(["HSET".into(), key.clone(), field.clone(), text]);
}

/// `HRANDFIELD key [count [WITHVALUES]]`
pub(super) fn hrandfield(call: &mut Call<'_>) {
    let key = call.arg(1);
    if call.argv.len() == 2 {
        let Some(found) = call.members::<Hash>(key, Access::Read) else { return };
        let Some(hash) = found else { return call.reply.null() };
        let index = call.rng.below(hash.len() as u64) as usize;
        let drawn = hash.get_index(index).map(|(field, _)| field);
        return drawn.into_iter().for_each(|field| call.reply.bulk(field));
    }
    let Some((count, with_values)) = draw_options(call, "WITHVALUES") else { return };
    let Some(found) = call.members::<Hash>(key, Access::Read) else { return };
    let hash = found.unwrap_or_default();
    let Some(drawn) = draw(call.rng, hash.len(), count) else {
        return call.fail_endless();
    };
    match with_values {
        true => call.reply.pairs(drawn.len()),
        false => call.reply.array(drawn.len()),
    }
    for (field, value) in drawn.into_iter().filter_map(|index| hash.get_index(index)) {
        if with_values {
            call.reply.pair();
        }
        call.reply.bulk(field);
        if with_values {
            call.reply.bulk(value);
        }
    }
}

/// Reads `count [word]` behind the key; `None` after answering what is wrong.
pub(super) fn draw_options(call: &mut Call<'_>, word: &str) -> Option<(i64, bool)> {
    let count = call.bounded_arg(2, -i64::MAX, i64::MAX, None)?;
    let with = call.argv.len() > 3;
    if call.argv.len() > 4 || (with && !call.arg_is(3, word)) {
        return call.fail(SYNTAX_ERROR);
    }
    if with && count.abs() > i64::MAX / 2 {
        return call.fail("ERR value is out of range");
    }
    Some((count, with))
}

/// `HSCAN key cursor [MATCH pattern] [COUNT count]`
pub(super) fn hscan(call: &mut Call<'_>) {
    let Some(mut scan) = Scan::new(call) else { return };
    let Some(found) = call.members::<Hash>(call.arg(1), Access::Read) else { return };
    let Some(hash) = found else { return scan::answer(call, 0, &[]) };
    if scan.options(call).is_none() {
        return;
    }
    let (indexes, next) = scan.part(hash.len(), hash.is_packed());
    let shown = indexes.into_iter().filter_map(|index| hash.get_index(index)).filter(|(field, _)| scan.shows(field));
    let words: Vec<Bytes> = shown.flat_map(|(field, value)| [field.clone(), value.clone()]).collect();
    scan::answer(call, next, &words);
}
