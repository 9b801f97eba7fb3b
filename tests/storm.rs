//! Storms: random worlds under random faults, then everything is healed and every replica has to hold what its master
//! holds within a bounded time. A failure names its seed.

mod common;

use common::{Lab, Setup};
use psync_playground::base::{ClientId, NodeId, Rng, Seed, Span};
use psync_playground::event::Direction;
use psync_playground::node::Node;
use psync_playground::repl::LinkState;
use psync_playground::world::{Action, Cable, LinkChange, Load, Transport};

/// How long the storm lasts, and how long the calm may take; the checker has a bound of its own, by the size of the data.
const STORM_MS: u64 = 40_000;
const CALM_MS: u64 = 600_000;

struct Storm {
    lab: Lab,
    rng: Rng,
    nodes: u64,
    /// Roles may change, too.
    promotes: bool,
    told: Vec<String>,
}

fn setup(rng: &mut Rng) -> Setup {
    let mut setup = Setup::replicas(1 + rng.below(2) as usize);
    if rng.chance(1, 2) {
        setup = setup.node("leaf", Some("replica-1"));
    }
    let pick = |rng: &mut Rng, values: &[&'static str]| values[rng.below(values.len() as u64) as usize];
    for (directive, values) in [
        ("repl-diskless-sync", &["yes", "no"][..]),
        ("repl-diskless-sync-delay", &["0", "1", "5"]),
        ("repl-diskless-load", &["disabled", "on-empty-db", "swapdb"]),
        ("repl-backlog-size", &["16kb", "100kb", "1mb"]),
        ("repl-timeout", &["4", "8", "60"]),
        ("repl-ping-replica-period", &["1", "3"]),
        ("repl-backlog-ttl", &["0", "2", "3600"]),
        ("save", &["", "1 1"]),
        ("client-output-buffer-limit", &["replica 256mb 64mb 60", "replica 200kb 100kb 5", "replica 0 0 0"]),
    ] {
        let value = pick(rng, values);
        setup = setup.config_all(directive, value);
    }
    setup.seed = rng.next_u64();
    let value_bytes = [10, 300, 20_000][rng.below(3) as usize];
    let setup = setup.client("app", "master", |client| {
        client.load = Load::Open { per_s: 40, poisson: true };
        client.value_bytes = value_bytes;
        client.read_percent = 10;
        client.keys = 50;
    });
    let jitter = Span::from_millis(rng.below(20));
    let ballast = if rng.chance(1, 4) { 200_000_000 } else { 0 };
    setup.link(|link| link.jitter = jitter).with("master", |node| node.ballast_bytes = ballast)
}

impl Storm {
    fn new(seed: u64, promotes: bool) -> Storm {
        let mut rng = Seed(seed).rng();
        let lab = setup(&mut rng).start();
        let nodes = lab.world.spec().nodes.len() as u64;
        Storm { lab, rng, nodes, promotes, told: Vec::new() }
    }

    fn node(&mut self) -> NodeId {
        NodeId(self.rng.below(self.nodes) as u32)
    }

    fn cable(&mut self) -> Cable {
        if self.rng.chance(1, 10) {
            return Cable::Client(ClientId(0));
        }
        let a = self.rng.below(self.nodes);
        let b = (a + 1 + self.rng.below(self.nodes - 1)) % self.nodes;
        Cable::Nodes(NodeId(a as u32), NodeId(b as u32))
    }

    fn gust(&mut self) -> Action {
        let direction = [Direction::Both, Direction::AToB, Direction::BToA][self.rng.below(3) as usize];
        let change = LinkChange {
            latency: Some(Span::from_millis(self.rng.below(300))),
            window_bytes: Some(1024 << self.rng.below(9)),
            loss_ppm: Some(self.rng.below(100_000) as u32),
            bandwidth_bytes_per_s: Some([0, 20_000, 10_000_000][self.rng.below(3) as usize]),
            jitter: None,
            transport: Some([Transport::Tcp, Transport::Tcp, Transport::Textbook][self.rng.below(3) as usize]),
            duplicate_ppm: Some(self.rng.below(50_000) as u32),
            overtaking: Some(self.rng.chance(1, 2)),
        };
        let lines =
            ["DEBUG SLEEP 1", "BGSAVE", "FLUSHALL", "MULTI", "EXEC", "WAIT 2 500", "CLIENT KILL TYPE replica", "SAVE"];
        let line = lines[self.rng.below(lines.len() as u64) as usize].into();
        let span = Span::from_millis(self.rng.below(6000));
        match self.rng.below(if self.promotes { 13 } else { 11 }) {
            0 => Action::Cut(self.cable()),
            1 | 2 => Action::Heal(self.cable()),
            3 => Action::Silence(self.cable(), direction),
            4 => Action::Reset(self.cable()),
            5 => Action::SetLink(self.cable(), change),
            6 => Action::Freeze(self.node(), Some(span)),
            7 => Action::Resume(self.node()),
            8 => Action::Crash(self.node()),
            9 => Action::Restart { node: self.node(), snapshot: self.rng.chance(2, 3) },
            10 => Action::Command { node: self.node(), line },
            11 => Action::Promote(self.node()),
            _ => Action::ReplicaOf { node: self.node(), of: self.node() },
        }
    }

    /// No stream byte is lost or made up between a master and its replica: what was sent and not received is under way.
    fn expect_conserved(&self) {
        for connection in self.lab.world.connections().filter(|it| it.standing && it.dialler != it.acceptor) {
            let (above, below) =
                (self.lab.world.status(connection.acceptor), self.lab.world.status(connection.dialler));
            let (Some(above), Some(below)) = (above, below) else { continue };
            let sent = above.replicas.iter().find(|replica| Some(replica.conn) == connection.acceptor_conn);
            let received = below.master.filter(|link| link.conn == Some(connection.dialler_conn));
            let (Some(sent), Some(received)) = (sent, received) else { continue };
            // Frames are lost and sent again: what is missing there is not under way.
            if received.state == LinkState::Connected && sent.session.is_none() {
                let under_way = (connection.in_flight[1] + connection.unread[1]) as i64;
                let missing = sent.next_offset - 1 - received.read_offset;
                assert_eq!(missing, under_way, "{}\n{}\n{connection:?}", self.told.join("\n"), self.lab.story());
            }
        }
    }

    fn blow(&mut self) {
        while self.lab.ms() < STORM_MS {
            let pause = 1 + self.rng.below(1500);
            self.lab.run_ms(pause);
            self.expect_conserved();
            let action = self.gust();
            self.told.push(format!("{} ms {action:?}", self.lab.ms()));
            // A storm asks for things that make no sense at the moment, too.
            let _ = self.lab.world.act(&action);
        }
    }

    /// Everything works again; the last node that is told to lead leads.
    fn calm(&mut self) {
        let change = LinkChange {
            latency: Some(Span::from_millis(1)),
            loss_ppm: Some(0),
            bandwidth_bytes_per_s: Some(0),
            window_bytes: Some(1 << 20),
            ..LinkChange::default()
        };
        let pairs = (0..self.nodes as u32).flat_map(|a| (0..a).map(move |b| Cable::Nodes(NodeId(a), NodeId(b))));
        for cable in pairs.chain([Cable::Client(ClientId(0))]) {
            self.lab.act(Action::SetLink(cable, change));
            self.lab.act(Action::Heal(cable));
        }
        for node in (0..self.nodes as u32).map(NodeId) {
            self.lab.act(Action::Resume(node));
            if self.lab.world.node(node).is_some_and(|view| view.node.is_none()) {
                self.lab.act(Action::Restart { node, snapshot: true });
            }
            let directives = ["client-output-buffer-limit \"replica 0 0 0\"", "repl-timeout 60"];
            for directive in directives {
                let line = format!("CONFIG SET {directive}");
                self.lab.world.console(node, "EXEC").expect("a fitting line");
                self.lab.world.console(node, &line).expect("a fitting line");
            }
            if self.promotes {
                let action =
                    if node.0 == 0 { Action::Promote(node) } else { Action::ReplicaOf { node, of: NodeId(0) } };
                self.lab.act(action);
            }
        }
    }

    /// Everybody comes to hold what the master holds. The checker has a bound for it, and compares the data.
    fn expect_agreement(&mut self, seed: u64) {
        let limit = self.lab.ms() + CALM_MS;
        while !(self.lab.checker.has_converged() && self.is_level()) {
            let told = || format!("{}\n{}", self.told.join("\n"), self.lab.story());
            assert!(self.lab.ms() < limit, "seed {seed}: no agreement\n{}", told());
            // Not in step with the crons: a heartbeat that has just left would be seen under way each time.
            self.lab.run_ms(1013);
        }
        self.lab.checker.finish(&self.lab.world);
        self.lab.expect_sound();
    }

    /// Whether all nodes are at the same offset.
    fn is_level(&self) -> bool {
        let mut offsets = self.lab.world.nodes().map(|view| view.node.map(Node::master_repl_offset));
        let first = offsets.next();
        offsets.all(|offset| Some(offset) == first)
    }
}

fn storms(seeds: core::ops::Range<u64>, promotes: bool) {
    for seed in seeds {
        let mut storm = Storm::new(seed, promotes);
        storm.blow();
        storm.calm();
        storm.lab.run_ms(5000);
        storm.lab.pause_writes();
        storm.expect_agreement(seed);
    }
}

/// More seeds: `STORMS=1000 cargo test --release --test storm`.
fn seeds() -> u64 {
    std::env::var("STORMS").ok().and_then(|count| count.parse().ok()).unwrap_or(6)
}

#[test]
fn replicas_agree_after_a_storm() {
    storms(0..seeds(), false);
}

#[test]
fn replicas_agree_after_a_storm_with_changes_of_role() {
    storms(10_000..10_000 + seeds(), true);
}
