//! What a page gets, as JSON texts; the types of the same names are declared in `wasm`. Field names follow JavaScript's
//! needs here and nowhere else. Ids are indices, -1 for none.

use super::frame;
use super::inspect::{Section, directives as all_directives};
use super::json::Json;
use super::viewer::Viewer;
use crate::base::Time;
use crate::run::finding::Level;

/// Nanoseconds of a millisecond and of a second.
const MS: u64 = 1_000_000;
const S: u64 = 1_000_000_000;

/// The names of the numbers in a frame, and where they are.
pub fn layout() -> String {
    let places = |json: &mut Json, names: &[&str]| {
        for (place, name) in names.iter().enumerate() {
            json.count(name, place as u64);
        }
        json.count("stride", names.len() as u64);
    };
    let layout = frame::layout();
    Json::object(|json| {
        json.nested("header", |json| places(json, &layout.header))
            .nested("node", |json| places(json, &layout.node))
            .nested("link", |json| places(json, &layout.link))
            .nested("message", |json| places(json, &layout.message));
    })
}

/// Every directive: name, default, help, and whether CONFIG SET may change it.
pub fn directives() -> String {
    Json::objects(all_directives(), |json, row| {
        json.text("name", row.name).text("default", &row.default).text("help", row.help);
        json.flag("mutable", row.mutable).flag("inert", row.inert);
    })
}

/// Names of everything, and what the scenario is about.
pub fn labels(viewer: &Viewer) -> String {
    let labels = viewer.labels();
    Json::object(|json| {
        json.text("title", &labels.title).text("question", &labels.question).text("story", &labels.story);
        json.count("seed", labels.seed).count("duration_ms", labels.duration_ms);
        if let Some(ms) = labels.pause_at_ms {
            json.count("pause_at_ms", ms);
        }
        json.list("nodes", &labels.nodes, |json, (name, ip, port)| {
            json.text("name", name).text("ip", ip).count("port", u64::from(*port));
        });
        json.list("links", &labels.links, |json, (a, b, name)| {
            json.count("a", *a as u64).count("b", *b as u64).text("name", name);
        });
        json.list("clients", &labels.clients, |json, (name, to)| {
            json.text("name", name).count("to", *to as u64);
        });
    })
}

/// The answer strip.
pub fn verdict(viewer: &Viewer) -> String {
    let answer = viewer.answer();
    Json::object(|json| {
        json.text("level", word(answer.level)).text("mark", answer.mark);
        json.text("headline", &answer.headline).text("detail", &answer.detail).count("node", answer.node as u64);
    })
}

/// A card for each node.
pub fn node_rows(viewer: &Viewer) -> String {
    Json::objects(viewer.node_rows().iter().enumerate(), |json, (node, row)| {
        json.text("name", viewer.name(node)).text("role", row.role).text("state_word", row.state_word);
        json.text("level", word(row.level)).texts("lines", &row.lines).text("next", &row.next);
    })
}

/// A card for each link.
pub fn link_rows(viewer: &Viewer) -> String {
    Json::objects(viewer.link_rows(), |json, row| {
        json.text("name", &row.name).text("level", word(row.level)).text("state_word", row.state_word);
        json.texts("lines", &row.lines);
        json.list("countdowns", row.countdowns, |json, countdown| {
            json.text("label", &countdown.label).time("seconds", countdown.after.0, S);
        });
    })
}

/// The offset ruler.
pub fn ruler(viewer: &Viewer) -> String {
    let ruler = viewer.ruler();
    Json::object(|json| {
        json.text("history", &ruler.history).count("node", ruler.node as u64);
        json.int("first_byte", ruler.first_byte).count("histlen", ruler.histlen).count("size", ruler.size);
        json.int("head", ruler.head).count("rate_bytes_per_s", ruler.rate).flag("cliff_pinned", ruler.cliff_pinned);
        json.list("markers", &ruler.markers, |json, marker| {
            json.count("node", marker.node as u64).text("name", viewer.name(marker.node)).int("offset", marker.offset);
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
            json.flag("attached", marker.attached).flag("pinned", marker.pinned);
        });
    })
}

/// At most `max` events after number `since`, the oldest first.
pub fn events(viewer: &Viewer, since: u64, max: usize) -> String {
    Json::objects(viewer.events(since, max), |json, row| {
        json.count("seq", row.seq).time("time_ms", row.time.since(Time::ZERO).0, MS);
        json.int("node", row.node).int("peer", row.peer).int("link", row.link).int("client", row.client);
        json.text("kind", row.kind).flag("cause", row.cause).text("level", word(row.level)).text("text", &row.text);
    })
}

/// Tables of a node or a link.
pub fn sections(sections: &[Section]) -> String {
    Json::objects(sections, |json, section| {
        json.text("title", &section.title).text("note", &section.note).table("rows", &section.rows);
    })
}

/// CONFIG GET * of a node.
pub fn config(viewer: &Viewer, node: usize) -> String {
    let rows: Vec<Vec<String>> = viewer.config(node).into_iter().map(|(name, value)| vec![name, value]).collect();
    Json::rows(&rows)
}

/// What the console of a node shows after line number `since`.
pub fn console_output(viewer: &Viewer, node: usize, since: u64) -> String {
    let (next, lines) = viewer.console_output(node, since);
    Json::object(|json| {
        json.count("next", next).list("lines", lines, |json, (kind, text)| {
            json.text("kind", kind).text("text", text);
        });
    })
}

/// What became of the writes of all load generators.
pub fn writes(viewer: &Viewer) -> String {
    let writes = viewer.writes();
    Json::object(|json| {
        json.count("sent", writes.sent).count("acknowledged", writes.acknowledged);
        json.count("refused", writes.refused).count("unanswered", writes.unanswered);
        json.list("errors", &writes.errors, |json, (text, count)| {
            json.text("text", text).count("count", *count);
        });
        json.list("clients", &writes.clients, |json, client| {
            json.text("name", &client.name).count("to", client.to as u64);
            json.count("sent", client.sent).count("acknowledged", client.acknowledged);
            json.count("refused", client.refused).count("unanswered", client.unanswered);
            json.count("skipped", client.skipped).count("reads", client.reads).count("rate_per_s", client.rate_per_s);
            json.time("latency_mean_ms", client.latency_mean.0, MS).time("latency_max_ms", client.latency_max.0, MS);
        });
    })
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
