//! Commands that need the node: its connections, its role, its configuration, its stream.

mod client;
mod connection;
mod replication;
mod server;

use super::Node;
use super::commands::NodeCommand;
use super::context::Cx;
use crate::base::{Bytes, ConnId};
use crate::resp::Replies;

impl Node {
    /// Carries out a command whose arity fits and that nothing forbids.
    pub(super) fn run_node_command(&mut self, cx: &mut Cx<'_>, id: ConnId, command: NodeCommand, argv: &[Bytes]) {
        if self.run_service_command(cx, id, command, argv) {
            return;
        }
        match command {
            NodeCommand::Config => self.config_command(cx, id, argv),
            NodeCommand::Ping => self.ping(id, argv),
            NodeCommand::Psync | NodeCommand::Sync => self.psync(cx, id, argv),
            NodeCommand::ReplConf => self.replconf(cx, id, argv),
            NodeCommand::ReplicaOf => self.replicaof(cx, id, argv),
            NodeCommand::Select => self.select_command(id, argv),
            _ => self.run_rarer_command(cx, id, command, argv),
        }
    }

    /// Commands that replication does not live on. Never inlined: a page that only plays a story does without their code.
    #[inline(never)]
    fn run_rarer_command(&mut self, cx: &mut Cx<'_>, id: ConnId, command: NodeCommand, argv: &[Bytes]) {
        match command {
            NodeCommand::Auth => self.auth(id, argv),
            NodeCommand::BgSave => self.bgsave(cx, id, argv),
            NodeCommand::Client => self.client(cx, id, argv),
            NodeCommand::Command => self.command(id, argv),
            NodeCommand::Debug => self.debug(cx, id, argv),
            NodeCommand::Discard => self.discard(id),
            NodeCommand::Echo => self.echo(id, argv),
            NodeCommand::Failover => self.failover(cx, id, argv),
            NodeCommand::Hello => self.hello(id, argv),
            NodeCommand::Info => self.info_command(cx, id, argv),
            NodeCommand::LastSave => self.lastsave(id),
            NodeCommand::Multi => self.multi(id),
            NodeCommand::Quit => self.quit(id),
            NodeCommand::Role => self.role(id),
            NodeCommand::Save => self.save(cx, id),
            NodeCommand::Shutdown => self.shutdown(cx, id, argv),
            NodeCommand::Time => self.time(cx, id),
            NodeCommand::Unwatch => self.unwatch(id),
            NodeCommand::Wait => self.wait(cx, id, argv),
            NodeCommand::Watch => self.watch(cx, id, argv),
            // EXEC is carried out where the queue is, in `exec`; the others above.
            NodeCommand::Exec
            | NodeCommand::Config
            | NodeCommand::Ping
            | NodeCommand::Psync
            | NodeCommand::Sync
            | NodeCommand::ReplConf
            | NodeCommand::ReplicaOf
            | NodeCommand::Select => {}
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            NodeCommand::Service(_) => {}
        }
    }

    /// Answers a client, if it is still there.
    pub(super) fn reply(&mut self, id: ConnId, answer: impl FnOnce(&mut Replies)) {
        if let Some(conn) = self.conns.get_mut(&id) {
            answer(&mut conn.replies);
        }
    }

    pub(super) fn reply_ok(&mut self, id: ConnId) {
        self.reply(id, Replies::ok);
    }

    pub(super) fn reply_error(&mut self, id: ConnId, error: &str) {
        self.reply(id, |replies| replies.error(error));
    }

    /// The error for a subcommand that does not exist.
    fn unknown_subcommand(&mut self, id: ConnId, argv: &[Bytes]) {
        let shown = |word: &[u8]| String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned();
        let container = shown(&argv[0]).to_ascii_uppercase();
        let error = format!("ERR unknown subcommand '{}'. Try {container} HELP.", shown(&argv[1]));
        self.reply_error(id, &error);
    }

    /// The error for a subcommand with a wrong number of arguments.
    fn wrong_subcommand_arity(&mut self, id: ConnId, argv: &[Bytes]) {
        let word = |word: &[u8]| String::from_utf8_lossy(word).to_ascii_lowercase();
        let name = format!("{}|{}", word(&argv[0]), word(&argv[1]));
        self.reply_error(id, &super::commands::wrong_arity(&name));
    }
}
