//! Articles, stock and freight of the naive model (CAT-1 … CAT-6). What is held and what is out is counted again from all
//! orders each time it is asked for, so nothing can leak.

use std::collections::{BTreeMap, BTreeSet};

use super::Naive;
use super::arithmetic::floor_part;
use super::campaigns::amount_of_piece;
use super::coupons::ScopeLine;
use super::orders::{Line, Order, OrderState};
use crate::amount::{AMOUNT_MAX, Money};
use crate::command::{OrderTerms, SkuTerms};
use crate::id::Id;
use crate::plan::Discount;
use crate::rejection::Rejection;

/// A listed article (CAT-1).
#[derive(Clone, Debug)]
pub(crate) struct Sku {
    pub(crate) terms: SkuTerms,
    pub(crate) listed: bool,
    /// Added and removed later.
    added: i128,
}

/// What of an article is not available (CAT-3).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gone {
    pub(super) held: i128,
    pub(super) out: i128,
}

impl Naive {
    fn has_catalogue(&self) -> Result<(), Rejection> {
        if self.plan.catalogue.is_none() { Err(Rejection::NoCatalogue) } else { Ok(()) }
    }

    /// CAT-1.
    pub(super) fn list_sku(&mut self, sku: &Id, terms: &SkuTerms) -> Result<(), Rejection> {
        check_price(terms.price, terms.cost)?;
        // CAT-1: here also in a plan without zones.
        let zones = self.plan.release.as_ref().map_or(&[][..], |release| &release.zones);
        let known = |zone: &Id| zones.iter().any(|(name, _)| name == zone.as_str());
        if terms.zone.as_ref().is_some_and(|zone| !known(zone)) {
            return Err(Rejection::ZoneUnknown);
        }
        if terms.class.as_ref().is_some_and(|class| !self.has_class(class)) {
            return Err(Rejection::ClassUnknown);
        }
        self.has_catalogue()?;
        if self.skus.contains_key(sku) {
            return Err(Rejection::SkuExists);
        }
        self.skus.insert(sku.clone(), Sku { terms: terms.clone(), listed: true, added: 0 });
        Ok(())
    }

    /// CAT-7: whether the plan in force has it.
    fn has_class(&self, class: &Id) -> bool {
        self.plan.classes.iter().any(|known| known.id == class.as_str())
    }

    /// CAT-7: classes of new lines. What they state has to be there; what their articles are comes first.
    pub(super) fn take_classes(&self, terms: &OrderTerms, lines: &mut [Line]) -> Result<(), Rejection> {
        for (place, line) in lines.iter_mut().enumerate() {
            let stated = terms.class_of(place);
            if stated.is_some_and(|class| !self.has_class(class)) {
                return Err(Rejection::ClassUnknown);
            }
            let of_article =
                self.article(line.article.as_ref()).and_then(|article| article.terms.class.as_ref());
            line.class = of_article.or(stated).map(|class| class.as_str().to_owned());
        }
        Ok(())
    }

    fn listed_sku(&mut self, sku: &Id) -> Result<&mut Sku, Rejection> {
        self.has_catalogue()?;
        self.skus.get_mut(sku).filter(|sku| sku.listed).ok_or(Rejection::SkuUnknown)
    }

    pub(super) fn price_sku(&mut self, sku: &Id, price: Money, cost: Option<Money>) -> Result<(), Rejection> {
        check_price(price, cost)?;
        let sku = self.listed_sku(sku)?;
        (sku.terms.price, sku.terms.cost) = (price, cost);
        Ok(())
    }

    pub(super) fn delist_sku(&mut self, sku: &Id) -> Result<(), Rejection> {
        self.listed_sku(sku)?.listed = false;
        Ok(())
    }

    /// CAT-3.
    pub(super) fn change_stock(&mut self, id: &Id, quantity: u32, adds: bool) -> Result<(), Rejection> {
        if quantity == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        let sku = self.listed_sku(id)?;
        if sku.terms.stock.is_none() {
            return Err(Rejection::SkuUnknown);
        }
        if !adds && self.available(id).is_some_and(|available| i128::from(quantity) > available) {
            return Err(Rejection::OutOfStock);
        }
        self.listed_sku(id)?.added += if adds { i128::from(quantity) } else { -i128::from(quantity) };
        Ok(())
    }

    /// The article that is listed under an id.
    pub(super) fn article(&self, sku: Option<&Id>) -> Option<&Sku> {
        self.skus.get(sku?).filter(|sku| sku.listed)
    }

    /// CAT-3: what is held and out of each article, over all orders and boxes.
    pub(super) fn gone(&self) -> BTreeMap<Id, Gone> {
        let mut gone: BTreeMap<Id, Gone> = BTreeMap::new();
        for order in &self.orders {
            let holds = matches!(order.state, OrderState::Placed | OrderState::Paid);
            for line in &order.lines {
                let Some(article) = &line.article else { continue };
                let of = gone.entry(article.clone()).or_default();
                let there = i128::from(line.quantity) - i128::from(line.back);
                if line.left {
                    of.out += there;
                } else if holds {
                    of.held += there;
                }
            }
            if let Some(item) = order.drawn().map(|item| item.sku.clone()) {
                let of = gone.entry(item).or_default();
                if order.lines.iter().any(|line| line.left) {
                    of.out += 1;
                } else if holds {
                    of.held += 1;
                }
            }
        }
        for campaign in &self.campaigns {
            for (item, left) in campaign.items_held() {
                gone.entry(item).or_default().held += left;
            }
        }
        gone
    }

    /// None for an article of which there are as many as are ordered.
    pub(crate) fn available(&self, id: &Id) -> Option<i128> {
        let gone = self.gone().get(id).copied().unwrap_or_default();
        self.skus.get(id).and_then(|sku| sku.available(gone))
    }

    /// CAT-3: what an order holds leaves, when it is shipped or received.
    pub(super) fn goods_leave(&mut self, number: usize) {
        for line in &mut self.orders[number].lines {
            if line.back < line.quantity {
                line.left = true;
            }
        }
    }

    /// CAT-4: pieces of an article that a member has in orders that count.
    fn pieces_of(&self, member: usize, article: &Id) -> i128 {
        let orders = self.orders.iter().filter(|o| o.member == member && o.state != OrderState::Closed);
        let lines = orders.flat_map(|order| &order.lines);
        lines
            .filter(|line| line.article.as_ref() == Some(article))
            .map(|line| i128::from(line.quantity) - i128::from(line.back))
            .sum()
    }

    /// What the catalogue refuses of a new order (CAT-1a … CAT-6, COUPON-2), each looked at over all lines before the next.
    pub(super) fn check_catalogue(
        &self,
        terms: &OrderTerms,
        order: &Order,
        member: Option<usize>,
    ) -> Result<(), Rejection> {
        let promotion = order.campaign.map(|campaign| self.promotion_of(campaign));
        let is_box = promotion.is_some_and(|promotion| promotion.blind_box.is_some());
        let catalogue = self.plan.catalogue;
        if catalogue.is_some() && !is_box {
            let unknown = |line: &Line| line.sku.is_some() && line.article.is_none();
            if order.lines.iter().any(unknown) {
                return Err(Rejection::SkuUnknown);
            }
            if catalogue.is_some_and(|plan| plan.listed_only) && order.lines.iter().any(|l| l.sku.is_none()) {
                return Err(Rejection::SkuMissing);
            }
            for (line, term) in order.lines.iter().zip(&terms.lines) {
                let owner = self.article(line.article.as_ref()).and_then(|a| a.terms.merchant.as_ref());
                let named = term.merchant.as_ref();
                let product = self.product_of(term.sku.as_ref());
                let other = |owner: &Id| {
                    named.is_some_and(|named| named != owner)
                        || product.is_some_and(|product| product.merchant != owner.as_str())
                };
                if owner.is_some_and(other) {
                    return Err(Rejection::SkuMerchant);
                }
            }
            let others = order.lines.iter().enumerate().filter(|(place, line)| {
                let stated = terms.class_of(*place).map(Id::as_str);
                stated.is_some() && stated != line.class.as_deref()
            });
            if others.count() > 0 {
                return Err(Rejection::ClassMismatch);
            }
        }
        let lines: Vec<ScopeLine<'_>> = order.lines.iter().map(Line::for_coupons).collect();
        let discounts = self.coupon_discounts(&order.coupons, &lines, member)?;
        for (line, discount) in order.lines.iter().zip(discounts) {
            let price = match (promotion, self.article(line.article.as_ref())) {
                (Some(promotion), _) => amount_of_piece(promotion),
                (None, Some(article)) => i128::from(article.terms.price.minor()),
                (None, None) => continue,
            };
            let whole = price * i128::from(line.quantity);
            if whole > i128::from(AMOUNT_MAX) || line.amount != whole - discount {
                return Err(Rejection::PriceMismatch);
            }
        }
        if self.charge_for_freight(terms, order).is_some_and(|charge| charge != order.freight()) {
            return Err(Rejection::FreightMismatch);
        }
        self.check_quantities(order, member)?;
        let of_points = |line: &&Line| {
            self.article(line.article.as_ref()).is_some_and(|article| article.terms.points_only)
        };
        if order.lines.iter().filter(of_points).any(|line| line.cash > 0 || line.claim > 0) {
            return Err(Rejection::PointsOnly);
        }
        Ok(())
    }

    /// CAT-4, CAT-3.
    fn check_quantities(&self, order: &Order, member: Option<usize>) -> Result<(), Rejection> {
        let mut pieces: BTreeMap<&Id, i128> = BTreeMap::new();
        for line in &order.lines {
            if let Some(article) = &line.article {
                *pieces.entry(article).or_default() += i128::from(line.quantity);
            }
        }
        let over = |limit: Option<u32>, pieces: i128| limit.is_some_and(|limit| pieces > i128::from(limit));
        let limits = |article: &Id| self.skus.get(article).expect("articles are listed").terms.clone();
        if pieces.iter().any(|(article, pieces)| over(limits(article).limit_per_order, *pieces)) {
            return Err(Rejection::QuantityLimit);
        }
        let of_member = |article: &Id| member.map_or(0, |member| self.pieces_of(member, article));
        if pieces
            .iter()
            .any(|(article, pieces)| over(limits(article).limit_per_member, pieces + of_member(article)))
        {
            return Err(Rejection::QuantityLimit);
        }
        if pieces
            .iter()
            .any(|(article, pieces)| self.available(article).is_some_and(|available| *pieces > available))
        {
            return Err(Rejection::OutOfStock);
        }
        Ok(())
    }

    /// CAT-5: what freight the plan charges; none where the order states its own.
    fn charge_for_freight(&self, terms: &OrderTerms, order: &Order) -> Option<i128> {
        let has_voucher =
            order.campaign.is_some_and(|campaign| self.promotion_of(campaign).voucher_days.is_some());
        if has_voucher || order.lines.iter().all(|line| line.article.is_none()) {
            return None;
        }
        self.freight_to(terms)
    }

    /// CAT-5: the freight of an order of articles, in a plan with `[freight]`.
    pub(crate) fn freight_to(&self, terms: &OrderTerms) -> Option<i128> {
        let plan = self.plan.freight.as_ref()?;
        if let Some(address) = terms.ship_to.map(crate::command::Region::code) {
            for code in [address, address / 100 * 100, address / 10_000 * 10_000] {
                if let Some((_, amount)) = plan.regions.iter().find(|(region, _)| region.code() == code) {
                    return Some(i128::from(amount.minor()));
                }
            }
        }
        let goods: i128 = terms.lines.iter().map(|line| i128::from(line.amount.minor())).sum();
        let free = plan.free_above.is_some_and(|above| goods >= i128::from(above.minor()));
        Some(if free { 0 } else { i128::from(plan.base.minor()) })
    }

    /// Stock never goes below zero (CAT-3).
    pub(super) fn audit_stock(&self, problems: &mut Vec<String>) {
        let gone = self.gone();
        for (id, sku) in &self.skus {
            let gone = gone.get(id).copied().unwrap_or_default();
            if sku.available(gone).is_some_and(|available| available < 0) || gone.held < 0 || gone.out < 0 {
                problems.push(format!("stock of {id}: {gone:?} of {:?} + {}", sku.terms.stock, sku.added));
            }
        }
    }

    pub(super) fn stock_numbers(&self, put: &mut impl FnMut(String, i128)) {
        let gone = self.gone();
        for (id, sku) in &self.skus {
            let gone = gone.get(id).copied().unwrap_or_default();
            put(format!("sku.{id}.available"), sku.available(gone).unwrap_or(0));
            put(format!("sku.{id}.held"), gone.held);
            put(format!("sku.{id}.out"), gone.out);
        }
    }

    /// Articles named by a plan's boxes, for the random programs.
    pub(crate) fn box_items(&self) -> BTreeSet<String> {
        let boxes = self.plan.promotions.iter().filter_map(|promotion| promotion.blind_box.as_ref());
        boxes.flat_map(|plan| &plan.items).map(|item| item.sku.clone()).collect()
    }
}

impl Sku {
    fn available(&self, gone: Gone) -> Option<i128> {
        self.terms.stock.map(|stock| i128::from(stock) + self.added - gone.held - gone.out)
    }
}

fn check_price(price: Money, cost: Option<Money>) -> Result<(), Rejection> {
    if price.minor() > AMOUNT_MAX || cost.is_some_and(|cost| cost.minor() > AMOUNT_MAX) {
        return Err(Rejection::LimitReached);
    }
    if price.is_zero() { Err(Rejection::AmountNotPositive) } else { Ok(()) }
}

/// What a discount takes off a sum, rounded down and at most all of it (COUPON-3).
pub(super) fn discount_of(discount: Discount, sum: i128) -> i128 {
    match discount {
        Discount::Fixed(money) => i128::from(money.minor()).min(sum),
        Discount::Rate(rate) => floor_part(rate, sum),
    }
}
