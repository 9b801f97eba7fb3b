//! Steps with a heading and a time, and the count at the end.

use crate::Outcome;
use std::time::{Duration, Instant};

/// How one step ended.
struct Done {
    name: &'static str,
    took: Duration,
    verdict: Verdict,
}

#[derive(PartialEq)]
enum Verdict {
    Passed,
    Failed(String),
    /// Needs a step that failed.
    Skipped,
}

/// The steps of one run so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Done>,
}

/// A line that stands out.
pub(crate) fn heading(text: &str) {
    println!("\n=== {text}");
}

impl Steps {
    /// Runs a step. It is skipped if one of the steps that it needs did not pass; a step that was not run is no obstacle.
    pub(crate) fn run(&mut self, name: &'static str, needs: &[&str], work: impl FnOnce() -> Outcome<()>) {
        heading(name);
        let start = Instant::now();
        let blocked = self.done.iter().any(|step| needs.contains(&step.name) && step.verdict != Verdict::Passed);
        let verdict =
            if blocked { Verdict::Skipped } else { work().map_or_else(Verdict::Failed, |()| Verdict::Passed) };
        let took = start.elapsed();
        match &verdict {
            Verdict::Passed => println!("--- {name}: passed in {:.1} s", took.as_secs_f64()),
            Verdict::Failed(why) => println!("--- {name}: FAILED after {:.1} s: {why}", took.as_secs_f64()),
            Verdict::Skipped => println!("--- {name}: skipped, it needs a step that failed"),
        }
        self.done.push(Done { name, took, verdict });
    }

    /// Whether every step so far has passed.
    pub(crate) fn all_passed(&self) -> bool {
        self.done.iter().all(|step| step.verdict == Verdict::Passed)
    }

    /// Prints the table and, alone on the last line, the count. An error names the steps that failed.
    pub(crate) fn finish(self) -> Outcome<()> {
        heading("summary");
        for step in &self.done {
            let word = match step.verdict {
                Verdict::Passed => "passed",
                Verdict::Failed(_) => "FAILED",
                Verdict::Skipped => "skipped",
            };
            println!("{word:8}{:7.1} s  {}", step.took.as_secs_f64(), step.name);
        }
        let failed: Vec<&str> =
            self.done.iter().filter(|step| matches!(step.verdict, Verdict::Failed(_))).map(|step| step.name).collect();
        let skipped = self.done.iter().filter(|step| step.verdict == Verdict::Skipped).count();
        let passed = self.done.len() - failed.len() - skipped;
        let took: Duration = self.done.iter().map(|step| step.took).sum();
        println!("{:15.1} s  together", took.as_secs_f64());
        if !failed.is_empty() {
            println!("failed: {}", failed.join(", "));
        }
        let tail = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        println!("\n{passed} passed, {} failed{tail}", failed.len());
        if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
    }
}
