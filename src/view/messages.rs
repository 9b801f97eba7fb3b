//! Messages that links carried: packed numbers for a diagram, and everything about a selected one.
//!
//! A recording tells; nothing is decided here. What a message says is for `decode`.

use super::decode;
use super::frame::{Field, flag};
use super::inspect::{Section, pair};
use super::text::Part::{Bytes, Number, Word};
use super::text::{add, tell};
use crate::base::{Chunk, Time, push_i64};
use crate::world::{Carried, Change, Ending, MessageKind, Party, Recording};

/// Most bytes of a message that are handed out.
const MOST_BYTES: usize = 2048;
/// Most messages that are handed out at once.
const MOST_ROWS: usize = 20_000;

/// Names of everything that sends or receives.
pub struct Names<'a> {
    /// Nodes by index.
    pub nodes: &'a [String],
    /// Load generators by index.
    pub clients: &'a [String],
}

/// Fills `out` with the time in milliseconds since which everything is kept, and a row for each message that was on its way
/// at `from` or later.
pub fn fill(out: &mut Vec<f64>, recording: &Recording, from: Time) {
    out.clear();
    out.push(millis(recording.since()));
    let count = recording.on_the_way_since(from).count();
    for message in recording.on_the_way_since(from).skip(count.saturating_sub(MOST_ROWS)) {
        out.extend(row(message).iter().map(|field| field.1));
    }
}

/// The names of the numbers of a row, in order.
pub fn names() -> Vec<&'static str> {
    row(&Carried::NONE).iter().map(|field| field.0).collect()
}

/// -1 stands for no time, and for no link; 0 for no offset.
fn row(message: &Carried) -> [Field; 18] {
    let (first, last) = message.stream.unwrap_or_default();
    let (outcome, ended) = match message.ending {
        Ending::UnderWay => (0.0, None),
        Ending::Arrived(at) => (1.0, Some(at)),
        Ending::Lost(at) => (2.0, Some(at)),
    };
    let time = |at: Option<Time>| at.map_or(-1.0, millis);
    [
        ("number", message.number as f64),
        ("sent_ms", millis(message.sent)),
        ("arrives_ms", time(Some(message.arrives).filter(|at| *at != Time(u64::MAX)))),
        ("outcome", outcome),
        ("ended_ms", time(ended)),
        ("from", party(message.from)),
        ("to", party(message.to)),
        ("kind", f64::from(message.kind as u8)),
        ("bytes", message.chunk.len() as f64),
        ("first", first as f64),
        ("last", last as f64),
        ("link", message.link.map_or(-1.0, |link| f64::from(link.0))),
        ("delayed", flag(message.delayed)),
        ("resent", flag(message.resent)),
        ("duplicate", flag(message.duplicate)),
        ("read_ms", time(message.effect.map(|effect| effect.at))),
        ("offset", message.effect.map_or(0.0, |effect| effect.offset.1 as f64)),
        ("acknowledged", message.effect.and_then(|effect| effect.acknowledged).map_or(0.0, |acked| acked.1 as f64)),
    ]
}

/// A node by its index, a load generator from -1 downwards, the console of a node from 1,000,000 upwards.
fn party(party: Party) -> f64 {
    match party {
        Party::Node(node) => f64::from(node),
        Party::Client(client) => -1.0 - f64::from(client),
        Party::Console(node) => 1e6 + f64::from(node),
    }
}

/// One line about a message: what it is, and the first thing that it says.
pub fn summary(recording: &Recording, number: u64) -> String {
    let Some(message) = recording.message(number) else { return String::new() };
    let lines = decode::lines(recording, message);
    let first = lines.first().map_or("", String::as_str);
    match lines.len() {
        0 | 1 => first.into(),
        more => tell("{}, and {} more", &[Word(first), Number(more as i64 - 1)]),
    }
}

/// The first bytes of a message.
pub fn bytes(recording: &Recording, number: u64) -> Vec<u8> {
    match recording.message(number).map(|message| &message.chunk) {
        Some(Chunk::Data(bytes)) => bytes[..bytes.len().min(MOST_BYTES)].to_vec(),
        _ => Vec::new(),
    }
}

/// Everything about a message: where and when, what it did, what it says.
pub fn inspect(recording: &Recording, number: u64, names: &Names<'_>) -> Vec<Section> {
    let Some(message) = recording.message(number) else { return Vec::new() };
    let title = [kind(message.kind), ", ", &name(names, message.from), " → ", &name(names, message.to)].concat();
    let says = decode::lines(recording, message).into_iter().map(|line| vec![line]).collect();
    vec![
        Section { title, note: String::new(), rows: travel(message) },
        Section { title: "What it did".into(), note: String::new(), rows: effects(message, names) },
        Section { title: "What it says".into(), note: "as redis-cli writes it".into(), rows: says },
    ]
}

/// Where it went, and when.
fn travel(message: &Carried) -> Vec<Vec<String>> {
    let mut rows = vec![pair("sent", stamp(message.sent))];
    match message.ending {
        Ending::Arrived(at) => {
            let mut words = stamp(at);
            words.push_str(", ");
            decimal(&mut words, at.since(message.sent).0 / 1000, 1000);
            words.push_str(" ms later");
            rows.push(pair("arrived", words));
        }
        Ending::Lost(at) => rows.push(pair("lost", stamp(at))),
        Ending::UnderWay if message.arrives == Time(u64::MAX) => {
            rows.push(pair("swallowed", "the link is silent: it waits to be sent again".into()));
        }
        Ending::UnderWay => rows.push(pair("arrives", stamp(message.arrives))),
    }
    if let Some((first, last)) = message.stream {
        rows.push(pair("stream bytes", tell("{} to {}", &[Number(first), Number(last)])));
    }
    rows.push(pair("size", tell("{}", &[Bytes(message.chunk.len())])));
    let port = i64::from(message.port);
    rows.push(pair("connection", tell("of port {}", &[super::text::Part::Plain(port)])));
    let remarks = [
        (message.frame, "a frame", "it travels alone, and can be lost"),
        (message.delayed, "lost once", "TCP sent it again: it arrived late"),
        (message.resent, "sent again", "its bytes were sent before, and taken from the backlog"),
        (message.duplicate, "a duplicate", "the link made two of one"),
    ];
    rows.extend(remarks.iter().filter(|remark| remark.0).map(|remark| pair(remark.1, remark.2.into())));
    rows
}

/// Which offset moved, where and when.
fn effects(message: &Carried, names: &Names<'_>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    if let Some((first, last)) = message.stream {
        rows.push(pair(&name(names, message.from), moved("master_repl_offset", (first - 1, last))));
    }
    let to = name(names, message.to);
    let Some(effect) = message.effect else {
        let what = match (message.ending, message.to) {
            (Ending::UnderWay, _) => "nothing yet: it has not arrived",
            (Ending::Lost(_), _) => "nothing: it never arrived",
            (Ending::Arrived(_), Party::Node(_)) if message.kind == MessageKind::Close => "the connection is over",
            (Ending::Arrived(_), Party::Node(_)) => "nothing yet: the process has not read it",
            (Ending::Arrived(_), _) => "an answer to somebody who is no server",
        };
        rows.push(pair(&to, what.into()));
        return rows;
    };
    let mut told = Vec::new();
    if let Some(acknowledged) = effect.acknowledged.filter(|change| change.0 != change.1) {
        told.push(moved(&["ack_offset of ", &name(names, message.from)].concat(), acknowledged));
    }
    if effect.offset.0 != effect.offset.1 {
        told.push(moved("master_repl_offset", effect.offset));
    }
    if told.is_empty() {
        told.push(tell("no offset: master_repl_offset stays {}", &[Number(effect.offset.1)]));
    }
    for mut what in told {
        add(&mut what, " at {}", &[Word(&stamp(effect.at))]);
        rows.push(pair(&to, what));
    }
    rows
}

fn moved(what: &str, (before, after): Change) -> String {
    tell("{} {} → {}", &[Word(what), Number(before), Number(after)])
}

fn name(names: &Names<'_>, party: Party) -> String {
    let of = |names: &[String], index: u32| names.get(index as usize).cloned().unwrap_or_default();
    match party {
        Party::Node(node) => of(names.nodes, node),
        Party::Client(client) => of(names.clients, client),
        Party::Console(node) => ["console of ", &of(names.nodes, node)].concat(),
    }
}

fn kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Stream => "Stream",
        MessageKind::Ping => "Heartbeat",
        MessageKind::Ack => "Acknowledgement",
        MessageKind::Snapshot => "Snapshot",
        MessageKind::Handshake => "Handshake",
        MessageKind::Request => "Request",
        MessageKind::Reply => "Reply",
        MessageKind::Close => "End of connection",
    }
}

/// A time in seconds to the microsecond: `16.000500 s`.
fn stamp(time: Time) -> String {
    let mut out = String::new();
    decimal(&mut out, (time.0 + 500) / 1000, 1_000_000);
    out.push_str(" s");
    out
}

/// A number of parts, of which so many are one: all digits behind the point.
fn decimal(out: &mut String, parts: u64, one: u64) {
    push_i64((parts / one) as i64, out);
    let point = out.len();
    // The leading 1 keeps the zeros and then makes room for the point.
    push_i64((one + parts % one) as i64, out);
    out.replace_range(point..point + 1, ".");
}

fn millis(time: Time) -> f64 {
    time.as_secs_f64() * 1e3
}
