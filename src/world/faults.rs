//! Actions carried out.

use crate::base::{ClientId, ConnId, NodeId, Span};
use crate::event::{Direction, EventKind, StopReason};

use super::action::{Action, Cable, LONGEST_LINE};
use super::client::Line;
use super::link::{LinkSettings, LinkState};
use super::log::Event;
use super::queue::{Happening, NEVER};
use super::spec::{LinkSpec, SpecError};
use super::{PathEnds, Transcript, World};

impl World {
    /// Does something to the world now. What does not fit is refused and changes nothing.
    pub fn act(&mut self, action: &Action) -> Result<(), SpecError> {
        action.check(self.hosts.len(), self.clients.len())?;
        if self.calm && self.disturbs(action) {
            return Ok(());
        }
        match *action {
            Action::Cut(cable) => self.cut(cable),
            Action::Heal(cable) => self.heal(cable),
            Action::Silence(cable, direction) => self.silence(cable, direction),
            Action::Reset(cable) => {
                let (path, _) = self.path_of(cable);
                self.reset(path);
            }
            Action::DropNext(cable, frames) => {
                let (path, _) = self.path_of(cable);
                let link = &mut self.paths[path].link;
                link.drop_next = link.drop_next.saturating_add(frames);
            }
            Action::DropFrame(cable, offset) => {
                let (path, _) = self.path_of(cable);
                return self.drop_frame(path, offset);
            }
            Action::SetLink(cable, change) => {
                let (path, _) = self.path_of(cable);
                let link = &mut self.paths[path].link;
                let before = link.settings.datagrams();
                link.settings = change.apply(link.settings);
                let other_transport = before != link.settings.datagrams();
                self.log_path(path, EventKind::LinkChanged);
                self.wake_senders(path);
                if other_transport {
                    self.reset(path);
                }
            }
            Action::Freeze(node, span) => return self.freeze(node, span),
            Action::Resume(node) => self.resume(node),
            Action::Crash(node) => {
                self.running(node)?;
                self.stop_process(node.0 as usize, StopReason::Crash);
            }
            Action::Restart { node, snapshot } => self.restart(node, snapshot),
            Action::Promote(node) => self.administer(node, "REPLICAOF NO ONE")?,
            Action::ReplicaOf { node, of } => {
                let master = &self.hosts[of.0 as usize];
                let port = super::decimal(u64::from(master.port));
                let line = ["REPLICAOF ", &master.name, " ", &port].concat();
                self.administer(node, &line)?;
            }
            Action::Command { node, ref line } => self.type_line(node, 0, line),
            Action::ClientRate { client, per_s } => {
                self.clients[client.0 as usize].set_rate(per_s, self.time);
                self.arm_client(client.0 as usize);
            }
            Action::ClientValue { client, bytes } => self.clients[client.0 as usize].set_value_bytes(bytes),
            Action::ClientTo { client, node } => self.redirect(client.0 as usize, node),
        }
        Ok(())
    }

    /// Ends every fault that lasts: links are healed and treat bytes as they did at the beginning, and machines that stand
    /// still go on. From now on actions that would disturb links, machines or running processes are passed over. What was
    /// stopped stays so until an action starts it; load, commands and changes of role are none of this.
    pub fn end_faults(&mut self) {
        self.calm = true;
        for path in 0..self.paths.len() {
            self.mend(path);
        }
        for node in 0..self.hosts.len() {
            self.resume(NodeId(node as u32));
        }
    }

    /// Who plays this world on stops as soon as a full resync of the replica is demanded: the work for its snapshot, which is
    /// most of all that happens at that moment, is left out.
    pub fn end_with_full_resync(&mut self, replica: NodeId) {
        self.ends_with = Some(replica);
    }

    /// The node is about to read bytes: if they come from the replica with which this world ends, they may be the end.
    #[inline(never)]
    pub(super) fn note_end(&mut self, node: usize, conn: ConnId) {
        let other = self.hosts[node].ids.get(conn).and_then(|(key, end)| {
            let connection = self.connections.get(key)?;
            connection.node_at(1 - end)
        });
        self.scratch.outbox.ends_at_full_resync = other.is_some() && other == self.ends_with;
    }

    /// Whether an action is a fault. To start a process that does not run is none.
    fn disturbs(&self, action: &Action) -> bool {
        match action {
            Action::Cut(_)
            | Action::Silence(..)
            | Action::Reset(_)
            | Action::SetLink(..)
            | Action::DropNext(..)
            | Action::Freeze(..)
            | Action::Crash(_) => true,
            Action::Restart { node, .. } => self.running(*node).is_ok(),
            _ => false,
        }
    }

    /// Heals a path and gives it the settings of the beginning. Its transport stays, because connections do.
    fn mend(&mut self, path: usize) {
        let ends = self.paths[path].ends;
        let first = match ends {
            PathEnds::Loopback => return,
            PathEnds::Client(client) => self.spec.clients[client as usize].link,
            PathEnds::Nodes(a, b) => {
                let joins = |link: &&LinkSpec| [(a, b), (b, a)].contains(&(link.between.0.0, link.between.1.0));
                self.spec.links.iter().rfind(joins).map_or(self.spec.default_link, |link| link.settings)
            }
        };
        let link = &mut self.paths[path].link;
        link.drop_next = 0;
        let now = link.settings;
        link.settings = LinkSettings {
            transport: now.transport,
            duplicate_ppm: now.duplicate_ppm,
            overtaking: now.overtaking,
            ..first
        };
        self.heal_path(path);
        self.wake_senders(path);
    }

    /// Types a line at the console of a node, as a person would.
    pub fn console(&mut self, node: NodeId, line: &str) -> Result<(), SpecError> {
        if line.len() > LONGEST_LINE {
            let expected = ["at most ", &*super::decimal(LONGEST_LINE as u64), " bytes"].concat();
            return Err(SpecError::new("line", &expected, &super::decimal(line.len() as u64)));
        }
        if node.0 as usize >= self.hosts.len() {
            return Err(SpecError::new("node", "a node of this world", &super::decimal(u64::from(node.0))));
        }
        self.type_line(node, 0, line);
        Ok(())
    }

    /// What was typed at a node and what came back.
    pub fn transcript(&self, node: NodeId) -> Option<&Transcript> {
        self.transcripts.get(node.0 as usize)
    }

    /// The path of a cable, and whether the cable names its endpoints in the other order.
    fn path_of(&mut self, cable: Cable) -> (usize, bool) {
        match cable {
            Cable::Client(client) => (1 + client.0 as usize, false),
            Cable::Nodes(a, b) => {
                let path = self.path_between(a.0, b.0);
                (path, self.paths[path].ends == PathEnds::Nodes(b.0, a.0))
            }
        }
    }

    /// Tears every connection of a path down.
    fn reset(&mut self, path: usize) {
        self.log_path(path, EventKind::LinkReset);
        self.break_path(path);
    }

    fn cut(&mut self, cable: Cable) {
        let (path, _) = self.path_of(cable);
        if self.paths[path].link.is_cut() {
            return;
        }
        self.paths[path].link.state = LinkState::Cut { since: self.time };
        self.log_path(path, EventKind::LinkCut);
        self.break_path(path);
    }

    fn heal(&mut self, cable: Cable) {
        let (path, _) = self.path_of(cable);
        self.heal_path(path);
    }

    fn heal_path(&mut self, path: usize) {
        match self.paths[path].link.state {
            LinkState::Up => return,
            LinkState::Cut { .. } => self.paths[path].link.state = LinkState::Up,
            LinkState::Silent { .. } => self.change_silence(path, LinkState::Up),
        }
        self.log_path(path, EventKind::LinkHealed);
    }

    fn silence(&mut self, cable: Cable, direction: Direction) {
        let (path, reversed) = self.path_of(cable);
        let direction = match direction {
            Direction::AToB if reversed => Direction::BToA,
            Direction::BToA if reversed => Direction::AToB,
            same => same,
        };
        self.log_path(path, EventKind::LinkSilenced { direction });
        // Falling silent while cut: nothing lives on the link, and from now on dials hang instead of failing.
        self.change_silence(path, LinkState::Silent { direction, since: self.time });
    }

    fn freeze(&mut self, node: NodeId, span: Option<Span>) -> Result<(), SpecError> {
        self.running(node)?;
        let until = span.map_or(NEVER, |span| self.time + span);
        let host = &mut self.hosts[node.0 as usize];
        let was_frozen = host.frozen_until.is_some();
        host.frozen_until = Some(until);
        self.queue.push(until, Happening::HostReady { node: node.0 });
        if !was_frozen {
            self.log_node(node.0 as usize, EventKind::NodeFrozen);
        }
        Ok(())
    }

    fn resume(&mut self, node: NodeId) {
        let host = &mut self.hosts[node.0 as usize];
        if host.frozen_until.is_some() {
            host.frozen_until = Some(self.time);
            self.host_ready(node.0 as usize);
        }
    }

    fn restart(&mut self, node: NodeId, snapshot: bool) {
        let index = node.0 as usize;
        if self.hosts[index].node.is_some() {
            self.stop_process(index, StopReason::Crash);
        }
        if !snapshot {
            self.hosts[index].disk = None;
        }
        self.boot(index);
    }

    fn running(&self, node: NodeId) -> Result<(), SpecError> {
        let runs = self.host(node).is_some_and(|host| host.node.is_some());
        if runs { Ok(()) } else { Err(SpecError::new("node", "a running node", "a stopped one")) }
    }

    /// Types a line at a node as its administrator, apart from what the person at the console does.
    fn administer(&mut self, node: NodeId, line: &str) -> Result<(), SpecError> {
        self.running(node)?;
        self.type_line(node, 1, line);
        Ok(())
    }

    fn redirect(&mut self, client: usize, node: NodeId) {
        let generator = &mut self.clients[client];
        if generator.spec.to == node {
            return;
        }
        generator.spec.to = node;
        if let Line::Dialling(key) | Line::Up(key) = generator.line {
            generator.disconnected();
            self.trace_lost(client);
            self.close_end(key, 0);
            self.client_dial(client);
        }
    }

    fn log_path(&mut self, path: usize, kind: EventKind) {
        let client = match self.paths[path].ends {
            PathEnds::Client(client) => Some(ClientId(client)),
            PathEnds::Nodes(..) | PathEnds::Loopback => None,
        };
        let link = self.link_id(path as u32);
        self.log.push(Event { seq: 0, time: self.time, node: None, peer: None, link, client, kind });
    }
}
