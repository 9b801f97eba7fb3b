//! What the engine asks a configuration: each value with its type.

use super::value::Value;
use super::{ClientClass, Config, Directive, OutputLimit};

/// When a replica loads a snapshot straight from the socket (`docs/redis-replication.md` 4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisklessLoad {
    /// Never.
    Disabled,
    /// When it holds no data.
    OnEmptyDb,
    /// Always, next to the old data.
    Swapdb,
}

/// The values, each with its type. Names are those of the directives.
impl Config {
    /// `hz`, 1 to 500.
    pub fn hz(&self) -> i64 {
        self.number(Directive::Hz)
    }

    /// `repl-timeout` in seconds.
    pub fn repl_timeout_s(&self) -> i64 {
        self.number(Directive::ReplTimeout)
    }

    /// `repl-ping-replica-period` in seconds.
    pub fn repl_ping_replica_period_s(&self) -> i64 {
        self.number(Directive::ReplPingReplicaPeriod)
    }

    /// `repl-backlog-size` in bytes, at least 16384.
    pub fn repl_backlog_size(&self) -> u64 {
        self.bytes(Directive::ReplBacklogSize)
    }

    /// `repl-backlog-ttl` in seconds, 0 for ever.
    pub fn repl_backlog_ttl_s(&self) -> i64 {
        self.number(Directive::ReplBacklogTtl)
    }

    /// `repl-diskless-sync`.
    pub fn repl_diskless_sync(&self) -> bool {
        self.is_on(Directive::ReplDisklessSync)
    }

    /// `repl-diskless-sync-delay` in seconds.
    pub fn repl_diskless_sync_delay_s(&self) -> i64 {
        self.number(Directive::ReplDisklessSyncDelay)
    }

    /// `repl-diskless-sync-max-replicas`, 0 for no such number.
    pub fn repl_diskless_sync_max_replicas(&self) -> u32 {
        self.number(Directive::ReplDisklessSyncMaxReplicas) as u32
    }

    /// `repl-diskless-load`.
    pub fn repl_diskless_load(&self) -> DisklessLoad {
        match self.number(Directive::ReplDisklessLoad) {
            1 => DisklessLoad::OnEmptyDb,
            2 => DisklessLoad::Swapdb,
            _ => DisklessLoad::Disabled,
        }
    }

    /// `min-replicas-to-write`, 0 for no gate.
    pub fn min_replicas_to_write(&self) -> u32 {
        self.number(Directive::MinReplicasToWrite) as u32
    }

    /// `min-replicas-max-lag` in seconds.
    pub fn min_replicas_max_lag_s(&self) -> i64 {
        self.number(Directive::MinReplicasMaxLag)
    }

    /// `client-output-buffer-limit` of a class.
    pub fn output_limit(&self, class: ClientClass) -> OutputLimit {
        match self.value(Directive::ClientOutputBufferLimit) {
            Value::OutputLimits(limits) => limits[class as usize],
            _ => OutputLimit { hard: 0, soft: 0, soft_seconds: 0 },
        }
    }

    /// `client-output-buffer-limit replica`.
    pub fn replica_output_limit(&self) -> OutputLimit {
        self.output_limit(ClientClass::Replica)
    }

    /// `replica-serve-stale-data`.
    pub fn replica_serve_stale_data(&self) -> bool {
        self.is_on(Directive::ReplicaServeStaleData)
    }

    /// `replica-read-only`.
    pub fn replica_read_only(&self) -> bool {
        self.is_on(Directive::ReplicaReadOnly)
    }

    /// `replica-priority`.
    pub fn replica_priority(&self) -> i64 {
        self.number(Directive::ReplicaPriority)
    }

    /// `replica-announced`.
    pub fn replica_announced(&self) -> bool {
        self.is_on(Directive::ReplicaAnnounced)
    }

    /// `replica-announce-ip`, empty for none.
    pub fn replica_announce_ip(&self) -> &str {
        self.text(Directive::ReplicaAnnounceIp)
    }

    /// `replica-announce-port`, 0 for none.
    pub fn replica_announce_port(&self) -> u16 {
        self.port_of(Directive::ReplicaAnnouncePort)
    }

    /// `port`.
    pub fn port(&self) -> u16 {
        self.port_of(Directive::Port)
    }

    /// `masterauth`, empty for none.
    pub fn masterauth(&self) -> &str {
        self.text(Directive::MasterAuth)
    }

    /// `masteruser`, empty for none.
    pub fn masteruser(&self) -> &str {
        self.text(Directive::MasterUser)
    }

    /// `requirepass`, empty for none.
    pub fn requirepass(&self) -> &str {
        self.text(Directive::RequirePass)
    }

    /// `replicaof`: host and port of the master.
    pub fn replicaof(&self) -> Option<(String, u16)> {
        match self.value(Directive::ReplicaOf) {
            Value::ReplicaOf(master) => master.clone(),
            _ => None,
        }
    }

    /// What REPLICAOF does to the configuration.
    pub fn set_replicaof(&mut self, master: Option<(String, u16)>) {
        self.put(Directive::ReplicaOf, Value::ReplicaOf(master));
    }

    /// `databases`, at least 1.
    pub fn databases(&self) -> usize {
        self.number(Directive::Databases).max(1) as usize
    }

    /// `lazyfree-lazy-expire`.
    pub fn lazyfree_lazy_expire(&self) -> bool {
        self.is_on(Directive::LazyfreeLazyExpire)
    }

    /// `shutdown-timeout` in seconds.
    pub fn shutdown_timeout_s(&self) -> i64 {
        self.number(Directive::ShutdownTimeout)
    }

    /// `save`: seconds and changes.
    pub fn save_points(&self) -> &[(i64, i64)] {
        match self.value(Directive::Save) {
            Value::Save(points) => points,
            _ => &[],
        }
    }

    /// `rdbcompression`.
    pub fn rdbcompression(&self) -> bool {
        self.is_on(Directive::RdbCompression)
    }

    /// `rdb-key-save-delay`: microseconds for each key, or so many keys for each microsecond if negative.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn rdb_key_save_delay_us(&self) -> i64 {
        self.number(Directive::RdbKeySaveDelay)
    }

    /// `key-load-delay`, see [`Config::rdb_key_save_delay_us`].
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn key_load_delay_us(&self) -> i64 {
        self.number(Directive::KeyLoadDelay)
    }

    /// `rdbchecksum`.
    pub fn rdbchecksum(&self) -> bool {
        self.is_on(Directive::RdbChecksum)
    }

    /// `proto-max-bulk-len` in bytes.
    pub fn proto_max_bulk_len(&self) -> u64 {
        self.bytes(Directive::ProtoMaxBulkLen)
    }

    /// `latency-tracking-info-percentiles`; none while `latency-tracking` is off.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn latency_percentiles(&self) -> Vec<&str> {
        let words = self.text(Directive::LatencyTrackingInfoPercentiles).split(' ');
        words.filter(|word| !word.is_empty() && self.is_on(Directive::LatencyTracking)).collect()
    }

    /// Fields and bytes of small hashes, members and bytes of small sorted sets, members of small sets of integers.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn small_forms(&self) -> [usize; 5] {
        let directives = [
            Directive::HashMaxListpackEntries,
            Directive::HashMaxListpackValue,
            Directive::ZsetMaxListpackEntries,
            Directive::ZsetMaxListpackValue,
            Directive::SetMaxIntsetEntries,
        ];
        directives.map(|directive| usize::try_from(self.number(directive)).unwrap_or(usize::MAX))
    }

    /// Whether `maxmemory-policy` has keys evicted.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn evicts(&self) -> bool {
        self.show(Directive::MaxMemoryPolicy) != "noeviction"
    }

    /// Whether `maxmemory-policy` has only keys with a deadline evicted.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn evicts_volatile_only(&self) -> bool {
        self.show(Directive::MaxMemoryPolicy).starts_with("volatile")
    }

    /// How many addresses `bind` names.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn addresses(&self) -> usize {
        self.text(Directive::Bind).split_ascii_whitespace().count()
    }

    /// Whether memory is limited and `maxmemory-policy` goes by the use of keys.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn keeps_usage(&self) -> bool {
        let policy = self.show(Directive::MaxMemoryPolicy);
        self.max_memory() > 0 && (policy.ends_with("lru") || policy.ends_with("lfu"))
    }

    /// Under an LFU `maxmemory-policy`: `lfu-log-factor` and `lfu-decay-time` in minutes.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn frequencies(&self) -> Option<[u32; 2]> {
        let directives = [Directive::LfuLogFactor, Directive::LfuDecayTime];
        let is_lfu = self.show(Directive::MaxMemoryPolicy).ends_with("lfu");
        is_lfu.then(|| directives.map(|directive| u32::try_from(self.number(directive)).unwrap_or(0)))
    }

    /// `lazyfree-lazy-eviction`.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn lazyfree_lazy_eviction(&self) -> bool {
        self.is_on(Directive::LazyfreeLazyEviction)
    }

    /// `notify-keyspace-events`.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn keyspace_events(&self) -> &str {
        self.text(Directive::NotifyKeyspaceEvents)
    }

    /// `maxmemory` in bytes, 0 for no limit.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn max_memory(&self) -> u64 {
        self.number(Directive::MaxMemory).cast_unsigned()
    }

    /// `maxclients`, at least 1.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn max_clients(&self) -> usize {
        usize::try_from(self.number(Directive::MaxClients)).unwrap_or(usize::MAX)
    }

    /// `slowlog-log-slower-than` in microseconds, negative for never.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn slowlog_log_slower_than(&self) -> i64 {
        self.number(Directive::SlowlogLogSlowerThan)
    }

    /// `stop-writes-on-bgsave-error`.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn stop_writes_on_bgsave_error(&self) -> bool {
        self.is_on(Directive::StopWritesOnBgsaveError)
    }

    /// `latency-monitor-threshold` in milliseconds, 0 for never.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn latency_monitor_threshold_ms(&self) -> i64 {
        self.number(Directive::LatencyMonitorThreshold)
    }

    /// `slowlog-max-len`.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub fn slowlog_max_len(&self) -> usize {
        usize::try_from(self.number(Directive::SlowlogMaxLen)).unwrap_or(usize::MAX)
    }

    /// `client-query-buffer-limit` in bytes.
    pub fn client_query_buffer_limit(&self) -> u64 {
        self.bytes(Directive::ClientQueryBufferLimit)
    }
}
