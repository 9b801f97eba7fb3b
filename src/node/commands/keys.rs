//! To be filled.

use super::Call;

pub(super) fn copy(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn dbsize(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn del(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn exists(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn flushall(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn flushdb(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn keys(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn move_key(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn object(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn randomkey(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn rename(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn renamenx(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn scan(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn swapdb(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn touch(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn type_name(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}
