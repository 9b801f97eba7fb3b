//! Consoles: what a person types at a node and what redis-cli would show. Each node has a session for its person, and
//! another for administration by actions, so that a promotion does not end up inside the person's MULTI.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::base::Chunk;
use crate::resp::{Reply, ReplyScanner, encode_command, render, split_line};

use super::queue::ConnKey;

/// Lines of a transcript that are kept.
const LINES_KEPT: usize = 500;
/// Lines without an answer; more are refused.
const MOST_WAITING: usize = 100;
/// A reply shows at most this many lines.
const REPLY_LINES: usize = 200;

/// What a line of a transcript is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Typed.
    Input,
    /// Answered.
    Output,
    /// Answered with an error, or no answer will come.
    Error,
}

/// A line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleLine {
    /// Its number, from 1 on without gaps.
    pub seq: u64,
    /// What it is.
    pub kind: LineKind,
    /// Its text.
    pub text: Arc<str>,
}

/// What was typed at one node, and what came back. Both sessions write here.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    lines: VecDeque<ConsoleLine>,
    seq: u64,
}

/// A connection that types.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    pub(super) conn: Option<ConnKey>,
    outgoing: VecDeque<Chunk>,
    /// One entry for each command without an answer: whether the answer is shown as it comes.
    waiting: VecDeque<bool>,
    scanner: ReplyScanner,
}

impl Transcript {
    pub(super) fn add(&mut self, kind: LineKind, text: &str) {
        self.seq += 1;
        self.lines.push_back(ConsoleLine { seq: self.seq, kind, text: text.into() });
        if self.lines.len() > LINES_KEPT {
            self.lines.pop_front();
        }
    }

    /// Number of the latest line, 0 if there is none.
    pub fn last_seq(&self) -> u64 {
        self.seq
    }

    /// The lines after number `seq` that are still kept, in order.
    pub fn since(&self, seq: u64) -> impl Iterator<Item = &ConsoleLine> {
        self.lines.iter().skip_while(move |line| line.seq <= seq)
    }
}

impl Session {
    /// Types a line; says whether there is something to send.
    pub(super) fn type_line(&mut self, line: &str, transcript: &mut Transcript) -> bool {
        transcript.add(LineKind::Input, line);
        let Some(words) = split_line(line.as_bytes()) else {
            transcript.add(LineKind::Error, "Invalid argument(s)");
            return false;
        };
        if words.is_empty() {
            return false;
        }
        if self.waiting.len() >= MOST_WAITING {
            transcript.add(LineKind::Error, "Too many commands wait for their answers");
            return false;
        }
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        self.outgoing.push_back(Chunk::Data(encode_command(&words).into()));
        self.waiting.push_back(is_raw(&words));
        true
    }

    /// Lines without an answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn pull(&mut self, room: u64) -> Option<Chunk> {
        let first = self.outgoing.front_mut()?;
        if first.len() <= room { self.outgoing.pop_front() } else { Some(first.split_to(room)) }
    }

    /// Shows what was answered. `false` if it is not the protocol.
    pub(super) fn receive(&mut self, chunk: Chunk, transcript: &mut Transcript) -> bool {
        let Chunk::Data(bytes) = chunk else { return false };
        self.scanner.push(bytes);
        loop {
            let reply = match self.scanner.next() {
                Ok(Some(reply)) => reply,
                Ok(None) => return true,
                Err(_) => return false,
            };
            let raw = self.waiting.pop_front().unwrap_or(false);
            let kind = if matches!(reply, Reply::Error(_)) { LineKind::Error } else { LineKind::Output };
            let text = match &reply {
                Reply::Bulk(Some(text)) if raw => String::from_utf8_lossy(text).into_owned(),
                reply => render(reply),
            };
            for (count, line) in text.lines().enumerate() {
                if count == REPLY_LINES {
                    transcript.add(LineKind::Output, "...");
                    break;
                }
                transcript.add(kind, line);
            }
        }
    }

    /// The connection is gone; `text` says what that means for those who wait.
    pub(super) fn disconnected(&mut self, text: &str, transcript: &mut Transcript) {
        if !self.waiting.is_empty() {
            transcript.add(LineKind::Error, text);
        }
        *self = Session::default();
    }
}

/// Whether redis-cli shows the answer of a command as it comes, without quotes: text that is made for reading.
fn is_raw(words: &[&[u8]]) -> bool {
    let is = |at: usize, name: &str| words.get(at).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()));
    is(0, "info") || (is(0, "client") && (is(1, "list") || is(1, "info")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(transcript: &Transcript) -> Vec<&str> {
        transcript.lines.iter().map(|line| &*line.text).collect()
    }

    #[test]
    fn a_line_becomes_a_command_and_the_answer_text() {
        let (mut session, mut transcript) = (Session::default(), Transcript::default());
        assert!(session.type_line("SET k \"a b\"", &mut transcript));
        assert_eq!(session.pull(99), Some(Chunk::Data("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n".into())));
        assert!(session.receive(Chunk::Data("+O".into()), &mut transcript));
        assert!(session.receive(Chunk::Data("K\r\n:4\r\n".into()), &mut transcript));
        assert_eq!(texts(&transcript), ["SET k \"a b\"", "OK", "(integer) 4"]);
    }

    #[test]
    fn bad_quotes_and_empty_lines_are_not_sent() {
        let (mut session, mut transcript) = (Session::default(), Transcript::default());
        assert!(!session.type_line("SET k \"a", &mut transcript));
        assert!(!session.type_line("  ", &mut transcript));
        assert_eq!(texts(&transcript), ["SET k \"a", "Invalid argument(s)", "  "]);
    }

    #[test]
    fn who_waits_is_told_that_no_answer_will_come() {
        let (mut session, mut transcript) = (Session::default(), Transcript::default());
        session.type_line("WAIT 1 0", &mut transcript);
        session.disconnected("Error: Server closed the connection", &mut transcript);
        session.disconnected("not said again", &mut transcript);
        assert_eq!(texts(&transcript), ["WAIT 1 0", "Error: Server closed the connection"]);
    }

    #[test]
    fn text_made_for_reading_is_shown_without_quotes() {
        let (mut session, mut transcript) = (Session::default(), Transcript::default());
        assert!(session.type_line("INFO replication", &mut transcript));
        assert!(session.type_line("GET k", &mut transcript));
        assert!(session.receive(Chunk::Data("$13\r\n# A\r\nb:1\r\nc:2\r\n".into()), &mut transcript));
        assert!(session.receive(Chunk::Data("$1\r\nv\r\n".into()), &mut transcript));
        assert_eq!(texts(&transcript), ["INFO replication", "GET k", "# A", "b:1", "c:2", "\"v\""]);
    }

    #[test]
    fn a_transcript_is_bounded_and_numbered() {
        let mut transcript = Transcript::default();
        for _ in 0..LINES_KEPT + 10 {
            transcript.add(LineKind::Output, "x");
        }
        assert_eq!(transcript.since(0).count(), LINES_KEPT);
        assert_eq!(transcript.since(transcript.last_seq() - 2).count(), 2);
    }
}
