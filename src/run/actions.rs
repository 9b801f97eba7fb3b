//! Actions as scenarios and the page write them: an object whose field `do` says what, with names instead of numbers.

use crate::base::{ClientId, NodeId, Time};
use crate::event::Direction;
use crate::world::{Action, Cable, HIGHEST_RATE, LARGEST_VALUE, SpecError, WorldSpec};

use super::scenario::{LONGEST_RUN, read_change};
use super::value::{Fields, Place, Value};

/// What `do` may be, and the other fields of each action.
const ACTIONS: &[(&str, &[&str])] = &[
    ("cut", &["link"]),
    ("heal", &["link"]),
    ("silence", &["link", "direction"]),
    ("reset", &["link"]),
    ("set_link", &["link", "latency_ms", "jitter_ms", "bandwidth_bytes_per_s", "window_bytes", "loss_ppm"]),
    ("freeze", &["node", "for_ms"]),
    ("resume", &["node"]),
    ("crash", &["node"]),
    ("restart", &["node", "snapshot"]),
    ("promote", &["node"]),
    ("replicaof", &["node", "of"]),
    ("command", &["node", "line"]),
    ("client_rate", &["client", "per_s"]),
    ("client_value_bytes", &["client", "value_bytes"]),
    ("client_to", &["client", "node"]),
];

/// The names of a world's nodes and load generators.
pub(super) struct Names<'a>(pub(super) &'a WorldSpec);

/// Reads an action on a world made of `spec`, as in the list `actions` of a scenario but without a time.
pub fn read_action(value: &Value, spec: &WorldSpec) -> Result<Action, SpecError> {
    let (name, fields) = fields_of_action(value, Place::Root, false)?;
    Names(spec).action(name, &fields)
}

impl Names<'_> {
    /// The node whose name is the value of a field.
    pub(super) fn node(&self, fields: &Fields<'_>, field: &str, value: &Value) -> Result<NodeId, SpecError> {
        if let Value::Text(name) = value
            && let Some(id) = self.0.node_named(name)
        {
            return Ok(id);
        }
        let expected = ["the name of a node: ", &*self.node_names()].concat();
        fields.refuse_found(field, &expected, value.describe())
    }

    fn node_names(&self) -> String {
        self.0.nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn named_node(&self, fields: &Fields<'_>, field: &str) -> Result<NodeId, SpecError> {
        match fields.get(field) {
            Some(value) => self.node(fields, field, value),
            None => {
                let expected = ["the name of a node: ", &*self.node_names()].concat();
                fields.refuse(field, &expected)
            }
        }
    }

    fn named_client(&self, fields: &Fields<'_>) -> Result<ClientId, SpecError> {
        if let Some(Value::Text(name)) = fields.get("client")
            && let Some(id) = self.0.client_named(name)
        {
            return Ok(id);
        }
        let names: Vec<&str> = self.0.clients.iter().map(|client| client.name.as_str()).collect();
        fields.refuse("client", &["the name of a client: ", &*names.join(", ")].concat())
    }

    /// Two nodes, or a load generator and a node, in either order.
    fn cable(&self, fields: &Fields<'_>) -> Result<Cable, SpecError> {
        let Some((first, second)) = pair(fields, "link") else {
            return fields.refuse("link", "a list of two names");
        };
        for (value, other) in [(first, second), (second, first)] {
            let Value::Text(name) = value else { continue };
            if let (None, Some(client)) = (self.0.node_named(name), self.0.client_named(name)) {
                self.node(fields, "link", other)?;
                return Ok(Cable::Client(client));
            }
        }
        let (a, b) = (self.node(fields, "link", first)?, self.node(fields, "link", second)?);
        if a == b {
            return fields.refuse_found("link", "two different nodes", ["twice ", &*first.describe()].concat());
        }
        Ok(Cable::Nodes(a, b))
    }

    /// An action with its moment.
    pub(super) fn timed_action(&self, value: &Value, place: Place<'_>) -> Result<(Time, Action), SpecError> {
        let (name, fields) = fields_of_action(value, place, true)?;
        let action = self.action(name, &fields)?;
        match fields.millis("at_ms", LONGEST_RUN)? {
            Some(span) => Ok((Time::ZERO + span, action)),
            None => fields.refuse("at_ms", "milliseconds from the beginning"),
        }
    }

    fn action(&self, name: &str, fields: &Fields<'_>) -> Result<Action, SpecError> {
        let action = self.action_named(name, fields)?;
        match action.check(self.0.nodes.len(), self.0.clients.len()) {
            Ok(()) => Ok(action),
            Err(error) => fields.refuse_found(&error.path, &error.expected, error.found),
        }
    }

    fn action_named(&self, name: &str, fields: &Fields<'_>) -> Result<Action, SpecError> {
        let node = |field| self.named_node(fields, field);
        let required = |field: &str, most| {
            let value = fields.whole(field, 0, most)?;
            value.map_or_else(|| fields.refuse(field, "a whole number"), Ok)
        };
        Ok(match name {
            "cut" => Action::Cut(self.cable(fields)?),
            "heal" => Action::Heal(self.cable(fields)?),
            "silence" => Action::Silence(self.cable(fields)?, read_direction(fields)?),
            "reset" => Action::Reset(self.cable(fields)?),
            "set_link" => Action::SetLink(self.cable(fields)?, read_change(fields)?),
            "freeze" => Action::Freeze(node("node")?, fields.millis("for_ms", LONGEST_RUN)?),
            "resume" => Action::Resume(node("node")?),
            "crash" => Action::Crash(node("node")?),
            "restart" => Action::Restart { node: node("node")?, snapshot: fields.bool("snapshot")?.unwrap_or(true) },
            "promote" => Action::Promote(node("node")?),
            "replicaof" => Action::ReplicaOf { node: node("node")?, of: node("of")? },
            "command" => Action::Command { node: node("node")?, line: fields.required_text("line")?.into() },
            "client_rate" => {
                Action::ClientRate { client: self.named_client(fields)?, per_s: required("per_s", HIGHEST_RATE)? }
            }
            "client_value_bytes" => {
                let bytes = required("value_bytes", LARGEST_VALUE)?;
                Action::ClientValue { client: self.named_client(fields)?, bytes }
            }
            _ => Action::ClientTo { client: self.named_client(fields)?, node: node("node")? },
        })
    }
}

/// Seen from the first name of the link.
fn read_direction(fields: &Fields<'_>) -> Result<Direction, SpecError> {
    match fields.text("direction")? {
        None | Some("both") => Ok(Direction::Both),
        Some("a_to_b") => Ok(Direction::AToB),
        Some("b_to_a") => Ok(Direction::BToA),
        Some(_) => fields.refuse("direction", "\"both\", \"a_to_b\" or \"b_to_a\""),
    }
}

/// What an action is called, and its fields.
fn fields_of_action<'a>(
    value: &'a Value,
    place: Place<'a>,
    timed: bool,
) -> Result<(&'static str, Fields<'a>), SpecError> {
    let kind = match value {
        Value::Map(fields) => fields.iter().find(|(name, _)| name == "do").map(|(_, value)| value),
        _ => return place.refuse("an object", value.describe()),
    };
    let known = ACTIONS.iter().find(|(name, _)| matches!(kind, Some(Value::Text(text)) if text == name));
    let Some((name, others)) = known else {
        let names: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
        let found = kind.map_or_else(|| "nothing".into(), Value::describe);
        return Place::Field(&place, "do").refuse(["one of: ", &*names.join(", ")].concat(), found);
    };
    let mut all = vec!["do"];
    all.extend(timed.then_some("at_ms"));
    all.extend(others.iter());
    Ok((name, Fields::of(value, place, &all)?))
}

/// The two items of a list of two.
pub(super) fn pair<'a>(fields: &Fields<'a>, name: &str) -> Option<(&'a Value, &'a Value)> {
    match fields.get(name) {
        Some(Value::List(items)) if items.len() == 2 => Some((&items[0], &items[1])),
        _ => None,
    }
}
