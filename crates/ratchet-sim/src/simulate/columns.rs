//! What a simulated run comes to, as columns of whole numbers: names, units and words (SIM-19).

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things or people.
    Count,
    /// Minor units of the programme's money.
    Money,
    /// Parts per million.
    Ppm,
    /// Millionths of a minor unit of money for one point, splits multiplied back.
    Price,
    /// Millionths of a point.
    Points,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name in files.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
}

const fn column(name: &'static str, unit: Unit, zh: &'static str, en: &'static str) -> Column {
    Column { name, unit, zh, en }
}

/// Taken at the end of each result day.
pub const DAY_COLUMNS: [Column; 12] = [
    column("members", Unit::Count, "会员", "members"),
    column("buyers", Unit::Count, "消费过的会员", "members who bought"),
    column("orders", Unit::Count, "订单", "orders"),
    column("spent", Unit::Money, "会员消费总额", "spent by members"),
    column("cash", Unit::Money, "会员到手现金", "cash to members"),
    column("pool", Unit::Money, "盈利池", "the pool"),
    column("price", Unit::Price, "积分报价", "quoted price of a point"),
    column("exits", Unit::Count, "达到上限被清出", "sold out at the cap"),
    column("sales", Unit::Count, "自愿卖出次数", "sales by choice"),
    column("injected", Unit::Money, "外部注资", "outside money"),
    column("recovered", Unit::Count, "现金已回本的会员", "members with their money back in cash"),
    column("recovered_ppm", Unit::Ppm, "现金已回本的占比", "share of buyers with their money back in cash"),
];

/// Taken at the end of a run.
pub const RUN_COLUMNS: [Column; 67] = [
    column("members", Unit::Count, "会员", "members"),
    column("buyers", Unit::Count, "消费过的会员", "members who bought"),
    column("orders", Unit::Count, "订单", "orders"),
    column("spent", Unit::Money, "会员消费总额", "spent by members"),
    column("cash", Unit::Money, "会员到手现金", "cash to members"),
    column("held", Unit::Money, "积分此时卖出的净额", "points sold now, net"),
    column("pool", Unit::Money, "盈利池", "the pool"),
    column("residual", Unit::Money, "池中剩余", "pool residual"),
    column("price", Unit::Price, "积分报价", "quoted price of a point"),
    column("supply", Unit::Points, "流通积分", "points in circulation"),
    column("contributions", Unit::Money, "订单入池", "contributions of orders"),
    column("injected", Unit::Money, "外部注资", "outside money"),
    column("paid_out", Unit::Money, "池子付给会员", "paid out of the pool"),
    column("retained", Unit::Money, "卖出时留在池中", "kept of sales"),
    column("exits", Unit::Count, "达到上限被清出", "sold out at the cap"),
    column("sales", Unit::Count, "自愿卖出次数", "sales by choice"),
    column("refunds", Unit::Count, "退款次数", "refunds"),
    column("reentries", Unit::Count, "复投次数", "re-entries"),
    column("withdrawals", Unit::Count, "提现次数", "withdrawals"),
    column("recovered", Unit::Count, "现金已回本的会员", "members with their money back in cash"),
    column("recovered_ppm", Unit::Ppm, "现金已回本的占比", "share of buyers with their money back in cash"),
    column("twice", Unit::Count, "现金达到两倍的会员", "members with twice their money in cash"),
    column("thrice", Unit::Count, "现金达到三倍的会员", "members with three times their money in cash"),
    column("whole", Unit::Count, "现金加积分已回本的会员", "members whole with cash and points"),
    column("whole_ppm", Unit::Ppm, "现金加积分已回本的占比", "share of buyers whole with cash and points"),
    column("together_ppm", Unit::Ppm, "全体拿回占消费的比例", "of all spending, what all together have back"),
    column("mean_ppm", Unit::Ppm, "会员结果的平均", "mean of members' outcomes"),
    column("p10_ppm", Unit::Ppm, "会员结果的第 10 百分位", "outcome that one in ten has at most"),
    column("median_ppm", Unit::Ppm, "正中间会员的结果", "outcome of the member in the middle"),
    column("p90_ppm", Unit::Ppm, "会员结果的第 90 百分位", "outcome that nine in ten have at most"),
    column("p99_ppm", Unit::Ppm, "会员结果的第 99 百分位", "outcome that 99 in 100 have at most"),
    column("bound_ppm", Unit::Ppm, "全体最多能拿回的比例", "the most that all together can have back"),
    column("middle_spent", Unit::Money, "正中间会员的消费", "spent by the member in the middle"),
    column("middle_cash", Unit::Money, "正中间会员的现金", "cash of the member in the middle"),
    column("middle_held", Unit::Money, "正中间会员的积分净额", "points of the member in the middle, net"),
    column("gini_ppm", Unit::Ppm, "现金加积分的基尼系数", "Gini coefficient of cash and points"),
    column("top_ppm", Unit::Ppm, "最多的 1% 会员所占现金", "share of cash of the richest 1 %"),
    column("from_others_ppm", Unit::Ppm, "来自后来者的现金占比", "share of cash that came from later orders"),
    column("commissions", Unit::Money, "佣金和分红", "commissions and dividends"),
    column("operator_due", Unit::Money, "运营方须补足", "owed by the operator"),
    column("lost", Unit::Money, "账面有、永远拿不到的钱", "shown on statements and never paid"),
    column("fraud_members", Unit::Count, "作弊账户", "accounts of frauds"),
    column("fraud_spent", Unit::Money, "作弊账户的净消费", "spent by frauds, net of refunds"),
    column("fraud_cash", Unit::Money, "作弊账户到手现金", "cash to frauds"),
    column("fraud_held", Unit::Money, "作弊账户积分净额", "points of frauds, net"),
    column("bounds_held", Unit::Count, "守恒界成立（1 是）", "conservation held (1 yes)"),
    column("commands", Unit::Count, "指令", "commands"),
    column("refused", Unit::Count, "被拒绝的指令", "commands refused"),
    column("outcome_0", Unit::Count, "结果 0–10%", "outcome 0–10 %"),
    column("outcome_10", Unit::Count, "结果 10–20%", "outcome 10–20 %"),
    column("outcome_20", Unit::Count, "结果 20–30%", "outcome 20–30 %"),
    column("outcome_30", Unit::Count, "结果 30–40%", "outcome 30–40 %"),
    column("outcome_40", Unit::Count, "结果 40–50%", "outcome 40–50 %"),
    column("outcome_50", Unit::Count, "结果 50–75%", "outcome 50–75 %"),
    column("outcome_75", Unit::Count, "结果 75–100%", "outcome 75–100 %"),
    column("outcome_100", Unit::Count, "结果 100–150%", "outcome 100–150 %"),
    column("outcome_150", Unit::Count, "结果 150–200%", "outcome 150–200 %"),
    column("outcome_200", Unit::Count, "结果 200–300%", "outcome 200–300 %"),
    column("outcome_300", Unit::Count, "结果 300% 以上", "outcome 300 % and more"),
    column("to_cost", Unit::Money, "供货方与商家", "to suppliers and merchants"),
    column("to_commission", Unit::Money, "佣金", "to commissions"),
    column("to_funds", Unit::Money, "专项基金", "to named funds"),
    column("to_platform", Unit::Money, "平台", "to the platform"),
    column("to_members", Unit::Money, "经盈利池付给会员的现金", "to members, through the pool"),
    column("in_pool", Unit::Money, "仍在盈利池里", "still in the pool"),
    column("in_residual", Unit::Money, "池中剩余（尚无归属）", "pool residual (belongs to nobody yet)"),
    column("pending", Unit::Money, "尚未结算", "not settled yet"),
];

/// The place of a column.
pub(crate) fn place(columns: &[Column], name: &str) -> usize {
    columns.iter().position(|column| column.name == name).expect("a column that is in the table above")
}

/// The numbers of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunResult {
    /// Which replication, from 0.
    pub run: u64,
    /// By [`DAY_COLUMNS`], result day by result day.
    pub days: Vec<[i64; DAY_COLUMNS.len()]>,
    /// By [`RUN_COLUMNS`].
    pub end: [i64; RUN_COLUMNS.len()],
}

impl RunResult {
    /// A number at the end of the run, by the name of its column.
    pub fn end(&self, name: &str) -> i64 {
        self.end[place(&RUN_COLUMNS, name)]
    }

    /// A number of a result day, by the name of its column.
    pub fn day(&self, day: usize, name: &str) -> i64 {
        self.days[day][place(&DAY_COLUMNS, name)]
    }
}
