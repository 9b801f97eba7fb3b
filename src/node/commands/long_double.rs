//! The 80-bit numbers of INCRBYFLOAT. Redis computes with the `long double` of x86: 64 bits of mantissa, rounded to the
//! nearest, ties to even. No type of Rust is as wide, so reading, adding and writing are done here with integers: exact, and
//! the same on every platform.

use std::cmp::Ordering;

/// Exponent of the last bit of the smallest number.
const EXPONENT_MIN: i64 = -16_445;
/// Exponent of the last bit of the largest number.
const EXPONENT_MAX: i64 = 16_320;
/// Texts from this length on are no numbers to Redis.
const TEXT_LEN_MAX: usize = 5 * 1024;
/// A number with its first digit this many places before the point is too large; that far behind it, too small.
const MAGNITUDE_MAX: i64 = 5_100;
/// Digits behind the point that are written.
const DECIMALS: u32 = 17;

/// A number of the form `mantissa * 2^exponent`, or infinite. Its mantissa has the top bit set unless it is zero or tiny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::node) struct LongDouble {
    negative: bool,
    size: Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Finite { mantissa: u64, exponent: i64 },
    Infinite,
}

impl LongDouble {
    /// Reads a number as C's `strtold` does: decimal or hexadecimal, `inf`. `None` for anything else, for NaN, and for what
    /// is too large or, without being 0, too small.
    pub(in crate::node) fn parse(text: &[u8]) -> Option<LongDouble> {
        if text.len() >= TEXT_LEN_MAX {
            return None;
        }
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let size = if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
            Size::Infinite
        } else if let [b'0', b'x' | b'X', digits @ ..] = text {
            parse_digits(digits, 16)?
        } else {
            parse_digits(text, 10)?
        };
        Some(LongDouble { negative, size })
    }

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
        } else if a.cmp(&b) == Ordering::Less {
            b.subtract(&a);
            a = b;
            other.negative
        } else {
            a.subtract(&b);
            self.negative
        };
        match round_quotient(a, Natural::from(1), exponent) {
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

/// Reads digits, a point, an exponent; the exponent of hexadecimal digits counts bits.
fn parse_digits(text: &[u8], base: u32) -> Option<Size> {
    let (exponent_letter, digit_bits) = if base == 16 { (b'p', 4) } else { (b'e', 0) };
    let exponent_at = text.iter().position(|byte| byte.to_ascii_lowercase() == exponent_letter);
    let (digits, exponent) = match exponent_at {
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
        None => (text, 0),
    };
    let (mut number, mut digit_count, mut significant, mut decimals) = (Natural::from(0), 0, 0, None);
    for &byte in digits {
        match (char::from(byte).to_digit(base), decimals.as_mut()) {
            (Some(digit), decimals) => {
                number.multiply_add(base, digit);
                digit_count += 1;
                significant += i64::from(significant > 0 || digit > 0);
                decimals.into_iter().for_each(|count| *count += 1);
            }
            (None, None) if byte == b'.' => decimals = Some(0),
            _ => return None,
        }
    }
    let decimals: i64 = decimals.unwrap_or(0);
    if digit_count == 0 {
        return None;
    }
    if significant == 0 {
        return Some(Size::Finite { mantissa: 0, exponent: EXPONENT_MIN });
    }
    let size = if base == 16 {
        // Far beyond the bounds either way, and far from overflowing what follows.
        let bits = exponent.clamp(-100_000, 100_000) - decimals * digit_bits;
        round_quotient(number, Natural::from(1), bits)
    } else {
        let power = exponent - decimals;
        if (power + significant).abs() > MAGNITUDE_MAX {
            return None;
        }
        let mut denominator = Natural::from(1);
        let scaled = if power < 0 { &mut denominator } else { &mut number };
        scaled.multiply_by_power_of_ten(power.unsigned_abs());
        round_quotient(number, denominator, 0)
    };
    match size {
        Size::Infinite | Size::Finite { mantissa: 0, .. } => None,
        size => Some(size),
    }
}

fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Saturates: the texts are short enough for a million to stay beyond every bound.
    let value = digits.iter().fold(0i64, |value, digit| (value * 10 + i64::from(digit - b'0')).min(1_000_000));
    Some(if negative { -value } else { value })
}

/// The number nearest to `numerator / denominator * 2^exponent`.
fn round_quotient(mut numerator: Natural, mut denominator: Natural, exponent: i64) -> Size {
    const QUOTIENT_BITS: i64 = 66;
    if numerator.is_zero() {
        return Size::Finite { mantissa: 0, exponent: EXPONENT_MIN };
    }
    // Both equally long: their quotient is between one half and two.
    let shift = denominator.bits() as i64 - numerator.bits() as i64;
    if shift >= 0 {
        numerator.shift_left(shift as usize);
    } else {
        denominator.shift_left(-shift as usize);
    }
    let mut quotient: u128 = 0;
    for _ in 0..=QUOTIENT_BITS {
        quotient <<= 1;
        if numerator.cmp(&denominator) != Ordering::Less {
            numerator.subtract(&denominator);
            quotient |= 1;
        }
        numerator.shift_left(1);
    }
    let exponent = exponent - shift - QUOTIENT_BITS;
    let surplus_bits = i64::from(128 - quotient.leading_zeros()) - 64;
    let dropped = surplus_bits.max(EXPONENT_MIN - exponent);
    let rounded = round_shift(quotient, dropped, !numerator.is_zero());
    // Rounding up may carry into a 65th bit; all others are 0 then.
    let (mantissa, exponent) = match u64::try_from(rounded) {
        Ok(mantissa) => (mantissa, exponent + dropped),
        Err(_) => (1 << 63, exponent + dropped + 1),
    };
    if exponent > EXPONENT_MAX { Size::Infinite } else { Size::Finite { mantissa, exponent } }
}

/// `value / 2^bits`, rounded to the nearest, ties to even; `more` says that the value is a little more than it shows.
fn round_shift(value: u128, bits: i64, more: bool) -> u128 {
    if bits > 127 {
        return 0;
    }
    let rest = value & ((1 << bits) - 1);
    let half = (1u128 << bits) >> 1;
    let quotient = value >> bits;
    let up = rest > half || (rest == half && bits > 0 && (more || quotient % 2 == 1));
    quotient + u128::from(up)
}

/// A natural number of any size: 32-bit digits, the lowest first, the highest not 0.
struct Natural(Vec<u32>);

impl From<u64> for Natural {
    fn from(value: u64) -> Natural {
        let mut natural = Natural(vec![value as u32, (value >> 32) as u32]);
        natural.trim();
        natural
    }
}

impl Natural {
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of bits up to the highest that is set.
    fn bits(&self) -> usize {
        self.0.last().map_or(0, |top| self.0.len() * 32 - top.leading_zeros() as usize)
    }

    fn cmp(&self, other: &Natural) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn multiply_by_power_of_ten(&mut self, power: u64) {
        for _ in 0..power / 9 {
            self.multiply_add(1_000_000_000, 0);
        }
        self.multiply_add(10u32.pow((power % 9) as u32), 0);
    }

    fn shift_left(&mut self, bits: usize) {
        if self.is_zero() {
            return;
        }
        if !bits.is_multiple_of(32) {
            self.multiply_add(1 << (bits % 32), 0);
        }
        self.0.splice(0..0, std::iter::repeat_n(0, bits / 32));
    }

    fn add(&mut self, other: &Natural) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        let mut carry = 0u64;
        for (i, digit) in self.0.iter_mut().enumerate() {
            carry += u64::from(*digit) + u64::from(other.0.get(i).copied().unwrap_or(0));
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Subtracts a number that is not larger.
    fn subtract(&mut self, other: &Natural) {
        let mut borrow = false;
        for (i, digit) in self.0.iter_mut().enumerate() {
            let (less, borrow_other) = digit.overflowing_sub(other.0.get(i).copied().unwrap_or(0));
            let (less, borrow_carried) = less.overflowing_sub(u32::from(borrow));
            *digit = less;
            borrow = borrow_other || borrow_carried;
        }
        self.trim();
    }

    /// The decimal digits.
    fn into_digits(mut self) -> Vec<u8> {
        if self.is_zero() {
            return b"0".to_vec();
        }
        // Lowest digit first, nine at a time.
        let mut digits = Vec::with_capacity(self.0.len() * 10);
        while !self.is_zero() {
            let mut rest = 0u64;
            for digit in self.0.iter_mut().rev() {
                rest = (rest << 32) | u64::from(*digit);
                *digit = (rest / 1_000_000_000) as u32;
                rest %= 1_000_000_000;
            }
            self.trim();
            for _ in 0..9 {
                digits.push(b'0' + (rest % 10) as u8);
                rest /= 10;
            }
        }
        while digits.len() > 1 && digits.last() == Some(&b'0') {
            digits.pop();
        }
        digits.reverse();
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
        assert_eq!(number("0x1p-16445"), Some((1, EXPONENT_MIN)), "the smallest");
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
        assert_eq!(number(&"1".repeat(TEXT_LEN_MAX)), None);
        let largest = LongDouble::parse(b"1.18e4932").expect("a number");
        assert_eq!(largest.checked_add(largest), None);
        assert_eq!(largest.to_text().len(), 4933);
    }
}
