//! SLOWLOG. A command takes no time here by itself; only one that keeps the process busy, such as DEBUG SLEEP, does.

use std::collections::VecDeque;

use super::super::Node;
use super::super::context::Cx;
use super::client::without_secrets;
use crate::base::{Bytes, ConnId, parse_i64};

/// Words and bytes of a command that are kept.
const WORDS_MAX: usize = 32;
const BYTES_MAX: usize = 128;
/// Entries that are kept, however many the configuration allows.
const ENTRIES_MAX: usize = 10_000;

/// The slow commands, the newest first.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct SlowLog {
    entries: VecDeque<Slow>,
    /// Entries ever made.
    made: i64,
}

#[derive(Clone, Debug)]
struct Slow {
    number: i64,
    unix_s: i64,
    micros: i64,
    argv: Vec<Bytes>,
    address: String,
    name: Bytes,
}

impl Node {
    /// Notes a command that took `micros` if that is slow.
    pub(super) fn note_slow(&mut self, cx: &Cx<'_>, id: ConnId, argv: &[Bytes], micros: i64) {
        let (threshold, max) = (self.config.slowlog_log_slower_than(), self.config.slowlog_max_len());
        let Some(conn) = self.conns.get(&id).filter(|_| threshold >= 0 && micros >= threshold) else { return };
        let log = &mut self.service.slow_log;
        let address = format!("{}:{}", conn.ip, conn.port);
        let (number, argv, name) = (log.made, shortened(&without_secrets(argv)), conn.name.clone());
        log.made += 1;
        log.entries.push_front(Slow { number, unix_s: cx.now.unix_s(), micros, argv, address, name });
        log.entries.truncate(max.min(ENTRIES_MAX));
    }

    /// `SLOWLOG GET [count] | LEN | RESET`
    pub(super) fn slowlog(&mut self, id: ConnId, word: &[u8], argv: &[Bytes]) {
        let log = &mut self.service.slow_log;
        match word {
            b"reset" => {
                log.entries.clear();
                self.reply_ok(id);
            }
            b"len" => {
                let len = log.entries.len() as i64;
                self.reply(id, |replies| replies.integer(len));
            }
            b"get" if argv.len() <= 3 => {
                let wanted = argv.get(2).map_or(Some(10), |word| parse_i64(word));
                let Some(wanted) = wanted.filter(|wanted| *wanted >= -1) else {
                    return self.reply_error(id, "ERR count should be greater than or equal to -1");
                };
                let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(log.entries.len());
                let Some(conn) = self.conns.get_mut(&id) else { return };
                conn.replies.array(wanted);
                for slow in log.entries.iter().take(wanted) {
                    conn.replies.array(6);
                    conn.replies.integer(slow.number);
                    conn.replies.integer(slow.unix_s);
                    conn.replies.integer(slow.micros);
                    conn.replies.command(&slow.argv);
                    conn.replies.bulk_str(slow.address.as_bytes());
                    conn.replies.bulk(&slow.name);
                }
            }
            _ => self.refuse_words(id, "SLOWLOG", word),
        }
    }
}

/// A command as it is kept: not all of its words if there are many, nor all of their bytes.
fn shortened(argv: &[Bytes]) -> Vec<Bytes> {
    let kept = if argv.len() > WORDS_MAX { WORDS_MAX - 1 } else { argv.len() };
    let short = |word: &Bytes| match word.len().checked_sub(BYTES_MAX) {
        None | Some(0) => word.clone(),
        Some(more) => {
            let mut text = word[..BYTES_MAX].to_vec();
            text.extend_from_slice(format!("... ({more} more bytes)").as_bytes());
            text.into()
        }
    };
    let mut words: Vec<Bytes> = argv[..kept].iter().map(short).collect();
    if kept < argv.len() {
        words.push(format!("... ({} more arguments)", argv.len() - kept).into());
    }
    words
}
