//! Random commands about payments that providers report (PAY-1).

use super::{Generator, id, money};
use crate::amount::{Currency, Money};
use crate::command::{Command, PaymentSum, PaymentTarget};
use crate::id::Id;

/// What a random command does about payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payment {
    /// A provider reports one.
    Receive,
    /// People empty suspense.
    Desk,
}

impl Generator {
    pub(super) fn act_on_payments(&mut self, payment: Payment) -> bool {
        match payment {
            Payment::Receive => self.receive_payment(),
            Payment::Desk => self.clear_payment(),
        }
    }

    fn receive_payment(&mut self) -> bool {
        if self.rng.chance(8) {
            return self.repeat_payment();
        }
        let states: &[&str] = if self.rng.chance(75) {
            &["placed"]
        } else {
            &["paid", "received", "settled", "closed", "refunded"]
        };
        if self.order_in(states).is_none() && self.rng.chance(70) {
            self.place();
        }
        let order = self.order_in(states);
        let due = order.as_ref().and_then(|order| self.naive.due_of(order).ok()).unwrap_or(0);
        let mut amount = i64::try_from(due).unwrap_or(1);
        if amount == 0 || self.rng.chance(20) {
            let near = if self.rng.chance(50) { 1 } else { -1 };
            amount = if self.rng.chance(50) { self.amount() } else { (amount + near).max(0) };
        }
        let order = match self.rng.below(12) {
            0 => None,
            1 => Some(self.new_id("o")),
            _ => order,
        };
        let currency = self.currency(6);
        let payment = self.new_id("p");
        self.entered = self.entered.saturating_add(amount);
        let sum = PaymentSum { amount: money(amount), currency };
        self.send_as("provider", Command::PaymentReceive { payment, order, sum })
    }

    /// Mostly the programme's.
    fn currency(&mut self, other: u64) -> Currency {
        let code = if self.rng.chance(50) { "JPY" } else { "XTS" };
        let other = self.rng.chance(other).then(|| Currency::any(code)).flatten();
        other.unwrap_or(self.plan.programme.currency)
    }

    fn known_payment(&mut self, open: bool) -> Option<Id> {
        let known = self.naive.payments.iter().filter(|(_, payment)| !open || payment.left > 0);
        let known: Vec<Id> = known.map(|(id, _)| id.clone()).collect();
        self.rng.pick(&known).cloned()
    }

    /// It comes again under another key, mostly as it was.
    fn repeat_payment(&mut self) -> bool {
        let Some(payment) = self.known_payment(false) else { return false };
        let known = self.naive.payments.get(&payment).cloned().expect("it is known");
        let (mut amount, order) = (known.amount, known.order);
        if self.rng.chance(30) {
            amount = money(amount.minor() + 1);
        }
        let sum = PaymentSum { amount, currency: known.currency };
        self.send_as("provider", Command::PaymentReceive { payment, order, sum })
    }

    fn clear_payment(&mut self) -> bool {
        let open = self.rng.chance(85);
        let Some(payment) = self.known_payment(open) else { return false };
        let known = self.naive.payments.get(&payment).cloned().expect("it is known");
        if self.rng.chance(40) {
            let amount = match self.rng.below(8) {
                0 => Money::ZERO,
                1 => known.amount.checked_add(money(1)).unwrap_or(known.amount),
                _ => self.part_of_money(known.left),
            };
            let currency = if self.rng.chance(90) { known.currency } else { self.currency(50) };
            let payment = if self.rng.chance(95) { payment } else { id("nothing") };
            let sum = PaymentSum { amount, currency };
            return self.send_as("support", Command::PaymentReturn { payment, sum });
        }
        let target = match self.rng.below(10) {
            0 => PaymentTarget::Order(id("nothing")),
            1..=5 => {
                if self.order_in(&["placed"]).is_none() {
                    self.place();
                }
                let states: &[&str] = if self.rng.chance(90) { &["placed"] } else { &["paid", "closed"] };
                let Some(order) = self.order_in(states) else { return false };
                PaymentTarget::Order(order)
            }
            _ => PaymentTarget::Source(id("unclaimed")),
        };
        let used: Vec<Id> = self.naive.resolutions.keys().cloned().collect();
        let again = self.rng.pick(&used).cloned().filter(|_| self.rng.chance(5));
        let resolution = again.unwrap_or_else(|| self.new_id("s"));
        self.send_as("clerk", Command::PaymentResolve { resolution: resolution.clone(), payment, target });
        let approver = match self.rng.below(10) {
            0 => "clerk",
            1 => "m1",
            _ => "auditor",
        };
        let resolution = match self.rng.below(20) {
            0 => id("nothing"),
            1 | 2 => self.rng.pick(&used).cloned().unwrap_or(resolution),
            _ => resolution,
        };
        self.send_as(approver, Command::PaymentApprove { resolution })
    }
}
