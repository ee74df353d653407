//! How often who may ask: token buckets in memory. Guessing is slowed by account and address, and nobody is locked out (ACC-4).

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Mutex;

use serde::Deserialize;

use crate::access::Who;
use crate::problem::{Problem, ServerFault};

/// Most buckets of a kind that are kept; the fullest go first, which is as if they had never been asked for.
const BUCKETS_MAX: usize = 100_000;

/// A bucket's size and how soon it fills again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// So many at once.
    burst: u32,
    /// One more after so many microseconds.
    every_us: i64,
}

/// Log-ins by account and address together.
pub(crate) const LOGIN_ACCOUNT: Rate = Rate { burst: 10, every_us: 30_000_000 };
/// Log-ins, sign-ups and links by address.
pub(crate) const LOGIN_ADDRESS: Rate = Rate { burst: 60, every_us: 2_000_000 };
/// One-time codes sent to a login, from wherever they are asked for.
pub(crate) const CODE_ACCOUNT: Rate = Rate { burst: 5, every_us: 60_000_000 };
/// One-time codes by address.
pub(crate) const CODE_ADDRESS: Rate = Rate { burst: 30, every_us: 10_000_000 };
/// Questions to the lab, by address: somebody who types has a plan checked and run at every pause.
pub(crate) const LAB_ADDRESS: Rate = Rate { burst: 120, every_us: 500_000 };
/// Exports of all one's data by person.
pub(crate) const EXPORTS: Rate = Rate { burst: 5, every_us: 60_000_000 };
/// Pictures by person: sixty at once, and sixty in an hour.
pub(crate) const PICTURES: Rate = Rate { burst: 60, every_us: 60_000_000 };
/// Writes by person.
const WRITES: Rate = Rate { burst: 600, every_us: 10_000 };

/// What a server's configuration says of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Commands of a program's key in a second, and ten times as many at once.
    pub key_writes_per_second: NonZeroU32,
}

impl Default for LimitSettings {
    fn default() -> LimitSettings {
        LimitSettings { key_writes_per_second: NonZeroU32::new(2_000).expect("not zero") }
    }
}

/// Buckets by what is limited and for whom.
#[derive(Debug)]
pub(crate) struct Limits {
    key_writes: Rate,
    full_at: Mutex<HashMap<(&'static str, String), i64>>,
}

impl Limits {
    pub(crate) fn new(settings: LimitSettings) -> Limits {
        let second = settings.key_writes_per_second.get();
        let key_writes =
            Rate { burst: second.saturating_mul(10), every_us: (1_000_000 / i64::from(second)).max(1) };
        Limits { key_writes, full_at: Mutex::default() }
    }

    /// How often who asks may write.
    pub(crate) fn writes(&self, who: &Who) -> Rate {
        let by_key = who.caller.as_ref().is_some_and(|caller| caller.key.is_some());
        if by_key { self.key_writes } else { WRITES }
    }

    /// Takes one from a bucket; a problem that says how long to wait if it is empty.
    pub(crate) fn take(&self, what: &'static str, who: &str, rate: Rate, now_us: i64) -> Result<(), Problem> {
        self.take_many(what, who, rate, 1, now_us)
    }

    /// Takes so many from a bucket, or none; of a full bucket all that is in it is enough.
    pub(crate) fn take_many(
        &self,
        what: &'static str,
        who: &str,
        rate: Rate,
        count: u32,
        now_us: i64,
    ) -> Result<(), Problem> {
        let mut buckets = self.full_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, full_at| *full_at > now_us);
        }
        // A bucket is the time at which it will be full.
        let full_at = buckets.entry((what, who.to_owned())).or_insert(now_us);
        let next = (*full_at).max(now_us).saturating_add(i64::from(count.min(rate.burst)) * rate.every_us);
        let wait_us = next - now_us - i64::from(rate.burst) * rate.every_us;
        if wait_us > 0 {
            let seconds = u32::try_from(wait_us.saturating_add(999_999) / 1_000_000).unwrap_or(u32::MAX);
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
        let (limits, rate) = (Limits::new(LimitSettings::default()), Rate { burst: 2, every_us: 1_000_000 });
        let take = |now_ms: i64| limits.take("test", "a", rate, now_ms * 1_000).is_ok();
        assert!(take(0) && take(0) && !take(0) && !take(999));
        assert!(take(1_000) && !take(1_000));
        assert!(limits.take("test", "b", rate, 0).is_ok());
        assert!(limits.take_many("test", "c", rate, 3, 0).is_ok(), "all that it ever holds");
        assert!(limits.take_many("test", "c", rate, 2, 1_000_000).is_err());
        assert!(limits.take_many("test", "c", rate, 1, 1_000_000).is_ok(), "the refusal took nothing");
    }
}
