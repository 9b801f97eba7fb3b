//! A link between two endpoints: how long bytes take, and what becomes of them when it is cut, silent or lossy. Knows
//! bytes and sizes, not what they mean, and no connection: `flow` is one direction of one of those.
//!
//! Between nodes a link can also carry the stream in frames that it loses and repeats ([`Transport`]).
//!
//! Deliberate simplifications: one segment may be larger than a packet; acknowledgements of TCP take no bandwidth; a
//! sender does not slow down after a loss; the kernel never gives up a silent connection by itself (Linux does after
//! about 15 minutes).

use crate::base::{Rng, Seed, Span, Time};
use crate::event::Direction;
use crate::repl::textbook::Datagrams;

use super::queue::NEVER;

/// No path is faster: two programs that answer each other at once would otherwise stop the clock.
pub const SHORTEST_LATENCY: Span = Span::from_micros(10);
/// A sender hands bytes to a link only while fewer than this are ahead in its queue.
const QUEUE_AHEAD: Span = Span::from_millis(5);
/// A segment is at most what the link carries in this time, but never less than a packet.
const SEGMENT_SPAN_MS: u64 = 10;
/// Bytes of a full packet.
const PACKET: u64 = 1460;
/// First retransmission timeout of data, as Linux's shortest.
pub(super) const DATA_RETRY: Span = Span::from_millis(200);
/// First retransmission timeout of a dial.
pub(super) const DIAL_RETRY: Span = Span::from_secs(1);
/// Retransmission timeouts double up to this.
const LONGEST_RETRY: Span = Span::from_secs(120);
/// A segment that is lost this often in a row gets through the next time.
const MOST_LOSSES: u32 = 8;

/// What a link does to the stream between two nodes. The handshake and snapshots are safe on every link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// As Redis: TCP loses nothing while the connection lives.
    #[default]
    Tcp,
    /// Frames with their offset, and acknowledgements, can be lost and repeated (`docs/redis-replication.md` 18.4).
    Textbook,
    /// Frames without an offset (`docs/redis-replication.md` 18.3).
    Unsound,
}

/// How a link treats bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkSettings {
    /// One way.
    pub latency: Span,
    /// Added to the latency of each segment: evenly from zero to this.
    pub jitter: Span,
    /// Each way, shared by all connections of the link; 0 for unlimited.
    pub bandwidth_bytes_per_s: u64,
    /// Bytes that one direction of one connection may have sent and the receiving program not yet read.
    pub window_bytes: u64,
    /// Segments lost, of a million. A lost one holds up those behind it until it is sent again; a lost frame is gone.
    pub loss_ppm: u32,
    /// What it does to the stream between nodes.
    pub transport: Transport,
    /// Frames that arrive twice, of a million.
    pub duplicate_ppm: u32,
    /// Frames may overtake one another: jitter then changes their order.
    pub overtaking: bool,
}

/// What a link does at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It carries bytes.
    Up,
    /// No connection lives, and every dial is refused.
    Cut {
        /// Since when.
        since: Time,
    },
    /// It swallows bytes and tells nobody.
    Silent {
        /// Which way, seen from the link's first endpoint.
        direction: Direction,
        /// Since when.
        since: Time,
    },
}

/// A link. Way 0 leads from its first endpoint to its second.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) settings: LinkSettings,
    pub(super) state: LinkState,
    /// When the last byte that was handed over has left, each way.
    free_at: [Time; 2],
    rng: [Rng; 2],
    /// Frames of the stream, or segments over TCP, that are still to be lost because somebody asked for it.
    pub(super) drop_next: u64,
    /// Stream bytes in the frames that were lost so far: the least that had to be sent again.
    pub(super) lost_stream: u64,
}

/// What becomes of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    /// When it arrives, or would have.
    pub(super) arrives: Time,
    /// It does not.
    pub(super) lost: bool,
    /// When it arrives once more.
    pub(super) again: Option<Time>,
}

/// What becomes of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transit {
    /// When it arrives; never while the link is silent.
    pub(super) arrives: Time,
    /// How long a loss holds it up.
    pub(super) stall: Span,
}

impl Default for LinkSettings {
    /// Machines in one data centre: 0.5 ms, 1 Gbit/s, a window of 256 KiB, no loss.
    fn default() -> LinkSettings {
        LinkSettings {
            latency: Span::from_micros(500),
            jitter: Span::ZERO,
            bandwidth_bytes_per_s: 125_000_000,
            window_bytes: 256 << 10,
            loss_ppm: 0,
            transport: Transport::Tcp,
            duplicate_ppm: 0,
            overtaking: false,
        }
    }
}

impl LinkSettings {
    /// How the stream travels, if in frames.
    pub(super) fn datagrams(&self) -> Option<Datagrams> {
        match self.transport {
            Transport::Tcp => None,
            Transport::Textbook => Some(Datagrams { sound: true, overtaking: self.overtaking }),
            Transport::Unsound => Some(Datagrams { sound: false, overtaking: self.overtaking }),
        }
    }
}

impl Link {
    pub(super) fn new(settings: LinkSettings, seed: Seed) -> Link {
        let rng = [seed.split("way", 0).rng(), seed.split("way", 1).rng()];
        Link { settings, state: LinkState::Up, free_at: [Time::ZERO; 2], rng, drop_next: 0, lost_stream: 0 }
    }

    /// One way, at least [`SHORTEST_LATENCY`].
    pub(super) fn latency(&self) -> Span {
        self.settings.latency.max(SHORTEST_LATENCY)
    }

    /// Whether bytes on this way are swallowed.
    pub(super) fn is_silent(&self, way: usize) -> bool {
        match self.state {
            LinkState::Silent { direction: Direction::Both, .. } => true,
            LinkState::Silent { direction: Direction::AToB, .. } => way == 0,
            LinkState::Silent { direction: Direction::BToA, .. } => way == 1,
            LinkState::Up | LinkState::Cut { .. } => false,
        }
    }

    /// Whether connections can live.
    pub(super) fn is_cut(&self) -> bool {
        matches!(self.state, LinkState::Cut { .. })
    }

    /// When a sender may hand over bytes: now, or when the queue ahead is short enough.
    pub(super) fn ready_at(&self, way: usize, now: Time) -> Time {
        if self.free_at[way] <= now + QUEUE_AHEAD { now } else { Time(self.free_at[way].0 - QUEUE_AHEAD.0) }
    }

    /// The most bytes of one segment, so that a second of transfer is about a hundred segments at any bandwidth.
    pub(super) fn segment_limit(&self) -> u64 {
        match self.settings.bandwidth_bytes_per_s {
            0 => u64::MAX,
            rate => (rate / 1000 * SEGMENT_SPAN_MS).max(PACKET),
        }
    }

    /// Sends `bytes` at `now`: behind what is still leaving, with the latency of the moment. Bytes of the stream are lost,
    /// and sent again, if somebody asked for that.
    pub(super) fn transmit(&mut self, way: usize, now: Time, bytes: u64, of_stream: bool) -> Transit {
        let leaves = self.leave(way, now, bytes);
        if self.is_silent(way) {
            return Transit { arrives: NEVER, stall: Span::ZERO };
        }
        let delay = self.delay(way);
        let asked = of_stream && self.is_asked();
        let stall = self.stall(way, asked);
        Transit { arrives: leaves + delay + stall, stall }
    }

    /// Sends a frame of `bytes` at `now`. One of the stream is lost if somebody asked for that.
    pub(super) fn transmit_frame(&mut self, way: usize, now: Time, bytes: u64, of_stream: bool) -> Fate {
        let leaves = self.leave(way, now, bytes);
        let arrives = leaves + self.delay(way);
        let asked = of_stream && self.is_asked();
        let by_chance = self.chance(way, self.settings.loss_ppm);
        let again = self.chance(way, self.settings.duplicate_ppm).then(|| leaves + self.delay(way));
        Fate { arrives, lost: asked || by_chance || self.is_silent(way), again }
    }

    /// Whether somebody asked for the loss of what is sent now.
    fn is_asked(&mut self) -> bool {
        let asked = self.drop_next > 0;
        self.drop_next -= u64::from(asked);
        asked
    }

    /// When the last of these bytes has left.
    fn leave(&mut self, way: usize, now: Time, bytes: u64) -> Time {
        let leaves = self.free_at[way].max(now) + Span::of_bytes(bytes, self.settings.bandwidth_bytes_per_s);
        self.free_at[way] = leaves;
        leaves
    }

    /// The latency of the moment.
    fn delay(&mut self, way: usize) -> Span {
        match self.settings.jitter {
            Span::ZERO => self.latency(),
            jitter => self.latency() + Span(self.rng[way].below(jitter.0.saturating_add(1))),
        }
    }

    fn chance(&mut self, way: usize, ppm: u32) -> bool {
        ppm > 0 && self.rng[way].chance(u64::from(ppm), 1_000_000)
    }

    /// How long a loss holds up the next segment; zero if it is not lost. The first one may be `asked` for.
    fn stall(&mut self, way: usize, asked: bool) -> Span {
        let mut stall = Span::ZERO;
        let mut timeout = DATA_RETRY;
        for attempt in 0..MOST_LOSSES {
            let lost = self.chance(way, self.settings.loss_ppm) || (asked && attempt == 0);
            if !lost {
                break;
            }
            stall = stall + timeout;
            timeout = next_timeout(timeout);
        }
        stall
    }
}

/// When something that was sent at `first` in vain, and again after each doubled timeout, is sent for the first time
/// not before `healed`.
pub(super) fn retry_at(first: Time, healed: Time, timeout: Span) -> Time {
    let mut at = first + timeout;
    let mut timeout = timeout;
    while at < healed {
        timeout = next_timeout(timeout);
        at += timeout;
    }
    at
}

fn next_timeout(timeout: Span) -> Span {
    Span(timeout.0 * 2).min(LONGEST_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(change: impl FnOnce(&mut LinkSettings)) -> Link {
        let mut settings = LinkSettings { latency: Span::from_millis(2), ..LinkSettings::default() };
        change(&mut settings);
        Link::new(settings, Seed(1))
    }

    #[test]
    fn bytes_leave_one_after_the_other_and_take_the_latency() {
        let mut link = link(|s| s.bandwidth_bytes_per_s = 1_000_000);
        assert_eq!(link.transmit(0, Time::ZERO, 1000, false).arrives, Time::from_millis(3));
        assert_eq!(link.transmit(0, Time::ZERO, 1000, false).arrives, Time::from_millis(4));
        assert_eq!(
            link.transmit(1, Time::ZERO, 1000, false).arrives,
            Time::from_millis(3),
            "each way has its own bandwidth"
        );
    }

    #[test]
    fn a_sender_waits_while_much_is_ahead() {
        let mut link = link(|s| s.bandwidth_bytes_per_s = 1_000_000);
        assert_eq!(link.ready_at(0, Time::ZERO), Time::ZERO);
        link.transmit(0, Time::ZERO, 20_000, false);
        assert_eq!(link.ready_at(0, Time::ZERO), Time::from_millis(15));
        assert_eq!(link.ready_at(0, Time::from_millis(15)), Time::from_millis(15));
    }

    #[test]
    fn a_segment_is_ten_milliseconds_of_bandwidth_but_at_least_a_packet() {
        assert_eq!(link(|s| s.bandwidth_bytes_per_s = 125_000_000).segment_limit(), 1_250_000);
        assert_eq!(link(|s| s.bandwidth_bytes_per_s = 1000).segment_limit(), PACKET);
        assert_eq!(link(|s| s.bandwidth_bytes_per_s = 0).segment_limit(), u64::MAX);
    }

    #[test]
    fn jitter_stays_within_its_bound_and_uses_it() {
        let mut link = link(|s| {
            s.jitter = Span::from_millis(4);
            s.bandwidth_bytes_per_s = 0;
        });
        let delays: Vec<u64> = (0..500).map(|_| link.transmit(0, Time::ZERO, 1, false).arrives.0).collect();
        assert!(delays.iter().all(|&d| (2_000_000..=6_000_000).contains(&d)));
        assert!(delays.iter().any(|&d| d < 2_400_000) && delays.iter().any(|&d| d > 5_600_000));
    }

    #[test]
    fn a_loss_stalls_by_doubling_timeouts() {
        let mut link = link(|s| s.loss_ppm = 1_000_000);
        let always = link.transmit(0, Time::ZERO, 1, false).stall;
        assert_eq!(always, Span::from_millis(200 * 255));
        link.settings.loss_ppm = 100_000;
        let stalls: Vec<Span> = (0..10_000).map(|_| link.transmit(0, Time::ZERO, 1, false).stall).collect();
        let lost = stalls.iter().filter(|s| **s != Span::ZERO).count();
        assert!((900..1100).contains(&lost), "{lost}");
        assert!(stalls.contains(&Span::from_millis(600)));
    }

    #[test]
    fn a_loss_that_is_asked_for_stalls_once() {
        let mut link = link(|_| ());
        link.drop_next = 2;
        assert_eq!(link.transmit(0, Time::ZERO, 1, false).stall, Span::ZERO, "only the stream is meant");
        let stalls = [0; 3].map(|_| link.transmit(0, Time::ZERO, 1, true).stall.as_millis());
        assert_eq!(stalls, [200, 200, 0]);
    }

    #[test]
    fn silence_has_a_direction() {
        let mut link = link(|_| ());
        let silent = |direction| LinkState::Silent { direction, since: Time::ZERO };
        link.state = silent(Direction::AToB);
        assert_eq!(link.transmit(0, Time::ZERO, 1, false).arrives, NEVER);
        assert_ne!(link.transmit(1, Time::ZERO, 1, false).arrives, NEVER);
        link.state = silent(Direction::BToA);
        assert!(!link.is_silent(0) && link.is_silent(1));
        link.state = silent(Direction::Both);
        assert!(link.is_silent(0) && link.is_silent(1) && !link.is_cut());
    }

    #[test]
    fn retries_double() {
        let retry = |healed_ms| retry_at(Time::ZERO, Time::from_millis(healed_ms), DATA_RETRY).as_millis();
        let at: Vec<u64> = [0, 200, 201, 601, 1401, 25_401].map(retry).to_vec();
        assert_eq!(at, [200, 200, 600, 1400, 3000, 51_000]);
        assert!(retry(3_600_000) <= 3_600_000 + 120_000, "never more than two minutes apart");
    }

    #[test]
    fn nothing_is_faster_than_the_shortest_latency() {
        assert_eq!(
            link(|s| s.latency = Span::ZERO).transmit(0, Time::ZERO, 0, false).arrives,
            Time::ZERO + SHORTEST_LATENCY
        );
    }
}
