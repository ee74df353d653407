//! Presales: a deposit now, the rest between the end of the campaign and its deadline (PRE-1 to PRE-3).

use std::sync::Arc;

use crate::amount::Money;
use crate::campaign::{Campaign, CampaignOrder, GroupState};
use crate::command::OrderTerms;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::OrderNo;
use crate::ledger::{Account, AccountKind};
use crate::plan::PresalePlan;
use crate::rejection::Rejection;
use crate::time::Timestamp;

/// The end of the balance window (PRE-1).
pub(super) fn balance_due(campaign: &Campaign, presale: &PresalePlan) -> Timestamp {
    campaign.until.plus_hours(presale.balance_hours)
}

impl Engine {
    /// PRE-1: whether a payment of a placed order may be made now. Refuses: promotion_undecided, balance_window.
    pub(super) fn check_presale_pay(
        &self,
        order: OrderNo,
        record: &CampaignOrder,
        campaign: &Campaign,
        presale: &PresalePlan,
    ) -> Result<(), Rejection> {
        let rest = !record.deposit.is_zero();
        let group = self.state.campaigns.group_of(order);
        if rest && group.is_some_and(|(_, group)| group.state != GroupState::Succeeded) {
            return Err(Rejection::PromotionUndecided);
        }
        let now = self.state.now;
        if (rest && now < campaign.until) || balance_due(campaign, presale) <= now {
            return Err(Rejection::BalanceWindow);
        }
        Ok(())
    }

    /// Whether paying these terms at once pays only a deposit (PRE-1).
    pub(crate) fn pays_deposit(&self, terms: &OrderTerms) -> bool {
        self.campaign_of(terms).is_some_and(|(campaign, _)| self.promotion_of(campaign).presale.is_some())
    }

    /// The deposit that is the next payment of a placed order, if it is one of a presale.
    pub(crate) fn deposit_due(&self, order: OrderNo) -> Option<Money> {
        let (record, _) = self.state.campaigns.of_order(order)?;
        let presale = self.promotion_of(record.campaign).presale?;
        record.deposit.is_zero().then(|| {
            let deposit = presale.deposit.as_u128() * u128::from(record.quantity);
            Money::from_wide(deposit).expect("less than the amount of the order")
        })
    }

    /// What of an order is in escrow already.
    pub(crate) fn deposit_of(&self, order: OrderNo) -> Money {
        self.state.campaigns.order(order).map_or(Money::ZERO, |record| record.deposit)
    }

    /// The first payment of a presale (PRE-1); with a group it joins (PRE-2).
    pub(crate) fn pay_deposit(&mut self, order: OrderNo, amount: Money, from: AccountKind) {
        let Some((record, campaign)) = self.state.campaigns.of_order(order) else { return };
        let (joins, plan) = (record.group, Arc::clone(self.plan_of_campaign(record.campaign)));
        let promotion = &plan.promotions[campaign.promotion];
        let Some(presale) = &promotion.presale else { return };
        let until = balance_due(campaign, presale);
        let member = self.state.orders.order(order).member;
        self.debit(from, amount);
        self.credit(AccountKind::Escrow, amount);
        self.commit(Event::DepositPaid { order, member, amount, until });
        self.enter_group(order, joins, promotion);
    }

    /// PRE-2: whether a deposit stays with the merchant if its order is closed now: only if the rest could have been paid.
    pub(super) fn forfeits(&self, order: OrderNo) -> bool {
        let Some((record, campaign)) = self.state.campaigns.of_order(order) else { return false };
        let presale = self.promotion_of(record.campaign).presale;
        let group = self.state.campaigns.group_of(order);
        presale.is_some_and(|presale| presale.forfeit)
            && !campaign.cancelled
            && group.is_none_or(|(_, group)| group.state == GroupState::Succeeded)
    }

    /// The deposit of an order that is closed leaves escrow.
    pub(super) fn end_deposit(&mut self, order: OrderNo, amount: Money, forfeits: bool) {
        self.debit(AccountKind::Escrow, amount);
        let record = *self.state.orders.order(order);
        if forfeits {
            let line = record.line_numbers().next().expect("an order of a campaign has one line");
            let merchant = self.state.orders.detail(line).merchant;
            self.pay_merchant(merchant, amount);
            self.commit(Event::DepositForfeited { order, amount });
            self.net_merchant(merchant, amount);
        } else {
            self.post(Account::programme(AccountKind::Bank), i128::from(amount.minor()));
            self.commit(Event::DepositReturned { order, member: record.member, amount });
        }
    }

    /// PRE-3: a presale did not leave in time.
    pub(crate) fn shipment_timed_out(&mut self, order: OrderNo) {
        self.refund_whole(order);
    }
}
