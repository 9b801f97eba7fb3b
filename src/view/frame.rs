//! The numbers of one moment, packed for drawing: a header, then a row for each node, link and message under way. Each
//! number stands beside its name, and the layout is made from the names: JavaScript holds no index.

use super::links::Traffic;
use super::messages;
use crate::base::Time;
use crate::event::{Direction, Role};
use crate::node::Status;
use crate::run::finding::{Level, level};
use crate::run::scene::{Actor, Machine, Scene};
use crate::run::verdict::assess;
use crate::world::{LinkState, Message, MessageKind, Place, World};

/// Most messages of a frame; the rest are rates in the rows of links.
const MOST_MESSAGES: usize = 200;
/// Most messages of one kind of movement on one link: a swallowed stream must not crowd out the others.
const MOST_ALIKE: u16 = 40;

/// Names of the numbers, in order.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The head of the frame.
    pub header: Vec<&'static str>,
    /// A node.
    pub node: Vec<&'static str>,
    /// A link.
    pub link: Vec<&'static str>,
    /// A message under way.
    pub message: Vec<&'static str>,
    /// A message of the diagram.
    pub carried: Vec<&'static str>,
}

/// A number and its name.
pub(super) type Field = (&'static str, f64);

/// The names of all numbers, in the order of the frame.
pub fn layout() -> Layout {
    fn names<const N: usize>(fields: [Field; N]) -> Vec<&'static str> {
        fields.iter().map(|field| field.0).collect()
    }
    Layout {
        header: names(header(Time::ZERO, [0; 4])),
        node: names(node(&Actor::default(), Level::Ok)),
        link: names(link(&Traffic::default(), Time::ZERO)),
        message: names(message(&NO_MESSAGE, Time::ZERO)),
        carried: messages::names(),
    }
}

/// Fills `out` with the frame of a world.
pub fn fill(out: &mut Vec<f64>, world: &World, scene: &Scene, links: &[Traffic]) {
    let time = world.time();
    out.clear();
    push(out, header(time, [scene.nodes.len(), links.len(), 0, world.spec().clients.len()]));
    for (index, actor) in scene.nodes.iter().enumerate() {
        push(out, node(actor, level(&assess(scene, index))));
    }
    links.iter().for_each(|traffic| push(out, link(traffic, time)));
    let before = out.len();
    let places = links.len() + world.spec().clients.len();
    let mut alike = vec![[0u16; 4]; places];
    let mut left = MOST_MESSAGES;
    for under_way in world.messages() {
        let index = match under_way.place {
            Place::Link(id) => id.0 as usize,
            Place::Client(id) => links.len() + id.0 as usize,
        };
        let sort = usize::from(under_way.forward) + 2 * usize::from(under_way.stalled);
        let Some(count) = alike.get_mut(index).map(|counts| &mut counts[sort]) else { continue };
        if *count < MOST_ALIKE && under_way.kind != MessageKind::Close && left > 0 {
            *count += 1;
            left -= 1;
            push(out, message(&under_way, time));
        }
    }
    let stride = message(&NO_MESSAGE, time).len();
    let messages = ((out.len() - before) / stride) as f64;
    if let Some(at) = header(time, [0; 4]).iter().position(|field| field.0 == "messages") {
        out[at] = messages;
    }
}

const NO_MESSAGE: Message = Message {
    place: Place::Link(crate::base::LinkId(0)),
    forward: true,
    kind: MessageKind::Stream,
    bytes: 0,
    sent_at: Time::ZERO,
    arrives_at: Time::ZERO,
    stalled: false,
    lost: false,
    gone: false,
};

/// The head: the moment, how many rows of what follow, and where they begin.
fn header(time: Time, [nodes, links, messages, clients]: [usize; 4]) -> [Field; 8] {
    let node_len = node(&Actor::default(), Level::Ok).len();
    let link_len = link(&Traffic::default(), time).len();
    let node_base = 8;
    let link_base = node_base + nodes * node_len;
    [
        ("time_ms", time.as_secs_f64() * 1e3),
        ("nodes", nodes as f64),
        ("links", links as f64),
        ("messages", messages as f64),
        ("clients", clients as f64),
        ("node_base", node_base as f64),
        ("link_base", link_base as f64),
        ("message_base", (link_base + links * link_len) as f64),
    ]
}

fn node(actor: &Actor, level: Level) -> [Field; 20] {
    let status = actor.status.as_ref();
    let number = |read: &dyn Fn(&Status) -> f64| status.map_or(0.0, read);
    let link = status.and_then(|status| status.master.as_ref());
    let transfer = link.and_then(|link| link.transfer).unwrap_or_default();
    [
        ("role", number(&|status| flag(status.role == Role::Replica))),
        ("state", machine_state(actor)),
        ("offset", number(&|status| status.master_repl_offset as f64)),
        ("read_offset", link.map_or(0.0, |link| link.read_offset as f64)),
        ("backlog_first", number(&|status| status.backlog.map_or(0.0, |backlog| backlog.first_byte as f64))),
        ("backlog_histlen", number(&|status| status.backlog.map_or(0.0, |backlog| backlog.histlen as f64))),
        ("backlog_size", number(&|status| status.backlog.map_or(0.0, |backlog| backlog.size as f64))),
        ("master", actor.master.map_or(-1.0, |master| master as f64)),
        ("link_state", link.map_or(-1.0, |link| f64::from(link.state as u8))),
        ("replicas", number(&|status| status.replicas.len() as f64)),
        ("good", number(&|status| status.replicas_good.into())),
        ("needed", number(&|status| status.replicas_needed.into())),
        ("level", f64::from(level as u8)),
        ("write_rate", actor.write_rate as f64),
        ("keys", number(&|status| status.keys as f64)),
        ("dataset_bytes", number(&|status| status.dataset_bytes as f64)),
        ("transfer_done", transfer.0 as f64),
        ("transfer_total", transfer.1.unwrap_or(0) as f64),
        ("next_cron_ms", actor.next_cron.as_secs_f64() * 1e3),
        ("next_ping_ms", actor.next_ping.map_or(-1.0, |span| span.as_secs_f64() * 1e3)),
    ]
}

fn link(traffic: &Traffic, now: Time) -> [Field; 15] {
    let settings = &traffic.settings;
    [
        ("a", traffic.ends.0 as f64),
        ("b", traffic.ends.1 as f64),
        ("state", link_state(traffic.state)),
        ("latency_ms", settings.latency.as_secs_f64() * 1e3),
        ("bandwidth", settings.bandwidth_bytes_per_s as f64),
        ("in_flight_ab", traffic.in_flight[0] as f64),
        ("in_flight_ba", traffic.in_flight[1] as f64),
        ("connected", f64::from(traffic.connections)),
        ("attached", flag(traffic.attached())),
        ("last_ack_ms_ago", traffic.last_ack.map_or(-1.0, |at| now.since(at).as_secs_f64() * 1e3)),
        ("output_bytes", traffic.output.0 as f64),
        ("output_limit", traffic.output.1 as f64),
        ("replica", traffic.replica.map_or(-1.0, |replica| replica as f64)),
        ("loss_ppm", settings.loss_ppm.into()),
        ("transport", f64::from(settings.transport as u8)),
    ]
}

fn message(message: &Message, now: Time) -> [Field; 8] {
    let (path_kind, path) = match message.place {
        Place::Link(id) => (0.0, id.0),
        Place::Client(id) => (1.0, id.0),
    };
    [
        ("path_kind", path_kind),
        ("path", path.into()),
        ("direction", flag(!message.forward)),
        ("kind", f64::from(message.kind as u8)),
        ("progress", progress(message, now)),
        ("bytes", message.bytes as f64),
        ("stalled", flag(message.stalled)),
        ("lost", flag(message.lost)),
    ]
}

/// How far a message is. What a link has swallowed stands in the middle of it.
fn progress(message: &Message, now: Time) -> f64 {
    if message.stalled {
        return 0.5;
    }
    let whole = message.arrives_at.since(message.sent_at).0;
    let furthest = if message.gone { 0.5 } else { 1.0 };
    if whole == 0 { furthest } else { (now.since(message.sent_at).0 as f64 / whole as f64).min(furthest) }
}

/// Appends the numbers without their names.
fn push<const N: usize>(out: &mut Vec<f64>, fields: [Field; N]) {
    out.extend(fields.iter().map(|field| field.1));
}

fn machine_state(actor: &Actor) -> f64 {
    match (actor.machine, &actor.status) {
        (Machine::Down, _) | (_, None) => 3.0,
        (Machine::Frozen, _) => 1.0,
        (_, Some(status)) if status.loading => 4.0,
        (Machine::Busy(_), _) => 2.0,
        (_, Some(status)) if status.saving => 5.0,
        (Machine::Running, _) => 0.0,
    }
}

fn link_state(state: LinkState) -> f64 {
    match state {
        LinkState::Up => 0.0,
        LinkState::Cut { .. } => 1.0,
        LinkState::Silent { direction: Direction::Both, .. } => 2.0,
        LinkState::Silent { direction: Direction::AToB, .. } => 3.0,
        LinkState::Silent { direction: Direction::BToA, .. } => 4.0,
    }
}

pub(super) fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}
