//! The engine beside a real `redis-server` 7.0.15: the same script of commands on both, then replies, propagated bytes,
//! offsets and backlog numbers are compared. The scripts are in `tests/conformance/*.txt`; a line is a command, `~ 50`
//! lets 50 ms pass, `2> ` speaks on a second connection, `: name value` is a directive of the server.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_types, reason = "a real server answers in real time")]

#[path = "common/peer.rs"]
mod peer;
#[path = "conformance/server.rs"]
mod server;

use std::fmt::Write;
use std::time::Duration;

use peer::Bench;
use psync_playground::resp::{encode_command, split_line};
use server::Server;

/// What a script did to a server.
#[derive(PartialEq, Eq)]
struct Outcome {
    replies: Vec<(String, String)>,
    stream: String,
    info: Vec<(&'static str, String)>,
}

/// Fields of INFO that both must agree on.
const FIELDS: [&str; 8] = [
    "master_repl_offset",
    "repl_backlog_first_byte_offset",
    "repl_backlog_histlen",
    "repl_backlog_size",
    "connected_slaves",
    "expired_keys",
    "sync_full",
    "sync_partial_err",
];

struct Case<'a> {
    title: &'a str,
    directives: Vec<(&'a str, &'a str)>,
    lines: Vec<&'a str>,
}

fn parse(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        if let Some(title) = line.strip_prefix("# ") {
            cases.push(Case { title, directives: Vec::new(), lines: Vec::new() });
            continue;
        }
        let case = cases.last_mut().expect("a title before the first line");
        match line.strip_prefix(": ").and_then(|directive| directive.split_once(' ')) {
            Some(directive) => case.directives.push(directive),
            None => case.lines.push(line),
        }
    }
    cases
}

/// Directives under which both run: disk snapshots, and heartbeats only when a script asks for them.
fn directives<'a>(case: &Case<'a>) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![("repl-diskless-sync", "no"), ("repl-ping-replica-period", "3600")];
    all.extend(case.directives.iter().copied());
    all
}

fn connection_of(line: &str) -> (usize, &str) {
    line.strip_prefix("2> ").map_or((0, line), |rest| (1, rest))
}

fn encode(line: &str) -> Vec<u8> {
    let words = split_line(line.as_bytes()).expect("balanced quotes");
    encode_command(&words.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Moments differ between the two; their digits do not. Every unix time in milliseconds becomes `<ms>`, in seconds `<s>`.
fn without_moments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let len = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, behind) = rest.split_at(len);
        match digits.len() {
            13 => out.push_str("<ms>"),
            10 => out.push_str("<s>"),
            _ => out.push_str(digits),
        }
        rest = behind;
    }
    out + rest
}

fn run_real(case: &Case<'_>) -> Outcome {
    let server = Server::start(&directives(case));
    let mut replica = server.connect();
    replica.attach();
    let mut clients = [server.connect(), server.connect()];
    let mut replies = Vec::new();
    for line in &case.lines {
        if let Some(ms) = line.strip_prefix("~ ") {
            std::thread::sleep(Duration::from_millis(ms.parse().expect("milliseconds")));
            continue;
        }
        let (connection, command) = connection_of(line);
        clients[connection].send(&encode(command));
        let reply = clients[connection].reply();
        replies.push((line.to_string(), without_moments(&String::from_utf8_lossy(&reply))));
    }
    let mut info = server.connect();
    info.send(&encode("INFO everything"));
    let text = String::from_utf8_lossy(&info.reply()).into_owned();
    let field = |name: &str| {
        let prefix = format!("{name}:");
        text.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or("").to_string()
    };
    let produced: usize = field("master_repl_offset").parse().expect("an offset");
    let stream = replica.read_until("the stream", |bytes| (bytes.len() >= produced).then_some(bytes.len()));
    Outcome {
        replies,
        stream: without_moments(&String::from_utf8_lossy(&stream)),
        info: FIELDS.into_iter().map(|name| (name, field(name))).collect(),
    }
}

fn run_ours(case: &Case<'_>) -> Outcome {
    let mut bench = Bench::new(&directives(case));
    bench.advance_ms(50);
    let (replica, _) = bench.attach_replica();
    let clients = [bench.connect(), bench.connect()];
    let mut stream = String::new();
    let mut replies = Vec::new();
    for line in &case.lines {
        if let Some(ms) = line.strip_prefix("~ ") {
            bench.advance_ms(ms.parse().expect("milliseconds"));
            continue;
        }
        let (connection, command) = connection_of(line);
        bench.send_bytes(clients[connection], encode(command));
        let mut reply = bench.take(clients[connection]);
        // A blocked client is answered by the passing of time.
        for _ in 0..1000 {
            if reply.is_empty() {
                bench.advance_ms(10);
                reply = bench.take(clients[connection]);
            }
        }
        replies.push((line.to_string(), without_moments(&reply)));
        stream += &bench.take(replica);
    }
    stream += &bench.take(replica);
    Outcome {
        replies,
        stream: without_moments(&stream),
        info: FIELDS.into_iter().map(|name| (name, bench.info(name))).collect(),
    }
}

/// The differences in words; empty if there are none.
fn differences(real: &Outcome, ours: &Outcome) -> String {
    let mut text = String::new();
    for ((line, expected), (_, found)) in real.replies.iter().zip(&ours.replies) {
        if expected != found {
            let _ = writeln!(text, "    {line}\n      redis: {expected:?}\n      ours:  {found:?}");
        }
    }
    if real.stream != ours.stream {
        let at = real.stream.bytes().zip(ours.stream.bytes()).take_while(|(a, b)| a == b).count();
        let tail =
            |stream: &str| stream.get(at.saturating_sub(60)..).map(|tail| tail.chars().take(160).collect::<String>());
        let _ = writeln!(text, "    stream, first difference at byte {at}");
        let _ = writeln!(text, "      redis: {:?}\n      ours:  {:?}", tail(&real.stream), tail(&ours.stream));
    }
    for ((name, expected), (_, found)) in real.info.iter().zip(&ours.info) {
        if expected != found {
            let _ = writeln!(text, "    INFO {name}: redis {expected}, ours {found}");
        }
    }
    text
}

fn compare(text: &str) {
    let mut report = String::new();
    let cases = parse(text);
    assert!(!cases.is_empty());
    for case in &cases {
        let found = differences(&run_real(case), &run_ours(case));
        if !found.is_empty() {
            let _ = write!(report, "  {}\n{found}", case.title);
        }
    }
    assert!(report.is_empty(), "differences from redis-server:\n{report}");
}

#[test]
fn strings_and_counters() {
    compare(include_str!("conformance/strings.txt"));
}

#[test]
fn keys_and_expiry() {
    compare(include_str!("conformance/keys.txt"));
}

#[test]
fn lists() {
    compare(include_str!("conformance/lists.txt"));
}

#[test]
fn transactions_and_databases() {
    compare(include_str!("conformance/transactions.txt"));
}

#[test]
fn the_backlog() {
    compare(include_str!("conformance/backlog.txt"));
}

#[test]
fn the_server() {
    compare(include_str!("conformance/server.txt"));
}
