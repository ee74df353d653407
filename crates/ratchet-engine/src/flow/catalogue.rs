//! Articles, stock and freight (CAT-1 to CAT-6).

use crate::amount::Money;
use crate::command::SkuTerms;
use crate::engine::Engine;
use crate::id::{Id, OrderNo};
use crate::rejection::Rejection;

impl Engine {
    /// `sku.list`
    pub(crate) fn list_sku(&mut self, _sku: &Id, _terms: &SkuTerms) -> Result<(), Rejection> {
        Err(Rejection::NoCatalogue)
    }

    /// `sku.price`
    pub(crate) fn price_sku(
        &mut self,
        _sku: &Id,
        _price: Money,
        _cost: Option<Money>,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoCatalogue)
    }

    /// `sku.delist`
    pub(crate) fn delist_sku(&mut self, _sku: &Id) -> Result<(), Rejection> {
        Err(Rejection::NoCatalogue)
    }

    /// `stock.add`
    pub(crate) fn add_stock(&mut self, _sku: &Id, _quantity: u32) -> Result<(), Rejection> {
        Err(Rejection::NoCatalogue)
    }

    /// `stock.remove`
    pub(crate) fn remove_stock(&mut self, _sku: &Id, _quantity: u32) -> Result<(), Rejection> {
        Err(Rejection::NoCatalogue)
    }

    /// An unpaid order, or the rest of a presale, was not paid in time.
    pub(crate) fn payment_timed_out(&mut self, _order: OrderNo) {}
}
