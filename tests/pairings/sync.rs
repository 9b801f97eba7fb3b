//! Scenarios of the link: full and partial resyncs, cuts, silence, restarts.

use crate::data::{change, fill, flood};
use crate::line::{Line, Pairing, until};
use crate::proxy::Proxy;

const SMALL_BACKLOG: (&str, &str) = ("repl-backlog-size", "16kb");

/// A full resync brings every type, and the stream goes on behind it, whatever way the snapshot takes.
pub(crate) fn full_resync(pairing: &Pairing) {
    for (diskless_sync, diskless_load) in
        [("yes", "disabled"), ("no", "disabled"), ("yes", "swapdb"), ("no", "on-empty-db")]
    {
        let directives = [("repl-diskless-sync", diskless_sync), ("repl-diskless-load", diskless_load)];
        let mut line = Line::start(pairing, &directives);
        fill(line.top());
        for node in &mut line.nodes[1..] {
            node.order("SET gone 1");
        }
        line.join();
        line.assert_equal();
        change(line.top());
        line.assert_equal();
        for hop in line.hops() {
            let (up, down) = line.hop(hop);
            assert_eq!(up.number("sync_full"), 1);
            assert!(up.info("slave0").contains("state=online"));
            assert!(down.ask("SET refused 1").starts_with("-READONLY"));
        }
    }
}

/// A cut link is healed by a partial resync, and replicas further down do not notice.
pub(crate) fn cut(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    fill(line.top());
    for round in 1..=3 {
        for hop in line.hops() {
            assert_eq!(line.hop(hop).0.ask("CLIENT KILL TYPE replica"), ":1\r\n");
            line.top().order(&format!("SET cut:{hop} {round}"));
            line.hop(hop).0.await_count("sync_partial_ok", round);
        }
    }
    change(line.top());
    line.assert_equal();
    for hop in line.hops() {
        assert_eq!(line.hop(hop).0.number("sync_full"), 1);
    }
}

/// A replica that was away while the backlog was outrun needs a full resync, and those below it do, too.
pub(crate) fn outrun(pairing: &Pairing) {
    let mut line = Line::start(pairing, &[SMALL_BACKLOG]);
    fill(line.top());
    line.join();
    for hop in line.hops().rev() {
        let (up, down) = line.hop(hop);
        let (full, refused) = (up.number("sync_full"), up.number("sync_partial_err"));
        // A port where nobody answers: the master sees the replica leave.
        down.order("REPLICAOF 127.0.0.1 1");
        up.await_count("connected_slaves", 0);
        flood(line.top());
        let (up, down) = line.hop(hop);
        down.follow(up);
        assert_eq!((up.number("sync_full"), up.number("sync_partial_err")), (full + 1, refused + 1));
        for node in &mut line.nodes[hop + 1..] {
            node.await_link("up");
        }
        line.assert_equal();
    }
}

/// A replica that comes back with its snapshot continues; one that comes back with nothing starts over.
pub(crate) fn replica_restart(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    fill(line.top());
    for hop in line.hops() {
        for keeps_snapshot in [true, false] {
            line.assert_equal();
            let (up, down) = line.hop(hop);
            let (full, partial) = (up.number("sync_full"), up.number("sync_partial_ok"));
            down.order("SAVE");
            down.crash();
            if !keeps_snapshot {
                down.server.forget_snapshot();
            }
            line.top().order("SET while-away 1");
            let (up, down) = line.hop(hop);
            down.restart();
            down.await_link("up");
            let found = (up.number("sync_full") - full, up.number("sync_partial_ok") - partial);
            assert_eq!(found, if keeps_snapshot { (0, 1) } else { (1, 0) });
            for node in &mut line.nodes[hop + 1..] {
                node.await_link("up");
            }
        }
    }
    change(line.top());
    line.assert_equal();
}

/// A master that comes back with its snapshot goes on with its history; one that comes back with nothing empties all.
pub(crate) fn master_restart(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[]);
    fill(line.top());
    line.assert_equal();
    let replid = line.top().info("master_replid");
    line.top().order("SAVE");
    line.top().crash();
    line.hop(0).1.await_link("down");
    line.top().restart();
    line.hop(0).1.await_link("up");
    assert_eq!(line.top().info("master_replid2"), replid);
    assert_eq!((line.top().number("sync_full"), line.top().number("sync_partial_ok")), (0, 1));
    change(line.top());
    line.assert_equal();
    line.top().crash();
    line.top().server.forget_snapshot();
    line.hop(0).1.await_link("down");
    line.top().restart();
    line.top().order("SET fresh 1");
    line.hop(0).1.await_link("up");
    assert_eq!((line.top().number("sync_full"), line.top().number("sync_partial_ok")), (1, 0));
    for node in &mut line.nodes[1..] {
        until("the new data set", || node.ask("DBSIZE") == ":1\r\n");
    }
    line.assert_equal();
}

/// A server that stands still is given up by its peer after `repl-timeout`, and taken back with a partial resync.
pub(crate) fn timeouts(pairing: &Pairing) {
    let mut line = Line::joined(pairing, &[("repl-timeout", "2"), ("repl-ping-replica-period", "1")]);
    fill(line.top());
    for hop in line.hops() {
        let (up, down) = line.hop(hop);
        let partial = up.number("sync_partial_ok");
        down.server.freeze();
        up.await_count("connected_slaves", 0);
        down.server.thaw();
        up.await_count("sync_partial_ok", partial + 1);
        down.await_link("up");
        up.server.freeze();
        down.await_link("down");
        up.server.thaw();
        down.await_link("up");
        for node in &mut line.nodes[1..] {
            node.await_link("up");
        }
        line.assert_equal();
    }
    for hop in line.hops() {
        assert_eq!(line.hop(hop).0.number("sync_full"), 1);
    }
}

/// A network that carries nothing and closes nothing: both sides find out by themselves.
pub(crate) fn silence(pairing: &Pairing) {
    let directives = [("repl-timeout", "2"), ("repl-ping-replica-period", "1")];
    let mut line = Line::start(pairing, &directives);
    fill(line.top());
    line.join();
    for hop in line.hops() {
        let (up, down) = line.hop(hop);
        let proxy = Proxy::to(up.server.port);
        down.order(&format!("REPLICAOF 127.0.0.1 {}", proxy.port));
        down.await_link("up");
        let (full, partial) = (up.number("sync_full"), up.number("sync_partial_ok"));
        proxy.set_silent(true);
        up.await_count("connected_slaves", 0);
        down.await_link("down");
        line.top().order("SET unheard 1");
        proxy.set_silent(false);
        let (up, down) = line.hop(hop);
        down.await_link("up");
        assert_eq!((up.number("sync_full"), up.number("sync_partial_ok")), (full, partial + 1));
        down.follow(up);
        line.assert_equal();
    }
}
