//! The command table, and the commands that need nothing but the data set. Commands that need the node (its connections,
//! role, configuration, stream) have their row here and are carried out by the node.
//!
//! Names, arities and flags are those that `COMMAND INFO` of Redis 7.0.15 shows. For a command with subcommands (CONFIG,
//! CLIENT, OBJECT) the row has the flags of its subcommands, which is where Redis keeps them.

mod call;
mod counters;
mod expiry;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod hashes;
mod keys;
mod lists;
pub(super) mod long_double;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod ranges;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod server;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod sets;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod sorted_sets;
mod strings;

pub use call::{Block, Call, Effects, ExpiryView};
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub(super) use server::{document, help};

/// One command.
#[derive(Debug)]
pub struct Spec {
    /// Name in lower case.
    pub name: &'static str,
    /// Number of arguments, the name included; negative for "at least".
    pub arity: i32,
    /// What it is allowed to do, and when.
    pub flags: Flags,
    /// Who carries it out.
    pub run: Run,
}

/// Who carries a command out.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// This function, with the data set alone.
    Data(fn(&mut Call<'_>)),
    /// The node.
    Node(NodeCommand),
}

/// Commands that need the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum NodeCommand {
    Auth,
    BgSave,
    Client,
    Command,
    Config,
    Debug,
    Discard,
    Echo,
    Exec,
    Failover,
    Hello,
    Info,
    LastSave,
    Multi,
    Ping,
    Psync,
    Quit,
    ReplConf,
    /// REPLICAOF and its older name SLAVEOF.
    ReplicaOf,
    Role,
    Save,
    Select,
    Shutdown,
    Sync,
    Time,
    Unwatch,
    Wait,
    Watch,
    /// Commands that only a server on a real network has.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    Service(ServiceCommand),
}

/// A set of command flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u16);

impl Flags {
    /// May change the data set.
    pub const WRITE: Flags = Flags(1);
    /// Only looks at the data set.
    pub const READONLY: Flags = Flags(1 << 1);
    /// May need more memory.
    pub const DENYOOM: Flags = Flags(1 << 2);
    /// Administrative.
    pub const ADMIN: Flags = Flags(1 << 3);
    /// Not from scripts.
    pub const NOSCRIPT: Flags = Flags(1 << 4);
    /// Allowed while a snapshot is being loaded.
    pub const LOADING: Flags = Flags(1 << 5);
    /// Allowed on a replica without its master under `replica-serve-stale-data no`.
    pub const STALE: Flags = Flags(1 << 6);
    /// Constant or logarithmic time.
    pub const FAST: Flags = Flags(1 << 7);
    /// Not inside MULTI.
    pub const NO_MULTI: Flags = Flags(1 << 8);
    /// Allowed before AUTH.
    pub const NO_AUTH: Flags = Flags(1 << 9);
    /// Comes across keys that it did not name: the deletions of expired ones are propagated each by itself, without
    /// MULTI (`docs/redis-replication.md` 6.4).
    pub const TOUCHES_ARBITRARY_KEYS: Flags = Flags(1 << 10);
    /// No write, but it is propagated: held back like one while writes are paused.
    pub const MAY_REPLICATE: Flags = Flags(1 << 11);

    /// Names as COMMAND INFO shows them, in its order.
    const NAMES: [(Flags, &'static str); 10] = [
        (Flags::WRITE, "write"),
        (Flags::READONLY, "readonly"),
        (Flags::DENYOOM, "denyoom"),
        (Flags::ADMIN, "admin"),
        (Flags::NOSCRIPT, "noscript"),
        (Flags::LOADING, "loading"),
        (Flags::STALE, "stale"),
        (Flags::FAST, "fast"),
        (Flags::NO_AUTH, "no_auth"),
        (Flags::NO_MULTI, "no_multi"),
    ];

    /// Whether all of `others` are in the set.
    pub const fn contains(self, others: Flags) -> bool {
        self.0 & others.0 == others.0
    }

    /// The names of the flags, as COMMAND INFO shows them.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Flags::NAMES.iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| *name)
    }
}

impl Spec {
    /// Whether a command of `argc` words, the name included, fits the arity.
    pub fn accepts(&self, argc: usize) -> bool {
        fits(self.arity, argc)
    }

    /// Whether all of these flags are set.
    pub const fn is(&self, flags: Flags) -> bool {
        self.flags.contains(flags)
    }
}

/// Whether a command of `argc` words fits an arity.
pub(super) fn fits(arity: i32, argc: usize) -> bool {
    let needed = arity.unsigned_abs() as usize;
    if arity < 0 { argc >= needed } else { argc == needed }
}

/// The command of this name, in any case.
pub fn lookup(name: &[u8]) -> Option<&'static Spec> {
    let mut slot = first_slot(name);
    loop {
        let spec = row(usize::from(SLOTS[slot]))?;
        if spec.name.as_bytes().eq_ignore_ascii_case(name) {
            return Some(spec);
        }
        slot = (slot + 1) % SLOTS.len();
    }
}

/// All commands.
pub fn all() -> impl Iterator<Item = &'static Spec> {
    TABLE.iter().chain(SERVER_TABLE)
}

/// A row of the table; those that only a server on a real network needs come last.
const fn row(number: usize) -> Option<&'static Spec> {
    if number < TABLE.len() {
        Some(&TABLE[number])
    } else if number < ROWS {
        Some(&SERVER_TABLE[number - TABLE.len()])
    } else {
        None
    }
}

const ROWS: usize = TABLE.len() + SERVER_TABLE.len();

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub(in crate::node) use keys::encoding;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub use server::ServiceCommand;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
use server::TABLE as SERVER_TABLE;

#[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
static SERVER_TABLE: &[Spec] = &[];

/// The error for a wrong number of arguments. `name` is in lower case, `config|get` for a subcommand.
pub fn wrong_arity(name: &str) -> String {
    format!("ERR wrong number of arguments for '{name}' command")
}

/// A word as C prints it: up to its first zero byte.
pub(super) fn before_nul(word: &[u8]) -> &[u8] {
    word.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The error for a command that does not exist: its name and the beginning of its arguments, as Redis shows them.
pub fn unknown_command(argv: &[crate::base::Bytes]) -> Vec<u8> {
    const SHOWN_MAX: usize = 128;
    let mut arguments = Vec::new();
    for argument in argv.iter().skip(1) {
        if arguments.len() >= SHOWN_MAX {
            break;
        }
        let room = SHOWN_MAX - arguments.len();
        let argument = before_nul(argument);
        arguments.push(b'\'');
        arguments.extend_from_slice(&argument[..argument.len().min(room)]);
        arguments.extend_from_slice(b"' ");
    }
    let name = argv.first().map(|name| before_nul(name)).unwrap_or_default();
    let mut text = b"ERR unknown command '".to_vec();
    text.extend_from_slice(&name[..name.len().min(SHOWN_MAX)]);
    text.extend_from_slice(b"', with args beginning with: ");
    text.extend_from_slice(&arguments);
    // An error is one line.
    for byte in &mut text {
        if matches!(byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
    text
}

/// For each hash of a name the row of the table, or the next free slot's; free slots hold a row that does not exist.
static SLOTS: [u8; 512] = fill_slots();

const fn fill_slots() -> [u8; 512] {
    let mut slots = [u8::MAX; 512];
    let mut number = 0;
    while let Some(spec) = row(number) {
        let mut slot = first_slot(spec.name.as_bytes());
        while slots[slot] != u8::MAX {
            slot = (slot + 1) % slots.len();
        }
        slots[slot] = number as u8;
        number += 1;
    }
    slots
}

/// Where the search for a name begins. Letters hash alike in both cases.
const fn first_slot(name: &[u8]) -> usize {
    let mut hash = name.len() as u32;
    let mut at = 0;
    while at < name.len() && at < 8 {
        hash = hash.wrapping_mul(31).wrapping_add((name[at] | 0x20) as u32);
        at += 1;
    }
    (hash.wrapping_mul(0x9e37_79b1) >> 23) as usize
}

const WRITE: u16 = Flags::WRITE.0;
const READONLY: u16 = Flags::READONLY.0;
const DENYOOM: u16 = Flags::DENYOOM.0;
const ADMIN: u16 = Flags::ADMIN.0;
const NOSCRIPT: u16 = Flags::NOSCRIPT.0;
const LOADING: u16 = Flags::LOADING.0;
const STALE: u16 = Flags::STALE.0;
const FAST: u16 = Flags::FAST.0;
const NO_MULTI: u16 = Flags::NO_MULTI.0;
const NO_AUTH: u16 = Flags::NO_AUTH.0;
const ARBITRARY: u16 = Flags::TOUCHES_ARBITRARY_KEYS.0;
/// Of the commands that steer a connection.
const ALWAYS: u16 = NOSCRIPT | LOADING | STALE;

const fn data(name: &'static str, arity: i32, flags: u16, run: fn(&mut Call<'_>)) -> Spec {
    Spec { name, arity, flags: Flags(flags), run: Run::Data(run) }
}

const fn node(name: &'static str, arity: i32, flags: u16, command: NodeCommand) -> Spec {
    Spec { name, arity, flags: Flags(flags), run: Run::Node(command) }
}

static TABLE: &[Spec] = &[
    data("append", 3, WRITE | DENYOOM | FAST, strings::append),
    node("auth", -2, ALWAYS | FAST | NO_AUTH, NodeCommand::Auth),
    node("bgsave", -1, ADMIN | NOSCRIPT, NodeCommand::BgSave),
    node("client", -2, ALWAYS, NodeCommand::Client),
    node("command", -1, LOADING | STALE, NodeCommand::Command),
    node("config", -2, ADMIN | ALWAYS, NodeCommand::Config),
    data("copy", -3, WRITE | DENYOOM, keys::copy),
    data("dbsize", 1, READONLY | FAST, keys::dbsize),
    node("debug", -2, ADMIN | ALWAYS, NodeCommand::Debug),
    data("decr", 2, WRITE | DENYOOM | FAST, counters::decr),
    data("decrby", 3, WRITE | DENYOOM | FAST, counters::decrby),
    data("del", -2, WRITE, keys::del),
    node("discard", 1, ALWAYS | FAST, NodeCommand::Discard),
    node("echo", 2, LOADING | STALE | FAST, NodeCommand::Echo),
    node("exec", 1, ALWAYS, NodeCommand::Exec),
    data("exists", -2, READONLY | FAST, keys::exists),
    data("expire", -3, WRITE | FAST, expiry::expire),
    data("expireat", -3, WRITE | FAST, expiry::expireat),
    data("expiretime", 2, READONLY | FAST, expiry::expiretime),
    node("failover", -1, ADMIN | NOSCRIPT | STALE, NodeCommand::Failover),
    data("flushall", -1, WRITE, keys::flushall),
    data("flushdb", -1, WRITE, keys::flushdb),
    data("get", 2, READONLY | FAST, strings::get),
    data("getdel", 2, WRITE | FAST, strings::getdel),
    data("getex", -2, WRITE | FAST, strings::getex),
    data("getrange", 4, READONLY, strings::getrange),
    data("getset", 3, WRITE | DENYOOM | FAST, strings::getset),
    node("hello", -1, ALWAYS | FAST | NO_AUTH, NodeCommand::Hello),
    data("incr", 2, WRITE | DENYOOM | FAST, counters::incr),
    data("incrby", 3, WRITE | DENYOOM | FAST, counters::incrby),
    data("incrbyfloat", 3, WRITE | DENYOOM | FAST, counters::incrbyfloat),
    node("info", -1, LOADING | STALE, NodeCommand::Info),
    data("keys", 2, READONLY, keys::keys),
    node("lastsave", 1, LOADING | STALE | FAST, NodeCommand::LastSave),
    data("lindex", 3, READONLY, lists::lindex),
    data("llen", 2, READONLY | FAST, lists::llen),
    data("lmove", 5, WRITE | DENYOOM, lists::lmove),
    data("lpop", -2, WRITE | FAST, lists::lpop),
    data("lpush", -3, WRITE | DENYOOM | FAST, lists::lpush),
    data("lpushx", -3, WRITE | DENYOOM | FAST, lists::lpushx),
    data("lrange", 4, READONLY, lists::lrange),
    data("lrem", 4, WRITE, lists::lrem),
    data("lset", 4, WRITE | DENYOOM, lists::lset),
    data("ltrim", 4, WRITE, lists::ltrim),
    data("mget", -2, READONLY | FAST, strings::mget),
    data("move", 3, WRITE | FAST, keys::move_key),
    data("mset", -3, WRITE | DENYOOM, strings::mset),
    data("msetnx", -3, WRITE | DENYOOM, strings::msetnx),
    node("multi", 1, ALWAYS | FAST, NodeCommand::Multi),
    data("object", -2, READONLY, keys::object),
    data("persist", 2, WRITE | FAST, expiry::persist),
    data("pexpire", -3, WRITE | FAST, expiry::pexpire),
    data("pexpireat", -3, WRITE | FAST, expiry::pexpireat),
    data("pexpiretime", 2, READONLY | FAST, expiry::pexpiretime),
    node("ping", -1, FAST, NodeCommand::Ping),
    data("psetex", 4, WRITE | DENYOOM, strings::psetex),
    node("psync", -3, ADMIN | NOSCRIPT | NO_MULTI, NodeCommand::Psync),
    data("pttl", 2, READONLY | FAST, expiry::pttl),
    node("quit", -1, ALWAYS | FAST | NO_AUTH, NodeCommand::Quit),
    data("randomkey", 1, READONLY | ARBITRARY, keys::randomkey),
    data("rename", 3, WRITE, keys::rename),
    data("renamenx", 3, WRITE | FAST, keys::renamenx),
    node("replconf", -1, ADMIN | ALWAYS, NodeCommand::ReplConf),
    node("replicaof", 3, ADMIN | NOSCRIPT | STALE, NodeCommand::ReplicaOf),
    node("role", 1, ALWAYS | FAST, NodeCommand::Role),
    data("rpop", -2, WRITE | FAST, lists::rpop),
    data("rpoplpush", 3, WRITE | DENYOOM, lists::rpoplpush),
    data("rpush", -3, WRITE | DENYOOM | FAST, lists::rpush),
    data("rpushx", -3, WRITE | DENYOOM | FAST, lists::rpushx),
    node("save", 1, ADMIN | NOSCRIPT | NO_MULTI, NodeCommand::Save),
    data("scan", -2, READONLY | ARBITRARY, keys::scan),
    node("select", 2, LOADING | STALE | FAST, NodeCommand::Select),
    data("set", -3, WRITE | DENYOOM, strings::set),
    data("setex", 4, WRITE | DENYOOM, strings::setex),
    data("setnx", 3, WRITE | DENYOOM | FAST, strings::setnx),
    data("setrange", 4, WRITE | DENYOOM, strings::setrange),
    node("shutdown", -1, ADMIN | ALWAYS | NO_MULTI, NodeCommand::Shutdown),
    node("slaveof", 3, ADMIN | NOSCRIPT | STALE, NodeCommand::ReplicaOf),
    data("strlen", 2, READONLY | FAST, strings::strlen),
    data("substr", 4, READONLY, strings::getrange),
    data("swapdb", 3, WRITE | FAST, keys::swapdb),
    node("sync", 1, ADMIN | NOSCRIPT | NO_MULTI, NodeCommand::Sync),
    node("time", 1, LOADING | STALE | FAST, NodeCommand::Time),
    data("touch", -2, READONLY | FAST, keys::touch),
    data("ttl", 2, READONLY | FAST, expiry::ttl),
    data("type", 2, READONLY | FAST, keys::type_name),
    data("unlink", -2, WRITE | FAST, keys::del),
    node("unwatch", 1, ALWAYS | FAST, NodeCommand::Unwatch),
    node("wait", 3, NOSCRIPT, NodeCommand::Wait),
    node("watch", -2, ALWAYS | FAST, NodeCommand::Watch),
];

#[cfg(test)]
mod tests;
