//! A piece of network between two servers that can fall silent: it then carries nothing and closes nothing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Forwards connections to one port.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    silent: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Proxy {
    /// Listens on a free port and forwards to `target`.
    pub(crate) fn to(target: u16) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (silent, over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let proxy = Proxy { port, silent: Arc::clone(&silent), over: Arc::clone(&over) };
        std::thread::spawn(move || {
            for near in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(near), Ok(far)) = (near, TcpStream::connect(("127.0.0.1", target))) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { continue };
                    let silent = Arc::clone(&silent);
                    std::thread::spawn(move || pump(from, to, &silent));
                }
            }
        });
        proxy
    }

    /// Begins or ends to carry nothing.
    pub(crate) fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        self.set_silent(false);
        // Wakes the listener, so that its thread ends.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Carries bytes in one direction until either end closes.
fn pump(mut from: TcpStream, mut to: TcpStream, silent: &AtomicBool) {
    let mut chunk = [0; 4096];
    loop {
        let read = from.read(&mut chunk);
        while silent.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        match read {
            Ok(len) if len > 0 && to.write_all(&chunk[..len]).is_ok() => {}
            _ => break,
        }
    }
    let _ = from.shutdown(std::net::Shutdown::Both);
    let _ = to.shutdown(std::net::Shutdown::Both);
}
