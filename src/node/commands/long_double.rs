//! The 80-bit numbers of INCRBYFLOAT. Redis computes with the `long double` of x86: 64 bits of mantissa, rounded to the
//! nearest, ties to even. No type of Rust is as wide, so reading, adding and writing are done here with integers: exact, and
//! the same on every platform.

use std::cmp::Ordering;

use crate::base::{Natural, Precision, Size, parse_number, round_quotient, round_shift};

/// 64 bits of mantissa and 15 of exponent.
const PRECISION: Precision = Precision { bits: 64, exponent_min: -16_445, exponent_max: 16_320 };
/// Digits behind the point that are written.
const DECIMALS: u32 = 17;

/// A number of the form `mantissa * 2^exponent`, or infinite. Its mantissa has the top bit set unless it is zero or tiny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::node) struct LongDouble {
    negative: bool,
    size: Size,
}

impl LongDouble {
    /// Reads a number as C's `strtold` does, see [`parse_number`].
    pub(in crate::node) fn parse(text: &[u8]) -> Option<LongDouble> {
        let (negative, size) = parse_number(text, &PRECISION)?;
        Some(LongDouble { negative, size })
    }

    /// Whether the number is infinite.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn is_infinite(self) -> bool {
        self.size == Size::Infinite
    }

    /// The sum, `None` if it is not finite.
    pub(super) fn checked_add(self, other: LongDouble) -> Option<LongDouble> {
        let (Size::Finite { mantissa: a, exponent: a_exponent }, Size::Finite { mantissa: b, exponent: b_exponent }) =
            (self.size, other.size)
        else {
            return None;
        };
        let exponent = a_exponent.min(b_exponent);
        let (mut a, mut b) = (Natural::from(a), Natural::from(b));
        a.shift_left((a_exponent - exponent) as usize);
        b.shift_left((b_exponent - exponent) as usize);
        let negative = if self.negative == other.negative {
            a.add(&b);
            self.negative
        } else if a.compare(&b) == Ordering::Less {
            b.subtract(&a);
            a = b;
            other.negative
        } else {
            a.subtract(&b);
            self.negative
        };
        match round_quotient(a, Natural::from(1), exponent, &PRECISION) {
            Size::Infinite => None,
            size => Some(LongDouble { negative, size }),
        }
    }

    /// The number times 10^9, rounded; `None` if it is negative or from 10^9 on.
    pub(in crate::node) fn to_billionths(self) -> Option<u64> {
        let Size::Finite { mantissa, exponent } = self.size else { return None };
        if mantissa == 0 {
            return Some(0);
        }
        if self.negative || exponent >= 0 {
            return None;
        }
        let billionths = round_shift(u128::from(mantissa) * 1_000_000_000, -exponent, false);
        u64::try_from(billionths).ok().filter(|&billionths| billionths < 1_000_000_000 * 1_000_000_000)
    }

    /// The text with up to 17 digits behind the point and no zeros at its end.
    pub(super) fn to_text(self) -> Vec<u8> {
        let Size::Finite { mantissa, exponent } = self.size else { return b"inf".to_vec() };
        let mut digits = if exponent >= 0 {
            let mut whole = Natural::from(mantissa);
            whole.shift_left(exponent as usize);
            whole.into_digits()
        } else {
            let scaled = round_shift(u128::from(mantissa) * 10u128.pow(DECIMALS), -exponent, false);
            // Both parts fit 64 bits, whose formatting is at hand; that of 128 bits would be needed here alone.
            let (whole, fraction) = (scaled / 10u128.pow(DECIMALS), scaled % 10u128.pow(DECIMALS));
            format!("{}.{:017}", whole as u64, fraction as u64).into_bytes()
        };
        if digits.contains(&b'.') {
            let kept = digits.iter().rposition(|&digit| digit != b'0').map_or(0, |at| at + 1);
            digits.truncate(kept);
            if digits.last() == Some(&b'.') {
                digits.pop();
            }
        }
        if self.negative && digits != b"0" {
            digits.insert(0, b'-');
        }
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<(u64, i64)> {
        match LongDouble::parse(text.as_bytes())?.size {
            Size::Finite { mantissa, exponent } => Some((mantissa, exponent)),
            Size::Infinite => Some((0, i64::MAX)),
        }
    }

    #[test]
    fn numbers_are_rounded_to_64_bits_as_x86_does() {
        assert_eq!(number("1"), Some((1 << 63, -63)));
        assert_eq!(number("0.1"), Some((0xcccc_cccc_cccc_cccd, -67)));
        assert_eq!(number("1e4932"), Some((0xd72c_b2a9_5c7e_f6cd, 16320)));
        assert_eq!(number("18446744073709551617"), Some((1 << 63, 1)), "half way, to even");
        assert_eq!(number("18446744073709551619"), Some(((1 << 63) + 2, 1)), "half way, to even");
        assert_eq!(number("0x1p-16445"), Some((1, -16_445)), "the smallest");
        assert_eq!(number("inf"), Some((0, i64::MAX)));
        for none in
            ["", ".", "e1", "1e", "1e+", "1.2.3", "0x", "0x.p1", "1 ", "nan", "1e4933", "1e-4952", "1e999999999999"]
        {
            assert_eq!(number(none), None, "{none}");
        }
    }

    #[test]
    fn seconds_become_nanoseconds() {
        let billionths = |text: &str| LongDouble::parse(text.as_bytes()).and_then(LongDouble::to_billionths);
        assert_eq!(billionths("0"), Some(0));
        assert_eq!(billionths("-0.0"), Some(0));
        assert_eq!(billionths("0.1"), Some(100_000_000));
        assert_eq!(billionths("2.5"), Some(2_500_000_000));
        assert_eq!(billionths("1e-3"), Some(1_000_000));
        assert_eq!(billionths("999999999"), Some(999_999_999_000_000_000));
        for none in ["1e9", "-1", "inf", "1e30", "x"] {
            assert_eq!(billionths(none), None, "{none}");
        }
    }

    #[test]
    fn the_longest_texts_are_no_trouble() {
        let long = "9".repeat(4900);
        assert_eq!(number(&long), number("1e4900"));
        assert_eq!(number(&format!("0.{}1e4901", "0".repeat(4900))), number("1"));
        assert_eq!(number(&"1".repeat(5 * 1024)), None);
        let largest = LongDouble::parse(b"1.18e4932").expect("a number");
        assert_eq!(largest.checked_add(largest), None);
        assert_eq!(largest.to_text().len(), 4933);
    }
}
