//! The charts of a study as SVG: bands over days, outcomes, plans beside each other, what drives the outcome.
//!
//! Floats are pixels here; every number that is written out comes from whole numbers.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use ratchet_engine::disclosure::OUTCOME_EDGES_PPM;

use super::{Band, Effect, Role, Study, Summary};
use crate::chart::{
    BLUE, Chart, Drawn, GREEN, GREY, INK, MARGIN, MUTED, ORANGE, PALE, RULE, WIDTH, bar, chart, font, label,
};
use crate::report::text::{self, Lang};
use crate::simulate::{RUN_COLUMNS, Unit, place};

/// Colours of plans beside each other, told apart by every eye.
const LINES: [RGBColor; 4] = [BLUE, ORANGE, GREEN, INK];
const FAINT: RGBColor = RGBColor(0xd9, 0xe6, 0xf1);

/// What of each 100 spent goes where, by column, with its colour.
const LEGS: [(&str, RGBColor); 8] = [
    ("to_cost", GREY),
    ("to_commission", GREY),
    ("to_funds", GREY),
    ("to_platform", GREY),
    ("to_members", ORANGE),
    ("in_pool", PALE),
    ("in_residual", PALE),
    ("pending", RULE),
];

/// A variant with its results.
type Shown<'a> = (&'a super::Variant, &'a Summary);

/// Every chart.
pub(super) fn all(study: &Study, summaries: &[Summary], effects: &[Effect]) -> Vec<Chart> {
    let shown: Vec<Shown<'_>> =
        study.variants.iter().zip(summaries).filter(|(variant, _)| variant.role == Role::Plan).collect();
    let Some(first) = shown.first().copied() else { return Vec::new() };
    let mut charts = vec![outcomes(study, first.1), hundred(study, first.1)];
    let has_pool = shown.iter().any(|(variant, _)| variant.scenario.plans[variant.plan].plan.pool.is_some());
    charts.push(over_days(
        study,
        &shown,
        "cash-of-hundred",
        ["全体会员每消费 100 UNIT，到手多少现金", "Cash to members of 100 UNIT spent"],
        |summary, day| {
            // Of medians: exact only where runs agree; the chart says so.
            let (cash, spent) = (summary.day(day, "cash"), summary.day(day, "spent"));
            cash.quantiles.map(|number| number as f64 * 100.0 / spent.median().max(1) as f64)
        },
    ));
    charts.push(over_days(
        study,
        &shown,
        "recovered",
        ["现金已回本的会员占比（%）", "Members with their money back in cash, %"],
        |summary, day| summary.day(day, "recovered_ppm").quantiles.map(|number| number as f64 / 1e4),
    ));
    let units = 10_f64.powi(study.scenario.currency().decimals as i32);
    if has_pool {
        charts.push(over_days(
            study,
            &shown,
            "pool",
            ["盈利池（UNIT）", "The pool, in UNIT"],
            |summary, day| summary.day(day, "pool").quantiles.map(|number| number as f64 / units),
        ));
        charts.push(over_days(
            study,
            &shown,
            "price",
            ["积分报价（UNIT）：只升，与回本无关", "Quoted price, in UNIT: says nothing of recovery"],
            |summary, day| summary.day(day, "price").quantiles.map(|number| number as f64 / 1e6 / units),
        ));
    }
    charts.push(over_days(study, &shown, "members", ["会员人数", "Members"], |summary, day| {
        summary.day(day, "members").quantiles.map(|number| number as f64)
    }));
    if shown.len() > 1 {
        charts.push(beside(study, &shown));
    }
    if !effects.is_empty() {
        charts.push(drivers(study, effects));
    }
    charts
}

/// A number on an axis of any size.
pub(crate) fn axis(value: f64, lang: Lang) -> String {
    let short = |value: f64| {
        let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    };
    match (lang, value) {
        (Lang::Zh, v) if v >= 1e8 => format!("{}亿", short(v / 1e8)),
        (Lang::Zh, v) if v >= 1e4 => format!("{}万", short(v / 1e4)),
        (Lang::En, v) if v >= 1e9 => format!("{}bn", short(v / 1e9)),
        (Lang::En, v) if v >= 1e6 => format!("{}m", short(v / 1e6)),
        (Lang::En, v) if v >= 1e4 => format!("{}k", short(v / 1e3)),
        (_, v) => short(v),
    }
}

/// Quantiles over days: of one plan as bands, of several the medians.
fn over_days(
    study: &Study,
    shown: &[Shown<'_>],
    name: &'static str,
    title: [&str; 2],
    of: impl Fn(&Summary, usize) -> [f64; 5],
) -> Chart {
    let days = study.result_days();
    let series: Vec<Vec<(f64, [f64; 5])>> = shown
        .iter()
        .take(LINES.len())
        .map(|(_, summary)| {
            days.iter().enumerate().map(|(place, day)| (f64::from(*day), of(summary, place))).collect()
        })
        .collect();
    let alone = series.len() == 1;
    let top = |band: &[f64; 5]| if alone { band[4] } else { band[2] };
    let highest = series.iter().flatten().map(|(_, band)| top(band)).fold(0.0, f64::max).max(1e-9);
    let last = f64::from(days.last().copied().unwrap_or(1)).max(2.0);
    let legend = if alone { 0 } else { 26 * series.len() as i32 };
    let subtitle = match alone {
        true => [
            "线：中位；深色：一半的模拟；浅色：九成的模拟",
            "line: median; dark: half of the runs; pale: nine of ten",
        ],
        false => ["每个计划的中位，同一批人", "median of each plan, the same people"],
    };
    chart(name, 400 + legend, text::unit(study.scenario.currency()), title, subtitle, |area, lang| {
        if !alone {
            for (place, ((variant, _), colour)) in (0..).zip(shown.iter().zip(LINES)) {
                let y = 78 + 26 * place;
                bar(area, MARGIN, y + 8, 26, 5, &colour)?;
                label(area, &variant.label, (MARGIN + 36, y), 18, &INK, HPos::Left)?;
            }
        }
        let date = |day: &f64| {
            let date = study.scenario.start.plus((*day as i64 - 1).max(0)).to_string();
            if last > 150.0 { date[..7].to_owned() } else { date[5..].to_owned() }
        };
        let plot = area.margin(80 + legend, 8, 8, MARGIN + 8);
        let mut plot = ChartBuilder::on(&plot)
            .x_label_area_size(38)
            .y_label_area_size(70)
            .build_cartesian_2d(1.0..last, 0.0..highest * 1.08)?;
        plot.configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(RULE)
            .axis_style(GREY)
            .x_labels(5)
            .y_labels(6)
            .x_label_formatter(&date)
            .y_label_formatter(&|value| axis(*value, lang))
            .label_style(font(17, &MUTED))
            .draw()?;
        for (line, colour) in series.iter().zip(LINES) {
            if alone {
                for (low, high, fill) in [(0, 4, FAINT), (1, 3, PALE)] {
                    let there = line.iter().map(|(day, band)| (*day, band[high]));
                    let back = line.iter().rev().map(|(day, band)| (*day, band[low]));
                    let outline: Vec<(f64, f64)> = there.chain(back).collect();
                    plot.draw_series([Polygon::new(outline, fill.filled())])?;
                }
            }
            plot.draw_series(LineSeries::new(
                line.iter().map(|(day, band)| (*day, band[2])),
                colour.stroke_width(3),
            ))?;
        }
        Ok(())
    })
}

/// DISC-1: how many members got how much back, on average over the runs.
fn outcomes(study: &Study, summary: &Summary) -> Chart {
    let first = place(&RUN_COLUMNS, "outcome_0");
    let means: Vec<i64> =
        summary.end[first..first + OUTCOME_EDGES_PPM.len()].iter().map(|band| band.mean).collect();
    let (total, largest) =
        (means.iter().sum::<i64>().max(1), means.iter().copied().max().unwrap_or(0).max(1));
    let row = 34;
    let height = 86 + row * means.len() as i32 + 36;
    chart(
        "outcomes",
        height,
        text::unit(study.scenario.currency()),
        ["每消费 100 UNIT，拿回了多少", "What came back of 100 UNIT spent"],
        ["现金加积分净额；各次模拟的平均会员人数", "cash and points, net; members, mean of the runs"],
        |area, lang| {
            let mut top = 86;
            for (bucket, members) in means.iter().enumerate() {
                let from = OUTCOME_EDGES_PPM[bucket] / 10_000;
                let range = match OUTCOME_EDGES_PPM.get(bucket + 1) {
                    Some(to) => format!("{from}–{}", to / 10_000),
                    None => lang.pick(["300 以上", "300+"]).to_owned(),
                };
                if OUTCOME_EDGES_PPM[bucket] == 1_000_000 {
                    let note =
                        lang.pick(["以下：拿回的不少于消费", "below: got back at least what they spent"]);
                    area.draw(&PathElement::new(vec![(MARGIN, top + 8), (WIDTH - MARGIN, top + 8)], ORANGE))?;
                    label(area, note, (WIDTH - MARGIN, top + 12), 17, &ORANGE, HPos::Right)?;
                    top += 36;
                }
                let colour = if OUTCOME_EDGES_PPM[bucket] >= 1_000_000 { ORANGE } else { BLUE };
                label(area, &range, (132, top), 19, &INK, HPos::Right)?;
                let width = (232 * members / largest) as i32;
                let width = if *members > 0 { width.max(2) } else { 0 };
                bar(area, 142, top + 2, width, 20, &colour)?;
                let share = (members * 1_000_000 / total).unsigned_abs();
                let shown = match members {
                    0 => "0".to_owned(),
                    _ => format!("{} ({})", text::number(members.unsigned_abs()), text::percent(share)),
                };
                label(area, &shown, (150 + width, top), 19, &INK, HPos::Left)?;
                top += row;
            }
            Ok(())
        },
    )
}

/// DISC-4: where the money of the orders went, on average over the runs.
fn hundred(study: &Study, summary: &Summary) -> Chart {
    let parts: Vec<(usize, i64, RGBColor)> = LEGS
        .iter()
        .map(|(name, colour)| (place(&RUN_COLUMNS, name), summary.end(name).mean, *colour))
        .filter(|(_, mean, _)| *mean > 0)
        .collect();
    let total = parts.iter().map(|(_, mean, _)| *mean).sum::<i64>().max(1);
    let row = 62;
    chart(
        "hundred",
        86 + row * parts.len().max(1) as i32,
        text::unit(study.scenario.currency()),
        ["每消费 100 UNIT，钱去了哪里", "Where 100 UNIT of orders went"],
        ["各次模拟的平均", "mean of the runs"],
        |area, lang| {
            for (number, (column, mean, colour)) in (0..).zip(&parts) {
                let top = 86 + row * number;
                let column = RUN_COLUMNS[*column];
                let mut name = lang.pick([column.zh.to_owned(), super::report::capital(column.en)]);
                if study.scenario.failure.is_some()
                    && matches!(column.name, "in_pool" | "in_residual" | "pending")
                {
                    name += lang.pick(["，被卷走", ", taken"]);
                }
                label(area, &name, (MARGIN, top), 20, &INK, HPos::Left)?;
                let hundredths = i128::from(*mean) * 10_000 / i128::from(total);
                let shown = format!("{}.{:02}", hundredths / 100, hundredths % 100);
                label(area, &shown, (WIDTH - MARGIN, top), 20, &INK, HPos::Right)?;
                bar(area, MARGIN, top + 28, WIDTH - 2 * MARGIN, 18, &RGBColor(0xf3, 0xf5, 0xf7))?;
                let width = i128::from(WIDTH - 2 * MARGIN) * i128::from(*mean) / i128::from(total);
                bar(area, MARGIN, top + 28, (width as i32).max(2), 18, colour)?;
            }
            Ok(())
        },
    )
}

/// SIM-22: the member in the middle under each plan: median of the runs and nine of ten.
fn beside(study: &Study, shown: &[Shown<'_>]) -> Chart {
    let row = 64;
    let bands: Vec<(&str, Band)> =
        shown.iter().map(|(variant, summary)| (variant.label.as_str(), summary.end("median_ppm"))).collect();
    let highest = bands.iter().map(|(_, band)| band.quantiles[4]).max().unwrap_or(0).max(1_000_000);
    chart(
        "beside",
        106 + row * bands.len() as i32,
        text::unit(study.scenario.currency()),
        ["同一批人，不同计划：正中间的会员", "The same people, other plans: the middle"],
        ["每消费 100 UNIT拿回多少；竖线：100", "back of 100 UNIT spent; upright line: 100"],
        |area, lang| {
            let wide = f64::from(WIDTH - 2 * MARGIN - 90);
            let x = |ppm: i64| MARGIN + (wide * ppm as f64 / highest as f64) as i32;
            let bottom = 86 + row * bands.len() as i32;
            area.draw(&PathElement::new(
                vec![(x(1_000_000), 80), (x(1_000_000), bottom)],
                INK.stroke_width(2),
            ))?;
            for (number, (name, band)) in (0..).zip(&bands) {
                let top = 86 + row * number;
                label(area, name, (MARGIN, top), 20, &INK, HPos::Left)?;
                let (low, middle, high) = (x(band.quantiles[0]), x(band.median()), x(band.quantiles[4]));
                bar(area, MARGIN, top + 28, middle - MARGIN, 18, &PALE)?;
                bar(area, low, top + 35, (high - low).max(2), 4, &BLUE)?;
                let hundredths = band.median() / 100;
                let shown = format!("{}.{:02}", hundredths / 100, hundredths % 100);
                label(area, &shown, (high.max(middle) + 8, top + 26), 20, &INK, HPos::Left)?;
            }
            let _ = lang;
            Ok(())
        },
    )
}

/// SIM-24: which assumption drives what the member in the middle has.
fn drivers(study: &Study, effects: &[Effect]) -> Chart {
    let parameters = study.scenario.study.iter().flat_map(|sweep| &sweep.parameters);
    let keys: Vec<&str> = parameters.map(|parameter| parameter.key.as_str()).collect();
    let mut rows: Vec<(&str, i64)> = effects
        .iter()
        .filter(|effect| effect.plan == 0 && effect.name == "median_ppm")
        .map(|effect| (keys[effect.parameter], effect.rank_ppm.unwrap_or(0)))
        .collect();
    rows.sort_by_key(|(_, rank)| std::cmp::Reverse(rank.abs()));
    let row = 58;
    chart(
        "drivers",
        96 + row * rows.len() as i32,
        text::unit(study.scenario.currency()),
        ["哪个假设决定正中间会员的结果", "Which assumption drives the middle outcome"],
        ["秩相关，−1 到 1；橙：降低，蓝：提高", "rank correlation, −1 to 1; orange lowers, blue raises"],
        |area, _| {
            let middle = WIDTH / 2;
            area.draw(&PathElement::new(vec![(middle, 84), (middle, 86 + row * rows.len() as i32)], GREY))?;
            for (number, (key, rank)) in (0..).zip(&rows) {
                let top = 86 + row * number;
                label(area, key, (MARGIN, top), 18, &INK, HPos::Left)?;
                let shown = signed_times(*rank);
                label(area, &shown, (WIDTH - MARGIN, top), 18, &INK, HPos::Right)?;
                let wide = (i64::from(middle - MARGIN) * rank.abs() / 1_000_000) as i32;
                let (left, colour) = if *rank < 0 { (middle - wide, ORANGE) } else { (middle, BLUE) };
                bar(area, left, top + 26, wide.max(1), 16, &colour)?;
            }
            Ok(()) as Drawn
        },
    )
}

/// Parts per million as a fraction with two decimals and its sign.
pub(super) fn signed_times(ppm: i64) -> String {
    let size = text::times(ppm.unsigned_abs());
    if ppm < 0 && size != "0.00" { format!("−{size}") } else { size }
}

/// A number of a column for people.
pub(super) fn shown(study: &Study, unit: Unit, number: i64, lang: Lang) -> String {
    let currency = study.scenario.currency();
    let sign = if number < 0 { "−" } else { "" };
    let size = number.unsigned_abs();
    let plain = match unit {
        Unit::Count => text::number(size),
        Unit::Money => {
            let amount = ratchet_engine::amount::Money::from_minor(number.abs());
            amount.map_or_else(String::new, |amount| text::money(currency, amount, lang))
        }
        Unit::Ppm => text::percent(size),
        Unit::Price => {
            // Four decimals of a unit of money, rounded down.
            let unit = 10_u64.pow(currency.decimals + 6);
            format!("{}.{:04}", text::number(size / unit), size % unit / (unit / 10_000))
        }
        Unit::Points => format!("{}.{:02}", text::number(size / 1_000_000), size % 1_000_000 / 10_000),
    };
    format!("{sign}{plain}")
}
