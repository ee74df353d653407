//! What the plan's name promises, held against its numbers.

use super::arithmetic::most_for_members;
use super::{Finding, Severity, both};
use crate::amount::{Rate, parse_decimal};
use crate::plan::{Bilingual, Plan};

/// Words that turn a promise into its opposite if they stand right before it.
const NEGATIONS: &[&str] =
    &["不", "非", "未", "没有", "并无", "not", "no", "never", "non-", "n't", "without"];

/// A kind of promise: its code and the words it is made with, in lower case.
struct Promise {
    code: &'static str,
    words: &'static [&'static str],
    why: fn(&Plan) -> Bilingual,
}

const PROMISES: &[Promise] = &[
    Promise {
        code: "LINT-1.claim.free",
        words: &[
            "免费消费",
            "消费免费",
            "免费购",
            "零元购",
            "0元购",
            "白拿",
            "free shopping",
            "shop for free",
            "shopping for free",
            "consume for free",
            "free consumption",
            "buy for free",
        ],
        why: free,
    },
    Promise {
        code: "LINT-1.claim.return",
        words: &[
            "稳赚",
            "必赚",
            "包赚",
            "躺赚",
            "保证收益",
            "稳定收益",
            "保收益",
            "保息",
            "guaranteed",
            "guarantee",
            "sure profit",
            "passive income",
            "can't lose",
            "cannot lose",
        ],
        why: gain,
    },
    Promise {
        code: "LINT-1.claim.capital",
        words: &[
            "保本",
            "保底",
            "托底",
            "返本",
            "回本",
            "全返",
            "全额返",
            "无风险",
            "零风险",
            "0风险",
            "risk-free",
            "risk free",
            "riskless",
            "no risk",
            "zero risk",
            "without risk",
            "capital protected",
        ],
        why: capital,
    },
    Promise {
        code: "LINT-1.claim.price",
        words: &[
            "只涨不跌",
            "永远上涨",
            "永涨",
            "永不下跌",
            "不会下跌",
            "单边上扬",
            "单边上涨",
            "一直涨",
            "only goes up",
            "only go up",
            "only rises",
            "only ever rises",
            "always rises",
            "always goes up",
            "never falls",
            "never drops",
        ],
        why: price,
    },
    Promise {
        code: "LINT-1.claim.everyone",
        words: &[
            "人人赚",
            "人人都赚",
            "人人能赚",
            "大家都赚",
            "全民赚",
            "人人盈利",
            "everyone earns",
            "everybody earns",
            "everyone profits",
            "everybody profits",
            "everyone wins",
            "everybody wins",
            "all members earn",
        ],
        why: everyone,
    },
];

/// Whether the name promises something that a return would have to keep.
pub(super) fn promises_return(plan: &Plan) -> bool {
    let name = &plan.programme.name;
    PROMISES
        .iter()
        .any(|promise| said(&name.zh, promise.words).or_else(|| said(&name.en, promise.words)).is_some())
}

pub(super) fn findings(plan: &Plan) -> Vec<Finding> {
    let name = &plan.programme.name;
    let mut findings: Vec<Finding> = PROMISES
        .iter()
        .filter_map(|promise| {
            let said = said(&name.zh, promise.words).or_else(|| said(&name.en, promise.words))?;
            Some(contradicted(promise.code, said, (promise.why)(plan)))
        })
        .collect();
    findings.extend(multiple(plan));
    findings.extend(name_rate(plan));
    findings
}

fn contradicted(code: &'static str, said: &str, why: Bilingual) -> Finding {
    Finding {
        code,
        severity: Severity::Warning,
        key: Some("programme.name"),
        title: both(
            format!("名称写着“{said}”，与计划的数字不符"),
            format!("The name says \"{said}\"; the plan's numbers do not"),
        ),
        explanation: both(
            format!("{}请改掉名称中的这句话。", why.zh),
            format!("{} Take these words out of the name.", why.en),
        ),
    }
}

/// The first of the words that the text says without a negation right before it.
fn said(text: &str, words: &'static [&'static str]) -> Option<&'static str> {
    let text = text.to_lowercase();
    words.iter().copied().find(|word| {
        text.match_indices(word).any(|(at, _)| {
            let before = text.get(..at).unwrap_or("").trim_end();
            !NEGATIONS.iter().any(|negation| before.ends_with(negation))
        })
    })
}

fn free(plan: &Plan) -> Bilingual {
    let all = most_for_members(plan);
    both(
        format!("会员合计最多拿回消费额的 {all}，其余是货款和平台所得，没有人退还。"),
        format!(
            "Members together get back at most {all} of what they spend; the rest pays for goods and the \
             platform and comes back to nobody."
        ),
    )
}

fn gain(plan: &Plan) -> Bilingual {
    let all = most_for_members(plan);
    both(
        format!("会员合计最多拿回消费额的 {all}，一个人多拿，就有别人少拿；没有任何一笔收益有保证。"),
        format!(
            "Members together get back at most {all} of what they spend: what one gets more, others get \
             less, and no gain is assured to anyone."
        ),
    )
}

fn capital(plan: &Plan) -> Bilingual {
    let all = most_for_members(plan);
    both(
        format!("没有人承诺退还消费额，会员合计最多拿回其中的 {all}；没有后来的订单，积分也卖不回花掉的钱。"),
        format!(
            "Nobody stands for what was spent, and members together get back at most {all} of it; without \
             later orders, points do not sell for what was paid."
        ),
    )
}

fn price(plan: &Plan) -> Bilingual {
    if plan.pool.is_none() {
        return both("本计划没有积分，也没有价格。", "This plan has no points and no price.");
    }
    let share = plan.split.pool;
    both(
        format!(
            "报价按规则不会下降，但报价不等于能拿回的钱：消费额中只有 {share} 进入盈利池，没有后来的订单，\
             积分值不回消费额。"
        ),
        format!(
            "The quoted price does not fall by construction, but that says nothing of recovery: only \
             {share} of spending enters the pool, and without later orders points are not worth what was \
             spent."
        ),
    )
}

fn everyone(plan: &Plan) -> Bilingual {
    let all = most_for_members(plan);
    both(
        format!("会员合计最多拿回消费额的 {all}，所以不可能人人都有盈余；先来的人多拿的，是后来的人付的。"),
        format!(
            "Members together get back at most {all} of what they spend, so they cannot all be ahead; \
             what early members get more is paid by later ones."
        ),
    )
}

/// A multiple in the name that is not the plan's.
fn multiple(plan: &Plan) -> Option<Finding> {
    let name = &plan.programme.name;
    let stated = multiple_in(&name.zh).or_else(|| multiple_in(&name.en))?;
    let exit = plan.pool.as_ref().and_then(|pool| pool.exit.as_ref()).map(|exit| exit.multiple);
    if exit.is_some_and(|multiple| parse_decimal(&stated, 0) == Ok(u128::from(multiple))) {
        return None;
    }
    let why = match exit {
        Some(exit) => {
            both(format!("计划的出局倍数是 {exit} 倍。"), format!("The plan's exit multiple is {exit}×."))
        }
        None => both("计划没有出局倍数。", "The plan has no exit multiple."),
    };
    let mut finding = contradicted("LINT-1.claim.multiple", &stated, why);
    finding.title = both(
        format!("名称写着 {stated} 倍，与计划的数字不符"),
        format!("The name says {stated}×; the plan's numbers do not"),
    );
    Some(finding)
}

/// The number before 倍, × or x: `3` of `3倍`.
fn multiple_in(text: &str) -> Option<String> {
    text.match_indices(['倍', '×', 'x', 'X']).find_map(|(at, _)| {
        let before = text.get(..at).unwrap_or("").trim_end();
        number_at_end(before).or_else(|| {
            let last = before.chars().last()?;
            let digits = [
                ('一', 1),
                ('二', 2),
                ('两', 2),
                ('三', 3),
                ('四', 4),
                ('五', 5),
                ('六', 6),
                ('七', 7),
                ('八', 8),
                ('九', 9),
                ('十', 10),
            ];
            digits.iter().find(|(digit, _)| *digit == last).map(|(_, number)| number.to_string())
        })
    })
}

/// The digits, with a decimal point, that end the text.
fn number_at_end(text: &str) -> Option<String> {
    let rest = text.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = text.get(rest.len()..)?;
    parse_decimal(number, 12).is_ok().then(|| number.to_owned())
}

/// A rate in the name that the plan has under the other sign: per cent for per mille, or the reverse.
fn name_rate(plan: &Plan) -> Option<Finding> {
    let rates = rates(plan);
    let name = &plan.programme.name;
    [&name.zh, &name.en].iter().find_map(|text| {
        text.match_indices(['%', '％', '‰']).find_map(|(at, sign)| {
            let number = number_at_end(text.get(..at)?.trim_end())?;
            let (stated, other) = (format!("{number}%"), format!("{number}‰"));
            let (stated, other) = if sign == "‰" { (other, stated) } else { (stated, other) };
            let has = |text: &str| {
                let rate = Rate::parse(text).ok()?;
                rates.iter().find(|(_, known)| *known == rate).map(|(key, _)| *key)
            };
            // "100%" is more often a figure of speech than a rate.
            if number == "100" || has(&stated).is_some() {
                return None;
            }
            let key = has(&other)?;
            Some(Finding {
                code: "LINT-1.slip.name_rate",
                severity: Severity::Warning,
                key: Some(key),
                title: both(
                    format!("名称写着 {stated}，计划写的是 {other}"),
                    format!("The name says {stated}, the plan says {other}"),
                ),
                explanation: both(
                    format!("{key} 是 {other}，与名称中的 {stated} 相差十倍。请改正其中一个。"),
                    format!(
                        "{key} is {other}, a factor of ten from the {stated} in the name. Correct one of \
                         the two."
                    ),
                ),
            })
        })
    })
}

/// Every rate of the plan with its key.
fn rates(plan: &Plan) -> Vec<(&'static str, Rate)> {
    let mut rates = vec![
        ("split.cost", plan.split.cost),
        ("split.pool", plan.split.pool),
        ("split.commission", plan.split.commission),
        ("refund.reserve_share", plan.refund.reserve_share),
        ("wallet.withdrawal_fee", plan.wallet.withdrawal_fee),
        ("wallet.reconsume_share", plan.wallet.reconsume_share),
    ];
    if let Some(release) = &plan.release {
        rates.extend([("release.rate", release.rate), ("release.grant_ratio", release.grant_ratio)]);
    }
    if let Some(value) = &plan.value {
        rates.extend([("value.rate", value.rate), ("value.grant_ratio", value.grant_ratio)]);
    }
    rates.extend(plan.split.funds.iter().map(|fund| ("split.funds", fund.share)));
    if let Some(pool) = &plan.pool {
        rates.extend([("pool.mint_ratio", pool.mint_ratio), ("pool.retention", pool.retention)]);
        rates.extend(pool.max_contribution.map(|rate| ("pool.max_contribution", rate)));
    }
    rates
}
