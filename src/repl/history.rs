//! Which history a node is on: its name, the name it had before, and how far it got (`docs/redis-replication.md` 1.1, 3.5).

use crate::base::{Mutant, ReplId};

/// Names and offset of a replication history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// Name of the history.
    pub replid: ReplId,
    /// Name it had before the last promotion, forty zeros if none.
    pub replid2: ReplId,
    /// First byte that does not belong to `replid2`, -1 if none.
    pub second_replid_offset: i64,
    /// Last byte produced by a master, last byte applied by a replica.
    pub master_repl_offset: i64,
}

impl History {
    /// A fresh history with nothing in it.
    pub fn new(replid: ReplId) -> History {
        History { replid, replid2: ReplId::ZERO, second_replid_offset: -1, master_repl_offset: 0 }
    }

    /// Gives the history a new name and forgets the previous one; the offset stays.
    pub fn rename(&mut self, replid: ReplId) {
        self.replid = replid;
        self.forget_previous();
    }

    /// Gives the history a new name and keeps the present one for partial resyncs up to here: promotion, or a master that
    /// continues under a new name.
    pub fn shift(&mut self, replid: ReplId) {
        self.replid2 = self.replid;
        self.second_replid_offset = self.master_repl_offset + 1 + i64::from(Mutant::ForkOneByteLate.lives());
        self.replid = replid;
    }

    /// Takes over a master's history after a full resync.
    pub fn adopt(&mut self, replid: ReplId, offset: i64) {
        self.rename(replid);
        self.master_repl_offset = offset;
    }

    fn forget_previous(&mut self) {
        self.replid2 = ReplId::ZERO;
        self.second_replid_offset = -1;
    }
}
