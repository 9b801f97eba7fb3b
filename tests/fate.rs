//! The fate of every write: what is called lost is what the data set of the new master lacks, whatever happened before.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::collections::BTreeSet;

use common::Setup;
use psync_playground::base::{ClientId, NodeId, Rng, Seed, Span, Time};
use psync_playground::event::Direction;
use psync_playground::run::fate::{Fate, Fates, Judge};
use psync_playground::run::{Place, Run};
use psync_playground::world::{Action, Cable, Load, Outcome, World, Write, Wrote};

/// Failovers that are played; more with `FAILOVERS=100000 cargo test --release --test fate`.
const FAILOVERS: u64 = 1000;

fn setup(rng: &mut Rng) -> Setup {
    let pick = |rng: &mut Rng, values: &[&'static str]| values[rng.below(values.len() as u64) as usize];
    let mut setup = Setup::replicas(2);
    for (directive, values) in [
        ("repl-diskless-sync", &["yes", "no"][..]),
        ("repl-diskless-sync-delay", &["0"]),
        ("repl-backlog-size", &["16kb", "1mb"]),
        ("repl-backlog-ttl", &["1", "3600", "3600"]),
        ("save", &["", "1 1"]),
        ("min-replicas-to-write", &["0", "0", "1"]),
    ] {
        let value = pick(rng, values);
        setup = setup.config_all(directive, value);
    }
    let latency = Span::from_millis(1 + rng.below(120));
    let (per_s, poisson) = (10 + rng.below(40), rng.chance(1, 2));
    let closed = rng.chance(1, 4);
    let value_bytes = [10, 200, 3000][rng.below(3) as usize];
    setup.seed = rng.next_u64();
    setup.link(|link| link.latency = latency).client("app", "master", |client| {
        client.load = match closed {
            true => Load::Closed { concurrency: 3, think: Span::from_millis(60) },
            false => Load::Open { per_s, poisson },
        };
        client.value_bytes = value_bytes;
        client.read_percent = 10;
        // Of so many keys none comes up twice.
        client.keys = 1 << 50;
    })
}

/// The number of the key of a load generator's write.
fn key_of(write: &Write) -> u64 {
    let Wrote::Request { key, .. } = write.what else { panic!("{write:?}") };
    key
}

/// One failover: the master, or the way to it, fails, a replica is promoted and all others follow it in the end.
struct Failover {
    world: World,
    rng: Rng,
    told: Vec<String>,
}

impl Failover {
    fn new(seed: u64) -> Failover {
        let mut rng = Seed(seed).split("failover", 0).rng();
        let setup = setup(&mut rng);
        let mut world = World::new(&setup.spec, Seed(setup.seed)).expect("it fits");
        world.start_trace();
        Failover { world, rng, told: Vec::new() }
    }

    fn run_ms(&mut self, ms: u64) {
        self.world.advance_to(self.world.time() + Span::from_millis(ms));
    }

    /// Does something, unless it makes no sense at the moment.
    fn act(&mut self, action: Action) {
        self.told.push(format!("{} ms {action:?}", self.world.time().as_millis()));
        let _ = self.world.act(&action);
    }

    fn line(&mut self, node: NodeId, line: &str) {
        self.act(Action::Command { node, line: line.into() });
    }

    fn wait(&mut self, most_ms: u64) {
        let ms = self.rng.below(most_ms);
        self.run_ms(ms);
    }

    /// Something that makes the nodes differ.
    fn trouble(&mut self, leader: NodeId) {
        let other = NodeId(((u64::from(leader.0) + 1 + self.rng.below(2)) % 3) as u32);
        let cable = Cable::Nodes(leader, other);
        let snapshot = self.rng.chance(2, 3);
        match self.rng.below(9) {
            0 | 1 => self.act(Action::Cut(cable)),
            2 => self.act(Action::Silence(cable, Direction::Both)),
            3 => self.act(Action::Freeze(leader, None)),
            4 => self.act(Action::Freeze(other, Some(Span::from_millis(700)))),
            5 | 6 => self.act(Action::Crash(leader)),
            7 => self.line(leader, "DEBUG CHANGE-REPL-ID"),
            _ => self.act(Action::Restart { node: leader, snapshot }),
        }
    }

    fn play(&mut self) -> NodeId {
        self.run_ms(1500);
        let mut leader = NodeId(0);
        for _ in 0..1 + self.rng.below(2) {
            self.wait(900);
            self.trouble(leader);
            self.wait(900);
            if self.rng.chance(1, 3) {
                self.line(leader, "BGSAVE");
                self.trouble(leader);
                self.wait(500);
            }
            leader = NodeId((leader.0 + 1 + self.rng.below(2) as u32) % 3);
            self.act(Action::Promote(leader));
            self.wait(400);
            self.act(Action::ClientTo { client: ClientId(0), node: leader });
            self.wait(900);
        }
        self.converge(leader);
        leader
    }

    /// Ends the trouble and lets everybody follow the leader.
    fn converge(&mut self, leader: NodeId) {
        self.act(Action::ClientTo { client: ClientId(0), node: leader });
        self.world.end_faults();
        for node in (0..3).map(NodeId) {
            if self.world.status(node).is_none() {
                self.act(Action::Restart { node, snapshot: true });
            }
        }
        self.run_ms(300);
        // Also a leader that was started again: its configuration says that it is a replica.
        self.act(Action::Promote(leader));
        for node in (0..3).map(NodeId).filter(|node| *node != leader) {
            self.act(Action::ReplicaOf { node, of: leader });
        }
        self.wait(800);
        self.act(Action::ClientRate { client: ClientId(0), per_s: 0 });
        let limit = self.world.time() + Span::from_secs(30);
        while !self.agreed(leader) {
            assert!(self.world.time() < limit, "no agreement\n{}", self.told.join("\n"));
            self.run_ms(250);
        }
    }

    fn agreed(&self, leader: NodeId) -> bool {
        let digest = |node: NodeId| self.world.node(node).and_then(|view| Some(view.node?.keyspace().digest()));
        let led = (0..3).map(NodeId).all(|node| digest(node) == digest(leader));
        led && self.world.clients().all(|client| client.pending == 0)
    }
}

/// Plays a quarter of all failovers.
fn failovers(quarter: u64) {
    let all = std::env::var("FAILOVERS").ok().and_then(|count| count.parse().ok()).unwrap_or(FAILOVERS);
    let seeds = all * quarter / 4..all * (quarter + 1) / 4;
    let count = seeds.end - seeds.start;
    let (mut with_losses, mut all_lost, mut all_safe) = (0, 0, 0);
    for seed in seeds {
        let mut failover = Failover::new(seed);
        let leader = failover.play();
        let world = &failover.world;
        let trace = world.trace().expect("a trace");
        let keyspace = world.node(leader).and_then(|view| view.node).expect("a process").keyspace();
        let prefix = &world.spec().clients[0].prefix;
        let name = |key: u64| format!("{prefix}{key}");
        let acknowledged = || trace.writes().filter(|write| write.outcome == Outcome::Acknowledged);
        let missing: BTreeSet<u64> = acknowledged()
            .filter(|write| keyspace.get(0, name(key_of(write)).as_bytes()).is_none())
            .map(key_of)
            .collect();
        let judge = Judge::new(trace, world);
        let fated = |wanted: &dyn Fn(Fate) -> bool| -> BTreeSet<u64> {
            judge.acknowledged().filter(|(_, fate)| wanted(*fate)).map(|(write, _)| key_of(write)).collect()
        };
        let lost = fated(&|fate| matches!(fate, Fate::Lost(_)));
        let told = || failover.told.join("\n");
        assert_eq!(lost, missing, "seed {seed}\n{}", told());
        let safe = fated(&|fate| fate == Fate::Safe);
        assert_eq!(lost.len() + safe.len(), acknowledged().count(), "seed {seed}: the rest\n{}", told());
        let counts = judge.counts();
        assert_eq!((counts.lost, counts.safe), (lost.len() as u64, safe.len() as u64), "seed {seed}");
        let tally = world.client(ClientId(0)).expect("a client").tally;
        assert_eq!(tally.acknowledged, acknowledged().count() as u64, "seed {seed}: all are traced");
        with_losses += u64::from(!lost.is_empty());
        all_lost += lost.len();
        all_safe += safe.len();
    }
    assert!(with_losses * 5 > count, "only {with_losses} of {count} failovers lost something");
    assert!(all_safe > all_lost && all_lost as u64 > count, "{all_lost} lost, {all_safe} safe");
}

#[test]
fn what_is_lost_is_what_the_data_sets_lack() {
    failovers(0);
}

// The same with other seeds, for the other threads of a test run.
#[test]
fn what_is_lost_is_what_the_data_sets_lack_2() {
    failovers(1);
}

#[test]
fn what_is_lost_is_what_the_data_sets_lack_3() {
    failovers(2);
}

#[test]
fn what_is_lost_is_what_the_data_sets_lack_4() {
    failovers(3);
}

/// The story of the late write: the master takes writes alone, then follows the replica that was promoted meanwhile.
fn late_write() -> Run {
    let json = std::fs::read_to_string("www/scenarios/late-write.json").expect("the scenario");
    Run::read(&serde_json::from_str(&json).expect("valid JSON"), None).expect("it fits")
}

/// Lost, at risk, safe.
fn counted(fates: &Fates, run: &Run) -> [u64; 3] {
    let counts = Judge::new(fates.trace().expect("a trace"), run.world()).counts();
    [counts.lost, counts.at_risk, counts.safe]
}

#[test]
fn a_late_write_is_at_risk_first_and_then_lost() {
    let mut run = late_write();
    let mut fates = Fates::new(&run).expect("it fits");
    let mut at = |ms: u64| {
        run.seek(Place::after(Time::from_millis(ms)));
        assert!(fates.follow(&run, &mut || false).expect("it fits"));
        counted(&fates, &run)
    };
    let [lost, at_risk, safe] = at(7900);
    assert!(lost == 0 && at_risk < 10 && safe > 80, "in step: {lost} {at_risk} {safe}");
    let [lost, at_risk, safe_then] = at(13_900);
    assert!(lost == 0 && (100..130).contains(&at_risk) && safe_then >= safe, "cut: {lost} {at_risk} {safe_then}");
    let [lost, _, safe_last] = at(35_000);
    assert!((100..130).contains(&lost) && safe_last > 300, "followed: {lost} {safe_last}");
    // Back again: what ended later is left out, and nothing had to be computed anew.
    assert_eq!(at(13_900), [0, at_risk, safe_then]);
    assert_eq!(at(35_000)[0], lost);
}

#[test]
fn a_trace_in_slices_is_the_trace_and_starts_anew_when_the_past_is_changed() {
    let mut run = late_write();
    run.advance_to(Time::from_millis(30_000));
    let mut whole = Fates::new(&run).expect("it fits");
    assert!(whole.follow(&run, &mut || false).expect("it fits"));
    assert_eq!(whole.place(), run.place());
    let mut sliced = Fates::new(&run).expect("it fits");
    let mut slices = 1;
    while !sliced.follow(&run, &mut || true).expect("it fits") {
        slices += 1;
    }
    assert!(slices > 5, "{slices}");
    let writes = |fates: &Fates| format!("{:?}", fates.trace());
    assert_eq!(writes(&whole), writes(&sliced));
    // The link is healed before the writes that would have been lost.
    run.seek(Place::after(Time::from_millis(8100)));
    run.act(Action::Heal(Cable::Nodes(NodeId(0), NodeId(1)))).expect("a link");
    run.advance_to(Time::from_millis(30_000));
    assert!(whole.follow(&run, &mut || false).expect("it fits"));
    assert!(counted(&whole, &run)[0] < 80, "{:?}", counted(&whole, &run));
    let mut anew = Fates::new(&run).expect("it fits");
    assert!(anew.follow(&run, &mut || false).expect("it fits"));
    assert_eq!(writes(&whole), writes(&anew));
}

#[test]
fn a_trace_changes_nothing_in_the_world() {
    let setup = setup(&mut Seed(5).rng());
    let mut plain = World::new(&setup.spec, Seed(5)).expect("it fits");
    let mut traced = plain.clone();
    traced.start_trace();
    for world in [&mut plain, &mut traced] {
        world.advance_to(Time::from_millis(10_000));
    }
    assert_eq!(plain.digest(), traced.digest());
    assert!(plain.trace().is_none() && traced.trace().is_some_and(|trace| trace.writes().count() > 100));
}

#[test]
fn what_is_typed_has_a_fate_too() {
    let mut run = late_write();
    // The way to the replica is cut by now: what is typed stays on the old master.
    run.advance_to(Time::from_millis(9000));
    for line in ["GET by-hand", "SET by-hand 1", "NOSUCH", "DEL nobody-has-this", "INCR by-hand"] {
        run.console(NodeId(0), line).expect("a node");
    }
    run.advance_to(Time::from_millis(9100));
    let mut fates = Fates::new(&run).expect("it fits");
    let mut typed = |run: &Run| -> Vec<(String, Fate)> {
        assert!(fates.follow(run, &mut || false).expect("it fits"));
        let trace = fates.trace().expect("a trace");
        let judge = Judge::new(trace, run.world());
        let lines = judge.acknowledged().filter_map(|(write, fate)| match write.what {
            Wrote::Line(number) => trace.typed(number).map(|typed| (typed.line.to_string(), fate)),
            Wrote::Request { .. } => None,
        });
        lines.collect()
    };
    let lines = typed(&run);
    let texts: Vec<&str> = lines.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(texts, ["INCR by-hand", "SET by-hand 1"], "only what wrote, the latest first");
    assert!(lines.iter().all(|(_, fate)| *fate == Fate::OnlyOn(NodeId(0))), "{lines:?}");
    run.advance_to(Time::from_millis(35_000));
    let last = typed(&run);
    let lost = last.iter().filter(|(line, fate)| line.contains("by-hand") && matches!(fate, Fate::Lost(_)));
    assert_eq!(lost.count(), 2, "{last:?}");
}
