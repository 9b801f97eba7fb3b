//! Links: what travels on each, in numbers, as a row of text and in detail.

use super::answer::{Speaker, state_word};
use super::inspect::{Section, pair};
use super::rows::{Countdown, countdowns, output_line};
use super::text::Part::{self, Bits, Bytes, Clock, Number, Percent, Word};
use super::text::{add, tell};
use crate::base::{NodeId, Span, Time};
use crate::event::Direction;
use crate::node::SessionStatus;
use crate::run::finding::{Finding, Level, level};
use crate::run::scene::Scene;
use crate::run::verdict::assess;
use crate::world::{ConnectionView, LinkSettings, LinkState, Stage, Transport, World};

/// What travels on a link.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// Its endpoints, by index of the node.
    pub ends: (usize, usize),
    /// How it treats bytes.
    pub settings: LinkSettings,
    /// What it does at present.
    pub state: LinkState,
    /// Bytes under way from the first endpoint, and from the second.
    pub in_flight: [u64; 2],
    /// Connections on it.
    pub connections: u32,
    /// The endpoint that follows the other.
    pub replica: Option<usize>,
    /// When the other last received an acknowledgement of it.
    pub last_ack: Option<Time>,
    /// The replica's output buffer at its master, and the limit; nothing if it is not attached.
    pub output: (u64, u64),
    /// The stream in frames, as the master sees it.
    pub session: Option<SessionStatus>,
    /// Frames that brought the replica nothing new, and frames that came while an earlier one was missing.
    pub received: (u64, u64),
    /// Stream bytes in frames that were lost.
    pub lost_stream: u64,
    holds_connection: bool,
}

/// A link as its label shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkRow {
    /// Both endpoints.
    pub name: String,
    /// Colour and shape.
    pub level: Level,
    /// `up`, `cut`, `silent`.
    pub state_word: &'static str,
    /// Two or three short lines.
    pub lines: Vec<String>,
    /// Who hangs up next, and when.
    pub countdowns: Vec<Countdown>,
}

impl Default for Traffic {
    fn default() -> Traffic {
        Traffic {
            ends: (0, 0),
            settings: LinkSettings::default(),
            state: LinkState::Up,
            in_flight: [0; 2],
            connections: 0,
            replica: None,
            last_ack: None,
            output: (0, 0),
            session: None,
            received: (0, 0),
            lost_stream: 0,
            holds_connection: false,
        }
    }
}

impl Traffic {
    /// The master holds a connection of the replica on this link.
    pub fn attached(&self) -> bool {
        self.holds_connection
    }
}

/// What travels on all links.
pub fn traffic(world: &World, scene: &Scene) -> Vec<Traffic> {
    let mut links: Vec<Traffic> = world
        .links()
        .map(|link| {
            let ends = (link.a.0 as usize, link.b.0 as usize);
            let follows =
                |node: usize, other: usize| scene.nodes.get(node).is_some_and(|actor| actor.master == Some(other));
            let replica =
                if follows(ends.1, ends.0) { Some(ends.1) } else { follows(ends.0, ends.1).then_some(ends.0) };
            let master = replica.and_then(|replica| scene.nodes[replica].master);
            let seen = replica.zip(master).and_then(|(replica, master)| scene.seen_by_master(master, replica));
            Traffic {
                ends,
                settings: link.settings,
                state: link.state,
                replica,
                last_ack: replica.and_then(|replica| scene.nodes[replica].past.ack).map(|(time, _)| time),
                output: seen.map_or((0, 0), |seen| (seen.output_bytes, seen.output_limit)),
                session: seen.and_then(|seen| seen.session),
                received: replica
                    .and_then(|replica| scene.status(replica)?.master.as_ref()?.duplicates_and_gaps)
                    .unwrap_or_default(),
                lost_stream: link.lost_stream,
                holds_connection: seen.is_some(),
                ..Traffic::default()
            }
        })
        .collect();
    for connection in world.connections() {
        let Some(link) = connection.link.and_then(|id| links.get_mut(id.0 as usize)) else { continue };
        let way = usize::from(link.ends.0 != connection.dialler.0 as usize);
        link.connections += u32::from(connection.standing);
        link.in_flight[way] += connection.in_flight[0];
        link.in_flight[1 - way] += connection.in_flight[1];
    }
    links
}

/// The label of a link.
pub fn link_row(speaker: &Speaker<'_>, traffic: &Traffic) -> LinkRow {
    let under_way = Bytes(traffic.in_flight[0].saturating_add(traffic.in_flight[1]));
    let lasting = |since: Time| Clock(speaker.scene.time.since(since));
    let mut lines = vec![settings_line(&traffic.settings)];
    match traffic.state {
        LinkState::Up => lines.push(tell("{} in flight", &[under_way])),
        LinkState::Cut { since } => lines.push(tell("cut for {}", &[lasting(since)])),
        LinkState::Silent { since, .. } => {
            lines.push(tell("silent for {}", &[lasting(since)]));
            lines.push(tell("{} swallowed or waiting", &[under_way]));
        }
    }
    if traffic.attached() {
        lines.push(output_line(traffic.output));
    }
    let level = match (traffic.state, traffic.replica) {
        (LinkState::Cut { .. }, _) => Level::Down,
        (LinkState::Silent { .. }, _) => Level::Risk,
        (LinkState::Up, Some(replica)) => level(&assess(speaker.scene, replica)),
        (LinkState::Up, None) => Level::Ok,
    };
    LinkRow {
        name: link_name(speaker, traffic),
        level,
        state_word: state(traffic.state),
        lines,
        countdowns: match traffic.replica {
            // Where a frame was lost, nobody is about to hang up: heartbeats go on.
            Some(replica)
                if !matches!(
                    assess(speaker.scene, replica),
                    Finding::CommandLost { .. } | Finding::Diverged { .. }
                ) =>
            {
                countdowns(speaker, replica)
            }
            _ => Vec::new(),
        },
    }
}

/// Both endpoints of a link.
pub fn link_name(speaker: &Speaker<'_>, traffic: &Traffic) -> String {
    [speaker.name(traffic.ends.0), " – ", speaker.name(traffic.ends.1)].concat()
}

/// The sections of a link.
pub fn inspect_link(speaker: &Speaker<'_>, world: &World, traffic: &Traffic, index: usize) -> Vec<Section> {
    let settings = &traffic.settings;
    let one = |label: &str, value: Part<'_>| pair(label, tell("{}", &[value]));
    let mut rows = vec![one("state", Word(state(traffic.state)))];
    if let LinkState::Cut { since } | LinkState::Silent { since, .. } = traffic.state {
        rows.push(one("since", Clock(Span(since.0))));
    }
    rows.extend([
        one("latency", Part::Time(settings.latency)),
        one("jitter", Part::Time(settings.jitter)),
        one("bandwidth", bandwidth(settings)),
        one("window", Bytes(settings.window_bytes)),
        one("loss", Percent(settings.loss_ppm)),
        one("transport", Word(transport(settings.transport))),
    ]);
    let mut sections = vec![Section { title: link_name(speaker, traffic), note: "how it treats bytes".into(), rows }];
    if let Some(replica) = traffic.replica {
        let mut rows = vec![one(speaker.name(replica), Word(state_word(&assess(speaker.scene, replica))))];
        for Countdown { label, after } in countdowns(speaker, replica) {
            rows.push(vec![label, tell("in {}", &[Clock(after)])]);
        }
        sections.push(Section { title: "Replication".into(), note: "who hangs up if nothing is heard".into(), rows });
    }
    if let Some(session) = traffic.session {
        let rows = vec![
            one("acknowledged up to byte", Number(session.una - 1)),
            one("losses found", Number(session.losses as i64)),
            one("sent again", Bytes(session.resent)),
            one("at least needed", Bytes(traffic.lost_stream)),
            one("frames that came twice", Number(traffic.received.0 as i64)),
            one("frames behind a gap", Number(traffic.received.1 as i64)),
        ];
        let note = "commands lost on the way, found by ACKs".into();
        sections.push(Section { title: "Stream in frames".into(), note, rows });
    }
    let mut rows = Vec::new();
    for connection in world.connections() {
        if connection.link.is_some_and(|link| link.0 as usize == index) {
            rows.extend(connection_rows(speaker, &connection));
        }
    }
    if !rows.is_empty() {
        let note = "bytes under way, arrived and not yet read".into();
        sections.push(Section { title: "Connections".into(), note, rows });
    }
    sections
}

fn connection_rows(speaker: &Speaker<'_>, connection: &ConnectionView) -> [Vec<String>; 2] {
    let stage = match (connection.standing, connection.stage) {
        (false, _) => "half-open or being dialled",
        (true, Stage::Handshake) => "handshake",
        (true, Stage::Snapshot) => "full resync",
        (true, Stage::Stream) => "live stream",
    };
    let (dialler, acceptor) = (connection.dialler, connection.acceptor);
    let way = |from: NodeId, to: NodeId, index: usize| {
        let swallowed = Word(if connection.stalled[index] { ", swallowed" } else { "" });
        let parts = [Bytes(connection.in_flight[index]), swallowed, Bytes(connection.unread[index])];
        let label = [speaker.name(from.0 as usize), " → ", speaker.name(to.0 as usize)].concat();
        vec![label, tell("{} under way{}, {} unread", &parts), stage.into()]
    };
    [way(dialler, acceptor, 0), way(acceptor, dialler, 1)]
}

fn state(state: LinkState) -> &'static str {
    match state {
        LinkState::Up => "up",
        LinkState::Cut { .. } => "cut",
        LinkState::Silent { direction: Direction::Both, .. } => "silent",
        LinkState::Silent { .. } => "silent one way",
    }
}

fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "tcp, as Redis",
        Transport::Textbook => "textbook: frames with offsets",
        Transport::Unsound => "unsound: frames without offsets",
    }
}

/// `2 ms · 1.00 Gbit/s · 1% loss`.
fn settings_line(settings: &LinkSettings) -> String {
    let mut line = tell("{} · {}", &[Part::Time(settings.latency), bandwidth(settings)]);
    if settings.loss_ppm > 0 {
        add(&mut line, " · {} loss", &[Percent(settings.loss_ppm)]);
    }
    match settings.transport {
        Transport::Tcp => {}
        Transport::Textbook => line.push_str(" · textbook"),
        Transport::Unsound => line.push_str(" · unsound"),
    }
    line
}

fn bandwidth(settings: &LinkSettings) -> Part<'static> {
    match settings.bandwidth_bytes_per_s {
        0 => Word("unlimited"),
        rate => Bits(rate),
    }
}
