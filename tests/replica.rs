//! The node as a replica of a hand-written master: handshake, snapshot, stream, acknowledgements, loss and return, as
//! `docs/redis-replication.md` shows them. Each test names its section.

#[path = "common/peer.rs"]
mod peer;

use peer::{Bench, wire, wires};
use psync_playground::base::{Bytes, Chunk, ConnId};
use psync_playground::event::EventKind;
use psync_playground::node::Input;

const ID_B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const ID_C: &str = "cccccccccccccccccccccccccccccccccccccccc";

/// A replica on the bench whose first dial is under way.
fn replica(directives: &[(&str, &str)]) -> Bench {
    let mut all = vec![("replicaof", "10.0.0.1 6379"), ("port", "7502")];
    all.extend_from_slice(directives);
    let mut bench = Bench::new(&all);
    bench.advance_ms(10);
    assert_eq!(bench.dials.len(), 1);
    bench
}

fn last_dial(bench: &Bench) -> ConnId {
    bench.dials.last().expect("a dial").0
}

/// Plays the master's part of the handshake up to the question; returns the connection and the question.
fn handshake(bench: &mut Bench) -> (ConnId, String) {
    let conn = last_dial(bench);
    bench.input(Input::Connected { conn });
    assert_eq!(bench.take(conn), wire("PING"));
    bench.send(conn, "+PONG\r\n");
    assert_eq!(bench.take(conn), wires(&["REPLCONF listening-port 7502", "REPLCONF capa eof capa psync2"]));
    bench.send(conn, "+OK\r\n");
    assert_eq!(bench.take(conn), "");
    bench.send(conn, "+OK\r\n");
    let question = bench.take(conn);
    (conn, question)
}

/// An empty snapshot that a master of this engine would send.
fn empty_rdb() -> Vec<u8> {
    let mut donor = Bench::new(&[]);
    let client = donor.connect();
    donor.command(client, "SAVE");
    donor.persisted.expect("a snapshot").rdb.to_vec()
}

fn full_sync(bench: &mut Bench, offset: i64) -> ConnId {
    let (conn, question) = handshake(bench);
    assert_eq!(question, wire("PSYNC ? -1"));
    let rdb = empty_rdb();
    bench.send(conn, &format!("+FULLRESYNC {ID_B} {offset}\r\n\n${}\r\n", rdb.len()));
    bench.input(Input::Received { conn, chunk: Chunk::Data(Bytes::from(rdb)) });
    assert_eq!(bench.info("master_link_status"), "up");
    conn
}

/// Section 4.5: bytes behind a snapshot of announced length are stream, also when they come in one piece with its end.
#[test]
fn stream_behind_a_snapshot_counts_from_its_offset() {
    for cut in [0, 7, 27] {
        let mut bench = replica(&[]);
        let (conn, _) = handshake(&mut bench);
        let mut bytes = format!("+FULLRESYNC {ID_B} 100\r\n").into_bytes();
        let rdb = empty_rdb();
        bytes.extend(format!("${}\r\n", rdb.len()).into_bytes());
        bytes.extend(rdb);
        let stream = wire("SET a 1");
        bytes.extend(&stream.as_bytes()[..cut]);
        bench.send_bytes(conn, bytes);
        assert_eq!(bench.info("slave_read_repl_offset"), (100 + cut).to_string());
        bench.send(conn, &stream[cut..]);
        assert_eq!((bench.info("slave_repl_offset"), bench.info("master_repl_offset")), ("127".into(), "127".into()));
        bench.input(Input::Closed { conn });
        assert_eq!(handshake(&mut bench).1, wire(&format!("PSYNC {ID_B} 128")));
    }
}

/// Section 19.4: a cut in the middle of a command, a partial resync, another cut, and a continuation under a new name.
#[test]
fn a_cut_link_goes_on_from_the_last_applied_byte() {
    let mut bench = replica(&[]);
    let conn = full_sync(&mut bench, 100);
    bench.send(conn, &wire("SET a 1"));
    bench.send(conn, "*3\r\n$3\r\nSET\r\n$1\r\n");
    assert_eq!((bench.info("slave_repl_offset"), bench.info("slave_read_repl_offset")), ("127".into(), "144".into()));
    bench.input(Input::Closed { conn });
    assert_eq!(bench.info("slave_repl_offset"), "127");
    let (conn, question) = handshake(&mut bench);
    assert_eq!(question, wire(&format!("PSYNC {ID_B} 128")));
    bench.send(conn, &format!("+CONTINUE\r\n{}", wire("SET b 1")));
    assert_eq!(bench.info("slave_repl_offset"), "154");
    assert_eq!(bench.info("repl_backlog_first_byte_offset"), "101");
    bench.input(Input::Closed { conn });
    let (conn, question) = handshake(&mut bench);
    assert_eq!(question, wire(&format!("PSYNC {ID_B} 155")));
    bench.send(conn, &format!("+CONTINUE {ID_C}\r\n"));
    assert_eq!(bench.info("master_replid"), ID_C);
    assert_eq!(bench.info("master_replid2"), ID_B);
    assert_eq!(bench.info("second_repl_offset"), "155");
    assert_eq!(bench.take(conn), "");
    bench.advance_ms(1_000);
    assert_eq!(bench.take(conn), wire("REPLCONF ACK 154"));
}

/// Section 19.5: the applied offset stands still inside MULTI.
#[test]
fn the_applied_offset_is_frozen_inside_a_transaction() {
    let mut bench = replica(&[]);
    let conn = full_sync(&mut bench, 100);
    bench.send(conn, &wires(&["SELECT 0", "MULTI", "SET a 1"]));
    assert_eq!((bench.info("slave_repl_offset"), bench.info("slave_read_repl_offset")), ("123".into(), "165".into()));
    let client = bench.connect();
    assert_eq!(bench.command(client, "GET a"), "$-1\r\n");
    bench.advance_ms(1_000);
    assert_eq!(bench.take(conn), wire("REPLCONF ACK 123"));
    bench.send(conn, &wire("EXEC"));
    assert_eq!(bench.info("slave_repl_offset"), "179");
    assert_eq!(bench.command(client, "GET a"), "$1\r\n1\r\n");
    assert_eq!(bench.command(client, "SET a 2"), "-READONLY You can't write against a read only replica.\r\n");
}

/// Section 7.3: the answer to GETACK does not count the question.
#[test]
fn getack_is_answered_with_the_offset_before_it() {
    let mut bench = replica(&[]);
    let conn = full_sync(&mut bench, 1050);
    bench.send(conn, &wire("REPLCONF GETACK *"));
    assert_eq!(bench.take(conn), wire("REPLCONF ACK 1050"));
    bench.advance_ms(1_000);
    assert_eq!(bench.take(conn), wire("REPLCONF ACK 1087"));
}

/// Section 7.6: a newline takes one offset, counted with the next command.
#[test]
fn a_newline_in_the_stream_takes_one_offset() {
    let mut bench = replica(&[]);
    let conn = full_sync(&mut bench, 100);
    bench.send(conn, "\n");
    assert_eq!(bench.info("slave_repl_offset"), "100");
    bench.send(conn, &wire("SET a 1"));
    assert_eq!(bench.info("slave_repl_offset"), "128");
}

/// Any split of the stream gives the same offsets and the same data.
#[test]
fn chunking_never_matters() {
    let bytes =
        wires(&["SELECT 3", "MULTI", "SET a 1", "INCR a", "EXEC", "ping", "SET b 2", "SELECT 0", "APPEND c xyz"]);
    let mut whole = replica(&[]);
    let conn = full_sync(&mut whole, 7);
    whole.send(conn, &bytes);
    for size in [1, 2, 3, 5, 8, 13, 40] {
        let mut split = replica(&[]);
        let conn = full_sync(&mut split, 7);
        for piece in bytes.as_bytes().chunks(size) {
            split.send_bytes(conn, piece.to_vec());
        }
        assert_eq!(split.info("slave_repl_offset"), whole.info("slave_repl_offset"), "pieces of {size}");
        assert_eq!(split.node.keyspace().digest(), whole.node.keyspace().digest(), "pieces of {size}");
    }
}

/// Section 4.6, 7.2: a diskless transfer is acknowledged at once, one from disk at the next cron.
#[test]
fn only_a_diskless_transfer_is_acknowledged_at_once() {
    let mut bench = replica(&[]);
    let (conn, _) = handshake(&mut bench);
    let mark = "0123456789abcdef0123456789abcdef01234567";
    bench.send(conn, &format!("+FULLRESYNC {ID_B} 5\r\n$EOF:{mark}\r\n"));
    let mut payload = empty_rdb();
    payload.extend_from_slice(mark.as_bytes());
    bench.input(Input::Received { conn, chunk: Chunk::Data(Bytes::from(payload)) });
    assert_eq!(bench.take(conn), wire("REPLCONF ACK 5"));
    let mut from_disk = replica(&[]);
    let conn = full_sync(&mut from_disk, 5);
    assert_eq!(from_disk.take(conn), "");
}

/// Section 13.3: the replica waits for the master's DEL; a client does not see the key meanwhile, the master does.
#[test]
fn a_replica_hides_expired_keys_and_keeps_them() {
    let mut bench = replica(&[]);
    let conn = full_sync(&mut bench, 0);
    let client = bench.connect();
    bench.send(conn, &wires(&["SELECT 0", &format!("SET e abc PXAT {}", peer::EPOCH_MS + 50)]));
    bench.advance_ms(500);
    assert_eq!(bench.command(client, "GET e"), "$-1\r\n");
    assert_eq!(bench.command(client, "DBSIZE"), ":1\r\n");
    assert_eq!(bench.info("expired_keys"), "0");
    bench.send(conn, &wires(&["APPEND e d", "PERSIST e"]));
    assert_eq!(bench.command(client, "GET e"), "$4\r\nabcd\r\n");
}

/// Section 13.2: what fails on the replica moves the offset all the same.
#[test]
fn failing_commands_of_the_master_move_the_offset() {
    let mut bench = replica(&[]);
    let conn = full_sync(&mut bench, 0);
    let failing = wires(&["NOSUCHCOMMAND x", "LPUSH s a", "INCR s", "GET"]);
    bench.send(conn, &failing);
    assert_eq!(bench.info("slave_repl_offset"), failing.len().to_string());
    assert_eq!(bench.info("unexpected_error_replies"), "3");
    assert_eq!(bench.info("master_link_status"), "up");
}

/// Sections 2.3, 7.7: silence in the handshake, in the transfer and on the live link ends in a new attempt at once.
#[test]
fn silence_is_noticed_in_every_stage() {
    let timeout = [("repl-timeout", "3")];
    let mut bench = replica(&timeout);
    let conn = last_dial(&bench);
    bench.advance_ms(6_000);
    assert_eq!(bench.closed, [conn]);
    assert_eq!(bench.dials.len(), 2);
    let (conn, _) = handshake(&mut bench);
    bench.send(conn, &format!("+FULLRESYNC {ID_B} 5\r\n"));
    for _ in 0..4 {
        bench.advance_ms(2_000);
        bench.send(conn, "\n");
    }
    assert_eq!(bench.dials.len(), 2);
    bench.advance_ms(6_000);
    assert_eq!(bench.dials.len(), 3);
    let conn = full_sync(&mut bench, 9);
    bench.advance_ms(6_000);
    assert!(bench.closed.contains(&conn));
    let (_, question) = handshake(&mut bench);
    assert_eq!(question, wire(&format!("PSYNC {ID_B} 10")));
}

/// Section 2.4: a refused connection and an error reply wait for the next cron, a refused transfer does not.
#[test]
fn what_failed_decides_when_the_next_attempt_is() {
    let mut bench = replica(&[]);
    let conn = last_dial(&bench);
    bench.input(Input::ConnectFailed { conn });
    assert_eq!(bench.dials.len(), 1);
    bench.advance_ms(1_000);
    assert_eq!(bench.dials.len(), 2);
    let conn = last_dial(&bench);
    bench.input(Input::Connected { conn });
    bench.send(conn, "-LOADING Redis is loading the dataset in memory\r\n");
    assert_eq!((bench.dials.len(), bench.info("master_link_status")), (2, "down".to_string()));
    bench.advance_ms(1_000);
    assert_eq!(bench.dials.len(), 3);
    let (conn, _) = handshake(&mut bench);
    bench.send(conn, &format!("+FULLRESYNC {ID_B} 5\r\n-ERR no snapshot\r\n"));
    assert_eq!(bench.dials.len(), 4);
}

/// Section 2.4: a master without PSYNC is asked with SYNC on the same connection; such a link has no offsets.
#[test]
fn an_old_master_is_asked_with_sync() {
    let mut bench = replica(&[]);
    let (conn, _) = handshake(&mut bench);
    bench.send(conn, "-ERR unknown command 'PSYNC'\r\n");
    assert_eq!(bench.take(conn), "SYNC\r\n");
    let rdb = empty_rdb();
    bench.send(conn, &format!("${}\r\n", rdb.len()));
    bench.input(Input::Received { conn, chunk: Chunk::Data(Bytes::from(rdb)) });
    assert_eq!(bench.info("master_link_status"), "up");
    assert_eq!((bench.info("slave_repl_offset"), bench.info("master_repl_offset")), ("-1".into(), "-1".into()));
    assert_eq!(bench.info("master_replid"), "");
    bench.advance_ms(3_000);
    assert_eq!(bench.take(conn), "");
}

/// Section 11.1: after a protocol error nothing is kept.
#[test]
fn a_protocol_error_costs_a_full_resync() {
    let mut bench = replica(&[]);
    let conn = full_sync(&mut bench, 100);
    bench.send(conn, "hello\r\n");
    assert!(bench.events.iter().any(|event| matches!(event, EventKind::ProtocolError { .. })));
    bench.advance_ms(1_100);
    let (_, question) = handshake(&mut bench);
    assert_eq!(question, wire("PSYNC ? -1"));
}

/// Sections 5.5, 12.1, 13.5: sub-replicas get the master's bytes, whole commands at a time; promotion cuts them and keeps
/// the old name valid up to the fork.
#[test]
fn a_chain_forwards_verbatim_and_survives_a_promotion() {
    let mut bench = replica(&[("repl-diskless-sync", "no")]);
    let conn = full_sync(&mut bench, 100);
    let (below, replid) = bench.attach_replica();
    assert_eq!(replid, ID_B);
    bench.take(below);
    let set = wire("SET a 1");
    bench.send(conn, &set[..10]);
    assert_eq!(bench.take(below), "");
    bench.send(conn, &set[10..]);
    assert_eq!(bench.take(below), set);
    bench.send(conn, &wires(&["MULTI", "SET b 1"]));
    assert_eq!(bench.take(below), "");
    bench.send(conn, &wire("EXEC"));
    assert_eq!(bench.take(below), wires(&["MULTI", "SET b 1", "EXEC"]));
    let offset: i64 = bench.info("master_repl_offset").parse().expect("an offset");
    let client = bench.connect();
    assert_eq!(bench.command(client, "REPLICAOF NO ONE"), "+OK\r\n");
    assert!(bench.closed.contains(&below) && bench.closed.contains(&conn));
    assert_eq!((bench.info("role"), bench.info("master_replid2")), ("master".to_string(), ID_B.to_string()));
    assert_eq!(bench.info("second_repl_offset"), (offset + 1).to_string());
    let again = bench.connect();
    let answer = bench.command(again, &format!("PSYNC {ID_B} {}", offset + 1));
    assert_eq!(answer, "+CONTINUE\r\n");
    let beyond = bench.connect();
    let answer = bench.command(beyond, &format!("PSYNC {ID_B} {}", offset + 2));
    assert!(answer.starts_with("+FULLRESYNC"), "{answer}");
}

/// Section 11.3: a master that is told to follow asks with its own name, and the same address again changes nothing.
#[test]
fn a_demoted_master_asks_with_its_own_history() {
    let mut bench = Bench::new(&[("repl-diskless-sync", "no"), ("port", "7502")]);
    bench.advance_ms(50);
    let (_, replid) = bench.attach_replica();
    let client = bench.connect();
    bench.command(client, "SET k v");
    assert_eq!(bench.command(client, "REPLICAOF 10.0.0.9 6379"), "+OK\r\n");
    assert_eq!(bench.command(client, "SLAVEOF 10.0.0.9 6379"), "+OK Already connected to specified master\r\n");
    assert_eq!((bench.info("role"), bench.info("slave_repl_offset")), ("slave".to_string(), "50".to_string()));
    assert_eq!(bench.info("connected_slaves"), "1");
    let (_, question) = handshake(&mut bench);
    assert_eq!(question, wire(&format!("PSYNC {replid} 51")));
}

/// Section 3.7: a restart with a snapshot goes on where the snapshot ends.
#[test]
fn a_restart_with_a_snapshot_remembers_the_history() {
    let mut bench = replica(&[]);
    let conn = full_sync(&mut bench, 100);
    bench.send(conn, &wires(&["SELECT 4", "SET a 1"]));
    let client = bench.connect();
    bench.command(client, "SAVE");
    let snapshot = bench.persisted.clone();
    let mut again = Bench::with_snapshot(&[("replicaof", "10.0.0.1 6379"), ("port", "7502")], snapshot.clone());
    again.advance_ms(10);
    let (conn, question) = handshake(&mut again);
    assert_eq!(question, wire(&format!("PSYNC {ID_B} 151")));
    again.send(conn, &format!("+CONTINUE\r\n{}", wire("SET b 2")));
    let client = again.connect();
    again.command(client, "SELECT 4");
    assert_eq!(again.command(client, "MGET a b"), "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");

    let mut master = Bench::with_snapshot(&[], snapshot);
    master.advance_ms(10);
    assert_eq!(master.info("master_replid2"), ID_B);
    assert_eq!((master.info("second_repl_offset"), master.info("master_repl_offset")), ("151".into(), "150".into()));
    let conn = master.connect();
    assert_eq!(master.command(conn, &format!("PSYNC {ID_B} 151")), "+CONTINUE\r\n");
}

/// Section 4.9: a damaged snapshot from disk ends the process.
#[test]
fn a_damaged_snapshot_ends_the_process() {
    let mut bench = replica(&[]);
    let (conn, _) = handshake(&mut bench);
    let mut rdb = empty_rdb();
    let last = rdb.len() - 1;
    rdb[last] ^= 1;
    bench.send(conn, &format!("+FULLRESYNC {ID_B} 5\r\n${}\r\n", rdb.len()));
    bench.input(Input::Received { conn, chunk: Chunk::Data(Bytes::from(rdb)) });
    assert!(bench.exited);
}

/// Section 13.4: a replica that may not serve stale data says so.
#[test]
fn stale_data_is_refused_when_asked_for() {
    let mut bench = replica(&[("replica-serve-stale-data", "no")]);
    let client = bench.connect();
    let down = "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n";
    for line in ["GET a", "PING", "DBSIZE", "KEYS *", "WAIT 0 0", "PSYNC ? -1"] {
        assert_eq!(bench.command(client, line), down, "{line}");
    }
    assert!(bench.command(client, "INFO").starts_with('$'));
    assert_eq!(bench.command(client, "SELECT 1"), "+OK\r\n");
    assert_eq!(bench.command(client, "SET a 1"), "-READONLY You can't write against a read only replica.\r\n");
}
