//! From the output of a node, a load generator or a console to segments on a link: pulled while there is room, so that
//! bytes nobody pulls stay in the output buffer.

use crate::base::{Chunk, Span};
use crate::event::EventKind;
use crate::repl::textbook::Frame;

use super::World;
use super::connection::{Holder, Stage};
use super::flow::{MessageKind, Segment};
use super::link::Transport;
use super::log::Event;
use super::queue::{ConnKey, Happening, NEVER};

/// Bytes that an acknowledgement with its receipt takes at most. Where it travels alone it must not be cut in two.
const WHOLE_ACK: u64 = 256;

impl World {
    /// Pulls from one end of a connection while there is room.
    pub(super) fn pump(&mut self, key: ConnKey, end: usize) {
        while let Some(mut room) = self.room_for(key, end) {
            while room > 0 {
                let Some(connection) = self.connections.get_mut(key) else { return };
                let sender = connection.ends[end];
                let in_frames = connection.stage == Stage::Stream
                    && self.paths[connection.path as usize].link.settings.transport != Transport::Tcp;
                let most = if in_frames { room.max(WHOLE_ACK) } else { room };
                let chunk = match sender.holder {
                    Holder::Node(node) => {
                        let host = &mut self.hosts[node as usize];
                        let now = host.now(self.time);
                        host.node.as_mut().and_then(|node| node.pull(now, sender.id, most, &mut self.scratch.outbox))
                    }
                    Holder::Client(client) => self.clients[client as usize].pull(room),
                    Holder::Session(session) => self.sessions[session as usize].pull(room),
                    Holder::Nobody => None,
                };
                let Some(chunk) = chunk.filter(|chunk| !chunk.is_empty()) else {
                    connection.flows[end].wants = false;
                    return;
                };
                room = room.saturating_sub(chunk.len());
                let kind = kind_of(connection.stage, end, connection.ends[0].holder, &chunk);
                self.transmit(key, end, chunk, kind);
            }
        }
    }

    /// How much end `end` may send now. If that is nothing, it is asked again when there is room.
    fn room_for(&mut self, key: ConnKey, end: usize) -> Option<u64> {
        let now = self.time;
        let connection = self.connections.get_mut(key).filter(|connection| connection.can_send(end))?;
        let link = &self.paths[connection.path as usize].link;
        let window = link.settings.window_bytes;
        let ready_at = link.ready_at(connection.way_from(end), now);
        let limit = link.segment_limit().min(window / 2).max(1);
        let holder = connection.ends[end].holder;
        let flow = &mut connection.flows[end];
        let room = flow.room(window, now);
        let can_run = match holder {
            Holder::Node(node) => self.hosts[node as usize].is_ready(now),
            _ => true,
        };
        if can_run && room > 0 && ready_at <= now {
            return Some(room.min(limit));
        }
        flow.wants = true;
        let again = if room > 0 { ready_at } else { flow.room_again_at(window).max(ready_at) };
        if can_run && again != NEVER && (flow.room_at == NEVER || again < flow.room_at) {
            flow.room_at = again;
            self.queue.push(again, Happening::Room { conn: key, end: end as u8 });
        }
        None
    }

    /// There may be room again.
    pub(super) fn room(&mut self, key: ConnKey, end: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if connection.flows[end].room_at != self.time {
            return;
        }
        connection.flows[end].room_at = NEVER;
        let node = connection.node_at(end);
        self.pump(key, end);
        if let Some(node) = node {
            self.settle(node.0 as usize, false);
        }
    }

    fn transmit(&mut self, key: ConnKey, end: usize, chunk: Chunk, kind: MessageKind) {
        let now = self.time;
        let Some(connection) = self.connections.get_mut(key) else { return };
        self.sent += 1;
        let number = self.sent;
        let way = connection.way_from(end);
        let (path, bytes) = (connection.path, chunk.len());
        let link = &mut self.paths[path as usize].link;
        let flow = &mut connection.flows[end];
        if connection.stage == Stage::Stream && link.settings.transport != Transport::Tcp && is_frame(end, &chunk) {
            let fate = link.transmit_frame(way, now, bytes, end == 1);
            let in_order = !link.settings.overtaking;
            let (arrives, lost) = (fate.arrives, fate.lost);
            let frame = Segment { number, chunk, kind, sent: now, arrives, lost, frame: true, duplicate: false };
            if let Some(arrives) = fate.again {
                self.sent += 1;
                let again = Segment { number: self.sent, arrives, lost: false, duplicate: true, ..frame.clone() };
                flow.send_frame(again, in_order);
            }
            flow.send_frame(frame, in_order);
            (number..=self.sent).for_each(|number| self.record_sent(key, end, number));
            return self.expect_arrival(key, end);
        }
        let of_stream = end == 1 && connection.stage == Stage::Stream && link.settings.transport == Transport::Tcp;
        let transit = link.transmit(way, now, bytes, of_stream);
        let lost = transit.stall != Span::ZERO;
        let arrives = transit.arrives;
        flow.send(Segment { number, chunk, kind, sent: now, arrives, lost, frame: false, duplicate: false });
        self.record_sent(key, end, number);
        self.expect_arrival(key, end);
        if lost {
            self.log_on_connection(key, end, EventKind::SegmentLost { bytes, stall: transit.stall });
        }
    }

    /// Asks for the arrival of the first segment under way, unless that was done.
    pub(super) fn expect_arrival(&mut self, key: ConnKey, end: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let flow = &mut connection.flows[end];
        let at = flow.next_arrival();
        if flow.arrive_at != at {
            flow.arrive_at = at;
            self.queue.push(at, Happening::Arrive { conn: key, end: end as u8 });
        }
    }

    /// A fact about what end `end` has sent.
    pub(super) fn log_on_connection(&mut self, key: ConnKey, end: usize, kind: EventKind) {
        let Some(connection) = self.connections.get(key) else { return };
        let (node, peer) = (connection.node_at(end), connection.node_at(1 - end));
        let link = self.link_id(connection.path);
        self.log.push(Event { seq: 0, time: self.time, node, peer, link, client: None, kind });
    }
}

/// What a chunk is, as far as its first bytes and the use of the connection tell.
fn kind_of(stage: Stage, end: usize, dialler: Holder, chunk: &Chunk) -> MessageKind {
    if !matches!(dialler, Holder::Node(_)) {
        return if end == 0 { MessageKind::Request } else { MessageKind::Reply };
    }
    let Chunk::Data(bytes) = chunk else { return MessageKind::Snapshot };
    match (end, &bytes[..]) {
        (_, b"\n") => MessageKind::Ping,
        (0, text) if is_ack(text) => MessageKind::Ack,
        (0, _) => MessageKind::Handshake,
        (_, [b'+' | b'-', ..]) if stage != Stage::Stream => MessageKind::Handshake,
        (_, text) if text.starts_with(b"+CONTINUE") => MessageKind::Handshake,
        _ if stage == Stage::Snapshot => MessageKind::Snapshot,
        (_, b"*1\r\n$4\r\nping\r\n") => MessageKind::Ping,
        (_, text) if Frame::is_on_wire(text) && text.ends_with(b"\r\n$14\r\n*1\r\n$4\r\nping\r\n\r\n") => {
            MessageKind::Ping
        }
        (_, text) if text.starts_with(b"*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n") => MessageKind::Ack,
        _ => MessageKind::Stream,
    }
}

/// Whether a chunk on a live link is a piece of the stream that travels alone, or the acknowledgement of one.
fn is_frame(end: usize, chunk: &Chunk) -> bool {
    match chunk {
        Chunk::Data(bytes) if end == 0 => is_ack(bytes),
        Chunk::Data(bytes) => Frame::is_on_wire(bytes),
        Chunk::Ballast(_) => false,
    }
}

/// `REPLCONF ACK <offset>`, alone or with a receipt.
fn is_ack(text: &[u8]) -> bool {
    matches!(text, [b'*', b'3' | b'9', rest @ ..] if rest.starts_with(b"\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_by_their_first_bytes() {
        let kind = |stage, end, text: &str| kind_of(stage, end, Holder::Node(0), &Chunk::Data(text.into()));
        use MessageKind::*;
        assert_eq!(kind(Stage::Handshake, 0, "*1\r\n$4\r\nPING\r\n"), Handshake);
        assert_eq!(kind(Stage::Handshake, 1, "+PONG\r\n"), Handshake);
        assert_eq!(kind(Stage::Snapshot, 1, "+FULLRESYNC x 0\r\n"), Handshake);
        assert_eq!(kind(Stage::Snapshot, 1, "\n"), Ping);
        assert_eq!(kind(Stage::Snapshot, 1, "$5\r\nREDIS"), Snapshot);
        assert_eq!(kind(Stage::Stream, 1, "+CONTINUE x\r\n"), Handshake);
        assert_eq!(kind(Stage::Stream, 1, "*1\r\n$4\r\nping\r\n"), Ping);
        assert_eq!(kind(Stage::Stream, 1, "*3\r\n$3\r\nSET\r\n"), Stream);
        assert_eq!(kind(Stage::Stream, 1, "+tail of a value"), Stream);
        assert_eq!(kind(Stage::Stream, 1, "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"), Ack);
        assert_eq!(kind(Stage::Stream, 0, "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n0\r\n"), Ack);
        assert_eq!(kind_of(Stage::Handshake, 1, Holder::Client(0), &Chunk::Data("+OK\r\n".into())), Reply);
        assert_eq!(kind_of(Stage::Snapshot, 1, Holder::Node(0), &Chunk::Ballast(9)), Snapshot);
    }
}
