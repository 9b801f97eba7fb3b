//! Floor 4: one server. The only place where protocol, data, snapshot and configuration meet. Knows no other node and no
//! link: whatever drives it hands in bytes and moments and carries out what it asks for (`contract`).
//!
//! | file | owns |
//! | --- | --- |
//! | `contract` | inputs, outputs, the plain numbers for eyes |
//! | `exec` | from bytes of a client to an executed command: checks, queueing, effects |
//! | `propagate` | from an executed command to bytes in the stream |
//! | `serve` | the master's side: PSYNC, snapshots for replicas, acknowledgements, WAIT |
//! | `follow` | the replica's side: dial, handshake, transfer, load, applying the stream, sending acknowledgements |
//! | `failover` | FAILOVER, paused clients, the shutdown that waits |
//! | `save` | snapshots of this node: taking, finishing, cancelling |
//! | `cron` | what happens by itself: server cron, replication cron, the end of a loop iteration |
//! | `commands`, `admin` | commands that need only data; commands that need the node |
//! | `block`, `service` | what only clients on a real network ask for: waiting for keys; publishing, counting, looking inside |
//! | `info`, `status` | the node described: as INFO text, as plain numbers |

mod admin;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod block;
#[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
#[path = "no_block.rs"]
mod block;
pub mod commands;
mod conn;
mod context;
mod contract;
mod cron;
mod exec;
mod failover;
mod follow;
mod info;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod pace;
#[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
#[path = "no_pace.rs"]
mod pace;
mod propagate;
mod save;
mod serve;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod service;
#[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
#[path = "no_service.rs"]
mod service;
mod status;

use commands::Effects;
use conn::{Conn, Peer};
use context::Cx;
pub use contract::{
    Answered, BacklogStatus, Input, MasterLinkStatus, Outbox, Output, ReplicaStatus, SessionStatus, Status, Wake,
};
use propagate::Propagated;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub use service::Process;
pub use status::{Feeding, Held};

use crate::base::{Chunk, ConnId, Now, Rng, Seed, SortedMap, Time};
use crate::config::Config;
use crate::data::Keyspace;
use crate::event::{CloseReason, EventKind};
pub use crate::repl::Snapshot;
use crate::repl::{History, MasterLink, OutputRule, Replicas, StreamBuffer};
use crate::resp::UNAUTHENTICATED_BULK_MAX;

/// A server process. A clone is an independent copy that shares its data.
///
/// Methods come in four families. *Time and network*: [`Node::handle`]. *Output*: the [`Outbox`] that `handle` and `pull`
/// fill, and [`Node::pull`]. *Timer*: [`Node::poll_timeout`]. *Getters*: the rest, which change nothing.
///
/// After each call of `handle` or `pull`, carry out the outputs in order, pull every connection named in `writable` while
/// it has room, and ask for the next timeout. Time must not go backwards. How a byte stream is cut into `Received` inputs
/// makes no difference.
#[derive(Clone, Debug)]
pub struct Node {
    config: Config,
    rng: Rng,
    run_id: crate::base::ReplId,
    keyspace: Keyspace,
    history: History,
    stream: StreamBuffer,
    /// Database that the stream has selected; `None` makes the next command announce its own.
    stream_db: Option<usize>,
    replicas: Replicas,
    no_replicas_since_s: i64,
    good_replicas: u32,
    writes_refused: bool,
    getack_wanted: bool,
    /// Set if and only if this node is a replica.
    link: Option<MasterLink>,
    conns: SortedMap<ConnId, Box<Conn>>,
    /// Clients blocked in WAIT, in the order in which they came.
    blocked: Vec<ConnId>,
    /// Clients that wait for a key, in the order in which they came; some may be gone.
    key_waiters: Vec<ConnId>,
    /// Clients that wait no more and whose input has to be read.
    unblocked: Vec<ConnId>,
    /// Clients whose command waits for the end of a pause, in the order in which they came.
    postponed: Vec<ConnId>,
    pause: Option<failover::Pause>,
    failover: Option<failover::Failover>,
    shutdown: Option<failover::Shutdown>,
    conns_made: u64,
    dials: u64,
    saving: Option<save::Save>,
    loading: Option<Loading>,
    jobs: u64,
    timers: cron::Timers,
    stats: Stats,
    started: Now,
    collected: Vec<Propagated>,
    effects: Effects,
    scratch: Vec<u8>,
    active_expire: bool,
    /// Commands of a transaction are running: nothing may block.
    in_exec: bool,
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    service: service::Service,
    exited: bool,
}

/// A snapshot on its way into memory.
#[derive(Clone, Debug)]
struct Loading {
    job: u64,
    /// The node's own snapshot at its start; `None` if it is that of a master.
    own: Option<Snapshot>,
    started_s: i64,
    pace: pace::Pace,
    /// The machine is done; the rest is waiting.
    is_read: bool,
}

/// Counters of INFO. Reset by nothing yet but a restart.
#[derive(Clone, Debug, Default)]
struct Stats {
    connections: u64,
    commands: u64,
    expired_keys: u64,
    sync_full: u64,
    sync_partial_ok: u64,
    sync_partial_err: u64,
    unexpected_error_replies: u64,
    error_replies: u64,
    net_input: u64,
    net_output: u64,
    net_repl_input: u64,
    net_repl_output: u64,
    dirty: u64,
    last_save_s: i64,
}

impl Node {
    /// Starts a process. With a snapshot it begins by loading it, and remembers the history that the snapshot belongs to.
    pub fn new(config: Config, seed: Seed, now: Now, snapshot: Option<Snapshot>, out: &mut Outbox) -> Node {
        let mut rng = seed.rng();
        let run_id = rng.repl_id();
        let history = History::new(rng.repl_id());
        let link = config.replicaof().map(|(host, port)| MasterLink::new(host, port));
        let mut node = Node {
            keyspace: Keyspace::new(config.databases()),
            stream: StreamBuffer::new(config.repl_backlog_size()),
            timers: cron::Timers::starting(now.time),
            config,
            rng,
            run_id,
            history,
            stream_db: None,
            replicas: Replicas::default(),
            no_replicas_since_s: now.unix_s(),
            good_replicas: 0,
            writes_refused: false,
            getack_wanted: false,
            link,
            conns: SortedMap::new(),
            blocked: Vec::new(),
            key_waiters: Vec::new(),
            unblocked: Vec::new(),
            postponed: Vec::new(),
            pause: None,
            failover: None,
            shutdown: None,
            // Redis numbers two clients of its own first.
            conns_made: 2,
            dials: 0,
            saving: None,
            loading: None,
            jobs: 0,
            stats: Stats { last_save_s: now.unix_s(), ..Stats::default() },
            started: now,
            collected: Vec::new(),
            effects: Effects::default(),
            scratch: Vec::new(),
            active_expire: true,
            in_exec: false,
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            service: service::Service::default(),
            exited: false,
        };
        node.apply_keyspace_directives();
        let mut cx = Cx { now, out };
        cx.event(None, EventKind::NodeStarted { snapshot_bytes: snapshot.as_ref().map(Snapshot::len) });
        if let Some(snapshot) = snapshot {
            node.load_own(&mut cx, snapshot);
        }
        node.recount_good(&mut cx);
        node
    }

    /// Takes one input and leaves its consequences in `out`.
    pub fn handle(&mut self, now: Now, input: Input, out: &mut Outbox) {
        if self.exited && !input.may_undo_exit() {
            return;
        }
        let cx = &mut Cx { now, out };
        match input {
            Input::Accepted { conn, ip, port } => self.accept(cx, conn, ip, port),
            Input::Connected { conn } => self.connected(cx, conn),
            Input::Datagrams { conn, how } => self.use_datagrams(conn, how),
            Input::ConnectFailed { conn } => self.connect_failed(cx, conn),
            Input::Closed { conn } => self.drop_conn(cx, conn, CloseReason::Peer),
            Input::Received { conn, chunk } => self.received(cx, conn, chunk),
            Input::Timeout => self.timeout(cx),
            Input::SaveFinished { job, ok } => self.save_finished(cx, job, ok),
            Input::LoadFinished { job } => self.load_finished(cx, job),
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            Input::ConfigRewritten { conn, error } => self.config_rewritten(cx, conn, error),
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            Input::PersistFailed => self.persist_failed(cx),
            Input::Terminate => self.terminate(cx),
        }
        self.before_sleep(cx);
    }

    /// The next bytes for a connection, at most `room`; `None` if there is nothing to send now. Bytes that nobody pulls are
    /// the output buffer.
    pub fn pull(&mut self, now: Now, conn: ConnId, room: u64, out: &mut Outbox) -> Option<Chunk> {
        if room == 0 || self.exited {
            return None;
        }
        let cx = &mut Cx { now, out };
        let state = self.conns.get_mut(&conn)?;
        let peer = state.peer;
        let chunk = match state.pull(room) {
            Some(chunk) => {
                if let (Some(why), false) = (state.closing, state.has_output()) {
                    self.close_conn(cx, conn, why);
                }
                Some(chunk)
            }
            None if peer == Peer::Replica => self.pull_replica(cx, conn, room),
            None => None,
        }?;
        self.stats.net_output += chunk.len();
        if peer == Peer::Replica {
            self.stats.net_repl_output += chunk.len();
        }
        Some(chunk)
    }

    /// The moment of the next [`Input::Timeout`] and what it is for; `None` when the process has ended.
    pub fn poll_timeout(&self) -> Option<(Time, Wake)> {
        if self.exited {
            return None;
        }
        let waits = self.blocked.iter().filter_map(|id| self.conns.get(id)?.waiting?.until);
        let waits = waits.chain(self.next_key_timeout());
        let others = [
            (waits.min(), Wake::WaitTimeout),
            (self.next_release(), Wake::PauseEnd),
            (self.next_resend(), Wake::Resend),
        ];
        let mut first = (self.timers.next_cron(), Wake::Cron);
        for (at, wake) in others {
            first = at.filter(|at| *at < first.0).map_or(first, |at| (at, wake));
        }
        Some(first)
    }

    /// Whether the node reads from this connection now. While it loads a snapshot of its master it does not read from the
    /// master, so what follows stays in the network (`docs/redis-replication.md` 4.9).
    pub fn reads(&self, conn: ConnId) -> bool {
        let master = self.link.as_ref().and_then(|link| link.conn);
        self.loading.is_none() || master != Some(conn)
    }

    /// The data.
    pub fn keyspace(&self) -> &Keyspace {
        &self.keyspace
    }

    /// The data, for filling a node before its first input. Changes made here are in no stream.
    pub fn keyspace_mut(&mut self) -> &mut Keyspace {
        &mut self.keyspace
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    fn accept(&mut self, cx: &mut Cx<'_>, id: ConnId, ip: String, port: u16) {
        let conn = self.new_conn(cx, id, ip, port, Peer::Client);
        self.conns.insert(id, conn);
        if !self.refuses_connection(cx, id) {
            self.stats.connections += 1;
        }
    }

    fn new_conn(&mut self, cx: &Cx<'_>, id: ConnId, ip: String, port: u16, peer: Peer) -> Box<Conn> {
        self.conns_made += 1;
        let mut conn = Conn::new(id, self.conns_made, ip, port, peer, cx.now.unix_s());
        conn.authenticated = self.config.requirepass().is_empty();
        // The master may send whatever it accepted itself.
        let bulk_max = match peer {
            Peer::Master => u64::MAX,
            _ if !conn.authenticated => UNAUTHENTICATED_BULK_MAX,
            _ => self.config.proto_max_bulk_len(),
        };
        conn.scanner.set_bulk_max(bulk_max);
        Box::new(conn)
    }

    fn received(&mut self, cx: &mut Cx<'_>, id: ConnId, chunk: Chunk) {
        let query_max = self.config.client_query_buffer_limit();
        let Some(conn) = self.conns.get_mut(&id) else { return };
        conn.last_s = cx.now.unix_s();
        self.stats.net_input += chunk.len();
        match (conn.peer, chunk) {
            (Peer::Master, chunk) => {
                self.stats.net_repl_input += chunk.len();
                self.master_received(cx, id, chunk);
            }
            (Peer::Client | Peer::Replica, Chunk::Data(bytes)) => {
                conn.scanner.push(bytes);
                self.read_requests(cx, id);
                if self.conns.get(&id).is_some_and(|conn| conn.scanner.pending() > query_max) {
                    self.close_conn(cx, id, CloseReason::QueryLimit);
                }
            }
            (Peer::Client | Peer::Replica, Chunk::Ballast(_)) => self.close_conn(cx, id, CloseReason::ProtocolError),
        }
    }

    /// Closes a connection from this side.
    fn close_conn(&mut self, cx: &mut Cx<'_>, id: ConnId, why: CloseReason) {
        if self.conns.contains_key(&id) {
            cx.ask(Output::Close { conn: id, why });
            self.drop_conn(cx, id, why);
        }
    }

    /// Forgets a connection, whoever closed it.
    fn drop_conn(&mut self, cx: &mut Cx<'_>, id: ConnId, why: CloseReason) {
        let Some(conn) = self.conns.remove(&id) else { return };
        self.forget_client(&conn);
        match conn.peer {
            Peer::Client => {}
            Peer::Replica => self.replica_lost(cx, id, why),
            Peer::Master => self.master_lost(cx, id, why),
        }
    }

    /// Queues bytes on a connection.
    fn send(&mut self, cx: &mut Cx<'_>, id: ConnId, bytes: Vec<u8>) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.send(bytes);
            cx.writable(id);
        }
    }

    fn next_job(&mut self) -> u64 {
        self.jobs += 1;
        self.jobs
    }

    /// The limit on the output of replicas; the hard one is at least the backlog size (`docs/redis-replication.md` 10).
    fn output_rule(&self) -> OutputRule {
        let limit = self.config.replica_output_limit();
        let hard = if limit.hard == 0 { 0 } else { limit.hard.max(self.stream.size()) };
        OutputRule { hard, soft: limit.soft, soft_s: limit.soft_seconds }
    }
}
