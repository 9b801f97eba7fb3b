//! A snapshot on its way from master to replica: both framings, sent and received (`docs/redis-replication.md` 4.5, 4.6).
//!
//! A snapshot is opaque here. Nothing may follow a transfer that ends with a mark until the replica has acknowledged it;
//! what follows one of announced length is stream.

use std::collections::VecDeque;

use crate::base::{Bytes, Chunk, ReplId, format_u64, parse_i64};

/// A snapshot file: RDB bytes, and bytes that exist only as a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The RDB file.
    pub rdb: Bytes,
    /// Bytes behind it that take time and space, but hold nothing.
    pub ballast: u64,
}

impl Snapshot {
    /// Size in bytes with ballast.
    pub fn len(&self) -> u64 {
        self.rdb.len() as u64 + self.ballast
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The sending side.
#[derive(Clone, Debug)]
pub struct Sending {
    parts: VecDeque<Chunk>,
    left: u64,
    /// Header, snapshot and mark.
    whole: u64,
    total: u64,
}

impl Sending {
    /// A transfer of announced length: `$<len>`, then the snapshot.
    pub fn with_length(snapshot: &Snapshot) -> Sending {
        let mut header = vec![b'$'];
        format_u64(snapshot.len(), &mut header);
        header.extend_from_slice(b"\r\n");
        Sending::new(header, snapshot, None)
    }

    /// A diskless transfer: `$EOF:<mark>`, the snapshot, the mark.
    pub fn with_mark(snapshot: &Snapshot, mark: ReplId) -> Sending {
        let header = format!("$EOF:{mark}\r\n").into_bytes();
        Sending::new(header, snapshot, Some(mark))
    }

    fn new(header: Vec<u8>, snapshot: &Snapshot, mark: Option<ReplId>) -> Sending {
        let mut parts = VecDeque::from([Chunk::Data(header.into()), Chunk::Data(snapshot.rdb.clone())]);
        parts.push_back(Chunk::Ballast(snapshot.ballast));
        if let Some(mark) = mark {
            parts.push_back(Chunk::Data(Bytes::from(mark.as_str())));
        }
        parts.retain(|part| !part.is_empty());
        let left = parts.iter().map(Chunk::len).sum();
        Sending { parts, left, whole: left, total: snapshot.len() }
    }

    /// The next bytes, at most `room`; `None` when everything was taken.
    pub fn pull(&mut self, room: u64) -> Option<Chunk> {
        let part = self.parts.front_mut()?;
        let chunk = part.split_to(room);
        if part.is_empty() {
            self.parts.pop_front();
        }
        self.left -= chunk.len();
        Some(chunk)
    }

    /// Room for the bytes that may be out by now, of those that there are in all, header and mark included.
    pub fn room_within(&self, may_be_out: impl FnOnce(u64) -> u64) -> u64 {
        may_be_out(self.whole).saturating_sub(self.whole - self.left)
    }

    /// Whether every byte was taken.
    pub fn is_done(&self) -> bool {
        self.parts.is_empty()
    }

    /// Snapshot bytes taken so far, and in all.
    pub fn progress(&self) -> (u64, u64) {
        (self.total.saturating_sub(self.left), self.total)
    }
}

/// The receiving side, from the first byte after the answer to PSYNC.
#[derive(Clone, Debug, Default)]
pub struct Receiving {
    header: Vec<u8>,
    framing: Option<Framing>,
    rdb: Vec<u8>,
    ballast: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Mark(ReplId),
}

/// What the bytes so far amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Not all there.
    More,
    /// Complete. `rest` is the beginning of the stream.
    Complete {
        /// The snapshot.
        snapshot: Snapshot,
        /// Bytes behind it.
        rest: Option<Chunk>,
    },
    /// The master sent something else than a snapshot: its line.
    Refused(Bytes),
}

/// Longest line that is read while the header is awaited.
const HEADER_MAX: usize = 1024;

impl Receiving {
    /// Nothing received yet.
    pub fn new() -> Receiving {
        Receiving::default()
    }

    /// Whether the header has arrived.
    pub fn has_header(&self) -> bool {
        self.framing.is_some()
    }

    /// Whether the end is a mark, which makes the replica acknowledge at once after loading.
    pub fn is_diskless(&self) -> bool {
        matches!(self.framing, Some(Framing::Mark(_)))
    }

    /// Announced size in bytes: `None` before the header and for a diskless transfer.
    pub fn announced(&self) -> Option<u64> {
        match self.framing {
            Some(Framing::Length(len)) => Some(len),
            Some(Framing::Mark(_)) | None => None,
        }
    }

    /// Snapshot bytes received.
    pub fn received(&self) -> u64 {
        self.rdb.len() as u64 + self.ballast
    }

    /// All that was received but a mark's length, if a mark is awaited and `end` stands `before_end` bytes in front of it.
    pub fn without_mark(&self, end: u8, before_end: usize) -> Option<&[u8]> {
        let content = &self.rdb[..self.rdb.len().checked_sub(ReplId::LEN)?];
        let at = content.len().checked_sub(before_end)?;
        (self.is_diskless() && content.get(at) == Some(&end)).then_some(content)
    }

    /// Takes what arrived.
    pub fn push(&mut self, mut chunk: Chunk) -> Received {
        if self.framing.is_none() {
            let Chunk::Data(bytes) = &mut chunk else { return Received::Refused(Bytes::from("unexpected ballast")) };
            if let Some(refused) = self.read_header(bytes) {
                return refused;
            }
        }
        match self.framing {
            None => Received::More,
            Some(Framing::Length(len)) => self.fill_to(len, chunk),
            Some(Framing::Mark(mark)) => self.fill_to_mark(mark, chunk),
        }
    }

    /// Reads keepalive newlines and the header line; leaves what is behind it in `bytes`.
    fn read_header(&mut self, bytes: &mut Bytes) -> Option<Received> {
        while !bytes.is_empty() {
            let end = bytes.iter().position(|&byte| byte == b'\n');
            self.header.extend_from_slice(&bytes.split_to(end.map_or(bytes.len(), |end| end + 1)));
            if end.is_none() && self.header.len() <= HEADER_MAX {
                return None;
            }
            let line = std::mem::take(&mut self.header);
            let line = line.trim_ascii_end();
            if line.is_empty() {
                continue;
            }
            self.framing = read_framing(line);
            return match self.framing {
                Some(_) => None,
                None => Some(Received::Refused(Bytes::from(line))),
            };
        }
        None
    }

    fn fill_to(&mut self, len: u64, mut chunk: Chunk) -> Received {
        let mine = chunk.split_to(len - self.received());
        self.store(mine);
        if self.received() < len {
            return Received::More;
        }
        Received::Complete { snapshot: self.take(), rest: (!chunk.is_empty()).then_some(chunk) }
    }

    fn fill_to_mark(&mut self, mark: ReplId, chunk: Chunk) -> Received {
        self.store(chunk);
        if !self.rdb.ends_with(mark.as_str().as_bytes()) {
            return Received::More;
        }
        self.rdb.truncate(self.rdb.len() - ReplId::LEN);
        Received::Complete { snapshot: self.take(), rest: None }
    }

    fn store(&mut self, chunk: Chunk) {
        match chunk {
            Chunk::Data(bytes) => self.rdb.extend_from_slice(&bytes),
            Chunk::Ballast(n) => self.ballast += n,
        }
    }

    fn take(&mut self) -> Snapshot {
        Snapshot { rdb: std::mem::take(&mut self.rdb).into(), ballast: self.ballast }
    }
}

fn read_framing(line: &[u8]) -> Option<Framing> {
    let rest = line.strip_prefix(b"$")?;
    match rest.strip_prefix(b"EOF:") {
        Some(mark) => ReplId::parse(mark.get(..ReplId::LEN)?).map(Framing::Mark),
        None => parse_i64(rest).and_then(|len| u64::try_from(len).ok()).map(Framing::Length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot { rdb: Bytes::from("REDIS0010 and more"), ballast: 1000 }
    }

    fn transfer(mut sending: Sending, room: u64, behind: &str) -> (Received, u64) {
        let mut receiving = Receiving::new();
        let mut result = receiving.push(Chunk::Data(Bytes::from("\n\n")));
        let mut bytes = 0;
        while let Some(chunk) = sending.pull(room) {
            assert!(chunk.len() <= room);
            bytes += chunk.len();
            assert_eq!(result, Received::More);
            result = receiving.push(chunk);
        }
        if !behind.is_empty() {
            result = receiving.push(Chunk::Data(Bytes::from(behind)));
        }
        (result, bytes)
    }

    #[test]
    fn both_framings_arrive_in_any_split() {
        let mark = ReplId::from_random([0x5a; 20]);
        for room in [1, 2, 7, 40, 41, 500, 10_000] {
            for sending in [Sending::with_length(&snapshot()), Sending::with_mark(&snapshot(), mark)] {
                let (result, _) = transfer(sending, room, "");
                assert_eq!(result, Received::Complete { snapshot: snapshot(), rest: None }, "room {room}");
            }
        }
    }

    #[test]
    fn the_length_counts_ballast_and_the_stream_begins_behind_it() {
        let mut receiving = Receiving::new();
        let data = Bytes::from("$3\r\nabcREST");
        let result = receiving.push(Chunk::Data(data));
        let rest = Some(Chunk::Data(Bytes::from("REST")));
        assert_eq!(result, Received::Complete { snapshot: Snapshot { rdb: Bytes::from("abc"), ballast: 0 }, rest });
        let (_, bytes) = transfer(Sending::with_length(&snapshot()), 100, "");
        assert_eq!(bytes, "$1018\r\n".len() as u64 + 1018);
    }

    #[test]
    fn anything_but_a_header_is_refused_with_its_line() {
        for bad in ["-ERR no\r\n", "hello\r\n", "$x\r\n", "$-5\r\n", "$EOF:short\r\n", "+OK\r\n"] {
            let result = Receiving::new().push(Chunk::Data(Bytes::from(bad)));
            assert_eq!(result, Received::Refused(Bytes::from(bad.trim_end())), "{bad}");
        }
        let long = vec![b'x'; 3000];
        assert!(matches!(Receiving::new().push(Chunk::Data(long.into())), Received::Refused(_)));
        assert!(matches!(Receiving::new().push(Chunk::Ballast(5)), Received::Refused(_)));
    }
}
