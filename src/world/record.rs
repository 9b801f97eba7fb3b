//! Fills a recording, while there is one: what is sent, what arrives, what is lost, and what a node's offsets were before
//! and after it read a message. Each of these places costs one question while nobody looks, and what is behind the question
//! is never inlined: a page that does not look does without its code.

use super::World;
use super::carried::{Carried, Change, Effect, Ending, Party, Recording};
use super::connection::{Connection, Holder, Stage};
use super::flow::{MessageKind, Segment};
use super::network::dialler_port;
use super::queue::ConnKey;
use crate::base::{Chunk, ConnId, Time};
use crate::node::Feeding;
use crate::repl::textbook::Frame;

/// The numbers of a node that a message can move.
pub(super) type Offsets = (i64, Option<i64>);

impl World {
    /// Begins to record what the links carry, with what is on its way now, for somebody who wants to know what was on its
    /// way at `reaches`.
    #[inline(never)]
    pub(crate) fn record(&mut self, reaches: Time) {
        let mut recording = Recording::from(self.time, reaches);
        let mut under_way = Vec::new();
        for (key, connection) in self.connections.iter() {
            for end in [0, 1] {
                under_way.extend(self.on_the_way(key, connection, end));
            }
            if let Some(feeding) = self.feeding(connection, 1) {
                recording.resent.push((key, feeding.resent));
            }
        }
        under_way.sort_by_key(|message| message.number);
        under_way.into_iter().for_each(|message| recording.push(message));
        self.recorder.0 = Some(Box::new(recording));
    }

    /// Ends the recording.
    pub(crate) fn forget_recording(&mut self) {
        self.recorder.0 = None;
    }

    /// Takes over the recording of the same run at the same place.
    pub(crate) fn take_recording(&mut self, from: &mut World) {
        self.recorder.0 = from.recorder.0.take();
    }

    /// What was recorded up to now; `None` while nobody records.
    pub fn recording(&self) -> Option<&Recording> {
        self.recorder.0.as_deref()
    }

    /// Notes what became of messages that are on their way: a link that fell silent or was healed gave them other times.
    pub(crate) fn note_under_way(&mut self) {
        let Some(recording) = self.recorder.0.as_deref_mut() else { return };
        for (_, connection) in self.connections.iter() {
            for segment in connection.flows.iter().flat_map(|flow| &flow.segments) {
                if let Some(message) = recording.find(segment.number) {
                    (message.arrives, message.delayed) = (segment.arrives, segment.lost && !segment.frame);
                }
            }
        }
    }

    /// What one direction of a connection carries at this moment, for a recording that begins.
    #[inline(never)]
    fn on_the_way(&self, key: ConnKey, connection: &Connection, end: usize) -> Vec<Carried> {
        let feeding = self.feeding(connection, end);
        let mut next = feeding.map(|feeding| feeding.next).filter(|_| connection.stage == Stage::Stream);
        let mut messages = Vec::new();
        // From the latest back: what follows the last one is what the node sends next.
        for segment in connection.flows[end].segments.iter().rev() {
            let stream = if segment.frame { framed(segment, None) } else { plain(end, segment, next) };
            if !segment.frame {
                next = stream.map_or(next, |(first, _)| Some(first));
            }
            messages.extend(self.carried(key, connection, end, segment, stream));
        }
        messages
    }

    fn carried(
        &self,
        key: ConnKey,
        connection: &Connection,
        end: usize,
        segment: &Segment,
        stream: Option<(i64, i64)>,
    ) -> Option<Carried> {
        Some(Carried {
            number: segment.number,
            from: party(connection.ends[end].holder)?,
            to: party(connection.ends[1 - end].holder)?,
            link: self.link_id(connection.path),
            port: dialler_port(connection.ends[1].id),
            kind: segment.kind,
            chunk: segment.chunk.clone(),
            sent: segment.sent,
            arrives: segment.arrives,
            stream,
            frame: segment.frame,
            delayed: segment.lost && !segment.frame,
            resent: false,
            duplicate: segment.duplicate,
            ending: Ending::UnderWay,
            effect: None,
            flow: (key, end as u8),
        })
    }

    /// How far the node at an end is in sending its stream there.
    fn feeding(&self, connection: &Connection, end: usize) -> Option<Feeding> {
        let host = self.host(connection.node_at(end)?)?;
        host.node.as_ref()?.feeding(connection.ends[end].id)
    }

    /// A message was handed to the link.
    pub(super) fn record_sent(&mut self, key: ConnKey, end: usize, number: u64) {
        if self.recorder.0.is_some() {
            self.note_sent(key, end, number);
        }
    }

    #[inline(never)]
    fn note_sent(&mut self, key: ConnKey, end: usize, number: u64) {
        let Some(connection) = self.connections.get(key) else { return };
        let Some(segment) = connection.flows[end].segments.iter().rfind(|it| it.number == number) else { return };
        let feeding = self.feeding(connection, end).filter(|_| connection.stage == Stage::Stream);
        let next = feeding.map(|feeding| feeding.next);
        let stream = if segment.frame { framed(segment, next) } else { plain(end, segment, next) };
        let Some(mut message) = self.carried(key, connection, end, segment, stream) else { return };
        let Some(recording) = &mut self.recorder.0 else { return };
        if let (true, Some(feeding)) = (message.frame, feeding) {
            let known = recording.resent.iter_mut().find(|known| known.0 == key);
            let before = known.as_ref().map_or(0, |known| known.1);
            match known {
                Some(known) => known.1 = feeding.resent,
                None => recording.resent.push((key, feeding.resent)),
            }
            message.resent = feeding.resent > before;
        }
        recording.push(message);
    }

    /// A message is at its end, or was lost just before it.
    pub(super) fn record_arrival(&mut self, segment: &Segment) {
        let now = self.time;
        if let Some(message) = self.recorder.0.as_deref_mut().and_then(|recording| recording.find(segment.number)) {
            (message.arrives, message.delayed) = (now, segment.lost && !segment.frame);
            message.ending = if segment.lost && segment.frame { Ending::Lost(now) } else { Ending::Arrived(now) };
        }
    }

    /// Everything that is on its way from end `end` will not arrive: the connection is over.
    pub(super) fn record_gone(&mut self, key: ConnKey, end: usize) {
        let (Some(recording), Some(connection)) = (&mut self.recorder.0, self.connections.get(key)) else { return };
        for segment in &connection.flows[end].segments {
            if let Some(message) = recording.find(segment.number) {
                (message.arrives, message.ending) = (segment.arrives, Ending::Lost(self.time));
            }
        }
    }

    /// The numbers that the next input of a node may move; `None` while nobody records.
    pub(super) fn offsets(&self, node: usize, conn: ConnId) -> Option<Offsets> {
        self.recorder.0.as_ref()?;
        let node = self.hosts.get(node)?.node.as_ref()?;
        Some((node.master_repl_offset(), node.feeding(conn).map(|feeding| feeding.ack_offset)))
    }

    /// A node has read a message; `before` are its numbers before that.
    pub(super) fn record_read(&mut self, number: u64, node: usize, conn: ConnId, before: Offsets) {
        let Some((offset, acked)) = self.offsets(node, conn) else { return };
        let at = self.time;
        if let Some(message) = self.recorder.0.as_deref_mut().and_then(|recording| recording.find(number)) {
            let acknowledged: Option<Change> = before.1.zip(acked);
            message.effect = Some(Effect { at, offset: (before.0, offset), acknowledged });
        }
    }
}

fn party(holder: Holder) -> Option<Party> {
    match holder {
        Holder::Node(node) => Some(Party::Node(node)),
        Holder::Client(client) => Some(Party::Client(client)),
        // Each node has two sessions: the console, and the administrator of actions.
        Holder::Session(session) => Some(Party::Console(session / 2)),
        Holder::Nobody => None,
    }
}

/// The stream bytes of a piece of a live link from master to replica, if it has some, by the byte that is sent behind it.
fn plain(end: usize, segment: &Segment, next: Option<i64>) -> Option<(i64, i64)> {
    let keepalive = matches!(&segment.chunk, Chunk::Data(bytes) if &bytes[..] == b"\n");
    let is_stream = matches!(segment.kind, MessageKind::Stream | MessageKind::Ping | MessageKind::Ack);
    let next = next.filter(|_| end == 1 && is_stream && !keepalive)?;
    Some((next - segment.chunk.len() as i64, next - 1))
}

/// The stream bytes of a frame; where it does not say which, by the byte that is sent behind it.
fn framed(segment: &Segment, next: Option<i64>) -> Option<(i64, i64)> {
    let Chunk::Data(bytes) = &segment.chunk else { return None };
    let frame = Frame::decode(bytes)?;
    let length = frame.payload.len() as i64;
    let first = match frame.position {
        Some((start, _)) => start,
        None => next? - length,
    };
    Some((first, first + length - 1))
}
