//! The advert's other numbers, each by a script of commands: the sale, staged release, scheduled emission, tips, commissions by rank, the dividend,
//! what 70 % is of, and what the rule gate says.

use ratchet_engine::amount::{Money, Points};
use ratchet_engine::event::Event;
use ratchet_engine::gate::{Opinions, judge};
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::lint::rules::RuleBook;
use ratchet_engine::time::Day;

use super::desk::{Desk, plan, preset};
use super::equal::table;
use super::numbers::{Numbers, Value};
use crate::study::{Cell, Table};

const HEAD: &str = "[programme]\nname = { zh = \"实验\", en = \"Experiment\" }\n[settlement]\nafter_sale_days = 0\n[split]\n";
const RELEASE: &str = "cost = \"30%\"\n[split.funds]\nrelease = \"50%\"\n[release]\ngrant_ratio = \"50%\"\nrate = \"RATE\"\nbase = \"BASE\"\nfund = \"release\"\nreconsume_share = \"30%\"\n";
const EMISSION: &str = "cost = \"30%\"\n[value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [92250, 50000]\ncap = 1000000\nfirst_price = \"1000.00\"\nmembers = \"80%\"\nplatform = \"10%\"\n";
/// Ten years of scheduled emission and thirty more: the tail is down to nothing.
const EMISSION_YEARS: u64 = 40;

fn scripted(rest: &str) -> Desk {
    Desk::new(plan(&format!("{HEAD}{rest}")))
}

/// What the scripts leave besides numbers.
pub(super) struct Mechanisms {
    /// By day: remaining points and money of the day, of the original and of what remains.
    pub(super) release: Vec<[i64; 5]>,
    /// By year: issued in it and in all, in whole points rounded down.
    pub(super) emission: Vec<[i64; 3]>,
    /// The rules that keep the advert's plan from running live in mainland China: id, source, and title in both languages.
    pub(super) refusing: Vec<[String; 4]>,
}

pub(super) fn all(numbers: &mut Numbers) -> Mechanisms {
    sale(numbers);
    seventy(numbers);
    let release = release(numbers);
    let emission = emission(numbers);
    signs(numbers);
    tip(numbers);
    differential(numbers);
    dividend(numbers);
    let refusing = gate(numbers);
    Mechanisms { release, emission, refusing }
}

/// SPEC 17's sale: a pool of 60,000 behind 6,302.5 points.
fn sale(numbers: &mut Numbers) {
    let settings = [
        ("settlement.after_sale_days", "0"),
        ("pool.exit.multiple", "1000"),
        ("pool.mint_ratio", "\"100%\""),
    ];
    let mut desk = Desk::new(preset("value-growth", &settings));
    // At a mint ratio of 100 % the price stays 1.00: 210 points, and 6,092.5 of somebody else.
    desk.buy("o1", "seller", "700.00");
    desk.buy("o2", "other", "20308.34");
    desk.run("pool.inject", r#""amount":"53697.50","source":"subsidy""#);
    desk.sell_all("seller");
    let sold = desk.events.iter().find_map(|event| match event {
        Event::PointsSold { gross, retained: kept, net, .. } => Some([*gross, *kept, *net]),
        _ => None,
    });
    let [gross, kept, net] = sold.expect("it was sold");
    numbers.put(
        "sale.gross",
        Value::Money(gross),
        "卖出 210 积分：总额（池 60,000，积分 6,302.5）",
        "210 points sold, gross (pool 60,000, supply 6,302.5)",
    );
    numbers.put("sale.kept", Value::Money(kept), "其中留在池中", "of it kept in the pool");
    numbers.put("sale.net", Value::Money(net), "到手", "to the seller");
    numbers.put(
        "sale.pool_after",
        Value::Money(desk.engine.totals().pool),
        "之后的盈利池",
        "the pool afterwards",
    );
}

/// "70 % of the profit is given as points".
fn seventy(numbers: &mut Numbers) {
    let mut desk = Desk::new(preset("value-growth", &[("settlement.after_sale_days", "0")]));
    desk.buy("o1", "m1", "1000.00");
    let totals = desk.engine.totals();
    let points = desk.member("m1").points;
    // At the opening price of 1.00 a point is worth a yuan.
    let given = Money::from_wide(points.units() / (ratchet_engine::amount::UNITS_PER_POINT / 100))
        .unwrap_or(Money::ZERO);
    let ppm = |whole: Money| (given.as_u128() * 1_000_000 / whole.as_u128().max(1)) as u64;
    numbers.put(
        "seventy.given",
        Value::Money(given),
        "一笔 1000 元订单所给积分的面值",
        "points given for an order of 1,000, at the opening price",
    );
    numbers.put(
        "seventy.contribution",
        Value::Money(totals.contributions),
        "该订单入池",
        "what the order put into the pool",
    );
    numbers.put(
        "seventy.platform",
        Value::Money(totals.platform),
        "该订单的平台利润",
        "the platform's part of the order",
    );
    numbers.put_beside(
        "seventy.of_contribution_ppm",
        Value::Ppm(ppm(totals.contributions)),
        Value::Ppm(700_000),
        "积分面值 ÷ 入池",
        "points given ÷ contribution to the pool",
    );
    numbers.put_beside(
        "seventy.of_platform_ppm",
        Value::Ppm(ppm(totals.platform)),
        Value::Ppm(700_000),
        "积分面值 ÷ 平台利润（广告说 70%）",
        "points given ÷ the platform's profit (the advert says 70 %)",
    );
}

fn released(before: Points, after: Points) -> Points {
    before.checked_sub(after).unwrap_or(Points::ZERO)
}

/// One lot of 5,000 points under this rate; after each day: what remains, what was released, what was paid.
fn lot(rate: &str, base: &str, days: usize) -> (Vec<(Points, Points, Money)>, Desk) {
    let mut desk = scripted(&RELEASE.replace("RATE", rate).replace("BASE", base));
    desk.buy("o", "m", "10000.00");
    desk.next_day();
    let mut rows = Vec::with_capacity(days);
    let (mut before, mut paid) = (desk.member("m").release_remaining, Money::ZERO);
    for _ in 0..days {
        desk.day_of_tasks(&["m"]);
        let view = desk.member("m");
        let (left, cash) = (view.release_remaining, view.cash_received);
        rows.push((left, released(before, left), cash.saturating_sub(paid)));
        (before, paid) = (left, cash);
    }
    (rows, desk)
}

/// "3 % a day = 15 of 5,000", and how long it takes.
fn release(numbers: &mut Numbers) -> Vec<[i64; 5]> {
    let (linear, desk) = lot("3‰", "original", 365);
    let (shrinking, _) = lot("3‰", "remaining", 365);
    let (as_written, _) = lot("3%", "original", 40);
    let day = |rows: &[(Points, Points, Money)], day: usize| rows[day - 1];
    numbers.put_beside(
        "release.day_1_at_3_permille",
        Value::Money(day(&linear, 1).2),
        Value::Money(Money::from_minor(1_500).unwrap_or(Money::ZERO)),
        "5,000 积分每天 3‰：第一天释放的钱",
        "5,000 points at 3 ‰ a day: money of the first day",
    );
    numbers.put_beside(
        "release.day_1_at_3_percent",
        Value::Money(day(&as_written, 1).2),
        Value::Money(Money::from_minor(1_500).unwrap_or(Money::ZERO)),
        "5,000 积分每天 3%：第一天释放的钱（广告说 15）",
        "5,000 points at 3 % a day: money of the first day (the advert says 15)",
    );
    let days = |rows: &[(Points, Points, Money)]| {
        rows.iter().filter(|(_, released, _)| !released.is_zero()).count() as u64
    };
    numbers.put(
        "release.days_at_3_permille",
        Value::Count(days(&linear)),
        "按 3‰ 释放完的天数",
        "days until all is released at 3 ‰",
    );
    numbers.put(
        "release.days_at_3_percent",
        Value::Count(days(&as_written)),
        "按 3% 释放完的天数",
        "days until all is released at 3 %",
    );
    numbers.put(
        "release.last_day",
        Value::Points(day(&linear, 334).1),
        "按 3‰ 最后一天释放",
        "released on the last day at 3 ‰",
    );
    for number in [1, 30, 365] {
        let (_, points, money) = day(&shrinking, number);
        numbers.put(
            &format!("release.remaining_day_{number}_points"),
            Value::Points(points),
            &format!("按剩余的 3‰：第 {number} 天释放的积分"),
            &format!("3 ‰ of what remains: points of day {number}"),
        );
        numbers.put(
            &format!("release.remaining_day_{number}_money"),
            Value::Money(money),
            &format!("按剩余的 3‰：第 {number} 天的钱"),
            &format!("3 ‰ of what remains: money of day {number}"),
        );
    }
    drop(desk);
    let mut desk = scripted(&RELEASE.replace("RATE", "1%").replace("BASE", "original"));
    desk.buy("o", "m", "3002.00");
    desk.next_day();
    desk.day_of_tasks(&["m"]);
    let view = desk.member("m");
    numbers.put(
        "release.split_cash",
        Value::Money(view.cash),
        "15.01 的现金部分（70%）",
        "of 15.01 in cash (70 %)",
    );
    numbers.put(
        "release.split_goods",
        Value::Money(view.reconsume),
        "15.01 的复购部分",
        "of 15.01 for goods",
    );
    let hundredths = |points: Points| (points.units() / 10_000_000_000) as i64;
    let rows = (1_i64..).zip(linear.iter().zip(&shrinking)).map(|(day, (linear, shrinking))| {
        [day, hundredths(linear.0), linear.2.minor(), hundredths(shrinking.0), shrinking.2.minor()]
    });
    rows.collect()
}

/// "Emission halves until 1,000,000 are out."
fn emission(numbers: &mut Numbers) -> Vec<[i64; 3]> {
    let mut desk = scripted(EMISSION);
    desk.buy("o1", "a", "100000.00");
    desk.buy("o2", "b", "39900000.00");
    desk.next_day();
    // The first day on which somebody does the task: 30 of 12,000 units are a's.
    desk.run("task.complete", r#""member":"a""#);
    desk.run("task.complete", r#""member":"b""#);
    desk.next_day();
    let day = desk.events.iter().find_map(|event| match event {
        Event::DailyEmissionIssued { amount, .. } => Some(*amount),
        _ => None,
    });
    let day = day.expect("an emission is issued every day");
    numbers.put("emission.day", Value::Points(day), "第一年每天发行", "issued on a day of the first year");
    let of_a = desk.member("a").emission_points;
    numbers.put(
        "emission.share",
        Value::Points(of_a),
        "释放 30、全网释放 12,000 的会员当天所得（相除）",
        "who released 30 of 12,000 gets that day (by division)",
    );
    // The next day only one does the task: all of the members' part is its.
    let before = desk.member("b").emission_points;
    desk.day_of_tasks(&["b"]);
    let of_members = desk.member("b").emission_points.checked_sub(before).unwrap_or(Points::ZERO);
    numbers.put(
        "emission.members_day",
        Value::Points(of_members),
        "会员合计当天所得",
        "all members together on a day",
    );
    let issued = |desk: &Desk| {
        let view = desk.engine.emission();
        view.issued.checked_add(view.reserve).unwrap_or(view.issued)
    };
    let whole = |points: Points| (points.units() / ratchet_engine::amount::UNITS_PER_POINT) as i64;
    let mut rows = Vec::new();
    let mut before = 0;
    for year in 1..=EMISSION_YEARS {
        // 2026 has 365 days; leap days are days like others.
        let end = Day::parse(&format!("{}-01-01", 2026 + year)).expect("a day");
        let first = Day::parse("2026-01-01").expect("a day");
        desk.day = end.number() - first.number();
        desk.run("time.advance", "");
        let all = whole(issued(&desk));
        rows.push([year as i64, all - before, all]);
        before = all;
    }
    // Up to a thousandth of a point: each year's division by its days leaves a remainder.
    let all = issued(&desk);
    let nearest =
        (all.units() + ratchet_engine::amount::UNITS_PER_POINT / 2) / ratchet_engine::amount::UNITS_PER_POINT;
    numbers.put_beside(
        "emission.all",
        Value::Count(nearest as u64),
        Value::Count(1_000_000),
        "40 年发行的总量，四舍五入（广告说 1,000,000）",
        "issued in 40 years, to the nearest point (the advert says 1,000,000)",
    );
    rows
}

/// "Personal share = own released + network …; price = released + issued": both are divisions.
fn signs(numbers: &mut Numbers) {
    let mut desk = scripted(EMISSION);
    desk.buy("o1", "a", "100000.00");
    desk.buy("o2", "b", "39900000.00");
    desk.next_day();
    desk.day_of_tasks(&["a", "b"]);
    let view = desk.engine.emission();
    let (released, issued) = (view.guide_released, view.guide_issued);
    let ratio = ratchet_engine::amount::mul_div(
        released.units(),
        ratchet_engine::amount::UNITS_PER_POINT,
        issued.units().max(1),
        // As every price that is shown: rounded down.
        ratchet_engine::amount::Rounding::Down,
    );
    let sum = released.checked_add(issued).unwrap_or(released);
    numbers.put_beside(
        "signs.guide_price",
        Value::Price(Points::from_units(ratio.unwrap_or(0)).to_string()),
        Value::Price(sum.to_string()),
        "指导价 = 释放 ÷ 发行（对照：按广告的加号）",
        "guide price = released ÷ issued (beside it: with the advert's plus sign)",
    );
    let day = desk.member("a").emission_points;
    numbers.put_beside(
        "signs.share",
        Value::Points(day),
        // 30 released by the member + 12,000 released by everybody.
        Value::Points(Points::from_units(12_030 * ratchet_engine::amount::UNITS_PER_POINT)),
        "个人所得 = 个人释放 ÷ 全网释放 × 会员份额（对照：按广告的加号）",
        "personal share = own released ÷ all released × members' part (beside it: with the advert's plus sign)",
    );
}

/// SPEC 17's tip: 1,000 value units at ¥1,000 a point, one-star referrers on both sides.
fn tip(numbers: &mut Numbers) {
    let mut desk = scripted(
        "cost = \"50%\"\n[[rank]]\nid = \"one_star\"\nname = { zh = \"一星\", en = \"One star\" }\nvolume = \"1000\"\ntip_rate = \"5%\"\n\
         [value]\ngrant_ratio = \"10%\"\n[emission]\nyears = [36500]\ncap = 36500\ntail = \"none\"\nfirst_price = \"1000.00\"\n\
         [merchant]\nactivation_pack = \"399.00\"\nmerchant_share = \"20%\"\n",
    );
    desk.join("sponsor", None);
    desk.join("boss", Some("sponsor"));
    desk.join("friend", None);
    desk.join("guest", Some("friend"));
    desk.run("order.pay", r#""order":"pack","member":"boss","lines":[{"line":"1","amount":"399.00"}]"#);
    desk.run("merchant.apply", r#""merchant":"shop","member":"boss","order":"pack""#);
    desk.run("merchant.approve", r#""actor":"alice","merchant":"shop""#);
    desk.day = 1;
    desk.run("emission.propose", r#""issue":"i1","member":"boss","points":"10""#);
    desk.run("emission.approve", r#""actor":"alice","issue":"i1""#);
    desk.buy("vs", "boss", "1000");
    desk.buy("vf", "guest", "1000");
    desk.day = 3;
    desk.run("time.advance", "");
    let units = desk.member("boss").value_units;
    desk.run("tip.give", r#""tip":"t1","merchant":"shop","member":"guest","value":"1000""#);
    let totals = desk.engine.merchant_totals();
    let gained = desk.member("boss").value_units.checked_sub(units).unwrap_or(Points::ZERO);
    numbers.put(
        "tip.consumed",
        Value::Points(totals.tip_points),
        "打赏 1,000 健康值（每枚 1,000 元）耗用积分",
        "points consumed by a tip of 1,000 units at 1,000 a point",
    );
    numbers.put(
        "tip.referrer_of_merchant",
        Value::Points(desk.member("sponsor").emission_points),
        "商家的一星推荐人所得",
        "to the merchant's one-star referrer",
    );
    numbers.put(
        "tip.referrer_of_recipient",
        Value::Points(desk.member("friend").emission_points),
        "受赏人的一星推荐人所得",
        "to the recipient's one-star referrer",
    );
    numbers.put("tip.burned", Value::Points(totals.tip_burned), "销毁", "burned");
    numbers.put("tip.merchant_units", Value::Points(gained), "商家获得健康值", "value units to the merchant");
}

/// SPEC 17's chain of ranks: uplines of 9, 15, 11, 18, 18, 18 % on 10,000 yuan.
fn differential(numbers: &mut Numbers) {
    let rates = [9, 11, 15, 18];
    let ladder: String = (1..)
        .zip(rates)
        .map(|(place, rate)| {
            format!("[[rank]]\nid = \"r{rate}\"\nname = {{ zh = \"级\", en = \"Rank\" }}\nvolume = \"{place}00\"\nrate = \"{rate}%\"\n")
        })
        .collect();
    let mut desk = scripted(&format!(
        "cost = \"30%\"\ncommission = \"60%\"\n[commission]\n[commission.differential]\n[commission.peer]\nrates = [\"10%\", \"5%\"]\n{ladder}"
    ));
    let ranks = [1, 3, 2, 4, 4, 4];
    for number in (1..=ranks.len()).rev() {
        desk.join(&format!("u{number}"), None);
    }
    // Each earns its rank by a leg of its own before the chain is bound together.
    for (number, rank) in (1..).zip(ranks) {
        desk.join(&format!("h{number}"), Some(&format!("u{number}")));
        desk.buy(&format!("h{number}"), &format!("h{number}"), &format!("{rank}00.00"));
    }
    desk.next_day();
    for number in 1..ranks.len() {
        desk.run("member.bind", &format!(r#""member":"u{number}","referrer":"u{}""#, number + 1));
    }
    desk.join("b", Some("u1"));
    // What the legs earned them is not part of the order.
    let before: Vec<Money> = (1..=6).map(|n| desk.member(&format!("u{n}")).commission_income).collect();
    desk.buy("o", "b", "10000.00");
    for (number, before) in (1..=6).zip(before) {
        let got = desk.member(&format!("u{number}")).commission_income.saturating_sub(before);
        numbers.put(
            &format!("differential.upline_{number}"),
            Value::Money(got),
            &format!("10,000 元订单：上方第 {number} 人（级差或平级）"),
            &format!("order of 10,000: upline {number} (differential or peer)"),
        );
    }
}

/// SPEC 17's dividend: a pot of 10 yuan and weights 0.1 × 2, 0.2 × 5, 0.3 × 10.
fn dividend(numbers: &mut Numbers) {
    let mut desk = scripted(
        "cost = \"30%\"\n[split.funds]\nshares = \"1%\"\n[commission]\n[commission.dividend]\nrate = \"1%\"\nfund = \"shares\"\nperiod = \"month\"\n",
    );
    for number in 0..17 {
        let weight = match number {
            0..2 => "0.1",
            2..7 => "0.2",
            _ => "0.3",
        };
        desk.join(&format!("s{number}"), None);
        desk.run("shareholder.set", &format!(r#""member":"s{number}","weight":"{weight}""#));
    }
    desk.buy("o", "b", "1000.00");
    desk.day = 31;
    desk.run("time.advance", "");
    for (member, weight) in [("s0", "0.1"), ("s2", "0.2"), ("s7", "0.3")] {
        let got = desk.member(member).commission_income;
        numbers.put(
            &format!("dividend.weight_{weight}"),
            Value::Money(got),
            &format!("分红池 10 元：权重 {weight} 的股东"),
            &format!("dividend pot of 10 yuan: a weight of {weight}"),
        );
    }
    let carry = Money::from_wide(desk.account(AccountKind::DividendPot)).unwrap_or(Money::ZERO);
    numbers.put("dividend.carry", Value::Money(carry), "留到下期", "carried to the next period");
}

/// "Compliant, no pyramid worry."
fn gate(numbers: &mut Numbers) -> Vec<[String; 4]> {
    let plan = preset("value-growth", &[]);
    let book = RuleBook::built_in();
    let on = Day::parse("2026-01-01").expect("a day");
    let verdict = judge(&plan, &book, &Opinions::default(), &["CN".to_owned()], on, &[]);
    let refusing: Vec<[String; 4]> = verdict
        .refusing()
        .map(|finding| {
            let rule = finding.rule;
            let source = match rule.article.is_empty() {
                true => rule.source.clone(),
                false => format!("{} {}", rule.source, rule.article),
            };
            [rule.id.clone(), source, rule.title.zh.clone(), rule.title.en.clone()]
        })
        .collect();
    numbers.put(
        "gate.refusing",
        Value::Count(refusing.len() as u64),
        "拒绝该计划正式运行的规则数（中国大陆）",
        "rules that keep the plan from running live (mainland China)",
    );
    numbers.put(
        "gate.passes",
        Value::Name(if verdict.passes() { "yes" } else { "no" }.to_owned()),
        "规则关卡是否放行",
        "whether the rule gate lets it pass",
    );
    refusing
}

impl Mechanisms {
    pub(super) fn tables(&self) -> Vec<Table> {
        let rows = |rows: &[[i64; 5]]| rows.iter().map(|row| row.map(Cell::Number).to_vec()).collect();
        let release = table(
            "release",
            &["day", "remaining_of_original", "money_of_original", "remaining_of_rest", "money_of_rest"],
            rows(&self.release),
        );
        let emission = table(
            "emission",
            &["year", "issued", "issued_in_all"],
            self.emission.iter().map(|row| row.map(Cell::Number).to_vec()).collect(),
        );
        let text = |text: &String| Cell::Text(text.clone());
        let refusing = Table {
            name: "rules",
            columns: ["rule", "source", "zh", "en"].map(|name| (name.to_owned(), true)).to_vec(),
            rows: self.refusing.iter().map(|row| row.iter().map(text).collect()).collect(),
        };
        vec![release, emission, refusing]
    }
}
