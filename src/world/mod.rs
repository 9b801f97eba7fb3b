//! Floor 5: what surrounds nodes. A virtual clock, an event queue, links that connect and fail, machines that save,
//! load, freeze and crash, load generators and consoles. Does not know what a command means; the links know bytes and
//! sizes only.
//!
//! `serve` is the loop around a node, `send` pulls its output onto links, `network` carries it to the other end,
//! `users` runs load generators and consoles, `faults` carries out actions, `eyes` shows, `frames` what is chosen one by
//! one, and `record` keeps what the links carried while somebody looks.
//!
//! One thing at a time comes out of the queue, and everything that it leads to at that moment happens before the next.
//! A call of [`World::advance_to`] takes out what is due and no more: a run is the same however it is cut into calls.

mod action;
mod carried;
mod client;
mod connection;
mod console;
mod eyes;
mod faults;
mod flow;
mod frames;
mod host;
mod link;
mod log;
mod network;
mod queue;
mod record;
mod send;
mod serve;
mod spec;
mod trace;
mod users;
mod values;

use core::hash::Hasher;
use std::sync::Arc;

pub use action::{
    Action, Cable, HIGHEST_RATE, LARGEST_AMOUNT, LARGEST_VALUE, LONGEST_LATENCY, LONGEST_LINE, LinkChange, MOST_DROPS,
    WINDOW_RANGE,
};
pub use carried::{Carried, Change, Effect, Ending, Party, Recording};
pub use client::Tally;
pub use connection::Stage;
pub use console::{ConsoleLine, LineKind, Transcript};
pub use eyes::{ClientView, ConnectionView, LinkView, Message, NodeView, Peer, Place};
pub use flow::MessageKind;
pub use frames::FrameView;
pub use link::{LinkSettings, LinkState, SHORTEST_LATENCY, Transport};
pub use log::{Event, Fold, Log};
pub use spec::{
    BOOT_STEP, ClientSpec, DEFAULT_PORT, DEFAULT_UNIX_EPOCH_MS, HostSpec, LinkSpec, Load, MOST_ACTIONS, MOST_CLIENTS,
    MOST_NODES, Mismatch, NodeSpec, SpecError, WorldSpec,
};
pub(crate) use spec::{decimal, quoted};
pub use trace::{MOST_WRITES, Older, Outcome, Spot, Trace, Typed, Write, Wrote};

use crate::base::{NodeId, Seed, Time};
use crate::node::{Outbox, Output};

use carried::Recorder;
use client::Client;
use connection::Connections;
use console::Session;
use host::{Host, SAMPLE_EVERY};
use link::Link;
use queue::{Happening, Queue};

/// The stop question of [`World::advance_until`] is asked once in so many happenings.
const ASK_EVERY: u64 = 256;

/// A point between two happenings of a run: a moment, and how many happenings of that very moment were computed. A
/// number of all happenings so far would say as much, but not outlive a version of the engine that needs fewer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// When.
    pub time: Time,
    /// Happenings at this time that lie before.
    pub order: u32,
}

impl Moment {
    /// Behind everything that happens at a time.
    pub const fn after(time: Time) -> Moment {
        Moment { time, order: u32::MAX }
    }
}

/// Nodes and everything around them. A clone is another world with the same past.
#[derive(Clone, Debug)]
pub struct World {
    time: Time,
    /// Happenings that were computed since `time` was reached.
    order: u32,
    seed: Seed,
    queue: Queue,
    spec: Arc<WorldSpec>,
    hosts: Vec<Host>,
    paths: Vec<Path>,
    connections: Connections,
    clients: Vec<Client>,
    sessions: Vec<Session>,
    transcripts: Vec<Transcript>,
    log: Log,
    /// Faults were ended, and no more are let in.
    calm: bool,
    /// It is played on no further than a full resync of this replica.
    ends_with: Option<NodeId>,
    trace: Option<Box<Trace>>,
    /// Messages that were handed to a link so far.
    sent: u64,
    recorder: Recorder,
    scratch: Scratch,
}

/// What is empty between happenings. A copy begins empty.
#[derive(Debug, Default)]
struct Scratch {
    /// What the node that was called last wants done.
    outbox: Outbox,
    /// A vector to swap with the outbox's.
    spare: Vec<Output>,
}

impl Clone for Scratch {
    fn clone(&self) -> Scratch {
        let outbox = Outbox { traces: self.outbox.traces, ..Outbox::default() };
        Scratch { outbox, spare: Vec::new() }
    }
}

/// A link and what it connects.
#[derive(Clone, Debug)]
struct Path {
    link: Link,
    ends: PathEnds,
}

/// What a path connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PathEnds {
    /// A machine with itself.
    Loopback,
    /// A load generator with its node.
    Client(u32),
    /// Two nodes.
    Nodes(u32, u32),
}

impl World {
    /// A world at its beginning. The same specification and seed give the same run.
    pub fn new(spec: &WorldSpec, seed: Seed) -> Result<World, SpecError> {
        spec.check()?;
        let mut world = World {
            time: Time::ZERO,
            order: 0,
            seed,
            queue: Queue::default(),
            spec: Arc::new(spec.clone()),
            hosts: Vec::new(),
            paths: Vec::new(),
            connections: Connections::default(),
            clients: Vec::new(),
            sessions: vec![Session::default(); spec.nodes.len() * 2],
            transcripts: vec![Transcript::default(); spec.nodes.len()],
            log: Log::default(),
            calm: false,
            ends_with: None,
            trace: None,
            sent: 0,
            recorder: Recorder::default(),
            scratch: Scratch::default(),
        };
        for (index, node) in spec.nodes.iter().enumerate() {
            let config = spec.config_of(index)?;
            world.hosts.push(Host::new(node, index, config, spec.unix_epoch_ms, seed));
            world.queue.push(node.boot, Happening::Boot { node: index as u32 });
        }
        world.add_paths();
        for (index, client) in spec.clients.iter().enumerate() {
            world.clients.push(Client::new(client, index, seed));
            world.queue.push(client.start, Happening::ClientDial { client: index as u32 });
            world.arm_client(index);
        }
        for (index, (at, _)) in spec.actions.iter().enumerate() {
            world.queue.push(*at, Happening::Action { index: index as u32 });
        }
        world.queue.push(Time::ZERO + SAMPLE_EVERY, Happening::Sample);
        Ok(world)
    }

    /// The paths that the specification names: loopback, one for each load generator, links.
    fn add_paths(&mut self) {
        let spec = Arc::clone(&self.spec);
        let loopback = LinkSettings { latency: SHORTEST_LATENCY, bandwidth_bytes_per_s: 0, ..LinkSettings::default() };
        let link = Link::new(loopback, self.seed.split("loopback", 0));
        self.paths.push(Path { link, ends: PathEnds::Loopback });
        for (index, client) in spec.clients.iter().enumerate() {
            let link = Link::new(client.link, self.seed.split("client link", index as u64));
            self.paths.push(Path { link, ends: PathEnds::Client(index as u32) });
        }
        for link in &spec.links {
            let path = self.path_between(link.between.0.0, link.between.1.0);
            self.paths[path].link.settings = link.settings;
        }
        for (index, node) in spec.nodes.iter().enumerate() {
            if let Some(master) = node.replicaof {
                self.path_between(master.0, index as u32);
            }
        }
    }

    /// The path between two nodes; it begins to exist when it is first spoken of.
    fn path_between(&mut self, a: u32, b: u32) -> usize {
        if a == b {
            return 0;
        }
        let wanted = |ends| ends == PathEnds::Nodes(a, b) || ends == PathEnds::Nodes(b, a);
        if let Some(index) = self.paths.iter().position(|path| wanted(path.ends)) {
            return index;
        }
        let pair = u64::from(a.min(b)) << 32 | u64::from(a.max(b));
        let link = Link::new(self.spec.default_link, self.seed.split("link", pair));
        self.paths.push(Path { link, ends: PathEnds::Nodes(a, b) });
        self.paths.len() - 1
    }

    /// The moment up to which the run has been computed.
    pub fn time(&self) -> Time {
        self.time
    }

    /// What the world is made of.
    pub fn spec(&self) -> &WorldSpec {
        &self.spec
    }

    /// What happened.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Lets nodes hold the same memory where their streams are the same: of each node and the one before it. Says how many
    /// bytes each of them shares so. Nothing that can be observed changes.
    pub fn share_streams(&mut self) -> Vec<u64> {
        let mut shared = vec![0; self.hosts.len()];
        for index in 1..self.hosts.len() {
            let (before, rest) = self.hosts.split_at_mut(index);
            if let (Some(other), Some(node)) = (&before[index - 1].node, &mut rest[0].node) {
                shared[index] = node.share_stream(other);
            }
        }
        shared
    }

    /// How many happenings of the queue were computed so far, a measure of the work.
    pub fn happenings(&self) -> u64 {
        self.queue.done()
    }

    /// Computes everything up to and including `until`.
    pub fn advance_to(&mut self, until: Time) {
        self.advance_until(until, &mut || false);
    }

    /// As [`World::advance_to`], but asks now and then whether to stop early. Returns the moment that was reached.
    pub fn advance_until(&mut self, until: Time, stop: &mut dyn FnMut() -> bool) -> Time {
        let mut count = 0;
        self.run_until(Moment::after(until), &mut |_| {
            count += 1;
            count % ASK_EVERY == 0 && stop()
        });
        self.time
    }

    /// Computes until an event was logged, a cause if `cause_only`; `false` if there is none up to `limit`.
    pub fn step_event(&mut self, cause_only: bool, limit: Time) -> bool {
        let before = self.log.count(cause_only);
        self.run_until(Moment::after(limit), &mut |world| world.log.count(cause_only) > before)
    }

    /// Computes what lies before `until`. `stop` is asked after each happening; says whether it stopped the run.
    pub fn run_until(&mut self, until: Moment, stop: &mut dyn FnMut(&World) -> bool) -> bool {
        while self.queue.next().is_some_and(|next| self.order_at(next) < until) {
            let Some((time, what)) = self.queue.pop(until.time) else { break };
            self.reach(time);
            self.order += 1;
            self.happen(what);
            if stop(self) {
                return true;
            }
        }
        self.reach(until.time);
        false
    }

    /// Which place the next happening has, if it is at `time`.
    fn order_at(&self, time: Time) -> Moment {
        Moment { time, order: if time == self.time { self.order } else { 0 } }
    }

    fn reach(&mut self, time: Time) {
        if time > self.time {
            self.time = time;
            self.order = 0;
        }
    }

    /// The point that was reached.
    pub fn moment(&self) -> Moment {
        self.order_at(self.time)
    }

    /// A number that two runs share only if the same happened and their nodes hold the same.
    pub fn digest(&self) -> u64 {
        let mut fold = Fold::default();
        fold.write_u64(self.time.0);
        fold.write_u64(self.log.digest());
        for host in &self.hosts {
            let Some(node) = &host.node else {
                fold.write_u64(0);
                continue;
            };
            let status = node.status(host.now(self.time));
            fold.write(status.replid.as_str().as_bytes());
            fold.write_i64(status.master_repl_offset);
            fold.write_u64(node.keyspace().digest());
        }
        fold.finish()
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Boot { node } => self.boot(node as usize),
            Happening::NodeTimer { node } => self.timer(node as usize),
            Happening::HostReady { node } => self.host_ready(node as usize),
            Happening::JobDone { node, process } => self.job_done(node as usize, process),
            Happening::Dial { conn } => self.dial_step(conn),
            Happening::Arrive { conn, end } => self.arrive(conn, usize::from(end)),
            Happening::Room { conn, end } => self.room(conn, usize::from(end)),
            Happening::ClientDue { client } => self.client_due(client as usize),
            Happening::ClientDial { client } => self.client_dial(client as usize),
            Happening::Action { index } => self.scheduled(index as usize),
            Happening::Sample => self.sample(),
        }
    }

    /// An action of the scenario. It fits the world; whether it makes sense at this moment is not the world's problem.
    fn scheduled(&mut self, index: usize) {
        let spec = Arc::clone(&self.spec);
        if let Some((_, action)) = spec.actions.get(index) {
            let _ = self.act(action);
        }
    }

    fn sample(&mut self) {
        for host in &mut self.hosts {
            let now = host.now(self.time);
            if let Some(node) = &host.node {
                let offset = node.status(now).master_repl_offset;
                host.sample(offset);
            }
        }
        self.queue.push(self.time + SAMPLE_EVERY, Happening::Sample);
    }

    fn host(&self, id: NodeId) -> Option<&Host> {
        self.hosts.get(id.0 as usize)
    }
}
