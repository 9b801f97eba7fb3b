//! The engine beside a real `redis-server` 7.0.15: every case of `tests/conformance/cases/` is played against both programs
//! over TCP and has to look the same, unless `tests/conformance/known.txt` says why it does not. `docs/conformance.md` is
//! the result as a table, `www/conformance.html` the same as a page.
//!
//! `CONFORMANCE_WRITE=1` writes that table (`cargo xtask conformance`); `CONFORMANCE_ONLY=words` plays only the cases whose
//! title contains the words and prints everything that was seen.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_types, reason = "real servers answer in real time")]
#![allow(clippy::print_stderr, reason = "a single case is shown to a person")]

#[path = "conformance/mask.rs"]
mod mask;
#[path = "conformance/play.rs"]
mod play;
#[path = "conformance/random.rs"]
mod random;
#[path = "conformance/script.rs"]
mod script;
#[path = "conformance/server.rs"]
mod server;
#[path = "conformance/table.rs"]
mod table;
#[path = "conformance/wire.rs"]
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use play::{Seen, play};
use script::{Case, parse};
use server::Program;
use table::Row;

/// Files of cases, and what their area is called.
const AREAS: [(&str, &str); 27] = [
    ("psync", "PSYNC and the replica's link"),
    ("handshake", "Handshake with a master"),
    ("replica", "Replica of a hand-written master"),
    ("chain", "Chains"),
    ("sync", "Full resync, heartbeats, restart"),
    ("backlog", "Backlog"),
    ("wait", "WAIT"),
    ("failover", "FAILOVER and SHUTDOWN"),
    ("info", "INFO, ROLE, configuration"),
    ("rewrites", "Propagation"),
    ("transactions", "Transactions"),
    ("blocking", "Blocking pops"),
    ("strings", "Strings"),
    ("bits", "Bits"),
    ("lists", "Lists"),
    ("sets", "Sets"),
    ("hashes", "Hashes"),
    ("sorted-sets", "Sorted sets"),
    ("keys", "Keys and expiry"),
    ("scan", "SORT, SCAN, OBJECT"),
    ("dump", "DUMP, RESTORE, COPY"),
    ("rdb", "Snapshot files"),
    ("pubsub", "Pub/sub"),
    ("clients", "Clients"),
    ("server", "Errors and limits"),
    ("chance", "Commands by chance"),
    ("absent", "What the engine has not"),
];

/// Cases that are played at the same time. Most of them wait most of the time.
const AT_ONCE: usize = 8;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cases() -> Vec<Case> {
    let folder = root().join("tests/conformance/cases");
    let file = |(area, _): &(&'static str, _)| parse(area, &read(folder.join(format!("{area}.txt"))));
    let cases: Vec<Case> = AREAS.iter().flat_map(file).collect();
    let titles: BTreeSet<&str> = cases.iter().map(|case| &case.title[..]).collect();
    assert_eq!(titles.len(), cases.len(), "two cases have the same title");
    cases
}

/// What both programs make of a case, where they differ; empty if they do not.
fn differences(case: &Case, print: bool) -> String {
    let (redis, ours) = std::thread::scope(|scope| {
        let [redis, ours] = [Program::Redis, Program::Ours].map(|program| scope.spawn(move || play(case, program)));
        (seen(redis.join()), seen(ours.join()))
    });
    if print {
        redis.iter().for_each(|(line, what)| eprintln!("{line}\n      {what}"));
    }
    compare(&redis, &ours)
}

/// What a run saw; that it could not be played is a thing to see too.
fn seen(run: std::thread::Result<Seen>) -> Seen {
    run.unwrap_or_else(|_| vec![("the run".into(), "panicked, see above".into())])
}

fn compare(redis: &Seen, ours: &Seen) -> String {
    let mut text = String::new();
    for ((line, expected), (_, found)) in redis.iter().zip(ours) {
        if expected != found {
            let at = expected.bytes().zip(found.bytes()).take_while(|(a, b)| a == b).count().saturating_sub(40);
            let tail = |seen: &str| seen.chars().skip(at).take(400).collect::<String>();
            let line: String = line.chars().take(100).collect();
            let _ = writeln!(text, "    {line}\n      redis: {}\n      ours:  {}", tail(expected), tail(found));
        }
    }
    let panicked = [redis, ours].iter().any(|seen| seen.len() == 1);
    if redis.len() != ours.len() || panicked {
        let _ = writeln!(text, "    redis shows {} things, ours {}", redis.len(), ours.len());
    }
    text
}

/// The differences of every case, played side by side. A case that differs and is not known to is played once more, alone:
/// some depend on the moment, and a busy machine must not decide.
fn play_all(cases: &[&Case], known: &BTreeMap<&str, &str>, print: bool) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(vec![String::new(); cases.len()]);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(number) else { break };
                    let text = differences(case, print);
                    found.lock().expect("no case panics")[number] = text;
                }
            });
        }
    });
    let mut found = found.into_inner().expect("no case panics");
    for (case, text) in cases.iter().zip(&mut found) {
        if !text.is_empty() && !known.contains_key(&case.title[..]) {
            *text = differences(case, false);
        }
    }
    found
}

#[test]
fn every_case_is_equal_or_known_to_differ() {
    let all = cases();
    let only = std::env::var("CONFORMANCE_ONLY").ok();
    let chosen: Vec<&Case> =
        all.iter().filter(|case| only.as_ref().is_none_or(|only| case.title.contains(&**only))).collect();
    let known_text = read(root().join("tests/conformance/known.txt"));
    let known = table::known(&known_text);
    let mut report = String::new();
    for title in known.keys().filter(|title| all.iter().all(|case| case.title != **title)) {
        let _ = writeln!(report, "  known.txt: there is no case \"{title}\"");
    }
    let found = play_all(&chosen, &known, only.is_some());
    for (case, differences) in chosen.iter().zip(&found) {
        let listed = known.contains_key(&case.title[..]);
        if listed && differences.is_empty() {
            let _ = writeln!(report, "  {}: {} is equal now: strike it out of known.txt", case.area, case.title);
        } else if !listed && !differences.is_empty() {
            let _ = write!(report, "  {}: {}\n{differences}", case.area, case.title);
        }
    }
    assert!(report.is_empty(), "differences from redis-server:\n{report}");
    if only.is_none() {
        let rows: Vec<Row<'_>> =
            all.iter().map(|case| Row { case, reason: known.get(&case.title[..]).copied() }).collect();
        keep("docs/conformance.md", &table::document(&AREAS, &rows));
        keep("www/conformance.html", &table::page(&AREAS, &rows));
        keep("www/conformance.json", &table::numbers(&rows));
    }
}

/// A generated file is as it was generated, or it is written.
fn keep(path: &str, text: &str) {
    let file = root().join(path);
    if std::env::var_os("CONFORMANCE_WRITE").is_some() {
        std::fs::write(&file, text).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    assert!(read(file) == text, "{path} is out of date: cargo xtask conformance writes it");
}
