//! Those who use nodes: load generators and consoles, as the world runs them.

use crate::base::{Chunk, ClientId, ConnId, NodeId};
use crate::event::EventKind;

use super::World;
use super::client::{Line, REDIAL};
use super::connection::Holder;
use super::log::Event;
use super::queue::{ConnKey, Happening, NEVER};
use super::spec::Load;

impl World {
    /// A load generator tries to connect.
    pub(super) fn client_dial(&mut self, client: usize) {
        let holder = Holder::Client(client as u32);
        if self.clients[client].line == Line::Down {
            let node = self.clients[client].spec.to;
            let key = self.dial(holder, ConnId(0), Some(node.0), 1 + client, 0);
            self.clients[client].line = Line::Dialling(key);
        }
    }

    /// Asks for the next request of a load generator.
    pub(super) fn arm_client(&mut self, client: usize) {
        let due = self.clients[client].next_due();
        if due != self.clients[client].due_at {
            self.clients[client].due_at = due;
            self.queue.push(due, Happening::ClientDue { client: client as u32 });
        }
    }

    /// A request of a load generator is due.
    pub(super) fn client_due(&mut self, client: usize) {
        let now = self.time;
        let generator = &mut self.clients[client];
        if generator.due_at != now {
            return;
        }
        generator.due_at = NEVER;
        let send = generator.ask(now);
        if let (true, Line::Up(key)) = (send, generator.line) {
            self.pump(key, 0);
        }
        self.arm_client(client);
    }

    /// Answers reach a load generator.
    pub(super) fn client_receives(&mut self, client: usize, key: ConnKey, chunk: Chunk) {
        let mut told = Vec::new();
        let generator = &mut self.clients[client];
        let fine = generator.receive(chunk, self.time, &mut told).is_ok();
        let closed_loop = matches!(generator.spec.load, Load::Closed { .. });
        self.trace_answers(client);
        for error in told {
            self.log_client(client, EventKind::ClientReply { error });
        }
        if !fine {
            self.close_end(key, 0);
            self.client_lost(client);
        } else if closed_loop {
            self.arm_client(client);
        }
    }

    /// A load generator has no connection any more, or got none.
    pub(super) fn client_lost(&mut self, client: usize) {
        let was_up = matches!(self.clients[client].line, Line::Up(_));
        self.clients[client].disconnected();
        self.trace_lost(client);
        if was_up {
            self.log_client(client, EventKind::ClientDisconnected);
        }
        self.queue.push(self.time + REDIAL, Happening::ClientDial { client: client as u32 });
    }

    fn log_client(&mut self, client: usize, kind: EventKind) {
        let peer = Some(self.clients[client].spec.to);
        let client = Some(ClientId(client as u32));
        self.log.push(Event { seq: 0, time: self.time, node: None, peer, link: None, client, kind });
    }

    /// Types a line at a node's console; session 0 is the person's, 1 that of actions.
    pub(super) fn type_line(&mut self, node: NodeId, session: usize, line: &str) {
        let index = node.0 as usize * 2 + session;
        let transcript = &mut self.transcripts[node.0 as usize];
        if !self.sessions[index].type_line(line, transcript) {
            return;
        }
        self.trace_line(index, line);
        match self.sessions[index].conn {
            Some(key) => self.pump(key, 0),
            None => {
                let key = self.dial(Holder::Session(index as u32), ConnId(0), Some(node.0), 0, 0);
                self.sessions[index].conn = Some(key);
            }
        }
    }

    /// Answers reach a console session.
    pub(super) fn session_receives(&mut self, session: usize, key: ConnKey, chunk: Chunk) {
        let waited = self.sessions[session].waiting();
        let fine = self.sessions[session].receive(chunk, &mut self.transcripts[session / 2]);
        self.trace_replies(session, waited - self.sessions[session].waiting());
        if !fine {
            self.session_lost(session, "Error: Protocol error");
            self.close_end(key, 0);
        }
    }

    /// A console session has no connection any more; `text` tells those who wait.
    pub(super) fn session_lost(&mut self, session: usize, text: &str) {
        self.trace_session_lost(session);
        let transcript = &mut self.transcripts[session / 2];
        self.sessions[session].disconnected(text, transcript);
    }
}
