//! Saves and loads that are made slow on purpose: `rdb-key-save-delay` and `key-load-delay`, with which tests catch a server
//! in the middle of one (`docs/redis-replication.md` 4). The build for the page has `no_pace` in its place.

use super::Snapshot;
use crate::base::{Now, Span, Time};
use crate::config::Config;
use crate::data::Keyspace;
use crate::rdb;

/// Bytes come in steps: with every moment a few more would keep whoever sends them from doing anything else.
const STEP: Span = Span::from_millis(50);

/// When something slow began and will be over; `None` if it takes no time of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace(Option<(Time, Time)>);

impl Pace {
    /// A save of these keys.
    pub(super) fn of_save(config: &Config, now: Time, keys: &Keyspace) -> Pace {
        Pace::new(now, config.rdb_key_save_delay_us(), || keys.total_keys())
    }

    /// A load of this snapshot, whose keys are counted only if there is a delay.
    pub(super) fn of_load(config: &Config, now: Now, snapshot: Option<&Snapshot>) -> Pace {
        let read = |snapshot: &Snapshot| rdb::read(&snapshot.rdb, now.unix_ms, true, config.databases());
        let count = || snapshot.and_then(|it| read(it).ok()).map_or(0, |loaded| loaded.keyspace.total_keys());
        Pace::new(now.time, config.key_load_delay_us(), count)
    }

    /// So many keys with this delay each in microseconds; a negative delay is one microsecond for so many keys.
    fn new(now: Time, delay_us: i64, keys: impl FnOnce() -> u64) -> Pace {
        let micros = match delay_us {
            0 => return Pace(None),
            delay if delay > 0 => keys().saturating_mul(delay.unsigned_abs()),
            delay => keys() / delay.unsigned_abs(),
        };
        Pace(Some((now, now + Span(micros.saturating_mul(1000)))))
    }

    /// Whether there is a delay at all.
    pub(super) fn is_slow(self) -> bool {
        self.0.is_some()
    }

    pub(super) fn is_over(self, now: Time) -> bool {
        self.0.is_none_or(|(_, until)| until <= now)
    }

    /// How many of `all` bytes may be there by now.
    pub(super) fn share(self, now: Time, all: u64) -> u64 {
        match self.0.filter(|(_, until)| *until > now) {
            None => u64::MAX,
            Some((from, until)) => {
                let (passed, whole) = (now.since(from).0 / STEP.0 * STEP.0, until.since(from).0.max(1));
                (u128::from(all) * u128::from(passed) / u128::from(whole)) as u64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_spreads_the_bytes_over_its_time() {
        let begin = Time(5_000_000_000);
        let pace = Pace::new(begin, 10_000, || 100);
        assert!(pace.is_slow() && !pace.is_over(begin));
        assert_eq!((pace.share(begin, 1000), pace.share(begin + Span::from_millis(500), 1000)), (0, 500));
        assert!(pace.is_over(begin + Span::from_secs(1)));
        assert_eq!(pace.share(begin + Span::from_secs(1), 1000), u64::MAX);
        assert!(Pace::new(begin, 0, || 100).is_over(begin));
        assert!(Pace::new(begin, -1000, || 2000).is_over(begin + Span::from_micros(2)));
        assert!(!Pace::new(begin, i64::MAX, || u64::MAX).is_over(begin + Span::from_secs(1)));
    }
}
