//! The eventual part of the checker: once everything works, all replicas come to hold what their master held at that
//! moment, within a bound.

use crate::base::{NodeId, ReplId, Span, Time};
use crate::event::EventKind;
use crate::repl::LinkState;
use crate::run::scene::followed;
use crate::world::World;

use super::{Breach, Light};

/// Everything is looked at so often.
const EVERY: Span = Span::from_secs(1);
/// How long replicas may take: the longest pause between two retransmissions is two minutes,
const BOUND: Span = Span::from_secs(200);
/// and a second for each so many bytes of the largest data set.
const BYTES_PER_S: u64 = 1 << 20;

/// What is known of the calm, if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct Calm {
    looked_at: Time,
    /// Something was disturbed since.
    disturbed: bool,
    /// Since when everything works, and what the nodes held then.
    began: Option<(Time, Vec<Goal>)>,
    converged: bool,
}

/// Where a master was when the calm began.
#[derive(Clone, Copy, Debug)]
struct Goal {
    replid: ReplId,
    offset: i64,
}

impl Calm {
    pub(super) fn has_converged(&self) -> bool {
        self.began.is_some() && self.converged && !self.disturbed
    }

    /// Whether an event ends a calm.
    pub(super) fn note(&mut self, kind: &EventKind) {
        self.disturbed |= matches!(
            kind,
            EventKind::NodeStarted { .. }
                | EventKind::NodeStopped { .. }
                | EventKind::NodeFrozen
                | EventKind::NodeResumed
                | EventKind::LinkCut
                | EventKind::LinkHealed
                | EventKind::LinkSilenced { .. }
                | EventKind::LinkReset
                | EventKind::LinkChanged
                | EventKind::RoleChanged { .. }
                | EventKind::FailoverChanged { .. }
                | EventKind::OutputLimitReached { .. }
                | EventKind::FrameLost { .. }
        );
    }

    /// Once a second: whether everything works, and what became of it.
    pub(super) fn look(&mut self, world: &World, light: &mut Light) -> Option<Breach> {
        let now = world.time();
        if now.since(self.looked_at) < EVERY {
            return None;
        }
        self.looked_at = now;
        if self.disturbed || !is_calm(world) {
            *self = Calm { looked_at: now, ..Calm::default() };
            return None;
        }
        let Some((since, goals)) = &self.began else {
            self.began = Some((now, goals(world)));
            return None;
        };
        if self.converged {
            return None;
        }
        let mut followers = 0;
        let behind = (0..goals.len() as u32).map(NodeId).find_map(|node| {
            let master = leader(world, node)?;
            followers += 1;
            astray(world, node, goals.get(master.0 as usize)?).map(|(offset, goal)| (node, master, offset, goal))
        });
        let Some((node, master, offset, goal)) = behind else {
            self.converged = true;
            if followers > 0 {
                light.try_at(now);
            }
            return None;
        };
        let since = *since;
        let bytes = world.nodes().filter_map(|view| view.node).map(|node| node.keyspace().dataset_bytes()).max();
        let bound = BOUND + Span::from_secs(bytes.unwrap_or(0) / BYTES_PER_S);
        (now.since(since) > bound).then_some(Breach::Astray { node, master, since, offset, goal })
    }
}

/// Every machine runs and every link carries everything.
fn is_calm(world: &World) -> bool {
    let up = |state| matches!(state, crate::world::LinkState::Up);
    world.nodes().all(|view| view.node.is_some() && view.frozen_until.is_none())
        && world.links().all(|link| up(link.state) && link.settings.loss_ppm == 0)
}

fn goals(world: &World) -> Vec<Goal> {
    let goal = |node: &crate::node::Node| Goal { replid: node.replid(), offset: node.master_repl_offset() };
    let none = Goal { replid: ReplId::ZERO, offset: 0 };
    world.nodes().map(|view| view.node.map_or(none, goal)).collect()
}

/// The master at the top of the chain that a node follows; `None` for a master, and where the chain leads nowhere.
fn leader(world: &World, node: NodeId) -> Option<NodeId> {
    let mut at = node;
    for _ in 0..world.spec().nodes.len() {
        let status = world.status(at)?;
        match &status.master {
            Some(link) => at = followed(world, at, link)?,
            None => return (at != node).then_some(at),
        }
    }
    None
}

/// Where a follower is and where it should be, unless it is there.
fn astray(world: &World, node: NodeId, goal: &Goal) -> Option<(i64, i64)> {
    let status = world.status(node)?;
    let linked = status.master.as_ref().is_some_and(|link| link.state == LinkState::Connected);
    // The first replica of a master gives its history a name.
    let leader = leader(world, node).and_then(|leader| world.process(leader))?;
    let same = status.replid == leader.replid();
    let goal = if leader.replid() == goal.replid { goal.offset } else { 0 };
    (!linked || !same || status.master_repl_offset < goal).then_some((status.master_repl_offset, goal))
}
