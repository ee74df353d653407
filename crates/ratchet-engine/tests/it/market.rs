//! The internal market (MKT-1 to MKT-3): golden fills, refusals, holds, the halt, and a naive book beside it.

mod naive;

use ratchet_engine::command::Side;
use ratchet_engine::engine::{Outcome, PreviewOutcome};
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::market::{OfferState, TRADES_KEPT};

use crate::world::World;

/// Members get money by selling points at once, and emission points from the reserve. The guide price is 100.00 a point.
const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 0
[split]
pool = "100%"
[pool]
mint_ratio = "100%"
opening_price = "1.00"
retention = "0%"
[value]
grant_ratio = "10%"
[emission]
years = [36500000]
cap = 36500000
tail = "none"
first_price = "100.00"
[market]
lot = "0.1"
tick = "0.05"
fee = "1%"
offers_per_member = 3
"#;

/// Each of these members has so much money and so many emission points.
fn floor(plan: &str, members: &[&str], cash: &str, points: &str) -> World {
    let mut world = World::new(plan);
    for member in members {
        world.buy(&format!("o-{member}"), member, cash);
        world.ok(&format!(r#""type":"points.sell","member":"{member}","points":"all""#));
    }
    world.days(1);
    for member in members {
        world.ok(&format!(
            r#""type":"emission.propose","issue":"i-{member}","member":"{member}","points":"{points}""#
        ));
        world.ok(&format!(r#""type":"emission.approve","issue":"i-{member}","actor":"alice""#));
    }
    world
}

fn offer(id: &str, member: &str, side: &str, price: &str, quantity: u32) -> String {
    format!(
        r#""type":"market.offer","offer":"{id}","member":"{member}","side":"{side}","price":"{price}","quantity":{quantity}"#
    )
}

/// Cash, hold, points and points on offer of a member.
fn purse(world: &World, member: &str) -> [String; 4] {
    let view = world.member(member);
    let money = |money| world.engine.plan().programme.currency.format(money);
    [
        money(view.cash),
        money(view.market_hold),
        view.emission_points.to_string(),
        view.market_points.to_string(),
    ]
}

fn depth(world: &World, side: Side) -> Vec<(i64, u64)> {
    world.engine.market_depth(side).map(|(price, lots)| (price.minor(), lots)).collect()
}

/// MKT-1, MKT-1b: the maker's price is paid, the earlier of two equal offers first, the surplus of the hold returns.
#[test]
fn offers_meet_by_price_then_time() {
    let mut world = floor(PLAN, &["ann", "ben", "cid"], "1000.00", "10");
    world.ok(&offer("s1", "ann", "sell", "10.00", 3));
    world.ok(&offer("s2", "ben", "sell", "9.95", 2));
    world.ok(&offer("s3", "ben", "sell", "10.00", 4));
    assert_eq!(purse(&world, "ben"), ["1000.00", "0.00", "9.4", "0.6"]);
    assert_eq!(depth(&world, Side::Sell), [(995, 2), (1000, 7)]);

    // 7 lots at up to 10.05: 70.35 and 0.71 are held. 2 at 9.95 (fee 0.20), 3 at 10.00 (0.30), 2 at 10.00 (0.20).
    world.ok(&offer("b1", "cid", "buy", "10.05", 7));
    assert_eq!(purse(&world, "cid"), ["929.40", "0.00", "10.7", "0"]);
    assert_eq!(purse(&world, "ann"), ["1029.70", "0.00", "9.7", "0"]);
    assert_eq!(purse(&world, "ben"), ["1039.50", "0.00", "9.4", "0.2"]);
    assert_eq!(world.programme(AccountKind::PlatformRevenue), 140);
    let trades: Vec<_> =
        world.engine.market_trades().map(|t| (t.price.minor(), t.quantity, t.taker)).collect();
    assert_eq!(trades, [(1000, 2, Side::Buy), (1000, 3, Side::Buy), (995, 2, Side::Buy)]);
    // DISC-1: a seller's proceeds are received, what a buyer pays is not spent.
    assert_eq!(world.member("ann").cash_received.minor(), 102_970);
    assert_eq!(world.member("cid").spent.minor(), 100_000);
    let traded = 2_970 + 1_990 - 20 + 2_000 - 20;
    assert_eq!(world.engine.totals().traded.minor(), traded);
    // DISC-2c: the members' 3,000.00 were all paid out before; what changed hands is in both sums.
    let conservation = world.disclosure().conservation;
    assert_eq!(
        (conservation.payable.minor(), conservation.cash_out.minor()),
        (300_000 + traded, 300_000 + traded)
    );
    assert!(conservation.mean_ppm <= conservation.mean_bound_ppm && conservation.mean_ppm > 1_000_000);

    // What is left of a GTC offer rests, and holds for the rest only.
    world.ok(&offer("b2", "ann", "buy", "10.00", 5));
    assert_eq!(purse(&world, "ann"), ["979.20", "30.30", "9.9", "0"]);
    assert_eq!((depth(&world, Side::Buy), depth(&world, Side::Sell)), (vec![(1000, 3)], vec![]));
    let view = world.engine.market_offer("b2").expect("made");
    assert_eq!((view.left, view.hold.minor(), view.state), (3, 3_030, OfferState::Open));
    world.ok(r#""type":"market.cancel","offer":"b2""#);
    assert_eq!(purse(&world, "ann"), ["1009.50", "0.00", "9.9", "0"]);
    world.audit();
}

/// MKT-1a: IOC gives up what it does not get, FOK is refused unless it gets all.
#[test]
fn times_in_force() {
    let mut world = floor(PLAN, &["ann", "ben"], "1000.00", "10");
    world.ok(&offer("s1", "ann", "sell", "10.00", 3));
    world.ok(&offer("s2", "ann", "sell", "10.10", 3));
    let with = |text: String, time: &str| format!(r#"{text},"time_in_force":"{time}""#);
    world.refused(&with(offer("f1", "ben", "buy", "10.05", 4), "fok"), "not_fillable");
    world.ok(&with(offer("f1", "ben", "buy", "10.10", 4), "fok"));
    assert_eq!(purse(&world, "ben"), ["959.49", "0.00", "10.4", "0"]);
    world.ok(&with(offer("c1", "ben", "buy", "10.10", 9), "ioc"));
    assert_eq!(purse(&world, "ben"), ["939.08", "0.00", "10.6", "0"]);
    assert_eq!(
        world.engine.market_offer("c1").map(|view| (view.left, view.state)),
        Some((0, OfferState::Done))
    );
    // One that meets nothing leaves everything as it was.
    world.ok(&with(offer("c2", "ben", "sell", "5.00", 9), "ioc"));
    assert_eq!(purse(&world, "ben"), ["939.08", "0.00", "10.6", "0"]);
    world.audit();
}

/// MKT-1a to MKT-1c, MKT-2: every refusal, in the order of the rule.
#[test]
fn every_refusal_of_the_market() {
    let mut world = floor(PLAN, &["ann", "ben"], "1000.00", "10");
    let bare = |changes: [(&str, &str); 4]| {
        let mut text = offer("x", "ann", "buy", "10.00", 1);
        for (from, to) in changes.into_iter().filter(|(from, _)| !from.is_empty()) {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        text
    };
    const NO: (&str, &str) = ("", "");
    let (many, none) = (("10.00", "100000000000.00"), ("10.00", "0"));
    let (stranger, odd) = (("\"ann\"", "\"zoe\""), ("10.00", "10.01"));
    let mut without = World::new(&PLAN[..PLAN.find("[market]").expect("there")]);
    without.refused(&bare([("\"quantity\":1", "\"quantity\":2"), many, NO, NO]), "limit_reached");
    without.refused(&bare([none, NO, NO, NO]), "amount_not_positive");
    without.refused(&bare([("\"quantity\":1", "\"quantity\":0"), NO, NO, NO]), "amount_not_positive");
    without.refused(&bare([stranger, NO, NO, NO]), "no_market");
    without.refused(r#""type":"market.cancel","offer":"x""#, "no_market");
    without.refused(r#""type":"market.halt","reason":"x""#, "no_market");
    without.refused(r#""type":"market.halt","reason":" ""#, "reason_missing");
    without.refused(r#""type":"market.resume""#, "no_market");

    world.refused(r#""type":"market.resume""#, "market_halted");
    world.ok(r#""type":"market.halt","reason":"一时异常""#);
    assert!(world.engine.market_is_halted());
    world.refused(&bare([stranger, NO, NO, NO]), "market_halted");
    world.refused(r#""type":"market.halt","reason":"x""#, "market_halted");
    world.ok(r#""type":"market.resume""#);
    world.refused(&bare([stranger, odd, NO, NO]), "member_unknown");
    world.ok(&offer("b1", "ann", "buy", "8.00", 1));
    world.refused(&bare([("\"x\"", "\"b1\""), odd, NO, NO]), "offer_exists");
    world.refused(&bare([odd, NO, NO, NO]), "price_tick");
    world.ok(&offer("b2", "ann", "buy", "8.00", 1));
    world.ok(&offer("b3", "ann", "buy", "8.05", 1));
    world.refused(&bare([("10.00", "90000.00"), NO, NO, NO]), "offer_limit");
    let ioc = ("\"quantity\":1", "\"quantity\":1,\"time_in_force\":\"ioc\"");
    world.refused(&bare([("10.00", "90000.00"), ioc, NO, NO]), "insufficient_cash");
    let sells = ("\"buy\"", "\"sell\"");
    world.refused(
        &bare([
            sells,
            ("10.00", "8.00"),
            ("\"quantity\":1", "\"quantity\":101,\"time_in_force\":\"ioc\""),
            NO,
        ]),
        "insufficient_emission",
    );
    // Its own b1 stands behind b3 and before another's offer; the third lot would meet it.
    world.ok(&offer("o1", "ben", "buy", "8.05", 1));
    world.refused(&bare([sells, ("10.00", "8.05"), ioc, NO]), "own_offer");
    let fok = ("\"quantity\":1", "\"quantity\":9,\"time_in_force\":\"fok\"");
    world.refused(&bare([sells, ("10.00", "8.00"), fok, NO]), "own_offer");
    world.refused(
        &bare([
            ("\"ann\"", "\"ben\""),
            sells,
            ("10.00", "8.05"),
            ("\"quantity\":1", "\"quantity\":3,\"time_in_force\":\"fok\""),
        ]),
        "own_offer",
    );
    world.ok(r#""type":"market.cancel","offer":"o1""#);
    world.refused(&bare([("\"ann\"", "\"ben\""), sells, ("10.00", "8.05"), fok]), "not_fillable");
    world.refused(r#""type":"market.cancel","offer":"zzz""#, "offer_unknown");
    world.refused(r#""type":"market.cancel","offer":"o1""#, "offer_state");
    // MKT-1c: cancels go on while it is halted.
    world.ok(r#""type":"market.halt","reason":"x""#);
    for own in ["b1", "b2", "b3"] {
        world.ok(&format!(r#""type":"market.cancel","offer":"{own}""#));
    }
    assert_eq!(purse(&world, "ann"), ["1000.00", "0.00", "10", "0"]);
    world.audit();
}

/// MKT-2: a lot of 0.1 point is worth 10.00 at the first price; with a band of 25 % offers are from 7.50 to 12.50.
#[test]
fn the_band_is_around_the_guide_price() {
    let mut world =
        floor(&PLAN.replace("fee = \"1%\"", "fee = \"1%\"\nband = \"25%\""), &["ann"], "1000.00", "10");
    let bounds = |world: &World| world.engine.market_band().map(|(low, high)| (low.minor(), high.minor()));
    assert_eq!(bounds(&world), Some((750, 1250)));
    assert_eq!(world.engine.market_guide().map(ratchet_engine::amount::Money::minor), Some(1000));
    world.refused(&offer("b1", "ann", "buy", "7.45", 1), "price_band");
    world.refused(&offer("b1", "ann", "buy", "12.55", 1), "price_band");
    world.ok(&offer("b1", "ann", "buy", "7.50", 1));
    world.ok(&offer("b2", "ann", "buy", "12.50", 1));
    // Value units are released and points issued: the guide price falls, open offers stay.
    world.ok(r#""type":"task.complete","member":"ann""#);
    world.days(1);
    let guide = world.engine.emission();
    // 0.3 units are released of 100 (3 ‰ is the default rate), 10 points issued: 0.03 a point, 0.003 a lot.
    assert_eq!(
        (guide.guide_released.to_string(), guide.guide_issued.to_string()),
        ("0.3".to_owned(), "10".to_owned())
    );
    world.refused(&offer("b3", "ann", "buy", "7.50", 1), "price_band");
    // From 0.225 to 0.375 of a minor unit there is no price.
    assert_eq!(bounds(&world), Some((1, 0)));
    assert_eq!(world.engine.market_guide().map(ratchet_engine::amount::Money::minor), Some(0));
    assert_eq!(depth(&world, Side::Buy), [(1250, 1), (750, 1)]);
    world.audit();
}

/// MKT-1e: money whose retention is taken at the withdrawal buys nothing; MKT-1f: what a seller gets is not netted.
#[test]
fn a_purchase_does_not_wash_the_retention_off() {
    let plan = PLAN.replace("retention = \"0%\"", "retention = \"20%\"\nretention_point = \"withdrawal\"");
    let mut world = floor(&plan, &["ann", "ben"], "1000.00", "10");
    assert_eq!(world.member("ann").cash.minor(), 100_000);
    world.refused(&offer("b1", "ann", "buy", "10.00", 1), "insufficient_cash");
    world.ok(&offer("s1", "ben", "sell", "10.00", 1));
    world.refused(&offer("b1", "ann", "buy", "10.00", 1), "insufficient_cash");
}

/// MKT-2: the last thousand trades are kept, the newest first.
#[test]
fn a_thousand_trades_are_kept() {
    let mut world = floor(PLAN, &["ann", "ben"], "100000.00", "1000");
    for round in 0..TRADES_KEPT + 5 {
        let price = format!("{}.{:02}", 1 + round / 20, round % 20 * 5);
        world.ok(&offer(&format!("s{round}"), "ann", "sell", &price, 1));
        world.ok(&offer(&format!("b{round}"), "ben", "buy", &price, 1));
    }
    let trades: Vec<i64> = world.engine.market_trades().map(|trade| trade.price.minor()).collect();
    assert_eq!((trades.len(), trades.first(), trades.last()), (TRADES_KEPT, Some(&5120), Some(&125)));
}

/// IDEM-1: the same key with the same offer has no second effect; with another quantity it is refused.
#[test]
fn a_repeated_offer_has_no_second_effect() {
    let mut world = floor(PLAN, &["ann"], "1000.00", "10");
    world.ok(&offer("b1", "ann", "buy", "10.00", 1));
    let digest = world.engine.digest();
    let again = |world: &mut World, text: &str| {
        let at = world.engine.now();
        let json = format!(r#"{{"key":"k{}","at":"{at}",{text}}}"#, world.last());
        let currency = world.engine.plan().programme.currency;
        let envelope = ratchet_engine::command::Envelope::from_json(&json, &currency).expect("a command");
        world.engine.preview(&envelope).outcome
    };
    let answer = again(&mut world, &offer("b1", "ann", "buy", "10.00", 1));
    assert!(matches!(answer, PreviewOutcome::Decided(Outcome::Duplicate { .. })));
    for other in [
        offer("b1", "ann", "buy", "10.00", 2),
        offer("b1", "ann", "sell", "10.00", 1),
        offer("b1", "ann", "buy", "10.05", 1),
        offer("b2", "ann", "buy", "10.00", 1),
        format!(r#"{},"time_in_force":"fok""#, offer("b1", "ann", "buy", "10.00", 1)),
        r#""type":"market.cancel","offer":"b1","actor":"ann""#.to_owned(),
    ] {
        assert!(
            matches!(again(&mut world, &other), PreviewOutcome::Decided(Outcome::Rejected(code)) if code.code() == "key_reused"),
            "{other}"
        );
    }
    assert_eq!(world.engine.digest(), digest);
}
