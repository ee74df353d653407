//! The result of a backtest in a few lines: the same facts, in the same order, as the first paragraph of the report.

use std::path::Path;

use ratchet_engine::amount::Money;

use super::Summary;
use crate::orders::LeftOut;

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
        if summary.orders_of_several_rows > 0 {
            let (orders, same) = (count(summary.orders_of_several_rows), count(summary.repeated_rows));
            lines.push(if zh {
                format!("{orders} 笔订单各有几行，每行算订单中的一项。")
            } else {
                format!("{orders} orders have several rows, which are their lines.")
            });
            if summary.repeated_rows > 0 {
                lines.push(if zh {
                    format!("其中 {same} 行与同一订单的前一行完全相同：若文件重复导出，请删去。")
                } else {
                    format!(
                        "{same} of these rows say the same as an earlier row of their order; if the file holds rows twice, \
                         take them out."
                    )
                });
            }
        }
        lines.extend(summary.left_out_lines(zh));
        if summary.bad_rows > 0 {
            let (count, place) = (summary.bad_rows, bad_rows.unwrap_or(Path::new("bad-rows.csv")).display());
            lines.push(if zh {
                format!("{count} 个坏行已跳过，另存为 {place}。")
            } else {
                format!("{count} malformed rows were left out; they are in {place}.")
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

    /// What was left out, a sentence for each reason, in Chinese or English.
    pub fn left_out_lines(&self, in_chinese: bool) -> Vec<String> {
        let mut lines: Vec<String> =
            self.left_out.iter().map(|left| self.left_out_line(left, in_chinese)).collect();
        if self.has_returns() {
            lines.push(
                match in_chinese {
                    true => "退货行没有从消费、积分和支付中扣除：这些数字可能偏高。",
                    false => "Returns were not deducted: what was spent, points and pay-outs may be too high by them.",
                }
                .to_owned(),
            );
        }
        lines
    }

    fn left_out_line(&self, left: &LeftOut, zh: bool) -> String {
        let currency = self.currency();
        let sum = grouped(&currency.format_minor(left.amount));
        let (rows, code) = (grouped(&left.rows.to_string()), currency.code());
        let shown: Vec<String> = left.first_lines.iter().map(u32::to_string).collect();
        let shown = shown.join(", ");
        let more = left.rows > left.first_lines.len() as u64;
        let column = left.column.unwrap_or(if zh { "字段数" } else { "number of fields" });
        let unread = match (left.unread, zh) {
            (0, _) => String::new(),
            (unread, true) => format!("（另有 {unread} 行金额无法读出）"),
            (unread, false) => format!(" (and {unread} amounts that cannot be read)"),
        };
        if zh {
            let what = match left.reason {
                "amount_zero" => "金额为零，不是订单，已跳过".to_owned(),
                "amount_negative" => "金额为负（退货），不是订单，已跳过".to_owned(),
                "no_member" => "没有会员，已跳过".to_owned(),
                "inviter_is_self" => "推荐人是会员自己，推荐人作废，订单照算".to_owned(),
                "inviter_differs" => "推荐人与更早的行不同，推荐人作废，订单照算".to_owned(),
                "inviter_loop" => "推荐人是该会员的下级，推荐人作废，订单照算".to_owned(),
                _ => format!("格式有误（{column}）"),
            };
            let more = if more { "等" } else { "" };
            return format!("{rows} 行{what}，共 {code} {sum}{unread}；行号：{shown}{more}。");
        }
        let what = match left.reason {
            "amount_zero" => "are no orders (zero) and were skipped".to_owned(),
            "amount_negative" => "are no orders (negative: returns) and were skipped".to_owned(),
            "no_member" => "name no member and were skipped".to_owned(),
            "inviter_is_self" => "name the member itself as inviter; the order counts, the inviter does not".to_owned(),
            "inviter_differs" => {
                "name another inviter than an earlier row; the order counts, the inviter does not".to_owned()
            }
            "inviter_loop" => {
                "name an inviter whom the member itself has invited, directly or not; the order counts, the inviter does not"
                    .to_owned()
            }
            _ => format!("are malformed ({column})"),
        };
        let more = if more { " and more" } else { "" };
        format!("{rows} rows {what}: {code} {sum}{unread}; lines {shown}{more}.")
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

/// Thousands of a decimal string set apart: `12,345.67`, `-3,580.58`.
fn grouped(text: &str) -> String {
    if let Some(text) = text.strip_prefix('-') {
        return format!("-{}", grouped(text));
    }
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
        assert_eq!(grouped("-123456.78"), "-123,456.78");
        assert_eq!(percent(1_234), "0.123 %");
        assert_eq!(hundredths(214_999), "21.49");
    }
}
