//! Clients that wait for a key: BLPOP and its relatives (`docs/redis-replication.md` 6.5). They are served after the
//! command that made the key: keys in the order in which they were made, clients in that in which they came, each by a
//! command of its own in the stream. A key that was there before, of whatever type, is no news to those who wait.

use super::Node;
use super::commands::{Block, Spec};
use super::conn::{Conn, Peer};
use super::context::Cx;
use super::service::busy_micros;
use crate::base::{Bytes, ConnId, Span, Time, parse_i64};
use crate::data::Value;

/// A client that waits for a key.
#[derive(Clone, Debug)]
pub(super) struct KeyWait {
    /// The command that waits, to be carried out when a key has something.
    pub(super) spec: &'static Spec,
    pub(super) argv: Vec<Bytes>,
    pub(super) db: usize,
    /// Which of its words are the keys.
    pub(super) keys: std::ops::Range<usize>,
    /// `None` waits for ever.
    pub(super) until: Option<Time>,
}

impl Node {
    /// A command found its keys empty: its client waits for them, or is answered at once where nobody may wait.
    pub(super) fn wait_for_keys(
        &mut self,
        cx: &Cx<'_>,
        id: ConnId,
        spec: &'static Spec,
        argv: Vec<Bytes>,
        block: Block,
    ) {
        let in_exec = self.in_exec;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if in_exec || conn.peer != Peer::Client {
            return match spec.name {
                "blmove" | "brpoplpush" => conn.replies.null(),
                _ => conn.replies.null_array(),
            };
        }
        let until = (block.timeout_ms > 0).then(|| cx.now.time + Span::from_millis(block.timeout_ms));
        for key in &argv[block.keys.clone()] {
            let waiting = self.service.waits.entry((conn.db, key.clone())).or_default();
            if !waiting.contains(&id) {
                waiting.push(id);
            }
        }
        conn.key_wait = Some(Box::new(KeyWait { spec, argv, db: conn.db, keys: block.keys, until }));
        self.key_waiters.push(id);
        self.keyspace.want_news(true);
    }

    /// A client waits no more; what it waited for.
    pub(super) fn stop_waiting(&mut self, id: ConnId) -> Option<Box<KeyWait>> {
        let wait = self.conns.get_mut(&id)?.key_wait.take()?;
        self.forget_wait(id, &wait);
        Some(wait)
    }

    /// Strikes a client out of the lists of those who wait.
    pub(super) fn forget_wait(&mut self, id: ConnId, wait: &KeyWait) {
        self.key_waiters.retain(|other| *other != id);
        for key in &wait.argv[wait.keys.clone()] {
            let place = (wait.db, key.clone());
            if let Some(waiting) = self.service.waits.get_mut(&place) {
                waiting.retain(|other| *other != id);
                if waiting.is_empty() {
                    self.service.waits.remove(&place);
                }
            }
        }
        if self.service.waits.is_empty() {
            self.keyspace.want_news(false);
        }
    }

    /// A command ran while clients wait: notes the keys that it made, or that another database has after SWAPDB.
    pub(super) fn note_ready(&mut self, spec: &Spec, argv: &[Bytes]) {
        let mut made = self.keyspace.take_news();
        if spec.name == "swapdb" {
            let swapped = |db: usize| argv[1..].iter().any(|word| parse_i64(word) == Some(db as i64));
            made.extend(self.service.waits.keys().filter(|(db, _)| swapped(*db)).cloned());
        }
        for place in made {
            let service = &mut self.service;
            if service.waits.contains_key(&place)
                && !service.ready.contains(&place)
                && !service.ready_next.contains(&place)
            {
                service.ready_next.push_back(place);
            }
        }
    }

    /// Serves the clients whose keys have something now. What one leaves behind may be what another waits for.
    pub(super) fn serve_key_waiters(&mut self, cx: &mut Cx<'_>) {
        while !self.service.ready_next.is_empty() {
            self.service.ready = std::mem::take(&mut self.service.ready_next);
            while let Some((db, key)) = self.service.ready.pop_front() {
                self.drop_expired(cx, db, &key);
                self.serve_key(cx, db, &key);
            }
        }
    }

    /// Serves those who wait for a key, as long as it has something.
    fn serve_key(&mut self, cx: &mut Cx<'_>, db: usize, key: &Bytes) {
        let place = (db, key.clone());
        let Some(is_sorted_set) = self.holds_for_waiters(db, key) else { return };
        let Some(waiting) = self.service.waits.get(&place).cloned() else { return };
        for id in waiting {
            let Some(wait) = self.conns.get(&id).and_then(|conn| conn.key_wait.as_ref()) else { continue };
            if wait.spec.name.starts_with("bz") == is_sorted_set {
                self.serve_key_waiter(cx, id, key);
                if self.holds_for_waiters(db, key) != Some(is_sorted_set) {
                    return;
                }
            } else if let Some(waiting) = self.service.waits.get_mut(&place).filter(|_| !is_sorted_set) {
                // Redis puts those who wait for another type behind the others, so as not to meet them again.
                waiting.retain(|other| *other != id);
                waiting.push(id);
            }
        }
    }

    /// Whether a key holds a sorted set; `None` if it has nothing that one can wait for.
    fn holds_for_waiters(&self, db: usize, key: &Bytes) -> Option<bool> {
        match self.keyspace.get(db, key)?.value() {
            Value::List(_) => Some(false),
            Value::SortedSet(_) => Some(true),
            _ => None,
        }
    }

    /// A master looks at a key that clients wait for, and deletes it if its time is over.
    fn drop_expired(&mut self, cx: &mut Cx<'_>, db: usize, key: &Bytes) {
        // What kept the process busy until now took its time, too.
        let now_ms = cx.now.unix_ms + (busy_micros(cx) / 1000) as i64;
        let is_over = self.keyspace.get(db, key).is_some_and(|entry| entry.is_expired(now_ms));
        if !is_over || self.link.is_some() || self.pause.is_some() {
            return;
        }
        self.keyspace.remove(db, key);
        self.note_expired(cx, 1);
        self.notify_expired(cx, &[(db, key.clone())]);
        let deletion = self.deletion(db, key.clone());
        self.emit(cx, &[deletion], false);
    }

    /// Carries out what a client waited to do, with this one of its keys.
    fn serve_key_waiter(&mut self, cx: &mut Cx<'_>, id: ConnId, key: &Bytes) {
        let Some(wait) = self.stop_waiting(id) else { return };
        let KeyWait { spec, mut argv, keys, .. } = *wait;
        let first = keys.start;
        argv.splice(keys, [key.clone()]);
        if spec.name.ends_with("mpop") {
            // The number of keys stands before them.
            argv[first - 1] = "1".into();
        }
        self.call(cx, id, spec, argv);
        self.count_once(spec);
        if let ("blmove", Some(moved)) = (spec.name, self.collected.last_mut()) {
            // Redis writes these two words itself then.
            moved.argv.iter_mut().skip(3).for_each(|word| *word = word.to_ascii_lowercase().into());
        }
        self.emit_collected(cx);
        let offset = self.history.master_repl_offset;
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.write_offset = offset;
            cx.writable(id);
        }
        self.unblocked.push(id);
    }

    /// Before the process sleeps: answers the clients that have waited long enough, and goes on with the input of those
    /// that wait no more.
    pub(super) fn release_key_waiters(&mut self, cx: &mut Cx<'_>) {
        for id in self.key_waiters.clone() {
            let over = |wait: &KeyWait| wait.until.is_some_and(|until| until <= cx.now.time);
            if let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.key_wait.as_deref().is_some_and(over)) {
                answer_in_vain(conn);
                cx.writable(id);
                self.stop_waiting(id);
                self.unblocked.push(id);
            }
        }
        while let Some(id) = self.unblocked.pop() {
            self.read_requests(cx, id);
        }
    }

    /// When the first client has waited long enough.
    pub(super) fn next_key_timeout(&self) -> Option<Time> {
        let until = |id| self.conns.get(id)?.key_wait.as_ref()?.until;
        self.key_waiters.iter().filter_map(until).min()
    }
}

/// Answers a client that waited in vain.
pub(super) fn answer_in_vain(conn: &mut Conn) {
    conn.replies.null_array();
}
