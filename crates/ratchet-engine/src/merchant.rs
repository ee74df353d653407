//! Merchants: who applied, what they list, what their order lines award, what their tips gave and burned
//! (MERCH-1 to MERCH-6). Records and arithmetic; what they lead to is in `flow/merchant.rs`, `flow/product.rs` and
//! `flow/tip.rs`.

use crate::amount::{Money, Points, Rate, Rounding, UNITS_PER_POINT, mul_div};
use crate::id::{Id, LineNo, MemberNo, MerchantNo, OrderNo, ProductNo};
use crate::undo::{Column, Table, undo_fields};

/// Most value units of one tip, one listed award, or one order line's award (MERCH-2a, MERCH-6).
pub const AWARD_MAX: Points = Points::from_units(10_000_000_000_000 * UNITS_PER_POINT);
/// Value units that tips and awards of paid lines give in all stay below this: half of what a balance can hold; the
/// other half is for grants by base (MERCH-2a).
pub const GIVEN_MAX: Points = Points::from_units(1 << 95);
/// Value units that stand for one unit of the currency in a tip or an award (MERCH-2).
pub const UNITS_PER_CURRENCY: u128 = 10;

/// Where a merchant stands (MERCH-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Snapshot)]
pub enum MerchantState {
    /// Waits for review.
    Applied,
    /// May tip and list.
    Approved,
    /// Not accepted; may apply again.
    Rejected,
    /// May neither tip nor sell listed products until resumed.
    Suspended,
}

impl MerchantState {
    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            MerchantState::Applied => "applied",
            MerchantState::Approved => "approved",
            MerchantState::Rejected => "rejected",
            MerchantState::Suspended => "suspended",
        }
    }
}

/// A merchant that applied.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Merchant {
    /// Whose it is: pays emission points, gets value units.
    pub(crate) member: MemberNo,
    pub(crate) state: MerchantState,
    /// The order of the activation pack.
    pub(crate) pack: OrderNo,
    /// Actor of the last application: somebody else approves.
    pub(crate) applied_by: Id,
}

/// A product that is or was listed (MERCH-6).
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Product {
    pub(crate) id: Id,
    pub(crate) merchant: MerchantNo,
    /// Retail price of one.
    pub(crate) price: Money,
    /// Value units for one.
    pub(crate) award: Points,
    /// What the merchant gives up of the price of one.
    pub(crate) concession: Option<Money>,
    pub(crate) listed: bool,
}

/// What an order line of a listed product grants, and the emission points behind it (MERCH-4).
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Award {
    pub(crate) product: ProductNo,
    /// Value units for the whole base.
    pub(crate) units: Points,
    /// Emission points reserved when it was paid.
    pub(crate) taken: Points,
    /// Of them, still reserved.
    pub(crate) reserved: Points,
}

/// Sums over a programme's life, for reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct MerchantTotals {
    /// Tips given.
    pub tips: u64,
    /// Value units that tips gave to recipients.
    pub tip_value: Points,
    /// Value units that tips gave to the merchants' own members.
    pub merchant_value: Points,
    /// Emission points that tips cost: what uplines got and what was burned.
    pub tip_points: Points,
    /// Of them, burned.
    pub tip_burned: Points,
    /// Concessions on bills that tips recorded.
    pub concessions: Money,
    /// Value units awarded by lines of listed products that were paid, refunds not taken off.
    pub awarded: Points,
    /// Emission points burned for listed products that were received.
    pub product_burned: Points,
}

impl MerchantTotals {
    /// Value units that tips and awards of paid lines gave in all (MERCH-2a).
    pub(crate) fn given(&self) -> u128 {
        // Together they stay below GIVEN_MAX.
        self.tip_value.units() + self.merchant_value.units() + self.awarded.units()
    }

    /// Whether so many more value units may be given.
    pub(crate) fn has_room_for(&self, units: u128) -> bool {
        self.given().checked_add(units).is_some_and(|sum| sum < GIVEN_MAX.units())
    }
}

/// All merchants that applied, their products, and the awards of order lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Merchants {
    records: Table<MerchantNo, Merchant>,
    /// Each member's merchant, except rejected ones.
    by_member: Table<MemberNo, MerchantNo>,
    products: Column<Product>,
    awards: Table<LineNo, Award>,
    pub(crate) totals: MerchantTotals,
}

undo_fields!(Merchants { parts: records, by_member, products, awards; values: totals; });

impl Merchants {
    /// How many products there have been.
    pub(crate) fn product_count(&self) -> usize {
        self.products.len()
    }

    pub(crate) fn get(&self, merchant: MerchantNo) -> Option<&Merchant> {
        self.records.get(&merchant)
    }

    /// Those that applied, by number.
    pub(crate) fn records(&self) -> impl Iterator<Item = (MerchantNo, &Merchant)> {
        self.records.iter().map(|(number, record)| (*number, record))
    }

    /// The merchant of a member, except a rejected one.
    pub(crate) fn of_member(&self, member: MemberNo) -> Option<MerchantNo> {
        self.by_member.get(&member).copied()
    }

    /// MERCH-1: one application per merchant and per member; a rejected one does not count.
    pub(crate) fn has_applied(&self, merchant: Option<MerchantNo>, member: MemberNo) -> bool {
        let record = merchant.and_then(|merchant| self.records.get(&merchant));
        record.is_some_and(|record| record.state != MerchantState::Rejected)
            || self.by_member.contains_key(&member)
    }

    pub(crate) fn apply_for(&mut self, merchant: MerchantNo, record: Merchant) {
        self.by_member.insert(record.member, merchant);
        self.records.insert(merchant, record);
    }

    pub(crate) fn set_state(&mut self, merchant: MerchantNo, state: MerchantState) {
        let record = self.records.get_mut(&merchant).expect("a merchant applies before anything else");
        record.state = state;
        if state == MerchantState::Rejected {
            self.by_member.remove(&record.member);
        }
    }

    pub(crate) fn product(&self, product: ProductNo) -> &Product {
        &self.products[product.index()]
    }

    pub(crate) fn products(&self) -> &[Product] {
        &self.products
    }

    pub(crate) fn list(&mut self, product: Product) {
        self.products.push(product);
    }

    pub(crate) fn delist(&mut self, product: ProductNo) {
        self.products[product.index()].listed = false;
    }

    /// What a line awards, if it was ordered as a listed product.
    pub(crate) fn award(&self, line: LineNo) -> Option<&Award> {
        self.awards.get(&line)
    }

    /// By line.
    pub(crate) fn awards(&self) -> impl Iterator<Item = (LineNo, &Award)> {
        self.awards.iter().map(|(line, award)| (*line, award))
    }

    pub(crate) fn order(&mut self, line: LineNo, product: ProductNo, units: Points) {
        let award = Award { product, units, taken: Points::ZERO, reserved: Points::ZERO };
        self.awards.insert(line, award);
    }

    pub(crate) fn reserve(&mut self, line: LineNo, points: Points) {
        let award = self.award_mut(line);
        (award.taken, award.reserved) = (points, points);
        let units = award.units;
        self.totals.awarded = sum(self.totals.awarded, units);
    }

    pub(crate) fn give_back(&mut self, line: LineNo, points: Points) {
        let award = self.award_mut(line);
        award.reserved = award.reserved.checked_sub(points).expect("no more returns than is reserved");
    }

    pub(crate) fn burn(&mut self, line: LineNo, points: Points) {
        self.give_back(line, points);
        self.totals.product_burned = sum(self.totals.product_burned, points);
    }

    fn award_mut(&mut self, line: LineNo) -> &mut Award {
        self.awards.get_mut(&line).expect("a line is ordered before its points are reserved")
    }

    /// Counts a tip.
    pub(crate) fn add_tip(&mut self, tip: &TipSums) {
        let totals = &mut self.totals;
        totals.tips += 1;
        totals.tip_value = sum(totals.tip_value, tip.value);
        totals.merchant_value = sum(totals.merchant_value, tip.merchant_value);
        totals.tip_points = sum(totals.tip_points, tip.points);
        totals.tip_burned = sum(totals.tip_burned, tip.burned);
        let concessions = totals.concessions.checked_add(tip.concession);
        totals.concessions =
            concessions.expect("GIVEN_MAX keeps ten units for each currency unit below 63 bits");
    }
}

/// What one tip adds to the totals.
pub(crate) struct TipSums {
    pub(crate) value: Points,
    pub(crate) merchant_value: Points,
    pub(crate) points: Points,
    pub(crate) burned: Points,
    pub(crate) concession: Money,
}

fn sum(a: Points, b: Points) -> Points {
    a.checked_add(b).expect("value units are limited by GIVEN_MAX, points by the schedule's cap")
}

/// One step of an upline's rank differential: who is paid from which cumulative rate to which (MERCH-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TipStep {
    pub(crate) member: MemberNo,
    pub(crate) from: Rate,
    pub(crate) to: Rate,
}

/// MERCH-3: what one side's upline gets of the points paid. Each cumulative part is rounded down; what is left over
/// is burned. The parts add up to `floor(points · last rate)`.
pub(crate) fn tip_rewards(points: Points, chain: &[TipStep]) -> Vec<(MemberNo, Points)> {
    let part = |rate: Rate| {
        // floor(points · rate): rounds down, the remainder is burned.
        let part = mul_div(points.units(), rate.ppm().into(), 1_000_000, Rounding::Down);
        part.expect("a part of the points fits where they do")
    };
    let rewards = chain.iter().map(|step| (step.member, Points::from_units(part(step.to) - part(step.from))));
    rewards.filter(|(_, points)| !points.is_zero()).collect()
}

/// MERCH-3: what the merchant's own member is granted for a tip, rounded down.
pub(crate) fn merchant_value(share: Rate, value: Points) -> Points {
    // floor(share · value): rounds down, nobody is granted the remainder.
    let units = mul_div(value.units(), share.ppm().into(), 1_000_000, Rounding::Down);
    Points::from_units(units.expect("a share fits where the whole does"))
}

/// MERCH-2: the value of a tip stated as a concession: ten units for each unit of the currency.
pub(crate) fn concession_value(concession: Money, decimals: u32) -> Points {
    Points::from_units(concession.as_u128() * (UNITS_PER_CURRENCY * UNITS_PER_POINT / 10_u128.pow(decimals)))
}

/// MERCH-6: whether an award is at least one unit for each unit of the price's currency.
pub(crate) fn award_suffices(award: Points, price: Money, decimals: u32) -> bool {
    award.units() >= price.as_u128() * (UNITS_PER_POINT / 10_u128.pow(decimals))
}

/// MERCH-4a: what a line of `quantity` pieces awards, as far as it is paid in cash; `None` past all limits.
pub(crate) fn line_award(award: Points, quantity: u32, base: Money, amount: Money) -> Option<Points> {
    let whole = award.units().checked_mul(u128::from(quantity))?;
    // floor(whole · base / amount): rounds down, nobody is granted the remainder.
    mul_div(whole, base.as_u128(), amount.as_u128(), Rounding::Down).map(Points::from_units)
}

/// MERCH-4a: what stays reserved of a line when only `left` of its `amount` is left.
pub(crate) fn still_reserved(taken: Points, left: Money, amount: Money) -> Points {
    // ceil(taken · left / amount): a charge rounds up; after the last refund nothing is left.
    let units = mul_div(taken.units(), left.as_u128(), amount.as_u128(), Rounding::Up);
    Points::from_units(units.expect("a part fits where the whole does"))
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "amounts read as yuan_fen: 100_00 is ¥100.00")]
mod tests {
    use super::*;

    fn points(text: &str) -> Points {
        Points::parse(text).expect("a number of points")
    }

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).expect("not negative")
    }

    fn step(member: u32, from: u32, to: u32) -> TipStep {
        TipStep {
            member: MemberNo(member),
            from: Rate::from_ppm(from * 10_000),
            to: Rate::from_ppm(to * 10_000),
        }
    }

    #[test]
    fn merch_3_golden_tip_pays_a_one_star_referrer_five_per_cent() {
        let side = |member| tip_rewards(points("0.1"), &[step(member, 0, 5)]);
        assert_eq!(side(1), [(MemberNo(1), points("0.005"))]);
        assert_eq!(side(2), [(MemberNo(2), points("0.005"))]);
        let value = merchant_value(Rate::from_ppm(200_000), points("1000"));
        assert_eq!(value, points("200"));
    }

    #[test]
    fn merch_3_a_chain_gets_exactly_the_last_rate_of_the_points() {
        let chain = [step(1, 0, 5), step(2, 5, 7), step(3, 7, 11)];
        for units in [1_u128, 7, 19, 99, 100, 101, 123_456_789_012_345] {
            let rewards = tip_rewards(Points::from_units(units), &chain);
            let sum: u128 = rewards.iter().map(|(_, points)| points.units()).sum();
            assert_eq!(sum, units * 11 / 100, "{units}");
        }
        assert_eq!(tip_rewards(Points::from_units(1), &chain), [], "nothing is not a reward");
        assert_eq!(tip_rewards(points("5"), &[]), []);
    }

    #[test]
    fn merch_2_a_concession_is_worth_ten_units_for_each_currency_unit() {
        assert_eq!(concession_value(money(100_00), 2), points("1000"));
        assert_eq!(concession_value(money(1), 2), points("0.1"));
        assert_eq!(concession_value(money(1), 0), points("10"));
        assert_eq!(concession_value(money(1), 3), points("0.01"));
    }

    #[test]
    fn merch_6_an_award_is_at_least_one_unit_for_each_currency_unit_of_the_price() {
        assert!(award_suffices(points("100"), money(100_00), 2));
        assert!(!award_suffices(points("99.999999999999"), money(100_00), 2));
        assert!(award_suffices(points("7"), money(7), 0));
    }

    #[test]
    fn merch_4_an_award_counts_as_far_as_the_line_is_paid_in_cash() {
        assert_eq!(line_award(points("10"), 3, money(500), money(500)), Some(points("30")));
        assert_eq!(line_award(points("10"), 3, money(250), money(500)), Some(points("15")));
        assert_eq!(line_award(points("10"), 3, Money::ZERO, money(500)), Some(Points::ZERO));
        assert_eq!(line_award(points("10"), 0, money(500), money(500)), Some(Points::ZERO));
        let third = line_award(points("0.000000000001"), 1, money(1), money(3));
        assert_eq!(third, Some(Points::ZERO), "rounded down");
    }

    #[test]
    fn merch_4_what_stays_reserved_does_not_depend_on_how_it_was_refunded() {
        let taken = Points::from_units(1_000_001);
        assert_eq!(still_reserved(taken, money(30), money(30)), taken);
        assert_eq!(still_reserved(taken, money(10), money(30)).units(), 333_334, "rounded up");
        assert_eq!(still_reserved(taken, Money::ZERO, money(30)), Points::ZERO);
    }
}
