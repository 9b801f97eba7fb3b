//! The table: a row a directive. Everything that reads or shows configuration reads this: start-up, CONFIG, scenarios, the
//! settings panel. Defaults and bounds are those of Redis 7.0 (`docs/redis-replication.md` 15).

/// One directive.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Which one.
    pub directive: Directive,
    /// Its name, lower case.
    pub name: &'static str,
    /// Its name of older versions, which still works; empty if there is none.
    pub alias: &'static str,
    /// What values it takes.
    pub kind: Kind,
    flags: u8,
    /// What it is for, in one sentence.
    pub help: &'static str,
}

/// What values a directive takes, with its default.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `yes` or `no`.
    Bool {
        /// Default.
        default: bool,
    },
    /// A whole number.
    Integer {
        /// Default.
        default: i64,
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
        /// `s`, or empty for a plain number.
        unit: &'static str,
    },
    /// An amount of memory in bytes, with units such as `64mb`.
    Memory {
        /// Default in bytes.
        default: i64,
        /// Smallest value in bytes.
        min: i64,
    },
    /// One of some words.
    Enum {
        /// Index of the default.
        default: usize,
        /// The words.
        names: &'static [&'static str],
    },
    /// Any text.
    Text {
        /// Default.
        default: &'static str,
    },
    /// Pairs of seconds and changes; the default is `3600 1 300 100 60 10000`.
    Save,
    /// Class, hard limit, soft limit, seconds, repeated.
    OutputLimit,
    /// Host and port of a master, or nothing.
    ReplicaOf,
}

/// CONFIG SET refuses it: it is for the start.
const START: u8 = 1;
/// CONFIG SET refuses it while `enable-protected-configs` is off, which it always is.
const PROTECTED: u8 = 2;
/// Only its exact name finds it.
const HIDDEN: u8 = 4;
/// It is kept, and nothing depends on it.
const INERT: u8 = 8;

impl Row {
    /// Whether CONFIG SET may change it.
    pub const fn is_mutable(&self) -> bool {
        self.flags & (START | PROTECTED) == 0
    }

    /// Whether CONFIG SET refuses it as protected.
    pub const fn is_protected(&self) -> bool {
        self.flags & PROTECTED != 0
    }

    /// Whether patterns of CONFIG GET pass over it.
    pub const fn is_hidden(&self) -> bool {
        self.flags & HIDDEN != 0
    }

    /// Whether its value is kept only to be shown: nothing in this engine depends on it.
    pub const fn is_inert(&self) -> bool {
        self.flags & INERT != 0
    }
}

/// All rows, in the order of [`Directive`].
pub fn directives() -> &'static [Row] {
    ROWS
}

const fn yes() -> Kind {
    Kind::Bool { default: true }
}

const fn no() -> Kind {
    Kind::Bool { default: false }
}

const fn number(default: i64, min: i64, max: i64) -> Kind {
    Kind::Integer { default, min, max, unit: "" }
}

const fn seconds(default: i64, min: i64, max: i64) -> Kind {
    Kind::Integer { default, min, max, unit: "s" }
}

const fn memory(default: i64, min: i64) -> Kind {
    Kind::Memory { default, min }
}

const fn text(default: &'static str) -> Kind {
    Kind::Text { default }
}

const fn one_of(default: usize, names: &'static [&'static str]) -> Kind {
    Kind::Enum { default, names }
}

const INT: i64 = i32::MAX as i64;
const POLICIES: &[&str] = &[
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
];

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
/// What the rows say that only a server on a real network has.
const SERVER_HELP: &str = "For clients of a server on a real network; replication does not depend on it.";

#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
const FACILITIES: &[&str] = &["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];

/// Makes the enum and the table from one list, so that they agree: variant, name, old name, kind, flags, help. The rows
/// behind `---` have no help of their own, and the build for the page leaves them out.
macro_rules! directives {
    ($($variant:ident $name:literal $alias:literal $kind:expr, $flags:expr, $help:literal;)*
     --- $($own:ident $own_name:literal $own_alias:literal $own_kind:expr, $own_flags:expr;)*) => {
        /// One variant a directive.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Directive {
            $(#[doc = $help] $variant,)*
            $(
                #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
                #[doc = $own_name]
                $own,
            )*
        }

        static ROWS: &[Row] = &[
            $(Row {
                directive: Directive::$variant,
                name: $name,
                alias: $alias,
                kind: $kind,
                flags: $flags,
                help: $help,
            },)*
            $(
                #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
                Row {
                    directive: Directive::$own,
                    name: $own_name,
                    alias: $own_alias,
                    kind: $own_kind,
                    flags: $own_flags,
                    help: SERVER_HELP,
                },
            )*
        ];
    };
}

directives! {
    ReplicaOf "replicaof" "slaveof" Kind::ReplicaOf, START,
        "Host and port of the master to follow; empty for a master.";
    MasterAuth "masterauth" "" text(""), 0,
        "Password that a replica sends to its master.";
    MasterUser "masteruser" "" text(""), 0,
        "User that a replica names to its master.";
    ReplicaServeStaleData "replica-serve-stale-data" "slave-serve-stale-data" yes(), 0,
        "A replica without its master still answers, with what it has.";
    ReplicaReadOnly "replica-read-only" "slave-read-only" yes(), 0,
        "A replica refuses writes of its clients.";
    ReplicaPriority "replica-priority" "slave-priority" number(100, 0, INT), 0,
        "Which replica Sentinel promotes first; the smallest wins, 0 never does.";
    ReplicaAnnounceIp "replica-announce-ip" "slave-announce-ip" text(""), 0,
        "Address that a replica tells its master, instead of the one that the master sees.";
    ReplicaAnnouncePort "replica-announce-port" "slave-announce-port" number(0, 0, 65535), 0,
        "Port that a replica tells its master, instead of the one that it listens on.";
    ReplicaAnnounced "replica-announced" "" yes(), 0,
        "Sentinel may show the replica to clients.";
    ReplicaIgnoreMaxmemory "replica-ignore-maxmemory" "slave-ignore-maxmemory" yes(), INERT,
        "A replica evicts nothing by itself.";
    ReplicaLazyFlush "replica-lazy-flush" "slave-lazy-flush" no(), INERT,
        "A replica frees its old data in the background before it loads.";
    ReplicaIgnoreDiskWriteErrors "replica-ignore-disk-write-errors" "" no(), INERT,
        "A replica goes on when it cannot write to disk.";
    ReplDisklessSync "repl-diskless-sync" "" yes(), 0,
        "The snapshot for replicas goes straight to their sockets, not to disk first.";
    ReplDisklessSyncDelay "repl-diskless-sync-delay" "" seconds(5, 0, INT), 0,
        "How long a diskless snapshot waits for more replicas.";
    ReplDisklessSyncMaxReplicas "repl-diskless-sync-max-replicas" "" number(0, 0, INT), 0,
        "So many waiting replicas start a diskless snapshot before its delay; 0 for no such number.";
    ReplDisklessLoad "repl-diskless-load" "" one_of(0, &["disabled", "on-empty-db", "swapdb"]), 0,
        "When a replica loads a snapshot straight from the socket.";
    RdbDelSyncFiles "rdb-del-sync-files" "" no(), INERT,
        "Snapshot files of full resyncs are deleted where persistence is off.";
    ReplPingReplicaPeriod "repl-ping-replica-period" "repl-ping-slave-period" seconds(10, 1, INT), 0,
        "Time between the heartbeats of a master.";
    ReplTimeout "repl-timeout" "" seconds(60, 1, INT), 0,
        "How long a silent master or replica is taken to be alive.";
    ReplDisableTcpNodelay "repl-disable-tcp-nodelay" "" no(), INERT,
        "The system may hold back small packets to replicas.";
    ReplBacklogSize "repl-backlog-size" "" memory(1 << 20, 1), 0,
        "How much of the stream a master keeps for partial resyncs; never less than 16 KiB.";
    ReplBacklogTtl "repl-backlog-ttl" "" seconds(3600, 0, i64::MAX), 0,
        "How long a master without replicas keeps its backlog; 0 for ever.";
    MinReplicasToWrite "min-replicas-to-write" "min-slaves-to-write" number(0, 0, INT), 0,
        "A master with fewer good replicas refuses writes; 0 never does.";
    MinReplicasMaxLag "min-replicas-max-lag" "min-slaves-max-lag" seconds(10, 0, INT), 0,
        "A replica whose last acknowledgement is older is not good.";
    ClientOutputBufferLimit "client-output-buffer-limit" "" Kind::OutputLimit, 0,
        "A client with more unsent output than the hard limit, or than the soft one for so many seconds, is closed.";
    ShutdownTimeout "shutdown-timeout" "" seconds(10, 0, INT), 0,
        "How long SHUTDOWN waits for replicas to catch up.";
    PropagationErrorBehavior "propagation-error-behavior" ""
        one_of(0, &["ignore", "panic", "panic-on-replicas"]), INERT,
        "What happens when a command of the stream fails on a replica.";
    LazyfreeLazyExpire "lazyfree-lazy-expire" "" no(), 0,
        "Expired keys go into the stream as UNLINK instead of DEL.";
    LazyfreeLazyEviction "lazyfree-lazy-eviction" "" no(), INERT,
        "Evicted keys go into the stream as UNLINK instead of DEL.";
    LazyfreeLazyServerDel "lazyfree-lazy-server-del" "" no(), INERT,
        "Values that a command replaces are freed in the background.";
    LazyfreeLazyUserDel "lazyfree-lazy-user-del" "" no(), INERT,
        "DEL frees in the background, as UNLINK does.";
    LazyfreeLazyUserFlush "lazyfree-lazy-user-flush" "" no(), INERT,
        "FLUSHALL and FLUSHDB free in the background.";
    LoadingProcessEventsIntervalBytes "loading-process-events-interval-bytes" ""
        number(2 << 20, 1024, INT), HIDDEN | INERT,
        "After so many bytes a load looks at its clients.";
    RdbCompression "rdbcompression" "" yes(), 0,
        "Long strings in snapshots are compressed.";
    RdbChecksum "rdbchecksum" "" yes(), START,
        "Snapshots end with a checksum, and it is checked.";
    Hz "hz" "" number(10, 0, INT), 0,
        "How often a second the server looks after its clients, timers and replicas; from 1 to 500.";
    DynamicHz "dynamic-hz" "" yes(), INERT,
        "Many clients raise hz.";
    Port "port" "" number(6379, 0, 65535), 0,
        "Port that the server listens on.";
    Bind "bind" "" text("* -::*"), INERT,
        "Addresses that the server listens on.";
    ProtectedMode "protected-mode" "" yes(), INERT,
        "A server without a password answers only its own machine.";
    TcpBacklog "tcp-backlog" "" number(511, 0, INT), START | INERT,
        "Connections that may wait to be accepted.";
    TcpKeepalive "tcp-keepalive" "" seconds(300, 0, INT), INERT,
        "How often the system looks whether a silent peer is still there.";
    Timeout "timeout" "" seconds(0, 0, INT), INERT,
        "Idle clients are closed after this time; 0 for never.";
    MaxClients "maxclients" "" number(10_000, 1, u32::MAX as i64), INERT,
        "Most clients at a time.";
    Databases "databases" "" number(16, 1, INT), START,
        "Number of databases.";
    Save "save" "" Kind::Save, 0,
        "A snapshot is saved after so many seconds if there were so many changes; pairs, empty for never.";
    StopWritesOnBgsaveError "stop-writes-on-bgsave-error" "" yes(), 0,
        "Writes are refused after a save failed.";
    DbFilename "dbfilename" "" text("dump.rdb"), PROTECTED | INERT,
        "Name of the snapshot file.";
    Dir "dir" "" text("/data"), PROTECTED | INERT,
        "Directory of the snapshot file.";
    AppendOnly "appendonly" "" no(), 0,
        "An append-only file is kept; this engine has none, so it stays off.";
    AppendFsync "appendfsync" "" one_of(0, &["everysec", "always", "no"]), INERT,
        "When the append-only file reaches the disk.";
    MaxMemory "maxmemory" "" memory(0, 0), INERT,
        "Most memory for data; 0 for no limit.";
    MaxMemoryPolicy "maxmemory-policy" "" one_of(7, POLICIES), INERT,
        "Which keys go when memory is full.";
    RequirePass "requirepass" "" text(""), 0,
        "Password that clients have to give.";
    LogLevel "loglevel" "" one_of(2, &["debug", "verbose", "notice", "warning"]), INERT,
        "How much is logged.";
    ProtoMaxBulkLen "proto-max-bulk-len" "" memory(512 << 20, 1 << 20), 0,
        "Largest argument of a command.";
    ClientQueryBufferLimit "client-query-buffer-limit" "" memory(1 << 30, 1 << 20), 0,
        "Most unread input that a client may have.";
    ActiveExpireEffort "active-expire-effort" "" number(1, 1, 10), INERT,
        "How hard the server looks for expired keys.";
    ---
    AclFile "aclfile" "" text(""), START | INERT;
    AclLogMaxLen "acllog-max-len" "" number(128, 0, i64::MAX), INERT;
    AclPubsubDefault "acl-pubsub-default" "" one_of(1, &["allchannels", "resetchannels"]), INERT;
    ActiveDefrag "activedefrag" "" no(), INERT;
    ActiveDefragCycleMax "active-defrag-cycle-max" "" number(25, 1, 99), INERT;
    ActiveDefragCycleMin "active-defrag-cycle-min" "" number(1, 1, 99), INERT;
    ActiveDefragIgnoreBytes "active-defrag-ignore-bytes" "" memory(100 << 20, 1), INERT;
    ActiveDefragMaxScanFields "active-defrag-max-scan-fields" "" number(1000, 1, i64::MAX), INERT;
    ActiveDefragThresholdLower "active-defrag-threshold-lower" "" number(10, 0, 1000), INERT;
    ActiveDefragThresholdUpper "active-defrag-threshold-upper" "" number(100, 0, 1000), INERT;
    ActiveRehashing "activerehashing" "" yes(), INERT;
    AlwaysShowLogo "always-show-logo" "" no(), START | INERT;
    AofDisableAutoGc "aof-disable-auto-gc" "" no(), INERT;
    AofLoadTruncated "aof-load-truncated" "" yes(), INERT;
    AofRewriteCpuList "aof_rewrite_cpulist" "" text(""), START | INERT;
    AofRewriteIncrementalFsync "aof-rewrite-incremental-fsync" "" yes(), INERT;
    AofTimestampEnabled "aof-timestamp-enabled" "" no(), INERT;
    AofUseRdbPreamble "aof-use-rdb-preamble" "" yes(), INERT;
    AppendDirName "appenddirname" "" text("appendonlydir"), START | INERT;
    AppendFileName "appendfilename" "" text("appendonly.aof"), START | INERT;
    AutoAofRewriteMinSize "auto-aof-rewrite-min-size" "" memory(64 << 20, 0), INERT;
    AutoAofRewritePercentage "auto-aof-rewrite-percentage" "" number(100, 0, INT), INERT;
    BgsaveCpuList "bgsave_cpulist" "" text(""), START | INERT;
    BindSourceAddr "bind-source-addr" "" text(""), INERT;
    BioCpuList "bio_cpulist" "" text(""), START | INERT;
    BusyReplyThreshold "busy-reply-threshold" "lua-time-limit" number(5000, 0, i64::MAX), INERT;
    ClusterAllowPubsubshardWhenDown "cluster-allow-pubsubshard-when-down" "" yes(), INERT;
    ClusterAllowReadsWhenDown "cluster-allow-reads-when-down" "" no(), INERT;
    ClusterAllowReplicaMigration "cluster-allow-replica-migration" "" yes(), INERT;
    ClusterAnnounceBusPort "cluster-announce-bus-port" "" number(0, 0, 65535), INERT;
    ClusterAnnounceHostname "cluster-announce-hostname" "" text(""), INERT;
    ClusterAnnounceIp "cluster-announce-ip" "" text(""), INERT;
    ClusterAnnouncePort "cluster-announce-port" "" number(0, 0, 65535), INERT;
    ClusterAnnounceTlsPort "cluster-announce-tls-port" "" number(0, 0, 65535), INERT;
    ClusterConfigFile "cluster-config-file" "" text("nodes.conf"), START | INERT;
    ClusterEnabled "cluster-enabled" "" no(), START | INERT;
    ClusterLinkSendbufLimit "cluster-link-sendbuf-limit" "" memory(0, 0), INERT;
    ClusterMigrationBarrier "cluster-migration-barrier" "" number(1, 0, INT), 0;
    ClusterNodeTimeout "cluster-node-timeout" "" number(15000, 0, i64::MAX), INERT;
    ClusterPort "cluster-port" "" number(0, 0, 65535), START | INERT;
    ClusterPreferredEndpointType "cluster-preferred-endpoint-type" ""
        one_of(0, &["ip", "hostname", "unknown-endpoint"]), INERT;
    ClusterReplicaNoFailover "cluster-replica-no-failover" "cluster-slave-no-failover" no(), INERT;
    ClusterReplicaValidityFactor "cluster-replica-validity-factor" "cluster-slave-validity-factor"
        number(10, 0, INT), INERT;
    ClusterRequireFullCoverage "cluster-require-full-coverage" "" yes(), INERT;
    CrashLogEnabled "crash-log-enabled" "" yes(), INERT;
    CrashMemcheckEnabled "crash-memcheck-enabled" "" yes(), INERT;
    Daemonize "daemonize" "" no(), START | INERT;
    DisableThp "disable-thp" "" yes(), START | INERT;
    EnableDebugCommand "enable-debug-command" "" one_of(0, &["no", "yes", "local"]), START | INERT;
    EnableModuleCommand "enable-module-command" "" one_of(0, &["no", "yes", "local"]), START | INERT;
    EnableProtectedConfigs "enable-protected-configs" "" one_of(0, &["no", "yes", "local"]), START;
    HashMaxListpackEntries "hash-max-listpack-entries" "hash-max-ziplist-entries" number(512, 0, i64::MAX), 0;
    HashMaxListpackValue "hash-max-listpack-value" "hash-max-ziplist-value" memory(64, 0), 0;
    HllSparseMaxBytes "hll-sparse-max-bytes" "" memory(3000, 0), INERT;
    IgnoreWarnings "ignore-warnings" "" text(""), INERT;
    IoThreads "io-threads" "" number(1, 1, 128), START | INERT;
    IoThreadsDoReads "io-threads-do-reads" "" no(), START | INERT;
    JemallocBgThread "jemalloc-bg-thread" "" yes(), INERT;
    KeyLoadDelay "key-load-delay" "" number(0, -INT - 1, INT), HIDDEN;
    LatencyMonitorThreshold "latency-monitor-threshold" "" number(0, 0, i64::MAX), INERT;
    LatencyTracking "latency-tracking" "" yes(), INERT;
    LatencyTrackingInfoPercentiles "latency-tracking-info-percentiles" "" text("50 99 99.9"), INERT;
    LfuDecayTime "lfu-decay-time" "" number(1, 0, INT), 0;
    LfuLogFactor "lfu-log-factor" "" number(10, 0, INT), 0;
    ListCompressDepth "list-compress-depth" "" number(0, 0, INT), INERT;
    ListMaxListpackSize "list-max-listpack-size" "list-max-ziplist-size" number(-2, i32::MIN as i64, INT), INERT;
    LogFile "logfile" "" text(""), START | INERT;
    MaxMemoryClients "maxmemory-clients" "" text("0"), INERT;
    MaxMemoryEvictionTenacity "maxmemory-eviction-tenacity" "" number(10, 0, 100), INERT;
    MaxMemorySamples "maxmemory-samples" "" number(5, 1, INT), INERT;
    NoAppendFsyncOnRewrite "no-appendfsync-on-rewrite" "" no(), INERT;
    NotifyKeyspaceEvents "notify-keyspace-events" "" text(""), INERT;
    OomScoreAdj "oom-score-adj" "" one_of(0, &["no", "yes", "relative", "absolute"]), INERT;
    OomScoreAdjValues "oom-score-adj-values" "" text("0 200 800"), INERT;
    PidFile "pidfile" "" text(""), START | INERT;
    ProcTitleTemplate "proc-title-template" "" text("{title} {listen-addr} {server-mode}"), INERT;
    RdbKeySaveDelay "rdb-key-save-delay" "" number(0, -INT - 1, INT), HIDDEN;
    RdbSaveIncrementalFsync "rdb-save-incremental-fsync" "" yes(), INERT;
    SanitizeDumpPayload "sanitize-dump-payload" "" one_of(0, &["no", "yes", "clients"]), INERT;
    ServerCpuList "server_cpulist" "" text(""), START | INERT;
    SetMaxIntsetEntries "set-max-intset-entries" "" number(512, 0, i64::MAX), 0;
    SetProcTitle "set-proc-title" "" yes(), START | INERT;
    ShutdownOnSigint "shutdown-on-sigint" "" text("default"), INERT;
    ShutdownOnSigterm "shutdown-on-sigterm" "" text("default"), INERT;
    SlowlogLogSlowerThan "slowlog-log-slower-than" "" number(10_000, -1, i64::MAX), 0;
    SlowlogMaxLen "slowlog-max-len" "" number(128, 0, i64::MAX), 0;
    SocketMarkId "socket-mark-id" "" number(0, 0, u32::MAX as i64), START | INERT;
    StreamNodeMaxBytes "stream-node-max-bytes" "" memory(4096, 0), INERT;
    StreamNodeMaxEntries "stream-node-max-entries" "" number(100, 0, i64::MAX), INERT;
    Supervised "supervised" "" one_of(0, &["no", "auto", "upstart", "systemd"]), START | INERT;
    SyslogEnabled "syslog-enabled" "" no(), START | INERT;
    SyslogFacility "syslog-facility" "" one_of(1, FACILITIES), START | INERT;
    SyslogIdent "syslog-ident" "" text("redis"), START | INERT;
    TlsAuthClients "tls-auth-clients" "" one_of(1, &["no", "yes", "optional"]), INERT;
    TlsCaCertDir "tls-ca-cert-dir" "" text(""), INERT;
    TlsCaCertFile "tls-ca-cert-file" "" text(""), INERT;
    TlsCertFile "tls-cert-file" "" text(""), INERT;
    TlsCiphers "tls-ciphers" "" text(""), INERT;
    TlsCiphersuites "tls-ciphersuites" "" text(""), INERT;
    TlsClientCertFile "tls-client-cert-file" "" text(""), INERT;
    TlsClientKeyFile "tls-client-key-file" "" text(""), INERT;
    TlsClientKeyFilePass "tls-client-key-file-pass" "" text(""), INERT;
    TlsCluster "tls-cluster" "" no(), INERT;
    TlsDhParamsFile "tls-dh-params-file" "" text(""), INERT;
    TlsKeyFile "tls-key-file" "" text(""), INERT;
    TlsKeyFilePass "tls-key-file-pass" "" text(""), INERT;
    TlsPort "tls-port" "" number(0, 0, 65535), INERT;
    TlsPreferServerCiphers "tls-prefer-server-ciphers" "" no(), INERT;
    TlsProtocols "tls-protocols" "" text(""), INERT;
    TlsReplication "tls-replication" "" no(), INERT;
    TlsSessionCacheSize "tls-session-cache-size" "" number(20480, 0, INT), INERT;
    TlsSessionCacheTimeout "tls-session-cache-timeout" "" number(300, 0, INT), INERT;
    TlsSessionCaching "tls-session-caching" "" yes(), INERT;
    TrackingTableMaxKeys "tracking-table-max-keys" "" number(1_000_000, 0, i64::MAX), INERT;
    UnixSocket "unixsocket" "" text(""), START;
    UnixSocketPerm "unixsocketperm" "" text("0"), START | INERT;
    UseExitOnPanic "use-exit-on-panic" "" no(), HIDDEN | INERT;
    WatchdogPeriod "watchdog-period" "" number(0, 0, INT), HIDDEN | INERT;
    ZsetMaxListpackEntries "zset-max-listpack-entries" "zset-max-ziplist-entries" number(128, 0, i64::MAX), 0;
    ZsetMaxListpackValue "zset-max-listpack-value" "zset-max-ziplist-value" memory(64, 0), 0;
}

impl Directive {
    /// Its row.
    pub fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// Whether its value is several words in a file, and on a command line.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn takes_words(self) -> bool {
        matches!(
            self,
            Directive::ReplicaOf
                | Directive::Save
                | Directive::ClientOutputBufferLimit
                | Directive::Bind
                | Directive::LatencyTrackingInfoPercentiles
                | Directive::OomScoreAdjValues
                | Directive::ShutdownOnSigint
                | Directive::ShutdownOnSigterm
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_and_names_are_unique() {
        let mut names = Vec::new();
        for (i, row) in ROWS.iter().enumerate() {
            assert_eq!(row.directive as usize, i, "{}", row.name);
            assert!(row.help.ends_with('.') && row.help.len() < 120, "{}", row.name);
            names.push(row.name);
            names.extend((!row.alias.is_empty()).then_some(row.alias));
        }
        assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
