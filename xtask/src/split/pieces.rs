//! Pieces: straight stretches of a function between two places at which control can leave or come together. Of each
//! sequence of instructions the first piece starts with it, and one starts behind every branch and every block. If a piece
//! was never entered, nothing behind it in its sequence was.

use std::collections::BTreeSet;
use walrus::ir::{Call, Const, Instr, InstrSeq, InstrSeqId, Value, Visitor, dfs_in_order};
use walrus::{FunctionId, FunctionKind, LocalFunction, Module, ValType};

/// Beginnings of pieces of a module: function, sequence and place in it. The same module always has the same list.
pub(super) fn of(module: &Module) -> Vec<(FunctionId, InstrSeqId, usize)> {
    let mut found = Vec::new();
    for (id, function) in module.funcs.iter_local() {
        for sequence in sequences(function) {
            found.extend(starts(function.block(sequence)).into_iter().map(|start| (id, sequence, start)));
        }
    }
    found
}

/// Where the pieces of a sequence begin.
pub(super) fn starts(sequence: &InstrSeq) -> Vec<usize> {
    let ends_piece = |instruction: &Instr| {
        matches!(instruction, Instr::BrIf(_) | Instr::Block(_) | Instr::Loop(_) | Instr::IfElse(_))
    };
    let behind = (1..sequence.instrs.len()).filter(|place| ends_piece(&sequence.instrs[place - 1].0));
    std::iter::once(0).chain(behind).collect()
}

/// The module with a call at the beginning of each piece, which tells its place in the list.
pub(super) fn telling(mut module: Module) -> Vec<u8> {
    let pieces = of(&module);
    let takes_place = module.types.add(&[ValType::I32], &[]);
    let (entered, _) = module.add_import_func("profile", "entered", takes_place);
    // From behind, so that the places of the pieces before stay true.
    for (place, (function, sequence, start)) in pieces.into_iter().enumerate().rev() {
        let tell = [Const { value: Value::I32(place as i32) }.into(), Call { func: entered }.into()];
        let told = tell.map(super::outline::placed);
        super::body(&mut module, function).block_mut(sequence).instrs.splice(start..start, told);
    }
    module.emit_wasm()
}

/// What a profile says: the pieces that were entered.
pub(super) struct Entered(BTreeSet<(FunctionId, InstrSeqId, usize)>);

impl Entered {
    /// From the places of the pieces in the list of the same module.
    pub(super) fn new(module: &Module, places: &BTreeSet<usize>) -> Entered {
        let all = of(module).into_iter().enumerate();
        Entered(all.filter(|(place, _)| places.contains(place)).map(|(_, piece)| piece).collect())
    }

    pub(super) fn function(&self, module: &Module, id: FunctionId) -> bool {
        match &module.funcs.get(id).kind {
            FunctionKind::Local(function) => self.piece(id, function.entry_block(), 0),
            _ => true,
        }
    }

    pub(super) fn piece(&self, function: FunctionId, sequence: InstrSeqId, start: usize) -> bool {
        self.0.contains(&(function, sequence, start))
    }
}

fn sequences(function: &LocalFunction) -> Vec<InstrSeqId> {
    let mut found = Sequences::default();
    dfs_in_order(&mut found, function, function.entry_block());
    found.0
}

#[derive(Default)]
struct Sequences(Vec<InstrSeqId>);

impl Visitor<'_> for Sequences {
    fn start_instr_seq(&mut self, sequence: &InstrSeq) {
        self.0.push(sequence.id());
    }
}
