//! Payments that providers report: what each was, what of it lies in suspense and why, and what two people decided of it
//! (PAY-1).

use ratchet_wire_derive::Wire;
use serde::{Deserialize, Serialize};

use crate::amount::{Currency, Money};
use crate::id::{Id, PaymentNo, index};
use crate::time::Timestamp;
use crate::undo::{Column, undo_fields};

/// Why a payment stays in suspense instead of paying an order (PAY-1b).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
pub enum SuspenseReason {
    /// It is in another currency than the programme's: nothing was posted.
    CurrencyDiffers,
    /// It names no order.
    OrderMissing,
    /// It names an order that does not exist.
    OrderUnknown,
    /// The order is paid already.
    OrderPaid,
    /// The order was closed unpaid.
    OrderClosed,
    /// The order was refunded.
    OrderRefunded,
    /// The order cannot be paid now; the refusal of its payment says why.
    OrderNotPayable,
    /// It is not what the order's next payment is.
    AmountDiffers,
}

impl SuspenseReason {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            SuspenseReason::CurrencyDiffers => "currency_differs",
            SuspenseReason::OrderMissing => "order_missing",
            SuspenseReason::OrderUnknown => "order_unknown",
            SuspenseReason::OrderPaid => "order_paid",
            SuspenseReason::OrderClosed => "order_closed",
            SuspenseReason::OrderRefunded => "order_refunded",
            SuspenseReason::OrderNotPayable => "order_not_payable",
            SuspenseReason::AmountDiffers => "amount_differs",
        }
    }
}

/// Why a payment did not pay its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire, ratchet_wire_derive::Snapshot)]
#[serde(deny_unknown_fields)]
pub struct Suspended {
    /// The reason.
    pub reason: SuspenseReason,
    /// With [`SuspenseReason::OrderNotPayable`]: the code of the refusal that `order.pay` would have had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Id>,
}

/// What two people make of a payment in suspense (PAY-1d).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire, ratchet_wire_derive::Snapshot)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PaymentTarget {
    /// It makes the next payment of this order.
    Order(Id),
    /// It belongs to no order: it is income of the platform, from this source.
    Source(Id),
}

/// A payment that a provider reported.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Payment {
    pub(crate) id: Id,
    /// In minor units of its own currency.
    pub(crate) amount: Money,
    pub(crate) currency: Currency,
    /// The order it names.
    pub(crate) order: Option<Id>,
    pub(crate) received_at: Timestamp,
    /// What of it is neither applied, returned nor booked.
    pub(crate) left: Money,
    pub(crate) suspended: Option<Suspended>,
}

/// A proposal of what becomes of a payment.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Resolution {
    pub(crate) payment: PaymentNo,
    pub(crate) target: PaymentTarget,
    pub(crate) by: Id,
    pub(crate) done: bool,
}

/// All payments and resolutions, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payments {
    list: Column<Payment>,
    resolutions: Column<Resolution>,
}

undo_fields!(Payments { parts: list, resolutions; });

impl Payments {
    pub(crate) fn list(&self) -> &[Payment] {
        &self.list
    }

    pub(crate) fn get(&self, payment: PaymentNo) -> &Payment {
        &self.list[payment.index()]
    }

    pub(crate) fn receive(&mut self, payment: Payment) {
        self.list.push(payment);
    }

    /// So much of it is still in suspense.
    pub(crate) fn set_left(&mut self, payment: PaymentNo, left: Money) {
        self.list[payment.index()].left = left;
    }

    pub(crate) fn resolutions(&self) -> &[Resolution] {
        &self.resolutions
    }

    pub(crate) fn resolution(&self, resolution: u32) -> &Resolution {
        &self.resolutions[index(resolution)]
    }

    pub(crate) fn propose(&mut self, resolution: Resolution) {
        self.resolutions.push(resolution);
    }

    pub(crate) fn approve(&mut self, resolution: u32) {
        self.resolutions[index(resolution)].done = true;
    }
}
