//! The report of a study: one HTML file without script, in Chinese and English; who gains and who loses comes first.

use ratchet_engine::plan::Mode;

use super::charts::shown;
use super::{Band, Effect, HEADLINES, Role, Study, Summary, Variant};
use crate::chart::Chart;
use crate::report::sheet::{Both, Sheet, both};
use crate::report::text::{self, Lang, escape, number, percent};
use crate::scenario::Method;
use crate::simulate::{Column, RUN_COLUMNS, Unit, place};

/// The whole page.
pub(super) fn html(study: &Study, summaries: &[Summary], effects: &[Effect], charts: &[Chart]) -> String {
    let name = &study.scenario.name;
    let is_sandbox = study.scenario.plans.iter().all(|named| named.plan.programme.mode == Mode::Sandbox);
    let rows: Vec<(&Variant, &Summary)> =
        study.variants.iter().zip(summaries).filter(|(variant, _)| variant.role == Role::Plan).collect();
    let sheet = Sheet::begin([escape(&name.zh), escape(&name.en)], is_sandbox);
    let mut page = Page { study, rows, summaries, effects, charts, sheet };
    page.opening();
    page.outcomes();
    page.plans();
    page.over_days();
    page.failure_and_fraud();
    page.drivers();
    page.assumptions();
    page.certainty();
    page.words();
    page.sources();
    let last = both(|lang| {
        lang.pick([
            "沙盒结果，模拟资金。由 Ratchet 按计划逐分计算；人的行为是假设。本页不是对未来的承诺，也不是法律意见。",
            "Sandbox result, play money. Computed by Ratchet to the last fen as the plan says; what people do is assumed. This page \
             promises nothing of the future and is no legal opinion.",
        ])
        .to_owned()
    });
    page.sheet.end(last, is_sandbox)
}

struct Page<'a> {
    study: &'a Study,
    /// The scenario as written, under each of its plans.
    rows: Vec<(&'a Variant, &'a Summary)>,
    summaries: &'a [Summary],
    effects: &'a [Effect],
    charts: &'a [Chart],
    sheet: Sheet,
}

fn column(name: &str) -> Column {
    RUN_COLUMNS[place(&RUN_COLUMNS, name)]
}

/// With a capital letter at the beginning.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl Page<'_> {
    fn number(&self, unit: Unit, value: i64, lang: Lang) -> String {
        shown(self.study, unit, value, lang)
    }

    /// The median of a column, and below it nine of ten runs where they differ.
    fn range(&self, unit: Unit, band: Band, lang: Lang) -> String {
        let [low, _, middle, _, high] = band.quantiles.map(|value| self.number(unit, value, lang));
        if low == high {
            return middle;
        }
        format!("{middle}<br><small>{low} – {high}</small>")
    }

    /// Nine of ten runs in brackets, or nothing where they agree.
    fn nine_of_ten(&self, unit: Unit, band: Band, lang: Lang) -> String {
        let [low, _, _, _, high] = band.quantiles.map(|value| self.number(unit, value, lang));
        match low == high {
            true => String::new(),
            false => lang.pick([
                format!("（九成的模拟在 {low} 到 {high} 之间）"),
                format!(" (between {low} and {high} in nine of ten runs)"),
            ]),
        }
    }

    fn charts(&mut self, names: &[&str]) {
        self.sheet.push("<div class=\"charts\">\n");
        for name in names {
            if let Some(chart) = self.charts.iter().find(|chart| chart.name == *name) {
                self.sheet.chart(chart);
            }
        }
        self.sheet.push("</div>\n");
    }

    fn opening(&mut self) {
        let study = self.study;
        let scenario = &study.scenario;
        let Some((variant, summary)) = self.rows.first().copied() else { return };
        self.sheet.element("h1", [escape(&scenario.name.zh), escape(&scenario.name.en)]);
        let plan = &variant.scenario.plans[variant.plan];
        let plan_name = &plan.plan.programme.name;
        let (runs, days) = (number(study.runs), scenario.acting_days());
        self.sheet.element(
            "p class=\"about\"",
            [
                format!(
                    "模拟：{runs} 次，每次 {days} 天，从 {} 起；计划“{}”",
                    scenario.start,
                    escape(&plan_name.zh)
                ),
                format!(
                    "Simulation: {runs} runs of {days} days each from {}; plan “{}”",
                    scenario.start,
                    escape(&plan_name.en)
                ),
            ],
        );
        let (has_pool, has_failed) = (plan.plan.pool.is_some(), scenario.failure.is_some());
        let lead = both(|lang| {
            let buyers = number(summary.end("buyers").median().unsigned_abs());
            let recovered = summary.end("recovered");
            let got = number(recovered.median().unsigned_abs());
            let nine = self.nine_of_ten(Unit::Count, recovered, lang);
            let first = if recovered.most == 0 {
                lang.pick([
                    format!("每次模拟约有 {buyers} 名会员消费，<strong>没有一人</strong>拿回的现金达到自己的消费额，{runs} 次模拟都是如此。"),
                    format!("In each run about {buyers} members buy. <strong>Nobody</strong> gets back in cash what they spent, in none of {runs} runs. "),
                ])
            } else {
                lang.pick([
                    format!("每次模拟约有 {buyers} 名会员消费，其中 <strong>{got} 人</strong>拿回的现金达到自己的消费额{nine}。"),
                    format!("In each run about {buyers} members buy; <strong>{got}</strong> of them get back in cash what they spent{nine}. "),
                ])
            };
            let of_middle = |name| self.number(Unit::Money, summary.typical(name), lang);
            let (spent, cash, held) =
                (of_middle("middle_spent"), of_middle("middle_cash"), of_middle("middle_held"));
            let back = percent(summary.end("median_ppm").median().unsigned_abs());
            let nine = self.nine_of_ten(Unit::Ppm, summary.end("median_ppm"), lang);
            let with_points = match (has_pool, has_failed) {
                (true, false) => lang.pick([
                    format!("，积分最后全部卖出可得 {held}"),
                    format!(" and would get {held} for all points at the end"),
                ]),
                (true, true) | (false, _) => String::new(),
            };
            let second = lang.pick([
                format!(
                    "处在正中间的会员（一半人比他好，一半人比他差）拿回消费额的 <strong>{back}</strong>{nine}：在中间的那次模拟里，他消费 \
                     {spent}，收到现金 {cash}{with_points}。"
                ),
                format!(
                    "The member in the middle (half did better, half did worse) has <strong>{back}</strong> of what it spent{nine}: in \
                     the run in the middle it spends {spent}, receives {cash} in cash{with_points}."
                ),
            ]);
            first + &second
        });
        self.sheet.element("p class=\"lead\"", lead);
        let bound = both(|lang| {
            let unit = lang.pick(text::unit(scenario.currency()));
            let most = text::times(summary.end("bound_ppm").quantiles[4].unsigned_abs().saturating_mul(100));
            let all = text::times(summary.end("together_ppm").median().unsigned_abs().saturating_mul(100));
            if has_failed {
                let lost = self.number(Unit::Money, summary.end("lost").median(), lang);
                return lang.pick([
                    format!("全体会员合计每消费 100 {unit}，到手 {all} {unit}。另有 {lost} 只在账面上：余额和积分，再也拿不到。"),
                    format!("All members together keep {all} of every 100 {unit} they spent. Another {lost} stood on their statements, as balances and points, and is never paid."),
                ]);
            }
            lang.pick([
                format!("全体会员合计每消费 100 {unit}，现金加积分共拿回 {all} {unit}；无论怎样行动，合计最多只能拿回 {most} {unit}。有人多得，就有人少得。"),
                format!("All members together have {all} of every 100 {unit} they spent, cash and points; whatever they do, together they can have at most {most}. What one gets above that, others go without."),
            ])
        });
        self.sheet.element("p", bound);
        self.sheet.element(
            "p class=\"note\"",
            [
                "人何时来、买多少、何时卖，都是<a href=\"#assumptions\">假设</a>，不是预测；同样的假设下，钱的去向由计划精确决定。".to_owned(),
                "When people come, what they buy and when they sell is <a href=\"#assumptions\">assumed</a>, not predicted. Given \
                 that, where the money goes is decided by the plan, exactly."
                    .to_owned(),
            ],
        );
        let mut names = vec!["members", "orders", "spent", "cash"];
        if has_failed {
            names.extend(["lost", "pool"]);
        } else if has_pool {
            names.extend(["held", "pool"]);
        } else {
            names.extend(["commissions", "top_ppm"]);
        }
        names.extend(["recovered_ppm", "whole_ppm"]);
        let facts = names.into_iter().map(|name| {
            let column = column(name);
            let value = both(|lang| self.number(column.unit, summary.end(name).median(), lang));
            ([column.zh.to_owned(), capital(column.en)], value)
        });
        let facts: Vec<(Both, Both)> = facts.collect();
        let facts = facts.iter().map(|([zh, en], value)| ([zh.as_str(), en.as_str()], value.clone()));
        self.sheet.numbers(facts.collect());
        self.sheet.element(
            "p class=\"about\"",
            ["格中的数字：各次模拟的中位数。".to_owned(), "In the boxes: medians of the runs.".to_owned()],
        );
    }

    fn outcomes(&mut self) {
        self.sheet.heading("会员拿回了多少，钱去了哪里", "What members got back, and where the money went");
        self.charts(&["outcomes", "hundred"]);
    }

    fn plans(&mut self) {
        if self.rows.len() < 2 {
            return;
        }
        self.sheet.heading("同一批人，不同计划", "The same people under other plans");
        self.sheet.element(
            "p",
            [
                "每个计划面对的人完全相同：同样的日子到来，同样的金额，同样的耐心。差别只来自计划。小字：九成的模拟。".to_owned(),
                "Every plan meets exactly the same people: they come on the same days, spend the same amounts and have the same \
                 patience. What differs comes from the plan alone. In small print: nine of ten runs."
                    .to_owned(),
            ],
        );
        self.charts(&["beside"]);
        let names = [
            "median_ppm",
            "recovered_ppm",
            "whole_ppm",
            "together_ppm",
            "cash",
            "held",
            "exits",
            "sales",
            "operator_due",
        ];
        let mut head = vec![["".to_owned(), "".to_owned()]];
        head.extend(self.rows.iter().map(|(variant, _)| both(|_| escape(&variant.label))));
        let rows = names.into_iter().map(|name| {
            let of = column(name);
            let mut row: Vec<Both> = vec![[of.zh.to_owned(), capital(of.en)]];
            row.extend(
                self.rows
                    .iter()
                    .map(|(_, summary)| both(|lang| self.range(of.unit, summary.end(name), lang))),
            );
            row
        });
        let rows = rows.collect();
        self.sheet.table(head, rows);
    }

    fn over_days(&mut self) {
        self.sheet.heading("一天一天", "Day by day");
        self.charts(&["cash-of-hundred", "recovered", "pool", "price", "members"]);
    }

    fn failure_and_fraud(&mut self) {
        let scenario = &self.study.scenario;
        let (has_failure, has_fraud) = (scenario.failure.is_some(), scenario.fraud != Default::default());
        if has_failure {
            self.sheet.heading("运营方卷款之后", "After the operator took the money");
            self.several(&["lost", "withdrawals", "cash"]);
            self.sheet.element(
                "p",
                [
                    "“账面有、永远拿不到的钱”：最后一天各会员的余额、提现中的钱和积分净值之和 (SIM-18)。现金只算卷款之前实际提走的。".to_owned(),
                    "“Shown on statements and never paid”: balances, withdrawals under way and net value of points of all members \
                     on the last day (SIM-18). Only what was withdrawn before counts as cash."
                        .to_owned(),
                ],
            );
        }
        if has_fraud {
            self.sheet.heading("钻空子的人", "Those who play the system");
            self.several(&["fraud_members", "fraud_spent", "fraud_cash", "fraud_held", "operator_due"]);
            self.sheet.element(
                "p",
                [
                    "净消费已减去退款。“运营方须补足”是退款之后没有任何账户能承担的部分 (ORDER-6)。".to_owned(),
                    "Spent is net of refunds. “Owed by the operator” is what no account could bear after refunds (ORDER-6).".to_owned(),
                ],
            );
        }
    }

    /// Some columns for every plan.
    fn several(&mut self, names: &[&str]) {
        let mut head = vec![["".to_owned(), "".to_owned()]];
        head.extend(self.rows.iter().map(|(variant, _)| both(|_| escape(&variant.label))));
        let rows = names.iter().map(|name| {
            let of = column(name);
            let mut row: Vec<Both> = vec![[of.zh.to_owned(), capital(of.en)]];
            row.extend(
                self.rows
                    .iter()
                    .map(|(_, summary)| both(|lang| self.range(of.unit, summary.end(name), lang))),
            );
            row
        });
        let rows = rows.collect();
        self.sheet.table(head, rows);
    }

    fn drivers(&mut self) {
        let Some(sweep) = self.study.scenario.study.as_ref().filter(|_| self.study.is_sweep) else { return };
        self.sheet.heading("哪个假设起决定作用", "Which assumption drives the outcome");
        let points = number(u64::from(sweep.points));
        self.sheet.element(
            "p",
            [
                format!("{points} 个点，每点 {} 次模拟，同一批人。秩相关：该参数与结果一起升（1）还是反着走（−1）；单独改变：其余照场景，只把这一项放到两端。", number(self.study.runs)),
                format!("{points} points with {} runs each, the same people. Rank correlation: whether the outcome rises with the setting (1) or falls (−1). Alone: everything as written but this one at its two ends.", number(self.study.runs)),
            ],
        );
        self.charts(&["drivers"]);
        let head = [
            ["参数", "Setting"],
            ["计划", "Plan"],
            ["结果", "Outcome"],
            ["秩相关", "Rank correlation"],
            ["单独取首值", "Alone, first value"],
            ["单独取末值", "Alone, last value"],
        ];
        let is_morris = sweep.method == Method::Morris;
        let mut head = head.map(|cell| cell.map(str::to_owned)).to_vec();
        if is_morris {
            let more = [["Morris：平均大小", "Morris: mean size"], ["Morris：标准差", "Morris: deviation"]];
            head.extend(more.map(|cell| cell.map(str::to_owned)));
        }
        let names = ["median_ppm", "recovered_ppm", "together_ppm"];
        let rows = self.effects.iter().filter(|effect| names.contains(&effect.name)).map(|effect| {
            let key = escape(&sweep.parameters[effect.parameter].key);
            let of = column(effect.name);
            let rank = effect.rank_ppm.map_or_else(|| "–".to_owned(), super::charts::signed_times);
            let label = escape(&self.study.scenario.plans[effect.plan].label);
            vec![
                both(|_| format!("<code>{key}</code>")),
                both(|_| label.clone()),
                [of.zh.to_owned(), capital(of.en)],
                both(|_| rank.clone()),
                both(|lang| self.number(of.unit, effect.alone[0], lang)),
                both(|lang| self.number(of.unit, effect.alone[1], lang)),
            ]
            .into_iter()
            .chain(effect.morris.into_iter().flat_map(|[_, size, deviation]| {
                [size, deviation].map(|found| both(|lang| self.number(of.unit, found, lang)))
            }))
            .collect()
        });
        let rows = rows.collect();
        self.sheet.table(head, rows);
    }

    fn assumptions(&mut self) {
        self.sheet.push("<div id=\"assumptions\"></div>");
        self.sheet.heading("假设了什么", "What is assumed");
        self.sheet.element(
            "p",
            ["没有写到的事不会发生。".to_owned(), "What is not mentioned does not happen.".to_owned()],
        );
        self.sheet.push("<ul>\n");
        for [zh, en] in self.study.scenario.explain() {
            self.sheet.element("li", [escape(zh.trim()), escape(en.trim())]);
        }
        self.sheet.push("</ul>\n");
    }

    fn certainty(&mut self) {
        let Some((_, summary)) = self.rows.first().copied() else { return };
        self.sheet.heading("这些数有多稳", "How settled these numbers are");
        let broken: u64 = self.summaries.iter().map(|summary| summary.broken).sum();
        let jobs = number(self.study.jobs());
        self.sheet.element(
            "p",
            match broken {
                0 => [
                    format!("守恒在全部 {jobs} 次模拟中成立：池子付出的不多于收到的，会员合计拿回的不超过上限。"),
                    format!(
                        "Conservation held in all {jobs} runs: the pool paid out no more than it received, and members together had no \
                         more than the bound."
                    ),
                ],
                _ => [
                    format!("守恒在 {broken} 次模拟中不成立：这是程序缺陷，请报告。"),
                    format!("Conservation did not hold in {broken} runs: this is a bug, please report it."),
                ],
            },
        );
        self.sheet.element(
            "p",
            [
                "模拟次数增加时各数怎样变化；“误差”是平均数的蒙特卡罗标准误差，向上取整。它只说明抽签的误差，不说明假设对不对。".to_owned(),
                "How the numbers move as runs are added. “Error” is the Monte Carlo standard error of the mean, rounded up. It \
                 speaks of the luck of the draw, not of whether the assumptions are right."
                    .to_owned(),
            ],
        );
        let head =
            [["结果", "Outcome"], ["次数", "Runs"], ["中位", "Median"], ["平均", "Mean"], ["误差", "Error"]];
        let head = head.map(|cell| cell.map(str::to_owned)).to_vec();
        let mut rows = Vec::new();
        for of in summary.convergence.iter().filter(|of| HEADLINES[..3].contains(&of.name)) {
            let column = column(of.name);
            for (runs, band) in &of.steps {
                rows.push(vec![
                    [column.zh.to_owned(), capital(column.en)],
                    both(|_| number(*runs)),
                    both(|lang| self.number(column.unit, band.median(), lang)),
                    both(|lang| self.number(column.unit, band.mean, lang)),
                    both(|_| format!("{} ppm", number(band.error.unsigned_abs()))),
                ]);
            }
        }
        self.sheet.table(head, rows);
    }

    fn words(&mut self) {
        self.sheet.heading("这些词的意思", "What the words mean");
        self.sheet.words(&[
            (
                ["消费、现金、积分净值 (DISC-1)", "Spent, cash, net value of points (DISC-1)"],
                [
                    "与回测报告相同：消费减去退款；现金是记入钱包的钱（有卷款时，是实际提走的钱）；积分净值是最后一天一次全部卖出能得的钱。",
                    "As in the report of a backtest: spent is net of refunds; cash is what was credited to wallets (what was withdrawn, where \
                     the pool is taken); the net value is what selling all points at once would pay on the last day.",
                ],
            ),
            (
                ["中位与九成 (SIM-19)", "Median and nine of ten (SIM-19)"],
                [
                    "把各次模拟的结果从小到大排：中间的一个；从第 5 百分位到第 95 百分位。按最近秩法，不插值。",
                    "Of the runs sorted by their result: the one in the middle; from the 5th to the 95th percentile. By nearest rank, without interpolation.",
                ],
            ),
            (
                ["上限 (DISC-2)", "Bound (DISC-2)"],
                [
                    "计划能付给会员的钱的总和（入池、注资、奖金份额）÷ 消费。任何行为都不能让全体超过它。",
                    "All money that the plan could ever pay to members (contributions, outside money, bonus shares) ÷ spending. No behaviour of anybody lifts all together above it.",
                ],
            ),
        ]);
    }

    fn sources(&mut self) {
        self.sheet.heading("数据", "Data");
        let study = self.study;
        let plain = |value: String| [value.clone(), value];
        let words = |zh: &str, en: &str| [zh.to_owned(), en.to_owned()];
        self.sheet.push("<div class=\"sources\">");
        self.sheet.facts(vec![
            (
                words("场景", "Scenario"),
                plain(escape(study.scenario.file.rsplit('/').next().unwrap_or_default())),
            ),
            (words("种子", "Seed"), plain(study.seed.to_string())),
            (words("模拟次数", "Runs"), plain(number(study.jobs()))),
            (words("表格", "Tables"), plain("runs, end, days, convergence (.csv, .parquet)".to_owned())),
        ]);
        self.sheet.push("</div>\n");
        self.sheet.details(words("场景全文", "The scenario, in full"), &escape(&study.scenario.source));
        for named in &study.scenario.plans {
            let label = escape(&named.label);
            let title = [format!("计划 {label} 全文"), format!("The plan {label}, in full")];
            self.sheet.details(title, &escape(&named.plan.source));
        }
    }
}
