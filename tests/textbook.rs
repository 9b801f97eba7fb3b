//! The textbook's third purpose of `REPLCONF ACK`: commands lost on the way are found by acknowledgements and sent again
//! from the backlog (`docs/redis-replication.md` 18), and what goes wrong without offsets in the frames.
#![cfg(not(target_arch = "wasm32"))]

use psync_playground::base::{LinkId, NodeId, Time};
use psync_playground::event::{EventKind, FullReason, LossSign};
use psync_playground::node::SessionStatus;
use psync_playground::run::{Run, Value};

fn run(json: &str, seed: u64) -> Run {
    let value: Value = serde_json::from_str(json).expect("valid JSON");
    Run::read(&value, Some(seed)).unwrap_or_else(|error| panic!("{error}"))
}

/// A master, a replica and a writer that stops after `stop_ms`.
fn pair(link: &str, stop_ms: u64, actions: &str) -> String {
    format!(
        r#"{{"title": "textbook", "nodes": [{{"name": "m", "config": {{"repl-diskless-sync-delay": "0"}}}},
            {{"name": "r", "replicaof": "m"}}],
            "links": [{{"between": ["m", "r"], "latency_ms": 20, {link}}}],
            "clients": [{{"name": "app", "to": "m", "per_s": 50, "keys": 200, "stop_ms": {stop_ms}}}],
            "actions": [{actions}]}}"#
    )
}

/// Every event up to `until_ms`, with its time in milliseconds.
fn events(run: &mut Run, until_ms: u64) -> Vec<(u64, EventKind)> {
    let (mut all, mut seq) = (Vec::new(), 0);
    for at in (0..=until_ms).step_by(100) {
        run.advance_to(Time::from_millis(at));
        all.extend(run.world().log().since(seq).map(|event| (event.time.as_millis(), event.kind.clone())));
        seq = run.world().log().count(false);
    }
    all
}

/// Offset and digest of a node's data.
fn state(run: &Run, node: u32) -> (i64, u64) {
    let view = run.world().node(NodeId(node)).expect("a node");
    let node = view.node.expect("a running process");
    (node.master_repl_offset(), node.keyspace().digest())
}

fn session(run: &Run) -> SessionStatus {
    let status = run.world().status(NodeId(0)).expect("a running master");
    status.replicas[0].session.expect("a session")
}

fn count(events: &[(u64, EventKind)], which: impl Fn(&EventKind) -> bool) -> usize {
    events.iter().filter(|(_, kind)| which(kind)).count()
}

#[test]
fn a_lost_command_is_found_and_sent_again() {
    let drop = r#"{"at_ms": 5000, "do": "drop_next", "link": ["m", "r"]}"#;
    let mut run = run(&pair(r#""transport": "textbook""#, 8000, drop), 1);
    let events = events(&mut run, 15_000);
    let lost = events.iter().position(|(_, kind)| matches!(kind, EventKind::FrameLost { .. })).expect("a lost frame");
    let found = events.iter().position(|(_, kind)| matches!(kind, EventKind::LossFound { sign: LossSign::Gap, .. }));
    let repaired = events.iter().position(|(_, kind)| matches!(kind, EventKind::LossRepaired { .. }));
    assert!(Some(lost) < found && found < repaired, "{lost} {found:?} {repaired:?}");
    let took_ms = events[repaired.expect("repaired")].0 - events[lost].0;
    assert!(took_ms < 150, "{took_ms} ms: a gap is told by the next frame");
    assert_eq!(state(&run, 0), state(&run, 1));
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::LossFound { .. })), 1);
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::FullRequired { .. })), 1, "only the first one");
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::MasterLinkLost { .. })), 0, "the link never broke");
}

#[test]
fn the_last_command_is_found_by_the_timeout() {
    let drop = r#"{"at_ms": 6000, "do": "drop_next", "link": ["m", "r"]},
                  {"at_ms": 6001, "do": "command", "node": "m", "line": "SET last 1"}"#;
    let mut run = run(&pair(r#""transport": "textbook""#, 5000, drop), 1);
    let events = events(&mut run, 9000);
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::LossFound { sign: LossSign::Timeout, .. })), 1);
    assert_eq!(state(&run, 0), state(&run, 1));
}

#[test]
fn every_write_arrives_once_and_in_order_over_a_lossy_link() {
    for (link, seeds) in [
        (r#""transport": "textbook", "loss_ppm": 100000"#, 12),
        (r#""transport": "textbook", "loss_ppm": 150000, "duplicate_ppm": 50000, "jitter_ms": 30"#, 12),
        (
            r#""transport": "textbook", "loss_ppm": 100000, "duplicate_ppm": 50000, "jitter_ms": 60, "overtaking": true"#,
            12,
        ),
    ] {
        for seed in 0..seeds {
            let mut run = run(&pair(link, 20_000, ""), seed);
            let events = events(&mut run, 45_000);
            assert_eq!(state(&run, 0), state(&run, 1), "{link} seed {seed}");
            assert_eq!(count(&events, |kind| matches!(kind, EventKind::FullRequired { .. })), 1, "{link} seed {seed}");
            let lost = count(&events, |kind| matches!(kind, EventKind::FrameLost { .. }));
            let session = session(&run);
            assert!(lost > 50 && session.losses > 10 && session.resent > 1000, "{link} {lost} {session:?}");
            assert_eq!(session.una, state(&run, 0).0 + 1, "everything is acknowledged");
        }
    }
}

#[test]
fn what_has_left_the_backlog_costs_a_full_resync() {
    let actions = r#"{"at_ms": 5000, "do": "command", "node": "m", "line": "CONFIG SET repl-backlog-size 16384"},
        {"at_ms": 6000, "do": "silence", "link": ["m", "r"]},
        {"at_ms": 12000, "do": "heal", "link": ["m", "r"]}"#;
    let link = r#""transport": "textbook""#;
    let json = pair(link, 25_000, actions).replace(r#""per_s": 50"#, r#""per_s": 200, "value_bytes": 400"#);
    let mut run = run(&json, 3);
    let events = events(&mut run, 40_000);
    let too_old = |kind: &EventKind| matches!(kind, EventKind::FullRequired { reason: FullReason::TooOld { .. }, .. });
    assert_eq!(count(&events, too_old), 1);
    assert_eq!(state(&run, 0), state(&run, 1));
}

#[test]
fn silence_only_delays() {
    let actions = r#"{"at_ms": 6000, "do": "silence", "link": ["m", "r"]},
        {"at_ms": 11000, "do": "heal", "link": ["m", "r"]}"#;
    let mut run = run(&pair(r#""transport": "textbook""#, 15_000, actions), 3);
    let events = events(&mut run, 40_000);
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::MasterLinkLost { .. })), 0);
    assert!(count(&events, |kind| matches!(kind, EventKind::LossFound { sign: LossSign::Timeout, .. })) > 0);
    assert_eq!(state(&run, 0), state(&run, 1));
}

/// Counter-example A of section 18.3: the count is right as a number and wrong as a position.
#[test]
fn without_offsets_equal_numbers_hide_different_data() {
    let actions = r#"{"at_ms": 5000, "do": "drop_next", "link": ["m", "r"]},
        {"at_ms": 5001, "do": "command", "node": "m", "line": "SET a 1"},
        {"at_ms": 5002, "do": "command", "node": "m", "line": "SET b 2"}"#;
    let json = pair(r#""transport": "unsound""#, 3000, actions).replace(r#""latency_ms": 20"#, r#""latency_ms": 1"#);
    let mut run = run(&json, 1);
    let events = events(&mut run, 9000);
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::LossFound { sign: LossSign::Count, .. })), 1);
    let (master, replica) = (state(&run, 0), state(&run, 1));
    assert_eq!(master.0, replica.0, "the offsets say that all is well");
    assert_ne!(master.1, replica.1, "and the data differs");
}

#[test]
fn a_change_of_transport_starts_over_and_goes_on() {
    let actions = r#"{"at_ms": 4000, "do": "set_link", "link": ["m", "r"], "transport": "textbook", "loss_ppm": 50000},
        {"at_ms": 9000, "do": "set_link", "link": ["m", "r"], "transport": "tcp"}"#;
    let mut run = run(&pair(r#""transport": "tcp""#, 15_000, actions), 5);
    let events = events(&mut run, 40_000);
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::PartialAccepted { .. })), 2);
    assert!(count(&events, |kind| matches!(kind, EventKind::LossFound { .. })) > 0);
    assert_eq!(state(&run, 0), state(&run, 1));
}

fn act(run: &mut Run, action: &str) -> Result<(), String> {
    let action: Value = serde_json::from_str(action).expect("JSON");
    run.act_on(&action).map_err(|refused| refused.to_string())
}

#[test]
fn over_tcp_a_loss_on_demand_only_delays() {
    let mut run = run(&pair(r#""loss_ppm": 0"#, 4000, ""), 1);
    run.advance_to(Time::from_millis(3000));
    act(&mut run, r#"{"do": "drop_next", "link": ["m", "r"]}"#).expect("it fits");
    let events = events(&mut run, 6000);
    let stalls: Vec<u64> = events
        .iter()
        .filter_map(|(_, kind)| match kind {
            EventKind::SegmentLost { stall, .. } => Some(stall.as_millis()),
            _ => None,
        })
        .collect();
    assert_eq!(stalls, [200], "one segment, sent again after the retransmission timeout");
    assert_eq!(count(&events, |kind| matches!(kind, EventKind::MasterLinkLost { .. })), 0);
    assert_eq!(state(&run, 0), state(&run, 1));
}

#[test]
fn a_chosen_frame_is_lost_and_sent_again() {
    let json = pair(r#""transport": "textbook""#, 8000, "").replace(r#""latency_ms": 20"#, r#""latency_ms": 200"#);
    let mut run = run(&json, 1);
    run.advance_to(Time::from_millis(5000));
    let frames = run.world().frames(LinkId(0));
    assert!(frames.len() >= 5, "{frames:?}");
    assert!(frames.windows(2).all(|pair| pair[0].end + 1 == pair[1].start), "{frames:?}");
    let chosen = frames[2];
    let place = run.place();
    let drop = |offset: i64| format!(r#"{{"do": "drop_frame", "link": ["r", "m"], "offset": {offset}}}"#);
    act(&mut run, &drop(chosen.start + 1)).expect("it is under way");
    assert!(run.world().frames(LinkId(0))[2].lost);
    let again = act(&mut run, &drop(chosen.start)).expect_err("it is lost already");
    let (first, second) = (frames[0], frames[1]);
    let named = format!(
        "offset: expected a byte of a frame under way: {} to {}, {} to {},",
        first.start, first.end, second.start, second.end
    );
    assert!(again.starts_with(&named) && again.ends_with(&format!("found {}", chosen.start)), "{again}");
    let gone = events(&mut run, 12_000);
    let lost = gone.iter().filter_map(|(_, kind)| match kind {
        EventKind::FrameLost { offset, .. } => *offset,
        _ => None,
    });
    assert_eq!(lost.collect::<Vec<_>>(), [chosen.start]);
    assert_eq!(count(&gone, |kind| matches!(kind, EventKind::LossFound { .. })), 1);
    assert_eq!(state(&run, 0), state(&run, 1));
    let digest = run.world().digest();
    assert_eq!(run.play_again().expect("it fits").world().digest(), digest, "it is recorded with its place");
    run.seek(place);
    assert!(!run.world().frames(LinkId(0))[2].lost);
}

#[test]
fn a_frame_that_cannot_be_chosen_is_refused() {
    let at_rest = |link: &str| {
        let mut run = run(&pair(link, 1000, ""), 1);
        run.advance_to(Time::from_millis(5000));
        run
    };
    let refused = |link: &str, action: &str| act(&mut at_rest(link), action).expect_err("it makes no sense");
    let drop = r#"{"do": "drop_frame", "link": ["m", "r"], "offset": 7}"#;
    let textbook = r#""transport": "textbook""#;
    let place = "offset: expected a byte of a frame under way: none is, found 7";
    assert_eq!(refused(textbook, drop), place);
    let place = "link: expected a link whose transport is textbook, found another transport";
    assert_eq!(refused(r#""transport": "tcp""#, drop), place);
    assert_eq!(refused(r#""transport": "unsound""#, drop), place);
    let nothing = r#"{"do": "drop_frame", "link": ["m", "r"]}"#;
    assert_eq!(refused(textbook, nothing), "offset: expected a whole number, found nothing");
}
