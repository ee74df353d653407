//! Orders of the naive model: placing, paying, settling, refunding (ORDER-1 … ORDER-7).

use std::collections::BTreeSet;

use super::arithmetic::{floor_part, floor_ratio, floor_share, floor_value, split_by_weights, wide};
use super::campaigns::VoucherState;
use super::commission::Laid;
use super::coupons::ScopeLine;
use super::debts::{Balance, Who};
use super::draws::BlindBox;
use super::relist::Goods;
use super::timers::Alarm;
use super::wind_down::WindDown;
use super::{Due, Naive};
use crate::command::{OrderLine, OrderTerms, RefundLine, RefundSize, Region};
use crate::hash::Hash32;
use crate::id::Id;
use crate::plan::{Excludes, ExitOf, ItemPlan, Split};
use crate::rejection::Rejection;
use crate::time::DAY_US;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderState {
    Placed,
    Paid,
    Shipped,
    Received,
    Settled,
    Closed,
    Refunded,
}

impl OrderState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            OrderState::Placed => "placed",
            OrderState::Paid => "paid",
            OrderState::Shipped => "shipped",
            OrderState::Received => "received",
            OrderState::Settled => "settled",
            OrderState::Closed => "closed",
            OrderState::Refunded => "refunded",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: Id,
    pub(crate) member: usize,
    pub(crate) state: OrderState,
    pub(crate) lines: Vec<Line>,
    freight: i128,
    tax: i128,
    /// What of them went back (ORDER-8).
    freight_back: i128,
    tax_back: i128,
    /// Amounts refunded by pieces.
    by_pieces: i128,
    /// What of the tender is asked of the re-consumption wallet, of loyalty points and of a claim.
    reconsume: i128,
    loyalty: i128,
    claim: i128,
    /// Of its buyer when it was paid, counted from 1 (LOY-5d).
    pub(super) loyalty_tier: usize,
    ship_to: Option<Region>,
    /// COMM-0: recorded at payment.
    pub(super) laid: Laid,
    /// Place in the plan (SOURCE-1).
    pub(super) source: Option<usize>,
    /// When it was placed (AMEND-3).
    pub(super) version: usize,
    pub(crate) coupons: Vec<Id>,
    pub(crate) campaign: Option<usize>,
    /// The group it is to join, and the one it is in.
    pub(super) joins: Option<Id>,
    pub(crate) group: Option<usize>,
    pub(super) code_hash: Option<Hash32>,
    /// PROMO-4, for orders of campaigns.
    pub(super) decided: bool,
    /// PROMO-3: its pieces are the campaign's again.
    pub(super) gave_back: bool,
    /// Paid of a presale that is placed.
    pub(crate) deposit: i128,
    pub(crate) voucher: Option<VoucherState>,
    pub(crate) blind_box: Option<BlindBox>,
    pub(super) drawn_item: Option<ItemPlan>,
    pub(crate) goods: Option<Goods>,
    /// The rate's bonus that its group's leader keeps (GROUP-4).
    pub(super) leader_bonus: i128,
    /// Its shares left the lots of value units of their day (EMIT-1b).
    pub(super) value_separated: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) id: Id,
    /// Outside id; the unnamed supplier is `""`. That of the product, if the line buys one.
    pub(super) merchant: String,
    pub(crate) amount: i128,
    /// The line's base (ORDER-2).
    pub(super) cash: i128,
    reconsume: i128,
    loyalty: i128,
    pub(super) claim: i128,
    /// What it names, and the article it buys (CAT-1a).
    pub(super) sku: Option<Id>,
    pub(super) article: Option<Id>,
    pub(crate) quantity: u32,
    /// Shipped or received (CAT-3).
    pub(super) left: bool,
    /// Pieces refunded as such (ORDER-8).
    pub(crate) pieces_refunded: u32,
    /// Pieces of its article that are in stock again.
    pub(crate) back: u32,
    /// Of the order.
    source: Option<usize>,
    pub(super) version: usize,
    /// LOY-1, LOY-4.
    pub(super) loyalty_earned: i128,
    pub(super) loyalty_due_back: i128,
    /// The day on which it counts for tiers and months, and its base then (LOY-5d).
    pub(super) loyalty_day: Option<i64>,
    /// WIND-2b: what of its contribution went to the buyer.
    pub(super) to_buyer: i128,
    stated_cost: Option<i128>,
    stated_contribution: Option<i128>,
    /// Everything of the amount that was refunded.
    pub(crate) refunded: i128,
    pub(super) settled: Option<SettledLine>,
    /// Contribution that waits for a midnight.
    pub(super) waiting: i128,
    /// CAT-7.
    pub(crate) class: Option<String>,
    /// REL-1.
    pub(super) zone_multiple: u128,
    pub(super) release_lot: Option<usize>,
    /// MERCH-4.
    pub(super) product: Option<Bought>,
    pub(super) reserved_at_payment: u128,
    /// What of it is reserved now.
    pub(crate) reserved: u128,
}

/// A listed product in a line, as it was listed when the terms were taken (MERCH-4a).
#[derive(Clone, Debug)]
pub(super) struct Bought {
    /// MERCH-4a: for the whole quantity, as far as it is paid in cash.
    pub(super) award: u128,
}

#[derive(Clone, Debug)]
pub(super) struct SettledLine {
    at: i64,
    /// The local day.
    day: i64,
    base: i128,
    /// Contribution that minted so far, and the points it minted.
    contributed: i128,
    pub(super) minted: u128,
    /// Σ t of late refunds (ORDER-6a).
    pub(super) clawback_total: u128,
    /// Returned out of the pool by late refunds so far.
    returned: i128,
    /// What it added to caps, in the order of adding.
    pub(super) counted: Vec<Counted>,
}

/// What a line added to a cycle, less what refunds took back of it (POOL-13).
#[derive(Clone, Debug)]
pub(super) struct Counted {
    cycle: u64,
    cap_base: i128,
    pub(super) earned: u128,
}

impl Line {
    /// Whether stock of it is kept.
    pub(crate) fn sells_an_article(&self) -> bool {
        self.article.is_some()
    }

    /// Outside id of who sells it; `""` for the unnamed supplier.
    pub(crate) fn seller(&self) -> &str {
        &self.merchant
    }

    /// ORDER-2c: what is left of the cash part after refunds.
    pub(super) fn base(&self) -> i128 {
        self.cash - floor_share(self.cash, self.refunded, self.amount)
    }

    /// ORDER-8: what so many more pieces are worth: the first k together floor(amount · k / quantity), at most what is left.
    fn worth(&self, pieces: u32) -> i128 {
        let of = i128::from(self.quantity.max(1));
        let first = |k: i128| floor_share(self.amount, k.min(of), of);
        let refunded = i128::from(self.pieces_refunded);
        (first(refunded + i128::from(pieces)) - first(refunded)).min(self.amount - self.refunded)
    }

    /// ORDER-8: at most what has left and is not back.
    fn can_come_back(&self, pieces: u32) -> Result<(), Rejection> {
        if self.article.is_none() {
            return Err(Rejection::NoArticle);
        }
        if !self.left || pieces > self.quantity - self.back {
            return Err(Rejection::PiecesExceeded);
        }
        Ok(())
    }

    pub(super) fn for_coupons(&self) -> ScopeLine<'_> {
        ScopeLine { article: self.article.as_ref(), quantity: self.quantity, merchant: &self.merchant }
    }

    /// ORDER-2c: what is left of the parts in re-consumption money, loyalty points and a claim.
    fn reconsume_left(&self) -> i128 {
        self.reconsume - floor_share(self.reconsume, self.refunded, self.amount)
    }

    fn loyalty_left(&self) -> i128 {
        self.loyalty - floor_share(self.loyalty, self.refunded, self.amount)
    }

    fn claim_left(&self) -> i128 {
        self.claim - floor_share(self.claim, self.refunded, self.amount)
    }

    /// What is left that is shared like re-consumption money (ORDER-3a, LOY-3). A claim brings no money (CLAIM-1a).
    fn other_part(&self) -> i128 {
        self.reconsume_left() + self.loyalty_left()
    }
}

/// What a refund asks of one line (ORDER-8).
#[derive(Clone, Copy, Debug)]
struct Part {
    position: usize,
    amount: i128,
    pieces: Option<u32>,
    restock: bool,
}

impl Order {
    fn all_that_is_left(&self) -> Vec<Part> {
        let lines = self.lines.iter().enumerate();
        let parts = lines.map(|(position, line)| (position, line.amount - line.refunded));
        parts
            .filter(|(_, left)| *left > 0)
            .map(|(position, amount)| Part { position, amount, pieces: None, restock: false })
            .collect()
    }

    /// Of the lines that buy a product: merchant and award.
    fn products(&self) -> Vec<(String, u128)> {
        let of = |line: &Line| Some((line.merchant.clone(), line.product.as_ref()?.award));
        self.lines.iter().filter_map(of).collect()
    }

    /// Not refunded yet (ORDER-8).
    pub(crate) fn freight_and_tax_left(&self) -> (i128, i128) {
        (self.freight - self.freight_back, self.tax - self.tax_back)
    }

    pub(super) fn freight(&self) -> i128 {
        self.freight
    }

    pub(super) fn is_all_cash(&self) -> bool {
        self.reconsume == 0 && self.loyalty == 0 && self.claim == 0
    }

    /// Pieces of all its lines.
    pub(super) fn pieces(&self) -> i128 {
        self.lines.iter().map(|line| i128::from(line.quantity)).sum()
    }

    pub(super) fn was_settled(&self) -> bool {
        self.lines.iter().any(|line| line.settled.is_some())
    }

    /// The local days on which lines settled, each with what is left of its base (RANK-1).
    pub(super) fn settled_bases(&self) -> impl Iterator<Item = (i64, i128)> {
        self.lines.iter().filter_map(|line| Some((line.settled.as_ref()?.day, line.base())))
    }

    /// What of this order lies in escrow, without the mint queue.
    pub(super) fn money_in_escrow(&self) -> i128 {
        match self.state {
            OrderState::Placed => self.deposit,
            OrderState::Closed | OrderState::Refunded => 0,
            OrderState::Paid | OrderState::Shipped | OrderState::Received => {
                let goods: i128 = self.lines.iter().map(|line| line.base() + line.other_part()).sum();
                goods + self.freight - self.freight_back + self.tax - self.tax_back
            }
            OrderState::Settled => self.lines.iter().map(|line| line.waiting).sum(),
        }
    }
}

/// Where the money of one line goes. The parts sum to the line's remaining base and other part.
pub(super) struct Legs {
    /// The cost, and the cost share of what was not paid in cash.
    merchant: i128,
    pool: i128,
    pub(super) commission: i128,
    funds: Vec<i128>,
    /// All the rest.
    platform: i128,
}

impl Naive {
    pub(super) fn place(&mut self, order: &Id, terms: &OrderTerms) -> Result<(), Rejection> {
        self.not_winding_down()?;
        let order = self.check_terms(order, terms, false)?;
        self.check_merchants(&order)?;
        let number = self.add_order(order, terms);
        self.hold_order(number);
        Ok(())
    }

    pub(super) fn pay(&mut self, id: &Id, terms: Option<&OrderTerms>) -> Result<(), Rejection> {
        self.not_winding_down()?;
        if !self.findings.is_empty() {
            return Err(Rejection::AdmissionSuspended);
        }
        let (number, needed) = match terms {
            Some(terms) => {
                let order = self.check_terms(id, terms, true)?;
                self.check_merchants(&order)?;
                if order.campaign.is_some_and(|campaign| self.promotion_of(campaign).presale.is_some()) {
                    let number = self.add_order(order, terms);
                    self.pay_deposit(number);
                    return Ok(());
                }
                let needed = self.emission_needed(&order.products())?;
                (self.add_order(order, terms), needed)
            }
            None => {
                let number = *self.order_numbers.get(id).ok_or(Rejection::OrderTermsMissing)?;
                if self.orders[number].state != OrderState::Placed {
                    return Err(Rejection::OrderState);
                }
                let is_presale = self.is_presale(number);
                if is_presale && self.orders[number].deposit == 0 {
                    self.check_deposit(number)?;
                    self.pay_deposit(number);
                    return Ok(());
                }
                let order = &self.orders[number];
                self.check_tender(Some(order.member), order)?;
                if is_presale {
                    self.check_balance(number)?;
                } else {
                    self.check_campaign_again(number)?;
                }
                self.check_merchants(order)?;
                let products = order.products();
                (number, self.emission_needed(&products)?)
            }
        };
        let of_products = (0..self.orders[number].lines.len())
            .filter(|position| self.orders[number].lines[*position].product.is_some());
        for (position, points) in of_products.collect::<Vec<_>>().into_iter().zip(needed) {
            self.reserve_emission(number, position, points);
        }
        // COMM-0: after the reservation nothing changes who earns.
        let excluded = self.excludes(&self.orders[number]).commission;
        let mut laid = if excluded {
            Laid::default()
        } else {
            self.record_entitlements(self.orders[number].member, self.orders[number].ship_to)
        };
        laid.chain = self.take_place(number);
        self.cancel_alarm(Alarm::Payment { order: number });
        let order = &mut self.orders[number];
        order.laid = laid;
        order.state = OrderState::Paid;
        let cash: i128 = order.lines.iter().map(|line| line.cash).sum();
        let deposit = std::mem::take(&mut order.deposit);
        let member = &mut self.members[order.member];
        member.reconsume -= order.reconsume;
        member.claim -= order.claim;
        member.spent += cash - deposit;
        self.bank += cash - deposit + order.freight + order.tax;
        self.escrow += cash - deposit + order.reconsume + order.loyalty + order.freight + order.tax;
        let (member, loyalty) = (order.member, order.loyalty);
        self.orders[number].loyalty_tier = self.loyalty_tier_for(number);
        self.spend_loyalty(member, loyalty);
        self.campaign_paid(number);
        Ok(())
    }

    /// Refusals of new terms, in order of precedence.
    fn check_terms(&self, id: &Id, terms: &OrderTerms, pays: bool) -> Result<Order, Rejection> {
        if self.order_numbers.contains_key(id) {
            return Err(Rejection::OrderExists);
        }
        let ids: BTreeSet<&Id> = terms.lines.iter().map(|line| &line.line).collect();
        if ids.len() != terms.lines.len() {
            return Err(Rejection::LineRepeated);
        }
        let has_catalogue = self.plan.catalogue.is_some();
        let none = |line: &OrderLine| line.amount.is_zero() || (has_catalogue && line.quantity == Some(0));
        if terms.lines.iter().any(none) {
            return Err(Rejection::AmountNotPositive);
        }
        let amounts: Vec<i128> = terms.lines.iter().map(|line| i128::from(line.amount.minor())).collect();
        let goods: i128 = amounts.iter().sum();
        let (cash, reconsume, loyalty, claim) = match &terms.tender {
            None => (goods, 0, 0, 0),
            Some(tender) => (
                i128::from(tender.cash.minor()),
                i128::from(tender.reconsume.minor()),
                i128::from(tender.loyalty.minor()),
                i128::from(tender.claim.minor()),
            ),
        };
        // Without a tender that adds up there is no base that a line could exceed.
        let adds_up = cash + reconsume + loyalty + claim == goods;
        // ORDER-2b, LOY-3: cash over the amounts, re-consumption and then loyalty points over what is lacking, the claim is the
        // rest.
        let lacking = |of: &[i128], parts: &[i128]| -> Vec<i128> {
            of.iter().zip(parts).map(|(amount, part)| (amount - part).max(0)).collect()
        };
        let cash_parts = split_by_weights(cash, &amounts);
        let lack_cash = lacking(&amounts, &cash_parts);
        let reconsume_parts = split_by_weights(reconsume, &lack_cash);
        let lack_both = lacking(&lack_cash, &reconsume_parts);
        let loyalty_parts = split_by_weights(loyalty, &lack_both);
        let claim_parts = lacking(&lack_both, &loyalty_parts);
        let mall = terms.mall.as_deref().cloned().unwrap_or_default();
        let source = self.source_of(mall.source.as_ref());
        let is_box = self.names_box(mall.campaign.as_ref());
        let mut lines = Vec::new();
        for (position, line) in terms.lines.iter().enumerate() {
            let article = self.article(line.sku.as_ref()).filter(|_| !is_box);
            let cost = article.and_then(|article| article.terms.cost);
            lines.push(Line {
                id: line.line.clone(),
                merchant: self.merchant_of(line, is_box),
                amount: amounts[position],
                cash: cash_parts[position],
                reconsume: reconsume_parts[position],
                loyalty: loyalty_parts[position],
                claim: claim_parts[position],
                sku: line.sku.clone(),
                article: article.and(line.sku.clone()),
                quantity: line.quantity.unwrap_or(1),
                left: false,
                pieces_refunded: 0,
                back: 0,
                source: source.as_ref().ok().copied().flatten(),
                version: self.version(),
                loyalty_earned: 0,
                loyalty_due_back: 0,
                loyalty_day: None,
                to_buyer: 0,
                stated_cost: self.stated_cost(line, cash_parts[position], cost.map(|cost| cost.minor())),
                stated_contribution: line.contribution.map(|c| i128::from(c.minor())),
                refunded: 0,
                settled: None,
                waiting: 0,
                class: None,
                zone_multiple: 1,
                release_lot: None,
                product: None,
                reserved_at_payment: 0,
                reserved: 0,
            });
        }
        let stated = |line: &Line| line.stated_cost.unwrap_or(0) + line.stated_contribution.unwrap_or(0);
        if adds_up && lines.iter().any(|line| stated(line) > line.cash) {
            return Err(Rejection::LineExceedsBase);
        }
        if !adds_up {
            return Err(Rejection::TenderMismatch);
        }
        if let Some(claims) = self.plan.claims.filter(|plan| claim > floor_part(plan.share, goods)) {
            debug_assert!(claims.stages > 0);
            return Err(Rejection::ClaimShare);
        }
        let member = self.member_numbers.get(&terms.member).copied();
        let mut order = Order {
            id: id.clone(),
            // Filled in when the member is known to exist.
            member: usize::MAX,
            state: OrderState::Placed,
            lines,
            freight: i128::from(terms.freight.minor()),
            tax: i128::from(terms.tax.minor()),
            freight_back: 0,
            tax_back: 0,
            by_pieces: 0,
            reconsume,
            loyalty,
            claim,
            loyalty_tier: 0,
            ship_to: terms.ship_to,
            laid: Laid::default(),
            source: source.as_ref().ok().copied().flatten(),
            version: self.version(),
            coupons: mall.coupons,
            campaign: None,
            joins: None,
            group: None,
            code_hash: None,
            decided: false,
            gave_back: false,
            deposit: 0,
            voucher: None,
            blind_box: None,
            drawn_item: None,
            goods: None,
            leader_bonus: 0,
            value_separated: false,
        };
        if pays {
            self.check_tender(member, &order)?;
        }
        if self.plan.pool.is_none() && order.lines.iter().any(|line| line.stated_contribution.is_some()) {
            return Err(Rejection::NoPool);
        }
        Self::check_address(terms.ship_to)?;
        self.take_zones(&terms.lines, &mut order.lines)?;
        self.take_classes(terms, &mut order.lines)?;
        source?;
        self.check_campaign(terms, &mut order, member, pays)?;
        self.check_catalogue(terms, &order, member)?;
        let excludes_value = self.excludes(&order).value;
        self.take_products(&terms.lines, &mut order.lines, excludes_value)?;
        Ok(order)
    }

    /// Whether a campaign of boxes is named; its line is no line of an article (BOX-2a).
    fn names_box(&self, campaign: Option<&Id>) -> bool {
        let number = campaign.and_then(|id| self.known_campaign(id).ok());
        number.is_some_and(|number| self.promotion_of(number).blind_box.is_some())
    }

    /// SOURCE-1: place in the plan; the first if none is named.
    fn source_of(&self, named: Option<&Id>) -> Result<Option<usize>, Rejection> {
        let Some(named) = named else {
            return Ok((!self.plan.sources.is_empty()).then_some(0));
        };
        let found = self.plan.sources.iter().position(|source| source.id == named.as_str());
        found.map(Some).ok_or(Rejection::SourceUnknown)
    }

    /// SOURCE-1.
    pub(super) fn excludes(&self, order: &Order) -> Excludes {
        let sources = &self.versions[order.version].sources;
        order.source.map_or(Excludes::default(), |source| sources[source].excludes)
    }

    /// SOURCE-1: the split of an order's source, else the plan's.
    fn split_of(&self, line: &Line) -> &Split {
        let plan = &self.versions[line.version];
        let own = line.source.and_then(|source| plan.sources[source].split.as_ref());
        own.unwrap_or(&plan.split)
    }

    /// The seller of a line: that of its product, else that of its article, else the one it names.
    pub(super) fn merchant_of(&self, line: &OrderLine, is_box: bool) -> String {
        if let Some(product) = self.product_of(line.sku.as_ref()) {
            return product.merchant.clone();
        }
        let article = self.article(line.sku.as_ref()).filter(|_| !is_box);
        let owner = article.and_then(|article| article.terms.merchant.as_ref());
        owner.or(line.merchant.as_ref()).map(Id::to_string).unwrap_or_default()
    }

    /// The line's own cost, else what the concession of its product leaves of the base (MERCH-5), else the cost of its article
    /// (CAT-1a).
    fn stated_cost(&self, line: &OrderLine, base: i128, of_article: Option<i64>) -> Option<i128> {
        let own = line.cost.map(|cost| i128::from(cost.minor()));
        let quantity = i128::from(line.quantity.unwrap_or(1));
        let conceded = || {
            let concession = i128::from(self.product_of(line.sku.as_ref())?.concession?.minor());
            Some((base - concession * quantity).max(0))
        };
        own.or_else(conceded).or_else(|| Some((i128::from(of_article?) * quantity).min(base)))
    }

    /// REL-1: what an award zone multiplies by; one that the plan does not have is refused.
    pub(super) fn zone_multiple(&self, zone: Option<&Id>) -> Result<u128, Rejection> {
        let zones = self.plan.release.as_ref().map_or(&[][..], |release| &release.zones);
        let Some(zone) = zone.filter(|_| !zones.is_empty()) else {
            return Ok(1);
        };
        let known = zones.iter().find(|(name, _)| name == zone.as_str());
        Ok(u128::from(known.ok_or(Rejection::ZoneUnknown)?.1))
    }

    /// Award zones of new lines: their own, else those of their articles.
    fn take_zones(&self, terms: &[OrderLine], lines: &mut [Line]) -> Result<(), Rejection> {
        for (line, term) in lines.iter_mut().zip(terms) {
            let of_article = self.article(line.article.as_ref()).and_then(|a| a.terms.zone.as_ref());
            line.zone_multiple = self.zone_multiple(term.zone.as_ref().or(of_article))?;
        }
        Ok(())
    }

    /// Products of new lines; their refusals come after all others of the terms (merchants.md).
    fn take_products(
        &self,
        terms: &[OrderLine],
        lines: &mut [Line],
        excluded: bool,
    ) -> Result<(), Rejection> {
        for (line, term) in lines.iter_mut().zip(terms) {
            let Some(product) = self.product_of(term.sku.as_ref()) else {
                continue;
            };
            if term.merchant.as_ref().is_some_and(|named| named.as_str() != product.merchant) {
                return Err(Rejection::ProductMerchant);
            }
            let quantity = term.quantity.unwrap_or(1);
            // Rounds down: what is paid with re-consumption money earns nothing.
            let parts = [product.award, u128::from(quantity), wide(line.cash)];
            let award = if excluded { 0 } else { floor_ratio(&parts, &[wide(line.amount)]) };
            line.product = Some(Bought { award });
        }
        Ok(())
    }

    /// MERCH-4: the merchants of an order's products are approved.
    fn check_merchants(&self, order: &Order) -> Result<(), Rejection> {
        let products = order.products();
        let merchants: Vec<&str> = products.iter().map(|(merchant, _)| merchant.as_str()).collect();
        self.check_product_merchants(&merchants)
    }

    /// LOY-3: re-consumption, claim, loyalty.
    fn check_tender(&self, member: Option<usize>, order: &Order) -> Result<(), Rejection> {
        let wallet = member.map_or(0, |member| self.members[member].reconsume);
        if order.reconsume > wallet {
            return Err(Rejection::InsufficientReconsume);
        }
        if order.claim > member.map_or(0, |member| self.members[member].claim) {
            return Err(Rejection::InsufficientClaim);
        }
        if order.loyalty > member.map_or(0, |member| self.loyalty_of(member)) {
            return Err(Rejection::InsufficientLoyalty);
        }
        Ok(())
    }

    fn add_order(&mut self, mut order: Order, terms: &OrderTerms) -> usize {
        order.member = self.member_or_new(&terms.member);
        let number = self.orders.len();
        self.order_numbers.insert(order.id.clone(), number);
        self.orders.push(order);
        number
    }

    pub(super) fn known_order(&self, id: &Id) -> Result<usize, Rejection> {
        self.order_numbers.get(id).copied().ok_or(Rejection::OrderUnknown)
    }

    fn order_in(&self, id: &Id, from: &[OrderState]) -> Result<usize, Rejection> {
        let number = self.known_order(id)?;
        if !from.contains(&self.orders[number].state) {
            return Err(Rejection::OrderState);
        }
        Ok(number)
    }

    pub(super) fn ship(&mut self, id: &Id) -> Result<(), Rejection> {
        let number = self.order_in(id, &[OrderState::Paid])?;
        self.check_departure(number)?;
        self.orders[number].state = OrderState::Shipped;
        self.goods_leave(number);
        self.cancel_alarm(Alarm::Shipment { order: number });
        Ok(())
    }

    pub(super) fn close(&mut self, id: &Id) -> Result<(), Rejection> {
        let number = self.order_in(id, &[OrderState::Placed])?;
        self.close_order(number, true);
        Ok(())
    }

    pub(super) fn receive(&mut self, id: &Id) -> Result<(), Rejection> {
        let number = self.order_in(id, &[OrderState::Paid, OrderState::Shipped])?;
        self.check_departure(number)?;
        self.do_receive(number);
        Ok(())
    }

    pub(super) fn do_receive(&mut self, number: usize) {
        self.receive_for_good(number);
        let days = i64::from(self.plan_of(number).settlement.after_sale_days);
        if days == 0 {
            self.settle(number);
        } else {
            self.schedule(self.now + days * DAY_US, Due::Settlement { order: number });
        }
    }

    /// The receipt itself.
    pub(super) fn receive_for_good(&mut self, number: usize) {
        self.goods_leave(number);
        self.orders[number].state = OrderState::Received;
        self.cancel_alarm(Alarm::Shipment { order: number });
        self.burn_reserved(number);
    }

    /// ORDER-3b, ORDER-3a, ORDER-5a: the legs of a line on what is left of it.
    pub(super) fn legs(&self, line: &Line) -> Legs {
        let split = self.split_of(line);
        let (base, other) = (line.base(), line.other_part());
        // A stated amount shrinks with the base at payment, rounded down.
        let scaled = |stated: i128| if line.cash == 0 { 0 } else { floor_share(stated, base, line.cash) };
        let cost = line.stated_cost.map_or_else(|| floor_part(split.cost, base), scaled).min(base);
        let mut left = base - cost;
        let mut pool = 0;
        if self.plan.pool.is_some() {
            let stated = line.stated_contribution.map(scaled);
            pool = stated.unwrap_or_else(|| floor_part(split.pool, base)).min(left);
        }
        left -= pool;
        let commission = floor_part(split.commission, base).min(left);
        left -= commission;
        let mut funds = Vec::new();
        for fund in &split.funds {
            let part = floor_part(fund.share, base).min(left);
            left -= part;
            funds.push(part);
        }
        let cost_of_other = floor_part(split.cost, other);
        Legs {
            merchant: cost + cost_of_other,
            pool,
            commission,
            funds,
            platform: left + other - cost_of_other,
        }
    }

    /// ORDER-7a: what of a platform leg goes to the refund reserve.
    fn reserve_part(&self, order: usize, platform: i128) -> i128 {
        floor_part(self.plan_of(order).refund.reserve_share, platform)
    }

    /// ORDER-6: a merchant's earnings are netted against what it owes.
    pub(super) fn credit_merchant(&mut self, merchant: &str, amount: i128) {
        self.income(&Who::Merchant(merchant.to_owned()), amount);
    }

    /// ORDER-4, POOL-1a.
    pub(super) fn settle(&mut self, number: usize) {
        if self.orders[number].state != OrderState::Received {
            return; // Refunded before it settled.
        }
        let limit = self.day_limit();
        self.serve_queue();
        self.orders[number].state = OrderState::Settled;
        let counts = !self.excludes(&self.orders[number]).commission;
        if counts && self.counts_volumes() {
            self.settled_today = true;
            self.needs_close();
        }
        let mut allowed = limit;
        let mut commission = 0;
        for position in 0..self.orders[number].lines.len() {
            commission += self.settle_line(number, position, &mut allowed);
        }
        self.pay_commissions(number, commission);
        self.pay_leader(number);
        let order = &self.orders[number];
        let (freight, tax) = (order.freight - order.freight_back, order.tax - order.tax_back);
        let merchant = order.lines[0].merchant.clone();
        self.escrow -= freight + tax;
        self.tax_payable += tax;
        self.credit_merchant(&merchant, freight);
        if self.waits(number) {
            self.schedule(self.next_midnight(self.now), Due::WaitingContributions { order: number });
        }
        self.subsidise(self.orders[number].member);
    }

    /// Returns the commission leg.
    fn settle_line(&mut self, number: usize, position: usize, allowed: &mut Option<i128>) -> i128 {
        let member = self.orders[number].member;
        let line = &self.orders[number].lines[position];
        let (base, other, merchant) = (line.base(), line.other_part(), line.merchant.clone());
        let legs = self.legs(line);
        // The pool leg stays in escrow until it mints.
        self.escrow -= base + other - legs.pool;
        self.credit_merchant(&merchant, legs.merchant);
        for (fund, part) in legs.funds.iter().enumerate() {
            self.income(&Who::Fund(fund), *part);
        }
        let reserve = self.reserve_part(number, legs.platform);
        self.income(&Who::Platform, legs.platform - reserve);
        self.income(&Who::Reserve, reserve);

        let day = self.local_day(self.now);
        let settled = SettledLine {
            at: self.now,
            day,
            base,
            contributed: 0,
            minted: 0,
            clawback_total: 0,
            returned: 0,
            counted: Vec::new(),
        };
        self.orders[number].lines[position].settled = Some(settled);
        let excludes = self.excludes(&self.orders[number]);
        if !excludes.commission {
            self.settled_in_period.push(base);
        }
        self.grant_release(number, position, day);
        for (member, units) in self.value_grants(number, position) {
            self.grant_value(member, units);
        }
        self.earn_loyalty(number, position);
        if self.plan.pool.is_none() {
            return legs.commission;
        }
        // POOL-13: without a mint to come, all of the base counts now.
        if (legs.pool == 0 || self.wind_down != WindDown::Not) && self.exit_of() == ExitOf::Spend {
            self.members[member].cap_base += base;
            self.count(number, position, base, 0);
        }
        if self.wind_down != WindDown::Not {
            self.corner("pool leg given to the buyer");
            self.contribution_to_buyer(number, position, legs.pool);
            // CLAIM-2c: the line may have begun a cap; in the entry of the end nobody is sold out (WIND-3).
            if self.plan.claims.is_some() && self.wind_down == WindDown::UnderWay {
                self.corner("cap begun while winding down");
                self.cascade(None);
                self.split_while_high();
            }
            return legs.commission;
        }
        self.orders[number].lines[position].waiting = legs.pool;
        self.contribute_line(number, position, allowed);
        legs.commission
    }

    fn settled_line(&mut self, number: usize, position: usize) -> &mut SettledLine {
        self.orders[number].lines[position]
            .settled
            .as_mut()
            .expect("the lines of a settled order are settled")
    }

    /// Remembers what a line adds to its member's present cycle.
    fn count(&mut self, number: usize, position: usize, cap_base: i128, earned: u128) {
        let cycle = self.members[self.orders[number].member].cycle;
        self.settled_line(number, position).counted.push(Counted { cycle, cap_base, earned });
    }

    /// POOL-13: a part of a line's contribution mints: what it adds to the cap base.
    pub(super) fn count_mint(&mut self, number: usize, position: usize, amount: i128, points: u128) -> i128 {
        let line = &self.orders[number].lines[position];
        let (base, contribution) = (line.base(), self.legs(line).pool);
        let by_spend = self.exit_of() == ExitOf::Spend;
        let settled = self.settled_line(number, position);
        settled.contributed += amount;
        settled.minted = settled.minted.saturating_add(points);
        let all =
            if by_spend { floor_share(base, settled.contributed, contribution) } else { settled.contributed };
        let before: i128 = settled.counted.iter().map(|counted| counted.cap_base).sum();
        let part = (all - before).max(0);
        if before > 0 {
            self.corner("cap base added in parts");
        }
        self.count(number, position, part, points);
        part
    }

    /// POOL-13, ORDER-6: of what a line has added, `cap_base` and `earned` are taken back: first from the present cycle,
    /// as far as the line has added to that.
    fn take_back_counted(&mut self, number: usize, position: usize, cap_base: i128, earned: u128) {
        let owner = self.orders[number].member;
        let present = self.members[owner].cycle;
        let (mut cap_base, mut earned) = (cap_base, earned);
        let settled = self.settled_line(number, position);
        let (mut cap_cut, mut earned_cut) = (0, 0);
        settled.counted.sort_by_key(|counted| counted.cycle != present);
        for counted in &mut settled.counted {
            let (cap, points) = (cap_base.min(counted.cap_base), earned.min(counted.earned));
            counted.cap_base -= cap;
            counted.earned -= points;
            (cap_base, earned) = (cap_base - cap, earned - points);
            if counted.cycle == present {
                (cap_cut, earned_cut) = (cap_cut + cap, earned_cut + points);
            }
        }
        let member = &mut self.members[owner];
        member.cap_base -= cap_cut;
        member.earned = member.earned.saturating_sub(earned_cut);
    }

    /// The contribution of one line as far as it is allowed today, then POOL-7 and POOL-9.
    fn contribute_line(&mut self, number: usize, position: usize, allowed: &mut Option<i128>) {
        let line = &mut self.orders[number].lines[position];
        let today = allowed.map_or(line.waiting, |allowed| line.waiting.min(allowed));
        line.waiting -= today;
        if let Some(allowed) = allowed {
            *allowed -= today;
        }
        if today > 0 {
            self.mint_or_queue(number, position, today);
        }
        self.cascade(None);
        self.split_while_high();
    }

    pub(super) fn waits(&self, number: usize) -> bool {
        self.orders[number].lines.iter().any(|line| line.waiting > 0)
    }

    /// POOL-11c: at midnight, what waits of one order, as much as the pool of that moment allows.
    pub(super) fn contribute_waiting(&mut self, number: usize) {
        let mut allowed = self.day_limit();
        for position in 0..self.orders[number].lines.len() {
            if self.orders[number].lines[position].waiting > 0 && allowed != Some(0) {
                self.contribute_line(number, position, &mut allowed);
            }
        }
    }

    pub(super) fn settled_at(&self, number: usize, position: usize) -> i64 {
        self.orders[number].lines[position].settled.as_ref().expect("only settled lines mint").at
    }

    pub(super) fn refund(
        &mut self,
        refund: &Id,
        order: &Id,
        lines: Option<&[RefundLine]>,
        [freight, tax]: [Option<i128>; 2],
    ) -> Result<(), Rejection> {
        let number = self.known_order(order)?;
        let order = &self.orders[number];
        if !Naive::refundable(order) {
            return Err(Rejection::OrderState);
        }
        let mut parts: Vec<Part> = Vec::new();
        match lines {
            // ORDER-8: freight or tax alone.
            None if freight.is_some() || tax.is_some() => {}
            None => parts = order.all_that_is_left(),
            Some(lines) => {
                let ids: BTreeSet<&Id> = lines.iter().map(|line| &line.line).collect();
                if ids.len() != lines.len() {
                    return Err(Rejection::LineRepeated);
                }
                for part in lines {
                    let position = order.lines.iter().position(|line| line.id == part.line);
                    let position = position.ok_or(Rejection::LineUnknown)?;
                    let (amount, pieces) = match part.size {
                        RefundSize::Amount(amount) => (i128::from(amount.minor()), None),
                        RefundSize::Pieces(pieces) => (order.lines[position].worth(pieces), Some(pieces)),
                    };
                    parts.push(Part { position, amount, pieces, restock: part.restock });
                }
                let none = |part: &Part| part.pieces.map_or(part.amount == 0, |pieces| pieces == 0);
                if parts.is_empty() || parts.iter().any(none) {
                    return Err(Rejection::AmountNotPositive);
                }
            }
        }
        if freight == Some(0) || tax == Some(0) {
            return Err(Rejection::AmountNotPositive);
        }
        if self.refunds.contains(refund) {
            return Err(Rejection::RefundExists);
        }
        let exceeds = |part: &Part| {
            let line = &order.lines[part.position];
            let pieces = i128::from(line.quantity.max(1)) - i128::from(line.pieces_refunded);
            part.amount > line.amount - line.refunded
                || part.pieces.is_some_and(|asked| i128::from(asked) > pieces)
        };
        if parts.iter().any(exceeds) {
            return Err(Rejection::RefundExceedsLine);
        }
        if freight.unwrap_or(0) > order.freight - order.freight_back
            || tax.unwrap_or(0) > order.tax - order.tax_back
        {
            return Err(Rejection::RefundExceedsFreight);
        }
        if order.state != OrderState::Paid {
            for part in parts.iter().filter(|part| part.restock) {
                order.lines[part.position].can_come_back(part.pieces.unwrap_or(0))?;
            }
        }
        // PROMO-4b.
        let left: i128 = order.lines.iter().map(|line| line.amount - line.refunded).sum();
        let whole = parts.iter().map(|part| part.amount).sum::<i128>() == left;
        self.check_campaign_refund(number, whole)?;

        self.refunds.insert(refund.clone());
        let by_pieces = parts.iter().any(|part| part.pieces.is_some());
        self.do_refund(number, parts, [freight.unwrap_or(0), tax.unwrap_or(0)], by_pieces && tax.is_none());
        Ok(())
    }

    /// ORDER-8: goods that left are in stock again.
    pub(super) fn return_goods(&mut self, order: &Id, line: &Id, pieces: u32) -> Result<(), Rejection> {
        let number = self.known_order(order)?;
        let position = self.orders[number].lines.iter().position(|known| known.id == *line);
        let position = position.ok_or(Rejection::LineUnknown)?;
        if pieces == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        let line = &mut self.orders[number].lines[position];
        line.can_come_back(pieces)?;
        line.back += pieces;
        self.corner("goods returned");
        Ok(())
    }

    /// A refund of everything that is left, by itself.
    pub(super) fn refund_whole(&mut self, number: usize) {
        let parts = self.orders[number].all_that_is_left();
        self.do_refund(number, parts, [0, 0], false);
    }

    fn do_refund(&mut self, number: usize, parts: Vec<Part>, stated: [i128; 2], tax_by_pieces: bool) {
        let undecided = self.is_undecided(number);
        let order = &self.orders[number];
        let late = order.state == OrderState::Settled;
        let unshipped = order.state == OrderState::Paid;
        let left: i128 = order.lines.iter().map(|line| line.amount - line.refunded).sum();
        if late && left == parts.iter().map(|part| part.amount).sum::<i128>() {
            self.take_back_fixed_bonus(number);
        }
        for Part { position, amount, pieces, restock } in parts {
            if amount == 0 {
                self.corner("pieces worth nothing");
            } else if late {
                self.refund_late(number, position, amount);
            } else {
                self.refund_before_settlement(number, position, amount);
            }
            let order = &mut self.orders[number];
            let line = &mut order.lines[position];
            if let Some(pieces) = pieces {
                line.pieces_refunded += pieces;
                order.by_pieces += amount;
                if unshipped {
                    // A line of which nothing was left has all its pieces back already.
                    line.back = (line.back + pieces).min(line.quantity);
                } else if restock {
                    line.back += pieces;
                }
            }
            if unshipped && line.refunded == line.amount {
                line.back = line.quantity;
            }
            match pieces {
                Some(_) if restock && !unshipped => self.corner("refund by pieces with goods"),
                Some(_) if late => self.corner("late refund by pieces"),
                Some(_) => self.corner("refund by pieces"),
                None => {}
            }
        }
        let order = &mut self.orders[number];
        let whole = order.lines.iter().all(|line| line.refunded == line.amount);
        let [mut freight, mut tax] = stated;
        if tax_by_pieces {
            let all: i128 = order.lines.iter().map(|line| line.amount).sum();
            tax = (floor_share(order.tax, order.by_pieces, all) - order.tax_back).max(0);
        }
        if whole {
            // ORDER-2d.
            order.state = OrderState::Refunded;
            (freight, tax) = (order.freight - order.freight_back, order.tax - order.tax_back);
        } else if freight + tax > 0 {
            self.corner("freight or tax refunded in part");
        }
        let order = &mut self.orders[number];
        order.freight_back += freight;
        order.tax_back += tax;
        let merchant = order.lines[0].merchant.clone();
        self.bank -= freight + tax;
        if late {
            self.tax_payable -= tax;
            let mut balance = Balance::default();
            self.reverse(Who::Merchant(merchant), freight, &mut balance);
            self.end_refund(balance);
        } else {
            self.escrow -= freight + tax;
        }
        if whole {
            self.campaign_refunded(number, undecided);
        }
    }

    /// ORDER-5: out of escrow, the way it came.
    fn refund_before_settlement(&mut self, number: usize, position: usize, amount: i128) {
        let order = &mut self.orders[number];
        let line = &mut order.lines[position];
        let before = line.clone();
        line.refunded += amount;
        let parts = RefundParts::between(&before, line);
        let owner = order.member;
        self.escrow -= parts.cash + parts.reconsume + parts.loyalty;
        self.bank -= parts.cash;
        self.members[owner].spent -= parts.cash;
        self.release_reserved(number, position);
        self.give_back(owner, &parts);
    }

    /// What a refund gives back beside cash.
    fn give_back(&mut self, owner: usize, parts: &RefundParts) {
        self.members[owner].reconsume += parts.reconsume;
        self.members[owner].claim += parts.claim;
        self.add_loyalty(owner, parts.loyalty);
        if parts.claim > 0 {
            self.corner("claim revived");
        }
    }

    /// ORDER-6, for one line.
    fn refund_late(&mut self, number: usize, position: usize, amount: i128) {
        let owner = self.orders[number].member;
        let merchant = self.orders[number].lines[position].merchant.clone();
        let before = self.legs(&self.orders[number].lines[position]);
        let commissions = self.commissions(&self.orders[number]);
        let settled_on = self.orders[number].lines[position].settled.as_ref().expect("settled").day;
        self.separate_value(number, settled_on);
        let excludes = self.excludes(&self.orders[number]);
        let line = &mut self.orders[number].lines[position];
        let as_it_was = line.clone();
        line.refunded += amount;
        let parts = RefundParts::between(&as_it_was, line);
        let (base_left, cash) = (line.base(), parts.cash);
        let settled = line.settled.clone().expect("the lines of a settled order are settled");
        let after = self.legs(&self.orders[number].lines[position]);

        // POOL-13: what waits is cut to what the contribution is above what has minted; all that waits where it is not above.
        let contribution_cut = before.pool - after.pool;
        let waits = self.waiting_of(number, position) + self.orders[number].lines[position].to_buyer;
        let wanted = waits - (after.pool - settled.contributed).max(0);
        let from_escrow = self.take_waiting(number, position, wanted);
        self.escrow -= from_escrow;
        let refunded_since = settled.base - base_left;
        let cut = self.take_back_loyalty((number, position), (refunded_since, settled.base), cash);
        self.take_back_leader_bonus(number);
        let due_from_buyer = wanted - from_escrow;
        let from_buyer = self.take_back_from_buyer(number, position, due_from_buyer);
        // Then ORDER-6, of what has minted.
        let minted_back = (settled.contributed - after.pool).max(0);
        let pair = (self.assets, self.supply);
        let (mut asked, mut burned, mut from_pool) = (0, 0, 0);
        let lot = self.last_lot(number, position);
        if minted_back > 0 {
            // Rounds down: a part of a unit is not burned.
            let clawback_total =
                floor_ratio(&[settled.minted, wide(minted_back)], &[wide(settled.contributed)]);
            // Less only where splits have saturated both.
            asked = clawback_total.saturating_sub(settled.clawback_total);
            let lot = &mut self.lots[lot.expect("it has minted")];
            burned = asked.min(lot.remaining);
            lot.clawback_total += asked.min(lot.earned());
            lot.remaining -= burned;
        }
        if burned > 0 {
            // Rounds down: the pool keeps the part of a minor unit, so the price cannot fall.
            from_pool = (minted_back - settled.returned).min(floor_value(burned, pair.0, pair.1));
        }
        self.assets -= from_pool;
        self.supply -= burned;
        self.returned += from_pool;
        let kept = self.settled_line(number, position);
        kept.returned += from_pool;
        kept.clawback_total += asked;

        // The other legs, each as far as its own account reaches (ORDER-6).
        let mut balance = Balance::default();
        self.reverse(Who::Merchant(merchant), before.merchant - after.merchant, &mut balance);
        let of_commissions = before.commission - after.commission;
        self.take_back_commissions(&commissions, number, of_commissions, &mut balance);
        for (fund, (was, is)) in before.funds.iter().zip(&after.funds).enumerate() {
            self.reverse(Who::Fund(fund), was - is, &mut balance);
        }
        let reserve = self.reserve_part(number, before.platform) - self.reserve_part(number, after.platform);
        self.reverse(Who::Platform, before.platform - after.platform - reserve, &mut balance);
        self.reverse(Who::Reserve, reserve, &mut balance);

        if !excludes.commission {
            self.settled_in_period.push(-cash);
        }

        // ORDER-6c: at most what the member ever received, over all its refunds.
        let mut set_off = 0;
        if self.plan_of(number).refund.set_off_sales && asked > burned {
            // WIND-2b: what the buyer's wallet did not reach for is missing and not set off.
            let lacking = contribution_cut - from_escrow - due_from_buyer - from_pool;
            let most = self.members[owner].cash_received - self.members[owner].set_off;
            set_off = lacking.min(most).min(cash - cut).max(0);
            if set_off == most && set_off > 0 && set_off < lacking {
                self.corner("set off at all that was received");
            }
        }
        self.members[owner].set_off += set_off;
        self.bank -= cash - cut - set_off;
        self.members[owner].spent -= cash - cut - set_off;
        self.give_back(owner, &parts);
        self.pool_lacks(contribution_cut - from_escrow - from_buyer - from_pool - set_off, &mut balance);
        self.end_refund(balance);
        self.shrink_release(number, position);
        self.shrink_value(number);

        if self.plan.pool.is_none() {
            return;
        }
        self.members[owner].points -= burned;
        let counted: i128 = settled.counted.iter().map(|counted| counted.cap_base).sum();
        let left = if self.exit_of() == ExitOf::Spend { base_left } else { after.pool };
        let cap_cut = (counted - left).max(0);
        // While no less is contributed than has minted, nothing else happens; without a contribution it is ORDER-6.
        if minted_back > 0 || (settled.contributed == 0 && cap_cut > 0) {
            self.take_back_counted(number, position, cap_cut, asked);
            if let Some(lot) = lot {
                let lot = &mut self.lots[lot];
                lot.cap_base -= cap_cut.min(lot.cap_base);
            }
            if self.members[owner].points == 0 {
                self.members[owner].end_cycle();
            }
            self.lock_like_a_smaller_order(number, position);
        } else if waits > 0 {
            self.corner("refund of what waits");
        }
        if burned > 0 && self.supply == 0 {
            self.end_epoch(pair);
        }
        self.cascade(None);
        self.split_while_high();
    }

    /// What of a line's contribution waits for midnight or in the mint queue.
    fn waiting_of(&self, number: usize, position: usize) -> i128 {
        let queued = self.queue.iter().filter(|queued| (queued.order, queued.line) == (number, position));
        self.orders[number].lines[position].waiting + queued.map(|queued| queued.amount).sum::<i128>()
    }

    /// WIND-2b: what of a contribution went to the buyer, as far as its wallet reaches.
    fn take_back_from_buyer(&mut self, number: usize, position: usize, wanted: i128) -> i128 {
        let owner = self.orders[number].member;
        let line = &mut self.orders[number].lines[position];
        // What does not reach is not asked for again.
        line.to_buyer -= wanted;
        let taken = wanted.min(self.members[owner].cash);
        let member = &mut self.members[owner];
        member.cash -= taken;
        member.keep_retention_pending(member.retention_pending.min(member.cash));
        if taken > 0 {
            self.corner("contribution taken back from the buyer");
        }
        taken
    }
}

/// What one refund of a line gives back (ORDER-2c).
struct RefundParts {
    cash: i128,
    reconsume: i128,
    loyalty: i128,
    claim: i128,
}

impl RefundParts {
    fn between(before: &Line, after: &Line) -> RefundParts {
        RefundParts {
            cash: before.base() - after.base(),
            reconsume: before.reconsume_left() - after.reconsume_left(),
            loyalty: before.loyalty_left() - after.loyalty_left(),
            claim: before.claim_left() - after.claim_left(),
        }
    }
}
