//! What only hindsight tells: from when on a full resync was unavoidable, what became of every write, and whether everything
//! held that must hold. All are found by playing copies of the run, in slices, while the run itself goes on.
//!
//! Owns what was found so far, and its words. The searching is for `run::no_return`, `run::fate` and `run::checker`.

use super::text::Part::{Bytes, Clock, Plain, Word};
use super::text::{add, tell};
use crate::base::{NodeId, Span, Time};
use crate::event::EventKind;
use crate::run::Run;
use crate::run::checker::Checked;
use crate::run::fate::{Counts, Fate, Fates, Judge};
use crate::run::no_return::{Cause, NoReturn, Search, Since};
use crate::world::{SpecError, Trace, World, Write, Wrote};

/// Points of no return that are kept; a run with more full resyncs is not searched further.
const MOST_FOUND: usize = 200;
/// Writes of one fate that are told one by one, the latest.
const MOST_ROWS: usize = 60;
/// Characters of a typed line that are shown.
const LONGEST_LINE: usize = 200;
/// The checker asks the stop question once in so many happenings.
const ASK_EVERY: u64 = 16;

/// What was found of a run.
#[derive(Debug, Default)]
pub struct Hindsight {
    found: Vec<NoReturn>,
    /// The full resyncs up to this event are found, or are being searched.
    looked: u64,
    search: Option<Search>,
    fates: Option<Fates>,
    checked: Option<Checked>,
}

/// What became of the writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FateReport {
    /// Virtual nanoseconds that are traced; the report is complete when that is the present.
    pub traced: u64,
    /// Whether it is complete.
    pub done: bool,
    /// How many acknowledged writes have which fate.
    pub counts: Counts,
    /// The latest lost ones.
    pub lost: Vec<FateRow>,
    /// The latest that would be lost if one node died now.
    pub at_risk: Vec<FateRow>,
}

/// An acknowledged write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FateRow {
    /// When it was acknowledged.
    pub time: Time,
    /// The command, its value as a size.
    pub command: String,
    /// Who sent it.
    pub client: String,
    /// Its last byte in the stream.
    pub offset: i64,
    /// Where it is.
    pub place: String,
}

impl Hindsight {
    /// Searches the points of no return of the full resyncs so far, until `stop` says so. Whether all are found.
    pub fn search(&mut self, run: &Run, stop: &mut dyn FnMut() -> bool) -> bool {
        while self.found.len() < MOST_FOUND {
            if self.search.is_none() {
                let demands = |kind: &EventKind| matches!(kind, EventKind::FullRequired { .. });
                let mut causes = run.world().log().causes_since(self.looked);
                let Some(next) = causes.find(|event| demands(&event.kind) && event.peer.is_some()) else { break };
                self.looked = next.seq;
                self.search = Search::new(run, next.seq);
            }
            let Some(search) = &mut self.search else { continue };
            let Some(found) = search.work(stop) else { return false };
            self.search = None;
            self.found.push(found);
        }
        true
    }

    /// The points of no return that were found, the recorded future's included.
    pub fn found(&self) -> &[NoReturn] {
        &self.found
    }

    /// Forgets what lies behind an event: the future was replaced.
    pub fn forget_after(&mut self, seq: u64) {
        self.found.retain(|found| found.seq <= seq);
        if self.looked > seq {
            self.search = None;
            self.looked = self.found.last().map_or(0, |found| found.seq);
        }
    }

    /// The same for a copy of the run that has only its past.
    pub fn fork(&self, seq: u64) -> Hindsight {
        // What is under way is begun again, in the other run.
        let found: Vec<NoReturn> = self.found.iter().copied().filter(|found| found.seq <= seq).collect();
        let looked = found.last().map_or(0, |found| found.seq);
        Hindsight { found, looked, ..Hindsight::default() }
    }

    /// Traces the writes of the run, until `stop` says so.
    pub fn trace(&mut self, run: &Run, stop: &mut dyn FnMut() -> bool) -> Result<(), SpecError> {
        let mut fates = match self.fates.take() {
            Some(fates) => fates,
            None => Fates::new(run)?,
        };
        fates.follow(run, stop)?;
        self.fates = Some(fates);
        Ok(())
    }

    /// Checks the run up to where it stands, until `stop` says so. Whether it got there.
    pub fn check(&mut self, run: &Run, stop: &mut dyn FnMut() -> bool) -> Result<bool, SpecError> {
        let mut checked = match self.checked.take() {
            Some(checked) => checked,
            None => Checked::new(run)?,
        };
        let mut count = 0;
        let done = checked.follow(run, &mut || {
            count += 1;
            count % ASK_EVERY == 0 && stop()
        });
        self.checked = Some(checked);
        Ok(done)
    }

    /// The run as far as it is checked.
    pub fn checked(&self) -> Option<&Checked> {
        self.checked.as_ref()
    }

    /// What became of the writes, as far as they are traced.
    pub fn report(&self, run: &Run, names: &[String]) -> FateReport {
        let Some((fates, trace)) = self.fates.as_ref().and_then(|fates| Some((fates, fates.trace()?))) else {
            return FateReport::default();
        };
        let judge = Judge::new(trace, run.world());
        let mut report = FateReport {
            traced: fates.place().moment.time.0,
            done: fates.place() >= run.place(),
            counts: judge.counts(),
            ..FateReport::default()
        };
        for (write, fate) in judge.acknowledged() {
            let rows = match fate {
                Fate::Safe => continue,
                Fate::Lost(_) => &mut report.lost,
                Fate::OnlyOn(_) | Fate::Forked { .. } | Fate::NoMaster(_) => &mut report.at_risk,
            };
            if rows.len() < MOST_ROWS {
                rows.push(row(run.world(), trace, write, fate, names));
            }
        }
        report
    }
}

fn row(world: &World, trace: &Trace, write: &Write, fate: Fate, names: &[String]) -> FateRow {
    let name = |node: NodeId| Word(names.get(node.0 as usize).map_or("", String::as_str));
    let (by, offset) = write.executed.map_or((NodeId(0), 0), |(node, spot)| (node, spot.offset));
    let place = match fate {
        Fate::Lost(Some(on)) => tell("still on {}, in no history that goes on", &[name(on)]),
        Fate::Lost(None) => tell("was on {}, is nowhere now", &[name(by)]),
        Fate::OnlyOn(on) => tell("only on {}", &[name(on)]),
        Fate::Forked { on, not_on } => tell("on {}, not in the history of {}", &[name(on), name(not_on)]),
        Fate::NoMaster(on) => tell("on {} and others, and none of them is a master", &[name(on)]),
        Fate::Safe => String::new(),
    };
    let (command, client) = said(world, trace, write, names);
    FateRow { time: write.ended, command, client, offset, place }
}

/// A write as a command, and who sent it.
fn said(world: &World, trace: &Trace, write: &Write, names: &[String]) -> (String, String) {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    match write.what {
        Wrote::Request { client, key, value_bytes } => {
            let client = world.spec().clients.get(client.0 as usize);
            let (prefix, client) = client.map_or(("", ""), |client| (client.prefix.as_str(), client.name.as_str()));
            let parts = [Word(prefix), Plain(count(key)), Bytes(value_bytes)];
            (tell("SET {}{} ({})", &parts), client.into())
        }
        Wrote::Line(number) => {
            let Some(typed) = trace.typed(number) else { return Default::default() };
            let at = names.get(typed.node.0 as usize).map_or("", String::as_str);
            let line = typed.line.chars().take(LONGEST_LINE).collect();
            (line, tell("console of {}", &[Word(at)]))
        }
    }
}

/// From when on a full resync was unavoidable and why, as the end of a sentence; nothing of a first one.
pub fn unavoidable(found: &NoReturn) -> Option<String> {
    let mut text = match found.since {
        Since::Ever => return None,
        Since::At(time) => tell("unavoidable since {}: ", &[Clock(Span(time.0))]),
        Since::Faultless(_) => String::from("no end of faults would have avoided it: "),
    };
    add(&mut text, "{}", &[Word(cause(found.cause))]);
    Some(text)
}

/// What made a full resync unavoidable, as a sentence.
fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::FirstSync => "it never had a history",
        Cause::LegacySync => "it speaks SYNC",
        Cause::ReplicaRestarted => "its process ended, and with it its place in the history",
        Cause::NoCachedMaster => "no cached master was left",
        Cause::MasterRestarted => "its master's process ended, and with it the backlog",
        Cause::IdChanged => "the replication id changed",
        Cause::BeyondFork => "it has bytes that its master's history does not have",
        Cause::BacklogFreed => "the backlog was freed",
        Cause::BacklogPassed => "the backlog passed it",
        Cause::OutputLimit => "its output buffer reached the limit",
        Cause::Ahead => "it has more than its master",
    }
}
