//! Sections and lines of INFO beyond those that the page shows. Memory and processor time are not measured here.

use super::super::Node;
use super::super::info::Lines;
use super::pubsub::Topic;
use super::tally::Calls;

/// Memory that a process has without any data, as a number that clients may divide by.
const PROCESS_BYTES: u64 = 1 << 20;

impl Node {
    /// A section that the page does not show.
    pub(in crate::node) fn info_more(&self, name: &str, lines: &mut Lines) {
        let tally = &self.service.tally;
        match name {
            "cpu" => {
                lines.heading("CPU");
                for name in ["sys", "user", "sys_children", "user_children", "sys_main_thread", "user_main_thread"] {
                    lines.field(&["used_cpu_", name].concat(), "0.000000");
                }
            }
            "modules" => lines.heading("Modules"),
            "commandstats" => {
                lines.heading("Commandstats");
                for (name, Calls { calls, rejected, failed, micros, .. }) in tally.commands() {
                    let hundredths = micros * 100 / calls.max(1);
                    let mean = format!("{}.{:02}", hundredths / 100, hundredths % 100);
                    let counts = format!(
                        "calls={calls},usec={micros},usec_per_call={mean},rejected_calls={rejected},failed_calls={failed}"
                    );
                    lines.field(&["cmdstat_", name].concat(), counts);
                }
            }
            "errorstats" => {
                lines.heading("Errorstats");
                for (code, count) in &tally.errors {
                    let name = ["errorstat_", &String::from_utf8_lossy(code)].concat();
                    lines.field(&name, format!("count={count}"));
                }
            }
            "latencystats" => {
                lines.heading("Latencystats");
                // No distribution is kept: the mean stands for every percentile.
                let percentiles = self.config.latency_percentiles();
                for (name, calls) in
                    tally.commands().iter().filter(|(_, calls)| calls.calls > 0 && !percentiles.is_empty())
                {
                    let mean = calls.micros / calls.calls;
                    let shown = percentiles.iter().map(|percentile| format!("p{percentile}={mean}.000"));
                    lines.field(&["latency_percentiles_usec_", name].concat(), shown.collect::<Vec<_>>().join(","));
                }
            }
            "cluster" => {
                lines.heading("Cluster");
                lines.field("cluster_enabled", 0);
            }
            _ => {}
        }
    }

    /// Bytes of the data, the stream and the process itself.
    pub(in crate::node) fn used_memory(&self) -> u64 {
        PROCESS_BYTES + self.stream.memory() + self.keyspace.dataset_bytes()
    }

    /// Memory that eviction does not count: what replicas make the stream keep beyond the backlog, as Redis reckons it
    /// (`docs/redis-replication.md` 10).
    pub(in crate::node) fn memory_of_replicas(&self) -> u64 {
        const BLOCK: u64 = 16 << 10;
        const BLOCK_OVERHEAD: u64 = 64;
        let backlog = self.config.repl_backlog_size();
        let counted = backlog + (backlog / BLOCK + 1) * BLOCK_OVERHEAD;
        self.stream.memory().saturating_sub(counted)
    }

    /// What the process uses: its data, the stream, and a constant.
    pub(in crate::node) fn info_memory_used(&self, lines: &mut Lines) {
        let used = self.used_memory();
        let overhead = used - self.keyspace.dataset_bytes();
        lines.field("used_memory", used);
        lines.field("used_memory_human", human(used));
        lines.field("used_memory_rss", used);
        lines.field("used_memory_rss_human", human(used));
        lines.field("used_memory_peak", used);
        lines.field("used_memory_peak_human", human(used));
        lines.field("used_memory_peak_perc", "100.00%");
        lines.field("used_memory_overhead", overhead);
        lines.field("used_memory_startup", PROCESS_BYTES);
    }

    pub(in crate::node) fn info_memory_limits(&self, lines: &mut Lines) {
        let max = self.config.max_memory();
        lines.constants(&[("used_memory_dataset_perc", "100.00%"), ("allocator_allocated", "0")]);
        lines.constants(&[("allocator_active", "0"), ("allocator_resident", "0"), ("total_system_memory", "0")]);
        lines.constants(&[("total_system_memory_human", "0B"), ("used_memory_lua", "0"), ("used_memory_vm_eval", "0")]);
        lines.constants(&[("used_memory_lua_human", "0B"), ("used_memory_scripts_eval", "0")]);
        lines.constants(&[("number_of_cached_scripts", "0"), ("number_of_functions", "0")]);
        lines.constants(&[("number_of_libraries", "0"), ("used_memory_vm_functions", "0")]);
        lines.constants(&[("used_memory_vm_total", "0"), ("used_memory_vm_total_human", "0B")]);
        lines.constants(&[("used_memory_functions", "0"), ("used_memory_scripts", "0")]);
        lines.field("used_memory_scripts_human", "0B");
        lines.field("maxmemory", max);
        lines.field("maxmemory_human", human(max));
        lines.field("maxmemory_policy", self.config.show(crate::config::Directive::MaxMemoryPolicy));
        lines.constants(&[("allocator_frag_ratio", "1.00"), ("allocator_frag_bytes", "0")]);
        lines.constants(&[("allocator_rss_ratio", "1.00"), ("allocator_rss_bytes", "0")]);
        lines.constants(&[("rss_overhead_ratio", "1.00"), ("rss_overhead_bytes", "0")]);
        lines.constants(&[("mem_fragmentation_ratio", "1.00"), ("mem_fragmentation_bytes", "0")]);
        lines.field("mem_not_counted_for_evict", self.memory_of_replicas());
    }

    pub(in crate::node) fn info_stats_more(&self, lines: &mut Lines) {
        let service = &self.service;
        lines.constants(&[("expired_stale_perc", "0.00"), ("expired_time_cap_reached_count", "0")]);
        lines.constants(&[("expire_cycle_cpu_milliseconds", "0")]);
        lines.field("evicted_keys", service.evicted);
        lines.field("evicted_clients", 0);
        lines.constants(&[("total_eviction_exceeded_time", "0"), ("current_eviction_exceeded_time", "0")]);
        lines.field("keyspace_hits", service.hits);
        lines.field("keyspace_misses", service.misses);
        lines.field("pubsub_channels", service.topics.len(Topic::Channel));
        lines.field("pubsub_patterns", service.topics.len(Topic::Pattern));
        lines.field("pubsubshard_channels", service.topics.len(Topic::Shard));
        lines.constants(&[("latest_fork_usec", "0"), ("total_forks", "0"), ("migrate_cached_sockets", "0")]);
        lines.field("slave_expires_tracked_keys", self.service.local_keys.len());
        lines.constants(&[("active_defrag_hits", "0")]);
        lines.constants(&[("active_defrag_misses", "0"), ("active_defrag_key_hits", "0")]);
        lines.constants(&[("active_defrag_key_misses", "0"), ("total_active_defrag_time", "0")]);
        lines.constants(&[("current_active_defrag_time", "0"), ("tracking_total_keys", "0")]);
        lines.constants(&[("tracking_total_items", "0"), ("tracking_total_prefixes", "0")]);
    }

    /// CONFIG RESETSTAT.
    pub(in crate::node) fn reset_service_counts(&mut self) {
        let service = &mut self.service;
        service.tally = super::tally::Tally::default();
        (service.hits, service.misses, service.rejected_connections, service.evicted) = (0, 0, 0, 0);
    }

    /// A snapshot was completed.
    pub(in crate::node) fn note_saved(&mut self, by_child: bool) {
        self.service.saves += 1;
        self.disk_is_fine(by_child);
    }

    /// A snapshot was loaded.
    pub(in crate::node) fn note_loaded(&mut self, keys: u64, expired: u64) {
        (self.service.keys_loaded, self.service.keys_expired_at_load) = (keys, expired);
    }
}

/// Bytes with two digits of the largest unit that they fill.
fn human(bytes: u64) -> String {
    let units = [(40, "T"), (30, "G"), (20, "M"), (10, "K")];
    match units.into_iter().find(|(shift, _)| bytes >> shift > 0) {
        None => format!("{bytes}B"),
        Some((shift, name)) => {
            let hundredths = u128::from(bytes) * 100 / (1 << shift);
            format!("{}.{:02}{name}", hundredths / 100, hundredths % 100)
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_are_shown_with_units() {
        assert_eq!([0, 1023, 1536, 10 << 30].map(super::human), ["0B", "1023B", "1.50K", "10.00G"]);
    }
}
