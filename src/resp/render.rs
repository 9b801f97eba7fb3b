//! Replies as redis-cli shows them on a terminal.

use super::Reply;
use crate::base::format_i64;

/// The text of a reply, lines separated by `\n`, without one at the end. Bytes that are not UTF-8 appear only in errors and
/// simple strings, where each is replaced; bulk strings escape them.
pub fn render(reply: &Reply) -> String {
    let mut out = Vec::new();
    write(reply, 0, &mut out);
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Appends `reply`; `indent` spaces stand before each of its lines but the first.
fn write(reply: &Reply, indent: usize, out: &mut Vec<u8>) {
    match reply {
        Reply::Simple(text) => out.extend_from_slice(text),
        Reply::Error(text) => {
            out.extend_from_slice(b"(error) ");
            out.extend_from_slice(text);
        }
        Reply::Integer(value) => {
            out.extend_from_slice(b"(integer) ");
            format_i64(*value, out);
        }
        Reply::Bulk(None) | Reply::Array(None) => out.extend_from_slice(b"(nil)"),
        Reply::Bulk(Some(bytes)) => quote(bytes, out),
        Reply::Array(Some(elements)) if elements.is_empty() => out.extend_from_slice(b"(empty array)"),
        Reply::Array(Some(elements)) => write_elements(elements, indent, out),
    }
}

/// Appends numbered elements; the numbers are aligned to the right.
fn write_elements(elements: &[Reply], indent: usize, out: &mut Vec<u8>) {
    let width = elements.len().ilog10() as usize + 1;
    for (i, element) in elements.iter().enumerate() {
        if i > 0 {
            out.push(b'\n');
            out.resize(out.len() + indent, b' ');
        }
        let number = i + 1;
        out.resize(out.len() + width - (number.ilog10() as usize + 1), b' ');
        format_i64(number as i64, out);
        out.extend_from_slice(b") ");
        write(element, indent + width + 2, out);
    }
}

/// A string in double quotes, escaped so that `split_line` reads it back.
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub fn quoted(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    quote(bytes, &mut out);
    out
}

/// Appends a string in double quotes, escaped so that `split_line` reads it back.
pub fn quote(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            7 => out.extend_from_slice(b"\\a"),
            8 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(byte),
            _ => {
                let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
                out.extend_from_slice(&[b'\\', b'x', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &[u8]) -> Reply {
        Reply::Bulk(Some(text.into()))
    }

    #[test]
    fn single_replies() {
        assert_eq!(render(&Reply::Simple("OK".into())), "OK");
        assert_eq!(render(&Reply::Error("ERR no".into())), "(error) ERR no");
        assert_eq!(render(&Reply::Integer(-1)), "(integer) -1");
        assert_eq!(render(&Reply::Bulk(None)), "(nil)");
        assert_eq!(render(&Reply::Array(None)), "(nil)");
        assert_eq!(render(&Reply::Array(Some(Vec::new()))), "(empty array)");
        assert_eq!(render(&bulk(b"a\"\\\n\r\t\x07\x08\x00\xff~")), r#""a\"\\\n\r\t\a\b\x00\xff~""#);
    }

    #[test]
    fn arrays_are_numbered_and_nested_ones_indented() {
        let inner = Reply::Array(Some(vec![bulk(b"b"), Reply::Array(Some(vec![Reply::Integer(1), bulk(b"c")]))]));
        let mut elements = vec![bulk(b"x"); 9];
        elements.push(inner);
        let text = render(&Reply::Array(Some(elements)));
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(lines[0], " 1) \"x\"");
        assert_eq!(&lines[9..], ["10) 1) \"b\"", "    2) 1) (integer) 1", "       2) \"c\""]);
    }

    #[test]
    fn a_quoted_string_reads_back() {
        let all: Vec<u8> = (0..=255).collect();
        let text = render(&bulk(&all));
        assert_eq!(crate::resp::split_line(text.as_bytes()), Some(vec![all]));
    }
}
