//! The faults of a drawn scenario, the commands that people type meanwhile, and the calm behind it.

use super::{CLIENTS, NAMES, map, number, pick, text};
use crate::base::Rng;
use crate::run::Value;
use crate::world::NodeSpec;

/// Actions under construction.
pub(super) struct Storm {
    nodes: usize,
    pub(super) clients: usize,
    /// Links carry the stream in frames.
    pub(super) frames: bool,
    /// FLUSHALL may be typed.
    pub(super) flushes: bool,
    /// Processes may start again from their snapshot. Not where FLUSHALL is typed and save points make it write one: that is
    /// empty and stands at the offset before it, as that of redis-server, so a node that starts from it is not what it says
    /// (`docs/redis-replication.md` 3.7).
    pub(super) snapshots: bool,
    /// Nothing is typed at the first node until then.
    quiet_until_ms: u64,
    pub(super) actions: Vec<Value>,
    /// Processes that were killed and not started again.
    down: Vec<bool>,
    /// Somebody changed who follows whom.
    roles_changed: bool,
}

impl Storm {
    pub(super) fn new(nodes: usize, frames: bool) -> Storm {
        Storm {
            nodes,
            clients: 0,
            frames,
            flushes: false,
            snapshots: true,
            quiet_until_ms: 0,
            actions: Vec::new(),
            down: vec![false; nodes],
            roles_changed: false,
        }
    }

    /// Faults and commands up to `end_ms`.
    pub(super) fn blow(&mut self, rng: &mut Rng, end_ms: u64) {
        let pause = pick(rng, &[150, 400, 1200]);
        let faults = pick(rng, &[0, 10, 30, 60]);
        let promotes = rng.chance(1, 2);
        let mut at_ms = rng.below(3000);
        while at_ms < end_ms {
            if rng.chance(faults, 100) {
                self.fault(rng, at_ms, promotes);
            } else {
                self.command(rng, at_ms);
            }
            at_ms += 1 + rng.below(2 * pause);
        }
    }

    fn act<'a>(&mut self, at_ms: u64, what: &str, fields: impl IntoIterator<Item = (&'a str, Value)>) {
        let head = [("at_ms", number(at_ms)), ("do", text(what))];
        self.actions.push(map(head.into_iter().chain(fields)));
    }

    fn node(&self, rng: &mut Rng) -> usize {
        rng.below(self.nodes as u64) as usize
    }

    /// Two nodes, or seldom a client and a node.
    fn cable(&self, rng: &mut Rng) -> Value {
        if self.nodes < 2 || (self.clients > 0 && rng.chance(1, 8)) {
            let client = CLIENTS[rng.below(self.clients.max(1) as u64) as usize];
            return pair(if self.clients > 0 { client } else { NAMES[0] }, NAMES[self.node(rng)]);
        }
        let a = self.node(rng);
        let b = (a + 1 + rng.below(self.nodes as u64 - 1) as usize) % self.nodes;
        pair(NAMES[a], NAMES[b])
    }

    fn fault(&mut self, rng: &mut Rng, at_ms: u64, promotes: bool) {
        let has_links = self.nodes > 1 || self.clients > 0;
        let kind = rng.below(if promotes { 13 } else { 10 });
        let node = self.node(rng);
        match kind {
            0..=5 if !has_links => {}
            0 => {
                let link = self.cable(rng);
                self.act(at_ms, "cut", [("link", link.clone())]);
                self.act(at_ms + rng.below(6000), "heal", [("link", link)]);
            }
            1 | 2 => {
                let (link, direction) = (self.cable(rng), pick(rng, &["both", "a_to_b", "b_to_a"]));
                self.act(at_ms, "silence", [("link", link.clone()), ("direction", text(direction))]);
                self.act(at_ms + rng.below(9000), "heal", [("link", link)]);
            }
            3 => {
                let link = self.cable(rng);
                self.act(at_ms, "reset", [("link", link)]);
            }
            4 => {
                let (link, change) = (self.cable(rng), super::link(rng, self.frames));
                self.set_link(at_ms, link, change);
            }
            5 if self.frames && self.nodes > 1 => {
                let link = pair(NAMES[node], NAMES[(node + 1) % self.nodes]);
                self.act(at_ms, "drop_next", [("link", link), ("frames", number(1 + rng.below(5)))]);
            }
            6 => self.act(at_ms, "freeze", [("node", text(NAMES[node])), ("for_ms", number(rng.below(7000)))]),
            7 | 8 => {
                self.act(at_ms, "crash", [("node", text(NAMES[node]))]);
                self.down[node] = rng.chance(1, 5);
                if !self.down[node] {
                    let fields =
                        [("node", text(NAMES[node])), ("snapshot", Value::Bool(rng.chance(2, 3) && self.snapshots))];
                    self.act(at_ms + rng.below(4000), "restart", fields);
                }
            }
            9 if self.clients > 0 => {
                let client = text(CLIENTS[rng.below(self.clients as u64) as usize]);
                self.act(at_ms, "client_to", [("client", client), ("node", text(NAMES[node]))]);
            }
            10.. => self.change_roles(rng, at_ms, node),
            _ => {}
        }
    }

    fn set_link(&mut self, at_ms: u64, link: Value, change: Value) {
        let Value::Map(settings) = change else { return };
        let settings = settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
        self.act(at_ms, "set_link", [("link", link)].into_iter().chain(settings));
    }

    fn change_roles(&mut self, rng: &mut Rng, at_ms: u64, node: usize) {
        self.roles_changed = true;
        let of = self.node(rng);
        match rng.below(4) {
            0 => self.act(at_ms, "promote", [("node", text(NAMES[node]))]),
            1 if of != node => self.act(at_ms, "replicaof", [("node", text(NAMES[node])), ("of", text(NAMES[of]))]),
            2 => self.fail_over(rng, at_ms),
            _ if of != node => {
                // A change of master as people do it: promote one, let the other follow.
                self.act(at_ms, "promote", [("node", text(NAMES[of]))]);
                self.act(at_ms + rng.below(800), "replicaof", [("node", text(NAMES[node])), ("of", text(NAMES[of]))]);
            }
            _ => {}
        }
    }

    /// FAILOVER of the first node. One without an end is aborted some time later; until then nothing else is typed there:
    /// a write of the same console would wait for the end, in front of the line that brings it.
    fn fail_over(&mut self, rng: &mut Rng, at_ms: u64) {
        let line = pick(rng, FAILOVERS);
        let line = self.fill_in(rng, line);
        self.type_line(at_ms, 0, &line);
        if !line.contains("TIMEOUT") {
            let until_ms = at_ms + 1 + rng.below(4000);
            self.type_line(until_ms, 0, "FAILOVER ABORT");
            self.quiet_until_ms = self.quiet_until_ms.max(until_ms + 1);
        }
    }

    /// A line with numbers in place of its signs.
    fn fill_in(&self, rng: &mut Rng, line: &str) -> String {
        let words = line.split(' ').map(|word| match word {
            "#" => crate::world::decimal(rng.below(6)),
            "##" => crate::world::decimal(rng.below(3000)),
            "@" => NodeSpec::ip(rng.below(self.nodes as u64) as usize),
            _ => word.into(),
        });
        words.collect::<Vec<String>>().join(" ")
    }

    fn type_line(&mut self, at_ms: u64, node: usize, line: &str) {
        self.act(at_ms, "command", [("node", text(NAMES[node])), ("line", text(line))]);
    }

    /// A line that somebody types, at the first node more often than at others.
    fn command(&mut self, rng: &mut Rng, at_ms: u64) {
        let node = if rng.chance(2, 3) { 0 } else { self.node(rng) };
        let line = match pick(rng, LINES) {
            "FLUSHALL" if !self.flushes => "FLUSHDB",
            line => line,
        };
        let line = self.fill_in(rng, line);
        if node == 0 && at_ms <= self.quiet_until_ms {
            return;
        }
        self.type_line(at_ms, node, &line);
        if line == "MULTI" {
            for step in 1..=rng.below(4) {
                let inner = pick(rng, &["SET m 1", "INCR m", "RPUSH ml x y", "SELECT 2", "PEXPIRE m 700", "DEL ml"]);
                self.type_line(at_ms + step, node, inner);
            }
            self.type_line(at_ms + 5, node, pick(rng, &["EXEC", "EXEC", "EXEC", "DISCARD"]));
        }
    }

    /// Everything works again, and nothing stands in the way of a full resync.
    pub(super) fn calm(&mut self, rng: &mut Rng, end_ms: u64) {
        // What began in the storm may end behind it.
        let at_ms = end_ms + 100;
        let latest = at_ms + 9000;
        self.actions.retain(|action| at_of(action).is_none_or(|at| at <= latest));
        let nodes = &NAMES[..self.nodes];
        for (index, a) in nodes.iter().enumerate() {
            for b in &nodes[..index] {
                self.mend(rng, latest, pair(a, b));
            }
        }
        for client in CLIENTS.iter().take(self.clients) {
            self.act(latest, "heal", [("link", pair(client, NAMES[0]))]);
        }
        for (node, name) in nodes.iter().enumerate() {
            self.act(latest, "resume", [("node", text(name))]);
            if self.down[node] {
                self.act(latest, "restart", [("node", text(name)), ("snapshot", Value::Bool(self.snapshots))]);
            }
            for line in [
                "DISCARD",
                "FAILOVER ABORT",
                "CONFIG SET client-output-buffer-limit \"replica 0 0 0\"",
                "CONFIG SET repl-timeout 60",
            ] {
                self.type_line(latest + 1000, node, line);
            }
        }
        if self.roles_changed {
            self.act(latest + 1000, "promote", [("node", text(NAMES[0]))]);
            for (node, name) in nodes.iter().enumerate().skip(1) {
                let of = if rng.chance(1, 3) { rng.below(node as u64) as usize } else { 0 };
                self.act(latest + 1100, "replicaof", [("node", text(name)), ("of", text(NAMES[of]))]);
            }
        }
    }

    fn mend(&mut self, rng: &mut Rng, at_ms: u64, link: Value) {
        let settings = [("latency_ms", 1), ("loss_ppm", 0), ("bandwidth_bytes_per_s", 0), ("window_bytes", 1 << 20)];
        let settings = settings.map(|(name, value)| (name, number(value)));
        self.act(at_ms, "set_link", [("link", link.clone())].into_iter().chain(settings));
        self.act(at_ms, "heal", [("link", link.clone())]);
        if rng.chance(1, 2) {
            self.act(at_ms, "reset", [("link", link)]);
        }
    }
}

/// `@` is the address of a node, `#` a small number, `##` a large one.
const FAILOVERS: &[&str] = &[
    "FAILOVER",
    "FAILOVER TIMEOUT ##",
    "FAILOVER TIMEOUT ##",
    "FAILOVER ABORT",
    "FAILOVER TO @ 6379",
    "FAILOVER TO @ 6379 TIMEOUT ##",
    "FAILOVER TO @ 6379 FORCE TIMEOUT ##",
];

/// Lines that people type; signs as above. All of them exist in the page's module.
const LINES: &[&str] = &[
    "SET s: 1",
    "SET k:x ##",
    "SET e:1 x PX ##",
    "SET e:2 y EX #",
    "PSETEX e:3 ## z",
    "INCR n",
    "INCRBYFLOAT f 0.1",
    "APPEND k:x tail",
    "SETRANGE k:x # abc",
    "GETEX k:x PX ##",
    "GETSET k:x ##",
    "MSET k:1 ## k:2 ## k:3 x",
    "LPUSH l a b ##",
    "RPOP l",
    "LMOVE l ll LEFT RIGHT",
    "LTRIM l 0 #",
    "DEL k:1",
    "UNLINK l",
    "RENAME k:2 k:1",
    "COPY k:1 k:c REPLACE",
    "MOVE k:c #",
    "EXPIRE n #",
    "PEXPIRE k:x ##",
    "PERSIST k:x",
    "SELECT #",
    "SELECT 0",
    "SWAPDB 0 #",
    "FLUSHDB",
    "FLUSHALL",
    "MULTI",
    "MULTI",
    "WAIT 1 ##",
    "WAIT # 500",
    "WAIT 0 0",
    "SAVE",
    "BGSAVE",
    "DEBUG SLEEP 0.3",
    "CLIENT KILL TYPE replica",
    "CLIENT KILL TYPE master",
    "CONFIG SET min-replicas-to-write 1",
    "CONFIG SET min-replicas-to-write 0",
    "CONFIG SET repl-backlog-size 20kb",
    "CONFIG SET repl-backlog-size 200kb",
    "CONFIG SET repl-ping-replica-period 1",
    "GET e:1",
    "EXISTS e:1 e:2 e:3",
];

fn pair(a: &str, b: &str) -> Value {
    Value::List(vec![text(a), text(b)])
}

/// When an action is due, in milliseconds.
fn at_of(action: &Value) -> Option<u64> {
    let Value::Map(fields) = action else { return None };
    match fields.first() {
        Some((_, Value::Number(at_ms))) => Some(*at_ms as u64),
        _ => None,
    }
}
