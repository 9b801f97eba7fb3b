//! Commands that only a server on a real network needs: the page does without them, and its build leaves them out.

mod hashes;
mod scan;
mod sets;

use super::{DENYOOM, FAST, READONLY, Spec, WRITE, data};

/// Their rows of the command table.
pub(super) static TABLE: &[Spec] = &[
    data("hexists", 3, READONLY | FAST, hashes::hexists),
    data("hincrbyfloat", 4, WRITE | DENYOOM | FAST, hashes::hincrbyfloat),
    data("hkeys", 2, READONLY, hashes::hkeys),
    data("hmget", -3, READONLY | FAST, hashes::hmget),
    data("hmset", -4, WRITE | DENYOOM | FAST, hashes::hmset),
    data("hrandfield", -2, READONLY, hashes::hrandfield),
    data("hscan", -3, READONLY, hashes::hscan),
    data("hsetnx", 4, WRITE | DENYOOM | FAST, hashes::hsetnx),
    data("hstrlen", 3, READONLY | FAST, hashes::hstrlen),
    data("hvals", 2, READONLY, hashes::hvals),
    data("sdiff", -2, READONLY, sets::sdiff),
    data("sdiffstore", -3, WRITE | DENYOOM, sets::sdiffstore),
    data("sinter", -2, READONLY, sets::sinter),
    data("sintercard", -3, READONLY, sets::sintercard),
    data("sinterstore", -3, WRITE | DENYOOM, sets::sinterstore),
    data("smismember", -3, READONLY | FAST, sets::smismember),
    data("smove", 4, WRITE | FAST, sets::smove),
    data("srandmember", -2, READONLY, sets::srandmember),
    data("sscan", -3, READONLY, sets::sscan),
    data("sunion", -2, READONLY, sets::sunion),
    data("sunionstore", -3, WRITE | DENYOOM, sets::sunionstore),
];
