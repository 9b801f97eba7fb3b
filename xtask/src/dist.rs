//! `cargo xtask dist`: the folder to publish. It is `www/` with the built module, and with the page's many small scripts
//! joined and minified by esbuild, and its module in two parts. wasm-opt was tried and is not used: it takes 8 % off the
//! module, but what is left compresses 4 % worse.

use crate::command::program;
use crate::{Outcome, page, root, sizes, split, tools};
use std::fs;
use std::path::{Path, PathBuf};

/// Scripts that pages load or import by name; everything else goes into what they share.
const ENTRIES: [&str; 3] = ["js/boot.js", "js/define.js", "js/element.js"];

/// The folder to publish.
pub(crate) fn folder() -> PathBuf {
    root().join("dist")
}

/// Writes it anew.
pub(crate) fn run() -> Outcome<()> {
    tools::wasm_target()?;
    tools::node_modules()?;
    page::build()?;
    let to = folder();
    if to.exists() {
        fs::remove_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    copy(&root().join("www"), &to)?;
    split::run(&to.join("pkg"))?;
    minify(&to)?;
    split::compare(&to.join("pkg"))?;
    sizes::print_wasm()?;
    sizes::print_parts(&to.join("pkg"))?;
    println!("written to {}", to.display());
    Ok(())
}

/// Replaces the scripts of a copied page by what esbuild makes of them. The shared part lies beside the entries, so that
/// addresses relative to a script stay as they are.
fn minify(page: &Path) -> Outcome<()> {
    let sources = page.join("js-sources");
    let tell = |error: std::io::Error| format!("{}: {error}", page.display());
    let path = |part: &str| page.join(part).to_string_lossy().into_owned();
    let glue = path("pkg/psync_playground.js");
    let bundle = ["--bundle", "--splitting", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"];
    let places = [format!("--external:{glue}"), format!("--outdir={}", path("js-bundled"))];
    let words = bundle.map(str::to_owned).into_iter().chain(places).chain(ENTRIES.map(path));
    program("node_modules/.bin/esbuild", words).run()?;
    fs::rename(page.join("js"), &sources).map_err(tell)?;
    fs::rename(page.join("js-bundled"), page.join("js")).map_err(tell)?;
    fs::remove_dir_all(&sources).map_err(tell)?;
    let same = format!("--outfile={glue}");
    program("node_modules/.bin/esbuild", [glue.as_str(), "--minify", "--allow-overwrite", "--log-level=warning", &same])
        .run()
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
