//! An event as one sentence, its name and its weight.
//!
//! Owns the wording. Knows events and names, not the world they come from. Real terms of Redis stay as they are: offsets
//! inside commands are written as the command has them (`PSYNC 9b1f…e2 1499651`), quantities carry separators and a unit.

use super::text::Part::{Bytes, Count, History, Number, Plain, Quoted, Size, Time, Word};
use super::text::{add, tell};
use crate::event::{
    BacklogFreedReason, CloseReason, Direction, EventKind, FailoverState, FullReason, LossSign, Role, StopReason,
    TimeoutSide,
};
use crate::run::finding::Level;

/// An event with the names of those it is about. A name that does not apply is empty.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Node that reported it.
    pub node: &'a str,
    /// Node at the other end.
    pub peer: &'a str,
    /// Both endpoints of the link.
    pub link: (&'a str, &'a str),
    /// Load generator.
    pub client: &'a str,
    /// The fact.
    pub kind: &'a EventKind,
}

/// The sentence for an event.
pub fn sentence(told: &Told<'_>) -> String {
    match told.kind {
        EventKind::NodeStarted { .. }
        | EventKind::NodeStopped { .. }
        | EventKind::NodeFrozen
        | EventKind::NodeResumed
        | EventKind::NodeBusy { .. }
        | EventKind::RoleChanged { .. } => machine(told),
        EventKind::LinkCut
        | EventKind::LinkHealed
        | EventKind::LinkSilenced { .. }
        | EventKind::LinkReset
        | EventKind::LinkChanged
        | EventKind::SegmentLost { .. }
        | EventKind::FrameLost { .. } => network(told),
        EventKind::GapSeen { .. } | EventKind::LossFound { .. } | EventKind::LossRepaired { .. } => repair(told),
        EventKind::ConnectStarted
        | EventKind::ConnectFailed
        | EventKind::HandshakeStarted
        | EventKind::HandshakeFailed { .. }
        | EventKind::PsyncAsked { .. }
        | EventKind::PartialAccepted { .. }
        | EventKind::FullRequired { .. }
        | EventKind::PsyncRefused
        | EventKind::PartialResynced { .. } => handshake(told),
        EventKind::SnapshotStarted { .. }
        | EventKind::SnapshotFinished { .. }
        | EventKind::FullResyncStarted { .. }
        | EventKind::TransferStarted { .. }
        | EventKind::TransferFailed { .. }
        | EventKind::LoadStarted { .. }
        | EventKind::LoadFinished { .. }
        | EventKind::FullResynced { .. } => snapshot(told),
        EventKind::ReplicaOnline { .. }
        | EventKind::ReplicaLost { .. }
        | EventKind::MasterLinkLost { .. }
        | EventKind::OutputLimitReached { .. }
        | EventKind::TimedOut { .. }
        | EventKind::ProtocolError { .. } => attachment(told),
        EventKind::PingSent { .. }
        | EventKind::AckSent { .. }
        | EventKind::AckReceived { .. }
        | EventKind::GetAckSent { .. }
        | EventKind::GoodReplicasChanged { .. }
        | EventKind::WritesRefused { .. }
        | EventKind::WaitBlocked { .. }
        | EventKind::WaitAnswered { .. } => heartbeat(told),
        EventKind::BacklogCreated { .. }
        | EventKind::BacklogFreed { .. }
        | EventKind::FailoverChanged { .. }
        | EventKind::ReplidChanged { .. }
        | EventKind::KeysExpired { .. }
        | EventKind::ClientReply { .. }
        | EventKind::ClientDisconnected => history(told),
    }
}

/// Processes and machines.
fn machine(told: &Told<'_>) -> String {
    let node = Word(told.node);
    match told.kind {
        EventKind::NodeStarted { snapshot_bytes: None } => tell("{} started with an empty data set", &[node]),
        EventKind::NodeStarted { snapshot_bytes: Some(bytes) } => {
            tell("{} started and found a snapshot of {} on its disk", &[node, Size(*bytes)])
        }
        EventKind::NodeStopped { why } => {
            let how = match why {
                StopReason::Crash => "{} crashed: what it had in memory is gone, the snapshot on its disk stays",
                StopReason::Shutdown => "{} was shut down",
                StopReason::BadSnapshot => "{} exited with status 1: its snapshot could not be loaded",
            };
            tell(how, &[node])
        }
        EventKind::NodeFrozen => tell("{} is frozen: it reads nothing, computes nothing, sends nothing", &[node]),
        EventKind::NodeResumed => tell("{} goes on", &[node]),
        EventKind::NodeBusy { span } => tell("{} serves nobody for {}: a long command or a fork", &[node, Time(*span)]),
        EventKind::RoleChanged { role: Role::Replica } if !told.peer.is_empty() => {
            tell("{} is a replica now, of {}", &[node, Word(told.peer)])
        }
        EventKind::RoleChanged { role: Role::Replica } => tell("{} is a replica now", &[node]),
        _ => tell("{} is a master now and takes writes", &[node]),
    }
}

/// Links and what was done to them.
fn network(told: &Told<'_>) -> String {
    let (a, b) = (Word(told.link.0), Word(told.link.1));
    let one_way = "link {} – {} swallows every byte from {} to {} and tells nobody";
    match told.kind {
        EventKind::LinkCut => tell("link {} – {} is cut: its connections are closed, new ones are refused", &[a, b]),
        EventKind::LinkHealed => tell("link {} – {} carries bytes again", &[a, b]),
        EventKind::LinkSilenced { direction: Direction::Both } => {
            tell("link {} – {} swallows every byte from now on and tells nobody", &[a, b])
        }
        EventKind::LinkSilenced { direction: Direction::AToB } => tell(one_way, &[a, b, a, b]),
        EventKind::LinkSilenced { direction: Direction::BToA } => tell(one_way, &[a, b, b, a]),
        EventKind::LinkReset => tell("link {} – {}: every connection was reset once, new ones work", &[a, b]),
        EventKind::FrameLost { offset: Some(offset), .. } => {
            let text = "a frame from {} to {} was lost on the way, with the stream from byte {} on";
            tell(text, &[Word(told.node), Word(told.peer), Number(*offset)])
        }
        EventKind::FrameLost { bytes, .. } => {
            let text = "a frame of {} from {} to {} was lost on the way";
            tell(text, &[Bytes(*bytes), Word(told.node), Word(told.peer)])
        }
        EventKind::SegmentLost { bytes, stall } => {
            let text = "link {} – {}: a segment of {} was lost; everything behind it waits {}";
            tell(text, &[a, b, Bytes(*bytes), Time(*stall)])
        }
        _ => tell("link {} – {} has new settings", &[a, b]),
    }
}

/// A stream that travels in frames: what is missing, and how it is sent again.
fn repair(told: &Told<'_>) -> String {
    let (node, peer) = (Word(told.node), Word(told.peer));
    match told.kind {
        EventKind::GapSeen { missing, got } => {
            let text = "{} got a frame that begins at byte {}, but byte {} is missing: it drops the frame and says so";
            tell(text, &[node, Number(*got), Number(*missing)])
        }
        EventKind::LossFound { offset, bytes, sign } => {
            let text = match sign {
                LossSign::Gap => {
                    "{} learns from the ACK of {} that byte {} was lost: it takes {} from the backlog and sends them again"
                }
                LossSign::Timeout => {
                    "{} had no ACK in time from {} for byte {}: it takes {} from the backlog and sends them again"
                }
                LossSign::Count => {
                    "{} sees an ACK of {} below byte {} and takes it for a loss: it sends {} again, lost or not"
                }
            };
            tell(text, &[node, peer, Number(*offset), Bytes(*bytes)])
        }
        EventKind::LossRepaired { offset } => tell(
            "{} has an ACK of {} for everything up to byte {}: nothing is lost any more",
            &[node, peer, Number(*offset)],
        ),
        _ => String::new(),
    }
}

/// From the dial to the answer to PSYNC.
fn handshake(told: &Told<'_>) -> String {
    let node = Word(told.node);
    let peer = Word(if told.peer.is_empty() { "its master" } else { told.peer });
    let replica = Word(if told.peer.is_empty() { "a replica" } else { told.peer });
    match told.kind {
        EventKind::ConnectStarted => tell("{} dials {}", &[node, peer]),
        EventKind::ConnectFailed => {
            tell("{} could not connect to {}; it tries again at its next replication cron, within 1 s", &[node, peer])
        }
        EventKind::HandshakeStarted => tell("{} is connected to {} and sends PING", &[node, peer]),
        EventKind::HandshakeFailed { reply } => {
            tell("{} ended this attempt: {} answered {}", &[node, peer, Quoted(reply.trim_ascii_end())])
        }
        EventKind::PsyncAsked { replid: Some(id), offset } if *offset >= 0 => {
            tell("{} asked PSYNC {} {}", &[node, History(id), Plain(*offset)])
        }
        EventKind::PsyncAsked { .. } => tell("{} asked PSYNC ? -1: it has no history to continue", &[node]),
        EventKind::PartialAccepted { offset, bytes, by_replid2 } => {
            let mut text = match bytes {
                0 => tell("{} answered +CONTINUE to {}: it missed nothing", &[node, replica]),
                _ => {
                    let text = "{} answered +CONTINUE to {}: {} from the backlog, from byte {} on";
                    tell(text, &[node, replica, Bytes(*bytes), Number(*offset)])
                }
            };
            if *by_replid2 {
                text.push_str("; it asked by the previous name of the history");
            }
            text
        }
        EventKind::FullRequired { reason, offset, first_byte, master_repl_offset } => {
            let mut text = tell("{} has to answer +FULLRESYNC to {}: ", &[node, replica]);
            full_reason(&mut text, reason, *offset, *first_byte, *master_repl_offset);
            text
        }
        EventKind::PartialResynced { offset, new_replid } => {
            let mut text = tell("{} continues at offset {}: partial resync", &[node, Number(*offset)]);
            if *new_replid {
                text.push_str("; the history has a new name");
            }
            text
        }
        _ => tell("{} refused the PSYNC of {} with an error", &[node, replica]),
    }
}

/// Why only a full resync will do, with the numbers of the decision.
fn full_reason(text: &mut String, reason: &FullReason, offset: i64, first_byte: i64, master_offset: i64) {
    match reason {
        FullReason::NoHistory => add(text, "it has no history (PSYNC ? -1)", &[]),
        FullReason::LegacySync => add(text, "it speaks SYNC, which knows no offsets", &[]),
        FullReason::UnknownReplid => add(text, "the history that it asked for is unknown here", &[]),
        FullReason::BeyondFork { second_replid_offset: fork } => {
            let beyond = offset.saturating_sub(*fork).max(0) as u64;
            add(text, "it has {} beyond byte {}, where the histories part", &[Bytes(beyond), Number(*fork)]);
        }
        FullReason::NoBacklog => add(text, "there is no backlog", &[]),
        FullReason::TooOld { missing } => {
            let have = Word(if *missing == 1 { "has" } else { "have" });
            let numbers = [Bytes(*missing), have, Number(offset), Number(first_byte)];
            add(text, "{} {} left the backlog (asked from {}, held from {})", &numbers);
        }
        FullReason::Ahead => {
            let numbers = [Number(offset), Number(master_offset)];
            add(text, "it asked for byte {}, but only {} were ever produced here", &numbers);
        }
    }
}

/// Snapshots: taken, sent, loaded.
fn snapshot(told: &Told<'_>) -> String {
    let node = Word(told.node);
    match told.kind {
        EventKind::SnapshotStarted { offset, bytes, diskless, replicas } => {
            let mut text = tell("{} takes a snapshot of {} at offset {}", &[node, Size(*bytes), Number(*offset)]);
            let count = Count(u64::from(*replicas), "replica");
            match (replicas, diskless) {
                (0, _) => text.push_str(", to its disk"),
                (_, false) => add(&mut text, " for {}, to disk first", &[count]),
                (1, true) => add(&mut text, " for {}, to its socket", &[count]),
                (_, true) => add(&mut text, " for {}, to their sockets", &[count]),
            }
            text
        }
        EventKind::SnapshotFinished { ok: true } => tell("{} has completed the snapshot", &[node]),
        EventKind::SnapshotFinished { ok: false } => tell("{} failed to complete the snapshot", &[node]),
        EventKind::FullResyncStarted { offset } => {
            let text = "{} was told +FULLRESYNC … {}: a snapshot that ends at this offset follows";
            tell(text, &[node, Plain(*offset)])
        }
        EventKind::TransferStarted { bytes: Some(bytes) } => {
            tell("{} begins to receive the snapshot, {}", &[node, Size(*bytes)])
        }
        EventKind::TransferStarted { bytes: None } => {
            tell("{} begins to receive the snapshot, of unannounced length (diskless)", &[node])
        }
        EventKind::TransferFailed { received } => {
            tell("{} lost the transfer after {} and has to ask again", &[node, Size(*received)])
        }
        EventKind::LoadStarted { bytes } => tell("{} loads a snapshot of {}", &[node, Size(*bytes)]),
        EventKind::LoadFinished { keys, ok: true } => tell("{} has loaded {}", &[node, Count(*keys, "key")]),
        EventKind::FullResynced { offset } => {
            let text = "{} is in step with the snapshot at offset {}: full resync, the stream follows";
            tell(text, &[node, Number(*offset)])
        }
        _ => tell("{} could not load the snapshot", &[node]),
    }
}

/// Attached replicas, lost ones and why.
fn attachment(told: &Told<'_>) -> String {
    let node = Word(told.node);
    let replica = Word(if told.peer.is_empty() { "a replica" } else { told.peer });
    match told.kind {
        EventKind::ReplicaOnline { offset } => {
            tell("{} sends {} the live stream from byte {} on", &[node, replica, Number(*offset)])
        }
        EventKind::ReplicaLost { why, ack_offset, master_repl_offset } => {
            let mut text = tell("{} has lost {}: {}", &[node, replica, Word(close_reason(*why))]);
            let behind = master_repl_offset.saturating_sub(*ack_offset).max(0) as u64;
            match (ack_offset, behind) {
                (..=0, _) => text.push_str("; it had acknowledged nothing on this connection"),
                (_, 0) => text.push_str("; it had acknowledged everything"),
                _ => add(&mut text, "; its last ACK was {}, {} behind", &[Number(*ack_offset), Bytes(behind)]),
            }
            text
        }
        EventKind::MasterLinkLost { why: CloseReason::Reconfigured, offset, .. } => {
            tell("{} leaves its master at offset {}: REPLICAOF", &[node, Number(*offset)])
        }
        EventKind::MasterLinkLost { why, offset, cached } => {
            let then =
                if *cached { "it kept what a partial resync needs" } else { "nothing was kept, it needs a snapshot" };
            let parts = [node, Number(*offset), Word(close_reason(*why)), Word(then)];
            tell("{} has lost its master at offset {}: {}; {}", &parts)
        }
        EventKind::OutputLimitReached { usage, limit, soft } => {
            let which = Word(if *soft { "over the soft limit of" } else { "the limit is" });
            let text = "{} closes the connection of {}: its output buffer holds {}, {} {}";
            tell(text, &[node, replica, Size(*usage), which, Size(*limit)])
        }
        EventKind::TimedOut { side: TimeoutSide::Replica, silent_s } => {
            tell("{} had no ACK from {} for {} s (repl-timeout) and hangs up", &[node, replica, Number(*silent_s)])
        }
        EventKind::TimedOut { side, silent_s } => {
            let what = match side {
                TimeoutSide::Handshake => "got no answer to its handshake",
                TimeoutSide::Transfer => "got nothing of the snapshot",
                TimeoutSide::Master | TimeoutSide::Replica => "heard nothing of its master",
            };
            tell("{} {} for {} s (repl-timeout) and hangs up", &[node, Word(what), Number(*silent_s)])
        }
        EventKind::ProtocolError { text } => tell("{} got bytes that are not the protocol: {}", &[node, Quoted(text)]),
        _ => String::new(),
    }
}

/// Heartbeats, good replicas and WAIT.
fn heartbeat(told: &Told<'_>) -> String {
    let node = Word(told.node);
    let replicas = |count: i64| Count(count.max(0).unsigned_abs(), "replica");
    match told.kind {
        EventKind::PingSent { offset } => {
            tell("{} sent PING into the stream: 14 bytes, its offset is now {}", &[node, Number(*offset)])
        }
        EventKind::AckSent { offset } => tell("{} sent REPLCONF ACK {}", &[node, Plain(*offset)]),
        EventKind::AckReceived { offset, behind } => {
            let mut text = tell("{} received REPLCONF ACK {}", &[node, Plain(*offset)]);
            if !told.peer.is_empty() {
                add(&mut text, " from {}", &[Word(told.peer)]);
            }
            match behind {
                ..=0 => text.push_str(": nothing is missing there"),
                behind => add(&mut text, ": {} behind", &[Bytes(behind.unsigned_abs())]),
            }
            text
        }
        EventKind::GetAckSent { .. } => tell("{} asked every replica to acknowledge now (REPLCONF GETACK *)", &[node]),
        EventKind::GoodReplicasChanged { good, needed } => {
            let parts = [node, Count(u64::from(*good), "good replica"), Number(i64::from(*needed))];
            tell("{} counts {}, a write needs {}", &parts)
        }
        EventKind::WritesRefused { refused: true } => {
            tell("{} refuses writes from now on: not enough good replicas", &[node])
        }
        EventKind::WritesRefused { refused: false } => tell("{} accepts writes again", &[node]),
        EventKind::WaitBlocked { offset, replicas: count } => {
            let have = Word(if *count == 1 { "has" } else { "have" });
            let parts = [node, replicas(*count), have, Number(*offset)];
            tell("{}: a client WAITs until {} {} acknowledged offset {}", &parts)
        }
        EventKind::WaitAnswered { acked, replicas: count, .. } => {
            tell("{} answered a WAIT: {} of {} acknowledged", &[node, Number(*acked), replicas(*count)])
        }
        _ => String::new(),
    }
}

/// Backlog, names of histories, expiry, and what load generators see.
fn history(told: &Told<'_>) -> String {
    let (node, client) = (Word(told.node), Word(told.client));
    match told.kind {
        EventKind::BacklogCreated { first_byte } => {
            tell("{} keeps a backlog from now on, from byte {}", &[node, Number(*first_byte)])
        }
        EventKind::FailoverChanged { state } => {
            let how = match state {
                FailoverState::None => "{} has ended its failover; paused writes go on",
                FailoverState::WaitingForSync => "{} pauses writes until the failover target has every byte",
                FailoverState::InProgress => "{} asks the failover target to take over",
            };
            tell(how, &[node])
        }
        EventKind::BacklogFreed { why: BacklogFreedReason::Idle } => {
            tell("{} freed its backlog: no replica for longer than repl-backlog-ttl", &[node])
        }
        EventKind::BacklogFreed { why: BacklogFreedReason::FullResync } => {
            tell("{} freed its backlog: the snapshot brings another history", &[node])
        }
        EventKind::ReplidChanged { replid, replid2, second_replid_offset } => {
            let mut text = tell("{}'s history is called {} now", &[node, History(replid)]);
            if *second_replid_offset > 0 {
                let parts = [History(replid2), Number(*second_replid_offset)];
                add(&mut text, "; {} stays good for PSYNC up to byte {}", &parts);
            }
            text
        }
        EventKind::KeysExpired { count } => {
            tell("{}: {} expired, and DEL went into the stream", &[node, Count(*count, "key")])
        }
        EventKind::ClientReply { error: Some(error) } => tell("{} gets {}", &[client, Quoted(error.trim_ascii_end())]),
        EventKind::ClientReply { error: None } => tell("{} gets its commands executed again", &[client]),
        EventKind::ClientDisconnected => tell("{} lost its connection", &[client]),
        _ => String::new(),
    }
}

/// Why a connection was closed, as the second half of a sentence.
pub fn close_reason(why: CloseReason) -> &'static str {
    match why {
        CloseReason::Peer => "the connection was closed",
        CloseReason::Timeout => "silence for longer than repl-timeout",
        CloseReason::QueryLimit => "what it sent passed client-query-buffer-limit",
        CloseReason::OutputLimit => "its output buffer passed client-output-buffer-limit",
        CloseReason::ProtocolError => "what arrived was not the protocol",
        CloseReason::Killed => "CLIENT KILL",
        CloseReason::Reconfigured => "REPLICAOF",
        CloseReason::HistoryChanged => "the history has a new name, replicas have to ask again",
        CloseReason::Loading => "a snapshot replaces the data",
        CloseReason::SnapshotFailed => "the snapshot failed",
        CloseReason::ReplyOnReplicaLink => "it sent a command that needs a reply",
        CloseReason::HandshakeError => "an error reply",
        CloseReason::LossLeftBacklog => "what was lost has left the backlog",
        CloseReason::Done => "it has what it asked for",
    }
}

/// The weight of an event: what colour a flag on the time axis has.
pub fn level(kind: &EventKind) -> Level {
    match kind {
        EventKind::NodeStopped { .. } | EventKind::NodeFrozen | EventKind::LinkCut | EventKind::LinkSilenced { .. } => {
            Level::Down
        }
        EventKind::FullRequired { reason: FullReason::NoHistory, .. }
        | EventKind::SnapshotStarted { .. }
        | EventKind::SnapshotFinished { ok: true }
        | EventKind::FullResyncStarted { .. }
        | EventKind::TransferStarted { .. }
        | EventKind::LoadStarted { .. }
        | EventKind::LoadFinished { ok: true, .. } => Level::Snapshot,
        EventKind::FullRequired { .. }
        | EventKind::WritesRefused { refused: true }
        | EventKind::OutputLimitReached { .. }
        | EventKind::SnapshotFinished { ok: false }
        | EventKind::LoadFinished { ok: false, .. }
        | EventKind::TransferFailed { .. }
        | EventKind::ProtocolError { .. } => Level::Lost,
        EventKind::ConnectFailed
        | EventKind::HandshakeFailed { .. }
        | EventKind::PsyncRefused
        | EventKind::ReplicaLost { .. }
        | EventKind::MasterLinkLost { .. }
        | EventKind::TimedOut { .. }
        | EventKind::LinkReset
        | EventKind::SegmentLost { .. }
        | EventKind::FrameLost { .. }
        | EventKind::GapSeen { .. }
        | EventKind::LossFound { .. }
        | EventKind::NodeBusy { .. }
        | EventKind::BacklogFreed { why: BacklogFreedReason::Idle }
        | EventKind::ClientReply { error: Some(_) }
        | EventKind::ClientDisconnected => Level::Risk,
        _ => Level::Ok,
    }
}

/// The name of an event, for styles, tests and machines.
pub fn name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::NodeStarted { .. } => "node-started",
        EventKind::NodeStopped { .. } => "node-stopped",
        EventKind::NodeFrozen => "node-frozen",
        EventKind::NodeResumed => "node-resumed",
        EventKind::NodeBusy { .. } => "node-busy",
        EventKind::LinkCut => "link-cut",
        EventKind::LinkHealed => "link-healed",
        EventKind::LinkSilenced { .. } => "link-silenced",
        EventKind::LinkReset => "link-reset",
        EventKind::LinkChanged => "link-changed",
        EventKind::SegmentLost { .. } => "segment-lost",
        EventKind::FrameLost { .. } => "frame-lost",
        EventKind::GapSeen { .. } => "gap-seen",
        EventKind::LossFound { .. } => "loss-found",
        EventKind::LossRepaired { .. } => "loss-repaired",
        EventKind::RoleChanged { .. } => "role-changed",
        EventKind::ConnectStarted => "connect-started",
        EventKind::ConnectFailed => "connect-failed",
        EventKind::HandshakeStarted => "handshake-started",
        EventKind::HandshakeFailed { .. } => "handshake-failed",
        EventKind::PsyncAsked { .. } => "psync-asked",
        EventKind::PartialAccepted { .. } => "partial-accepted",
        EventKind::FullRequired { .. } => "full-required",
        EventKind::PsyncRefused => "psync-refused",
        EventKind::PartialResynced { .. } => "partial-resynced",
        EventKind::SnapshotStarted { .. } => "snapshot-started",
        EventKind::SnapshotFinished { .. } => "snapshot-finished",
        EventKind::FullResyncStarted { .. } => "full-resync-started",
        EventKind::TransferStarted { .. } => "transfer-started",
        EventKind::TransferFailed { .. } => "transfer-failed",
        EventKind::LoadStarted { .. } => "load-started",
        EventKind::LoadFinished { .. } => "load-finished",
        EventKind::FullResynced { .. } => "full-resynced",
        EventKind::ReplicaOnline { .. } => "replica-online",
        EventKind::ReplicaLost { .. } => "replica-lost",
        EventKind::MasterLinkLost { .. } => "master-link-lost",
        EventKind::PingSent { .. } => "ping-sent",
        EventKind::AckSent { .. } => "ack-sent",
        EventKind::AckReceived { .. } => "ack-received",
        EventKind::GetAckSent { .. } => "getack-sent",
        EventKind::GoodReplicasChanged { .. } => "good-replicas-changed",
        EventKind::WritesRefused { .. } => "writes-refused",
        EventKind::WaitBlocked { .. } => "wait-blocked",
        EventKind::WaitAnswered { .. } => "wait-answered",
        EventKind::BacklogCreated { .. } => "backlog-created",
        EventKind::BacklogFreed { .. } => "backlog-freed",
        EventKind::FailoverChanged { .. } => "failover-changed",
        EventKind::ReplidChanged { .. } => "replid-changed",
        EventKind::OutputLimitReached { .. } => "output-limit-reached",
        EventKind::TimedOut { .. } => "timed-out",
        EventKind::KeysExpired { .. } => "keys-expired",
        EventKind::ProtocolError { .. } => "protocol-error",
        EventKind::ClientReply { .. } => "client-reply",
        EventKind::ClientDisconnected => "client-disconnected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{self, ReplId};

    fn tell(kind: EventKind) -> String {
        let link = ("master", "replica-2");
        sentence(&Told { node: "master", peer: "replica-2", link, client: "app", kind: &kind })
    }

    fn history_id() -> ReplId {
        ReplId::parse(b"9b1f000000000000000000000000000000000fe2").unwrap_or(ReplId::ZERO)
    }

    #[test]
    fn the_request_is_written_as_on_the_wire() {
        let kind = EventKind::PsyncAsked { replid: Some(history_id()), offset: 1_499_651 };
        let told = Told { node: "replica-2", peer: "master", link: ("", ""), client: "", kind: &kind };
        assert_eq!(sentence(&told), "replica-2 asked PSYNC 9b1f…e2 1499651");
        let kind = EventKind::PsyncAsked { replid: None, offset: -1 };
        assert_eq!(tell(kind), "master asked PSYNC ? -1: it has no history to continue");
    }

    #[test]
    fn a_full_resync_names_its_reason_and_numbers() {
        let full = |reason| EventKind::FullRequired {
            reason,
            offset: 1_499_651,
            first_byte: 1_511_996,
            master_repl_offset: 2_560_000,
        };
        assert_eq!(
            tell(full(FullReason::TooOld { missing: 12_345 })),
            "master has to answer +FULLRESYNC to replica-2: 12,345 bytes have left the backlog (asked from 1,499,651, \
             held from 1,511,996)"
        );
        assert_eq!(
            tell(full(FullReason::BeyondFork { second_replid_offset: 1_499_637 })),
            "master has to answer +FULLRESYNC to replica-2: it has 14 bytes beyond byte 1,499,637, where the histories part"
        );
    }

    #[test]
    fn a_partial_resync_names_its_bytes() {
        let kind = EventKind::PartialAccepted { offset: 1_499_651, bytes: 412_750, by_replid2: false };
        let text = "master answered +CONTINUE to replica-2: 412,750 bytes from the backlog, from byte 1,499,651 on";
        assert_eq!(tell(kind), text);
        let kind = EventKind::PartialAccepted { offset: 5, bytes: 0, by_replid2: true };
        assert_eq!(
            tell(kind),
            "master answered +CONTINUE to replica-2: it missed nothing; it asked by the previous name of the history"
        );
    }

    #[test]
    fn heartbeats_are_told_with_the_offset() {
        let kind = EventKind::AckReceived { offset: 1_499_260, behind: 390 };
        assert_eq!(tell(kind), "master received REPLCONF ACK 1499260 from replica-2: 390 bytes behind");
        let kind = EventKind::AckReceived { offset: 1_499_260, behind: 0 };
        assert_eq!(tell(kind), "master received REPLCONF ACK 1499260 from replica-2: nothing is missing there");
    }

    #[test]
    fn a_lost_replica_says_how_far_it_was() {
        let lost =
            |ack_offset| EventKind::ReplicaLost { why: CloseReason::Timeout, ack_offset, master_repl_offset: 900 };
        assert_eq!(
            tell(lost(100)),
            "master has lost replica-2: silence for longer than repl-timeout; its last ACK was 100, 800 bytes behind"
        );
        assert!(tell(lost(900)).ends_with("it had acknowledged everything"));
        assert!(tell(lost(0)).ends_with("it had acknowledged nothing on this connection"));
    }

    #[test]
    fn a_client_hears_the_error_text() {
        let error = base::Bytes::from("-NOREPLICAS Not enough good replicas to write.\r\n");
        let kind = EventKind::ClientReply { error: Some(error) };
        assert_eq!(tell(kind), "app gets \"-NOREPLICAS Not enough good replicas to write.\"");
    }

    #[test]
    fn silence_has_a_direction() {
        let kind = EventKind::LinkSilenced { direction: Direction::BToA };
        assert_eq!(tell(kind), "link master – replica-2 swallows every byte from replica-2 to master and tells nobody");
    }
}
