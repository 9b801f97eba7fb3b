//! Eviction: what goes when memory is full and `maxmemory-policy` allows it. Nothing remembers accesses here, so which key
//! goes is drawn, or the one that expires first; what matters to replicas is that each is deleted in the stream.

use super::super::Node;
use super::super::context::Cx;
use super::super::propagate::Propagated;
use crate::base::Bytes;

/// Keys that one command has evicted at most.
const EVICTED_PER_COMMAND: usize = 1000;

impl Node {
    /// Evicts keys until memory suffices or none is left that may go. A replica leaves that to its master.
    pub(in crate::node) fn evict(&mut self, cx: &mut Cx<'_>) {
        let max = self.config.max_memory();
        if max == 0 || self.link.is_some() || !self.config.evicts() || self.loading.is_some() {
            return;
        }
        let lazy = self.config.lazyfree_lazy_eviction();
        for _ in 0..EVICTED_PER_COMMAND {
            if self.used_memory() <= max + self.memory_of_replicas() {
                return;
            }
            let Some((db, key)) = self.victim() else { return };
            self.keyspace.remove(db, &key);
            self.service.evicted += 1;
            self.publish_event(cx, 'e', "evicted", db, &key);
            let argv = vec![Bytes::from(if lazy { "UNLINK" } else { "DEL" }), key];
            self.emit(cx, &[Propagated { db, argv }], false);
        }
    }

    /// A key that may go, with its database.
    fn victim(&mut self) -> Option<(usize, Bytes)> {
        if self.config.evicts_volatile_only() {
            return self.keyspace.soonest_expiry();
        }
        let databases: Vec<usize> = self.keyspace.used_databases().collect();
        let db = *databases.get(self.rng.below(databases.len().max(1) as u64) as usize)?;
        let key = self.keyspace.random(db, &mut self.rng)?.key().clone();
        Some((db, key))
    }
}
