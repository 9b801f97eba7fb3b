//! What follows when a snapshot cannot be written: writes are refused, and a process that was to end goes on.

use super::super::Node;
use super::super::commands::Spec;
use super::super::context::Cx;

/// How the disk has been doing, and what somebody said about the end of the process.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct Disk {
    /// The last snapshot of a child process could not be written.
    failed: bool,
    /// What that would be again if the one that is being written cannot be.
    fails_again: bool,
    /// SHUTDOWN FORCE: the process ends whatever happens.
    forced: bool,
    /// A signal asks for the end; the cron, which would see to it, stands still.
    end_wanted: bool,
}

impl Node {
    /// A snapshot is written, as far as one knows. One that is written while everybody waits may fail without a mark.
    pub(super) fn disk_is_fine(&mut self, by_child: bool) {
        let disk = &mut self.service.disk;
        disk.fails_again = by_child || disk.failed;
        disk.failed = false;
    }

    /// The snapshot of [`super::super::Output::Persist`] could not be written.
    pub(in crate::node) fn persist_failed(&mut self, cx: &mut Cx<'_>) {
        self.service.disk.failed = self.service.disk.fails_again;
        if !self.exited || self.service.disk.forced {
            return;
        }
        cx.log(true, || "Error trying to save the DB, can't exit.".into());
        cx.log(true, || "Errors trying to shut down the server. Check the logs for more information.".into());
        self.exited = false;
        self.shutdown = None;
        self.go_on_after_all(cx);
    }

    /// Whether the process has ended, as far as the node is concerned.
    pub fn has_ended(&self) -> bool {
        self.exited
    }

    /// SHUTDOWN with or without FORCE.
    pub(in crate::node) fn force_end(&mut self, forced: bool) {
        self.service.disk.forced = forced;
    }

    /// `rdb_last_bgsave_status` of INFO.
    pub(in crate::node) fn disk_status(&self) -> &'static str {
        if self.service.disk.failed { "err" } else { "ok" }
    }

    /// Why a write may not run: what it changes could not be saved.
    pub(in crate::node) fn disk_refusal(&self, spec: &Spec, writes: bool) -> Option<&'static str> {
        let concerned = writes || spec.name == "ping";
        let refuses = self.service.disk.failed
            && concerned
            && self.link.is_none()
            && self.config.stop_writes_on_bgsave_error()
            && !self.config.save_points().is_empty();
        refuses.then_some(
            "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands \
             that may modify the data set are disabled, because this instance is configured to report errors during \
             writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for \
             details about the RDB error.",
        )
    }

    /// A signal asks for the end. Redis looks for that in its cron: while DEBUG PAUSE-CRON holds it nothing happens.
    pub(in crate::node) fn terminate(&mut self, cx: &mut Cx<'_>) {
        if self.service.cron_paused {
            self.service.disk.end_wanted = true;
            return;
        }
        self.force_end(false);
        self.begin_shutdown(cx, None, !self.config.save_points().is_empty(), false);
    }

    /// The cron runs again.
    pub(super) fn cron_resumed(&mut self, cx: &mut Cx<'_>) {
        if std::mem::take(&mut self.service.disk.end_wanted) {
            self.terminate(cx);
        }
    }

    /// SHUTDOWN ABORT before the cron has seen that the end is wanted; whether it was.
    pub(in crate::node) fn end_not_wanted(&mut self) -> bool {
        std::mem::take(&mut self.service.disk.end_wanted)
    }
}
