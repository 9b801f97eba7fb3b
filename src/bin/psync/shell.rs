//! The loop around the node: sockets, the clock, the snapshot file, signals. The same loop as the world's, with real
//! sockets: after each input drain the outbox, pull every connection that has room, ask for the next timeout.

use std::collections::BTreeMap;
use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use psync_playground::base::{Chunk, ConnId, Now, Seed, Time};
use psync_playground::config::{Config, Directive};
use psync_playground::event::StopReason;
use psync_playground::node::{Input, Node, Outbox, Output, Process, Snapshot};
use signal_hook::consts::{SIGABRT, SIGINT, SIGSEGV, SIGTERM};
use signal_hook_mio::v1_0::Signals;

use crate::listen::{Accepted, Listeners};
use crate::log;
use crate::socket::{Arrival, PULL_MAX, READ_MAX, Socket, Stream};

const LISTENER: Token = Token(0);
const SIGNALS: Token = Token(1);
/// How long ago the node's time began when its first turn comes: longer than its first cron waits.
const BEFORE_FIRST_TURN: Duration = Duration::from_millis(1);
/// Tokens of connections begin here.
const FIRST_CONN: u64 = 2;
/// Buffers that are read from one connection before the others get their turn.
const READS_PER_TURN: usize = 16;

struct Shell {
    node: Node,
    poll: Poll,
    out: Outbox,
    sockets: BTreeMap<ConnId, Socket>,
    /// Connections that had more to read when their turn was over.
    unread: Vec<ConnId>,
    started: Instant,
    config_file: Option<String>,
    accepted: u64,
    buffer: Vec<u8>,
    exit: Option<u8>,
}

/// Serves until the node or a signal ends it; the exit code, or why it could not begin.
pub(crate) fn run(config: Config, config_file: Option<String>, warnings: &[String]) -> Result<u8, String> {
    let mut listeners = Listeners::open(&config)?;
    log::started(config_file.as_deref());
    warnings.iter().for_each(|warning| log::line('#', warning));
    let poll = Poll::new().map_err(|error| error.to_string())?;
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGABRT]).map_err(|error| error.to_string())?;
    let registry = poll.registry();
    listeners.register(registry, LISTENER).map_err(|error| error.to_string())?;
    registry.register(&mut signals, SIGNALS, Interest::READABLE).map_err(|error| error.to_string())?;
    let port = listeners.port()?;
    let mut shell = Shell::new(config, config_file, poll);
    shell.drain();
    log::line('*', &format!("Ready to accept connections on port {port}"));
    let mut events = Events::with_capacity(1024);
    while shell.exit.is_none() {
        shell.turn(&mut events, &listeners, &mut signals)?;
    }
    shell.flush_all();
    if shell.exit == Some(0) {
        log::line('#', "PSYNC node is now ready to exit, bye bye...");
    }
    Ok(shell.exit.unwrap_or(0))
}

/// Ends the process the hard way, after a word about it.
fn crash(signal: i32) -> ! {
    log::crashed(signal);
    std::process::abort()
}

/// Where snapshots are kept.
fn snapshot_file(config: &Config) -> PathBuf {
    PathBuf::from(config.show(Directive::Dir)).join(config.show(Directive::DbFilename))
}

/// Puts a file in place of the old one, whole or not at all.
fn replace_file(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let temporary = file.with_extension(format!("temp-{}", std::process::id()));
    std::fs::write(&temporary, content)?;
    std::fs::rename(&temporary, file)
}

/// What went wrong in the words of the system alone, as C has them.
fn without_number(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Nanoseconds since some moment, by a clock that only goes forward.
fn stopwatch() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_nanos() as u64
}

impl Shell {
    fn new(config: Config, config_file: Option<String>, poll: Poll) -> Shell {
        let snapshot = std::fs::read(snapshot_file(&config)).ok().map(|rdb| Snapshot { rdb: rdb.into(), ballast: 0 });
        // The first cron is due in the first turn, before anybody is served: so it is in Redis, too.
        let started = Instant::now();
        let started = started.checked_sub(BEFORE_FIRST_TURN).unwrap_or(started);
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seed = Seed(unix.as_nanos() as u64 ^ (u64::from(std::process::id()) << 32));
        let now = Now { time: Time::ZERO, unix_ms: unix.as_millis() as i64 };
        let mut out = Outbox::default();
        let mut node = Node::new(config, seed, now, snapshot, &mut out);
        node.set_process(Process {
            id: std::process::id(),
            executable: std::env::current_exe().map(|file| file.display().to_string()).unwrap_or_default(),
            config_file: config_file.clone().unwrap_or_default(),
            stopwatch: Some(stopwatch),
        });
        Shell {
            node,
            poll,
            out,
            sockets: BTreeMap::new(),
            unread: Vec::new(),
            started,
            config_file,
            accepted: 0,
            buffer: Vec::new(),
            exit: None,
        }
    }

    fn now(&self) -> Now {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { time: Time(self.started.elapsed().as_nanos() as u64), unix_ms: unix.as_millis() as i64 }
    }

    /// Waits for the next thing to happen and handles everything that did.
    fn turn(&mut self, events: &mut Events, listeners: &Listeners, signals: &mut Signals) -> Result<(), String> {
        let now = self.now();
        let wait = match self.node.poll_timeout() {
            _ if self.unread.iter().any(|conn| self.node.reads(*conn)) => Some(Duration::ZERO),
            Some((at, _)) => Some(Duration::from_nanos(at.since(now.time).0)),
            None => None,
        };
        match self.poll.poll(events, wait) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => return Err(error.to_string()),
            _ => {}
        }
        for event in events.iter() {
            match event.token() {
                LISTENER => self.accept(listeners),
                SIGNALS => self.signalled(signals),
                Token(number) => self.ready(ConnId(number as u64 - FIRST_CONN), event),
            }
        }
        for conn in std::mem::take(&mut self.unread) {
            self.read(conn);
        }
        if self.node.poll_timeout().is_some_and(|(at, _)| at <= self.now().time) {
            self.input(Input::Timeout);
        }
        self.drain();
        Ok(())
    }

    fn accept(&mut self, listeners: &Listeners) {
        while let Some(Accepted { stream, ip, port }) = listeners.accept() {
            self.accepted += 1;
            let conn = ConnId::accepted(self.accepted);
            self.register(conn, stream, false);
            self.input(Input::Accepted { conn, ip, port });
        }
    }

    fn register(&mut self, conn: ConnId, mut stream: Stream, connecting: bool) {
        let token = Token((conn.0 + FIRST_CONN) as usize);
        if stream.register(self.poll.registry(), token).is_ok() {
            self.sockets.insert(conn, Socket::new(stream, connecting));
        }
    }

    fn signalled(&mut self, signals: &mut Signals) {
        for signal in signals.pending() {
            if signal == SIGABRT {
                crash(signal);
            }
            let name = if signal == SIGINT { "SIGINT" } else { "SIGTERM" };
            log::line('#', &format!("Received {name} scheduling shutdown..."));
            self.input(Input::Terminate);
        }
    }

    fn ready(&mut self, conn: ConnId, event: &Event) {
        let Some(socket) = self.sockets.get_mut(&conn) else { return };
        socket.ends |= event.is_read_closed();
        if socket.connecting {
            if socket.stream.has_failed() {
                self.sockets.remove(&conn);
                return self.input(Input::ConnectFailed { conn });
            }
            socket.connecting = false;
            self.input(Input::Connected { conn });
        }
        if event.is_writable() {
            self.out.writable.push(conn);
        }
        if event.is_readable() {
            self.read(conn);
        }
    }

    /// Hands what arrived to the node, up to a fair share.
    fn read(&mut self, conn: ConnId) {
        for _ in 0..READS_PER_TURN {
            if !self.node.reads(conn) {
                return self.unread.push(conn);
            }
            let Some(socket) = self.sockets.get_mut(&conn) else { return };
            match socket.read(&mut self.buffer) {
                Arrival::Nothing => return,
                Arrival::Bytes(bytes) => {
                    let was_all = bytes.len() < READ_MAX && !socket.ends;
                    self.input(Input::Received { conn, chunk: Chunk::Data(bytes) });
                    if was_all {
                        return;
                    }
                }
                Arrival::Closed => {
                    self.sockets.remove(&conn);
                    return self.input(Input::Closed { conn });
                }
            }
        }
        self.unread.push(conn);
    }

    /// Hands something to the node and carries out what it asks for. Bytes wait for the end of the turn: what many
    /// clients wrote then goes to a replica in one piece.
    fn input(&mut self, input: Input) {
        self.handle_now(input);
        self.carry_out_all();
    }

    fn carry_out_all(&mut self) {
        while !self.out.outputs.is_empty() {
            for output in std::mem::take(&mut self.out.outputs) {
                self.carry_out(output);
            }
        }
    }

    /// Carries out everything that the node asked for and writes what it lets out, until there is nothing more.
    fn drain(&mut self) {
        self.carry_out_all();
        while !self.out.writable.is_empty() {
            let mut writable = std::mem::take(&mut self.out.writable);
            writable.sort_unstable();
            writable.dedup();
            for conn in writable {
                self.write(conn);
            }
            self.carry_out_all();
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Connect { conn, host, port } => self.dial(conn, &host, port),
            Output::Close { conn, .. } => self.close(conn),
            // A child process would take its time; here the bytes are ready and the file is written by Persist.
            Output::StartSave { job, .. } => self.handle_now(Input::SaveFinished { job, ok: true }),
            Output::StartLoad { job, .. } => {
                // A load that fails may close a link: what was said on it before goes out first.
                for conn in std::mem::take(&mut self.out.writable) {
                    self.write(conn);
                }
                self.handle_now(Input::LoadFinished { job });
            }
            Output::CancelSave { .. } => {}
            Output::Persist(snapshot) => self.persist(&snapshot),
            Output::RewriteConfig { conn } => {
                let error = self.rewrite_config().err().map(|error| without_number(&error));
                self.handle_now(Input::ConfigRewritten { conn, error });
            }
            Output::Busy(span) => std::thread::sleep(Duration::from_nanos(span.0)),
            Output::Exit(StopReason::Crash) => crash(SIGSEGV),
            Output::Exit(StopReason::BadSnapshot) => {
                log::line('#', "Terminating server after rdb file reading failure.");
                self.exit = Some(1);
            }
            // A snapshot that could not be written may have changed that.
            Output::Exit(StopReason::Shutdown) => self.exit = self.node.has_ended().then_some(0),
            Output::Log { warning, text } => log::line(if warning { '#' } else { '*' }, &text),
            Output::Event { conn, kind } => {
                let peer = conn.map(|conn| self.address(conn)).unwrap_or_default();
                log::event(&kind, &peer);
            }
        }
    }

    fn handle_now(&mut self, input: Input) {
        let now = self.now();
        self.node.handle(now, input, &mut self.out);
    }

    fn dial(&mut self, conn: ConnId, host: &str, port: u16) {
        let address = (host, port).to_socket_addrs().ok().and_then(|mut found| found.next());
        match address.map(TcpStream::connect) {
            Some(Ok(stream)) => self.register(conn, Stream::Tcp(stream), true),
            _ => self.handle_now(Input::ConnectFailed { conn }),
        }
    }

    fn close(&mut self, conn: ConnId) {
        let Some(socket) = self.sockets.get_mut(&conn) else { return };
        let _ = socket.flush();
        if socket.is_flushed() {
            socket.shut();
            self.sockets.remove(&conn);
        } else {
            socket.closing = true;
        }
    }

    /// Moves bytes from the node to the socket while the socket takes them.
    fn write(&mut self, conn: ConnId) {
        loop {
            let Some(socket) = self.sockets.get_mut(&conn).filter(|socket| !socket.connecting) else { return };
            match socket.flush() {
                Ok(true) if socket.closing => {
                    socket.shut();
                    self.sockets.remove(&conn);
                    return;
                }
                Ok(true) => {}
                Ok(false) => return,
                // The read side will report the end.
                Err(_) => return,
            }
            let now = self.now();
            let Some(chunk) = self.node.pull(now, conn, PULL_MAX, &mut self.out) else { return };
            if let Some(socket) = self.sockets.get_mut(&conn) {
                socket.put(chunk);
            }
        }
    }

    fn persist(&mut self, snapshot: &Snapshot) {
        match replace_file(&snapshot_file(self.node.config()), &snapshot.rdb) {
            Ok(()) => log::line('*', "DB saved on disk"),
            Err(error) => {
                log::line('#', &format!("Error saving DB on disk: {error}"));
                self.handle_now(Input::PersistFailed);
            }
        }
    }

    /// CONFIG REWRITE: the file as it is now, brought up to date.
    fn rewrite_config(&self) -> std::io::Result<()> {
        let Some(file) = &self.config_file else { return Ok(()) };
        let old = match std::fs::read(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            old => old?,
        };
        let text = self.node.config().rewritten(&String::from_utf8_lossy(&old));
        let written = replace_file(&PathBuf::from(file), text.as_bytes());
        if let Err(error) = &written {
            log::line('#', &format!("CONFIG REWRITE failed: {}", without_number(error)));
        }
        written
    }

    /// Gives the last replies a chance before the process ends.
    fn flush_all(&mut self) {
        let conns: Vec<ConnId> = self.sockets.keys().copied().collect();
        for conn in conns {
            self.write(conn);
        }
    }

    fn address(&self, conn: ConnId) -> String {
        self.sockets.get(&conn).map(|socket| socket.stream.peer()).unwrap_or_default()
    }
}
