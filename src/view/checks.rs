//! The checker for eyes: what was broken, as a sentence with numbers.
//!
//! Owns the wording. What is looked at is for `run::checker`.

use super::text::Part::{Bytes, Count, History, Number, Plain, Time as At, Word};
use super::text::{hex, tell};
use crate::base::{NodeId, Time};
use crate::run::checker::{Breach, Violation};
use crate::world::World;

/// What was broken, where and when.
pub fn sentence(world: &World, violation: &Violation) -> String {
    let what = describe(world, &violation.breach);
    tell("At {}: {}", &[At(violation.time.since(Time::ZERO)), Word(&what)])
}

/// What was broken, in one clause.
pub fn describe(world: &World, breach: &Breach) -> String {
    let spec = world.spec();
    let name = |node: NodeId| Word(spec.nodes.get(node.0 as usize).map_or("", |node| node.name.as_str()));
    match breach {
        Breach::Differs { node, other, replid, offset, found, expected } => {
            let (found, expected) = (hex(*found), hex(*expected));
            let parts = [name(*node), name(*other), History(replid), Number(*offset), Word(&found), Word(&expected)];
            tell("{} and {} have the same (replid, offset), ({}, {}), and different data: digests {} and {}", &parts)
        }
        Breach::WrongByte { node, replid, offset, found, expected, in_backlog } => {
            let place = if *in_backlog { "in the backlog of" } else { "in the stream of" };
            let numbers = [Plain(i64::from(*found)), Plain(i64::from(*expected))];
            let parts = [Number(*offset), History(replid), Word(place), name(*node), numbers[0], numbers[1]];
            tell("byte {} of history {} is another one {} {}: {} instead of {}", &parts)
        }
        Breach::NotTheProtocol { node, offset } => {
            tell("what came to {} behind offset {} of its stream is not the protocol", &[name(*node), Number(*offset)])
        }
        Breach::WentBack { node, from, to } => {
            let parts = [name(*node), Number(*from), Number(*to)];
            tell("{} went back from offset {} to {} without a full resync", &parts)
        }
        Breach::BacklogEnds { node, end, offset } => {
            let parts = [name(*node), Number(*end), Number(*offset)];
            tell("the backlog of {} ends at offset {}, and its stream at {}", &parts)
        }
        Breach::BacklogShort { node, held, least } => {
            let size = |bytes: i64| Bytes(bytes.max(0) as u64);
            tell("the backlog of {} holds {}, and has room for {}", &[name(*node), size(*held), size(*least)])
        }
        Breach::BacklogLacks { node, offset } => {
            tell("the backlog of {} lacks the byte at offset {}", &[name(*node), Number(*offset)])
        }
        Breach::BacklogLong { node, held, most } => {
            let size = |bytes: i64| Bytes(bytes.max(0) as u64);
            tell("the backlog of {} holds {}, and should hold {} at most", &[name(*node), size(*held), size(*most)])
        }
        Breach::OutputOverLimit { node, bytes, limit } => {
            let parts = [Bytes(*bytes), name(*node), Bytes(*limit)];
            tell("{} wait for a replica of {}, whose limit is {}", &parts)
        }
        Breach::WrongFork { node, fork, offset } => {
            let parts = [name(*node), Number(*fork), Number(*offset)];
            tell("{} renamed its history behind offset {}, and was at {}", &parts)
        }
        Breach::RefusedInStream { client, node } => {
            let client = spec.clients.get(client.0 as usize).map_or("", |client| client.name.as_str());
            tell("{} refused a write of {}, and its stream holds it", &[name(*node), Word(client)])
        }
        Breach::WroteWhileRefusing { node, offset } => {
            let parts = [name(*node), Number(*offset)];
            tell("{} has to refuse writes for want of replicas, and one entered its stream, up to offset {}", &parts)
        }
        Breach::AckBeyond { node, replica, acked, reached } => {
            let parts = [name(*node), Number(*acked), name(*replica), Number((*reached).max(0))];
            tell("{} got an acknowledgement of offset {} from {}, which never had more than {}", &parts)
        }
        Breach::Miscounted { node, offset, acked, held } => {
            let had = Count((*held).max(0) as u64, "node");
            let parts = [name(*node), Count((*acked).max(0) as u64, "replica"), Number(*offset), had];
            tell("{} answered a WAIT with {} for offset {}, which {} had", &parts)
        }
        Breach::NoCalm => {
            String::from("everything was mended, and still not everything works: replicas cannot converge")
        }
        Breach::Astray { node, master, since, offset, goal } => {
            let since = At(since.since(Time::ZERO));
            let parts = [name(*node), Number(*offset), since, Number(*goal), name(*master)];
            tell("{} is at offset {}; everything works since {}, and it should have come to {} of {}", &parts)
        }
    }
}
