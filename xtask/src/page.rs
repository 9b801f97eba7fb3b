//! The wasm module and its JavaScript glue: what `wasm-pack build --target web --out-dir www/pkg` makes, made with the
//! wasm-bindgen library, so that nobody has to install a program in order to play.

use crate::command::cargo;
use crate::tools::WASM_TARGET;
use crate::{Outcome, root};
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// The name that the glue is imported by.
const NAME: &str = "psync_playground";
/// The files of the module and of its glue.
pub(crate) const MODULE: &str = "psync_playground_bg.wasm";
pub(crate) const GLUE: &str = "psync_playground.js";

/// The folder of the built module.
pub(crate) fn folder() -> PathBuf {
    root().join("www/pkg")
}

/// The built module.
pub(crate) fn wasm() -> PathBuf {
    folder().join(MODULE)
}

/// Builds what is stale.
pub(crate) fn build() -> Outcome<()> {
    println!("building the engine for the browser");
    let module = compile()?;
    let stamp = module.with_extension("glue-stamp");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == fingerprint(&module)) {
        return Ok(());
    }
    let generated = Bindgen::new().input_path(&module).out_name(NAME).web(true).and_then(|bindgen| {
        bindgen
            .typescript(true)
            .omit_default_module_path(false)
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate(folder())
    });
    generated.map_err(|error| format!("wasm-bindgen: {error:#}"))?;
    fs::write(&stamp, fingerprint(&module)).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Lets cargo compile the library; says where the module lies.
fn compile() -> Outcome<PathBuf> {
    // As a cdylib alone: cargo leaves link-time optimisation out where a library is built as an rlib too.
    let what = ["rustc", "--package", "psync-playground", "--lib", "--crate-type", "cdylib", "--release"];
    let how = ["--target", WASM_TARGET, "--message-format", "json-render-diagnostics"];
    let messages = cargo(what.into_iter().chain(how)).output()?;
    let file = format!("{NAME}.wasm");
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut files = artifacts.flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default());
    let module = files.find_map(|path| path.as_str().filter(|path| path.ends_with(&file)).map(PathBuf::from));
    module.ok_or_else(|| format!("cargo built no {file}"))
}

/// Tells a state of module and glue from another: glue made of an older module or by another program is made again.
fn fingerprint(module: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    // Another way of making the glue makes another fingerprint.
    hasher.write(include_bytes!("page.rs"));
    for file in [module.to_path_buf(), wasm(), folder().join(GLUE), folder().join(format!("{NAME}.d.ts"))] {
        hasher.write(&fs::read(file).unwrap_or_default());
        hasher.write_u8(0);
    }
    format!("{:016x}", hasher.finish())
}
