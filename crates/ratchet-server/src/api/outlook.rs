//! What buying an article would do now, by the programme's own engine.

use serde::Serialize;
use utoipa::ToSchema;

use ratchet_engine::amount::{Money, Points, Rate, Rounding, mul_div};
use ratchet_engine::disclosure::EqualOrders;
use ratchet_engine::plan::Plan;
use ratchet_engine::pool::{Pair, Price, Sale};

use super::prelude::*;

/// What an order of one would do if it settled now, by the programme's own engine.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outlook {
    /// Where its price goes.
    split: Vec<SplitAmount>,
    /// Points it would give at the present price; absent without a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Units>,
    /// What those would bring if sold at once, net.
    #[serde(skip_serializing_if = "Option::is_none")]
    net_now: Option<Amount>,
    /// How many further orders of the same until they would bring the price back (DISC-3); absent if never, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) further_orders: Option<u64>,
}

/// A part of a price.
#[derive(Serialize, ToSchema)]
pub(crate) struct SplitAmount {
    /// `cost`, `pool`, `commission`, the name of a fund, `platform`.
    to: String,
    /// How much.
    amount: Amount,
}

/// What an order of one would do if it settled now.
pub(super) fn outlook(plan: &Plan, now: Price, price: Money) -> Outlook {
    let currency = plan.programme.currency;
    let split = &plan.split;
    let named = [("cost", split.cost), ("pool", split.pool), ("commission", split.commission)];
    let legs = named.into_iter().chain(split.funds.iter().map(|fund| (fund.name.as_str(), fund.share)));
    let legs: Vec<(&str, Money)> = legs.map(|(to, rate)| (to, rate.floor_of(price))).collect();
    let rest = legs.iter().fold(price, |rest, (_, part)| rest.saturating_sub(*part));
    let part = |(to, amount): (&str, Money)| SplitAmount {
        to: to.to_owned(),
        amount: Amount::of(amount, &currency),
    };
    let split = legs.iter().copied().chain([("platform", rest)]).map(part).collect();
    let distance = further(plan, now, price);
    Outlook {
        split,
        points: distance.map(|distance| distance.points.into()),
        net_now: distance.map(|distance| Amount::of(distance.net, &currency)),
        further_orders: None,
    }
}

/// The points that an order of one would give, and the world after it.
#[derive(Clone, Copy)]
pub(super) struct Distance {
    orders: EqualOrders,
    points: Points,
    net: Money,
    price: Money,
    retention: Rate,
}

impl Distance {
    pub(super) fn orders(self) -> Option<u64> {
        let Distance { orders, points, price, retention, .. } = self;
        let distance = orders.break_even(points, price, retention);
        distance.simulated.or(distance.closed_form)
    }
}

/// What an order of so much would give if it settled now as one line: points, and what they would bring at once, net.
pub(super) fn settled_now(plan: &Plan, now: Price, base: Money) -> Option<(Points, Money)> {
    further(plan, now, base).map(|distance| (distance.points, distance.net))
}

pub(super) fn further(plan: &Plan, now: Price, price: Money) -> Option<Distance> {
    let contribution = plan.split.pool.floor_of(price);
    let pool = plan.pool.filter(|_| !contribution.is_zero())?;
    // POOL-2: floor(mint ratio · c · S / B) as one fraction, and at the opening price while there is no supply.
    let worth = u128::from(pool.mint_ratio.ppm()) * contribution.as_u128();
    let (multiplier, divisor) = match now.supply.is_zero() {
        true => (POINT, pool.opening_price.as_u128()),
        false => (now.supply.units(), now.assets.as_u128()),
    };
    let minted = mul_div(worth, multiplier, divisor.checked_mul(1_000_000)?, Rounding::Down)?;
    let points = Points::from_units(minted);
    let pair =
        Pair { assets: now.assets.checked_add(contribution)?, supply: now.supply.checked_add(points)? };
    let orders = EqualOrders { pair, contribution, mint_ratio: pool.mint_ratio };
    let net = Sale::of(pair.gross(points), &pool).net;
    Some(Distance { orders, points, net, price, retention: pool.retention })
}

/// Units of one point.
const POINT: u128 = 1_000_000_000_000;
