//! One database: entries in shards, ordered by the hash of their keys. The order depends on the content alone, so two
//! servers with equal data iterate, save and scan alike, and a scan cursor is simply a hash.

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
use core::fmt;
use std::cmp::Ordering;
use std::sync::Arc;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Value;
use super::deadlines::Deadlines;
use super::mixing::{hash_bytes, mix};
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
use super::usage::Clock;
use super::usage::Mark;
use crate::base::{Bytes, Rng};

/// Shards of a database that has keys; a power of two above 1.
const SHARDS_MIN: usize = 16;
/// More shards than this are not made: the vector of shards is copied at the first write after a clone.
const SHARDS_MAX: usize = 1 << 20;
/// Average entries of a shard beyond which the shards are split. A write behind a copy of the data set copies a shard: they
/// are small.
const ENTRIES_PER_SHARD: usize = 4;
/// Entries that are looked at one after the other before a search by halves takes over: keys may have been chosen so that
/// their hashes lie close together.
const WALK_MAX: usize = 16;

/// A key, its value and its deadline.
#[derive(Clone, Debug)]
pub struct Entry {
    hash: u64,
    version: u64,
    expire_ms: Option<i64>,
    key: Bytes,
    value: Value,
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    form: Form,
    mark: Mark,
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    sum: Sum,
}

/// The digest of an entry of database 0 when it was last asked for; 0 if the entry has changed since. A swarm of
/// experiments asks for the digest of data sets that have hardly changed, again and again.
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
#[derive(Default)]
struct Sum(AtomicU64);

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
impl fmt::Debug for Sum {
    /// Whether it was asked for is no part of the state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sum")
    }
}

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
impl Clone for Sum {
    fn clone(&self) -> Sum {
        Sum(AtomicU64::new(self.0.load(Relaxed)))
    }
}

/// How Redis keeps a string that was not simply set; only OBJECT ENCODING shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// As its text suggests.
    #[default]
    Usual,
    /// Changed in place: raw, however short it is.
    Raw,
    /// Written as text, even if that is an integer.
    Text,
    /// A copy: an integer that is not the one that all others share.
    Copied,
}

/// A database with at least one key, once it has been written to.
#[derive(Clone, Debug)]
pub(super) struct Database {
    shards: Vec<Arc<Vec<Entry>>>,
    len: usize,
    deadlines: Deadlines,
}

impl Entry {
    /// The key.
    pub fn key(&self) -> &Bytes {
        &self.key
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// When the key expires, in unix milliseconds.
    pub fn expire_ms(&self) -> Option<i64> {
        self.expire_ms
    }

    /// Whether the deadline has passed: it has from the millisecond after it on.
    pub fn is_expired(&self, now_ms: i64) -> bool {
        self.expire_ms.is_some_and(|deadline_ms| now_ms > deadline_ms)
    }

    /// How Redis keeps the value if it is a string.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Only OBJECT ENCODING asks for it, which the page has no use for.
    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    pub fn form(&self) -> Form {
        Form::Usual
    }

    /// What is kept of its use.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn mark(&self) -> Mark {
        self.mark.clone()
    }

    /// Forgets how the key was used.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn set_fresh(&self, clock: Clock) {
        self.mark.set(clock.fresh());
    }

    /// Notes that the key is used now.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn touch(&self, clock: Clock, rng: &mut Rng) {
        self.mark.set(clock.used(self.mark.bits(), rng));
    }

    /// For how many seconds the key was not used.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn idle_s(&self, clock: Clock) -> u32 {
        clock.idle_s(self.mark.bits())
    }

    /// How often the key was used, as an LFU policy counts it.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn frequency(&self, clock: Clock) -> u32 {
        clock.frequency(self.mark.bits())
    }

    /// Says for how many seconds the key was not used, or under an LFU policy how often it was.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn set_usage(&self, clock: Clock, idle_s: Option<i64>, frequency: Option<u32>) {
        match (clock.frequencies, idle_s, frequency) {
            (Some(_), _, Some(frequency)) => self.mark.set(clock.counted(frequency)),
            (None, Some(idle_s), _) => self.mark.set(clock.idle(idle_s)),
            _ => {}
        }
    }

    /// Changes with every modification of the key and never repeats within a keyspace.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    fn set_form(&mut self, form: Form) {
        self.form = form;
    }

    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    fn set_form(&mut self, _: Form) {}

    /// About what a snapshot writes for the entry: payload, one type byte, two lengths, the deadline.
    pub(super) fn bytes(&self) -> u64 {
        self.key.len() as u64 + self.value.payload_bytes() + 3 + deadline_bytes(self.expire_ms)
    }

    /// Hash over everything but the version.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn digest(&self, db: usize) -> u64 {
        let known = self.sum.0.load(Relaxed);
        if db != 0 || known == 0 {
            let digest = self.fresh_digest(db);
            self.sum.0.store(if db == 0 { digest } else { known }, Relaxed);
            return digest;
        }
        known
    }

    /// Hash over everything but the version.
    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    pub(super) fn digest(&self, db: usize) -> u64 {
        self.fresh_digest(db)
    }

    /// What was noted about the entry is not true any more.
    fn changed(&mut self) {
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        {
            self.sum = Sum::default();
        }
    }

    fn fresh_digest(&self, db: usize) -> u64 {
        let deadline = self.expire_ms.map_or(0, |deadline_ms| mix(deadline_ms as u64 ^ 0x5851_f42d_4c95_7f2d));
        mix(self.value.hash(self.hash ^ mix(db as u64 + 1)) ^ deadline)
    }
}

/// What a snapshot writes for a deadline: an opcode and eight bytes.
pub(super) fn deadline_bytes(expire_ms: Option<i64>) -> u64 {
    if expire_ms.is_some() { 9 } else { 0 }
}

/// Hash that places a key, the same in every keyspace.
pub(super) fn hash_key(key: &[u8]) -> u64 {
    hash_bytes(0, key)
}

impl Database {
    pub(super) fn new() -> Database {
        Database { shards: vec![Arc::default(); SHARDS_MIN], len: 0, deadlines: Deadlines::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    pub(super) fn get(&self, hash: u64, key: &[u8]) -> Option<&Entry> {
        let shard = self.shard_of(hash);
        self.find(shard, hash, key).ok().map(|at| &self.shards[shard][at])
    }

    /// The entry for changes. The caller must not change its deadline: that is what `set_expire` is for.
    pub(super) fn value_mut(&mut self, hash: u64, key: &[u8], version: u64) -> Option<&mut Value> {
        let shard = self.shard_of(hash);
        let at = self.find(shard, hash, key).ok()?;
        let entry = &mut Arc::make_mut(&mut self.shards[shard])[at];
        entry.version = version;
        entry.set_form(Form::Usual);
        entry.changed();
        Some(&mut entry.value)
    }

    /// Notes how Redis keeps the string of a key.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn mark_form(&mut self, hash: u64, key: &[u8], form: Form) {
        let shard = self.shard_of(hash);
        if let Ok(at) = self.find(shard, hash, key) {
            Arc::make_mut(&mut self.shards[shard])[at].form = form;
        }
    }

    /// Puts an entry in, in place of the one that had its key. Returns the bytes of the new and of the old one.
    pub(super) fn insert(
        &mut self,
        key: Bytes,
        value: Value,
        expire_ms: Option<i64>,
        version: u64,
        mark: Mark,
    ) -> (u64, u64) {
        let hash = hash_key(&key);
        let shard = self.shard_of(hash);
        let found = self.find(shard, hash, &key);
        let entries = Arc::make_mut(&mut self.shards[shard]);
        match found {
            Ok(at) => {
                let entry = &mut entries[at];
                let old_bytes = entry.bytes();
                let old_expire_ms = entry.expire_ms;
                (entry.value, entry.expire_ms, entry.version) = (value, expire_ms, version);
                entry.set_form(Form::Usual);
                entry.mark = mark;
                entry.changed();
                let new_bytes = entry.bytes();
                if old_expire_ms != expire_ms {
                    let key = entry.key.clone();
                    self.move_deadline(&key, old_expire_ms, expire_ms);
                }
                (new_bytes, old_bytes)
            }
            Err(at) => {
                if let Some(deadline_ms) = expire_ms {
                    self.deadlines.add(deadline_ms, key.clone());
                }
                let entry = Entry {
                    hash,
                    version,
                    expire_ms,
                    key,
                    value,
                    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
                    form: Form::Usual,
                    mark,
                    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
                    sum: Sum::default(),
                };
                let new_bytes = entry.bytes();
                entries.insert(at, entry);
                self.len += 1;
                if self.len > self.shards.len() * ENTRIES_PER_SHARD && self.shards.len() < SHARDS_MAX {
                    self.split();
                }
                (new_bytes, 0)
            }
        }
    }

    /// Changes the deadline of a key; returns the one that it had, `None` if there is no such key.
    pub(super) fn set_expire(
        &mut self,
        hash: u64,
        key: &[u8],
        expire_ms: Option<i64>,
        version: u64,
    ) -> Option<Option<i64>> {
        let shard = self.shard_of(hash);
        let at = self.find(shard, hash, key).ok()?;
        let entry = &mut Arc::make_mut(&mut self.shards[shard])[at];
        let old_expire_ms = entry.expire_ms;
        (entry.expire_ms, entry.version) = (expire_ms, version);
        entry.changed();
        if old_expire_ms != expire_ms {
            let key = entry.key.clone();
            self.move_deadline(&key, old_expire_ms, expire_ms);
        }
        Some(old_expire_ms)
    }

    pub(super) fn remove(&mut self, hash: u64, key: &[u8]) -> Option<Entry> {
        let shard = self.shard_of(hash);
        let at = self.find(shard, hash, key).ok()?;
        let entry = Arc::make_mut(&mut self.shards[shard]).remove(at);
        self.len -= 1;
        if let Some(deadline_ms) = entry.expire_ms {
            self.deadlines.remove(deadline_ms, &entry.key);
        }
        Some(entry)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.shards.iter().flat_map(|shard| shard.iter())
    }

    /// Shows the entries from hash `cursor` on until at least `count` were shown and returns the hash to go on with, 0 at
    /// the end. Entries of one hash are never parted, so no entry is missed however the database changes in between.
    pub(super) fn scan(&self, cursor: u64, count: u64, visit: &mut dyn FnMut(&Entry)) -> u64 {
        let mut shown = 0;
        let mut last_hash = None;
        for shard in &self.shards[self.shard_of(cursor)..] {
            let start = shard.partition_point(|entry| entry.hash < cursor);
            for entry in &shard[start..] {
                if shown >= count && last_hash != Some(entry.hash) {
                    return entry.hash;
                }
                visit(entry);
                shown += 1;
                last_hash = Some(entry.hash);
            }
        }
        0
    }

    /// Some entry. Entries in thin shards are drawn a little more often, as in Redis those of short chains.
    pub(super) fn random(&self, rng: &mut Rng) -> Option<&Entry> {
        let first = rng.below(self.shards.len() as u64) as usize;
        let (before, after) = self.shards.split_at(first);
        let shard = after.iter().chain(before).find(|shard| !shard.is_empty())?;
        shard.get(rng.below(shard.len() as u64) as usize)
    }

    fn move_deadline(&mut self, key: &Bytes, from_ms: Option<i64>, to_ms: Option<i64>) {
        if let Some(deadline_ms) = from_ms {
            self.deadlines.remove(deadline_ms, key);
        }
        if let Some(deadline_ms) = to_ms {
            self.deadlines.add(deadline_ms, key.clone());
        }
    }

    fn shard_of(&self, hash: u64) -> usize {
        (hash >> (64 - self.shards.len().trailing_zeros())) as usize
    }

    /// Doubles the number of shards. They are ordered by hash, so each is cut in two where the next bit changes.
    fn split(&mut self) {
        let shards = std::mem::take(&mut self.shards);
        let new_bit = 1u64 << (63 - shards.len().trailing_zeros());
        self.shards.reserve_exact(shards.len() * 2);
        for shard in shards {
            let mut low = Arc::unwrap_or_clone(shard);
            let cut = low.partition_point(|entry| entry.hash & new_bit == 0);
            let high = low.split_off(cut);
            self.shards.push(Arc::new(low));
            self.shards.push(Arc::new(high));
        }
    }

    /// The place of a key in its shard: where it is, or where it belongs.
    fn find(&self, shard: usize, hash: u64, key: &[u8]) -> Result<usize, usize> {
        let mut at = self.place_of(shard, hash);
        let entries = &self.shards[shard];
        // Nearly always the first one decides: two keys of one hash are rare.
        while let Some(entry) = entries.get(at).filter(|entry| entry.hash == hash) {
            match entry.key.as_slice().cmp(key) {
                Ordering::Less => at += 1,
                Ordering::Equal => return Ok(at),
                Ordering::Greater => break,
            }
        }
        Err(at)
    }

    /// The first entry of a shard that has this hash or a higher one. Hashes are spread evenly, so it is near the place
    /// that the bits below those of the shard's number point to; a binary search would touch more memory.
    fn place_of(&self, shard: usize, hash: u64) -> usize {
        let entries = &self.shards[shard];
        let within = (hash << self.shards.len().trailing_zeros()) >> 32;
        let mut at = ((within * entries.len() as u64) >> 32) as usize;
        for _ in 0..WALK_MAX {
            if at > 0 && entries[at - 1].hash >= hash {
                at -= 1;
            } else if entries.get(at).is_some_and(|entry| entry.hash < hash) {
                at += 1;
            } else {
                return at;
            }
        }
        entries.partition_point(|entry| entry.hash < hash)
    }
}
