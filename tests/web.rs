//! Tests that run in a browser, `wasm-pack test --headless --chrome`, and natively as well: the engine gives the same
//! numbers in both.

use psync_playground::base::{Seed, Span};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[test]
fn random_numbers_are_the_same_everywhere() {
    let mut rng = Seed(1).split("node", 0).rng();
    let numbers: Vec<u64> = (0..3).map(|_| rng.next_u64()).collect();
    assert_eq!(numbers, [14_028_417_092_319_241_592, 3_908_264_678_189_549_481, 15_211_726_982_861_705_614]);
    let waits: u64 = (0..1000).map(|_| rng.exponential(Span::from_millis(10)).0).sum();
    assert_eq!(waits, 9_384_938_071);
}
