//! Keys that clients wrote with a time to live on a writable replica: no master will delete them, so the replica does
//! (`docs/redis-replication.md` 13.1).

use super::super::Node;
use super::super::context::Cx;
use crate::base::Bytes;

/// Keys looked at in one server cron.
const LOOKED_AT_PER_CRON: usize = 64;

impl Node {
    /// Remembers a key to which the command of a client of this replica has just given a deadline.
    pub(in crate::node) fn note_local_deadline(&mut self, cx: &mut Cx<'_>, db: usize, argv: &[Bytes]) {
        let expired = self.effects.expired.len() as u64;
        let replaced = self.effects.replace.iter().flatten().map(Vec::as_slice);
        let own = self.effects.replace.is_none().then_some(argv);
        let sets = |argv: &&[Bytes]| {
            let word = argv.first().map(|word| word.to_ascii_lowercase());
            matches!(word.as_deref(), Some(b"set" | b"pexpireat" | b"restore"))
        };
        for key in replaced.chain(own).filter(sets).filter_map(|argv| argv.get(1)) {
            if self.keyspace.get(db, key).is_some_and(|entry| entry.expire_ms().is_some()) {
                self.service.local_keys.insert((db, key.clone()));
            }
        }
        self.note_expired(cx, expired);
    }

    /// Removes those whose time is over, some in each server cron.
    pub(in crate::node) fn expire_local_keys(&mut self, cx: &mut Cx<'_>) {
        let from = std::mem::take(&mut self.service.local_keys_from);
        let keys = &self.service.local_keys;
        let behind = keys.range(from.clone()..).chain(keys.range(..from));
        let looked_at: Vec<(usize, Bytes)> = behind.take(LOOKED_AT_PER_CRON).cloned().collect();
        let mut expired = 0;
        for (db, key) in &looked_at {
            let deadline_ms = self.keyspace.get(*db, key).and_then(|entry| entry.expire_ms());
            let is_over = deadline_ms.is_some_and(|deadline_ms| deadline_ms < cx.now.unix_ms);
            if is_over {
                self.keyspace.remove(*db, key);
                expired += 1;
            }
            if is_over || deadline_ms.is_none() {
                self.service.local_keys.remove(&(*db, key.clone()));
            }
        }
        self.service.local_keys_from = looked_at.into_iter().next_back().unwrap_or_default();
        self.note_expired(cx, expired);
    }
}
