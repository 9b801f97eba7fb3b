//! The rules of the house as a test that reads the sources: the floors' direction of dependency, what must not be named
//! below the roof, and the length of files. The floors themselves are read from the table in `src/lib.rs`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file, its tests not counted.
const FILE_LINES_MAX: usize = 600;

/// Names that would let the outside world, or chance, into the engine.
const FORBIDDEN_BELOW_ROOF: [&str; 18] = [
    "HashMap",
    "HashSet",
    "RandomState",
    "Instant",
    "SystemTime",
    "std::time",
    "core::time",
    "std::thread",
    "std::net",
    "std::fs",
    "std::env",
    "std::process",
    "rand",
    "wasm_bindgen",
    "js_sys",
    "web_sys",
    "unsafe",
    "thread_local",
];

/// serde is for what crosses the edge: scenarios and actions on the way in, plain data on the way out.
const HIGHEST_FLOOR_WITHOUT_SERDE: u32 = 4;

/// A word or a path separator of a source file, without comments and strings.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
}

#[test]
fn modules_use_only_floors_below_their_own() {
    let floors = floors();
    let mut wrong = Vec::new();
    for file in engine_files() {
        let own = module(&file);
        let Some(own_floor) = floors.get(&own) else { continue };
        for (line, used) in uses_of_the_crate(&file) {
            match floors.get(&used) {
                _ if used == own => {}
                Some(floor) if floor < own_floor => {}
                Some(floor) => wrong
                    .push(format!("{}:{line}: {own} (floor {own_floor}) uses {used} (floor {floor})", file.display())),
                None => wrong.push(format!("{}:{line}: {used} is not in the table of src/lib.rs", file.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_floor() {
    let floors = floors();
    for file in engine_files() {
        let own = module(&file);
        assert!(["lib", "wasm"].contains(&own.as_str()) || floors.contains_key(&own), "{own} is not in the table");
    }
    assert_eq!(floors.get("base"), Some(&0));
    assert_eq!(floors.get("view"), Some(&7));
}

#[test]
fn nothing_from_outside_below_the_roof() {
    let floors = floors();
    let mut wrong = Vec::new();
    for file in engine_files() {
        let Some(&floor) = floors.get(&module(&file)) else { continue };
        let source = fs::read_to_string(&file).unwrap();
        for (number, line) in blank_comments_and_strings(&source).lines().enumerate() {
            let words: Vec<&str> = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
            let serde = (floor <= HIGHEST_FLOOR_WITHOUT_SERDE).then_some("serde");
            for name in FORBIDDEN_BELOW_ROOF.into_iter().chain(serde) {
                let found = if name.contains(':') { line.contains(name) } else { words.contains(&name) };
                if found {
                    wrong.push(format!("{}:{}: {name}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for file in files(&["src", "xtask/src", "tests", "benches", "www/js"], &["rs", "js", "mjs"]) {
        let source = fs::read_to_string(&file).unwrap();
        if file.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let lines = source.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if lines > FILE_LINES_MAX {
            wrong.push(format!("{}: {lines} lines, at most {FILE_LINES_MAX}", file.display()));
        }
        if file.extension().is_some_and(|extension| extension == "rs") && !source.starts_with("//!") {
            wrong.push(format!("{}: begins without //! documentation", file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Floor by module, from the rows ``| 3 | [`repl`] | ...`` of the table in `src/lib.rs`.
fn floors() -> BTreeMap<String, u32> {
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = library.lines().filter_map(|line| line.strip_prefix("//! | "));
    let floors: BTreeMap<String, u32> = rows
        .filter_map(|row| {
            let mut cells = row.split(" | ");
            let floor = cells.next()?.trim().parse().ok()?;
            Some((cells.next()?.trim_matches(['[', ']', '`', ' ']).to_owned(), floor))
        })
        .collect();
    assert!(floors.len() >= 10, "the table in src/lib.rs was not understood: {floors:?}");
    floors
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The engine: everything in `src/` but the programs on the roof.
fn engine_files() -> Vec<PathBuf> {
    let mut engine = files(&["src"], &["rs"]);
    engine.retain(|file| !file.starts_with("src/bin"));
    assert!(engine.len() > 10);
    engine
}

/// All files in these folders with these extensions, relative to the root, in order.
fn files(folders: &[&str], extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|own| extensions.iter().any(|extension| own == *extension)) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// The top-level module that a file of `src/` belongs to.
fn module(file: &Path) -> String {
    let first = file.components().nth(1).unwrap();
    Path::new(first.as_os_str()).file_stem().unwrap().to_str().unwrap().to_owned()
}

/// How deep the file's own module lies under the crate's root.
fn depth(file: &Path) -> usize {
    let parts = file.components().count() - 1;
    let name = file.file_stem().unwrap();
    if name == "mod" {
        parts - 1
    } else if name == "lib" {
        0
    } else {
        parts
    }
}

/// Every top-level module that a file names, as `crate::name`, in a group `crate::{a, b::c}`, or through enough `super`.
fn uses_of_the_crate(file: &Path) -> Vec<(usize, String)> {
    let source = fs::read_to_string(file).unwrap();
    let tokens = tokens(&blank_comments_and_strings(&source));
    let mut found = Vec::new();
    // Braces that belong to inline modules: there, one `super` more is needed to reach the root.
    let mut braces: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at].1 {
            Token::Sign('{') => {
                let inline = at >= 2 && tokens[at - 2].1 == Token::Word("mod".to_owned());
                braces.push(inline);
            }
            Token::Sign('}') => drop(braces.pop()),
            Token::Word(word) if word == "crate" => collect_names(&tokens, at + 1, &mut found),
            Token::Word(word) if word == "super" => {
                let mut supers = 1;
                while word_at(&tokens, at + 2) == Some("super") {
                    supers += 1;
                    at += 2;
                }
                if supers == depth(file) + braces.iter().filter(|inline| **inline).count() {
                    collect_names(&tokens, at + 1, &mut found);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn word_at(tokens: &[(usize, Token)], at: usize) -> Option<&str> {
    match tokens.get(at) {
        Some((_, Token::Word(word))) => Some(word),
        _ => None,
    }
}

/// Reads `::name` or `::{name::rest, name}` from a position on.
fn collect_names(tokens: &[(usize, Token)], at: usize, found: &mut Vec<(usize, String)>) {
    if tokens.get(at).map(|(_, token)| token) != Some(&Token::Sign(':')) {
        return;
    }
    if let Some(word) = word_at(tokens, at + 1) {
        found.push((tokens[at + 1].0, word.to_owned()));
        return;
    }
    let mut nested = 0;
    let mut expecting = true;
    for (line, token) in &tokens[at + 1..] {
        match token {
            Token::Sign('{') => nested += 1,
            Token::Sign('}') => nested -= 1,
            Token::Sign(',') if nested == 1 => expecting = true,
            Token::Word(word) if nested == 1 && expecting => {
                found.push((*line, word.clone()));
                expecting = false;
            }
            _ => {}
        }
        if nested == 0 {
            return;
        }
    }
}

/// Words, `::` as one `:`, and the signs `{ } ,`, each with its line.
fn tokens(source: &str) -> Vec<(usize, Token)> {
    let mut tokens = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let length = if word > 0 {
                tokens.push((number + 1, Token::Word(rest[..word].to_owned())));
                word
            } else if rest.starts_with("::") {
                tokens.push((number + 1, Token::Sign(':')));
                2
            } else {
                if "{},;".contains(first) {
                    tokens.push((number + 1, Token::Sign(first)));
                }
                first.len_utf8()
            };
            rest = &rest[length..];
        }
    }
    tokens
}

/// The source with comments, strings and character literals made blank, line numbers kept.
fn blank_comments_and_strings(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment, string or character literal that begins here ends; the same position if none begins.
fn literal_end(chars: &[char], at: usize) -> usize {
    let find = |from: usize, end: &[char]| {
        (from..chars.len()).find(|&i| chars[i..].starts_with(end)).map_or(chars.len(), |i| i + end.len())
    };
    let after_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match (chars[at], chars.get(at + 1)) {
        ('/', Some('/')) => find(at, &['\n']) - 1,
        ('/', Some('*')) => find(at + 2, &['*', '/']),
        ('r', Some('"' | '#')) if !after_word || chars[at - 1] == 'b' => {
            let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
            if chars.get(at + 1 + hashes) != Some(&'"') {
                return at;
            }
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            find(at + 2 + hashes, &close)
        }
        ('"', _) => quoted_end(chars, at, '"'),
        // A lifetime is no literal: a character literal closes after one character or an escape.
        ('\'', Some('\\')) => quoted_end(chars, at, '\''),
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn quoted_end(chars: &[char], start: usize, quote: char) -> usize {
    let mut at = start + 1;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

#[test]
fn the_reader_of_sources_can_read() {
    let source = "use crate::{base::{Time, Span}, event::EventKind}; // crate::wrong\nlet a = \"crate::no\"; 'x'; '\\'';\n\
                  fn f<'a>() { crate::data::g(r#\"crate::no\"#, b\"\\\"\") } /* crate::no\n */ use super::super::node;";
    let tokens = tokens(&blank_comments_and_strings(source));
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if word_at(&tokens, at) == Some("crate") {
            collect_names(&tokens, at + 1, &mut found);
        }
    }
    let names: Vec<&str> = found.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["base", "event", "data"]);
    assert_eq!(depth(Path::new("src/repl/mod.rs")), 1);
    assert_eq!(depth(Path::new("src/repl/psync.rs")), 2);
    assert_eq!(depth(Path::new("src/event.rs")), 1);
}
