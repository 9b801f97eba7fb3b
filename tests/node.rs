//! The node against raw peers: the statements of `docs/redis-replication.md` that one server and hand-written bytes can
//! show. Each test names its section.

#[path = "common/peer.rs"]
mod peer;

use peer::{Bench, wire, wires};
use psync_playground::node::Input;

const DISK: (&str, &str) = ("repl-diskless-sync", "no");
const NO_PING: (&str, &str) = ("repl-ping-replica-period", "1000");

/// A master whose first cron, with its heartbeat, is over.
fn master() -> Bench {
    let mut bench = Bench::new(&[DISK, NO_PING]);
    bench.advance_ms(50);
    bench
}

/// Section 1.3, the worked example.
#[test]
fn the_worked_example_byte_for_byte() {
    let mut bench = Bench::new(&[DISK, ("repl-ping-replica-period", "1")]);
    let client = bench.connect();
    bench.command(client, "SET before 1");
    assert_eq!(bench.info("master_repl_offset"), "0");
    let (replica, replid) = bench.attach_replica();
    assert_eq!(replid, bench.info("master_replid"));
    assert_eq!(bench.command(client, "SET k v"), "+OK\r\n");
    assert_eq!(bench.take(replica), wires(&["SELECT 0", "SET k v"]));
    assert_eq!(bench.info("master_repl_offset"), "50");
    assert_eq!(bench.info("repl_backlog_first_byte_offset"), "1");
    assert_eq!(bench.info("repl_backlog_histlen"), "50");
    bench.command(client, "SET k v2");
    assert_eq!(bench.info("master_repl_offset"), "78");
    bench.take(replica);
    bench.advance_ms(2_500);
    let beats = bench.take(replica);
    assert_eq!(beats, wire("ping").repeat(beats.len() / 14));
    assert_eq!(bench.info("master_repl_offset"), (78 + beats.len()).to_string());
}

/// Section 7.3: while writes are paused GETACK waits; by then the node may have become a replica, whose stream is its
/// master's.
#[test]
fn a_question_that_was_held_back_is_not_asked_by_a_replica() {
    let mut bench = master();
    let (_, _) = bench.attach_replica();
    let (client, other) = (bench.connect(), bench.connect());
    bench.command(client, "SET k v");
    assert_eq!(bench.command(other, "CLIENT PAUSE 100000 WRITE"), "+OK\r\n");
    bench.send(client, &wire("WAIT 1 0"));
    assert_eq!(bench.info("master_repl_offset"), "50");
    assert_eq!(bench.command(other, "REPLICAOF 10.0.0.9 6379"), "+OK\r\n");
    assert_eq!(bench.command(other, "CLIENT UNPAUSE"), "+OK\r\n");
    bench.advance_ms(100);
    assert_eq!(bench.info("master_repl_offset"), "50");
}

/// Section 3.2, measured with F = 1, histlen = 50.
#[test]
fn the_table_of_psync_answers() {
    for (offset, bytes) in [(-1, None), (0, None), (1, Some(50)), (2, Some(49)), (24, Some(27)), (50, Some(1))] {
        check_psync(offset, bytes);
    }
    for (offset, bytes) in [(51, Some(0)), (52, None), (100, None)] {
        check_psync(offset, bytes);
    }
}

fn check_psync(offset: i64, expected: Option<usize>) {
    let mut bench = master();
    let (_, replid) = bench.attach_replica();
    let client = bench.connect();
    bench.command(client, "SET k v");
    let conn = bench.connect();
    bench.command(conn, "REPLCONF capa eof capa psync2");
    let answer = bench.command(conn, &format!("PSYNC {} {offset}", replid.to_uppercase()));
    match expected {
        Some(bytes) => {
            let head = format!("+CONTINUE {replid}\r\n");
            assert!(answer.starts_with(&head), "{offset}: {answer}");
            let stream = wires(&["SELECT 0", "SET k v"]);
            assert_eq!(answer[head.len()..], stream[stream.len() - bytes..]);
            assert_eq!(bench.info("sync_partial_ok"), "1");
        }
        None => {
            assert!(answer.starts_with(&format!("+FULLRESYNC {replid} 50\r\n")), "{offset}: {answer}");
            assert_eq!(bench.info("sync_partial_err"), "1");
        }
    }
}

/// Sections 2.5, 3.1: what REPLCONF and PSYNC answer to everything else.
#[test]
fn odd_requests_get_redis_words() {
    let mut bench = master();
    let cases = [
        ("REPLCONF", "+OK\r\n"),
        ("REPLCONF capa", "-ERR syntax error\r\n"),
        ("REPLCONF listening-port abc", "-ERR value is not an integer or out of range\r\n"),
        ("REPLCONF listening-port 99999999", "+OK\r\n"),
        ("REPLCONF capa unknown", "+OK\r\n"),
        ("REPLCONF rdb-only 1", "+OK\r\n"),
        ("REPLCONF rdb-only 2", "-ERR value is out of range, value must between 0 and 1\r\n"),
        ("REPLCONF rdb-filter-only x", "-ERR Unsupported rdb-filter-only option: x\r\n"),
        ("REPLCONF rdb-filter-only functions", "+OK\r\n"),
        ("REPLCONF version 8.0", "-ERR Unrecognized REPLCONF option: version\r\n"),
        ("REPLCONF ACK 5", ""),
        ("REPLCONF ACK abc", ""),
        ("REPLCONF GETACK *", ""),
        ("PSYNC ?", "-ERR wrong number of arguments for 'psync' command\r\n"),
        ("REPLCONF capa eof", "+OK\r\n"),
        ("PSYNC abc xyz", "-ERR value is not an integer or out of range\r\n"),
        ("PSYNC ? -1 FAILOVER", "-ERR PSYNC FAILOVER can't be sent to a master.\r\n"),
        ("REPLICAOF 1.2.3.4 99999", "-ERR Invalid master port\r\n"),
        ("REPLICAOF no one", "+OK\r\n"),
        ("FLY me", "-ERR unknown command 'FLY', with args beginning with: 'me' \r\n"),
        ("GET", "-ERR wrong number of arguments for 'get' command\r\n"),
        ("SELECT 16", "-ERR DB index is out of range\r\n"),
        ("SELECT x", "-ERR value is not an integer or out of range\r\n"),
        ("EXEC", "-ERR EXEC without MULTI\r\n"),
        ("DISCARD", "-ERR DISCARD without MULTI\r\n"),
        ("CONFIG GET nothing-*", "*0\r\n"),
        ("CONFIG NOPE x", "-ERR unknown subcommand 'NOPE'. Try CONFIG HELP.\r\n"),
        ("WAIT 1 -1", "-ERR timeout is negative\r\n"),
        ("WAIT x 1", "-ERR value is not an integer or out of range\r\n"),
        ("WAIT 1 x", "-ERR timeout is not an integer or out of range\r\n"),
        ("WAIT -1 0", ":0\r\n"),
        ("ECHO hi", "$2\r\nhi\r\n"),
        ("PING", "+PONG\r\n"),
        ("PING a b", "-ERR wrong number of arguments for 'ping' command\r\n"),
    ];
    let client = bench.connect();
    for (line, reply) in cases {
        assert_eq!(bench.command(client, line), reply, "{line}");
    }
    bench.send(client, &wires(&["PING", "PSYNC ? -1"]));
    let answer = bench.take(client);
    assert_eq!(answer, "+PONG\r\n-ERR SYNC and PSYNC are invalid with pending output\r\n");
}

/// Section 2.6: a reply on a replica link closes it, without being sent.
#[test]
fn a_replica_link_carries_no_replies() {
    for line in ["PING", "INFO", "SELECT 0", "REPLCONF capa x", "NOPE", "REPLCONF ACK", "GET k"] {
        let mut bench = master();
        let (replica, _) = bench.attach_replica();
        bench.command(replica, line);
        assert_eq!(bench.closed, [replica], "{line}");
        assert_eq!(bench.info("connected_slaves"), "0");
    }
    for line in ["REPLCONF ACK 0", "REPLCONF GETACK *", "PSYNC ? -1", "SYNC"] {
        let mut bench = master();
        let (replica, _) = bench.attach_replica();
        assert_eq!(bench.command(replica, line), "", "{line}");
        assert_eq!(bench.info("connected_slaves"), "1", "{line}");
    }
}

/// Section 6.4: what transactions put into the stream.
#[test]
fn transactions_are_framed_when_they_yield_more_than_one_command() {
    let run = |lines: &[&str]| {
        let mut bench = master();
        let (replica, _) = bench.attach_replica();
        let client = bench.connect();
        bench.command(client, "SET warm 1");
        bench.take(replica);
        for line in lines {
            bench.command(client, line);
        }
        bench.take(replica)
    };
    assert_eq!(run(&["MULTI", "SET a 1", "EXEC"]), wire("SET a 1"));
    assert_eq!(run(&["MULTI", "SET a 1", "INCR a", "GET a", "EXEC"]), wires(&["MULTI", "SET a 1", "INCR a", "EXEC"]));
    assert_eq!(
        run(&["MULTI", "SET a 1", "SELECT 3", "SET a 2", "SELECT 0", "EXEC", "SET b 1"]),
        wires(&["MULTI", "SET a 1", "SELECT 3", "SET a 2", "EXEC", "SELECT 0", "SET b 1"])
    );
    assert_eq!(run(&["MULTI", "GET a", "EXEC", "MULTI", "SET a 1", "DISCARD"]), "");
    assert_eq!(run(&["SeT a 1", "SET a 2 NX", "DEL nothing"]), wire("SeT a 1"));
    assert_eq!(
        run(&["SELECT 9", "MULTI", "SET a 1", "SET b 1", "EXEC"]),
        wires(&["SELECT 9", "MULTI", "SET a 1", "SET b 1", "EXEC"])
    );
}

/// Section 6.4: keys past their time are deleted in the stream before the command that met them.
#[test]
fn expiry_speaks_before_the_command_that_notices_it() {
    let run = |line: &str| {
        let mut bench = master();
        let (replica, _) = bench.attach_replica();
        let client = bench.connect();
        bench.command(client, "DEBUG SET-ACTIVE-EXPIRE 0");
        bench.command(client, "SET e 1 PX 10");
        bench.take(replica);
        bench.advance_ms(50);
        bench.command(client, line);
        bench.take(replica)
    };
    assert_eq!(run("SET e 2"), wires(&["MULTI", "DEL e", "SET e 2", "EXEC"]));
    assert_eq!(run("GET e"), wire("DEL e"));
    assert_eq!(run("DEL e"), wire("DEL e"));
    assert_eq!(run("KEYS *"), "");
}

#[test]
fn active_expiry_sends_bare_deletions() {
    let mut bench = master();
    let (replica, _) = bench.attach_replica();
    let client = bench.connect();
    bench.command(client, "SET a 1 PX 10");
    bench.command(client, "SET b 1 PX 10");
    bench.take(replica);
    bench.advance_ms(300);
    assert_eq!(bench.take(replica), wires(&["DEL a", "DEL b"]));
    assert_eq!(bench.info("expired_keys"), "2");
}

/// Section 7.4, 7.5, 8: only the time of an acknowledgement matters, and a fresh one is noticed at the next cron.
#[test]
fn the_gate_opens_and_closes_at_the_cron() {
    let mut bench = Bench::new(&[DISK, NO_PING, ("min-replicas-to-write", "1"), ("min-replicas-max-lag", "2")]);
    let client = bench.connect();
    let refused = "-NOREPLICAS Not enough good replicas to write.\r\n";
    assert_eq!(bench.command(client, "SET a 1"), refused);
    let (replica, _) = bench.attach_replica();
    bench.take(replica);
    assert_eq!(bench.command(client, "SET a 1"), "+OK\r\n");
    bench.advance_ms(2_500);
    assert_eq!(bench.command(client, "SET a 1"), "+OK\r\n");
    bench.advance_ms(1_000);
    assert_eq!(bench.command(client, "SET a 1"), refused);
    assert_eq!(bench.command(client, "DEL nothing"), refused);
    assert_eq!(bench.command(client, "GET a"), "$1\r\n1\r\n");
    bench.command(replica, "REPLCONF ACK 1");
    assert_eq!(bench.command(client, "SET a 1"), refused);
    bench.advance_ms(1_000);
    assert_eq!(bench.info("min_slaves_good_slaves"), "1");
    assert_eq!(bench.command(client, "SET a 1"), "+OK\r\n");
    bench.command(client, "MULTI");
    assert_eq!(bench.command(client, "SET a 2"), "+QUEUED\r\n");
    bench.advance_ms(4_000);
    let answer = bench.command(client, "EXEC");
    assert_eq!(answer, format!("-EXECABORT Transaction discarded because of: {}", &refused[1..]));
    bench.command(client, "MULTI");
    assert_eq!(bench.command(client, "SET a 2"), refused);
    assert_eq!(bench.command(client, "EXEC"), "-EXECABORT Transaction discarded because of previous errors.\r\n");
    bench.command(client, "CONFIG SET min-slaves-to-write 0");
    assert_eq!(bench.command(client, "SET a 1"), "+OK\r\n");
    assert_eq!(bench.info("min_slaves_good_slaves"), "");
}

/// Section 7.7: a silent replica is dropped, one that acknowledges is not.
#[test]
fn a_silent_replica_is_dropped_after_repl_timeout() {
    let mut bench = Bench::new(&[DISK, NO_PING, ("repl-timeout", "3")]);
    let (silent, _) = bench.attach_replica();
    let (alive, _) = bench.attach_replica();
    bench.take(silent);
    bench.take(alive);
    for _ in 0..6 {
        bench.advance_ms(1_000);
        bench.command(alive, "REPLCONF ACK 0");
    }
    assert_eq!(bench.closed, [silent]);
    assert_eq!(bench.info("connected_slaves"), "1");
    assert!(bench.info("slave0").ends_with("state=online,offset=0,lag=0"), "{}", bench.info("slave0"));
}

/// Section 19.6.
#[test]
fn wait_asks_for_acknowledgements_and_counts_its_own_question() {
    let mut bench = master();
    let (replica, _) = bench.attach_replica();
    let client = bench.connect();
    bench.command(client, "SET a 1");
    let written: i64 = bench.info("master_repl_offset").parse().expect("a number");
    bench.take(replica);
    assert_eq!(bench.command(client, "WAIT 1 2000"), "");
    assert_eq!(bench.take(replica), wire("REPLCONF GETACK *"));
    bench.command(replica, &format!("REPLCONF ACK {}", written - 1));
    assert_eq!(bench.take(client), "");
    bench.command(replica, &format!("REPLCONF ACK {written}"));
    assert_eq!(bench.take(client), ":1\r\n");
    let other = bench.connect();
    bench.command(other, "GET a");
    assert_eq!(bench.command(other, "WAIT 1 200"), "");
    bench.advance_ms(250);
    assert_eq!(bench.take(other), ":0\r\n");
    bench.command(other, "MULTI");
    bench.command(other, "WAIT 5 0");
    assert_eq!(bench.command(other, "EXEC"), "*1\r\n:0\r\n");
}

/// Sections 4.1, 4.5: FULLRESYNC is answered at the moment of the snapshot and makes everybody's next write say SELECT.
#[test]
fn a_snapshot_resets_the_selected_database_for_everybody() {
    let mut bench = master();
    let (first, _) = bench.attach_replica();
    let client = bench.connect();
    bench.command(client, "SET a 1");
    bench.take(first);
    let (second, _) = bench.attach_replica();
    bench.take(second);
    bench.command(client, "SET a 2");
    assert_eq!(bench.take(first), wires(&["SELECT 0", "SET a 2"]));
    assert_eq!(bench.take(second), wires(&["SELECT 0", "SET a 2"]));
}

/// Sections 4.3, 4.6, 19.3: diskless with a delay. Heartbeats move the offset meanwhile, newlines keep the replica patient,
/// and the stream waits for an acknowledgement.
#[test]
fn a_diskless_transfer_withholds_the_stream_until_it_is_acknowledged() {
    let mut bench = Bench::new(&[("repl-diskless-sync-delay", "5"), ("repl-ping-replica-period", "2")]);
    let client = bench.connect();
    bench.command(client, "SET a 1");
    let replica = bench.connect();
    bench.command(replica, "REPLCONF capa eof capa psync2");
    bench.advance_ms(500);
    assert_eq!(bench.command(replica, "PSYNC ? -1"), "");
    bench.advance_ms(3_600);
    assert_eq!(bench.take(replica), "\n".repeat(4));
    bench.advance_ms(1_500);
    let transfer = bench.take(replica);
    assert!(transfer.starts_with("\n+FULLRESYNC ") && transfer.contains(" 28\r\n$EOF:"), "{transfer}");
    bench.command(client, "SET b 2");
    bench.advance_ms(300);
    assert!(bench.info("slave0").contains("state=online"));
    assert_eq!(bench.take(replica), "");
    let stream = bench.command(replica, "REPLCONF ACK 28");
    assert!(stream.starts_with(&wires(&["SELECT 0", "SET b 2"])), "{stream}");
}

/// Section 5.1: a master that nobody follows frees its backlog and takes a new name.
#[test]
fn an_idle_backlog_is_freed() {
    let mut bench = Bench::new(&[DISK, NO_PING, ("repl-backlog-ttl", "2")]);
    let (replica, replid) = bench.attach_replica();
    let client = bench.connect();
    bench.command(client, "SET a 1");
    bench.input(Input::Closed { conn: replica });
    bench.advance_ms(2_000);
    assert_eq!(bench.info("repl_backlog_active"), "1");
    bench.advance_ms(2_000);
    assert_eq!(bench.info("repl_backlog_active"), "0");
    assert_eq!(bench.info("repl_backlog_first_byte_offset"), "0");
    assert_eq!(bench.info("master_repl_offset"), "50");
    assert_ne!(bench.info("master_replid"), replid);
    bench.command(client, "SET a 2");
    assert_eq!(bench.info("master_repl_offset"), "50");
}

/// Section 10: the hard limit is at least the backlog size; a replica that does not read is closed.
#[test]
fn an_output_over_its_limit_is_closed() {
    let mut bench = Bench::new(&[DISK, NO_PING, ("client-output-buffer-limit", "replica 200kb 0 0")]);
    let (replica, _) = bench.attach_replica();
    let client = bench.connect();
    let value = "x".repeat(1000);
    for _ in 0..900 {
        bench.command(client, &format!("SET k {value}"));
    }
    assert!(bench.closed.is_empty());
    for _ in 0..200 {
        bench.command(client, &format!("SET k {value}"));
    }
    assert_eq!(bench.closed, [replica]);
    assert!(bench.command(client, "CONFIG GET client-output-buffer-limit").contains("slave 204800 0 0"));
}

/// Section 12.4: a snapshot that cannot be written keeps the process from ending, and clients from writing, but SHUTDOWN
/// FORCE does not ask.
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
#[test]
fn a_snapshot_that_cannot_be_written_keeps_the_process() {
    let mut bench = Bench::new(&[DISK, NO_PING]);
    let (client, other) = (bench.connect(), bench.connect());
    bench.send(client, &wire("SHUTDOWN"));
    assert!(bench.node.has_ended());
    bench.input(Input::PersistFailed);
    assert!(!bench.node.has_ended());
    assert_eq!(bench.take(client), "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
    assert_eq!(bench.info("rdb_last_bgsave_status"), "ok");
    assert_eq!(bench.command(other, "SET k v"), "+OK\r\n");
    assert_eq!(bench.command(other, "DEL k"), ":1\r\n");
    assert_eq!(bench.command(other, "BGSAVE"), "+Background saving started\r\n");
    bench.input(Input::PersistFailed);
    assert_eq!(bench.info("rdb_last_bgsave_status"), "err");
    for command in ["SET k v", "PING"] {
        assert!(bench.command(other, command).starts_with("-MISCONF "), "{command}");
    }
    assert_eq!(bench.command(other, "GET k"), "$-1\r\n");
    assert_eq!(bench.command(other, "CONFIG SET stop-writes-on-bgsave-error no"), "+OK\r\n");
    assert_eq!(bench.command(other, "SET k v"), "+OK\r\n");
    assert_eq!(bench.command(other, "SAVE"), "+OK\r\n");
    assert_eq!(bench.info("rdb_last_bgsave_status"), "ok");
    bench.send(client, &wire("SHUTDOWN FORCE"));
    bench.input(Input::PersistFailed);
    assert!(bench.node.has_ended());
}

/// A signal is for the cron: as long as that stands still, the end that it asks for can be called off.
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
#[test]
fn a_signal_waits_for_the_cron() {
    let mut bench = master();
    let client = bench.connect();
    bench.command(client, "DEBUG PAUSE-CRON 1");
    bench.input(Input::Terminate);
    assert!(!bench.node.has_ended());
    assert_eq!(bench.command(client, "SHUTDOWN ABORT"), "+OK\r\n");
    assert!(bench.command(client, "SHUTDOWN ABORT").starts_with("-ERR No shutdown in progress"));
    bench.input(Input::Terminate);
    bench.send(client, &wire("DEBUG PAUSE-CRON 0"));
    assert!(bench.node.has_ended());
}

/// Section 10: what a replica that reads nothing makes the stream keep does not count as memory that is full.
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
#[test]
fn the_buffers_of_replicas_evict_nothing() {
    let mut bench = master();
    let (_, _) = bench.attach_replica();
    let client = bench.connect();
    bench.command(client, "CONFIG SET repl-backlog-size 16384 maxmemory-policy allkeys-random");
    let used: u64 = bench.info("used_memory").parse().expect("a number");
    assert_eq!(bench.command(client, &format!("CONFIG SET maxmemory {}", used + 64 * 1024)), "+OK\r\n");
    let value = "x".repeat(1000);
    for _ in 0..1000 {
        assert_eq!(bench.command(client, &format!("SET key {value}")), "+OK\r\n");
    }
    let uncounted: u64 = bench.info("mem_not_counted_for_evict").parse().expect("a number");
    assert!(uncounted > 900_000, "{uncounted}");
    assert_eq!(bench.info("evicted_keys"), "0");
}
