//! Links to a moment, as the page makes and reads them (`www/js/state/link.js`): version, a point, and JSON, deflated, in
//! the base64 of addresses.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use psync_playground::base::Time;

/// Where `cargo xtask play` serves the page unless told otherwise.
const PAGE: &str = "http://127.0.0.1:7379/";
const VERSION: &str = "1";
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The address of a moment of a scenario, which is JSON. It shows what had happened by the end of that moment.
pub(super) fn address(scenario: &str, time: Time) -> String {
    format!("{PAGE}#{}", code(scenario, time))
}

fn code(scenario: &str, time: Time) -> String {
    let data = format!(r#"{{"s":{scenario},"t":[{},{},0]}}"#, time.0, u32::MAX);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory does not fail.
    let packed = encoder.write_all(data.as_bytes()).and_then(|()| encoder.finish()).unwrap_or_default();
    format!("{VERSION}.{}", base64url(&packed))
}

fn base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let word = part.iter().enumerate().fold(0u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for digit in 0..=part.len() {
            text.push(char::from(DIGITS[(word >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base64_of_addresses() {
        for (bytes, text) in [(&b""[..], ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"\xfb\xff\xfe", "-__-")]
        {
            assert_eq!(base64url(bytes), text);
        }
    }
}
