//! Keyspace events: what `notify-keyspace-events` has published for commands that changed keys. An event is told from the
//! command and from which of its keys are there before and after it.

use super::super::Node;
use super::super::commands::{Flags, Spec};
use super::super::context::Cx;
use super::pubsub::Topic;
use crate::base::{Bytes, parse_i64};

/// Commands whose event is about their first key: name, class of the event, its name. An event is followed by `del` if it
/// took the last member.
const OF_FIRST_KEY: &[(&str, char, &str)] = &[
    ("append", '$', "append"),
    ("bitfield", '$', "setbit"),
    ("decr", '$', "decrby"),
    ("decrby", '$', "decrby"),
    ("expire", 'g', "expire"),
    ("expireat", 'g', "expire"),
    ("getset", '$', "set"),
    ("hdel", 'h', "hdel"),
    ("hincrby", 'h', "hincrby"),
    ("hincrbyfloat", 'h', "hincrbyfloat"),
    ("hmset", 'h', "hset"),
    ("hset", 'h', "hset"),
    ("hsetnx", 'h', "hset"),
    ("incr", '$', "incrby"),
    ("incrby", '$', "incrby"),
    ("incrbyfloat", '$', "incrbyfloat"),
    ("linsert", 'l', "linsert"),
    ("lpop", 'l', "lpop"),
    ("lpush", 'l', "lpush"),
    ("lpushx", 'l', "lpush"),
    ("lrem", 'l', "lrem"),
    ("lset", 'l', "lset"),
    ("ltrim", 'l', "ltrim"),
    ("persist", 'g', "persist"),
    ("pexpire", 'g', "expire"),
    ("pexpireat", 'g', "expire"),
    ("restore", 'g', "restore"),
    ("rpop", 'l', "rpop"),
    ("rpush", 'l', "rpush"),
    ("rpushx", 'l', "rpush"),
    ("sadd", 's', "sadd"),
    ("set", '$', "set"),
    ("setbit", '$', "setbit"),
    ("setnx", '$', "set"),
    ("pfadd", '$', "pfadd"),
    ("pfmerge", '$', "pfadd"),
    ("setrange", '$', "setrange"),
    ("spop", 's', "spop"),
    ("srem", 's', "srem"),
    ("zincrby", 'z', "zincr"),
    ("zpopmax", 'z', "zpopmax"),
    ("zpopmin", 'z', "zpopmin"),
    ("zrem", 'z', "zrem"),
    ("zremrangebylex", 'z', "zremrangebylex"),
    ("zremrangebyrank", 'z', "zremrangebyrank"),
    ("zremrangebyscore", 'z', "zremrangebyscore"),
];

/// Commands that store a result under a key, which goes if the result is empty: name, class, place of the key.
const STORING: &[(&str, char, usize)] = &[
    ("bitop", '$', 2),
    ("sdiffstore", 's', 1),
    ("sinterstore", 's', 1),
    ("sunionstore", 's', 1),
    ("zdiffstore", 'z', 1),
    ("zinterstore", 'z', 1),
    ("zrangestore", 'z', 1),
    ("zunionstore", 'z', 1),
];

/// An event of a key in a database.
type Event = (char, &'static str, usize, Bytes);

impl Node {
    /// Which words of a command name a key that is there, to be compared afterwards. Nothing if nobody is told.
    pub(in crate::node) fn keys_before(&self, db: usize, spec: &'static Spec, argv: &[Bytes]) -> Vec<bool> {
        if self.config.keyspace_events().is_empty() || !spec.is(Flags::WRITE) {
            return Vec::new();
        }
        argv.iter().map(|word| self.keyspace.get(db, word).is_some()).collect()
    }

    /// Publishes the events of a command that was just carried out.
    pub(in crate::node) fn notify(
        &mut self,
        cx: &mut Cx<'_>,
        db: usize,
        spec: &'static Spec,
        argv: &[Bytes],
        before: &[bool],
    ) {
        if self.config.keyspace_events().is_empty() {
            return;
        }
        if !self.effects.expired.is_empty() && self.link.is_none() {
            let expired = self.effects.expired.clone();
            self.notify_expired(cx, &expired);
        }
        if self.effects.dirty == 0 {
            return;
        }
        let is_new = |(index, key): &(usize, &Bytes)| {
            let was_missing = before.get(*index) == Some(&false) && !argv[..*index].contains(key);
            was_missing && self.keyspace.get(db, key).is_some()
        };
        let mut new_keys: Vec<Bytes> = argv.iter().enumerate().filter(is_new).map(|(_, key)| key.clone()).collect();
        // All that is new comes first, but for a member that leaves one set before the other one is made.
        if spec.name != "smove" {
            new_keys.drain(..).for_each(|key| self.publish_event(cx, 'n', "new", db, &key));
        }
        for (class, event, db, key) in self.events_of(db, spec.name, argv, before) {
            if new_keys.contains(&key) {
                self.publish_event(cx, 'n', "new", db, &key);
            }
            self.publish_event(cx, class, event, db, &key);
        }
    }

    /// Publishes that keys went because their time is over.
    pub(in crate::node) fn notify_expired(&mut self, cx: &mut Cx<'_>, expired: &[(usize, Bytes)]) {
        if self.config.keyspace_events().is_empty() {
            return;
        }
        for (db, key) in expired {
            self.publish_event(cx, 'x', "expired", *db, key);
        }
    }

    pub(super) fn publish_event(&mut self, cx: &mut Cx<'_>, class: char, event: &'static str, db: usize, key: &Bytes) {
        let classes = self.config.keyspace_events();
        let is_on = |class: char| classes.contains(class) || (classes.contains('A') && !"KEmn".contains(class));
        if !is_on(class) {
            return;
        }
        let (of_keys, of_events) = (is_on('K'), is_on('E'));
        if of_keys {
            let channel = [format!("__keyspace@{db}__:").as_bytes(), key].concat();
            self.publish(cx, Topic::Channel, &channel.into(), &event.into());
        }
        if of_events {
            self.publish(cx, Topic::Channel, &format!("__keyevent@{db}__:{event}").into(), key);
        }
    }

    fn events_of(&self, db: usize, name: &str, argv: &[Bytes], before: &[bool]) -> Vec<Event> {
        let was_there = |index: usize| before.get(index).copied().unwrap_or(false);
        let is_there = |key: &Bytes| self.keyspace.get(db, key).is_some();
        let key = |index: usize| argv.get(index).cloned().unwrap_or_default();
        let has = |word: &str| argv.iter().skip(2).any(|own| own.eq_ignore_ascii_case(word.as_bytes()));
        let mut events: Vec<Event> = Vec::new();
        let mut push = |class: char, event: &'static str, key: Bytes| events.push((class, event, db, key));
        if let Some((_, class, event)) = OF_FIRST_KEY.iter().find(|(own, ..)| *own == name) {
            let gone = !is_there(&key(1));
            let by_time = *event == "expire" && gone;
            if !by_time {
                push(*class, event, key(1));
            }
            if gone {
                push('g', "del", key(1));
            } else if name == "set" && ["ex", "px", "exat", "pxat"].iter().any(|word| has(word)) {
                push('g', "expire", key(1));
            }
            return events;
        }
        if let Some((own, class, at)) = STORING.iter().find(|(own, ..)| *own == name) {
            match is_there(&key(*at)) {
                true => push(*class, if *own == "bitop" { "set" } else { own }, key(*at)),
                false => push('g', "del", key(*at)),
            }
            return events;
        }
        match name {
            "del" | "unlink" => {
                let deleted = (1..argv.len()).filter(|&at| was_there(at) && !argv[1..at].contains(&argv[at]));
                deleted.for_each(|at| push('g', "del", key(at)));
            }
            "getdel" => push('g', "del", key(1)),
            "getex" if !is_there(&key(1)) => push('g', "del", key(1)),
            "getex" => push('g', if has("persist") { "persist" } else { "expire" }, key(1)),
            "setex" | "psetex" => {
                push('$', "set", key(1));
                push('g', "expire", key(1));
            }
            "mset" | "msetnx" => (1..argv.len()).step_by(2).for_each(|at| push('$', "set", key(at))),
            "rename" | "renamenx" => {
                push('g', "rename_from", key(1));
                push('g', "rename_to", key(2));
            }
            "copy" => push('g', "copy_to", key(2)),
            "move" => {
                push('g', "move_from", key(1));
                let target = parse_i64(&key(2)).and_then(|db| usize::try_from(db).ok()).unwrap_or(db);
                events.push(('g', "move_to", target, key(1)));
            }
            "sort" => {
                let stored = argv.iter().rposition(|word| word.eq_ignore_ascii_case(b"store")).map(|at| key(at + 1));
                if let Some(stored) = stored {
                    let (class, event) = if is_there(&stored) { ('l', "sortstore") } else { ('g', "del") };
                    push(class, event, stored);
                }
            }
            "smove" => {
                push('s', "srem", key(1));
                if !is_there(&key(1)) {
                    push('g', "del", key(1));
                }
                push('s', "sadd", key(2));
            }
            "zadd" | "geoadd" => push('z', if has("incr") { "zincr" } else { "zadd" }, key(1)),
            "lmove" | "blmove" | "rpoplpush" | "brpoplpush" => {
                let left = |at: usize| key(at).eq_ignore_ascii_case(b"left");
                let moves = name.ends_with("lmove");
                push('l', if !moves || left(4) { "lpush" } else { "rpush" }, key(2));
                push('l', if moves && left(3) { "lpop" } else { "rpop" }, key(1));
                if !is_there(&key(1)) {
                    push('g', "del", key(1));
                }
            }
            _ => self.pop_events(db, &mut events),
        }
        events
    }

    /// Pops from the first of several keys: which one it was and from which end says what they are propagated as.
    fn pop_events(&self, db: usize, events: &mut Vec<Event>) {
        let Some([word, key, ..]) = self.effects.replace.as_ref().and_then(|words| words.first()).map(Vec::as_slice)
        else {
            return;
        };
        let (class, event) = match word.as_slice() {
            b"LPOP" => ('l', "lpop"),
            b"RPOP" => ('l', "rpop"),
            b"ZPOPMIN" => ('z', "zpopmin"),
            b"ZPOPMAX" => ('z', "zpopmax"),
            _ => return,
        };
        events.push((class, event, db, key.clone()));
        if self.keyspace.get(db, key).is_none() {
            events.push(('g', "del", db, key.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::commands;

    #[test]
    fn the_tables_name_commands_that_exist() {
        let names = OF_FIRST_KEY.iter().map(|(name, ..)| name).chain(STORING.iter().map(|(name, ..)| name));
        for name in names {
            assert!(commands::lookup(name.as_bytes()).is_some(), "{name}");
        }
    }
}
