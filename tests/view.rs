//! What the page gets, over every scenario of the catalogue: JSON that can be read, of the declared shape, with no sentence
//! left empty and no number out of place.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use psync_playground::base::{Span, Time};
use psync_playground::run::{Place, Value};
use psync_playground::view::frame::layout;
use psync_playground::view::page;
use psync_playground::view::viewer::Viewer;
use serde_json::Value as Json;

fn catalogue() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let scenarios = files.into_iter().filter(|file| !file.ends_with("index.json"));
    scenarios
        .map(|file| {
            let text = fs::read_to_string(&file).unwrap();
            (file.file_stem().unwrap().to_str().unwrap().into(), serde_json::from_str(&text).unwrap())
        })
        .collect()
}

fn read(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Runs every scenario and looks each half second.
fn look(mut see: impl FnMut(&str, &mut Viewer)) {
    for (name, scenario) in catalogue() {
        let mut viewer = Viewer::new(&scenario, None).unwrap();
        let end = viewer.labels().duration_ms.min(70_000);
        while viewer.now().as_millis() < end {
            viewer.advance(Span::from_millis(500), &mut || false);
            see(&name, &mut viewer);
        }
    }
}

#[test]
fn every_answer_is_readable_and_says_something() {
    look(|name, viewer| {
        let verdict = read(&page::verdict(viewer));
        for field in ["level", "mark", "headline", "detail"] {
            let text = verdict[field].as_str().unwrap();
            assert!(!text.is_empty() && !text.contains("{}") && !text.contains("  "), "{name}: {field} {text:?}");
        }
        let rows = read(&page::node_rows(viewer));
        for row in rows.as_array().unwrap() {
            assert!(row["lines"].as_array().unwrap().iter().all(|line| !line.as_str().unwrap().is_empty()), "{row}");
            assert!(!row["state_word"].as_str().unwrap().is_empty());
        }
        let links = read(&page::link_rows(viewer));
        assert_eq!(links.as_array().unwrap().len(), viewer.labels().links.len());
        for node in 0..viewer.labels().nodes.len() {
            read(&page::sections(&viewer.inspect_node(node)));
        }
        for link in 0..viewer.labels().links.len() {
            assert!(!read(&page::sections(&viewer.inspect_link(link))).as_array().unwrap().is_empty());
        }
        read(&page::labels(viewer));
        read(&page::writes(viewer));
    });
}

#[test]
fn a_marker_never_has_more_slack_than_writes_leave_it() {
    look(|name, viewer| {
        let ruler = read(&page::ruler(viewer));
        let head = ruler["head"].as_i64().unwrap();
        for marker in ruler["markers"].as_array().unwrap() {
            let (offset, behind) = (marker["offset"].as_i64().unwrap(), marker["behind_bytes"].as_i64().unwrap());
            assert!(offset <= head || marker["slack_bytes"] == 0, "{name}: {marker}");
            assert!(behind >= 0, "{name}: {marker}");
            let (Some(bytes), Some(seconds)) = (marker["slack_bytes"].as_f64(), marker["slack_seconds"].as_f64())
            else {
                continue;
            };
            assert!(seconds >= 0.0 && bytes >= 0.0, "{name}: {marker}");
        }
    });
}

#[test]
fn every_event_has_a_sentence_and_a_name() {
    let mut kinds = std::collections::BTreeSet::new();
    look(|name, viewer| {
        let since = viewer.run().world().log().count(false).saturating_sub(50);
        for event in viewer.events(since, 50) {
            assert!(!event.text.is_empty() && !event.text.contains("{}"), "{name}: {event:?}");
            assert!(!event.text.contains("  ") && !event.text.starts_with(' '), "{name}: {event:?}");
            kinds.insert(event.kind);
        }
    });
    assert!(kinds.len() >= 25, "the catalogue tells little: {kinds:?}");
}

#[test]
fn the_numbers_of_a_trace_are_those_of_the_sentences() {
    let mut named = std::collections::BTreeSet::new();
    look(|name, viewer| {
        let since = viewer.run().world().log().count(false).saturating_sub(30);
        let rows = read(&page::trace(viewer, since, 30));
        let events = read(&page::events(viewer, since, 30));
        for (row, event) in rows.as_array().unwrap().iter().zip(events.as_array().unwrap()) {
            assert!(event.as_object().unwrap().iter().all(|(field, value)| row[field] == *value), "{name}: {row}");
            let text = row["text"].as_str().unwrap().replace(',', "");
            for (field, number) in row["numbers"].as_object().unwrap() {
                named.insert(format!("{} {field}", row["kind"].as_str().unwrap()));
                let told = ["ack-sent", "loss-found", "gap-seen"].contains(&row["kind"].as_str().unwrap());
                assert!(!told || *number == 0 || text.contains(&number.to_string()), "{name}: {row}");
            }
        }
    });
    for number in ["ack-received behind_bytes", "full-required first_byte", "loss-found bytes", "timed-out silent_s"] {
        assert!(named.contains(number), "{number} is missing: {named:?}");
    }
}

#[test]
fn a_frame_is_as_long_as_its_layout_says() {
    let layout = layout();
    let place = |name: &str| layout.header.iter().position(|field| *field == name).unwrap();
    look(|name, viewer| {
        let frame = viewer.frame().to_vec();
        let number = |field: &str| frame[place(field)] as usize;
        assert_eq!(number("node_base"), layout.header.len());
        assert_eq!(number("link_base"), number("node_base") + number("nodes") * layout.node.len());
        assert_eq!(number("message_base"), number("link_base") + number("links") * layout.link.len());
        let end = number("message_base") + number("messages") * layout.message.len();
        assert_eq!(frame.len(), end, "{name}");
        assert!(frame.iter().all(|number| number.is_finite()), "{name}");
        let progress = layout.message.iter().position(|field| *field == "progress").unwrap();
        let messages = frame[number("message_base")..].chunks(layout.message.len());
        assert!(messages.map(|message| message[progress]).all(|part| (0.0..=1.0).contains(&part)), "{name}");
    });
    let text = page::layout();
    assert_eq!(read(&text)["node"]["stride"], layout.node.len());
    assert_eq!(
        read(&page::directives()).as_array().unwrap().iter().filter(|row| row["name"] == "repl-timeout").count(),
        1
    );
}

#[test]
fn hindsight_is_readable_and_of_the_moment() {
    let looked_at = ["late-write", "promotion"];
    for (name, scenario) in catalogue().into_iter().filter(|(name, _)| looked_at.contains(&name.as_str())) {
        let mut viewer = Viewer::new(&scenario, None).unwrap();
        viewer.advance(Span::from_millis(45_000), &mut || false);
        assert!(viewer.search(&mut || false), "{name}");
        let found = read(&page::no_returns(&viewer, true));
        for each in found["found"].as_array().unwrap() {
            assert!(each["text"].as_str().unwrap().contains(": "), "{name}: {each}");
            assert!(each["since_ms"].as_f64().is_none_or(|since| since <= each["time_ms"].as_f64().unwrap()), "{each}");
        }
        let fates = read(&page::fates(&viewer.fates(&mut || false)));
        assert_eq!(fates["done"], true, "{name}");
        let all: u64 = ["safe", "at_risk", "lost", "unknown"].map(|field| fates[field].as_u64().unwrap()).iter().sum();
        assert_eq!(all, viewer.writes().acknowledged, "{name}: every acknowledged write has a fate");
        let lost = fates["lost"].as_u64().unwrap();
        match name.as_str() {
            "late-write" => {
                let text = found["found"][0]["text"].as_str().unwrap();
                assert!(text.ends_with("it has bytes that its master's history does not have"), "{text}");
                assert!(lost > 90, "{lost}");
                assert!(fates["lost_rows"][0]["command"].as_str().unwrap().starts_with("SET key:"), "{fates}");
            }
            "promotion" => assert_eq!(lost, 0),
            _ => {}
        }
        // In a copy nothing is known of what its past does not have.
        viewer.seek(Place::after(Time::from_millis(5000)));
        let mut other = viewer.fork();
        assert_eq!(read(&page::no_returns(&other, true))["found"].as_array().unwrap().len(), 0, "{name}");
        assert_eq!(other.fates(&mut || false).counts.lost, 0, "{name}");
    }
}

#[test]
fn a_master_sees_its_replicas_as_their_last_acknowledgement_left_them() {
    let (_, scenario) = catalogue().into_iter().find(|(name, _)| name == "long-cut").unwrap();
    let mut viewer = Viewer::new(&scenario, None).unwrap();
    viewer.advance(Span::from_millis(12_000), &mut || false);
    let sections = viewer.inspect_node(0);
    let table = sections.iter().find(|section| section.title == "Belief and truth").unwrap();
    assert_eq!(table.rows[0], ["", "last ACK", "is at", "off by", "age"]);
    let number = |row: usize, column: usize| table.rows[row][column].replace(',', "").parse::<i64>().unwrap();
    for (row, name) in [(1, "replica-1"), (2, "replica-2")] {
        assert_eq!(table.rows[row][0], name);
        assert_eq!(number(row, 2) - number(row, 1), number(row, 3), "{name}");
    }
    // Cut off at 8 s, it was heard last before; the other is heard each second, and its ACK is older than it is now.
    assert!(table.rows[1][4].starts_with("4.") && number(2, 3) > 0, "{:?}", table.rows);
    assert!(number(2, 2) > number(1, 2) + 300_000, "{:?}", table.rows);
    // The replica's own inspector says the same of itself.
    let own = &viewer.inspect_node(1)[0];
    let row = own.rows.iter().find(|row| row[0] == "belief is off by").unwrap();
    assert!(row[1].starts_with(&table.rows[1][3]), "{row:?}");
}
