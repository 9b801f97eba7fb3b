//! The verdict in words: a mark, a headline and a detail for the answer strip, and one short state for a row.
//!
//! Owns the wording. The judgement is `run::verdict`'s.

use super::text::Text;
use crate::base::{Span, Time};
use crate::event::FullReason;
use crate::repl::Slack;
use crate::run::finding::{Ask, Attempt, Finding, HangUp, Level, Outage, Phase, Silence, Verdict, level};
use crate::run::scene::{PathState, Scene};

/// The answer strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Colour and shape.
    pub level: Level,
    /// The answer in capitals.
    pub mark: &'static str,
    /// One sentence, with the number that matters.
    pub headline: String,
    /// What follows from it.
    pub detail: String,
    /// Node that it is about, if it is about one.
    pub node: usize,
}

/// Writes the answers of one scene.
#[derive(Clone, Copy)]
pub struct Speaker<'a> {
    /// The moment.
    pub scene: &'a Scene,
    /// Names of the nodes, by index.
    pub names: &'a [String],
}

impl<'a> Speaker<'a> {
    /// The words for a verdict.
    pub fn answer(&self, verdict: &Verdict) -> Answer {
        let node = verdict.node;
        let finding = &verdict.finding;
        let mut detail = self.detail(node, finding);
        if let Some((next, other)) = &verdict.next {
            detail = detail.gap().say(self.name(*next)).say(": ").say(state_word(other)).say(".");
        }
        let headline = self.headline(node, finding).done();
        Answer { level: level(finding), mark: mark(finding), headline, detail: detail.done(), node }
    }

    /// The name of a node.
    pub fn name(&self, node: usize) -> &'a str {
        self.names.get(node).map_or("", String::as_str)
    }

    /// The name of the node that `node` follows.
    pub fn master_of(&self, node: usize) -> &'a str {
        self.scene.nodes.get(node).and_then(|actor| actor.master).map_or("its master", |master| self.name(master))
    }

    fn headline(&self, node: usize, finding: &Finding) -> Text {
        let name = self.name(node);
        let text = Text::new();
        match finding {
            Finding::Alone => text.say(name).say(" has no replicas: nothing is replicated"),
            Finding::Followed { replicas: 1, weakest: Some((only, _)) } => {
                text.say(self.name(*only)).say(" is in step with ").say(self.master_of(*only))
            }
            Finding::Followed { replicas, .. } => {
                text.count((*replicas).into(), "replica").say(" are in step with ").say(name)
            }
            Finding::InSync(_) => text.say(name).say(" is in step with ").say(self.master_of(node)),
            Finding::CatchingUp { outage, growth: 0, .. } => {
                text.say(name).say(" is attached and gets the ").bytes(outage.behind).say(" that it is behind")
            }
            Finding::CatchingUp { outage, growth, .. } => text
                .say(name)
                .say(" is ")
                .bytes(outage.behind)
                .say(" behind, and each second it is ")
                .bytes(*growth)
                .say(" more"),
            Finding::Silent { cause, lasting, hang_up, .. } => self.silent(node, *cause, *lasting, *hang_up),
            Finding::Detached { outage, .. } => self.slack(text.say(name), outage),
            Finding::NeedsFull { first: true, .. } => {
                text.say(name).say(" has no history yet and is about to ask for its first snapshot")
            }
            Finding::NeedsFull { reason, .. } => because(text.say(name).say(" needs a full resync: "), reason),
            Finding::Syncing { phase, .. } => self.phase(node, *phase),
            Finding::MasterNotLinked { master } => {
                text.say(name).say(" waits for ").say(self.name(*master)).say(", which has lost its own master")
            }
            Finding::UnknownMaster => text.say(name).say(" follows an address at which no node listens"),
            Finding::Down { followers: 0, since: None } => text.say(name).say(" has not started yet"),
            Finding::Down { followers: 0, .. } => text.say(name).say(" is down"),
            Finding::Down { followers, .. } => {
                text.say(name).say(" is down: ").count((*followers).into(), "replica").say(" cannot reach a master")
            }
            Finding::MasterFrozen { .. } => text.say(name).say(" stands still: no write is taken, no replica hears it"),
            Finding::Loading => text.say(name).say(" loads its own snapshot; until then it answers -LOADING"),
            Finding::WritesRefused { good, needed, .. } => text
                .say(name)
                .say(" refuses writes: ")
                .count((*good).into(), "good replica")
                .say(", min-replicas-to-write is ")
                .number((*needed).into()),
            Finding::Forked { other, own_bytes: 0 } => {
                text.say(name).say(" and ").say(self.name(*other)).say(" are both masters of one origin")
            }
            Finding::Forked { other, own_bytes } => text
                .say(name)
                .say(" has ")
                .bytes(*own_bytes)
                .say(" that ")
                .say(self.name(*other))
                .say(", a master too, does not have"),
        }
    }

    fn detail(&self, node: usize, finding: &Finding) -> Text {
        let text = Text::new();
        match finding {
            Finding::Followed { weakest: Some((_, outage)), .. } | Finding::InSync(outage) => outlook(text, outage),
            Finding::CatchingUp { outage, limit: Some(limit), .. } => outlook(
                text.say("Its output buffer reaches client-output-buffer-limit in ").span(limit.after).say(". "),
                outage,
            ),
            Finding::CatchingUp { outage, .. } => outlook(text, outage),
            Finding::Silent { cause, hang_up, ask, outage, .. } => self.silent_cost(*cause, *hang_up, *ask, outage),
            Finding::Detached { attempt, bytes, outage } => self.detached(node, *attempt, *bytes, outage),
            Finding::NeedsFull { first: true, attempt, .. } => self.attempt(node, *attempt),
            Finding::NeedsFull { attempt, reason, outage, .. } => self.remedy(node, *attempt, reason, outage),
            Finding::Syncing { since, stalled, .. } => self.syncing(*since, *stalled),
            Finding::MasterNotLinked { master } => {
                text.say(self.name(*master)).say(" answers PSYNC with -NOMASTERLINK until it is linked again.")
            }
            Finding::Down { followers, since } => {
                let text = text.say_if(
                    *followers > 0,
                    "They keep their data and dial once a second; promote one of them, or restart it.",
                );
                match since {
                    Some(since) if *followers == 0 => text.say("Since ").span(self.scene.time.since(*since)).say("."),
                    _ => text,
                }
            }
            Finding::MasterFrozen { since, hang_up } => {
                let text = match since {
                    Some(since) => text.say("For ").span(self.scene.time.since(*since)).say(" now. "),
                    None => text,
                };
                match hang_up {
                    Some((replica, hang_up)) => {
                        text.say(self.name(*replica)).say(" hangs up in ").span(hang_up.after).say(" (repl-timeout).")
                    }
                    None => text,
                }
            }
            Finding::WritesRefused { since, .. } => {
                let text = text.say("Clients get -NOREPLICAS");
                let text = match since {
                    Some(since) => text.say(" since ").span(self.scene.time.since(*since)),
                    None => text,
                };
                text.say(". Good is a replica whose last ACK is at most min-replicas-max-lag seconds old.")
            }
            Finding::Forked { other, own_bytes: 0 } => text
                .say("It has nothing beyond the fork: as a replica of ")
                .say(self.name(*other))
                .say(" it would get a partial resync, until its next write or PING."),
            Finding::Forked { other, .. } => text
                .say("As a replica of ")
                .say(self.name(*other))
                .say(" it gets a full resync, and what was written in these bytes is lost."),
            Finding::Alone | Finding::Followed { .. } | Finding::UnknownMaster | Finding::Loading => text,
        }
    }

    /// How long a detached replica may stay away.
    fn slack(&self, text: Text, outage: &Outage) -> Text {
        match slack_span(outage) {
            Some(span) => text.say(" has ").span(span).say(" of slack before a reconnect costs a full resync"),
            None => text.say(" can come back at any time: nothing is written at present"),
        }
    }

    fn detached(&self, node: usize, attempt: Attempt, bytes: u64, outage: &Outage) -> Text {
        let text = Text::new().say("It is ").bytes(bytes).say(" behind");
        let text = match outage.slack {
            Some(slack) if slack.pinned => {
                text.say(", and another replica's connection keeps the backlog from moving on. ")
            }
            Some(slack) => {
                let text = text.say("; the backlog keeps its place for ").bytes(slack.bytes).say(" more");
                let text = if outage.write_rate > 0 { text.say(", at ").rate(outage.write_rate) } else { text };
                text.say(". ")
            }
            None => text.say(". "),
        };
        join(text, self.attempt(node, attempt))
    }

    /// What a detached replica does about it.
    fn attempt(&self, node: usize, attempt: Attempt) -> Text {
        let text = Text::new();
        match attempt {
            Attempt::Frozen => text.say("It stands still and does not try."),
            Attempt::Waits { after, refused: false } => text.say("It dials in ").span(after).say("."),
            Attempt::Waits { after, refused: true } => {
                text.say("Its link is cut; it dials again in ").span(after).say(".")
            }
            Attempt::Tries { in_vain: false } => {
                text.say("It is shaking hands with ").say(self.master_of(node)).say(".")
            }
            Attempt::Tries { in_vain: true } => text.say("It dials, and the link swallows that."),
        }
    }

    /// Which number would have avoided a full resync.
    fn remedy(&self, node: usize, attempt: Attempt, reason: &FullReason, outage: &Outage) -> Text {
        let text = Text::new();
        let text = match reason {
            FullReason::TooOld { .. } => text
                .say("It is ")
                .bytes(outage.behind)
                .say(" behind: a repl-backlog-size of that much would have kept its place. "),
            FullReason::BeyondFork { .. } => {
                text.say("They were written where nobody replicated them, and will be lost. ")
            }
            FullReason::UnknownReplid => text
                .say(self.master_of(node))
                .say(" has started a new history since, or was never the master of this one. "),
            FullReason::NoBacklog => text.say("It was freed after repl-backlog-ttl, or never needed. "),
            FullReason::Ahead => text.say("It went back in time, as after a restart from an older snapshot. "),
            FullReason::NoHistory | FullReason::LegacySync => text,
        };
        join(text, self.attempt(node, attempt))
    }

    fn silent(&self, node: usize, cause: Silence, lasting: Span, hang_up: Option<HangUp>) -> Text {
        let (name, master) = (self.name(node), self.master_of(node));
        let text = Text::new();
        let text = match cause {
            Silence::ReplicaFrozen => text.say(name).say(" has stood still for ").span(lasting),
            Silence::ReplicaBusy => text.say(name).say(" has been busy and mute for ").span(lasting),
            Silence::MasterFrozen => text.say(master).say(" has stood still for ").span(lasting),
            Silence::Link(PathState::SilentToMaster) => {
                text.say("nothing from ").say(name).say(" has reached ").say(master).say(" for ").span(lasting)
            }
            Silence::Link(PathState::SilentToReplica) => {
                text.say("nothing from ").say(master).say(" has reached ").say(name).say(" for ").span(lasting)
            }
            Silence::Link(_) => text.say("the link to ").say(name).say(" has swallowed every byte for ").span(lasting),
            Silence::HalfOpen => {
                text.say("only one end of the connection between ").say(master).say(" and ").say(name).say(" is left")
            }
            Silence::Late => text.say(master).say(" has had no ACK from ").say(name).say(" for ").span(lasting),
        };
        match hang_up {
            Some(HangUp { by_master, by_limit, after }) => text
                .say("; ")
                .say(if by_master { master } else { name })
                .say(" hangs up in ")
                .span(after)
                .say(if by_limit { " (output buffer limit)" } else { " (repl-timeout)" }),
            None => text,
        }
    }

    /// What a silence will cost if it lasts until someone hangs up, and if not.
    fn silent_cost(&self, cause: Silence, hang_up: Option<HangUp>, ask: Ask, outage: &Outage) -> Text {
        let text = Text::new();
        if let Ask::Full(reason) = ask {
            let text = because(text.say("If the connection is given up, only a full resync will do: "), &reason);
            return text.say(". If it is heard before, nothing is lost.");
        }
        let Some(slack) = outage.slack else { return text };
        let until = hang_up.map_or(Span::ZERO, |hang_up| hang_up.after);
        let written = u128::from(outage.write_rate) * u128::from(until.0) / 1_000_000_000;
        let left = u128::from(slack.bytes).saturating_sub(written) as u64;
        match (slack.pinned, cause) {
            (true, _) if left == 0 => {
                text.say("Its open connection pins the backlog, so the cliff waits; when it is given up, what the replica lacks is gone: full resync.")
            }
            (true, _) => {
                let after = Outage { slack: Some(Slack { bytes: left, pinned: false }), ..*outage };
                let text = text.say("Its open connection pins the backlog until then");
                match slack_span(&after) {
                    Some(span) => text.say("; after that ").span(span).say(" of slack remain."),
                    None => text.say("; nothing is written at present."),
                }
            }
            (false, _) => match slack_span(outage) {
                Some(span) => text
                    .say("It is ")
                    .bytes(outage.behind)
                    .say(" behind; a reconnect within ")
                    .span(span)
                    .say(" is still a partial resync."),
                None => text.say("Nothing is written at present, so a reconnect is a partial resync."),
            },
        }
    }

    fn phase(&self, node: usize, phase: Phase) -> Text {
        let (name, master) = (self.name(node), self.master_of(node));
        let text = Text::new();
        match phase {
            Phase::Asking => text.say(name).say(" waits for the snapshot that it was promised"),
            Phase::Waiting => text.say(name).say(" waits until ").say(master).say(" begins a snapshot for it"),
            Phase::Saving { bytes } => {
                text.say(master).say(" writes a snapshot of ").size(bytes).say(" for ").say(name)
            }
            Phase::Receiving { received, total: Some(total) } => {
                text.say(name).say(" has received ").size(received).say(" of ").size(total)
            }
            Phase::Receiving { received, total: None } => text.say(name).say(" has received ").size(received),
            Phase::Loading { bytes } => {
                text.say(name).say(" loads ").size(bytes).say("; until then it answers -LOADING")
            }
        }
    }

    fn syncing(&self, since: Option<(Time, FullReason)>, stalled: Option<Silence>) -> Text {
        let text = match since {
            Some((since, reason)) => because(Text::new().say("Because "), &reason)
                .say("; for ")
                .span(self.scene.time.since(since))
                .say(" now."),
            None => Text::new(),
        };
        match stalled {
            Some(Silence::Link(_)) => text.say(" Nothing moves: the link swallows every byte."),
            Some(Silence::ReplicaFrozen) => text.say(" Nothing moves: the replica stands still."),
            Some(Silence::MasterFrozen) => text.say(" Nothing moves: the master stands still."),
            _ => text,
        }
    }
}

/// The answer in capitals.
pub fn mark(finding: &Finding) -> &'static str {
    match finding {
        Finding::Alone => "NO REPLICAS",
        Finding::Followed { .. } | Finding::InSync(_) => "IN SYNC",
        Finding::CatchingUp { growth: 0, .. } => "CATCHING UP",
        Finding::CatchingUp { .. } => "FALLING BEHIND",
        Finding::Silent { ask: Ask::Full(_), .. } => "FULL RESYNC LOOMS",
        Finding::Silent { cause: Silence::Link(_), .. } => "LINK SILENT",
        Finding::Silent { cause: Silence::MasterFrozen, .. } => "MASTER SILENT",
        Finding::Silent { .. } => "REPLICA SILENT",
        Finding::Detached { .. } => "PARTIAL RESYNC WILL STILL DO",
        Finding::NeedsFull { first: true, .. } => "FIRST SYNC",
        Finding::NeedsFull { .. } => "FULL RESYNC UNAVOIDABLE",
        Finding::Syncing { since: Some((_, FullReason::NoHistory)), .. } => "FIRST SYNC",
        Finding::Syncing { .. } => "FULL RESYNC RUNNING",
        Finding::MasterNotLinked { .. } => "CHAIN BROKEN",
        Finding::UnknownMaster => "NO SUCH MASTER",
        Finding::Down { followers: 0, since: None } => "STARTING",
        Finding::Down { followers: 0, .. } => "NODE DOWN",
        Finding::Down { .. } => "MASTER DOWN",
        Finding::MasterFrozen { .. } => "MASTER FROZEN",
        Finding::Loading => "LOADING",
        Finding::WritesRefused { .. } => "WRITES REFUSED",
        Finding::Forked { own_bytes: 0, .. } => "TWO MASTERS",
        Finding::Forked { .. } => "HISTORIES FORKED",
    }
}

/// One short state, for a row and for the end of a sentence.
pub fn state_word(finding: &Finding) -> &'static str {
    match finding {
        Finding::Alone => "no replicas",
        Finding::Followed { .. } => "takes writes",
        Finding::InSync(_) => "in sync",
        Finding::CatchingUp { growth: 0, .. } => "catching up",
        Finding::CatchingUp { .. } => "falling behind",
        Finding::Silent { cause: Silence::ReplicaFrozen, .. } => "frozen",
        Finding::Silent { cause: Silence::ReplicaBusy, .. } => "busy",
        Finding::Silent { cause: Silence::MasterFrozen, .. } => "master frozen",
        Finding::Silent { cause: Silence::Link(_), .. } => "link silent",
        Finding::Silent { cause: Silence::HalfOpen, .. } => "half-open",
        Finding::Silent { cause: Silence::Late, .. } => "ACK late",
        Finding::Detached { attempt: Attempt::Tries { .. }, .. } => "connecting",
        Finding::Detached { attempt: Attempt::Frozen, .. } => "frozen",
        Finding::Detached { .. } => "link down",
        Finding::NeedsFull { first: true, .. } => "no data yet",
        Finding::NeedsFull { .. } => "needs full resync",
        Finding::Syncing { phase: Phase::Loading { .. }, .. } | Finding::Loading => "loading",
        Finding::Syncing { phase: Phase::Receiving { .. }, .. } => "receiving snapshot",
        Finding::Syncing { .. } => "waits for snapshot",
        Finding::MasterNotLinked { .. } => "no master link",
        Finding::UnknownMaster => "no such master",
        Finding::Down { since: None, .. } => "not started",
        Finding::Down { .. } => "down",
        Finding::MasterFrozen { .. } => "frozen",
        Finding::WritesRefused { .. } => "refuses writes",
        Finding::Forked { .. } => "forked",
    }
}

/// How long the slack lasts at the present write rate; `None` while nothing is written.
pub fn slack_span(outage: &Outage) -> Option<Span> {
    let slack = outage.slack?;
    (outage.write_rate > 0).then(|| Span::of_bytes(slack.bytes, outage.write_rate))
}

/// What an outage beginning now could cost.
fn outlook(text: Text, outage: &Outage) -> Text {
    match slack_span(outage) {
        Some(span) => text
            .say("At ")
            .rate(outage.write_rate)
            .say(" of writes an outage of up to ")
            .span(span)
            .say(" would end in a partial resync."),
        None => text.say("Nothing is written at present: an outage would end in a partial resync."),
    }
}

/// Why only a full resync will do, as the second half of a sentence.
fn because(text: Text, reason: &FullReason) -> Text {
    match reason {
        FullReason::NoHistory => text.say("it had no history to continue"),
        FullReason::LegacySync => text.say("it speaks SYNC"),
        FullReason::UnknownReplid => text.say("its master does not know its history"),
        FullReason::BeyondFork { .. } => text.say("it has bytes that its master's history does not have"),
        FullReason::NoBacklog => text.say("its master has no backlog"),
        FullReason::TooOld { missing } => text
            .bytes(*missing)
            .say(" that it lacks ")
            .say(if *missing == 1 { "has" } else { "have" })
            .say(" left the backlog"),
        FullReason::Ahead => text.say("it is ahead of its master"),
    }
}

fn join(text: Text, more: Text) -> Text {
    let more = more.done();
    text.say(&more)
}
