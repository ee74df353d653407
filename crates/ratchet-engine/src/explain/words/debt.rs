//! Why a posting of a debt, an advance or a repayment is what it is (ORDER-6, COMM-9).

use super::{Explanation, Narrator, said};
use crate::debt::{Advanced, DebtOrigin, Debtor, Repaid};
use crate::event::Event;
use crate::id::MerchantNo;
use crate::ledger::AccountKind;

impl Narrator<'_> {
    /// What the event booked, netted, repaid or advanced.
    pub(super) fn debt(&self, kind: AccountKind) -> Explanation {
        match self.event {
            Event::ReceivableBooked { debtor, order, origin, amount, .. } => {
                let (who_zh, who_en) = self.debtor(*debtor);
                let (of_zh, of_en) = origin_words(*origin);
                let (id, amount) = (self.order_id(*order), self.money(*amount));
                let said = said(
                    rule_of(*debtor, *origin),
                    format!("订单 {id} 结算后退款，{who_zh}欠{of_zh} {amount}，从它以后的收入中抵扣"),
                    format!(
                        "order {id} was refunded after settlement: {who_en} owes {amount} of {of_en}, to be netted from what it gets later"
                    ),
                );
                self.settled(said, *order)
            }
            Event::ReceivableNetted { debtor, order, origin, amount, to, .. } => {
                let (who_zh, who_en) = self.debtor(*debtor);
                let (of_zh, of_en) = origin_words(*origin);
                let (id, amount) = (self.order_id(*order), self.money(*amount));
                let (to_zh, to_en) = receiver(kind, *origin);
                let said = said(
                    rule_of(*debtor, *origin),
                    format!("抵扣{who_zh}因订单 {id} 退款所欠{of_zh}中的 {amount}{to_zh}"),
                    format!(
                        "{amount} is netted of what {who_en} owes of {of_en} after the refund of order {id}{to_en}"
                    ),
                );
                self.repaid(self.settled(said, *order), to)
            }
            Event::SurplusRecovered { order, amount, to } => {
                let (id, amount) = (self.order_id(*order), self.money(*amount));
                let said = said(
                    "ORDER-6",
                    format!("订单 {id} 退款时底池补回了此前退款所缺的 {amount}，归还垫付者"),
                    format!(
                        "at the refund of order {id} the pool returned {amount} that earlier refunds lacked; it goes back to who advanced it"
                    ),
                );
                self.repaid(self.settled(said, *order), to)
            }
            Event::ShortfallAdvanced { order, by } => {
                let Advanced { reserve, platform, operator, operator_claim } = **by;
                let id = self.order_id(*order);
                let said = said(
                    "ORDER-6",
                    format!("订单 {id} 结算后退款所缺的钱，依次由退款准备金、平台收入、经营者垫付，日后收回时归还"),
                    format!("what the refund of order {id} lacks is advanced by reserve, platform and operator, in this order, and goes back when it is recovered"),
                )
                .input("reserve", self.money(reserve))
                .input("platform", self.money(platform))
                .input("operator", self.money(operator))
                .input("of its claim", self.money(operator_claim));
                self.settled(said, *order)
            }
            _ => said("LEDGER-1", "这个事件不动余额", "this event moves no balance"),
        }
    }

    fn repaid(&self, said: Explanation, to: &Repaid) -> Explanation {
        said.input("to the operator", self.money(to.operator))
            .input("to the platform", self.money(to.platform))
            .input("to the reserve", self.money(to.reserve.add_within_limit(to.unclaimed)))
            .input("to the fund", self.money(to.fund))
    }

    fn debtor(&self, debtor: Debtor) -> (String, String) {
        match debtor {
            Debtor::Member(member) => {
                let name = self.name(member);
                (format!("会员 {name} "), format!("member {name}"))
            }
            Debtor::Merchant(MerchantNo(0)) => ("供货方".to_owned(), "the supplier".to_owned()),
            Debtor::Merchant(merchant) => {
                let name = &self.engine.state.merchants[merchant.index()];
                (format!("商家 {name} "), format!("merchant {name}"))
            }
            Debtor::Platform => ("平台收入".to_owned(), "platform.revenue".to_owned()),
            Debtor::Reserve => ("退款准备金".to_owned(), "refund.reserve".to_owned()),
            Debtor::Undistributed => ("未分配佣金".to_owned(), "commission.undistributed".to_owned()),
            Debtor::Fund(fund) => {
                let name = self.engine.plan().split.funds.get(crate::id::index(fund));
                let name = name.map_or("?", |fund| fund.name.as_str());
                (format!("基金 {name} "), format!("fund {name}"))
            }
        }
    }
}

fn rule_of(debtor: Debtor, origin: DebtOrigin) -> &'static str {
    match (origin, debtor) {
        (DebtOrigin::Release(_), _) => "REL-5",
        (DebtOrigin::Bonus, _) => "GROUP-4",
        (DebtOrigin::Leg, Debtor::Member(_)) => "COMM-9",
        (DebtOrigin::Leg | DebtOrigin::Pool, _) => "ORDER-6",
    }
}

fn origin_words(origin: DebtOrigin) -> (&'static str, &'static str) {
    match origin {
        DebtOrigin::Leg => ("它的份额", "its part"),
        DebtOrigin::Pool => ("底池所缺的份额", "the pool's part"),
        DebtOrigin::Release(_) => ("多释放的积分", "points released beyond the grant"),
        DebtOrigin::Bonus => ("活动奖励", "a promotion's bonus"),
    }
}

/// Where this posting takes what was netted.
fn receiver(kind: AccountKind, origin: DebtOrigin) -> (&'static str, &'static str) {
    match (kind, origin) {
        (AccountKind::RefundReserve, _) => ("，转入退款准备金", "; it goes to the refund reserve"),
        (AccountKind::PlatformRevenue, DebtOrigin::Bonus) => {
            ("，归还支付奖励的平台", "; it goes back to the platform, which paid the bonus")
        }
        (AccountKind::PlatformRevenue, _) => ("，归还平台的垫付", "; it repays what the platform advanced"),
        (AccountKind::OperatorDue | AccountKind::OperatorClaim, _) => {
            ("，归还经营者", "; it goes back to the operator")
        }
        (AccountKind::Fund, _) => ("，归还释放基金", "; it goes back to the release fund"),
        _ => ("", ""),
    }
}
