//! `cargo xtask dist`: the folder to publish. It is `www/` with the built module, made smaller by wasm-opt if the npm
//! packages are installed.

use crate::command::program;
use crate::{Outcome, page, root, sizes, tools};
use std::fs;
use std::path::Path;

/// Writes `dist/`.
pub(crate) fn run() -> Outcome<()> {
    tools::wasm_target()?;
    page::build()?;
    let (from, to) = (root().join("www"), root().join("dist"));
    if to.exists() {
        fs::remove_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    copy(&from, &to)?;
    let module = to.join("pkg/psync_playground_bg.wasm");
    let before = sizes::weigh(&module)?;
    println!("wasm: {} raw, {} gzip", sizes::kb(before.raw), sizes::kb(before.gzip));
    optimise(&module)?;
    println!("written to {}", to.display());
    Ok(())
}

/// Shrinks a module in place, if wasm-opt is there.
fn optimise(module: &Path) -> Outcome<()> {
    let tool = root().join("node_modules/.bin/wasm-opt");
    if !tool.is_file() {
        println!("no wasm-opt (npm ci installs it): the module stays as it is");
        return Ok(());
    }
    let (tool, file) = (tool.to_string_lossy(), module.to_string_lossy());
    program(&tool, ["-O3", "--all-features", &file, "-o", &file]).run()?;
    let after = sizes::weigh(module)?;
    println!("wasm-opt: {} raw, {} gzip", sizes::kb(after.raw), sizes::kb(after.gzip));
    Ok(())
}

/// Copies a folder with everything in it, except type declarations and hidden files.
fn copy(from: &Path, to: &Path) -> Outcome<()> {
    let tell = |error: std::io::Error| format!("{}: {error}", from.display());
    fs::create_dir_all(to).map_err(tell)?;
    for entry in fs::read_dir(from).map_err(tell)? {
        let path = entry.map_err(tell)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || name.ends_with(".d.ts") {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name)).map_err(tell)?;
        }
    }
    Ok(())
}
