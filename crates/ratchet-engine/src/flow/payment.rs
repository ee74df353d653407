//! Payments that providers report: into suspense, out of it to their order, back to who paid, or as two people decide (PAY-1).

use crate::amount::{AMOUNT_MAX, Currency, Money};
use crate::engine::Engine;
use crate::event::{Event, PaymentReceived, ResolutionProposed};
use crate::id::{Id, OrderNo, PaymentNo};
use crate::keys::KeyKind;
use crate::ledger::AccountKind;
use crate::order::OrderState;
use crate::payment::{Payment, PaymentTarget, Suspended, SuspenseReason};
use crate::rejection::Rejection;

impl Engine {
    /// `payment.receive`. Refuses: payment_exists, payment_conflict, limit_reached, amount_not_positive.
    pub(crate) fn receive_payment(
        &mut self,
        payment: &Id,
        amount: Money,
        currency: Currency,
        order: Option<&Id>,
    ) -> Result<(), Rejection> {
        if let Some(known) = self.find(KeyKind::Payment, payment.as_str()) {
            let known = self.state.payments.get(PaymentNo(known));
            let same = (known.amount, known.currency, known.order.as_ref()) == (amount, currency, order);
            return Err(if same { Rejection::PaymentExists } else { Rejection::PaymentConflict });
        }
        let number = PaymentNo::at(self.state.payments.list().len()).ok_or(Rejection::LimitReached)?;
        let is_own = currency == self.plan.programme.currency;
        if amount.minor() > AMOUNT_MAX || (is_own && !self.has_room_for(amount)) {
            return Err(Rejection::LimitReached);
        }
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        let pays = self.payable_with(amount, is_own, order);
        if is_own {
            self.debit(AccountKind::Bank, amount);
            self.credit(AccountKind::Suspense, amount);
        }
        self.commit(Event::PaymentReceived(Box::new(PaymentReceived {
            payment: number,
            id: payment.clone(),
            amount,
            currency,
            order: order.cloned(),
            suspended: pays.clone().err(),
        })));
        if let Ok(order) = pays {
            self.apply_payment(number, order, amount);
        }
        Ok(())
    }

    /// PAY-1b: the order that a payment of this amount pays, or why it stays in suspense.
    fn payable_with(&self, amount: Money, is_own: bool, order: Option<&Id>) -> Result<OrderNo, Suspended> {
        let because = |reason| Suspended { reason, refusal: None };
        if !is_own {
            return Err(because(SuspenseReason::CurrencyDiffers));
        }
        let order = order.ok_or_else(|| because(SuspenseReason::OrderMissing))?;
        let order = self.named_order(order.as_str()).ok_or_else(|| because(SuspenseReason::OrderUnknown))?;
        match self.state.orders.order(order).state {
            OrderState::Placed => {}
            OrderState::Paid | OrderState::Shipped | OrderState::Received | OrderState::Settled => {
                return Err(because(SuspenseReason::OrderPaid));
            }
            OrderState::Closed => return Err(because(SuspenseReason::OrderClosed)),
            OrderState::Refunded => return Err(because(SuspenseReason::OrderRefunded)),
        }
        self.check_payable(order).map_err(|refusal| Suspended {
            reason: SuspenseReason::OrderNotPayable,
            refusal: Some(Id::new(refusal.code()).expect("a code is an id")),
        })?;
        if self.next_payment(order) == amount {
            Ok(order)
        } else {
            Err(because(SuspenseReason::AmountDiffers))
        }
    }

    /// The order's next payment comes out of suspense; it was checked.
    fn apply_payment(&mut self, payment: PaymentNo, order: OrderNo, amount: Money) {
        let left = self.state.payments.get(payment).left.saturating_sub(amount);
        self.commit(Event::PaymentApplied { payment, order, amount, remaining: left });
        self.pay_placed(order, AccountKind::Suspense);
    }

    /// `payment.return`. Refuses: amount_not_positive, payment_unknown, payment_state, payment_currency (the amount is stated in
    /// another currency than the payment's), return_exceeds_payment.
    pub(crate) fn return_payment(
        &mut self,
        payment: &Id,
        amount: Money,
        currency: Currency,
    ) -> Result<(), Rejection> {
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        let (number, known) = self.open_payment(payment)?;
        if known.currency != currency {
            return Err(Rejection::PaymentCurrency);
        }
        let left = known.left.checked_sub(amount).ok_or(Rejection::ReturnExceedsPayment)?;
        if self.is_own(number) {
            self.debit(AccountKind::Suspense, amount);
            self.credit(AccountKind::Bank, amount);
        }
        self.commit(Event::PaymentReturned { payment: number, amount, remaining: left });
        Ok(())
    }

    /// `payment.resolve`. Refuses: limit_reached, order_unknown, payment_unknown, payment_state, payment_currency (another
    /// currency pays no order), resolution_exists.
    pub(crate) fn propose_resolution(
        &mut self,
        resolution: &Id,
        payment: &Id,
        target: &PaymentTarget,
        by: &Id,
    ) -> Result<(), Rejection> {
        let number =
            u32::try_from(self.state.payments.resolutions().len()).map_err(|_| Rejection::LimitReached)?;
        if let PaymentTarget::Order(order) = target
            && self.named_order(order.as_str()).is_none()
        {
            return Err(Rejection::OrderUnknown);
        }
        let (payment, _) = self.open_payment(payment)?;
        if matches!(target, PaymentTarget::Order(_)) && !self.is_own(payment) {
            return Err(Rejection::PaymentCurrency);
        }
        if self.find(KeyKind::Resolution, resolution.as_str()).is_some() {
            return Err(Rejection::ResolutionExists);
        }
        let (id, target, by) = (resolution.clone(), target.clone(), by.clone());
        self.commit(Event::ResolutionProposed(Box::new(ResolutionProposed {
            resolution: number,
            id,
            payment,
            target,
            by,
        })));
        Ok(())
    }

    /// `payment.approve`. Refuses: resolution_unknown, resolution_done, same_person, payment_state; of an order order_state, what
    /// its payment refuses, payment_short.
    pub(crate) fn approve_resolution(&mut self, resolution: &Id, by: &Id) -> Result<(), Rejection> {
        let number =
            self.find(KeyKind::Resolution, resolution.as_str()).ok_or(Rejection::ResolutionUnknown)?;
        let record = self.state.payments.resolution(number).clone();
        if record.done {
            return Err(Rejection::ResolutionDone);
        }
        if self.is_same_person(&record.by, by) {
            return Err(Rejection::SamePerson);
        }
        let left = self.state.payments.get(record.payment).left;
        if left.is_zero() {
            return Err(Rejection::PaymentState);
        }
        let pays = match &record.target {
            PaymentTarget::Source(_) => None,
            PaymentTarget::Order(order) => {
                let order = self.find(KeyKind::Order, order.as_str()).ok_or(Rejection::OrderUnknown)?;
                let order = OrderNo(order);
                if self.state.orders.order(order).state != OrderState::Placed {
                    return Err(Rejection::OrderState);
                }
                self.check_payable(order)?;
                let amount = self.next_payment(order);
                if amount > left {
                    return Err(Rejection::PaymentShort);
                }
                Some((order, amount))
            }
        };
        self.commit(Event::ResolutionApproved { resolution: number, by: by.clone() });
        match (pays, record.target) {
            (Some((order, amount)), _) => self.apply_payment(record.payment, order, amount),
            (None, PaymentTarget::Source(source)) => {
                if self.is_own(record.payment) {
                    self.debit(AccountKind::Suspense, left);
                    self.credit(AccountKind::PlatformRevenue, left);
                }
                self.commit(Event::PaymentBooked { payment: record.payment, amount: left, source });
            }
            (None, PaymentTarget::Order(_)) => {}
        }
        Ok(())
    }

    /// A payment of which something is left. Refuses: payment_unknown, payment_state.
    fn open_payment(&self, payment: &Id) -> Result<(PaymentNo, &Payment), Rejection> {
        let number = self.find(KeyKind::Payment, payment.as_str()).ok_or(Rejection::PaymentUnknown)?;
        let number = PaymentNo(number);
        let known = self.state.payments.get(number);
        if known.left.is_zero() { Err(Rejection::PaymentState) } else { Ok((number, known)) }
    }

    /// PAY-1c: whether a payment is in the programme's currency, so that it was posted.
    fn is_own(&self, payment: PaymentNo) -> bool {
        self.state.payments.get(payment).currency == self.plan.programme.currency
    }
}
