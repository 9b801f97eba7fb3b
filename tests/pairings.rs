//! `psync node` and a real `redis-server` as each other's master and replica, over TCP: full resync, live stream, cut and
//! partial resync, backlog outrun, restart, promotion, WAIT, the gate. Every test runs in each pairing that it names.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_types, reason = "real servers answer in real time")]

#[path = "conformance/server.rs"]
mod server;

use std::time::{Duration, Instant};

use server::Program::{Ours, Redis};
use server::{Program, Server, Socket};

const PAIRS: [(Program, Program); 3] = [(Redis, Ours), (Ours, Redis), (Ours, Ours)];
/// Directives that make everything happen at once.
const QUICK: [(&str, &str); 3] =
    [("repl-diskless-sync-delay", "0"), ("repl-ping-replica-period", "1"), ("repl-timeout", "10")];

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !done() {
        assert!(Instant::now() < deadline, "not within 15 s: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn start(program: Program, more: &[(&str, &str)]) -> Server {
    Server::run(program, &[&QUICK[..], more].concat())
}

fn follow(replica: &mut Socket, master: &Server) {
    assert_eq!(replica.command(&format!("REPLICAOF 127.0.0.1 {}", master.port)), "+OK\r\n");
    until("link up", || replica.info("master_link_status") == "up");
}

/// Waits until the replica has applied everything that the master produced.
fn in_step(master: &mut Socket, replica: &mut Socket) {
    until("equal offsets", || {
        let applied = replica.info("slave_repl_offset");
        applied == master.info("master_repl_offset")
    });
}

/// Everything in a database as text: key, type, value, whether it expires.
fn contents(socket: &mut Socket) -> Vec<String> {
    let mut out = Vec::new();
    for db in 0..4 {
        socket.command(&format!("SELECT {db}"));
        let reply = socket.command("KEYS *");
        let mut keys: Vec<&str> = reply.split("\r\n").skip(2).step_by(2).filter(|key| !key.is_empty()).collect();
        keys.sort_unstable();
        for key in keys {
            let kind = socket.command(&format!("TYPE {key}"));
            let value = match kind.trim() {
                "+string" => socket.command(&format!("GET {key}")),
                "+list" => socket.command(&format!("LRANGE {key} 0 -1")),
                other => other.to_string(),
            };
            let deadline = socket.command(&format!("PEXPIRETIME {key}"));
            out.push(format!("{db} {key} {value} {deadline}"));
        }
    }
    socket.command("SELECT 0");
    out
}

fn fill(master: &mut Socket) {
    for i in 0..200 {
        master.command(&format!("SET key:{i} value:{i}"));
    }
    for line in ["SET 12 345", "SET e 1 PX 600000", "RPUSH l a b c 1 2 300", "APPEND t xyz", "INCRBYFLOAT f 1.5"] {
        master.command(line);
    }
    master.command(&format!("SET long {}", "abc".repeat(5000)));
    master.command("SELECT 3");
    master.command("SET other 1");
    master.command("SELECT 0");
}

fn each_pair(test: impl Fn(Server, Server)) {
    for (master, replica) in PAIRS {
        test(start(master, &[]), start(replica, &[]));
    }
}

#[test]
fn a_full_resync_brings_everything_and_the_stream_goes_on() {
    each_pair(|master, replica| {
        let (mut m, mut r) = (master.connect(), replica.connect());
        fill(&mut m);
        r.command("SET gone 1");
        follow(&mut r, &master);
        for line in ["MULTI", "SET a 1", "INCR a", "EXEC", "SELECT 2", "SET b 1", "SELECT 0", "DEL key:1", "LPOP l"] {
            m.command(line);
        }
        in_step(&mut m, &mut r);
        assert_eq!(contents(&mut m), contents(&mut r));
        assert_eq!(m.info("sync_full"), "1");
        assert_eq!(m.info("master_replid"), r.info("master_replid"));
        assert!(m.info("slave0").contains("state=online"));
        assert_eq!(m.command("SET c 1"), "+OK\r\n");
        assert_eq!(m.command("WAIT 1 5000"), ":1\r\n");
        assert!(r.command("SET c 2").starts_with("-READONLY"));
    });
}

#[test]
fn disk_snapshots_work_too() {
    for (master, replica) in PAIRS {
        let master = start(master, &[("repl-diskless-sync", "no")]);
        let replica = start(replica, &[]);
        let (mut m, mut r) = (master.connect(), replica.connect());
        fill(&mut m);
        follow(&mut r, &master);
        in_step(&mut m, &mut r);
        assert_eq!(contents(&mut m), contents(&mut r));
    }
}

#[test]
fn a_cut_link_is_healed_by_a_partial_resync() {
    each_pair(|master, replica| {
        let (mut m, mut r) = (master.connect(), replica.connect());
        follow(&mut r, &master);
        for i in 0..5 {
            m.command(&format!("SET a {i}"));
            assert_eq!(m.command("CLIENT KILL TYPE replica"), ":1\r\n");
            m.command(&format!("SET b {i}"));
            until("partial resync", || m.info("sync_partial_ok") == (i + 1).to_string());
        }
        in_step(&mut m, &mut r);
        assert_eq!(contents(&mut m), contents(&mut r));
        assert_eq!(m.info("sync_full"), "1");
    });
}

#[test]
fn an_outrun_backlog_costs_a_full_resync() {
    for (master, replica) in PAIRS {
        let master = start(master, &[("repl-backlog-size", "16kb")]);
        let replica = start(replica, &[]);
        let (mut m, mut r) = (master.connect(), replica.connect());
        follow(&mut r, &master);
        // Away for a while: the master's old connection is gone before the replica knows of the new address.
        assert_eq!(r.command("REPLICAOF 127.0.0.1 1"), "+OK\r\n");
        until("replica gone", || m.info("connected_slaves") == "0");
        let value = "x".repeat(1000);
        for i in 0..200 {
            m.command(&format!("SET k:{i} {value}"));
        }
        follow(&mut r, &master);
        in_step(&mut m, &mut r);
        assert_eq!((m.info("sync_full"), m.info("sync_partial_err")), ("2".into(), "2".into()));
        assert_eq!(contents(&mut m), contents(&mut r));
    }
}

#[test]
fn a_promotion_keeps_siblings_on_a_partial_resync() {
    for (master, replica) in PAIRS {
        let (top, left, right) = (start(master, &[]), start(replica, &[]), start(master, &[]));
        let (mut t, mut l, mut r) = (top.connect(), left.connect(), right.connect());
        fill(&mut t);
        follow(&mut l, &top);
        follow(&mut r, &top);
        t.command("SET last 1");
        in_step(&mut t, &mut l);
        in_step(&mut t, &mut r);
        drop(t);
        drop(top);
        assert_eq!(l.command("REPLICAOF NO ONE"), "+OK\r\n");
        follow(&mut r, &left);
        l.command("SET after 1");
        in_step(&mut l, &mut r);
        assert_eq!((l.info("sync_partial_ok"), l.info("sync_full")), ("1".into(), "0".into()));
        assert_eq!(r.info("master_replid"), l.info("master_replid"));
        assert_eq!(r.info("master_replid2"), l.info("master_replid2"));
        assert_eq!(contents(&mut l), contents(&mut r));
    }
}

#[test]
fn a_chain_forwards_to_a_real_server_and_back() {
    for (top, middle, leaf) in [(Redis, Ours, Redis), (Ours, Redis, Ours), (Ours, Ours, Redis)] {
        let (top, middle, leaf) = (start(top, &[]), start(middle, &[]), start(leaf, &[]));
        let (mut t, mut m, mut l) = (top.connect(), middle.connect(), leaf.connect());
        fill(&mut t);
        follow(&mut m, &top);
        follow(&mut l, &middle);
        t.command("SELECT 2");
        for line in ["MULTI", "SET a 1", "INCR a", "EXEC", "SET b 2"] {
            t.command(line);
        }
        t.command("SELECT 0");
        in_step(&mut t, &mut m);
        in_step(&mut t, &mut l);
        assert_eq!(contents(&mut t), contents(&mut l));
        assert_eq!(t.info("master_replid"), l.info("master_replid"));
        assert_eq!(t.command("CLIENT KILL TYPE slave"), ":1\r\n");
        t.command("SET c 3");
        in_step(&mut t, &mut l);
        assert_eq!(m.info("sync_full"), "1");
        assert_eq!(contents(&mut t), contents(&mut l));
    }
}

#[test]
fn a_restart_with_its_snapshot_continues() {
    for (master, replica) in PAIRS {
        let master = start(master, &[]);
        let mut replica = start(replica, &[("replicaof", &format!("127.0.0.1 {}", master.port))]);
        let (mut m, mut r) = (master.connect(), replica.connect());
        until("link up", || r.info("master_link_status") == "up");
        fill(&mut m);
        in_step(&mut m, &mut r);
        assert_eq!(r.command("SAVE"), "+OK\r\n");
        drop(r);
        replica.stop();
        m.command("SET while-away 1");
        replica.spawn();
        let mut r = replica.connect();
        until("link up again", || r.info("master_link_status") == "up");
        in_step(&mut m, &mut r);
        assert_eq!((m.info("sync_full"), m.info("sync_partial_ok")), ("1".into(), "1".into()));
        assert_eq!(contents(&mut m), contents(&mut r));
    }
}

#[test]
fn the_gate_counts_real_acknowledgements() {
    each_pair(|master, replica| {
        let (mut m, mut r) = (master.connect(), replica.connect());
        m.command("CONFIG SET min-replicas-to-write 1 min-replicas-max-lag 2");
        assert!(m.command("SET a 1").starts_with("-NOREPLICAS"));
        follow(&mut r, &master);
        until("a good replica", || m.command("SET a 1") == "+OK\r\n");
        r.send(b"*3\r\n$5\r\nDEBUG\r\n$5\r\nSLEEP\r\n$1\r\n5\r\n");
        until("refused while the replica sleeps", || m.command("SET a 2").starts_with("-NOREPLICAS"));
        until("accepted again", || m.command("SET a 3") == "+OK\r\n");
    });
}

#[test]
fn a_failover_hands_the_role_over_without_losing_a_write() {
    each_pair(|master, replica| {
        let (mut m, mut r) = (master.connect(), replica.connect());
        follow(&mut r, &master);
        fill(&mut m);
        until("online", || m.info("slave0").contains("state=online"));
        assert_eq!(m.command(&format!("FAILOVER TO 127.0.0.1 {} TIMEOUT 10000", replica.port)), "+OK\r\n");
        until("roles swapped", || (m.info("role"), r.info("role")) == ("slave".into(), "master".into()));
        until("link up", || m.info("master_link_status") == "up");
        assert_eq!(m.info("master_failover_state"), "no-failover");
        assert_eq!(r.command("SET after 1"), "+OK\r\n");
        in_step(&mut r, &mut m);
        assert_eq!(contents(&mut m), contents(&mut r));
        assert_eq!((r.info("sync_partial_ok"), r.info("sync_full")), ("1".into(), "0".into()));
        assert!(m.command("SET refused 1").starts_with("-READONLY"));
    });
}

#[test]
fn a_shutdown_waits_for_a_sleeping_replica() {
    each_pair(|mut master, replica| {
        let (mut m, mut r) = (master.connect(), replica.connect());
        follow(&mut r, &master);
        in_step(&mut m, &mut r);
        let mut sleeper = replica.connect();
        sleeper.send(b"*3\r\n$5\r\nDEBUG\r\n$5\r\nSLEEP\r\n$1\r\n2\r\n");
        std::thread::sleep(Duration::from_millis(100));
        m.command("SET last 1");
        m.send(&psync_playground::resp::encode_command(&[b"SHUTDOWN", b"NOSAVE"]));
        assert!(master.ends_within(Duration::from_secs(12)));
        assert_eq!(r.command("GET last"), "$1\r\n1\r\n");
    });
}
