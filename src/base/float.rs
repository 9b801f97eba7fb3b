//! Doubles as text, the way Redis reads and writes the scores of sorted sets.

use super::format_i64;

/// Digits that tell every double from every other.
const DIGITS: usize = 17;

/// Reads a double as Redis does for command arguments: what C's `strtod` takes, whole, without spaces before it. `None` for
/// anything else, for NaN, and for what is too large or, without being 0, too small.
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    let unsigned = text.strip_prefix(b"-").or(text.strip_prefix(b"+")).unwrap_or(text);
    if let [b'0', b'x' | b'X', digits @ ..] = unsigned {
        let value = parse_hexadecimal(digits)?;
        return Some(if text[0] == b'-' { -value } else { value });
    }
    let value: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    let is_word = !unsigned.first()?.is_ascii_digit() && unsigned[0] != b'.';
    let mantissa = unsigned.split(|byte| matches!(byte, b'e' | b'E')).next().unwrap_or_default();
    let is_zero = !mantissa.iter().any(|byte| matches!(byte, b'1'..=b'9'));
    let lost = (value.is_infinite() && !is_word) || (value == 0.0 && !is_zero);
    (!value.is_nan() && !lost).then_some(value)
}

/// Digits in base 16 with a point and an exponent of two. More digits than a double holds are rounded towards 0.
fn parse_hexadecimal(text: &[u8]) -> Option<f64> {
    let exponent_at = text.iter().position(|byte| matches!(byte, b'p' | b'P'));
    let (digits, mut exponent) = match exponent_at {
        Some(at) => (&text[..at], str::from_utf8(&text[at + 1..]).ok()?.parse::<i32>().ok()?.clamp(-5000, 5000)),
        None => (text, 0),
    };
    let (mut mantissa, mut seen, mut behind_point) = (0u64, false, false);
    for &byte in digits {
        match char::from(byte).to_digit(16) {
            Some(digit) => {
                seen = true;
                let room = mantissa < 1 << 49;
                mantissa = if room { mantissa << 4 | u64::from(digit) } else { mantissa };
                exponent = exponent.saturating_add(4 * (i32::from(!room) - i32::from(behind_point)));
            }
            None if byte == b'.' && !behind_point => behind_point = true,
            None => return None,
        }
    }
    let value = libm::scalbn(mantissa as f64, exponent);
    let lost = value.is_infinite() || (value == 0.0 && mantissa != 0);
    (seen && !lost).then_some(value)
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
    let scientific = format!("{:.*e}", DIGITS - 1, value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    let mut text = if value.is_sign_negative() { vec![b'-'] } else { Vec::new() };
    write_digits(&digits, exponent, &mut text);
    text
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
}
