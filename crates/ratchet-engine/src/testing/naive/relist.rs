//! Goods sold on at a mark-up, in the naive model (RELIST-1 … RELIST-3).

use super::Naive;
use super::arithmetic::ceil_part;
use super::debts::Who;
use super::orders::OrderState;
use crate::amount::AMOUNT_MAX;
use crate::id::Id;
use crate::plan::RelistPlan;
use crate::rejection::Rejection;

/// The goods of a paid order.
#[derive(Clone, Debug)]
pub(crate) struct Goods {
    pub(crate) price: i128,
    pub(crate) holder: usize,
    pub(crate) state: GoodsState,
    /// Whether they were ever offered.
    offered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GoodsState {
    Held,
    Offered,
    Delivered,
}

impl Naive {
    pub(super) fn goods_paid(&mut self, number: usize) {
        let order = &mut self.orders[number];
        let price = order.lines.iter().map(|line| line.amount).sum();
        order.goods = Some(Goods { price, holder: order.member, state: GoodsState::Held, offered: false });
    }

    fn relist_plan(&self, number: usize) -> Option<RelistPlan> {
        self.promotion_of(self.orders[number].campaign?).relist
    }

    pub(super) fn was_offered(&self, number: usize) -> bool {
        self.orders[number].goods.as_ref().is_some_and(|goods| goods.offered)
    }

    /// RELIST-3a.
    pub(super) fn waits_for_delivery(&self, number: usize) -> bool {
        let goods = self.orders[number].goods.as_ref();
        goods.is_some_and(|goods| goods.offered && goods.state != GoodsState::Delivered)
    }

    /// RELIST-1: the price at which goods are offered.
    fn asking(&self, number: usize) -> i128 {
        let (goods, plan) = (self.orders[number].goods.as_ref(), self.relist_plan(number));
        let price = goods.expect("goods").price;
        price + ceil_part(plan.expect("goods of a relist campaign").markup, price)
    }

    pub(super) fn offer_goods(&mut self, order: &Id) -> Result<(), Rejection> {
        self.not_winding_down()?;
        let number = self.known_order(order)?;
        let is_paid = self.orders[number].state == OrderState::Paid;
        let goods = self.orders[number].goods.as_ref();
        let goods = goods.filter(|goods| is_paid && goods.state == GoodsState::Held);
        let goods = goods.ok_or(Rejection::RelistState)?;
        let plan = self.relist_plan(number).expect("goods of a relist campaign");
        if goods.price >= i128::from(plan.ceiling.minor()) {
            return Err(Rejection::RelistCeiling);
        }
        let goods = self.orders[number].goods.as_mut().expect("goods");
        (goods.state, goods.offered) = (GoodsState::Offered, true);
        Ok(())
    }

    /// RELIST-2.
    pub(super) fn buy_goods(&mut self, purchase: &Id, order: &Id, member: &Id) -> Result<(), Rejection> {
        self.not_winding_down()?;
        let buyer = self.known_member(member)?;
        let number = self.known_order(order)?;
        if self.purchases.contains(purchase) {
            return Err(Rejection::PurchaseExists);
        }
        let goods = self.orders[number].goods.clone();
        let goods = goods.filter(|goods| goods.state == GoodsState::Offered).ok_or(Rejection::RelistState)?;
        if goods.holder == buyer {
            return Err(Rejection::RelistOwn);
        }
        let price = self.asking(number);
        if price > i128::from(AMOUNT_MAX) {
            return Err(Rejection::LimitReached);
        }
        let plan = self.relist_plan(number).expect("goods of a relist campaign");
        self.purchases.insert(purchase.clone());
        let fee = ceil_part(plan.fee, price);
        self.bank += price;
        self.income(&Who::Platform, fee);
        let seller = &mut self.members[goods.holder];
        seller.cash += price - fee;
        seller.cash_received += price - fee;
        self.members[buyer].spent += price;
        let at_ceiling = price >= i128::from(plan.ceiling.minor());
        let state = if at_ceiling { GoodsState::Delivered } else { GoodsState::Held };
        self.corner(if at_ceiling { "goods at the ceiling" } else { "goods sold on" });
        self.orders[number].goods = Some(Goods { price, holder: buyer, state, offered: true });
        Ok(())
    }

    /// RELIST-3.
    pub(super) fn deliver_goods(&mut self, order: &Id) -> Result<(), Rejection> {
        let number = self.known_order(order)?;
        if !self.waits_for_delivery(number) {
            return Err(Rejection::RelistState);
        }
        self.orders[number].goods.as_mut().expect("goods").state = GoodsState::Delivered;
        self.corner("goods delivered");
        Ok(())
    }

    pub(super) fn goods_numbers(&self, put: &mut impl FnMut(String, i128)) {
        for order in &self.orders {
            let Some(goods) = &order.goods else { continue };
            put(format!("goods.{}.price", order.id), goods.price);
            put(format!("goods.{}.holder", order.id), i128::try_from(goods.holder + 1).expect("few"));
            let state = match goods.state {
                GoodsState::Held => 1,
                GoodsState::Offered => 2,
                GoodsState::Delivered => 3,
            };
            put(format!("goods.{}.state", order.id), state);
        }
    }
}
