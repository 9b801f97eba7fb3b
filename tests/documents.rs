//! The documents stay true: their scenarios can be run, and the reference names every field and action that the engine
//! knows.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use psync_playground::run::{Run, Value};
use std::fs;
use std::path::Path;

#[test]
fn the_scenarios_in_the_documents_run() {
    for document in ["README.md", "docs/scenarios.md"] {
        let text = read(document);
        let mut blocks = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).peekable();
        assert!(blocks.peek().is_some(), "{document} has no scenario");
        for block in blocks {
            let value: Value = serde_json::from_str(block).unwrap_or_else(|error| panic!("{document}: {error}"));
            Run::read(&value, None).unwrap_or_else(|error| panic!("{document}: {error}"));
        }
    }
}

#[test]
fn the_reference_names_every_field() {
    let reference = read("docs/scenarios.md");
    let places = [
        r#"{"unknown": 1}"#,
        r#"{"nodes": [{"name": "a", "unknown": 1}]}"#,
        r#"{"nodes": [{"name": "a"}, {"name": "b"}], "links": [{"between": ["a", "b"], "unknown": 1}]}"#,
        r#"{"nodes": [{"name": "a"}], "clients": [{"name": "c", "to": "a", "unknown": 1}]}"#,
        r#"{"nodes": [{"name": "a"}], "actions": [{"at_ms": 1, "do": "unknown"}]}"#,
        r#"{"nodes": [{"name": "a"}], "steps": [{"at_ms": 1, "unknown": 1}]}"#,
    ];
    for scenario in places {
        let refused = Run::read(&serde_json::from_str(scenario).unwrap(), None).unwrap_err();
        let (_, known) = refused.expected.split_once(": ").unwrap();
        for field in known.split(", ") {
            assert!(
                reference.contains(&format!("`{field}`")),
                "docs/scenarios.md does not name {field} ({})",
                refused.path
            );
        }
    }
}

#[test]
fn the_guide_to_the_code_names_what_is_there() {
    let readme = read("README.md");
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.contains(".rs`"));
    let mut functions = 0;
    for row in rows {
        let mut source = String::new();
        for name in row.split('`').skip(1).step_by(2) {
            if name.ends_with(".rs") || name.ends_with(".js") {
                source = read(name);
            } else if name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
                assert!(source.contains(&format!("fn {name}(")), "README.md: no {name} in the file named before it");
                functions += 1;
            }
        }
    }
    assert!(functions > 5, "the guide was not understood");
}

fn read(document: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap()
}
