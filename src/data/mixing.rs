//! The hash that places keys and sums up data sets: 64 bits on every platform, fixed for ever, not meant to resist an
//! attacker.

const MULTIPLIER: u64 = 0x9fb2_1c65_1e98_df25;

/// The finalizer of SplitMix64: every input bit reaches every output bit.
pub(super) fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Hash of a byte string, continuing from `seed`.
pub(super) fn hash_bytes(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = seed ^ (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        let mut le = [0; 8];
        le.copy_from_slice(word);
        state = round(state, u64::from_le_bytes(le));
    }
    let mut last = 0;
    for (i, &byte) in words.remainder().iter().enumerate() {
        last |= u64::from(byte) << (8 * i);
    }
    mix(round(state, last))
}

fn round(state: u64, word: u64) -> u64 {
    let state = (state ^ word).wrapping_mul(MULTIPLIER);
    state ^ (state >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_pinned_and_tells_lengths_apart() {
        assert_eq!(hash_bytes(0, b"key:1"), hash_bytes(0, b"key:1"));
        let texts: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"12345678", b"12345678\0", b"87654321"];
        for (i, a) in texts.iter().enumerate() {
            for b in &texts[i + 1..] {
                assert_ne!(hash_bytes(0, a), hash_bytes(0, b));
            }
        }
    }
}
