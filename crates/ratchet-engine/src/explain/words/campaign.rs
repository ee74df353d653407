//! The words of campaigns: deposits, consolations, leaders' bonuses.

use super::{Explanation, Narrator, said};
use crate::event::Event;
use crate::ledger::{AccountKind, Posting};

impl Narrator<'_> {
    /// What a posting of an event of a campaign means.
    pub(super) fn campaign(&self, leg: &Posting) -> Explanation {
        let kind = leg.account.kind;
        match self.event {
            Event::DepositPaid { order, amount, until, .. } => {
                let (id, amount) = (self.order_id(*order), self.money(*amount));
                said(
                    "PRE-1",
                    format!("订单 {id} 付定金 {amount}，停在托管账户，尾款截止 {until}"),
                    format!("order {id} paid its deposit of {amount}, in escrow; the rest is due by {until}"),
                )
            }
            Event::DepositReturned { order, amount, .. } => {
                let (id, amount) = (self.order_id(*order), self.money(*amount));
                said(
                    "PRE-2",
                    format!("订单 {id} 关闭，定金 {amount} 原路退回"),
                    format!("order {id} was closed; its deposit of {amount} went back the way it came"),
                )
            }
            Event::DepositForfeited { order, amount } => {
                let (id, amount) = (self.order_id(*order), self.money(*amount));
                said(
                    "PRE-2",
                    format!("订单 {id} 未付尾款，定金 {amount} 归商家"),
                    format!(
                        "the rest of order {id} was not paid; its deposit of {amount} goes to the merchant"
                    ),
                )
            }
            Event::ConsolationPaid { order, amount, .. } => {
                let (id, amount) = (self.order_id(*order), self.money(*amount));
                said(
                    "LOT-1",
                    format!("订单 {id} 未中签，全额退款之外由基金支付安慰金 {amount}"),
                    format!(
                        "order {id} did not win; beside its refund a fund pays a consolation of {amount}"
                    ),
                )
            }
            Event::LeaderBonusPaid { order, amount, operator, settled_orders: kept, .. } => {
                let (id, amount) = (self.order_id(*order), self.money(*amount));
                let said = match kept {
                    None => said(
                        "GROUP-4",
                        format!("订单 {id} 结算，平台从自己的收入中付给团长奖励 {amount}"),
                        format!(
                            "order {id} settled; the platform pays the group's leader {amount} of its own revenue"
                        ),
                    ),
                    Some(kept) => {
                        let operator = self.money(*operator);
                        said(
                            "GROUP-4",
                            format!(
                                "订单 {id} 结算，团内已有 {kept} 单结算并保留，团长奖励增加 {amount}，其中平台收入不足、由运营方承担 {operator}"
                            ),
                            format!(
                                "order {id} settled, {kept} of the group are settled and kept: the leader's bonus grows by {amount}, of which the operator owes {operator} because the platform's revenue is short"
                            ),
                        )
                    }
                };
                self.settled(said, *order)
            }
            Event::FixedBonusClawedBack(cut) => {
                let (id, kept) = (self.order_id(cut.order), cut.settled_orders);
                let [taken, owed, operator] =
                    [cut.recovered, cut.receivable, cut.operator].map(|amount| self.money(amount));
                said(
                    "GROUP-4",
                    format!(
                        "订单 {id} 结算后全额退款，团内还保留 {kept} 单：团长奖励收回 {taken}（其中 {operator} 归还运营方），不足的 {owed} 记为应收"
                    ),
                    format!(
                        "order {id} was refunded in full after settlement, {kept} of the group are kept: {taken} of the leader's bonus is taken back, {operator} of it for the operator, and {owed} is owed"
                    ),
                )
            }
            Event::LeaderBonusClawedBack { order, recovered: taken, receivable: owed, .. } => {
                let id = self.order_id(*order);
                let (taken, owed) = (self.money(*taken), self.money(*owed));
                let rule = if kind == AccountKind::Receivable { "COMM-8" } else { "GROUP-4" };
                said(
                    rule,
                    format!("订单 {id} 结算后退款，团长奖励收回 {taken}，不足的 {owed} 记为应收"),
                    format!(
                        "order {id} was refunded after settlement: {taken} of the leader's bonus is taken back, {owed} is owed"
                    ),
                )
            }
            _ => said("LEDGER-1", "这个事件不动余额", "this event moves no balance"),
        }
    }
}
