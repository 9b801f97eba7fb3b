//! Strings as rows of bits. Bit 0 is the highest of the first byte.

use super::super::call::{Access, Call, SYNTAX_ERROR};
use super::super::strings::{STRING_BYTES_MAX, room_for};
use super::sets::store_as;
use crate::base::{Bytes, parse_i64};
use crate::data::{Form, Value};

const NOT_AN_OFFSET: &str = "ERR bit offset is not an integer or out of range";

/// SETBIT key offset value
pub(super) fn setbit(call: &mut Call<'_>) {
    const NOT_A_BIT: &str = "ERR bit is not an integer or out of range";
    let key = call.arg(1);
    let Some(offset) = offset_arg(call, 2, 0) else { return };
    let Some(on) = call.bounded_arg(3, 0, 1, Some(NOT_A_BIT)) else { return };
    let Some(found) = call.string(key, Access::Write) else { return };
    let old = bit(found.as_ref().map(Bytes::as_slice).unwrap_or_default(), offset);
    let is_longer = found.as_ref().is_none_or(|text| offset / 8 >= text.len() as u64);
    if !is_longer && old == on as u8 {
        call.keyspace.mark_form(call.db, key, Form::Raw);
        return call.reply.integer(i64::from(old));
    }
    let Some(mut text) = editable(call, found.as_ref(), offset / 8 + 1) else { return };
    // The limit on strings holds: the position fits a usize.
    let (at, mask) = ((offset / 8) as usize, 0x80 >> (offset % 8));
    text[at] = if on == 1 { text[at] | mask } else { text[at] & !mask };
    put(call, key, text);
    call.changed(i64::from(old));
}

/// GETBIT key offset
pub(super) fn getbit(call: &mut Call<'_>) {
    let Some(offset) = offset_arg(call, 2, 0) else { return };
    let Some(found) = call.string(call.arg(1), Access::Read) else { return };
    call.reply.integer(i64::from(bit(&found.unwrap_or_default(), offset)));
}

/// `BITCOUNT key [start end [BYTE | BIT]]`
pub(super) fn bitcount(call: &mut Call<'_>) {
    let Some(found) = call.string(call.arg(1), Access::Read) else { return };
    let Some(text) = found else { return call.reply.integer(0) };
    let bits = match call.argv.len() {
        2 => 0..text.len() as u64 * 8,
        4 | 5 => {
            let Some(start) = call.integer_arg(2) else { return };
            let Some(end) = call.integer_arg(3) else { return };
            if start < 0 && end < 0 && start > end {
                return call.reply.integer(0);
            }
            let Some(in_bits) = unit(call, 4) else { return };
            bit_range(start, end, in_bits, text.len() as u64)
        }
        _ => return call.reply.error(SYNTAX_ERROR),
    };
    call.reply.integer(count(&text, bits.start, bits.end) as i64);
}

/// `BITPOS key bit [start [end [BYTE | BIT]]]`
pub(super) fn bitpos(call: &mut Call<'_>) {
    let wanted = match call.integer_arg(2) {
        None => return,
        Some(wanted @ 0..=1) => wanted as u8,
        Some(_) => return call.reply.error("ERR The bit argument must be 1 or 0."),
    };
    let Some(found) = call.string(call.arg(1), Access::Read) else { return };
    let Some(text) = found else { return call.reply.integer(if wanted == 1 { -1 } else { 0 }) };
    let (mut start, mut end, mut in_bits) = (0, -1, false);
    let end_given = call.argv.len() > 4;
    if call.argv.len() > 6 {
        return call.reply.error(SYNTAX_ERROR);
    }
    if call.argv.len() > 3 {
        let Some(number) = call.integer_arg(3) else { return };
        let Some(unit) = unit(call, 5) else { return };
        (start, in_bits) = (number, unit);
    }
    if end_given {
        let Some(number) = call.integer_arg(4) else { return };
        end = number;
    }
    let bits = bit_range(start, end, in_bits, text.len() as u64);
    let position = find(&text, wanted, bits.start, bits.end);
    call.reply.integer(match position {
        Some(at) => at as i64,
        // Behind the end of a string there are zeros, unless one said where to stop.
        None if wanted == 0 && !end_given && !bits.is_empty() => text.len() as i64 * 8,
        None => -1,
    });
}

/// BITOP AND | OR | XOR | NOT destination key ...
pub(super) fn bitop(call: &mut Call<'_>) {
    let combine: fn(u8, u8) -> u8 = match call.arg(1).to_ascii_lowercase().as_slice() {
        b"and" => |a, b| a & b,
        b"or" => |a, b| a | b,
        b"xor" => |a, b| a ^ b,
        b"not" if call.argv.len() == 4 => |a, _| !a,
        b"not" => return call.reply.error("ERR BITOP NOT must be called with a single source key."),
        _ => return call.reply.error(SYNTAX_ERROR),
    };
    let mut texts = Vec::new();
    for key in &call.argv[3..] {
        let Some(found) = call.string(key, Access::Read) else { return };
        texts.push(found.unwrap_or_default());
    }
    let len = texts.iter().map(|text| text.len()).max().unwrap_or(0);
    let byte = |text: &Bytes, at: usize| text.get(at).copied().unwrap_or(0);
    let combined = |at: usize| {
        let first = byte(&texts[0], at);
        match texts.len() {
            1 => combine(first, first),
            _ => texts[1..].iter().fold(first, |all, text| combine(all, byte(text, at))),
        }
    };
    // AND and OR of one string with itself, and NOT, come out right; XOR of a single string is that string.
    let alone = texts.len() == 1 && call.arg_is(1, "XOR");
    let result: Vec<u8> = if alone { texts[0].to_vec() } else { (0..len).map(combined).collect() };
    store_as(call, call.arg(2), Value::Str(result.into()), len);
    call.keyspace.mark_form(call.db, call.arg(2), Form::Raw);
}

/// The unit at `index`, if there is one: whether the ends count bits. `None` after answering that it is none.
fn unit(call: &mut Call<'_>, index: usize) -> Option<bool> {
    match call.argv.len() > index {
        true if call.arg_is(index, "BIT") => Some(true),
        true if !call.arg_is(index, "BYTE") => call.fail(SYNTAX_ERROR),
        _ => Some(false),
    }
}

/// The bits that `start..=end` means, in bytes or in bits of a string of `len` bytes.
fn bit_range(start: i64, end: i64, in_bits: bool, len: u64) -> std::ops::Range<u64> {
    let unit: u64 = if in_bits { 1 } else { 8 };
    let total = (len * 8 / unit) as i64;
    let from_start = |index: i64| if index < 0 { index.saturating_add(total).max(0) } else { index };
    let (start, end) = (from_start(start), from_start(end).min(total - 1));
    if start > end { 0..0 } else { start as u64 * unit..(end as u64 + 1) * unit }
}

pub(super) fn bit(text: &[u8], offset: u64) -> u8 {
    let byte = usize::try_from(offset / 8).ok().and_then(|at| text.get(at)).copied().unwrap_or(0);
    byte >> (7 - offset % 8) & 1
}

/// Bits that are set in `start..end`, which lies inside the text.
fn count(text: &[u8], start: u64, end: u64) -> u64 {
    let (first, last) = (start.div_ceil(8), end / 8);
    if first > last {
        return (start..end).map(|offset| u64::from(bit(text, offset))).sum();
    }
    let edges = (start..first * 8).chain(last * 8..end).map(|offset| u64::from(bit(text, offset)));
    let whole = &text[first as usize..last as usize];
    edges.sum::<u64>() + whole.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>()
}

/// The first bit of this value in `start..end`, which lies inside the text.
fn find(text: &[u8], wanted: u8, start: u64, end: u64) -> Option<u64> {
    let without = if wanted == 1 { 0 } else { u8::MAX };
    let mut offset = start;
    while offset < end {
        if offset.is_multiple_of(8) && end - offset >= 8 && text[(offset / 8) as usize] == without {
            offset += 8;
        } else if bit(text, offset) == wanted {
            return Some(offset);
        } else {
            offset += 1;
        }
    }
    None
}

/// The argument at `index` as the offset of a bit, below the limit on strings; with a `width` above 0 it may be `#n`, the
/// n-th field of that width. `None` after answering what is wrong.
pub(super) fn offset_arg(call: &mut Call<'_>, index: usize, width: u64) -> Option<u64> {
    let text = call.arg(index);
    let (text, unit) = match text.strip_prefix(b"#") {
        Some(rest) if width > 0 => (rest, width),
        _ => (text.as_slice(), 1),
    };
    let offset = parse_i64(text).and_then(|number| u64::try_from(number).ok()).and_then(|n| n.checked_mul(unit));
    match offset.filter(|offset| offset / 8 < STRING_BYTES_MAX) {
        Some(offset) => Some(offset),
        None => call.fail(NOT_AN_OFFSET),
    }
}

/// A copy of a string to change, at least so many bytes long; `None` after answering that it would be too long.
pub(super) fn editable(call: &mut Call<'_>, found: Option<&Bytes>, len: u64) -> Option<Vec<u8>> {
    let old = found.map(Bytes::as_slice).unwrap_or_default();
    let len = len.max(old.len() as u64);
    let mut text = room_for(call, len)?;
    text.extend_from_slice(old);
    // The limit holds, so it fits.
    text.resize(len as usize, 0);
    Some(text)
}

/// Puts text in a string, which keeps its deadline, or in a new one.
pub(super) fn put(call: &mut Call<'_>, key: &Bytes, text: Vec<u8>) {
    let text = Bytes::from(text);
    if !call.keyspace.update(call.db, key, &mut |value| *value = Value::Str(text.clone())) {
        call.keyspace.insert(call.db, key.clone(), Value::Str(text), None);
    }
    call.keyspace.mark_form(call.db, key, Form::Raw);
}
