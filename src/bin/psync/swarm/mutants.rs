//! `psync swarm --mutants`: proves that the checker bites. With every deliberate fault of the engine (`base::Mutant`) one
//! seed after another is played, until the invariant that has to find the fault is broken; without a fault the same seed
//! is clean. A fault that is not found fails the run. Where seeds would take long, there is a scenario instead, `staged`.
//!
//! A process has one fault or none, so each is played by child processes. That one panics is no proof: then the next seed
//! is played.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use psync_playground::base::Mutant;
use psync_playground::run::Value;
use psync_playground::run::mutants::caught_by;
use psync_playground::run::swarm;

use super::{child, seed, staged};
use crate::log;

/// What a child prints behind the seed that shows its fault.
const FOUND: &str = "found at ";

/// What became of a fault.
struct Hunt {
    mutant: Mutant,
    /// Seeds that were played.
    played: u64,
    /// The seed that shows it, none if it is a scenario made for it, and how; or why it survived.
    outcome: Result<(Option<u64>, String), String>,
}

/// The work of a child: plays the scenario that was made for a mutant, or seeds until it is found, and prints a line for each.
pub(super) fn work(mutant: Mutant, seeds: Range<u64>) -> Result<(), String> {
    if let Some(scenario) = staged::scenario(mutant) {
        if let Some(violation) = swarm::play(&scenario).map_err(|error| error.to_string())?.violations.first() {
            return Err(format!("without it: {:?}", violation.breach));
        }
        become_one(mutant)?;
        return seed::print_line(&told(mutant, &scenario)?);
    }
    become_one(mutant)?;
    for seed in seeds {
        let line = told(mutant, &swarm::draw(seed))?;
        seed::print_line(&line)?;
        if line.starts_with(FOUND) {
            break;
        }
    }
    Ok(())
}

fn become_one(mutant: Mutant) -> Result<(), String> {
    if mutant.choose() { Ok(()) } else { Err("this program was built without the feature 'mutants'".into()) }
}

/// What is said of a scenario that was played: how the mutant was found, or nothing.
fn told(mutant: Mutant, scenario: &Value) -> Result<String, String> {
    let outcome = swarm::play(scenario).map_err(|error| error.to_string())?;
    let found = outcome.violations.iter().find(|violation| violation.check == caught_by(mutant));
    Ok(found.map_or_else(String::new, |violation| {
        format!("{FOUND}{} ms: {}", violation.time.as_millis(), seed::sentence(scenario, violation))
    }))
}

/// Hunts all mutants, so many at a time. Says with which code to end: 1 if one survived or a seed is not clean.
pub(super) fn hunt_all(seeds: &Range<u64>, jobs: usize) -> Result<u8, String> {
    let started = Instant::now();
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let mut hunts: Vec<Hunt> = std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                while let Some(mutant) = Mutant::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if send.send(hunt(*mutant, seeds.clone())).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        receive.iter().collect()
    });
    hunts.sort_by_key(|hunt| hunt.mutant as usize);
    log::print(&format!("{:24} {:35} {:>6} {:>6}\n", "mutant", "found by", "seed", "seeds"));
    hunts.iter().for_each(|hunt| log::print(&hunt.line()));
    let failed = hunts.iter().filter(|hunt| hunt.outcome.is_err()).count();
    let seconds = started.elapsed().as_secs_f64();
    log::complain(&format!("{} mutants in {seconds:.1} s: {failed} survived", hunts.len()));
    Ok(u8::from(failed > 0))
}

impl Hunt {
    fn line(&self) -> String {
        let (name, check) = (self.mutant.name(), caught_by(self.mutant).name());
        match &self.outcome {
            Ok((seed, how)) => {
                let seed = seed.map_or_else(|| "staged".to_string(), |seed| seed.to_string());
                format!("{name:24} {check:35} {seed:>6} {:6}  {how}\n", self.played)
            }
            Err(why) => format!("{name:24} {check:35}      - {:6}  SURVIVED: {why}\n", self.played),
        }
    }
}

/// Plays seeds with a mutant until it is found, and the seed that shows it without.
fn hunt(mutant: Mutant, seeds: Range<u64>) -> Hunt {
    let mut outcome = find(mutant, seeds.clone());
    let played = match &outcome {
        Ok((Some(seed), _)) => seed + 1 - seeds.start,
        Ok((None, _)) => 1,
        Err(_) => seeds.end - seeds.start,
    };
    if let Ok((Some(seed), _)) = &outcome {
        match super::play(*seed..seed + 1) {
            Ok(results) if results.failures.is_empty() => {}
            Ok(results) => outcome = Err(format!("without it: {}", results.failures.concat())),
            Err(error) => outcome = Err(error),
        }
    }
    Hunt { mutant, played, outcome }
}

fn find(mutant: Mutant, mut seeds: Range<u64>) -> Result<(Option<u64>, String), String> {
    let is_staged = staged::scenario(mutant).is_some();
    let mut died = 0;
    while !seeds.is_empty() {
        let output = child(&seeds, &["--mutant", mutant.name()])?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if let Some(how) = line.strip_prefix(FOUND) {
                return Ok(((!is_staged).then_some(seeds.start), how.to_string()));
            }
            seeds.start += 1;
        }
        if output.status.code().is_some_and(|code| code > 0) {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_string());
        }
        if is_staged {
            return Err("the scenario that was made for it did not show it".into());
        }
        if !seeds.is_empty() {
            (seeds.start, died) = (seeds.start + 1, died + 1);
        }
    }
    Err(format!("no seed showed it; the process died of {died}"))
}
