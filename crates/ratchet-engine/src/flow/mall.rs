//! What a mall adds to the life of an order: articles and stock, coupons, sources, campaigns. Each step of an order calls one
//! function here, which calls the mechanisms in a visible order; plans without a mall pay one comparison for it.

use super::catalogue::{ArticleLine, Offer};
use super::product::ListedLine;
use crate::command::OrderTerms;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{Id, OrderNo};
use crate::rejection::Rejection;

impl Engine {
    /// What a mall refuses of the terms of an order that is placed or, `pays`, paid at once: limit_reached (a hold past the
    /// end of time), source_unknown, then what campaigns refuse, then what [`Engine::check_articles`] refuses.
    pub(crate) fn check_mall(
        &self,
        order: &Id,
        terms: &OrderTerms,
        lines: (&[Option<ListedLine>], &[Option<ArticleLine>]),
        pays: bool,
    ) -> Result<(), Rejection> {
        let held_until = self.state.now.plus_minutes(self.hold_minutes(terms));
        if !pays && held_until.is_none() {
            return Err(Rejection::LimitReached);
        }
        self.check_source(terms)?;
        self.check_campaign(order, terms, pays)?;
        let offer = self.offer_of(terms);
        self.check_articles(terms, offer, lines)
    }

    /// What the order's campaign changes of its price.
    pub(crate) fn offer_of(&self, terms: &OrderTerms) -> Offer {
        let Some((campaign, _)) = self.campaign_of(terms) else { return Offer::default() };
        let promotion = self.promotion_of(campaign);
        Offer {
            price: Some(promotion.piece()),
            no_article: promotion.blind_box.is_some(),
            own_freight: promotion.voucher_days.is_some(),
        }
    }

    /// CAT-3a: how long an order that is only placed holds what it needs.
    fn hold_minutes(&self, terms: &OrderTerms) -> u32 {
        match self.campaign_of(terms) {
            Some((campaign, _)) => self.promotion_of(campaign).hold_minutes,
            None => self.plan.catalogue.map_or(0, |plan| plan.hold_minutes),
        }
    }

    /// SOURCE-1: refuses source_unknown.
    fn check_source(&self, terms: &OrderTerms) -> Result<(), Rejection> {
        self.find_source(terms).map(|_| ()).ok_or(Rejection::SourceUnknown)
    }

    /// The order and its lines exist: it holds what it needs.
    pub(crate) fn mall_placed(&mut self, order: OrderNo, id: &Id, terms: &OrderTerms) {
        let source = self.find_source(terms).expect("the terms were checked");
        if source != 0 {
            let source = u8::try_from(source).expect("at most SOURCES_MAX sources");
            self.commit(Event::OrderSourced { order, source });
        }
        self.reserve_coupons(order, terms);
        self.campaign_placed(order, id, terms);
    }

    /// The order was placed without being paid: it waits for its payment (CAT-3a).
    pub(crate) fn mall_waits(&mut self, order: OrderNo, terms: &OrderTerms) {
        if self.plan.catalogue.is_none() {
            return;
        }
        let until = self.state.now.plus_minutes(self.hold_minutes(terms));
        self.commit(Event::PaymentDeadlineSet { order, until: until.expect("the terms were checked") });
    }

    /// What a mall refuses of a placed order that is paid. Articles ask for nothing new (CAT-2).
    pub(crate) fn check_mall_of(&self, order: OrderNo) -> Result<(), Rejection> {
        self.check_campaign_of(order)
    }

    /// The order is paid.
    pub(crate) fn mall_paid(&mut self, order: OrderNo) {
        self.use_coupons(order);
        self.campaign_paid(order);
    }

    /// Whether the order may be shipped or received now.
    pub(crate) fn check_leaves(&self, order: OrderNo) -> Result<(), Rejection> {
        self.check_campaign_leaves(order)
    }

    /// The goods left: shipped, or received without having been shipped.
    pub(crate) fn mall_left(&mut self, order: OrderNo) {
        self.goods_leave(order);
        self.box_leaves(order);
    }

    /// An unpaid order is closed, by command or by its time-out.
    pub(crate) fn mall_closed(&mut self, order: OrderNo) {
        self.free_goods(order, true);
        self.free_coupons(order);
        self.campaign_closed(order);
    }

    /// Whether the order may be refunded now; `all` if nothing would be left of it.
    pub(crate) fn check_mall_refund(&self, order: OrderNo, all: bool) -> Result<(), Rejection> {
        self.check_campaign_refund(order, all)
    }

    /// Lines were refunded, in part or in full.
    pub(crate) fn mall_refunded(&mut self, order: OrderNo) {
        self.free_goods(order, false);
        self.return_coupons(order);
        self.campaign_refunded(order);
    }

    /// The order settled: its lines and its commissions.
    pub(crate) fn mall_settled(&mut self, order: OrderNo) {
        self.pay_leader_bonus(order);
    }
}
