//! Network, commissions, agents and dividend through the library (NET-1 to NET-3, COMM-0 to COMM-9).

#![expect(clippy::inconsistent_digit_grouping, reason = "amounts are in fen, written as yuan_fen")]

use proptest::prelude::*;
use ratchet_engine::commission::CommissionKind;
use ratchet_engine::engine::{Cause, DueKind, Outcome};
use ratchet_engine::event::Event;
use ratchet_engine::ledger::AccountKind;

use crate::daily::{Shop, yuan};

/// Commission leg 60 %, so that the cap decides and not the leg.
const SPLIT: &str = "cost = \"30%\"\ncommission = \"60%\"\n[split.funds]\nshares = \"5%\"\n";

/// A ladder whose ranks follow from volumes of 100, 200, … yuan.
fn ladder(rates: &[u32]) -> String {
    let rank = |(place, rate): (usize, &u32)| {
        format!(
            "[[rank]]\nid = \"r{rate}_{place}\"\nname = {{ zh = \"级\", en = \"Rank\" }}\nvolume = \"{}00\"\nrate = \"{rate}%\"\n",
            place + 1
        )
    };
    rates.iter().enumerate().map(rank).collect()
}

/// Members `u1`, `u2`, … near to far with these ranks (place from 1; 0 for none), and the buyer `b` below `u1`. Each earns
/// its rank by a leg of its own before the chain is bound together.
fn chain(rest: &str, ranks: &[u32]) -> Shop {
    let mut shop = Shop::new(&format!("{SPLIT}{rest}"));
    for number in (1..=ranks.len()).rev() {
        shop.join(&format!("u{number}"), None);
    }
    for (number, rank) in (1..).zip(ranks) {
        shop.join(&format!("h{number}"), Some(&format!("u{number}")));
        if *rank > 0 {
            shop.buy(&format!("h{number}"), &format!("h{number}"), &format!("{rank}00.00"));
        }
    }
    shop.next_day();
    for number in 1..ranks.len() {
        shop.ok("member.bind", &format!(r#""member":"u{number}","referrer":"u{}""#, number + 1));
    }
    shop.join("b", Some("u1"));
    shop
}

/// What the members of the order's chain get, by kind, in fen.
fn earned(shop: &Shop, order: &str, kind: CommissionKind) -> Vec<(String, i64)> {
    let names: Vec<String> = shop.engine.members().map(|member| member.id.to_owned()).collect();
    let commissions = shop.engine.order_commissions(order).into_iter().filter(|paid| paid.kind == kind);
    commissions.map(|paid| (names[paid.member.index()].clone(), paid.amount.minor())).collect()
}

fn named(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect()
}

/// SPEC 17: 10,000 yuan, uplines of 9, 15, 11, 18, 18, 18 %; peers get 10 and 5 % of the first silver's 300.
#[test]
fn comm_2_and_comm_3_have_the_golden_numbers() {
    let rest = format!(
        "[commission]\n[commission.differential]\n[commission.peer]\nrates = [\"10%\", \"5%\"]\n{}",
        ladder(&[9, 11, 15, 18])
    );
    let mut shop = chain(&rest, &[1, 3, 2, 4, 4, 4]);
    shop.pay("o", "b", "10000.00", "");
    let differential = named(&[("u1", 900_00), ("u2", 600_00), ("u4", 300_00)]);
    assert_eq!(earned(&shop, "o", CommissionKind::Differential), differential);
    assert_eq!(earned(&shop, "o", CommissionKind::Peer), named(&[("u5", 30_00), ("u6", 15_00)]));
    shop.receive("o");
    let wallets: Vec<i64> =
        (1..=6).map(|n| shop.member(&format!("u{n}")).commission_income.minor()).collect();
    assert_eq!(wallets, [900_00, 600_00, 0, 300_00, 30_00, 15_00]);
    // COMM-7: the leg of 60 % less what was paid; SPEC's chain gets 18 % in all.
    assert_eq!(shop.account(AccountKind::CommissionPayable, 0), 0);
    let sums: Vec<_> = shop.engine.commissions().collect();
    let sum = |kind| sums.iter().filter(|(of, ..)| *of == kind).map(|(_, _, paid)| paid.minor()).sum::<i64>();
    assert_eq!((sum(CommissionKind::Differential), sum(CommissionKind::Peer)), (1_800_00, 45_00));
    assert!(sums.contains(&(CommissionKind::Peer, 6, shop.member("u6").commission_income)));
    shop.audit();
}

/// COMM-2: 20, 18, 20 %. Subtracting the adjacent upline's rate would pay 20 + 0 + 2 = 22 %.
#[test]
fn comm_2_never_pays_more_than_the_top_rate() {
    let rest = format!("[commission]\n[commission.differential]\n{}", ladder(&[18, 20]));
    let mut shop = chain(&rest, &[2, 1, 2]);
    shop.pay("o", "b", "100.00", "");
    assert_eq!(earned(&shop, "o", CommissionKind::Differential), named(&[("u1", 20_00)]));
}

/// COMM-3: lower ranks are skipped and not counted, a higher one ends it, also where its own differential is nothing (rates may
/// be equal); with `base = "order"` the rates are of the base.
#[test]
fn comm_3_peers_of_exactly_the_rank() {
    let commission = |base: &str| {
        format!(
            "[commission]\n[commission.differential]\n[commission.peer]\nrates = [\"10%\", \"5%\", \"1%\"]\nbase = \"{base}\"\n{}",
            ladder(&[2, 5, 5, 9])
        )
    };
    // 5 %, its peers at 3 and 5 with lower ones between; then the third rank, of the same rate.
    let ranks = [2, 1, 2, 0, 2, 3, 2, 3, 4];
    let mut shop = chain(&commission("differential"), &ranks);
    shop.pay("o", "b", "1000.00", "");
    assert_eq!(earned(&shop, "o", CommissionKind::Differential), named(&[("u1", 50_00), ("u9", 40_00)]));
    assert_eq!(earned(&shop, "o", CommissionKind::Peer), named(&[("u3", 5_00), ("u5", 2_50)]));
    let mut shop = chain(&commission("order"), &ranks);
    shop.pay("o", "b", "1000.00", "");
    assert_eq!(earned(&shop, "o", CommissionKind::Peer), named(&[("u3", 100_00), ("u5", 50_00)]));
}

/// NET-2, COMM-2: who is suspended counts as without rank, in both directions, until resumed.
#[test]
fn net_2_a_suspended_upline_is_passed_over() {
    let rest = format!(
        "[commission]\n[commission.direct]\nrate = \"10%\"\n[commission.indirect]\nrate = \"5%\"\n[commission.differential]\n[commission.peer]\nrates = [\"10%\"]\n{}",
        ladder(&[2, 5])
    );
    let mut shop = chain(&rest, &[2, 2, 2]);
    shop.ok("member.suspend", r#""member":"u1","reason":"complaint""#);
    assert!(shop.member("u1").suspended);
    shop.pay("o", "b", "100.00", "");
    // COMM-1: nobody moves up for the suspended referrer.
    assert_eq!(earned(&shop, "o", CommissionKind::Direct), []);
    assert_eq!(earned(&shop, "o", CommissionKind::Indirect), named(&[("u2", 5_00)]));
    assert_eq!(earned(&shop, "o", CommissionKind::Differential), named(&[("u2", 5_00)]));
    assert_eq!(earned(&shop, "o", CommissionKind::Peer), named(&[("u3", 50)]));
    shop.ok("member.resume", r#""member":"u1""#);
    shop.pay("p", "b", "100.00", "");
    assert_eq!(earned(&shop, "p", CommissionKind::Direct), named(&[("u1", 10_00)]));
    assert_eq!(earned(&shop, "p", CommissionKind::Differential), named(&[("u1", 5_00)]));
    // COMM-0: what was recorded stays, whoever is suspended later.
    shop.ok("member.suspend", r#""member":"u2","reason":"complaint""#);
    let before = shop.wallets("u2").0;
    shop.receive("o");
    assert_eq!(shop.wallets("u2").0 - before, 10_00);
    shop.audit();
}

/// NET-1b, COMM-0: a late referrer counts from the next payment, for everybody below.
#[test]
fn net_1b_a_late_referrer_counts_from_the_next_payment() {
    let mut shop = Shop::new(&format!(
        "{SPLIT}[commission]\n[commission.direct]\nrate = \"10%\"\n[commission.indirect]\nrate = \"5%\"\n"
    ));
    shop.join("old", None);
    shop.join("a", None);
    shop.join("b", Some("a"));
    shop.pay("before", "b", "100.00", "");
    shop.ok("member.bind", r#""member":"a","referrer":"old""#);
    shop.pay("after", "b", "100.00", "");
    assert_eq!(earned(&shop, "before", CommissionKind::Indirect), []);
    assert_eq!(earned(&shop, "after", CommissionKind::Indirect), named(&[("old", 5_00)]));
    assert_eq!(shop.member("a").referrer.map(|no| no.index()), Some(0));
    shop.audit();
}

fn appoint(shop: &mut Shop, member: &str, territory: &str, level: &str) {
    shop.ok("agent.appoint", &format!(r#""member":"{member}","territory":"{territory}","level":"{level}""#));
}

fn pay_to(shop: &mut Shop, order: &str, amount: &str, ship_to: &str) {
    shop.ok(
        "order.pay",
        &format!(
            r#""order":"{order}","member":"b","ship_to":"{ship_to}","lines":[{{"line":"1","amount":"{amount}"}}]"#
        ),
    );
}

/// COMM-4: every level by the code of the address; several agents share, a remainder stays undistributed.
#[test]
fn comm_4_agents_by_the_address() {
    let regional = |mode: &str| {
        format!(
            "{SPLIT}[commission]\n[commission.regional]\ndistrict = \"3%\"\ncity = \"5%\"\nprovince = \"6%\"\nmode = \"{mode}\"\n"
        )
    };
    for mode in ["stacked", "differential"] {
        let mut shop = Shop::new(&regional(mode));
        for member in ["d1", "d2", "c", "p", "b", "hk"] {
            shop.join(member, None);
        }
        appoint(&mut shop, "d1", "330106", "district");
        appoint(&mut shop, "d2", "330106", "district");
        appoint(&mut shop, "c", "330100", "city");
        appoint(&mut shop, "p", "330000", "province");
        appoint(&mut shop, "hk", "810000", "province");
        let mut number = 0;
        let mut got = |shop: &mut Shop, ship_to: &str| {
            number += 1;
            let order = format!("o{number}");
            pay_to(shop, &order, "1.01", ship_to);
            let all = [CommissionKind::District, CommissionKind::City, CommissionKind::Province];
            all.map(|kind| earned(shop, &order, kind))
        };
        let none: &[(&str, i64)] = &[];
        let stacked = mode == "stacked";
        // 3 fen shared by two, 5 for the city, 6 for the province; or the differences.
        let district = named(&[("d1", 1), ("d2", 1)]);
        let [city, province] = if stacked { [5, 6] } else { [2, 1] };
        assert_eq!(got(&mut shop, "330106"), [district, named(&[("c", city)]), named(&[("p", province)])]);
        // What the order says of it, to the agent alone.
        let terms = |member: &str| {
            let terms = shop.engine.agent_terms("o1", member);
            let all = terms
                .iter()
                .map(|one| (one.kind, one.rate.ppm(), one.from.ppm(), one.sharers, one.base.minor()));
            all.collect::<Vec<_>>()
        };
        assert_eq!(terms("d1"), [(CommissionKind::District, 30_000, 0, 2, 1_01)]);
        assert_eq!(terms("c"), [(CommissionKind::City, 50_000, if stacked { 0 } else { 30_000 }, 1, 1_01)]);
        assert_eq!(terms("b"), []);
        // Another district of the city, whether the table has it or not: its own level is vacant.
        let vacant = |city, province| [named(none), named(&[("c", city)]), named(&[("p", province)])];
        assert_eq!(got(&mut shop, "330102"), vacant(5, if stacked { 6 } else { 1 }));
        assert_eq!(got(&mut shop, "330199"), vacant(5, if stacked { 6 } else { 1 }));
        // Codes of a city and of a province have no level below; another province has nobody.
        assert_eq!(got(&mut shop, "330100"), vacant(5, if stacked { 6 } else { 1 }));
        assert_eq!(got(&mut shop, "330000"), [named(none), named(none), named(&[("p", 6)])]);
        assert_eq!(got(&mut shop, "440106"), [named(none), named(none), named(none)]);
        // A district directly below its province has no city.
        assert_eq!(got(&mut shop, "810001"), [named(none), named(none), named(&[("hk", 6)])]);
        // Who is not qualified leaves the level to the others; nobody left: vacant.
        shop.ok("member.suspend", r#""member":"d1","reason":"x""#);
        assert_eq!(got(&mut shop, "330106")[0], named(&[("d2", 3)]));
        shop.ok("agent.dismiss", r#""member":"d2","territory":"330106""#);
        assert_eq!(got(&mut shop, "330106"), vacant(5, if stacked { 6 } else { 1 }));
        shop.pay("nowhere", "b", "100.00", "");
        assert!(shop.engine.order_commissions("nowhere").is_empty());
        shop.audit();
    }
}

/// NET-1: everybody's place and what it spent, in joining order.
#[test]
fn net_1_the_network_is_told_by_places() {
    let mut shop = Shop::new(SPLIT);
    shop.join("a", None);
    shop.join("b", Some("a"));
    shop.buy("o", "b", "12.00");
    let network = shop.engine.network();
    let places: Vec<_> =
        network.iter().map(|one| (one.referrer.map(|above| above.0), one.spent.minor())).collect();
    assert_eq!(places, [(None, 0), (Some(0), 12_00)]);
    assert!(!shop.engine.is_qualified(shop.member("b").no) && shop.engine.dividend().is_none());
    let mut paying = Shop::new(&format!("{SPLIT}[commission.direct]\nrate = \"3%\"\n"));
    paying.join("a", None);
    assert!(paying.engine.is_qualified(paying.member("a").no));
}

/// COMM-0: agents as of payment, also of an order placed before; the address of the order counts.
#[test]
fn comm_0_agents_as_of_payment() {
    let mut shop = Shop::new(&format!("{SPLIT}[commission]\n[commission.regional]\ncity = \"5%\"\n"));
    shop.join("c", None);
    let line = r#""lines":[{"line":"1","amount":"100"}]"#;
    for order in ["o", "closed"] {
        shop.ok("order.place", &format!(r#""order":"{order}","member":"b","ship_to":"330106",{line}"#));
    }
    shop.ok("order.close", r#""order":"closed""#);
    appoint(&mut shop, "c", "330100", "city");
    shop.ok("order.pay", r#""order":"o""#);
    shop.ok("agent.dismiss", r#""member":"c","territory":"330100""#);
    shop.receive("o");
    assert_eq!(shop.wallets("c").0, 5_00);
    shop.audit();
}

/// COMM-6: in the order of kind, distance and line, up to the smaller of cap and legs; what is left is undistributed.
#[test]
fn comm_6_the_cap_cuts_the_last() {
    let rest = format!(
        "[commission]\ncap = \"8%\"\n[commission.direct]\nrate = \"3%\"\n[commission.indirect]\nrate = \"2%\"\n[commission.differential]\n{}",
        ladder(&[9])
    );
    let mut shop = chain(&rest, &[0, 1]);
    let before = shop.account(AccountKind::CommissionUndistributed, 0);
    let had = shop.wallets("u2").0;
    shop.ok(
        "order.pay",
        r#""order":"o","member":"b","lines":[{"line":"1","amount":"10.10"},{"line":"2","amount":"20.20"}]"#,
    );
    // 8 % of 30.30 is 2.42; direct 0.30 + 0.60, indirect 0.20 + 0.40, the differential what is left of 2.72: 0.92.
    assert_eq!(earned(&shop, "o", CommissionKind::Direct), named(&[("u1", 90)]));
    assert_eq!(earned(&shop, "o", CommissionKind::Indirect), named(&[("u2", 60)]));
    assert_eq!(earned(&shop, "o", CommissionKind::Differential), named(&[("u2", 92)]));
    shop.receive("o");
    let paid = |event: &&Event| matches!(event, Event::CommissionsPaid { paid, .. } if paid.len() == 3);
    assert_eq!(shop.events.iter().filter(paid).count(), 1);
    // 60 % of each line.
    let undistributed = shop.account(AccountKind::CommissionUndistributed, 0) - before;
    assert_eq!(undistributed, 606 + 1_212 - 242);
    assert_eq!((shop.wallets("u1").0, shop.wallets("u2").0 - had), (90, 152));
}

/// COMM-7: without `[commission]` the legs go to `commission.undistributed` at once and nobody earns.
#[test]
fn comm_7_without_the_section_nobody_earns() {
    let mut shop = Shop::new(SPLIT);
    shop.join("a", None);
    shop.join("b", Some("a"));
    shop.buy("o", "b", "100.00");
    assert_eq!(shop.account(AccountKind::CommissionUndistributed, 0), 60_00);
    assert!(!shop.events.iter().any(|event| matches!(event, Event::CommissionsPaid { .. })));
    assert_eq!(shop.engine.next_due(), None);
}

fn two_generations() -> Shop {
    let mut shop = Shop::new(
        "cost = \"70%\"\ncommission = \"20%\"\n[commission]\n[commission.direct]\nrate = \"10%\"\n[commission.indirect]\nrate = \"5%\"\n",
    );
    shop.join("far", None);
    shop.join("near", Some("far"));
    shop.join("b", Some("near"));
    shop
}

/// COMM-8, COMM-9: a late refund takes back from wallets as far as they reach, books the rest, and later earnings are netted.
#[test]
fn comm_8_late_refunds_take_back() {
    let mut shop = two_generations();
    shop.buy("o", "b", "1000.00");
    assert_eq!((shop.wallets("near").0, shop.wallets("far").0), (100_00, 50_00));
    shop.ok("wallet.withdraw", r#""withdrawal":"w","member":"near","amount":"90.00","actor":"near""#);
    shop.refund("o", "500.00");
    // 50.00 of near's: 10.00 out of the wallet, 40.00 owed. 25.00 of far's, 25.00 of the 50.00 nobody had.
    assert_eq!((shop.wallets("near").0, shop.member("near").receivable.minor()), (0, 40_00));
    assert_eq!((shop.wallets("far").0, shop.member("far").receivable.minor()), (25_00, 0));
    assert_eq!(shop.account(AccountKind::AdvancedPlatform, 0), 40_00);
    assert_eq!(shop.account(AccountKind::RefundRecoverable, 0), 0, "all of it was advanced");
    assert_eq!(shop.account(AccountKind::CommissionUndistributed, 0), 25_00);
    assert_eq!(shop.account(AccountKind::OperatorDue, 0), 0, "the platform's leg covers what near owes");
    let sums: Vec<i64> = shop.engine.commissions().map(|(_, _, paid)| paid.minor()).collect();
    assert_eq!(sums, [50_00, 25_00]);
    // What is netted counts as received and goes back to the platform.
    shop.buy("p", "b", "300.00");
    assert_eq!((shop.wallets("near").0, shop.member("near").receivable.minor()), (0, 10_00));
    assert_eq!(shop.member("near").cash_received.minor(), 130_00);
    assert_eq!(shop.account(AccountKind::AdvancedPlatform, 0), 10_00);
    assert_eq!(shop.account(AccountKind::RefundReserve, 0), 0);
    shop.buy("q", "b", "300.00");
    assert_eq!((shop.wallets("near").0, shop.member("near").receivable.minor()), (20_00, 0));
    assert_eq!(shop.account(AccountKind::RefundRecoverable, 0), 0);
    // All of the rest.
    shop.refund("o", "500.00");
    assert_eq!(shop.member("near").receivable.minor(), 30_00);
    assert!(shop.engine.order_commissions("o").iter().all(|paid| paid.amount.is_zero()));
    shop.audit();
}

/// ORDER-5: a refund before settlement leaves what a smaller purchase would have left, in every state before it.
#[test]
fn order_5_early_refunds_need_nothing() {
    for state in ["paid", "shipped", "received"] {
        let plan = crate::daily::plan(
            "cost = \"70%\"\ncommission = \"20%\"\n[commission]\n[commission.direct]\nrate = \"10%\"\n",
        );
        let source = plan.source.replace("after_sale_days = 0", "after_sale_days = 1");
        let plan = ratchet_engine::plan::Plan::parse("test.toml", &source).expect("it parses");
        let mut shop = Shop::of(plan);
        shop.join("near", None);
        shop.join("b", Some("near"));
        shop.pay("o", "b", "100.00", "");
        if state == "shipped" {
            shop.ok("order.ship", r#""order":"o""#);
        }
        if state == "received" {
            shop.receive("o");
        }
        shop.refund("o", "33.33");
        if state != "received" {
            shop.receive("o");
        }
        shop.next_day();
        assert_eq!(shop.wallets("near").0, 6_66, "{state}");
        shop.audit();
    }
}

/// COMM-8a: money whose retention was taken goes first when a wallet is charged.
#[test]
fn comm_8a_unretained_money_goes_last() {
    let mut shop = Shop::new(
        "cost = \"30%\"\npool = \"30%\"\ncommission = \"20%\"\n[pool]\nretention_point = \"withdrawal\"\n[commission]\n[commission.direct]\nrate = \"10%\"\n",
    );
    shop.join("near", None);
    shop.join("b", Some("near"));
    shop.buy("own", "near", "100.00");
    shop.buy("o", "b", "1000.00");
    shop.ok("points.sell", r#""member":"near","points":"all""#);
    let sold = shop.wallets("near").0 - 100_00;
    assert!(sold > 0);
    shop.refund("o", "1000.00");
    assert_eq!(shop.wallets("near").0, sold, "all 100.00 come out of the commission");
    // A withdrawal still takes the retention of all of it.
    let rest = shop.wallets("near").0;
    shop.ok(
        "wallet.withdraw",
        &format!(r#""withdrawal":"w","member":"near","amount":"{}","actor":"near""#, yuan(rest)),
    );
    shop.ok("wallet.approve", r#""withdrawal":"w","actor":"alice""#);
    shop.ok("wallet.sent", r#""withdrawal":"w""#);
    let retained = shop.engine.totals().retained.minor();
    shop.ok("wallet.paid", r#""withdrawal":"w""#);
    assert_eq!(shop.engine.totals().retained.minor() - retained, (rest * 2 + 9) / 10);
    shop.audit();
}

fn dividend(period: &str) -> Shop {
    Shop::new(&format!(
        "cost = \"30%\"\n[split.funds]\nshares = \"1%\"\n[commission]\n[commission.dividend]\nrate = \"1%\"\nfund = \"shares\"\nperiod = \"{period}\"\n"
    ))
}

fn dividends(shop: &Shop) -> Vec<(i64, i64, i64)> {
    let declared = shop.events.iter().filter_map(|event| match event {
        Event::DividendDeclared { base, deficit, added, .. } => Some((*base, deficit.minor(), added.minor())),
        _ => None,
    });
    declared.collect()
}

/// SPEC 17: a pot of 10 yuan, weights 0.1 × 2, 0.2 × 5, 0.3 × 10: 0.23, 0.47, 0.71; 9.91 paid, 0.09 carried.
#[test]
fn comm_5_has_the_golden_numbers() {
    let mut shop = dividend("month");
    for number in 0..17 {
        let weight = if number < 2 {
            "0.1"
        } else if number < 7 {
            "0.2"
        } else {
            "0.3"
        };
        shop.join(&format!("s{number}"), None);
        shop.ok("shareholder.set", &format!(r#""member":"s{number}","weight":"{weight}""#));
    }
    shop.buy("o", "b", "1000.00");
    shop.day = 30;
    shop.ok("time.advance", "");
    assert_eq!(dividends(&shop), [], "31 January is a day of the month");
    let stands = shop.engine.dividend().expect("the plan has one");
    assert_eq!((stands.base, stands.fund.minor(), stands.pot.minor()), (1_000_00, 10_00, 0));
    assert_eq!((stands.weight, stands.holders), (4_200_000, 17));
    shop.day = 31;
    shop.ok("time.advance", "");
    assert_eq!(dividends(&shop), [(1_000_00, 0, 10_00)]);
    let got = ["s0", "s2", "s7"].map(|member| shop.member(member).commission_income.minor());
    assert_eq!(got, [23, 47, 71]);
    assert_eq!(shop.account(AccountKind::DividendPot, 0), 9);
    // The carry joins the next pot.
    shop.buy("p", "b", "1000.00");
    shop.day = 31 + 28;
    shop.ok("time.advance", "");
    // 10.09: 24, 48, 72 fen each.
    assert_eq!(shop.account(AccountKind::DividendPot, 0), 10_09 - 2 * 24 - 5 * 48 - 10 * 72);
    let cause = |entry: ratchet_engine::engine::Entry<'_>| entry.cause == Cause::Due(DueKind::Dividend);
    assert_eq!(shop.engine.entries().filter(|entry| cause(*entry)).count(), 1);
    shop.audit();
}

/// COMM-5: a negative base is a deficit that the next periods make up; the fund pays at most what it holds; without
/// shareholders all stays in the pot.
#[test]
fn comm_5_deficit_fund_and_no_shareholders() {
    let mut shop = dividend("day");
    shop.join("s", None);
    shop.buy("o", "b", "1000.00");
    shop.next_day();
    assert_eq!(shop.account(AccountKind::DividendPot, 0), 10_00, "nobody to pay it to");
    shop.ok("shareholder.set", r#""member":"s","weight":"1""#);
    shop.refund("o", "600.00");
    shop.buy("p", "b", "100.00");
    shop.next_day();
    assert_eq!(shop.engine.dividend_deficit().minor(), 500_00);
    assert_eq!(shop.wallets("s").0, 10_00, "the carry is shared even so");
    shop.buy("q", "b", "700.00");
    shop.next_day();
    // 200.00 are left after the deficit: 2.00; the fund holds 7.00 + 1.00 − 0.00 of the refund it could not return.
    assert_eq!(dividends(&shop), [(1_000_00, 0, 10_00), (-500_00, 500_00, 0), (700_00, 0, 2_00)]);
    assert_eq!(shop.wallets("s").0, 12_00);
    shop.ok("shareholder.set", r#""member":"s","weight":"0""#);
    assert_eq!(shop.member("s").weight_millionths, 0);
    // COMM-5b: every end of a period is due work.
    shop.next_day();
    assert_eq!(dividends(&shop).len(), 4);
    shop.audit();
}

/// COMM-5a, COMM-5b: from the end of the period with the first command; weeks end with Sunday; what settles at the very
/// instant belongs to the new period.
#[test]
fn comm_5a_periods() {
    // Day 0 is Thursday, 1 January 2026.
    let mut shop = dividend("week");
    shop.day = 2;
    shop.buy("o", "b", "100.00");
    shop.day = 3;
    shop.ok("time.advance", "");
    assert_eq!(dividends(&shop), []);
    shop.day = 4;
    shop.buy("p", "b", "50.00");
    shop.day = 11;
    shop.ok("time.advance", "");
    assert_eq!(dividends(&shop), [(100_00, 0, 1_00), (50_00, 0, 50)]);

    let plan = dividend("day").engine.plan().source.replace("after_sale_days = 0", "after_sale_days = 1");
    let plan = plan.replace("[settlement]", "utc_offset = \"+00:00\"\n[settlement]");
    let plan = ratchet_engine::plan::Plan::parse("test.toml", &plan).expect("it parses");
    let mut shop = Shop::of(plan);
    // Received at 00:00, settles at 00:00 of the next day: after that day's dividend.
    shop.buy("o", "b", "100.00");
    shop.next_day();
    shop.next_day();
    assert_eq!(dividends(&shop), [(0, 0, 0), (100_00, 0, 1_00)]);
}

/// Every refusal of these commands, in the order of precedence, and that nothing changes.
#[test]
fn refusals_of_the_network() {
    let mut shop = Shop::new(&format!(
        "{SPLIT}[commission]\n[commission.regional]\ncity = \"5%\"\n[commission.dividend]\nrate = \"1%\"\nfund = \"shares\"\n"
    ));
    shop.join("old", None);
    shop.join("new", None);
    shop.join("invited", Some("old"));
    appoint(&mut shop, "old", "330100", "city");
    shop.ok("member.suspend", r#""member":"new","reason":"x""#);
    let long = "x".repeat(501);
    let long = format!(r#""member":"old","reason":"{long}""#);
    let table = [
        ("member.bind", r#""member":"nobody","referrer":"nobody""#, "member_unknown"),
        ("member.bind", r#""member":"new","referrer":"new""#, "referrer_is_self"),
        ("member.bind", r#""member":"invited","referrer":"nobody""#, "referrer_unknown"),
        ("member.bind", r#""member":"invited","referrer":"new""#, "referrer_bound"),
        ("member.bind", r#""member":"old","referrer":"invited""#, "referrer_not_older"),
        ("member.suspend", r#""member":"nobody","reason":"""#, "member_unknown"),
        ("member.suspend", r#""member":"new","reason":"""#, "member_state"),
        ("member.suspend", r#""member":"old","reason":"""#, "reason_missing"),
        ("member.suspend", r#""member":"old","reason":" ""#, "reason_missing"),
        ("member.suspend", long.as_str(), "reason_missing"),
        ("member.resume", r#""member":"nobody""#, "member_unknown"),
        ("member.resume", r#""member":"old""#, "member_state"),
        ("agent.appoint", r#""member":"nobody","territory":"330100","level":"city""#, "member_unknown"),
        ("agent.appoint", r#""member":"old","territory":"330199","level":"city""#, "territory_unknown"),
        ("agent.appoint", r#""member":"old","territory":"330100","level":"district""#, "territory_level"),
        ("agent.appoint", r#""member":"old","territory":"330106","level":"city""#, "territory_level"),
        ("agent.appoint", r#""member":"old","territory":"330000","level":"city""#, "territory_level"),
        ("agent.appoint", r#""member":"old","territory":"330100","level":"city""#, "agent_exists"),
        ("agent.dismiss", r#""member":"nobody","territory":"330100""#, "member_unknown"),
        ("agent.dismiss", r#""member":"new","territory":"330100""#, "agent_unknown"),
        ("agent.dismiss", r#""member":"old","territory":"330000""#, "agent_unknown"),
        ("shareholder.set", r#""member":"nobody","weight":"1""#, "member_unknown"),
        ("shareholder.set", r#""member":"old","weight":"1000000.000001""#, "limit_reached"),
    ];
    for (kind, fields, code) in table {
        assert_eq!(shop.refused(kind, fields), code, "{kind} {fields}");
    }
    shop.ok("shareholder.set", r#""member":"old","weight":"1000000""#);

    // Without the sections; suspension and binding are of every plan.
    let mut shop = Shop::new(SPLIT);
    shop.join("old", None);
    shop.join("new", None);
    let agent = r#""member":"old","territory":"330199""#;
    for (kind, fields, code) in [
        ("agent.appoint", format!(r#"{agent},"level":"city""#), "no_agents"),
        ("agent.dismiss", agent.to_owned(), "no_agents"),
        ("shareholder.set", r#""member":"old","weight":"1""#.to_owned(), "no_dividend"),
        ("shareholder.set", r#""member":"old","weight":"1000001""#.to_owned(), "limit_reached"),
    ] {
        assert_eq!(shop.refused(kind, &fields), code, "{kind} {fields}");
    }
    shop.ok("member.bind", r#""member":"new","referrer":"old""#);
    shop.ok("member.suspend", r#""member":"new","reason":"x""#);
    assert!(shop.member("new").suspended);
    shop.audit();
}

/// EMIT-1: who gets a part of the buyer's value units is recorded at payment too, without `[commission]`.
#[test]
fn comm_0_value_referrals_as_of_payment() {
    let mut shop =
        Shop::new("cost = \"50%\"\n[value]\ngrant_ratio = \"10%\"\nreferral = [\"50%\", \"0%\", \"20%\"]\n");
    for (member, referrer) in [("g3", None), ("g2", Some("g3")), ("g1", None), ("b", Some("g1"))] {
        shop.join(member, referrer);
    }
    shop.pay("before", "b", "100.00", "");
    shop.ok("member.bind", r#""member":"g1","referrer":"g2""#);
    shop.pay("after", "b", "100.00", "");
    assert!(shop.engine.order_commissions("after").is_empty(), "value units are no commission");
    let units = |shop: &Shop| ["g1", "g2", "g3"].map(|member| shop.member(member).value_units.to_string());
    shop.receive("before");
    assert_eq!(units(&shop), ["5", "0", "0"]);
    shop.receive("after");
    assert_eq!(units(&shop), ["10", "0", "2"]);
    shop.audit();
}

/// Something that changes who earns.
#[derive(Clone, Debug)]
enum Step {
    Join(usize),
    Bind(usize, usize),
    Suspend(usize),
    Resume(usize),
    Buy(usize, u32),
    NextDay,
    Refund(usize, u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_usize..40).prop_map(Step::Join),
        2 => (0_usize..40, 0_usize..40).prop_map(|(member, above)| Step::Bind(member, above)),
        1 => (0_usize..40).prop_map(Step::Suspend),
        1 => (0_usize..40).prop_map(Step::Resume),
        4 => (0_usize..40, 1_u32..60_000).prop_map(|(member, fen)| Step::Buy(member, fen)),
        2 => Just(Step::NextDay),
        2 => (0_usize..40, 1_u32..60_000).prop_map(|(order, fen)| Step::Refund(order, fen)),
    ]
}

const RICH: &str = "[commission]\ncap = \"37%\"\n[commission.direct]\nrate = \"10%\"\n[commission.indirect]\nrate = \"5%\"\n[commission.differential]\n[commission.peer]\nrates = [\"50%\", \"30%\"]\n";

/// Runs the steps; members are `m0`, `m1`, …, orders `o0`, `o1`, …, all settled at once.
fn run(shop: &mut Shop, steps: &[Step]) -> u32 {
    let (mut members, mut orders) = (1_usize, 0_u32);
    shop.join("m0", None);
    for step in steps {
        match step {
            Step::Join(above) => {
                let referrer = format!("m{}", above % (members + 1));
                let referrer = (above % (members + 1) < members).then_some(referrer);
                shop.join(&format!("m{members}"), referrer.as_deref());
                members += 1;
            }
            Step::Bind(member, above) => {
                let fields = format!(r#""member":"m{}","referrer":"m{}""#, member % members, above % members);
                shop.send("member.bind", &fields);
            }
            Step::Suspend(member) => {
                shop.send("member.suspend", &format!(r#""member":"m{}","reason":"x""#, member % members));
            }
            Step::Resume(member) => {
                shop.send("member.resume", &format!(r#""member":"m{}""#, member % members));
            }
            Step::Buy(member, fen) => {
                shop.buy(&format!("o{orders}"), &format!("m{}", member % members), &yuan(i64::from(*fen)));
                orders += 1;
            }
            Step::NextDay => shop.next_day(),
            Step::Refund(order, fen) => {
                if let Some(order) = order.checked_rem(usize::try_from(orders).expect("small")) {
                    let refund = format!("x{}", shop.events.len());
                    let amount = yuan(i64::from(*fen));
                    shop.send("order.refund", &format!(
                        r#""refund":"{refund}","order":"o{order}","lines":[{{"line":"1","amount":"{amount}"}}]"#
                    ));
                }
            }
        }
    }
    orders
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// COMM-2, COMM-6: whatever the tree, all items together get at most the cap and the leg, the chain at most the top
    /// rate; the invariants (pointers, volumes, receivables) hold after every step and the journal can be decided again.
    #[test]
    fn no_order_pays_more_than_it_may(steps in prop::collection::vec(step(), 1..60), lines in prop::collection::vec(1_u32..50_000, 1..5)) {
        let mut shop = Shop::new(&format!("{SPLIT}{RICH}{}", ladder(&[3, 8, 8, 20])));
        run(&mut shop, &steps);
        let text: Vec<String> = lines.iter().enumerate().map(|(n, fen)| {
            format!(r#"{{"line":"{n}","amount":"{}"}}"#, yuan(i64::from(*fen)))
        }).collect();
        let last = shop.engine.member_count() - 1;
        shop.ok("order.pay", &format!(r#""order":"last","member":"m{last}","lines":[{}]"#, text.join(",")));
        let paid = shop.engine.order_commissions("last");
        let base: i64 = lines.iter().map(|fen| i64::from(*fen)).sum();
        let leg: i64 = lines.iter().map(|fen| i64::from(*fen) * 60 / 100).sum();
        let sum = |kind| paid.iter().filter(|paid| paid.kind == kind).map(|paid| paid.amount.minor()).sum::<i64>();
        prop_assert!(paid.iter().map(|paid| paid.amount.minor()).sum::<i64>() <= (base * 37 / 100).min(leg));
        prop_assert!(sum(CommissionKind::Differential) <= lines.iter().map(|fen| i64::from(*fen) * 20 / 100).sum::<i64>());
        shop.ok("order.receive", r#""order":"last""#);
        shop.audit();
    }

    /// ORDER-5, ORDER-6: refunds in any sizes leave what a smaller purchase would have left. Before settlement every account
    /// is equal; after it every member has the same, less what it owes.
    #[test]
    fn refunds_leave_what_a_smaller_purchase_leaves(
        steps in prop::collection::vec(step(), 1..40),
        amount in 2_i64..100_000,
        shares in prop::collection::vec(1_i64..100, 1..5),
        late in any::<bool>(),
    ) {
        let plan = format!("{SPLIT}{RICH}{}", ladder(&[3, 8, 8, 20]));
        let mut shop = Shop::new(&plan);
        run(&mut shop, &steps);
        let last = format!("m{}", shop.engine.member_count() - 1);
        let whole: i64 = shares.iter().sum();
        let parts: Vec<i64> = shares.iter().map(|share| (amount - 1) * share / whole).filter(|part| *part > 0).collect();
        let mut small = Shop::of(shop.engine.plan().clone());
        run(&mut small, &steps);
        small.buy("last", &last, &yuan(amount - parts.iter().sum::<i64>()));
        shop.pay("last", &last, &yuan(amount), "");
        if late {
            shop.receive("last");
        }
        for part in &parts {
            shop.refund("last", &yuan(*part));
        }
        if !late {
            shop.receive("last");
            let found: Vec<_> = shop.engine.accounts().collect();
            prop_assert_eq!(found, small.engine.accounts().collect::<Vec<_>>());
        }
        for (member, other) in shop.engine.members().zip(small.engine.members()) {
            let net = |view: &ratchet_engine::engine::MemberView<'_>| view.cash.minor() - view.receivable.minor();
            prop_assert_eq!(net(&member), net(&other), "{}", member.id);
        }
        let same = |found: Outcome| matches!(found, Outcome::Applied { .. });
        prop_assert!(same(shop.send("time.advance", "")) && shop.engine.commissions().eq(small.engine.commissions()));
    }
}
