//! Small commands that clients send before they begin, or that people type: MEMORY, LOLWUT, scripts.

use super::super::Node;
use super::super::commands::ServiceCommand;
use super::super::context::Cx;
use crate::base::{Bytes, ConnId, parse_i64};

/// What Redis reckons for a key, its value and their places in two tables, beside the bytes of both.
const ENTRY_OVERHEAD: u64 = 56;
/// Digits of the name of a script.
const SHA1_DIGITS: usize = 40;

impl Node {
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
            _ => {}
        }
    }

    fn memory_usage(&mut self, cx: &Cx<'_>, id: ConnId, argv: &[Bytes]) {
        match argv.get(3..).unwrap_or(&[]) {
            [] => {}
            [word, count] if word.eq_ignore_ascii_case(b"samples") => match parse_i64(count) {
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

    pub(super) fn lolwut(&mut self, id: ConnId, argv: &[Bytes]) {
        let asks_version = argv.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"version"));
        if argv.get(2).is_some_and(|number| asks_version && parse_i64(number).is_none()) {
            return self.reply_error(id, "ERR value is not an integer or out of range");
        }
        let text = format!("Redis ver. {}\n", super::super::info::VERSION);
        self.reply(id, |replies| replies.verbatim(text.as_bytes()));
    }

    /// EVAL and its relatives. A script that was loaded before cannot be there.
    pub(super) fn eval(&mut self, id: ConnId, argv: &[Bytes]) {
        let name = argv[0].to_ascii_lowercase();
        let keys = match parse_i64(&argv[2]) {
            _ if name.starts_with(b"fcall") => return self.reply_error(id, "ERR Function not found"),
            _ if name.starts_with(b"evalsha") && argv[1].len() != SHA1_DIGITS => None,
            None => return self.reply_error(id, "ERR value is not an integer or out of range"),
            found => found,
        };
        let text = match keys {
            Some(..0) => "ERR Number of keys can't be negative",
            Some(keys) if keys > argv.len() as i64 - 3 => "ERR Number of keys can't be greater than number of args",
            _ if name.starts_with(b"evalsha") => "NOSCRIPT No matching script. Please use EVAL.",
            _ => "ERR This server runs no scripts",
        };
        self.reply_error(id, text);
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
            (ServiceCommand::Function, b"delete") => self.reply_error(id, "ERR Library not found"),
            (ServiceCommand::Function, b"stats") => self.reply(id, |replies| {
                replies.map(2);
                replies.bulk_str(b"running_script");
                replies.null();
                replies.bulk_str(b"engines");
                replies.map(1);
                replies.bulk_str(b"LUA");
                replies.map(2);
                for name in ["libraries_count", "functions_count"] {
                    replies.bulk_str(name.as_bytes());
                    replies.integer(0);
                }
            }),
            (ServiceCommand::Function, b"list") => self.reply(id, |replies| replies.array(0)),
            _ => self.reply_error(id, "ERR This server runs no scripts"),
        }
    }
}
