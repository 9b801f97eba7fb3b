//! Small commands that clients send before they begin, or that people type: LATENCY, MEMORY, LOLWUT, scripts.

use super::super::Node;
use super::super::commands::ServiceCommand;
use super::super::context::Cx;
use crate::base::{Bytes, ConnId};

/// What Redis reckons for a key, its value and their places in two tables, beside the bytes of both.
const ENTRY_OVERHEAD: u64 = 56;

impl Node {
    /// Nothing takes time here, so there is nothing to show.
    pub(super) fn latency(&mut self, id: ConnId, word: &[u8], _: &[Bytes]) {
        match word {
            b"reset" => self.reply(id, |replies| replies.integer(0)),
            b"latest" | b"history" => self.reply(id, |replies| replies.array(0)),
            b"histogram" => self.reply(id, |replies| replies.map(0)),
            b"doctor" => {
                self.reply(id, |replies| replies.verbatim(b"Nothing takes time here: no latency to report.\n"))
            }
            b"graph" => self.reply_error(id, "ERR No samples available for event"),
            _ => self.help(id, "LATENCY", &["DOCTOR", "HISTOGRAM", "HISTORY <event>", "LATEST", "RESET"]),
        }
    }

    /// MEMORY. Sizes are those of the data as a snapshot would have it, with what Redis adds for its tables.
    pub(super) fn memory(&mut self, cx: &Cx<'_>, id: ConnId, word: &[u8], argv: &[Bytes]) {
        match word {
            b"usage" => self.memory_usage(cx, id, argv),
            b"purge" => self.reply_ok(id),
            b"doctor" => self.reply(id, |replies| replies.verbatim(b"Memory is not measured here.\n")),
            b"malloc-stats" => self.reply(id, |replies| replies.verbatim(b"Memory is not measured here.\n")),
            b"stats" => {
                let (data, keys) = (self.keyspace.dataset_bytes() as i64, self.keyspace.total_keys() as i64);
                self.reply(id, |replies| {
                    replies.map(3);
                    for (name, value) in [("total.allocated", data), ("dataset.bytes", data), ("keys.count", keys)] {
                        replies.bulk_str(name.as_bytes());
                        replies.integer(value);
                    }
                });
            }
            _ => {
                self.help(id, "MEMORY", &["DOCTOR", "MALLOC-STATS", "PURGE", "STATS", "USAGE <key> [SAMPLES <count>]"])
            }
        }
    }

    fn memory_usage(&mut self, cx: &Cx<'_>, id: ConnId, argv: &[Bytes]) {
        match argv.get(3..).unwrap_or(&[]) {
            [] => {}
            [word, count] if word.eq_ignore_ascii_case(b"samples") => match crate::base::parse_i64(count) {
                None => return self.reply_error(id, "ERR value is not an integer or out of range"),
                Some(..0) => return self.reply_error(id, "ERR syntax error"),
                Some(_) => {}
            },
            _ => return self.reply_error(id, "ERR syntax error"),
        }
        let db = self.conns.get(&id).map_or(0, |conn| conn.db);
        let entry = self.keyspace.get(db, &argv[2]).filter(|entry| !entry.is_expired(cx.now.unix_ms));
        let bytes = entry.map(|entry| entry.key().len() as u64 + entry.value().payload_bytes() + ENTRY_OVERHEAD);
        self.reply(id, |replies| match bytes {
            Some(bytes) => replies.integer(bytes as i64),
            None => replies.null(),
        });
    }

    pub(super) fn lolwut(&mut self, id: ConnId) {
        let text = format!("Redis ver. {}\n", super::super::info::VERSION);
        self.reply(id, |replies| replies.verbatim(text.as_bytes()));
    }

    /// EVAL and its relatives. A script that was loaded before cannot be there.
    pub(super) fn eval(&mut self, id: ConnId, argv: &[Bytes]) {
        match argv[0].to_ascii_lowercase().as_slice() {
            b"evalsha" | b"evalsha_ro" => {
                self.reply_error(id, "NOSCRIPT No matching script. Please use EVAL.");
            }
            b"fcall" | b"fcall_ro" => self.reply_error(id, "ERR Function not found"),
            _ => self.reply_error(id, "ERR This server runs no scripts"),
        }
    }

    /// SCRIPT and FUNCTION: there are none, so forgetting all of them succeeds.
    pub(super) fn script(&mut self, id: ConnId, command: ServiceCommand, word: &[u8], argv: &[Bytes]) {
        match (command, word) {
            (_, b"flush") => match argv.get(2..).unwrap_or(&[]) {
                [] => self.reply_ok(id),
                [mode] if mode.eq_ignore_ascii_case(b"async") || mode.eq_ignore_ascii_case(b"sync") => {
                    self.reply_ok(id)
                }
                _ => self.reply_error(id, "ERR syntax error"),
            },
            (ServiceCommand::Script, b"exists") => {
                let asked = argv.len() - 2;
                self.reply(id, |replies| {
                    replies.array(asked);
                    (0..asked).for_each(|_| replies.integer(0));
                });
            }
            (_, b"kill") => self.reply_error(id, "NOTBUSY No scripts in execution right now."),
            (ServiceCommand::Function, b"list") => self.reply(id, |replies| replies.array(0)),
            _ => self.reply_error(id, "ERR This server runs no scripts"),
        }
    }
}
