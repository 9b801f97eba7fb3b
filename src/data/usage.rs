//! When or how often a key was used, as OBJECT IDLETIME and OBJECT FREQ show it: 24 bits a key, which under an LFU policy
//! of `maxmemory-policy` are minutes and a counter, and seconds otherwise. Only a server on a real network keeps them; in
//! the build for the page a [`Mark`] is nothing.

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
pub use kept::{Clock, Frequencies};
pub(super) use marks::Mark;

#[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
mod marks {
    /// Nothing.
    #[derive(Clone, Debug, Default)]
    pub(in crate::data) struct Mark;
}

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod marks {
    use std::fmt;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// The bits of a key. A look at a key changes them, also where clones of a data set share it.
    #[derive(Default)]
    pub(in crate::data) struct Mark(AtomicU32);

    impl fmt::Debug for Mark {
        /// What clones change for each other is no part of the state that a run goes back to.
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Mark")
        }
    }

    impl Mark {
        pub(in crate::data) fn new(bits: u32) -> Mark {
            Mark(AtomicU32::new(bits))
        }

        pub(in crate::data) fn bits(&self) -> u32 {
            self.0.load(Ordering::Relaxed)
        }

        pub(in crate::data) fn set(&self, bits: u32) {
            self.0.store(bits, Ordering::Relaxed);
        }
    }

    impl Clone for Mark {
        fn clone(&self) -> Mark {
            Mark::new(self.bits())
        }
    }
}

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
mod kept {
    use crate::base::Rng;

    const SECONDS: u32 = 1 << 24;
    const MINUTES: u32 = 1 << 16;
    /// The counter of a key that is new.
    const NEW: u32 = 5;
    const COUNTER_MAX: u32 = 255;

    /// How uses are counted under an LFU policy.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Frequencies {
        /// `lfu-log-factor`.
        pub log_factor: u32,
        /// `lfu-decay-time` in minutes, 0 for never.
        pub decay_minutes: u32,
    }

    /// The time, and what is kept of it.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Clock {
        /// Unix time in milliseconds.
        pub now_ms: i64,
        /// Under an LFU policy.
        pub frequencies: Option<Frequencies>,
        /// No two keys share an integer, for each has its own use.
        pub unshared: bool,
    }

    impl Clock {
        fn seconds(self) -> u32 {
            (self.now_ms / 1000).rem_euclid(i64::from(SECONDS)) as u32
        }

        fn minutes(self) -> u32 {
            (self.now_ms / 60_000).rem_euclid(i64::from(MINUTES)) as u32
        }

        /// The bits of a key that is new.
        pub(in crate::data) fn fresh(self) -> u32 {
            match self.frequencies {
                Some(_) => self.counted(NEW),
                None => self.seconds(),
            }
        }

        /// The bits of a key that is used now.
        pub(in crate::data) fn used(self, bits: u32, rng: &mut Rng) -> u32 {
            let Some(Frequencies { log_factor, .. }) = self.frequencies else { return self.seconds() };
            let counter = self.frequency(bits);
            let chance = u64::from(counter.saturating_sub(NEW)) * u64::from(log_factor) + 1;
            let more = counter < COUNTER_MAX && rng.below(chance) == 0;
            self.counted(counter + u32::from(more))
        }

        /// The bits of a key that was used so often, now.
        pub(in crate::data) fn counted(self, counter: u32) -> u32 {
            (self.minutes() << 8) | counter.min(COUNTER_MAX)
        }

        /// The bits of a key that was not used for so many seconds.
        pub(in crate::data) fn idle(self, seconds: i64) -> u32 {
            let then = i64::from(self.seconds()).saturating_sub(seconds);
            let then = if then < 0 { then.saturating_add(i64::from(SECONDS) - 1) } else { then };
            // What is longer ago than the bits can say loses its upper ones.
            then.rem_euclid(i64::from(SECONDS)) as u32
        }

        /// Since when a key with these bits was not used, in seconds.
        pub(in crate::data) fn idle_s(self, bits: u32) -> u32 {
            match self.seconds().checked_sub(bits) {
                Some(seconds) => seconds,
                None => self.seconds() + (SECONDS - 1 - bits.min(SECONDS - 1)),
            }
        }

        /// How often a key with these bits was used, as far as that is remembered.
        pub(in crate::data) fn frequency(self, bits: u32) -> u32 {
            let decay = self.frequencies.map_or(0, |frequencies| frequencies.decay_minutes);
            let then = bits >> 8;
            let minutes = match self.minutes().checked_sub(then) {
                Some(minutes) => minutes,
                None => MINUTES - 1 - then.min(MINUTES - 1) + self.minutes(),
            };
            (bits & COUNTER_MAX).saturating_sub(minutes.checked_div(decay).unwrap_or(0))
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::base::Seed;

        #[test]
        fn idle_time_is_what_was_set_and_grows() {
            let mut clock = Clock { now_ms: 1_700_000_000_000, ..Clock::default() };
            let bits = clock.idle(1000);
            assert_eq!(clock.idle_s(bits), 1000);
            clock.now_ms += 5_000;
            assert_eq!(clock.idle_s(bits), 1005);
            assert_eq!(clock.idle_s(clock.fresh()), 0);
            assert_eq!(clock.idle_s(clock.idle(i64::from(SECONDS) - 2)), SECONDS - 2, "as long as can be");
        }

        #[test]
        fn uses_are_counted_and_forgotten() {
            let frequencies = Some(Frequencies { log_factor: 10, decay_minutes: 1 });
            let mut clock = Clock { now_ms: 1_700_000_000_000, frequencies, unshared: true };
            let mut rng = Seed(1).rng();
            let mut bits = clock.fresh();
            assert_eq!(clock.frequency(bits), 5);
            bits = clock.used(bits, &mut rng);
            assert_eq!(clock.frequency(bits), 6, "the first use is always counted");
            for _ in 0..1000 {
                bits = clock.used(bits, &mut rng);
            }
            let often = clock.frequency(bits);
            assert!((10..30).contains(&often), "{often}");
            clock.now_ms += 3 * 60_000;
            assert_eq!(clock.frequency(bits), often - 3);
            assert_eq!(clock.frequency(clock.counted(300)), 255);
        }
    }
}
