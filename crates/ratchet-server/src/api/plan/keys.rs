//! The main keys of a plan as a form shows them: each with its unit and what it means, and where the text sets it. The text stays what
//! is proposed; a form only changes values in it.

use ratchet_engine::amendment::row_of;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::prelude::*;

/// A main key that the text of a plan sets.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanKey {
    /// The key, with the names of its sections.
    key: String,
    /// What it is called.
    name: Text,
    /// What it does, and to whom.
    says: Text,
    /// In what it is measured.
    unit: KeyUnit,
    /// What it binds: `fixed`, `order`, `grant`, `request`, `programme` (AMEND-3).
    binds: String,
    /// Its value as the text has it, without quotation marks.
    value: String,
    /// The line that sets it, from 1.
    line: usize,
}

/// In what a key is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyUnit {
    /// A share, as per cent.
    Share,
    /// Money.
    Money,
    /// Days.
    Days,
    /// A multiple.
    Times,
}

struct MainKey {
    key: &'static str,
    unit: KeyUnit,
    name: [&'static str; 2],
    says: [&'static str; 2],
}

const fn main_key(
    key: &'static str,
    unit: KeyUnit,
    name: [&'static str; 2],
    says: [&'static str; 2],
) -> MainKey {
    MainKey { key, unit, name, says }
}

/// In the order of a form; names and sentences in Chinese and English.
const MAIN_KEYS: &[MainKey] = {
    use KeyUnit::{Days, Money, Share, Times};
    &[
        main_key(
            "split.cost",
            Share,
            ["供货方", "Suppliers"],
            ["每行订单基数里给供货方的一份。", "Of each line's base, to the supplier."],
        ),
        main_key(
            "split.pool",
            Share,
            ["盈利池", "Pool"],
            [
                "进入盈利池的一份；会员通过积分拿到的钱全部出自这里。",
                "Into the pool, out of which all comes that members get through points.",
            ],
        ),
        main_key(
            "split.commission",
            Share,
            ["佣金", "Commissions"],
            [
                "发给有下级消费的人的一份；没人该得的留在账上。",
                "To those whose invitees buy; what nobody earns stays in the books.",
            ],
        ),
        main_key(
            "pool.mint_ratio",
            Share,
            ["铸造比例", "Ratio of new points"],
            [
                "新积分值入池金额的几成；其余抬高原有会员的价格，新会员少得。",
                "New points are worth this share of their contribution; the rest lifts the price for older members, and the new one has less.",
            ],
        ),
        main_key(
            "pool.retention",
            Share,
            ["回流", "Retention"],
            [
                "每次卖出留在池中的一份：卖出的人少得，留下的人多得。",
                "Of each sale, kept in the pool: who sells gets less, who stays gets more.",
            ],
        ),
        main_key(
            "pool.opening_price",
            Money,
            ["第一枚积分的价格", "Price of the first point"],
            [
                "只决定积分的单位有多大，不改变谁得多少。",
                "How large the unit of points is; it changes nobody's share.",
            ],
        ),
        main_key(
            "pool.exit.multiple",
            Times,
            ["强制出局倍数", "Multiple of the forced exit"],
            [
                "积分值到所花的几倍就强制全部卖出；到得了的人都靠后来的人。",
                "Points worth so many times the spend are sold by force; whoever gets there does so by those who come later.",
            ],
        ),
        main_key(
            "settlement.after_sale_days",
            Days,
            ["售后期", "Days for returns"],
            [
                "收货满几天订单才结算、才记积分；此前退货原样撤销。",
                "An order settles, and gives points, so many days after receipt; a return before that undoes it exactly.",
            ],
        ),
        main_key(
            "loyalty.earn_rate",
            Share,
            ["商城积分比例", "Loyalty points earned"],
            [
                "消费得到的商城积分，占所付的几成；只能抵扣，不能提现。",
                "Loyalty points for what was paid; good for purchases, never for cash.",
            ],
        ),
        main_key(
            "loyalty.valid_days",
            Days,
            ["商城积分有效期", "Loyalty points are good for"],
            ["过了这些天没用就到期。", "What is not used by then expires."],
        ),
        main_key(
            "wallet.withdrawal_fee",
            Share,
            ["提现手续费", "Withdrawal fee"],
            ["从提现金额里扣。", "Taken from the amount that is withdrawn."],
        ),
        main_key(
            "wallet.withdrawal_minimum",
            Money,
            ["最少提现", "Least withdrawal"],
            ["少于这个数不能申请。", "Less than this cannot be asked for."],
        ),
        main_key(
            "wallet.withdrawal_daily_limit",
            Money,
            ["每天最多提现", "Daily limit of withdrawals"],
            ["一名会员一天申请的合计不超过这个数。", "The most that a member asks for in a day, in all."],
        ),
        main_key(
            "wallet.two_approvals_above",
            Money,
            ["两人复核的界限", "Two people above"],
            ["超过这个数的提现要两个不同的人通过。", "A withdrawal above this needs two different people."],
        ),
        main_key(
            "programme.notice_days",
            Days,
            ["提前告知", "Days of notice"],
            [
                "对会员不利的改动要提前这些天告知。",
                "A change that takes something from members is announced so many days ahead.",
            ],
        ),
    ]
};

/// Those that a text sets, whether or not it is a plan.
pub(super) fn keys_of(text: &str) -> Vec<PlanKey> {
    let lines: Vec<&str> = text.lines().collect();
    let set = MAIN_KEYS.iter().filter_map(|main| {
        let line = super::check::line_of(text, main.key)?;
        let value = value_on(lines.get(line.checked_sub(1)?)?, main.key)?;
        let [name, says] =
            [main.name, main.says].map(|[zh, en]| Text { zh: zh.to_owned(), en: en.to_owned() });
        let binds = row_of(main.key).map_or("", |row| row.binds.name()).to_owned();
        Some(PlanKey { key: main.key.to_owned(), name, says, unit: main.unit, binds, value, line })
    });
    set.collect()
}

/// The value that a line gives to a key; `None` where the line is that of its section.
fn value_on(line: &str, key: &str) -> Option<String> {
    let (name, value) = line.split_once('=')?;
    let own = key.rsplit_once('.').map_or(key, |(_, own)| own);
    // No value of these keys has the sign of a comment in it.
    let value = value.split('#').next().unwrap_or_default().trim();
    (name.trim() == own).then(|| value.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_main_key_is_one_of_the_table_and_is_found_where_a_preset_sets_it() {
        for main in MAIN_KEYS {
            assert!(row_of(main.key).is_some(), "{}", main.key);
        }
        let text = include_str!("../../../../../plans/value-growth.toml");
        let keys = keys_of(text);
        let pool = keys.iter().find(|key| key.key == "split.pool").expect("the preset has a pool");
        assert_eq!((pool.value.as_str(), pool.binds.as_str(), pool.unit), ("30%", "order", KeyUnit::Share));
        assert_eq!(text.lines().nth(pool.line - 1), Some("pool = \"30%\""));
        assert!(keys.iter().all(|key| !key.key.starts_with("loyalty.")), "what is not set is not shown");
    }

    #[test]
    fn a_text_that_is_no_plan_still_says_where_its_keys_are() {
        let keys = keys_of("[split]\ncost = 30 # of each line\n[pool.exit]\nmultiple = 3\n");
        let found: Vec<_> = keys.iter().map(|key| (key.key.as_str(), key.value.as_str(), key.line)).collect();
        assert_eq!(found, [("split.cost", "30", 2), ("pool.exit.multiple", "3", 4)]);
    }
}
