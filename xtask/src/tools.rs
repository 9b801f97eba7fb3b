//! What must be installed, and the installing of it: the wasm target, Debian packages, cargo programs, npm packages.
//!
//! Playing needs only the wasm target. Checks need the rest, and get it: Debian packages when run as root, otherwise
//! they are named.

use crate::command::{cargo, find, program};
use crate::{Outcome, root};
use std::fs;

/// The target of the page.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// The version of the wasm-bindgen programs: the one that `Cargo.toml` pins, or wasm-pack fetches another.
const WASM_BINDGEN: &str = "0.2.129";
/// The version of wasm-pack that these checks were tried with.
const WASM_PACK: &str = "0.15.1";

/// A Debian package, and the program or file that shows it is there. A program found elsewhere counts as well.
const DEBIAN: [(&str, Proof); 7] = [
    ("chromium", Proof::Program("chromium")),
    ("chromium-driver", Proof::Program("chromedriver")),
    ("firefox-esr", Proof::Program("firefox-esr")),
    ("fonts-dejavu-core", Proof::File("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")),
    ("redis-server", Proof::Program("redis-server")),
    ("nodejs", Proof::Program("node")),
    ("npm", Proof::Program("npm")),
];

enum Proof {
    Program(&'static str),
    File(&'static str),
}

impl Proof {
    fn is_there(&self) -> bool {
        match self {
            Proof::Program(name) => find(name).is_some(),
            Proof::File(path) => fs::exists(path).unwrap_or(false),
        }
    }
}

/// Everything that `cargo xtask test` needs.
pub(crate) fn all() -> Outcome<()> {
    wasm_target()?;
    component("rustfmt", "fmt")?;
    component("clippy", "clippy")?;
    debian_packages()?;
    // wasm-bindgen first: wasm-pack takes it from the path, where it would otherwise try to fetch it by itself.
    cargo_program("wasm-bindgen", "wasm-bindgen-cli", WASM_BINDGEN)?;
    cargo_program("wasm-pack", "wasm-pack", WASM_PACK)?;
    node_modules()
}

/// The standard library for wasm.
pub(crate) fn wasm_target() -> Outcome<()> {
    let sysroot = program("rustc", ["--print", "sysroot"]).output()?;
    let library = std::path::Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET);
    if library.is_dir() {
        return Ok(());
    }
    if find("rustup").is_none() {
        return Err(format!("the Rust standard library for {WASM_TARGET} is missing, and so is rustup to add it"));
    }
    program("rustup", ["target", "add", WASM_TARGET]).run()
}

/// A part of the toolchain that is also a cargo command.
fn component(name: &str, command: &str) -> Outcome<()> {
    if cargo([command, "--version"]).probe().is_some() {
        return Ok(());
    }
    program("rustup", ["component", "add", name]).run()
}

fn debian_packages() -> Outcome<()> {
    let missing: Vec<&str> =
        DEBIAN.iter().filter(|(_, proof)| !proof.is_there()).map(|(package, _)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = program("id", ["-u"]).probe().as_deref() == Some("0");
    if !root || find("apt-get").is_none() {
        return Err(format!(
            "missing: {}\nOn Debian, as root: apt-get install -y --no-install-recommends {}",
            missing.join(", "),
            missing.join(" ")
        ));
    }
    program("apt-get", ["update", "-q"]).run()?;
    let options = ["install", "-y", "-q", "--no-install-recommends"];
    program("apt-get", options.into_iter().chain(missing.iter().copied()))
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()
}

/// A program from crates.io in exactly this version. It is built with little optimisation: half the time, and it has
/// little to do here.
fn cargo_program(name: &str, package: &str, version: &str) -> Outcome<()> {
    let found = program(name, ["--version"]).probe();
    if found.is_some_and(|line| line.split_whitespace().nth(1) == Some(version)) {
        return Ok(());
    }
    cargo(["install", package, "--version", version, "--locked", "--force"])
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .run()
}

/// The packages of `package-lock.json`, installed anew when that file has changed.
pub(crate) fn node_modules() -> Outcome<()> {
    let lock = fs::read(root().join("package-lock.json")).map_err(|error| format!("package-lock.json: {error}"))?;
    let stamp = root().join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    program("npm", ["ci", "--ignore-scripts"]).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").run()?;
    fs::write(&stamp, lock).map_err(|error| format!("{}: {error}", stamp.display()))
}
