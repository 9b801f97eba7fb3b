//! Child processes: started in the root of the repository, with cargo's folder of installed programs on the path, and an
//! error that repeats the command line.

use crate::{Outcome, root};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A command line about to be run.
pub(crate) struct Run {
    command: Command,
    line: String,
}

/// `cargo` with these arguments: the same cargo that runs this program.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Run {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    Run::new(program, "cargo", arguments)
}

/// Any other program, found on the path.
pub(crate) fn program<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(name: &str, arguments: I) -> Run {
    Run::new(name.into(), name, arguments)
}

/// Where a program lies on the path, if it is there.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&path()).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The folder into which `cargo install` puts programs.
fn cargo_bin() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_INSTALL_ROOT").or_else(|| std::env::var_os("CARGO_HOME")).map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    home.map(|home| home.join("bin"))
}

/// The path of child processes: what was there, and cargo's folder behind it if it was missing.
fn path() -> OsString {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    folders.extend(cargo_bin().filter(|bin| !folders.contains(bin)));
    std::env::join_paths(folders).unwrap_or_default()
}

impl Run {
    fn new<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(program: OsString, name: &str, arguments: I) -> Run {
        let mut command = Command::new(program);
        command.current_dir(root()).env("PATH", path()).stdin(Stdio::null());
        let mut line = name.to_owned();
        for argument in arguments {
            line.push(' ');
            line.push_str(&argument.as_ref().to_string_lossy());
            command.arg(argument);
        }
        Run { command, line }
    }

    /// With an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Run {
        self.command.env(name, value);
        self
    }

    /// With an environment variable, unless the person has set it.
    pub(crate) fn env_default(self, name: &str, value: &str) -> Run {
        if std::env::var_os(name).is_some() { self } else { self.env(name, value) }
    }

    /// Runs it with its output on the terminal; any exit but 0 is an error.
    pub(crate) fn run(mut self) -> Outcome<()> {
        println!("$ {}", self.line);
        let status = self.command.status().map_err(|error| format!("cannot start {}: {error}", self.line))?;
        if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", self.line)) }
    }

    /// Runs it and returns what it printed; errors go to the terminal.
    pub(crate) fn output(mut self) -> Outcome<String> {
        self.command.stderr(Stdio::inherit());
        let output = self.command.output().map_err(|error| format!("cannot start {}: {error}", self.line))?;
        if !output.status.success() {
            return Err(format!("{} ended with {}", self.line, output.status));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it in silence: what it printed, or nothing if it is not there or failed.
    pub(crate) fn probe(mut self) -> Option<String> {
        let output = self.command.stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}
