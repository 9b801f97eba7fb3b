//! What can be done to a world from outside, by a scenario or by a person. An action that does not fit is refused, and
//! the world stays as it was.

use crate::base::{ClientId, NodeId, Span};
use crate::event::Direction;

use super::link::{LinkSettings, Transport};
use super::spec::{SpecError, decimal};

/// Longest line of [`Action::Command`] and of the console, in bytes.
pub const LONGEST_LINE: usize = 1 << 20;
/// Highest rate of an open-loop load generator.
pub const HIGHEST_RATE: u64 = 1_000_000;
/// Largest value that a load generator writes, in bytes.
pub const LARGEST_VALUE: u64 = 64 << 20;
/// Largest bandwidth, disk speed and amount of ballast: 2^50 bytes.
pub const LARGEST_AMOUNT: u64 = 1 << 50;
/// Most frames that one action loses.
pub const MOST_DROPS: u64 = 1_000_000;
/// Least and most window of a link in bytes.
pub const WINDOW_RANGE: (u64, u64) = (1 << 10, 1 << 30);
/// Longest latency and jitter.
pub const LONGEST_LATENCY: Span = Span::from_secs(600);

/// A cable: between two nodes, or between a load generator and its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cable {
    /// Between two nodes, in the order in which the action names them.
    Nodes(NodeId, NodeId),
    /// From a load generator to its node.
    Client(ClientId),
}

/// Something done to the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Close all connections of the link at both ends and refuse new ones.
    Cut(Cable),
    /// Let the link carry bytes again, after a cut or a silent drop.
    Heal(Cable),
    /// Swallow bytes and tell nobody. The direction is seen from the first endpoint of the cable.
    Silence(Cable, Direction),
    /// Close all connections of the link at both ends; new ones work.
    Reset(Cable),
    /// Change how the link treats bytes.
    SetLink(Cable, LinkChange),
    /// Lose that many of the next frames of the stream. Over TCP it is as many segments, which are sent again.
    DropNext(Cable, u64),
    /// Lose the frame under way that carries this byte of the stream; only a link whose transport is textbook can.
    DropFrame(Cable, i64),
    /// Let the machine stand still, for a while or until it is resumed.
    Freeze(NodeId, Option<Span>),
    /// Let it go on.
    Resume(NodeId),
    /// Kill the process.
    Crash(NodeId),
    /// Kill the process if it runs and start it, with or without the snapshot on its disk.
    Restart {
        /// Which node.
        node: NodeId,
        /// Whether it finds its snapshot.
        snapshot: bool,
    },
    /// REPLICAOF NO ONE.
    Promote(NodeId),
    /// REPLICAOF the address of another node.
    ReplicaOf {
        /// The new replica.
        node: NodeId,
        /// Its master.
        of: NodeId,
    },
    /// A line typed at the console of the node.
    Command {
        /// Which node.
        node: NodeId,
        /// The line as redis-cli reads it.
        line: String,
    },
    /// Change the rate of an open-loop load generator; 0 pauses it.
    ClientRate {
        /// Which one.
        client: ClientId,
        /// Requests per second.
        per_s: u64,
    },
    /// Change the size of the values that a load generator writes.
    ClientValue {
        /// Which one.
        client: ClientId,
        /// Bytes of a value.
        bytes: u64,
    },
    /// Let a load generator talk to another node.
    ClientTo {
        /// Which one.
        client: ClientId,
        /// Its node from now on.
        node: NodeId,
    },
}

/// New settings of a link; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkChange {
    /// One way.
    pub latency: Option<Span>,
    /// At most added to it.
    pub jitter: Option<Span>,
    /// Each way, 0 for unlimited.
    pub bandwidth_bytes_per_s: Option<u64>,
    /// Bytes sent and not yet read.
    pub window_bytes: Option<u64>,
    /// Segments or frames lost, of a million.
    pub loss_ppm: Option<u32>,
    /// What the link does to the stream between nodes. Connections are reset if this or `overtaking` changes.
    pub transport: Option<Transport>,
    /// Frames that arrive twice, of a million.
    pub duplicate_ppm: Option<u32>,
    /// Frames may overtake one another.
    pub overtaking: Option<bool>,
}

impl LinkChange {
    /// The settings after the change.
    pub fn apply(&self, to: LinkSettings) -> LinkSettings {
        LinkSettings {
            latency: self.latency.unwrap_or(to.latency),
            jitter: self.jitter.unwrap_or(to.jitter),
            bandwidth_bytes_per_s: self.bandwidth_bytes_per_s.unwrap_or(to.bandwidth_bytes_per_s),
            window_bytes: self.window_bytes.unwrap_or(to.window_bytes),
            loss_ppm: self.loss_ppm.unwrap_or(to.loss_ppm),
            transport: self.transport.unwrap_or(to.transport),
            duplicate_ppm: self.duplicate_ppm.unwrap_or(to.duplicate_ppm),
            overtaking: self.overtaking.unwrap_or(to.overtaking),
        }
    }

    fn check(&self) -> Result<(), SpecError> {
        let ms = |span: Option<Span>| span.map(|span| span.0.div_ceil(1_000_000));
        let longest_ms = LONGEST_LATENCY.as_millis();
        in_range("latency_ms", ms(self.latency), 0, longest_ms)?;
        in_range("jitter_ms", ms(self.jitter), 0, longest_ms)?;
        in_range("bandwidth_bytes_per_s", self.bandwidth_bytes_per_s, 0, LARGEST_AMOUNT)?;
        in_range("window_bytes", self.window_bytes, WINDOW_RANGE.0, WINDOW_RANGE.1)?;
        in_range("loss_ppm", self.loss_ppm.map(u64::from), 0, 1_000_000)?;
        in_range("duplicate_ppm", self.duplicate_ppm.map(u64::from), 0, 1_000_000)
    }
}

impl Action {
    /// Whether it fits a world of that many nodes and load generators.
    pub fn check(&self, nodes: usize, clients: usize) -> Result<(), SpecError> {
        let node = |id: NodeId, field: &str| exists(id.0, nodes, field, "a node of this world");
        let client = |id: ClientId| exists(id.0, clients, "client", "a client of this world");
        match self {
            Action::Cut(cable) | Action::Heal(cable) | Action::Silence(cable, _) | Action::Reset(cable) => {
                check_cable(*cable, nodes, clients)
            }
            Action::SetLink(cable, change) => {
                check_cable(*cable, nodes, clients)?;
                change.check()
            }
            Action::DropNext(cable, frames) => {
                check_cable(*cable, nodes, clients)?;
                in_range("frames", Some(*frames), 1, MOST_DROPS)
            }
            Action::DropFrame(cable, _) => check_cable(*cable, nodes, clients),
            Action::Freeze(id, _) | Action::Resume(id) | Action::Crash(id) | Action::Promote(id) => node(*id, "node"),
            Action::Restart { node: id, .. } => node(*id, "node"),
            Action::ReplicaOf { node: id, of } => {
                node(*id, "node")?;
                node(*of, "of")?;
                if id == of {
                    return Err(SpecError::new("of", "another node", "the same node"));
                }
                Ok(())
            }
            Action::Command { node: id, line } => {
                node(*id, "node")?;
                in_range("line", Some(line.len() as u64), 0, LONGEST_LINE as u64)
            }
            Action::ClientRate { client: id, per_s } => {
                client(*id)?;
                in_range("per_s", Some(*per_s), 0, HIGHEST_RATE)
            }
            Action::ClientValue { client: id, bytes } => {
                client(*id)?;
                in_range("value_bytes", Some(*bytes), 0, LARGEST_VALUE)
            }
            Action::ClientTo { client: id, node: to } => {
                client(*id)?;
                node(*to, "node")
            }
        }
    }
}

fn check_cable(cable: Cable, nodes: usize, clients: usize) -> Result<(), SpecError> {
    match cable {
        Cable::Client(id) => exists(id.0, clients, "link", "a client of this world"),
        Cable::Nodes(a, b) => {
            exists(a.0, nodes, "link", "two nodes of this world")?;
            exists(b.0, nodes, "link", "two nodes of this world")?;
            if a == b {
                return Err(SpecError::new("link", "two different nodes", "the same node twice"));
            }
            Ok(())
        }
    }
}

fn exists(id: u32, count: usize, field: &str, expected: &str) -> Result<(), SpecError> {
    if (id as usize) < count { Ok(()) } else { Err(SpecError::new(field, expected, &decimal(u64::from(id)))) }
}

fn in_range(field: &str, value: Option<u64>, least: u64, most: u64) -> Result<(), SpecError> {
    match value {
        Some(value) if value < least || value > most => {
            let expected = [&*decimal(least), " to ", &*decimal(most)].concat();
            Err(SpecError::new(field, &expected, &decimal(value)))
        }
        _ => Ok(()),
    }
}
