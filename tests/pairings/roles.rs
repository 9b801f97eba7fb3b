//! Scenarios of the roles: promotion, FAILOVER, a shutdown that waits.

use std::time::Duration;

use crate::data::{change, fill};
use crate::line::{Line, Pairing, assert_same, until};

/// A promoted replica takes the old history along as `replid2`: its siblings and its own replicas resync partially.
pub(crate) fn promotion(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    let mut sibling = line.top().sibling();
    sibling.follow(line.top());
    fill(line.top());
    let replid = line.top().info("master_replid");
    assert_same(line.nodes.iter_mut().chain([&mut sibling]).collect());
    line.top().crash();
    let below = line.nodes.len() as i64 - 2;
    let (partial, full) = (line.nodes[1].number("sync_partial_ok"), line.nodes[1].number("sync_full"));
    line.nodes[1].order("REPLICAOF NO ONE");
    sibling.follow(&line.nodes[1]);
    line.nodes[1].await_count("sync_partial_ok", partial + 1 + below);
    change(&mut line.nodes[1]);
    assert_same(line.nodes[1..].iter_mut().chain([&mut sibling]).collect());
    assert_eq!(line.nodes[1].number("sync_full"), full);
    assert_eq!(sibling.info("master_replid2"), replid);
    let offset = line.nodes[1].info("second_repl_offset");
    assert_eq!(sibling.info("second_repl_offset"), offset);
}

/// FAILOVER hands the role over without losing a write; everybody goes on with a partial resync.
pub(crate) fn failover(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    fill(line.top());
    until("online", || line.top().info("slave0").contains("state=online"));
    let links = line.nodes.len() as i64 - 1;
    let (top, target) = line.hop(0);
    let (partial, full) = (target.number("sync_partial_ok"), target.number("sync_full"));
    top.order(&format!("FAILOVER TO 127.0.0.1 {} TIMEOUT 30000", target.server.port));
    until("roles swapped", || (top.info("role"), target.info("role")) == ("slave".into(), "master".into()));
    top.await_link("up");
    assert_eq!(top.info("master_failover_state"), "no-failover");
    assert!(top.ask("SET refused 1").starts_with("-READONLY"));
    target.await_count("sync_partial_ok", partial + links);
    change(target);
    assert_eq!(target.number("sync_full"), full);
    line.nodes.swap(0, 1);
    line.assert_equal();
}

/// A failover whose target does not catch up is given up, or aborted, or forced.
pub(crate) fn stuck_failover(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    fill(line.top());
    line.assert_equal();
    let (top, target) = line.hop(0);
    until("online", || top.info("slave0").contains("state=online"));
    let to = format!("TO 127.0.0.1 {}", target.server.port);
    target.server.freeze();
    top.order("SET unheard 1");
    top.order(&format!("FAILOVER {to} TIMEOUT 200"));
    until("given up", || top.info("master_failover_state") == "no-failover");
    top.order(&format!("FAILOVER {to} TIMEOUT 3600000"));
    assert_eq!(top.info("master_failover_state"), "waiting-for-sync");
    assert_eq!(top.ask("GET unheard"), "$1\r\n1\r\n");
    top.order("FAILOVER ABORT");
    assert_eq!((top.info("master_failover_state"), top.info("role")), ("no-failover".into(), "master".into()));
    top.order("SET still-writable 1");
    top.order(&format!("FAILOVER {to} TIMEOUT 100 FORCE"));
    until("forced", || top.info("master_failover_state") == "failover-in-progress");
    assert_eq!(top.info("role"), "slave");
    target.server.thaw();
    until("handed over", || target.info("role") == "master" && top.info("master_failover_state") == "no-failover");
    top.await_link("up");
    line.nodes.swap(0, 1);
    line.assert_equal();
    assert_eq!(line.nodes[0].ask("GET still-writable"), "$1\r\n1\r\n");
}

/// A master that is told to end waits until its replica has everything.
pub(crate) fn shutdown(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    line.assert_equal();
    let (top, below) = line.hop(0);
    until("online", || top.info("slave0").contains("state=online"));
    below.server.freeze();
    top.order("SET last 1");
    top.leave("SHUTDOWN NOSAVE");
    assert!(!top.server.ends_within(Duration::from_millis(300)), "it did not wait");
    below.server.thaw();
    assert!(top.server.ends_within(Duration::from_secs(12)));
    for node in &mut line.nodes[1..] {
        until("the last write", || node.ask("GET last") == "$1\r\n1\r\n");
    }
}
