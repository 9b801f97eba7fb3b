//! Points of no return: the search says what trying every moment says, and leaves the run alone.
//!
//! The brute force here shares no code with the search: it plays one world forward on a grid of moments, and from each of
//! them a copy without faults.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use common::Setup;
use psync_playground::base::{NodeId, Rng, Seed, Span, Time};
use psync_playground::event::{Direction, EventKind, FullReason};
use psync_playground::repl::{LinkState, ReplicaState};
use psync_playground::run::no_return::{Cause, MOST_PROBES, NoReturn, Search, Since};
use psync_playground::run::{Place, Run, Scenario};
use psync_playground::world::{Action, Cable, Event, LinkChange, Load, World};

const END_MS: u64 = 32_000;
/// Runs that have to be compared, and how far apart the moments of the brute force are, in milliseconds. More and finer:
/// `NO_RETURNS=500 GRAIN_MS=20 cargo test --release --test no_return`.
const RUNS: u64 = 50;
const GRAIN_MS: u64 = 500;

fn scenario(seed: u64) -> Scenario {
    let mut rng = Seed(seed).split("no return", 0).rng();
    let leaf = rng.chance(1, 3);
    let mut setup = Setup::replicas(1 + rng.below(2) as usize);
    if leaf {
        setup = setup.node("leaf", Some("replica-1"));
    }
    let pick = |rng: &mut Rng, values: &[&'static str]| values[rng.below(values.len() as u64) as usize];
    for (directive, values) in [
        ("repl-backlog-size", &["16kb", "16kb", "30kb", "60kb"][..]),
        ("repl-timeout", &["4", "8", "60"]),
        ("repl-backlog-ttl", &["2", "3600", "3600"]),
        ("client-output-buffer-limit", &["replica 256mb 64mb 60", "replica 100kb 20kb 2"]),
    ] {
        let value = pick(&mut rng, values);
        setup = setup.config_all(directive, value);
    }
    let jitter = Span::from_millis(rng.below(3));
    let per_s = 5 + rng.below(20);
    let value_bytes = [50, 300][rng.below(2) as usize];
    let mut setup = setup.link(|link| link.jitter = jitter).client("app", "master", |client| {
        client.load = Load::Open { per_s, poisson: true };
        client.value_bytes = value_bytes;
        client.keys = 50;
    });
    let nodes = setup.spec.nodes.len() as u32;
    let mut actions = Vec::new();
    for (first, width) in [(4_000, 4_000), (17_000, 2_000)] {
        let at = first + rng.below(width);
        outage(&mut rng, &mut actions, at, nodes, leaf);
    }
    actions.sort_by_key(|(at, _)| *at);
    setup.spec.actions = actions;
    Scenario {
        title: "an outage".into(),
        question: String::new(),
        story: String::new(),
        seed,
        duration: Span::from_millis(END_MS),
        pause_at: None,
        steps: Vec::new(),
        spec: setup.spec,
    }
}

/// Something goes wrong, and is put right some seconds later.
fn outage(rng: &mut Rng, actions: &mut Vec<(Time, Action)>, at_ms: u64, nodes: u32, leaf: bool) {
    let node = NodeId(1 + rng.below(u64::from(nodes) - 1) as u32);
    let above = if leaf && node.0 == nodes - 1 { NodeId(1) } else { NodeId(0) };
    let cable = Cable::Nodes(above, node);
    let lasts = 1_000 + rng.below(9_000);
    let (at, end) = (Time::from_millis(at_ms), Time::from_millis(at_ms + lasts));
    let slow = LinkChange { bandwidth_bytes_per_s: Some(400), ..LinkChange::default() };
    let fast = LinkChange { bandwidth_bytes_per_s: Some(1_000_000), ..LinkChange::default() };
    let restart = |snapshot| Action::Restart { node, snapshot };
    let change_id = Action::Command { node: above, line: "DEBUG CHANGE-REPL-ID".into() };
    let mut then = |moment, action| actions.push((moment, action));
    match rng.below(12) {
        0..3 => [(at, Action::Cut(cable)), (end, Action::Heal(cable))].map(|(time, action)| then(time, action)),
        3..5 => [(at, Action::Silence(cable, Direction::Both)), (end, Action::Heal(cable))]
            .map(|(time, action)| then(time, action)),
        5..7 => {
            [(at, Action::Freeze(node, None)), (end, Action::Resume(node))].map(|(time, action)| then(time, action))
        }
        7 => [(at, Action::SetLink(cable, slow)), (end, Action::SetLink(cable, fast))]
            .map(|(time, action)| then(time, action)),
        8 => [(at, Action::Crash(node)), (end, restart(rng.chance(1, 2)))].map(|(time, action)| then(time, action)),
        9 => [(at, Action::Crash(above)), (end, Action::Restart { node: above, snapshot: rng.chance(1, 2) })]
            .map(|(time, action)| then(time, action)),
        10 => {
            then(at + Span::from_millis(lasts / 2), change_id);
            [(at, Action::Cut(cable)), (end, Action::Heal(cable))].map(|(time, action)| then(time, action))
        }
        // One who was cut off and promoted comes back.
        _ => {
            then(end, Action::Heal(cable));
            then(at, Action::Cut(cable));
            let middle = at + Span::from_millis(lasts / 2);
            [(middle, Action::Promote(node)), (end, Action::ReplicaOf { node, of: above })]
                .map(|(time, action)| then(time, action))
        }
    };
}

fn is_demand(event: &Event) -> bool {
    matches!(event.kind, EventKind::FullRequired { .. }) && event.peer.is_some()
}

fn find(run: &Run, seq: u64) -> NoReturn {
    let mut search = Search::new(run, seq).expect("a full resync");
    search.work(&mut || false).expect("an end")
}

/// Whether a replica is in step with the node that it follows, on a connection that both hold for live.
fn attached(world: &World, replica: NodeId) -> bool {
    let Some(link) = world.status(replica).and_then(|status| status.master) else { return false };
    link.state == LinkState::Connected
        && world.connections().any(|connection| {
            let replicas = world.status(connection.acceptor).map_or(Vec::new(), |status| status.replicas);
            let online = |conn| replicas.iter().any(|it| it.conn == conn && it.state == ReplicaState::Online);
            connection.dialler == replica
                && link.conn == Some(connection.dialler_conn)
                && connection.standing
                && connection.acceptor_conn.is_some_and(online)
        })
}

/// What becomes of a world without faults: whether a full resync is avoided.
fn avoids(mut world: World, replica: NodeId, full: Time) -> bool {
    world.end_faults();
    let seen = world.log().count(false);
    let demanded =
        |world: &World| world.log().causes_since(seen).any(|event| is_demand(event) && event.peer == Some(replica));
    world.advance_to(full);
    let limit = full + Span::from_secs(130);
    while !demanded(&world) {
        if attached(&world, replica) {
            return true;
        }
        if world.time() > limit {
            return false;
        }
        world.advance_to(world.time() + Span::from_millis(100));
    }
    false
}

/// The latest moment of the grid, in milliseconds, from which the full resync is avoided.
fn by_force(scenario: &Scenario, full: &Event, floor_ms: u64, grain_ms: u64) -> Option<u64> {
    let mut world = World::new(&scenario.spec, Seed(scenario.seed)).expect("it fits");
    let replica = full.peer.expect("a replica");
    let mut latest = None;
    let mut at_ms = floor_ms;
    while Time::from_millis(at_ms) < full.time {
        world.advance_to(Time::from_millis(at_ms));
        if avoids(world.clone(), replica, full.time) {
            latest = Some(at_ms);
        }
        at_ms += grain_ms;
    }
    latest
}

/// When the replica was last in step, or in need of a snapshot, before event `full`.
fn floor(world: &World, full: &Event) -> Option<u64> {
    let mut in_step = false;
    let mut floor = 0;
    for event in world.log().causes_since(0).take_while(|event| event.seq < full.seq) {
        let resynced = matches!(event.kind, EventKind::FullResynced { .. } | EventKind::PartialResynced { .. });
        in_step |= resynced && event.node == full.peer;
        if (resynced && event.node == full.peer) || (is_demand(event) && event.peer == full.peer) {
            floor = event.time.0.div_ceil(1_000_000);
        }
    }
    let asked = !matches!(full.kind, EventKind::FullRequired { reason: FullReason::NoHistory, .. });
    (in_step || asked).then_some(floor)
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn the_search_finds_what_trying_every_moment_finds() {
    let (runs, grain_ms) = (number("NO_RETURNS", RUNS), number("GRAIN_MS", GRAIN_MS));
    let mut compared = 0;
    let mut moments = 0;
    let mut causes = Vec::new();
    for seed in 0.. {
        let scenario = scenario(seed);
        let mut run = Run::new(scenario.clone(), None).expect("it fits");
        run.advance_to(Time::from_millis(END_MS));
        let fulls: Vec<Event> = run.world().log().causes_since(0).filter(|event| is_demand(event)).cloned().collect();
        let mut new = 0;
        // The first of a run, and the last, which has most behind it.
        let later = fulls.iter().rfind(|full| floor(run.world(), full).is_some());
        for full in fulls.iter().take(1).chain(later) {
            let found = find(&run, full.seq);
            let Some(floor_ms) = floor(run.world(), full) else {
                assert_eq!((found.since, found.probes), (Since::Ever, 0), "seed {seed}: {found:?}");
                continue;
            };
            let forced = by_force(&scenario, full, floor_ms, grain_ms);
            let told = format!("seed {seed}: {found:?}\nby force {forced:?} of {floor_ms} to {full:?}");
            match (found.since, forced) {
                (Since::At(since), Some(latest_ms)) => {
                    let since_ms = since.as_millis();
                    assert!(latest_ms < since_ms && since_ms <= latest_ms + grain_ms, "{told}");
                    moments += 1;
                }
                (Since::Faultless(_), None) => {}
                _ => panic!("{told}"),
            }
            assert!(found.probes <= MOST_PROBES, "{told}");
            causes.push(found.cause);
            new = 1;
        }
        compared += new;
        if compared >= runs {
            break;
        }
    }
    assert!(moments * 3 > compared, "most full resyncs could have been avoided: {moments} moments in {compared} runs");
    let wanted =
        [Cause::BacklogPassed, Cause::OutputLimit, Cause::BacklogFreed, Cause::IdChanged, Cause::MasterRestarted];
    let came_up = |cause: &Cause| causes.contains(cause);
    assert!(runs < RUNS || wanted.iter().all(came_up), "{wanted:?} did not all come up: {causes:?}");
}

/// The story of the long cut, played to its end.
fn long_cut() -> Run {
    let json = std::fs::read_to_string("www/scenarios/long-cut.json").expect("the scenario");
    let mut run = Run::read(&serde_json::from_str(&json).expect("valid JSON"), None).expect("it fits");
    run.advance_to(Time::from_millis(45_000));
    run
}

fn last_demand(run: &Run) -> u64 {
    run.world().log().causes_since(0).filter(|event| is_demand(event)).last().expect("a full resync").seq
}

#[test]
fn the_backlog_that_passes_is_the_point_of_no_return_of_a_long_cut() {
    let run = long_cut();
    let found = find(&run, last_demand(&run));
    assert_eq!(found.cause, Cause::BacklogPassed);
    let Since::At(since) = found.since else { panic!("{found:?}") };
    // Cut at 8 s; one megabyte of backlog is full after some 10 s of 100 kB/s.
    assert!((16_000..19_000).contains(&since.as_millis()), "{found:?}");
    // A person who heals the link in time, and one who does so a millisecond too late.
    for (at_ms, avoided) in [(since.as_millis() - 1, true), (since.as_millis(), false)] {
        let mut other = run.clone();
        other.seek(Place::after(Time::from_millis(at_ms)));
        other.act(Action::Heal(Cable::Nodes(NodeId(0), NodeId(1)))).expect("a link");
        let seen = other.world().log().count(false);
        other.advance_to(Time::from_millis(45_000));
        let demands = other.world().log().causes_since(seen).filter(|event| is_demand(event)).count();
        assert_eq!(demands == 0, avoided, "healed at {at_ms} ms");
    }
}

#[test]
fn a_search_in_slices_says_the_same_and_leaves_the_run_alone() {
    let mut runs = (0..).map(|seed| {
        let mut run = Run::new(scenario(seed), None).expect("it fits");
        run.advance_to(Time::from_millis(END_MS));
        run
    });
    let is_avoidable = |run: &Run| matches!(find(run, last_demand(run)).since, Since::At(_));
    let run = runs.find(is_avoidable).expect("one that could have been avoided");
    let before = (run.place(), run.end(), run.world().digest());
    let seq = last_demand(&run);
    let whole = find(&run, seq);
    let mut search = Search::new(&run, seq).expect("a full resync");
    let mut slices = 1;
    let sliced = loop {
        match search.work(&mut || true) {
            Some(found) => break found,
            None => slices += 1,
        }
    };
    assert_eq!(whole, sliced);
    assert!(slices > 10, "{slices} slices");
    assert_eq!(before, (run.place(), run.end(), run.world().digest()));
    // What was never a full resync has no such point.
    assert!(Search::new(&run, seq + 1).is_none() && Search::new(&run, 0).is_none());
}

#[test]
fn a_crash_is_the_point_of_no_return_of_a_replica_that_kept_nothing() {
    let mut scenario = scenario(1);
    let node = NodeId(1);
    let crash = Time::from_millis(9000);
    let restart = Action::Restart { node, snapshot: false };
    scenario.spec.actions = vec![(crash, Action::Crash(node)), (crash + Span::from_secs(2), restart)];
    let mut run = Run::new(scenario, None).expect("it fits");
    run.advance_to(Time::from_millis(15_000));
    // Whoever follows the replica needs a snapshot, too, because its master is gone.
    let of_replica = |event: &&Event| is_demand(event) && event.peer == Some(node);
    let demand = run.world().log().causes_since(0).filter(of_replica).last().expect("a full resync");
    let found = find(&run, demand.seq);
    assert_eq!((found.since, found.cause), (Since::At(crash), Cause::ReplicaRestarted));
}
