//! One TCP connection of the shell: reading what is there, writing what the node lets out, never more than the socket takes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use mio::net::TcpStream;
use psync_playground::base::{Bytes, Chunk};

/// Bytes that are taken out of the node at once.
pub(crate) const PULL_MAX: u64 = 64 * 1024;
/// Bytes that are read at once.
pub(crate) const READ_MAX: usize = 64 * 1024;

/// A connection.
pub(crate) struct Socket {
    pub(crate) stream: TcpStream,
    /// Dialled, and not known to stand yet.
    pub(crate) connecting: bool,
    /// The peer sends nothing more: reading goes on until the end, even if a read brought less than it could.
    pub(crate) ends: bool,
    /// Pulled from the node and not yet taken by the socket.
    unwritten: Option<Chunk>,
    /// Close once `unwritten` is gone.
    pub(crate) closing: bool,
}

/// What a read brought.
pub(crate) enum Arrival {
    Bytes(Bytes),
    Nothing,
    Closed,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, connecting: bool) -> Socket {
        let _ = stream.set_nodelay(true);
        Socket { stream, connecting, ends: false, unwritten: None, closing: false }
    }

    /// Reads what the socket has, at most one buffer full.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>) -> Arrival {
        buffer.resize(READ_MAX, 0);
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Arrival::Closed,
                Ok(n) => return Arrival::Bytes(Bytes::from(&buffer[..n])),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Arrival::Nothing,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Arrival::Closed,
            }
        }
    }

    /// Takes bytes to write.
    pub(crate) fn put(&mut self, chunk: Chunk) {
        self.unwritten = Some(chunk);
    }

    /// Writes what it can; says whether the socket can take more.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        while let Some(chunk) = &mut self.unwritten {
            let written = match chunk {
                Chunk::Data(bytes) => self.stream.write(bytes),
                Chunk::Ballast(n) => self.stream.write(&[0; 4096][..(*n).min(4096) as usize]),
            };
            match written {
                Ok(n) => {
                    chunk.split_to(n as u64);
                    if chunk.is_empty() {
                        self.unwritten = None;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Whether everything that was taken is written.
    pub(crate) fn is_flushed(&self) -> bool {
        self.unwritten.is_none()
    }

    pub(crate) fn shut(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
