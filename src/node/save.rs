//! Snapshots of this node: taken at one moment, then written for as long as the machine needs, to disk or to sockets
//! (`docs/redis-replication.md` 4.1 to 4.8), and loaded again at a start (3.7).

use super::context::Cx;
use super::contract::Output;
use super::pace::Pace;
use super::{Loading, Node, Snapshot};
use crate::base::Bytes;
use crate::event::{BacklogFreedReason, CloseReason, EventKind, StopReason};
use crate::rdb::{self, AuxFields, RdbError, ReplFields};
use crate::repl::{CachedMaster, ReplicaState};

/// A snapshot that is being written.
#[derive(Clone, Debug)]
pub(super) struct Save {
    pub(super) job: u64,
    pub(super) snapshot: Snapshot,
    pub(super) diskless: bool,
    /// Started for replicas, not by a user or a save point.
    pub(super) for_replicas: bool,
    /// Diskless: the child has written everything; it ends when the sockets have taken it.
    pub(super) written: bool,
    dirty_before: u64,
    pub(super) pace: Pace,
    /// The machine is done, well or not; it may have been too fast.
    finished: Option<bool>,
}

impl Node {
    /// Takes a snapshot of this moment and has it written.
    pub(super) fn start_save(&mut self, cx: &mut Cx<'_>, diskless: bool, replicas: u32) {
        let snapshot = if cx.out.ends_here() { Snapshot::default() } else { self.take_snapshot(cx) };
        let bytes = snapshot.len();
        let job = self.next_job();
        let dirty_before = self.stats.dirty;
        let for_replicas = replicas > 0;
        cx.ask(Output::StartSave { job, bytes, diskless });
        let offset = self.history.master_repl_offset;
        cx.event(None, EventKind::SnapshotStarted { offset, bytes, diskless, replicas });
        let pace = Pace::of_save(&self.config, cx.now.time, &self.keyspace);
        let (written, finished) = (false, None);
        self.saving = Some(Save { job, snapshot, diskless, for_replicas, written, dirty_before, pace, finished });
    }

    /// The data set and, where there is one, the place in the history (`docs/redis-replication.md` 3.7, 17.1).
    pub(super) fn take_snapshot(&self, cx: &Cx<'_>) -> Snapshot {
        let aux = AuxFields {
            repl: self.repl_fields(),
            ctime_s: cx.now.unix_s().max(0) as u64,
            used_mem: self.keyspace.dataset_bytes(),
        };
        let rdb = rdb::write(&self.keyspace, &aux, self.config.rdbcompression(), self.config.rdbchecksum());
        Snapshot { rdb, ballast: self.keyspace.ballast() }
    }

    fn repl_fields(&self) -> Option<ReplFields> {
        let offset = self.history.master_repl_offset;
        let fields = |stream_db: usize| ReplFields { stream_db: stream_db as i64, replid: self.history.replid, offset };
        match &self.link {
            None => self.stream.is_active().then(|| fields(self.stream_db.unwrap_or(0))),
            Some(link) => match (&link.stream, &link.cached) {
                (Some(stream), _) => Some(fields(stream.db)),
                (None, Some(cached)) => Some(ReplFields { offset: cached.offset, ..fields(cached.db) }),
                (None, None) => None,
            },
        }
    }

    /// The machine has written the snapshot, or failed.
    pub(super) fn save_finished(&mut self, cx: &mut Cx<'_>, job: u64, ok: bool) {
        let Some(save) = self.saving.as_mut().filter(|save| save.job == job) else { return };
        save.finished = Some(ok);
        self.settle_save(cx);
    }

    fn settle_save(&mut self, cx: &mut Cx<'_>) {
        let Some(save) = self.saving.as_mut().filter(|save| save.pace.is_over(cx.now.time)) else { return };
        match save.finished.take() {
            Some(true) if save.diskless => save.written = true,
            Some(ok) => self.end_save(cx, ok),
            None => {}
        }
    }

    /// A slow save goes on: whoever receives it gets the next bytes.
    fn go_on_saving(&mut self, cx: &mut Cx<'_>) {
        if self.saving.as_ref().is_some_and(|save| save.pace.is_slow()) {
            self.replicas.in_state(ReplicaState::WaitBgsaveEnd).for_each(|replica| cx.writable(replica.conn));
            self.settle_save(cx);
        }
    }

    /// Notices, as `serverCron` does, that a diskless child has ended: everything is written and every socket has taken it.
    pub(super) fn check_diskless_done(&mut self, cx: &mut Cx<'_>) {
        self.go_on_saving(cx);
        let written = self.saving.as_ref().is_some_and(|save| save.diskless && save.written);
        let taken = |node: &Node| {
            let mut receivers = node.replicas.in_state(ReplicaState::WaitBgsaveEnd);
            receivers.all(|replica| replica.sending.as_ref().is_none_or(|sending| sending.is_done()))
        };
        if written && taken(self) {
            self.end_save(cx, true);
        }
    }

    fn end_save(&mut self, cx: &mut Cx<'_>, ok: bool) {
        let Some(save) = self.saving.take() else { return };
        cx.event(None, EventKind::SnapshotFinished { ok });
        self.log_save(cx, &save, ok);
        if ok && !save.diskless {
            self.stats.dirty -= save.dirty_before.min(self.stats.dirty);
            self.stats.last_save_s = cx.now.unix_s();
            self.note_saved(true);
            cx.ask(Output::Persist(save.snapshot.clone()));
        }
        self.snapshot_ready(cx, &save, ok);
        self.start_due_saves(cx);
    }

    fn log_save(&self, cx: &mut Cx<'_>, save: &Save, ok: bool) {
        let what = if save.diskless { "RDB transfer" } else { "saving" };
        if ok && save.diskless {
            let up = self.replicas.in_state(ReplicaState::WaitBgsaveEnd).count();
            cx.log(false, || format!("Diskless rdb transfer, done reading from pipe, {up} replicas still up"));
        }
        match ok {
            true => cx.log(false, || format!("Background {what} terminated with success")),
            false => cx.log(true, || format!("Background {what} error")),
        }
    }

    /// Kills a running save. Replicas that wait for its result are closed without a word (`docs/redis-replication.md` 4.8).
    pub(super) fn cancel_save(&mut self, cx: &mut Cx<'_>) {
        let Some(save) = self.saving.take() else { return };
        cx.ask(Output::CancelSave { job: save.job });
        cx.event(None, EventKind::SnapshotFinished { ok: false });
        self.snapshot_ready(cx, &save, false);
    }

    /// Writes the snapshot while everybody waits: SAVE and SHUTDOWN.
    pub(super) fn save_now(&mut self, cx: &mut Cx<'_>) {
        let snapshot = self.take_snapshot(cx);
        self.stats.dirty = 0;
        self.stats.last_save_s = cx.now.unix_s();
        self.note_saved(false);
        cx.ask(Output::Persist(snapshot));
    }

    /// Starts a save if a save point is due.
    pub(super) fn check_save_points(&mut self, cx: &mut Cx<'_>) {
        if self.saving.is_some() {
            return;
        }
        let since_s = cx.now.unix_s() - self.stats.last_save_s;
        let dirty = self.stats.dirty as i64;
        let due = |&(seconds, changes): &(i64, i64)| since_s > seconds && dirty >= changes;
        if self.config.save_points().iter().any(due) {
            self.start_save(cx, false, 0);
        }
    }

    /// Begins to load the snapshot that the process found at its start.
    pub(super) fn load_own(&mut self, cx: &mut Cx<'_>, snapshot: Snapshot) {
        self.start_load(cx, snapshot.len(), Some(snapshot));
    }

    /// Begins to load `bytes`: the node's own snapshot, or the one that the link to the master holds.
    pub(super) fn start_load(&mut self, cx: &mut Cx<'_>, bytes: u64, own: Option<Snapshot>) {
        let job = self.next_job();
        let of_master = self.link.as_ref().and_then(|link| link.loading.as_ref()).map(|(snapshot, _)| snapshot);
        let pace = Pace::of_load(&self.config, cx.now, own.as_ref().or(of_master));
        self.loading = Some(Loading { job, own, started_s: cx.now.unix_s(), pace, is_read: false });
        cx.ask(Output::StartLoad { job, bytes });
        cx.event(None, EventKind::LoadStarted { bytes });
    }

    /// The time to load is over: reads the snapshot.
    pub(super) fn load_finished(&mut self, cx: &mut Cx<'_>, job: u64) {
        if let Some(loading) = self.loading.as_mut().filter(|loading| loading.job == job) {
            loading.is_read = true;
        }
        self.settle_load(cx);
    }

    /// Ends a load whose time is over.
    pub(super) fn settle_load(&mut self, cx: &mut Cx<'_>) {
        let is_over = |loading: &mut Loading| loading.is_read && loading.pace.is_over(cx.now.time);
        let Some(loading) = self.loading.take_if(is_over) else { return };
        match loading.own {
            Some(snapshot) => self.own_loaded(cx, &snapshot),
            None => self.master_snapshot_loaded(cx),
        }
    }

    fn own_loaded(&mut self, cx: &mut Cx<'_>, snapshot: &Snapshot) {
        let is_replica = self.link.is_some();
        let databases = self.config.databases();
        let loaded = match rdb::read(&snapshot.rdb, cx.now.unix_ms, is_replica, databases) {
            Ok(loaded) => loaded,
            Err(error) => {
                log_bad_snapshot(cx, &error);
                log_place(cx, &error);
                cx.event(None, EventKind::LoadFinished { keys: 0, ok: false });
                return self.exit(cx, StopReason::BadSnapshot);
            }
        };
        self.keyspace.replace(loaded.keyspace);
        self.keyspace.set_ballast(snapshot.ballast);
        self.note_loaded(self.keyspace.total_keys(), loaded.expired.len() as u64);
        log_empty(cx, &loaded.empty);
        cx.event(None, EventKind::LoadFinished { keys: self.keyspace.total_keys(), ok: true });
        match loaded.repl {
            Some(fields) => self.resume_history(cx, &fields, loaded.expired),
            None => self.count_expired(cx, loaded.expired),
        }
    }

    /// A restarted replica asks for what it lacks; a restarted master is a new history with the old one as `replid2`
    /// (`docs/redis-replication.md` 3.7).
    fn resume_history(&mut self, cx: &mut Cx<'_>, fields: &ReplFields, expired: Vec<(usize, Bytes)>) {
        self.history.master_repl_offset = fields.offset;
        if let Some(link) = &mut self.link {
            self.history.replid = fields.replid;
            let db = usize::try_from(fields.stream_db).unwrap_or(0);
            link.cached = Some(CachedMaster { replid: Some(fields.replid), offset: fields.offset, db });
            return;
        }
        let own = self.history.replid;
        self.history.replid = fields.replid;
        self.history.shift(own);
        self.stream.create_backlog(fields.offset);
        self.note_replid(cx);
        cx.event(None, EventKind::BacklogCreated { first_byte: fields.offset + 1 });
        self.emit_deletions(cx, expired);
    }

    /// A master that loads a snapshot without a history feeds the deletions to a backlog all the same, which it then frees:
    /// what stays of them is the offset.
    fn count_expired(&mut self, cx: &mut Cx<'_>, expired: Vec<(usize, Bytes)>) {
        if self.link.is_none() && !expired.is_empty() {
            self.stream.create_backlog(self.history.master_repl_offset);
            self.emit_deletions(cx, expired);
            self.stream.free_backlog();
        }
    }

    fn emit_deletions(&mut self, cx: &mut Cx<'_>, expired: Vec<(usize, Bytes)>) {
        for (db, key) in expired {
            let commands = [self.deletion(db, key)];
            self.emit(cx, &commands, false);
        }
    }

    /// Empties the node for a master's snapshot, in Redis's order: sub-replicas, backlog, keyspace
    /// (`docs/redis-replication.md` 4.9).
    pub(super) fn empty_for_snapshot(&mut self, cx: &mut Cx<'_>) {
        for conn in self.replicas.conns() {
            self.close_conn(cx, conn, CloseReason::Loading);
        }
        if self.stream.is_active() {
            self.stream.free_backlog();
            cx.event(None, EventKind::BacklogFreed { why: BacklogFreedReason::FullResync });
        }
        self.keyspace.flush_all();
        self.keyspace.set_ballast(0);
    }

    /// Reports the names of the history after they changed.
    pub(super) fn note_replid(&mut self, cx: &mut Cx<'_>) {
        let history = &self.history;
        cx.event(
            None,
            EventKind::ReplidChanged {
                replid: history.replid,
                replid2: history.replid2,
                second_replid_offset: history.second_replid_offset,
            },
        );
    }

    /// Ends the process.
    pub(super) fn exit(&mut self, cx: &mut Cx<'_>, why: StopReason) {
        self.exited = true;
        cx.ask(Output::Exit(why));
    }
}

/// Says why a snapshot, or a value in the form of one, cannot be loaded.
pub(super) fn log_bad_snapshot(cx: &mut Cx<'_>, error: &RdbError) {
    cx.log(true, || match error {
        RdbError::WrongChecksum => "Internal error in RDB: RDB CRC error".into(),
        other => format!("Internal error in RDB: {other}"),
    });
}

/// Where a snapshot is broken, as redis-check-rdb says it.
pub(super) fn log_place(cx: &mut Cx<'_>, error: &RdbError) {
    if let RdbError::Corrupt { at, what } = error {
        cx.log(true, || "--- RDB ERROR DETECTED ---".into());
        cx.log(true, || format!("[offset {at}] {what}"));
    }
}

/// Names keys of a snapshot that hold nothing and were left out.
pub(super) fn log_empty(cx: &mut Cx<'_>, empty: &[Bytes]) {
    const NAMED_MAX: usize = 10;
    for key in empty.iter().take(NAMED_MAX) {
        cx.log(true, || format!("rdbLoadObject skipping empty key: {}", String::from_utf8_lossy(key)));
    }
    if !empty.is_empty() {
        cx.log(true, || format!("Done loading RDB, empty keys skipped: {}.", empty.len()));
    }
}
