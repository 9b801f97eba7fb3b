//! What eyes may see of a world: borrowed facts and plain numbers, taken at the moment that has been reached.

use std::collections::VecDeque;

use crate::base::{Bytes, ClientId, ConnId, LinkId, NodeId, Time};
use crate::node::{Node, Status};

use super::client::{Client, Line, Tally};
use super::connection::{Connection, Holder, Phase, Stage};
use super::flow::MessageKind;
use super::host::Host;
use super::link::{Link, LinkSettings, LinkState};
use super::queue::NEVER;
use super::spec::ClientSpec;
use super::{PathEnds, World};

/// A machine and its process.
#[derive(Clone, Copy, Debug)]
pub struct NodeView<'a> {
    /// Which one.
    pub id: NodeId,
    /// Its name.
    pub name: &'a str,
    /// Its address.
    pub ip: &'a str,
    /// Its port.
    pub port: u16,
    /// The process, while one runs.
    pub node: Option<&'a Node>,
    /// How many processes have been started; 0 before the first boot.
    pub starts: u32,
    /// It stands still until then; `Time(u64::MAX)` is until it is resumed.
    pub frozen_until: Option<Time>,
    /// The process computes until then.
    pub busy_until: Option<Time>,
    /// Snapshot bytes on its disk.
    pub disk_bytes: Option<u64>,
    /// Bytes per second that its stream grew by, over the last five seconds.
    pub write_rate: u64,
    /// When the save that is under way will be complete.
    pub save_done_at: Option<Time>,
    /// When the load that is under way will be complete.
    pub load_done_at: Option<Time>,
}

/// A link between two nodes.
#[derive(Clone, Copy, Debug)]
pub struct LinkView {
    /// Which one.
    pub id: LinkId,
    /// Its first endpoint.
    pub a: NodeId,
    /// Its second endpoint.
    pub b: NodeId,
    /// How it treats bytes.
    pub settings: LinkSettings,
    /// What it does at present.
    pub state: LinkState,
    /// Stream bytes in the frames that it lost so far: the least that had to be sent again.
    pub lost_stream: u64,
}

/// A connection between two nodes.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionView {
    /// The link that carries it; `None` if a node talks to itself.
    pub link: Option<LinkId>,
    /// The node that dialled.
    pub dialler: NodeId,
    /// The connection as the dialler knows it.
    pub dialler_conn: ConnId,
    /// The node that was dialled.
    pub acceptor: NodeId,
    /// The connection as the dialled node knows it, once it does.
    pub acceptor_conn: Option<ConnId>,
    /// Both ends know of it.
    pub standing: bool,
    /// What it is used for.
    pub stage: Stage,
    /// Bytes under way from the dialler, and to it.
    pub in_flight: [u64; 2],
    /// Bytes that arrived and that the program has not read: from the dialler, and to it.
    pub unread: [u64; 2],
    /// The link swallows what is under way: from the dialler, and to it.
    pub stalled: [bool; 2],
    /// When an acknowledgement was received on it last.
    pub last_ack: Option<Time>,
}

/// Where a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a link between nodes.
    Link(LinkId),
    /// Between a load generator and its node.
    Client(ClientId),
}

/// Bytes under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where.
    pub place: Place,
    /// Towards the second endpoint of the link, or towards the node of the load generator.
    pub forward: bool,
    /// What it is.
    pub kind: MessageKind,
    /// How many bytes.
    pub bytes: u64,
    /// When it was handed to the link.
    pub sent_at: Time,
    /// When it arrives; `Time(u64::MAX)` if the link swallows it.
    pub arrives_at: Time,
    /// The link swallows it until it is healed.
    pub stalled: bool,
    /// It was lost: a piece of a TCP stream is sent again, a frame is gone.
    pub lost: bool,
    /// It is a lost frame, which will not arrive.
    pub gone: bool,
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// A node.
    pub node: Option<NodeId>,
    /// A load generator.
    pub client: Option<ClientId>,
    /// The link, if it leads to another node.
    pub link: Option<LinkId>,
}

/// A load generator.
#[derive(Clone, Copy, Debug)]
pub struct ClientView<'a> {
    /// Which one.
    pub id: ClientId,
    /// What it does at present.
    pub spec: &'a ClientSpec,
    /// It has a connection.
    pub connected: bool,
    /// Requests without an answer.
    pub pending: usize,
    /// What became of its requests.
    pub tally: &'a Tally,
    /// How its path treats bytes.
    pub settings: LinkSettings,
    /// What its path does at present.
    pub state: LinkState,
    /// The values of its latest writes that were refused, the last of [`Tally::refused`].
    pub refused: &'a VecDeque<Bytes>,
}

impl World {
    /// All nodes in the order of the specification.
    pub fn nodes(&self) -> impl Iterator<Item = NodeView<'_>> {
        self.hosts.iter().enumerate().map(|(index, host)| self.view_of(index, host))
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> Option<NodeView<'_>> {
        self.host(id).map(|host| self.view_of(id.0 as usize, host))
    }

    fn view_of<'a>(&'a self, index: usize, host: &'a Host) -> NodeView<'a> {
        let job = |load: bool| host.jobs.iter().find(|job| job.load == load).map(|job| job.done_at);
        NodeView {
            id: NodeId(index as u32),
            name: &host.name,
            ip: &host.ip,
            port: host.port,
            node: host.node.as_ref(),
            starts: host.process,
            frozen_until: host.frozen_until,
            busy_until: Some(host.busy_until).filter(|until| *until > self.time),
            disk_bytes: host.disk.as_ref().map(|disk| disk.rdb.len() as u64 + disk.ballast),
            write_rate: host.write_rate(),
            save_done_at: job(false),
            load_done_at: job(true),
        }
    }

    /// The process of a node, while it runs.
    pub fn process(&self, id: NodeId) -> Option<&Node> {
        self.host(id)?.node.as_ref()
    }

    /// A node in numbers, while its process runs.
    pub fn status(&self, id: NodeId) -> Option<Status> {
        let host = self.host(id)?;
        host.node.as_ref().map(|node| node.status(host.now(self.time)))
    }

    /// The text that INFO answers on a node, while its process runs.
    pub fn info(&self, id: NodeId, section: &str) -> Option<String> {
        let host = self.host(id)?;
        host.node.as_ref().map(|node| node.info(host.now(self.time), section))
    }

    /// All links between nodes; they grow in number when nodes dial others.
    pub fn links(&self) -> impl Iterator<Item = LinkView> {
        self.paths.iter().enumerate().filter_map(|(index, path)| {
            let PathEnds::Nodes(a, b) = path.ends else { return None };
            let id = self.link_id(index as u32)?;
            Some(link_view(id, &path.link, a, b))
        })
    }

    /// One link.
    pub fn link(&self, id: LinkId) -> Option<LinkView> {
        let first = 1 + self.clients.len();
        let path = self.paths.get(first + id.0 as usize)?;
        let PathEnds::Nodes(a, b) = path.ends else { return None };
        Some(link_view(id, &path.link, a, b))
    }

    /// The link between two nodes, if there is one yet.
    pub fn link_between(&self, a: NodeId, b: NodeId) -> Option<LinkId> {
        self.links().find(|link| (link.a, link.b) == (a, b) || (link.a, link.b) == (b, a)).map(|link| link.id)
    }

    /// The connections between nodes that live or are dialled, in no special order.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionView> {
        self.connections.iter().filter_map(|(_, connection)| {
            let link = self.link_id(connection.path);
            Some(ConnectionView {
                link,
                dialler: connection.node_at(0)?,
                dialler_conn: connection.ends[0].id,
                acceptor: connection.node_at(1)?,
                acceptor_conn: connection.ends[1].open.then_some(connection.ends[1].id),
                standing: connection.phase == Phase::Standing && connection.ends.iter().all(|end| end.open),
                stage: connection.stage,
                in_flight: [0, 1].map(|end| connection.flows[end].in_flight()),
                unread: [0, 1].map(|end| connection.flows[end].unread_bytes()),
                stalled: [0, 1].map(|end| connection.flows[end].segments.front().is_some_and(|s| s.arrives == NEVER)),
                last_ack: connection.last_ack,
            })
        })
    }

    /// Who is at the other end of a node's connection.
    pub fn peer(&self, node: NodeId, conn: ConnId) -> Option<Peer> {
        let (key, end) = self.host(node)?.ids.get(conn)?;
        let connection = self.connections.get(key)?;
        let client = match connection.ends[1 - end].holder {
            Holder::Client(client) => Some(ClientId(client)),
            _ => None,
        };
        Some(Peer { node: connection.node_at(1 - end), client, link: self.link_id(connection.path) })
    }

    /// What is under way on links and to and from load generators, connection by connection.
    pub fn messages(&self) -> impl Iterator<Item = Message> {
        self.connections
            .iter()
            .flat_map(move |(_, connection)| [0, 1].into_iter().flat_map(move |end| self.messages_of(connection, end)))
    }

    fn messages_of<'a>(&'a self, connection: &'a Connection, end: usize) -> impl Iterator<Item = Message> + 'a {
        let place = match self.paths[connection.path as usize].ends {
            PathEnds::Loopback => None,
            PathEnds::Client(client) => Some(Place::Client(ClientId(client))),
            PathEnds::Nodes(..) => self.link_id(connection.path).map(Place::Link),
        };
        let forward = connection.way_from(end) == 0;
        let segments = connection.flows[end].segments.iter();
        place.into_iter().flat_map(move |place| {
            segments.clone().map(move |segment| Message {
                place,
                forward,
                kind: segment.kind,
                bytes: segment.chunk.len(),
                sent_at: segment.sent,
                arrives_at: segment.arrives,
                stalled: segment.arrives == NEVER,
                lost: segment.lost,
                gone: segment.lost && segment.frame,
            })
        })
    }

    /// All load generators in the order of the specification.
    pub fn clients(&self) -> impl Iterator<Item = ClientView<'_>> {
        self.clients.iter().enumerate().map(|(index, client)| self.client_view(index, client))
    }

    /// One load generator.
    pub fn client(&self, id: ClientId) -> Option<ClientView<'_>> {
        self.clients.get(id.0 as usize).map(|client| self.client_view(id.0 as usize, client))
    }

    fn client_view<'a>(&'a self, index: usize, client: &'a Client) -> ClientView<'a> {
        let link = &self.paths[1 + index].link;
        ClientView {
            id: ClientId(index as u32),
            spec: &client.spec,
            connected: matches!(client.line, Line::Up(_)),
            pending: client.pending(),
            tally: &client.tally,
            settings: link.settings,
            state: link.state,
            refused: &client.refused,
        }
    }
}

fn link_view(id: LinkId, link: &Link, a: u32, b: u32) -> LinkView {
    LinkView {
        id,
        a: NodeId(a),
        b: NodeId(b),
        settings: link.settings,
        state: link.state,
        lost_stream: link.lost_stream,
    }
}
