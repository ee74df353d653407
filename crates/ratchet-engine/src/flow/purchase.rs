//! Joining, placing, paying, shipping, receiving and closing (NET-1, ORDER-1, ORDER-2).

use crate::amount::{AMOUNT_MAX, Money, allocate};
use crate::command::{OrderLine, OrderTerms, Region, Tender};
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{Id, LineNo, MemberNo, MerchantNo, OrderNo};
use crate::ledger::{Account, AccountKind};
use crate::order::{LineDetail, OrderState};
use crate::rejection::Rejection;

use super::catalogue::ArticleLine;
use super::product::ListedLine;

impl Engine {
    /// `member.join`. Refuses: member_exists, referrer_is_self, referrer_unknown, territory_unknown, limit_reached.
    pub(crate) fn join(
        &mut self,
        member: &Id,
        referrer: Option<&Id>,
        region: Option<Region>,
        person: Option<&Id>,
    ) -> Result<(), Rejection> {
        if self.state.named_member(member.as_str()).is_some() {
            return Err(Rejection::MemberExists);
        }
        let referrer = match referrer {
            None => None,
            Some(referrer) if referrer == member => return Err(Rejection::ReferrerIsSelf),
            Some(referrer) => {
                Some(self.state.named_referrer(referrer.as_str()).ok_or(Rejection::ReferrerUnknown)?)
            }
        };
        check_region(region)?;
        self.join_checked(member, referrer, person)?;
        Ok(())
    }

    fn join_checked(
        &mut self,
        member: &Id,
        referrer: Option<MemberNo>,
        person: Option<&Id>,
    ) -> Result<MemberNo, Rejection> {
        let number = MemberNo::at(self.state.members.len())
            .filter(|_| self.state.members.has_room(member.as_str()))
            .ok_or(Rejection::LimitReached)?;
        let (id, person) = (member.clone(), person.cloned());
        // TIME-4: a member belongs to the cohort of the day on which it came.
        let joined_at = self.happened_at;
        self.commit(Event::MemberJoined { member: number, id, referrer, person, joined_at });
        Ok(number)
    }

    /// `order.place`. Refuses: order_exists and what [`Engine::check_terms`] refuses.
    pub(crate) fn place(&mut self, order: &Id, terms: &OrderTerms) -> Result<(), Rejection> {
        if self.named_order(order.as_str()).is_some() {
            return Err(Rejection::OrderExists);
        }
        self.check_terms(order, terms, false)?;
        let order = self.place_checked(order, terms)?;
        if self.has_mall() {
            self.mall_waits(order, terms);
        }
        Ok(())
    }

    /// `order.pay`: of a placed order without terms, of a new one with terms. Refuses: order_exists,
    /// order_terms_missing, order_state, insufficient_reconsume, and what [`Engine::check_terms`] refuses.
    #[inline]
    pub(crate) fn pay(&mut self, order: &Id, terms: Option<&OrderTerms>) -> Result<(), Rejection> {
        let existing = self.named_order(order.as_str());
        if !self.state.commissions.has_room() {
            return Err(Rejection::LimitReached);
        }
        let order = match (existing, terms) {
            (None, None) => return Err(Rejection::OrderTermsMissing),
            (Some(_), Some(_)) => return Err(Rejection::OrderExists),
            (Some(number), None) => {
                if self.state.orders.order(number).state != OrderState::Placed {
                    return Err(Rejection::OrderState);
                }
                self.check_payable(number)?;
                number
            }
            (None, Some(terms)) => {
                self.check_terms(order, terms, true)?;
                self.place_checked(order, terms)?
            }
        };
        self.pay_placed(order, AccountKind::Bank);
        Ok(())
    }

    /// What `order.pay` refuses of an order that is placed.
    pub(crate) fn check_payable(&self, order: OrderNo) -> Result<(), Rejection> {
        if self.state.admission.is_suspended() {
            return Err(Rejection::AdmissionSuspended);
        }
        if !self.state.commissions.has_room() {
            return Err(Rejection::LimitReached);
        }
        self.check_tender_of(order)?;
        if self.has_mall() {
            self.check_mall_of(order)?;
        }
        // A deposit does not pay the order: nothing is reserved yet (PRE-1, MERCH-4).
        if self.plan.merchant.is_some() && self.deposit_due(order).is_none() {
            self.check_listed_of(order)?;
        }
        Ok(())
    }

    /// The next payment of a placed order, which was checked; its cash comes out of this account.
    #[inline]
    pub(crate) fn pay_placed(&mut self, order: OrderNo, from: AccountKind) {
        match self.deposit_due(order) {
            Some(deposit) => self.pay_deposit(order, deposit, from),
            None => self.pay_checked(order, from),
        }
    }

    /// What the next payment of a placed order is in new money: its deposit, or its cash with freight and tax, less a deposit.
    pub(crate) fn next_payment(&self, order: OrderNo) -> Money {
        self.deposit_due(order).unwrap_or_else(|| self.cash_due(order))
    }

    fn cash_due(&self, order: OrderNo) -> Money {
        let (orders, extra) = (&self.state.orders, self.state.orders.extra(order));
        let lines = orders.order(order).line_numbers();
        let cash = lines.fold(extra.freight.add_within_limit(extra.tax), |sum, line| {
            sum.add_within_limit(orders.line(line).base())
        });
        cash.saturating_sub(self.deposit_of(order))
    }

    /// `order.ship`. Refuses: order_unknown, order_state.
    pub(crate) fn ship(&mut self, order: &Id) -> Result<(), Rejection> {
        let order = self.order_in(order, &[OrderState::Paid])?;
        let mall = self.has_mall();
        if mall {
            self.check_leaves(order)?;
        }
        self.commit(Event::OrderShipped { order });
        if mall {
            self.mall_left(order);
        }
        Ok(())
    }

    /// `order.close`. Refuses: order_unknown, order_state.
    pub(crate) fn close(&mut self, order: &Id) -> Result<(), Rejection> {
        let order = self.order_in(order, &[OrderState::Placed])?;
        self.close_unpaid(order);
        Ok(())
    }

    /// An order that is not paid, or not in full, is over.
    pub(crate) fn close_unpaid(&mut self, order: OrderNo) {
        self.commit(Event::OrderClosed { order });
        if self.has_mall() {
            self.mall_closed(order);
        }
    }

    /// `order.receive`: the settlement clock starts; with 0 days the order settles at once (TIME-2).
    /// Refuses: order_unknown, order_state, limit_reached (a settlement past the end of time).
    #[inline]
    pub(crate) fn receive(&mut self, order: &Id) -> Result<(), Rejection> {
        let order = self.order_in(order, &[OrderState::Paid, OrderState::Shipped])?;
        if self.has_mall() {
            self.check_leaves(order)?;
        }
        self.receive_checked(order)
    }

    /// The goods arrived. Refuses: limit_reached (a settlement past the end of time).
    #[inline]
    pub(crate) fn receive_checked(&mut self, order: OrderNo) -> Result<(), Rejection> {
        let leaves = self.has_mall() && self.state.orders.order(order).state == OrderState::Paid;
        let days = self.plan_of(order).settlement.after_sale_days;
        if days == 0 {
            self.commit(Event::OrderReceived { order, settles_at: None });
            if leaves {
                self.mall_left(order);
            }
            self.burn_reserved(order);
            self.settle(order);
        } else {
            let at = self.state.now.plus_days(days).ok_or(Rejection::LimitReached)?;
            self.commit(Event::OrderReceived { order, settles_at: Some(at) });
            if leaves {
                self.mall_left(order);
            }
            self.burn_reserved(order);
        }
        Ok(())
    }

    /// Everything about an order's terms that can be refused, in order of precedence: limit_reached,
    /// line_repeated, amount_not_positive, line_exceeds_base, tender_mismatch, claim_share, insufficient_reconsume,
    /// insufficient_claim, insufficient_loyalty, no_pool, territory_unknown, zone_unknown, class_unknown, what [`Engine::check_mall`] refuses, product_merchant,
    /// merchant_state, insufficient_emission.
    #[inline]
    fn check_terms(&self, order: &Id, terms: &OrderTerms, pays: bool) -> Result<(), Rejection> {
        let lines = &terms.lines;
        let state = &self.state;
        let room = OrderNo::at(state.orders.order_count() + 1).is_some()
            && u32::try_from(state.orders.line_count() + lines.len() + 1).is_ok()
            && MerchantNo::at(state.merchants.len() + lines.len()).is_some()
            && (state.members.has_room(terms.member.as_str()))
            && !lines.is_empty()
            && lines.len() <= crate::command::ORDER_LINES_MAX;
        if !room {
            return Err(Rejection::LimitReached);
        }
        let largest = lines.iter().map(|line| line.amount).chain([terms.freight, terms.tax]).max();
        if largest.is_some_and(|largest| largest.minor() > AMOUNT_MAX) {
            return Err(Rejection::LimitReached);
        }
        let mut sum = Money::ZERO;
        for line in lines {
            sum = sum.checked_add(line.amount).ok_or(Rejection::LimitReached)?;
        }
        let total = sum.checked_add(terms.freight).and_then(|sum| sum.checked_add(terms.tax));
        if !total.is_some_and(|total| self.has_room_for(total) && self.has_room_for_grants(total)) {
            return Err(Rejection::LimitReached);
        }
        let listed = self.listed_lines(terms);
        if !self.awards_fit(&listed) {
            return Err(Rejection::LimitReached);
        }
        if lines.len() > 1 {
            let mut ids: Vec<&str> = lines.iter().map(|line| line.line.as_str()).collect();
            ids.sort_unstable();
            if ids.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(Rejection::LineRepeated);
            }
        }
        if lines.iter().any(|line| line.amount.is_zero()) {
            return Err(Rejection::AmountNotPositive);
        }
        let articles = self.article_lines(terms)?;
        let plain =
            terms.tender.is_none() && lines.iter().all(|l| l.cost.is_none() && l.contribution.is_none());
        if !plain {
            self.check_stated(terms, &listed, &articles, sum, pays)?;
        }
        check_region(terms.ship_to)?;
        self.check_zones(lines)?;
        if self.has_mall() || terms.mall.is_some() {
            self.check_classes(terms)?;
            self.check_mall(order, terms, (&listed, &articles), pays)?;
        }
        if listed.is_empty() {
            return Ok(());
        }
        self.check_listed(terms, &listed, pays && !self.pays_deposit(terms))
    }

    /// REL-1: refuses zone_unknown.
    fn check_zones(&self, lines: &[OrderLine]) -> Result<(), Rejection> {
        let Some(release) = self.plan.release.as_ref().filter(|plan| !plan.zones.is_empty()) else {
            return Ok(());
        };
        let known = |zone: &Id| release.zones.iter().any(|(name, _)| name == zone.as_str());
        if lines.iter().all(|line| line.zone.as_ref().is_none_or(known)) {
            Ok(())
        } else {
            Err(Rejection::ZoneUnknown)
        }
    }

    /// The line's award zone, as its place in the plan; a plan without zones knows none.
    fn zone_of(&self, line: &OrderLine) -> Option<u16> {
        self.find_zone(line.zone.as_ref()?)
    }

    /// CAT-7: refuses class_unknown.
    fn check_classes(&self, terms: &OrderTerms) -> Result<(), Rejection> {
        let mut stated = terms.mall.iter().flat_map(|mall| &mall.classes).flatten();
        if stated.all(|class| self.find_class(class).is_some()) {
            Ok(())
        } else {
            Err(Rejection::ClassUnknown)
        }
    }

    /// The class of the line at this place: its article's, else the one it states (CAT-7).
    fn class_of(&self, terms: &OrderTerms, at: usize, article: Option<ArticleLine>) -> Option<u16> {
        article.and_then(|article| article.class).or_else(|| self.find_class(terms.class_of(at)?))
    }

    #[cold]
    fn check_stated(
        &self,
        terms: &OrderTerms,
        listed: &[Option<ListedLine>],
        articles: &[Option<ArticleLine>],
        sum: Money,
        pays: bool,
    ) -> Result<(), Rejection> {
        if let Some(tender) = terms.tender {
            let parts = [tender.reconsume, tender.loyalty, tender.claim];
            let stated = parts.into_iter().try_fold(tender.cash, Money::checked_add);
            // Checked before the bases, which depend on it; reported after them.
            if stated != Some(sum) {
                return Err(Rejection::TenderMismatch);
            }
        }
        for (at, (line, parts)) in terms.lines.iter().zip(line_parts(terms)).enumerate() {
            let cost = stated_cost(line, (listed, articles), at, parts.cash).unwrap_or(Money::ZERO);
            let both = line.contribution.map_or(Some(cost), |contribution| cost.checked_add(contribution));
            if both.is_none_or(|both| both > parts.cash) {
                return Err(Rejection::LineExceedsBase);
            }
        }
        // CLAIM-1a, rounded down: what is left is paid in money.
        let claimed = terms.tender.map_or(Money::ZERO, |tender| tender.claim);
        if self.plan.claims.is_some_and(|plan| claimed > plan.share.floor_of(sum)) {
            return Err(Rejection::ClaimShare);
        }
        if let (true, Some(tender)) = (pays, terms.tender) {
            self.check_tender(self.state.named_member(terms.member.as_str()), tender)?;
        }
        if self.plan.pool.is_none() && terms.lines.iter().any(|line| line.contribution.is_some()) {
            return Err(Rejection::NoPool);
        }
        Ok(())
    }

    fn place_checked(&mut self, id: &Id, terms: &OrderTerms) -> Result<OrderNo, Rejection> {
        let order = self.place_lines(id, terms)?;
        if self.has_mall() {
            self.mall_placed(order, id, terms);
        }
        Ok(order)
    }

    fn place_lines(&mut self, id: &Id, terms: &OrderTerms) -> Result<OrderNo, Rejection> {
        let member = match self.state.named_member(terms.member.as_str()) {
            Some(member) => member,
            None => self.join_checked(&terms.member, None, None)?,
        };
        let listed = self.listed_lines(terms);
        let articles = self.article_lines(terms).expect("the terms were checked");
        let sold_by = |at: usize| {
            let product = listed.get(at).copied().flatten().map(|listed| listed.merchant);
            product.or_else(|| articles.get(at).copied().flatten().and_then(|article| article.merchant))
        };
        let named = terms.lines.iter().any(|line| line.merchant.is_some());
        let merchants: Vec<MerchantNo> = if named || !listed.is_empty() || !articles.is_empty() {
            let lines = terms.lines.iter().enumerate();
            lines
                .map(|(at, line)| match sold_by(at) {
                    Some(merchant) => merchant,
                    None => self.merchant_or_register(line.merchant.as_ref()),
                })
                .collect()
        } else {
            Vec::new()
        };
        let merchant = |at: usize| merchants.get(at).copied().unwrap_or(MerchantNo(0));
        let order = OrderNo::at(self.state.orders.order_count()).expect("room was checked");
        let first_line = LineNo::at(self.state.orders.line_count()).expect("room was checked");
        self.commit(Event::OrderPlaced {
            order,
            id: id.clone(),
            member,
            first_line,
            lines: u16::try_from(terms.lines.len()).expect("at most ORDER_LINES_MAX lines"),
            freight: terms.freight,
            tax: terms.tax,
            freight_to: merchant(0),
            ship_to: terms.ship_to.filter(|_| self.has_agents()),
        });
        if let (None, [line]) = (terms.tender, terms.lines.as_slice()) {
            let cost = stated_cost(line, (&listed, &articles), 0, line.amount);
            let article = articles.first().copied().flatten();
            let zone = self.zone_of(line).or(article.and_then(|article| article.zone));
            let detail = detail_of(
                line,
                1,
                &all_cash(line.amount),
                cost,
                merchant(0),
                zone,
                self.class_of(terms, 0, article),
            );
            self.commit(Event::LineAdded { line: first_line, order, base: line.amount, detail });
            self.keep_award(first_line, listed.first().copied().flatten());
            self.keep_article(first_line, article);
            return Ok(order);
        }
        for (at, (line, parts)) in terms.lines.iter().zip(line_parts(terms)).enumerate() {
            let number = LineNo::at(first_line.index() + at).expect("room was checked");
            let cost = stated_cost(line, (&listed, &articles), at, parts.cash);
            let article = articles.get(at).copied().flatten();
            let zone = self.zone_of(line).or(article.and_then(|article| article.zone));
            let detail =
                detail_of(line, at + 1, &parts, cost, merchant(at), zone, self.class_of(terms, at, article));
            self.commit(Event::LineAdded { line: number, order, base: parts.cash, detail });
            self.keep_award(number, listed.get(at).copied().flatten());
            self.keep_article(number, article);
        }
        Ok(order)
    }

    /// Whether the buyer has what it says it pays with.
    fn check_tender(&self, member: Option<MemberNo>, tender: Tender) -> Result<(), Rejection> {
        let has = |kind, part: Money| {
            let held = |member| self.state.ledger.balance(Account::member(kind, member));
            i128::from(part.minor()) <= member.map_or(0, held)
        };
        if !has(AccountKind::WalletReconsume, tender.reconsume) {
            return Err(Rejection::InsufficientReconsume);
        }
        if !has(AccountKind::MemberClaim, tender.claim) {
            return Err(Rejection::InsufficientClaim);
        }
        if has(AccountKind::MemberLoyalty, tender.loyalty) {
            Ok(())
        } else {
            Err(Rejection::InsufficientLoyalty)
        }
    }

    /// Whether the buyer of a placed order can still pay as it said.
    fn check_tender_of(&self, order: OrderNo) -> Result<(), Rejection> {
        let record = self.state.orders.order(order);
        let mut tender = all_cash(Money::ZERO);
        for line in record.line_numbers() {
            let detail = self.state.orders.detail(line);
            tender.cash = tender.cash.add_within_limit(self.state.orders.line(line).base());
            tender.reconsume = tender.reconsume.add_within_limit(detail.reconsume);
            tender.loyalty = tender.loyalty.add_within_limit(detail.loyalty);
            tender.claim = tender.claim.add_within_limit(detail.claim);
        }
        let extra = self.state.orders.extra(order);
        let goods = tender.cash.add_within_limit(tender.reconsume).add_within_limit(tender.loyalty);
        let total = goods.add_within_limit(extra.freight).add_within_limit(extra.tax);
        if !self.has_room_for(total) || !self.has_room_for_grants(total) {
            return Err(Rejection::LimitReached);
        }
        self.check_tender(Some(record.member), tender)
    }

    /// The money goes into escrow: cash, freight and tax from the bank or suspense, the rest from the wallet (ORDER-4).
    #[inline]
    fn pay_checked(&mut self, order: OrderNo, from: AccountKind) {
        let record = *self.state.orders.order(order);
        let extra = self.state.orders.extra(order);
        let mut cash = extra.freight.add_within_limit(extra.tax);
        let (mut reconsume, mut loyalty, mut claim) = (Money::ZERO, Money::ZERO, Money::ZERO);
        for line in record.line_numbers() {
            let detail = self.state.orders.detail(line);
            cash = cash.add_within_limit(self.state.orders.line(line).base());
            reconsume = reconsume.add_within_limit(detail.reconsume);
            loyalty = loyalty.add_within_limit(detail.loyalty);
            claim = claim.add_within_limit(detail.claim);
        }
        let mall = self.has_mall();
        if mall {
            cash = cash.saturating_sub(self.deposit_of(order));
        }
        // A claim is extinguished: no money comes with it (CLAIM-1a).
        self.post(Account::member(AccountKind::MemberClaim, record.member), -i128::from(claim.minor()));
        self.post(Account::programme(AccountKind::ClaimsIssued), i128::from(claim.minor()));
        self.debit(from, cash);
        self.post(
            Account::member(AccountKind::WalletReconsume, record.member),
            -i128::from(reconsume.minor()),
        );
        self.credit(AccountKind::Escrow, cash.add_within_limit(reconsume));
        let (items, by_class) = self.record_entitlements(order);
        self.commit(Event::OrderPaid { order });
        if self.plan.loyalty.is_some() {
            self.fix_loyalty_tier(order, record.member);
        }
        if !loyalty.is_zero() {
            self.spend_loyalty(order, record.member, loyalty);
        }
        if !items.is_empty() {
            self.commit(Event::CommissionEntitlementsRecorded { order, entitlements: items, by_class });
        }
        if self.plan.merchant.is_some() {
            self.reserve_awards(order);
        }
        if mall {
            self.mall_paid(order);
        }
    }
}

/// A line's cost, if it, the concession of its product (MERCH-5) or its article (CAT-1a) states one.
fn stated_cost(
    line: &OrderLine,
    (listed, articles): (&[Option<ListedLine>], &[Option<ArticleLine>]),
    at: usize,
    base: Money,
) -> Option<Money> {
    let product = listed.get(at).copied().flatten().and_then(|listed| listed.cost);
    let article = articles.get(at).copied().flatten().and_then(|article| article.cost);
    line.cost.or(product).or(article.map(|cost| cost.min(base)))
}

/// A line's detail, if there is anything to say about it.
fn detail_of(
    line: &OrderLine,
    position: usize,
    parts: &Tender,
    cost: Option<Money>,
    merchant: MerchantNo,
    zone: Option<u16>,
    class: Option<u16>,
) -> Option<Box<LineDetail>> {
    let named = match line.line.as_str() {
        "1" if position == 1 => None,
        text if text == position.to_string() => None,
        _ => Some(line.line.clone()),
    };
    let Tender { cash: _, reconsume, loyalty, claim } = *parts;
    let contribution = line.contribution;
    // Stated as none, where no catalogue refuses that, it is one.
    let quantity = line.quantity.unwrap_or(1).max(1);
    let detail = LineDetail {
        line: named,
        reconsume,
        claim,
        cost,
        contribution,
        merchant,
        zone,
        loyalty,
        quantity,
        class,
    };
    (detail != LineDetail::PLAIN).then(|| Box::new(detail))
}

/// The tender spread over the lines (ORDER-2b); the tender adds up to the lines.
pub(super) fn line_parts(terms: &OrderTerms) -> Vec<Tender> {
    let amounts: Vec<Money> = terms.lines.iter().map(|line| line.amount).collect();
    let Some(tender) = terms.tender else {
        return amounts.into_iter().map(all_cash).collect();
    };
    // Each over what the lines still lack; claims take what is left.
    let mut lacking = amounts;
    let mut spread = |part: Money| {
        let mut parts = Vec::new();
        allocate(part, &lacking, &mut parts);
        for (lacks, part) in lacking.iter_mut().zip(&parts) {
            *lacks = lacks.saturating_sub(*part);
        }
        parts
    };
    let (cash, reconsume) = (spread(tender.cash), spread(tender.reconsume));
    let loyalty = spread(tender.loyalty);
    let parts = cash.into_iter().zip(reconsume).zip(loyalty).zip(lacking);
    parts.map(|(((cash, reconsume), loyalty), claim)| Tender { cash, reconsume, loyalty, claim }).collect()
}

fn all_cash(cash: Money) -> Tender {
    Tender { cash, reconsume: Money::ZERO, loyalty: Money::ZERO, claim: Money::ZERO }
}

/// COMM-4b: an address lies in a province that there is. Refuses: territory_unknown.
#[inline]
fn check_region(region: Option<Region>) -> Result<(), Rejection> {
    if region.is_none_or(Region::has_province) { Ok(()) } else { Err(Rejection::TerritoryUnknown) }
}
