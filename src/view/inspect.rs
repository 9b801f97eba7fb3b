//! Everything about one selected node or link, in sections of rows: belief beside truth, what a reconnect would ask and get,
//! histories, offsets, counters.

use super::answer::{Speaker, because, slack_span, state_word};
use super::rows::{output_line, request};
use super::text::Part::{Bytes, Clock, History, Number, Plain, Size, Word};
use super::text::{add, tell};
use super::words::close_reason;
use crate::base::{ReplId, Span};
use crate::config::Config;
use crate::node::Status;
use crate::repl::ReplicaState;
use crate::run::finding::Ask;
use crate::run::verdict::{ask_now, assess, next_request, outage};

/// A titled table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub title: String,
    /// A word on how to read it.
    pub note: String,
    /// Rows of two or more cells; a first row without a label heads the columns.
    pub rows: Vec<Vec<String>>,
}

/// A directive as a settings panel shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectiveRow {
    /// Name.
    pub name: &'static str,
    /// Value of a server without configuration.
    pub default: String,
    /// What it is for.
    pub help: &'static str,
    /// CONFIG SET may change it.
    pub mutable: bool,
    /// It is kept, and nothing depends on it.
    pub inert: bool,
}

/// Every directive that CONFIG GET * shows.
pub fn directives() -> Vec<DirectiveRow> {
    let defaults = Config::new().matching(b"*");
    let row = |row: &crate::config::Row| {
        let default = defaults.iter().find(|(name, _)| name == row.name)?.1.clone();
        Some(DirectiveRow { name: row.name, default, help: row.help, mutable: row.is_mutable(), inert: row.is_inert() })
    };
    crate::config::directives().iter().filter_map(row).collect()
}

/// The sections of a node.
pub fn inspect_node(speaker: &Speaker<'_>, node: usize) -> Vec<Section> {
    let Some(status) = speaker.scene.status(node) else { return Vec::new() };
    let mut sections = Vec::new();
    if status.master.is_some() {
        sections.extend(belief_and_truth(speaker, node));
        sections.push(if_it_asks(speaker, node, next_request(status)));
    }
    sections.extend(beliefs(speaker, node));
    if !status.replicas.is_empty() {
        sections.push(attached(speaker, node, status));
    }
    sections.push(history(status));
    sections.push(counters(status));
    sections
}

/// What the master believes of a replica, beside where it really is.
fn belief_and_truth(speaker: &Speaker<'_>, node: usize) -> Option<Section> {
    let scene = speaker.scene;
    let actor = scene.nodes.get(node)?;
    let head = scene.status(actor.master?).map_or(0, |theirs| theirs.master_repl_offset);
    let seen = scene.seen_by_master(actor.master?, node);
    let online = seen.filter(|seen| seen.state == ReplicaState::Online);
    let believed = match (seen, actor.past.ack) {
        (_, Some((time, offset))) => tell("{} at {}", &[Number(offset), Clock(Span(time.0))]),
        (Some(_), None) => "no ACK yet".into(),
        (None, None) => "nothing".into(),
    };
    let believed_behind = match (seen, online) {
        (_, Some(seen)) => tell("{}", &[Bytes(head.saturating_sub(seen.ack_offset).max(0) as u64)]),
        (Some(_), None) => "has no stream yet".into(),
        (None, None) => "not attached".into(),
    };
    let lag = online.map_or("–".into(), |seen| tell("{} s", &[Number(seen.lag_s)]));
    let silence = actor.past.ack.map_or("–".into(), |(time, _)| tell("{}", &[Clock(scene.time.since(time))]));
    let state = match (seen, actor.past.dropped) {
        (Some(seen), _) => replica_state(seen.state).into(),
        (None, Some((time, why))) => tell("gone since {}: {}", &[Clock(Span(time.0)), Word(close_reason(why))]),
        (None, None) => "never seen".into(),
    };
    let behind = outage(scene, node).behind;
    let row = |label: &str, believed: String, truth: String| vec![String::from(label), believed, truth];
    Some(Section {
        title: speaker.name(node).into(),
        note: "seen by its master, and as it is".into(),
        rows: vec![
            row("", [speaker.master_of(node), " believes"].concat(), "truth".into()),
            row("offset", believed, applied(speaker, node).map_or("–".into(), |at| tell("{}", &[Number(at)]))),
            row("behind", believed_behind, tell("{}", &[Bytes(behind)])),
            row("belief is off by", belief_error(speaker, node).map_or("–".into(), bytes_between), String::new()),
            row("since last ACK", lag, silence),
            row("state", state, state_word(&assess(scene, node)).into()),
        ],
    })
}

/// The last byte that a replica has applied of the history that it is on; `None` while it has none to go on with.
fn applied(speaker: &Speaker<'_>, node: usize) -> Option<i64> {
    let (_, wanted) = next_request(speaker.scene.status(node)?)?;
    Some(wanted.saturating_sub(1).max(0))
}

/// How far the belief of a master about its replica is from the truth: bytes that the replica has applied beyond what it
/// acknowledged last.
fn belief_error(speaker: &Speaker<'_>, node: usize) -> Option<i64> {
    let (_, acknowledged) = speaker.scene.nodes.get(node)?.past.ack?;
    Some(applied(speaker, node)?.saturating_sub(acknowledged))
}

fn bytes_between(bytes: i64) -> String {
    let sign = if bytes < 0 { "−" } else { "" };
    tell("{}{}", &[Word(sign), Bytes(bytes.unsigned_abs())])
}

/// One line for each replica of a master: where its last ACK put it, where it is, and how old that belief is.
fn beliefs(speaker: &Speaker<'_>, master: usize) -> Option<Section> {
    let scene = speaker.scene;
    let mut rows = vec![["", "last ACK", "is at", "off by", "age"].map(String::from).to_vec()];
    for node in scene.followers(master) {
        let actor = scene.nodes.get(node)?;
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".into());
        rows.push(vec![
            speaker.name(node).into(),
            or_none(actor.past.ack.map(|(_, offset)| tell("{}", &[Number(offset)]))),
            or_none(applied(speaker, node).map(|offset| tell("{}", &[Number(offset)]))),
            or_none(belief_error(speaker, node).map(|bytes| tell("{}", &[Number(bytes)]))),
            or_none(actor.past.ack.map(|(time, _)| tell("{}", &[Clock(scene.time.since(time))]))),
        ]);
    }
    let note = "what it heard, and where they are, in bytes".into();
    (rows.len() > 1).then(|| Section { title: "Belief and truth".into(), note, rows })
}

fn replica_state(state: ReplicaState) -> &'static str {
    match state {
        ReplicaState::WaitBgsaveStart => "waits for a snapshot",
        ReplicaState::WaitBgsaveEnd => "snapshot in progress",
        ReplicaState::SendBulk => "snapshot being sent",
        ReplicaState::Online => "online",
        ReplicaState::RdbTransmitted => "has its snapshot",
    }
}

/// What a reconnect would ask for now, and what it would get.
fn if_it_asks(speaker: &Speaker<'_>, node: usize, asked: Option<(ReplId, i64)>) -> Section {
    let scene = speaker.scene;
    let theirs = scene.nodes.get(node).and_then(|actor| scene.status(actor.master?));
    let outage = outage(scene, node);
    let mut rows = vec![pair("it asks", request(asked))];
    match (ask_now(scene, node), theirs) {
        (Ask::Partial(bytes), Some(theirs)) => {
            rows.push(pair("answer", tell("+CONTINUE {}", &[History(&theirs.replid)])));
            rows.push(pair("from the backlog", tell("{}", &[Bytes(bytes)])));
            if let Some(slack) = outage.slack {
                let mut text = tell("{}", &[Bytes(slack.bytes)]);
                if let Some(span) = slack_span(&outage) {
                    add(&mut text, ", {}", &[Clock(span)]);
                }
                rows.push(pair("slack", text));
            }
        }
        (Ask::Full(reason), Some(theirs)) => {
            let parts = [History(&theirs.replid), Plain(theirs.master_repl_offset)];
            rows.push(pair("answer", tell("+FULLRESYNC {} {}", &parts)));
            let mut why = String::new();
            because(&mut why, &reason);
            rows.push(pair("because", why));
            rows.push(pair("snapshot", tell("{}", &[Size(theirs.dataset_bytes)])));
        }
        _ => rows.push(pair("answer", "none: its master has no process".into())),
    }
    Section { title: "If it came back now".into(), note: "what it would ask and get".into(), rows }
}

/// Attached replicas as INFO shows them, with their output buffers.
fn attached(speaker: &Speaker<'_>, node: usize, status: &Status) -> Section {
    let mut rows = Vec::new();
    for (at, seen) in status.replicas.iter().enumerate() {
        let peer = speaker.scene.nodes.get(node).and_then(|actor| *actor.replicas.get(at)?);
        let name = peer.map_or("a client", |peer| speaker.name(peer));
        let state = match (seen.state, seen.transfer) {
            (ReplicaState::Online, _) => {
                tell("acknowledged {}, lag {} s", &[Number(seen.ack_offset), Number(seen.lag_s)])
            }
            (_, Some((sent, total))) => tell("snapshot {} of {}", &[Size(sent), Size(total)]),
            (state, None) => replica_state(state).into(),
        };
        rows.push(vec![name.into(), state, output_line((seen.output_bytes, seen.output_limit))]);
    }
    if status.replicas_needed > 0 {
        let (good, needed) = (Number(status.replicas_good.into()), Number(status.replicas_needed.into()));
        let counts = tell("with an ACK of the last {} s", &[Number(status.replicas_max_lag_s)]);
        rows.push(vec!["good replicas".into(), counts, tell("{}, needed {}", &[good, needed])]);
    }
    Section { title: "Replicas".into(), note: "as this node sees them".into(), rows }
}

fn history(status: &Status) -> Section {
    let last = status.master_repl_offset;
    let mut rows = vec![pair("replid", status.replid.as_str().into()), number("offset", last)];
    if status.replid2 != ReplId::ZERO {
        rows.push(pair("replid2", status.replid2.as_str().into()));
        rows.push(number("good up to byte", status.second_replid_offset));
    }
    match status.backlog {
        Some(backlog) => {
            rows.push(pair("backlog", tell("{} to {}", &[Number(backlog.first_byte), Number(last)])));
            rows.push(pair("holds", tell("{} of {}", &[Bytes(backlog.histlen), Bytes(backlog.size)])));
        }
        None => rows.push(pair("backlog", "none".into())),
    }
    Section { title: "History".into(), note: "names and offsets".into(), rows }
}

fn counters(status: &Status) -> Section {
    let counts = [
        ("keys", status.keys),
        ("commands", status.commands),
        ("full resyncs served", status.sync_full),
        ("partial resyncs served", status.sync_partial_ok),
        ("partial resyncs refused", status.sync_partial_err),
    ];
    let mut rows: Vec<Vec<String>> = counts.iter().map(|(label, count)| number(label, *count as i64)).collect();
    rows.insert(1, pair("data set", tell("{}", &[Size(status.dataset_bytes)])));
    Section { title: "Counters".into(), note: "since its start".into(), rows }
}

/// A row of two cells.
pub fn pair(label: &str, value: String) -> Vec<String> {
    vec![label.into(), value]
}

fn number(label: &str, value: i64) -> Vec<String> {
    pair(label, tell("{}", &[Number(value)]))
}
