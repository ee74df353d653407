//! Orders of the naive model: placing, paying, settling, refunding (ORDER-1 … ORDER-7).

use std::collections::BTreeSet;

use super::arithmetic::{floor_part, floor_ratio, floor_share, floor_value, split_by_weights, wide};
use super::commission::Laid;
use super::pool::Lot;
use super::{Due, Naive};
use crate::command::{OrderLine, OrderTerms, RefundLine, Region};
use crate::id::Id;
use crate::plan::ExitOf;
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
    /// What of the tender is asked of the re-consumption wallet and of a claim.
    reconsume: i128,
    claim: i128,
    ship_to: Option<Region>,
    /// COMM-0: laid down at payment.
    pub(super) laid: Laid,
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
    stated_cost: Option<i128>,
    stated_contribution: Option<i128>,
    /// Everything of the amount that was refunded.
    pub(crate) refunded: i128,
    settled: Option<SettledLine>,
    /// Contribution that waits for a midnight.
    pub(super) waiting: i128,
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

#[derive(Clone, Copy, Debug)]
struct SettledLine {
    /// The local day.
    day: i64,
    base: i128,
    contribution: i128,
    /// Contribution given back by late refunds so far, out of escrow and out of the pool.
    returned: i128,
    /// Its lot of points.
    lot: usize,
}

impl Line {
    /// ORDER-2c: what is left of the cash part after refunds.
    pub(super) fn base(&self) -> i128 {
        self.cash - floor_share(self.cash, self.refunded, self.amount)
    }

    /// ORDER-2c: what is left of the re-consumption part.
    fn other_part(&self) -> i128 {
        self.reconsume - floor_share(self.reconsume, self.refunded, self.amount)
    }
}

impl Order {
    /// Of the lines that buy a product: merchant and award.
    fn products(&self) -> Vec<(String, u128)> {
        let of = |line: &Line| Some((line.merchant.clone(), line.product.as_ref()?.award));
        self.lines.iter().filter_map(of).collect()
    }

    /// The local days on which lines settled, each with what is left of its base (RANK-1).
    pub(super) fn settled_bases(&self) -> impl Iterator<Item = (i64, i128)> {
        self.lines.iter().filter_map(|line| Some((line.settled?.day, line.base())))
    }

    /// What of this order lies in escrow, without the mint queue.
    pub(super) fn money_in_escrow(&self) -> i128 {
        match self.state {
            OrderState::Placed | OrderState::Closed | OrderState::Refunded => 0,
            OrderState::Paid | OrderState::Shipped | OrderState::Received => {
                let goods: i128 = self.lines.iter().map(|line| line.base() + line.other_part()).sum();
                goods + self.freight + self.tax
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
        let order = self.check_terms(order, terms, false)?;
        self.check_merchants(&order)?;
        self.add_order(order, terms);
        Ok(())
    }

    pub(super) fn pay(&mut self, id: &Id, terms: Option<&OrderTerms>) -> Result<(), Rejection> {
        let (number, needed) = match terms {
            Some(terms) => {
                let order = self.check_terms(id, terms, true)?;
                self.check_merchants(&order)?;
                let needed = self.emission_needed(&order.products())?;
                (self.add_order(order, terms), needed)
            }
            None => {
                let number = *self.order_numbers.get(id).ok_or(Rejection::OrderTermsMissing)?;
                let order = &self.orders[number];
                if order.state != OrderState::Placed {
                    return Err(Rejection::OrderState);
                }
                self.check_tender(Some(order.member), order.reconsume, order.claim)?;
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
        let laid = self.lay_down(self.orders[number].member, self.orders[number].ship_to);
        let order = &mut self.orders[number];
        order.laid = laid;
        order.state = OrderState::Paid;
        let cash: i128 = order.lines.iter().map(|line| line.cash).sum();
        let member = &mut self.members[order.member];
        member.reconsume -= order.reconsume;
        member.spent += cash;
        self.bank += cash + order.freight + order.tax;
        self.escrow += cash + order.reconsume + order.freight + order.tax;
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
        if terms.lines.iter().any(|line| line.amount.is_zero()) {
            return Err(Rejection::AmountNotPositive);
        }
        let amounts: Vec<i128> = terms.lines.iter().map(|line| i128::from(line.amount.minor())).collect();
        let goods: i128 = amounts.iter().sum();
        let (cash, reconsume, claim) = match &terms.tender {
            None => (goods, 0, 0),
            Some(tender) => (
                i128::from(tender.cash.minor()),
                i128::from(tender.reconsume.minor()),
                i128::from(tender.claim.minor()),
            ),
        };
        // Without a tender that adds up there is no base that a line could exceed.
        let adds_up = cash + reconsume + claim == goods;
        // ORDER-2b: cash over the amounts, re-consumption over what is lacking, the claim is the rest.
        let cash_parts = split_by_weights(cash, &amounts);
        let lacking: Vec<i128> =
            amounts.iter().zip(&cash_parts).map(|(amount, part)| (amount - part).max(0)).collect();
        let reconsume_parts = split_by_weights(reconsume, &lacking);
        let mut lines = Vec::new();
        for (position, line) in terms.lines.iter().enumerate() {
            lines.push(Line {
                id: line.line.clone(),
                merchant: self.merchant_of(line),
                amount: amounts[position],
                cash: cash_parts[position],
                reconsume: reconsume_parts[position],
                stated_cost: self.stated_cost(line, cash_parts[position]),
                stated_contribution: line.contribution.map(|c| i128::from(c.minor())),
                refunded: 0,
                settled: None,
                waiting: 0,
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
        if pays {
            let member = self.member_numbers.get(&terms.member).copied();
            self.check_tender(member, reconsume, claim)?;
        }
        if self.plan.pool.is_none() && lines.iter().any(|line| line.stated_contribution.is_some()) {
            return Err(Rejection::NoPool);
        }
        self.take_extras(&terms.lines, &mut lines)?;
        Ok(Order {
            id: id.clone(),
            // Filled in when the member is known to exist.
            member: usize::MAX,
            state: OrderState::Placed,
            lines,
            freight: i128::from(terms.freight.minor()),
            tax: i128::from(terms.tax.minor()),
            reconsume,
            claim,
            ship_to: terms.ship_to,
            laid: Laid::default(),
        })
    }

    /// The seller of a line: that of its product, else the one it names.
    fn merchant_of(&self, line: &OrderLine) -> String {
        match self.product_of(line.sku.as_ref()) {
            Some(product) => product.merchant.clone(),
            None => line.merchant.as_ref().map(Id::to_string).unwrap_or_default(),
        }
    }

    /// MERCH-5: the line's own cost, else what the concession of its product leaves of the base.
    fn stated_cost(&self, line: &OrderLine, base: i128) -> Option<i128> {
        let own = line.cost.map(|cost| i128::from(cost.minor()));
        own.or_else(|| {
            let concession = i128::from(self.product_of(line.sku.as_ref())?.concession?.minor());
            Some((base - concession * i128::from(line.quantity.unwrap_or(1))).max(0))
        })
    }

    /// Award zones and products of new lines; their refusals come after all others of the terms (merchants.md).
    fn take_extras(&self, terms: &[OrderLine], lines: &mut [Line]) -> Result<(), Rejection> {
        let zones = self.plan.release.as_ref().map_or(&[][..], |release| &release.zones);
        for (line, term) in lines.iter_mut().zip(terms) {
            let Some(zone) = term.zone.as_ref().filter(|_| !zones.is_empty()) else {
                continue;
            };
            let known = zones.iter().find(|(name, _)| name == zone.as_str());
            line.zone_multiple = u128::from(known.ok_or(Rejection::ZoneUnknown)?.1);
        }
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
            line.product = Some(Bought { award: floor_ratio(&parts, &[wide(line.amount)]) });
        }
        Ok(())
    }

    /// MERCH-4: the merchants of an order's products are approved.
    fn check_merchants(&self, order: &Order) -> Result<(), Rejection> {
        let products = order.products();
        let merchants: Vec<&str> = products.iter().map(|(merchant, _)| merchant.as_str()).collect();
        self.check_product_merchants(&merchants)
    }

    fn check_tender(&self, member: Option<usize>, reconsume: i128, claim: i128) -> Result<(), Rejection> {
        let wallet = member.map_or(0, |member| self.members[member].reconsume);
        if reconsume > wallet {
            return Err(Rejection::InsufficientReconsume);
        }
        // There are no claims in this release, so every claim balance is zero.
        if claim > 0 {
            return Err(Rejection::InsufficientClaim);
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

    fn move_order(&mut self, id: &Id, from: &[OrderState], to: OrderState) -> Result<usize, Rejection> {
        let number = self.known_order(id)?;
        if !from.contains(&self.orders[number].state) {
            return Err(Rejection::OrderState);
        }
        self.orders[number].state = to;
        Ok(number)
    }

    pub(super) fn ship(&mut self, id: &Id) -> Result<(), Rejection> {
        self.move_order(id, &[OrderState::Paid], OrderState::Shipped).map(|_| ())
    }

    pub(super) fn close(&mut self, id: &Id) -> Result<(), Rejection> {
        self.move_order(id, &[OrderState::Placed], OrderState::Closed).map(|_| ())
    }

    pub(super) fn receive(&mut self, id: &Id) -> Result<(), Rejection> {
        let number = self.move_order(id, &[OrderState::Paid, OrderState::Shipped], OrderState::Received)?;
        self.burn_reserved(number);
        let days = i64::from(self.plan.settlement.after_sale_days);
        if days == 0 {
            self.settle(number);
        } else {
            self.schedule(self.now + days * DAY_US, Due::Settlement { order: number });
        }
        Ok(())
    }

    /// ORDER-3b, ORDER-3a, ORDER-5a: the legs of a line on what is left of it.
    pub(super) fn legs(&self, line: &Line) -> Legs {
        let split = &self.plan.split;
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
    fn reserve_part(&self, platform: i128) -> i128 {
        floor_part(self.plan.refund.reserve_share, platform)
    }

    /// ORDER-6b: a merchant's earnings are netted against what it owes.
    pub(super) fn credit_merchant(&mut self, merchant: &str, amount: i128) {
        let merchant = self.merchants.entry(merchant.to_owned()).or_default();
        let netted = amount.min(merchant.receivable);
        merchant.receivable -= netted;
        merchant.payable += amount - netted;
        self.refund_recoverable -= netted;
        self.refund_reserve += netted;
    }

    /// ORDER-4, POOL-1a.
    pub(super) fn settle(&mut self, number: usize) {
        if self.orders[number].state != OrderState::Received {
            return; // Refunded before it settled.
        }
        let limit = self.day_limit();
        self.serve_queue();
        self.orders[number].state = OrderState::Settled;
        if self.counts_volumes() {
            self.settled_today = true;
            self.needs_close();
        }
        let mut allowed = limit;
        let mut commission = 0;
        for position in 0..self.orders[number].lines.len() {
            commission += self.settle_line(number, position, &mut allowed);
        }
        self.pay_commissions(number, commission);
        let order = &self.orders[number];
        let (freight, tax, merchant) = (order.freight, order.tax, order.lines[0].merchant.clone());
        self.escrow -= freight + tax;
        self.tax_payable += tax;
        self.credit_merchant(&merchant, freight);
        if self.waits(number) {
            self.schedule(self.next_midnight(self.now), Due::WaitingContributions { order: number });
        }
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
        for (fund, part) in self.funds.iter_mut().zip(&legs.funds) {
            *fund += part;
        }
        let reserve = self.reserve_part(legs.platform);
        self.refund_reserve += reserve;
        self.platform_revenue += legs.platform - reserve;

        let lot = self.lots.len();
        self.lots.push(Lot {
            member,
            cycle: self.members[member].cycle,
            first_minted: None,
            minted: 0,
            remaining: 0,
            due_back: 0,
            realised: 0,
            base,
            contribution: legs.pool,
        });
        let day = self.local_day(self.now);
        let settled = SettledLine { day, base, contribution: legs.pool, returned: 0, lot };
        self.orders[number].lines[position].settled = Some(settled);
        self.settled_in_period.push(base);
        self.grant_release(number, position, day);
        for (member, units) in self.value_grants(number, position) {
            self.grant_value(member, units);
        }
        if self.plan.pool.is_none() {
            return legs.commission;
        }
        self.members[member].cap_base += match self.exit_of() {
            ExitOf::Spend => base,
            ExitOf::Contribution => legs.pool,
        };
        self.orders[number].lines[position].waiting = legs.pool;
        self.contribute_line(number, position, allowed);
        legs.commission
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

    /// The lot that a line mints into.
    pub(super) fn lot_of(&self, number: usize, position: usize) -> usize {
        self.orders[number].lines[position].settled.expect("only settled lines contribute").lot
    }

    pub(super) fn refund(
        &mut self,
        refund: &Id,
        order: &Id,
        lines: Option<&[RefundLine]>,
    ) -> Result<(), Rejection> {
        let number = self.known_order(order)?;
        let order = &self.orders[number];
        if !Naive::refundable(order) {
            return Err(Rejection::OrderState);
        }
        let mut parts: Vec<(usize, i128)> = Vec::new();
        match lines {
            None => {
                let left = order.lines.iter().map(|line| line.amount - line.refunded).enumerate();
                parts.extend(left.filter(|(_, left)| *left > 0));
            }
            Some(lines) => {
                let ids: BTreeSet<&Id> = lines.iter().map(|line| &line.line).collect();
                if ids.len() != lines.len() {
                    return Err(Rejection::LineRepeated);
                }
                for part in lines {
                    let position = order.lines.iter().position(|line| line.id == part.line);
                    let position = position.ok_or(Rejection::LineUnknown)?;
                    parts.push((position, i128::from(part.amount.minor())));
                }
                if parts.is_empty() || parts.iter().any(|(_, amount)| *amount == 0) {
                    return Err(Rejection::AmountNotPositive);
                }
            }
        }
        if self.refunds.contains(refund) {
            return Err(Rejection::RefundExists);
        }
        let exceeds = |(position, amount): &(usize, i128)| {
            let line = &order.lines[*position];
            *amount > line.amount - line.refunded
        };
        if parts.iter().any(exceeds) {
            return Err(Rejection::RefundExceedsLine);
        }

        self.refunds.insert(refund.clone());
        let late = order.state == OrderState::Settled;
        for (position, amount) in parts {
            if late {
                self.refund_late(number, position, amount);
            } else {
                self.refund_early(number, position, amount);
            }
        }
        let order = &mut self.orders[number];
        if order.lines.iter().all(|line| line.refunded == line.amount) {
            // ORDER-2d.
            order.state = OrderState::Refunded;
            let (freight, tax, merchant) = (order.freight, order.tax, order.lines[0].merchant.clone());
            self.bank -= freight + tax;
            if late {
                self.tax_payable -= tax;
                let paid = self.charge_merchant(&merchant, freight);
                self.cover(freight - paid, &merchant);
            } else {
                self.escrow -= freight + tax;
            }
        }
        Ok(())
    }

    /// ORDER-5: out of escrow, the way it came.
    fn refund_early(&mut self, number: usize, position: usize, amount: i128) {
        let order = &mut self.orders[number];
        let line = &mut order.lines[position];
        let (base, other) = (line.base(), line.other_part());
        line.refunded += amount;
        let (cash, reconsume) = (base - line.base(), other - line.other_part());
        self.escrow -= cash + reconsume;
        self.bank -= cash;
        self.members[order.member].reconsume += reconsume;
        self.members[order.member].spent -= cash;
        self.release_reserved(number, position);
    }

    /// ORDER-6, for one line.
    fn refund_late(&mut self, number: usize, position: usize, amount: i128) {
        let owner = self.orders[number].member;
        let merchant = self.orders[number].lines[position].merchant.clone();
        let before = self.legs(&self.orders[number].lines[position]);
        let commissions = self.commissions(&self.orders[number]);
        let value_grants = self.value_grants(number, position);
        let line = &mut self.orders[number].lines[position];
        let (base, other) = (line.base(), line.other_part());
        line.refunded += amount;
        let (base_left, other_left) = (line.base(), line.other_part());
        let (cash, reconsume) = (base - base_left, other - other_left);
        let mut settled = line.settled.expect("the lines of a settled order are settled");
        let after = self.legs(&self.orders[number].lines[position]);

        // The pool leg: first what still waits in escrow (ORDER-6d), then points for pool money.
        let contribution_cut = before.pool - after.pool;
        let wanted = settled.contribution - after.pool - settled.returned;
        let from_escrow = self.take_waiting(number, position, wanted);
        self.escrow -= from_escrow;
        let lot = &mut self.lots[settled.lot];
        let refunded_base = settled.base - base_left;
        // Rounds down: a part of a unit is not burned.
        let due_back = match settled.base {
            0 => 0,
            whole => floor_ratio(&[lot.minted, wide(refunded_base)], &[wide(whole)]),
        };
        // Less only where splits have saturated both.
        let asked = due_back.saturating_sub(lot.due_back);
        let burned = asked.min(lot.remaining);
        lot.due_back += asked;
        lot.remaining -= burned;
        lot.base = base_left;
        lot.contribution = after.pool;
        let of_present_cycle = lot.cycle == self.members[owner].cycle;
        let pair = (self.assets, self.supply);
        let mut from_pool = 0;
        if burned > 0 {
            // Rounds down: the pool keeps the part of a minor unit, so the price cannot fall.
            from_pool = (wanted - from_escrow).min(floor_value(burned, pair.0, pair.1));
        }
        self.assets -= from_pool;
        self.supply -= burned;
        self.returned += from_pool;
        settled.returned += from_escrow + from_pool;
        self.orders[number].lines[position].settled = Some(settled);

        // The other legs, each as far as its account reaches (ORDER-6b).
        let mut recovered = from_escrow + from_pool;
        recovered += self.charge_merchant(&merchant, before.merchant - after.merchant);
        recovered += self.take_back_commissions(&commissions, number, before.commission - after.commission);
        for (fund, (was, is)) in self.funds.iter_mut().zip(before.funds.iter().zip(&after.funds)) {
            recovered += charge(fund, was - is);
        }
        let reserve = self.reserve_part(before.platform) - self.reserve_part(after.platform);
        recovered += charge(&mut self.refund_reserve, reserve);
        recovered += charge(&mut self.platform_revenue, before.platform - after.platform - reserve);

        self.settled_in_period.push(-cash);
        self.shrink_release(number, position);
        self.shrink_value(&value_grants, number, position, settled.day);

        // ORDER-6c.
        let mut set_off = 0;
        let pool_missing = (contribution_cut - from_escrow - from_pool).max(0);
        if self.plan.refund.set_off_sales && asked > burned {
            set_off = pool_missing.min(self.members[owner].cash_received);
        }
        self.bank -= cash - set_off;
        let member = &mut self.members[owner];
        member.reconsume += reconsume;
        member.spent -= cash;
        let missing = cash + reconsume - set_off - recovered;
        self.cover(missing, &merchant);

        if self.plan.pool.is_none() {
            return;
        }
        let exit_of = self.exit_of();
        let member = &mut self.members[owner];
        member.points -= burned;
        if of_present_cycle {
            let cut = match exit_of {
                ExitOf::Spend => cash,
                ExitOf::Contribution => contribution_cut,
            };
            member.cap_base = (member.cap_base - cut).max(0);
            member.earned = member.earned.saturating_sub(asked);
        }
        if member.points == 0 {
            member.end_cycle();
        }
        if burned > 0 && self.supply == 0 {
            self.end_epoch(pair);
        }
        self.cascade(None);
        self.split_while_high();
    }

    /// Takes a merchant's leg of a late refund; what it lacks becomes its receivable. Returns what it paid.
    fn charge_merchant(&mut self, merchant: &str, amount: i128) -> i128 {
        let merchant = self.merchants.entry(merchant.to_owned()).or_default();
        let paid = charge(&mut merchant.payable, amount);
        merchant.receivable += amount - paid;
        self.refund_recoverable += amount - paid;
        paid
    }

    /// ORDER-6b: who pays what is missing, in order. If the pool returned more than this refund asked for, because
    /// earlier refunds of the line got less than their part, the surplus goes to the refund reserve.
    fn cover(&mut self, missing: i128, merchant: &str) {
        if missing < 0 {
            self.refund_reserve -= missing;
            return;
        }
        let mut missing = missing - charge(&mut self.refund_reserve, missing);
        missing -= charge(&mut self.platform_revenue, missing);
        if let Some(merchant) = self.merchants.get_mut(merchant) {
            missing -= charge(&mut merchant.payable, missing);
        }
        // `merchant.deposit` is always empty in this release.
        self.operator_due += missing;
    }
}

/// Takes an amount from an account as far as it reaches; an amount below zero is a credit. Returns what was taken.
pub(super) fn charge(account: &mut i128, amount: i128) -> i128 {
    let taken = amount.min(*account);
    *account -= taken;
    taken
}
