//! The offset ruler: one axis of stream bytes with the backlog as a band, the head at its right end and a marker for every
//! node of the same history.
//!
//! Owns which history is drawn. A marker's slack counts the bytes that can still be written before the byte that the node
//! needs next leaves the backlog of its master; while an attached connection pins that byte, the cliff waits.

use super::answer::{Speaker, slack_span};
use super::text::{Part, tell};
use crate::base::{ReplId, Span};
use crate::event::Role;
use crate::node::Status;
use crate::run::finding::{Finding, Level, Outage, level};
use crate::run::scene::Scene;
use crate::run::verdict::{assess, outage};

/// One history, its backlog, and where everybody is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ruler {
    /// Short name of the history.
    pub history: String,
    /// Node whose head and backlog these are.
    pub node: usize,
    /// Offset of the oldest byte in the backlog, 0 without one.
    pub first_byte: i64,
    /// Bytes in the backlog.
    pub histlen: u64,
    /// `repl-backlog-size`.
    pub size: u64,
    /// Last byte produced.
    pub head: i64,
    /// Bytes a second.
    pub rate: u64,
    /// A replica's connection holds back the left edge, which would be further right otherwise.
    pub cliff_pinned: bool,
    /// One marker for each other node of this history.
    pub markers: Vec<Marker>,
}

/// A node on the ruler.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Which node.
    pub node: usize,
    /// Last byte applied.
    pub offset: i64,
    /// Last byte that its master knows of, if it is attached.
    pub ack_offset: Option<i64>,
    /// Bytes that may still be written before it needs a full resync, 0 if it does already, `None` if that is unknown.
    pub slack_bytes: Option<u64>,
    /// The same as time at the present write rate; `None` while nothing is written.
    pub slack: Option<Span>,
    /// Bytes that it lacks.
    pub behind: u64,
    /// How bad it is.
    pub level: Level,
    /// Its master holds a connection of it.
    pub attached: bool,
    /// An attached connection pins what it needs.
    pub pinned: bool,
}

/// The ruler of the history that matters most: that of the master with the most nodes below it, or without any master
/// that of the node that got furthest.
pub fn ruler(speaker: &Speaker<'_>) -> Ruler {
    let scene = speaker.scene;
    let Some(node) = axis(scene) else { return Ruler::default() };
    let Some(status) = scene.status(node) else { return Ruler::default() };
    let backlog = status.backlog;
    let markers = (0..scene.nodes.len()).filter(|&other| other != node);
    let mut ruler = Ruler {
        history: tell("{}", &[Part::History(&status.replid)]),
        node,
        first_byte: backlog.map_or(0, |backlog| backlog.first_byte),
        histlen: backlog.map_or(0, |backlog| backlog.histlen),
        size: backlog.map_or(0, |backlog| backlog.size),
        head: status.master_repl_offset,
        rate: scene.nodes[node].write_rate,
        cliff_pinned: false,
        markers: markers.filter_map(|other| marker(scene, node, other)).collect(),
    };
    let unpinned_edge = ruler.head.saturating_sub(ruler.size as i64);
    ruler.cliff_pinned = status.replicas.iter().any(|seen| seen.next_offset > 0 && seen.next_offset <= unpinned_edge);
    ruler
}

fn axis(scene: &Scene) -> Option<usize> {
    let running = |node: &usize| scene.status(*node).is_some();
    let key = |node: &usize| {
        let below = (0..scene.nodes.len()).filter(|&other| scene.is_below(other, *node)).count();
        let status = scene.status(*node);
        let is_master = status.is_some_and(|status| status.role == Role::Master);
        (is_master, if is_master { below } else { 0 }, status.map_or(0, |status| status.master_repl_offset))
    };
    // Of equals the first one: `max_by_key` would take the last.
    (0..scene.nodes.len()).rev().filter(running).max_by_key(key)
}

fn marker(scene: &Scene, axis: usize, node: usize) -> Option<Marker> {
    let status = scene.status(node)?;
    if !same_history(status, scene.status(axis)?) {
        return None;
    }
    let offset = status.master.as_ref().map_or(status.master_repl_offset, |link| link.applied_offset.max(0));
    let finding = assess(scene, node);
    let outage = match &finding {
        Finding::Silent { outage, .. } => *outage,
        _ => outage(scene, node),
    };
    let Outage { behind, slack, write_rate } = outage;
    let needs_full = matches!(finding, Finding::NeedsFull { .. });
    let slack = slack.filter(|_| !needs_full);
    let span = slack_span(&Outage { behind, slack, write_rate });
    let seen = scene.nodes[node].master.and_then(|master| scene.seen_by_master(master, node));
    Some(Marker {
        node,
        offset,
        ack_offset: seen.map(|seen| seen.ack_offset),
        slack_bytes: if needs_full { Some(0) } else { slack.map(|slack| slack.bytes) },
        slack: if needs_full { Some(Span::ZERO) } else { span },
        behind,
        level: level(&finding),
        attached: seen.is_some(),
        pinned: slack
            .is_some_and(|slack| slack.pinned && (slack.bytes == 0 || matches!(finding, Finding::Silent { .. }))),
    })
}

/// Whether two nodes have names of a history in common.
fn same_history(a: &Status, b: &Status) -> bool {
    let names = |status: &Status| {
        let asked = status.master.as_ref().and_then(|link| link.next_psync).map(|(id, _)| id);
        [Some(status.replid), Some(status.replid2).filter(|id| *id != ReplId::ZERO), asked]
    };
    names(a).iter().flatten().any(|id| names(b).iter().flatten().any(|other| other == id))
}
