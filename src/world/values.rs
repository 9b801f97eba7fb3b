//! Values of a given size that hardly compress, as slices of one allocation: a snapshot of them is about as large as
//! they are, and a megabyte costs no more than a byte.

use crate::base::{Bytes, Seed, format_u64};

/// Different slices.
const VARIETY: u64 = 4096;
/// Letters of values.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Values of one size.
#[derive(Clone, Debug)]
pub(super) struct Values {
    pool: Bytes,
    size: usize,
}

impl Values {
    /// Values of `size` bytes.
    pub(super) fn new(size: u64) -> Values {
        let mut rng = Seed(size).split("values", 0).rng();
        let len = (size + VARIETY) as usize;
        let mut pool = Vec::with_capacity(len + 12);
        while pool.len() < len {
            // Five bits a letter.
            let mut bits = rng.next_u64();
            for _ in 0..12 {
                pool.push(LETTERS[(bits & 31) as usize]);
                bits >>= 5;
            }
        }
        Values { pool: pool.into(), size: size as usize }
    }

    /// The `n`-th value, shared.
    pub(super) fn shared(&self, n: u64) -> Bytes {
        // 61 and 4096 have no common factor: all slices come up before one comes again.
        let from = (n.wrapping_mul(61) % VARIETY) as usize;
        self.pool.slice(from..from + self.size)
    }

    /// Appends the `n`-th value as a copy that begins with `n`, as far as there is room.
    pub(super) fn append_numbered(&self, n: u64, out: &mut Vec<u8>) {
        let start = out.len();
        format_u64(n, out);
        let digits = (out.len() - start).min(self.size);
        out.truncate(start + digits);
        out.extend_from_slice(&self.shared(n)[digits..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_size_and_differ() {
        for size in [0, 1, 5, 100, 70_000] {
            let values = Values::new(size);
            for n in [0, 1, 4095, 4096, u64::MAX] {
                assert_eq!(values.shared(n).len() as u64, size);
                let mut copy = vec![b'>'];
                values.append_numbered(n, &mut copy);
                assert_eq!(copy.len() as u64, size + 1);
            }
        }
        let values = Values::new(50);
        assert_ne!(values.shared(1), values.shared(2));
        assert!(values.shared(1).shares_with(&values.shared(2)));
        let mut copy = Vec::new();
        values.append_numbered(1234, &mut copy);
        assert!(copy.starts_with(b"1234") && copy[4..] == values.shared(1234)[4..]);
    }
}
