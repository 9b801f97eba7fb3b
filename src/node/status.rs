//! The node as plain numbers, for eyes that are not clients.

use super::Node;
use super::contract::{BacklogStatus, MasterLinkStatus, ReplicaStatus, SessionStatus, Status};
use crate::base::{Bytes, ConnId, Now, ReplId};
use crate::event::Role;
use crate::repl::textbook::Sender;
use crate::repl::{LinkState, MasterLink, Receiving, Replica, Sending, Slack, Window};

/// A key's entry in memory.
const KEY_BYTES: u64 = 112;
/// Keys of a shard, which is copied when one of them changes.
const SHARD_KEYS: u64 = 16;
/// Buffers that are half full, settings, connections: measured.
const NODE_BYTES: u64 = 16 * 1024;

/// What a copy of a node holds, and how much came in before: what it can share with a later one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    backlog: u64,
    values: u64,
    keys: u64,
    taken: u64,
    changes: u64,
}

/// How far a node is with one of its replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feeding {
    /// First stream byte that it will be sent next.
    pub next: i64,
    /// Last byte that it acknowledged.
    pub ack_offset: i64,
    /// Bytes that it was sent more than once, on a link that loses frames.
    pub resent: u64,
}

impl Held {
    /// The same without bytes of the backlog that another node of the same copy holds anyway.
    pub fn without(mut self, shared: u64) -> Held {
        self.backlog = self.backlog.saturating_sub(shared);
        self
    }

    /// About how many bytes the copy does not share with a later one. Bytes that came in weigh half as much again, for
    /// their allocations.
    pub fn unshared(&self, later: &Held) -> u64 {
        let taken = self.taken.abs_diff(later.taken);
        let keys = later.changes.abs_diff(self.changes).saturating_mul(SHARD_KEYS).min(self.keys);
        let bytes = taken.min(self.backlog) + taken.min(self.values);
        bytes + bytes / 2 + keys * KEY_BYTES + NODE_BYTES
    }
}

impl Node {
    /// The node at this moment.
    pub fn status(&self, now: Now) -> Status {
        let now_s = now.unix_s();
        Status {
            role: if self.link.is_some() { Role::Replica } else { Role::Master },
            loading: self.loading.is_some(),
            saving: self.saving.is_some(),
            replid: self.history.replid,
            replid2: self.history.replid2,
            second_replid_offset: self.history.second_replid_offset,
            master_repl_offset: self.history.master_repl_offset,
            backlog: self.stream.window().map(|window| BacklogStatus {
                first_byte: window.first_byte,
                histlen: window.histlen as u64,
                size: self.stream.size(),
            }),
            repl_timeout_s: self.config.repl_timeout_s(),
            replicas_needed: self.replicas_needed(),
            replicas_max_lag_s: self.config.min_replicas_max_lag_s(),
            replicas_good: self.good_replicas,
            replicas: self.replicas.iter().map(|replica| self.replica_status(replica, now_s)).collect(),
            master: self.link.as_ref().map(|link| link_status(link, now_s)),
            keys: self.keyspace.total_keys(),
            dataset_bytes: self.keyspace.dataset_bytes(),
            commands: self.stats.commands,
            sync_full: self.stats.sync_full,
            sync_partial_ok: self.stats.sync_partial_ok,
            sync_partial_err: self.stats.sync_partial_err,
        }
    }

    /// Last byte produced or applied; cheap enough to be asked for every sample.
    pub fn master_repl_offset(&self) -> i64 {
        self.history.master_repl_offset
    }

    /// How far the node is with the replica on a connection; `None` if there is none.
    pub fn feeding(&self, conn: ConnId) -> Option<Feeding> {
        let replica = self.replicas.find(conn)?;
        Some(Feeding {
            next: replica.cursor.map_or(self.history.master_repl_offset + 1, |cursor| cursor.next()),
            ack_offset: replica.ack_offset,
            resent: replica.session.as_ref().map_or(0, Sender::resent),
        })
    }

    /// Holds the same memory as another node where their streams are the same. Says how many bytes that are.
    pub fn share_stream(&mut self, other: &Node) -> u64 {
        self.stream.share_with(&other.stream)
    }

    /// What a copy of the node holds.
    pub fn held(&self) -> Held {
        Held {
            backlog: self.stream.window().map_or(0, |window| window.histlen as u64),
            values: self.keyspace.dataset_bytes().saturating_sub(self.keyspace.ballast()),
            keys: self.keyspace.total_keys(),
            taken: self.history.master_repl_offset.unsigned_abs(),
            changes: self.keyspace.changes(),
        }
    }

    /// How long the backlog keeps the byte at `offset` for a partial resync; `None` if it does not have it.
    pub fn slack(&self, offset: i64) -> Option<Slack> {
        self.stream.slack(offset)
    }

    /// What the backlog holds, if there is one.
    pub fn window(&self) -> Option<Window> {
        self.stream.window()
    }

    /// `repl-backlog-size` in force.
    pub fn backlog_size(&self) -> u64 {
        self.stream.size()
    }

    /// How often `repl-backlog-size` was changed since the start of the process: at each time bytes may have gone.
    pub fn backlog_resizes(&self) -> u64 {
        self.stream.resizes()
    }

    /// Bytes of the stream from `offset` on, as many as lie in one piece; `None` if they are not kept.
    pub fn stream_bytes(&self, offset: i64) -> Option<Bytes> {
        self.stream.peek(offset)
    }

    /// Whether a snapshot is being loaded: until it is, the data belongs to no offset.
    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Name of the history that the node is on.
    pub fn replid(&self) -> ReplId {
        self.history.replid
    }

    /// Whether the node is a master.
    pub fn is_master(&self) -> bool {
        self.link.is_none()
    }

    fn replica_status(&self, replica: &Replica, now_s: i64) -> ReplicaStatus {
        ReplicaStatus {
            conn: replica.conn,
            port: u16::try_from(replica.announced.port).unwrap_or(0),
            state: replica.state,
            ack_offset: replica.ack_offset,
            lag_s: replica.lag_s(now_s),
            next_offset: replica.cursor.map_or(self.history.master_repl_offset + 1, |cursor| cursor.next()),
            output_bytes: self.stream.output_usage(replica.cursor.as_ref()),
            output_limit: self.output_rule().hard,
            transfer: replica.sending.as_ref().map(Sending::progress),
            session: replica.session.as_ref().map(|session| SessionStatus {
                una: session.una(),
                resent: session.resent(),
                losses: session.losses(),
                repairing: session.is_repairing(),
            }),
        }
    }
}

fn link_status(link: &MasterLink, now_s: i64) -> MasterLinkStatus {
    let (read_offset, applied_offset) = link.offsets();
    let up = link.state == LinkState::Connected;
    let asked = |replid: Option<ReplId>, offset: i64| Some((replid.unwrap_or(ReplId::ZERO), offset));
    MasterLinkStatus {
        host: link.host.clone(),
        port: link.port,
        conn: link.conn,
        state: link.state,
        read_offset,
        applied_offset,
        last_io_s: if up { now_s - link.last_io_s } else { -1 },
        down_s: if up { -1 } else { link.down_since_s.map_or(-1, |since_s| now_s - since_s) },
        transfer: link.receiving.as_ref().map(|receiving| (Receiving::received(receiving), receiving.announced())),
        duplicates_and_gaps: link.session.as_ref().map(|session| (session.duplicates(), session.gaps())),
        next_psync: link.wanted().and_then(|(replid, offset)| asked(replid, offset)),
    }
}
