//! What COMMAND DOCS and HELP answer, asked of a running `redis-server` and kept as a file of the engine: it is part of
//! the protocol's surface, and clients show it. `documents.rs` beside the file reads it.
//!
//! A line that begins with `= ` names a command, or a container and `help`; the lines behind it are the reply in RESP3, one
//! token a line: `%n`, `*n` and `~n` begin a map, an array and a set, `$text`, `+text` and `:n` are values.

use crate::{Outcome, root};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The version whose texts these are.
const VERSION: &str = "v=7.0.15";
const TABLE: &str = "src/node/service/commands.txt";
const DOCUMENTS: &str = "src/node/commands/server/documents.txt";

/// Writes the file again.
pub(crate) fn write() -> Outcome<()> {
    let version = crate::command::program("redis-server", ["--version"]).output()?;
    if !version.contains(VERSION) {
        return Err(format!("the texts are those of redis-server {VERSION}, found {version}"));
    }
    let mut server = Server::start().map_err(|error| format!("redis-server: {error}"))?;
    let text = documents(&mut server).map_err(|error| format!("redis-server: {error}"))?;
    std::fs::write(root().join(DOCUMENTS), text).map_err(|error| format!("{DOCUMENTS}: {error}"))
}

fn documents(server: &mut Server) -> std::io::Result<String> {
    let table = std::fs::read_to_string(root().join(TABLE))?;
    let names: Vec<&str> = table.lines().filter_map(|line| line.split('\t').next()).collect();
    let mut text = String::new();
    server.ask(&["HELLO", "3"])?;
    for name in names.iter().filter(|name| !name.contains('|')) {
        let reply = server.ask(&["COMMAND", "DOCS", name])?;
        // The first two tokens say that this is a map of one command.
        entry(&mut text, name, &reply[2.min(reply.len())..]);
    }
    for name in &names {
        let has_help =
            *name == "debug" || names.iter().any(|other| other.split('|').next() == Some(name) && other != name);
        let reply = if has_help { server.ask(&[name, "HELP"])? } else { Vec::new() };
        if reply.first().is_some_and(|token| token.starts_with('*')) {
            entry(&mut text, &format!("{name} help"), &reply);
        }
    }
    Ok(text)
}

fn entry(text: &mut String, name: &str, tokens: &[String]) {
    text.push_str(&format!("= {name}\n"));
    for token in tokens {
        text.push_str(token);
        text.push('\n');
    }
}

/// A server on loopback that ends with this value.
struct Server {
    child: Child,
    stream: BufReader<TcpStream>,
}

impl Server {
    fn start() -> std::io::Result<Server> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "yes"])
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .spawn()?;
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            match TcpStream::connect(("127.0.0.1", port)) {
                Ok(stream) => return Ok(Server { child, stream: BufReader::new(stream) }),
                Err(error) if Instant::now() > deadline => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(error);
                }
                Err(_) => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Sends a command; its reply in tokens.
    fn ask(&mut self, words: &[&str]) -> std::io::Result<Vec<String>> {
        let mut request = format!("*{}\r\n", words.len());
        words.iter().for_each(|word| request.push_str(&format!("${}\r\n{word}\r\n", word.len())));
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut tokens, mut left) = (Vec::new(), 1);
        while left > 0 {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let line = line.trim_end().to_owned();
            let (kind, rest) = line.split_at(1.min(line.len()));
            let len: usize = rest.parse().unwrap_or(0);
            left -= 1;
            match kind {
                "%" => left += 2 * len,
                "*" | "~" => left += len,
                "$" => {
                    let mut text = vec![0; len + 2];
                    self.stream.read_exact(&mut text)?;
                    tokens.push(format!("${}", String::from_utf8_lossy(&text[..len])));
                    continue;
                }
                _ => {}
            }
            tokens.push(line);
        }
        Ok(tokens)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
