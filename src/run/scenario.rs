//! Scenarios: worlds with a title, a question and a story, read from an untyped tree (`docs/scenarios.md` lists the
//! fields). Everything that does not fit is refused with its place, what was expected and what was found; an unknown
//! field is refused with the list of the known ones.

use crate::base::{Span, Time};
use crate::world::{
    Action, ClientSpec, DEFAULT_PORT, DEFAULT_UNIX_EPOCH_MS, HIGHEST_RATE, HostSpec, LARGEST_AMOUNT, LARGEST_VALUE,
    LONGEST_LATENCY, LinkChange, LinkSettings, LinkSpec, Load, MOST_ACTIONS, MOST_CLIENTS, MOST_NODES, NodeSpec,
    SpecError, Transport, WINDOW_RANGE, WorldSpec,
};

use super::actions::{Names, pair};
use super::steps::{Step, read_steps};
use super::value::{Fields, Place, Refusals, Value};

/// Longest run: a week.
pub const LONGEST_RUN: Span = Span::from_secs(7 * 24 * 3600);
/// Largest seed: every whole number up to it is exact in JavaScript.
pub const LARGEST_SEED: u64 = (1 << 53) - 1;
/// Most keys that a node holds from the start, or that a load generator picks from.
const MOST_KEYS: u64 = 1_000_000;
/// Largest value that a node holds from the start.
const LARGEST_START_VALUE: u64 = 1 << 20;
/// Most bytes in the values that a node holds from the start; more is what ballast is for.
const LARGEST_START: u64 = 64 << 20;
/// Most requests outstanding of a closed loop.
const MOST_CONCURRENT: u64 = 1000;
/// Longest text of a title, question or story in bytes.
const LONGEST_TEXT: usize = 4000;
/// Largest difference of a node's clock from the world's: ten years.
const LARGEST_SKEW_MS: u64 = 10 * 365 * 24 * 3600 * 1000;

const SCENARIO_FIELDS: &[&str] = &[
    "title",
    "question",
    "story",
    "seed",
    "duration_ms",
    "pause_at_ms",
    "unix_epoch_ms",
    "nodes",
    "links",
    "default_link",
    "clients",
    "actions",
    "steps",
];
const NODE_FIELDS: &[&str] = &[
    "name",
    "port",
    "replicaof",
    "config",
    "boot_ms",
    "skew_ms",
    "keys",
    "value_bytes",
    "ballast_bytes",
    "save_bytes_per_s",
    "load_bytes_per_s",
    "fork_ms_per_gib",
];
/// What a link is described by, in a scenario and in the action `set_link`.
pub(super) const LINK_FIELDS: &[&str] = &[
    "latency_ms",
    "jitter_ms",
    "bandwidth_bytes_per_s",
    "window_bytes",
    "loss_ppm",
    "transport",
    "duplicate_ppm",
    "overtaking",
];
const CLIENT_FIELDS: &[&str] = &[
    "name",
    "to",
    "per_s",
    "poisson",
    "concurrency",
    "think_ms",
    "value_bytes",
    "keys",
    "prefix",
    "read_percent",
    "start_ms",
    "stop_ms",
    "link",
];

/// A world with a title, a question and a story.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub title: String,
    /// The question that it answers.
    pub question: String,
    /// One sentence: what happens.
    pub story: String,
    /// The seed unless another is asked for.
    pub seed: u64,
    /// How long it is worth watching.
    pub duration: Span,
    /// Where the page pauses, before the turn of the story.
    pub pause_at: Option<Time>,
    /// The world.
    pub spec: WorldSpec,
    /// What to look at, and when.
    pub steps: Vec<Step>,
}

impl Scenario {
    /// Reads a scenario and checks that its parts fit together.
    pub fn read(value: &Value) -> Result<Scenario, SpecError> {
        let refusals = Refusals::default();
        let scenario = read_scenario(&Fields::of(value, Place::Root, SCENARIO_FIELDS, &refusals), &refusals);
        let scenario = refusals.or(scenario)?;
        scenario.spec.check()?;
        Ok(scenario)
    }
}

fn read_scenario(fields: &Fields<'_>, refusals: &Refusals) -> Scenario {
    let mut spec = WorldSpec {
        unix_epoch_ms: fields.signed("unix_epoch_ms", 1 << 43).unwrap_or(DEFAULT_UNIX_EPOCH_MS),
        ..WorldSpec::default()
    };
    if let Some(value) = fields.get("default_link") {
        let place = Place::Field(&Place::Root, "default_link");
        spec.default_link = read_link(value, place, LinkSettings::default(), refusals);
    }
    read_nodes(fields, &mut spec, refusals);
    read_links(fields, &mut spec, refusals);
    read_clients(fields, &mut spec, refusals);
    spec.actions = read_actions(fields, &spec, refusals);
    let duration = fields.millis("duration_ms", LONGEST_RUN).unwrap_or(Span::from_secs(60));
    let scenario = Scenario {
        title: short_text(fields, "title"),
        question: short_text(fields, "question"),
        story: short_text(fields, "story"),
        seed: fields.whole("seed", 0, LARGEST_SEED).unwrap_or(1),
        duration,
        pause_at: fields.millis("pause_at_ms", LONGEST_RUN).map(|span| Time::ZERO + span),
        steps: read_steps(fields, &spec, duration, refusals),
        spec,
    };
    if scenario.title.is_empty() {
        fields.refuse("title", "a text");
    }
    scenario
}

/// A text, empty if it is not there.
pub(super) fn short_text(fields: &Fields<'_>, name: &str) -> String {
    let text = fields.text(name).unwrap_or_default();
    if text.len() > LONGEST_TEXT {
        fields.refuse(name, "at most 4000 bytes");
    }
    text.into()
}

/// The name of an entry, before anything else of it is read.
fn name_of(value: &Value) -> &str {
    match value {
        Value::Map(fields) => match fields.iter().find(|(name, _)| name == "name") {
            Some((_, Value::Text(name))) => name,
            _ => "",
        },
        _ => "",
    }
}

fn read_nodes(fields: &Fields<'_>, spec: &mut WorldSpec, refusals: &Refusals) {
    let values = fields.list("nodes", MOST_NODES);
    // Names first: a node may follow one that comes later.
    spec.nodes = values.iter().enumerate().map(|(index, value)| NodeSpec::new(name_of(value), index)).collect();
    let list = Place::Field(&Place::Root, "nodes");
    for (index, value) in values.iter().enumerate() {
        spec.nodes[index] = read_node(value, Place::Item(&list, index), spec, index, refusals);
    }
}

fn read_node(value: &Value, place: Place<'_>, spec: &WorldSpec, index: usize, refusals: &Refusals) -> NodeSpec {
    let fields = Fields::of(value, place, NODE_FIELDS, refusals);
    let known = NodeSpec::new(fields.required_text("name"), index);
    let standard = HostSpec::default();
    let speed = |name: &str, standard: u64| fields.whole(name, 1, LARGEST_AMOUNT).unwrap_or(standard);
    let master = fields.get("replicaof");
    let node = NodeSpec {
        port: fields.whole("port", 1, 65_535).map_or(DEFAULT_PORT, |port| port as u16),
        replicaof: master.map(|value| Names(spec).node(&fields, "replicaof", Some(value))),
        config: read_config(&fields, place, refusals),
        boot: fields.millis("boot_ms", LONGEST_RUN).map_or(known.boot, |span| Time::ZERO + span),
        skew_ms: fields.signed("skew_ms", LARGEST_SKEW_MS).unwrap_or(0),
        keys: fields.whole("keys", 0, MOST_KEYS).unwrap_or(0),
        value_bytes: fields.whole("value_bytes", 0, LARGEST_START_VALUE).unwrap_or(known.value_bytes),
        ballast_bytes: fields.whole("ballast_bytes", 0, LARGEST_AMOUNT).unwrap_or(0),
        host: HostSpec {
            save_bytes_per_s: speed("save_bytes_per_s", standard.save_bytes_per_s),
            load_bytes_per_s: speed("load_bytes_per_s", standard.load_bytes_per_s),
            fork_per_gib: fields.millis("fork_ms_per_gib", Span::from_secs(60)).unwrap_or(standard.fork_per_gib),
        },
        ..known
    };
    if node.keys * node.value_bytes > LARGEST_START {
        fields.refuse("keys", "at most 67108864 bytes of values; \"ballast_bytes\" is for more");
    }
    node
}

/// Directives: an object of texts; numbers and truth values are taken as their text.
fn read_config(fields: &Fields<'_>, place: Place<'_>, refusals: &Refusals) -> Vec<(String, String)> {
    let directives = match fields.get("config") {
        Some(Value::Map(directives)) => directives.as_slice(),
        None => &[],
        Some(_) => {
            fields.refuse("config", "an object of directives");
            &[]
        }
    };
    let list = Place::Field(&place, "config");
    let mut config = Vec::with_capacity(directives.len());
    for (name, value) in directives {
        let text = match value {
            Value::Text(text) => text.clone(),
            Value::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
            Value::Number(number) if number.fract() == 0.0 => value.describe(),
            _ => {
                refusals.refuse(&Place::Field(&list, name), "a text as in redis.conf", &value.describe());
                continue;
            }
        };
        config.push((name.clone(), text));
    }
    config
}

fn read_link(value: &Value, place: Place<'_>, standard: LinkSettings, refusals: &Refusals) -> LinkSettings {
    read_change(&Fields::of(value, place, LINK_FIELDS, refusals)).apply(standard)
}

pub(super) fn read_change(fields: &Fields<'_>) -> LinkChange {
    LinkChange {
        latency: fields.millis("latency_ms", LONGEST_LATENCY),
        jitter: fields.millis("jitter_ms", LONGEST_LATENCY),
        bandwidth_bytes_per_s: fields.whole("bandwidth_bytes_per_s", 0, LARGEST_AMOUNT),
        window_bytes: fields.whole("window_bytes", WINDOW_RANGE.0, WINDOW_RANGE.1),
        loss_ppm: fields.whole("loss_ppm", 0, 1_000_000).map(|ppm| ppm as u32),
        transport: read_transport(fields),
        duplicate_ppm: fields.whole("duplicate_ppm", 0, 1_000_000).map(|ppm| ppm as u32),
        overtaking: fields.bool("overtaking"),
    }
}

fn read_transport(fields: &Fields<'_>) -> Option<Transport> {
    match fields.text("transport")? {
        "tcp" => return Some(Transport::Tcp),
        "textbook" => return Some(Transport::Textbook),
        "unsound" => return Some(Transport::Unsound),
        _ => fields.refuse("transport", "\"tcp\", \"textbook\" or \"unsound\""),
    }
    None
}

fn read_links(fields: &Fields<'_>, spec: &mut WorldSpec, refusals: &Refusals) {
    let mut known = vec!["between"];
    known.extend(LINK_FIELDS);
    let list = Place::Field(&Place::Root, "links");
    for (index, value) in fields.list("links", MOST_NODES * MOST_NODES).iter().enumerate() {
        let fields = Fields::of(value, Place::Item(&list, index), &known, refusals);
        let names = Names(spec);
        let Some((first, second)) = pair(&fields, "between") else {
            fields.refuse("between", "a list of two node names");
            continue;
        };
        let end = |value| names.node(&fields, "between", Some(value));
        let between = (end(first), end(second));
        let settings = read_change(&fields).apply(spec.default_link);
        spec.links.push(LinkSpec { between, settings });
    }
}

fn read_clients(fields: &Fields<'_>, spec: &mut WorldSpec, refusals: &Refusals) {
    let list = Place::Field(&Place::Root, "clients");
    for (index, value) in fields.list("clients", MOST_CLIENTS).iter().enumerate() {
        let client = read_client(value, Place::Item(&list, index), spec, refusals);
        spec.clients.push(client);
    }
}

fn read_client(value: &Value, place: Place<'_>, spec: &WorldSpec, refusals: &Refusals) -> ClientSpec {
    let fields = Fields::of(value, place, CLIENT_FIELDS, refusals);
    let known = ClientSpec::new(fields.required_text("name"), Names(spec).node(&fields, "to", fields.get("to")));
    let time = |name: &str| fields.millis(name, LONGEST_RUN).map(|span| Time::ZERO + span);
    ClientSpec {
        load: read_load(&fields),
        value_bytes: fields.whole("value_bytes", 0, LARGEST_VALUE).unwrap_or(known.value_bytes),
        keys: fields.whole("keys", 1, MOST_KEYS).unwrap_or(known.keys),
        prefix: fields.text("prefix").map_or(known.prefix, |text| text.chars().take(100).collect()),
        read_percent: fields.whole("read_percent", 0, 100).unwrap_or(0),
        start: time("start_ms").unwrap_or(Time::ZERO),
        stop: time("stop_ms"),
        link: match fields.get("link") {
            Some(value) => read_link(value, Place::Field(&place, "link"), known.link, refusals),
            None => known.link,
        },
        ..known
    }
}

fn read_load(fields: &Fields<'_>) -> Load {
    let per_s = fields.whole("per_s", 0, HIGHEST_RATE);
    let poisson = fields.bool("poisson");
    let concurrency = fields.whole("concurrency", 1, MOST_CONCURRENT);
    let think = fields.millis("think_ms", LONGEST_RUN);
    match (per_s, concurrency) {
        (Some(_), Some(_)) => fields.refuse("concurrency", "no \"concurrency\" beside \"per_s\""),
        (None, Some(_)) if poisson.is_some() => fields.refuse("poisson", "\"per_s\" beside it"),
        (_, None) if think.is_some() => fields.refuse("think_ms", "\"concurrency\" beside it"),
        _ => {}
    }
    match concurrency {
        Some(concurrency) => Load::Closed { concurrency, think: think.unwrap_or(Span::ZERO) },
        None => Load::Open { per_s: per_s.unwrap_or(100), poisson: poisson.unwrap_or(false) },
    }
}

fn read_actions(fields: &Fields<'_>, spec: &WorldSpec, refusals: &Refusals) -> Vec<(Time, Action)> {
    let list = Place::Field(&Place::Root, "actions");
    let mut actions = Vec::new();
    for (index, value) in fields.list("actions", MOST_ACTIONS).iter().enumerate() {
        actions.extend(Names(spec).timed_action(value, Place::Item(&list, index), refusals));
    }
    actions
}
