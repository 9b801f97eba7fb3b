//! The verdict in words: a mark, a headline and a detail for the answer strip, and one short state for a row.
//!
//! Owns the wording. The judgement is `run::verdict`'s.

use super::text::Part::{self, Bytes, Clock, Count, Number, Rate, Size, Word};
use super::text::{add, tell};
use crate::base::{Span, Time};
use crate::event::FullReason;
use crate::repl::Slack;
use crate::run::finding::{Ask, Attempt, Finding, HangUp, Level, Outage, Overflow, Phase, Silence, Verdict, level};
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

/// A stream that grows by no more than this many bytes a second holds heartbeats and no writes.
const HEARTBEATS_ONLY: u64 = 15;

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
        let (node, finding) = (verdict.node, &verdict.finding);
        let mut detail = String::new();
        self.detail(&mut detail, node, finding);
        if let Some((next, other)) = &verdict.next {
            let gap = Word(if detail.is_empty() { "" } else { " " });
            add(&mut detail, "{}{}: {}.", &[gap, Word(self.name(*next)), Word(state_word(other))]);
        }
        let headline = self.headline(node, finding);
        Answer { level: level(finding), mark: mark(finding), headline, detail, node }
    }

    /// The name of a node.
    pub fn name(&self, node: usize) -> &'a str {
        self.names.get(node).map_or("", String::as_str)
    }

    /// The name of the node that `node` follows.
    pub fn master_of(&self, node: usize) -> &'a str {
        self.scene.nodes.get(node).and_then(|actor| actor.master).map_or("its master", |master| self.name(master))
    }

    fn headline(&self, node: usize, finding: &Finding) -> String {
        let name = Word(self.name(node));
        let master = Word(self.master_of(node));
        match finding {
            Finding::Alone => tell("{} has no replicas: nothing is replicated", &[name]),
            Finding::Followed { replicas: 1, weakest: Some((only, _)) } => {
                tell("{} is in step with {}", &[Word(self.name(*only)), Word(self.master_of(*only))])
            }
            Finding::Followed { replicas, .. } => {
                tell("{} are in step with {}", &[Count(u64::from(*replicas), "replica"), name])
            }
            Finding::InSync(_) => tell("{} is in step with {}", &[name, master]),
            Finding::CommandLost { offset, lasting, found: false, .. } => {
                let parts = [name, Number(*offset), Clock(*lasting), master];
                tell("{} misses byte {}, lost on the way {} ago, and {} does not know yet", &parts)
            }
            Finding::CommandLost { offset, .. } => {
                let parts = [master, name, Number(*offset)];
                tell("{} knows from the ACKs of {} that byte {} was lost, and sends it again", &parts)
            }
            Finding::Diverged { offset } => {
                tell("{} and {} are both at offset {}, and hold different data", &[name, master, Number(*offset)])
            }
            Finding::CatchingUp { outage, growth: 0, .. } => {
                tell("{} is attached and gets the {} that it is behind", &[name, Bytes(outage.behind)])
            }
            Finding::CatchingUp { outage, growth, .. } => {
                tell("{} is {} behind, and each second it is {} more", &[name, Bytes(outage.behind), Bytes(*growth)])
            }
            Finding::Silent { cause, lasting, hang_up, .. } => self.silent(node, *cause, *lasting, *hang_up),
            Finding::Detached { outage, .. } => slack_left(name, outage),
            Finding::NeedsFull { first: true, .. } => {
                tell("{} has no history yet and is about to ask for its first snapshot", &[name])
            }
            Finding::NeedsFull { reason, .. } => {
                let mut text = tell("{} needs a full resync: ", &[name]);
                because(&mut text, reason);
                text
            }
            Finding::Syncing { phase, .. } => self.phase(node, *phase),
            Finding::MasterNotLinked { master } => {
                tell("{} waits for {}, which has no link to its own master", &[name, Word(self.name(*master))])
            }
            Finding::UnknownMaster => tell("{} follows an address at which no node listens", &[name]),
            Finding::Down { followers: 0, since: None } => tell("{} has not started yet", &[name]),
            Finding::Down { followers: 0, .. } => tell("{} is down, and nobody follows it", &[name]),
            Finding::Down { followers, .. } => {
                tell("{} is down: {} cannot reach a master", &[name, Count(u64::from(*followers), "replica")])
            }
            Finding::MasterFrozen { .. } => tell("{} stands still: it takes no writes, no replica hears it", &[name]),
            Finding::Loading => tell("{} loads its own snapshot and answers -LOADING meanwhile", &[name]),
            Finding::WritesRefused { good, needed, .. } => {
                let parts = [name, Count(u64::from(*good), "good replica"), Number(i64::from(*needed))];
                tell("{} refuses writes: {}, min-replicas-to-write is {}", &parts)
            }
            Finding::Forked { other, own_bytes: 0 } => {
                tell("{} and {} are both masters of one origin", &[name, Word(self.name(*other))])
            }
            Finding::Forked { other, own_bytes } => {
                let parts = [name, Bytes(*own_bytes), Word(self.name(*other))];
                tell("{} has {} that {}, a master too, does not have", &parts)
            }
        }
    }

    fn detail(&self, text: &mut String, node: usize, finding: &Finding) {
        match finding {
            Finding::Followed { weakest: Some((_, outage)), .. } | Finding::InSync(outage) => outlook(text, outage),
            Finding::CommandLost { found: false, outage, .. } => {
                let what =
                    "{} wait in the backlog. An ACK that tells of a gap will show it, or one that does not come. ";
                add(text, what, &[Bytes(outage.behind)]);
                outlook(text, outage);
            }
            Finding::CommandLost { outage, .. } => {
                add(text, "From its backlog, {} behind what it has produced. ", &[Bytes(outage.behind)]);
                outlook(text, outage);
            }
            Finding::Diverged { .. } => {
                let what = "Its frames do not say where they belong: the replica counts how many bytes came, not which, and \
                            no ACK can tell the difference.";
                add(text, what, &[]);
            }
            Finding::CatchingUp { outage, limit, .. } => {
                if let Some(limit) = limit {
                    let what = "Its output buffer reaches client-output-buffer-limit in {}. ";
                    add(text, what, &[Clock(limit.after)]);
                }
                outlook(text, outage);
            }
            Finding::Silent { hang_up, ask, outage, .. } => silent_cost(text, *hang_up, *ask, outage),
            Finding::Detached { attempt, bytes, outage } => self.detached(text, node, *attempt, *bytes, outage),
            Finding::NeedsFull { first: true, attempt, .. } => self.attempt(text, node, *attempt),
            Finding::NeedsFull { attempt, reason, outage, .. } => self.remedy(text, node, *attempt, reason, outage),
            Finding::Syncing { overflow: Some(overflow), attempt, .. } => overflowing(text, *overflow, *attempt),
            Finding::Syncing { since, stalled, attempt, .. } => {
                self.syncing(text, *since, *stalled);
                if *attempt > 1 {
                    add(text, " It is attempt {} in a row.", &[Number(i64::from(*attempt))]);
                }
            }
            Finding::MasterNotLinked { master } => {
                let master = Word(self.name(*master));
                add(text, "{} answers PSYNC with -NOMASTERLINK until it is linked again.", &[master]);
            }
            Finding::Down { followers: 1.., .. } => {
                let what = "The data stays where it is. Replicas dial once a second; promote one, or restart the node.";
                add(text, what, &[]);
            }
            Finding::Down { since: Some(since), .. } => add(text, "For {} now.", &[self.clock_since(*since)]),
            Finding::MasterFrozen { since, hang_up } => {
                if let Some(since) = since {
                    add(text, "For {} now.", &[self.clock_since(*since)]);
                }
                if let Some((replica, hang_up)) = hang_up {
                    let parts = [Word(self.name(*replica)), Clock(hang_up.after)];
                    add(text, " {} hangs up in {} (repl-timeout).", &parts);
                }
            }
            Finding::WritesRefused { since, .. } => {
                add(text, "Clients get -NOREPLICAS", &[]);
                if let Some(since) = since {
                    add(text, ", for {} now", &[self.clock_since(*since)]);
                }
                add(text, ". Good is a replica whose last ACK is at most min-replicas-max-lag seconds old.", &[]);
            }
            Finding::Forked { other, own_bytes } => {
                let what = match own_bytes {
                    0 => {
                        "It has nothing beyond the fork: as a replica of {} it would get a partial resync, until its \
                         next write or PING."
                    }
                    _ => "As a replica of {} it gets a full resync, and what was written in these bytes is lost.",
                };
                add(text, what, &[Word(self.name(*other))]);
            }
            Finding::Alone
            | Finding::Followed { .. }
            | Finding::UnknownMaster
            | Finding::Loading
            | Finding::Down { .. } => {}
        }
    }

    fn clock_since(&self, since: Time) -> Part<'static> {
        Clock(self.scene.time.since(since))
    }

    fn detached(&self, text: &mut String, node: usize, attempt: Attempt, bytes: u64, outage: &Outage) {
        add(text, "It is {} behind", &[Bytes(bytes)]);
        match outage.slack {
            Some(Slack { pinned: true, bytes: 0 }) => {
                add(text, ", and only the connection of another replica still pins what it needs", &[]);
            }
            Some(slack) => {
                add(text, "; the backlog keeps its place for {} more", &[Bytes(slack.bytes)]);
                if outage.write_rate > HEARTBEATS_ONLY {
                    add(text, ", at {}", &[Rate(outage.write_rate)]);
                }
            }
            None => {}
        }
        text.push_str(". ");
        self.attempt(text, node, attempt);
    }

    /// What a detached replica does about it.
    fn attempt(&self, text: &mut String, node: usize, attempt: Attempt) {
        let master = Word(self.master_of(node));
        match attempt {
            Attempt::Frozen => add(text, "It stands still and does not try.", &[]),
            Attempt::Waits { after, refused: false } => add(text, "It dials in {}.", &[Clock(after)]),
            Attempt::Waits { after, refused: true } => {
                add(text, "Its link is cut; it dials again in {}.", &[Clock(after)]);
            }
            Attempt::Tries { in_vain: true, .. } => add(text, "It dials, and the link swallows that.", &[]),
            Attempt::Tries { dialling: true, .. } => add(text, "It dials {}.", &[master]),
            Attempt::Tries { .. } => add(text, "It is shaking hands with {}.", &[master]),
        }
    }

    /// Which number would have avoided a full resync.
    fn remedy(&self, text: &mut String, node: usize, attempt: Attempt, reason: &FullReason, outage: &Outage) {
        match reason {
            FullReason::TooOld { .. } => {
                let master = self.scene.nodes.get(node).and_then(|actor| self.scene.status(actor.master?));
                let size = master.and_then(|master| master.backlog).map_or(0, |backlog| backlog.size);
                let behind = i64::try_from(outage.behind).unwrap_or(i64::MAX);
                let what = "It is {} behind. repl-backlog-size is {}; {} would have kept its place. ";
                add(text, what, &[Bytes(outage.behind), Bytes(size), Number(behind)]);
            }
            FullReason::BeyondFork { .. } => {
                add(text, "They were written where nobody replicated them, and will be lost. ", &[]);
            }
            FullReason::UnknownReplid => {
                let what = "{} has begun a new history since, or was never its master. ";
                add(text, what, &[Word(self.master_of(node))]);
            }
            FullReason::NoBacklog => add(text, "It was freed after repl-backlog-ttl, or never needed. ", &[]),
            FullReason::Ahead => add(text, "It went back in time, as after a restart from an older snapshot. ", &[]),
            FullReason::NoHistory | FullReason::LegacySync => {}
        }
        self.attempt(text, node, attempt);
    }

    fn silent(&self, node: usize, cause: Silence, lasting: Span, hang_up: Option<HangUp>) -> String {
        let brief = lasting < Span::from_millis(100);
        let (name, master, lasting) = (Word(self.name(node)), Word(self.master_of(node)), Clock(lasting));
        let mut text = match cause {
            Silence::ReplicaFrozen if brief => tell("{} stands still", &[name]),
            Silence::ReplicaFrozen => tell("{} has stood still for {}", &[name, lasting]),
            Silence::ReplicaBusy => tell("{} has been busy and mute for {}", &[name, lasting]),
            Silence::MasterFrozen => tell("{} has stood still for {}", &[master, lasting]),
            Silence::Link(PathState::SilentToMaster) => {
                tell("nothing from {} has reached {} for {}", &[name, master, lasting])
            }
            Silence::Link(PathState::SilentToReplica) => {
                tell("nothing from {} has reached {} for {}", &[master, name, lasting])
            }
            Silence::Link(_) => tell("the link to {} has swallowed every byte for {}", &[name, lasting]),
            Silence::HalfOpen => tell("only one end of the connection between {} and {} is left", &[master, name]),
            Silence::Late => tell("{} has had no ACK from {} for {}", &[master, name, lasting]),
        };
        if let Some(HangUp { by_master, by_limit, after }) = hang_up {
            let who = if by_master { master } else { name };
            let why = Word(if by_limit { "output buffer limit" } else { "repl-timeout" });
            add(&mut text, "; {} hangs up in {} ({})", &[who, Clock(after), why]);
        }
        text
    }

    fn phase(&self, node: usize, phase: Phase) -> String {
        let (name, master) = (Word(self.name(node)), Word(self.master_of(node)));
        let (mut text, left) = match phase {
            Phase::Asking => (tell("{} waits for the snapshot that it was promised", &[name]), None),
            Phase::Waiting { for_save: true } => {
                (tell("{} waits until {} has completed the snapshot that it is busy with", &[name, master]), None)
            }
            Phase::Waiting { for_save: false } => {
                (tell("{} waits for more replicas before the snapshot for {}", &[master, name]), None)
            }
            Phase::Saving { bytes, left } => {
                (tell("{} writes a snapshot of {} for {}", &[master, Size(bytes), name]), left)
            }
            Phase::Receiving { received, total: Some(total), left } => {
                (tell("{} has received {} of {}", &[name, Size(received), Size(total)]), left)
            }
            Phase::Receiving { received, .. } => (tell("{} has received {}", &[name, Size(received)]), None),
            Phase::Loading { bytes, left } => {
                (tell("{} loads {} and answers -LOADING meanwhile", &[name, Size(bytes)]), left)
            }
        };
        if let Some(left) = left {
            add(&mut text, "; {} to go", &[Clock(left)]);
        }
        text
    }

    fn syncing(&self, text: &mut String, since: Option<(Time, FullReason)>, stalled: Option<Silence>) {
        if let Some((since, reason)) = since {
            text.push_str("Why: ");
            because(text, &reason);
            add(text, ". It has lasted {}.", &[self.clock_since(since)]);
        }
        match stalled {
            Some(Silence::Link(_)) => text.push_str(" Nothing moves: the link swallows every byte."),
            Some(Silence::ReplicaFrozen) => text.push_str(" Nothing moves: the replica stands still."),
            Some(Silence::MasterFrozen) => text.push_str(" Nothing moves: the master stands still."),
            _ => {}
        }
    }
}

/// How long a detached replica may stay away.
fn slack_left(name: Part<'_>, outage: &Outage) -> String {
    match slack_span(outage) {
        _ if outage.slack.is_some_and(|slack| slack.pinned && slack.bytes == 0) => {
            tell("{} may still continue, as long as another replica pins the backlog", &[name])
        }
        Some(span) => tell("{} has {} of slack before a reconnect costs a full resync", &[name, Clock(span)]),
        None => tell("{} can come back at any time: nothing is written at present", &[name]),
    }
}

/// What a silence will cost if it lasts until someone hangs up, and if not.
fn silent_cost(text: &mut String, hang_up: Option<HangUp>, ask: Ask, outage: &Outage) {
    if let Ask::Full(reason) = ask {
        text.push_str("If the connection is given up, only a full resync will do: ");
        because(text, &reason);
        return text.push_str(". If it is heard before, nothing is lost.");
    }
    let Some(slack) = outage.slack else { return };
    let until = hang_up.map_or(Span::ZERO, |hang_up| hang_up.after);
    let written = u128::from(outage.write_rate) * u128::from(until.0) / 1_000_000_000;
    let left = u128::from(slack.bytes).saturating_sub(written) as u64;
    let after = Outage { slack: Some(Slack { bytes: left, pinned: false }), ..*outage };
    match (slack.pinned, slack_span(&after), slack_span(outage)) {
        (true, Some(_), _) if left == 0 => text.push_str(
            "Its open connection pins the backlog, so the cliff waits; when it is given up, what the replica lacks is \
             gone: full resync.",
        ),
        (true, Some(span), _) => {
            let what = "Its open connection pins the backlog until then; after that {} of slack remain.";
            add(text, what, &[Clock(span)]);
        }
        (false, _, Some(span)) => {
            let what = "It is {} behind; a reconnect within {} is still a partial resync.";
            add(text, what, &[Bytes(outage.behind), Clock(span)]);
        }
        (_, None, _) | (_, _, None) => {
            text.push_str("Nothing is written at present, so a reconnect is a partial resync.");
        }
    }
}

/// The resync loop: which number would end it.
fn overflowing(text: &mut String, overflow: Overflow, attempt: u32) {
    let what = "Its output buffer reaches the limit of {} in {}, before the snapshot is through; about {} would be needed. \
                Then the connection is closed and the resync begins again";
    add(text, what, &[Size(overflow.limit), Clock(overflow.after), Size(overflow.needed)]);
    match attempt {
        0..=1 => text.push('.'),
        _ => add(text, ", as {} before.", &[Count(u64::from(attempt) - 1, "time")]),
    }
}

/// What an outage beginning now could cost.
fn outlook(text: &mut String, outage: &Outage) {
    match slack_span(outage) {
        _ if outage.slack.is_none_or(|slack| slack.bytes == 0) => {
            text.push_str("Were its connection to break now, a full resync would follow.");
        }
        Some(span) => {
            let what = "At {} of writes an outage of up to {} would end in a partial resync.";
            add(text, what, &[Rate(outage.write_rate), Clock(span)]);
        }
        None => text.push_str("Nothing is written at present: an outage would end in a partial resync."),
    }
}

/// How long the slack lasts at the present write rate; `None` while nothing but heartbeats is written.
pub fn slack_span(outage: &Outage) -> Option<Span> {
    let slack = outage.slack?;
    (outage.write_rate > HEARTBEATS_ONLY).then(|| Span::of_bytes(slack.bytes, outage.write_rate))
}

/// Why only a full resync will do, as the second half of a sentence.
pub fn because(text: &mut String, reason: &FullReason) {
    text.push_str(match reason {
        FullReason::NoHistory => "it had no history to continue",
        FullReason::LegacySync => "it speaks SYNC",
        FullReason::UnknownReplid => "its master does not know its history",
        FullReason::BeyondFork { .. } => "it has bytes that its master's history does not have",
        FullReason::NoBacklog => "its master has no backlog",
        FullReason::TooOld { missing } => {
            let have = Word(if *missing == 1 { "has" } else { "have" });
            return add(text, "{} that it lacks {} left the backlog", &[Bytes(*missing), have]);
        }
        FullReason::Ahead => "it is ahead of its master",
    });
}

/// The answer in capitals.
pub fn mark(finding: &Finding) -> &'static str {
    match finding {
        Finding::Alone => "NO REPLICAS",
        Finding::Followed { .. } | Finding::InSync(_) => "IN SYNC",
        Finding::CommandLost { found: false, .. } => "COMMAND LOST",
        Finding::CommandLost { .. } => "SENT AGAIN",
        Finding::Diverged { .. } => "DATA DIFFERS",
        Finding::CatchingUp { growth: 0, .. } => "CATCHING UP",
        Finding::CatchingUp { .. } => "FALLING BEHIND",
        Finding::Silent { ask: Ask::Full(_), .. } => "FULL RESYNC LOOMS",
        Finding::Silent { cause: Silence::Link(_), .. } => "LINK SILENT",
        Finding::Silent { cause: Silence::MasterFrozen, .. } => "MASTER SILENT",
        Finding::Silent { .. } => "REPLICA SILENT",
        Finding::Detached { .. } => "PARTIAL RESYNC WILL STILL DO",
        Finding::NeedsFull { first: true, .. } => "FIRST SYNC",
        Finding::NeedsFull { .. } => "FULL RESYNC UNAVOIDABLE",
        Finding::Syncing { attempt: 2.., overflow: Some(_), .. }
        | Finding::Syncing {
            attempt: 2.., phase: Phase::Asking | Phase::Waiting { .. } | Phase::Saving { .. }, ..
        } => "RESYNC LOOP",
        Finding::Syncing { overflow: Some(_), .. } => "FULL RESYNC WILL FAIL",
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
        Finding::CommandLost { .. } => "command lost",
        Finding::Diverged { .. } => "data differs",
        Finding::CatchingUp { growth: 0, .. } => "catching up",
        Finding::CatchingUp { .. } => "falling behind",
        Finding::Silent { cause, .. } => match cause {
            Silence::ReplicaFrozen => "frozen",
            Silence::ReplicaBusy => "busy",
            Silence::MasterFrozen => "master frozen",
            Silence::Link(_) => "link silent",
            Silence::HalfOpen => "half-open",
            Silence::Late => "ACK late",
        },
        Finding::Detached { attempt: Attempt::Tries { .. }, .. } => "connecting",
        Finding::Detached { attempt: Attempt::Frozen, .. } | Finding::MasterFrozen { .. } => "frozen",
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
        Finding::WritesRefused { .. } => "refuses writes",
        Finding::Forked { .. } => "forked",
    }
}
