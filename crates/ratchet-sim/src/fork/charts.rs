//! The charts of a fork: what each cohort has under each case, what the change gives and takes, and the days.

use plotters::prelude::RGBColor;
use ratchet_engine::amount::Money;

use super::{AS_IT_WAS, Cohort, Compared, Fork, Side, cohort_place};
use crate::chart::shapes::{self, Across, Line, Row};
use crate::chart::{BLUE, Chart, GREEN, GREY, INK, ORANGE, PALE};
use crate::report::sheet::{Both, both};
use crate::report::text::{self, Lang};
use crate::simulate::{DAY_COLUMNS, place};

/// The case without changes, then the changes.
const COLOURS: [RGBColor; 8] =
    [GREY, ORANGE, BLUE, GREEN, INK, PALE, RGBColor(0x8a, 0x5a, 0x9e), RGBColor(0x6b, 0x4f, 0x2a)];
/// Longest label in a chart, in characters.
const LABEL_CHARS: usize = 34;

/// Name of a case for people, cut to fit.
pub(super) fn case_words(label: &str) -> Both {
    if label == AS_IT_WAS {
        return ["照旧".to_owned(), "As it was".to_owned()];
    }
    let mut shown: String = label.chars().take(LABEL_CHARS).collect();
    if shown.len() < label.len() {
        shown.push('…');
    }
    both(|_| shown.clone())
}

/// Name of a cohort for people.
pub(super) fn cohort_words(cohort: &Cohort) -> Both {
    let joined = &cohort.joined;
    let [zh, en] = match (cohort.side, joined.is_empty()) {
        (Side::Before, true) => ["分叉前的全部会员", "All before the fork"],
        (Side::After, true) => ["分叉后加入的全部会员", "All who joined after"],
        (Side::Both, _) => ["全部会员", "Everybody"],
        (Side::Before, false) => return [format!("{joined} 加入"), format!("Joined {joined}")],
        (Side::After, false) => {
            return [format!("{joined} 加入（分叉后）"), format!("Joined {joined}, after")];
        }
    };
    [zh.to_owned(), en.to_owned()]
}

pub(super) fn all(fork: &Fork, found: &Compared) -> Vec<Chart> {
    let mut charts = vec![outcomes(fork, found)];
    if fork.cases.len() > 1 {
        charts.push(gains(fork, found));
    }
    let currency = fork.cases[0].scenario.currency();
    let units = 10_f64.powi(currency.decimals as i32);
    let subtitle = ["分叉之后，各次模拟的中位", "after the fork; medians of the runs"];
    for (name, title, column, scale) in [
        ("cash", ["会员累计到手现金（UNIT）", "Cash to members so far, in UNIT"], "cash", units),
        ("pool", ["盈利池（UNIT）", "The pool, in UNIT"], "pool", units),
        (
            "price",
            ["积分报价（UNIT）：与回本无关", "Quoted price, in UNIT: no recovery"],
            "price",
            1e6 * units,
        ),
    ] {
        if column != "cash" && fork.cases[0].scenario.plans[0].plan.pool.is_none() {
            continue;
        }
        charts.push(shapes::lines(
            currency,
            name,
            title,
            subtitle,
            &days(fork, found, column, scale),
            Across::Plain([" 天", " d"]),
            None,
        ));
    }
    charts
}

fn days(fork: &Fork, found: &Compared, column: &str, scale: f64) -> Vec<Line> {
    let place = place(&DAY_COLUMNS, column);
    fork.cases
        .iter()
        .enumerate()
        .map(|(case, of)| Line {
            name: case_words(&of.label),
            points: of
                .scenario
                .result_days()
                .into_iter()
                .enumerate()
                .map(|(at, day)| (f64::from(day), found.day(case, at, place).median() as f64 / scale))
                .collect(),
            colour: COLOURS[case % COLOURS.len()],
            // The one to compare with lies under the others.
            width: if case == 0 { 7 } else { 3 },
        })
        .collect()
}

/// The sides as a whole: what the member in the middle has under each case.
fn outcomes(fork: &Fork, found: &Compared) -> Chart {
    let mut rows = Vec::new();
    for side in [Side::Before, Side::After] {
        let cohort = fork.all(side);
        for (case, of) in fork.cases.iter().enumerate() {
            let median = found.cohort(case, cohort, cohort_place("median_ppm")).median().unsigned_abs();
            let [zh, en] = case_words(&of.label);
            let name = match side {
                Side::Before => [format!("分叉前：{zh}"), format!("Before: {en}")],
                Side::After | Side::Both => [format!("分叉后：{zh}"), format!("After: {en}")],
            };
            let shown = both(|_| text::times(median * 100));
            rows.push(Row { name, size: median as f64, shown, colour: COLOURS[case % COLOURS.len()] });
        }
    }
    shapes::rows(
        fork.cases[0].scenario.currency(),
        "middle",
        ["正中间的会员，每消费 100 UNIT拿回", "The middle: back of 100 UNIT spent"],
        ["现金加积分净额；分叉前就在的，和之后加入的", "cash and points; those before the fork, and after"],
        &rows,
        1_000_000.0,
    )
}

/// What the first change gives to and takes from each cohort, in money.
fn gains(fork: &Fork, found: &Compared) -> Chart {
    let currency = fork.cases[0].scenario.currency();
    let cohorts = fork.cohorts.iter().enumerate().filter(|(_, cohort)| !cohort.joined.is_empty());
    let rows: Vec<Row> = cohorts
        .map(|(place, cohort)| {
            let gain = found.difference(1, place, cohort_place("gain")).median();
            Row {
                name: cohort_words(cohort),
                size: gain.unsigned_abs() as f64,
                shown: both(|lang| signed_money(currency, gain, lang)),
                colour: if gain < 0 { ORANGE } else { BLUE },
            }
        })
        .collect();
    shapes::rows(
        currency,
        "gains",
        ["改变之后，各批会员多得或少得", "What the change gives and takes"],
        ["与照旧相比，合计；蓝：多得，橙：少得；中位", "beside as it was; blue more, orange less; medians"],
        &rows,
        1.0,
    )
}

/// An amount with its sign.
pub(super) fn signed_money(currency: ratchet_engine::amount::Currency, minor: i64, lang: Lang) -> String {
    let size = Money::from_minor(minor.saturating_abs()).unwrap_or(Money::ZERO);
    let shown = text::money(currency, size, lang);
    match minor {
        0 => shown,
        1.. => format!("+{shown}"),
        _ => format!("−{shown}"),
    }
}
