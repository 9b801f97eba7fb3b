//! Reads replies: for load generators, the console and tests. RESP2.

use super::ProtocolError;
use super::feed::{Feed, header};
use crate::base::{Bytes, parse_i64};

/// Deepest nesting of arrays.
const DEPTH_MAX: usize = 32;
/// Largest bulk string in bytes.
const BULK_MAX: i64 = 512 << 20;
/// Longest line on the short way.
const QUICK_LINE_MAX: usize = 256;
/// Most elements that are believed before they arrive.
const ELEMENTS_RESERVED_MAX: usize = 64;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `+text`
    Simple(Bytes),
    /// `-text`
    Error(Bytes),
    /// `:1`
    Integer(i64),
    /// A bulk string, or the null bulk string.
    Bulk(Option<Bytes>),
    /// An array, or the null array.
    Array(Option<Vec<Reply>>),
}

/// A resumable scanner of replies.
#[derive(Clone, Debug, Default)]
pub struct ReplyScanner {
    feed: Feed,
    /// Arrays that are not complete: elements so far, and how many in all.
    open: Vec<(Vec<Reply>, usize)>,
    /// A bulk string is being read: its length.
    body: Option<usize>,
    /// Bytes to skip before the bulk string is complete.
    body_read: Option<(Bytes, usize)>,
    failed: Option<ProtocolError>,
}

impl ReplyScanner {
    /// A scanner at the beginning of a stream.
    pub fn new() -> ReplyScanner {
        ReplyScanner::default()
    }

    /// Adds bytes of the stream.
    pub fn push(&mut self, bytes: Bytes) {
        self.feed.push(bytes);
    }

    /// The next reply; `None` if it needs more bytes. After an error there is nothing but this error.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Reply>, ProtocolError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.open.is_empty()
            && self.feed.taken() == 0
            && let Some(reply) = self.quick()
        {
            return Ok(Some(reply));
        }
        let result = self.whole();
        self.failed = result.as_ref().err().copied();
        result
    }

    /// A reply that is no array and lies in the current piece whole.
    fn quick(&mut self) -> Option<Reply> {
        let window = self.feed.window();
        let (reply, len) = match window.first()? {
            kind @ (b'+' | b'-') => {
                let end = window.iter().take(QUICK_LINE_MAX).position(|&byte| byte == b'\r')?;
                window.get(end + 1)?;
                let text = self.feed.share(1, end);
                (if *kind == b'+' { Reply::Simple(text) } else { Reply::Error(text) }, end + 2)
            }
            b'$' => {
                let (len, body) = header(window, b'$')?;
                window.get(body + len + 1)?;
                (Reply::Bulk(Some(self.feed.share(body, body + len))), body + len + 2)
            }
            b':' => {
                let (value, len) = header(window, b':')?;
                (Reply::Integer(value as i64), len)
            }
            _ => return None,
        };
        self.feed.advance(len);
        self.feed.end_item();
        Some(reply)
    }

    /// Reads parts until a reply that is in no array is complete.
    fn whole(&mut self) -> Result<Option<Reply>, ProtocolError> {
        while let Some(part) = self.part()? {
            let Some(mut reply) = part else { continue };
            loop {
                let Some((elements, len)) = self.open.last_mut() else {
                    self.feed.end_item();
                    return Ok(Some(reply));
                };
                elements.push(reply);
                if elements.len() < *len {
                    break;
                }
                let elements = core::mem::take(elements);
                self.open.pop();
                reply = Reply::Array(Some(elements));
            }
        }
        Ok(None)
    }

    /// One part: a complete reply, or `Some(None)` for the beginning of one. `None` if it needs more bytes.
    fn part(&mut self) -> Result<Option<Option<Reply>>, ProtocolError> {
        if let Some((body, skip)) = self.body_read.take() {
            let left = skip - self.feed.skip(skip);
            if left > 0 {
                self.body_read = Some((body, left));
                return Ok(None);
            }
            return Ok(Some(Some(Reply::Bulk(Some(body)))));
        }
        if let Some(len) = self.body {
            let Some(body) = self.feed.bytes(len) else { return Ok(None) };
            self.body = None;
            self.body_read = Some((body, 2));
            return Ok(Some(None));
        }
        let line = self.feed.line(b'\r', true).map_err(|_| ProtocolError::TooBigInline)?;
        let Some(line) = line else { return Ok(None) };
        self.header(&line).map(Some)
    }

    /// A first line: the whole reply, or the beginning of one.
    fn header(&mut self, line: &Bytes) -> Result<Option<Reply>, ProtocolError> {
        let Some(&kind) = line.first() else { return Err(ProtocolError::UnknownReplyType(b'\r')) };
        let text = line.slice(1..line.len());
        let number = parse_i64(&text).ok_or(ProtocolError::InvalidReplyNumber);
        Ok(match kind {
            b'+' => Some(Reply::Simple(text)),
            b'-' => Some(Reply::Error(text)),
            b':' => Some(Reply::Integer(number?)),
            b'$' => match number? {
                -1 => Some(Reply::Bulk(None)),
                len @ 0..=BULK_MAX => {
                    self.body = Some(len as usize);
                    None
                }
                _ => return Err(ProtocolError::InvalidLength),
            },
            b'*' => match number? {
                -1 => Some(Reply::Array(None)),
                0 => Some(Reply::Array(Some(Vec::new()))),
                _ if self.open.len() == DEPTH_MAX => return Err(ProtocolError::ReplyTooDeep),
                len @ 1..=0x7fff_ffff => {
                    let len = len as usize;
                    self.open.push((Vec::with_capacity(len.min(ELEMENTS_RESERVED_MAX)), len));
                    None
                }
                _ => return Err(ProtocolError::InvalidCount),
            },
            other => return Err(ProtocolError::UnknownReplyType(other)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(pieces: &[&[u8]]) -> (Vec<Reply>, Option<ProtocolError>) {
        let mut scanner = ReplyScanner::new();
        let mut replies = Vec::new();
        for piece in pieces {
            scanner.push((*piece).into());
            loop {
                match scanner.next() {
                    Ok(Some(reply)) => replies.push(reply),
                    Ok(None) => break,
                    Err(error) => return (replies, Some(error)),
                }
            }
        }
        (replies, None)
    }

    #[test]
    fn replies_of_every_kind_in_any_split() {
        let stream: &[u8] =
            b"+OK\r\n-ERR x\r\n:-5\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n*2\r\n*1\r\n:1\r\n$1\r\nz\r\n";
        let expected = vec![
            Reply::Simple("OK".into()),
            Reply::Error("ERR x".into()),
            Reply::Integer(-5),
            Reply::Bulk(Some("a\r\n".into())),
            Reply::Bulk(Some(Bytes::new())),
            Reply::Bulk(None),
            Reply::Array(None),
            Reply::Array(Some(Vec::new())),
            Reply::Array(Some(vec![Reply::Array(Some(vec![Reply::Integer(1)])), Reply::Bulk(Some("z".into()))])),
        ];
        for size in 1..=stream.len() {
            let pieces: Vec<&[u8]> = stream.chunks(size).collect();
            assert_eq!(scan(&pieces), (expected.clone(), None), "{size}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        use ProtocolError as E;
        assert_eq!(scan(&[b"hello\r\n"]).1, Some(E::UnknownReplyType(b'h')));
        assert_eq!(scan(&[b":x\r\n"]).1, Some(E::InvalidReplyNumber));
        assert_eq!(scan(&[b"$-2\r\n"]).1, Some(E::InvalidLength));
        assert_eq!(scan(&[b"*-2\r\n"]).1, Some(E::InvalidCount));
        assert_eq!(scan(&[&b"*1\r\n".repeat(33)]).1, Some(E::ReplyTooDeep));
        assert_eq!(scan(&[b"*2147483647\r\n:1\r\n"]), (Vec::new(), None));
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest::proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(proptest::sample::select(
            &b"*$:+-\r\n0123456789ab"[..]), 0..100), cut in 0usize..100) {
            let cut = cut.min(bytes.len());
            proptest::prop_assert_eq!(scan(&[&bytes]), scan(&[&bytes[..cut], &bytes[cut..]]));
        }
    }
}
