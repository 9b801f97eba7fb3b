//! Places on the earth: each is a member of a sorted set whose score is its geohash of 52 bits. What needs a search by
//! distance is not there.

use super::super::call::{Access, Call, SYNTAX_ERROR};
use super::super::sorted_sets::zadd;
use crate::base::{Bytes, parse_f64};
use crate::data::SortedSet;

const LONGITUDE_MAX: f64 = 180.0;
/// Where the square map of the earth ends.
const LATITUDE_MAX: f64 = 85.051_128_78;
/// Bits of either coordinate.
const BITS: u32 = 26;
/// Metres, in degrees that are the same everywhere.
const EARTH_RADIUS: f64 = 6_372_797.560_856;
const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// `GEOADD key [NX | XX] [CH] longitude latitude member ...`: ZADD with scores, which is also how it is propagated
/// (`docs/redis-replication.md` 6.5).
pub(super) fn geoadd(call: &mut Call<'_>) {
    let is_option = |word: &&Bytes| ["NX", "XX", "CH"].iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()));
    let first = 2 + call.argv[2..].iter().take_while(is_option).count();
    let given = |name: &str| (2..first).any(|index| call.arg_is(index, name));
    let places = &call.argv[first..];
    if !places.len().is_multiple_of(3) || (given("NX") && given("XX")) {
        return call.reply.error(SYNTAX_ERROR);
    }
    let mut argv: Vec<Bytes> = [&["zadd".into()], &call.argv[1..first]].concat();
    for place in places.chunks_exact(3) {
        let Some((longitude, latitude)) = coordinates(call, &place[0], &place[1]) else { return };
        let score = interleaved(share(latitude, LATITUDE_MAX), share(longitude, LONGITUDE_MAX));
        argv.extend([score.to_string().into(), place[2].clone()]);
    }
    zadd(&mut Call {
        keyspace: call.keyspace,
        db: call.db,
        argv: &argv,
        now_ms: call.now_ms,
        view: call.view,
        reply: call.reply,
        effects: call.effects,
        rng: call.rng,
        lazyfree_expire: call.lazyfree_expire,
        skips_checksums: call.skips_checksums,
    });
    call.rewrite_all(vec![argv]);
}

/// GEOPOS key member ...
pub(super) fn geopos(call: &mut Call<'_>) {
    let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) else { return };
    call.reply.array(call.argv.len() - 2);
    for member in &call.argv[2..] {
        match found.as_ref().and_then(|set| set.score(member)) {
            None => call.reply.null_array(),
            Some(score) => {
                let (longitude, latitude) = decoded(score);
                call.reply.array(2);
                for degrees in [longitude, latitude] {
                    let text = format!("{degrees:.17}");
                    call.reply.double(text.trim_end_matches('0').trim_end_matches('.').as_bytes());
                }
            }
        }
    }
}

/// `GEODIST key member1 member2 [unit]`
pub(super) fn geodist(call: &mut Call<'_>) {
    if call.argv.len() > 5 {
        return call.reply.error(SYNTAX_ERROR);
    }
    let unit = call.argv.get(4).map_or(Some(1.0), |word| metres(word));
    let Some(unit) = unit else {
        return call.reply.error("ERR unsupported unit provided. please use M, KM, FT, MI");
    };
    let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) else { return };
    let score = |index: usize| found.as_ref().and_then(|set| set.score(&call.argv[index]));
    match (score(2), score(3)) {
        (Some(one), Some(other)) => {
            let text = format!("{:.4}", distance(decoded(one), decoded(other)) / unit);
            call.reply.bulk_str(text.as_bytes());
        }
        _ => call.reply.null(),
    }
}

/// GEOHASH key member ...
pub(super) fn geohash(call: &mut Call<'_>) {
    const LETTERS_SHOWN: u32 = 11;
    let Some(found) = call.members::<SortedSet>(call.arg(1), Access::Read) else { return };
    call.reply.array(call.argv.len() - 2);
    for member in &call.argv[2..] {
        let Some(score) = found.as_ref().and_then(|set| set.score(member)) else {
            call.reply.null();
            continue;
        };
        // The usual geohash goes to the poles.
        let (longitude, latitude) = decoded(score);
        let bits = interleaved(share(latitude, 90.0), share(longitude, LONGITUDE_MAX));
        let letter = |place: u32| match (2 * BITS).checked_sub(5 * (place + 1)) {
            Some(shift) => LETTERS[(bits >> shift & 0x1f) as usize],
            None => LETTERS[0],
        };
        let text: Vec<u8> = (0..LETTERS_SHOWN).map(letter).collect();
        call.reply.bulk_str(&text);
    }
}

/// Longitude and latitude; `None` after answering what is wrong with them.
fn coordinates(call: &mut Call<'_>, longitude: &[u8], latitude: &[u8]) -> Option<(f64, f64)> {
    let (Some(longitude), Some(latitude)) = (parse_f64(longitude), parse_f64(latitude)) else {
        return call.fail("ERR value is not a valid float");
    };
    if longitude.abs() > LONGITUDE_MAX || latitude.abs() > LATITUDE_MAX {
        return call.fail(&format!("ERR invalid longitude,latitude pair {longitude:.6},{latitude:.6}"));
    }
    Some((longitude, latitude))
}

/// How far from the lower end a coordinate is, the whole width being 2^26.
fn share(degrees: f64, max: f64) -> u32 {
    ((degrees + max) / (2.0 * max) * f64::from(1u32 << BITS)) as u32
}

/// Bits of both in turn, the lowest being the latitude's. At the upper end there is one more of them than usual.
fn interleaved(latitude: u32, longitude: u32) -> u64 {
    let bit = |of: u32, at: u32| u64::from(of >> at & 1);
    (0..u32::BITS).map(|at| bit(latitude, at) << (2 * at) | bit(longitude, at) << (2 * at + 1)).sum()
}

/// Longitude and latitude of the middle of the cell that a score names.
fn decoded(score: f64) -> (f64, f64) {
    let bits = score as u64;
    let every_second = |first: u32| (0..u32::BITS).map(|at| (bits >> (2 * at + first) & 1) << at).sum::<u64>() as f64;
    let middle = |cell: f64, max: f64| {
        let cells = f64::from(1u32 << BITS);
        let (low, high) = (-max + cell / cells * (2.0 * max), -max + (cell + 1.0) / cells * (2.0 * max));
        ((low + high) / 2.0).clamp(-max, max)
    };
    (middle(every_second(1), LONGITUDE_MAX), middle(every_second(0), LATITUDE_MAX))
}

/// Metres between two places, along the surface.
fn distance(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (longitude, latitude) = (one.0.to_radians(), one.1.to_radians());
    let (other_longitude, other_latitude) = (other.0.to_radians(), other.1.to_radians());
    let u = libm::sin((other_latitude - latitude) / 2.0);
    let v = libm::sin((other_longitude - longitude) / 2.0);
    let a = u * u + libm::cos(latitude) * libm::cos(other_latitude) * v * v;
    2.0 * EARTH_RADIUS * libm::asin(a.sqrt())
}

fn metres(unit: &[u8]) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_slice() {
        b"m" => 1.0,
        b"km" => 1000.0,
        b"ft" => 0.3048,
        b"mi" => 1609.34,
        _ => return None,
    })
}
