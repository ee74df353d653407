//! The charts of the study: bars beside each other, and lines.
//!
//! Floats are pixels here; every number that is written out comes from whole numbers.

use plotters::prelude::RGBColor;
use ratchet_engine::amount::Currency;

use super::equal::SPENT;
use super::society::VARIANTS;
use super::{Findings, Value};
use crate::chart::shapes::{self, Across, Line, Row, line, row};
use crate::chart::{BLUE, Chart, GREEN, GREY, INK, ORANGE, PALE, RULE};
use crate::report::sheet::both;
use crate::report::text::{self, Lang};
use crate::study::Summary;

/// Names of the variants for people.
pub(super) const VARIANT_WORDS: [[&str; 2]; 4] = [
    ["增长一直继续", "Growth goes on"],
    ["第 181 天起没有新人", "Nobody new from day 181"],
    ["没有新人，七成恐慌", "Nobody new, seven in ten panic"],
    ["恐慌，加注资 10 万元", "Panic, with 100,000 put in"],
];
const COLOURS: [RGBColor; 4] = [GREEN, BLUE, ORANGE, INK];

/// Every chart.
pub(super) fn all(found: &Findings) -> Vec<Chart> {
    let mut charts = vec![curve(found), distance(found), reached(found), hundred(found), bonuses(found)];
    charts.extend(people(found));
    charts.extend([
        funding(found),
        cohorts(found),
        release(found),
        emission(found),
        seventy(found),
        churn(found),
    ]);
    charts
}

fn curve(found: &Findings) -> Chart {
    let points = found.curve.points.iter();
    let tens = |orders: u64| (orders as f64).log10();
    let price = points.clone().map(|point| (tens(point.orders), point.price as f64 / 1e8));
    // n to the power of 0.3, through the price at the last order.
    let last = found.curve.points.last();
    let scale = last.map_or(0.0, |last| last.price as f64 / 1e8 / (last.orders as f64).powf(0.3));
    let law = points.map(|point| (tens(point.orders), scale * (point.orders as f64).powf(0.3)));
    let law = Line {
        width: 9,
        ..line(["n 的 0.3 次方（对照）", "n to the power of 0.3, beside it"], law.collect(), PALE)
    };
    shapes::lines(
        Currency::CNY,
        "price-curve",
        ["报价：订单数的 0.3 次方", "The price: orders to the power of 0.3"],
        ["一枚积分多少 UNIT；横轴每格订单多十倍", "UNIT for a point; each step is ten times the orders"],
        &[law, line(["引擎的报价", "price of the engine"], price.collect(), BLUE)],
        Across::Tens,
        None,
    )
}

fn distance(found: &Findings) -> Chart {
    let names = [
        ("paper_1x", ["积分账面值回本（1 倍）", "Points worth what was spent, on paper"], PALE),
        ("net_1x", ["卖出到手回本（扣 20%）", "The same in hand, after the fee of 20 %"], BLUE),
        ("paper_2x", ["账面 2 倍", "Twice, on paper"], PALE),
        ("paper_3x", ["账面 3 倍", "Three times, on paper"], ORANGE),
    ];
    let bars = names.map(|(name, words, colour)| {
        let times = found.numbers.count(&format!("distance.{name}_per_place"));
        row(
            words,
            times as f64,
            both(|lang| {
                lang.pick([format!("{} 倍", text::number(times)), format!("{}×", text::number(times))])
            }),
            colour,
        )
    });
    shapes::rows(
        Currency::CNY,
        "break-even",
        ["要等多少订单", "How many orders it takes"],
        ["全部订单要达到自己序号的多少倍", "orders in all, as a multiple of one's own place in line"],
        &bars,
        0.0,
    )
}

fn reached(found: &Findings) -> Chart {
    let count = |name: &str| found.numbers.count(&format!("equal.3x.{name}"));
    let all: u64 = 100_000;
    let cash = count("cash_1x");
    let whole = count("whole");
    let people = |members: u64| {
        both(|lang| lang.pick([format!("{} 人", text::number(members)), text::number(members)]))
    };
    let bars = [
        row(["没有回本", "Did not get their money back"], (all - whole) as f64, people(all - whole), GREY),
        row(["现金加积分净值回本", "Whole, cash and points together"], whole as f64, people(whole), BLUE),
        row(
            ["现金回本（即 3 倍出局者）", "Whole in cash: those who exit at 3×"],
            cash as f64,
            people(cash),
            ORANGE,
        ),
        row(
            ["现金达到 3 倍", "Three times in cash"],
            count("cash_3x") as f64,
            people(count("cash_3x")),
            ORANGE,
        ),
    ];
    shapes::rows(
        Currency::CNY,
        "reached",
        ["10 万名买家中", "Of 100,000 buyers"],
        ["每人花 1,000 UNIT，3 倍出局", "who spend 1,000 UNIT each; exit at 3×"],
        &bars,
        0.0,
    )
}

fn hundred(found: &Findings) -> Chart {
    let ppm = |name: &str| found.numbers.count(name);
    let amount = |ppm: u64| both(|_| text::times(ppm * 100));
    let bar = |words: [&str; 2], ppm: u64, colour| row(words, ppm as f64, amount(ppm), colour);
    let newest = match found.numbers.get("curve.newest_net") {
        Value::Money(money) => money.minor().unsigned_abs() * 1_000_000 / SPENT.unsigned_abs(),
        _ => 0,
    };
    let bars = [
        bar(["广告暗示：至少全部拿回", "What the advert suggests: all of it, or more"], 1_000_000, RULE),
        bar(
            ["全体合计最多（积分）", "All together at most, through points"],
            ppm("equal.3x.bound_ppm"),
            PALE,
        ),
        bar(["全体平均（10 万名买家）", "Mean of 100,000 buyers"], ppm("equal.3x.mean_ppm"), BLUE),
        bar(["正中间的会员", "The member in the middle"], ppm("equal.3x.median_ppm"), ORANGE),
        bar(["最后一名买家立即卖出", "The newest buyer, sold at once"], newest, ORANGE),
    ];
    shapes::rows(
        Currency::CNY,
        "middle",
        ["每消费 100 UNIT拿回多少", "What comes back of 100 UNIT"],
        ["现金加积分全部卖出的净额", "cash and all points sold, net of the fee"],
        &bars,
        1_000_000.0,
    )
}

fn bonuses(found: &Findings) -> Chart {
    let ppm = |name: &str| found.numbers.count(&format!("bonuses.{name}"));
    let amount = |ppm: u64| both(|_| text::times(ppm * 100));
    let bar = |words: [&str; 2], ppm: u64, colour| row(words, ppm as f64, amount(ppm), colour);
    let bars = [
        bar(
            ["全体合计最多（积分加推荐奖）", "All together at most: points and bonuses"],
            ppm("bound_ppm"),
            PALE,
        ),
        bar(["全体合计拿回", "All together have"], ppm("together_ppm"), BLUE),
        bar(["正中间的会员拿回", "The member in the middle has"], ppm("median_ppm"), ORANGE),
        bar(
            ["每 100 UNIT奖金，归得奖最多的 1%", "Of 100 in bonuses, to the top 1 %"],
            ppm("earners_top_ppm"),
            INK,
        ),
    ]
    .map(|mut row| {
        row.name = [row.name[0].replace("UNIT", "元"), row.name[1].clone()];
        row
    });
    shapes::rows(
        Currency::CNY,
        "bonuses",
        ["加上推荐奖", "With bonuses for inviting"],
        ["每消费 100 UNIT；中位", "of 100 UNIT spent; medians"],
        &bars,
        1_000_000.0,
    )
}

/// Medians of a daily column, for each variant.
fn medians(found: &Findings, column: &str, scale: f64, only: &[usize]) -> Vec<Line> {
    let (study, summaries) = &found.society.arrivals;
    let days = study.result_days();
    let of = |summary: &Summary| {
        let medians = days.iter().enumerate();
        medians
            .map(|(place, day)| (f64::from(*day), summary.day(place, column).median() as f64 / scale))
            .collect()
    };
    only.iter().map(|place| line(VARIANT_WORDS[*place], of(&summaries[*place]), COLOURS[*place])).collect()
}

fn people(found: &Findings) -> Vec<Chart> {
    let days = Across::Plain([" 天", " d"]);
    let subtitle =
        ["各次模拟的中位；没有新人从第 181 天开始", "medians of the runs; nobody new from day 181 on"];
    let mut charts = Vec::new();
    for (name, title, column, scale) in [
        (
            "stop-price",
            ["停止与恐慌：报价仍在上升（UNIT）", "Stop and panic: the price still rises"],
            "price",
            1e8,
        ),
        ("stop-pool", ["同时：盈利池（UNIT）", "Meanwhile: the pool, in UNIT"], "pool", 1e2),
    ] {
        charts.push(shapes::lines(
            Currency::CNY,
            name,
            title,
            subtitle,
            &medians(found, column, scale, &[1, 2]),
            days,
            None,
        ));
    }
    charts.push(shapes::lines(
        Currency::CNY,
        "stop-recovered",
        ["现金已回本的会员人数", "Members with their money back in cash"],
        ["同一批人，增长继续与停止；中位", "the same people; medians of the runs"],
        &medians(found, "recovered", 1.0, &[0, 1, 2, 3]),
        days,
        None,
    ));
    charts.push(shapes::lines(
        Currency::CNY,
        "stop-members",
        ["会员人数", "Members"],
        ["要让早来的人回本，人数须一直这样增长", "how many must keep coming for the early ones"],
        &medians(found, "members", 1.0, &[0, 1]),
        days,
        None,
    ));
    charts
}

fn funding(found: &Findings) -> Chart {
    let ppm = |variant: &str, name: &str| found.numbers.count(&format!("people.{variant}.{name}"));
    let amount = |ppm: u64| both(|_| text::times(ppm * 100));
    let bar = |words: [&str; 2], ppm: u64, colour| row(words, ppm as f64, amount(ppm), colour);
    let bars = [
        bar(["正中间的会员，没有注资", "The middle, without the round"], ppm("panic", "median_ppm"), BLUE),
        bar(
            ["正中间的会员，注资之后", "The middle, with the round"],
            ppm("panic-funded", "median_ppm"),
            ORANGE,
        ),
        bar(["全体最多，没有注资", "All at most, without"], ppm("panic", "bound_ppm"), PALE),
        bar(["全体最多，注资之后", "All at most, with"], ppm("panic-funded", "bound_ppm"), PALE),
    ];
    shapes::rows(
        Currency::CNY,
        "funding",
        ["一轮外部注资改变什么", "What a funding round changes"],
        ["每消费 100 UNIT拿回多少；中位", "of 100 UNIT spent; medians"],
        &bars,
        1_000_000.0,
    )
}

fn cohorts(found: &Findings) -> Chart {
    // Of the panic: the months, oldest first.
    let place = VARIANTS.iter().position(|name| *name == "panic").unwrap_or(0);
    let cohorts = found.society.cohorts.get(place).map_or(&[][..], Vec::as_slice);
    let bars: Vec<Row> = cohorts
        .iter()
        .map(|cohort| {
            let median = cohort.spread.median_ppm;
            Row {
                name: both(|lang| {
                    let members = text::number(cohort.members);
                    lang.pick([
                        format!("{} 加入（{members} 人）", cohort.month),
                        format!("Joined {} ({members})", cohort.month),
                    ])
                }),
                size: median as f64,
                shown: both(|_| text::times(median * 100)),
                colour: ORANGE,
            }
        })
        .collect();
    shapes::rows(
        Currency::CNY,
        "stop-cohorts",
        ["恐慌之后，按加入月份", "After the panic, by joining month"],
        ["各月正中间的会员，每消费 100 UNIT拿回；一次模拟", "the member in the middle, of 100 UNIT; one run"],
        &bars,
        1_000_000.0,
    )
}

fn release(found: &Findings) -> Chart {
    let days = |column: usize| {
        let rows = found.mechanisms.release.iter();
        rows.map(|row| (row[0] as f64, row[column] as f64 / 1e2)).collect()
    };
    shapes::lines(
        Currency::CNY,
        "release",
        ["5,000 积分每天释放 3‰", "5,000 points, 3 ‰ released a day"],
        ["尚未释放的积分", "points not released yet"],
        &[
            line(["按原额：每天 15，334 天", "of the original: 15 a day, 334 days"], days(1), BLUE),
            line(["按剩余：越来越慢", "of what remains: ever slower"], days(3), ORANGE),
        ],
        Across::Plain([" 天", " d"]),
        None,
    )
}

fn emission(found: &Findings) -> Chart {
    let points = std::iter::once((0.0, 0.0));
    let years = found.mechanisms.emission.iter().map(|row| (row[0] as f64, row[2] as f64));
    shapes::lines(
        Currency::CNY,
        "emission",
        ["按计划发行的总量", "Issued in all by the schedule"],
        ["减半之和趋近 192,250", "the halving series adds up to 192,250"],
        &[line(["发行总量", "issued in all"], points.chain(years).collect(), BLUE)],
        Across::Plain([" 年", " y"]),
        Some((1e6, ["广告：1,000,000", "the advert: 1,000,000"])),
    )
}

fn seventy(found: &Findings) -> Chart {
    let amounts = [
        ("seventy.given", ["给出的积分面值", "Points given, at the opening price"], ORANGE),
        ("seventy.contribution", ["这笔订单入池", "What the order put into the pool"], PALE),
        ("seventy.platform", ["平台利润", "The platform's profit"], GREY),
    ];
    let mut bars: Vec<Row> = amounts
        .into_iter()
        .map(|(name, words, colour)| {
            let money = found.numbers.money(name);
            row(
                words,
                money.minor() as f64,
                both(|lang: Lang| text::money(Currency::CNY, money, lang)),
                colour,
            )
        })
        .collect();
    let profit = found.numbers.money("seventy.platform");
    let of_profit = ratchet_engine::amount::Rate::from_ppm(700_000).floor_of(profit);
    bars.push(row(
        ["利润的 70%（广告）", "70 % of the profit (the advert)"],
        of_profit.minor() as f64,
        both(|lang: Lang| text::money(Currency::CNY, of_profit, lang)),
        RULE,
    ));
    shapes::rows(
        Currency::CNY,
        "seventy",
        ["70% 是谁的 70%", "70 % of what"],
        ["一笔 1,000 UNIT的订单", "an order of 1,000 UNIT"],
        &bars,
        0.0,
    )
}

fn churn(found: &Findings) -> Chart {
    let points = (1_u32..).zip(&found.churn.averages);
    let points = points.map(|(hundred, average)| (f64::from(hundred * 100), *average as f64 / 1e3)).collect();
    shapes::lines(
        Currency::CNY,
        "churn",
        ["有进有出：平均拿回正好是入池份额", "In and out: exactly the pool's share comes back"],
        [
            "每消费 100 UNIT；每来一人，最早的一人卖出离开",
            "of 100 UNIT; as one comes, the oldest sells and leaves",
        ],
        &[line(["离开的人平均", "average of those who leave"], points, BLUE)],
        Across::Plain(["", ""]),
        Some((30.0, ["30：入池份额", "30: the pool's share"])),
    )
}
