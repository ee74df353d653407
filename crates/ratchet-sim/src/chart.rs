//! The report's charts as SVG, in Chinese and English: large text, few colours that every eye tells apart.
//!
//! Floats are pixels here; every number that is written out comes from whole numbers.

pub(crate) mod shapes;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use ratchet_engine::amount::Rate;
use ratchet_engine::disclosure::{Cohort, Leg, OUTCOME_EDGES_PPM};
use ratchet_engine::plan::ExitOf;
use ratchet_engine::pool::Price;
use ratchet_engine::time::{DAY_US, Timestamp};

use crate::report::text::{self, Lang};
use crate::summary::Summary;

/// A chart, as the files hold it and the report shows it.
pub(crate) struct Chart {
    /// Name of its files.
    pub(crate) name: &'static str,
    pub(crate) zh: String,
    pub(crate) en: String,
}

pub(crate) const INK: RGBColor = RGBColor(0x1f, 0x29, 0x33);
pub(crate) const MUTED: RGBColor = RGBColor(0x5f, 0x6b, 0x7a);
pub(crate) const RULE: RGBColor = RGBColor(0xdd, 0xe3, 0xe8);
pub(crate) const GREY: RGBColor = RGBColor(0xb4, 0xbe, 0xc8);
pub(crate) const BLUE: RGBColor = RGBColor(0x2b, 0x5c, 0x88);
pub(crate) const PALE: RGBColor = RGBColor(0x9d, 0xbf, 0xdb);
pub(crate) const ORANGE: RGBColor = RGBColor(0xd5, 0x6f, 0x0b);
pub(crate) const GREEN: RGBColor = RGBColor(0x00, 0x7d, 0x5a);

/// Drawn at this width; the page scales it.
pub(crate) const WIDTH: i32 = 540;
pub(crate) const MARGIN: i32 = 14;

pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(crate) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Every chart of a backtest.
pub(crate) fn all(summary: &Summary) -> Vec<Chart> {
    let mut charts = vec![hundred(summary), outcomes(summary), cohorts(summary)];
    if summary.plan.pool.is_some() && summary.curve.iter().any(|point| !point.price.supply.is_zero()) {
        charts.push(lorenz(summary));
        charts.push(price(summary));
        charts.push(value_now(summary));
    }
    charts
}

/// Draws a chart in both languages.
pub(crate) fn chart(
    name: &'static str,
    height: i32,
    unit: [&str; 2],
    title: [&str; 2],
    subtitle: [&str; 2],
    draw: impl Fn(&Area<'_>, Lang) -> Drawn,
) -> Chart {
    let of = |lang: Lang| {
        let [title, subtitle] =
            [title, subtitle].map(|texts| lang.pick(texts).replace("UNIT", lang.pick(unit)));
        let (title, subtitle) = (title.as_str(), subtitle.as_str());
        let mut svg = String::new();
        let root = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32)).into_drawing_area();
        root.fill(&WHITE)
            .and_then(|()| label(&root, title, (MARGIN, 14), 24, &INK, HPos::Left))
            .and_then(|()| label(&root, subtitle, (MARGIN, 46), 17, &MUTED, HPos::Left))
            .and_then(|()| draw(&root, lang))
            .and_then(|()| root.present())
            .expect("drawing into memory does not fail");
        drop(root);
        // For people who hear the page: what the picture is of.
        let spoken = format!("{title}. {subtitle}");
        let named =
            svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{}\" ", text::escape(&spoken)), 1);
        named.replacen(">\n", &format!(">\n<title>{}</title>\n", text::escape(title)), 1)
    };
    Chart { name, zh: of(Lang::Zh), en: of(Lang::En) }
}

pub(crate) fn font<'a>(size: i32, colour: &'a RGBColor) -> TextStyle<'a> {
    // The back end divides by 1.24.
    ("sans-serif", f64::from(size) * 1.24).into_font().color(colour)
}

pub(crate) fn label(
    area: &Area<'_>,
    text: &str,
    at: (i32, i32),
    size: i32,
    colour: &RGBColor,
    side: HPos,
) -> Drawn {
    area.draw(&Text::new(text.to_owned(), at, font(size, colour).pos(Pos::new(side, VPos::Top))))
}

pub(crate) fn bar(area: &Area<'_>, left: i32, top: i32, width: i32, height: i32, colour: &RGBColor) -> Drawn {
    area.draw(&Rectangle::new([(left, top), (left + width, top + height)], colour.filled()))
}

/// Name of a leg.
pub(crate) fn leg_text(leg: Leg, lang: Lang) -> &'static str {
    lang.pick(match leg {
        Leg::Cost => ["供货方与商家", "Suppliers and merchants"],
        Leg::Commission => ["佣金", "Commissions"],
        Leg::Funds => ["专项基金", "Named funds"],
        Leg::Platform => ["平台", "Platform"],
        Leg::PoolPaid => ["经盈利池付给会员的现金", "Paid to members in cash, through the pool"],
        Leg::PoolHeld => ["仍在盈利池里", "Still in the pool"],
        Leg::PoolResidual => ["池中剩余（尚无归属）", "Pool residual (belongs to nobody yet)"],
        Leg::PoolIssuer => ["以积分换股时转给股份发行方", "To the issuer of shares, for points"],
        Leg::Pending => ["尚未结算", "Not settled yet"],
    })
}

/// DISC-4.
fn hundred(summary: &Summary) -> Chart {
    let parts: Vec<_> = summary
        .disclosure
        .hundred
        .iter()
        .filter(|part| {
            !part.amount.is_zero()
                || matches!(part.leg, Leg::PoolPaid | Leg::PoolHeld if summary.plan.pool.is_some())
        })
        .collect();
    let row = 62;
    let height = 86 + row * parts.len() as i32;
    let total = 100 * 10_i64.pow(summary.currency().decimals);
    chart(
        "hundred",
        height,
        text::unit(summary.currency()),
        ["每消费 100 UNIT，钱去了哪里", "Where 100 UNIT of orders went"],
        ["全部订单合计，按比例折算", "all orders together, in proportion"],
        |area, lang| {
            for (place, part) in (0..).zip(&parts) {
                let top = 86 + row * place;
                let colour = match part.leg {
                    Leg::PoolPaid => ORANGE,
                    Leg::PoolHeld | Leg::PoolResidual | Leg::PoolIssuer => PALE,
                    Leg::Pending => RULE,
                    Leg::Cost | Leg::Commission | Leg::Funds | Leg::Platform => GREY,
                };
                let width = (WIDTH - 2 * MARGIN) as i64 * part.of_hundred.minor() / total;
                label(area, leg_text(part.leg, lang), (MARGIN, top), 20, &INK, HPos::Left)?;
                let value = text::money(summary.currency(), part.of_hundred, lang);
                label(area, &value, (WIDTH - MARGIN, top), 20, &INK, HPos::Right)?;
                bar(area, MARGIN, top + 28, WIDTH - 2 * MARGIN, 18, &RGBColor(0xf3, 0xf5, 0xf7))?;
                let width = if part.amount.is_zero() { 0 } else { (width as i32).max(2) };
                bar(area, MARGIN, top + 28, width, 18, &colour)?;
            }
            Ok(())
        },
    )
}

/// DISC-1: how many members got how much back.
fn outcomes(summary: &Summary) -> Chart {
    let outcomes = &summary.disclosure.outcomes;
    let largest = outcomes.buckets.iter().copied().max().unwrap_or(0).max(1);
    let row = 34;
    let height = 86 + row * outcomes.buckets.len() as i32 + 36;
    chart(
        "outcomes",
        height,
        text::unit(summary.currency()),
        ["每消费 100 UNIT，拿回了多少", "What came back of 100 UNIT spent"],
        ["到手现金加上积分今天卖出的净额，会员人数", "members by cash received plus points sold today"],
        |area, lang| {
            let mut top = 86;
            for (bucket, members) in outcomes.buckets.iter().enumerate() {
                let from = OUTCOME_EDGES_PPM[bucket] / 10_000;
                let range = match OUTCOME_EDGES_PPM.get(bucket + 1) {
                    Some(to) => format!("{from}–{}", to / 10_000),
                    None => lang.pick(["300 以上", "300+"]).to_owned(),
                };
                let whole = OUTCOME_EDGES_PPM[bucket] >= u64::from(Rate::ONE.ppm());
                if OUTCOME_EDGES_PPM[bucket] == u64::from(Rate::ONE.ppm()) {
                    // From here on the members have their money back.
                    let note =
                        lang.pick(["以下：拿回的不少于消费", "below: got back at least what they spent"]);
                    let line = PathElement::new(vec![(MARGIN, top + 8), (WIDTH - MARGIN, top + 8)], ORANGE);
                    area.draw(&line)?;
                    label(area, note, (WIDTH - MARGIN, top + 12), 17, &ORANGE, HPos::Right)?;
                    top += 36;
                }
                let colour = if whole { ORANGE } else { BLUE };
                label(area, &range, (132, top), 19, &INK, HPos::Right)?;
                let width = (232 * u128::from(*members) / u128::from(largest)) as i32;
                let width = if *members > 0 { width.max(2) } else { 0 };
                bar(area, 142, top + 2, width, 20, &colour)?;
                let share = u128::from(*members) * 1_000_000 / u128::from(summary.disclosure.buyers.max(1));
                let shown = match members {
                    0 => "0".to_owned(),
                    _ => format!("{} ({})", text::number(*members), text::percent(share as u64)),
                };
                label(area, &shown, (150 + width, top), 19, &INK, HPos::Left)?;
                top += row;
            }
            Ok(())
        },
    )
}

/// DISC-1 and DISC-3: per 100 yuan spent by joining month, in cash and if everybody sold now.
fn cohorts(summary: &Summary) -> Chart {
    let cohorts: Vec<&Cohort> =
        summary.disclosure.cohorts.iter().filter(|cohort| !cohort.spent.is_zero()).collect();
    let of_hundred = |amount: i64, cohort: &Cohort| amount as f64 * 100.0 / cohort.spent.minor() as f64;
    let highest = cohorts
        .iter()
        .map(|cohort| of_hundred(cohort.cash.minor() + cohort.held.minor(), cohort))
        .fold(100.0, f64::max);
    chart(
        "cohorts",
        430,
        text::unit(summary.currency()),
        ["按加入月份：每消费 100 UNIT拿回多少", "By joining month, of 100 UNIT spent"],
        ["橙：已到手现金　浅蓝：积分今天全部卖出", "orange: cash received, blue: points sold today"],
        |area, lang| {
            let count = cohorts.len().max(1) as f64;
            let plot = area.margin(80, 8, 8, MARGIN);
            let mut plot = ChartBuilder::on(&plot)
                .x_label_area_size(38)
                .y_label_area_size(50)
                .build_cartesian_2d(0.0..count, 0.0..highest * 1.15)?;
            plot.configure_mesh()
                .disable_x_mesh()
                .disable_x_axis()
                .light_line_style(TRANSPARENT)
                .bold_line_style(RULE)
                .axis_style(GREY)
                .y_labels(6)
                .y_label_formatter(&|value| axis_number(*value))
                .label_style(font(17, &MUTED))
                .draw()?;
            // No more labels than fit side by side.
            let every = cohorts.len().div_ceil(5).max(1);
            for (place, cohort) in cohorts.iter().enumerate() {
                let cash = of_hundred(cohort.cash.minor(), cohort);
                let all = cash + of_hundred(cohort.held.minor(), cohort);
                let (left, right) = (place as f64 + 0.12, place as f64 + 0.88);
                plot.draw_series([
                    Rectangle::new([(left, cash), (right, all)], PALE.filled()),
                    Rectangle::new([(left, 0.0), (right, cash)], ORANGE.filled()),
                ])?;
                let at = |height| plot.plotting_area().map_coordinate(&(place as f64 + 0.5, height));
                if place.is_multiple_of(every) {
                    let (x, y) = at(0.0);
                    label(area, &cohort.month, (x, y + 10), 17, &MUTED, HPos::Center)?;
                }
                if cohorts.len() <= 12 {
                    let (x, y) = at(all);
                    label(area, &format!("{all:.0}"), (x, y - 22), 17, &INK, HPos::Center)?;
                }
            }
            plot.draw_series(LineSeries::new([(0.0, 100.0), (count, 100.0)], INK.stroke_width(2)))?;
            let note = lang.pick(["100：全部拿回", "100: everything back"]);
            let (x, y) = plot.plotting_area().map_coordinate(&(count, 100.0));
            label(area, note, (x, y - 24), 17, &INK, HPos::Right)
        },
    )
}

/// DISC-1.
fn lorenz(summary: &Summary) -> Chart {
    let disclosure = &summary.disclosure;
    chart(
        "lorenz",
        470,
        text::unit(summary.currency()),
        ["钱集中在多少人手里", "How concentrated the money is"],
        ["会员从少到多排列，累计占全部金额的百分比", "members from least to most, share of the total"],
        |area, lang| {
            let plot = area.margin(80, 8, 8, MARGIN + 8);
            let mut plot = ChartBuilder::on(&plot)
                .x_label_area_size(38)
                .y_label_area_size(58)
                .build_cartesian_2d(0.0..100.0, 0.0..100.0)?;
            plot.configure_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(RULE)
                .axis_style(GREY)
                .x_labels(6)
                .y_labels(6)
                .x_label_formatter(&|value| format!("{value:.0}%"))
                .y_label_formatter(&|value| format!("{value:.0}%"))
                .label_style(font(17, &MUTED))
                .draw()?;
            plot.draw_series(LineSeries::new([(0.0, 0.0), (100.0, 100.0)], GREY.stroke_width(2)))?;
            let curves = [
                (&disclosure.value_inequality, BLUE, lang.pick(["现金加积分净值", "cash and points"]), 86.0),
                (&disclosure.cash_inequality, ORANGE, lang.pick(["到手现金", "cash received"]), 78.0),
            ];
            let left = |size| font(size, &INK).pos(Pos::new(HPos::Left, VPos::Center));
            plot.draw_series([Text::new(
                lang.pick(["灰线：人人相等", "grey: all equal"]).to_owned(),
                (6.0, 94.0),
                left(18).color(&MUTED),
            )])?;
            for (inequality, colour, name, at) in curves {
                if inequality.lorenz_ppm[100] == 0 {
                    continue;
                }
                let points = (0_u32..).zip(inequality.lorenz_ppm);
                let points = points.map(|(percent, share)| (f64::from(percent), share as f64 / 10_000.0));
                plot.draw_series(LineSeries::new(points, colour.stroke_width(3)))?;
                let shown = format!("{name}: Gini {}", text::fraction(inequality.gini_ppm));
                plot.draw_series([Text::new(shown, (6.0, at), left(18).color(&colour))])?;
            }
            Ok(())
        },
    )
}

/// Days since 1970, for an axis.
fn day(at: Timestamp) -> f64 {
    at.us() as f64 / DAY_US as f64
}

/// The axis of time, at least a day long, and how its labels read.
fn time_axis(summary: &Summary) -> (std::ops::Range<f64>, impl Fn(&f64) -> String) {
    let from = summary.curve.first().map_or(0.0, |point| day(point.at));
    let to = summary.curve.last().map_or(0.0, |point| day(point.at)).max(from + 1.0);
    let calendar = summary.plan.programme.calendar.clone();
    let label = move |at: &f64| {
        let at = Timestamp::from_us((at * DAY_US as f64) as i64).unwrap_or(Timestamp::MIN);
        let date = calendar.day_of(at).to_string();
        if to - from > 150.0 { date[..7].to_owned() } else { date[5..].to_owned() }
    };
    (from..to, label)
}

/// In money per point, with splits multiplied back.
fn quoted(price: &Price, decimals: u32) -> f64 {
    if price.supply.is_zero() {
        return 0.0;
    }
    let per_point = price.assets.minor() as f64 / price.supply.units() as f64 * 1e12;
    per_point / 10_f64.powi(decimals as i32) * 1_000_f64.powi(price.exponent as i32)
}

/// The quoted price.
fn price(summary: &Summary) -> Chart {
    let decimals = summary.currency().decimals;
    // Without points in circulation there is no price.
    let points: Vec<(f64, f64)> = summary
        .curve
        .iter()
        .filter(|point| !point.price.supply.is_zero())
        .map(|point| (day(point.at), quoted(&point.price, decimals)))
        .collect();
    let highest = points.iter().map(|point| point.1).fold(0.0, f64::max);
    chart(
        "price",
        400,
        text::unit(summary.currency()),
        ["积分的报价（UNIT）", "Quoted price of a point, in UNIT"],
        ["只升不降，但与能否回本无关", "it only rises; it says nothing of recovery"],
        |area, _| {
            let (days, day_label) = time_axis(summary);
            let plot = area.margin(80, 8, 8, MARGIN + 8);
            let mut plot = ChartBuilder::on(&plot)
                .x_label_area_size(38)
                .y_label_area_size(62)
                .build_cartesian_2d(days, 0.0..highest.max(1e-9) * 1.08)?;
            plot.configure_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(RULE)
                .axis_style(GREY)
                .x_labels(5)
                .y_labels(6)
                .x_label_formatter(&day_label)
                .y_label_formatter(&|value| axis_number(*value))
                .label_style(font(17, &MUTED))
                .draw()?;
            plot.draw_series(LineSeries::new(points.iter().copied(), GREY.stroke_width(3)))?;
            plot.draw_series(points.last().map(|last| Circle::new(*last, 5, GREY.filled())))?;
            Ok(())
        },
    )
}

/// What 100 yuan spent then would bring now.
fn value_now(summary: &Summary) -> Chart {
    let now = quoted(&summary.price, 0);
    let plan = &summary.plan;
    let share = |rate: Rate| f64::from(rate.ppm()) / 1e6;
    let worth = |then: f64| -> Option<f64> {
        let pool = plan.pool.filter(|_| then > 0.0)?;
        let contributed = 100.0 * share(plan.split.pool);
        let gross = contributed * share(pool.mint_ratio) * now / then;
        let most = pool.exit.map_or(f64::INFINITY, |exit| {
            let of = match exit.of {
                ExitOf::Spend => 100.0,
                ExitOf::Contribution => contributed,
            };
            f64::from(exit.multiple) * of
        });
        Some(gross.min(most) * (1.0 - share(pool.retention)))
    };
    let points: Vec<(f64, f64)> = summary
        .curve
        .iter()
        .filter_map(|point| Some((day(point.at), worth(quoted(&point.price, 0))?)))
        .filter(|point| point.1 > 0.0)
        .collect();
    let highest = points.iter().map(|point| point.1).fold(100.0, f64::max) * 1.5;
    let lowest = points.iter().map(|point| point.1).fold(100.0, f64::min) / 1.5;
    // 1, 2, 5, 10, …; over many powers of ten only those.
    let few = highest / lowest < 1e4;
    let ticks = (-12..12)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
        .filter(|tick| (lowest..highest).contains(tick) && (few || tick.log10().fract().abs() < 1e-9));
    let ticks: Vec<f64> = ticks.collect();
    chart(
        "value-now",
        400,
        text::unit(summary.currency()),
        ["当时消费 100 UNIT，今天卖出能得多少", "100 UNIT spent then, worth today"],
        ["净额，UNIT；越晚消费，得到越少（对数刻度）", "net, in UNIT; the later, the less (log scale)"],
        |area, lang| {
            let (days, day_label) = time_axis(summary);
            let end = days.end;
            let plot = area.margin(80, 8, 8, MARGIN + 8);
            let mut plot = ChartBuilder::on(&plot)
                .x_label_area_size(38)
                .y_label_area_size(62)
                .build_cartesian_2d(days.clone(), (lowest..highest).log_scale())?;
            plot.configure_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(RULE)
                .axis_style(GREY)
                .x_labels(5)
                .disable_y_mesh()
                .disable_y_axis()
                .x_label_formatter(&day_label)
                .label_style(font(17, &MUTED))
                .draw()?;
            for tick in &ticks {
                let (left, y) = plot.plotting_area().map_coordinate(&(days.start, *tick));
                let right = plot.plotting_area().map_coordinate(&(end, *tick)).0;
                area.draw(&PathElement::new(vec![(left, y), (right, y)], RULE))?;
                label(area, &axis_number(*tick), (left - 8, y - 9), 17, &MUTED, HPos::Right)?;
            }
            plot.draw_series(LineSeries::new([(days.start, 100.0), (end, 100.0)], INK.stroke_width(2)))?;
            plot.draw_series(LineSeries::new(points.iter().copied(), BLUE.stroke_width(3)))?;
            plot.draw_series(points.last().map(|last| Circle::new(*last, 5, BLUE.filled())))?;
            let note = lang.pick(["100：刚好回本", "100: money back"]);
            let (x, y) = plot.plotting_area().map_coordinate(&(end, 100.0));
            label(area, note, (x, y - 24), 17, &INK, HPos::Right)?;
            if let Some(last) = points.last() {
                let style = font(20, &BLUE).pos(Pos::new(HPos::Right, VPos::Bottom));
                let shown = axis_number(last.1);
                plot.draw_series([Text::new(shown, (last.0, last.1 * 1.1), style)])?;
            }
            Ok(())
        },
    )
}

/// A number on an axis: no more digits than say something.
pub(crate) fn axis_number(value: f64) -> String {
    let shown = match value {
        v if v >= 1e7 => format!("{v:.0e}"),
        v if v >= 100.0 || v == 0.0 => format!("{v:.0}"),
        v if v >= 1.0 => format!("{v:.1}"),
        v if v >= 0.01 => format!("{v:.2}"),
        v => format!("{v:.0e}"),
    };
    match shown.contains('.') {
        true => shown.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => shown,
    }
}
