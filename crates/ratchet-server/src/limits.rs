//! How often who may ask: token buckets in memory. Guessing is slowed by account and address, and nobody is locked out (ACC-4).

use std::collections::HashMap;
use std::sync::Mutex;

use crate::problem::{Problem, ServerFault};

/// Most buckets of a kind that are kept; the fullest go first, which is as if they had never been asked for.
const BUCKETS_MAX: usize = 100_000;

/// A bucket's size and how soon it fills again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// So many at once.
    burst: u32,
    /// One more after so many milliseconds.
    every_ms: i64,
}

/// Log-ins by account and address together.
pub(crate) const LOGIN_ACCOUNT: Rate = Rate { burst: 10, every_ms: 30_000 };
/// Log-ins, sign-ups and links by address.
pub(crate) const LOGIN_ADDRESS: Rate = Rate { burst: 60, every_ms: 2_000 };
/// One-time codes sent to a login, from wherever they are asked for.
pub(crate) const CODE_ACCOUNT: Rate = Rate { burst: 5, every_ms: 60_000 };
/// One-time codes by address.
pub(crate) const CODE_ADDRESS: Rate = Rate { burst: 30, every_ms: 10_000 };
/// Exports of all one's data by person.
pub(crate) const EXPORTS: Rate = Rate { burst: 5, every_ms: 60_000 };
/// Writes by person.
pub(crate) const WRITES: Rate = Rate { burst: 600, every_ms: 10 };

/// Buckets by what is limited and for whom.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<(&'static str, String), i64>>);

impl Limits {
    /// Takes one from a bucket; a problem that says how long to wait if it is empty.
    pub(crate) fn take(&self, what: &'static str, who: &str, rate: Rate, now_us: i64) -> Result<(), Problem> {
        let mut buckets = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now_ms = now_us / 1_000;
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, full_at| *full_at > now_ms);
        }
        // A bucket is the time at which it will be full.
        let full_at = buckets.entry((what, who.to_owned())).or_insert(now_ms);
        let next = (*full_at).max(now_ms) + rate.every_ms;
        let wait_ms = next - now_ms - i64::from(rate.burst) * rate.every_ms;
        if wait_ms > 0 {
            let seconds = u32::try_from(wait_ms.saturating_add(999) / 1_000).unwrap_or(u32::MAX);
            return Err(Problem::new(ServerFault::TooMany { seconds }).retry_after(seconds));
        }
        *full_at = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (limits, rate) = (Limits::default(), Rate { burst: 2, every_ms: 1_000 });
        let take = |now_ms: i64| limits.take("test", "a", rate, now_ms * 1_000).is_ok();
        assert!(take(0) && take(0) && !take(0) && !take(999));
        assert!(take(1_000) && !take(1_000));
        assert!(limits.take("test", "b", rate, 0).is_ok());
    }
}
