//! Texts that have a form of their own: checked, and written as Redis shows them.

use super::table::Directive;
use crate::base::{parse_f64, parse_i64};

/// Classes of keyspace events, in the order in which they are shown; `A` stands for those of [`ALL_CLASSES`].
const EVENT_CLASSES: &str = "g$lshzxetdnKEm";
const ALL_CLASSES: &str = "g$lshzxetd";

/// A text as the directive keeps it, or why it does not take it.
pub(super) fn text(directive: Directive, text: &str) -> Result<String, String> {
    match directive {
        Directive::NotifyKeyspaceEvents => event_classes(text),
        Directive::OomScoreAdjValues => oom_values(text),
        Directive::LatencyTrackingInfoPercentiles => percentiles(text),
        Directive::DbFilename if text.contains('/') => Err("dbfilename can't be a path, just a filename".to_owned()),
        _ => Ok(text.to_owned()),
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
    let fits = |value: &&str| parse_i64(value.as_bytes()).is_some_and(|value| (-2000..=2000).contains(&value));
    if !values.iter().all(fits) {
        return Err("Invalid oom-score-adj-values, elements must be between -2000 and 2000.".to_owned());
    }
    Ok(text.to_owned())
}

fn percentiles(text: &str) -> Result<String, String> {
    let mut shown: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|_| !text.is_empty()) {
        match parse_f64(word.as_bytes()) {
            None => return Err("Invalid latency-tracking-info-percentiles parameters".to_owned()),
            Some(value) if !(0.0..=100.0).contains(&value) => {
                return Err("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]".to_owned());
            }
            Some(value) => shown.push(value.to_string()),
        }
    }
    Ok(shown.join(" "))
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
