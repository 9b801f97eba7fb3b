//! Nodes in a world: what links, faults, machines and load generators do to them.

mod common;

use common::{Lab, Setup};
use psync_playground::base::{ClientId, LinkId, NodeId, Span, Time};
use psync_playground::event::{CloseReason, Direction, EventKind, StopReason, TimeoutSide};
use psync_playground::world::{Action, Cable, LinkChange, LinkState, Load, MessageKind, Place};

fn full_resyncs(lab: &Lab) -> usize {
    lab.count(|kind| matches!(kind, EventKind::FullResynced { .. }))
}

fn partial_resyncs(lab: &Lab) -> usize {
    lab.count(|kind| matches!(kind, EventKind::PartialResynced { .. }))
}

// Heartbeats and clients.

#[test]
fn replicas_attach_and_follow() {
    let mut lab = Setup::replicas(2).writes("master", 100, 100).start();
    lab.run_ms(10_000);
    assert_eq!(full_resyncs(&lab), 2);
    lab.pause_writes();
    lab.expect_in_sync("master", "replica-1");
    lab.expect_in_sync("master", "replica-2");
    assert_eq!(lab.info("master", "connected_slaves"), "2");
    let tally = lab.client().tally;
    assert_eq!((tally.refused, tally.unanswered, tally.skipped), (0, 0, 0));
    assert!((990..=1000).contains(&tally.acknowledged), "{tally:?}");
}

#[test]
fn heartbeats_come_every_second_and_every_ten() {
    let mut lab = Setup::replicas(1).settled();
    lab.run_ms(30_000);
    let acks = lab.count(|kind| matches!(kind, EventKind::AckReceived { .. }));
    let pings = lab.count(|kind| matches!(kind, EventKind::PingSent { .. }));
    assert_eq!((acks, pings), (30, 3));
}

#[test]
fn an_ack_travels_for_the_latency_of_its_link() {
    let mut lab = Setup::replicas(1).link(|link| link.latency = Span::from_millis(70)).settled();
    lab.run_ms(2000);
    let sent = lab.expect(|kind| matches!(kind, EventKind::AckSent { .. })).clone();
    let received = lab.events().find(|e| matches!(e.kind, EventKind::AckReceived { .. }) && e.time > sent.time);
    let took = received.expect("an acknowledgement").time.since(sent.time);
    assert!((70_000_000..70_100_000).contains(&took.0), "{took:?}");
    assert_eq!((sent.node, sent.peer, sent.link), (Some(NodeId(1)), Some(NodeId(0)), Some(LinkId(0))));
}

#[test]
fn a_closed_loop_is_as_fast_as_the_answers() {
    let load = Load::Closed { concurrency: 2, think: Span::from_millis(4) };
    let mut lab = Setup::replicas(0).client("app", "master", |client| client.load = load).start();
    lab.run_ms(10_000);
    let tally = lab.client().tally;
    // 0.5 ms each way and 4 ms of thought: 200 rounds a second for each of the two.
    assert!((3900..=4000).contains(&tally.acknowledged), "{tally:?}");
    assert!((1_000_000..1_100_000).contains(&tally.latency_max.0), "{tally:?}");
}

#[test]
fn a_console_talks_to_a_node_like_redis_cli() {
    let mut lab = Setup::replicas(1).settled();
    assert_eq!(lab.type_at("master", "SET greeting \"hello world\""), "OK");
    assert_eq!(lab.type_at("master", "GET greeting"), "\"hello world\"");
    assert_eq!(lab.type_at("replica-1", "GET greeting"), "\"hello world\"");
    assert!(lab.type_at("replica-1", "SET x y").contains("READONLY"));
    assert_eq!(lab.type_at("master", "WAIT 1 1000"), "(integer) 1");
    assert_eq!(lab.type_at("master", "GET \"unbalanced"), "Invalid argument(s)");
    assert_eq!(lab.type_at("master", "MULTI"), "OK");
    lab.act(Action::Command { node: lab.id("master"), line: "INCR n".into() });
    lab.run_ms(10);
    assert_eq!(lab.type_at("master", "EXEC"), "1) (integer) 1");
}

#[test]
fn a_promotion_does_not_end_up_in_the_persons_transaction() {
    let mut lab = Setup::replicas(1).settled();
    assert_eq!(lab.type_at("replica-1", "MULTI"), "OK");
    lab.act(Action::Promote(lab.id("replica-1")));
    lab.run_ms(10);
    assert_eq!(lab.info("replica-1", "role"), "master");
    assert_eq!(lab.type_at("replica-1", "EXEC"), "(empty array)");
}

#[test]
fn a_console_of_a_stopped_node_says_so() {
    let mut lab = Setup::replicas(0).settled();
    lab.act(Action::Crash(lab.id("master")));
    let answer = lab.type_at("master", "PING");
    assert_eq!(answer, "Could not connect to Redis at 10.0.0.1:6379: Connection refused");
    lab.act(Action::Restart { node: lab.id("master"), snapshot: true });
    lab.run_ms(200);
    assert_eq!(lab.type_at("master", "PING"), "PONG");
}

// Cuts and resets.

#[test]
fn a_short_cut_is_healed_by_a_partial_resync() {
    let mut lab = Setup::replicas(1).writes("master", 100, 100).settled();
    lab.cut("master", "replica-1");
    lab.run_ms(5000);
    let failures = lab.count(|kind| matches!(kind, EventKind::ConnectFailed));
    assert!((5..=7).contains(&failures), "one dial at once and one for each cron: {failures}");
    assert_eq!(lab.info("replica-1", "master_link_status"), "down");
    lab.heal("master", "replica-1");
    lab.run_ms(2000);
    assert_eq!((partial_resyncs(&lab), full_resyncs(&lab)), (1, 0));
    lab.pause_writes();
    lab.expect_in_sync("master", "replica-1");
}

#[test]
fn a_long_cut_outruns_the_backlog() {
    let setup = Setup::replicas(1).writes("master", 100, 1000).config("master", "repl-backlog-size", "16kb");
    let mut lab = setup.settled();
    lab.cut("master", "replica-1");
    lab.run_ms(3000);
    lab.heal("master", "replica-1");
    lab.run_ms(3000);
    assert_eq!((partial_resyncs(&lab), full_resyncs(&lab)), (0, 1));
}

#[test]
fn both_ends_of_a_cut_know_at_once() {
    let mut lab = Setup::replicas(1).settled();
    lab.cut("master", "replica-1");
    let lost = lab.expect(|kind| matches!(kind, EventKind::ReplicaLost { why: CloseReason::Peer, .. }));
    assert_eq!(lost.time, lab.at());
    let lost = lab.expect(|kind| matches!(kind, EventKind::MasterLinkLost { cached: true, .. }));
    assert_eq!((lost.time, lost.peer), (lab.at(), Some(NodeId(0))));
}

#[test]
fn a_reset_closes_once_and_the_next_dial_works() {
    let mut lab = Setup::replicas(1).settled();
    lab.act(Action::Reset(lab.cable("replica-1", "master")));
    lab.run_ms(100);
    assert_eq!(partial_resyncs(&lab), 1);
    lab.expect_in_sync("master", "replica-1");
}

#[test]
fn a_sub_replica_gets_every_byte_of_writes_larger_than_the_backlog() {
    let setup =
        Setup::replicas(1).node("leaf", Some("replica-1")).with("leaf", |node| node.boot = Time::from_millis(5000));
    let mut lab = setup.config_all("repl-backlog-size", "16kb").writes("master", 5, 200_000).start();
    lab.run_ms(9000);
    lab.pause_writes();
    lab.expect_in_sync("master", "replica-1");
    lab.expect_in_sync("replica-1", "leaf");
    assert_eq!(full_resyncs(&lab), 2);
}

// Silence.

#[test]
fn a_silent_drop_is_found_by_both_timeouts() {
    let setup = Setup::replicas(1).config_all("repl-timeout", "5").config("master", "repl-ping-replica-period", "1");
    let mut lab = setup.settled();
    lab.act(Action::Silence(lab.cable("master", "replica-1"), Direction::Both));
    lab.run_ms(3000);
    assert_eq!(lab.info("replica-1", "master_link_status"), "up", "nobody was told");
    lab.run_ms(6000);
    let at_master = lab.expect(|kind| matches!(kind, EventKind::TimedOut { side: TimeoutSide::Replica, .. }));
    assert_eq!(at_master.node, Some(NodeId(0)));
    lab.expect(|kind| matches!(kind, EventKind::TimedOut { side: TimeoutSide::Master, .. }));
    lab.heal("master", "replica-1");
    lab.run_ms(20_000);
    assert_eq!((partial_resyncs(&lab), full_resyncs(&lab)), (1, 0));
    lab.expect_in_sync("master", "replica-1");
}

#[test]
fn a_short_silence_heals_without_a_new_connection() {
    let mut lab = Setup::replicas(1).settled();
    lab.act(Action::Silence(lab.cable("master", "replica-1"), Direction::Both));
    assert_eq!(lab.type_at("master", "SET k v"), "OK");
    lab.run_ms(1000);
    assert!(!lab.in_sync("master", "replica-1"));
    let stalled: Vec<_> = lab.world.messages().filter(|message| message.stalled).collect();
    assert!(stalled.iter().any(|message| message.kind == MessageKind::Stream), "{stalled:?}");
    lab.heal("master", "replica-1");
    // Sent first 1001 ms ago, again after 200, 600, 1400 ms.
    lab.run_until(450, |lab| lab.in_sync("master", "replica-1"));
    assert_eq!(lab.count(|kind| matches!(kind, EventKind::MasterLinkLost { .. })), 0);
}

#[test]
fn a_one_way_silence_lets_one_window_through_the_open_way() {
    let setup = Setup::replicas(1).writes("master", 100, 1000).link(|link| link.window_bytes = 20_000);
    let mut lab = setup.settled();
    let before = lab.status("replica-1").master_repl_offset;
    lab.act(Action::Silence(lab.cable("replica-1", "master"), Direction::AToB));
    lab.run_ms(10_000);
    let through = lab.status("replica-1").master_repl_offset - before;
    assert!((14_000..=20_000).contains(&through), "{through}");
    let replica = &lab.status("master").replicas[0];
    assert!(replica.output_bytes > 500_000, "what the window does not take stays in the output buffer: {replica:?}");
    lab.heal("master", "replica-1");
    lab.run_ms(30_000);
    lab.pause_writes();
    lab.expect_in_sync("master", "replica-1");
    assert_eq!(full_resyncs(&lab) + partial_resyncs(&lab), 0);
}

#[test]
fn directions_are_seen_from_the_first_name() {
    let mut lab = Setup::replicas(1).settled();
    lab.act(Action::Silence(lab.cable("replica-1", "master"), Direction::AToB));
    let link = lab.world.links().next().expect("a link");
    assert_eq!((link.a, link.b), (NodeId(0), NodeId(1)));
    assert!(matches!(link.state, LinkState::Silent { direction: Direction::BToA, .. }));
    let acked = lab.status("master").replicas[0].ack_offset;
    assert_eq!(lab.type_at("master", "SET k v"), "OK");
    lab.run_ms(5000);
    assert!(lab.status("replica-1").master_repl_offset > acked, "the way to the replica is open");
    assert_eq!(lab.status("master").replicas[0].ack_offset, acked, "the way back is not");
}

#[test]
fn a_dial_into_silence_hangs_until_the_link_heals() {
    let mut lab = Setup::replicas(1).settled();
    lab.act(Action::Silence(lab.cable("master", "replica-1"), Direction::Both));
    lab.act(Action::Command { node: lab.id("replica-1"), line: "CLIENT KILL TYPE master".into() });
    lab.run_ms(10_000);
    assert_eq!(lab.count(|kind| matches!(kind, EventKind::ConnectFailed)), 0);
    lab.heal("master", "replica-1");
    lab.run_until(16_000, |lab| partial_resyncs(lab) == 1);
    lab.expect_in_sync("master", "replica-1");
}

// Latency, bandwidth, window, loss.

#[test]
fn a_link_changes_while_bytes_are_under_way() {
    let mut lab = Setup::replicas(1).writes("master", 1000, 100).settled();
    let cable = lab.cable("master", "replica-1");
    for (latency_ms, loss_ppm) in [(50, 0), (1, 0), (300, 50_000), (2, 0)] {
        let change = LinkChange {
            latency: Some(Span::from_millis(latency_ms)),
            loss_ppm: Some(loss_ppm),
            window_bytes: Some(64 << 10),
            ..LinkChange::default()
        };
        lab.act(Action::SetLink(cable, change));
        lab.run_ms(5000);
    }
    lab.expect(|kind| matches!(kind, EventKind::SegmentLost { .. }));
    lab.pause_writes();
    lab.run_ms(10_000);
    lab.expect_in_sync("master", "replica-1");
    assert_eq!(full_resyncs(&lab) + partial_resyncs(&lab), 0, "loss stalls, it does not break");
}

#[test]
fn a_thin_link_fills_the_output_buffer() {
    let setup = Setup::replicas(1).writes("master", 100, 10_000).link(|link| link.bandwidth_bytes_per_s = 100_000);
    let mut lab = setup.settled();
    lab.run_ms(5000);
    let replica = lab.status("master").replicas.remove(0);
    assert!(replica.output_bytes > 4_000_000, "{replica:?}");
    let delivered = lab.status("replica-1").master_repl_offset;
    lab.run_ms(5000);
    let rate = (lab.status("replica-1").master_repl_offset - delivered) / 5;
    // The offset moves by whole commands of 10 kB.
    assert!((97_000..=102_100).contains(&rate), "{rate}");
}

#[test]
fn a_window_bounds_the_rate_by_the_round_trip() {
    let setup = Setup::replicas(1).writes("master", 100, 100_000).link(|link| {
        link.latency = Span::from_millis(50);
        link.window_bytes = 100_000;
    });
    let mut lab = setup.settled();
    let delivered = lab.status("replica-1").master_repl_offset;
    lab.run_ms(10_000);
    let rate = (lab.status("replica-1").master_repl_offset - delivered) / 10;
    assert!((850_000..=1_010_000).contains(&rate), "a window each 100 ms: {rate}");
}

// Machines.

#[test]
fn a_frozen_node_reads_what_waited_when_it_goes_on() {
    let mut lab = Setup::replicas(1).writes("master", 100, 100).settled();
    let node = lab.id("replica-1");
    lab.act(Action::Freeze(node, Some(Span::from_millis(3000))));
    let before = lab.status("replica-1").master_repl_offset;
    lab.run_ms(2900);
    assert_eq!(lab.status("replica-1").master_repl_offset, before);
    let connection = lab.connection("replica-1", "master").expect("a connection");
    assert!(connection.unread[1] > 30_000, "{connection:?}");
    lab.run_ms(200);
    lab.expect(|kind| matches!(kind, EventKind::NodeResumed));
    lab.pause_writes();
    lab.expect_in_sync("master", "replica-1");
    assert_eq!(full_resyncs(&lab) + partial_resyncs(&lab), 0);
}

#[test]
fn a_frozen_replica_closes_its_window_and_the_output_buffer_grows() {
    let mut lab = Setup::replicas(1).writes("master", 100, 10_000).settled();
    lab.act(Action::Freeze(lab.id("replica-1"), None));
    lab.run_ms(10_000);
    let connection = lab.connection("replica-1", "master").expect("a connection");
    assert!(connection.unread[1] <= 256 << 10, "{connection:?}");
    let replica = lab.status("master").replicas.remove(0);
    assert!(replica.output_bytes > 9_000_000, "{replica:?}");
    lab.act(Action::Resume(lab.id("replica-1")));
    lab.run_ms(2000);
    lab.pause_writes();
    lab.expect_in_sync("master", "replica-1");
}

#[test]
fn a_command_that_sleeps_keeps_everybody_waiting() {
    let mut lab = Setup::replicas(0).writes("master", 100, 100).settled();
    lab.act(Action::Command { node: lab.id("master"), line: "DEBUG SLEEP 2".into() });
    lab.run_ms(1000);
    lab.expect(|kind| matches!(kind, EventKind::NodeBusy { .. }));
    let answered = lab.client().tally.acknowledged;
    lab.run_ms(900);
    assert_eq!(lab.client().tally.acknowledged, answered);
    lab.run_ms(200);
    assert!(lab.client().tally.acknowledged > answered + 190);
    assert!(lab.client().tally.latency_max > Span::from_millis(1900));
}

#[test]
fn a_crashed_replica_comes_back_with_its_snapshot_and_continues() {
    let mut lab = Setup::replicas(1).writes("master", 100, 100).config_all("save", "").settled();
    assert_eq!(lab.type_at("replica-1", "SAVE"), "OK");
    lab.act(Action::Crash(lab.id("replica-1")));
    lab.run_ms(100);
    lab.expect(|kind| matches!(kind, EventKind::NodeStopped { why: StopReason::Crash }));
    lab.expect(|kind| matches!(kind, EventKind::ReplicaLost { .. }));
    lab.act(Action::Restart { node: lab.id("replica-1"), snapshot: true });
    lab.run_ms(3000);
    assert_eq!((partial_resyncs(&lab), full_resyncs(&lab)), (1, 0));
    lab.act(Action::Restart { node: lab.id("replica-1"), snapshot: false });
    lab.run_ms(3000);
    assert_eq!((partial_resyncs(&lab), full_resyncs(&lab)), (1, 1));
    lab.pause_writes();
    lab.expect_in_sync("master", "replica-1");
}

#[test]
fn a_new_process_hears_nothing_of_the_dials_of_the_old_one() {
    let setup = Setup::replicas(1).link(|link| link.latency = Span::from_millis(100));
    for crash_ms in (140..900).step_by(20) {
        let mut lab = setup.start();
        lab.run_ms(crash_ms);
        lab.act(Action::Restart { node: lab.id("replica-1"), snapshot: false });
        lab.run_ms(4000);
        lab.expect_in_sync("master", "replica-1");
        assert_eq!(lab.info("master", "connected_slaves"), "1", "crashed at {crash_ms} ms");
        assert_eq!(lab.world.connections().count(), 1, "crashed at {crash_ms} ms");
    }
}

#[test]
fn a_restarted_master_without_a_snapshot_empties_its_replicas() {
    let mut lab = Setup::replicas(1).with("master", |node| node.keys = 50).settled();
    assert_eq!(lab.status("replica-1").keys, 50);
    lab.act(Action::Restart { node: lab.id("master"), snapshot: false });
    lab.run_ms(5000);
    assert_eq!((full_resyncs(&lab), lab.status("replica-1").keys), (1, 0));
}

#[test]
fn a_load_generator_finds_a_restarted_node_again() {
    let mut lab = Setup::replicas(0).writes("master", 100, 100).settled();
    lab.act(Action::Crash(lab.id("master")));
    lab.run_ms(1000);
    lab.expect(|kind| matches!(kind, EventKind::ClientDisconnected));
    assert!(!lab.client().connected);
    lab.act(Action::Restart { node: lab.id("master"), snapshot: true });
    let before = lab.client().tally.acknowledged;
    lab.run_ms(1000);
    let tally = lab.client().tally;
    assert!(tally.acknowledged > before + 80 && tally.skipped > 80, "{tally:?}");
}

#[test]
fn a_node_may_talk_to_itself() {
    let mut lab = Setup::replicas(0).settled();
    lab.type_at("master", "REPLICAOF 127.0.0.1 6379");
    lab.run_ms(5000);
    assert_eq!(lab.info("master", "role"), "slave");
    assert_eq!(lab.info("master", "master_link_status"), "down");
    lab.type_at("master", "REPLICAOF nowhere 6379");
    lab.run_ms(3000);
    assert!(lab.count(|kind| matches!(kind, EventKind::ConnectFailed)) >= 3);
}

// Large data sets.

#[test]
fn ten_gigabytes_travel_in_few_happenings() {
    let setup = Setup::replicas(1).with("master", |node| node.ballast_bytes = 10_000_000_000).link(|link| {
        link.window_bytes = 4 << 20;
    });
    let mut lab = setup.start();
    lab.run_ms(400_000);
    assert_eq!(full_resyncs(&lab), 1, "{}", lab.story());
    assert!(lab.world.happenings() < 120_000, "{}", lab.world.happenings());
    assert!(lab.status("replica-1").dataset_bytes >= 10_000_000_000);
    let at = |wanted: fn(&EventKind) -> bool| lab.expect(wanted).time.as_millis();
    let saved = at(|kind| matches!(kind, EventKind::SnapshotFinished { .. }));
    let started = at(|kind| matches!(kind, EventKind::SnapshotStarted { .. }));
    let loading = at(|kind| matches!(kind, EventKind::LoadStarted { .. }));
    let loaded = at(|kind| matches!(kind, EventKind::LoadFinished { .. }));
    assert!((50_000..50_200).contains(&(saved - started)), "200 MB/s and the fork: {}", saved - started);
    assert!((79_000..90_000).contains(&(loading - saved)), "125 MB/s: {}", loading - saved);
    assert!((33_000..34_000).contains(&(loaded - loading)), "300 MB/s: {}", loaded - loading);
}

// Eyes and refusals.

#[test]
fn messages_under_way_are_seen_with_their_kind() {
    let setup = Setup::replicas(1).writes("master", 100, 100).link(|link| link.latency = Span::from_millis(400));
    let mut lab = setup.settled();
    lab.run_ms(3000);
    let mut kinds = Vec::new();
    for _ in 0..1500 {
        lab.run_ms(1);
        for message in lab.world.messages() {
            assert!(message.sent_at <= lab.at() && message.arrives_at >= lab.at());
            if !kinds.contains(&(message.place, message.kind, message.forward)) {
                kinds.push((message.place, message.kind, message.forward));
            }
        }
    }
    let link = Place::Link(LinkId(0));
    for wanted in [
        (link, MessageKind::Stream, true),
        (link, MessageKind::Ack, false),
        (Place::Client(ClientId(0)), MessageKind::Request, true),
        (Place::Client(ClientId(0)), MessageKind::Reply, false),
    ] {
        assert!(kinds.contains(&wanted), "{wanted:?} is not in {kinds:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let mut lab = Setup::replicas(1).writes("master", 100, 100).settled();
    let before = lab.world.digest();
    let (master, nobody) = (lab.id("master"), NodeId(9));
    let refused = [
        Action::Cut(Cable::Nodes(master, master)),
        Action::Cut(Cable::Nodes(master, nobody)),
        Action::Heal(Cable::Client(ClientId(3))),
        Action::Freeze(nobody, None),
        Action::ReplicaOf { node: master, of: master },
        Action::ClientRate { client: ClientId(0), per_s: u64::MAX },
        Action::ClientValue { client: ClientId(0), bytes: u64::MAX },
        Action::SetLink(lab.cable("master", "replica-1"), LinkChange { window_bytes: Some(1), ..Default::default() }),
    ];
    for action in refused {
        let error = lab.world.act(&action).expect_err("does not fit");
        assert!(!error.path.is_empty() && !error.expected.is_empty() && !error.found.is_empty(), "{error:?}");
    }
    assert!(lab.world.console(nobody, "PING").is_err());
    assert_eq!(lab.world.digest(), before);
    lab.act(Action::Crash(master));
    assert!(lab.world.act(&Action::Crash(master)).is_err());
    assert!(lab.world.act(&Action::Promote(master)).is_err());
}

#[test]
fn a_step_ends_at_the_next_event_or_cause() {
    let mut lab = Setup::replicas(1).settled();
    let limit = Time::from_millis(600_000);
    let before = lab.world.log().count(false);
    assert!(lab.world.step_event(false, limit));
    assert!(lab.world.log().count(false) > before);
    assert!(lab.at() < Time::from_millis(7000));
    let causes = lab.world.log().count(true);
    assert!(!lab.world.step_event(true, Time::from_millis(30_000)), "{}", lab.story());
    assert_eq!((lab.at(), lab.world.log().count(true)), (Time::from_millis(30_000), causes));
    lab.cut("master", "replica-1");
    // Dials that nobody answers repeat by themselves; the answer to one is a turn of the story.
    assert!(!lab.world.step_event(true, Time::from_millis(40_000)), "{}", lab.story());
    lab.heal("master", "replica-1");
    assert!(lab.world.step_event(true, limit));
}

#[test]
fn a_run_can_be_stopped_early() {
    let mut lab = Setup::replicas(1).writes("master", 1000, 100).start();
    let mut left = 3;
    let reached = lab.world.advance_until(Time::from_millis(60_000), &mut || {
        left -= 1;
        left == 0
    });
    assert!(reached > Time::ZERO && reached < Time::from_millis(60_000));
    assert_eq!(lab.world.happenings(), 3 * 256);
}
