//! Two shapes that charts are made of: bars below each other, and lines over an axis.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use ratchet_engine::amount::Currency;

use super::{Chart, GREY, INK, MARGIN, MUTED, RULE, WIDTH, bar, chart, font, label};
use crate::report::sheet::Both;
use crate::report::text;
use crate::study::axis;

/// A bar: what it is, how long, what is written at its end, its colour.
pub(crate) struct Row {
    pub(crate) name: Both,
    pub(crate) size: f64,
    pub(crate) shown: Both,
    pub(crate) colour: RGBColor,
}

pub(crate) fn row(name: [&str; 2], size: f64, shown: Both, colour: RGBColor) -> Row {
    Row { name: name.map(str::to_owned), size, shown, colour }
}

/// Bars one below the other, the longest as wide as the chart.
pub(crate) fn rows(
    currency: Currency,
    name: &'static str,
    title: [&str; 2],
    subtitle: [&str; 2],
    rows: &[Row],
    whole: f64,
) -> Chart {
    let step = 62;
    let longest = rows.iter().map(|row| row.size).fold(whole, f64::max).max(1e-9);
    chart(name, 86 + step * rows.len() as i32, text::unit(currency), title, subtitle, |area, lang| {
        for (place, row) in (0..).zip(rows) {
            let top = 86 + step * place;
            label(
                area,
                lang.pick(row.name.each_ref().map(String::as_str)),
                (MARGIN, top),
                20,
                &INK,
                HPos::Left,
            )?;
            label(
                area,
                lang.pick(row.shown.each_ref().map(String::as_str)),
                (WIDTH - MARGIN, top),
                20,
                &INK,
                HPos::Right,
            )?;
            bar(area, MARGIN, top + 28, WIDTH - 2 * MARGIN, 18, &RGBColor(0xf3, 0xf5, 0xf7))?;
            let wide = f64::from(WIDTH - 2 * MARGIN) * row.size / longest;
            let wide = if row.size > 0.0 { (wide as i32).max(2) } else { 0 };
            bar(area, MARGIN, top + 28, wide, 18, &row.colour)?;
        }
        Ok(())
    })
}

/// A line.
pub(crate) struct Line {
    pub(crate) name: Both,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) colour: RGBColor,
    pub(crate) width: u32,
}

/// How the horizontal axis reads.
#[derive(Clone, Copy)]
pub(crate) enum Across {
    /// Powers of ten.
    Tens,
    /// As it is, this behind it.
    Plain([&'static str; 2]),
}

/// Lines over a common axis; `level` is drawn as a thin line with its words.
pub(crate) fn lines(
    currency: Currency,
    name: &'static str,
    title: [&str; 2],
    subtitle: [&str; 2],
    lines: &[Line],
    across: Across,
    level: Option<(f64, [&str; 2])>,
) -> Chart {
    let all = || lines.iter().flat_map(|line| &line.points);
    let from = all().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let to = all().map(|point| point.0).fold(from + 1e-9, f64::max);
    let highest = all().map(|point| point.1).chain(level.iter().map(|(at, _)| *at)).fold(1e-9, f64::max);
    let legend = if lines.len() > 1 { 26 * lines.len() as i32 } else { 0 };
    chart(name, 400 + legend, text::unit(currency), title, subtitle, |area, lang| {
        if lines.len() > 1 {
            for (place, line) in (0..).zip(lines) {
                let y = 78 + 26 * place;
                bar(area, MARGIN, y + 8, 26, 5, &line.colour)?;
                label(
                    area,
                    lang.pick(line.name.each_ref().map(String::as_str)),
                    (MARGIN + 36, y),
                    18,
                    &INK,
                    HPos::Left,
                )?;
            }
        }
        let plot = area.margin(80 + legend, 8, 8, MARGIN + 18);
        let mut plot = ChartBuilder::on(&plot)
            .x_label_area_size(38)
            .y_label_area_size(70)
            .build_cartesian_2d(from..to, 0.0..highest * 1.08)?;
        let read = |value: &f64| match across {
            Across::Tens => axis(10_f64.powf(*value).round(), lang),
            Across::Plain(unit) => format!("{value:.0}{}", lang.pick(unit)),
        };
        plot.configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(RULE)
            .axis_style(GREY)
            .x_labels(if matches!(across, Across::Tens) { 7 } else { 5 })
            .y_labels(6)
            .x_label_formatter(&read)
            .y_label_formatter(&|value| axis(*value, lang))
            .label_style(font(17, &MUTED))
            .draw()?;
        if let Some((at, words)) = level {
            plot.draw_series(LineSeries::new([(from, at), (to, at)], INK.stroke_width(2)))?;
            let (x, y) = plot.plotting_area().map_coordinate(&(to, at));
            let below = at > highest * 0.9;
            label(area, lang.pick(words), (x, if below { y + 6 } else { y - 26 }), 17, &INK, HPos::Right)?;
        }
        for line in lines {
            plot.draw_series(LineSeries::new(
                line.points.iter().copied(),
                line.colour.stroke_width(line.width),
            ))?;
        }
        Ok(())
    })
}

pub(crate) fn line(name: [&str; 2], points: Vec<(f64, f64)>, colour: RGBColor) -> Line {
    Line { name: name.map(str::to_owned), points, colour, width: 3 }
}
