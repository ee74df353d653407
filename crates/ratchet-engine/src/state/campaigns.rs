//! How events of campaigns change the state (PROMO-1 to PROMO-4, GROUP, LOT, PRE, VOUCH).

use super::State;
use crate::amount::Money;
use crate::campaign::{Campaign, CampaignOrder, Group, GroupState, Stage, Voucher};
use crate::event::{CampaignOpened, CampaignOrderPlaced, FixedBonusClawedBack};
use crate::id::{MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::time::Timestamp;
use crate::timer::Timer;

impl State {
    pub(super) fn apply_campaign_opened(&mut self, opened: &CampaignOpened) {
        let CampaignOpened { campaign, id, promotion, sku, from, until, quota } = opened;
        assert!(campaign.index() == self.campaigns.len(), "campaigns are numbered in order of opening");
        let key = self.seed.key(KeyKind::Campaign, id.as_str());
        self.natural.insert(KeyKind::Campaign, key, campaign.0);
        let window = (*from, *until);
        self.campaigns.open(Campaign::new(id.clone(), *promotion, sku.clone(), window, *quota));
    }

    pub(super) fn apply_campaign_order_placed(&mut self, placed: &CampaignOrderPlaced) {
        let CampaignOrderPlaced { order, id, campaign, quantity, group, code_hash } = placed;
        let member = self.orders.order(*order).member;
        let record = CampaignOrder {
            campaign: *campaign,
            id: id.clone(),
            quantity: *quantity,
            group: *group,
            code_hash: *code_hash,
            deposit: Money::ZERO,
            stage: Stage::Unpaid,
            holds: true,
            voucher: Voucher::None,
            bonus: Money::ZERO,
        };
        self.campaigns.place(*order, member, record);
    }

    pub(super) fn apply_campaign_order_paid(
        &mut self,
        order: OrderNo,
        decided: bool,
        ship_by: Option<Timestamp>,
    ) {
        let record = self.campaigns.order_mut(order);
        record.stage = if decided { Stage::Decided } else { Stage::Undecided };
        // The order's whole base counts as spent from now on: its deposit no longer apart (PRE-2).
        let deposit = std::mem::replace(&mut record.deposit, Money::ZERO);
        let member = self.orders.order(order).member;
        self.members.reverse_spend(member, deposit);
        if let Some(at) = ship_by {
            self.timers.set(Timer::Shipment(order.0), at);
        }
    }

    pub(super) fn apply_campaign_order_ended(&mut self, order: OrderNo, returned: u32) {
        let member = self.orders.order(order).member;
        self.campaigns.end(order, member, returned);
        self.timers.cancel(Timer::Shipment(order.0));
        self.timers.cancel(Timer::Voucher(order.0));
    }

    /// PRE-3: the goods left.
    pub(super) fn forget_shipment(&mut self, order: OrderNo) {
        self.timers.cancel(Timer::Shipment(order.0));
    }

    /// PRE-2: a deposit counts as spent from its payment on.
    pub(super) fn apply_deposit_paid(
        &mut self,
        order: OrderNo,
        member: MemberNo,
        amount: Money,
        until: Timestamp,
    ) {
        self.campaigns.order_mut(order).deposit = amount;
        self.members.spend(member, amount);
        self.timers.set(Timer::Payment(order.0), until);
    }

    pub(super) fn apply_deposit_returned(&mut self, order: OrderNo, member: MemberNo, amount: Money) {
        self.campaigns.order_mut(order).deposit = Money::ZERO;
        self.members.reverse_spend(member, amount);
    }

    /// What the merchant keeps is part of what went to merchants; the buyer has spent it.
    pub(super) fn apply_deposit_forfeited(&mut self, order: OrderNo, amount: Money) {
        self.campaigns.order_mut(order).deposit = Money::ZERO;
        self.totals.cost = self.totals.cost.add_within_limit(amount);
    }

    pub(super) fn apply_group_opened(&mut self, group: OrderNo, ends_at: Timestamp) {
        self.campaigns.open_group(group, ends_at);
        self.timers.set(Timer::Group(group.0), ends_at);
    }

    pub(super) fn apply_group_left(&mut self, group: OrderNo, order: OrderNo) {
        self.campaigns.leave_group(group, order);
        if self.campaigns.group_mut(group).orders.is_empty() {
            self.timers.cancel(Timer::Group(group.0));
        }
    }

    /// All its paid orders are decided, but for boxes, which have to be opened (BOX-2).
    pub(super) fn apply_group_succeeded(&mut self, group: OrderNo, decided: bool) {
        self.timers.cancel(Timer::Group(group.0));
        let record = self.campaigns.group_mut(group);
        record.state = GroupState::Succeeded;
        if decided {
            let orders = record.orders.clone();
            self.decide(&orders);
        }
    }

    pub(super) fn apply_group_filled(&mut self, group: OrderNo) {
        self.campaigns.group_mut(group).state = GroupState::Waits;
        self.timers.cancel(Timer::Group(group.0));
    }

    pub(super) fn apply_group_failed(&mut self, group: OrderNo) {
        self.campaigns.group_mut(group).state = GroupState::Failed;
        self.timers.cancel(Timer::Group(group.0));
    }

    pub(super) fn apply_lottery_decided(&mut self, group: OrderNo, winners: &[OrderNo]) {
        self.campaigns.group_mut(group).state = GroupState::Succeeded;
        self.decide(winners);
    }

    /// Paid orders are kept from now on.
    pub(super) fn decide(&mut self, orders: &[OrderNo]) {
        for order in orders {
            let record = self.campaigns.order_mut(*order);
            if record.stage == Stage::Undecided {
                record.stage = Stage::Decided;
            }
        }
    }

    /// DISC-1a: money of a fund to a member is something it received.
    pub(super) fn apply_consolation(&mut self, member: MemberNo, amount: Money) {
        self.members.receive(member, amount);
    }

    pub(super) fn apply_leader_bonus(
        &mut self,
        order: OrderNo,
        member: MemberNo,
        (amount, operator): (Money, Money),
        kept: Option<u32>,
    ) {
        match kept {
            None => self.campaigns.order_mut(order).bonus = amount,
            Some(kept) => {
                let group = self.group_with(order);
                group.kept = kept;
                group.bonus = group.bonus.add_within_limit(amount);
                group.bonus_operator = group.bonus_operator.add_within_limit(operator);
                self.totals.operator_bonuses = self.totals.operator_bonuses.add_within_limit(operator);
            }
        }
        self.count_income(member, amount);
    }

    /// What was received stays counted as received (COMM-8).
    pub(super) fn apply_fixed_bonus_clawed_back(&mut self, cut: &FixedBonusClawedBack) {
        let group = self.group_with(cut.order);
        group.kept = cut.settled_orders;
        group.bonus = group.bonus.saturating_sub(cut.recovered.add_within_limit(cut.receivable));
        group.bonus_operator =
            group.bonus_operator.saturating_sub(cut.operator.add_within_limit(cut.operator_receivable));
        self.cut_retention_pending(cut.member, cut.retention_pending_cut);
    }

    fn group_with(&mut self, order: OrderNo) -> &mut Group {
        let group = self.campaigns.order_mut(order).group;
        self.campaigns.group_mut(group.expect("a leader's bonus is of an order in a group"))
    }

    /// COMM-8: what was received stays counted as received.
    pub(super) fn apply_leader_bonus_clawed_back(
        &mut self,
        order: OrderNo,
        member: MemberNo,
        [taken, owed, retention_pending_cut]: [Money; 3],
    ) {
        let record = self.campaigns.order_mut(order);
        record.bonus = record.bonus.saturating_sub(taken).saturating_sub(owed);
        self.cut_retention_pending(member, retention_pending_cut);
    }

    pub(super) fn apply_voucher_issued(&mut self, order: OrderNo, expires_at: Timestamp) {
        self.campaigns.order_mut(order).voucher = Voucher::Good;
        self.timers.set(Timer::Voucher(order.0), expires_at);
    }

    pub(super) fn apply_voucher_redeemed(&mut self, order: OrderNo) {
        self.campaigns.order_mut(order).voucher = Voucher::Redeemed;
        self.timers.cancel(Timer::Voucher(order.0));
    }
}
