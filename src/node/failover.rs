//! Handing a master's role over without losing a write: FAILOVER, and the two things that it shares with others: paused
//! clients (CLIENT PAUSE) and a shutdown that waits for replicas (`docs/redis-replication.md` 12.3, 12.4).

use super::Node;
use super::commands::{NodeCommand, Run, Spec};
use super::conn::Peer;
use super::context::Cx;
use crate::base::{Bytes, ConnId, Span, Time, parse_i64};
use crate::event::{CloseReason, EventKind, FailoverState, StopReason};
use crate::repl::ReplicaState;

const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";

/// A failover under way.
#[derive(Clone, Debug)]
pub(super) struct Failover {
    pub(super) state: FailoverState,
    target: Option<(String, u16)>,
    force: bool,
    until: Option<Time>,
}

/// Clients that are made to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pause {
    /// Only commands that may change data or the stream; otherwise all.
    writes_only: bool,
    /// `None` while a failover or a shutdown lasts.
    until: Option<Time>,
}

/// A shutdown that waits until replicas have everything.
#[derive(Clone, Debug)]
pub(super) struct Shutdown {
    pub(super) until: Time,
    saves: bool,
}

/// The words of FAILOVER.
#[derive(Default)]
struct Asked {
    target: Option<(String, u16)>,
    timeout_ms: u64,
    force: bool,
    abort: bool,
}

impl Node {
    /// FAILOVER, with its errors in Redis's order.
    pub(super) fn failover(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        match parse(argv).and_then(|asked| self.begin_failover(cx, asked)) {
            Ok(()) => self.reply_ok(id),
            Err(error) => self.reply_error(id, error),
        }
    }

    fn begin_failover(&mut self, cx: &mut Cx<'_>, asked: Asked) -> Result<(), &'static str> {
        if asked.abort {
            if self.failover.is_none() {
                return Err("ERR No failover in progress.");
            }
            self.abort_failover(cx, "Failover manually aborted");
            return Ok(());
        }
        self.may_fail_over(&asked)?;
        cx.log(false, || format!("FAILOVER requested to {}.", shown(asked.target.as_ref())));
        // An end that no clock can show lies in the past.
        let has_end = cx.now.unix_ms.checked_add_unsigned(asked.timeout_ms).is_some();
        let span = Span(if has_end { asked.timeout_ms.saturating_mul(1_000_000) } else { 0 });
        let until = (asked.timeout_ms > 0).then(|| cx.now.time + span);
        let state = FailoverState::WaitingForSync;
        self.failover = Some(Failover { state, target: asked.target, force: asked.force, until });
        self.pause = Some(Pause { writes_only: true, until: None });
        // Whether the target has everything is asked before the next sleep: what a transaction wrote before this command is not
        // in the stream yet.
        cx.event(None, EventKind::FailoverChanged { state });
        Ok(())
    }

    fn may_fail_over(&self, asked: &Asked) -> Result<(), &'static str> {
        if self.failover.is_some() {
            return Err("ERR FAILOVER already in progress.");
        }
        if self.link.is_some() {
            return Err("ERR FAILOVER is not valid when server is a replica.");
        }
        if self.replicas.is_empty() {
            return Err("ERR FAILOVER requires connected replicas.");
        }
        if asked.force && (asked.timeout_ms == 0 || asked.target.is_none()) {
            return Err("ERR FAILOVER with force option requires both a timeout and target HOST and IP.");
        }
        let Some((host, port)) = &asked.target else { return Ok(()) };
        let is_target = |replica: &&crate::repl::Replica| {
            self.replica_ip(replica).eq_ignore_ascii_case(host) && replica.announced.port == i64::from(*port)
        };
        match self.replicas.iter().find(is_target) {
            None => Err("ERR FAILOVER target HOST and PORT is not a replica."),
            Some(replica) if replica.state != ReplicaState::Online => Err("ERR FAILOVER target replica is not online."),
            Some(_) => Ok(()),
        }
    }

    /// Looks whether the target has everything, or the time is over. Asked before every sleep and at every cron.
    pub(super) fn check_failover(&mut self, cx: &mut Cx<'_>) {
        let Some(failover) = self.failover.as_ref().filter(|it| it.state == FailoverState::WaitingForSync) else {
            return;
        };
        if failover.until.is_some_and(|until| until <= cx.now.time) {
            let Some(target) = failover.target.clone().filter(|_| failover.force) else {
                return self.abort_failover(cx, "Replica never caught up before timeout");
            };
            cx.log(false, || format!("FAILOVER to {} time out exceeded, failing over.", shown(Some(&target))));
            return self.hand_over(cx, target);
        }
        let offset = self.history.master_repl_offset;
        let wanted = failover.target.clone();
        let found = self.replicas.in_state(ReplicaState::Online).find_map(|replica| {
            let address = (self.replica_ip(replica), u16::try_from(replica.announced.port).ok()?);
            let fits =
                wanted.as_ref().is_none_or(|(host, port)| host.eq_ignore_ascii_case(&address.0) && *port == address.1);
            (fits && replica.ack_offset == offset).then_some(address)
        });
        if let Some(target) = found {
            cx.log(false, || format!("Failover target {} is synced, failing over.", shown(Some(&target))));
            self.hand_over(cx, target);
        }
    }

    /// Follows the target, which the fourth word of PSYNC will ask to take over.
    fn hand_over(&mut self, cx: &mut Cx<'_>, (host, port): (String, u16)) {
        let state = FailoverState::InProgress;
        if let Some(failover) = &mut self.failover {
            failover.state = state;
        }
        cx.event(None, EventKind::FailoverChanged { state });
        self.follow(cx, host, port);
    }

    /// Whether PSYNC is to carry the word FAILOVER.
    pub(super) fn hands_over(&self) -> bool {
        self.failover.as_ref().is_some_and(|failover| failover.state == FailoverState::InProgress)
    }

    /// The target answered: it took over, or it refused and this node becomes a master again.
    pub(super) fn failover_answered(&mut self, cx: &mut Cx<'_>, accepted: bool) {
        if !self.hands_over() {
            return;
        }
        match accepted {
            true => self.end_failover(cx),
            false => self.abort_failover(cx, "Failover target rejected psync request"),
        }
    }

    fn abort_failover(&mut self, cx: &mut Cx<'_>, why: &str) {
        let target = self.failover.as_ref().and_then(|failover| failover.target.as_ref());
        cx.log(false, || format!("FAILOVER to {} aborted: {why}", shown(target)));
        let was_handing_over = self.hands_over();
        self.end_failover(cx);
        if was_handing_over {
            self.promote(cx);
        }
    }

    fn end_failover(&mut self, cx: &mut Cx<'_>) {
        if self.failover.take().is_some() {
            cx.event(None, EventKind::FailoverChanged { state: FailoverState::None });
            self.unpause(cx);
        }
    }

    /// Where the failover stands.
    pub(super) fn failover_state(&self) -> FailoverState {
        self.failover.as_ref().map_or(FailoverState::None, |failover| failover.state)
    }

    /// Whether heartbeats are held back: a failover with a timeout would otherwise never see equal offsets.
    pub(super) fn holds_heartbeats(&self) -> bool {
        self.failover.as_ref().is_some_and(|failover| failover.until.is_some())
    }

    /// CLIENT PAUSE.
    pub(super) fn pause_clients(&mut self, cx: &Cx<'_>, ms: u64, writes_only: bool) {
        let until = Some(cx.now.time + Span(ms.saturating_mul(1_000_000)));
        // A pause is never shortened or weakened by another one.
        let old = self.pause.filter(|pause| pause.until.is_none() || pause.until > until);
        let writes_only = writes_only && self.pause.is_none_or(|pause| pause.writes_only);
        self.pause = Some(Pause { writes_only, until: old.map_or(until, |old| old.until) });
    }

    /// Lets paused clients go on.
    pub(super) fn unpause(&mut self, cx: &mut Cx<'_>) {
        self.pause = None;
        for id in std::mem::take(&mut self.postponed) {
            let Some(conn) = self.conns.get_mut(&id) else { continue };
            let (Some(argv), peer) = (conn.postponed.take(), conn.peer) else { continue };
            if peer == Peer::Master {
                self.resume_stream(cx, id, argv);
                continue;
            }
            self.request(cx, id, argv);
            self.read_requests(cx, id);
        }
    }

    /// Whether this command of this peer has to wait. `writes` counts what a transaction has queued.
    pub(super) fn is_paused(&self, peer: Peer, spec: &Spec, writes: bool) -> bool {
        let Some(pause) = self.pause.filter(|_| peer != Peer::Replica) else { return false };
        let lifts = matches!(spec.run, Run::Node(NodeCommand::Client | NodeCommand::Failover));
        !lifts && (writes || !pause.writes_only)
    }

    /// The moment at which a pause or the wait of a shutdown ends by itself.
    pub(super) fn next_release(&self) -> Option<Time> {
        if self.loading.is_some() {
            return None;
        }
        let pause = self.pause.and_then(|pause| pause.until);
        let shutdown = self.shutdown.as_ref().map(|shutdown| shutdown.until);
        let waits = |failover: &&Failover| failover.state == FailoverState::WaitingForSync;
        let failover = self.failover.as_ref().filter(waits).and_then(|failover| failover.until);
        [pause, shutdown, failover].into_iter().flatten().min()
    }

    /// Ends what time has ended.
    pub(super) fn check_releases(&mut self, cx: &mut Cx<'_>) {
        if self.pause.and_then(|pause| pause.until).is_some_and(|until| until <= cx.now.time) {
            self.unpause(cx);
        }
        self.check_failover(cx);
        self.check_shutdown(cx);
    }

    /// Ends the process, at once or when every replica has everything (`docs/redis-replication.md` 12.4). A client that
    /// asks for it waits; it hears something only if the process does not end.
    pub(super) fn begin_shutdown(&mut self, cx: &mut Cx<'_>, client: Option<ConnId>, saves: bool, now: bool) {
        if let Some(conn) = client.and_then(|id| self.conns.get_mut(&id)) {
            conn.awaits_end = true;
        }
        if self.shutdown.is_some() {
            return;
        }
        cx.log(true, || "User requested shutdown...".into());
        let timeout_s = self.config.shutdown_timeout_s().max(0) as u64;
        if now || timeout_s == 0 || !self.has_lagging_replica() {
            return self.end_process(cx, saves);
        }
        self.shutdown = Some(Shutdown { until: cx.now.time + Span::from_secs(timeout_s), saves });
        if self.pause.is_none() {
            self.getack_wanted = false;
            self.feed_getack(cx);
        }
        self.pause = Some(Pause { writes_only: true, until: None });
        cx.log(false, || "Waiting for replicas before shutting down.".into());
    }

    fn has_lagging_replica(&self) -> bool {
        self.replicas.iter().any(|replica| replica.ack_offset != self.history.master_repl_offset)
    }

    fn check_shutdown(&mut self, cx: &mut Cx<'_>) {
        let Some(shutdown) = &self.shutdown else { return };
        if shutdown.until <= cx.now.time || !self.has_lagging_replica() {
            let saves = shutdown.saves;
            self.end_process(cx, saves);
        }
    }

    /// SHUTDOWN ABORT: clients that wait for the end hear that it does not come.
    pub(super) fn abort_shutdown(&mut self, cx: &mut Cx<'_>) -> Result<(), &'static str> {
        if !self.end_not_wanted() {
            self.shutdown.take().ok_or("ERR No shutdown in progress.")?;
        }
        self.go_on_after_all(cx);
        cx.log(false, || "Shutdown manually aborted.".into());
        Ok(())
    }

    /// The process does not end: who waited for that hears of it, who was held back goes on.
    pub(super) fn go_on_after_all(&mut self, cx: &mut Cx<'_>) {
        let waiting: Vec<ConnId> = self.conns.values().filter(|conn| conn.awaits_end).map(|conn| conn.id).collect();
        for id in waiting {
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.awaits_end = false;
            }
            self.reply_error(id, "ERR Errors trying to SHUTDOWN. Check logs.");
            cx.writable(id);
            self.read_requests(cx, id);
        }
        self.unpause(cx);
    }

    fn end_process(&mut self, cx: &mut Cx<'_>, saves: bool) {
        self.log_lag(cx);
        self.cancel_save(cx);
        if saves && self.loading.is_none() {
            cx.log(false, || "Saving the final RDB snapshot before exiting.".into());
            self.save_now(cx);
        }
        for conn in self.replicas.conns() {
            self.close_conn(cx, conn, CloseReason::Done);
        }
        self.exit(cx, StopReason::Shutdown);
    }

    /// Says which replicas lack something when the process ends.
    fn log_lag(&self, cx: &mut Cx<'_>) {
        let (offset, now_s) = (self.history.master_repl_offset, cx.now.unix_s());
        let mut lagging = 0;
        for replica in self.replicas.iter().filter(|replica| replica.ack_offset != offset) {
            lagging += 1;
            let (lag, state) = (replica.lag_s(now_s), replica.state.info_word());
            let behind = offset - replica.ack_offset;
            let (ip, port) = (self.replica_ip(replica), replica.announced.port);
            cx.log(true, || {
                format!("Lagging replica {ip}:{port} reported offset {behind} behind master, lag={lag}, state={state}.")
            });
        }
        let all = self.replicas.len();
        if all > 0 {
            cx.log(false, || format!("{} of {all} replicas are in sync when shutting down.", all - lagging));
        }
    }
}

/// The target as the log shows it.
fn shown(target: Option<&(String, u16)>) -> String {
    target.map_or_else(|| "any replica".to_string(), |(host, port)| format!("{host}:{port}"))
}

fn parse(argv: &[Bytes]) -> Result<Asked, &'static str> {
    let mut asked = Asked::default();
    let mut words = argv[1..].iter();
    while let Some(word) = words.next() {
        match word.to_ascii_lowercase().as_slice() {
            b"timeout" if asked.timeout_ms == 0 => {
                let ms = words.next().ok_or("ERR syntax error").and_then(|ms| parse_i64(ms).ok_or(NOT_AN_INTEGER))?;
                asked.timeout_ms = u64::try_from(ms).unwrap_or(0);
                if asked.timeout_ms == 0 {
                    return Err("ERR FAILOVER timeout must be greater than 0");
                }
            }
            b"to" if asked.target.is_none() => {
                let (Some(host), Some(port)) = (words.next(), words.next()) else { return Err("ERR syntax error") };
                let port = parse_i64(port).ok_or(NOT_AN_INTEGER)?;
                asked.target = Some((String::from_utf8_lossy(host).into_owned(), u16::try_from(port).unwrap_or(0)));
            }
            b"force" if !asked.force => asked.force = true,
            b"abort" if argv.len() == 2 => asked.abort = true,
            _ => return Err("ERR syntax error"),
        }
    }
    Ok(asked)
}
