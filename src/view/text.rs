//! Sentences out of words and numbers. Every number carries its unit, and long ones carry separators.
//!
//! Owns how a number looks. A builder instead of `format!`: the formatting machinery of the standard library would be a
//! tenth of the wasm budget, and sentences are made ten times a second.

use crate::base::{ReplId, Span, format_i64};

/// A sentence that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Nothing said yet.
    pub fn new() -> Text {
        Text(String::with_capacity(96))
    }

    /// The sentence.
    pub fn done(self) -> String {
        self.0
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Words as they are.
    pub fn say(mut self, words: &str) -> Text {
        self.0.push_str(words);
        self
    }

    /// Words if a condition holds.
    pub fn say_if(self, condition: bool, words: &str) -> Text {
        if condition { self.say(words) } else { self }
    }

    /// A space, unless this is the beginning.
    pub fn gap(self) -> Text {
        if self.is_empty() { self } else { self.say(" ") }
    }

    /// A number as commands show it, without separators: `1499651`.
    pub fn plain(mut self, number: i64) -> Text {
        let mut digits = Vec::with_capacity(20);
        format_i64(number, &mut digits);
        self.push_ascii(&digits);
        self
    }

    /// A number with separators: `1,499,651`.
    pub fn number(mut self, number: i64) -> Text {
        let mut digits = Vec::with_capacity(20);
        format_i64(number, &mut digits);
        let digits = match digits.split_first() {
            Some((b'-', rest)) => {
                self.0.push('-');
                rest
            }
            _ => &digits[..],
        };
        for (i, &digit) in digits.iter().enumerate() {
            if i > 0 && (digits.len() - i) % 3 == 0 {
                self.0.push(',');
            }
            self.0.push(char::from(digit));
        }
        self
    }

    /// A count with its noun: `1 replica`, `2 replicas`, `1,000 keys`.
    pub fn count(self, number: u64, noun: &str) -> Text {
        self.number(clamp(number)).say(" ").say(noun).say_if(number != 1, "s")
    }

    /// An exact number of bytes: `1 byte`, `651,492 bytes`.
    pub fn bytes(self, bytes: u64) -> Text {
        self.count(bytes, "byte")
    }

    /// A size in three digits, in powers of 1024 as Redis reads `1mb`: `640 bytes`, `1.00 MiB`, `12.3 GiB`.
    pub fn size(self, bytes: u64) -> Text {
        const UNITS: [&str; 5] = [" KiB", " MiB", " GiB", " TiB", " PiB"];
        if bytes < 10_240 {
            return self.bytes(bytes);
        }
        let mut unit = 0;
        let mut scale = 1024u64;
        while bytes / scale >= 1000 && unit + 1 < UNITS.len() {
            scale *= 1024;
            unit += 1;
        }
        self.three_digits(bytes, scale).say(UNITS[unit])
    }

    /// A rate in three digits, in powers of 1000 as networks count: `850 B/s`, `32.5 KB/s`, `1.20 MB/s`.
    pub fn rate(self, bytes_per_s: u64) -> Text {
        const UNITS: [&str; 4] = [" KB/s", " MB/s", " GB/s", " TB/s"];
        if bytes_per_s < 1000 {
            return self.number(clamp(bytes_per_s)).say(" B/s");
        }
        let mut unit = 0;
        let mut scale = 1000u64;
        while bytes_per_s / scale >= 1000 && unit + 1 < UNITS.len() {
            scale *= 1000;
            unit += 1;
        }
        self.three_digits(bytes_per_s, scale).say(UNITS[unit])
    }

    /// A time as people say it: `2 ms`, `20.0 s`, `3 min 20 s`, `2 h 5 min`.
    pub fn span(self, span: Span) -> Text {
        let ms = span.as_millis();
        match ms {
            0 if span.0 > 0 => self.say("under 1 ms"),
            0..=999 => self.number(clamp(ms)).say(" ms"),
            1_000..=119_999 => self.seconds(ms).say(" s"),
            120_000..=7_199_999 => self.pair(ms / 60_000, " min", ms % 60_000 / 1000, " s"),
            7_200_000..=172_799_999 => self.pair(ms / 3_600_000, " h", ms % 3_600_000 / 60_000, " min"),
            _ => self.pair(ms / 86_400_000, " days", ms % 86_400_000 / 3_600_000, " h"),
        }
    }

    /// A history by its ends: `9b1f…e2`.
    pub fn history(self, id: &ReplId) -> Text {
        let id = id.as_str();
        if id.is_empty() {
            return self.say("(none)");
        }
        self.say(&id[..4.min(id.len())]).say("…").say(&id[id.len().saturating_sub(2)..])
    }

    /// Bytes from outside, in quotes and with everything unprintable replaced. At most 120 of them.
    pub fn quoted(mut self, bytes: &[u8]) -> Text {
        const MOST: usize = 120;
        self.0.push('"');
        for &byte in bytes.iter().take(MOST) {
            self.0.push(if (b' '..=b'~').contains(&byte) { char::from(byte) } else { '·' });
        }
        self.0.push_str(if bytes.len() > MOST { "…\"" } else { "\"" });
        self
    }

    /// Seconds with one decimal, rounded down: a promise of slack must not be rounded up.
    fn seconds(self, ms: u64) -> Text {
        self.number(clamp(ms / 1000)).say(".").plain(clamp(ms % 1000 / 100))
    }

    fn pair(self, large: u64, large_unit: &str, small: u64, small_unit: &str) -> Text {
        let text = self.number(clamp(large)).say(large_unit);
        if small == 0 { text } else { text.say(" ").number(clamp(small)).say(small_unit) }
    }

    /// `value / scale` with three significant digits, rounded down.
    fn three_digits(self, value: u64, scale: u64) -> Text {
        let whole = value / scale;
        let hundredths = (u128::from(value % scale) * 100 / u128::from(scale)) as i64;
        let text = self.number(clamp(whole));
        match whole {
            0..=9 => text.say(".").say_if(hundredths < 10, "0").plain(hundredths),
            10..=99 => text.say(".").plain(hundredths / 10),
            _ => text,
        }
    }

    fn push_ascii(&mut self, ascii: &[u8]) {
        self.0.extend(ascii.iter().map(|&byte| char::from(byte)));
    }
}

fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_separators_and_commands_do_not() {
        let number = |n| Text::new().number(n).done();
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(-1_499_651), "-1,499,651");
        assert_eq!(number(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(Text::new().plain(1_499_651).done(), "1499651");
    }

    #[test]
    fn counts_know_their_plural() {
        assert_eq!(Text::new().bytes(1).done(), "1 byte");
        assert_eq!(Text::new().bytes(0).done(), "0 bytes");
        assert_eq!(Text::new().count(1_000, "key").done(), "1,000 keys");
    }

    #[test]
    fn sizes_and_rates_keep_three_digits() {
        let size = |n| Text::new().size(n).done();
        assert_eq!(size(10_239), "10,239 bytes");
        assert_eq!(size(16_384), "16.0 KiB");
        assert_eq!(size(1 << 20), "1.00 MiB");
        assert_eq!(size(1_050_012), "1.00 MiB");
        assert_eq!(size(10 << 30), "10.0 GiB");
        assert_eq!(size(u64::MAX), "16,383 PiB");
        let rate = |n| Text::new().rate(n).done();
        assert_eq!(rate(999), "999 B/s");
        assert_eq!(rate(32_550), "32.5 KB/s");
        assert_eq!(rate(125_000_000), "125 MB/s");
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let span = |ms| Text::new().span(Span::from_millis(ms)).done();
        assert_eq!(span(0), "0 ms");
        assert_eq!(Text::new().span(Span(1)).done(), "under 1 ms");
        assert_eq!(span(999), "999 ms");
        assert_eq!(span(20_049), "20.0 s");
        assert_eq!(span(119_999), "119.9 s");
        assert_eq!(span(200_000), "3 min 20 s");
        assert_eq!(span(7_200_000), "2 h");
        assert_eq!(span(90 * 60_000 + 999), "90 min");
        assert_eq!(span(200 * 3_600_000), "8 days 8 h");
    }

    #[test]
    fn bytes_from_outside_are_harmless() {
        assert_eq!(Text::new().quoted(b"-ERR <b>\r\n").done(), "\"-ERR <b>··\"");
        assert_eq!(Text::new().quoted(&[b'a'; 200]).done().chars().count(), 123);
    }
}
