//! From an executed command to bytes in the stream: collection during the outermost call, SELECT, MULTI framing, and the
//! one place where a master's stream grows (`docs/redis-replication.md` 6).

use super::Node;
use super::context::Cx;
use crate::base::{Bytes, Mutant};
use crate::event::{CloseReason, EventKind};
use crate::repl::Appended;
use crate::resp::write_header;

/// Arguments of at least this many bytes enter the stream as shared slices.
const SHARE_FROM: usize = 2048;

/// A command on its way into the stream.
#[derive(Clone, Debug)]
pub(super) struct Propagated {
    pub(super) db: usize,
    pub(super) argv: Vec<Bytes>,
}

impl Node {
    /// Emits what the outermost call collected: in one transaction if it is more than one command.
    pub(super) fn emit_collected(&mut self, cx: &mut Cx<'_>) {
        if self.collected.is_empty() {
            return;
        }
        let commands = std::mem::take(&mut self.collected);
        self.emit(cx, &commands, commands.len() > 1);
        self.collected = commands;
        self.collected.clear();
    }

    /// Emits commands, framed by MULTI and EXEC or not. Only a master with a backlog has a stream of its own.
    pub(super) fn emit(&mut self, cx: &mut Cx<'_>, commands: &[Propagated], framed: bool) {
        if self.link.is_some() || !self.stream.is_active() {
            return;
        }
        for (index, command) in commands.iter().enumerate() {
            self.select(cx, command.db);
            if framed && index == 0 {
                self.feed(cx, &[Bytes::from("MULTI")]);
            }
            self.feed(cx, &command.argv);
            if Mutant::PropagatesTwice.lives() {
                self.feed(cx, &command.argv);
            }
        }
        if framed {
            self.feed(cx, &[Bytes::from("EXEC")]);
        }
    }

    /// The heartbeat of the master (`docs/redis-replication.md` 7.1). It never selects a database.
    pub(super) fn feed_ping(&mut self, cx: &mut Cx<'_>) {
        if self.link.is_some() {
            return;
        }
        self.feed(cx, &[Bytes::from("ping")]);
        cx.event(None, EventKind::PingSent { offset: self.history.master_repl_offset });
    }

    /// Asks every replica to acknowledge now (`docs/redis-replication.md` 7.3). A replica has no stream of its own to ask in,
    /// not even for a WAIT from the time when it was a master.
    pub(super) fn feed_getack(&mut self, cx: &mut Cx<'_>) {
        if self.link.is_some() {
            return;
        }
        self.feed(cx, &[Bytes::from("REPLCONF"), Bytes::from("GETACK"), Bytes::from("*")]);
        cx.event(None, EventKind::GetAckSent { offset: self.history.master_repl_offset });
    }

    /// Appends bytes of the master's stream that were applied here, unchanged and in one piece
    /// (`docs/redis-replication.md` 5.5).
    pub(super) fn forward(&mut self, cx: &mut Cx<'_>, pieces: &[Bytes]) {
        let len = pieces.iter().map(|piece| piece.len() as u64).sum();
        let appended = self.stream.append(pieces, &[len]);
        self.history.master_repl_offset += len as i64;
        self.after_append(cx, appended);
    }

    fn select(&mut self, cx: &mut Cx<'_>, db: usize) {
        if self.stream_db == Some(db) || Mutant::SelectLeftOut.lives() {
            return;
        }
        self.stream_db = Some(db);
        let command = crate::resp::encode_command(&[b"SELECT", db.to_string().as_bytes()]);
        let appended = self.stream.append_slice(&command, std::iter::once(command.len() as u64));
        self.history.master_repl_offset += if appended.is_some() { command.len() as i64 } else { 0 };
        self.after_append(cx, appended);
    }

    /// Serializes one command into the stream. The fragments are those in which Redis writes it; they matter for the size
    /// of a new block only.
    fn feed(&mut self, cx: &mut Cx<'_>, argv: &[Bytes]) {
        if !self.stream.is_active() {
            return;
        }
        let mut pieces: Vec<Bytes> = Vec::new();
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        write_header(b'*', argv.len(), &mut text);
        for arg in argv {
            write_header(b'$', arg.len(), &mut text);
            if arg.len() >= SHARE_FROM {
                pieces.push(Bytes::from(&text[..]));
                pieces.push(arg.clone());
                text.clear();
            } else {
                text.extend_from_slice(arg);
            }
            text.extend_from_slice(b"\r\n");
        }
        let before = self.stream_end();
        let appended = if pieces.is_empty() {
            self.stream.append_slice(&text, fragments(argv))
        } else {
            pieces.push(Bytes::from(&text[..]));
            let fragments: Vec<u64> = fragments(argv).collect();
            self.stream.append(&pieces, &fragments)
        };
        self.scratch = text;
        self.history.master_repl_offset += self.stream_end() - before;
        self.after_append(cx, appended);
    }

    /// Gives waiting replicas their place in the stream, wakes those that stream, and holds outputs against their limit.
    fn after_append(&mut self, cx: &mut Cx<'_>, appended: Option<Appended>) {
        let Some(appended) = appended else { return };
        for replica in self.replicas.iter_mut().filter(|replica| replica.is_fed()) {
            if replica.cursor.is_none() {
                replica.cursor = self.stream.cursor_at(appended.first);
            }
            if replica.streams() {
                cx.writable(replica.conn);
            }
        }
        if appended.new_block {
            self.check_output_limits(cx);
            self.stream.trim_after_append();
        }
    }

    /// Closes replicas whose output passed its limit (`docs/redis-replication.md` 10).
    pub(super) fn check_output_limits(&mut self, cx: &mut Cx<'_>) {
        let rule = self.output_rule();
        let now_s = cx.now.unix_s();
        let mut over = Vec::new();
        for replica in self.replicas.iter_mut() {
            let usage = self.stream.output_usage(replica.cursor.as_ref());
            if let Some((limit, soft)) = rule.check(usage, &mut replica.over_soft_since_s, now_s) {
                over.push((replica.conn, usage, limit, soft));
            }
        }
        if Mutant::OutputLimitIgnored.lives() {
            return;
        }
        for (conn, usage, limit, soft) in over {
            cx.event(Some(conn), EventKind::OutputLimitReached { usage, limit, soft });
            self.close_conn(cx, conn, CloseReason::OutputLimit);
        }
    }

    fn stream_end(&self) -> i64 {
        self.stream.window().map_or(0, |window| window.first_byte + window.histlen - 1)
    }
}

fn fragments(argv: &[Bytes]) -> impl Iterator<Item = u64> {
    let head = std::iter::once(3 + digits(argv.len()));
    head.chain(argv.iter().flat_map(|arg| [3 + digits(arg.len()), arg.len() as u64, 2]))
}

fn digits(len: usize) -> u64 {
    u64::from(len.checked_ilog10().unwrap_or(0)) + 1
}
