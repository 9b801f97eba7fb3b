//! The textbook's heartbeat in a sound form: a stream in frames that may be lost, and a master that learns from
//! acknowledgements what was (`docs/redis-replication.md` 18.4 to 18.8). Real Redis has nothing of this: its TCP loses no
//! byte of a living connection. The unsound form, without offsets in the frames, is here too, to show what goes wrong.
//!
//! Owns what both ends remember of a session and how frames look. A session is a connection: a frame never reaches another
//! one, so the connection is what the specification calls the epoch. Knows no backlog: where the bytes that are sent
//! again come from, and whether they are still there, is the node's business.

use std::collections::VecDeque;

use crate::base::{Bytes, Mutant, Span, Time, format_i64, parse_i64};
use crate::resp::{Scanner, encode_command};

/// Stream bytes of one frame at most.
pub const FRAME_PAYLOAD: u64 = 1400;
/// Retransmission timeout before the first round trip was measured.
const RTO_FIRST: Span = Span::from_secs(1);
/// Shortest retransmission timeout; every frame is acknowledged at once.
const RTO_LEAST: Span = Span::from_millis(200);
/// Longest retransmission timeout, before back-off.
const RTO_MOST: Span = Span::from_secs(10);
/// The clock's grain in the timeout, that of the server cron: a gap, which the next frame shows, is better evidence.
const TICK: Span = Span::from_millis(100);
/// Losses here are no congestion: timeouts double at most this often.
const BACKOFF_MOST: u32 = 3;
/// Frames that a receiver keeps while an earlier one is missing, where frames may overtake one another.
const KEPT_FRAMES: usize = 64;
/// Ranges under way that are remembered one by one.
const RANGES_MOST: usize = 1024;

/// How a connection treats what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagrams {
    /// Frames carry the offset of their first byte.
    pub sound: bool,
    /// Frames may overtake one another.
    pub overtaking: bool,
}

/// A piece of the stream on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Offset of the first byte and the sender's clock in microseconds; `None` in the unsound form.
    pub position: Option<(i64, i64)>,
    /// Stream bytes.
    pub payload: Bytes,
}

/// What an acknowledgement says beyond `REPLCONF ACK <applied>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// First byte that was not received in order.
    pub next: i64,
    /// The clock of the newest frame since the last receipt, in the sender's microseconds; 0 without one.
    pub echo_us: i64,
    /// A frame beyond `next` is what this answers.
    pub gap: bool,
}

impl Frame {
    /// The frame on the wire.
    pub fn encode(&self) -> Vec<u8> {
        match self.position {
            None => encode_command(&[b"REPLCONF", b"DATA", &self.payload]),
            Some((start, sent_us)) => {
                encode_command(&[b"REPLCONF", b"DATA", &digits(start), &digits(sent_us), &self.payload])
            }
        }
    }

    /// Reads one frame; `None` if these bytes are not exactly one.
    pub fn decode(bytes: &Bytes) -> Option<Frame> {
        let mut scanner = Scanner::new();
        scanner.push(bytes.clone());
        let request = scanner.next().ok()??;
        if request.inline || scanner.pending() > 0 {
            return None;
        }
        match request.args.as_slice() {
            [_, word, payload] if &word[..] == b"DATA" => Some(Frame { position: None, payload: payload.clone() }),
            [_, word, start, sent_us, payload] if &word[..] == b"DATA" => {
                Some(Frame { position: Some((parse_i64(start)?, parse_i64(sent_us)?)), payload: payload.clone() })
            }
            _ => None,
        }
    }

    /// Whether bytes on the wire begin like a frame.
    pub fn is_on_wire(bytes: &[u8]) -> bool {
        matches!(bytes, [b'*', b'3' | b'5', rest @ ..] if rest.starts_with(b"\r\n$8\r\nREPLCONF\r\n$4\r\nDATA\r\n"))
    }
}

impl Receipt {
    /// The acknowledgement on the wire.
    pub fn encode(&self, applied: i64) -> Vec<u8> {
        let gap: &[u8] = if self.gap { b"1" } else { b"0" };
        let (next, echo) = (digits(self.next), digits(self.echo_us));
        encode_command(&[b"REPLCONF", b"ACK", &digits(applied), b"NEXT", &next, b"ECHO", &echo, b"GAP", gap])
    }

    /// Reads what follows the applied offset, in pairs.
    pub fn decode(pairs: &[Bytes]) -> Option<Receipt> {
        let [next_word, next, echo_word, echo, gap_word, gap] = pairs else { return None };
        if [&next_word[..], &echo_word[..], &gap_word[..]] != [&b"NEXT"[..], b"ECHO", b"GAP"] {
            return None;
        }
        Some(Receipt { next: parse_i64(next)?, echo_us: parse_i64(echo)?, gap: &gap[..] == b"1" })
    }
}

fn digits(value: i64) -> Vec<u8> {
    let mut text = Vec::with_capacity(20);
    format_i64(value, &mut text);
    text
}

/// A clock as it travels in frames.
pub fn micros(time: Time) -> i64 {
    (time.0 / 1000) as i64
}

/// What an acknowledgement tells the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing new.
    Nothing,
    /// More bytes arrived; whether everything that was declared lost is among them now.
    Progress {
        /// The last loss is repaired.
        repaired: bool,
    },
    /// Bytes are lost: send again from [`Sender::una`] on.
    Lost,
    /// It acknowledges bytes that were never sent.
    Nonsense,
}

/// Bytes under way, sent in one frame or in neighbouring ones.
#[derive(Clone, Copy, Debug)]
struct Range {
    /// Offset behind the last byte.
    end: i64,
    /// When the newest of them was sent.
    sent: Time,
}

/// What the master remembers of a session.
#[derive(Clone, Debug)]
pub struct Sender {
    how: Datagrams,
    /// First byte that is not acknowledged.
    una: i64,
    /// Behind the last byte that was ever sent.
    highest: i64,
    under_way: VecDeque<Range>,
    /// Smoothed round trip and its variation.
    round_trip: Option<(u64, u64)>,
    backoff: u32,
    /// Acknowledgements that told of a gap since the last progress.
    evidence: u32,
    /// Until this byte is acknowledged, gaps are those of a loss that is already being repaired.
    recover: i64,
    resent: u64,
    losses: u64,
}

impl Sender {
    /// A session whose first byte is `first`.
    pub fn new(how: Datagrams, first: i64) -> Sender {
        Sender {
            how,
            una: first,
            highest: first,
            under_way: VecDeque::new(),
            round_trip: None,
            backoff: 0,
            evidence: 0,
            recover: first,
            resent: 0,
            losses: 0,
        }
    }

    /// First byte that is not acknowledged.
    pub fn una(&self) -> i64 {
        self.una
    }

    /// Bytes that were sent more than once so far, each time counted.
    pub fn resent(&self) -> u64 {
        self.resent
    }

    /// Whether something was declared lost that is not acknowledged yet.
    pub fn is_repairing(&self) -> bool {
        self.una < self.recover
    }

    /// How often bytes were declared lost.
    pub fn losses(&self) -> u64 {
        self.losses
    }

    /// The frame for stream bytes that leave now.
    pub fn send(&mut self, start: i64, payload: Bytes, now: Time) -> Frame {
        let end = start + payload.len() as i64;
        self.resent += (self.highest.min(end) - start).max(0) as u64;
        self.highest = self.highest.max(end);
        if self.under_way.len() >= RANGES_MOST {
            self.under_way.pop_back();
        }
        self.under_way.push_back(Range { end, sent: now });
        Frame { position: self.how.sound.then(|| (start, micros(now))), payload }
    }

    /// An acknowledgement of the sound form arrived.
    pub fn acknowledged(&mut self, receipt: Receipt, now: Time) -> News {
        if receipt.next > self.highest {
            return News::Nonsense;
        }
        if receipt.echo_us > 0 {
            self.measure(micros(now).saturating_sub(receipt.echo_us).max(0) as u64 * 1000);
        }
        if receipt.next > self.una {
            let repaired = self.is_repairing() && receipt.next >= self.recover;
            self.una = receipt.next;
            self.under_way.retain(|range| range.end > receipt.next);
            (self.backoff, self.evidence) = (0, 0);
            return News::Progress { repaired };
        }
        let Some(first) = self.under_way.front() else { return News::Nothing };
        let is_evidence = receipt.next == self.una && receipt.gap && receipt.echo_us > micros(first.sent);
        if !is_evidence || self.is_repairing() {
            return News::Nothing;
        }
        self.evidence += 1;
        if self.evidence >= if self.how.overtaking { 3 } else { 1 } { News::Lost } else { News::Nothing }
    }

    /// An acknowledgement of the unsound form: every offset below what was sent is taken for a loss, also when the bytes
    /// are only on their way.
    pub fn counted(&mut self, offset: i64) -> News {
        if offset >= self.highest {
            return News::Nonsense;
        }
        self.una = offset + 1;
        if self.una < self.highest { News::Lost } else { News::Progress { repaired: false } }
    }

    /// When the oldest bytes under way count as lost unless they are acknowledged; `None` if nothing is under way, or in
    /// the unsound form.
    pub fn deadline(&self) -> Option<Time> {
        let first = self.under_way.front().filter(|_| self.how.sound)?;
        Some(first.sent + self.timeout())
    }

    /// Notes that everything from [`Sender::una`] on is sent again, by a timeout or by evidence. `next` is where the sender
    /// had come to.
    pub fn rewound(&mut self, next: i64, by_timeout: bool) {
        self.recover = next;
        self.under_way.clear();
        self.evidence = 0;
        self.losses += 1;
        if by_timeout {
            self.backoff = (self.backoff + 1).min(BACKOFF_MOST);
        }
    }

    fn timeout(&self) -> Span {
        let base = match self.round_trip {
            None => RTO_FIRST,
            Some((smooth, variation)) => Span(smooth + (4 * variation).max(TICK.0)).max(RTO_LEAST).min(RTO_MOST),
        };
        Span(base.0 << self.backoff)
    }

    fn measure(&mut self, sample: u64) {
        self.round_trip = Some(match self.round_trip {
            None => (sample, sample / 2),
            Some((smooth, variation)) => ((smooth * 7 + sample) / 8, (variation * 3 + smooth.abs_diff(sample)) / 4),
        });
    }
}

/// What the replica remembers of a session.
#[derive(Clone, Debug)]
pub struct Receiver {
    how: Datagrams,
    echo_us: i64,
    /// Frames beyond a gap, by their start, where frames may overtake one another.
    kept: Vec<(i64, Bytes)>,
    duplicates: u64,
    gaps: u64,
}

impl Receiver {
    /// A session at its beginning.
    pub fn new(how: Datagrams) -> Receiver {
        Receiver { how, echo_us: 0, kept: Vec::new(), duplicates: 0, gaps: 0 }
    }

    /// Whether acknowledgements carry a receipt.
    pub fn is_sound(&self) -> bool {
        self.how.sound
    }

    /// Frames that were dropped because their bytes had arrived before.
    pub fn duplicates(&self) -> u64 {
        self.duplicates
    }

    /// Frames that came while an earlier one was missing.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The receipt that goes with an acknowledgement; `next` is the first byte that is wanted. A clock is echoed once, at
    /// once: echoed later it would tell of a longer way than there is.
    pub fn receipt(&mut self, next: i64, gap: bool) -> Receipt {
        Receipt { next, echo_us: std::mem::take(&mut self.echo_us), gap }
    }

    /// Takes a frame while `next` is wanted. Returns the stream bytes that follow now, in order, and whether the frame lies
    /// beyond a gap. What is fed is exactly the stream, each byte once - in the sound form.
    pub fn take(&mut self, next: i64, frame: Frame) -> (Vec<Bytes>, bool) {
        let Some((start, sent_us)) = frame.position else { return (vec![frame.payload], false) };
        self.echo_us = self.echo_us.max(sent_us);
        if start > next && !Mutant::FrameAppliedWithGap.lives() {
            self.gaps += 1;
            self.keep(start, frame.payload);
            return (Vec::new(), true);
        }
        let mut fed = Vec::new();
        let mut next = next;
        if !feed(&mut next, start, &frame.payload, &mut fed) {
            self.duplicates += 1;
        }
        while let Some(at) = self.kept.iter().position(|(start, _)| *start <= next) {
            let (start, payload) = self.kept.swap_remove(at);
            feed(&mut next, start, &payload, &mut fed);
        }
        (fed, false)
    }

    fn keep(&mut self, start: i64, payload: Bytes) {
        let known = self.kept.iter().any(|(other, _)| *other == start);
        if self.how.overtaking && !known && self.kept.len() < KEPT_FRAMES {
            self.kept.push((start, payload));
        }
    }
}

/// Takes the part of a frame that is wanted, if there is one.
fn feed(next: &mut i64, start: i64, payload: &Bytes, fed: &mut Vec<Bytes>) -> bool {
    let end = start + payload.len() as i64;
    if end <= *next && !Mutant::FrameAppliedTwice.lives() {
        return false;
    }
    let skip = if end <= *next { 0 } else { (*next - start).max(0) as usize };
    fed.push(payload.slice(skip..payload.len()));
    *next = end;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIFO: Datagrams = Datagrams { sound: true, overtaking: false };

    fn at(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    fn frame(start: i64, text: &str) -> Frame {
        Frame { position: Some((start, 1)), payload: text.into() }
    }

    fn receipt(next: i64, echo_ms: u64, gap: bool) -> Receipt {
        Receipt { next, echo_us: micros(at(echo_ms)), gap }
    }

    #[test]
    fn frames_and_receipts_come_back() {
        let sound = Frame { position: Some((51, 7)), payload: "*1\r\n$4\r\nping\r\n".into() };
        let unsound = Frame { position: None, payload: "a\r\nb".into() };
        for frame in [sound, unsound] {
            let wire = Bytes::from(frame.encode());
            assert!(Frame::is_on_wire(&wire));
            assert_eq!(Frame::decode(&wire), Some(frame));
            assert_eq!(Frame::decode(&wire.slice(0..wire.len() - 1)), None);
        }
        assert!(!Frame::is_on_wire(b"*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n0\r\n"));
        for nonsense in [
            "",
            "\r\n",
            "PING\r\n",
            "*1\r\n$1\r\nx\r\n",
            "*5\r\n$1\r\na\r\n$4\r\nDATA\r\n$1\r\nx\r\n$1\r\n1\r\n$0\r\n\r\n",
        ] {
            assert_eq!(Frame::decode(&nonsense.into()), None, "{nonsense:?}");
        }
        let mut scanner = Scanner::new();
        scanner.push(receipt(7, 3, true).encode(5).into());
        let request = scanner.next().expect("RESP").expect("whole");
        assert_eq!(Receipt::decode(&request.args[3..]), Some(receipt(7, 3, true)));
        assert_eq!(Receipt::decode(&request.args[4..]), None);
    }

    /// The receiver's rule, `docs/redis-replication.md` 18.5.
    #[test]
    fn only_what_is_contiguous_is_fed() {
        let mut receiver = Receiver::new(FIFO);
        assert_eq!(receiver.take(51, frame(51, "abc")), (vec!["abc".into()], false));
        assert_eq!(receiver.take(54, frame(57, "ghi")), (vec![], true), "a gap");
        assert_eq!(receiver.take(54, frame(51, "abc")), (vec![], false), "a duplicate");
        assert_eq!(receiver.take(54, frame(52, "bcdef")), (vec!["def".into()], false), "its end is new");
        assert_eq!((receiver.duplicates(), receiver.gaps()), (1, 1));
    }

    #[test]
    fn where_frames_overtake_they_are_kept_for_later() {
        let mut receiver = Receiver::new(Datagrams { overtaking: true, ..FIFO });
        assert_eq!(receiver.take(1, frame(7, "gh")), (vec![], true));
        assert_eq!(receiver.take(1, frame(4, "def")), (vec![], true));
        assert_eq!(receiver.take(1, frame(1, "abc")).0.concat(), b"abcdefgh");
        for start in 0..1000 {
            receiver.take(1, frame(100 + start, "x"));
        }
        assert_eq!(receiver.kept.len(), KEPT_FRAMES);
    }

    /// The sender's rule L2, `docs/redis-replication.md` 18.6.
    #[test]
    fn a_gap_is_evidence_only_of_what_was_sent_before() {
        let mut sender = Sender::new(FIFO, 51);
        sender.send(51, "abc".into(), at(100));
        sender.send(54, "def".into(), at(110));
        assert_eq!(sender.acknowledged(receipt(51, 90, true), at(120)), News::Nothing, "an older frame is echoed");
        assert_eq!(sender.acknowledged(receipt(51, 110, false), at(120)), News::Nothing, "no gap is told");
        assert_eq!(sender.acknowledged(receipt(51, 110, true), at(120)), News::Lost);
        sender.rewound(57, false);
        sender.send(51, "abcdef".into(), at(120));
        assert_eq!((sender.resent(), sender.losses()), (6, 1));
        assert_eq!(sender.acknowledged(receipt(51, 121, true), at(130)), News::Nothing, "the loss is being repaired");
        assert_eq!(sender.acknowledged(receipt(57, 120, false), at(140)), News::Progress { repaired: true });
        assert_eq!(sender.acknowledged(receipt(58, 120, false), at(140)), News::Nonsense);
        assert_eq!(sender.deadline(), None);
    }

    #[test]
    fn an_offset_behind_what_was_sent_is_no_loss_by_itself() {
        let mut sender = Sender::new(FIFO, 51);
        sender.send(51, "abc".into(), at(100));
        assert_eq!(sender.acknowledged(receipt(51, 0, false), at(101)), News::Nothing);
        let mut unsound = Sender::new(Datagrams { sound: false, ..FIFO }, 51);
        assert_eq!(unsound.send(51, "abc".into(), at(100)).position, None);
        assert_eq!(unsound.counted(50), News::Lost, "which is what makes the unsound form unsound");
        assert_eq!(unsound.deadline(), None);
    }

    /// The sender's rule L1, `docs/redis-replication.md` 18.6.
    #[test]
    fn the_timeout_follows_the_round_trip_and_doubles() {
        let mut sender = Sender::new(FIFO, 1);
        sender.send(1, "a".into(), at(0));
        assert_eq!(sender.deadline(), Some(at(1000)));
        sender.acknowledged(receipt(2, 1, false), at(101));
        sender.send(2, "b".into(), at(200));
        assert_eq!(sender.deadline(), Some(at(200 + 100 + 4 * 50)));
        for losses in 1..=5u32 {
            sender.rewound(3, true);
            sender.send(2, "b".into(), at(1000));
            assert_eq!(sender.deadline(), Some(at(1000 + (300 << losses.min(BACKOFF_MOST)))));
        }
    }

    #[test]
    fn what_is_remembered_of_ranges_is_bounded() {
        let mut sender = Sender::new(FIFO, 1);
        for offset in 1..10_000 {
            sender.send(offset, "x".into(), at(offset as u64));
        }
        assert_eq!(sender.under_way.len(), RANGES_MOST);
        assert_eq!(sender.acknowledged(receipt(9_999, 1, false), at(10_000)), News::Progress { repaired: false });
        assert_eq!(sender.deadline(), Some(at(9_999) + sender.timeout()));
    }
}
