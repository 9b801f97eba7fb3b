//! In place of `block` in the build for the page, which has no command that waits for a key.

use super::Node;
use super::commands::{Block, Spec};
use super::context::Cx;
use crate::base::{Bytes, ConnId, Time};

/// Nobody waits for a key.
#[derive(Clone, Debug)]
pub(super) enum KeyWait {}

impl Node {
    pub(super) fn wait_for_keys(&mut self, _: &Cx<'_>, _: ConnId, _: &'static Spec, _: Vec<Bytes>, _: Block) {}

    pub(super) fn stop_waiting(&mut self, _: ConnId) -> Option<Box<KeyWait>> {
        None
    }

    pub(super) fn note_ready(&mut self, _: &Spec, _: &[Bytes]) {}

    pub(super) fn serve_key_waiters(&mut self, _: &mut Cx<'_>) {}

    pub(super) fn release_key_waiters(&mut self, _: &mut Cx<'_>) {}

    pub(super) fn next_key_timeout(&self) -> Option<Time> {
        None
    }
}
