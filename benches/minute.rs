//! 60 simulated seconds of one master, two replicas and 100 writes/s, natively. `cargo xtask bench` runs it and then the
//! same in a browser (`benches/browser.mjs`).
#![allow(clippy::disallowed_types, clippy::print_stdout)]

use psync_playground::base::Span;
use psync_playground::run::{Run, Value};
use std::error::Error;
use std::time::{Duration, Instant};

/// How often a minute is run unless the command line says otherwise.
const RUNS: usize = 15;
/// A minute, and one frame of a screen.
const MINUTE: Span = Span::from_secs(60);
const FRAME: Span = Span::from_millis(16);

fn main() -> Result<(), Box<dyn Error>> {
    let runs = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(RUNS);
    let scenario: Value = serde_json::from_str(include_str!("minute.json"))?;
    measure("in one call", runs, &scenario, MINUTE)?;
    measure("3750 frames of 16 ms", runs, &scenario, FRAME)
}

/// Runs the minute again and again in slices of `slice`, and prints how long that took.
fn measure(name: &str, runs: usize, scenario: &Value, slice: Span) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    let mut digests = Vec::new();
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let mut run = Run::read(scenario, None).map_err(|error| format!("{error:?}"))?;
        let mut left = MINUTE;
        while left > Span::ZERO {
            let next = left.min(slice);
            run.advance(next, &mut || false);
            left = Span(left.0 - next.0);
        }
        times.push(start.elapsed());
        digests.push(run.world().digest());
    }
    if digests.iter().any(|digest| *digest != digests[0]) {
        return Err(format!("the runs differ: {digests:x?}").into());
    }
    let first = times[0];
    times.sort();
    println!(
        "{name:24} median {}, fastest {}, first {} ({} runs, digest {:016x})",
        ms(times[times.len() / 2]),
        ms(times[0]),
        ms(first),
        times.len(),
        digests[0],
    );
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
