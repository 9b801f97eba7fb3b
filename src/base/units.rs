//! Numbers as text, the way Redis reads and writes them.

/// Reads a decimal `i64` as Redis does for command arguments: no sign but a leading `-`, no spaces, no leading zeros, no
/// `-0`. `None` for anything else and out of range.
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let negative = digits.len() < text.len();
    match digits {
        b"0" => return (!negative).then_some(0),
        [b'1'..=b'9', ..] if digits.len() <= 19 => {}
        _ => return None,
    }
    let mut value: i64 = 0;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        let digit = i64::from(digit - b'0');
        value = value.checked_mul(10)?;
        value = if negative { value.checked_sub(digit)? } else { value.checked_add(digit)? };
    }
    Some(value)
}

/// Reads an amount of memory as configuration files write it: `100`, `64mb`, `1gb`, `512k`. Units are case-insensitive;
/// `k`, `m`, `g` are powers of 1000, `kb`, `mb`, `gb` powers of 1024. `None` if it is not such an amount.
pub fn parse_memory(text: &str) -> Option<u64> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(unit_at)?;
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

/// Appends the decimal text of `value` to `out`.
pub fn format_i64(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    format_u64(value.unsigned_abs(), out);
}

/// Appends the decimal text of `value` to `out`.
pub fn push_i64(value: i64, out: &mut String) {
    let mut digits = Vec::with_capacity(20);
    format_i64(value, &mut digits);
    out.push_str(core::str::from_utf8(&digits).unwrap_or_default());
}

/// Appends the decimal text of `value` to `out`.
pub fn format_u64(mut value: u64, out: &mut Vec<u8>) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_strictly() {
        let good = [("0", 0), ("-1", -1), ("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN)];
        for (text, value) in good {
            assert_eq!(parse_i64(text.as_bytes()), Some(value), "{text}");
            let mut out = Vec::new();
            format_i64(value, &mut out);
            assert_eq!(out, text.as_bytes());
        }
        for bad in ["", "-", "-0", "00", "+1", " 1", "1 ", "1a", "9223372036854775808", "-9223372036854775809"] {
            assert_eq!(parse_i64(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn memory_has_decimal_and_binary_units() {
        assert_eq!(parse_memory("1k"), Some(1000));
        assert_eq!(parse_memory("1Kb"), Some(1024));
        assert_eq!(parse_memory("256mb"), Some(256 << 20));
        assert_eq!(parse_memory("10GB"), Some(10 << 30));
        for bad in ["", "mb", "-1", "1tb", "1.5mb", "99999999999gb"] {
            assert_eq!(parse_memory(bad), None, "{bad}");
        }
    }
}
