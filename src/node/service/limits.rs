//! What is kept of a client beyond the wire: its subscriptions, whether it wants replies, and how full its output is.

use super::super::Node;
use super::super::conn::Peer;
use super::super::context::Cx;
use super::pubsub::Subscriptions;
use crate::base::ConnId;
use crate::config::ClientClass;
use crate::event::CloseReason;
use crate::repl::OutputRule;
use crate::resp::Mark;

/// What a client has asked for.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct ConnService {
    pub(in crate::node) subscriptions: Subscriptions,
    /// CLIENT REPLY.
    pub(in crate::node) replies: Wanted,
    /// CLIENT NO-EVICT.
    pub(in crate::node) no_evict: bool,
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
        let wanted = conn.service.replies;
        if wanted != Wanted::All {
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
        let usage = conn.output_bytes();
        if rule.check(usage, &mut conn.service.over_soft_since_s, cx.now.unix_s()).is_some() {
            self.close_conn(cx, id, CloseReason::OutputLimit);
        }
    }

    /// DEBUG PAUSE-CRON.
    pub(in crate::node) fn cron_is_paused(&self) -> bool {
        self.service.cron_paused
    }

    /// The same for all clients, once in a while: a soft limit is passed by time alone.
    pub(in crate::node) fn check_clients_output(&mut self, cx: &mut Cx<'_>) {
        let conns: Vec<ConnId> = self.conns.keys().collect();
        for id in conns {
            self.check_client_output(cx, id);
        }
    }
}
