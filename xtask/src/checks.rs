//! `cargo xtask test`: every check, in the order in which a mistake shows soonest.

use crate::command::{cargo, program};
use crate::steps::Steps;
use crate::tools::{self, WASM_TARGET};
use crate::{Outcome, browser, page, root, sizes};
use std::fs;

/// A name for the command line, steps it needs, and what it does.
type Step = (&'static str, &'static [&'static str], fn() -> Outcome<()>);

const STEPS: [Step; 13] = [
    ("format", &[], || cargo(["fmt", "--all", "--check"]).run()),
    ("clippy", &[], || cargo(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]).run()),
    ("clippy-wasm", &[], || {
        cargo(["clippy", "--lib", "--target", WASM_TARGET, "--quiet", "--", "-D", "warnings"]).run()
    }),
    ("rustdoc", &[], || {
        cargo(["doc", "--no-deps", "--document-private-items", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings").run()
    }),
    ("native", &[], || cargo(["test", "--quiet"]).run()),
    ("swarm", &[], swarm),
    ("xtask", &[], || cargo(["test", "--quiet", "--package", "xtask"]).run()),
    ("page", &[], page::build),
    ("wasm-pack-build", &[], wasm_pack_build),
    ("wasm-pack-test", &[], || {
        program("wasm-pack", ["test", "--headless", "--chrome"])
            .env_default("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
            .env_default("WASM_BINDGEN_TEST_TIMEOUT", "120")
            .run()
    }),
    ("types", &["page"], || program("node_modules/.bin/tsc", ["--project", "tsconfig.json"]).run()),
    ("sizes", &["page"], sizes::check_wasm),
    ("e2e", &["page"], browser::end_to_end),
];

/// Runs the steps that are named, or all of them.
pub(crate) fn run(words: &[&str]) -> Outcome<()> {
    if words == ["--list"] {
        STEPS.iter().for_each(|(name, _, _)| println!("{name}"));
        return Ok(());
    }
    if let Some(unknown) = words.iter().find(|word| STEPS.iter().all(|(name, _, _)| name != *word)) {
        let names: Vec<&str> = STEPS.iter().map(|(name, _, _)| *name).collect();
        return Err(format!("test: expected one of {}; found {unknown}", names.join(", ")));
    }
    let mut steps = Steps::default();
    steps.run("set-up", &[], tools::all);
    if steps.all_passed() {
        for (name, needs, work) in STEPS {
            if words.is_empty() || words.contains(&name) {
                steps.run(name, needs, work);
            }
        }
    }
    steps.finish()
}

/// Seeds that are drawn and checked at every change; by hand it may be many more.
const SWARM: &str = "0..2000";

/// Experiments drawn from seeds, and the proof that they find faults: the program can be given deliberate ones.
fn swarm() -> Outcome<()> {
    play_swarm(&["--seeds", SWARM])?;
    play_swarm(&["--mutants"])
}

/// The program is built with little optimisation between its parts: that would take longer than it saves.
fn play_swarm(words: &[&str]) -> Outcome<()> {
    let program = ["run", "--release", "--quiet", "--features", "mutants", "--bin", "psync", "--", "swarm"];
    cargo(program.iter().chain(words))
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .run()
}

/// The documented command works by itself and makes files of the names that the page imports. Its output lies aside, as
/// it keeps sections that `cargo xtask play` leaves out.
fn wasm_pack_build() -> Outcome<()> {
    let folder = root().join("target/wasm-pack");
    program("wasm-pack", ["build", "--target", "web", "--out-dir", "target/wasm-pack"]).run()?;
    for name in ["psync_playground.js", "psync_playground_bg.wasm", "psync_playground.d.ts"] {
        if !fs::exists(folder.join(name)).unwrap_or(false) {
            return Err(format!("wasm-pack build wrote no {name}"));
        }
    }
    Ok(())
}
