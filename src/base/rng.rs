//! Seeds and random numbers. Each component of a run draws from its own stream, split off by name and index, so that a
//! change to one does not reshuffle the others: twin runs depend on it.
//!
//! Integers first: a probability is a ratio. `libm` computes the one logarithm, because the platform's differs.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::RngCore;

use super::{ReplId, Span};

/// The seed of a run or of one component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Rng(Pcg64Mcg);

impl Seed {
    /// The seed of the component `label` number `index`, independent of every other component's.
    pub fn split(self, label: &str, index: u64) -> Seed {
        let mut state = mix(self.0 ^ 0x9e37_79b9_7f4a_7c15);
        for &byte in label.as_bytes() {
            state = mix(state ^ u64::from(byte));
        }
        Seed(mix(state ^ mix(index)))
    }

    /// The component's stream of numbers.
    pub fn rng(self) -> Rng {
        Rng(Pcg64Mcg::new((u128::from(mix(self.0)) << 64) | u128::from(self.0)))
    }
}

impl Rng {
    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..bound`; 0 if the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// True in `numerator` of `denominator` cases.
    pub fn chance(&mut self, numerator: u64, denominator: u64) -> bool {
        self.below(denominator) < numerator
    }

    /// A waiting time of a Poisson process with the given mean.
    pub fn exponential(&mut self, mean: Span) -> Span {
        let unit = ((self.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64;
        Span((-libm::log(unit) * mean.0 as f64) as u64)
    }

    /// A random replication id, or a random end mark of a diskless transfer, which has the same form.
    pub fn repl_id(&mut self) -> ReplId {
        let mut random = [0; 20];
        self.0.fill_bytes(&mut random);
        ReplId::from_random(random)
    }
}

/// The finalizer of SplitMix64: every input bit reaches every output bit.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_pinned_and_independent() {
        let seed = Seed(1);
        assert_eq!(seed.split("node", 0), seed.split("node", 0));
        assert_ne!(seed.split("node", 0), seed.split("node", 1));
        assert_ne!(seed.split("node", 0), seed.split("link", 0));
        assert_eq!(seed.split("node", 0).rng().repl_id(), seed.split("node", 0).rng().repl_id());
    }

    #[test]
    fn below_stays_below_and_reaches_every_value() {
        let mut rng = Seed(7).rng();
        let mut seen = [0u32; 5];
        for _ in 0..1000 {
            seen[rng.below(5) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n > 100), "{seen:?}");
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn exponential_has_the_asked_mean() {
        let mut rng = Seed(3).rng();
        let total: u64 = (0..10_000).map(|_| rng.exponential(Span::from_millis(10)).0).sum();
        let mean_us = total / 10_000 / 1000;
        assert!((9_700..10_300).contains(&mean_us), "{mean_us}");
    }
}
