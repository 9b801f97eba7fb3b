//! Floor 2: snapshot bytes. [`write()`] makes an RDB file as Redis 7.0.15 does, [`read()`] reads what 7.0 and older versions
//! write, as far as `data` has the types (`docs/redis-replication.md` 17).
//!
//! Owns the format and nothing else: that a snapshot belongs to an offset of a history is for `repl`, its file for others.

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod collections;
#[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
#[path = "no_collections.rs"]
mod collections;
mod listpack;
mod lzf;
mod reader;
mod writer;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod ziplist;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod zipmap;

use crc::{CRC_64_REDIS, Crc, Table};

pub use reader::{read, restore};
pub use writer::{dump, write};

use crate::base::{Bytes, ReplId};
use crate::data::Keyspace;

/// Version that [`write()`] writes and the newest that [`read()`] takes.
pub const VERSION: u32 = 10;

/// Where a snapshot stands in a replication history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplFields {
    /// Database that the stream behind the snapshot has selected, -1 if it will select one first.
    pub stream_db: i64,
    /// The history.
    pub replid: ReplId,
    /// Last stream byte inside the snapshot, -1 if the snapshot does not say.
    pub offset: i64,
}

/// What a snapshot says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuxFields {
    /// Its place in a history; `None` on a master that never had a replica.
    pub repl: Option<ReplFields>,
    /// When it was taken, unix seconds.
    pub ctime_s: u64,
    /// Memory of the process in bytes.
    pub used_mem: u64,
}

/// A snapshot that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The data.
    pub keyspace: Keyspace,
    /// Its place in a history, if the snapshot names a history.
    pub repl: Option<ReplFields>,
    /// Database that the stream behind the snapshot has selected, -1 if the snapshot does not say.
    pub stream_db: i64,
    /// Keys that were left out because their time was over, with their databases, in the order of the file.
    pub expired: Vec<(usize, Bytes)>,
    /// Keys that were left out because there is nothing in them.
    pub empty: Vec<Bytes>,
}

/// Why a snapshot cannot be read. Offsets are bytes of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RdbError {
    /// The content is well-formed, but its checksum is another one.
    #[error("wrong RDB checksum")]
    WrongChecksum,
    /// A later version of Redis wrote it.
    #[error("RDB version {version} is newer than 10")]
    VersionTooNew {
        /// Its version.
        version: u32,
    },
    /// It is well-formed as far as can be seen, but holds a type of value that this engine has not.
    #[error("RDB value type {kind} at byte {at} is not supported")]
    Unsupported {
        /// Where the value begins.
        at: u64,
        /// Number of the type.
        kind: u8,
    },
    /// It is not a snapshot.
    #[error("RDB corrupt at byte {at}: {what}")]
    Corrupt {
        /// Where.
        at: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// It ends too early.
    #[error("RDB ends at byte {at}, in the middle of something")]
    Truncated {
        /// Its length.
        at: u64,
    },
}

/// Bytes that the checksum takes in at once. Its table has 2 KB for each: where the engine is loaded by a page, one must do.
const CRC_LANES: usize = if cfg!(target_arch = "wasm32") { 1 } else { 16 };
/// Reflected, polynomial 0xad93d23594c935a9, no inversion.
static CRC64: Crc<u64, Table<CRC_LANES>> = Crc::<u64, Table<CRC_LANES>>::new(&CRC_64_REDIS);

/// Bytes of the file that are not entries.
mod opcode {
    pub(super) const FUNCTION: u8 = 0xf5;
    pub(super) const IDLE: u8 = 0xf8;
    pub(super) const FREQUENCY: u8 = 0xf9;
    pub(super) const AUX: u8 = 0xfa;
    pub(super) const RESIZE_DB: u8 = 0xfb;
    pub(super) const EXPIRE_MS: u8 = 0xfc;
    pub(super) const EXPIRE_S: u8 = 0xfd;
    pub(super) const SELECT_DB: u8 = 0xfe;
    pub(super) const END: u8 = 0xff;
}

/// Types of values.
#[cfg_attr(target_arch = "wasm32", allow(dead_code))]
mod kind {
    pub(super) const STRING: u8 = 0;
    pub(super) const LIST: u8 = 1;
    pub(super) const SET: u8 = 2;
    pub(super) const SORTED_SET: u8 = 3;
    pub(super) const HASH: u8 = 4;
    pub(super) const SORTED_SET_2: u8 = 5;
    pub(super) const HASH_ZIPMAP: u8 = 9;
    pub(super) const LIST_ZIPLIST: u8 = 10;
    pub(super) const SET_INTEGERS: u8 = 11;
    pub(super) const SORTED_SET_ZIPLIST: u8 = 12;
    pub(super) const HASH_ZIPLIST: u8 = 13;
    pub(super) const LIST_QUICKLIST: u8 = 14;
    pub(super) const HASH_LISTPACK: u8 = 16;
    pub(super) const SORTED_SET_LISTPACK: u8 = 17;
    pub(super) const LIST_QUICKLIST_2: u8 = 18;
    /// Newest type that 7.0 knows.
    pub(super) const LAST: u8 = 19;
}

/// First bytes of special strings, and containers of the nodes of a quicklist.
mod form {
    pub(super) const INT8: u8 = 0xc0;
    pub(super) const INT16: u8 = 0xc1;
    pub(super) const INT32: u8 = 0xc2;
    pub(super) const LZF: u8 = 0xc3;
    pub(super) const PLAIN: u64 = 1;
    pub(super) const PACKED: u64 = 2;
}

#[cfg(test)]
mod tests;
