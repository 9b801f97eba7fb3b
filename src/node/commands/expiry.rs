//! To be filled.

use super::Call;

pub(super) fn expire(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn expireat(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn expiretime(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn persist(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn pexpire(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn pexpireat(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn pexpiretime(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn pttl(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn ttl(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}
