//! Reading a configuration file, and directives of a command line: one after the other, with what is said about those that
//! the engine does not model.

use super::{Config, Directive, directives};
use crate::resp::split_line;

/// Lines of a configuration file that are no directives of CONFIG: accepted with a warning, so that existing files work.
const WITHOUT_EFFECT: &[&str] = &["loadmodule", "user"];

/// A configuration while it is being read.
#[derive(Debug, Default)]
pub struct Reading {
    /// What was read so far.
    pub config: Config,
    /// What a person should know: directives that were accepted and have no effect.
    pub warnings: Vec<String>,
    /// `save` was met where it is read now: the next one adds to it.
    save_given: bool,
}

impl Reading {
    /// Reads the text of a file; an error names it and the line.
    pub fn file(&mut self, file: &str, text: &str) -> Result<(), String> {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = |error: String| format!("{file}, line {}: {error}", index + 1);
            let words = split_line(line.as_bytes()).ok_or_else(|| at("unbalanced quotes".to_string()))?;
            let words: Vec<String> = words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
            let Some((name, values)) = words.split_first() else { continue };
            self.directive(name, &values.join(" ")).map_err(at)?;
        }
        Ok(())
    }

    /// Reads one directive.
    pub fn directive(&mut self, name: &str, value: &str) -> Result<(), String> {
        let lower = name.to_ascii_lowercase();
        let row = directives().iter().find(|row| row.name == lower || row.alias == lower);
        // The folder and the name of the snapshot are this program's business; the engine only shows them.
        let is_own = matches!(lower.as_str(), "dir" | "dbfilename" | "logfile");
        let inert = row.is_some_and(|row| row.is_inert() && !is_own && self.config.show(row.directive) != value);
        if inert || (row.is_none() && WITHOUT_EFFECT.contains(&lower.as_str())) {
            self.warnings.push(format!("directive '{lower}' is accepted and has no effect here"));
        }
        if row.is_none() && WITHOUT_EFFECT.contains(&lower.as_str()) {
            return Ok(());
        }
        if lower == "appendonly" && value.eq_ignore_ascii_case("yes") {
            self.warnings.push("there is no append-only file here: appendonly stays off".to_string());
            return Ok(());
        }
        if lower == "save" && !value.is_empty() && std::mem::replace(&mut self.save_given, true) {
            let both = format!("{} {value}", self.config.show(Directive::Save));
            return self.config.set_at_start(name, &both).map_err(|error| error.to_string());
        }
        self.config.set_at_start(name, value).map_err(|error| error.to_string())
    }
}
