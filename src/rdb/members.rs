//! From the strings of a snapshot to collections, and how small ones are written (`docs/redis-replication.md` 17.4).

use crate::base::{Bytes, format_f64, format_i64, parse_f64};
use crate::data::{Hash, Set, SortedSet};

/// Bytes before the integers of a set: their width, their number.
const INTEGER_SET_HEADER: usize = 8;

/// The set of these members; `None` if one comes twice.
pub(super) fn set(members: Vec<Bytes>) -> Option<Set> {
    let mut set = Set::new();
    members.into_iter().all(|member| set.insert(member)).then_some(set)
}

/// The hash of fields and values in turn; `None` if a field comes twice or without a value.
pub(super) fn hash(words: Vec<Bytes>) -> Option<Hash> {
    let mut hash = Hash::new();
    let (pairs, rest) = words.as_chunks::<2>();
    let all_new = pairs.iter().all(|[field, value]| hash.insert(field.clone(), value.clone()));
    (all_new && rest.is_empty()).then_some(hash)
}

/// The sorted set of members and scores in turn; `None` if a member comes twice or a score is none.
pub(super) fn sorted_set(words: Vec<Bytes>) -> Option<SortedSet> {
    let mut set = SortedSet::new();
    let (pairs, rest) = words.as_chunks::<2>();
    for [member, score] in pairs {
        let score = parse_f64(score)?;
        if set.score(member).is_some() {
            return None;
        }
        set.insert(member.clone(), score);
    }
    rest.is_empty().then_some(set)
}

/// A score as a listpack holds it: an integer in full, anything else as short as C's `%.17g` makes it.
pub(super) fn score_text(score: f64) -> Vec<u8> {
    const INTEGER_MAX: f64 = (i64::MAX / 2) as f64;
    let is_integer = score.abs() < INTEGER_MAX && score == libm::trunc(score);
    if !is_integer || (score == 0.0 && score.is_sign_negative()) {
        return format_f64(score);
    }
    let mut text = Vec::new();
    format_i64(score as i64, &mut text);
    text
}

/// Integers in ascending order, all of the width that the widest one needs.
pub(super) fn integer_set(integers: &[i64]) -> Vec<u8> {
    let fits = |bits: u32| integers.iter().all(|integer| (-1i64 << bits..1i64 << bits).contains(integer));
    let width: usize = if fits(15) {
        2
    } else if fits(31) {
        4
    } else {
        8
    };
    let mut bytes = Vec::with_capacity(INTEGER_SET_HEADER + width * integers.len());
    bytes.extend_from_slice(&(width as u32).to_le_bytes());
    bytes.extend_from_slice(&(integers.len() as u32).to_le_bytes());
    integers.iter().for_each(|integer| bytes.extend_from_slice(&integer.to_le_bytes()[..width]));
    bytes
}

/// Reads what [`integer_set`] writes.
pub(super) fn read_integer_set(bytes: &[u8]) -> Option<Set> {
    let width = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    let len = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?) as usize;
    let body = &bytes[INTEGER_SET_HEADER..];
    if !matches!(width, 2 | 4 | 8) || body.len() != width.checked_mul(len)? {
        return None;
    }
    let (mut set, mut before) = (Set::new(), None);
    for integer in body.chunks_exact(width).map(super::listpack::signed) {
        if before.replace(integer).is_some_and(|before| before >= integer) {
            return None;
        }
        set.insert(super::listpack::decimal(integer));
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_sets_of_every_width() {
        for integers in [&[-3, 7][..], &[-0x8001, 5], &[0, 0x8000_0000], &[i64::MIN, 0, i64::MAX]] {
            let bytes = integer_set(integers);
            assert_eq!(read_integer_set(&bytes).unwrap().integers(), Some(integers));
            for len in 0..bytes.len() {
                assert!(read_integer_set(&bytes[..len]).is_none());
            }
        }
        assert_eq!(integer_set(&[1, 300]), [2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0x2c, 1]);
        assert!(read_integer_set(&[2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0]).is_none(), "the same twice");
    }

    #[test]
    fn scores_are_written_as_integers_while_they_are() {
        for (score, text) in
            [(1e17, "100000000000000000"), (0.5, "0.5"), (-0.0, "-0"), (1e300, "1.0000000000000001e+300")]
        {
            assert_eq!(String::from_utf8_lossy(&score_text(score)), text);
        }
    }
}
