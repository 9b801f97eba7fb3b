//! The build of PSYNC Playground: everything that is more than one cargo command.
//!
//! `cargo xtask play` builds the page and serves it, `cargo xtask test` runs every check and installs what the checks
//! need. Each module owns one concern: [`command`] child processes, [`tools`] what must be installed, [`page`] the
//! wasm module and its glue, [`sizes`] weights and their limits, [`server`] a small web server, [`steps`] headings and the
//! final count, [`checks`] the list of steps, [`browser`] what runs in Chromium, [`dist`] a folder to publish,
//! [`split`] the published module in two parts, [`documents`] texts that are asked of redis-server.

#![allow(clippy::disallowed_types)]

mod browser;
mod checks;
mod command;
mod dist;
mod documents;
mod page;
mod server;
mod sizes;
mod split;
mod steps;
mod tools;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What goes wrong here is told to a person and ends the command.
type Outcome<T> = Result<T, String>;

const HELP: &str = "\
cargo xtask COMMAND

  play [--port N]     build what is missing and serve the page on 127.0.0.1 (port 7379, or a free one if that is taken)
  test [STEP...]      install what the checks need, then run all of them, or only the steps named
  test --list         name the steps
  bench [--runs N]    60 simulated seconds, one master, two replicas, 100 writes/s: natively and in headless Chromium
  bench wire [--runs N]   psync node beside redis-server: redis-benchmark SET -P 16, one replica attached
  dist                write dist/, the folder to publish
  conformance         hold the engine beside redis-server and write docs/conformance.md again
  documents           ask redis-server again what COMMAND DOCS and HELP answer
  screenshot          take the pictures of the page again: docs/screenshot.png and target/screenshots/
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["play", rest @ ..] => port(rest).and_then(play),
        ["test", rest @ ..] => checks::run(rest),
        ["bench", "wire", rest @ ..] => runs(rest, 5).and_then(bench_wire),
        ["bench", rest @ ..] => runs(rest, 15).and_then(bench),
        ["dist"] => dist::run(),
        ["conformance"] => conformance(),
        ["documents"] => documents::write(),
        ["screenshot"] => screenshot(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown command: {}\n\n{HELP}", words.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("\n{message}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// `--port N`; 0 asks for any free port, no option for the usual one.
fn port(words: &[&str]) -> Outcome<Option<u16>> {
    match words {
        [] => Ok(None),
        ["--port", value] => match value.parse() {
            Ok(port) => Ok(Some(port)),
            Err(_) => Err(format!("--port: expected a number from 0 to 65535, found {value}")),
        },
        _ => Err(format!("play: expected --port N, found {}", words.join(" "))),
    }
}

/// `--runs N`: how often a benchmark is repeated, `usual` times if nothing is said.
fn runs(words: &[&str], usual: u32) -> Outcome<u32> {
    match words {
        [] => Ok(usual),
        ["--runs", value] => match value.parse() {
            Ok(runs) if runs > 0 => Ok(runs),
            _ => Err(format!("--runs: expected a number above 0, found {value}")),
        },
        _ => Err(format!("bench: expected --runs N, found {}", words.join(" "))),
    }
}

fn play(port: Option<u16>) -> Outcome<()> {
    tools::wasm_target()?;
    page::build()?;
    sizes::print_wasm()?;
    let server = server::Server::bind(root().join("www"), port)?;
    println!("\nPSYNC Playground is at {}   (Ctrl-C ends it)", server.address());
    server.serve();
    Ok(())
}

fn bench(runs: u32) -> Outcome<()> {
    tools::wasm_target()?;
    tools::node_modules()?;
    steps::heading("natively");
    for bench in ["minute", "timeline"] {
        command::cargo(["bench", "--quiet", "--bench", bench, "--", &runs.to_string()]).run()?;
    }
    steps::heading("in headless Chromium");
    page::build()?;
    browser::bench(runs)?;
    steps::heading("size");
    sizes::print_wasm()
}

fn bench_wire(runs: u32) -> Outcome<()> {
    command::cargo(["bench", "--quiet", "--bench", "wire", "--", &runs.to_string()]).run()
}

fn conformance() -> Outcome<()> {
    command::cargo(["test", "--quiet", "--test", "conformance"]).env("CONFORMANCE_WRITE", "1").run()
}

fn screenshot() -> Outcome<()> {
    tools::wasm_target()?;
    tools::node_modules()?;
    page::build()?;
    browser::screenshots()
}
