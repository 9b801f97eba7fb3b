//! The usual sorted set commands; ZRANGE is in `ranges`, the others in `server`.

use super::call::{Access, Call, SYNTAX_ERROR};
use crate::base::{Bytes, format_f64, parse_f64};
use crate::data::SortedSet;

pub(super) const NOT_A_FLOAT: &str = "ERR value is not a valid float";

/// The options of ZADD.
#[derive(Clone, Copy, Default)]
struct Options {
    only_new: bool,
    only_known: bool,
    only_greater: bool,
    only_less: bool,
    /// CH: answer what has changed, not only what is new.
    count_changed: bool,
    increment: bool,
}

/// What became of one member.
enum Outcome {
    Added,
    Changed,
    Same,
    /// An option forbade it.
    Forbidden,
    NotANumber,
}

/// `ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member ...`
pub(super) fn zadd(call: &mut Call<'_>) {
    let (mut options, mut index) = (Options::default(), 2);
    while let Some(option) = call.argv.get(index).and_then(|word| option_named(&mut options, word)) {
        *option = true;
        index += 1;
    }
    add(call, options, index);
}

/// ZINCRBY key increment member
pub(super) fn zincrby(call: &mut Call<'_>) {
    add(call, Options { increment: true, ..Options::default() }, 2);
}

fn option_named<'a>(options: &'a mut Options, word: &[u8]) -> Option<&'a mut bool> {
    match word.to_ascii_lowercase().as_slice() {
        b"nx" => Some(&mut options.only_new),
        b"xx" => Some(&mut options.only_known),
        b"gt" => Some(&mut options.only_greater),
        b"lt" => Some(&mut options.only_less),
        b"ch" => Some(&mut options.count_changed),
        b"incr" => Some(&mut options.increment),
        _ => None,
    }
}

/// What is wrong with the options, or with the number of words behind them.
fn mistake(options: &Options, words: usize) -> Option<&'static str> {
    let Options { only_new, only_known, only_greater, only_less, .. } = *options;
    if words == 0 || !words.is_multiple_of(2) {
        Some(SYNTAX_ERROR)
    } else if only_new && only_known {
        Some("ERR XX and NX options at the same time are not compatible")
    } else if (only_greater && (only_new || only_less)) || (only_less && only_new) {
        Some("ERR GT, LT, and/or NX options at the same time are not compatible")
    } else if options.increment && words > 2 {
        Some("ERR INCR option supports a single increment-element pair")
    } else {
        None
    }
}

/// Adds the scores and members from `first` on.
fn add(call: &mut Call<'_>, options: Options, first: usize) {
    let key = call.arg(1);
    let pairs = &call.argv[first.min(call.argv.len())..];
    if let Some(text) = mistake(&options, pairs.len()) {
        return call.reply.error(text);
    }
    let scores: Option<Vec<f64>> = pairs.iter().step_by(2).map(|text| parse_f64(text)).collect();
    let Some(scores) = scores else { return call.reply.error(NOT_A_FLOAT) };
    let Some(exists) = call.holds::<SortedSet>(key, Access::Write) else { return };
    let (mut added, mut changed, mut allowed, mut not_a_number) = (0, 0, 0, false);
    let mut new_score = None;
    let add_all = |set: &mut SortedSet| {
        for (pair, &score) in pairs.chunks_exact(2).zip(&scores) {
            let outcome = add_one(set, &options, &pair[1], score);
            added += u64::from(matches!(outcome, Outcome::Added));
            changed += u64::from(matches!(outcome, Outcome::Changed));
            allowed += u64::from(!matches!(outcome, Outcome::Forbidden));
            not_a_number |= matches!(outcome, Outcome::NotANumber);
            new_score = if matches!(outcome, Outcome::Added) { Some(score) } else { set.score(&pair[1]) };
        }
        added + changed
    };
    if exists || !options.only_known {
        call.keyspace.edit_counted(call.db, key, add_all);
    }
    if not_a_number {
        return call.reply.error("ERR resulting score is not a number (NaN)");
    }
    call.effects.dirty += added + changed;
    match new_score.filter(|_| allowed > 0) {
        Some(score) if options.increment => call.reply.double(&format_f64(score)),
        None if options.increment => call.reply.null(),
        _ => call.reply.integer((added + if options.count_changed { changed } else { 0 }) as i64),
    }
}

fn add_one(set: &mut SortedSet, options: &Options, member: &Bytes, score: f64) -> Outcome {
    let Some(old) = set.score(member) else {
        if options.only_known {
            return Outcome::Forbidden;
        }
        set.insert(member.clone(), score);
        return Outcome::Added;
    };
    let new = if options.increment { old + score } else { score };
    if options.only_new {
        Outcome::Forbidden
    } else if new.is_nan() {
        Outcome::NotANumber
    } else if (options.only_less && new >= old) || (options.only_greater && new <= old) {
        Outcome::Forbidden
    } else if new == old {
        Outcome::Same
    } else {
        set.insert(member.clone(), new);
        Outcome::Changed
    }
}

/// ZREM key member ...
pub(super) fn zrem(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(exists) = call.holds::<SortedSet>(key, Access::Write) else { return };
    let members = &call.argv[2..];
    let remove_all = |set: &mut SortedSet| members.iter().filter(|member| set.remove(member).is_some()).count() as u64;
    let removed = match exists {
        true => call.keyspace.edit_counted(call.db, key, remove_all).unwrap_or(0),
        false => 0,
    };
    call.effects.dirty += removed;
    call.reply.integer(removed as i64);
}

/// ZSCORE key member
pub(super) fn zscore(call: &mut Call<'_>) {
    let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) else { return };
    answer_score(call, found.and_then(|set| set.score(call.arg(2))));
}

/// Answers a score, nil if there is none.
pub(super) fn answer_score(call: &mut Call<'_>, score: Option<f64>) {
    match score {
        Some(score) => call.reply.double(&format_f64(score)),
        None => call.reply.null(),
    }
}

/// ZCARD key
pub(super) fn zcard(call: &mut Call<'_>) {
    if let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) {
        call.reply.integer(found.map_or(0, |set| set.len() as i64));
    }
}
