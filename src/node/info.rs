//! INFO: the node described in the lines of 7.0, as far as it has the numbers (`docs/redis-replication.md` 16).

use std::fmt::Write;

use super::Node;
use crate::base::Now;
use crate::repl::{LinkState, MasterLink, Replica, ReplicaState};

/// The version that this engine speaks as.
pub(super) const VERSION: &str = "7.0.15";

/// Section names in the order in which INFO shows them.
#[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
const SECTIONS: &[&str] = &["server", "clients", "memory", "persistence", "stats", "replication", "keyspace"];
#[cfg(all(feature = "server", not(target_arch = "wasm32")))]
const SECTIONS: &[&str] = &[
    "server",
    "clients",
    "memory",
    "persistence",
    "stats",
    "replication",
    "cpu",
    "modules",
    "commandstats",
    "errorstats",
    "latencystats",
    "cluster",
    "keyspace",
];
/// Sections that only those who ask for them, or for all, are shown.
const ON_REQUEST: [&str; 2] = ["commandstats", "latencystats"];

/// Lines that only a server on a real network shows.
macro_rules! on_a_network {
    ($($statement:stmt;)*) => {
        #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
        {
            $($statement)*
        }
    };
}

/// Collects `name:value` lines.
pub(super) struct Lines(String);

impl Lines {
    pub(super) fn field(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = write!(self.0, "{name}:{value}\r\n");
    }

    pub(super) fn heading(&mut self, name: &str) {
        let _ = write!(self.0, "# {name}\r\n");
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.field(name, u8::from(value));
    }

    /// What this engine does not model, with the value of a server on which it never happened.
    #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
    pub(super) fn constants(&mut self, fields: &[(&str, &str)]) {
        fields.iter().for_each(|(name, value)| self.field(name, value));
    }
}

impl Node {
    /// The text of INFO for one section, or for `default`, `all` and `everything`. Empty for an unknown section.
    pub fn info(&self, now: Now, section: &str) -> String {
        self.info_of(now, &[section])
    }

    /// The text of INFO for several sections, each shown once.
    pub(super) fn info_of(&self, now: Now, wanted: &[&str]) -> String {
        let is_wanted = |name: &&&str| {
            wanted.iter().any(|word| match *word {
                "all" | "everything" => true,
                "default" | "" => !ON_REQUEST.contains(name),
                word => word == **name,
            })
        };
        let mut text = String::new();
        for name in SECTIONS.iter().filter(is_wanted) {
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            let mut lines = Lines(text);
            self.info_section(now, name, &mut lines);
            text = lines.0;
        }
        text
    }

    fn info_section(&self, now: Now, name: &str, lines: &mut Lines) {
        match name {
            "server" => self.info_server(now, lines),
            "clients" => self.info_clients(lines),
            "memory" => self.info_memory(lines),
            "persistence" => self.info_persistence(now, lines),
            "stats" => self.info_stats(lines),
            "replication" => self.info_replication(now, lines),
            "keyspace" => self.info_keyspace(now, lines),
            #[cfg(all(feature = "server", not(target_arch = "wasm32")))]
            name => self.info_more(name, lines),
            #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
            _ => {}
        }
    }

    fn info_server(&self, now: Now, lines: &mut Lines) {
        let uptime_s = now.time.since(self.started.time).as_secs();
        lines.heading("Server");
        lines.field("redis_version", VERSION);
        on_a_network! {
            lines.constants(&[("redis_git_sha1", "00000000"), ("redis_git_dirty", "0"), ("redis_build_id", "0")]);
        }
        lines.field("redis_mode", "standalone");
        on_a_network! { lines.field("os", "Linux"); }
        lines.field("arch_bits", 64);
        on_a_network! {
            lines.constants(&[("monotonic_clock", "POSIX clock_gettime"), ("multiplexing_api", "epoll")]);
            lines.constants(&[("atomicvar_api", "none"), ("gcc_version", "0.0.0")]);
            lines.field("process_id", self.service.process.id);
            lines.field("process_supervised", "no");
        }
        lines.field("run_id", self.run_id);
        lines.field("tcp_port", self.config.port());
        lines.field("server_time_usec", now.unix_ms * 1000);
        lines.field("uptime_in_seconds", uptime_s);
        lines.field("uptime_in_days", uptime_s / 86_400);
        lines.field("hz", self.config.hz());
        lines.field("configured_hz", self.config.hz());
        on_a_network! {
            lines.field("lru_clock", now.unix_s() & 0xff_ffff);
            lines.field("executable", &self.service.process.executable);
            lines.field("config_file", &self.service.process.config_file);
            lines.field("io_threads_active", 0);
        }
        if let Some(shutdown) = &self.shutdown {
            lines.field("shutdown_in_milliseconds", shutdown.until.since(now.time).as_millis());
        }
    }

    fn info_clients(&self, lines: &mut Lines) {
        let clients = self.conns.values().filter(|conn| conn.peer == super::conn::Peer::Client).count();
        lines.heading("Clients");
        lines.field("connected_clients", clients);
        on_a_network! {
            lines.field("cluster_connections", 0);
            lines.field("maxclients", self.config.max_clients());
            lines.constants(&[("client_recent_max_input_buffer", "0"), ("client_recent_max_output_buffer", "0")]);
        }
        let blocked = self.conns.values().filter(|conn| conn.is_blocked() || conn.postponed.is_some()).count();
        lines.field("blocked_clients", blocked);
        on_a_network! {
            lines.field("tracking_clients", 0);
            lines.field("clients_in_timeout_table", self.blocked.len() + self.key_waiters.len());
        }
    }

    fn info_memory(&self, lines: &mut Lines) {
        let output = |replica: &Replica| self.stream.output_usage(replica.cursor.as_ref());
        let replicas = self.replicas.iter().map(output).max().unwrap_or(0).saturating_sub(self.stream.size());
        lines.heading("Memory");
        on_a_network! { self.info_memory_used(lines); }
        lines.field("used_memory_dataset", self.keyspace.dataset_bytes());
        on_a_network! { self.info_memory_limits(lines); }
        #[cfg(not(all(feature = "server", not(target_arch = "wasm32"))))]
        lines.field("mem_clients_slaves", replicas);
        lines.field("mem_replication_backlog", self.stream.memory().saturating_sub(replicas));
        lines.field("mem_total_replication_buffers", self.stream.memory());
        on_a_network! {
            lines.field("mem_clients_slaves", replicas);
            lines.constants(&[("mem_clients_normal", "0"), ("mem_cluster_links", "0"), ("mem_aof_buffer", "0")]);
            lines.constants(&[("mem_allocator", "libc"), ("active_defrag_running", "0")]);
            lines.constants(&[("lazyfree_pending_objects", "0"), ("lazyfreed_objects", "0")]);
        }
    }

    fn info_persistence(&self, now: Now, lines: &mut Lines) {
        lines.heading("Persistence");
        lines.flag("loading", self.loads());
        lines.flag("async_loading", self.loads_beside());
        on_a_network! {
            lines.constants(&[("current_cow_peak", "0"), ("current_cow_size", "0"), ("current_cow_size_age", "0")]);
            lines.constants(&[("current_fork_perc", "0.00"), ("current_save_keys_processed", "0")]);
            lines.field("current_save_keys_total", 0);
        }
        lines.field("rdb_changes_since_last_save", self.stats.dirty);
        lines.flag("rdb_bgsave_in_progress", self.saving.is_some());
        lines.field("rdb_last_save_time", self.stats.last_save_s);
        on_a_network! {
            lines.constants(&[("rdb_last_bgsave_status", self.disk_status()), ("rdb_last_bgsave_time_sec", "-1")]);
            lines.field("rdb_current_bgsave_time_sec", if self.saving.is_some() { 0 } else { -1 });
            lines.field("rdb_saves", self.service.saves);
            lines.field("rdb_last_cow_size", 0);
            lines.field("rdb_last_load_keys_expired", self.service.keys_expired_at_load);
            lines.field("rdb_last_load_keys_loaded", self.service.keys_loaded);
        }
        lines.field("aof_enabled", 0);
        on_a_network! {
            lines.constants(&[("aof_rewrite_in_progress", "0"), ("aof_rewrite_scheduled", "0")]);
            lines.constants(&[("aof_last_rewrite_time_sec", "-1"), ("aof_current_rewrite_time_sec", "-1")]);
            lines.constants(&[("aof_last_bgrewrite_status", "ok"), ("aof_rewrites", "0")]);
            lines.constants(&[("aof_rewrites_consecutive_failures", "0"), ("aof_last_write_status", "ok")]);
            lines.constants(&[("aof_last_cow_size", "0"), ("module_fork_in_progress", "0")]);
            lines.field("module_fork_last_cow_size", 0);
        }
        if let Some(loading) = &self.loading {
            let total = match (&loading.own, self.link.as_ref().and_then(|link| link.loading.as_ref())) {
                (Some(own), _) => own.len(),
                (None, Some((snapshot, _))) => snapshot.len(),
                (None, None) => 0,
            };
            lines.field("loading_start_time", loading.started_s);
            lines.field("loading_total_bytes", total);
            lines.field("loading_eta_seconds", (now.unix_s() - loading.started_s).max(1));
        }
    }

    fn info_stats(&self, lines: &mut Lines) {
        let stats = &self.stats;
        lines.heading("Stats");
        lines.field("total_connections_received", stats.connections);
        lines.field("total_commands_processed", stats.commands);
        on_a_network! { lines.field("instantaneous_ops_per_sec", 0); }
        lines.field("total_net_input_bytes", stats.net_input);
        lines.field("total_net_output_bytes", stats.net_output);
        lines.field("total_net_repl_input_bytes", stats.net_repl_input);
        lines.field("total_net_repl_output_bytes", stats.net_repl_output);
        on_a_network! {
            lines.constants(&[("instantaneous_input_kbps", "0.00"), ("instantaneous_output_kbps", "0.00")]);
            lines.constants(&[("instantaneous_input_repl_kbps", "0.00"), ("instantaneous_output_repl_kbps", "0.00")]);
            lines.field("rejected_connections", self.service.rejected_connections);
        }
        lines.field("sync_full", stats.sync_full);
        lines.field("sync_partial_ok", stats.sync_partial_ok);
        lines.field("sync_partial_err", stats.sync_partial_err);
        lines.field("expired_keys", stats.expired_keys);
        on_a_network! { self.info_stats_more(lines); }
        lines.field("unexpected_error_replies", stats.unexpected_error_replies);
        lines.field("total_error_replies", stats.error_replies);
        on_a_network! {
            lines.constants(&[("dump_payload_sanitizations", "0"), ("total_reads_processed", "0")]);
            lines.constants(&[("total_writes_processed", "0"), ("io_threaded_reads_processed", "0")]);
            lines.constants(&[("io_threaded_writes_processed", "0"), ("reply_buffer_shrinks", "0")]);
            lines.field("reply_buffer_expands", 0);
        }
    }

    fn info_replication(&self, now: Now, lines: &mut Lines) {
        let now_s = now.unix_s();
        lines.heading("Replication");
        lines.field("role", if self.link.is_some() { "slave" } else { "master" });
        if let Some(link) = &self.link {
            self.info_master_link(link, now_s, lines);
        }
        lines.field("connected_slaves", self.replicas.len());
        if self.replicas_needed() > 0 {
            lines.field("min_slaves_good_slaves", self.good_replicas);
        }
        let shown = self.replicas.iter().filter(|replica| replica.state != ReplicaState::RdbTransmitted);
        for (index, replica) in shown.enumerate() {
            let (ip, port) = (self.replica_ip(replica), replica.announced.port);
            let (state, offset, lag) = (replica.state.info_word(), replica.ack_offset, replica.lag_s(now_s));
            let _ = write!(lines.0, "slave{index}:ip={ip},port={port},state={state},offset={offset},lag={lag}\r\n");
        }
        self.info_history(lines);
    }

    fn info_history(&self, lines: &mut Lines) {
        let legacy = self.link.as_ref().is_some_and(|link| link.legacy && link.stream.is_some());
        let window = self.stream.window();
        lines.field("master_failover_state", self.failover_state().info_word());
        lines.field("master_replid", if legacy { "" } else { self.history.replid.as_str() });
        lines.field("master_replid2", self.history.replid2);
        lines.field("master_repl_offset", self.history.master_repl_offset);
        lines.field("second_repl_offset", self.history.second_replid_offset);
        lines.flag("repl_backlog_active", window.is_some());
        lines.field("repl_backlog_size", self.stream.size());
        lines.field("repl_backlog_first_byte_offset", window.map_or(0, |window| window.first_byte));
        lines.field("repl_backlog_histlen", window.map_or(0, |window| window.histlen));
    }

    fn info_master_link(&self, link: &MasterLink, now_s: i64, lines: &mut Lines) {
        let up = link.state == LinkState::Connected;
        let (read, applied) = link.offsets();
        lines.field("master_host", &link.host);
        lines.field("master_port", link.port);
        lines.field("master_link_status", if up { "up" } else { "down" });
        lines.field("master_last_io_seconds_ago", if up { now_s - link.last_io_s } else { -1 });
        lines.flag("master_sync_in_progress", link.state == LinkState::Transfer);
        lines.field("slave_read_repl_offset", read);
        lines.field("slave_repl_offset", applied);
        if link.state == LinkState::Transfer {
            info_transfer(link, now_s, lines);
        }
        if !up {
            lines.field("master_link_down_since_seconds", link.down_since_s.map_or(-1, |since_s| now_s - since_s));
        }
        lines.field("slave_priority", self.config.replica_priority());
        lines.flag("slave_read_only", self.config.replica_read_only());
        lines.flag("replica_announced", self.config.replica_announced());
    }

    fn info_keyspace(&self, now: Now, lines: &mut Lines) {
        lines.heading("Keyspace");
        for db in self.keyspace.used_databases() {
            let keys = self.keyspace.len(db);
            let expires = self.keyspace.keys_with_expiry(db);
            // Redis estimates the mean from samples that its expire cycle takes; here it is exact.
            let mean_ms = self.keyspace.mean_deadline_ms(db);
            let average_ttl_ms = mean_ms.map_or(0, |at_ms| at_ms.saturating_sub(now.unix_ms).max(0));
            let _ = write!(lines.0, "db{db}:keys={keys},expires={expires},avg_ttl={average_ttl_ms}\r\n");
        }
    }

    /// The address of a replica: announced, or that of its connection.
    pub(super) fn replica_ip(&self, replica: &Replica) -> String {
        match &replica.announced.ip {
            Some(ip) => ip.clone(),
            None => self.conns.get(&replica.conn).map(|conn| conn.ip.clone()).unwrap_or_default(),
        }
    }
}

/// Progress of a snapshot on its way in: -1 before its header, 0 of 0 for a diskless one.
fn info_transfer(link: &MasterLink, now_s: i64, lines: &mut Lines) {
    let receiving = link.receiving.as_ref();
    let loading = link.loading.as_ref().map(|(snapshot, diskless)| (snapshot.len() as i64, *diskless));
    let (total, read) = match (receiving, loading) {
        (_, Some((len, diskless))) => (if diskless { 0 } else { len }, len),
        (Some(receiving), None) if receiving.has_header() => {
            (receiving.announced().map_or(0, |len| len as i64), receiving.received() as i64)
        }
        _ => (-1, 0),
    };
    let percent = match total {
        -1 => "-0.00".to_string(),
        0 => "0.00".to_string(),
        total => {
            let total = i128::from(total);
            let hundredths = ((i128::from(read) * 20_000 + total) / (2 * total)) as i64;
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        }
    };
    lines.field("master_sync_total_bytes", total);
    lines.field("master_sync_read_bytes", read);
    lines.field("master_sync_left_bytes", total - read);
    lines.field("master_sync_perc", percent);
    lines.field("master_sync_last_io_seconds_ago", now_s - link.last_io_s);
}
