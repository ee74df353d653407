//! What the arithmetic of what surrounds an order says: loyalty points, the market, outside money, claims (LOY-1, MKT-2,
//! FUND-2, CLAIM-1a, 12.8).

use super::{Finding, Severity, both};
use crate::amount::{Points, Rate, Rounding, mul_div};
use crate::plan::{ClaimsPlan, Earn, LoyaltyPlan, MarketPlan, Plan, ReleasePlan, Split, TierBasis};

pub(super) fn findings(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(plan.loyalty.as_ref().and_then(|loyalty| over_platform(plan, loyalty)));
    findings.extend(plan.loyalty.as_ref().and_then(|loyalty| loyalty_tiers(plan, loyalty)));
    findings.extend(plan.release.as_ref().and_then(tiers));
    findings.extend(plan.market.as_ref().and_then(no_band));
    findings.extend(plan.claims.as_ref().and_then(|claims| over_margin(plan, claims)));
    findings.extend(plan.funding.then(outside_money));
    findings
}

/// What the platform can give away of an order with this split: its part without the reserve for refunds.
pub(super) fn kept_by_platform(plan: &Plan, split: &Split) -> Rate {
    let shares = split.funds.iter().map(|fund| fund.share).chain([split.cost, split.pool, split.commission]);
    let left = shares.map(Rate::ppm).fold(Rate::ONE.ppm(), u32::saturating_sub);
    let kept = Rate::ONE.ppm().saturating_sub(plan.refund.reserve_share.ppm());
    // Rounded down: what is enough must be enough.
    let part = mul_div(left.into(), kept.into(), Rate::ONE.ppm().into(), Rounding::Down);
    Rate::from_ppm(part.and_then(|part| u32::try_from(part).ok()).unwrap_or(0))
}

/// LOY-1: members are told more than the platform's part of an order lets out.
fn over_platform(plan: &Plan, loyalty: &LoyaltyPlan) -> Option<Finding> {
    // Of the sources, those that earn points with a split of their own.
    let sources = plan.sources.iter().filter(|source| !source.excludes.loyalty);
    let splits = std::iter::once(&plan.split).chain(sources.filter_map(|source| source.split.as_ref()));
    let least = splits.map(|split| kept_by_platform(plan, split)).min()?;
    let rate = loyalty.highest_rate();
    // The key that promises most.
    let key = match loyalty.earn {
        own if own.at_most(loyalty.worth) < rate => {
            let in_tiers = loyalty.tiers.iter().any(|tier| tier.earn.at_most(loyalty.worth) == rate);
            if in_tiers { "loyalty.tiers" } else { "loyalty.classes" }
        }
        Earn::Rate(_) => "loyalty.earn_rate",
        Earn::Steps { .. } => "loyalty.points",
    };
    (rate > least).then(|| Finding {
        code: "LINT-1.loyalty.over_platform",
        severity: Severity::Warning,
        key: Some(key),
        title: both(
            format!("承诺返 {rate} 积分，平台从订单所得只有 {least}"),
            format!("{rate} are promised in loyalty points, the platform has {least} of an order"),
        ),
        explanation: both(
            format!(
                "积分按承诺全额发放：平台扣除退款准备金后只有 {least}（各来源中最低者），多出的部分由其他收入负担，收入不足时由运营方承担（LOY-1）。请降低 {key}，或者给平台留出更多份额。"
            ),
            format!(
                "Members get what is promised. The platform has {least} after the reserve for refunds (the least of all sources): \
                 what is above comes out of its other revenue, and where that is short the operator owes it (LOY-1). Lower \
                 {key}, or leave the platform more."
            ),
        ),
    })
}

/// LOY-5d: who spends more gets more of each order, out of what the others bring too.
fn loyalty_tiers(plan: &Plan, loyalty: &LoyaltyPlan) -> Option<Finding> {
    let rates = loyalty.tiers.iter().map(|tier| (tier.from, tier.earn.at_most(loyalty.worth)));
    let (from, rate) = rates.max_by_key(|(_, rate)| *rate)?;
    let below = loyalty.earn.at_most(loyalty.worth);
    let from = plan.programme.currency.format(from);
    let (counted_zh, counted_en) = match loyalty.tier_basis {
        TierBasis::Spent => ("累计消费满", "spent"),
        TierBasis::Earned => ("累计积分价值满", "earned in points"),
    };
    let (ends_zh, ends_en) = match loyalty.tier_days {
        Some(days) => (
            format!("只计最近 {days} 天，之后保留 {} 天：不再消费就会降级", loyalty.keep_days),
            format!(
                "Only the last {days} days count, and it is kept for {} more: who buys no more falls back",
                loyalty.keep_days
            ),
        ),
        None => ("等级不会降低".to_owned(), "A tier is never lost".to_owned()),
    };
    (rate > below).then(|| Finding {
        code: "LINT-1.loyalty.tiers",
        severity: Severity::Note,
        key: Some("loyalty.tiers"),
        title: both(
            format!("{counted_zh} {from} 的会员返 {rate}，其他人最低 {below}"),
            format!("From {from} {counted_en} on {rate} come back in points, below as little as {below}"),
        ),
        explanation: both(
            format!("这是鼓励多消费的条款。{ends_zh}。差多少到下一级、何时降级，都应当告诉会员。"),
            format!("It is a reason to spend more. {ends_en}. Members should see what they lack and when a tier ends."),
        ),
    })
}

/// 12.8: who has more locked is paid faster, out of one fund.
fn tiers(release: &ReleasePlan) -> Option<Finding> {
    let rates = release.tiers.iter().map(|tier| (tier.from, tier.rate));
    let (from, rate): (Points, Rate) = rates.max_by_key(|(_, rate)| *rate)?;
    let below = release.rate;
    if rate <= below {
        return None;
    }
    Some(Finding {
        code: "LINT-1.release.tiers",
        severity: Severity::Note,
        key: Some("release.tiers"),
        title: both(
            format!("锁定满 {from} 的会员每天释放 {rate}，其他人最低 {below}"),
            format!("From {from} locked points on {rate} are released a day, below as little as {below}"),
        ),
        explanation: both(
            "兑付出自同一个基金：锁定多的人拿得更快，基金不足时其他人等得更久。这是鼓励一次多消费的条款，应当事先告诉会员。",
            "All are paid out of one fund: who has more locked gets it faster, and the others wait longer once the fund runs \
             dry. It is a reason to spend more at once, and members should be told.",
        ),
    })
}

/// MKT-2: without a band any price is an offer.
fn no_band(market: &MarketPlan) -> Option<Finding> {
    market.band.is_none().then(|| Finding {
        code: "LINT-1.market.no_band",
        severity: Severity::Warning,
        key: Some("market.band"),
        title: both("内部市场没有涨跌幅限制", "The market has no price band"),
        explanation: both(
            "两个会员约好就能以任何价格成交，并把它展示为行情；成交价与指导价无关，卖不出去的人什么也拿不到。请写明 band。",
            "Two members who agree can trade at any price and have it shown as the market's. It need not be near the guide \
             price, and who finds no buyer gets nothing. State a band.",
        ),
    })
}

/// CLAIM-1a: a claim brings no money, so the cash part alone would have to pay for the goods.
fn over_margin(plan: &Plan, claims: &ClaimsPlan) -> Option<Finding> {
    let dearest = plan.splits().map(|split| split.cost).max()?;
    let cash = Rate::from_ppm(Rate::ONE.ppm().saturating_sub(claims.share.ppm()));
    (dearest > cash).then(|| Finding {
        code: "LINT-1.claims.over_margin",
        severity: Severity::Warning,
        key: Some("claims.share"),
        title: both(
            format!("现金部分最低只有 {cash}，不够支付 {dearest} 的货款"),
            format!("As little as {cash} is paid in cash, and the goods cost {dearest}"),
        ),
        explanation: both(
            format!(
                "债权抵付的部分没有钱进来。一单最多 {} 用债权抵付，其余 {cash} 即使全部付给供货方，也不够 {dearest} 的成本，差额要由别人的钱来补。请把 \
                 share 降到 {} 以内。",
                claims.share,
                margin(dearest)
            ),
            format!(
                "What a claim pays brings no money. Up to {} of an order is paid with claims, and the other {cash}, even if \
                 suppliers got all of it, is less than their {dearest}: somebody else's money fills the gap. Lower share to \
                 {} or less.",
                claims.share,
                margin(dearest)
            ),
        ),
    })
}

fn margin(cost: Rate) -> Rate {
    Rate::from_ppm(Rate::ONE.ppm().saturating_sub(cost.ppm()))
}

/// FUND-2, FUND-3: what investors give is in none of the bounds.
fn outside_money() -> Finding {
    Finding {
        code: "LINT-1.funding.outside",
        severity: Severity::Note,
        key: Some("funding"),
        title: both(
            "出资人的钱不在上限之内，用完就没有了",
            "Investors' money is outside the bounds, and it ends",
        ),
        explanation: both(
            "各项上限只计算消费额。出资轮次可以把外部资金注入盈利池或补贴买家，使价格和回报暂时高于消费所能支撑的水平；轮次结束后就不再有。报告把它单独列出。",
            "The bounds count what members spend. A round can put outside money into the pool or subsidise buyers, which lifts \
             price and returns for a while above what spending carries; after the round there is no more of it. The report \
             lists it apart.",
        ),
    }
}
