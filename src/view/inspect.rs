//! Everything about one selected node or link, in sections of rows: belief beside truth, what a reconnect would ask and get,
//! histories, offsets, counters.

use super::answer::{Speaker, slack_span, state_word};
use super::rows::{output_line, request};
use super::text::Text;
use super::words::close_reason;
use crate::base::{ReplId, Span};
use crate::event::FullReason;
use crate::node::{MasterLinkStatus, Status};
use crate::repl::ReplicaState;
use crate::run::finding::Ask;
use crate::run::verdict::{ask_now, assess, outage};

/// A titled table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub title: String,
    /// A word on how to read it.
    pub note: String,
    /// Rows of two or three cells.
    pub rows: Vec<Vec<String>>,
}

/// The sections of a node.
pub fn inspect_node(speaker: &Speaker<'_>, node: usize) -> Vec<Section> {
    let Some(status) = speaker.scene.status(node) else { return Vec::new() };
    let mut sections = Vec::new();
    if let Some(link) = &status.master {
        sections.extend(belief_and_truth(speaker, node, link));
        sections.push(if_it_asks(speaker, node, link));
    }
    if !status.replicas.is_empty() {
        sections.push(attached(speaker, node, status));
    }
    sections.push(history(status));
    sections.push(counters(status));
    sections
}

/// What the master believes of a replica, beside where it really is.
fn belief_and_truth(speaker: &Speaker<'_>, node: usize, link: &MasterLinkStatus) -> Option<Section> {
    let scene = speaker.scene;
    let actor = scene.nodes.get(node)?;
    let theirs = scene.status(actor.master?);
    let seen = scene.seen_by_master(actor.master?, node);
    let head = theirs.map_or(0, |theirs| theirs.master_repl_offset);
    let believed = match (seen, actor.past.ack) {
        (_, Some((time, offset))) => Text::new().number(offset).say(" at ").span(Span(time.0)).done(),
        (Some(_), None) => "no ACK yet".into(),
        (None, None) => "nothing".into(),
    };
    let believed_behind = match seen {
        Some(seen) if seen.state == ReplicaState::Online => {
            Text::new().bytes(head.saturating_sub(seen.ack_offset).max(0) as u64).done()
        }
        Some(_) => "has no stream yet".into(),
        None => "not attached".into(),
    };
    let lag = seen.filter(|seen| seen.state == ReplicaState::Online);
    let lag = lag.map_or("–".into(), |seen| Text::new().number(seen.lag_s).say(" s").done());
    let silence = actor.past.ack.map_or("–".into(), |(time, _)| Text::new().span(scene.time.since(time)).done());
    let state = match (seen, actor.past.dropped) {
        (Some(seen), _) => match seen.state {
            ReplicaState::WaitBgsaveStart => "waits for a snapshot".into(),
            ReplicaState::WaitBgsaveEnd => "snapshot in progress".into(),
            ReplicaState::SendBulk => "snapshot being sent".into(),
            ReplicaState::Online => "online".into(),
            ReplicaState::RdbTransmitted => "has its snapshot".into(),
        },
        (None, Some((time, why))) => {
            Text::new().say("gone since ").span(Span(time.0)).say(": ").say(close_reason(why)).done()
        }
        (None, None) => "never seen".into(),
    };
    let behind = outage(scene, node).behind;
    let row = |label: &str, believed: String, truth: String| vec![String::from(label), believed, truth];
    Some(Section {
        title: [speaker.master_of(node), " believes"].concat(),
        note: "and the truth".into(),
        rows: vec![
            row("offset", believed, Text::new().number(link.applied_offset.max(0)).done()),
            row("behind", believed_behind, Text::new().bytes(behind).done()),
            row("since last ACK", lag, silence),
            row("state", state, state_word(&assess(scene, node)).into()),
        ],
    })
}

/// What a reconnect would ask for now, and what it would get.
fn if_it_asks(speaker: &Speaker<'_>, node: usize, link: &MasterLinkStatus) -> Section {
    let scene = speaker.scene;
    let theirs = scene.nodes.get(node).and_then(|actor| scene.status(actor.master?));
    let outage = outage(scene, node);
    let mut rows = vec![pair("it asks", request(Text::new(), link).done())];
    match (ask_now(scene, node), theirs) {
        (Ask::Partial(bytes), Some(theirs)) => {
            rows.push(pair("answer", Text::new().say("+CONTINUE ").history(&theirs.replid).done()));
            rows.push(pair("from the backlog", Text::new().bytes(bytes).done()));
            if let Some(slack) = outage.slack {
                let text = Text::new().bytes(slack.bytes);
                let text = match slack_span(&outage) {
                    Some(span) => text.say(", ").span(span),
                    None => text,
                };
                rows.push(pair("slack", text.say_if(slack.pinned, ", and pinned until then").done()));
            }
        }
        (Ask::Full(reason), Some(theirs)) => {
            let offset = theirs.master_repl_offset;
            rows.push(pair(
                "answer",
                Text::new().say("+FULLRESYNC ").history(&theirs.replid).say(" ").plain(offset).done(),
            ));
            rows.push(pair("because", reason_word(&reason).done()));
            rows.push(pair("snapshot", Text::new().size(theirs.dataset_bytes).done()));
        }
        _ => rows.push(pair("answer", "none: its master has no process".into())),
    }
    Section { title: "If it came back now".into(), note: "what it would ask and get".into(), rows }
}

/// Attached replicas as INFO shows them, with their output buffers.
fn attached(speaker: &Speaker<'_>, node: usize, status: &Status) -> Section {
    let rows = status.replicas.iter().enumerate().map(|(at, seen)| {
        let peer = speaker.scene.nodes.get(node).and_then(|actor| *actor.replicas.get(at)?);
        let name = peer.map_or("a client", |peer| speaker.name(peer));
        let text = match (seen.state, seen.transfer) {
            (ReplicaState::Online, _) => {
                Text::new().say("acknowledged ").number(seen.ack_offset).say(", lag ").number(seen.lag_s).say(" s")
            }
            (_, Some((sent, total))) => Text::new().say("snapshot ").size(sent).say(" of ").size(total),
            (state, None) => Text::new().say(state.info_word()),
        };
        vec![name.into(), text.done(), output_line(seen)]
    });
    Section { title: "Replicas".into(), note: "as this node sees them".into(), rows: rows.collect() }
}

fn history(status: &Status) -> Section {
    let mut rows = vec![
        pair("replid", status.replid.as_str().into()),
        pair("offset", Text::new().number(status.master_repl_offset).done()),
    ];
    if status.replid2 != ReplId::ZERO {
        rows.push(pair("replid2", status.replid2.as_str().into()));
        rows.push(pair("good up to byte", Text::new().number(status.second_replid_offset).done()));
    }
    match status.backlog {
        Some(backlog) => {
            let last = status.master_repl_offset;
            rows.push(pair("backlog", Text::new().number(backlog.first_byte).say(" to ").number(last).done()));
            let text = Text::new().bytes(backlog.histlen).say(" of ").bytes(backlog.size);
            rows.push(pair("holds", text.done()));
        }
        None => rows.push(pair("backlog", "none".into())),
    }
    Section { title: "History".into(), note: "names and offsets".into(), rows }
}

fn counters(status: &Status) -> Section {
    let number = |value: u64| Text::new().number(value as i64).done();
    let rows = vec![
        pair("keys", number(status.keys)),
        pair("data set", Text::new().size(status.dataset_bytes).done()),
        pair("commands", number(status.commands)),
        pair("full resyncs served", number(status.sync_full)),
        pair("partial resyncs served", number(status.sync_partial_ok)),
        pair("partial resyncs refused", number(status.sync_partial_err)),
    ];
    Section { title: "Counters".into(), note: "since its start".into(), rows }
}

fn reason_word(reason: &FullReason) -> Text {
    let text = Text::new();
    match reason {
        FullReason::NoHistory => text.say("it has no history"),
        FullReason::LegacySync => text.say("it speaks SYNC"),
        FullReason::UnknownReplid => text.say("its history is unknown there"),
        FullReason::BeyondFork { second_replid_offset } => {
            text.say("it has bytes beyond ").number(*second_replid_offset).say(", where the histories part")
        }
        FullReason::NoBacklog => text.say("there is no backlog"),
        FullReason::TooOld { missing } => text.bytes(*missing).say(" have left the backlog"),
        FullReason::Ahead => text.say("it asks for bytes that were never produced there"),
    }
}

/// A row of two cells.
pub fn pair(label: &str, value: String) -> Vec<String> {
    vec![label.into(), value]
}
