//! Forks under a changed plan (SIM-28, SIM-29): what may change while a state lives on, and what may not.

use std::sync::Arc;

use crate::engine::{Cause, DueKind, Engine};
use crate::plan::{
    Bilingual, CommissionPlan, Excludes, ExitBasis, ExitOf, ExitPlan, Mode, Plan, PoolPlan, RetentionPoint,
    SourcePlan,
};

/// The `[[source]]` that a fork adds where the split changes: orders that name it follow the new split, all others the old one.
pub const FORK_SOURCE: &str = "after-fork";

/// Why a state cannot live on under a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hindrance {
    /// The key or section of the plan, such as `pool.retention`.
    pub key: &'static str,
    /// Why, in Chinese and English.
    pub reason: Bilingual,
}

impl std::fmt::Display for Hindrance {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.key, self.reason.en)
    }
}

fn hindrance(key: &'static str, zh: &str, en: &str) -> Hindrance {
    Hindrance { key, reason: Bilingual { zh: zh.to_owned(), en: en.to_owned() } }
}

impl Engine {
    /// A copy of the state that goes on under another plan, from now on. What the plan may change is a list (SIM-28); everything else is
    /// refused, all of it at once. Members whom the new plan puts past the cap are sold out at once.
    pub fn fork_under(&self, plan: &Plan) -> Result<Engine, Vec<Hindrance>> {
        let mut fork = self.fork();
        let old = Arc::clone(&self.plan);
        let mut plan = plan.clone();
        let [zone, old_zone] = [&plan, &old].map(|plan| plan.programme.calendar.zone());
        if zone.zip(old_zone).is_some_and(|(new, old)| new.name == old.name) {
            // TIME-3: whatever table the text was read with, the programme's days are cut by the rules in its genesis.
            plan.programme.calendar = old.programme.calendar.clone();
        }
        if plan == *old {
            return Ok(fork);
        }
        let mut found = Vec::new();
        let mut rest = plan.clone();
        let new_split = (plan.split != old.split).then(|| plan.split.clone());
        self.may_change(&old, &mut rest, &mut found);
        still_different(&old, &rest, &mut found);
        if !found.is_empty() {
            return Err(found);
        }
        if let Some(split) = new_split {
            // What settled under the old shares is refunded under them: the new ones are those of a source of their own.
            plan.split = old.split.clone();
            let source = |id: &str, split| SourcePlan {
                id: id.to_owned(),
                name: Bilingual { zh: id.to_owned(), en: id.to_owned() },
                split,
                excludes: Excludes::default(),
            };
            plan.sources = vec![source("before-fork", None), source(FORK_SOURCE, Some(split))];
        }
        fork.set_plan(plan);
        // Whoever is past a lower cap is sold out now, as an entry of its own.
        fork.log.clear();
        fork.log.begin(fork.state.seq, fork.state.now, Cause::Due(DueKind::PlanChange));
        fork.set_caps();
        fork.cascade();
        fork.end_entry();
        Ok(fork)
    }

    /// SIM-28: what may change; it is set back in `rest`, so that what still differs may not.
    fn may_change(&self, old: &Plan, rest: &mut Plan, found: &mut Vec<Hindrance>) {
        let state = &self.state;
        rest.source.clone_from(&old.source);
        rest.programme.name.clone_from(&old.programme.name);
        rest.programme.jurisdictions.clone_from(&old.programme.jurisdictions);
        rest.facts.clone_from(&old.facts);
        if rest.programme.mode == Mode::Sandbox {
            rest.programme.mode = old.programme.mode;
        }
        if rest.settlement.after_sale_days < old.settlement.after_sale_days && !state.settlements.is_empty() {
            found.push(hindrance(
                "settlement.after_sale_days",
                "还有订单等待结算，时间只能延长：后来的订单不能排到它们前面",
                "orders wait to settle, and it can only be made longer: later orders cannot overtake them",
            ));
        }
        rest.settlement = old.settlement;
        if let (Some(new), Some(old)) = (&mut rest.pool, &old.pool) {
            self.pool_may_change(old, new, found);
        }
        rest.refund.reserve_required = old.refund.reserve_required;
        rest.refund.set_off_sales = old.refund.set_off_sales;
        rest.wallet.withdrawal_minimum = old.wallet.withdrawal_minimum;
        rest.wallet.withdrawal_daily_limit = old.wallet.withdrawal_daily_limit;
        rest.wallet.withdrawal_cool_down_hours = old.wallet.withdrawal_cool_down_hours;
        rest.wallet.two_approvals_above = old.wallet.two_approvals_above;
        rest.wallet.net_receivables = old.wallet.net_receivables;
        if let (Some(new), Some(old)) = (&mut rest.commission, &old.commission) {
            commission_may_change(old, new);
        }
        for (new, old) in rest.ranks.iter_mut().zip(&old.ranks) {
            (new.rate, new.tip_rate) = (old.rate, old.tip_rate);
            new.name.clone_from(&old.name);
        }
        if let (Some(new), Some(old)) = (&mut rest.release, &old.release) {
            (new.rate, new.base, new.boost) = (old.rate, old.base, old.boost);
            (new.direct, new.indirect) = (old.direct, old.indirect);
            new.reconsume_share = old.reconsume_share;
            new.tiers.clone_from(&old.tiers);
        }
        if let (Some(new), Some(old)) = (&mut rest.value, &old.value) {
            new.rate = old.rate;
        }
        if let (Some(new), Some(old)) = (&mut rest.merchant, &old.merchant) {
            *new = *old;
        }
        let same_funds = rest.split.funds.len() == old.split.funds.len()
            && rest.split.funds.iter().zip(&old.split.funds).all(|(new, old)| new.name == old.name);
        if rest.split != old.split && same_funds && old.sources.is_empty() && rest.sources.is_empty() {
            rest.split.clone_from(&old.split);
            // The cap follows the commission share where the plan states none.
            if let (Some(new), Some(old)) = (&mut rest.commission, &old.commission)
                && new.cap != old.cap
            {
                found.push(hindrance(
                    "commission.cap",
                    "已付的佣金退款时按原上限重算；请把 commission.cap 设为原来的值",
                    "commissions that were paid are computed again when an order is refunded, under the cap they had; set commission.cap to its old value",
                ));
                new.cap = old.cap;
            }
        }
    }

    fn pool_may_change(&self, old: &PoolPlan, new: &mut PoolPlan, found: &mut Vec<Hindrance>) {
        let state = &self.state;
        new.mint_ratio = old.mint_ratio;
        if old.retention_point == RetentionPoint::Sale {
            new.retention = old.retention;
        }
        if new.max_contribution != old.max_contribution && !state.deferred_to_midnight.is_empty() {
            found.push(hindrance(
                "pool.max_contribution",
                "还有入池金额等待次日",
                "contributions of orders wait for the next day",
            ));
        }
        new.max_contribution = old.max_contribution;
        if new.sale_price != old.sale_price && !state.requests.is_empty() {
            found.push(hindrance(
                "pool.sale_price",
                "还有当天的卖出申请等待收市",
                "sales of the day wait for its close; fork at the end of another day",
            ));
        }
        new.sale_price = old.sale_price;
        let fits = |new: &ExitPlan, basis: ExitBasis, of: ExitOf| new.basis == basis && new.of == of;
        new.exit = match (new.exit, old.exit) {
            (Some(exit), Some(old)) if fits(&exit, old.basis, old.of) => Some(old),
            (Some(exit), None) if fits(&exit, ExitBasis::Member, ExitOf::Spend) => None,
            (None, _) => old.exit,
            (other, _) => other,
        };
    }
}

/// Rates that are recorded when an order is paid: older orders keep theirs.
fn commission_may_change(old: &CommissionPlan, new: &mut CommissionPlan) {
    (new.direct, new.indirect) = (old.direct, old.indirect);
    new.differential = old.differential;
    new.peer.clone_from(&old.peer);
    new.regional = old.regional;
}

/// What differs although it may not, with the reason.
fn still_different(old: &Plan, rest: &Plan, found: &mut Vec<Hindrance>) {
    let mut ask = |differs: bool, key, zh, en| {
        if differs {
            found.push(hindrance(key, zh, en));
        }
    };
    let (new, was) = (&rest.programme, &old.programme);
    ask(
        new.currency != was.currency,
        "programme.currency",
        "余额都是原来的货币",
        "all balances are in the old currency",
    );
    let zone_key = if new.calendar.zone().or(was.calendar.zone()).is_some() {
        "programme.time_zone"
    } else {
        "programme.utc_offset"
    };
    ask(
        new.calendar != was.calendar,
        zone_key,
        "已经过去的每一天按原来的时区划分",
        "the days gone by were cut at the old offset",
    );
    ask(
        new.mode != was.mode,
        "programme.mode",
        "分叉只能是沙盒：它没有上线许可 (GATE-1)",
        "a fork is a sandbox: it has no pass (GATE-1)",
    );
    ask(
        rest.split != old.split,
        "split",
        "专项基金的名单、或计划自带的订单来源不能变；只改份额可以",
        "the funds' names have to stay, and a plan with sources of its own keeps its split; shares alone may change",
    );
    if let (Some(mut new), Some(was)) = (rest.pool, old.pool) {
        ask(
            new.exit != was.exit,
            "pool.exit",
            "basis 和 of 决定了至今记录了什么，不能变；multiple、counts、clamp、retention_to 可以",
            "basis and of decide what was recorded so far and have to stay; multiple, counts, clamp and retention_to may change",
        );
        ask(
            new.retention != was.retention,
            "pool.retention",
            "回流在提现时扣：已卖出的欠着原来的比例",
            "it is taken at the withdrawal, and what was sold owes the old share",
        );
        (new.exit, new.retention) = (was.exit, was.retention);
        ask(
            new != was,
            "pool",
            "开盘价、平台持有积分和扣费时点在开始时定下",
            "the opening price, house points and the point of retention were fixed at the beginning",
        );
    } else {
        ask(
            rest.pool != old.pool,
            "pool",
            "会员手里有没有积分，由原计划决定",
            "whether members hold points is decided by the old plan",
        );
    }
    ask(
        rest.refund != old.refund,
        "refund.reserve_share",
        "已结算订单的退款按原比例取回",
        "refunds of settled orders take back the old share",
    );
    ask(
        rest.wallet != old.wallet,
        "wallet",
        "手续费和复购比例适用于已经申请的提现",
        "fee and re-consumption share hold for withdrawals that were requested",
    );
    ask(
        rest.commission != old.commission,
        "commission",
        "有没有佣金、cap、qualified 和分红不能变；各项比例可以",
        "whether there are commissions, cap, qualified and the dividend have to stay; the rates may change",
    );
    let ranks = rest.ranks != old.ranks || rest.ranking != old.ranking;
    ask(
        ranks,
        "rank",
        "会员已按原条件定级；只有 rate、tip_rate 和名称可以变",
        "members were ranked by the old conditions; only rate, tip_rate and names may change",
    );
    ask(
        rest.release != old.release,
        "release",
        "发放的积分按原比例退款；rate、base、boost、acceleration、tiers、reconsume_share 可以变",
        "refunds undo grants by the old ratio; rate, base, boost, acceleration, tiers and reconsume_share may change",
    );
    ask(
        rest.value != old.value,
        "value",
        "已发放的健康值按原比例退款；只有 rate 可以变",
        "refunds undo grants by the old ratio; only rate may change",
    );
    ask(
        rest.emission != old.emission,
        "emission",
        "已发行的按原时间表",
        "what was issued followed the old schedule",
    );
    let sections = [
        (rest.merchant != old.merchant, "merchant"),
        (rest.catalogue != old.catalogue, "catalogue"),
        (rest.freight != old.freight, "freight"),
        (rest.coupons != old.coupons, "coupon"),
        (rest.sources != old.sources, "source"),
        (rest.loyalty != old.loyalty, "loyalty"),
        (rest.tasks != old.tasks, "task"),
        (rest.promotions != old.promotions, "promotion"),
        (rest.market != old.market, "market"),
        (rest.funding != old.funding, "funding"),
        (rest.equity != old.equity, "equity"),
        (rest.claims != old.claims, "claims"),
    ];
    for (differs, key) in sections {
        ask(
            differs,
            key,
            "这一节的记录按原计划写成，不能在中途改变",
            "what this section recorded was recorded under the old plan; it cannot change midway",
        );
    }
}
