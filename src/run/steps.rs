//! The narration of a scenario: what to look at, when, and what it means. Read and checked here; the page shows it.

use crate::base::{Span, Time};
use crate::world::WorldSpec;

use super::actions::Names;
use super::scenario::short_text;
use super::value::{Fields, Place, Refusals};

/// Most steps of a narration.
const MOST_STEPS: usize = 50;

const STEP_FIELDS: &[&str] = &["at_ms", "title", "text", "question", "node", "link"];

/// One step of a narration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The moment that it is about.
    pub at: Time,
    /// A few words.
    pub title: String,
    /// What is to be seen, and why.
    pub text: String,
    /// Asked before the text is shown; empty if nothing is.
    pub question: String,
}

/// The steps in order, none behind the end of the scenario.
pub(super) fn read_steps(scenario: &Fields<'_>, spec: &WorldSpec, end: Span, refusals: &Refusals) -> Vec<Step> {
    let list = Place::Field(&Place::Root, "steps");
    let mut steps: Vec<Step> = Vec::new();
    for (index, value) in scenario.list("steps", MOST_STEPS).iter().enumerate() {
        let fields = Fields::of(value, Place::Item(&list, index), STEP_FIELDS, refusals);
        let step = read_step(&fields, spec, end);
        if steps.last().is_some_and(|before| before.at > step.at) {
            fields.refuse("at_ms", "a moment not before the step before");
        }
        steps.push(step);
    }
    steps
}

fn read_step(fields: &Fields<'_>, spec: &WorldSpec, end: Span) -> Step {
    let at = fields.millis("at_ms", end);
    if at.is_none() {
        fields.refuse("at_ms", "milliseconds from the beginning");
    }
    for name in ["title", "text"] {
        if fields.required_text(name).is_empty() {
            fields.refuse(name, "a text");
        }
    }
    // What is selected has to be there; the page finds it by the same names.
    if let Some(node) = fields.get("node") {
        Names(spec).node(fields, "node", Some(node));
    }
    if fields.get("link").is_some() {
        Names(spec).cable(fields);
    }
    Step {
        at: Time::ZERO + at.unwrap_or_default(),
        title: short_text(fields, "title"),
        text: short_text(fields, "text"),
        question: short_text(fields, "question"),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::super::Scenario;
    use super::*;

    fn read(steps: &str) -> Result<Vec<Step>, String> {
        let head = r#"{"title": "t", "duration_ms": 9000, "nodes": [{"name": "a"}, {"name": "b"}], "steps": "#;
        let value = serde_json::from_str(&format!("{head}{steps}}}")).expect("JSON");
        Scenario::read(&value).map(|scenario| scenario.steps).map_err(|error| error.to_string())
    }

    #[test]
    fn steps_are_read() {
        let steps = read(
            r#"[{"at_ms": 1.5, "title": "One", "text": "Look.", "node": "a"},
                {"at_ms": 9000, "title": "Two", "text": "So.", "question": "Why?", "link": ["b", "a"]}]"#,
        );
        let step = |at_us, title: &str, text: &str, question: &str| Step {
            at: Time::ZERO + Span::from_micros(at_us),
            title: title.into(),
            text: text.into(),
            question: question.into(),
        };
        assert_eq!(steps, Ok(vec![step(1500, "One", "Look.", ""), step(9_000_000, "Two", "So.", "Why?")]));
        assert_eq!(read("null"), Ok(Vec::new()));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place() {
        for (steps, expected) in [
            (r#"{}"#, "steps: expected a list"),
            (r#"[7]"#, "steps[0]: expected an object"),
            (r#"[{"title": "x", "text": "y"}]"#, "steps[0].at_ms: expected milliseconds"),
            (r#"[{"at_ms": 9001, "title": "x", "text": "y"}]"#, "steps[0].at_ms: expected milliseconds from 0 to 9000"),
            (r#"[{"at_ms": 1, "text": "y"}]"#, "steps[0].title: expected a text, found nothing"),
            (r#"[{"at_ms": 1, "title": "x", "text": ""}]"#, "steps[0].text: expected a text"),
            (r#"[{"at_ms": 1, "title": "x", "text": "y", "note": 1}]"#, "steps[0].note: expected a known field"),
            (r#"[{"at_ms": 1, "title": "x", "text": "y", "node": "c"}]"#, "steps[0].node: expected the name of a node"),
            (r#"[{"at_ms": 1, "title": "x", "text": "y", "link": ["a"]}]"#, "steps[0].link: expected a list of two"),
            (
                r#"[{"at_ms": 2, "title": "x", "text": "y"}, {"at_ms": 1, "title": "x", "text": "y"}]"#,
                "steps[1].at_ms: expected a moment not before the step before, found 1",
            ),
        ] {
            let found = read(steps).expect_err(steps);
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
