//! What always holds of campaigns.

use std::collections::BTreeMap;

use super::{Violation, ensure};
use crate::amount::Money;
use crate::campaign::{CampaignOrder, Group, GroupState, Stage, Voucher};
use crate::engine::Engine;
use crate::id::{CampaignNo, MemberNo, OrderNo};
use crate::order::OrderState;
use crate::timer::Timer;

pub(super) fn check(engine: &Engine) -> Result<(), Violation> {
    quota_taken_equals_what_orders_hold(engine)?;
    undecided_orders_are_in_escrow(engine)?;
    groups_are_what_their_orders_say(engine)
}

/// PROMO-3, CAT-4: what a campaign counts as taken is what its orders hold, never more than its quota; what it counts for a
/// member are the pieces of orders that are not over.
fn quota_taken_equals_what_orders_hold(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    let name = "quota_taken_equals_what_orders_hold";
    let mut taken: BTreeMap<CampaignNo, u64> = BTreeMap::new();
    let mut pieces: BTreeMap<(CampaignNo, MemberNo), u64> = BTreeMap::new();
    for (number, record) in state.campaigns.orders() {
        let order = state.orders.order(number);
        let over = match order.state {
            OrderState::Closed | OrderState::Refunded => true,
            OrderState::Placed
            | OrderState::Paid
            | OrderState::Shipped
            | OrderState::Received
            | OrderState::Settled => false,
        };
        // Closed orders hold nothing; refunded ones may, once their campaign was over.
        let holds = record.holds || !over;
        let may_hold = order.state != OrderState::Closed;
        ensure(
            over == (record.stage == Stage::Ended) && holds == record.holds && (may_hold || !holds),
            name,
            || format!("{number:?} is {:?}: {record:?}", order.state),
        )?;
        let quantity = u64::from(record.quantity);
        *taken.entry(record.campaign).or_default() += if holds { quantity } else { 0 };
        if !over {
            *pieces.entry((record.campaign, order.member)).or_default() += quantity;
        }
    }
    for (number, campaign) in state.campaigns.iter() {
        let held = taken.get(&number).copied().unwrap_or(0);
        let fits = campaign.quota.is_none_or(|quota| campaign.taken <= u64::from(quota));
        ensure(campaign.taken == held && fits, name, || {
            format!("{}: {} taken, {held} held, quota {:?}", campaign.id, campaign.taken, campaign.quota)
        })?;
        for (member, counted) in state.campaigns.pieces(number) {
            let bought = pieces.remove(&(number, member)).unwrap_or(0);
            ensure(counted == bought, name, || {
                format!("{}: {member:?} is counted {counted}, has {bought}", campaign.id)
            })?;
        }
    }
    ensure(pieces.is_empty(), name, || format!("not counted: {pieces:?}"))
}

/// PROMO-4, PRE-1, VOUCH-1: an undecided order is paid and whole, a deposit is that of a placed order, and what ends by itself
/// has its timer.
fn undecided_orders_are_in_escrow(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    for (number, record) in state.campaigns.orders() {
        let holds = order_is_consistent(engine, number, record);
        ensure(holds, "undecided_orders_are_in_escrow", || {
            format!("{number:?} is {:?}: {record:?}", state.orders.order(number).state)
        })?;
    }
    Ok(())
}

fn order_is_consistent(engine: &Engine, number: OrderNo, record: &CampaignOrder) -> bool {
    let state = &engine.state;
    let order = state.orders.order(number);
    let promotion = engine.promotion_of(record.campaign);
    let has = |timer| state.timers.when(timer).is_some();
    let whole = order.line_numbers().all(|line| state.orders.history(line).refunded.is_zero());
    let deposit = promotion.presale.map_or(0, |presale| presale.deposit.as_u128());
    let stage = match record.stage {
        Stage::Unpaid => {
            let paid = record.deposit.as_u128() == deposit * u128::from(record.quantity);
            order.state == OrderState::Placed && (record.deposit.is_zero() || paid)
        }
        Stage::Undecided => order.state == OrderState::Paid && whole,
        Stage::Decided => order.state != OrderState::Placed,
        Stage::Ended => true,
    };
    let presale_waits = promotion.presale.is_some_and(|presale| presale.ship_hours.is_some())
        && order.state == OrderState::Paid;
    let voucher = match record.voucher {
        Voucher::Good => record.stage == Stage::Decided && order.state == OrderState::Paid,
        Voucher::None => promotion.voucher_days.is_none() || record.stage != Stage::Decided,
        Voucher::Redeemed | Voucher::Void => true,
    };
    stage
        && voucher
        && (record.deposit.is_zero() || record.stage == Stage::Unpaid)
        && has(Timer::Shipment(number.0)) == presale_waits
        && has(Timer::Voucher(number.0)) == (record.voucher == Voucher::Good)
        && (record.bonus == Money::ZERO || order.state == OrderState::Settled || record.stage == Stage::Ended)
}

/// GROUP-1 to GROUP-3: an open group is short of members and ends by itself; each member is in it once; a full one waits for
/// its seed or has decided all its orders.
fn groups_are_what_their_orders_say(engine: &Engine) -> Result<(), Violation> {
    let state = &engine.state;
    for (number, group) in state.campaigns.groups() {
        ensure(group_is_consistent(engine, number, group), "groups_are_what_their_orders_say", || {
            format!("{number:?}: {group:?}")
        })?;
    }
    Ok(())
}

fn group_is_consistent(engine: &Engine, number: OrderNo, group: &Group) -> bool {
    let state = &engine.state;
    let promotion = engine.promotion_of(group.campaign);
    let Some(plan) = promotion.group else { return false };
    let mut members: Vec<MemberNo> =
        group.orders.iter().map(|order| state.orders.order(*order).member).collect();
    members.sort_unstable();
    let once = members.windows(2).all(|pair| pair[0] != pair[1]);
    let of_group = group.orders.iter().all(|order| {
        state
            .campaigns
            .order(*order)
            .is_some_and(|record| record.group == Some(number) && record.campaign == group.campaign)
    });
    let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let any = |stage: Stage| {
        group.orders.iter().any(|order| state.campaigns.order(*order).is_some_and(|r| r.stage == stage))
    };
    let timer = state.timers.when(Timer::Group(number.0));
    let in_state = match group.state {
        GroupState::Open => (1..plan.members).contains(&count) && !any(Stage::Decided) && !any(Stage::Ended),
        GroupState::Waits => count == plan.members && promotion.lottery.is_some() && !any(Stage::Decided),
        GroupState::Succeeded => {
            count == plan.members && (promotion.blind_box.is_some() || !any(Stage::Undecided))
        }
        GroupState::Failed => !any(Stage::Undecided) && !any(Stage::Unpaid) && !any(Stage::Decided),
    };
    let ends = (group.state == GroupState::Open).then_some(group.ends_at);
    once && of_group && in_state && timer == ends
}
