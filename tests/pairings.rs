//! `psync node` and a real `redis-server` as each other's master and replica, over TCP. Every scenario runs in every
//! pairing, at the same time; a failure names its pairing as the thread's name.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::disallowed_types, reason = "real servers answer in real time")]

#[path = "pairings/data.rs"]
mod data;
#[path = "pairings/limits.rs"]
mod limits;
#[path = "pairings/line.rs"]
mod line;
#[path = "pairings/proxy.rs"]
mod proxy;
#[path = "pairings/roles.rs"]
mod roles;
#[path = "conformance/server.rs"]
mod server;
#[path = "pairings/sync.rs"]
mod sync;

use line::{PAIRINGS, Pairing};

/// Runs a scenario in every pairing at the same time.
fn in_each_pairing(scenario: fn(&Pairing)) {
    std::thread::scope(|scope| {
        let threads: Vec<_> = PAIRINGS
            .iter()
            .map(|pairing| {
                let thread = std::thread::Builder::new().name(pairing.name.into());
                (pairing.name, thread.spawn_scoped(scope, move || scenario(pairing)).expect("a thread"))
            })
            .collect();
        let failed: Vec<&str> =
            threads.into_iter().filter_map(|(name, thread)| thread.join().is_err().then_some(name)).collect();
        assert!(failed.is_empty(), "failed with {}", failed.join("; "));
    });
}

/// One test for each scenario.
macro_rules! scenarios {
    ($($test:ident: $scenario:path;)*) => {
        $(
            #[test]
            fn $test() {
                in_each_pairing($scenario);
            }
        )*
    };
}

scenarios! {
    a_full_resync_brings_every_type_and_the_stream_goes_on: sync::full_resync;
    a_cut_link_is_healed_by_a_partial_resync: sync::cut;
    an_outrun_backlog_costs_a_full_resync: sync::outrun;
    a_replica_restarts_with_and_without_its_snapshot: sync::replica_restart;
    a_master_restarts_with_and_without_its_snapshot: sync::master_restart;
    whoever_stands_still_is_given_up_and_taken_back: sync::timeouts;
    silence_is_noticed_on_both_sides: sync::silence;
    a_promotion_keeps_everybody_on_a_partial_resync: roles::promotion;
    a_failover_hands_the_role_over_without_losing_a_write: roles::failover;
    a_stuck_failover_is_given_up_aborted_or_forced: roles::stuck_failover;
    a_shutdown_waits_for_a_replica_that_lags: roles::shutdown;
    wait_asks_for_acknowledgements: limits::wait;
    the_gate_counts_real_acknowledgements: limits::gate;
    a_replica_that_does_not_read_is_dropped: limits::output_limit;
    the_standard_benchmark_leaves_equal_data_sets: limits::benchmark;
}
