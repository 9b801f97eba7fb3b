//! One execution of a data command: what it may touch, what it answers, and what it did to the data set.
//!
//! The same command sees expired keys differently depending on who runs it (`docs/redis-replication.md` 13.3); that is the
//! only thing that it knows of roles. What of its effects goes into the stream is the caller's business.

use crate::base::{Bytes, Rng, format_i64, parse_i64};
use crate::data::{Entry, Keyspace, Value};
use crate::rdb::RdbError;
use crate::resp::Replies;

pub(super) const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
pub(super) const SYNTAX_ERROR: &str = "ERR syntax error";
pub(super) const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";
pub(super) const NO_SUCH_KEY: &str = "ERR no such key";
pub(super) const SAME_OBJECT: &str = "ERR source and destination objects are the same";
pub(super) const DB_OUT_OF_RANGE: &str = "ERR DB index is out of range";

/// How a command meets keys whose deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryView {
    /// On a master: they are deleted when a command comes across them, and the deletion is noted in [`Effects::expired`].
    Master,
    /// A client of a read-only replica: they are hidden, and stay until the master deletes them.
    ReplicaRead,
    /// A command of the master on its replica: they are still there.
    FromMaster,
    /// A client of a writable replica: hidden from reads, deleted by writes; nothing is noted.
    WritableReplica,
}

/// What a command wants a key for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// To look at it.
    Read,
    /// To look at it without being counted as one who read it.
    Peek,
    /// To learn something of it, which is a read and no use of the key.
    Glance,
    /// To change it.
    Write,
}

/// What a command did to the data set, for propagation and for save points.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Changes, counted as Redis counts them. A command with none is not propagated, unless `force`.
    pub dirty: u64,
    /// Expired keys deleted on the way: database and key. Their deletions precede the command in the stream.
    pub expired: Vec<(usize, Bytes)>,
    /// Propagate even without changes: FLUSHALL and FLUSHDB.
    pub force: bool,
    /// What to propagate instead of the client's own words: `None` for the words as they came, otherwise these commands.
    pub replace: Option<Vec<Vec<Bytes>>>,
    /// A running save is of no use any more: FLUSHALL.
    pub stop_save: bool,
    /// It found nothing to take and would wait for keys.
    pub block: Option<Block>,
    /// Keys that it wanted to read: found, and not found.
    pub looked: (u64, u64),
    /// The answer that was asked for fits into no memory.
    pub endless: bool,
    /// It was given a value that cannot be read.
    pub bad_value: Option<RdbError>,
}

/// What a command waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which of its words are the keys.
    pub keys: std::ops::Range<usize>,
    /// How long, in milliseconds; 0 for ever.
    pub timeout_ms: u64,
}

/// One execution of a data command.
pub struct Call<'a> {
    /// The data set.
    pub keyspace: &'a mut Keyspace,
    /// The selected database.
    pub db: usize,
    /// Command name and arguments; their number was checked against the arity.
    pub argv: &'a [Bytes],
    /// The node's unix time in milliseconds, the same throughout the command.
    pub now_ms: i64,
    /// How expired keys are met.
    pub view: ExpiryView,
    /// Takes the answer.
    pub reply: &'a mut Replies,
    /// Takes what the command did.
    pub effects: &'a mut Effects,
    /// For random choices.
    pub rng: &'a mut Rng,
    /// `lazyfree-lazy-expire`: expiry is propagated as UNLINK instead of DEL.
    pub lazyfree_expire: bool,
    /// Values are taken without a look at their checksum: DEBUG SET-SKIP-CHECKSUM-VALIDATION.
    pub skips_checksums: bool,
}

impl Effects {
    /// Nothing done yet.
    pub fn new() -> Effects {
        Effects::default()
    }

    /// Forgets everything, for the next command.
    pub fn clear(&mut self) {
        self.dirty = 0;
        self.expired.clear();
        self.force = false;
        self.replace = None;
        self.stop_save = false;
        self.block = None;
        self.looked = (0, 0);
        self.endless = false;
        self.bad_value = None;
    }

    /// Whether the command itself (or its replacement) goes into the stream.
    pub fn propagates(&self) -> bool {
        self.dirty > 0 || self.force
    }
}

impl<'a> Call<'a> {
    /// The argument at `index`. Within the arity it is always there.
    pub(super) fn arg(&self, index: usize) -> &'a Bytes {
        &self.argv[index]
    }

    /// Whether the argument at `index` is this word, in any case.
    pub(super) fn arg_is(&self, index: usize, word: &str) -> bool {
        self.argv[index].eq_ignore_ascii_case(word.as_bytes())
    }

    /// The value of a key of the selected database, if this command may see it.
    pub(super) fn value(&mut self, key: &[u8], access: Access) -> Option<Value> {
        let fresh = self.keyspace.get(self.db, key).filter(|entry| !entry.is_expired(self.now_ms));
        if let Some(entry) = fresh {
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            entry.touch(self.keyspace.clock(), self.rng);
            let value = entry.value().clone();
            self.looked(access, true);
            return Some(value);
        }
        self.entry(self.db, key, access).map(|entry| entry.value().clone())
    }

    /// The string of a key, `Some(None)` if there is no such key. `None` after answering that it holds another type.
    pub(super) fn string(&mut self, key: &[u8], access: Access) -> Option<Option<Bytes>> {
        match self.value(key, access) {
            None => Some(None),
            Some(Value::Str(text)) => Some(Some(text)),
            Some(_) => self.fail(WRONG_TYPE),
        }
    }

    /// The entry of a key in any database, if this command may see it.
    pub(super) fn entry(&mut self, db: usize, key: &[u8], access: Access) -> Option<&Entry> {
        if self.sees(db, key, access) { self.keyspace.get(db, key) } else { None }
    }

    /// Whether this command may see a key of any database.
    fn sees(&mut self, db: usize, key: &[u8], access: Access) -> bool {
        let expired = self.keyspace.get(db, key).map(|entry| entry.is_expired(self.now_ms));
        let found = expired.is_some_and(|expired| !expired || self.meet_expired(db, access, key));
        self.looked(access, found);
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        if found
            && access != Access::Glance
            && let Some(entry) = self.keyspace.get(db, key)
        {
            entry.touch(self.keyspace.clock(), self.rng);
        }
        found
    }

    /// Counts a look at a key, for INFO: only looks to read count.
    fn looked(&mut self, access: Access, found: bool) {
        if matches!(access, Access::Read | Access::Glance) {
            self.effects.looked.0 += u64::from(found);
            self.effects.looked.1 += u64::from(!found);
        }
    }

    /// Whether this command may see a key of the selected database.
    pub(super) fn exists(&mut self, key: &[u8], access: Access) -> bool {
        self.sees(self.db, key, access)
    }

    /// Comes across an expired key; says whether the command may see it.
    #[cold]
    fn meet_expired(&mut self, db: usize, access: Access, key: &[u8]) -> bool {
        match (self.view, access) {
            (ExpiryView::FromMaster, _) => return true,
            (ExpiryView::Master, _) => {
                if let Some(entry) = self.keyspace.remove(db, key) {
                    self.effects.expired.push((db, entry.key().clone()));
                }
            }
            (ExpiryView::WritableReplica, Access::Write) => drop(self.keyspace.remove(db, key)),
            (ExpiryView::ReplicaRead | ExpiryView::WritableReplica, _) => {}
        }
        false
    }

    /// Answers an error. Returns `None`, to end a command that reads its arguments one by one.
    pub(super) fn fail<T>(&mut self, text: &str) -> Option<T> {
        self.reply.error(text);
        None
    }

    /// The argument at `index` as a number; `None` after answering that it is none.
    pub(super) fn integer_arg(&mut self, index: usize) -> Option<i64> {
        match parse_i64(self.arg(index)) {
            Some(number) => Some(number),
            None => self.fail(NOT_AN_INTEGER),
        }
    }

    /// The argument at `index` as the number of a database; `None` after answering what is wrong with it.
    pub(super) fn database_arg(&mut self, index: usize) -> Option<usize> {
        let number = self.integer_arg(index)?;
        if i32::try_from(number).is_err() {
            return self.fail("ERR value is out of range, value must between -2147483648 and 2147483647");
        }
        match usize::try_from(number) {
            Ok(db) if db < self.keyspace.databases() => Some(db),
            _ => self.fail(DB_OUT_OF_RANGE),
        }
    }

    /// Answers that the number of arguments is wrong for this command.
    pub(super) fn fail_arity(&mut self) {
        let name = self.arg(0).to_ascii_lowercase();
        self.reply.error(&super::wrong_arity(&String::from_utf8_lossy(&name)));
    }

    /// Notes one change and answers with a number.
    pub(super) fn changed(&mut self, answer: i64) {
        self.effects.dirty += 1;
        self.reply.integer(answer);
    }

    /// Has this command propagated instead of the client's words. A replica forwards its master's bytes as they are, so
    /// nothing is made up there.
    pub(super) fn rewrite<const N: usize>(&mut self, words: [Bytes; N]) {
        self.rewrite_all(vec![words.into()]);
    }

    /// Has these commands propagated instead of the client's words.
    pub(super) fn rewrite_all(&mut self, commands: Vec<Vec<Bytes>>) {
        if self.view != ExpiryView::FromMaster {
            self.effects.replace = Some(commands);
        }
    }

    /// Deletes a key because its new deadline has already passed, as a master does.
    pub(super) fn delete_as_expired(&mut self, key: &Bytes) {
        self.keyspace.remove(self.db, key);
        self.effects.dirty += 1;
        let word = if self.lazyfree_expire { "UNLINK" } else { "DEL" };
        self.rewrite([word.into(), key.clone()]);
    }

    /// Whether a deadline that a command is about to set counts as passed. Only a master decides that (13.3).
    pub(super) fn is_past(&self, deadline_ms: i64) -> bool {
        self.view == ExpiryView::Master && deadline_ms <= self.now_ms
    }
}

/// The decimal text of a number.
pub(super) fn integer_bytes(number: i64) -> Bytes {
    let mut text = Vec::with_capacity(20);
    format_i64(number, &mut text);
    text.into()
}
