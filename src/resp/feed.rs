//! Bytes that arrive in pieces, taken as lines and as counted bytes. Each piece is looked at once, however small the
//! pieces are: what was looked at and does not suffice yet is kept aside.

use std::collections::VecDeque;

use crate::base::Bytes;

/// Longest line, without its end, in bytes.
pub(super) const LINE_MAX: usize = 64 * 1024;

/// A line exceeds [`LINE_MAX`].
#[derive(Debug)]
pub(super) struct LineTooLong;

/// The pieces and a place in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Feed {
    /// The piece that is being read. Neighbours in one allocation are joined to it while nothing else waits.
    current: Bytes,
    /// Bytes of `current` that were taken.
    at: usize,
    /// Pieces behind it, none empty.
    rest: VecDeque<Bytes>,
    /// Bytes pushed and not taken.
    unread: u64,
    /// Bytes taken since [`Feed::end_item`].
    taken: u64,
    /// Beginning of a line whose end was not there yet.
    line: Vec<u8>,
    /// `line` is complete, but for the byte behind its CR.
    line_ended: bool,
    /// A zero byte came in front of the end of a line: it has none any more.
    cut: bool,
    /// Beginning of counted bytes that lies in one allocation.
    part: Bytes,
    /// Beginning of counted bytes that had to be copied; `part` is empty then.
    copied: Vec<u8>,
}

impl Feed {
    /// Adds a piece.
    pub(super) fn push(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        self.unread += bytes.len() as u64;
        if self.at == self.current.len() {
            if self.rest.is_empty() {
                self.current = bytes;
                self.at = 0;
                return;
            }
        } else if self.rest.is_empty() && self.current.try_join(&bytes) {
            return;
        }
        self.rest.push_back(bytes);
    }

    /// Bytes pushed and not taken.
    #[inline]
    pub(super) fn unread(&self) -> u64 {
        self.unread
    }

    /// Bytes taken since the last [`Feed::end_item`].
    #[inline]
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Says how many bytes the item took, and begins the next one.
    #[inline]
    pub(super) fn end_item(&mut self) -> u64 {
        core::mem::take(&mut self.taken)
    }

    /// The next byte.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        self.refill().then(|| self.current[self.at])
    }

    /// The bytes of the current piece that were not taken.
    #[inline]
    pub(super) fn window(&self) -> &[u8] {
        &self.current[self.at..]
    }

    /// A slice of [`Feed::window`].
    #[inline]
    pub(super) fn share(&self, from: usize, to: usize) -> Bytes {
        self.current.slice(self.at + from..self.at + to)
    }

    /// Takes `n` bytes of [`Feed::window`].
    #[inline]
    pub(super) fn advance(&mut self, n: usize) {
        self.at += n;
        self.unread -= n as u64;
        self.taken += n as u64;
        if self.at == self.current.len() {
            // Lets go of the allocation: nothing may come for a long time.
            self.current = self.rest.pop_front().unwrap_or_default();
            self.at = 0;
        }
    }

    /// Whether the beginning of a line was taken and its end was not there yet.
    #[inline]
    pub(super) fn is_inside_line(&self) -> bool {
        self.line_ended || !self.line.is_empty()
    }

    /// Takes a line that ends with `end`, or with `end` and one arbitrary byte if `extra`; returns it without its end.
    /// `None`: the end is not there yet.
    pub(super) fn line(&mut self, end: u8, extra: bool) -> Result<Option<Bytes>, LineTooLong> {
        while self.refill() {
            if self.line_ended {
                self.advance(1);
                self.line_ended = false;
                return Ok(Some(core::mem::take(&mut self.line).into()));
            }
            let window = self.window();
            // Redis looks for the end as in a C string: behind a zero byte there is none.
            let found = window.iter().position(|&byte| byte == end || byte == 0);
            let cut = self.cut || found.is_some_and(|at| window[at] == 0);
            let found = found.filter(|_| !cut);
            let len = found.unwrap_or(window.len());
            if self.line.len() + len > LINE_MAX {
                return Err(LineTooLong);
            }
            let whole = found.is_some() && (!extra || len + 1 < window.len());
            if whole && self.line.is_empty() {
                let line = self.share(0, len);
                self.advance(len + 1 + usize::from(extra));
                return Ok(Some(line));
            }
            self.cut = cut;
            self.line.extend_from_slice(&self.current[self.at..self.at + len]);
            self.advance(len + usize::from(found.is_some()));
            self.line_ended = found.is_some() && extra;
            if found.is_some() && !extra {
                return Ok(Some(core::mem::take(&mut self.line).into()));
            }
        }
        Ok(None)
    }

    /// Takes `n` bytes, always with the same `n` until they are there. Shares them if they lie in one allocation.
    pub(super) fn bytes(&mut self, n: usize) -> Option<Bytes> {
        loop {
            let missing = n - self.part.len() - self.copied.len();
            if missing == 0 {
                let copied = core::mem::take(&mut self.copied);
                let part = core::mem::take(&mut self.part);
                return Some(if copied.is_empty() { part } else { copied.into() });
            }
            if !self.refill() {
                return None;
            }
            let piece = self.share(0, missing.min(self.window().len()));
            self.advance(piece.len());
            if self.copied.is_empty() {
                if self.part.try_join(&piece) {
                    continue;
                }
                self.copied = core::mem::take(&mut self.part).to_vec();
            }
            // Grows with what came, not with what was announced, and ends with exactly the announced capacity.
            let room = missing.min(piece.len().max(self.copied.len()).max(4096));
            if self.copied.capacity() - self.copied.len() < piece.len() {
                self.copied.reserve_exact(room);
            }
            self.copied.extend_from_slice(&piece);
        }
    }

    /// Takes up to `n` bytes and says how many.
    pub(super) fn skip(&mut self, n: usize) -> usize {
        let mut skipped = 0;
        while skipped < n && self.refill() {
            let step = (n - skipped).min(self.window().len());
            self.advance(step);
            skipped += step;
        }
        skipped
    }

    fn refill(&self) -> bool {
        self.at < self.current.len()
    }
}

/// Reads `lead`, up to nine digits without a leading zero, CR LF: the number and the length of the line with its end.
/// `None`: incomplete, or to be judged by the thorough way.
#[inline]
pub(super) fn header(bytes: &[u8], lead: u8) -> Option<(usize, usize)> {
    match bytes {
        [first, digit @ b'0'..=b'9', b'\r', b'\n', ..] if *first == lead => Some((usize::from(digit - b'0'), 4)),
        [first, b'1'..=b'9', ..] if *first == lead => long_header(bytes),
        _ => None,
    }
}

fn long_header(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for at in 1..=10 {
        match bytes.get(at)? {
            digit @ b'0'..=b'9' if at < 10 => value = value * 10 + usize::from(digit - b'0'),
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => return Some((value, at + 2)),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_shared_and_strangers_copied_once() {
        let whole = Bytes::from("0123456789");
        let mut feed = Feed::default();
        feed.push(whole.slice(0..4));
        assert_eq!(feed.bytes(8), None);
        feed.push(whole.slice(4..10));
        let taken = feed.bytes(8).unwrap();
        assert!(taken.shares_with(&whole));
        assert_eq!((&taken[..], feed.unread(), feed.end_item()), (&b"01234567"[..], 2, 8));
        assert_eq!(feed.bytes(4), None);
        feed.push("ab".into());
        assert_eq!(feed.bytes(4).unwrap(), "89ab".into());
    }

    #[test]
    fn a_line_needs_the_byte_behind_its_end_only_if_asked() {
        let mut feed = Feed::default();
        for piece in ["a", "b\r"] {
            feed.push(piece.into());
            assert!(feed.line(b'\r', true).unwrap().is_none());
        }
        feed.push("xrest\n".into());
        assert_eq!(feed.line(b'\r', true).unwrap().unwrap(), "ab".into());
        assert_eq!(feed.line(b'\n', false).unwrap().unwrap(), "rest".into());
    }

    #[test]
    fn headers_are_read_only_in_their_usual_form() {
        for (text, read) in [("$0\r\n", 0), ("$7\r\n", 7), ("$10\r\n", 10), ("$999999999\r\n", 999_999_999)] {
            assert_eq!(header(text.as_bytes(), b'$'), Some((read, text.len())), "{text}");
            assert_eq!(header(&[text.as_bytes(), b"rest"].concat(), b'$'), Some((read, text.len())), "{text}");
            for end in 0..text.len() {
                assert_eq!(header(&text.as_bytes()[..end], b'$'), None, "{text}");
            }
        }
        for text in
            ["*1\r\n", "$\r\n", "$01\r\n", "$-1\r\n", "$1000000000\r\n", "$1\n\n\n", "$1\rx\n", "$1x\r\n", "$12\rx\n"]
        {
            assert_eq!(header(text.as_bytes(), b'$'), None, "{text}");
        }
    }

    #[test]
    fn a_line_has_a_limit_in_any_split() {
        for (len, good) in [(LINE_MAX, true), (LINE_MAX + 1, false)] {
            let text = [vec![b'x'; len], b"\r\n".to_vec()].concat();
            for piece in [text.len(), 1000] {
                let mut feed = Feed::default();
                text.chunks(piece).for_each(|chunk| feed.push(chunk.into()));
                assert_eq!(feed.line(b'\r', true).is_ok(), good, "{len} {piece}");
            }
        }
    }
}
