//! The state's part in payments: what their events change (PAY-1).

use crate::event::{PaymentReceived, ResolutionProposed};
use crate::keys::KeyKind;
use crate::payment::{Payment, Resolution};
use crate::state::State;

impl State {
    pub(super) fn apply_payment_received(&mut self, received: &PaymentReceived) {
        let key = self.seed.key(KeyKind::Payment, received.id.as_str());
        self.natural.insert(KeyKind::Payment, key, received.payment.0);
        self.payments.receive(Payment {
            id: received.id.clone(),
            amount: received.amount,
            currency: received.currency,
            order: received.order.clone(),
            received_at: self.now,
            left: received.amount,
            suspended: received.suspended.clone(),
        });
    }

    pub(super) fn apply_resolution_proposed(&mut self, proposed: &ResolutionProposed) {
        let key = self.seed.key(KeyKind::Resolution, proposed.id.as_str());
        self.natural.insert(KeyKind::Resolution, key, proposed.resolution);
        self.payments.propose(Resolution {
            payment: proposed.payment,
            target: proposed.target.clone(),
            by: proposed.by.clone(),
            done: false,
        });
    }
}
