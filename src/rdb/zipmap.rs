//! Zipmaps, the small hashes of Redis before 2.6. Only read.

use crate::base::Bytes;

const END: u8 = 0xff;
/// The length is in the four bytes that follow.
const LONG: u8 = 0xfe;

/// Shows every field and its value in turn; false if these bytes are no zipmap. Strings in `whole` are shared.
pub(super) fn for_each(whole: &Bytes, visit: &mut dyn FnMut(Bytes)) -> bool {
    read(whole, visit).is_some()
}

fn read(whole: &Bytes, visit: &mut dyn FnMut(Bytes)) -> Option<()> {
    // The first byte counts the fields, if they are few: nothing that must be believed.
    let mut at = 1;
    while *whole.get(at)? != END {
        let (field, len) = length(whole, at)?;
        let (value, value_len) = length(whole, field.checked_add(len)?)?;
        // One byte says how much room the value leaves unused behind it.
        let spare = usize::from(*whole.get(value)?);
        let value = value + 1;
        let next = value.checked_add(value_len)?.checked_add(spare)?;
        if next >= whole.len() {
            return None;
        }
        visit(whole.slice(field..field + len));
        visit(whole.slice(value..value + value_len));
        at = next;
    }
    // Redis takes one without fields for a broken one.
    (at > 1 && at + 1 == whole.len()).then_some(())
}

/// The length at `at`, behind the place where what it measures begins.
fn length(whole: &[u8], at: usize) -> Option<(usize, usize)> {
    match *whole.get(at)? {
        END => None,
        LONG => {
            let len = u32::from_le_bytes(*whole.get(at + 1..)?.first_chunk()?);
            Some((at + 5, len as usize))
        }
        len => Some((at + 1, usize::from(len))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(bytes: &[u8]) -> Option<Vec<Bytes>> {
        let mut words = Vec::new();
        for_each(&bytes.into(), &mut |word| words.push(word)).then_some(words)
    }

    #[test]
    fn fields_values_and_unused_room() {
        let bytes = b"\x02\x03foo\x03\x00bar\x05hello\xfe\x05\0\0\0\x02world--\xff";
        assert_eq!(unpack(bytes).unwrap(), ["foo", "bar", "hello", "world"].map(Bytes::from));
        for len in 0..bytes.len() {
            assert_eq!(unpack(&bytes[..len]), None);
        }
        assert_eq!(unpack(b"\0\xff"), None);
        assert_eq!(unpack(b"\x01\xfe\xff\xff\xff\xff\x01\0a\xff"), None);
    }
}
