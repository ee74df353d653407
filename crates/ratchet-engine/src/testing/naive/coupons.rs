//! Coupons of the naive model (COUPON-1 … COUPON-4). Whether one is free is seen from the orders that name it.

use super::Naive;
use super::arithmetic::split_by_weights;
use super::orders::OrderState;
use super::stock::discount_of;
use crate::command::OrderTerms;
use crate::id::Id;
use crate::rejection::Rejection;

#[derive(Clone, Debug)]
pub(crate) struct Coupon {
    /// Place of its kind in the plan when it was issued.
    pub(crate) rule: usize,
    pub(super) version: usize,
    pub(crate) member: usize,
    /// From this moment on it is expired.
    pub(crate) expires: i64,
}

/// A line as coupons look at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScopeLine<'a> {
    /// The listed article it buys.
    pub(super) article: Option<&'a Id>,
    pub(super) quantity: u32,
    pub(super) merchant: &'a str,
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
        let expires = self.good_until(self.plan.coupons[rule].valid_days);
        self.coupons.insert(id, Coupon { rule, version: self.version(), member, expires });
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
        coupons: &[Id],
        lines: &[ScopeLine<'_>],
        member: Option<usize>,
    ) -> Result<Vec<i128>, Rejection> {
        let mut discounts = vec![0; lines.len()];
        let mut used = Vec::new();
        for id in coupons {
            used.push(self.coupons.get(id).ok_or(Rejection::CouponUnknown)?);
        }
        for (place, (id, coupon)) in coupons.iter().zip(&used).enumerate() {
            let usable = Some(coupon.member) == member
                && self.coupon_state(id) == CouponState::Free
                && self.now < coupon.expires
                && !coupons[..place].contains(id);
            if !usable {
                return Err(Rejection::CouponState);
            }
        }
        let stackable =
            used.iter().all(|coupon| self.versions[coupon.version].coupons[coupon.rule].stackable);
        for coupon in &used {
            let rule = &self.versions[coupon.version].coupons[coupon.rule];
            let prices: Vec<i128> = lines
                .iter()
                .map(|line| {
                    let Some(article) = self.article(line.article) else { return 0 };
                    let product = article.terms.product.as_ref().map(Id::as_str);
                    let in_scope = rule.product.as_deref().is_none_or(|asked| product == Some(asked))
                        && rule.merchant.as_deref().is_none_or(|asked| line.merchant == asked);
                    let whole = i128::from(article.terms.price.minor()) * i128::from(line.quantity);
                    if in_scope { whole } else { 0 }
                })
                .collect();
            let sum: i128 = prices.iter().sum();
            if sum == 0 || sum < i128::from(rule.minimum.minor()) || (used.len() > 1 && !stackable) {
                return Err(Rejection::CouponScope);
            }
            let off = discount_of(rule.off, sum);
            for (discount, part) in discounts.iter_mut().zip(split_by_weights(off, &prices)) {
                *discount += part;
            }
        }
        Ok(discounts)
    }

    /// What the lines of an order of articles have to cost, for the random programs; none if its coupons do not fit.
    pub(crate) fn amounts_for(&self, terms: &OrderTerms) -> Option<Vec<i128>> {
        let coupons = terms.mall.as_ref().map_or(&[][..], |mall| &mall.coupons);
        let merchants: Vec<String> = terms.lines.iter().map(|line| self.merchant_of(line, false)).collect();
        let mut lines = Vec::new();
        for (line, merchant) in terms.lines.iter().zip(&merchants) {
            let article = line.sku.as_ref().filter(|sku| self.article(Some(sku)).is_some());
            lines.push(ScopeLine { article, quantity: line.quantity.unwrap_or(1), merchant });
        }
        let member = self.member_numbers.get(&terms.member).copied();
        let discounts = self.coupon_discounts(coupons, &lines, member).ok()?;
        let amounts = lines.iter().zip(discounts).zip(&terms.lines).map(|((line, discount), term)| {
            let Some(article) = self.article(line.article) else { return i128::from(term.amount.minor()) };
            i128::from(article.terms.price.minor()) * i128::from(line.quantity) - discount
        });
        Some(amounts.collect())
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
