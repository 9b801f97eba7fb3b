//! The answer strip over hand-made moments: which fact wins, what it is called, which numbers it names.

use psync_playground::base::{ConnId, ReplId, Span, Time};
use psync_playground::event::{CloseReason, EventKind, FullReason, Role};
use psync_playground::node::{BacklogStatus, MasterLinkStatus, ReplicaStatus, Status};
use psync_playground::repl::{LinkState, ReplicaState, Slack};
use psync_playground::run::finding::{Finding, Level, level};
use psync_playground::run::scene::{Actor, Machine, Memory, Past, Path, PathState, Scene};
use psync_playground::run::verdict::judge;
use psync_playground::view::answer::{Answer, Speaker};

const UNIX_MS: i64 = 1_700_000_021_400;

fn id(digit: u8) -> ReplId {
    ReplId::from_random([digit * 17; 20])
}

fn status(offset: i64) -> Status {
    Status {
        role: Role::Master,
        loading: false,
        saving: false,
        replid: id(9),
        replid2: ReplId::ZERO,
        second_replid_offset: -1,
        master_repl_offset: offset,
        backlog: Some(BacklogStatus { first_byte: 862_389, histlen: (offset - 862_388) as u64, size: 1 << 20 }),
        repl_timeout_s: 60,
        replicas_needed: 0,
        replicas_max_lag_s: 10,
        replicas_good: 0,
        replicas: Vec::new(),
        master: None,
        keys: 100,
        dataset_bytes: 64_000,
        commands: 0,
        sync_full: 0,
        sync_partial_ok: 0,
        sync_partial_err: 0,
    }
}

fn actor(status: Status) -> Actor {
    Actor {
        machine: Machine::Running,
        status: Some(status),
        master: None,
        replicas: Vec::new(),
        write_rate: 32_500,
        unix_ms: UNIX_MS,
        next_cron: Span::from_millis(300),
        next_ping: None,
        job_left: None,
        path: None,
        slack: None,
        unsent_slack: None,
        diverged: false,
        past: Past { was_in_step: true, ..Past::default() },
    }
}

fn seen(ack_offset: i64, lag_s: i64) -> ReplicaStatus {
    ReplicaStatus {
        conn: ConnId::accepted(1),
        port: 6379,
        state: ReplicaState::Online,
        ack_offset,
        lag_s,
        next_offset: ack_offset + 1,
        output_bytes: 20_504,
        output_limit: 256 << 20,
        transfer: None,
        session: None,
    }
}

fn replica(offset: i64, state: LinkState) -> Actor {
    let mut status = status(offset);
    status.role = Role::Replica;
    status.master = Some(MasterLinkStatus {
        host: "master".into(),
        port: 6379,
        conn: None,
        state,
        read_offset: offset,
        applied_offset: offset,
        last_io_s: if state == LinkState::Connected { 0 } else { -1 },
        down_s: if state == LinkState::Connected { -1 } else { 12 },
        transfer: None,
        next_psync: Some((id(9), offset + 1)),
        duplicates_and_gaps: None,
    });
    Actor {
        master: Some(0),
        path: Some(Path { state: PathState::Up, since: Time::ZERO }),
        slack: Some(Slack { bytes: 651_492, pinned: false }),
        ..actor(status)
    }
}

/// A master at 1,912,400 with two replicas: the first attached and in step, the second as given.
fn scene(second: Actor, attached: bool) -> Scene {
    let mut master = actor(status(1_912_400));
    let status = master.status.as_mut().expect("a process");
    status.replicas.push(seen(1_912_270, 0));
    master.replicas.push(Some(1));
    if attached {
        let link = second.status.as_ref().and_then(|status| status.master.as_ref()).expect("a replica");
        status.replicas.push(seen(link.applied_offset, 0));
        master.replicas.push(Some(2));
    }
    let first = replica(1_912_270, LinkState::Connected);
    Scene { time: Time::from_millis(21_400), nodes: vec![master, first, second] }
}

fn say(scene: &Scene) -> Answer {
    let names: Vec<String> = ["master", "replica-1", "replica-2"].map(String::from).into();
    Speaker { scene, names: &names }.answer(&judge(scene))
}

fn edit(scene: &mut Scene, node: usize) -> &mut Status {
    scene.nodes[node].status.as_mut().expect("a process")
}

#[test]
fn all_in_step() {
    let answer = say(&scene(replica(1_912_400, LinkState::Connected), true));
    assert_eq!((answer.level, answer.mark), (Level::Ok, "IN SYNC"));
    assert_eq!(answer.headline, "2 replicas are in step with master");
    assert_eq!(answer.detail, "At 32.5 KB/s of writes an outage of up to 20.0 s would end in a partial resync.");
}

#[test]
fn a_cut_replica_has_slack() {
    let mut second = replica(1_499_650, LinkState::Connect);
    second.path = Some(Path { state: PathState::Cut, since: Time::from_millis(8_700) });
    let answer = say(&scene(second, false));
    assert_eq!((answer.level, answer.mark, answer.node), (Level::Risk, "PARTIAL RESYNC WILL STILL DO", 2));
    assert_eq!(answer.headline, "replica-2 has 20.0 s of slack before a reconnect costs a full resync");
    assert_eq!(
        answer.detail,
        "It is 412,750 bytes behind; the backlog keeps its place for 651,492 bytes more, at 32.5 KB/s. Its link is cut; \
         it dials again in 0.3 s."
    );
}

#[test]
fn nothing_written_means_no_hurry() {
    let mut scene = scene(replica(1_499_650, LinkState::Connect), false);
    scene.nodes[0].write_rate = 0;
    assert_eq!(say(&scene).headline, "replica-2 can come back at any time: nothing is written at present");
}

#[test]
fn a_passed_cliff_names_the_number_that_would_have_helped() {
    let mut scene = scene(replica(1_499_650, LinkState::Connect), false);
    edit(&mut scene, 0).backlog = Some(BacklogStatus { first_byte: 1_511_996, histlen: 400_405, size: 393_216 });
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark), (Level::Lost, "FULL RESYNC UNAVOIDABLE"));
    assert_eq!(answer.headline, "replica-2 needs a full resync: 12,345 bytes that it lacks have left the backlog");
    assert!(
        answer.detail.starts_with("It is 412,750 bytes behind. repl-backlog-size is 393,216 bytes; 412,750 would have"),
        "{}",
        answer.detail
    );
}

#[test]
fn a_silent_link_says_who_hangs_up_and_when() {
    let mut second = replica(1_499_650, LinkState::Connected);
    second.path = Some(Path { state: PathState::Silent, since: Time::from_millis(8_700) });
    second.slack = Some(Slack { bytes: 0, pinned: true });
    let mut scene = scene(second, true);
    edit(&mut scene, 0).replicas[1].lag_s = 12;
    edit(&mut scene, 2).master.as_mut().expect("a replica").last_io_s = 12;
    scene.nodes[0].next_cron = Span::from_millis(800);
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark), (Level::Risk, "LINK SILENT"));
    // Heard at second 9 of the clock; second 70 begins in 48.6 s. The master's next cron is then at 48.8 s, the replica's at 49.3 s.
    assert_eq!(
        answer.headline,
        "the link to replica-2 has swallowed every byte for 12.7 s; master hangs up in 48.8 s (repl-timeout)"
    );
    assert!(answer.detail.contains("the cliff waits"), "{}", answer.detail);
}

#[test]
fn a_pinned_backlog_may_leave_slack_behind_the_timeout() {
    let mut second = replica(1_912_000, LinkState::Connected);
    second.machine = Machine::Frozen;
    second.past.absent = Some(Time::from_millis(11_400));
    second.slack = Some(Slack { bytes: 2_000_000, pinned: true });
    let mut scene = scene(second, true);
    edit(&mut scene, 0).replicas[1].lag_s = 9;
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark), (Level::Risk, "REPLICA SILENT"));
    assert_eq!(answer.headline, "replica-2 has stood still for 10.0 s; master hangs up in 52.3 s (repl-timeout)");
    // 2,000,000 bytes less 52.3 s at 32,500 bytes a second.
    assert_eq!(answer.detail, "Its open connection pins the backlog until then; after that 9.2 s of slack remain.");
}

#[test]
fn a_silence_that_lasts_into_the_output_limit() {
    let mut second = replica(1_000_000, LinkState::Connected);
    second.machine = Machine::Frozen;
    let mut scene = scene(second, true);
    let seen = &mut edit(&mut scene, 0).replicas[1];
    (seen.output_bytes, seen.output_limit) = (900_000, 1_062_500);
    assert!(say(&scene).headline.ends_with("master hangs up in 5.0 s (output buffer limit)"), "{:?}", say(&scene));
}

#[test]
fn refused_writes_outrank_a_frozen_replica_and_mention_it() {
    let mut second = replica(1_912_000, LinkState::Connected);
    second.machine = Machine::Frozen;
    let mut scene = scene(second, true);
    scene.nodes[0].past.writes_refused = Some(Time::from_millis(20_000));
    let status = edit(&mut scene, 0);
    (status.replicas_needed, status.replicas_good) = (2, 1);
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark, answer.node), (Level::Lost, "WRITES REFUSED", 0));
    assert_eq!(answer.headline, "master refuses writes: 1 good replica, min-replicas-to-write is 2");
    assert!(answer.detail.starts_with("Clients get -NOREPLICAS, for 1.4 s now."), "{}", answer.detail);
    assert!(answer.detail.ends_with("replica-2: frozen."), "{}", answer.detail);
}

#[test]
fn the_phases_of_a_full_resync() {
    let mut second = replica(1_499_650, LinkState::Transfer);
    let reason = FullReason::TooOld { missing: 12_345 };
    second.past.full = Some((Time::from_millis(20_000), reason));
    let mut scene = scene(second, true);
    edit(&mut scene, 0).replicas[1].state = ReplicaState::WaitBgsaveEnd;
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark), (Level::Snapshot, "FULL RESYNC RUNNING"));
    assert_eq!(answer.headline, "master writes a snapshot of 62.5 KiB for replica-2");
    assert_eq!(answer.detail, "Why: 12,345 bytes that it lacks have left the backlog. It has lasted 1.4 s.");

    edit(&mut scene, 2).master.as_mut().expect("a replica").transfer = Some((20_000, Some(64_000)));
    assert_eq!(say(&scene).headline, "replica-2 has received 19.5 KiB of 62.5 KiB");

    scene.nodes[2].past.load_bytes = 64_000;
    edit(&mut scene, 2).loading = true;
    edit(&mut scene, 2).master.as_mut().expect("a replica").transfer = Some((64_000, Some(64_000)));
    assert_eq!(say(&scene).headline, "replica-2 loads 62.5 KiB and answers -LOADING meanwhile");
}

#[test]
fn an_output_buffer_that_fills_first_is_foretold() {
    let mut second = replica(1_499_650, LinkState::Transfer);
    second.past.full = Some((Time::from_millis(11_400), FullReason::NoHistory));
    second.past.transfer = Some(Time::from_millis(11_400));
    second.past.full_attempts = 1;
    let mut scene = scene(second, true);
    edit(&mut scene, 2).master.as_mut().expect("a replica").transfer = Some((10 << 20, Some(100 << 20)));
    let seen = &mut edit(&mut scene, 0).replicas[1];
    (seen.state, seen.output_bytes, seen.output_limit) = (ReplicaState::SendBulk, 1 << 20, 3 << 20);
    // 10 MiB took 10 s, so 90 s are to come; 2 MiB are left in the buffer at 32,500 bytes a second.
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark), (Level::Lost, "FULL RESYNC WILL FAIL"));
    assert_eq!(answer.headline, "replica-2 has received 10.0 MiB of 100 MiB; 90.0 s to go");
    assert_eq!(
        answer.detail,
        "Its output buffer reaches the limit of 3.00 MiB in 64.5 s, before the snapshot is through; about 3.78 MiB would \
         be needed. Then the connection is closed and the resync begins again."
    );
    scene.nodes[2].past.full_attempts = 3;
    assert_eq!(say(&scene).mark, "RESYNC LOOP");
    assert!(say(&scene).detail.ends_with("begins again, as 2 times before."), "{}", say(&scene).detail);
}

#[test]
fn the_first_sync_is_no_failure() {
    let mut second = replica(0, LinkState::Connecting);
    second.past = Past::default();
    second.status.as_mut().and_then(|status| status.master.as_mut()).expect("a replica").next_psync = None;
    let mut scene = scene(second, false);
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark), (Level::Snapshot, "FIRST SYNC"));
    assert_eq!(answer.headline, "replica-2 has no history yet and is about to ask for its first snapshot");
    edit(&mut scene, 2).master.as_mut().expect("a replica").state = LinkState::Transfer;
    scene.nodes[2].past.full = Some((Time::from_millis(21_000), FullReason::NoHistory));
    assert_eq!(say(&scene).mark, "FIRST SYNC");
}

#[test]
fn a_master_without_process_outranks_all() {
    let mut scene = scene(replica(1_499_650, LinkState::Connect), false);
    scene.nodes[0].status = None;
    scene.nodes[0].machine = Machine::Down;
    scene.nodes[0].past.absent = Some(Time::from_millis(20_000));
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark, answer.node), (Level::Down, "MASTER DOWN", 0));
    assert_eq!(answer.headline, "master is down: 2 replicas cannot reach a master");
}

#[test]
fn a_frozen_master_is_hung_up_on() {
    let mut scene = scene(replica(1_912_400, LinkState::Connected), true);
    scene.nodes[0].machine = Machine::Frozen;
    scene.nodes[0].past.absent = Some(Time::from_millis(18_400));
    for node in [1, 2] {
        edit(&mut scene, node).master.as_mut().expect("a replica").last_io_s = node as i64;
    }
    let answer = say(&scene);
    assert_eq!(answer.mark, "MASTER FROZEN");
    assert!(
        answer.detail.starts_with("For 3.0 s now. replica-2 hangs up in 59.3 s (repl-timeout)."),
        "{}",
        answer.detail
    );
}

#[test]
fn a_fork_counts_the_bytes_that_would_be_lost() {
    let mut scene = scene(replica(1_912_400, LinkState::Connected), true);
    let promoted = edit(&mut scene, 1);
    promoted.role = Role::Master;
    promoted.master = None;
    (promoted.replid, promoted.replid2, promoted.second_replid_offset) = (id(7), id(9), 1_912_271);
    scene.nodes[1].master = None;
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark, answer.node), (Level::Lost, "HISTORIES FORKED", 0));
    assert_eq!(answer.headline, "master has 130 bytes that replica-1, a master too, does not have");
    edit(&mut scene, 0).master_repl_offset = 1_912_270;
    assert_eq!(say(&scene).mark, "TWO MASTERS");
}

#[test]
fn a_middle_node_without_master_refuses_its_own_replicas() {
    let mut scene = scene(replica(1_499_650, LinkState::Connect), false);
    scene.nodes[2].master = Some(1);
    edit(&mut scene, 1).master.as_mut().expect("a replica").state = LinkState::Connect;
    assert_eq!(psync_playground::run::verdict::assess(&scene, 2), Finding::MasterNotLinked { master: 1 });
}

#[test]
fn a_gap_that_grows_is_falling_behind() {
    let mut second = replica(1_812_400, LinkState::Connected);
    second.write_rate = 20_000;
    let mut scene = scene(second, true);
    let answer = say(&scene);
    assert_eq!((answer.level, answer.mark), (Level::Risk, "FALLING BEHIND"));
    assert_eq!(answer.headline, "replica-2 is 100,000 bytes behind, and each second it is 12,500 bytes more");
    scene.nodes[2].write_rate = 40_000;
    assert_eq!(say(&scene).mark, "CATCHING UP");
}

#[test]
fn memory_keeps_what_one_moment_does_not_tell() {
    let node = |index| Some(psync_playground::base::NodeId(index));
    let mut memory = Memory::default();
    let reason = FullReason::NoBacklog;
    let full = EventKind::FullRequired { reason, offset: 5, first_byte: 0, master_repl_offset: 9 };
    memory.note(Time(1), node(0), node(2), &full);
    memory.note(Time(2), node(2), node(0), &EventKind::FullResynced { offset: 9 });
    let lost = EventKind::MasterLinkLost { why: CloseReason::Peer, offset: 9, cached: true };
    memory.note(Time(3), node(2), node(0), &lost);
    let past = memory.of(2);
    assert_eq!(past.full, Some((Time(1), reason)));
    assert_eq!(past.link_lost, Some((Time(3), CloseReason::Peer)));
    assert!(past.was_in_step);
    memory.note(Time(4), node(2), None, &EventKind::NodeFrozen);
    assert_eq!(memory.of(2).absent, Some(Time(4)));
    memory.note(Time(5), node(2), None, &EventKind::NodeResumed);
    assert_eq!(memory.of(2).absent, None);
}

#[test]
fn nothing_is_judged_without_nodes() {
    let verdict = judge(&Scene::default());
    assert_eq!(level(&verdict.finding), Level::Ok);
}
