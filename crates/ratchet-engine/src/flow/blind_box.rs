//! Blind boxes: who may buy one, opening it, and what is left at the end (BOX-1 to BOX-3).

use crate::catalogue::Place;
use crate::command::AgeBand;
use crate::draw::{DrawResult, Numbers, entries_hash, item};
use crate::engine::Engine;
use crate::event::Event;
use crate::hash::Hash32;
use crate::id::{CampaignNo, Id, MemberNo, OrderNo, SkuNo};
use crate::order::OrderState;
use crate::plan::PromotionPlan;
use crate::rejection::Rejection;

impl Engine {
    /// `member.attest`. Refuses: member_unknown.
    pub(crate) fn attest_member(
        &mut self,
        member: &Id,
        age: AgeBand,
        consent: bool,
    ) -> Result<(), Rejection> {
        let member = self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        self.commit(Event::MemberAttested { member, age, consent });
        Ok(())
    }

    /// PROMO-1: the articles of a campaign's boxes, with how many are held of each. Refuses: sku_unknown, out_of_stock.
    pub(super) fn box_items(&self, promotion: &PromotionPlan) -> Result<Vec<(SkuNo, u32)>, Rejection> {
        let Some(plan) = &promotion.blind_box else { return Ok(Vec::new()) };
        let mut items = Vec::with_capacity(plan.items.len());
        for item in &plan.items {
            let sku = Id::new(&item.sku).ok().and_then(|sku| self.listed_sku(&sku));
            items.push((sku.ok_or(Rejection::SkuUnknown)?, item.stock));
        }
        let short = |(sku, wanted): &(SkuNo, u32)| {
            let available = self.state.catalogue.sku(*sku).stock.available();
            available.is_some_and(|available| available < u64::from(*wanted))
        };
        if items.iter().any(short) { Err(Rejection::OutOfStock) } else { Ok(items) }
    }

    /// BOX-2: an opened box leaves with its item (CAT-3).
    pub(super) fn box_leaves(&mut self, order: OrderNo) {
        if let Some(opened) = self.state.boxes.opened(order).filter(|opened| opened.place == Place::Held) {
            self.commit(Event::BoxItemDispatched { order, sku: opened.sku });
        }
    }

    /// BOX-1: who may buy a box. Refuses: age_unknown, age_gate.
    pub(super) fn check_age(
        &self,
        promotion: &PromotionPlan,
        member: Option<MemberNo>,
    ) -> Result<(), Rejection> {
        if promotion.blind_box.is_none() {
            return Ok(());
        }
        let age = member.and_then(|member| self.state.boxes.age(member));
        age.ok_or(Rejection::AgeUnknown)?.check()
    }

    /// BOX-1: whether a member may have one more today, and whether there is one. Refuses: quantity_limit, out_of_stock.
    pub(super) fn check_box(
        &self,
        campaign: CampaignNo,
        promotion: &PromotionPlan,
        member: Option<MemberNo>,
    ) -> Result<(), Rejection> {
        let (Some(plan), Some(boxes)) = (&promotion.blind_box, self.state.boxes.campaign(campaign)) else {
            return Ok(());
        };
        let today = member.map_or(0, |member| self.state.boxes.paid_on(campaign, member, self.today()));
        if plan.limit_per_day.is_some_and(|limit| today >= limit) {
            return Err(Rejection::QuantityLimit);
        }
        if boxes.has_one_more() { Ok(()) } else { Err(Rejection::OutOfStock) }
    }

    /// BOX-2: an opened box is not refunded before it is received. Refuses: box_opened.
    pub(super) fn check_box_refund(&self, order: OrderNo) -> Result<(), Rejection> {
        let unreceived = match self.state.orders.order(order).state {
            OrderState::Paid | OrderState::Shipped => true,
            OrderState::Placed
            | OrderState::Received
            | OrderState::Settled
            | OrderState::Closed
            | OrderState::Refunded => false,
        };
        if unreceived && self.state.boxes.opened(order).is_some() {
            return Err(Rejection::BoxOpened);
        }
        Ok(())
    }

    /// BOX-2: a box is paid, and its group, if it is one of a group, is full: it waits for its seed.
    pub(super) fn await_box(&mut self, order: OrderNo, promotion: &PromotionPlan) {
        if let Some(plan) = &promotion.blind_box {
            self.await_seed(order, plan.reveal_hours);
        }
    }

    /// BOX-2, BOX-3: the seed of a box was revealed: its item is drawn among those of which something is left.
    pub(super) fn open_box(&mut self, order: OrderNo, seed: Hash32) {
        let Some((record, _)) = self.state.campaigns.of_order(order) else { return };
        let (number, entry) = (record.campaign, record.id.as_str());
        let (Some(plan), Some(boxes)) =
            (&self.promotion_of(number).blind_box, self.state.boxes.campaign(number))
        else {
            return;
        };
        let member = self.state.orders.order(order).member;
        let weights = boxes.weights(plan);
        let pity = plan.pity.is_some_and(|pity| self.state.boxes.misses(number, member) >= pity);
        let mut numbers = Numbers::new(seed, entries_hash([entry]));
        let item = item(&mut numbers, &weights, pity).expect("no more boxes are sold than there are items");
        let item = u32::try_from(item).expect("at most ITEMS_MAX items");
        let result = Box::new(DrawResult::Item { weights, pity, item });
        self.commit(Event::DrawRevealed { draw: order, seed, result });
        self.end_boxes(number);
    }

    /// A box was refunded in full: before it was opened nothing will be drawn for it; an opened one that has not left gives its
    /// item back (BOX-3a). Whoever cancels while its seed is awaited has withheld it (BOX-2b).
    pub(super) fn drop_box(&mut self, order: OrderNo) {
        let Some((record, campaign)) = self.state.campaigns.of_order(order) else { return };
        let (number, cancelled) = (record.campaign, campaign.cancelled);
        if self.promotion_of(number).blind_box.is_none() {
            return;
        }
        if let Some(opened) = self.state.boxes.opened(order).filter(|opened| opened.place == Place::Held) {
            self.commit(Event::BoxItemReleased { order, sku: opened.sku });
        }
        if cancelled && self.state.draws.waits(order) {
            self.commit(Event::DrawTimedOut { draw: order });
        } else if self.state.draws.is_undecided(order) {
            self.drop_draw(order);
        }
        self.end_boxes(number);
    }

    /// BOX-3a: the campaign is over.
    pub(crate) fn box_sale_ends(&mut self, campaign: CampaignNo) {
        if self.state.boxes.campaign(campaign).is_some_and(|boxes| boxes.waiting > 0) {
            self.commit(Event::BoxSaleEnded { campaign });
        } else {
            self.end_boxes(campaign);
        }
    }

    /// BOX-3: once the campaign is over and no box waits, what is left of its items returns to the catalogue.
    pub(super) fn end_boxes(&mut self, campaign: CampaignNo) {
        let Some(boxes) = self.state.boxes.campaign(campaign) else { return };
        let over = !self.state.campaigns.get(campaign).is_open(self.state.now);
        if over && boxes.waiting == 0 && !boxes.over {
            let left = boxes.skus.iter().copied().zip(boxes.left.iter().copied());
            let returned = left.filter(|(_, left)| *left > 0).collect();
            self.commit(Event::BoxesEnded { campaign, returned });
        }
    }
}
