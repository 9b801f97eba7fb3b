//! Commands about the connection they come on: PING, ECHO, SELECT, AUTH, QUIT, HELLO, and the frame of transactions.

use super::super::Node;
use super::super::conn::Watched;
use super::super::context::Cx;
use crate::base::{Bytes, ConnId, parse_i64};
use crate::event::CloseReason;

impl Node {
    pub(super) fn ping(&mut self, id: ConnId, argv: &[Bytes]) {
        match argv {
            [_] => self.reply(id, |replies| replies.simple("PONG")),
            [_, text] => self.reply(id, |replies| replies.bulk(text)),
            _ => self.reply_error(id, &super::super::commands::wrong_arity("ping")),
        }
    }

    pub(super) fn echo(&mut self, id: ConnId, argv: &[Bytes]) {
        self.reply(id, |replies| replies.bulk(&argv[1]));
    }

    pub(super) fn select_command(&mut self, id: ConnId, argv: &[Bytes]) {
        let databases = self.keyspace.databases();
        let Some(index) = parse_i64(&argv[1]) else {
            return self.reply_error(id, "ERR value is not an integer or out of range");
        };
        match usize::try_from(index).ok().filter(|&index| index < databases) {
            Some(index) => {
                if let Some(conn) = self.conns.get_mut(&id) {
                    conn.db = index;
                }
                self.reply_ok(id);
            }
            None if i32::try_from(index).is_err() => {
                self.reply_error(id, "ERR value is out of range, value must between -2147483648 and 2147483647");
            }
            None => self.reply_error(id, "ERR DB index is out of range"),
        }
    }

    pub(super) fn auth(&mut self, id: ConnId, argv: &[Bytes]) {
        let password = self.config.requirepass();
        let (user, given) = match argv {
            [_, _] if password.is_empty() => {
                return self.reply_error(
                    id,
                    "ERR AUTH <password> called without any password configured for the default user. \
                     Are you sure your configuration is correct?",
                );
            }
            [_, given] => (&b"default"[..], given),
            [_, user, given] => (&user[..], given),
            _ => return self.reply_error(id, "ERR syntax error"),
        };
        let user = Bytes::from(user);
        match self.log_in(id, &user, given) {
            Ok(()) => self.reply_ok(id),
            Err(error) => self.reply_error(id, error),
        }
    }

    /// Accepts the one user with the password of the configuration; any password if there is none.
    pub(in crate::node) fn log_in(&mut self, id: ConnId, user: &[u8], given: &[u8]) -> Result<(), &'static str> {
        let password = self.config.requirepass();
        if user != b"default" || (!password.is_empty() && given != password.as_bytes()) {
            return Err("WRONGPASS invalid username-password pair or user is disabled.");
        }
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.authenticated = true;
            conn.scanner.set_bulk_max(self.config.proto_max_bulk_len());
        }
        Ok(())
    }

    /// Only RESP2 is spoken here.
    pub(super) fn hello(&mut self, id: ConnId, argv: &[Bytes]) {
        let wants = argv.get(1).map(|version| parse_i64(version));
        match wants {
            Some(None) => self.reply_error(id, "ERR Protocol version is not an integer or out of range"),
            Some(Some(version)) if version != 2 => self.reply_error(id, "NOPROTO unsupported protocol version"),
            _ => self.hello_answer(id),
        }
    }

    /// What HELLO answers.
    pub(in crate::node) fn hello_answer(&mut self, id: ConnId) {
        let role = if self.link.is_some() { "replica" } else { "master" };
        let number = self.conns.get(&id).map_or(0, |conn| conn.number as i64);
        self.reply(id, |replies| {
            replies.map(7);
            for (name, value) in [("server", "redis"), ("version", super::super::info::VERSION)] {
                replies.bulk_str(name.as_bytes());
                replies.bulk_str(value.as_bytes());
            }
            let version = if replies.is_resp3() { 3 } else { 2 };
            for (name, value) in [("proto", version), ("id", number)] {
                replies.bulk_str(name.as_bytes());
                replies.integer(value);
            }
            for (name, value) in [("mode", "standalone"), ("role", role)] {
                replies.bulk_str(name.as_bytes());
                replies.bulk_str(value.as_bytes());
            }
            replies.bulk_str(b"modules");
            replies.array(0);
        });
    }

    pub(super) fn quit(&mut self, id: ConnId) {
        self.reply_ok(id);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.closing = Some(CloseReason::Done);
        }
    }

    pub(super) fn discard(&mut self, id: ConnId) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if conn.transaction.take().is_none() {
            return self.reply_error(id, "ERR DISCARD without MULTI");
        }
        conn.watched.clear();
        self.reply_ok(id);
    }

    pub(super) fn watch(&mut self, cx: &Cx<'_>, id: ConnId, argv: &[Bytes]) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if conn.transaction.is_some() {
            return self.reply_error(id, "ERR WATCH inside MULTI is not allowed");
        }
        for key in &argv[1..] {
            if conn.watched.iter().any(|watched| watched.db == conn.db && watched.key == *key) {
                continue;
            }
            let version = self.keyspace.version(conn.db, key, cx.now.unix_ms);
            conn.watched.push(Watched { db: conn.db, key: key.clone(), version });
        }
        self.note_watching(id);
        self.reply_ok(id);
    }

    pub(super) fn unwatch(&mut self, id: ConnId) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.watched.clear();
        }
        self.reply_ok(id);
    }
}
