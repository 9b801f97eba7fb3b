//! The usual set commands. The others are in `server::sets`.

use super::call::{Access, Call, SYNTAX_ERROR};
use crate::base::Bytes;
use crate::data::Set;

/// SADD key member ...
pub(super) fn sadd(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(found) = call.members::<Set>(key, Access::Write) else { return };
    let all_known = found.is_some_and(|set| call.argv[2..].iter().all(|member| set.contains(member)));
    if all_known {
        return call.reply.integer(0);
    }
    let members = &call.argv[2..];
    let add_all = |set: &mut Set| members.iter().filter(|member| set.insert((*member).clone())).count();
    let added = call.keyspace.edit_or_create(call.db, key, add_all).unwrap_or(0);
    call.effects.dirty += added as u64;
    call.reply.integer(added as i64);
}

/// SREM key member ...
pub(super) fn srem(call: &mut Call<'_>) {
    let key = call.arg(1);
    let Some(found) = call.members::<Set>(key, Access::Write) else { return };
    let members = &call.argv[2..];
    let none_known = found.is_none_or(|set| !members.iter().any(|member| set.contains(member)));
    if none_known {
        return call.reply.integer(0);
    }
    let remove_all = |set: &mut Set| members.iter().filter(|member| set.remove(member)).count();
    let removed = call.keyspace.edit(call.db, key, remove_all).unwrap_or(0);
    call.effects.dirty += removed as u64;
    call.reply.integer(removed as i64);
}

/// SISMEMBER key member
pub(super) fn sismember(call: &mut Call<'_>) {
    if let Some(found) = call.members::<Set>(call.arg(1), Access::Read) {
        call.reply.integer(i64::from(found.is_some_and(|set| set.contains(call.arg(2)))));
    }
}

/// SCARD key
pub(super) fn scard(call: &mut Call<'_>) {
    if let Some(found) = call.members::<Set>(call.arg(1), Access::Read) {
        call.reply.integer(found.map_or(0, |set| set.len() as i64));
    }
}

/// SMEMBERS key
pub(super) fn smembers(call: &mut Call<'_>) {
    let Some(found) = call.members::<Set>(call.arg(1), Access::Read) else { return };
    answer(call, &found.unwrap_or_default());
}

/// Answers all members of a set.
pub(super) fn answer(call: &mut Call<'_>, set: &Set) {
    call.reply.set(set.len());
    set.iter().for_each(|member| call.reply.bulk(&member));
}

/// `SPOP key [count]. Replicas cannot draw alike, so what goes into the stream names the members`
/// (`docs/redis-replication.md` 6.5).
pub(super) fn spop(call: &mut Call<'_>) {
    let key = call.arg(1);
    let count = match call.argv.len() {
        2 => None,
        3 => match call.natural_arg(2) {
            None => return,
            count => count,
        },
        _ => return call.reply.error(SYNTAX_ERROR),
    };
    let Some(found) = call.members::<Set>(key, Access::Write) else { return };
    let Some(set) = found else {
        return if count.is_some() { call.reply.set(0) } else { call.reply.null() };
    };
    let len = set.len();
    // No more than the length, so it fits.
    let wanted = count.map_or(1, |count| count.min(len as i64) as usize);
    if count.is_some() && wanted == len {
        // Redis answers with the union of this one set, which reads it.
        call.effects.looked.0 += 1;
        answer(call, &set);
        call.keyspace.remove(call.db, key);
        call.effects.dirty += len as u64;
        return call.rewrite(["DEL".into(), key.clone()]);
    }
    drop(set);
    if count.is_some() {
        call.reply.set(wanted);
    }
    if wanted == 0 {
        return;
    }
    let (rng, reply) = (&mut *call.rng, &mut *call.reply);
    let popped: Option<Vec<Bytes>> = call.keyspace.edit(call.db, key, |set: &mut Set| {
        let pop = |_| {
            let member = set.get(rng.below(set.len() as u64) as usize)?;
            set.remove(&member);
            reply.bulk(&member);
            Some(member)
        };
        (0..wanted).filter_map(pop).collect()
    });
    call.effects.dirty += wanted as u64;
    let removal = |member| vec!["SREM".into(), key.clone(), member];
    call.rewrite_all(popped.unwrap_or_default().into_iter().map(removal).collect());
}
