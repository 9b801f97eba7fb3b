//! Plays a case against a program and notes everything that can be compared: replies, what raw peers see, the propagated
//! bytes, INFO, the digest of the data set.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use psync_playground::resp::{encode_command, split_line};

use super::mask::{Masker, about, names, sorted};
use super::random;
use super::script::{Act, Case, Verb, View};
use super::server::{Program, Server};
use super::wire::{PATIENCE, Wire, show};

/// What was seen: a line of the case, or a name, and what the program made of it.
pub(crate) type Seen = Vec<(String, String)>;

/// Fields of INFO that are compared after every case.
const FIELDS: [&str; 10] = [
    "role",
    "master_repl_offset",
    "second_repl_offset",
    "repl_backlog_first_byte_offset",
    "repl_backlog_histlen",
    "connected_slaves",
    "expired_keys",
    "sync_full",
    "sync_partial_ok",
    "sync_partial_err",
];

/// Under these directives both run: snapshots by disk, and heartbeats only when a case asks for them.
const USUAL: [(&str, &str); 3] =
    [("repl-diskless-sync", "no"), ("repl-ping-replica-period", "3600"), ("enable-debug-command", "yes")];

struct Player<'a> {
    server: Server,
    listener: TcpListener,
    clients: BTreeMap<usize, Wire>,
    /// What CLIENT ID says, if the case asks for it.
    ids: Option<BTreeMap<usize, String>>,
    peers: BTreeMap<String, Wire>,
    recorder: Option<(Wire, i64)>,
    masker: Masker<'a>,
    seen: Seen,
}

/// Plays a case.
pub(crate) fn play(case: &Case, program: Program) -> Seen {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a listener that does not block");
    let master = listener.local_addr().expect("an address").port();
    let usual = USUAL.iter().filter(|(name, _)| case.directives.iter().all(|(own, _)| own != name));
    let own = case.directives.iter().map(|(name, value)| (name.clone(), value.replace("$master", &master.to_string())));
    let directives: Vec<(String, String)> =
        usual.map(|(name, value)| (name.to_string(), value.to_string())).chain(own).collect();
    let borrowed: Vec<(&str, &str)> = directives.iter().map(|(name, value)| (&name[..], &value[..])).collect();
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
    let server = Server::run(program, &borrowed);
    let masker = Masker::new(&case.text, &case.masks, server.port, master, now_ms);
    let (clients, peers) = (BTreeMap::new(), BTreeMap::new());
    let ids = case.text.contains("$client").then(BTreeMap::new);
    let mut player = Player { server, listener, clients, ids, peers, recorder: None, masker, seen: Vec::new() };
    if !case.alone {
        player.attach_recorder();
    }
    for step in &case.steps {
        if let Some(what) = player.step(&step.act) {
            player.note(&step.line, &what);
        }
    }
    player.finish(case);
    player.seen
}

impl Player<'_> {
    fn note(&mut self, line: &str, what: &str) {
        let masked = self.masker.mask(what);
        self.seen.push((line.to_owned(), masked));
    }

    fn attach_recorder(&mut self) {
        let Some(mut wire) = Wire::dial(self.server.port) else { return };
        wire.send(&encode("PSYNC ? -1"));
        let offset = wire.lines(1).ok().and_then(|line| {
            String::from_utf8_lossy(&line).split_whitespace().nth(2).and_then(|word| word.parse::<i64>().ok())
        });
        let complete = wire.snapshot().is_ok();
        self.recorder = offset.filter(|_| complete).map(|offset| (wire, offset));
        self.until("slave0:ip=127.0.0.1,port=0,state=online,");
    }

    /// Does one thing; what was seen, if it was a thing to look at.
    fn step(&mut self, act: &Act) -> Option<String> {
        match act {
            Act::Command { client, command, view } => {
                let command = encode(&self.expand(command));
                let reply = self.client(*client).map_or(Err("nobody listens".into()), |wire| wire.ask(&command));
                Some(reply.map_or_else(|lost| lost, |reply| looked_at(&reply, view)))
            }
            Act::Send { client, command } => {
                let command = encode(&self.expand(command));
                self.client(*client)?.send(&command);
                // The order in which commands of several clients arrive is part of a case.
                std::thread::sleep(Duration::from_millis(30));
                None
            }
            Act::Reply { client } => {
                let reply = self.client(*client).map_or(Err("nobody listens".into()), Wire::reply);
                Some(reply.map_or_else(|lost| lost, |reply| looked_at(&reply, &View::Whole)))
            }
            Act::Sleep { ms } => {
                std::thread::sleep(Duration::from_millis(*ms));
                None
            }
            Act::Until { line } => {
                let line = self.expand(line);
                Some(self.until(&line))
            }
            Act::Dump { bytes } => {
                std::fs::write(self.server.folder().join("dump.rdb"), raw(bytes))
                    .expect("a file in the scratch folder");
                None
            }
            Act::Restart => {
                self.clients.clear();
                self.server.stop();
                Some(if self.server.respawn() { "up again".into() } else { "ends at once".into() })
            }
            Act::Ends => {
                let ends = self.server.ends_within(Duration::from_secs(10));
                Some(if ends { "ends".into() } else { "does not end".into() })
            }
            Act::Random { seed, count, families } => {
                let families: Vec<&str> = families.iter().map(String::as_str).collect();
                for (command, ordered) in random::commands(*seed, *count, &families) {
                    let view = if ordered { View::Whole } else { View::Sorted };
                    let what = self.step(&Act::Command { client: 1, command: command.clone(), view });
                    self.note(&command, &what.unwrap_or_default());
                }
                None
            }
            Act::Peer { name, verb } => self.peer(name, verb),
        }
    }

    fn client(&mut self, number: usize) -> Option<&mut Wire> {
        if !self.clients.contains_key(&number) {
            let mut wire = Wire::dial(self.server.port)?;
            if let Some(ids) = &mut self.ids {
                let id = wire.ask(&encode("CLIENT ID")).unwrap_or_default();
                ids.insert(number, String::from_utf8_lossy(&id).trim_matches([':', '\r', '\n']).to_owned());
            }
            self.clients.insert(number, wire);
        }
        self.clients.get_mut(&number)
    }

    fn peer(&mut self, name: &str, verb: &Verb) -> Option<String> {
        match verb {
            Verb::Connect => {
                self.peers.insert(name.to_owned(), Wire::dial(self.server.port)?);
                return None;
            }
            Verb::Accept { within_ms } => {
                let limit = within_ms.map_or(PATIENCE, Duration::from_millis);
                let Some(wire) = Wire::accept(&self.listener, limit) else { return Some("does not dial".into()) };
                self.peers.insert(name.to_owned(), wire);
                return Some("dials".into());
            }
            Verb::Close => {
                self.peers.remove(name);
                return None;
            }
            Verb::Say(text) | Verb::Send(text) => {
                let text = self.expand(text);
                let bytes = if matches!(verb, Verb::Say(_)) { encode(&text) } else { raw(&text) };
                self.peers.get_mut(name)?.send(&bytes);
                return None;
            }
            _ => {}
        }
        let Some(wire) = self.peers.get_mut(name) else { return Some("not connected".into()) };
        let read = match verb {
            Verb::All { ms } => Err(wire.all(Duration::from_millis(*ms))),
            Verb::Closed => Err(wire.all(Duration::from_secs(5))),
            Verb::Lines(count) => wire.lines(*count),
            Verb::Commands(count) => wire.commands(*count),
            Verb::Bytes(count) => wire.read(PATIENCE, |bytes| (bytes.len() >= *count).then_some(*count)),
            Verb::Snapshot => wire.snapshot(),
            Verb::Ack => next_ack(wire),
            _ => return None,
        };
        Some(read.map_or_else(|lost| lost, |bytes| show(&bytes)))
    }

    /// Waits until INFO has a line that begins so; what it has instead after a while.
    fn until(&mut self, line: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let info = self.info();
            let unfinished = |own: &str| own.contains("state=wait_bgsave") || own.contains("state=send_bulk");
            let done = match line {
                "all online" => !info.is_empty() && !info.lines().any(unfinished),
                _ => info.lines().any(|own| own.starts_with(line)),
            };
            if done {
                return "at last".into();
            }
            if Instant::now() > deadline {
                let name = line.split(':').next().unwrap_or(line);
                let found = info.lines().find(|own| own.starts_with(name)).unwrap_or("no such field");
                return format!("never; it stays {found}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn info(&mut self) -> String {
        let Some(mut wire) = Wire::dial(self.server.port) else { return String::new() };
        let reply = wire.ask(&encode("INFO everything")).unwrap_or_default();
        String::from_utf8_lossy(&reply).replace('\r', "")
    }

    /// `$id`, `$offset+1` and the like become what they are now.
    fn expand(&mut self, text: &str) -> String {
        let master = self.listener.local_addr().map_or(0, |address| address.port());
        let mut out = text.replace("$master", &master.to_string()).replace("$port", &self.server.port.to_string());
        for (number, id) in self.ids.iter().flatten() {
            out = out.replace(&format!("$client{number}"), id);
        }
        if !["$id", "$offset"].iter().any(|name| out.contains(name)) {
            return out;
        }
        let info = self.info();
        out = out.replace("$id2", field(&info, "master_replid2")).replace("$id", field(&info, "master_replid"));
        let offset: i64 = field(&info, "master_repl_offset").parse().unwrap_or(0);
        while let Some(at) = out.find("$offset") {
            let behind = &out[at + "$offset".len()..];
            let signed = behind.strip_prefix('+').or_else(|| behind.strip_prefix('-')).unwrap_or("");
            let digits = signed.find(|c: char| !c.is_ascii_digit()).unwrap_or(signed.len());
            let len = if digits > 0 { digits + 1 } else { 0 };
            let more: i64 = behind[..len].parse().unwrap_or(0);
            let end = at + "$offset".len() + len;
            out.replace_range(at..end, &(offset + more).to_string());
        }
        out
    }

    /// What is compared after every case.
    fn finish(&mut self, case: &Case) {
        let info = self.info();
        if let Some((mut wire, start)) = self.recorder.take() {
            let produced = field(&info, "master_repl_offset").parse::<i64>().map_or(0, |offset| offset - start);
            let produced = usize::try_from(produced).unwrap_or(0);
            let stream = wire.read(PATIENCE, |bytes| (bytes.len() >= produced).then_some(produced));
            let text = stream.map_or_else(|lost| lost, |bytes| show(&bytes));
            self.note("the stream", &text);
        }
        for name in FIELDS {
            self.note(&format!("INFO {name}"), field(&info, name));
        }
        if !case.scattered {
            let digest = Wire::dial(self.server.port).and_then(|mut wire| wire.ask(&encode("DEBUG DIGEST")).ok());
            // Not masked: this is what both have to agree on to the last digit.
            self.seen.push(("DEBUG DIGEST".into(), show(&digest.unwrap_or_default())));
        }
    }
}

/// Forgets what has come, then waits for an acknowledgement.
fn next_ack(wire: &mut Wire) -> Result<Vec<u8>, String> {
    wire.all(Duration::from_millis(20));
    wire.commands(1)
}

fn field<'a>(info: &'a str, name: &str) -> &'a str {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap_or("")
}

fn looked_at(reply: &[u8], view: &View) -> String {
    let text = String::from_utf8_lossy(reply);
    match view {
        View::Whole => show(reply),
        View::Sorted => sorted(&text),
        View::Names => names(&text),
        View::About => about(&text),
        View::Line(name) => text.lines().find(|line| line.starts_with(&**name)).unwrap_or("").to_owned(),
    }
}

/// A command in the quoting of redis-cli.
fn encode(line: &str) -> Vec<u8> {
    let words = split_line(line.as_bytes()).expect("balanced quotes");
    encode_command(&words.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// Bytes in the quoting of redis-cli.
fn raw(text: &str) -> Vec<u8> {
    split_line(text.as_bytes()).expect("balanced quotes").concat()
}
