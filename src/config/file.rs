//! Reading a configuration file, and directives of a command line: one after the other, with what is said about those that
//! the engine does not model. Knows no file system: what reads a file is told to it.

use super::{Config, Directive, directives, value};
use crate::resp::split_line;

/// Directives that are no directives of CONFIG: accepted with a warning, so that existing files work.
const WITHOUT_EFFECT: &[&str] = &["loadmodule", "rename-command", "user"];

/// Directives of old versions that Redis still accepts and that mean nothing any more, to it either.
const FORGOTTEN: &[&str] = &["list-max-ziplist-entries", "list-max-ziplist-value"];

/// Files that include one another; Redis has no limit.
const DEPTH_MAX: usize = 16;

/// A configuration while it is being read.
#[derive(Debug)]
pub struct Reading {
    /// What was read so far.
    pub config: Config,
    /// What a person should know: directives that were accepted and have no effect.
    pub warnings: Vec<String>,
    /// `save` was met where it is read now: the next one adds to it.
    save_given: bool,
    /// Gives the text of a file that `include` names, or says why it cannot.
    open: fn(&str) -> Result<String, String>,
    /// Files that include the one that is read.
    depth: usize,
}

impl Reading {
    /// Begins with the defaults; `open` reads a file that `include` names.
    pub fn new(open: fn(&str) -> Result<String, String>) -> Reading {
        Reading { config: Config::new(), warnings: Vec::new(), save_given: false, open, depth: 0 }
    }

    /// Reads the text of a file; an error names it and the line.
    pub fn file(&mut self, file: &str, text: &str) -> Result<(), String> {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = |error: String| format!("{file}, line {}:\n>>> '{line}'\n{error}", index + 1);
            let words = split_line(line.as_bytes()).ok_or_else(|| at("unbalanced quotes".to_string()))?;
            let words: Vec<String> = words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
            let Some((name, values)) = words.split_first() else { continue };
            self.directive(name, values).map_err(at)?;
        }
        Ok(())
    }

    /// Reads one directive with the words of its value.
    pub fn directive(&mut self, name: &str, words: &[String]) -> Result<(), String> {
        let lower = name.to_ascii_lowercase();
        if FORGOTTEN.contains(&&lower[..]) {
            return Ok(());
        }
        if WITHOUT_EFFECT.contains(&&lower[..]) {
            self.warnings.push(format!("directive '{lower}' is accepted and has no effect here"));
            return Ok(());
        }
        if lower == "include" {
            return self.include(words);
        }
        let Some(row) = directives().iter().find(|row| row.name == lower || row.alias == lower) else {
            return Err(format!("unknown directive '{name}'"));
        };
        let value = value_of(row.directive, words).ok_or_else(|| format!("directive '{name}': {WRONG_NUMBER}"))?;
        // The folder and the name of the snapshot are this program's business; the engine only shows them.
        let is_own = matches!(&lower[..], "dir" | "dbfilename" | "logfile");
        if row.is_inert() && !is_own && self.config.show(row.directive) != value {
            self.warnings.push(format!("directive '{lower}' is accepted and has no effect here"));
        }
        if lower == "appendonly" && value.eq_ignore_ascii_case("yes") {
            self.warnings.push("there is no append-only file here: appendonly stays off".to_string());
            return Ok(());
        }
        if lower == "save" && !value.is_empty() && std::mem::replace(&mut self.save_given, true) {
            let both = format!("{} {value}", self.config.show(Directive::Save));
            return self.config.set_at_start(name, &both).map_err(|error| error.to_string());
        }
        self.config.set_at_start(name, &value).map_err(|error| error.to_string())?;
        if row.directive == Directive::ReplBacklogSize {
            self.config.keep_small_backlog(&value);
        }
        Ok(())
    }

    fn include(&mut self, words: &[String]) -> Result<(), String> {
        let [file] = words else { return Err(format!("directive 'include': {WRONG_NUMBER}")) };
        if self.depth == DEPTH_MAX {
            return Err("too many files include one another".to_string());
        }
        let text = (self.open)(file)?;
        self.depth += 1;
        let read = self.file(file, &text);
        self.depth -= 1;
        read
    }
}

const WRONG_NUMBER: &str = "wrong number of arguments";

/// One value of the words that a directive was given, if it takes so many.
fn value_of(directive: Directive, words: &[String]) -> Option<String> {
    match (directive, words) {
        (Directive::ReplicaOf, _) if words.join(" ").split_ascii_whitespace().count() != 2 => None,
        // Several words are taken one by one: none of them may be several again.
        (_, [_, _, ..]) if directive.takes_words() => {
            words.iter().all(|word| !word.contains(' ')).then(|| words.join(" "))
        }
        (_, [word]) => Some(word.clone()),
        // Nothing is none of the words that these take, which is what is said then.
        (Directive::ShutdownOnSigint | Directive::ShutdownOnSigterm, []) => Some(String::new()),
        (Directive::Save | Directive::Bind, []) => Some(String::new()),
        _ => None,
    }
}

impl Config {
    /// Only CONFIG SET raises a backlog that is too small: from the start Redis takes it as it is.
    fn keep_small_backlog(&mut self, text: &str) {
        if let Some(bytes) = value::memory(text).and_then(|bytes| i64::try_from(bytes).ok()) {
            self.put(Directive::ReplBacklogSize, value::Value::Number(bytes));
        }
    }
}
