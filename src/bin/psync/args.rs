//! The command line and the configuration file, in the form that `redis-server` takes them:
//! `psync node [FILE] [--port N] [--<directive> <value>...]...`. The words behind `swarm` are read by [`swarm`].

use psync_playground::config::{Config, Directive, Reading};
use psync_playground::resp::quoted;

use crate::swarm;

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Command {
    /// How to use it.
    Help,
    /// Experiments drawn from seeds.
    Swarm(swarm::Wish),
    /// A node with this configuration, and what to say about it first.
    Node {
        /// Everything that was given.
        config: Box<Config>,
        /// The configuration file, if one was named.
        file: Option<String>,
        /// Directives that were accepted and have no effect.
        warnings: Vec<String>,
    },
}

pub(crate) const HELP: &str = "\
psync node [FILE] [--port N] [--<directive> <value>...]...

Serves Redis clients, replicas and masters on 127.0.0.1 with the replication engine of the playground.
FILE is a configuration file in the form of redis.conf; directives on the command line come after it.
Example: psync node --port 7001 --replicaof 127.0.0.1 6379 --repl-timeout 10

psync swarm --seeds A..B     draw experiments from seeds and check them; psync swarm --help tells more
";

/// Reads the words behind the program's name.
pub(crate) fn parse(words: &[String]) -> Result<Command, String> {
    let rest = match words {
        [] => return Ok(Command::Help),
        [word, ..] if matches!(word.as_str(), "help" | "--help" | "-h") => return Ok(Command::Help),
        [word, rest @ ..] if word == "node" => rest,
        [word, rest @ ..] if word == "swarm" => return swarm::wish(rest).map(Command::Swarm),
        [word, ..] => return Err(format!("unknown command '{word}': expected 'node', 'swarm' or 'help'")),
    };
    let mut reading = Reading::new(open);
    let mut file = None;
    let mut given = rest;
    if let Some((name, behind)) = given.split_first().filter(|(word, _)| !word.starts_with("--")) {
        reading.file(name, &open(name)?)?;
        file = (name != STANDARD_INPUT).then(|| absolute(name));
        given = behind;
    }
    if given.iter().any(|word| word == "--help") {
        return Ok(Command::Help);
    }
    reading.file("command line", &lines(given))?;
    let Reading { mut config, warnings, .. } = reading;
    // The engine has no file system; the program's folder is where it was started.
    let dir = config.show(Directive::Dir);
    let dir = if dir == Config::new().show(Directive::Dir) { ".".to_owned() } else { dir };
    let dir = std::fs::canonicalize(&dir).map_err(|error| format!("directory '{dir}': {error}"))?;
    let dir = dir.to_string_lossy();
    config.set_at_start("dir", &dir).map_err(|error| error.to_string())?;
    Ok(Command::Node { config: Box::new(config), file, warnings })
}

/// The file that is no file: what is piped into the program.
const STANDARD_INPUT: &str = "-";

/// The text of a configuration file.
fn open(name: &str) -> Result<String, String> {
    let text = match name {
        STANDARD_INPUT => std::io::read_to_string(std::io::stdin()),
        _ => std::fs::read_to_string(name),
    };
    text.map_err(|error| format!("cannot read '{name}': {error}"))
}

/// The words of a command line as lines of a configuration file, the way `redis-server` puts them: a word that begins with
/// `--` begins a directive, unless the one before has no value yet; only `save` may go without.
fn lines(words: &[String]) -> String {
    let mut text = String::new();
    let mut has_value = true;
    for (index, word) in words.iter().enumerate() {
        match word.strip_prefix("--").filter(|_| has_value) {
            Some(directive) => {
                text.push('\n');
                text.push_str(directive);
                has_value = directive.split_whitespace().nth(1).is_some();
                let next_begins = words.get(index + 1).is_none_or(|next| next.starts_with("--"));
                if directive.eq_ignore_ascii_case("save") && next_begins {
                    text.push_str(" \"\"");
                    has_value = true;
                }
            }
            None => {
                text.push_str(&String::from_utf8_lossy(&quoted(word.as_bytes())));
                has_value = true;
            }
        }
        text.push(' ');
    }
    text
}

/// A path that stays right wherever it is read; as it is if there is no such place.
fn absolute(path: &str) -> String {
    std::fs::canonicalize(path).map_or_else(|_| path.to_string(), |path| path.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(line: &str) -> Result<Config, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
        match parse(&words)? {
            Command::Node { config, .. } => Ok(*config),
            Command::Help | Command::Swarm(_) => Err("no node".into()),
        }
    }

    #[test]
    fn directives_take_one_word_or_several() {
        let config = node("node --port 7001 --replicaof 127.0.0.1 6379 --repl-timeout 5").expect("good");
        assert_eq!((config.port(), config.repl_timeout_s()), (7001, 5));
        assert_eq!(config.replicaof(), Some(("127.0.0.1".to_string(), 6379)));
        assert!(node("node --slave-priority 3").is_ok());
    }

    #[test]
    fn mistakes_are_named() {
        for (line, part) in [
            ("fly", "unknown command 'fly'"),
            ("node --nonsense 1", "unknown directive 'nonsense'"),
            ("node --repl-timeout abc", "abc"),
            ("node --port 1 x --port", "'port \"1\" \"x\"'\n"),
            ("node --port", "'port'\n"),
            ("node --port --loglevel verbose", "'port \"--loglevel\" \"verbose\"'\n"),
            ("node --loglevel --bla", "argument(s) must be one of the following"),
            ("node --shutdown-on-sigint", "argument(s) must be one of the following"),
            ("node --replicaof --127.0.0.1 --abc", "'replicaof \"--127.0.0.1\"'\n"),
            ("node /no/such/file", "/no/such/file"),
        ] {
            let error = node(line).expect_err(line);
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn save_points_add_up_and_an_empty_one_clears_them() {
        assert_eq!(node("node --save 900 1 --save 60 5").expect("good").save_points(), [(900, 1), (60, 5)]);
        for line in ["node --save", "node --save --hz 20", "node --proc-title-template --save --save --hz 20"] {
            assert_eq!(node(line).expect(line).save_points(), [], "{line}");
        }
    }

    #[test]
    fn a_directive_and_its_value_may_be_one_word() {
        let words = ["node", "--maxmemory '700mb'", "--shutdown-on-sigint nosave force", "--hz", "20"];
        match parse(&words.map(String::from)) {
            Ok(Command::Node { config, .. }) => {
                assert_eq!(config.show(Directive::MaxMemory), "734003200");
                assert_eq!(config.show(Directive::ShutdownOnSigint), "nosave force");
                assert_eq!(config.hz(), 20);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn unmodelled_directives_warn() {
        let words: Vec<String> = ["node", "--maxmemory-samples", "10"].map(String::from).to_vec();
        match parse(&words) {
            Ok(Command::Node { warnings, .. }) => assert_eq!(warnings.len(), 1),
            other => panic!("{other:?}"),
        }
    }
}
