//! Merchants of the naive model (MERCH-1 … MERCH-6).

use super::arithmetic::{ceil_part, ceil_ratio, floor_units, wide};
use super::commission::tip_differential;
use super::network::check_reason;
use super::wallet::{Owner, Withdrawal, WithdrawalState};
use super::{Merchant, Naive};
use crate::amount::{Money, Points, Rate, UNITS_PER_POINT};
use crate::command::TipSize;
use crate::id::Id;
use crate::rejection::Rejection;

/// Most value units of one tip or award.
const UNITS_MAX: u128 = 10_000_000_000_000 * UNITS_PER_POINT;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MerchantState {
    Applied,
    Approved,
    Rejected,
    Suspended,
}

/// What a merchant applied with (MERCH-1).
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) member: usize,
    pub(crate) applicant: Id,
    pub(crate) state: MerchantState,
}

/// A listed product (MERCH-4).
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) merchant: String,
    pub(crate) award: u128,
    pub(crate) concession: Option<Money>,
    pub(crate) listed: bool,
}

impl Naive {
    fn has_merchants(&self) -> Result<(), Rejection> {
        if self.plan.merchant.is_none() { Err(Rejection::NoMerchants) } else { Ok(()) }
    }

    fn application(&self, merchant: &Id) -> Option<&Application> {
        self.merchants.get(merchant.as_str())?.application.as_ref()
    }

    /// MERCH-1.
    pub(super) fn apply(&mut self, actor: &Id, id: &Id, member: &Id, order: &Id) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        let order = &self.orders[self.known_order(order)?];
        if order.member != number || !Naive::refundable(order) {
            return Err(Rejection::OrderState);
        }
        self.has_merchants()?;
        // A rejected application no longer counts, neither for the id nor for the member.
        let counts = |(known, merchant): (&String, &Merchant)| {
            merchant.application.as_ref().is_some_and(|a| {
                a.state != MerchantState::Rejected && (a.member == number || *known == id.as_str())
            })
        };
        if self.merchants.iter().any(counts) {
            return Err(Rejection::MerchantExists);
        }
        let left: i128 = order.lines.iter().map(|line| line.amount - line.refunded).sum();
        let pack = self.plan.merchant.map_or(Money::ZERO, |plan| plan.activation_pack);
        if left < i128::from(pack.minor()) {
            return Err(Rejection::BelowActivationPack);
        }
        if self.application(id).is_some() {
            self.corner("applied again");
        }
        let application =
            Application { member: number, applicant: actor.clone(), state: MerchantState::Applied };
        self.merchants.entry(id.to_string()).or_default().application = Some(application);
        Ok(())
    }

    fn move_merchant(&mut self, id: &Id, from: MerchantState, to: MerchantState) -> Result<(), Rejection> {
        self.has_merchants()?;
        if self.application(id).ok_or(Rejection::MerchantUnknown)?.state != from {
            return Err(Rejection::MerchantState);
        }
        let merchant = self.merchants.get_mut(id.as_str()).and_then(|m| m.application.as_mut());
        merchant.expect("it has applied").state = to;
        Ok(())
    }

    pub(super) fn approve_merchant(&mut self, actor: &Id, id: &Id) -> Result<(), Rejection> {
        let same = self.application(id).is_some_and(|application| {
            let concerned = [&application.applicant, id, &self.members[application.member].id];
            concerned.into_iter().any(|person| self.one_person(person, actor))
        });
        if same {
            return Err(Rejection::SamePerson);
        }
        self.move_merchant(id, MerchantState::Applied, MerchantState::Approved)
    }

    pub(super) fn reject_merchant(&mut self, id: &Id, reason: &str) -> Result<(), Rejection> {
        check_reason(reason)?;
        self.move_merchant(id, MerchantState::Applied, MerchantState::Rejected)
    }

    pub(super) fn suspend_merchant(&mut self, id: &Id, reason: &str) -> Result<(), Rejection> {
        check_reason(reason)?;
        self.move_merchant(id, MerchantState::Approved, MerchantState::Suspended)
    }

    pub(super) fn resume_merchant(&mut self, id: &Id) -> Result<(), Rejection> {
        self.move_merchant(id, MerchantState::Suspended, MerchantState::Approved)
    }

    /// The member of an approved merchant.
    fn approved(&self, id: &str) -> Result<usize, Rejection> {
        let application = self.merchants.get(id).and_then(|merchant| merchant.application.as_ref());
        let application = application.ok_or(Rejection::MerchantUnknown)?;
        if application.state != MerchantState::Approved {
            return Err(Rejection::MerchantState);
        }
        Ok(application.member)
    }

    // ---- tips

    /// MERCH-2, MERCH-3.
    pub(super) fn tip(
        &mut self,
        tip: &Id,
        merchant: &Id,
        member: &Id,
        size: TipSize,
    ) -> Result<(), Rejection> {
        let recipient = self.known_member(member)?;
        let units = match size {
            TipSize::Value(points) => points.units(),
            TipSize::Concession(money) => 10 * self.units_of(i128::from(money.minor())),
        };
        if units > UNITS_MAX {
            return Err(Rejection::LimitReached);
        }
        if units == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        self.has_merchants()?;
        let giver = self.approved(merchant.as_str())?;
        if self.tips.contains(tip) {
            return Err(Rejection::TipExists);
        }
        if giver == recipient {
            return Err(Rejection::TipToSelf);
        }
        let points = self.points_for_units(units);
        if points > self.members[giver].emission {
            return Err(Rejection::InsufficientEmission);
        }

        self.tips.insert(tip.clone());
        self.members[giver].emission -= points;
        let mut left = points;
        let mut sides = 0;
        for side in [giver, recipient] {
            let others = self.upline(side).into_iter().filter(|m| *m != giver && *m != recipient);
            let ranked = others
                .filter(|member| self.is_qualified(*member))
                .filter_map(|member| Some((member, self.plan.ranks[self.members[member].rank?].tip_rate)));
            let chain: Vec<(usize, Rate)> = ranked.collect();
            let mut paid_here = 0;
            for (member, part) in tip_differential(points, &chain) {
                // No tip_rate is above 50 % (MERCH-2a), so both sides together get no more than all.
                left -= part;
                paid_here += part;
                self.members[member].emission += part;
            }
            sides += u8::from(paid_here > 0);
        }
        if sides == 2 {
            self.corner("tip chains on both sides");
        }
        self.emission_burned += left;
        let share = self.plan.merchant.map_or(Rate::ZERO, |plan| plan.merchant_share);
        self.grant_value(recipient, units);
        self.grant_value(giver, floor_units(share, units));
        Ok(())
    }

    // ---- products

    /// MERCH-4, MERCH-6.
    pub(super) fn list_product(
        &mut self,
        product: &Id,
        merchant: &Id,
        price: Money,
        award: Points,
        concession: Option<Money>,
    ) -> Result<(), Rejection> {
        if award.units() > UNITS_MAX {
            return Err(Rejection::LimitReached);
        }
        if price.is_zero() || award.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        self.has_merchants()?;
        self.approved(merchant.as_str())?;
        if self.products.contains_key(product) {
            return Err(Rejection::ProductExists);
        }
        if award.units() < self.units_of(i128::from(price.minor())) {
            return Err(Rejection::AwardTooLow);
        }
        if concession.is_some_and(|concession| concession > price) {
            return Err(Rejection::ConcessionExceedsPrice);
        }
        let merchant = merchant.to_string();
        let listed = Product { merchant, award: award.units(), concession, listed: true };
        self.products.insert(product.clone(), listed);
        Ok(())
    }

    pub(super) fn delist_product(&mut self, product: &Id) -> Result<(), Rejection> {
        self.has_merchants()?;
        match self.products.get_mut(product) {
            Some(product) if product.listed => {
                product.listed = false;
                Ok(())
            }
            Some(_) | None => Err(Rejection::ProductUnknown),
        }
    }

    /// The listed product that a line buys.
    pub(super) fn product_of(&self, sku: Option<&Id>) -> Option<&Product> {
        self.products.get(sku?).filter(|product| product.listed)
    }

    /// Whether the merchants of an order's products are approved (MERCH-4).
    pub(super) fn check_product_merchants(&self, merchants: &[&str]) -> Result<(), Rejection> {
        for merchant in merchants {
            self.approved(merchant).map_err(|_| Rejection::MerchantState)?;
        }
        Ok(())
    }

    /// MERCH-4: what each of an order's lines needs of its merchant's points now; refused if one has too few.
    pub(super) fn emission_needed(&mut self, lines: &[(String, u128)]) -> Result<Vec<u128>, Rejection> {
        let mut needed = Vec::new();
        let mut free: Vec<u128> = self.members.iter().map(|member| member.emission).collect();
        for (merchant, award) in lines {
            let points = self.points_for_units(*award);
            let member = self.approved(merchant)?;
            free[member] = free[member].checked_sub(points).ok_or(Rejection::InsufficientEmission)?;
            needed.push(points);
        }
        Ok(needed)
    }

    /// The member behind the merchant of a product's line.
    fn member_of_product(&self, order: usize, position: usize) -> usize {
        let merchant = &self.orders[order].lines[position].merchant;
        let application = self.merchants.get(merchant).and_then(|merchant| merchant.application.as_ref());
        application.expect("products belong to merchants that applied").member
    }

    /// MERCH-4: at payment.
    pub(super) fn reserve_emission(&mut self, order: usize, position: usize, points: u128) {
        let member = self.member_of_product(order, position);
        self.members[member].emission -= points;
        self.members[member].emission_reserved += points;
        let line = &mut self.orders[order].lines[position];
        (line.reserved_at_payment, line.reserved) = (points, points);
        self.corner("emission reserved");
    }

    /// MERCH-4: at receipt.
    pub(super) fn burn_reserved(&mut self, order: usize) {
        for position in 0..self.orders[order].lines.len() {
            let points = std::mem::take(&mut self.orders[order].lines[position].reserved);
            if points > 0 {
                let member = self.member_of_product(order, position);
                self.members[member].emission_reserved -= points;
                self.emission_burned += points;
                self.corner("reserved emission burned");
            }
        }
    }

    /// MERCH-4: after a refund before receipt.
    pub(super) fn release_reserved(&mut self, order: usize, position: usize) {
        let line = &self.orders[order].lines[position];
        if line.reserved == 0 {
            return;
        }
        let left = wide(line.amount - line.refunded);
        let keeps = ceil_ratio(&[line.reserved_at_payment, left], &[wide(line.amount)]);
        let freed = line.reserved - keeps;
        let member = self.member_of_product(order, position);
        self.members[member].emission_reserved -= freed;
        self.members[member].emission += freed;
        self.orders[order].lines[position].reserved = keeps;
        self.corner("reservation released by refund");
        if keeps > 0 {
            self.corner("reservation released in part");
        }
    }

    // ---- payouts

    /// MERCH-5.
    pub(super) fn withdraw_merchant(
        &mut self,
        actor: &Id,
        id: &Id,
        merchant: &Id,
        amount: i128,
    ) -> Result<(), Rejection> {
        let wallet = self.plan.wallet;
        if amount == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        if self.withdrawal_numbers.contains_key(id) {
            return Err(Rejection::WithdrawalExists);
        }
        let fee = ceil_part(wallet.withdrawal_fee, amount);
        if amount < i128::from(wallet.withdrawal_minimum.minor()) || fee > amount {
            return Err(Rejection::BelowMinimum);
        }
        let payable = self.merchants.get(merchant.as_str()).map_or(0, |merchant| merchant.payable);
        if amount > payable {
            return Err(Rejection::InsufficientPayable);
        }
        self.has_merchants()?;
        // MERCH-5: any that applied, in whatever state.
        self.application(merchant).ok_or(Rejection::MerchantUnknown)?;

        let known = self.merchants.entry(merchant.to_string()).or_default();
        known.payable -= amount;
        known.hold += amount;
        self.withdrawal_numbers.insert(id.clone(), self.withdrawals.len());
        self.withdrawals.push(Withdrawal {
            id: id.clone(),
            owner: Owner::Merchant(merchant.to_string()),
            requester: actor.clone(),
            approver: None,
            state: WithdrawalState::Requested,
            amount,
            at: self.now,
            fee,
            parts: Vec::new(),
            kept: 0,
            reconsume: Rate::ZERO,
        });
        Ok(())
    }

    /// The member behind an applied merchant, as an outside id.
    pub(crate) fn merchant_person(&self, merchant: &str) -> Option<Id> {
        let application = self.merchants.get(merchant)?.application.as_ref()?;
        Some(self.members[application.member].id.clone())
    }
}
