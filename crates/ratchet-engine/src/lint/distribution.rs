//! What the arithmetic of commissions and ranks says (COMM-6, RANK-1).

use super::{Finding, Severity, both};
use crate::amount::{Money, Rate};
use crate::plan::{CommissionPlan, CommissionRates, PeerBase, Plan, RegionalMode};

pub(super) fn findings(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(commission) = &plan.commission {
        findings.extend(over_cap(plan, commission));
        findings.extend(cap_over_leg(plan, commission));
        findings.extend(ranks_unpaid(plan, commission));
    }
    findings.extend(commission_unpaid(plan));
    findings.extend(first_rank_for_nothing(plan));
    findings
}

/// The most that one order can owe by the rates alone, before the cap: if all its lines are of the class that earns most (COMM-10).
fn worst_case(plan: &Plan, commission: &CommissionPlan) -> Rate {
    let rates = plan.all_commission_rates().map(|rates| worst_of(plan, commission, rates));
    Rate::from_ppm(u32::try_from(rates.max().unwrap_or(0)).unwrap_or(u32::MAX))
}

/// The same at the rates of one class, in parts per million.
fn worst_of(plan: &Plan, commission: &CommissionPlan, rates: CommissionRates<'_>) -> u64 {
    let ppm = |rate: Rate| u64::from(rate.ppm());
    let of_ranks = (0..plan.ranks.len()).map(|rank| rates.of_rank(rank));
    let top = of_ranks.clone().next_back().map_or(0, ppm);
    let mut worst = ppm(rates.direct()) + ppm(rates.indirect());
    if commission.differential {
        worst += top;
    }
    if let Some(peer) = &commission.peer {
        let generations: u64 = peer.rates.iter().map(|rate| ppm(*rate)).sum();
        worst += match peer.base {
            // The differentials of one order add up to the top rate; rounded up, for a bound.
            PeerBase::Differential => (top * generations).div_ceil(ppm(Rate::ONE)),
            PeerBase::Order => {
                let mut paid = Rate::ZERO;
                let steps = of_ranks.filter(|rate| {
                    let rises = *rate > paid;
                    paid = paid.max(*rate);
                    rises
                });
                generations * u64::try_from(steps.count()).unwrap_or(u64::MAX)
            }
        };
    }
    if let Some(regional) = &commission.regional {
        let [district, city, province] = rates.regional().map(ppm);
        worst += match regional.mode {
            RegionalMode::Stacked => district + city + province,
            RegionalMode::Differential => province,
        };
    }
    worst
}

/// COMM-6: in the worst case the rates promise more than the cap, or the leg, lets out.
fn over_cap(plan: &Plan, commission: &CommissionPlan) -> Option<Finding> {
    let worst = worst_case(plan, commission);
    let limit = commission.cap.min(plan.split.commission);
    (worst > limit).then(|| Finding {
        code: "LINT-1.commission.over_cap",
        severity: Severity::Warning,
        key: Some("commission.cap"),
        title: both(
            format!("各项奖励合计最多可达 {worst}，超过上限 {limit}"),
            format!("The bonuses of one order can add up to {worst}, above the limit of {limit}"),
        ),
        explanation: both(
            format!(
                "按比例相加，最坏情况下每单的奖励为基数的 {worst}；实际最多发 {limit}（总拨比与佣金份额中较小者）。超出的部分按\
                 直推、间推、级差、平级、区、市、省的顺序截断：排在后面的人会少拿或拿不到，计划书写明的比例并不总能兑现。"
            ),
            format!(
                "By their rates the bonuses of one order can reach {worst} of its base; at most {limit} is paid (the smaller of cap \
                 and commission share). The rest is cut in the order direct, indirect, differential, peer, district, city, \
                 province: those who stand later get less or nothing, whatever their rate says."
            ),
        ),
    })
}

/// A cap above the leg limits nothing.
fn cap_over_leg(plan: &Plan, commission: &CommissionPlan) -> Option<Finding> {
    let (cap, leg) = (commission.cap, plan.split.commission);
    (cap > leg).then(|| Finding {
        code: "LINT-1.commission.cap_over_leg",
        severity: Severity::Note,
        key: Some("commission.cap"),
        title: both(
            format!("总拨比 {cap} 高于佣金份额 {leg}，不起作用"),
            format!("The cap of {cap} is above the commission share of {leg} and limits nothing"),
        ),
        explanation: both(
            format!("奖励只能从订单的佣金份额中支付，最多 {leg}。"),
            format!("Bonuses are paid out of the order's commission leg alone, at most {leg}."),
        ),
    })
}

/// A commission share that nobody can earn.
fn commission_unpaid(plan: &Plan) -> Option<Finding> {
    let unpaid = plan.split.commission > Rate::ZERO
        && plan.commission.as_ref().is_some_and(|commission| worst_case(plan, commission) == Rate::ZERO);
    unpaid.then(|| Finding {
        code: "LINT-1.commission.unpaid",
        severity: Severity::Warning,
        key: Some("split.commission"),
        title: both(
            "佣金份额没有人能得到".to_owned(),
            "Nobody can earn the commission share".to_owned(),
        ),
        explanation: both(
            format!("计划留出 {} 作佣金，但没有任何一项奖励会支付它；它会一直停在未分配账户。", plan.split.commission),
            format!(
                "The plan sets {} aside for commissions, but none of its bonuses pays anything; all of it stays undistributed.",
                plan.split.commission
            ),
        ),
    })
}

/// Ranks with rates, but no differential that pays them.
fn ranks_unpaid(plan: &Plan, commission: &CommissionPlan) -> Option<Finding> {
    let rated = plan.ranks.last().is_some_and(|rank| rank.rate > Rate::ZERO);
    (rated && !commission.differential).then(|| Finding {
        code: "LINT-1.rank.unpaid",
        severity: Severity::Warning,
        key: Some("rank.rate"),
        title: both(
            "级别写明了比例，却没有级差奖励".to_owned(),
            "Ranks have rates, but no differential pays them".to_owned(),
        ),
        explanation: both(
            "没有 [commission.differential] 一节，级别的 rate 不起作用。".to_owned(),
            "Without a section [commission.differential] the ranks' rates have no effect.".to_owned(),
        ),
    })
}

/// RANK-1: a rank without conditions is everybody's at the first close.
fn first_rank_for_nothing(plan: &Plan) -> Option<Finding> {
    let rank = plan.ranks.iter().find(|rank| rank.volume == Money::ZERO && rank.legs.is_none())?;
    Some(Finding {
        code: "LINT-1.rank.for_nothing",
        severity: Severity::Warning,
        key: Some("rank.volume"),
        title: both(
            format!("级别“{}”没有任何条件", rank.name.zh),
            format!("The rank \"{}\" has no conditions", rank.name.en),
        ),
        explanation: both(
            "团队业绩为零、也没有下级要求：第一次日结之后，所有会员都是这个级别。".to_owned(),
            "Neither volume nor legs are required: after the first close of a day every member holds it."
                .to_owned(),
        ),
    })
}
