//! Goods sold on at a mark-up (RELIST-1 to RELIST-3): who holds them at which price. Every gain is the next buyer's money.

use crate::amount::Money;
use crate::id::{MemberNo, OrderNo};
use crate::plan::RelistPlan;
use crate::undo::{Table, undo_fields};

/// Where goods stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub enum GoodsState {
    /// With their holder.
    Held,
    /// On offer.
    Offered,
    /// To be shipped, or shipped, to their holder: never sold on again.
    Delivered,
}

impl GoodsState {
    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            GoodsState::Held => "held",
            GoodsState::Offered => "offered",
            GoodsState::Delivered => "delivered",
        }
    }
}

/// The goods of an order.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Goods {
    /// What their holder paid.
    pub(crate) price: Money,
    pub(crate) holder: MemberNo,
    pub(crate) state: GoodsState,
    /// They were on offer once: their first buyer cannot return them.
    pub(crate) was_offered: bool,
}

/// Sums over all sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct RelistTotals {
    /// Sales.
    pub sales: u64,
    /// Paid by later buyers.
    pub paid: Money,
    /// Kept of it by the platform.
    pub fees: Money,
    /// Received by sellers.
    pub received: Money,
    /// What sellers received beyond what they had paid.
    pub gains: Money,
    /// What they received less than that: a fee above the mark-up.
    pub losses: Money,
}

/// All goods that may be sold on, by order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Relist {
    goods: Table<OrderNo, Goods>,
    pub(crate) totals: RelistTotals,
}

undo_fields!(Relist { parts: goods; values: totals; });

impl Relist {
    pub(crate) fn get(&self, order: OrderNo) -> Option<&Goods> {
        self.goods.get(&order)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (OrderNo, &Goods)> {
        self.goods.iter().map(|(order, goods)| (*order, goods))
    }

    /// A paid order's goods are its buyer's.
    pub(crate) fn hold(&mut self, order: OrderNo, holder: MemberNo, price: Money) {
        let state = GoodsState::Held;
        self.goods.insert(order, Goods { price, holder, state, was_offered: false });
    }

    fn goods(&mut self, order: OrderNo) -> &mut Goods {
        self.goods.get_mut(&order).expect("goods are held before anything else")
    }

    pub(crate) fn offer(&mut self, order: OrderNo) {
        let goods = self.goods(order);
        goods.state = GoodsState::Offered;
        goods.was_offered = true;
    }

    pub(crate) fn sell(
        &mut self,
        order: OrderNo,
        buyer: MemberNo,
        price: Money,
        fee: Money,
        delivered: bool,
    ) {
        let goods = self.goods(order);
        let before = std::mem::replace(&mut goods.price, price);
        goods.holder = buyer;
        goods.state = if delivered { GoodsState::Delivered } else { GoodsState::Held };
        let received = price.saturating_sub(fee);
        let totals = &mut self.totals;
        totals.sales += 1;
        totals.paid = totals.paid.add_within_limit(price);
        totals.fees = totals.fees.add_within_limit(fee);
        totals.received = totals.received.add_within_limit(received);
        totals.gains = totals.gains.add_within_limit(received.saturating_sub(before));
        totals.losses = totals.losses.add_within_limit(before.saturating_sub(received));
    }

    pub(crate) fn deliver(&mut self, order: OrderNo) {
        self.goods(order).state = GoodsState::Delivered;
    }

    pub(crate) fn bytes(&self) -> usize {
        self.goods.len() * size_of::<(OrderNo, Goods)>()
    }
}

impl RelistPlan {
    /// RELIST-1: the price at which goods bought at `price` are offered; the mark-up is rounded up. Below the ceiling it is at
    /// most twice the largest amount.
    pub(crate) fn next_price(&self, price: Money) -> Money {
        price.add_within_limit(self.markup.ceil_of(price))
    }

    /// RELIST-2: what the platform keeps of a sale, rounded up: at the seller's cost.
    pub(crate) fn fee_of(&self, price: Money) -> Money {
        self.fee.ceil_of(price)
    }
}

#[cfg(test)]
mod tests {
    use crate::amount::{Money, Rate};
    use crate::plan::RelistPlan;

    /// RELIST-1, RELIST-2: mark-up and fee are rounded up.
    #[test]
    fn prices_and_fees_round_up() {
        let money = |minor| Money::from_minor(minor).expect("not negative");
        let plan =
            RelistPlan { markup: Rate::from_ppm(50_000), fee: Rate::from_ppm(15_000), ceiling: money(1_000) };
        assert_eq!(plan.next_price(money(10_000)), money(10_500));
        assert_eq!(plan.next_price(money(10_001)), money(10_502));
        assert_eq!(plan.fee_of(money(10_001)), money(151));
    }
}
