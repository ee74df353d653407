//! Draws and blind boxes through the library (PROMO-5 to PROMO-5d, BOX-1 to BOX-3).

use ratchet_engine::command::Envelope;
use ratchet_engine::draw::record::{DrawFault, DrawRecord, RecordResult};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::hash::Hash32;
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Timestamp;

/// A programme with a clock of minutes, and its journal.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) minute: i64,
    number: u32,
    writer: Writer,
    journal: Vec<u8>,
}

pub(crate) const HOUR: i64 = 60;
pub(crate) const DAY: i64 = 24 * HOUR;

pub(crate) fn at(minute: i64) -> String {
    let start = Timestamp::parse("2026-03-01T04:00:00Z").expect("a time");
    Timestamp::from_us(start.us() + minute * 60_000_000).expect("in range").to_string()
}

impl World {
    pub(crate) fn new(plan: &str) -> World {
        let plan = Plan::parse("plan.toml", plan).unwrap_or_else(|errors| panic!("{errors}"));
        let (mut writer, mut journal) = (Writer::new(), Vec::new());
        let engine = Engine::genesis(plan);
        writer.write(&engine, None, &mut journal);
        World { engine, minute: 0, number: 0, writer, journal }
    }

    pub(crate) fn send(&mut self, rest: &str) -> Outcome {
        self.number += 1;
        let json = format!(r#"{{"key":"k{}","at":"{}",{rest}}}"#, self.number, at(self.minute));
        let currency = self.engine.plan().programme.currency;
        let envelope =
            Envelope::from_json(&json, &currency).unwrap_or_else(|error| panic!("{error}: {json}"));
        let outcome = self.engine.submit(&envelope);
        self.writer.write(&self.engine, Some(&envelope), &mut self.journal);
        outcome
    }

    #[track_caller]
    pub(crate) fn ok(&mut self, rest: &str) {
        let outcome = self.send(rest);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {rest}");
    }

    /// Refused with this code, and nothing changed.
    #[track_caller]
    pub(crate) fn refused(&mut self, rest: &str, code: &str) {
        let before = self.engine.digest();
        match self.send(rest) {
            Outcome::Rejected(rejection) => assert_eq!(rejection.code(), code, "{rest}"),
            outcome => panic!("{outcome:?}, expected {code}: {rest}"),
        }
        assert_eq!(self.engine.digest(), before, "{rest}");
    }

    pub(crate) fn minutes(&mut self, minutes: i64) {
        self.minute += minutes;
        self.ok(r#""type":"time.advance""#);
    }

    pub(crate) fn state(&self, order: &str) -> &'static str {
        self.engine.order(order).expect("placed").0.name()
    }

    pub(crate) fn balance(&self, kind: AccountKind, owner: &str) -> i128 {
        let mut accounts = self.engine.accounts().filter(|(account, _)| account.kind == kind);
        let found = accounts.find(|(account, _)| self.engine.account_owner(*account) == Some(owner));
        found.map_or(0, |(_, balance)| balance)
    }

    pub(crate) fn cash(&self, member: &str) -> i128 {
        self.balance(AccountKind::WalletCash, member)
    }

    pub(crate) fn programme(&self, kind: AccountKind) -> i128 {
        self.engine.accounts().find(|(account, _)| account.kind == kind).expect("the chart has it").1
    }

    /// The journal can be decided again and leads to the same state; every invariant holds.
    #[track_caller]
    pub(crate) fn audit(&self) {
        let mut verifier = Verifier::new();
        for line in std::str::from_utf8(&self.journal).expect("JSON").lines() {
            verifier.push(line).unwrap_or_else(|error| panic!("{error}"));
        }
        let (replayed, _) = verifier.finish().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.digest(), self.engine.digest());
    }

    /// Pieces of an article: available, held, out.
    fn stock(&self, sku: &str) -> (Option<u64>, u64, u64) {
        let found = self.engine.skus().find(|view| view.id == sku).expect("listed");
        (found.available, found.held, found.out)
    }

    fn draw(&self, id: &str) -> &'static str {
        self.engine.draws().find(|draw| draw.id == id).expect("begun").state
    }
}

const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 0
[split]
cost = "50%"
[split.funds]
care = "10%"
[catalogue]
[[promotion]]
id = "box"
name = { zh = "盲盒", en = "Blind box" }
price = "59.00"
hold_minutes = 30
[promotion.blind_box]
pity = 2
limit_per_day = 4
reveal_hours = 6
[[promotion.blind_box.items]]
sku = "gold"
weight = 1
stock = 2
[[promotion.blind_box.items]]
sku = "silver"
weight = 9
stock = 3
[[promotion]]
id = "group_box"
name = { zh = "拼团盲盒", en = "Group box" }
price = "49.00"
[promotion.group]
members = 2
hours = 24
[promotion.blind_box]
[[promotion.blind_box.items]]
sku = "gold"
weight = 1
stock = 1
[[promotion.blind_box.items]]
sku = "silver"
weight = 1
stock = 2
[[promotion]]
id = "flash"
name = { zh = "限时", en = "Flash" }
price = "10.00"
[[promotion]]
id = "lottery"
name = { zh = "抽奖团", en = "Lottery" }
price = "20.00"
[promotion.group]
members = 3
hours = 24
[promotion.lottery]
winners = 2
reveal_hours = 6
consolation = "0.50"
fund = "care"
"#;

fn seed(name: &str) -> Hash32 {
    Hash32::of(name.as_bytes())
}

fn commitment(name: &str) -> Hash32 {
    Hash32::of(seed(name).bytes())
}

fn commit(campaign: &str, names: &[String]) -> String {
    let hashes: Vec<String> = names.iter().map(|name| format!("\"{}\"", commitment(name))).collect();
    format!(r#""type":"promotion.commit","campaign":"{campaign}","commitments":[{}]"#, hashes.join(","))
}

fn reveal(draw: &str, name: &str) -> String {
    format!(r#""type":"promotion.reveal","draw":"{draw}","seed":"{}""#, seed(name))
}

fn attest(member: &str, rest: &str) -> String {
    format!(r#""type":"member.attest","member":"{member}",{rest}"#)
}

/// `promotion.open` from this minute on, for so many days.
pub(crate) fn open_at(campaign: &str, promotion: &str, sku: &str, minute: i64, days: i64) -> String {
    let (from, until) = (at(minute), at(minute + days * DAY));
    format!(
        r#""type":"promotion.open","campaign":"{campaign}","promotion":"{promotion}","sku":"{sku}","from":"{from}","until":"{until}""#
    )
}

fn terms(kind: &str, campaign: &str, order: &str, member: &str, amount: &str, rest: &str) -> String {
    let sku = if campaign.starts_with('l') { "tea" } else { "the-box" };
    format!(
        r#""type":"{kind}","order":"{order}","member":"{member}","campaign":"{campaign}","lines":[{{"line":"1","amount":"{amount}","sku":"{sku}"}}]{rest}"#
    )
}

fn buy(order: &str, member: &str) -> String {
    terms("order.pay", "b", order, member, "59.00", "")
}

fn seeds(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("s{at}")).collect()
}

/// Articles, a campaign `b` of boxes and 40 commitments; ann, bob and cid are adults.
fn boxes() -> World {
    let mut world = World::new(PLAN);
    for (sku, stock) in [("gold", 10), ("silver", 10), ("tea", 100)] {
        world.ok(&format!(r#""type":"sku.list","sku":"{sku}","price":"15.00","stock":{stock}"#));
    }
    for member in ["ann", "bob", "cid", "kid"] {
        world.ok(&format!(r#""type":"member.join","member":"{member}""#));
    }
    for member in ["ann", "bob", "cid"] {
        world.ok(&attest(member, r#""age":"adult""#));
    }
    world.ok(&open_at("b", "box", "the-box", 0, 10));
    world.ok(&commit("b", &seeds(40)));
    world
}

/// PROMO-5: campaign_unknown, campaign_state, commitment_repeated.
#[test]
fn promo_5_commitments_are_published_once() {
    let mut world = boxes();
    world.refused(&commit("none", &seeds(1)), "campaign_unknown");
    world.ok(&open_at("f", "flash", "tea", 0, 10));
    world.refused(&commit("f", &["x".to_owned()]), "campaign_state");
    world.refused(&commit("b", &["new".to_owned(), "s39".to_owned()]), "commitment_repeated");
    world.refused(&commit("b", &["new".to_owned(), "new".to_owned()]), "commitment_repeated");
    world.ok(&open_at("l", "lottery", "tea", 0, 10));
    world.refused(&commit("l", &seeds(1)), "commitment_repeated");
    world.ok(r#""type":"promotion.cancel","campaign":"b","reason":"x""#);
    world.refused(&commit("b", &["new".to_owned()]), "campaign_state");
    world.ok(&commit("l", &["new".to_owned()]));
    world.audit();
}

/// BOX-1: member_unknown; the last attestation counts.
#[test]
fn box_1_ages() {
    let mut world = boxes();
    world.refused(&attest("nobody", r#""age":"adult""#), "member_unknown");
    world.refused(&buy("o1", "kid"), "age_unknown");
    world.refused(&buy("o1", "new"), "age_unknown");
    for age in [r#""age":"under_8","consent":true"#, r#""age":"minor""#, r#""age":"minor","consent":false"#] {
        world.ok(&attest("kid", age));
        world.refused(&buy("o1", "kid"), "age_gate");
    }
    world.ok(&attest("kid", r#""age":"minor","consent":true"#));
    world.ok(&buy("o1", "kid"));
    world.ok(&attest("kid", r#""age":"adult""#));
    world.ok(&buy("o2", "kid"));
    world.audit();
}

/// BOX-1: what is refused of an order, in order; a placed one is looked at again when it is paid.
#[test]
fn box_1_orders() {
    let mut world = boxes();
    let two = buy("o1", "kid").replace(r#""sku":"the-box""#, r#""sku":"the-box","quantity":2"#);
    world.refused(&two, "campaign_order");
    world.refused(&buy("o1", "kid"), "age_unknown");
    world.refused(&terms("order.pay", "b", "o1", "ann", "58.00", ""), "price_mismatch");
    world.ok(&terms("order.place", "b", "p1", "bob", "59.00", ""));
    for number in 0..4 {
        world.ok(&buy(&format!("a{number}"), "ann"));
    }
    world.refused(&buy("o1", "ann"), "quantity_limit");
    // Refunded boxes of the day count.
    world.ok(r#""type":"order.refund","refund":"r1","order":"a0""#);
    world.refused(&buy("o1", "ann"), "quantity_limit");
    world.ok(&buy("b1", "bob"));
    world.ok(&buy("b2", "bob"));
    // Five items and five boxes that wait.
    world.refused(&buy("o1", "cid"), "out_of_stock");
    world.refused(r#""type":"order.pay","order":"p1""#, "out_of_stock");
    world.ok(r#""type":"order.refund","refund":"r2","order":"b1""#);
    world.ok(&attest("bob", r#""age":"minor""#));
    world.refused(r#""type":"order.pay","order":"p1""#, "age_gate");
    world.ok(&attest("bob", r#""age":"adult""#));
    world.ok(r#""type":"order.pay","order":"p1""#);
    world.audit();
    // The next day the limit begins anew.
    world.minutes(DAY);
    assert_eq!(world.state("p1"), "refunded", "its seed was not revealed");
    world.ok(&buy("o9", "ann"));
    world.audit();
}

/// PROMO-5: each draw takes one commitment, in order; without one a box cannot be paid, but it can be placed.
#[test]
fn promo_5_each_box_takes_a_commitment() {
    let mut world = boxes();
    world.ok(&open_at("g", "group_box", "the-box", 0, 10));
    let box_of =
        |order: &str, member: &str, rest: &str| terms("order.pay", "g", order, member, "49.00", rest);
    world.refused(&box_of("g1", "ann", ""), "no_commitment");
    world.ok(&terms("order.place", "g", "g0", "cid", "49.00", ""));
    world.refused(r#""type":"order.pay","order":"g0""#, "no_commitment");
    world.ok(&commit("g", &["x".to_owned()]));
    world.ok(&box_of("g1", "ann", ""));
    // BOX-2: in a group each box has a draw of its own, and waits for its seed once the group is full.
    world.refused(&box_of("g2", "bob", r#","group":"g1""#), "no_commitment");
    world.refused(&reveal("g1", "x"), "draw_unknown");
    assert_eq!(world.draw("g1"), "open");
    world.ok(&commit("g", &["y".to_owned(), "z".to_owned()]));
    world.ok(&box_of("g2", "bob", r#","group":"g1""#));
    assert_eq!((world.draw("g1"), world.draw("g2")), ("waits", "waits"));
    world.refused(&reveal("g1", "y"), "seed_mismatch");
    world.ok(&reveal("g2", "y"));
    world.ok(&reveal("g1", "x"));
    assert!(world.engine.box_item("g1").is_some());
    // A group that fails: its box was never drawn, its commitment is used up.
    world.ok(&box_of("g3", "cid", ""));
    world.minutes(DAY);
    assert_eq!((world.state("g3"), world.draw("g3")), ("refunded", "dropped"));
    assert_eq!(world.engine.campaign("g").expect("opened").commitments, 0);
    world.audit();
}

/// PROMO-1, BOX-3: items are held for the campaign; what is left returns when it is over and no box waits.
#[test]
fn box_3_items_are_held_and_return() {
    let mut world = boxes();
    assert_eq!(world.stock("gold"), (Some(8), 2, 0));
    assert_eq!(world.stock("silver"), (Some(7), 3, 0));
    world.ok(&open_at("c2", "box", "the-box", 0, 1));
    world.ok(&open_at("c3", "box", "the-box", 0, 1));
    assert_eq!(world.stock("silver"), (Some(1), 9, 0));
    world.refused(&open_at("c4", "box", "the-box", 0, 1), "out_of_stock");
    world.ok(&buy("o1", "ann"));
    world.ok(&reveal("o1", "s0"));
    let item = world.engine.box_item("o1").expect("opened").to_owned();
    assert_eq!(world.state("o1"), "paid");
    let held = world.stock(&item).1;
    world.ok(r#""type":"order.ship","order":"o1""#);
    assert_eq!((world.stock(&item).1, world.stock(&item).2), (held - 1, 1));
    // By themselves at the end.
    world.minutes(DAY);
    assert_eq!(world.stock("gold").1 + world.stock("silver").1, 4);
    // One box waits at the end: its opening returns the rest.
    world.minutes(9 * DAY - HOUR);
    world.ok(&buy("o2", "bob"));
    world.minutes(2 * HOUR);
    assert_eq!(world.stock("gold").1 + world.stock("silver").1, 4);
    world.ok(&reveal("o2", "s1"));
    assert_eq!(world.stock("gold").1 + world.stock("silver").1, 1, "what was opened and has not left");
    world.ok(r#""type":"order.receive","order":"o2""#);
    assert_eq!(world.stock("gold").0.expect("limited") + world.stock("silver").0.expect("limited"), 18);
    world.audit();
}

/// BOX-3a: an opened box that the end of the programme refunds before it left gives its item back.
#[test]
fn box_3a_the_end_frees_what_was_drawn() {
    let mut world = boxes();
    world.ok(&buy("o1", "ann"));
    world.ok(&reveal("o1", "s0"));
    let close = at(world.minute + DAY);
    world.ok(&format!(
        r#""actor":"ann","type":"wind_down.propose","wind_down":"w","closes_at":"{close}","reason":"x""#
    ));
    world.ok(r#""actor":"bob","type":"wind_down.approve","wind_down":"w""#);
    assert_eq!(world.stock("gold").1 + world.stock("silver").1, 1);
    world.minutes(DAY);
    assert_eq!(world.state("o1"), "refunded");
    assert_eq!((world.stock("gold"), world.stock("silver")), ((Some(10), 0, 0), (Some(10), 0, 0)));
    world.audit();
}

/// PROMO-1: sku_unknown for an item that is not listed.
#[test]
fn promo_1_items_must_be_listed() {
    let mut world = boxes();
    world.ok(r#""type":"sku.delist","sku":"silver""#);
    world.refused(&open_at("d", "box", "the-box", 0, 1), "sku_unknown");
}

/// BOX-2: refunded in full before it is opened, not after, and again once it was received.
#[test]
fn box_2_refunds() {
    let mut world = boxes();
    world.ok(&buy("o1", "ann"));
    world.refused(
        r#""type":"order.refund","refund":"r","order":"o1","lines":[{"line":"1","amount":"1.00"}]"#,
        "promotion_undecided",
    );
    world.refused(r#""type":"order.ship","order":"o1""#, "promotion_undecided");
    world.ok(r#""type":"order.refund","refund":"r0","order":"o1""#);
    assert_eq!((world.state("o1"), world.draw("o1")), ("refunded", "dropped"));
    world.refused(&reveal("o1", "s0"), "draw_unknown");
    world.ok(&buy("o2", "ann"));
    world.refused(&reveal("o2", "s0"), "seed_mismatch");
    world.ok(&reveal("o2", "s1"));
    world.refused(&reveal("o2", "s1"), "draw_unknown");
    world.refused(&reveal("none", "s1"), "draw_unknown");
    world.refused(r#""type":"order.refund","refund":"r","order":"o2""#, "box_opened");
    world.ok(r#""type":"order.ship","order":"o2""#);
    world.refused(r#""type":"order.refund","refund":"r","order":"o2""#, "box_opened");
    world.ok(r#""type":"order.receive","order":"o2""#);
    world.ok(r#""type":"order.refund","refund":"r","order":"o2""#);
    assert_eq!(world.state("o2"), "refunded");
    world.audit();
}

/// PROMO-5d: a withheld seed refunds the box, and is counted; so is a cancellation while a seed is awaited.
#[test]
fn promo_5d_withheld_seeds() {
    let mut world = boxes();
    world.ok(&buy("o1", "ann"));
    world.minutes(6 * HOUR - 1);
    assert_eq!(world.state("o1"), "paid");
    world.minutes(1);
    assert_eq!((world.state("o1"), world.draw("o1")), ("refunded", "withheld"));
    assert_eq!(world.engine.campaign("b").expect("opened").withheld, 1);
    assert_eq!(world.programme(AccountKind::Escrow), 0);
    world.refused(&reveal("o1", "s0"), "draw_unknown");
    world.ok(&buy("o2", "ann"));
    world.ok(r#""type":"promotion.cancel","campaign":"b","reason":"x""#);
    assert_eq!((world.state("o2"), world.draw("o2")), ("refunded", "withheld"));
    assert_eq!(world.engine.campaign("b").expect("opened").withheld, 2);
    assert_eq!(world.stock("gold"), (Some(10), 0, 0));
    world.audit();
}

/// BOX-3: after two boxes without it the third is the top item; when it has run out, what is left.
#[test]
fn box_3_pity() {
    let mut world = boxes();
    let (mut misses, mut tops) = (0, 0);
    for number in 0..5 {
        if number == 4 {
            world.minutes(DAY);
        }
        let order = format!("o{number}");
        world.ok(&buy(&order, "ann"));
        world.ok(&reveal(&order, &format!("s{number}")));
        let top = world.engine.box_item(&order) == Some("gold");
        let record = world.engine.draw_record(&order).expect("revealed");
        record.check().expect("fits");
        let RecordResult::Item { pity, weights, .. } = record.result else { panic!("a box") };
        assert_eq!(pity, misses >= 2);
        assert!(!(pity && weights[0] > 0) || top);
        (misses, tops) = if top { (0, tops + 1) } else { (misses + 1, tops) };
    }
    assert_eq!(tops, 2, "all five items are gone");
    world.refused(&buy("o9", "bob"), "out_of_stock");
    world.audit();
}

/// BOX-3: the listing's odds.
#[test]
fn box_3_odds_of_the_listing() {
    let world = boxes();
    let items = world.engine.box_items_of("b");
    let odds: Vec<_> = items.iter().map(|item| (item.left, item.odds.single(), item.odds.exact())).collect();
    // 1/10 with pity 2: 1/10 ÷ (1 − 0.9³) = 100/271.
    assert_eq!(odds, [(2, (1, 10), Some((100, 271))), (3, (9, 10), Some((9, 10)))]);
    let text = items[0].text();
    assert!(text.en.contains("1/10") && text.en.contains("36.9003%"), "{}", text.en);
    assert!(text.zh.contains("36.9003%"), "{}", text.zh);
}

/// PROMO-5c, LOT-1: the winners of a group are those that follow from seed and ids, and everything that is changed is named.
#[test]
fn promo_5d_a_changed_record_is_detected() {
    let mut world = boxes();
    world.ok(&open_at("l", "lottery", "tea", 0, 10));
    world.ok(&commit("l", &["w".to_owned()]));
    for (order, member) in [("l1", "ann"), ("l2", "bob"), ("l3", "cid")] {
        let group = if order == "l1" { "" } else { r#","group":"l1""# };
        world.ok(&terms("order.pay", "l", order, member, "20.00", group));
    }
    world.ok(&reveal("l1", "w"));
    let record = world.engine.draw_record("l1").expect("revealed");
    record.check().expect("fits");
    assert_eq!(DrawRecord::from_json(&record.to_json()), Ok(record.clone()));
    let RecordResult::Winners { winners } = &record.result else { panic!("a lottery") };
    for order in &record.entries {
        let state = if winners.contains(order) { "paid" } else { "refunded" };
        assert_eq!(world.state(order), state);
    }
    let changed = |change: &dyn Fn(&mut DrawRecord)| {
        let mut record = record.clone();
        change(&mut record);
        record.check().expect_err("it was changed").part(&record)
    };
    assert_eq!(changed(&|record| record.seed = seed("v")), "seed");
    assert_eq!(changed(&|record| record.commitment = seed("v")), "seed");
    assert_eq!(changed(&|record| record.entries[1] = "l9".to_owned()), "entries");
    assert_eq!(changed(&|record| record.entries.swap(0, 2)), "entries");
    let set = |wanted: Vec<&str>| {
        let winners: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
        changed(&|record| record.result = RecordResult::Winners { winners: winners.clone() })
    };
    assert_eq!(set(vec![&winners[1], &winners[0]]), "winners");
    assert_eq!(set(vec!["l1", "l2", "l3", "l1"]), "winners");
    assert_eq!(set(vec![]), "winners");

    world.ok(&buy("o1", "ann"));
    world.ok(&reveal("o1", "s0"));
    let record = world.engine.draw_record("o1").expect("revealed");
    record.check().expect("fits");
    let part = |change: &dyn Fn(&mut Vec<u32>, &mut bool, &mut String)| {
        let mut record = record.clone();
        if let RecordResult::Item { weights, pity, item, .. } = &mut record.result {
            change(weights, pity, item);
        }
        record.check().expect_err("it was changed").part(&record)
    };
    assert_eq!(part(&|weights, _, _| weights[0] = 2), "weights");
    assert_eq!(part(&|weights, _, _| weights.truncate(1)), "weights");
    assert_eq!(part(&|_, pity, _| *pity = !*pity), "weights");
    let other = |item: &str| if item == "gold" { "silver" } else { "gold" }.to_owned();
    assert_eq!(part(&|_, _, item| *item = other(item)), "item");
    let nothing = DrawRecord { entries: vec![], entries_hash: Hash32::of(b""), ..record.clone() };
    assert!(matches!(nothing.check(), Err(DrawFault::Nothing)));
    world.audit();
}

/// BOX-2: no item is ever drawn that is not left, whatever the order of purchases, openings, refunds and time-outs.
#[test]
fn box_2_items_are_never_oversold() {
    for start in 0..12_u64 {
        let mut random = start * 977 + 5;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let mut world = boxes();
        let mut draws: Vec<String> = Vec::new();
        for number in 0..60 {
            let member = ["ann", "bob", "cid"][usize::try_from(next(3)).expect("small")];
            match next(6) {
                0..=2 => {
                    let order = format!("o{number}");
                    if matches!(world.send(&buy(&order, member)), Outcome::Applied { .. }) {
                        draws.push(order);
                    }
                }
                3 => {
                    if let Some(order) = draws.get(usize::try_from(next(40)).expect("small")).cloned() {
                        world.send(&format!(
                            r#""type":"order.refund","refund":"r{number}","order":"{order}""#
                        ));
                    }
                }
                4 => {
                    let place = usize::try_from(next(40)).expect("small");
                    if let Some(order) = draws.get(place).cloned() {
                        world.send(&reveal(&order, &format!("s{place}")));
                    }
                }
                _ => world.minutes(i64::try_from(next(400)).expect("small")),
            }
            world.engine.check_invariants().unwrap_or_else(|violation| panic!("{start}: {violation}"));
        }
        assert!(world.engine.draw_records().all(|record| record.check().is_ok()));
        world.audit();
    }
}
