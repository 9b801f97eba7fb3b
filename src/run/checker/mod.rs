//! The checker: what must hold in every world, whatever is done to it. It looks at a world after each of its happenings
//! and remembers, for every invariant, how often it was put to the test and where it was broken first.
//!
//! Nothing of it runs unless somebody asks: a world does not know of it. `breach` names what can be broken, `streams` keeps
//! what was produced, `limits` what a master has to keep to, `calm` judges convergence, `checked` plays a run a second time to
//! look at it, this file does the rest. Facts only; the sentences are `view::checks`.

mod breach;
mod calm;
mod checked;
mod limits;
mod streams;

pub use breach::{Breach, Check, Light, Violation};
pub use checked::Checked;

use crate::base::{ConnId, NodeId, ReplId, Span, Time};
use crate::event::EventKind;
use crate::node::Node;
use crate::world::{Event, World};

use calm::Calm;
use streams::{Note, Streams, Wanted, WrongByte};

/// The data is noted so often at most,
const NOTE_EVERY: Span = Span::from_millis(100);
/// and later by a millisecond for so many bytes of data, because all of them are read for it.
const NOTE_BYTES_PER_MS: u64 = 4096;
/// A refused value is looked for in so many of the latest bytes of the stream.
const SEARCHED: i64 = 64 << 10;
/// Places of a stream where it is looked for at once.
const SEARCHED_AT_ONCE: usize = 64;
/// Shorter values might be in a stream by chance.
const TELLING_VALUE: usize = 12;

/// A node as it was seen last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    replid: ReplId,
    offset: i64,
    changes: u64,
    /// Offset and changes of the data that was compared or noted last.
    judged: (i64, u64),
    /// First byte that its backlog holds for certain, as far as its size has room; `None` without a backlog.
    held_from: Option<i64>,
    backlog_size: u64,
    backlog_resizes: u64,
    /// Where in the backlog the next piece begins that is compared.
    cursor: i64,
    compared_at: Time,
    /// min-replicas refuses writes.
    refuses: bool,
    /// A process that stood still has counted its good replicas again by then.
    counts_by: Time,
    /// The largest size that its backlog had.
    largest_size: u64,
    /// Bytes in its backlog.
    held: i64,
    /// A replica whose output is above its limit, and since when.
    over_since: Option<(ConnId, Time)>,
}

/// Looks at a world and finds what must not be.
#[derive(Clone, Debug)]
pub struct Checker {
    streams: Streams,
    nodes: Vec<Seen>,
    /// Number of the last event that was read.
    seq: u64,
    /// Refused writes that were looked for, of each client.
    refused: Vec<u64>,
    calm: Calm,
    lights: [Light; Check::ALL.len()],
}

/// What the events since the last look say of a node.
#[derive(Clone, Copy, Debug, Default)]
struct News {
    /// It may be anywhere: another process, a snapshot that was loaded.
    moved: bool,
    /// It was put at this offset.
    placed: Option<i64>,
    /// The gate of min-replicas changed.
    gate: bool,
}

impl Default for Seen {
    fn default() -> Seen {
        Seen {
            replid: ReplId::ZERO,
            offset: 0,
            changes: 0,
            judged: (i64::MIN, 0),
            held_from: None,
            backlog_size: 0,
            backlog_resizes: 0,
            cursor: 0,
            compared_at: Time::ZERO,
            refuses: false,
            counts_by: Time::ZERO,
            largest_size: 0,
            held: 0,
            over_since: None,
        }
    }
}

impl Checker {
    /// For a world that has just begun.
    pub fn new(world: &World) -> Checker {
        let mut checker = Checker {
            streams: Streams::default(),
            nodes: vec![Seen::default(); world.spec().nodes.len()],
            seq: 0,
            refused: vec![0; world.spec().clients.len()],
            calm: Calm::default(),
            lights: Default::default(),
        };
        checker.look(world);
        checker
    }

    /// What became of an invariant.
    pub fn light(&self, check: Check) -> &Light {
        &self.lights[check as usize]
    }

    /// What was broken first, if anything was.
    pub fn first(&self) -> Option<&Violation> {
        self.broken().min_by_key(|violation| violation.time)
    }

    /// Where each invariant that was broken was broken first, in order of time.
    pub fn violations(&self) -> Vec<Violation> {
        let mut violations: Vec<Violation> = self.broken().cloned().collect();
        violations.sort_by_key(|violation| violation.time);
        violations
    }

    fn broken(&self) -> impl Iterator<Item = &Violation> {
        self.lights.iter().filter_map(|light| light.broken.as_ref())
    }

    /// Whether everything works and all replicas hold what their master held when that began.
    pub fn has_converged(&self) -> bool {
        self.calm.has_converged()
    }

    /// Looks at what the last happening did.
    pub fn look(&mut self, world: &World) {
        let mut told = None;
        if world.log().count(false) != self.seq {
            told = Some(self.read_events(world));
        }
        for index in 0..self.nodes.len() {
            let id = NodeId(index as u32);
            let Some(node) = world.process(id) else { continue };
            let news = told.as_ref().map_or(News::default(), |told| told[index]);
            let seen = &self.nodes[index];
            let same_size = seen.backlog_resizes == node.backlog_resizes();
            let stays =
                seen.offset == node.master_repl_offset() && seen.changes == node.keyspace().changes() && same_size;
            if !stays || news.moved || news.gate || seen.replid != node.replid() {
                self.node_changed(world, id, node, news);
            }
        }
        if told.is_some() {
            self.judge_events(world);
        }
        self.find_refused(world);
        if let Some(breach) = self.calm.look(world, &mut self.lights[Check::Converged as usize]) {
            self.report(world, breach);
        }
    }

    /// The end of a run: the data of all nodes is compared, however recent the last comparison is.
    pub fn finish(&mut self, world: &World) {
        for index in 0..self.nodes.len() {
            let id = NodeId(index as u32);
            let Some(node) = world.process(id) else { continue };
            self.judge_data(world, id, node, Span::ZERO);
            self.compare_backlog(world, id, node, i64::MAX);
        }
    }

    fn report(&mut self, world: &World, breach: Breach) {
        let check = breach.check();
        let light = &mut self.lights[check as usize];
        light.broken.get_or_insert(Violation { check, time: world.time(), breach });
    }

    fn tried(&mut self, check: Check, world: &World) {
        self.lights[check as usize].try_at(world.time());
    }

    /// What the new events say of where nodes are.
    fn read_events(&mut self, world: &World) -> Vec<News> {
        let mut told = vec![News::default(); self.nodes.len()];
        for event in world.log().since(self.seq) {
            self.calm.note(&event.kind);
            let Some(at) = event.node.map(|node| node.0 as usize) else { continue };
            let (Some(news), Some(seen)) = (told.get_mut(at), self.nodes.get_mut(at)) else { continue };
            match event.kind {
                EventKind::NodeResumed => seen.counts_by = event.time + limits::RECOUNT,
                EventKind::NodeBusy { span } => seen.counts_by = event.time + span + limits::RECOUNT,
                EventKind::NodeStarted { .. } => (news.moved, news.placed) = (true, None),
                EventKind::LoadFinished { .. } => news.moved = true,
                EventKind::FullResynced { offset } => (news.moved, news.placed) = (true, Some(offset)),
                EventKind::BacklogCreated { .. } | EventKind::BacklogFreed { .. } => news.moved = true,
                EventKind::WritesRefused { .. } => news.gate = true,
                _ => {}
            }
        }
        told
    }

    /// What the new events say that can be judged when it is known where nodes are.
    fn judge_events(&mut self, world: &World) {
        for event in world.log().since(self.seq) {
            match event.kind {
                EventKind::AckReceived { offset, .. } => self.judge_ack(world, event, offset),
                EventKind::WaitAnswered { offset, acked, .. } => self.judge_wait(world, event, offset, acked),
                EventKind::ProtocolError { .. } if event.peer.is_some() => {
                    let Some(node) = event.node else { continue };
                    let offset = self.nodes[node.0 as usize].offset;
                    self.report(world, Breach::NotTheProtocol { node, offset });
                }
                EventKind::WritesRefused { refused } => {
                    if let Some(seen) = event.node.and_then(|node| self.nodes.get_mut(node.0 as usize)) {
                        seen.refuses = refused;
                    }
                }
                EventKind::NodeStarted { .. } => {
                    if let Some(seen) = event.node.and_then(|node| self.nodes.get_mut(node.0 as usize)) {
                        seen.refuses = world.log().since(self.seq).any(|later| {
                            later.node == event.node && later.kind == EventKind::WritesRefused { refused: true }
                        });
                    }
                }
                _ => {}
            }
        }
        self.seq = world.log().count(false);
    }

    fn judge_ack(&mut self, world: &World, event: &Event, acked: i64) {
        let (Some(node), Some(replica)) = (event.node, event.peer) else { return };
        let Some(master) = world.process(node).filter(|master| self.streams.knows(master.replid())) else { return };
        self.tried(Check::Counted, world);
        let reached = self.streams.reached(master.replid(), replica);
        if acked > reached {
            self.report(world, Breach::AckBeyond { node, replica, acked, reached });
        }
    }

    fn judge_wait(&mut self, world: &World, event: &Event, offset: i64, acked: i64) {
        // Who wrote nothing waits for nothing.
        let Some(node) = event.node.filter(|_| offset > 0) else { return };
        let Some(master) = world.process(node).filter(|master| self.streams.knows(master.replid())) else { return };
        self.tried(Check::Counted, world);
        let others = (0..self.nodes.len() as u32).map(NodeId).filter(|other| *other != node);
        let holders = others.filter(|other| self.streams.reached(master.replid(), *other) >= offset);
        // A replica that dials again is counted twice until its master sees that the old connection is closed.
        let peers: Vec<NodeId> = world
            .status(node)
            .into_iter()
            .flat_map(|status| status.replicas)
            .filter_map(|replica| world.peer(node, replica.conn)?.node)
            .collect();
        let held: i64 = holders.map(|holder| peers.iter().filter(|peer| **peer == holder).count().max(1) as i64).sum();
        if acked > held {
            self.report(world, Breach::Miscounted { node, offset, acked, held });
        }
    }

    /// A node has moved, or its data has changed.
    fn node_changed(&mut self, world: &World, id: NodeId, node: &Node, news: News) {
        let before = self.nodes[id.0 as usize];
        let (replid, offset) = (node.replid(), node.master_repl_offset());
        if !news.moved && offset != before.offset {
            self.tried(Check::Forward, world);
            if offset < before.offset {
                self.report(world, Breach::WentBack { node: id, from: before.offset, to: offset });
            }
        }
        let seen = &mut self.nodes[id.0 as usize];
        (seen.replid, seen.offset, seen.changes) = (replid, offset, node.keyspace().changes());
        (seen.backlog_size, seen.backlog_resizes) = (node.backlog_size(), node.backlog_resizes());
        seen.largest_size = seen.largest_size.max(node.backlog_size());
        let Some(window) = node.window() else {
            seen.held_from = None;
            return;
        };
        let is_new = news.moved || before.held_from.is_none();
        if is_new || node.backlog_resizes() != before.backlog_resizes {
            seen.held_from = Some(window.first_byte);
            seen.judged = (i64::MIN, 0);
        }
        if !news.moved && replid != before.replid {
            self.judge_fork(world, id, &before, offset);
        }
        if replid != before.replid || !self.streams.knows(replid) {
            self.learn(world, id, replid, window.first_byte);
        }
        let from = match news.placed {
            Some(placed) if is_new => placed + 1,
            _ if is_new => window.first_byte,
            _ => before.offset + 1,
        };
        self.take_bytes(world, id, node, from.max(window.first_byte));
        self.streams.reach(replid, id, offset);
        let wrote = !is_new && !news.gate && offset > before.offset;
        let lacks_replicas = world.time() >= before.counts_by && limits::lacks_replicas(world, id, node);
        if wrote && (before.refuses || lacks_replicas) {
            self.judge_gate(world, id, node, before.offset + 1);
        }
        self.judge_backlog(world, id, node);
        let every = Span::from_millis(node.keyspace().dataset_bytes() / NOTE_BYTES_PER_MS) + NOTE_EVERY;
        self.judge_data(world, id, node, every);
    }

    /// A node goes on under another name: it was where its history forked. One that was not seen before is new, or goes on
    /// from another.
    fn learn(&mut self, world: &World, id: NodeId, replid: ReplId, first: i64) {
        let Some(status) = world.status(id) else { return };
        self.learn_name(world, status.replid2);
        let forked = status.replid2 != ReplId::ZERO && self.streams.knows(status.replid2);
        let parent = forked.then(|| (status.replid2, status.second_replid_offset - 1));
        if let Some((parent, fork)) = parent {
            // A process that was frozen may have acknowledged and been promoted at once.
            self.streams.reach(parent, id, fork);
        }
        if !self.streams.knows(replid) {
            let first = parent.map_or(first, |(_, fork)| first.max(fork + 1));
            self.streams.add(replid, parent, first);
        }
    }

    /// A name that a node had for less than a moment: a process that was frozen may be promoted several times at once.
    fn learn_name(&mut self, world: &World, name: ReplId) {
        if name == ReplId::ZERO || self.streams.knows(name) {
            return;
        }
        let fork = world.log().since(self.seq).find_map(|event| match event.kind {
            EventKind::ReplidChanged { replid, replid2, second_replid_offset } if replid == name => {
                Some((replid2, second_replid_offset))
            }
            _ => None,
        });
        let Some((parent, first)) = fork else { return };
        self.learn_name(world, parent);
        if self.streams.knows(parent) {
            self.streams.add(name, Some((parent, first - 1)), first);
        }
    }

    /// The history got another name: the last byte under the old one is where the node stood.
    fn judge_fork(&mut self, world: &World, id: NodeId, before: &Seen, offset: i64) {
        let Some(status) = world.status(id).filter(|status| status.replid2 == before.replid) else { return };
        let fork = status.second_replid_offset - 1;
        if before.replid != ReplId::ZERO && !(before.offset..=offset).contains(&fork) {
            self.report(world, Breach::WrongFork { node: id, fork, offset });
        }
    }

    /// Compares what came since, and learns what is new.
    fn take_bytes(&mut self, world: &World, id: NodeId, node: &Node, from: i64) {
        let mut at = from;
        while let Some(bytes) = node.stream_bytes(at).filter(|_| at <= node.master_repl_offset()) {
            self.tried(Check::Prefix, world);
            let len = bytes.len() as i64;
            if let Err(wrong) = self.streams.take(node.replid(), at, bytes) {
                return self.report_byte(world, id, node, wrong, false);
            }
            at += len;
        }
    }

    fn report_byte(&mut self, world: &World, id: NodeId, node: &Node, wrong: WrongByte, in_backlog: bool) {
        let WrongByte { offset, found, expected } = wrong;
        let replid = node.replid();
        self.report(world, Breach::WrongByte { node: id, replid, offset, found, expected, in_backlog });
    }

    /// Compares the data with what was noted at this offset, or notes it.
    fn judge_data(&mut self, world: &World, id: NodeId, node: &Node, every: Span) {
        let place = (node.master_repl_offset(), node.keyspace().changes());
        if node.window().is_none() || node.is_loading() || self.nodes[id.0 as usize].judged == place {
            return;
        }
        let (replid, offset, now) = (node.replid(), place.0, world.time());
        let wanted = self.streams.wanted(replid, offset, now, every);
        if wanted == Wanted::Nothing {
            return;
        }
        self.nodes[id.0 as usize].judged = place;
        let found = node.keyspace().digest().wrapping_add(node.keyspace().ballast());
        match wanted {
            Wanted::Comparison(Note { node: other, digest: expected }) => {
                self.tried(Check::SameData, world);
                if found != expected {
                    self.report(world, Breach::Differs { node: id, other, replid, offset, found, expected });
                }
            }
            _ => self.streams.note(replid, offset, Note { node: id, digest: found }, now),
        }
    }

    /// Looks for refused writes in the streams.
    fn find_refused(&mut self, world: &World) {
        if self.refused.is_empty() {
            return;
        }
        for client in world.clients() {
            let known = &mut self.refused[client.id.0 as usize];
            let fresh = client.tally.refused.saturating_sub(*known) as usize;
            if fresh == 0 {
                continue;
            }
            *known = client.tally.refused;
            let node = client.spec.to;
            // Two clients of one prefix cannot be told apart.
            let alone = world.clients().filter(|other| other.spec.prefix == client.spec.prefix).count() == 1;
            let Some(replid) = world.process(node).map(Node::replid).filter(|_| alone) else { continue };
            let stream = self.streams.latest(replid, SEARCHED);
            let (id, prefix) = (client.id, client.spec.prefix.as_bytes());
            for value in client.refused.iter().rev().take(fresh).filter(|value| value.len() >= TELLING_VALUE) {
                self.lights[Check::Refused as usize].try_at(world.time());
                if holds(&stream, prefix, value) {
                    self.report(world, Breach::RefusedInStream { client: id, node });
                }
            }
        }
    }
}

/// Whether bytes of a stream hold a write of this value to a key of this prefix.
fn holds(stream: &[u8], prefix: &[u8], value: &[u8]) -> bool {
    let places = (stream.len() + 1).saturating_sub(value.len());
    let (first, later) = (value[0], value[TELLING_VALUE - 1]);
    // Two of its bytes are looked for in many places at once.
    (0..places).step_by(SEARCHED_AT_ONCE).any(|from| {
        let to = places.min(from + SEARCHED_AT_ONCE);
        let heads = stream[from..to].iter().zip(&stream[from + TELLING_VALUE - 1..]);
        let near = heads.fold(false, |near, (head, tail)| near | (*head == first) & (*tail == later));
        near && (from..to).any(|at| stream[at..].starts_with(value) && follows_key(&stream[..at], prefix))
    })
}

/// Whether a key of this prefix and the length of a value are the last of these bytes.
fn follows_key(before: &[u8], prefix: &[u8]) -> bool {
    // The key ends in up to 20 digits.
    let near = &before[before.len().saturating_sub(prefix.len() + 40)..];
    prefix.is_empty() || near.windows(prefix.len()).any(|part| part == prefix)
}
