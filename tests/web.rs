//! Tests that run in a browser, `wasm-pack test --headless --chrome`, and natively as well: the engine gives the same
//! numbers in both.

use psync_playground::base::{Seed, Span};
use psync_playground::run::Value;
use psync_playground::view::viewer::Viewer;

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

/// A cut, a partial resync, a promotion, a full resync and a stream in frames, under load with random spacing, jitter and
/// loss. Built by hand:
/// there is no JSON reader in the browser build.
fn scenario() -> Value {
    let map = |fields: &[(&str, Value)]| {
        Value::Map(fields.iter().map(|(name, value)| (String::from(*name), value.clone())).collect())
    };
    let text = |text: &str| Value::Text(text.into());
    let pair = |a, b| Value::List(vec![text(a), text(b)]);
    let replica = |name| map(&[("name", text(name)), ("replicaof", text("m"))]);
    let at = |ms: f64, action: &str, rest: &[(&str, Value)]| {
        map(&[&[("at_ms", Value::Number(ms)), ("do", text(action))], rest].concat())
    };
    let link = [("latency_ms", 3.0), ("jitter_ms", 2.0), ("loss_ppm", 2000.0)];
    let link = link.map(|(name, number)| (name, Value::Number(number)));
    let frames = [
        ("link", pair("m", "b")),
        ("transport", text("textbook")),
        ("loss_ppm", Value::Number(50_000.0)),
        ("duplicate_ppm", Value::Number(20_000.0)),
        ("overtaking", Value::Bool(true)),
    ];
    let load =
        [("name", text("app")), ("to", text("m")), ("per_s", Value::Number(200.0)), ("poisson", Value::Bool(true))];
    map(&[
        ("title", text("everything")),
        ("seed", Value::Number(7.0)),
        ("duration_ms", Value::Number(30_000.0)),
        ("nodes", Value::List(vec![map(&[("name", text("m"))]), replica("a"), replica("b")])),
        ("default_link", map(&link)),
        ("clients", Value::List(vec![map(&load)])),
        (
            "actions",
            Value::List(vec![
                at(9_000.0, "cut", &[("link", pair("m", "a"))]),
                at(12_000.0, "heal", &[("link", pair("m", "a"))]),
                at(14_500.0, "set_link", &frames),
                at(16_000.0, "promote", &[("node", text("b"))]),
                at(20_000.0, "replicaof", &[("node", text("b")), ("of", text("m"))]),
            ]),
        ),
    ])
}

/// The digest of the run is pinned: a change of it is a change of behaviour. The same number has to come out natively and
/// in the browser.
#[test]
fn a_run_is_the_same_everywhere() {
    let mut viewer = Viewer::new(&scenario(), None).expect("a scenario that fits");
    viewer.advance(Span::from_secs(30), &mut || false);
    let told: Vec<&str> = viewer.events(0, 1000).iter().map(|event| event.kind).collect();
    for kind in ["segment-lost", "loss-repaired", "partial-resynced", "role-changed", "full-required", "full-resynced"]
    {
        assert!(told.contains(&kind), "{kind} is missing");
    }
    assert_eq!(viewer.digest(), "676108910c296a6c");
}

/// What the page gets is made of floating point numbers and text, and must not depend on the machine either.
#[test]
fn what_is_shown_is_the_same_everywhere() {
    let mut viewer = Viewer::new(&scenario(), None).expect("a scenario that fits");
    viewer.advance(Span::from_millis(10_500), &mut || false);
    assert_eq!(viewer.answer().mark, "PARTIAL RESYNC WILL STILL DO");
    assert_eq!(viewer.answer().headline, "a has 40.0 s of slack before a reconnect costs a full resync");
    let sum = viewer.frame().iter().fold(0u64, |sum, number| sum.rotate_left(5) ^ number.to_bits());
    assert_eq!(sum, 16_133_668_997_686_338_535);
}
