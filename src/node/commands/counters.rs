//! To be filled.

use super::Call;

pub(super) fn decr(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn decrby(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn incr(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn incrby(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}

pub(super) fn incrbyfloat(call: &mut Call<'_>) {
    call.reply.error("ERR not built yet");
}
