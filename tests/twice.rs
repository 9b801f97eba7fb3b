//! The same run twice: however it is cut into calls, copied or played again, the same bits come out.

mod common;

use common::{Lab, Setup};
use psync_playground::base::{ClientId, Seed, Span, Time};
use psync_playground::event::Direction;
use psync_playground::world::{Action, Load, World};

/// A bit of everything, all of it by chance as far as there is chance.
fn eventful() -> Setup {
    let mut setup = Setup::replicas(2)
        .client("app", "master", |client| {
            client.load = Load::Open { per_s: 100, poisson: true };
            client.read_percent = 20;
        })
        .client("loop", "master", |client| {
            client.load = Load::Closed { concurrency: 3, think: Span::from_millis(25) };
            client.value_bytes = 5000;
            client.keys = 30;
        })
        .link(|link| {
            link.jitter = Span::from_millis(3);
            link.loss_ppm = 2000;
        })
        .config("master", "repl-backlog-size", "64kb")
        .config("master", "repl-timeout", "3");
    let id = |name: &str| setup.spec.node_named(name).expect("a node");
    let (master, first, second) = (id("master"), id("replica-1"), id("replica-2"));
    let cable = psync_playground::world::Cable::Nodes(master, first);
    let actions = [
        (2000, Action::Cut(cable)),
        (3000, Action::Heal(cable)),
        (4000, Action::Freeze(second, Some(Span::from_millis(700)))),
        (4500, Action::Command { node: master, line: "EVAL nonsense".into() }),
        (5000, Action::Silence(cable, Direction::BToA)),
        (10_000, Action::Heal(cable)),
        (11_000, Action::Crash(second)),
        (11_500, Action::Restart { node: second, snapshot: false }),
        (13_000, Action::Promote(first)),
        (13_500, Action::ReplicaOf { node: second, of: first }),
        (13_600, Action::ClientTo { client: ClientId(0), node: first }),
    ];
    setup.spec.actions = actions.into_iter().map(|(ms, action)| (Time::from_millis(ms), action)).collect();
    setup
}

const END_MS: u64 = 16_000;

fn whole_run() -> Lab {
    let mut lab = eventful().start();
    lab.run_ms(END_MS);
    lab
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    let digest = whole_run().world.digest();
    assert_eq!(whole_run().world.digest(), digest);
    let mut other = World::new(&eventful().spec, Seed(8)).expect("a fitting specification");
    other.advance_to(Time::from_millis(END_MS));
    assert_ne!(other.digest(), digest);
}

#[test]
fn one_long_call_equals_many_short_ones() {
    let whole = whole_run();
    for step_ms in [1, 7, 999] {
        let mut lab = eventful().start();
        while lab.ms() < END_MS {
            lab.run_ms(step_ms.min(END_MS - lab.ms()));
        }
        assert_eq!(lab.world.digest(), whole.world.digest(), "{step_ms} ms at a time");
        assert_eq!(lab.world.happenings(), whole.world.happenings());
    }
}

#[test]
fn steps_of_events_and_stops_change_nothing() {
    let whole = whole_run();
    let end = Time::from_millis(END_MS);
    let mut lab = eventful().start();
    while lab.world.step_event(false, end) {}
    assert_eq!(lab.world.digest(), whole.world.digest());
    let mut lab = eventful().start();
    while lab.world.advance_until(end, &mut || true) < end {}
    assert_eq!(lab.world.digest(), whole.world.digest());
}

#[test]
fn a_copy_goes_on_like_the_original_and_does_not_touch_it() {
    let whole = whole_run();
    let mut lab = eventful().start();
    for stop_ms in [500, 2500, 4300, 7000, 12_100] {
        lab.run_ms(stop_ms - lab.ms());
        let mut copy = lab.clone();
        copy.run_ms(END_MS - stop_ms);
        assert_eq!(copy.world.digest(), whole.world.digest(), "copied at {stop_ms} ms");
    }
    lab.run_ms(END_MS - lab.ms());
    assert_eq!(lab.world.digest(), whole.world.digest());
}

#[test]
fn a_change_to_one_link_does_not_reshuffle_the_chances_of_others() {
    let requests = |jitter_ms: u64| {
        let mut setup = eventful();
        setup.spec.actions.clear();
        setup.spec.default_link.jitter = Span::from_millis(jitter_ms);
        let mut lab = setup.start();
        lab.run_ms(10_000);
        let tally = lab.client().tally;
        (tally.sent, tally.writes)
    };
    assert_eq!(requests(3), requests(9));
}
