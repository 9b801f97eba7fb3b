//! Weights as a visitor pays them: gzip. A check keeps the module from growing; the goal stands beside it until it is
//! reached.

use crate::{Outcome, page, split};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;

/// What the wasm module shall weigh, gzip, in bytes.
const WASM_GZIP_GOAL: usize = 100 * 1024;
/// What it may weigh today. Lower this when the module has become lighter. Only a new capability may raise it: the last
/// were the lights of the checker.
const WASM_GZIP_MAX: usize = 232 * 1024;

/// Bytes of a file as they are and compressed.
pub(crate) struct Weight {
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
}

/// Weighs a file.
pub(crate) fn weigh(file: &Path) -> Outcome<Weight> {
    let tell = |error: std::io::Error| format!("{}: {error}", file.display());
    let bytes = fs::read(file).map_err(tell)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes).map_err(tell)?;
    Ok(Weight { raw: bytes.len(), gzip: encoder.finish().map_err(tell)?.len() })
}

/// Prints what the wasm module weighs.
pub(crate) fn print_wasm() -> Outcome<()> {
    let weight = weigh(&page::wasm())?;
    let (raw, gzip) = (kb(weight.raw), kb(weight.gzip));
    println!("wasm: {raw} raw, {gzip} gzip (at most {}, goal {})", kb(WASM_GZIP_MAX), kb(WASM_GZIP_GOAL));
    Ok(())
}

/// Prints what the two parts of the published module weigh.
pub(crate) fn print_parts(package: &Path) -> Outcome<()> {
    let (first, rest) = (weigh(&package.join(page::MODULE))?.gzip, weigh(&package.join(split::REST))?.gzip);
    println!("published in two parts: {} gzip to open and play a story, {} on demand", kb(first), kb(rest));
    Ok(())
}

/// Fails when the wasm module is heavier than it was. What a first visit loads is weighed in the browser, by
/// `tests/e2e`.
pub(crate) fn check_wasm() -> Outcome<()> {
    print_wasm()?;
    let weight = weigh(&page::wasm())?;
    if weight.gzip > WASM_GZIP_MAX {
        return Err(format!("the wasm module is {} over its limit", kb(weight.gzip - WASM_GZIP_MAX)));
    }
    Ok(())
}

/// Kilobytes of 1024 bytes with one decimal.
pub(crate) fn kb(bytes: usize) -> String {
    format!("{:.1} KB", bytes as f64 / 1024.0)
}
