//! What the benchmarks of this crate measure with.

use std::time::Duration;

/// That of the binary.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Says what ran on the machine before.
pub(crate) fn print_load() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".to_owned());
    println!("load before: {}", load.trim());
}

/// A number that looks random and follows from another (SplitMix64).
pub(crate) fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// How many in a second.
pub(crate) fn per_second(operations: u64, elapsed: Duration) -> u128 {
    u128::from(operations) * 1_000_000_000 / elapsed.as_nanos().max(1)
}

/// How times spread.
pub(crate) fn spread(latencies: &mut [Duration]) -> String {
    latencies.sort_unstable();
    let at = |ppm: usize| {
        latencies.get(latencies.len().saturating_sub(1) * ppm / 1_000_000).copied().unwrap_or_default()
    };
    let us = |ppm| at(ppm).as_micros();
    format!(
        "p50 {} us, p95 {} us, p99 {} us, p99.9 {} us, longest {} us",
        us(500_000),
        us(950_000),
        us(990_000),
        us(999_000),
        us(1_000_000)
    )
}
