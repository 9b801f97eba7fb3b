//! LZF, the compression of strings in snapshots: runs of literal bytes, and references to what came before
//! (`docs/redis-replication.md` 17.2).

/// Longest run of literal bytes.
const LITERALS_MAX: usize = 32;
/// Farthest reference.
const DISTANCE_MAX: usize = 1 << 13;
/// Shortest and longest reference.
const MATCH_MIN: usize = 3;
const MATCH_MAX: usize = 264;
/// Most bytes that one byte of input can become, for a limit before anything is allocated: three bytes of input make at
/// most `MATCH_MAX`.
const EXPANSION_MAX: usize = MATCH_MAX / 3;

/// Bytes of a long enough match that may reach into the last two bytes of the input.
const UNCHECKED: usize = 18;
/// Slots for places, by the hash of three bytes.
const SLOTS: usize = 1 << 16;

/// Finds earlier occurrences of three bytes. One for all strings of a snapshot: it is not cleared in between.
#[derive(Default)]
pub(super) struct Compressor {
    /// By hash of three bytes: `base` of the string plus place in it plus 1. Smaller numbers are of earlier strings.
    seen: Vec<u32>,
    base: u32,
}

impl Compressor {
    /// Appends the compressed form of `input` to `out` if it has at most `max` bytes; says whether it did. It gives up a
    /// few bytes too early, exactly where Redis does.
    pub(super) fn compress(&mut self, input: &[u8], max: usize, out: &mut Vec<u8>) -> bool {
        let Ok(len) = u32::try_from(input.len()) else { return false };
        if self.seen.is_empty() || self.base.checked_add(len).is_none_or(|end| end == u32::MAX) {
            self.seen = vec![0; SLOTS];
            self.base = 0;
        }
        let start = out.len();
        let done = self.run(input, start + max, out);
        if !done {
            out.truncate(start);
        }
        self.base += len;
        done
    }

    fn run(&mut self, input: &[u8], end: usize, out: &mut Vec<u8>) -> bool {
        let base = self.base;
        let Ok(seen) = <&mut [u32; SLOTS]>::try_from(&mut self.seen[..]) else { return false };
        // Where the literals begin that are not written yet, never more than a run of them. Each run begins with a control
        // byte, which counts as written from its beginning on.
        let mut from = 0;
        let mut at = 0;
        while let Some(&three) = input[at..].first_chunk() {
            let written = out.len() + 1 + at - from;
            match earlier(seen, base, input, three, at) {
                Some(earlier) => {
                    if written - usize::from(at == from) + 4 >= end {
                        return false;
                    }
                    write_literals(out, &input[from..at]);
                    let length = match_length(input, earlier, at);
                    write_match(out, at - earlier - 1, length);
                    at += length;
                    from = at;
                    if at + 2 < input.len() {
                        // Of the bytes referred to, only the last places are remembered.
                        for last in [at - 2, at - 1] {
                            remember(seen, base, [input[last], input[last + 1], input[last + 2]], last);
                        }
                    }
                }
                None => {
                    if written >= end {
                        return false;
                    }
                    at += 1;
                    if at - from == LITERALS_MAX {
                        write_literals(out, &input[from..at]);
                        from = at;
                    }
                }
            }
        }
        if out.len() + 1 + at - from + 3 > end {
            return false;
        }
        input[from..].chunks(LITERALS_MAX).for_each(|run| write_literals(out, run));
        true
    }
}

/// The last remembered place with the same three bytes, if it is near enough; remembers `at` instead. The very first
/// place is never referred to.
fn earlier(seen: &mut [u32; SLOTS], base: u32, input: &[u8], three: [u8; MATCH_MIN], at: usize) -> Option<usize> {
    let earlier = remember(seen, base, three, at).checked_sub(base + 1)? as usize;
    let near = earlier > 0 && at - earlier <= DISTANCE_MAX;
    (near && input[earlier..].starts_with(&three)).then_some(earlier)
}

/// Remembers where three bytes are; returns what was remembered in their slot.
fn remember(seen: &mut [u32; SLOTS], base: u32, [a, b, c]: [u8; MATCH_MIN], at: usize) -> u32 {
    // Two triples in one slot hide each other: with another hash than Redis has, other matches would be found.
    let bytes = u32::from_be_bytes([0, a, b, c]);
    let slot = (bytes >> 8).wrapping_sub(bytes.wrapping_mul(5)) as usize % SLOTS;
    core::mem::replace(&mut seen[slot], base + at as u32 + 1)
}

/// How far the bytes agree, at least `MATCH_MIN`. The last two bytes of the input are meant to stay literals; Redis looks at
/// the first [`UNCHECKED`] bytes without asking for that, and so does this.
fn match_length(input: &[u8], earlier: usize, at: usize) -> usize {
    let max = (input.len() - at - 2).min(MATCH_MAX);
    let equal = input[earlier..].iter().zip(&input[at..]).take(max + 2).take_while(|(a, b)| a == b).count();
    match equal {
        _ if max <= UNCHECKED - 2 => equal.min(max).max(MATCH_MIN),
        0..=UNCHECKED => equal,
        _ => equal.min(max).max(UNCHECKED + 1),
    }
}

fn write_match(out: &mut Vec<u8>, offset: usize, length: usize) {
    let (high, low) = ((offset >> 8) as u8, offset as u8);
    match length - 2 {
        short @ 0..7 => out.extend_from_slice(&[(short as u8) << 5 | high, low]),
        long => out.extend_from_slice(&[7 << 5 | high, (long - 7) as u8, low]),
    }
}

/// A run of literals and its control byte; nothing if there are none.
fn write_literals(out: &mut Vec<u8>, run: &[u8]) {
    if !run.is_empty() {
        out.push((run.len() - 1) as u8);
        out.extend_from_slice(run);
    }
}

/// Decompresses to exactly `len` bytes; `None` if `input` does not make that many.
pub(super) fn decompress(input: &[u8], len: usize) -> Option<Vec<u8>> {
    if len > input.len().checked_mul(EXPANSION_MAX)? {
        return None;
    }
    let mut out = Vec::with_capacity(len);
    let mut rest = input;
    while let [control, after @ ..] = rest {
        let control = usize::from(*control);
        if control < LITERALS_MAX {
            let (literals, after) = after.split_at_checked(control + 1)?;
            out.extend_from_slice(literals);
            rest = after;
        } else {
            let (longer, after) = if control >> 5 == 7 { after.split_first()? } else { (&0, after) };
            let (low, after) = after.split_first()?;
            let length = (control >> 5) + usize::from(*longer) + 2;
            let distance = ((control & 31) << 8 | usize::from(*low)) + 1;
            let from = out.len().checked_sub(distance)?;
            copy_within(&mut out, from, length);
            rest = after;
        }
        if out.len() > len {
            return None;
        }
    }
    (out.len() == len).then_some(out)
}

/// Appends `length` bytes from `from` on, which may overlap with what is appended.
fn copy_within(out: &mut Vec<u8>, from: usize, length: usize) {
    if from + length <= out.len() {
        return out.extend_from_within(from..from + length);
    }
    for at in from..from + length {
        out.push(out[at]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compress(input: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        Compressor::default().compress(input, input.len().saturating_sub(4), &mut out).then_some(out)
    }

    #[test]
    fn the_sample_of_the_specification() {
        let sample = [1, 0x61, 0x61, 0xe0, 0x33, 0, 1, 0x61, 0x61];
        assert_eq!(compress(&[b'a'; 64]).as_deref(), Some(&sample[..]));
        assert_eq!(decompress(&sample, 64).as_deref(), Some(&[b'a'; 64][..]));
    }

    #[test]
    fn a_long_match_may_reach_the_end() {
        let input = b"\x2f\xe8\xa2\x22\x2e".repeat(5);
        let seen_in_redis = [5, 0x2f, 0xe8, 0xa2, 0x22, 0x2e, 0x2f, 0xe0, 0x0a, 4];
        assert_eq!(compress(&input).as_deref(), Some(&seen_in_redis[..]));
        assert_eq!(decompress(&seen_in_redis, 25), Some(input));
    }

    #[test]
    fn nonsense_is_refused() {
        let cases: [(&[u8], usize); 7] = [
            (&[5, 1], 6),
            (&[0x20], 3),
            (&[0x20, 0], 3),
            (&[0xe0, 1], 10),
            (&[0, b'a', 0x20, 1], 4),
            (&[0, b'a'], 2),
            (&[0, b'a'], usize::MAX),
        ];
        for (input, len) in cases {
            assert_eq!(decompress(input, len), None, "{input:?}");
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    mod properties {
        use super::*;
        use proptest::collection::vec;
        use proptest::prelude::*;

        proptest! {
            #[test]
            fn what_was_compressed_comes_back(words in vec(vec(0u8..4, 1..40), 1..60), repeat in 1usize..4) {
                let input = words.concat().repeat(repeat);
                let mut compressor = Compressor::default();
                let mut out = b"before".to_vec();
                for _ in 0..2 {
                    out.truncate(6);
                    if compressor.compress(&input, input.len().saturating_sub(4), &mut out) {
                        prop_assert!(out.len() - 6 <= input.len() - 4);
                        prop_assert_eq!(decompress(&out[6..], input.len()), Some(input.clone()));
                    } else {
                        prop_assert_eq!(out.len(), 6);
                    }
                }
            }

            #[test]
            fn random_bytes_never_panic(input in vec(any::<u8>(), 0..60), len in 0usize..3000) {
                if let Some(out) = decompress(&input, len) {
                    prop_assert_eq!(out.len(), len);
                }
            }
        }
    }
}
