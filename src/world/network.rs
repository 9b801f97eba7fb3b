//! What happens between the ends of connections: dials and their answers, bytes that arrive, ends that close, links
//! that fall silent or break.

use crate::base::{Chunk, ConnId, LinkId};
use crate::event::EventKind;
use crate::node::Input;
use crate::repl::textbook::Frame;

use super::connection::{Connection, End, Holder, Phase, Stage};
use super::flow::{Flow, MessageKind, Segment};
use super::host::Waiting;
use super::link::{DIAL_RETRY, LinkState, SHORTEST_LATENCY, retry_at};
use super::queue::{ConnKey, Happening, NEVER};
use super::spec::Load;
use super::{PathEnds, World};

/// What redis-cli says when the server goes away.
const SERVER_CLOSED: &str = "Error: Server closed the connection";

impl World {
    /// A node dials an address.
    pub(super) fn dial_from(&mut self, node: usize, id: ConnId, address: &str, port: u16) {
        let target = self.resolve(node, address, port);
        let path = target.map_or(0, |target| self.path_between(node as u32, target));
        let way = usize::from(matches!(self.paths[path].ends, PathEnds::Nodes(_, b) if b == node as u32));
        let key = self.dial(Holder::Node(node as u32), id, target, path, way);
        self.hosts[node].ids.insert(id, key, 0);
    }

    /// The node with that name or address, as seen from `node`.
    fn resolve(&self, node: usize, address: &str, port: u16) -> Option<u32> {
        let own = &self.hosts[node];
        let local = address == "127.0.0.1" || address.eq_ignore_ascii_case("localhost");
        if local {
            return (own.port == port).then_some(node as u32);
        }
        let known = |host: &super::host::Host| host.name == address || host.ip == address;
        self.hosts.iter().position(|host| known(host) && host.port == port).map(|index| index as u32)
    }

    /// Starts a connection; `target` is the index of a node, if the address is that of one.
    pub(super) fn dial(&mut self, holder: Holder, id: ConnId, target: Option<u32>, path: usize, way: usize) -> ConnKey {
        let now = self.time;
        let link = &self.paths[path].link;
        let (phase, dial_at) = match target {
            None => (Phase::Refused, now + SHORTEST_LATENCY),
            Some(_) if link.is_cut() => (Phase::Refused, now + link.latency() + link.latency()),
            Some(_) if link.is_silent(0) || link.is_silent(1) => (Phase::Asked { at: now }, NEVER),
            Some(_) => (Phase::Asked { at: now }, now + link.latency()),
        };
        let other = target.map_or(Holder::Nobody, Holder::Node);
        let key = self.connections.insert(Connection {
            path: path as u32,
            way,
            phase,
            dial_at,
            stage: Stage::Handshake,
            ends: [End { holder, id, open: true }, End { holder: other, id: ConnId(0), open: false }],
            flows: [Flow::default(), Flow::default()],
            last_ack: None,
        });
        self.queue.push(dial_at, Happening::Dial { conn: key });
        key
    }

    /// The next step of a dial: the question, or the answer to it, arrives.
    pub(super) fn dial_step(&mut self, key: ConnKey) {
        let now = self.time;
        let Some(connection) = self.connections.get_mut(key).filter(|connection| connection.dial_at == now) else {
            return;
        };
        connection.dial_at = NEVER;
        let link = &self.paths[connection.path as usize].link;
        let (silent, latency) = (link.is_silent(0) || link.is_silent(1), link.latency());
        match connection.phase {
            Phase::Refused => self.dial_failed(key),
            Phase::Asked { .. } | Phase::Accepted if silent => {}
            Phase::Asked { .. } => {
                connection.dial_at = now + latency;
                self.queue.push(now + latency, Happening::Dial { conn: key });
                self.accept(key);
            }
            Phase::Accepted => {
                connection.phase = Phase::Standing;
                self.dial_succeeded(key);
            }
            Phase::Standing | Phase::Broken => {}
        }
    }

    /// The question of a dial arrives at its node.
    fn accept(&mut self, key: ConnKey) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let Holder::Node(node) = connection.ends[1].holder else { return };
        let host = &mut self.hosts[node as usize];
        if host.node.is_none() {
            connection.phase = Phase::Refused;
            return;
        }
        connection.phase = Phase::Accepted;
        let id = host.next_accepted();
        connection.ends[1].id = id;
        connection.ends[1].open = true;
        host.ids.insert(id, key, 1);
        let ip = match connection.ends[0].holder {
            Holder::Node(from) => self.hosts[from as usize].ip.clone(),
            Holder::Client(client) => client_ip(client),
            _ => "127.0.0.1".into(),
        };
        let port = dialler_port(id);
        self.feed(node as usize, Waiting::Input(Input::Accepted { conn: id, ip, port }));
        self.tell_transport(key, 1);
    }

    fn dial_succeeded(&mut self, key: ConnKey) {
        // Whoever gave up meanwhile, or is another process by now, does not hear of it.
        let Some(end) = self.connections.get(key).map(|connection| connection.ends[0]).filter(|end| end.open) else {
            return;
        };
        match end.holder {
            Holder::Node(node) => {
                self.feed(node as usize, Waiting::Input(Input::Connected { conn: end.id }));
                self.tell_transport(key, 0);
            }
            Holder::Client(client) => {
                self.clients[client as usize].connected(key, self.time);
                if matches!(self.clients[client as usize].spec.load, Load::Closed { .. }) {
                    self.arm_client(client as usize);
                }
            }
            Holder::Session(_) => self.pump(key, 0),
            Holder::Nobody => {}
        }
    }

    fn dial_failed(&mut self, key: ConnKey) {
        let Some(end) = self.connections.get(key).map(|connection| connection.ends[0]).filter(|end| end.open) else {
            return;
        };
        match end.holder {
            Holder::Node(node) => {
                self.feed(node as usize, Waiting::Failed { conn: key });
                return;
            }
            Holder::Client(client) => self.client_lost(client as usize),
            Holder::Session(session) => {
                let host = &self.hosts[session as usize / 2];
                let port = super::decimal(u64::from(host.port));
                let text = ["Could not connect to Redis at ", &host.ip, ":", &port, ": Connection refused"].concat();
                self.session_lost(session as usize, &text);
            }
            Holder::Nobody => {}
        }
        self.finish_end(key, 0);
    }

    /// The first segments under way from end `end` arrive.
    pub(super) fn arrive(&mut self, key: ConnKey, end: usize) {
        let now = self.time;
        let Some(connection) = self.connections.get_mut(key) else { return };
        if connection.flows[end].arrive_at != now {
            return;
        }
        connection.flows[end].arrive_at = NEVER;
        while let Some(segment) = self.connections.get_mut(key).and_then(|it| it.flows[end].arrived(now)) {
            self.record_arrival(&segment);
            if segment.kind == MessageKind::Close {
                self.end_of_peer(key, 1 - end);
                return;
            }
            if segment.frame && segment.lost {
                self.frame_lost(key, end, &segment.chunk);
            } else {
                self.deliver(key, 1 - end, segment.number, segment.chunk);
            }
        }
        self.expect_arrival(key, end);
    }

    /// A frame of end `end` would have arrived now. It takes no room in the window any more.
    fn frame_lost(&mut self, key: ConnKey, end: usize, chunk: &Chunk) {
        let bytes = chunk.len();
        self.credit(key, end, bytes);
        let frame = match chunk {
            Chunk::Data(bytes) => Frame::decode(bytes),
            Chunk::Ballast(_) => None,
        };
        if let (Some(frame), Some(connection)) = (&frame, self.connections.get(key)) {
            self.paths[connection.path as usize].link.lost_stream += frame.payload.len() as u64;
        }
        let offset = frame.and_then(|frame| frame.position).map(|(start, _)| start);
        self.log_on_connection(key, end, EventKind::FrameLost { bytes, offset });
    }

    /// Tells the nodes at both ends of a connection that has just been made how it treats the stream.
    fn tell_transport(&mut self, key: ConnKey, end: usize) {
        let Some(connection) = self.connections.get(key) else { return };
        let how = self.paths[connection.path as usize].link.settings.datagrams();
        if let (Some(how), Some(node), Some(_)) = (how, connection.node_at(end), connection.node_at(1 - end)) {
            let conn = connection.ends[end].id;
            self.feed(node.0 as usize, Waiting::Input(Input::Datagrams { conn, how }));
        }
    }

    /// Bytes reach end `to`.
    fn deliver(&mut self, key: ConnKey, to: usize, number: u64, chunk: Chunk) {
        let Some(end) = self.connections.get(key).map(|connection| connection.ends[to]).filter(|end| end.open) else {
            return;
        };
        match end.holder {
            Holder::Node(node) => {
                let node = node as usize;
                if !self.hosts[node].reads_from(end.id) || !self.reads_now(node) || self.has_unread(key, 1 - to) {
                    if let Some(connection) = self.connections.get_mut(key) {
                        connection.flows[1 - to].unread.push_back((number, chunk));
                    }
                    self.feed(node, Waiting::Bytes { conn: key, end: to as u8 });
                    return;
                }
                self.credit(key, 1 - to, chunk.len());
                self.receive(node, end.id, number, chunk);
            }
            Holder::Client(client) => {
                self.credit(key, 1 - to, chunk.len());
                self.client_receives(client as usize, key, chunk);
            }
            Holder::Session(session) => {
                self.credit(key, 1 - to, chunk.len());
                self.session_receives(session as usize, key, chunk);
            }
            Holder::Nobody => {}
        }
    }

    fn has_unread(&self, key: ConnKey, end: usize) -> bool {
        self.connections.get(key).is_some_and(|connection| !connection.flows[end].unread.is_empty())
    }

    /// The receiving program read bytes of flow `end`: the sender will know one latency later.
    pub(super) fn credit(&mut self, key: ConnKey, end: usize, bytes: u64) {
        let now = self.time;
        let Some(connection) = self.connections.get_mut(key) else { return };
        let link = &self.paths[connection.path as usize].link;
        let back = connection.way_from(1 - end);
        let at = if link.is_silent(back) { NEVER } else { now + link.latency() };
        connection.flows[end].read(bytes, at);
        self.look_for_room(key, end);
    }

    /// Asks for a look at the room of a sender that waits, when what was read tells it.
    fn look_for_room(&mut self, key: ConnKey, end: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let window = self.paths[connection.path as usize].link.settings.window_bytes;
        let flow = &mut connection.flows[end];
        if flow.wants && flow.room_at == NEVER {
            flow.room_at = flow.room_again_at(window);
            self.queue.push(flow.room_at, Happening::Room { conn: key, end: end as u8 });
        }
    }

    /// The holder of an end closes it. What it has already sent still arrives, and behind it the end.
    pub(super) fn close_end(&mut self, key: ConnKey, end: usize) {
        let now = self.time;
        let Some(connection) = self.connections.get_mut(key).filter(|it| it.ends[end].open) else { return };
        connection.ends[end].open = false;
        let id = connection.ends[end].id;
        let (holder, tell) = (connection.ends[end].holder, connection.ends[1 - end].open);
        let tell = tell && Self::is_open(connection.phase);
        if let Holder::Node(node) = holder {
            self.hosts[node as usize].ids.remove(id);
        }
        self.clear_flow(key, 1 - end);
        let Some(connection) = self.connections.get_mut(key) else { return };
        if tell {
            let way = connection.way_from(end);
            let arrives = self.paths[connection.path as usize].link.transmit(way, now, 0, false).arrives;
            let chunk = Chunk::Ballast(0);
            self.sent += 1;
            let (number, kind) = (self.sent, MessageKind::Close);
            let (lost, frame, duplicate) = (false, false, false);
            let goodbye = Segment { number, chunk, kind, sent: now, arrives, lost, frame, duplicate };
            connection.flows[end].send(goodbye);
            self.record_sent(key, end, number);
            self.expect_arrival(key, end);
        } else if !connection.ends[1 - end].open {
            self.remove_connection(key);
        }
    }

    /// Both ends know that the connection is over.
    fn remove_connection(&mut self, key: ConnKey) {
        [0, 1].into_iter().for_each(|end| self.clear_flow(key, end));
        self.connections.remove(key);
    }

    /// Nothing of what end `end` has sent arrives any more.
    fn clear_flow(&mut self, key: ConnKey, end: usize) {
        self.record_gone(key, end);
        if let Some(connection) = self.connections.get_mut(key) {
            connection.flows[end].clear();
        }
    }

    /// End `to` learns that the connection is over.
    fn end_of_peer(&mut self, key: ConnKey, to: usize) {
        let Some(connection) = self.connections.get(key) else { return };
        match connection.ends[to].holder {
            _ if !connection.ends[to].open => {}
            Holder::Node(node) => {
                self.feed(node as usize, Waiting::Closed { conn: key, end: to as u8 });
                return;
            }
            Holder::Client(client) => self.client_lost(client as usize),
            Holder::Session(session) => self.session_lost(session as usize, SERVER_CLOSED),
            Holder::Nobody => {}
        }
        self.finish_end(key, to);
    }

    /// End `end` knows that the connection is over.
    pub(super) fn finish_end(&mut self, key: ConnKey, end: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if connection.ends[end].open
            && let Holder::Node(node) = connection.ends[end].holder
        {
            self.hosts[node as usize].ids.remove(connection.ends[end].id);
        }
        connection.ends[end].open = false;
        if !connection.ends[1 - end].open {
            self.remove_connection(key);
        }
    }

    /// Every connection of a path is torn down at both ends at once.
    pub(super) fn break_path(&mut self, path: usize) {
        for key in self.connections.on_path(path as u32) {
            let Some(connection) = self.connections.get_mut(key) else { continue };
            let phase = connection.phase;
            if !Self::is_open(phase) {
                if phase != Phase::Broken {
                    connection.phase = Phase::Refused;
                    connection.dial_at = self.time;
                    self.queue.push(self.time, Happening::Dial { conn: key });
                }
                continue;
            }
            connection.phase = Phase::Broken;
            connection.dial_at = NEVER;
            [0, 1].into_iter().for_each(|end| self.clear_flow(key, end));
            if phase == Phase::Standing {
                self.end_of_peer(key, 0);
            } else {
                self.dial_failed(key);
            }
            self.end_of_peer(key, 1);
        }
    }

    /// A path that is not cut begins or ends to swallow bytes.
    pub(super) fn change_silence(&mut self, path: usize, state: LinkState) {
        let now = self.time;
        let before = [0, 1].map(|way| self.paths[path].link.is_silent(way));
        self.paths[path].link.state = state;
        let link = &self.paths[path].link;
        let after = [0, 1].map(|way| link.is_silent(way));
        let mut retries = Vec::new();
        for key in self.connections.on_path(path as u32) {
            let Some(connection) = self.connections.get_mut(key) else { continue };
            for end in [0, 1] {
                let (way, back) = (connection.way_from(end), connection.way_from(1 - end));
                let flow = &mut connection.flows[end];
                match (before[way], after[way]) {
                    (false, true) => flow.fall_silent(now),
                    (true, false) => flow.carry_again(link, now),
                    _ => {}
                }
                if before[back] && !after[back] {
                    flow.credits_again(link, now);
                }
            }
            let first = match connection.phase {
                Phase::Asked { at } => at,
                _ => now,
            };
            let dialling = matches!(connection.phase, Phase::Asked { .. } | Phase::Accepted);
            if dialling && connection.dial_at == NEVER && after == [false, false] {
                connection.dial_at = retry_at(first, now, DIAL_RETRY) + link.latency();
                retries.push((connection.dial_at, key));
            }
        }
        for (at, key) in retries {
            self.queue.push(at, Happening::Dial { conn: key });
        }
        for key in self.connections.on_path(path as u32) {
            for end in [0, 1] {
                self.expect_arrival(key, end);
                self.look_for_room(key, end);
            }
        }
    }

    /// The senders on a path that wait for room look again now.
    pub(super) fn wake_senders(&mut self, path: usize) {
        for conn in self.connections.on_path(path as u32) {
            let Some(connection) = self.connections.get_mut(conn) else { continue };
            for end in [0, 1] {
                if connection.flows[end].wants {
                    connection.flows[end].room_at = self.time;
                    self.queue.push(self.time, Happening::Room { conn, end: end as u8 });
                }
            }
        }
    }

    /// The number of a path among the links of nodes.
    pub(super) fn link_id(&self, path: u32) -> Option<LinkId> {
        let first = 1 + self.spec.clients.len() as u32;
        path.checked_sub(first).map(LinkId)
    }
}

/// The port that a dialled node knows its peer by, from the number of the connection there. Any port that is not taken
/// will do; the number makes it readable.
pub(super) fn dialler_port(id: ConnId) -> u16 {
    40_000 + (id.0 / 2 % 20_000) as u16
}

/// The address of a load generator: a network of its own.
fn client_ip(client: u32) -> String {
    ["10.0.1.", &super::decimal(u64::from(client) + 1)].concat()
}
