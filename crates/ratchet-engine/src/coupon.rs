//! Coupons: whose they are, what they take off (COUPON-1 to COUPON-4).

use crate::amount::{Money, allocate};
use crate::id::{CouponNo, Id, MemberNo, OrderNo, index};
use crate::plan::Discount;
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// Where a coupon stands (COUPON-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Snapshot)]
pub enum CouponState {
    /// Good, unless it has expired.
    Free,
    /// An unpaid order holds it.
    Reserved,
    /// A paid order used it.
    Used,
}

impl CouponState {
    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            CouponState::Free => "free",
            CouponState::Reserved => "reserved",
            CouponState::Used => "used",
        }
    }
}

/// One coupon.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Coupon {
    pub(crate) id: Id,
    /// Its kind, as its place in the plan.
    pub(crate) rule: u16,
    pub(crate) member: MemberNo,
    pub(crate) expires_at: Timestamp,
    pub(crate) state: CouponState,
}

/// All coupons, those that orders hold or used, and whose they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coupons {
    list: Column<Coupon>,
    by_order: Table<OrderNo, Vec<CouponNo>>,
    by_member: Table<MemberNo, Vec<CouponNo>>,
}

undo_fields!(Coupons { parts: list, by_order; derived_parts: by_member; });

impl Coupons {
    pub(crate) fn get(&self, coupon: CouponNo) -> &Coupon {
        &self.list[coupon.index()]
    }

    /// In the order of issue.
    pub(crate) fn list(&self) -> &[Coupon] {
        &self.list
    }

    pub(crate) fn issue(&mut self, coupon: Coupon) {
        let number = CouponNo::at(self.list.len()).expect("room was checked");
        self.by_member.push_to(coupon.member, number);
        self.list.push(coupon);
    }

    /// A member's coupons, in the order of issue.
    pub(crate) fn of_member(&self, member: MemberNo) -> &[CouponNo] {
        self.by_member.get(&member).map_or(&[], Vec::as_slice)
    }

    /// Finds out again whose the coupons are.
    pub(crate) fn restore(&mut self) {
        self.by_member.clear();
        for (number, coupon) in (0..).map(CouponNo).zip(self.list.iter()) {
            self.by_member.push_to(coupon.member, number);
        }
    }

    /// The coupons that an order holds or used.
    pub(crate) fn of_order(&self, order: OrderNo) -> &[CouponNo] {
        self.by_order.get(&order).map_or(&[], Vec::as_slice)
    }

    /// Orders that hold or used coupons.
    pub(crate) fn by_order(&self) -> impl Iterator<Item = (OrderNo, &[CouponNo])> {
        self.by_order.iter().map(|(order, coupons)| (*order, coupons.as_slice()))
    }

    pub(crate) fn reserve(&mut self, order: OrderNo, coupons: &[CouponNo]) {
        self.by_order.insert(order, coupons.to_vec());
        self.set_states(order, CouponState::Reserved);
    }

    pub(crate) fn use_up(&mut self, order: OrderNo) {
        self.set_states(order, CouponState::Used);
    }

    pub(crate) fn free(&mut self, order: OrderNo) {
        self.set_states(order, CouponState::Free);
        self.by_order.remove(&order);
    }

    fn set_states(&mut self, order: OrderNo, state: CouponState) {
        for coupon in self.by_order.get(&order).into_iter().flatten() {
            self.list[index(coupon.0)].state = state;
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.list.len() * (size_of::<Coupon>() + size_of::<CouponNo>())
            + self.by_order.len() * size_of::<(OrderNo, Vec<CouponNo>)>()
    }
}

/// COUPON-3: what a coupon takes off each line, of what the lines of its scope are worth; zero for the others.
pub(crate) fn discounts(off: Discount, scope: &[Money]) -> Vec<Money> {
    let sum = scope.iter().fold(Money::ZERO, |sum, gross| sum.add_within_limit(*gross));
    let off = match off {
        Discount::Fixed(off) => off.min(sum),
        // Rounds down; the buyer pays the remainder.
        Discount::Rate(rate) => rate.floor_of(sum),
    };
    let mut parts = Vec::new();
    allocate(off, scope, &mut parts);
    parts
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "amounts read as yuan_fen: 100_00 is ¥100.00")]
mod tests {
    use super::*;
    use crate::amount::Rate;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).expect("not negative")
    }

    #[test]
    fn coupon_3_a_discount_is_spread_over_its_scope() {
        let scope = [money(100_00), Money::ZERO, money(50_00), money(50_00)];
        for (off, parts) in [
            (Discount::Fixed(money(30_00)), [15_00, 0, 7_50, 7_50]),
            (Discount::Fixed(money(300_00)), [100_00, 0, 50_00, 50_00]),
            (Discount::Fixed(money(1)), [1, 0, 0, 0]),
            (Discount::Rate(Rate::from_ppm(100_000)), [10_00, 0, 5_00, 5_00]),
            (Discount::Rate(Rate::ONE), [100_00, 0, 50_00, 50_00]),
        ] {
            assert_eq!(discounts(off, &scope), parts.map(money), "{off:?}");
        }
        let cents = [money(33), money(33), money(33)];
        let third = discounts(Discount::Rate(Rate::from_ppm(333_333)), &cents);
        // floor(0.333333 · 99) = 32: 11, 11, 10 by the order of the lines.
        assert_eq!(third, [11, 11, 10].map(money));
    }

    #[test]
    fn coupon_4_a_coupon_follows_its_order() {
        let (mut coupons, order) = (Coupons::default(), OrderNo(5));
        for id in ["c1", "c2"] {
            coupons.issue(Coupon {
                id: Id::new(id).expect("an id"),
                rule: 0,
                member: MemberNo(0),
                expires_at: Timestamp::MAX,
                state: CouponState::Free,
            });
        }
        let state = |coupons: &Coupons| coupons.list().iter().map(|coupon| coupon.state).collect::<Vec<_>>();
        coupons.reserve(order, &[CouponNo(1)]);
        assert_eq!(state(&coupons), [CouponState::Free, CouponState::Reserved]);
        coupons.use_up(order);
        assert_eq!(state(&coupons), [CouponState::Free, CouponState::Used]);
        coupons.free(order);
        assert_eq!(state(&coupons), [CouponState::Free, CouponState::Free]);
        assert!(coupons.of_order(order).is_empty());
    }
}
