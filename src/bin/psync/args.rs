//! The command line and the configuration file, in the form that `redis-server` takes them:
//! `psync node [FILE] [--port N] [--<directive> <value>...]...`.

use psync_playground::config::{Config, directives};

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Command {
    /// How to use it.
    Help,
    /// A node with this configuration, and what to say about it first.
    Node {
        /// Everything that was given.
        config: Box<Config>,
        /// Directives that were accepted and have no effect.
        warnings: Vec<String>,
    },
}

pub(crate) const HELP: &str = "\
psync node [FILE] [--port N] [--<directive> <value>...]...

Serves Redis clients, replicas and masters on 127.0.0.1 with the replication engine of the playground.
FILE is a configuration file in the form of redis.conf; directives on the command line come after it.
Example: psync node --port 7001 --replicaof 127.0.0.1 6379 --repl-timeout 10
";

/// Directives of 7.0 that the engine does not model: accepted with a warning, so that existing files work.
const WITHOUT_EFFECT: &[&str] = &[
    "always-show-logo",
    "appendfilename",
    "appenddirname",
    "auto-aof-rewrite-min-size",
    "auto-aof-rewrite-percentage",
    "aof-load-truncated",
    "aof-use-rdb-preamble",
    "aof-timestamp-enabled",
    "activerehashing",
    "active-defrag-threshold-lower",
    "crash-log-enabled",
    "crash-memcheck-enabled",
    "daemonize",
    "enable-debug-command",
    "enable-module-command",
    "enable-protected-configs",
    "hash-max-listpack-entries",
    "hash-max-listpack-value",
    "hash-max-ziplist-entries",
    "hash-max-ziplist-value",
    "hll-sparse-max-bytes",
    "io-threads",
    "io-threads-do-reads",
    "jemalloc-bg-thread",
    "latency-monitor-threshold",
    "latency-tracking",
    "lfu-decay-time",
    "lfu-log-factor",
    "list-compress-depth",
    "list-max-listpack-size",
    "list-max-ziplist-size",
    "locale-collate",
    "logfile",
    "lua-time-limit",
    "busy-reply-threshold",
    "maxmemory-clients",
    "maxmemory-eviction-tenacity",
    "maxmemory-samples",
    "no-appendfsync-on-rewrite",
    "notify-keyspace-events",
    "oom-score-adj",
    "oom-score-adj-values",
    "pidfile",
    "proc-title-template",
    "rdb-save-incremental-fsync",
    "aof-rewrite-incremental-fsync",
    "rename-command",
    "sanitize-dump-payload",
    "set-max-intset-entries",
    "set-proc-title",
    "slowlog-log-slower-than",
    "slowlog-max-len",
    "socket-mark-id",
    "stream-node-max-bytes",
    "stream-node-max-entries",
    "supervised",
    "syslog-enabled",
    "syslog-facility",
    "syslog-ident",
    "tracking-table-max-keys",
    "unixsocket",
    "unixsocketperm",
    "watchdog-period",
    "zset-max-listpack-entries",
    "zset-max-listpack-value",
    "zset-max-ziplist-entries",
    "zset-max-ziplist-value",
];

/// Reads the words behind the program's name.
pub(crate) fn parse(words: &[String]) -> Result<Command, String> {
    let rest = match words {
        [] => return Ok(Command::Help),
        [word, ..] if matches!(word.as_str(), "help" | "--help" | "-h") => return Ok(Command::Help),
        [word, rest @ ..] if word == "node" => rest,
        [word, ..] => return Err(format!("unknown command '{word}': expected 'node' or 'help'")),
    };
    let mut config = Config::new();
    // The engine has no file system; the program's folder is where it was started.
    config.set_at_start("dir", ".").map_err(|error| error.to_string())?;
    let mut warnings = Vec::new();
    let mut given = rest;
    if let Some((file, behind)) = given.split_first().filter(|(word, _)| !word.starts_with("--")) {
        read_file(file, &mut config, &mut warnings)?;
        given = behind;
    }
    while let Some((word, behind)) = given.split_first() {
        let Some(name) = word.strip_prefix("--") else {
            return Err(format!("unexpected argument '{word}': a directive begins with '--'"));
        };
        if name == "help" {
            return Ok(Command::Help);
        }
        let values = behind.iter().take_while(|value| !value.starts_with("--")).count();
        let (values, behind) = behind.split_at(values);
        apply(name, &values.join(" "), &mut config, &mut warnings).map_err(|error| format!("--{name}: {error}"))?;
        given = behind;
    }
    Ok(Command::Node { config: Box::new(config), warnings })
}

fn read_file(file: &str, config: &mut Config, warnings: &mut Vec<String>) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read '{file}': {error}"))?;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = |error: String| format!("{file}, line {}: {error}", index + 1);
        let words =
            psync_playground::resp::split_line(line.as_bytes()).ok_or_else(|| at("unbalanced quotes".to_string()))?;
        let words: Vec<String> = words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        let Some((name, values)) = words.split_first() else { continue };
        apply(name, &values.join(" "), config, warnings).map_err(at)?;
    }
    Ok(())
}

fn apply(name: &str, value: &str, config: &mut Config, warnings: &mut Vec<String>) -> Result<(), String> {
    let lower = name.to_ascii_lowercase();
    let is_known = directives().iter().any(|row| row.name == lower || row.alias == lower);
    if !is_known && WITHOUT_EFFECT.contains(&lower.as_str()) {
        warnings.push(format!("directive '{lower}' is accepted and has no effect here"));
        return Ok(());
    }
    config.set_at_start(name, value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(line: &str) -> Result<Config, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
        match parse(&words)? {
            Command::Node { config, .. } => Ok(*config),
            Command::Help => Err("help".into()),
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
    fn a_directive_is_modelled_or_without_effect_but_not_both() {
        for name in WITHOUT_EFFECT {
            assert!(directives().iter().all(|row| row.name != *name && row.alias != *name), "{name}");
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
