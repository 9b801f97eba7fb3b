//! A laboratory: a whole world in a few lines. Build it, write, cut, run, expect.

#![allow(dead_code, clippy::unwrap_used)]

use psync_playground::base::{ClientId, NodeId, Seed, Span, Time};
use psync_playground::event::EventKind;
use psync_playground::node::Status;
use psync_playground::run::checker::Checker;
use psync_playground::view::checks;
use psync_playground::world::{
    Action, Cable, ClientSpec, ConnectionView, Event, LineKind, LinkSettings, Load, Moment, NodeSpec, World, WorldSpec,
};

/// A world and what a test needs to handle it. Nodes are meant by name. What must always hold is checked all the time.
#[derive(Clone)]
pub(crate) struct Lab {
    pub(crate) world: World,
    pub(crate) checker: Checker,
    /// Events up to this number were looked at.
    seen: u64,
}

/// What a laboratory is made of.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) spec: WorldSpec,
    pub(crate) seed: u64,
}

impl Setup {
    /// `master`, and `replica-1`, `replica-2`, ... that follow it. Snapshots go over disk and without the wait for more
    /// replicas, unless a directive says otherwise.
    pub(crate) fn replicas(count: usize) -> Setup {
        let mut setup = Setup { spec: WorldSpec::default(), seed: 7 }.node("master", None);
        for number in 1..=count {
            setup = setup.node(&format!("replica-{number}"), Some("master"));
        }
        setup.config_all("repl-diskless-sync", "no").link(|link| link.latency = Span::from_millis(1))
    }

    pub(crate) fn node(mut self, name: &str, replicaof: Option<&str>) -> Setup {
        let mut node = NodeSpec::new(name, self.spec.nodes.len());
        node.replicaof = replicaof.map(|master| self.spec.node_named(master).expect("a node"));
        self.spec.nodes.push(node);
        self
    }

    pub(crate) fn config(mut self, node: &str, directive: &str, value: &str) -> Setup {
        self.edit(node).config.push((directive.into(), value.into()));
        self
    }

    pub(crate) fn config_all(mut self, directive: &str, value: &str) -> Setup {
        for node in &mut self.spec.nodes {
            node.config.push((directive.into(), value.into()));
        }
        self
    }

    pub(crate) fn edit(&mut self, node: &str) -> &mut NodeSpec {
        let id = self.spec.node_named(node).expect("a node");
        &mut self.spec.nodes[id.0 as usize]
    }

    pub(crate) fn with(mut self, node: &str, change: impl FnOnce(&mut NodeSpec)) -> Setup {
        change(self.edit(node));
        self
    }

    /// Settings of all links.
    pub(crate) fn link(mut self, change: impl FnOnce(&mut LinkSettings)) -> Setup {
        change(&mut self.spec.default_link);
        self
    }

    /// A load generator of so many writes per second.
    pub(crate) fn writes(self, node: &str, per_s: u64, value_bytes: u64) -> Setup {
        self.client("app", node, |client| {
            client.load = Load::Open { per_s, poisson: false };
            client.value_bytes = value_bytes;
        })
    }

    pub(crate) fn client(mut self, name: &str, node: &str, change: impl FnOnce(&mut ClientSpec)) -> Setup {
        let mut client = ClientSpec::new(name, self.spec.node_named(node).expect("a node"));
        change(&mut client);
        self.spec.clients.push(client);
        self
    }

    pub(crate) fn start(&self) -> Lab {
        let world = World::new(&self.spec, Seed(self.seed)).expect("a fitting specification");
        Lab { checker: Checker::new(&world), world, seen: 0 }
    }

    /// Started, and run until every replica is attached and everything has settled.
    pub(crate) fn settled(&self) -> Lab {
        let mut lab = self.start();
        lab.run_ms(5000);
        lab.forget();
        lab
    }
}

impl Lab {
    pub(crate) fn id(&self, node: &str) -> NodeId {
        self.world.spec().node_named(node).expect("a node")
    }

    pub(crate) fn run_ms(&mut self, ms: u64) {
        let until = Moment::after(self.world.time() + Span::from_millis(ms));
        self.checker.look(&self.world);
        self.world.run_until(until, &mut |world| {
            self.checker.look(world);
            false
        });
        self.expect_sound();
    }

    /// Nothing is broken that must always hold.
    pub(crate) fn expect_sound(&self) {
        if let Some(violation) = self.checker.first() {
            panic!("{}\n{}", checks::sentence(&self.world, violation), self.story());
        }
    }

    pub(crate) fn ms(&self) -> u64 {
        self.world.time().as_millis()
    }

    /// Runs until `done`, checked each millisecond. Panics after `limit_ms`.
    pub(crate) fn run_until(&mut self, limit_ms: u64, mut done: impl FnMut(&Lab) -> bool) {
        let limit = self.ms() + limit_ms;
        while !done(self) {
            assert!(self.ms() < limit, "it did not happen within {limit_ms} ms; events:\n{}", self.story());
            self.run_ms(1);
        }
    }

    pub(crate) fn act(&mut self, action: Action) {
        self.world.act(&action).expect("a fitting action");
    }

    pub(crate) fn cable(&self, a: &str, b: &str) -> Cable {
        Cable::Nodes(self.id(a), self.id(b))
    }

    pub(crate) fn cut(&mut self, a: &str, b: &str) {
        self.act(Action::Cut(self.cable(a, b)));
    }

    pub(crate) fn heal(&mut self, a: &str, b: &str) {
        self.act(Action::Heal(self.cable(a, b)));
    }

    /// Types a line at a node and runs until the answer is there.
    pub(crate) fn type_at(&mut self, node: &str, line: &str) -> String {
        let id = self.id(node);
        let typed = self.world.transcript(id).unwrap().last_seq();
        self.world.console(id, line).expect("a fitting line");
        let mut answer = Vec::new();
        for _ in 0..1000 {
            let lines = self.world.transcript(id).unwrap().since(typed);
            answer = lines.filter(|line| line.kind != LineKind::Input).map(|line| line.text.to_string()).collect();
            if !answer.is_empty() {
                break;
            }
            self.run_ms(1);
        }
        answer.join("\n")
    }

    pub(crate) fn status(&self, node: &str) -> Status {
        self.world.status(self.id(node)).expect("a running node")
    }

    /// A field of INFO.
    pub(crate) fn info(&self, node: &str, field: &str) -> String {
        let text = self.world.info(self.id(node), "everything").expect("a running node");
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.unwrap_or_else(|| panic!("no {field} in\n{text}")).to_owned()
    }

    /// Events since the last look for one of `kind`; nothing is looked at twice.
    pub(crate) fn forget(&mut self) {
        self.seen = self.world.log().count(false);
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.world.log().since(self.seen)
    }

    pub(crate) fn count(&self, wanted: impl Fn(&EventKind) -> bool) -> usize {
        self.events().filter(|event| wanted(&event.kind)).count()
    }

    /// The first event since [`Lab::forget`] that is wanted.
    pub(crate) fn expect(&self, wanted: impl Fn(&EventKind) -> bool) -> &Event {
        match self.events().find(|event| wanted(&event.kind)) {
            Some(event) => event,
            None => panic!("no such event in\n{}", self.story()),
        }
    }

    /// The causes since [`Lab::forget`], for messages of failed tests.
    pub(crate) fn story(&self) -> String {
        let line = |event: &Event| {
            let name = |id: Option<NodeId>| id.map_or("", |id| &self.world.spec().nodes[id.0 as usize].name);
            format!("{:>9} ms {} {} {:?}\n", event.time.as_millis(), name(event.node), name(event.peer), event.kind)
        };
        self.events().filter(|event| event.kind.is_cause()).map(line).collect()
    }

    /// Whether a replica is attached and has everything that its master produced, and the same data.
    pub(crate) fn in_sync(&self, master: &str, replica: &str) -> bool {
        let (above, below) = (self.status(master), self.status(replica));
        let digest = |node: &str| self.world.node(self.id(node)).unwrap().node.unwrap().keyspace().digest();
        above.master_repl_offset == below.master_repl_offset
            && above.replid == below.replid
            && digest(master) == digest(replica)
    }

    pub(crate) fn expect_in_sync(&mut self, master: &str, replica: &str) {
        self.run_until(3000, |lab| lab.in_sync(master, replica));
    }

    /// The connection between two nodes, if there is one.
    pub(crate) fn connection(&self, dialler: &str, acceptor: &str) -> Option<ConnectionView> {
        let ends = (self.id(dialler), self.id(acceptor));
        self.world.connections().find(|connection| (connection.dialler, connection.acceptor) == ends)
    }

    pub(crate) fn client(&self) -> psync_playground::world::ClientView<'_> {
        self.world.client(ClientId(0)).expect("a client")
    }

    pub(crate) fn pause_writes(&mut self) {
        self.act(Action::ClientRate { client: ClientId(0), per_s: 0 });
    }

    pub(crate) fn at(&self) -> Time {
        self.world.time()
    }
}
