//! A raw connection that never fails a test by itself: what did not come, and that the other side closed, is part of what
//! is compared.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::server::reply_len;

/// How long something may take on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// One end of a connection.
pub(crate) struct Wire {
    stream: TcpStream,
    buffered: Vec<u8>,
    /// The other side has closed.
    ended: bool,
}

impl Wire {
    pub(crate) fn dial(port: u16) -> Option<Wire> {
        TcpStream::connect(("127.0.0.1", port)).ok().and_then(Wire::new)
    }

    /// Waits for a connection on a listener that does not block.
    pub(crate) fn accept(listener: &TcpListener, limit: Duration) -> Option<Wire> {
        let deadline = Instant::now() + limit;
        loop {
            if let Ok((stream, _)) = listener.accept() {
                return Wire::new(stream);
            }
            if Instant::now() > deadline {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn new(stream: TcpStream) -> Option<Wire> {
        stream.set_nonblocking(false).ok()?;
        stream.set_nodelay(true).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        Some(Wire { stream, buffered: Vec::new(), ended: false })
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.ended |= self.stream.write_all(bytes).is_err();
    }

    /// Reads until `len` says how many bytes are wanted. What is there when the other side closes or `limit` is over comes
    /// back as the error.
    pub(crate) fn read(&mut self, limit: Duration, len: impl Fn(&[u8]) -> Option<usize>) -> Result<Vec<u8>, String> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(len) = len(&self.buffered) {
                return Ok(self.buffered.drain(..len).collect());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if self.ended || left.is_zero() {
                let what = if self.ended { "closed" } else { "nothing more" };
                return Err(format!("{}({what})", show(&std::mem::take(&mut self.buffered))));
            }
            let mut chunk = [0; 65536];
            let _ = self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1))));
            match self.stream.read(&mut chunk) {
                Ok(0) => self.ended = true,
                Ok(len) => self.buffered.extend_from_slice(&chunk[..len]),
                Err(error) => {
                    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
                    self.ended |= !matches!(error.kind(), WouldBlock | TimedOut | Interrupted);
                }
            }
        }
    }

    /// What comes within a time, and whether the other side closed.
    pub(crate) fn all(&mut self, limit: Duration) -> String {
        self.read(limit, |_| None).err().unwrap_or_default()
    }

    /// Sends a command; its raw reply.
    pub(crate) fn ask(&mut self, command: &[u8]) -> Result<Vec<u8>, String> {
        self.send(command);
        self.reply()
    }

    pub(crate) fn reply(&mut self) -> Result<Vec<u8>, String> {
        self.read(PATIENCE, reply_len)
    }

    pub(crate) fn lines(&mut self, count: usize) -> Result<Vec<u8>, String> {
        self.read(PATIENCE, |bytes| {
            let mut ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
            ends.nth(count - 1)
        })
    }

    /// Commands as a replica sends them: RESP arrays, or lines.
    pub(crate) fn commands(&mut self, count: usize) -> Result<Vec<u8>, String> {
        self.read(PATIENCE, |bytes| {
            let mut at = 0;
            for _ in 0..count {
                at += reply_len(bytes.get(at..).filter(|rest| !rest.is_empty())?)?;
            }
            Some(at)
        })
    }

    /// A snapshot behind its keepalives: which framing it has. The payload differs from run to run.
    pub(crate) fn snapshot(&mut self) -> Result<Vec<u8>, String> {
        let mut header = self.lines(1)?;
        while header == b"\n" {
            header = self.lines(1)?;
        }
        let word = String::from_utf8_lossy(&header).trim_end().to_owned();
        let lost = |rest: String| format!("a snapshot that ends early, {} bytes", rest.len());
        if let Some(mark) = word.strip_prefix("$EOF:") {
            let end = |bytes: &[u8]| {
                bytes.windows(mark.len()).position(|window| window == mark.as_bytes()).map(|at| at + mark.len())
            };
            let payload = self.read(PATIENCE, end).map_err(lost)?;
            return Ok(format!("a snapshot between marks that begins with {}", show(&payload[..9])).into());
        }
        match word.strip_prefix('$').and_then(|len| len.parse::<usize>().ok()) {
            Some(len) if len >= 9 => {
                let payload = self.read(PATIENCE, |bytes| (bytes.len() >= len).then_some(len)).map_err(lost)?;
                Ok(format!("a snapshot of announced length that begins with {}", show(&payload[..9])).into())
            }
            _ => Err(format!("no snapshot but {}", show(&header))),
        }
    }
}

/// Bytes as text, what is not printable escaped.
pub(crate) fn show(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.replace('\r', "").replace('\n', "|"),
        Err(_) => bytes.escape_ascii().to_string(),
    }
}
