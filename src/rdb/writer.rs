//! Writes snapshots byte for byte as Redis 7.0.15 does, but for the order of keys, which there depends on a random seed.

use super::listpack::Builder;
use super::lzf::Compressor;
use super::{AuxFields, CRC64, VERSION, collections, form, kind, opcode};
use crate::base::{Bytes, Mutant, format_i64, format_u64, parse_i64};
use crate::data::{Keyspace, List, Value};

/// What the snapshot says wrote it.
const REDIS_VERSION: &[u8] = b"7.0.15";
/// Longest text that is looked at as a number.
const INTEGER_TEXT_MAX: usize = 11;
/// Strings up to this length are not compressed.
const PLAIN_MAX: usize = 20;
/// What compression has to save.
const SAVING_MIN: usize = 4;
/// Largest node of a list: `list-max-listpack-size -2`.
const NODE_BYTES_MAX: usize = 8192;
/// What Redis reckons for the lengths of an element when it asks whether the element still fits into a node.
const ELEMENT_OVERHEAD: usize = 8;

/// The snapshot of a data set. `compress` is `rdbcompression`, `checksum` is `rdbchecksum`.
pub fn write(keyspace: &Keyspace, aux: &AuxFields, compress: bool, checksum: bool) -> Bytes {
    let room = keyspace.dataset_bytes() - keyspace.ballast() + 256;
    let compressor = compress.then(Compressor::default);
    let mut writer =
        Writer { out: Vec::with_capacity(usize::try_from(room).unwrap_or(0)), compressor, packed: Vec::new() };
    writer.out.extend_from_slice(b"REDIS");
    writer.out.extend_from_slice(&[b'0', b'0', b'0' + (VERSION / 10) as u8, b'0' + (VERSION % 10) as u8]);
    writer.aux_fields(aux);
    for db in keyspace.used_databases() {
        if db > 0 && Mutant::SnapshotDropsDatabase.lives() {
            continue;
        }
        writer.database(keyspace, db);
    }
    writer.out.push(opcode::END);
    let sum = if checksum { CRC64.checksum(&writer.out) } else { 0 };
    writer.out.extend_from_slice(&sum.to_le_bytes());
    writer.out.into()
}

/// One value as DUMP answers it: type, value, version, checksum.
pub fn dump(value: &Value) -> Bytes {
    let compressor = Some(Compressor::default());
    let mut writer = Writer { out: vec![kind_of(value)], compressor, packed: Vec::new() };
    writer.value(value);
    writer.out.extend_from_slice(&(VERSION as u16).to_le_bytes());
    let sum = CRC64.checksum(&writer.out);
    writer.out.extend_from_slice(&sum.to_le_bytes());
    writer.out.into()
}

/// Makes a snapshot.
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    compressor: Option<Compressor>,
    /// Room for the compressed form of one string.
    packed: Vec<u8>,
}

impl Writer {
    fn aux_fields(&mut self, aux: &AuxFields) {
        self.aux(b"redis-ver", REDIS_VERSION);
        self.aux_number(b"redis-bits", 64);
        self.aux_number(b"ctime", aux.ctime_s);
        self.aux_number(b"used-mem", aux.used_mem);
        if let Some(repl) = &aux.repl {
            self.aux_integer(b"repl-stream-db", repl.stream_db);
            self.aux(b"repl-id", repl.replid.as_str().as_bytes());
            self.aux_integer(b"repl-offset", repl.offset);
        }
        self.aux_number(b"aof-base", 0);
    }

    fn aux_integer(&mut self, name: &[u8], value: i64) {
        let mut text = Vec::new();
        format_i64(value, &mut text);
        self.aux(name, &text);
    }

    fn aux_number(&mut self, name: &[u8], value: u64) {
        let mut text = Vec::new();
        format_u64(value, &mut text);
        self.aux(name, &text);
    }

    fn aux(&mut self, name: &[u8], value: &[u8]) {
        self.out.push(opcode::AUX);
        self.string(name);
        self.string(value);
    }

    fn database(&mut self, keyspace: &Keyspace, db: usize) {
        self.out.push(opcode::SELECT_DB);
        self.length(db as u64);
        self.out.push(opcode::RESIZE_DB);
        self.length(keyspace.len(db) as u64);
        self.length(keyspace.keys_with_expiry(db) as u64);
        for (key, value, expire_ms) in keyspace.entries(db) {
            if Mutant::SnapshotDropsKey.lives() && key.ends_with(b"1") {
                continue;
            }
            if let Some(expire_ms) = expire_ms.filter(|_| !Mutant::SnapshotDropsDeadline.lives()) {
                self.out.push(opcode::EXPIRE_MS);
                self.out.extend_from_slice(&expire_ms.to_le_bytes());
            }
            self.out.push(kind_of(value));
            self.string(key);
            self.value(value);
        }
    }

    /// What follows the key.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Str(text) => self.string(text),
            Value::List(list) => self.list(list),
            _ => collections::write(self, value),
        }
    }

    /// A list as the nodes that pushing its elements at the tail makes. Not inlined: a page whose data set has no lists does
    /// without its code.
    #[inline(never)]
    fn list(&mut self, list: &List) {
        let mut nodes = Vec::new();
        let mut node = Builder::new();
        for element in list.iter() {
            if !node.is_empty() && node.len() + element.len() + ELEMENT_OVERHEAD > NODE_BYTES_MAX {
                nodes.push(core::mem::replace(&mut node, Builder::new()).finish());
            }
            node.push(element);
        }
        if !node.is_empty() {
            nodes.push(node.finish());
        }
        self.length(nodes.len() as u64);
        for node in nodes {
            self.length(form::PACKED);
            self.string(&node);
        }
    }

    pub(super) fn length(&mut self, len: u64) {
        match len {
            0..0x40 => self.out.push(len as u8),
            0x40..0x4000 => self.out.extend_from_slice(&[0x40 | (len >> 8) as u8, len as u8]),
            0x4000..=0xffff_ffff => {
                self.out.push(0x80);
                self.out.extend_from_slice(&(len as u32).to_be_bytes());
            }
            _ => {
                self.out.push(0x81);
                self.out.extend_from_slice(&len.to_be_bytes());
            }
        }
    }

    /// A string as a number, compressed, or as it is.
    pub(super) fn string(&mut self, text: &[u8]) {
        let number = if text.len() <= INTEGER_TEXT_MAX { parse_i64(text) } else { None };
        match number {
            Some(value @ -0x80..=0x7f) => self.out.extend_from_slice(&[form::INT8, value as u8]),
            Some(value @ -0x8000..=0x7fff) => {
                self.out.push(form::INT16);
                self.out.extend_from_slice(&(value as i16).to_le_bytes());
            }
            Some(value @ -0x8000_0000..=0x7fff_ffff) => {
                self.out.push(form::INT32);
                self.out.extend_from_slice(&(value as i32).to_le_bytes());
            }
            _ => {
                if !self.compressed(text) {
                    self.length(text.len() as u64);
                    self.out.extend_from_slice(text);
                }
            }
        }
    }

    /// Writes the string compressed if that saves enough.
    fn compressed(&mut self, text: &[u8]) -> bool {
        let Some(compressor) = self.compressor.as_mut().filter(|_| text.len() > PLAIN_MAX) else { return false };
        let mut packed = core::mem::take(&mut self.packed);
        packed.clear();
        let saves = compressor.compress(text, text.len() - SAVING_MIN, &mut packed);
        if saves {
            self.out.push(form::LZF);
            self.length(packed.len() as u64);
            self.length(text.len() as u64);
            self.out.extend_from_slice(&packed);
        }
        self.packed = packed;
        saves
    }
}

/// The type that Redis writes for a value.
fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Str(_) => kind::STRING,
        Value::List(_) => kind::LIST_QUICKLIST_2,
        _ => collections::kind_of(value),
    }
}
