//! The same scenario and seed give the same bits: however the time is cut into calls, and in the browser as natively. The
//! digests of the catalogue and of 200 seeds of the swarm are written to the file named by `PSYNC_DIGESTS`; the tests in
//! `tests/e2e` compare them with those of the page in Chromium and in Firefox.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use psync_playground::base::Span;
use psync_playground::run::{Run, Value, swarm};
use psync_playground::view::json::Json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How far each scenario is run.
const LENGTH: Span = Span::from_secs(60);

#[test]
fn a_run_is_the_same_however_its_time_is_cut() {
    let mut digests = BTreeMap::new();
    for file in scenarios() {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let whole = digest(&file, LENGTH);
        assert_eq!(whole, digest(&file, Span::from_millis(16)), "{name} depends on how it is called");
        digests.insert(name, format!("{whole:016x}"));
    }
    if let Some(target) = std::env::var_os("PSYNC_DIGESTS") {
        let whole = serde_json::json!({ "catalogue": digests, "swarm": drawn() });
        fs::write(target, serde_json::to_string(&whole).unwrap()).unwrap();
    }
}

/// Scenarios of the swarm, and the digests of their ends.
fn drawn() -> Vec<serde_json::Value> {
    let digest = |seed| {
        let scenario = swarm::draw(seed);
        let mut run = Run::read(&scenario, None).unwrap();
        run.advance(run.scenario().duration, &mut || false);
        let mut json = Json::default();
        json.begin().name("scenario").tree(&scenario).text("digest", &format!("{:016x}", run.world().digest())).end();
        serde_json::from_str(&json.done()).unwrap()
    };
    (0..SEEDS).map(digest).collect()
}

#[test]
fn another_seed_is_another_run() {
    let scenario = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/minute.json"));
    let digest = |seed| {
        let mut run = Run::read(&scenario, Some(seed)).unwrap();
        run.advance(Span::from_secs(1), &mut || false);
        run.world().digest()
    };
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}

/// Seeds of the swarm whose digests are compared.
const SEEDS: u64 = 200;

/// The catalogue and the benchmark.
fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("benches/minute.json")];
    if let Ok(entries) = fs::read_dir(root.join("www/scenarios")) {
        files.extend(entries.map(|entry| entry.unwrap().path()).filter(|file| !file.ends_with("index.json")));
    }
    files.sort();
    files
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// The digest after [`LENGTH`] in slices.
fn digest(file: &Path, slice: Span) -> u64 {
    let mut run = Run::read(&read(file), None).unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
    let mut left = LENGTH;
    while left > Span::ZERO {
        let next = left.min(slice);
        run.advance(next, &mut || false);
        left = Span(left.0 - next.0);
    }
    run.world().digest()
}
