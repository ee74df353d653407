//! The report of a fork: who gains and who loses by the change, cohort by cohort.

use super::charts::{case_words, cohort_words, signed_money};
use super::{COHORT_COLUMNS, Compared, Fork, Side, cohort_place};
use crate::chart::Chart;
use crate::report::sheet::{Both, Sheet, both};
use crate::report::text::{self, Lang, escape, number, times};
use crate::study::{Band, capital};

/// The whole page.
pub(super) fn html(fork: &Fork, found: &Compared, charts: &[Chart]) -> String {
    let name = &fork.cases[0].scenario.plans[0].plan.programme.name;
    let title = [format!("如果改变：{}", escape(&name.zh)), format!("What if: {}", escape(&name.en))];
    let mut page = Page { fork, found, charts, sheet: Sheet::begin(title.clone(), true) };
    page.sheet.element("h1", title);
    page.opening();
    page.cohorts();
    page.over_days();
    page.changes();
    page.words();
    page.sources();
    let last = both(|lang| {
        lang.pick([
            "沙盒结果，模拟资金。分叉之前的一切来自日志；之后人的行为是假设。本页不是对未来的承诺，也不是法律意见。",
            "Sandbox result, play money. Everything before the fork comes from the journal; what people do afterwards is assumed. This page promises \
             nothing of the future and is no legal opinion.",
        ])
        .to_owned()
    });
    page.sheet.end(last, true)
}

struct Page<'a> {
    fork: &'a Fork,
    found: &'a Compared,
    charts: &'a [Chart],
    sheet: Sheet,
}

impl Page<'_> {
    fn charts(&mut self, names: &[&str]) {
        self.sheet.push("<div class=\"charts\">\n");
        for chart in self.charts.iter().filter(|chart| names.contains(&chart.name)) {
            self.sheet.chart(chart);
        }
        self.sheet.push("</div>\n");
    }

    fn money(&self, minor: i64, lang: Lang) -> String {
        let currency = self.fork.cases[0].scenario.currency();
        let signed = signed_money(currency, minor, lang);
        signed.trim_start_matches('+').to_owned()
    }

    /// Of each 100 spent, the member in the middle.
    fn middle(&self, case: usize, side: Side) -> String {
        let band = self.found.cohort(case, self.fork.all(side), cohort_place("median_ppm"));
        times(band.median().unsigned_abs() * 100)
    }

    fn count(&self, case: usize, side: Side, name: &str) -> i64 {
        self.found.cohort(case, self.fork.all(side), cohort_place(name)).median()
    }

    fn opening(&mut self) {
        let (fork, at) = (self.fork, self.fork.at);
        let days = fork.cases[0].scenario.acting_days();
        let (runs, entries) = (number(fork.runs), number(fork.journal.entries));
        let file = escape(fork.journal.file.rsplit(['/', '\\']).next().unwrap_or_default());
        self.sheet.element(
            "p class=\"about\"",
            [
                format!("从日志 {file} 在 {at} 结束时的状态分叉，向前 {days} 天，模拟 {runs} 次"),
                format!(
                    "Forked from the journal {file} at the end of {at}, {days} days forward, {runs} runs"
                ),
            ],
        );
        let unit = |lang: Lang| lang.pick(text::unit(fork.cases[0].scenario.currency()));
        let lead = both(|lang| {
            let [old, new] =
                [Side::Before, Side::After].map(|side| number(self.count(0, side, "buyers").unsigned_abs()));
            let [was_old, was_new] = [Side::Before, Side::After].map(|side| self.middle(0, side));
            let unit = unit(lang);
            let mut lead = lang.pick([
                format!("一切照旧：分叉前就在的 {old} 名买家，正中间的每消费 100 {unit}拿回 <strong>{was_old}</strong>；之后加入的约 {new} 名，正中间的拿回 <strong>{was_new}</strong>。"),
                format!("As it was: of the {old} buyers before the fork the one in the middle has <strong>{was_old}</strong> of every 100 {unit} spent; of about {new} who come afterwards, <strong>{was_new}</strong>. "),
            ]);
            if let Some(changed) = fork.cases.get(1) {
                let label = escape(&changed.label);
                let [is_old, is_new] = [Side::Before, Side::After].map(|side| self.middle(1, side));
                let gains = [Side::Before, Side::After]
                    .map(|side| self.found.difference(1, fork.all(side), cohort_place("gain")).median());
                let [of_old, of_new] =
                    gains.map(|gain| signed_money(fork.cases[0].scenario.currency(), gain, lang));
                lead += &lang.pick([
                    format!("改为 <code>{label}</code>：分别是 <strong>{is_old}</strong> 和 <strong>{is_new}</strong>。与照旧相比，分叉前的会员合计 {of_old}，之后加入的 {of_new}。"),
                    format!("With <code>{label}</code>: <strong>{is_old}</strong> and <strong>{is_new}</strong>. Compared with as it was, those before the fork together come out at {of_old}, those who come afterwards at {of_new}."),
                ]);
            }
            lead
        });
        self.sheet.element("p class=\"lead\"", lead);
        self.sheet.element(
            "p",
            [
                format!("日志 {entries} 条记录全部核对无误：哈希链完整，逐条重放，逐条重新判定结果相同。"),
                format!("All {entries} entries of the journal were verified: the hash chain is intact, every entry was replayed and every decision made again, with the same result."),
            ],
        );
        self.sheet.element(
            "p class=\"note\"",
            [
                "分叉之后人做什么是<a href=\"#changes\">假设</a>；各种情形面对的是同一批人，差别只来自改变的设定。".to_owned(),
                "What people do after the fork is <a href=\"#changes\">assumed</a>; every case meets the same people, and what differs comes from the change alone.".to_owned(),
            ],
        );
        let facts: Vec<([&str; 2], Both)> = [
            (["分叉前的会员", "Members before the fork"], Side::Before, "members"),
            (["之后加入（照旧）", "Joined afterwards, as it was"], Side::After, "members"),
            (["分叉前会员的消费", "Spent by those before"], Side::Before, "spent"),
            (["他们已到手现金", "Cash they received"], Side::Before, "cash"),
            (["其中分叉以来", "Of it since the fork"], Side::Before, "cash_since"),
            (["他们的积分净额", "Their points, net"], Side::Before, "held"),
            (["后来者的消费", "Spent by those after"], Side::After, "spent"),
            (["后来者的现金加积分盈亏", "Their gain or loss"], Side::After, "gain"),
        ]
        .into_iter()
        .map(|(words, side, name)| {
            let value = self.count(0, side, name);
            let shown = both(|lang| match name {
                "members" => number(value.unsigned_abs()),
                _ => self.money(value, lang),
            });
            (words, shown)
        })
        .collect();
        self.sheet.numbers(facts);
        self.sheet.element(
            "p class=\"about\"",
            [
                "格中的数字：照旧的情形，各次模拟的中位数。".to_owned(),
                "In the boxes: as it was, medians of the runs.".to_owned(),
            ],
        );
        self.charts(&["middle", "gains"]);
    }

    /// A number of a cohort for people, and nine of ten runs in small print where they differ.
    fn shown(&self, name: &str, band: Band, is_difference: bool) -> Both {
        both(|lang| {
            let one = |value: i64| match name {
                "members" | "buyers" | "recovered" => {
                    let sign = if value < 0 { "−" } else { "" };
                    format!("{sign}{}", number(value.unsigned_abs()))
                }
                "outcome_ppm" | "median_ppm" => {
                    let sign = if value < 0 { "−" } else { "" };
                    format!("{sign}{}", times(value.unsigned_abs() * 100))
                }
                _ if is_difference => signed_money(self.fork.cases[0].scenario.currency(), value, lang),
                _ => self.money(value, lang),
            };
            let (low, middle, high) = (one(band.quantiles[0]), one(band.median()), one(band.quantiles[4]));
            // Sums of money in small print would make the table wider than a screen.
            let is_short = name.ends_with("_ppm") || is_difference && name == "gain";
            if low == high || !is_short {
                middle
            } else {
                format!("{middle}<br><small>{low} – {high}</small>")
            }
        })
    }

    fn cohorts(&mut self) {
        self.sheet.heading("每一批会员", "Cohort by cohort");
        self.sheet.element(
            "p",
            [
                "按加入时间分批。“拿回”是正中间的会员每消费 100 拿回多少（现金加积分净额）；盈亏是合计的现金加积分减消费。小字：九成的模拟。".to_owned(),
                "By when members joined. “Back” is what the member in the middle has of every 100 spent (cash and points, net); gain or loss is cash and points less spending, all together. In small print: nine of ten runs.".to_owned(),
            ],
        );
        for (case, of) in self.fork.cases.iter().enumerate() {
            let [zh, en] = case_words(&of.label).map(|text| escape(&text));
            self.sheet.element("h3", [zh, en]);
            let mut head = vec![["加入", "Joined"]];
            // What nothing changes is said once.
            let mut names = if case == 0 { vec!["members", "spent"] } else { Vec::new() };
            head.extend(if case == 0 { &[["会员", "Members"], ["消费", "Spent"]][..] } else { &[] });
            head.extend([
                ["到手现金", "Cash"],
                ["积分净额", "Held"],
                ["盈亏", "Gain or loss"],
                ["拿回", "Back"],
            ]);
            names.extend(["cash", "held", "gain", "median_ppm"]);
            let plain = names.len();
            if case > 0 {
                head.extend([
                    ["现金差", "Cash, difference"],
                    ["盈亏差", "Gain, difference"],
                    ["拿回差", "Back, difference"],
                ]);
                names.extend(["cash", "gain", "median_ppm"]);
            }
            let rows = self.fork.cohorts.iter().enumerate().map(|(place, cohort)| {
                let mut row = vec![cohort_words(cohort).map(|text| escape(&text))];
                row.extend(names.iter().enumerate().map(|(number, name)| {
                    let column = cohort_place(name);
                    match number < plain {
                        true => self.shown(name, self.found.cohort(case, place, column), false),
                        false => self.shown(name, self.found.difference(case, place, column), true),
                    }
                }));
                row
            });
            let rows = rows.collect();
            self.sheet.table(head.into_iter().map(|cell| cell.map(str::to_owned)).collect(), rows);
        }
    }

    fn over_days(&mut self) {
        self.sheet.heading("一天一天", "Day by day");
        self.charts(&["cash", "pool", "price"]);
    }

    fn changes(&mut self) {
        self.sheet.push("<div id=\"changes\"></div>");
        self.sheet.heading("改变了什么，假设了什么", "What is changed, and what is assumed");
        if self.fork.cases.len() > 1 {
            self.sheet.push("<ul>\n");
            for case in &self.fork.cases[1..] {
                let label = escape(&case.label);
                self.sheet.element("li", both(|_| format!("<code>{label}</code>")));
            }
            self.sheet.push("</ul>\n");
        }
        self.sheet.element(
            "p",
            [
                "分叉前的会员照场景继续：谁再买、谁卖，由他的编号抽定，各种情形相同。已付订单的分配不变，新的分配只用于分叉后的订单。没有写到的事不会发生。".to_owned(),
                "Members before the fork go on as the scenario says: who buys again and who sells is drawn by their ids, the same in every case. Orders paid before keep their split; a new split holds for orders after the fork. What is not mentioned does not happen.".to_owned(),
            ],
        );
        self.sheet.push("<ul>\n");
        for [zh, en] in self.fork.cases[0].scenario.explain() {
            self.sheet.element("li", [escape(zh.trim()), escape(en.trim())]);
        }
        self.sheet.push("</ul>\n");
    }

    fn words(&mut self) {
        self.sheet.heading("这些词的意思", "What the words mean");
        let words: Vec<([&str; 2], [&str; 2])> = COHORT_COLUMNS
            .iter()
            .filter(|(name, _)| ["cash", "held", "gain"].contains(name))
            .map(|(name, words)| {
                let meaning = match *name {
                    "cash" => [
                        "记入钱包的钱，从加入算起，分叉前后都算 (DISC-1)。",
                        "What was credited to wallets since they joined, before and after the fork (DISC-1).",
                    ],
                    "held" => [
                        "最后一天一次全部卖出能得的钱，扣费之后；各人分别计算。",
                        "What selling all points at once would pay on the last day, net of the fee, each member by itself.",
                    ],
                    _ => [
                        "现金加积分净额减消费，从加入算起。所有人加起来总是负的：订单的其余部分没有进会员的口袋。",
                        "Cash and points, net, less spending, since they joined. Of everybody together it is a loss: the rest of the orders never came to members.",
                    ],
                };
                (*words, meaning)
            })
            .collect();
        let capitals: Vec<([&str; 2], String, [&str; 2])> =
            words.into_iter().map(|([zh, en], meaning)| ([zh, en], capital(en), meaning)).collect();
        let shown: Vec<([&str; 2], [&str; 2])> =
            capitals.iter().map(|([zh, _], en, meaning)| ([*zh, en.as_str()], *meaning)).collect();
        self.sheet.words(&shown);
    }

    fn sources(&mut self) {
        self.sheet.heading("数据", "Data");
        let fork = self.fork;
        let plain = |value: String| [value.clone(), value];
        let words = |zh: &str, en: &str| [zh.to_owned(), en.to_owned()];
        let broken = match self.found.broken() {
            0 => words("在全部模拟中成立", "held in every run"),
            broken => [
                format!("在 {broken} 次模拟中不成立：程序缺陷"),
                format!("did not hold in {broken} runs: a bug"),
            ],
        };
        self.sheet.push("<div class=\"sources\">");
        self.sheet.facts(vec![
            (words("日志", "Journal"), plain(escape(&fork.journal.file))),
            (
                words("记录（分叉前 / 全部）", "Entries (before the fork / all)"),
                plain(format!("{} / {}", number(fork.journal.entries_before), number(fork.journal.entries))),
            ),
            (words("日志的最后一天", "Last day of the journal"), plain(fork.journal.last_day.to_string())),
            (
                words("分叉时状态摘要", "Digest of the state at the fork"),
                plain(format!("<code>{}</code>", escape(&fork.journal.digest))),
            ),
            (words("守恒", "Conservation"), broken),
            (words("种子", "Seed"), plain(fork.seed.to_string())),
            (
                words("表格", "Tables"),
                plain("cohorts, differences, days, end, runs (.csv, .parquet)".to_owned()),
            ),
        ]);
        self.sheet.push("</div>\n");
        let scenario = &fork.cases[0].scenario;
        self.sheet.details(words("场景全文", "The scenario, in full"), &escape(&scenario.source));
        self.sheet.details(
            words("日志的计划全文", "The journal's plan, in full"),
            &escape(&scenario.plans[0].plan.source),
        );
    }
}
