//! Coupons of the naive model (COUPON-1 … COUPON-4). Whether one is free is seen from the orders that name it.

use super::Naive;
use super::arithmetic::split_by_weights;
use super::orders::{Order, OrderState};
use super::stock::discount_of;
use crate::id::Id;
use crate::rejection::Rejection;
use crate::time::DAY_US;

#[derive(Clone, Debug)]
pub(crate) struct Coupon {
    /// Place of its kind in the plan.
    pub(crate) rule: usize,
    pub(crate) member: usize,
    /// From this moment on it is expired.
    pub(crate) expires: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CouponState {
    Free,
    Reserved,
    Used,
}

impl Naive {
    /// COUPON-1.
    pub(super) fn issue_coupon(&mut self, coupon: &Id, rule: &Id, member: &Id) -> Result<(), Rejection> {
        let member = self.known_member(member)?;
        if self.coupons.contains_key(coupon) {
            return Err(Rejection::CouponExists);
        }
        let known = self.plan.coupons.iter().position(|plan| plan.id == rule.as_str());
        self.give_coupon(coupon.clone(), known.ok_or(Rejection::CouponUnknown)?, member);
        Ok(())
    }

    pub(super) fn give_coupon(&mut self, id: Id, rule: usize, member: usize) {
        let valid = i64::from(self.plan.coupons[rule].valid_days) * DAY_US;
        self.coupons.insert(id, Coupon { rule, member, expires: self.now + valid });
    }

    /// COUPON-4.
    pub(crate) fn coupon_state(&self, coupon: &Id) -> CouponState {
        let mut state = CouponState::Free;
        for order in self.orders.iter().filter(|order| order.coupons.contains(coupon)) {
            match order.state {
                OrderState::Placed => state = CouponState::Reserved,
                OrderState::Closed => {}
                OrderState::Refunded if !order.was_settled() => {}
                OrderState::Paid
                | OrderState::Shipped
                | OrderState::Received
                | OrderState::Settled
                | OrderState::Refunded => state = CouponState::Used,
            }
        }
        state
    }

    /// COUPON-2, COUPON-3: what an order's coupons take off each of its lines.
    pub(super) fn coupon_discounts(
        &self,
        order: &Order,
        member: Option<usize>,
    ) -> Result<Vec<i128>, Rejection> {
        let mut discounts = vec![0; order.lines.len()];
        let mut coupons = Vec::new();
        for id in &order.coupons {
            coupons.push(self.coupons.get(id).ok_or(Rejection::CouponUnknown)?);
        }
        for (place, (id, coupon)) in order.coupons.iter().zip(&coupons).enumerate() {
            let usable = Some(coupon.member) == member
                && self.coupon_state(id) == CouponState::Free
                && self.now < coupon.expires
                && !order.coupons[..place].contains(id);
            if !usable {
                return Err(Rejection::CouponState);
            }
        }
        let stackable = coupons.iter().all(|coupon| self.plan.coupons[coupon.rule].stackable);
        for coupon in &coupons {
            let rule = &self.plan.coupons[coupon.rule];
            let prices: Vec<i128> = order
                .lines
                .iter()
                .map(|line| {
                    let Some(article) = self.article(line.article.as_ref()) else { return 0 };
                    let product = self.product_of_article(line.article.as_ref()).map(Id::as_str);
                    let in_scope = rule.product.as_deref().is_none_or(|asked| product == Some(asked))
                        && rule.merchant.as_deref().is_none_or(|asked| line.merchant == asked);
                    if in_scope {
                        i128::from(article.terms.price.minor()) * i128::from(line.quantity)
                    } else {
                        0
                    }
                })
                .collect();
            let sum: i128 = prices.iter().sum();
            if sum == 0 || sum < i128::from(rule.minimum.minor()) || (coupons.len() > 1 && !stackable) {
                return Err(Rejection::CouponScope);
            }
            let off = discount_of(rule.off, sum);
            for (discount, part) in discounts.iter_mut().zip(split_by_weights(off, &prices)) {
                *discount += part;
            }
        }
        Ok(discounts)
    }

    pub(super) fn coupon_numbers(&self, put: &mut impl FnMut(String, i128)) {
        for id in self.coupons.keys() {
            let state = match self.coupon_state(id) {
                CouponState::Free => 1,
                CouponState::Reserved => 2,
                CouponState::Used => 3,
            };
            put(format!("coupons.{id}"), state);
        }
    }
}
