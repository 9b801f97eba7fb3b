//! Which command is carried out where: commands that only this folder has, and subcommands of those that the page has, too.

use super::super::Node;
use super::super::commands::{NodeCommand, ServiceCommand, Spec, before_nul, help, lookup, wrong_arity};
use super::super::context::Cx;
use super::names;
use super::pubsub::Topic;
use crate::base::{Bytes, ConnId};

/// An error shows no more of a word than this many bytes.
const SHOWN_MAX: usize = 128;

impl Node {
    /// Carries the command out if it is one of this folder; says whether it was.
    pub(in crate::node) fn run_service_command(
        &mut self,
        cx: &mut Cx<'_>,
        id: ConnId,
        command: NodeCommand,
        argv: &[Bytes],
    ) -> bool {
        let word = argv.get(1).map(|word| word.to_ascii_lowercase()).unwrap_or_default();
        if word == b"help" && argv.len() == 2 {
            let spec = lookup(&argv[0]).filter(|spec| names::is_container(spec.name) || spec.name == "debug");
            // Without a cluster there is no help for it either.
            let spec = spec.filter(|spec| spec.name != "cluster");
            if let Some(spec) = spec {
                self.reply(id, |replies| help(replies, spec.name));
                return true;
            }
        }
        match (command, word.as_slice()) {
            (NodeCommand::Service(command), word) => self.run_own(cx, id, command, word, argv),
            (NodeCommand::Client, word) => return self.client_more(cx, id, word, argv),
            (NodeCommand::Command, _) => self.command_info(id, argv),
            (NodeCommand::Config, b"rewrite") => self.config_rewrite(cx, id),
            (NodeCommand::Debug, word) => return self.debug_more(cx, id, word, argv),
            (NodeCommand::Hello, _) => self.hello_more(id, argv),
            (NodeCommand::Ping, _) => return self.ping_subscribed(id, argv),
            _ => return false,
        }
        true
    }

    fn run_own(&mut self, cx: &mut Cx<'_>, id: ConnId, command: ServiceCommand, word: &[u8], argv: &[Bytes]) {
        match command {
            ServiceCommand::Acl => self.acl(id, word, argv),
            ServiceCommand::Cluster => self.reply_error(id, "ERR This instance has cluster support disabled"),
            ServiceCommand::Function | ServiceCommand::Script => self.script(id, command, word, argv),
            ServiceCommand::Eval => self.eval(id, argv),
            ServiceCommand::Latency => self.latency(id, word, argv),
            ServiceCommand::Lolwut => self.lolwut(id, argv),
            ServiceCommand::Memory => self.memory(cx, id, word, argv),
            ServiceCommand::Module if word == b"list" => self.reply(id, |replies| replies.array(0)),
            ServiceCommand::Module => self.reply_error(id, "ERR This server loads no modules"),
            ServiceCommand::Monitor => self.monitor(id),
            ServiceCommand::BgRewriteAof => self.reply_error(id, "ERR This server keeps no append-only file"),
            ServiceCommand::Publish => self.publish_command(cx, id, Topic::Channel, argv),
            ServiceCommand::PSubscribe => self.subscribe(id, Topic::Pattern, argv),
            ServiceCommand::PubSub => self.pubsub(id, argv),
            ServiceCommand::PUnsubscribe => self.unsubscribe(id, Topic::Pattern, argv),
            ServiceCommand::Reset => self.reset(id),
            ServiceCommand::SlowLog => self.slowlog(id, word, argv),
            ServiceCommand::SPublish => self.publish_command(cx, id, Topic::Shard, argv),
            ServiceCommand::SSubscribe => self.subscribe(id, Topic::Shard, argv),
            ServiceCommand::Subscribe => self.subscribe(id, Topic::Channel, argv),
            ServiceCommand::SUnsubscribe => self.unsubscribe(id, Topic::Shard, argv),
            ServiceCommand::Unsubscribe => self.unsubscribe(id, Topic::Channel, argv),
        }
    }

    /// What is wrong with the subcommand, before anything else is looked at, and whether it exists at all.
    pub(in crate::node) fn subcommand_error(&self, spec: &'static Spec, argv: &[Bytes]) -> Option<(String, bool)> {
        let word = argv.get(1)?;
        names::subcommands_of(spec.name).next()?;
        match names::subcommand(spec.name, argv) {
            Some((_, arity)) if super::super::commands::fits(*arity, argv.len()) => None,
            Some((full, _)) => Some((wrong_arity(full), true)),
            None => {
                let (shown, container) = (shown(word), spec.name.to_ascii_uppercase());
                Some((format!("ERR unknown subcommand '{shown}'. Try {container} HELP."), false))
            }
        }
    }

    /// The error for a subcommand whose words make no sense.
    pub(super) fn refuse_words(&mut self, id: ConnId, container: &str, word: &[u8]) {
        let shown = shown(word);
        let error = format!("ERR unknown subcommand or wrong number of arguments for '{shown}'. Try {container} HELP.");
        self.reply_error(id, &error);
    }
}

fn shown(word: &[u8]) -> String {
    let word = before_nul(word);
    String::from_utf8_lossy(&word[..word.len().min(SHOWN_MAX)]).into_owned()
}
