//! What links carried: a recording changes nothing, tells the same whether a run was played or sought, and its numbers are
//! those of the nodes.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use core::hash::Hasher;

use psync_playground::base::{Chunk, NodeId, Seed, Time};
use psync_playground::event::EventKind;
use psync_playground::repl::textbook::Frame;
use psync_playground::run::{Place, Run, Value};
use psync_playground::view::viewer::Viewer;
use psync_playground::world::{Carried, Ending, Fold, MessageKind, Party, World};

/// A master with two replicas, one of them on a link of its own kind, a chain behind it, and a writer; with things done to
/// them.
fn value(link: &str, actions: &str) -> Value {
    let json = format!(
        r#"{{"title": "messages", "duration_ms": 20000,
            "nodes": [{{"name": "m", "config": {{"repl-diskless-sync-delay": "0", "repl-timeout": "6"}}}},
                {{"name": "r", "replicaof": "m"}}, {{"name": "s", "replicaof": "m"}}, {{"name": "t", "replicaof": "s"}}],
            "links": [{{"between": ["m", "r"], {link}}},
                {{"between": ["m", "s"], "latency_ms": 30, "jitter_ms": 10, "loss_ppm": 5000}}],
            "clients": [{{"name": "app", "to": "m", "per_s": 60, "keys": 20, "value_bytes": 50}}],
            "actions": [{actions}]}}"#
    );
    serde_json::from_str(&json).expect("valid JSON")
}

const LINKS: [&str; 3] = [
    r#""latency_ms": 80, "bandwidth_bytes_per_s": 400000"#,
    r#""latency_ms": 40, "transport": "textbook", "loss_ppm": 50000, "duplicate_ppm": 30000"#,
    r#""latency_ms": 25, "transport": "unsound", "loss_ppm": 10000"#,
];
const STORIES: [&str; 3] = [
    r#"{"at_ms": 6000, "do": "cut", "link": ["m", "r"]}, {"at_ms": 8000, "do": "heal", "link": ["m", "r"]},
       {"at_ms": 9000, "do": "freeze", "node": "s", "for_ms": 1500}"#,
    r#"{"at_ms": 5000, "do": "silence", "link": ["m", "s"]}, {"at_ms": 9000, "do": "heal", "link": ["m", "s"]},
       {"at_ms": 12000, "do": "crash", "node": "r"}, {"at_ms": 13000, "do": "restart", "node": "r"}"#,
    r#"{"at_ms": 7000, "do": "command", "node": "m", "line": "WAIT 2 500"},
       {"at_ms": 10000, "do": "promote", "node": "s"}"#,
];
const END_MS: u64 = 15_000;

fn run(link: usize, story: usize) -> Run {
    Run::read(&value(LINKS[link], STORIES[story]), Some(5)).unwrap_or_else(|error| panic!("{error}"))
}

/// The whole state of a world.
fn bits(world: &World) -> (u64, u64) {
    let mut fold = Fold::default();
    fold.write(format!("{world:?}").as_bytes());
    (world.digest(), fold.finish())
}

fn on_the_way(run: &mut Run, from: Time) -> Vec<Carried> {
    run.carried(from).expect("a recording").on_the_way_since(from).cloned().collect()
}

/// Everything up to now.
fn all(run: &mut Run) -> Vec<Carried> {
    on_the_way(run, Time::ZERO)
}

#[test]
fn a_run_that_is_recorded_is_the_same_run() {
    for (link, story) in [(0, 0), (1, 1), (2, 2)] {
        let (mut plain, mut recorded) = (run(link, story), run(link, story));
        let mut rng = Seed(3).rng();
        for at in (0..=END_MS).step_by(500) {
            plain.advance_to(Time::from_millis(at));
            recorded.advance_to(Time::from_millis(at));
            if rng.chance(1, 2) {
                recorded.carried(Time::from_millis(at.saturating_sub(rng.below(5000))));
            }
            assert!(bits(plain.world()) == bits(recorded.world()), "link {link}, story {story}, {at} ms");
            assert_eq!(plain.end(), recorded.end());
        }
        let copy = recorded.clone();
        assert!(copy.world().recording().is_none(), "a copy begins without");
        recorded.forget_carried();
        assert!(recorded.world().recording().is_none());
    }
}

#[test]
fn what_is_told_after_a_seek_is_what_was_told_when_it_was_played() {
    for (link, story) in [(0, 0), (1, 1), (2, 2), (0, 1), (1, 0)] {
        let mut played = run(link, story);
        let mut sought = run(link, story);
        sought.advance_to(Time::from_millis(END_MS));
        let mut rng = Seed(9).rng();
        all(&mut played);
        for _ in 0..12 {
            let at = played.world().time().as_millis() + rng.below(1300);
            played.advance_to(Time::from_millis(at));
            let from = Time::from_millis(at.saturating_sub([1000, 5000, 30_000][rng.below(3) as usize]));
            sought.seek(Place::after(Time::from_millis(at)));
            let (expected, got) = (on_the_way(&mut played, from), on_the_way(&mut sought, from));
            assert!(!expected.is_empty() || at < 100);
            for (expected, got) in expected.iter().zip(&got) {
                assert_eq!(expected, got, "link {link}, story {story}, {at} ms from {from:?}");
            }
            assert_eq!(expected.len(), got.len(), "link {link}, story {story}, {at} ms from {from:?}");
        }
    }
}

#[test]
fn a_step_back_shows_the_moment_as_it_was() {
    let mut run = run(0, 0);
    run.advance_to(Time::from_millis(7000));
    let before = (run.place(), all(&mut run));
    run.advance_to(Time::from_millis(7400));
    assert!(all(&mut run).len() > before.1.len());
    run.seek(before.0);
    assert_eq!(all(&mut run), before.1);
    assert!(run.step_back(true));
    assert!(all(&mut run).len() < before.1.len());
}

#[test]
fn stream_messages_are_the_stream_of_their_sender_and_move_the_offset_of_their_receiver() {
    let mut run = run(0, 0);
    run.advance_to(Time::from_millis(END_MS));
    let messages = all(&mut run);
    let (mut read, mut whole) = (0, 0);
    for message in messages.iter().filter(|message| message.stream.is_some()) {
        let Some((first, last)) = message.stream else { continue };
        let Chunk::Data(bytes) = &message.chunk else { panic!("{message:?}") };
        assert_eq!(last - first + 1, bytes.len() as i64);
        if let Some(effect) = message.effect {
            let (before, after) = effect.offset;
            // Of what is sent from the backlog after a cut the last command may go on in the next message.
            assert!((first - 100..first).contains(&before) && (last - 100..=last).contains(&after), "{message:?}");
            whole += usize::from((before, after) == (first - 1, last));
            read += 1;
        }
    }
    assert!(whole > read * 9 / 10, "{whole} of {read}");
    assert!(read > 1000, "{read}");
    let acks: Vec<&Carried> = messages.iter().filter(|message| message.kind == MessageKind::Ack).collect();
    assert!(acks.iter().filter(|ack| ack.effect.is_some_and(|effect| effect.acknowledged.is_some())).count() > 20);
    for status in run.world().status(NodeId(0)).expect("a master").replicas {
        let last = acks.iter().rev().filter_map(|ack| ack.effect?.acknowledged).map(|(_, after)| after);
        assert!(last.clone().any(|after| after == status.ack_offset), "{}", status.ack_offset);
    }
}

#[test]
fn what_a_cut_takes_away_is_lost_and_what_silence_swallows_waits() {
    let mut cut = run(0, 0);
    cut.advance_to(Time::from_millis(6100));
    let lost: Vec<Carried> =
        all(&mut cut).into_iter().filter(|message| matches!(message.ending, Ending::Lost(_))).collect();
    assert!(lost.len() > 3, "{lost:?}");
    for message in &lost {
        assert_eq!(message.ending, Ending::Lost(Time::from_millis(6000)));
        assert!([message.from, message.to].contains(&Party::Node(1)) && message.effect.is_none());
    }
    let mut silent = run(0, 1);
    silent.advance_to(Time::from_millis(7000));
    let waiting = |messages: Vec<Carried>| messages.into_iter().filter(|it| it.arrives == Time(u64::MAX)).count();
    assert!(waiting(all(&mut silent)) > 20);
    silent.advance_to(Time::from_millis(11_900));
    assert_eq!(waiting(all(&mut silent)), 0);
    assert!(all(&mut silent).iter().filter(|message| message.delayed).count() > 20);
}

#[test]
fn frames_are_told_lost_sent_again_and_duplicated_as_often_as_they_were() {
    let mut run = run(1, 2);
    let (mut lost, mut seq) = (0, 0);
    for at in (0..=END_MS).step_by(100) {
        run.advance_to(Time::from_millis(at));
        let fresh = run.world().log().since(seq);
        lost += fresh.filter(|event| matches!(event.kind, EventKind::FrameLost { .. })).count();
        seq = run.world().log().count(false);
    }
    let messages = all(&mut run);
    let told = messages.iter().filter(|message| message.frame && matches!(message.ending, Ending::Lost(_)));
    assert_eq!(told.count(), lost);
    assert!(lost > 10 && messages.iter().filter(|message| message.duplicate).count() > 5);
    let again = messages.iter().filter(|message| message.resent && !message.duplicate);
    let resent: usize = again.map(|message| payload(message).len()).sum();
    let status = run.world().status(NodeId(0)).expect("a master");
    let session = status.replicas.iter().find_map(|replica| replica.session).expect("a session");
    assert!(session.resent > 0 && resent as u64 >= session.resent, "{resent} {}", session.resent);
}

fn payload(message: &Carried) -> Vec<u8> {
    let Chunk::Data(bytes) = &message.chunk else { panic!("{message:?}") };
    Frame::decode(bytes).map_or(Vec::new(), |frame| frame.payload.to_vec())
}

#[test]
fn the_inspector_decodes_a_command_and_names_the_offsets_that_it_moved() {
    let mut viewer = Viewer::new(
        &value(
            LINKS[0],
            r#"{"at_ms": 5000, "do": "client_rate", "client": "app", "per_s": 0},
        {"at_ms": 6000, "do": "command", "node": "m", "line": "SET city \"New York\""}"#,
        ),
        None,
    )
    .expect("it fits");
    viewer.seek(Place::after(Time::from_millis(6500)));
    let from = Time::from_millis(5990);
    let numbers: Vec<f64> = viewer.messages(from).to_vec();
    let names = psync_playground::view::messages::names();
    let (mut rows, field) =
        (numbers[1..].chunks(names.len()), |name| names.iter().position(|it| *it == name).expect("a field"));
    let wanted = rows.rfind(|row| row[field("to")] == 1.0 && row[field("kind")] == 0.0).expect("a message");
    let number = wanted[field("number")] as u64;
    assert_eq!(viewer.message_summary(number), "SET city \"New York\"");
    let sections = viewer.inspect_message(number);
    let text: Vec<String> = sections.iter().flat_map(|section| &section.rows).map(|row| row.join(": ")).collect();
    let (first, last) = (wanted[field("first")] as i64, wanted[field("last")] as i64);
    let separated = |number: i64| {
        let digits = number.to_string();
        if digits.len() > 3 {
            format!("{},{}", &digits[..digits.len() - 3], &digits[digits.len() - 3..])
        } else {
            digits
        }
    };
    let moved = format!("master_repl_offset {} → {}", separated(first - 1), separated(last));
    assert!(text.contains(&"SET city \"New York\"".into()), "{text:#?}");
    assert!(text.contains(&format!("m: {moved}")), "{text:#?}");
    assert!(text.iter().any(|line| line.starts_with(&format!("r: {moved} at 6.0"))), "{text:#?}");
    assert!(text.iter().any(|line| line.starts_with("sent: 6.0000")), "{text:#?}");
    assert_eq!(viewer.message_bytes(number), b"*3\r\n$3\r\nSET\r\n$4\r\ncity\r\n$8\r\nNew York\r\n");
    assert_eq!(last - first + 1, 37);
    viewer.forget_messages();
    assert!(viewer.inspect_message(number).is_empty() && viewer.message_summary(number).is_empty());
}

#[test]
fn every_message_can_be_told() {
    for (link, story) in [(0, 0), (1, 1), (2, 2)] {
        let mut viewer = Viewer::new(&value(LINKS[link], STORIES[story]), None).expect("it fits");
        viewer.seek(Place::after(Time::from_millis(14_000)));
        let stride = psync_playground::view::messages::names().len();
        let rows: Vec<f64> = viewer.messages(Time::ZERO).to_vec();
        let mut torn = 0;
        for row in rows[1..].chunks(stride) {
            let number = row[0] as u64;
            let said = viewer.message_summary(number);
            assert!(!said.is_empty(), "{row:?}");
            torn += usize::from(said.contains("in an earlier message"));
            assert_eq!(viewer.inspect_message(number).len(), 3);
        }
        // The unsound master sends again from wherever a count leads it, which may be inside a command.
        assert!(torn == 0 || link == 2, "where a command begins is found");
    }
}
