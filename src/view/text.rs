//! Sentences out of words and numbers. Every number carries its unit, and long ones carry separators.
//!
//! Owns how a number looks. Not `format!`: a template and a list of parts are one call for each sentence, which keeps the
//! module small, and sentences are made ten times a second.

use crate::base::{ReplId, Span, push_i64};

/// A number or a word of a sentence.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Words as they are.
    Word(&'a str),
    /// A number with separators: `1,499,651`.
    Number(i64),
    /// A number as commands show it, without separators: `1499651`.
    Plain(i64),
    /// A count with its noun: `1 replica`, `2 replicas`, `1,000 keys`.
    Count(u64, &'a str),
    /// An exact number of bytes: `1 byte`, `651,492 bytes`.
    Bytes(u64),
    /// A size in three digits, in powers of 1024 as Redis reads `1mb`: `640 bytes`, `1.00 MiB`, `12.3 GiB`.
    Size(u64),
    /// A rate in three digits, in powers of 1000 as networks count: `850 B/s`, `32.5 KB/s`, `1.20 MB/s`.
    Rate(u64),
    /// A bandwidth in bits, as network people count: `1.00 Gbit/s` for 125,000,000 bytes a second.
    Bits(u64),
    /// A share given in millionths: `0%`, `1%`, `0.25%`.
    Percent(u32),
    /// A time as people say it: `2 ms`, `20.0 s`, `3 min 20 s`.
    Time(Span),
    /// A time that is watched as it passes, in tenths of a second: `0.9 s`, `20.0 s`, `3 min 20 s`.
    Clock(Span),
    /// A history by its ends: `9b1f…e2`.
    History(&'a ReplId),
    /// Bytes from outside, in quotes and with everything unprintable replaced. At most 120 of them.
    Quoted(&'a [u8]),
}

/// A sentence: the template with its parts in the places of `{}`.
pub fn tell(template: &str, parts: &[Part<'_>]) -> String {
    let mut out = String::with_capacity(template.len() + 16 * parts.len());
    add(&mut out, template, parts);
    out
}

/// Appends a sentence to others.
pub fn add(out: &mut String, template: &str, parts: &[Part<'_>]) {
    debug_assert_eq!(template.matches("{}").count(), parts.len(), "{template}");
    // A brace stands for nothing else. Looking for one character takes less code than looking for two.
    let mut words = template.split('{');
    out.push_str(words.next().unwrap_or_default());
    for (part, following) in parts.iter().zip(words) {
        put(out, part);
        out.push_str(following.strip_prefix('}').unwrap_or(following));
    }
}

/// A digest in sixteen digits.
pub fn hex(number: u64) -> String {
    (0..16).rev().map(|digit| char::from(b"0123456789abcdef"[(number >> (4 * digit)) as usize & 15])).collect()
}

fn put(out: &mut String, part: &Part<'_>) {
    match *part {
        Part::Word(words) => out.push_str(words),
        Part::Number(number) => separated(out, number),
        Part::Plain(number) => plain(out, number),
        Part::Count(number, noun) => {
            separated(out, clamp(number));
            out.push(' ');
            out.push_str(noun);
            if number != 1 {
                out.push('s');
            }
        }
        Part::Bytes(bytes) => put(out, &Part::Count(bytes, "byte")),
        Part::Size(bytes) if bytes < 10_240 => put(out, &Part::Bytes(bytes)),
        Part::Size(bytes) => scaled(out, bytes, 1024, &[" bytes", " KiB", " MiB", " GiB", " TiB", " PiB"]),
        Part::Rate(rate) => scaled(out, rate, 1000, &[" B/s", " KB/s", " MB/s", " GB/s", " TB/s"]),
        Part::Bits(rate) => {
            scaled(out, rate.saturating_mul(8), 1000, &[" bit/s", " kbit/s", " Mbit/s", " Gbit/s", " Tbit/s"]);
        }
        Part::Percent(ppm) => percent(out, ppm),
        Part::Time(span) if span.as_millis() == 0 && span.0 > 0 => out.push_str("under 1 ms"),
        Part::Time(span) if span.as_millis() < 1000 => {
            separated(out, clamp(span.as_millis()));
            out.push_str(" ms");
        }
        Part::Time(span) | Part::Clock(span) => clock(out, span.as_millis()),
        Part::History(id) => {
            let id = id.as_str();
            out.push_str(id.get(..4).unwrap_or(id));
            out.push('…');
            out.push_str(id.get(id.len().saturating_sub(2)..).unwrap_or(id));
        }
        Part::Quoted(bytes) => quoted(out, bytes),
    }
}

fn plain(out: &mut String, number: i64) {
    push_i64(number, out);
}

fn separated(out: &mut String, number: i64) {
    let first = out.len() + usize::from(number < 0);
    push_i64(number, out);
    let mut at = out.len();
    while at > first + 3 {
        at -= 3;
        out.insert(at, ',');
    }
}

/// Three significant digits, rounded down, in the largest unit that leaves one before the point.
fn scaled(out: &mut String, value: u64, step: u64, units: &[&str]) {
    let mut unit = 0;
    let mut scale = 1u64;
    while value / scale >= 1000 && unit + 1 < units.len() {
        scale *= step;
        unit += 1;
    }
    let whole = value / scale;
    let hundredths = (u128::from(value % scale) * 100 / u128::from(scale)) as i64;
    separated(out, clamp(whole));
    match whole {
        _ if unit == 0 => {}
        0..=9 => {
            out.push_str(if hundredths < 10 { ".0" } else { "." });
            plain(out, hundredths);
        }
        10..=99 => {
            out.push('.');
            plain(out, hundredths / 10);
        }
        _ => {}
    }
    out.push_str(units[unit]);
}

/// Rounded down: a promise of slack must not be rounded up.
fn clock(out: &mut String, ms: u64) {
    let (large, large_unit, small, small_unit) = match ms {
        0..=119_999 => {
            separated(out, clamp(ms / 1000));
            out.push('.');
            plain(out, clamp(ms % 1000 / 100));
            out.push_str(" s");
            return;
        }
        120_000..=7_199_999 => (ms / 60_000, " min", ms % 60_000 / 1000, " s"),
        7_200_000..=172_799_999 => (ms / 3_600_000, " h", ms % 3_600_000 / 60_000, " min"),
        _ => (ms / 86_400_000, " days", ms % 86_400_000 / 3_600_000, " h"),
    };
    separated(out, clamp(large));
    out.push_str(large_unit);
    if small > 0 {
        out.push(' ');
        separated(out, clamp(small));
        out.push_str(small_unit);
    }
}

fn percent(out: &mut String, ppm: u32) {
    plain(out, (ppm / 10_000).into());
    let mut rest = ppm % 10_000;
    if rest > 0 {
        out.push('.');
    }
    let mut unit = 1000;
    while rest > 0 {
        plain(out, (rest / unit).into());
        rest %= unit;
        unit /= 10;
    }
    out.push('%');
}

fn quoted(out: &mut String, bytes: &[u8]) {
    const MOST: usize = 120;
    out.push('"');
    for &byte in bytes.iter().take(MOST) {
        out.push(if (b' '..=b'~').contains(&byte) { char::from(byte) } else { '·' });
    }
    out.push_str(if bytes.len() > MOST { "…\"" } else { "\"" });
}

fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(part: Part<'_>) -> String {
        tell("{}", &[part])
    }

    #[test]
    fn parts_take_the_places_in_order() {
        assert_eq!(tell("{} and {}.", &[Part::Word("a"), Part::Number(1)]), "a and 1.");
        let mut out = String::from("First. ");
        add(&mut out, "Second.", &[]);
        assert_eq!(out, "First. Second.");
    }

    #[test]
    fn numbers_have_separators_and_commands_do_not() {
        let number = |n| say(Part::Number(n));
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(-1_499_651), "-1,499,651");
        assert_eq!(number(-499_651), "-499,651");
        assert_eq!(number(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(say(Part::Plain(1_499_651)), "1499651");
    }

    #[test]
    fn counts_know_their_plural() {
        assert_eq!(say(Part::Bytes(1)), "1 byte");
        assert_eq!(say(Part::Bytes(0)), "0 bytes");
        assert_eq!(say(Part::Count(1_000, "key")), "1,000 keys");
    }

    #[test]
    fn sizes_and_rates_keep_three_digits() {
        let size = |n| say(Part::Size(n));
        assert_eq!(size(10_239), "10,239 bytes");
        assert_eq!(size(16_384), "16.0 KiB");
        assert_eq!(size(1 << 20), "1.00 MiB");
        assert_eq!(size(1_050_012), "1.00 MiB");
        assert_eq!(size(10 << 30), "10.0 GiB");
        assert_eq!(size(u64::MAX), "16,383 PiB");
        let rate = |n| say(Part::Rate(n));
        assert_eq!(rate(999), "999 B/s");
        assert_eq!(rate(32_550), "32.5 KB/s");
        assert_eq!(rate(1_050), "1.05 KB/s");
        assert_eq!(rate(125_000_000), "125 MB/s");
        assert_eq!(say(Part::Bits(125_000_000)), "1.00 Gbit/s");
        assert_eq!(say(Part::Bits(100)), "800 bit/s");
    }

    #[test]
    fn shares_drop_what_is_zero() {
        let percent = |ppm| say(Part::Percent(ppm));
        assert_eq!(percent(0), "0%");
        assert_eq!(percent(10_000), "1%");
        assert_eq!(percent(2_500), "0.25%");
        assert_eq!(percent(1_000_001), "100.0001%");
        assert_eq!(percent(120), "0.012%");
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let span = |ms| say(Part::Time(Span::from_millis(ms)));
        assert_eq!(span(0), "0 ms");
        assert_eq!(say(Part::Time(Span(1))), "under 1 ms");
        assert_eq!(span(999), "999 ms");
        assert_eq!(say(Part::Clock(Span::from_millis(999))), "0.9 s");
        assert_eq!(span(20_049), "20.0 s");
        assert_eq!(span(119_999), "119.9 s");
        assert_eq!(span(200_000), "3 min 20 s");
        assert_eq!(span(7_200_000), "2 h");
        assert_eq!(span(90 * 60_000 + 999), "90 min");
        assert_eq!(span(200 * 3_600_000), "8 days 8 h");
    }

    #[test]
    fn bytes_from_outside_are_harmless() {
        assert_eq!(say(Part::Quoted(b"-ERR <b>\r\n")), "\"-ERR <b>··\"");
        assert_eq!(say(Part::Quoted(&[b'a'; 200])).chars().count(), 123);
    }
}
