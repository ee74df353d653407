//! Loyalty points of fixed worth (LOY-1 to LOY-4b).

use crate::amount::Money;
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::{Event, LoyaltyClawedBack};
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::ledger::{Account, AccountKind};
use crate::loyalty::clawback_total;

impl Engine {
    /// LOY-1: a settled line earns its buyer points. What they are worth comes out of the platform's revenue and, where
    /// that is short, from the operator.
    pub(super) fn earn_loyalty(&mut self, line: LineNo, member: MemberNo, base: Money) {
        let Some(plan) = self.plan_of_line(line).loyalty else { return };
        if self.excludes_of(self.state.orders.line(line).order).loyalty {
            return;
        }
        // Rounds down; the platform keeps the remainder.
        let points = plan.earn_rate.floor_of(base);
        if points.is_zero() {
            return;
        }
        let platform = points.min(self.available(Account::programme(AccountKind::PlatformRevenue)));
        let operator = points.saturating_sub(platform);
        self.debit(AccountKind::PlatformRevenue, platform);
        let operator_claim = self.charge_operator(operator);
        self.move_loyalty(member, i128::from(points.minor()));
        let line = Some(line);
        let expires_at = self.loyalty_expiry();
        self.commit(Event::LoyaltyGranted { line, member, points, operator, operator_claim, expires_at });
        // LOY-4a: what it owes is paid with what it earned.
        let owed = self.loyalty_owed(member).min(points);
        self.net_loyalty(member, owed);
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
        let Some(plan) = self.plan_of_line(line).loyalty else { return Money::ZERO };
        let Some(earned) = self.state.loyalty.earned(line) else { return Money::ZERO };
        let due = clawback_total(&earned, left).saturating_sub(earned.clawback_total);
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
