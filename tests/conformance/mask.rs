//! What two runs cannot agree on, taken out of what was seen: random names, ports, moments.

use std::collections::BTreeMap;

/// Fields whose numbers depend on the moment of looking. -1 means "never" and stays.
const MOMENTS: [&str; 8] = [
    "lag=",
    "age=",
    "idle=",
    "master_last_io_seconds_ago:",
    "master_sync_last_io_seconds_ago:",
    "master_link_down_since_seconds:",
    "tot-net-in=",
    "tot-net-out=",
];

/// Replaces what differs from run to run. One for a whole run: a random name keeps its letter.
pub(crate) struct Masker<'a> {
    /// The case's own text: numbers and names in it stay.
    literal: &'a str,
    masks: &'a [String],
    ports: BTreeMap<u16, &'static str>,
    names: Vec<String>,
    started_ms: u64,
}

impl<'a> Masker<'a> {
    pub(crate) fn new(literal: &'a str, masks: &'a [String], server: u16, master: u16, now_ms: u64) -> Masker<'a> {
        let ports = BTreeMap::from([(server, "<port>"), (master, "<master>")]);
        Masker { literal, masks, ports, names: Vec::new(), started_ms: now_ms }
    }

    pub(crate) fn mask(&mut self, text: &str) -> String {
        let text = self.words(text);
        let prefixes = MOMENTS.iter().copied().chain(self.masks.iter().map(String::as_str));
        prefixes.fold(text, |text, prefix| behind(&text, prefix))
    }

    /// Names of 40 digits, ports and moments.
    fn words(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let len = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(len);
            let address = out.ends_with("127.0.0.1:");
            out.push_str(&self.word(word, address));
            rest = behind;
        }
        out + rest
    }

    fn word(&mut self, word: &str, address: bool) -> String {
        if word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return self.name(word);
        }
        if word.bytes().any(|byte| !byte.is_ascii_digit()) || self.literal.contains(word) {
            return word.to_owned();
        }
        match word.parse::<u64>() {
            Ok(number) if word.len() == 13 => self.moment(number),
            Ok(number) if word.len() == 10 => self.moment(number * 1000),
            Ok(number) if (10_000..=65_535).contains(&number) => match self.ports.get(&(number as u16)) {
                Some(name) => (*name).to_owned(),
                None if address => "<other>".to_owned(),
                None => word.to_owned(),
            },
            _ => word.to_owned(),
        }
    }

    fn name(&mut self, word: &str) -> String {
        if self.literal.contains(word) || word.bytes().all(|byte| byte == b'0') {
            return word.to_owned();
        }
        let known = self.names.iter().position(|name| name == word).unwrap_or_else(|| {
            self.names.push(word.to_owned());
            self.names.len() - 1
        });
        format!("<name {}>", known + 1)
    }

    /// A moment in unix milliseconds, as its distance from the beginning of the run.
    fn moment(&self, ms: u64) -> String {
        match ms as i64 - self.started_ms as i64 {
            ..-2000 => "<past>".to_owned(),
            -2000..4000 => "<now>".to_owned(),
            later => format!("<in {}>", magnitude(later as u64 / 1000)),
        }
    }
}

/// A number as the power of two below it: what a few seconds more or less do not change, if it is a round decimal number.
fn magnitude(number: u64) -> String {
    number.checked_ilog2().map_or("0".to_owned(), |power| format!("{}..{}", 1_u64 << power, 2_u64 << power))
}

/// Every number of two digits and more as its magnitude.
pub(crate) fn about(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for sign in text.chars().chain(['\0']) {
        if sign.is_ascii_digit() {
            digits.push(sign);
            continue;
        }
        match digits.parse::<u64>() {
            Ok(number) if number >= 10 => out.push_str(&magnitude(number)),
            _ => out.push_str(&digits),
        }
        digits.clear();
        if sign != '\0' {
            out.push(sign);
        }
    }
    out
}

/// Digits behind a prefix become `<n>`.
fn behind(text: &str, prefix: &str) -> String {
    let mut parts = text.split(prefix);
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str(prefix);
        if rest.len() < part.len() {
            out.push_str("<n>");
        }
        out.push_str(rest);
    }
    out
}

/// The words in front of `:` or `=`, and headings.
pub(crate) fn names(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with('$'));
    lines.map(|line| line.split([':', '=']).next().unwrap_or("")).collect::<Vec<_>>().join(" ")
}

/// The elements of an array of bulk strings in order.
pub(crate) fn sorted(text: &str) -> String {
    let mut lines: Vec<&str> = text.split("\r\n").filter(|line| !line.starts_with('$')).collect();
    if let Some((_, elements)) = lines.split_first_mut() {
        elements.sort_unstable();
    }
    lines.join(" ")
}
