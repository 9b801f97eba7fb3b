//! Values of directives: from text, and back to text as CONFIG GET shows it.

use super::table::{Directive, Kind, Row};
use crate::base::{parse_i64, parse_memory};

/// A limit on the unsent output of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputLimit {
    /// More bytes than this close the client; 0 for no limit.
    pub hard: u64,
    /// More bytes than this for [`OutputLimit::soft_seconds`] close it; 0 for no limit.
    pub soft: u64,
    /// How long the soft limit may be exceeded.
    pub soft_seconds: i64,
}

/// Clients that an output limit is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientClass {
    /// Everybody else.
    Normal,
    /// Replicas.
    Replica,
    /// Subscribers.
    Pubsub,
}

/// What a row holds. Truth values, memory and words (by index) are numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(i64),
    Text(String),
    Save(Vec<(i64, i64)>),
    OutputLimits([OutputLimit; 3]),
    ReplicaOf(Option<(String, u16)>),
}

/// Most save points; Redis has no limit.
const SAVE_POINTS_MAX: usize = 64;
/// Effective bounds of `hz`, which are not its bounds as a number.
const HZ_MIN: i64 = 1;
const HZ_MAX: i64 = 500;
/// Smallest backlog in bytes (`docs/redis-replication.md` 5.2).
const BACKLOG_MIN: i64 = 16384;

const CLASSES: [&str; 3] = ["normal", "slave", "pubsub"];

/// The default of a row.
pub(super) fn default(row: &Row) -> Value {
    match row.kind {
        Kind::Bool { default } => Value::Number(i64::from(default)),
        Kind::Integer { default, .. } | Kind::Memory { default, .. } => Value::Number(default),
        Kind::Enum { default, .. } => Value::Number(default as i64),
        Kind::Text { default } => Value::Text(default.to_owned()),
        Kind::Save => Value::Save(vec![(3600, 1), (300, 100), (60, 10_000)]),
        Kind::OutputLimit => Value::OutputLimits([
            OutputLimit { hard: 0, soft: 0, soft_seconds: 0 },
            OutputLimit { hard: 256 << 20, soft: 64 << 20, soft_seconds: 60 },
            OutputLimit { hard: 32 << 20, soft: 8 << 20, soft_seconds: 60 },
        ]),
        Kind::ReplicaOf => Value::ReplicaOf(None),
    }
}

/// Reads a value; `current` is what the row holds. The error is Redis's text.
pub(super) fn parse(row: &Row, text: &str, current: &Value) -> Result<Value, String> {
    match row.kind {
        Kind::Bool { .. } => {
            let value = match () {
                _ if text.eq_ignore_ascii_case("yes") => 1,
                _ if text.eq_ignore_ascii_case("no") => 0,
                _ => return Err("argument must be 'yes' or 'no'".into()),
            };
            refused(row.directive, value)?;
            Ok(Value::Number(value))
        }
        Kind::Integer { min, max, .. } => {
            let value = parse_i64(text.as_bytes()).ok_or("argument couldn't be parsed into an integer")?;
            within(value, min, max)?;
            refused(row.directive, value)?;
            let hz = row.directive == Directive::Hz;
            Ok(Value::Number(if hz { value.clamp(HZ_MIN, HZ_MAX) } else { value }))
        }
        Kind::Memory { min, .. } => {
            let bytes = memory(text).ok_or("argument must be a memory value")?;
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            if super::checked::is_unsigned(row.directive) {
                return Ok(Value::Number(bytes.cast_signed()));
            }
            let value = i64::try_from(bytes).unwrap_or(-1);
            within(value, min, i64::MAX)?;
            let backlog = row.directive == Directive::ReplBacklogSize;
            Ok(Value::Number(if backlog { value.max(BACKLOG_MIN) } else { value }))
        }
        Kind::Enum { names, .. } => match names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            Some(index) => Ok(Value::Number(index as i64)),
            None => Err("argument(s) must be one of the following: ".to_owned() + &names.join(", ")),
        },
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        Kind::Text { .. } => super::checked::text(row.directive, text).map(Value::Text),
        #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
        Kind::Text { .. } => Ok(Value::Text(text.to_owned())),
        Kind::Save => save(text).map(Value::Save).ok_or_else(|| "Invalid save parameters".into()),
        Kind::OutputLimit => output_limits(text, current).map(Value::OutputLimits).map_err(str::to_owned),
        Kind::ReplicaOf => replica_of(text).map(Value::ReplicaOf).map_err(str::to_owned),
    }
}

/// An error if a directive cannot be turned on here.
fn refused(directive: Directive, value: i64) -> Result<(), String> {
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    let why = super::checked::refused(directive, value);
    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    let why = (directive == Directive::AppendOnly && value == 1).then_some("Unable to turn on AOF. Check server logs.");
    why.map_or(Ok(()), |why| Err(why.to_owned()))
}

/// A value as CONFIG GET shows it.
pub(super) fn show(row: &Row, value: &Value) -> String {
    match (value, row.kind) {
        (Value::Number(value), Kind::Bool { .. }) => if *value != 0 { "yes" } else { "no" }.to_owned(),
        (Value::Number(index), Kind::Enum { names, .. }) => {
            names.get(*index as usize).copied().unwrap_or_default().to_owned()
        }
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        (Value::Number(value), Kind::Memory { .. }) => value.cast_unsigned().to_string(),
        (Value::Number(value), _) => value.to_string(),
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        (Value::Text(text), _) => super::checked::shown(row.directive, text),
        #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
        (Value::Text(text), _) => text.clone(),
        (Value::Save(points), _) => {
            let points: Vec<String> = points.iter().map(|(s, changes)| words(&[*s as u64, *changes as u64])).collect();
            points.join(" ")
        }
        (Value::OutputLimits(limits), _) => {
            let classes = CLASSES.iter().zip(limits);
            let limits: Vec<String> = classes
                .map(|(class, limit)| [*class, &words(&[limit.hard, limit.soft, limit.soft_seconds as u64])].join(" "))
                .collect();
            limits.join(" ")
        }
        (Value::ReplicaOf(None), _) => String::new(),
        (Value::ReplicaOf(Some((host, port))), _) => [host, " ", &port.to_string()].concat(),
    }
}

fn words(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

fn within(value: i64, min: i64, max: i64) -> Result<(), String> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(["argument must be between ", &min.to_string(), " and ", &max.to_string(), " inclusive"].concat())
}

/// An amount of memory; one that is too large for 64 bits is `u64::MAX`, and one without digits is 0, as in Redis.
pub(super) fn memory(text: &str) -> Option<u64> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    if unit.len() == text.len() {
        return parse_memory(&["0", unit].concat());
    }
    let known = parse_memory(&["1", unit].concat()).is_some();
    known.then(|| parse_memory(text).unwrap_or(u64::MAX))
}

/// A number as C reads it: a sign and leading zeros are fine, and nothing at all is 0.
pub(super) fn loose_i64(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().unwrap_or(i64::MAX);
    Some(if negative { -value } else { value })
}

/// Pairs of seconds (at least 1) and changes (at least 0).
fn save(text: &str) -> Option<Vec<(i64, i64)>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let numbers = text.split(' ').map(loose_i64).collect::<Option<Vec<i64>>>()?;
    let points: Vec<(i64, i64)> = numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
    let good = points.iter().all(|&(seconds, changes)| seconds >= 1 && (0..=i64::from(i32::MAX)).contains(&changes));
    (good && numbers.len() % 2 == 0 && points.len() <= SAVE_POINTS_MAX).then_some(points)
}

/// Groups of class, hard limit, soft limit, seconds. Classes that are not named keep what they have.
fn output_limits(text: &str, current: &Value) -> Result<[OutputLimit; 3], &'static str> {
    let mut limits = match current {
        Value::OutputLimits(limits) => *limits,
        _ => return Err("not an output limit"),
    };
    if text.is_empty() {
        return Ok(limits);
    }
    let words: Vec<&str> = text.split(' ').collect();
    if !words.len().is_multiple_of(4) {
        return Err("Wrong number of arguments in buffer limit configuration.");
    }
    for group in words.chunks_exact(4) {
        let class = class_named(group[0]).ok_or("Invalid client class specified in buffer limit configuration.")?;
        let limit = || {
            let (hard, soft) = (memory(group[1])?, memory(group[2])?);
            let soft_seconds = loose_i64(group[3]).filter(|seconds| (0..=i64::from(i32::MAX)).contains(seconds))?;
            Some(OutputLimit { hard, soft, soft_seconds })
        };
        limits[class as usize] =
            limit().ok_or("Error in hard, soft or soft_seconds setting in buffer limit configuration.")?;
    }
    Ok(limits)
}

fn class_named(name: &str) -> Option<ClientClass> {
    let classes = [
        ("normal", ClientClass::Normal),
        ("slave", ClientClass::Replica),
        ("replica", ClientClass::Replica),
        ("pubsub", ClientClass::Pubsub),
    ];
    classes.iter().find(|(word, _)| name.eq_ignore_ascii_case(word)).map(|(_, class)| *class)
}

/// `host port`, `no one`, or nothing.
fn replica_of(text: &str) -> Result<Option<(String, u16)>, &'static str> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    match words[..] {
        [] => Ok(None),
        [no, one] if no.eq_ignore_ascii_case("no") && one.eq_ignore_ascii_case("one") => Ok(None),
        [host, port] => match port.parse() {
            Ok(port) => Ok(Some((host.to_owned(), port))),
            _ => Err("Invalid master port"),
        },
        _ => Err("wrong number of arguments"),
    }
}
