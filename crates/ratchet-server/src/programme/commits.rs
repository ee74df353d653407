//! How long the last commits of all programmes took.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// So many are remembered.
const LAST: usize = 1_024;

/// The last commits of a server, each where an older one stood.
#[derive(Debug)]
pub(super) struct Commits {
    us: Vec<AtomicU64>,
    next: AtomicUsize,
}

impl Default for Commits {
    fn default() -> Commits {
        Commits { us: (0..LAST).map(|_| AtomicU64::new(0)).collect(), next: AtomicUsize::new(0) }
    }
}

impl Commits {
    pub(super) fn add(&self, took: Duration) {
        let place = self.next.fetch_add(1, Ordering::Relaxed) % LAST;
        // Zero says that there was none yet.
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        self.us[place].store(us, Ordering::Relaxed);
    }

    /// No longer took 99 of 100; nothing before the first.
    pub(super) fn p99(&self) -> Option<Duration> {
        let mut us: Vec<u64> =
            self.us.iter().map(|us| us.load(Ordering::Relaxed)).filter(|us| *us > 0).collect();
        us.sort_unstable();
        let rank = (us.len() * 99).div_ceil(100);
        us.get(rank.checked_sub(1)?).copied().map(Duration::from_micros)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_count() {
        let commits = Commits::default();
        assert_eq!(commits.p99(), None);
        (1..=100).for_each(|us| commits.add(Duration::from_micros(us)));
        assert_eq!(commits.p99(), Some(Duration::from_micros(99)));
        (0..LAST).for_each(|_| commits.add(Duration::from_micros(7)));
        assert_eq!(commits.p99(), Some(Duration::from_micros(7)));
    }
}
