//! Commands about the server: INFO, CONFIG, DEBUG, COMMAND, TIME, saving and shutting down.

use super::super::Node;
use super::super::commands;
use super::super::commands::long_double::LongDouble;
use super::super::context::Cx;
use super::super::contract::Output;
use crate::base::{Bytes, ConnId, Span, parse_i64};
use crate::config::Directive;
use crate::event::EventKind;

impl Node {
    pub(super) fn info_command(&mut self, cx: &Cx<'_>, id: ConnId, argv: &[Bytes]) {
        let sections: Vec<String> =
            argv[1..].iter().map(|section| String::from_utf8_lossy(section).to_ascii_lowercase()).collect();
        let sections: Vec<&str> = sections.iter().map(String::as_str).collect();
        let text = self.info_of(cx.now, if sections.is_empty() { &["default"] } else { &sections });
        self.reply(id, |replies| replies.verbatim(text.as_bytes()));
    }

    pub(super) fn config_command(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        match argv[1].to_ascii_lowercase().as_slice() {
            b"get" if argv.len() >= 3 => {
                let patterns: Vec<&[u8]> = argv[2..].iter().map(Bytes::as_slice).collect();
                let found = self.config.matching_any(&patterns);
                self.reply(id, |replies| {
                    replies.map(found.len());
                    for (name, value) in &found {
                        replies.bulk_str(name.as_bytes());
                        replies.bulk_str(value.as_bytes());
                    }
                });
            }
            b"set" if argv.len() >= 4 && argv.len().is_multiple_of(2) => self.config_set(cx, id, &argv[2..]),
            b"resetstat" if argv.len() == 2 => {
                let last_save_s = self.stats.last_save_s;
                let dirty = self.stats.dirty;
                self.stats = super::super::Stats { last_save_s, dirty, ..Default::default() };
                self.reset_service_counts();
                self.reply_ok(id);
            }
            b"set" if argv.len() > 4 => self.reply_error(id, "ERR syntax error"),
            b"get" | b"set" | b"resetstat" => self.wrong_subcommand_arity(id, argv),
            _ => self.unknown_subcommand(id, argv),
        }
    }

    fn config_set(&mut self, cx: &mut Cx<'_>, id: ConnId, words: &[Bytes]) {
        let pairs: Vec<(&[u8], &[u8])> = words.chunks_exact(2).map(|pair| (&pair[0][..], &pair[1][..])).collect();
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        if self.loads() || self.loads_beside() {
            // A load depends on these.
            const HELD: [&[u8]; 3] = [b"appendonly", b"dir", b"repl-diskless-load"];
            if pairs.iter().any(|pair| HELD.iter().any(|held| pair.0.eq_ignore_ascii_case(held))) {
                return self.reply_error(id, crate::node::exec::LOADING);
            }
        }
        let changed = match self.config.set(&pairs) {
            Ok(changed) => changed,
            Err(error) => return self.reply_error(id, &error),
        };
        self.apply_keyspace_directives();
        for directive in changed {
            match directive {
                Directive::ReplBacklogSize => self.stream.resize(self.config.repl_backlog_size()),
                Directive::MinReplicasToWrite | Directive::MinReplicasMaxLag => self.recount_good(cx),
                _ => {}
            }
        }
        self.evict(cx);
        self.reply_ok(id);
    }

    /// Has a busy machine stand still; used by DEBUG SLEEP.
    pub(super) fn busy(&mut self, cx: &mut Cx<'_>, span: Span) {
        cx.event(None, EventKind::NodeBusy { span });
        cx.ask(Output::Busy(span));
    }

    pub(super) fn debug(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        match (argv[1].to_ascii_lowercase().as_slice(), argv.get(2)) {
            (b"sleep", Some(seconds)) => {
                let nanoseconds = LongDouble::parse(seconds).and_then(LongDouble::to_billionths).unwrap_or(0);
                self.busy(cx, Span(nanoseconds));
                self.reply_ok(id);
            }
            (b"change-repl-id", None) => {
                self.change_repl_id(cx);
                self.reply_ok(id);
            }
            (b"set-active-expire", Some(value)) => {
                self.active_expire = value[..] != *b"0";
                self.reply_ok(id);
            }
            _ => {
                let word = String::from_utf8_lossy(&argv[1][..argv[1].len().min(128)]).into_owned();
                let error =
                    format!("ERR unknown subcommand or wrong number of arguments for '{word}'. Try DEBUG HELP.");
                self.reply_error(id, &error);
            }
        }
    }

    pub(super) fn command(&mut self, id: ConnId, argv: &[Bytes]) {
        let count = commands::all().count();
        match argv.get(1).map(|word| word.to_ascii_lowercase()).as_deref() {
            Some(b"count") if argv.len() == 2 => self.reply(id, |replies| replies.integer(count as i64)),
            Some(b"count") => self.wrong_subcommand_arity(id, argv),
            Some(b"docs") => self.reply(id, |replies| replies.array(0)),
            Some(_) => self.unknown_subcommand(id, argv),
            None => self.reply(id, |replies| {
                replies.array(count);
                for spec in commands::all() {
                    replies.array(3);
                    replies.bulk_str(spec.name.as_bytes());
                    replies.integer(i64::from(spec.arity));
                    let flags: Vec<&str> = spec.flags.names().collect();
                    replies.array(flags.len());
                    flags.iter().for_each(|flag| replies.simple(flag));
                }
            }),
        }
    }

    pub(super) fn time(&mut self, cx: &Cx<'_>, id: ConnId) {
        let (seconds, micros) = (cx.now.unix_s(), cx.now.unix_ms.rem_euclid(1000) * 1000);
        self.reply(id, |replies| {
            replies.array(2);
            replies.bulk_str(seconds.to_string().as_bytes());
            replies.bulk_str(micros.to_string().as_bytes());
        });
    }

    pub(super) fn save(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        if self.saving.is_some() {
            return self.reply_error(id, "ERR Background save already in progress");
        }
        self.save_now(cx);
        self.reply_ok(id);
    }

    pub(super) fn bgsave(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        if argv.len() > 2 || argv.get(1).is_some_and(|word| !word.eq_ignore_ascii_case(b"schedule")) {
            return self.reply_error(id, "ERR syntax error");
        }
        if self.saving.is_some() {
            return self.reply_error(id, "ERR Background save already in progress");
        }
        self.start_save(cx, false, 0);
        self.reply(id, |replies| replies.simple("Background saving started"));
    }

    pub(super) fn lastsave(&mut self, id: ConnId) {
        let last_save_s = self.stats.last_save_s;
        self.reply(id, |replies| replies.integer(last_save_s));
    }

    /// Ends the process, after waiting for replicas unless NOW is given.
    pub(super) fn shutdown(&mut self, cx: &mut Cx<'_>, id: ConnId, argv: &[Bytes]) {
        let (mut now, mut force) = (false, false);
        let mut saves = None;
        for word in &argv[1..] {
            match word.to_ascii_lowercase().as_slice() {
                b"save" if saves != Some(false) => saves = Some(true),
                b"nosave" if saves != Some(true) => saves = Some(false),
                b"now" => now = true,
                b"force" => force = true,
                b"abort" if argv.len() == 2 => {
                    return match self.abort_shutdown(cx) {
                        Ok(()) => self.reply_ok(id),
                        Err(error) => self.reply_error(id, error),
                    };
                }
                _ => return self.reply_error(id, "ERR syntax error"),
            }
        }
        if self.in_exec && !now {
            let error = "ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client";
            return self.reply_error(id, error);
        }
        let saves = saves.unwrap_or(!self.config.save_points().is_empty());
        self.force_end(force);
        self.begin_shutdown(cx, Some(id), saves, now);
    }

    /// A number among the arguments of a CLIENT filter.
    pub(super) fn parse_id(word: &Bytes) -> Option<u64> {
        parse_i64(word).and_then(|id| u64::try_from(id).ok())
    }
}
