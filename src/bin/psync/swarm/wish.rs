//! The command line of `psync swarm`.

use std::ops::Range;

use psync_playground::base::Mutant;
use psync_playground::run::LARGEST_SEED;

/// Most child processes at a time.
const MOST_JOBS: usize = 256;
/// Seeds that a mutant survives at most, unless others are named.
const HUNTED: Range<u64> = 0..1000;

pub(crate) const HELP: &str = "\
psync swarm --seeds A..B [--jobs N] [--json FILE]
psync swarm --mutants [--seeds A..B] [--jobs N]
psync swarm --scenario SEED
psync swarm --link SEED

Draws an experiment from each seed from A up to B, B not included - nodes, settings, load, links, faults - plays it, and
checks what must always hold: same offset same data, streams, offsets, backlogs, refused writes, acknowledgements,
convergence, no panic. What is broken is told with a command and a link that show it again; then the exit code is 1.

  --seeds A..B      which seeds
  --jobs N          how many processes play them (as many as there are processors, unless given)
  --json FILE       a line of JSON for each seed, in order; '-' is the standard output
  --mutants         give the engine one deliberate fault after another and play seeds until the checker finds it; a fault
                    that it does not find ends with exit code 1. Needs a build with the feature 'mutants'
  --scenario SEED   only print the scenario of a seed, for the editor of the page
  --link SEED       only print a link that opens it in the page

Example: psync swarm --seeds 0..2000 --json results.jsonl
";

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Wish {
    /// How to use it.
    Help,
    /// The scenario of a seed.
    Scenario(u64),
    /// The link that opens a seed in the page.
    Link(u64),
    /// Seeds to be played.
    Work(Task),
    /// Deliberate faults to be found by playing seeds.
    Mutants(Task),
}

/// Seeds to be played.
#[derive(Debug)]
pub(crate) struct Task {
    pub(super) seeds: Range<u64>,
    pub(super) jobs: usize,
    pub(super) output: Output,
    /// By this process, which was started for it.
    pub(super) child: bool,
    /// With this fault.
    pub(super) mutant: Option<Mutant>,
}

/// Where the lines of JSON go.
#[derive(Debug)]
pub(super) enum Output {
    Nowhere,
    Stdout,
    File(String),
}

/// Reads the words behind `swarm`.
pub(crate) fn wish(words: &[String]) -> Result<Wish, String> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut task = Task { seeds: 0..0, jobs: processors, output: Output::Nowhere, child: false, mutant: None };
    let mut mutants = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word}: expected a value behind it"));
        match word.as_str() {
            "--help" | "-h" | "help" => return Ok(Wish::Help),
            "--seeds" => task.seeds = range(value()?)?,
            "--jobs" => task.jobs = jobs(value()?)?,
            "--json" => {
                let name = value()?;
                task.output = if name == "-" { Output::Stdout } else { Output::File(name.clone()) };
            }
            "--scenario" => return seed(value()?).map(Wish::Scenario).map_err(|error| format!("--scenario: {error}")),
            "--link" => return seed(value()?).map(Wish::Link).map_err(|error| format!("--link: {error}")),
            "--child" => task.child = true,
            "--mutants" => mutants = true,
            "--mutant" => task.mutant = Some(mutant(value()?)?),
            _ => return Err(format!("unexpected argument '{word}'\n\n{HELP}")),
        }
    }
    if mutants {
        if task.seeds.is_empty() {
            task.seeds = HUNTED;
        }
        return Ok(Wish::Mutants(task));
    }
    if task.seeds.is_empty() {
        return Err(format!("--seeds is missing: which seeds?\n\n{HELP}"));
    }
    Ok(Wish::Work(task))
}

fn seed(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|seed| *seed <= LARGEST_SEED);
    number.ok_or_else(|| format!("expected a whole number from 0 to {LARGEST_SEED}, found '{text}'"))
}

fn mutant(name: &str) -> Result<Mutant, String> {
    Mutant::named(name).ok_or_else(|| format!("--mutant: there is none of the name '{name}'"))
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let at = |error: String| format!("--seeds: {error}");
    let Some((from, to)) = text.split_once("..") else {
        return Err(at(format!("expected a range such as 0..2000, found '{text}'")));
    };
    let (from, to) = (seed(from).map_err(at)?, seed(to).map_err(at)?);
    if from >= to {
        return Err(at(format!("expected a range that is not empty, found '{text}'; the end is not part of it")));
    }
    Ok(from..to)
}

fn jobs(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|jobs| (1..=MOST_JOBS).contains(jobs));
    number.ok_or_else(|| format!("--jobs: expected a whole number from 1 to {MOST_JOBS}, found '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Wish, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
        wish(&words)
    }

    #[test]
    fn ranges_jobs_and_files_are_read() {
        match read("--seeds 5..2000 --jobs 3 --json -") {
            Ok(Wish::Work(Task { seeds, jobs: 3, output: Output::Stdout, child: false, mutant: None })) => {
                assert_eq!(seeds, 5..2000)
            }
            other => panic!("{other:?}"),
        }
        assert!(matches!(read("--seeds 1..2 --help"), Ok(Wish::Help)));
        assert!(matches!(read("--scenario 7"), Ok(Wish::Scenario(7))));
        assert!(matches!(read("--mutants"), Ok(Wish::Mutants(Task { seeds: HUNTED, .. }))));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, part) in [
            ("", "--seeds is missing"),
            ("--seeds", "expected a value"),
            ("--seeds 5", "expected a range such as 0..2000, found '5'"),
            ("--seeds 5..5", "not empty"),
            ("--seeds 9..5", "not empty"),
            ("--seeds a..5", "expected a whole number from 0 to 9007199254740991, found 'a'"),
            ("--seeds 1..9007199254740993", "found '9007199254740993'"),
            ("--seeds -1..3", "found '-1'"),
            ("--seeds 1..3 --jobs 0", "from 1 to 256"),
            ("--scenario x", "--scenario: expected a whole number"),
            ("--mutant Nobody", "there is none of the name 'Nobody'"),
            ("--seed 1..3", "unexpected argument '--seed'"),
        ] {
            let error = read(line).expect_err(line);
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
