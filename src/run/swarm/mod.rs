//! Swarm: from a seed a whole experiment - nodes, settings, load, links, faults - as a scenario that the usual reader reads,
//! so that a page plays it as well; and the playing of it under the eyes of the checker.
//!
//! A scenario ends with a calm: everything that was broken works again, clients stop. Then all replicas have to come to
//! hold what their master holds. `storm` draws what happens before, this file the rest. The page's module has none of this.

mod storm;

use crate::base::{Rng, Seed, Span, Time};
use crate::run::checker::{Check, Checked, Checker, Violation};
use crate::run::{Run, Value};
use crate::world::{SpecError, World};

use storm::Storm;

/// How long a run goes on behind the calm's beginning at least: the scenario's duration.
const CALM: Span = Span::from_secs(15);
/// How long it is waited for everything to work at all: longer than any bound of the checker.
const PATIENCE: Span = Span::from_secs(1000);
/// How long the nodes may take to come to one offset when the checker has seen them converge: a heartbeat of the longest
/// period and what the links need for it.
const LEVELLING: Span = Span::from_secs(60);
/// How often it is looked whether they have.
const LOOK_EVERY: Span = Span::from_secs(1);

/// What became of one seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The digest of the world at the end of the scenario's duration: the same on every machine.
    pub digest: u64,
    /// Events up to the end.
    pub events: u64,
    /// Happenings of the queue up to the end.
    pub happenings: u64,
    /// Virtual time up to the end.
    pub time: Time,
    /// How often each invariant was put to the test, in the order of [`Check::ALL`].
    pub tried: [u64; Check::ALL.len()],
    /// Where each invariant that was broken was broken first, in order of time.
    pub violations: Vec<Violation>,
    /// Full and partial resyncs that masters granted.
    pub resyncs: (u64, u64),
}

/// The scenario of a seed.
pub fn draw(seed: u64) -> Value {
    let mut rng = Seed(seed).split("swarm", 0).rng();
    let nodes = 1 + (rng.below(10) as usize).div_ceil(2).min(4);
    let mut storm = Storm::new(nodes, rng.chance(1, 4));
    let links = link(&mut rng, storm.frames);
    // FLUSHALL without save points, with them and without snapshots, or not at all.
    let (saves, flushes, snapshots) =
        pick(&mut rng, &[(false, true, true), (true, true, false), (true, false, true), (true, false, true)]);
    (storm.flushes, storm.snapshots) = (flushes, snapshots);
    let spec = draw_nodes(&mut rng, nodes, saves);
    let end_ms = 8000 + rng.below(17_000);
    let clients = draw_clients(&mut rng, nodes, end_ms);
    storm.clients = clients.len();
    storm.blow(&mut rng, end_ms);
    storm.calm(&mut rng, end_ms);
    map([
        ("title", text(&["Swarm ", &*crate::world::decimal(seed)].concat())),
        ("question", text("Does everything hold that must always hold?")),
        ("seed", number(seed)),
        ("duration_ms", number(end_ms + CALM.as_millis())),
        ("default_link", links),
        ("nodes", Value::List(spec)),
        ("clients", Value::List(clients)),
        ("actions", Value::List(storm.actions)),
    ])
}

/// Plays a drawn scenario under the eyes of the checker, until all replicas have their master's data or something is
/// broken.
pub fn play(scenario: &Value) -> Result<Outcome, SpecError> {
    let run = Run::read(scenario, None)?;
    let mut checked = Checked::new(&run)?;
    checked.advance(run.scenario().duration);
    let digest = checked.world().digest();
    // The checker has a bound for this, and breaks its own invariant behind it; without a calm it has not.
    let limit = checked.world().time() + PATIENCE;
    while checked.checker().first().is_none() && checked.world().time() < limit && !checked.checker().has_converged() {
        checked.advance(LOOK_EVERY);
    }
    if !checked.checker().has_converged() {
        checked.give_up();
    }
    let limit = checked.world().time() + LEVELLING;
    while checked.checker().first().is_none() && checked.world().time() < limit && !is_level(checked.world()) {
        checked.advance(LOOK_EVERY);
    }
    checked.finish();
    Ok(outcome(digest, checked.world(), checked.checker()))
}

fn outcome(digest: u64, world: &World, checker: &Checker) -> Outcome {
    let statuses = world.nodes().filter_map(|view| world.status(view.id));
    Outcome {
        digest,
        events: world.log().count(false),
        happenings: world.happenings(),
        time: world.time(),
        tried: Check::ALL.map(|check| checker.light(check).tried),
        violations: checker.violations(),
        resyncs: statuses
            .fold((0, 0), |(full, partial), status| (full + status.sync_full, partial + status.sync_partial_ok)),
    }
}

/// Whether all nodes of one history are at one offset.
fn is_level(world: &World) -> bool {
    let places = || world.nodes().filter_map(|view| view.node).map(|node| (node.replid(), node.master_repl_offset()));
    places().all(|(replid, offset)| places().all(|other| other.0 != replid || other.1 == offset))
}

fn draw_nodes(rng: &mut Rng, nodes: usize, saves: bool) -> Vec<Value> {
    let mut shared = Vec::new();
    for (directive, values) in SHARED {
        if rng.chance(3, 4) {
            shared.push((*directive, text(pick(rng, values))));
        }
    }
    let chains = rng.chance(1, 2);
    let skewed = rng.chance(1, 5);
    let keys = if rng.chance(1, 2) { rng.below(60) } else { 0 };
    let node = |index: usize| {
        let mut config = shared.clone();
        for (directive, values) in OWN {
            if rng.chance(1, 4) {
                config.retain(|(known, _)| known != directive);
                config.push((*directive, text(pick(rng, values))));
            }
        }
        if !saves {
            config.retain(|(known, _)| *known != "save");
            config.push(("save", text("")));
        }
        let mut fields = vec![("name", text(NAMES[index])), ("config", map(config))];
        if index > 0 && rng.chance(9, 10) {
            let master = if chains { rng.below(index as u64) as usize } else { 0 };
            fields.push(("replicaof", text(NAMES[master])));
        }
        if index == 0 && keys > 0 {
            fields.push(("keys", number(keys)));
            fields.push(("value_bytes", number(pick(rng, &[0, 40, 3000]))));
        }
        if skewed {
            fields.push(("skew_ms", Value::Number(rng.below(6000) as f64 - 3000.0)));
        }
        if rng.chance(1, 8) {
            fields.push(("save_bytes_per_s", number(pick(rng, &[20_000, 1_000_000]))));
            fields.push(("load_bytes_per_s", number(pick(rng, &[50_000, 2_000_000]))));
        }
        map(fields)
    };
    (0..nodes).map(node).collect()
}

fn draw_clients(rng: &mut Rng, nodes: usize, end_ms: u64) -> Vec<Value> {
    let count = rng.below(4) as usize;
    let client = |index: usize| {
        let to = if rng.chance(3, 4) { 0 } else { rng.below(nodes as u64) as usize };
        let mut fields = vec![
            ("name", text(CLIENTS[index])),
            ("to", text(NAMES[to])),
            ("prefix", text(&[CLIENTS[index], ":"].concat())),
            ("value_bytes", number(pick(rng, &[0, 3, 20, 20, 120, 120, 900, 9000]))),
            ("keys", number(1 + rng.below(60))),
            ("read_percent", number(rng.below(40))),
            ("stop_ms", number(end_ms)),
        ];
        if rng.chance(3, 4) {
            fields.push(("per_s", number(2 + rng.below(60))));
            fields.push(("poisson", Value::Bool(rng.chance(1, 2))));
        } else {
            fields.push(("concurrency", number(1 + rng.below(4))));
            fields.push(("think_ms", number(20 + rng.below(300))));
        }
        map(fields)
    };
    (0..count).map(client).collect()
}

/// Settings of a link before the calm.
fn link(rng: &mut Rng, frames: bool) -> Value {
    let mut fields = vec![("latency_ms", number(pick(rng, &[0, 1, 1, 5, 30, 120])))];
    if rng.chance(1, 2) {
        fields.push(("jitter_ms", number(rng.below(30))));
    }
    if rng.chance(1, 4) {
        fields.push(("bandwidth_bytes_per_s", number(pick(rng, &[30_000, 300_000, 5_000_000]))));
    }
    if rng.chance(1, 4) {
        fields.push(("window_bytes", number(pick(rng, &[2048, 16_384, 65_536]))));
    }
    if frames || rng.chance(1, 4) {
        fields.push(("loss_ppm", number(rng.below(80_000))));
    }
    if frames {
        fields.push(("transport", text("textbook")));
        fields.push(("duplicate_ppm", number(rng.below(40_000))));
        fields.push(("overtaking", Value::Bool(rng.chance(1, 2))));
    }
    map(fields)
}

/// Names of nodes.
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];
/// Names of clients.
const CLIENTS: [&str; 3] = ["app", "shop", "jobs"];

/// Directives that all nodes have alike.
const SHARED: &[(&str, &[&str])] = &[
    ("repl-diskless-sync", &["yes", "no"]),
    ("repl-diskless-sync-delay", &["0", "0", "1", "5"]),
    ("repl-diskless-load", &["disabled", "on-empty-db", "swapdb"]),
    ("repl-backlog-size", &["16kb", "32kb", "100kb", "1mb"]),
    ("repl-timeout", &["3", "6", "60"]),
    ("repl-ping-replica-period", &["1", "2", "10"]),
    ("client-output-buffer-limit", &["replica 256mb 64mb 60", "replica 60kb 30kb 3", "replica 0 0 0"]),
    ("min-replicas-to-write", &["0", "0", "1", "2"]),
    ("min-replicas-max-lag", &["2", "10"]),
];

/// Directives that a node may have for itself.
const OWN: &[(&str, &[&str])] = &[
    ("repl-backlog-ttl", &["0", "2", "3600"]),
    ("repl-backlog-size", &["16kb", "50kb"]),
    ("save", &["", "1 1", "3 20"]),
    ("repl-diskless-sync-max-replicas", &["0", "1", "2"]),
    ("hz", &["1", "10", "100"]),
    ("rdbcompression", &["yes", "no"]),
];

fn pick<T: Copy>(rng: &mut Rng, values: &[T]) -> T {
    values[rng.below(values.len() as u64) as usize]
}

fn map<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Map(fields.into_iter().map(|(name, value)| (String::from(name), value)).collect())
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn number(number: u64) -> Value {
    Value::Number(number as f64)
}
