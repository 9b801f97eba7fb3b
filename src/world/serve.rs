//! The loop around a node: one input, then everything that the node wants done, then a pull from every connection that
//! has room, then its timer.

use crate::base::{Bytes, Chunk, ClientId, ConnId, NodeId, Span, format_u64};
use crate::data::Value;
use crate::event::{EventKind, StopReason};
use crate::node::{Input, Node, Output};

use super::World;
use super::connection::{Holder, Phase, Stage};
use super::host::{Job, Waiting};
use super::log::Event;
use super::queue::{ConnKey, Happening, NEVER};
use super::values::Values;

/// A node that wants to be woken in the past again and again is woken this much later instead.
const TIMER_STEP: Span = Span::from_micros(100);
/// A shorter fork is not worth an event.
const SHORT_FORK: Span = Span::from_millis(1);

impl World {
    /// Starts the process of a node.
    pub(super) fn boot(&mut self, node: usize) {
        let host = &mut self.hosts[node];
        if host.node.is_some() {
            return;
        }
        host.process += 1;
        let first = host.process == 1;
        let snapshot = host.disk.clone();
        let (now, config) = (host.now(self.time), host.config.clone());
        let seed = host.seed.split("process", u64::from(host.process));
        let mut started = Node::new(config, seed, now, snapshot, &mut self.scratch.outbox);
        if first {
            self.fill(node, &mut started);
        }
        self.hosts[node].node = Some(started);
        self.settle(node, false);
    }

    /// Puts the data set of the scenario into a process that has just started.
    fn fill(&self, index: usize, node: &mut Node) {
        let spec = &self.spec.nodes[index];
        let keyspace = node.keyspace_mut();
        keyspace.set_ballast(spec.ballast_bytes);
        let values = Values::new(spec.value_bytes);
        let mut name = Vec::new();
        for key in 0..spec.keys {
            name.clear();
            name.extend_from_slice(b"key:");
            format_u64(key, &mut name);
            keyspace.insert(0, Bytes::from(&name[..]), Value::Str(values.shared(key)), None);
        }
    }

    /// The process of a node ends; its connections are closed as a kernel closes them.
    pub(super) fn stop_process(&mut self, node: usize, why: StopReason) {
        self.log_node(node, EventKind::NodeStopped { why });
        for (key, end) in self.hosts[node].ids.all() {
            self.close_end(key, end);
        }
        self.hosts[node].forget_process();
        self.scratch.outbox.outputs.clear();
        self.scratch.outbox.writable.clear();
        self.scratch.outbox.answered.clear();
    }

    /// The node's timer rings.
    pub(super) fn timer(&mut self, node: usize) {
        let host = &mut self.hosts[node];
        if host.timer_at != self.time {
            return;
        }
        host.timer_at = NEVER;
        if host.is_ready(self.time) {
            self.handle(node, Input::Timeout);
            self.settle(node, true);
            self.release(node);
        }
    }

    /// A busy or frozen process may go on: it reads what has arrived meanwhile, then sends.
    pub(super) fn host_ready(&mut self, node: usize) {
        let host = &mut self.hosts[node];
        if host.frozen_until.is_some_and(|until| until <= self.time) {
            host.frozen_until = None;
            self.log_node(node, EventKind::NodeResumed);
        }
        while self.hosts[node].is_ready(self.time) {
            let Some(waiting) = self.hosts[node].inbox.pop_front() else { break };
            self.take(node, waiting);
        }
        if !self.hosts[node].is_ready(self.time) {
            return;
        }
        self.release(node);
        for (key, end) in self.hosts[node].ids.all() {
            if self.connections.get(key).is_some_and(|connection| connection.flows[end].wants) {
                self.pump(key, end);
            }
        }
        self.settle(node, false);
    }

    /// A save or load is over.
    pub(super) fn job_done(&mut self, node: usize, process: u32) {
        if self.hosts[node].process != process {
            return;
        }
        if let Some(job) = self.hosts[node].finished_job(self.time) {
            let (job, load) = (job.number, job.load);
            let input = if load { Input::LoadFinished { job } } else { Input::SaveFinished { job, ok: true } };
            self.feed(node, Waiting::Input(input));
            self.release(node);
        }
    }

    /// Gives the process something, now or when it reads again.
    pub(super) fn feed(&mut self, node: usize, waiting: Waiting) {
        let host = &mut self.hosts[node];
        if host.node.is_none() {
            return;
        }
        if host.is_ready(self.time) && host.inbox.is_empty() {
            self.take(node, waiting);
        } else {
            host.inbox.push_back(waiting);
        }
    }

    fn take(&mut self, node: usize, waiting: Waiting) {
        match waiting {
            Waiting::Input(input) => {
                self.handle(node, input);
                self.settle(node, false);
            }
            Waiting::Bytes { conn, end } => self.take_bytes(node, conn, usize::from(end)),
            Waiting::Closed { conn, end } => self.take_end(node, conn, usize::from(end)),
            Waiting::Failed { conn } => {
                let Some(connection) = self.connections.get(conn).filter(|it| it.ends[0].open) else { return };
                let id = connection.ends[0].id;
                self.handle(node, Input::ConnectFailed { conn: id });
                self.settle(node, false);
                self.finish_end(conn, 0);
            }
        }
    }

    /// The node reads the next chunk that waits for end `to`, if it wants to.
    fn take_bytes(&mut self, node: usize, conn: ConnKey, to: usize) {
        let Some(connection) = self.connections.get_mut(conn) else { return };
        let id = connection.ends[to].id;
        let flow = &mut connection.flows[1 - to];
        if !self.hosts[node].reads_from(id) {
            flow.held = true;
            self.hosts[node].holds = true;
            return;
        }
        if let Some((number, chunk)) = flow.unread.pop_front() {
            self.credit(conn, 1 - to, chunk.len());
            self.receive(node, id, number, chunk);
        }
    }

    /// The node learns that the connection of end `to` is over, if it looks there.
    fn take_end(&mut self, node: usize, conn: ConnKey, to: usize) {
        let Some(connection) = self.connections.get_mut(conn).filter(|it| it.ends[to].open) else { return };
        let id = connection.ends[to].id;
        let flow = &mut connection.flows[1 - to];
        if flow.held || !self.hosts[node].reads_from(id) {
            (flow.held, flow.held_end) = (true, true);
            self.hosts[node].holds = true;
            return;
        }
        self.handle(node, Input::Closed { conn: id });
        self.settle(node, false);
        self.finish_end(conn, to);
    }

    /// Gives the process what it did not want earlier, as far as it wants it now.
    pub(super) fn release(&mut self, node: usize) {
        if !self.hosts[node].holds {
            return;
        }
        self.hosts[node].holds = false;
        for (conn, to) in self.hosts[node].ids.all() {
            while let Some(connection) = self.connections.get_mut(conn).filter(|it| it.flows[1 - to].held) {
                let id = connection.ends[to].id;
                let host = &mut self.hosts[node];
                if !host.is_ready(self.time) || !host.reads_from(id) {
                    host.holds = true;
                    break;
                }
                let flow = &mut connection.flows[1 - to];
                if flow.unread.is_empty() {
                    flow.held = false;
                    if flow.held_end {
                        self.take_end(node, conn, to);
                    }
                    break;
                }
                self.take_bytes(node, conn, to);
            }
        }
    }

    /// The node reads the bytes of message `number`.
    pub(super) fn receive(&mut self, node: usize, conn: ConnId, number: u64, chunk: Chunk) {
        let before = self.offsets(node, conn);
        if self.ends_with.is_some() {
            self.note_end(node, conn);
        }
        self.handle(node, Input::Received { conn, chunk });
        if let Some(before) = before {
            self.record_read(number, node, conn, before);
        }
        self.settle(node, false);
    }

    /// One call of the node. What it wants done is in the outbox afterwards.
    pub(super) fn handle(&mut self, node: usize, input: Input) {
        let host = &mut self.hosts[node];
        let now = host.now(self.time);
        if let Some(node) = &mut host.node {
            node.handle(now, input, &mut self.scratch.outbox);
        }
    }

    /// Does what the node wants done, pulls what it has to send, and sets its timer.
    pub(super) fn settle(&mut self, node: usize, after_timeout: bool) {
        let mut next = 0;
        if !self.scratch.outbox.answered.is_empty() {
            self.trace_requests(node);
        }
        loop {
            if !self.scratch.outbox.outputs.is_empty() {
                self.carry_out(node);
            }
            let Some(&id) = self.scratch.outbox.writable.get(next) else { break };
            next += 1;
            if let Some((key, end)) = self.hosts[node].ids.get(id) {
                self.pump(key, end);
            }
        }
        self.scratch.outbox.writable.clear();
        self.set_timer(node, after_timeout);
    }

    fn set_timer(&mut self, node: usize, after_timeout: bool) {
        let host = &mut self.hosts[node];
        let Some(wanted) = host.node.as_ref().and_then(Node::poll_timeout) else { return };
        let earliest = if after_timeout { self.time + TIMER_STEP } else { self.time };
        let at = if wanted.0 <= self.time { earliest } else { wanted.0 };
        if host.timer_at != at {
            host.timer_at = at;
            self.queue.push(at, Happening::NodeTimer { node: node as u32 });
        }
    }

    fn carry_out(&mut self, node: usize) {
        let empty = core::mem::take(&mut self.scratch.spare);
        let mut outputs = core::mem::replace(&mut self.scratch.outbox.outputs, empty);
        let mut closing = Vec::new();
        let mut exit = None;
        for output in outputs.drain(..) {
            match output {
                Output::Event { conn, kind } => self.note(node, conn, kind),
                Output::Connect { conn, host, port } => self.dial_from(node, conn, &host, port),
                // Closed below: the events of this call may still speak of the connection.
                Output::Close { conn, .. } => closing.extend(self.hosts[node].ids.get(conn)),
                Output::StartSave { job, bytes, .. } => self.start_save(node, job, bytes),
                Output::CancelSave { job } => self.hosts[node].jobs.retain(|known| known.load || known.number != job),
                Output::StartLoad { job, bytes } => {
                    let span = Span::of_bytes(bytes, self.hosts[node].speed.load_bytes_per_s);
                    self.start_job(node, job, span, true);
                }
                Output::Persist(snapshot) => {
                    self.hosts[node].disk = Some(snapshot);
                    self.trace_snapshot(node);
                }
                Output::Busy(span) => self.keep_busy(node, span),
                // A simulated machine has no such file.
                #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
                Output::RewriteConfig { .. } => {}
                Output::Exit(why) => exit = Some(why),
                #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
                Output::Log { .. } => {}
            }
        }
        self.scratch.spare = outputs;
        for (key, end) in closing {
            self.close_end(key, end);
        }
        if let Some(why) = exit {
            self.stop_process(node, why);
        }
    }

    fn start_save(&mut self, node: usize, job: u64, bytes: u64) {
        let speed = self.hosts[node].speed;
        let fork = (u128::from(bytes) * u128::from(speed.fork_per_gib.0)) >> 30;
        let fork = Span(u64::try_from(fork).unwrap_or(u64::MAX));
        self.start_job(node, job, fork + Span::of_bytes(bytes, speed.save_bytes_per_s), false);
        if fork >= SHORT_FORK {
            self.log_node(node, EventKind::NodeBusy { span: fork });
        }
        self.keep_busy(node, fork);
    }

    fn start_job(&mut self, node: usize, number: u64, span: Span, load: bool) {
        let done_at = self.time + span;
        let process = self.hosts[node].process;
        self.hosts[node].jobs.push(Job { number, done_at, load });
        self.queue.push(done_at, Happening::JobDone { node: node as u32, process });
    }

    fn keep_busy(&mut self, node: usize, span: Span) {
        if span == Span::ZERO {
            return;
        }
        let host = &mut self.hosts[node];
        host.busy_until = host.busy_until.max(self.time) + span;
        self.queue.push(host.busy_until, Happening::HostReady { node: node as u32 });
    }

    /// A fact that a node reports.
    fn note(&mut self, node: usize, conn: Option<ConnId>, kind: EventKind) {
        let mut event = Event {
            seq: 0,
            time: self.time,
            node: Some(NodeId(node as u32)),
            peer: None,
            link: None,
            client: None,
            kind,
        };
        let found = conn.and_then(|id| self.hosts[node].ids.get(id));
        if let Some((key, end)) = found
            && let Some(connection) = self.connections.get_mut(key)
        {
            match event.kind {
                EventKind::FullRequired { .. } => connection.stage = Stage::Snapshot,
                EventKind::PartialAccepted { .. } | EventKind::ReplicaOnline { .. } => connection.stage = Stage::Stream,
                EventKind::AckReceived { .. } => connection.last_ack = Some(self.time),
                _ => {}
            }
            event.peer = connection.node_at(1 - end);
            event.client = match connection.ends[1 - end].holder {
                Holder::Client(client) => Some(ClientId(client)),
                _ => None,
            };
            let path = connection.path;
            event.link = self.link_id(path);
        }
        if self.trace.is_some() {
            self.trace_history(node, &event.kind);
        }
        self.log.push(event);
    }

    /// A fact about a machine.
    pub(super) fn log_node(&mut self, node: usize, kind: EventKind) {
        let node = Some(NodeId(node as u32));
        self.log.push(Event { seq: 0, time: self.time, node, peer: None, link: None, client: None, kind });
    }

    /// Whether the process of a node takes in bytes at this moment.
    pub(super) fn reads_now(&self, node: usize) -> bool {
        let host = &self.hosts[node];
        host.is_ready(self.time) && host.inbox.is_empty()
    }

    /// Whether the dial has come so far that `phase` lets bytes move.
    pub(super) fn is_open(phase: Phase) -> bool {
        matches!(phase, Phase::Accepted | Phase::Standing)
    }
}
