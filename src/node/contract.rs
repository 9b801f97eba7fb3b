//! What goes into a node and what comes out: the whole interface between a server and whatever drives it, be it the
//! simulated world or a TCP shell.
//!
//! The rule of the loop: after each [`super::Node::handle`], drain the [`Outbox`], then pull every connection that it
//! names as writable and that has room; then ask for the next timeout.

use crate::base::{Chunk, ConnId, ReplId, Span};
use crate::event::{CloseReason, EventKind, Role, StopReason};
use crate::repl::textbook::Datagrams;
use crate::repl::{LinkState, ReplicaState, Snapshot};

/// Something that happened to the node from outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// A peer connected. `ip` is the address that INFO and CLIENT LIST show.
    Accepted {
        /// Chosen by the shell: `ConnId::accepted(n)`.
        conn: ConnId,
        /// Address of the peer.
        ip: String,
        /// Port of the peer.
        port: u16,
    },
    /// The connection that the node dialled stands.
    Connected {
        /// As in [`Output::Connect`].
        conn: ConnId,
    },
    /// The connection, which stands since the last input, loses what it carries of the stream and of its acknowledgements:
    /// both travel in frames, each pulled and received as one chunk (`docs/redis-replication.md` 18). The handshake and the
    /// snapshot are safe.
    Datagrams {
        /// Which one.
        conn: ConnId,
        /// How it treats frames.
        how: Datagrams,
    },
    /// The dial failed.
    ConnectFailed {
        /// As in [`Output::Connect`].
        conn: ConnId,
    },
    /// The peer closed the connection, or the network reset it. The id is not used again.
    Closed {
        /// Which one.
        conn: ConnId,
    },
    /// Bytes arrived.
    Received {
        /// Where.
        conn: ConnId,
        /// What. Ballast arrives only inside a snapshot.
        chunk: Chunk,
    },
    /// The moment of [`super::Node::poll_timeout`] has come.
    Timeout,
    /// The save that [`Output::StartSave`] asked for is complete.
    SaveFinished {
        /// As in the request; an answer to a cancelled job is ignored.
        job: u64,
        /// Whether it worked.
        ok: bool,
    },
    /// The process is asked to end, as SIGTERM asks: like SHUTDOWN.
    Terminate,
    /// The snapshot of [`Output::Persist`] could not be written. What asked for it has its answer; later writes have not.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    PersistFailed,
    /// The configuration file is written that [`Output::RewriteConfig`] asked for.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    ConfigRewritten {
        /// As in the request.
        conn: ConnId,
        /// Why it could not be written, in the words of the system.
        error: Option<String>,
    },
    /// The time to load that [`Output::StartLoad`] asked for is over.
    LoadFinished {
        /// As in the request; an answer to a cancelled job is ignored.
        job: u64,
    },
}

/// Something that the node wants done.
#[derive(Clone, Debug)]
pub enum Output {
    /// Dial this address; answer with `Connected` or `ConnectFailed`.
    Connect {
        /// Chosen by the node: `ConnId::dialled(n)`.
        conn: ConnId,
        /// Host name or address, as in `replicaof`.
        host: String,
        /// Port.
        port: u16,
    },
    /// Close the connection after the bytes that were already pulled. The id is not used again.
    Close {
        /// Which one.
        conn: ConnId,
        /// Why.
        why: CloseReason,
    },
    /// A child process writes a snapshot of `bytes`; answer with `SaveFinished` when that much time has passed.
    StartSave {
        /// Number of the job.
        job: u64,
        /// Size with ballast.
        bytes: u64,
        /// Written to sockets: the time is that of the transfer, and the save is complete when every byte was pulled.
        diskless: bool,
    },
    /// The child process is killed.
    CancelSave {
        /// Number of the job.
        job: u64,
    },
    /// The process reads a snapshot of `bytes`; answer with `LoadFinished` when that much time has passed.
    StartLoad {
        /// Number of the job.
        job: u64,
        /// Size with ballast.
        bytes: u64,
    },
    /// The snapshot is on the disk of the machine from now on and survives the process.
    Persist(Snapshot),
    /// The configuration file is to be brought up to date: CONFIG REWRITE. Answer with `ConfigRewritten`.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    RewriteConfig {
        /// Whose command it is.
        conn: ConnId,
    },
    /// A line for the log, beyond what facts tell.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    Log {
        /// Whether it is a warning; a notice otherwise.
        warning: bool,
        /// In Redis's wording.
        text: String,
    },
    /// The single thread is busy: no input before this much time has passed.
    Busy(Span),
    /// The process ends.
    Exit(StopReason),
    /// A fact. `conn` is the connection that it is about.
    Event {
        /// The peer, if there is one.
        conn: Option<ConnId>,
        /// The fact.
        kind: EventKind,
    },
}

impl Input {
    /// Whether it matters to a process that has ended: the end may not come.
    pub(super) fn may_undo_exit(&self) -> bool {
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        return matches!(self, Input::PersistFailed);
        #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
        false
    }
}

/// What one call of the node leaves behind. Reuse it: the vectors keep their capacity.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    /// What the node wants done, in order.
    pub outputs: Vec<Output>,
    /// Connections that have bytes to pull. May name one twice, or one that is closed by now.
    pub writable: Vec<ConnId>,
    /// Whoever drives the node wants to know of each request.
    pub traces: bool,
    /// Whoever drives the node looks no further than a full resync that is demanded now: its snapshot stays empty.
    pub ends_at_full_resync: bool,
    /// Requests of clients that were answered since, if it does. The driver takes them out.
    pub answered: Vec<Answered>,
}

impl Outbox {
    /// A full resync was demanded, and nobody looks further.
    pub(super) fn ends_here(&self) -> bool {
        let demands = |output: &Output| matches!(output, Output::Event { kind: EventKind::FullRequired { .. }, .. });
        self.ends_at_full_resync && self.outputs.iter().any(demands)
    }
}

/// A request of a client that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// Where.
    pub conn: ConnId,
    /// Where the stream ended then; `None` if the answer was an error.
    pub offset: Option<i64>,
    /// It changed the data.
    pub wrote: bool,
}

/// What the timer of a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// `serverCron`, every 1000/hz ms.
    Cron,
    /// A client's WAIT has run out.
    WaitTimeout,
    /// Frames have waited too long for their acknowledgement.
    Resend,
    /// A pause, a failover or a shutdown has waited long enough.
    PauseEnd,
}

/// A node as eyes need it: plain numbers, taken at one moment.
#[derive(Clone, Debug)]
pub struct Status {
    /// Master or replica.
    pub role: Role,
    /// A snapshot is being loaded.
    pub loading: bool,
    /// A child process writes a snapshot.
    pub saving: bool,
    /// Name of the history.
    pub replid: ReplId,
    /// Name of the previous history, forty zeros if none.
    pub replid2: ReplId,
    /// First byte that the previous history does not share, -1 if none.
    pub second_replid_offset: i64,
    /// Last byte produced or applied.
    pub master_repl_offset: i64,
    /// The backlog, if there is one.
    pub backlog: Option<BacklogStatus>,
    /// `repl-timeout` in seconds.
    pub repl_timeout_s: i64,
    /// min-replicas-to-write, 0 while the gate is off.
    pub replicas_needed: u32,
    /// min-replicas-max-lag in seconds: a replica with an ACK older than this does not count for it.
    pub replicas_max_lag_s: i64,
    /// Replicas that count for it, as of the last recount.
    pub replicas_good: u32,
    /// Attached replicas, in order of arrival.
    pub replicas: Vec<ReplicaStatus>,
    /// The link to the master, on a replica.
    pub master: Option<MasterLinkStatus>,
    /// Keys in all databases.
    pub keys: u64,
    /// Bytes of the data set, ballast included, as a snapshot of it would have.
    pub dataset_bytes: u64,
    /// Commands executed since the start.
    pub commands: u64,
    /// Full resyncs admitted.
    pub sync_full: u64,
    /// Partial resyncs accepted.
    pub sync_partial_ok: u64,
    /// Partial resyncs refused.
    pub sync_partial_err: u64,
}

/// The backlog in numbers (`docs/redis-replication.md` 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BacklogStatus {
    /// First byte that it holds.
    pub first_byte: i64,
    /// Bytes that it holds.
    pub histlen: u64,
    /// `repl-backlog-size`.
    pub size: u64,
}

/// An attached replica as its master sees it.
#[derive(Clone, Debug)]
pub struct ReplicaStatus {
    /// Its connection.
    pub conn: ConnId,
    /// Announced port.
    pub port: u16,
    /// State.
    pub state: ReplicaState,
    /// Highest offset acknowledged.
    pub ack_offset: i64,
    /// Whole seconds since its last acknowledgement, 0 unless online.
    pub lag_s: i64,
    /// Next stream byte that it is sent.
    pub next_offset: i64,
    /// Bytes of its output buffer as the limit counts them.
    pub output_bytes: u64,
    /// The hard limit in force, 0 for none.
    pub output_limit: u64,
    /// Snapshot bytes sent and in all, while one is sent.
    pub transfer: Option<(u64, u64)>,
    /// The stream in frames, where it is sent so.
    pub session: Option<SessionStatus>,
}

/// A stream in frames, as its sender sees it (`docs/redis-replication.md` 18.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionStatus {
    /// First byte that is not acknowledged.
    pub una: i64,
    /// Bytes sent more than once, each time counted.
    pub resent: u64,
    /// How often bytes were declared lost.
    pub losses: u64,
    /// What was declared lost is on its way again.
    pub repairing: bool,
}

/// The master as its replica sees it.
#[derive(Clone, Debug)]
pub struct MasterLinkStatus {
    /// Host as configured.
    pub host: String,
    /// Port as configured.
    pub port: u16,
    /// Connection, while there is one.
    pub conn: Option<ConnId>,
    /// State of the link.
    pub state: LinkState,
    /// Last byte received, whether applied or not.
    pub read_offset: i64,
    /// Last byte applied.
    pub applied_offset: i64,
    /// Whole seconds since anything was heard, -1 without a live link.
    pub last_io_s: i64,
    /// Whole seconds since the link was lost, -1 if it is up or never was.
    pub down_s: i64,
    /// Snapshot bytes received, and announced if they were.
    pub transfer: Option<(u64, Option<u64>)>,
    /// What PSYNC will ask for next: history and first byte; `None` asks for a snapshot.
    pub next_psync: Option<(ReplId, i64)>,
    /// Where the stream comes in frames: frames that brought nothing new, and frames behind a missing one.
    pub duplicates_and_gaps: Option<(u64, u64)>,
}
