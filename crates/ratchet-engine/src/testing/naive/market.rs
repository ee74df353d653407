//! The internal market of the naive model (MKT-1 … MKT-3): one list of offers, searched for the best each time.

use super::Naive;
use super::arithmetic::{ceil_part, ceil_ratio, floor_ratio, money};
use super::debts::Who;
use super::network::check_reason;
use crate::amount::{AMOUNT_MAX, Rate, UNITS_PER_POINT};
use crate::command::{Side, TimeInForce};
use crate::id::Id;
use crate::plan::MarketPlan;
use crate::rejection::Rejection;

/// An offer, in the order of sending.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) id: Id,
    pub(crate) member: usize,
    pub(crate) side: Side,
    pub(crate) price: i128,
    /// Lots left; an offer without any is not open.
    pub(crate) left: i128,
    /// Money or points held for it.
    money: i128,
    points: u128,
    /// Of its money, as when it was made.
    fee: Rate,
}

/// A new offer as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewOffer<'a> {
    pub(super) id: &'a Id,
    pub(super) member: &'a Id,
    pub(super) side: Side,
    pub(super) price: i128,
    pub(super) quantity: i128,
    pub(super) time_in_force: TimeInForce,
}

impl Naive {
    fn market(&self) -> Result<MarketPlan, Rejection> {
        self.plan.market.ok_or(Rejection::NoMarket)
    }

    /// The price of one lot at the guide price of the last close, as a fraction of minor units (EMIT-4).
    fn guide_of_lot(&self, plan: &MarketPlan) -> (Vec<u128>, Vec<u128>) {
        let emission = self.plan.emission.as_ref().expect("a market has an emission");
        let lot = plan.lot.units();
        if self.guide_released == 0 || self.guide_issued == 0 {
            return (vec![emission.first_price.as_u128(), lot], vec![UNITS_PER_POINT]);
        }
        let whole = 10_u128.pow(self.plan.programme.currency.decimals);
        (vec![self.guide_released, whole, lot], vec![self.guide_issued, UNITS_PER_POINT])
    }

    /// MKT-2: the lowest and the highest price.
    pub(crate) fn price_band(&self) -> Option<(i128, i128)> {
        let plan = self.plan.market?;
        let band = u128::from(plan.band?.ppm());
        let (mut over, mut under) = self.guide_of_lot(&plan);
        under.push(1_000_000);
        over.push(1_000_000 - band);
        let low = money(ceil_ratio(&over, &under));
        over.pop();
        over.push(1_000_000 + band);
        Some((low, money(floor_ratio(&over, &under))))
    }

    /// MKT-1a.
    pub(super) fn offer(&mut self, new: NewOffer<'_>) -> Result<(), Rejection> {
        if new.price * new.quantity > i128::from(AMOUNT_MAX) {
            return Err(Rejection::LimitReached);
        }
        if new.price == 0 || new.quantity == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        let plan = self.market()?;
        if self.market_halted {
            return Err(Rejection::MarketHalted);
        }
        let member = self.known_member(new.member)?;
        if self.offers.iter().any(|offer| offer.id == *new.id) {
            return Err(Rejection::OfferExists);
        }
        if new.price % i128::from(plan.tick.minor()) != 0 {
            return Err(Rejection::PriceTick);
        }
        if self.price_band().is_some_and(|(low, high)| new.price < low || new.price > high) {
            return Err(Rejection::PriceBand);
        }
        let open = self.offers.iter().filter(|offer| offer.member == member && offer.left > 0).count();
        let most = usize::try_from(plan.offers_per_member).expect("fits");
        if new.time_in_force == TimeInForce::Gtc && open >= most {
            return Err(Rejection::OfferLimit);
        }
        let lots = u128::try_from(new.quantity).expect("not below zero");
        let (hold, points) = match new.side {
            Side::Buy => {
                let value = new.price * new.quantity;
                (value + ceil_part(plan.fee, value), 0)
            }
            Side::Sell => (0, lots.saturating_mul(plan.lot.units())),
        };
        let owner = &self.members[member];
        // MKT-1e.
        if hold > owner.cash - owner.retention_pending {
            return Err(Rejection::InsufficientCash);
        }
        if points > owner.emission {
            return Err(Rejection::InsufficientEmission);
        }
        let met = self.would_meet(new);
        if met.iter().any(|(maker, _)| self.offers[*maker].member == member) {
            return Err(Rejection::OwnOffer);
        }
        let filled: i128 = met.iter().map(|(_, lots)| lots).sum();
        if new.time_in_force == TimeInForce::Fok && filled < new.quantity {
            return Err(Rejection::NotFillable);
        }

        let owner = &mut self.members[member];
        owner.cash -= hold;
        owner.emission -= points;
        let taker = self.offers.len();
        self.offers.push(Offer {
            id: new.id.clone(),
            member,
            side: new.side,
            price: new.price,
            left: new.quantity,
            money: hold,
            points,
            fee: plan.fee,
        });
        for (maker, lots) in met {
            self.fill(&plan, taker, maker, lots);
        }
        if self.offers[taker].left > 0 && filled > 0 {
            self.corner("offer filled in part");
        }
        if new.time_in_force != TimeInForce::Gtc {
            self.close_offer(taker);
        }
        Ok(())
    }

    /// The open offers that a new one meets, best price first, then the earlier, with the lots of each.
    fn would_meet(&self, new: NewOffer<'_>) -> Vec<(usize, i128)> {
        let crosses = |offer: &Offer| {
            offer.left > 0
                && match new.side {
                    Side::Buy => offer.side == Side::Sell && offer.price <= new.price,
                    Side::Sell => offer.side == Side::Buy && offer.price >= new.price,
                }
        };
        let mut makers: Vec<usize> = (0..self.offers.len()).filter(|o| crosses(&self.offers[*o])).collect();
        makers.sort_by_key(|maker| {
            let price = self.offers[*maker].price;
            (if new.side == Side::Buy { price } else { -price }, *maker)
        });
        let mut left = new.quantity;
        let mut met = Vec::new();
        for maker in makers {
            let lots = left.min(self.offers[maker].left);
            if lots > 0 {
                met.push((maker, lots));
                left -= lots;
            }
        }
        met
    }

    /// MKT-1b.
    fn fill(&mut self, plan: &MarketPlan, taker: usize, maker: usize, lots: i128) {
        let (buyer, seller) =
            if self.offers[taker].side == Side::Buy { (taker, maker) } else { (maker, taker) };
        let value = self.offers[maker].price * lots;
        let points = u128::try_from(lots).expect("not below zero") * plan.lot.units();
        // Each pays by its own offer (AMEND-3).
        let fee = ceil_part(self.offers[seller].fee, value).min(value);
        let wanted = ceil_part(self.offers[buyer].fee, value).min(value);
        self.offers[buyer].left -= lots;
        self.offers[seller].left -= lots;

        let offer = &mut self.offers[buyer];
        let of_rest = offer.price * offer.left;
        // What was set aside for fees when the offer was made, less what they were so far.
        let set_aside = offer.money - offer.price * (offer.left + lots);
        let buyers_fee = wanted.min(set_aside);
        offer.money -= value + buyers_fee;
        let stays = of_rest + ceil_part(offer.fee, of_rest).min(set_aside - buyers_fee);
        let surplus = offer.money - stays;
        offer.money = stays;
        let (buyer, seller) = (self.offers[buyer].member, seller);
        self.members[buyer].cash += surplus;
        self.members[buyer].emission += points;

        self.offers[seller].points -= points;
        let seller = self.offers[seller].member;
        self.members[seller].cash += value - fee;
        self.members[seller].cash_received += value - fee;
        self.net_credit(seller, value - fee);
        self.income(&Who::Platform, fee + buyers_fee);
        if buyers_fee < wanted {
            self.corner("buyer's fee at its hold");
        }
        self.corner("offer filled");
    }

    /// What is still held for an offer returns.
    pub(super) fn close_offer(&mut self, number: usize) {
        let offer = &mut self.offers[number];
        offer.left = 0;
        let (money, points) = (std::mem::take(&mut offer.money), std::mem::take(&mut offer.points));
        let member = offer.member;
        self.members[member].cash += money;
        self.members[member].emission += points;
    }

    /// MKT-1c.
    pub(super) fn cancel_offer(&mut self, id: &Id) -> Result<(), Rejection> {
        self.market()?;
        let number = self.offers.iter().position(|offer| offer.id == *id).ok_or(Rejection::OfferUnknown)?;
        if self.offers[number].left == 0 {
            return Err(Rejection::OfferState);
        }
        self.close_offer(number);
        Ok(())
    }

    /// MKT-2.
    pub(super) fn halt(&mut self, reason: &str) -> Result<(), Rejection> {
        check_reason(reason)?;
        self.market()?;
        if self.market_halted {
            return Err(Rejection::MarketHalted);
        }
        self.market_halted = true;
        Ok(())
    }

    /// MKT-2.
    pub(super) fn resume_market(&mut self) -> Result<(), Rejection> {
        self.market()?;
        self.not_winding_down()?;
        if !self.market_halted {
            return Err(Rejection::MarketHalted);
        }
        self.market_halted = false;
        Ok(())
    }

    /// Of a member: money and points held by its offers.
    pub(super) fn held_in_market(&self, member: usize) -> (i128, u128) {
        let offers = self.offers.iter().filter(|offer| offer.member == member);
        offers.fold((0, 0), |(money, points), offer| (money + offer.money, points + offer.points))
    }

    pub(super) fn offer_numbers(&self, put: &mut impl FnMut(String, i128)) {
        for offer in &self.offers {
            put(format!("offers.{}", offer.id), offer.left);
        }
    }

    /// MKT-3.
    pub(super) fn audit_market(&self, problems: &mut Vec<String>) {
        let open = |side: Side| self.offers.iter().filter(move |o| o.left > 0 && o.side == side);
        let bid = open(Side::Buy).map(|offer| offer.price).max();
        let ask = open(Side::Sell).map(|offer| offer.price).min();
        if let (Some(bid), Some(ask)) = (bid, ask)
            && bid >= ask
        {
            problems.push(format!("the book crosses: {bid} for {ask}"));
        }
        let lot = self.plan.market.map_or(0, |plan| plan.lot.units());
        for offer in &self.offers {
            let points = u128::try_from(offer.left).unwrap_or(0) * lot;
            let least = offer.price * offer.left;
            let sound = match offer.side {
                Side::Buy => {
                    offer.points == 0 && offer.money >= least && (offer.left > 0) == (offer.money > 0)
                }
                Side::Sell => offer.money == 0 && offer.points == points,
            };
            if !sound {
                problems.push(format!("an offer holds too little or too much: {offer:?}"));
            }
        }
    }
}
