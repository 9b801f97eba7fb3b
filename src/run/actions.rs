//! Actions as scenarios and the page write them: an object whose field `do` says what, with names instead of numbers.

use crate::base::{ClientId, NodeId, Time};
use crate::event::Direction;
use crate::world::{Action, Cable, HIGHEST_RATE, LARGEST_VALUE, MOST_DROPS, SpecError, WorldSpec};

use super::scenario::{LINK_FIELDS, LONGEST_RUN, read_change};
use super::value::{Fields, Place, Refusals, Value};

/// Largest offset of a stream that an action names.
const LARGEST_OFFSET: u64 = 1 << 53;

/// What `do` may be, and the other fields of each action: its own, and those of a link.
const ACTIONS: &[(&str, &[&str], &[&str])] = &[
    ("cut", &["link"], &[]),
    ("heal", &["link"], &[]),
    ("silence", &["link", "direction"], &[]),
    ("reset", &["link"], &[]),
    ("set_link", &["link"], LINK_FIELDS),
    ("drop_next", &["link", "frames"], &[]),
    ("drop_frame", &["link", "offset"], &[]),
    ("freeze", &["node", "for_ms"], &[]),
    ("resume", &["node"], &[]),
    ("crash", &["node"], &[]),
    ("restart", &["node", "snapshot"], &[]),
    ("promote", &["node"], &[]),
    ("replicaof", &["node", "of"], &[]),
    ("command", &["node", "line"], &[]),
    ("client_rate", &["client", "per_s"], &[]),
    ("client_value_bytes", &["client", "value_bytes"], &[]),
    ("client_to", &["client", "node"], &[]),
];

/// The names of a world's nodes and load generators.
pub(super) struct Names<'a>(pub(super) &'a WorldSpec);

/// Reads an action on a world made of `spec`, as in the list `actions` of a scenario but without a time.
pub fn read_action(value: &Value, spec: &WorldSpec) -> Result<Action, SpecError> {
    let refusals = Refusals::default();
    let action = fields_of_action(value, Place::Root, false, &refusals)
        .and_then(|(name, fields)| Names(spec).action(name, &fields));
    // Without an action there is a refusal.
    refusals.or(action)?.ok_or_else(|| SpecError::new("", "an action", &value.describe()))
}

impl Names<'_> {
    /// The node whose name is `value`, which is a field or part of one. The first node stands for one that is refused.
    pub(super) fn node(&self, fields: &Fields<'_>, field: &str, value: Option<&Value>) -> NodeId {
        if let Some(Value::Text(name)) = value
            && let Some(id) = self.0.node_named(name)
        {
            return id;
        }
        let names: Vec<&str> = self.0.nodes.iter().map(|node| node.name.as_str()).collect();
        fields.refuse_value(field, &["the name of a node: ", &*names.join(", ")].concat(), value);
        NodeId(0)
    }

    fn client(&self, fields: &Fields<'_>) -> ClientId {
        if let Some(Value::Text(name)) = fields.get("client")
            && let Some(id) = self.0.client_named(name)
        {
            return id;
        }
        let names: Vec<&str> = self.0.clients.iter().map(|client| client.name.as_str()).collect();
        fields.refuse("client", &["the name of a client: ", &*names.join(", ")].concat());
        ClientId(0)
    }

    /// Two nodes, or a load generator and a node, in either order.
    pub(super) fn cable(&self, fields: &Fields<'_>) -> Cable {
        let Some((first, second)) = pair(fields, "link") else {
            fields.refuse("link", "a list of two names");
            return Cable::Client(ClientId(0));
        };
        let node = |value| self.node(fields, "link", Some(value));
        for (value, other) in [(first, second), (second, first)] {
            let Value::Text(name) = value else { continue };
            if let (None, Some(client)) = (self.0.node_named(name), self.0.client_named(name)) {
                node(other);
                return Cable::Client(client);
            }
        }
        let (a, b) = (node(first), node(second));
        if a == b {
            fields.refuse_found("link", "two different nodes", &["twice ", &*first.describe()].concat());
        }
        Cable::Nodes(a, b)
    }

    /// An action with its moment; `None` only beside a refusal.
    pub(super) fn timed_action(&self, value: &Value, place: Place<'_>, refusals: &Refusals) -> Option<(Time, Action)> {
        let (name, fields) = fields_of_action(value, place, true, refusals)?;
        let action = self.action(name, &fields);
        let at = fields.millis("at_ms", LONGEST_RUN);
        if at.is_none() {
            fields.refuse("at_ms", "milliseconds from the beginning");
        }
        Some((Time::ZERO + at?, action?))
    }

    fn action(&self, name: &str, fields: &Fields<'_>) -> Option<Action> {
        let action = self.action_named(name, fields);
        let fits = action.check(self.0.nodes.len(), self.0.clients.len());
        if let Err(error) = &fits {
            fields.refuse_found(&error.path, &error.expected, &error.found);
        }
        fits.is_ok().then_some(action)
    }

    fn action_named(&self, name: &str, fields: &Fields<'_>) -> Action {
        let named = |field| self.node(fields, field, fields.get(field));
        let required = |field: &str, most| {
            let value = fields.whole(field, 0, most);
            if value.is_none() {
                fields.refuse(field, "a whole number");
            }
            value.unwrap_or(0)
        };
        // What each action names comes first, once, in the order of the fields.
        match name {
            "cut" => return Action::Cut(self.cable(fields)),
            "heal" => return Action::Heal(self.cable(fields)),
            "silence" => return Action::Silence(self.cable(fields), read_direction(fields)),
            "reset" => return Action::Reset(self.cable(fields)),
            "drop_next" => {
                return Action::DropNext(self.cable(fields), fields.whole("frames", 1, MOST_DROPS).unwrap_or(1));
            }
            "drop_frame" => {
                return Action::DropFrame(self.cable(fields), required("offset", LARGEST_OFFSET) as i64);
            }
            "set_link" => return Action::SetLink(self.cable(fields), read_change(fields)),
            "client_rate" => {
                return Action::ClientRate { client: self.client(fields), per_s: required("per_s", HIGHEST_RATE) };
            }
            "client_value_bytes" => {
                let bytes = required("value_bytes", LARGEST_VALUE);
                return Action::ClientValue { client: self.client(fields), bytes };
            }
            "client_to" => return Action::ClientTo { client: self.client(fields), node: named("node") },
            _ => {}
        }
        let node = named("node");
        match name {
            "freeze" => Action::Freeze(node, fields.millis("for_ms", LONGEST_RUN)),
            "resume" => Action::Resume(node),
            "crash" => Action::Crash(node),
            "restart" => Action::Restart { node, snapshot: fields.bool("snapshot").unwrap_or(true) },
            "promote" => Action::Promote(node),
            "replicaof" => Action::ReplicaOf { node, of: named("of") },
            _ => Action::Command { node, line: fields.required_text("line").into() },
        }
    }
}

/// Seen from the first name of the link.
fn read_direction(fields: &Fields<'_>) -> Direction {
    match fields.text("direction") {
        None | Some("both") => return Direction::Both,
        Some("a_to_b") => return Direction::AToB,
        Some("b_to_a") => return Direction::BToA,
        Some(_) => fields.refuse("direction", "\"both\", \"a_to_b\" or \"b_to_a\""),
    }
    Direction::Both
}

/// What an action is called, and its fields; `None` only beside a refusal.
fn fields_of_action<'a>(
    value: &'a Value,
    place: Place<'a>,
    timed: bool,
    refusals: &'a Refusals,
) -> Option<(&'static str, Fields<'a>)> {
    let Value::Map(fields) = value else {
        refusals.refuse(&place, "an object", &value.describe());
        return None;
    };
    let kind = fields.iter().find(|(name, _)| name == "do").map(|(_, value)| value);
    let known = ACTIONS.iter().find(|(name, ..)| matches!(kind, Some(Value::Text(text)) if text == name));
    let Some((name, own, of_link)) = known else {
        let names: Vec<&str> = ACTIONS.iter().map(|(name, ..)| *name).collect();
        let found = kind.map_or_else(|| "nothing".into(), Value::describe);
        refusals.refuse(&Place::Field(&place, "do"), &["one of: ", &*names.join(", ")].concat(), &found);
        return None;
    };
    let mut all = vec!["do"];
    all.extend(timed.then_some("at_ms"));
    all.extend(own.iter().chain(*of_link));
    Some((name, Fields::of(value, place, &all, refusals)))
}

/// The two items of a list of two.
pub(super) fn pair<'a>(fields: &Fields<'a>, name: &str) -> Option<(&'a Value, &'a Value)> {
    match fields.get(name) {
        Some(Value::List(items)) if items.len() == 2 => Some((&items[0], &items[1])),
        _ => None,
    }
}
