//! Articles, stock and freight (CAT-1 to CAT-6).

use std::collections::BTreeMap;

use crate::amount::{AMOUNT_MAX, Money};
use crate::catalogue::{OrderPrice, freight};
use crate::command::{OrderTerms, SkuTerms};
use crate::coupon::discounts;
use crate::engine::Engine;
use crate::event::{Event, SkuListed};
use crate::id::{Id, LineNo, MerchantNo, OrderNo, SkuNo};
use crate::keys::KeyKind;
use crate::order::OrderState;
use crate::rejection::Rejection;

use super::product::ListedLine;
use super::purchase::line_parts;

/// A line of an order that orders an article.
#[derive(Clone, Copy)]
pub(crate) struct ArticleLine {
    pub(crate) sku: SkuNo,
    pub(crate) quantity: u32,
    pub(crate) merchant: Option<MerchantNo>,
    /// What all its pieces cost; more than any amount is as good as the largest.
    pub(crate) cost: Option<Money>,
    pub(crate) zone: Option<u16>,
    pub(crate) class: Option<u16>,
}

/// What a campaign changes of the price of its orders.
#[derive(Clone, Copy, Default)]
pub(crate) struct Offer {
    /// The promotion's price of a piece instead of the article's.
    pub(crate) price: Option<Money>,
    /// The line names something that is no article.
    pub(crate) no_article: bool,
    /// Freight is as the order states it (CAT-5).
    pub(crate) own_freight: bool,
}

impl Engine {
    // ── commands ──

    /// `sku.list`. Refuses: limit_reached, amount_not_positive, zone_unknown, class_unknown, no_catalogue, sku_exists.
    pub(crate) fn list_sku(&mut self, sku: &Id, terms: &SkuTerms) -> Result<(), Rejection> {
        let number = SkuNo::at(self.state.catalogue.skus().len()).ok_or(Rejection::LimitReached)?;
        check_price(terms.price, terms.cost)?;
        if MerchantNo::at(self.state.merchants.len()).is_none() {
            return Err(Rejection::LimitReached);
        }
        let zone = terms.zone.as_ref().map(|zone| self.find_zone(zone).ok_or(Rejection::ZoneUnknown));
        let zone = zone.transpose()?;
        let class = terms.class.as_ref().map(|class| self.find_class(class).ok_or(Rejection::ClassUnknown));
        let class = class.transpose()?;
        self.check_catalogue()?;
        if self.find(KeyKind::Sku, sku.as_str()).is_some() {
            return Err(Rejection::SkuExists);
        }
        let merchant = terms.merchant.as_ref().map(|merchant| self.merchant_or_register(Some(merchant)));
        self.commit(Event::SkuListed(Box::new(SkuListed {
            sku: number,
            id: sku.clone(),
            product: terms.product.clone(),
            merchant,
            price: terms.price,
            cost: terms.cost,
            zone,
            class,
            stock: terms.stock,
            limit_per_order: terms.limit_per_order,
            limit_per_member: terms.limit_per_member,
            points_only: terms.points_only,
        })));
        Ok(())
    }

    /// `sku.price`. Refuses: limit_reached, amount_not_positive, no_catalogue, sku_unknown.
    pub(crate) fn price_sku(&mut self, sku: &Id, price: Money, cost: Option<Money>) -> Result<(), Rejection> {
        check_price(price, cost)?;
        self.check_catalogue()?;
        let sku = self.listed_sku(sku).ok_or(Rejection::SkuUnknown)?;
        self.commit(Event::SkuPriced { sku, price, cost });
        Ok(())
    }

    /// `sku.delist`. Refuses: no_catalogue, sku_unknown.
    pub(crate) fn delist_sku(&mut self, sku: &Id) -> Result<(), Rejection> {
        self.check_catalogue()?;
        let sku = self.listed_sku(sku).ok_or(Rejection::SkuUnknown)?;
        self.commit(Event::SkuDelisted { sku });
        Ok(())
    }

    /// `stock.add`. Refuses: amount_not_positive, no_catalogue, sku_unknown.
    pub(crate) fn add_stock(&mut self, sku: &Id, quantity: u32) -> Result<(), Rejection> {
        let (sku, _) = self.stocked(sku, quantity)?;
        self.commit(Event::StockAdded { sku, quantity });
        Ok(())
    }

    /// `stock.remove`. Refuses: amount_not_positive, no_catalogue, sku_unknown, out_of_stock.
    pub(crate) fn remove_stock(&mut self, sku: &Id, quantity: u32) -> Result<(), Rejection> {
        let (sku, available) = self.stocked(sku, quantity)?;
        if u64::from(quantity) > available {
            return Err(Rejection::OutOfStock);
        }
        self.commit(Event::StockRemoved { sku, quantity });
        Ok(())
    }

    fn check_catalogue(&self) -> Result<(), Rejection> {
        if self.plan.catalogue.is_some() { Ok(()) } else { Err(Rejection::NoCatalogue) }
    }

    /// The listed article with stock of this id, and how many are available.
    fn stocked(&self, sku: &Id, quantity: u32) -> Result<(SkuNo, u64), Rejection> {
        if quantity == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        self.check_catalogue()?;
        let sku = self.listed_sku(sku).ok_or(Rejection::SkuUnknown)?;
        let available = self.state.catalogue.sku(sku).stock.available();
        Ok((sku, available.ok_or(Rejection::SkuUnknown)?))
    }

    // ── orders ──

    /// For each line the listed article it orders, if any; empty in a plan without a catalogue. Refuses:
    /// amount_not_positive (a line of no pieces).
    #[inline]
    pub(crate) fn article_lines(&self, terms: &OrderTerms) -> Result<Vec<Option<ArticleLine>>, Rejection> {
        if self.plan.catalogue.is_none() {
            return Ok(Vec::new());
        }
        self.articles_of(terms)
    }

    fn articles_of(&self, terms: &OrderTerms) -> Result<Vec<Option<ArticleLine>>, Rejection> {
        if terms.lines.iter().any(|line| line.quantity == Some(0)) {
            return Err(Rejection::AmountNotPositive);
        }
        if self.offer_of(terms).no_article {
            return Ok(Vec::new());
        }
        let lines = terms.lines.iter().map(|line| {
            let sku = self.listed_sku(line.sku.as_ref()?)?;
            let (article, quantity) = (self.state.catalogue.sku(sku), line.quantity.unwrap_or(1));
            let cost = article.cost.map(|cost| {
                let all = cost.as_u128().saturating_mul(u128::from(quantity));
                Money::from_wide(all).unwrap_or(Money::MAX)
            });
            let (merchant, zone, class) = (article.merchant, article.zone, article.class);
            Some(ArticleLine { sku, quantity, merchant, cost, zone, class })
        });
        Ok(lines.collect())
    }

    /// What the catalogue refuses of an order: sku_unknown, sku_missing, sku_merchant, class_mismatch, coupon_unknown, coupon_state,
    /// coupon_scope, price_mismatch, freight_mismatch, quantity_limit, out_of_stock, points_only.
    pub(crate) fn check_articles(
        &self,
        terms: &OrderTerms,
        offer: Offer,
        (listed, articles): (&[Option<ListedLine>], &[Option<ArticleLine>]),
    ) -> Result<(), Rejection> {
        if !offer.no_article {
            self.check_named(terms, listed, articles)?;
        }
        let price = self.price_lines(terms, offer, (listed, articles))?;
        if terms.lines.iter().zip(&price.amounts).any(|(line, amount)| line.amount != *amount) {
            return Err(Rejection::PriceMismatch);
        }
        if terms.freight != price.freight {
            return Err(Rejection::FreightMismatch);
        }
        self.check_pieces(terms, articles)?;
        let points_only = |article: &Option<ArticleLine>| {
            article.is_some_and(|article| self.state.catalogue.sku(article.sku).points_only)
        };
        if articles.iter().any(points_only) {
            let mut parts =
                articles.iter().zip(line_parts(terms)).filter(|(article, _)| points_only(article));
            if parts.any(|(_, parts)| !parts.cash.is_zero() || !parts.claim.is_zero()) {
                return Err(Rejection::PointsOnly);
            }
        }
        Ok(())
    }

    /// CAT-1a, CAT-7: which articles lines name, whose they are, and of which class.
    fn check_named(
        &self,
        terms: &OrderTerms,
        listed: &[Option<ListedLine>],
        articles: &[Option<ArticleLine>],
    ) -> Result<(), Rejection> {
        let Some(plan) = self.plan.catalogue else { return Ok(()) };
        let lines = || terms.lines.iter().zip(articles);
        if lines().any(|(line, article)| line.sku.is_some() && article.is_none()) {
            return Err(Rejection::SkuUnknown);
        }
        if plan.listed_only && terms.lines.iter().any(|line| line.sku.is_none()) {
            return Err(Rejection::SkuMissing);
        }
        for (at, (line, article)) in lines().enumerate() {
            let Some(merchant) = article.and_then(|article| article.merchant) else { continue };
            let names = line.merchant.as_ref();
            let another = names.is_some_and(|name| self.state.merchant_numbers.get(name) != Some(&merchant));
            let product = listed.get(at).copied().flatten();
            if another || product.is_some_and(|product| product.merchant != merchant) {
                return Err(Rejection::SkuMerchant);
            }
        }
        for (at, article) in articles.iter().enumerate() {
            let (stated, class) = (terms.class_of(at), article.and_then(|article| article.class));
            if class.is_some() && stated.is_some_and(|stated| self.find_class(stated) != class) {
                return Err(Rejection::ClassMismatch);
            }
        }
        Ok(())
    }

    /// CAT-4, CAT-3: refuses quantity_limit, out_of_stock.
    fn check_pieces(&self, terms: &OrderTerms, articles: &[Option<ArticleLine>]) -> Result<(), Rejection> {
        let mut asked: BTreeMap<SkuNo, u64> = BTreeMap::new();
        for article in articles.iter().flatten() {
            *asked.entry(article.sku).or_insert(0) += u64::from(article.quantity);
        }
        let above = |limit: Option<u32>, pieces: u64| limit.is_some_and(|limit| pieces > u64::from(limit));
        let catalogue = &self.state.catalogue;
        if asked.iter().any(|(sku, pieces)| above(catalogue.sku(*sku).limit_per_order, *pieces)) {
            return Err(Rejection::QuantityLimit);
        }
        let buyer = self.state.named_member(terms.member.as_str());
        let with_earlier = |(sku, pieces): (&SkuNo, &u64)| {
            let earlier = buyer.map_or(0, |buyer| catalogue.bought(buyer, *sku));
            above(catalogue.sku(*sku).limit_per_member, earlier + pieces)
        };
        if asked.iter().any(with_earlier) {
            return Err(Rejection::QuantityLimit);
        }
        let available = |sku: SkuNo| catalogue.sku(sku).stock.available();
        if asked.iter().any(|(sku, pieces)| available(*sku).is_some_and(|available| *pieces > available)) {
            return Err(Rejection::OutOfStock);
        }
        Ok(())
    }

    /// CAT-2, CAT-5: what lines and freight come to. Refuses: coupon_unknown, coupon_state, coupon_scope, price_mismatch (a
    /// line above all amounts).
    fn price_lines(
        &self,
        terms: &OrderTerms,
        offer: Offer,
        (listed, articles): (&[Option<ListedLine>], &[Option<ArticleLine>]),
    ) -> Result<OrderPrice, Rejection> {
        let gross = |at: usize, quantity: u32| -> Option<u128> {
            let article = articles.get(at).copied().flatten().map(|article| article.sku);
            let price = article.map(|sku| self.state.catalogue.sku(sku).price);
            // At most 2⁶³ times 2³²: fits.
            Some(offer.price.or(price)?.as_u128() * u128::from(quantity))
        };
        let lines = terms.lines.iter().enumerate();
        let gross: Vec<Option<u128>> =
            lines.map(|(at, line)| gross(at, line.quantity.unwrap_or(1))).collect();
        let coupons = self.coupons_of(terms)?;
        let mut scopes = Vec::with_capacity(coupons.len());
        for coupon in &coupons {
            let worth = gross.iter().enumerate().map(|(at, gross)| {
                gross.filter(|_| self.in_scope(coupon, terms, at, (listed, articles))).unwrap_or(0)
            });
            let worth: Vec<u128> = worth.collect();
            // At most ORDER_LINES_MAX times 2⁹⁵: fits.
            let sum: u128 = worth.iter().sum();
            if sum == 0 || sum < coupon.minimum.as_u128() || (coupons.len() > 1 && !coupon.stackable) {
                return Err(Rejection::CouponScope);
            }
            scopes.push(worth);
        }
        let most = u128::from(AMOUNT_MAX.unsigned_abs());
        let amount = |gross: u128| Money::from_wide(gross).filter(|_| gross <= most);
        let mut amounts = Vec::with_capacity(terms.lines.len());
        for (line, gross) in terms.lines.iter().zip(&gross) {
            amounts.push(match gross {
                Some(gross) => amount(*gross).ok_or(Rejection::PriceMismatch)?,
                None => line.amount,
            });
        }
        let before = amounts.iter().fold(Money::ZERO, |sum, amount| sum.add_within_limit(*amount));
        for (coupon, scope) in coupons.iter().zip(scopes) {
            let scope: Vec<Money> =
                scope.into_iter().map(|gross| amount(gross).unwrap_or(Money::ZERO)).collect();
            for (amount, off) in amounts.iter_mut().zip(discounts(coupon.off, &scope)) {
                *amount = amount.saturating_sub(off);
            }
        }
        let goods = amounts.iter().fold(Money::ZERO, |sum, amount| sum.add_within_limit(*amount));
        let plan = self.plan.freight.as_ref().filter(|_| !offer.own_freight);
        let freight = match plan.filter(|_| articles.iter().any(Option::is_some)) {
            Some(plan) => freight(plan, terms.ship_to, goods),
            None => terms.freight,
        };
        Ok(OrderPrice { amounts, goods, discount: before.saturating_sub(goods), freight })
    }

    /// What an order would have to state: the amounts of its lines and the freight (CAT-2, CAT-5). What the lines state as
    /// amounts is looked at only where they name no article. Refuses: amount_not_positive (no pieces), sku_unknown,
    /// sku_missing, sku_merchant, class_mismatch, coupon_unknown, coupon_state, coupon_scope, price_mismatch (a line above all amounts).
    pub fn price_order(&self, terms: &OrderTerms) -> Result<OrderPrice, Rejection> {
        let (listed, articles) = (self.listed_lines(terms), self.article_lines(terms)?);
        let offer = self.offer_of(terms);
        if !offer.no_article {
            self.check_named(terms, &listed, &articles)?;
        }
        self.price_lines(terms, offer, (&listed, &articles))
    }

    /// A line was added that orders an article: its pieces are held (CAT-3).
    #[inline]
    pub(crate) fn keep_article(&mut self, line: LineNo, article: Option<ArticleLine>) {
        let Some(ArticleLine { sku, quantity, .. }) = article else { return };
        self.commit(Event::SkuOrdered { line, sku, quantity });
    }

    /// CAT-3: what the order holds leaves with it.
    pub(crate) fn goods_leave(&mut self, order: OrderNo) {
        let mut lines = self.state.orders.order(order).line_numbers();
        let held = |line| self.state.catalogue.pieces(line).is_some_and(|pieces| pieces.held() > 0);
        if lines.any(held) {
            self.commit(Event::GoodsDispatched { order });
        }
    }

    /// CAT-3, CAT-4: lines of which nothing is left, `all` of a closed order, give back what they still hold.
    pub(crate) fn free_goods(&mut self, order: OrderNo, all: bool) {
        for line in self.state.orders.order(order).line_numbers() {
            let pieces = self.state.catalogue.pieces(line).map_or(0, |pieces| pieces.held());
            if pieces > 0 && (all || self.amount_left(line).is_zero()) {
                self.commit(Event::StockReleased { line, pieces });
            }
        }
    }

    /// ORDER-8: pieces of a line were refunded: those that are held return by themselves, those that have left if they came back
    /// with the refund.
    pub(crate) fn pieces_refunded(&mut self, line: LineNo, pieces: u32, restock: bool) {
        let Some(known) = self.state.catalogue.pieces(line) else { return };
        if known.left && restock {
            self.commit(Event::GoodsReturned { line, pieces });
        }
        let freed = known.held().min(pieces);
        if freed > 0 {
            self.commit(Event::StockReleased { line, pieces: freed });
        }
    }

    /// ORDER-8: whether so many pieces of a line can come back. Refuses: no_article, pieces_exceeded.
    pub(crate) fn check_comes_back(&self, line: LineNo, pieces: u32) -> Result<(), Rejection> {
        let known = self.state.catalogue.pieces(line).ok_or(Rejection::NoArticle)?;
        if pieces > known.out() { Err(Rejection::PiecesExceeded) } else { Ok(()) }
    }

    /// `goods.return`. Refuses: order_unknown, line_unknown, amount_not_positive, no_article, pieces_exceeded.
    pub(crate) fn return_goods(&mut self, order: &Id, line: &Id, pieces: u32) -> Result<(), Rejection> {
        let order = self.named_order(order.as_str()).ok_or(Rejection::OrderUnknown)?;
        let line = self.state.orders.find_line(order, line).ok_or(Rejection::LineUnknown)?;
        if pieces == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        self.check_comes_back(line, pieces)?;
        self.commit(Event::GoodsReturned { line, pieces });
        Ok(())
    }

    /// CAT-3a: an unpaid order, or the rest of a presale, was not paid in time.
    pub(crate) fn payment_timed_out(&mut self, order: OrderNo) {
        assert!(
            self.state.orders.order(order).state == OrderState::Placed,
            "payment and closing take the timer back"
        );
        self.commit(Event::OrderClosed { order });
        self.mall_closed(order);
    }
}

/// Refuses: limit_reached, amount_not_positive.
fn check_price(price: Money, cost: Option<Money>) -> Result<(), Rejection> {
    if price.max(cost.unwrap_or(Money::ZERO)).minor() > AMOUNT_MAX {
        return Err(Rejection::LimitReached);
    }
    if price.is_zero() { Err(Rejection::AmountNotPositive) } else { Ok(()) }
}
