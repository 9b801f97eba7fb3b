//! Commands by chance: templates with keys, values and numbers drawn from a seed, the same for both programs. The templates
//! of a family are the lines of `tests/conformance/chance/`.

use psync_playground::base::{Rng, Seed};

/// Commands of a family. `{k}` is a key, `{v}` a value or member, `{i}` an index or count, `{n}` a number, `{f}` a
/// fraction, `{t}` and `{s}` times far away in milliseconds and seconds, `{l}` a long time to live, `{b}` a bit, `{o}` the
/// offset of a bit, `{p}` a width in bits, `{x}` the end of a range of names. `~` in front: the order of the elements of
/// the reply is not compared.
fn templates(family: &str) -> impl Iterator<Item = &'static str> {
    let text = match family {
        "strings" => include_str!("chance/strings.txt"),
        "lists" => include_str!("chance/lists.txt"),
        "sets" => include_str!("chance/sets.txt"),
        "hashes" => include_str!("chance/hashes.txt"),
        "sorted-sets" => include_str!("chance/sorted-sets.txt"),
        "names" => include_str!("chance/names.txt"),
        "keys" => include_str!("chance/keys.txt"),
        "transactions" => include_str!("chance/transactions.txt"),
        "refused" => include_str!("chance/refused.txt"),
        _ => panic!("no family {family}"),
    };
    text.lines()
}

/// The commands of a seed; each with whether the order of its reply counts.
pub(crate) fn commands(seed: u64, count: usize, families: &[&str]) -> Vec<(String, bool)> {
    let mut rng = Seed(seed).rng();
    let all: Vec<&str> = families.iter().flat_map(|family| templates(family)).collect();
    let draw = |rng: &mut Rng| {
        let template = all[rng.below(all.len() as u64) as usize];
        let ordered = !template.starts_with('~');
        (fill(template.trim_start_matches('~'), rng), ordered)
    };
    (0..count).map(|_| draw(&mut rng)).collect()
}

fn fill(template: &str, rng: &mut Rng) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        out.push_str(&drawn(&rest[at + 1..at + 2], rng));
        rest = &rest[at + 3..];
    }
    out + rest
}

fn drawn(kind: &str, rng: &mut Rng) -> String {
    let shape = rng.below(4);
    let (number, len) = (rng.below(30), 1 + rng.below(90) as usize);
    let mut one_of = |words: &[&str]| words[rng.below(words.len() as u64) as usize].to_owned();
    match kind {
        "k" => one_of(&["a", "a", "b", "b", "c", "d", "none"]),
        "v" => match shape {
            0 => format!("m{number}"),
            1 => number.to_string(),
            2 => "x".repeat(len),
            _ => one_of(&["\"\"", "-7", "3.5", "01", "word", "\"a b\"", "9223372036854775807", "1e3", "100000"]),
        },
        "i" => one_of(&["0", "0", "1", "1", "2", "3", "5", "-1", "-1", "-2", "-3", "-100", "100", "x"]),
        "n" => one_of(&[
            "1",
            "2",
            "-1",
            "-5",
            "10",
            "1000000",
            "9223372036854775807",
            "-9223372036854775808",
            "0",
            "1.5",
            "x",
            "-9223372036854775807",
            "4294967296",
            "-2147483649",
            "9223372036854775808",
            "\"\"",
        ]),
        "f" => one_of(&[
            "1",
            "2",
            "-1",
            "0.5",
            "-2.25",
            "1e3",
            "0.1",
            "inf",
            "-inf",
            "100000000000",
            "x",
            "3.0e-5",
            "1e308",
            "-1e308",
            "nan",
            "0x10",
            "1e400",
            "3.14159265358979323846",
            "-0",
            "123456789012345678",
        ]),
        "s" => one_of(&["4102444800", "4102444900", "1", "0", "-1", "9223372036854775", "9223372036854776", "x"]),
        "l" => one_of(&["100000", "200000", "300000", "0", "-1", "x"]),
        "o" => one_of(&["0", "7", "8", "100", "1000", "4294967296", "-1", "x", "#0", "63", "64"]),
        "p" => one_of(&["1", "2", "3", "7", "8", "15", "16", "31", "32", "33", "62", "63", "64", "65", "0"]),
        "x" => one_of(&["-", "+", "[a", "(a", "[b", "(c", "[m1", "(m2", "[word", "(", "[", "a", "x"]),
        "t" => one_of(&["4102444800000", "4102444900000", "4102445000000"]),
        "b" => one_of(&["0", "1"]),
        _ => panic!("no placeholder {kind}"),
    }
}
