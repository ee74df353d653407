//! What the arithmetic of staged release and scheduled emission says (REL-4a, EMIT-2).

use super::arithmetic::{at_most, decimal};
use super::{Finding, Severity, both};
use crate::amount::{Points, Rate};
use crate::emission::limit_of_series;
use crate::plan::{EmissionPlan, Plan, ReleaseBase, ReleasePlan};

/// From this daily rate on, per cent may have been written for per mille.
const DAILY_RATE: Rate = Rate::from_ppm(10_000);

pub(super) fn findings(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(release) = &plan.release {
        findings.extend(unfunded(plan, release));
        let base = (release.base == ReleaseBase::Original).then_some(release.rate);
        findings.extend(daily_rate("release.rate", release.rate, base));
        let fastest = release.tiers.iter().map(|tier| tier.rate).max();
        findings.extend(fastest.and_then(|rate| daily_rate("release.tiers", rate, None)));
    }
    if let Some(value) = &plan.value {
        findings.extend(daily_rate("value.rate", value.rate, Some(value.rate)));
    }
    findings.extend(plan.emission.as_ref().and_then(cap_unreachable));
    findings
}

/// REL-4a: a yuan spent grants more points than it puts into the fund that pays them.
fn unfunded(plan: &Plan, release: &ReleasePlan) -> Option<Finding> {
    let fund = plan.split.funds.get(release.fund)?;
    let multiple = release.zones.iter().map(|(_, multiple)| *multiple).max().unwrap_or(1).max(1);
    let granted = Rate::from_ppm(release.grant_ratio.ppm().saturating_mul(multiple));
    if granted <= fund.share {
        return None;
    }
    let (name, share) = (&fund.name, fund.share);
    // Rounded up: a bound that says "at most".
    let most = at_most(fund.share.ppm().into(), granted.ppm().into())?;
    let (zones_zh, zones_en) = if multiple > 1 {
        (
            format!("（奖励区最高 {multiple} 倍）"),
            format!(" (in the zone with the highest multiple, {multiple})"),
        )
    } else {
        (String::new(), String::new())
    };
    let never = fund.share == Rate::ZERO;
    let (title_zh, title_en) = if never {
        (
            "兑付绿色积分的基金没有来源，永远不会兑付".to_owned(),
            "Nothing fills the fund that pays released points".to_owned(),
        )
    } else {
        (
            format!("发放的绿色积分最多只有 {most} 能够兑付"),
            format!("At most {most} of the release points granted can ever be paid"),
        )
    };
    Some(Finding {
        code: "LINT-1.release.unfunded",
        severity: if never { Severity::Error } else { Severity::Warning },
        key: Some("release.grant_ratio"),
        title: both(title_zh, title_en),
        explanation: both(
            format!(
                "每消费 1 元发放 {granted} 的积分{zones_zh}，进入基金 {name} 的却只有 {share}。基金空了以后，释放的积分没有钱\
                 兑付，只能继续锁定，等后来订单的钱；按加入先后兑付，后来的人等得最久。请把 grant_ratio 降到基金份额以内，或者提\
                 高基金份额。"
            ),
            format!(
                "Each unit spent grants {granted} of it in points{zones_en}, but puts only {share} into the fund \
                 {name}. Once that is empty, points stay locked and wait for the money of later orders; members are \
                 served in joining order, so the latest wait longest. Lower grant_ratio to the fund's share, or raise \
                 the share."
            ),
        ),
    })
}

/// A rate of one per cent or more a day: perhaps per mille was meant.
fn daily_rate(key: &'static str, rate: Rate, of_original: Option<Rate>) -> Option<Finding> {
    if rate < DAILY_RATE {
        return None;
    }
    let meant = decimal(rate.ppm().into(), 10_000);
    let (days_zh, days_en) = match of_original {
        // Rounded up: the last stage takes what is left.
        Some(rate) => {
            let days = Rate::ONE.ppm().div_ceil(rate.ppm());
            (format!("，{days} 天放完"), format!(", all of it in {days} days"))
        }
        None => (String::new(), String::new()),
    };
    Some(Finding {
        code: "LINT-1.slip.daily_rate",
        severity: Severity::Note,
        key: Some(key),
        title: both(format!("{key} 是每天 {rate}"), format!("{key} is {rate} a day")),
        explanation: both(
            format!(
                "每个完成任务的日子释放 {rate}{days_zh}。5000 的千分之三是每天 15，百分之三是每天 150。如果本意是千分之几，请写 \"{meant}‰\"。"
            ),
            format!(
                "A done day releases {rate}{days_en}. Of 5,000, 3‰ are 15 a day and 3% are 150. If per mille was \
                 meant, write \"{meant}‰\"."
            ),
        ),
    })
}

/// EMIT-2: the schedule never gets to its cap.
fn cap_unreachable(emission: &EmissionPlan) -> Option<Finding> {
    let limit = limit_of_series(emission);
    if limit >= emission.cap.units() {
        return None;
    }
    let (limit, cap) = (Points::from_units(limit), emission.cap);
    Some(Finding {
        code: "LINT-1.emission.cap_unreachable",
        severity: Severity::Warning,
        key: Some("emission.cap"),
        title: both(
            format!("发行上限 {cap} 永远达不到"),
            format!("The emission never reaches its cap of {cap}"),
        ),
        explanation: both(
            format!(
                "各年发行量（连同之后的减半）合计的极限正好是 {limit}，上限 {cap} 不起作用，说“发完 {cap} 为止”与数字不符。请把上限写成 {limit}，或者改发行表。"
            ),
            format!(
                "All years, with the halves that may follow, add up to exactly {limit} in the limit, so the cap of \
                 {cap} never applies, and to say that points are issued until {cap} are out is untrue. Write {limit}, \
                 or change the years."
            ),
        ),
    })
}
