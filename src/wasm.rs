//! The roof: the skin for a page. Turns calls of JavaScript into calls of [`Viewer`] and plain data into objects. No
//! decision is made here that a native test could not reach.
//!
//! Numbers cross once a frame as a view on one array; everything else is text, fetched when it is shown, as JSON that is
//! parsed on the other side. 64-bit numbers cross as `number`, exact up to 2^53.

use std::cell::RefCell;

use js_sys::{Array, Error, Float64Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::base::{Span, Time};
use crate::run::{Place, Value};
use crate::view::page;
use crate::view::viewer::Viewer;
use crate::world::{Moment, SpecError};

// As fast as the one of the standard library here, and three kilobytes lighter.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// The types of what crosses.
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
  carried: Record<string, number>;
}
export interface Directive {
  name: string; default: string; help: string;
  /** CONFIG SET may change it. */
  mutable: boolean;
  /** It is kept, and nothing in the engine depends on it. */
  inert: boolean;
}
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
export interface TracedEvent extends EventRow { numbers: Record<string, number> }
export interface Section { title: string; note: string; rows: string[][] }
export interface FrameUnderWay { start: number; end: number; arrives_ms: number; lost: boolean }
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
export interface NoReturn {
  /** Number of the event that demanded the full resync, and when that was. */
  seq: number; time_ms: number;
  /** The replica. */
  node: number;
  /** From when on it was unavoidable; undefined if no end of faults would have avoided it. */
  since_ms: number | undefined;
  text: string;
}
export interface NoReturns { done: boolean; found: NoReturn[] }
export interface Breach {
  time_ms: number; text: string;
  /** The node at fault and another that it is about; -1 for none. */
  node: number; other: number;
}
/** How an invariant is, as far as the run is checked. */
export interface Light {
  name: string;
  /** How often it was put to the test, and when it was first. */
  tried: number; since_ms: number | undefined;
  /** Where it was broken first, if it was. */
  broken: Breach | undefined;
}
export interface Lights { done: boolean; checked_ms: number; lights: Light[] }
export interface FateRow { time_ms: number; command: string; client: string; offset: number; place: string }
export interface Fates {
  done: boolean; traced_ms: number;
  safe: number; at_risk: number; lost: number;
  /** Older ones that are no longer kept one by one, and are not all safe. */
  unknown: number;
  lost_rows: FateRow[]; at_risk_rows: FateRow[];
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
    parsed(&page::layout())
}

/// Every directive: name, default, help, and whether CONFIG SET may change it.
#[wasm_bindgen(unchecked_return_type = "Directive[]")]
pub fn directives() -> JsValue {
    parsed(&page::directives())
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
        let performance = &self.performance;
        // A cast of a float saturates: below zero and NaN become 0.
        millis(self.viewer.advance(Span((ms * 1e6) as u64), &mut || performance.now() >= until))
    }

    /// Runs until the next event, or the next cause, has happened. Stays, and says `false`, if none comes within ten
    /// virtual minutes.
    pub fn step(&mut self, cause_only: bool) -> bool {
        self.viewer.step(cause_only)
    }

    /// Goes back to where the last event before this moment, or the last cause, had just happened. `false` if there was
    /// none: then it stands at the beginning.
    pub fn step_back(&mut self, cause_only: bool) -> bool {
        self.viewer.step_back(cause_only)
    }

    /// Goes to a place of the run, back or on: a time in virtual nanoseconds, happenings of that very time, and inputs that
    /// lie before. `Infinity` stands for all of them.
    pub fn go(&mut self, time_ns: f64, order: f64, inputs: f64) {
        // A cast of a float saturates: infinity becomes the largest number.
        let moment = Moment { time: Time(time_ns as u64), order: order as u32 };
        self.viewer.seek(Place { moment, inputs: inputs as usize });
    }

    /// Where the run stands, as `go` takes it; behind that the last place that was reached, and the number of the latest
    /// event: seven numbers.
    pub fn place(&self) -> Vec<f64> {
        let run = self.viewer.run();
        let (here, end) = (run.place(), run.end());
        let latest = run.world().log().count(false) as f64;
        let time = |at: Place| at.moment.time.0 as f64;
        let (order, end_order) = (f64::from(here.moment.order), f64::from(end.moment.order));
        [time(here), order, here.inputs as f64, time(end), end_order, end.inputs as f64, latest].to_vec()
    }

    /// Another run with the same past, to go on in another way.
    pub fn fork(&self) -> Playground {
        Playground { viewer: self.viewer.fork(), performance: self.performance.clone() }
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

    /// The messages that were on their way at `from_ms` or later, by `layout().carried`, the oldest first; before them one
    /// number, the milliseconds since which all are kept. A view as that of `frame`. From the first call on messages are
    /// recorded, until `forget_messages`.
    pub fn messages(&mut self, from_ms: f64) -> Float64Array {
        unsafe { Float64Array::view(self.viewer.messages(Time((from_ms * 1e6) as u64))) }
    }

    /// Records no messages any longer.
    pub fn forget_messages(&mut self) {
        self.viewer.forget_messages();
    }

    /// Everything about a message of the last call of `messages`.
    #[wasm_bindgen(unchecked_return_type = "Section[]")]
    pub fn inspect_message(&self, number: f64) -> JsValue {
        parsed(&page::sections(&self.viewer.inspect_message(number as u64)))
    }

    /// What such a message says, in one line.
    pub fn message_summary(&self, number: f64) -> String {
        self.viewer.message_summary(number as u64)
    }

    /// The first bytes of such a message.
    pub fn message_bytes(&self, number: f64) -> Vec<u8> {
        self.viewer.message_bytes(number as u64)
    }

    /// Changes when `labels()` does.
    pub fn revision(&self) -> f64 {
        self.viewer.revision() as f64
    }

    /// Names of everything, and what the scenario is about.
    #[wasm_bindgen(unchecked_return_type = "Labels")]
    pub fn labels(&self) -> JsValue {
        parsed(&page::labels(&self.viewer))
    }

    /// The answer strip.
    #[wasm_bindgen(unchecked_return_type = "Verdict")]
    pub fn verdict(&self) -> JsValue {
        parsed(&page::verdict(&self.viewer))
    }

    /// A card of text for each node.
    #[wasm_bindgen(unchecked_return_type = "NodeRow[]")]
    pub fn node_rows(&self) -> JsValue {
        parsed(&page::node_rows(&self.viewer))
    }

    /// A card of text for each link.
    #[wasm_bindgen(unchecked_return_type = "LinkRow[]")]
    pub fn link_rows(&self) -> JsValue {
        parsed(&page::link_rows(&self.viewer))
    }

    /// The offset ruler.
    #[wasm_bindgen(unchecked_return_type = "Ruler")]
    pub fn ruler(&self) -> JsValue {
        parsed(&page::ruler(&self.viewer))
    }

    /// At most `max` events after number `since_seq`, the oldest first.
    #[wasm_bindgen(unchecked_return_type = "EventRow[]")]
    pub fn events(&self, since_seq: f64, max: u32) -> JsValue {
        parsed(&page::events(&self.viewer, since_seq as u64, max as usize))
    }

    /// The same events with their numbers by name, for a trace.
    #[wasm_bindgen(unchecked_return_type = "TracedEvent[]")]
    pub fn trace(&self, since_seq: f64, max: u32) -> JsValue {
        parsed(&page::trace(&self.viewer, since_seq as u64, max as usize))
    }

    /// What INFO of the node says: a section, or everything if `section` is empty.
    pub fn info(&self, node: u32, section: &str) -> String {
        self.viewer.info(node as usize, section)
    }

    /// Everything about a node: belief and truth, histories, offsets.
    #[wasm_bindgen(unchecked_return_type = "Section[]")]
    pub fn inspect_node(&self, node: u32) -> JsValue {
        parsed(&page::sections(&self.viewer.inspect_node(node as usize)))
    }

    /// Everything about a link: settings, connections, bytes on their way.
    #[wasm_bindgen(unchecked_return_type = "Section[]")]
    pub fn inspect_link(&self, link: u32) -> JsValue {
        parsed(&page::sections(&self.viewer.inspect_link(link as usize)))
    }

    /// The first frames of the stream under way on a link of transport textbook, in the order of their arrival.
    #[wasm_bindgen(unchecked_return_type = "FrameUnderWay[]")]
    pub fn frames(&self, link: u32) -> JsValue {
        parsed(&page::frames(&self.viewer, link))
    }

    /// CONFIG GET * of the node.
    #[wasm_bindgen(unchecked_return_type = "[string, string][]")]
    pub fn config(&self, node: u32) -> JsValue {
        parsed(&page::config(&self.viewer, node as usize))
    }

    /// Types a line at the node, as in redis-cli.
    pub fn console(&mut self, node: u32, line: &str) -> Result<(), JsValue> {
        self.viewer.console(node as usize, line).map_err(refusal)
    }

    /// What the console of the node shows after line number `since`.
    #[wasm_bindgen(unchecked_return_type = "ConsoleOutput")]
    pub fn console_output(&self, node: u32, since: f64) -> JsValue {
        parsed(&page::console_output(&self.viewer, node as usize, since as u64))
    }

    /// Does something to the world: an object as in the scenario's `actions`, without `at_ms`. Throws a `Refusal`.
    pub fn action(&mut self, action: JsValue) -> Result<(), JsValue> {
        self.viewer.act(&value(action)?).map_err(refusal)
    }

    /// What became of the writes of all load generators.
    #[wasm_bindgen(unchecked_return_type = "Writes")]
    pub fn writes(&self) -> JsValue {
        parsed(&page::writes(&self.viewer))
    }

    /// Searches the points of no return of the full resyncs so far for `budget_ms` of real time, and says what is found.
    #[wasm_bindgen(unchecked_return_type = "NoReturns")]
    pub fn no_returns(&mut self, budget_ms: f64) -> JsValue {
        let until = self.performance.now() + budget_ms;
        let performance = &self.performance;
        let done = self.viewer.search(&mut || performance.now() >= until);
        parsed(&page::no_returns(&self.viewer, done))
    }

    /// Traces what became of every write for `budget_ms` of real time, and says how it stands.
    #[wasm_bindgen(unchecked_return_type = "Fates")]
    pub fn fates(&mut self, budget_ms: f64) -> JsValue {
        let until = self.performance.now() + budget_ms;
        let performance = &self.performance;
        parsed(&page::fates(&self.viewer.fates(&mut || performance.now() >= until)))
    }

    /// Checks for `budget_ms` of real time what must hold in every run, up to where this one stands, and says how it is.
    #[wasm_bindgen(unchecked_return_type = "Lights")]
    pub fn lights(&mut self, budget_ms: f64) -> JsValue {
        let until = self.performance.now() + budget_ms;
        let performance = &self.performance;
        let done = self.viewer.check(&mut || performance.now() >= until);
        parsed(&page::lights(&self.viewer, done))
    }

    /// A number in hexadecimal that two runs share only if everything happened alike in both.
    pub fn digest(&self) -> String {
        self.viewer.digest()
    }
}

/// Text that this crate wrote itself, as an object.
fn parsed(json: &str) -> JsValue {
    JSON::parse(json).unwrap_or(JsValue::UNDEFINED)
}

/// A scenario or an action as an untyped tree. Read without serde, which would weigh as much as the whole view.
fn value(from: JsValue) -> Result<Value, JsValue> {
    tree(&from, 0).map_err(|found| refusal(SpecError::new("", "plain data", &found)))
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
    for (key, text) in [("path", &error.path), ("expected", &error.expected), ("found", &error.found)] {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&thrown, &key.into(), &text.into());
    }
    thrown.into()
}

fn millis(span: Span) -> f64 {
    span.as_secs_f64() * 1e3
}
