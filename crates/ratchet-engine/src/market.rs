//! The internal market: one order book with price-time priority (MKT-1 to MKT-3).
//!
//! A side is an ordered map of price levels; a level is a list of offers from the oldest to the newest, linked through the
//! table of all offers. The best price is at the end of the map, the oldest offer at the head of its level, and an offer
//! that is cancelled is unlinked where it stands: adding, filling and cancelling cost one look-up among the levels,
//! whatever the depth. An offer's number is its time, so that nothing else has to be kept for priority.

use std::ops::Bound;

use crate::amount::{AMOUNT_MAX, Money, Points, Rate, UNITS_PER_POINT, Wide};
use crate::id::{MemberNo, OfferNo};
use crate::plan::{EmissionPlan, MarketPlan};
use crate::prefetch::prefetch;
use crate::time::Timestamp;
use crate::undo::{Column, Queue, Table, undo_fields};

/// Which side of the market (MKT-1).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
#[snapshot(module = "command")]
pub enum Side {
    /// Points for money.
    Buy,
    /// Money for points.
    Sell,
}

impl Side {
    /// Both with their names in JSON.
    pub const NAMED: [(&'static str, Side); 2] = [("buy", Side::Buy), ("sell", Side::Sell)];
}

/// Trades that are kept for [`crate::engine::Engine::market_trades`] (MKT-2).
pub const TRADES_KEPT: usize = 1_000;

/// No offer.
const NONE: u32 = u32::MAX;

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Snapshot)]
pub enum OfferState {
    /// It is being filled by the command that made it; never between commands.
    Incoming,
    /// It is in the book.
    Open,
    /// Filled, given up or cancelled.
    Done,
}

/// One offer.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Offer {
    pub(crate) price: Money,
    /// What it holds in `market.hold`; nothing for a seller.
    pub(crate) hold: Money,
    pub(crate) member: MemberNo,
    /// Lots that are not filled.
    pub(crate) remaining: u32,
    /// The next newer and next older offer of its level.
    next: u32,
    previous: u32,
    pub(crate) side: Side,
    pub(crate) state: OfferState,
}

const _: () = assert!(size_of::<Offer>() == 40);

/// The offers of one price, oldest first.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
struct Level {
    head: u32,
    tail: u32,
    lots: u64,
}

/// One fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct Trade {
    /// When.
    pub at: Timestamp,
    /// The maker's price for one lot.
    pub price: Money,
    /// Lots.
    pub quantity: u32,
    /// The side of the later offer.
    pub taker: Side,
}

/// What a fill moves (MKT-1b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fill {
    /// What the lots cost.
    pub(crate) cost: Money,
    pub(crate) buyer_fee: Money,
    pub(crate) seller_fee: Money,
    /// The buyer's hold after it.
    pub(crate) hold: Money,
}

/// What a buyer's offer holds at first.
pub(crate) fn hold_of(plan: &MarketPlan, price: Money, quantity: u32) -> Option<Money> {
    let cost = cost_of(price, quantity)?;
    // A charge: rounds up.
    cost.checked_add(plan.fee.ceil_of(cost))
}

/// Price times quantity; `None` where it is no money.
pub(crate) fn cost_of(price: Money, quantity: u32) -> Option<Money> {
    Money::from_wide(price.as_u128() * u128::from(quantity))
}

/// MKT-1b: a fill of `quantity` lots at `price` of a buyer's offer that holds `hold`, limits the price to `limit` and is
/// left with `left` lots.
pub(crate) fn fill(
    [fee, seller]: [Rate; 2],
    price: Money,
    quantity: u32,
    limit: Money,
    left: u32,
    hold: Money,
) -> Fill {
    let within = |money: Option<Money>| money.expect("less than the offer's own limit, which is money");
    let cost = within(cost_of(price, quantity));
    let rest = within(cost_of(limit, left));
    // Charges round up; each at most the cost, and the buyer's at most what its offer set aside for fees: a better price
    // makes no room for more.
    let seller_fee = seller.ceil_of(cost).min(cost);
    let set_aside = hold.saturating_sub(within(cost_of(limit, left + quantity)));
    let buyer_fee = fee.ceil_of(cost).min(cost).min(set_aside);
    Fill {
        cost,
        buyer_fee,
        seller_fee,
        hold: rest.add_within_limit(fee.ceil_of(rest).min(set_aside.saturating_sub(buyer_fee))),
    }
}

/// MKT-2: prices of a lot around the guide price, compared as products: nothing is rounded.
#[derive(Clone, Copy)]
pub(crate) struct Band {
    /// Minor units of guide price times rate, on the scale of `per` and [`BAND_SCALE`].
    low: Wide,
    high: Wide,
    per: u128,
}

/// What a price is multiplied with to stand beside points and a rate.
const BAND_SCALE: u128 = UNITS_PER_POINT * 1_000_000;

impl Band {
    /// So far below and above the guide price of the last close.
    pub(crate) fn around(
        plan: &MarketPlan,
        band: Rate,
        emission: &EmissionPlan,
        (released, issued): (Points, Points),
        decimals: u32,
    ) -> Band {
        // The guide price of a lot is `worth ÷ per` minor units, times lot ÷ 10¹².
        let (worth, per) = if released.is_zero() || issued.is_zero() {
            (emission.first_price.as_u128(), 1)
        } else {
            let worth = released.units().checked_mul(10_u128.pow(decimals));
            (worth.expect("value units are below 2^96 units, currencies have few decimals"), issued.units())
        };
        let one = u128::from(Rate::ONE.ppm());
        let (below, above) = (one.saturating_sub(band.ppm().into()), one + u128::from(band.ppm()));
        let lot = |rate: u128| plan.lot.units().checked_mul(rate).expect("a lot is below 2^96 units");
        Band { low: Wide::product(worth, lot(below)), high: Wide::product(worth, lot(above)), per }
    }

    fn of_price(&self, price: Money) -> Wide {
        Wide::product(price.as_u128() * BAND_SCALE, self.per)
    }

    /// Is the price within it?
    pub(crate) fn contains(&self, price: Money) -> bool {
        let price = self.of_price(price);
        price >= self.low && price <= self.high
    }

    /// The lowest price within it and the highest, at most all money there can be: found by the same comparison.
    pub(crate) fn bounds(&self) -> (Money, Money) {
        let low = least_money(|price| self.of_price(price) >= self.low);
        let above = least_money(|price| self.of_price(price) > self.high);
        let high =
            if self.of_price(above) > self.high { above.minor().saturating_sub(1) } else { AMOUNT_MAX };
        (low, Money::from_minor(high).unwrap_or(Money::ZERO))
    }
}

/// The least money of which something holds that holds of all larger; the largest where it never does.
fn least_money(holds: impl Fn(Money) -> bool) -> Money {
    let of = |minor: i64| Money::from_minor(minor).expect("between nothing and the most there can be");
    let (mut low, mut high) = (0_i64, AMOUNT_MAX);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(of(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    of(low)
}

/// Points of so many lots; `None` above all points there can be.
pub(crate) fn points_of(plan: &MarketPlan, lots: u32) -> Option<u128> {
    plan.lot.units().checked_mul(lots.into())
}

/// The book, every offer that was ever made, and the last trades.
#[derive(Clone, Debug, Default)]
pub(crate) struct Market {
    pub(crate) halted: bool,
    offers: Column<Offer>,
    buys: Table<Money, Level>,
    sells: Table<Money, Level>,
    /// Open offers of each member: to buy, and to sell.
    open: Column<[u32; 2]>,
    trades: Queue<Trade>,
}

undo_fields!(Market { parts: offers, buys, sells, open, trades; values: halted; });

fn side_index(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

/// The other side.
pub(crate) fn opposite(side: Side) -> Side {
    match side {
        Side::Buy => Side::Sell,
        Side::Sell => Side::Buy,
    }
}

impl Market {
    /// How many offers there have been.
    pub(crate) fn count(&self) -> usize {
        self.offers.len()
    }

    /// The number of the next offer.
    #[inline]
    pub(crate) fn next(&self) -> Option<OfferNo> {
        OfferNo::at(self.offers.len())
    }

    #[inline]
    pub(crate) fn offer(&self, offer: OfferNo) -> &Offer {
        &self.offers[offer.index()]
    }

    /// Every offer, by number.
    pub(crate) fn offers(&self) -> impl Iterator<Item = (OfferNo, &Offer)> {
        self.offers.iter().enumerate().filter_map(|(at, offer)| Some((OfferNo::at(at)?, offer)))
    }

    /// How many open offers a member has on a side.
    #[inline]
    pub(crate) fn open_of(&self, member: MemberNo, side: Side) -> u32 {
        self.open.get(member.index()).map_or(0, |open| open[side_index(side)])
    }

    /// Asks for an offer.
    #[inline]
    pub(crate) fn prefetch(&self, offer: u32) {
        prefetch(&self.offers, crate::id::index(offer));
    }

    /// Asks for the offers before and after one, which a cancel changes.
    #[inline]
    pub(crate) fn prefetch_around(&self, offer: OfferNo) {
        if let Some(Offer { next, previous, .. }) = self.offers.get(offer.index()) {
            self.prefetch(*next);
            self.prefetch(*previous);
        }
    }

    fn levels(&self, side: Side) -> &Table<Money, Level> {
        match side {
            Side::Buy => &self.buys,
            Side::Sell => &self.sells,
        }
    }

    fn levels_mut(&mut self, side: Side) -> &mut Table<Money, Level> {
        match side {
            Side::Buy => &mut self.buys,
            Side::Sell => &mut self.sells,
        }
    }

    /// The best level of a side: the highest price that is paid, the lowest that is asked.
    #[inline]
    fn best(&self, side: Side) -> Option<(Money, &Level)> {
        let best = match side {
            Side::Buy => self.buys.last_key_value(),
            Side::Sell => self.sells.first_key_value(),
        };
        best.map(|(price, level)| (*price, level))
    }

    /// The offer that one of this side and price would be filled with first.
    #[inline]
    pub(crate) fn best_match(&self, side: Side, price: Money) -> Option<OfferNo> {
        let (best, level) = self.best(opposite(side))?;
        crosses(side, price, best).then_some(OfferNo(level.head))
    }

    /// The level after one with this price, away from the best.
    fn level_after(&self, side: Side, price: Option<Money>) -> Option<(Money, &Level)> {
        let found = match (side, price) {
            (side, None) => return self.best(side),
            (Side::Buy, Some(price)) => self.buys.range(..price).next_back(),
            (Side::Sell, Some(price)) => self.sells.range((Bound::Excluded(price), Bound::Unbounded)).next(),
        };
        found.map(|(price, level)| (*price, level))
    }

    /// Whether so many lots are there for an offer of this side and price. Looks at levels, not at offers.
    pub(crate) fn is_fillable(&self, side: Side, price: Money, quantity: u32) -> bool {
        let (mut lots, mut at) = (0_u64, None);
        while lots < u64::from(quantity) {
            let Some((level_price, level)) = self.level_after(opposite(side), at) else { return false };
            if !crosses(side, price, level_price) {
                return false;
            }
            lots += level.lots;
            at = Some(level_price);
        }
        true
    }

    /// How many lots an offer of this side and price could be filled with now.
    pub(crate) fn fillable(&self, side: Side, price: Money) -> u64 {
        let levels = self.depth(opposite(side)).take_while(|(at, _)| crosses(side, price, *at));
        levels.map(|(_, lots)| lots).sum()
    }

    /// The first offer of its own member that an offer would meet. Looks at what it would meet, and only if the member
    /// has anything open on the other side.
    pub(crate) fn own_match(
        &self,
        member: MemberNo,
        side: Side,
        price: Money,
        quantity: u32,
    ) -> Option<OfferNo> {
        if self.open_of(member, opposite(side)) == 0 {
            return None;
        }
        let (mut left, mut at) = (quantity, None);
        while left > 0 {
            let (level_price, level) = self.level_after(opposite(side), at)?;
            if !crosses(side, price, level_price) {
                return None;
            }
            let mut number = level.head;
            while number != NONE && left > 0 {
                let offer = self.offer(OfferNo(number));
                if offer.member == member {
                    return Some(OfferNo(number));
                }
                left = left.saturating_sub(offer.remaining);
                number = offer.next;
            }
            at = Some(level_price);
        }
        None
    }

    /// A new offer, not in the book.
    #[inline]
    pub(crate) fn add(&mut self, member: MemberNo, side: Side, price: Money, quantity: u32, hold: Money) {
        self.offers.push(Offer {
            price,
            hold,
            member,
            remaining: quantity,
            next: NONE,
            previous: NONE,
            side,
            state: OfferState::Incoming,
        });
    }

    /// Puts what is left of an offer into the book, behind those of its price.
    #[inline]
    pub(crate) fn rest(&mut self, offer: OfferNo) {
        let Offer { price, side, remaining: left, member, .. } = *self.offer(offer);
        let empty = Level { head: NONE, tail: NONE, lots: 0 };
        let level = self.levels_mut(side).entry(price).or_insert(empty);
        let tail = std::mem::replace(&mut level.tail, offer.0);
        if tail == NONE {
            level.head = offer.0;
        }
        level.lots += u64::from(left);
        if tail != NONE {
            self.offers[crate::id::index(tail)].next = offer.0;
        }
        let record = &mut self.offers[offer.index()];
        record.previous = tail;
        record.state = OfferState::Open;
        if self.open.len() <= member.index() {
            self.open.resize(member.index() + 1, [0; 2]);
        }
        self.open[member.index()][side_index(side)] += 1;
    }

    /// Lots of both offers are filled; what is filled whole is done.
    #[inline]
    pub(crate) fn filled(&mut self, maker: OfferNo, taker: OfferNo, quantity: u32, hold: Money) {
        for offer in [maker, taker] {
            let record = &mut self.offers[offer.index()];
            record.remaining -= quantity;
            if record.side == Side::Buy {
                record.hold = hold;
            }
        }
        let (made, taken) = (*self.offer(maker), *self.offer(taker));
        if taken.remaining == 0 {
            self.offers[taker.index()].state = OfferState::Done;
        }
        if made.remaining == 0 {
            self.unlink(maker, quantity);
        } else if let Some(level) = self.levels_mut(made.side).get_mut(&made.price) {
            level.lots -= u64::from(quantity);
        }
    }

    /// What is left of an offer is given up: in the book, or by the command that made it.
    #[inline]
    pub(crate) fn close(&mut self, offer: OfferNo) {
        let left = self.offer(offer).remaining;
        match self.offer(offer).state {
            OfferState::Open => self.unlink(offer, left),
            OfferState::Incoming | OfferState::Done => {}
        }
        let record = &mut self.offers[offer.index()];
        (record.remaining, record.hold, record.state) = (0, Money::ZERO, OfferState::Done);
    }

    /// Takes an offer out of the book, and so many lots of its level with it.
    fn unlink(&mut self, offer: OfferNo, lots: u32) {
        let Offer { price, side, member, next, previous, .. } = *self.offer(offer);
        if next != NONE {
            self.offers[crate::id::index(next)].previous = previous;
        }
        if previous != NONE {
            self.offers[crate::id::index(previous)].next = next;
        }
        let levels = self.levels_mut(side);
        if next == NONE && previous == NONE {
            levels.remove(&price);
        } else if let Some(level) = levels.get_mut(&price) {
            level.lots -= u64::from(lots);
            if previous == NONE {
                level.head = next;
            }
            if next == NONE {
                level.tail = previous;
            }
        }
        self.offers[offer.index()].state = OfferState::Done;
        self.open[member.index()][side_index(side)] -= 1;
    }

    /// Remembers a fill.
    #[inline]
    pub(crate) fn remember(&mut self, trade: Trade) {
        if self.trades.len() == TRADES_KEPT {
            self.trades.pop_front();
        }
        self.trades.push_back(trade);
    }

    /// The last trades, oldest first.
    pub(crate) fn trades(&self) -> impl DoubleEndedIterator<Item = &Trade> + ExactSizeIterator {
        self.trades.iter()
    }

    /// Price levels of a side with the lots there, best first.
    pub(crate) fn depth(&self, side: Side) -> impl Iterator<Item = (Money, u64)> + '_ {
        let mut at = None;
        std::iter::from_fn(move || {
            let (price, level) = self.level_after(side, at)?;
            at = Some(price);
            Some((price, level.lots))
        })
    }

    /// Open offers of a side in the order in which they would be filled.
    pub(crate) fn queue(&self, side: Side) -> impl Iterator<Item = OfferNo> + '_ {
        let (mut price, mut next) = (None, NONE);
        std::iter::from_fn(move || {
            if next == NONE {
                let (level_price, level) = self.level_after(side, price)?;
                price = Some(level_price);
                next = level.head;
            }
            let number = OfferNo(next);
            next = self.offer(number).next;
            Some(number)
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        self.offers.len() * size_of::<Offer>()
            + self.open.len() * size_of::<[u32; 2]>()
            + (self.buys.len() + self.sells.len()) * size_of::<(Money, Level)>()
            + self.trades.len() * size_of::<Trade>()
    }
}

/// Whether an offer of this side and price meets one of the other side at `other`.
#[inline]
fn crosses(side: Side, price: Money, other: Money) -> bool {
    match side {
        Side::Buy => other <= price,
        Side::Sell => other >= price,
    }
}

/// MKT-3: the book does not cross, its levels are what its offers say, and each is in the order of time. The error says
/// what is wrong.
pub(crate) fn check_book(market: &Market) -> Result<(), String> {
    if let (Some((buy, _)), Some((sell, _))) = (market.best(Side::Buy), market.best(Side::Sell))
        && buy >= sell
    {
        return Err(format!("{buy:?} is paid and {sell:?} asked"));
    }
    let mut open = vec![[0_u32; 2]; market.open.len()];
    for side in [Side::Buy, Side::Sell] {
        for (price, level) in market.levels(side) {
            let (mut at, mut previous, mut lots) = (level.head, NONE, 0_u64);
            while at != NONE {
                let offer = market.offer(OfferNo(at));
                let fits = offer.side == side
                    && offer.price == *price
                    && offer.state == OfferState::Open
                    && offer.remaining > 0
                    && offer.previous == previous
                    && (previous == NONE || previous < at);
                if !fits {
                    return Err(format!("offer {at} at {price:?}: {offer:?}"));
                }
                lots += u64::from(offer.remaining);
                open[offer.member.index()][side_index(side)] += 1;
                (previous, at) = (at, offer.next);
            }
            if (previous, lots) != (level.tail, level.lots) || lots == 0 {
                return Err(format!("{side:?} at {price:?}: {level:?}, {lots} lots"));
            }
        }
    }
    if open != market.open {
        return Err("members have other numbers of open offers".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Band, Fill, cost_of, fill, hold_of};
    use crate::amount::{Money, Points, Rate, Rounding, UNITS_PER_POINT, mul_div};
    use crate::plan::{EmissionPlan, MarketPlan, Tail};

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).expect("not negative")
    }

    fn plan(fee_ppm: u32) -> MarketPlan {
        MarketPlan {
            lot: Points::from_units(UNITS_PER_POINT / 100),
            tick: money(1),
            fee: Rate::from_ppm(fee_ppm),
            band: None,
            offers_per_member: 100,
        }
    }

    /// MKT-1b: 1 % of 150 is 1.5, so 2 are held; the fills of one lot each pay 1 and 1, the third finds nothing left.
    #[test]
    fn many_small_fills_cost_no_more_than_was_held() {
        let plan = plan(10_000);
        let hold = hold_of(&plan, money(50), 3).expect("money");
        assert_eq!(hold, money(152));
        let first = fill([plan.fee; 2], money(50), 1, money(50), 2, hold);
        assert_eq!(
            first,
            Fill { cost: money(50), buyer_fee: money(1), seller_fee: money(1), hold: money(101) }
        );
        let second = fill([plan.fee; 2], money(50), 1, money(50), 1, first.hold);
        assert_eq!(
            second,
            Fill { cost: money(50), buyer_fee: money(1), seller_fee: money(1), hold: money(50) }
        );
        let third = fill([plan.fee; 2], money(50), 1, money(50), 0, second.hold);
        assert_eq!(
            third,
            Fill { cost: money(50), buyer_fee: money(0), seller_fee: money(1), hold: money(0) }
        );
    }

    /// MKT-1b: a better price than the limit gives the surplus back at once; a fee is at most the cost.
    #[test]
    fn surplus_returns_and_a_fee_is_at_most_the_cost() {
        let plan = plan(1_000_000);
        let hold = hold_of(&plan, money(7), 2).expect("money");
        assert_eq!(hold, money(28));
        let filled = fill([plan.fee; 2], money(3), 1, money(7), 1, hold);
        assert_eq!(
            filled,
            Fill { cost: money(3), buyer_fee: money(3), seller_fee: money(3), hold: money(14) }
        );
        assert_eq!(cost_of(money(i64::MAX / 2), 3), None);
    }

    /// MKT-2: the comparison says what `[ceil(g · (1 − band)), floor(g · (1 + band))]` says, for every price.
    #[test]
    fn the_band_is_exact() {
        let emission = EmissionPlan {
            years: Vec::new(),
            tail: Tail::None,
            cap: Points::ZERO,
            first_price: money(1_037),
            members: Rate::ONE,
            platform: Rate::ZERO,
            ranks: Vec::new(),
        };
        let points = |units: u128| Points::from_units(units);
        let guides = [(points(0), points(5)), (points(7_000), points(13)), (points(999_983), points(1_009))];
        for (released, issued) in guides {
            for (lot, band) in [(UNITS_PER_POINT, 100_000), (UNITS_PER_POINT / 3, 333_333), (7, 999_999)] {
                let plan = MarketPlan { lot: points(lot), ..plan(0) };
                let (worth, per) = match released.is_zero() {
                    true => (1_037, 1),
                    false => (released.units() * 100, issued.units()),
                };
                let bound = |rate: u128, rounding| {
                    mul_div(worth * lot, rate, per * UNITS_PER_POINT * 1_000_000, rounding).expect("small")
                };
                let low = bound(1_000_000 - band, Rounding::Up);
                let high = bound(1_000_000 + band, Rounding::Down);
                let around = [low.saturating_sub(1), low, low + 1, high.saturating_sub(1), high, high + 1];
                let rate = Rate::from_ppm(u32::try_from(band).expect("small"));
                let said = Band::around(&plan, rate, &emission, (released, issued), 2);
                for price in around.into_iter().filter(|price| *price > 0) {
                    let is_in = said.contains(Money::from_wide(price).expect("small"));
                    assert_eq!(is_in, (low..=high).contains(&price), "{price} in {low}..={high}");
                }
                let (from, to) = said.bounds();
                assert_eq!((from.as_u128(), to.as_u128()), (low, high));
            }
        }
    }
}
