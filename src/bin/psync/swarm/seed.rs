//! One seed: drawn, played, and told in a line of JSON.

use std::io::Write;
use std::ops::Range;

use psync_playground::base::Time;
use psync_playground::run::checker::{Check, Violation};
use psync_playground::run::swarm::{self, Outcome};
use psync_playground::run::{Run, Value};
use psync_playground::view::checks::describe;
use psync_playground::view::json::Json;
use psync_playground::view::text::hex;

use super::link;

/// What a line of a failed seed has and others have not.
const SENTENCE: &str = "\"sentence\":\"";

/// Plays seeds and prints a line for each.
pub(super) fn work(seeds: Range<u64>) -> Result<(), String> {
    for seed in seeds {
        let scenario = swarm::draw(seed);
        let outcome = swarm::play(&scenario).map_err(|error| format!("the scenario of seed {seed}: {error}"))?;
        print_line(&line(seed, &scenario, &outcome))?;
    }
    Ok(())
}

/// Prints the result of a seed at once, so that the parent knows how far this process came.
pub(super) fn print_line(line: &str) -> Result<(), String> {
    let written = writeln!(std::io::stdout(), "{line}").and_then(|()| std::io::stdout().flush());
    written.map_err(|error| format!("cannot write the results: {error}"))
}

/// The scenario of a seed as text.
pub(super) fn scenario(seed: u64) -> String {
    let mut json = Json::default();
    json.tree(&swarm::draw(seed));
    json.done()
}

fn line(seed: u64, scenario: &Value, outcome: &Outcome) -> String {
    let mut json = Json::default();
    json.begin().count("seed", seed).text("verdict", if outcome.violations.is_empty() { "ok" } else { "broken" });
    json.text("digest", &hex(outcome.digest)).count("events", outcome.events);
    json.count("happenings", outcome.happenings).count("virtual_ms", outcome.time.as_millis());
    json.count("full_resyncs", outcome.resyncs.0).count("partial_resyncs", outcome.resyncs.1);
    json.name("tried").begin();
    for (check, tried) in Check::ALL.iter().zip(outcome.tried) {
        json.count(check.name(), tried);
    }
    json.end();
    if let Some(violation) = outcome.violations.first() {
        tell(&mut json, seed, violation.check, violation.time, &sentence(scenario, violation));
    }
    json.end();
    json.done()
}

/// The sentence for a violation, by the names of the scenario's nodes.
pub(super) fn sentence(scenario: &Value, violation: &Violation) -> String {
    match Run::read(scenario, None) {
        Ok(run) => describe(run.world(), &violation.breach),
        Err(error) => error.to_string(),
    }
}

/// What is told of a failure: what, when, and how to see it again.
fn tell(json: &mut Json, seed: u64, check: Check, time: Time, sentence: &str) {
    json.text("check", check.name()).count("at_ms", time.as_millis()).text("sentence", sentence);
    json.text("reproduce", &format!("psync swarm --seeds {seed}..{}", seed + 1));
    json.text("link", &link::address(&scenario(seed), time));
}

/// The line of a seed of which the process died.
pub(super) fn panicked(seed: u64, complaint: &str) -> String {
    let told: Vec<&str> = complaint.lines().filter(|line| !line.is_empty() && !line.starts_with("note: ")).collect();
    let sentence = if told.is_empty() { "the process ended without a word".into() } else { told.join(" ") };
    let mut json = Json::default();
    json.begin().count("seed", seed).text("verdict", "broken");
    tell(&mut json, seed, Check::Panics, Time::ZERO, &sentence);
    json.end();
    json.done()
}

/// What a person is told of a line, if it is that of a failure.
pub(super) fn failure(line: &str) -> Option<String> {
    line.contains(SENTENCE).then(|| {
        let field = |name: &str| {
            let key = format!("\"{name}\":\"");
            let text = line.split_once(&key).map_or("", |(_, rest)| rest);
            text.split("\",\"").next().unwrap_or_default().trim_end_matches("\"}").to_string()
        };
        let seed = line.split_once("\"seed\":").map_or("", |(_, rest)| rest.split(',').next().unwrap_or_default());
        let at = line.split_once("\"at_ms\":").map_or("", |(_, rest)| rest.split(',').next().unwrap_or_default());
        let parts = [field("check"), field("sentence"), field("reproduce"), field("link")];
        let [check, sentence, reproduce, link] = parts;
        format!("seed {seed}, {at} ms, broken: {check}\n  {sentence}\n  again:   {reproduce}\n  to see:  {link}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_result_like_any_other() {
        let line = panicked(7, "thread 'main' panicked at src/x.rs:1:2:\nindex \"out\" of bounds\nnote: run with\n");
        assert!(line.contains("\"check\":\"nothing panics\""), "{line}");
        let told = failure(&line).expect("a failure");
        assert!(told.starts_with("seed 7, 0 ms, broken: nothing panics\n"), "{told}");
        assert!(told.contains("again:   psync swarm --seeds 7..8\n"), "{told}");
        assert!(told.contains("/#1."), "{told}");
    }

    #[test]
    fn a_sound_seed_is_no_failure() {
        let scenario = swarm::draw(1);
        let outcome = swarm::play(&scenario).expect("a scenario that fits");
        let line = line(1, &scenario, &outcome);
        assert!(line.starts_with("{\"seed\":1,\"verdict\":\"ok\",\"digest\":\""), "{line}");
        assert_eq!(failure(&line), None);
    }
}
