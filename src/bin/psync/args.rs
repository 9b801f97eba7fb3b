//! The command line and the configuration file, in the form that `redis-server` takes them:
//! `psync node [FILE] [--port N] [--<directive> <value>...]...`. The words behind `swarm` are read by [`swarm`].

use psync_playground::config::{Config, Directive, Reading};

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
    while let Some((word, behind)) = given.split_first() {
        let Some(option) = word.strip_prefix("--") else {
            return Err(format!("unexpected argument '{word}': a directive begins with '--'"));
        };
        if option == "help" {
            return Ok(Command::Help);
        }
        let (name, values, behind) = directive(option, behind);
        reading.directive(&name, &values).map_err(|error| format!("--{name}: {error}"))?;
        given = behind;
    }
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

/// A directive of the command line: its name, its values, and the words behind it. The value may stand in the word of the
/// name, and the first word behind a lone name is a value whatever it looks like, but for `--save`.
fn directive<'a>(option: &str, behind: &'a [String]) -> (String, Vec<String>, &'a [String]) {
    let mut own = option.split_whitespace().map(str::to_owned);
    let name = own.next().unwrap_or_default();
    let mut values: Vec<String> = own.collect();
    let is_option = |word: &String| word.starts_with("--");
    let takes_any = values.is_empty() && !name.eq_ignore_ascii_case("save");
    let first = usize::from(takes_any && behind.first().is_some_and(is_option));
    let rest = behind.iter().skip(first).take_while(|word| !is_option(word)).count();
    let (more, behind) = behind.split_at(first + rest);
    values.extend_from_slice(more);
    (name, values, behind)
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
            ("node --port 1 x --port", "port"),
            ("node /no/such/file", "/no/such/file"),
        ] {
            let error = node(line).expect_err(line);
            assert!(error.contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn save_points_add_up_and_an_empty_one_clears_them() {
        assert_eq!(node("node --save 900 1 --save 60 5").expect("good").save_points(), [(900, 1), (60, 5)]);
        assert_eq!(node("node --save").expect("good").save_points(), []);
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
