//! One moment of a run as the verdict and the eyes need it: every node's own numbers, who follows whom, and what lies
//! between them. Also what has to be remembered of the events, because numbers of one moment do not tell it.
//!
//! Owns the joining of facts of several nodes. Knows no text.

use super::verdict::next_request;
use crate::base::{NodeId, Span, Time};
use crate::event::{CloseReason, Direction, EventKind, FullReason};
use crate::node::{MasterLinkStatus, Node, ReplicaStatus, Status};
use crate::repl::Slack;
use crate::world::{LinkState, LinkView, NodeView, Transport, World};

/// All nodes at one moment.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The moment.
    pub time: Time,
    /// The nodes, by index.
    pub nodes: Vec<Actor>,
}

/// One node at one moment, and its place among the others.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// What the machine does.
    pub machine: Machine,
    /// The process's own numbers; `None` while there is no process.
    pub status: Option<Status>,
    /// The node that it follows, or followed when its process ended; `None` for a master, or if it follows an address
    /// that no node has.
    pub master: Option<usize>,
    /// For each of `status.replicas` the node at the other end.
    pub replicas: Vec<Option<usize>>,
    /// Stream bytes a second, produced or applied, over the last seconds.
    pub write_rate: u64,
    /// Its own unix clock, in milliseconds.
    pub unix_ms: i64,
    /// Time until its next replication cron.
    pub next_cron: Span,
    /// Time until its next PING goes into the stream, if it sends any.
    pub next_ping: Option<Span>,
    /// Time until the snapshot that it writes or loads is complete.
    pub job_left: Option<Span>,
    /// The network path to its master.
    pub path: Option<Path>,
    /// How long its master's backlog keeps the byte that it will ask for next.
    pub slack: Option<Slack>,
    /// The same for the first byte that its master has not sent it: what it asks for after reading what was sent.
    pub unsent_slack: Option<Slack>,
    /// It has applied as many bytes as its master has produced, and holds other data: what a stream in frames without
    /// offsets can do. Looked for only where a link is of that kind.
    pub diverged: bool,
    /// What is remembered of it.
    pub past: Past,
}

/// What a machine does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Machine {
    /// The process runs.
    #[default]
    Running,
    /// Nothing is read, computed or sent until it is resumed.
    Frozen,
    /// One command, a fork or a load occupies it for this much longer.
    Busy(Span),
    /// There is no process.
    Down,
}

/// A network path from a replica to its master.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// What it does with bytes.
    pub state: PathState,
    /// Since when.
    pub since: Time,
}

/// What a path does with bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathState {
    /// It carries them.
    #[default]
    Up,
    /// Connections are closed, new ones refused.
    Cut,
    /// It swallows them both ways.
    Silent,
    /// It swallows those that the replica should get.
    SilentToReplica,
    /// It swallows those that the master should get.
    SilentToMaster,
}

/// What one node's past events say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Its last full resync: when its master found that nothing less will do, and why.
    pub full: Option<(Time, FullReason)>,
    /// Full resyncs in a row that were admitted since one was completed.
    pub full_attempts: u32,
    /// When it last lost the link to its master, and why.
    pub link_lost: Option<(Time, CloseReason)>,
    /// Since when it refuses writes.
    pub writes_refused: Option<Time>,
    /// Since when the machine stands still or the process is gone.
    pub absent: Option<Time>,
    /// It was in step with a master before, in this life of its process.
    pub was_in_step: bool,
    /// The last acknowledgement of it that a master received: when, and the offset.
    pub ack: Option<(Time, i64)>,
    /// When a master last lost it, and why.
    pub dropped: Option<(Time, CloseReason)>,
    /// When the last snapshot began to arrive.
    pub transfer: Option<Time>,
    /// Size of the snapshot that it loaded last.
    pub load_bytes: u64,
    /// The last frame of the stream to it that was lost: when, and its first byte.
    pub lost_frame: Option<(Time, i64)>,
}

/// What the events so far say of every node.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    nodes: Vec<Past>,
    changes: u64,
}

impl Scene {
    /// The scene of a world as it is.
    pub fn of(world: &World, memory: &Memory) -> Scene {
        let mut nodes: Vec<Actor> =
            world.nodes().map(|view| actor(world, &view, memory.of(view.id.0 as usize))).collect();
        for (index, actor) in nodes.iter_mut().enumerate() {
            let Some(master) = actor.master else { continue };
            let (node, master) = (NodeId(index as u32), NodeId(master as u32));
            let link = world.link_between(node, master).and_then(|link| world.link(link));
            actor.path = link.map(|link| path(&link, node));
            let unsound = link.is_some_and(|link| link.settings.transport == Transport::Unsound);
            actor.diverged = unsound && has_diverged(world, node, master);
            let offset = actor.status.as_ref().and_then(next_request).map(|(_, offset)| offset);
            let theirs = world.node(master).and_then(|view| view.node);
            actor.slack = theirs.zip(offset).and_then(|(theirs, offset)| theirs.slack(offset));
        }
        let mut scene = Scene { time: world.time(), nodes };
        for index in 0..scene.nodes.len() {
            let Some(master) = scene.nodes[index].master else { continue };
            let unsent = scene.seen_by_master(master, index).map(|seen| seen.next_offset);
            let theirs = world.node(NodeId(master as u32)).and_then(|view| view.node);
            scene.nodes[index].unsent_slack = theirs.zip(unsent).and_then(|(theirs, offset)| theirs.slack(offset));
        }
        scene
    }

    /// The node's own numbers, if it exists and has a process.
    pub fn status(&self, node: usize) -> Option<&Status> {
        self.nodes.get(node)?.status.as_ref()
    }

    /// What `master` believes of the replica `node`: the youngest connection, if it has several.
    pub fn seen_by_master(&self, master: usize, node: usize) -> Option<&ReplicaStatus> {
        let actor = self.nodes.get(master)?;
        let at = actor.replicas.iter().rposition(|&replica| replica == Some(node))?;
        actor.status.as_ref()?.replicas.get(at)
    }

    /// Nodes that follow `master` by their configuration.
    pub fn followers(&self, master: usize) -> impl Iterator<Item = usize> + '_ {
        self.nodes.iter().enumerate().filter(move |(_, actor)| actor.master == Some(master)).map(|(index, _)| index)
    }

    /// Whether `node` follows `master`, directly or through others.
    pub fn is_below(&self, node: usize, master: usize) -> bool {
        let above = |node: usize| self.nodes.get(node).and_then(|actor| actor.master);
        let chain = core::iter::successors(above(node), |&node| above(node));
        chain.take(self.nodes.len()).any(|node| node == master)
    }
}

/// A node by itself; what concerns its master is left out.
fn actor(world: &World, view: &NodeView<'_>, past: Past) -> Actor {
    let time = world.time();
    let status = world.status(view.id);
    let machine = match (view.node, view.frozen_until, view.busy_until) {
        (None, ..) => Machine::Down,
        (_, Some(_), _) => Machine::Frozen,
        (_, None, Some(until)) => Machine::Busy(until.since(time)),
        (_, None, None) => Machine::Running,
    };
    let spec = world.spec().nodes.get(view.id.0 as usize);
    let master = match &status {
        Some(status) => status.master.as_ref().and_then(|link| followed(world, view.id, link)),
        None => spec.and_then(|spec| spec.replicaof),
    };
    let peer = |seen: &ReplicaStatus| Some(world.peer(view.id, seen.conn)?.node?.0 as usize);
    let skew_ms = spec.map_or(0, |spec| spec.skew_ms);
    Actor {
        machine,
        master: master.map(|master| master.0 as usize),
        replicas: status.iter().flat_map(|status| &status.replicas).map(peer).collect(),
        status,
        write_rate: view.write_rate,
        unix_ms: world.spec().unix_epoch_ms.saturating_add(skew_ms).saturating_add(time.as_millis() as i64),
        next_cron: view.node.map_or(Span::ZERO, |node| node.next_replication_cron().since(time)),
        next_ping: view.node.and_then(|node| node.next_ping()).map(|at| at.since(time)),
        job_left: view.load_done_at.or(view.save_done_at).map(|at| at.since(time)),
        path: None,
        slack: None,
        unsent_slack: None,
        diverged: false,
        past,
    }
}

/// The node that a link to a master leads to, if it is another node of this world.
pub(super) fn followed(world: &World, node: NodeId, link: &MasterLinkStatus) -> Option<NodeId> {
    let listens = |view: &NodeView<'_>| (view.name == link.host || view.ip == link.host) && view.port == link.port;
    world.nodes().find(listens).map(|view| view.id).filter(|master| *master != node)
}

/// Whether two nodes are at one offset of one history, with different data.
fn has_diverged(world: &World, node: NodeId, master: NodeId) -> bool {
    let process = |id: NodeId| world.node(id).and_then(|view| view.node);
    let (Some(own), Some(theirs)) = (process(node), process(master)) else { return false };
    let place = |node: &Node| (node.replid(), node.master_repl_offset());
    place(own) == place(theirs) && own.keyspace().digest() != theirs.keyspace().digest()
}

/// A link as `replica`, one of its ends, sees it.
fn path(link: &LinkView, replica: NodeId) -> Path {
    match link.state {
        LinkState::Up => Path { state: PathState::Up, since: Time::ZERO },
        LinkState::Cut { since } => Path { state: PathState::Cut, since },
        LinkState::Silent { direction, since } => {
            let state = match direction {
                Direction::Both => PathState::Silent,
                Direction::AToB if link.b == replica => PathState::SilentToReplica,
                Direction::BToA if link.a == replica => PathState::SilentToReplica,
                Direction::AToB | Direction::BToA => PathState::SilentToMaster,
            };
            Path { state, since }
        }
    }
}

impl Actor {
    /// Whether the process runs and the machine lets it.
    pub fn answers(&self) -> bool {
        self.status.is_some() && matches!(self.machine, Machine::Running | Machine::Busy(_))
    }
}

impl PathState {
    /// Whether it swallows bytes in some direction.
    pub fn is_silent(self) -> bool {
        matches!(self, PathState::Silent | PathState::SilentToReplica | PathState::SilentToMaster)
    }
}

impl Memory {
    /// What is remembered of a node.
    pub fn of(&self, node: usize) -> Past {
        self.nodes.get(node).copied().unwrap_or_default()
    }

    /// Counts the events after which nodes have another role or are others than before.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Takes note of an event. `node` reported it, `peer` is at the other end.
    pub fn note(&mut self, time: Time, node: Option<NodeId>, peer: Option<NodeId>, kind: &EventKind) {
        if let EventKind::RoleChanged { .. } | EventKind::NodeStarted { .. } | EventKind::NodeStopped { .. } = kind {
            self.changes += 1;
        }
        match kind {
            EventKind::FullRequired { reason, .. } => self.change(peer, |past| {
                past.full = Some((time, *reason));
                past.full_attempts += 1;
            }),
            EventKind::MasterLinkLost { why, .. } => self.change(node, |past| past.link_lost = Some((time, *why))),
            EventKind::FullResynced { .. } | EventKind::PartialResynced { .. } => {
                self.change(node, |past| (past.was_in_step, past.full_attempts) = (true, 0));
            }
            EventKind::AckReceived { offset, .. } => self.change(peer, |past| past.ack = Some((time, *offset))),
            EventKind::ReplicaLost { why, .. } => self.change(peer, |past| past.dropped = Some((time, *why))),
            EventKind::FrameLost { offset: Some(offset), .. } => {
                self.change(peer, |past| past.lost_frame = Some((time, *offset)));
            }
            EventKind::TransferStarted { .. } => self.change(node, |past| past.transfer = Some(time)),
            EventKind::LoadStarted { bytes } => self.change(node, |past| past.load_bytes = *bytes),
            EventKind::WritesRefused { refused } => {
                self.change(node, |past| past.writes_refused = refused.then_some(time));
            }
            EventKind::NodeFrozen => self.change(node, |past| past.absent = Some(time)),
            EventKind::NodeStopped { .. } => {
                self.change(node, |past| *past = Past { absent: Some(time), ..Past::default() });
            }
            EventKind::NodeResumed | EventKind::NodeStarted { .. } => self.change(node, |past| past.absent = None),
            _ => {}
        }
    }

    fn change(&mut self, node: Option<NodeId>, change: impl FnOnce(&mut Past)) {
        let Some(NodeId(index)) = node else { return };
        let index = index as usize;
        if self.nodes.len() <= index {
            self.nodes.resize(index + 1, Past::default());
        }
        change(&mut self.nodes[index]);
    }
}
