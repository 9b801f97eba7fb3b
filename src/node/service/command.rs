//! COMMAND: the commands described. What the command table does not need to run them is in `commands.txt`, a line a
//! command: name, flags, first and last key and step, categories, tips, places of keys.

use super::super::Node;
use super::super::commands::{self, Spec};
use super::names;
use crate::base::{Bytes, ConnId, glob_ignoring_case, parse_i64};
use crate::resp::Replies;

/// One line of the table.
struct Facts {
    name: &'static str,
    flags: &'static str,
    keys: [i64; 3],
    categories: &'static str,
    tips: &'static str,
    places: &'static str,
}

/// A place of keys: its flags, where the search begins, how far it goes.
struct Place {
    flags: &'static str,
    begin: &'static str,
    find: &'static str,
}

/// A key among the words of a command, and what the command does with it.
type Key = (usize, &'static str);

fn facts() -> impl Iterator<Item = Facts> {
    include_str!("commands.txt").lines().filter_map(|line| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next();
        let (name, flags) = (cell()?, cell()?);
        let mut keys = cell()?.split(' ').filter_map(|number| parse_i64(number.as_bytes()));
        Some(Facts {
            name,
            flags,
            keys: [keys.next()?, keys.next()?, keys.next()?],
            categories: cell()?,
            tips: cell()?,
            places: cell()?,
        })
    })
}

fn facts_of(name: &str) -> Option<Facts> {
    facts().find(|facts| facts.name == name)
}

fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split(' ').filter(|word| !word.is_empty())
}

impl Facts {
    fn places(&self) -> impl Iterator<Item = Place> + use<> {
        words(self.places).filter_map(|place| {
            let mut parts = place.splitn(3, ':');
            Some(Place { flags: parts.next()?, begin: parts.next()?, find: parts.next()? })
        })
    }

    fn has_keys(&self) -> bool {
        !self.places.is_empty()
    }
}

impl Node {
    pub(super) fn command_info(&mut self, id: ConnId, argv: &[Bytes]) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let replies = &mut conn.replies;
        let Some(word) = argv.get(1) else {
            replies.array(commands::all().count());
            return commands::all().for_each(|spec| describe(replies, spec.name, spec.arity));
        };
        match word.to_ascii_lowercase().as_slice() {
            b"count" => replies.integer(commands::all().count() as i64),
            b"info" => info(replies, &argv[2..]),
            b"docs" => docs(replies, &argv[2..]),
            b"list" => list(replies, &argv[2..]),
            b"getkeys" => get_keys(replies, &argv[2..], false),
            b"getkeysandflags" => get_keys(replies, &argv[2..], true),
            _ => {}
        }
    }
}

/// The full name and arity of a command or, with a bar in between, of a subcommand.
fn find(name: &[u8]) -> Option<(&'static str, i32)> {
    if let Some(spec) = commands::lookup(name) {
        return Some((spec.name, spec.arity));
    }
    names::SUBCOMMANDS.iter().find(|(full, _)| full.as_bytes().eq_ignore_ascii_case(name)).copied()
}

fn info(replies: &mut Replies, names: &[Bytes]) {
    if names.is_empty() {
        replies.array(commands::all().count());
        return commands::all().for_each(|spec| describe(replies, spec.name, spec.arity));
    }
    replies.array(names.len());
    for name in names {
        match find(name) {
            Some((name, arity)) => describe(replies, name, arity),
            None => replies.null(),
        }
    }
}

fn describe(replies: &mut Replies, name: &str, arity: i32) {
    let Some(facts) = facts_of(name) else { return replies.null() };
    replies.array(10);
    replies.bulk_str(name.as_bytes());
    replies.integer(i64::from(arity));
    simple_set(replies, words(facts.flags), "");
    facts.keys.iter().for_each(|&number| replies.integer(number));
    simple_set(replies, words(facts.categories), "@");
    let tips: Vec<&str> = facts.tips.split('|').filter(|tip| !tip.is_empty()).collect();
    replies.array(tips.len());
    tips.iter().for_each(|tip| replies.bulk_str(tip.as_bytes()));
    let places: Vec<Place> = facts.places().collect();
    replies.set(places.len());
    places.iter().for_each(|place| describe_place(replies, place));
    let own: Vec<&(&str, i32)> = names::subcommands_of(name).collect();
    replies.array(own.len());
    own.iter().for_each(|(name, arity)| describe(replies, name, *arity));
}

fn simple_set<'a>(replies: &mut Replies, words: impl Iterator<Item = &'a str>, prefix: &str) {
    let words: Vec<&str> = words.collect();
    replies.set(words.len());
    words.iter().for_each(|word| replies.simple(&[prefix, word].concat()));
}

/// Key specifications: flags, where the search begins, how the keys are found from there.
fn describe_place(replies: &mut Replies, place: &Place) {
    replies.map(3);
    replies.bulk_str(b"flags");
    simple_set(replies, place.flags.split('+'), "");
    replies.bulk_str(b"begin_search");
    let (kind, rest) = place.begin.split_at(1);
    match (kind, rest.split_once(',')) {
        ("i", _) => step(replies, "index", &[("index", rest)]),
        ("k", Some((keyword, from))) => {
            replies.map(2);
            replies.bulk_str(b"type");
            replies.bulk_str(b"keyword");
            replies.bulk_str(b"spec");
            replies.map(2);
            replies.bulk_str(b"keyword");
            replies.bulk_str(keyword.as_bytes());
            replies.bulk_str(b"startfrom");
            replies.integer(parse_i64(from.as_bytes()).unwrap_or(0));
        }
        _ => step(replies, "unknown", &[]),
    }
    replies.bulk_str(b"find_keys");
    let (kind, rest) = place.find.split_at(1);
    let numbers: Vec<&str> = rest.split(',').collect();
    match (kind, &numbers[..]) {
        ("r", [last, every, limit]) => {
            step(replies, "range", &[("lastkey", last), ("keystep", every), ("limit", limit)]);
        }
        ("n", [index, first, every]) => {
            step(replies, "keynum", &[("keynumidx", index), ("firstkey", first), ("keystep", every)]);
        }
        _ => step(replies, "unknown", &[]),
    }
}

fn step(replies: &mut Replies, kind: &str, numbers: &[(&str, &str)]) {
    replies.map(2);
    replies.bulk_str(b"type");
    replies.bulk_str(kind.as_bytes());
    replies.bulk_str(b"spec");
    replies.map(numbers.len());
    for (name, number) in numbers {
        replies.bulk_str(name.as_bytes());
        replies.integer(parse_i64(number.as_bytes()).unwrap_or(0));
    }
}

/// COMMAND DOCS.
fn docs(replies: &mut Replies, names: &[Bytes]) {
    let asked: Vec<&'static str> = match names {
        [] => commands::all().map(|spec| spec.name).collect(),
        names => names.iter().filter_map(|name| find(name)).map(|(name, _)| name).collect(),
    };
    replies.map(asked.len());
    for name in asked {
        replies.bulk_str(name.as_bytes());
        commands::document(replies, name);
    }
}

/// `COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern]`
fn list(replies: &mut Replies, words_given: &[Bytes]) {
    let all = facts().filter(|facts| find(facts.name.as_bytes()).is_some());
    let found: Vec<&str> = match words_given {
        [] => all.map(|facts| facts.name).collect(),
        [filter, kind, value] if filter.eq_ignore_ascii_case(b"filterby") => match kind.to_ascii_lowercase().as_slice()
        {
            b"module" => Vec::new(),
            b"aclcat" => {
                let has = |facts: &Facts| words(facts.categories).any(|own| own.as_bytes().eq_ignore_ascii_case(value));
                all.filter(has).map(|facts| facts.name).collect()
            }
            b"pattern" => {
                all.filter(|facts| glob_ignoring_case(value, facts.name.as_bytes())).map(|facts| facts.name).collect()
            }
            _ => return replies.error("ERR syntax error"),
        },
        _ => return replies.error("ERR syntax error"),
    };
    replies.array(found.len());
    found.iter().for_each(|name| replies.bulk_str(name.as_bytes()));
}

/// COMMAND GETKEYS, COMMAND GETKEYSANDFLAGS
fn get_keys(replies: &mut Replies, argv: &[Bytes], with_flags: bool) {
    let spec = argv.first().and_then(|name| commands::lookup(name));
    let sub = spec.and_then(|spec| names::subcommand(spec.name, argv));
    let is_container = spec.is_some_and(|spec| names::subcommands_of(spec.name).next().is_some());
    let Some(spec) = spec.filter(|_| !is_container || sub.is_some() || argv.len() == 1) else {
        return replies.error("ERR Invalid command specified");
    };
    let (name, arity) = sub.copied().unwrap_or((spec.name, spec.arity));
    let Some(facts) = facts_of(name).filter(Facts::has_keys) else {
        return replies.error("ERR The command has no key arguments");
    };
    if !commands::fits(arity, argv.len()) {
        return replies.error("ERR Invalid number of arguments specified for command");
    }
    let keys = match keys_of(spec, &facts, argv) {
        Some(keys) if !keys.is_empty() => keys,
        _ if words(facts.flags).any(|flag| flag == "no_mandatory_keys") => return replies.array(0),
        _ => return replies.error("ERR Invalid arguments specified for command"),
    };
    replies.array(keys.len());
    for (at, flags) in keys {
        if with_flags {
            replies.array(2);
        }
        replies.bulk(&argv[at]);
        if with_flags {
            simple_set(replies, flags.split('+'), "");
        }
    }
}

/// The keys among the words of a command; `None` if they cannot be told.
fn keys_of(spec: &Spec, facts: &Facts, argv: &[Bytes]) -> Option<Vec<Key>> {
    let has = |word: &str| argv[1..].iter().any(|own| own.eq_ignore_ascii_case(word.as_bytes()));
    if let "sort" | "sort_ro" = spec.name {
        let mut keys = vec![(1, "RO+access")];
        let store = argv.iter().skip(2).rposition(|word| word.eq_ignore_ascii_case(b"store"));
        keys.extend(store.map(|at| (at + 3, "OW+update")).filter(|(at, _)| *at < argv.len() && spec.name == "sort"));
        return Some(keys);
    }
    let mut keys = Vec::new();
    for place in facts.places() {
        let flags = match spec.name {
            "set" if has("get") => "RW+access+update",
            "set" => "OW+update",
            "bitfield" if !has("set") && !has("incrby") => "RO+access",
            "bitfield" => "RW+access+update",
            _ => place.flags,
        };
        keys.extend(positions(&place, argv)?.map(|at| (at, flags)));
    }
    Some(keys)
}

fn positions(place: &Place, argv: &[Bytes]) -> Option<impl Iterator<Item = usize> + use<>> {
    let (kind, rest) = place.begin.split_at(1);
    let first = match kind {
        "i" => usize::try_from(parse_i64(rest.as_bytes())?).ok()?,
        "k" => {
            let (keyword, from) = rest.split_once(',')?;
            let from = usize::try_from(parse_i64(from.as_bytes())?).ok()?;
            let found = argv.iter().skip(from).position(|word| word.eq_ignore_ascii_case(keyword.as_bytes()))?;
            from + found + 1
        }
        _ => return None,
    };
    let (kind, rest) = place.find.split_at(1);
    let mut numbers = rest.split(',').filter_map(|number| parse_i64(number.as_bytes()));
    let (first, last, every) = match kind {
        "r" => {
            let (last, every, limit) = (numbers.next()?, numbers.next()?, numbers.next()?);
            let words = argv.len() as i64;
            let last = match last {
                // Counted from the end; with a limit only that part of the rest is keys.
                ..0 if limit > 1 => first as i64 + (words - first as i64) / limit - 1,
                ..0 => words + last,
                _ => first as i64 + last,
            };
            (first, last, every)
        }
        "n" => {
            let (index, start, every) = (numbers.next()?, numbers.next()?, numbers.next()?);
            let count = parse_i64(argv.get(first + index as usize)?).filter(|count| (0..=1 << 20).contains(count))?;
            let first = first + start as usize;
            (first, first as i64 + count * every - 1, every)
        }
        _ => return None,
    };
    if last >= argv.len() as i64 || last < first as i64 {
        return None;
    }
    let last = usize::try_from(last + 1).unwrap_or(0);
    Some((first..last).step_by(usize::try_from(every).unwrap_or(1).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_subcommand_has_its_line() {
        for name in commands::all().map(|spec| spec.name).chain(names::SUBCOMMANDS.iter().map(|(name, _)| *name)) {
            assert!(facts_of(name).is_some(), "{name}");
        }
        assert_eq!(facts().count(), commands::all().count() + names::SUBCOMMANDS.len());
    }

    #[test]
    fn keys_are_found_where_they_are() {
        let found = |line: &str| {
            let argv: Vec<Bytes> = line.split(' ').map(Bytes::from).collect();
            let spec = commands::lookup(&argv[0])?;
            let keys = keys_of(spec, &facts_of(spec.name)?, &argv)?;
            Some(keys.into_iter().map(|(at, _)| String::from_utf8_lossy(&argv[at]).into_owned()).collect::<Vec<_>>())
        };
        for (line, keys) in [
            ("get a", "a"),
            ("mset a 1 b 2", "a b"),
            ("del a b c", "a b c"),
            ("blpop a b 0", "a b"),
            ("zunionstore d 2 a b weights 1 2", "d a b"),
            ("lmpop 2 a b left", "a b"),
            ("sort a by b store c", "a c"),
            ("eval code 1 k v", "k"),
            ("rename a b", "a b"),
        ] {
            assert_eq!(found(line).map(|keys| keys.join(" ")).as_deref(), Some(keys), "{line}");
        }
        assert_eq!(found("zunionstore d 9 a b"), None);
    }
}
