//! A replica as its master keeps it, and the list of them (`docs/redis-replication.md` 1.2).
//!
//! Decides nothing about connections: the node asks who is late, who is good, who acknowledged what.

use super::textbook::Sender;
use super::transfer::Sending;
use super::{Cursor, ReplicaState};
use crate::base::{ConnId, Mutant};

/// What a client announced with `REPLCONF` before it asks to be a replica.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// `listening-port`, 0 if never announced. Not range-checked, as in Redis.
    pub port: i64,
    /// `ip-address`, if announced.
    pub ip: Option<String>,
    /// `capa eof`: can take a diskless transfer.
    pub eof: bool,
    /// `capa psync2`: understands a name behind `+CONTINUE`.
    pub psync2: bool,
    /// `rdb-filter-only` was given: wants a diskless transfer, whatever the configuration says.
    pub filtered: bool,
    /// `rdb-only 1`: wants the snapshot and no stream.
    pub rdb_only: bool,
}

/// One attached replica.
#[derive(Clone, Debug)]
pub struct Replica {
    /// Its connection.
    pub conn: ConnId,
    /// What it announced.
    pub announced: Announced,
    /// State.
    pub state: ReplicaState,
    /// Asked with SYNC: exempt from the timeout, gets no `+FULLRESYNC` line.
    pub legacy: bool,
    /// Offset in its `+FULLRESYNC`.
    pub initial_offset: i64,
    /// Highest offset acknowledged on this connection.
    pub ack_offset: i64,
    /// Unix second of the last acknowledgement or newline.
    pub ack_s: i64,
    /// Online, but the stream waits for an acknowledgement: the end of a diskless transfer.
    pub stream_on_ack: bool,
    /// Place in the stream; `None` until the first byte for it is produced.
    pub cursor: Option<Cursor>,
    /// Unix second in which it asked for a full resync.
    pub asked_s: i64,
    /// Unix second since which its output is above the soft limit.
    pub over_soft_since_s: Option<i64>,
    /// The snapshot on its way.
    pub sending: Option<Sending>,
    /// The stream is sent in frames.
    pub session: Option<Sender>,
    /// Unix second of the last byte of a diskless transfer.
    pub last_write_s: i64,
}

impl Replica {
    /// A replica that waits for a snapshot.
    pub fn waiting(conn: ConnId, announced: Announced, legacy: bool, now_s: i64) -> Replica {
        Replica {
            conn,
            announced,
            state: ReplicaState::WaitBgsaveStart,
            legacy,
            initial_offset: -1,
            ack_offset: 0,
            ack_s: now_s,
            stream_on_ack: false,
            cursor: None,
            asked_s: now_s,
            over_soft_since_s: None,
            sending: None,
            session: None,
            last_write_s: now_s,
        }
    }

    /// Whether stream bytes produced now belong to it (`docs/redis-replication.md` 4.7).
    pub fn is_fed(&self) -> bool {
        !self.announced.rdb_only
            && matches!(self.state, ReplicaState::WaitBgsaveEnd | ReplicaState::SendBulk | ReplicaState::Online)
            && !(Mutant::TransferMissesStream.lives() && self.state == ReplicaState::WaitBgsaveEnd)
    }

    /// Whether its connection may carry stream bytes now.
    pub fn streams(&self) -> bool {
        self.state == ReplicaState::Online && !self.stream_on_ack
    }

    /// Notes `REPLCONF ACK`: the offset never goes back, the time always moves (`docs/redis-replication.md` 7.4).
    pub fn note_ack(&mut self, offset: i64, now_s: i64) {
        self.ack_offset = self.ack_offset.max(offset);
        self.ack_s = now_s;
    }

    /// Seconds since the last acknowledgement, 0 unless online (`docs/redis-replication.md` 7.8).
    pub fn lag_s(&self, now_s: i64) -> i64 {
        match self.state {
            ReplicaState::Online => now_s - self.ack_s,
            ReplicaState::WaitBgsaveStart
            | ReplicaState::WaitBgsaveEnd
            | ReplicaState::SendBulk
            | ReplicaState::RdbTransmitted => 0,
        }
    }

    /// Seconds of silence if they are too many (`docs/redis-replication.md` 7.7).
    pub fn timed_out(&self, now_s: i64, repl_timeout_s: i64, diskless_save: bool) -> Option<i64> {
        let silent_s = match self.state {
            ReplicaState::Online if !self.legacy => now_s - self.ack_s,
            ReplicaState::WaitBgsaveEnd if diskless_save => now_s - self.last_write_s,
            _ => return None,
        };
        (silent_s > repl_timeout_s).then_some(silent_s)
    }
}

/// A limit on the output buffer of replicas (`docs/redis-replication.md` 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputRule {
    /// Bytes, 0 for none. Already raised to the backlog size.
    pub hard: u64,
    /// Bytes, 0 for none.
    pub soft: u64,
    /// Seconds that the soft limit may be passed.
    pub soft_s: i64,
}

impl OutputRule {
    /// The limit that `usage` breaks, and whether it is the soft one. Keeps the replica's soft clock.
    pub fn check(&self, usage: u64, over_soft_since_s: &mut Option<i64>, now_s: i64) -> Option<(u64, bool)> {
        let soft_broken = if self.soft > 0 && usage >= self.soft {
            let since = *over_soft_since_s.get_or_insert(now_s);
            now_s - since > self.soft_s
        } else {
            *over_soft_since_s = None;
            false
        };
        if self.hard > 0 && usage >= self.hard {
            return Some((self.hard, false));
        }
        soft_broken.then_some((self.soft, true))
    }
}

/// The attached replicas, in order of arrival.
#[derive(Clone, Debug, Default)]
pub struct Replicas {
    list: Vec<Replica>,
}

impl Replicas {
    /// Number of replicas in any state.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Replica> {
        self.list.iter()
    }

    /// All of them.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Replica> {
        self.list.iter_mut()
    }

    /// The replica on this connection.
    pub fn find(&self, conn: ConnId) -> Option<&Replica> {
        self.list.iter().find(|replica| replica.conn == conn)
    }

    /// The replica on this connection.
    pub fn find_mut(&mut self, conn: ConnId) -> Option<&mut Replica> {
        self.list.iter_mut().find(|replica| replica.conn == conn)
    }

    /// Adds one.
    pub fn push(&mut self, replica: Replica) {
        self.list.push(replica);
    }

    /// Takes the replica on this connection off the list.
    pub fn remove(&mut self, conn: ConnId) -> Option<Replica> {
        let index = self.list.iter().position(|replica| replica.conn == conn)?;
        Some(self.list.remove(index))
    }

    /// Their connections.
    pub fn conns(&self) -> Vec<ConnId> {
        self.list.iter().map(|replica| replica.conn).collect()
    }

    /// Replicas that count for `min-replicas-to-write`: only the time of the last acknowledgement matters
    /// (`docs/redis-replication.md` 8).
    pub fn good(&self, now_s: i64, max_lag_s: i64) -> u32 {
        let max_lag_s = if Mutant::GoodIgnoresLag.lives() { i64::MAX } else { max_lag_s };
        let good = |replica: &&Replica| replica.state == ReplicaState::Online && replica.lag_s(now_s) <= max_lag_s;
        self.list.iter().filter(good).count() as u32
    }

    /// Online replicas that acknowledged `offset`: the answer of WAIT (`docs/redis-replication.md` 9.1).
    pub fn acknowledged(&self, offset: i64) -> i64 {
        let least = if Mutant::WaitCountsEverybody.lives() { i64::MIN } else { offset };
        let has = |replica: &&Replica| replica.state == ReplicaState::Online && replica.ack_offset >= least;
        self.list.iter().filter(has).count() as i64
    }

    /// Those in a state.
    pub fn in_state(&self, state: ReplicaState) -> impl Iterator<Item = &Replica> {
        self.list.iter().filter(move |replica| replica.state == state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn online(ack_s: i64) -> Replica {
        let mut replica = Replica::waiting(ConnId(0), Announced::default(), false, ack_s);
        replica.state = ReplicaState::Online;
        replica
    }

    #[test]
    fn an_old_offset_refreshes_only_the_time() {
        let mut replica = online(10);
        replica.note_ack(100, 11);
        replica.note_ack(50, 12);
        assert_eq!((replica.ack_offset, replica.ack_s), (100, 12));
        replica.note_ack(999_999_999, 12);
        assert_eq!(replica.ack_offset, 999_999_999);
    }

    #[test]
    fn good_means_online_and_heard_of_lately() {
        let mut replicas = Replicas::default();
        replicas.push(online(10));
        assert_eq!((replicas.good(12, 2), replicas.good(13, 2)), (1, 0));
        replicas.push(Replica::waiting(ConnId(2), Announced::default(), false, 13));
        assert_eq!(replicas.good(13, 10), 1);
    }

    #[test]
    fn timeouts_are_strict_and_spare_legacy_replicas() {
        let mut replica = online(100);
        assert_eq!(replica.timed_out(103, 3, false), None);
        assert_eq!(replica.timed_out(104, 3, false), Some(4));
        replica.legacy = true;
        assert_eq!(replica.timed_out(900, 3, false), None);
        replica.legacy = false;
        replica.state = ReplicaState::WaitBgsaveEnd;
        assert_eq!(replica.timed_out(900, 3, false), None);
        assert_eq!(replica.timed_out(900, 3, true), Some(800));
    }

    #[test]
    fn the_soft_limit_needs_more_than_its_seconds_in_a_row() {
        let rule = OutputRule { hard: 1000, soft: 100, soft_s: 2 };
        let mut since = None;
        assert_eq!(rule.check(100, &mut since, 10), None);
        assert_eq!(rule.check(100, &mut since, 12), None);
        assert_eq!(rule.check(100, &mut since, 13), Some((100, true)));
        assert_eq!(rule.check(99, &mut since, 13), None);
        assert_eq!(since, None);
        assert_eq!(rule.check(1000, &mut since, 13), Some((1000, false)));
        let off = OutputRule { hard: 0, soft: 0, soft_s: 0 };
        assert_eq!(off.check(u64::MAX, &mut None, 13), None);
    }
}
