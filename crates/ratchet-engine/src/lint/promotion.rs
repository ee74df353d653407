//! What the arithmetic of promotions says: who pays for bonuses and consolations, and what is drawn (GROUP-4, LOT-2, PRE-2,
//! BOX-3, CHAIN-3, RELIST-2).

use super::arithmetic::{at_most, decimal};
use super::mall::kept_by_platform;
use super::{Finding, Severity, both};
use crate::amount::{Money, Rate, Rounding, mul_div};
use crate::campaign::fixed_bonus;
use crate::plan::{
    BlindBoxPlan, ChainPlan, Consolation, Discount, GroupPlan, LotteryPlan, Plan, PresalePlan, PromotionPlan,
    RelistPlan,
};

/// Chances are computed to one part in this.
const SCALE: u128 = 1_000_000_000_000;
/// Sales that are looked at until goods reach their ceiling.
const SALES_LOOKED_AT: u32 = 10_000;

pub(super) fn findings(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for promotion in &plan.promotions {
        if let Some(group) = &promotion.group {
            findings.extend(leader_over_platform(plan, promotion, group));
            if let Some(lottery) = &promotion.lottery {
                findings.extend(consolation(plan, promotion, group, lottery));
            }
        }
        findings.extend(promotion.presale.as_ref().and_then(|presale| forfeit(plan, promotion, presale)));
        findings.extend(promotion.blind_box.as_ref().and_then(|held| top_item(plan, promotion, held)));
        findings.extend(promotion.chain.as_ref().and_then(|chain| over_leg(plan, promotion, chain)));
        findings.extend(promotion.relist.as_ref().and_then(|relist| next_buyer(plan, promotion, relist)));
    }
    findings
}

/// The orders of a full group that are kept: all, or the winners' (LOT-1).
fn kept_orders(promotion: &PromotionPlan, group: &GroupPlan) -> u32 {
    promotion.lottery.map_or(group.members, |lottery| lottery.winners)
}

/// GROUP-4: the leader is promised more than the platform has of the group.
fn leader_over_platform(plan: &Plan, promotion: &PromotionPlan, group: &GroupPlan) -> Option<Finding> {
    let bonus = group.leader_bonus?;
    let least = plan.splits().map(|split| kept_by_platform(plan, split)).min()?;
    let orders = kept_orders(promotion, group);
    let paid = Money::from_wide(promotion.piece().as_u128() * u128::from(orders))?;
    // Rounded down: what is enough must be enough.
    let has = least.floor_of(paid);
    let currency = plan.programme.currency;
    // Of a fixed one so much as the orders that are kept make of it.
    let bonus = match bonus {
        Discount::Fixed(amount) => Discount::Fixed(fixed_bonus(amount, orders, group.members)),
        Discount::Rate(rate) => Discount::Rate(rate),
    };
    let (promised, has) = match bonus {
        Discount::Fixed(amount) if amount > has => (currency.format(amount), currency.format(has)),
        Discount::Rate(rate) if rate > least => (rate.to_string(), least.to_string()),
        Discount::Fixed(_) | Discount::Rate(_) => return None,
    };
    let name = &promotion.name;
    Some(Finding {
        code: "LINT-1.group.leader_over_platform",
        severity: Severity::Warning,
        key: Some("promotion.group"),
        title: both(
            format!("团长奖励 {promised} 高于平台从该团所得的 {has}"),
            format!("The leader's bonus of {promised} is above the platform's {has} of the group"),
        ),
        explanation: both(
            format!(
                "“{}”：一个团留下 {orders} 单，平台扣除退款准备金后得 {has}。奖励出自平台收入：多出的部分由别的订单承担；平台没有钱时，按比例的奖励团长就少拿，固定的奖励由运营方补足（GROUP-4）。",
                name.zh
            ),
            format!(
                "\"{}\": of a group {orders} orders are kept, and the platform has {has} of them after the reserve for \
                 refunds. The bonus comes out of its revenue: other orders pay what is above; where there is nothing left, the \
                 leader gets less of a rate, and the operator owes a fixed one (GROUP-4).",
                name.en
            ),
        ),
    })
}

/// LOT-2 and LOT-1: what taking part is worth on average, and whether the fund pays it.
fn consolation(
    plan: &Plan,
    promotion: &PromotionPlan,
    group: &GroupPlan,
    lottery: &LotteryPlan,
) -> Vec<Finding> {
    let currency = plan.programme.currency;
    let (members, winners) = (group.members, lottery.winners);
    let each = match lottery.consolation {
        Consolation::Cash(Discount::Fixed(amount)) | Consolation::Loyalty(amount) => amount,
        Consolation::Cash(Discount::Rate(rate)) => rate.floor_of(promotion.price),
        // A discount on another purchase is no money.
        Consolation::Coupon(_) => Money::ZERO,
    };
    let losers = u128::from(members.saturating_sub(winners));
    let owed = each.as_u128() * losers;
    // Rounded down: what is expected is not shown too high.
    let expected = mul_div(owed, 1, members.into(), Rounding::Down).and_then(Money::from_wide);
    let (each_text, expected) = (currency.format(each), currency.format(expected.unwrap_or(Money::ZERO)));
    let price = currency.format(promotion.price);
    let name = &promotion.name;
    let mut findings = vec![Finding {
        code: "LINT-1.lottery.expected",
        severity: Severity::Note,
        key: Some("promotion.lottery"),
        title: both(
            format!("每人 {winners}/{members} 的机会以 {price} 买到，平均补偿 {expected}"),
            format!("A chance of {winners}/{members} to buy at {price}, and {expected} on average"),
        ),
        explanation: both(
            format!(
                "“{}”：{members} 人中 {winners} 人得到商品，其余的人退回全部货款，另得 {each_text}。平均每人得 {expected}；基金不足时更少。这就是参加的期望值，再参加也不会变。",
                name.zh
            ),
            format!(
                "\"{}\": {winners} of {members} get the goods; the others get their money back and {each_text} each. On \
                 average that is {expected} for who takes part, less where the fund does not reach. Trying again does not \
                 change it.",
                name.en
            ),
        ),
    }];
    // The smallest share of any source; only the winners' orders bring something in, the others are refunded.
    let shares = plan.splits().filter_map(|split| split.funds.get(lottery.fund));
    let Some(share) = shares.map(|fund| fund.share).min() else { return findings };
    let fund = plan.split.funds.get(lottery.fund).map_or("", |fund| fund.name.as_str());
    let paid = promotion.price.as_u128() * u128::from(winners);
    // Rounded down: what is enough must be enough.
    let brings = Money::from_wide(paid).map_or(Money::ZERO, |paid| share.floor_of(paid));
    if brings.as_u128() < owed {
        let owed = Money::from_wide(owed).map_or_else(String::new, |owed| currency.format(owed));
        let brings = currency.format(brings);
        findings.push(Finding {
            code: "LINT-1.lottery.unfunded",
            severity: Severity::Warning,
            key: Some("promotion.lottery"),
            title: both(
                format!("一个团的补偿要 {owed}，只带来 {brings}"),
                format!("A group owes {owed} in consolations and brings {brings}"),
            ),
            explanation: both(
                format!(
                    "“{}”：补偿出自基金 {fund}。留下的 {winners} 单按 {share} 只进 {brings}，其余的单全额退款。不够的部分靠别的订单或存入的钱，基金空了以后，排在后面的人拿不到\
                     （LOT-1）。",
                    name.zh
                ),
                format!(
                    "\"{}\": consolations come out of the fund {fund}. The {winners} orders that are kept bring {brings} at \
                     {share}, the others are refunded. Other orders or deposits must pay the rest; once the fund is empty, \
                     those who stand later get nothing (LOT-1).",
                    name.en
                ),
            ),
        });
    }
    findings
}

/// PRE-2: who does not pay the rest loses the deposit.
fn forfeit(plan: &Plan, promotion: &PromotionPlan, presale: &PresalePlan) -> Option<Finding> {
    let deposit = plan.programme.currency.format(presale.deposit);
    let hours = presale.balance_hours;
    presale.forfeit.then(|| Finding {
        code: "LINT-1.presale.forfeit",
        severity: Severity::Warning,
        key: Some("promotion.presale"),
        title: both(
            format!("不付尾款，{deposit} 的定金归商家"),
            format!("Who does not pay the rest loses the deposit of {deposit}"),
        ),
        explanation: both(
            format!(
                "“{}”：尾款只能在活动结束后 {hours} 小时内付，过时定金不退（PRE-2）。付定金之前应当写明，忘记付款的人也会失去它。",
                promotion.name.zh
            ),
            format!(
                "\"{}\": the rest can be paid for {hours} hours after the end of the campaign; later the deposit is gone \
                 (PRE-2). Say so before it is paid: who forgets loses it too.",
                promotion.name.en
            ),
        ),
    })
}

/// BOX-3: how many boxes the top item takes on average, and what they cost.
fn top_item(plan: &Plan, promotion: &PromotionPlan, held: &BlindBoxPlan) -> Option<Finding> {
    let weights: u128 = held.items.iter().map(|item| u128::from(item.weight)).sum();
    let top = held.items.first()?;
    let weight = u128::from(top.weight);
    let boxes = match held.pity {
        // W/w draws on average, in parts of SCALE, rounded up: a cost is not shown too low.
        None => mul_div(weights, SCALE, weight, Rounding::Up)?,
        Some(pity) => {
            // Σ (1 − p)^i for i in 0..=pity, each term rounded up; terms that round to one part say nothing any more.
            let (mut sum, mut term) = (0_u128, SCALE);
            for _ in 0..=pity {
                sum += term;
                term = mul_div(term, weights - weight, weights, Rounding::Up)?;
                if term <= 1 {
                    break;
                }
            }
            sum
        }
    };
    let cost = mul_div(promotion.price.as_u128(), boxes, SCALE, Rounding::Up).and_then(Money::from_wide)?;
    let currency = plan.programme.currency;
    let (price, cost) = (currency.format(promotion.price), currency.format(cost));
    // Rounded up to hundredths.
    let hundredths = mul_div(boxes, 100, SCALE, Rounding::Up)?;
    let boxes = decimal(hundredths, 100);
    let chance = at_most(weight, weights)?;
    let (pity_zh, pity_en) = match held.pity {
        Some(pity) => {
            (format!("，最迟第 {} 个", pity + 1), format!(", at the latest box {}", u64::from(pity) + 1))
        }
        None => ("，没有保底".to_owned(), ", without any assurance".to_owned()),
    };
    Some(Finding {
        code: "LINT-1.box.top_item",
        severity: Severity::Note,
        key: Some("promotion.blind_box"),
        title: both(
            format!("最高一款平均要买 {boxes} 个盲盒，共 {cost}"),
            format!("The top item takes {boxes} boxes on average, {cost} in all"),
        ),
        explanation: both(
            format!(
                "“{}”：每个 {price}，抽中 {} 的机会最多为 {chance}{pity_zh}（各款有货时）。计划里没有商品的价值，请在商品页写明：平均价值低于 {price} 时，买得越多亏得越多。",
                promotion.name.zh, top.sku
            ),
            format!(
                "\"{}\": {price} a box, and a chance of at most {chance} to draw {}{pity_en}, while all items are in stock. The \
                 plan holds no prices of items; state them with the listing: where their average is below {price}, whoever \
                 buys more loses more.",
                promotion.name.en, top.sku
            ),
        ),
    })
}

/// CHAIN-3: bonuses that the commission leg of a package does not cover.
fn over_leg(plan: &Plan, promotion: &PromotionPlan, chain: &ChainPlan) -> Option<Finding> {
    let sources = plan.sources.iter().filter(|source| !source.excludes.commission);
    let splits = std::iter::once(&plan.split).chain(sources.filter_map(|source| source.split.as_ref()));
    // The least of any source, rounded down: what is enough must be enough.
    let leg = splits.map(|split| split.commission.floor_of(promotion.price)).min()?;
    let worst = Money::from_wide(chain.direct_bonus.as_u128() + chain.boss_bonus.as_u128())?;
    let currency = plan.programme.currency;
    let (leg_text, worst_text) = (currency.format(leg), currency.format(worst));
    (worst > leg).then(|| Finding {
        code: "LINT-1.chain.over_leg",
        severity: Severity::Warning,
        key: Some("promotion.chain"),
        title: both(
            format!("每位新代理的奖励 {worst_text} 超过佣金份额 {leg_text}"),
            format!("A new agent's bonuses of {worst_text} are above the commission leg of {leg_text}"),
        ),
        explanation: both(
            format!(
                "“{}”：直推奖 {} 先付，团队奖 {} 只付余下的部分（CHAIN-3）。写明的金额并不总能兑现。",
                promotion.name.zh,
                currency.format(chain.direct_bonus),
                currency.format(chain.boss_bonus)
            ),
            format!(
                "\"{}\": the direct bonus of {} comes first, the boss's {} gets what is left (CHAIN-3). What is promised is not \
                 always paid.",
                promotion.name.en,
                currency.format(chain.direct_bonus),
                currency.format(chain.boss_bonus)
            ),
        ),
    })
}

/// RELIST-1: each gain is the next buyer's money, and the last buyer has the goods for all of it.
fn next_buyer(plan: &Plan, promotion: &PromotionPlan, relist: &RelistPlan) -> Option<Finding> {
    let currency = plan.programme.currency;
    let (mut price, mut sales) = (promotion.price, 0_u32);
    while price < relist.ceiling && sales < SALES_LOOKED_AT {
        let rise = mul_div(
            price.as_u128(),
            relist.markup.ppm().into(),
            Rate::ONE.ppm().into(),
            // RELIST-1 rounds the mark-up up.
            Rounding::Up,
        )?;
        price = Money::from_wide(price.as_u128() + rise)?;
        sales += 1;
    }
    let (first, last) = (currency.format(promotion.price), currency.format(price));
    Some(Finding {
        code: "LINT-1.relist.next_buyer",
        severity: Severity::Warning,
        key: Some("promotion.relist"),
        title: both(
            format!("转卖 {sales} 次后，最后的买家以 {last} 买下标价 {first} 的商品"),
            format!("After {sales} sales the last buyer pays {last} for goods priced at {first}"),
        ),
        explanation: both(
            format!(
                "“{}”：每次加价 {}，每个人的收益都是下一个买家的钱，商品本身没有变。没有下一个买家时，持有人只能按自己付的价提货。",
                promotion.name.zh, relist.markup
            ),
            format!(
                "\"{}\": each sale adds {}, and each gain is the next buyer's money; the goods stay what they are. Where no next \
                 buyer comes, the holder has the goods for what it paid.",
                promotion.name.en, relist.markup
            ),
        ),
    })
}
