//! Commands that wait for a key. Here they take what is there, or say that there is nothing; the waiting is the node's.
//! What goes into the stream is the pop without the waiting (`docs/redis-replication.md` 6.5).

use std::ops::Range;

use super::super::Block;
use super::super::call::{Access, Call, SYNTAX_ERROR};
use super::super::lists::{lmove, rpoplpush};
use super::lists;
use super::sorted_sets::{self, End, pop_options, take};
use crate::base::{Bytes, format_f64, parse_f64};
use crate::data::{List, SortedSet};

/// BLPOP key ... timeout
pub(super) fn blpop(call: &mut Call<'_>) {
    pop_item(call, "LPOP", List::pop_front);
}

/// BRPOP key ... timeout
pub(super) fn brpop(call: &mut Call<'_>) {
    pop_item(call, "RPOP", List::pop_back);
}

fn pop_item(call: &mut Call<'_>, word: &str, pop: fn(&mut List) -> Option<Bytes>) {
    let last = call.argv.len() - 1;
    let Some(timeout_ms) = timeout_arg(call, last) else { return };
    for key in &call.argv[1..last] {
        let Some(exists) = call.holds::<List>(key, Access::Write) else { return };
        let Some(item) = call.keyspace.edit(call.db, key, pop).flatten().filter(|_| exists) else { continue };
        call.reply.array(2);
        call.reply.bulk(key);
        call.reply.bulk(&item);
        call.effects.dirty += 1;
        return call.rewrite([word.into(), key.clone()]);
    }
    wait(call, 1..last, timeout_ms);
}

/// BRPOPLPUSH source destination timeout
pub(super) fn brpoplpush(call: &mut Call<'_>) {
    let Some(timeout_ms) = timeout_arg(call, 3) else { return };
    move_or_wait(call, timeout_ms, rpoplpush, "RPOPLPUSH", 3);
}

/// BLMOVE source destination LEFT | RIGHT LEFT | RIGHT timeout
pub(super) fn blmove(call: &mut Call<'_>) {
    let is_end = |index| call.arg_is(index, "LEFT") || call.arg_is(index, "RIGHT");
    if !is_end(3) || !is_end(4) {
        return call.reply.error(SYNTAX_ERROR);
    }
    let Some(timeout_ms) = timeout_arg(call, 5) else { return };
    move_or_wait(call, timeout_ms, lmove, "LMOVE", 5);
}

fn move_or_wait(call: &mut Call<'_>, timeout_ms: u64, run: fn(&mut Call<'_>), word: &str, words: usize) {
    match call.holds::<List>(call.arg(1), Access::Write) {
        None => {}
        Some(false) => wait(call, 1..2, timeout_ms),
        Some(true) => {
            let before = call.effects.dirty;
            run(call);
            if call.effects.dirty > before {
                let mut moved = vec![Bytes::from(word)];
                moved.extend_from_slice(&call.argv[1..words]);
                call.rewrite_all(vec![moved]);
            }
        }
    }
}

/// `BLMPOP timeout numkeys key ... LEFT | RIGHT [COUNT count]`
pub(super) fn blmpop(call: &mut Call<'_>) {
    let Some(asked) = pop_options(call, 2, ["LEFT", "RIGHT"]) else { return };
    let Some(timeout_ms) = timeout_arg(call, 1) else { return };
    if lists::pop_first(call, &asked) == Some(false) {
        wait(call, asked.keys, timeout_ms);
    }
}

/// `BZMPOP timeout numkeys key ... MIN | MAX [COUNT count]`
pub(super) fn bzmpop(call: &mut Call<'_>) {
    let Some(asked) = pop_options(call, 2, ["MIN", "MAX"]) else { return };
    let Some(timeout_ms) = timeout_arg(call, 1) else { return };
    if sorted_sets::pop_first(call, &asked) == Some(false) {
        wait(call, asked.keys, timeout_ms);
    }
}

/// BZPOPMIN key ... timeout
pub(super) fn bzpopmin(call: &mut Call<'_>) {
    pop_member(call, End::Lowest, "ZPOPMIN");
}

/// BZPOPMAX key ... timeout
pub(super) fn bzpopmax(call: &mut Call<'_>) {
    pop_member(call, End::Highest, "ZPOPMAX");
}

fn pop_member(call: &mut Call<'_>, end: End, word: &str) {
    let last = call.argv.len() - 1;
    let Some(timeout_ms) = timeout_arg(call, last) else { return };
    for key in &call.argv[1..last] {
        let Some(exists) = call.holds::<SortedSet>(key, Access::Write) else { return };
        if !exists {
            continue;
        }
        for (score, member) in take(call, key, end, 1) {
            call.reply.array(3);
            call.reply.bulk(key);
            call.reply.bulk(&member);
            call.reply.double(&format_f64(score));
        }
        return call.rewrite([word.into(), key.clone()]);
    }
    wait(call, 1..last, timeout_ms);
}

fn wait(call: &mut Call<'_>, keys: Range<usize>, timeout_ms: u64) {
    call.effects.block = Some(Block { keys, timeout_ms });
}

/// The argument at `index`, in seconds, as milliseconds, 0 for no end; `None` after answering what is wrong with it.
fn timeout_arg(call: &mut Call<'_>, index: usize) -> Option<u64> {
    let Some(seconds) = parse_f64(call.arg(index)) else {
        return call.fail("ERR timeout is not a float or out of range");
    };
    let ms = libm::ceil(seconds * 1000.0);
    // Redis finds what does not fit into its numbers negative.
    if ms < 0.0 || ms >= i64::MAX as f64 {
        return call.fail("ERR timeout is negative");
    }
    if ms as i64 > i64::MAX - call.now_ms {
        return call.fail("ERR timeout is out of range");
    }
    Some(ms as u64)
}
