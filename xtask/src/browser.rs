//! What runs in Chromium: the page is served from this program, and a Node script drives the browser.

use crate::command::{cargo, program};
use crate::server::Server;
use crate::{Outcome, dist, root};
use std::fs;
use std::path::PathBuf;

/// The smoke test of the page.
pub(crate) fn end_to_end() -> Outcome<()> {
    let tests = root().join("tests/e2e");
    let entries = fs::read_dir(&tests).map_err(|error| format!("{}: {error}", tests.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    // Named one by one: what a folder means to `node --test` depends on the version of Node.
    let mut files: Vec<String> =
        names.filter(|name| name.ends_with(".test.mjs")).map(|name| format!("tests/e2e/{name}")).collect();
    files.sort();
    // The browser's digests are compared with native ones.
    let digests = root().join("target/digests.json");
    let make = cargo(["test", "--quiet", "--test", "digest"]).env("PSYNC_DIGESTS", &digests);
    fs::create_dir_all(root().join("target")).map_err(|error| format!("target: {error}"))?;
    make.run()?;
    let link = cargo(["run", "--quiet", "--bin", "psync", "--", "swarm", "--link", "3"]).output()?;
    dist::run()?;
    let published = serve(dist::folder())?;
    let options = ["--test", "--test-reporter=spec"].map(str::to_owned);
    let url = serve(root().join("www"))?;
    program("node", options.into_iter().chain(files))
        .env("PSYNC_URL", url)
        .env("PSYNC_DIST_URL", published)
        .env("PSYNC_DIGESTS", digests)
        .env("PSYNC_SWARM_LINK", link.trim())
        .run()
}

/// The benchmark in the browser.
pub(crate) fn bench(runs: u32) -> Outcome<()> {
    let url = serve(root().join("www"))?;
    program("node", ["benches/browser.mjs", &runs.to_string()]).env("PSYNC_URL", url).run()
}

/// Pictures of the page.
pub(crate) fn screenshots() -> Outcome<()> {
    let url = serve(root().join("www"))?;
    program("node", ["tests/e2e/screenshots.mjs"]).env("PSYNC_URL", url).run()
}

/// Serves a folder from a thread that lives as long as this process.
fn serve(folder: PathBuf) -> Outcome<String> {
    let server = Server::bind(folder, Some(0))?;
    let address = server.address();
    std::thread::spawn(move || server.serve());
    Ok(address)
}
