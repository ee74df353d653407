//! Articles, stock, freight, coupons and sources through the library (CAT-1 to CAT-6, COUPON-1 to COUPON-4, SOURCE-1).

mod coupons;
mod goods;
mod properties;
mod sources;

use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::explain::Explainer;
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::order::OrderState;
use ratchet_engine::plan::Plan;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::Timestamp;

/// Unpaid orders hold for half an hour; every order settles a day after receipt.
pub(crate) const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 1
[split]
cost = "50%"
[release]
grant_ratio = "100%"
rate = "1%"
fund = "release"
[release.zones]
gold = 3
[split.funds]
release = "5%"
[catalogue]
hold_minutes = 30
"#;

/// A programme with a clock, its journal and what is needed to compare.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) engine: Engine,
    /// Seconds after the beginning of 2026.
    pub(crate) seconds: i64,
    pub(crate) number: u32,
    writer: Writer,
    journal: Vec<u8>,
}

impl World {
    pub(crate) fn new(source: &str) -> World {
        let plan = Plan::parse("plan.toml", source).unwrap_or_else(|errors| panic!("{errors}"));
        let (mut writer, mut journal) = (Writer::new(), Vec::new());
        let engine = Engine::genesis(plan);
        writer.write(&engine, None, &mut journal);
        World { engine, seconds: 4 * 3_600, number: 0, writer, journal }
    }

    pub(crate) fn envelope(&mut self, rest: &str) -> Envelope {
        self.number += 1;
        let at = Timestamp::parse("2026-01-01T00:00:00Z").expect("a time").us() + self.seconds * 1_000_000;
        let at = Timestamp::from_us(at).expect("in range");
        let json = format!(r#"{{"key":"k{}","at":"{at}",{rest}}}"#, self.number);
        let currency = self.engine.plan().programme.currency;
        Envelope::from_json(&json, &currency).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    pub(crate) fn send(&mut self, rest: &str) -> Outcome {
        let envelope = self.envelope(rest);
        let outcome = self.engine.submit(&envelope);
        self.writer.write(&self.engine, Some(&envelope), &mut self.journal);
        outcome
    }

    pub(crate) fn ok(&mut self, rest: &str) {
        let outcome = self.send(rest);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {rest}");
    }

    /// Refused with this code, and nothing changed.
    pub(crate) fn refused(&mut self, rest: &str, code: &str) {
        let before = self.engine.digest();
        match self.send(rest) {
            Outcome::Rejected(rejection) => assert_eq!(rejection.code(), code, "{rest}"),
            outcome => panic!("{outcome:?}, expected {code}: {rest}"),
        }
        assert_eq!(self.engine.digest(), before, "{rest}");
    }

    /// Refused now, and accepted by a copy of the programme with the other form.
    pub(crate) fn refused_unless(&mut self, wrong: &str, code: &str, right: &str) {
        self.refused(wrong, code);
        self.clone().ok(right);
    }

    pub(crate) fn wait(&mut self, seconds: i64) {
        self.seconds += seconds;
        self.ok(r#""type":"time.advance""#);
    }

    pub(crate) fn days(&mut self, days: i64) {
        self.wait(days * 86_400);
    }

    pub(crate) fn list(&mut self, sku: &str, price: &str, rest: &str) {
        self.ok(&format!(r#""type":"sku.list","sku":"{sku}","price":"{price}"{rest}"#));
    }

    pub(crate) fn refund(&mut self, order: &str, lines: &[(&str, &str)]) {
        let lines: Vec<String> = lines
            .iter()
            .map(|(line, amount)| format!(r#"{{"line":"{line}","amount":"{amount}"}}"#))
            .collect();
        let lines =
            if lines.is_empty() { String::new() } else { format!(r#","lines":[{}]"#, lines.join(",")) };
        self.ok(&format!(r#""type":"order.refund","refund":"r{}","order":"{order}"{lines}"#, self.number));
    }

    pub(crate) fn act(&mut self, what: &str, order: &str) {
        self.ok(&format!(r#""type":"order.{what}","order":"{order}""#));
    }

    /// Available, held and out of an article.
    pub(crate) fn stock(&self, sku: &str) -> (Option<u64>, u64, u64) {
        let sku = self.engine.sku(sku).expect("it was listed");
        (sku.available, sku.held, sku.out)
    }

    pub(crate) fn state(&self, order: &str) -> OrderState {
        self.engine.order(order).expect("it exists").0
    }

    pub(crate) fn balance(&self, kind: AccountKind, owner: &str) -> i128 {
        let owned =
            |account: Account| account.kind == kind && self.engine.account_owner(account) == Some(owner);
        self.engine.accounts().find(|(account, _)| owned(*account)).map_or(0, |(_, balance)| balance)
    }

    pub(crate) fn programme(&self, kind: AccountKind) -> i128 {
        let found = self.engine.accounts().find(|(account, _)| account.kind == kind);
        found.expect("the chart has it").1
    }

    /// The journal can be decided again and leads to the same state, and each of its postings has words.
    pub(crate) fn audit(&self) {
        let (mut verifier, mut explainer) = (Verifier::new(), Explainer::new());
        for line in std::str::from_utf8(&self.journal).expect("JSON").lines() {
            verifier.push(line).unwrap_or_else(|error| panic!("{error}"));
            for one in explainer.explain(line).unwrap_or_else(|error| panic!("{error}")) {
                assert!(!one.text.zh.is_empty() && one.rule != "LEDGER-1", "{one:?}");
            }
        }
        let (replayed, _) = verifier.finish().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.digest(), self.engine.digest());
        assert_eq!(replayed.loyalty_totals(), self.engine.loyalty_totals());
    }
}

/// An order command of these lines.
pub(crate) fn order(what: &str, id: &str, member: &str, lines: &str, rest: &str) -> String {
    format!(r#""type":"order.{what}","order":"{id}","member":"{member}","lines":[{lines}]{rest}"#)
}

/// A line of an article.
pub(crate) fn line(line: &str, sku: &str, quantity: u32, amount: &str) -> String {
    format!(r#"{{"line":"{line}","sku":"{sku}","quantity":{quantity},"amount":"{amount}"}}"#)
}

#[test]
fn cat_1_articles_are_listed_priced_and_delisted() {
    let mut world = World::new(PLAN);
    let list = |sku: &str, rest: &str| format!(r#""type":"sku.list","sku":"{sku}",{rest}"#);
    for (rest, code) in [
        (r#""price":"0","cost":"100000000000.00","zone":"none""#, "amount_not_positive"),
        (r#""price":"1","zone":"none""#, "zone_unknown"),
    ] {
        world.refused(&list("tea", rest), code);
    }
    world.ok(&list(
        "tea",
        r#""price":"10.00","cost":"12.00","product":"drinks","merchant":"shop","zone":"gold","stock":5,"limit_per_order":3,"limit_per_member":4"#,
    ));
    world.refused(&list("tea", r#""price":"1""#), "sku_exists");
    let tea = world.engine.sku("tea").expect("it was listed");
    assert_eq!((tea.product, tea.merchant, tea.zone), (Some("drinks"), Some("shop"), Some(0)));
    assert_eq!((tea.available, tea.limit_per_order, tea.limit_per_member), (Some(5), Some(3), Some(4)));
    assert!(tea.listed && !tea.points_only);
    for (command, code) in [
        (r#""type":"sku.price","sku":"none","price":"0""#, "amount_not_positive"),
        (r#""type":"sku.price","sku":"none","price":"1""#, "sku_unknown"),
        (r#""type":"sku.delist","sku":"none""#, "sku_unknown"),
    ] {
        world.refused(command, code);
    }
    // A price counts for orders placed from now on; what was placed before is paid as it was.
    world.ok(&order("place", "o1", "buyer", &line("1", "tea", 2, "20.00"), ""));
    world.ok(r#""type":"sku.price","sku":"tea","price":"11.00""#);
    world.refused(&order("pay", "o2", "buyer", &line("1", "tea", 2, "20.00"), ""), "price_mismatch");
    world.ok(&order("pay", "o2", "buyer", &line("1", "tea", 2, "22.00"), ""));
    world.act("pay", "o1");
    world.ok(r#""type":"sku.delist","sku":"tea""#);
    for command in [
        r#""type":"sku.delist","sku":"tea""#,
        r#""type":"sku.price","sku":"tea","price":"1""#,
        r#""type":"stock.add","sku":"tea","quantity":1"#,
        r#""type":"stock.remove","sku":"tea","quantity":1"#,
        &order("pay", "o3", "buyer", &line("1", "tea", 1, "11.00"), ""),
    ] {
        world.refused(command, "sku_unknown");
    }
    world.refused(&list("tea", r#""price":"1""#), "sku_exists");
    // Delisting changes no stock, and what was ordered goes its way.
    assert_eq!(world.stock("tea"), (Some(1), 4, 0));
    world.act("ship", "o1");
    assert_eq!(world.stock("tea"), (Some(1), 2, 2));
    // The first order's cost was 12.00 a piece, at most its base; the second follows the split: 50 %.
    world.act("receive", "o1");
    world.act("receive", "o2");
    world.days(1);
    assert_eq!(world.balance(AccountKind::MerchantPayable, "shop"), 2_000 + 1_100);
    // The article's zone triples what release points are granted: 3 · 42.00.
    assert_eq!(world.engine.member("buyer").expect("joined").release_points.to_string(), "126");
    world.audit();
}

#[test]
fn cat_1_a_plan_without_catalogue_has_no_articles() {
    let plan = PLAN.replace("[catalogue]\nhold_minutes = 30\n", "");
    let mut world = World::new(&plan);
    for command in [
        r#""type":"sku.list","sku":"tea","price":"1""#,
        r#""type":"sku.price","sku":"tea","price":"1""#,
        r#""type":"sku.delist","sku":"tea""#,
        r#""type":"stock.add","sku":"tea","quantity":1"#,
        r#""type":"stock.remove","sku":"tea","quantity":1"#,
    ] {
        world.refused(command, "no_catalogue");
    }
    world.refused(r#""type":"stock.add","sku":"tea","quantity":0"#, "amount_not_positive");
    world
        .refused(&order("pay", "o", "m", &line("1", "tea", 1, "1"), r#","coupons":["c"]"#), "coupon_unknown");
    // Skus are only recorded, in any quantity, and an unpaid order waits for ever.
    world.ok(&order("place", "o", "m", &line("1", "tea", 0, "1"), r#","freight":"5""#));
    world.days(100);
    assert_eq!(world.state("o"), OrderState::Placed);
}

#[test]
fn cat_1a_lines_name_listed_articles() {
    let mut world = World::new(&PLAN.replace("hold_minutes", "listed_only = true\nhold_minutes"));
    world.list("tea", "10.00", r#","merchant":"shop""#);
    world.list("pot", "10.00", "");
    let pay = |lines: &str| order("pay", "o", "buyer", lines, "");
    let free = r#"{"line":"9","amount":"1"}"#;
    for (lines, code) in [
        (line("1", "tea", 0, "10.00"), "amount_not_positive"),
        (format!("{free},{}", line("1", "none", 1, "10.00")), "sku_unknown"),
        (format!("{free},{}", line("1", "tea", 1, "10.00")), "sku_missing"),
        (r#"{"line":"1","sku":"tea","merchant":"rival","amount":"9.00"}"#.to_owned(), "sku_merchant"),
        (r#"{"line":"1","sku":"tea","merchant":"shop","amount":"9.00"}"#.to_owned(), "price_mismatch"),
    ] {
        world.refused(&pay(&lines), code);
    }
    // One piece if none is said; without a merchant of its own an article says nothing about whose the line is.
    world.ok(&pay(r#"{"line":"1","sku":"tea","amount":"10.00"},{"line":"2","sku":"pot","merchant":"rival","amount":"10.00"}"#));
    world.act("receive", "o");
    world.days(1);
    for merchant in ["shop", "rival"] {
        assert_eq!(world.balance(AccountKind::MerchantPayable, merchant), 500, "{merchant}");
    }
    world.audit();
}

/// CAT-1b: an order of which everything is wrong, put right step by step.
#[test]
fn cat_1b_what_is_looked_at_first() {
    let mut world = World::new(&format!(
        "{}[freight]\nbase = \"8.00\"\n[[coupon]]\nid = \"off\"\nname = {{ zh = \"券\", en = \"Off\" }}\noff = \"1.00\"\nminimum = \"60.00\"\n[[source]]\nid = \"own\"\nname = {{ zh = \"自营\", en = \"Own\" }}\n",
        PLAN.replace("hold_minutes", "listed_only = true\nhold_minutes")
    ));
    world.list(
        "gift",
        "10.00",
        r#","merchant":"shop","stock":3,"limit_per_order":5,"limit_per_member":4,"points_only":true"#,
    );
    world.list("tea", "10.00", "");
    for (member, coupon) in [("buyer", "mine"), ("another", "theirs")] {
        world.ok(&format!(r#""type":"member.join","member":"{member}""#));
        world.ok(&format!(r#""type":"coupon.issue","coupon":"{coupon}","rule":"off","member":"{member}""#));
    }
    let mut fields: Vec<(&str, String)> = [
        ("zone", r#","zone":"none""#),
        ("source", r#","source":"none""#),
        ("unknown", r#",{"line":"2","sku":"none","amount":"1"}"#),
        ("missing", r#",{"line":"3","amount":"1"}"#),
        ("merchant", r#","merchant":"rival""#),
        ("coupons", r#""none","theirs""#),
        ("amount", "1.00"),
        ("freight", "1.00"),
        ("quantity", "6"),
        ("tender", ""),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec();
    for (code, name, then) in [
        ("zone_unknown", "zone", ""),
        ("source_unknown", "source", r#","source":"own""#),
        ("sku_unknown", "unknown", ""),
        ("sku_missing", "missing", ""),
        ("sku_merchant", "merchant", ""),
        ("coupon_unknown", "coupons", r#""theirs","mine""#),
        ("coupon_state", "coupons", r#""mine""#),
        ("price_mismatch", "coupons", ""),
        ("price_mismatch", "amount", "60.00"),
        ("freight_mismatch", "freight", "8.00"),
        ("quantity_limit", "quantity", "5"),
        ("price_mismatch", "amount", "50.00"),
        ("quantity_limit", "quantity", "4"),
        ("price_mismatch", "amount", "40.00"),
        ("out_of_stock", "quantity", "3"),
        ("price_mismatch", "amount", "30.00"),
        ("points_only", "tender", r#","tender":{"reconsume":"30.00"}"#),
    ] {
        let value = |name: &str| {
            let field = fields.iter().find(|(known, _)| *known == name);
            field.map(|(_, value)| value.clone()).expect("a field of the order")
        };
        let command = |value: &dyn Fn(&str) -> String| {
            let gift = format!(
                r#"{{"line":"1","sku":"gift","quantity":{},"amount":"{}"{}{}}}"#,
                value("quantity"),
                value("amount"),
                value("zone"),
                value("merchant")
            );
            let rest = format!(
                r#"{},"coupons":[{}],"freight":"{}"{}"#,
                value("source"),
                value("coupons"),
                value("freight"),
                value("tender")
            );
            order("place", "o", "buyer", &format!("{gift}{}{}", value("unknown"), value("missing")), &rest)
        };
        world.refused(&command(&value), code);
        for (known, value) in &mut fields {
            if *known == name {
                *value = then.to_owned();
            }
        }
    }
    world.refused(
        &order("place", "p", "buyer", &line("1", "tea", 5, "1"), r#","coupons":["mine"]"#),
        "coupon_scope",
    );
    let right = r#","freight":"8.00","tender":{"reconsume":"30.00"}"#;
    world.ok(&order("place", "o", "buyer", &line("1", "gift", 3, "30.00"), right));
}

#[test]
fn cat_1a_the_cost_of_an_article_is_a_stated_one() {
    let mut world = World::new(&format!(
        "{PLAN}[pool]\nmint_ratio = \"70%\"\nopening_price = \"1.00\"\nretention = \"20%\"\n"
    ));
    world.list("tea", "10.00", r#","cost":"6.00""#);
    let pay = |id: &str, rest: &str| {
        order(
            "pay",
            id,
            "buyer",
            &format!(r#"{{"line":"1","sku":"tea","quantity":2,"amount":"20.00"{rest}}}"#),
            "",
        )
    };
    world.refused(&pay("o", r#","contribution":"8.01""#), "line_exceeds_base");
    world.ok(&pay("o1", r#","contribution":"8.00""#));
    world.ok(&pay("o2", r#","cost":"1.00""#));
    for order in ["o1", "o2"] {
        world.act("receive", order);
    }
    world.days(1);
    // 2 · 6.00 of the first, the line's own 1.00 of the second.
    assert_eq!(world.balance(AccountKind::MerchantPayable, ""), 1_300);
    assert_eq!(world.programme(AccountKind::PoolAssets), 800);
    world.audit();
}

#[test]
fn cat_2_price_order_says_what_an_order_would_state() {
    let mut world = World::new(&format!(
        "{PLAN}[freight]\nbase = \"8.00\"\nfree_above = \"99.00\"\n[[freight.regions]]\ncode = \"650000\"\namount = \"20.00\"\n[[coupon]]\nid = \"ten\"\nname = {{ zh = \"十\", en = \"Ten\" }}\noff = \"10.00\"\n"
    ));
    world.list("tea", "33.33", "");
    world.ok(r#""type":"member.join","member":"buyer""#);
    world.ok(r#""type":"coupon.issue","coupon":"c","rule":"ten","member":"buyer""#);
    let lines = format!(r#"{},{{"line":"2","amount":"5.00"}}"#, line("1", "tea", 2, "1"));
    for (rest, amounts, freight) in [
        ("", [66_66, 500], 800),
        (r#","ship_to":"650102""#, [66_66, 500], 2_000),
        (r#","coupons":["c"]"#, [56_66, 500], 800),
    ] {
        let envelope = world.envelope(&order("pay", "o", "buyer", &lines, rest));
        let Command::OrderPay { terms: Some(terms), .. } = &envelope.command else { panic!("an order") };
        let price = world.engine.price_order(terms).expect("a price");
        assert_eq!(price.amounts.iter().map(|amount| amount.minor()).collect::<Vec<_>>(), amounts);
        assert_eq!((price.goods.minor(), price.freight.minor()), (amounts.iter().sum(), freight));
        assert_eq!(price.discount.minor(), 66_66 - amounts[0]);
        // What it says is what is accepted, and nothing else.
        let stated = |amount: i64, freight: i64| {
            let yuan = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
            let lines = format!(r#"{},{{"line":"2","amount":"5.00"}}"#, line("1", "tea", 2, &yuan(amount)));
            order("pay", "o", "buyer", &lines, &format!(r#"{rest},"freight":"{}""#, yuan(freight)))
        };
        world.clone().ok(&stated(amounts[0], freight));
        world.refused(&stated(amounts[0] - 1, freight), "price_mismatch");
        world.refused(&stated(amounts[0], freight + 1), "freight_mismatch");
    }
    // From 99.00 of goods on it is free.
    world.ok(&order("pay", "o", "buyer", &line("1", "tea", 3, "99.99"), ""));
    // An order without articles is charged as it states.
    world.ok(&order("pay", "p", "buyer", r#"{"line":"1","amount":"5.00"}"#, r#","freight":"1.23""#));
    let envelope = world.envelope(&order("pay", "q", "buyer", &line("1", "none", 1, "1"), ""));
    let Command::OrderPay { terms: Some(terms), .. } = &envelope.command else { panic!("an order") };
    assert_eq!(world.engine.price_order(terms).expect_err("unknown").code(), "sku_unknown");
    world.audit();
}

#[test]
fn cat_2_a_line_above_all_amounts_has_no_price() {
    let mut world = World::new(PLAN);
    world.list("palace", "100000000000.00", "");
    world.ok(&order("place", "o", "buyer", &line("1", "palace", 1, "100000000000.00"), ""));
    world.refused(
        &order("place", "p", "buyer", &line("1", "palace", u32::MAX, "100000000000.00"), ""),
        "price_mismatch",
    );
}

#[test]
fn cat_3_stock_follows_the_life_of_an_order() {
    let mut world = World::new(PLAN);
    world.list("tea", "10.00", r#","stock":10"#);
    world.list("air", "1.00", "");
    world.refused(r#""type":"stock.add","sku":"air","quantity":1"#, "sku_unknown");
    world.refused(r#""type":"stock.remove","sku":"tea","quantity":11"#, "out_of_stock");
    world.refused(r#""type":"stock.remove","sku":"tea","quantity":0"#, "amount_not_positive");
    world.ok(r#""type":"stock.add","sku":"tea","quantity":3"#);
    world.ok(r#""type":"stock.remove","sku":"tea","quantity":2"#);
    assert_eq!(world.stock("tea"), (Some(11), 0, 0));
    // Two lines of one article count together.
    let two = |a: u32, b: u32| {
        format!("{},{}", line("1", "tea", a, &format!("{a}0")), line("2", "tea", b, &format!("{b}0")))
    };
    world.refused_unless(
        &order("place", "o1", "buyer", &two(6, 6), ""),
        "out_of_stock",
        &order("place", "o1", "buyer", &two(6, 5), ""),
    );
    world.ok(&order("place", "o1", "buyer", &two(2, 3), ""));
    world.ok(&order("pay", "o2", "buyer", &two(1, 2), ""));
    assert_eq!(world.stock("tea"), (Some(3), 8, 0));
    world.refused(r#""type":"stock.remove","sku":"tea","quantity":4"#, "out_of_stock");
    world.act("close", "o1");
    assert_eq!(world.stock("tea"), (Some(8), 3, 0));
    // A part of a line returns nothing, the rest of it returns its pieces.
    world.refund("o2", &[("1", "9.99")]);
    assert_eq!(world.stock("tea"), (Some(8), 3, 0));
    world.refund("o2", &[("1", "0.01")]);
    assert_eq!(world.stock("tea"), (Some(9), 2, 0));
    world.act("ship", "o2");
    assert_eq!(world.stock("tea"), (Some(9), 0, 2));
    world.act("receive", "o2");
    world.refund("o2", &[]);
    assert_eq!(world.stock("tea"), (Some(9), 0, 2), "goods come back when they are booked in");
    world.ok(r#""type":"goods.return","order":"o2","line":2,"pieces":2"#);
    assert_eq!(world.stock("tea"), (Some(11), 0, 0));
    // Received without having been shipped; refunded when it was settled.
    world.ok(&order("pay", "o3", "buyer", &two(1, 1), ""));
    world.act("receive", "o3");
    assert_eq!(world.stock("tea"), (Some(9), 0, 2));
    world.days(1);
    world.refund("o3", &[]);
    assert_eq!(world.stock("tea"), (Some(9), 0, 2));
    // As many as are ordered; what is held and gone is counted all the same.
    world.ok(&order("pay", "o4", "buyer", &line("1", "air", 4_000_000, "4000000.00"), ""));
    assert_eq!(world.stock("air"), (None, 4_000_000, 0));
    world.audit();
}

#[test]
fn cat_3a_an_unpaid_order_is_closed_by_itself() {
    let mut world = World::new(PLAN);
    world.list("tea", "10.00", r#","stock":3"#);
    for id in ["late", "paid", "closed"] {
        world.ok(&order("place", id, "buyer", &line("1", "tea", 1, "10.00"), ""));
    }
    world.act("pay", "paid");
    world.act("close", "closed");
    world.wait(1_799);
    assert_eq!(world.stock("tea"), (Some(1), 2, 0));
    assert!(world.engine.next_due().is_some());
    world.seconds += 1;
    // Closed before the command that comes in that second is decided (TIME-2).
    let outcome = world.send(r#""type":"order.pay","order":"late""#);
    assert_eq!(outcome, Outcome::Rejected(Rejection::OrderState));
    assert_eq!((world.state("late"), world.stock("tea")), (OrderState::Closed, (Some(2), 1, 0)));
    assert_eq!(world.engine.next_due(), None, "payment and closing took their timers back");
    assert_eq!(world.state("paid"), OrderState::Paid);
    // An order without articles is closed too.
    world.ok(&order("place", "other", "buyer", r#"{"line":"1","amount":"1"}"#, ""));
    world.wait(1_800);
    assert_eq!(world.state("other"), OrderState::Closed);
    world.audit();
}

#[test]
fn cat_3a_a_hold_past_the_end_of_time_is_refused() {
    let mut world = World::new(&PLAN.replace("hold_minutes = 30", "hold_minutes = 180"));
    let end = Timestamp::MAX.us() - Timestamp::parse("2026-01-01T00:00:00Z").expect("a time").us();
    world.seconds = end / 1_000_000 - 180 * 60;
    world.list("tea", "10.00", "");
    world.seconds += 1;
    let place = order("place", "o", "buyer", &line("1", "tea", 1, "10.00"), "");
    world.refused(&place, "limit_reached");
    world.seconds -= 1;
    world.ok(&place);
}

#[test]
fn cat_4_limits_count_what_was_kept() {
    let mut world = World::new(PLAN);
    world.list("tea", "10.00", r#","limit_per_order":3,"limit_per_member":5"#);
    let tea = |id: &str, pieces: u32| {
        order("pay", id, "buyer", &line("1", "tea", pieces, &format!("{pieces}0")), "")
    };
    let both = format!("{},{}", line("1", "tea", 2, "20"), line("2", "tea", 2, "20"));
    world.refused(&order("pay", "o", "buyer", &both, ""), "quantity_limit");
    world.ok(&tea("a", 3));
    world.refused(&tea("b", 3), "quantity_limit");
    world.ok(&tea("b", 2));
    world.refused(&tea("c", 1), "quantity_limit");
    world.ok(&tea("c", 1).replace("buyer", "another"));
    // Placed orders count until they are closed; lines that have not left count until nothing is left of them.
    world.refund("b", &[("1", "19.99")]);
    world.refused(&tea("d", 1), "quantity_limit");
    world.refund("b", &[("1", "0.01")]);
    world.ok(&tea("d", 2).replace("order.pay", "order.place"));
    world.refused(&tea("e", 1), "quantity_limit");
    world.act("close", "d");
    world.act("receive", "a");
    world.days(1);
    world.refused(&tea("e", 3), "quantity_limit");
    // What has left counts until it is back, refunded or not.
    world.refund("a", &[]);
    world.refused(&tea("e", 3), "quantity_limit");
    world.ok(r#""type":"goods.return","order":"a","line":"1","pieces":3"#);
    world.ok(&tea("e", 3));
    world.ok(&tea("f", 2));
    world.refused(&tea("g", 1), "quantity_limit");
    world.audit();
}

/// CAT-6: what is paid with re-consumption money is tested with loyalty points in `loyalty.rs`.
#[test]
fn cat_6_an_article_for_points_is_not_sold_for_money() {
    let mut world = World::new(PLAN);
    world.list("gift", "10.00", r#","points_only":true,"stock":1,"limit_per_order":1"#);
    world.refused(&order("place", "o", "buyer", &line("1", "gift", 1, "10.00"), ""), "points_only");
    let with = |claim: &str, reconsume: &str| {
        let tender = format!(r#","tender":{{"claim":"{claim}","reconsume":"{reconsume}"}}"#);
        order("place", "o", "buyer", &line("1", "gift", 1, "10.00"), &tender)
    };
    world.refused(&with("0.01", "9.99"), "points_only");
    // A placed order only says how it will be paid.
    world.ok(&with("0", "10.00"));
    world.refused(r#""type":"order.pay","order":"o""#, "insufficient_reconsume");
    // Out of stock and above the limit come first.
    world.refused(&order("place", "p", "buyer", &line("1", "gift", 2, "20.00"), ""), "quantity_limit");
    world.refused(&order("place", "p", "buyer", &line("1", "gift", 1, "10.00"), ""), "out_of_stock");
    world.audit();
}
