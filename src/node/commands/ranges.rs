//! Ranges of a sorted set: by rank, by score, by the bytes of members of one score. ZRANGE; its older relatives are in
//! `server::ranges`.

use std::ops::Range;

use super::call::{Access, Call, SYNTAX_ERROR};
use super::lists::inclusive_range;
use crate::base::{Bytes, format_f64, parse_f64_as_c};
use crate::data::SortedSet;

/// What a range is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Rank,
    Score,
    Lex,
}

/// A range as it was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked<'a> {
    /// From one rank to another, both included; negative ones count from the end.
    Ranks(i64, i64),
    Scores(ScoreBound, ScoreBound),
    Texts(TextBound<'a>, TextBound<'a>),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct ScoreBound {
    score: f64,
    excluded: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum TextBound<'a> {
    /// `-`: before everything.
    Lowest,
    /// `+`: behind everything.
    Highest,
    Included(&'a [u8]),
    Excluded(&'a [u8]),
}

/// What comes out of a sorted set: a range of ranks, in either direction.
#[derive(Clone, Debug)]
pub(super) struct Query<'a> {
    pub(super) asked: Asked<'a>,
    pub(super) backwards: bool,
    pub(super) with_scores: bool,
    /// How many to skip and how many to show at most; negative for none and for all.
    limit: (i64, i64),
}

/// `ZRANGE key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]`
pub(super) fn zrange(call: &mut Call<'_>) {
    answer_range(call, None, None);
}

/// Answers a range of the key that the first argument names. What the name of the command says is no option any more.
pub(super) fn answer_range(call: &mut Call<'_>, by: Option<By>, backwards: Option<bool>) {
    let Some(query) = read_query(call, 2, by, backwards, true) else { return };
    let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) else { return };
    let set = found.unwrap_or_default();
    let members = query.select(&set);
    match query.with_scores {
        true => call.reply.pairs(members.len()),
        false => call.reply.array(members.len()),
    }
    for (score, member) in members {
        if query.with_scores {
            call.reply.pair();
        }
        call.reply.bulk(member);
        if query.with_scores {
            call.reply.double(&format_f64(score));
        }
    }
}

/// Reads a range and its options from `first` on; `None` after answering what is wrong.
pub(super) fn read_query<'a>(
    call: &mut Call<'a>,
    first: usize,
    mut by: Option<By>,
    mut backwards: Option<bool>,
    may_have_scores: bool,
) -> Option<Query<'a>> {
    let (mut with_scores, mut limit, mut index) = (false, (0, -1), first + 2);
    while index < call.argv.len() {
        if may_have_scores && call.arg_is(index, "WITHSCORES") {
            with_scores = true;
        } else if call.arg_is(index, "LIMIT") && index + 2 < call.argv.len() {
            limit = (call.integer_arg(index + 1)?, call.integer_arg(index + 2)?);
            index += 2;
        } else if backwards.is_none() && call.arg_is(index, "REV") {
            backwards = Some(true);
        } else if by.is_none() && call.arg_is(index, "BYLEX") {
            by = Some(By::Lex);
        } else if by.is_none() && call.arg_is(index, "BYSCORE") {
            by = Some(By::Score);
        } else {
            return call.fail(SYNTAX_ERROR);
        }
        index += 1;
    }
    let (by, backwards) = (by.unwrap_or(By::Rank), backwards.unwrap_or(false));
    if limit.1 != -1 && by == By::Rank {
        return call.fail("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    }
    if with_scores && by == By::Lex {
        return call.fail("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    }
    // Backwards, the higher end of scores and texts comes first. Ranks are counted from the other end instead.
    let (low, high) = if backwards && by != By::Rank { (first + 1, first) } else { (first, first + 1) };
    Some(Query { asked: read_asked(call, by, low, high)?, backwards, with_scores, limit })
}

/// Reads the two ends of a range; `None` after answering what is wrong.
pub(super) fn read_asked<'a>(call: &mut Call<'a>, by: By, low: usize, high: usize) -> Option<Asked<'a>> {
    let (low_text, high_text) = (call.arg(low), call.arg(high));
    match by {
        By::Rank => Some(Asked::Ranks(call.integer_arg(low)?, call.integer_arg(high)?)),
        By::Score => match (score_bound(low_text), score_bound(high_text)) {
            (Some(low), Some(high)) => Some(Asked::Scores(low, high)),
            _ => call.fail("ERR min or max is not a float"),
        },
        By::Lex => match (text_bound(low_text), text_bound(high_text)) {
            (Some(low), Some(high)) => Some(Asked::Texts(low, high)),
            _ => call.fail("ERR min or max not valid string range item"),
        },
    }
}

fn score_bound(text: &[u8]) -> Option<ScoreBound> {
    let excluded = text.first() == Some(&b'(');
    let number = if excluded { &text[1..] } else { text };
    Some(ScoreBound { score: parse_f64_as_c(number)?, excluded })
}

fn text_bound(text: &[u8]) -> Option<TextBound<'_>> {
    match text {
        b"-" => Some(TextBound::Lowest),
        b"+" => Some(TextBound::Highest),
        [b'[', text @ ..] => Some(TextBound::Included(text)),
        [b'(', text @ ..] => Some(TextBound::Excluded(text)),
        _ => None,
    }
}

impl Asked<'_> {
    /// What a range of names finds in a set whose members have different scores: the range begins with the first that fits
    /// and ends in front of the first that does not, as where Redis looks at one by one. (In a large set it leaps, by
    /// chance over some that fit.) Nothing is in it if the ends of the set are not, unless `loose`. `None` for any other
    /// range and set.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn walk<'s>(
        &self,
        set: &'s SortedSet,
        backwards: bool,
        skip: usize,
        most: usize,
        loose: bool,
    ) -> Option<Vec<(f64, &'s Bytes)>> {
        let Asked::Texts(low, high) = *self else { return None };
        let first_and_last = set.iter().next().zip(set.iter().next_back());
        if first_and_last.is_none_or(|(first, last)| first.0 == last.0) {
            return None;
        }
        let is_above = |member: &(f64, &Bytes)| !low.is_above(member.1, true);
        let is_below = |member: &(f64, &Bytes)| high.is_above(member.1, false);
        let mut members: Vec<(f64, &Bytes)> = set.iter().collect();
        let inside = members.last().is_some_and(is_above) && members.first().is_some_and(is_below);
        if !inside && !loose {
            return Some(Vec::new());
        }
        let begins = |member: &(f64, &Bytes)| if backwards { is_below(member) } else { is_above(member) };
        let goes_on = |member: &(f64, &Bytes)| if backwards { is_above(member) } else { is_below(member) };
        if backwards {
            members.reverse();
        }
        let from_first = members.into_iter().skip_while(|member| !begins(member));
        let mut from_first = from_first.peekable();
        if !from_first.peek().is_some_and(goes_on) {
            return Some(Vec::new());
        }
        Some(from_first.skip(skip).take_while(goes_on).take(most).collect())
    }

    /// The ranks of the members in the range, lowest first.
    pub(super) fn ranks(&self, set: &SortedSet) -> Range<usize> {
        let (start, end) = match *self {
            Asked::Ranks(start, stop) => return inclusive_range(start, stop, set.len()),
            Asked::Scores(low, high) => {
                let below = |score: f64, _: &[u8]| if low.excluded { score <= low.score } else { score < low.score };
                let within =
                    |score: f64, _: &[u8]| if high.excluded { score < high.score } else { score <= high.score };
                (set.count_while(below), set.count_while(within))
            }
            Asked::Texts(low, high) => (
                set.count_while(|_, text| low.is_above(text, true)),
                set.count_while(|_, text| high.is_above(text, false)),
            ),
        };
        start..end.max(start)
    }
}

impl TextBound<'_> {
    /// Whether a text lies before the bound; as the lower end of a range, what it includes does not.
    fn is_above(self, text: &[u8], lower_end: bool) -> bool {
        match self {
            TextBound::Lowest => false,
            TextBound::Highest => true,
            TextBound::Included(bound) if lower_end => text < bound,
            TextBound::Included(bound) => text <= bound,
            TextBound::Excluded(bound) if lower_end => text <= bound,
            TextBound::Excluded(bound) => text < bound,
        }
    }
}

impl Query<'_> {
    /// The members asked for, in the order asked for.
    pub(super) fn select<'s>(&self, set: &'s SortedSet) -> Vec<(f64, &'s Bytes)> {
        let by_rank = matches!(self.asked, Asked::Ranks(..));
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        {
            let [skip, most] = [self.limit.0, self.limit.1].map(|number| usize::try_from(number).unwrap_or(usize::MAX));
            if let Some(found) = self.asked.walk(set, self.backwards, skip, most, false) {
                return found;
            }
        }
        let mut ranks = self.asked.ranks(set);
        if by_rank && self.backwards {
            ranks = set.len() - ranks.end..set.len() - ranks.start;
        }
        let (skip, most) = if by_rank { (0, -1) } else { self.limit };
        let skip = usize::try_from(skip).unwrap_or(usize::MAX).min(ranks.len());
        let len = usize::try_from(most).unwrap_or(usize::MAX).min(ranks.len() - skip);
        match self.backwards {
            true => set.iter_back_from(ranks.end).skip(skip).take(len).collect(),
            false => set.iter_from(ranks.start + skip).take(len).collect(),
        }
    }
}
