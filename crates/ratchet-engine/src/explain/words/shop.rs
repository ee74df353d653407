//! The words of sources and loyalty points.

use super::{Explanation, Narrator, said};
use crate::amount::Money;
use crate::event::LoyaltyClawedBack;
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::plan::{Earn, LoyaltyPlan};

impl Narrator<'_> {
    /// SOURCE-1: which source's split was used, in a plan that has sources.
    pub(super) fn source(&self, said: Explanation, order: OrderNo) -> Explanation {
        let state = &self.engine.state;
        match self.engine.plan.sources.get(state.source_of(order)) {
            Some(source) => said.input("source", source.id.as_str()),
            None => said,
        }
    }

    pub(super) fn loyalty_granted(
        &self,
        line: Option<LineNo>,
        points: Money,
        operator: Money,
    ) -> Explanation {
        let points = self.money(points);
        let Some(line) = line else {
            return said(
                "LOY-2",
                format!("发放 {points} 消费积分，到期作废"),
                format!("{points} loyalty points were given; they expire"),
            );
        };
        let order = self.order_of(line);
        let id = self.order_id(order);
        let mut said = said(
            "LOY-1",
            format!("订单 {id} 结算：从平台收入中向买家发放 {points} 消费积分，一分抵一分钱，只能在商城内使用；平台收入不足的由运营方承担"),
            format!(
                "order {id} settled: {points} loyalty points for the buyer out of the platform's revenue; one is one minor unit, good for goods only; what the revenue lacks the operator owes"
            ),
        )
        .input("operator", self.money(operator))
        .input("base", self.money(self.engine.state.orders.base_left(line)));
        if let Some(plan) = &self.plan().loyalty {
            said = self.earned_by(said, plan, line);
        }
        self.settled(said, order)
    }

    /// By which tier, rate or step an order earns, and what else decides it (LOY-5).
    fn earned_by(&self, mut said: Explanation, plan: &LoyaltyPlan, line: LineNo) -> Explanation {
        let (order, class) = (self.order_of(line), self.engine.state.orders.detail(line).class);
        if let Some(class) = class.and_then(|class| self.plan().classes.get(usize::from(class))) {
            said = said.input("class", class.id.as_str());
        }
        let tier = self.engine.state.loyalty.tier_of(order);
        if tier > 0 {
            said = said.input("loyalty.tier", tier.to_string());
        }
        said = match plan.earn_of(tier, class) {
            Earn::Rate(rate) => said.rate("loyalty.earn_rate", rate),
            Earn::Steps { per_full, points } => said
                .input("loyalty.points", points.to_string())
                .input("loyalty.per_full", self.money(per_full)),
        };
        if plan.is_by_order() {
            let orders = &self.engine.state.orders;
            let lines = orders.order(order).line_numbers();
            let base = lines.fold(Money::ZERO, |sum, line| sum.add_within_limit(orders.base_left(line)));
            said = said.input("order.base", self.money(base)).input("loyalty.worth", self.money(plan.worth));
        }
        if !plan.minimum.is_zero() {
            said = said.input("loyalty.minimum", self.money(plan.minimum));
        }
        match plan.monthly_limit {
            Some(limit) => said.input("loyalty.monthly_limit", limit.to_string()),
            None => said,
        }
    }

    pub(super) fn loyalty_spent(&self, order: OrderNo, points: Money) -> Explanation {
        let (id, points) = (self.order_id(order), self.money(points));
        said(
            "LOY-3",
            format!("订单 {id} 用 {points} 消费积分支付，先用最早的；结算前停在托管账户"),
            format!(
                "order {id} was paid with {points} loyalty points, the oldest first; until it settles they are in escrow"
            ),
        )
    }

    pub(super) fn loyalty_returned(&self, order: OrderNo) -> Explanation {
        let id = self.order_id(order);
        let said = said(
            "LOY-3",
            format!("订单 {id} 退款：消费积分部分退回，自当天起重新计算有效期"),
            format!(
                "order {id} was refunded: the part paid with loyalty points comes back as a lot of that day"
            ),
        );
        self.paid(said, order)
    }

    pub(super) fn loyalty_netted(&self, member: MemberNo, points: Money) -> Explanation {
        let (name, points) = (self.name(member), self.money(points));
        said(
            "LOY-4a",
            format!("{name} 的 {points} 消费积分抵偿所欠积分：此前的退款要收回时积分已经花掉"),
            format!(
                "{points} loyalty points of {name} pay what it owes in points, because a refund asked some back that were spent"
            ),
        )
    }

    pub(super) fn loyalty_clawed_back(&self, back: &LoyaltyClawedBack) -> Explanation {
        let order = self.order_of(back.line);
        let id = self.order_id(order);
        let said = said(
            "LOY-4",
            format!(
                "订单 {id} 结算后退款：收回它得到的消费积分，从最新的扣起；已花掉的，按计划从退款现金中扣除，其余记为所欠积分，由以后得到的积分抵偿"
            ),
            format!(
                "order {id} was refunded after settlement: the loyalty points it earned go back, the newest first; what was spent is cut from the refund's cash where the plan says so, else owed in points"
            ),
        )
        .input("clawback_due", self.money(back.clawback_due))
        .input("recovered", self.money(back.recovered))
        .input("set_off", self.money(back.set_off))
        .input("receivable", self.money(back.receivable));
        self.settled(said, order)
    }

    pub(super) fn loyalty_expired(&self, member: MemberNo, points: Money) -> Explanation {
        let (name, points) = (self.name(member), self.money(points));
        let days = self.engine.plan().loyalty.as_ref().map_or(0, |plan| plan.valid_days);
        said(
            "LOY-2",
            format!("{name} 的 {points} 消费积分到期，转回平台收入；运营方垫付的先归还"),
            format!("{points} loyalty points of {name} expired and went back to who paid for them, the operator first"),
        )
        .input("loyalty.valid_days", days.to_string())
    }
}
