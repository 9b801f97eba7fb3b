//! Publish and subscribe: who listens to what, and the messages. A published message goes into the stream, so that
//! subscribers of replicas hear it too.

use std::collections::BTreeMap;

use indexmap::IndexSet;

use super::super::Node;
use super::super::commands::Spec;
use super::super::conn::Conn;
use super::super::context::Cx;
use super::super::propagate::Propagated;
use crate::base::{Bytes, ConnId, glob};

/// Three kinds of subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::node) enum Topic {
    Channel,
    Pattern,
    /// A channel of its own kind, whose messages stay within a shard of a cluster.
    Shard,
}

/// Subscriptions of one client, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct Subscriptions {
    by_topic: [IndexSet<Bytes>; 3],
}

/// Subscribers by what they listen to, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(in crate::node) struct Topics {
    by_topic: [BTreeMap<Bytes, Vec<ConnId>>; 3],
}

impl Topic {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Topic::Channel => ("subscribe", "unsubscribe"),
            Topic::Pattern => ("psubscribe", "punsubscribe"),
            Topic::Shard => ("ssubscribe", "sunsubscribe"),
        }
    }
}

impl Subscriptions {
    /// How many of one kind.
    pub(in crate::node) fn len(&self, topic: Topic) -> usize {
        self.by_topic[topic as usize].len()
    }

    /// Whether there is one.
    pub(in crate::node) fn any(&self) -> bool {
        self.by_topic.iter().any(|names| !names.is_empty())
    }

    /// What replies to (un)subscribing count: channels and patterns together, shard channels by themselves.
    fn counted(&self, topic: Topic) -> i64 {
        let len = match topic {
            Topic::Shard => self.len(Topic::Shard),
            Topic::Channel | Topic::Pattern => self.len(Topic::Channel) + self.len(Topic::Pattern),
        };
        len as i64
    }
}

impl Topics {
    /// How many names of one kind have subscribers.
    pub(in crate::node) fn len(&self, topic: Topic) -> usize {
        self.by_topic[topic as usize].len()
    }

    fn subscribers(&self, topic: Topic, name: &Bytes) -> &[ConnId] {
        self.by_topic[topic as usize].get(name).map_or(&[], Vec::as_slice)
    }

    fn remove(&mut self, topic: Topic, name: &Bytes, id: ConnId) {
        let names = &mut self.by_topic[topic as usize];
        if let Some(subscribers) = names.get_mut(name) {
            subscribers.retain(|other| *other != id);
            if subscribers.is_empty() {
                names.remove(name);
            }
        }
    }
}

impl Node {
    /// `SUBSCRIBE channel ...` and its relatives: a reply for each name.
    pub(in crate::node) fn subscribe(&mut self, id: ConnId, topic: Topic, argv: &[Bytes]) {
        let in_exec = self.in_exec;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        if topic == Topic::Shard && in_exec {
            return conn.replies.error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
        }
        for name in &argv[1..] {
            if conn.service.subscriptions.by_topic[topic as usize].insert(name.clone()) {
                self.service.topics.by_topic[topic as usize].entry(name.clone()).or_default().push(id);
            }
            confirm(conn, topic, topic.words().0, Some(name));
        }
    }

    /// `UNSUBSCRIBE [channel ...]` and its relatives: of all without names, and one reply at least.
    pub(in crate::node) fn unsubscribe(&mut self, id: ConnId, topic: Topic, argv: &[Bytes]) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let names: Vec<Bytes> = match argv {
            [_] => conn.service.subscriptions.by_topic[topic as usize].iter().cloned().collect(),
            [_, names @ ..] => names.to_vec(),
            [] => Vec::new(),
        };
        for name in &names {
            if conn.service.subscriptions.by_topic[topic as usize].shift_remove(name) {
                self.service.topics.remove(topic, name, id);
            }
            confirm(conn, topic, topic.words().1, Some(name));
        }
        if names.is_empty() {
            confirm(conn, topic, topic.words().1, None);
        }
    }

    /// Ends the subscriptions and the waiting of a client that is gone, or that RESET.
    pub(in crate::node) fn forget_client(&mut self, conn: &Conn) {
        self.service.descriptors.give_back(conn.service.descriptor);
        if let Some(wait) = &conn.key_wait {
            self.forget_wait(conn.id, wait);
        }
        for topic in [Topic::Channel, Topic::Pattern, Topic::Shard] {
            for name in &conn.service.subscriptions.by_topic[topic as usize] {
                self.service.topics.remove(topic, name, conn.id);
            }
        }
    }

    /// PUBLISH channel message, SPUBLISH channel message. Goes into the stream whoever listens.
    pub(in crate::node) fn publish_command(&mut self, cx: &mut Cx<'_>, id: ConnId, topic: Topic, argv: &[Bytes]) {
        let receivers = self.publish(cx, topic, &argv[1], &argv[2]);
        let db = self.conns.get(&id).map_or(0, |conn| conn.db);
        if self.link.is_none() {
            self.collected.push(Propagated { db, argv: argv.to_vec() });
        }
        self.reply(id, |replies| replies.integer(receivers));
    }

    /// Hands a message to everybody who listens; says to how many.
    pub(in crate::node) fn publish(&mut self, cx: &mut Cx<'_>, topic: Topic, channel: &Bytes, message: &Bytes) -> i64 {
        let word = if topic == Topic::Shard { "smessage" } else { "message" };
        let mut messages: Vec<(ConnId, Option<Bytes>)> =
            self.service.topics.subscribers(topic, channel).iter().map(|id| (*id, None)).collect();
        if topic == Topic::Channel {
            let patterns = self.service.topics.by_topic[Topic::Pattern as usize].iter();
            for (pattern, subscribers) in patterns.filter(|(pattern, _)| glob(pattern, channel)) {
                messages.extend(subscribers.iter().map(|id| (*id, Some(pattern.clone()))));
            }
        }
        for (id, pattern) in &messages {
            let Some(conn) = self.conns.get_mut(id) else { continue };
            conn.replies.push(if pattern.is_some() { 4 } else { 3 });
            match pattern {
                None => conn.replies.bulk_str(word.as_bytes()),
                Some(pattern) => {
                    conn.replies.bulk_str(b"pmessage");
                    conn.replies.bulk(pattern);
                }
            }
            conn.replies.bulk(channel);
            conn.replies.bulk(message);
            cx.writable(*id);
            self.check_client_output(cx, *id);
        }
        messages.len() as i64
    }

    /// PUBSUB.
    pub(in crate::node) fn pubsub(&mut self, id: ConnId, argv: &[Bytes]) {
        let word = argv[1].to_ascii_lowercase();
        let topic = if word.starts_with(b"shard") { Topic::Shard } else { Topic::Channel };
        let topics = &self.service.topics;
        let Some(conn) = self.conns.get_mut(&id) else { return };
        match (word.as_slice(), &argv[2..]) {
            (b"channels" | b"shardchannels", rest @ ([] | [_])) => {
                let fits = |name: &&Bytes| rest.first().is_none_or(|pattern| glob(pattern, name));
                let found: Vec<&Bytes> = topics.by_topic[topic as usize].keys().filter(fits).collect();
                conn.replies.array(found.len());
                found.into_iter().for_each(|name| conn.replies.bulk(name));
            }
            (b"numsub" | b"shardnumsub", names) => {
                conn.replies.array(names.len() * 2);
                for name in names {
                    conn.replies.bulk(name);
                    conn.replies.integer(topics.subscribers(topic, name).len() as i64);
                }
            }
            (b"numpat", []) => conn.replies.integer(topics.len(Topic::Pattern) as i64),
            (word, _) => self.refuse_words(id, "PUBSUB", word),
        }
    }

    /// Why a client that has subscribed may not run a command. In RESP3 messages are told apart from replies, and it may.
    pub(in crate::node) fn subscriber_refusal(&self, conn: &Conn, spec: &Spec, argv: &[Bytes]) -> Option<String> {
        if !conn.service.subscriptions.any() || conn.replies.is_resp3() {
            return None;
        }
        let is_about_it = spec.name.ends_with("subscribe") || matches!(spec.name, "ping" | "quit" | "reset");
        let name = super::names::full_name(spec.name, argv);
        (!is_about_it).then(|| {
            format!(
                "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in \
                 this context"
            )
        })
    }
}

/// The reply to one name of SUBSCRIBE or UNSUBSCRIBE.
fn confirm(conn: &mut Conn, topic: Topic, word: &str, name: Option<&Bytes>) {
    conn.replies.push(3);
    conn.replies.bulk_str(word.as_bytes());
    match name {
        Some(name) => conn.replies.bulk(name),
        None => conn.replies.null(),
    }
    conn.replies.integer(conn.service.subscriptions.counted(topic));
}
