//! The event queue: what will happen, ordered by time, and among equals by the order in which it was asked for.
//!
//! Nothing is ever taken out early. What is no longer wanted is recognised when it comes up: a timer whose owner
//! expects another moment, a connection whose generation has passed.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::base::Time;

/// A moment that never comes.
pub(super) const NEVER: Time = Time(u64::MAX);

/// A connection of the world: its place, and how often the place was given away before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConnKey {
    pub(super) index: u32,
    pub(super) generation: u32,
}

/// Something that happens at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    /// A process starts for the first time.
    Boot { node: u32 },
    /// The moment of a node's `poll_timeout`.
    NodeTimer { node: u32 },
    /// A busy or frozen host may go on.
    HostReady { node: u32 },
    /// A save or a load of the process with this number is over.
    JobDone { node: u32, process: u32 },
    /// The next step of a dial.
    Dial { conn: ConnKey },
    /// The first segment in flight from end `end` arrives.
    Arrive { conn: ConnKey, end: u8 },
    /// The connection may have room again for bytes of end `end`.
    Room { conn: ConnKey, end: u8 },
    /// A load generator's next request.
    ClientDue { client: u32 },
    /// A load generator tries to connect.
    ClientDial { client: u32 },
    /// An action of the scenario.
    Action { index: u32 },
    /// Offsets are read to know the rate of the stream.
    Sample,
}

/// Happenings in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Entry>,
    asked: u64,
    done: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    time: Time,
    sequence: u64,
    what: Happening,
}

impl Queue {
    /// Asks for `what` at `time`; nothing if that is never.
    pub(super) fn push(&mut self, time: Time, what: Happening) {
        if time != NEVER {
            self.heap.push(Entry { time, sequence: self.asked, what });
            self.asked += 1;
        }
    }

    /// When something comes next.
    pub(super) fn next(&self) -> Option<Time> {
        self.heap.peek().map(|entry| entry.time)
    }

    /// Takes out what comes next, unless it is later than `limit`.
    pub(super) fn pop(&mut self, limit: Time) -> Option<(Time, Happening)> {
        if self.heap.peek()?.time > limit {
            return None;
        }
        let entry = self.heap.pop()?;
        self.done += 1;
        Some((entry.time, entry.what))
    }

    /// How many happenings were taken out so far.
    pub(super) fn done(&self) -> u64 {
        self.done
    }
}

impl Ord for Entry {
    /// The heap gives out its greatest entry: the earliest is the greatest.
    fn cmp(&self, other: &Entry) -> Ordering {
        (other.time, other.sequence).cmp(&(self.time, self.sequence))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_first_and_equals_in_the_order_they_were_asked_for() {
        let mut queue = Queue::default();
        for (at, node) in [(5, 0), (3, 1), (5, 2), (3, 3), (9, 4)] {
            queue.push(Time(at), Happening::Boot { node });
        }
        queue.push(NEVER, Happening::Sample);
        let mut seen = Vec::new();
        while let Some((time, what)) = queue.pop(Time(8)) {
            seen.push((time.0, what));
        }
        let boot = |node| Happening::Boot { node };
        assert_eq!(seen, [(3, boot(1)), (3, boot(3)), (5, boot(0)), (5, boot(2))]);
        assert_eq!(queue.pop(NEVER), Some((Time(9), boot(4))));
        assert_eq!(queue.pop(NEVER), None);
        assert_eq!(queue.done(), 5);
    }

    #[test]
    fn an_entry_stays_small() {
        assert!(size_of::<Entry>() <= 32);
    }
}
