//! Coupons (12.9).

use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;

impl Engine {
    /// `coupon.issue`
    pub(crate) fn issue_coupon(&mut self, _coupon: &Id, _rule: &Id, _member: &Id) -> Result<(), Rejection> {
        Err(Rejection::CouponUnknown)
    }
}
