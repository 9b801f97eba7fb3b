//! Union, intersection and difference of sorted sets; sets take part with the score 1.

use std::sync::Arc;

use super::super::call::{Access, Call, SYNTAX_ERROR, WRONG_TYPE};
use super::sets::store_as;
use crate::base::{Bytes, format_f64, parse_f64};
use crate::data::{Set, SortedSet, Value};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Union,
    Intersection,
    Difference,
}

/// What becomes of the scores that a member has in several sets.
#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

/// What is done with the result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Answer,
    Store,
    Count,
}

/// One of the sets that take part.
#[derive(Clone)]
enum Source {
    Missing,
    Set(Arc<Set>),
    Sorted(Arc<SortedSet>),
}

/// The arguments.
struct Request {
    sources: Vec<(Source, f64)>,
    aggregate: Aggregate,
    with_scores: bool,
    /// Of a count; 0 for none.
    limit: u64,
}

/// `ZUNION numkeys key ... [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]`
pub(super) fn zunion(call: &mut Call<'_>) {
    combine(call, Operation::Union, Purpose::Answer);
}

/// `ZINTER numkeys key ... [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX] [WITHSCORES]`
pub(super) fn zinter(call: &mut Call<'_>) {
    combine(call, Operation::Intersection, Purpose::Answer);
}

/// `ZDIFF numkeys key ... [WITHSCORES]`
pub(super) fn zdiff(call: &mut Call<'_>) {
    combine(call, Operation::Difference, Purpose::Answer);
}

/// `ZUNIONSTORE destination numkeys key ... [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX]`
pub(super) fn zunionstore(call: &mut Call<'_>) {
    combine(call, Operation::Union, Purpose::Store);
}

/// `ZINTERSTORE destination numkeys key ... [WEIGHTS weight ...] [AGGREGATE SUM | MIN | MAX]`
pub(super) fn zinterstore(call: &mut Call<'_>) {
    combine(call, Operation::Intersection, Purpose::Store);
}

/// ZDIFFSTORE destination numkeys key ...
pub(super) fn zdiffstore(call: &mut Call<'_>) {
    combine(call, Operation::Difference, Purpose::Store);
}

/// `ZINTERCARD numkeys key ... [LIMIT limit]`
pub(super) fn zintercard(call: &mut Call<'_>) {
    combine(call, Operation::Intersection, Purpose::Count);
}

fn combine(call: &mut Call<'_>, operation: Operation, purpose: Purpose) {
    let Some(mut request) = read_request(call, operation, purpose) else { return };
    if operation != Operation::Difference {
        // From the smallest to the largest: the order in which scores are added shows in their last digits.
        request.sources.sort_by_key(|(source, _)| source.len());
    }
    let mut set = match operation {
        Operation::Union => union(&request),
        Operation::Intersection => intersection(&request),
        Operation::Difference => difference(&request),
    };
    match purpose {
        Purpose::Store => {
            let len = set.len();
            set.pack();
            store_as(call, call.arg(1), set, len);
        }
        Purpose::Count => {
            let len = set.len() as u64;
            call.reply.integer(if request.limit > 0 { len.min(request.limit) } else { len } as i64);
        }
        Purpose::Answer => {
            match request.with_scores {
                true => call.reply.pairs(set.len()),
                false => call.reply.array(set.len()),
            }
            for (score, member) in set.iter() {
                if request.with_scores {
                    call.reply.pair();
                }
                call.reply.bulk(member);
                if request.with_scores {
                    call.reply.double(&format_f64(score));
                }
            }
        }
    }
}

/// Reads the keys and options; `None` after answering what is wrong.
fn read_request(call: &mut Call<'_>, operation: Operation, purpose: Purpose) -> Option<Request> {
    let count_at = if purpose == Purpose::Store { 2 } else { 1 };
    let keys = call.integer_arg(count_at)?;
    if keys < 1 {
        let name = String::from_utf8_lossy(call.arg(0)).to_lowercase();
        return call.fail(&format!("ERR at least 1 input key is needed for '{name}' command"));
    }
    if keys > (call.argv.len() - count_at - 1) as i64 {
        return call.fail(SYNTAX_ERROR);
    }
    let keys = keys as usize;
    let mut sources = Vec::with_capacity(keys);
    for key in &call.argv[count_at + 1..=count_at + keys] {
        sources.push((source(call, key)?, 1.0));
    }
    let mut request = Request { sources, aggregate: Aggregate::Sum, with_scores: false, limit: 0 };
    let mut index = count_at + 1 + keys;
    while index < call.argv.len() {
        index += option(call, &mut request, index, operation, purpose)?;
    }
    Some(request)
}

/// Reads the option at `index`; says how many words it has.
fn option(
    call: &mut Call<'_>,
    request: &mut Request,
    index: usize,
    operation: Operation,
    purpose: Purpose,
) -> Option<usize> {
    let left = call.argv.len() - index;
    let weighted = operation != Operation::Difference && purpose != Purpose::Count;
    if weighted && left > request.sources.len() && call.arg_is(index, "WEIGHTS") {
        for (at, (_, weight)) in request.sources.iter_mut().enumerate() {
            match parse_f64(call.arg(index + 1 + at)) {
                Some(number) => *weight = number,
                None => return call.fail("ERR weight value is not a float"),
            }
        }
        Some(1 + request.sources.len())
    } else if weighted && left >= 2 && call.arg_is(index, "AGGREGATE") {
        request.aggregate = match call.arg(index + 1).to_ascii_lowercase().as_slice() {
            b"sum" => Aggregate::Sum,
            b"min" => Aggregate::Min,
            b"max" => Aggregate::Max,
            _ => return call.fail(SYNTAX_ERROR),
        };
        Some(2)
    } else if purpose == Purpose::Answer && call.arg_is(index, "WITHSCORES") {
        request.with_scores = true;
        Some(1)
    } else if purpose == Purpose::Count && left >= 2 && call.arg_is(index, "LIMIT") {
        let text = "ERR LIMIT can't be negative";
        request.limit = call.bounded_arg(index + 1, 0, i64::MAX, Some(text))? as u64;
        Some(2)
    } else {
        call.fail(SYNTAX_ERROR)
    }
}

fn source(call: &mut Call<'_>, key: &Bytes) -> Option<Source> {
    match call.value(key, Access::Read) {
        None => Some(Source::Missing),
        Some(Value::Set(set)) => Some(Source::Set(set)),
        Some(Value::SortedSet(set)) => Some(Source::Sorted(set)),
        Some(_) => call.fail(WRONG_TYPE),
    }
}

impl Source {
    fn len(&self) -> usize {
        match self {
            Source::Missing => 0,
            Source::Set(set) => set.len(),
            Source::Sorted(set) => set.len(),
        }
    }

    fn score(&self, member: &[u8]) -> Option<f64> {
        match self {
            Source::Missing => None,
            Source::Set(set) => set.contains(member).then_some(1.0),
            Source::Sorted(set) => set.score(member),
        }
    }

    fn members(&self) -> Vec<(Bytes, f64)> {
        match self {
            Source::Missing => Vec::new(),
            Source::Set(set) => set.iter().map(|member| (member, 1.0)).collect(),
            Source::Sorted(set) => set.iter().map(|(score, member)| (member.clone(), score)).collect(),
        }
    }
}

impl Aggregate {
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Aggregate::Sum => number(a + b),
            Aggregate::Min if b < a => b,
            Aggregate::Max if b > a => b,
            Aggregate::Min | Aggregate::Max => a,
        }
    }
}

/// What is no number counts as 0: the sum of both infinities, or an infinity weighted with 0.
fn number(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// A result takes its scores as they are, without a listpack; where it is stored it may become one.
fn no_members() -> SortedSet {
    let mut result = SortedSet::new();
    result.unpack();
    result
}

fn gathered(members: impl Iterator<Item = (Bytes, f64)>) -> SortedSet {
    let mut result = no_members();
    members.for_each(|(member, score)| result.insert(member, score));
    result
}

fn union(request: &Request) -> SortedSet {
    let mut result = no_members();
    for (source, weight) in &request.sources {
        for (member, score) in source.members() {
            let score = number(score * weight);
            let all = result.score(&member).map_or(score, |before| request.aggregate.of(before, score));
            result.insert(member, all);
        }
    }
    result
}

fn intersection(request: &Request) -> SortedSet {
    let Some(((smallest, weight), others)) = request.sources.split_first() else { return no_members() };
    let shared = smallest.members().into_iter().filter_map(|(member, score)| {
        let mut all = number(score * weight);
        for (source, weight) in others {
            // What is no number here is one only to the sum.
            all = request.aggregate.of(all, source.score(&member)? * weight);
        }
        Some((member, all))
    });
    gathered(shared)
}

fn difference(request: &Request) -> SortedSet {
    let Some(((first, _), others)) = request.sources.split_first() else { return no_members() };
    let mut members = first.members();
    members.retain(|(member, _)| others.iter().all(|(source, _)| source.score(member).is_none()));
    gathered(members.into_iter())
}
