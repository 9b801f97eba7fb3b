//! Ziplists, the containers of small elements before listpacks. Only read (`docs/redis-replication.md` 17.4).

use super::listpack::{decimal, signed};
use crate::base::Bytes;

/// Bytes before the entries: total length, offset of the last entry, number of entries.
const HEADER: usize = 10;
const END: u8 = 0xff;
/// The length of the entry before is in the four bytes that follow.
const LONG: u8 = 0xfe;
/// The number of entries does not fit and has to be counted.
const COUNT_UNKNOWN: u16 = u16::MAX;

/// Shows every entry in order; false if these bytes are no ziplist. Strings in `whole` are shared.
pub(super) fn for_each(whole: &Bytes, visit: &mut dyn FnMut(Bytes)) -> bool {
    read(whole, visit).is_some()
}

fn read(whole: &Bytes, visit: &mut dyn FnMut(Bytes)) -> Option<()> {
    let total = u32::from_le_bytes(*whole.first_chunk()?);
    if total as usize != whole.len() || whole.len() <= HEADER || whole.last() != Some(&END) {
        return None;
    }
    let end = whole.len() - 1;
    let (mut at, mut seen, mut last) = (HEADER, 0usize, HEADER);
    while at < end {
        // The length of the entry before: one byte, or five.
        let before = match whole[at] {
            LONG => u32::from_le_bytes(*whole.get(at + 1..)?.first_chunk()?) as usize,
            len => usize::from(len),
        };
        if before != at - last {
            return None;
        }
        last = at;
        at += if whole[at] == LONG { 5 } else { 1 };
        let (data, len, text) = entry(whole.get(at..end)?)?;
        visit(match text {
            Some(text) => text,
            None => whole.slice(at + data..at + data + len),
        });
        at += data + len;
        seen += 1;
    }
    let (tail, count) = (u32::from_le_bytes(*whole[4..].first_chunk()?), u16::from_le_bytes([whole[8], whole[9]]));
    if tail as usize != last {
        return None;
    }
    (count == COUNT_UNKNOWN || usize::from(count) == seen).then_some(())
}

/// The entry behind the length of the one before: where its data begins and how long it is; the decimal text of a number,
/// `None` for a string.
fn entry(bytes: &[u8]) -> Option<(usize, usize, Option<Bytes>)> {
    let (&first, rest) = bytes.split_first()?;
    let number = |width: usize| rest.get(..width).map(|data| (1, width, Some(decimal(signed(data)))));
    let string = |header: usize, len: usize| (len <= bytes.len() - header).then_some((header, len, None));
    match first {
        0..=0x3f => string(1, usize::from(first)),
        0x40..=0x7f => string(2, usize::from(first & 0x3f) << 8 | usize::from(*rest.first()?)),
        0x80 => string(5, usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?),
        0xc0 => number(2),
        0xd0 => number(4),
        0xe0 => number(8),
        0xf0 => number(3),
        0xfe => number(1),
        0xf1..=0xfd => Some((1, 0, Some(decimal(i64::from(first & 0x0f) - 1)))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(bytes: &[u8]) -> Option<Vec<Bytes>> {
        let mut entries = Vec::new();
        for_each(&bytes.into(), &mut |entry| entries.push(entry)).then_some(entries)
    }

    /// A ziplist of entries that are given without the length of the one before.
    fn ziplist(entries: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER];
        let (mut before, mut last) = (0usize, HEADER);
        for entry in entries {
            let start = bytes.len();
            last = start;
            if before < 254 {
                bytes.push(before as u8);
            } else {
                bytes.push(0xfe);
                bytes.extend_from_slice(&(before as u32).to_le_bytes());
            }
            bytes.extend_from_slice(entry);
            before = bytes.len() - start;
        }
        bytes.push(END);
        let total = bytes.len() as u32;
        bytes[..4].copy_from_slice(&total.to_le_bytes());
        bytes[4..8].copy_from_slice(&(last as u32).to_le_bytes());
        bytes[8..10].copy_from_slice(&(entries.len() as u16).to_le_bytes());
        bytes
    }

    #[test]
    fn entries_of_every_form() {
        let long = [&[0x41, 0x2c][..], &[b'x'; 300]].concat();
        let bytes = ziplist(&[
            b"\x03abc",
            &long,
            b"\x80\0\0\0\x02yz",
            b"\xc0\x2c\x01",
            b"\xd0\xff\xff\xff\xff",
            b"\xe0\0\0\0\0\0\0\0\x80",
            b"\xf0\x00\x00\x80",
            b"\xfe\xf6",
            b"\xf1",
            b"\xfd",
        ]);
        let text: Vec<String> = unpack(&bytes).unwrap().iter().map(|e| String::from_utf8_lossy(e).into()).collect();
        let expected =
            ["abc", &"x".repeat(300), "yz", "300", "-1", "-9223372036854775808", "-8388608", "-10", "0", "12"];
        assert_eq!(text, expected);
    }

    #[test]
    fn nonsense_is_refused() {
        let good = ziplist(&[b"\x03abc", b"\xc0\x2c\x01"]);
        for len in 0..good.len() {
            assert_eq!(unpack(&good[..len]), None);
        }
        for (at, byte) in [(0, 9), (4, 10), (8, 1), (10, 1), (11, 0x3f), (11, 0x90), (15, 4), (15, 0xfe), (16, 0xe0)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(unpack(&bad), None, "{at} {byte}");
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 11..60)) {
            let total = bytes.len() as u32;
            bytes[..4].copy_from_slice(&total.to_le_bytes());
            bytes[8..10].copy_from_slice(&[0xff, 0xff]);
            bytes[total as usize - 1] = END;
            unpack(&bytes);
        }
    }
}
