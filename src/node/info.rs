//! INFO: the node described in the lines of 7.0, as far as it has the numbers (`docs/redis-replication.md` 16).

use std::fmt::Write;

use super::Node;
use crate::base::Now;
use crate::repl::{LinkState, MasterLink, Replica, ReplicaState};

/// The version that this engine speaks as.
pub(super) const VERSION: &str = "7.0.15";

/// Section names in the order in which INFO shows them.
const SECTIONS: [&str; 7] = ["server", "clients", "memory", "persistence", "stats", "replication", "keyspace"];

/// Collects `name:value` lines.
struct Lines(String);

impl Lines {
    fn field(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = write!(self.0, "{name}:{value}\r\n");
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.field(name, u8::from(value));
    }
}

impl Node {
    /// The text of INFO for one section, or for `default`, `all` and `everything`. Empty for an unknown section.
    pub fn info(&self, now: Now, section: &str) -> String {
        let all = matches!(section, "default" | "all" | "everything" | "");
        let mut text = String::new();
        for name in SECTIONS.into_iter().filter(|name| all || *name == section) {
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
            _ => self.info_keyspace(now, lines),
        }
    }

    fn info_server(&self, now: Now, lines: &mut Lines) {
        let uptime_s = now.time.since(self.started.time).as_secs();
        lines.0.push_str("# Server\r\n");
        lines.field("redis_version", VERSION);
        lines.field("redis_mode", "standalone");
        lines.field("arch_bits", 64);
        lines.field("run_id", self.run_id);
        lines.field("tcp_port", self.config.port());
        lines.field("server_time_usec", now.unix_ms * 1000);
        lines.field("uptime_in_seconds", uptime_s);
        lines.field("uptime_in_days", uptime_s / 86_400);
        lines.field("hz", self.config.hz());
        lines.field("configured_hz", self.config.hz());
        if let Some(shutdown) = &self.shutdown {
            lines.field("shutdown_in_milliseconds", shutdown.until.since(now.time).as_millis());
        }
    }

    fn info_clients(&self, lines: &mut Lines) {
        let clients = self.conns.values().filter(|conn| conn.peer == super::conn::Peer::Client).count();
        lines.0.push_str("# Clients\r\n");
        lines.field("connected_clients", clients);
        let blocked = self.conns.values().filter(|conn| conn.is_blocked()).count();
        lines.field("blocked_clients", blocked);
    }

    fn info_memory(&self, lines: &mut Lines) {
        let output = |replica: &Replica| self.stream.output_usage(replica.cursor.as_ref());
        let replicas = self.replicas.iter().map(output).max().unwrap_or(0).saturating_sub(self.stream.size());
        lines.0.push_str("# Memory\r\n");
        lines.field("used_memory_dataset", self.keyspace.dataset_bytes());
        lines.field("mem_clients_slaves", replicas);
        lines.field("mem_replication_backlog", self.stream.memory().saturating_sub(replicas));
        lines.field("mem_total_replication_buffers", self.stream.memory());
    }

    fn info_persistence(&self, now: Now, lines: &mut Lines) {
        lines.0.push_str("# Persistence\r\n");
        lines.flag("loading", self.loading.is_some());
        lines.field("async_loading", 0);
        lines.field("rdb_changes_since_last_save", self.stats.dirty);
        lines.flag("rdb_bgsave_in_progress", self.saving.is_some());
        lines.field("rdb_last_save_time", self.stats.last_save_s);
        lines.field("aof_enabled", 0);
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
        lines.0.push_str("# Stats\r\n");
        lines.field("total_connections_received", stats.connections);
        lines.field("total_commands_processed", stats.commands);
        lines.field("total_net_input_bytes", stats.net_input);
        lines.field("total_net_output_bytes", stats.net_output);
        lines.field("total_net_repl_input_bytes", stats.net_repl_input);
        lines.field("total_net_repl_output_bytes", stats.net_repl_output);
        lines.field("sync_full", stats.sync_full);
        lines.field("sync_partial_ok", stats.sync_partial_ok);
        lines.field("sync_partial_err", stats.sync_partial_err);
        lines.field("expired_keys", stats.expired_keys);
        lines.field("unexpected_error_replies", stats.unexpected_error_replies);
        lines.field("total_error_replies", stats.error_replies);
    }

    fn info_replication(&self, now: Now, lines: &mut Lines) {
        let now_s = now.unix_s();
        lines.0.push_str("# Replication\r\n");
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
        lines.field("master_repl_offset", if legacy { -1 } else { self.history.master_repl_offset });
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
        lines.0.push_str("# Keyspace\r\n");
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
            let hundredths = (i128::from(read) * 10_000 / i128::from(total)) as i64;
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        }
    };
    lines.field("master_sync_total_bytes", total);
    lines.field("master_sync_read_bytes", read);
    lines.field("master_sync_left_bytes", total - read);
    lines.field("master_sync_perc", percent);
    lines.field("master_sync_last_io_seconds_ago", now_s - link.last_io_s);
}
