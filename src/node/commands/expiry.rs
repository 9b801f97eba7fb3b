//! Deadlines of keys. A master turns every relative time into an absolute one before it propagates it, so that all
//! servers agree on the moment (`docs/redis-replication.md` 6.5).

use super::call::{Access, Call, integer_bytes};
use crate::base::Mutant;

/// Conditions of the EXPIRE family.
#[derive(Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

/// `EXPIRE key seconds [NX | XX | GT | LT]`
pub(super) fn expire(call: &mut Call<'_>) {
    let _ = set_deadline(call, 1000, call.now_ms);
}

/// `PEXPIRE key milliseconds [NX | XX | GT | LT]`
pub(super) fn pexpire(call: &mut Call<'_>) {
    let _ = set_deadline(call, 1, call.now_ms);
}

/// `EXPIREAT key unix-seconds [NX | XX | GT | LT]`
pub(super) fn expireat(call: &mut Call<'_>) {
    let _ = set_deadline(call, 1000, 0);
}

/// `PEXPIREAT key unix-milliseconds [NX | XX | GT | LT]`
pub(super) fn pexpireat(call: &mut Call<'_>) {
    let _ = set_deadline(call, 1, 0);
}

/// Sets the deadline to `base_ms` plus the second argument in units of `unit_ms`; `None` after an error.
fn set_deadline(call: &mut Call<'_>, unit_ms: i64, base_ms: i64) -> Option<()> {
    let conditions = conditions(call)?;
    let number = call.integer_arg(2)?;
    let Some(deadline_ms) = number.checked_mul(unit_ms).and_then(|ms| ms.checked_add(base_ms)) else {
        return fail_expire_time(call);
    };
    let key = call.arg(1);
    let current = call.entry(call.db, key, Access::Write).map(|entry| entry.expire_ms());
    if !current.is_some_and(|current_ms| conditions.allow(current_ms, deadline_ms)) {
        call.reply.integer(0);
        return None;
    }
    if call.is_past(deadline_ms) {
        call.delete_as_expired(key);
        call.reply.integer(1);
        return None;
    }
    call.keyspace.set_expire(call.db, key, Some(deadline_ms));
    // The absolute form in milliseconds goes as it came, spelling included.
    if (unit_ms, base_ms) != (1, 0) && !Mutant::RelativeDeadline.lives() {
        let mut words = call.argv.to_vec();
        words[0] = "PEXPIREAT".into();
        words[2] = integer_bytes(deadline_ms);
        call.effects.replace = Some(vec![words]);
    }
    call.changed(1);
    Some(())
}

fn conditions(call: &mut Call<'_>) -> Option<Conditions> {
    let mut conditions = Conditions::default();
    for index in 3..call.argv.len() {
        let flag = match () {
            () if call.arg_is(index, "NX") => &mut conditions.nx,
            () if call.arg_is(index, "XX") => &mut conditions.xx,
            () if call.arg_is(index, "GT") => &mut conditions.gt,
            () if call.arg_is(index, "LT") => &mut conditions.lt,
            () => {
                let mut text = b"ERR Unsupported option ".to_vec();
                text.extend_from_slice(super::before_nul(call.arg(index)));
                call.reply.error_bytes(&text);
                return None;
            }
        };
        *flag = true;
    }
    if conditions.nx && (conditions.xx || conditions.gt || conditions.lt) {
        return call.fail("ERR NX and XX, GT or LT options at the same time are not compatible");
    }
    if conditions.gt && conditions.lt {
        return call.fail("ERR GT and LT options at the same time are not compatible");
    }
    Some(conditions)
}

impl Conditions {
    /// Whether a key with this deadline may get that one. No deadline counts as later than any.
    fn allow(&self, current_ms: Option<i64>, deadline_ms: i64) -> bool {
        match current_ms {
            None => !self.xx && !self.gt,
            Some(current_ms) => {
                let refused =
                    self.nx || (self.gt && deadline_ms <= current_ms) || (self.lt && deadline_ms >= current_ms);
                !refused
            }
        }
    }
}

/// TTL key
pub(super) fn ttl(call: &mut Call<'_>) {
    answer_deadline(call, |deadline_ms, now_ms| (deadline_ms.saturating_sub(now_ms).max(0).saturating_add(500)) / 1000);
}

/// PTTL key
pub(super) fn pttl(call: &mut Call<'_>) {
    answer_deadline(call, |deadline_ms, now_ms| deadline_ms.saturating_sub(now_ms).max(0));
}

/// EXPIRETIME key
pub(super) fn expiretime(call: &mut Call<'_>) {
    answer_deadline(call, |deadline_ms, _| deadline_ms.max(0).saturating_add(500) / 1000);
}

/// PEXPIRETIME key
pub(super) fn pexpiretime(call: &mut Call<'_>) {
    answer_deadline(call, |deadline_ms, _| deadline_ms.max(0));
}

/// Answers -2 without the key, -1 without a deadline, otherwise `number` of deadline and now.
fn answer_deadline(call: &mut Call<'_>, number: fn(i64, i64) -> i64) {
    let now_ms = call.now_ms;
    let answer = match call.entry(call.db, call.arg(1), Access::Glance).map(|entry| entry.expire_ms()) {
        None => -2,
        Some(None) => -1,
        Some(Some(deadline_ms)) => number(deadline_ms, now_ms),
    };
    call.reply.integer(answer);
}

/// PERSIST key
pub(super) fn persist(call: &mut Call<'_>) {
    let key = call.arg(1);
    match call.entry(call.db, key, Access::Write).and_then(|entry| entry.expire_ms()) {
        Some(_) => {
            call.keyspace.set_expire(call.db, key, None);
            call.changed(1);
        }
        None => call.reply.integer(0),
    }
}

/// Answers that the time is out of range. Returns `None`, like [`Call::fail`].
pub(super) fn fail_expire_time<T>(call: &mut Call<'_>) -> Option<T> {
    let mut text = b"ERR invalid expire time in '".to_vec();
    text.extend_from_slice(&call.arg(0).to_ascii_lowercase());
    text.extend_from_slice(b"' command");
    call.reply.error_bytes(&text);
    None
}
