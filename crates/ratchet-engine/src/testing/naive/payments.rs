//! Payments of the naive model (PAY-1).

use super::Naive;
use super::orders::OrderState;
use crate::amount::{Currency, Money};
use crate::command::PaymentTarget;
use crate::id::Id;
use crate::rejection::Rejection;

/// A payment that a provider reported (PAY-1a).
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) amount: Money,
    pub(crate) currency: Currency,
    pub(crate) order: Option<Id>,
    /// Neither applied, returned nor booked.
    pub(crate) left: i128,
    /// PAY-1b, as the name of the reason.
    pub(crate) reason: Option<&'static str>,
}

/// What two people may make of it (PAY-1e).
#[derive(Clone, Debug)]
pub(crate) struct Resolution {
    payment: Id,
    target: PaymentTarget,
    pub(crate) by: Id,
    pub(crate) done: bool,
}

impl Naive {
    /// PAY-1, PAY-1a, PAY-1b.
    pub(super) fn receive_payment(
        &mut self,
        id: &Id,
        amount: Money,
        currency: Currency,
        order: Option<&Id>,
    ) -> Result<(), Rejection> {
        if let Some(known) = self.payments.get(id) {
            let same = known.amount == amount && known.currency == currency && known.order.as_ref() == order;
            return Err(if same { Rejection::PaymentExists } else { Rejection::PaymentConflict });
        }
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        let minor = i128::from(amount.minor());
        let own = currency == self.plan.programme.currency;
        // PAY-1c: what is in another currency is not in the books.
        if own {
            self.bank += minor;
        }
        let reason = if own { self.suspense_reason(minor, order) } else { Some("currency_differs") };
        let mut payment = Payment { amount, currency, order: order.cloned(), left: minor, reason };
        if let (None, Some(order)) = (reason, order) {
            self.pay_from_suspense(order);
            payment.left = 0;
        }
        self.corner(payment.reason.unwrap_or("payment pays its order"));
        self.payments.insert(id.clone(), payment);
        Ok(())
    }

    /// PAY-1b: why it does not pay the order.
    fn suspense_reason(&self, amount: i128, order: Option<&Id>) -> Option<&'static str> {
        let Some(order) = order else {
            return Some("order_missing");
        };
        let Ok(number) = self.known_order(order) else {
            return Some("order_unknown");
        };
        match self.orders[number].state {
            OrderState::Placed => {}
            OrderState::Paid | OrderState::Shipped | OrderState::Received | OrderState::Settled => {
                return Some("order_paid");
            }
            OrderState::Closed => return Some("order_closed"),
            OrderState::Refunded => return Some("order_refunded"),
        }
        match self.due_of(order) {
            Err(_) => Some("order_not_payable"),
            Ok(due) if due != amount => Some("amount_differs"),
            Ok(_) => None,
        }
    }

    /// What the next payment of a placed order asks of the bank, or why it is refused: tried on a copy.
    pub(crate) fn due_of(&self, order: &Id) -> Result<i128, Rejection> {
        let mut copy = self.clone();
        copy.pay(order, None)?;
        Ok(copy.bank - self.bank)
    }

    /// The order is paid as by `order.pay`, but the money is in the bank already.
    fn pay_from_suspense(&mut self, order: &Id) {
        let before = self.bank;
        self.pay(order, None).expect("it was tried before");
        self.bank = before;
    }

    /// PAY-1d.
    pub(super) fn return_payment(
        &mut self,
        id: &Id,
        amount: Money,
        currency: Currency,
    ) -> Result<(), Rejection> {
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        let known = self.open_payment(id)?;
        if known.currency != currency {
            return Err(Rejection::PaymentCurrency);
        }
        let minor = i128::from(amount.minor());
        if minor > known.left {
            return Err(Rejection::ReturnExceedsPayment);
        }
        self.take_from(id, minor);
        if currency == self.plan.programme.currency {
            self.bank -= minor;
        }
        self.corner("payment returned");
        Ok(())
    }

    fn open_payment(&self, id: &Id) -> Result<&Payment, Rejection> {
        let known = self.payments.get(id).ok_or(Rejection::PaymentUnknown)?;
        if known.left == 0 { Err(Rejection::PaymentState) } else { Ok(known) }
    }

    fn take_from(&mut self, id: &Id, amount: i128) {
        self.payments.get_mut(id).expect("it is known").left -= amount;
    }

    /// PAY-1e.
    pub(super) fn resolve_payment(
        &mut self,
        actor: &Id,
        id: &Id,
        payment: &Id,
        target: &PaymentTarget,
    ) -> Result<(), Rejection> {
        let of_order = match target {
            PaymentTarget::Order(order) => {
                self.known_order(order)?;
                true
            }
            PaymentTarget::Source(_) => false,
        };
        let known = self.open_payment(payment)?;
        if of_order && known.currency != self.plan.programme.currency {
            return Err(Rejection::PaymentCurrency);
        }
        if self.resolutions.contains_key(id) {
            return Err(Rejection::ResolutionExists);
        }
        let (payment, target, by) = (payment.clone(), target.clone(), actor.clone());
        self.resolutions.insert(id.clone(), Resolution { payment, target, by, done: false });
        Ok(())
    }

    /// PAY-1e: by another person.
    pub(super) fn approve_resolution(&mut self, actor: &Id, id: &Id) -> Result<(), Rejection> {
        let resolution = self.resolutions.get(id).cloned().ok_or(Rejection::ResolutionUnknown)?;
        if resolution.done {
            return Err(Rejection::ResolutionDone);
        }
        if self.one_person(&resolution.by, actor) {
            return Err(Rejection::SamePerson);
        }
        let known = self.open_payment(&resolution.payment)?.clone();
        let amount = match &resolution.target {
            PaymentTarget::Source(_) => {
                if known.currency == self.plan.programme.currency {
                    self.platform_revenue += known.left;
                }
                self.corner("payment booked");
                known.left
            }
            PaymentTarget::Order(order) => {
                let number = self.known_order(order)?;
                if self.orders[number].state != OrderState::Placed {
                    return Err(Rejection::OrderState);
                }
                let due = self.due_of(order)?;
                if due > known.left {
                    return Err(Rejection::PaymentShort);
                }
                self.pay_from_suspense(order);
                self.corner("payment resolved to an order");
                due
            }
        };
        self.take_from(&resolution.payment, amount);
        self.resolutions.get_mut(id).expect("it is known").done = true;
        Ok(())
    }

    /// ACC-3a: a member of whom it is known is its person, any other actor is itself.
    pub(super) fn one_person(&self, one: &Id, other: &Id) -> bool {
        let person = |actor: &Id| {
            let member = self.members.iter().find(|member| member.id == *actor);
            member.and_then(|member| member.person.clone()).unwrap_or_else(|| actor.clone())
        };
        one == other || person(one) == person(other)
    }

    /// What is in suspense.
    pub(super) fn suspense(&self) -> i128 {
        let own = self.payments.values().filter(|p| p.currency == self.plan.programme.currency);
        own.map(|payment| payment.left).sum()
    }

    pub(super) fn payment_numbers(&self, put: &mut impl FnMut(String, i128)) {
        put("accounts.suspense".to_owned(), self.suspense());
        for (id, payment) in &self.payments {
            put(format!("payments.{id}.left"), payment.left);
            if let Some(reason) = payment.reason {
                put(format!("payments.{id}.{reason}"), 1);
            }
        }
    }
}
