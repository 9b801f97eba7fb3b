//! Commands and errors counted by name: INFO commandstats, INFO errorstats.

use std::collections::BTreeMap;

use super::super::Node;
use super::super::commands::{Flags, Spec};
use super::super::context::Cx;
use super::super::contract::Output;
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
}

/// The counts since the start or the last CONFIG RESETSTAT.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct Tally {
    pub(in crate::node) commands: BTreeMap<&'static str, Calls>,
    pub(in crate::node) errors: BTreeMap<Bytes, u64>,
}

impl Node {
    /// A command ran; `errors` is what [`crate::resp::Replies::errors`] said before.
    pub(in crate::node) fn note_call(
        &mut self,
        cx: &mut Cx<'_>,
        id: ConnId,
        spec: &'static Spec,
        argv: &[Bytes],
        errors: u64,
    ) {
        let failed = self.conns.get(&id).is_some_and(|conn| conn.replies.errors() > errors);
        let calls = self.service.tally.commands.entry(names::full_name(spec.name, argv)).or_default();
        calls.calls += 1;
        calls.failed += u64::from(failed);
        if !self.service.monitors.is_empty() && !spec.is(Flags::ADMIN) && spec.name != "exec" {
            let db = self.conns.get(&id).map_or(0, |conn| conn.db);
            self.feed_monitors(cx, id, db, argv);
        }
        let busy = cx.out.outputs.iter().rev().take(4).find_map(|output| match output {
            Output::Busy(span) => Some((span.0 / 1000) as i64),
            _ => None,
        });
        if spec.name != "exec" {
            self.note_slow(cx, id, argv, busy.filter(|_| spec.name == "debug").unwrap_or(0));
        }
    }

    /// A command was refused before it ran.
    pub(in crate::node) fn note_rejected(&mut self, spec: &'static Spec, argv: &[Bytes]) {
        self.service.tally.commands.entry(names::full_name(spec.name, argv)).or_default().rejected += 1;
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
