//! SORT and SORT_RO.

use std::cmp::Ordering;

use super::super::before_nul;
use super::super::call::{Access, Call, SYNTAX_ERROR, WRONG_TYPE};
use super::sets::store_as;
use crate::base::{Bytes, parse_f64_as_c};
use crate::data::{List, SortedSet, Value};

/// The arguments.
#[derive(Default)]
struct Options<'a> {
    by: Option<&'a Bytes>,
    /// Patterns of what to answer in place of each element.
    get: Vec<&'a Bytes>,
    limit: Option<(i64, i64)>,
    descending: bool,
    alphabetical: bool,
    store: Option<&'a Bytes>,
    /// BY a pattern that names one key for all: the order stays as it is.
    unsorted: bool,
}

/// What an element is ordered by.
enum Weight {
    Number(f64),
    Text(Option<Bytes>),
}

/// `SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] [STORE destination]`
pub(super) fn sort(call: &mut Call<'_>) {
    run(call, false);
}

/// `SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA]`
pub(super) fn sort_ro(call: &mut Call<'_>) {
    run(call, true);
}

fn run(call: &mut Call<'_>, only_read: bool) {
    let Some(mut options) = read_options(call, only_read) else { return };
    let Some((mut elements, is_set)) = elements(call, options.descending && options.unsorted) else { return };
    if options.unsorted && is_set && options.store.is_some() {
        // Replicas keep another order of their own.
        (options.unsorted, options.alphabetical, options.by) = (false, true, None);
    }
    if !options.unsorted {
        let Some(sorted) = sorted(call, &options, elements) else {
            return call.reply.error("ERR One or more scores can't be converted into double");
        };
        elements = sorted;
    }
    let elements = limited(elements, options.limit);
    let mut output: Vec<Option<Bytes>> = Vec::new();
    for element in elements {
        if options.get.is_empty() {
            output.push(Some(element));
            continue;
        }
        for pattern in &options.get {
            output.push(lookup(call, pattern, &element));
        }
    }
    match options.store {
        Some(key) => {
            let len = output.len();
            let list: List = output.into_iter().map(Option::unwrap_or_default).collect();
            store_as(call, key, list, len);
            // Redis counts each stored element as a change.
            call.effects.dirty += len.saturating_sub(1) as u64;
        }
        None => {
            call.reply.array(output.len());
            for word in &output {
                match word {
                    Some(word) => call.reply.bulk(word),
                    None => call.reply.null(),
                }
            }
        }
    }
}

fn read_options<'a>(call: &mut Call<'a>, only_read: bool) -> Option<Options<'a>> {
    let (mut options, mut index) = (Options::default(), 2);
    while index < call.argv.len() {
        let left = call.argv.len() - index - 1;
        if call.arg_is(index, "ASC") {
            options.descending = false;
        } else if call.arg_is(index, "DESC") {
            options.descending = true;
        } else if call.arg_is(index, "ALPHA") {
            options.alphabetical = true;
        } else if call.arg_is(index, "LIMIT") && left >= 2 {
            options.limit = Some((call.integer_arg(index + 1)?, call.integer_arg(index + 2)?));
            index += 2;
        } else if call.arg_is(index, "STORE") && left >= 1 && !only_read {
            index += 1;
            options.store = Some(call.arg(index));
        } else if call.arg_is(index, "BY") && left >= 1 {
            index += 1;
            let pattern = call.arg(index);
            options.by = Some(pattern);
            options.unsorted |= !pattern.contains(&b'*');
        } else if call.arg_is(index, "GET") && left >= 1 {
            index += 1;
            options.get.push(call.arg(index));
        } else {
            return call.fail(SYNTAX_ERROR);
        }
        index += 1;
    }
    Some(options)
}

/// The elements of the key, none without it, and whether it is a set. `None` after answering that it holds another type.
fn elements(call: &mut Call<'_>, backwards: bool) -> Option<(Vec<Bytes>, bool)> {
    let Some(value) = call.value(call.arg(1), Access::Read) else { return Some((Vec::new(), false)) };
    let (mut elements, is_set): (Vec<Bytes>, bool) = match value {
        Value::List(list) => (list.iter().cloned().collect(), false),
        Value::Set(set) => (set.iter().collect(), true),
        Value::SortedSet(set) => {
            let members = set.iter().map(|(_, member)| member.clone()).collect();
            drop(set);
            // Redis does not leave it in a listpack.
            let unpack = |set: &mut SortedSet| {
                set.unpack();
                0
            };
            call.keyspace.edit_counted(call.db, call.arg(1), unpack);
            (members, false)
        }
        _ => return call.fail(WRONG_TYPE),
    };
    if backwards && !is_set {
        elements.reverse();
    }
    Some((elements, is_set))
}

/// The elements in order; `None` if one that has to be a number is none.
fn sorted(call: &mut Call<'_>, options: &Options<'_>, elements: Vec<Bytes>) -> Option<Vec<Bytes>> {
    let mut weighted = Vec::with_capacity(elements.len());
    for element in elements {
        let text = match options.by {
            Some(pattern) => lookup(call, pattern, &element),
            None => Some(element.clone()),
        };
        let weight = match (options.alphabetical, text) {
            (true, text) => Weight::Text(text),
            (false, None) => Weight::Number(0.0),
            (false, Some(text)) => Weight::Number(number(&text)?),
        };
        weighted.push((weight, element));
    }
    weighted.sort_by(|(a_weight, a), (b_weight, b)| {
        let order = match (a_weight, b_weight) {
            (Weight::Number(x), Weight::Number(y)) => {
                x.partial_cmp(y).unwrap_or(Ordering::Equal).then_with(|| a.cmp(b))
            }
            (Weight::Text(x), Weight::Text(y)) if options.store.is_some() => x.cmp(y),
            // Where only the order is shown, Redis compares as C does.
            (Weight::Text(x), Weight::Text(y)) => x.as_deref().map(before_nul).cmp(&y.as_deref().map(before_nul)),
            _ => Ordering::Equal,
        };
        if options.descending { order.reverse() } else { order }
    });
    Some(weighted.into_iter().map(|(_, element)| element).collect())
}

/// A number as C reads it; one that is too large or cannot be held exactly because it is so small is none.
fn number(text: &[u8]) -> Option<f64> {
    let is_named = || text.to_ascii_lowercase().windows(3).any(|name| name == b"inf");
    parse_f64_as_c(text).filter(|value| !value.is_subnormal() && (value.is_finite() || is_named()))
}

fn limited(elements: Vec<Bytes>, limit: Option<(i64, i64)>) -> Vec<Bytes> {
    let Some((skip, count)) = limit else { return elements };
    let skip = usize::try_from(skip).unwrap_or(0);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    elements.into_iter().skip(skip).take(count).collect()
}

/// What a pattern means for an element: the element itself for `#`, otherwise the string of the key that the pattern with
/// the element for its `*` names, or a field of the hash, behind `->`.
fn lookup(call: &mut Call<'_>, pattern: &Bytes, element: &Bytes) -> Option<Bytes> {
    if pattern.as_slice() == b"#" {
        return Some(element.clone());
    }
    let star = pattern.iter().position(|&byte| byte == b'*')?;
    let behind = &pattern[star + 1..];
    let arrow = behind.windows(2).position(|pair| pair == b"->").filter(|at| at + 2 < behind.len());
    let (rest, field) = match arrow {
        Some(at) => (&behind[..at], Some(&behind[at + 2..])),
        None => (behind, None),
    };
    let key = [&pattern[..star], element, rest].concat();
    match (call.value(&key, Access::Read)?, field) {
        (Value::Str(text), None) => Some(text),
        (Value::Hash(hash), Some(field)) => hash.get(field).cloned(),
        _ => None,
    }
}
