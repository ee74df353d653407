//! The chain 2+1: the place of a buyer, and the bonuses of its package (CHAIN-1 to CHAIN-3).

use crate::amount::Money;
use crate::amount::Rate;
use crate::chain::{ChainRole, NewPlace, bonuses_on};
use crate::commission::{Amounts, CommissionKind, Entitlement};
use crate::engine::Engine;
use crate::event::Event;
use crate::id::OrderNo;
use crate::plan::ChainPlan;

impl Engine {
    /// The chain an order's package is one of.
    pub(super) fn chain_of(&self, order: OrderNo) -> Option<&ChainPlan> {
        let (record, _) = self.state.campaigns.of_order(order)?;
        self.promotion_of(record.campaign).chain.as_ref()
    }

    /// CHAIN-1: the place that the buyer of a package takes; none if it has one.
    fn new_place(&self, order: OrderNo) -> Option<NewPlace> {
        let buyer = self.state.orders.order(order).member;
        if self.state.chain.role(buyer).is_some() {
            return None;
        }
        Some(self.state.chain.place_for(buyer, self.state.members.referrer(buyer)))
    }

    /// CHAIN-1, CHAIN-3: who earns by a package that is being paid. What it comes to is in the plan.
    pub(super) fn lay_down_chain(&self, order: OrderNo, plan: ChainPlan, items: &mut Vec<Entitlement>) {
        let Some(NewPlace { inviter: Some(inviter), boss }) = self.new_place(order) else { return };
        let item = |kind, member| Entitlement::of_base(kind, member, 0, Rate::ZERO);
        if !plan.direct_bonus.is_zero() {
            items.push(Entitlement { generation: 1, ..item(CommissionKind::ChainDirect, inviter) });
        }
        if !plan.boss_bonus.is_zero() {
            items.push(item(CommissionKind::ChainBoss, boss));
        }
    }

    /// CHAIN-3: what the bonuses of a package come to on what is left of its base and its commission leg.
    pub(super) fn chain_amounts(&self, order: OrderNo, plan: &ChainPlan, left: Money, leg: Money) -> Amounts {
        let mut base = Money::ZERO;
        for line in self.state.orders.order(order).line_numbers() {
            base = base.add_within_limit(self.state.orders.line(line).base());
        }
        let items = self.state.commissions.items(order);
        let has = |kind| items.iter().any(|item| item.kind == kind);
        let wanted = |kind, bonus| if has(kind) { bonus } else { Money::ZERO };
        let bonuses = [
            wanted(CommissionKind::ChainDirect, plan.direct_bonus),
            wanted(CommissionKind::ChainBoss, plan.boss_bonus),
        ];
        let [direct, boss] = bonuses_on(bonuses, base, left, leg);
        let amount = |item: &Entitlement| match item.kind {
            CommissionKind::ChainDirect => direct,
            CommissionKind::ChainBoss => boss,
            CommissionKind::Direct
            | CommissionKind::Indirect
            | CommissionKind::Differential
            | CommissionKind::Peer
            | CommissionKind::District
            | CommissionKind::City
            | CommissionKind::Province
            | CommissionKind::ValueReferral => Money::ZERO,
        };
        items.iter().map(amount).collect()
    }

    /// CHAIN-1, CHAIN-2: a package was paid: its buyer takes its place, and an inviter with enough recruits leaves its team.
    pub(super) fn take_place(&mut self, order: OrderNo) {
        let (Some(place), Some(plan)) = (self.new_place(order), self.chain_of(order).copied()) else {
            return;
        };
        let member = self.state.orders.order(order).member;
        self.commit(Event::ChainEntered { order, member, upline: place.inviter, boss: place.boss });
        let Some(inviter) = place.inviter else { return };
        let recruits = self.state.chain.recruits(inviter);
        if self.state.chain.role(inviter) == Some(ChainRole::Agent)
            && recruits >= plan.quota
            && let Some(upline) = self.state.chain.upline(inviter)
        {
            self.commit(Event::ChainLeft { member: inviter, recruits, upline });
        }
    }
}
