//! A machine: one server process, its disk, its clock, and what keeps the process from reading. A machine that stands
//! still keeps what arrives until it goes on, as a kernel does.

use std::collections::VecDeque;

use crate::base::{ConnId, Now, Seed, Span, Time};
use crate::config::Config;
use crate::node::{Input, Node, Snapshot};

use super::connection::Ids;
use super::queue::{ConnKey, NEVER};
use super::spec::{HostSpec, NodeSpec};

/// Offsets are read this often to know the rate of the stream.
pub(super) const SAMPLE_EVERY: Span = Span::from_millis(250);
/// The rate is that of the latest samples, five seconds.
const SAMPLES: usize = 20;

/// A machine and its process.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) ip: String,
    pub(super) port: u16,
    pub(super) speed: HostSpec,
    /// The configuration of every start.
    pub(super) config: Config,
    pub(super) seed: Seed,
    /// Unix time at the beginning as this machine's clock shows it.
    epoch_ms: i64,
    /// The process, while one runs.
    pub(super) node: Option<Node>,
    /// How many processes have run.
    pub(super) process: u32,
    pub(super) disk: Option<Snapshot>,
    /// It stands still until then.
    pub(super) frozen_until: Option<Time>,
    /// The process computes until then.
    pub(super) busy_until: Time,
    /// The moment for which the node's timer is in the queue.
    pub(super) timer_at: Time,
    /// What waits until the process reads again, in order.
    pub(super) inbox: VecDeque<Waiting>,
    pub(super) jobs: Vec<Job>,
    /// Some connection holds bytes that the process does not want yet.
    pub(super) holds: bool,
    pub(super) ids: Ids,
    accepted: u64,
    samples: VecDeque<i64>,
}

/// Something that waits for a process that does not read.
#[derive(Clone, Debug)]
pub(super) enum Waiting {
    /// The next unread chunk on the flow to this end of the connection.
    Bytes { conn: ConnKey, end: u8 },
    /// The connection is over.
    Closed { conn: ConnKey, end: u8 },
    /// The dial failed.
    Failed { conn: ConnKey },
    /// Anything else.
    Input(Input),
}

/// A save or a load that takes its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) number: u64,
    pub(super) done_at: Time,
    pub(super) load: bool,
}

impl Host {
    pub(super) fn new(spec: &NodeSpec, index: usize, config: Config, unix_epoch_ms: i64, seed: Seed) -> Host {
        Host {
            name: spec.name.clone(),
            ip: NodeSpec::ip(index),
            port: spec.port,
            speed: spec.host,
            config,
            seed: seed.split("node", index as u64),
            epoch_ms: unix_epoch_ms.saturating_add(spec.skew_ms),
            node: None,
            process: 0,
            disk: None,
            frozen_until: None,
            busy_until: Time::ZERO,
            timer_at: NEVER,
            inbox: VecDeque::new(),
            jobs: Vec::new(),
            holds: false,
            ids: Ids::default(),
            accepted: 0,
            samples: VecDeque::new(),
        }
    }

    /// The moment as this machine knows it.
    pub(super) fn now(&self, time: Time) -> Now {
        Now { time, unix_ms: self.epoch_ms.saturating_add(time.as_millis() as i64) }
    }

    /// Whether the process reads, computes and sends at this moment.
    pub(super) fn is_ready(&self, now: Time) -> bool {
        self.frozen_until.is_none() && self.busy_until <= now && self.node.is_some()
    }

    /// Whether the process reads from this connection at this moment, or would if the machine did not stand still.
    pub(super) fn reads_from(&self, id: ConnId) -> bool {
        self.node.as_ref().is_some_and(|node| node.reads(id))
    }

    /// The id of the next connection that it accepts.
    pub(super) fn next_accepted(&mut self) -> ConnId {
        self.accepted += 1;
        ConnId::accepted(self.accepted)
    }

    /// The process is gone, and with it everything but the disk.
    pub(super) fn forget_process(&mut self) {
        self.node = None;
        self.frozen_until = None;
        self.busy_until = Time::ZERO;
        self.timer_at = NEVER;
        self.inbox.clear();
        self.jobs.clear();
        self.holds = false;
        self.samples.clear();
    }

    /// Takes the first job that is over.
    pub(super) fn finished_job(&mut self, now: Time) -> Option<Job> {
        let at = self.jobs.iter().position(|job| job.done_at <= now)?;
        Some(self.jobs.remove(at))
    }

    /// Notes the offset of the stream. A smaller one than before begins a new series.
    pub(super) fn sample(&mut self, offset: i64) {
        if self.samples.back().is_some_and(|last| *last > offset) {
            self.samples.clear();
        }
        if self.samples.len() > SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(offset);
    }

    /// Stream bytes per second of the last seconds.
    pub(super) fn write_rate(&self) -> u64 {
        let (Some(first), Some(last)) = (self.samples.front(), self.samples.back()) else { return 0 };
        let quarters = self.samples.len().max(2) as u64 - 1;
        last.saturating_sub(*first).unsigned_abs() * 4 / quarters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_five_seconds() {
        let mut host = Host::new(&NodeSpec::new("a", 0), 0, Config::new(), 0, Seed(1));
        assert_eq!(host.write_rate(), 0);
        host.sample(0);
        assert_eq!(host.write_rate(), 0);
        for n in 1..=100 {
            host.sample(n * 250);
        }
        assert_eq!(host.write_rate(), 1000);
        for _ in 0..30 {
            host.sample(25_000);
        }
        assert_eq!(host.write_rate(), 0);
        host.sample(10);
        assert_eq!(host.write_rate(), 0, "a new series after a step back");
    }

    #[test]
    fn the_clock_is_skewed() {
        let spec = NodeSpec { skew_ms: -1500, ..NodeSpec::new("a", 0) };
        let host = Host::new(&spec, 0, Config::new(), 10_000, Seed(1));
        assert_eq!(host.now(Time::from_millis(20)).unix_ms, 8520);
    }
}
