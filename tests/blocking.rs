//! Clients that wait for a key: who is served, when, and what goes into the stream for it
//! (`docs/redis-replication.md` 6.5). Replies and streams were compared with a redis-server 7.0.15.
#![cfg(all(feature = "server", not(target_arch = "wasm32")))]

#[path = "common/peer.rs"]
mod peer;

use peer::{Bench, wires};

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
