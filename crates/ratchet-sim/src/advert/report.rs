//! The report of the study: what becomes of an average member first, then the advert's claims one by one.

use ratchet_engine::amount::Currency;

use super::claims::{Claim, claims};
use super::{Findings, society};
use crate::chart::Chart;
use crate::report::sheet::{Both, Sheet, both};
use crate::report::text::{self, Lang, escape, number, percent, times};
use crate::scenario::PRESETS;
use crate::study::capital;

/// The whole page, opened in this language; the other one is a tap away.
pub(super) fn html(found: &Findings, charts: &[Chart], opened: Lang) -> String {
    let claims = claims(found);
    let title = ["广告的算术".to_owned(), "The advert's arithmetic".to_owned()];
    let mut page = Page { found, charts, sheet: Sheet::begin(title, true) };
    page.opening();
    page.summary(&claims);
    for claim in &claims {
        page.claim(claim);
    }
    page.numbers();
    page.words();
    page.sources();
    let last = both(|lang| {
        lang.pick([
            "沙盒结果，模拟资金。由 Ratchet 按计划逐分计算；本页不是对未来的承诺，也不是法律意见。",
            "Sandbox result, play money. Computed by Ratchet to the last fen as the plan says. This page promises nothing of the future and \
             is no legal opinion.",
        ])
        .to_owned()
    });
    let html = page.sheet.end(last, true);
    match opened {
        Lang::Zh => html,
        Lang::En => html
            .replacen("id=\"zh\" checked", "id=\"zh\"", 1)
            .replacen("id=\"en\"", "id=\"en\" checked", 1)
            .replacen("<html lang=\"zh-CN\">", "<html lang=\"en\">", 1),
    }
}

struct Page<'a> {
    found: &'a Findings,
    charts: &'a [Chart],
    sheet: Sheet,
}

fn owned([zh, en]: [&str; 2]) -> Both {
    [escape(zh), escape(en)]
}

/// In quotation marks if the advert says it in so many words.
fn quoted(claim: &Claim) -> Both {
    let [zh, en] = owned(claim.says);
    match claim.is_literal {
        true => [format!("“{zh}”"), format!("“{en}”")],
        false => [format!("言下之意：{zh}"), format!("Implied: {en}")],
    }
}

impl Page<'_> {
    fn opening(&mut self) {
        let numbers = &self.found.numbers;
        let count = |name: &str| numbers.count(name);
        let yuan = |name: &str, lang| text::money(Currency::CNY, numbers.money(name), lang);
        self.sheet.element(
            "h1",
            [
                "广告的算术：消费增值，谁得谁失".to_owned(),
                "The advert's arithmetic: who gains, who loses".to_owned(),
            ],
        );
        self.sheet.element(
            "p class=\"about\"",
            [
                "广告里的每个数字和每句承诺，都按它自己的规则在引擎里逐单做了一遍。".to_owned(),
                "Every number and promise of the advert, carried out order by order under its own rules."
                    .to_owned(),
            ],
        );
        let middle = count("equal.3x.median_ppm");
        self.sheet.element(
            "p class=\"lead\"",
            both(|lang| {
                let (back, exits) = (times(middle * 1_000), number(count("equal.3x.exits")));
                lang.pick([
                    format!(
                        "10 万人每人消费 1,000 元，<strong>{exits} 人</strong>拿回的现金达到自己的消费额。处在正中间的会员（一半人比他好，一半人比他差）花了 \
                         1,000 元，积分全部卖出可得 <strong>{back} 元</strong>。"
                    ),
                    format!(
                        "Of 100,000 people who spend 1,000 yuan each, <strong>{exits}</strong> get back in cash what they spent. The member in the \
                         middle (half do better, half do worse) spends 1,000 yuan and would get <strong>{back} yuan</strong> for all its points."
                    ),
                ])
            }),
        );
        self.sheet.element(
            "p",
            both(|lang| {
                let [points, bonuses] = ["bound_ppm", "bound_with_bonuses_ppm"]
                    .map(|name| times(count(&format!("equal.3x.{name}")) * 100));
                lang.pick([
                    format!("会员通过积分合计每消费 100 元最多拿回 {points} 元，加上全部推荐奖最多 {bonuses} 元，其中大部分归极少数人；没有外部资金就永远不会更多。报价确实只涨不跌，但报价不是回本：有人多得，就有人少得。"),
                    format!("Through points members together get back at most {points} of every 100 yuan; with all bonuses for inviting at most {bonuses}, most of it to few; never more without outside money. The quoted price does only rise, but a price is no recovery: what one member gets above that, others go without."),
                ])
            }),
        );
        let people =
            |name: &str| both(|lang| lang.pick([format!("{} 人", number(count(name))), number(count(name))]));
        let nth = |name: &str| {
            both(|lang| lang.pick([format!("第 {} 单", number(count(name))), number(count(name))]))
        };
        let facts: Vec<([&str; 2], Both)> = vec![
            (["现金回本（10 万人中）", "Money back in cash, of 100,000"], people("equal.3x.cash_1x")),
            (["现金达到 3 倍", "Three times in cash"], people("equal.3x.cash_3x")),
            (["正中间的会员拿回", "The member in the middle has"], both(|_| percent(middle))),
            (
                ["全体通过积分最多拿回", "All together at most, by points"],
                both(|_| percent(count("equal.3x.bound_ppm"))),
            ),
            (
                ["加上推荐奖最多", "With all bonuses at most"],
                both(|_| percent(count("equal.3x.bound_with_bonuses_ppm"))),
            ),
            (
                ["最后一人花 1,000 立即卖出得", "The newest, sold at once, of 1,000"],
                both(|lang| yuan("curve.newest_net", lang)),
            ),
            (
                ["第 100 名买家账面回本", "Buyer no. 100 is whole on paper at order"],
                nth("distance.buyer_100_paper_1x"),
            ),
            (
                ["第 100 名买家账面 3 倍", "Buyer no. 100 is at 3× at order"],
                nth("distance.buyer_100_paper_3x"),
            ),
        ];
        self.sheet.numbers(facts);
    }

    fn summary(&mut self, claims: &[Claim]) {
        self.sheet.heading("广告怎么说，算出来怎样", "What the advert says, and what comes out");
        let head = [["广告说", "The advert says"], ["结论", "Verdict"], ["算出来", "What comes out"]];
        let rows = claims.iter().map(|claim| {
            let linked = quoted(claim).map(|text| format!("<a href=\"#{}\">{text}</a>", claim.id));
            let [zh, en] = owned(claim.verdict.words());
            vec![
                linked,
                [zh, en].map(|text| format!("<strong>{text}</strong>")),
                claim.found.clone().map(|text| escape(&text)),
            ]
        });
        let rows = rows.collect();
        self.sheet.prose_table(head.map(|cell| cell.map(str::to_owned)).to_vec(), rows);
    }

    fn claim(&mut self, claim: &Claim) {
        self.sheet.push(&format!("<div id=\"{}\"></div>", claim.id));
        let [zh, en] = quoted(claim);
        self.sheet.heading(&zh, &en);
        let [zh, en] = owned(claim.verdict.words());
        self.sheet.element(
            "p class=\"verdict\"",
            [format!("结论：<strong>{zh}</strong>"), format!("Verdict: <strong>{en}</strong>")],
        );
        self.sheet.element("p", claim.found.clone().map(|text| escape(&text)));
        let [zh, en] = owned(claim.experiment);
        self.sheet.element("p class=\"about\"", [format!("实验：{zh}"), format!("Experiment: {en}")]);
        self.sheet.push("<div class=\"charts\">\n");
        for name in claim.charts {
            let chart = self.charts.iter().find(|chart| chart.name == *name);
            self.sheet.chart(chart.expect("a claim names charts that are drawn"));
        }
        self.sheet.push("</div>\n");
        if claim.id == "compliant" {
            let head = [["规则", "Rule"], ["说什么", "What it says"]];
            let rows = self.found.mechanisms.refusing.iter().take(8).map(|[id, _, zh, en]| {
                vec![both(|_| format!("<code>{}</code>", escape(id))), [escape(zh), escape(en)]]
            });
            let rows = rows.collect();
            self.sheet.prose_table(head.map(|cell| cell.map(str::to_owned)).to_vec(), rows);
        }
        let tables: Vec<String> = claim.tables.iter().map(|name| format!("<code>{name}</code>")).collect();
        let tables = tables.join(", ");
        self.sheet.element(
            "p class=\"about\"",
            [format!("数据：{tables}（.csv、.parquet）"), format!("Data: {tables} (.csv, .parquet)")],
        );
    }

    fn numbers(&mut self) {
        self.sheet.heading("全部数字", "Every number");
        self.sheet.element(
            "p",
            [
                "“算出”来自引擎；“对照”是闭式公式或广告自己的算术，只用来比较。单位：元、枚、百万分之。".to_owned(),
                "“Found” comes from the engine; “beside it” is a closed form or the advert's own arithmetic, to compare with. Units: yuan, points, parts per million.".to_owned(),
            ],
        );
        self.sheet.push("<details><summary>");
        self.sheet.element("span", ["展开".to_owned(), "Show".to_owned()]);
        self.sheet.push("</summary>");
        let head =
            [["什么", "What"], ["算出", "Found"], ["对照", "Beside it"]].map(|cell| cell.map(str::to_owned));
        let rows = self.found.numbers.list.iter().map(|of| {
            let beside = of.compared.as_ref().map_or_else(|| "–".to_owned(), super::Value::exact);
            let [zh, en] = of.words.clone().map(|text| escape(&text));
            vec![[zh, capital(&en)], both(|_| escape(&of.found.exact())), both(|_| escape(&beside))]
        });
        let rows = rows.collect();
        self.sheet.table(head.to_vec(), rows);
        self.sheet.push("</details>\n");
    }

    fn words(&mut self) {
        self.sheet.heading("这些词的意思", "What the words mean");
        self.sheet.words(&[
            (
                ["盈利池、积分、报价", "Pool, points, price"],
                [
                    "每笔订单有一部分进入盈利池，买家按当时的价格得到积分；报价 = 池 ÷ 积分总量。卖出积分从池里拿钱，20% 留在池中。",
                    "A part of each order goes into the pool, and the buyer gets points at the price of the moment; the price is the pool divided by all points. Whoever sells points takes money out of the pool and leaves 20 % in it.",
                ],
            ),
            (
                ["账面与到手", "On paper and in hand"],
                [
                    "账面值按报价计，不扣费；到手是此刻全部卖出、扣费之后进钱包的钱。所有人一起卖时，人人都按这个规则依次卖。",
                    "On paper: at the quoted price, no fee taken off. In hand: what would be in the wallet if all points were sold at this moment, net of the fee.",
                ],
            ),
            (
                ["出局", "Exit"],
                [
                    "所得积分值到消费额的 3 倍（或 2 倍）时被强制卖出，扣 20% 后到手 2.4 倍（或 1.6 倍）。所以“3 倍现金”从来没有人拿到。",
                    "Once the points earned are worth 3 times (or twice) the spending, all are sold by force; after the fee of 20 % that pays 2.4 (or 1.6) times. So nobody ever has three times in cash.",
                ],
            ),
            (
                ["正中间的会员", "The member in the middle"],
                [
                    "把会员按（到手现金 + 积分此刻全部卖出的净额）÷ 消费额排序，正中间的一个。多次模拟时取各次的中位。",
                    "Members sorted by (cash received + what all points would bring, net) ÷ spent: the one in the middle. Of many runs, the median.",
                ],
            ),
        ]);
    }

    fn sources(&mut self) {
        self.sheet.heading("怎么做的", "How it was done");
        let options = self.found.options;
        let plain = |value: String| [value.clone(), value];
        let words = |zh: &str, en: &str| [zh.to_owned(), en.to_owned()];
        self.sheet.push("<div class=\"sources\">");
        self.sheet.facts(vec![
            (words("相等订单", "Equal orders"), plain(number(options.curve_orders))),
            (words("每个场景的模拟次数", "Runs of each scenario"), plain(number(options.runs))),
            (words("种子", "Seed"), plain(options.seed.to_string())),
            (
                words("再做一遍", "To repeat it"),
                plain(format!(
                    "<code>ratchet study advert --seed {} --runs {}</code>",
                    options.seed, options.runs
                )),
            ),
        ]);
        self.sheet.push("</div>\n");
        for (name, source) in society::SCENARIOS {
            self.sheet.details(
                [format!("场景 {name} 全文"), format!("The scenario {name}, in full")],
                &escape(source),
            );
        }
        if let Some((name, source)) = PRESETS.first() {
            self.sheet
                .details([format!("计划 {name} 全文"), format!("The plan {name}, in full")], &escape(source));
        }
    }
}
