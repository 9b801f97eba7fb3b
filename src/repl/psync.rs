//! The PSYNC decision: request x history x backlog -> answer with its reason. A pure function
//! (`docs/redis-replication.md` 3.2).

use super::History;
use crate::base::Mutant;
use crate::event::FullReason;

/// What the backlog holds: bytes `first_byte ..= first_byte + histlen - 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Offset of the oldest byte; `master_repl_offset + 1` when empty.
    pub first_byte: i64,
    /// Number of bytes.
    pub histlen: i64,
}

/// The answer to PSYNC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// `+CONTINUE`: this many bytes follow from the backlog.
    Partial {
        /// Bytes to send, 0 or more.
        bytes: i64,
        /// The request named the previous history.
        by_replid2: bool,
    },
    /// `+FULLRESYNC`.
    Full(FullReason),
}

/// Decides on `PSYNC <replid> <offset>`, where `offset` is the first byte wanted.
pub fn decide(replid: &[u8], offset: i64, history: &History, backlog: Option<Window>) -> Decision {
    let by_replid = history.replid.matches(replid) || Mutant::PsyncIgnoresName.lives();
    let in_replid2 = offset <= history.second_replid_offset || Mutant::PsyncIgnoresFork.lives();
    let by_replid2 = !by_replid && history.replid2.matches(replid) && in_replid2;
    if !by_replid && !by_replid2 {
        return Decision::Full(refused_history(replid, history));
    }
    let Some(window) = backlog else { return Decision::Full(FullReason::NoBacklog) };
    let end = window.first_byte + window.histlen;
    if offset < window.first_byte && !Mutant::PsyncContinuesTooOld.lives() {
        Decision::Full(FullReason::TooOld { missing: window.first_byte.saturating_sub(offset) as u64 })
    } else if offset > end {
        Decision::Full(FullReason::Ahead)
    } else {
        Decision::Partial { bytes: end - offset, by_replid2 }
    }
}

fn refused_history(replid: &[u8], history: &History) -> FullReason {
    if replid.first() == Some(&b'?') {
        FullReason::NoHistory
    } else if history.replid2.matches(replid) {
        FullReason::BeyondFork { second_replid_offset: history.second_replid_offset }
    } else {
        FullReason::UnknownReplid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ReplId;

    fn history() -> History {
        let id = |digit: u8| ReplId::from_random([digit * 17; 20]);
        History { replid: id(0xa), replid2: id(0xb), second_replid_offset: 31, master_repl_offset: 50 }
    }

    fn ask(replid: &str, offset: i64) -> Decision {
        decide(replid.as_bytes(), offset, &history(), Some(Window { first_byte: 1, histlen: 50 }))
    }

    /// The measured table of section 3.2.
    #[test]
    fn every_offset_around_the_backlog() {
        let id = "a".repeat(40);
        for offset in 1..=51 {
            assert_eq!(ask(&id, offset), Decision::Partial { bytes: 51 - offset, by_replid2: false }, "{offset}");
        }
        assert_eq!(ask(&id, 0), Decision::Full(FullReason::TooOld { missing: 1 }));
        assert_eq!(ask(&id, -1), Decision::Full(FullReason::TooOld { missing: 2 }));
        assert_eq!(ask(&id, 52), Decision::Full(FullReason::Ahead));
        assert_eq!(ask(&id, i64::MAX), Decision::Full(FullReason::Ahead));
        assert_eq!(ask(&id, i64::MIN), Decision::Full(FullReason::TooOld { missing: i64::MAX as u64 }));
    }

    #[test]
    fn names_ignore_case_and_the_previous_one_ends_at_the_fork() {
        assert!(matches!(ask(&"A".repeat(40), 10), Decision::Partial { by_replid2: false, .. }));
        assert_eq!(ask(&"b".repeat(40), 31), Decision::Partial { bytes: 20, by_replid2: true });
        assert_eq!(ask(&"B".repeat(40), 32), Decision::Full(FullReason::BeyondFork { second_replid_offset: 31 }));
        assert_eq!(ask(&"c".repeat(40), 10), Decision::Full(FullReason::UnknownReplid));
        assert_eq!(ask("", 10), Decision::Full(FullReason::UnknownReplid));
        assert_eq!(ask("?", -1), Decision::Full(FullReason::NoHistory));
        assert_eq!(ask("?x", 5), Decision::Full(FullReason::NoHistory));
    }

    #[test]
    fn without_a_backlog_nothing_continues() {
        let id = "a".repeat(40);
        assert_eq!(decide(id.as_bytes(), 51, &history(), None), Decision::Full(FullReason::NoBacklog));
    }
}
