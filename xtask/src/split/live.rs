//! Which locals of a function are still read: before each piece, at each label, and behind each sequence.

use super::pieces::starts;
use std::collections::{BTreeSet, HashMap};
use walrus::LocalFunction;
use walrus::ir::{Instr, InstrSeqId, LocalId};

pub(super) type Locals = BTreeSet<LocalId>;

/// What is live where in one function.
#[derive(Default)]
pub(super) struct Live {
    /// Before a piece, by sequence and place.
    before: HashMap<(InstrSeqId, usize), Locals>,
    /// Where a branch to a sequence goes on: behind a block, at the beginning of a loop.
    at_label: HashMap<InstrSeqId, Locals>,
    /// Where control goes on when it falls off the end of a sequence.
    behind: HashMap<InstrSeqId, Locals>,
}

impl Live {
    /// Walks the function backwards until no loop brings anything new.
    pub(super) fn of(function: &LocalFunction) -> Live {
        let mut live = Live::default();
        while live.walk(function, function.entry_block(), Locals::new()).1 {}
        live
    }

    pub(super) fn before(&self, sequence: InstrSeqId, start: usize) -> Locals {
        self.before.get(&(sequence, start)).cloned().unwrap_or_default()
    }

    pub(super) fn at_label(&self, sequence: InstrSeqId) -> Locals {
        self.at_label.get(&sequence).cloned().unwrap_or_default()
    }

    pub(super) fn behind(&self, sequence: InstrSeqId) -> Locals {
        self.behind.get(&sequence).cloned().unwrap_or_default()
    }

    /// What is live before a sequence when `after` is live behind it; true if the label of a loop has got more.
    fn walk(&mut self, function: &LocalFunction, id: InstrSeqId, after: Locals) -> (Locals, bool) {
        self.behind.insert(id, after.clone());
        let sequence = function.block(id);
        let starts: BTreeSet<usize> = starts(sequence).into_iter().collect();
        let (mut live, mut more) = (after, false);
        for (place, (instruction, _)) in sequence.instrs.iter().enumerate().rev() {
            let grown;
            (live, grown) = self.step(function, instruction, live);
            more |= grown;
            if starts.contains(&place) {
                self.before.insert((id, place), live.clone());
            }
        }
        (live, more)
    }

    fn step(&mut self, function: &LocalFunction, instruction: &Instr, mut live: Locals) -> (Locals, bool) {
        let mut more = false;
        match instruction {
            Instr::LocalGet(get) => {
                live.insert(get.local);
            }
            Instr::LocalSet(set) => {
                live.remove(&set.local);
            }
            Instr::LocalTee(tee) => {
                live.remove(&tee.local);
            }
            Instr::Br(to) => live = self.at_label(to.block),
            Instr::BrIf(to) => live.extend(self.at_label(to.block)),
            Instr::BrTable(to) => {
                live = self.at_label(to.default);
                live.extend(to.blocks.iter().flat_map(|block| self.at_label(*block)));
            }
            Instr::Return(_) | Instr::Unreachable(_) => live.clear(),
            Instr::Block(block) => {
                self.at_label.insert(block.seq, live.clone());
                (live, more) = self.walk(function, block.seq, live);
            }
            Instr::Loop(repeated) => {
                (live, more) = self.walk(function, repeated.seq, live);
                more |= self.at_label.insert(repeated.seq, live.clone()).unwrap_or_default() != live;
            }
            Instr::IfElse(choice) => {
                for branch in [choice.consequent, choice.alternative] {
                    self.at_label.insert(branch, live.clone());
                }
                let (otherwise, more_there) = self.walk(function, choice.alternative, live.clone());
                (live, more) = self.walk(function, choice.consequent, live);
                live.extend(otherwise);
                more |= more_there;
            }
            _ => {}
        }
        (live, more)
    }
}
