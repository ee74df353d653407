//! Merchants: application, products, tips, payouts (MERCH-1 to MERCH-6).

use crate::amount::{Money, Points};
use crate::command::TipSize;
use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;

impl Engine {
    /// `merchant.apply`. Refuses: member_unknown, order_unknown, order_state, no_merchants, merchant_exists,
    /// below_activation_pack.
    pub(crate) fn apply_merchant(
        &mut self,
        _merchant: &Id,
        _member: &Id,
        _order: &Id,
        _actor: &Id,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }

    /// `merchant.approve`. Refuses: same_person, no_merchants, merchant_unknown, merchant_state.
    pub(crate) fn approve_merchant(&mut self, _merchant: &Id, _actor: &Id) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }

    /// `merchant.reject`. Refuses: reason_missing, no_merchants, merchant_unknown, merchant_state.
    pub(crate) fn reject_merchant(&mut self, _merchant: &Id, _reason: &str) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }

    /// `merchant.suspend`. Refuses: reason_missing, no_merchants, merchant_unknown, merchant_state.
    pub(crate) fn suspend_merchant(&mut self, _merchant: &Id, _reason: &str) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }

    /// `merchant.resume`. Refuses: no_merchants, merchant_unknown, merchant_state.
    pub(crate) fn resume_merchant(&mut self, _merchant: &Id) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }

    /// `merchant.withdraw`. Refuses: limit_reached, amount_not_positive, withdrawal_exists, below_minimum,
    /// insufficient_payable, no_merchants, merchant_unknown.
    pub(crate) fn withdraw_merchant(
        &mut self,
        _withdrawal: &Id,
        _merchant: &Id,
        _amount: Money,
        _actor: &Id,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }

    /// `product.list`. Refuses: limit_reached, amount_not_positive, no_merchants, merchant_unknown, merchant_state,
    /// product_exists, award_too_low, concession_exceeds_price.
    pub(crate) fn list_product(
        &mut self,
        _product: &Id,
        _merchant: &Id,
        _price: Money,
        _value_award: Points,
        _concession: Option<Money>,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }

    /// `product.delist`. Refuses: no_merchants, product_unknown.
    pub(crate) fn delist_product(&mut self, _product: &Id) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }

    /// `tip.give`. Refuses: member_unknown, limit_reached, amount_not_positive, no_merchants, merchant_unknown,
    /// merchant_state, tip_exists, tip_to_self, insufficient_emission.
    pub(crate) fn give_tip(
        &mut self,
        _tip: &Id,
        _merchant: &Id,
        _member: &Id,
        _size: TipSize,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoMerchants)
    }
}
