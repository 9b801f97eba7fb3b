//! Clients that wait for a key: who is served, when, and what goes into the stream for it
//! (`docs/redis-replication.md` 6.5). Replies and streams were compared with a redis-server 7.0.15.
#![cfg(all(feature = "server", not(target_arch = "wasm32")))]

#[path = "common/peer.rs"]
mod peer;

use peer::{Bench, wires};
use psync_playground::base::{Bytes, Chunk};
use psync_playground::node::{Input, Process};
use psync_playground::resp::encode_command;

fn master() -> Bench {
    let mut bench = Bench::new(&[("repl-diskless-sync", "no"), ("repl-ping-replica-period", "1000")]);
    bench.advance_ms(50);
    bench
}

#[test]
fn a_push_serves_the_clients_in_the_order_in_which_they_came() {
    let mut bench = master();
    let (replica, _) = bench.attach_replica();
    let (first, second, pusher) = (bench.connect(), bench.connect(), bench.connect());
    assert_eq!(bench.command(first, "BLPOP q 0"), "");
    assert_eq!(bench.command(second, "BRPOP other q 0"), "");
    assert_eq!(bench.info("blocked_clients"), "2");
    assert_eq!(bench.command(pusher, "RPUSH q a b c"), ":3\r\n");
    assert_eq!(bench.take(first), "*2\r\n$1\r\nq\r\n$1\r\na\r\n");
    assert_eq!(bench.take(second), "*2\r\n$1\r\nq\r\n$1\r\nc\r\n");
    assert_eq!(bench.take(replica), wires(&["SELECT 0", "RPUSH q a b c", "LPOP q", "RPOP q"]));
    assert_eq!(bench.info("blocked_clients"), "0");
}

#[test]
fn the_pop_comes_after_the_transaction_that_pushed() {
    let mut bench = master();
    let (replica, _) = bench.attach_replica();
    let (waiter, pusher) = (bench.connect(), bench.connect());
    bench.command(waiter, "BLMOVE q d LEFT RIGHT 0");
    for line in ["MULTI", "RPUSH q 1", "SET z 1", "EXEC"] {
        bench.command(pusher, line);
    }
    assert_eq!(bench.take(waiter), "$1\r\n1\r\n");
    let stream = ["SELECT 0", "MULTI", "RPUSH q 1", "SET z 1", "EXEC", "LMOVE q d left right"];
    assert_eq!(bench.take(replica), wires(&stream));
    assert_eq!(bench.command(waiter, "BLMOVE d e LEFT RIGHT 0"), "$1\r\n1\r\n");
    assert_eq!(bench.take(replica), wires(&["LMOVE d e LEFT RIGHT"]));
}

#[test]
fn one_move_serves_the_next_waiter_and_what_was_sent_meanwhile_is_read() {
    let mut bench = master();
    let (mover, popper, pusher) = (bench.connect(), bench.connect(), bench.connect());
    bench.command(mover, "BRPOPLPUSH a b 0");
    bench.command(mover, "PING");
    bench.command(popper, "BLMPOP 0 2 x b LEFT COUNT 5");
    assert_eq!(bench.command(pusher, "RPUSH a v"), ":1\r\n");
    assert_eq!(bench.take(mover), "$1\r\nv\r\n+PONG\r\n");
    assert_eq!(bench.take(popper), "*2\r\n$1\r\nb\r\n*1\r\n$1\r\nv\r\n");
    assert_eq!(bench.command(pusher, "EXISTS a b"), ":0\r\n");
}

#[test]
fn waiting_ends_with_its_time_and_never_begins_in_a_transaction() {
    let mut bench = master();
    let client = bench.connect();
    assert_eq!(bench.command(client, "BZPOPMIN z 0.25"), "");
    bench.advance_ms(249);
    assert_eq!(bench.take(client), "");
    bench.advance_ms(2);
    assert_eq!(bench.take(client), "*-1\r\n");
    for line in ["MULTI", "BLPOP q 0", "BLMOVE q d LEFT LEFT 0"] {
        bench.command(client, line);
    }
    assert_eq!(bench.command(client, "EXEC"), "*2\r\n*-1\r\n$-1\r\n");
    assert_eq!(bench.command(client, "BLPOP q x"), "-ERR timeout is not a float or out of range\r\n");
    assert_eq!(bench.command(client, "BLPOP q -1"), "-ERR timeout is negative\r\n");
}

#[test]
fn a_key_of_another_type_serves_nobody() {
    let mut bench = master();
    let (waiter, other) = (bench.connect(), bench.connect());
    bench.command(waiter, "BZMPOP 0 1 k MAX");
    bench.command(other, "RPUSH k item");
    assert_eq!(bench.take(waiter), "");
    bench.command(other, "DEL k");
    bench.command(other, "ZADD k 1 a 2 b");
    assert_eq!(bench.take(waiter), "*2\r\n$1\r\nk\r\n*1\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n");
}

#[test]
fn a_master_that_becomes_a_replica_lets_nobody_wait() {
    let mut bench = master();
    let (waiter, admin) = (bench.connect(), bench.connect());
    bench.command(waiter, "BLPOP q 0");
    bench.command(admin, "REPLICAOF 127.0.0.1 1");
    assert!(bench.take(waiter).starts_with("-UNBLOCKED force unblock from blocking operation"));
}

/// Every reading one microsecond later: each command takes so long.
fn ticking() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static READINGS: AtomicU64 = AtomicU64::new(0);
    READINGS.fetch_add(1, Ordering::Relaxed) * 1000
}

#[test]
fn config_rewrite_is_answered_when_the_file_is_written_and_what_follows_waits() {
    let mut bench = master();
    let client = bench.connect();
    let process = Process { config_file: "redis.conf".into(), stopwatch: Some(ticking), ..Process::default() };
    bench.node.set_process(process);
    assert_eq!(bench.command(client, "CONFIG REWRITE"), "");
    assert_eq!(bench.command(client, "PING"), "");
    let conn = bench.rewrites.pop().expect("a request");
    bench.input(Input::ConfigRewritten { conn, error: Some("Read-only file system".into()) });
    assert_eq!(bench.take(client), "-ERR Rewriting config file: Read-only file system\r\n+PONG\r\n");
    bench.command(client, "CONFIG REWRITE");
    bench.input(Input::ConfigRewritten { conn, error: None });
    bench.input(Input::ConfigRewritten { conn, error: None });
    assert_eq!(bench.take(client), "+OK\r\n");
    let line = bench.info("cmdstat_config|rewrite");
    assert_eq!(line, "calls=2,usec=2,usec_per_call=1.00,rejected_calls=0,failed_calls=1");
}

/// A command with a space in one of its words.
fn limit() -> Bytes {
    let words: [&[u8]; 4] = [b"CONFIG", b"SET", b"client-output-buffer-limit", b"normal 100000 0 0"];
    encode_command(&words).into()
}

#[test]
fn an_answer_without_end_is_refused_or_closes_a_client_with_a_limit() {
    let mut bench = master();
    let client = bench.connect();
    bench.command(client, "SADD s a b");
    assert_eq!(bench.command(client, "SRANDMEMBER s -9999999999"), "-ERR value is out of range\r\n");
    bench.input(Input::Received { conn: client, chunk: Chunk::Data(limit()) });
    assert_eq!(bench.take(client), "+OK\r\n");
    assert_eq!(bench.command(client, "SRANDMEMBER s -9999999999"), "");
    assert_eq!(bench.closed, [client]);
}
