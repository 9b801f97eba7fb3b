//! A web server for one folder of static files on 127.0.0.1, on the standard library alone.
//!
//! It knows GET and HEAD, answers one request a connection, and never leaves its folder.

use crate::Outcome;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The port that is tried when none is asked for.
const USUAL_PORT: u16 = 7379;
/// Longest request head in bytes; what is longer is refused.
const HEAD_BYTES_MAX: u64 = 16 * 1024;
/// How long a silent connection is kept.
const PATIENCE: Duration = Duration::from_secs(10);

/// A bound listener and the folder that it serves.
pub(crate) struct Server {
    listener: TcpListener,
    folder: Arc<PathBuf>,
}

/// What a request gets.
#[derive(Debug, PartialEq)]
enum Answer {
    File(PathBuf),
    Redirect(String),
    Empty,
    Problem(u16, &'static str),
}

impl Server {
    /// Binds to a port: the one asked for, any free one for 0, the usual one or else a free one for `None`.
    pub(crate) fn bind(folder: PathBuf, port: Option<u16>) -> Outcome<Server> {
        let wanted = port.unwrap_or(USUAL_PORT);
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)) {
            Ok(listener) => Ok(listener),
            Err(error) if port.is_none() => {
                println!("port {wanted} cannot be used ({error}); taking a free one");
                TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| format!("no free port: {error}"))
            }
            Err(error) => Err(format!("port {wanted} cannot be used: {error}\n--port 0 takes any free one")),
        }?;
        let folder = fs::canonicalize(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Server { listener, folder: Arc::new(folder) })
    }

    /// The address to open.
    pub(crate) fn address(&self) -> String {
        let port = self.listener.local_addr().map(|address| address.port()).unwrap_or_default();
        format!("http://127.0.0.1:{port}/")
    }

    /// Serves until the process ends.
    pub(crate) fn serve(self) {
        for stream in self.listener.incoming() {
            // A failed accept or a visitor who has gone is nothing that the next visitor should notice.
            let Ok(stream) = stream else { continue };
            let folder = Arc::clone(&self.folder);
            std::thread::spawn(move || converse(stream, &folder));
        }
    }
}

/// One request and its answer.
fn converse(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut lines = BufReader::new(stream.try_clone()?.take(HEAD_BYTES_MAX)).lines();
    let Some(first) = lines.next() else { return Ok(()) };
    let first = first?;
    // The rest of the head says nothing that matters here, but must be read, or closing would cut off the answer.
    while let Some(line) = lines.next().transpose()? {
        if line.is_empty() {
            break;
        }
    }
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let answer = match method {
        "GET" | "HEAD" => resolve(folder, target),
        _ => Answer::Problem(405, "Method Not Allowed"),
    };
    reply(&mut stream, answer, method == "HEAD")
}

/// Finds what a request's target names.
fn resolve(folder: &Path, target: &str) -> Answer {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let Some(decoded) = decode(path) else { return Answer::Problem(400, "Bad Request") };
    let Some(inside) = decoded.strip_prefix('/') else { return Answer::Problem(400, "Bad Request") };
    if inside.split('/').any(|part| part == ".." || part.contains(['\\', '\0', ':'])) {
        return Answer::Problem(403, "Forbidden");
    }
    let mut file = folder.join(inside.trim_start_matches('/'));
    if file.is_dir() {
        if !path.ends_with('/') {
            return Answer::Redirect(format!("{path}/"));
        }
        file.push("index.html");
    }
    match fs::canonicalize(&file) {
        // A symbolic link must not lead out either.
        Ok(real) if !real.starts_with(folder) => Answer::Problem(403, "Forbidden"),
        Ok(real) if real.is_file() => Answer::File(real),
        // Browsers ask for it on their own; a 404 would be an error in the console of someone who looks for errors.
        _ if inside == "favicon.ico" => Answer::Empty,
        _ => Answer::Problem(404, "Not Found"),
    }
}

/// Undoes percent encoding; `None` if it is broken or does not spell UTF-8.
fn decode(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes().iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(*rest.next()?)?, digit(*rest.next()?)?);
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).ok()
}

/// Writes an answer. Nothing is cached, so that a rebuilt page shows at once.
fn reply(stream: &mut TcpStream, answer: Answer, head_only: bool) -> std::io::Result<()> {
    let (status, kind, extra, body) = match answer {
        Answer::File(path) => match fs::read(&path) {
            Ok(bytes) => ("200 OK".to_owned(), media_type(&path), String::new(), bytes),
            Err(_) => ("500 Internal Server Error".to_owned(), "text/plain; charset=utf-8", String::new(), Vec::new()),
        },
        Answer::Redirect(to) => {
            ("301 Moved Permanently".to_owned(), "text/plain", format!("Location: {to}\r\n"), Vec::new())
        }
        Answer::Empty => ("204 No Content".to_owned(), "text/plain", String::new(), Vec::new()),
        Answer::Problem(code, text) => (
            format!("{code} {text}"),
            "text/plain; charset=utf-8",
            String::new(),
            format!("{code} {text}\n").into_bytes(),
        ),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n{extra}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    if !head_only {
        stream.write_all(&body)?;
    }
    stream.flush()
}

/// Media type by file extension. `application/wasm` lets the browser compile while it loads.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "md" | "txt" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-server-{}", std::process::id()));
        fs::create_dir_all(folder.join("site/js")).unwrap();
        fs::write(folder.join("site/index.html"), "<p>home").unwrap();
        fs::write(folder.join("site/js/a b.js"), "1").unwrap();
        fs::write(folder.join("secret.txt"), "no").unwrap();
        fs::canonicalize(folder.join("site")).unwrap()
    }

    #[test]
    fn finds_files_and_stays_inside() {
        let site = site();
        assert_eq!(resolve(&site, "/"), Answer::File(site.join("index.html")));
        assert_eq!(resolve(&site, "/index.html?scenario=chain#now"), Answer::File(site.join("index.html")));
        assert_eq!(resolve(&site, "/js/a%20b.js"), Answer::File(site.join("js/a b.js")));
        assert_eq!(resolve(&site, "/js"), Answer::Redirect("/js/".to_owned()));
        assert_eq!(resolve(&site, "/favicon.ico"), Answer::Empty);
        assert_eq!(resolve(&site, "/missing.js"), Answer::Problem(404, "Not Found"));
        for bad in ["/../secret.txt", "/%2e%2e/secret.txt", "/js/..%2f..%2fsecret.txt", "/..\\secret.txt", "/%00"] {
            assert_eq!(resolve(&site, bad), Answer::Problem(403, "Forbidden"), "{bad}");
        }
        for bad in ["", "index.html", "/%", "/%zz", "/%ff", "http://other/"] {
            assert_eq!(resolve(&site, bad), Answer::Problem(400, "Bad Request"), "{bad}");
        }
        assert_eq!(resolve(&site, "//etc/passwd"), Answer::Problem(404, "Not Found"));
    }

    #[test]
    fn answers_over_a_real_socket() {
        let server = Server::bind(site(), Some(0)).unwrap();
        let address = server.address().trim_start_matches("http://").trim_end_matches('/').to_owned();
        std::thread::spawn(move || server.serve());
        let ask = |request: &str| {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let page = ask("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
        assert!(page.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html"), "{page}");
        assert!(page.ends_with("\r\n\r\n<p>home"), "{page}");
        assert!(ask("HEAD / HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"));
        assert!(ask("POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
        assert!(ask("nonsense\r\n\r\n").starts_with("HTTP/1.1 405 "));
    }
}
