//! `psync`: the engine as a native program. `psync node` serves real Redis clients, replicas and masters over TCP,
//! `psync swarm` draws experiments from seeds and checks them.
//!
//! A skin: it reads the command line and carries out what the node asks for. It decides nothing about replication.

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(clippy::disallowed_types, reason = "the shell is where real time comes in")
)]

#[cfg(not(target_arch = "wasm32"))]
mod args;
#[cfg(not(target_arch = "wasm32"))]
mod listen;
#[cfg(not(target_arch = "wasm32"))]
mod log;
#[cfg(not(target_arch = "wasm32"))]
mod shell;
#[cfg(not(target_arch = "wasm32"))]
mod socket;
#[cfg(not(target_arch = "wasm32"))]
mod swarm;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let result = match args::parse(&words) {
        Ok(args::Command::Help) => {
            log::print(args::HELP);
            Ok(0)
        }
        Ok(args::Command::Swarm(wish)) => swarm::run(&wish),
        Ok(args::Command::Node { config, file, warnings }) => shell::run(*config, file, &warnings),
        Err(error) => Err(error),
    };
    match result {
        Ok(code) => std::process::ExitCode::from(code),
        Err(error) => {
            log::complain(&error);
            std::process::ExitCode::FAILURE
        }
    }
}

/// Sockets do not exist there; the library is what runs in a browser.
#[cfg(target_arch = "wasm32")]
fn main() {}
