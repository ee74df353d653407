//! Who earns by rank, and how much of it other members paid (DISC-6).

use super::{Kept, count, pays_bonuses, ratio_ppm, sum};
use crate::amount::Money;
use crate::plan::Plan;

/// What members received, and from what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Income {
    /// Σ commissions and dividends that members received: out of other members' purchases.
    pub commissions: Money,
    /// Its share of all cash received.
    pub commissions_ppm: u64,
    /// Members who received any.
    pub earners: u64,
    /// The one in a hundred of all members who earned most took this share of it.
    pub top_percent_ppm: u64,
    /// By rank, from none to the highest; only ranks that somebody has.
    pub ranks: Vec<RankIncome>,
}

/// The members of one rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankIncome {
    /// Place in the plan, from 0; `None` for members without rank.
    pub rank: Option<usize>,
    /// How many have it.
    pub members: u64,
    /// Σ spent.
    pub spent: Money,
    /// Σ cash received.
    pub cash: Money,
    /// Σ commissions and dividends.
    pub commissions: Money,
    /// Members whose cash is at least their spend, of those who spent.
    pub recovered: u64,
}

impl Income {
    pub(super) fn of(kept: &[Kept], plan: &Plan) -> Option<Income> {
        if !pays_bonuses(plan) && plan.ranks.is_empty() {
            return None;
        }
        let commissions = sum(kept.iter().map(|row| row.commissions));
        let cash = sum(kept.iter().map(|row| row.cash));
        let mut earned: Vec<Money> =
            kept.iter().map(|row| row.commissions).filter(|earned| !earned.is_zero()).collect();
        earned.sort_unstable_by(|a, b| b.cmp(a));
        let top = sum(earned.iter().take(kept.len().div_ceil(100)).copied());
        let ranks = std::iter::once(None).chain((0..plan.ranks.len()).map(Some));
        let ranks = ranks.map(|rank| {
            let of_rank = || kept.iter().filter(move |row| row.rank == rank);
            RankIncome {
                rank,
                members: count(of_rank().count()),
                spent: sum(of_rank().map(|row| row.spent)),
                cash: sum(of_rank().map(|row| row.cash)),
                commissions: sum(of_rank().map(|row| row.commissions)),
                recovered: count(of_rank().filter(|row| !row.spent.is_zero() && row.received(1)).count()),
            }
        });
        Some(Income {
            commissions,
            commissions_ppm: ratio_ppm(commissions.wide(), cash.wide()),
            earners: count(earned.len()),
            top_percent_ppm: ratio_ppm(top.wide(), commissions.wide()),
            ranks: ranks.filter(|rank| rank.members != 0).collect(),
        })
    }
}
