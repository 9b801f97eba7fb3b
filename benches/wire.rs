//! `psync node` beside redis-server on one machine: `redis-benchmark -t set -P 16` against a master with one replica
//! attached, in turns. `cargo xtask bench wire` runs it.
//!
//! The replica is a redis-server in both cases, so that only the masters differ. Processor time is that of the master
//! alone and says more than the rate where other programs use the machine.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_types, clippy::print_stdout)]

#[path = "../tests/conformance/server.rs"]
mod server;

use std::error::Error;
use std::process::Command;
use std::time::{Duration, Instant};

use server::Program::{Ours, Redis};
use server::{Program, Server};

/// How often each master is measured unless the command line says otherwise.
const ROUNDS: usize = 5;
/// Commands of one measurement.
const REQUESTS: u32 = 1_000_000;
/// What is measured: a name, and what redis-benchmark is told besides.
const LOADS: [(&str, &[&str]); 2] =
    [("SET, one key, 3 bytes", &[]), ("SET, 100,000 keys, 100 bytes", &["-r", "100000", "-d", "100"])];

/// One measurement of a master.
#[derive(Clone, Copy)]
struct Measured {
    /// Requests per second, as redis-benchmark says.
    rate: f64,
    /// Processor time of the master for a request, in microseconds.
    cpu_us: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    println!("redis-benchmark -t set -P 16 -n {REQUESTS}, one replica attached, medians of {rounds} runs in turns\n");
    println!("{:30} {:>12} {:>12} {:>7}   processor time per request", "", "psync node", "redis-server", "ratio");
    for (name, more) in LOADS {
        let (mut ours, mut redis) = (Vec::new(), Vec::new());
        for _ in 0..rounds.max(1) {
            ours.push(measure(Ours, more)?);
            redis.push(measure(Redis, more)?);
        }
        let median = |list: &[Measured], of: fn(&Measured) -> f64| {
            let mut values: Vec<f64> = list.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let (our_rate, redis_rate) = (median(&ours, |it| it.rate), median(&redis, |it| it.rate));
        let (our_cpu, redis_cpu) = (median(&ours, |it| it.cpu_us), median(&redis, |it| it.cpu_us));
        let ratio = our_rate / redis_rate;
        println!(
            "{name:30} {our_rate:>10.0}/s {redis_rate:>10.0}/s {ratio:>7.2}   {our_cpu:.2} us to {redis_cpu:.2} us"
        );
    }
    Ok(())
}

/// Starts a master of this program and a replica, and puts the load on the master.
fn measure(program: Program, more: &[&str]) -> Result<Measured, Box<dyn Error>> {
    let master = Server::run(program, &[("repl-diskless-sync-delay", "0")]);
    let replica = Server::run(Redis, &[("replicaof", &format!("127.0.0.1 {}", master.port))]);
    let (mut top, mut below) = (master.connect(), replica.connect());
    wait_for("the replica", || below.info("master_link_status") == "up")?;
    let before = cpu_time(master.id());
    let output = Command::new("redis-benchmark")
        .args(["-h", "127.0.0.1", "-p", &master.port.to_string(), "-t", "set", "-P", "16", "--csv"])
        .args(["-n", &REQUESTS.to_string()])
        .args(more)
        .output()?;
    let cpu = cpu_time(master.id()).saturating_sub(before);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rate = text.lines().find_map(|line| line.strip_prefix("\"SET\",\"")?.split('"').next()?.parse().ok());
    let rate = rate.ok_or_else(|| format!("redis-benchmark said {text:?}"))?;
    wait_for("equal offsets", || below.info("slave_repl_offset") == top.info("master_repl_offset"))?;
    Ok(Measured { rate, cpu_us: cpu.as_secs_f64() * 1e6 / f64::from(REQUESTS) })
}

fn wait_for(what: &str, mut done: impl FnMut() -> bool) -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        if Instant::now() > deadline {
            return Err(format!("not within a minute: {what}"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Processor time that a process has used, from `/proc`; nothing where there is no such file.
fn cpu_time(process: u32) -> Duration {
    /// Linux counts in hundredths of a second, whatever the kernel's own clock.
    const TICK: Duration = Duration::from_millis(10);
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in brackets may contain blanks; user and system time are the 12th and 13th word behind it.
    let behind = text.rsplit(')').next().unwrap_or_default();
    let ticks = |index: usize| behind.split_whitespace().nth(index).and_then(|word| word.parse().ok()).unwrap_or(0);
    TICK * (ticks(11) + ticks(12))
}
