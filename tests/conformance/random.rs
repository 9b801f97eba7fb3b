//! Commands by chance: templates with keys, values and numbers drawn from a seed, the same for both programs.

use psync_playground::base::{Rng, Seed};

/// Commands of a family. `{k}` is a key, `{v}` a value or member, `{i}` an index or count, `{n}` a number, `{f}` a
/// fraction, `{t}` a time far away in milliseconds, `{b}` a bit. `~` in front: the order of the elements of the reply is
/// not compared.
fn templates(family: &str) -> &'static [&'static str] {
    match family {
        "strings" => &STRINGS,
        "lists" => &LISTS,
        "sets" => &SETS,
        "hashes" => &HASHES,
        "sorted-sets" => &SORTED_SETS,
        "keys" => &KEYS,
        _ => panic!("no family {family}"),
    }
}

/// The commands of a seed; each with whether the order of its reply counts.
pub(crate) fn commands(seed: u64, count: usize, families: &[&str]) -> Vec<(String, bool)> {
    let mut rng = Seed(seed).rng();
    let all: Vec<&str> = families.iter().flat_map(|family| templates(family)).copied().collect();
    let draw = |rng: &mut Rng| {
        let template = all[rng.below(all.len() as u64) as usize];
        let ordered = !template.starts_with('~');
        (fill(template.trim_start_matches('~'), rng), ordered)
    };
    (0..count).map(|_| draw(&mut rng)).collect()
}

fn fill(template: &str, rng: &mut Rng) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        out.push_str(&drawn(&rest[at + 1..at + 2], rng));
        rest = &rest[at + 3..];
    }
    out + rest
}

fn drawn(kind: &str, rng: &mut Rng) -> String {
    let shape = rng.below(4);
    let (number, len) = (rng.below(30), 1 + rng.below(90) as usize);
    let mut one_of = |words: &[&str]| words[rng.below(words.len() as u64) as usize].to_owned();
    match kind {
        "k" => one_of(&["a", "a", "b", "b", "c", "d", "none"]),
        "v" => match shape {
            0 => format!("m{number}"),
            1 => number.to_string(),
            2 => "x".repeat(len),
            _ => one_of(&["\"\"", "-7", "3.5", "01", "word", "\"a b\"", "9223372036854775807", "1e3", "100000"]),
        },
        "i" => one_of(&["0", "0", "1", "1", "2", "3", "5", "-1", "-1", "-2", "-3", "-100", "100", "x"]),
        "n" => one_of(&[
            "1",
            "2",
            "-1",
            "-5",
            "10",
            "1000000",
            "9223372036854775807",
            "-9223372036854775808",
            "0",
            "1.5",
            "x",
        ]),
        "f" => one_of(&["1", "2", "-1", "0.5", "-2.25", "1e3", "0.1", "inf", "-inf", "100000000000", "x", "3.0e-5"]),
        "t" => one_of(&["4102444800000", "4102444900000", "4102445000000"]),
        "b" => one_of(&["0", "1"]),
        _ => panic!("no placeholder {kind}"),
    }
}

const STRINGS: [&str; 34] = [
    "SET {k} {v}",
    "SET {k} {v} NX",
    "SET {k} {v} XX GET",
    "SET {k} {v} PXAT {t}",
    "SET {k} {v} KEEPTTL",
    "SETNX {k} {v}",
    "GETSET {k} {v}",
    "GET {k}",
    "GETDEL {k}",
    "GETEX {k} PERSIST",
    "GETEX {k} PXAT {t}",
    "APPEND {k} {v}",
    "STRLEN {k}",
    "SETRANGE {k} {i} {v}",
    "GETRANGE {k} {i} {i}",
    "INCR {k}",
    "DECR {k}",
    "INCRBY {k} {n}",
    "DECRBY {k} {n}",
    "INCRBYFLOAT {k} {f}",
    "MSET {k} {v} {k} {v}",
    "MSETNX {k} {v} {k} {v}",
    "MGET {k} {k} {k}",
    "SETBIT {k} {i} {b}",
    "GETBIT {k} {i}",
    "BITCOUNT {k} {i} {i}",
    "BITCOUNT {k} {i} {i} BIT",
    "BITPOS {k} {b} {i} {i}",
    "BITPOS {k} {b} {i} {i} BIT",
    "BITOP AND {k} {k} {k}",
    "BITOP XOR {k} {k} {k}",
    "BITOP NOT {k} {k}",
    "BITFIELD {k} INCRBY i8 {i} {n} OVERFLOW SAT SET u5 #{i} {n}",
    "BITFIELD {k} GET u16 {i} OVERFLOW FAIL INCRBY u3 #{i} {n}",
];

const LISTS: [&str; 26] = [
    "RPUSH {k} {v} {v} {v}",
    "LPUSH {k} {v} {v}",
    "RPUSH {k} {v}",
    "RPUSHX {k} {v}",
    "LPUSHX {k} {v} {v}",
    "LPOP {k}",
    "RPOP {k}",
    "LPOP {k} {i}",
    "RPOP {k} {i}",
    "LLEN {k}",
    "LRANGE {k} {i} {i}",
    "LRANGE {k} 0 -1",
    "LINDEX {k} {i}",
    "LSET {k} {i} {v}",
    "LREM {k} {i} {v}",
    "LTRIM {k} {i} {i}",
    "LINSERT {k} BEFORE {v} {v}",
    "LINSERT {k} AFTER {v} {v}",
    "LPOS {k} {v} RANK {i} COUNT {i}",
    "LMOVE {k} {k} LEFT RIGHT",
    "LMOVE {k} {k} RIGHT LEFT",
    "RPOPLPUSH {k} {k}",
    "LMPOP 2 {k} {k} LEFT COUNT {i}",
    "SORT {k} ALPHA LIMIT {i} {i}",
    "SORT {k} DESC",
    "SORT {k} ALPHA STORE {k}",
];

const SETS: [&str; 21] = [
    "SADD {k} {v} {v} {v}",
    "SADD {k} {i} {i}",
    "SADD {k} {v}",
    "SREM {k} {v} {v}",
    "SCARD {k}",
    "SISMEMBER {k} {v}",
    "SMISMEMBER {k} {v} {v} {i}",
    "SMOVE {k} {k} {v}",
    "~SMEMBERS {k}",
    "~SINTER {k} {k}",
    "~SUNION {k} {k} {k}",
    "~SDIFF {k} {k}",
    "SINTERCARD 2 {k} {k} LIMIT {i}",
    "SINTERSTORE {k} {k} {k}",
    "SUNIONSTORE {k} {k} {k}",
    "SDIFFSTORE {k} {k} {k}",
    "SORT {k} ALPHA",
    "SORT {k} ALPHA DESC STORE {k}",
    "OBJECT ENCODING {k}",
    "TYPE {k}",
    "DEL {k}",
];

const HASHES: [&str; 19] = [
    "HSET {k} {v} {v} {v} {v}",
    "HSET {k} {v} {n}",
    "HMSET {k} {v} {v}",
    "HSETNX {k} {v} {v}",
    "HGET {k} {v}",
    "HMGET {k} {v} {v} {v}",
    "HDEL {k} {v} {v}",
    "HLEN {k}",
    "HSTRLEN {k} {v}",
    "HEXISTS {k} {v}",
    "HINCRBY {k} {v} {n}",
    "HINCRBYFLOAT {k} {v} {f}",
    "~HKEYS {k}",
    "~HVALS {k}",
    "~HGETALL {k}",
    "OBJECT ENCODING {k}",
    "COPY {k} {k} REPLACE",
    "RENAME {k} {k}",
    "DEL {k}",
];

const SORTED_SETS: [&str; 36] = [
    "ZADD {k} {f} {v} {f} {v} {f} {v}",
    "ZADD {k} {f} {v}",
    "ZADD {k} NX {f} {v}",
    "ZADD {k} XX CH {f} {v} {f} {v}",
    "ZADD {k} GT CH {f} {v} {f} {v}",
    "ZADD {k} LT {f} {v}",
    "ZADD {k} INCR {f} {v}",
    "ZINCRBY {k} {f} {v}",
    "ZREM {k} {v} {v}",
    "ZCARD {k}",
    "ZSCORE {k} {v}",
    "ZMSCORE {k} {v} {v}",
    "ZRANK {k} {v}",
    "ZREVRANK {k} {v}",
    "ZCOUNT {k} {f} {f}",
    "ZCOUNT {k} ({f} +inf",
    "ZRANGE {k} 0 -1 WITHSCORES",
    "ZRANGE {k} {i} {i} REV",
    "ZRANGE {k} {f} {f} BYSCORE LIMIT {i} {i}",
    "ZRANGE {k} ({f} {f} BYSCORE WITHSCORES",
    "ZREVRANGEBYSCORE {k} {f} {f} WITHSCORES",
    "ZRANGESTORE {k} {k} {i} {i}",
    "ZRANGESTORE {k} {k} {f} {f} BYSCORE",
    "ZREMRANGEBYRANK {k} {i} {i}",
    "ZREMRANGEBYSCORE {k} {f} ({f}",
    "ZPOPMIN {k}",
    "ZPOPMAX {k} {i}",
    "ZMPOP 2 {k} {k} MAX COUNT {i}",
    "ZUNIONSTORE {k} 2 {k} {k} WEIGHTS {f} {f}",
    "ZINTERSTORE {k} 2 {k} {k} AGGREGATE MAX",
    "ZDIFFSTORE {k} 2 {k} {k}",
    "ZUNION 2 {k} {k} WITHSCORES",
    "ZINTER 2 {k} {k} AGGREGATE MIN WITHSCORES",
    "ZDIFF 2 {k} {k} WITHSCORES",
    "ZINTERCARD 2 {k} {k}",
    "OBJECT ENCODING {k}",
];

const KEYS: [&str; 34] = [
    "SET {k} {v}",
    "RPUSH {k} {v}",
    "SADD {k} {v}",
    "HSET {k} {v} {v}",
    "ZADD {k} {f} {v}",
    "DEL {k} {k}",
    "UNLINK {k}",
    "EXISTS {k} {k} {k}",
    "TYPE {k}",
    "TOUCH {k} {k}",
    "RENAME {k} {k}",
    "RENAMENX {k} {k}",
    "COPY {k} {k}",
    "COPY {k} {k} REPLACE",
    "COPY {k} {k} DB 1",
    "MOVE {k} 1",
    "PEXPIREAT {k} {t}",
    "PEXPIREAT {k} {t} NX",
    "PEXPIREAT {k} {t} GT",
    "PEXPIREAT {k} {t} LT",
    "PEXPIREAT {k} 1",
    "PERSIST {k}",
    "PEXPIRETIME {k}",
    "EXPIRETIME {k}",
    "GET {k}",
    "DBSIZE",
    "LLEN {k}",
    "SELECT 1",
    "SELECT 0",
    "SWAPDB 0 1",
    "FLUSHDB",
    "MULTI",
    "EXEC",
    "DISCARD",
];
