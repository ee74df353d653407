//! Equal one-time buyers of ¥1,000: the price curve, who reaches which multiple, break-even distances, who is paid by whom.

use ratchet_engine::amount::{Money, Points};
use ratchet_engine::disclosure::Disclosure;
use ratchet_engine::engine::Engine;
use ratchet_engine::event::{Event, SaleCause};

use super::desk::{Desk, equal_buyers, preset, worth};
use super::numbers::{Numbers, Value};
use crate::simulate::price_micro;
use crate::study::{Cell, Table};

/// Buyers of the long run, in which nobody exits or sells.
pub const CURVE_ORDERS: u64 = 1_000_000;
/// Buyers of the runs with exits (SPEC 17).
const EXIT_ORDERS: u64 = 100_000;
/// What each spends, in fen.
pub(super) const SPENT: i64 = 100_000;
/// Whose way to each multiple is followed.
const FOLLOWED: [u64; 12] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
/// Buyers after which everybody's outcome is counted.
const CHECKPOINTS: [u64; 4] = [100, 1_000, 10_000, 100_000];
/// Settles at receipt, so that an order is one step.
const AT_ONCE: (&str, &str) = ("settlement.after_sale_days", "0");
/// An exit that nobody reaches.
const NO_EXIT: (&str, &str) = ("pool.exit.multiple", "1000");

/// A point of the price curve.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) orders: u64,
    pub(super) pool: Money,
    pub(super) supply: Points,
    /// Millionths of a fen for one point.
    pub(super) price: i64,
    /// What the points of the first buyer are worth, fee not taken off.
    pub(super) first: Money,
    /// What the newest buyer would get for its points at once, net.
    pub(super) newest: Money,
    /// Price over that after half of the orders, in parts per million; 0 where that is not on the curve.
    pub(super) doubling: u64,
}

/// After how many orders the points of one buyer are worth 1, 2, 3 times its spending on paper, and 1 time net of the fee.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) member: u64,
    points: Points,
    pub(super) reached: [Option<u64>; 4],
}

/// One exit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit {
    pub(super) multiple: u64,
    pub(super) member: u64,
    pub(super) orders: u64,
    pub(super) net: Money,
}

/// How many have what, after so many buyers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    pub(super) multiple: u64,
    pub(super) buyers: u64,
    pub(super) exits: u64,
    pub(super) in_cash: [u64; 3],
    pub(super) whole: u64,
    pub(super) median_ppm: u64,
    pub(super) mean_ppm: u64,
    /// What all together could ever have: through points, and with all bonuses.
    bounds_ppm: [u64; 2],
}

/// The long run without exits.
pub(super) struct Curve {
    pub(super) points: Vec<Point>,
    pub(super) ways: Vec<Way>,
    golden: Vec<(String, Value)>,
}

/// Where the curve is looked at: powers of two, and ten steps from each power of ten to the next.
fn is_point(orders: u64) -> bool {
    let ten = 10_u64.pow(orders.ilog10());
    orders.is_power_of_two() || (orders.is_multiple_of(ten) || orders == ten + ten / 2)
}

/// Everybody buys once, nobody sells or exits.
pub(super) fn curve(orders: u64, progress: &mut dyn FnMut(u64)) -> Curve {
    let mut points: Vec<Point> = Vec::new();
    let mut ways: Vec<Way> = Vec::new();
    let mut golden = Vec::new();
    let mut first = Points::ZERO;
    let member_points = |engine: &Engine, number: u64| {
        engine.member(&format!("m{number}")).map_or(Points::ZERO, |view| view.points)
    };
    equal_buyers(preset("value-growth", &[AT_ONCE, NO_EXIT]), orders, |engine, number| {
        if number == 1 {
            first = member_points(engine, 1);
        }
        if FOLLOWED.contains(&number) {
            let points = member_points(engine, number);
            ways.push(Way { member: number, points, reached: [None; 4] });
        }
        for way in &mut ways {
            if way.reached.iter().all(Option::is_some) {
                continue;
            }
            let (gross, net) = worth(engine, way.points);
            let levels = [(gross, 1), (gross, 2), (gross, 3), (net, 1)];
            for (reached, (value, times)) in way.reached.iter_mut().zip(levels) {
                if reached.is_none() && value.minor() >= times * SPENT {
                    *reached = Some(number);
                }
            }
        }
        if number <= 3 {
            let price = engine.price();
            golden.push((format!("equal.pool_{number}"), Value::Money(price.assets)));
            golden.push((format!("equal.supply_{number}"), Value::Points(price.supply)));
            golden.push((format!("equal.price_{number}"), Value::Price(price.display(2))));
            golden.push((format!("equal.points_{number}"), Value::Points(member_points(engine, number))));
        }
        if is_point(number) {
            let price = engine.price();
            let micro = price_micro(&price);
            let half = points.iter().find(|point| point.orders * 2 == number).map(|point| point.price);
            let doubling =
                half.map_or(0, |half| (i128::from(micro) * 1_000_000 / i128::from(half.max(1))) as u64);
            points.push(Point {
                orders: number,
                pool: price.assets,
                supply: price.supply,
                price: micro,
                first: worth(engine, first).0,
                newest: worth(engine, member_points(engine, number)).1,
                doubling,
            });
        }
        if number.is_multiple_of(10_000) {
            progress(10_000);
        }
    });
    Curve { points, ways, golden }
}

impl Curve {
    pub(super) fn numbers(&self, numbers: &mut Numbers) {
        for (name, value) in &self.golden {
            let nth = name.rsplit('_').next().unwrap_or_default();
            let (zh, en) = match name.as_str() {
                name if name.contains("pool") => {
                    (format!("第 {nth} 单之后的盈利池"), format!("pool after order {nth}"))
                }
                name if name.contains("supply") => {
                    (format!("第 {nth} 单之后的积分总量"), format!("points after order {nth}"))
                }
                name if name.contains("price") => {
                    (format!("第 {nth} 单之后的报价"), format!("price after order {nth}"))
                }
                _ => (format!("第 {nth} 名买家所得积分"), format!("points of buyer {nth}")),
            };
            numbers.put(name, value.clone(), &zh, &en);
        }
        let Some(first) = self.ways.first() else { return };
        for (times, reached) in (1..=3).zip(first.reached) {
            numbers.put(
                &format!("equal.first_at_{times}x"),
                Value::Count(reached.unwrap_or(0)),
                &format!("第一名买家的积分账面值 {times} 倍消费额时的订单序号"),
                &format!("order at which the first buyer's points are worth {times}× its spending on paper"),
            );
        }
        let forms = [("paper_1x", 182), ("paper_2x", 1_831), ("paper_3x", 7_074), ("net_1x", 382)];
        let about = [
            ("账面 1 倍", "1× on paper"),
            ("账面 2 倍", "2× on paper"),
            ("账面 3 倍", "3× on paper"),
            ("扣费后 1 倍", "1× net of the fee"),
        ];
        for (place, ((name, form), (zh, en))) in forms.into_iter().zip(about).enumerate() {
            // The latest buyer who gets there in the run: the law holds for late buyers.
            let latest = self.ways.iter().rev().find_map(|way| Some((way.member, way.reached[place]?)));
            let Some((member, reached)) = latest else { continue };
            numbers.put_beside(
                &format!("distance.{name}_per_place"),
                // To the nearest whole number: the constant is known to three digits.
                Value::Count((reached + member / 2) / member),
                Value::Count(form),
                &format!("第 k 名买家达到{zh}所需的订单总数 ÷ k（k = {member}）"),
                &format!("orders in all until buyer number k is at {en}, divided by k (k = {member})"),
            );
        }
        for (place, what) in [(0, "paper_1x"), (2, "paper_3x")] {
            let hundredth = self.ways.iter().find(|way| way.member == 100);
            let reached = hundredth.and_then(|way| way.reached[place]).unwrap_or(0);
            let times = place + 1;
            numbers.put(
                &format!("distance.buyer_100_{what}"),
                Value::Count(reached),
                &format!("第 100 名买家账面达到 {times} 倍时的订单序号"),
                &format!("order at which buyer number 100 is at {times}× on paper"),
            );
        }
        if let Some(doubled) = self.points.iter().rfind(|point| point.doubling > 0) {
            numbers.put_beside(
                "curve.doubling_ppm",
                Value::Ppm(doubled.doubling),
                Value::Ppm(1_231_144),
                "订单翻倍时报价变为原来的多少（百万分之；闭式：2 的 0.3 次方）",
                "what the price is multiplied by when orders double (closed form: 2 to the power of 0.3)",
            );
        }
        if let Some(last) = self.points.last() {
            numbers.put(
                "curve.orders",
                Value::Count(last.orders),
                "价格曲线的订单数",
                "orders of the price curve",
            );
            numbers.put(
                "curve.newest_net",
                Value::Money(last.newest),
                "最后一名买家立即全部卖出可得",
                "what the newest buyer gets for all its points at once",
            );
        }
    }

    pub(super) fn tables(&self) -> Vec<Table> {
        let number = |value: u64| Cell::Number(value as i64);
        let rows = self.points.iter().map(|point| {
            let doubling = if point.doubling > 0 { number(point.doubling) } else { Cell::Empty };
            vec![
                number(point.orders),
                Cell::Number(point.pool.minor()),
                Cell::Number(i64::try_from(point.supply.units()).unwrap_or(i64::MAX)),
                Cell::Number(point.price),
                Cell::Number(point.first.minor()),
                Cell::Number(point.newest.minor()),
                doubling,
            ]
        });
        let curve = table(
            "price-curve",
            &["orders", "pool", "supply", "price", "first_value", "newest_net", "doubling_ppm"],
            rows.collect(),
        );
        let rows = self.ways.iter().map(|way| {
            let mut row =
                vec![number(way.member), Cell::Number(i64::try_from(way.points.units()).unwrap_or(i64::MAX))];
            row.extend(way.reached.iter().map(|reached| reached.map_or(Cell::Empty, number)));
            row
        });
        let ways = table(
            "break-even",
            &["buyer", "points", "paper_1x", "paper_2x", "paper_3x", "net_1x"],
            rows.collect(),
        );
        vec![curve, ways]
    }
}

/// A table of whole numbers.
pub(super) fn table(name: &'static str, columns: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    Table { name, columns: columns.iter().map(|name| ((*name).to_owned(), false)).collect(), rows }
}

/// Equal buyers under an exit at 3× or 2×.
pub(super) struct Exits {
    pub(super) exits: Vec<Exit>,
    pub(super) reached: Vec<Reached>,
    paid_out: Money,
    pool: Money,
    supply: Points,
}

pub(super) fn exits(name: &str, multiple: u64, progress: &mut dyn FnMut(u64)) -> Exits {
    let (mut exits, mut reached) = (Vec::new(), Vec::new());
    let engine = equal_buyers(preset(name, &[AT_ONCE]), EXIT_ORDERS, |engine, number| {
        for (event, _) in engine.entries().flat_map(|entry| entry.steps()) {
            if let Event::PointsSold { member, net, cause: SaleCause::CapExit, .. } = event {
                exits.push(Exit { multiple, member: u64::from(member.0) + 1, orders: number, net: *net });
            }
        }
        if CHECKPOINTS.contains(&number) {
            let totals = engine.totals();
            let disclosure = Disclosure::compute(engine.member_outcomes(), engine.plan(), &totals);
            let outcomes = &disclosure.outcomes;
            reached.push(Reached {
                multiple,
                buyers: number,
                exits: totals.exits,
                in_cash: outcomes.in_cash.map(|count| count.members),
                whole: outcomes.at_least_one.members,
                median_ppm: outcomes.spread.median_ppm,
                mean_ppm: outcomes.spread.mean_ppm,
                bounds_ppm: [
                    disclosure.conservation.mean_bound_ppm,
                    disclosure.conservation.mean_bound_with_bonuses_ppm,
                ],
            });
        }
        if number.is_multiple_of(10_000) {
            progress(10_000);
        }
    });
    let totals = engine.totals();
    Exits { exits, reached, paid_out: totals.paid_out, pool: totals.pool, supply: totals.supply }
}

impl Exits {
    pub(super) fn numbers(&self, multiple: u64, numbers: &mut Numbers) {
        let name = |what: &str| format!("equal.{multiple}x.{what}");
        let Some(all) = self.reached.last() else { return };
        let at = format!("{multiple} 倍出局，10 万名买家：");
        let of = format!("exit at {multiple}×, 100,000 buyers: ");
        let mut put = |what: &str, value: Value, zh: &str, en: &str| {
            numbers.put(&name(what), value, &format!("{at}{zh}"), &format!("{of}{en}"));
        };
        put("exits", Value::Count(all.exits), "出局人数", "members who exit");
        put("paid_out", Value::Money(self.paid_out), "付给会员的现金", "paid to members");
        put("pool", Value::Money(self.pool), "池中余额", "left in the pool");
        put("supply", Value::Points(self.supply), "积分总量", "points in circulation");
        for (times, members) in (1..).zip(all.in_cash) {
            put(
                &format!("cash_{times}x"),
                Value::Count(members),
                &format!("现金达到消费额 {times} 倍的人数"),
                &format!("members with {times}× their spending in cash"),
            );
        }
        put(
            "whole",
            Value::Count(all.whole),
            "现金加积分净值不少于消费额的人数",
            "members whole with cash and points, net",
        );
        put(
            "median_ppm",
            Value::Ppm(all.median_ppm),
            "正中间会员拿回消费额的百万分之",
            "what the member in the middle has of its spending",
        );
        put("mean_ppm", Value::Ppm(all.mean_ppm), "会员结果的平均", "mean of members' outcomes");
        let [points, bonuses] = all.bounds_ppm;
        put(
            "bound_ppm",
            Value::Ppm(points),
            "全体通过积分最多能拿回",
            "the most that all together can have through points",
        );
        put(
            "bound_with_bonuses_ppm",
            Value::Ppm(bonuses),
            "全体加上全部推荐奖最多能拿回",
            "the most that all together can have with all bonuses",
        );
    }
}

pub(super) fn exit_tables(runs: &[&Exits]) -> Vec<Table> {
    let number = |value: u64| Cell::Number(value as i64);
    let exits = runs.iter().flat_map(|run| &run.exits).map(|exit| {
        vec![number(exit.multiple), number(exit.member), number(exit.orders), Cell::Number(exit.net.minor())]
    });
    let exits = table("exits", &["multiple", "buyer", "orders", "net"], exits.collect());
    let rows = runs.iter().flat_map(|run| &run.reached).map(|at| {
        let numbers = [
            at.multiple,
            at.buyers,
            at.exits,
            at.in_cash[0],
            at.in_cash[1],
            at.in_cash[2],
            at.whole,
            at.median_ppm,
            at.mean_ppm,
        ];
        numbers.map(number).to_vec()
    });
    let columns =
        ["multiple", "buyers", "exits", "cash_1x", "cash_2x", "cash_3x", "whole", "median_ppm", "mean_ppm"];
    vec![exits, table("reached", &columns, rows.collect())]
}

/// Steady churn: one comes, the oldest of a hundred sells all and leaves.
pub(super) struct Churn {
    /// Average net of each hundred who left, in order.
    pub(super) averages: Vec<i64>,
    /// Splits of the units so far.
    splits: u32,
}

/// Members in at a time, and how many are averaged.
const CHURN_WINDOW: u64 = 100;
/// Leavers followed.
const CHURN_LEAVERS: u64 = 8_000;

pub(super) fn churn() -> Churn {
    let mut desk = Desk::new(preset("value-growth", &[AT_ONCE, NO_EXIT]));
    let (mut averages, mut sum) = (Vec::new(), 0);
    for number in 1..=CHURN_WINDOW + CHURN_LEAVERS {
        desk.buy(&format!("o{number}"), &format!("m{number}"), "1000.00");
        let Some(leaver) = number.checked_sub(CHURN_WINDOW).filter(|leaver| *leaver > 0) else { continue };
        let leaver_id = format!("m{leaver}");
        desk.sell_all(&leaver_id);
        sum += desk.member(&leaver_id).cash_received.minor();
        if leaver.is_multiple_of(CHURN_WINDOW) {
            averages.push(sum / CHURN_WINDOW as i64);
            sum = 0;
        }
    }
    Churn { averages, splits: desk.engine.price().exponent }
}

impl Churn {
    pub(super) fn numbers(&self, numbers: &mut Numbers) {
        let last = self.averages.last().copied().unwrap_or(0);
        let found = Money::from_minor(last).unwrap_or(Money::ZERO);
        let form = Money::from_minor(30_000).unwrap_or(Money::ZERO);
        numbers.put_beside(
            "churn.net",
            Value::Money(found),
            Value::Money(form),
            "有进有出、长期平稳时，每花 1000 元平均拿回",
            "back of 1,000 spent on average when as many leave as come, in the long run",
        );
        numbers.put(
            "churn.splits",
            Value::Count(u64::from(self.splits)),
            "期间报价过高而拆分积分的次数",
            "times the units were split because the price had grown so far",
        );
    }

    pub(super) fn table(&self) -> Table {
        let rows = self.averages.iter().zip(1_i64..).map(|(average, hundred)| {
            vec![Cell::Number(hundred * CHURN_WINDOW as i64), Cell::Number(*average)]
        });
        table("churn", &["leavers", "net_average"], rows.collect())
    }
}
