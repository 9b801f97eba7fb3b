//! Time travel: every moment of a run that is sought is the very state of a run that was played up to there, steps back undo
//! steps, and whoever acts in the past replaces the recorded future.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use core::hash::Hasher;

use common::Setup;
use psync_playground::base::{NodeId, Rng, Seed, Span, Time};
use psync_playground::event::Direction;
use psync_playground::run::{Place, Run, Scenario, Value};
use psync_playground::world::{Action, Cable, Fold, LinkChange, Load, World};

const END_MS: u64 = 15_000;

fn scenario(seed: u64, rng: &mut Rng) -> Scenario {
    let per_s = [5, 40, 400][rng.below(3) as usize];
    let jitter = Span::from_millis(rng.below(10));
    let mut setup = Setup::replicas(2)
        .config_all("repl-timeout", "5")
        .config_all("repl-backlog-size", ["16kb", "1mb"][rng.below(2) as usize])
        .link(|link| (link.jitter, link.loss_ppm) = (jitter, 1000))
        .client("app", "master", |client| {
            client.load = Load::Open { per_s, poisson: true };
            client.value_bytes = 200;
            client.keys = 60;
        });
    setup.spec.actions = (0..3).map(|_| (Time::from_millis(rng.below(END_MS)), gust(rng))).collect();
    Scenario {
        title: "a storm".into(),
        question: String::new(),
        story: String::new(),
        seed,
        duration: Span::from_millis(END_MS),
        pause_at: None,
        spec: setup.spec,
        steps: Vec::new(),
    }
}

fn gust(rng: &mut Rng) -> Action {
    let node = NodeId(rng.below(3) as u32);
    let cable = Cable::Nodes(NodeId(0), NodeId(1 + rng.below(2) as u32));
    let change = LinkChange { latency: Some(Span::from_millis(rng.below(200))), ..LinkChange::default() };
    match rng.below(9) {
        0 => Action::Cut(cable),
        1 | 2 => Action::Heal(cable),
        3 => Action::Silence(cable, Direction::AToB),
        4 => Action::SetLink(cable, change),
        5 => Action::Freeze(node, Some(Span::from_millis(rng.below(3000)))),
        6 => Action::Crash(node),
        7 => Action::Restart { node, snapshot: true },
        _ => Action::Promote(node),
    }
}

/// The whole state of a world, not only what its digest says of it.
fn bits(world: &World) -> (u64, u64) {
    let mut fold = Fold::default();
    fold.write(format!("{world:?}").as_bytes());
    (world.digest(), fold.finish())
}

type Mark = (Place, (u64, u64), Span);

/// Plays to the end in irregular pieces, acts now and then, and remembers places on the way.
fn stormy(seed: u64) -> (Run, Vec<Mark>) {
    let mut rng = Seed(seed).rng();
    let mut run = Run::new(scenario(seed, &mut rng), None).expect("it fits");
    let mut marks = Vec::new();
    while run.world().time() < Time::from_millis(END_MS) {
        match rng.below(4) {
            0 => drop(run.step(rng.chance(1, 2), Span::from_millis(500))),
            _ => drop(run.advance(Span(rng.below(400_000_000)), &mut || false)),
        }
        match rng.below(6) {
            // What makes no sense at the moment is refused, and is no part of the run.
            0 => drop(run.act(gust(&mut rng))),
            1 => run.console(NodeId(rng.below(3) as u32), "INCR counter").expect("a node"),
            _ => {}
        }
        marks.push((run.place(), bits(run.world()), run.world().time().since(Time::ZERO)));
    }
    (run, marks)
}

fn storms() -> u64 {
    std::env::var("STORMS").ok().and_then(|count| count.parse().ok()).unwrap_or(3)
}

#[test]
fn a_place_that_is_sought_is_the_very_state_that_was_there() {
    for seed in 0..storms() {
        let (mut run, marks) = stormy(seed);
        let mut rng = Seed(seed).split("seeks", 0).rng();
        for _ in 0..15 {
            let (place, expected, _) = marks[rng.below(marks.len() as u64) as usize];
            run.seek(place);
            assert_eq!(run.place(), place, "seed {seed}");
            assert!(bits(run.world()) == expected, "seed {seed}: another state at {place:?}");
        }
        let (end, expected, _) = *marks.last().expect("marks");
        assert_eq!(run.end(), end, "seed {seed}: seeking is no change");
        run.seek(marks[0].0);
        run.advance_to(end.moment.time);
        run.seek(end);
        assert!(bits(run.world()) == expected, "seed {seed}: played on from the past to another end");
    }
}

#[test]
fn a_time_that_is_sought_is_what_a_run_that_is_played_anew_has_then() {
    for seed in 0..storms() {
        let (mut run, _) = stormy(seed);
        let mut rng = Seed(seed).split("times", 0).rng();
        let recorded = run.inputs().to_vec();
        for _ in 0..5 {
            let to = Place::after(Time(rng.below(END_MS * 1_000_000)));
            run.seek(to);
            assert_eq!(run.world().time(), to.moment.time);
            let again = run.play_again().expect("it fits");
            assert!(bits(again.world()) == bits(run.world()), "seed {seed} at {to:?}");
            assert_eq!(run.inputs(), recorded);
        }
    }
}

#[test]
fn the_recorded_future_is_the_same_however_it_is_cut_into_calls() {
    for seed in 0..storms() {
        let (mut run, marks) = stormy(seed);
        let (_, _, end) = *marks.last().expect("marks");
        run.seek(Place::after(Time::from_millis(3000)));
        let mut fine = run.clone();
        run.advance(Span(end.0 - 3_000_000_000), &mut || false);
        let mut calls = 0;
        while fine.world().time() < run.world().time() {
            let left = run.world().time().since(fine.world().time());
            fine.advance(left.min(Span::from_millis(1)), &mut || {
                calls += 1;
                calls % 3 == 0
            });
        }
        assert!(bits(fine.world()) == bits(run.world()), "seed {seed}");
        assert_eq!(fine.place(), run.place(), "seed {seed}");
    }
}

#[test]
fn steps_back_undo_steps() {
    for seed in 0..storms() {
        for cause_only in [false, true] {
            let (mut run, _) = stormy(seed);
            let mut rng = Seed(seed).split("steps", 0).rng();
            run.seek(Place::after(Time::from_millis(rng.below(END_MS - 5000))));
            let mut places = Vec::new();
            while places.len() < 25 && run.step(cause_only, Span::from_secs(2)) {
                places.push((run.place(), run.world().digest()));
            }
            while let Some(last) = places.pop() {
                assert_eq!((run.place(), run.world().digest()), last, "seed {seed}, causes only: {cause_only}");
                run.step_back(cause_only);
            }
        }
    }
}

#[test]
fn a_step_that_finds_nothing_stays() {
    let (mut run, marks) = stormy(4);
    let (end, expected, _) = *marks.last().expect("marks");
    run.seek(Place::after(Time::from_millis(7000)));
    let here = (run.place(), bits(run.world()));
    assert!(!run.step(true, Span(1)));
    assert_eq!((run.place(), bits(run.world()), run.end()), (here.0, here.1, end));
    run.seek(end);
    assert!(bits(run.world()) == expected);
}

#[test]
fn the_first_event_is_preceded_by_the_beginning() {
    let (mut run, _) = stormy(1);
    let mut steps = 0;
    while run.step_back(true) {
        steps += 1;
        assert!(steps < 10_000);
    }
    assert!(steps > 10);
    assert_eq!(run.world().time(), Time::ZERO);
    assert!(!run.step_back(false));
}

#[test]
fn whoever_acts_in_the_past_replaces_the_recorded_future() {
    for seed in 0..storms() {
        let (mut run, marks) = stormy(seed);
        let past = marks[marks.len() / 2].0;
        run.seek(past);
        let kept = run.inputs()[..past.inputs].to_vec();
        assert!(run.act(Action::Crash(NodeId(7))).is_err());
        assert_eq!(run.end(), marks.last().expect("marks").0, "what is refused changes nothing");
        run.console(NodeId(0), "SET another future").expect("a node");
        assert_eq!(run.inputs()[..past.inputs], kept[..]);
        assert_eq!(run.inputs().len(), kept.len() + 1);
        assert_eq!(run.end(), run.place());
        run.advance(Span::from_secs(10), &mut || false);
        let expected = bits(run.world());
        let end = run.place();
        run.seek(Place::default());
        run.seek(end);
        assert!(bits(run.world()) == expected, "seed {seed}");
        assert!(bits(run.play_again().expect("it fits").world()) == expected, "seed {seed}");
    }
}

#[test]
fn a_fork_has_the_same_past_and_leaves_the_first_run_alone() {
    let (mut run, marks) = stormy(2);
    let (end, expected, _) = *marks.last().expect("marks");
    let (middle, state, _) = marks[marks.len() / 2];
    run.seek(middle);
    let mut fork = run.fork();
    assert_eq!((fork.place(), fork.end(), fork.inputs().len()), (middle, middle, middle.inputs));
    assert!(bits(fork.world()) == state);
    fork.console(NodeId(0), "SET another future").expect("a node");
    fork.advance(Span::from_secs(5), &mut || false);
    run.seek(end);
    assert!(bits(run.world()) == expected);
    fork.seek(marks[3].0);
    assert!(bits(fork.world()) == marks[3].1, "the fork can go back to before it was one");
}

#[test]
fn what_is_remembered_of_nodes_is_of_the_moment() {
    let (mut run, marks) = stormy(3);
    run.seek(marks[marks.len() / 3].0);
    let again = run.play_again().expect("it fits");
    for node in 0..3 {
        assert_eq!(run.memory().of(node), again.memory().of(node));
    }
    assert_eq!(run.memory().changes(), again.memory().changes());
}

#[test]
fn a_place_with_more_happenings_than_there_are_is_behind_them() {
    let value = |text| serde_json::from_str::<Value>(text).expect("JSON");
    let mut run = Run::read(&value(r#"{"title": "one", "nodes": [{"name": "master"}]}"#), None).expect("it fits");
    let mut place = Place::after(Time::from_millis(700));
    place.moment.order = 1000;
    run.seek(place);
    run.console(NodeId(0), "SET a b").expect("a node");
    run.advance(Span::from_secs(1), &mut || false);
    assert_eq!(run.play_again().expect("it fits").world().digest(), run.world().digest());
}
