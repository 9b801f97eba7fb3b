//! One node and raw peers: fake clients, fake replicas and a fake master that speak bytes, without a world around them.
//! What `docs/redis-replication.md` shows as transcripts is replayed here against the engine.

#![allow(dead_code)]

use psync_playground::base::{Bytes, Chunk, ConnId, Now, Seed, Time};
use psync_playground::config::Config;
use psync_playground::event::EventKind;
use psync_playground::node::{Input, Node, Outbox, Output, Snapshot};

/// Unix time at the start of a bench, in milliseconds.
pub(crate) const EPOCH_MS: i64 = 1_700_000_000_000;

/// A node on the bench. Saves and loads finish at once; bytes arrive at once.
pub(crate) struct Bench {
    pub(crate) node: Node,
    pub(crate) time: Time,
    out: Outbox,
    pub(crate) events: Vec<EventKind>,
    pub(crate) dials: Vec<(ConnId, String, u16)>,
    pub(crate) closed: Vec<ConnId>,
    pub(crate) persisted: Option<Snapshot>,
    pub(crate) exited: bool,
    /// Who asked for the configuration file.
    pub(crate) rewrites: Vec<ConnId>,
    jobs: Vec<Input>,
    accepted: u64,
}

impl Bench {
    /// A node with these directives.
    pub(crate) fn new(directives: &[(&str, &str)]) -> Bench {
        Bench::with_snapshot(directives, None)
    }

    /// A node that finds a snapshot at its start.
    pub(crate) fn with_snapshot(directives: &[(&str, &str)], snapshot: Option<Snapshot>) -> Bench {
        let mut config = Config::new();
        for (name, value) in directives {
            config.set_at_start(name, value).expect("a directive");
        }
        let now = Now { time: Time::ZERO, unix_ms: EPOCH_MS };
        let mut out = Outbox::default();
        let node = Node::new(config, Seed(42), now, snapshot, &mut out);
        let mut bench = Bench {
            node,
            time: Time::ZERO,
            out,
            events: Vec::new(),
            dials: Vec::new(),
            closed: Vec::new(),
            persisted: None,
            exited: false,
            rewrites: Vec::new(),
            jobs: Vec::new(),
            accepted: 0,
        };
        bench.drain();
        bench
    }

    pub(crate) fn now(&self) -> Now {
        Now { time: self.time, unix_ms: EPOCH_MS + self.time.as_millis() as i64 }
    }

    pub(crate) fn input(&mut self, input: Input) {
        let now = self.now();
        self.node.handle(now, input, &mut self.out);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            for output in std::mem::take(&mut self.out.outputs) {
                match output {
                    Output::Connect { conn, host, port } => self.dials.push((conn, host, port)),
                    Output::Close { conn, .. } => self.closed.push(conn),
                    Output::StartSave { job, .. } => self.jobs.push(Input::SaveFinished { job, ok: true }),
                    Output::StartLoad { job, .. } => self.jobs.push(Input::LoadFinished { job }),
                    Output::CancelSave { .. } | Output::Busy(_) => {}
                    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
                    Output::RewriteConfig { conn } => self.rewrites.push(conn),
                    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
                    Output::Log { .. } => {}
                    Output::Persist(snapshot) => self.persisted = Some(snapshot),
                    Output::Exit(_) => self.exited = true,
                    Output::Event { kind, .. } => self.events.push(kind),
                }
            }
            let now = self.now();
            let jobs = std::mem::take(&mut self.jobs);
            if jobs.is_empty() {
                break;
            }
            for job in jobs {
                self.node.handle(now, job, &mut self.out);
            }
        }
    }

    /// Lets time pass, timers included.
    pub(crate) fn advance_ms(&mut self, ms: u64) {
        let end = Time(self.time.0 + ms * 1_000_000);
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= end) {
            self.time = at.max(self.time);
            self.input(Input::Timeout);
        }
        self.time = end;
    }

    /// A peer connects.
    pub(crate) fn connect(&mut self) -> ConnId {
        self.accepted += 1;
        let conn = ConnId::accepted(self.accepted);
        self.input(Input::Accepted { conn, ip: "127.0.0.1".into(), port: 40_000 + self.accepted as u16 });
        conn
    }

    /// Bytes arrive on a connection.
    pub(crate) fn send(&mut self, conn: ConnId, bytes: &str) {
        self.send_bytes(conn, bytes.as_bytes().to_vec());
    }

    /// Bytes arrive on a connection.
    pub(crate) fn send_bytes(&mut self, conn: ConnId, bytes: Vec<u8>) {
        self.input(Input::Received { conn, chunk: Chunk::Data(Bytes::from(bytes)) });
    }

    /// Everything that the node has to send on a connection.
    pub(crate) fn take(&mut self, conn: ConnId) -> String {
        let mut bytes = Vec::new();
        let now = self.now();
        while let Some(chunk) = self.node.pull(now, conn, 1 << 20, &mut self.out) {
            match chunk {
                Chunk::Data(data) => bytes.extend_from_slice(&data),
                Chunk::Ballast(n) => bytes.extend(std::iter::repeat_n(b'?', n as usize)),
            }
        }
        self.drain();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Sends a command in words and returns the raw reply.
    pub(crate) fn command(&mut self, conn: ConnId, line: &str) -> String {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let bytes = psync_playground::resp::encode_command(&words);
        self.input(Input::Received { conn, chunk: Chunk::Data(bytes.into()) });
        self.take(conn)
    }

    /// The value of an INFO field.
    pub(crate) fn info(&self, field: &str) -> String {
        let text = self.node.info(self.now(), "all");
        let prefix = format!("{field}:");
        text.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or("").to_string()
    }

    /// A raw replica that has full-synced from disk; returns its connection and the history's name.
    pub(crate) fn attach_replica(&mut self) -> (ConnId, String) {
        let conn = self.connect();
        let answer = self.command(conn, "PSYNC ? -1");
        let replid = answer.split(' ').nth(1).unwrap_or_default().to_string();
        assert!(answer.starts_with("+FULLRESYNC"), "{answer}");
        (conn, replid)
    }
}

/// A command as bytes on the wire.
pub(crate) fn wire(line: &str) -> String {
    let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
    String::from_utf8(psync_playground::resp::encode_command(&words)).expect("text")
}

/// Several commands as bytes on the wire.
pub(crate) fn wires(lines: &[&str]) -> String {
    lines.iter().map(|line| wire(line)).collect()
}
