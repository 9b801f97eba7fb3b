//! What a node has to keep to: the gate of min-replicas, the size and the bytes of its backlog, the limit on its replicas'
//! output. Part of the checker.

use super::{Breach, Check, Checker};
use crate::base::{NodeId, Span};
use crate::node::Node;
use crate::repl::ReplicaState;
use crate::resp::Scanner;
use crate::world::World;

/// A piece of the backlog is compared so often,
const BACKLOG_EVERY: Span = Span::from_millis(250);
/// and is at most so long, in bytes.
const BACKLOG_PIECE: i64 = 4096;
/// The smallest block of a backlog, in bytes.
const SMALLEST_BLOCK: i64 = 16 << 10;
/// A backlog exceeds its size by less than so many blocks, of the size that is asked for.
const BLOCKS: i64 = 3;
/// Good replicas are counted once a second, by whole seconds: a master may be so late.
pub(super) const RECOUNT: Span = Span::from_secs(2);
/// An output that has passed its limit may last so long: until the next cron.
const OUTPUT_LASTS: Span = Span::from_secs(2);

/// Whether too few replicas were heard of lately for a master to take writes, whatever it counted. A process that stood
/// still counts first of all.
pub(super) fn lacks_replicas(world: &World, id: NodeId, node: &Node) -> bool {
    let is_gated = node.config().min_replicas_to_write() > 0 && node.is_master();
    if !is_gated || node.next_replication_cron() <= world.time() {
        return false;
    }
    let Some(status) = world.status(id) else { return false };
    let most_s = status.replicas_max_lag_s + RECOUNT.as_secs() as i64;
    let online = status.replicas.iter().filter(|replica| replica.state == ReplicaState::Online);
    (online.filter(|replica| replica.lag_s <= most_s).count() as u32) < status.replicas_needed
}

impl Checker {
    /// While min-replicas refuses writes, only heartbeats and deletions by expiry enter the stream.
    pub(super) fn judge_gate(&mut self, world: &World, id: NodeId, node: &Node, from: i64) {
        if !node.is_master() {
            return;
        }
        let mut scanner = Scanner::new();
        let mut at = from;
        while let Some(bytes) = node.stream_bytes(at) {
            at += bytes.len() as i64;
            scanner.push(bytes);
        }
        self.tried(Check::Refused, world);
        while let Ok(Some(request)) = scanner.next() {
            let allowed: [&[u8]; 7] = [b"ping", b"replconf", b"select", b"del", b"unlink", b"multi", b"exec"];
            let name = request.args.first().map_or(&b""[..], |name| name);
            if !allowed.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                let offset = node.master_repl_offset();
                return self.report(world, Breach::WroteWhileRefusing { node: id, offset });
            }
        }
    }

    pub(super) fn judge_backlog(&mut self, world: &World, id: NodeId, node: &Node) {
        let (Some(window), seen) = (node.window(), self.nodes[id.0 as usize]) else { return };
        self.tried(Check::Backlog, world);
        let end = window.first_byte + window.histlen - 1;
        let offset = node.master_repl_offset();
        if end != offset {
            self.report(world, Breach::BacklogEnds { node: id, end, offset });
        }
        let since = end - seen.held_from.unwrap_or(end) + 1;
        let least = since.min(i64::try_from(seen.backlog_size).unwrap_or(i64::MAX));
        if window.histlen < least {
            self.report(world, Breach::BacklogShort { node: id, held: window.histlen, least });
        }
        let block = i64::try_from(seen.largest_size / 16).unwrap_or(i64::MAX).max(SMALLEST_BLOCK);
        let most = i64::try_from(seen.backlog_size).unwrap_or(i64::MAX).saturating_add(block.saturating_mul(BLOCKS));
        // What replicas pinned goes a few blocks at a time (`docs/redis-replication.md` 5).
        let is_longer = window.histlen > most.max(seen.held);
        if is_longer && node.slack(window.first_byte).is_some_and(|slack| !slack.pinned) {
            self.report(world, Breach::BacklogLong { node: id, held: window.histlen, most });
        }
        self.nodes[id.0 as usize].held = window.histlen;
        if world.time().since(seen.compared_at) >= BACKLOG_EVERY {
            self.compare_backlog(world, id, node, BACKLOG_PIECE);
            self.judge_output(world, id, node);
        }
    }

    /// Compares the next `most` bytes of a backlog with what was produced.
    pub(super) fn compare_backlog(&mut self, world: &World, id: NodeId, node: &Node, most: i64) {
        let Some(window) = node.window() else { return };
        let seen = &mut self.nodes[id.0 as usize];
        seen.compared_at = world.time();
        let whole = most > window.histlen;
        let inside = window.first_byte..window.first_byte + window.histlen;
        let mut at = if whole || !inside.contains(&seen.cursor) { inside.start } else { seen.cursor };
        let end = if whole { inside.end } else { inside.end.min(at + most) };
        seen.cursor = end;
        while at < end {
            let Some(bytes) = node.stream_bytes(at) else {
                return self.report(world, Breach::BacklogLacks { node: id, offset: at });
            };
            let bytes = bytes.slice(0..bytes.len().min((end - at) as usize));
            if let Err(wrong) = self.streams.compare(node.replid(), at, &bytes) {
                return self.report_byte(world, id, node, wrong, true);
            }
            at += bytes.len() as i64;
        }
    }

    /// No replica's output stays above its hard limit.
    fn judge_output(&mut self, world: &World, id: NodeId, node: &Node) {
        let Some(status) = world.status(id) else { return };
        let is_over = |bytes: u64, limit: u64| limit > 0 && bytes >= limit;
        let over = status.replicas.iter().find(|replica| is_over(replica.output_bytes, replica.output_limit));
        let seen = &mut self.nodes[id.0 as usize];
        let Some(replica) = over.filter(|_| node.next_replication_cron() > world.time()) else {
            seen.over_since = None;
            return;
        };
        let (conn, since) = *seen.over_since.get_or_insert((replica.conn, world.time()));
        if conn != replica.conn {
            seen.over_since = None;
        } else if world.time().since(since) > OUTPUT_LASTS {
            let (bytes, limit) = (replica.output_bytes, replica.output_limit);
            self.report(world, Breach::OutputOverLimit { node: id, bytes, limit });
        }
    }
}
