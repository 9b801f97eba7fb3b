//! An event as one sentence, its name and its weight.
//!
//! Owns the wording. Knows events and names, not the world they come from. Real terms of Redis stay as they are: offsets
//! inside commands are written as the command has them (`PSYNC 9b1f…e2 1499651`), quantities carry separators and a unit.

use super::text::Text;
use crate::event::{BacklogFreedReason, CloseReason, Direction, EventKind, FullReason, Role, StopReason, TimeoutSide};
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
    let text = match told.kind {
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
        | EventKind::SegmentLost { .. } => network(told),
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
        | EventKind::ReplidChanged { .. }
        | EventKind::KeysExpired { .. }
        | EventKind::ClientReply { .. }
        | EventKind::ClientDisconnected => history(told),
    };
    text.done()
}

/// Processes and machines.
fn machine(told: &Told<'_>) -> Text {
    let text = Text::new().say(told.node);
    match told.kind {
        EventKind::NodeStarted { snapshot_bytes: None } => text.say(" started with an empty data set"),
        EventKind::NodeStarted { snapshot_bytes: Some(bytes) } => {
            text.say(" started and found a snapshot of ").size(*bytes).say(" on its disk")
        }
        EventKind::NodeStopped { why: StopReason::Crash } => {
            text.say(" crashed: what it had in memory is gone, the snapshot on its disk stays")
        }
        EventKind::NodeStopped { why: StopReason::Shutdown } => text.say(" was shut down"),
        EventKind::NodeStopped { why: StopReason::BadSnapshot } => {
            text.say(" exited with status 1: its snapshot could not be loaded")
        }
        EventKind::NodeFrozen => text.say(" is frozen: it reads nothing, computes nothing, sends nothing"),
        EventKind::NodeResumed => text.say(" goes on"),
        EventKind::NodeBusy { span } => text.say(" is busy with one command for ").span(*span),
        EventKind::RoleChanged { role: Role::Master } => text.say(" is a master now and takes writes"),
        EventKind::RoleChanged { role: Role::Replica } => {
            text.say(" is a replica now").say_if(!told.peer.is_empty(), ", of ").say(told.peer)
        }
        _ => text,
    }
}

/// Links and what was done to them.
fn network(told: &Told<'_>) -> Text {
    let (a, b) = told.link;
    let link = || Text::new().say("link ").say(a).say(" – ").say(b);
    match told.kind {
        EventKind::LinkCut => link().say(" is cut: its connections are closed, new ones are refused"),
        EventKind::LinkHealed => link().say(" carries bytes again"),
        EventKind::LinkSilenced { direction: Direction::Both } => {
            link().say(" swallows every byte from now on and tells nobody")
        }
        EventKind::LinkSilenced { direction: Direction::AToB } => {
            link().say(" swallows every byte from ").say(a).say(" to ").say(b).say(" and tells nobody")
        }
        EventKind::LinkSilenced { direction: Direction::BToA } => {
            link().say(" swallows every byte from ").say(b).say(" to ").say(a).say(" and tells nobody")
        }
        EventKind::LinkReset => link().say(": every connection was reset once, new ones work"),
        EventKind::LinkChanged => link().say(" has new settings"),
        EventKind::SegmentLost { bytes, stall } => {
            link().say(": a segment of ").bytes(*bytes).say(" was lost; everything behind it waits ").span(*stall)
        }
        _ => link(),
    }
}

/// From the dial to the answer to PSYNC.
fn handshake(told: &Told<'_>) -> Text {
    let text = Text::new().say(told.node);
    let peer = if told.peer.is_empty() { "its master" } else { told.peer };
    let replica = if told.peer.is_empty() { "a replica" } else { told.peer };
    match told.kind {
        EventKind::ConnectStarted => text.say(" dials ").say(peer),
        EventKind::ConnectFailed => text
            .say(" could not connect to ")
            .say(peer)
            .say("; it tries again at its next replication cron, within 1 s"),
        EventKind::HandshakeStarted => text.say(" is connected to ").say(peer).say(" and sends PING"),
        EventKind::HandshakeFailed { reply } => {
            text.say(" ended this attempt: ").say(peer).say(" answered ").quoted(reply.trim_ascii_end())
        }
        EventKind::PsyncAsked { replid: Some(id), offset } if *offset >= 0 => {
            text.say(" asked PSYNC ").history(id).say(" ").plain(*offset)
        }
        EventKind::PsyncAsked { .. } => text.say(" asked PSYNC ? -1: it has no history to continue"),
        EventKind::PartialAccepted { offset, bytes, by_replid2 } => {
            let text = text.say(" answered +CONTINUE to ").say(replica).say(": ");
            let text = match bytes {
                0 => text.say("it missed nothing"),
                _ => text.bytes(*bytes).say(" from the backlog, from byte ").number(*offset).say(" on"),
            };
            text.say_if(*by_replid2, "; it asked by the previous name of the history")
        }
        EventKind::FullRequired { reason, offset, first_byte, master_repl_offset } => {
            let text = text.say(" has to answer +FULLRESYNC to ").say(replica).say(": ");
            full_reason(text, reason, *offset, *first_byte, *master_repl_offset)
        }
        EventKind::PsyncRefused => text.say(" refused the PSYNC of ").say(replica).say(" with an error"),
        EventKind::PartialResynced { offset, new_replid } => text
            .say(" continues at offset ")
            .number(*offset)
            .say(": partial resync")
            .say_if(*new_replid, "; the history has a new name"),
        _ => text,
    }
}

/// Why only a full resync will do, with the numbers of the decision.
fn full_reason(text: Text, reason: &FullReason, offset: i64, first_byte: i64, master_offset: i64) -> Text {
    match reason {
        FullReason::NoHistory => text.say("it has no history (PSYNC ? -1)"),
        FullReason::LegacySync => text.say("it speaks SYNC, which knows no offsets"),
        FullReason::UnknownReplid => text.say("the history that it asked for is unknown here"),
        FullReason::BeyondFork { second_replid_offset } => text
            .say("it has ")
            .bytes(offset.saturating_sub(*second_replid_offset).max(0) as u64)
            .say(" beyond byte ")
            .number(*second_replid_offset)
            .say(", where the histories part"),
        FullReason::NoBacklog => text.say("there is no backlog"),
        FullReason::TooOld { missing } => text
            .bytes(*missing)
            .say_if(*missing == 1, " has")
            .say_if(*missing != 1, " have")
            .say(" left the backlog (asked from ")
            .number(offset)
            .say(", held from ")
            .number(first_byte)
            .say(")"),
        FullReason::Ahead => text
            .say("it asked for byte ")
            .number(offset)
            .say(", but only ")
            .number(master_offset)
            .say(" were ever produced here"),
    }
}

/// Snapshots: taken, sent, loaded.
fn snapshot(told: &Told<'_>) -> Text {
    let text = Text::new().say(told.node);
    match told.kind {
        EventKind::SnapshotStarted { offset, bytes, diskless, replicas } => {
            let text = text.say(" takes a snapshot of ").size(*bytes).say(" at offset ").number(*offset);
            let text = match replicas {
                0 => text.say(", to its disk"),
                n => text.say(" for ").count(u64::from(*n), "replica").say(", to ").say_if(!diskless, "disk first"),
            };
            text.say_if(*diskless && *replicas == 1, "its socket").say_if(*diskless && *replicas > 1, "their sockets")
        }
        EventKind::SnapshotFinished { ok: true } => text.say(" has completed the snapshot"),
        EventKind::SnapshotFinished { ok: false } => text.say(" failed to complete the snapshot"),
        EventKind::FullResyncStarted { offset } => {
            text.say(" was told +FULLRESYNC … ").plain(*offset).say(": a snapshot that ends at this offset follows")
        }
        EventKind::TransferStarted { bytes: Some(bytes) } => text.say(" begins to receive the snapshot, ").size(*bytes),
        EventKind::TransferStarted { bytes: None } => {
            text.say(" begins to receive the snapshot, of unannounced length (diskless)")
        }
        EventKind::TransferFailed { received } => {
            text.say(" lost the transfer after ").size(*received).say(" and has to ask again")
        }
        EventKind::LoadStarted { bytes } => text.say(" loads a snapshot of ").size(*bytes),
        EventKind::LoadFinished { keys, ok: true } => text.say(" has loaded ").count(*keys, "key"),
        EventKind::LoadFinished { ok: false, .. } => text.say(" could not load the snapshot"),
        EventKind::FullResynced { offset } => text
            .say(" is in step with the snapshot at offset ")
            .number(*offset)
            .say(": full resync, the stream follows"),
        _ => text,
    }
}

/// Attached replicas, lost ones and why.
fn attachment(told: &Told<'_>) -> Text {
    let text = Text::new().say(told.node);
    let replica = if told.peer.is_empty() { "a replica" } else { told.peer };
    match told.kind {
        EventKind::ReplicaOnline { offset } => {
            text.say(" sends ").say(replica).say(" the live stream from byte ").number(*offset).say(" on")
        }
        EventKind::ReplicaLost { why, ack_offset, master_repl_offset } => {
            let text = text.say(" has lost ").say(replica).say(": ").say(close_reason(*why));
            let behind = master_repl_offset.saturating_sub(*ack_offset).max(0) as u64;
            match (ack_offset, behind) {
                (..=0, _) => text.say("; it had acknowledged nothing on this connection"),
                (_, 0) => text.say("; it had acknowledged everything"),
                _ => text.say("; its last ACK was ").number(*ack_offset).say(", ").bytes(behind).say(" behind"),
            }
        }
        EventKind::MasterLinkLost { why, offset, cached } => text
            .say(" has lost its master at offset ")
            .number(*offset)
            .say(": ")
            .say(close_reason(*why))
            .say_if(*cached, "; it kept what a partial resync needs")
            .say_if(!*cached, "; nothing was kept, it needs a snapshot"),
        EventKind::OutputLimitReached { usage, limit, soft } => text
            .say(" closes the connection of ")
            .say(replica)
            .say(": its output buffer holds ")
            .size(*usage)
            .say(if *soft { ", over the soft limit of " } else { ", the limit is " })
            .size(*limit),
        EventKind::TimedOut { side, silent_s } => {
            let what = match side {
                TimeoutSide::Handshake => " got no answer to its handshake for ",
                TimeoutSide::Transfer => " got nothing of the snapshot for ",
                TimeoutSide::Master => " heard nothing of its master for ",
                TimeoutSide::Replica => " had no ACK from ",
            };
            let text = text.say(what);
            let text = if *side == TimeoutSide::Replica { text.say(replica).say(" for ") } else { text };
            text.number(*silent_s).say(" s (repl-timeout) and hangs up")
        }
        EventKind::ProtocolError { text: what } => text.say(" got bytes that are not the protocol: ").quoted(what),
        _ => text,
    }
}

/// Heartbeats, good replicas and WAIT.
fn heartbeat(told: &Told<'_>) -> Text {
    let text = Text::new().say(told.node);
    match told.kind {
        EventKind::PingSent { offset } => {
            text.say(" sent PING into the stream: 14 bytes, its offset is now ").number(*offset)
        }
        EventKind::AckSent { offset } => text.say(" sent REPLCONF ACK ").plain(*offset),
        EventKind::AckReceived { offset, behind } => {
            let text = text.say(" received REPLCONF ACK ").plain(*offset);
            let text = if told.peer.is_empty() { text } else { text.say(" from ").say(told.peer) };
            match behind {
                ..=0 => text.say(": nothing is missing there"),
                n => text.say(": ").bytes(n.unsigned_abs()).say(" behind"),
            }
        }
        EventKind::GetAckSent { .. } => text.say(" asked every replica to acknowledge now (REPLCONF GETACK *)"),
        EventKind::GoodReplicasChanged { good, needed } => text
            .say(" counts ")
            .count(u64::from(*good), "good replica")
            .say(", a write needs ")
            .number((*needed).into()),
        EventKind::WritesRefused { refused: true } => text.say(" refuses writes from now on: not enough good replicas"),
        EventKind::WritesRefused { refused: false } => text.say(" accepts writes again"),
        EventKind::WaitBlocked { offset, replicas } => text
            .say(": a client WAITs until ")
            .count(replicas.max(&0).unsigned_abs(), "replica")
            .say(if *replicas == 1 { " has" } else { " have" })
            .say(" acknowledged offset ")
            .number(*offset),
        EventKind::WaitAnswered { acked, replicas } => text
            .say(" answered a WAIT: ")
            .number(*acked)
            .say(" of ")
            .count(replicas.max(&0).unsigned_abs(), "replica")
            .say(" acknowledged"),
        _ => text,
    }
}

/// Backlog, names of histories, expiry, and what load generators see.
fn history(told: &Told<'_>) -> Text {
    let text = Text::new().say(told.node);
    match told.kind {
        EventKind::BacklogCreated { first_byte } => {
            text.say(" keeps a backlog from now on, from byte ").number(*first_byte)
        }
        EventKind::BacklogFreed { why: BacklogFreedReason::Idle } => {
            text.say(" freed its backlog: no replica for longer than repl-backlog-ttl")
        }
        EventKind::BacklogFreed { why: BacklogFreedReason::FullResync } => {
            text.say(" freed its backlog: the snapshot brings another history")
        }
        EventKind::ReplidChanged { replid, replid2, second_replid_offset } => {
            let text = text.say("'s history is called ").history(replid).say(" now");
            match second_replid_offset {
                ..=0 => text,
                n => text.say("; ").history(replid2).say(" stays good for PSYNC up to byte ").number(*n),
            }
        }
        EventKind::KeysExpired { count } => {
            text.say(": ").count(*count, "key").say(" expired, and DEL went into the stream")
        }
        EventKind::ClientReply { error: Some(error) } => {
            Text::new().say(told.client).say(" gets ").quoted(error.trim_ascii_end())
        }
        EventKind::ClientReply { error: None } => Text::new().say(told.client).say(" gets its commands executed again"),
        EventKind::ClientDisconnected => Text::new().say(told.client).say(" lost its connection"),
        _ => text,
    }
}

/// Why a connection was closed, as the second half of a sentence.
pub fn close_reason(why: CloseReason) -> &'static str {
    match why {
        CloseReason::Peer => "the connection was closed",
        CloseReason::Timeout => "silence for longer than repl-timeout",
        CloseReason::OutputLimit => "its output buffer passed client-output-buffer-limit",
        CloseReason::ProtocolError => "what arrived was not the protocol",
        CloseReason::Killed => "CLIENT KILL",
        CloseReason::Reconfigured => "REPLICAOF",
        CloseReason::HistoryChanged => "the history has a new name, replicas have to ask again",
        CloseReason::Loading => "a snapshot replaces the data",
        CloseReason::SnapshotFailed => "the snapshot failed",
        CloseReason::ReplyOnReplicaLink => "it sent a command that needs a reply",
        CloseReason::HandshakeError => "an error reply",
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
        | EventKind::NodeBusy { .. }
        | EventKind::BacklogFreed { .. }
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
    use crate::base::{Bytes, ReplId};

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
        let error = Bytes::from("-NOREPLICAS Not enough good replicas to write.\r\n");
        let kind = EventKind::ClientReply { error: Some(error) };
        assert_eq!(tell(kind), "app gets \"-NOREPLICAS Not enough good replicas to write.\"");
    }

    #[test]
    fn silence_has_a_direction() {
        let kind = EventKind::LinkSilenced { direction: Direction::BToA };
        assert_eq!(tell(kind), "link master – replica-2 swallows every byte from replica-2 to master and tells nobody");
    }
}
