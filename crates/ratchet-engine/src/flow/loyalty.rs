//! Loyalty points of fixed worth (LOY-1 to LOY-5f).

use std::sync::Arc;

use crate::amount::Money;
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::{Event, LoyaltyClawedBack};
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::ledger::{Account, AccountKind};
use crate::loyalty::{clawback_total, points_of_lines};
use crate::plan::{Earn, LoyaltyPlan};

impl Engine {
    /// LOY-5d: an order that was paid keeps the tier that its buyer has today, as its own plan counts.
    pub(super) fn fix_loyalty_tier(&mut self, order: OrderNo, member: MemberNo) {
        let Some(plan) = self.plan_of(order).loyalty.as_ref().filter(|plan| !plan.tiers.is_empty()) else {
            return;
        };
        let tier = self.state.loyalty.progress(member).tier(plan, self.today());
        if tier > 0 && !self.excludes_of(order).loyalty {
            let tier = u8::try_from(tier).expect("at most LOYALTY_TIERS_MAX tiers");
            self.commit(Event::LoyaltyTierFixed { order, tier });
        }
    }

    /// LOY-1: a settled line earns its buyer points. What they are worth comes out of the platform's revenue and, where
    /// that is short, from the operator.
    pub(super) fn earn_loyalty(&mut self, line: LineNo, member: MemberNo, base: Money) {
        let order = self.state.orders.line(line).order;
        let plan = Arc::clone(self.plan_of(order));
        let Some(plan) = plan.loyalty.as_ref().filter(|_| !self.excludes_of(order).loyalty) else { return };
        let points = self.points_of_line(plan, line, member, base);
        if !points.is_zero() {
            let platform = points.min(self.available(Account::programme(AccountKind::PlatformRevenue)));
            let operator = points.saturating_sub(platform);
            self.debit(AccountKind::PlatformRevenue, platform);
            let operator_claim = self.charge_operator(operator);
            self.move_loyalty(member, i128::from(points.minor()));
            let (line, expires_at) = (Some(line), self.loyalty_expiry());
            self.commit(Event::LoyaltyGranted { line, member, points, operator, operator_claim, expires_at });
        }
        // Whether days are asked for, and for how long, the plan in force says.
        let counts = self.plan.loyalty.as_ref().filter(|plan| plan.counts_days() && !base.is_zero());
        if let Some(kept) = counts.map(LoyaltyPlan::days_kept) {
            let day = self.today();
            let since = day.plus(-kept);
            self.commit(Event::LoyaltyCounted { line, member, day, spent: base, earned: points, since });
        }
        // LOY-4a: what it owes is paid with what it earned.
        let owed = self.loyalty_owed(member).min(points);
        self.net_loyalty(member, owed);
    }

    /// What a settling line earns on its base, within what its month leaves (LOY-5b, LOY-5c, LOY-5e).
    fn points_of_line(&self, plan: &LoyaltyPlan, line: LineNo, member: MemberNo, base: Money) -> Money {
        let order = self.state.orders.line(line).order;
        let tier = self.state.loyalty.tier_of(order);
        let points = match plan.earn_of(tier, self.state.orders.detail(line).class) {
            // Rounds down; the platform keeps the remainder.
            Earn::Rate(rate) if !plan.is_by_order() => rate.floor_of(base),
            Earn::Rate(_) | Earn::Steps { .. } => {
                let points = points_of_lines(plan, tier, &self.bases_left(order, None));
                let lines = self.state.orders.order(order).line_numbers();
                lines.zip(points).find(|(of, _)| *of == line).map_or(Money::ZERO, |(_, points)| points)
            }
        };
        match self.loyalty_left_of_month(plan, member) {
            Some(left) => points.min(left),
            None => points,
        }
    }

    /// LOY-5e: what a member can still earn in this month; `None` without a limit.
    pub(crate) fn loyalty_left_of_month(&self, plan: &LoyaltyPlan, member: MemberNo) -> Option<Money> {
        let limit = u128::from(plan.monthly_limit?) * plan.worth.as_u128();
        let earned = self.state.loyalty.progress(member).earned_in_month(self.today());
        let left = limit.saturating_sub(earned.as_u128());
        // Whole points only: the plan may have given another worth to those of before.
        Money::from_wide(left - left % plan.worth.as_u128())
    }

    /// The classes of an order's lines and what is left of their bases; `changed` is a line of which something else is left.
    fn bases_left(&self, order: OrderNo, changed: Option<(LineNo, Money)>) -> Vec<(Option<u16>, Money)> {
        let orders = &self.state.orders;
        let left = orders.order(order).line_numbers().map(|line| {
            let base = changed.filter(|(of, _)| *of == line).map_or(orders.base_left(line), |(_, left)| left);
            (orders.detail(line).class, base)
        });
        left.collect()
    }

    /// What a member owes in points.
    pub(super) fn loyalty_owed(&self, member: MemberNo) -> Money {
        let owed = self.state.ledger.balance(Account::member(AccountKind::LoyaltyReceivable, member));
        Money::from_wide(owed.unsigned_abs()).unwrap_or(Money::ZERO)
    }

    /// LOY-4a: so many of a member's points pay what it owes in points.
    pub(super) fn net_loyalty(&mut self, member: MemberNo, points: Money) {
        if points.is_zero() {
            return;
        }
        self.move_loyalty(member, -i128::from(points.minor()));
        let (operator, operator_claim) = self.return_loyalty_money(points);
        self.post(Account::member(AccountKind::LoyaltyReceivable, member), i128::from(points.minor()));
        self.debit(AccountKind::LoyaltyRecoverable, points);
        let lots = self.state.loyalty.newest(member, points);
        self.commit(Event::LoyaltyNetted { member, points, operator, operator_claim, lots });
        self.net_income(Debtor::Platform, points.saturating_sub(operator));
    }

    /// LOY-1a: posts the money of points that come back unused: to the operator what it paid for points, the rest to the
    /// platform. Says what the operator got, and of that what became its claim.
    fn return_loyalty_money(&mut self, points: Money) -> (Money, Money) {
        let operator = points.min(self.state.loyalty.by_operator);
        let operator_claim = self.credit_operator(operator);
        self.credit(AccountKind::PlatformRevenue, points.saturating_sub(operator));
        (operator, operator_claim)
    }

    /// Gives a member points, a lot of today; the caller has posted where they come from.
    pub(super) fn give_loyalty(&mut self, member: MemberNo, points: Money) {
        self.move_loyalty(member, i128::from(points.minor()));
        let (operator, operator_claim) = (Money::ZERO, Money::ZERO);
        let (line, expires_at) = (None, self.loyalty_expiry());
        self.commit(Event::LoyaltyGranted { line, member, points, operator, operator_claim, expires_at });
    }

    /// LOY-3: an order is paid with points.
    pub(super) fn spend_loyalty(&mut self, order: OrderNo, member: MemberNo, points: Money) {
        self.move_loyalty(member, -i128::from(points.minor()));
        self.credit(AccountKind::Escrow, points);
        let lots = self.state.loyalty.oldest(member, points);
        self.commit(Event::LoyaltySpent { order, member, points, lots });
    }

    /// LOY-4: a late refund of `cash` leaves `left` of a line's base: what the rest had earned goes back, as far as the
    /// member has it. What was spent is owed, or cut from the cash: says how much is.
    pub(super) fn take_loyalty_back(
        &mut self,
        line: LineNo,
        member: MemberNo,
        left: Money,
        cash: Money,
    ) -> Money {
        let plan = Arc::clone(self.plan_of_line(line));
        let Some(plan) = &plan.loyalty else { return Money::ZERO };
        let due = self.loyalty_due_back(plan, line, left);
        let set_off = self.claw_loyalty_back(plan, (line, member), due, cash);
        if let Some(day) = self.state.loyalty.counted_on(line) {
            self.commit(Event::LoyaltyUncounted { line, member, day, spent: cash, earned: due });
        }
        set_off
    }

    /// LOY-4, LOY-5f: what is due back of a line, more than before, when only `left` of its base is left.
    fn loyalty_due_back(&self, plan: &LoyaltyPlan, line: LineNo, left: Money) -> Money {
        let loyalty = &self.state.loyalty;
        if !plan.is_by_order() {
            let earned = loyalty.earned(line);
            return earned.map_or(Money::ZERO, |earned| {
                clawback_total(&earned, left).saturating_sub(earned.clawback_total)
            });
        }
        let order = self.state.orders.line(line).order;
        let of_lines = self.state.orders.order(order).line_numbers().filter_map(|line| loyalty.earned(line));
        let (earned, back) = of_lines.fold((Money::ZERO, Money::ZERO), |(earned, back), line| {
            (earned.add_within_limit(line.points), back.add_within_limit(line.clawback_total))
        });
        let still =
            points_of_lines(plan, loyalty.tier_of(order), &self.bases_left(order, Some((line, left))));
        let still = still.into_iter().fold(Money::ZERO, Money::add_within_limit);
        earned.saturating_sub(back).saturating_sub(still)
    }

    /// Takes points back, as far as the member has them; what was spent is owed, or cut from the cash: says how much is.
    fn claw_loyalty_back(
        &mut self,
        plan: &LoyaltyPlan,
        (line, member): (LineNo, MemberNo),
        due: Money,
        cash: Money,
    ) -> Money {
        if due.is_zero() {
            return Money::ZERO;
        }
        let taken = due.min(self.state.loyalty.sum(member));
        let spent = due.saturating_sub(taken);
        let set_off = if plan.set_off { spent.min(cash) } else { Money::ZERO };
        let owed = spent.saturating_sub(set_off);
        self.move_loyalty(member, -i128::from(taken.minor()));
        let (operator, operator_claim) = self.return_loyalty_money(taken);
        // The refund pays that much less of what its legs bring in.
        self.debit(AccountKind::RefundClearing, set_off);
        self.credit(AccountKind::PlatformRevenue, set_off);
        self.post(Account::member(AccountKind::LoyaltyReceivable, member), -i128::from(owed.minor()));
        self.credit(AccountKind::LoyaltyRecoverable, owed);
        self.commit(Event::LoyaltyClawedBack(Box::new(LoyaltyClawedBack {
            line,
            member,
            clawback_due: due,
            recovered: taken,
            set_off,
            receivable: owed,
            operator,
            operator_claim,
            lots: self.state.loyalty.newest(member, taken),
        })));
        self.net_income(Debtor::Platform, taken.saturating_sub(operator).add_within_limit(set_off));
        set_off
    }

    /// LOY-2: a member's oldest loyalty points expire.
    pub(crate) fn expire_loyalty(&mut self, member: MemberNo) {
        let points = self.state.loyalty.expired(member, self.state.now);
        self.move_loyalty(member, -i128::from(points.minor()));
        let (operator, operator_claim) = self.return_loyalty_money(points);
        let lots = self.state.loyalty.oldest(member, points);
        self.commit(Event::LoyaltyExpired { member, points, operator, operator_claim, lots });
        self.net_income(Debtor::Platform, points.saturating_sub(operator));
    }

    fn move_loyalty(&mut self, member: MemberNo, points: i128) {
        self.post(Account::member(AccountKind::MemberLoyalty, member), points);
    }
}
