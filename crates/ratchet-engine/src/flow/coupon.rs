//! Coupons (COUPON-1 to COUPON-4).

use crate::command::OrderTerms;
use crate::coupon::CouponState;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{CampaignNo, CouponNo, Id, MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::order::OrderState;
use crate::plan::CouponPlan;
use crate::rejection::Rejection;

use super::catalogue::ArticleLine;
use super::product::ListedLine;

impl Engine {
    /// `coupon.issue`. Refuses: limit_reached, member_unknown, coupon_exists, coupon_unknown.
    pub(crate) fn issue_coupon(&mut self, coupon: &Id, rule: &Id, member: &Id) -> Result<(), Rejection> {
        let place = self.plan.coupons.iter().position(|known| known.id == rule.as_str());
        let plan = place.and_then(|place| self.plan.coupons.get(place));
        if !self.has_room_for_coupon(plan) {
            return Err(Rejection::LimitReached);
        }
        let member = self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        if self.find(KeyKind::Coupon, coupon.as_str()).is_some() {
            return Err(Rejection::CouponExists);
        }
        self.give_coupon(coupon, place.ok_or(Rejection::CouponUnknown)?, member);
        Ok(())
    }

    /// The place in the plan in force of a kind that a campaign's plan names: while a campaign is open its promotion stays as
    /// it is, and so do the kinds that it names.
    pub(super) fn coupon_of_today(&self, campaign: CampaignNo, rule: usize) -> Option<usize> {
        let id = &self.plan_of_campaign(campaign).coupons.get(rule)?.id;
        self.plan.coupons.iter().position(|known| known.id == *id)
    }

    /// Whether another coupon may be issued, and expires before the end of time.
    pub(crate) fn has_room_for_coupon(&self, plan: Option<&CouponPlan>) -> bool {
        let calendar = &self.plan.programme.calendar;
        let expires =
            plan.is_none_or(|plan| calendar.end_of_validity(self.state.now, plan.valid_days).is_some());
        expires && CouponNo::at(self.state.coupons.list().len()).is_some()
    }

    /// Gives a member a coupon of the kind at this place of the plan; there is room, and the id is new.
    pub(crate) fn give_coupon(&mut self, id: &Id, rule: usize, member: MemberNo) {
        let coupon = CouponNo::at(self.state.coupons.list().len()).expect("room was checked");
        let days = self.plan.coupons.get(rule).map_or(0, |plan| plan.valid_days);
        let calendar = &self.plan.programme.calendar;
        let expires_at = calendar.end_of_validity(self.state.now, days).expect("room was checked");
        let rule = u16::try_from(rule).expect("at most COUPON_RULES_MAX kinds");
        self.commit(Event::CouponIssued { coupon, id: id.clone(), rule, member, expires_at });
    }

    /// COUPON-2: the kinds of the coupons that the terms use. Refuses: coupon_unknown, coupon_state.
    pub(super) fn coupons_of(&self, terms: &OrderTerms) -> Result<Vec<CouponPlan>, Rejection> {
        let numbers = self.coupon_numbers(terms).ok_or(Rejection::CouponUnknown)?;
        let buyer = self.state.named_member(terms.member.as_str());
        let mut kinds = Vec::with_capacity(numbers.len());
        for (at, number) in numbers.iter().enumerate() {
            let coupon = self.state.coupons.get(*number);
            let good = Some(coupon.member) == buyer
                && coupon.state == CouponState::Free
                && self.state.now < coupon.expires_at;
            if !good || numbers[..at].contains(number) {
                return Err(Rejection::CouponState);
            }
            let kind = self.plan_of_coupon(*number).coupons.get(usize::from(coupon.rule));
            kinds.push(kind.expect("only kinds of the plan are issued").clone());
        }
        Ok(kinds)
    }

    /// The coupons that the terms name; `None` if there is one that does not exist.
    fn coupon_numbers(&self, terms: &OrderTerms) -> Option<Vec<CouponNo>> {
        let named = terms.mall.as_deref().map_or(&[][..], |mall| &mall.coupons);
        named.iter().map(|id| self.find(KeyKind::Coupon, id.as_str()).map(CouponNo)).collect()
    }

    /// COUPON-2: whether an article's line is one of the coupon's product and merchant.
    pub(super) fn in_scope(
        &self,
        coupon: &CouponPlan,
        terms: &OrderTerms,
        at: usize,
        (listed, articles): (&[Option<ListedLine>], &[Option<ArticleLine>]),
    ) -> bool {
        let (Some(line), Some(article)) = (terms.lines.get(at), articles.get(at).copied().flatten()) else {
            return false;
        };
        let product = self.state.catalogue.sku(article.sku).product.as_ref();
        let of_product = coupon
            .product
            .as_ref()
            .is_none_or(|scope| product.is_some_and(|product| product.as_str() == scope));
        let seller = listed.get(at).copied().flatten().map(|listed| listed.merchant).or(article.merchant);
        let seller = match seller {
            Some(merchant) => self.state.merchants.get(merchant.index()),
            None => line.merchant.as_ref(),
        };
        let of_merchant = coupon
            .merchant
            .as_ref()
            .is_none_or(|scope| seller.is_some_and(|seller| seller.as_str() == scope));
        of_product && of_merchant
    }

    /// COUPON-4: a placed order holds its coupons.
    pub(super) fn reserve_coupons(&mut self, order: OrderNo, terms: &OrderTerms) {
        let coupons = self.coupon_numbers(terms).expect("the terms were checked");
        if !coupons.is_empty() {
            self.commit(Event::CouponsReserved { order, coupons });
        }
    }

    /// COUPON-4: a paid order used them.
    pub(super) fn use_coupons(&mut self, order: OrderNo) {
        if !self.state.coupons.of_order(order).is_empty() {
            self.commit(Event::CouponsUsed { order });
        }
    }

    /// COUPON-4: the order holds and uses none any more.
    pub(super) fn free_coupons(&mut self, order: OrderNo) {
        if !self.state.coupons.of_order(order).is_empty() {
            self.commit(Event::CouponsReleased { order });
        }
    }

    /// COUPON-4: nothing is left of an order that had not settled.
    pub(super) fn return_coupons(&mut self, order: OrderNo) {
        let record = *self.state.orders.order(order);
        let settled = |line| self.state.orders.history(line).settled_base.is_some();
        if record.state == OrderState::Refunded && !record.line_numbers().any(settled) {
            self.free_coupons(order);
        }
    }
}
