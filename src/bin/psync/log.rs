//! Log lines of the native node, in Redis's wording where it has one. Only a skin prints.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use psync_playground::event::{CloseReason, EventKind, FullReason, Role, TimeoutSide};

/// Prints text as it is.
pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Says why the program ends.
pub(crate) fn complain(text: &str) {
    eprintln!("psync: {text}");
}

/// The first lines of a process: that it is there, which version it speaks as, its number and its configuration.
pub(crate) fn started(file: Option<&str>) {
    let pid = std::process::id();
    line('#', "oO0OoO0OoO0Oo PSYNC node is starting oO0OoO0OoO0Oo");
    line('#', &format!("Redis version=7.0.15, bits=64, pid={pid}, just started"));
    match file {
        Some(_) => line('#', "Configuration loaded"),
        None => line('#', "Warning: no config file specified, using the default config."),
    }
    line('*', &format!("Running in standalone mode. PID: {pid}"));
}

/// One line: process, role, moment, weight (`#` warning, `*` notice), text.
pub(crate) fn line(weight: char, text: &str) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let line = format!("{}:N {}.{:03} {weight} {text}\n", std::process::id(), now.as_secs(), now.subsec_millis());
    print(&line);
}

/// The line for a fact, if it deserves one.
pub(crate) fn event(kind: &EventKind, peer: &str) {
    let text = match kind {
        EventKind::RoleChanged { role: Role::Master } => "MASTER MODE enabled (user request)".to_string(),
        EventKind::RoleChanged { role: Role::Replica } => "REPLICAOF enabled (user request)".to_string(),
        EventKind::ConnectStarted => format!("Connecting to MASTER {peer}\nMASTER <-> REPLICA sync started"),
        EventKind::ConnectFailed => "Error condition on socket for SYNC: Connection refused".to_string(),
        EventKind::HandshakeStarted => "Non blocking connect for SYNC fired the event.".to_string(),
        EventKind::HandshakeFailed { reply } if reply.starts_with(b"-WRONGPASS") => {
            format!("Unable to AUTH to MASTER: {}", String::from_utf8_lossy(reply))
        }
        EventKind::HandshakeFailed { reply } => {
            format!("Error reply to the handshake from master: '{}'", String::from_utf8_lossy(reply))
        }
        EventKind::PsyncAsked { replid: Some(replid), offset } => {
            format!("Trying a partial resynchronization (request {replid}:{offset}).")
        }
        EventKind::PsyncAsked { replid: None, .. } => {
            "Partial resynchronization not possible (no cached master)".to_string()
        }
        EventKind::PartialAccepted { offset, bytes, .. } => format!(
            "Partial resynchronization request from {peer} accepted. Sending {bytes} bytes of backlog starting from \
             offset {offset}."
        ),
        EventKind::FullRequired { reason, offset, .. } => full_required(reason, *offset, peer),
        EventKind::PartialResynced { .. } => {
            "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.".to_string()
        }
        EventKind::SnapshotStarted { diskless, replicas, .. } => save_started(*diskless, *replicas > 0),
        EventKind::FullResyncStarted { offset } => format!("Full resync from master: offset {offset}"),
        EventKind::LoadFinished { keys, ok: true } => format!("Done loading RDB, keys loaded: {keys}."),
        EventKind::LoadFinished { ok: false, .. } => "Failed trying to load the snapshot".to_string(),
        EventKind::FullResynced { .. } => "MASTER <-> REPLICA sync: Finished with success".to_string(),
        EventKind::ReplicaOnline { .. } => format!("Synchronization with replica {peer} succeeded"),
        EventKind::ReplicaLost { why: CloseReason::OutputLimit, .. } => {
            format!("Client {peer} scheduled to be closed ASAP for overcoming of output buffer limits.")
        }
        EventKind::ReplicaLost { .. } => format!("Connection with replica {peer} lost."),
        EventKind::MasterLinkLost { .. } => "Connection with master lost.".to_string(),
        EventKind::TimedOut { side: TimeoutSide::Master, .. } => "MASTER timeout: no data nor PING received...".into(),
        EventKind::TimedOut { side: TimeoutSide::Handshake, .. } => "Timeout connecting to the MASTER...".into(),
        EventKind::TimedOut { side: TimeoutSide::Transfer, .. } => {
            "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' parameter \
             in redis.conf to a larger value."
                .into()
        }
        EventKind::BacklogFreed { .. } => "Replication backlog freed".to_string(),
        _ => return,
    };
    text.lines().for_each(|text| line('*', text));
}

fn save_started(diskless: bool, for_replicas: bool) -> String {
    let (target, what) = if diskless { ("replicas sockets", "RDB transfer") } else { ("disk", "saving") };
    let started = format!("Background {what} started by pid {}", std::process::id());
    if for_replicas { format!("Starting BGSAVE for SYNC with target: {target}\n{started}") } else { started }
}

/// What is said of a process that ends because of a mistake in it, or because somebody wanted to see that.
pub(crate) fn crashed(signal: i32) {
    line('#', &format!("Redis 7.0.15 crashed by signal: {signal}, si_code: 0"));
    line('#', "------ STACK TRACE ------");
    std::backtrace::Backtrace::force_capture().to_string().lines().for_each(|text| line('#', text.trim()));
}

fn full_required(reason: &FullReason, offset: i64, peer: &str) -> String {
    match reason {
        FullReason::NoHistory | FullReason::LegacySync => format!("Full resync requested by replica {peer}"),
        FullReason::UnknownReplid | FullReason::BeyondFork { .. } => format!(
            "Partial resynchronization not accepted: Replication ID mismatch (Replica {peer} asked from offset {offset})"
        ),
        FullReason::NoBacklog | FullReason::TooOld { .. } | FullReason::Ahead => {
            format!("Unable to partial resync with replica {peer} for lack of backlog (Replica request was: {offset}).")
        }
    }
}
