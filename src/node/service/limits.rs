//! What is kept of a client beyond the wire: its subscriptions, whether it wants replies, and how full its output is.

use super::super::Node;
use super::super::commands::{Flags, Spec};
use super::super::conn::{Conn, Peer, Transaction};
use super::super::context::Cx;
use super::memory::{ReplyBuffer, Sent};
use super::pubsub::Subscriptions;
use crate::base::{Bytes, ConnId};
use crate::config::ClientClass;
use crate::data::{Clock, Frequencies, Limit, Limits};
use crate::event::CloseReason;
use crate::repl::OutputRule;
use crate::resp::Mark;

/// A block of output behind the buffer: how much of it can be used, and what it takes with its place in the list.
const BLOCK_USABLE: u64 = 20_464;
const BLOCK_BYTES: u64 = BLOCK_USABLE + 40;

/// What a client has asked for.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct ConnService {
    pub(in crate::node) subscriptions: Subscriptions,
    /// CLIENT REPLY.
    pub(in crate::node) replies: Wanted,
    /// CLIENT NO-EVICT.
    pub(in crate::node) no_evict: bool,
    /// The number of its socket, 0 for a connection that this node dialled.
    pub(super) descriptor: u64,
    /// The command that it sent last, if that was CLIENT.
    pub(super) sent: Sent,
    pub(super) reply_buffer: ReplyBuffer,
    /// MONITOR.
    pub(in crate::node) monitors: bool,
    /// Since when its output is beyond the soft limit, unix seconds.
    over_soft_since_s: Option<i64>,
}

/// Which replies a client wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::node) enum Wanted {
    #[default]
    All,
    None,
    /// Not the next one.
    SkipNext,
    /// Not this one.
    Skip,
}

impl Node {
    /// A request is over: replies that its client does not want are dropped, the others held against the output limit.
    pub(in crate::node) fn answered(&mut self, cx: &mut Cx<'_>, id: ConnId, before: Mark) {
        let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.peer == Peer::Client) else { return };
        conn.service.sent = Sent::default();
        conn.service.reply_buffer.holds(conn.output_bytes());
        let wanted = conn.service.replies;
        // Messages of subscriptions are no replies.
        if wanted != Wanted::All && !conn.last_command.ends_with("subscribe") {
            conn.replies.truncate(before);
        }
        conn.service.replies = match wanted {
            Wanted::SkipNext => Wanted::Skip,
            Wanted::Skip => Wanted::All,
            Wanted::All | Wanted::None => wanted,
        };
        self.check_client_output(cx, id);
    }

    /// Closes a client whose output is beyond the limit of its class.
    pub(in crate::node) fn check_client_output(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id).filter(|conn| conn.peer == Peer::Client) else { return };
        let class = if conn.service.subscriptions.any() { ClientClass::Pubsub } else { ClientClass::Normal };
        let limit = self.config.output_limit(class);
        if limit.hard == 0 && limit.soft == 0 {
            return;
        }
        let rule = OutputRule { hard: limit.hard, soft: limit.soft, soft_s: limit.soft_seconds };
        // The first bytes have a place of their own, which the limits do not count.
        let behind = conn.output_bytes().saturating_sub(conn.service.reply_buffer.size);
        // What does not fit there lies in blocks, which count as they are allocated.
        let usage = behind.div_ceil(BLOCK_USABLE) * BLOCK_BYTES;
        if rule.check(usage, &mut conn.service.over_soft_since_s, cx.now.unix_s()).is_some() {
            self.close_conn(cx, id, CloseReason::OutputLimit);
        }
    }

    /// Closes a client whose answer would be without end, if there is a limit that it would pass.
    pub(in crate::node) fn close_endless(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        if self.config.output_limit(ClientClass::Normal).hard > 0 {
            self.close_conn(cx, id, CloseReason::OutputLimit);
        }
    }

    /// Takes over up to what sizes collections are kept in a small form, and what is kept of the use of keys.
    pub(in crate::node) fn apply_keyspace_directives(&mut self) {
        let frequencies = self.config.frequencies();
        let frequencies = frequencies.map(|[log_factor, decay_minutes]| Frequencies { log_factor, decay_minutes });
        self.keyspace.set_clock(Clock { frequencies, unshared: self.config.keeps_usage(), ..self.keyspace.clock() });
        let [hash_members, hash_bytes, set_members, set_bytes, integers] = self.config.small_forms();
        self.keyspace.set_limits(Limits {
            hash: Limit { members: hash_members, bytes: hash_bytes },
            sorted_set: Limit { members: set_members, bytes: set_bytes },
            integers,
        });
    }

    /// Tells the data set the time of the command that comes.
    pub(in crate::node) fn tick(&mut self, cx: &Cx<'_>) {
        self.keyspace.set_clock(Clock { now_ms: cx.now.unix_ms, ..self.keyspace.clock() });
    }

    /// Whether memory is full for this command, after [`Node::evict`].
    pub(in crate::node) fn memory_refusal(&self, conn: &Conn, spec: &Spec) -> bool {
        let max = self.config.max_memory();
        if max == 0 || self.used_memory() <= max + self.memory_of_replicas() {
            return false;
        }
        let queued = |transaction: &Transaction| match spec.name {
            "exec" => transaction.queue.iter().any(|(spec, _)| spec.is(Flags::DENYOOM)),
            "discard" | "quit" | "reset" => false,
            _ => true,
        };
        spec.is(Flags::DENYOOM) || conn.transaction.as_ref().is_some_and(queued)
    }

    /// Whether there are as many clients as there may be; then the new one is told so and closed.
    pub(in crate::node) fn refuses_connection(&mut self, cx: &mut Cx<'_>, id: ConnId) -> bool {
        let listening = self.config.addresses();
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.service.descriptor = self.service.descriptors.take(listening);
        }
        if self.conns.len() <= self.config.max_clients() {
            return false;
        }
        self.service.rejected_connections += 1;
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.replies.raw(b"-ERR max number of clients reached\r\n");
            conn.closing = Some(CloseReason::Done);
            cx.writable(id);
        }
        true
    }

    /// Closes a connection that speaks HTTP: a web page may not send commands through its reader's browser. What it sent
    /// before is not answered either.
    pub(in crate::node) fn closes_web_page(&mut self, cx: &mut Cx<'_>, id: ConnId, word: &Bytes) -> bool {
        let is_http = [&b"post"[..], b"host:"].iter().any(|name| word.eq_ignore_ascii_case(name));
        if is_http {
            cx.log(true, || {
                "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. \
                 This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis \
                 instance. Connection aborted."
                    .to_owned()
            });
            self.close_conn(cx, id, CloseReason::ProtocolError);
        }
        is_http
    }

    /// DEBUG PAUSE-CRON.
    pub(in crate::node) fn cron_is_paused(&self) -> bool {
        self.service.cron_paused
    }

    /// The same for all clients, once in a while: a soft limit is passed by time alone.
    pub(in crate::node) fn check_clients_output(&mut self, cx: &mut Cx<'_>) {
        self.resize_reply_buffers(cx.now.unix_ms);
        let conns: Vec<ConnId> = self.conns.keys().collect();
        for id in conns {
            self.check_client_output(cx, id);
        }
    }
}
