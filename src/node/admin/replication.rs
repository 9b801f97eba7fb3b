//! REPLICAOF, REPLCONF, ROLE, WAIT: replication as clients and peers steer it (`docs/redis-replication.md` 2.5, 9, 11.3).

use super::super::Node;
use super::super::commands::before_nul;
use super::super::conn::Peer;
use super::super::context::Cx;
use crate::base::{Bytes, ConnId, Span, parse_i64};
use crate::event::{EventKind, FailoverState};
use crate::repl::ReplicaState;
use crate::repl::textbook::Receipt;

const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";
const SYNTAX_ERROR: &str = "ERR syntax error";
/// Bytes of an address that a replica may announce.
const IP_MAX: usize = 255;

impl Node {
    pub(super) fn replicaof(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        if self.failover_state() != FailoverState::None {
            return self.reply_error(id, "ERR REPLICAOF not allowed while failing over.");
        }
        if argv[1].eq_ignore_ascii_case(b"no") && argv[2].eq_ignore_ascii_case(b"one") {
            self.promote(cx);
            return self.reply_ok(id);
        }
        if self.conns.get(&id).is_some_and(|conn| conn.peer == Peer::Replica) {
            return self.reply_error(id, "ERR Command is not valid when client is a replica.");
        }
        let Some(port) = parse_i64(&argv[2]).and_then(|port| u16::try_from(port).ok()) else {
            return self.reply_error(id, "ERR Invalid master port");
        };
        let host = String::from_utf8_lossy(&argv[1]).into_owned();
        let same = |link: &&crate::repl::MasterLink| link.host.eq_ignore_ascii_case(&host) && link.port == port;
        if self.link.as_ref().filter(same).is_some() {
            return self.reply(id, |replies| replies.simple("OK Already connected to specified master"));
        }
        self.follow(cx, host, port);
        self.reply_ok(id);
    }

    pub(super) fn replconf(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        let pairs = &argv[1..];
        if !pairs.len().is_multiple_of(2) {
            return self.reply_error(id, SYNTAX_ERROR);
        }
        for pair in pairs.chunks_exact(2) {
            let (option, value) = (pair[0].to_ascii_lowercase(), &pair[1]);
            match option.as_slice() {
                b"ack" => return self.ack_from(cx, id, value, &argv[3..]),
                b"getack" => return self.send_ack(cx),
                _ => {
                    if let Err(error) = self.announce(id, &option, &pair[0], value) {
                        return self.reply_error(id, &error);
                    }
                }
            }
        }
        self.reply_ok(id);
    }

    /// An acknowledgement gets no reply, whoever sends it.
    fn ack_from(&mut self, cx: &mut Cx<'_>, id: ConnId, value: &Bytes, more: &[Bytes]) {
        let is_replica = self.conns.get(&id).is_some_and(|conn| conn.peer == Peer::Replica);
        if let (true, Some(offset)) = (is_replica, parse_i64(value)) {
            self.acked(cx, id, offset, Receipt::decode(more));
        }
    }

    fn announce(&mut self, id: ConnId, option: &[u8], shown: &[u8], value: &Bytes) -> Result<(), String> {
        let Some(conn) = self.conns.get_mut(&id) else { return Ok(()) };
        let announced = &mut conn.announced;
        match option {
            b"listening-port" => announced.port = parse_i64(value).ok_or(NOT_AN_INTEGER)?,
            b"ip-address" if value.len() > IP_MAX => {
                let len = value.len();
                return Err(format!("ERR REPLCONF ip-address provided by replica instance is too long: {len} bytes"));
            }
            b"ip-address" => announced.ip = Some(String::from_utf8_lossy(value).into_owned()),
            b"capa" => {
                announced.eof |= value.eq_ignore_ascii_case(b"eof");
                announced.psync2 |= value.eq_ignore_ascii_case(b"psync2");
            }
            b"rdb-only" => match parse_i64(value).ok_or(NOT_AN_INTEGER)? {
                0 => announced.rdb_only = false,
                1 => announced.rdb_only = true,
                _ => return Err("ERR value is out of range, value must between 0 and 1".into()),
            },
            b"rdb-filter-only" => {
                announced.filtered = true;
                let mut words = value.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
                if let Some(word) = words.find(|word| !word.eq_ignore_ascii_case(b"functions")) {
                    let word = String::from_utf8_lossy(word);
                    return Err(format!("ERR Unsupported rdb-filter-only option: {word}"));
                }
            }
            _ => {
                return Err(format!(
                    "ERR Unrecognized REPLCONF option: {}",
                    String::from_utf8_lossy(before_nul(shown))
                ));
            }
        }
        Ok(())
    }

    pub(super) fn role(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let replies = &mut conn.replies;
        if let Some(link) = &self.link {
            replies.array(5);
            replies.bulk_str(b"slave");
            replies.bulk_str(link.host.as_bytes());
            replies.integer(i64::from(link.port));
            replies.bulk_str(link.state.role_word().as_bytes());
            return replies.integer(link.stream.as_ref().map_or(-1, |stream| stream.applied_offset));
        }
        let online: Vec<(String, i64, i64)> = self
            .replicas
            .in_state(ReplicaState::Online)
            .map(|replica| (self.replica_ip(replica), replica.announced.port, replica.ack_offset))
            .collect();
        self.reply(id, |replies| {
            replies.array(3);
            replies.bulk_str(b"master");
        });
        let offset = self.history.master_repl_offset;
        self.reply(id, |replies| {
            replies.integer(offset);
            replies.array(online.len());
            for (ip, port, ack_offset) in online {
                replies.array(3);
                replies.bulk_str(ip.as_bytes());
                replies.bulk_str(port.to_string().as_bytes());
                replies.bulk_str(ack_offset.to_string().as_bytes());
            }
        });
    }

    pub(super) fn wait(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        if self.link.is_some() {
            return self.reply_error(
                id,
                "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica \
                 is configured to be writable (which is not the default) writes to replicas are just local and are \
                 not propagated.",
            );
        }
        let Some(replicas) = parse_i64(&argv[1]) else { return self.reply_error(id, NOT_AN_INTEGER) };
        let Some(timeout_ms) = parse_i64(&argv[2]) else {
            return self.reply_error(id, "ERR timeout is not an integer or out of range");
        };
        let Ok(timeout_ms) = u64::try_from(timeout_ms) else {
            return self.reply_error(id, "ERR timeout is negative");
        };
        let offset = self.conns.get(&id).map_or(0, |conn| conn.write_offset);
        let acked = self.replicas.acknowledged(offset);
        if acked >= replicas || self.in_exec {
            cx.event(None, EventKind::WaitAnswered { offset, acked, replicas });
            return self.reply(id, |reply| reply.integer(acked));
        }
        // Redis keeps the number of replicas as a C int while it waits.
        let replicas = i64::from(replicas as i32);
        if acked >= replicas {
            return self.reply(id, |reply| reply.integer(acked));
        }
        let span = Span(timeout_ms.saturating_mul(1_000_000));
        let until = (timeout_ms > 0).then(|| cx.now.time + span);
        self.block_in_wait(cx, id, replicas, until);
    }
}
