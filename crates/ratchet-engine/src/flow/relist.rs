//! Goods sold on at a mark-up, in the sandbox only (RELIST-1 to RELIST-3).

use crate::amount::{AMOUNT_MAX, Money};
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::{Event, GoodsSold};
use crate::id::{Id, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::order::OrderState;
use crate::plan::{PromotionPlan, RelistPlan};
use crate::rejection::Rejection;
use crate::relist::{Goods, GoodsState};

impl Engine {
    /// RELIST-1: the goods of a paid order are its buyer's, at what was paid for them.
    pub(super) fn hold_goods(&mut self, order: OrderNo, promotion: &PromotionPlan) {
        if promotion.relist.is_none() {
            return;
        }
        let lines = self.state.orders.order(order).line_numbers();
        let price = lines.fold(Money::ZERO, |sum, line| sum.add_within_limit(self.state.orders.amount(line)));
        self.commit(Event::GoodsHeld { order, price });
    }

    /// The goods of an order that is paid and has not left. Refuses: order_unknown, relist_state.
    fn goods_of(&self, order: &Id) -> Result<(OrderNo, Goods, RelistPlan), Rejection> {
        let number = self.named_order(order.as_str()).ok_or(Rejection::OrderUnknown)?;
        let paid = self.state.orders.order(number).state == OrderState::Paid;
        let goods = self.state.relist.get(number).filter(|_| paid).copied().ok_or(Rejection::RelistState)?;
        let (record, _) = self.state.campaigns.of_order(number).ok_or(Rejection::RelistState)?;
        let plan = self.promotion_of(record.campaign).relist.ok_or(Rejection::RelistState)?;
        Ok((number, goods, plan))
    }

    /// `relist.offer`. Refuses: order_unknown, relist_state, relist_ceiling.
    pub(crate) fn offer_goods(&mut self, order: &Id) -> Result<(), Rejection> {
        let (order, goods, plan) = self.goods_of(order)?;
        if goods.state != GoodsState::Held {
            return Err(Rejection::RelistState);
        }
        if goods.price >= plan.ceiling {
            return Err(Rejection::RelistCeiling);
        }
        let price = plan.next_price(goods.price);
        self.commit(Event::GoodsOffered { order, price });
        Ok(())
    }

    /// `relist.buy`. Refuses, in this order: member_unknown, order_unknown, purchase_exists, relist_state, relist_own,
    /// limit_reached.
    pub(crate) fn buy_goods(&mut self, purchase: &Id, order: &Id, member: &Id) -> Result<(), Rejection> {
        let buyer = self.state.named_member(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        self.named_order(order.as_str()).ok_or(Rejection::OrderUnknown)?;
        if self.find(KeyKind::Purchase, purchase.as_str()).is_some() {
            return Err(Rejection::PurchaseExists);
        }
        let (order, goods, plan) = self.goods_of(order)?;
        if goods.state != GoodsState::Offered {
            return Err(Rejection::RelistState);
        }
        let (price, seller) = (plan.next_price(goods.price), goods.holder);
        if seller == buyer {
            return Err(Rejection::RelistOwn);
        }
        if price.minor() > AMOUNT_MAX || !self.has_room_for(price) {
            return Err(Rejection::LimitReached);
        }
        let fee = plan.fee_of(price);
        let delivered = price >= plan.ceiling;
        self.debit(AccountKind::Bank, price);
        let rest = i128::from(price.saturating_sub(fee).minor());
        self.post(Account::member(AccountKind::WalletCash, seller), rest);
        self.credit(AccountKind::PlatformRevenue, fee);
        let purchase = purchase.clone();
        let sold = GoodsSold { order, purchase, seller, buyer, price, fee, delivered };
        self.commit(Event::GoodsSold(Box::new(sold)));
        self.net_income(Debtor::Platform, fee);
        Ok(())
    }

    /// `relist.deliver`. Refuses: order_unknown, relist_state.
    pub(crate) fn deliver_goods(&mut self, order: &Id) -> Result<(), Rejection> {
        let (order, goods, _) = self.goods_of(order)?;
        if !goods.was_offered || goods.state == GoodsState::Delivered {
            return Err(Rejection::RelistState);
        }
        self.commit(Event::GoodsDelivered { order });
        Ok(())
    }

    /// RELIST-3a: goods that were offered leave once they are to be delivered. Refuses: promotion_undecided.
    pub(super) fn check_goods_leave(&self, order: OrderNo) -> Result<(), Rejection> {
        let goods = self.state.relist.get(order);
        let waits = goods.is_some_and(|goods| goods.was_offered && goods.state != GoodsState::Delivered);
        if waits { Err(Rejection::PromotionUndecided) } else { Ok(()) }
    }

    /// RELIST-1: goods that were offered are not returned by their first buyer. Refuses: promotion_undecided.
    pub(super) fn check_goods_refund(&self, order: OrderNo) -> Result<(), Rejection> {
        let offered = self.state.relist.get(order).is_some_and(|goods| goods.was_offered);
        if offered { Err(Rejection::PromotionUndecided) } else { Ok(()) }
    }
}
