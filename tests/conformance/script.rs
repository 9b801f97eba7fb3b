//! The cases: text files in `tests/conformance/cases/`, one for each area, read into steps.
//!
//! | line | meaning |
//! | --- | --- |
//! | `# TITLE` | begins a case |
//! | `@ section 6.5` | the section of `docs/redis-replication.md` that it holds the engine to |
//! | `@ alone` | no recording replica is attached; without this line one is, and the stream is compared |
//! | `@ mask member:` | digits behind this text are drawn by chance and not compared |
//! | `@ scattered` | the data set is drawn by chance: its digest is not compared |
//! | `: DIRECTIVE VALUE` | a directive that the server starts with |
//! | `SET k v` | a command of client 1, in the quoting of redis-cli; its reply is compared |
//! | `2> GET k` | the same on client 2 (to 9) |
//! | `2>> BLPOP q 0`, `2<` | sends without waiting for the reply; reads a reply |
//! | `sorted> SMEMBERS s` | only the elements are compared, not their order |
//! | `names> INFO server` | only the words in front of `:` or `=` are compared |
//! | `about> PTTL k` | numbers are compared by their order of magnitude |
//! | `only NAME> INFO memory` | only the line that begins with this name is compared |
//! | `~ 50` | 50 ms pass |
//! | `~ random 7 300 lists keys` | 300 commands drawn from seed 7, of these families (`random.rs`) |
//! | `~ until role:slave` | waits until INFO has a line that begins so |
//! | `~ until all online` | waits until no replica waits for a snapshot |
//! | `~ dump "BYTES"` | the snapshot file in the server's folder becomes these bytes |
//! | `~ restart` | the process is killed and starts again in its folder; whether it comes up is compared |
//! | `~ ends` | the process ends by itself within 10 s: how |
//! | `NAME: VERB ...` | a raw peer of the server; see [`Verb`] |
//!
//! `$id`, `$id2`, `$offset`, `$offset+1`, `$offset-1` are what INFO replication shows at that moment, `$master` is the port
//! on which raw peers accept, `$port` that of the server, `$client2` what CLIENT ID says to client 2. `//` begins a comment.

/// One case.
pub(crate) struct Case {
    pub(crate) area: &'static str,
    pub(crate) title: String,
    pub(crate) section: String,
    pub(crate) alone: bool,
    pub(crate) scattered: bool,
    pub(crate) masks: Vec<String>,
    pub(crate) directives: Vec<(String, String)>,
    pub(crate) steps: Vec<Step>,
    /// Everything between two titles; numbers that stand in it are compared as they are.
    pub(crate) text: String,
}

/// One line of a case, and the line itself.
pub(crate) struct Step {
    pub(crate) line: String,
    pub(crate) act: Act,
}

pub(crate) enum Act {
    /// A command, and what of its reply is compared.
    Command {
        client: usize,
        command: String,
        view: View,
    },
    Send {
        client: usize,
        command: String,
    },
    Reply {
        client: usize,
    },
    Sleep {
        ms: u64,
    },
    Until {
        line: String,
    },
    Dump {
        bytes: String,
    },
    Restart,
    Ends,
    Random {
        seed: u64,
        count: usize,
        families: Vec<String>,
    },
    Peer {
        name: String,
        verb: Verb,
    },
}

/// How a reply is looked at.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum View {
    Whole,
    Sorted,
    Names,
    About,
    Line(String),
}

/// What a raw peer does. All reading is recorded and compared.
pub(crate) enum Verb {
    /// `connect`: dials the server.
    Connect,
    /// `accept`: the server dials; `accept within 400` is content if it does not.
    Accept { within_ms: Option<u64> },
    /// `say WORDS`: sends a command.
    Say(String),
    /// `send "BYTES"`: sends bytes in the quoting of redis-cli.
    Send(String),
    /// `read line`, `read 2 lines`.
    Lines(usize),
    /// `read command`, `read reply`, `read 2 commands`: RESP as a peer sends it.
    Commands(usize),
    /// `read 10 bytes`.
    Bytes(usize),
    /// `read snapshot`: keepalives, the header, and the payload, of which only the kind is compared.
    Snapshot,
    /// `read ack`: forgets what came, then waits for the next periodic REPLCONF ACK.
    Ack,
    /// `read all 300`: whatever comes within so many ms.
    All { ms: u64 },
    /// `closed`: whatever comes until the server closes, and whether it does within 5 s.
    Closed,
    /// `close`: closes.
    Close,
}

/// Reads a file of cases.
pub(crate) fn parse(area: &'static str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        if let Some(title) = line.strip_prefix("# ") {
            cases.push(Case::new(area, title));
            continue;
        }
        let wrong = |what: &str| -> ! { panic!("{area}, line {}: {what}: {line}", number + 1) };
        let Some(case) = cases.last_mut() else { wrong("a title is missing in front of") };
        case.text.push_str(line);
        case.text.push('\n');
        if let Err(what) = case.add(line) {
            wrong(what);
        }
    }
    assert!(!cases.is_empty(), "{area}: no case");
    for case in &cases {
        assert!(!case.section.is_empty() && !case.steps.is_empty(), "{area}, {}: no section or no step", case.title);
    }
    cases
}

impl Case {
    fn new(area: &'static str, title: &str) -> Case {
        Case {
            area,
            title: title.to_owned(),
            section: String::new(),
            alone: false,
            scattered: false,
            masks: Vec::new(),
            directives: Vec::new(),
            steps: Vec::new(),
            text: String::new(),
        }
    }

    fn add(&mut self, line: &str) -> Result<(), &'static str> {
        if let Some(directive) = line.strip_prefix(": ") {
            let (name, value) = directive.split_once(' ').ok_or("a directive has no value")?;
            self.directives.push((name.to_owned(), value.to_owned()));
            return Ok(());
        }
        match line.strip_prefix("@ ").map(|header| header.split_once(' ').unwrap_or((header, ""))) {
            Some(("section", value)) => self.section = value.to_owned(),
            Some(("alone", "")) => self.alone = true,
            Some(("scattered", "")) => self.scattered = true,
            Some(("mask", value)) => self.masks.push(value.to_owned()),
            Some(_) => return Err("unknown header"),
            None => self.steps.push(Step { line: line.to_owned(), act: act(line)? }),
        }
        Ok(())
    }
}

fn act(line: &str) -> Result<Act, &'static str> {
    if let Some(rest) = line.strip_prefix("~ ") {
        return match rest.split_once(' ') {
            Some(("until", line)) => Ok(Act::Until { line: line.to_owned() }),
            Some(("random", rest)) => random(rest),
            Some(("dump", bytes)) => Ok(Act::Dump { bytes: bytes.to_owned() }),
            None if rest == "restart" => Ok(Act::Restart),
            None if rest == "ends" => Ok(Act::Ends),
            _ => Ok(Act::Sleep { ms: rest.parse().map_err(|_| "milliseconds expected")? }),
        };
    }
    if let Some((name, rest)) = peer_line(line) {
        return Ok(Act::Peer { name: name.to_owned(), verb: verb(rest)? });
    }
    for (prefix, view) in [("sorted> ", View::Sorted), ("names> ", View::Names), ("about> ", View::About)] {
        if let Some(command) = line.strip_prefix(prefix) {
            return Ok(Act::Command { client: 1, command: command.to_owned(), view });
        }
    }
    if let Some((name, command)) = line.strip_prefix("only ").and_then(|rest| rest.split_once("> ")) {
        let view = View::Line(name.to_owned());
        return Ok(Act::Command { client: 1, command: command.to_owned(), view });
    }
    let client = line.bytes().next().filter(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0'));
    match (client, line.get(1..)) {
        (Some(client), Some("<")) => Ok(Act::Reply { client }),
        (Some(client), Some(rest)) => match (rest.strip_prefix(">> "), rest.strip_prefix("> ")) {
            (Some(command), _) => Ok(Act::Send { client, command: command.to_owned() }),
            (_, Some(command)) => Ok(Act::Command { client, command: command.to_owned(), view: View::Whole }),
            _ => Err("a client's number is followed by >, >> or <"),
        },
        _ => Ok(Act::Command { client: 1, command: line.to_owned(), view: View::Whole }),
    }
}

/// `SEED COUNT FAMILY...`.
fn random(text: &str) -> Result<Act, &'static str> {
    let words: Vec<&str> = text.split(' ').collect();
    let [seed, count, families @ ..] = words.as_slice() else { return Err("seed and count expected") };
    let seed = seed.parse().map_err(|_| "the seed is a number")?;
    let count = count.parse().map_err(|_| "the count is a number")?;
    Ok(Act::Random { seed, count, families: families.iter().map(|family| (*family).to_owned()).collect() })
}

/// `NAME: VERB ...`; no command of Redis has a colon in its name.
fn peer_line(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(": ")?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (!name.is_empty() && name.bytes().all(fits)).then_some((name, rest))
}

fn verb(text: &str) -> Result<Verb, &'static str> {
    let words: Vec<&str> = text.split(' ').collect();
    let count = |word: &str| word.parse::<usize>().map_err(|_| "a number expected");
    Ok(match words.as_slice() {
        ["connect"] => Verb::Connect,
        ["accept"] => Verb::Accept { within_ms: None },
        ["accept", "within", ms] => Verb::Accept { within_ms: Some(count(ms)? as u64) },
        ["say", _, ..] => Verb::Say(text["say ".len()..].to_owned()),
        ["send", _, ..] => Verb::Send(text["send ".len()..].to_owned()),
        ["read", "line"] => Verb::Lines(1),
        ["read", n, "lines"] => Verb::Lines(count(n)?),
        ["read", "command" | "reply"] => Verb::Commands(1),
        ["read", n, "commands"] => Verb::Commands(count(n)?),
        ["read", n, "bytes"] => Verb::Bytes(count(n)?),
        ["read", "snapshot"] => Verb::Snapshot,
        ["read", "ack"] => Verb::Ack,
        ["read", "all", ms] => Verb::All { ms: count(ms)? as u64 },
        ["closed"] => Verb::Closed,
        ["close"] => Verb::Close,
        _ => return Err("unknown verb of a peer"),
    })
}
