//! What the people of a scenario do, each behaviour by its effect, and runs against closed forms.

use std::collections::BTreeMap;

use ratchet_engine::command::Command;
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::id::MemberNo;
use ratchet_engine::time::Timestamp;
use ratchet_sim::scenario::Scenario;
use ratchet_sim::simulate::{self, RunResult, Simulation};

use crate::scenario::{BASE, parse};
use crate::{preset, read, root};

/// A run of a scenario under its first plan.
fn play(scenario: &Scenario, seed: u64) -> (RunResult, Engine) {
    Simulation::new(scenario, &scenario.plans[0].plan, seed, 0).finish(&mut |_, _, _| {})
}

fn play_text(text: &str) -> (RunResult, Engine) {
    play(&parse(text), 1)
}

/// The base with more sections; settlement at once.
fn with(more: &str) -> String {
    format!("{BASE}\n[set]\n\"settlement.after_sale_days\" = 0\n{more}\n")
}

/// Orders of ¥1,000, one a day, nobody sells or exits.
fn equal_orders(days: u32) -> Scenario {
    let text = with("\"pool.exit.multiple\" = 1000")
        .replace("days = 20", &format!("days = {days}"))
        .replace("points = 20", "points = 1")
        .replace("daily = 5", "daily = 1");
    parse(&text)
}

/// The first buyer's points are worth 1×, 2×, 3× its spend at orders 76, 768 and 2,965; the price grows as n^0.3.
#[test]
fn equal_orders_follow_the_closed_forms() {
    let scenario = equal_orders(3_000);
    let mut simulation = Simulation::new(&scenario, &scenario.plans[0].plan, 1, 0);
    let mut reached = Vec::new();
    let mut prices = BTreeMap::new();
    while simulation.step(&mut |_, _, _| {}) {
        let engine = simulation.engine();
        // The order of today settles with tomorrow's first command, or now at once.
        let points = engine.member_at(MemberNo(0)).unwrap().points;
        let gross = engine.quote(points).unwrap().gross.minor();
        if gross >= 100_000 * (reached.len() as i64 + 1) {
            reached.push(simulation.day());
        }
        prices.insert(simulation.day(), engine.price().display(2));
    }
    assert_eq!(reached, [76, 768, 2_965]);
    assert_eq!(prices[&1], "1.428571428571");
    assert_eq!(prices[&3], "1.867413632119");
    let price = |day| prices[&day].parse::<f64>().unwrap();
    // (1 + 1/n)^-0.3 per step: the ratio over a factor of ten tends to 10^0.3 = 1.99526.
    let ratio = price(3_000) / price(300);
    assert!((ratio - 10_f64.powf(0.3)).abs() < 0.002, "{ratio}");
}

/// The golden numbers of 100,000 equal buyers, through a scenario.
#[test]
fn a_hundred_thousand_buyers_give_the_golden_numbers() {
    for (multiple, exits, paid_out, pool) in
        [(3, 14, 3_360_015, 2_996_639_985_i64), (2, 57, 9_120_078, 2_990_879_922)]
    {
        let text = with(&format!("\"pool.exit.multiple\" = {multiple}"))
            .replace("days = 20\npoints = 20", "days = 1")
            .replace("daily = 5\ndrawn = false", "kind = \"list\"\nlist = [100000]");
        let (result, _) = play_text(&text);
        assert_eq!(result.end("members"), 100_000);
        assert_eq!(
            [result.end("exits"), result.end("paid_out"), result.end("pool")],
            [exits, paid_out, pool]
        );
        assert_eq!(result.end("bounds_held"), 1);
    }
}

/// Steady churn: everybody buys, holds a while and sells. Together they recover exactly the pool share, 30 %, where nothing is
/// retained, and never more where it is.
#[test]
fn steady_churn_recovers_exactly_the_pool_share() {
    let churn = |retention: &str| {
        let text = with(&format!("\"pool.retention\" = \"{retention}\"\n\"pool.exit.multiple\" = 1000"))
            .replace("days = 20\npoints = 20", "days = 300")
            .replace("daily = 5", "daily = 20\nstop_after_days = 200");
        play_text(&format!("{text}[selling.random]\ndaily = \"20%\"\n")).0
    };
    let free = churn("0%");
    assert_eq!(free.end("members"), 4_000);
    assert_eq!(free.end("supply"), 0, "everybody has sold");
    assert_eq!(free.end("cash") + free.end("residual"), free.end("contributions"));
    assert_eq!(free.end("contributions") * 10, free.end("spent") * 3);
    assert!((299_999..=300_000).contains(&free.end("together_ppm")), "{}", free.end("together_ppm"));
    let kept = churn("20%");
    assert_eq!(kept.end("cash") + kept.end("residual") + kept.end("pool"), kept.end("contributions"));
    assert!((290_000..300_000).contains(&kept.end("together_ppm")), "{}", kept.end("together_ppm"));
}

/// SIM-2: what a behaviour cannot do is refused, counted and changes nothing.
#[test]
fn refusals_are_counted() {
    // Points come seven days after receipt; who sells after one day has none.
    let more =
        "[fraud.pump]\nshare = \"100%\"\namount = \"500.00\"\nsell_after_days = 1\nrefund_after_days = 30\n";
    let (result, _) = play_text(&format!("{BASE}{more}"));
    assert_eq!(result.end("refused"), 5 * 19);
    assert_eq!(result.end("sales"), 0);
    assert_eq!(result.end("bounds_held"), 1);
}

/// SIM-3
#[test]
fn settings_change_the_plan() {
    let (slow, _) = play_text(BASE);
    let (fast, engine) = play_text(&with(""));
    assert_eq!(engine.plan().settlement.after_sale_days, 0);
    assert!(
        engine.plan().source.contains("after_sale_days = 0"),
        "the text that a journal stores says it too"
    );
    assert_eq!(slow.day(0, "pool"), 0);
    assert!(fast.day(0, "pool") > 0);
}

/// SIM-4, SIM-22: other plans, other behaviours, the same people.
#[test]
fn the_people_are_the_same_under_every_plan_and_behaviour() {
    let text = BASE
        .replace(
            "[spending.fixed]\namount = \"1000.00\"",
            "[spending.lognormal]\nmedian = \"118.00\"\n[repeat]\nagain = \"70%\"\nevery_days = 3",
        )
        .replace("drawn = false\n", "");
    let spends = |text: &str| -> Vec<i64> {
        play_text(text).1.member_flows().map(|(spent, _)| spent.minor()).collect()
    };
    let plain = spends(&text);
    assert!(plain.len() > 60);
    assert_eq!(spends(&text.replace("value-growth", "value-growth-hardened")), plain);
    assert_eq!(spends(&format!("{text}[selling.random]\ndaily = \"5%\"\n")), plain);
    assert_eq!(spends(&format!("{text}[referral]\ninvited = \"50%\"\n")), plain);
    // A ring takes the place of those who open one, and nobody else changes.
    let ringed = spends(&format!("{text}[fraud.ring]\nshare = \"10%\"\nsize = 3\namount = \"777.77\"\n"));
    let mut honest = ringed.iter().filter(|spent| **spent != 77_777);
    assert!(ringed.len() > honest.clone().count());
    let mut left = plain.iter();
    assert!(
        honest.all(|spent| left.any(|other| other == spent)),
        "what honest members spend is unchanged, in the same order"
    );
    // Another seed, other people.
    let other: Vec<i64> = play(&parse(&text), 2).1.member_flows().map(|(spent, _)| spent.minor()).collect();
    assert_ne!(other, plain);
}

/// SIM-5: times rise, lie within the day, and things of one day come in their order.
#[test]
fn a_day_has_its_order() {
    let text = with(
        "[repeat]\nagain = \"50%\"\nevery_days = 3\n[selling.random]\ndaily = \"10%\"\n[refunds]\nshare = \"20%\"\n[withdrawing]\nevery_days = 2\n[[funding]]\nday = 3\namount = \"10.00\"",
    );
    let scenario = parse(&text);
    let mut seen: Vec<(Timestamp, &'static str)> = Vec::new();
    Simulation::new(&scenario, &scenario.plans[0].plan, 1, 0).finish(&mut |_, envelope, outcome| {
        if matches!(outcome, Outcome::Applied { .. }) {
            seen.push((envelope.at, envelope.command.type_name()));
        }
    });
    assert!(seen.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let hour = 3_600_000_000_i64;
    let rank = |name: &str| match name {
        "pool.inject" => 0,
        "order.pay" | "order.receive" | "member.join" => 1,
        "order.refund" => 2,
        "points.sell" => 3,
        "wallet.withdraw" | "wallet.approve" | "wallet.sent" | "wallet.paid" => 4,
        "time.advance" => 5,
        other => panic!("{other}"),
    };
    let mut last = (0, 0);
    for (at, name) in seen.iter().filter(|(_, name)| *name != "time.advance") {
        let local = at.us() + 8 * hour;
        let (day, of_day) = (local / (24 * hour), local % (24 * hour));
        assert!((8 * hour..=23 * hour).contains(&of_day), "{at} {name}");
        assert!((day, rank(name)) >= last, "{at} {name}");
        last = (day, rank(name));
    }
    for name in ["pool.inject", "order.refund", "points.sell", "wallet.paid"] {
        assert!(seen.iter().any(|(_, seen)| *seen == name), "{name}");
    }
}

/// SIM-6: the shapes of arrival, exact ones to the head.
#[test]
fn people_come_as_the_shape_says() {
    let arrivals = |shape: &str| -> Vec<i64> {
        let (result, _) = play_text(&BASE.replace("daily = 5\ndrawn = false", shape));
        let members: Vec<i64> = (0..20).map(|day| result.day(day, "members")).collect();
        members.iter().scan(0, |before, now| Some(now - std::mem::replace(before, *now))).collect()
    };
    assert_eq!(arrivals("daily = \"2.5\"\ndrawn = false")[..4], [2, 3, 2, 3]);
    assert_eq!(arrivals("kind = \"list\"\nlist = [3, 0, 7]")[..4], [3, 0, 7, 0]);
    let stopped = arrivals("daily = 4\ndrawn = false\nstop_after_days = 3");
    assert_eq!(stopped[..5], [4, 4, 4, 0, 0]);
    // 100 % in 30 days, daily compounded: 1.0333^19 = 1.864 times as many.
    let growth = arrivals("kind = \"growth\"\ndaily = 100\nrate = \"100%\"\ndrawn = false");
    assert_eq!((growth[0], growth[1]), (100, 103));
    assert!((185..=188).contains(&growth[19]), "{growth:?}");
    let decline = arrivals("kind = \"decline\"\ndaily = 100\nrate = \"100%\"\ndrawn = false");
    assert!((51..=54).contains(&decline[19]), "{decline:?}");
    // Word of mouth in a town of 100: nobody is left to come.
    let town = arrivals("kind = \"logistic\"\ndaily = 20\nrate = \"100%\"\ncapacity = 100\ndrawn = false");
    assert_eq!(town[0], 20);
    assert!(town.iter().sum::<i64>() <= 100 && town.iter().sum::<i64>() >= 95 && town[19] <= 1, "{town:?}");
    // Drawn numbers differ from day to day and keep their mean.
    let drawn = arrivals("daily = 50");
    let sum: i64 = drawn.iter().sum();
    assert!((880..1_120).contains(&sum) && drawn.iter().any(|count| *count != drawn[0]), "{drawn:?}");
}

/// Amounts of all orders, in their order.
fn amounts(text: &str) -> Vec<(String, i64)> {
    let scenario = parse(text);
    let mut paid = Vec::new();
    Simulation::new(&scenario, &scenario.plans[0].plan, 1, 0).finish(&mut |_, envelope, _| {
        if let Command::OrderPay { terms: Some(terms), .. } = &envelope.command {
            paid.push((terms.member.as_str().to_owned(), terms.lines[0].amount.minor()));
        }
    });
    paid
}

/// SIM-7: amounts, and copies of real customers.
#[test]
fn amounts_are_of_their_kind() {
    let many = BASE.replace("daily = 5", "daily = 200");
    let of = |kind: &str| {
        let mut amounts: Vec<i64> = amounts(&many.replace("[spending.fixed]\namount = \"1000.00\"", kind))
            .into_iter()
            .map(|(_, amount)| amount)
            .collect();
        amounts.sort_unstable();
        amounts
    };
    assert!(of("[spending.fixed]\namount = \"12.34\"").iter().all(|amount| *amount == 1_234));
    let normal = of("[spending.lognormal]\nmedian = \"100.00\"\nspread = \"0.5\"\nmember_spread = \"0\"");
    let median = normal[normal.len() / 2];
    assert!((9_600..10_400).contains(&median), "{median}");
    // One standard deviation up: e^0.5 = 1.65.
    let upper = normal[normal.len() * 841 / 1_000];
    assert!((15_600..17_400).contains(&upper), "{upper}");
    let tail = of("[spending.pareto]\nsmallest = \"50.00\"\ntail = \"1.5\"");
    assert!(tail[0] >= 5_000);
    // The median of a Pareto with tail 1.5 is 2^(2/3) = 1.587 times the smallest; one in a hundred is above 100^(2/3) = 21.5 times.
    assert!((7_700..8_200).contains(&tail[tail.len() / 2]), "{}", tail[tail.len() / 2]);
    assert!((85_000..135_000).contains(&tail[tail.len() * 99 / 100]), "{}", tail[tail.len() * 99 / 100]);
    let cut = of(
        "[spending]\nsmallest = \"60.00\"\nlargest = \"70.00\"\n[spending.pareto]\nsmallest = \"50.00\"\ntail = \"1.5\"",
    );
    assert_eq!((cut[0], cut[cut.len() - 1]), (6_000, 7_000));
    // Copies: 10, 20, 30 with four days and one day between, or 77 alone.
    let copies = amounts(
        &BASE.replace("[spending.fixed]\namount = \"1000.00\"", "[spending.orders]\nfile = \"orders.csv\""),
    );
    let mut of_member: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    copies.iter().for_each(|(member, amount)| of_member.entry(member).or_default().push(*amount));
    let whole = of_member.values().filter(|of| **of == [1_000, 2_000, 3_000]).count();
    let single = of_member.values().filter(|of| **of == [7_700]).count();
    assert!(whole > 10 && single > 20, "{of_member:?}");
    assert!(of_member.values().all(|of| [1_000, 2_000, 3_000].starts_with(of) || *of == [7_700]));
}

/// SIM-8
#[test]
fn members_buy_again() {
    let regular = "[repeat]\nagain = \"100%\"\nevery_days = 5\ninterval = \"regular\"\nmost = 3\n";
    let (result, _) = play_text(&format!("{BASE}{regular}"));
    // Of 100 members those of the first 10 days buy three times, those of the next 5 twice.
    assert_eq!(result.end("orders"), 50 * 3 + 25 * 2 + 25);
    let random = BASE
        .replace("days = 20\npoints = 20", "days = 400")
        .replace("drawn = false", "drawn = false\nstop_after_days = 200");
    let (result, _) = play_text(&format!("{random}[repeat]\nagain = \"50%\"\nevery_days = 5\n"));
    // Geometric with mean 2.
    assert!((1_900..2_100).contains(&result.end("orders")), "{}", result.end("orders"));
}

/// Who invited whom, by number.
fn tree(more: &str) -> Vec<Option<u32>> {
    let (_, engine) = play_text(&format!("{}{more}", BASE.replace("daily = 5", "daily = 50")));
    engine.members().map(|member| member.referrer.map(|referrer| referrer.0)).collect()
}

/// SIM-9
#[test]
fn inviters_are_found_as_the_scenario_says() {
    assert!(tree("").iter().all(Option::is_none));
    let chain = tree("[referral]\ninvited = \"100%\"\n[referral.chain]\n");
    assert!(chain.iter().enumerate().skip(1).all(|(member, referrer)| *referrer == Some(member as u32 - 1)));
    let half = tree("[referral]\ninvited = \"50%\"\n");
    let invited = half.iter().flatten().count();
    assert!((430..570).contains(&invited), "{invited}");
    let most = |tree: &[Option<u32>]| {
        let mut counts = BTreeMap::new();
        tree.iter().flatten().for_each(|referrer| *counts.entry(*referrer).or_insert(0) += 1);
        (counts.values().copied().max().unwrap_or(0), counts.len())
    };
    let (uniform, preferential) = (
        tree("[referral]\ninvited = \"100%\"\n[referral.uniform]\n"),
        tree("[referral]\ninvited = \"100%\"\n[referral.preferential]\n"),
    );
    assert!(most(&preferential).0 > 2 * most(&uniform).0, "{:?} {:?}", most(&preferential), most(&uniform));
    let few = tree("[referral]\ninvited = \"100%\"\ninviters = \"10%\"\n[referral.uniform]\n");
    assert!(most(&few).1 < 140, "{:?}", most(&few));
}

/// 60 days of growth, then nobody, and how many sold by choice before and after.
fn sales(selling: &str) -> (i64, i64, RunResult) {
    let text = with("").replace("days = 20\npoints = 20", "days = 120\npoints = 2").replace(
        "daily = 5\ndrawn = false",
        "kind = \"growth\"\ndaily = 5\nrate = \"50%\"\ndrawn = false\nstop_after_days = 60",
    );
    let (result, _) = play_text(&format!("{text}{selling}"));
    (result.day(0, "sales"), result.end("sales") - result.day(0, "sales"), result)
}

/// SIM-10: each kind of seller.
#[test]
fn sellers_sell_as_their_kind_does() {
    let (before, after, _) = sales("[selling.never]\n");
    assert_eq!((before, after), (0, 0));
    let (before, after, result) = sales("[selling.random]\ndaily = \"2%\"\n");
    // Of about 530 members, 1 − 0.98^60 = 70 % of those who are left sell in the second half.
    assert!(before > 50 && after > 100, "{before} {after}");
    assert!(result.end("members") > 450);
    // Nobody panics while more and more come; afterwards nearly everybody does.
    let (before, after, result) =
        sales("[selling.panic]\nwindow_days = 7\nfall = \"50%\"\ndaily = \"30%\"\n");
    assert_eq!(before, 0);
    assert!(after > result.end("members") * 95 / 100, "{after}");
    // The herd: the more follow, the more sell; without followers it is the base chance.
    let all = |selling: &str| sales(selling).2.end("sales");
    let alone = all("[selling.herd]\ndaily = \"0.2%\"\nfollow = \"0%\"\n");
    let herd = all("[selling.herd]\ndaily = \"0.2%\"\nfollow = \"100%\"\n");
    assert!(alone > 10 && herd > 4 * alone, "{alone} {herd}");
    // At a multiple of 0.3 net only early buyers sell; a weight of zero is nobody.
    let (before, after, result) = sales("[selling.at_multiple]\nmultiple = \"0.3\"\n");
    assert!(before + after > 10 && before + after < result.end("members"), "{before} {after}");
    let (before, after, _) =
        sales("[selling.at_multiple]\nmultiple = \"0.3\"\nweight = 0\n[selling.never]\n");
    assert_eq!((before, after), (0, 0));
}

/// SIM-10: at a multiple nobody is forgotten, and nobody sells below it.
#[test]
fn at_a_multiple_everybody_is_asked_every_evening() {
    let text = with("").replace("days = 20", "days = 60");
    let scenario = parse(&format!("{text}[selling.at_multiple]\nmultiple = \"0.4\"\n"));
    let mut simulation = Simulation::new(&scenario, &scenario.plans[0].plan, 1, 0);
    let mut sold = 0;
    while simulation.step(&mut |engine, envelope, _| {
        sold += usize::from(matches!(envelope.command, Command::PointsSell { .. }));
        let _ = engine;
    }) {
        let waits = simulation.engine().members().any(|member| {
            !member.points.is_zero() && member.net_value.as_u128() * 10 >= 4 * member.cap_base.as_u128()
        });
        assert!(!waits, "day {}", simulation.day());
    }
    assert!(sold > 5);
}

/// SIM-11
#[test]
fn those_without_points_come_back() {
    let (_, _, without) = sales("[selling.random]\ndaily = \"5%\"\n");
    let (_, _, with) =
        sales("[selling.random]\ndaily = \"5%\"\n[reentry]\nshare = \"100%\"\nafter_days = 3\n");
    assert_eq!(without.end("reentries"), 0);
    assert!(with.end("reentries") > 200, "{}", with.end("reentries"));
    assert!(with.end("orders") > without.end("orders") + 150);
    assert_eq!(with.end("members"), without.end("members"));
}

/// The base under the plan with releases and merchants.
fn shared(more: &str) -> (RunResult, Engine) {
    let text = BASE.replace("value-growth", "shared-purchase").replace("days = 20", "days = 40");
    play_text(&format!("{text}\n[set]\n\"settlement.after_sale_days\" = 0\n{more}\n"))
}

/// SIM-12
#[test]
fn tasks_are_done_by_the_diligent() {
    let released = |tasks: &str| shared(tasks).0.end("cash");
    let (idle, some, all) =
        (released(""), released("[tasks.occasional]\ndaily = \"30%\""), released("[tasks.diligent]"));
    assert_eq!(idle, 0);
    assert!(some > all / 5 && some < all / 2, "{some} {all}");
    let half = released("[tasks.diligent]\n[tasks.idle]");
    assert!(half > all / 3 && half < all * 2 / 3, "{half} {all}");
}

/// SIM-13
#[test]
fn merchants_open_and_tip() {
    let (result, engine) =
        shared("[tasks.diligent]\n[merchants]\nshare = \"20%\"\ntips_daily = \"50%\"\ntip_value = 1");
    let merchants = engine.merchants().count() as i64;
    assert!((20..60).contains(&merchants), "{merchants}");
    // Each bought its activation pack besides.
    assert_eq!(result.end("orders"), result.end("members") + merchants);
    let tips = engine.merchant_totals();
    assert!(
        format!("{tips:?}") != format!("{:?}", shared("").1.merchant_totals()),
        "some tips were given: {tips:?}"
    );
    assert_eq!(shared("").1.merchants().count(), 0);
}

/// SIM-14
#[test]
fn orders_are_sent_back() {
    let (none, _) = play_text(BASE);
    let (some, _) = play_text(&format!("{BASE}[refunds]\nshare = \"50%\"\nafter_days = 1\n"));
    assert_eq!(none.end("refunds"), 0);
    assert!((30..60).contains(&some.end("refunds")), "{}", some.end("refunds"));
    assert_eq!(some.end("spent"), none.end("spent") - 100_000 * some.end("refunds"));
}

/// SIM-15: wash orders buy nothing, rings are one chain, who pumps takes money that the operator owes.
#[test]
fn frauds_do_what_is_said_of_them() {
    let (plain, _) = play_text(BASE);
    let (wash, _) = play_text(&format!(
        "{BASE}[fraud.wash]\nshare = \"100%\"\nevery_days = 2\namount = \"500.00\"\nrefund_after_days = 1\n"
    ));
    assert_eq!(wash.end("fraud_members"), 100);
    assert!(wash.end("orders") > 500 && wash.end("refunds") > 400);
    // What was sent back before settlement leaves nothing: the pool is what the first orders made it.
    assert!(
        wash.end("contributions") - plain.end("contributions") <= 15_000 * 50,
        "only wash orders of the last day settle"
    );
    let ring = "[fraud.ring]\nshare = \"100%\"\nsize = 4\namount = \"500.00\"\n";
    let (result, engine) = play_text(&format!("{BASE}{ring}"));
    assert_eq!((result.end("members"), result.end("fraud_members")), (400, 400));
    let above: Vec<Option<u32>> =
        engine.members().take(4).map(|member| member.referrer.map(|no| no.0)).collect();
    assert_eq!(above, [None, Some(0), Some(1), Some(2)]);
    let pump = with(
        "[fraud.pump]\nshare = \"10%\"\namount = \"5000.00\"\nsell_after_days = 1\nrefund_after_days = 3\n",
    );
    let (result, _) = play_text(&pump.replace("days = 20", "days = 40"));
    assert!(result.end("fraud_members") > 5);
    assert!(
        result.end("fraud_cash") > 0 && result.end("fraud_spent") < 500_000 * result.end("fraud_members")
    );
    assert!(
        result.end("fraud_cash") > result.end("fraud_spent") * 3 / 10,
        "more than the pool share of what they kept"
    );
}

/// SIM-16
#[test]
fn funding_rounds_enter_the_pool() {
    let (result, _) = play_text(&with(
        "[[funding]]\nday = 5\namount = \"1000.00\"\nsource = \"a\"\n[[funding]]\nday = 1\namount = \"9.00\"",
    ));
    // On the first day nobody holds points yet: refused.
    assert_eq!((result.end("injected"), result.end("refused")), (100_000, 1));
    assert_eq!((result.day(3, "injected"), result.day(4, "injected")), (0, 100_000));
}

/// SIM-17, SIM-18
#[test]
fn a_pool_that_is_taken_leaves_what_was_withdrawn() {
    let text = with("").replace("days = 20\npoints = 20", "days = 60\npoints = 60")
        + "[selling.random]\ndaily = \"5%\"\n[withdrawing]\nevery_days = 7\nsmallest = \"5.00\"\n";
    let (fine, engine) = play_text(&text);
    assert!(fine.end("withdrawals") > 30);
    assert_eq!(fine.end("lost"), 0);
    // Whoever sold more than a week before the end has an empty wallet.
    let in_wallets: i64 = engine.members().map(|member| member.cash.minor()).sum();
    assert!(in_wallets < fine.end("cash") / 3);
    let (failed, engine) = play_text(&format!("{text}[failure]\nday = 31\nunnoticed_days = 5\n"));
    assert_eq!(failed.days.len(), 35);
    // The same people until then.
    assert_eq!(failed.day(27, "pool"), fine.day(27, "pool"));
    assert_eq!(failed.end("members"), 35 * 5);
    assert_eq!(failed.day(34, "sales"), failed.day(29, "sales"));
    assert_eq!(failed.end("cash"), failed.day(29, "cash"));
    assert!(failed.end("cash") < fine.day(29, "cash"), "what was not withdrawn does not count");
    let shown: i64 = engine
        .members()
        .map(|member| {
            member.cash.minor() + member.reconsume.minor() + member.hold.minor() + member.net_value.minor()
        })
        .sum();
    assert_eq!(failed.end("lost"), shown);
    assert_eq!(failed.end("held"), 0);
    assert_eq!(failed.end("together_ppm"), failed.end("cash") * 1_000_000 / failed.end("spent"));
}

/// SIM-33: from the decision on nobody buys; at the end the whole pool is the members', without a fee.
#[test]
fn an_orderly_end_pays_the_pool_out() {
    let text = with("").replace("days = 20\npoints = 20", "days = 60\npoints = 60")
        + "[selling.random]\ndaily = \"2%\"\n[refunds]\nshare = \"5%\"\n";
    let (fine, _) = play_text(&text);
    let (ended, engine) = play_text(&format!("{text}[wind_down]\nday = 31\ncloses_after_days = 10\n"));
    assert_eq!(engine.wind_down_phase().0, ratchet_engine::wind_down::WindDownPhase::Done);
    assert_eq!((ended.days.len(), ended.day(40, "pool")), (60, 0));
    // The same people until then, and nobody afterwards.
    assert_eq!(ended.day(29, "cash"), fine.day(29, "cash"));
    assert_eq!((ended.end("members"), ended.end("orders")), (30 * 5, ended.day(29, "orders")));
    assert!(ended.day(39, "sales") > ended.day(29, "sales"), "sales go on until the end");
    assert_eq!([ended.end("pool"), ended.end("held"), ended.end("supply"), ended.end("residual")], [0; 4]);
    assert_eq!(ended.end("cash"), ended.day(39, "cash") + ended.day(39, "pool"));
    assert_eq!(ended.end("bounds_held"), 1);
    // What was to settle after the decision goes to the buyer instead of the pool.
    let slow = text.replace("\"settlement.after_sale_days\" = 0", "\"settlement.after_sale_days\" = 7");
    let (slow, engine) = play_text(&format!("{slow}[wind_down]\nday = 31\ncloses_after_days = 10\n"));
    assert_eq!([slow.end("pool"), slow.end("supply"), slow.end("bounds_held")], [0, 0, 1]);
    assert!(engine.members().all(|member| member.points.is_zero()));
}

/// SIM-25: a scenario goes on from a history.
#[test]
fn a_scenario_continues_a_history() {
    let orders = read(
        "order_id,member_id,ordered_at,amount\n1,a,2026-03-01,100.00\n2,b,2026-03-02,200.00\n3,m1,2026-03-02,50.00\n",
    );
    let backtest =
        crate::run(preset("value-growth.toml", 0), &orders, ratchet_sim::selling::Selling::Never, 1);
    let scenario = parse(&format!(
        "{BASE}[repeat]\nagain = \"100%\"\nevery_days = 2\n[selling.random]\ndaily = \"10%\"\n"
    ));
    let start = backtest.engine.now();
    let simulation = Simulation::continuing(&scenario, backtest.engine.fork(), 1, 0, "fork-");
    let mut first = None;
    let (result, engine) = simulation.finish(&mut |_, envelope, _| {
        first.get_or_insert(envelope.at);
    });
    assert!(first.unwrap() > start);
    assert_eq!(result.end("members"), 103);
    // Those who were there buy and sell on; new ids do not meet old ones.
    assert!(engine.member("a").unwrap().spent > backtest.engine.member("a").unwrap().spent);
    assert!(engine.member("fork-m4").is_some() && engine.member("m4").is_none());
    assert!(result.end("sales") > 0);
    // The same fork again is the same.
    let again =
        Simulation::continuing(&scenario, backtest.engine.fork(), 1, 0, "fork-").finish(&mut |_, _, _| {});
    assert_eq!(again.0, result);
    assert_eq!(again.1.digest(), engine.digest());
}

/// SIM-26: in every run of every example the bounds hold; a run is the same again.
#[test]
fn bounds_hold_in_every_example() {
    for entry in std::fs::read_dir(root().join("scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap().replace("days = 365", "days = 200");
        let text = text.replace("day = 240", "day = 150");
        let scenario = parse(&text);
        for plan in 0..scenario.plans.len() {
            for run in 0..2 {
                let result = simulate::run(&scenario, plan, 9, run);
                assert_eq!(result.end("bounds_held"), 1, "{} {plan} {run}", path.display());
                assert!(result.end("cash") >= 0 && result.end("members") > 100);
                let outcomes: i64 = [0, 10, 20, 30, 40, 50, 75, 100, 150, 200, 300]
                    .iter()
                    .map(|from| result.end(&format!("outcome_{from}")))
                    .sum();
                assert_eq!(outcomes, result.end("buyers"));
            }
        }
        assert_eq!(simulate::run(&scenario, 0, 9, 1), simulate::run(&scenario, 0, 9, 1));
        assert_ne!(simulate::run(&scenario, 0, 9, 0).end, simulate::run(&scenario, 0, 9, 1).end);
    }
}
