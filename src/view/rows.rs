//! One row of text for each node and each link: what it is, where it is, what it does next.

use super::answer::{Speaker, state_word};
use super::text::Part::{Bytes, Clock, Count, History, Number, Plain, Size, Word};
use super::text::tell;
use crate::base::{ReplId, Span};
use crate::node::{MasterLinkStatus, Status};
use crate::repl::{LinkState, ReplicaState};
use crate::run::finding::{Finding, HangUp, Level, Phase, level};
use crate::run::scene::Actor;
use crate::run::verdict::{assess, master_timeout, next_request, outage, output_limit, replica_timeout};

/// A node as its card shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRow {
    /// `master` or `replica`, empty without a process.
    pub role: &'static str,
    /// One or two words.
    pub state_word: &'static str,
    /// Colour and shape.
    pub level: Level,
    /// Two or three short lines.
    pub lines: Vec<String>,
    /// What it will do next, and when.
    pub next: String,
}

/// Something that will happen unless something else happens before.
#[derive(Clone, Debug, PartialEq)]
pub struct Countdown {
    /// What.
    pub label: String,
    /// Time until then.
    pub after: Span,
}

/// The card of a node.
pub fn node_row(speaker: &Speaker<'_>, node: usize) -> NodeRow {
    let finding = assess(speaker.scene, node);
    let (level, state_word) = (level(&finding), state_word(&finding));
    let Some((actor, status)) = process(speaker, node) else {
        let lines = vec!["no process".into()];
        return NodeRow { role: "", state_word, level, lines, next: String::new() };
    };
    let (role, lines, next) = match &status.master {
        None => ("master", master_lines(status), master_next(speaker, node, &finding)),
        Some(link) => (
            "replica",
            replica_lines(speaker, node, link, &finding),
            replica_next(speaker, node, actor, link, &finding),
        ),
    };
    NodeRow { role, state_word, level, lines, next }
}

fn process<'a>(speaker: &Speaker<'a>, node: usize) -> Option<(&'a Actor, &'a Status)> {
    let actor = speaker.scene.nodes.get(node)?;
    Some((actor, actor.status.as_ref()?))
}

fn master_lines(status: &Status) -> Vec<String> {
    let attached = status.replicas.iter().filter(|seen| seen.state == ReplicaState::Online).count() as u64;
    let (good, needed) = (Number(status.replicas_good.into()), Number(status.replicas_needed.into()));
    vec![
        offset_line(status.master_repl_offset),
        match status.backlog {
            Some(backlog) => tell("backlog {} of {}", &[Size(backlog.histlen), Size(backlog.size)]),
            None => "no backlog".into(),
        },
        match status.replicas_needed {
            0 => tell("{} attached", &[Count(attached, "replica")]),
            _ => tell("good replicas {}, needed {}", &[good, needed]),
        },
    ]
}

fn master_next(speaker: &Speaker<'_>, node: usize, finding: &Finding) -> String {
    if let Finding::MasterFrozen { .. } = finding {
        return "nothing until it is resumed".into();
    }
    let silent = speaker.scene.followers(node).filter_map(|replica| match assess(speaker.scene, replica) {
        Finding::Silent { hang_up: Some(hang_up), .. } if hang_up.by_master => Some((replica, hang_up)),
        _ => None,
    });
    let next_ping = speaker.scene.nodes.get(node).and_then(|actor| actor.next_ping);
    match (silent.min_by_key(|(_, hang_up)| hang_up.after.0), next_ping) {
        (Some((replica, HangUp { after, .. })), _) => {
            tell("drops {} in {}", &[Word(speaker.name(replica)), Clock(after)])
        }
        (None, Some(after)) => tell("PING in {}", &[Clock(after)]),
        (None, None) => String::new(),
    }
}

fn replica_lines(speaker: &Speaker<'_>, node: usize, link: &MasterLinkStatus, finding: &Finding) -> Vec<String> {
    match finding {
        Finding::Syncing { phase: Phase::Receiving { received, total: Some(total), .. }, .. } => {
            vec![tell("{} of {}", &[Size(*received), Size(*total)])]
        }
        Finding::Syncing { phase: Phase::Receiving { received, .. }, .. } => {
            vec![tell("{} of the snapshot", &[Size(*received)])]
        }
        Finding::Syncing { phase: Phase::Loading { bytes, .. }, .. } => vec![tell("loads {}", &[Size(*bytes)])],
        Finding::Syncing { .. } | Finding::NeedsFull { first: true, .. } => vec!["no usable data yet".into()],
        _ => {
            let behind = outage(speaker.scene, node).behind;
            let mut lines = vec![offset_line(link.applied_offset), tell("{} behind", &[Bytes(behind)])];
            let ack = speaker.scene.nodes.get(node).and_then(|actor| actor.past.ack);
            lines.extend(ack.map(|(time, _)| tell("last ACK {} ago", &[Clock(speaker.scene.time.since(time))])));
            lines
        }
    }
}

fn replica_next(
    speaker: &Speaker<'_>,
    node: usize,
    actor: &Actor,
    link: &MasterLinkStatus,
    finding: &Finding,
) -> String {
    match finding {
        Finding::Silent { hang_up: Some(hang_up), .. } => {
            let who = if hang_up.by_master { speaker.master_of(node) } else { "it" };
            tell("{} hangs up in {}", &[Word(who), Clock(hang_up.after)])
        }
        Finding::Detached { .. } | Finding::NeedsFull { .. } | Finding::MasterNotLinked { .. } => {
            if !actor.answers() {
                return "nothing until it is resumed".into();
            }
            let asked = request(actor.status.as_ref().and_then(next_request));
            match link.state {
                LinkState::Connect => tell("dials in {}, then {}", &[Clock(actor.next_cron), Word(&asked)]),
                LinkState::Connecting => tell("dials, then {}", &[Word(&asked)]),
                _ => tell("shakes hands, then {}", &[Word(&asked)]),
            }
        }
        Finding::InSync(_) | Finding::CatchingUp { .. } | Finding::CommandLost { .. } | Finding::Diverged { .. } => {
            tell("ACK in {}", &[Clock(actor.next_cron)])
        }
        _ => String::new(),
    }
}

/// The PSYNC that a replica will send.
pub fn request(asked: Option<(ReplId, i64)>) -> String {
    match asked {
        Some((id, offset)) => tell("PSYNC {} {}", &[History(&id), Plain(offset)]),
        None => "PSYNC ? -1".into(),
    }
}

/// Who hangs up on the connection of a replica, and when: both timeouts, and the output buffer if it fills.
pub fn countdowns(speaker: &Speaker<'_>, node: usize) -> Vec<Countdown> {
    let silent = matches!(assess(speaker.scene, node), Finding::Silent { .. });
    let growth = if silent { outage(speaker.scene, node).write_rate } else { 0 };
    let all = [
        master_timeout(speaker.scene, node),
        replica_timeout(speaker.scene, node),
        output_limit(speaker.scene, node, growth),
    ];
    let say = |hang_up: HangUp| {
        let who = Word(if hang_up.by_master { speaker.master_of(node) } else { speaker.name(node) });
        let why = Word(if hang_up.by_limit { " (output buffer)" } else { "" });
        Countdown { label: tell("{} hangs up{}", &[who, why]), after: hang_up.after }
    };
    all.into_iter().flatten().map(say).collect()
}

/// What a master keeps for a replica: its output buffer against the limit.
pub fn output_line((bytes, limit): (u64, u64)) -> String {
    match limit {
        0 => tell("output buffer {}, no limit", &[Size(bytes)]),
        _ => tell("output buffer {} of {}", &[Size(bytes), Size(limit)]),
    }
}

fn offset_line(offset: i64) -> String {
    tell("offset {}", &[Number(offset.max(0))])
}
