//! Writes replies and commands.

use crate::base::{Bytes, format_i64, format_u64};

/// Bulk strings from this length on are shared, shorter ones copied: a piece of its own costs more than the copy.
const SHARED_MIN: usize = 512;
const OK: &[u8] = b"+OK\r\n";

/// What commands answer, in the order of the commands.
#[derive(Clone, Debug, Default)]
pub struct Replies {
    /// Pieces that are complete.
    done: Vec<Bytes>,
    /// Bytes of `done`.
    done_bytes: u64,
    /// The piece that grows.
    tail: Vec<u8>,
    /// The most frequent answer of all, made once.
    ok: Bytes,
    /// The client speaks RESP3.
    resp3: bool,
    /// Errors since they were last asked for.
    errors: u64,
    /// The first word of each of them.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    codes: Vec<Bytes>,
}

/// A place in [`Replies`] to go back to. Void after [`Replies::take`].
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    done: usize,
    done_bytes: u64,
    tail: usize,
}

impl Mark {
    /// Before everything.
    pub const START: Mark = Mark { done: 0, done_bytes: 0, tail: 0 };
}

impl Replies {
    /// Nothing.
    pub fn new() -> Replies {
        Replies::default()
    }

    /// A simple string, `+text`. Line breaks become spaces.
    pub fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// `+OK`.
    pub fn ok(&mut self) {
        self.tail.extend_from_slice(OK);
    }

    /// An error; `text` begins with its code, as in `ERR syntax error`. Line breaks become spaces.
    pub fn error(&mut self, text: &str) {
        self.error_bytes(text.as_bytes());
    }

    /// An error whose text repeats bytes of the client.
    pub fn error_bytes(&mut self, text: &[u8]) {
        self.note_error(text);
        self.line(b'-', text);
    }

    /// An integer.
    pub fn integer(&mut self, value: i64) {
        self.tail.push(b':');
        format_i64(value, &mut self.tail);
        self.tail.extend_from_slice(b"\r\n");
    }

    /// A bulk string; a large one is shared, not copied.
    pub fn bulk(&mut self, bytes: &Bytes) {
        if bytes.len() < SHARED_MIN {
            return self.bulk_str(bytes);
        }
        self.header(b'$', bytes.len());
        self.close_tail();
        self.done_bytes += bytes.len() as u64;
        self.done.push(bytes.clone());
        self.tail.extend_from_slice(b"\r\n");
    }

    /// A bulk string that is copied.
    pub fn bulk_str(&mut self, bytes: &[u8]) {
        self.header(b'$', bytes.len());
        self.tail.extend_from_slice(bytes);
        self.tail.extend_from_slice(b"\r\n");
    }

    /// From now on RESP3, or RESP2 again. The build for the page speaks RESP2 only.
    pub fn speak_resp3(&mut self, resp3: bool) {
        self.resp3 = resp3;
    }

    /// Whether the client speaks RESP3.
    #[inline]
    pub fn is_resp3(&self) -> bool {
        cfg!(all(feature = "server", not(target_arch = "wasm32"))) && self.resp3
    }

    /// The beginning of a map of `len` pairs; in RESP2 an array of keys and values.
    pub fn map(&mut self, len: usize) {
        match self.is_resp3() {
            true => self.header(b'%', len),
            false => self.array(len * 2),
        }
    }

    /// The beginning of a set of `len` replies; in RESP2 an array.
    pub fn set(&mut self, len: usize) {
        self.header(if self.is_resp3() { b'~' } else { b'*' }, len);
    }

    /// The beginning of a message that answers no command; in RESP2 an array.
    pub fn push(&mut self, len: usize) {
        self.header(if self.is_resp3() { b'>' } else { b'*' }, len);
    }

    /// The beginning of `len` pairs, each begun by [`Replies::pair`]; in RESP2 one flat array.
    pub fn pairs(&mut self, len: usize) {
        self.array(if self.is_resp3() { len } else { 2 * len });
    }

    /// The beginning of a pair of [`Replies::pairs`].
    pub fn pair(&mut self) {
        if self.is_resp3() {
            self.array(2);
        }
    }

    /// A floating point number whose text is `text`; in RESP2 a bulk string.
    pub fn double(&mut self, text: &[u8]) {
        match self.is_resp3() {
            true => self.line(b',', text),
            false => self.bulk_str(text),
        }
    }

    /// Text for people; in RESP2 a bulk string.
    pub fn verbatim(&mut self, text: &[u8]) {
        if !self.is_resp3() {
            return self.bulk_str(text);
        }
        self.header(b'=', text.len() + 4);
        self.tail.extend_from_slice(b"txt:");
        self.tail.extend_from_slice(text);
        self.tail.extend_from_slice(b"\r\n");
    }

    /// True or false; in RESP2 1 or 0.
    pub fn boolean(&mut self, value: bool) {
        match self.is_resp3() {
            true => self.line(b'#', if value { b"t" } else { b"f" }),
            false => self.integer(i64::from(value)),
        }
    }

    /// Bytes of the protocol as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.tail.extend_from_slice(bytes);
    }

    /// The null bulk string, `$-1`.
    pub fn null(&mut self) {
        if self.is_resp3() {
            return self.tail.extend_from_slice(b"_\r\n");
        }
        self.tail.extend_from_slice(b"$-1\r\n");
    }

    /// The null array, `*-1`.
    pub fn null_array(&mut self) {
        if self.is_resp3() {
            return self.tail.extend_from_slice(b"_\r\n");
        }
        self.tail.extend_from_slice(b"*-1\r\n");
    }

    /// The beginning of an array of `len` replies.
    pub fn array(&mut self, len: usize) {
        self.header(b'*', len);
    }

    /// A command as an array of bulk strings; large arguments are shared. The bytes are those of [`encode_command`].
    pub fn command(&mut self, args: &[Bytes]) {
        self.array(args.len());
        args.iter().for_each(|arg| self.bulk(arg));
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes in all.
    pub fn len(&self) -> u64 {
        self.done_bytes + self.tail.len() as u64
    }

    /// Takes everything out, in order, without empty pieces.
    pub fn take(&mut self) -> Vec<Bytes> {
        if self.done.is_empty() && self.tail == OK {
            self.tail.clear();
            if self.ok.is_empty() {
                self.ok = OK.into();
            }
            return vec![self.ok.clone()];
        }
        self.close_tail();
        self.done_bytes = 0;
        core::mem::take(&mut self.done)
    }

    /// The end, as a place to go back to.
    pub fn mark(&self) -> Mark {
        Mark { done: self.done.len(), done_bytes: self.done_bytes, tail: self.tail.len() }
    }

    /// Drops everything behind the mark.
    pub fn truncate(&mut self, mark: Mark) {
        if let Some(closed) = self.done.get(mark.done) {
            // The tail of that time was closed since; its beginning is still there.
            self.tail = closed[..mark.tail.min(closed.len())].to_vec();
            self.done.truncate(mark.done);
            self.done_bytes = mark.done_bytes;
        } else {
            self.tail.truncate(mark.tail);
        }
    }

    /// How many errors there were since they were last taken.
    pub fn errors(&self) -> u64 {
        self.errors
    }

    /// How many errors there were since this was last asked.
    pub fn take_errors(&mut self) -> u64 {
        core::mem::take(&mut self.errors)
    }

    /// The codes of the errors since this was last asked: their first words, `ERR` where there is only one.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn take_error_codes(&mut self) -> Vec<Bytes> {
        core::mem::take(&mut self.codes)
    }

    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    fn note_error(&mut self, text: &[u8]) {
        let end = text.iter().position(|&byte| byte == b' ');
        self.codes.push(end.map_or(Bytes::from("ERR"), |end| text[..end].into()));
        self.errors += 1;
    }

    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    fn note_error(&mut self, _: &[u8]) {
        self.errors += 1;
    }

    /// Whether the first reply behind the mark is an error.
    pub fn first_is_error_since(&self, mark: Mark) -> bool {
        self.since(mark).first() == Some(&b'-')
    }

    /// What is behind the mark, up to the end of a piece.
    pub fn since(&self, mark: Mark) -> &[u8] {
        let piece = self.done.get(mark.done).map_or(&self.tail[..], Bytes::as_slice);
        piece.get(mark.tail..).unwrap_or_default()
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.tail.push(kind);
        self.tail.extend(text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }));
        self.tail.extend_from_slice(b"\r\n");
    }

    fn header(&mut self, kind: u8, len: usize) {
        write_header(kind, len, &mut self.tail);
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            self.done_bytes += self.tail.len() as u64;
            self.done.push(core::mem::take(&mut self.tail).into());
        }
    }
}

/// A command as an array of bulk strings.
pub fn encode_command(args: &[&[u8]]) -> Vec<u8> {
    let mut len = 1 + decimal_len(args.len() as u64) + 2;
    for arg in args {
        len += bulk_len(arg.len() as u64);
    }
    let mut out = Vec::with_capacity(len as usize);
    write_header(b'*', args.len(), &mut out);
    for arg in args {
        write_header(b'$', arg.len(), &mut out);
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The bytes that [`encode_command`] makes of arguments of these lengths.
pub fn command_len(arg_lens: &[u64]) -> u64 {
    arg_lens.iter().fold(3 + decimal_len(arg_lens.len() as u64), |sum, &len| sum + bulk_len(len))
}

/// The line that begins an array (`*`) or a bulk string (`$`).
pub(crate) fn write_header(kind: u8, len: usize, out: &mut Vec<u8>) {
    out.push(kind);
    if len < 10 {
        out.push(b'0' + len as u8);
    } else {
        format_u64(len as u64, out);
    }
    out.extend_from_slice(b"\r\n");
}

fn bulk_len(len: u64) -> u64 {
    5 + decimal_len(len) + len
}

fn decimal_len(value: u64) -> u64 {
    u64::from(value.checked_ilog10().unwrap_or(0)) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(pieces: Vec<Bytes>) -> Vec<u8> {
        pieces.iter().flat_map(|piece| piece.iter().copied()).collect()
    }

    #[test]
    fn every_kind_of_reply() {
        let mut replies = Replies::new();
        replies.ok();
        replies.simple("PONG");
        replies.error("ERR a\r\nb");
        replies.integer(-12);
        replies.array(2);
        replies.bulk(&"x".into());
        replies.bulk_str(b"");
        replies.null();
        replies.null_array();
        let text = b"+OK\r\n+PONG\r\n-ERR a  b\r\n:-12\r\n*2\r\n$1\r\nx\r\n$0\r\n\r\n$-1\r\n*-1\r\n";
        assert_eq!(replies.len(), text.len() as u64);
        assert_eq!(flat(replies.take()), text);
        assert!(replies.is_empty() && replies.take().is_empty());
        for _ in 0..2 {
            replies.ok();
            assert_eq!(flat(replies.take()), b"+OK\r\n");
            assert!(replies.is_empty());
        }
    }

    #[test]
    fn large_strings_are_shared() {
        let large = Bytes::from(vec![b'v'; 1000]);
        let mut replies = Replies::new();
        replies.command(&["SET".into(), "k".into(), large.clone()]);
        let len = replies.len();
        let pieces = replies.take();
        assert!(pieces[1].shares_with(&large));
        let flat = flat(pieces);
        assert_eq!(flat, encode_command(&[b"SET", b"k", &large]));
        assert_eq!((len, command_len(&[3, 1, 1000])), (flat.len() as u64, flat.len() as u64));
    }

    #[test]
    fn going_back_forgets_what_came_since() {
        let large = Bytes::from(vec![b'v'; 1000]);
        for shared in [false, true] {
            let mut replies = Replies::new();
            replies.ok();
            let mark = replies.mark();
            assert!(!replies.first_is_error_since(mark));
            replies.error("ERR no");
            assert!(replies.first_is_error_since(mark));
            if shared {
                replies.bulk(&large);
                assert!(replies.first_is_error_since(mark));
            }
            replies.truncate(mark);
            assert_eq!(replies.len(), 5);
            replies.integer(1);
            assert!(!replies.first_is_error_since(mark));
            assert_eq!(flat(replies.take()), b"+OK\r\n:1\r\n");
        }
    }
}
