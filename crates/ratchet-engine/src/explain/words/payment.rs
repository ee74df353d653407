//! The words of payments that providers report (PAY-1).

use super::{Explanation, Narrator, said};
use crate::event::{Event, PaymentReceived};
use crate::id::PaymentNo;
use crate::payment::SuspenseReason;

impl Narrator<'_> {
    /// A payment came in, went back, or was booked as income.
    pub(super) fn payment(&self) -> Explanation {
        match self.event {
            Event::PaymentReceived(received) => self.payment_received(received),
            Event::PaymentReturned { payment, amount, remaining: left } => {
                let (id, amount) = (self.payment_id(*payment), self.money(*amount));
                let said = said(
                    "PAY-1",
                    format!("收款 {id} 中的 {amount} 由暂记款原路退回付款人"),
                    format!("{amount} of payment {id} went back from suspense to who paid"),
                );
                self.received(said.input("remaining", self.money(*left)), *payment)
            }
            Event::PaymentBooked { payment, amount, source } => {
                let (id, amount) = (self.payment_id(*payment), self.money(*amount));
                let said = said(
                    "PAY-1",
                    format!(
                        "收款 {id} 余下的 {amount} 不属于任何订单，经两人决定记为平台收入，来源：{source}"
                    ),
                    format!(
                        "what is left of payment {id}, {amount}, belongs to no order: two people decided that it is the platform's income, from {source}"
                    ),
                );
                self.received(said, *payment)
            }
            _ => said("PAY-1", "收款的去向变动", "what becomes of a payment changed"),
        }
    }

    /// The part of an order's payment that comes out of suspense.
    pub(super) fn paid_from_suspense(&self) -> Explanation {
        said(
            "PAY-1",
            "服务商报来的收款与订单应付相符，由暂记款转入托管账户",
            "a payment that a provider reported is what the order's next payment is: out of suspense into escrow",
        )
    }

    fn payment_received(&self, received: &PaymentReceived) -> Explanation {
        let (id, amount) = (&received.id, received.currency.format(received.amount));
        let Some(suspended) = &received.suspended else {
            return said(
                "PAY-1",
                format!("服务商报来收款 {id}，{amount}：先入暂记款，再付订单"),
                format!(
                    "a provider reported payment {id} of {amount}: into suspense, then it pays its order"
                ),
            );
        };
        let (zh, en) = reason(suspended.reason);
        let said = said(
            "PAY-1",
            format!("服务商报来收款 {id}，{amount}：{zh}，留在暂记款，待人处理"),
            format!(
                "a provider reported payment {id} of {amount}: {en}; it stays in suspense until people decide"
            ),
        );
        match &suspended.refusal {
            Some(refusal) => said.input("refusal", refusal.as_str()),
            None => said,
        }
    }

    fn payment_id(&self, payment: PaymentNo) -> &str {
        self.engine.state.payments.get(payment).id.as_str()
    }

    fn received(&self, said: Explanation, payment: PaymentNo) -> Explanation {
        let entry = self.history.payments.get(payment.index()).copied();
        said.after(entry, "收款", "the payment came in")
    }
}

/// Why a payment stays in suspense.
fn reason(reason: SuspenseReason) -> (&'static str, &'static str) {
    match reason {
        SuspenseReason::CurrencyDiffers => ("币种不是本项目的", "its currency is not the programme's"),
        SuspenseReason::OrderMissing => ("没有写明订单", "it names no order"),
        SuspenseReason::OrderUnknown => ("没有这个订单", "there is no such order"),
        SuspenseReason::OrderPaid => ("订单已付款", "the order is paid already"),
        SuspenseReason::OrderClosed => ("订单已关闭", "the order was closed"),
        SuspenseReason::OrderRefunded => ("订单已退款", "the order was refunded"),
        SuspenseReason::OrderNotPayable => ("订单现在不能付款", "the order cannot be paid now"),
        SuspenseReason::AmountDiffers => ("金额与应付不符", "it is not the amount that is due"),
    }
}
