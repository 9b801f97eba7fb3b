//! Commands that have subcommands, by their full names.

use crate::base::Bytes;

/// Container and subcommand, as commandstats and CLIENT LIST show them, with the arity of the whole command.
pub(super) const SUBCOMMANDS: &[(&str, i32)] = &[
    ("acl|cat", -2),
    ("acl|help", 2),
    ("acl|setuser", -3),
    ("acl|whoami", 2),
    ("client|caching", 3),
    ("client|getname", 2),
    ("client|getredir", 2),
    ("client|help", 2),
    ("client|id", 2),
    ("client|info", 2),
    ("client|kill", -3),
    ("client|list", -2),
    ("client|no-evict", 3),
    ("client|pause", -3),
    ("client|reply", 3),
    ("client|setname", 3),
    ("client|tracking", -3),
    ("client|trackinginfo", 2),
    ("client|unblock", -3),
    ("client|unpause", 2),
    ("cluster|addslots", -3),
    ("cluster|addslotsrange", -4),
    ("cluster|bumpepoch", 2),
    ("cluster|count-failure-reports", 3),
    ("cluster|countkeysinslot", 3),
    ("cluster|delslots", -3),
    ("cluster|delslotsrange", -4),
    ("cluster|failover", -2),
    ("cluster|flushslots", 2),
    ("cluster|forget", 3),
    ("cluster|getkeysinslot", 4),
    ("cluster|help", 2),
    ("cluster|info", 2),
    ("cluster|keyslot", 3),
    ("cluster|links", 2),
    ("cluster|meet", -4),
    ("cluster|myid", 2),
    ("cluster|nodes", 2),
    ("cluster|replicas", 3),
    ("cluster|replicate", 3),
    ("cluster|reset", -2),
    ("cluster|saveconfig", 2),
    ("cluster|set-config-epoch", 3),
    ("cluster|setslot", -4),
    ("cluster|shards", 2),
    ("cluster|slaves", 3),
    ("cluster|slots", 2),
    ("command|count", 2),
    ("command|docs", -2),
    ("command|getkeys", -4),
    ("command|getkeysandflags", -4),
    ("command|help", 2),
    ("command|info", -2),
    ("command|list", -2),
    ("config|get", -3),
    ("config|help", 2),
    ("config|resetstat", 2),
    ("config|rewrite", 2),
    ("config|set", -4),
    ("function|delete", 3),
    ("function|dump", 2),
    ("function|flush", -2),
    ("function|help", 2),
    ("function|kill", 2),
    ("function|list", -2),
    ("function|load", -3),
    ("function|restore", -3),
    ("function|stats", 2),
    ("latency|doctor", 2),
    ("latency|graph", 3),
    ("latency|help", 2),
    ("latency|histogram", -2),
    ("latency|history", 3),
    ("latency|latest", 2),
    ("latency|reset", -2),
    ("memory|doctor", 2),
    ("memory|help", 2),
    ("memory|malloc-stats", 2),
    ("memory|purge", 2),
    ("memory|stats", 2),
    ("memory|usage", -3),
    ("module|help", 2),
    ("module|list", 2),
    ("module|load", -3),
    ("module|loadex", -3),
    ("module|unload", 3),
    ("object|encoding", 3),
    ("object|freq", 3),
    ("object|help", 2),
    ("object|idletime", 3),
    ("object|refcount", 3),
    ("pubsub|channels", -2),
    ("pubsub|help", 2),
    ("pubsub|numpat", 2),
    ("pubsub|numsub", -2),
    ("pubsub|shardchannels", -2),
    ("pubsub|shardnumsub", -2),
    ("script|debug", 3),
    ("script|exists", -3),
    ("script|flush", -2),
    ("script|help", 2),
    ("script|kill", 2),
    ("script|load", 3),
    ("slowlog|get", -2),
    ("slowlog|help", 2),
    ("slowlog|len", 2),
    ("slowlog|reset", 2),
];

/// Whether a command has subcommands. Asked for every command: the list would take its time.
pub(super) fn is_container(name: &str) -> bool {
    matches!(
        name,
        "acl"
            | "client"
            | "cluster"
            | "command"
            | "config"
            | "function"
            | "latency"
            | "memory"
            | "module"
            | "object"
            | "pubsub"
            | "script"
            | "slowlog"
    )
}

/// The subcommands of a container.
pub(super) fn subcommands_of(container: &str) -> impl Iterator<Item = &'static (&'static str, i32)> {
    let all = if is_container(container) { SUBCOMMANDS } else { &[] };
    all.iter().filter(move |(name, _)| name.split_once('|').is_some_and(|(own, _)| own == container))
}

/// The name of a command with its subcommand, if it has such a one.
pub(in crate::node) fn full_name(name: &'static str, argv: &[Bytes]) -> &'static str {
    subcommand(name, argv).map_or(name, |(full, _)| full)
}

/// The subcommand that is asked for, and its arity.
pub(super) fn subcommand(name: &str, argv: &[Bytes]) -> Option<&'static (&'static str, i32)> {
    let word = argv.get(1)?;
    subcommands_of(name).find(|(full, _)| full.as_bytes()[name.len() + 1..].eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_found_in_any_case() {
        assert!(SUBCOMMANDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let argv = ["CONFIG", "ResetStat"].map(Bytes::from);
        assert_eq!(full_name("config", &argv), "config|resetstat");
        assert_eq!(full_name("get", &argv), "get");
        assert!(SUBCOMMANDS.iter().all(|(name, _)| name.split_once('|').is_some_and(|(own, _)| is_container(own))));
        assert_eq!(full_name("config", &argv[..1]), "config");
    }
}
