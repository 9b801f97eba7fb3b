//! The roof: the skin for a page. Turns calls of JavaScript into calls of [`Viewer`] and plain data into objects. No
//! decision is made here that a native test could not reach.
//!
//! Numbers cross once a frame as a view on one array; everything else is text, fetched when it is shown. 64-bit numbers
//! cross as `number`, exact up to 2^53.

use std::cell::RefCell;

use js_sys::{Array, Error, Float64Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::base::{Span, Time};
use crate::run::Value;
use crate::run::finding::Level;
use crate::view::frame;
use crate::view::inspect::Section;
use crate::view::viewer::Viewer;
use crate::world::SpecError;

/// Messages of the engine to the page, typed.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &'static str = r#"
/** Meaning of a colour. */
export type Level = "ok" | "risk" | "lost" | "down" | "snapshot";
/** A refused scenario or action. */
export interface Refusal extends Error { path: string; expected: string; found: string }
/** Names of the numbers of a frame and their places. */
export interface Layout {
  header: Record<string, number>;
  node: Record<string, number>;
  link: Record<string, number>;
  message: Record<string, number>;
}
export interface Directive { name: string; default: string; help: string; mutable: boolean }
export interface Labels {
  title: string; question: string; story: string; seed: number; duration_ms: number; pause_at_ms: number | undefined;
  nodes: { name: string; ip: string; port: number }[];
  links: { a: number; b: number; name: string }[];
  clients: { name: string; to: number }[];
}
export interface Verdict { level: Level; mark: string; headline: string; detail: string; node: number }
export interface NodeRow { name: string; role: string; state_word: string; level: Level; lines: string[]; next: string }
export interface LinkRow {
  name: string; level: Level; state_word: string; lines: string[]; countdowns: { label: string; seconds: number }[];
}
export interface RulerMarker {
  node: number; name: string; offset: number;
  /** Last byte that its master knows of, while it is attached. */
  ack_offset: number | undefined;
  /** Bytes that may still be written before it needs a full resync; undefined if that is unknown. */
  slack_bytes: number | undefined;
  /** The same in seconds at the present write rate; undefined while nothing is written. */
  slack_seconds: number | undefined;
  behind_bytes: number; level: Level; attached: boolean; pinned: boolean;
}
export interface Ruler {
  history: string; node: number; first_byte: number; histlen: number; size: number; head: number;
  rate_bytes_per_s: number; cliff_pinned: boolean; markers: RulerMarker[];
}
export interface EventRow {
  seq: number; time_ms: number;
  /** -1 if it is about none. */
  node: number; peer: number; link: number; client: number;
  kind: string; cause: boolean; level: Level; text: string;
}
export interface Section { title: string; note: string; rows: string[][] }
export interface ConsoleOutput { next: number; lines: { kind: "in" | "out" | "error"; text: string }[] }
export interface ClientRow {
  name: string; to: number; sent: number; acknowledged: number; refused: number; unanswered: number; skipped: number;
  reads: number; rate_per_s: number; latency_mean_ms: number; latency_max_ms: number;
}
export interface Writes {
  sent: number; acknowledged: number; refused: number; unanswered: number;
  errors: { text: string; count: number }[];
  clients: ClientRow[];
}
"#;

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics go to the console, and their text is kept for the page.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        LAST_PANIC.with(|last| *last.borrow_mut() = info.to_string());
        console_error_panic_hook::hook(info);
    }));
}

/// The text of the last panic, empty if there was none. A handle that panicked must not be used again.
#[wasm_bindgen]
pub fn last_panic() -> String {
    LAST_PANIC.with(|last| last.borrow().clone())
}

/// The names of the numbers in a frame, and where they are.
#[wasm_bindgen(unchecked_return_type = "Layout")]
pub fn layout() -> JsValue {
    let part = |names: &[&'static str]| {
        let places = names.iter().enumerate().fold(Map::new(), |map, (at, name)| map.number(name, at as f64));
        places.number("stride", names.len() as f64).done()
    };
    let layout = frame::layout();
    Map::new()
        .value("header", part(&layout.header))
        .value("node", part(&layout.node))
        .value("link", part(&layout.link))
        .value("message", part(&layout.message))
        .done()
}

/// Every directive: name, default, help, and whether CONFIG SET may change it.
#[wasm_bindgen(unchecked_return_type = "Directive[]")]
pub fn directives() -> JsValue {
    list(crate::view::inspect::directives().iter().map(|row| {
        let map = Map::new().text("name", row.name).text("default", &row.default).text("help", row.help);
        map.flag("mutable", row.mutable).done()
    }))
}

/// A running scenario.
#[wasm_bindgen]
pub struct Playground {
    viewer: Viewer,
    performance: web_sys::Performance,
}

#[wasm_bindgen]
impl Playground {
    /// Starts a scenario, a parsed JSON object, from its beginning. Throws a `Refusal` if something in it does not fit.
    #[wasm_bindgen(constructor)]
    pub fn new(scenario: JsValue, seed: Option<f64>) -> Result<Playground, JsValue> {
        let viewer = Viewer::new(&value(scenario)?, seed.map(|seed| seed as u64)).map_err(refusal)?;
        let performance = Reflect::get(&js_sys::global(), &"performance".into())?.unchecked_into();
        Ok(Playground { viewer, performance })
    }

    /// Runs `ms` of virtual time, but stops after `budget_ms` of real time. Returns the virtual milliseconds done.
    pub fn advance(&mut self, ms: f64, budget_ms: f64) -> f64 {
        let until = self.performance.now() + budget_ms;
        let before = self.viewer.now();
        let performance = &self.performance;
        self.viewer.advance(span(ms), &mut || performance.now() >= until);
        millis(self.viewer.now().since(before))
    }

    /// Runs until the next event, or the next cause, has happened. `false` if none came within ten virtual minutes.
    pub fn step(&mut self, cause_only: bool) -> bool {
        self.viewer.step(cause_only)
    }

    /// Virtual milliseconds since the beginning.
    pub fn now_ms(&self) -> f64 {
        millis(self.viewer.now().since(Time::ZERO))
    }

    /// The numbers of this moment, by `layout()`: a view on the engine's memory, valid until the next call.
    pub fn frame(&mut self) -> Float64Array {
        // Sound as long as the engine is not called while the view is used: that is what the documentation says.
        unsafe { Float64Array::view(self.viewer.frame()) }
    }

    /// Changes when `labels()` does.
    pub fn revision(&self) -> f64 {
        self.viewer.revision() as f64
    }

    /// Names of everything, and what the scenario is about.
    #[wasm_bindgen(unchecked_return_type = "Labels")]
    pub fn labels(&self) -> JsValue {
        let labels = self.viewer.labels();
        let nodes = labels
            .nodes
            .iter()
            .map(|(name, ip, port)| Map::new().text("name", name).text("ip", ip).number("port", (*port).into()).done());
        let links = labels
            .links
            .iter()
            .map(|(a, b, name)| Map::new().number("a", *a as f64).number("b", *b as f64).text("name", name).done());
        let clients =
            labels.clients.iter().map(|(name, to)| Map::new().text("name", name).number("to", *to as f64).done());
        Map::new()
            .text("title", &labels.title)
            .text("question", &labels.question)
            .text("story", &labels.story)
            .number("seed", labels.seed as f64)
            .number("duration_ms", labels.duration_ms as f64)
            .maybe("pause_at_ms", labels.pause_at_ms.map(|ms| ms as f64))
            .value("nodes", list(nodes))
            .value("links", list(links))
            .value("clients", list(clients))
            .done()
    }

    /// The answer strip.
    #[wasm_bindgen(unchecked_return_type = "Verdict")]
    pub fn verdict(&self) -> JsValue {
        let answer = self.viewer.answer();
        Map::new()
            .text("level", word(answer.level))
            .text("mark", answer.mark)
            .text("headline", &answer.headline)
            .text("detail", &answer.detail)
            .number("node", answer.node as f64)
            .done()
    }

    /// A card of text for each node.
    #[wasm_bindgen(unchecked_return_type = "NodeRow[]")]
    pub fn node_rows(&self) -> JsValue {
        list(self.viewer.node_rows().iter().enumerate().map(|(node, row)| {
            Map::new()
                .text("name", self.viewer.name(node))
                .text("role", row.role)
                .text("state_word", row.state_word)
                .text("level", word(row.level))
                .value("lines", texts(&row.lines))
                .text("next", &row.next)
                .done()
        }))
    }

    /// A card of text for each link.
    #[wasm_bindgen(unchecked_return_type = "LinkRow[]")]
    pub fn link_rows(&self) -> JsValue {
        list(self.viewer.link_rows().iter().map(|row| {
            let countdowns = row.countdowns.iter().map(|countdown| {
                Map::new().text("label", &countdown.label).number("seconds", countdown.after.as_secs_f64()).done()
            });
            Map::new()
                .text("name", &row.name)
                .text("level", word(row.level))
                .text("state_word", row.state_word)
                .value("lines", texts(&row.lines))
                .value("countdowns", list(countdowns))
                .done()
        }))
    }

    /// The offset ruler.
    #[wasm_bindgen(unchecked_return_type = "Ruler")]
    pub fn ruler(&self) -> JsValue {
        let ruler = self.viewer.ruler();
        let markers = ruler.markers.iter().map(|marker| {
            Map::new()
                .number("node", marker.node as f64)
                .text("name", self.viewer.name(marker.node))
                .number("offset", marker.offset as f64)
                .maybe("ack_offset", marker.ack_offset.map(|offset| offset as f64))
                .maybe("slack_bytes", marker.slack_bytes.map(|bytes| bytes as f64))
                .maybe("slack_seconds", marker.slack_s)
                .number("behind_bytes", marker.behind as f64)
                .text("level", word(marker.level))
                .flag("attached", marker.attached)
                .flag("pinned", marker.pinned)
                .done()
        });
        Map::new()
            .text("history", &ruler.history)
            .number("node", ruler.node as f64)
            .number("first_byte", ruler.first_byte as f64)
            .number("histlen", ruler.histlen as f64)
            .number("size", ruler.size as f64)
            .number("head", ruler.head as f64)
            .number("rate_bytes_per_s", ruler.rate as f64)
            .flag("cliff_pinned", ruler.cliff_pinned)
            .value("markers", list(markers))
            .done()
    }

    /// At most `max` events after number `since_seq`, the oldest first.
    #[wasm_bindgen(unchecked_return_type = "EventRow[]")]
    pub fn events(&self, since_seq: f64, max: u32) -> JsValue {
        list(self.viewer.events(since_seq as u64, max as usize).iter().map(|row| {
            Map::new()
                .number("seq", row.seq as f64)
                .number("time_ms", millis(row.time.since(Time::ZERO)))
                .number("node", row.node as f64)
                .number("peer", row.peer as f64)
                .number("link", row.link as f64)
                .number("client", row.client as f64)
                .text("kind", row.kind)
                .flag("cause", row.cause)
                .text("level", word(row.level))
                .text("text", &row.text)
                .done()
        }))
    }

    /// What INFO of the node says: a section, or everything if `section` is empty.
    pub fn info(&self, node: u32, section: &str) -> String {
        self.viewer.info(node as usize, section)
    }

    /// Everything about a node: belief and truth, histories, offsets.
    #[wasm_bindgen(unchecked_return_type = "Section[]")]
    pub fn inspect_node(&self, node: u32) -> JsValue {
        sections(self.viewer.inspect_node(node as usize))
    }

    /// Everything about a link: settings, connections, bytes on their way.
    #[wasm_bindgen(unchecked_return_type = "Section[]")]
    pub fn inspect_link(&self, link: u32) -> JsValue {
        sections(self.viewer.inspect_link(link as usize))
    }

    /// CONFIG GET * of the node.
    #[wasm_bindgen(unchecked_return_type = "[string, string][]")]
    pub fn config(&self, node: u32) -> JsValue {
        list(self.viewer.config(node as usize).iter().map(|(name, value)| texts(&[name.clone(), value.clone()])))
    }

    /// Types a line at the node, as in redis-cli.
    pub fn console(&mut self, node: u32, line: &str) -> Result<(), JsValue> {
        self.viewer.console(node as usize, line).map_err(refusal)
    }

    /// What the console of the node shows after line number `since`.
    #[wasm_bindgen(unchecked_return_type = "ConsoleOutput")]
    pub fn console_output(&self, node: u32, since: f64) -> JsValue {
        let (next, lines) = self.viewer.console_output(node as usize, since as u64);
        let lines = lines.iter().map(|(kind, text)| Map::new().text("kind", kind).text("text", text).done());
        Map::new().number("next", next as f64).value("lines", list(lines)).done()
    }

    /// Does something to the world: an object as in the scenario's `actions`, without `at_ms`. Throws a `Refusal`.
    pub fn action(&mut self, action: JsValue) -> Result<(), JsValue> {
        self.viewer.act(&value(action)?).map_err(refusal)
    }

    /// What became of the writes of all load generators.
    #[wasm_bindgen(unchecked_return_type = "Writes")]
    pub fn writes(&self) -> JsValue {
        let writes = self.viewer.writes();
        let errors = writes
            .errors
            .iter()
            .map(|(text, count)| Map::new().text("text", text).number("count", *count as f64).done());
        let clients = writes.clients.iter().map(|client| {
            Map::new()
                .text("name", &client.name)
                .number("to", client.to as f64)
                .number("sent", client.sent as f64)
                .number("acknowledged", client.acknowledged as f64)
                .number("refused", client.refused as f64)
                .number("unanswered", client.unanswered as f64)
                .number("skipped", client.skipped as f64)
                .number("reads", client.reads as f64)
                .number("rate_per_s", client.rate_per_s as f64)
                .number("latency_mean_ms", client.latency_mean.as_secs_f64() * 1e3)
                .number("latency_max_ms", client.latency_max.as_secs_f64() * 1e3)
                .done()
        });
        Map::new()
            .number("sent", writes.sent as f64)
            .number("acknowledged", writes.acknowledged as f64)
            .number("refused", writes.refused as f64)
            .number("unanswered", writes.unanswered as f64)
            .value("errors", list(errors))
            .value("clients", list(clients))
            .done()
    }

    /// A number in hexadecimal that two runs share only if everything happened alike in both.
    pub fn digest(&self) -> String {
        self.viewer.digest()
    }
}

/// A scenario or an action as an untyped tree. Read without serde, which would weigh as much as the whole view.
fn value(from: JsValue) -> Result<Value, JsValue> {
    tree(&from, 0).map_err(|found| refusal(SpecError::new("", "plain data", found)))
}

/// Reads a value that is nested this deep; the error says what was found that is not plain data.
fn tree(from: &JsValue, depth: u8) -> Result<Value, String> {
    if depth > Value::DEEPEST {
        return Err("values that are nested too deep".into());
    }
    if from.is_null() || from.is_undefined() {
        return Ok(Value::Null);
    }
    if let Some(value) = from.as_bool() {
        return Ok(Value::Bool(value));
    }
    if let Some(number) = from.as_f64() {
        return Ok(Value::Number(number));
    }
    if let Some(text) = from.as_string() {
        return Ok(Value::Text(text));
    }
    if Array::is_array(from) {
        let array: &Array = from.unchecked_ref();
        let mut items = Vec::new();
        for index in 0..array.length() {
            items.push(tree(&array.get(index), depth + 1)?);
        }
        return Ok(Value::List(items));
    }
    if !from.is_object() {
        return Err(["a ", &*from.js_typeof().as_string().unwrap_or_default()].concat());
    }
    let mut fields = Vec::new();
    let entries = Object::entries(from.unchecked_ref());
    for index in 0..entries.length() {
        let entry: Array = entries.get(index).unchecked_into();
        fields.push((entry.get(0).as_string().unwrap_or_default(), tree(&entry.get(1), depth + 1)?));
    }
    Ok(Value::Map(fields))
}

/// An `Error` with the place, what was expected and what was found.
fn refusal(error: SpecError) -> JsValue {
    let thrown = Error::new(&error.to_string());
    for (key, text) in [("path", error.path), ("expected", error.expected), ("found", error.found)] {
        let _ = Reflect::set(&thrown, &key.into(), &text.into());
    }
    thrown.into()
}

/// An object under construction.
struct Map(Object);

impl Map {
    fn new() -> Map {
        Map(Object::new())
    }

    fn value(self, key: &str, value: JsValue) -> Map {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&self.0, &key.into(), &value);
        self
    }

    fn text(self, key: &str, text: &str) -> Map {
        self.value(key, text.into())
    }

    fn number(self, key: &str, number: f64) -> Map {
        self.value(key, number.into())
    }

    fn maybe(self, key: &str, number: Option<f64>) -> Map {
        self.value(key, number.map_or(JsValue::UNDEFINED, JsValue::from))
    }

    fn flag(self, key: &str, flag: bool) -> Map {
        self.value(key, flag.into())
    }

    fn done(self) -> JsValue {
        self.0.into()
    }
}

fn list(items: impl Iterator<Item = JsValue>) -> JsValue {
    let array = Array::new();
    items.for_each(|item| {
        array.push(&item);
    });
    array.into()
}

fn texts(lines: &[String]) -> JsValue {
    list(lines.iter().map(|line| line.as_str().into()))
}

fn sections(sections: Vec<Section>) -> JsValue {
    list(sections.iter().map(|section| {
        let rows = list(section.rows.iter().map(|row| texts(row)));
        Map::new().text("title", &section.title).text("note", &section.note).value("rows", rows).done()
    }))
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Risk => "risk",
        Level::Lost => "lost",
        Level::Down => "down",
        Level::Snapshot => "snapshot",
    }
}

fn span(ms: f64) -> Span {
    // A cast of a float saturates: below zero and NaN become 0.
    Span((ms * 1e6) as u64)
}

fn millis(span: Span) -> f64 {
    span.as_secs_f64() * 1e3
}
