//! What always holds of draws, blind boxes, the chain and goods sold on.

use std::collections::BTreeMap;

use super::{Violation, ensure};
use crate::blind_box::BoxCampaign;
use crate::catalogue::Place;
use crate::draw::book::DrawState;
use crate::engine::Engine;
use crate::id::{CampaignNo, SkuNo, index};
use crate::order::OrderState;
use crate::plan::BlindBoxPlan;
use crate::relist::GoodsState;
use crate::state::State;
use crate::timer::Timer;

pub(super) fn check(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    draws_have_their_commitments(state)?;
    boxes_have_their_items(engine)?;
    let chain = state.chain.is_consistent();
    ensure(chain, "chain_is_consistent", || "a place does not fit its upline's".to_owned())?;
    goods_sold_on_balance(state)
}

/// PROMO-5: each draw has a commitment of its own, and ends by itself while it waits for its seed.
fn draws_have_their_commitments(state: &State) -> Result<(), Violation> {
    let name = "draws_have_their_commitments";
    ensure(state.draws.is_consistent(), name, || "a commitment is used twice or not at all".to_owned())?;
    for (order, draw) in state.draws.all() {
        let timer = state.timers.when(Timer::Reveal(order.0)).is_some();
        ensure(timer == (draw.state == DrawState::Waits), name, || format!("{order:?}: {draw:?}"))?;
    }
    Ok(())
}

/// BOX-2, BOX-3: what is left of each item is what was held for the campaign less what was opened, and never less in all than
/// boxes that wait.
fn boxes_have_their_items(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let mut waiting: BTreeMap<CampaignNo, u32> = BTreeMap::new();
    let mut opened: BTreeMap<(CampaignNo, u32), u32> = BTreeMap::new();
    for (order, draw) in state.draws.all() {
        if state.boxes.campaign(draw.campaign).is_some() {
            let undecided = matches!(draw.state, DrawState::Open | DrawState::Waits);
            *waiting.entry(draw.campaign).or_default() += u32::from(undecided);
            if let Some(of) = state.boxes.opened(order) {
                *opened.entry((draw.campaign, of.item)).or_default() += 1;
            }
        }
    }
    for (campaign, boxes) in state.boxes.campaigns() {
        let record = state.campaigns.get(campaign);
        let Some(plan) = &engine.promotion_of(campaign).blind_box else { continue };
        let waits = waiting.get(&campaign).copied().unwrap_or(0);
        let timer = state.timers.when(Timer::Boxes(campaign.0));
        // It has not come to its turn among what is due at this instant.
        let is_due = timer == Some(state.now);
        let holds = boxes.waiting == waits
            && timer.is_some() == (!boxes.over && (record.is_open(state.now) || is_due))
            && items_fit(boxes, plan, |item| opened.get(&(campaign, item)).copied().unwrap_or(0));
        ensure(holds, "boxes_have_their_items", || format!("{campaign:?}, {waits} wait: {boxes:?}"))?;
    }
    Ok(())
}

fn items_fit(boxes: &BoxCampaign, plan: &BlindBoxPlan, opened: impl Fn(u32) -> u32) -> bool {
    let left: u64 = boxes.left.iter().map(|left| u64::from(*left)).sum();
    if boxes.over {
        return left == 0 && boxes.waiting == 0;
    }
    let items = (0_u32..).zip(&plan.items).zip(&boxes.left);
    items.into_iter().all(|((at, item), left)| item.stock == left + opened(at))
        && u64::from(boxes.waiting) <= left
}

/// CAT-3: pieces that boxes hold, and that left with them, by article.
pub(super) fn of_boxes(state: &State, mut add: impl FnMut(SkuNo, u64, u64)) {
    for (_, boxes) in state.boxes.campaigns() {
        for (sku, left) in boxes.skus.iter().zip(&boxes.left) {
            add(*sku, u64::from(*left), 0);
        }
    }
    for (_, opened) in state.boxes.all_opened() {
        match opened.place {
            Place::Held => add(opened.sku, 1, 0),
            Place::Out => add(opened.sku, 0, 1),
            Place::Back => {}
        }
    }
}

/// RELIST-2: what later buyers paid is what sellers received and what the platform kept; goods on offer have not left.
fn goods_sold_on_balance(state: &State) -> Result<(), Violation> {
    let name = "goods_sold_on_balance";
    let totals = state.relist.totals;
    let balance = totals.received.add_within_limit(totals.fees) == totals.paid;
    ensure(balance, name, || format!("{totals:?}"))?;
    for (order, goods) in state.relist.all() {
        let paid = state.orders.order(order).state == OrderState::Paid;
        let holder = index(goods.holder.0) < state.members.len();
        let fits = holder && (goods.state != GoodsState::Offered || (paid && goods.was_offered));
        ensure(fits, name, || format!("{order:?}: {goods:?}"))?;
    }
    Ok(())
}
