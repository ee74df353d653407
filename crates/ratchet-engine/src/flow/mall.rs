//! What a mall adds to the life of an order: articles and stock, coupons, sources, campaigns. Each step of an order calls one
//! function here, which calls the mechanisms in a visible order; plans without a mall pay one comparison for it.

use crate::command::OrderTerms;
use crate::engine::Engine;
use crate::id::{Id, OrderNo};
use crate::rejection::Rejection;

impl Engine {
    /// Whether orders of this plan have anything to do with a mall.
    #[inline]
    pub(crate) fn has_mall(&self) -> bool {
        let plan = &self.state.plan;
        plan.catalogue.is_some() || !plan.sources.is_empty()
    }

    /// What a mall refuses of the terms of an order that is placed or, `pays`, paid at once.
    pub(crate) fn check_mall(&self, terms: &OrderTerms, pays: bool) -> Result<(), Rejection> {
        self.check_campaign(terms, pays)
    }

    /// The order and its lines exist: it holds what it asks for.
    pub(crate) fn mall_placed(&mut self, order: OrderNo, id: &Id, terms: &OrderTerms) {
        self.campaign_placed(order, id, terms);
    }

    /// What a mall refuses of a placed order that is paid.
    pub(crate) fn check_mall_of(&self, order: OrderNo) -> Result<(), Rejection> {
        self.check_campaign_of(order)
    }

    /// The order is paid.
    pub(crate) fn mall_paid(&mut self, order: OrderNo) {
        self.campaign_paid(order);
    }

    /// Whether the order may be shipped or received now.
    pub(crate) fn check_leaves(&self, order: OrderNo) -> Result<(), Rejection> {
        self.check_campaign_leaves(order)
    }

    /// The goods left: shipped, or received without having been shipped.
    pub(crate) fn mall_left(&mut self, order: OrderNo) {
        let _ = order;
    }

    /// An unpaid order is closed, by command or by its time-out.
    pub(crate) fn mall_closed(&mut self, order: OrderNo) {
        self.campaign_closed(order);
    }

    /// Whether the order may be refunded now; `all` if nothing would be left of it.
    pub(crate) fn check_mall_refund(&self, order: OrderNo, all: bool) -> Result<(), Rejection> {
        self.check_campaign_refund(order, all)
    }

    /// Lines were refunded, in part or in full.
    pub(crate) fn mall_refunded(&mut self, order: OrderNo) {
        self.campaign_refunded(order);
    }

    /// The order settled: its lines and its commissions.
    pub(crate) fn mall_settled(&mut self, order: OrderNo) {
        self.pay_leader_bonus(order);
    }
}
