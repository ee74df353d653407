//! Merchants: application and review, listed products, payouts (MERCH-1, MERCH-5, MERCH-6).

use crate::amount::{AMOUNT_MAX, Money, Points};
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{Id, MerchantNo, OrderNo, ProductNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::merchant::{AWARD_MAX, Merchant, MerchantState, award_suffices};
use crate::order::OrderState;
use crate::plan::MerchantPlan;
use crate::rejection::Rejection;

impl Engine {
    /// `merchant.apply`. Refuses: member_unknown, limit_reached, order_unknown, order_state, no_merchants, merchant_exists,
    /// below_activation_pack.
    pub(crate) fn apply_merchant(
        &mut self,
        merchant: &Id,
        member: &Id,
        order: &Id,
        actor: &Id,
    ) -> Result<(), Rejection> {
        let member = self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        let known = self.state.merchant_numbers.get(merchant).copied();
        if known.is_none() && MerchantNo::at(self.state.merchants.len()).is_none() {
            return Err(Rejection::LimitReached);
        }
        let paid = [OrderState::Paid, OrderState::Shipped, OrderState::Received, OrderState::Settled];
        let pack = self.order_in(order, &paid)?;
        if self.state.orders.order(pack).member != member {
            return Err(Rejection::OrderState);
        }
        let plan = self.merchant_plan()?;
        if self.state.merchant_records.has_applied(known, member) {
            return Err(Rejection::MerchantExists);
        }
        if self.left_of_order(pack) < plan.activation_pack {
            return Err(Rejection::BelowActivationPack);
        }
        let merchant = self.merchant_or_register(Some(merchant));
        self.commit(Event::MerchantApplied { merchant, member, order: pack, by: actor.clone() });
        Ok(())
    }

    /// Amounts of an order's lines, less what was refunded of them.
    fn left_of_order(&self, order: OrderNo) -> Money {
        let lines = self.state.orders.order(order).line_numbers();
        lines.fold(Money::ZERO, |sum, line| sum.add_within_limit(self.amount_left(line)))
    }

    /// `merchant.approve`: by somebody else than who applied, the merchant and its member. Refuses: same_person, no_merchants,
    /// merchant_unknown, merchant_state.
    pub(crate) fn approve_merchant(&mut self, merchant: &Id, actor: &Id) -> Result<(), Rejection> {
        let known = self.find_merchant(merchant);
        let acts_for_itself = known.as_ref().is_some_and(|(_, record)| {
            self.is_same_person(merchant, actor)
                || self.is_same_person(&record.applied_by, actor)
                || self.is_person_of(record.member, actor)
        });
        if acts_for_itself {
            return Err(Rejection::SamePerson);
        }
        let merchant = self.merchant_in(merchant, MerchantState::Applied)?;
        self.commit(Event::MerchantApproved { merchant, by: actor.clone() });
        Ok(())
    }

    /// `merchant.reject`. Refuses: reason_missing, no_merchants, merchant_unknown, merchant_state.
    pub(crate) fn reject_merchant(&mut self, merchant: &Id, reason: &str) -> Result<(), Rejection> {
        super::withdraw::check_reason(reason)?;
        let merchant = self.merchant_in(merchant, MerchantState::Applied)?;
        self.commit(Event::MerchantRejected { merchant, reason: reason.to_owned() });
        Ok(())
    }

    /// `merchant.suspend`. Refuses: reason_missing, no_merchants, merchant_unknown, merchant_state.
    pub(crate) fn suspend_merchant(&mut self, merchant: &Id, reason: &str) -> Result<(), Rejection> {
        super::withdraw::check_reason(reason)?;
        let merchant = self.merchant_in(merchant, MerchantState::Approved)?;
        self.commit(Event::MerchantSuspended { merchant, reason: reason.to_owned() });
        Ok(())
    }

    /// `merchant.resume`. Refuses: no_merchants, merchant_unknown, merchant_state.
    pub(crate) fn resume_merchant(&mut self, merchant: &Id) -> Result<(), Rejection> {
        let merchant = self.merchant_in(merchant, MerchantState::Suspended)?;
        self.commit(Event::MerchantResumed { merchant });
        Ok(())
    }

    /// `merchant.withdraw`: the amount moves from what is payable to a hold; then as WALLET-2. Refuses: limit_reached,
    /// amount_not_positive, withdrawal_exists, below_minimum, insufficient_payable, no_merchants, merchant_unknown.
    pub(crate) fn withdraw_merchant(
        &mut self,
        withdrawal: &Id,
        merchant: &Id,
        amount: Money,
        actor: &Id,
    ) -> Result<(), Rejection> {
        let number = self.next_withdrawal(withdrawal, amount)?;
        if amount < self.plan.wallet.withdrawal_minimum {
            return Err(Rejection::BelowMinimum);
        }
        let payable = |of| Account::merchant(AccountKind::MerchantPayable, of);
        let named = self.state.merchant_numbers.get(merchant).copied();
        let owed = named.map_or(0, |of| self.state.ledger.balance(payable(of)));
        if i128::from(amount.minor()) > owed {
            return Err(Rejection::InsufficientPayable);
        }
        self.merchant_plan()?;
        let (merchant, _) = self.find_merchant(merchant).ok_or(Rejection::MerchantUnknown)?;
        self.post(payable(merchant), -i128::from(amount.minor()));
        self.post(Account::merchant(AccountKind::MerchantHold, merchant), i128::from(amount.minor()));
        self.commit(Event::PayoutRequested {
            withdrawal: number,
            id: withdrawal.clone(),
            merchant,
            amount,
            by: actor.clone(),
        });
        Ok(())
    }

    /// `product.list`. Refuses: limit_reached, amount_not_positive, no_merchants, merchant_unknown, merchant_state,
    /// product_exists, award_too_low, concession_exceeds_price.
    pub(crate) fn list_product(
        &mut self,
        product: &Id,
        merchant: &Id,
        price: Money,
        value_award: Points,
        concession: Option<Money>,
    ) -> Result<(), Rejection> {
        let number = ProductNo::at(self.state.merchant_records.products().len());
        let number = number.ok_or(Rejection::LimitReached)?;
        if price.minor() > AMOUNT_MAX || value_award > AWARD_MAX {
            return Err(Rejection::LimitReached);
        }
        if price.is_zero() || value_award.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        let merchant = self.merchant_in(merchant, MerchantState::Approved)?;
        if self.find(KeyKind::Product, product.as_str()).is_some() {
            return Err(Rejection::ProductExists);
        }
        if !award_suffices(value_award, price, self.plan.programme.currency.decimals) {
            return Err(Rejection::AwardTooLow);
        }
        if concession.is_some_and(|concession| concession > price) {
            return Err(Rejection::ConcessionExceedsPrice);
        }
        let id = product.clone();
        self.commit(Event::ProductListed { product: number, id, merchant, price, value_award, concession });
        Ok(())
    }

    /// `product.delist`. Refuses: no_merchants, product_unknown.
    pub(crate) fn delist_product(&mut self, product: &Id) -> Result<(), Rejection> {
        self.merchant_plan()?;
        let product = self.listed_product(product).ok_or(Rejection::ProductUnknown)?;
        self.commit(Event::ProductDelisted { product });
        Ok(())
    }

    pub(crate) fn merchant_plan(&self) -> Result<MerchantPlan, Rejection> {
        self.plan.merchant.ok_or(Rejection::NoMerchants)
    }

    /// The merchant with this id, if it has applied.
    pub(crate) fn find_merchant(&self, merchant: &Id) -> Option<(MerchantNo, Merchant)> {
        let number = *self.state.merchant_numbers.get(merchant)?;
        Some((number, self.state.merchant_records.get(number)?.clone()))
    }

    /// The merchant with this id, if it is in this state. Refuses: no_merchants, merchant_unknown, merchant_state.
    pub(crate) fn merchant_in(&self, merchant: &Id, state: MerchantState) -> Result<MerchantNo, Rejection> {
        self.merchant_plan()?;
        let (number, record) = self.find_merchant(merchant).ok_or(Rejection::MerchantUnknown)?;
        if record.state == state { Ok(number) } else { Err(Rejection::MerchantState) }
    }
}
