//! Hand-worked examples, behind `#[cfg(test)]`.

use super::*;

fn yuan(yuan: i64) -> Money {
    Money::from_minor(yuan * 100).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn points(points: &str) -> Points {
    Points::parse(points).unwrap()
}

fn plan() -> Plan {
    let source = "[programme]\nname = { zh = \"例\", en = \"example\" }\n[split]\ncost = \"30%\"\npool = \"30%\"\n\
                  commission = \"30%\"\n[settlement]\nafter_sale_days = 0\n[pool]\nmint_ratio = \"70%\"\n";
    Plan::parse("example.toml", source).unwrap()
}

/// Four orders of ¥1,000 settled, the first buyer's points sold for ¥300 net (gross ¥375, ¥75 kept).
fn totals() -> Totals {
    Totals {
        orders: 4,
        members: 5,
        pool: yuan(900),
        supply: points("500"),
        contributions: yuan(1200),
        paid_out: yuan(300),
        retained: yuan(75),
        cost: yuan(1200),
        commission: yuan(1200),
        platform: yuan(400),
        ..Totals::default()
    }
}

fn row(joined: &str, spent: i64, cash: i64, held: i64) -> MemberOutcome {
    let points = if held > 0 { points("100") } else { Points::ZERO };
    MemberOutcome {
        joined_at: at(joined),
        spent: yuan(spent),
        cash: yuan(cash),
        held: yuan(held),
        points,
        commissions: Money::ZERO,
        rank: None,
    }
}

/// A friend who never bought, a winner, and three others; two months in local time.
fn members() -> Vec<MemberOutcome> {
    vec![
        row("2026-01-05T00:00:00Z", 0, 0, 0),
        row("2026-01-06T00:00:00Z", 200, 300, 0),
        row("2026-01-07T00:00:00Z", 1800, 0, 400),
        // 31 January 16:00 UTC is 1 February in China.
        row("2026-01-31T16:00:00Z", 1000, 0, 200),
        row("2026-02-02T00:00:00Z", 1000, 0, 100),
    ]
}

fn compute() -> Disclosure {
    Disclosure::compute(members().into_iter(), &plan(), &totals())
}

/// DISC-1, DISC-1c, DISC-1d
#[test]
fn disc_1_outcomes() {
    let disclosure = compute();
    assert_eq!((disclosure.members, disclosure.buyers), (5, 4));
    assert_eq!((disclosure.spent, disclosure.cash, disclosure.held), (yuan(4000), yuan(300), yuan(700)));
    let outcomes = &disclosure.outcomes;
    assert_eq!(outcomes.in_cash.map(|count| count.members), [1, 0, 0]);
    assert_eq!(outcomes.in_cash[0].share_ppm, 250_000);
    assert_eq!(outcomes.at_least_one.members, 1);
    // Outcomes in rising order: 10 %, 20 %, 22.2222 %, 150 %; ranks 1, 2, 4, 4.
    let spread = outcomes.spread;
    assert_eq!(
        [spread.p10_ppm, spread.median_ppm, spread.p90_ppm, spread.p99_ppm],
        [100_000, 200_000, 1_500_000, 1_500_000]
    );
    assert_eq!(spread.mean_ppm, (100_000 + 200_000 + 222_222 + 1_500_000) / 4);
    assert_eq!(outcomes.buckets, [0, 1, 2, 0, 0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(outcomes.middle, Some(Middle { spent: yuan(1000), cash: Money::ZERO, held: yuan(200) }));
}

#[test]
fn disc_1_three_times_in_cash_counts_cash_only() {
    let rows = [row("2026-01-01T00:00:00Z", 100, 299, 500), row("2026-01-01T00:00:00Z", 100, 300, 0)];
    let disclosure = Disclosure::compute(rows.into_iter(), &plan(), &totals());
    assert_eq!(disclosure.outcomes.in_cash.map(|count| count.members), [2, 2, 1]);
}

/// DISC-1e
#[test]
fn disc_1_cohorts_are_local_months() {
    let cohorts = compute().cohorts;
    let shown: Vec<_> =
        cohorts.iter().map(|c| (c.month.as_str(), c.members, c.buyers, c.recovered)).collect();
    assert_eq!(shown, [("2026-01", 3, 2, 1), ("2026-02", 2, 2, 0)]);
    assert_eq!((cohorts[0].spent, cohorts[0].cash, cohorts[0].held), (yuan(2000), yuan(300), yuan(400)));
    assert_eq!(cohorts[1].spread.median_ppm, 100_000);
}

fn inequality_of(amounts: Vec<u64>) -> Inequality {
    Inequality::of(amounts.into_iter(), &mut Sorter::default())
}

/// DISC-1f
#[test]
fn disc_1_lorenz_and_gini() {
    // Amounts 0, 1, 3: (2·(1·0 + 2·1 + 3·3) − 4·4) ÷ (3·4) = 6 ÷ 12.
    let inequality = inequality_of(vec![3, 0, 1]);
    assert_eq!(inequality.gini_ppm, 500_000);
    assert_eq!(inequality.lorenz_ppm[33], 0);
    assert_eq!(inequality.lorenz_ppm[66], 0);
    assert_eq!(inequality.lorenz_ppm[67], 250_000);
    assert_eq!(inequality.lorenz_ppm[100], 1_000_000);
    assert_eq!((inequality.top_percent_members, inequality.top_percent_ppm), (1, 750_000));
    // One of three has it all: 2·9 − 4·3 = 6, ÷ 9, floored.
    assert_eq!(inequality_of(vec![0, 0, 3]).gini_ppm, 666_666);
    assert_eq!(inequality_of(vec![5; 200]).gini_ppm, 0);
    assert_eq!(inequality_of(vec![5; 200]).top_percent_members, 2);
    let nothing = inequality_of(Vec::new());
    assert_eq!((nothing.gini_ppm, nothing.lorenz_ppm[100]), (0, 0));
}

#[test]
fn disc_1_who_only_joined_is_in_no_distribution() {
    let disclosure = compute();
    // Cash 300, 0, 0, 0 of four: (2·4·300 − 5·300) ÷ (4·300).
    assert_eq!(disclosure.cash_inequality.gini_ppm, 750_000);
    assert_eq!(disclosure.cash_inequality.top_percent_ppm, 1_000_000);
}

/// DISC-2, DISC-2a, DISC-2b
#[test]
fn disc_2_conservation() {
    let conservation = compute().conservation;
    assert_eq!((conservation.money_in, conservation.cash_out), (yuan(4000), yuan(300)));
    assert_eq!(conservation.payable, yuan(1200));
    assert_eq!(conservation.mean_ppm, 250_000);
    assert_eq!(conservation.mean_bound_ppm, 300_000);
    assert_eq!(conservation.mean_bound_with_bonuses_ppm, 600_000);
    // Spends 200, 1000, 1000, 1800 against 1200: 200 + 1000 fit; twice: 400, then 2000 does not; thrice: 600.
    assert_eq!(conservation.reach_at_most.map(|count| count.members), [2, 1, 1]);
}

#[test]
fn disc_2_pending_money_still_counts() {
    let mut totals = totals();
    // A fifth order of ¥1,000.01 is paid and not settled: 30 % of it, rounded up, may still come to the pool.
    totals.injected = yuan(50);
    let mut rows = members();
    rows[4].spent = Money::from_minor(100_000 + 100_001).unwrap();
    let disclosure = Disclosure::compute(rows.into_iter(), &plan(), &totals);
    assert_eq!(disclosure.conservation.payable, Money::from_minor(120_000 + 5_000 + 30_001).unwrap());
    let pending = disclosure.hundred.iter().find(|part| part.leg == Leg::Pending).unwrap();
    assert_eq!(pending.amount, Money::from_minor(100_001).unwrap());
}

#[test]
fn disc_2_what_late_refunds_took_back_is_no_longer_payable() {
    let mut totals = totals();
    // ¥100 of the contributions went back: the legs and the spends are less by as much in all.
    totals.pool_refunded = yuan(100);
    totals.cost = yuan(1100);
    let mut rows = members();
    rows[4].spent = yuan(800);
    let disclosure = Disclosure::compute(rows.into_iter(), &plan(), &totals);
    assert_eq!(disclosure.conservation.payable, yuan(1100));
    assert!(disclosure.hundred.iter().all(|part| part.leg != Leg::Pending || part.amount.is_zero()));
}

#[test]
fn disc_3_the_first_buyer_of_the_golden_numbers() {
    // After order 1 of ¥1,000: pool 300, supply 210, all his. Without fee 1×, 2×, 3× at orders 76, 768, 2,965.
    let orders = EqualOrders {
        pair: Pair { assets: yuan(300), supply: points("210") },
        contribution: yuan(300),
        mint_ratio: Rate::from_ppm(700_000),
    };
    let further =
        [1000, 2000, 3000].map(|worth| orders.play(points("210"), yuan(worth), Rate::ZERO).unwrap());
    assert_eq!(further.map(|orders| orders + 1), [76, 768, 2965]);
}

/// A pool after `n` orders of ¥1,000 and the points of the last buyer.
fn after(n: u64) -> (Pair, Points) {
    let mut pair = Pair { assets: yuan(300), supply: points("210") };
    let mut minted = 0;
    for _ in 1..n {
        minted = 700_000 * 30_000 * pair.supply.units() / (pair.assets.as_u128() * 1_000_000);
        pair.assets = pair.assets.checked_add(yuan(300)).unwrap();
        pair.supply = pair.supply.checked_add(Points::from_units(minted)).unwrap();
    }
    (pair, Points::from_units(minted))
}

/// DISC-3, DISC-3a, DISC-3b
#[test]
fn disc_3_formula_and_play_agree() {
    // Net of the fee member k needs about 382·k orders in all, so 381·k further ones.
    for k in [100, 1_000, 10_000] {
        let (pair, held) = after(k);
        let orders = EqualOrders { pair, contribution: yuan(300), mint_ratio: Rate::from_ppm(700_000) };
        let distance = orders.break_even(held, yuan(1000), Rate::from_ppm(200_000));
        let (formula, played) = (distance.closed_form.unwrap(), distance.simulated.unwrap());
        assert!(formula.abs_diff(381 * k) < 381 * k / 50, "{k}: {formula}");
        assert!(played.abs_diff(formula) < formula / 50, "{k}: {formula} {played}");
        assert_eq!(distance.orders_per_step, if k == 10_000 { 3 } else { 1 }, "{k}");
    }
}

#[test]
fn disc_3_distances_that_end_at_once_or_never() {
    let orders = EqualOrders {
        pair: Pair { assets: yuan(300), supply: points("210") },
        contribution: yuan(300),
        mint_ratio: Rate::from_ppm(700_000),
    };
    let there = orders.break_even(points("210"), yuan(300), Rate::ZERO);
    assert_eq!((there.closed_form, there.simulated), (Some(0), Some(0)));
    // A mint ratio of 100 % never lifts the price.
    let flat = EqualOrders { mint_ratio: Rate::ONE, ..orders };
    let never = flat.break_even(points("210"), yuan(1000), Rate::ZERO);
    assert_eq!((never.closed_form, never.simulated), (None, None));
}

/// DISC-3c
#[test]
fn disc_3_the_newest_member_and_selling_now() {
    let disclosure = compute();
    let distance = disclosure.break_even().unwrap();
    assert_eq!(distance.spent, yuan(1000));
    // 100 of 500 points of ¥900: gross 180, net 144.
    assert_eq!(distance.value, yuan(144));
    assert_eq!(distance.contribution, yuan(300));
    assert_eq!(disclosure.sold_now_residue, yuan(200));
}

/// DISC-4, DISC-4a
#[test]
fn disc_4_where_a_hundred_yuan_went() {
    let hundred = compute().hundred;
    let shown: Vec<_> = hundred.iter().map(|part| (part.leg, part.of_hundred.minor())).collect();
    assert_eq!(
        shown,
        [
            (Leg::Cost, 3000),
            (Leg::Commission, 3000),
            (Leg::Funds, 0),
            (Leg::Platform, 1000),
            (Leg::PoolPaid, 750),
            (Leg::PoolHeld, 2250),
            (Leg::PoolResidual, 0),
            (Leg::Pending, 0),
        ]
    );
    assert_eq!(hundred.iter().map(|part| part.of_hundred.minor()).sum::<i64>(), 10_000);
}

/// DISC-5, DISC-5a, DISC-5b
#[test]
fn disc_5_payouts() {
    let payouts = compute().payouts;
    // The winner got 300 and had put 30 % of 200 into the pool.
    assert_eq!(payouts.from_others, yuan(240));
    assert_eq!(payouts.from_others_ppm, 800_000);
    assert_eq!(payouts.effective_retention_ppm, 200_000);
    assert_eq!(payouts.breakage, yuan(200));
}

#[test]
fn nobody_at_all() {
    let disclosure = Disclosure::compute(std::iter::empty(), &plan(), &Totals::default());
    assert_eq!(disclosure.outcomes.spread, Spread::default());
    assert_eq!(disclosure.break_even(), None);
    assert!(disclosure.hundred.iter().all(|part| part.of_hundred.is_zero()));
}

/// DISC-6, DISC-6a: income by rank, what commissions are of all cash, and bounds that count what the plan pays besides the pool.
#[test]
fn disc_6_income_by_rank() {
    let source = "[programme]\nname = { zh = \"例\", en = \"example\" }\n[split]\ncost = \"70%\"\ncommission = \"30%\"\n\
                  [commission.direct]\nrate = \"10%\"\n[[rank]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\nvolume = \"1\"\n";
    let plan = Plan::parse("example.toml", source).unwrap();
    let earning = |rank, spent, earned| MemberOutcome {
        commissions: yuan(earned),
        rank,
        ..row("2026-01-01T00:00:00Z", spent, earned, 0)
    };
    let rows = [earning(Some(0), 100, 250), earning(None, 1_000, 50), earning(None, 1_900, 0)];
    let totals =
        Totals { orders: 3, members: 3, commission: yuan(900), cost: yuan(2_100), ..Totals::default() };
    let disclosure = Disclosure::compute(rows.into_iter(), &plan, &totals);
    let income = disclosure.income.expect("the plan pays commissions");
    assert_eq!((income.commissions, income.commissions_ppm, income.earners), (yuan(300), 1_000_000, 2));
    // One of three is the top percent: 250 of 300.
    assert_eq!(income.top_percent_ppm, 833_333);
    let [none, a] = income.ranks.as_slice() else { panic!("{:?}", income.ranks) };
    assert_eq!(
        (none.rank, none.members, none.spent, none.commissions, none.recovered),
        (None, 2, yuan(2_900), yuan(50), 0)
    );
    assert_eq!((a.rank, a.members, a.cash, a.recovered), (Some(0), 1, yuan(250), 1));
    // All of it is other people's money, and 900 of 3,000 can come back, not nothing.
    assert_eq!(disclosure.payouts.from_others, yuan(300));
    assert_eq!(disclosure.conservation.reach_at_most[0].members, 1);
    assert_eq!(Disclosure::compute(rows.into_iter(), &self::plan(), &totals).income, None);
}
