//! An event for programs: its numbers by name. What its words say besides is in its sentence.
//!
//! Owns the names, which `docs/exports.md` promises to keep.

use super::json::Json;
use crate::event::{EventKind, FullReason};

/// Writes the numbers of an event as fields of an open object. Offsets and sizes in bytes, spans in nanoseconds.
pub fn numbers(kind: &EventKind, json: &mut Json) {
    match kind {
        EventKind::NodeStarted { snapshot_bytes: Some(bytes) } => json.count("snapshot_bytes", *bytes),
        EventKind::NodeBusy { span } => json.count("span_ns", span.0),
        EventKind::SegmentLost { bytes, stall } => json.count("bytes", *bytes).count("stall_ns", stall.0),
        EventKind::FrameLost { bytes, offset } => {
            json.count("bytes", *bytes);
            offset.iter().fold(json, |json, offset| json.int("offset", *offset))
        }
        EventKind::GapSeen { missing, got } => json.int("missing", *missing).int("got", *got),
        EventKind::LossFound { offset, bytes, .. } => json.int("offset", *offset).count("bytes", *bytes),
        EventKind::PartialAccepted { offset, bytes, .. } => json.int("offset", *offset).count("bytes", *bytes),
        EventKind::FullRequired { reason, offset, first_byte, master_repl_offset } => {
            match reason {
                FullReason::BeyondFork { second_replid_offset } => json.int("fork_offset", *second_replid_offset),
                FullReason::TooOld { missing } => json.count("missing_bytes", *missing),
                _ => json,
            };
            json.int("offset", *offset).int("first_byte", *first_byte).int("master_offset", *master_repl_offset)
        }
        EventKind::SnapshotStarted { offset, bytes, replicas, .. } => {
            json.int("offset", *offset).count("bytes", *bytes).count("replicas", u64::from(*replicas))
        }
        EventKind::TransferStarted { bytes: Some(bytes) } | EventKind::LoadStarted { bytes } => {
            json.count("bytes", *bytes)
        }
        EventKind::TransferFailed { received } => json.count("bytes", *received),
        EventKind::LoadFinished { keys, .. } => json.count("keys", *keys),
        EventKind::ReplicaLost { ack_offset, master_repl_offset, .. } => {
            json.int("ack_offset", *ack_offset).int("master_offset", *master_repl_offset)
        }
        EventKind::AckReceived { offset, behind } => json.int("offset", *offset).int("behind_bytes", *behind),
        EventKind::GoodReplicasChanged { good, needed } => {
            json.count("good", u64::from(*good)).count("needed", u64::from(*needed))
        }
        EventKind::WaitBlocked { offset, replicas } => json.int("offset", *offset).int("replicas", *replicas),
        EventKind::WaitAnswered { offset, acked, replicas } => {
            json.int("offset", *offset).int("acknowledged", *acked).int("replicas", *replicas)
        }
        EventKind::BacklogCreated { first_byte } => json.int("first_byte", *first_byte),
        EventKind::ReplidChanged { second_replid_offset, .. } => json.int("fork_offset", *second_replid_offset),
        EventKind::OutputLimitReached { usage, limit, .. } => json.count("usage", *usage).count("limit", *limit),
        EventKind::TimedOut { silent_s, .. } => json.int("silent_s", *silent_s),
        EventKind::KeysExpired { count } => json.count("keys", *count),
        EventKind::LossRepaired { offset }
        | EventKind::PsyncAsked { offset, .. }
        | EventKind::PartialResynced { offset, .. }
        | EventKind::FullResyncStarted { offset }
        | EventKind::FullResynced { offset }
        | EventKind::ReplicaOnline { offset }
        | EventKind::MasterLinkLost { offset, .. }
        | EventKind::PingSent { offset }
        | EventKind::AckSent { offset }
        | EventKind::GetAckSent { offset } => json.int("offset", *offset),
        _ => json,
    };
}
