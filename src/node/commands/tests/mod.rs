//! Tables of command lines, with what each answers and propagates, played against the data commands. What stands there was
//! compared with a redis-server 7.0.15.
//!
//! A line at the margin is a command; below it, indented, its answer as redis-cli shows it, and after `~` each command that
//! goes into the stream, SELECT and MULTI left out. `{now+5}` is the time of the test plus 5 ms. `@` lines set the scene:
//! Commands of the master have no answer.
//! `@view master|replica|from-master|writable`, `@sleep <ms>`, `@db <n>`, `@lazyfree yes|no`, `@flush`.

use super::{Call, Effects, ExpiryView, Run, lookup, unknown_command, wrong_arity};
use crate::base::{Bytes, Rng, Seed};
use crate::data::Keyspace;
use crate::resp::{Replies, ReplyScanner, render, split_line};

const START_MS: i64 = 1_700_000_000_000;

struct Stage {
    keyspace: Keyspace,
    db: usize,
    now_ms: i64,
    view: ExpiryView,
    lazyfree_expire: bool,
    rng: Rng,
}

impl Stage {
    fn new() -> Stage {
        let keyspace = Keyspace::new(16);
        let view = ExpiryView::Master;
        Stage { keyspace, db: 0, now_ms: START_MS, view, lazyfree_expire: false, rng: Seed(1).rng() }
    }

    fn set_scene(&mut self, directive: &str) {
        let (name, value) = directive.split_once(' ').unwrap_or((directive, ""));
        let number = value.parse::<u32>().unwrap_or_default();
        match (name, value) {
            ("view", "master") => self.view = ExpiryView::Master,
            ("view", "replica") => self.view = ExpiryView::ReplicaRead,
            ("view", "from-master") => self.view = ExpiryView::FromMaster,
            ("view", "writable") => self.view = ExpiryView::WritableReplica,
            ("sleep", _) => self.now_ms += i64::from(number),
            ("db", _) => self.db = number as usize,
            ("lazyfree", _) => self.lazyfree_expire = value == "yes",
            ("flush", _) => drop(self.keyspace.flush_all()),
            _ => panic!("unknown directive {directive}"),
        }
    }

    /// The lines that belong below a command: its answer, and what it propagates.
    fn run(&mut self, line: &str) -> Vec<String> {
        let words = split_line(self.with_times(line).as_bytes()).expect("balanced quotes");
        let argv: Vec<Bytes> = words.into_iter().map(Bytes::from).collect();
        let (mut reply, mut effects) = (Replies::new(), Effects::new());
        match lookup(&argv[0]) {
            None => reply.error_bytes(&unknown_command(&argv)),
            Some(spec) if !spec.accepts(argv.len()) => reply.error(&wrong_arity(spec.name)),
            Some(spec) => {
                let Run::Data(run) = spec.run else { panic!("{line} needs a node") };
                run(&mut Call {
                    keyspace: &mut self.keyspace,
                    db: self.db,
                    argv: &argv,
                    now_ms: self.now_ms,
                    view: self.view,
                    reply: &mut reply,
                    effects: &mut effects,
                    rng: &mut self.rng,
                    lazyfree_expire: self.lazyfree_expire,
                    skips_checksums: false,
                });
            }
        }
        if self.view == ExpiryView::FromMaster {
            return Vec::new();
        }
        let mut lines: Vec<String> = rendered(&mut reply).lines().map(str::to_string).collect();
        lines.extend(self.propagated(&argv, &effects).iter().map(|words| self.stream_line(words)));
        lines
    }

    /// The line with `{now+5}` replaced by a unix time.
    fn with_times(&self, line: &str) -> String {
        let Some((before, rest)) = line.split_once("{now+") else { return line.to_string() };
        let (ms, after) = rest.split_once('}').expect("a closing brace");
        let moment = self.now_ms + ms.parse::<i64>().expect("milliseconds");
        format!("{before}{moment}{after}")
    }

    /// What the node would put into the stream: nothing on a replica, where the effects only describe.
    fn propagated(&self, argv: &[Bytes], effects: &Effects) -> Vec<Vec<Bytes>> {
        if self.view != ExpiryView::Master {
            assert!(effects.expired.is_empty(), "only a master deletes what has expired");
            return Vec::new();
        }
        let word = if self.lazyfree_expire { "UNLINK" } else { "DEL" };
        let mut commands: Vec<Vec<Bytes>> =
            effects.expired.iter().map(|(_, key)| vec![word.into(), key.clone()]).collect();
        if effects.propagates() {
            commands.extend(effects.replace.clone().unwrap_or_else(|| vec![argv.to_vec()]));
        }
        commands
    }

    fn stream_line(&self, words: &[Bytes]) -> String {
        let mut line = "~".to_string();
        for word in words {
            let text = String::from_utf8_lossy(word);
            // Times of the test are written relative to it.
            match text.parse::<i64>() {
                Ok(ms) if ms.abs_diff(self.now_ms) < 1_000_000_000 => {
                    line += &format!(" {{now{:+}}}", ms - self.now_ms)
                }
                _ if text.is_empty() => line += " \"\"",
                _ => line += &format!(" {}", word.escape_ascii()),
            }
        }
        line
    }
}

fn rendered(reply: &mut Replies) -> String {
    let mut scanner = ReplyScanner::new();
    for bytes in reply.take() {
        scanner.push(bytes);
    }
    let text = match scanner.next() {
        Ok(Some(reply)) => render(&reply),
        other => panic!("not one reply: {other:?}"),
    };
    assert!(matches!(scanner.next(), Ok(None)), "more than one reply");
    text
}

/// Plays a table, and compares it with what it says itself.
fn play(table: &str) {
    let mut stage = Stage::new();
    let mut lines = table.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(directive) = line.strip_prefix('@') {
            stage.set_scene(directive);
            continue;
        }
        let mut expected = Vec::new();
        while let Some((_, below)) = lines.next_if(|(_, below)| below.starts_with("  ")) {
            expected.push(below[2..].to_string());
        }
        assert_eq!(stage.run(line), expected, "line {}: {line}", number + 1);
    }
}

#[test]
fn strings() {
    play(include_str!("strings.txt"));
}

#[test]
fn counters() {
    play(include_str!("counters.txt"));
}

#[test]
fn expiry() {
    play(include_str!("expiry.txt"));
}

#[test]
fn keys() {
    play(include_str!("keys.txt"));
}

#[test]
fn lists() {
    play(include_str!("lists.txt"));
}

#[cfg(feature = "server")]
#[test]
fn sets() {
    play(include_str!("sets.txt"));
}

#[cfg(feature = "server")]
#[test]
fn hashes() {
    play(include_str!("hashes.txt"));
}

#[cfg(feature = "server")]
#[test]
fn sorted_sets() {
    play(include_str!("sorted_sets.txt"));
}

#[cfg(feature = "server")]
#[test]
fn more_lists() {
    play(include_str!("more_lists.txt"));
}

#[cfg(feature = "server")]
#[test]
fn bits() {
    play(include_str!("bits.txt"));
}

#[cfg(feature = "server")]
#[test]
fn sort_and_dump() {
    play(include_str!("sort.txt"));
}

#[test]
fn views() {
    play(include_str!("views.txt"));
}

#[test]
fn the_table_is_ordered_and_every_name_is_found() {
    for table in [super::TABLE, super::SERVER_TABLE] {
        assert!(table.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
    assert!(super::all().count() < usize::from(u8::MAX), "slots are bytes");
    for spec in super::all() {
        let found = lookup(spec.name.to_ascii_uppercase().as_bytes()).map(|spec| spec.name);
        assert_eq!(found, Some(spec.name));
    }
    for missing in ["", "g", "gett", "get ", "averyveryverylongname"] {
        assert!(lookup(missing.as_bytes()).is_none(), "{missing}");
    }
}

#[test]
fn arity_is_exact_or_a_minimum() {
    let accepts = |name: &[u8], argc| lookup(name).is_some_and(|spec| spec.accepts(argc));
    assert!(accepts(b"get", 2) && !accepts(b"get", 1) && !accepts(b"get", 3));
    assert!(accepts(b"set", 3) && !accepts(b"set", 2) && accepts(b"set", 9));
}

#[test]
fn an_unknown_command_shows_128_bytes_of_its_arguments() {
    let text = |argv: &[&str]| {
        let argv: Vec<Bytes> = argv.iter().map(|&arg| arg.into()).collect();
        String::from_utf8_lossy(&unknown_command(&argv)).into_owned()
    };
    assert_eq!(text(&["fo\no"]), "ERR unknown command 'fo o', with args beginning with: ");
    assert_eq!(text(&["foo", "a", "b c"]), "ERR unknown command 'foo', with args beginning with: 'a' 'b c' ");
    let long = "x".repeat(200);
    let shown = text(&["foo", "a", &long, "b"]);
    assert!(shown.ends_with(&format!("'a' '{}' ", "x".repeat(124))), "{shown}");
}
