//! `psync swarm`: draws experiments from a range of seeds, plays each under the eyes of the checker, and tells what was
//! broken, with a command and a link that show it again.
//!
//! The seeds are played by child processes, a range each: whatever becomes of one, a panic included, is a result. `wish`
//! reads the command line, `seed` is the work of a child, `link` an address for the page, `mutants` proves that the checker
//! finds faults, with some of the scenarios from `staged`, this file is the parent.

mod link;
mod mutants;
mod seed;
mod staged;
mod wish;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::process::{Command, Output as ChildOutput, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use psync_playground::base::Time;

use crate::log;
use wish::{Output, Task};
pub(crate) use wish::{Wish, wish};

/// Most seeds of one child process.
const CHUNK: u64 = 250;
/// Most failures that are told one by one.
const MOST_TOLD: u64 = 20;

/// Does what was wished for. Says with which code to end: 1 if something was broken.
pub(crate) fn run(wish: &Wish) -> Result<u8, String> {
    match wish {
        Wish::Help => log::print(wish::HELP),
        Wish::Scenario(seed) => log::print(&format!("{}\n", seed::scenario(*seed))),
        Wish::Link(seed) => log::print(&format!("{}\n", link::address(&seed::scenario(*seed), Time::ZERO))),
        Wish::Work(Task { seeds, child: true, mutant: Some(mutant), .. }) => mutants::work(*mutant, seeds.clone())?,
        Wish::Work(Task { seeds, child: true, .. }) => seed::work(seeds.clone())?,
        Wish::Mutants(task) => return mutants::hunt_all(&task.seeds, task.jobs),
        Wish::Work(task) => return parent(task),
    }
    Ok(0)
}

/// Lines of a chunk of seeds, and how many of them are failures.
struct Results {
    lines: Vec<String>,
    failures: Vec<String>,
}

fn parent(task: &Task) -> Result<u8, String> {
    let started = Instant::now();
    let mut sink = sink(&task.output)?;
    let chunks = (task.seeds.end - task.seeds.start).div_ceil(CHUNK);
    let next = AtomicU64::new(0);
    let (send, receive) = mpsc::channel();
    let mut failures = 0;
    let outcome = std::thread::scope(|scope| {
        for _ in 0..task.jobs {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                loop {
                    let chunk = next.fetch_add(1, Ordering::Relaxed);
                    if chunk >= chunks || send.send((chunk, play(chunk_of(&task.seeds, chunk)))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        failures = collect(receive, &mut sink)?;
        sink.flush().map_err(|error| error.to_string())
    });
    outcome?;
    let seeds = task.seeds.end - task.seeds.start;
    let seconds = started.elapsed().as_secs_f64();
    let rate = seeds as f64 / seconds.max(0.001);
    log::complain(&format!("{seeds} seeds in {seconds:.1} s, {rate:.0} a second: {failures} failed"));
    Ok(u8::from(failures > 0))
}

/// Where lines go.
fn sink(output: &Output) -> Result<Box<dyn Write>, String> {
    Ok(match output {
        Output::Nowhere => Box::new(std::io::sink()),
        Output::Stdout => Box::new(std::io::stdout().lock()),
        Output::File(name) => {
            let file = File::create(name).map_err(|error| format!("cannot write '{name}': {error}"))?;
            Box::new(BufWriter::new(file))
        }
    })
}

fn chunk_of(seeds: &Range<u64>, chunk: u64) -> Range<u64> {
    let start = seeds.start + chunk * CHUNK;
    start..(start + CHUNK).min(seeds.end)
}

/// Writes the lines of all chunks in their order; returns how many seeds failed.
fn collect(receive: mpsc::Receiver<(u64, Result<Results, String>)>, sink: &mut dyn Write) -> Result<u64, String> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    let mut failures = 0;
    for (chunk, results) in receive {
        waiting.insert(chunk, results?);
        while let Some(results) = waiting.remove(&next) {
            next += 1;
            for line in &results.lines {
                writeln!(sink, "{line}").map_err(|error| format!("cannot write the results: {error}"))?;
            }
            for failure in results.failures {
                failures += 1;
                if failures <= MOST_TOLD {
                    log::complain(&failure);
                }
            }
        }
    }
    Ok(failures)
}

/// Plays a range of seeds in a child process, and in another one what is left when it dies.
fn play(mut seeds: Range<u64>) -> Result<Results, String> {
    let mut results = Results { lines: Vec::new(), failures: Vec::new() };
    while !seeds.is_empty() {
        let child = child(&seeds, &[])?;
        for line in String::from_utf8_lossy(&child.stdout).lines() {
            seeds.start += 1;
            results.failures.extend(seed::failure(line));
            results.lines.push(line.to_string());
        }
        if !seeds.is_empty() {
            // It died of the next one.
            let line = seed::panicked(seeds.start, &String::from_utf8_lossy(&child.stderr));
            seeds.start += 1;
            results.failures.extend(seed::failure(&line));
            results.lines.push(line);
        }
    }
    Ok(results)
}

/// Has a child process play seeds, until its end.
fn child(seeds: &Range<u64>, words: &[&str]) -> Result<ChildOutput, String> {
    let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let range = format!("{}..{}", seeds.start, seeds.end);
    Command::new(program)
        .args(["swarm", "--child", "--seeds", &range])
        .args(words)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start a child process: {error}"))
}
