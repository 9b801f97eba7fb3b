//! Numbers of the form `mantissa * 2^exponent`, read from text and rounded exactly, as C's `strtod` and `strtold` do. With
//! integers only: the same on every platform, and a tenth of the weight of the float parser of the standard library.

use std::cmp::Ordering;

use super::Natural;

/// Longer texts are no numbers.
const TEXT_LEN_MAX: usize = 5 * 1024;
/// A number with its first digit this many places before the point is too large; that far behind it, too small.
const MAGNITUDE_MAX: i64 = 5_100;

/// What numbers a format has.
pub struct Precision {
    /// Bits of a mantissa, up to 64.
    pub bits: u32,
    /// Exponent of the last bit of the smallest number.
    pub exponent_min: i64,
    /// Exponent of the last bit of the largest number.
    pub exponent_max: i64,
}

/// A number without its sign. Its mantissa has the top bit of the format set unless it is zero or tiny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// `mantissa * 2^exponent`.
    Finite {
        /// The bits.
        mantissa: u64,
        /// The power of two that the mantissa's last bit stands for.
        exponent: i64,
    },
    /// Infinity.
    Infinite,
}

/// Reads a number as C does: decimal or hexadecimal, `inf`. Says whether it is negative, and its size. `None` for anything
/// else, for NaN, and for what is too large or, without being 0, too small.
pub fn parse_number(text: &[u8], precision: &Precision) -> Option<(bool, Size)> {
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
        parse_digits(digits, 16, precision)?
    } else {
        parse_digits(text, 10, precision)?
    };
    Some((negative, size))
}

/// Reads digits, a point, an exponent; the exponent of hexadecimal digits counts bits.
fn parse_digits(text: &[u8], base: u32, precision: &Precision) -> Option<Size> {
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
        return Some(Size::Finite { mantissa: 0, exponent: precision.exponent_min });
    }
    let size = if base == 16 {
        // Far beyond the bounds either way, and far from overflowing what follows.
        let bits = exponent.clamp(-100_000, 100_000) - decimals * digit_bits;
        round_quotient(number, Natural::from(1), bits, precision)
    } else {
        let power = exponent - decimals;
        if (power + significant).abs() > MAGNITUDE_MAX {
            return None;
        }
        let mut denominator = Natural::from(1);
        let scaled = if power < 0 { &mut denominator } else { &mut number };
        scaled.multiply_by_power_of_ten(power.unsigned_abs());
        round_quotient(number, denominator, 0, precision)
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
pub fn round_quotient(mut numerator: Natural, mut denominator: Natural, exponent: i64, precision: &Precision) -> Size {
    const QUOTIENT_BITS: i64 = 66;
    if numerator.is_zero() {
        return Size::Finite { mantissa: 0, exponent: precision.exponent_min };
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
        if numerator.compare(&denominator) != Ordering::Less {
            numerator.subtract(&denominator);
            quotient |= 1;
        }
        numerator.shift_left(1);
    }
    let exponent = exponent - shift - QUOTIENT_BITS;
    let surplus_bits = i64::from(128 - quotient.leading_zeros() - precision.bits);
    let dropped = surplus_bits.max(precision.exponent_min - exponent);
    let rounded = round_shift(quotient, dropped, !numerator.is_zero());
    // Rounding up may carry into one bit more; all others are 0 then.
    let (mantissa, exponent) = match rounded >> precision.bits {
        0 => (rounded as u64, exponent + dropped),
        _ => ((rounded >> 1) as u64, exponent + dropped + 1),
    };
    if exponent > precision.exponent_max { Size::Infinite } else { Size::Finite { mantissa, exponent } }
}

/// `value / 2^bits`, rounded to the nearest, ties to even; `more` says that the value is a little more than it shows.
pub fn round_shift(value: u128, bits: i64, more: bool) -> u128 {
    if bits > 127 {
        return 0;
    }
    let rest = value & ((1 << bits) - 1);
    let half = (1u128 << bits) >> 1;
    let quotient = value >> bits;
    let up = rest > half || (rest == half && bits > 0 && (more || quotient % 2 == 1));
    quotient + u128::from(up)
}
