//! BITFIELD: integers of any width inside a string.

use super::super::call::{Access, Call, SYNTAX_ERROR};
use super::bits::{bit, editable, offset_arg, put};
use crate::base::{Bytes, parse_i64};
use crate::data::Form;

/// What happens to a result that does not fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Get,
    Set(i64),
    Add(i64),
}

/// One operation.
struct Step {
    signed: bool,
    width: u32,
    offset: u64,
    action: Action,
    overflow: Overflow,
}

/// `BITFIELD key [GET type offset | SET type offset value | INCRBY type offset increment | OVERFLOW WRAP | SAT | FAIL] ...`
pub(super) fn bitfield(call: &mut Call<'_>) {
    run(call, false);
}

/// BITFIELD_RO key [GET type offset] ...
pub(super) fn bitfield_ro(call: &mut Call<'_>) {
    run(call, true);
}

fn run(call: &mut Call<'_>, only_get: bool) {
    let key = call.arg(1);
    let Some(steps) = read_steps(call, only_get) else { return };
    let writes = steps.iter().any(|step| step.action != Action::Get);
    let access = if writes { Access::Write } else { Access::Read };
    let Some(found) = call.string(key, access) else { return };
    let end = |step: &Step| (step.offset + u64::from(step.width)).div_ceil(8);
    let len = steps.iter().filter(|step| step.action != Action::Get).map(end).max().unwrap_or(0);
    let mut text = match writes {
        true => match editable(call, found.as_ref(), len) {
            Some(text) => text,
            None => return,
        },
        false => found.as_ref().map(|text| text.to_vec()).unwrap_or_default(),
    };
    let longer = writes && text.len() > found.as_ref().map_or(0, |text| text.len());
    let mut changes = 0;
    call.reply.array(steps.len());
    for step in &steps {
        let old = step.read(&text);
        let new = match step.action {
            Action::Get => {
                call.reply.integer(old as i64);
                continue;
            }
            Action::Set(value) => step.fit(step.of_argument(value)),
            Action::Add(increment) => step.fit(old + i128::from(increment)),
        };
        match new {
            None => call.reply.null(),
            Some(new) => {
                step.write(&mut text, new);
                changes += u64::from(longer || new != old);
                let answer = if matches!(step.action, Action::Set(_)) { old } else { new };
                call.reply.integer(answer as i64);
            }
        }
    }
    if changes > 0 || longer {
        put(call, key, text);
    } else if writes {
        call.keyspace.mark_form(call.db, key, Form::Raw);
    }
    call.effects.dirty += changes;
}

/// Reads the operations; `None` after answering what is wrong.
fn read_steps(call: &mut Call<'_>, only_get: bool) -> Option<Vec<Step>> {
    let (mut steps, mut overflow, mut index) = (Vec::new(), Overflow::Wrap, 2);
    while index < call.argv.len() {
        let left = call.argv.len() - index - 1;
        if call.arg_is(index, "OVERFLOW") && left >= 1 {
            overflow = match call.arg(index + 1).to_ascii_lowercase().as_slice() {
                b"wrap" => Overflow::Wrap,
                b"sat" => Overflow::Saturate,
                b"fail" => Overflow::Fail,
                _ => return call.fail("ERR Invalid OVERFLOW type specified"),
            };
            index += 2;
            continue;
        }
        let is_get = call.arg_is(index, "GET") && left >= 2;
        let is_set = call.arg_is(index, "SET") && left >= 3;
        let is_add = call.arg_is(index, "INCRBY") && left >= 3;
        if !is_get && !is_set && !is_add {
            return call.fail(SYNTAX_ERROR);
        }
        let Some((signed, width)) = field_type(call.arg(index + 1)) else {
            return call.fail(
                "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
            );
        };
        let offset = offset_arg(call, index + 2, u64::from(width))?;
        let action = match () {
            () if is_get => Action::Get,
            () if is_set => Action::Set(call.integer_arg(index + 3)?),
            () => Action::Add(call.integer_arg(index + 3)?),
        };
        steps.push(Step { signed, width, offset, action, overflow });
        index += if is_get { 3 } else { 4 };
    }
    if only_get && steps.iter().any(|step| step.action != Action::Get) {
        return call.fail("ERR BITFIELD_RO only supports the GET subcommand");
    }
    Some(steps)
}

/// `i` or `u` and the number of bits.
fn field_type(text: &Bytes) -> Option<(bool, u32)> {
    let (signed, width_max) = match text.first()? {
        b'i' => (true, 64),
        b'u' => (false, 63),
        _ => return None,
    };
    let width = parse_i64(&text[1..]).filter(|width| (1..=width_max).contains(width))?;
    Some((signed, width as u32))
}

impl Step {
    fn read(&self, text: &[u8]) -> i128 {
        let bits = self.offset..self.offset + u64::from(self.width);
        let value = bits.fold(0u64, |value, offset| value << 1 | u64::from(bit(text, offset)));
        self.of_bits(value)
    }

    fn write(&self, text: &mut [u8], value: i128) {
        for place in 0..self.width {
            let on = value >> (self.width - 1 - place) & 1 == 1;
            let offset = self.offset + u64::from(place);
            let mask = 0x80 >> (offset % 8);
            if let Some(byte) = text.get_mut((offset / 8) as usize) {
                *byte = if on { *byte | mask } else { *byte & !mask };
            }
        }
    }

    /// The number that the lowest bits of `value` mean.
    fn of_bits(&self, value: u64) -> i128 {
        let value = i128::from(value) & self.mask();
        if self.signed && value >> (self.width - 1) & 1 == 1 { value - (1 << self.width) } else { value }
    }

    fn mask(&self) -> i128 {
        (1 << self.width) - 1
    }

    /// A number to set: for a field without a sign, a negative one is a huge one.
    fn of_argument(&self, value: i64) -> i128 {
        if self.signed { i128::from(value) } else { i128::from(value as u64) }
    }

    /// The number as the field can hold it; `None` if it may not be changed to fit.
    fn fit(&self, value: i128) -> Option<i128> {
        let (min, max) = match self.signed {
            true => (-(1 << (self.width - 1)), (1 << (self.width - 1)) - 1),
            false => (0, self.mask()),
        };
        if (min..=max).contains(&value) {
            return Some(value);
        }
        match self.overflow {
            Overflow::Fail => None,
            Overflow::Saturate => Some(value.clamp(min, max)),
            Overflow::Wrap => Some(self.of_bits(value as u64)),
        }
    }
}
