//! To be filled.

use super::Call;

pub(super) fn lindex(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn llen(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn lmove(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn lpop(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn lpush(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn lpushx(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn lrange(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn lrem(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn lset(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn ltrim(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn rpop(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn rpoplpush(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn rpush(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn rpushx(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}
