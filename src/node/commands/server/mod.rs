//! Commands that only a server on a real network needs: the page does without them, and its build leaves them out.

mod arguments;
mod bitfield;
mod bits;
mod blocking;
mod documents;
mod dump;
mod geo;
mod hashes;
mod hyperloglog;
mod lcs;
mod lists;
mod ranges;
mod scan;
mod sets;
mod sort;
mod sorted_set_algebra;
mod sorted_sets;

pub(in crate::node) use documents::{document, help};

use super::{
    ADMIN, ALWAYS, DENYOOM, FAST, LOADING, NO_AUTH, NOSCRIPT, NodeCommand, READONLY, STALE, Spec, WRITE, data, node,
};

/// Commands that need the node, and that the page does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ServiceCommand {
    Acl,
    BgRewriteAof,
    Cluster,
    /// All commands that run scripts and functions.
    Eval,
    Function,
    Latency,
    Lolwut,
    Memory,
    Module,
    Monitor,
    PSubscribe,
    PUnsubscribe,
    PubSub,
    Publish,
    Reset,
    SPublish,
    SSubscribe,
    SUnsubscribe,
    Script,
    SlowLog,
    Subscribe,
    Unsubscribe,
}

const fn own(name: &'static str, arity: i32, flags: u16, command: ServiceCommand) -> Spec {
    node(name, arity, flags, NodeCommand::Service(command))
}

const MAY_REPLICATE: u16 = super::Flags::MAY_REPLICATE.0;

/// Their rows of the command table.
pub(super) static TABLE: &[Spec] = &[
    own("acl", -2, ADMIN | ALWAYS, ServiceCommand::Acl),
    own("asking", 1, FAST, ServiceCommand::Cluster),
    own("bgrewriteaof", 1, ADMIN | NOSCRIPT, ServiceCommand::BgRewriteAof),
    data("bitcount", -2, READONLY, bits::bitcount),
    data("bitfield", -2, WRITE | DENYOOM, bitfield::bitfield),
    data("bitfield_ro", -2, READONLY | FAST, bitfield::bitfield_ro),
    data("bitop", -4, WRITE | DENYOOM, bits::bitop),
    data("bitpos", -3, READONLY, bits::bitpos),
    data("blmove", 6, WRITE | DENYOOM | NOSCRIPT, blocking::blmove),
    data("blmpop", -5, WRITE, blocking::blmpop),
    data("blpop", -3, WRITE | NOSCRIPT, blocking::blpop),
    data("brpop", -3, WRITE | NOSCRIPT, blocking::brpop),
    data("brpoplpush", 4, WRITE | DENYOOM | NOSCRIPT, blocking::brpoplpush),
    data("bzmpop", -5, WRITE, blocking::bzmpop),
    data("bzpopmax", -3, WRITE | NOSCRIPT | FAST, blocking::bzpopmax),
    data("bzpopmin", -3, WRITE | NOSCRIPT | FAST, blocking::bzpopmin),
    own("cluster", -2, 0, ServiceCommand::Cluster),
    data("dump", 2, READONLY, dump::dump),
    own("eval", -3, NOSCRIPT | STALE | MAY_REPLICATE, ServiceCommand::Eval),
    own("eval_ro", -3, NOSCRIPT | READONLY | STALE, ServiceCommand::Eval),
    own("evalsha", -3, NOSCRIPT | STALE | MAY_REPLICATE, ServiceCommand::Eval),
    own("evalsha_ro", -3, NOSCRIPT | READONLY | STALE, ServiceCommand::Eval),
    own("fcall", -3, NOSCRIPT | STALE | MAY_REPLICATE, ServiceCommand::Eval),
    own("fcall_ro", -3, NOSCRIPT | READONLY | STALE, ServiceCommand::Eval),
    own("function", -2, NOSCRIPT, ServiceCommand::Function),
    data("geoadd", -5, WRITE | DENYOOM, geo::geoadd),
    data("geodist", -4, READONLY, geo::geodist),
    data("geohash", -2, READONLY, geo::geohash),
    data("geopos", -2, READONLY, geo::geopos),
    data("getbit", 3, READONLY | FAST, bits::getbit),
    data("hdel", -3, WRITE | FAST, super::hashes::hdel),
    data("hexists", 3, READONLY | FAST, hashes::hexists),
    data("hget", 3, READONLY | FAST, super::hashes::hget),
    data("hgetall", 2, READONLY, super::hashes::hgetall),
    data("hincrby", 4, WRITE | DENYOOM | FAST, super::hashes::hincrby),
    data("hincrbyfloat", 4, WRITE | DENYOOM | FAST, hashes::hincrbyfloat),
    data("hkeys", 2, READONLY, hashes::hkeys),
    data("hlen", 2, READONLY | FAST, super::hashes::hlen),
    data("hmget", -3, READONLY | FAST, hashes::hmget),
    data("hmset", -4, WRITE | DENYOOM | FAST, hashes::hmset),
    data("hrandfield", -2, READONLY, hashes::hrandfield),
    data("hscan", -3, READONLY, hashes::hscan),
    data("hset", -4, WRITE | DENYOOM | FAST, super::hashes::hset),
    data("hsetnx", 4, WRITE | DENYOOM | FAST, hashes::hsetnx),
    data("hstrlen", 3, READONLY | FAST, hashes::hstrlen),
    data("hvals", 2, READONLY, hashes::hvals),
    own("latency", -2, ADMIN | ALWAYS, ServiceCommand::Latency),
    data("lcs", -3, READONLY, lcs::lcs),
    data("linsert", 5, WRITE | DENYOOM, lists::linsert),
    data("lmpop", -4, WRITE, lists::lmpop),
    own("lolwut", -1, READONLY | FAST, ServiceCommand::Lolwut),
    data("lpos", -3, READONLY, lists::lpos),
    own("memory", -2, READONLY, ServiceCommand::Memory),
    own("module", -2, ADMIN | NOSCRIPT, ServiceCommand::Module),
    own("monitor", 1, ADMIN | ALWAYS, ServiceCommand::Monitor),
    data("pfadd", -2, WRITE | DENYOOM | FAST, hyperloglog::pfadd),
    data("pfcount", -2, READONLY | MAY_REPLICATE, hyperloglog::pfcount),
    data("pfdebug", 3, WRITE | DENYOOM | ADMIN, hyperloglog::pfdebug),
    data("pfmerge", -2, WRITE | DENYOOM, hyperloglog::pfmerge),
    data("pfselftest", 1, ADMIN, hyperloglog::pfselftest),
    own("psubscribe", -2, ALWAYS, ServiceCommand::PSubscribe),
    own("publish", 3, LOADING | STALE | FAST | MAY_REPLICATE, ServiceCommand::Publish),
    own("pubsub", -2, LOADING | STALE, ServiceCommand::PubSub),
    own("punsubscribe", -1, ALWAYS, ServiceCommand::PUnsubscribe),
    own("readonly", 1, LOADING | STALE | FAST, ServiceCommand::Cluster),
    own("readwrite", 1, LOADING | STALE | FAST, ServiceCommand::Cluster),
    own("reset", 1, ALWAYS | FAST | NO_AUTH, ServiceCommand::Reset),
    data("restore", -4, WRITE | DENYOOM, dump::restore),
    data("sadd", -3, WRITE | DENYOOM | FAST, super::sets::sadd),
    data("scard", 2, READONLY | FAST, super::sets::scard),
    own("script", -2, NOSCRIPT, ServiceCommand::Script),
    data("sdiff", -2, READONLY, sets::sdiff),
    data("sdiffstore", -3, WRITE | DENYOOM, sets::sdiffstore),
    data("setbit", 4, WRITE | DENYOOM, bits::setbit),
    data("sinter", -2, READONLY, sets::sinter),
    data("sintercard", -3, READONLY, sets::sintercard),
    data("sinterstore", -3, WRITE | DENYOOM, sets::sinterstore),
    data("sismember", 3, READONLY | FAST, super::sets::sismember),
    own("slowlog", -2, ADMIN | LOADING | STALE, ServiceCommand::SlowLog),
    data("smembers", 2, READONLY, super::sets::smembers),
    data("smismember", -3, READONLY | FAST, sets::smismember),
    data("smove", 4, WRITE | FAST, sets::smove),
    data("sort", -2, WRITE | DENYOOM, sort::sort),
    data("sort_ro", -2, READONLY, sort::sort_ro),
    data("spop", -2, WRITE | FAST, super::sets::spop),
    own("spublish", 3, LOADING | STALE | FAST | MAY_REPLICATE, ServiceCommand::SPublish),
    data("srandmember", -2, READONLY, sets::srandmember),
    data("srem", -3, WRITE | FAST, super::sets::srem),
    data("sscan", -3, READONLY, sets::sscan),
    own("ssubscribe", -2, ALWAYS, ServiceCommand::SSubscribe),
    own("subscribe", -2, ALWAYS, ServiceCommand::Subscribe),
    data("sunion", -2, READONLY, sets::sunion),
    data("sunionstore", -3, WRITE | DENYOOM, sets::sunionstore),
    own("sunsubscribe", -1, ALWAYS, ServiceCommand::SUnsubscribe),
    own("unsubscribe", -1, ALWAYS, ServiceCommand::Unsubscribe),
    data("zadd", -4, WRITE | DENYOOM | FAST, super::sorted_sets::zadd),
    data("zcard", 2, READONLY | FAST, super::sorted_sets::zcard),
    data("zcount", 4, READONLY | FAST, ranges::zcount),
    data("zdiff", -3, READONLY, sorted_set_algebra::zdiff),
    data("zdiffstore", -4, WRITE | DENYOOM, sorted_set_algebra::zdiffstore),
    data("zincrby", 4, WRITE | DENYOOM | FAST, super::sorted_sets::zincrby),
    data("zinter", -3, READONLY, sorted_set_algebra::zinter),
    data("zintercard", -3, READONLY, sorted_set_algebra::zintercard),
    data("zinterstore", -4, WRITE | DENYOOM, sorted_set_algebra::zinterstore),
    data("zlexcount", 4, READONLY | FAST, ranges::zlexcount),
    data("zmpop", -4, WRITE, sorted_sets::zmpop),
    data("zmscore", -3, READONLY | FAST, sorted_sets::zmscore),
    data("zpopmax", -2, WRITE | FAST, sorted_sets::zpopmax),
    data("zpopmin", -2, WRITE | FAST, sorted_sets::zpopmin),
    data("zrandmember", -2, READONLY, sorted_sets::zrandmember),
    data("zrange", -4, READONLY, super::ranges::zrange),
    data("zrangebylex", -4, READONLY, ranges::zrangebylex),
    data("zrangebyscore", -4, READONLY, ranges::zrangebyscore),
    data("zrangestore", -5, WRITE | DENYOOM, ranges::zrangestore),
    data("zrank", 3, READONLY | FAST, sorted_sets::zrank),
    data("zrem", -3, WRITE | FAST, super::sorted_sets::zrem),
    data("zremrangebylex", 4, WRITE, ranges::zremrangebylex),
    data("zremrangebyrank", 4, WRITE, ranges::zremrangebyrank),
    data("zremrangebyscore", 4, WRITE, ranges::zremrangebyscore),
    data("zrevrange", -4, READONLY, ranges::zrevrange),
    data("zrevrangebylex", -4, READONLY, ranges::zrevrangebylex),
    data("zrevrangebyscore", -4, READONLY, ranges::zrevrangebyscore),
    data("zrevrank", 3, READONLY | FAST, sorted_sets::zrevrank),
    data("zscan", -3, READONLY, sorted_sets::zscan),
    data("zscore", 3, READONLY | FAST, super::sorted_sets::zscore),
    data("zunion", -3, READONLY, sorted_set_algebra::zunion),
    data("zunionstore", -4, WRITE | DENYOOM, sorted_set_algebra::zunionstore),
];
