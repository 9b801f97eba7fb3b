//! A diskless transfer that a master ends with another mark than it announced (`docs/redis-replication.md` 4.9).

use super::super::Node;
use crate::base::Bytes;
use crate::rdb;

/// The byte that ends the content of a snapshot, and with it the bytes of its checksum.
const END: u8 = 0xff;
const FOOTER: usize = 9;

impl Node {
    /// Whether what arrives is a whole snapshot and as many bytes as a mark has, none of them the mark. A server that loads
    /// while it receives knows where the snapshot ends; here the snapshot is tried when its last byte seems to be there.
    pub(in crate::node) fn ends_without_mark(&self) -> bool {
        let receiving = self.link.as_ref().and_then(|link| link.receiving.as_ref());
        let content = receiving.and_then(|receiving| receiving.without_mark(END, FOOTER));
        content.is_some_and(|content| rdb::read(&Bytes::from(content), 0, true, self.config.databases()).is_ok())
    }
}
