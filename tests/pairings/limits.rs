//! Scenarios of what a master counts: acknowledgements, good replicas, bytes in output buffers; and the standard load.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::data::fill;
use crate::line::{Line, Pairing, until};

/// WAIT asks for acknowledgements and gets them at once, not with the next heartbeat.
pub(crate) fn wait(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    line.assert_equal();
    let (top, below) = line.hop(0);
    until("online", || top.info("slave0").contains("state=online"));
    let begin = Instant::now();
    for i in 0..20 {
        top.order(&format!("SET waited {i}"));
        assert_eq!(top.ask("WAIT 1 9000"), ":1\r\n");
    }
    // By heartbeats alone it would take a second each.
    assert!(begin.elapsed() < Duration::from_secs(10), "nobody asked: {:?}", begin.elapsed());
    top.order("SET waited 20");
    assert_eq!(top.ask("WAIT 2 100"), ":1\r\n");
    assert!(below.ask("WAIT 1 100").starts_with("-ERR WAIT cannot be used with replica"));
    below.server.freeze();
    top.order("SET waited 21");
    assert_eq!(top.ask("WAIT 1 100"), ":0\r\n");
    top.leave("WAIT 1 0");
    below.server.thaw();
    assert_eq!(top.ask("PING"), ":1\r\n", "the reply of WAIT comes first");
    line.nodes.truncate(2);
}

/// The gate counts replicas by their acknowledgements; a replica itself has none.
pub(crate) fn gate(pairing: &Pairing) {
    let mut line = Line::start(pairing, &[]);
    for node in &mut line.nodes {
        node.order("CONFIG SET min-replicas-to-write 1 min-replicas-max-lag 2");
    }
    assert!(line.top().ask("SET a 1").starts_with("-NOREPLICAS"));
    line.join();
    let (top, below) = line.hop(0);
    until("a good replica", || top.ask("SET a 1") == "+OK\r\n");
    assert_eq!(top.info("min_slaves_good_slaves"), "1");
    below.server.freeze();
    until("refused while the replica stands still", || top.ask("SET a 2").starts_with("-NOREPLICAS"));
    assert!(top.ask("EVAL nonsense").starts_with('-'));
    assert_eq!(top.ask("EXISTS a"), ":1\r\n");
    below.server.thaw();
    until("accepted again", || top.ask("SET a 3") == "+OK\r\n");
    line.assert_equal();
}

/// A replica that does not read is dropped when its output passes the hard limit, or the soft one for too long.
pub(crate) fn output_limit(pairing: &Pairing) {
    let mut line = Line::start(pairing, &[("repl-backlog-size", "16kb")]);
    fill(line.top());
    line.join();
    let value = vec![b'v'; 1 << 20];
    for limit in ["replica 1mb 0 0", "replica 0 1mb 1"] {
        for hop in line.hops() {
            let (up, down) = line.hop(hop);
            up.ask_with("CONFIG SET client-output-buffer-limit", limit.as_bytes());
            let full = up.number("sync_full");
            down.server.freeze();
            until("the replica is dropped", || {
                assert_eq!(line.top().ask_with("SET big", &value), "+OK\r\n");
                line.nodes[hop].number("connected_slaves") == 0
            });
            let (up, down) = line.hop(hop);
            down.server.thaw();
            up.ask_with("CONFIG SET client-output-buffer-limit", b"replica 0 0 0");
            up.await_count("sync_full", full + 1);
            for node in &mut line.nodes[1..] {
                node.await_link("up");
            }
            line.assert_equal();
        }
    }
}

/// What redis-benchmark is told to do.
const LOAD: &str = "set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,mset";

/// redis-benchmark against the master of a line, its output kept.
fn load(line: &mut Line, more: &[&str]) -> Child {
    let port = line.top().server.port.to_string();
    Command::new("redis-benchmark")
        .args(["-h", "127.0.0.1", "-p", &port, "-t", LOAD, "-P", "16", "-q"])
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("redis-benchmark comes with redis-server")
}

/// redis-benchmark runs through, and the data sets are equal afterwards.
pub(crate) fn benchmark(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    for more in [&["-n", "4000"][..], &["-n", "2000", "-r", "300"][..]] {
        let output = load(&mut line, more).wait_with_output().expect("its output");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let measured = text.matches("requests per second").count();
        assert_eq!(measured, LOAD.split(',').count(), "{text}");
        line.assert_equal();
    }
    for hop in line.hops() {
        assert_eq!(line.hop(hop).0.number("sync_full"), 1);
    }
}
