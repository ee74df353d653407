//! What holds whatever is done (MERCH-3, MERCH-4).

use proptest::prelude::*;
use ratchet_engine::amount::Points;
use ratchet_engine::event::{Event, TipGiven};
use ratchet_engine::ledger::AccountKind;

use super::World;
use super::payouts::{wallet, withdraw};
use super::tips::{tip, with_one_stars};

#[derive(Clone, Debug)]
enum Step {
    Place(u8, u8),
    Pay(u8),
    PayNew(u8, u8, u16),
    Receive(u8),
    Refund(u8, u16),
    RefundAll(u8),
    Close(u8),
    Suspend,
    Resume,
    Delist(u8),
    Issue(u8),
    Tip(u8, u32),
    Task,
    Day,
    Withdraw(u16),
    Reject,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..12_u8, 0..3_u8).prop_map(|(order, product)| Step::Place(order, product)),
        4 => (0..12_u8).prop_map(Step::Pay),
        4 => (0..12_u8, 0..3_u8, 1..5_000_u16).prop_map(|(order, product, amount)| Step::PayNew(order, product, amount)),
        4 => (0..12_u8).prop_map(Step::Receive),
        5 => (0..12_u8, 1..4_000_u16).prop_map(|(order, amount)| Step::Refund(order, amount)),
        1 => (0..12_u8).prop_map(Step::RefundAll),
        1 => (0..12_u8).prop_map(Step::Close),
        1 => Just(Step::Suspend),
        2 => Just(Step::Resume),
        1 => (0..3_u8).prop_map(Step::Delist),
        3 => (1..30_u8).prop_map(Step::Issue),
        4 => (0..3_u8, 1..2_000_000_u32).prop_map(|(member, value)| Step::Tip(member, value)),
        3 => Just(Step::Task),
        4 => Just(Step::Day),
        1 => (1_000..9_000_u16).prop_map(Step::Withdraw),
        1 => Just(Step::Reject),
    ];
    proptest::collection::vec(step, 1..60)
}

impl World {
    fn step(&mut self, step: &Step) {
        let n = self.number;
        let product = |product: u8| ["tea", "rice", "silk"][usize::from(product)];
        let yuan = |minor: u32| format!("{}.{:02}", minor / 100, minor % 100);
        let rest = match *step {
            Step::Place(order, of) => format!(
                r#""type":"order.place","order":"o{order}","member":"guest","lines":[{{"line":"1","amount":"33.33","sku":"{0}"}},{{"line":"2","amount":"7","sku":"tea","quantity":3}},{{"line":"3","amount":"1"}}]"#,
                product(of)
            ),
            Step::Pay(order) => format!(r#""type":"order.pay","order":"o{order}""#),
            Step::PayNew(order, of, amount) => format!(
                r#""type":"order.pay","order":"o{order}","member":"guest","lines":[{{"line":"1","amount":"{}","sku":"{}"}}]"#,
                yuan(amount.into()),
                product(of)
            ),
            Step::Receive(order) => format!(r#""type":"order.receive","order":"o{order}""#),
            Step::Refund(order, amount) => format!(
                r#""type":"order.refund","refund":"r{n}","order":"o{order}","lines":[{{"line":"1","amount":"{}"}}]"#,
                yuan(amount.into())
            ),
            Step::RefundAll(order) => format!(r#""type":"order.refund","refund":"r{n}","order":"o{order}""#),
            Step::Close(order) => format!(r#""type":"order.close","order":"o{order}""#),
            Step::Suspend => r#""type":"merchant.suspend","merchant":"shop","reason":"x""#.to_owned(),
            Step::Resume => r#""type":"merchant.resume","merchant":"shop""#.to_owned(),
            Step::Delist(of) => format!(r#""type":"product.delist","product":"{}""#, product(of)),
            Step::Issue(points) => {
                self.send(&format!(
                    r#""type":"emission.propose","issue":"i{n}","member":"boss","points":"0.{points:02}""#
                ));
                format!(r#""type":"emission.approve","issue":"i{n}","actor":"alice""#)
            }
            Step::Tip(member, value) => tip(
                &format!("t{n}"),
                ["guest", "friend", "sponsor"][usize::from(member)],
                &format!(r#""value":"{}.{:03}""#, value / 1000, value % 1000),
            ),
            Step::Task => {
                self.send(r#""type":"task.complete","member":"boss""#);
                r#""type":"task.complete","member":"guest""#.to_owned()
            }
            Step::Day => {
                self.day += 1;
                r#""type":"time.advance""#.to_owned()
            }
            Step::Withdraw(amount) => withdraw(&format!("w{n}"), &yuan(amount.into())),
            Step::Reject => {
                format!(r#"{},"reason":"x""#, wallet("reject", &format!("w{}", n.saturating_sub(2)), "alice"))
            }
        };
        self.send(&rest);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Reserved equals the open product lines (the invariant of that name), no point is lost, value units are conserved,
    /// rewards and what is burned are what a tip costs, no upline gets more than the top rate, and the journal can
    /// be decided again.
    #[test]
    fn merch_4_points_and_value_are_conserved(steps in steps()) {
        let mut world = World::open();
        world.list("tea", "10", "10.000000000003", "");
        world.list("rice", "20", "77", r#","concession":"3.33""#);
        world.list("silk", "30", "1000", r#","concession":"0""#);
        with_one_stars(&mut world);
        for step in &steps {
            world.step(step);
            prop_assert!(world.engine.check_invariants().is_ok(), "{:?}", world.engine.check_invariants());
            world.points_are_somewhere();
            let held: u128 = world.engine.members().map(|member| member.value_units.units()).sum();
            let released = world.programme(AccountKind::ValueReleased).unsigned_abs();
            prop_assert_eq!(world.programme(AccountKind::ValueIssued).unsigned_abs(), held + released);
            for entry in world.engine.entries() {
                for (event, _) in entry.steps() {
                    if let Event::TipGiven(given) = event {
                        let TipGiven { points, burned, rewards, .. } = given.as_ref();
                        let sum: u128 = rewards.iter().map(|(_, reward)| reward.units()).sum();
                        prop_assert_eq!(sum + burned.units(), points.units());
                        // Two sides of at most 7 % each.
                        prop_assert!(sum * 100 <= points.units() * 14);
                    }
                }
            }
        }
        world.audit();
    }

    /// MERCH-4a: any refunds before receipt leave reserved what one of their sum leaves; after the last of a line
    /// nothing is.
    #[test]
    fn merch_4a_refunds_in_parts_leave_what_one_leaves(
        amount in 2..5_000_u32,
        cuts in proptest::collection::vec(1..2_000_u32, 1..6),
        award in 1..99_000_000_000_000_000_u64,
    ) {
        let yuan = |minor: u32| format!("{}.{:02}", minor / 100, minor % 100);
        let award = Points::from_units(u128::from(award) + 60 * 10_u128.pow(12));
        let mut world = World::open();
        let cost = award.units().div_ceil(10_000);
        world.list("tea", "50", &award.to_string(), "");
        world.buy("o", "guest", &yuan(amount), "tea");
        let mut one = world.clone();
        let mut sum = 0;
        for cut in cuts {
            let cut = cut.min(amount - sum);
            if cut > 0 {
                world.refund("o", &yuan(cut));
                sum += cut;
            }
        }
        one.refund("o", &yuan(sum));
        prop_assert_eq!(world.points("boss"), one.points("boss"));
        let reserved = world.engine.member("boss").expect("joined").emission_reserved.units();
        let exact = (cost * u128::from(amount - sum)).div_ceil(u128::from(amount));
        prop_assert_eq!(reserved, exact);
        prop_assert_eq!(reserved == 0, sum == amount);
    }
}
