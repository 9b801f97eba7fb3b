//! The targets of `fuzz/` on a stable toolchain: every seed of their corpus, and mutations of seeds. None may panic, or hold
//! more memory at a time than its input allows. The same run every time; `FUZZ_RUNS=1000000` makes it longer and begins
//! elsewhere with each `FUZZ_SEED`. An input that failed once is kept as a seed, under a name that says what it broke.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_types, reason = "corpus files, the environment")]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

use psync_playground::base::{Rng, Seed};
use targets::{TARGETS, Target};

/// Runs of each target with mutated seeds, unless `FUZZ_RUNS` says otherwise.
const RUNS: u64 = 1000;
/// Longest input, in bytes.
const INPUT_MAX: usize = 16 * 1024;
/// What a target may hold at a time beyond a multiple of its input: a node with its backlog, a table of directives.
const MEMORY_BASE: i64 = 8 << 20;
/// How many times its own size an input may come to: a byte of a compressed string is 100 bytes of text at most, and a
/// value is held as it was read and as it was written again.
const MEMORY_FACTOR: i64 = 400;

thread_local! {
    /// Bytes that this thread holds, and the most that it held.
    static HELD: Cell<(i64, i64)> = const { Cell::new((0, 0)) };
}

/// The system's allocator, with a count for each thread.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(bytes: i64) {
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        held.set((now + bytes, most.max(now + bytes)));
    });
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as i64);
        // SAFETY: the caller's promise about `layout` is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as i64));
        // SAFETY: `pointer` came from `alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Words that readers look for, put where they do not belong.
const WORDS: [&[u8]; 28] = [
    b"\r\n",
    b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
    b"*-1\r\n",
    b"$-1\r\n",
    b"*1048576\r\n",
    b"$536870912\r\n",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"4294967296",
    b"-1",
    b"nan",
    b"1e400",
    b"$EOF:",
    b"+FULLRESYNC bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb 7\r\n",
    b"+CONTINUE\r\n",
    b"REPLCONF GETACK *\r\n",
    b"MULTI\r\n",
    b"EXEC\r\n",
    b"PSYNC ? -1\r\n",
    b"SYNC\r\n",
    b"\xff\xff\xff\xff",
    b"\x80\xff\xff\xff\xff",
    b"\x81\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xc3",
    b"\xfa",
    b"10gb",
    b"\"\\x00",
];

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut seeds: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.expect("an entry of the corpus").path();
            (path.display().to_string(), std::fs::read(&path).expect("a seed"))
        })
        .collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{name}: no seeds");
    seeds
}

/// A seed with one to eight changes.
fn mutate(seeds: &[(String, Vec<u8>)], rng: &mut Rng) -> Vec<u8> {
    let pick = |rng: &mut Rng| &seeds[rng.below(seeds.len() as u64) as usize].1;
    let mut data = pick(rng).clone();
    for _ in 0..=rng.below(8) {
        let at = rng.below(data.len() as u64 + 1) as usize;
        let len = (1 + rng.below(16) as usize).min(data.len() - at);
        match rng.below(8) {
            0 if len > 0 => data[at] ^= 1 << rng.below(8),
            1 if len > 0 => data[at] = [0, 1, 0x7f, 0x80, 0xff, b'\n', b'9'][rng.below(7) as usize],
            2 => drop(data.drain(at..at + len)),
            3 => drop(data.splice(at..at, data[at..at + len].to_vec())),
            4 => data.truncate(at),
            5 => {
                let other = pick(rng);
                let from = rng.below(other.len() as u64 + 1) as usize;
                drop(data.splice(at.., other[from..].iter().copied()));
            }
            6 => drop(data.splice(at..at + len, WORDS[rng.below(WORDS.len() as u64) as usize].iter().copied())),
            _ => drop(data.splice(at..at, WORDS[rng.below(WORDS.len() as u64) as usize].iter().copied())),
        }
        data.truncate(INPUT_MAX);
    }
    data
}

/// Keeps the input while a target runs, and shows it if the target panics.
struct Witness<'a>(&'a str, &'a [u8]);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let file = std::env::temp_dir().join(format!("fuzz-{}-{}", self.0, std::process::id()));
            let kept = std::fs::write(&file, self.1).map(|()| file.display().to_string());
            panic_free_print(&format!("the input, kept as {kept:?}: {}", self.1.escape_ascii()));
        }
    }
}

#[allow(clippy::print_stderr, reason = "the input that broke a target is what a person needs")]
fn panic_free_print(text: &str) {
    eprintln!("{text}");
}

fn run((name, target): Target, data: &[u8]) {
    let witness = Witness(name, data);
    let before = HELD.get().0;
    HELD.set((before, before));
    target(data);
    let (after, most) = HELD.get();
    let limit = MEMORY_BASE + MEMORY_FACTOR * data.len() as i64;
    assert!(most - before <= limit, "{name}: {} bytes held at a time for {} of input", most - before, data.len());
    assert!(after - before <= MEMORY_BASE, "{name}: {} bytes stay", after - before);
    drop(witness);
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn fuzz(name: &str) {
    let target = *TARGETS.iter().find(|(own, _)| *own == name).expect("a target");
    let seeds = corpus(name);
    for (_, data) in &seeds {
        run(target, data);
    }
    let mut rng = Seed(number("FUZZ_SEED", 1)).split(name, 0).rng();
    for _ in 0..number("FUZZ_RUNS", RUNS) {
        run(target, &mutate(&seeds, &mut rng));
    }
}

#[test]
fn requests_and_replies() {
    fuzz("resp");
}

#[test]
fn snapshots() {
    fuzz("rdb");
}

#[test]
fn configuration() {
    fuzz("config");
}

#[test]
fn a_node_and_everything_that_can_happen_to_it() {
    fuzz("node");
}
