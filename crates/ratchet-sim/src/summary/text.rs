//! The result of a backtest in a few lines: the same facts, in the same order, as the first paragraph of the report.

use std::path::Path;

use ratchet_engine::amount::Money;

use super::Summary;

impl Summary {
    /// The result in a few lines, in Chinese or English; with the report's place if one was written, and that of rows left out.
    pub fn text(&self, in_chinese: bool, report: Option<&Path>, bad_rows: Option<&Path>) -> String {
        let (summary, zh) = (self, in_chinese);
        let currency = summary.currency();
        let money = |amount: Money| grouped(&currency.format(amount));
        let (disclosure, totals, code) = (&summary.disclosure, &summary.totals, currency.code());
        let outcomes = &disclosure.outcomes;
        let name = &summary.plan.programme.name;
        let mut lines = Vec::new();
        let [once, twice, thrice] = &outcomes.in_cash;
        let count = |members: u64| grouped(&members.to_string());
        let (orders, buyers) = (count(totals.orders), count(disclosure.buyers));
        let (spent, cash, held) = (money(disclosure.spent), money(disclosure.cash), money(disclosure.held));
        let (once_share, least, least_share) = (
            percent(once.share_ppm),
            outcomes.at_least_one.members,
            percent(outcomes.at_least_one.share_ppm),
        );
        let median = hundredths(outcomes.spread.median_ppm);
        let price = summary.price.display(currency.decimals);
        let (pool, supply, exits) = (money(totals.pool), grouped(&totals.supply.to_string()), totals.exits);
        if zh {
            lines.push(format!("{}：{orders} 笔订单，{buyers} 位买家，共消费 {code} {spent}。", name.zh));
            lines.push(format!("会员收到现金 {cash}；手中积分若现在卖出净得 {held}。"));
            lines.push(format!(
                "现金已达到消费额的：{} 人（{once_share}）；达到两倍 {} 人，三倍 {} 人。",
                once.members, twice.members, thrice.members
            ));
            lines.push(format!("连同积分净值达到消费额的：{least} 人（{least_share}）。"));
            lines.push(format!("居中的会员每消费 100，现金加积分净值为 {median}。"));
            lines.push(format!("底池 {pool}，积分 {supply}，价格 {price}，强制出局 {exits} 次。"));
        } else {
            lines.push(format!("{}: {orders} orders, {buyers} buyers, {code} {spent} spent.", name.en));
            lines.push(format!(
                "Members received {cash} in cash; the points they hold would pay {held} net if sold now."
            ));
            lines.push(format!(
                "Cash has reached what was spent: {} members ({once_share}); twice that: {}; three times: {}.",
                once.members, twice.members, thrice.members
            ));
            lines.push(format!("Cash and points together have reached it: {least} members ({least_share})."));
            lines.push(format!(
                "The member in the middle has {median} of each 100 spent, cash and points together."
            ));
            lines.push(format!("Pool {pool}, points {supply}, price {price}, cap exits {exits}."));
        }
        if summary.skipped > 0 {
            let rows: Vec<String> = summary.first_skipped.iter().map(|(line, _)| line.to_string()).collect();
            let (count, rows) = (summary.skipped, rows.join(", "));
            lines.push(if zh {
                format!("{count} 行不是订单（金额不大于零），已跳过，最前几行的行号：{rows}。")
            } else {
                format!(
                    "{count} rows are no orders (zero or less) and were skipped, the first on lines {rows}."
                )
            });
        }
        if summary.bad_rows > 0 {
            let (count, place) = (summary.bad_rows, bad_rows.unwrap_or(Path::new("bad-rows.csv")).display());
            lines.push(if zh {
                format!("{count} 个坏行已跳过，另存为 {place}。")
            } else {
                format!("{count} malformed rows were left out; they are in {place}.")
            });
        }
        if summary.referrers_ignored.count > 0 {
            let count = summary.referrers_ignored.count;
            lines.push(if zh {
                format!("{count} 行写了与先前不同的推荐人，已忽略。")
            } else {
                format!("{count} rows name a referrer other than the first one; it was ignored.")
            });
        }
        if let Some(report) = report {
            lines.push(if zh {
                format!("报告：{}", report.display())
            } else {
                format!("Report: {}", report.display())
            });
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

/// Parts per million as per cent with three decimals, rounded down: few members are a small share.
fn percent(ppm: u64) -> String {
    format!("{}.{:03} %", ppm / 10_000, ppm % 10_000 / 10)
}

/// Parts per million as so many of a hundred, rounded down.
fn hundredths(ppm: u64) -> String {
    format!("{}.{:02}", ppm / 10_000, ppm % 10_000 / 100)
}

/// Thousands of a decimal string set apart: `12,345.67`.
fn grouped(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_set_apart() {
        assert_eq!(grouped("1234567.89"), "1,234,567.89");
        assert_eq!(grouped("123"), "123");
        assert_eq!(percent(1_234), "0.123 %");
        assert_eq!(hundredths(214_999), "21.49");
    }
}
