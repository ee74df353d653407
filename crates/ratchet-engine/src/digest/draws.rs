//! Draws, boxes, the chain and goods sold on, in a fixed order; nothing in a plan without promotions.

use super::{Feed, place_number};
use crate::draw::DrawResult;
use crate::draw::book::{DrawState, Revealed};
use crate::state::State;

pub(super) fn feed(state: &State, feed: &mut Feed<'_>) {
    for (campaign, commitments, taken, withheld) in state.draws.campaigns() {
        feed.numbers([u128::from(campaign.0), u128::from(withheld)]);
        feed.count(taken);
        feed.count(commitments.len());
        for commitment in commitments {
            feed.bytes(commitment.bytes());
        }
    }
    for (order, draw) in state.draws.all() {
        feed.numbers([order.0, draw.campaign.0].map(u128::from));
        feed.bytes(draw.commitment.bytes());
        feed.text(draw.state.name());
        match &draw.state {
            DrawState::Revealed(revealed) => result(revealed, feed),
            DrawState::Open | DrawState::Waits | DrawState::Withheld | DrawState::Dropped => {}
        }
    }
    boxes(state, feed);
    for (member, role, upline, boss) in state.chain.all() {
        let upline = upline.map_or(0, |upline| u128::from(upline.0) + 1);
        feed.numbers([u128::from(member.0), u128::from(boss.0), upline]);
        feed.text(role.name());
    }
    for (order, goods) in state.relist.all() {
        feed.numbers([u128::from(order.0), u128::from(goods.holder.0), goods.price.as_u128()]);
        feed.text(goods.state.name());
        feed.flag(goods.was_offered);
    }
    let totals = state.relist.totals;
    feed.number(u128::from(totals.sales));
    for money in [totals.paid, totals.fees, totals.received, totals.gains, totals.losses] {
        feed.money(money);
    }
}

fn result(revealed: &Revealed, feed: &mut Feed<'_>) {
    feed.bytes(revealed.seed.bytes());
    match &revealed.result {
        DrawResult::Winners { entries, winners } => {
            feed.count(entries.len());
            feed.count(winners.len());
            for order in entries.iter().chain(winners) {
                feed.number(u128::from(order.0));
            }
        }
        DrawResult::Item { weights, pity, item } => {
            feed.count(weights.len());
            for weight in weights {
                feed.number(u128::from(*weight));
            }
            feed.flag(*pity);
            feed.number(u128::from(*item));
        }
    }
}

fn boxes(state: &State, feed: &mut Feed<'_>) {
    for (campaign, boxes) in state.boxes.campaigns() {
        feed.numbers([u128::from(campaign.0), u128::from(boxes.waiting)]);
        feed.flag(boxes.over);
        for (sku, left) in boxes.skus.iter().zip(&boxes.left) {
            feed.numbers([sku.0, *left].map(u128::from));
        }
        for (member, misses) in state.boxes.all_misses(campaign) {
            feed.numbers([member.0, misses].map(u128::from));
        }
        for (member, day, paid) in state.boxes.all_paid(campaign) {
            feed.numbers([u128::from(member.0), u128::from(day.number().unsigned_abs()), u128::from(paid)]);
        }
    }
    for (order, opened) in state.boxes.all_opened() {
        feed.numbers([order.0, opened.item, opened.sku.0].map(u128::from));
        feed.number(place_number(opened.place));
    }
}
