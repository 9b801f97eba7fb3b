//! The link to the master as the replica keeps it: how far the attempt is, what arrived, what was applied, and what is kept
//! for a partial resync when the link is lost (`docs/redis-replication.md` 2, 11, 13.2).

use std::collections::VecDeque;

use super::textbook::Receiver;
use super::transfer::{Receiving, Snapshot};
use super::{History, LinkState};
use crate::base::{Bytes, ConnId, Mutant, ReplId};

/// What a replica needs to continue a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachedMaster {
    /// Name of the history; `None` stands for the unreadable one of a bad `+FULLRESYNC`.
    pub replid: Option<ReplId>,
    /// Last byte applied.
    pub offset: i64,
    /// Database that the stream had selected.
    pub db: usize,
}

/// The live stream.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Last byte received.
    pub read_offset: i64,
    /// Last byte applied: end of the last whole command, frozen inside MULTI.
    pub applied_offset: i64,
    /// Database selected.
    pub db: usize,
    /// Received and not yet applied, in order: what is forwarded to sub-replicas once applied.
    unapplied: VecDeque<Bytes>,
}

/// A master to follow and the state of the link to it.
#[derive(Clone, Debug)]
pub struct MasterLink {
    /// Host as configured.
    pub host: String,
    /// Port as configured.
    pub port: u16,
    /// How far it is.
    pub state: LinkState,
    /// Connection, from the dial on.
    pub conn: Option<ConnId>,
    /// Unix second in which anything was heard last, or the dial began.
    pub last_io_s: i64,
    /// Unix second in which a live link was lost; `None` if it is up or never was.
    pub down_since_s: Option<i64>,
    /// The live stream, while CONNECTED.
    pub stream: Option<Stream>,
    /// Kept for a partial resync.
    pub cached: Option<CachedMaster>,
    /// Answer to PSYNC: name and offset of the history in the snapshot.
    pub announced: (Option<ReplId>, i64),
    /// The snapshot that arrives.
    pub receiving: Option<Receiving>,
    /// The snapshot that is being loaded, and whether it came diskless.
    pub loading: Option<(Snapshot, bool)>,
    /// Stream that came in one piece with the end of the snapshot: it waits until that is loaded.
    pub held: Option<Bytes>,
    /// Fell back to SYNC: offsets count from -1, there are no acknowledgements.
    pub legacy: bool,
    /// The stream arrives in frames.
    pub session: Option<Receiver>,
    line: Vec<u8>,
}

/// A line of the handshake has no end within the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTooLong;

/// Longest line of a handshake.
const LINE_MAX: usize = 64 * 1024;

impl MasterLink {
    /// A master to be dialled.
    pub fn new(host: String, port: u16) -> MasterLink {
        MasterLink {
            host,
            port,
            state: LinkState::Connect,
            conn: None,
            last_io_s: 0,
            down_since_s: None,
            stream: None,
            cached: None,
            announced: (None, -1),
            receiving: None,
            loading: None,
            held: None,
            legacy: false,
            session: None,
            line: Vec::new(),
        }
    }

    /// Notes that the dial began.
    pub fn dial(&mut self, conn: ConnId, now_s: i64) {
        self.state = LinkState::Connecting;
        self.conn = Some(conn);
        self.last_io_s = now_s;
        self.line.clear();
        self.receiving = None;
        self.legacy = false;
        self.session = None;
    }

    /// Gives the attempt or the live link up. A live one is kept for a partial resync if `keep`; bytes that were received
    /// and not applied are forgotten (`docs/redis-replication.md` 11.1).
    pub fn lose(&mut self, replid: ReplId, keep: bool, now_s: i64) {
        if let Some(stream) = self.stream.take() {
            let usable = keep && !self.legacy;
            let db = if Mutant::CachedDatabaseForgotten.lives() { 0 } else { stream.db };
            let offset = if Mutant::CachedOffsetTooHigh.lives() { stream.read_offset } else { stream.applied_offset };
            self.cached = usable.then_some(CachedMaster { replid: Some(replid), offset, db });
            self.down_since_s = Some(now_s);
        }
        self.state = LinkState::Connect;
        self.conn = None;
        self.receiving = None;
        self.held = None;
        self.line.clear();
    }

    /// What PSYNC asks for: name and first byte wanted.
    pub fn wanted(&self) -> Option<(Option<ReplId>, i64)> {
        self.cached.map(|cached| (cached.replid, cached.offset + 1))
    }

    /// Begins the live stream behind `offset`.
    pub fn go_live(&mut self, offset: i64, db: usize) {
        self.state = LinkState::Connected;
        self.down_since_s = None;
        self.cached = None;
        self.receiving = None;
        self.stream = Some(Stream { read_offset: offset, applied_offset: offset, db, unapplied: VecDeque::new() });
    }

    /// The next line of the handshake out of `bytes`, without its line end; what is behind it stays in `bytes`. `Err` if
    /// no line end comes within the limit.
    pub fn take_line(&mut self, bytes: &mut Bytes) -> Result<Option<Vec<u8>>, LineTooLong> {
        let end = bytes.iter().position(|&byte| byte == b'\n');
        self.line.extend_from_slice(&bytes.split_to(end.map_or(bytes.len(), |end| end + 1)));
        if end.is_none() {
            return if self.line.len() > LINE_MAX { Err(LineTooLong) } else { Ok(None) };
        }
        let mut line = std::mem::take(&mut self.line);
        line.truncate(line.trim_ascii_end().len());
        Ok(Some(line))
    }

    /// Offsets as INFO shows them: received and applied; a cached master's while there is no live one
    /// (`docs/redis-replication.md` 16).
    pub fn offsets(&self) -> (i64, i64) {
        match (&self.stream, &self.cached) {
            (Some(stream), _) => (stream.read_offset, stream.applied_offset),
            (None, Some(cached)) => (cached.offset, cached.offset),
            (None, None) => (1, 1),
        }
    }

    /// Keeps a node's own history for the first question to its new master (`docs/redis-replication.md` 11.3).
    pub fn cache_own(&mut self, history: &History) {
        let own = CachedMaster { replid: Some(history.replid), offset: history.master_repl_offset, db: 0 };
        self.cached = Some(own);
    }
}

impl Stream {
    /// Notes bytes that arrived.
    pub fn received(&mut self, bytes: &Bytes) {
        self.read_offset += bytes.len() as i64;
        let joined = self.unapplied.back_mut().is_some_and(|last| last.try_join(bytes));
        if !joined {
            self.unapplied.push_back(bytes.clone());
        }
    }

    /// Moves the applied offset to all but the last `pending` bytes received, and returns the bytes that this covers.
    pub fn apply(&mut self, pending: u64) -> Vec<Bytes> {
        let target = self.read_offset - pending as i64;
        let mut left = (target - self.applied_offset).max(0) as usize;
        self.applied_offset = self.applied_offset.max(target);
        let mut applied = Vec::with_capacity(1);
        while left > 0 {
            let Some(front) = self.unapplied.front_mut() else { break };
            let n = left.min(front.len());
            applied.push(front.split_to(n));
            if front.is_empty() {
                self.unapplied.pop_front();
            }
            left -= n;
        }
        applied
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> MasterLink {
        let mut link = MasterLink::new("m".into(), 1);
        link.dial(ConnId(1), 5);
        link.go_live(100, 3);
        link
    }

    #[test]
    fn applied_bytes_come_out_whole_and_in_order() {
        let mut link = live();
        let stream = link.stream.as_mut().expect("live");
        let whole = Bytes::from("abcdefgh");
        stream.received(&whole.slice(0..3));
        stream.received(&whole.slice(3..6));
        assert!(stream.apply(6).is_empty());
        assert_eq!(stream.apply(2), vec![Bytes::from("abcd")]);
        assert_eq!((stream.read_offset, stream.applied_offset), (106, 104));
        stream.received(&Bytes::from("XY"));
        assert_eq!(stream.apply(0).concat(), b"efXY");
        assert_eq!(stream.applied_offset, 108);
    }

    /// Section 19.4: 17 bytes of an incomplete command are forgotten with the connection.
    #[test]
    fn a_lost_link_keeps_what_was_applied() {
        let mut link = live();
        let stream = link.stream.as_mut().expect("live");
        stream.received(&Bytes::from(vec![0; 44]));
        stream.apply(17);
        let replid = ReplId::from_random([1; 20]);
        link.lose(replid, true, 9);
        assert_eq!(link.wanted(), Some((Some(replid), 128)));
        assert_eq!(link.offsets(), (127, 127));
        assert_eq!((link.state, link.down_since_s), (LinkState::Connect, Some(9)));
    }

    #[test]
    fn a_protocol_error_keeps_nothing() {
        let mut link = live();
        link.lose(ReplId::ZERO, false, 9);
        assert_eq!(link.wanted(), None);
        assert_eq!(link.offsets(), (1, 1));
    }

    #[test]
    fn a_failed_attempt_does_not_touch_what_was_kept() {
        let mut link = live();
        link.lose(ReplId::ZERO, true, 9);
        link.dial(ConnId(3), 10);
        link.lose(ReplId::from_random([2; 20]), true, 11);
        assert_eq!(link.wanted(), Some((Some(ReplId::ZERO), 101)));
        assert_eq!(link.down_since_s, Some(9));
    }

    #[test]
    fn lines_are_joined_from_pieces() {
        let mut link = MasterLink::new("m".into(), 1);
        let mut bytes = Bytes::from("+PO");
        assert_eq!(link.take_line(&mut bytes), Ok(None));
        let mut bytes = Bytes::from("NG\r\n\n+OK\r\nrest");
        assert_eq!(link.take_line(&mut bytes), Ok(Some(b"+PONG".to_vec())));
        assert_eq!(link.take_line(&mut bytes), Ok(Some(Vec::new())));
        assert_eq!(link.take_line(&mut bytes), Ok(Some(b"+OK".to_vec())));
        assert_eq!(&bytes[..], b"rest");
        let mut endless = Bytes::from(vec![b'x'; LINE_MAX + 1]);
        assert_eq!(link.take_line(&mut endless), Err(LineTooLong));
    }
}
