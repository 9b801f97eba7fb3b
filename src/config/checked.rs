//! Texts that have a form of their own: checked, and written as Redis shows them.

use super::table::Directive;
use super::value::loose_i64;
use crate::base::{parse_f64, parse_i64};

/// Classes of keyspace events, in the order in which they are shown; `A` stands for those of [`ALL_CLASSES`].
const EVENT_CLASSES: &str = "g$lshzxetdnKEm";
const ALL_CLASSES: &str = "g$lshzxetd";

/// What a signal may ask SHUTDOWN for, in the order in which it is shown; the first is none of the others.
const SHUTDOWN_WORDS: [&str; 5] = ["default", "save", "nosave", "now", "force"];

/// Longest name of a host.
const HOSTNAME_MAX: usize = 255;
/// Most addresses to listen on.
const ADDRESSES_MAX: usize = 16;

/// A text as the directive keeps it, or why it does not take it.
pub(super) fn text(directive: Directive, text: &str) -> Result<String, String> {
    match directive {
        Directive::NotifyKeyspaceEvents => event_classes(text),
        Directive::OomScoreAdjValues => oom_values(text),
        Directive::LatencyTrackingInfoPercentiles => percentiles(text),
        Directive::ShutdownOnSigint | Directive::ShutdownOnSigterm => shutdown_words(text),
        Directive::MaxMemoryClients => memory_or_percent(text),
        Directive::ProcTitleTemplate => process_title(text),
        Directive::UnixSocketPerm => permissions(text),
        Directive::ClusterAnnounceHostname => hostname(text),
        Directive::Bind => addresses(text),
        Directive::DbFilename => file_name("dbfilename", text),
        Directive::AppendFileName if text.is_empty() => Err("appendfilename can't be empty".to_owned()),
        Directive::AppendDirName if text.is_empty() => Err("appenddirname can't be empty".to_owned()),
        Directive::AppendFileName => file_name("appendfilename", text),
        Directive::AppendDirName => file_name("appenddirname", text),
        _ => Ok(text.to_owned()),
    }
}

/// Why a directive cannot be turned on: what it needs is not there. Redis says the same where it was built or started
/// without it.
pub(super) fn refused(directive: Directive, value: i64) -> Option<&'static str> {
    match directive {
        _ if value == 0 => None,
        Directive::AppendOnly => Some("Unable to turn on AOF. Check server logs."),
        Directive::TlsPort | Directive::TlsReplication | Directive::TlsCluster => {
            Some("Unable to update TLS configuration. Check server logs.")
        }
        Directive::ActiveDefrag => Some(
            "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc \
             like the one shipped by default with the Redis source distribution",
        ),
        _ => None,
    }
}

/// Whether an amount of memory may have its highest bit set.
pub(super) fn is_unsigned(directive: Directive) -> bool {
    matches!(directive, Directive::MaxMemory | Directive::ClusterLinkSendbufLimit)
}

fn file_name(name: &str, text: &str) -> Result<String, String> {
    match text.contains('/') {
        true => Err(format!("{name} can't be a path, just a filename")),
        false => Ok(text.to_owned()),
    }
}

fn shutdown_words(text: &str) -> Result<String, String> {
    let given: Vec<&str> = text.split(' ').collect();
    let is = |word: &str| given.iter().any(|given| given.eq_ignore_ascii_case(word));
    if !given.iter().all(|given| SHUTDOWN_WORDS.iter().any(|word| word.eq_ignore_ascii_case(given))) {
        return Err("argument(s) must be one of the following: ".to_owned() + &SHUTDOWN_WORDS.join(", "));
    }
    if is("save") && is("nosave") {
        return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".to_owned());
    }
    let shown: Vec<&str> = SHUTDOWN_WORDS.into_iter().skip(1).filter(|word| is(word)).collect();
    Ok(if shown.is_empty() { SHUTDOWN_WORDS[0].to_owned() } else { shown.join(" ") })
}

/// An amount of memory, or a percentage, which Redis keeps as a negative number.
fn memory_or_percent(text: &str) -> Result<String, String> {
    let percent = text.strip_suffix('%').and_then(|number| parse_i64(number.as_bytes())).filter(|number| *number >= 0);
    let bytes = || super::value::memory(text).map(u64::cast_signed).ok_or("argument must be a memory or percent value");
    let value = match percent {
        Some(percent) => -percent,
        None => bytes()?,
    };
    match value {
        0.. => Ok(value.to_string()),
        -100..0 => Ok(format!("{}%", -value)),
        _ => Err("percentage argument must be less or equal to 100".to_owned()),
    }
}

/// A template for the title of the process: known names between braces, and something to show.
fn process_title(text: &str) -> Result<String, String> {
    let wrong = || "template format is invalid or contains unknown variables".to_owned();
    let (mut rest, mut shows) = (text, false);
    while let Some((before, behind)) = rest.split_once('{') {
        shows |= before.contains(|c: char| c != ' ');
        if let Some(behind) = behind.strip_prefix('{') {
            (rest, shows) = (behind, true);
            continue;
        }
        let (name, behind) = behind.split_once('}').ok_or_else(wrong)?;
        match name {
            "listen-addr" | "port" | "tls-port" | "config-file" => shows = true,
            "title" | "server-mode" | "unixsocket" => {}
            _ => return Err(wrong()),
        }
        rest = behind;
    }
    shows |= rest.contains(|c: char| c != ' ');
    if shows { Ok(text.to_owned()) } else { Err(wrong()) }
}

fn permissions(text: &str) -> Result<String, String> {
    let value = i64::from_str_radix(text, 8).map_err(|_| "argument couldn't be parsed as an octal number")?;
    match value {
        0..=0o777 => Ok(format!("{value:o}")),
        _ => Err("argument must be between 0 and 777 inclusive".to_owned()),
    }
}

fn hostname(text: &str) -> Result<String, String> {
    if text.len() > HOSTNAME_MAX {
        return Err(format!("Hostnames must be less than {} characters", HOSTNAME_MAX + 1));
    }
    match text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
        true => Ok(text.to_owned()),
        false => Err("Hostnames may only contain alphanumeric characters, hyphens or dots".to_owned()),
    }
}

fn addresses(text: &str) -> Result<String, String> {
    let words: Vec<&str> = text.split(' ').collect();
    if words.len() > ADDRESSES_MAX {
        return Err("Too many bind addresses specified.".to_owned());
    }
    let is_one = |word: &&str| !word.is_empty() || words.len() == 1;
    match words.iter().all(is_one) {
        true => Ok(text.to_owned()),
        false => Err("Failed to bind to specified addresses.".to_owned()),
    }
}

fn event_classes(text: &str) -> Result<String, String> {
    if text.chars().any(|class| class != 'A' && !EVENT_CLASSES.contains(class)) {
        return Err("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".to_owned());
    }
    let is_on = |class: char| text.contains(class) || (ALL_CLASSES.contains(class) && text.contains('A'));
    let all = ALL_CLASSES.chars().all(is_on);
    let hidden = |class: &char| all && ALL_CLASSES.contains(*class);
    let shown = EVENT_CLASSES.chars().filter(|class| is_on(*class) && !hidden(class));
    Ok(all.then_some('A').into_iter().chain(shown).collect())
}

/// A text as CONFIG GET shows it. Redis does not show the class `n` beside `A`.
pub(super) fn shown(directive: Directive, text: &str) -> String {
    match directive {
        Directive::NotifyKeyspaceEvents if text.starts_with('A') => text.replace('n', ""),
        _ => text.to_owned(),
    }
}

fn oom_values(text: &str) -> Result<String, String> {
    let values: Vec<&str> = text.split(' ').collect();
    if values.len() != 3 {
        return Err("wrong number of arguments".to_owned());
    }
    let numbers = values.iter().map(|value| loose_i64(value)).collect::<Option<Vec<i64>>>();
    match numbers.filter(|numbers| numbers.iter().all(|number| (-2000..=2000).contains(number))) {
        Some(numbers) => Ok(numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")),
        None => Err("Invalid oom-score-adj-values, elements must be between -2000 and 2000.".to_owned()),
    }
}

fn percentiles(text: &str) -> Result<String, String> {
    let mut shown: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|_| !text.is_empty()) {
        match parse_f64(word.as_bytes()) {
            None => return Err("Invalid latency-tracking-info-percentiles parameters".to_owned()),
            Some(value) if !(0.0..=100.0).contains(&value) => {
                return Err("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]".to_owned());
            }
            Some(value) => shown.push(shown_percentile(value)),
        }
    }
    Ok(shown.join(" "))
}

/// A percentile with at most six digits behind the point.
fn shown_percentile(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_classes_come_back_in_the_order_of_redis() {
        for (given, shown) in
            [("KEA", "AKE"), ("EK$lg", "g$lKE"), ("", ""), ("AKnm", "AnKm"), ("g$lshzxetd", "A"), ("nK", "nK")]
        {
            assert_eq!(event_classes(given).as_deref(), Ok(shown), "{given}");
        }
        assert_eq!(shown(Directive::NotifyKeyspaceEvents, "AnKm"), "AKm");
        assert!(event_classes("KEq").is_err());
    }

    #[test]
    fn numbers_are_held_in_their_bounds() {
        assert!(oom_values("0 1 2").is_ok() && oom_values("0 1").is_err() && oom_values("0 1 2001").is_err());
        assert!(
            percentiles("").is_ok()
                && percentiles("50.0 99.9").as_deref() == Ok("50 99.9")
                && percentiles("101").is_err()
        );
    }
}
