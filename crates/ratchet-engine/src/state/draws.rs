//! What the events of draws, blind boxes, the chain and goods sold on change (PROMO-5, BOX, CHAIN, RELIST).

use crate::amount::Money;
use crate::catalogue::Place;
use crate::draw::DrawResult;
use crate::draw::book::{DrawState, Revealed};
use crate::event::GoodsSold;
use crate::hash::Hash32;
use crate::id::{CampaignNo, OrderNo, SkuNo};
use crate::keys::KeyKind;
use crate::state::State;
use crate::time::Timestamp;
use crate::timer::Timer;

impl State {
    /// A lottery group was opened, or a box was paid.
    pub(super) fn apply_draw_opened(&mut self, draw: OrderNo, campaign: CampaignNo) {
        self.draws.begin(draw, campaign);
        let (member, today) = (self.orders.order(draw).member, self.today());
        self.boxes.pay(campaign, member, today);
    }

    pub(super) fn apply_draw_closed(&mut self, draw: OrderNo, until: Timestamp) {
        self.draws.set(draw, DrawState::Waits);
        self.timers.set(Timer::Reveal(draw.0), until);
    }

    pub(super) fn apply_draw_revealed(&mut self, draw: OrderNo, seed: Hash32, result: &DrawResult) {
        if let DrawResult::Item { item, .. } = result {
            let campaign = self.campaigns.order_mut(draw).campaign;
            let member = self.orders.order(draw).member;
            self.boxes.open(draw, campaign, member, *item);
            self.decide(&[draw]);
        }
        self.draws.set(draw, DrawState::Revealed(Box::new(Revealed { seed, result: result.clone() })));
        self.timers.cancel(Timer::Reveal(draw.0));
    }

    /// Nothing is drawn: the seed was withheld, or what entered was refunded.
    pub(super) fn apply_draw_given_up(&mut self, draw: OrderNo, state: DrawState) {
        if let Some(campaign) = self.draws.get(draw).map(|draw| draw.campaign) {
            self.boxes.give_up(campaign);
        }
        self.draws.set(draw, state);
        self.timers.cancel(Timer::Reveal(draw.0));
    }

    /// PROMO-1: the items of a campaign's boxes are held for it, until it is over.
    pub(super) fn apply_box_items_held(&mut self, campaign: CampaignNo, items: &[(SkuNo, u32)]) {
        for (sku, pieces) in items {
            self.catalogue.hold(*sku, *pieces);
        }
        self.boxes.open_campaign(campaign, items);
        let until = self.campaigns.get(campaign).until;
        self.timers.set(Timer::Boxes(campaign.0), until);
    }

    /// BOX-3a: the campaign is over, and boxes still wait.
    pub(super) fn apply_box_sale_ended(&mut self, campaign: CampaignNo) {
        self.timers.cancel(Timer::Boxes(campaign.0));
    }

    pub(super) fn apply_box_item_dispatched(&mut self, order: OrderNo, sku: SkuNo) {
        self.catalogue.take_out(sku, 1);
        self.boxes.move_item(order, Place::Out);
    }

    pub(super) fn apply_box_item_released(&mut self, order: OrderNo, sku: SkuNo) {
        self.catalogue.release(sku, 1);
        self.boxes.move_item(order, Place::Back);
    }

    pub(super) fn apply_boxes_ended(&mut self, campaign: CampaignNo, returned: &[(SkuNo, u32)]) {
        for (sku, pieces) in returned {
            self.catalogue.release(*sku, *pieces);
        }
        self.boxes.end(campaign);
        self.timers.cancel(Timer::Boxes(campaign.0));
    }

    /// DISC-1a: what a later buyer pays counts as spent, what the seller gets as received.
    pub(super) fn apply_goods_sold(&mut self, sold: &GoodsSold) {
        let GoodsSold { order, purchase, seller, buyer, price, fee, delivered } = sold;
        let key = self.seed.key(KeyKind::Purchase, purchase.as_str());
        self.natural.insert(KeyKind::Purchase, key, order.0);
        self.relist.sell(*order, *buyer, *price, *fee, *delivered);
        self.members.spend(*buyer, *price);
        self.members.receive(*seller, price.saturating_sub(*fee));
    }

    /// The goods of a paid order are its buyer's.
    pub(super) fn apply_goods_held(&mut self, order: OrderNo, price: Money) {
        let holder = self.orders.order(order).member;
        self.relist.hold(order, holder, price);
    }
}
