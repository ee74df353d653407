//! Bounds, distances and settings that cannot work, from the plan's numbers alone.

use super::{Finding, Severity, both};
use crate::amount::{Money, Rate, Rounding, UNITS_PER_POINT, mul_div};
use crate::plan::{Discount, ExitOf, ExitPlan, LoyaltyPlan, Plan, PoolPlan, Split};

/// Parts per million in one.
const MILLION: u128 = 1_000_000;
/// The distance is looked for among this many equal orders.
const ORDERS_LOOKED_AT: u32 = 100_000;
/// The distance is stated for the first buyer and for this one.
const LATER_BUYER: u32 = 100;

pub(super) fn findings(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(pool) = &plan.pool {
        findings.extend(bound_points(plan));
        findings.extend(distance(plan, pool));
        findings.extend(pool.exit.and_then(|exit| exit_rarely_reached(plan, pool, &exit)));
        findings.extend(mint(pool));
        findings.extend(retention(pool));
        findings.extend(pool_no_share(plan));
        findings.extend(first_day(plan, pool));
        findings.extend(refund_unfunded(plan));
    }
    findings.extend(bound_all(plan));
    findings.extend(split(plan));
    findings.extend(small_rates(plan));
    findings
}

/// What members can get back in all: the pool, the commissions and every fund of the split that gives most, and what the
/// platform gives away of its own part.
pub(super) fn most_for_members(plan: &Plan) -> Rate {
    let most = plan.splits().map(for_members).max().unwrap_or(0);
    Rate::from_ppm(most.saturating_add(from_platform(plan).ppm())).min(Rate::ONE)
}

fn for_members(split: &Split) -> u32 {
    let funds = split.funds.iter().map(|fund| fund.share.ppm());
    funds.fold(split.pool.ppm().saturating_add(split.commission.ppm()), u32::saturating_add)
}

/// LOY-1 and GROUP-4: loyalty points and the highest bonus of a leader, of what is spent.
fn from_platform(plan: &Plan) -> Rate {
    let leaders = plan.promotions.iter().filter_map(|promotion| match promotion.group?.leader_bonus? {
        Discount::Rate(rate) => Some(rate),
        // floor(bonus · kept / n) for the n orders of a full group, or its winners alone: the same for each.
        Discount::Fixed(amount) => {
            at_most(amount.as_u128(), promotion.piece().as_u128() * u128::from(promotion.group?.members))
        }
    });
    let leader = leaders.max().unwrap_or(Rate::ZERO);
    let earned = plan.loyalty.as_ref().map_or(Rate::ZERO, LoyaltyPlan::highest_rate);
    Rate::from_ppm(earned.ppm().saturating_add(leader.ppm())).min(Rate::ONE)
}

/// The highest share that enters the pool, of any source.
fn pool_share(plan: &Plan) -> Rate {
    plan.splits().map(|split| split.pool).max().unwrap_or(Rate::ZERO)
}

/// What is left for the platform.
fn platform_share(plan: &Plan) -> Rate {
    let taken = plan.split.cost.ppm().saturating_add(for_members(&plan.split));
    Rate::from_ppm(Rate::ONE.ppm().saturating_sub(taken))
}

/// `a · 10⁶ / b` as a rate, rounded up: a bound that says "at most" must not be below the truth.
pub(super) fn at_most(a: u128, b: u128) -> Option<Rate> {
    mul_div(a, MILLION, b, Rounding::Up).and_then(|ppm| u32::try_from(ppm).ok()).map(Rate::from_ppm)
}

/// `a / b` as a decimal with at most two decimals, rounded down: `2.4`.
pub(super) fn decimal(a: u128, b: u128) -> String {
    let hundredths = mul_div(a, 100, b, Rounding::Down).unwrap_or(0);
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// DISC-2 for a plan: the pool pays points, and only the pool's share of spending enters it.
fn bound_points(plan: &Plan) -> Option<Finding> {
    let share = pool_share(plan);
    if share == Rate::ZERO {
        return None;
    }
    let part = |times: u128| at_most(u128::from(share.ppm()), times * MILLION).unwrap_or(share);
    let (twice, thrice) = (part(2), part(3));
    Some(Finding {
        code: "LINT-1.bound.points",
        severity: Severity::Note,
        key: Some("split.pool"),
        title: both(
            format!("通过积分，全体会员合计最多拿回消费额的 {share}"),
            format!("Through points, members together get back at most {share} of what they spend"),
        ),
        explanation: both(
            format!(
                "消费额中只有 {share} 进入盈利池，积分的兑付只出自盈利池，所以无论价格怎么变，合计都不会超\
                 过 {share}。在消费额相同的会员中，最多 {share} 的人能以现金拿回全部消费额，最多 {twice} \
                 的人能拿回两倍，最多 {thrice} 的人能拿回三倍。要超过这个上限，只能靠外部资金注入，或由订\
                 单行自行写明更高的入池金额。"
            ),
            format!(
                "Only {share} of spending enters the pool, and points are paid out of the pool alone, so \
                 the sum stays within {share} whatever the price does. Of members who spend alike, at \
                 most {share} can ever get all of it back in cash, at most {twice} twice as much, at most \
                 {thrice} three times as much. More takes an injection of outside money, or order lines \
                 that state a higher contribution of their own."
            ),
        ),
    })
}

/// The same with every commission and fund, as if all of them were paid to members.
fn bound_all(plan: &Plan) -> Option<Finding> {
    let all = most_for_members(plan);
    if all == pool_share(plan) {
        return None;
    }
    // Of the source that gives members most.
    let split = plan.splits().max_by_key(|split| for_members(split))?;
    let (pool, commission) = (split.pool, split.commission);
    let funds =
        Rate::from_ppm(for_members(split).saturating_sub(pool.ppm()).saturating_sub(commission.ppm()));
    let given = from_platform(plan);
    let (given_zh, given_en) = if given > Rate::ZERO {
        (
            format!("、平台让出的积分和团长奖励 {given}"),
            format!(", loyalty points and leaders' bonuses {given} out of the platform's part"),
        )
    } else {
        (String::new(), String::new())
    };
    let (few_zh, few_en) = if commission > Rate::ZERO {
        (
            "佣金只发给有下级消费的人，多数会员拿到的更少。",
            " Commissions go to those whose invitees buy, so most members get less.",
        )
    } else {
        ("", "")
    };
    Some(Finding {
        code: "LINT-1.bound.all",
        severity: Severity::Note,
        key: Some("split.commission"),
        title: both(
            format!("加上全部佣金和基金，会员合计最多拿回消费额的 {all}"),
            format!(
                "With every commission and fund, members together get back at most {all} of what they spend"
            ),
        ),
        explanation: both(
            format!(
                "盈利池 {pool}、佣金 {commission}、基金 {funds}{given_zh}，即使全部发给会员，合计也只有消费额的 \
                 {all}。其余归供货方和平台。{few_zh}"
            ),
            format!(
                "The pool takes {pool}, commissions {commission}, funds {funds}{given_en}: even if members got all \
                 of it, it is {all} of what they spend. The rest goes to suppliers and the platform.\
                 {few_en}"
            ),
        ),
    })
}

/// DISC-3 for a plan: how far later orders must push the price before points are worth what was spent.
fn distance(plan: &Plan, pool: &PoolPlan) -> Option<Finding> {
    let Reached { first: [once, twice, thrice], later } = orders_until_worth(plan, pool)?;
    let retention = pool.retention;
    let explanation = if let Some(once) = once {
        let zh = |order: Option<u32>| {
            order.map_or(format!("前 {ORDERS_LOOKED_AT} 单内达不到"), |order| format!("第 {order} 单"))
        };
        let en = |order: Option<u32>| {
            order.map_or(format!("not within {ORDERS_LOOKED_AT} orders"), |order| format!("order {order}"))
        };
        both(
            format!(
                "假设每单金额相同，无人卖出，也无人出局。第 1 位买家的积分，账面值达到消费额 1 倍要到：第 \
                 {once} 单；2 倍：{}；3 倍：{}。第 {LATER_BUYER} 位买家达到 1 倍要到：{}。账面值卖出时还要\
                 扣除 {retention} 的回流。",
                zh(twice),
                zh(thrice),
                zh(later)
            ),
            format!(
                "With equal orders, no sales and no exits, the first buyer's points are worth what was \
                 spent at: order {once}; twice as much: {}; three times: {}. The points of buyer \
                 {LATER_BUYER} are worth what was spent at: {}. A sale keeps back {retention} of that \
                 worth.",
                en(twice),
                en(thrice),
                en(later)
            ),
        )
    } else {
        both(
            format!(
                "假设每单金额相同，无人卖出，也无人出局。前 {ORDERS_LOOKED_AT} 单之内，连第 1 位买家的积\
                 分，账面值也达不到其消费额；卖出时还要扣除 {retention} 的回流。"
            ),
            format!(
                "With equal orders, no sales and no exits, within {ORDERS_LOOKED_AT} orders not even the \
                 first buyer's points are worth what was spent, and a sale keeps back {retention} of \
                 their worth."
            ),
        )
    };
    Some(Finding {
        code: "LINT-1.bound.distance",
        severity: Severity::Note,
        key: Some("pool.mint_ratio"),
        title: both(
            "价格不跌不等于回本：要靠后来的订单",
            "A price that does not fall is not a recovery: that takes later orders",
        ),
        explanation,
    })
}

/// The orders at which points are worth what was spent; `None` if not among [`ORDERS_LOOKED_AT`].
struct Reached {
    /// The first buyer's: 1×, 2× and 3×.
    first: [Option<u32>; 3],
    /// Buyer [`LATER_BUYER`]'s: 1×.
    later: Option<u32>,
}

/// Takes equal orders through POOL-1 and POOL-2 one by one. `None` if they mint no points.
fn orders_until_worth(plan: &Plan, pool: &PoolPlan) -> Option<Reached> {
    // An order of 1,000 in units of the currency, as in the golden numbers.
    let base = Money::from_minor(1_000 * 10_i64.pow(plan.programme.currency.decimals))?;
    let contribution = plan.split.pool.floor_of(base).as_u128();
    let worth_of_mint = contribution * u128::from(pool.mint_ratio.ppm());
    let mut assets = u128::from(pool.house_points) * pool.opening_price.as_u128();
    let mut supply = u128::from(pool.house_points) * UNITS_PER_POINT;
    let (mut first_held, mut later_held) = (0, 0);
    let mut reached = Reached { first: [None; 3], later: None };
    for order in 1..=ORDERS_LOOKED_AT {
        let minted = if supply > 0 {
            mul_div(worth_of_mint, supply, assets * MILLION, Rounding::Down)?
        } else {
            mul_div(worth_of_mint, UNITS_PER_POINT, pool.opening_price.as_u128() * MILLION, Rounding::Down)?
        };
        if minted == 0 {
            return None;
        }
        assets += contribution;
        supply += minted;
        if order == 1 {
            first_held = minted;
        }
        if order == LATER_BUYER {
            later_held = minted;
        }
        let worth = mul_div(first_held, assets, supply, Rounding::Down)?;
        for (slot, times) in reached.first.iter_mut().zip(1..) {
            if slot.is_none() && worth >= base.as_u128() * times {
                *slot = Some(order);
            }
        }
        if reached.later.is_none() && mul_div(later_held, assets, supply, Rounding::Down)? >= base.as_u128() {
            reached.later = Some(order);
        }
        if reached.later.is_some() && reached.first.iter().all(Option::is_some) {
            break;
        }
    }
    Some(reached)
}

/// How many can ever be paid the cap: all exits come out of what was contributed.
fn exit_rarely_reached(plan: &Plan, pool: &PoolPlan, exit: &ExitPlan) -> Option<Finding> {
    let multiple = u128::from(exit.multiple);
    let net = multiple * u128::from(Rate::ONE.ppm() - pool.retention.ppm());
    let (cap_base, of_zh, of_en) = match exit.of {
        ExitOf::Spend => (pool_share(plan), "消费额", "spend"),
        ExitOf::Contribution => (Rate::ONE, "入池金额", "contribution"),
    };
    let most = at_most(u128::from(cap_base.ppm()), net)?;
    if most >= Rate::ONE || pool_share(plan) == Rate::ZERO {
        return None;
    }
    let (retention, paid) = (pool.retention, decimal(net, MILLION));
    Some(Finding {
        code: "LINT-1.exit.rarely_reached",
        severity: Severity::Warning,
        key: Some("pool.exit.multiple"),
        title: both(
            format!("最多 {most} 的会员能以 {multiple} 倍出局"),
            format!("At most {most} of members can ever exit at {multiple}×"),
        ),
        explanation: both(
            format!(
                "以{of_zh}的 {multiple} 倍出局，扣除 {retention} 回流后到手 {paid} 倍{of_zh}。这些钱全部出\
                 自会员自己的入池金额，所以在{of_zh}相同的会员中，最多 {most} 的人能拿到；其余的人拿不到，\
                 他们的入池金额付给了先出局的人。这是上限，实际人数由回测给出，通常少得多。"
            ),
            format!(
                "An exit at {multiple}× {of_en} pays {paid}× {of_en} after the retention of {retention}. \
                 All of it comes out of what members contributed, so of members with the same {of_en} at \
                 most {most} can be paid that; the others cannot, their contributions have paid those who \
                 left before. This is a bound; a backtest gives the number, which is usually far smaller."
            ),
        ),
    })
}

fn mint(pool: &PoolPlan) -> Option<Finding> {
    if pool.mint_ratio == Rate::ZERO {
        return Some(Finding {
            code: "LINT-1.mint.zero",
            severity: Severity::Error,
            key: Some("pool.mint_ratio"),
            title: both("铸造比例为 0，永远不会产生积分", "A mint ratio of 0% never mints a point"),
            explanation: both(
                "每一笔入池都会停在铸造队列里，永远等不到积分。请写大于 0 的比例，或者删除 [pool]。",
                "Every contribution waits in the mint queue for points that never come. State a ratio \
                 above 0%, or remove [pool].",
            ),
        });
    }
    if pool.mint_ratio < Rate::ONE {
        return None;
    }
    Some(Finding {
        code: "LINT-1.mint.full",
        severity: Severity::Warning,
        key: Some("pool.mint_ratio"),
        title: both(
            "铸造比例 100%：新订单不再推高价格",
            "A mint ratio of 100%: new orders no longer lift the price",
        ),
        explanation: both(
            "新积分与入池金额等值，先来的人从后来的订单中得不到任何好处；价格只在卖出回流或外部注资时上\
             升。",
            "New points are worth their whole contribution, so earlier members gain nothing from later \
             orders; only the retention of sales and outside money lift the price.",
        ),
    })
}

fn retention(pool: &PoolPlan) -> Option<Finding> {
    if pool.retention == Rate::ZERO {
        return Some(Finding {
            code: "LINT-1.retention.zero",
            severity: Severity::Warning,
            key: Some("pool.retention"),
            title: both("没有回流：卖出时什么也不留下", "No retention: a sale leaves nothing behind"),
            explanation: both(
                "会员按全价卖出，剩下的人不会因此受益；一有风吹草动，先卖的人没有任何代价。",
                "Members sell at the full price and those who stay gain nothing from it; whoever sells \
                 first pays nothing for being first.",
            ),
        });
    }
    if pool.retention < Rate::ONE {
        return None;
    }
    Some(Finding {
        code: "LINT-1.retention.total",
        severity: Severity::Warning,
        key: Some("pool.retention"),
        title: both("回流 100%：卖出积分一分钱也拿不到", "A retention of 100%: selling points pays nothing"),
        explanation: both(
            "卖出所得全部留在盈利池，积分没有任何现金价值，却仍然显示价格。",
            "All of a sale stays in the pool: points have no cash value at all, and still show a price.",
        ),
    })
}

fn pool_no_share(plan: &Plan) -> Option<Finding> {
    (pool_share(plan) == Rate::ZERO).then(|| Finding {
        code: "LINT-1.pool.no_share",
        severity: Severity::Warning,
        key: Some("split.pool"),
        title: both("有盈利池，但没有入池比例", "There is a pool, but no share of sales enters it"),
        explanation: both(
            "只有自行写明入池金额的订单行才会产生积分，其他订单的买家得不到积分。请写明 [split] pool，或者\
             确认每一行都写明入池金额。",
            "Only order lines that state a contribution of their own mint points; other buyers get none. \
             State [split] pool, or make sure that every line states one.",
        ),
    })
}

/// POOL-11: what `max_contribution` does while the pool is young.
fn first_day(plan: &Plan, pool: &PoolPlan) -> Option<Finding> {
    let limit = pool.max_contribution?;
    let currency = plan.programme.currency;
    let opening = Money::from_wide(u128::from(pool.house_points) * pool.opening_price.as_u128())?;
    let (zh, en) = if opening.is_zero() {
        (
            format!(
                "盈利池为空时没有限制，第一单一次全部入池；之后每单每天最多入池盈利池的 {limit}，同样大小\
                 的第二单就要分多天。请设置 house_points，使盈利池一开始就有足够的底。"
            ),
            format!(
                "While the pool is empty there is no limit and the first order enters whole; after it \
                 each order enters at most {limit} of the pool a day, so a second order of the same size \
                 takes many days. Set house_points, so that the pool begins large enough."
            ),
        )
    } else {
        // One minor unit always enters; the order is rounded down.
        let at_once = limit.floor_of(opening).max(Money::from_minor(1)?);
        let order = mul_div(at_once.as_u128(), MILLION, u128::from(plan.split.pool.ppm()), Rounding::Down)
            .and_then(Money::from_wide)
            .map(|order| currency.format(order));
        let order_zh = order.as_ref().map_or_else(String::new, |order| format!("，相当于 {order} 的订单"));
        let order_en = order.map_or_else(String::new, |order| format!(", that is an order of up to {order}"));
        let (opening, at_once) = (currency.format(opening), currency.format(at_once));
        (
            format!(
                "盈利池开始时有 {opening}，每单每天最多入池 {limit}，起初为 {at_once}{order_zh}。更大的订\
                 单要等到次日继续，积分也随之分次产生。"
            ),
            format!(
                "The pool begins with {opening}; each order enters at most {limit} of the pool a day, at \
                 first {at_once}{order_en}. What is above waits for the next day, and so do its points."
            ),
        )
    };
    Some(Finding {
        code: "LINT-1.pool.first_day",
        severity: Severity::Note,
        key: Some("pool.max_contribution"),
        title: both(
            "盈利池还小时，较大的订单要分多天入池",
            "While the pool is young, larger orders enter it over several days",
        ),
        explanation: both(zh, en),
    })
}

/// ORDER-7: a requirement nobody fills keeps every contribution in the mint queue for ever.
fn refund_unfunded(plan: &Plan) -> Option<Finding> {
    let required = plan.refund.reserve_required?;
    let platform = platform_share(plan);
    if required.is_zero() || (plan.refund.reserve_share > Rate::ZERO && platform > Rate::ZERO) {
        return None;
    }
    let required = plan.programme.currency.format(required);
    let (share, currency) = (plan.refund.reserve_share, plan.programme.currency.code());
    Some(Finding {
        code: "LINT-1.refund.unfunded",
        severity: Severity::Error,
        key: Some("refund.reserve_required"),
        title: both(
            "退款准备金没有来源，积分永远不会产生",
            "Nothing fills the refund reserve, so no points are ever minted",
        ),
        explanation: both(
            format!(
                "准备金低于 {required} {currency} 时停止产生积分，但准备金只取平台所得的 {share}，而平台所\
                 得占消费额的 {platform}。请写大于 0 的 reserve_share 并给平台留出份额，或者删除 \
                 reserve_required。"
            ),
            format!(
                "While the reserve is below {required} {currency} no points are minted, but it is filled \
                 with {share} of the platform's part, which is {platform} of spending. State a \
                 reserve_share above 0% and leave the platform a part, or remove reserve_required."
            ),
        ),
    })
}

fn split(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    if platform_share(plan) == Rate::ZERO {
        findings.push(Finding {
            code: "LINT-1.split.no_platform",
            severity: Severity::Warning,
            key: Some("split"),
            title: both("平台没有收入", "The platform earns nothing"),
            explanation: both(
                "各项份额合计 100%，没有钱支付运营、税费和售后退款的缺口；这类计划只能靠新订单的钱维持。",
                "The shares add up to 100%: nothing pays for running the programme, for taxes or for what \
                 late refunds leave open, so such a plan lives on the money of new orders.",
            ),
        });
    }
    if plan.split.cost == Rate::ZERO {
        findings.push(Finding {
            code: "LINT-1.split.no_cost",
            severity: Severity::Note,
            key: Some("split.cost"),
            title: both("供货方默认得不到货款", "Suppliers get nothing by default"),
            explanation: both(
                "cost 为 0%：没有自行写明成本的订单行，供货方一分钱也拿不到。",
                "cost is 0%: for every order line that does not state a cost of its own, the supplier \
                 gets nothing.",
            ),
        });
    }
    findings
}

/// Rates below one per cent where the field writes tens of per cent: often ‰ written for %.
fn small_rates(plan: &Plan) -> Vec<Finding> {
    let mut rates = vec![
        ("split.cost", plan.split.cost),
        ("split.pool", plan.split.pool),
        ("split.commission", plan.split.commission),
    ];
    if let Some(pool) = &plan.pool {
        rates.extend([("pool.mint_ratio", pool.mint_ratio), ("pool.retention", pool.retention)]);
    }
    let one_per_cent = Rate::from_ppm(10_000);
    let small = rates.into_iter().filter(|(_, rate)| *rate > Rate::ZERO && *rate < one_per_cent);
    small
        .map(|(key, rate)| {
            let per_mille = decimal(u128::from(rate.ppm()), 1_000);
            let meant = Rate::from_ppm(rate.ppm().saturating_mul(10));
            Finding {
                code: "LINT-1.slip.small_rate",
                severity: Severity::Note,
                key: Some(key),
                title: both(format!("{key} 只有 {rate}"), format!("{key} is only {rate}")),
                explanation: both(
                    format!("{key} 为 {rate}（{per_mille}‰）。如果本意是百分之几，请写 \"{meant}\"。"),
                    format!("{key} is {rate} ({per_mille}‰). If per cent was meant, write \"{meant}\"."),
                ),
            }
        })
        .collect()
}
