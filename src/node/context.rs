//! What every step of a node needs to know and to fill: the moment, and the outbox.

use super::contract::{Outbox, Output};
use crate::base::{ConnId, Now};
use crate::event::EventKind;

/// The moment of the input that is being handled, and where its consequences go.
pub(super) struct Cx<'a> {
    pub(super) now: Now,
    pub(super) out: &'a mut Outbox,
}

impl Cx<'_> {
    /// Reports a fact.
    pub(super) fn event(&mut self, conn: Option<ConnId>, kind: EventKind) {
        self.out.outputs.push(Output::Event { conn, kind });
    }

    /// Says something in the log that no fact has the words for. Only a server on a real network keeps one.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn log(&mut self, warning: bool, text: impl FnOnce() -> String) {
        self.out.outputs.push(Output::Log { warning, text: text() });
    }

    /// The simulated world shows facts and keeps no log.
    #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
    pub(super) fn log(&mut self, _warning: bool, _text: impl FnOnce() -> String) {}

    /// Asks for something.
    pub(super) fn ask(&mut self, output: Output) {
        self.out.outputs.push(output);
    }

    /// Says that a connection has bytes to pull.
    pub(super) fn writable(&mut self, conn: ConnId) {
        if self.out.writable.last() != Some(&conn) {
            self.out.writable.push(conn);
        }
    }
}
