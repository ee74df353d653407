//! Loyalty points of fixed worth (LOY-1 to LOY-4).

use crate::amount::Money;
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::ledger::{Account, AccountKind};
use crate::loyalty::due_back;

impl Engine {
    /// LOY-1: a settled line earns its buyer points, out of what the platform just got of it.
    pub(super) fn earn_loyalty(&mut self, line: LineNo, member: MemberNo, base: Money, platform: Money) {
        let Some(plan) = self.state.plan.loyalty else { return };
        if self.state.excludes_of(self.state.orders.line(line).order).loyalty {
            return;
        }
        // Rounds down; the platform keeps the remainder.
        // Where the platform owes, some of that is gone again (ORDER-6).
        let revenue = self.available(Account::programme(AccountKind::PlatformRevenue));
        let points = plan.earn_rate.floor_of(base).min(platform).min(revenue);
        if points.is_zero() {
            return;
        }
        self.post_out(AccountKind::PlatformRevenue, points);
        self.give_loyalty(Some(line), member, points);
    }

    /// Gives a member points, a lot of today; the caller has posted where they come from.
    pub(super) fn give_loyalty(&mut self, line: Option<LineNo>, member: MemberNo, points: Money) {
        self.move_loyalty(member, i128::from(points.minor()));
        self.commit(Event::LoyaltyGranted { line, member, points });
    }

    /// LOY-3: an order is paid with points.
    pub(super) fn spend_loyalty(&mut self, order: OrderNo, member: MemberNo, points: Money) {
        self.move_loyalty(member, -i128::from(points.minor()));
        self.post_money(AccountKind::Escrow, points);
        self.commit(Event::LoyaltySpent { order, member, points });
    }

    /// LOY-4: a late refund leaves `left` of a line's base: what the rest had earned goes back, as far as the member has it.
    pub(super) fn take_loyalty_back(&mut self, line: LineNo, member: MemberNo, left: Money) {
        let Some(earned) = self.state.loyalty.earned(line) else { return };
        let due = due_back(&earned, left).saturating_sub(earned.due_back);
        if due.is_zero() {
            return;
        }
        let taken = due.min(self.state.loyalty.sum(member));
        self.move_loyalty(member, -i128::from(taken.minor()));
        self.post_money(AccountKind::PlatformRevenue, taken);
        self.commit(Event::LoyaltyTakenBack { line, member, due, taken });
        self.net_income(Debtor::Platform, taken);
    }

    /// LOY-2: a member's oldest loyalty points expire.
    pub(crate) fn expire_loyalty(&mut self, member: MemberNo) {
        let points = self.state.loyalty.expired(member, self.state.now);
        self.move_loyalty(member, -i128::from(points.minor()));
        self.post_money(AccountKind::PlatformRevenue, points);
        self.commit(Event::LoyaltyExpired { member, points });
        self.net_income(Debtor::Platform, points);
    }

    fn move_loyalty(&mut self, member: MemberNo, points: i128) {
        self.post(Account::member(AccountKind::MemberLoyalty, member), points);
    }
}
