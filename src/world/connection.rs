//! Connections of the world: two ends, two flows, and the link that carries them. The places of closed connections are
//! used again; a generation tells old users of a place from new ones.

use crate::base::{ConnId, NodeId, Time};

use super::flow::Flow;
use super::queue::ConnKey;

/// Who holds an end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// A node, by its index; the end has an id there.
    Node(u32),
    /// A load generator, by its index.
    Client(u32),
    /// A console session, by its index.
    Session(u32),
    /// The address belongs to nobody.
    Nobody,
}

/// One end. End 0 dialled, end 1 was dialled.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) holder: Holder,
    /// The id that a node knows it by.
    pub(super) id: ConnId,
    /// The holder has not closed it, and does not know of the end of the connection.
    pub(super) open: bool,
}

/// How far a dial is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The first packet is under way, or waits because the link is silent.
    Asked {
        /// When it was sent first.
        at: Time,
    },
    /// The other end knows; its answer is under way.
    Accepted,
    /// Nobody listens; that answer is under way.
    Refused,
    /// Both ends know.
    Standing,
    /// Torn down by the network: no byte moves any more.
    Broken,
}

/// What the connection is used for, as the events of a node tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nothing known yet.
    Handshake,
    /// A full resync was announced.
    Snapshot,
    /// The live stream.
    Stream,
}

/// A connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// Index of the path that carries it.
    pub(super) path: u32,
    /// Bytes of end 0 travel this way on the path: 0 or 1.
    pub(super) way: usize,
    pub(super) phase: Phase,
    /// The moment for which the next step of the dial is in the queue.
    pub(super) dial_at: Time,
    pub(super) stage: Stage,
    pub(super) ends: [End; 2],
    /// `flows[0]` carries the bytes of end 0.
    pub(super) flows: [Flow; 2],
    /// When the master last received an acknowledgement on it.
    pub(super) last_ack: Option<Time>,
}

impl Connection {
    /// The other end's node, if it is one.
    pub(super) fn node_at(&self, end: usize) -> Option<NodeId> {
        match self.ends[end].holder {
            Holder::Node(node) => Some(NodeId(node)),
            _ => None,
        }
    }

    /// Whether end `end` may send.
    pub(super) fn can_send(&self, end: usize) -> bool {
        let ready = self.phase == Phase::Standing || (end == 1 && self.phase == Phase::Accepted);
        ready && self.ends[end].open
    }

    /// The way on the path for bytes of end `end`.
    pub(super) fn way_from(&self, end: usize) -> usize {
        self.way ^ end
    }
}

/// All connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    places: Vec<(u32, Option<Box<Connection>>)>,
    free: Vec<u32>,
}

impl Connections {
    pub(super) fn insert(&mut self, connection: Connection) -> ConnKey {
        let connection = Some(Box::new(connection));
        if let Some(index) = self.free.pop() {
            let place = &mut self.places[index as usize];
            place.1 = connection;
            return ConnKey { index, generation: place.0 };
        }
        self.places.push((0, connection));
        ConnKey { index: self.places.len() as u32 - 1, generation: 0 }
    }

    /// Forgets a connection; its place is used again.
    pub(super) fn remove(&mut self, key: ConnKey) {
        if let Some(place) = self.places.get_mut(key.index as usize).filter(|place| place.0 == key.generation)
            && place.1.take().is_some()
        {
            place.0 = place.0.wrapping_add(1);
            self.free.push(key.index);
        }
    }

    pub(super) fn get(&self, key: ConnKey) -> Option<&Connection> {
        self.places.get(key.index as usize).filter(|place| place.0 == key.generation)?.1.as_deref()
    }

    pub(super) fn get_mut(&mut self, key: ConnKey) -> Option<&mut Connection> {
        self.places.get_mut(key.index as usize).filter(|place| place.0 == key.generation)?.1.as_deref_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ConnKey, &Connection)> {
        self.places.iter().enumerate().filter_map(|(index, (generation, connection))| {
            let key = ConnKey { index: index as u32, generation: *generation };
            connection.as_deref().map(|connection| (key, connection))
        })
    }

    /// The connections on a path.
    pub(super) fn on_path(&self, path: u32) -> Vec<ConnKey> {
        self.iter().filter(|(_, connection)| connection.path == path).map(|(key, _)| key).collect()
    }
}

/// The connections of one node by its ids, each with the end that is the node's. Sorted: they are few, and looked up
/// for every byte.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids(Vec<(ConnId, ConnKey, u8)>);

impl Ids {
    pub(super) fn insert(&mut self, id: ConnId, key: ConnKey, end: usize) {
        let entry = (id, key, end as u8);
        match self.0.binary_search_by_key(&id, |entry| entry.0) {
            Ok(at) => self.0[at] = entry,
            Err(at) => self.0.insert(at, entry),
        }
    }

    pub(super) fn remove(&mut self, id: ConnId) {
        if let Ok(at) = self.0.binary_search_by_key(&id, |entry| entry.0) {
            self.0.remove(at);
        }
    }

    pub(super) fn get(&self, id: ConnId) -> Option<(ConnKey, usize)> {
        let at = self.0.binary_search_by_key(&id, |entry| entry.0).ok()?;
        Some((self.0[at].1, usize::from(self.0[at].2)))
    }

    pub(super) fn all(&self) -> Vec<(ConnKey, usize)> {
        self.0.iter().map(|entry| (entry.1, usize::from(entry.2))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(path: u32) -> Connection {
        let end = End { holder: Holder::Client(0), id: ConnId(0), open: true };
        Connection {
            path,
            way: 0,
            phase: Phase::Standing,
            dial_at: Time::ZERO,
            stage: Stage::Handshake,
            ends: [end; 2],
            flows: Default::default(),
            last_ack: None,
        }
    }

    #[test]
    fn an_old_key_does_not_reach_the_next_user_of_a_place() {
        let mut all = Connections::default();
        let first = all.insert(connection(1));
        all.remove(first);
        all.remove(first);
        let second = all.insert(connection(2));
        assert_eq!(first.index, second.index);
        assert!(all.get(first).is_none() && all.get_mut(first).is_none());
        assert_eq!(all.get(second).map(|c| c.path), Some(2));
        assert_eq!(all.on_path(2), [second]);
        assert_ne!(all.insert(connection(3)).index, second.index);
    }

    #[test]
    fn ids_are_found_whatever_the_order_of_arrival() {
        let mut ids = Ids::default();
        for n in [5u32, 1, 9, 3] {
            ids.insert(ConnId(u64::from(n)), ConnKey { index: n, generation: 0 }, 1);
        }
        ids.remove(ConnId(9));
        ids.remove(ConnId(2));
        assert_eq!(ids.get(ConnId(3)), Some((ConnKey { index: 3, generation: 0 }, 1)));
        assert_eq!(ids.get(ConnId(9)), None);
        assert_eq!(ids.all().iter().map(|(key, _)| key.index).collect::<Vec<_>>(), [1, 3, 5]);
    }
}
