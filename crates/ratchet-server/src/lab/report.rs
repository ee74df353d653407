//! A run as one page that needs nothing else: no server, no script, both languages.

use std::fmt::Write;

use ratchet_sim::escape;

use super::link::{Claimed, to_link};
use crate::api::{LabQuestion, LabResult};

const STYLE: &str = include_str!("report.css");
/// Dots of a row.
const ROW: u64 = 100;
/// Distance of two dots.
const STEP: u64 = 10;
/// Points of the curve.
const CURVE_MAX: usize = 400;
/// Width and height of the curve.
const CURVE: (i128, i128) = (1_000, 300);

/// The page.
pub fn report(result: &LabResult, question: &LabQuestion) -> String {
    let claimed = Claimed { version: Some(result.version.clone()), digest: Some(result.digest.clone()) };
    let link = escape(&to_link(question, &claimed));
    let LabResult { plan, buyers, spent, whole, in_cash, middle, newest, per_hundred, .. } = result;
    let (zh, en) = (escape(&plan.name.zh), escape(&plan.name.en));
    let not_whole = buyers - whole;
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>[沙盒] {zh}：{buyers} 人 · Ratchet</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <p class=\"sandbox\"><b>沙盒</b> 模拟资金，没有真实付款 <span lang=\"en\"><b>Sandbox</b> play money, no real payments</span></p>\n<main>\n"
    );
    both(
        &mut page,
        "h1",
        &format!("{zh}：{buyers} 人里，拿回所花的有 {whole} 人"),
        &format!("{en}: of {buyers} people {whole} got back what they spent"),
    );
    dots(&mut page, *whole, not_whole);
    both(
        &mut page,
        "p",
        &format!("{whole} 个蓝点拿回所花的钱，{not_whole} 个橙点没有。真正拿到现金的只有 {in_cash} 人。"),
        &format!(
            "{whole} blue dots got back what they spent, {not_whole} orange ones did not. {in_cash} have it in cash."
        ),
    );
    both(
        &mut page,
        "p class=\"big\"",
        &format!("中间的人花 {}，现金加积分净额 {}。", middle.spent.0, middle.value.0),
        &format!(
            "The one in the middle spent {} and has {}, cash and points, net.",
            middle.spent.0, middle.value.0
        ),
    );
    curve(&mut page, result);
    both(
        &mut page,
        "p",
        "先来的多得，出自后来的人：按加入先后，现金加上现在能卖的。虚线是每人所花。",
        "What the first get comes from those after them: cash and points by joining order. The dashed line is what each spent.",
    );
    let best = &result.best_hundredth;
    let payable = &result.payable_per_hundred.0;
    let rows: [(&str, &str, String); 8] = [
        ("全体消费", "spent by all", spent.0.clone()),
        ("全体每 100 得", "all together have, of each 100", per_hundred.0.clone()),
        ("全体经积分每 100 最多能得", "all can ever get through points, of each 100", payable.clone()),
        ("最后一人花", "the last one spent", newest.spent.0.clone()),
        ("最后一人现在有", "the last one has", newest.value.0.clone()),
        ("最好的百分之一从这里开始", "the best hundredth begins at", best.value.0.clone()),
        ("被拒绝的指令", "commands refused", result.refused.to_string()),
        ("订单", "orders", result.orders.to_string()),
    ];
    page.push_str("<table>\n");
    for (zh, en, value) in rows {
        page.push_str(&format!(
            "<tr><th scope=\"row\">{zh} <span lang=\"en\">{en}</span></th><td>{}</td></tr>\n",
            escape(&value)
        ));
    }
    page.push_str("</table>\n<ul>\n");
    for said in &result.people.said {
        both(&mut page, "li", &escape(&said.zh), &escape(&said.en));
    }
    page.push_str("</ul>\n");
    both(
        &mut page,
        "p",
        &format!("由 Ratchet {} 计算，种子 {}，摘要：", result.version, escape(&result.seed)),
        &format!(
            "Computed by Ratchet {}, seed {}; digest and how to check it:",
            result.version,
            escape(&result.seed)
        ),
    );
    write!(
        page,
        "<pre>{}</pre>\n<pre>ratchet lab '{link}'</pre>\n</main>\n</body>\n</html>\n",
        result.digest
    )
    .expect("a text takes what is written");
    page
}

/// The result in sentences, in Chinese and English.
pub fn in_words(result: &LabResult, question: &LabQuestion) -> [String; 2] {
    let LabResult { plan, buyers, spent, whole, in_cash, middle, newest, per_hundred, digest, .. } = result;
    let (spent, per_hundred, payable) = (&spent.0, &per_hundred.0, &result.payable_per_hundred.0);
    let [middle_spent, middle_value] = [&middle.spent.0, &middle.value.0];
    let [newest_spent, newest_value] = [&newest.spent.0, &newest.value.0];
    let (name, number) = (plan.name.clone(), newest.number);
    let link = to_link(question, &Claimed::default());
    let link = if link.is_empty() { "plan=value-growth".to_owned() } else { link };
    [
        format!(
            "{}：{buyers} 人消费 {spent}\n\
             拿回所花的：{whole} 人，其中真正拿到现金的 {in_cash} 人\n\
             中间的人花 {middle_spent}，现金加积分净额 {middle_value}；最后一人（第 {number} 个）花 {newest_spent}，现在 {newest_value}\n\
             全体每 100 得 {per_hundred}；经积分最多只能得 {payable}\n\
             摘要 {digest}\n自己核对：ratchet lab '{link}'\n",
            name.zh
        ),
        format!(
            "{}: {buyers} people spent {spent}\n\
             got back what they spent: {whole}, of them in cash: {in_cash}\n\
             the one in the middle spent {middle_spent} and has {middle_value}, cash and points; the last (number {number}) spent {newest_spent} and has {newest_value}\n\
             of each 100 all together have {per_hundred}; through points they can never get more than {payable}\n\
             digest {digest}\ncheck it yourself: ratchet lab '{link}'\n",
            name.en
        ),
    ]
}

/// A dot for each, in rows, those who got back what they spent first; those of a row that are alike are one dotted line, so that ten
/// thousand are a hundred elements.
fn dots(page: &mut String, whole: u64, not_whole: u64) {
    let all = whole + not_whole;
    let (width, height) = (ROW * STEP, all.div_ceil(ROW) * STEP);
    write!(page, "<svg class=\"dots\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">")
        .expect("a text takes what is written");
    for row in 0..all.div_ceil(ROW) {
        let before = row * ROW;
        let (whole, dots) = (whole.saturating_sub(before).min(ROW), (all - before).min(ROW));
        let y = row * STEP + STEP / 2;
        for (from, to, class) in [(0, whole, "got"), (whole, dots, "not")] {
            if from < to {
                let (from, to) = (from * STEP + STEP / 2, to * STEP - STEP / 2 + 1);
                write!(page, "<path class=\"{class}\" d=\"M{from} {y}H{to}\"/>")
                    .expect("a text takes what is written");
            }
        }
    }
    page.push_str("</svg>\n");
}

fn curve(page: &mut String, result: &LabResult) {
    let outcomes = &result.outcomes;
    let minor = |text: &str| text.replace('.', "").parse::<i128>().unwrap_or(0);
    let values: Vec<i128> = outcomes
        .cash
        .iter()
        .zip(&outcomes.held)
        .map(|(cash, held)| minor(&cash.0) + minor(&held.0))
        .collect();
    let spent: Vec<i128> = outcomes.spent.iter().map(|spent| minor(&spent.0)).collect();
    let top = values.iter().chain(&spent).copied().max().unwrap_or(1).max(1);
    let last = values.len().saturating_sub(1).max(1);
    let (width, height) = CURVE;
    let path = |values: &[i128]| {
        let every = values.len().div_ceil(CURVE_MAX).max(1);
        let places = (0..values.len()).filter(|place| place % every == 0 || place + 1 == values.len());
        let point = |place: usize| {
            format!("{},{}", place as i128 * width / last as i128, height - values[place] * height / top)
        };
        places.map(point).collect::<Vec<_>>().join(" ")
    };
    writeln!(
        page,
        "<svg class=\"curve\" viewBox=\"-5 -5 1010 310\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path class=\"axis\" d=\"M0 {height}H{width}\"/><polyline class=\"spent\" points=\"{}\"/><polyline class=\"value\" points=\"{}\"/></svg>",
        path(&spent),
        path(&values)
    )
    .expect("a text takes what is written");
}

fn both(page: &mut String, tag: &str, zh: &str, en: &str) {
    let name = tag.split(' ').next().unwrap_or(tag);
    writeln!(page, "<{tag}>{zh}<br><span lang=\"en\">{en}</span></{name}>")
        .expect("a text takes what is written");
}
