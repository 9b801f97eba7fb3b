//! The replica's side of the handshake: which bytes open each stage and what each reply line leads to
//! (`docs/redis-replication.md` 2.2, 2.4). Knows no connection and no clock.

use super::LinkState;
use crate::base::{Bytes, ReplId, parse_i64};
use crate::resp::encode_command;

/// What a replica says of itself in the handshake.
#[derive(Clone, Debug)]
pub struct Announcement<'a> {
    /// Port that it listens on, or announces instead.
    pub port: u16,
    /// Address that it announces, empty for none.
    pub ip: &'a str,
    /// `masteruser`, empty for none.
    pub user: &'a str,
    /// `masterauth`, empty for none.
    pub password: &'a str,
}

/// What a line of the master leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait for the next line, in this state.
    Await(LinkState),
    /// PING was answered: send the burst of AUTH and REPLCONF, then wait in the state of its first reply.
    SendBurst,
    /// The last REPLCONF was answered: ask with PSYNC.
    SendPsync,
    /// A full resync. An unreadable line gives no name and offset -1, as in Redis.
    Full {
        /// Name of the history.
        replid: Option<ReplId>,
        /// Last byte inside the snapshot.
        offset: i64,
    },
    /// A partial resync; a name is given if it differs or if the master says it.
    Continue {
        /// Name of the history.
        replid: Option<ReplId>,
    },
    /// The master does not know PSYNC: ask with SYNC on the same connection.
    FallBackToSync,
    /// The attempt is over; the next replication cron dials again.
    Fail,
}

/// The first request, alone.
pub fn ping() -> Vec<u8> {
    encode_command(&[b"PING"])
}

/// AUTH and the three REPLCONF, as far as they apply, in one go; and the state that awaits the first of their replies.
pub fn burst(own: &Announcement<'_>) -> (Vec<u8>, LinkState) {
    let mut out = Vec::new();
    let mut first = LinkState::ReceivePortReply;
    if !own.password.is_empty() {
        first = LinkState::ReceiveAuthReply;
        match own.user {
            "" => out.extend(encode_command(&[b"AUTH", own.password.as_bytes()])),
            user => out.extend(encode_command(&[b"AUTH", user.as_bytes(), own.password.as_bytes()])),
        }
    }
    out.extend(encode_command(&[b"REPLCONF", b"listening-port", own.port.to_string().as_bytes()]));
    if !own.ip.is_empty() {
        out.extend(encode_command(&[b"REPLCONF", b"ip-address", own.ip.as_bytes()]));
    }
    out.extend(encode_command(&[b"REPLCONF", b"capa", b"eof", b"capa", b"psync2"]));
    (out, first)
}

/// The request for a history from its first wanted byte on; `None` asks for a snapshot. An empty name stands for the
/// unreadable one of an earlier answer. `failover` asks the node at the other end to take over.
pub fn psync(wanted: Option<(&[u8], i64)>, failover: bool) -> Vec<u8> {
    match wanted {
        None => encode_command(&[b"PSYNC", b"?", b"-1"]),
        Some((replid, offset)) if failover => {
            encode_command(&[b"PSYNC", replid, offset.to_string().as_bytes(), b"FAILOVER"])
        }
        Some((replid, offset)) => encode_command(&[b"PSYNC", replid, offset.to_string().as_bytes()]),
    }
}

/// `REPLCONF ACK <offset>`.
pub fn ack(offset: i64) -> Vec<u8> {
    encode_command(&[b"REPLCONF", b"ACK", offset.to_string().as_bytes()])
}

/// What `line`, without its line end, leads to in `state`. `announces_ip` says whether an ip-address was sent.
pub fn reply(state: LinkState, line: &[u8], announces_ip: bool) -> Step {
    let is_error = line.starts_with(b"-");
    match state {
        LinkState::ReceivePingReply => match is_error && !may_ping_fail(line) {
            true => Step::Fail,
            false => Step::SendBurst,
        },
        LinkState::ReceiveAuthReply if is_error => Step::Fail,
        LinkState::ReceiveAuthReply => Step::Await(LinkState::ReceivePortReply),
        LinkState::ReceivePortReply if announces_ip => Step::Await(LinkState::ReceiveIpReply),
        LinkState::ReceivePortReply | LinkState::ReceiveIpReply => Step::Await(LinkState::ReceiveCapaReply),
        LinkState::ReceiveCapaReply => Step::SendPsync,
        LinkState::ReceivePsyncReply => psync_reply(line),
        LinkState::Connect | LinkState::Connecting | LinkState::Transfer | LinkState::Connected => Step::Fail,
    }
}

/// Errors that a master which asks for a password gives to PING, and that do not end the attempt.
fn may_ping_fail(line: &[u8]) -> bool {
    [&b"-NOAUTH"[..], b"-NOPERM", b"-ERR operation not permitted"].iter().any(|prefix| line.starts_with(prefix))
}

fn psync_reply(line: &[u8]) -> Step {
    if line.is_empty() {
        return Step::Await(LinkState::ReceivePsyncReply);
    }
    if let Some(rest) = line.strip_prefix(b"+FULLRESYNC") {
        let mut words = rest.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        let replid = words.next().and_then(ReplId::parse);
        let offset = words.next().and_then(parse_i64);
        return match (replid, offset) {
            (Some(replid), Some(offset)) => Step::Full { replid: Some(replid), offset },
            _ => Step::Full { replid: None, offset: -1 },
        };
    }
    if let Some(rest) = line.strip_prefix(b"+CONTINUE") {
        return Step::Continue { replid: ReplId::parse(rest.trim_ascii()) };
    }
    if line.starts_with(b"-NOMASTERLINK") || line.starts_with(b"-LOADING") {
        return Step::Fail;
    }
    Step::FallBackToSync
}

/// The line itself, for the report of a failed attempt.
pub fn shown(line: &[u8]) -> Bytes {
    Bytes::from(&line[..line.len().min(200)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("printable")
    }

    /// The transcript of section 19.2.
    #[test]
    fn requests_are_those_of_the_transcript() {
        assert_eq!(text(ping()), "*1\r\n$4\r\nPING\r\n");
        let own = Announcement { port: 7502, ip: "", user: "", password: "" };
        let (bytes, first) = burst(&own);
        assert_eq!(bytes.len(), 49 + 59);
        assert_eq!(first, LinkState::ReceivePortReply);
        assert_eq!(text(psync(None, false)), "*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n");
        let replid = "b".repeat(40);
        assert_eq!(psync(Some((replid.as_bytes(), 128)), false).len(), 68 + 3);
        assert_eq!(ack(0).len(), 34);
        assert_eq!(ack(12).len(), 35);
    }

    #[test]
    fn a_password_and_an_address_come_before_the_capabilities() {
        let own = Announcement { port: 1, ip: "10.0.0.9", user: "u", password: "p" };
        let (bytes, first) = burst(&own);
        assert_eq!(first, LinkState::ReceiveAuthReply);
        let bytes = text(bytes);
        let at = |word: &str| bytes.find(word).expect("in the burst");
        assert!(at("AUTH") < at("listening-port") && at("listening-port") < at("ip-address"));
        assert!(at("ip-address") < at("capa"));
    }

    /// The table of section 2.4.
    #[test]
    fn every_reply_has_its_consequence() {
        use LinkState::*;
        let id = ReplId::from_random([0x11; 20]);
        let full = format!("+FULLRESYNC {id} 42");
        let same = format!("+CONTINUE {id}");
        let cases: &[(LinkState, &str, Step)] = &[
            (ReceivePingReply, "+PONG", Step::SendBurst),
            (ReceivePingReply, "-NOAUTH Authentication required.", Step::SendBurst),
            (ReceivePingReply, "-ERR operation not permitted", Step::SendBurst),
            (ReceivePingReply, "-LOADING Redis is loading", Step::Fail),
            (ReceivePingReply, "-MASTERDOWN x", Step::Fail),
            (ReceiveAuthReply, "+OK", Step::Await(ReceivePortReply)),
            (ReceiveAuthReply, "-WRONGPASS x", Step::Fail),
            (ReceivePortReply, "-ERR x", Step::Await(ReceiveCapaReply)),
            (ReceiveCapaReply, "+OK", Step::SendPsync),
            (ReceiveCapaReply, "-ERR x", Step::SendPsync),
            (ReceivePsyncReply, "", Step::Await(ReceivePsyncReply)),
            (ReceivePsyncReply, &full, Step::Full { replid: Some(id), offset: 42 }),
            (ReceivePsyncReply, "+FULLRESYNC what", Step::Full { replid: None, offset: -1 }),
            (ReceivePsyncReply, "+CONTINUE", Step::Continue { replid: None }),
            (ReceivePsyncReply, &same, Step::Continue { replid: Some(id) }),
            (ReceivePsyncReply, "-NOMASTERLINK Can't SYNC", Step::Fail),
            (ReceivePsyncReply, "-LOADING x", Step::Fail),
            (ReceivePsyncReply, "-ERR unknown command", Step::FallBackToSync),
            (ReceivePsyncReply, "+OK", Step::FallBackToSync),
        ];
        for (state, line, step) in cases {
            assert_eq!(reply(*state, line.as_bytes(), false), *step, "{line}");
        }
        assert_eq!(reply(ReceivePortReply, b"+OK", true), Step::Await(ReceiveIpReply));
    }
}
