//! LATENCY: how long commands took, by name, and those that took longer than `latency-monitor-threshold`.

use std::collections::{BTreeMap, VecDeque};

use super::super::Node;
use super::super::commands::{Flags, Spec};
use super::super::context::Cx;
use super::names;
use super::tally::Calls;
use crate::base::{Bytes, ConnId};
use crate::resp::Replies;

/// Slow moments that are kept of each kind.
const KEPT_MAX: usize = 160;
/// Ranges of durations: each is twice as long as the one before.
pub(super) const RANGES: usize = 32;

/// How often a command took a time of each range.
pub(super) type Histogram = [u32; RANGES];

/// The range of a duration in nanoseconds.
pub(super) fn range(nanos: u64) -> usize {
    ((u64::BITS - (nanos >> 10).leading_zeros()) as usize).min(RANGES - 1)
}

/// Slow moments of one kind: second of unix time and milliseconds, and the longest ever.
#[derive(Clone, Debug, Default)]
struct Moments {
    kept: VecDeque<(i64, i64)>,
    longest_ms: i64,
}

/// All that were slow, by kind.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct Latencies(BTreeMap<&'static str, Moments>);

impl Node {
    /// Notes a command that took too long.
    pub(super) fn note_latency(&mut self, cx: &Cx<'_>, spec: &Spec, micros: u64) {
        let (threshold, ms) = (self.config.latency_monitor_threshold_ms(), (micros / 1000) as i64);
        if threshold == 0 || ms < threshold {
            return;
        }
        let kind = if spec.is(Flags::FAST) { "fast-command" } else { "command" };
        let (moments, now_s) = (self.service.latencies.0.entry(kind).or_default(), cx.now.unix_s());
        moments.longest_ms = moments.longest_ms.max(ms);
        match moments.kept.back_mut().filter(|(second, _)| *second == now_s) {
            Some((_, known)) => *known = ms.max(*known),
            None => moments.kept.push_back((now_s, ms)),
        }
        if moments.kept.len() > KEPT_MAX {
            moments.kept.pop_front();
        }
    }

    /// `LATENCY HISTOGRAM [command ...] | HISTORY event | LATEST | RESET [event ...] | DOCTOR | GRAPH event`
    pub(super) fn latency(&mut self, id: ConnId, word: &[u8], argv: &[Bytes]) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let (replies, all) = (&mut conn.replies, &mut self.service.latencies.0);
        let asked = |kind: &str| argv[2..].iter().any(|word| word.as_slice() == kind.as_bytes());
        match word {
            b"reset" => {
                let before = all.len();
                all.retain(|kind, _| argv.len() > 2 && !asked(kind));
                replies.integer((before - all.len()) as i64);
            }
            b"latest" => {
                replies.array(all.len());
                for (kind, moments) in all.iter() {
                    let (second, ms) = moments.kept.back().copied().unwrap_or_default();
                    replies.array(4);
                    replies.bulk_str(kind.as_bytes());
                    [second, ms, moments.longest_ms].into_iter().for_each(|number| replies.integer(number));
                }
            }
            b"history" => {
                let found = all.iter().find(|(kind, _)| asked(kind));
                let kept = found.map(|(_, moments)| moments.kept.clone()).unwrap_or_default();
                replies.array(kept.len());
                for (second, ms) in kept {
                    replies.array(2);
                    [second, ms].into_iter().for_each(|number| replies.integer(number));
                }
            }
            b"histogram" => {
                let commands = self.service.tally.commands();
                histograms(replies, &argv[2..], &commands);
            }
            b"doctor" => replies.verbatim(b"Only commands are timed here: see LATENCY LATEST.\n"),
            b"graph" => self.reply_error(id, "ERR No samples available for event"),
            _ => {}
        }
    }
}

/// The commands that were called, or those of them that were asked for, each with how often it took how long.
fn histograms(replies: &mut Replies, asked: &[Bytes], commands: &[(&'static str, Calls)]) {
    let is_asked = |name: &str| {
        let container = name.split_once('|').map_or(name, |(container, _)| container);
        let named = |word: &Bytes| {
            let word = word.as_slice();
            word.eq_ignore_ascii_case(name.as_bytes())
                || (names::is_container(container) && word.eq_ignore_ascii_case(container.as_bytes()))
        };
        asked.is_empty() || asked.iter().any(named)
    };
    let shown: Vec<_> = commands.iter().filter(|(name, calls)| calls.calls > 0 && is_asked(name)).collect();
    replies.map(shown.len());
    for (name, calls) in shown {
        replies.bulk_str(name.as_bytes());
        replies.map(2);
        replies.bulk_str(b"calls");
        replies.integer(calls.calls as i64);
        replies.bulk_str(b"histogram_usec");
        let ranges: Vec<(usize, u32)> =
            calls.took.iter().copied().enumerate().filter(|(_, count)| *count > 0).collect();
        replies.map(ranges.len());
        let mut all = 0;
        for (range, count) in ranges {
            all += i64::from(count);
            replies.integer((1024i64 << range) / 1000);
            replies.integer(all);
        }
    }
}
