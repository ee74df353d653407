//! Order lines of listed products: whose they are, what they award, and the emission points behind the award
//! (MERCH-4, MERCH-5).

use std::collections::BTreeMap;

use crate::amount::{Money, Points};
use crate::command::OrderTerms;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{LineNo, MemberNo, MerchantNo, OrderNo, ProductNo};
use crate::ledger::{Account, AccountKind};
use crate::merchant::{AWARD_MAX, MerchantState, line_award, still_reserved};
use crate::rejection::Rejection;

/// A line of an order that buys a listed product.
#[derive(Clone, Copy)]
pub(crate) struct ListedLine {
    product: ProductNo,
    pub(crate) merchant: MerchantNo,
    /// Value units for the whole base; `None` past all limits.
    award: Option<Points>,
    /// The cost that the concession states for the line (MERCH-5).
    pub(crate) cost: Option<Money>,
}

impl Engine {
    /// For each line of the terms the listed product it buys, if any; empty if none does or the plan has no
    /// merchants.
    pub(crate) fn listed_lines(&self, terms: &OrderTerms) -> Vec<Option<ListedLine>> {
        if self.plan.merchant.is_none() || terms.lines.iter().all(|line| line.sku.is_none()) {
            return Vec::new();
        }
        let product = |sku: &crate::id::Id| self.listed_product(sku);
        let products: Vec<Option<ProductNo>> =
            terms.lines.iter().map(|line| line.sku.as_ref().and_then(product)).collect();
        if products.iter().all(Option::is_none) {
            return Vec::new();
        }
        // SOURCE-1a: an order of a source without value units awards none.
        let source = self.find_source(terms).unwrap_or(0);
        let awards = !self.plan.excludes_of(source).value;
        let lines = terms.lines.iter().zip(super::purchase::line_parts(terms)).zip(products);
        lines
            .map(|((line, parts), number)| {
                let number = number?;
                let product = self.state.merchant_records.product(number);
                let quantity = line.quantity.unwrap_or(1);
                let concession = product.concession.map(|concession| {
                    // More than the base is as good as all of it.
                    let all = concession.as_u128().saturating_mul(u128::from(quantity));
                    Money::from_wide(all).unwrap_or(parts.cash)
                });
                Some(ListedLine {
                    product: number,
                    merchant: product.merchant,
                    // A line of nothing is refused for that, later.
                    award: if awards && !line.amount.is_zero() {
                        line_award(product.award, quantity, parts.cash, line.amount)
                    } else {
                        Some(Points::ZERO)
                    },
                    cost: concession.map(|given_up| parts.cash.saturating_sub(given_up)),
                })
            })
            .collect()
    }

    /// Whether the awards are within their limits (MERCH-2, MERCH-4).
    pub(crate) fn awards_fit(&self, lines: &[Option<ListedLine>]) -> bool {
        let mut sum = 0;
        for line in lines.iter().flatten() {
            let Some(award) = line.award.filter(|award| *award <= AWARD_MAX) else { return false };
            // At most ORDER_LINES_MAX times AWARD_MAX, far below 128 bits.
            sum += award.units();
        }
        lines.is_empty() || self.state.merchant_records.totals.has_room_for(sum)
    }

    /// What listed products refuse of an order that is placed or, `pays`, paid at once: product_merchant, merchant_state,
    /// insufficient_emission.
    pub(crate) fn check_listed(
        &self,
        terms: &OrderTerms,
        lines: &[Option<ListedLine>],
        pays: bool,
    ) -> Result<(), Rejection> {
        for (line, listed) in terms.lines.iter().zip(lines) {
            let (Some(named), Some(listed)) = (&line.merchant, listed) else { continue };
            if self.state.merchant_numbers.get(named) != Some(&listed.merchant) {
                return Err(Rejection::ProductMerchant);
            }
        }
        let sold = |listed: &ListedLine| (listed.merchant, listed.award.unwrap_or(Points::ZERO));
        self.check_sellers(lines.iter().flatten().map(sold), pays)
    }

    /// What listed products refuse of a placed order that is paid: limit_reached, merchant_state, insufficient_emission.
    pub(crate) fn check_listed_of(&self, order: OrderNo) -> Result<(), Rejection> {
        let lines = self.awarded_lines(order);
        let sum = lines.iter().map(|(_, _, award)| award.units()).sum();
        if !lines.is_empty() && !self.state.merchant_records.totals.has_room_for(sum) {
            return Err(Rejection::LimitReached);
        }
        self.check_sellers(lines.into_iter().map(|(_, merchant, award)| (merchant, award)), true)
    }

    /// Merchants must be approved and, when the order is paid, have the points for all of its awards.
    fn check_sellers(
        &self,
        sold: impl Iterator<Item = (MerchantNo, Points)>,
        pays: bool,
    ) -> Result<(), Rejection> {
        let mut costs: BTreeMap<MemberNo, Option<u128>> = BTreeMap::new();
        for (merchant, award) in sold {
            let record = self.state.merchant_records.get(merchant);
            let approved = record.filter(|record| record.state == MerchantState::Approved);
            let seller = approved.ok_or(Rejection::MerchantState)?.member;
            let cost = costs.entry(seller).or_insert(Some(0));
            let more = if pays { self.guide_cost(award) } else { Points::ZERO };
            *cost = cost.and_then(|cost| cost.checked_add(more.units()));
        }
        let affordable = |(seller, cost): (&MemberNo, &Option<u128>)| {
            cost.is_some_and(|cost| cost <= self.free_emission(*seller).units())
        };
        if costs.iter().all(affordable) { Ok(()) } else { Err(Rejection::InsufficientEmission) }
    }

    /// The order's lines of listed products, with merchant and award.
    fn awarded_lines(&self, order: OrderNo) -> Vec<(LineNo, MerchantNo, Points)> {
        let records = &self.state.merchant_records;
        let lines = self.state.orders.order(order).line_numbers();
        lines
            .filter_map(|line| {
                let award = records.award(line)?;
                Some((line, records.product(award.product).merchant, award.units))
            })
            .collect()
    }

    /// A line was added that buys a listed product.
    pub(crate) fn keep_award(&mut self, line: LineNo, listed: Option<ListedLine>) {
        let Some(ListedLine { product, award, .. }) = listed else { return };
        let award = award.expect("awards were checked to be within their limits");
        self.commit(Event::ProductOrdered { line, product, award });
    }

    /// The points behind the awards of a paid order are set aside, at the guide price of now.
    pub(crate) fn reserve_awards(&mut self, order: OrderNo) {
        for (line, merchant, award) in self.awarded_lines(order) {
            let points = self.guide_cost(award);
            let seller = self.seller(merchant);
            self.credit_accrued_emission(seller);
            self.post_points_of(AccountKind::MemberEmission, seller, points, false);
            self.post_points_of(AccountKind::MemberEmissionReserved, seller, points, true);
            self.commit(Event::PointsReserved { line, points });
        }
    }

    /// The order was received: what is still reserved for it is burned.
    pub(crate) fn burn_reserved(&mut self, order: OrderNo) {
        if self.plan.merchant.is_none() {
            return;
        }
        for (line, merchant, points) in self.reserved_lines(order) {
            let seller = self.seller(merchant);
            self.post_points_of(AccountKind::MemberEmissionReserved, seller, points, false);
            self.move_emission(Account::programme(AccountKind::EmissionIssued), points, true);
            self.commit(Event::ReservedPointsBurned { line, points });
        }
    }

    /// A line was refunded before it was received: what is no longer needed returns to the merchant's member.
    pub(crate) fn return_reserved(&mut self, line: LineNo) {
        let records = &self.state.merchant_records;
        let Some(award) = records.award(line).copied().filter(|award| !award.reserved.is_zero()) else {
            return;
        };
        let merchant = records.product(award.product).merchant;
        let stays = still_reserved(award.taken, self.amount_left(line), self.state.orders.amount(line));
        let points = award.reserved.checked_sub(stays).expect("less is left after each refund");
        if points.is_zero() {
            return;
        }
        let seller = self.seller(merchant);
        self.post_points_of(AccountKind::MemberEmissionReserved, seller, points, false);
        self.post_points_of(AccountKind::MemberEmission, seller, points, true);
        self.commit(Event::ReservedPointsReturned { line, points });
    }

    fn reserved_lines(&self, order: OrderNo) -> Vec<(LineNo, MerchantNo, Points)> {
        let records = &self.state.merchant_records;
        let lines = self.state.orders.order(order).line_numbers();
        lines
            .filter_map(|line| {
                let award = records.award(line).filter(|award| !award.reserved.is_zero())?;
                Some((line, records.product(award.product).merchant, award.reserved))
            })
            .collect()
    }

    /// The member behind a merchant that lists or listed a product.
    fn seller(&self, merchant: MerchantNo) -> MemberNo {
        let record = self.state.merchant_records.get(merchant);
        record.expect("only a merchant that was approved lists products").member
    }

    fn post_points_of(&mut self, kind: AccountKind, member: MemberNo, points: Points, gains: bool) {
        self.move_emission(Account::member(kind, member), points, gains);
    }
}
