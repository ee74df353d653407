//! What the arithmetic of the guide price and of tips says (EMIT-4, MERCH-2, MERCH-3).

use super::arithmetic::decimal;
use super::{Finding, Severity, both};
use crate::amount::{Money, Points, Rate, Rounding, UNITS_PER_POINT, mul_div};
use crate::merchant::UNITS_PER_CURRENCY;
use crate::plan::{EmissionPlan, MerchantPlan, Plan, ValuePlan};

pub(super) fn findings(plan: &Plan) -> Vec<Finding> {
    let Some(value) = plan.value.as_ref().filter(|value| value.grant_ratio > Rate::ZERO) else {
        return Vec::new();
    };
    let first_price = plan.emission.as_ref().and_then(|emission| first_price(plan, value, emission));
    let outweigh = plan.merchant.as_ref().and_then(|merchant| tips_outweigh(value, merchant));
    first_price.into_iter().chain(outweigh).collect()
}

/// EMIT-4: what must be released, and bought before, for the guide price to be the first price after a year.
fn first_price(plan: &Plan, value: &ValuePlan, emission: &EmissionPlan) -> Option<Finding> {
    let currency = plan.programme.currency;
    let year = emission.years.first().filter(|year| !year.is_zero())?.units().min(emission.cap.units());
    // One unit of the currency is one value unit before the ratio. Both round down: "at least" stays true.
    let minor_of_year = mul_div(year, emission.first_price.as_u128(), UNITS_PER_POINT, Rounding::Down)?;
    let units =
        Points::from_units(minor_of_year.checked_mul(UNITS_PER_POINT / 10_u128.pow(currency.decimals))?);
    let each =
        value.referral.iter().fold(u128::from(Rate::ONE.ppm()), |sum, rate| sum + u128::from(rate.ppm()));
    let granted = u128::from(value.grant_ratio.ppm()) * each;
    let bought = mul_div(minor_of_year, 1_000_000 * 1_000_000, granted, Rounding::Down)?;
    let bought = Money::from_wide(bought).map(|bought| currency.format(bought))?;
    let (price, year) = (currency.format(emission.first_price), Points::from_units(year));
    Some(Finding {
        code: "LINT-1.emission.first_price",
        severity: Severity::Note,
        key: Some("emission.first_price"),
        title: both(
            format!("指导价 {price} 只在首次释放之前有效"),
            format!("The first price of {price} ends with the first release"),
        ),
        explanation: both(
            format!(
                "首次释放健康值之后，指导价等于累计释放的健康值除以累计发行的健康积分，而会员从发行中得到积分也要等到那时。第一年发行 \
                 {year}，要使年末的指导价仍为 {price}，必须已释放 {units} 健康值；不计打赏和上架商品，即使全部放完，也要有 {bought} \
                 的消费。否则指导价低于 {price}，打赏要用的积分相应增多。没有人为指导价担保。"
            ),
            format!(
                "From the first release of value units on the guide price is all units released over all points issued, \
                 and members get points from the schedule only then. The first year issues {year}; for the price to be \
                 {price} at its end, {units} units must have been released, which takes purchases of {bought} even if all \
                 they grant is released, tips and listed products aside. With less the price is lower, and a tip costs more \
                 points. Nobody guarantees it."
            ),
        ),
    })
}

/// MERCH-2, MERCH-3: points become value units at a rate that purchases do not reach, and value units become points.
fn tips_outweigh(value: &ValuePlan, merchant: &MerchantPlan) -> Option<Finding> {
    let (ratio, share) = (value.grant_ratio, merchant.merchant_share);
    let both_sides = UNITS_PER_CURRENCY * u128::from(Rate::ONE.ppm() + share.ppm());
    // Rounded down to hundredths.
    let (units, times) = (decimal(both_sides, 1_000_000), decimal(both_sides, ratio.ppm().into()));
    if both_sides <= u128::from(ratio.ppm()) {
        return None;
    }
    Some(Finding {
        code: "LINT-1.merchant.tips_outweigh",
        severity: Severity::Warning,
        key: Some("merchant.merchant_share"),
        title: both(
            format!("打赏所得健康值是等额消费的 {times} 倍"),
            format!("A tip grants {times}× the value units of a purchase"),
        ),
        explanation: both(
            format!(
                "按指导价计 1 元的健康积分，打赏后双方合计得 {units} 健康值；消费 1 元的买家只得 {ratio} 个。发行按释放的健康值分配，\
                 所以有积分的商家互相打赏，就能拿到以后发行的大部分，不需要顾客。请审核商家之间的打赏，或者提高 grant_ratio。"
            ),
            format!(
                "Points worth one unit of the currency at the guide price, given as a tip, grant both sides {units} value \
                 units; one unit spent grants its buyer {ratio} of one. Emission is shared out by units released, so \
                 merchants who have points and tip each other can take most of what is issued later, without customers. \
                 Review tips between merchants, or raise grant_ratio."
            ),
        ),
    })
}
