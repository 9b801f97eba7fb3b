//! `cargo xtask dist`: the folder to publish: `www/` with the built module. wasm-opt was tried and is not used: it takes
//! 8 % off the module, but what is left compresses 4 % worse.

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
    sizes::print_wasm()?;
    println!("written to {}", to.display());
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
