//! What a page gets, as JSON texts; the types of the same names are declared in `wasm`. Field names follow JavaScript's
//! needs here and nowhere else. Ids are indices, -1 for none.

use super::checks::describe;
use super::export::numbers;
use super::frame;
use super::hindsight::{FateReport, unavoidable};
use super::inspect::{Section, directives as all_directives};
use super::json::Json;
use super::viewer::{EventRow, Viewer};
use crate::base::{LinkId, Time};
use crate::run::checker::Check;
use crate::run::finding::Level;
use crate::run::no_return::Since;

/// Most frames that one call hands out.
const MOST_FRAMES: usize = 40;
/// Nanoseconds of a millisecond and of a second.
const MS: u64 = 1_000_000;
const S: u64 = 1_000_000_000;

/// The names of the numbers in a frame, and where they are.
pub fn layout() -> String {
    let layout = frame::layout();
    let mut json = Json::default();
    json.begin();
    let [header, node, link] = [("header", layout.header), ("node", layout.node), ("link", layout.link)];
    let parts = [header, node, link, ("message", layout.message), ("carried", layout.carried)];
    for (part, names) in &parts {
        json.name(part).begin();
        for (place, name) in names.iter().enumerate() {
            json.count(name, place as u64);
        }
        json.count("stride", names.len() as u64).end();
    }
    json.end();
    json.done()
}

/// Every directive: name, default, help, and whether CONFIG SET may change it.
pub fn directives() -> String {
    let mut json = Json::default();
    json.begin_list();
    for row in all_directives() {
        json.begin().text("name", row.name).text("default", &row.default).text("help", row.help);
        json.flag("mutable", row.mutable).flag("inert", row.inert).end();
    }
    json.end_list();
    json.done()
}

/// Names of everything, and what the scenario is about.
pub fn labels(viewer: &Viewer) -> String {
    let labels = viewer.labels();
    let mut json = Json::default();
    json.begin().text("title", &labels.title).text("question", &labels.question).text("story", &labels.story);
    json.count("seed", labels.seed).count("duration_ms", labels.duration_ms);
    if let Some(ms) = labels.pause_at_ms {
        json.count("pause_at_ms", ms);
    }
    json.name("nodes").begin_list();
    for (name, ip, port) in &labels.nodes {
        json.begin().text("name", name).text("ip", ip).count("port", u64::from(*port)).end();
    }
    json.end_list().name("links").begin_list();
    for (a, b, name) in &labels.links {
        json.begin().count("a", *a as u64).count("b", *b as u64).text("name", name).end();
    }
    json.end_list().name("clients").begin_list();
    for (name, to) in &labels.clients {
        json.begin().text("name", name).count("to", *to as u64).end();
    }
    json.end_list().end();
    json.done()
}

/// The answer strip.
pub fn verdict(viewer: &Viewer) -> String {
    let answer = viewer.answer();
    let mut json = Json::default();
    json.begin().text("level", word(answer.level)).text("mark", answer.mark).text("headline", &answer.headline);
    json.text("detail", &answer.detail).count("node", answer.node as u64).end();
    json.done()
}

/// A card for each node.
pub fn node_rows(viewer: &Viewer) -> String {
    let mut json = Json::default();
    json.begin_list();
    for (node, row) in viewer.node_rows().iter().enumerate() {
        json.begin().text("name", viewer.name(node)).text("role", row.role).text("state_word", row.state_word);
        json.text("level", word(row.level)).name("lines").row(&row.lines).text("next", &row.next).end();
    }
    json.end_list();
    json.done()
}

/// A card for each link.
pub fn link_rows(viewer: &Viewer) -> String {
    let mut json = Json::default();
    json.begin_list();
    for row in &viewer.link_rows() {
        json.begin().text("name", &row.name).text("level", word(row.level)).text("state_word", row.state_word);
        json.name("lines").row(&row.lines).name("countdowns").begin_list();
        for countdown in &row.countdowns {
            json.begin().text("label", &countdown.label).time("seconds", countdown.after.0, S).end();
        }
        json.end_list().end();
    }
    json.end_list();
    json.done()
}

/// The offset ruler.
pub fn ruler(viewer: &Viewer) -> String {
    let ruler = viewer.ruler();
    let mut json = Json::default();
    json.begin().text("history", &ruler.history).count("node", ruler.node as u64);
    json.int("first_byte", ruler.first_byte).count("histlen", ruler.histlen).count("size", ruler.size);
    json.int("head", ruler.head).count("rate_bytes_per_s", ruler.rate).flag("cliff_pinned", ruler.cliff_pinned);
    json.name("markers").begin_list();
    for marker in &ruler.markers {
        json.begin().count("node", marker.node as u64).text("name", viewer.name(marker.node));
        json.int("offset", marker.offset);
        if let Some(offset) = marker.ack_offset {
            json.int("ack_offset", offset);
        }
        if let Some(bytes) = marker.slack_bytes {
            json.count("slack_bytes", bytes);
        }
        if let Some(span) = marker.slack {
            json.time("slack_seconds", span.0, S);
        }
        json.count("behind_bytes", marker.behind).text("level", word(marker.level));
        json.flag("attached", marker.attached).flag("pinned", marker.pinned).end();
    }
    json.end_list().end();
    json.done()
}

/// At most `max` events after number `since`, the oldest first.
pub fn events(viewer: &Viewer, since: u64, max: usize) -> String {
    let mut json = Json::default();
    json.begin_list();
    for row in &viewer.events(since, max) {
        event(&mut json, row).end();
    }
    json.end_list();
    json.done()
}

/// The same events with their numbers by name.
pub fn trace(viewer: &Viewer, since: u64, max: usize) -> String {
    let mut json = Json::default();
    json.begin_list();
    let kinds = viewer.run().world().log().since(since);
    for (row, known) in viewer.events(since, max).iter().zip(kinds) {
        event(&mut json, row).name("numbers").begin();
        numbers(&known.kind, &mut json);
        json.end().end();
    }
    json.end_list();
    json.done()
}

/// An event, up to where its object ends.
fn event<'a>(json: &'a mut Json, row: &EventRow) -> &'a mut Json {
    json.begin().count("seq", row.seq).time("time_ms", row.time.since(Time::ZERO).0, MS);
    json.int("node", row.node).int("peer", row.peer).int("link", row.link).int("client", row.client);
    json.text("kind", row.kind).flag("cause", row.cause).text("level", word(row.level)).text("text", &row.text)
}

/// Tables of a node or a link.
pub fn sections(sections: &[Section]) -> String {
    let mut json = Json::default();
    json.begin_list();
    for section in sections {
        json.begin().text("title", &section.title).text("note", &section.note);
        json.name("rows").table(&section.rows).end();
    }
    json.end_list();
    json.done()
}

/// The first frames of the stream under way on a link, to be chosen from.
pub fn frames(viewer: &Viewer, link: u32) -> String {
    let mut json = Json::default();
    json.begin_list();
    for frame in viewer.run().world().frames(LinkId(link)).iter().take(MOST_FRAMES) {
        json.begin().int("start", frame.start).int("end", frame.end);
        json.time("arrives_ms", frame.arrives_at.since(Time::ZERO).0, MS).flag("lost", frame.lost).end();
    }
    json.end_list();
    json.done()
}

/// CONFIG GET * of a node.
pub fn config(viewer: &Viewer, node: usize) -> String {
    let mut json = Json::default();
    json.begin_list();
    for (name, value) in viewer.config(node) {
        json.row(&[name, value]);
    }
    json.end_list();
    json.done()
}

/// What the console of a node shows after line number `since`.
pub fn console_output(viewer: &Viewer, node: usize, since: u64) -> String {
    let (next, lines) = viewer.console_output(node, since);
    let mut json = Json::default();
    json.begin().count("next", next).name("lines").begin_list();
    for (kind, text) in lines {
        json.begin().text("kind", kind).text("text", text).end();
    }
    json.end_list().end();
    json.done()
}

/// What became of the writes of all load generators.
pub fn writes(viewer: &Viewer) -> String {
    let writes = viewer.writes();
    let mut json = Json::default();
    json.begin().count("sent", writes.sent).count("acknowledged", writes.acknowledged);
    json.count("refused", writes.refused).count("unanswered", writes.unanswered).name("errors").begin_list();
    for (text, count) in &writes.errors {
        json.begin().text("text", text).count("count", *count).end();
    }
    json.end_list().name("clients").begin_list();
    for client in &writes.clients {
        json.begin().text("name", &client.name).count("to", client.to as u64);
        json.count("sent", client.sent).count("acknowledged", client.acknowledged);
        json.count("refused", client.refused).count("unanswered", client.unanswered);
        json.count("skipped", client.skipped).count("reads", client.reads).count("rate_per_s", client.rate_per_s);
        json.time("latency_mean_ms", client.latency_mean.0, MS).time("latency_max_ms", client.latency_max.0, MS).end();
    }
    json.end_list().end();
    json.done()
}

/// The points of no return that were found, and whether there is more to search.
pub fn no_returns(viewer: &Viewer, done: bool) -> String {
    let mut json = Json::default();
    json.begin().flag("done", done).name("found").begin_list();
    for found in viewer.no_returns() {
        let Some(text) = unavoidable(found) else { continue };
        json.begin().count("seq", found.seq).time("time_ms", found.time.0, MS);
        json.count("node", u64::from(found.replica.0));
        if let Since::At(since) = found.since {
            json.time("since_ms", since.0, MS);
        }
        json.text("text", &text).end();
    }
    json.end_list().end();
    json.done()
}

/// How each invariant is, as far as the run is checked, and whether that is up to here.
pub fn lights(viewer: &Viewer, done: bool) -> String {
    let mut json = Json::default();
    let checked = viewer.checked();
    json.begin().flag("done", done).time("checked_ms", checked.map_or(0, |it| it.place().moment.time.0), MS);
    json.name("lights").begin_list();
    for check in Check::ALL {
        let Some(checked) = checked else { break };
        let light = checked.checker().light(check);
        // That nothing panics is tried by everything that happens.
        let (tried, since) = match check {
            Check::Panics => (checked.world().happenings(), Some(Time::ZERO)),
            _ => (light.tried, light.since),
        };
        json.begin().text("name", check.name()).count("tried", tried);
        if let Some(since) = since {
            json.time("since_ms", since.0, MS);
        }
        if let Some(violation) = &light.broken {
            json.name("broken").begin().time("time_ms", violation.time.0, MS);
            json.text("text", &describe(checked.world(), &violation.breach));
            for (name, node) in ["node", "other"].iter().zip(violation.breach.nodes()) {
                json.int(name, node.map_or(-1, |node| i64::from(node.0)));
            }
            json.end();
        }
        json.end();
    }
    json.end_list().end();
    json.done()
}

/// What became of every write.
pub fn fates(report: &FateReport) -> String {
    let mut json = Json::default();
    json.begin().flag("done", report.done).time("traced_ms", report.traced, MS);
    let counts = report.counts;
    json.count("safe", counts.safe).count("at_risk", counts.at_risk).count("lost", counts.lost);
    json.count("unknown", counts.unknown);
    for (name, rows) in [("lost_rows", &report.lost), ("at_risk_rows", &report.at_risk)] {
        json.name(name).begin_list();
        for row in rows {
            json.begin().time("time_ms", row.time.0, MS).text("command", &row.command).text("client", &row.client);
            json.int("offset", row.offset).text("place", &row.place).end();
        }
        json.end_list();
    }
    json.end();
    json.done()
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
