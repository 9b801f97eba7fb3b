//! Integer time. [`Time`] is monotonic and starts at 0 with the run; [`Now`] adds the unix time that one node believes in.
//!
//! Nothing here reads a clock. The two kinds of time never mix: deadlines are [`Time`], expiry and lags are unix time.

use core::ops::{Add, AddAssign, Sub};

/// A moment of the run: nanoseconds since the run began. Covers 584 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// A length of time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

/// What a node may know of time at one input: the monotonic moment and its own unix clock, which may be skewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic moment of the run.
    pub time: Time,
    /// Unix time in milliseconds as this node's clock shows it.
    pub unix_ms: i64,
}

impl Time {
    /// The beginning of the run.
    pub const ZERO: Time = Time(0);

    /// The moment `ms` milliseconds after the beginning.
    pub const fn from_millis(ms: u64) -> Time {
        Time(ms * 1_000_000)
    }

    /// Whole milliseconds since the beginning, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Seconds since the beginning, for display only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The time from `earlier` to `self`, zero if `earlier` is later.
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// `us` microseconds.
    pub const fn from_micros(us: u64) -> Span {
        Span(us * 1_000)
    }

    /// `ms` milliseconds.
    pub const fn from_millis(ms: u64) -> Span {
        Span(ms * 1_000_000)
    }

    /// `s` seconds.
    pub const fn from_secs(s: u64) -> Span {
        Span(s * 1_000_000_000)
    }

    /// The time that `bytes` take at `bytes_per_s`, rounded up; zero if the rate is 0, which means unlimited.
    pub const fn of_bytes(bytes: u64, bytes_per_s: u64) -> Span {
        if bytes_per_s == 0 {
            return Span(0);
        }
        if let Some(scaled) = bytes.checked_mul(1_000_000_000) {
            // Nearly always; 128-bit division is slow, above all in wasm.
            return Span(scaled.div_ceil(bytes_per_s));
        }
        let ns = (bytes as u128 * 1_000_000_000).div_ceil(bytes_per_s as u128);
        Span(if ns > u64::MAX as u128 { u64::MAX } else { ns as u64 })
    }

    /// Whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Whole seconds, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Seconds, for display only.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Now {
    /// Unix time in whole seconds, as Redis counts lags and replication timeouts (`docs/redis-replication.md` 1.4).
    pub const fn unix_s(self) -> i64 {
        self.unix_ms.div_euclid(1000)
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Time> for Time {
    type Output = Span;
    fn sub(self, earlier: Time) -> Span {
        self.since(earlier)
    }
}

impl Add<Span> for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_the_time_of_the_rate_rounded_up() {
        assert_eq!(Span::of_bytes(1, 3), Span(333_333_334));
        assert_eq!(Span::of_bytes(10_000_000_000, 1_000_000_000), Span::from_secs(10));
        assert_eq!(Span::of_bytes(5, 0), Span::ZERO);
        assert_eq!(Span::of_bytes(u64::MAX, 1), Span(u64::MAX));
    }

    #[test]
    fn unix_seconds_round_down_before_the_epoch_too() {
        let at = |unix_ms| Now { time: Time::ZERO, unix_ms }.unix_s();
        assert_eq!((at(1999), at(0), at(-1)), (1, 0, -1));
    }
}
