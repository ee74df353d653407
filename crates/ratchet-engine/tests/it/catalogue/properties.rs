//! Issue 4: stock never oversells and never leaks, under any interleaving of orders, time-outs, shipments and refunds (CAT-3,
//! CAT-4, COUPON-4, LOY-2). What is held, out and counted is reckoned here from the orders' outcomes alone.

use std::collections::BTreeMap;

use proptest::prelude::*;
use ratchet_engine::engine::Outcome;
use ratchet_engine::order::OrderState;

use super::{World, line, order};

const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 1
[split]
cost = "50%"
[catalogue]
hold_minutes = 30
[loyalty]
earn_rate = "10%"
valid_days = 3
[[coupon]]
id = "tenth"
name = { zh = "九折券", en = "A tenth" }
rate = "10%"
valid_days = 2
[[source]]
id = "own"
name = { zh = "自营", en = "Own" }
[[source]]
id = "live"
name = { zh = "直播", en = "Live" }
[source.split]
cost = "80%"
"#;

const SKUS: [&str; 3] = ["tea", "pot", "air"];
const LIMIT: u64 = 9;

#[derive(Clone, Debug)]
enum Step {
    /// Order, buyer, pieces of two lines, whether it is paid at once, with a coupon, with loyalty points.
    Order(u8, u8, [(u8, u8); 2], bool, bool, bool),
    Pay(u8),
    Close(u8),
    Ship(u8),
    Receive(u8),
    /// Order, line, hundredths of its amount.
    Refund(u8, u8, u8),
    RefundAll(u8),
    /// Order, line, pieces, whether they came with the refund.
    Pieces(u8, u8, u8, bool),
    /// Order, line, pieces that come back.
    Return(u8, u8, u8),
    Add(u8, u8),
    Remove(u8, u8),
    Delist(u8),
    Coupon(u8),
    Minutes(u8),
    Day,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let pieces = || (0..3_u8, 1..4_u8);
    let step = prop_oneof![
        8 => (0..40_u8, 0..2_u8, [pieces(), pieces()], any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(id, buyer, pieces, pays, coupon, loyalty)| Step::Order(id, buyer, pieces, pays, coupon, loyalty)),
        4 => (0..40_u8).prop_map(Step::Pay),
        1 => (0..40_u8).prop_map(Step::Close),
        3 => (0..40_u8).prop_map(Step::Ship),
        4 => (0..40_u8).prop_map(Step::Receive),
        5 => (0..40_u8, 0..2_u8, 1..101_u8).prop_map(|(id, line, part)| Step::Refund(id, line, part)),
        3 => (0..40_u8).prop_map(Step::RefundAll),
        4 => (0..40_u8, 0..2_u8, 1..4_u8, any::<bool>())
            .prop_map(|(id, line, pieces, restock)| Step::Pieces(id, line, pieces, restock)),
        3 => (0..40_u8, 0..2_u8, 1..4_u8).prop_map(|(id, line, pieces)| Step::Return(id, line, pieces)),
        1 => (0..3_u8, 1..6_u8).prop_map(|(sku, pieces)| Step::Add(sku, pieces)),
        1 => (0..3_u8, 1..6_u8).prop_map(|(sku, pieces)| Step::Remove(sku, pieces)),
        1 => (0..60_u8).prop_map(Step::Delist),
        2 => (0..2_u8).prop_map(Step::Coupon),
        4 => (1..45_u8).prop_map(Step::Minutes),
        2 => Just(Step::Day),
    ];
    // A few orders at a time, so that steps meet orders that are there.
    proptest::collection::vec(step, 1..70)
}

/// What an accepted order asked for, and what is left of its lines.
struct Ordered {
    buyer: u8,
    lines: [(usize, u64); 2],
    amounts: [i64; 2],
    left: [i64; 2],
    /// Whether the order has left, and pieces of its lines that were refunded as such, and that are in stock again.
    gone: bool,
    refunded: [u64; 2],
    back: [u64; 2],
}

impl Ordered {
    /// Before an order leaves, lines of which nothing is left give their pieces back.
    fn settle_stock(&mut self) {
        for place in 0..2 {
            if !self.gone && self.left[place] == 0 {
                self.back[place] = self.lines[place].1;
            }
        }
    }
}

#[derive(Default)]
struct Shadow {
    added: BTreeMap<usize, u64>,
    orders: BTreeMap<u8, Ordered>,
    coupons: u32,
}

fn yuan(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

impl World {
    fn do_step(&mut self, shadow: &mut Shadow, step: &Step) {
        let applied = |outcome: Outcome| matches!(outcome, Outcome::Applied { .. });
        match *step {
            Step::Order(id, buyer, pieces, pays, coupon, loyalty) => {
                let id = id % 12;
                let amounts =
                    pieces.map(|(sku, pieces)| [10_00, 3_33, 1_00][usize::from(sku)] * i64::from(pieces));
                // A coupon's discount of a line is the engine's to say; the property is about pieces.
                let (mut stated, mut rest) = (amounts, String::new());
                let free = self.engine.coupons().find(|known| {
                    known.state == ratchet_engine::coupon::CouponState::Free
                        && known.member.0 == u32::from(buyer)
                });
                if let Some(free) = free.filter(|_| coupon) {
                    rest = format!(r#","coupons":["{}"]"#, free.id);
                    let gross: i64 = amounts.iter().sum();
                    let off = gross / 10;
                    let floors = amounts.map(|amount| off * amount / gross);
                    let over = off - floors.iter().sum::<i64>();
                    stated = [amounts[0] - floors[0] - over, amounts[1] - floors[1]];
                }
                let has = self.engine.members().nth(buyer.into()).map_or(0, |member| member.loyalty.minor());
                if loyalty && has > 0 {
                    let sum: i64 = stated.iter().sum();
                    let part = has.min(sum);
                    rest +=
                        &format!(r#","tender":{{"cash":"{}","loyalty":"{}"}}"#, yuan(sum - part), yuan(part));
                }
                if id % 3 == 0 {
                    rest += r#","source":"live""#;
                }
                let lines: Vec<String> = pieces
                    .iter()
                    .zip(stated)
                    .zip(["1", "2"])
                    .map(|(((sku, pieces), amount), number)| {
                        line(number, SKUS[usize::from(*sku)], (*pieces).into(), &yuan(amount))
                    })
                    .collect();
                let what = if pays { "pay" } else { "place" };
                let buyer_id = ["ann", "ben"][usize::from(buyer)];
                let command = order(what, &format!("o{id}"), buyer_id, &lines.join(","), &rest);
                if applied(self.send(&command)) {
                    let ordered = Ordered {
                        buyer,
                        lines: pieces.map(|(sku, pieces)| (usize::from(sku), u64::from(pieces))),
                        amounts: stated,
                        left: stated,
                        gone: false,
                        refunded: [0; 2],
                        back: [0; 2],
                    };
                    assert!(shadow.orders.insert(id, ordered).is_none(), "ids are used once");
                }
            }
            Step::Pay(id) => drop(self.send(&format!(r#""type":"order.pay","order":"o{}""#, id % 12))),
            Step::Close(id) => drop(self.send(&format!(r#""type":"order.close","order":"o{}""#, id % 12))),
            Step::Ship(id) | Step::Receive(id) => {
                let what = if matches!(step, Step::Ship(_)) { "ship" } else { "receive" };
                if applied(self.send(&format!(r#""type":"order.{what}","order":"o{}""#, id % 12)))
                    && let Some(ordered) = shadow.orders.get_mut(&(id % 12))
                {
                    ordered.gone = true;
                }
            }
            Step::Refund(id, number, part) => {
                let Some(ordered) = shadow.orders.get_mut(&(id % 12)) else { return };
                let place = usize::from(number);
                let amount =
                    (ordered.amounts[place] * i64::from(part) / 100).clamp(1, ordered.left[place].max(1));
                let n = self.number;
                let command = format!(
                    r#""type":"order.refund","refund":"r{n}","order":"o{}","lines":[{{"line":"{}","amount":"{}"}}]"#,
                    id % 12,
                    number + 1,
                    yuan(amount)
                );
                if applied(self.send(&command)) {
                    ordered.left[place] -= amount;
                    ordered.settle_stock();
                }
            }
            Step::Pieces(id, number, pieces, restock) => {
                let Some(ordered) = shadow.orders.get_mut(&(id % 12)) else { return };
                let (place, pieces, n) = (usize::from(number), u64::from(pieces), self.number);
                let command = format!(
                    r#""type":"order.refund","refund":"r{n}","order":"o{}","lines":[{{"line":"{}","pieces":{pieces},"restock":{restock}}}]"#,
                    id % 12,
                    number + 1,
                );
                let quantity = ordered.lines[place].1;
                let first = |k: u64| {
                    ordered.amounts[place] * i64::try_from(k).unwrap_or(0)
                        / i64::try_from(quantity).unwrap_or(1)
                };
                let before = ordered.refunded[place];
                let worth = (first(before + pieces) - first(before)).min(ordered.left[place]);
                if applied(self.send(&command)) {
                    ordered.left[place] -= worth;
                    ordered.refunded[place] += pieces;
                    if !ordered.gone {
                        ordered.back[place] = quantity.min(ordered.back[place] + pieces);
                    } else if restock {
                        ordered.back[place] += pieces;
                    }
                    ordered.settle_stock();
                }
            }
            Step::Return(id, number, pieces) => {
                let Some(ordered) = shadow.orders.get_mut(&(id % 12)) else { return };
                let command = format!(
                    r#""type":"goods.return","order":"o{}","line":"{}","pieces":{pieces}"#,
                    id % 12,
                    number + 1
                );
                if applied(self.send(&command)) {
                    assert!(ordered.gone, "only what has left comes back");
                    ordered.back[usize::from(number)] += u64::from(pieces);
                }
            }
            Step::RefundAll(id) => {
                let n = self.number;
                let command = format!(r#""type":"order.refund","refund":"r{n}","order":"o{}""#, id % 12);
                if applied(self.send(&command))
                    && let Some(ordered) = shadow.orders.get_mut(&(id % 12))
                {
                    ordered.left = [0; 2];
                    ordered.settle_stock();
                }
            }
            Step::Add(sku, pieces) => {
                let sku = usize::from(sku);
                let command = format!(r#""type":"stock.add","sku":"{}","quantity":{pieces}"#, SKUS[sku]);
                if applied(self.send(&command)) {
                    *shadow.added.entry(sku).or_default() += u64::from(pieces);
                }
            }
            Step::Remove(sku, pieces) => {
                let sku = usize::from(sku);
                let command = format!(r#""type":"stock.remove","sku":"{}","quantity":{pieces}"#, SKUS[sku]);
                if applied(self.send(&command)) {
                    let added = shadow.added.entry(sku).or_default();
                    *added = added.checked_sub(pieces.into()).expect("no more is removed than there is");
                }
            }
            Step::Delist(sku) => {
                if let Some(sku) = SKUS.get(usize::from(sku)) {
                    self.send(&format!(r#""type":"sku.delist","sku":"{sku}""#));
                }
            }
            Step::Coupon(buyer) => {
                shadow.coupons += 1;
                let (coupon, buyer) = (shadow.coupons, ["ann", "ben"][usize::from(buyer)]);
                self.ok(&format!(
                    r#""type":"coupon.issue","coupon":"c{coupon}","rule":"tenth","member":"{buyer}""#
                ));
            }
            Step::Minutes(minutes) => self.wait(i64::from(minutes) * 60),
            Step::Day => self.days(1),
        }
    }

    /// What the engine holds is what follows from the orders that it accepted.
    fn agrees(&self, shadow: &Shadow) {
        let mut bought = [0; 2];
        for (sku, name) in SKUS.iter().enumerate() {
            let (mut held, mut out) = (0, 0);
            for (id, ordered) in &shadow.orders {
                let state = self.state(&format!("o{id}"));
                for ((of, pieces), back) in ordered.lines.iter().zip(ordered.back) {
                    if *of != sku || state == OrderState::Closed {
                        continue;
                    }
                    let there = pieces.checked_sub(back).expect("more came back than was ordered");
                    *if ordered.gone { &mut out } else { &mut held } += there;
                    if *name == "tea" {
                        bought[usize::from(ordered.buyer)] += there;
                    }
                }
            }
            let added = shadow.added.get(&sku).copied().unwrap_or(0);
            let available = (*name != "air").then(|| {
                added.checked_sub(held + out).expect("more is held and gone than there was: oversold")
            });
            assert_eq!(self.stock(name), (available, held, out), "{name}");
        }
        assert!(bought.iter().all(|pieces| *pieces <= LIMIT), "{bought:?}");
        if let Err(violation) = self.engine.check_invariants() {
            panic!("{violation}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// CAT-3, CAT-4
    #[test]
    fn stock_never_oversells_and_never_leaks(steps in steps()) {
        let mut world = World::new(PLAN);
        let mut shadow = Shadow::default();
        for member in ["ann", "ben"] {
            world.ok(&format!(r#""type":"member.join","member":"{member}""#));
        }
        world.list("tea", "10.00", &format!(r#","stock":12,"limit_per_member":{LIMIT}"#));
        world.list("pot", "3.33", r#","stock":8"#);
        world.list("air", "1.00", "");
        shadow.added.extend([(0, 12), (1, 8)]);
        for step in &steps {
            world.do_step(&mut shadow, step);
            world.agrees(&shadow);
        }
        // Whatever was left open, in the end nothing is held but what was paid and never left.
        world.days(1);
        world.agrees(&shadow);
        let closed = |id: &u8| world.state(&format!("o{id}")) != OrderState::Placed;
        prop_assert!(shadow.orders.keys().all(closed));
        world.audit();
    }
}
