//! Campaigns of the naive model: windows, quota, groups, presales and vouchers (PROMO-1 … PROMO-4, GROUP, PRE, VOUCH).

use super::Naive;
use super::arithmetic::{floor_part, floor_share};
use super::network::check_reason;
use super::orders::{Order, OrderState};
use super::timers::Alarm;
use crate::amount::Money;
use crate::command::OrderTerms;
use crate::hash::Hash32;
use crate::id::Id;
use crate::plan::{Discount, PresalePlan, PromotionPlan};
use crate::rejection::Rejection;
use crate::time::SECOND_US;

pub(super) const HOUR_US: i64 = 3_600 * SECOND_US;

/// A campaign (PROMO-1).
#[derive(Clone, Debug)]
pub(crate) struct Campaign {
    pub(crate) id: Id,
    /// Place in the plan when it was opened.
    pub(crate) promotion: usize,
    pub(super) version: usize,
    pub(crate) sku: Id,
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) quota: Option<u32>,
    pub(crate) cancelled: bool,
    /// Not used yet, in the order in which they are used (PROMO-5).
    pub(crate) commitments: Vec<Hash32>,
    pub(super) withheld: i128,
    /// What is left of the items of a box; empty when they have returned (BOX-3).
    pub(crate) items: Vec<(Id, i128)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupState {
    Open,
    /// Waits for its seed.
    Awaiting,
    Succeeded,
    Over,
}

/// A group (GROUP-1).
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The order that opened it.
    pub(crate) id: Id,
    pub(crate) campaign: usize,
    /// Orders in the order of payment; the first is the leader's (GROUP-3).
    pub(crate) orders: Vec<usize>,
    pub(crate) state: GroupState,
    pub(crate) ends: i64,
    /// Of a lottery.
    pub(crate) commitment: Option<Hash32>,
    /// Of a fixed leader's bonus what was paid and not taken back, and the part of it that the operator paid (GROUP-4).
    pub(super) bonus: i128,
    pub(super) bonus_of_operator: i128,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VoucherState {
    Good,
    Redeemed,
    Gone,
}

/// What an order of a campaign pays for one piece (PROMO-2, PRE-1).
pub(crate) fn amount_of_piece(promotion: &PromotionPlan) -> i128 {
    let price = i128::from(promotion.price.minor());
    match promotion.presale {
        Some(presale) => price - i128::from(presale.counts_as.minor()) + i128::from(presale.deposit.minor()),
        None => price,
    }
}

impl Campaign {
    fn is_open(&self, now: i64) -> bool {
        !self.cancelled && now < self.until
    }

    /// BOX-3: what the campaign holds of each item.
    pub(super) fn items_held(&self) -> Vec<(Id, i128)> {
        self.items.clone()
    }
}

impl Naive {
    pub(crate) fn promotion_of(&self, campaign: usize) -> &PromotionPlan {
        &self.versions[self.campaigns[campaign].version].promotions[self.campaigns[campaign].promotion]
    }

    fn presale_of(&self, order: usize) -> Option<PresalePlan> {
        self.promotion_of(self.orders[order].campaign?).presale
    }

    pub(super) fn known_campaign(&self, id: &Id) -> Result<usize, Rejection> {
        self.campaigns.iter().position(|known| known.id == *id).ok_or(Rejection::CampaignUnknown)
    }

    /// PROMO-1.
    pub(super) fn open_campaign(
        &mut self,
        id: &Id,
        promotion: &Id,
        sku: &Id,
        (from, until): (i64, i64),
        quota: Option<u32>,
    ) -> Result<(), Rejection> {
        self.not_winding_down()?;
        let number = self.plan.promotions.iter().position(|known| known.id == promotion.as_str());
        let number = number.ok_or(Rejection::PromotionUnknown)?;
        if self.known_campaign(id).is_ok() {
            return Err(Rejection::CampaignExists);
        }
        if until <= from || until <= self.now {
            return Err(Rejection::CampaignWindow);
        }
        let mut items = Vec::new();
        if let Some(plan) = self.plan.promotions[number].blind_box.clone() {
            for item in &plan.items {
                let sku = Id::new(&item.sku).expect("the plan checks the ids of items");
                if self.article(Some(&sku)).is_none() {
                    return Err(Rejection::SkuUnknown);
                }
                items.push((sku, i128::from(item.stock)));
            }
            if items.iter().any(|(sku, stock)| self.available(sku).is_some_and(|there| there < *stock)) {
                return Err(Rejection::OutOfStock);
            }
        } else if self.article(Some(sku)).is_none() {
            return Err(Rejection::SkuUnknown);
        }
        let campaign = self.campaigns.len();
        if !items.is_empty() {
            self.set_alarm(Alarm::CampaignEnd { campaign }, until);
        }
        self.campaigns.push(Campaign {
            id: id.clone(),
            promotion: number,
            version: self.version(),
            sku: sku.clone(),
            from,
            until,
            quota,
            cancelled: false,
            commitments: Vec::new(),
            withheld: 0,
            items,
        });
        Ok(())
    }

    /// PROMO-4.
    pub(super) fn cancel_campaign(&mut self, id: &Id, reason: &str) -> Result<(), Rejection> {
        check_reason(reason)?;
        let campaign = self.known_campaign(id)?;
        if self.campaigns[campaign].cancelled {
            return Err(Rejection::CampaignState);
        }
        self.end_campaign(campaign);
        Ok(())
    }

    /// What a cancel, or the approval of a wind-down, does to one campaign.
    pub(super) fn end_campaign(&mut self, campaign: usize) {
        self.campaigns[campaign].cancelled = true;
        for group in 0..self.groups.len() {
            if self.groups[group].campaign == campaign && self.groups[group].state == GroupState::Awaiting {
                self.corner("cancelled while a draw was awaited");
                self.withhold_group(group);
            }
        }
        self.withhold_waiting_boxes(campaign);
        let undecided: Vec<usize> = (0..self.orders.len()).filter(|o| self.goes_with(*o, campaign)).collect();
        // The groups are over, so that nobody leaves them and leads.
        for group in 0..self.groups.len() {
            if self.groups[group].campaign == campaign && self.groups[group].state == GroupState::Open {
                self.groups[group].state = GroupState::Over;
                self.cancel_alarm(Alarm::Group { group });
                self.corner("open group cancelled");
            }
        }
        for order in undecided {
            if self.orders[order].state == OrderState::Placed {
                if self.orders[order].deposit > 0 {
                    self.corner("deposit returned by a cancel");
                }
                self.close_order(order, false);
            } else {
                self.corner("undecided order cancelled");
                self.refund_whole(order);
            }
        }
        self.cancel_alarm(Alarm::CampaignEnd { campaign });
        self.return_items(campaign);
    }

    /// Whether a cancelled campaign closes or refunds an order.
    fn goes_with(&self, number: usize, campaign: usize) -> bool {
        let order = &self.orders[number];
        if order.campaign != Some(campaign) {
            return false;
        }
        match order.state {
            OrderState::Placed => true,
            OrderState::Paid => self.is_undecided(number) || self.presale_of(number).is_some(),
            OrderState::Shipped
            | OrderState::Received
            | OrderState::Settled
            | OrderState::Closed
            | OrderState::Refunded => false,
        }
    }

    /// PROMO-4: paid, and its conditions are not met yet.
    pub(crate) fn is_undecided(&self, number: usize) -> bool {
        let order = &self.orders[number];
        order.campaign.is_some() && order.state == OrderState::Paid && !order.decided
    }

    /// PROMO-3: pieces that count.
    pub(crate) fn taken(&self, campaign: usize) -> i128 {
        let of = |order: &&Order| order.campaign == Some(campaign) && !order.gave_back;
        self.orders.iter().filter(of).map(Order::pieces).sum()
    }

    /// PROMO-2: what a campaign refuses of a new order, before the catalogue.
    pub(super) fn check_campaign(
        &self,
        terms: &OrderTerms,
        order: &mut Order,
        member: Option<usize>,
        pays: bool,
    ) -> Result<(), Rejection> {
        let mall = terms.mall.as_deref().cloned().unwrap_or_default();
        let Some(id) = &mall.campaign else {
            if mall.code_hash.is_some() {
                return Err(Rejection::CampaignOrder);
            }
            return if mall.group.is_some() { Err(Rejection::GroupUnknown) } else { Ok(()) };
        };
        let number = self.known_campaign(id)?;
        let campaign = &self.campaigns[number];
        let promotion = self.promotion_of(number);
        if campaign.cancelled {
            return Err(Rejection::CampaignState);
        }
        if self.now < campaign.from || self.now >= campaign.until {
            return Err(Rejection::CampaignWindow);
        }
        let [term] = terms.lines.as_slice() else {
            return Err(Rejection::CampaignOrder);
        };
        let quantity = term.quantity.unwrap_or(1);
        let single = promotion.blind_box.is_some() || promotion.relist.is_some();
        let fits = term.sku.as_ref() == Some(&campaign.sku)
            && mall.coupons.is_empty()
            && term.cost.is_none()
            && term.contribution.is_none()
            && term.zone.is_none()
            && terms.class_of(0).is_none()
            && (!single || quantity == 1)
            && (promotion.presale.is_none() || order.is_all_cash())
            && (promotion.voucher_days.is_some() || mall.code_hash.is_none());
        if !fits {
            return Err(Rejection::CampaignOrder);
        }
        order.campaign = Some(number);
        order.joins = mall.group;
        order.code_hash = mall.code_hash;
        self.check_box(number, member)?;
        let pieces = i128::from(quantity);
        let per_member = promotion.limit_per_member.or(promotion.chain.map(|_| 1));
        let of_member = member.map_or(0, |member| self.pieces_in(number, member));
        let over = |limit: Option<u32>, pieces: i128| limit.is_some_and(|limit| pieces > i128::from(limit));
        if over(promotion.limit_per_order, pieces) || over(per_member, pieces + of_member) {
            return Err(Rejection::QuantityLimit);
        }
        if over(campaign.quota, self.taken(number) + pieces) {
            return Err(Rejection::QuotaExhausted);
        }
        self.check_group(number, order.joins.as_ref(), member)?;
        if pays {
            self.check_commitment(number, order.joins.is_some())?;
        }
        if promotion.voucher_days.is_some() && order.code_hash.is_none() {
            return Err(Rejection::VoucherCode);
        }
        Ok(())
    }

    /// Counted as CAT-4.
    fn pieces_in(&self, campaign: usize, member: usize) -> i128 {
        let of = |order: &&Order| {
            order.campaign == Some(campaign)
                && order.member == member
                && order.state != OrderState::Closed
                && order.lines.iter().any(|line| line.refunded < line.amount)
        };
        self.orders.iter().filter(of).map(Order::pieces).sum()
    }

    /// GROUP-1: looked at when an order is placed and when it is paid.
    fn check_group(
        &self,
        campaign: usize,
        joins: Option<&Id>,
        member: Option<usize>,
    ) -> Result<(), Rejection> {
        let Some(joins) = joins else { return Ok(()) };
        let is_it = |group: &&Group| group.id == *joins && group.campaign == campaign;
        let group = self.groups.iter().find(is_it).ok_or(Rejection::GroupUnknown)?;
        if group.state != GroupState::Open || self.now >= group.ends {
            return Err(Rejection::GroupClosed);
        }
        if group.orders.iter().any(|order| Some(self.orders[*order].member) == member) {
            return Err(Rejection::GroupMember);
        }
        Ok(())
    }

    /// What is looked at again when a placed order of a campaign is paid.
    pub(super) fn check_campaign_again(&self, number: usize) -> Result<(), Rejection> {
        let order = &self.orders[number];
        let Some(campaign) = order.campaign else { return Ok(()) };
        self.check_box(campaign, Some(order.member))?;
        self.check_group(campaign, order.joins.as_ref(), Some(order.member))?;
        self.check_commitment(campaign, order.joins.is_some())
    }

    // ---- paying

    /// Until when an order that is placed now is held (CAT-3a).
    pub(super) fn hold_order(&mut self, order: usize) {
        let Some(catalogue) = self.plan.catalogue else { return };
        let campaign = self.orders[order].campaign;
        let minutes =
            campaign.map_or(catalogue.hold_minutes, |campaign| self.promotion_of(campaign).hold_minutes);
        let until = self.now + i64::from(minutes) * 60 * SECOND_US;
        self.set_alarm(Alarm::Payment { order }, until);
    }

    /// PRE-1: the window of the rest: from, until.
    fn balance_window(&self, order: usize) -> Option<(i64, i64)> {
        let campaign = self.orders[order].campaign?;
        let from = self.campaigns[campaign].until;
        Some((from, from + i64::from(self.presale_of(order)?.balance_hours) * HOUR_US))
    }

    pub(super) fn is_presale(&self, order: usize) -> bool {
        self.presale_of(order).is_some()
    }

    /// PRE-1: the first payment of a presale.
    pub(super) fn check_deposit(&self, order: usize) -> Result<(), Rejection> {
        if self.balance_window(order).is_some_and(|(_, until)| self.now >= until) {
            return Err(Rejection::BalanceWindow);
        }
        self.check_campaign_again(order)
    }

    /// PRE-1, PRE-2: the second payment of a presale.
    pub(super) fn check_balance(&self, order: usize) -> Result<(), Rejection> {
        let group = self.orders[order].group;
        if group.is_some_and(|group| self.groups[group].state != GroupState::Succeeded) {
            return Err(Rejection::PromotionUndecided);
        }
        let (from, until) = self.balance_window(order).expect("a presale has one");
        if self.now < from || self.now >= until { Err(Rejection::BalanceWindow) } else { Ok(()) }
    }

    pub(super) fn pay_deposit(&mut self, order: usize) {
        let presale = self.presale_of(order).expect("only presales have deposits");
        let deposit = i128::from(presale.deposit.minor()) * self.orders[order].pieces();
        self.bank += deposit;
        self.escrow += deposit;
        self.orders[order].deposit = deposit;
        let member = self.orders[order].member;
        self.members[member].spent += deposit;
        let (_, until) = self.balance_window(order).expect("a presale has one");
        self.set_alarm(Alarm::Payment { order }, until);
        self.enter_group(order);
        self.corner("deposit paid");
    }

    /// What the payment of an order of a campaign sets going.
    pub(super) fn campaign_paid(&mut self, order: usize) {
        let Some(campaign) = self.orders[order].campaign else { return };
        let promotion = self.promotion_of(campaign).clone();
        if let Some(presale) = promotion.presale {
            self.orders[order].decided = true;
            if let Some(hours) = presale.ship_hours {
                let (_, until) = self.balance_window(order).expect("a presale has one");
                self.set_alarm(Alarm::Shipment { order }, until + i64::from(hours) * HOUR_US);
            }
            self.corner("rest of a presale paid");
            return;
        }
        if promotion.blind_box.is_some() {
            self.box_paid(order);
        }
        if promotion.relist.is_some() {
            self.goods_paid(order);
        }
        if promotion.group.is_some() {
            self.enter_group(order);
        } else {
            self.conditions_met(order);
        }
    }

    /// The order is decided, unless it is a box that waits for its seed.
    fn conditions_met(&mut self, order: usize) {
        let campaign = self.orders[order].campaign.expect("an order of a campaign");
        let promotion = self.promotion_of(campaign).clone();
        if promotion.blind_box.is_some() {
            self.await_box(order);
            return;
        }
        self.orders[order].decided = true;
        if let Some(days) = promotion.voucher_days {
            self.orders[order].voucher = Some(VoucherState::Good);
            let until = self.good_until(days);
            self.set_alarm(Alarm::Voucher { order }, until);
        }
    }

    // ---- groups

    /// GROUP-1: opens a group or joins one; nothing in a campaign without groups.
    fn enter_group(&mut self, order: usize) {
        let campaign = self.orders[order].campaign.expect("an order of a campaign");
        let promotion = self.promotion_of(campaign).clone();
        let Some(plan) = promotion.group else { return };
        let joins = self.orders[order].joins.clone();
        let found = joins.and_then(|id| self.groups.iter().position(|group| group.id == id));
        let number = found.unwrap_or_else(|| {
            let ends = self.now + i64::from(plan.hours) * HOUR_US;
            let commitment =
                promotion.lottery.is_some().then(|| self.campaigns[campaign].commitments.remove(0));
            let group = self.groups.len();
            self.groups.push(Group {
                id: self.orders[order].id.clone(),
                campaign,
                orders: Vec::new(),
                state: GroupState::Open,
                ends,
                commitment,
                bonus: 0,
                bonus_of_operator: 0,
            });
            self.set_alarm(Alarm::Group { group }, ends);
            group
        });
        self.groups[number].orders.push(order);
        self.orders[order].group = Some(number);
        if self.groups[number].orders.len() < usize::try_from(plan.members).expect("few members") {
            return;
        }
        self.cancel_alarm(Alarm::Group { group: number });
        if let Some(lottery) = promotion.lottery {
            self.groups[number].state = GroupState::Awaiting;
            let until = self.now + i64::from(lottery.reveal_hours) * HOUR_US;
            self.set_alarm(Alarm::GroupReveal { group: number }, until);
            self.corner("lottery full");
            return;
        }
        self.groups[number].state = GroupState::Succeeded;
        self.corner("group succeeded");
        if promotion.presale.is_some() {
            self.corner("presale group succeeded");
            return;
        }
        for order in self.groups[number].orders.clone() {
            self.conditions_met(order);
        }
    }

    /// GROUP-2: not full in time.
    pub(super) fn group_timed_out(&mut self, group: usize) {
        self.groups[group].state = GroupState::Over;
        self.corner("group failed");
        let mut orders = self.groups[group].orders.clone();
        orders.sort_unstable();
        for order in orders {
            if self.orders[order].state == OrderState::Placed {
                self.corner("presale group failed");
                self.close_order(order, false);
            } else {
                self.refund_whole(order);
            }
        }
    }

    /// GROUP-3: an undecided order left.
    fn leave_group(&mut self, order: usize) {
        let Some(group) = self.orders[order].group else { return };
        if self.groups[group].state != GroupState::Open {
            return;
        }
        let orders = &mut self.groups[group].orders;
        let led = orders.first() == Some(&order);
        orders.retain(|known| *known != order);
        let empty = orders.is_empty();
        if empty {
            self.groups[group].state = GroupState::Over;
            self.cancel_alarm(Alarm::Group { group });
        }
        self.corner(match (led, empty) {
            (_, true) => "last of a group left",
            (true, false) => "leader left",
            (false, false) => "member of a group left",
        });
    }

    /// GROUP-4: at the settlement of an order.
    pub(super) fn pay_leader(&mut self, order: usize) {
        let Some(group) = self.orders[order].group else { return };
        let campaign = self.groups[group].campaign;
        let Some(bonus) = self.promotion_of(campaign).group.and_then(|plan| plan.leader_bonus) else {
            return;
        };
        let leader = *self.groups[group].orders.first().expect("a group that succeeded has a leader");
        let member = self.orders[leader].member;
        let base: i128 = self.orders[order].lines.iter().map(|line| line.base()).sum();
        let amount = match bonus {
            Discount::Fixed(money) => {
                // This order counts, whatever its state says by now.
                let kept = self.kept_of_group(group, order) + 1;
                let growth = self.fixed_bonus(group, money, kept) - self.groups[group].bonus;
                let of_operator = growth - growth.min(self.platform_revenue);
                self.take_from_operator(of_operator);
                self.platform_revenue -= growth - of_operator;
                self.groups[group].bonus += growth;
                self.groups[group].bonus_of_operator += of_operator;
                self.earn(member, growth);
                if growth > 0 {
                    self.corner("fixed leader's bonus");
                }
                if of_operator > 0 {
                    self.corner("leader's bonus by the operator");
                }
                return;
            }
            Discount::Rate(rate) => floor_part(rate, base),
        };
        if amount > self.platform_revenue {
            self.corner("leader's bonus cut");
        }
        let paid = amount.min(self.platform_revenue);
        self.platform_revenue -= paid;
        self.orders[order].leader_bonus = paid;
        self.earn(member, paid);
        if paid > 0 {
            self.corner("leader's bonus");
        }
    }

    /// The orders of a group but one that have settled and were not refunded in full.
    fn kept_of_group(&self, group: usize, but: usize) -> i128 {
        let settled = |order: &&usize| **order != but && self.orders[**order].state == OrderState::Settled;
        i128::try_from(self.groups[group].orders.iter().filter(settled).count()).expect("few orders")
    }

    /// GROUP-4: `floor(bonus · kept / n)`.
    fn fixed_bonus(&self, group: usize, bonus: Money, kept: i128) -> i128 {
        let plan = self.promotion_of(self.groups[group].campaign).group.expect("the promotion of a group");
        floor_share(i128::from(bonus.minor()), kept, plan.members.into())
    }

    /// GROUP-4: a late refund is to leave nothing of an order.
    pub(super) fn take_back_fixed_bonus(&mut self, order: usize) {
        let Some(group) = self.orders[order].group else { return };
        let plan = self.promotion_of(self.groups[group].campaign).group;
        let Some(Discount::Fixed(bonus)) = plan.and_then(|plan| plan.leader_bonus) else { return };
        let left = self.fixed_bonus(group, bonus, self.kept_of_group(group, order));
        let less = self.groups[group].bonus - left;
        let leader = *self.groups[group].orders.first().expect("a group that succeeded has a leader");
        // The operator first.
        let of_operator = self.groups[group].bonus_of_operator.min(less);
        let taken = self.charge_bonus(self.orders[leader].member, less, of_operator);
        self.groups[group].bonus = left;
        self.groups[group].bonus_of_operator -= of_operator;
        let pay_operator = taken.min(of_operator);
        self.pay_operator(pay_operator);
        self.platform_revenue += taken - pay_operator;
        if less > 0 {
            self.corner("fixed leader's bonus taken back");
        }
    }

    /// GROUP-4: after a late refund.
    pub(super) fn take_back_leader_bonus(&mut self, order: usize) {
        let kept = self.orders[order].leader_bonus;
        let Some(group) = self.orders[order].group.filter(|_| kept > 0) else { return };
        let plan = self.promotion_of(self.groups[group].campaign).group;
        let Some(Discount::Rate(rate)) = plan.and_then(|plan| plan.leader_bonus) else { return };
        let base: i128 = self.orders[order].lines.iter().map(|line| line.base()).sum();
        let left = kept.min(floor_part(rate, base));
        self.orders[order].leader_bonus = left;
        let leader = *self.groups[group].orders.first().expect("a group that succeeded has a leader");
        let taken = self.charge_bonus(self.orders[leader].member, kept - left, 0);
        self.platform_revenue += taken;
        self.corner("leader's bonus taken back");
    }

    // ---- ends

    /// An unpaid order is not paid in time (CAT-3a, PRE-2).
    pub(super) fn payment_timed_out(&mut self, order: usize) {
        self.corner(if self.orders[order].deposit > 0 { "rest not paid in time" } else { "order timed out" });
        self.close_order(order, true);
    }

    /// Closes a placed order; a deposit is forfeited if the plan says so, the rest could have been paid and `forfeits`.
    pub(super) fn close_order(&mut self, number: usize, forfeits: bool) {
        self.orders[number].state = OrderState::Closed;
        self.orders[number].gave_back = true;
        self.cancel_alarm(Alarm::Payment { order: number });
        let deposit = std::mem::take(&mut self.orders[number].deposit);
        if deposit == 0 {
            return;
        }
        let forfeit = self.presale_of(number).is_some_and(|presale| presale.forfeit);
        let succeeded =
            self.orders[number].group.is_none_or(|group| self.groups[group].state == GroupState::Succeeded);
        self.escrow -= deposit;
        if forfeit && forfeits && succeeded {
            let merchant = self.orders[number].lines[0].merchant.clone();
            self.credit_merchant(&merchant, deposit);
            self.corner("deposit forfeited");
        } else {
            self.bank -= deposit;
            let member = self.orders[number].member;
            self.members[member].spent -= deposit;
            self.corner("deposit returned");
        }
        self.leave_group(number);
    }

    /// PROMO-4, GROUP-3, BOX-2: why an order of a campaign cannot be refunded so now.
    pub(super) fn check_campaign_refund(&self, number: usize, whole: bool) -> Result<(), Rejection> {
        let order = &self.orders[number];
        if order.campaign.is_none() {
            return Ok(());
        }
        let awaiting = order.group.is_some_and(|group| self.groups[group].state == GroupState::Awaiting);
        if (self.is_undecided(number) && (!whole || awaiting)) || self.was_offered(number) {
            return Err(Rejection::PromotionUndecided);
        }
        let on_its_way = matches!(order.state, OrderState::Paid | OrderState::Shipped);
        if on_its_way && order.drawn().is_some() {
            return Err(Rejection::BoxOpened);
        }
        Ok(())
    }

    /// After a refund that leaves nothing of an order; `undecided` before it.
    pub(super) fn campaign_refunded(&mut self, number: usize, undecided: bool) {
        self.cancel_alarm(Alarm::Shipment { order: number });
        let Some(campaign) = self.orders[number].campaign else { return };
        if self.campaigns[campaign].is_open(self.now) {
            self.orders[number].gave_back = true;
            self.corner("quota given back");
        }
        if self.orders[number].voucher == Some(VoucherState::Good) {
            self.orders[number].voucher = Some(VoucherState::Gone);
            self.cancel_alarm(Alarm::Voucher { order: number });
        }
        if undecided {
            self.leave_group(number);
        }
        self.box_refunded(number);
    }

    /// VOUCH-2.
    pub(super) fn redeem_voucher(&mut self, order: &Id, merchant: &Id, code: &Id) -> Result<(), Rejection> {
        let number = self.known_order(order)?;
        let order = &self.orders[number];
        if order.voucher != Some(VoucherState::Good) || order.lines[0].merchant != merchant.as_str() {
            return Err(Rejection::VoucherState);
        }
        if order.code_hash != Some(Hash32::of(code.as_str().as_bytes())) {
            return Err(Rejection::VoucherCode);
        }
        self.orders[number].voucher = Some(VoucherState::Redeemed);
        self.cancel_alarm(Alarm::Voucher { order: number });
        self.corner("voucher redeemed");
        self.do_receive(number);
        Ok(())
    }

    /// PROMO-4, VOUCH-1, RELIST-3a: why an order is not shipped or received now.
    pub(super) fn check_departure(&self, number: usize) -> Result<(), Rejection> {
        let order = &self.orders[number];
        let Some(campaign) = order.campaign else { return Ok(()) };
        if self.promotion_of(campaign).voucher_days.is_some() {
            return Err(Rejection::OrderState);
        }
        if self.is_undecided(number) || self.waits_for_delivery(number) {
            return Err(Rejection::PromotionUndecided);
        }
        Ok(())
    }

    pub(super) fn campaign_numbers(&self, put: &mut impl FnMut(String, i128)) {
        for (number, campaign) in self.campaigns.iter().enumerate() {
            let id = &campaign.id;
            put(format!("campaigns.{id}.taken"), self.taken(number));
            put(format!("campaigns.{id}.cancelled"), campaign.cancelled.into());
            let commitments = i128::try_from(campaign.commitments.len()).expect("few");
            put(format!("campaigns.{id}.commitments"), commitments);
            put(format!("campaigns.{id}.withheld"), campaign.withheld);
        }
        for group in &self.groups {
            let id = &group.id;
            let state = match group.state {
                GroupState::Open => 1,
                GroupState::Awaiting => 2,
                GroupState::Succeeded => 3,
                GroupState::Over => 4,
            };
            put(format!("groups.{id}.state"), state);
            if group.state == GroupState::Over {
                continue;
            }
            put(format!("groups.{id}.members"), i128::try_from(group.orders.len()).expect("few"));
            let leader = group.orders.first().map(|order| self.orders[*order].member + 1);
            put(format!("groups.{id}.leader"), leader.map_or(0, |no| i128::try_from(no).expect("few")));
        }
        for order in &self.orders {
            put(format!("deposits.{}", order.id), order.deposit);
            let voucher = order.voucher.map_or(0, |voucher| match voucher {
                VoucherState::Good => 1,
                VoucherState::Redeemed => 2,
                VoucherState::Gone => 3,
            });
            put(format!("vouchers.{}", order.id), voucher);
        }
    }

    pub(super) fn audit_campaigns(&self, problems: &mut Vec<String>) {
        for (number, campaign) in self.campaigns.iter().enumerate() {
            if campaign.quota.is_some_and(|quota| self.taken(number) > i128::from(quota)) {
                problems.push(format!("campaign {} is oversold", campaign.id));
            }
        }
        for group in self.groups.iter().filter(|group| group.state == GroupState::Succeeded) {
            let members = self.promotion_of(group.campaign).group.map_or(0, |plan| plan.members);
            if group.orders.len() != usize::try_from(members).expect("few") {
                problems.push(format!("group {} succeeded with {} orders", group.id, group.orders.len()));
            }
        }
    }
}
