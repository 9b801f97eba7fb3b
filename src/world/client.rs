//! A load generator: an application that writes to one node, at a rate (open loop) or after each answer (closed loop),
//! and counts what became of its requests. Large values are slices of one allocation and never copied.

use std::collections::VecDeque;

use crate::base::{Bytes, Chunk, Rng, Seed, Span, Time, format_u64};
use crate::resp::{Reply, ReplyScanner};

use super::queue::{ConnKey, NEVER};
use super::spec::{ClientSpec, Load};
use super::trace::Outcome;
use super::values::Values;

/// After a failure the next attempt to connect follows this late.
pub(super) const REDIAL: Span = Span::from_millis(100);
/// Requests without an answer; more are not sent.
const MOST_PENDING: usize = 10_000;
/// Values of at least this size are shared slices.
const SHARE_FROM: u64 = 4096;
/// Refused values that are remembered.
const MOST_REFUSED: usize = 64;
/// Kinds of error that are counted apart.
const MOST_ERRORS: usize = 16;
/// Requests that one moment can make due; the rest is a moment later.
const MOST_AT_ONCE: usize = 1000;

/// What became of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Handed to the connection.
    pub sent: u64,
    /// Of these, writes.
    pub writes: u64,
    /// Writes that were answered without an error.
    pub acknowledged: u64,
    /// Writes that were answered with an error.
    pub refused: u64,
    /// Writes whose connection broke before the answer.
    pub unanswered: u64,
    /// Reads that were answered.
    pub reads: u64,
    /// Requests that were due and could not be sent: no connection, or too many without an answer.
    pub skipped: u64,
    /// Sum of the times from request to answer, in nanoseconds.
    pub latency_sum_ns: u64,
    /// The longest of them.
    pub latency_max: Span,
    /// Error replies by their text, in order of first appearance.
    pub errors: Vec<(Bytes, u64)>,
}

/// A request that has come to its end, for a trace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    pub(super) sent: Time,
    /// Number of the key of a write; `None` for a read.
    pub(super) key: Option<u64>,
    pub(super) value_bytes: u64,
    pub(super) outcome: Outcome,
}

/// A request without an answer.
#[derive(Clone, Copy, Debug)]
struct Pending {
    sent: Time,
    /// Number of the key of a write; `None` for a read.
    key: Option<u64>,
}

/// Whether a load generator has a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Down,
    Dialling(ConnKey),
    Up(ConnKey),
}

/// A load generator.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) spec: ClientSpec,
    pub(super) line: Line,
    pub(super) tally: Tally,
    /// The moment for which the next request is in the queue.
    pub(super) due_at: Time,
    /// Closed loop: moments at which a request follows an answer.
    due: VecDeque<Time>,
    /// Open loop: the series of requests began then, and had that many.
    series: (Time, u64),
    outgoing: VecDeque<Chunk>,
    pending: VecDeque<Pending>,
    scanner: ReplyScanner,
    rng: Rng,
    /// Number of the next write, part of its value.
    written: u64,
    values: Values,
    last_error: Option<Bytes>,
    /// Values of the latest writes that were refused.
    pub(super) refused: VecDeque<Bytes>,
    /// Requests that ended and that the trace has not taken yet, if there is one.
    pub(super) ended: Option<Vec<Answered>>,
}

impl Client {
    pub(super) fn new(spec: &ClientSpec, index: usize, seed: Seed) -> Client {
        Client {
            spec: spec.clone(),
            line: Line::Down,
            tally: Tally::default(),
            due_at: NEVER,
            due: VecDeque::new(),
            series: (spec.start, 0),
            outgoing: VecDeque::new(),
            pending: VecDeque::new(),
            scanner: ReplyScanner::new(),
            rng: seed.split("client", index as u64).rng(),
            written: 0,
            values: Values::new(spec.value_bytes),
            last_error: None,
            refused: VecDeque::new(),
            ended: None,
        }
    }

    /// The size of values from now on.
    pub(super) fn set_value_bytes(&mut self, bytes: u64) {
        self.spec.value_bytes = bytes;
        self.values = Values::new(bytes);
    }

    /// The rate of an open loop from now on. A closed loop becomes an open one.
    pub(super) fn set_rate(&mut self, per_s: u64, now: Time) {
        let poisson = matches!(self.spec.load, Load::Open { poisson: true, .. });
        self.spec.load = Load::Open { per_s, poisson };
        self.series = (now.max(self.spec.start), 0);
        self.due.clear();
    }

    /// When the next request is due; never while a closed loop waits for answers.
    pub(super) fn next_due(&mut self) -> Time {
        let due = match self.spec.load {
            Load::Open { per_s: 0, .. } => NEVER,
            Load::Open { per_s, poisson: false } => {
                // Begin a new series before the numbers grow out of 64 bits.
                let (start, count) = self.series;
                if count >= per_s * 1000 {
                    self.series = (start + Span::from_secs(1000), count - per_s * 1000);
                }
                let (start, count) = self.series;
                start + Span((count + 1) * 1_000_000_000 / per_s)
            }
            Load::Open { per_s, poisson: true } => {
                let gap = self.rng.exponential(Span(1_000_000_000 / per_s));
                self.series.0 += gap;
                self.series.0
            }
            Load::Closed { .. } => self.due.front().copied().unwrap_or(NEVER),
        };
        if self.spec.stop.is_some_and(|stop| due >= stop) { NEVER } else { due }
    }

    /// The connection stands: a closed loop asks for the first time.
    pub(super) fn connected(&mut self, conn: ConnKey, now: Time) {
        self.line = Line::Up(conn);
        if let Load::Closed { concurrency, .. } = self.spec.load {
            let first = now.max(self.spec.start);
            self.due = (0..concurrency).map(|_| first).collect();
        }
    }

    /// The connection is gone, and with it every request without an answer.
    pub(super) fn disconnected(&mut self) {
        self.line = Line::Down;
        self.tally.unanswered += self.pending.iter().filter(|pending| pending.key.is_some()).count() as u64;
        while let Some(pending) = self.pending.pop_front() {
            self.end(pending, Outcome::Unanswered);
        }
        self.outgoing.clear();
        self.due.clear();
        self.scanner = ReplyScanner::new();
    }

    /// Makes the requests that are due, and says whether there is something to send.
    pub(super) fn ask(&mut self, now: Time) -> bool {
        let requests = match self.spec.load {
            Load::Open { .. } => {
                self.series.1 += 1;
                1
            }
            Load::Closed { .. } => {
                let due = self.due.iter().take(MOST_AT_ONCE).take_while(|at| **at <= now).count();
                self.due.drain(..due);
                due
            }
        };
        for _ in 0..requests {
            if !matches!(self.line, Line::Up(_)) || self.pending.len() >= MOST_PENDING {
                self.tally.skipped += 1;
                continue;
            }
            let write = !self.rng.chance(self.spec.read_percent, 100);
            let key = self.rng.below(self.spec.keys);
            self.request(write, key);
            self.pending.push_back(Pending { sent: now, key: write.then_some(key) });
            self.tally.sent += 1;
            self.tally.writes += u64::from(write);
        }
        !self.outgoing.is_empty()
    }

    /// Hands over at most `room` bytes of requests.
    pub(super) fn pull(&mut self, room: u64) -> Option<Chunk> {
        let first = self.outgoing.front_mut()?;
        if first.len() <= room {
            return self.outgoing.pop_front();
        }
        Some(first.split_to(room))
    }

    /// Reads answers. `Err` if they are not the protocol. `told` gets each change from success to error and between
    /// errors.
    pub(super) fn receive(&mut self, chunk: Chunk, now: Time, told: &mut Vec<Option<Bytes>>) -> Result<(), ()> {
        let Chunk::Data(bytes) = chunk else { return Err(()) };
        self.scanner.push(bytes);
        while let Some(reply) = self.scanner.next().map_err(|_| ())? {
            let Some(pending) = self.pending.pop_front() else { return Err(()) };
            let latency = now.since(pending.sent);
            self.tally.latency_sum_ns += latency.0;
            self.tally.latency_max = self.tally.latency_max.max(latency);
            let refused = matches!(reply, Reply::Error(_));
            self.end(pending, if refused { Outcome::Refused } else { Outcome::Acknowledged });
            self.count(pending.key.is_some(), reply, told);
            if let Load::Closed { think, .. } = self.spec.load {
                self.due.push_back(now + think);
            }
        }
        Ok(())
    }

    /// Requests without an answer.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    fn end(&mut self, Pending { sent, key }: Pending, outcome: Outcome) {
        if let Some(ended) = &mut self.ended {
            ended.push(Answered { sent, key, value_bytes: self.spec.value_bytes, outcome });
        }
    }

    fn count(&mut self, write: bool, reply: Reply, told: &mut Vec<Option<Bytes>>) {
        let error = match reply {
            Reply::Error(text) => Some(text),
            _ => None,
        };
        match (&error, write) {
            (None, true) => self.tally.acknowledged += 1,
            (Some(_), true) => self.note_refused(),
            (_, false) => self.tally.reads += 1,
        }
        if let Some(text) = &error {
            let errors = &mut self.tally.errors;
            match errors.iter().position(|(known, _)| known == text) {
                Some(at) => errors[at].1 += 1,
                None if errors.len() < MOST_ERRORS => errors.push((text.clone(), 1)),
                None => {}
            }
        }
        if error != self.last_error {
            told.push(error.clone());
            self.last_error = error;
        }
    }

    /// A write was answered with an error. Answers come in the order of the requests, so what is pending tells its number.
    fn note_refused(&mut self) {
        self.tally.refused += 1;
        let behind = self.pending.iter().filter(|pending| pending.key.is_some()).count() as u64;
        let number = self.written.saturating_sub(behind + 1);
        let mut value = Vec::new();
        if self.spec.value_bytes < SHARE_FROM {
            self.values.append_numbered(number, &mut value);
        }
        if self.refused.len() >= MOST_REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back(value.into());
    }

    /// Appends the bytes of one request.
    fn request(&mut self, write: bool, key: u64) {
        let size = self.spec.value_bytes;
        let prefix = self.spec.prefix.as_bytes();
        let mut digits = Vec::with_capacity(20);
        format_u64(key, &mut digits);
        let mut bytes = Vec::with_capacity(64 + prefix.len() + if size < SHARE_FROM { size as usize } else { 0 });
        bytes.extend_from_slice(if write { b"*3\r\n$3\r\nSET\r\n$" } else { b"*2\r\n$3\r\nGET\r\n$" });
        format_u64((prefix.len() + digits.len()) as u64, &mut bytes);
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(prefix);
        bytes.extend_from_slice(&digits);
        bytes.extend_from_slice(b"\r\n");
        if !write {
            self.outgoing.push_back(Chunk::Data(bytes.into()));
            return;
        }
        bytes.push(b'$');
        format_u64(size, &mut bytes);
        bytes.extend_from_slice(b"\r\n");
        let number = self.written;
        self.written += 1;
        if size < SHARE_FROM {
            self.values.append_numbered(number, &mut bytes);
            bytes.extend_from_slice(b"\r\n");
            self.outgoing.push_back(Chunk::Data(bytes.into()));
            return;
        }
        self.outgoing.push_back(Chunk::Data(bytes.into()));
        self.outgoing.push_back(Chunk::Data(self.values.shared(number)));
        self.outgoing.push_back(Chunk::Data(Bytes::from("\r\n")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::NodeId;

    fn client(change: impl FnOnce(&mut ClientSpec)) -> Client {
        let mut spec = ClientSpec::new("app", NodeId(0));
        change(&mut spec);
        let mut client = Client::new(&spec, 0, Seed(1));
        client.connected(ConnKey { index: 0, generation: 0 }, Time::ZERO);
        client
    }

    fn sent(client: &mut Client) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(Chunk::Data(bytes)) = client.pull(u64::MAX) {
            all.extend_from_slice(&bytes);
        }
        all
    }

    #[test]
    fn an_open_loop_keeps_its_rate_exactly() {
        let mut client = client(|spec| spec.load = Load::Open { per_s: 3, poisson: false });
        let mut last = Time::ZERO;
        for _ in 0..3000 {
            last = client.next_due();
            client.ask(last);
        }
        assert_eq!(last, Time::from_millis(1_000_000));
        client.set_rate(0, last);
        assert_eq!(client.next_due(), NEVER);
        client.set_rate(10, last);
        assert_eq!(client.next_due(), last + Span::from_millis(100));
    }

    #[test]
    fn poisson_has_the_same_rate_on_average() {
        let mut client = client(|spec| spec.load = Load::Open { per_s: 100, poisson: true });
        let last = (0..10_000).map(|_| client.next_due()).last().unwrap_or_default();
        assert!((95_000..105_000).contains(&last.as_millis()), "{last:?}");
    }

    #[test]
    fn a_closed_loop_asks_after_each_answer() {
        let think = Span::from_millis(5);
        let mut client = client(|spec| spec.load = Load::Closed { concurrency: 2, think });
        assert_eq!(client.next_due(), Time::ZERO);
        assert!(client.ask(Time::ZERO));
        assert_eq!((client.pending(), client.next_due()), (2, NEVER));
        let mut told = Vec::new();
        assert!(client.receive(Chunk::Data("+OK\r\n".into()), Time::from_millis(3), &mut told).is_ok());
        assert_eq!((client.pending(), client.next_due()), (1, Time::from_millis(8)));
        assert_eq!((client.tally.acknowledged, client.tally.latency_max), (1, Span::from_millis(3)));
    }

    #[test]
    fn a_request_is_a_command_of_the_asked_size() {
        let mut client = client(|spec| {
            spec.keys = 1;
            spec.value_bytes = 5;
        });
        client.ask(Time::ZERO);
        let request = sent(&mut client);
        assert!(
            request.starts_with(b"*3\r\n$3\r\nSET\r\n$5\r\nkey:0\r\n$5\r\n0") && request.len() == 35,
            "{request:?}"
        );
        client.set_value_bytes(0);
        client.ask(Time::ZERO);
        assert_eq!(sent(&mut client), b"*3\r\n$3\r\nSET\r\n$5\r\nkey:0\r\n$0\r\n\r\n");
        client.spec.read_percent = 100;
        client.ask(Time::ZERO);
        assert_eq!(sent(&mut client), b"*2\r\n$3\r\nGET\r\n$5\r\nkey:0\r\n");
    }

    #[test]
    fn large_values_share_one_allocation() {
        let mut client = client(|spec| spec.value_bytes = 1 << 20);
        client.ask(Time::ZERO);
        let chunks: Vec<Chunk> = core::iter::from_fn(|| client.pull(u64::MAX)).collect();
        let Chunk::Data(value) = &chunks[1] else { panic!("ballast") };
        assert_eq!((chunks.len(), value.len()), (3, 1 << 20));
        assert!(value.shares_with(&client.values.shared(7)));
    }

    #[test]
    fn a_pull_takes_no_more_than_there_is_room() {
        let mut client = client(|spec| spec.value_bytes = 10_000);
        client.ask(Time::ZERO);
        let pieces: Vec<u64> = core::iter::from_fn(|| client.pull(4000)).map(|chunk| chunk.len()).collect();
        assert!(pieces.iter().all(|n| *n <= 4000) && pieces.iter().sum::<u64>() > 10_000, "{pieces:?}");
    }

    #[test]
    fn errors_are_counted_by_text_and_told_when_they_change() {
        let mut client = client(|_| ());
        let mut told = Vec::new();
        for reply in ["+OK\r\n", "-NOREPLICAS x\r\n", "-NOREPLICAS x\r\n", "-LOADING y\r\n", "+OK\r\n"] {
            client.ask(Time::ZERO);
            assert!(client.receive(Chunk::Data(reply.into()), Time::ZERO, &mut told).is_ok());
        }
        let expected = [Some(Bytes::from("NOREPLICAS x")), Some(Bytes::from("LOADING y")), None];
        assert_eq!(told, expected);
        assert_eq!((client.tally.acknowledged, client.tally.refused), (2, 3));
        assert_eq!(client.tally.errors, [("NOREPLICAS x".into(), 2), ("LOADING y".into(), 1)]);
        assert!(client.receive(Chunk::Data("+OK\r\n".into()), Time::ZERO, &mut told).is_err(), "nobody asked");
    }

    #[test]
    fn a_lost_connection_leaves_requests_unanswered() {
        let mut client = client(|_| ());
        client.ask(Time::ZERO);
        client.disconnected();
        client.ask(Time::ZERO);
        let tally = &client.tally;
        assert_eq!((tally.sent, tally.unanswered, tally.skipped), (1, 1, 1));
    }
}
