//! In place of `service` in the build for the page, which has none of it.

use super::Node;
use super::commands::{NodeCommand, Spec};
use super::conn::Conn;
use super::context::Cx;
use crate::base::{Bytes, ConnId};
use crate::resp::Mark;

/// A command without its subcommand.
pub(super) fn full_name(name: &'static str, _: &[Bytes]) -> &'static str {
    name
}

/// There are no subscriptions.
pub(super) fn subscriptions_of(_: &Conn) -> [usize; 3] {
    [0; 3]
}

/// Nobody looks that closely.
pub(super) struct Memory {
    pub(super) descriptor: u64,
    pub(super) query: u64,
    pub(super) query_free: u64,
    pub(super) words: u64,
    pub(super) transaction: u64,
    pub(super) reply_size: u64,
    pub(super) reply_peak: u64,
    pub(super) total: u64,
}

/// Only what has not been read is known.
pub(super) fn memory_of(conn: &Conn, _: i64) -> Memory {
    let query = conn.scanner.pending();
    let descriptor = conn.number + 7;
    Memory { descriptor, query, query_free: 0, words: 0, transaction: 0, reply_size: 0, reply_peak: 0, total: 0 }
}

/// There is nothing more to know of a client.
pub(super) fn flags_of(_: &Conn) -> (&'static str, &'static str) {
    ("", "")
}

impl Node {
    /// No browser speaks to a node of the page.
    pub(super) fn closes_web_page(&mut self, _: &mut Cx<'_>, _: ConnId, _: &Bytes) -> bool {
        false
    }

    pub(super) fn forget_client(&mut self, _: &Conn) {}

    pub(super) fn note_call(&mut self, _: &mut Cx<'_>, _: ConnId, _: &'static Spec, _: &[Bytes], _: (u64, u64)) {}

    pub(super) fn close_endless(&mut self, _: &mut Cx<'_>, _: ConnId) {}

    pub(super) fn stopwatch(&self) -> u64 {
        0
    }

    pub(super) fn run_service_command(&mut self, _: &mut Cx<'_>, _: ConnId, _: NodeCommand, _: &[Bytes]) -> bool {
        false
    }

    pub(super) fn subcommand_error(&self, _: &'static Spec, _: &[Bytes]) -> Option<(String, bool)> {
        None
    }

    pub(super) fn note_rejected(&mut self, _: &'static Spec, _: &[Bytes]) {}

    pub(super) fn note_errors(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.get_mut(&id) {
            self.stats.error_replies += conn.replies.take_errors();
        }
    }

    pub(super) fn subscriber_refusal(&self, _: &Conn, _: &Spec, _: &[Bytes]) -> Option<String> {
        None
    }

    pub(super) fn note_local_deadline(&mut self, _: &mut Cx<'_>, _: usize, _: &[Bytes]) {}

    pub(super) fn expire_local_keys(&mut self, _: &mut Cx<'_>) {}

    pub(super) fn disk_refusal(&self, _: &Spec, _: bool) -> Option<&'static str> {
        None
    }

    pub(super) fn force_end(&mut self, _: bool) {}

    pub(super) fn terminate(&mut self, cx: &mut Cx<'_>) {
        self.begin_shutdown(cx, None, !self.config.save_points().is_empty(), false);
    }

    pub(super) fn end_not_wanted(&mut self) -> bool {
        false
    }

    pub(super) fn skips_checksums(&self) -> bool {
        false
    }

    pub(super) fn ends_without_mark(&self) -> bool {
        false
    }

    pub(super) fn permission_error(&self, _: &Spec) -> Option<String> {
        None
    }

    pub(super) fn cron_is_paused(&self) -> bool {
        false
    }

    pub(super) fn check_clients_output(&mut self, _: &mut Cx<'_>) {}

    pub(super) fn reset_service_counts(&mut self) {}

    pub(super) fn note_saved(&mut self, _: bool) {}

    pub(super) fn note_loaded(&mut self, _: u64, _: u64) {}

    pub(super) fn apply_keyspace_directives(&mut self) {}

    pub(super) fn tick(&mut self, _: &Cx<'_>) {}

    pub(super) fn evict(&mut self, _: &mut Cx<'_>) {}

    pub(super) fn memory_refusal(&self, _: &Conn, _: &Spec) -> bool {
        false
    }

    pub(super) fn refuses_connection(&mut self, _: &mut Cx<'_>, _: ConnId) -> bool {
        false
    }

    pub(super) fn notify(&mut self, _: &mut Cx<'_>, _: usize, _: &'static Spec, _: &[Bytes], _: &[bool]) {}

    pub(super) fn keys_before(&self, _: usize, _: &'static Spec, _: &[Bytes]) -> Vec<bool> {
        Vec::new()
    }

    pub(super) fn notify_expired(&mut self, _: &mut Cx<'_>, _: &[(usize, Bytes)]) {}

    pub(super) fn note_watching(&mut self, _: ConnId) {}

    pub(super) fn answered(&mut self, _: &mut Cx<'_>, _: ConnId, _: Mark) {}
}
