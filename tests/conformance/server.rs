//! A real `redis-server` on loopback, on a free port, in a scratch folder, stopped by its own handle; and raw sockets to it.

#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The version that the engine speaks as; another one would be compared with the wrong rules.
const VERSION: &str = "v=7.0.15";

static STARTED: AtomicU32 = AtomicU32::new(0);
static PORTS: AtomicU32 = AtomicU32::new(0);
/// Where the ports of servers begin, and how many there are: below those that the system gives to sockets that dial, so
/// that neither a client nor another test takes one between the look and the start.
const PORT_FIRST: u32 = 11_000;
const PORT_COUNT: u32 = 20_000;
static CHECKED: Once = Once::new();

/// A running server.
pub(crate) struct Server {
    child: Option<Child>,
    program: Program,
    pub(crate) port: u16,
    folder: PathBuf,
    directives: Vec<(String, String)>,
}

/// Which program serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// The real `redis-server`.
    Redis,
    /// The engine: `psync node`.
    Ours,
}

impl Server {
    /// Starts a real server with these directives.
    pub(crate) fn start(directives: &[(&str, &str)]) -> Server {
        Server::run(Program::Redis, directives)
    }

    /// Starts a server with these directives. Fails loudly where there is none, or one of another version.
    pub(crate) fn run(program: Program, directives: &[(&str, &str)]) -> Server {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("psync-conformance-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        let mut server = Server { child: None, program, port: 0, folder, directives: owned(directives) };
        // Between the look for a free port and the start another program may take it.
        for _ in 0..5 {
            server.port = free_port();
            if server.respawn() {
                return server;
            }
        }
        panic!("{program:?} ends at once with {directives:?}");
    }

    /// Starts the process again after [`Server::stop`], in the same folder and on the same port.
    pub(crate) fn spawn(&mut self) {
        assert!(self.respawn(), "{:?} ended at once", self.program);
    }

    /// As [`Server::spawn`]; `false` if the process ends at once.
    pub(crate) fn respawn(&mut self) -> bool {
        let mut command = match self.program {
            Program::Redis => {
                CHECKED.call_once(require_version);
                Command::new("redis-server")
            }
            Program::Ours => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_psync"));
                command.arg("node");
                command
            }
        };
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(&self.folder);
        command.args(["--enable-debug-command", "yes"]);
        for (name, value) in &self.directives {
            command.arg(format!("--{name}")).args(value.split(' '));
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
        self.child = Some(child);
        self.serves()
    }

    /// Whether the process ends by itself.
    pub(crate) fn ends_within(&mut self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|status| status.is_some())) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Kills the process, as a crash does.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Another value of a directive for the next start.
    pub(crate) fn directive(&mut self, name: &str, value: &str) {
        self.directives.retain(|(other, _)| other != name);
        self.directives.push((name.to_string(), value.to_string()));
    }

    /// Removes the snapshot file, so that the next start begins with nothing.
    pub(crate) fn forget_snapshot(&self) {
        let _ = std::fs::remove_file(self.folder.join("dump.rdb"));
    }

    /// Stops the process in the middle of whatever it does; its connections stay.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets a frozen process go on.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().expect("the process is up").id()
    }

    fn signal(&self, name: &str) {
        let pid = self.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().is_ok_and(|status| status.success()), "kill {name}");
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until the process serves; `false` if it ends instead.
    fn serves(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !self.answers() {
            let child = self.child.as_mut();
            if child.is_none_or(|child| child.try_wait().is_ok_and(|status| status.is_some())) {
                return false;
            }
            assert!(Instant::now() < deadline, "{:?} did not answer within 20 s", self.program);
            std::thread::sleep(Duration::from_millis(5));
        }
        // The first cron feeds a heartbeat to whoever is attached by then: let it pass.
        std::thread::sleep(Duration::from_millis(50));
        true
    }

    /// Whether it listens and has loaded its snapshot.
    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        let mut answer = [0; 64];
        let asked =
            stream.set_read_timeout(Some(Duration::from_secs(1))).is_ok() && stream.write_all(b"PING\r\n").is_ok();
        let len = if asked { stream.read(&mut answer).unwrap_or(0) } else { 0 };
        len > 0 && !answer.starts_with(b"-LOADING")
    }

    /// A raw connection.
    pub(crate) fn connect(&self) -> Socket {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("connect");
        stream.set_nodelay(true).expect("nodelay");
        Socket { stream, buffered: Vec::new() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port that nobody listens on, and that no other test of this process was given.
fn free_port() -> u16 {
    loop {
        let place = std::process::id().wrapping_mul(97).wrapping_add(PORTS.fetch_add(1, Ordering::Relaxed));
        let port = (PORT_FIRST + place % PORT_COUNT) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

fn owned(directives: &[(&str, &str)]) -> Vec<(String, String)> {
    directives.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn require_version() {
    let version = Command::new("redis-server").arg("--version").output();
    let version = version.expect("redis-server 7.0.15 is needed: `cargo xtask test` installs it");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    assert!(version.contains(VERSION), "redis-server 7.0.15 is needed, found: {version}");
}

/// A raw socket.
pub(crate) struct Socket {
    stream: TcpStream,
    buffered: Vec<u8>,
}

impl Socket {
    /// Sends bytes.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("send");
    }

    /// Reads until `done` says how many of the bytes so far are wanted.
    pub(crate) fn read_until(&mut self, what: &str, mut done: impl FnMut(&[u8]) -> Option<usize>) -> Vec<u8> {
        let deadline = Instant::now() + Duration::from_secs(10);
        self.stream.set_read_timeout(Some(Duration::from_millis(200))).expect("timeout");
        loop {
            if let Some(len) = done(&self.buffered) {
                return self.buffered.drain(..len).collect();
            }
            let mut chunk = [0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(0) => panic!("connection closed while waiting for {what}"),
                Ok(n) => self.buffered.extend_from_slice(&chunk[..n]),
                Err(_) => assert!(
                    Instant::now() < deadline,
                    "no {what} within 10 s; so far {:?}",
                    String::from_utf8_lossy(&self.buffered)
                ),
            }
        }
    }

    /// One line with its end.
    pub(crate) fn line(&mut self) -> Vec<u8> {
        self.read_until("a line", |bytes| bytes.iter().position(|&byte| byte == b'\n').map(|at| at + 1))
    }

    /// One whole reply, raw.
    pub(crate) fn reply(&mut self) -> Vec<u8> {
        self.read_until("a reply", reply_len)
    }

    /// Sends a command in words and returns its raw reply.
    pub(crate) fn command(&mut self, line: &str) -> String {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        self.send(&psync_playground::resp::encode_command(&words));
        String::from_utf8_lossy(&self.reply()).into_owned()
    }

    /// The value of an INFO field.
    pub(crate) fn info(&mut self, field: &str) -> String {
        let text = self.command("INFO everything");
        let prefix = format!("{field}:");
        text.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap_or("").to_string()
    }

    /// Attaches as a replica that takes a disk snapshot; returns the `+FULLRESYNC` line.
    pub(crate) fn attach(&mut self) -> String {
        self.send(b"*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n");
        let mut line = self.line();
        while line == b"\n" {
            line = self.line();
        }
        let answer = String::from_utf8_lossy(&line).trim().to_string();
        assert!(answer.starts_with("+FULLRESYNC"), "{answer}");
        let mut header = self.line();
        while header == b"\n" {
            header = self.line();
        }
        let len: usize = String::from_utf8_lossy(&header[1..]).trim().parse().expect("a length");
        self.read_until("the snapshot", |bytes| (bytes.len() >= len).then_some(len));
        answer
    }
}

/// Bytes of the first whole RESP2 reply.
pub(crate) fn reply_len(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let number = || std::str::from_utf8(&bytes[1..end - 2]).ok()?.parse::<i64>().ok();
    match bytes[0] {
        b'$' => match number()? {
            -1 => Some(end),
            len => (bytes.len() >= end + len as usize + 2).then_some(end + len as usize + 2),
        },
        b'*' => {
            let mut at = end;
            for _ in 0..number()?.max(0) {
                at += reply_len(bytes.get(at..).filter(|rest| !rest.is_empty())?)?;
            }
            Some(at)
        }
        _ => Some(end),
    }
}
