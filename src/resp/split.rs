//! Words of a line as redis-cli and inline commands quote them.

/// Splits a line into arguments. `"..."` knows `\n \r \t \b \a \xHH` and takes any other character behind a backslash as
/// it is; `'...'` knows only `\'`. A closing quote has to end its argument. `None`: the quotes do not match.
pub fn split_line(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut args = Vec::new();
    let mut rest = line;
    loop {
        let start = rest.iter().position(|&byte| !is_space(byte));
        let Some(start) = start else { return Some(args) };
        let (arg, after) = argument(&rest[start..])?;
        args.push(arg);
        rest = after;
    }
}

/// One argument, which begins at once, and what follows it.
fn argument(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut arg = Vec::new();
    loop {
        match rest.split_first() {
            None => return Some((arg, rest)),
            Some((b' ' | b'\t' | b'\n' | b'\r', after)) => return Some((arg, after)),
            Some((&quote @ (b'"' | b'\''), after)) => {
                let after = quoted(after, quote, &mut arg)?;
                return (after.first().is_none_or(|&byte| is_space(byte))).then_some((arg, after));
            }
            Some((&byte, after)) => {
                arg.push(byte);
                rest = after;
            }
        }
    }
}

/// Reads up to the closing quote; returns what follows it.
fn quoted<'a>(mut rest: &'a [u8], quote: u8, arg: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let (byte, after) = match (rest, quote) {
            ([b'\\', b'x', high, low, after @ ..], b'"') if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex_digit(*high) << 4 | hex_digit(*low), after)
            }
            ([b'\\', escaped, after @ ..], b'"') => (unescape(*escaped), after),
            ([b'\\', b'\'', after @ ..], b'\'') => (b'\'', after),
            ([byte, after @ ..], _) if *byte == quote => return Some(after),
            ([byte, after @ ..], _) => (*byte, after),
            ([], _) => return None,
        };
        arg.push(byte);
        rest = after;
    }
}

fn unescape(escaped: u8) -> u8 {
    match escaped {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    }
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

/// White space between arguments and behind a closing quote. An argument without quotes ends at fewer kinds of it: form feed
/// and vertical tab are part of it.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<Vec<String>> {
        let words = split_line(line.as_bytes())?;
        Some(words.into_iter().map(|word| String::from_utf8_lossy(&word).into_owned()).collect())
    }

    #[test]
    fn words_and_quotes() {
        assert_eq!(words("").unwrap(), Vec::<String>::new());
        assert_eq!(words("  \t ").unwrap(), Vec::<String>::new());
        assert_eq!(words(" set  key\tvalue ").unwrap(), ["set", "key", "value"]);
        assert_eq!(words(r#"set k "a b\n\x41\q\"""#).unwrap(), ["set", "k", "a b\nAq\""]);
        assert_eq!(words(r"set k 'a \'b\n'").unwrap(), ["set", "k", "a 'b\\n"]);
        assert_eq!(words(r#"set "" ''"#).unwrap(), ["set", "", ""]);
        assert_eq!(words(r#"k"ey one""#).unwrap(), ["key one"]);
        assert_eq!(words(r#""\xg1""#).unwrap(), ["xg1"]);
        assert_eq!(words("\u{b}a\u{b}b 'c'\u{c}d").unwrap(), ["a\u{b}b", "c", "d"]);
    }

    #[test]
    fn unbalanced_quotes_are_refused() {
        for bad in [r#""abc"#, "'abc", r#""a"b"#, "'a'b", r#""abc\"#, r#""\""#, "'\\'"] {
            assert_eq!(words(bad), None, "{bad}");
        }
    }
}
