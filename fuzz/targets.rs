//! What is fuzzed: each function takes any bytes, must not panic, and must not hold more memory than its input allows. They
//! are called by cargo-fuzz (`fuzz/fuzz_targets/`) and, with seeds and mutations of them, by `tests/fuzz.rs`.

use psync_playground::base::{Bytes, Chunk, ConnId, Now, Seed, Span, Time};
use psync_playground::config::{Config, Reading};
use psync_playground::node::{Input, Node, Outbox, Output};
use psync_playground::rdb::{self, AuxFields};
use psync_playground::resp::{ReplyScanner, Request, Scanner, split_line};

/// A target by name.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All of them; the name is that of the folder of its corpus.
pub(crate) const TARGETS: [Target; 4] = [("resp", resp), ("rdb", snapshot), ("config", config), ("node", node)];

/// A step of the numbers that cut the input into pieces: small, odd, and without a pattern.
const STEP: usize = 7;

/// The readers of requests and replies: any split of a stream gives the same items.
pub(crate) fn resp(data: &[u8]) {
    let whole = requests(data, data.len().max(1));
    for size in [1, 2, STEP] {
        assert_eq!(requests(data, size), whole, "in pieces of {size}");
    }
    let mut replies = ReplyScanner::new();
    for piece in data.chunks(STEP) {
        replies.push(Bytes::from(piece));
        while let Ok(Some(_)) = replies.next() {}
    }
    let _ = split_line(data);
}

/// The requests in a stream, and whether it ends in an error.
fn requests(data: &[u8], size: usize) -> (Vec<Request>, bool) {
    let mut scanner = Scanner::new();
    let mut found = Vec::new();
    for piece in data.chunks(size) {
        scanner.push(Bytes::from(piece));
        loop {
            match scanner.next() {
                Ok(Some(request)) => found.push(request),
                Ok(None) => break,
                Err(_) => return (found, true),
            }
        }
    }
    let consumed: u64 = found.iter().map(|request| request.consumed).sum();
    assert_eq!(consumed + scanner.pending(), data.len() as u64, "a byte is in a request or waits");
    (found, false)
}

/// The reader of snapshots: what it takes, the writer writes so that it is taken again.
pub(crate) fn snapshot(data: &[u8]) {
    const NOW_MS: i64 = 1_700_000_000_000;
    let bytes = Bytes::from(data);
    let _ = rdb::restore(&bytes, false);
    let Ok(loaded) = rdb::read(&bytes, NOW_MS, true, 16) else { return };
    let aux = AuxFields { repl: loaded.repl, ctime_s: 0, used_mem: 0 };
    let written = rdb::write(&loaded.keyspace, &aux, true, true);
    let again = rdb::read(&written, NOW_MS, true, 16).map(|loaded| loaded.keyspace.digest());
    assert_eq!(again, Ok(loaded.keyspace.digest()));
}

/// The reader of configuration: lines of a file, then the same pairs as CONFIG SET.
pub(crate) fn config(data: &[u8]) {
    let mut reading = Reading::new(|_| Err("no files here".to_owned()));
    // Line by line: the first mistake ends a file.
    String::from_utf8_lossy(data).lines().for_each(|line| drop(reading.file("redis.conf", line)));
    let mut config = reading.config;
    let mut words: Vec<Vec<u8>> = Vec::new();
    for line in data.split(|&byte| byte == b'\n') {
        let Some(line) = split_line(line) else { continue };
        let Some((name, values)) = line.split_first() else { continue };
        words.extend([name.clone(), values.join(&b' ')]);
    }
    let pairs: Vec<(&[u8], &[u8])> = words.chunks_exact(2).map(|pair| (&pair[0][..], &pair[1][..])).collect();
    let _ = config.set(&pairs);
    let shown = config.matching(b"*");
    assert!(shown.iter().all(|(name, _)| !name.is_empty()));
}

/// A node, and whatever can happen to it: the first byte chooses its role, then each step is an opcode, a connection and a
/// length in one byte each, and for bytes that arrive that many of those that follow.
pub(crate) fn node(data: &[u8]) {
    let Some((&role, mut rest)) = data.split_first() else { return };
    let mut machine = Machine::new(role);
    while let [opcode, which, len, behind @ ..] = rest {
        let n = usize::from(*len).min(behind.len());
        rest = match opcode % 8 {
            0..=2 => {
                machine.receive(*which, &behind[..n]);
                &behind[n..]
            }
            // The same in pieces.
            3 => {
                behind[..n].chunks(STEP).for_each(|piece| machine.receive(*which, piece));
                &behind[n..]
            }
            4 => {
                machine.connect();
                behind
            }
            5 => {
                machine.close(*which);
                behind
            }
            6 => {
                machine.pass(u64::from(*len) * 17);
                behind
            }
            _ => {
                machine.pull(*which, u64::from(*len) * 100);
                behind
            }
        };
    }
    machine.pass(5000);
}

/// Connections at the same time.
const CONNS_MAX: usize = 6;
/// Bytes of answers that nobody pulls before the machine does: a client that never reads is not the node's fault.
const UNPULLED_MAX: u64 = 1 << 20;

/// A node with a machine around it that carries out what it asks for.
struct Machine {
    node: Node,
    time: Time,
    out: Outbox,
    conns: Vec<ConnId>,
    jobs: Vec<Input>,
    accepted: u64,
}

impl Machine {
    fn new(role: u8) -> Machine {
        let mut config = Config::new();
        let mut set = |name: &str, value: &str| config.set_at_start(name, value).expect("a directive of the table");
        // Values of half a gigabyte are right, but no finding.
        set("proto-max-bulk-len", "1mb");
        set("client-query-buffer-limit", "2mb");
        set("repl-backlog-size", "16kb");
        set("repl-ping-replica-period", "1");
        set("repl-timeout", "3");
        set("repl-diskless-sync-delay", "0");
        if role & 1 == 1 {
            set("replicaof", "10.0.0.1 6379");
        }
        if role & 2 == 2 {
            set("repl-diskless-sync", "no");
            set("repl-diskless-load", "swapdb");
        }
        if role & 4 == 4 {
            set("replica-read-only", "no");
        }
        let mut out = Outbox::default();
        let node = Node::new(config, Seed(u64::from(role)), now(Time::ZERO), None, &mut out);
        let mut machine = Machine { node, time: Time::ZERO, out, conns: Vec::new(), jobs: Vec::new(), accepted: 0 };
        machine.drain();
        machine.connect();
        machine.pass(100);
        machine
    }

    fn input(&mut self, input: Input) {
        self.node.handle(now(self.time), input, &mut self.out);
        self.drain();
    }

    fn drain(&mut self) {
        while !self.out.outputs.is_empty() || !self.jobs.is_empty() {
            for output in std::mem::take(&mut self.out.outputs) {
                self.carry_out(output);
            }
            for job in std::mem::take(&mut self.jobs) {
                self.node.handle(now(self.time), job, &mut self.out);
            }
        }
        self.out.writable.clear();
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            // One dial in four fails.
            Output::Connect { conn, .. } if conn.0 % 8 == 0 => self.jobs.push(Input::ConnectFailed { conn }),
            Output::Connect { conn, .. } => {
                self.conns.push(conn);
                self.jobs.push(Input::Connected { conn });
            }
            Output::Close { conn, .. } => self.conns.retain(|other| *other != conn),
            Output::StartSave { job, .. } => self.jobs.push(Input::SaveFinished { job, ok: true }),
            Output::StartLoad { job, .. } => self.jobs.push(Input::LoadFinished { job }),
            _ => {}
        }
    }

    fn conn(&self, which: u8) -> Option<ConnId> {
        let index = usize::from(which).checked_rem(self.conns.len())?;
        Some(self.conns[index])
    }

    fn receive(&mut self, which: u8, bytes: &[u8]) {
        let Some(conn) = self.conn(which).filter(|conn| self.node.reads(*conn)) else { return };
        self.input(Input::Received { conn, chunk: Chunk::Data(Bytes::from(bytes)) });
        self.pull(which, UNPULLED_MAX);
    }

    fn connect(&mut self) {
        if self.conns.len() < CONNS_MAX {
            self.accepted += 1;
            let conn = ConnId::accepted(self.accepted);
            self.conns.push(conn);
            self.input(Input::Accepted { conn, ip: "10.0.0.9".into(), port: 40_000 });
        }
    }

    fn close(&mut self, which: u8) {
        if let Some(conn) = self.conn(which) {
            self.conns.retain(|other| *other != conn);
            self.input(Input::Closed { conn });
        }
    }

    fn pass(&mut self, ms: u64) {
        let end = self.time + Span::from_millis(ms);
        while let Some((at, _)) = self.node.poll_timeout().filter(|(at, _)| *at <= end) {
            self.time = at.max(self.time);
            self.input(Input::Timeout);
        }
        self.time = end;
    }

    fn pull(&mut self, which: u8, room: u64) {
        let Some(conn) = self.conn(which) else { return };
        let mut left = room;
        while let Some(chunk) = self.node.pull(now(self.time), conn, left, &mut self.out) {
            left -= chunk.len().min(left);
        }
        self.drain();
    }
}

fn now(time: Time) -> Now {
    Now { time, unix_ms: 1_700_000_000_000 + time.as_millis() as i64 }
}
