//! Floor 2: configuration. One table, a row a directive ([`directives`]); a [`Config`] holds a value a row and knows how
//! start-up, CONFIG SET and CONFIG GET read and show it.
//!
//! Knows nothing of who uses a value.

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod checked;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod file;
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod rewrite;
mod table;
mod typed;
mod value;

use std::sync::Arc;

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub use file::Reading;
pub use table::{Directive, Kind, Row, directives};
pub use typed::DisklessLoad;
pub use value::{ClientClass, OutputLimit};

use crate::base::glob_ignoring_case;
use value::Value;

/// The values of all directives. A clone is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// In the order of the table.
    values: Arc<Vec<Value>>,
}

/// Why a directive of the start was refused. `Display` gives one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There is no such directive.
    #[error("unknown directive '{0}'")]
    Unknown(
        /// Its name as given.
        String,
    ),
    /// The directive does not take this value.
    #[error("directive '{name}' does not take '{value}': {why}")]
    Invalid {
        /// Its name as given.
        name: String,
        /// The value as given.
        value: String,
        /// What is wrong, in Redis's words.
        why: String,
    },
}

/// A row, and whether it was called by its old name.
type Named = (&'static Row, bool);

fn find(name: &str) -> Option<Named> {
    directives().iter().find_map(|row| match () {
        _ if row.name.eq_ignore_ascii_case(name) => Some((row, false)),
        _ if !row.alias.is_empty() && row.alias.eq_ignore_ascii_case(name) => Some((row, true)),
        _ => None,
    })
}

impl Default for Config {
    fn default() -> Config {
        Config::new()
    }
}

impl Config {
    /// The defaults of Redis 7.0.
    pub fn new() -> Config {
        Config { values: Arc::new(directives().iter().map(value::default).collect()) }
    }

    /// Sets a directive before the start, immutable ones too. `save` and `client-output-buffer-limit` take what CONFIG SET
    /// takes; `replicaof` takes `host port`, `no one` or nothing.
    pub fn set_at_start(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        let Some((row, _)) = find(name) else { return Err(ConfigError::Unknown(name.to_owned())) };
        let parsed = value::parse(row, value, self.value(row.directive));
        let new = parsed.map_err(|why| ConfigError::Invalid { name: name.to_owned(), value: value.to_owned(), why })?;
        self.put(row.directive, new);
        Ok(())
    }

    /// CONFIG SET with its pairs: all of them, or none and the reply's error text. Returns the directives whose value is
    /// another one now. Bytes that are not UTF-8 are replaced.
    pub fn set(&mut self, pairs: &[(&[u8], &[u8])]) -> Result<Vec<Directive>, String> {
        let mut rows: Vec<Named> = Vec::with_capacity(pairs.len());
        for (name, _) in pairs {
            let name = String::from_utf8_lossy(name);
            let Some(named @ (row, _)) = find(&name) else {
                return Err(["ERR Unknown option or number of arguments for CONFIG SET - '", &name, "'"].concat());
            };
            let refusal = match () {
                _ if row.is_protected() && !self.takes_protected() => "can't set protected config",
                _ if !row.is_mutable() && !row.is_protected() => "can't set immutable config",
                _ if rows.iter().any(|(other, old)| (other.directive, *old) == (row.directive, named.1)) => {
                    "duplicate parameter"
                }
                _ => {
                    rows.push(named);
                    continue;
                }
            };
            return Err(set_failed(&name, refusal));
        }
        let mut after = self.clone();
        for ((row, _), (name, text)) in rows.iter().zip(pairs) {
            let parsed = value::parse(row, &String::from_utf8_lossy(text), after.value(row.directive));
            let new = parsed.map_err(|why| set_failed(&String::from_utf8_lossy(name), &why))?;
            after.put(row.directive, new);
        }
        let changed = directives().iter().map(|row| row.directive).filter(|&d| after.value(d) != self.value(d));
        let changed = changed.collect();
        *self = after;
        Ok(changed)
    }

    /// CONFIG GET with one pattern: names and values, in the order of the table. A plain name comes back as it was written,
    /// old names are answered too.
    pub fn matching(&self, pattern: &[u8]) -> Vec<(String, String)> {
        let shown = |name: &str, row: &Row| (name.to_owned(), value::show(row, self.value(row.directive)));
        if !pattern.iter().any(|byte| b"*?[".contains(byte)) {
            let Ok(name) = core::str::from_utf8(pattern) else { return Vec::new() };
            return find(name).map(|(row, _)| shown(name, row)).into_iter().collect();
        }
        let mut found = Vec::new();
        for row in directives().iter().filter(|row| !row.is_hidden()) {
            for name in [row.name, row.alias] {
                if !name.is_empty() && glob_ignoring_case(pattern, name.as_bytes()) {
                    found.push(shown(name, row));
                }
            }
        }
        found
    }

    /// CONFIG GET with several patterns: each name once, at its first place.
    pub fn matching_any(&self, patterns: &[&[u8]]) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        for pattern in patterns {
            for (name, value) in self.matching(pattern) {
                if !found.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
                    found.push((name, value));
                }
            }
        }
        found
    }

    /// The value of one directive as CONFIG GET shows it.
    pub fn show(&self, directive: Directive) -> String {
        value::show(directive.row(), self.value(directive))
    }

    /// `enable-protected-configs`; a "local" server counts as one, for nobody else can reach this one.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    fn takes_protected(&self) -> bool {
        self.number(Directive::EnableProtectedConfigs) != 0
    }

    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    fn takes_protected(&self) -> bool {
        false
    }

    fn value(&self, directive: Directive) -> &Value {
        &self.values[directive as usize]
    }

    fn put(&mut self, directive: Directive, value: Value) {
        Arc::make_mut(&mut self.values)[directive as usize] = value;
    }

    fn number(&self, directive: Directive) -> i64 {
        match self.value(directive) {
            Value::Number(number) => *number,
            _ => 0,
        }
    }

    fn bytes(&self, directive: Directive) -> u64 {
        u64::try_from(self.number(directive)).unwrap_or(0)
    }

    fn is_on(&self, directive: Directive) -> bool {
        self.number(directive) != 0
    }

    fn text(&self, directive: Directive) -> &str {
        match self.value(directive) {
            Value::Text(text) => text,
            _ => "",
        }
    }

    fn port_of(&self, directive: Directive) -> u16 {
        u16::try_from(self.number(directive)).unwrap_or(0)
    }
}

fn set_failed(name: &str, why: &str) -> String {
    ["ERR CONFIG SET failed (possibly related to argument '", name, "') - ", why].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(config: &mut Config, pairs: &[(&str, &str)]) -> Result<Vec<Directive>, String> {
        let pairs: Vec<(&[u8], &[u8])> = pairs.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes())).collect();
        config.set(&pairs)
    }

    fn get(config: &Config, name: &str) -> String {
        config.matching(name.as_bytes()).pop().map(|(_, value)| value).unwrap_or_default()
    }

    fn refusal(name: &str, value: &str) -> String {
        let text = set(&mut Config::new(), &[(name, value)]).expect_err(name);
        let start = ["ERR CONFIG SET failed (possibly related to argument '", name, "') - "].concat();
        text.strip_prefix(&start).unwrap_or(&text).to_owned()
    }

    #[test]
    fn defaults_are_those_of_7_0() {
        let config = Config::new();
        let shown = [
            ("repl-diskless-sync", "yes"),
            ("repl-backlog-size", "1048576"),
            ("save", "3600 1 300 100 60 10000"),
            ("client-output-buffer-limit", "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"),
            ("replicaof", ""),
            ("slave-priority", "100"),
            ("maxmemory-policy", "noeviction"),
            ("proto-max-bulk-len", "536870912"),
            ("loading-process-events-interval-bytes", "2097152"),
        ];
        for (name, value) in shown {
            assert_eq!(get(&config, name), value, "{name}");
        }
        assert_eq!((config.hz(), config.repl_timeout_s(), config.databases()), (10, 60, 16));
        let limit = OutputLimit { hard: 256 << 20, soft: 64 << 20, soft_seconds: 60 };
        assert_eq!(config.replica_output_limit(), limit);
    }

    #[test]
    fn values_come_back_as_redis_shows_them() {
        let cases = [
            ("hz", "0", "1"),
            ("hz", "1000", "500"),
            ("repl-backlog-size", "1", "16384"),
            ("repl-backlog-size", "10MB", "10485760"),
            ("repl-backlog-size", "020000B", "20000"),
            ("replica-read-only", "NO", "no"),
            ("repl-diskless-load", "swapDB", "swapdb"),
            ("save", "", ""),
            ("save", "900 1 60 10 900 1", "900 1 60 10 900 1"),
            ("save", "+1 01", "1 1"),
            ("maxmemory", "mb", "0"),
            (
                "client-output-buffer-limit",
                "SLAVE 1 2 3 replica 5kb 6 7 normal 1 1 1",
                "normal 1 1 1 slave 5120 6 7 pubsub 33554432 8388608 60",
            ),
            (
                "client-output-buffer-limit",
                "replica 99999999999999999999 2 3",
                "normal 0 0 0 slave 18446744073709551615 2 3 pubsub 33554432 8388608 60",
            ),
            ("masterauth", "a b\nc", "a b\nc"),
        ];
        for (name, value, shown) in cases {
            let mut config = Config::new();
            assert!(set(&mut config, &[(name, value)]).is_ok(), "{name} {value}");
            assert_eq!(get(&config, name), shown, "{name} {value}");
        }
    }

    #[test]
    fn refusals_have_the_texts_of_redis() {
        let integer = "argument couldn't be parsed into an integer";
        let cases = [
            ("hz", "abc", integer),
            ("hz", "-1", "argument must be between 0 and 2147483647 inclusive"),
            ("repl-timeout", "0", "argument must be between 1 and 2147483647 inclusive"),
            ("repl-timeout", " 5", integer),
            ("repl-timeout", "08", integer),
            ("repl-timeout", "", integer),
            ("repl-backlog-size", "abc", "argument must be a memory value"),
            ("repl-backlog-size", "-1", "argument must be a memory value"),
            ("repl-backlog-size", "1 mb", "argument must be a memory value"),
            ("repl-backlog-size", "", "argument must be between 1 and 9223372036854775807 inclusive"),
            (
                "repl-backlog-size",
                "99999999999999999999",
                "argument must be between 1 and 9223372036854775807 inclusive",
            ),
            ("replica-read-only", "maybe", "argument must be 'yes' or 'no'"),
            ("repl-diskless-load", "x", "argument(s) must be one of the following: disabled, on-empty-db, swapdb"),
            ("save", "900", "Invalid save parameters"),
            ("save", "0 1", "Invalid save parameters"),
            ("save", "10 -1", "Invalid save parameters"),
            ("save", " 900  1 ", "Invalid save parameters"),
            ("databases", "3", "can't set immutable config"),
            ("rdbchecksum", "no", "can't set immutable config"),
            ("replicaof", "a 1", "can't set immutable config"),
            ("dir", "/", "can't set protected config"),
            ("client-output-buffer-limit", "slave 1 2", "Wrong number of arguments in buffer limit configuration."),
            (
                "client-output-buffer-limit",
                "master 1 2 3",
                "Invalid client class specified in buffer limit configuration.",
            ),
            (
                "client-output-buffer-limit",
                "slave 1 2 -3",
                "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
            ),
            ("nope", "1", "ERR Unknown option or number of arguments for CONFIG SET - 'nope'"),
        ];
        for (name, value, why) in cases {
            assert_eq!(refusal(name, value), why, "{name} {value}");
        }
    }

    #[test]
    fn several_pairs_are_set_together_or_not_at_all() {
        let mut config = Config::new();
        let before = config.clone();
        let error = set(&mut config, &[("hz", "11"), ("repl-timeout", "0")]).expect_err("repl-timeout");
        assert!(error.contains("'repl-timeout'"), "{error}");
        let error = set(&mut config, &[("hz", "abc"), ("databases", "1")]).expect_err("databases");
        assert!(error.contains("'databases'"), "{error}");
        let error = set(&mut config, &[("hz", "10"), ("HZ", "11")]).expect_err("twice");
        assert_eq!(error, "ERR CONFIG SET failed (possibly related to argument 'HZ') - duplicate parameter");
        assert_eq!(config, before);
        let changed = set(&mut config, &[("slave-priority", "3"), ("replica-priority", "4"), ("hz", "10")]);
        assert_eq!(changed, Ok(vec![Directive::ReplicaPriority]));
        assert_eq!(config.replica_priority(), 4);
    }

    #[test]
    fn patterns_find_old_names_and_not_hidden_ones() {
        let config = Config::new();
        let names = |patterns: &[&str]| -> Vec<String> {
            let patterns: Vec<&[u8]> = patterns.iter().map(|pattern| pattern.as_bytes()).collect();
            config.matching_any(&patterns).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&["*-ping-*"]), ["repl-ping-replica-period", "repl-ping-slave-period"]);
        assert_eq!(names(&["HZ", "hz", "h?"]), ["HZ"]);
        assert_eq!(names(&["loading-*"]), Vec::<String>::new());
        assert_eq!(names(&["nope", "hz\\"]), Vec::<String>::new());
        assert!(names(&["*"]).len() > directives().len());
    }

    #[test]
    fn the_start_may_set_everything() {
        let mut config = Config::new();
        for (name, value) in [("databases", "2"), ("slaveof", "10.0.0.1 6380"), ("dir", "/x"), ("save", "")] {
            assert_eq!(config.set_at_start(name, value), Ok(()), "{name}");
        }
        assert_eq!((config.databases(), config.replicaof()), (2, Some(("10.0.0.1".into(), 6380))));
        assert_eq!(get(&config, "replicaof"), "10.0.0.1 6380");
        assert_eq!(config.set_at_start("nope", "1"), Err(ConfigError::Unknown("nope".into())));
        for bad in ["host", "host -1", "host 65536", "a b c"] {
            assert!(config.set_at_start("replicaof", bad).is_err(), "{bad}");
        }
        assert_eq!(config.set_at_start("replicaof", "no one"), Ok(()));
        assert_eq!(config.replicaof(), None);
        let error = config.set_at_start("hz", "x").expect_err("hz");
        assert_eq!(error.to_string(), "directive 'hz' does not take 'x': argument couldn't be parsed into an integer");
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn no_value_panics(row in 0..directives().len(), value in "[ -~\u{e9}]{0,30}|(slave|normal)( [0-9]{0,21}[kmgb]{0,2}){3}|[0-9 -]{0,40}") {
            let mut config = Config::new();
            if config.set_at_start(directives()[row].name, &value).is_ok() {
                let shown = config.show(directives()[row].directive);
                let mut again = Config::new();
                proptest::prop_assert_eq!(again.set_at_start(directives()[row].name, &shown), Ok(()));
                proptest::prop_assert_eq!(again, config);
            }
        }
    }
}
