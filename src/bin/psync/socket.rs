//! One connection of the shell: reading what is there, writing what the node lets out, never more than the socket takes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use psync_playground::base::{Bytes, Chunk};

/// Bytes that are taken out of the node at once.
pub(crate) const PULL_MAX: u64 = 64 * 1024;
/// Bytes that are read at once.
pub(crate) const READ_MAX: usize = 64 * 1024;

/// What a connection runs over.
pub(crate) enum Stream {
    Tcp(TcpStream),
    /// A socket in the file system.
    Unix(UnixStream),
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.read(buffer),
            Stream::Unix(stream) => stream.read(buffer),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => stream.write(bytes),
            Stream::Unix(stream) => stream.write(bytes),
        }
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Stream::Tcp(stream) => stream,
            Stream::Unix(stream) => stream,
        }
    }

    /// Reports under this token what happens to the connection.
    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(self.source(), token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Whether a dial came to nothing.
    pub(crate) fn has_failed(&self) -> bool {
        match self {
            Stream::Tcp(stream) => !matches!(stream.take_error(), Ok(None)) || stream.peer_addr().is_err(),
            Stream::Unix(_) => false,
        }
    }

    /// Address of the peer for the log; empty behind a path.
    pub(crate) fn peer(&self) -> String {
        match self {
            Stream::Tcp(stream) => stream.peer_addr().map(|peer| peer.to_string()).unwrap_or_default(),
            Stream::Unix(_) => String::new(),
        }
    }
}

/// A connection.
pub(crate) struct Socket {
    pub(crate) stream: Stream,
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
    pub(crate) fn new(stream: Stream, connecting: bool) -> Socket {
        if let Stream::Tcp(stream) = &stream {
            let _ = stream.set_nodelay(true);
        }
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
        let _ = match &self.stream {
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Stream::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}
