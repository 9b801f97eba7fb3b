//! Subcommands of CLIENT that the page does without; HELLO in both versions of the protocol; RESET and MONITOR.

use super::super::Node;
use super::super::conn::{Conn, Peer};
use super::super::context::Cx;
use super::limits::Wanted;
use super::memory::Sent;
use super::pubsub::Topic;
use crate::base::{Bytes, ConnId, parse_i64};

const SYNTAX_ERROR: &str = "ERR syntax error";

impl Node {
    pub(super) fn client_more(&mut self, cx: &mut Cx<'_>, id: ConnId, word: &[u8], argv: &[Bytes]) -> bool {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.service.sent = Sent::new(argv);
        }
        match word {
            b"reply" => self.client_reply(id, &argv[2]),
            b"no-evict" => match on_or_off(&argv[2]) {
                None => self.reply_error(id, SYNTAX_ERROR),
                Some(on) => {
                    if let Some(conn) = self.conns.get_mut(&id) {
                        conn.service.no_evict = on;
                    }
                    self.reply_ok(id);
                }
            },
            b"unblock" => self.client_unblock(cx, id, argv),
            b"getredir" => self.reply(id, |replies| replies.integer(-1)),
            b"tracking" => match on_or_off(&argv[2]) {
                Some(false) => self.reply_ok(id),
                Some(true) => self.reply_error(id, "ERR This server does not track keys for its clients"),
                None => self.reply_error(id, SYNTAX_ERROR),
            },
            b"caching" => self.reply_error(
                id,
                "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode \
                 enabled",
            ),
            b"trackinginfo" => self.reply(id, |replies| {
                replies.map(3);
                replies.bulk_str(b"flags");
                replies.set(1);
                replies.bulk_str(b"off");
                replies.bulk_str(b"redirect");
                replies.integer(-1);
                replies.bulk_str(b"prefixes");
                replies.array(0);
            }),
            _ => return false,
        }
        true
    }

    fn client_reply(&mut self, id: ConnId, mode: &Bytes) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        match mode.to_ascii_lowercase().as_slice() {
            b"on" => {
                conn.service.replies = Wanted::All;
                self.reply_ok(id);
            }
            b"off" => conn.service.replies = Wanted::None,
            b"skip" if conn.service.replies == Wanted::None => {}
            b"skip" => conn.service.replies = Wanted::SkipNext,
            _ => self.reply_error(id, SYNTAX_ERROR),
        }
    }

    /// `CLIENT UNBLOCK id [TIMEOUT | ERROR]`
    fn client_unblock(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        let with_error = match argv.get(3).map(|reason| reason.to_ascii_lowercase()).as_deref() {
            None | Some(b"timeout") => false,
            Some(b"error") => true,
            Some(_) => return self.reply_error(id, "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"),
        };
        let Some(number) = parse_i64(&argv[2]) else {
            return self.reply_error(id, "ERR value is not an integer or out of range");
        };
        let target = self.conns.values().find(|conn| conn.number as i64 == number && conn.is_blocked());
        let Some(target) = target.map(|conn| conn.id) else { return self.reply(id, |replies| replies.integer(0)) };
        let acked =
            self.conns.get(&target).and_then(|conn| conn.waiting).map(|it| self.replicas.acknowledged(it.offset));
        if let Some(conn) = self.conns.get_mut(&target) {
            match acked {
                _ if with_error => conn.replies.error("UNBLOCKED client unblocked via CLIENT UNBLOCK"),
                Some(acked) => conn.replies.integer(acked),
                None => super::super::block::answer_in_vain(conn),
            }
            conn.waiting = None;
            cx.writable(target);
            let wait = self.stop_waiting(target);
            self.note_errors(target);
            if let Some(wait) = wait.filter(|_| with_error) {
                self.note_failed(wait.spec.name);
            }
        }
        self.blocked.retain(|other| *other != target);
        self.unblocked.push(target);
        self.reply(id, |replies| replies.integer(1));
    }

    /// `HELLO [2 | 3 [AUTH user password] [SETNAME name]]`
    pub(super) fn hello_more(&mut self, id: ConnId, argv: &[Bytes]) {
        let version = match argv.get(1).map(|version| parse_i64(version)) {
            None => None,
            Some(None) => return self.reply_error(id, "ERR Protocol version is not an integer or out of range"),
            Some(Some(version @ 2..=3)) => Some(version),
            Some(Some(_)) => return self.reply_error(id, "NOPROTO unsupported protocol version"),
        };
        if let Err(error) = self.hello_options(id, argv.get(2..).unwrap_or(&[])) {
            return self.reply_error(id, &error);
        }
        if !self.config.requirepass().is_empty() && self.conns.get(&id).is_some_and(|conn| !conn.authenticated) {
            return self.reply_error(
                id,
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> \
                 <pass> option can be used to authenticate the client and select the RESP protocol version at the \
                 same time",
            );
        }
        if let (Some(version), Some(conn)) = (version, self.conns.get_mut(&id)) {
            conn.replies.speak_resp3(version == 3);
        }
        self.hello_answer(id);
    }

    fn hello_options(&mut self, id: ConnId, mut words: &[Bytes]) -> Result<(), String> {
        while let Some((option, rest)) = words.split_first() {
            words = match (option.to_ascii_lowercase().as_slice(), rest) {
                (b"auth", [user, password, rest @ ..]) => {
                    self.log_in(id, user, password)?;
                    rest
                }
                (b"setname", [name, rest @ ..]) => {
                    self.name_client(id, name)?;
                    rest
                }
                _ => return Err(format!("ERR Syntax error in HELLO option '{}'", String::from_utf8_lossy(option))),
            };
        }
        Ok(())
    }

    /// PING of a client that has subscribed: in RESP2 it looks like a message.
    pub(super) fn ping_subscribed(&mut self, id: ConnId, argv: &[Bytes]) -> bool {
        let Some(conn) = self.conns.get_mut(&id) else { return false };
        if !conn.service.subscriptions.any() || conn.replies.is_resp3() || argv.len() > 2 {
            return false;
        }
        conn.replies.array(2);
        conn.replies.bulk_str(b"pong");
        conn.replies.bulk_str(argv.get(1).map_or(b"", Bytes::as_slice));
        true
    }

    /// RESET: the connection as it was when it was new.
    pub(super) fn reset(&mut self, id: ConnId) {
        let Some(mut conn) = self.conns.remove(&id) else { return };
        let descriptor = std::mem::take(&mut conn.service.descriptor);
        self.forget_client(&conn);
        if conn.peer == Peer::Client {
            conn.transaction = None;
            conn.watched.clear();
            conn.db = 0;
            conn.name = Bytes::new();
            conn.authenticated = self.config.requirepass().is_empty();
            conn.service = super::ConnService::default();
            conn.replies.speak_resp3(false);
            conn.replies.simple("RESET");
        } else {
            conn.replies.error("ERR can only reset normal client connections");
        }
        conn.service.descriptor = descriptor;
        self.conns.insert(id, conn);
    }

    /// MONITOR: from now on every command is shown to this client.
    pub(super) fn monitor(&mut self, id: ConnId) {
        let in_exec = self.in_exec;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if in_exec {
            return conn.replies.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
        }
        if conn.peer == Peer::Replica {
            return;
        }
        conn.replies.ok();
        if !std::mem::replace(&mut conn.service.monitors, true) {
            self.service.monitors.push(id);
        }
    }

    /// Shows a command to those that monitor.
    pub(super) fn feed_monitors(&mut self, cx: &mut Cx<'_>, id: ConnId, db: usize, argv: &[Bytes]) {
        let from = self.conns.get(&id).map(|conn| format!("{}:{}", conn.ip, conn.port)).unwrap_or_default();
        let micros = cx.now.unix_ms.rem_euclid(1000) * 1000;
        let mut line = format!("+{}.{micros:06} [{db} {from}]", cx.now.unix_s());
        for word in &without_secrets(argv) {
            line.push(' ');
            line.push_str(&String::from_utf8_lossy(&crate::resp::quoted(word)));
        }
        line.push_str("\r\n");
        for monitor in self.service.monitors.clone() {
            let Some(conn) = self.conns.get_mut(&monitor) else {
                self.service.monitors.retain(|other| *other != monitor);
                continue;
            };
            conn.replies.raw(line.as_bytes());
            cx.writable(monitor);
            self.check_client_output(cx, monitor);
        }
    }
}

/// A command as others may see it: without passwords.
pub(super) fn without_secrets(argv: &[Bytes]) -> Vec<Bytes> {
    let mut shown = argv.to_vec();
    let is = |index: usize, word: &str| argv.get(index).is_some_and(|own| own.eq_ignore_ascii_case(word.as_bytes()));
    let secrets: Vec<usize> = match () {
        () if is(0, "auth") => (1..argv.len()).collect(),
        () if is(0, "hello") => {
            (0..argv.len()).filter(|&at| at > 1 && (is(at - 1, "auth") || is(at - 2, "auth"))).collect()
        }
        () if is(0, "config") && is(1, "set") => {
            let is_secret = |at: usize| is(at, "requirepass") || is(at, "masterauth") || is(at, "masteruser");
            (3..argv.len()).step_by(2).filter(|&at| is_secret(at - 1)).collect()
        }
        () => Vec::new(),
    };
    secrets.into_iter().for_each(|at| shown[at] = "(redacted)".into());
    shown
}

/// What CLIENT LIST shows of subscriptions: `sub`, `psub`, `ssub`.
pub(in crate::node) fn subscriptions_of(conn: &Conn) -> [usize; 3] {
    [Topic::Channel, Topic::Pattern, Topic::Shard].map(|topic| conn.service.subscriptions.len(topic))
}

/// Flags of CLIENT LIST that only this folder knows of.
pub(in crate::node) fn flags_of(conn: &Conn) -> (&'static str, &'static str) {
    let before = match (conn.service.monitors, conn.service.subscriptions.any()) {
        (true, _) => "O",
        (_, true) => "P",
        _ => "",
    };
    (before, if conn.service.no_evict { "e" } else { "" })
}

fn on_or_off(word: &[u8]) -> Option<bool> {
    match word {
        _ if word.eq_ignore_ascii_case(b"on") => Some(true),
        _ if word.eq_ignore_ascii_case(b"off") => Some(false),
        _ => None,
    }
}
