//! CLIENT: the connections of this node, listed, named and killed.

use super::super::Node;
use super::super::conn::{Conn, Peer, STATIC_OUTPUT};
use super::super::context::Cx;
use super::super::service;
use crate::base::{Bytes, ConnId, parse_i64};
use crate::event::CloseReason;

/// The address that CLIENT LIST shows for this side: a node does not know on which of its addresses it was reached.
const OWN_ADDRESS: &str = "127.0.0.1";

/// Which connections CLIENT KILL and CLIENT LIST mean. Everything that is given has to fit.
#[derive(Default)]
struct Filter {
    id: Option<u64>,
    address: Option<String>,
    local_address: Option<String>,
    kind: Option<Kind>,
    spare_self: bool,
}

/// A type of client as CLIENT KILL and CLIENT LIST name it: who is at the other end, and whether it subscribes.
type Kind = (Peer, bool);

fn kind_of(conn: &Conn) -> Kind {
    let subscribes = service::subscriptions_of(conn).iter().any(|&count| count > 0);
    (conn.peer, conn.peer == Peer::Client && subscribes)
}

impl Node {
    pub(super) fn client(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        match (argv[1].to_ascii_lowercase().as_slice(), argv.len()) {
            (b"id", 2) => {
                let number = self.conns.get(&id).map_or(0, |conn| conn.number);
                self.reply(id, |replies| replies.integer(number as i64));
            }
            (b"getname", 2) => {
                let name = self.conns.get(&id).map(|conn| conn.name.clone()).unwrap_or_default();
                self.reply(id, |replies| if name.is_empty() { replies.null() } else { replies.bulk(&name) });
            }
            (b"setname", 3) => self.client_setname(id, &argv[2]),
            (b"info", 2) => {
                let text = self.conns.get(&id).map(|conn| self.client_line(cx, conn)).unwrap_or_default();
                self.reply(id, |replies| replies.verbatim(text.as_bytes()));
            }
            (b"list", _) => self.client_list(cx, id, &argv[2..]),
            (b"pause", 3..=4) => self.client_pause(cx, id, &argv[2..]),
            (b"unpause", 2) => {
                self.unpause(cx);
                self.reply_ok(id);
            }
            (b"kill", 3..) => self.client_kill(cx, id, &argv[2..]),
            (b"id" | b"getname" | b"setname" | b"info" | b"kill" | b"pause" | b"unpause", _) => {
                self.wrong_subcommand_arity(id, argv)
            }
            _ => self.unknown_subcommand(id, argv),
        }
    }

    fn client_pause(&mut self, cx: &Cx<'_>, id: ConnId, words: &[Bytes]) {
        let writes_only = match words.get(1).map(|mode| mode.to_ascii_lowercase()).as_deref() {
            None | Some(b"all") => false,
            Some(b"write") => true,
            Some(_) => return self.reply_error(id, "ERR CLIENT PAUSE mode must be WRITE or ALL"),
        };
        match parse_i64(&words[0]) {
            None => self.reply_error(id, "ERR timeout is not an integer or out of range"),
            Some(..0) => self.reply_error(id, "ERR timeout is negative"),
            Some(ms) => {
                self.pause_clients(cx, ms as u64, writes_only);
                self.reply_ok(id);
            }
        }
    }

    fn client_setname(&mut self, id: ConnId, name: &Bytes) {
        match self.name_client(id, name) {
            Ok(()) => self.reply_ok(id),
            Err(error) => self.reply_error(id, error),
        }
    }

    /// Gives a client a name; an empty one takes it away.
    pub(in crate::node) fn name_client(&mut self, id: ConnId, name: &Bytes) -> Result<(), &'static str> {
        if name.iter().any(|byte| !(b'!'..=b'~').contains(byte)) {
            return Err("ERR Client names cannot contain spaces, newlines or special characters.");
        }
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.name = name.clone();
        }
        Ok(())
    }

    fn client_list(&mut self, cx: &Cx<'_>, id: ConnId, words: &[Bytes]) {
        let wanted: Result<Vec<ConnId>, String> = match words {
            [] => Ok(self.conns.keys().collect()),
            [option, kind] if option.eq_ignore_ascii_case(b"type") => kind_named(kind)
                .map(|kind| self.conns.values().filter(|conn| kind_of(conn) == kind).map(|conn| conn.id).collect()),
            [option, ids @ ..] if option.eq_ignore_ascii_case(b"id") && !ids.is_empty() => {
                let numbers: Option<Vec<u64>> = ids.iter().map(Node::parse_id).collect();
                numbers.ok_or_else(|| "ERR Invalid client ID".to_string()).map(|numbers| {
                    self.conns.values().filter(|conn| numbers.contains(&conn.number)).map(|conn| conn.id).collect()
                })
            }
            _ => Err("ERR syntax error".to_string()),
        };
        match wanted {
            Err(error) => self.reply_error(id, &error),
            Ok(wanted) => {
                let mut conns: Vec<&Conn> = Vec::new();
                for conn in wanted.iter().filter_map(|conn| self.conns.get(conn)) {
                    let at = conns.partition_point(|earlier| earlier.number <= conn.number);
                    conns.insert(at, conn);
                }
                let mut text = String::new();
                for conn in conns {
                    text.push_str(&self.client_line(cx, conn));
                }
                self.reply(id, |replies| replies.verbatim(text.as_bytes()));
            }
        }
    }

    /// A line of CLIENT LIST, with the fields of 7.0.
    fn client_line(&self, cx: &Cx<'_>, conn: &Conn) -> String {
        let now_s = cx.now.unix_s();
        let (own_flag, multi) = match (conn.peer, &conn.transaction) {
            (Peer::Master, _) => ("M", -1),
            (Peer::Replica, _) => ("S", -1),
            (Peer::Client, Some(transaction)) => ("x", transaction.queue.len() as i64),
            (Peer::Client, None) if conn.is_blocked() || conn.postponed.is_some() => ("b", -1),
            (Peer::Client, None) => ("", -1),
        };
        let (before, behind) = service::flags_of(conn);
        let mut flags = [before, own_flag, behind].concat();
        if flags.is_empty() {
            flags.push('N');
        }
        let [channels, patterns, shard_channels] = service::subscriptions_of(conn);
        let replica = self.replicas.find(conn.id);
        let output = replica.map_or(0, |replica| self.stream.output_usage(replica.cursor.as_ref()));
        let memory = service::memory_of(conn, now_s);
        let (static_bytes, output) = match output {
            0 if conn.output_bytes() <= STATIC_OUTPUT => (conn.output_bytes(), 0),
            // A client that does not read: the buffer was written before.
            0 => (0, conn.output_bytes()),
            output => (0, output),
        };
        let resp = if conn.replies.is_resp3() { 3 } else { 2 };
        format!(
            "id={} addr={}:{} laddr={}:{} fd={} name={} age={} idle={} flags={flags} db={} sub={channels} \
             psub={patterns} ssub={shard_channels} multi={multi} qbuf={} qbuf-free={} argv-mem={} multi-mem={} rbs={} rbp={} \
             obl={static_bytes} oll={} omem={output} tot-mem={} events={} cmd={} user=default redir=-1 resp={resp}\n",
            conn.number,
            conn.ip,
            conn.port,
            OWN_ADDRESS,
            self.config.port(),
            memory.descriptor,
            String::from_utf8_lossy(&conn.name),
            now_s - conn.created_s,
            now_s - conn.last_s,
            conn.db,
            memory.query,
            memory.query_free,
            memory.words,
            memory.transaction,
            memory.reply_size,
            memory.reply_peak,
            u8::from(output > 0),
            memory.total + output,
            if output > 0 && replica.is_none() { "rw" } else { "r" },
            conn.last_command,
        )
    }

    fn client_kill(&mut self, cx: &mut Cx<'_>, id: ConnId, words: &[Bytes]) {
        let old_form = words.len() == 1;
        let filter = match parse_filter(words) {
            Ok(filter) => filter,
            Err(error) => return self.reply_error(id, &error),
        };
        let local = format!("{OWN_ADDRESS}:{}", self.config.port());
        let fits = |conn: &Conn| {
            filter.id.is_none_or(|number| number == conn.number)
                && filter.address.as_ref().is_none_or(|address| *address == format!("{}:{}", conn.ip, conn.port))
                && filter.local_address.as_ref().is_none_or(|address| *address == local)
                && filter.kind.is_none_or(|kind| kind == kind_of(conn))
                && !(filter.spare_self && conn.id == id)
        };
        let found: Vec<ConnId> = self.conns.values().filter(|conn| fits(conn)).map(|conn| conn.id).collect();
        match (old_form, found.len()) {
            (true, 0) => self.reply_error(id, "ERR No such client"),
            (true, _) => self.reply_ok(id),
            (false, count) => self.reply(id, |replies| replies.integer(count as i64)),
        }
        for conn in found {
            match self.conns.get_mut(&conn) {
                // A client that kills itself still gets its answer.
                Some(own) if conn == id => own.closing = Some(CloseReason::Killed),
                _ => self.close_conn(cx, conn, CloseReason::Killed),
            }
        }
    }
}

fn parse_filter(words: &[Bytes]) -> Result<Filter, String> {
    let text = |word: &Bytes| String::from_utf8_lossy(word).into_owned();
    if let [address] = words {
        return Ok(Filter { address: Some(text(address)), ..Filter::default() });
    }
    if !words.len().is_multiple_of(2) {
        return Err("ERR syntax error".into());
    }
    let mut filter = Filter { spare_self: true, ..Filter::default() };
    for pair in words.chunks_exact(2) {
        match pair[0].to_ascii_lowercase().as_slice() {
            b"id" => {
                let number = Node::parse_id(&pair[1]).filter(|number| *number > 0);
                filter.id = Some(number.ok_or("ERR client-id should be greater than 0")?);
            }
            b"addr" => filter.address = Some(text(&pair[1])),
            b"laddr" => filter.local_address = Some(text(&pair[1])),
            b"type" => filter.kind = Some(kind_named(&pair[1])?),
            b"user" if pair[1][..] == *b"default" => {}
            b"user" => return Err(format!("ERR No such user '{}'", text(&pair[1]))),
            b"skipme" => match pair[1].to_ascii_lowercase().as_slice() {
                b"yes" => filter.spare_self = true,
                b"no" => filter.spare_self = false,
                _ => return Err("ERR syntax error".into()),
            },
            _ => return Err("ERR syntax error".into()),
        }
    }
    Ok(filter)
}

fn kind_named(word: &[u8]) -> Result<Kind, String> {
    match word.to_ascii_lowercase().as_slice() {
        b"normal" => Ok((Peer::Client, false)),
        b"pubsub" => Ok((Peer::Client, true)),
        b"slave" | b"replica" => Ok((Peer::Replica, false)),
        b"master" => Ok((Peer::Master, false)),
        _ => Err(format!("ERR Unknown client type '{}'", String::from_utf8_lossy(word))),
    }
}
