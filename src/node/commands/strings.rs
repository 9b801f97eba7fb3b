//! To be filled.

use super::Call;

pub(super) fn append(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn get(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn getdel(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn getex(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn getrange(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn getset(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn mget(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn mset(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn msetnx(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn psetex(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn set(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn setex(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn setnx(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn setrange(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn strlen(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}
