//! The stream buffer of a node as 7.0 keeps it: one list of blocks that serves the backlog and the output of every replica
//! (`docs/redis-replication.md` 5.4). A write costs the same bytes with 1 or 50 replicas, because a replica is a position.
//!
//! Blocks are numbers: where they begin, how much they hold, who refers to them. They decide what may be forgotten and what
//! counts for output limits, exactly as the allocator of a real server makes them. The bytes themselves lie beside them in
//! a rope. This module owns both; it must not know what the bytes mean.

use std::collections::VecDeque;

use super::psync::Window;
use crate::base::{Bytes, Mutant, Rope};

/// `PROTO_REPLY_CHUNK_BYTES`: the smallest block that is asked for, and the least backlog size in force.
pub(crate) const BLOCK_MIN: u64 = 16 * 1024;
/// Bytes of a block's header, part of its allocation.
const BLOCK_HEADER: u64 = 40;
/// Bytes of a list node, counted for each block of buffer memory.
const LIST_NODE: u64 = 24;
/// What an output buffer counts for each block besides its capacity: header and list node.
const PER_BLOCK_USAGE: u64 = BLOCK_HEADER + LIST_NODE;
/// Blocks that one call of [`StreamBuffer::trim`] gives up while feeding.
const TRIM_PER_CALL: u32 = 64;
/// Blocks that are given up before the event loop sleeps.
const TRIM_BEFORE_SLEEP: u32 = 640;

/// The blocks, the bytes, and the backlog's hold on them.
#[derive(Clone, Debug)]
pub struct StreamBuffer {
    blocks: VecDeque<Block>,
    next_block_id: u64,
    rope: Rope,
    end: i64,
    backlog: Option<Backlog>,
    size: u64,
    /// How often the size was set since the start.
    resizes: u64,
}

#[derive(Clone, Debug)]
struct Backlog {
    histlen: u64,
    /// The backlog refers to the first block, once there is one.
    holds_first: bool,
}

#[derive(Clone, Debug)]
struct Block {
    id: u64,
    start: i64,
    capacity: u64,
    used: u64,
    refs: u32,
}

/// A replica's place in the stream: the next byte that it is sent, and the block in which that byte lies or will lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    block_id: u64,
    next: i64,
}

impl Cursor {
    /// Offset of the next byte to send.
    pub fn next(&self) -> i64 {
        self.next
    }
}

/// How long the backlog keeps one byte of the stream, judged by sizes and by who still reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slack {
    /// Stream bytes that can still be produced before the byte goes, as far as `repl-backlog-size` decides.
    pub bytes: u64,
    /// A replica has yet to be sent this byte's block or an older one: the byte stays, whatever the sizes say.
    pub pinned: bool,
}

/// What appending did besides storing bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of the first byte.
    pub first: i64,
    /// A block was added: output limits have to be checked, then [`StreamBuffer::trim_after_append`] called.
    pub new_block: bool,
}

impl StreamBuffer {
    /// No backlog and no bytes; `size` is `repl-backlog-size`, which only [`StreamBuffer::resize`] raises to its floor.
    pub fn new(size: u64) -> StreamBuffer {
        let blocks = VecDeque::new();
        StreamBuffer { blocks, next_block_id: 0, rope: Rope::new(1), end: 0, backlog: None, size, resizes: 0 }
    }

    /// Creates an empty backlog behind offset `end`, the last byte of the history so far.
    pub fn create_backlog(&mut self, end: i64) {
        self.blocks.clear();
        self.rope = Rope::new(end + 1);
        self.end = end;
        self.backlog = Some(Backlog { histlen: 0, holds_first: false });
    }

    /// Frees the backlog and everything in it. No replica may be attached.
    pub fn free_backlog(&mut self) {
        debug_assert!(self.blocks.iter().all(|block| block.refs <= 1), "a replica still reads the freed backlog");
        self.backlog = None;
        self.blocks.clear();
        self.rope = Rope::new(self.end + 1);
    }

    /// Changes `repl-backlog-size`; shrinking gives up blocks by the usual rule.
    pub fn resize(&mut self, size: u64) {
        self.size = size.max(BLOCK_MIN);
        self.resizes += 1;
        self.trim(TRIM_PER_CALL);
    }

    /// What a partial resync can be served from; `None` without a backlog.
    pub fn window(&self) -> Option<Window> {
        let backlog = self.backlog.as_ref()?;
        let histlen = backlog.histlen as i64 + i64::from(Mutant::BacklogClaimsMore.lives());
        Some(Window { first_byte: self.end - histlen + 1, histlen })
    }

    /// Whether there is a backlog.
    pub fn is_active(&self) -> bool {
        self.backlog.is_some()
    }

    /// `repl-backlog-size` in force.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How often `repl-backlog-size` was changed.
    pub fn resizes(&self) -> u64 {
        self.resizes
    }

    /// Appends one piece of the stream. `fragments` are the lengths in which the serializer writes it; they decide how
    /// large a new block becomes. Without a backlog nothing is produced, and `None` is returned.
    pub fn append(&mut self, pieces: &[Bytes], fragments: &[u64]) -> Option<Appended> {
        self.backlog.as_ref()?;
        let first = self.end + 1;
        for piece in pieces {
            self.rope.append_shared(piece);
        }
        let mut new_block = false;
        for &len in fragments {
            new_block |= self.account(len);
        }
        debug_assert_eq!(self.end + 1, self.rope.end(), "fragments add up to the pieces");
        Some(Appended { first, new_block })
    }

    /// Like [`StreamBuffer::append`] for small commands that the caller serialized into one slice.
    pub fn append_slice(&mut self, bytes: &[u8], fragments: impl Iterator<Item = u64>) -> Option<Appended> {
        self.backlog.as_ref()?;
        let first = self.end + 1;
        self.rope.append(bytes);
        let len = bytes.len() as u64;
        if self.blocks.back().is_some_and(|tail| tail.capacity - tail.used >= len) {
            self.account(len);
            return Some(Appended { first, new_block: false });
        }
        let mut new_block = false;
        for len in fragments {
            new_block |= self.account(len);
        }
        debug_assert_eq!(self.end + 1, self.rope.end(), "fragments add up to the bytes");
        Some(Appended { first, new_block })
    }

    /// A cursor at `offset`, which must lie in the backlog or be the next byte. `None` while there is no block: the cursor
    /// is made when the first byte is appended.
    pub fn cursor_at(&mut self, offset: i64) -> Option<Cursor> {
        let index = self.blocks.partition_point(|block| block.start <= offset).checked_sub(1)?;
        let block = self.blocks.get_mut(index)?;
        block.refs += 1;
        Some(Cursor { block_id: block.id, next: offset })
    }

    /// A second cursor at the same place.
    pub fn share_cursor(&mut self, cursor: &Cursor) -> Cursor {
        if let Some(block) = self.block_mut(cursor.block_id) {
            block.refs += 1;
        }
        *cursor
    }

    /// A cursor that goes back to `offset`; `None`, and the cursor stays, if the backlog does not hold that byte any more.
    pub fn rewind(&mut self, cursor: &Cursor, offset: i64) -> Option<Cursor> {
        let held = self.window().is_some_and(|window| (window.first_byte..=self.end + 1).contains(&offset));
        let earlier = self.cursor_at(offset).filter(|_| held)?;
        self.release(*cursor);
        Some(earlier)
    }

    /// Gives up a cursor.
    pub fn release(&mut self, cursor: Cursor) {
        if let Some(block) = self.block_mut(cursor.block_id) {
            block.refs -= 1;
        }
        self.trim(TRIM_PER_CALL);
    }

    /// Up to `max` bytes at the cursor, which moves behind them; `None` if there is nothing to send.
    pub fn read(&mut self, cursor: &mut Cursor, max: u64) -> Option<Bytes> {
        let bytes = self.rope.read(cursor.next, usize::try_from(max).unwrap_or(usize::MAX))?;
        cursor.next += bytes.len() as i64;
        self.follow(cursor);
        Some(bytes)
    }

    /// Bytes from `offset` on, as many as lie in one piece; `None` if they are not kept.
    pub fn peek(&self, offset: i64) -> Option<Bytes> {
        self.rope.read(offset, usize::MAX)
    }

    /// Takes over the allocations of another node's buffer where both hold the same bytes. Says how many they share.
    pub fn share_with(&mut self, other: &StreamBuffer) -> u64 {
        self.rope.share_with(&other.rope)
    }

    /// Bytes of stream that the cursor has still to send.
    pub fn unsent(&self, cursor: &Cursor) -> u64 {
        (self.end + 1 - cursor.next).max(0) as u64
    }

    /// What an output limit counts for a replica: the whole capacity from its block on (`docs/redis-replication.md` 10).
    pub fn output_usage(&self, cursor: Option<&Cursor>) -> u64 {
        let (Some(cursor), Some(last)) = (cursor, self.blocks.back()) else { return 0 };
        let Some(block) = self.block(cursor.block_id) else { return 0 };
        let span = (last.start - block.start) as u64 + last.capacity;
        span + PER_BLOCK_USAGE * (last.id - block.id + 1)
    }

    /// How long a partial resync from `offset` on stays possible; `None` if it is not possible now. The block of the byte
    /// goes when what follows it is larger than the configured size.
    pub fn slack(&self, offset: i64) -> Option<Slack> {
        let window = self.window()?;
        if offset < window.first_byte || offset > self.end + 1 {
            return None;
        }
        let index = self.blocks.partition_point(|block| block.start <= offset).checked_sub(1);
        let block = index.and_then(|index| self.blocks.get(index));
        let behind_block = block.map_or(offset, |block| block.start + block.capacity as i64).max(offset);
        let bytes = behind_block.saturating_sub(self.end + 1).saturating_add_unsigned(self.size).max(0) as u64;
        let readers = |(at, block): (usize, &Block)| block.refs > u32::from(at == 0);
        let pinned = self.blocks.iter().take(index.map_or(0, |index| index + 1)).enumerate().any(readers);
        Some(Slack { bytes, pinned })
    }

    /// `mem_total_replication_buffers` of INFO.
    pub fn memory(&self) -> u64 {
        self.blocks.iter().map(|block| block.capacity + BLOCK_HEADER + LIST_NODE).sum()
    }

    /// The trim that follows an append with a new block, once the replicas that waited for its first byte have their cursors
    /// there: they pin it.
    pub fn trim_after_append(&mut self) {
        self.trim(TRIM_PER_CALL);
    }

    /// The trim of a loop iteration's end.
    pub fn trim_before_sleep(&mut self) {
        self.trim(TRIM_BEFORE_SLEEP);
    }

    /// Counts `len` bytes into the blocks; says whether a block was added.
    fn account(&mut self, mut len: u64) -> bool {
        let mut new_block = false;
        if let Some(tail) = self.blocks.back_mut() {
            let fits = len.min(tail.capacity - tail.used);
            tail.used += fits;
            self.produced(fits);
            len -= fits;
        }
        while len > 0 {
            let limit = (self.size / 16).max(BLOCK_MIN);
            let want = len.max(BLOCK_MIN).min(limit);
            let capacity = allocated(want + BLOCK_HEADER) - BLOCK_HEADER;
            let used = len.min(capacity);
            self.blocks.push_back(Block { id: self.next_block_id, start: self.end + 1, capacity, used, refs: 0 });
            self.next_block_id += 1;
            self.produced(used);
            len -= used;
            new_block = true;
            self.hold_first();
        }
        new_block
    }

    fn produced(&mut self, len: u64) {
        self.end += len as i64;
        if let Some(backlog) = &mut self.backlog {
            backlog.histlen += len;
        }
    }

    fn hold_first(&mut self) {
        let Some(backlog) = &mut self.backlog else { return };
        if let (false, Some(first)) = (backlog.holds_first, self.blocks.front_mut()) {
            first.refs += 1;
            backlog.holds_first = true;
        }
    }

    /// Gives up the oldest blocks while what remains is still larger than the configured size and nobody reads them.
    fn trim(&mut self, budget: u32) {
        let Some(backlog) = &mut self.backlog else { return };
        for _ in 0..budget {
            if backlog.histlen <= self.size || self.blocks.len() <= 1 {
                break;
            }
            let Some(first) = self.blocks.front() else { break };
            let rest = if Mutant::BacklogTrimsEarly.lives() {
                backlog.histlen
            } else {
                backlog.histlen.saturating_sub(first.capacity)
            };
            if first.refs != 1 || rest <= self.size || Mutant::BacklogKeepsAll.lives() {
                break;
            }
            backlog.histlen -= first.capacity;
            self.blocks.pop_front();
            if let Some(next) = self.blocks.front_mut() {
                next.refs += 1;
            }
        }
        self.rope.forget_before(self.end - backlog.histlen as i64 + 1);
    }

    /// Moves the cursor's reference on when its block is sent and there is a next one.
    fn follow(&mut self, cursor: &mut Cursor) {
        let Some(front) = self.blocks.front().map(|block| block.id) else { return };
        let mut index = (cursor.block_id - front) as usize;
        let mut moved = false;
        while index + 1 < self.blocks.len() && cursor.next >= self.blocks[index + 1].start {
            self.blocks[index].refs -= 1;
            self.blocks[index + 1].refs += 1;
            cursor.block_id += 1;
            index += 1;
            moved = true;
        }
        if moved {
            self.trim(TRIM_PER_CALL);
        }
    }

    fn block(&self, id: u64) -> Option<&Block> {
        self.blocks.get(id.checked_sub(self.blocks.front()?.id)? as usize)
    }

    fn block_mut(&mut self, id: u64) -> Option<&mut Block> {
        let front = self.blocks.front()?.id;
        self.blocks.get_mut(id.checked_sub(front)? as usize)
    }
}

/// Bytes that jemalloc, as Debian's server uses it, really gives for a request of 16 KiB or more: four sizes a doubling.
fn allocated(request: u64) -> u64 {
    let request = request.max(BLOCK_MIN);
    let doubling = u64::BITS - (request - 1).leading_zeros();
    let step = 1u64 << (doubling - 3);
    request.div_ceil(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(buffer: &mut StreamBuffer, fragments: &[u64]) -> Appended {
        let len: u64 = fragments.iter().sum();
        let appended = buffer.append(&[Bytes::from(vec![0; len as usize])], fragments).expect("a backlog");
        if appended.new_block {
            buffer.trim_after_append();
        }
        appended
    }

    fn buffer(size: u64) -> StreamBuffer {
        let mut buffer = StreamBuffer::new(size);
        buffer.create_backlog(0);
        buffer
    }

    #[test]
    fn allocation_classes_are_those_of_jemalloc() {
        let series = [16384, 20480, 24576, 28672, 32768, 40960, 49152, 57344, 65536, 81920, 98304];
        for pair in series.windows(2) {
            assert_eq!(allocated(pair[0]), pair[0]);
            assert_eq!(allocated(pair[0] + 1), pair[1]);
        }
    }

    /// Section 5.4: the series measured on a server with a 16 KiB backlog and 995-byte commands after one SELECT.
    #[test]
    fn the_trim_series_of_a_small_backlog() {
        let mut buffer = buffer(16384);
        let mut cursor = None;
        feed(&mut buffer, &[4, 4, 6, 2, 4, 1, 2]);
        let mut before = 23;
        let mut lows = Vec::new();
        for _ in 0..200 {
            // *3 SET k <963 bytes>: the serializer's fragments add up to 995.
            feed(&mut buffer, &[4, 4, 3, 2, 4, 5, 2, 6, 963, 2]);
            let cursor = cursor.get_or_insert_with(|| buffer.cursor_at(1).expect("a block"));
            while buffer.read(cursor, u64::MAX).is_some() {}
            buffer.trim_before_sleep();
            let histlen = buffer.window().expect("a backlog").histlen;
            if histlen < before {
                lows.push(histlen);
            }
            before = histlen;
        }
        assert_eq!(lows[..5], [16_398, 16_853, 17_308, 16_768, 17_223]);
    }

    /// Section 5.4 and 16: buffer memory after values of several sizes with a backlog of 1 MiB.
    #[test]
    fn buffer_memory_is_that_of_the_server() {
        let mut buffer = buffer(1 << 20);
        feed(&mut buffer, &[4, 4, 6, 2, 4, 1, 2]);
        assert_eq!(buffer.memory(), 20_504);
        let mut seen = Vec::new();
        for len in [100_000u64, 300_000, 10, 70_000, 17_000, 60_000] {
            let digits = len.to_string().len() as u64;
            feed(&mut buffer, &[4, 4, 3, 2, 4, 1, 2, 1 + digits + 2, len, 2]);
            seen.push(buffer.memory());
        }
        assert_eq!(seen, [102_448, 405_648, 405_648, 471_208, 491_712, 549_080]);
    }

    #[test]
    fn a_reader_pins_the_blocks_and_everything_pinned_is_available() {
        let mut buffer = buffer(16384);
        feed(&mut buffer, &[10]);
        let cursor = buffer.cursor_at(1).expect("a block");
        for _ in 0..1000 {
            feed(&mut buffer, &[1000]);
            buffer.trim_before_sleep();
        }
        assert_eq!(buffer.window(), Some(Window { first_byte: 1, histlen: 1_000_010 }));
        assert!(buffer.output_usage(Some(&cursor)) > 1_000_010);
        buffer.release(cursor);
        let window = buffer.window().expect("a backlog");
        assert!((16384..16384 + 20440).contains(&window.histlen), "{window:?}");
        assert_eq!(window.first_byte + window.histlen - 1, 1_000_010);
    }

    /// What [`StreamBuffer::slack`] promises is kept to the byte, and not a byte longer.
    #[test]
    fn slack_is_exact() {
        for offset in [1, 500, 20_440, 20_441, 70_000] {
            let mut buffer = buffer(16384);
            while buffer.end < 70_000 {
                feed(&mut buffer, &[1]);
            }
            let Some(slack) = buffer.slack(offset) else {
                assert!(offset < buffer.window().expect("a backlog").first_byte);
                continue;
            };
            assert!(!slack.pinned);
            feed(&mut buffer, &vec![1; slack.bytes as usize]);
            buffer.trim_before_sleep();
            assert!(buffer.window().is_some_and(|window| window.first_byte <= offset), "{offset}: too early");
            feed(&mut buffer, &[1]);
            buffer.trim_before_sleep();
            assert!(buffer.window().is_some_and(|window| window.first_byte > offset), "{offset}: too late");
        }
    }

    #[test]
    fn a_reader_of_an_older_block_pins_what_follows_and_not_what_precedes() {
        let mut buffer = buffer(16384);
        while buffer.end < 50_000 {
            feed(&mut buffer, &[100]);
        }
        assert_eq!(buffer.slack(buffer.end + 2), None);
        let cursor = buffer.cursor_at(45_000).expect("a block");
        assert_eq!(buffer.slack(45_000).map(|slack| slack.pinned), Some(true));
        assert_eq!(buffer.slack(41_000).map(|slack| slack.pinned), Some(true), "in the same block");
        assert_eq!(buffer.slack(40_000).map(|slack| slack.pinned), Some(false), "sent and no longer needed");
        buffer.release(cursor);
        assert_eq!(buffer.slack(45_000).map(|slack| slack.pinned), Some(false));
    }

    #[test]
    fn output_usage_counts_whole_blocks() {
        let mut buffer = buffer(1 << 20);
        feed(&mut buffer, &[23]);
        let cursor = buffer.cursor_at(1).expect("a block");
        while buffer.end < 180_293 {
            let rest = 180_293 - buffer.end as u64;
            feed(&mut buffer, &[rest.min(100)]);
        }
        assert_eq!(buffer.output_usage(Some(&cursor)), 9 * 20_440 + 9 * 64);
        assert_eq!(buffer.output_usage(None), 0);
    }

    #[test]
    fn without_a_backlog_nothing_is_produced() {
        let mut buffer = StreamBuffer::new(1);
        assert_eq!(buffer.size(), 1);
        buffer.resize(1);
        assert_eq!(buffer.size(), 16384);
        assert!(buffer.append(&[Bytes::from("x")], &[1]).is_none());
        assert!(buffer.window().is_none());
        buffer.create_backlog(41);
        assert_eq!(buffer.window(), Some(Window { first_byte: 42, histlen: 0 }));
        assert!(buffer.cursor_at(42).is_none());
    }

    #[test]
    fn resizing_keeps_the_content_and_shrinking_trims_by_blocks() {
        let mut buffer = buffer(1 << 20);
        for _ in 0..200 {
            feed(&mut buffer, &[1000]);
        }
        buffer.resize(2 << 20);
        assert_eq!(buffer.window().map(|window| window.histlen), Some(200_000));
        buffer.resize(20_000);
        let histlen = buffer.window().expect("a backlog").histlen;
        assert!((20_000..20_000 + 20_440).contains(&histlen), "{histlen}");
    }
}
