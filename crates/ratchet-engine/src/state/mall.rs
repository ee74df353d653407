//! The state's part in catalogue, sources and loyalty points: what their events change, and what the commands ask of it.

use crate::amount::Money;
use crate::catalogue::{Sku, Stock};
use crate::event::{LoyaltyClawedBack, LoyaltyLot, SkuListed};
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::state::State;
use crate::time::Timestamp;
use crate::timer::Timer;

impl State {
    // ── sources (SOURCE-1) ──

    /// The order's source, as its place in the plan.
    pub(crate) fn source_of(&self, order: OrderNo) -> usize {
        self.sources.get(order.index()).copied().map_or(0, usize::from)
    }

    pub(super) fn apply_sourced(&mut self, order: OrderNo, source: u8) {
        if self.sources.len() <= order.index() {
            self.sources.resize(order.index() + 1, 0);
        }
        self.sources[order.index()] = source;
    }

    // ── articles ──

    pub(super) fn apply_sku_listed(&mut self, listed: &SkuListed) {
        let key = self.seed.key(KeyKind::Sku, listed.id.as_str());
        self.natural.insert(KeyKind::Sku, key, listed.sku.0);
        let added = listed.stock.map_or(0, u64::from);
        self.catalogue.list(Sku {
            id: listed.id.clone(),
            product: listed.product.clone(),
            merchant: listed.merchant,
            price: listed.price,
            cost: listed.cost,
            zone: listed.zone,
            class: listed.class,
            stock: Stock { limited: listed.stock.is_some(), added, ..Stock::default() },
            limit_per_order: listed.limit_per_order,
            limit_per_member: listed.limit_per_member,
            points_only: listed.points_only,
            listed: true,
        });
    }

    /// CAT-3a: the order no longer waits for its payment.
    #[inline]
    pub(super) fn payment_made(&mut self, order: OrderNo) {
        self.timers.cancel(Timer::Payment(order.0));
    }

    // ── loyalty points ──

    /// LOY-2: one timer a member, set to its lot that expires first.
    pub(super) fn watch_loyalty(&mut self, member: MemberNo) {
        let timer = Timer::Loyalty(member.0);
        let next = self.loyalty.next_expiry(member);
        if next == self.timers.when(timer) {
            return;
        }
        match next {
            Some(at) => self.timers.set(timer, at),
            None => self.timers.cancel(timer),
        }
    }

    pub(super) fn apply_loyalty_netted(
        &mut self,
        member: MemberNo,
        points: Money,
        operator: Money,
        lots: &[LoyaltyLot],
    ) {
        self.loyalty.totals.netted = self.loyalty.totals.netted.add_within_limit(points);
        self.loyalty.by_operator = self.loyalty.by_operator.saturating_sub(operator);
        self.loyalty.take(member, lots);
        self.watch_loyalty(member);
    }

    pub(super) fn apply_loyalty_clawed_back(&mut self, back: &LoyaltyClawedBack) {
        self.loyalty.add_due_back(back.line, back.clawback_due);
        let totals = &mut self.loyalty.totals;
        totals.taken_back = totals.taken_back.add_within_limit(back.recovered);
        totals.set_off = totals.set_off.add_within_limit(back.set_off);
        totals.owed = totals.owed.add_within_limit(back.receivable);
        self.loyalty.by_operator = self.loyalty.by_operator.saturating_sub(back.operator);
        self.loyalty.take(back.member, &back.lots);
        self.watch_loyalty(back.member);
    }

    pub(super) fn apply_loyalty_granted(
        &mut self,
        line: Option<LineNo>,
        member: MemberNo,
        [points, operator]: [Money; 2],
        expires_at: Timestamp,
    ) {
        self.loyalty.by_operator = self.loyalty.by_operator.add_within_limit(operator);
        self.loyalty.add(member, points, expires_at);
        self.loyalty.totals.earned = self.loyalty.totals.earned.add_within_limit(points);
        if let Some(line) = line {
            self.loyalty.remember(line, points, self.orders.base_left(line));
        }
        self.watch_loyalty(member);
    }

    /// LOY-3: the loyalty part of a refund is a new lot.
    pub(super) fn return_loyalty(&mut self, line: LineNo, points: Money, expires_at: Timestamp) {
        let member = self.orders.order(self.orders.line(line).order).member;
        self.loyalty.add(member, points, expires_at);
        self.loyalty.totals.returned = self.loyalty.totals.returned.add_within_limit(points);
        self.watch_loyalty(member);
    }
}
