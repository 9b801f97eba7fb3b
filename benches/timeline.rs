//! Time travel, natively: an hour of one master, two replicas and 100 writes/s; what its keyframes hold, and how long it
//! takes to seek in it. `cargo xtask bench` runs it and then the ten minutes in a browser (`benches/browser.mjs`).
#![allow(clippy::disallowed_types, clippy::print_stdout)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use psync_playground::base::{Span, Time};
use psync_playground::run::{Place, Run, Value};

/// What an hour's run may hold, in bytes.
const HOUR_MAX: usize = 64 << 20;
/// Seeks at one length of the run.
const SEEKS: u64 = 200;

/// The system's allocator with a count of the bytes that are held, and of the most that ever were.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// Sound: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Relaxed) + layout.size();
        MOST.fetch_max(held, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> Result<(), Box<dyn Error>> {
    let scenario: Value = serde_json::from_str(include_str!("minute.json"))?;
    let before = HELD.load(Relaxed);
    let mut run = Run::read(&scenario, None).map_err(|error| format!("{error:?}"))?;
    for minutes in [10, 60] {
        let start = Instant::now();
        run.advance_to(Time::ZERO + Span::from_secs(minutes * 60));
        let took = start.elapsed().as_secs_f64() * 1e3;
        println!("to minute {minutes}: {took:.0} ms, holds {:.1} MiB", mib(HELD.load(Relaxed) - before));
        seeks(&mut run, minutes);
        println!("after the seeks: {:.1} MiB", mib(HELD.load(Relaxed) - before));
    }
    let most = MOST.load(Relaxed) - before;
    println!("most at any time: {:.1} MiB (at most {:.0})", mib(most), mib(HOUR_MAX));
    if most > HOUR_MAX { Err("the keyframes of an hour hold too much".into()) } else { Ok(()) }
}

/// Seeks to moments all over the run, each far from the one before, and back to its end.
fn seeks(run: &mut Run, minutes: u64) {
    let end = run.place();
    let digest = run.world().digest();
    let mut times = Vec::new();
    for n in 0..SEEKS {
        let start = Instant::now();
        run.seek(Place::after(Time::from_millis(n * 293_003 % (minutes * 60_000))));
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    run.seek(end);
    assert_eq!(run.world().digest(), digest, "the way back leads elsewhere");
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times[(times.len() - 1) * part / 100];
    println!("seek in {minutes} min: median {:.1} ms, 95 % {:.1} ms, slowest {:.1} ms", at(50), at(95), at(100));
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
