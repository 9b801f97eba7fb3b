//! Sets, hashes and sorted sets in snapshots, and lists as older versions wrote them (`docs/redis-replication.md` 17.4).

use super::listpack::Builder;
use super::reader::{Reader, corrupt};
use super::writer::Writer;
use super::{RdbError, kind, listpack, ziplist, zipmap};
use crate::base::{Bytes, format_f64, format_i64, parse_f64};
use crate::data::{Hash, List, Set, SortedSet, Value};

/// Bytes before the integers of a set: their width, their number.
const INTEGER_SET_HEADER: usize = 8;

/// Sets, hashes and sorted sets as they follow their key.
pub(super) fn write(writer: &mut Writer, value: &Value) {
    match value {
        Value::Set(set) => write_set(writer, set),
        Value::SortedSet(set) => write_sorted_set(writer, set),
        Value::Hash(hash) => write_hash(writer, hash),
        Value::Str(_) | Value::List(_) => {}
    }
}

/// The type that Redis writes for such a value.
pub(super) fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Set(set) if set.integers().is_some() => kind::SET_INTEGERS,
        Value::SortedSet(set) if set.is_packed() => kind::SORTED_SET_LISTPACK,
        Value::SortedSet(_) => kind::SORTED_SET_2,
        Value::Hash(hash) if hash.is_packed() => kind::HASH_LISTPACK,
        Value::Hash(_) => kind::HASH,
        _ => kind::SET,
    }
}

/// A set, hash, sorted set or older list whose type byte is at `at`.
pub(super) fn read(reader: &mut Reader<'_>, kind: u8, at: usize) -> Result<Value, RdbError> {
    let body_at = reader.at;
    let value: Option<Value> = match kind {
        kind::LIST => Some(list(strings(reader, 1)?)),
        kind::LIST_ZIPLIST => packed(reader, ziplist::for_each)?.map(list),
        kind::LIST_QUICKLIST => ziplists(reader)?.map(list),
        kind::SET => set(strings(reader, 1)?).map(Value::from),
        kind::SET_INTEGERS => read_integer_set(&reader.string()?).map(Value::from),
        kind::HASH => hash(strings(reader, 2)?).map(Value::from),
        kind::HASH_ZIPMAP => packed(reader, zipmap::for_each)?.and_then(hash).map(Value::from),
        kind::HASH_ZIPLIST => packed(reader, ziplist::for_each)?.and_then(hash).map(Value::from),
        kind::HASH_LISTPACK => packed(reader, listpack::for_each)?.and_then(hash).map(Value::from),
        kind::SORTED_SET | kind::SORTED_SET_2 => read_sorted_set(reader, kind)?.map(Value::from),
        kind::SORTED_SET_ZIPLIST => packed(reader, ziplist::for_each)?.and_then(sorted_set).map(Value::from),
        kind::SORTED_SET_LISTPACK => packed(reader, listpack::for_each)?.and_then(sorted_set).map(Value::from),
        kind => return Err(RdbError::Unsupported { at: at as u64, kind }),
    };
    value.ok_or(corrupt(body_at, broken(kind)))
}

/// What Redis says of such a value that is broken.
fn broken(kind: u8) -> &'static str {
    match kind {
        kind::LIST_ZIPLIST => "List ziplist integrity check failed.",
        kind::LIST_QUICKLIST => "Ziplist integrity check failed.",
        kind::SET_INTEGERS => "Intset integrity check failed.",
        kind::HASH_ZIPMAP => "Zipmap integrity check failed.",
        kind::HASH_ZIPLIST => "Hash ziplist integrity check failed.",
        kind::HASH_LISTPACK => "Hash listpack integrity check failed.",
        kind::SORTED_SET_ZIPLIST => "Zset ziplist integrity check failed.",
        kind::SORTED_SET_LISTPACK => "Zset listpack integrity check failed.",
        _ => "Members of a collection that cannot be",
    }
}

fn write_set(writer: &mut Writer, set: &Set) {
    if let Some(integers) = set.integers() {
        return writer.string(&integer_set(integers));
    }
    writer.length(set.len() as u64);
    set.iter().for_each(|member| writer.string(&member));
}

fn write_hash(writer: &mut Writer, hash: &Hash) {
    let mut listpack = Builder::new();
    if !hash.is_packed() {
        writer.length(hash.len() as u64);
    }
    for word in hash.iter().flat_map(|(field, value)| [field, value]) {
        match hash.is_packed() {
            true => listpack.push(word),
            false => writer.string(word),
        }
    }
    if hash.is_packed() {
        writer.string(&listpack.finish());
    }
}

fn write_sorted_set(writer: &mut Writer, set: &SortedSet) {
    if set.is_packed() {
        let mut listpack = Builder::new();
        for (score, member) in set.iter() {
            listpack.push(member);
            listpack.push(&score_text(score));
        }
        return writer.string(&listpack.finish());
    }
    writer.length(set.len() as u64);
    // The highest first: the reader then puts each one before all others.
    for (score, member) in set.iter().rev() {
        writer.string(member);
        writer.out.extend_from_slice(&score.to_le_bytes());
    }
}

/// A length, and that many groups of `each` strings.
fn strings(reader: &mut Reader<'_>, each: u64) -> Result<Vec<Bytes>, RdbError> {
    let mut strings = Vec::new();
    for _ in 0..reader.length()?.saturating_mul(each) {
        strings.push(reader.string()?);
    }
    Ok(strings)
}

/// The strings of a container; `None` if it is broken.
fn packed(
    reader: &mut Reader<'_>,
    for_each: fn(&Bytes, &mut dyn FnMut(Bytes)) -> bool,
) -> Result<Option<Vec<Bytes>>, RdbError> {
    let whole = reader.string()?;
    let mut strings = Vec::new();
    Ok(for_each(&whole, &mut |string| strings.push(string)).then_some(strings))
}

/// The strings of many containers; `None` if one of them is broken.
fn ziplists(reader: &mut Reader<'_>) -> Result<Option<Vec<Bytes>>, RdbError> {
    let mut strings = Vec::new();
    for _ in 0..reader.length()? {
        let Some(node) = packed(reader, ziplist::for_each)? else { return Ok(None) };
        strings.extend(node);
    }
    Ok(Some(strings))
}

fn list(items: Vec<Bytes>) -> Value {
    let mut list = List::new();
    items.into_iter().for_each(|item| list.push_back(item));
    list.into()
}

/// A sorted set that is not in a container; `None` if it has a member twice or a score that is none.
fn read_sorted_set(reader: &mut Reader<'_>, kind: u8) -> Result<Option<SortedSet>, RdbError> {
    let mut set = SortedSet::new();
    set.unpack();
    for _ in 0..reader.length()? {
        let member = reader.string()?;
        let score = match kind {
            kind::SORTED_SET_2 => f64::from_le_bytes(reader.array()?),
            _ => score_behind_length(reader)?,
        };
        if score.is_nan() || set.score(&member).is_some() {
            return Ok(None);
        }
        set.insert(member, score);
    }
    set.pack();
    Ok(Some(set))
}

/// A score as text behind its length, three lengths being scores themselves.
fn score_behind_length(reader: &mut Reader<'_>) -> Result<f64, RdbError> {
    Ok(match reader.byte()? {
        253 => f64::NAN,
        254 => f64::INFINITY,
        255 => f64::NEG_INFINITY,
        len => parse_f64(&reader.take(u64::from(len))?).unwrap_or(f64::NAN),
    })
}

/// The set of these members; `None` if one comes twice.
fn set(members: Vec<Bytes>) -> Option<Set> {
    let mut set = Set::new();
    members.into_iter().all(|member| set.insert(member)).then_some(set)
}

/// The hash of fields and values in turn; `None` if a field comes twice or without a value.
fn hash(words: Vec<Bytes>) -> Option<Hash> {
    let mut hash = Hash::new();
    let (pairs, rest) = words.as_chunks::<2>();
    let all_new = pairs.iter().all(|[field, value]| hash.insert(field.clone(), value.clone()));
    (all_new && rest.is_empty()).then_some(hash)
}

/// The sorted set of members and scores in turn; `None` if a member comes twice or a score is none.
fn sorted_set(words: Vec<Bytes>) -> Option<SortedSet> {
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
fn score_text(score: f64) -> Vec<u8> {
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
fn integer_set(integers: &[i64]) -> Vec<u8> {
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
fn read_integer_set(bytes: &[u8]) -> Option<Set> {
    let width = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    let len = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?) as usize;
    let body = &bytes[INTEGER_SET_HEADER..];
    if !matches!(width, 2 | 4 | 8) || body.len() != width.checked_mul(len)? {
        return None;
    }
    let (mut set, mut before) = (Set::new(), None);
    for integer in body.chunks_exact(width).map(listpack::signed) {
        if before.replace(integer).is_some_and(|before| before >= integer) {
            return None;
        }
        set.insert(listpack::decimal(integer));
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
