//! Where clients come in: the port, and a socket in the file system if one is configured.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use mio::net::{TcpListener, UnixListener};
use mio::{Interest, Registry, Token};
use psync_playground::config::{Config, Directive};

use crate::log;
use crate::socket::Stream;

/// The listening sockets.
pub(crate) struct Listeners {
    tcp: TcpListener,
    unix: Option<(UnixListener, PathBuf)>,
}

/// A connection that came in, and where from.
pub(crate) struct Accepted {
    pub(crate) stream: Stream,
    /// Address, or the path of the socket.
    pub(crate) ip: String,
    /// 0 behind a path.
    pub(crate) port: u16,
}

impl Listeners {
    /// Listens as the configuration says.
    pub(crate) fn open(config: &Config) -> Result<Listeners, String> {
        let address = format!("127.0.0.1:{}", config.port());
        let parsed: SocketAddr = address.parse().map_err(|error| format!("{address}: {error}"))?;
        let tcp = TcpListener::bind(parsed).map_err(|error| {
            log::line('#', &format!("Failed listening on port {}, aborting.", config.port()));
            format!("cannot listen on {address}: {error}")
        })?;
        let path = config.show(Directive::UnixSocket);
        if path.is_empty() {
            return Ok(Listeners { tcp, unix: None });
        }
        // One that an earlier process left behind.
        let _ = std::fs::remove_file(&path);
        let unix = UnixListener::bind(&path).map_err(|error| format!("cannot listen on {path}: {error}"))?;
        Ok(Listeners { tcp, unix: Some((unix, PathBuf::from(path))) })
    }

    /// Reports clients that come in under this token.
    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(&mut self.tcp, token, Interest::READABLE)?;
        match &mut self.unix {
            Some((unix, _)) => registry.register(unix, token, Interest::READABLE),
            None => Ok(()),
        }
    }

    /// The port in use.
    pub(crate) fn port(&self) -> Result<u16, String> {
        Ok(self.tcp.local_addr().map_err(|error| error.to_string())?.port())
    }

    /// The next connection that waits.
    pub(crate) fn accept(&self) -> Option<Accepted> {
        if let Ok((stream, peer)) = self.tcp.accept() {
            return Some(Accepted { stream: Stream::Tcp(stream), ip: peer.ip().to_string(), port: peer.port() });
        }
        let (unix, path) = self.unix.as_ref()?;
        let (stream, _) = unix.accept().ok()?;
        Some(Accepted { stream: Stream::Unix(stream), ip: path.display().to_string(), port: 0 })
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.unix {
            let _ = std::fs::remove_file(path);
        }
    }
}
