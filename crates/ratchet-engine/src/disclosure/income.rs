//! Who earns by rank, and how much of it other members paid (DISC-6).

use super::{Bonus, Kept, count, pays_bonuses, ratio_ppm, sum};
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
    pub(super) fn of(kept: &[Kept], bonuses: &[Bonus], plan: &Plan) -> Option<Income> {
        if !pays_bonuses(plan) && plan.ranks.is_empty() {
            return None;
        }
        let commissions = sum(bonuses.iter().map(|bonus| bonus.commissions));
        let cash = sum(kept.iter().map(|row| row.cash));
        let mut earned: Vec<Money> =
            bonuses.iter().map(|bonus| bonus.commissions).filter(|earned| !earned.is_zero()).collect();
        earned.sort_unstable_by(|a, b| b.cmp(a));
        let top = sum(earned.iter().take(kept.len().div_ceil(100)).copied());
        // None first, then the plan's ranks: one pass over the members for all of them.
        let ranks = std::iter::once(None).chain((0..plan.ranks.len()).map(Some));
        let mut ranks: Vec<RankIncome> = ranks.map(RankIncome::empty).collect();
        let mut bonuses = bonuses.iter().peekable();
        for (number, row) in kept.iter().enumerate() {
            let bonus = bonuses.next_if(|bonus| bonus.row == number);
            let place = bonus.and_then(|bonus| bonus.rank).map_or(0, |rank| rank + 1);
            let commissions = bonus.map_or(Money::ZERO, |bonus| bonus.commissions);
            ranks.get_mut(place).expect("a rank of the plan").add(row, commissions);
        }
        ranks.retain(|rank| rank.members != 0);
        Some(Income {
            commissions,
            commissions_ppm: ratio_ppm(commissions.as_u128(), cash.as_u128()),
            earners: count(earned.len()),
            top_percent_ppm: ratio_ppm(top.as_u128(), commissions.as_u128()),
            ranks,
        })
    }
}

impl RankIncome {
    fn empty(rank: Option<usize>) -> RankIncome {
        let [spent, cash, commissions] = [Money::ZERO; 3];
        RankIncome { rank, members: 0, spent, cash, commissions, recovered: 0 }
    }

    fn add(&mut self, row: &Kept, commissions: Money) {
        self.members += 1;
        self.spent = self.spent.add_within_limit(row.spent);
        self.cash = self.cash.add_within_limit(row.cash);
        self.commissions = self.commissions.add_within_limit(commissions);
        self.recovered += u64::from(!row.spent.is_zero() && row.received(1));
    }
}
