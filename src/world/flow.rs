//! One direction of a connection, like TCP: bytes arrive in order, and no more are under way than the window allows.
//! What the receiving program has not read keeps its place in the window, and the sender learns of a read one latency
//! later. Knows bytes and sizes, not what they mean.

use std::collections::VecDeque;

use crate::base::{Chunk, Span, Time};

use super::link::{DATA_RETRY, Link, retry_at};
use super::queue::NEVER;

/// What a message is, as its sender labels it for eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Commands of the replication stream.
    Stream,
    /// A PING of the master on its stream, or the newline that keeps a waiting replica.
    Ping,
    /// `REPLCONF ACK` of a replica, or `REPLCONF GETACK` of its master.
    Ack,
    /// Bytes of a snapshot.
    Snapshot,
    /// The handshake of a replica and the answers to it.
    Handshake,
    /// A client's command.
    Request,
    /// The answer to a client.
    Reply,
    /// The end of a connection.
    Close,
}

/// Bytes under way.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Its number in the run.
    pub(super) number: u64,
    pub(super) chunk: Chunk,
    pub(super) kind: MessageKind,
    pub(super) sent: Time,
    /// Never, while the link is silent.
    pub(super) arrives: Time,
    /// It was lost: a piece of a TCP stream is sent again, a frame is gone.
    pub(super) lost: bool,
    /// It is a frame: it comes alone, in any order, or not at all.
    pub(super) frame: bool,
    /// The link made it of the frame before.
    pub(super) duplicate: bool,
}

/// One direction of a connection.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    pub(super) segments: VecDeque<Segment>,
    /// Arrived at a host that does not read, each with the number of its message.
    pub(super) unread: VecDeque<(u64, Chunk)>,
    /// The process runs, but does not read from this connection; `unread` waits for that.
    pub(super) held: bool,
    /// Behind `unread` comes the end of the connection.
    pub(super) held_end: bool,
    /// Bytes read, and when the sender learns of it.
    credits: VecDeque<(Time, u64)>,
    /// Bytes sent of which the sender does not know that they were read.
    used: u64,
    last_arrival: Time,
    /// The moment for which an arrival is in the queue.
    pub(super) arrive_at: Time,
    /// The moment for which a look at the room is in the queue.
    pub(super) room_at: Time,
    /// The sender has bytes that had no room.
    pub(super) wants: bool,
}

impl Default for Flow {
    fn default() -> Flow {
        Flow {
            segments: VecDeque::new(),
            unread: VecDeque::new(),
            held: false,
            held_end: false,
            credits: VecDeque::new(),
            used: 0,
            last_arrival: Time::ZERO,
            arrive_at: NEVER,
            room_at: NEVER,
            wants: false,
        }
    }
}

impl Flow {
    /// Bytes that the sender may send, 0 until a fair part of the window is free: many reads then free one large piece
    /// instead of many small ones.
    pub(super) fn room(&mut self, window: u64, now: Time) -> u64 {
        while let Some(&(at, bytes)) = self.credits.front() {
            if at > now {
                break;
            }
            self.used -= bytes;
            self.credits.pop_front();
        }
        let free = window.saturating_sub(self.used);
        if free >= enough(window) { free } else { 0 }
    }

    /// When there will be room by what was already read; never if the receiver has to read more first.
    pub(super) fn room_again_at(&self, window: u64) -> Time {
        let mut used = self.used;
        for &(at, bytes) in &self.credits {
            used -= bytes;
            if window.saturating_sub(used) >= enough(window) {
                return at;
            }
        }
        NEVER
    }

    /// Puts bytes under way; they arrive at `arrives` or behind what is still under way.
    pub(super) fn send(&mut self, mut segment: Segment) {
        self.used += segment.chunk.len();
        if segment.arrives != NEVER {
            // What waits for the link to carry bytes again holds up everything behind it.
            segment.arrives = segment.arrives.max(self.last_arrival);
        }
        self.last_arrival = self.last_arrival.max(segment.arrives);
        self.segments.push_back(segment);
    }

    /// Puts a frame under way. It may overtake frames that were sent earlier, unless `in_order`, but nothing else: the reply
    /// to PSYNC comes before the stream.
    pub(super) fn send_frame(&mut self, mut segment: Segment, in_order: bool) {
        self.used += segment.chunk.len();
        if in_order && self.last_arrival != NEVER {
            segment.arrives = segment.arrives.max(self.last_arrival);
            self.last_arrival = segment.arrives;
        }
        let safe = self.segments.iter().rfind(|other| !other.frame).map(|other| other.arrives);
        segment.arrives = segment.arrives.max(safe.filter(|arrives| *arrives != NEVER).unwrap_or_default());
        let overtakes = |other: &&Segment| other.frame && other.arrives > segment.arrives;
        let behind = self.segments.iter().rev().take_while(overtakes).count();
        self.segments.insert(self.segments.len() - behind, segment);
    }

    /// The next segment, if it has arrived.
    pub(super) fn arrived(&mut self, now: Time) -> Option<Segment> {
        if self.segments.front()?.arrives > now {
            return None;
        }
        self.segments.pop_front()
    }

    /// When the next segment arrives.
    pub(super) fn next_arrival(&self) -> Time {
        self.segments.front().map_or(NEVER, |segment| segment.arrives)
    }

    /// The program read bytes; the sender learns of it at `at`, never if the way back is silent.
    pub(super) fn read(&mut self, bytes: u64, at: Time) {
        match self.credits.back_mut() {
            Some((last, sum)) if *last >= at => *sum += bytes,
            _ => self.credits.push_back((at, bytes)),
        }
    }

    /// The way is silent from now on: what is under way is lost. Frames are gone, the rest waits behind them.
    pub(super) fn fall_silent(&mut self, now: Time) {
        let mut waiting = VecDeque::new();
        for mut segment in std::mem::take(&mut self.segments) {
            if segment.frame {
                segment.lost = true;
                self.segments.push_back(segment);
            } else {
                segment.arrives = NEVER;
                waiting.push_back(segment);
            }
        }
        self.last_arrival = if waiting.is_empty() { now } else { NEVER };
        self.segments.append(&mut waiting);
        self.arrive_at = NEVER;
    }

    /// The way carries bytes again: what waits is sent once more at the next retransmission.
    pub(super) fn carry_again(&mut self, link: &Link, now: Time) {
        self.last_arrival = now;
        let Some(first) = self.segments.iter().find(|segment| segment.arrives == NEVER) else { return };
        let mut leaves = retry_at(first.sent, now, DATA_RETRY);
        for segment in self.segments.iter_mut().filter(|segment| segment.arrives == NEVER) {
            leaves += Span::of_bytes(segment.chunk.len(), link.settings.bandwidth_bytes_per_s);
            segment.arrives = leaves + link.latency();
            segment.lost = true;
        }
        self.last_arrival = leaves + link.latency();
    }

    /// The way back carries bytes again: what was read meanwhile is told at the next retransmission.
    pub(super) fn credits_again(&mut self, link: &Link, now: Time) {
        let at = retry_at(now, now, DATA_RETRY) + link.latency();
        for credit in self.credits.iter_mut().filter(|credit| credit.0 == NEVER) {
            credit.0 = at;
        }
    }

    /// The connection is gone: nothing of this flow arrives.
    pub(super) fn clear(&mut self) {
        *self = Flow::default();
    }

    /// Bytes under way and bytes that wait at the receiver.
    pub(super) fn in_flight(&self) -> u64 {
        self.segments.iter().map(|segment| segment.chunk.len()).sum()
    }

    /// Bytes that arrived and were not read.
    pub(super) fn unread_bytes(&self) -> u64 {
        self.unread.iter().map(|(_, chunk)| chunk.len()).sum()
    }
}

/// The least room worth sending into.
fn enough(window: u64) -> u64 {
    (window / 4).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::link::LinkSettings;
    use super::*;
    use crate::base::Seed;

    fn ballast(bytes: u64, arrives_ms: u64) -> Segment {
        let arrives = if arrives_ms == 0 { NEVER } else { Time::from_millis(arrives_ms) };
        Segment {
            chunk: Chunk::Ballast(bytes),
            kind: MessageKind::Stream,
            sent: Time::ZERO,
            arrives,
            lost: false,
            frame: false,
            duplicate: false,
            number: 0,
        }
    }

    #[test]
    fn what_is_sent_later_never_arrives_earlier() {
        let mut flow = Flow::default();
        flow.send(ballast(1, 9));
        flow.send(ballast(2, 4));
        assert_eq!(flow.next_arrival(), Time::from_millis(9));
        assert!(flow.arrived(Time::from_millis(8)).is_none());
        let both: Vec<u64> =
            core::iter::from_fn(|| flow.arrived(Time::from_millis(9))).map(|s| s.chunk.len()).collect();
        assert_eq!(both, [1, 2]);
        assert_eq!(flow.next_arrival(), NEVER);
    }

    /// Found by the swarm: a frame in front of `+CONTINUE` was taken for the reply.
    #[test]
    fn a_frame_overtakes_frames_only() {
        let mut flow = Flow::default();
        let frame = |bytes, arrives_ms| Segment { frame: true, ..ballast(bytes, arrives_ms) };
        flow.send(ballast(1, 9));
        flow.send_frame(frame(2, 20), false);
        flow.send_frame(frame(3, 4), false);
        let order: Vec<(u64, u64)> = core::iter::from_fn(|| flow.arrived(Time::from_millis(30)))
            .map(|segment| (segment.chunk.len(), segment.arrives.as_millis()))
            .collect();
        assert_eq!(order, [(1, 9), (3, 9), (2, 20)]);
    }

    #[test]
    fn the_window_is_free_again_one_latency_after_the_read() {
        let mut flow = Flow::default();
        assert_eq!(flow.room(100, Time::ZERO), 100);
        flow.send(ballast(90, 1));
        assert_eq!(flow.room(100, Time::ZERO), 0, "10 of 100 are not worth a segment");
        assert_eq!(flow.room_again_at(100), NEVER, "nothing was read");
        flow.read(10, Time::from_millis(5));
        assert_eq!(flow.room_again_at(100), NEVER);
        flow.read(30, Time::from_millis(6));
        assert_eq!(flow.room_again_at(100), Time::from_millis(6));
        assert_eq!(flow.room(100, Time::from_millis(5)), 0);
        assert_eq!(flow.room(100, Time::from_millis(6)), 50);
        assert_eq!(flow.room(10, Time::from_millis(6)), 0, "a window that shrank under what is under way");
    }

    #[test]
    fn a_silent_way_keeps_bytes_until_the_next_retransmission() {
        let link = Link::new(LinkSettings { latency: Span::from_millis(2), ..LinkSettings::default() }, Seed(1));
        let mut flow = Flow::default();
        flow.send(ballast(0, 1));
        flow.fall_silent(Time::ZERO);
        flow.send(ballast(0, 0));
        assert_eq!(flow.next_arrival(), NEVER);
        flow.carry_again(&link, Time::from_millis(1000));
        assert_eq!(flow.next_arrival(), Time::from_millis(1402));
        flow.send(ballast(0, 1003));
        assert!(flow.arrived(Time::from_millis(1401)).is_none());
        assert_eq!(core::iter::from_fn(|| flow.arrived(Time::from_millis(1402))).count(), 3);
    }

    #[test]
    fn a_silent_way_back_keeps_the_window_closed() {
        let link = Link::new(LinkSettings { latency: Span::from_millis(2), ..LinkSettings::default() }, Seed(1));
        let mut flow = Flow::default();
        flow.send(ballast(100, 1));
        flow.read(100, NEVER);
        assert_eq!(flow.room(100, Time::from_millis(10_000)), 0);
        flow.credits_again(&link, Time::from_millis(10_000));
        assert_eq!(flow.room_again_at(100), Time::from_millis(10_202));
        assert_eq!(flow.room(100, Time::from_millis(10_202)), 100);
    }
}
