//! Reads snapshots: of 7.0, and of older versions as far as the types go. Trusts nothing: every length is checked against
//! the bytes that are there, and what compressed strings become is limited in all.

use super::{CRC64, Loaded, RdbError, ReplFields, VERSION, collections, form, kind, listpack, lzf, opcode};
use crate::base::{Bytes, ReplId, parse_i64};
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
use crate::data::Clock;
use crate::data::{Keyspace, List, Value};

/// Most bytes that all compressed strings of a snapshot together may become.
const UNPACKED_MAX: usize = 512 << 20;
/// First version with a checksum.
const CHECKSUM_SINCE: u32 = 5;

/// Reads a snapshot into `databases` databases. Keys whose time was over at `now_ms` (unix milliseconds) are left out and
/// listed, unless `keep_expired`: a replica waits for its master to delete them (`docs/redis-replication.md` 13.3). Strings
/// that are not compressed share the allocation of `bytes`. Bytes behind the end are ignored.
pub fn read(bytes: &Bytes, now_ms: i64, keep_expired: bool, databases: usize) -> Result<Loaded, RdbError> {
    let mut reader = Reader { bytes, at: 0, unpacked: 0 };
    let version = reader.version()?;
    let mut load = Load {
        keyspace: Keyspace::new(databases),
        expired: Vec::new(),
        empty: Vec::new(),
        deadline: (!keep_expired).then_some(now_ms),
        aux: Aux { stream_db: -1, replid: None, offset: -1 },
        db: 0,
        expire_ms: None,
    };
    // What is loaded counts as used now.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    load.keyspace.set_clock(Clock { now_ms, ..Clock::default() });
    while load.item(&mut reader)? {}
    if version >= CHECKSUM_SINCE {
        reader.checksum()?;
    }
    let aux = load.aux;
    let repl = aux.replid.map(|replid| ReplFields { stream_db: aux.stream_db, replid, offset: aux.offset });
    let Load { keyspace, expired, empty, .. } = load;
    Ok(Loaded { keyspace, repl, stream_db: aux.stream_db, expired, empty })
}

/// Reads a value as [`super::dump`] makes it.
/// Its checksum may be left out of it, as tests with broken values want it.
pub fn restore(payload: &Bytes, checks_sum: bool) -> Result<Value, RdbError> {
    const FOOTER: usize = 10;
    let end = payload.len().checked_sub(FOOTER).ok_or(RdbError::WrongChecksum)?;
    let (body, sum) = payload.split_at(payload.len() - 8);
    let version = u32::from(payload[end]) | u32::from(payload[end + 1]) << 8;
    if version > VERSION {
        return Err(RdbError::VersionTooNew { version });
    }
    if checks_sum && CRC64.checksum(body).to_le_bytes() != sum {
        return Err(RdbError::WrongChecksum);
    }
    let mut reader = Reader { bytes: &payload.slice(0..end), at: 0, unpacked: 0 };
    let kind = reader.byte()?;
    match reader.value(kind, 0)? {
        value if value.is_empty_collection() => Err(corrupt(0, "an empty collection")),
        value => Ok(value),
    }
}

/// What has been read so far.
struct Load {
    keyspace: Keyspace,
    expired: Vec<(usize, Bytes)>,
    empty: Vec<Bytes>,
    /// Keys that expire before are left out.
    deadline: Option<i64>,
    aux: Aux,
    db: usize,
    /// When the next key expires.
    expire_ms: Option<i64>,
}

struct Aux {
    stream_db: i64,
    replid: Option<ReplId>,
    offset: i64,
}

impl Load {
    /// Reads one item; false at the end.
    fn item(&mut self, reader: &mut Reader<'_>) -> Result<bool, RdbError> {
        let at = reader.at;
        match reader.byte()? {
            opcode::END => return Ok(false),
            opcode::AUX => self.aux(reader)?,
            opcode::SELECT_DB => {
                let db = usize::try_from(reader.length()?).unwrap_or(usize::MAX);
                if db >= self.keyspace.databases() {
                    return Err(corrupt(at, "database number out of range"));
                }
                self.db = db;
            }
            opcode::RESIZE_DB => {
                // Only hints for the size of tables.
                reader.length()?;
                reader.length()?;
            }
            opcode::EXPIRE_MS => self.expire_ms = Some(i64::from_le_bytes(reader.array()?)),
            opcode::EXPIRE_S => {
                self.expire_ms = Some(i64::from(i32::from_le_bytes(reader.array()?)) * 1000);
            }
            opcode::IDLE => {
                reader.length()?;
            }
            opcode::FREQUENCY => {
                reader.byte()?;
            }
            opcode::FUNCTION => {
                reader.string()?;
            }
            kind @ 0..=kind::LAST => self.entry(kind, reader)?,
            _ => return Err(corrupt(at, "unknown type or opcode")),
        }
        Ok(true)
    }

    fn aux(&mut self, reader: &mut Reader<'_>) -> Result<(), RdbError> {
        let (name, value) = (reader.string()?, reader.string()?);
        match &name[..] {
            b"repl-stream-db" => self.aux.stream_db = parse_i64(&value).unwrap_or(-1),
            b"repl-offset" => self.aux.offset = parse_i64(&value).unwrap_or(-1),
            b"repl-id" => {
                self.aux.replid = ReplId::parse(&value);
            }
            _ => {}
        }
        Ok(())
    }

    fn entry(&mut self, kind: u8, reader: &mut Reader<'_>) -> Result<(), RdbError> {
        let at = reader.at - 1;
        let key = reader.string()?;
        let value = reader.value(kind, at)?;
        // Redis has -1 for "does not expire".
        let expire_ms = self.expire_ms.take().filter(|&expire_ms| expire_ms != -1);
        if value.is_empty_collection() {
            self.empty.push(key);
            return Ok(());
        }
        if let (Some(deadline), Some(expire_ms)) = (self.deadline, expire_ms)
            && expire_ms < deadline
        {
            self.expired.push((self.db, key));
            return Ok(());
        }
        if self.keyspace.get(self.db, &key).is_some() {
            return Err(corrupt(at, "duplicate key"));
        }
        self.keyspace.insert(self.db, key, value, expire_ms);
        Ok(())
    }
}

/// A place in the bytes.
pub(super) struct Reader<'a> {
    bytes: &'a Bytes,
    pub(super) at: usize,
    /// Bytes that compressed strings have become.
    unpacked: usize,
}

pub(super) fn corrupt(at: usize, what: &'static str) -> RdbError {
    RdbError::Corrupt { at: at as u64, what }
}

impl Reader<'_> {
    fn version(&mut self) -> Result<u32, RdbError> {
        let magic: [u8; 5] = self.array()?;
        let digits: [u8; 4] = self.array()?;
        if &magic != b"REDIS" || !digits.iter().all(u8::is_ascii_digit) {
            return Err(corrupt(0, "no RDB file"));
        }
        let version = digits.iter().fold(0, |version, digit| version * 10 + u32::from(digit - b'0'));
        match version {
            0 => Err(corrupt(5, "RDB version 0")),
            1..=VERSION => Ok(version),
            _ => Err(RdbError::VersionTooNew { version }),
        }
    }

    /// Compares the checksum; all zero means that there is none.
    fn checksum(&mut self) -> Result<(), RdbError> {
        let end = self.at;
        match u64::from_le_bytes(self.array()?) {
            0 => Ok(()),
            sum if sum == CRC64.checksum(&self.bytes[..end]) => Ok(()),
            _ => Err(RdbError::WrongChecksum),
        }
    }

    fn truncated(&self) -> RdbError {
        RdbError::Truncated { at: self.bytes.len() as u64 }
    }

    pub(super) fn byte(&mut self) -> Result<u8, RdbError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], RdbError> {
        let array = self.bytes[self.at..].first_chunk().ok_or(self.truncated())?;
        self.at += N;
        Ok(*array)
    }

    /// Bytes that share the allocation of the snapshot.
    pub(super) fn take(&mut self, len: u64) -> Result<Bytes, RdbError> {
        let left = self.bytes.len() - self.at;
        let len = usize::try_from(len).ok().filter(|&len| len <= left).ok_or(self.truncated())?;
        let taken = self.bytes.slice(self.at..self.at + len);
        self.at += len;
        Ok(taken)
    }

    pub(super) fn length(&mut self) -> Result<u64, RdbError> {
        let at = self.at;
        let first = self.byte()?;
        self.length_from(first)?.ok_or(corrupt(at, "a length was expected"))
    }

    /// The length that begins with `first`; `None` if that begins a special string.
    fn length_from(&mut self, first: u8) -> Result<Option<u64>, RdbError> {
        Ok(Some(match first {
            0..=0x3f => u64::from(first),
            0x40..=0x7f => u64::from(first & 0x3f) << 8 | u64::from(self.byte()?),
            0x80 => u64::from(u32::from_be_bytes(self.array()?)),
            0x81 => u64::from_be_bytes(self.array()?),
            0x82..=0xbf => return Err(corrupt(self.at - 1, "unknown form of a length")),
            _ => return Ok(None),
        }))
    }

    pub(super) fn string(&mut self) -> Result<Bytes, RdbError> {
        let at = self.at;
        let first = self.byte()?;
        if let Some(len) = self.length_from(first)? {
            return self.take(len);
        }
        Ok(match first {
            form::INT8 => listpack::decimal(i64::from(i8::from_le_bytes(self.array()?))),
            form::INT16 => listpack::decimal(i64::from(i16::from_le_bytes(self.array()?))),
            form::INT32 => listpack::decimal(i64::from(i32::from_le_bytes(self.array()?))),
            form::LZF => {
                let (packed_len, len) = (self.length()?, self.length()?);
                let packed = self.take(packed_len)?;
                self.unpack(&packed, len).ok_or(corrupt(at, "compressed string"))?
            }
            _ => return Err(corrupt(at, "unknown form of a string")),
        })
    }

    fn unpack(&mut self, packed: &[u8], len: u64) -> Option<Bytes> {
        let len = usize::try_from(len).ok()?;
        self.unpacked = self.unpacked.checked_add(len).filter(|&all| all <= UNPACKED_MAX)?;
        lzf::decompress(packed, len).map(Bytes::from)
    }

    /// A value whose type byte is at `at`.
    fn value(&mut self, kind: u8, at: usize) -> Result<Value, RdbError> {
        match kind {
            kind::STRING => Ok(Value::Str(self.string()?)),
            kind::LIST_QUICKLIST_2 => Ok(self.list()?.into()),
            kind => collections::read(self, kind, at),
        }
    }

    /// Not inlined: a page whose data set has no lists does without its code.
    #[inline(never)]
    fn list(&mut self) -> Result<List, RdbError> {
        let mut list = List::new();
        for _ in 0..self.length()? {
            self.quicklist_node(&mut list)?;
        }
        Ok(list)
    }

    fn quicklist_node(&mut self, list: &mut List) -> Result<(), RdbError> {
        let at = self.at;
        match self.length()? {
            form::PLAIN => match self.string()? {
                element if element.is_empty() => return Err(corrupt(at, "an empty element by itself")),
                element => list.push_back(element),
            },
            form::PACKED => {
                let whole = self.string()?;
                if !listpack::for_each(&whole, &mut |element| list.push_back(element)) {
                    return Err(corrupt(at, "Listpack integrity check failed."));
                }
            }
            _ => return Err(corrupt(at, "unknown container of a list node")),
        }
        Ok(())
    }
}
