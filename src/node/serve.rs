//! The master's side of replication: who may become a replica and how, snapshots for them, their acknowledgements, the
//! gate that counts them, and WAIT (`docs/redis-replication.md` 2.5, 3, 4, 7.4, 8, 9).

use super::Node;
use super::conn::{Peer, Waiting};
use super::context::Cx;
use super::save::Save;
use crate::base::{Bytes, Chunk, ConnId, Mutant, Time, parse_i64};
use crate::event::{BacklogFreedReason, CloseReason, EventKind, FailoverState, FullReason, LossSign};
use crate::repl::textbook::{FRAME_PAYLOAD, News, Receipt, Sender};
use crate::repl::{Announced, Decision, LinkState, Replica, ReplicaState, Sending, decide};

impl Node {
    /// PSYNC and SYNC: the checks in Redis's order, then partial or full (`docs/redis-replication.md` 3.1).
    pub(super) fn psync(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        if self.replicas.find(id).is_some() {
            return;
        }
        if let Err(error) = self.admit_failover(cx, argv).and_then(|()| self.may_serve(id)) {
            cx.event(Some(id), EventKind::PsyncRefused);
            return self.reply_error(id, error);
        }
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let announced = conn.announced.clone();
        let [_, replid, offset, ..] = argv else {
            return self.admit(cx, id, announced, true, (FullReason::LegacySync, -1));
        };
        let Some(offset) = parse_i64(offset) else {
            cx.event(Some(id), EventKind::PsyncRefused);
            cx.log(true, || {
                let address = self.conns.get(&id).map(|conn| conn.address()).unwrap_or_default();
                format!("Replica {address} asks for synchronization but with a wrong offset")
            });
            return self.reply_error(id, "ERR value is not an integer or out of range");
        };
        match decide(replid, offset, &self.history, self.stream.window()) {
            Decision::Partial { bytes, by_replid2 } => {
                self.stats.sync_partial_ok += 1;
                let bytes = bytes as u64;
                cx.event(Some(id), EventKind::PartialAccepted { offset, bytes, by_replid2 });
                self.continue_replica(cx, id, announced, offset);
            }
            Decision::Full(reason) => {
                self.stats.sync_partial_err += u64::from(reason != FullReason::NoHistory);
                self.admit(cx, id, announced, false, (reason, offset));
            }
        }
    }

    /// The fourth word FAILOVER of PSYNC asks a replica to take over (`docs/redis-replication.md` 3.1, 12.3).
    fn admit_failover(&mut self, cx: &mut Cx<'_>, argv: &[Bytes]) -> Result<(), &'static str> {
        let [_, replid, _, word] = argv else { return Ok(()) };
        if !word.eq_ignore_ascii_case(b"failover") {
            return Ok(());
        }
        if self.link.is_none() {
            return Err("ERR PSYNC FAILOVER can't be sent to a master.");
        }
        if !self.history.replid.matches(replid) {
            return Err("ERR PSYNC FAILOVER replid must match my replid.");
        }
        self.promote(cx);
        Ok(())
    }

    fn may_serve(&self, id: ConnId) -> Result<(), &'static str> {
        if self.failover_state() != FailoverState::None {
            return Err("NOMASTERLINK Can't SYNC while failing over");
        }
        if self.link.as_ref().is_some_and(|link| link.state != LinkState::Connected) {
            return Err("NOMASTERLINK Can't SYNC while not connected with my master");
        }
        if self.conns.get(&id).is_some_and(|conn| conn.has_output()) {
            return Err("ERR SYNC and PSYNC are invalid with pending output");
        }
        if self.conns.get(&id).is_some_and(|conn| conn.announced.filtered && !conn.announced.eof) {
            return Err("ERR Filtered replica requires EOF capability");
        }
        Ok(())
    }

    /// `+CONTINUE`: the replica goes on at `offset` (`docs/redis-replication.md` 3.3).
    fn continue_replica(&mut self, cx: &mut Cx<'_>, id: ConnId, announced: Announced, offset: i64) {
        let line = match announced.psync2 {
            true => format!("+CONTINUE {}\r\n", self.history.replid),
            false => "+CONTINUE\r\n".to_string(),
        };
        let mut replica = Replica::waiting(id, announced, false, cx.now.unix_s());
        replica.state = ReplicaState::Online;
        replica.cursor = self.stream.cursor_at(offset);
        replica.session = self.conns.get(&id).and_then(|conn| conn.sender(offset));
        self.replicas.push(replica);
        self.set_peer(id, Peer::Replica);
        self.send(cx, id, line.into_bytes());
        self.recount_good(cx);
        cx.event(Some(id), EventKind::ReplicaOnline { offset });
    }

    /// Admits a replica that needs a snapshot, and starts one if that can be done now (`docs/redis-replication.md` 4.1).
    fn admit(&mut self, cx: &mut Cx<'_>, id: ConnId, announced: Announced, legacy: bool, why: (FullReason, i64)) {
        self.stats.sync_full += 1;
        let first_byte = self.stream.window().map_or(0, |window| window.first_byte);
        let master_repl_offset = self.history.master_repl_offset;
        let (reason, offset) = why;
        cx.event(Some(id), EventKind::FullRequired { reason, offset, first_byte, master_repl_offset });
        let replica = Replica::waiting(id, announced, legacy, cx.now.unix_s());
        let eof = replica.announced.eof;
        self.replicas.push(replica);
        self.set_peer(id, Peer::Replica);
        if self.replicas.len() == 1 && !self.stream.is_active() {
            self.begin_history(cx);
        }
        match &self.saving {
            Some(save) if !save.diskless => self.share_snapshot(cx, id),
            Some(_) => {}
            None if self.config.repl_diskless_sync() && eof && self.config.repl_diskless_sync_delay_s() > 0 => {}
            None => self.start_replica_save(cx),
        }
    }

    fn set_peer(&mut self, id: ConnId, peer: Peer) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.peer = peer;
        }
    }

    /// The first replica of a master without a backlog begins a history with a name of its own
    /// (`docs/redis-replication.md` 3.5).
    fn begin_history(&mut self, cx: &mut Cx<'_>) {
        self.history.rename(self.rng.repl_id());
        self.stream.create_backlog(self.history.master_repl_offset);
        self.note_replid(cx);
        cx.event(None, EventKind::BacklogCreated { first_byte: self.history.master_repl_offset + 1 });
    }

    /// Lets a new replica share the disk snapshot that another one is waiting for, together with its place in the stream.
    /// The next write announces its database again for everybody.
    fn share_snapshot(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        let Some(wants) = self.replicas.find(id).map(|replica| replica.announced.clone()) else { return };
        let fits = |other: &&Replica| {
            let less = (!other.announced.eof || wants.eof) && (!other.announced.psync2 || wants.psync2);
            less && (!other.announced.rdb_only || wants.rdb_only)
        };
        let found = self.replicas.in_state(ReplicaState::WaitBgsaveEnd).find(fits);
        let Some((offset, cursor)) = found.map(|other| (other.initial_offset, other.cursor)) else { return };
        let offset = if Mutant::SharedSnapshotOffset.lives() { self.history.master_repl_offset } else { offset };
        let cursor = cursor.map(|cursor| self.stream.share_cursor(&cursor));
        if self.link.is_none() {
            self.stream_db = None;
        }
        let line = format!("+FULLRESYNC {} {offset}\r\n", self.history.replid);
        let Some(replica) = self.replicas.find_mut(id) else { return };
        replica.cursor = cursor;
        replica.initial_offset = offset;
        replica.state = ReplicaState::WaitBgsaveEnd;
        if !replica.legacy {
            self.send(cx, id, line.into_bytes());
        }
    }

    /// Starts the save that waiting replicas are due (`docs/redis-replication.md` 4.3).
    pub(super) fn start_due_saves(&mut self, cx: &mut Cx<'_>) {
        if self.saving.is_some() {
            return;
        }
        let now_s = cx.now.unix_s();
        let mut waiting = 0;
        let mut longest_s = 0;
        for replica in self.replicas.in_state(ReplicaState::WaitBgsaveStart) {
            waiting += 1;
            longest_s = longest_s.max(now_s - replica.asked_s);
        }
        let enough = i64::from(self.config.repl_diskless_sync_max_replicas());
        let due = !self.config.repl_diskless_sync()
            || (enough > 0 && waiting >= enough)
            || longest_s >= self.config.repl_diskless_sync_delay_s();
        if waiting > 0 && due {
            self.start_replica_save(cx);
        }
    }

    /// Takes a snapshot for every waiting replica; it answers them with `+FULLRESYNC` at this moment, and the next write
    /// announces its database again for everybody (`docs/redis-replication.md` 4.1, 4.2).
    fn start_replica_save(&mut self, cx: &mut Cx<'_>) {
        let waiting: Vec<ConnId> = self.replicas.in_state(ReplicaState::WaitBgsaveStart).map(|r| r.conn).collect();
        let all_eof = self.replicas.in_state(ReplicaState::WaitBgsaveStart).all(|replica| replica.announced.eof);
        let filtered = self.replicas.in_state(ReplicaState::WaitBgsaveStart).any(|replica| replica.announced.filtered);
        let diskless = (self.config.repl_diskless_sync() || filtered) && all_eof;
        if self.link.is_none() {
            self.stream_db = None;
        }
        self.start_save(cx, diskless, waiting.len() as u32);
        let Some(snapshot) = self.saving.as_ref().map(|save| save.snapshot.clone()) else { return };
        let mark = self.rng.repl_id();
        let told = self.history.master_repl_offset + i64::from(Mutant::FullResyncOffset.lives());
        let line = format!("+FULLRESYNC {} {told}\r\n", self.history.replid);
        for id in waiting {
            let Some(replica) = self.replicas.find_mut(id) else { continue };
            replica.state = ReplicaState::WaitBgsaveEnd;
            replica.initial_offset = self.history.master_repl_offset;
            replica.last_write_s = cx.now.unix_s();
            replica.sending = diskless.then(|| Sending::with_mark(&snapshot, mark));
            let legacy = replica.legacy;
            cx.writable(id);
            if !legacy {
                self.send(cx, id, line.clone().into_bytes());
            }
        }
    }

    /// A snapshot is complete or has failed: what the replicas that wait for it get (`docs/redis-replication.md` 4.5, 4.6).
    pub(super) fn snapshot_ready(&mut self, cx: &mut Cx<'_>, save: &Save, ok: bool) {
        let waiting: Vec<ConnId> = self.replicas.in_state(ReplicaState::WaitBgsaveEnd).map(|r| r.conn).collect();
        for id in waiting {
            if !ok {
                self.close_conn(cx, id, CloseReason::SnapshotFailed);
                continue;
            }
            let Some(replica) = self.replicas.find_mut(id) else { continue };
            if save.diskless {
                replica.stream_on_ack = true;
                self.put_online(cx, id);
            } else {
                replica.state = ReplicaState::SendBulk;
                // Frames that arrive while the replica loads would count as lost (`docs/redis-replication.md` 18.6).
                replica.stream_on_ack = self.conns.get(&id).is_some_and(|conn| conn.datagrams.is_some());
                replica.sending = Some(Sending::with_length(&save.snapshot));
                cx.writable(id);
            }
        }
    }

    /// The snapshot has left: the replica is online, and receives the stream at once or after its acknowledgement.
    fn put_online(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        let Some(replica) = self.replicas.find_mut(id) else { return };
        replica.sending = None;
        if replica.announced.rdb_only {
            replica.state = ReplicaState::RdbTransmitted;
            return self.close_conn(cx, id, CloseReason::Done);
        }
        replica.state = ReplicaState::Online;
        replica.ack_s = cx.now.unix_s();
        let starts = !replica.stream_on_ack;
        self.recount_good(cx);
        if starts {
            self.start_stream(cx, id);
        }
    }

    fn start_stream(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        let Some(replica) = self.replicas.find_mut(id) else { return };
        replica.stream_on_ack = false;
        let offset = replica.cursor.map_or(self.history.master_repl_offset + 1, |cursor| cursor.next());
        replica.session = self.conns.get(&id).and_then(|conn| conn.sender(offset));
        cx.writable(id);
        cx.event(Some(id), EventKind::ReplicaOnline { offset });
    }

    /// Bytes for a replica beyond what was queued: its snapshot, then the stream.
    pub(super) fn pull_replica(&mut self, cx: &mut Cx<'_>, id: ConnId, room: u64) -> Option<Chunk> {
        let now_s = cx.now.unix_s();
        let pace = self.saving.as_ref().filter(|save| save.diskless).map(|save| save.pace);
        let replica = self.replicas.find_mut(id)?;
        if let Some(sending) = &mut replica.sending {
            let room = match pace.filter(|_| replica.state == ReplicaState::WaitBgsaveEnd) {
                Some(pace) => room.min(sending.room_within(|all| pace.share(cx.now.time, all))),
                None => room,
            };
            if room == 0 {
                return None;
            }
            let chunk = sending.pull(room);
            let is_done = sending.is_done();
            replica.last_write_s = now_s;
            if is_done && replica.state == ReplicaState::SendBulk {
                self.put_online(cx, id);
            }
            return chunk;
        }
        if !replica.streams() {
            return None;
        }
        let cursor = replica.cursor.as_mut()?;
        let Some(session) = &mut replica.session else { return self.stream.read(cursor, room).map(Chunk::Data) };
        let payload = self.stream.read(cursor, room.min(FRAME_PAYLOAD))?;
        let start = cursor.next() - payload.len() as i64;
        Some(Chunk::Data(session.send(start, payload, cx.now.time).encode().into()))
    }

    /// `REPLCONF ACK` of a replica (`docs/redis-replication.md` 7.4).
    pub(super) fn acked(&mut self, cx: &mut Cx<'_>, id: ConnId, offset: i64, receipt: Option<Receipt>) {
        let Some(replica) = self.replicas.find_mut(id) else { return };
        replica.note_ack(offset, cx.now.unix_s());
        let behind = self.history.master_repl_offset.saturating_sub(offset);
        cx.event(Some(id), EventKind::AckReceived { offset, behind });
        if replica.state == ReplicaState::WaitBgsaveEnd {
            self.check_diskless_done(cx);
            return;
        }
        if replica.state == ReplicaState::Online && replica.stream_on_ack {
            return self.start_stream(cx, id);
        }
        let Some(session) = &mut replica.session else { return };
        let (news, sign) = match receipt {
            Some(receipt) => (session.acknowledged(receipt, cx.now.time), LossSign::Gap),
            None => (session.counted(offset), LossSign::Count),
        };
        self.take_news(cx, id, news, sign);
    }

    /// What an acknowledgement tells of the frames of a replica (`docs/redis-replication.md` 18.6).
    fn take_news(&mut self, cx: &mut Cx<'_>, id: ConnId, news: News, sign: LossSign) {
        match news {
            News::Nothing | News::Progress { repaired: false } => {}
            News::Progress { repaired: true } => {
                let una = self.replicas.find(id).and_then(|replica| replica.session.as_ref()).map_or(0, Sender::una);
                cx.event(Some(id), EventKind::LossRepaired { offset: una - 1 });
            }
            News::Lost => self.send_again(cx, id, sign),
            News::Nonsense => self.close_conn(cx, id, CloseReason::ProtocolError),
        }
    }

    /// Sends the stream again from the first byte that a replica has not acknowledged: from the backlog, and if it has left
    /// that, the replica has to ask for a full resync (`docs/redis-replication.md` 18.6).
    fn send_again(&mut self, cx: &mut Cx<'_>, id: ConnId, sign: LossSign) {
        let Some(replica) = self.replicas.find_mut(id) else { return };
        let (Some(session), Some(cursor)) = (&mut replica.session, replica.cursor) else { return };
        let (offset, next) = (session.una(), cursor.next());
        let bytes = (next - offset).max(0) as u64;
        cx.event(Some(id), EventKind::LossFound { offset, bytes, sign });
        let Some(earlier) = self.stream.rewind(&cursor, offset + i64::from(Mutant::ResendSkipsByte.lives())) else {
            return self.close_conn(cx, id, CloseReason::LossLeftBacklog);
        };
        session.rewound(next, sign == LossSign::Timeout);
        replica.cursor = Some(earlier);
        cx.writable(id);
    }

    /// When frames have waited too long for their acknowledgement.
    pub(super) fn next_resend(&self) -> Option<Time> {
        self.replicas.iter().filter_map(|replica| replica.session.as_ref()?.deadline()).min()
    }

    /// Sends again what has waited too long.
    pub(super) fn resend_due(&mut self, cx: &mut Cx<'_>) {
        let is_due = |replica: &&Replica| {
            let deadline = replica.session.as_ref().and_then(Sender::deadline);
            deadline.is_some_and(|at| at <= cx.now.time)
        };
        let due: Vec<ConnId> = self.replicas.iter().filter(is_due).map(|replica| replica.conn).collect();
        for id in due {
            self.send_again(cx, id, LossSign::Timeout);
        }
    }

    /// A bare newline of a replica: it is alive (`docs/redis-replication.md` 7.5).
    pub(super) fn replica_newline(&mut self, cx: &Cx<'_>, id: ConnId) {
        if let Some(replica) = self.replicas.find_mut(id) {
            replica.ack_s = cx.now.unix_s();
        }
    }

    /// A replica's connection is gone.
    pub(super) fn replica_lost(&mut self, cx: &mut Cx<'_>, id: ConnId, why: CloseReason) {
        let Some(replica) = self.replicas.remove(id) else { return };
        let master_repl_offset = self.history.master_repl_offset;
        cx.event(Some(id), EventKind::ReplicaLost { why, ack_offset: replica.ack_offset, master_repl_offset });
        if let Some(cursor) = replica.cursor {
            self.stream.release(cursor);
        }
        if self.replicas.is_empty() {
            self.no_replicas_since_s = cx.now.unix_s();
        }
        self.recount_good(cx);
        let orphaned = self.saving.as_ref().is_some_and(|save| {
            let receivers = self.replicas.in_state(ReplicaState::WaitBgsaveEnd).count();
            save.for_replicas && receivers == 0 && (save.diskless || self.config.save_points().is_empty())
        });
        if orphaned && replica.state == ReplicaState::WaitBgsaveEnd {
            if self.saving.as_ref().is_some_and(|save| save.diskless) {
                cx.log(false, || "Diskless rdb transfer, last replica dropped, killing fork child.".into());
            }
            self.cancel_save(cx);
        }
    }

    /// Counts the good replicas again. Called at the moments that section 8 names, not on every acknowledgement.
    pub(super) fn recount_good(&mut self, cx: &mut Cx<'_>) {
        let needed = self.replicas_needed();
        let good = match needed {
            0 => 0,
            _ => self.replicas.good(cx.now.unix_s(), self.config.min_replicas_max_lag_s()),
        };
        if good != self.good_replicas {
            self.good_replicas = good;
            cx.event(None, EventKind::GoodReplicasChanged { good, needed });
        }
        let refused = self.refuses_writes();
        if refused != self.writes_refused {
            self.writes_refused = refused;
            cx.event(None, EventKind::WritesRefused { refused });
        }
    }

    /// min-replicas-to-write, 0 while the gate is off (`docs/redis-replication.md` 8).
    pub(super) fn replicas_needed(&self) -> u32 {
        match self.config.min_replicas_max_lag_s() {
            0 => 0,
            _ => self.config.min_replicas_to_write(),
        }
    }

    /// Whether a master refuses writes for want of good replicas.
    pub(super) fn refuses_writes(&self) -> bool {
        self.link.is_none() && self.good_replicas < self.replicas_needed()
    }

    /// Closes replicas that were silent too long (`docs/redis-replication.md` 7.7).
    pub(super) fn drop_silent_replicas(&mut self, cx: &mut Cx<'_>) {
        let now_s = cx.now.unix_s();
        let timeout_s = self.config.repl_timeout_s();
        let diskless = self.saving.as_ref().is_some_and(|save| save.diskless);
        let silent: Vec<(ConnId, i64, ReplicaState)> = self
            .replicas
            .iter()
            .filter_map(|replica| Some((replica.conn, replica.timed_out(now_s, timeout_s, diskless)?, replica.state)))
            .collect();
        for (conn, silent_s, state) in silent {
            cx.log(true, || {
                let address = self.conns.get(&conn).map(|conn| conn.address()).unwrap_or_default();
                let sync = if state == ReplicaState::Online { "streaming" } else { "full" };
                format!("Disconnecting timedout replica ({sync} sync): {address}")
            });
            cx.event(Some(conn), EventKind::TimedOut { side: crate::event::TimeoutSide::Replica, silent_s });
            self.close_conn(cx, conn, CloseReason::Timeout);
        }
    }

    /// Newlines keep replicas patient that wait for a snapshot (`docs/redis-replication.md` 4.4).
    pub(super) fn send_keepalives(&mut self, cx: &mut Cx<'_>) {
        let disk = self.saving.as_ref().is_some_and(|save| !save.diskless);
        let waits = |replica: &&Replica| {
            replica.state == ReplicaState::WaitBgsaveStart || (replica.state == ReplicaState::WaitBgsaveEnd && disk)
        };
        let waiting: Vec<ConnId> = self.replicas.iter().filter(waits).map(|replica| replica.conn).collect();
        for conn in waiting {
            self.send(cx, conn, b"\n".to_vec());
        }
    }

    /// Frees the backlog of a master that nobody follows (`docs/redis-replication.md` 5.1).
    pub(super) fn free_idle_backlog(&mut self, cx: &mut Cx<'_>) {
        let ttl_s = self.config.repl_backlog_ttl_s();
        let idle_s = cx.now.unix_s() - self.no_replicas_since_s;
        let idle = self.replicas.is_empty() && ttl_s > 0 && idle_s > ttl_s;
        if idle && self.link.is_none() && self.stream.is_active() {
            self.history.rename(self.rng.repl_id());
            self.stream.free_backlog();
            cx.event(None, EventKind::BacklogFreed { why: BacklogFreedReason::Idle });
            self.note_replid(cx);
        }
    }

    /// Blocks a client until replicas have acknowledged its last write (`docs/redis-replication.md` 9.1).
    pub(super) fn block_in_wait(&mut self, cx: &mut Cx<'_>, id: ConnId, replicas: i64, until: Option<Time>) {
        let offset = self.conns.get(&id).map_or(0, |conn| conn.write_offset);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.waiting = Some(Waiting { replicas, offset, until });
            self.blocked.push(id);
        }
        self.getack_wanted = true;
        cx.event(None, EventKind::WaitBlocked { offset, replicas });
    }

    /// Answers the clients whose WAIT is satisfied or over.
    pub(super) fn answer_waits(&mut self, cx: &mut Cx<'_>) {
        let blocked = std::mem::take(&mut self.blocked);
        for id in blocked {
            let Some(waiting) = self.conns.get(&id).and_then(|conn| conn.waiting) else { continue };
            let acked = self.replicas.acknowledged(waiting.offset);
            let over = waiting.until.is_some_and(|until| until <= cx.now.time);
            if acked < waiting.replicas && !over {
                self.blocked.push(id);
                continue;
            }
            let Waiting { offset, replicas, .. } = waiting;
            cx.event(None, EventKind::WaitAnswered { offset, acked, replicas });
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.waiting = None;
                conn.replies.integer(acked);
                cx.writable(id);
            }
            self.read_requests(cx, id);
        }
    }

    /// Answers blocked clients with an error and closes them: this node has become a replica.
    pub(super) fn unblock_all(&mut self, cx: &mut Cx<'_>) {
        let blocked = std::mem::take(&mut self.blocked);
        for id in blocked.into_iter().chain(self.key_waiters.clone()) {
            let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.is_blocked()) else { continue };
            conn.waiting = None;
            conn.replies
                .error("UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)");
            conn.closing = Some(CloseReason::Reconfigured);
            cx.writable(id);
            self.stop_waiting(id);
        }
    }
}
