//! Stretches of a function that a profile never entered become functions of their own, so that they can go into the second
//! part while the function stays in the first. Such a stretch reaches from the beginning of a piece to the end of its
//! sequence, with all that is nested in it. It takes the locals that it needs, gives back those that it changed and that
//! are still read, and a number that says where control goes on.

use super::live::{Live, Locals};
use super::pieces::{Entered, starts};
use std::collections::HashMap;
use walrus::ir::{
    BinaryOp, Binop, Block, Br, BrIf, BrTable, Call, Const, IfElse, Instr, InstrLocId, InstrSeqId, InstrSeqType,
    LocalGet, LocalId, LocalSet, Loop, Return, Unreachable, Value,
};
use walrus::{FunctionBuilder, FunctionId, FunctionKind, LocalFunction, Module, ValType};

/// Bytes of a call of a stretch without what it passes, of one local passed, and of telling exits apart, as far as can be
/// said beforehand.
const CALL_BYTES: usize = 20;
const PASSED_BYTES: usize = 2;
const EXIT_BYTES: usize = 5;
/// Bytes of an instruction, on average.
const INSTRUCTION_BYTES: usize = 2;
/// More places to go on at than this are not told apart.
const MOST_EXITS: usize = 8;

/// Where a stretch is called: its call stands in this sequence behind those of its arguments.
pub(super) struct Site {
    pub(super) function: FunctionId,
    pub(super) sequence: InstrSeqId,
    /// The first argument.
    pub(super) start: usize,
    /// The call.
    pub(super) call: usize,
    pub(super) callee: FunctionId,
}

/// Takes every stretch worth it out of the functions that were entered.
pub(super) fn run(module: &mut Module, entered: &Entered) -> Vec<Site> {
    let own = module.funcs.iter_local().map(|(id, _)| id);
    let functions: Vec<FunctionId> = own.filter(|id| entered.function(module, *id)).collect();
    let mut sites = Vec::new();
    for id in functions {
        let FunctionKind::Local(function) = &module.funcs.get(id).kind else { continue };
        let mut search = Search { module, id, function, entered, live: Live::of(function), found: Vec::new() };
        search.sequence(function.entry_block());
        for stretch in search.found {
            sites.push(stretch.take_out(module, id));
        }
    }
    sites
}

/// Where control goes on behind a stretch.
#[derive(Clone, Copy, PartialEq)]
enum Exit {
    /// It falls off its end.
    End,
    Label(InstrSeqId),
    Return,
}

/// Looks for the stretches of one function.
struct Search<'a> {
    module: &'a Module,
    id: FunctionId,
    function: &'a LocalFunction,
    entered: &'a Entered,
    live: Live,
    found: Vec<Stretch>,
}

impl Search<'_> {
    fn sequence(&mut self, id: InstrSeqId) {
        let sequence = self.function.block(id);
        let cold = starts(sequence).into_iter().find(|start| !self.entered.piece(self.id, id, *start));
        let taken = cold.and_then(|start| self.stretch(id, start));
        let end = taken.as_ref().map_or(sequence.instrs.len(), |stretch| stretch.start);
        self.found.extend(taken);
        for (instruction, _) in &sequence.instrs[..end] {
            for nested in nested(instruction) {
                self.sequence(nested);
            }
        }
    }

    /// The stretch from here to the end of the sequence, if it can be taken out and is worth it.
    fn stretch(&self, sequence: InstrSeqId, start: usize) -> Option<Stretch> {
        let mut content = Content::default();
        for (instruction, _) in &self.function.block(sequence).instrs[start..] {
            content.add(self.function, instruction);
        }
        let last = self.function.block(sequence).instrs.last().map(|(instruction, _)| instruction);
        let open = !matches!(last, Some(Instr::Br(_) | Instr::BrTable(_) | Instr::Return(_) | Instr::Unreachable(_)));
        let is_body = sequence == self.function.entry_block();
        let fallen = open.then_some(if is_body { Exit::Return } else { Exit::End });
        let exits = self.exits(&content, fallen);
        if exits.len() > MOST_EXITS || exits.iter().any(|exit| self.passes_values(&content, sequence, *exit)) {
            return None;
        }
        let read: Locals = exits.iter().flat_map(|exit| self.live_at(sequence, *exit)).collect();
        let outputs: Vec<LocalId> = content.assigned.intersection(&read).copied().collect();
        let needed = self.live.before(sequence, start).into_iter();
        let inputs: Vec<LocalId> =
            needed.filter(|local| content.used.contains(local) || outputs.contains(local)).collect();
        let returned = self.gives().first().copied().filter(|_| exits.contains(&Exit::Return));
        let price = CALL_BYTES + PASSED_BYTES * (inputs.len() + outputs.len()) + EXIT_BYTES * exits.len();
        let worth = content.instructions * INSTRUCTION_BYTES > price;
        worth.then_some(Stretch { sequence, start, inputs, outputs, exits, open, is_body, returned })
    }

    /// Where control goes on behind a stretch: first where it falls to, if it does.
    fn exits(&self, content: &Content, fallen: Option<Exit>) -> Vec<Exit> {
        let outer = content.branches.iter().filter(|block| !content.sequences.contains(block));
        let body = self.function.entry_block();
        let branched = outer.map(|block| if *block == body { Exit::Return } else { Exit::Label(*block) });
        let mut distinct = Vec::new();
        for exit in fallen.into_iter().chain(branched).chain(content.returns.then_some(Exit::Return)) {
            if !distinct.contains(&exit) {
                distinct.push(exit);
            }
        }
        distinct
    }

    /// Whether values lie on the stack at an exit that are not what a function returns by `return` or at its end.
    fn passes_values(&self, content: &Content, sequence: InstrSeqId, exit: Exit) -> bool {
        let gives = self.gives().len();
        match exit {
            Exit::End => has_results(self.module, self.function, sequence),
            Exit::Label(block) => has_results(self.module, self.function, block),
            Exit::Return => gives > 1 || (gives > 0 && content.branches.contains(&self.function.entry_block())),
        }
    }

    fn live_at(&self, sequence: InstrSeqId, exit: Exit) -> Locals {
        match exit {
            Exit::End => self.live.behind(sequence),
            Exit::Label(block) => self.live.at_label(block),
            Exit::Return => Locals::new(),
        }
    }

    /// What the function returns.
    fn gives(&self) -> &[ValType] {
        self.module.types.results(self.function.ty())
    }
}

fn has_results(module: &Module, function: &LocalFunction, sequence: InstrSeqId) -> bool {
    match function.block(sequence).ty {
        InstrSeqType::Simple(result) => result.is_some(),
        InstrSeqType::MultiValue(ty) => !module.types.results(ty).is_empty() || !module.types.params(ty).is_empty(),
    }
}

/// The sequences in an instruction.
fn nested(instruction: &Instr) -> Vec<InstrSeqId> {
    match instruction {
        Instr::Block(block) => vec![block.seq],
        Instr::Loop(repeated) => vec![repeated.seq],
        Instr::IfElse(choice) => vec![choice.consequent, choice.alternative],
        _ => Vec::new(),
    }
}

/// What a stretch consists of.
#[derive(Default)]
struct Content {
    instructions: usize,
    sequences: Vec<InstrSeqId>,
    /// Targets of branches, also within.
    branches: Vec<InstrSeqId>,
    returns: bool,
    used: Locals,
    assigned: Locals,
}

impl Content {
    fn add(&mut self, function: &LocalFunction, instruction: &Instr) {
        self.instructions += 1;
        match instruction {
            Instr::LocalGet(get) => drop(self.used.insert(get.local)),
            Instr::LocalSet(set) => drop(self.assigned.insert(set.local)),
            Instr::LocalTee(tee) => drop(self.assigned.insert(tee.local)),
            Instr::Br(to) => self.branches.push(to.block),
            Instr::BrIf(to) => self.branches.push(to.block),
            Instr::BrTable(to) => self.branches.extend(to.blocks.iter().chain([&to.default])),
            Instr::Return(_) => self.returns = true,
            _ => {}
        }
        for sequence in nested(instruction) {
            self.sequences.push(sequence);
            for (instruction, _) in &function.block(sequence).instrs {
                self.add(function, instruction);
            }
        }
    }
}

/// A stretch that can be taken out.
struct Stretch {
    sequence: InstrSeqId,
    start: usize,
    inputs: Vec<LocalId>,
    outputs: Vec<LocalId>,
    exits: Vec<Exit>,
    /// Control can fall off its end.
    open: bool,
    /// It ends with the function.
    is_body: bool,
    /// What the function gives back, if it can return from here.
    returned: Option<ValType>,
}

impl Stretch {
    /// Puts a call in its place.
    fn take_out(self, module: &mut Module, id: FunctionId) -> Site {
        let code = (self.exits.len() > 1).then(|| module.locals.add(ValType::I32));
        let value = self.returned.map(|ty| module.locals.add(ty));
        let callee = self.callee(module, id, code, value);
        let mut site: Vec<Instr> = self.inputs.iter().map(|local| LocalGet { local: *local }.into()).collect();
        let call = self.start + site.len();
        site.push(Call { func: callee }.into());
        let given = code.into_iter().chain(value).chain(self.outputs.iter().copied());
        site.extend(given.collect::<Vec<_>>().into_iter().rev().map(|local| Instr::from(LocalSet { local })));
        let target = super::body(module, id);
        for (number, exit) in self.exits.iter().enumerate().skip(1) {
            site.extend(code.into_iter().flat_map(|code| is(code, number, self.exits.len())));
            site.extend(go_if(target, *exit, value));
        }
        match self.exits.first() {
            Some(Exit::End) => {}
            Some(Exit::Label(block)) => site.push(Br { block: *block }.into()),
            Some(Exit::Return) => site.extend(go_back(value)),
            None => site.push(Unreachable {}.into()),
        }
        let instructions = &mut target.block_mut(self.sequence).instrs;
        instructions.truncate(self.start);
        instructions.extend(site.into_iter().map(placed));
        Site { function: id, sequence: self.sequence, start: self.start, call, callee }
    }

    /// The stretch as a function.
    fn callee(&self, module: &mut Module, id: FunctionId, code: Option<LocalId>, value: Option<LocalId>) -> FunctionId {
        let given: Vec<LocalId> = code.into_iter().chain(value).chain(self.outputs.iter().copied()).collect();
        let types = |locals: &[LocalId]| locals.iter().map(|local| module.locals.get(*local).ty()).collect::<Vec<_>>();
        let (takes, gives) = (types(&self.inputs), types(&given));
        let mut builder = FunctionBuilder::new(&mut module.types, &takes, &gives);
        // One block for each exit, the first outermost: a branch to it goes on behind it.
        let blocks: Vec<InstrSeqId> =
            self.exits.iter().map(|_| builder.dangling_instr_seq(InstrSeqType::Simple(None)).id()).collect();
        let body = builder.func_body_id();
        let FunctionKind::Local(function) = &module.funcs.get(id).kind else { unreachable!("an own function") };
        let mut copy = Copy {
            function,
            builder,
            exits: self.exits.iter().copied().zip(blocks.clone()).collect(),
            value,
            sequences: HashMap::new(),
        };
        let mut within = copy.instructions(&function.block(self.sequence).instrs[self.start..]);
        if self.open {
            within.extend(if self.is_body { copy.leave(Exit::Return) } else { copy.leave(Exit::End) });
        }
        for number in (0..blocks.len()).rev() {
            copy.builder.instr_seq(blocks[number]).instrs_mut().extend(within.into_iter().map(placed));
            within = vec![Block { seq: blocks[number] }.into()];
            if let Some(code) = code.filter(|_| number > 0) {
                within.extend([Const { value: Value::I32(number as i32) }.into(), LocalSet { local: code }.into()]);
                within.extend((number > 1).then(|| Br { block: blocks[0] }.into()));
            }
        }
        within.extend(given.iter().map(|local| Instr::from(LocalGet { local: *local })));
        within.extend(self.exits.is_empty().then(|| Unreachable {}.into()));
        let mut builder = copy.builder;
        builder.instr_seq(body).instrs_mut().extend(within.into_iter().map(placed));
        builder.finish(self.inputs.clone(), &mut module.funcs)
    }
}

/// Whether this exit was taken, of so many.
fn is(code: LocalId, number: usize, all: usize) -> Vec<Instr> {
    let get = LocalGet { local: code }.into();
    if all == 2 {
        return vec![get];
    }
    vec![get, Const { value: Value::I32(number as i32) }.into(), Binop { op: BinaryOp::I32Eq }.into()]
}

/// Goes on at an exit if the value on the stack is not zero.
fn go_if(function: &mut LocalFunction, exit: Exit, value: Option<LocalId>) -> Vec<Instr> {
    match exit {
        Exit::Label(block) => vec![BrIf { block }.into()],
        // Falling off the end comes first where it is possible.
        Exit::End | Exit::Return => {
            let builder = function.builder_mut();
            let alternative = builder.dangling_instr_seq(InstrSeqType::Simple(None)).id();
            let mut then = builder.dangling_instr_seq(InstrSeqType::Simple(None));
            then.instrs_mut().extend(go_back(value).into_iter().map(placed));
            vec![IfElse { consequent: then.id(), alternative }.into()]
        }
    }
}

fn go_back(value: Option<LocalId>) -> Vec<Instr> {
    let value = value.map(|local| Instr::from(LocalGet { local }));
    value.into_iter().chain([Return {}.into()]).collect()
}

/// An instruction that comes from nowhere in the source.
pub(super) fn placed(instruction: Instr) -> (Instr, InstrLocId) {
    (instruction, InstrLocId::default())
}

/// Copies instructions into another function.
struct Copy<'a> {
    function: &'a LocalFunction,
    builder: FunctionBuilder,
    exits: Vec<(Exit, InstrSeqId)>,
    value: Option<LocalId>,
    sequences: HashMap<InstrSeqId, InstrSeqId>,
}

impl Copy<'_> {
    fn instructions(&mut self, instructions: &[(Instr, InstrLocId)]) -> Vec<Instr> {
        instructions.iter().flat_map(|(instruction, _)| self.instruction(instruction)).collect()
    }

    fn instruction(&mut self, instruction: &Instr) -> Vec<Instr> {
        match instruction {
            Instr::Block(block) => vec![Block { seq: self.sequence(block.seq) }.into()],
            Instr::Loop(repeated) => vec![Loop { seq: self.sequence(repeated.seq) }.into()],
            Instr::IfElse(choice) => {
                let (consequent, alternative) = (self.sequence(choice.consequent), self.sequence(choice.alternative));
                vec![IfElse { consequent, alternative }.into()]
            }
            Instr::Br(to) => vec![Br { block: self.target(to.block) }.into()],
            Instr::BrIf(to) => vec![BrIf { block: self.target(to.block) }.into()],
            Instr::BrTable(to) => {
                let blocks = to.blocks.iter().map(|block| self.target(*block)).collect();
                vec![BrTable { blocks, default: self.target(to.default) }.into()]
            }
            Instr::Return(_) => self.leave(Exit::Return),
            other => vec![other.clone()],
        }
    }

    fn sequence(&mut self, id: InstrSeqId) -> InstrSeqId {
        let sequence = self.function.block(id);
        let copied = self.builder.dangling_instr_seq(sequence.ty).id();
        self.sequences.insert(id, copied);
        let instructions = self.instructions(&sequence.instrs);
        self.builder.instr_seq(copied).instrs_mut().extend(instructions.into_iter().map(placed));
        copied
    }

    /// The label in the copy for a label of the function.
    fn target(&self, block: InstrSeqId) -> InstrSeqId {
        let exit = if block == self.function.entry_block() { Exit::Return } else { Exit::Label(block) };
        self.sequences.get(&block).copied().unwrap_or_else(|| self.block_of(exit))
    }

    /// Ends the stretch; a value that the function returns lies on the stack.
    fn leave(&self, exit: Exit) -> Vec<Instr> {
        let value = self.value.filter(|_| exit == Exit::Return);
        let kept = value.map(|local| Instr::from(LocalSet { local }));
        kept.into_iter().chain([Br { block: self.block_of(exit) }.into()]).collect()
    }

    fn block_of(&self, exit: Exit) -> InstrSeqId {
        let found = self.exits.iter().find(|(one, _)| *one == exit);
        found.expect("every exit has its block").1
    }
}
