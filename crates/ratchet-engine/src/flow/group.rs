//! Groups, their lotteries and their leaders (GROUP-1 to GROUP-4, LOT-1).

use std::sync::Arc;

use crate::amount::Money;
use crate::amount::Rate;
use crate::campaign::{GroupState, Stage, consolation, fixed_bonus, rate_bonus};
use crate::debt::{Clawback, Debt, DebtOrigin, Debtor};
use crate::engine::Engine;
use crate::event::{Event, FixedBonusClawedBack};
use crate::id::{CampaignNo, Id, IdError, MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::order::OrderState;
use crate::plan::{Consolation, Discount, LotteryPlan, PromotionPlan};
use crate::rejection::Rejection;

impl Engine {
    /// GROUP-1: whether a member may join a group of a campaign. Refuses: group_unknown, group_closed, group_member.
    pub(super) fn check_joins(
        &self,
        campaign: CampaignNo,
        group: OrderNo,
        member: Option<MemberNo>,
    ) -> Result<(), Rejection> {
        let found = self.state.campaigns.group(group).filter(|group| group.campaign == campaign);
        let group = found.ok_or(Rejection::GroupUnknown)?;
        if group.state != GroupState::Open {
            return Err(Rejection::GroupClosed);
        }
        let is_in = |order: &OrderNo| Some(self.state.orders.order(*order).member) == member;
        if group.orders.iter().any(is_in) { Err(Rejection::GroupMember) } else { Ok(()) }
    }

    /// A paid order, or one whose deposit was paid, opens a group or joins the one it named (GROUP-1, PRE-2); the last one
    /// makes it full (GROUP-2).
    pub(super) fn enter_group(&mut self, order: OrderNo, joins: Option<OrderNo>, promotion: &PromotionPlan) {
        let (Some(plan), Some(campaign)) =
            (promotion.group, self.state.campaigns.order(order).map(|record| record.campaign))
        else {
            return;
        };
        let group = joins.unwrap_or(order);
        match joins {
            Some(_) => self.commit(Event::GroupJoined { group, order }),
            None => {
                let ends_at = self.state.now.plus_hours(plan.hours);
                self.commit(Event::GroupOpened { group, ends_at });
                if promotion.lottery.is_some() {
                    self.begin_draw(group, campaign);
                }
            }
        }
        let members = self.orders_of_group(group);
        if u32::try_from(members.len()).is_ok_and(|members| members < plan.members) {
            return;
        }
        if let Some(lottery) = &promotion.lottery {
            self.commit(Event::GroupFilled { group });
            self.await_seed(group, lottery.reveal_hours);
            return;
        }
        let decided = promotion.blind_box.is_none();
        self.commit(Event::GroupSucceeded { group, decided });
        for order in members {
            // Of a presale only the deposits are paid so far.
            if self.state.orders.order(order).state == OrderState::Paid {
                self.conditions_met(order, promotion);
            }
        }
    }

    fn orders_of_group(&self, group: OrderNo) -> Vec<OrderNo> {
        self.state.campaigns.group(group).map_or_else(Vec::new, |group| group.orders.clone())
    }

    /// GROUP-3: an order that is refunded or closed while its group is open leaves it.
    pub(super) fn leave_group(&mut self, order: OrderNo) {
        let Some((group, record)) = self.state.campaigns.group_of(order) else { return };
        if record.state == GroupState::Open {
            let leader = record.orders.iter().find(|other| **other != order).copied();
            self.commit(Event::GroupLeft { group, order, leader });
            if leader.is_none() {
                self.drop_lottery(group);
            }
        }
    }

    /// Nothing will be drawn among a group that failed or was left by all.
    fn drop_lottery(&mut self, group: OrderNo) {
        if self.lottery_of(group).is_some() {
            self.drop_draw(group);
        }
    }

    /// A group is not full in time (GROUP-2).
    pub(crate) fn group_timed_out(&mut self, group: OrderNo) {
        self.commit(Event::GroupFailed { group });
        self.drop_lottery(group);
        let mut orders = self.orders_of_group(group);
        orders.sort_unstable();
        for order in orders {
            self.give_back(order);
        }
    }

    /// PROMO-4: the groups of a cancelled campaign. Whoever cancels while a seed is awaited has withheld it.
    pub(super) fn fail_groups_of(&mut self, campaign: CampaignNo) {
        let of_campaign = self.state.campaigns.groups().filter(|(_, group)| group.campaign == campaign);
        let groups: Vec<(OrderNo, GroupState)> =
            of_campaign.map(|(number, group)| (number, group.state)).collect();
        for (group, _) in groups.iter().filter(|(_, state)| *state == GroupState::Waits) {
            self.commit(Event::DrawTimedOut { draw: *group });
            self.fail_lottery(*group);
        }
        for (group, _) in groups.iter().filter(|(_, state)| *state == GroupState::Open) {
            self.commit(Event::GroupFailed { group: *group });
            self.drop_lottery(*group);
        }
    }

    /// Everything paid for an order that is not decided goes back the way it came.
    fn give_back(&mut self, order: OrderNo) {
        match self.state.orders.order(order).state {
            OrderState::Placed => self.close_unpaid(order),
            OrderState::Paid => self.refund_whole(order),
            OrderState::Shipped
            | OrderState::Received
            | OrderState::Settled
            | OrderState::Closed
            | OrderState::Refunded => {}
        }
    }

    /// The entries of a lottery: the ids of its orders, in the order of payment (PROMO-5b).
    pub(crate) fn lottery_entries(&self, group: OrderNo) -> Vec<&str> {
        let orders = self.state.campaigns.group(group).map_or(&[][..], |group| &group.orders);
        let ids = orders.iter().filter_map(|order| self.state.campaigns.order(*order));
        ids.map(|record| record.id.as_str()).collect()
    }

    /// The lottery of a group.
    pub(crate) fn lottery_of(&self, group: OrderNo) -> Option<LotteryPlan> {
        let campaign = self.state.campaigns.group(group)?.campaign;
        self.promotion_of(campaign).lottery
    }

    /// LOT-1: the orders that won are decided, the others refunded with their consolation, in the order of entry.
    pub(crate) fn decide_lottery(&mut self, group: OrderNo, winners: &[OrderNo]) {
        self.commit(Event::LotteryDecided { group, winners: winners.to_vec() });
        self.console_all(group, winners);
    }

    /// PROMO-5d: the seed was withheld: everybody is refunded, and consoled.
    pub(crate) fn fail_lottery(&mut self, group: OrderNo) {
        self.commit(Event::GroupFailed { group });
        self.console_all(group, &[]);
    }

    fn console_all(&mut self, group: OrderNo, but: &[OrderNo]) {
        let Some(campaign) = self.state.campaigns.group(group).map(|group| group.campaign) else { return };
        let plan = Arc::clone(self.plan_of_campaign(campaign));
        let promotion = &plan.promotions[self.state.campaigns.get(campaign).promotion];
        for order in self.orders_of_group(group) {
            if but.contains(&order) {
                self.conditions_met(order, promotion);
            } else {
                self.console(order, promotion);
            }
        }
    }

    /// LOT-1: refunds an order in full and pays its consolation, as far as the fund reaches.
    fn console(&mut self, order: OrderNo, promotion: &PromotionPlan) {
        let Some(lottery) = &promotion.lottery else { return };
        let amounts =
            self.state.orders.order(order).line_numbers().map(|line| self.state.orders.amount(line));
        let amount = amounts.fold(Money::ZERO, Money::add_within_limit);
        let member = self.state.orders.order(order).member;
        let coupon =
            self.state.campaigns.order(order).map(|record| consolation_coupon(&record.id, promotion));
        self.refund_whole(order);
        let fund = Account {
            kind: AccountKind::Fund,
            owner: u32::try_from(lottery.fund).expect("at most FUNDS_MAX"),
        };
        let amount = consolation(lottery, amount).min(self.available(fund));
        let of = self.state.campaigns.order(order).map(|record| record.campaign);
        if let (Some(Ok(Some((coupon, rule)))), Some(campaign)) = (coupon, of)
            && let Some(rule) = self.coupon_of_today(campaign, rule)
        {
            let plan = self.plan.coupons.get(rule);
            if self.find(KeyKind::Coupon, coupon.as_str()).is_none() && self.has_room_for_coupon(plan) {
                self.give_coupon(&coupon, rule, member);
            }
        }
        if amount.is_zero() {
            return;
        }
        self.post(fund, -i128::from(amount.minor()));
        if matches!(lottery.consolation, Consolation::Loyalty(_)) {
            self.give_loyalty(member, amount);
        } else {
            self.credit_earning(member, amount, Rate::ZERO);
            self.commit(Event::ConsolationPaid { order, member, amount });
            self.net_member(member, amount);
        }
    }

    /// GROUP-4: an order of a group that succeeded has settled.
    pub(crate) fn pay_leader_bonus(&mut self, order: OrderNo) {
        let Some((record, _)) = self.state.campaigns.of_order(order) else { return };
        let Some(plan) = self.promotion_of(record.campaign).group else { return };
        let Some(group) = record.group.and_then(|group| self.state.campaigns.group(group)) else { return };
        let (Some(leader), GroupState::Succeeded, Stage::Decided) =
            (group.leader(), group.state, record.stage)
        else {
            return;
        };
        let (wanted, kept) = match plan.leader_bonus {
            None => return,
            Some(Discount::Fixed(bonus)) => {
                let kept = group.kept + 1;
                (fixed_bonus(bonus, kept, plan.members).saturating_sub(group.bonus), Some(kept))
            }
            Some(Discount::Rate(_)) => (rate_bonus(&plan, self.base_of(order)), None),
        };
        let revenue = Account::programme(AccountKind::PlatformRevenue);
        let platform = wanted.min(self.available(revenue));
        // A fixed bonus is paid in full, a rate's as far as the platform reaches.
        let operator = if kept.is_some() { wanted.saturating_sub(platform) } else { Money::ZERO };
        let amount = platform.add_within_limit(operator);
        if amount.is_zero() && kept.is_none() {
            return;
        }
        let member = self.state.orders.order(leader).member;
        self.post(revenue, -i128::from(platform.minor()));
        let operator_claim = self.charge_operator(operator);
        self.credit_earning(member, amount, Rate::ZERO);
        self.commit(Event::LeaderBonusPaid {
            order,
            member,
            amount,
            operator,
            operator_claim,
            settled_orders: kept,
        });
        self.net_member(member, amount);
    }

    /// GROUP-4: a late refund is about to leave nothing of an order: what its group's fixed bonus falls by goes back to
    /// who paid it, the operator first.
    pub(super) fn take_back_fixed_bonus(&mut self, order: OrderNo) {
        let Some((record, _)) = self.state.campaigns.of_order(order) else { return };
        let Some(plan) = self.promotion_of(record.campaign).group else { return };
        let Some(Discount::Fixed(bonus)) = plan.leader_bonus else { return };
        let Some(group) = record.group.and_then(|group| self.state.campaigns.group(group)) else { return };
        let Some(leader) = group.leader().filter(|_| group.state == GroupState::Succeeded) else { return };
        let kept = group.kept.saturating_sub(1);
        let less = group.bonus.saturating_sub(fixed_bonus(bonus, kept, plan.members));
        let by_operator = group.bonus_operator.min(less);
        let member = self.state.orders.order(leader).member;
        let Clawback { recovered: taken, receivable: owed } = self.claw_back(member, less);
        let operator = by_operator.min(taken);
        let operator_claim = self.return_bonus(taken, operator).operator_claim;
        let operator_owed = by_operator.saturating_sub(operator);
        let retention_pending_cut = self.retention_pending_cut(member);
        self.commit(Event::FixedBonusClawedBack(Box::new(FixedBonusClawedBack {
            order,
            member,
            settled_orders: kept,
            recovered: taken,
            receivable: owed,
            operator,
            operator_claim,
            operator_receivable: operator_owed,
            retention_pending_cut,
        })));
        let debt = Debt { order, origin: DebtOrigin::Bonus, amount: owed, operator: operator_owed };
        self.book_receivable(Debtor::Member(member), debt);
    }

    /// What is left of the bases of an order.
    fn base_of(&self, order: OrderNo) -> Money {
        let bases =
            self.state.orders.order(order).line_numbers().map(|line| self.state.orders.base_left(line));
        bases.fold(Money::ZERO, Money::add_within_limit)
    }

    /// GROUP-4: a late refund that leaves `base` leaves the rate of it. The rest goes back to the platform before its leg is
    /// reversed.
    pub(super) fn claw_back_leader_bonus(&mut self, order: OrderNo, base: Money) {
        let Some((record, _)) = self.state.campaigns.of_order(order) else { return };
        let Some(plan) = self.promotion_of(record.campaign).group else { return };
        if record.bonus.is_zero() || !matches!(plan.leader_bonus, Some(Discount::Rate(_))) {
            return;
        }
        let less = record.bonus.saturating_sub(rate_bonus(&plan, base));
        let leader = record.group.and_then(|group| self.state.campaigns.group(group)?.leader());
        let Some(leader) = leader.filter(|_| !less.is_zero()) else { return };
        let member = self.state.orders.order(leader).member;
        let Clawback { recovered: taken, receivable: owed } = self.claw_back(member, less);
        // It is no income of the platform (ORDER-6).
        self.credit(AccountKind::PlatformRevenue, taken);
        let retention_pending_cut = self.retention_pending_cut(member);
        self.commit(Event::LeaderBonusClawedBack {
            order,
            member,
            recovered: taken,
            receivable: owed,
            retention_pending_cut,
        });
        let debt = Debt { order, origin: DebtOrigin::Bonus, amount: owed, operator: Money::ZERO };
        self.book_receivable(Debtor::Member(member), debt);
    }
}

/// LOT-1: the coupon that consoles the buyer of an order, with its kind's place in the plan, if a coupon does.
pub(super) fn consolation_coupon(
    order: &Id,
    promotion: &PromotionPlan,
) -> Result<Option<(Id, usize)>, IdError> {
    match promotion.lottery.as_ref().map(|lottery| lottery.consolation) {
        Some(Consolation::Coupon(rule)) => {
            Id::new(&format!("{order}:consolation")).map(|coupon| Some((coupon, rule)))
        }
        Some(Consolation::Cash(_) | Consolation::Loyalty(_)) | None => Ok(None),
    }
}
