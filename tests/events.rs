//! Every kind of event is reached: by a built-in scenario, or by the timelines below, or it is named here with the reason
//! why no world brings it about. A kind that nothing reaches would be a sentence nobody can ever read.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use psync_playground::base::Time;
use psync_playground::event::EventKind;
use psync_playground::run::{Run, Value};

/// Kinds that a world of our own nodes does not bring about, and who tests them instead.
const NOT_IN_A_WORLD: &[&str] = &[
    // Our nodes speak the protocol; tests/replica.rs sends nonsense.
    "ProtocolError",
];

/// What the scenarios leave out.
const TIMELINES: &[&str] = &[
    r#"{"title": "every fault", "duration_ms": 60000,
        "nodes": [
            {"name": "m", "keys": 2000, "value_bytes": 1000, "config": {"repl-backlog-ttl": "3", "repl-timeout": "5",
             "repl-diskless-sync": "no"}},
            {"name": "r", "replicaof": "m", "config": {"repl-timeout": "5"}, "load_bytes_per_s": 1000000}
        ],
        "links": [{"between": ["m", "r"], "latency_ms": 5, "bandwidth_bytes_per_s": 1000000, "loss_ppm": 20000}],
        "clients": [{"name": "app", "to": "m", "per_s": 50, "value_bytes": 100}],
        "actions": [
            {"at_ms": 1000, "do": "cut", "link": ["m", "r"]},
            {"at_ms": 1600, "do": "heal", "link": ["m", "r"]},
            {"at_ms": 3000, "do": "reset", "link": ["m", "r"]},
            {"at_ms": 9000, "do": "set_link", "link": ["m", "r"], "latency_ms": 1},
            {"at_ms": 10000, "do": "command", "node": "m", "line": "SET short 1 PX 200"},
            {"at_ms": 11000, "do": "command", "node": "m", "line": "WAIT 5 300"},
            {"at_ms": 12000, "do": "command", "node": "m", "line": "DEBUG SLEEP 0.5"},
            {"at_ms": 13000, "do": "silence", "link": ["m", "r"]},
            {"at_ms": 22000, "do": "heal", "link": ["m", "r"]},
            {"at_ms": 30000, "do": "command", "node": "m", "line": "FAILOVER"},
            {"at_ms": 34000, "do": "crash", "node": "r"},
            {"at_ms": 40000, "do": "restart", "node": "r", "snapshot": true},
            {"at_ms": 45000, "do": "replicaof", "node": "m", "of": "r"},
            {"at_ms": 50000, "do": "promote", "node": "m"},
            {"at_ms": 53000, "do": "crash", "node": "m"},
            {"at_ms": 54000, "do": "restart", "node": "m", "snapshot": false},
            {"at_ms": 58000, "do": "freeze", "node": "m"},
            {"at_ms": 59000, "do": "resume", "node": "m"}
        ]}"#,
    r#"{"title": "stale replicas and a password", "duration_ms": 20000,
        "nodes": [
            {"name": "m", "config": {"requirepass": "secret", "repl-diskless-sync-delay": "0"}},
            {"name": "stranger", "replicaof": "m"},
            {"name": "friend", "replicaof": "m", "config": {"masterauth": "wrong"}}
        ]}"#,
];

fn variants() -> BTreeSet<String> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/event.rs")).expect("the source");
    let body = source.split("pub enum EventKind {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("the enum");
    let is_variant =
        |line: &&str| line.starts_with("    ") && line.as_bytes().get(4).is_some_and(u8::is_ascii_uppercase);
    let name = |line: &str| line.trim().chars().take_while(|c| c.is_alphanumeric()).collect();
    body.lines().filter(is_variant).map(name).collect()
}

fn name(kind: &EventKind) -> String {
    format!("{kind:?}").chars().take_while(|c| c.is_alphanumeric()).collect()
}

fn play(json: &str, reached: &mut BTreeSet<String>) {
    let value: Value = serde_json::from_str(json).expect("valid JSON");
    let mut run = Run::read(&value, None).unwrap_or_else(|error| panic!("{error}"));
    let end = run.scenario().duration;
    // In small steps, so that the bounded log loses nothing in between.
    let mut seq = 0;
    for second in 1..=end.as_secs().max(1) {
        run.advance_to(Time::from_millis(second * 1000));
        reached.extend(run.world().log().since(seq).map(|event| name(&event.kind)));
        seq = run.world().log().count(false);
    }
}

#[test]
fn every_kind_of_event_is_reached_or_explained() {
    let mut reached = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/scenarios");
    for entry in fs::read_dir(folder).expect("the scenarios") {
        let path = entry.expect("an entry").path();
        if path.file_name().is_some_and(|name| name != "index.json") {
            play(&fs::read_to_string(&path).expect("a scenario"), &mut reached);
        }
    }
    TIMELINES.iter().for_each(|timeline| play(timeline, &mut reached));
    let all = variants();
    assert!(all.len() > 40 && reached.is_subset(&all), "{all:?}");
    let missing: BTreeSet<&str> = all.difference(&reached).map(String::as_str).collect();
    assert_eq!(missing, NOT_IN_A_WORLD.iter().copied().collect(), "kinds that nothing reaches");
}
