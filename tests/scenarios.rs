//! Scenarios: what is refused and how, and that every built-in one reaches the turn of its story.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use psync_playground::base::{NodeId, Span, Time};
use psync_playground::event::{EventKind, FullReason, TimeoutSide};
use psync_playground::run::{Run, Scenario, Value};
use psync_playground::world::{Event, Load, NodeView};

fn value(json: &str) -> Value {
    serde_json::from_str(json).expect("valid JSON")
}

/// A scenario that fits, with one line replaced.
fn scenario_with(line: &str, by: &str) -> String {
    const FITTING: &str = r#"{
        "title": "t",
        "seed": 1,
        "duration_ms": 1000,
        "nodes": [
            { "name": "a", "config": { "repl-backlog-size": "1mb" } },
            { "name": "b", "replicaof": "a" },
            { "name": "c", "replicaof": "b" }
        ],
        "links": [
            { "between": ["a", "b"], "latency_ms": 2 }
        ],
        "clients": [
            { "name": "app", "to": "a", "per_s": 10 }
        ],
        "actions": [
            { "at_ms": 10, "do": "cut", "link": ["a", "b"] }
        ]
    }"#;
    assert_eq!(FITTING.matches(line).count(), 1, "{line}");
    FITTING.replace(line, by)
}

/// Replaced line, its replacement, and the path, expectation and finding of the refusal.
const REFUSED: &[(&str, &str, &str, &str, &str)] = &[
    // Unknown fields, at every level.
    (r#""seed": 1"#, r#""sede": 1"#, "sede", "a known field: title, question", "the unknown field \"sede\""),
    (r#""name": "a","#, r#""name": "a", "colour": 1,"#, "nodes[0].colour", "name, port, replicaof", "\"colour\""),
    (r#""latency_ms": 2"#, r#""latency": 2"#, "links[0].latency", "between, latency_ms, jitter_ms", "\"latency\""),
    (r#""per_s": 10"#, r#""rate": 10"#, "clients[0].rate", "name, to, per_s", "\"rate\""),
    (r#""do": "cut", "#, r#""do": "cut", "node": "a", "#, "actions[0].node", "do, at_ms, link", "\"node\""),
    (r#""repl-backlog-size""#, r#""repl-backlog""#, "nodes[0].config.repl-backlog", "", "\"1mb\""),
    // Fields that appear twice.
    (r#""seed": 1"#, r#""seed": 1, "seed": 2"#, "seed", "each field once", "a second time"),
    // Numbers.
    (r#""latency_ms": 2"#, r#""latency_ms": -2"#, "links[0].latency_ms", "milliseconds from 0 to 600000", "-2"),
    (r#""latency_ms": 2"#, r#""latency_ms": 1e9"#, "links[0].latency_ms", "milliseconds from 0", "1000000000"),
    (r#""latency_ms": 2"#, r#""latency_ms": "2""#, "links[0].latency_ms", "milliseconds from 0", "\"2\""),
    (r#""latency_ms": 2"#, r#""window_bytes": 5"#, "links[0].window_bytes", "from 1024 to 1073741824", "5"),
    (r#""latency_ms": 2"#, r#""window_bytes": 2048.5"#, "links[0].window_bytes", "a whole number", "2048.5"),
    (r#""latency_ms": 2"#, r#""loss_ppm": 1000001"#, "links[0].loss_ppm", "from 0 to 1000000", "1000001"),
    (r#""seed": 1"#, r#""seed": 9007199254740992"#, "seed", "to 9007199254740991", "9007199254740992"),
    (r#""seed": 1"#, r#""seed": -1"#, "seed", "a whole number from 0", "-1"),
    (r#""duration_ms": 1000"#, r#""duration_ms": 1e300"#, "duration_ms", "milliseconds from 0 to 604800000", ""),
    (r#""duration_ms": 1000"#, r#""duration_ms": true"#, "duration_ms", "milliseconds", "true"),
    (r#""per_s": 10"#, r#""per_s": 1000001"#, "clients[0].per_s", "from 0 to 1000000", "1000001"),
    (r#""per_s": 10"#, r#""concurrency": 0"#, "clients[0].concurrency", "from 1 to 1000", "0"),
    (r#""per_s": 10"#, r#""read_percent": 101"#, "clients[0].read_percent", "from 0 to 100", "101"),
    (r#""at_ms": 10"#, r#""at_ms": -10"#, "actions[0].at_ms", "milliseconds from 0", "-10"),
    (r#""name": "a","#, r#""name": "a", "keys": 1000001,"#, "nodes[0].keys", "from 0 to 1000000", "1000001"),
    (r#""name": "a","#, r#""name": "a", "port": 65536,"#, "nodes[0].port", "from 1 to 65535", "65536"),
    (
        r#""name": "a","#,
        r#""name": "a", "keys": 1000000, "value_bytes": 1000000,"#,
        "nodes[0].keys",
        "\"ballast_bytes\" is for more",
        "1000000",
    ),
    // Types.
    (r#""title": "t""#, r#""title": 5"#, "title", "a text", "5"),
    (r#""title": "t","#, "", "title", "a text", "nothing"),
    (r#""links": ["#, r#""links": {}, "x": ["#, "x", "a known field", "the unknown field"),
    (r#"{ "name": "a", "config": { "repl-backlog-size": "1mb" } }"#, "7", "nodes[0]", "an object", "7"),
    (r#"{ "repl-backlog-size": "1mb" }"#, "[]", "nodes[0].config", "an object of directives", "a list of 0"),
    (r#""1mb""#, "[1]", "nodes[0].config.repl-backlog-size", "a text as in redis.conf", "a list of 1"),
    (r#""1mb""#, r#""many""#, "nodes[0].config.repl-backlog-size", "", "\"many\""),
    (r#""between": ["a", "b"]"#, r#""between": ["a"]"#, "links[0].between", "a list of two", "a list of 1"),
    (r#""do": "cut""#, r#""do": "chop""#, "actions[0].do", "one of: cut, heal, silence, reset", "\"chop\""),
    (r#""do": "cut", "#, "", "actions[0].do", "one of: cut", "nothing"),
    (r#""at_ms": 10, "#, "", "actions[0].at_ms", "milliseconds from the beginning", "nothing"),
    // Names.
    (r#""name": "b""#, r#""name": "a""#, "nodes[2].replicaof", "the name of a node: a, a, c", "\"b\""),
    (r#""name": "c""#, r#""name": "a""#, "nodes[2].name", "a name that no other node or client has", "\"a\""),
    (r#""name": "app""#, r#""name": "a""#, "clients[0].name", "a name that no other node or client has", "\"a\""),
    (r#""name": "c""#, r#""name": "c d""#, "nodes[2].name", "1 to 64 bytes without spaces", "\"c d\""),
    (r#""name": "c""#, r#""name": """#, "nodes[2].name", "1 to 64 bytes", "\"\""),
    (r#""name": "c", "#, "", "nodes[2].name", "a text", "nothing"),
    (r#""to": "a""#, r#""to": "z""#, "clients[0].to", "the name of a node: a, b, c", "\"z\""),
    (r#""to": "a", "#, "", "clients[0].to", "the name of a node", "nothing"),
    (r#""link": ["a", "b"]"#, r#""link": ["a", "z"]"#, "actions[0].link", "the name of a node: a, b, c", "\"z\""),
    (r#""between": ["a", "b"]"#, r#""between": ["a", "z"]"#, "links[0].between", "the name of a node", "\"z\""),
    // Things that do not fit together.
    (r#""replicaof": "a""#, r#""replicaof": "b""#, "nodes[1].replicaof", "another node", "\"b\""),
    (
        r#""replicaof": "a""#,
        r#""replicaof": "c""#,
        "nodes[1].replicaof",
        "a chain of masters that ends",
        "\"c\", which",
    ),
    (r#""replicaof": "a""#, r#""replicaof": "z""#, "nodes[1].replicaof", "the name of a node", "\"z\""),
    (r#""between": ["a", "b"]"#, r#""between": ["a", "a"]"#, "links[0].between", "two different nodes", "\"a\""),
    (r#""link": ["a", "b"]"#, r#""link": ["b", "b"]"#, "actions[0].link", "two different nodes", "twice \"b\""),
    (
        r#"{ "between": ["a", "b"], "latency_ms": 2 }"#,
        r#"{ "between": ["a", "b"] }, { "between": ["b", "a"] }"#,
        "links[1].between",
        "one entry for each pair",
        "\"b\" and \"a\"",
    ),
    (r#""per_s": 10"#, r#""per_s": 10, "concurrency": 2"#, "clients[0].concurrency", "beside \"per_s\"", "2"),
    (r#""per_s": 10"#, r#""per_s": 10, "think_ms": 2"#, "clients[0].think_ms", "\"concurrency\" beside it", "2"),
    (
        r#""repl-backlog-size": "1mb""#,
        r#""replicaof": "b 6379""#,
        "nodes[0].config.replicaof",
        "the field",
        "\"b 6379\"",
    ),
];

#[test]
fn what_does_not_fit_is_refused_with_place_expected_and_found() {
    for (line, by, path, expected, found) in REFUSED {
        let json = scenario_with(line, by);
        let error = Scenario::read(&value(&json)).expect_err(by);
        assert_eq!(error.path, *path, "{by}: {error}");
        assert!(error.expected.contains(expected) && !error.expected.is_empty(), "{by}: {error}");
        assert!(error.found.contains(found) && !error.found.is_empty(), "{by}: {error}");
    }
    for json in ["null", "[]", "5", "{}", r#"{"title": "t"}"#, r#"{"title": "t", "nodes": []}"#] {
        assert!(Scenario::read(&value(json)).is_err(), "{json}");
    }
}

#[test]
fn a_refusal_reads_as_a_sentence() {
    let error =
        Scenario::read(&value(&scenario_with(r#""latency_ms": 2"#, r#""latency_ms": -2"#))).expect_err("negative");
    assert_eq!(error.to_string(), "links[0].latency_ms: expected milliseconds from 0 to 600000, found -2");
}

#[test]
fn what_is_left_out_has_its_default() {
    let read = |json: &str| Scenario::read(&value(json)).expect("a fitting scenario");
    let least = read(r#"{"title": "t", "nodes": [{"name": "a"}, {"name": "b"}]}"#);
    assert_eq!((least.seed, least.duration, least.pause_at), (1, Span::from_secs(60), None));
    let boots: Vec<Time> = least.spec.nodes.iter().map(|node| node.boot).collect();
    assert_eq!(boots, [Time::ZERO, Time::from_millis(137)]);
    let full = read(
        r#"{"title": "t", "seed": 9, "pause_at_ms": 1.5, "unix_epoch_ms": 5, "default_link": {"latency_ms": 0.25},
        "nodes": [{"name": "a", "port": 7000, "config": {"hz": 20, "repl-diskless-sync": false, "SLAVE-PRIORITY": "5"},
        "skew_ms": -100, "fork_ms_per_gib": 12.5}, {"name": "b"}], "links": [{"between": ["b", "a"], "jitter_ms": 1}],
        "clients": [{"name": "x", "to": "a", "concurrency": 3, "think_ms": 2, "stop_ms": null}],
        "actions": [{"at_ms": 1, "do": "set_link", "link": ["x", "a"], "loss_ppm": 5}]}"#,
    );
    assert_eq!(full.spec.links[0].settings.latency, Span::from_micros(250), "from default_link");
    assert_eq!(full.spec.nodes[0].host.fork_per_gib, Span::from_micros(12_500));
    assert_eq!(full.spec.clients[0].load, Load::Closed { concurrency: 3, think: Span::from_millis(2) });
    let config = full.spec.config_of(0).expect("known directives");
    assert_eq!((config.hz(), config.port(), config.replica_priority()), (20, 7000, 5));
    assert!(!config.repl_diskless_sync());
}

#[test]
fn an_action_from_outside_is_read_or_refused() {
    let mut run = Run::read(&value(&scenario_with(r#""seed": 1"#, r#""seed": 2"#)), None).expect("it fits");
    run.advance_to(Time::from_millis(2000));
    let fitting = [
        r#"{"do": "heal", "link": ["b", "a"]}"#,
        r#"{"do": "silence", "link": ["a", "b"], "direction": "a_to_b"}"#,
        r#"{"do": "reset", "link": ["app", "a"]}"#,
        r#"{"do": "set_link", "link": ["a", "b"], "latency_ms": 7}"#,
        r#"{"do": "freeze", "node": "b", "for_ms": 100}"#,
        r#"{"do": "resume", "node": "b"}"#,
        r#"{"do": "command", "node": "a", "line": "PING"}"#,
        r#"{"do": "client_rate", "client": "app", "per_s": 5}"#,
        r#"{"do": "client_value_bytes", "client": "app", "value_bytes": 5}"#,
        r#"{"do": "client_to", "client": "app", "node": "b"}"#,
        r#"{"do": "promote", "node": "b"}"#,
        r#"{"do": "replicaof", "node": "a", "of": "b"}"#,
        r#"{"do": "crash", "node": "c"}"#,
        r#"{"do": "restart", "node": "c", "snapshot": false}"#,
    ];
    for json in fitting {
        run.act_on(&value(json)).unwrap_or_else(|error| panic!("{json}: {error}"));
    }
    assert_eq!(run.inputs().len(), fitting.len());
    let before = run.world().digest();
    let refused = [
        (r#"{"do": "cut", "link": ["a", "a"]}"#, "link"),
        (r#"{"do": "cut", "link": ["a", "z"]}"#, "link"),
        (r#"{"do": "cut"}"#, "link"),
        (r#"{"do": "cut", "at_ms": 5, "link": ["a", "b"]}"#, "at_ms"),
        (r#"{"do": "freeze", "node": "b", "for_ms": -1}"#, "for_ms"),
        (r#"{"do": "silence", "link": ["a", "b"], "direction": "up"}"#, "direction"),
        (r#"{"do": "replicaof", "node": "a", "of": "a"}"#, "of"),
        (r#"{"do": "client_rate", "client": "z", "per_s": 1}"#, "client"),
        (r#"{"do": "client_rate", "client": "app"}"#, "per_s"),
        (r#"{"do": "restart", "node": "c", "snapshot": "no"}"#, "snapshot"),
        (r#"{"do": "explode"}"#, "do"),
        (r#""cut""#, ""),
    ];
    for (json, path) in refused {
        let error = run.act_on(&value(json)).expect_err(json);
        assert_eq!(error.path, path, "{json}: {error}");
    }
    assert_eq!((run.world().digest(), run.inputs().len()), (before, fitting.len()));
}

#[test]
fn a_run_plays_again_to_the_same_bits() {
    let mut run = Run::read(&built_in("short-cut"), Some(5)).expect("it fits");
    run.advance(Span::from_millis(9000), &mut || false);
    run.act_on(&value(r#"{"do": "heal", "link": ["master", "replica-1"]}"#)).expect("it fits");
    for _ in 0..20 {
        run.step(false, Span::from_secs(60));
        run.console(NodeId(0), "INCR steps").expect("it fits");
    }
    run.step(true, Span::from_secs(60));
    run.act_on(&value(r#"{"do": "freeze", "node": "replica-2", "for_ms": 700}"#)).expect("it fits");
    let mut calls = 0;
    run.advance(Span::from_secs(5), &mut || {
        calls += 1;
        calls > 3
    });
    let again = run.play_again().expect("it fits again");
    assert_eq!(again.world().digest(), run.world().digest());
    assert_eq!(again.inputs(), run.inputs());
}

// The built-in scenarios.

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("www/scenarios")
}

fn built_in(id: &str) -> Value {
    value(&fs::read_to_string(folder().join(format!("{id}.json"))).expect("a built-in scenario"))
}

/// A built-in scenario, played.
struct Played {
    run: Run,
}

impl Played {
    fn new(id: &str) -> Played {
        let mut run = Run::read(&built_in(id), None).unwrap_or_else(|error| panic!("{id}: {error}"));
        run.advance_to(Time::ZERO + run.scenario().duration);
        Played { run }
    }

    fn node(&self, name: &str) -> NodeId {
        self.run.world().spec().node_named(name).expect("a node")
    }

    fn events(&self) -> impl Iterator<Item = &Event> {
        self.run.world().log().since(0)
    }

    fn count(&self, node: &str, wanted: impl Fn(&EventKind) -> bool) -> usize {
        let id = Some(self.node(node));
        self.events().filter(|event| event.node == id && wanted(&event.kind)).count()
    }

    /// When it happened first at a node, in milliseconds.
    fn first_ms(&self, node: &str, wanted: impl Fn(&EventKind) -> bool) -> u64 {
        let id = Some(self.node(node));
        let first = self.events().find(|event| event.node == id && wanted(&event.kind));
        first.unwrap_or_else(|| panic!("it did not happen:\n{}", self.story())).time.as_millis()
    }

    fn story(&self) -> String {
        let causes = self.events().filter(|event| event.kind.is_cause());
        causes.map(|event| format!("{} {:?} {:?}\n", event.time.as_millis(), event.node, event.kind)).collect()
    }

    /// All nodes hold the same, once the client has stopped.
    fn expect_all_in_sync(&mut self) {
        if !self.run.world().spec().clients.is_empty() {
            self.run.act_on(&value(r#"{"do": "client_rate", "client": "app", "per_s": 0}"#)).expect("it fits");
        }
        self.run.advance(Span::from_secs(1), &mut || false);
        let state = |view: NodeView<'_>| {
            let node = view.node.expect("a running node");
            (node.keyspace().digest(), node.keyspace().total_keys())
        };
        let states: Vec<_> = self.run.world().nodes().map(state).collect();
        assert!(states.iter().all(|state| *state == states[0]), "{states:?}\n{}", self.story());
    }

    /// The page pauses before the turn.
    fn expect_pause_before(&self, turn_ms: u64) {
        let pause = self.run.scenario().pause_at.expect("a pause").as_millis();
        assert!(pause < turn_ms && turn_ms < pause + 6000, "pause at {pause}, turn at {turn_ms}\n{}", self.story());
    }
}

fn partial(kind: &EventKind) -> bool {
    matches!(kind, EventKind::PartialResynced { .. })
}

fn full(kind: &EventKind) -> bool {
    matches!(kind, EventKind::FullResynced { .. })
}

#[test]
fn the_catalogue_lists_every_file_with_its_title() {
    let catalogue: Vec<BTreeMap<String, String>> =
        serde_json::from_str(&fs::read_to_string(folder().join("index.json")).expect("a catalogue")).expect("a list");
    for entry in &catalogue {
        let scenario = Scenario::read(&built_in(&entry["id"])).unwrap_or_else(|error| panic!("{entry:?}: {error}"));
        assert_eq!(scenario.title, entry["title"]);
        assert!(scenario.title.contains('?'), "the title asks: {}", scenario.title);
        assert!(scenario.story.ends_with('.') && !scenario.question.is_empty(), "{entry:?}");
        assert!(scenario.pause_at.is_some_and(|pause| pause < Time::ZERO + scenario.duration), "{entry:?}");
    }
    let mut files: Vec<String> = fs::read_dir(folder())
        .expect("a folder")
        .map(|file| file.expect("a file").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|name| name != "index")
        .collect();
    files.sort();
    let mut listed: Vec<String> = catalogue.iter().map(|entry| entry["id"].clone()).collect();
    listed.sort();
    assert_eq!(files, listed);
}

#[test]
fn short_cut_ends_in_a_partial_resync() {
    let mut played = Played::new("short-cut");
    let accepted = |kind: &EventKind| matches!(kind, EventKind::PartialAccepted { by_replid2: false, .. });
    assert_eq!((played.count("master", accepted), played.count("replica-1", full)), (1, 1));
    assert_eq!(played.count("replica-2", partial), 0);
    played.expect_pause_before(played.first_ms("replica-1", partial));
    played.expect_all_in_sync();
}

#[test]
fn steady_heartbeats_beat() {
    let mut played = Played::new("steady-heartbeats");
    let ping = |kind: &EventKind| matches!(kind, EventKind::PingSent { .. });
    let ack = |kind: &EventKind| matches!(kind, EventKind::AckSent { .. });
    assert_eq!(played.count("master", ping), 5);
    assert!((57..=60).contains(&played.count("replica-1", ack)) && (57..=60).contains(&played.count("replica-2", ack)));
    played.expect_pause_before(played.first_ms("master", ping));
    let lost = |kind: &EventKind| matches!(kind, EventKind::ReplicaLost { .. });
    assert_eq!(played.count("master", lost), 0);
    played.expect_all_in_sync();
}

#[test]
fn long_cut_ends_in_a_full_resync() {
    let mut played = Played::new("long-cut");
    let too_old = |kind: &EventKind| matches!(kind, EventKind::FullRequired { reason: FullReason::TooOld { .. }, .. });
    assert_eq!((played.count("master", too_old), played.count("replica-1", full)), (1, 2));
    assert_eq!(played.count("replica-1", partial), 0);
    // The cliff is passed when the backlog's first byte is beyond what the replica asks for: see from the start.
    let mut run = Run::read(&built_in("long-cut"), None).expect("it fits");
    run.advance_to(Time::from_millis(8500));
    let wanted = run.world().status(NodeId(1)).expect("a replica").master_repl_offset + 1;
    while run.world().status(NodeId(0)).and_then(|status| status.backlog).expect("a backlog").first_byte <= wanted {
        run.advance(Span::from_millis(10), &mut || false);
    }
    played.expect_pause_before(run.world().time().as_millis());
    played.expect_all_in_sync();
}

#[test]
fn silent_drop_is_noticed_by_both_sides() {
    let mut played = Played::new("silent-drop");
    let timed_out =
        |side: TimeoutSide| move |kind: &EventKind| matches!(kind, EventKind::TimedOut { side: s, .. } if *s == side);
    assert_eq!(played.count("master", timed_out(TimeoutSide::Replica)), 1);
    assert!(played.count("replica-1", timed_out(TimeoutSide::Master)) == 1);
    assert_eq!((played.count("replica-1", partial), played.count("replica-1", full)), (1, 1));
    // Told in steps: the first stands before the silence.
    played.expect_pause_before(8000);
    played.expect_all_in_sync();
}

#[test]
fn lost_command_is_sent_again_from_the_backlog() {
    let mut played = Played::new("lost-command");
    let lost = |kind: &EventKind| matches!(kind, EventKind::FrameLost { offset: Some(_), .. });
    let found = |kind: &EventKind| matches!(kind, EventKind::LossFound { .. });
    assert_eq!((played.count("master", lost), played.count("master", found)), (5, 3), "{}", played.story());
    assert_eq!((played.count("replica-1", full), played.count("replica-1", partial)), (1, 0), "the link never broke");
    played.expect_pause_before(played.first_ms("master", lost));
    played.expect_all_in_sync();
}

#[test]
fn equal_offsets_hide_different_data() {
    let played = Played::new("equal-offsets");
    let found = |kind: &EventKind| matches!(kind, EventKind::LossFound { .. });
    assert_eq!(played.count("master", found), 1, "{}", played.story());
    let nodes: Vec<_> = played.run.world().nodes().filter_map(|view| view.node).collect();
    assert_eq!(nodes[0].master_repl_offset(), nodes[1].master_repl_offset());
    assert_ne!(nodes[0].keyspace().digest(), nodes[1].keyspace().digest());
    played.expect_pause_before(8400);
}

#[test]
fn frozen_replica_makes_the_master_refuse_writes() {
    let mut played = Played::new("frozen-replica");
    fn refuses(wanted: bool) -> impl Fn(&EventKind) -> bool {
        move |kind| matches!(kind, EventKind::WritesRefused { refused } if *refused == wanted)
    }
    let from = played.events().filter(|event| refuses(true)(&event.kind)).last().expect("a refusal").time.as_millis();
    let to = played.events().filter(|event| refuses(false)(&event.kind)).last().expect("the end").time.as_millis();
    assert!((11_000..13_000).contains(&from) && (20_000..22_000).contains(&to), "{from} {to}");
    let tally = played.run.world().clients().next().expect("a client").tally;
    let (text, count) = &tally.errors[0];
    assert!(text.starts_with(b"NOREPLICAS") && (140..=220).contains(count), "{tally:?}");
    played.expect_pause_before(from);
    played.expect_all_in_sync();
}

#[test]
fn chain_keeps_the_leaf_attached() {
    let mut played = Played::new("chain");
    let lost = |kind: &EventKind| matches!(kind, EventKind::MasterLinkLost { .. });
    assert_eq!((played.count("middle", lost), played.count("leaf", lost)), (1, 0), "{}", played.story());
    assert_eq!((played.count("middle", partial), played.count("leaf", full)), (1, 1));
    played.expect_pause_before(played.first_ms("middle", partial));
    played.expect_all_in_sync();
}

#[test]
fn promotion_lets_everybody_follow_by_replid2() {
    let mut played = Played::new("promotion");
    let by_replid2 = |kind: &EventKind| matches!(kind, EventKind::PartialAccepted { by_replid2: true, .. });
    assert_eq!(played.count("replica-1", by_replid2), 2, "{}", played.story());
    assert_eq!((played.count("replica-2", full), played.count("master", full)), (1, 0));
    played.expect_pause_before(played.first_ms("replica-1", |kind| matches!(kind, EventKind::RoleChanged { .. })));
    let tally = played.run.world().clients().next().expect("a client").tally;
    assert_eq!(tally.refused, 0, "{tally:?}");
    played.expect_all_in_sync();
}

#[test]
fn late_write_costs_the_old_master_a_full_resync() {
    let mut played = Played::new("late-write");
    let beyond =
        |kind: &EventKind| matches!(kind, EventKind::FullRequired { reason: FullReason::BeyondFork { .. }, .. });
    assert_eq!((played.count("replica-1", beyond), played.count("master", full)), (1, 1), "{}", played.story());
    played.expect_pause_before(played.first_ms("replica-1", beyond));
    played.expect_all_in_sync();
}

#[test]
fn resync_loop_ends_when_the_limit_is_raised() {
    let mut played = Played::new("resync-loop");
    let closed = |kind: &EventKind| matches!(kind, EventKind::OutputLimitReached { .. });
    let times: Vec<u64> = played.events().filter(|event| closed(&event.kind)).map(|e| e.time.as_millis()).collect();
    assert!(times.len() >= 3 && times.iter().all(|ms| *ms < 36_000), "{times:?}\n{}", played.story());
    assert_eq!(played.count("replica-1", full), 1, "{}", played.story());
    played.expect_pause_before(times[0]);
    played.expect_all_in_sync();
}

#[test]
fn ten_gigabytes_arrive() {
    let mut played = Played::new("ten-gigabytes");
    assert_eq!(played.count("replica-1", full), 1, "{}", played.story());
    let saved = played.first_ms("master", |kind| matches!(kind, EventKind::SnapshotFinished { .. }));
    played.expect_pause_before(saved);
    assert!(played.run.world().happenings() < 150_000, "{}", played.run.world().happenings());
    let replica = played.run.world().status(played.node("replica-1")).expect("a running node");
    assert!(replica.dataset_bytes > 10_000_000_000);
    played.expect_all_in_sync();
}
