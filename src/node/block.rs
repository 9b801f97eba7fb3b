//! Clients that wait for a key: BLPOP and its relatives (`docs/redis-replication.md` 6.5). They are served after the
//! command that brought the key, in the order in which they came, each by a command of its own in the stream.

use super::Node;
use super::commands::{Block, Spec};
use super::conn::{Conn, Peer};
use super::context::Cx;
use super::propagate::Propagated;
use crate::base::{Bytes, ConnId, Span, Time};
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
        conn.key_wait = Some(Box::new(KeyWait { spec, argv, db: conn.db, keys: block.keys, until }));
        self.key_waiters.push(id);
    }

    /// Serves the clients whose keys have something now. What one leaves behind may be what another waits for.
    pub(super) fn serve_key_waiters(&mut self, cx: &mut Cx<'_>) {
        let mut served = true;
        while served && !self.key_waiters.is_empty() {
            served = false;
            for id in std::mem::take(&mut self.key_waiters) {
                self.drop_expired_for(cx, id);
                match self.ready_command(cx, id) {
                    Ready::Gone => {}
                    Ready::NotYet => self.key_waiters.push(id),
                    Ready::Run(spec, argv) => {
                        self.serve_key_waiter(cx, id, spec, argv);
                        served = true;
                    }
                }
            }
        }
    }

    /// A master looks at the keys that a client waits for, and deletes those whose time is over.
    fn drop_expired_for(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        let Some(wait) = self.conns.get(&id).and_then(|conn| conn.key_wait.as_ref()) else { return };
        let is_over =
            |key: &&Bytes| self.keyspace.get(wait.db, key).is_some_and(|entry| entry.is_expired(cx.now.unix_ms));
        if self.link.is_some() || self.pause.is_some() {
            return;
        }
        let expired: Vec<(usize, Bytes)> =
            wait.argv[wait.keys.clone()].iter().filter(is_over).map(|key| (wait.db, key.clone())).collect();
        for (db, key) in &expired {
            self.keyspace.remove(*db, key);
        }
        self.note_expired(cx, expired.len() as u64);
        self.notify_expired(cx, &expired);
        let deletions: Vec<Propagated> = expired.into_iter().map(|(db, key)| self.deletion(db, key)).collect();
        self.emit(cx, &deletions, false);
    }

    /// What a waiting client asked for, of the first of its keys that has something.
    fn ready_command(&self, cx: &Cx<'_>, id: ConnId) -> Ready {
        let Some(wait) = self.conns.get(&id).and_then(|conn| conn.key_wait.as_ref()) else { return Ready::Gone };
        let of_sorted_sets = wait.spec.name.starts_with("bz");
        let is_ready = |key: &&Bytes| {
            let entry = self.keyspace.get(wait.db, key).filter(|entry| !entry.is_expired(cx.now.unix_ms));
            entry.is_some_and(|entry| match entry.value() {
                Value::List(_) => !of_sorted_sets,
                Value::SortedSet(_) => of_sorted_sets,
                _ => false,
            })
        };
        let Some(key) = wait.argv[wait.keys.clone()].iter().find(is_ready) else { return Ready::NotYet };
        let mut argv = wait.argv.clone();
        argv.splice(wait.keys.clone(), [key.clone()]);
        if wait.spec.name.ends_with("mpop") {
            // The number of keys stands before them.
            argv[wait.keys.start - 1] = "1".into();
        }
        Ready::Run(wait.spec, argv)
    }

    fn serve_key_waiter(&mut self, cx: &mut Cx<'_>, id: ConnId, spec: &'static Spec, argv: Vec<Bytes>) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.key_wait = None;
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
        for id in std::mem::take(&mut self.key_waiters) {
            let Some(conn) = self.conns.get_mut(&id) else { continue };
            let over = |wait: &KeyWait| wait.until.is_some_and(|until| until <= cx.now.time);
            match conn.key_wait.as_deref() {
                None => {}
                Some(wait) if !over(wait) => self.key_waiters.push(id),
                Some(_) => {
                    answer_in_vain(conn);
                    conn.key_wait = None;
                    cx.writable(id);
                    self.unblocked.push(id);
                }
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

enum Ready {
    /// The client does not wait any more.
    Gone,
    NotYet,
    Run(&'static Spec, Vec<Bytes>),
}
