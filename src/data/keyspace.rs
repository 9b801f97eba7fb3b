//! All databases of a server, with what must hold across them: the size in bytes and the versions that WATCH compares.

use std::sync::Arc;

use super::database::{Database, Entry, Form, deadline_bytes, hash_key};
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
use super::usage::Clock;
use super::usage::Mark;
use super::{Collection, Limits, List, Value};
use crate::base::{Bytes, Rng, SortedMap};

/// The data set of a server. Cloning is cheap and gives an independent data set.
///
/// Expired keys stay until someone removes them; only [`Keyspace::version`] takes them for missing. A database number
/// outside `0..databases()` names an empty database that stays empty.
#[derive(Clone, Debug)]
pub struct Keyspace {
    /// How many databases can be selected.
    databases: usize,
    /// Those that hold keys.
    used: SortedMap<usize, Arc<Database>>,
    /// Sum of `Entry::bytes`.
    entry_bytes: u64,
    ballast: u64,
    /// The newest version given to an entry. Only grows.
    changes: u64,
    /// Added to the versions of entries, so that none repeats when one data set replaces another.
    version_base: u64,
    /// Up to what sizes Redis keeps collections in their small forms.
    limits: Limits,
    /// Lists and sorted sets that were made, where somebody wants to know.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    news: Option<Vec<(usize, Bytes)>>,
    /// For the times at which keys are used.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    clock: Clock,
}

impl Keyspace {
    /// An empty data set with this many databases.
    pub fn new(databases: usize) -> Keyspace {
        Keyspace {
            databases,
            used: SortedMap::new(),
            entry_bytes: 0,
            ballast: 0,
            changes: 0,
            version_base: 0,
            limits: Limits::DEFAULT,
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            news: None,
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            clock: Clock::default(),
        }
    }

    /// Number of databases that can be selected.
    pub fn databases(&self) -> usize {
        self.databases
    }

    /// The databases that hold keys, in order.
    pub fn used_databases(&self) -> impl Iterator<Item = usize> {
        self.used.keys()
    }

    /// Number of keys in a database, expired ones included.
    pub fn len(&self, db: usize) -> usize {
        self.used.get(&db).map_or(0, |database| database.len())
    }

    /// Number of keys in all databases, expired ones included.
    pub fn total_keys(&self) -> u64 {
        self.used.values().map(|database| database.len() as u64).sum()
    }

    /// Whether no database holds a key.
    pub fn is_empty(&self) -> bool {
        self.used.is_empty()
    }

    /// Number of keys of a database that have a deadline.
    pub fn keys_with_expiry(&self, db: usize) -> usize {
        self.used.get(&db).map_or(0, |database| database.deadlines().len())
    }

    /// The mean deadline of the keys of a database that have one, in unix milliseconds.
    pub fn mean_deadline_ms(&self, db: usize) -> Option<i64> {
        self.used.get(&db)?.deadlines().mean_ms()
    }

    /// The entries of a database, expired ones included, in an order that depends only on the keys.
    pub fn entries(&self, db: usize) -> impl Iterator<Item = (&Bytes, &Value, Option<i64>)> {
        self.all(db).map(|entry| (entry.key(), entry.value(), entry.expire_ms()))
    }

    /// The entry of a key, expired or not.
    pub fn get(&self, db: usize, key: &[u8]) -> Option<&Entry> {
        self.used.get(&db)?.get(hash_key(key), key)
    }

    /// Sets value and deadline (unix milliseconds) of a key, which may be new.
    pub fn insert(&mut self, db: usize, key: Bytes, value: Value, expire_ms: Option<i64>) {
        if db >= self.databases {
            return;
        }
        let value = match value {
            Value::Str(text) => Value::Str(text.compact()),
            other => self.settled(other),
        };
        let version = self.next_version();
        if !self.used.contains_key(&db) {
            self.used.insert(db, Arc::new(Database::new()));
        }
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        self.note_news(db, &key, &value);
        let mark = self.fresh_mark(db, &key);
        let Some(database) = self.used.get_mut(&db) else { return };
        let (new_bytes, old_bytes) = Arc::make_mut(database).insert(key.compact(), value, expire_ms, version, mark);
        self.entry_bytes = self.entry_bytes + new_bytes - old_bytes;
    }

    /// Takes a key out.
    pub fn remove(&mut self, db: usize, key: &[u8]) -> Option<Entry> {
        let hash = hash_key(key);
        // Looked for first: a miss must not copy what a clone shares.
        self.used.get(&db)?.get(hash, key)?;
        let database = Arc::make_mut(self.used.get_mut(&db)?);
        let entry = database.remove(hash, key)?;
        if database.len() == 0 {
            self.used.remove(&db);
        }
        self.entry_bytes -= entry.bytes();
        Some(entry)
    }

    /// Changes the value of a key in place; false if there is no such key. The deadline stays. A collection that loses its
    /// last member is removed.
    pub fn update(&mut self, db: usize, key: &[u8], change: &mut dyn FnMut(&mut Value)) -> bool {
        let hash = hash_key(key);
        if self.get(db, key).is_none() {
            return false;
        }
        let version = self.next_version();
        let Some(database) = self.used.get_mut(&db) else { return false };
        let Some(value) = Arc::make_mut(database).value_mut(hash, key, version) else { return false };
        let old_bytes = value.payload_bytes();
        change(value);
        let empty = value.is_empty_collection();
        self.entry_bytes = self.entry_bytes + value.payload_bytes() - old_bytes;
        if empty {
            self.remove(db, key);
        }
        true
    }

    /// Notes how Redis keeps the string of a key; see [`Entry::form`].
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn mark_form(&mut self, db: usize, key: &[u8], form: Form) {
        if let Some(database) = self.used.get_mut(&db) {
            Arc::make_mut(database).mark_form(hash_key(key), key, form);
        }
    }

    /// Nobody asks.
    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    pub fn mark_form(&mut self, _: usize, _: &[u8], _: Form) {}

    /// Changes a list in place; `None` if the key holds none. See [`Keyspace::update`].
    pub fn update_list<R>(&mut self, db: usize, key: &[u8], change: impl FnOnce(&mut List) -> R) -> Option<R> {
        self.edit(db, key, change)
    }

    /// Changes a collection in place; `None` if the key holds none of this type. See [`Keyspace::update`].
    pub fn edit<T: Collection, R>(&mut self, db: usize, key: &[u8], change: impl FnOnce(&mut T) -> R) -> Option<R> {
        T::of(self.get(db, key)?.value())?;
        let mut change = Some(change);
        let mut result = None;
        let limits = self.limits;
        self.update(db, key, &mut |value| {
            if let (Some(members), Some(change)) = (T::of_mut(value), change.take()) {
                let members = Arc::make_mut(members);
                members.set_limit(&limits);
                result = Some(change(members));
            }
        });
        result
    }

    /// Changes a collection in place, a new one if there is no such key, and returns the number of changes; `None` if the
    /// key holds another type. Without changes it is no modification to WATCH.
    pub fn edit_counted<T: Collection>(
        &mut self,
        db: usize,
        key: &Bytes,
        change: impl FnOnce(&mut T) -> u64,
    ) -> Option<u64> {
        let version = self.get(db, key).map(Entry::version);
        let changes = self.edit_or_create(db, key, change)?;
        if let (0, Some(version), Some(database)) = (changes, version, self.used.get_mut(&db)) {
            Arc::make_mut(database).value_mut(hash_key(key), key, version);
        }
        Some(changes)
    }

    /// Changes a collection in place, a new one if there is no such key; `None` if the key holds another type.
    pub fn edit_or_create<T: Collection, R>(
        &mut self,
        db: usize,
        key: &Bytes,
        change: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        if self.get(db, key).is_some() {
            return self.edit(db, key, change);
        }
        let mut members = T::default();
        members.set_limit(&self.limits);
        let result = change(&mut members);
        if !members.is_empty() {
            self.insert(db, key.clone(), members.into_value(), None);
        }
        Some(result)
    }

    /// Sets or, with `None`, removes the deadline of a key, in unix milliseconds; false if there is no such key.
    pub fn set_expire(&mut self, db: usize, key: &[u8], expire_ms: Option<i64>) -> bool {
        if self.get(db, key).is_none() {
            return false;
        }
        let version = self.next_version();
        let Some(database) = self.used.get_mut(&db) else { return false };
        let Some(old_ms) = Arc::make_mut(database).set_expire(hash_key(key), key, expire_ms, version) else {
            return false;
        };
        self.entry_bytes = self.entry_bytes + deadline_bytes(expire_ms) - deadline_bytes(old_ms);
        true
    }

    /// Empties a database; returns the number of keys that it had.
    pub fn flush_db(&mut self, db: usize) -> u64 {
        let Some(database) = self.used.remove(&db) else { return 0 };
        self.entry_bytes -= database.iter().map(Entry::bytes).sum::<u64>();
        database.len() as u64
    }

    /// Empties every database and drops the ballast; returns the number of keys that there were.
    pub fn flush_all(&mut self) -> u64 {
        let keys = self.total_keys();
        self.used.clear();
        (self.entry_bytes, self.ballast) = (0, 0);
        keys
    }

    /// Puts another data set, one that was just loaded, in the place of this one. To WATCH every key has changed.
    pub fn replace(&mut self, loaded: Keyspace) {
        let version_base = self.version_base + self.changes;
        let limits = self.limits;
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        let loaded = Keyspace { news: self.news.take(), clock: self.clock, ..loaded };
        *self = Keyspace { version_base, limits, ..loaded };
        self.settle_all();
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        if self.clock.frequencies.is_some() {
            self.used.keys().flat_map(|db| self.all(db)).for_each(|entry| entry.set_fresh(self.clock));
        }
    }

    /// The time of the last command, for what is kept of the use of keys.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Sets the time, and what is kept of it.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// What is kept of the use of a key whose value is set now: under an LFU policy it is as popular as it was.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    fn fresh_mark(&self, db: usize, key: &[u8]) -> Mark {
        let old = self.clock.frequencies.and_then(|_| self.get(db, key));
        old.map_or_else(|| Mark::new(self.clock.fresh()), Entry::mark)
    }

    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    fn fresh_mark(&self, _: usize, _: &[u8]) -> Mark {
        Mark
    }

    /// Whether to note lists and sorted sets that are made, for [`Keyspace::take_news`].
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn want_news(&mut self, wanted: bool) {
        self.news = wanted.then(|| self.news.take().unwrap_or_default());
    }

    /// The lists and sorted sets that were made since it was asked last, under new names: database and key.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn take_news(&mut self) -> Vec<(usize, Bytes)> {
        self.news.as_mut().map(std::mem::take).unwrap_or_default()
    }

    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    fn note_news(&mut self, db: usize, key: &Bytes, value: &Value) {
        if self.news.is_some() && matches!(value, Value::List(_) | Value::SortedSet(_)) {
            let is_new = self.get(db, key).is_none();
            self.news.iter_mut().filter(|_| is_new).for_each(|news| news.push((db, key.clone())));
        }
    }

    /// The sizes up to which Redis keeps collections in their small forms.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sets the sizes up to which Redis keeps collections in their small forms; what is there stays as it is.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    fn settled(&self, mut value: Value) -> Value {
        if self.limits != Limits::DEFAULT {
            value.settle(&self.limits);
        }
        value
    }

    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    fn settled(&self, value: Value) -> Value {
        value
    }

    /// Holds loaded collections against the limits, where they are not the usual ones.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    fn settle_all(&mut self) {
        if self.limits == Limits::DEFAULT {
            return;
        }
        let databases: Vec<usize> = self.used_databases().collect();
        for db in databases {
            let entries: Vec<(Bytes, Value, Option<i64>)> =
                self.entries(db).map(|(key, value, expire_ms)| (key.clone(), value.clone(), expire_ms)).collect();
            entries.into_iter().for_each(|(key, value, expire_ms)| self.insert(db, key, value, expire_ms));
        }
    }

    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    fn settle_all(&mut self) {}

    /// Exchanges the contents of two databases.
    pub fn swap(&mut self, first: usize, second: usize) {
        if first >= self.databases || second >= self.databases {
            return;
        }
        let (left, right) = (self.used.remove(&first), self.used.remove(&second));
        if let Some(database) = left {
            self.used.insert(second, database);
        }
        if let Some(database) = right {
            self.used.insert(first, database);
        }
    }

    /// Size of the data set in bytes, about that of a snapshot without compression, ballast included.
    pub fn dataset_bytes(&self) -> u64 {
        self.entry_bytes + self.ballast
    }

    /// Bytes that count in sizes and hold nothing.
    pub fn ballast(&self) -> u64 {
        self.ballast
    }

    /// Sets the number of bytes that count in sizes and hold nothing.
    pub fn set_ballast(&mut self, bytes: u64) {
        self.ballast = bytes;
    }

    /// How many times keys were changed.
    pub fn changes(&self) -> u64 {
        self.version_base + self.changes
    }

    /// A number that changes with every modification of the key: what WATCH remembers. 0 if the key is missing or its
    /// deadline has passed.
    pub fn version(&self, db: usize, key: &[u8], now_ms: i64) -> u64 {
        match self.get(db, key) {
            Some(entry) if !entry.is_expired(now_ms) => self.version_base + entry.version(),
            _ => 0,
        }
    }

    /// The soonest deadline of all keys, in unix milliseconds.
    pub fn next_expiry_hint(&self) -> Option<i64> {
        self.soonest().map(|(_, deadline_ms, _)| deadline_ms)
    }

    /// Removes up to `max` keys whose deadline has passed, soonest first, and says which: the active expiry of a master.
    pub fn expire_cycle(&mut self, now_ms: i64, max: usize) -> Vec<(usize, Bytes)> {
        let mut expired = Vec::new();
        while expired.len() < max {
            let Some((db, deadline_ms, key)) = self.soonest() else { break };
            if now_ms <= deadline_ms {
                break;
            }
            let key = key.clone();
            self.remove(db, &key);
            expired.push((db, key));
        }
        expired
    }

    /// Shows at least `count` entries from `cursor` on (all that are left if there are fewer) and returns the cursor to go
    /// on with, 0 at the end. Keys that stay during a whole scan are shown exactly once.
    pub fn scan(&self, db: usize, cursor: u64, count: u64, visit: &mut dyn FnMut(&Entry)) -> u64 {
        self.used.get(&db).map_or(0, |database| database.scan(cursor, count, visit))
    }

    /// Some entry of a database.
    pub fn random(&self, db: usize, rng: &mut Rng) -> Option<&Entry> {
        self.used.get(&db)?.random(rng)
    }

    /// A hash of the content: databases, keys, types, values, deadlines. Versions and ballast do not count.
    pub fn digest(&self) -> u64 {
        let digests = self.used.iter().flat_map(|(db, database)| database.iter().map(move |entry| entry.digest(db)));
        digests.fold(0, u64::wrapping_add)
    }

    /// The key with the soonest deadline, and its database.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn soonest_expiry(&self) -> Option<(usize, Bytes)> {
        self.soonest().map(|(db, _, key)| (db, key.clone()))
    }

    fn all(&self, db: usize) -> impl Iterator<Item = &Entry> {
        self.used.get(&db).into_iter().flat_map(|database| database.iter())
    }

    fn soonest(&self) -> Option<(usize, i64, &Bytes)> {
        let firsts = self.used.iter().filter_map(|(db, database)| {
            let (deadline_ms, key) = database.deadlines().soonest()?;
            Some((*deadline_ms, db, key))
        });
        firsts.min().map(|(deadline_ms, db, key)| (db, deadline_ms, key))
    }

    fn next_version(&mut self) -> u64 {
        self.changes += 1;
        self.changes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn text(value: &str) -> Value {
        Value::Str(value.into())
    }

    /// `n` keys in database 0, every third with a deadline.
    fn filled(n: u32) -> Keyspace {
        let mut keyspace = Keyspace::new(16);
        for i in 0..n {
            let expire_ms = (i % 3 == 0).then_some(1000 + i64::from(i));
            keyspace.insert(0, format!("key:{i}").into(), text(&i.to_string()), expire_ms);
        }
        keyspace
    }

    /// What a keyspace should hold: by database and key, the text and the deadline.
    type Model = BTreeMap<(usize, Bytes), (Bytes, Option<i64>)>;

    /// One random change to both.
    fn change(rng: &mut Rng, keyspace: &mut Keyspace, model: &mut Model) {
        let db = rng.below(2) as usize;
        let key = Bytes::from(format!("key:{}", rng.below(400)));
        let expire_ms = rng.chance(1, 2).then(|| rng.below(3000) as i64);
        let text: Bytes = "x".repeat(rng.below(9) as usize).into();
        let place = (db, key.clone());
        match rng.below(100) {
            0..60 => {
                keyspace.insert(db, key, text.clone().into(), expire_ms);
                model.insert(place, (text, expire_ms));
            }
            60..75 => assert_eq!(keyspace.remove(db, &key).is_some(), model.remove(&place).is_some()),
            75..85 => {
                let found = model.get_mut(&place).map(|entry| entry.1 = expire_ms).is_some();
                assert_eq!(keyspace.set_expire(db, &key, expire_ms), found);
            }
            85..95 => {
                let found = model.get_mut(&place).map(|entry| entry.0 = text.clone()).is_some();
                assert_eq!(keyspace.update(db, &key, &mut |value| *value = text.clone().into()), found);
            }
            95..99 => {
                let now_ms = rng.below(300) as i64;
                let expired = keyspace.expire_cycle(now_ms, usize::MAX);
                let before = model.len();
                model.retain(|_, (_, expire_ms)| expire_ms.is_none_or(|deadline_ms| now_ms <= deadline_ms));
                assert_eq!(expired.len(), before - model.len());
            }
            _ => {
                keyspace.swap(0, 1);
                *model = std::mem::take(model).into_iter().map(|((db, key), entry)| ((1 - db, key), entry)).collect();
            }
        }
    }

    fn check_model(keyspace: &Keyspace, model: &Model) {
        check_counts(keyspace);
        assert_eq!(keyspace.total_keys(), model.len() as u64);
        for ((db, key), (text, expire_ms)) in model {
            let entry = keyspace.get(*db, key).map(|entry| (entry.value().clone(), entry.expire_ms()));
            assert_eq!(entry, Some((Value::Str(text.clone()), *expire_ms)));
        }
    }

    #[test]
    fn a_keyspace_and_its_clones_hold_what_a_plain_map_holds() {
        let mut rng = crate::base::Seed(11).rng();
        let (mut keyspace, mut model) = (Keyspace::new(2), Model::new());
        let mut kept = Vec::new();
        for step in 0..20_000 {
            change(&mut rng, &mut keyspace, &mut model);
            if step % 1000 == 0 {
                kept.push((keyspace.clone(), model.clone()));
            }
        }
        kept.push((keyspace, model));
        for (keyspace, model) in &kept {
            check_model(keyspace, model);
        }
    }

    /// The incrementally kept numbers, counted anew.
    fn check_counts(keyspace: &Keyspace) {
        let mut bytes = 0;
        for db in 0..keyspace.databases() {
            assert_eq!(keyspace.all(db).count(), keyspace.len(db));
            let with_expiry = keyspace.all(db).filter(|entry| entry.expire_ms().is_some()).count();
            assert_eq!(with_expiry, keyspace.keys_with_expiry(db));
            bytes += keyspace.all(db).map(Entry::bytes).sum::<u64>();
        }
        assert_eq!(bytes + keyspace.ballast(), keyspace.dataset_bytes());
    }

    #[test]
    fn a_clone_is_apart_from_its_original() {
        let original = filled(1000);
        let (digest, bytes) = (original.digest(), original.dataset_bytes());
        let mut clone = original.clone();
        for i in 0..1000 {
            let key = format!("key:{i}");
            match i % 3 {
                0 => drop(clone.remove(0, key.as_bytes())),
                1 => clone.insert(0, key.into(), text("changed"), None),
                _ => drop(clone.set_expire(0, key.as_bytes(), Some(5))),
            }
        }
        check_counts(&clone);
        check_counts(&original);
        assert_eq!((original.digest(), original.dataset_bytes(), original.len(0)), (digest, bytes, 1000));
        assert_ne!(clone.digest(), digest);
    }

    #[test]
    fn order_and_digest_depend_on_the_content_alone() {
        let straight = filled(500);
        let mut detour = Keyspace::new(16);
        for i in (0..3000).rev() {
            detour.insert(0, format!("key:{i}").into(), text("x"), None);
        }
        for i in 500..3000 {
            detour.remove(0, format!("key:{i}").as_bytes());
        }
        for (key, value, expire_ms) in straight.entries(0) {
            detour.insert(0, key.clone(), value.clone(), expire_ms);
        }
        check_counts(&detour);
        assert!(straight.entries(0).eq(detour.entries(0)));
        assert_eq!(straight.digest(), detour.digest());
        detour.swap(0, 3);
        assert_ne!(straight.digest(), detour.digest());
    }

    #[test]
    fn a_digest_that_was_asked_for_follows_every_modification() {
        let mut keyspace = filled(40);
        let mut seen = vec![keyspace.digest()];
        let mut note = |keyspace: &Keyspace| {
            let mut fresh = Keyspace::new(16);
            for db in keyspace.used_databases() {
                let entries = keyspace.entries(db);
                entries.for_each(|(key, value, at)| fresh.insert(db, key.clone(), value.clone(), at));
            }
            assert_eq!(keyspace.digest(), fresh.digest());
            assert!(!seen.contains(&fresh.digest()), "nothing has changed");
            seen.push(fresh.digest());
        };
        keyspace.insert(0, "key:1".into(), text("new"), None);
        note(&keyspace);
        keyspace.set_expire(0, b"key:2", Some(77));
        note(&keyspace);
        keyspace.update(0, b"key:3", &mut |value| *value = text("other"));
        note(&keyspace);
        keyspace.remove(0, b"key:4");
        note(&keyspace);
        keyspace.swap(0, 1);
        note(&keyspace);
        keyspace.update(1, b"key:5", &mut |value| *value = text("moved"));
        keyspace.swap(0, 1);
        note(&keyspace);
    }

    #[test]
    fn versions_change_with_every_modification() {
        let mut keyspace = Keyspace::new(2);
        let mut seen = vec![keyspace.version(0, b"k", 10)];
        let mut note = |keyspace: &Keyspace| seen.push(keyspace.version(0, b"k", 10));
        keyspace.insert(0, "k".into(), text("1"), None);
        note(&keyspace);
        keyspace.update(0, b"k", &mut |value| *value = text("2"));
        note(&keyspace);
        keyspace.set_expire(0, b"k", Some(10));
        note(&keyspace);
        keyspace.insert(1, "k".into(), text("2"), Some(10));
        keyspace.swap(0, 1);
        note(&keyspace);
        let mut loaded = Keyspace::new(2);
        loaded.insert(0, "k".into(), text("2"), Some(10));
        keyspace.replace(loaded);
        note(&keyspace);
        let mut different = seen.clone();
        different.sort();
        different.dedup();
        assert_eq!((seen[0], different.len()), (0, 6), "{seen:?}");
        assert_eq!(keyspace.version(0, b"k", 11), 0, "expired");
    }

    #[test]
    fn expired_keys_go_soonest_first_and_not_before_their_time() {
        let mut keyspace = Keyspace::new(16);
        for (db, key, expire_ms) in [(0, "c", 30), (5, "a", 10), (0, "b", 20), (0, "later", 31)] {
            keyspace.insert(db, key.into(), text("v"), Some(expire_ms));
        }
        assert_eq!(
            (keyspace.next_expiry_hint(), keyspace.mean_deadline_ms(0)),
            (Some(10), Some(27)),
            "soonest of all, mean of one database"
        );
        assert_eq!(keyspace.expire_cycle(10, 9), []);
        assert_eq!(keyspace.expire_cycle(31, 2), [(5, "a".into()), (0, "b".into())]);
        assert_eq!(keyspace.expire_cycle(31, 9), [(0, "c".into())]);
        assert_eq!((keyspace.total_keys(), keyspace.len(5)), (1, 0));
        check_counts(&keyspace);
    }

    #[test]
    fn a_scan_shows_every_lasting_key_exactly_once_while_shards_split() {
        let mut keyspace = filled(200);
        let (mut cursor, mut seen, mut round) = (0, Vec::new(), 0);
        loop {
            cursor = keyspace.scan(0, cursor, 7, &mut |entry| seen.push(entry.key().clone()));
            if cursor == 0 {
                break;
            }
            for i in 0..50 {
                keyspace.insert(0, format!("new:{round}:{i}").into(), text("v"), None);
            }
            round += 1;
        }
        let lasting = seen.iter().filter(|key| key.starts_with(b"key:")).count();
        seen.sort();
        seen.dedup();
        assert_eq!((lasting, seen.iter().filter(|key| key.starts_with(b"key:")).count()), (200, 200));
    }

    #[test]
    fn a_list_goes_with_its_last_item() {
        let mut keyspace = Keyspace::new(1);
        keyspace.insert(0, "l".into(), List::from_iter(["a".into(), "bc".into()]).into(), Some(9));
        check_counts(&keyspace);
        let before = keyspace.clone();
        assert_eq!(keyspace.update_list(0, b"l", |list| list.pop_back()), Some(Some("bc".into())));
        check_counts(&keyspace);
        assert_eq!(keyspace.update_list(0, b"l", |list| list.pop_back()), Some(Some("a".into())));
        assert!(keyspace.is_empty() && keyspace.next_expiry_hint().is_none());
        check_counts(&keyspace);
        assert_eq!(before.get(0, b"l").map(|entry| entry.value().payload_bytes()), Some(5));
        keyspace.insert(0, "s".into(), text("v"), None);
        assert_eq!(keyspace.update_list(0, b"s", |list| list.len()), None);
    }

    #[test]
    fn flushing_drops_keys_and_ballast() {
        let mut keyspace = filled(100);
        keyspace.insert(2, "k".into(), text("v"), None);
        keyspace.set_ballast(1 << 40);
        assert_eq!((keyspace.flush_db(0), keyspace.flush_db(0), keyspace.total_keys()), (100, 0, 1));
        check_counts(&keyspace);
        assert_eq!((keyspace.flush_all(), keyspace.dataset_bytes()), (1, 0));
        keyspace.insert(16, "k".into(), text("v"), None);
        assert!(keyspace.is_empty() && keyspace.random(0, &mut crate::base::Seed(1).rng()).is_none());
    }
}
