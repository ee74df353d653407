//! Draws, boxes, places in the chain and goods sold on, as others may see them.

use crate::amount::Money;
use crate::chain::ChainRole;
use crate::draw::book::{Draw, DrawResult, DrawState};
use crate::draw::entries_hash;
use crate::draw::odds::Odds;
use crate::draw::record::{DrawRecord, RecordResult, terms_hash};
use crate::engine::Engine;
use crate::id::{CampaignNo, OrderNo, index};
use crate::keys::KeyKind;
use crate::plan::{Bilingual, ItemPlan};
use crate::relist::{GoodsState, RelistTotals};

/// A draw (PROMO-5).
#[derive(Clone, Copy, Debug)]
pub struct DrawView<'a> {
    /// Outside id: that of the order that opened the group, or of the order of the box.
    pub id: &'a str,
    /// Outside id of its campaign.
    pub campaign: &'a str,
    /// `open`, `waits`, `revealed`, `withheld` or `dropped`.
    pub state: &'static str,
    /// Hash of its seed.
    pub commitment: crate::hash::Hash32,
}

/// One item of a campaign's boxes (BOX-3).
#[derive(Clone, Copy, Debug)]
pub struct BoxItemView<'a> {
    /// What the plan says of it.
    pub item: &'a ItemPlan,
    /// How many are left.
    pub left: u32,
    /// Its odds of a full campaign.
    pub odds: Odds,
}

/// A member's place in the chain (CHAIN-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainView<'a> {
    /// Boss or agent.
    pub role: ChainRole,
    /// Outside id of an agent's upline.
    pub upline: Option<&'a str>,
    /// Outside id of the boss of its team.
    pub boss: &'a str,
    /// How many have it as their upline.
    pub recruits: u32,
}

/// Goods that may be sold on (RELIST-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodsView<'a> {
    /// Outside id of their order.
    pub order: &'a str,
    /// Outside id of their holder.
    pub holder: &'a str,
    /// What the holder paid.
    pub price: Money,
    /// What the next buyer pays, if they may be sold on.
    pub next_price: Option<Money>,
    /// Where they stand.
    pub state: GoodsState,
}

impl BoxItemView<'_> {
    /// The line that belongs to the listing (BOX-3).
    pub fn text(&self) -> Bilingual {
        let Odds { weight, total, pity } = self.odds;
        let percent = |share: u64| format!("{}.{:04}%", share / 10_000, share % 10_000);
        let share = percent(self.odds.share(1_000_000));
        let single = percent(Odds { pity: None, ..self.odds }.share(1_000_000));
        let sku = &self.item.sku;
        match pity {
            None => Bilingual {
                zh: format!("{sku}：每盒 {weight}/{total}（约 {single}），余 {}", self.left),
                en: format!("{sku}: {weight}/{total} of each box (about {single}), {} left", self.left),
            },
            Some(pity) => Bilingual {
                zh: format!(
                    "{sku}：每盒 {weight}/{total}（约 {single}），连续 {pity} 盒未中则下一盒必中；长期占比 p/(1−(1−p)^{})，约 {share}，余 {}",
                    u64::from(pity) + 1,
                    self.left
                ),
                en: format!(
                    "{sku}: {weight}/{total} of each box (about {single}); after {pity} boxes of a member without it the next one is it: p/(1−(1−p)^{}) in the long run, about {share}, {} left",
                    u64::from(pity) + 1,
                    self.left
                ),
            },
        }
    }
}

impl Engine {
    fn entry_name(&self, order: OrderNo) -> &str {
        let record = self.state.campaigns.order(order).expect("entries are orders of campaigns");
        record.id.as_str()
    }

    /// All draws, by the number of their order.
    pub fn draws(&self) -> impl Iterator<Item = DrawView<'_>> {
        self.state.draws.all().map(|(order, draw)| DrawView {
            id: self.entry_name(order),
            campaign: self.state.campaigns.get(draw.campaign).id.as_str(),
            state: draw.state.name(),
            commitment: draw.commitment,
        })
    }

    /// PROMO-5d: the record of a draw with its result, for anybody to check.
    pub fn draw_record(&self, id: &str) -> Option<DrawRecord> {
        let order = OrderNo(self.find(KeyKind::Order, id)?);
        self.record_of(order, self.state.draws.get(order)?)
    }

    /// The records of all draws with a result, by the number of their order.
    pub fn draw_records(&self) -> impl Iterator<Item = DrawRecord> + '_ {
        self.state.draws.all().filter_map(|(order, draw)| self.record_of(order, draw))
    }

    fn record_of(&self, order: OrderNo, draw: &Draw) -> Option<DrawRecord> {
        let revealed = match &draw.state {
            DrawState::Revealed(revealed) => revealed,
            DrawState::Open | DrawState::Waits | DrawState::Withheld | DrawState::Dropped => return None,
        };
        let campaign = self.state.campaigns.get(draw.campaign);
        let names = |orders: &[OrderNo]| -> Vec<String> {
            orders.iter().map(|order| self.entry_name(*order).to_owned()).collect()
        };
        let (entries, result) = match &revealed.result {
            DrawResult::Winners { entries, winners } => {
                (names(entries), RecordResult::Winners { winners: names(winners) })
            }
            DrawResult::Item { weights, pity, item } => {
                let plan = self.plan.promotions[campaign.promotion].blind_box.as_ref()?;
                let items: Vec<String> = plan.items.iter().map(|item| item.sku.clone()).collect();
                let terms = items.iter().map(String::as_str).zip(weights.iter().copied());
                let terms_hash = terms_hash(terms, *pity);
                let item = items.get(index(*item))?.clone();
                let (weights, pity) = (weights.clone(), *pity);
                (names(&[order]), RecordResult::Item { items, weights, pity, terms_hash, item })
            }
        };
        Some(DrawRecord {
            campaign: Some(campaign.id.as_str().to_owned()),
            draw: Some(self.entry_name(order).to_owned()),
            commitment: draw.commitment,
            seed: revealed.seed,
            entries_hash: entries_hash(entries.iter().map(String::as_str)),
            entries,
            result,
        })
    }

    /// BOX-3: the items of a campaign's boxes with their odds, in the plan's order; empty of another campaign.
    pub fn box_items_of(&self, campaign: &str) -> Vec<BoxItemView<'_>> {
        let number = self.find(KeyKind::Campaign, campaign).map(CampaignNo);
        let boxes = number.and_then(|number| Some((number, self.state.boxes.campaign(number)?)));
        let Some((number, boxes)) = boxes else { return Vec::new() };
        let Some(plan) = &self.promotion_of(number).blind_box else { return Vec::new() };
        let items = plan.items.iter().zip(&boxes.left).zip(plan.odds());
        items.map(|((item, left), odds)| BoxItemView { item, left: *left, odds }).collect()
    }

    /// The article of an opened box, by the id of its order.
    pub fn box_item(&self, order: &str) -> Option<&str> {
        let opened = self.state.boxes.opened(OrderNo(self.find(KeyKind::Order, order)?))?;
        Some(self.state.catalogue.sku(opened.sku).id.as_str())
    }

    /// A member's place in the chain; `None` without one.
    pub fn chain_place(&self, member: &str) -> Option<ChainView<'_>> {
        let member = self.state.members.find(member)?;
        let chain = &self.state.chain;
        Some(ChainView {
            role: chain.role(member)?,
            upline: chain.upline(member).map(|upline| self.state.members.name(upline)),
            boss: self.state.members.name(chain.boss(member)?),
            recruits: chain.recruits(member),
        })
    }

    /// All goods that may be or were sold on, by the number of their order.
    pub fn goods(&self) -> impl Iterator<Item = GoodsView<'_>> {
        self.state.relist.all().map(|(order, goods)| {
            let plan = self.state.campaigns.of_order(order).and_then(|(_, campaign)| {
                self.plan.promotions[campaign.promotion].relist.filter(|plan| goods.price < plan.ceiling)
            });
            let on = plan.filter(|_| goods.state != GoodsState::Delivered);
            GoodsView {
                order: self.entry_name(order),
                holder: self.state.members.name(goods.holder),
                price: goods.price,
                next_price: on.map(|plan| plan.next_price(goods.price)),
                state: goods.state,
            }
        })
    }

    /// Sums over all goods sold on: every gain is a later buyer's money.
    pub fn relist_totals(&self) -> RelistTotals {
        self.state.relist.totals
    }
}
