//! DEBUG beyond what the page has: signatures of the data, loading what was saved, a look at objects, switches that the
//! real server's own tests turn.

use super::super::Node;
use super::super::context::Cx;
use super::super::contract::Output;
use super::super::propagate::Propagated;
use super::digest;
use crate::base::{Bytes, ConnId, format_i64, parse_i64, parse_memory};
use crate::data::{Entry, Value};
use crate::event::StopReason;
use crate::rdb;

/// Keys that POPULATE makes at most.
const POPULATE_MAX: i64 = 10_000_000;
/// Bytes of a value that POPULATE makes at most.
const POPULATE_BYTES_MAX: i64 = 1 << 20;
/// About as many bytes of a list are one node.
const NODE_BYTES: u64 = 8192;
/// No element is so large that a list keeps it apart from the others: what QUICKLIST-PACKED-THRESHOLD may be set to.
const THRESHOLD_MAX: u64 = 1 << 32;
const PROTOCOL_TYPES: &str = "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum\
    |null|array|set|map|attrib|push|verbatim|true|false";

impl Node {
    pub(in crate::node) fn skips_checksums(&self) -> bool {
        self.service.skips_checksums
    }

    pub(super) fn debug_more(&mut self, cx: &mut Cx<'_>, id: ConnId, word: &[u8], argv: &[Bytes]) -> bool {
        let db = self.conns.get(&id).map_or(0, |conn| conn.db);
        match (word, &argv[2..]) {
            (b"digest", []) => {
                let digest = digest::of_keyspace(&self.keyspace);
                self.reply(id, |replies| replies.simple(&digest));
            }
            (b"digest-value", keys) => {
                let digests: Vec<String> =
                    keys.iter().map(|key| digest::of_entry(self.keyspace.get(db, key))).collect();
                self.reply(id, |replies| {
                    replies.array(digests.len());
                    digests.iter().for_each(|digest| replies.simple(digest));
                });
            }
            (b"reload", options) => self.debug_reload(cx, id, options),
            (b"object", [key]) => self.debug_object(id, db, key),
            (b"sdslen", [key]) => self.debug_sdslen(id, db, key),
            (b"listpack", [key]) => self.debug_listpack(id, db, key),
            (b"quicklist", [key] | [key, _]) => match self.keyspace.get(db, key).map(Entry::value) {
                Some(Value::List(_)) => self.reply(id, |replies| replies.simple("Lists are one piece here")),
                Some(_) => self.reply_error(id, "ERR Not a quicklist encoded object."),
                None => self.reply_error(id, "ERR no such key"),
            },
            (b"populate", [count, rest @ ..]) if rest.len() <= 2 => self.populate(id, db, count, rest),
            (b"protocol", [kind]) => self.debug_protocol(id, kind),
            (b"error", [text]) => self.reply(id, |replies| replies.error_bytes(text)),
            (b"log", [_]) | (b"leak", [_]) | (b"structsize" | b"stringmatch-test", []) => self.reply_ok(id),
            (b"replicate", words @ [_, ..]) => {
                let db = self.stream_db.unwrap_or(0);
                self.emit(cx, &[Propagated { db, argv: words.to_vec() }], false);
                self.reply_ok(id);
            }
            (b"config-rewrite-force-all", []) => self.config_rewrite(cx, id),
            (b"quicklist-packed-threshold", [size]) => self.packed_threshold(id, size),
            (b"pause-cron", [value]) => {
                self.service.cron_paused = parse_i64(value).unwrap_or(0) != 0;
                if !self.service.cron_paused {
                    self.cron_resumed(cx);
                }
                self.reply_ok(id);
            }
            (b"set-skip-checksum-validation", [value]) => {
                self.service.skips_checksums = parse_i64(value).unwrap_or(0) != 0;
                self.reply_ok(id);
            }
            (b"segfault" | b"panic", []) => self.exit(cx, StopReason::Crash),
            (b"set-disable-deny-scripts" | b"aof-flush-sleep", [_]) | (b"replybuffer", [_, _]) => self.reply_ok(id),
            (b"htstats", [_]) | (b"htstats-key", [_]) => {
                self.reply(id, |replies| replies.verbatim(b"There are no hash tables here.\n"));
            }
            _ => return false,
        }
        true
    }

    /// Saves the data and reads it back, or reads what was saved last.
    fn debug_reload(&mut self, cx: &mut Cx<'_>, id: ConnId, options: &[Bytes]) {
        let (mut merges, mut flushes, mut saves) = (false, true, true);
        for option in options {
            match option.to_ascii_lowercase().as_slice() {
                b"merge" => merges = true,
                b"noflush" => flushes = false,
                b"nosave" => saves = false,
                _ => {
                    let error = "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.";
                    return self.reply_error(id, error);
                }
            }
        }
        let snapshot = match (saves, &self.service.saved) {
            (true, _) => self.take_snapshot(cx),
            (false, Some(saved)) => saved.clone(),
            (false, None) => return self.reply_error(id, "ERR Error trying to load the RDB dump, check server logs."),
        };
        if saves {
            cx.ask(Output::Persist(snapshot.clone()));
        }
        let is_replica = self.link.is_some();
        let loaded = rdb::read(&snapshot.rdb, cx.now.unix_ms, is_replica, self.config.databases());
        let Ok(loaded) = loaded else {
            return self.reply_error(id, "ERR Error trying to load the RDB dump, check server logs.");
        };
        if saves {
            self.service.saved = Some(snapshot);
            self.stats.dirty = 0;
        }
        if flushes {
            self.keyspace.replace(loaded.keyspace);
        } else {
            self.merge(loaded.keyspace, merges);
        }
        self.reply_ok(id);
    }

    /// Puts loaded keys among those that are there.
    fn merge(&mut self, loaded: crate::data::Keyspace, replaces: bool) {
        for db in loaded.used_databases() {
            for (key, value, expire_ms) in loaded.entries(db) {
                if replaces || self.keyspace.get(db, key).is_none() {
                    self.keyspace.insert(db, key.clone(), value.clone(), expire_ms);
                }
            }
        }
    }

    fn debug_object(&mut self, id: ConnId, db: usize, key: &Bytes) {
        let Some(entry) = self.keyspace.get(db, key) else { return self.reply_error(id, "ERR no such key") };
        let value = entry.value();
        let encoding = super::super::commands::encoding(entry);
        // The type, the version and the checksum of DUMP are not part of it.
        let length = rdb::dump(value).len().saturating_sub(11);
        let idle_s = entry.idle_s(self.keyspace.clock());
        let mut text = format!(
            "Value at:0x0 refcount:1 encoding:{encoding} serializedlength:{length} lru:0 lru_seconds_idle:{idle_s}"
        );
        if let Value::List(list) = value {
            let bytes = list.payload_bytes();
            let nodes = usize::try_from(bytes / NODE_BYTES).unwrap_or(0) + 1;
            let (average, hundredths) = (list.len() / nodes, list.len() * 100 / nodes % 100);
            text += &format!(
                " ql_nodes:{nodes} ql_avg_node:{average}.{hundredths:02} ql_listpack_max:-2 ql_compressed:0 \
                 ql_uncompressed_size:{bytes}"
            );
        }
        self.reply(id, |replies| replies.simple(&text));
    }

    fn debug_sdslen(&mut self, id: ConnId, db: usize, key: &Bytes) {
        let Some(entry) = self.keyspace.get(db, key) else { return self.reply_error(id, "ERR no such key") };
        let Value::Str(text) = entry.value() else {
            return self.reply_error(id, "ERR Not an sds encoded string.");
        };
        if parse_i64(text).is_some() {
            return self.reply_error(id, "ERR Not an sds encoded string.");
        }
        let (key_len, len) = (key.len(), text.len());
        let text = format!(
            "key_sds_len:{key_len}, key_sds_avail:0, key_zmalloc: {key_len}, val_sds_len:{len}, val_sds_avail:0, \
             val_zmalloc: {len}"
        );
        self.reply(id, |replies| replies.simple(&text));
    }

    fn debug_listpack(&mut self, id: ConnId, db: usize, key: &Bytes) {
        let Some(entry) = self.keyspace.get(db, key) else { return self.reply_error(id, "ERR no such key") };
        match super::super::commands::encoding(entry) {
            "listpack" => self.reply(id, |replies| replies.simple("Listpack structure printed on stdout")),
            _ => self.reply_error(id, "ERR Not a listpack encoded object."),
        }
    }

    /// `DEBUG POPULATE count [prefix] [size]`: keys that no replica hears of.
    fn populate(&mut self, id: ConnId, db: usize, count: &Bytes, rest: &[Bytes]) {
        let number = |word: &Bytes, max: i64| parse_i64(word).filter(|number| (0..=max).contains(number));
        let size = rest.get(1).map_or(Some(0), |size| number(size, POPULATE_BYTES_MAX));
        let (Some(count), Some(size)) = (number(count, POPULATE_MAX), size) else {
            return self.reply_error(id, "ERR value is out of range, must be positive");
        };
        let prefix = rest.first().map_or(&b"key"[..], |prefix| prefix.as_slice());
        for index in 0..count {
            let mut key = prefix.to_vec();
            key.push(b':');
            format_i64(index, &mut key);
            if self.keyspace.get(db, &key).is_some() {
                continue;
            }
            let mut value = b"value:".to_vec();
            format_i64(index, &mut value);
            if size > 0 {
                value.resize(size as usize, 0);
            }
            self.keyspace.insert(db, key.into(), Value::Str(value.into()), None);
        }
        self.reply_ok(id);
    }

    fn packed_threshold(&mut self, id: ConnId, size: &Bytes) {
        let size = str::from_utf8(size).ok().and_then(parse_memory);
        match size.filter(|size| *size < THRESHOLD_MAX) {
            Some(_) => self.reply_ok(id),
            None => self.reply_error(id, "ERR argument must be a memory value bigger than 1 and smaller than 4gb"),
        }
    }

    /// An answer of each type of the protocol.
    fn debug_protocol(&mut self, id: ConnId, kind: &Bytes) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let replies = &mut conn.replies;
        match kind.to_ascii_lowercase().as_slice() {
            b"string" => replies.bulk_str(b"Hello World"),
            b"integer" => replies.integer(12345),
            b"double" => replies.double(b"3.141"),
            b"bignum" if replies.is_resp3() => replies.raw(b"(1234567999999999999999999999999999999\r\n"),
            b"bignum" => replies.bulk_str(b"1234567999999999999999999999999999999"),
            b"null" => replies.null(),
            b"array" => {
                replies.array(3);
                (0..3).for_each(|number| replies.integer(number));
            }
            b"set" => {
                replies.set(3);
                (0..3).for_each(|number| replies.integer(number));
            }
            b"map" => {
                replies.map(3);
                for number in 0..3 {
                    replies.integer(number);
                    replies.boolean(number == 1);
                }
            }
            b"attrib" => {
                if replies.is_resp3() {
                    replies.raw(b"|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n");
                }
                replies.bulk_str(b"Some real reply following the attribute");
            }
            b"push" if !replies.is_resp3() => replies.error("ERR RESP2 is not supported by this command"),
            b"push" => {
                replies.push(2);
                replies.bulk_str(b"server-cpu-usage");
                replies.integer(42);
                replies.bulk_str(b"Some real reply following the push reply");
            }
            b"true" => replies.boolean(true),
            b"false" => replies.boolean(false),
            b"verbatim" => replies.verbatim(b"This is a verbatim\nstring"),
            _ => replies.error(PROTOCOL_TYPES),
        }
    }

    /// CONFIG REWRITE. The file is the business of whoever runs the node.
    pub(super) fn config_rewrite(&mut self, cx: &mut Cx<'_>, id: ConnId) {
        if self.service.process.config_file.is_empty() {
            return self.reply_error(id, "ERR The server is running without a config file");
        }
        cx.ask(Output::RewriteConfig { conn: id });
        let in_exec = self.in_exec;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        // A transaction goes on at once: there the answer does not wait for the file.
        match in_exec {
            true => conn.replies.ok(),
            false => conn.awaits_file = true,
        }
    }

    /// The configuration file was written, or could not be.
    pub(in crate::node) fn config_rewritten(&mut self, cx: &mut Cx<'_>, id: ConnId, error: Option<String>) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if !std::mem::take(&mut conn.awaits_file) {
            return;
        }
        match error {
            None => conn.replies.ok(),
            Some(error) => {
                conn.replies.error(&format!("ERR Rewriting config file: {error}"));
                self.note_failed(super::full_name("config", &["config".into(), "rewrite".into()]));
            }
        }
        cx.writable(id);
        self.note_errors(id);
        self.unblocked.push(id);
    }
}
