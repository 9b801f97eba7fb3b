//! What a message says, in words: commands as they would be typed at redis-cli, replies as redis-cli shows them.
//!
//! A message is a piece of a byte stream and need not begin where a command does: then the messages before it, as far as
//! they are kept, tell where it began.

use super::text::Part::{Bytes as Size, Word};
use super::text::tell;
use crate::base::{Bytes, Chunk};
use crate::repl::textbook::Frame;
use crate::resp::{Reply, ReplyScanner, Scanner, quote, render};
use crate::world::{Carried, MessageKind, Recording};

/// Most lines for one message.
const MOST_LINES: usize = 30;
/// An argument is shown up to so many bytes.
const MOST_ARGUMENT: usize = 80;
/// A text of lines is shown up to so many bytes.
const MOST_TEXT: usize = 1000;
/// So many messages back the beginning of a command is looked for.
const LOOK_BACK: usize = 64;

/// What a message says, line by line.
pub fn lines(recording: &Recording, message: &Carried) -> Vec<String> {
    let size = Size(message.chunk.len());
    let Some(bytes) = content(message) else {
        return vec![tell("{} of a snapshot whose content exists only as a number", &[size])];
    };
    match message.kind {
        MessageKind::Close => vec!["closes the connection".into()],
        MessageKind::Snapshot => vec![tell("{} of the snapshot", &[size])],
        MessageKind::Reply => replies(bytes),
        MessageKind::Handshake if !message.by_dialler() => text(&bytes),
        MessageKind::Ping if &bytes[..] == b"\n" => vec!["an empty line: the master is there".into()],
        _ => commands(recording, message, bytes),
    }
}

/// The bytes that count: those of the stream where they travel in a frame.
fn content(message: &Carried) -> Option<Bytes> {
    let Chunk::Data(bytes) = &message.chunk else { return (message.chunk.is_empty()).then(Bytes::new) };
    match message.stream.filter(|_| message.frame).and_then(|_| Frame::decode(bytes)) {
        Some(frame) => Some(frame.payload),
        None => Some(bytes.clone()),
    }
}

fn commands(recording: &Recording, message: &Carried, bytes: Bytes) -> Vec<String> {
    let mut pieces = vec![bytes];
    let mut first = message;
    loop {
        if pieces.last().is_some_and(|piece| piece.first() == Some(&b'*'))
            && let Some(lines) = scanned(&pieces)
        {
            return lines;
        }
        let earlier = recording.before(first).find(|earlier| leads_to(earlier, first));
        let Some((earlier, piece)) = earlier.and_then(|earlier| Some((earlier, content(earlier)?))) else { break };
        if pieces.len() > LOOK_BACK {
            break;
        }
        pieces.push(piece);
        first = earlier;
    }
    // Not an array, or of one whose beginning is not kept.
    match scanned(&pieces[..1]) {
        Some(lines) if message.stream.is_none() => lines,
        _ => vec![tell("{} of a command that began in an earlier message", &[Size(pieces[0].len() as u64)])],
    }
}

/// Whether the bytes of a message lie before those of another.
fn leads_to(earlier: &Carried, message: &Carried) -> bool {
    match (earlier.stream, message.stream) {
        (Some((_, last)), Some((first, _))) => last + 1 == first,
        (None, None) => true,
        _ => false,
    }
}

/// The commands that lie in the first of these pieces, of which the last is where reading begins; `None` if that is not
/// where a command begins.
fn scanned(pieces: &[Bytes]) -> Option<Vec<String>> {
    let mut scanner = Scanner::new();
    scanner.set_bulk_max(u64::MAX);
    pieces.iter().rev().for_each(|piece| scanner.push(piece.clone()));
    let begin: u64 = pieces[1..].iter().map(|piece| piece.len() as u64).sum();
    let mut lines = Vec::new();
    let mut at = 0;
    let mut more = 0u64;
    while let Some(request) = scanner.next().ok()? {
        at += request.consumed;
        if at <= begin || request.args.is_empty() {
            continue;
        }
        if lines.len() >= MOST_LINES {
            more += 1;
            continue;
        }
        let earlier = Word(if at - request.consumed < begin { "… " } else { "" });
        lines.push(tell("{}{}", &[earlier, Word(&typed(&request.args))]));
    }
    if more > 0 {
        lines.push(tell("and {} more", &[super::text::Part::Number(more as i64)]));
    }
    if scanner.pending() > 0 {
        lines.push(tell("{} of a command that goes on in the next message", &[Size(scanner.pending())]));
    }
    Some(lines)
}

/// A command as somebody would type it.
fn typed(args: &[Bytes]) -> String {
    let mut out = Vec::new();
    for arg in args {
        if !out.is_empty() {
            out.push(b' ');
        }
        let shown = &arg[..arg.len().min(MOST_ARGUMENT)];
        let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
        if !shown.is_empty() && shown.iter().all(plain) {
            out.extend_from_slice(shown);
        } else {
            quote(shown, &mut out);
        }
        if arg.len() > shown.len() {
            out.extend_from_slice(tell("… ({})", &[Size(arg.len() as u64)]).as_bytes());
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn replies(bytes: Bytes) -> Vec<String> {
    let mut scanner = ReplyScanner::new();
    let size = bytes.len() as u64;
    scanner.push(bytes);
    let mut lines = Vec::new();
    while let (Ok(Some(reply)), true) = (scanner.next(), lines.len() < MOST_LINES) {
        lines.extend(shown(&reply).lines().take(MOST_LINES).map(String::from));
    }
    if lines.is_empty() {
        lines.push(tell("{} of a reply", &[Size(size)]));
    }
    lines
}

/// A reply; of a long text only its length.
fn shown(reply: &Reply) -> String {
    match reply {
        Reply::Bulk(Some(bytes)) if bytes.len() > MOST_TEXT => tell("a string of {}", &[Size(bytes.len() as u64)]),
        _ => render(reply),
    }
}

/// Lines as they are.
fn text(bytes: &Bytes) -> Vec<String> {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_TEXT)]);
    shown.lines().take(MOST_LINES).map(String::from).collect()
}
