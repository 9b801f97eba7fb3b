//! Scenarios made by hand for the mutants that drawn seeds show seldom: what they spoil needs several things at once.

use psync_playground::base::Mutant;
use psync_playground::run::Value;

/// The scenario that shows a mutant, if there is one.
pub(super) fn scenario(mutant: Mutant) -> Option<Value> {
    let text = match mutant {
        Mutant::SharedSnapshotOffset => SHARED_SNAPSHOT.to_string(),
        Mutant::PromotionKeepsDatabase => MASTER_AGAIN.to_string(),
        Mutant::PsyncIgnoresFork => BEYOND_THE_FORK.to_string(),
        Mutant::TransactionHalfApplied => CUT_TRANSACTION.replace("LONG", &"x".repeat(3000)),
        _ => return None,
    };
    serde_json::from_str(&text).ok()
}

/// A second replica comes while the snapshot for the first one is written, and writes go on.
const SHARED_SNAPSHOT: &str = r#"{
    "title": "Shared snapshot", "duration_ms": 20000,
    "nodes": [
        {"name": "a", "keys": 100, "value_bytes": 1000, "save_bytes_per_s": 20000,
         "config": {"repl-diskless-sync": "no", "rdbcompression": "no"}},
        {"name": "b", "replicaof": "a"},
        {"name": "c"}
    ],
    "clients": [{"name": "app", "to": "a", "per_s": 50, "stop_ms": 15000}],
    "actions": [{"at_ms": 2500, "do": "replicaof", "node": "c", "of": "a"}]
}"#;

/// A master becomes a replica, and a master again, while the stream has selected another database.
const MASTER_AGAIN: &str = r#"{
    "title": "Master again", "duration_ms": 20000,
    "nodes": [
        {"name": "a", "config": {"repl-diskless-sync-delay": "0"}},
        {"name": "b", "replicaof": "a", "config": {"repl-diskless-sync-delay": "0"}},
        {"name": "c", "replicaof": "a"}
    ],
    "clients": [{"name": "app", "to": "a", "per_s": 20, "stop_ms": 15000}],
    "actions": [
        {"at_ms": 4000, "do": "promote", "node": "b"},
        {"at_ms": 4100, "do": "replicaof", "node": "a", "of": "b"},
        {"at_ms": 4200, "do": "replicaof", "node": "c", "of": "b"},
        {"at_ms": 7000, "do": "command", "node": "b", "line": "SELECT 3"},
        {"at_ms": 7001, "do": "command", "node": "b", "line": "SET other 1"},
        {"at_ms": 9000, "do": "promote", "node": "a"},
        {"at_ms": 9100, "do": "replicaof", "node": "c", "of": "a"},
        {"at_ms": 9200, "do": "replicaof", "node": "b", "of": "a"}
    ]
}"#;

/// One of two replicas is promoted that lacks what the other has, and the other follows it.
const BEYOND_THE_FORK: &str = r#"{
    "title": "Beyond the fork", "duration_ms": 20000,
    "nodes": [
        {"name": "a", "config": {"repl-diskless-sync-delay": "0"}},
        {"name": "b", "replicaof": "a"},
        {"name": "c", "replicaof": "a"}
    ],
    "clients": [
        {"name": "app", "to": "a", "per_s": 50, "stop_ms": 6000},
        {"name": "shop", "to": "b", "per_s": 100, "stop_ms": 15000}
    ],
    "actions": [
        {"at_ms": 5000, "do": "silence", "link": ["a", "b"]},
        {"at_ms": 6500, "do": "promote", "node": "b"},
        {"at_ms": 8000, "do": "replicaof", "node": "c", "of": "b"},
        {"at_ms": 9000, "do": "heal", "link": ["a", "b"]}
    ]
}"#;

/// The link is lost when half of a transaction has arrived.
const CUT_TRANSACTION: &str = r#"{
    "title": "Cut transaction", "duration_ms": 30000,
    "nodes": [{"name": "a", "config": {"repl-diskless-sync-delay": "0"}}, {"name": "b", "replicaof": "a"}],
    "actions": [
        {"at_ms": 4000, "do": "set_link", "link": ["a", "b"], "bandwidth_bytes_per_s": 5000},
        {"at_ms": 5000, "do": "command", "node": "a", "line": "MULTI"},
        {"at_ms": 5001, "do": "command", "node": "a", "line": "SET one LONG"},
        {"at_ms": 5002, "do": "command", "node": "a", "line": "SET two LONG"},
        {"at_ms": 5003, "do": "command", "node": "a", "line": "SET three LONG"},
        {"at_ms": 5004, "do": "command", "node": "a", "line": "EXEC"},
        {"at_ms": 6200, "do": "reset", "link": ["a", "b"]},
        {"at_ms": 6300, "do": "set_link", "link": ["a", "b"], "bandwidth_bytes_per_s": 0}
    ]
}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use psync_playground::run::Run;

    #[test]
    fn every_scenario_can_be_read() {
        let staged: Vec<Value> = Mutant::ALL.iter().filter_map(|mutant| scenario(*mutant)).collect();
        assert_eq!(staged.len(), 4);
        for value in staged {
            Run::read(&value, None).expect("a scenario that fits");
        }
    }
}
