//! What a node does by itself: the server cron, the replication cron within it, and the end of each loop iteration, all in
//! Redis's order (`docs/redis-replication.md` 1.4).

use super::Node;
use super::context::Cx;
use super::propagate::Propagated;
use crate::base::{Bytes, Mutant, Span, Time};
use crate::event::EventKind;
use crate::repl::LinkState;

/// When the crons run next, and how often they ran.
#[derive(Clone, Debug)]
pub(super) struct Timers {
    next_cron: Time,
    cron_loops: u64,
    replication_cron_loops: u64,
}

/// The first server cron comes this long after the start.
const FIRST_CRON: Span = Span::from_millis(1);
/// Keys that one server cron removes at most because their time is over.
const EXPIRE_PER_CRON: usize = 1000;

impl Timers {
    pub(super) fn starting(now: Time) -> Timers {
        Timers { next_cron: now + FIRST_CRON, cron_loops: 0, replication_cron_loops: 0 }
    }

    pub(super) fn next_cron(&self) -> Time {
        self.next_cron
    }
}

impl Node {
    /// The moment of [`Node::poll_timeout`] has come, or has passed while the machine stood still. A cron that was missed
    /// is not made up for.
    pub(super) fn timeout(&mut self, cx: &mut Cx<'_>) {
        self.resend_due(cx);
        if self.timers.next_cron > cx.now.time {
            return;
        }
        let period = self.cron_period();
        self.timers.next_cron += period;
        if self.timers.next_cron <= cx.now.time {
            self.timers.next_cron = cx.now.time + period;
        }
        self.server_cron(cx);
    }

    /// When the next replication cron runs: the next attempt to connect, the next acknowledgement.
    pub fn next_replication_cron(&self) -> Time {
        let hz = self.cron_hz();
        let crons = (hz - self.timers.cron_loops % hz) % hz;
        self.timers.next_cron + Span(self.cron_period().0 * crons)
    }

    /// When the next PING goes into the stream; `None` while there is no replica, on a replica, and while a failover holds
    /// heartbeats back.
    pub fn next_ping(&self) -> Option<Time> {
        if self.link.is_some() || self.replicas.is_empty() || self.holds_heartbeats() {
            return None;
        }
        let period = self.ping_period();
        let crons = (period - self.timers.replication_cron_loops % period) % period;
        Some(self.next_replication_cron() + Span::from_secs(crons))
    }

    /// `hz`: server crons per second.
    fn cron_hz(&self) -> u64 {
        self.config.hz().max(1) as u64
    }

    /// Time from one server cron to the next.
    fn cron_period(&self) -> Span {
        Span(1_000_000_000 / self.cron_hz())
    }

    /// `repl-ping-replica-period`: replication crons from one PING to the next.
    fn ping_period(&self) -> u64 {
        self.config.repl_ping_replica_period_s().max(1) as u64
    }

    fn server_cron(&mut self, cx: &mut Cx<'_>) {
        let replication_due = self.timers.cron_loops.is_multiple_of(self.cron_hz());
        self.timers.cron_loops += 1;
        if self.cron_is_paused() {
            return;
        }
        self.check_clients_output(cx);
        if self.loading.is_some() {
            if replication_due {
                self.send_loading_newline(cx);
            }
            return self.settle_load(cx);
        }
        self.check_output_limits(cx);
        if self.hands_over() {
            self.dial_again(cx);
        }
        self.expire_keys(cx);
        self.check_diskless_done(cx);
        if replication_due {
            self.replication_cron(cx);
        }
        self.check_save_points(cx);
    }

    /// Once per second (`docs/redis-replication.md` 1.4, the thirteen steps).
    fn replication_cron(&mut self, cx: &mut Cx<'_>) {
        self.check_master_timeout(cx);
        self.dial_again(cx);
        self.send_ack(cx);
        let beat_due =
            self.timers.replication_cron_loops.is_multiple_of(self.ping_period()) && !self.holds_heartbeats();
        if beat_due && !self.replicas.is_empty() {
            self.feed_ping(cx);
        }
        self.send_keepalives(cx);
        self.drop_silent_replicas(cx);
        self.free_idle_backlog(cx);
        self.start_due_saves(cx);
        self.recount_good(cx);
        self.timers.replication_cron_loops += 1;
    }

    /// Dials the master if no attempt is under way: at every replication cron, and at every server cron while a failover
    /// hands over (`docs/redis-replication.md` 11.2, 12.3).
    fn dial_again(&mut self, cx: &mut Cx<'_>) {
        if self.link.as_ref().is_some_and(|link| link.state == LinkState::Connect) {
            self.dial(cx);
        }
    }

    /// Active expiry: only a master removes keys by time, and says so in the stream (`docs/redis-replication.md` 13.3).
    fn expire_keys(&mut self, cx: &mut Cx<'_>) {
        if !self.active_expire || self.pause.is_some() {
            return;
        }
        if self.link.is_some() && !Mutant::ReplicaExpires.lives() {
            return self.expire_local_keys(cx);
        }
        if self.keyspace.next_expiry_hint().is_none_or(|at_ms| at_ms >= cx.now.unix_ms) {
            return;
        }
        let expired = self.keyspace.expire_cycle(cx.now.unix_ms, EXPIRE_PER_CRON);
        self.note_expired(cx, expired.len() as u64);
        self.notify_expired(cx, &expired);
        let commands: Vec<Propagated> = expired.into_iter().map(|(db, key)| self.deletion(db, key)).collect();
        if !Mutant::ExpiryNotTold.lives() {
            self.emit(cx, &commands, false);
        }
    }

    /// Counts and reports keys that were removed because their time is over.
    pub(super) fn note_expired(&mut self, cx: &mut Cx<'_>, count: u64) {
        if count > 0 {
            self.stats.expired_keys += count;
            cx.event(None, EventKind::KeysExpired { count });
        }
    }

    /// What the stream says of a key that was removed because its time is over.
    pub(super) fn deletion(&self, db: usize, key: Bytes) -> Propagated {
        let word = if self.config.lazyfree_lazy_expire() { "UNLINK" } else { "DEL" };
        Propagated { db, argv: vec![Bytes::from(word), key] }
    }

    /// The end of a loop iteration, before the process sleeps.
    pub(super) fn before_sleep(&mut self, cx: &mut Cx<'_>) {
        if self.exited || self.loading.is_some() {
            return;
        }
        if !self.blocked.is_empty() {
            self.answer_waits(cx);
        }
        if !self.key_waiters.is_empty() || !self.unblocked.is_empty() {
            self.release_key_waiters(cx);
        }
        self.check_releases(cx);
        if self.exited {
            return;
        }
        if self.getack_wanted && self.pause.is_none() {
            self.getack_wanted = false;
            self.feed_getack(cx);
        }
        self.stream.trim_before_sleep();
    }
}
