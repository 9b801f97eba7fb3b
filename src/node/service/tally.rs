//! Commands and errors counted by name: INFO commandstats, INFO errorstats.

use std::collections::BTreeMap;

use super::super::Node;
use super::super::commands::{Flags, Spec};
use super::super::context::Cx;
use super::super::contract::Output;
use super::latency::{self, Histogram};
use super::names;
use crate::base::{Bytes, ConnId};

/// Codes of errors that are told apart; a client may make up more of them.
const CODES_MAX: usize = 128;

/// How often a command was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::node) struct Calls {
    pub(in crate::node) calls: u64,
    /// Refused before they ran.
    pub(in crate::node) rejected: u64,
    /// Answered with an error.
    pub(in crate::node) failed: u64,
    /// Microseconds that they kept the process busy.
    pub(in crate::node) micros: u64,
    /// How often they took a time of each range.
    pub(super) took: Histogram,
}

/// The counts since the start or the last CONFIG RESETSTAT.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct Tally {
    /// By the place of the name, which is compared faster than the name itself.
    commands: BTreeMap<(usize, usize), (&'static str, Calls)>,
    pub(in crate::node) errors: BTreeMap<Bytes, u64>,
}

impl Tally {
    /// The commands in the order of their names.
    pub(super) fn commands(&self) -> Vec<(&'static str, Calls)> {
        let mut all: Vec<(&'static str, Calls)> = self.commands.values().copied().collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all
    }

    fn of(&mut self, name: &'static str) -> &mut Calls {
        let place = (name.as_ptr() as usize, name.len());
        &mut self.commands.entry(place).or_insert((name, Calls::default())).1
    }
}

impl Node {
    /// A command ran; `before` is what [`crate::resp::Replies::errors`] and the stopwatch said when it began.
    pub(in crate::node) fn note_call(
        &mut self,
        cx: &mut Cx<'_>,
        id: ConnId,
        spec: &'static Spec,
        argv: &[Bytes],
        (errors, started): (u64, u64),
    ) {
        let failed = self.conns.get(&id).is_some_and(|conn| conn.replies.errors() > errors);
        let busy = if spec.name == "debug" { busy_micros(cx) } else { 0 };
        let nanos = busy * 1000 + self.stopwatch().saturating_sub(started);
        let micros = nanos / 1000;
        let calls = self.service.tally.of(names::full_name(spec.name, argv));
        calls.calls += 1;
        calls.failed += u64::from(failed);
        calls.micros += micros;
        calls.took[latency::range(nanos)] += 1;
        self.service.hits += self.effects.looked.0;
        self.service.misses += self.effects.looked.1;
        if spec.is(Flags::WRITE) && !self.service.watching.is_empty() {
            self.look_at_watched(cx);
        }
        if !self.service.monitors.is_empty() && !spec.is(Flags::ADMIN) {
            let db = self.conns.get(&id).map_or(0, |conn| conn.db);
            self.feed_monitors(cx, id, db, argv);
        }
        if spec.name != "exec" {
            self.note_latency(cx, spec, micros);
            self.note_slow(cx, id, argv, micros as i64);
        }
    }

    /// A command that had been waiting was carried out: it was counted when it began to wait.
    pub(in crate::node) fn count_once(&mut self, spec: &'static Spec) {
        self.stats.commands -= 1;
        self.service.tally.of(spec.name).calls -= 1;
    }

    /// A command that had been waiting was answered with an error.
    pub(super) fn note_failed(&mut self, name: &'static str) {
        self.service.tally.of(name).failed += 1;
    }

    /// Notes which watched keys have changed: one that was made and deleted again looks as if it had not.
    fn look_at_watched(&mut self, cx: &Cx<'_>) {
        let mut watching = std::mem::take(&mut self.service.watching);
        watching.retain(|id| {
            let Some(conn) = self.conns.get_mut(id).filter(|conn| !conn.watched.is_empty()) else { return false };
            for watched in &mut conn.watched {
                if self.keyspace.version(watched.db, &watched.key, cx.now.unix_ms) != watched.version {
                    watched.version = u64::MAX;
                }
            }
            true
        });
        self.service.watching = watching;
    }

    /// A client watches keys.
    pub(in crate::node) fn note_watching(&mut self, id: ConnId) {
        if !self.service.watching.contains(&id) {
            self.service.watching.push(id);
        }
    }

    /// A command was refused before it ran.
    pub(in crate::node) fn note_rejected(&mut self, spec: &'static Spec, argv: &[Bytes]) {
        self.service.tally.of(names::full_name(spec.name, argv)).rejected += 1;
    }

    /// Counts the errors that a client was answered.
    pub(in crate::node) fn note_errors(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if conn.replies.errors() == 0 {
            return;
        }
        self.stats.error_replies += conn.replies.take_errors();
        let errors = &mut self.service.tally.errors;
        for code in conn.replies.take_error_codes() {
            if errors.len() < CODES_MAX || errors.contains_key(&code) {
                *errors.entry(code).or_default() += 1;
            }
        }
    }
}

/// For how long the command that was just carried out keeps the process busy.
pub(in crate::node) fn busy_micros(cx: &Cx<'_>) -> u64 {
    let spans = cx.out.outputs.iter().rev().take(4).map(|output| match output {
        Output::Busy(span) => span.0 / 1000,
        _ => 0,
    });
    spans.sum()
}
