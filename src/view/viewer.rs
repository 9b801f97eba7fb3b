//! A run and everything that is shown of it: what a page calls, without the page. Every answer is plain data.
//!
//! Owns the array of the frame.

use std::sync::Arc;

use super::answer::{Answer, Speaker};
use super::frame;
use super::hindsight::{FateReport, Hindsight};
use super::inspect::{Section, inspect_node};
use super::links::{LinkRow, Traffic, inspect_link, link_name, link_row, traffic};
use super::messages;
use super::rows::{NodeRow, node_row};
use super::ruler::{Ruler, ruler};
use super::text::hex;
use super::words::{Told, level, name, sentence};
use crate::base::{NodeId, Span, Time};
use crate::run::checker::Checked;
use crate::run::finding::Level;
use crate::run::no_return::NoReturn;
use crate::run::scene::Scene;
use crate::run::verdict::judge;
use crate::run::{Place, Run, Value};
use crate::world::{Event, LineKind, Load, SpecError};

/// A step searches at most this far.
const STEP_LIMIT: Span = Span::from_secs(600);
/// Most events that one call hands out.
const MOST_EVENTS: usize = 1000;

/// A run with eyes on it.
pub struct Viewer {
    run: Run,
    names: Arc<[String]>,
    clients: Arc<[String]>,
    frame: Vec<f64>,
    /// The rows of [`Viewer::messages`].
    messages: Vec<f64>,
    hindsight: Hindsight,
}

/// Names of everything, and what the scenario is about.
#[derive(Clone, Debug)]
pub struct Labels {
    /// Title of the scenario.
    pub title: String,
    /// Its question.
    pub question: String,
    /// What happens in it.
    pub story: String,
    /// The seed of this run.
    pub seed: u64,
    /// How long it is worth watching, in milliseconds.
    pub duration_ms: u64,
    /// Where to pause first, in milliseconds.
    pub pause_at_ms: Option<u64>,
    /// Name, address and port of each node.
    pub nodes: Vec<(String, String, u16)>,
    /// Both endpoints of each link, and its name.
    pub links: Vec<(usize, usize, String)>,
    /// Name of each load generator, and the node that it talks to.
    pub clients: Vec<(String, usize)>,
}

/// An event as a list shows it. Ids are indices, -1 for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its number.
    pub seq: u64,
    /// When.
    pub time: Time,
    /// The node that it happened to.
    pub node: i64,
    /// The node at the other end.
    pub peer: i64,
    /// The link.
    pub link: i64,
    /// The load generator.
    pub client: i64,
    /// What, as a word for machines.
    pub kind: &'static str,
    /// A turn of the story, not the regular beat.
    pub cause: bool,
    /// Colour.
    pub level: Level,
    /// One sentence.
    pub text: String,
}

/// What became of the requests of all load generators.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    /// Writes that were sent.
    pub sent: u64,
    /// Writes answered without an error.
    pub acknowledged: u64,
    /// Writes answered with an error.
    pub refused: u64,
    /// Writes whose connection broke before the answer.
    pub unanswered: u64,
    /// Errors by their text, and how often.
    pub errors: Vec<(String, u64)>,
    /// Each load generator.
    pub clients: Vec<ClientRow>,
}

/// What became of the requests of one load generator.
#[derive(Clone, Debug)]
pub struct ClientRow {
    /// Its name.
    pub name: String,
    /// The node that it talks to.
    pub to: usize,
    /// Writes that were sent.
    pub sent: u64,
    /// Writes answered without an error.
    pub acknowledged: u64,
    /// Writes answered with an error.
    pub refused: u64,
    /// Writes whose connection broke before the answer.
    pub unanswered: u64,
    /// Requests that could not be sent: no connection, or too many without an answer.
    pub skipped: u64,
    /// Reads that were answered.
    pub reads: u64,
    /// Requests a second in an open loop, 0 in a closed one.
    pub rate_per_s: u64,
    /// Mean time from request to answer.
    pub latency_mean: Span,
    /// The longest.
    pub latency_max: Span,
}

impl Viewer {
    /// Starts a scenario from its beginning.
    pub fn new(scenario: &Value, seed: Option<u64>) -> Result<Viewer, SpecError> {
        let run = Run::read(scenario, seed)?;
        let names = run.world().nodes().map(|node| node.name.into()).collect();
        let clients = run.world().clients().map(|client| client.spec.name.clone()).collect();
        let hindsight = Hindsight::default();
        Ok(Viewer { run, names, clients, frame: Vec::new(), messages: Vec::new(), hindsight })
    }

    /// What is looked at.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The moment that has been reached.
    pub fn now(&self) -> Time {
        self.run.world().time()
    }

    /// Goes on by `span`, or less if `stop` says so. Returns how far it came.
    pub fn advance(&mut self, span: Span, stop: &mut dyn FnMut() -> bool) -> Span {
        self.run.advance(span, stop)
    }

    /// Goes on to the next event, or the next cause; stays if there is none within ten minutes, and says `false`.
    pub fn step(&mut self, cause_only: bool) -> bool {
        self.run.step(cause_only, STEP_LIMIT)
    }

    /// Goes back to where the last event, or the last cause, had just happened; `false` at the beginning.
    pub fn step_back(&mut self, cause_only: bool) -> bool {
        self.run.step_back(cause_only)
    }

    /// Goes to a place of the run, back or on.
    pub fn seek(&mut self, to: Place) {
        self.run.seek(to);
    }

    /// The same run up to now, to go on in another way.
    pub fn fork(&self) -> Viewer {
        Viewer {
            run: self.run.fork(),
            names: Arc::clone(&self.names),
            clients: Arc::clone(&self.clients),
            frame: Vec::new(),
            messages: Vec::new(),
            hindsight: self.hindsight.fork(self.run.world().log().count(false)),
        }
    }

    /// Searches the points of no return of the full resyncs so far, until `stop` says so. Whether all are found.
    pub fn search(&mut self, stop: &mut dyn FnMut() -> bool) -> bool {
        self.hindsight.search(&self.run, stop)
    }

    /// The points of no return that were found.
    pub fn no_returns(&self) -> &[NoReturn] {
        self.hindsight.found()
    }

    /// What became of every write, traced until `stop` says so.
    pub fn fates(&mut self, stop: &mut dyn FnMut() -> bool) -> FateReport {
        // A scenario that has started once starts again.
        let _ = self.hindsight.trace(&self.run, stop);
        self.hindsight.report(&self.run, &self.names)
    }

    /// Checks what must hold, up to here or until `stop` says so. Whether it got here.
    pub fn check(&mut self, stop: &mut dyn FnMut() -> bool) -> bool {
        // A scenario that has started once starts again.
        self.hindsight.check(&self.run, stop).unwrap_or(true)
    }

    /// The run as far as it was checked; nothing before the first [`Viewer::check`].
    pub fn checked(&self) -> Option<&Checked> {
        self.hindsight.checked()
    }

    /// Does something to the world.
    pub fn act(&mut self, action: &Value) -> Result<(), SpecError> {
        let last = self.run.world().log().count(false);
        self.run.act_on(action)?;
        self.hindsight.forget_after(last);
        Ok(())
    }

    /// Types a line at a node's console.
    pub fn console(&mut self, node: usize, line: &str) -> Result<(), SpecError> {
        let last = self.run.world().log().count(false);
        self.run.console(id(node), line)?;
        self.hindsight.forget_after(last);
        Ok(())
    }

    /// The numbers of this moment, by [`frame::layout`].
    pub fn frame(&mut self) -> &[f64] {
        let scene = self.scene();
        let links = traffic(self.run.world(), &scene);
        frame::fill(&mut self.frame, self.run.world(), &scene, &links);
        &self.frame
    }

    /// The messages that were on their way at `from` or later, by [`frame::layout`]; before the first the milliseconds since
    /// which all are kept. From the first call on they are recorded.
    pub fn messages(&mut self, from: Time) -> &[f64] {
        match self.run.carried(from) {
            Some(recording) => messages::fill(&mut self.messages, recording, from),
            None => self.messages.clear(),
        }
        &self.messages
    }

    /// Records no messages any longer.
    pub fn forget_messages(&mut self) {
        self.run.forget_carried();
        self.messages = Vec::new();
    }

    /// Everything about a message of the last call of [`Viewer::messages`].
    pub fn inspect_message(&self, number: u64) -> Vec<Section> {
        let names = messages::Names { nodes: &self.names, clients: &self.clients };
        self.run.world().recording().map_or(Vec::new(), |recording| messages::inspect(recording, number, &names))
    }

    /// What a message says, in one line.
    pub fn message_summary(&self, number: u64) -> String {
        self.run.world().recording().map_or(String::new(), |recording| messages::summary(recording, number))
    }

    /// The first bytes of a message.
    pub fn message_bytes(&self, number: u64) -> Vec<u8> {
        self.run.world().recording().map_or(Vec::new(), |recording| messages::bytes(recording, number))
    }

    /// Changes when [`Viewer::labels`] does.
    pub fn revision(&self) -> u64 {
        self.run.memory().changes() + self.run.world().links().count() as u64
    }

    /// Names of everything, and what the scenario is about.
    pub fn labels(&self) -> Labels {
        let (world, scenario) = (self.run.world(), self.run.scenario());
        let scene = self.scene();
        let speaker = self.speaker(&scene);
        let links = traffic(world, &scene);
        Labels {
            title: scenario.title.clone(),
            question: scenario.question.clone(),
            story: scenario.story.clone(),
            seed: self.run.seed(),
            duration_ms: scenario.duration.as_millis(),
            pause_at_ms: scenario.pause_at.map(Time::as_millis),
            nodes: world.nodes().map(|node| (node.name.into(), node.ip.into(), node.port)).collect(),
            links: links.iter().map(|link| (link.ends.0, link.ends.1, link_name(&speaker, link))).collect(),
            clients: world.clients().map(|client| (client.spec.name.clone(), client.spec.to.0 as usize)).collect(),
        }
    }

    /// The name of a node.
    pub fn name(&self, node: usize) -> &str {
        self.names.get(node).map_or("", String::as_str)
    }

    /// The answer strip.
    pub fn answer(&self) -> Answer {
        let scene = self.scene();
        self.speaker(&scene).answer(&judge(&scene))
    }

    /// A card for each node.
    pub fn node_rows(&self) -> Vec<NodeRow> {
        let scene = self.scene();
        let speaker = self.speaker(&scene);
        (0..self.names.len()).map(|node| node_row(&speaker, node)).collect()
    }

    /// A card for each link.
    pub fn link_rows(&self) -> Vec<LinkRow> {
        let scene = self.scene();
        let speaker = self.speaker(&scene);
        traffic(self.run.world(), &scene).iter().map(|link| link_row(&speaker, link)).collect()
    }

    /// The offset ruler.
    pub fn ruler(&self) -> Ruler {
        let scene = self.scene();
        ruler(&self.speaker(&scene))
    }

    /// At most `max` events after number `since`, the oldest first.
    pub fn events(&self, since: u64, max: usize) -> Vec<EventRow> {
        let links: Vec<(usize, usize)> =
            self.run.world().links().map(|link| (link.a.0 as usize, link.b.0 as usize)).collect();
        let events = self.run.world().log().since(since).take(max.min(MOST_EVENTS));
        events.map(|event| self.event_row(event, &links)).collect()
    }

    /// What INFO of a node says.
    pub fn info(&self, node: usize, section: &str) -> String {
        self.run.world().info(id(node), section).unwrap_or_default()
    }

    /// Everything about a node.
    pub fn inspect_node(&self, node: usize) -> Vec<Section> {
        let scene = self.scene();
        inspect_node(&self.speaker(&scene), node)
    }

    /// Everything about a link.
    pub fn inspect_link(&self, link: usize) -> Vec<Section> {
        let scene = self.scene();
        let links: Vec<Traffic> = traffic(self.run.world(), &scene);
        let speaker = self.speaker(&scene);
        links.get(link).map_or(Vec::new(), |traffic| inspect_link(&speaker, self.run.world(), traffic, link))
    }

    /// CONFIG GET * of a node.
    pub fn config(&self, node: usize) -> Vec<(String, String)> {
        let view = self.run.world().node(id(node)).and_then(|view| view.node);
        view.map_or(Vec::new(), |node| node.config().matching(b"*"))
    }

    /// What the console of a node shows after line number `since`, and the number of its latest line.
    pub fn console_output(&self, node: usize, since: u64) -> (u64, Vec<(&'static str, &str)>) {
        let Some(transcript) = self.run.world().transcript(id(node)) else { return (0, Vec::new()) };
        let lines = transcript.since(since).map(|line| {
            let kind = match line.kind {
                LineKind::Input => "in",
                LineKind::Output => "out",
                LineKind::Error => "error",
            };
            (kind, &*line.text)
        });
        (transcript.last_seq(), lines.collect())
    }

    /// What became of the requests of all load generators.
    pub fn writes(&self) -> Writes {
        let mut writes = Writes::default();
        for client in self.run.world().clients() {
            let tally = client.tally;
            let answered = tally.acknowledged + tally.refused + tally.reads;
            writes.sent += tally.writes;
            writes.acknowledged += tally.acknowledged;
            writes.refused += tally.refused;
            writes.unanswered += tally.unanswered;
            for (text, count) in &tally.errors {
                let text = String::from_utf8_lossy(text).into_owned();
                match writes.errors.iter_mut().find(|error| error.0 == text) {
                    Some(error) => error.1 += count,
                    None => writes.errors.push((text, *count)),
                }
            }
            writes.clients.push(ClientRow {
                name: client.spec.name.clone(),
                to: client.spec.to.0 as usize,
                sent: tally.writes,
                acknowledged: tally.acknowledged,
                refused: tally.refused,
                unanswered: tally.unanswered,
                skipped: tally.skipped,
                reads: tally.reads,
                rate_per_s: if let Load::Open { per_s, .. } = client.spec.load { per_s } else { 0 },
                latency_mean: Span(tally.latency_sum_ns.checked_div(answered).unwrap_or(0)),
                latency_max: tally.latency_max,
            });
        }
        writes
    }

    /// A number in hexadecimal that two runs share only if everything happened alike in both.
    pub fn digest(&self) -> String {
        hex(self.run.world().digest())
    }

    /// The moment as the verdict needs it.
    pub fn scene(&self) -> Scene {
        Scene::of(self.run.world(), self.run.memory())
    }

    fn speaker<'a>(&'a self, scene: &'a Scene) -> Speaker<'a> {
        Speaker { scene, names: &self.names }
    }

    fn event_row(&self, event: &Event, links: &[(usize, usize)]) -> EventRow {
        let node = |id: Option<NodeId>| id.map_or("", |id| self.name(id.0 as usize));
        let client = event.client.and_then(|id| self.clients.get(id.0 as usize));
        let ends = event.link.and_then(|id| links.get(id.0 as usize));
        let client = client.map_or("", String::as_str);
        let link = match ends {
            Some((a, b)) => (self.name(*a), self.name(*b)),
            None => (client, "its node"),
        };
        let told = Told { node: node(event.node), peer: node(event.peer), link, client, kind: &event.kind };
        let index = |id: Option<u32>| id.map_or(-1, i64::from);
        EventRow {
            seq: event.seq,
            time: event.time,
            node: index(event.node.map(|id| id.0)),
            peer: index(event.peer.map(|id| id.0)),
            link: index(event.link.map(|id| id.0)),
            client: index(event.client.map(|id| id.0)),
            kind: name(&event.kind),
            cause: event.kind.is_cause(),
            level: level(&event.kind),
            text: sentence(&told),
        }
    }
}

fn id(node: usize) -> NodeId {
    NodeId(u32::try_from(node).unwrap_or(u32::MAX))
}
