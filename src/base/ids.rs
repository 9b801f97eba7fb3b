//! Names of things: nodes, links, clients, connections, histories.

use core::fmt;

/// A server of the scenario, by its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A network path between two endpoints of the world, by its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u32);

/// A load generator of the scenario, by its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u32);

/// A connection as one node sees it. The shell that drives a node chooses the ids of accepted connections, the node those
/// that it dials: even and odd numbers, so that they never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

impl ConnId {
    /// The `n`-th connection that the shell accepted for this node.
    pub const fn accepted(n: u64) -> ConnId {
        ConnId(n * 2)
    }

    /// The `n`-th connection that this node dialled.
    pub const fn dialled(n: u64) -> ConnId {
        ConnId(n * 2 + 1)
    }
}

/// The name of a replication history: 40 characters, lower-case hexadecimal except for the forty `0` that mean "none"
/// (`docs/redis-replication.md` 1.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplId([u8; ReplId::LEN]);

impl ReplId {
    /// Characters in a replication id.
    pub const LEN: usize = 40;
    /// Forty `0`: no previous history.
    pub const ZERO: ReplId = ReplId([b'0'; ReplId::LEN]);

    /// Reads an id of exactly 40 printable bytes. Case is kept, as Redis keeps it.
    pub fn parse(text: &[u8]) -> Option<ReplId> {
        let bytes: [u8; ReplId::LEN] = text.try_into().ok()?;
        bytes.iter().all(u8::is_ascii_graphic).then_some(ReplId(bytes))
    }

    /// An id from 20 random bytes.
    pub fn from_random(random: [u8; 20]) -> ReplId {
        let mut id = [0; ReplId::LEN];
        for (i, byte) in random.iter().enumerate() {
            id[2 * i] = b"0123456789abcdef"[usize::from(byte >> 4)];
            id[2 * i + 1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        ReplId(id)
    }

    /// The 40 characters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether `text` names this history; ASCII case does not matter (`docs/redis-replication.md` 3.2).
    pub fn matches(&self, text: &[u8]) -> bool {
        self.0.eq_ignore_ascii_case(text)
    }
}

impl fmt::Display for ReplId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ReplId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
