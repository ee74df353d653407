//! Payments that providers reported (PAY-1).

use crate::amount::{Currency, Money};
use crate::engine::Engine;
use crate::id::{Id, PaymentNo};
use crate::keys::KeyKind;
use crate::payment::{Payment, SuspenseReason};
use crate::time::Timestamp;

/// A payment that a provider reported (PAY-1).
#[derive(Clone, Copy, Debug)]
pub struct PaymentView<'a> {
    /// The provider's id.
    pub id: &'a str,
    /// In minor units of its currency.
    pub amount: Money,
    /// Its currency; only what is in the programme's was posted.
    pub currency: Currency,
    /// The order it names.
    pub order: Option<&'a str>,
    /// When it was reported.
    pub received_at: Timestamp,
    /// What of it is neither applied, returned nor booked: more than zero is an alarm.
    pub left: Money,
    /// Why it did not pay its order at once.
    pub reason: Option<SuspenseReason>,
    /// With [`SuspenseReason::OrderNotPayable`]: the code of the refusal.
    pub refusal: Option<&'a str>,
}

impl Engine {
    /// The payments that providers reported, in the order in which they came.
    pub fn payments(&self) -> impl Iterator<Item = PaymentView<'_>> {
        self.state.payments.list().iter().map(payment_view)
    }

    /// Those of which something is left, each with its reason (PAY-1b): alarms. What is left of those in the programme's
    /// currency adds up to `suspense`.
    pub fn open_payments(&self) -> impl Iterator<Item = PaymentView<'_>> {
        self.payments().filter(|payment| !payment.left.is_zero())
    }

    /// The payment with this id.
    pub fn payment(&self, id: &str) -> Option<PaymentView<'_>> {
        let number = self.find(KeyKind::Payment, id)?;
        Some(payment_view(self.state.payments.get(PaymentNo(number))))
    }
}

fn payment_view(payment: &Payment) -> PaymentView<'_> {
    let suspended = payment.suspended.as_ref();
    PaymentView {
        id: payment.id.as_str(),
        amount: payment.amount,
        currency: payment.currency,
        order: payment.order.as_ref().map(Id::as_str),
        received_at: payment.received_at,
        left: payment.left,
        reason: suspended.map(|suspended| suspended.reason),
        refusal: suspended.and_then(|suspended| suspended.refusal.as_ref()).map(Id::as_str),
    }
}
