//! The published module in two parts: what the page needs to open the first story, and the rest, which it loads when the
//! reader begins to do something (`rest.js`). What that is is not guessed: a copy of the module that tells which pieces of
//! it are entered opens the story (`profile.mjs`). Functions that were never entered are of the rest, and so are stretches
//! of the others that were not (`outline`).
//!
//! Nothing depends on that choice but the moment at which the rest is loaded: where the first part calls a function of the
//! rest, it loads the rest if that is not there yet, and goes through the function table. `compare` holds the two parts to
//! the whole.

mod live;
mod outline;
mod pieces;

use self::outline::Site;
use self::pieces::Entered;
use crate::command::program;
use crate::page::{GLUE, MODULE};
use crate::{Outcome, page, root};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use walrus::ir::{Call, CallIndirect, Const, Value, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, FunctionKind, GlobalKind,
    ImportedFunction, LocalFunction, Module, RefType, TableId, ValType, passes,
};

/// The file of the second part, beside the first.
pub(crate) const REST: &str = "psync_playground_rest.wasm";
/// Where the glue names what the module may import.
const IMPORTS: &str = r#""./psync_playground_bg.js": import0,"#;
/// What the second part imports the first as.
const FIRST: &str = "first";
/// The first part's mark that the rest is there.
const ATTACHED: &str = "attached";

/// Splits the module of a copied page.
pub(crate) fn run(package: &Path) -> Outcome<()> {
    let module = read(&package.join(MODULE))?;
    let glue = String::from_utf8(read(&package.join(GLUE))?).map_err(|error| format!("{GLUE}: {error}"))?;
    let story = first_story()?;
    let entered = profile(&module, &glue, &story)?;
    let (first, rest) = split(&module, &entered)?;
    let load = with_import(&glue, "rest: { load: loadRestNow },")?;
    let bound = include_str!("split/rest.js").replace("REST_FILE", REST).replace("STORY", &story);
    write(&package.join(MODULE), first)?;
    write(&package.join(REST), rest)?;
    write(&package.join(GLUE), [load, bound].concat())
}

/// Plays the whole catalogue on the published module and on the one it was made from, with all that a reader can do, and
/// compares what they show.
pub(crate) fn compare(package: &Path) -> Outcome<()> {
    let whole = page::wasm();
    let folders = [Some(package), whole.parent()].into_iter().flatten();
    let folders = folders.map(|folder| folder.to_string_lossy().into_owned());
    program("node", std::iter::once("xtask/src/split/same.mjs".to_owned()).chain(folders)).run()
}

/// The story that a first visit opens.
fn first_story() -> Outcome<String> {
    let file = root().join("www/scenarios/index.json");
    let catalogue: serde_json::Value = serde_json::from_slice(&read(&file)?).map_err(|error| error.to_string())?;
    let first = catalogue[0]["id"].as_str();
    first.map(str::to_owned).ok_or_else(|| format!("{}: the first story has no id", file.display()))
}

/// Plays a story on a copy that tells; the places, among the module's pieces, of those that were entered.
fn profile(module: &[u8], glue: &str, story: &str) -> Outcome<BTreeSet<usize>> {
    let folder = root().join("target/profile");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    write(&folder.join(MODULE), pieces::telling(parse(module)?))?;
    write(&folder.join("glue.mjs"), with_import(glue, "profile: { entered: (place) => globalThis.entered(place) },")?)?;
    let words = ["xtask/src/split/profile.mjs".to_owned(), folder.to_string_lossy().into_owned(), story.to_owned()];
    let text = program("node", words).output()?;
    let places = text.split_whitespace().map(|word| word.parse().map_err(|_| format!("profile.mjs printed {word}")));
    places.collect()
}

/// The two parts.
fn split(module: &[u8], entered: &BTreeSet<usize>) -> Outcome<(Vec<u8>, Vec<u8>)> {
    let (mut first, mut rest) = (parse(module)?, parse(module)?);
    let entered_of = |module: &Module| Entered::new(module, entered);
    let (entered_first, entered_rest) = (entered_of(&first), entered_of(&rest));
    let sites = outline::run(&mut first, &entered_first);
    outline::run(&mut rest, &entered_rest);
    let plan = Plan::of(&first, &rest, &entered_first)?;
    let base = plan.make_first(&mut first, &sites);
    plan.make_rest(&mut rest, base);
    Ok((first.emit_wasm(), rest.emit_wasm()))
}

/// What goes where. Functions are named by their place among all functions of the whole module, imported ones first.
struct Plan {
    /// Functions of the second part that the first refers to: each has a slot at the end of the function table.
    slots: Vec<usize>,
    /// Functions of the first part that the second calls, by the name of the export.
    shared: Vec<(usize, String)>,
    /// The functions of both copies by place.
    first: Vec<FunctionId>,
    rest: Vec<FunctionId>,
    /// The function table in both copies.
    first_table: TableId,
    rest_table: TableId,
}

impl Plan {
    fn of(first: &Module, rest: &Module, entered: &Entered) -> Outcome<Plan> {
        let all = |module: &Module| module.funcs.iter().map(|function| function.id()).collect::<Vec<_>>();
        let table = |module: &Module| {
            let found = module.tables.iter().find(|table| table.element_ty == RefType::FUNCREF);
            found.map(|table| table.id()).ok_or("the module has no function table".to_owned())
        };
        let ids = all(first);
        let places: HashMap<FunctionId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let late: BTreeSet<usize> = (0..ids.len()).filter(|place| !entered.function(first, ids[*place])).collect();
        let calls = |late_ones: bool| {
            let mut callees = Callees::default();
            for id in ids.iter().filter(|id| late.contains(&places[*id]) == late_ones) {
                if let FunctionKind::Local(function) = &first.funcs.get(*id).kind {
                    dfs_in_order(&mut callees, function, function.entry_block());
                }
            }
            callees.0.into_iter().map(|id| places[&id]).collect::<BTreeSet<_>>()
        };
        let mut wanted = calls(false);
        wanted.extend(entrances(first)?.into_iter().map(|id| places[&id]));
        let shared = calls(true).difference(&late).map(|place| (*place, format!("f{place}"))).collect();
        let slots = wanted.intersection(&late).copied().collect();
        let (first_table, rest_table) = (table(first)?, table(rest)?);
        Ok(Plan { slots, shared, rest: all(rest), first: ids, first_table, rest_table })
    }

    /// Puts a stub in the place of every function of the rest; returns the first slot.
    fn make_first(&self, module: &mut Module, sites: &[Site]) -> u64 {
        let table = module.tables.get_mut(self.first_table);
        let base = table.initial;
        table.initial += self.slots.len() as u64;
        table.maximum = table.maximum.map(|most| most.max(table.initial));
        let (table, attached) = (table.id(), module.globals.add_local(ValType::I32, true, false, number(0)));
        let nothing = module.types.add(&[], &[]);
        let (load, _) = module.add_import_func("rest", "load", nothing);
        let mut make_sure = FunctionBuilder::new(&mut module.types, &[], &[]);
        make_sure.func_body().global_get(attached).if_else(
            None,
            |_| {},
            |missing| {
                missing.call(load);
            },
        );
        let make_sure = make_sure.finish(Vec::new(), &mut module.funcs);
        let slot_of: HashMap<FunctionId, u64> = self.slots.iter().map(|place| self.first[*place]).zip(base..).collect();
        for site in sites {
            call_slot(module, site, make_sure, table, slot_of[&site.callee]);
        }
        for (slot, place) in (base..).zip(&self.slots) {
            let stub = stub(module, self.first[*place], make_sure, table, slot);
            *body(module, self.first[*place]) = stub;
        }
        for (place, name) in &self.shared {
            module.exports.add(name, self.first[*place]);
        }
        for (number, id) in ids(module.globals.iter().map(|global| global.id()).filter(|id| *id != attached)) {
            module.exports.add(&format!("g{number}"), id);
        }
        for (number, id) in ids(module.memories.iter().map(|memory| memory.id())) {
            module.exports.add(&format!("m{number}"), id);
        }
        for (number, id) in ids(module.tables.iter().map(|table| table.id())) {
            module.exports.add(&format!("t{number}"), id);
        }
        module.exports.add(ATTACHED, attached);
        passes::gc::run(module);
        base
    }

    /// Leaves only the functions of the rest; everything else is imported from the first part.
    fn make_rest(&self, module: &mut Module, base: u64) {
        empty(module);
        for (place, name) in &self.shared {
            let id = self.rest[*place];
            let (ty, import) = (module.funcs.get(id).ty(), module.imports.add(FIRST, name, id));
            module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
        }
        for (number, id) in ids(module.globals.iter().map(|global| global.id())) {
            let import = module.imports.add(FIRST, &format!("g{number}"), id);
            module.globals.get_mut(id).kind = GlobalKind::Import(import);
        }
        for (number, id) in ids(module.memories.iter().map(|memory| memory.id())) {
            let import = module.imports.add(FIRST, &format!("m{number}"), id);
            let memory = module.memories.get_mut(id);
            memory.import = Some(import);
            memory.data_segments.clear();
        }
        for (number, id) in ids(module.tables.iter().map(|table| table.id())) {
            let import = module.imports.add(FIRST, &format!("t{number}"), id);
            let table = module.tables.get_mut(id);
            table.import = Some(import);
            table.elem_segments.clear();
        }
        let functions = self.slots.iter().map(|place| self.rest[*place]).collect();
        let kind = ElementKind::Active { table: self.rest_table, offset: number(base as i32) };
        let slots = module.elements.add(kind, ElementItems::Functions(functions));
        let table = module.tables.get_mut(self.rest_table);
        // The first part's table is as large and as bounded.
        table.initial = base + self.slots.len() as u64;
        table.maximum = table.maximum.map(|most| most.max(table.initial));
        table.elem_segments.insert(slots);
        let (attached, _) = module.add_import_global(FIRST, ATTACHED, ValType::I32, true, false);
        let mut start = FunctionBuilder::new(&mut module.types, &[], &[]);
        start.func_body().i32_const(1).global_set(attached);
        module.start = Some(start.finish(Vec::new(), &mut module.funcs));
        passes::gc::run(module);
    }
}

/// A function of the same type that makes sure that the rest is there and goes on in its slot.
fn stub(module: &mut Module, id: FunctionId, make_sure: FunctionId, table: TableId, slot: u64) -> LocalFunction {
    let ty = module.funcs.get(id).ty();
    let (takes, gives) = module.types.params_results(ty);
    let (takes, gives) = (takes.to_vec(), gives.to_vec());
    let arguments: Vec<_> = takes.iter().map(|takes| module.locals.add(*takes)).collect();
    let mut stub = FunctionBuilder::new(&mut module.types, &takes, &gives);
    let mut code = stub.func_body();
    code.call(make_sure);
    for argument in &arguments {
        code.local_get(*argument);
    }
    code.i32_const(slot as i32).call_indirect(ty, table);
    stub.local_func(arguments)
}

/// Lets a site call its stretch in its slot, after making sure that it is there.
fn call_slot(module: &mut Module, site: &Site, make_sure: FunctionId, table: TableId, slot: u64) {
    let ty = module.funcs.get(site.callee).ty();
    let far = [Const { value: Value::I32(slot as i32) }.into(), CallIndirect { ty, table }.into()];
    let instructions = &mut body(module, site.function).block_mut(site.sequence).instrs;
    instructions.splice(site.call..=site.call, far.map(outline::placed));
    instructions.insert(site.start, outline::placed(Call { func: make_sure }.into()));
}

/// Functions that can be entered from outside or through the table.
fn entrances(module: &Module) -> Outcome<Vec<FunctionId>> {
    let mut found: Vec<FunctionId> = module.start.into_iter().collect();
    found.extend(module.exports.iter().filter_map(|export| match export.item {
        ExportItem::Function(id) => Some(id),
        _ => None,
    }));
    for element in module.elements.iter() {
        match &element.items {
            ElementItems::Functions(ids) => found.extend(ids),
            ElementItems::Expressions(..) => return Err("a table is filled by expressions: not expected here".into()),
        }
    }
    Ok(found)
}

/// Takes everything away that is done when the module starts, and everything that it shows.
fn empty(module: &mut Module) {
    module.start = None;
    for (_, id) in ids(module.exports.iter().map(|export| export.id())) {
        module.exports.delete(id);
    }
    for (_, id) in ids(module.elements.iter().map(|element| element.id())) {
        module.elements.delete(id);
    }
    for (_, id) in ids(module.data.iter().map(|data| data.id())) {
        module.data.delete(id);
    }
    for (_, id) in ids(module.imports.iter().map(|import| import.id())) {
        module.imports.delete(id);
    }
}

/// Ids with their numbers, apart from the module that they are taken from.
fn ids<T>(all: impl Iterator<Item = T>) -> Vec<(usize, T)> {
    all.enumerate().collect()
}

/// Every function that is called or referred to.
#[derive(Default)]
struct Callees(BTreeSet<FunctionId>);

impl Visitor<'_> for Callees {
    fn visit_function_id(&mut self, id: &FunctionId) {
        self.0.insert(*id);
    }
}

fn body(module: &mut Module, id: FunctionId) -> &mut LocalFunction {
    module.funcs.get_mut(id).kind.unwrap_local_mut()
}

fn number(value: i32) -> ConstExpr {
    ConstExpr::Value(Value::I32(value))
}

/// The glue with something more that the module may import.
fn with_import(glue: &str, import: &str) -> Outcome<String> {
    if glue.matches(IMPORTS).count() != 1 {
        return Err(format!("{GLUE}: expected {IMPORTS} once; wasm-bindgen writes it in another way now"));
    }
    Ok(glue.replace(IMPORTS, &[IMPORTS, import].concat()))
}

fn parse(module: &[u8]) -> Outcome<Module> {
    Module::from_buffer(module).map_err(|error| format!("{MODULE}: {error:#}"))
}

fn read(file: &Path) -> Outcome<Vec<u8>> {
    fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn write(file: &Path, contents: impl AsRef<[u8]>) -> Outcome<()> {
    fs::write(file, contents).map_err(|error| format!("{}: {error}", file.display()))
}
