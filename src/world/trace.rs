//! A trace of writes: for each write of a load generator, and each line typed at a console that wrote, when it was sent,
//! executed and answered, and which bytes of which history it became. Kept only by a world that was asked to before its beginning; any other pays nothing for it.
//!
//! A history is known by its replication id. A promoted replica, or a master that was restarted from a snapshot, begins a
//! history that branches off the one before: it has the bytes up to the fork, and of the writes that were executed without
//! a stream those that came before. Where a node only gives its history another name - its first replica, its backlog freed,
//! DEBUG CHANGE-REPL-ID - it stays the same history, because nobody else goes on with the old name. So a node holds a write
//! if the write's place lies on the way from the node's own place back through the forks.
//!
//! Owns the places. What a write is worth is for `run::fate`. What only runs while a trace is kept is never inlined: a page
//! that keeps none does without its code.

use std::collections::VecDeque;
use std::sync::Arc;

use super::World;
use super::client::{Answered, Line as Wire};
use super::connection::Holder;
use crate::base::{ClientId, NodeId, ReplId, Time};
use crate::event::EventKind;
use crate::node::{Node, Status};

/// Writes that are kept one by one.
pub const MOST_WRITES: usize = 100_000;
/// Names of histories that are known. Of a run with more it is not known where the later histories come from.
const MOST_NAMES: usize = 10_000;
/// Lines that were typed and are known; what a later one wrote is not traced.
const MOST_LINES: usize = 10_000;
/// Groups of older writes.
const MOST_GROUPS: usize = 1000;

/// A place in a history: the end of a write, of a node, or of what two histories share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Which history, by [`Trace::line_of`].
    pub line: u32,
    /// Last byte of the stream.
    pub offset: i64,
    /// Writes executed in the world so far. Without a stream the offset stands still, and this tells them apart.
    pub serial: u64,
}

/// The end of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered without an error.
    Acknowledged,
    /// Answered with an error.
    Refused,
    /// The connection was lost before the answer.
    Unanswered,
}

/// What wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// A request of a load generator.
    Request {
        /// Which load generator.
        client: ClientId,
        /// Number of its key, which follows the load generator's prefix.
        key: u64,
        /// Bytes of its value.
        value_bytes: u64,
    },
    /// A line that was typed, by [`Trace::typed`].
    Line(u32),
}

/// A write that has come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// What it was.
    pub what: Wrote,
    /// When it was sent.
    pub sent: Time,
    /// When it was answered, or its connection lost.
    pub ended: Time,
    /// How it ended.
    pub outcome: Outcome,
    /// The node that executed it and the place of its last byte, if a node is known to have done so.
    pub executed: Option<(NodeId, Spot)>,
}

/// Acknowledged writes of one history that are no longer kept one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    /// How many.
    pub writes: u64,
    /// The furthest of their places.
    pub last: Spot,
    /// When the last of them was answered.
    pub ended: Time,
}

/// What is known of one node.
#[derive(Clone, Copy, Debug, Default)]
struct Keeper {
    line: u32,
    /// It has started and not yet loaded its snapshot.
    fresh: bool,
    /// The place of the snapshot that is being written, of the one that is complete, and of the one on its disk.
    saving: Option<Spot>,
    saved: Option<Spot>,
    disk: Option<Spot>,
}

/// A line that was typed at a console.
#[derive(Clone, Debug)]
pub struct Typed {
    /// Where.
    pub node: NodeId,
    /// Its text.
    pub line: Arc<str>,
    session: usize,
    sent: Time,
    waits: bool,
}

/// The writes of a world and the histories that they are in.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Where each history branched off, if it did.
    parents: Vec<Option<Spot>>,
    /// The names of histories.
    names: Vec<(ReplId, u32)>,
    keepers: Vec<Keeper>,
    serial: u64,
    /// For each load generator, and behind them each console session, the places of its first requests without an answer, in
    /// order.
    executed: Vec<VecDeque<Option<(NodeId, Spot)>>>,
    typed: Vec<Typed>,
    writes: VecDeque<Write>,
    older: Vec<Older>,
}

impl Trace {
    pub(super) fn new(nodes: usize, clients: usize) -> Trace {
        Trace {
            keepers: vec![Keeper::default(); nodes],
            executed: vec![VecDeque::new(); clients + 2 * nodes],
            ..Trace::default()
        }
    }

    /// The latest writes, in the order in which they ended.
    pub fn writes(&self) -> impl DoubleEndedIterator<Item = &Write> {
        self.writes.iter()
    }

    /// A line that was typed.
    pub fn typed(&self, number: u32) -> Option<&Typed> {
        self.typed.get(number as usize)
    }

    /// The acknowledged ones before them.
    pub fn older(&self) -> &[Older] {
        &self.older
    }

    /// How many histories there were.
    pub fn lines(&self) -> u32 {
        self.parents.len() as u32
    }

    /// The history of that name.
    pub fn line_of(&self, replid: ReplId) -> Option<u32> {
        // The latest are looked for most.
        self.names.iter().rfind(|(name, _)| *name == replid).map(|(_, line)| *line)
    }

    /// The places up to which a history holds others, itself included: one for each that it came from, the first last.
    pub fn ancestry(&self, place: Spot) -> Vec<Spot> {
        let mut way = vec![place];
        let mut here = place;
        while let Some(parent) = self.parents.get(here.line as usize).copied().flatten() {
            // A history is younger than what it branched off; anything else would have no end.
            if parent.line >= here.line {
                break;
            }
            let (offset, serial) = (parent.offset.min(here.offset), parent.serial.min(here.serial));
            here = Spot { line: parent.line, offset, serial };
            way.push(here);
        }
        way
    }

    /// A node executed, or refused, the next request of a load generator or a console session; `offset` is where its stream
    /// ends now.
    pub(super) fn request_done(&mut self, who: usize, node: usize, offset: Option<i64>) {
        let line = self.keepers.get(node).map_or(0, |keeper| keeper.line);
        self.serial += 1;
        let serial = self.serial;
        if let Some(executed) = self.executed.get_mut(who) {
            executed.push_back(offset.map(|offset| (NodeId(node as u32), Spot { line, offset, serial })));
        }
    }

    /// The first line of a session that waits ended now.
    fn line_ended(&mut self, who: usize, session: usize, now: Time) {
        let executed = self.executed.get_mut(who).and_then(VecDeque::pop_front).flatten();
        let first = self.typed.iter().position(|typed| typed.waits && typed.session == session);
        let Some((number, typed)) = first.and_then(|first| Some((first as u32, self.typed.get_mut(first)?))) else {
            return;
        };
        typed.waits = false;
        if executed.is_some() {
            let (what, outcome) = (Wrote::Line(number), Outcome::Acknowledged);
            self.writes.push_back(Write { what, sent: typed.sent, ended: now, outcome, executed });
        }
        self.group_oldest();
    }

    /// Requests of a load generator ended now, in the order in which it sent them.
    #[inline(never)]
    pub(super) fn requests_ended(&mut self, client: usize, ended: Vec<Answered>, now: Time) {
        let Some(executed) = self.executed.get_mut(client) else { return };
        for Answered { sent, key, value_bytes, outcome } in ended {
            let executed = executed.pop_front().flatten();
            let Some(key) = key else { continue };
            let what = Wrote::Request { client: ClientId(client as u32), key, value_bytes };
            self.writes.push_back(Write { what, sent, ended: now, outcome, executed });
        }
        self.group_oldest();
    }

    fn group_oldest(&mut self) {
        while self.writes.len() > MOST_WRITES {
            let Some(write) = self.writes.pop_front() else { break };
            self.group(&write);
        }
    }

    /// The requests of a load generator that are under way belong to a connection that is gone.
    pub(super) fn forget_requests(&mut self, client: usize) {
        if let Some(executed) = self.executed.get_mut(client) {
            executed.clear();
        }
    }

    fn group(&mut self, write: &Write) {
        let Some((_, spot)) = write.executed.filter(|_| write.outcome == Outcome::Acknowledged) else { return };
        if let Some(older) = self.older.iter_mut().rfind(|older| older.last.line == spot.line) {
            older.writes += 1;
            older.last.offset = older.last.offset.max(spot.offset);
            older.last.serial = older.last.serial.max(spot.serial);
            older.ended = write.ended;
        } else if self.older.len() < MOST_GROUPS {
            self.older.push(Older { writes: 1, last: spot, ended: write.ended });
        }
    }

    /// A node reported a fact; `status` is how it stands now. Follows its history.
    #[inline(never)]
    pub(super) fn note(&mut self, node: usize, status: &Status, kind: &EventKind) {
        let Some(&keeper) = self.keepers.get(node) else { return };
        let here = Spot { line: keeper.line, offset: status.master_repl_offset, serial: self.serial };
        let mut now = keeper;
        match kind {
            EventKind::NodeStarted { snapshot_bytes } => {
                now.line = self.begin(status.replid, None);
                now.fresh = snapshot_bytes.is_some();
            }
            EventKind::LoadFinished { ok: true, .. } if keeper.fresh => {
                now.fresh = false;
                now.line = self.loaded(&keeper, status);
            }
            EventKind::ReplidChanged { replid, second_replid_offset, .. } => {
                now.line = match self.line_of(*replid) {
                    Some(known) => known,
                    None if *second_replid_offset > 0 => {
                        self.begin(*replid, Some(Spot { offset: second_replid_offset - 1, ..here }))
                    }
                    None => self.rename(*replid, keeper.line),
                };
            }
            EventKind::SnapshotStarted { diskless, .. } => now.saving = (!diskless).then_some(here),
            EventKind::SnapshotFinished { ok } => now.saved = now.saving.take().filter(|_| *ok),
            _ => {}
        }
        self.keepers[node] = now;
    }

    /// A node wrote a snapshot to its disk.
    pub(super) fn persisted(&mut self, node: usize, offset: i64) {
        let serial = self.serial;
        if let Some(keeper) = self.keepers.get_mut(node) {
            keeper.disk = keeper.saved.take().or(Some(Spot { line: keeper.line, offset, serial }));
        }
    }

    /// A process has loaded the snapshot that it found: which history it goes on with, or branches off.
    fn loaded(&mut self, keeper: &Keeper, status: &Status) -> u32 {
        let own = self.line_of(status.replid).unwrap_or(keeper.line);
        let offset = status.second_replid_offset - 1;
        let named = self.line_of(status.replid2).map(|line| Spot { line, offset, serial: self.serial });
        if own == keeper.line
            && let Some(parent) = self.parents.get_mut(own as usize)
        {
            *parent = named.or(keeper.disk);
        }
        own
    }

    fn rename(&mut self, replid: ReplId, line: u32) -> u32 {
        if self.names.len() < MOST_NAMES {
            self.names.push((replid, line));
        }
        line
    }

    fn begin(&mut self, replid: ReplId, parent: Option<Spot>) -> u32 {
        let line = self.parents.len() as u32;
        if self.names.len() < MOST_NAMES {
            self.parents.push(parent);
        }
        self.rename(replid, line)
    }
}

/// What the world tells its trace, if it keeps one.
impl World {
    /// Keeps a trace of writes from now on. It is complete only if nothing was written before.
    pub fn start_trace(&mut self) {
        let mut trace = Trace::new(self.hosts.len(), self.clients.len());
        for (keeper, host) in trace.keepers.iter_mut().zip(&self.hosts) {
            if let Some(process) = &host.node {
                keeper.line = trace.names.len() as u32;
                trace.names.push((process.replid(), keeper.line));
                trace.parents.push(None);
            }
        }
        self.trace = Some(Box::new(trace));
        self.scratch.outbox.traces = true;
        for client in &mut self.clients {
            client.ended = Some(Vec::new());
        }
    }

    /// The trace, if one is kept.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_deref()
    }

    /// The node that was just called answered requests.
    #[inline(never)]
    pub(super) fn trace_requests(&mut self, node: usize) {
        let mut answered = core::mem::take(&mut self.scratch.outbox.answered);
        for done in answered.drain(..) {
            let Some((key, end)) = self.hosts[node].ids.get(done.conn) else { continue };
            let holder = self.connections.get(key).map(|connection| connection.ends[1 - end].holder);
            let (Some(holder), Some(trace)) = (holder, &mut self.trace) else { continue };
            // What a node reads from a connection that has been given up has no request to belong to.
            match holder {
                Holder::Client(client) if self.clients[client as usize].line == Wire::Up(key) => {
                    trace.request_done(client as usize, node, done.offset);
                }
                Holder::Session(session) if self.sessions[session as usize].conn == Some(key) => {
                    let offset = done.offset.filter(|_| done.wrote);
                    trace.request_done(self.clients.len() + session as usize, node, offset);
                }
                _ => {}
            }
        }
        self.scratch.outbox.answered = answered;
    }

    /// A line was typed and is on its way.
    #[inline(never)]
    pub(super) fn trace_line(&mut self, session: usize, line: &str) {
        let sent = self.time;
        if let Some(trace) = self.trace.as_mut().filter(|trace| trace.typed.len() < MOST_LINES) {
            let node = NodeId(session as u32 / 2);
            trace.typed.push(Typed { node, line: line.into(), session, sent, waits: true });
        }
    }

    /// A console session lost its connection: no answer will come.
    pub(super) fn trace_session_lost(&mut self, session: usize) {
        if let Some(trace) = &mut self.trace {
            trace.forget_requests(self.clients.len() + session);
            self.trace_replies(session, self.sessions[session].waiting());
        }
    }

    /// So many lines of a console session were answered, or never will be if nothing is known of them.
    #[inline(never)]
    pub(super) fn trace_replies(&mut self, session: usize, replies: usize) {
        if let Some(trace) = &mut self.trace {
            (0..replies).for_each(|_| trace.line_ended(self.clients.len() + session, session, self.time));
        }
    }

    /// A load generator got answers.
    pub(super) fn trace_answers(&mut self, client: usize) {
        let (Some(trace), Some(ended)) = (&mut self.trace, &mut self.clients[client].ended) else { return };
        trace.requests_ended(client, core::mem::take(ended), self.time);
    }

    /// A load generator lost its connection.
    pub(super) fn trace_lost(&mut self, client: usize) {
        self.trace_answers(client);
        if let Some(trace) = &mut self.trace {
            trace.forget_requests(client);
        }
    }

    /// A node reported a fact.
    pub(super) fn trace_history(&mut self, node: usize, kind: &EventKind) {
        let host = &self.hosts[node];
        let follows = matches!(
            kind,
            EventKind::NodeStarted { .. }
                | EventKind::LoadFinished { .. }
                | EventKind::ReplidChanged { .. }
                | EventKind::SnapshotStarted { .. }
                | EventKind::SnapshotFinished { .. }
        );
        if let (true, Some(process), Some(trace)) = (follows, &host.node, &mut self.trace) {
            trace.note(node, &process.status(host.now(self.time)), kind);
        }
    }

    /// A node wrote its snapshot to its disk.
    pub(super) fn trace_snapshot(&mut self, node: usize) {
        let offset = self.hosts[node].node.as_ref().map_or(0, Node::master_repl_offset);
        if let Some(trace) = &mut self.trace {
            trace.persisted(node, offset);
        }
    }
}
