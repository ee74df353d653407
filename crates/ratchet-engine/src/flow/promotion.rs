//! Campaigns: opening, cancelling, and their part in the life of an order (PROMO-1 to PROMO-4, 12.3).

use std::sync::Arc;

use crate::campaign::{Campaign, GroupState, Stage};
use crate::command::{MallTerms, OrderTerms};
use crate::engine::Engine;
use crate::event::{CampaignOpened, CampaignOrderPlaced, Event};
use crate::id::{CampaignNo, Id, OrderNo};
use crate::keys::KeyKind;
use crate::order::OrderState;
use crate::plan::PromotionPlan;
use crate::rejection::Rejection;
use crate::time::Timestamp;

impl Engine {
    /// `promotion.open`. Refuses: limit_reached, promotion_unknown, campaign_exists, campaign_window, sku_unknown.
    pub(crate) fn open_campaign(
        &mut self,
        campaign: &Id,
        promotion: &Id,
        sku: &Id,
        (from, until): (Timestamp, Timestamp),
        quota: Option<u32>,
    ) -> Result<(), Rejection> {
        let number = CampaignNo::at(self.state.campaigns.len()).ok_or(Rejection::LimitReached)?;
        self.check_open_for_new_business()?;
        let (promotion, plan) = self.plan.promotion(promotion.as_str()).ok_or(Rejection::PromotionUnknown)?;
        if self.find(KeyKind::Campaign, campaign.as_str()).is_some() {
            return Err(Rejection::CampaignExists);
        }
        if until <= from || until <= self.state.now {
            return Err(Rejection::CampaignWindow);
        }
        if plan.blind_box.is_none() && self.listed_sku(sku).is_none() {
            return Err(Rejection::SkuUnknown);
        }
        let items = self.box_items(plan)?;
        self.commit(Event::CampaignOpened(Box::new(CampaignOpened {
            campaign: number,
            id: campaign.clone(),
            promotion,
            sku: sku.clone(),
            from,
            until,
            quota,
        })));
        if !items.is_empty() {
            self.commit(Event::BoxItemsHeld { campaign: number, items });
        }
        Ok(())
    }

    /// `promotion.cancel`. Refuses: reason_missing, campaign_unknown, campaign_state.
    pub(crate) fn cancel_campaign(&mut self, campaign: &Id, reason: &str) -> Result<(), Rejection> {
        super::withdraw::check_reason(reason)?;
        let number = self.find_campaign(campaign).ok_or(Rejection::CampaignUnknown)?;
        if self.state.campaigns.get(number).cancelled {
            return Err(Rejection::CampaignState);
        }
        self.end_campaign(number, reason);
        Ok(())
    }

    /// PROMO-4: closes what is unpaid, refunds what is undecided and every presale order that has not left.
    pub(crate) fn end_campaign(&mut self, campaign: CampaignNo, reason: &str) {
        self.commit(Event::CampaignCancelled { campaign, reason: reason.to_owned() });
        self.fail_groups_of(campaign);
        let is_presale = self.promotion_of(campaign).presale.is_some();
        for order in self.state.campaigns.orders_of(campaign).to_vec() {
            let stage = self.state.campaigns.order(order).map(|record| record.stage);
            let undecided = stage == Some(Stage::Undecided);
            match self.state.orders.order(order).state {
                OrderState::Placed => self.close_unpaid(order),
                OrderState::Paid if undecided || is_presale => self.refund_whole(order),
                OrderState::Paid
                | OrderState::Shipped
                | OrderState::Received
                | OrderState::Settled
                | OrderState::Closed
                | OrderState::Refunded => {}
            }
        }
        self.end_boxes(campaign);
    }

    /// PROMO-2 and what the kind of the campaign requires. Refuses, in this order: campaign_unknown, campaign_state,
    /// campaign_window, campaign_order, age_unknown, age_gate, quantity_limit, out_of_stock, quota_exhausted, group_unknown,
    /// group_closed, group_member, no_commitment, voucher_code; limit_reached before all (LOT-1).
    pub(crate) fn check_campaign(&self, order: &Id, terms: &OrderTerms, pays: bool) -> Result<(), Rejection> {
        let Some(mall) = &terms.mall else { return Ok(()) };
        let Some(name) = &mall.campaign else {
            return match (mall.code_hash, &mall.group) {
                (Some(_), _) => Err(Rejection::CampaignOrder),
                (None, Some(_)) => Err(Rejection::GroupUnknown),
                (None, None) => Ok(()),
            };
        };
        let number = self.find_campaign(name).ok_or(Rejection::CampaignUnknown)?;
        if super::group::consolation_coupon(order, self.promotion_of(number)).is_err() {
            return Err(Rejection::LimitReached);
        }
        let campaign = self.state.campaigns.get(number);
        if campaign.cancelled {
            return Err(Rejection::CampaignState);
        }
        if self.state.now < campaign.from || campaign.until <= self.state.now {
            return Err(Rejection::CampaignWindow);
        }
        let promotion = self.promotion_of(number);
        let quantity = campaign_line(terms, mall, campaign, promotion).ok_or(Rejection::CampaignOrder)?;
        let member = self.state.named_member(terms.member.as_str());
        self.check_age(promotion, member)?;
        self.check_box(number, promotion, member)?;
        let pieces =
            member.map_or(0, |member| self.state.campaigns.pieces_of(number, member)) + u64::from(quantity);
        if promotion.limit_per_order.is_some_and(|limit| quantity > limit)
            || promotion.limit_per_member.is_some_and(|limit| pieces > u64::from(limit))
        {
            return Err(Rejection::QuantityLimit);
        }
        if campaign.left().is_some_and(|left| u64::from(quantity) > left) {
            return Err(Rejection::QuotaExhausted);
        }
        if let Some(group) = &mall.group {
            let group = self.find(KeyKind::Order, group.as_str()).map(OrderNo);
            self.check_joins(number, group.ok_or(Rejection::GroupUnknown)?, member)?;
        }
        if pays && (mall.group.is_none() || promotion.blind_box.is_some()) {
            self.check_commitment(number)?;
        }
        if promotion.voucher_days.is_some() && mall.code_hash.is_none() {
            return Err(Rejection::VoucherCode);
        }
        Ok(())
    }

    /// What a campaign refuses of a placed order that is paid: promotion_undecided, group_unknown, group_closed,
    /// group_member, no_commitment, balance_window.
    pub(crate) fn check_campaign_of(&self, order: OrderNo) -> Result<(), Rejection> {
        let Some((record, campaign)) = self.state.campaigns.of_order(order) else { return Ok(()) };
        let promotion = self.promotion_of(record.campaign);
        if let Some(presale) = &promotion.presale {
            self.check_presale_pay(order, record, campaign, presale)?;
        }
        let member = Some(self.state.orders.order(order).member);
        self.check_age(promotion, member)?;
        self.check_box(record.campaign, promotion, member)?;
        let joins = record.deposit.is_zero().then_some(record.group).flatten();
        if let Some(group) = joins {
            self.check_joins(record.campaign, group, member)?;
            if promotion.blind_box.is_none() {
                return Ok(());
            }
        }
        self.check_commitment(record.campaign)
    }

    /// The order exists: it takes its pieces of the quota (PROMO-3).
    pub(crate) fn campaign_placed(&mut self, order: OrderNo, id: &Id, terms: &OrderTerms) {
        let (Some((campaign, _)), Some(mall)) = (self.campaign_of(terms), &terms.mall) else { return };
        let quantity = terms.lines.first().and_then(|line| line.quantity).unwrap_or(1);
        let group = mall.group.as_ref().and_then(|group| self.find(KeyKind::Order, group.as_str()));
        self.commit(Event::CampaignOrderPlaced(Box::new(CampaignOrderPlaced {
            order,
            id: id.clone(),
            campaign,
            quantity,
            group: group.map(OrderNo),
            code_hash: mall.code_hash,
        })));
    }

    /// An order of a campaign is paid in full.
    pub(crate) fn campaign_paid(&mut self, order: OrderNo) {
        let Some((record, campaign)) = self.state.campaigns.of_order(order) else { return };
        let plan = Arc::clone(self.plan_of_campaign(record.campaign));
        let promotion = &plan.promotions[campaign.promotion];
        // The rest of a presale is paid only in a group that succeeded.
        let alone = promotion.group.is_none() || promotion.presale.is_some();
        let decided = alone && promotion.blind_box.is_none();
        let ship_by = promotion.presale.as_ref().and_then(|presale| {
            let due = super::presale::balance_due(campaign, presale);
            presale.ship_hours.map(|hours| due.plus_hours(hours))
        });
        let (joins, number) = (record.group, record.campaign);
        self.commit(Event::CampaignOrderPaid { order, decided, ship_by });
        if promotion.blind_box.is_some() {
            self.begin_draw(order, number);
        }
        if promotion.chain.is_some() {
            self.take_place(order);
        }
        self.hold_goods(order, promotion);
        if alone {
            self.conditions_met(order, promotion);
        } else {
            self.enter_group(order, joins, promotion);
        }
    }

    /// An order is paid, and its group, if it is one of a group, is full.
    pub(super) fn conditions_met(&mut self, order: OrderNo, promotion: &PromotionPlan) {
        if let Some(days) = promotion.voucher_days {
            self.issue_voucher(order, days);
        }
        self.await_box(order, promotion);
    }

    /// PROMO-4, VOUCH-1: whether an order of a campaign may be shipped or received. Refuses: order_state,
    /// promotion_undecided.
    pub(crate) fn check_campaign_leaves(&self, order: OrderNo) -> Result<(), Rejection> {
        let Some((record, _)) = self.state.campaigns.of_order(order) else { return Ok(()) };
        if self.promotion_of(record.campaign).voucher_days.is_some() {
            return Err(Rejection::OrderState);
        }
        if record.stage == Stage::Undecided {
            return Err(Rejection::PromotionUndecided);
        }
        self.check_goods_leave(order)
    }

    /// PROMO-4, GROUP-3: an undecided order is refunded in full, and not while a draw is awaited. Refuses:
    /// promotion_undecided.
    pub(crate) fn check_campaign_refund(&self, order: OrderNo, all: bool) -> Result<(), Rejection> {
        let Some((record, _)) = self.state.campaigns.of_order(order) else { return Ok(()) };
        let waits = self.state.campaigns.group_of(order).is_some_and(|(_, g)| g.state == GroupState::Waits);
        if record.stage == Stage::Undecided && (!all || waits) {
            return Err(Rejection::PromotionUndecided);
        }
        self.check_box_refund(order)?;
        self.check_goods_refund(order)
    }

    /// An unpaid order of a campaign is closed; a deposit goes where PRE-2 says.
    pub(crate) fn campaign_closed(&mut self, order: OrderNo) {
        let Some((record, _)) = self.state.campaigns.of_order(order) else { return };
        let (deposit, returned) = (record.deposit, record.quantity);
        if !deposit.is_zero() {
            let forfeits = self.forfeits(order);
            self.leave_group(order);
            self.end_deposit(order, deposit, forfeits);
        }
        self.commit(Event::CampaignOrderEnded { order, returned });
    }

    /// Something of an order of a campaign was refunded.
    pub(crate) fn campaign_refunded(&mut self, order: OrderNo) {
        let Some((record, campaign)) = self.state.campaigns.of_order(order) else { return };
        let returned = if campaign.is_open(self.state.now) { record.quantity } else { 0 };
        let over = self.state.orders.order(order).state == OrderState::Refunded;
        if over && record.stage != Stage::Ended {
            self.leave_group(order);
            self.commit(Event::CampaignOrderEnded { order, returned });
            self.drop_box(order);
        }
    }
}

/// PROMO-2: the pieces of the one line of an order of this campaign; `None` if it is not such an order.
fn campaign_line(
    terms: &OrderTerms,
    mall: &MallTerms,
    campaign: &Campaign,
    promotion: &PromotionPlan,
) -> Option<u32> {
    let [line] = terms.lines.as_slice() else { return None };
    let plain = line.sku.as_ref() == Some(&campaign.sku)
        && line.cost.is_none()
        && line.contribution.is_none()
        && line.zone.is_none()
        && mall.classes.is_empty()
        && mall.coupons.is_empty()
        && (mall.code_hash.is_none() || promotion.voucher_days.is_some());
    let cash_only = terms.tender.is_none_or(|tender| {
        tender.reconsume.is_zero() && tender.loyalty.is_zero() && tender.claim.is_zero()
    });
    let quantity = line.quantity.unwrap_or(1);
    let single = promotion.blind_box.is_some() || promotion.relist.is_some();
    let fits = (promotion.presale.is_none() || cash_only) && (!single || quantity == 1);
    (plain && fits).then_some(quantity)
}
