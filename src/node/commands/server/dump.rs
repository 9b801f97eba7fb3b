//! DUMP and RESTORE: single values in the form of snapshots.

use super::super::call::{Access, Call, SYNTAX_ERROR, integer_bytes};
use crate::base::Bytes;
use crate::rdb;

/// DUMP key
pub(super) fn dump(call: &mut Call<'_>) {
    match call.value(call.arg(1), Access::Read) {
        Some(value) => call.reply.bulk(&rdb::dump(&value)),
        None => call.reply.null(),
    }
}

/// `RESTORE key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]. Propagated with the time at which the`
/// key expires (`docs/redis-replication.md` 6.5).
pub(super) fn restore(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(Options { replace, absolute, idle_s, frequency }) = options(call) else { return };
    if !replace && call.exists(key, Access::Write) {
        return call.reply.error("BUSYKEY Target key name already exists.");
    }
    let Some(ttl) = call.integer_arg(2) else { return };
    if ttl < 0 {
        return call.reply.error("ERR Invalid TTL value, must be >= 0");
    }
    let value = match rdb::restore(call.arg(3), !call.skips_checksums) {
        Ok(value) => value,
        Err(rdb::RdbError::WrongChecksum | rdb::RdbError::VersionTooNew { .. }) => {
            return call.reply.error("ERR DUMP payload version or checksum are wrong");
        }
        Err(error) => {
            call.effects.bad_value = Some(error);
            return call.reply.error("ERR Bad data format");
        }
    };
    let expire_ms = match (ttl, absolute) {
        (0, _) => None,
        (ttl, true) => Some(ttl),
        (ttl, false) => Some(ttl.saturating_add(call.now_ms)),
    };
    let deleted = replace && call.exists(key, Access::Write) && call.keyspace.remove(call.db, key).is_some();
    if expire_ms.is_some_and(|expire_ms| call.is_past(expire_ms)) {
        if deleted {
            call.effects.dirty += 1;
            call.rewrite(["DEL".into(), key.clone()]);
        }
        return call.reply.ok();
    }
    call.keyspace.insert(call.db, key.clone(), value, expire_ms);
    if let Some(entry) = call.keyspace.get(call.db, key) {
        entry.set_usage(call.keyspace.clock(), idle_s, frequency);
    }
    call.effects.dirty += 1;
    call.reply.ok();
    if let (Some(expire_ms), false) = (expire_ms, absolute) {
        let mut words: Vec<Bytes> = call.argv.to_vec();
        words[2] = integer_bytes(expire_ms);
        words.push("ABSTTL".into());
        call.rewrite_all(vec![words]);
    }
}

/// The words behind the payload.
#[derive(Default)]
struct Options {
    replace: bool,
    absolute: bool,
    idle_s: Option<i64>,
    frequency: Option<u32>,
}

/// Reads them; `None` after answering what is wrong.
fn options(call: &mut Call<'_>) -> Option<Options> {
    let (mut options, mut index) = (Options::default(), 4);
    while index < call.argv.len() {
        let more = index + 1 < call.argv.len();
        if call.arg_is(index, "REPLACE") {
            options.replace = true;
        } else if call.arg_is(index, "ABSTTL") {
            options.absolute = true;
        } else if call.arg_is(index, "IDLETIME") && more && options.frequency.is_none() {
            index += 1;
            options.idle_s = Some(call.integer_arg(index)?);
            if options.idle_s < Some(0) {
                return call.fail("ERR Invalid IDLETIME value, must be >= 0");
            }
        } else if call.arg_is(index, "FREQ") && more && options.idle_s.is_none() {
            index += 1;
            options.frequency = u32::try_from(call.integer_arg(index)?).ok().filter(|frequency| *frequency <= 255);
            if options.frequency.is_none() {
                return call.fail("ERR Invalid FREQ value, must be >= 0 and <= 255");
            }
        } else {
            return call.fail(SYNTAX_ERROR);
        }
        index += 1;
    }
    Some(options)
}
