//! Listpacks, the containers of small elements (`docs/redis-replication.md` 17.4).

use crate::base::{Bytes, format_i64, parse_i64};

/// Bytes before the elements: total length and number of elements.
const HEADER: usize = 6;
/// Last byte.
const END: u8 = 0xff;
/// The number of elements does not fit and has to be counted.
const COUNT_UNKNOWN: u16 = u16::MAX;

/// A listpack that grows.
pub(super) struct Builder {
    bytes: Vec<u8>,
    count: usize,
}

impl Builder {
    pub(super) fn new() -> Builder {
        Builder { bytes: vec![0; HEADER], count: 0 }
    }

    /// Whether there are no elements.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of the whole with its end.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + 1
    }

    /// Adds an element; the canonical text of an integer is kept as a number.
    pub(super) fn push(&mut self, element: &[u8]) {
        let start = self.bytes.len();
        match parse_i64(element) {
            Some(value) => self.push_integer(value),
            None => self.push_string(element),
        }
        self.bytes.extend(back_length(self.bytes.len() - start));
        self.count += 1;
    }

    /// The complete listpack.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(END);
        let total = self.bytes.len() as u32;
        let count = u16::try_from(self.count).unwrap_or(COUNT_UNKNOWN);
        self.bytes[..4].copy_from_slice(&total.to_le_bytes());
        self.bytes[4..HEADER].copy_from_slice(&count.to_le_bytes());
        self.bytes
    }

    fn push_integer(&mut self, value: i64) {
        let bytes = value.to_le_bytes();
        let (kind, width) = match value {
            0..=127 => return self.bytes.push(value as u8),
            -4096..=4095 => {
                let bits = value as u16 & 0x1fff;
                return self.bytes.extend_from_slice(&[0xc0 | (bits >> 8) as u8, bits as u8]);
            }
            -0x8000..=0x7fff => (0xf1, 2),
            -0x80_0000..=0x7f_ffff => (0xf2, 3),
            -0x8000_0000..=0x7fff_ffff => (0xf3, 4),
            _ => (0xf4, 8),
        };
        self.bytes.push(kind);
        self.bytes.extend_from_slice(&bytes[..width]);
    }

    fn push_string(&mut self, text: &[u8]) {
        match text.len() {
            len @ 0..64 => self.bytes.push(0x80 | len as u8),
            len @ 64..4096 => self.bytes.extend_from_slice(&[0xe0 | (len >> 8) as u8, len as u8]),
            len => {
                self.bytes.push(0xf0);
                self.bytes.extend_from_slice(&(len as u32).to_le_bytes());
            }
        }
        self.bytes.extend_from_slice(text);
    }
}

/// The length of an element so that it can be read backwards: groups of seven bits, the highest first, all but the first
/// marked.
fn back_length(len: usize) -> impl Iterator<Item = u8> {
    let groups = back_length_width(len);
    (0..groups).rev().map(move |group| {
        let bits = (len >> (7 * group)) as u8 & 0x7f;
        let mark = if group + 1 == groups { 0 } else { 0x80 };
        mark | bits
    })
}

fn back_length_width(len: usize) -> usize {
    (1..5).find(|groups| len >> (7 * groups) == 0).unwrap_or(5)
}

/// Shows every element in order; false if these bytes are no listpack. Elements in `whole` are shared.
pub(super) fn for_each(whole: &Bytes, visit: &mut dyn FnMut(Bytes)) -> bool {
    read(whole, visit).is_some()
}

fn read(whole: &Bytes, visit: &mut dyn FnMut(Bytes)) -> Option<()> {
    let (total, after) = whole.split_first_chunk::<4>()?;
    let (count, _) = after.split_first_chunk::<2>()?;
    if u32::from_le_bytes(*total) as usize != whole.len() || whole.len() <= HEADER || whole.last() != Some(&END) {
        return None;
    }
    let end = whole.len() - 1;
    let (mut at, mut seen) = (HEADER, 0usize);
    while at < end {
        let (data, len, text) = element(&whole[at..end])?;
        let element_end = at + data + len;
        let next = element_end + back_length_width(data + len);
        if next > end || !back_length(data + len).eq(whole[element_end..next].iter().copied()) {
            return None;
        }
        visit(match text {
            Some(text) => text,
            None => whole.slice(at + data..element_end),
        });
        at = next;
        seen += 1;
    }
    let count = u16::from_le_bytes(*count);
    (count == COUNT_UNKNOWN || usize::from(count) == seen).then_some(())
}

/// The first element: where its data begins and how long it is; the decimal text of a number, `None` for a string.
fn element(bytes: &[u8]) -> Option<(usize, usize, Option<Bytes>)> {
    let (&first, rest) = bytes.split_first()?;
    let number = |width: usize, value: i64| Some((1, width, Some(decimal(value))));
    let string = |header: usize, len: usize| (len <= bytes.len() - header).then_some((header, len, None));
    match first {
        0..=0x7f => number(0, i64::from(first)),
        0x80..=0xbf => string(1, usize::from(first & 0x3f)),
        0xc0..=0xdf => {
            let bits = i64::from(first & 0x1f) << 8 | i64::from(*rest.first()?);
            number(1, if bits >= 1 << 12 { bits - (1 << 13) } else { bits })
        }
        0xe0..=0xef => string(2, usize::from(first & 0x0f) << 8 | usize::from(*rest.first()?)),
        0xf0 => string(5, usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?),
        0xf1 => number(2, signed(rest.get(..2)?)),
        0xf2 => number(3, signed(rest.get(..3)?)),
        0xf3 => number(4, signed(rest.get(..4)?)),
        0xf4 => number(8, signed(rest.get(..8)?)),
        _ => None,
    }
}

/// A little-endian number with a sign, of 1 to 8 bytes.
pub(super) fn signed(bytes: &[u8]) -> i64 {
    let mut wide = [0; 8];
    wide[8 - bytes.len()..].copy_from_slice(bytes);
    i64::from_le_bytes(wide) >> (8 * (8 - bytes.len()))
}

/// The decimal text of a number.
pub(super) fn decimal(value: i64) -> Bytes {
    let mut text = Vec::new();
    format_i64(value, &mut text);
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(elements: &[&[u8]]) -> Vec<u8> {
        let mut builder = Builder::new();
        elements.iter().for_each(|element| builder.push(element));
        let len = builder.len();
        let bytes = builder.finish();
        assert_eq!(bytes.len(), len);
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Vec<Bytes>> {
        let mut elements = Vec::new();
        for_each(&bytes.into(), &mut |element| elements.push(element)).then_some(elements)
    }

    #[test]
    fn samples_of_the_specification() {
        assert_eq!(pack(&[b"a", b"b"]), [13, 0, 0, 0, 2, 0, 0x81, 0x61, 2, 0x81, 0x62, 2, 0xff]);
        assert_eq!(pack(&[b"1", b"2", b"300"]), [14, 0, 0, 0, 3, 0, 1, 1, 2, 1, 0xc1, 0x2c, 2, 0xff]);
    }

    #[test]
    fn numbers_and_strings_of_every_width_come_back() {
        let mut elements: Vec<Vec<u8>> = Vec::new();
        for bits in 0..64 {
            for value in [i64::MAX >> bits, i64::MIN >> bits] {
                elements.push(value.to_string().into_bytes());
            }
        }
        for len in [0, 1, 63, 64, 125, 126, 127, 4095, 4096, 16_380, 16_384, 100_000] {
            elements.push(vec![b'x'; len]);
        }
        elements.push(b"007".to_vec());
        let elements: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
        let back = unpack(&pack(&elements)).unwrap();
        assert!(back.iter().map(Bytes::as_slice).eq(elements));
    }

    #[test]
    fn nonsense_is_refused() {
        let good = pack(&[b"abc", b"1", b"1000"]);
        for len in 0..good.len() {
            assert_eq!(unpack(&good[..len]), None);
        }
        for (at, byte) in [(0, 9), (4, 1), (6, 0xbf), (6, 0xf5), (6, 0xf0), (10, 3), (13, 0xf4)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(unpack(&bad), None, "{at} {byte}");
        }
        assert_eq!(unpack(&[7, 0, 0, 0, 0, 0, 0xff]), Some(Vec::new()));
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(mut bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 7..60)) {
            let total = bytes.len() as u32;
            bytes[..4].copy_from_slice(&total.to_le_bytes());
            bytes[4..6].copy_from_slice(&[0xff, 0xff]);
            bytes[total as usize - 1] = END;
            unpack(&bytes);
        }
    }
}
