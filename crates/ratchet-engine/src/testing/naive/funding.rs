//! Outside money of the naive model: deposits into funds and funding rounds (ADMALL-1, FUND-1 … FUND-3).

use super::Naive;
use super::arithmetic::floor_share;
use super::debts::Who;
use super::timers::Alarm;
use crate::id::Id;
use crate::rejection::Rejection;

/// Most days of a round.
const DAYS_MAX: u32 = 3_650;

/// A funding round.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) id: Id,
    pool: i128,
    injected: i128,
    subsidies_left: i128,
    per_order: i128,
    days: u32,
    /// Midnights that have passed.
    passed: u32,
    open: bool,
}

/// The amounts of a new round.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoundTerms {
    pub(super) amount: i128,
    pub(super) pool: i128,
    pub(super) subsidies: i128,
    pub(super) per_order: i128,
    pub(super) days: u32,
}

impl Naive {
    /// ADMALL-1.
    pub(super) fn deposit(&mut self, fund: &Id, amount: i128) -> Result<(), Rejection> {
        if amount == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        let number = self.plan.split.funds.iter().position(|known| known.name == fund.as_str());
        let number = number.ok_or(Rejection::FundUnknown)?;
        self.bank += amount;
        self.income(&Who::Fund(number), amount);
        self.fund_deposits += amount;
        Ok(())
    }

    /// FUND-1.
    pub(super) fn fund_round(&mut self, id: &Id, terms: RoundTerms) -> Result<(), Rejection> {
        let RoundTerms { amount, pool, subsidies, per_order, days } = terms;
        if days > DAYS_MAX {
            return Err(Rejection::LimitReached);
        }
        if amount == 0 || days == 0 || (subsidies == 0) != (per_order == 0) {
            return Err(Rejection::AmountNotPositive);
        }
        if !self.plan.funding {
            return Err(Rejection::NoFunding);
        }
        self.not_winding_down()?;
        if self.rounds.iter().any(|round| round.id == *id) {
            return Err(Rejection::RoundExists);
        }
        if pool + subsidies > amount {
            return Err(Rejection::RoundParts);
        }
        self.bank += amount;
        self.income(&Who::Platform, amount - pool - subsidies);
        self.funding_rounds += pool + subsidies;
        let round = self.rounds.len();
        self.rounds.push(Round {
            id: id.clone(),
            pool,
            injected: 0,
            subsidies_left: subsidies,
            per_order,
            days,
            passed: 0,
            open: true,
        });
        self.set_alarm(Alarm::Round { round }, self.next_midnight(self.now));
        Ok(())
    }

    /// FUND-2.
    pub(super) fn day_of_round(&mut self, number: usize) {
        let has_pool = self.plan.pool.is_some();
        let round = &mut self.rounds[number];
        round.passed += 1;
        let until_now = floor_share(round.pool, i128::from(round.passed), i128::from(round.days));
        let part = until_now - round.injected;
        let is_last = round.passed == round.days;
        if part > 0 && has_pool && self.supply > 0 {
            round.injected += part;
            self.funding_rounds -= part;
            self.assets += part;
            self.injected += part;
            self.corner("round injected");
            self.cascade(None);
            self.split_while_high();
        } else if part > 0 {
            self.corner("round without supply");
        }
        if is_last {
            self.end_round(number);
        } else {
            self.set_alarm(Alarm::Round { round: number }, self.next_midnight(self.now));
        }
    }

    /// What is left goes to the platform.
    pub(super) fn end_round(&mut self, number: usize) {
        let round = &mut self.rounds[number];
        if !std::mem::take(&mut round.open) {
            return;
        }
        let left = round.pool - round.injected + round.subsidies_left;
        self.funding_rounds -= left;
        self.income(&Who::Platform, left);
        self.cancel_alarm(Alarm::Round { round: number });
        self.corner(if left > 0 { "round ended with money left" } else { "round ended" });
    }

    /// FUND-3: when an order settles.
    pub(super) fn subsidise(&mut self, member: usize) {
        for number in 0..self.rounds.len() {
            let round = &mut self.rounds[number];
            if !round.open {
                continue;
            }
            let part = round.per_order.min(round.subsidies_left);
            round.subsidies_left -= part;
            self.funding_rounds -= part;
            let left = self.net(&Who::Member(member), part);
            self.members[member].reconsume += left;
            self.members[member].cash_received += part;
            if part > 0 {
                self.corner("order subsidised");
            }
        }
    }

    pub(super) fn round_numbers(&self, put: &mut impl FnMut(String, i128)) {
        put("accounts.funding_rounds".to_owned(), self.funding_rounds);
        put("fund_deposits".to_owned(), self.fund_deposits);
        for round in self.rounds.iter().filter(|round| round.open) {
            put(format!("rounds.{}.pool_left", round.id), round.pool - round.injected);
            put(format!("rounds.{}.subsidies_left", round.id), round.subsidies_left);
        }
    }
}
