//! The replica's side of replication: dialling, the handshake, the snapshot, applying the stream, sending acknowledgements,
//! losing the link; and changing sides: REPLICAOF and promotion (`docs/redis-replication.md` 2, 4.9, 7.2, 11, 12, 13.2).

use super::Node;
use super::commands::{self, Flags};
use super::conn::Peer;
use super::context::Cx;
use super::contract::Output;
use crate::base::{Bytes, Chunk, ConnId, Mutant, ReplId};
use crate::config::DisklessLoad;
use crate::event::{CloseReason, EventKind, Role, StopReason, TimeoutSide};
use crate::rdb::{self, RdbError};
use crate::repl::handshake::{self, Announcement, Step};
use crate::repl::textbook::{Datagrams, Frame, Receiver};
use crate::repl::{LineTooLong, LinkState, MasterLink, Received, Receiving, Snapshot};

const LOADING_IN_MEMORY: &str = "MASTER <-> REPLICA sync: Loading DB in memory";

impl Node {
    /// Follows another master, or the first one (`docs/redis-replication.md` 11.3). Data, backlog and sub-replicas stay.
    pub(super) fn follow(&mut self, cx: &mut Cx<'_>, host: String, port: u16) {
        let mut link = MasterLink::new(host.clone(), port);
        match self.link.as_mut() {
            None => {
                self.unblock_all(cx);
                link.cache_own(&self.history);
            }
            Some(old) => {
                let conn = old.conn;
                old.lose(self.history.replid, true, cx.now.unix_s());
                link.cached = old.cached;
                link.down_since_s = old.down_since_s;
                if let Some(conn) = conn {
                    self.conns.remove(&conn);
                    cx.ask(Output::Close { conn, why: CloseReason::Reconfigured });
                }
            }
        }
        let was_master = self.link.is_none();
        self.link = Some(link);
        self.config.set_replicaof(Some((host, port)));
        if was_master {
            cx.event(None, EventKind::RoleChanged { role: Role::Replica });
        }
        self.recount_good(cx);
        self.dial(cx);
    }

    /// Becomes a master: `REPLICAOF NO ONE`, or PSYNC with the word FAILOVER (`docs/redis-replication.md` 12.1).
    pub(super) fn promote(&mut self, cx: &mut Cx<'_>) {
        let Some(mut link) = self.link.take() else { return };
        if let Some(conn) = link.conn {
            let applied = link.offsets().1;
            self.conns.remove(&conn);
            cx.ask(Output::Close { conn, why: CloseReason::Reconfigured });
            if link.stream.is_some() {
                let why = CloseReason::Reconfigured;
                cx.event(Some(conn), EventKind::MasterLinkLost { why, offset: applied, cached: false });
            }
            link.lose(self.history.replid, false, cx.now.unix_s());
        }
        self.config.set_replicaof(None);
        if !Mutant::PromotionKeepsName.lives() {
            self.history.shift(self.rng.repl_id());
        }
        if Mutant::PromotionStartsAtZero.lives() {
            self.history.master_repl_offset = 0;
        }
        if !Mutant::PromotionKeepsDatabase.lives() {
            self.stream_db = None;
        }
        self.no_replicas_since_s = cx.now.unix_s();
        cx.event(None, EventKind::RoleChanged { role: Role::Master });
        self.note_replid(cx);
        self.disconnect_replicas(cx, CloseReason::HistoryChanged);
        self.recount_good(cx);
    }

    /// Cuts sub-replicas, so that they learn the new name of the history by asking again.
    fn disconnect_replicas(&mut self, cx: &mut Cx<'_>, why: CloseReason) {
        for conn in self.replicas.conns() {
            self.close_conn(cx, conn, why);
        }
    }

    /// Dials the master.
    pub(super) fn dial(&mut self, cx: &mut Cx<'_>) {
        if self.loading.is_some() {
            return;
        }
        self.dials += 1;
        let id = ConnId::dialled(self.dials);
        let Some(link) = self.link.as_mut() else { return };
        link.dial(id, cx.now.unix_s());
        let (host, port) = (link.host.clone(), link.port);
        let conn = self.new_conn(cx, id, host.clone(), port, Peer::Master);
        self.conns.insert(id, conn);
        cx.ask(Output::Connect { conn: id, host, port });
        cx.event(Some(id), EventKind::ConnectStarted);
    }

    /// The dial succeeded: PING goes out alone.
    pub(super) fn connected(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        let Some(link) = self.link.as_mut().filter(|link| link.conn == Some(id)) else { return };
        link.state = LinkState::ReceivePingReply;
        cx.event(Some(id), EventKind::HandshakeStarted);
        self.send(cx, id, handshake::ping());
    }

    /// A connection that stands carries the stream in frames.
    pub(super) fn use_datagrams(&mut self, id: ConnId, how: Datagrams) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.datagrams = Some(how);
        }
        if let Some(link) = self.link.as_mut().filter(|link| link.conn == Some(id)) {
            link.session = Some(Receiver::new(how));
        }
    }

    /// The dial failed: the next replication cron tries again.
    pub(super) fn connect_failed(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        self.conns.remove(&id);
        let Some(link) = self.link.as_mut().filter(|link| link.conn == Some(id)) else { return };
        link.lose(self.history.replid, true, cx.now.unix_s());
        cx.event(Some(id), EventKind::ConnectFailed);
    }

    /// Bytes of the master, whatever the stage.
    pub(super) fn master_received(&mut self, cx: &mut Cx<'_>, id: ConnId, mut chunk: Chunk) {
        loop {
            let Some(link) = self.link.as_mut().filter(|link| link.conn == Some(id)) else { return };
            link.last_io_s = cx.now.unix_s();
            match (link.state, chunk) {
                (LinkState::Connected, Chunk::Data(bytes)) if link.session.is_some() => {
                    return self.frame_received(cx, id, &bytes);
                }
                (LinkState::Connected, Chunk::Data(bytes)) => return self.stream_received(cx, id, bytes),
                (LinkState::Transfer, data) => match self.transfer_received(cx, id, data) {
                    Some(rest) => chunk = rest,
                    None => return,
                },
                (_, Chunk::Data(mut bytes)) => match self.handshake_received(cx, id, &mut bytes) {
                    true if !bytes.is_empty() => chunk = Chunk::Data(bytes),
                    _ => return,
                },
                (_, Chunk::Ballast(_)) => return self.fail_attempt(cx, id, b"ballast outside a snapshot", false),
            }
        }
    }

    /// Takes the next handshake line out of `bytes` and acts on it; says whether to go on with what is left.
    fn handshake_received(&mut self, cx: &mut Cx<'_>, id: ConnId, bytes: &mut Bytes) -> bool {
        let hands_over = self.hands_over();
        let Some(link) = self.link.as_mut() else { return false };
        let line = match link.take_line(bytes) {
            Ok(Some(line)) => line,
            Ok(None) => return false,
            Err(LineTooLong) => {
                self.fail_attempt(cx, id, b"a line without an end", false);
                return false;
            }
        };
        let announces_ip = !self.config.replica_announce_ip().is_empty();
        match handshake::reply(link.state, &line, announces_ip) {
            Step::Await(state) => link.state = state,
            Step::SendBurst => self.send_burst(cx, id),
            Step::SendPsync => self.send_psync(cx, id),
            Step::Full { replid, offset } => {
                self.failover_answered(cx, true);
                self.full_announced(cx, id, replid, offset);
            }
            Step::Continue { replid } => {
                self.failover_answered(cx, true);
                self.continued(cx, id, replid);
            }
            Step::FallBackToSync | Step::Fail if hands_over && link.state == LinkState::ReceivePsyncReply => {
                self.failover_answered(cx, false);
                return false;
            }
            Step::FallBackToSync => {
                link.legacy = true;
                self.send(cx, id, b"SYNC\r\n".to_vec());
                self.full_announced(cx, id, None, -1);
            }
            Step::Fail => self.fail_attempt(cx, id, &line, false),
        }
        true
    }

    fn send_burst(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        let port = match self.config.replica_announce_port() {
            0 => self.config.port(),
            port => port,
        };
        let own = Announcement {
            port,
            ip: self.config.replica_announce_ip(),
            user: self.config.masteruser(),
            password: self.config.masterauth(),
        };
        let (bytes, state) = handshake::burst(&own);
        if let Some(link) = self.link.as_mut() {
            link.state = state;
        }
        self.send(cx, id, bytes);
    }

    fn send_psync(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        let Some(link) = self.link.as_mut() else { return };
        link.state = LinkState::ReceivePsyncReply;
        let wanted = link.wanted();
        let request = match &wanted {
            None => handshake::psync(None, false),
            Some((replid, offset)) => {
                let replid = replid.as_ref().map_or(&b""[..], |replid| replid.as_str().as_bytes());
                handshake::psync(Some((replid, *offset)), self.hands_over())
            }
        };
        let (replid, offset) = wanted.unwrap_or((None, -1));
        cx.event(Some(id), EventKind::PsyncAsked { replid, offset });
        self.send(cx, id, request);
    }

    fn full_announced(&mut self, cx: &mut Cx<'_>, id: ConnId, replid: Option<ReplId>, offset: i64) {
        let Some(link) = self.link.as_mut() else { return };
        link.state = LinkState::Transfer;
        link.announced = (replid, offset);
        link.receiving = Some(Receiving::new());
        cx.event(Some(id), EventKind::FullResyncStarted { offset });
    }

    /// `+CONTINUE`: the history goes on, perhaps under a new name (`docs/redis-replication.md` 3.4).
    fn continued(&mut self, cx: &mut Cx<'_>, id: ConnId, replid: Option<ReplId>) {
        let Some(link) = self.link.as_mut() else { return };
        let Some(cached) = link.cached else {
            return self.fail_attempt(cx, id, b"+CONTINUE without a question", false);
        };
        link.go_live(cached.offset, cached.db);
        let offset = cached.offset;
        let renamed = replid.filter(|&replid| replid != self.history.replid);
        if let Some(replid) = renamed {
            self.history.shift(replid);
            self.note_replid(cx);
        }
        cx.event(Some(id), EventKind::PartialResynced { offset, new_replid: renamed.is_some() });
        if renamed.is_some() && !Mutant::RenameNotTold.lives() {
            self.disconnect_replicas(cx, CloseReason::HistoryChanged);
        }
        if !self.stream.is_active() {
            self.stream.create_backlog(offset);
            cx.event(None, EventKind::BacklogCreated { first_byte: offset + 1 });
        }
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.db = cached.db;
        }
    }

    /// Snapshot bytes; returns what belongs to the stream behind it.
    fn transfer_received(&mut self, cx: &mut Cx<'_>, id: ConnId, chunk: Chunk) -> Option<Chunk> {
        let receiving = self.link.as_mut()?.receiving.as_mut()?;
        let had_header = receiving.has_header();
        let received = receiving.push(chunk);
        if !had_header && receiving.has_header() {
            cx.event(Some(id), EventKind::TransferStarted { bytes: receiving.announced() });
            if self.loads_diskless() {
                cx.log(false, || LOADING_IN_MEMORY.into());
            }
        }
        match received {
            Received::More => {
                if self.loads_diskless() && self.ends_without_mark() {
                    self.fail_attempt(cx, id, b"a wrong mark behind the snapshot", true);
                }
                None
            }
            Received::Refused(line) => {
                self.fail_attempt(cx, id, &line, true);
                None
            }
            Received::Complete { snapshot, rest } => {
                self.snapshot_received(cx, snapshot);
                if let (Some(link), Some(Chunk::Data(bytes))) = (self.link.as_mut(), rest) {
                    link.held = Some(bytes);
                }
                None
            }
        }
    }

    /// The snapshot is here: everything older goes, then it is loaded; with `repl-diskless-load swapdb` the old data stays
    /// until the new is usable (`docs/redis-replication.md` 4.9).
    fn snapshot_received(&mut self, cx: &mut Cx<'_>, snapshot: Snapshot) {
        self.cancel_save(cx);
        let to_disk = !self.loads_diskless();
        let Some(link) = self.link.as_mut() else { return };
        let diskless = link.receiving.take().is_some_and(|receiving| receiving.is_diskless());
        let bytes = snapshot.len();
        if to_disk {
            cx.ask(Output::Persist(snapshot.clone()));
            cx.log(false, || LOADING_IN_MEMORY.into());
        }
        link.loading = Some((snapshot, diskless));
        if self.config.repl_diskless_load() != DisklessLoad::Swapdb {
            self.forget_for_snapshot(cx);
        }
        self.start_load(cx, bytes, None);
    }

    /// Whether a snapshot is being loaded and nothing else is served: from a file, or from the socket as it arrives.
    pub(super) fn loads(&self) -> bool {
        self.loading.is_some() || self.loads_from_socket() == Some(false)
    }

    /// Whether a snapshot is being loaded beside the data of the same history, which is served meanwhile.
    pub(super) fn loads_beside(&self) -> bool {
        self.loads_from_socket() == Some(true)
    }

    /// While a snapshot is loaded as it arrives: whether the data in use is of the same history and is served meanwhile.
    fn loads_from_socket(&self) -> Option<bool> {
        let link = self.link.as_ref()?;
        let arrives = link.receiving.as_ref().is_some_and(Receiving::has_header) && self.loads_diskless();
        let same_history = link.announced.0 == Some(self.history.replid);
        arrives.then_some(same_history && self.config.repl_diskless_load() == DisklessLoad::Swapdb)
    }

    /// Whether a snapshot is loaded from the socket, without a file.
    fn loads_diskless(&self) -> bool {
        match self.config.repl_diskless_load() {
            DisklessLoad::Disabled => false,
            DisklessLoad::OnEmptyDb => self.keyspace.is_empty(),
            DisklessLoad::Swapdb => true,
        }
    }

    fn forget_for_snapshot(&mut self, cx: &mut Cx<'_>) {
        // Emptying may take long: the master hears that somebody lives here.
        if !self.keyspace.is_empty() {
            self.send_loading_newline(cx);
        }
        if let Some(link) = self.link.as_mut() {
            link.cached = None;
        }
        self.empty_for_snapshot(cx);
    }

    /// The time to load is over: the snapshot becomes the data, and the stream goes on behind it.
    pub(super) fn master_snapshot_loaded(&mut self, cx: &mut Cx<'_>) {
        let Some((snapshot, diskless)) = self.link.as_mut().and_then(|link| link.loading.take()) else { return };
        let loaded = match rdb::read(&snapshot.rdb, cx.now.unix_ms, true, self.config.databases()) {
            Ok(loaded) => loaded,
            Err(error) => return self.snapshot_refused(cx, &error),
        };
        if self.config.repl_diskless_load() == DisklessLoad::Swapdb {
            self.forget_for_snapshot(cx);
        }
        self.keyspace.replace(loaded.keyspace);
        self.keyspace.set_ballast(snapshot.ballast);
        let keys = self.keyspace.total_keys();
        self.note_loaded(keys, 0);
        super::save::log_empty(cx, &loaded.empty);
        cx.event(None, EventKind::LoadFinished { keys, ok: true });
        let stream_db = if Mutant::LoadForgetsDatabase.lives() { 0 } else { loaded.stream_db };
        let db = usize::try_from(stream_db).unwrap_or(0);
        self.go_live(cx, db, diskless);
    }

    fn go_live(&mut self, cx: &mut Cx<'_>, db: usize, ack_now: bool) {
        let Some(link) = self.link.as_mut() else { return };
        let Some(id) = link.conn else { return };
        let (replid, offset) = link.announced;
        link.go_live(offset, db);
        self.history.adopt(replid.unwrap_or(ReplId::ZERO), offset);
        if !self.stream.is_active() {
            self.stream.create_backlog(offset);
            cx.event(None, EventKind::BacklogCreated { first_byte: offset + 1 });
        }
        self.note_replid(cx);
        cx.event(Some(id), EventKind::FullResynced { offset });
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.db = db;
            conn.transaction = None;
        }
        // Where the stream comes in frames, the master waits for this before it sends the first.
        if ack_now || self.link.as_ref().is_some_and(|link| link.session.is_some()) {
            self.send_ack(cx);
        }
        match self.link.as_mut().and_then(|link| link.held.take()) {
            Some(bytes) => self.master_received(cx, id, Chunk::Data(bytes)),
            None => self.apply_stream(cx, id),
        }
    }

    /// A snapshot that cannot be read ends the process; one of a newer version, or one that was read from the socket
    /// without a wrong checksum, fails the attempt (`docs/redis-replication.md` 4.9).
    fn snapshot_refused(&mut self, cx: &mut Cx<'_>, error: &RdbError) {
        super::save::log_bad_snapshot(cx, error);
        super::save::log_place(cx, error);
        cx.event(None, EventKind::LoadFinished { keys: 0, ok: false });
        let fatal = match error {
            RdbError::VersionTooNew { .. } => false,
            RdbError::WrongChecksum => true,
            _ => !self.loads_diskless(),
        };
        if fatal {
            return self.exit(cx, StopReason::BadSnapshot);
        }
        if let Some(conn) = self.link.as_ref().and_then(|link| link.conn) {
            self.fail_attempt(cx, conn, b"unusable snapshot", true);
        }
    }

    /// A frame: what is contiguous goes to the stream, and every frame is acknowledged (`docs/redis-replication.md` 18.5).
    fn frame_received(&mut self, cx: &mut Cx<'_>, id: ConnId, bytes: &Bytes) {
        let Some(frame) = Frame::decode(bytes) else {
            return self.stream_broken(cx, id, b"Protocol error: no frame of the stream".to_vec());
        };
        let Some(link) = self.link.as_mut() else { return };
        let (Some(session), Some(stream)) = (&mut link.session, &link.stream) else { return };
        let (missing, got) = (stream.read_offset + 1, frame.position.map_or(0, |(start, _)| start));
        let sound = session.is_sound();
        let (fed, gap) = session.take(missing, frame);
        if gap {
            cx.event(Some(id), EventKind::GapSeen { missing, got });
        }
        for bytes in fed {
            self.stream_received(cx, id, bytes);
        }
        // The unsound form has only the acknowledgement of once a second.
        if sound {
            self.acknowledge(cx, gap);
        }
    }

    fn stream_received(&mut self, cx: &mut Cx<'_>, id: ConnId, bytes: Bytes) {
        if let Some(stream) = self.link.as_mut().and_then(|link| link.stream.as_mut()) {
            stream.received(&bytes);
        }
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.scanner.push(bytes);
        }
        self.apply_stream(cx, id);
    }

    /// Applies whole commands; after each one that is not inside MULTI the applied offset moves and its bytes go on to
    /// sub-replicas (`docs/redis-replication.md` 5.5, 13.2).
    fn apply_stream(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        loop {
            let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.postponed.is_none()) else { return };
            let request = match conn.scanner.next() {
                Ok(Some(request)) => request,
                Ok(None) => return,
                Err(error) => {
                    // Redis counts the error reply that the master never gets.
                    self.stats.unexpected_error_replies += 1;
                    conn.replies.error_bytes(b"ERR");
                    self.note_errors(id);
                    return self.stream_broken(cx, id, error.to_bytes());
                }
            };
            if request.args.is_empty() {
                continue;
            }
            if request.inline {
                return self.stream_broken(cx, id, b"Protocol error: inline command from the master".to_vec());
            }
            if self.pause.is_some() && self.holds_back(id, &request.args) {
                return;
            }
            self.apply(cx, id, request.args);
        }
    }

    /// Applies one command, and what it completes.
    fn apply(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: Vec<Bytes>) {
        self.execute_from_master(cx, id, argv);
        let Some(conn) = self.conns.get(&id) else { return };
        if conn.transaction.is_some() && !Mutant::TransactionHalfApplied.lives() {
            return;
        }
        let (pending, db) = (conn.scanner.pending(), conn.db);
        let Some(stream) = self.link.as_mut().and_then(|link| link.stream.as_mut()) else { return };
        stream.db = db;
        let mut applied = stream.apply(pending);
        if Mutant::ForwardRewrites.lives() {
            applied.iter_mut().for_each(|piece| *piece = piece.to_ascii_uppercase().into());
        }
        self.forward(cx, &applied);
    }

    /// CLIENT PAUSE holds for the master, too: what it sends waits, and the applied offset stays.
    #[cold]
    fn holds_back(&mut self, id: ConnId, argv: &[Bytes]) -> bool {
        let Some(spec) = commands::lookup(&argv[0]) else { return false };
        let writes = spec.is(Flags::WRITE) || spec.is(Flags::MAY_REPLICATE);
        let paused = self.is_paused(Peer::Master, spec, writes);
        if let Some(conn) = self.conns.get_mut(&id).filter(|_| paused) {
            conn.postponed = Some(argv.to_vec());
            self.postponed.push(id);
        }
        paused
    }

    /// Goes on where a pause of the clients held the stream back.
    pub(super) fn resume_stream(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: Vec<Bytes>) {
        self.apply(cx, id, argv);
        self.apply_stream(cx, id);
    }

    /// What the master sends is not the protocol. Nothing is kept for a partial resync. (A real server closes the link
    /// when it writes to it next, in practice with the next acknowledgement.)
    fn stream_broken(&mut self, cx: &mut Cx<'_>, id: ConnId, text: Vec<u8>) {
        cx.event(Some(id), EventKind::ProtocolError { text: text.into() });
        self.close_conn(cx, id, CloseReason::ProtocolError);
    }

    /// Sends `REPLCONF ACK` with the applied offset (`docs/redis-replication.md` 7.2).
    pub(super) fn send_ack(&mut self, cx: &mut Cx<'_>) {
        self.acknowledge(cx, false);
    }

    /// Sends an acknowledgement, where the stream comes in frames with a receipt.
    fn acknowledge(&mut self, cx: &mut Cx<'_>, gap: bool) {
        let Some(link) = self.link.as_mut().filter(|link| !link.legacy) else { return };
        let (Some(stream), Some(conn)) = (&link.stream, link.conn) else { return };
        let offset = if Mutant::AckCountsReceived.lives() { stream.read_offset } else { stream.applied_offset };
        cx.event(Some(conn), EventKind::AckSent { offset });
        let bytes = match link.session.as_mut().filter(|session| session.is_sound()) {
            Some(session) => session.receipt(stream.read_offset + 1, gap).encode(offset),
            None => handshake::ack(offset),
        };
        self.send(cx, conn, bytes);
    }

    /// While it loads, a replica shows that it is alive (`docs/redis-replication.md` 4.9).
    pub(super) fn send_loading_newline(&mut self, cx: &mut Cx<'_>) {
        let loads = self.link.as_ref().filter(|link| link.loading.is_some());
        if let Some(conn) = loads.and_then(|link| link.conn) {
            self.send(cx, conn, b"\n".to_vec());
        }
    }

    /// Gives up an attempt. What fails in the handshake waits for the next replication cron, what fails in the transfer is
    /// tried again at once (`docs/redis-replication.md` 2.4).
    fn fail_attempt(&mut self, cx: &mut Cx<'_>, id: ConnId, line: &[u8], at_once: bool) {
        cx.event(Some(id), EventKind::HandshakeFailed { reply: handshake::shown(line) });
        self.conns.remove(&id);
        cx.ask(Output::Close { conn: id, why: CloseReason::HandshakeError });
        if let Some(link) = self.link.as_mut() {
            link.lose(self.history.replid, true, cx.now.unix_s());
        }
        if at_once {
            self.dial(cx);
        }
    }

    /// The connection to the master is gone. A live link and a transfer are tried again at once, a handshake at the next
    /// replication cron (`docs/redis-replication.md` 11.2).
    pub(super) fn master_lost(&mut self, cx: &mut Cx<'_>, id: ConnId, why: CloseReason) {
        let Some(link) = self.link.as_mut().filter(|link| link.conn == Some(id)) else { return };
        let state = link.state;
        let received = link.receiving.as_ref().map_or(0, Receiving::received);
        let loads = link.loading.take().is_some();
        let offset = link.offsets().1;
        link.lose(self.history.replid, why != CloseReason::ProtocolError, cx.now.unix_s());
        let cached = link.cached.is_some();
        if loads {
            self.loading = None;
        }
        match state {
            LinkState::Connected => cx.event(Some(id), EventKind::MasterLinkLost { why, offset, cached }),
            LinkState::Transfer => cx.event(Some(id), EventKind::TransferFailed { received }),
            _ if why == CloseReason::Timeout => {}
            _ => return cx.event(Some(id), EventKind::ConnectFailed),
        }
        self.dial(cx);
    }

    /// The timeouts of a replica, checked at every replication cron (`docs/redis-replication.md` 7.7).
    pub(super) fn check_master_timeout(&mut self, cx: &mut Cx<'_>) {
        let Some(link) = self.link.as_ref() else { return };
        let side = match link.state {
            LinkState::Connect => return,
            LinkState::Connected => TimeoutSide::Master,
            LinkState::Transfer => TimeoutSide::Transfer,
            _ => TimeoutSide::Handshake,
        };
        let silent_s = cx.now.unix_s() - link.last_io_s;
        let Some(conn) = link.conn.filter(|_| silent_s > self.config.repl_timeout_s()) else { return };
        cx.event(Some(conn), EventKind::TimedOut { side, silent_s });
        self.close_conn(cx, conn, CloseReason::Timeout);
    }

    /// DEBUG CHANGE-REPL-ID.
    pub(super) fn change_repl_id(&mut self, cx: &mut Cx<'_>) {
        self.history.rename(self.rng.repl_id());
        self.note_replid(cx);
    }
}
