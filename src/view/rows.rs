//! One row of text for each node and each link: what it is, where it is, what it does next.

use super::answer::{Speaker, state_word};
use super::text::Text;
use crate::base::Span;
use crate::node::{MasterLinkStatus, ReplicaStatus, Status};
use crate::repl::{LinkState, ReplicaState};
use crate::run::finding::{Finding, HangUp, Level, Phase, level};
use crate::run::scene::Actor;
use crate::run::verdict::{assess, master_timeout, outage, output_limit, replica_timeout};

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
        let lines = vec![Text::new().say("no process").done()];
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
    let mut lines = vec![offset_line(status.master_repl_offset)];
    lines.push(backlog_line(status));
    let attached = status.replicas.iter().filter(|seen| seen.state == ReplicaState::Online).count() as i64;
    lines.push(match status.replicas_needed {
        0 => Text::new().count(attached as u64, "replica").say(" attached").done(),
        needed => Text::new()
            .say("good replicas ")
            .number(status.replicas_good.into())
            .say(", needed ")
            .number(needed.into())
            .done(),
    });
    lines
}

fn master_next(speaker: &Speaker<'_>, node: usize, finding: &Finding) -> String {
    if let Finding::MasterFrozen { .. } = finding {
        return "nothing until it is resumed".into();
    }
    let silent = speaker.scene.followers(node).filter_map(|replica| match assess(speaker.scene, replica) {
        Finding::Silent { hang_up: Some(hang_up), .. } if hang_up.by_master => Some((replica, hang_up)),
        _ => None,
    });
    match silent.min_by_key(|(_, hang_up)| hang_up.after.0) {
        Some((replica, HangUp { after, .. })) => {
            Text::new().say("drops ").say(speaker.name(replica)).say(" in ").span(after).done()
        }
        None => String::new(),
    }
}

fn replica_lines(speaker: &Speaker<'_>, node: usize, link: &MasterLinkStatus, finding: &Finding) -> Vec<String> {
    let outage = outage(speaker.scene, node);
    let behind = || Text::new().bytes(outage.behind).say(" behind").done();
    match finding {
        Finding::Syncing { phase: Phase::Receiving { received, total }, .. } => {
            let received = Text::new().size(*received);
            let line = match total {
                Some(total) => received.say(" of ").size(*total).done(),
                None => received.say(" of the snapshot").done(),
            };
            vec![line]
        }
        Finding::Syncing { phase: Phase::Loading { bytes }, .. } => vec![Text::new().say("loads ").size(*bytes).done()],
        Finding::Syncing { .. } | Finding::NeedsFull { first: true, .. } => vec!["no usable data yet".into()],
        _ => {
            let mut lines = vec![offset_line(link.applied_offset), behind()];
            lines.extend(ack_line(speaker, node));
            lines
        }
    }
}

/// When its master last heard of a replica.
fn ack_line(speaker: &Speaker<'_>, node: usize) -> Option<String> {
    let actor = speaker.scene.nodes.get(node)?;
    let (time, _) = actor.past.ack?;
    Some(Text::new().say("last ACK ").span(speaker.scene.time.since(time)).say(" ago").done())
}

fn replica_next(
    speaker: &Speaker<'_>,
    node: usize,
    actor: &Actor,
    link: &MasterLinkStatus,
    finding: &Finding,
) -> String {
    let text = Text::new();
    let text = match finding {
        Finding::Silent { hang_up: Some(hang_up), .. } => {
            let who = if hang_up.by_master { speaker.master_of(node) } else { "it" };
            text.say(who).say(" hangs up in ").span(hang_up.after)
        }
        Finding::Detached { .. } | Finding::NeedsFull { .. } | Finding::MasterNotLinked { .. } => {
            if !actor.answers() {
                return "nothing until it is resumed".into();
            }
            let text = match link.state {
                LinkState::Connect => text.say("dials in ").span(actor.next_cron).say(", then "),
                _ => text.say("shakes hands, then "),
            };
            request(text, link)
        }
        Finding::InSync(_) | Finding::CatchingUp { .. } => text.say("ACK in ").span(actor.next_cron),
        _ => text,
    };
    text.done()
}

/// The PSYNC that a replica will send.
pub fn request(text: Text, link: &MasterLinkStatus) -> Text {
    match &link.next_psync {
        Some((id, offset)) => text.say("PSYNC ").history(id).say(" ").plain(*offset),
        None => text.say("PSYNC ? -1"),
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
        let who = if hang_up.by_master { speaker.master_of(node) } else { speaker.name(node) };
        let text = Text::new().say(who).say(" hangs up");
        Countdown { label: text.say_if(hang_up.by_limit, " (output buffer)").done(), after: hang_up.after }
    };
    all.into_iter().flatten().map(say).collect()
}

/// What a master keeps for a replica: its output buffer against the limit.
pub fn output_line(seen: &ReplicaStatus) -> String {
    let text = Text::new().say("output buffer ").size(seen.output_bytes);
    match seen.output_limit {
        0 => text.say(", no limit").done(),
        limit => text.say(" of ").size(limit).done(),
    }
}

fn offset_line(offset: i64) -> String {
    Text::new().say("offset ").number(offset.max(0)).done()
}

fn backlog_line(status: &Status) -> String {
    match status.backlog {
        Some(backlog) => Text::new().say("backlog ").size(backlog.histlen).say(" of ").size(backlog.size).done(),
        None => "no backlog".into(),
    }
}
