//! The orderly end of a programme (WIND-1 to WIND-5).

#![expect(
    clippy::inconsistent_digit_grouping,
    clippy::mistyped_literal_suffixes,
    reason = "amounts read as yuan_fen: 100_00 is ¥100.00"
)]

use proptest::prelude::*;
use ratchet_engine::disclosure::{Disclosure, Leg};
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::DAY_US;
use ratchet_engine::wind_down::WindDownPhase;

use crate::daily::{Shop, plan};

const SPLIT: &str = "cost = \"30%\"\npool = \"30%\"\n";

/// 08:00 local time of a day, as commands write it.
fn at(day: i64) -> String {
    let start = ratchet_engine::time::Timestamp::parse("2026-01-01T00:00:00Z").expect("a time");
    ratchet_engine::time::Timestamp::from_us(start.us() + day * DAY_US).expect("in range").to_string()
}

fn end_on(shop: &mut Shop, day: i64) {
    let propose =
        format!(r#""wind_down":"w","closes_at":"{}","reason":"the shop closes","actor":"ann""#, at(day));
    shop.ok("wind_down.propose", &propose);
    shop.ok("wind_down.approve", r#""wind_down":"w","actor":"bob""#);
}

fn value_growth(rest: &str) -> Plan {
    plan(&format!("{SPLIT}[pool]\n{rest}"))
}

/// WIND-1, WIND-2a, WIND-4: every refusal, before and after.
#[test]
fn wind_1_two_people_end_a_programme() {
    let mut shop = Shop::of(value_growth(""));
    shop.buy("o1", "a", "1000.00");
    let propose = |id: &str, day: i64, reason: &str| {
        format!(r#""wind_down":"{id}","closes_at":"{}","reason":"{reason}","actor":"ann""#, at(day))
    };
    let refused = [
        ("wind_down.propose", propose("w", 5, " "), "reason_missing"),
        ("wind_down.propose", propose("w", 0, "r"), "wind_down_times"),
        ("wind_down.approve", r#""wind_down":"w","actor":"bob""#.to_owned(), "wind_down_unknown"),
    ];
    for (kind, fields, code) in refused {
        assert_eq!(shop.refused(kind, &fields), code, "{kind} {fields}");
    }
    shop.ok("wind_down.propose", &propose("w", 5, "r"));
    shop.ok("wind_down.propose", &propose("late", 1, "r"));
    assert_eq!(shop.refused("wind_down.propose", &propose("w", 6, "r")), "wind_down_exists");
    assert_eq!(shop.refused("wind_down.approve", r#""wind_down":"w","actor":"ann""#), "same_person");
    shop.next_day();
    assert_eq!(shop.refused("wind_down.approve", r#""wind_down":"late","actor":"bob""#), "wind_down_times");
    assert_eq!(shop.engine.wind_down_phase(), (WindDownPhase::None, None));
    shop.ok("wind_down.approve", r#""wind_down":"w","actor":"bob""#);
    assert_eq!(shop.engine.wind_down_phase().0, WindDownPhase::Announced);
    let line = r#""lines":[{"line":"1","amount":"5.00"}]"#;
    let refused = [
        ("order.pay", format!(r#""order":"o2","member":"b",{line}"#), "winding_down"),
        ("order.place", format!(r#""order":"o2","member":"b",{line}"#), "winding_down"),
        ("pool.inject", r#""amount":"1.00","source":"s""#.to_owned(), "winding_down"),
        ("wind_down.propose", propose("x", 9, "r"), "wind_down_exists"),
        ("wind_down.approve", r#""wind_down":"late","actor":"bob""#.to_owned(), "wind_down_unknown"),
    ];
    for (kind, fields, code) in refused {
        assert_eq!(shop.refused(kind, &fields), code, "{kind} {fields}");
    }
    shop.ok("member.join", r#""member":"c""#);
    for _ in 0..5 {
        shop.next_day();
    }
    assert_eq!(shop.engine.wind_down_phase().0, WindDownPhase::Done);
    assert_eq!(shop.refused("member.join", r#""member":"d""#), "wound_down");
    assert_eq!(shop.refused("points.sell", r#""member":"a","points":"all""#), "wound_down");
    shop.ok("wallet.withdraw", r#""withdrawal":"x","member":"a","amount":"300.00""#);
    shop.ok("wallet.approve", r#""withdrawal":"x","actor":"bob""#);
    shop.ok("wallet.sent", r#""withdrawal":"x""#);
    shop.ok("wallet.paid", r#""withdrawal":"x""#);
    assert_eq!(shop.wallets("a"), (0, 0));
    shop.audit();
}

/// WIND-3: the golden programme of three equal buyers: everybody gets its part of the pool, without retention.
#[test]
fn wind_3_every_holder_gets_its_part() {
    let mut shop = Shop::of(value_growth(""));
    for (order, member) in [("o1", "a"), ("o2", "b"), ("o3", "c")] {
        shop.buy(order, member, "1000.00");
    }
    end_on(&mut shop, 1);
    shop.next_day();
    // 900.00 for 210, 147 and 124.95 of 481.95 points.
    let paid = ["a", "b", "c"].map(|member| shop.wallets(member).0);
    assert_eq!(paid, [392_16, 274_51, 233_33]);
    assert_eq!(paid.iter().sum::<i64>(), 900_00, "the last fen has an owner");
    let empty =
        [AccountKind::PoolAssets, AccountKind::PoolResidual, AccountKind::PointsIssued, AccountKind::Escrow];
    for kind in empty {
        assert_eq!(shop.account(kind, 0), 0, "{kind:?}");
    }
    assert_eq!(shop.engine.epoch(), 1);
    assert_eq!(shop.member("a").cash_received.minor(), 392_16);
    shop.audit();
}

/// WIND-2, WIND-2b: orders under way settle without points; what would have gone to the pool goes to the buyer, and a late
/// refund takes it back.
#[test]
fn wind_2_what_would_have_minted_goes_to_the_buyer() {
    let source = format!(
        "[programme]\nname = {{ zh = \"测试\", en = \"Test\" }}\n[settlement]\nafter_sale_days = 1\n[split]\n{SPLIT}[pool]\n"
    );
    let plan = Plan::parse("test.toml", &source).unwrap_or_else(|errors| panic!("{errors}"));
    let mut shop = Shop::of(plan);
    shop.buy("o1", "a", "1000.00");
    shop.next_day();
    shop.next_day();
    shop.buy("o2", "b", "1000.00");
    shop.pay("o3", "c", "1000.00", "");
    shop.ok("order.place", r#""order":"o4","member":"d","lines":[{"line":"1","amount":"5.00"}]"#);
    let day = shop.day;
    end_on(&mut shop, day + 5);
    assert_eq!(shop.engine.order("o4").map(|(state, _)| state.name()), Some("closed"));
    assert_eq!(shop.refused("order.pay", r#""order":"o4""#), "winding_down");
    shop.next_day();
    shop.next_day();
    assert_eq!((shop.member("b").points.is_zero(), shop.wallets("b")), (true, (300_00, 0)));
    shop.refund("o2", "500.00");
    assert_eq!(shop.wallets("b"), (150_00, 0));
    assert_eq!(shop.account(AccountKind::OperatorDue, 0), 0);
    for _ in 0..4 {
        shop.next_day();
    }
    assert_eq!(shop.engine.order("o3").map(|(state, _)| state.name()), Some("refunded"));
    assert_eq!(shop.wallets("a"), (300_00, 0));
    assert_eq!(shop.account(AccountKind::Escrow, 0), 0);
    shop.audit();
}

/// WIND-2b: what the buyer has withdrawn meanwhile is missing, and is asked for once only.
#[test]
fn wind_2b_what_is_gone_is_missing_once() {
    let mut shop = Shop::of(value_growth(""));
    shop.pay("o1", "a", "1000.00", "");
    shop.pay("o2", "b", "1000.00", "");
    shop.receive("o2");
    end_on(&mut shop, 9);
    shop.receive("o1");
    assert_eq!(shop.wallets("a"), (300_00, 0));
    shop.ok("wallet.withdraw", r#""withdrawal":"x","member":"a","amount":"250.00""#);
    shop.refund("o1", "500.00");
    // 150.00 are asked for, 50.00 are there; the platform bears the rest.
    assert_eq!(shop.wallets("a"), (0, 0));
    shop.refund("o1", "500.00");
    assert_eq!(shop.wallets("a"), (0, 0));
    shop.audit();
}

/// WIND-2b, COMM-8a: of a wallet that is charged, money whose retention was taken goes first.
#[test]
fn wind_2b_unretained_falls_to_what_is_left() {
    let mut shop = Shop::of(value_growth("retention_point = \"withdrawal\"\n"));
    shop.buy("o1", "a", "1000.00");
    shop.pay("o2", "a", "1000.00", "");
    shop.pay("o3", "a", "1000.00", "");
    end_on(&mut shop, 9);
    shop.receive("o2");
    shop.ok("wallet.withdraw", r#""withdrawal":"x","member":"a","amount":"300.00""#);
    // All of the wallet is the gross of a sale now, and all of it goes back for the refund.
    shop.ok("points.sell", r#""member":"a","points":"all""#);
    assert_eq!(shop.wallets("a"), (300_00, 0));
    shop.refund("o2", "1000.00");
    assert_eq!(shop.wallets("a"), (0, 0));
    // What comes then instead of points was never to be retained from.
    shop.receive("o3");
    shop.ok("wallet.withdraw", r#""withdrawal":"y","member":"a","amount":"300.00""#);
    shop.ok("wallet.approve", r#""withdrawal":"y","actor":"bob""#);
    shop.ok("wallet.sent", r#""withdrawal":"y""#);
    shop.ok("wallet.paid", r#""withdrawal":"y""#);
    assert_eq!(shop.account(AccountKind::PoolResidual, 0), 0, "nothing is kept of it");
    shop.audit();
}

/// DISC-2c, DISC-4c: what went to buyers instead of the pool is theirs in the disclosure, and no money that is still to come.
#[test]
fn disc_4c_what_buyers_get_instead_is_disclosed() {
    let mut shop = Shop::of(value_growth(""));
    shop.buy("o1", "a", "1000.00");
    shop.pay("o2", "b", "1000.00", "");
    end_on(&mut shop, 1);
    shop.receive("o2");
    assert_eq!(shop.wallets("b"), (300_00, 0));
    shop.next_day();
    let engine = &shop.engine;
    let disclosure = Disclosure::compute(engine.member_outcomes(), engine.plan(), &engine.totals());
    // 300.00 of a through the pool, 300.00 of b past it: 600.00 of 2,000.00.
    let bound = disclosure.conservation;
    assert_eq!((bound.payable.minor(), bound.mean_ppm, bound.mean_bound_ppm), (600_00, 300_000, 300_000));
    let of = |leg| disclosure.hundred.iter().find(|part| part.leg == leg).map(|part| part.amount.minor());
    assert_eq!((of(Leg::PoolPaid), of(Leg::Pending)), (Some(600_00), Some(0)));
}

/// WIND-3, CLAIM-2c: an order that settles in the entry of the end begins a cap, and nobody is sold out by it: every holder gets its part.
#[test]
fn wind_3_nobody_is_sold_out_at_the_end() {
    let source = "[programme]\nname = { zh = \"测试\", en = \"Test\" }\n[settlement]\nafter_sale_days = 7\n[split]\ncost = \"30%\"\n\
                  pool = \"30%\"\n[pool]\n[pool.exit]\nmultiple = 2\ncounts = \"held\"\nclamp = true\n[claims]\nshare = \"30%\"\nstages = 1\nstage_days = 1\n";
    let mut shop = Shop::of(Plan::parse("test.toml", source).unwrap_or_else(|errors| panic!("{errors}")));
    shop.buy("o1", "a", "1000.00");
    (0..8).for_each(|_| shop.next_day());
    shop.buy("o2", "b", "1.00");
    shop.ok("claim.grant", r#""grant":"g","member":"b","points":"100","injection":"200.00","actor":"board""#);
    end_on(&mut shop, 9);
    shop.next_day();
    // 100 of 310 points, and 300.00 + 200.00; the leg of 0.30 of b's own order comes on top.
    assert_eq!(shop.wallets("b"), (161_29 + 30, 0));
    assert_eq!(shop.wallets("a"), (338_71, 0));
    assert!(shop.engine.members().all(|member| member.exits == 0));
    shop.audit();
}

/// WIND-3, WIND-4a: the house's part, an old residual and retention at withdrawal.
#[test]
fn wind_3_house_residual_and_retention() {
    let mut shop = Shop::of(value_growth("house_points = 100\nretention_point = \"withdrawal\"\n"));
    shop.buy("o1", "a", "1000.00");
    shop.ok("points.sell", r#""member":"a","points":"100""#);
    let before = shop.wallets("a").0;
    let pool = shop.account(AccountKind::PoolAssets, 0);
    let revenue = shop.account(AccountKind::PlatformRevenue, 0);
    end_on(&mut shop, 1);
    shop.next_day();
    let house = shop.account(AccountKind::PlatformRevenue, 0) - revenue;
    assert!(house > 0);
    assert_eq!(i128::from(shop.wallets("a").0 - before) + house, pool, "nothing is left over");
    shop.ok(
        "wallet.withdraw",
        &format!(r#""withdrawal":"x","member":"a","amount":"{}""#, crate::daily::yuan(shop.wallets("a").0)),
    );
    shop.ok("wallet.approve", r#""withdrawal":"x","actor":"bob""#);
    shop.ok("wallet.sent", r#""withdrawal":"x""#);
    shop.ok("wallet.paid", r#""withdrawal":"x""#);
    assert_eq!(shop.account(AccountKind::PoolResidual, 0), 0, "nothing is retained after the end");
    shop.audit();
}

/// WIND-3: release points end with their fund; value units, emission points and loyalty points.
#[test]
fn wind_3_units_end_and_funds_are_shared() {
    let rest = "cost = \"30%\"\n[split.funds]\nrelease = \"10%\"\n[release]\ngrant_ratio = \"50%\"\nrate = \"3‰\"\nfund = \"release\"\n\
                [value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [36500]\ncap = 100000\nfirst_price = \"10\"\nmembers = \"80%\"\n\
                platform = \"10%\"\n[loyalty]\nearn_rate = \"2%\"\nvalid_days = 30\n";
    let mut shop = Shop::of(plan(rest));
    shop.buy("o1", "a", "1000.00");
    shop.buy("o2", "b", "500.00");
    shop.next_day();
    shop.day_of_tasks(&["a"]);
    assert!(!shop.member("a").emission_points.is_zero());
    let (fund, day) = (shop.account(AccountKind::Fund, 0), shop.day);
    let (a, b) = (shop.wallets("a").0, shop.wallets("b").0);
    end_on(&mut shop, day + 1);
    shop.next_day();
    for member in ["a", "b"] {
        let view = shop.member(member);
        assert!(
            view.release_points.is_zero() && view.value_units.is_zero() && view.emission_points.is_zero()
        );
    }
    for kind in [AccountKind::ReleaseIssued, AccountKind::EmissionIssued, AccountKind::EmissionPlatform] {
        assert_eq!(shop.account(kind, 0), 0, "{kind:?}");
    }
    // The fund by 498.5 and 250 points; loyalty points 20.00 and 10.00.
    let (a, b) = (shop.wallets("a").0 - a, shop.wallets("b").0 - b);
    assert_eq!(i128::from(a - 20_00 + b - 10_00), fund);
    assert_eq!(shop.account(AccountKind::Fund, 0), 0);
    assert_eq!(b - 10_00, i64::try_from(fund).expect("money") * 2500 / 7485);
    shop.audit();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// WIND-3, WIND-5: whatever was bought and sold, the end pays out the pool and the residual to the minor unit, and every
    /// holder within one minor unit of its part.
    #[test]
    fn wind_3_the_end_pays_everything_out(
        steps in proptest::collection::vec((0_usize..6, 1_i64..200_000, any::<bool>()), 1..40),
        hardened in any::<bool>(),
    ) {
        let rest = if hardened { "house_points = 10\nsale_price = \"daily_batch\"\nmax_contribution = \"50%\"\n" } else { "" };
        let mut shop = Shop::of(value_growth(rest));
        for (number, (member, amount, sells)) in steps.iter().enumerate() {
            let name = format!("m{member}");
            shop.buy(&format!("o{number}"), &name, &crate::daily::yuan(*amount));
            if *sells {
                shop.send("points.sell", &format!(r#""member":"{name}","points":"0.5""#));
            }
        }
        let mint_queue = shop.account(AccountKind::Escrow, 0);
        let day = shop.day;
        end_on(&mut shop, day + 1);
        let cash = |shop: &Shop| -> i64 { shop.engine.members().map(|member| member.cash.minor()).sum() };
        prop_assert_eq!(shop.account(AccountKind::Escrow, 0), 0, "nothing waits any more of {}", mint_queue);
        shop.ok("time.advance", "");
        let held: Vec<(String, u128, i64)> =
            shop.engine.members().map(|m| (m.id.to_owned(), m.points.units(), m.cash.minor())).collect();
        let (pool, supply) = (shop.account(AccountKind::PoolAssets, 0), shop.account(AccountKind::PointsIssued, 0).unsigned_abs());
        let (residual, revenue, before) =
            (shop.account(AccountKind::PoolResidual, 0), shop.account(AccountKind::PlatformRevenue, 0), cash(&shop));
        let batch = hardened && steps.iter().any(|(.., sells)| *sells);
        shop.next_day();
        let out = i128::from(cash(&shop) - before) + shop.account(AccountKind::PlatformRevenue, 0) - revenue;
        prop_assert_eq!(out, pool + residual);
        prop_assert_eq!(shop.account(AccountKind::PoolAssets, 0) + shop.account(AccountKind::PoolResidual, 0), 0);
        if !batch {
            for (id, points, cash) in held {
                let got = u128::from((shop.member(&id).cash.minor() - cash).unsigned_abs());
                let part = points.checked_mul(pool.unsigned_abs()).and_then(|x| x.checked_div(supply)).unwrap_or(0);
                let share = residual.unsigned_abs() + 100;
                prop_assert!(got >= part && got <= part + share, "{id}: {got} for {part}");
            }
        }
        shop.audit();
    }
}
