//! What the plan says of what stands in the state: days, legs, caps, grants. Flows ask here and put the answers into events;
//! `apply` cannot: the state has no plan.

use crate::amount::{Money, Points, Rate, Rounding, UNITS_PER_POINT, mul_div};
use crate::campaign::GroupState;
use crate::dividend::next_period;
use crate::engine::Engine;
use crate::event::{CapTerms, Event};
use crate::id::{LineNo, OrderNo};
use crate::ledger::AccountKind;
use crate::order::{LineCounts, allocation, flag};
use crate::plan::{Discount, DividendPlan, Excludes, ExitOf, ExitPlan, Split};
use crate::pool::Pair;
use crate::state::daily::GRANTS_MAX;
use crate::time::{Day, Timestamp};

impl Engine {
    /// The local day now.
    pub(crate) fn today(&self) -> Day {
        self.plan.programme.calendar.day_of(self.state.now)
    }

    /// The local day that ends with the close being done.
    pub(crate) fn closing_day(&self) -> Day {
        let before = Timestamp::from_us(self.state.now.us() - 1).unwrap_or(Timestamp::MIN);
        self.plan.programme.calendar.day_of(before)
    }

    /// COMM-5a: the end of the period of the dividend that contains today; `None` without a dividend and past the end of time.
    pub(crate) fn period_end(&self) -> Option<Timestamp> {
        let plan = self.plan.commission.as_ref()?.dividend?;
        let end = self.plan.programme.calendar.start_of(next_period(plan.period, self.today()));
        Some(end).filter(|end| *end > self.state.now)
    }

    /// The local day of now begins, unless it has: what is counted by days counts on it from now on (TIME-3).
    #[cold]
    pub(crate) fn day_begins(&self) -> Event {
        let ends_at = self.plan.programme.calendar.next_midnight(self.state.now);
        Event::DayBegan { day: self.today(), ends_at }
    }

    fn counts_days(&self) -> bool {
        self.plan.emission.is_some()
            || self.plan.commission.as_ref().is_some_and(|plan| plan.dividend.is_some())
    }

    /// With the first command that is carried out the programme's days begin, where anything counts them.
    #[inline]
    pub(crate) fn begin_days(&mut self) {
        if self.state.first_day.is_none() && self.counts_days() {
            let (closes, dividend_at) = (self.plan.emission.is_some(), self.period_end());
            self.commit(Event::DaysBegan { closes, dividend_at });
        }
    }

    /// LOY-2: when loyalty points of now expire, the end of a local day; at the end of time if it comes before.
    pub(crate) fn loyalty_expiry(&self) -> Timestamp {
        let days = self.plan.loyalty.as_ref().map_or(0, |plan| plan.valid_days);
        self.plan.programme.calendar.end_of_validity(self.state.now, days).unwrap_or(Timestamp::MAX)
    }

    /// POOL-6: what the plan says of caps.
    pub(crate) fn cap_terms(&self) -> Option<CapTerms> {
        let ExitPlan { multiple, basis, counts, of, .. } = self.plan.pool?.exit?;
        Some(CapTerms { multiple, basis, counts, of, zero_is_no_cap: self.plan.claims.is_some() })
    }

    /// POOL-2: the pair whose price the next mint uses when there is no supply: the opening price, or the last
    /// price quoted before the supply became zero if that is higher.
    pub(crate) fn start_price(&self) -> Pair {
        let opening = self.plan.pool.map_or(Money::ZERO, |pool| pool.opening_price);
        let opening = Pair { assets: opening, supply: Points::from_units(UNITS_PER_POINT) };
        self.state.last_price.filter(|last| last.is_at_least(&opening)).unwrap_or(opening)
    }

    /// POOL-13: what a settling line counts at once, of which nothing will mint.
    pub(crate) fn cap_base_without_mint(&self, base: Money) -> Money {
        match self.plan.pool {
            Some(_) if self.state.exit_of() == ExitOf::Spend => base,
            Some(_) | None => Money::ZERO,
        }
    }

    /// POOL-13: what a settled line counts. Where that is not on record, it minted its whole contribution at settlement, or
    /// nothing ever.
    pub(crate) fn line_counts(&self, line: LineNo) -> LineCounts {
        let (record, exponent) = (self.state.orders.line(line), self.state.ledger.exponent());
        if record.has(flag::COUNTED) {
            return self.state.orders.counts(line, exponent);
        }
        // Late refunds would be on record: this is the base at settlement.
        let base = self.state.orders.base_left(line);
        if !record.has(flag::LOT) {
            let cap_base = self.cap_base_without_mint(base);
            return LineCounts { cap_base, cycle_cap_base: cap_base, ..LineCounts::default() };
        }
        let contribution = self.settled_pool(line, base);
        let cap_base = match self.state.exit_of() {
            ExitOf::Spend => base,
            ExitOf::Contribution => contribution,
        };
        let minted = Points::from_units(self.state.orders.minted(line, exponent));
        LineCounts {
            contribution,
            cap_base,
            cycle_cap_base: cap_base,
            // Granted points are earned in no cycle (CLAIM-2a).
            cycle_earned: if base.is_zero() { Points::ZERO } else { minted },
            lot_cap_base: cap_base,
            lot_earned: minted,
        }
    }

    /// The pool leg with which a line settled.
    pub(crate) fn settled_pool(&self, line: LineNo, settled_base: Money) -> Money {
        // The other tenders do not touch the pool leg.
        self.allocation_of(line, settled_base, Money::ZERO).pool
    }

    /// The legs of a line on `base` left, with the other tenders left as they are now.
    pub(crate) fn line_legs(&self, line: LineNo, base: Money) -> crate::order::Allocation {
        self.allocation_of(line, base, self.state.other_left(line))
    }

    /// The legs of a line on `base` and `other` left.
    #[inline]
    pub(crate) fn allocation_of(&self, line: LineNo, base: Money, other: Money) -> crate::order::Allocation {
        let (record, detail) = (self.state.orders.line(line), self.state.orders.detail(line));
        let split = self.split_of(record.order);
        allocation(self.plan_of(record.order), split, record.base(), detail, base, other)
    }

    /// The split that the order's money follows.
    #[inline]
    pub(crate) fn split_of(&self, order: OrderNo) -> &Split {
        let plan = self.plan_of(order);
        if plan.sources.is_empty() {
            return &plan.split;
        }
        plan.split_of(self.state.source_of(order))
    }

    /// What the order does not take part in.
    #[inline]
    pub(crate) fn excludes_of(&self, order: OrderNo) -> Excludes {
        let plan = self.plan_of(order);
        if plan.sources.is_empty() {
            return Excludes::default();
        }
        plan.excludes_of(self.state.source_of(order))
    }

    /// REL-1: what a line grants on this base, in units: one point for one unit of the currency, times the ratio,
    /// times the award zone.
    pub(crate) fn release_grant(&self, line: LineNo, base: Money) -> u128 {
        let Some(plan) = &self.plan_of_line(line).release else { return 0 };
        if self.excludes_of(self.state.orders.line(line).order).release {
            return 0;
        }
        let zone = self.state.orders.detail(line).zone.and_then(|zone| plan.zones.get(usize::from(zone)));
        let multiple = zone.map_or(1, |(_, multiple)| *multiple);
        self.units_of(base, plan.grant_ratio) * u128::from(multiple)
    }

    /// EMIT-1: what a line grants its buyer on this base, in units; the award of a listed product replaces the ratio
    /// (MERCH-4a).
    pub(crate) fn value_grant_of(&self, line: LineNo, base: Money) -> u128 {
        let Some(plan) = &self.plan_of_line(line).value else { return 0 };
        if self.excludes_of(self.state.orders.line(line).order).value {
            return 0;
        }
        let Some(award) = self.state.merchant_records.award(line) else {
            return self.units_of(base, plan.grant_ratio);
        };
        // Rounds down; at most the award, as no more is left of the base than was paid.
        let paid = self.state.orders.line(line).base();
        mul_div(award.units.units(), base.as_u128(), paid.as_u128(), Rounding::Down).unwrap_or(0)
    }

    /// Units of 10⁻¹² for a base at a rate.
    fn units_of(&self, base: Money, rate: Rate) -> u128 {
        let minor_in_units = crate::release::units_per_minor(self.plan.programme.currency);
        // Rounds down; exact for currencies of up to six decimals.
        mul_div(base.as_u128(), minor_in_units * u128::from(rate.ppm()), 1_000_000, Rounding::Down)
            .expect("63 bits times 10^12 fit")
    }

    /// Whether grants for this much more money stay within [`GRANTS_MAX`], those of open orders included.
    #[inline]
    pub(crate) fn has_room_for_grants(&self, money: Money) -> bool {
        if self.plan.release.is_none() && self.plan.value.is_none() {
            return true;
        }
        let open = self.state.money(AccountKind::Escrow).add_within_limit(money);
        let fits = |kind, rate: Rate, times: u128| {
            let granted = self.state.ledger.programme(kind).unsigned_abs();
            granted.saturating_add(self.units_of(open, rate) * times) <= GRANTS_MAX
        };
        let release = self.plan.release.as_ref().is_none_or(|plan| {
            let multiple = plan.zones.iter().map(|(_, multiple)| *multiple).max().unwrap_or(1).max(1);
            fits(AccountKind::ReleaseIssued, plan.grant_ratio, multiple.into())
        });
        let value = self.plan.value.as_ref().is_none_or(|plan| {
            let generations = u128::try_from(plan.referral.len()).expect("few generations");
            fits(AccountKind::ValueIssued, plan.grant_ratio, 1 + generations)
        });
        release && value
    }

    /// Whether orders record entitlements at payment (COMM-0, EMIT-1).
    #[inline]
    pub(crate) fn records_entitlements(&self, order: OrderNo) -> bool {
        if self.state.versions.is_first() {
            let referral = self.plan.value.as_ref().is_some_and(|plan| !plan.referral.is_empty());
            return self.pays_commissions || referral;
        }
        self.plan_of(order).records_entitlements()
    }

    /// What groups that did not fail can still bring of fixed bonuses (DISC-2d).
    pub(crate) fn bonuses_to_come(&self) -> Money {
        let groups = self.state.campaigns.groups().filter(|(_, group)| group.state != GroupState::Failed);
        let left = groups.filter_map(|(_, group)| {
            let promotion = self.promotion_of(group.campaign);
            match promotion.group?.leader_bonus? {
                Discount::Fixed(bonus) => Some(bonus.saturating_sub(group.bonus)),
                Discount::Rate(_) => None,
            }
        });
        left.fold(Money::ZERO, |sum, bonus| sum.checked_add(bonus).unwrap_or(sum))
    }

    pub(crate) fn dividend_plan(&self) -> Option<DividendPlan> {
        self.plan.commission.as_ref().and_then(|plan| plan.dividend)
    }
}
