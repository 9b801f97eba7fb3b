//! The stories that are told in steps: what a step says has happened has happened by its moment, and every number that it
//! names is one that the page shows then, that an event had, or that the scenario sets.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use psync_playground::base::Span;
use psync_playground::run::{Place, Scenario, Value};
use psync_playground::view::page;
use psync_playground::view::viewer::Viewer;

/// Each story, and for each step the kinds of events between the step before and it that the text builds on.
const STORIES: [(&str, &[&[&str]]); 3] = [
    (
        "silent-drop",
        &[
            &["ping-sent", "ack-sent", "ack-received"],
            &["link-silenced"],
            &[],
            &[],
            &["timed-out", "replica-lost", "master-link-lost"],
            &["link-healed", "psync-asked", "partial-accepted", "partial-resynced"],
        ],
    ),
    (
        "frozen-replica",
        &[
            &["good-replicas-changed", "ack-received"],
            &["node-frozen"],
            &["good-replicas-changed", "writes-refused", "client-reply"],
            &[],
            &["node-resumed", "ack-received"],
            &["good-replicas-changed", "writes-refused", "client-reply"],
        ],
    ),
    (
        "lost-command",
        &[
            &["ack-received"],
            &["frame-lost"],
            &["gap-seen"],
            &["loss-found"],
            &["loss-repaired"],
            &["frame-lost", "loss-found"],
            &["frame-lost", "loss-found"],
            &["loss-repaired"],
        ],
    ),
];

fn story(id: &str) -> (String, Value) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("www/scenarios/{id}.json"));
    let text = fs::read_to_string(file).unwrap();
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

/// The numbers in a text, without separators of thousands.
fn numbers(text: &str) -> BTreeSet<String> {
    let plain = text.replace(',', "");
    plain
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .map(|word| word.trim_matches('.').to_owned())
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .collect()
}

/// Everything that can be read on the page at this moment, and the times of everything that happened.
fn shown(viewer: &mut Viewer) -> String {
    let mut all = vec![page::verdict(viewer), page::node_rows(viewer), page::link_rows(viewer), page::writes(viewer)];
    for node in 0..viewer.labels().nodes.len() {
        all.push(page::sections(&viewer.inspect_node(node)));
        all.push(viewer.info(node, ""));
        all.push(page::config(viewer, node));
    }
    for link in 0..viewer.labels().links.len() {
        all.push(page::sections(&viewer.inspect_link(link)));
    }
    all.extend(viewer.events(0, usize::MAX).into_iter().map(|row| row.text));
    all.push(times(viewer));
    all.join(" ")
}

/// When everything happened up to this moment, in seconds.
fn times(viewer: &Viewer) -> String {
    let tell = |ms: u64| format!("{}.{} {}.{:03}", ms / 1000, ms % 1000 / 100, ms / 1000, ms % 1000);
    let times = viewer.events(0, usize::MAX).into_iter().map(|row| tell(row.time.as_millis()));
    times.collect::<Vec<_>>().join(" ")
}

#[test]
fn what_a_step_says_is_so() {
    for (id, expected) in STORIES {
        let (text, value) = story(id);
        let scenario = Scenario::read(&value).unwrap();
        assert_eq!(scenario.steps.len(), expected.len(), "{id}");
        assert_eq!(scenario.pause_at, Some(scenario.steps[0].at), "{id}: the page opens at the first step");
        let (plan, _) = text.split_once("\"steps\"").unwrap();
        let mut known = numbers(plan);
        // What the plan says in milliseconds is told in seconds.
        let seconds = known.iter().filter_map(|ms| ms.parse::<f64>().ok()).map(|ms| format!("{:.1}", ms / 1000.0));
        let seconds: Vec<String> = seconds.collect();
        known.extend(seconds);
        let mut viewer = Viewer::new(&value, None).unwrap();
        let mut seq = 0;
        for (index, (step, kinds)) in scenario.steps.iter().zip(expected).enumerate() {
            viewer.seek(Place::after(step.at));
            let here = format!("{id}, step {} at {} ms", index + 1, step.at.as_millis());
            let happened: BTreeSet<&str> = viewer.events(seq, usize::MAX).iter().map(|row| row.kind).collect();
            for kind in *kinds {
                assert!(happened.contains(kind), "{here}: no {kind} since the step before: {happened:?}");
            }
            seq = viewer.run().world().log().count(false);
            let mut shown = numbers(&shown(&mut viewer));
            // What will happen within the next second may be told, too.
            viewer.seek(Place::after(step.at + Span::from_secs(1)));
            shown.extend(numbers(&times(&viewer)));
            let words = format!("{} {}", step.question, step.text).replace("Redis 5", "an old Redis");
            for number in numbers(&words) {
                let occurs = known.contains(&number) || shown.contains(&number);
                assert!(occurs, "{here}: the number {number} is not to be seen: {words}");
            }
            assert!(step.title.len() <= 40 && step.text.len() <= 340 && step.question.len() <= 140, "{here}: too long");
        }
    }
}

#[test]
fn the_three_purposes_stand_together_in_the_catalogue() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/scenarios/index.json");
    let catalogue: serde_json::Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let entries = catalogue.as_array().unwrap();
    let first = entries.iter().position(|entry| entry["id"] == STORIES[0].0).unwrap();
    for (at, (id, _)) in STORIES.iter().enumerate() {
        assert_eq!(entries[first + at]["id"], **id);
        assert_eq!(entries[first + at]["group"], entries[first]["group"]);
    }
    assert_eq!(entries.iter().filter(|entry| entry.get("group").is_some()).count(), STORIES.len());
}
