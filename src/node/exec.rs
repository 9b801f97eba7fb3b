//! From the bytes of a client to an executed command: the checks in Redis's order, queueing inside MULTI, running, and
//! what goes into the stream for it (`docs/redis-replication.md` 6.2, 8, 13.1, 13.4, 19.1).

use std::borrow::Cow;

use super::Node;
use super::commands::{self, Call, Effects, ExpiryView, Flags, NodeCommand, Run, Spec};
use super::conn::{Peer, Transaction};
use super::context::Cx;
use super::contract::Answered;
use super::propagate::Propagated;
use crate::base::{Bytes, ConnId, Mutant};
use crate::event::{CloseReason, EventKind};
use crate::repl::LinkState;
use crate::resp::Mark;

const NO_REPLICAS: &str = "NOREPLICAS Not enough good replicas to write.";
const READ_ONLY: &str = "READONLY You can't write against a read only replica.";
const MASTER_DOWN: &str = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
pub(super) const LOADING: &str = "LOADING Redis is loading the dataset in memory";

impl Node {
    /// Executes the whole requests that a client or a replica has sent so far, unless it is blocked.
    pub(super) fn read_requests(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        loop {
            let Some(conn) = self.conns.get_mut(&id) else { return };
            if conn.is_blocked() || conn.closing.is_some() || conn.postponed.is_some() {
                break;
            }
            match conn.scanner.next() {
                Ok(None) => break,
                Ok(Some(request)) if request.args.is_empty() => self.replica_newline(cx, id),
                Ok(Some(request)) => self.request(cx, id, request.args),
                Err(error) => self.broken_request(cx, id, error.to_bytes()),
            }
            let Some(conn) = self.conns.get(&id) else { return };
            if conn.peer == Peer::Replica && !conn.replies.is_empty() {
                let (command, address) = (conn.last_command, conn.address());
                if conn.replies.first_is_error_since(Mark::START) {
                    log_error_between_peers(cx, "master", "replica", conn.replies.since(Mark::START), command);
                }
                cx.log(true, || {
                    format!("Replica generated a reply to command '{command}', disconnecting it: addr={address}")
                });
                return self.close_conn(cx, id, CloseReason::ReplyOnReplicaLink);
            }
        }
        if self.conns.get(&id).is_some_and(|conn| conn.has_output()) {
            cx.writable(id);
        }
    }

    fn broken_request(&mut self, cx: &mut Cx<'_>, id: ConnId, text: Vec<u8>) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if conn.peer == Peer::Replica {
            cx.event(Some(id), EventKind::ProtocolError { text: text.into() });
            return self.close_conn(cx, id, CloseReason::ProtocolError);
        }
        let mut error = b"ERR ".to_vec();
        error.extend_from_slice(&text);
        conn.replies.error_bytes(&error);
        conn.closing = Some(CloseReason::ProtocolError);
        self.note_errors(id);
    }

    /// One request of a client or a replica.
    pub(super) fn request(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: Vec<Bytes>) {
        let Some(before) = self.conns.get(&id).map(|conn| conn.replies.mark()) else { return };
        let changes = self.keyspace.changes();
        self.admit_request(cx, id, argv);
        self.note_errors(id);
        if cx.out.traces {
            self.trace_request(cx, id, before, self.keyspace.changes() != changes);
        }
        self.answered(cx, id, before);
    }

    /// Tells the driver of a request that has its answer.
    fn trace_request(&self, cx: &mut Cx<'_>, id: ConnId, before: Mark, wrote: bool) {
        let conn = self.conns.get(&id).filter(|conn| conn.peer == Peer::Client && conn.postponed.is_none());
        if let Some(conn) = conn {
            let fine = !conn.replies.first_is_error_since(before);
            let offset = fine.then_some(self.history.master_repl_offset);
            cx.out.answered.push(Answered { conn: id, offset, wrote });
        }
    }

    fn admit_request(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: Vec<Bytes>) {
        let Some(spec) = commands::lookup(&argv[0]) else {
            if self.closes_web_page(cx, id, &argv[0]) {
                return;
            }
            return self.refuse_bytes(id, &commands::unknown_command(&argv));
        };
        if !spec.accepts(argv.len()) {
            self.note_rejected(spec, &argv);
            let error = commands::wrong_arity(spec.name);
            return match spec.run {
                Run::Node(NodeCommand::Exec) => self.abort_transaction(id, &error),
                _ => self.refuse(id, &error),
            };
        }
        if let Some((error, is_command)) = self.subcommand_error(spec, &argv) {
            if is_command {
                self.note_rejected(spec, &argv);
            }
            return self.refuse(id, &error);
        }
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.last_command = super::service::full_name(spec.name, &argv);
        self.evict(cx);
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let queued = conn.transaction.as_ref().filter(|_| matches!(spec.run, Run::Node(NodeCommand::Exec)));
        let queues = |flag| queued.is_some_and(|queued| queued.queue.iter().any(|(spec, _)| spec.is(flag)));
        let queued_writes = queues(Flags::WRITE);
        let replicates = spec.is(Flags::MAY_REPLICATE) || queues(Flags::MAY_REPLICATE);
        let queued_reads = queued.is_some_and(|queued| queued.queue.iter().any(|(spec, _)| !spec.is(Flags::STALE)));
        let writes = spec.is(Flags::WRITE) || queued_writes;
        let needs_fresh = !spec.is(Flags::STALE) || queued_reads;
        if let Some(error) = self.refusal(id, spec, writes, needs_fresh, &argv) {
            self.note_rejected(spec, &argv);
            if Mutant::RefusedWriteSpreads.lives() && error == NO_REPLICAS {
                self.emit(cx, &[Propagated { db: 0, argv: argv.clone() }], false);
            }
            return match matches!(spec.run, Run::Node(NodeCommand::Exec)) {
                true => self.abort_transaction(id, &error),
                false => self.refuse(id, &error),
            };
        }
        let peer = self.conns.get(&id).map_or(Peer::Client, |conn| conn.peer);
        let is_paused = self.is_paused(peer, spec, writes || replicates);
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if is_paused {
            conn.postponed = Some(argv);
            return self.postponed.push(id);
        }
        if let Some(transaction) = conn.transaction.as_mut().filter(|_| !runs_inside_multi(spec)) {
            transaction.queue.push((spec, argv));
            conn.replies.simple("QUEUED");
            return;
        }
        self.call(cx, id, spec, argv);
        self.emit_collected(cx);
        if !self.key_waiters.is_empty() && (spec.is(Flags::WRITE) || matches!(spec.run, Run::Node(_))) {
            self.serve_key_waiters(cx);
        }
        let offset = self.history.master_repl_offset;
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.write_offset = offset;
        }
    }

    /// Why a command may not run now; the first reason in Redis's order (`docs/redis-replication.md` 19.1).
    fn refusal(
        &self,
        id: ConnId,
        spec: &Spec,
        writes: bool,
        needs_fresh: bool,
        argv: &[Bytes],
    ) -> Option<Cow<'static, str>> {
        let conn = self.conns.get(&id)?;
        let text = if !self.config.requirepass().is_empty() && !conn.authenticated && !spec.is(Flags::NO_AUTH) {
            Some("NOAUTH Authentication required.")
        } else if let Some(text) = self.permission_error(spec) {
            return Some(Cow::Owned(text));
        } else if conn.transaction.is_some() && spec.is(Flags::NO_MULTI) {
            Some("ERR Command not allowed inside a transaction")
        } else if self.memory_refusal(conn, spec) {
            Some("OOM command not allowed when used memory > 'maxmemory'.")
        } else if let Some(text) = self.disk_refusal(spec, writes) {
            Some(text)
        } else if writes && self.refuses_writes() && !Mutant::GateLetsThrough.lives() {
            Some(NO_REPLICAS)
        } else if writes && self.is_read_only() {
            Some(READ_ONLY)
        } else if let Some(text) = self.subscriber_refusal(conn, spec, argv) {
            return Some(Cow::Owned(text));
        } else if needs_fresh && self.is_stale() {
            Some(MASTER_DOWN)
        } else if (self.loads() && !spec.is(Flags::LOADING)) || (self.loads_beside() && needs_rest(spec)) {
            Some(LOADING)
        } else if conn.peer == Peer::Replica && matches!(spec.run, Run::Data(_)) {
            Some("ERR Replica can't interact with the keyspace")
        } else {
            None
        };
        text.map(Cow::Borrowed)
    }

    fn is_read_only(&self) -> bool {
        self.link.is_some() && self.config.replica_read_only() && !Mutant::ReplicaTakesWrites.lives()
    }

    fn is_stale(&self) -> bool {
        let down = self.link.as_ref().is_some_and(|link| link.state != LinkState::Connected);
        down && !self.config.replica_serve_stale_data()
    }

    /// Answers with an error; inside MULTI the transaction is lost.
    fn refuse(&mut self, id: ConnId, error: &str) {
        self.refuse_bytes(id, error.as_bytes());
    }

    fn refuse_bytes(&mut self, id: ConnId, error: &[u8]) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.replies.error_bytes(error);
        if let Some(transaction) = &mut conn.transaction {
            transaction.broken = true;
        }
    }

    fn abort_transaction(&mut self, id: ConnId, error: &str) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.transaction = None;
        conn.watched.clear();
        let error = error.trim_start_matches("ERR ");
        conn.replies.error(&["EXECABORT Transaction discarded because of: ", error].concat());
    }

    /// A command of the master: never refused, its reply discarded (`docs/redis-replication.md` 13.2).
    pub(super) fn execute_from_master(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: Vec<Bytes>) {
        let spec = commands::lookup(&argv[0]).filter(|spec| spec.accepts(argv.len()));
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let Some(spec) = spec else {
            let (before, error) = (conn.replies.mark(), commands::unknown_command(&argv));
            conn.replies.error_bytes(&error);
            conn.replies.truncate(before);
            self.stats.unexpected_error_replies += 1;
            self.note_errors(id);
            return log_error_between_peers(cx, "replica", "master", &error, "<unknown>");
        };
        if let Some(transaction) = conn.transaction.as_mut().filter(|_| !runs_inside_multi(spec)) {
            transaction.queue.push((spec, argv));
            return;
        }
        if Mutant::ReplicaSkipsCommand.lives() && spec.name == "incr" {
            return;
        }
        let before = conn.replies.mark();
        self.call(cx, id, spec, argv);
        if let Some(conn) = self.conns.get_mut(&id) {
            if conn.replies.first_is_error_since(before) {
                self.stats.unexpected_error_replies += 1;
                log_error_between_peers(cx, "replica", "master", conn.replies.since(before), spec.name);
            }
            conn.replies.truncate(before);
        }
        self.note_errors(id);
        // Clients of a writable replica may wait for what the master has.
        if !self.key_waiters.is_empty() {
            self.serve_key_waiters(cx);
        }
    }

    /// Runs a command that nothing forbids.
    pub(super) fn call(&mut self, cx: &mut Cx<'_>, id: ConnId, spec: &'static Spec, argv: Vec<Bytes>) {
        self.stats.commands += 1;
        let (errors, started) = (self.errors_of(id), self.stopwatch());
        match spec.run {
            Run::Node(NodeCommand::Exec) => {
                // Errors within it are those of other commands.
                let errors = if self.exec(cx, id) { self.errors_of(id) } else { errors };
                self.note_call(cx, id, spec, &argv, (errors, started));
            }
            Run::Node(command) => {
                self.run_node_command(cx, id, command, &argv);
                self.note_call(cx, id, spec, &argv, (errors, started));
            }
            Run::Data(run) => self.call_data(cx, id, spec, run, argv, (errors, started)),
        }
    }

    fn errors_of(&self, id: ConnId) -> u64 {
        self.conns.get(&id).map_or(0, |conn| conn.replies.errors())
    }

    fn call_data(
        &mut self,
        cx: &mut Cx<'_>,
        id: ConnId,
        spec: &'static Spec,
        run: fn(&mut Call<'_>),
        argv: Vec<Bytes>,
        before_call: (u64, u64),
    ) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let view = match (conn.peer, self.link.is_some()) {
            (Peer::Master, _) => ExpiryView::FromMaster,
            // While clients are paused nothing may change, not even because its time is over.
            (_, false) if self.pause.is_some() => ExpiryView::ReplicaRead,
            (_, false) => ExpiryView::Master,
            (_, true) if self.config.replica_read_only() => ExpiryView::ReplicaRead,
            (_, true) => ExpiryView::WritableReplica,
        };
        let db = conn.db;
        let before = self.keys_before(db, spec, &argv);
        let skips_checksums = self.skips_checksums();
        self.tick(cx);
        let Some(conn) = self.conns.get_mut(&id) else { return };
        run(&mut Call {
            keyspace: &mut self.keyspace,
            db,
            argv: &argv,
            now_ms: cx.now.unix_ms,
            view,
            reply: &mut conn.replies,
            effects: &mut self.effects,
            rng: &mut self.rng,
            lazyfree_expire: self.config.lazyfree_lazy_expire(),
            skips_checksums,
        });
        self.note_call(cx, id, spec, &argv, before_call);
        if self.effects.endless {
            self.close_endless(cx, id);
        }
        if let Some(error) = self.effects.bad_value {
            super::save::log_bad_snapshot(cx, &error);
        }
        if matches!(view, ExpiryView::WritableReplica) {
            self.note_local_deadline(cx, db, &argv);
        }
        if !self.key_waiters.is_empty() {
            self.note_ready(spec, &argv);
        }
        self.notify(cx, db, spec, &argv, &before);
        if let Some(block) = self.effects.block.take() {
            self.wait_for_keys(cx, id, spec, argv.clone(), block);
        }
        self.collect_effects(cx, spec, db, argv);
    }

    /// Notes what the command did, for the stream and for save points.
    fn collect_effects(&mut self, cx: &mut Cx<'_>, spec: &Spec, db: usize, argv: Vec<Bytes>) {
        self.stats.dirty += self.effects.dirty;
        if self.effects.stop_save {
            if self.saving.is_some() {
                self.cancel_save(cx);
            }
            // The snapshot on the disk must not bring back what was flushed.
            if !self.config.save_points().is_empty() {
                self.save_now(cx);
            }
        }
        if self.link.is_some() {
            return self.effects.clear();
        }
        let mut effects: Effects = std::mem::take(&mut self.effects);
        if !effects.expired.is_empty() {
            self.note_expired(cx, effects.expired.len() as u64);
            let deletions: Vec<Propagated> =
                effects.expired.drain(..).map(|(db, key)| self.deletion(db, key)).collect();
            match spec.is(Flags::TOUCHES_ARBITRARY_KEYS) {
                true => self.emit(cx, &deletions, false),
                false => self.collected.extend(deletions),
            }
        }
        if effects.propagates() {
            match effects.replace.take() {
                None => self.collected.push(Propagated { db, argv }),
                Some(commands) => {
                    self.collected.extend(commands.into_iter().map(|argv| Propagated { db, argv }));
                }
            }
        }
        effects.clear();
        self.effects = effects;
    }

    /// EXEC: all queued commands at once, or none; false if it was an error.
    fn exec(&mut self, cx: &mut Cx<'_>, id: ConnId) -> bool {
        let Some(conn) = self.conns.get_mut(&id) else { return false };
        let Some(transaction) = conn.transaction.take() else {
            conn.replies.error("ERR EXEC without MULTI");
            return false;
        };
        let watched = std::mem::take(&mut conn.watched);
        if transaction.broken {
            conn.replies.error("EXECABORT Transaction discarded because of previous errors.");
            return false;
        }
        let touched = watched
            .iter()
            .any(|watched| self.keyspace.version(watched.db, &watched.key, cx.now.unix_ms) != watched.version);
        if touched {
            conn.replies.null_array();
            return true;
        }
        conn.replies.array(transaction.queue.len());
        self.in_exec = true;
        for (spec, argv) in transaction.queue {
            self.call(cx, id, spec, argv);
        }
        self.in_exec = false;
        true
    }

    /// MULTI.
    pub(super) fn multi(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if conn.transaction.is_some() {
            return conn.replies.error("ERR MULTI calls can not be nested");
        }
        conn.transaction = Some(Transaction::default());
        conn.replies.ok();
    }
}

/// An error that one peer answers the other with means that their data may differ.
fn log_error_between_peers(cx: &mut Cx<'_>, from: &str, to: &str, error: &[u8], command: &str) {
    cx.log(true, || {
        let error = String::from_utf8_lossy(error.trim_ascii_end().strip_prefix(b"-").unwrap_or(error)).into_owned();
        format!(
            "== CRITICAL == This {from} is sending an error to its {to}: '{error}' after processing the command \
             '{command}'"
        )
    });
}

/// Commands that are refused even while a snapshot is loaded beside the data in use.
fn needs_rest(spec: &Spec) -> bool {
    let Run::Node(command) = spec.run else { return false };
    use NodeCommand::{BgSave, Psync, ReplicaOf, Save, Sync};
    matches!(command, BgSave | Psync | ReplicaOf | Save | Sync)
}

/// Commands that are carried out at once inside MULTI instead of being queued.
fn runs_inside_multi(spec: &Spec) -> bool {
    let Run::Node(command) = spec.run else { return false };
    spec.name == "reset"
        || matches!(
            command,
            NodeCommand::Exec | NodeCommand::Discard | NodeCommand::Multi | NodeCommand::Watch | NodeCommand::Quit
        )
}
