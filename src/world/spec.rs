//! What a world is made of: plain structs with units in their names, and the check that they fit together. Where they
//! come from - a scenario file, a test - is not known here, but places are named as a scenario file names them.

use core::fmt;
use core::ops::Deref;

use crate::base::{ClientId, NodeId, Span, Time};
use crate::config::Config;

use super::action::Action;
use super::link::LinkSettings;

/// Most nodes of a world.
pub const MOST_NODES: usize = 64;
/// Most load generators of a world.
pub const MOST_CLIENTS: usize = 64;
/// Most actions of a scenario.
pub const MOST_ACTIONS: usize = 10_000;
/// Nodes boot this long after one another unless told otherwise, so that their crons are not in phase.
pub const BOOT_STEP: Span = Span::from_millis(137);
/// Unix time of the beginning unless told otherwise.
pub const DEFAULT_UNIX_EPOCH_MS: i64 = 1_700_000_000_000;
/// Port of a node unless told otherwise.
pub const DEFAULT_PORT: u16 = 6379;

/// Everything that surrounds and includes the nodes.
#[derive(Clone, Debug)]
pub struct WorldSpec {
    /// Unix time at the beginning, in milliseconds.
    pub unix_epoch_ms: i64,
    /// The nodes; a [`NodeId`] is an index here.
    pub nodes: Vec<NodeSpec>,
    /// Links with settings of their own.
    pub links: Vec<LinkSpec>,
    /// Settings of all other links.
    pub default_link: LinkSettings,
    /// Load generators; a [`ClientId`] is an index here.
    pub clients: Vec<ClientSpec>,
    /// What happens to the world, and when.
    pub actions: Vec<(Time, Action)>,
}

/// A machine with one server.
#[derive(Clone, Debug)]
pub struct NodeSpec {
    /// Name, also its host name.
    pub name: String,
    /// Port.
    pub port: u16,
    /// Its master at start.
    pub replicaof: Option<NodeId>,
    /// Directives and their values, as in `redis.conf`.
    pub config: Vec<(String, String)>,
    /// When the process starts.
    pub boot: Time,
    /// Its unix clock is ahead by this many milliseconds.
    pub skew_ms: i64,
    /// Keys `key:0`, `key:1`, ... that it holds from the start.
    pub keys: u64,
    /// Size of their values.
    pub value_bytes: u64,
    /// Bytes of its data set that exist only as a number.
    pub ballast_bytes: u64,
    /// How fast the machine is.
    pub host: HostSpec,
}

/// How fast a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostSpec {
    /// Snapshot bytes that a child process writes per second.
    pub save_bytes_per_s: u64,
    /// Snapshot bytes that the process reads into memory per second.
    pub load_bytes_per_s: u64,
    /// Time that a fork keeps the process busy, for each GiB of the data set.
    pub fork_per_gib: Span,
}

/// A link with settings of its own.
#[derive(Clone, Copy, Debug)]
pub struct LinkSpec {
    /// Its endpoints.
    pub between: (NodeId, NodeId),
    /// How it treats bytes.
    pub settings: LinkSettings,
}

/// A load generator.
#[derive(Clone, Debug)]
pub struct ClientSpec {
    /// Name.
    pub name: String,
    /// The node that it talks to.
    pub to: NodeId,
    /// When it asks.
    pub load: Load,
    /// Size of the values that it writes.
    pub value_bytes: u64,
    /// It picks from this many keys.
    pub keys: u64,
    /// What its keys begin with.
    pub prefix: String,
    /// Reads of a hundred requests.
    pub read_percent: u64,
    /// First request.
    pub start: Time,
    /// No request from then on.
    pub stop: Option<Time>,
    /// Its own path to its node.
    pub link: LinkSettings,
}

/// When a load generator asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// That many requests per second, whatever the answers. Poisson: at random moments.
    Open {
        /// Requests per second.
        per_s: u64,
        /// At random moments instead of evenly.
        poisson: bool,
    },
    /// That many requests outstanding on one connection; each answer is followed by the next request.
    Closed {
        /// Requests outstanding.
        concurrency: u64,
        /// Between an answer and the next request.
        think: Span,
    },
}

/// Something that does not fit. One word wide, because everything that reads or checks hands it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError(Box<Mismatch>);

/// Where something does not fit, what would, and what was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Place as in `nodes[1].replicaof`.
    pub path: String,
    /// What would fit.
    pub expected: String,
    /// What was there.
    pub found: String,
}

impl SpecError {
    /// A mismatch at `path`.
    #[cold]
    #[inline(never)]
    pub fn new(path: &str, expected: &str, found: &str) -> SpecError {
        SpecError(Box::new(Mismatch { path: path.into(), expected: expected.into(), found: found.into() }))
    }

    /// The same mismatch, its place seen from further out.
    pub(super) fn at(mut self, path: String) -> SpecError {
        self.0.path = path;
        self
    }
}

impl Deref for SpecError {
    type Target = Mismatch;

    fn deref(&self) -> &Mismatch {
        &self.0
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [self.path.as_str(), ": expected ", self.expected.as_str(), ", found ", self.found.as_str()] {
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl std::error::Error for SpecError {}

impl Default for HostSpec {
    /// A disk of 200 MB/s, loading at 300 MB/s, 10 ms of fork for each GiB.
    fn default() -> HostSpec {
        HostSpec { save_bytes_per_s: 200_000_000, load_bytes_per_s: 300_000_000, fork_per_gib: Span::from_millis(10) }
    }
}

impl Default for WorldSpec {
    fn default() -> WorldSpec {
        WorldSpec {
            unix_epoch_ms: DEFAULT_UNIX_EPOCH_MS,
            nodes: Vec::new(),
            links: Vec::new(),
            default_link: LinkSettings::default(),
            clients: Vec::new(),
            actions: Vec::new(),
        }
    }
}

impl NodeSpec {
    /// A master of that name with all defaults, the `index`-th node.
    pub fn new(name: &str, index: usize) -> NodeSpec {
        NodeSpec {
            name: name.into(),
            port: DEFAULT_PORT,
            replicaof: None,
            config: Vec::new(),
            boot: Time(BOOT_STEP.0 * index as u64),
            skew_ms: 0,
            keys: 0,
            value_bytes: 64,
            ballast_bytes: 0,
            host: HostSpec::default(),
        }
    }

    /// Its address in the world, the `index`-th node's.
    pub fn ip(index: usize) -> String {
        let mut text = String::from("10.0.0.").into_bytes();
        crate::base::format_u64(index as u64 + 1, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl ClientSpec {
    /// A load generator with a hundred writes of 100 bytes per second.
    pub fn new(name: &str, to: NodeId) -> ClientSpec {
        ClientSpec {
            name: name.into(),
            to,
            load: Load::Open { per_s: 100, poisson: false },
            value_bytes: 100,
            keys: 1000,
            prefix: "key:".into(),
            read_percent: 0,
            start: Time::ZERO,
            stop: None,
            link: LinkSettings::default(),
        }
    }
}

impl WorldSpec {
    /// Whether everything fits together: names are unique, ids exist, directives are known, no node is its own master.
    pub fn check(&self) -> Result<(), SpecError> {
        at_most(self.nodes.len(), MOST_NODES, "nodes")?;
        at_most(self.clients.len(), MOST_CLIENTS, "clients")?;
        at_most(self.actions.len(), MOST_ACTIONS, "actions")?;
        if self.nodes.is_empty() {
            return Err(SpecError::new("nodes", "at least one node", "none"));
        }
        self.check_names()?;
        for index in 0..self.nodes.len() {
            self.check_master(index)?;
            self.config_of(index)?;
        }
        self.check_links()?;
        for (index, client) in self.clients.iter().enumerate() {
            self.check_node(client.to, || item("clients", index, "to"))?;
        }
        for (index, (_, action)) in self.actions.iter().enumerate() {
            let fits = action.check(self.nodes.len(), self.clients.len());
            fits.map_err(|error| {
                let place = item("actions", index, &error.path);
                error.at(place)
            })?;
        }
        Ok(())
    }

    /// The configuration of a node at start.
    pub fn config_of(&self, index: usize) -> Result<Config, SpecError> {
        let spec = &self.nodes[index];
        let mut config = Config::new();
        let refuse = |name: &str, expected: &str, value: &str| {
            let place = item("nodes", index, &["config.", name].concat());
            Err(SpecError::new(&place, expected, &quoted(value)))
        };
        for (name, value) in &spec.config {
            let lower = name.to_ascii_lowercase();
            if lower == "replicaof" || lower == "slaveof" || lower == "port" {
                let field = ["the field \"", if lower == "port" { "port" } else { "replicaof" }, "\" of the node"];
                return refuse(name, &field.concat(), value);
            }
            if let Err(error) = config.set_at_start(name, value) {
                return refuse(name, &error.to_string(), value);
            }
        }
        let _ = config.set_at_start("port", &decimal(u64::from(spec.port)));
        if let Some(master) = spec.replicaof.and_then(|id| self.nodes.get(id.0 as usize)) {
            config.set_replicaof(Some((master.name.clone(), master.port)));
        }
        Ok(config)
    }

    /// The node of that name.
    pub fn node_named(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.name == name).map(|index| NodeId(index as u32))
    }

    /// The load generator of that name.
    pub fn client_named(&self, name: &str) -> Option<ClientId> {
        self.clients.iter().position(|client| client.name == name).map(|index| ClientId(index as u32))
    }

    fn check_names(&self) -> Result<(), SpecError> {
        let nodes = self.nodes.iter().enumerate().map(|(index, node)| (("nodes", index), node.name.as_str()));
        let clients = self.clients.iter().enumerate().map(|(index, client)| (("clients", index), client.name.as_str()));
        let names: Vec<_> = nodes.chain(clients).collect();
        for (at, &((list, index), name)) in names.iter().enumerate() {
            let refuse = |expected: &str| Err(SpecError::new(&item(list, index, "name"), expected, &quoted(name)));
            if name.is_empty() || name.len() > 64 || name.bytes().any(|b| b <= b' ' || b == 127) {
                return refuse("1 to 64 bytes without spaces");
            }
            if names[..at].iter().any(|&(_, earlier)| earlier == name) {
                return refuse("a name that no other node or client has");
            }
        }
        Ok(())
    }

    fn check_master(&self, index: usize) -> Result<(), SpecError> {
        let Some(master) = self.nodes[index].replicaof else { return Ok(()) };
        let place = || item("nodes", index, "replicaof");
        self.check_node(master, place)?;
        if master.0 as usize == index {
            return Err(SpecError::new(&place(), "another node", &quoted(&self.nodes[index].name)));
        }
        let mut above = Some(master);
        for _ in 0..self.nodes.len() {
            let Some(id) = above else { return Ok(()) };
            if id.0 as usize == index {
                let found = [&quoted(&self.nodes[master.0 as usize].name), ", which follows this node"].concat();
                return Err(SpecError::new(&place(), "a chain of masters that ends", &found));
            }
            above = self.nodes.get(id.0 as usize).and_then(|node| node.replicaof);
        }
        // A circle above that this node is not part of is reported at one of its members.
        Ok(())
    }

    fn check_links(&self) -> Result<(), SpecError> {
        for (index, link) in self.links.iter().enumerate() {
            let place = || item("links", index, "between");
            let (a, b) = link.between;
            self.check_node(a, place)?;
            self.check_node(b, place)?;
            let names = || [&*quoted(self.name(a)), " and ", &*quoted(self.name(b))].concat();
            if a == b {
                return Err(SpecError::new(&place(), "two different nodes", &names()));
            }
            let same = |other: &LinkSpec| other.between == (a, b) || other.between == (b, a);
            if self.links[..index].iter().any(same) {
                return Err(SpecError::new(&place(), "one entry for each pair of nodes", &names()));
            }
        }
        Ok(())
    }

    fn check_node(&self, id: NodeId, place: impl Fn() -> String) -> Result<(), SpecError> {
        if (id.0 as usize) < self.nodes.len() {
            return Ok(());
        }
        Err(SpecError::new(&place(), "a node of this world", &decimal(u64::from(id.0))))
    }

    fn name(&self, id: NodeId) -> &str {
        self.nodes.get(id.0 as usize).map_or("", |node| node.name.as_str())
    }
}

fn at_most(count: usize, most: usize, place: &str) -> Result<(), SpecError> {
    if count <= most {
        return Ok(());
    }
    let expected = ["at most ", &*decimal(most as u64), " entries"].concat();
    Err(SpecError::new(place, &expected, &decimal(count as u64)))
}

/// `list[index].field`.
fn item(list: &str, index: usize, field: &str) -> String {
    [list, "[", &*decimal(index as u64), "].", field].concat()
}

/// The number as text.
pub(crate) fn decimal(value: u64) -> String {
    let mut text = Vec::with_capacity(20);
    crate::base::format_u64(value, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// The text in quotes, cut if it is long.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    ["\"", &*shown, "\""].concat()
}
