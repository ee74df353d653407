//! Vouchers for local services (12.10).

use crate::engine::Engine;
use crate::id::{Id, OrderNo};
use crate::rejection::Rejection;

impl Engine {
    /// `voucher.redeem`
    pub(crate) fn redeem_voucher(
        &mut self,
        _order: &Id,
        _merchant: &Id,
        _code: &Id,
    ) -> Result<(), Rejection> {
        Err(Rejection::VoucherState)
    }

    /// A voucher was not redeemed in time.
    pub(crate) fn voucher_expired(&mut self, _order: OrderNo) {}
}
