//! Servers in a line, each the master of the next: started, joined, cut, restarted, and compared by content.

use std::time::{Duration, Instant};

use crate::server::Program::{Ours, Redis};
use crate::server::{Program, Server, Socket, reply_len};

/// Which programs stand in the line, from the master down.
pub(crate) struct Pairing {
    pub(crate) name: &'static str,
    programs: &'static [Program],
}

/// Every scenario runs in each of these.
pub(crate) const PAIRINGS: [Pairing; 4] = [
    Pairing { name: "real master, our replica", programs: &[Redis, Ours] },
    Pairing { name: "our master, real replica", programs: &[Ours, Redis] },
    Pairing { name: "ours and ours", programs: &[Ours, Ours] },
    Pairing { name: "chain real - ours - real", programs: &[Redis, Ours, Redis] },
];

/// Directives that make things happen at once and nothing by itself.
const QUICK: [(&str, &str); 3] =
    [("repl-diskless-sync-delay", "0"), ("repl-ping-replica-period", "3600"), ("repl-timeout", "60")];

/// How long a condition may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(40);
/// Databases that are compared.
const DATABASES: usize = 4;

/// Waits for a condition.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "not within {} s: {what}", PATIENCE.as_secs());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// One server and a connection to it.
pub(crate) struct Node {
    pub(crate) server: Server,
    program: Program,
    /// `None` while the process is down.
    socket: Option<Socket>,
}

impl Node {
    /// Starts a server that follows nobody.
    pub(crate) fn start(program: Program, directives: &[(&str, &str)]) -> Node {
        let server = Server::run(program, &[&QUICK[..], directives].concat());
        let socket = Some(server.connect());
        Node { server, program, socket }
    }

    /// A server of the same program beside this one.
    pub(crate) fn sibling(&self) -> Node {
        Node::start(self.program, &[])
    }

    fn socket(&mut self) -> &mut Socket {
        self.socket.as_mut().expect("the server is up")
    }

    /// Sends a command in words and returns its raw reply.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.socket().command(line)
    }

    /// Sends a command whose last word is `value`, which may contain anything.
    pub(crate) fn ask_with(&mut self, line: &str, value: &[u8]) -> String {
        let mut words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        words.push(value);
        String::from_utf8_lossy(&self.raw(&words)).into_owned()
    }

    /// A command that has to succeed.
    pub(crate) fn order(&mut self, line: &str) {
        let reply = self.ask(line);
        assert!(!reply.starts_with('-'), "{line}: {reply}");
    }

    fn raw(&mut self, words: &[&[u8]]) -> Vec<u8> {
        let request = psync_playground::resp::encode_command(words);
        self.socket().send(&request);
        self.socket().reply()
    }

    /// Sends a command and does not wait for its reply.
    pub(crate) fn leave(&mut self, line: &str) {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        let request = psync_playground::resp::encode_command(&words);
        self.socket().send(&request);
    }

    /// The value of an INFO field.
    pub(crate) fn info(&mut self, field: &str) -> String {
        self.socket().info(field)
    }

    /// The value of an INFO field that is a number.
    pub(crate) fn number(&mut self, field: &str) -> i64 {
        let value = self.info(field);
        value.parse().unwrap_or_else(|_| panic!("{field} is {value:?}"))
    }

    /// Follows another server and waits until it does.
    pub(crate) fn follow(&mut self, master: &Node) {
        self.order(&format!("REPLICAOF 127.0.0.1 {}", master.server.port));
        self.await_link("up");
    }

    /// Waits until the link to the master is up or down.
    pub(crate) fn await_link(&mut self, status: &str) {
        until(&format!("link {status}"), || self.info("master_link_status") == status);
    }

    /// Waits until a sync counter of INFO has this value.
    pub(crate) fn await_count(&mut self, counter: &str, value: i64) {
        let mut last = -1;
        let deadline = Instant::now() + PATIENCE;
        while last != value {
            assert!(Instant::now() < deadline, "{counter} is {last} instead of {value}");
            last = self.number(counter);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills the process.
    pub(crate) fn crash(&mut self) {
        self.socket = None;
        self.server.stop();
    }

    /// Starts the process again.
    pub(crate) fn restart(&mut self) {
        self.server.spawn();
        self.socket = Some(self.server.connect());
    }

    /// Everything in the databases: database, key, type, value and deadline of each key.
    pub(crate) fn contents(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        for db in 0..DATABASES {
            self.order(&format!("SELECT {db}"));
            let mut keys = items(&self.raw(&[b"KEYS", b"*"]));
            keys.sort_unstable();
            for key in keys {
                let kind = String::from_utf8_lossy(&self.raw(&[b"TYPE", &key])).trim().to_string();
                let value = self.value(&kind, &key);
                let deadline = self.raw(&[b"PEXPIRETIME", &key]);
                let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
                out.push(format!("{db} {} {kind} {} {}", shown(&key), shown(&value), shown(&deadline)));
            }
        }
        self.order("SELECT 0");
        out
    }

    /// The value of a key in an order that does not depend on its encoding.
    fn value(&mut self, kind: &str, key: &[u8]) -> Vec<u8> {
        match kind {
            "+string" => self.raw(&[b"GET", key]),
            "+list" => self.raw(&[b"LRANGE", key, b"0", b"-1"]),
            "+zset" => self.raw(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"]),
            "+set" => {
                let mut members = items(&self.raw(&[b"SMEMBERS", key]));
                members.sort_unstable();
                members.join(&b' ')
            }
            "+hash" => {
                let words = items(&self.raw(&[b"HGETALL", key]));
                let mut fields: Vec<Vec<u8>> = words.chunks(2).map(|pair| pair.join(&b'=')).collect();
                fields.sort_unstable();
                fields.join(&b' ')
            }
            // Gone between KEYS and now.
            _ => Vec::new(),
        }
    }
}

/// The elements of a raw array of strings.
fn items(reply: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = &reply[reply.iter().position(|&byte| byte == b'\n').map_or(reply.len(), |at| at + 1)..];
    let mut out = Vec::new();
    while let Some(len) = reply_len(rest) {
        let head = rest.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        out.push(rest[head..len - 2].to_vec());
        rest = &rest[len..];
    }
    out
}

/// Servers, each the master of the next.
pub(crate) struct Line {
    pub(crate) nodes: Vec<Node>,
}

impl Line {
    /// Starts the servers; nobody follows yet.
    pub(crate) fn start(pairing: &Pairing, directives: &[(&str, &str)]) -> Line {
        Line { nodes: pairing.programs.iter().map(|&program| Node::start(program, directives)).collect() }
    }

    /// Starts the servers and lets each follow the one before it.
    pub(crate) fn joined(pairing: &Pairing, directives: &[(&str, &str)]) -> Line {
        let mut line = Line::start(pairing, directives);
        line.join();
        line
    }

    /// Lets each server follow the one before it, also when it is started again.
    pub(crate) fn join(&mut self) {
        for hop in self.hops() {
            let (up, down) = self.hop(hop);
            down.follow(up);
            down.server.directive("replicaof", &format!("127.0.0.1 {}", up.server.port));
        }
    }

    /// Numbers of the links: a link's number is that of its master.
    pub(crate) fn hops(&self) -> std::ops::Range<usize> {
        0..self.nodes.len() - 1
    }

    /// Master and replica of a link.
    pub(crate) fn hop(&mut self, hop: usize) -> (&mut Node, &mut Node) {
        let (above, below) = self.nodes.split_at_mut(hop + 1);
        (&mut above[hop], &mut below[0])
    }

    /// The master of all.
    pub(crate) fn top(&mut self) -> &mut Node {
        &mut self.nodes[0]
    }

    /// Waits until everybody has applied everything, then compares the data sets.
    pub(crate) fn assert_equal(&mut self) {
        assert_same(self.nodes.iter_mut().collect());
    }
}

/// Waits until every server has the offset of the first, then compares the data sets and the names of the history.
pub(crate) fn assert_same(mut nodes: Vec<&mut Node>) {
    let (first, others) = nodes.split_first_mut().expect("a server");
    for other in others.iter_mut() {
        until("equal offsets", || other.info("master_repl_offset") == first.info("master_repl_offset"));
    }
    let (contents, replid) = (first.contents(), first.info("master_replid"));
    let digest = first.ask("DEBUG DIGEST");
    for other in others {
        let found = other.contents();
        for (index, (expected, found)) in contents.iter().zip(&found).enumerate() {
            assert_eq!(expected, found, "key number {index}");
        }
        assert_eq!(found.len(), contents.len());
        assert_eq!(other.ask("DEBUG DIGEST"), digest);
        assert_eq!(other.info("master_replid"), replid);
    }
}
