//! Merchants through the library (MERCH-1 to MERCH-6): applications, listed products and their reservations, tips,
//! payouts.

mod payouts;
mod products;
mod properties;
mod tips;

use ratchet_engine::amount::Points;
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::merchant::MerchantState;
use ratchet_engine::plan::Plan;

/// 100 points a day, all of them into the reserve, from which tests issue; 1,000.00 a point.
const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 1
[split]
cost = "50%"
commission = "20%"
[wallet]
withdrawal_minimum = "10.00"
withdrawal_fee = "1%"
withdrawal_daily_limit = "100.00"
withdrawal_cool_down_hours = 24
two_approvals_above = "400.00"
reconsume_share = "30%"
[[rank]]
id = "one_star"
name = { zh = "一星", en = "One star" }
volume = "1000"
tip_rate = "5%"
[[rank]]
id = "two_star"
name = { zh = "二星", en = "Two stars" }
volume = "5000"
tip_rate = "7%"
[value]
grant_ratio = "10%"
[emission]
years = [36500]
cap = 36500
tail = "none"
first_price = "1000.00"
[merchant]
activation_pack = "399"
merchant_share = "20%"
"#;

/// A programme with a clock, its journal and what is needed to compare.
#[derive(Clone)]
struct World {
    engine: Engine,
    day: u32,
    number: u32,
    writer: Writer,
    journal: Vec<u8>,
}

impl World {
    fn new(source: &str) -> World {
        let plan = Plan::parse("plan.toml", source).unwrap_or_else(|errors| panic!("{errors}"));
        let mut writer = Writer::new();
        let mut journal = Vec::new();
        let engine = Engine::genesis(plan);
        writer.write(&engine, None, &mut journal);
        World { engine, day: 0, number: 0, writer, journal }
    }

    /// The shop of `boss`, below `sponsor`, approved, with ten points; `guest`, below `friend`, has bought something.
    fn open() -> World {
        let mut world = World::new(PLAN);
        world.open_shop();
        world
    }

    fn open_shop(&mut self) {
        for (member, referrer) in [("boss", "sponsor"), ("guest", "friend")] {
            self.ok(&format!(r#""type":"member.join","member":"{referrer}""#));
            self.ok(&format!(r#""type":"member.join","member":"{member}","referrer":"{referrer}""#));
        }
        self.ok(r#""type":"order.pay","order":"pack","member":"boss","lines":[{"line":"1","amount":"399"}]"#);
        self.ok(r#""type":"merchant.apply","merchant":"shop","member":"boss","order":"pack""#);
        self.ok(r#""type":"merchant.approve","merchant":"shop","actor":"alice""#);
        self.issue("boss", "10");
    }

    fn issue(&mut self, member: &str, points: &str) {
        self.days(1);
        let issue = format!("i{}", self.number);
        self.ok(&format!(
            r#""type":"emission.propose","issue":"{issue}","member":"{member}","points":"{points}""#
        ));
        self.ok(&format!(r#""type":"emission.approve","issue":"{issue}","actor":"alice""#));
    }

    fn list(&mut self, product: &str, price: &str, award: &str, rest: &str) {
        self.ok(&format!(
            r#""type":"product.list","product":"{product}","merchant":"shop","price":"{price}","value_award":"{award}"{rest}"#
        ));
    }

    fn send(&mut self, rest: &str) -> Outcome {
        self.number += 1;
        let (month, day) = (1 + self.day / 28, 1 + self.day % 28);
        let json =
            format!(r#"{{"key":"k{}","at":"2026-{month:02}-{day:02}T04:00:00Z",{rest}}}"#, self.number);
        let currency = self.engine.plan().programme.currency;
        let envelope =
            Envelope::from_json(&json, &currency).unwrap_or_else(|error| panic!("{error}: {json}"));
        let outcome = self.engine.submit(&envelope);
        self.writer.write(&self.engine, Some(&envelope), &mut self.journal);
        outcome
    }

    fn ok(&mut self, rest: &str) {
        let outcome = self.send(rest);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {rest}");
    }

    /// Refused with this code, and nothing changed.
    fn refused(&mut self, rest: &str, code: &str) {
        let before = self.engine.digest();
        match self.send(rest) {
            Outcome::Rejected(rejection) => assert_eq!(rejection.code(), code, "{rest}"),
            outcome => panic!("{outcome:?}, expected {code}: {rest}"),
        }
        assert_eq!(self.engine.digest(), before, "{rest}");
    }

    fn days(&mut self, days: u32) {
        self.day += days;
        self.ok(r#""type":"time.advance""#);
    }

    fn buy(&mut self, order: &str, member: &str, amount: &str, sku: &str) -> Outcome {
        self.send(&format!(
            r#""type":"order.pay","order":"{order}","member":"{member}","lines":[{{"line":"1","amount":"{amount}","sku":"{sku}"}}]"#
        ))
    }

    fn refund(&mut self, order: &str, amount: &str) {
        let refund = format!("r{}", self.number);
        self.ok(&format!(
            r#""type":"order.refund","refund":"{refund}","order":"{order}","lines":[{{"line":"1","amount":"{amount}"}}]"#
        ));
    }

    /// Free and reserved emission points of a member.
    fn points(&self, member: &str) -> (String, String) {
        let view = self.engine.member(member).expect("joined");
        (view.emission_points.to_string(), view.emission_reserved.to_string())
    }

    fn value(&self, member: &str) -> String {
        self.engine.member(member).expect("joined").value_units.to_string()
    }

    fn balance(&self, kind: AccountKind, owner: &str) -> i128 {
        let owned =
            |account: Account| account.kind == kind && self.engine.account_owner(account) == Some(owner);
        self.engine.accounts().find(|(account, _)| owned(*account)).map_or(0, |(_, balance)| balance)
    }

    fn programme(&self, kind: AccountKind) -> i128 {
        let found = self.engine.accounts().find(|(account, _)| account.kind == kind);
        found.expect("the chart has it").1
    }

    /// The journal can be decided again and leads to the same state.
    fn audit(&self) {
        let mut verifier = Verifier::new();
        for line in std::str::from_utf8(&self.journal).expect("JSON").lines() {
            verifier.push(line).unwrap_or_else(|error| panic!("{error}"));
        }
        let (replayed, _) = verifier.finish().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.digest(), self.engine.digest());
        assert_eq!(replayed.merchant_totals(), self.engine.merchant_totals());
    }

    /// Every emission point ever issued is somewhere: with a member, or burned.
    fn points_are_somewhere(&self) {
        let held: u128 = self
            .engine
            .members()
            .map(|member| member.emission_points.units() + member.emission_reserved.units())
            .sum();
        let totals = self.engine.merchant_totals();
        let burned = totals.tip_burned.units() + totals.product_burned.units();
        assert_eq!(self.engine.emission().issued.units(), held + burned);
        assert!(totals.tip_burned <= totals.tip_points, "burned at most what was consumed");
    }
}

fn point(text: &str) -> Points {
    Points::parse(text).expect("a number of points")
}

#[test]
fn merch_1_an_application_is_reviewed_by_somebody_else() {
    let mut world = World::new(PLAN);
    for (order, member, amount) in
        [("pack", "boss", "399"), ("small", "boss", "398.99"), ("other", "guest", "500")]
    {
        world.ok(&format!(
            r#""type":"order.place","order":"{order}","member":"{member}","lines":[{{"line":"1","amount":"{amount}"}}]"#
        ));
    }
    let apply = |merchant: &str, member: &str, order: &str| {
        format!(
            r#""type":"merchant.apply","merchant":"{merchant}","member":"{member}","order":"{order}","actor":"clerk""#
        )
    };
    world.refused(&apply("shop", "nobody", "none"), "member_unknown");
    world.refused(&apply("shop", "boss", "none"), "order_unknown");
    world.refused(&apply("shop", "boss", "pack"), "order_state");
    for order in ["pack", "small", "other"] {
        world.ok(&format!(r#""type":"order.pay","order":"{order}""#));
    }
    world.refused(&apply("shop", "boss", "other"), "order_state");
    world.refused(&apply("shop", "boss", "small"), "below_activation_pack");
    world.refused(r#""type":"merchant.approve","merchant":"shop","actor":"alice""#, "merchant_unknown");
    world.ok(&apply("shop", "boss", "pack"));
    world.refused(&apply("shop", "guest", "other"), "merchant_exists");
    world.refused(&apply("second", "boss", "small"), "merchant_exists");
    let merchant = world.engine.merchant("shop").expect("applied");
    assert_eq!((merchant.member, merchant.state), ("boss", MerchantState::Applied));

    for actor in ["clerk", "boss", "shop"] {
        let approve = format!(r#""type":"merchant.approve","merchant":"shop","actor":"{actor}""#);
        world.refused(&approve, "same_person");
    }
    world.refused(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#, "merchant_state");
    world.refused(r#""type":"merchant.resume","merchant":"shop""#, "merchant_state");
    world.refused(r#""type":"merchant.reject","merchant":"shop","reason":" ""#, "reason_missing");
    world.refused(r#""type":"merchant.reject","merchant":"none","reason":"x""#, "merchant_unknown");
    world.ok(r#""type":"merchant.reject","merchant":"shop","reason":"资料不全""#);
    world.refused(r#""type":"merchant.reject","merchant":"shop","reason":"x""#, "merchant_state");
    world.refused(r#""type":"merchant.approve","merchant":"shop","actor":"alice""#, "merchant_state");

    // A rejected application counts neither for the id nor for the member.
    world.ok(&apply("shop", "guest", "other"));
    world.ok(&apply("second", "boss", "pack"));
    world.refused(&apply("shop", "boss", "pack"), "merchant_exists");
    world.ok(r#""type":"merchant.approve","merchant":"shop","actor":"boss""#);
    assert_eq!(world.engine.merchant("shop").expect("applied").member, "guest");
    world.refused(r#""type":"merchant.reject","merchant":"shop","reason":"x""#, "merchant_state");
    world.ok(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#);
    world.refused(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#, "merchant_state");
    world.refused(
        &format!(r#""type":"merchant.suspend","merchant":"shop","reason":"{}""#, "x".repeat(501)),
        "reason_missing",
    );
    world.ok(r#""type":"merchant.resume","merchant":"shop""#);
    world.refused(r#""type":"merchant.resume","merchant":"none""#, "merchant_unknown");
    assert_eq!(world.engine.merchants().count(), 2);
    world.audit();
}

#[test]
fn merch_1_a_refunded_pack_is_none() {
    let mut world = World::new(PLAN);
    world.ok(r#""type":"order.pay","order":"o","member":"boss","lines":[{"line":"1","amount":"300"},{"line":"2","amount":"200"}]"#);
    world.refund("o", "100");
    world.ok(r#""type":"order.receive","order":"o""#);
    world.days(2);
    world.ok(r#""type":"merchant.apply","merchant":"shop","member":"boss","order":"o""#);
    world.ok(r#""type":"merchant.reject","merchant":"shop","reason":"x""#);
    world.refund("o", "1.01");
    world.refused(
        r#""type":"merchant.apply","merchant":"shop","member":"boss","order":"o""#,
        "below_activation_pack",
    );
    world.ok(r#""type":"order.refund","refund":"all","order":"o""#);
    world.refused(r#""type":"merchant.apply","merchant":"shop","member":"boss","order":"o""#, "order_state");
}

#[test]
fn merch_1_a_plan_without_merchants_has_none() {
    let plan = PLAN.split("[merchant]").next().expect("text");
    let mut world = World::new(plan);
    world.ok(r#""type":"order.pay","order":"pack","member":"boss","lines":[{"line":"1","amount":"399","merchant":"shop"}]"#);
    world.ok(r#""type":"order.receive","order":"pack""#);
    world.days(2);
    for command in [
        r#""type":"merchant.apply","merchant":"shop","member":"boss","order":"pack""#,
        r#""type":"merchant.approve","merchant":"shop""#,
        r#""type":"merchant.reject","merchant":"shop","reason":"x""#,
        r#""type":"merchant.suspend","merchant":"shop","reason":"x""#,
        r#""type":"merchant.resume","merchant":"shop""#,
        r#""type":"merchant.withdraw","withdrawal":"w","merchant":"shop","amount":"100""#,
        r#""type":"product.list","product":"tea","merchant":"shop","price":"1","value_award":"1""#,
        r#""type":"product.delist","product":"tea""#,
        r#""type":"tip.give","tip":"t","merchant":"shop","member":"boss","value":"1""#,
    ] {
        world.refused(command, "no_merchants");
    }
}

#[test]
fn merch_6_listing_and_delisting() {
    let mut world = World::open();
    let list = |merchant: &str, price: &str, award: &str, rest: &str| {
        format!(
            r#""type":"product.list","product":"tea","merchant":"{merchant}","price":"{price}","value_award":"{award}"{rest}"#
        )
    };
    world.refused(&list("none", "0", "10000000000000.000000000001", ""), "limit_reached");
    world.refused(&list("none", "0", "1", ""), "amount_not_positive");
    world.refused(&list("none", "1", "0", ""), "amount_not_positive");
    world.refused(&list("none", "1", "0.5", ""), "merchant_unknown");
    world.ok(r#""type":"merchant.suspend","merchant":"shop","reason":"x""#);
    world.refused(&list("shop", "1", "0.5", ""), "merchant_state");
    world.ok(r#""type":"merchant.resume","merchant":"shop""#);
    world.refused(&list("shop", "100", "99.999999999999", r#","concession":"100.01""#), "award_too_low");
    world.refused(&list("shop", "100", "100", r#","concession":"100.01""#), "concession_exceeds_price");
    world.refused(r#""type":"product.delist","product":"tea""#, "product_unknown");
    world.ok(&list("shop", "100", "100", r#","concession":"100""#));
    world.refused(&list("shop", "100", "0.5", ""), "product_exists");
    world.ok(r#""type":"product.delist","product":"tea""#);
    world.refused(r#""type":"product.delist","product":"tea""#, "product_unknown");
    world.refused(&list("shop", "100", "100", ""), "product_exists");
    let product = world.engine.product("tea").expect("it was listed");
    assert_eq!((product.merchant, product.listed, product.value_award), ("shop", false, point("100")));
    assert_eq!(world.engine.product("none").map(|product| product.listed), None);
    // A line with a delisted product is an ordinary line.
    assert!(matches!(world.buy("o", "guest", "100", "tea"), Outcome::Applied { .. }));
    assert_eq!(world.points("boss"), ("10".to_owned(), "0".to_owned()));
    world.audit();
}
