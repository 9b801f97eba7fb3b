//! HyperLogLogs: estimates of how many different elements were added, in strings of a form of their own. The registers and
//! every byte of the string are those of Redis, so that a replica and its master agree.

use std::fmt::Write;

use super::super::call::{Access, Call};
use crate::base::Bytes;
use crate::data::{Form, Value};

const MAGIC: &[u8; 4] = b"HYLL";
/// Magic, form, three bytes of nothing, and the estimate that was made last.
const HEADER: usize = 16;
/// Place of the estimate.
const ESTIMATE: usize = 8;
/// Bit of an estimate that is out of date.
const OUTDATED: u64 = 1 << 63;
const DENSE: u8 = 0;
const SPARSE: u8 = 1;
/// Bits of a hash that choose the register.
const INDEX_BITS: u32 = 14;
const REGISTERS: usize = 1 << INDEX_BITS;
/// Bits of a hash that are left for counting zeros.
const COUNT_BITS: u32 = 64 - INDEX_BITS;
/// Bits of a register.
const WIDTH: usize = 6;
const DENSE_BYTES: usize = HEADER + REGISTERS * WIDTH / 8;
/// Highest value and longest run of registers that the sparse form has.
const SPARSE_MAX: u8 = 32;
const RUN_MAX: usize = 4;
/// Longest run of zeros that takes one byte.
const SHORT_ZEROS_MAX: usize = 64;
/// `hll-sparse-max-bytes`, by default: above it the form becomes dense.
const SPARSE_BYTES_MAX: usize = 3000;
const NOT_ONE: &str = "WRONGTYPE Key is not a valid HyperLogLog string value.";
const CORRUPT: &str = "INVALIDOBJ Corrupted HLL object detected";

/// Registers of the same value, one after the other.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Run {
    value: u8,
    len: usize,
}

/// The registers, in one of the two forms.
enum Registers {
    Dense(Vec<u8>),
    Sparse(Vec<Run>),
}

struct HyperLogLog {
    /// The last estimate, with [`OUTDATED`] if it is.
    estimate: u64,
    registers: Registers,
}

/// `PFADD key [element ...]`
pub(super) fn pfadd(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(found) = read(call, key, Access::Write) else { return };
    let is_new = found.is_none();
    let mut sketch = found.unwrap_or_else(HyperLogLog::new);
    let changes = call.argv[2..].iter().filter(|element| sketch.add(element)).count() as u64 + u64::from(is_new);
    if changes > 0 {
        sketch.estimate |= OUTDATED;
        put(call, key, &sketch);
        call.effects.dirty += changes;
    }
    call.reply.integer(i64::from(changes > 0));
}

/// PFCOUNT key ...
pub(super) fn pfcount(call: &mut Call<'_>) {
    if call.argv.len() > 2 {
        let mut union = vec![0; REGISTERS];
        for key in &call.argv[1..] {
            match read(call, key, Access::Read) {
                None => return,
                Some(None) => {}
                Some(Some(sketch)) => sketch.raise(&mut union),
            }
        }
        return call.reply.integer(estimate(&union) as i64);
    }
    let key = call.arg(1);
    let Some(text) = text_of(call, key, Access::Read) else { return };
    // What the registers say does not matter while the estimate holds.
    let known = text.as_ref().map_or(Some(0), |text| estimate_in(text).filter(|estimate| *estimate < OUTDATED));
    if let Some(known) = known {
        return call.reply.integer(known as i64);
    }
    let Some(mut sketch) = text.and_then(|text| HyperLogLog::read(&text)) else { return call.reply.error(CORRUPT) };
    sketch.estimate = estimate(&sketch.all());
    put(call, key, &sketch);
    // Replicas note the estimate, too.
    call.effects.dirty += 1;
    call.reply.integer(sketch.estimate as i64);
}

/// `PFMERGE destination [source ...]`
pub(super) fn pfmerge(call: &mut Call<'_>) {
    let (mut union, mut dense) = (vec![0; REGISTERS], false);
    for key in &call.argv[1..] {
        match read(call, key, Access::Read) {
            None => return,
            Some(None) => {}
            Some(Some(sketch)) => {
                dense |= matches!(sketch.registers, Registers::Dense(_));
                sketch.raise(&mut union);
            }
        }
    }
    let key = call.arg(1);
    let Some(found) = read(call, key, Access::Write) else { return };
    let mut sketch = found.unwrap_or_else(HyperLogLog::new);
    if dense {
        sketch.make_dense();
    }
    for (index, &value) in union.iter().enumerate().filter(|(_, value)| **value > 0) {
        sketch.set(index, value);
    }
    sketch.estimate |= OUTDATED;
    put(call, key, &sketch);
    call.effects.dirty += 1;
    call.reply.ok();
}

/// `PFDEBUG GETREG | DECODE | ENCODING | TODENSE key`
pub(super) fn pfdebug(call: &mut Call<'_>) {
    let key = call.arg(2);
    let Some(found) = read(call, key, Access::Write) else { return };
    let Some(mut sketch) = found else { return call.reply.error("ERR The specified key does not exist") };
    let is_sparse = matches!(sketch.registers, Registers::Sparse(_));
    match call.arg(1).to_ascii_lowercase().as_slice() {
        b"getreg" => {
            let all = sketch.all();
            if is_sparse {
                sketch.make_dense();
                put(call, key, &sketch);
                call.effects.dirty += 1;
            }
            call.reply.array(REGISTERS);
            all.iter().for_each(|&value| call.reply.integer(i64::from(value)));
        }
        b"decode" => match &sketch.registers {
            Registers::Dense(_) => call.reply.error("ERR HLL encoding is not sparse"),
            Registers::Sparse(runs) => {
                let text = decoded(runs);
                call.reply.bulk_str(text.as_bytes());
            }
        },
        b"encoding" => call.reply.simple(if is_sparse { "sparse" } else { "dense" }),
        b"todense" => {
            if is_sparse {
                sketch.make_dense();
                put(call, key, &sketch);
                call.effects.dirty += 1;
            }
            call.reply.integer(i64::from(is_sparse));
        }
        word => {
            let text = format!("ERR Unknown PFDEBUG subcommand '{}'", String::from_utf8_lossy(word));
            call.reply.error(&text);
        }
    }
}

/// PFSELFTEST: the tests of this program are run elsewhere.
pub(super) fn pfselftest(call: &mut Call<'_>) {
    call.reply.ok();
}

/// What a key holds, `Some(None)` if there is no such key; `None` after answering that it is something else.
fn read(call: &mut Call<'_>, key: &Bytes, access: Access) -> Option<Option<HyperLogLog>> {
    let Some(text) = text_of(call, key, access)? else { return Some(None) };
    match HyperLogLog::read(&text) {
        Some(sketch) => Some(Some(sketch)),
        None => call.fail(CORRUPT),
    }
}

/// The string of a key, if it looks like one; like [`read`] otherwise.
fn text_of(call: &mut Call<'_>, key: &Bytes, access: Access) -> Option<Option<Bytes>> {
    let Some(text) = call.string(key, access)? else { return Some(None) };
    if text.len() < HEADER || !text.starts_with(MAGIC) || text[4] > SPARSE {
        return call.fail(NOT_ONE);
    }
    if text[4] == DENSE && text.len() != DENSE_BYTES {
        return call.fail(NOT_ONE);
    }
    Some(Some(text))
}

fn estimate_in(text: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(*text.get(ESTIMATE..)?.first_chunk()?))
}

/// Puts it into its key, whose deadline stays.
fn put(call: &mut Call<'_>, key: &Bytes, sketch: &HyperLogLog) {
    let text = Bytes::from(sketch.written());
    if !call.keyspace.update(call.db, key, &mut |value| *value = Value::Str(text.clone())) {
        call.keyspace.insert(call.db, key.clone(), Value::Str(text), None);
    }
    call.keyspace.mark_form(call.db, key, Form::Raw);
}

impl HyperLogLog {
    fn new() -> HyperLogLog {
        HyperLogLog { estimate: 0, registers: Registers::Sparse(vec![Run { value: 0, len: REGISTERS }]) }
    }

    fn read(text: &[u8]) -> Option<HyperLogLog> {
        let estimate = estimate_in(text)?;
        let registers = match text[4] {
            DENSE => Registers::Dense(unpacked(text.get(HEADER..)?)),
            _ => Registers::Sparse(runs(text.get(HEADER..)?)?),
        };
        Some(HyperLogLog { estimate, registers })
    }

    fn written(&self) -> Vec<u8> {
        let mut text = MAGIC.to_vec();
        text.extend([if matches!(self.registers, Registers::Dense(_)) { DENSE } else { SPARSE }, 0, 0, 0]);
        text.extend(self.estimate.to_le_bytes());
        match &self.registers {
            Registers::Dense(all) => text.extend(packed(all)),
            Registers::Sparse(runs) => runs.iter().for_each(|run| run.write(&mut text)),
        }
        text
    }

    /// Adds an element; says whether that changed a register.
    fn add(&mut self, element: &[u8]) -> bool {
        let hash = murmur(element);
        let index = hash as usize % REGISTERS;
        let rest = hash >> INDEX_BITS | 1 << COUNT_BITS;
        self.set(index, rest.trailing_zeros() as u8 + 1)
    }

    /// Raises a register to `value`; false if it is as high already.
    fn set(&mut self, index: usize, value: u8) -> bool {
        if let Registers::Sparse(runs) = &mut self.registers {
            match set_sparse(runs, index, value) {
                Some(changed) => return changed,
                None => self.make_dense(),
            }
        }
        let Registers::Dense(all) = &mut self.registers else { return false };
        let raised = all[index] < value;
        all[index] = all[index].max(value);
        raised
    }

    fn make_dense(&mut self) {
        self.registers = Registers::Dense(self.all());
    }

    fn all(&self) -> Vec<u8> {
        match &self.registers {
            Registers::Dense(all) => all.clone(),
            Registers::Sparse(runs) => runs.iter().flat_map(|run| std::iter::repeat_n(run.value, run.len)).collect(),
        }
    }

    /// Raises the registers of a union.
    fn raise(&self, union: &mut [u8]) {
        for (one, own) in union.iter_mut().zip(self.all()) {
            *one = (*one).max(own);
        }
    }
}

impl Run {
    /// Bytes in the sparse form.
    fn bytes(self) -> usize {
        if self.value == 0 && self.len > SHORT_ZEROS_MAX { 2 } else { 1 }
    }

    fn write(self, out: &mut Vec<u8>) {
        let len = self.len - 1;
        match self.value {
            0 if self.bytes() == 2 => out.extend([0x40 | (len >> 8) as u8, len as u8]),
            0 => out.push(len as u8),
            value => out.push(0x80 | (value - 1) << 2 | len as u8),
        }
    }
}

/// The runs of the sparse form; `None` if they are not that of all registers.
fn runs(mut text: &[u8]) -> Option<Vec<Run>> {
    let (mut runs, mut covered) = (Vec::new(), 0);
    while let Some((&first, rest)) = text.split_first() {
        text = rest;
        let run = match first {
            0..=0x3f => Run { value: 0, len: usize::from(first) + 1 },
            0x40..=0x7f => {
                let (&low, rest) = text.split_first()?;
                text = rest;
                Run { value: 0, len: (usize::from(first & 0x3f) << 8 | usize::from(low)) + 1 }
            }
            _ => Run { value: (first >> 2 & 0x1f) + 1, len: usize::from(first & 3) + 1 },
        };
        covered += run.len;
        runs.push(run);
    }
    (covered == REGISTERS).then_some(runs)
}

/// Raises a register of the sparse form; `None` if that form does not take it. Which runs become one is Redis's way.
fn set_sparse(runs: &mut Vec<Run>, index: usize, value: u8) -> Option<bool> {
    if value > SPARSE_MAX {
        return None;
    }
    let (mut at, mut first) = (0, 0);
    while first + runs[at].len <= index {
        first += runs[at].len;
        at += 1;
    }
    let old = runs[at];
    if old.value >= value {
        return Some(false);
    }
    let parts = [
        Run { value: old.value, len: index - first },
        Run { value, len: 1 },
        Run { value: old.value, len: first + old.len - 1 - index },
    ];
    let parts: Vec<Run> = parts.into_iter().filter(|run| run.len > 0).collect();
    let new_bytes: usize = parts.iter().map(|run| run.bytes()).sum();
    let bytes: usize = HEADER + runs.iter().map(|run| run.bytes()).sum::<usize>();
    if new_bytes > old.bytes() && bytes + new_bytes - old.bytes() > SPARSE_BYTES_MAX {
        return None;
    }
    runs.splice(at..=at, parts);
    merge(runs, at.saturating_sub(1));
    Some(true)
}

/// Makes neighbours of the same value one run, near the place of a change.
fn merge(runs: &mut Vec<Run>, mut at: usize) {
    const LOOKED_AT: usize = 5;
    for _ in 0..LOOKED_AT {
        let (Some(&run), next) = (runs.get(at), runs.get(at + 1).copied()) else { return };
        match next.filter(|next| run.value > 0 && next.value == run.value && next.len + run.len <= RUN_MAX) {
            Some(next) => {
                runs[at].len += next.len;
                runs.remove(at + 1);
            }
            None => at += 1,
        }
    }
}

/// Registers of six bits each, the lowest first.
fn packed(all: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0u8; all.len() * WIDTH / 8];
    for (index, &value) in all.iter().enumerate() {
        let (byte, shift) = (index * WIDTH / 8, index * WIDTH % 8);
        let wide = u16::from(value) << shift;
        bytes[byte] |= wide as u8;
        if let Some(next) = bytes.get_mut(byte + 1) {
            *next |= (wide >> 8) as u8;
        }
    }
    bytes
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let byte = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
    let register = |index: usize| {
        let (at, shift) = (index * WIDTH / 8, index * WIDTH % 8);
        ((byte(at) | byte(at + 1) << 8) >> shift) as u8 & 0x3f
    };
    (0..REGISTERS).map(register).collect()
}

/// How many elements these registers stand for, after Ertl (arXiv:1702.01284).
fn estimate(all: &[u8]) -> u64 {
    const ALPHA: f64 = 0.721_347_520_444_481_7;
    let mut histogram = [0u32; 64];
    all.iter().for_each(|&value| histogram[usize::from(value & 0x3f)] += 1);
    let (registers, top) = (REGISTERS as f64, COUNT_BITS as usize);
    let mut z = registers * tau((registers - f64::from(histogram[top + 1])) / registers);
    for &count in histogram[1..=top].iter().rev() {
        z = (z + f64::from(count)) * 0.5;
    }
    z += registers * sigma(f64::from(histogram[0]) / registers);
    libm::round(ALPHA * registers * registers / z) as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

/// The runs as PFDEBUG shows them.
fn decoded(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        let _ = match run.value {
            0 if run.bytes() == 2 => write!(text, "Z:{} ", run.len),
            0 => write!(text, "z:{} ", run.len),
            value => write!(text, "v:{value},{} ", run.len),
        };
    }
    text.trim_end().to_owned()
}

/// MurmurHash2 of 64 bits.
fn murmur(bytes: &[u8]) -> u64 {
    const SEED: u64 = 0xadc8_3b19;
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    const R: u32 = 47;
    let mut hash = SEED ^ (bytes.len() as u64).wrapping_mul(M);
    let (blocks, tail) = bytes.as_chunks::<8>();
    for block in blocks {
        let mut k = u64::from_le_bytes(*block).wrapping_mul(M);
        k = (k ^ k >> R).wrapping_mul(M);
        hash = (hash ^ k).wrapping_mul(M);
    }
    if !tail.is_empty() {
        let mut last = [0; 8];
        last[..tail.len()].copy_from_slice(tail);
        hash = (hash ^ u64::from_le_bytes(last)).wrapping_mul(M);
    }
    hash = (hash ^ hash >> R).wrapping_mul(M);
    hash ^ hash >> R
}
