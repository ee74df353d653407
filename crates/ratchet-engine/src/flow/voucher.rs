//! Vouchers for local services (VOUCH-1, VOUCH-2).

use crate::campaign::Voucher;
use crate::engine::Engine;
use crate::event::Event;
use crate::hash::Hash32;
use crate::id::{Id, OrderNo};
use crate::rejection::Rejection;
use crate::time::Timestamp;

impl Engine {
    /// VOUCH-1: a decided order has its voucher.
    pub(super) fn issue_voucher(&mut self, order: OrderNo, days: u32) {
        let calendar = &self.plan.programme.calendar;
        let expires_at = calendar.end_of_validity(self.state.now, days).unwrap_or(Timestamp::MAX);
        self.commit(Event::VoucherIssued { order, expires_at });
    }

    /// `voucher.redeem`: the receipt of the order. Refuses: limit_reached (a settlement past the end of time),
    /// order_unknown, voucher_state, voucher_code.
    pub(crate) fn redeem_voucher(&mut self, order: &Id, merchant: &Id, code: &Id) -> Result<(), Rejection> {
        let order = self.named_order(order.as_str()).ok_or(Rejection::OrderUnknown)?;
        let record = self.state.campaigns.order(order).filter(|record| record.voucher == Voucher::Good);
        let record = record.ok_or(Rejection::VoucherState)?;
        let named = self.state.merchant_numbers.get(merchant);
        let mut lines = self.state.orders.order(order).line_numbers();
        if !lines.all(|line| Some(&self.state.orders.detail(line).merchant) == named) {
            return Err(Rejection::VoucherState);
        }
        if record.code_hash != Some(Hash32::of(code.as_str().as_bytes())) {
            return Err(Rejection::VoucherCode);
        }
        let days = self.plan_of(order).settlement.after_sale_days;
        self.state.now.plus_days(days).ok_or(Rejection::LimitReached)?;
        self.commit(Event::VoucherRedeemed { order });
        self.receive_checked(order)
    }

    /// A voucher was not redeemed in time: its order is refunded in full.
    pub(crate) fn voucher_expired(&mut self, order: OrderNo) {
        self.refund_whole(order);
    }
}
