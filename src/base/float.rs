//! Doubles as text, the way Redis reads and writes the scores of sorted sets.

use super::{Natural, Precision, Size, format_i64, parse_number};

/// Digits that tell every double from every other.
const DIGITS: usize = 17;

/// Bits and exponents of a double.
const PRECISION: Precision = Precision { bits: 53, exponent_min: -1074, exponent_max: 971 };

/// Reads a double as Redis does for command arguments: what C's `strtod` takes, whole, without spaces before it. `None` for
/// anything else, for NaN, and for what is too large or, without being 0, too small.
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    let (negative, size) = parse_number(text, &PRECISION)?;
    let value = match size {
        // Exact: the mantissa and the product are doubles.
        Size::Finite { mantissa, exponent } => libm::scalbn(mantissa as f64, exponent as i32),
        Size::Infinite => f64::INFINITY,
    };
    Some(if negative { -value } else { value })
}

/// Reads a double as C's `strtod` does where nobody asks it for errors: up to a zero byte, behind spaces, nothing as 0, what
/// is too large as infinity and what is too small as 0. `None` for anything else, and for NaN.
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub fn parse_f64_as_c(text: &[u8]) -> Option<f64> {
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let number = text.trim_ascii_start();
    match parse_f64(number) {
        None if text.is_empty() => Some(0.0),
        None => str::from_utf8(number).ok()?.parse().ok().filter(|value: &f64| !value.is_nan()),
        found => found,
    }
}

/// The text that C's `%.17g` makes: 17 digits, without zeros at the end, with an exponent if that is shorter.
pub fn format_f64(value: f64) -> Vec<u8> {
    if value.is_infinite() {
        return if value < 0.0 { b"-inf".to_vec() } else { b"inf".to_vec() };
    }
    // Up to here every integer is a double, and short enough to be written out.
    if value.abs() < 9e15 && value == libm::trunc(value) && (value != 0.0 || value.is_sign_positive()) {
        let mut text = Vec::new();
        format_i64(value as i64, &mut text);
        return text;
    }
    let (digits, exponent) = significant_digits(value);
    let mut text = if value.is_sign_negative() { vec![b'-'] } else { Vec::new() };
    write_digits(&digits, exponent, &mut text);
    text
}

/// The digits of a finite number without its sign, rounded to 17 and without zeros at their end, and the power of ten that
/// the first stands for.
fn significant_digits(value: f64) -> (Vec<u8>, i32) {
    let bits = value.to_bits();
    let (fraction, biased) = (bits & ((1 << 52) - 1), (bits >> 52) as i32 & 0x7ff);
    let (mantissa, exponent) = if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
    if mantissa == 0 {
        return (b"0".to_vec(), 0);
    }
    let mut number = Natural::from(mantissa);
    if exponent > 0 {
        number.shift_left(exponent as usize);
    }
    // m / 2^n is m * 5^n / 10^n: all its digits are those of a natural number.
    for _ in exponent..0 {
        number.multiply_add(5, 0);
    }
    let mut digits = number.into_digits();
    let mut power = digits.len() as i32 - 1 + exponent.min(0);
    if digits.len() > DIGITS {
        let rest = digits.split_off(DIGITS);
        let odd = digits[DIGITS - 1] % 2 == 1;
        let above_half = rest[0] > b'5' || (rest[0] == b'5' && (odd || rest[1..].iter().any(|&digit| digit != b'0')));
        if above_half && !count_up(&mut digits) {
            digits.insert(0, b'1');
            power += 1;
        }
    }
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    (digits, power)
}

/// Adds one to a number of decimal digits; false if all were nines and are zeros now.
fn count_up(digits: &mut [u8]) -> bool {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return true;
        }
        *digit = b'0';
    }
    false
}

/// Writes `d.ddd * 10^exponent`.
fn write_digits(digits: &[u8], exponent: i32, out: &mut Vec<u8>) {
    let point = |digits: &[u8], at: usize, out: &mut Vec<u8>| {
        let (whole, fraction) = digits.split_at(at.min(digits.len()));
        out.extend_from_slice(whole);
        out.extend(std::iter::repeat_n(b'0', at - whole.len()));
        if !fraction.is_empty() {
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
    };
    match exponent {
        -4..0 => {
            out.extend_from_slice(b"0.");
            out.extend(std::iter::repeat_n(b'0', (-exponent - 1) as usize));
            out.extend_from_slice(digits);
        }
        0..17 => point(digits, exponent as usize + 1, out),
        _ => {
            point(digits, 1, out);
            out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
            if exponent.abs() < 10 {
                out.push(b'0');
            }
            format_i64(i64::from(exponent.abs()), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Seed;
    use super::*;

    #[test]
    fn texts_as_c_writes_them() {
        for (value, text) in [
            (0.1, "0.10000000000000001"),
            (-0.0, "-0"),
            (3.0, "3"),
            (-1.5, "-1.5"),
            (1e16, "10000000000000000"),
            (1e17, "1e+17"),
            (1.5e300, "1.5000000000000001e+300"),
            (1e-4, "0.0001"),
            (1e-5, "1.0000000000000001e-05"),
            (123456.789, "123456.789"),
            (12345678901234567.0, "12345678901234568"),
            (5e-324, "4.9406564584124654e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (0.1 + 0.2, "0.30000000000000004"),
            // Half way between two texts: to the even digit.
            (0.5 + 1.0 / 262_144.0, "0.50000381469726562"),
            (0.5 + 3.0 / 262_144.0, "0.50001144409179688"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(String::from_utf8_lossy(&format_f64(value)), text);
        }
    }

    #[test]
    fn texts_as_c_reads_them() {
        for (text, value) in [
            ("1", 1.0),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("-1e3", -1000.0),
            ("0x1.8p1", 3.0),
            ("-0xff", -255.0),
            ("0e999", 0.0),
        ] {
            assert_eq!(parse_f64(text.as_bytes()), Some(value), "{text}");
        }
        assert_eq!(parse_f64(b"-Inf"), Some(f64::NEG_INFINITY));
        for text in ["", "x", " 1", "1 ", "nan", "1e400", "1e-400", "0x", "0x1p9999", "-", ".", "1e", "--1"] {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text}");
        }
    }

    /// The standard library reads and writes the same numbers, in its own forms.
    #[test]
    fn numbers_are_those_of_the_standard_library() {
        let mut rng = Seed(5).rng();
        for round in 0..4000 {
            let bits = rng.next_u64();
            // Every second one of an everyday size.
            let value = f64::from_bits(if round % 2 == 0 { bits } else { bits >> 12 | 0x3fe0_0000_0000_0000 });
            if !value.is_finite() {
                continue;
            }
            let text = format_f64(value);
            let text = str::from_utf8(&text).expect("digits");
            assert_eq!(text.parse::<f64>(), Ok(value), "{text}");
            let shortest = value.to_string();
            assert_eq!(parse_f64(text.as_bytes()), Some(value), "{text}");
            assert_eq!(parse_f64(shortest.as_bytes()), Some(value), "{shortest}");
        }
    }
}
