//! What a scenario assumes, in sentences of both languages: the same in `--explain` and in the report.

use ratchet_engine::amount::{Money, Rate};

use super::*;

/// A sentence in Chinese and English.
pub type Sentence = [String; 2];

/// A number in thousandths or millionths, without needless zeros.
fn decimal(value: u64, unit: u64) -> String {
    let width = unit.ilog10() as usize;
    let text = format!("{}.{:0width$}", value / unit, value % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The share of a kind in a mix, as `25%`.
fn share<T>(mix: &Mix<T>, weight: u32) -> String {
    let total: u64 = mix.parts.iter().map(|(weight, _)| u64::from(*weight)).sum();
    // Below 10⁶ · 10⁶.
    Rate::from_ppm((u64::from(weight) * 1_000_000 / total.max(1)) as u32).to_string()
}

impl Scenario {
    /// What is assumed, section by section. What is not mentioned does not happen.
    pub fn explain(&self) -> Vec<Sentence> {
        let mut said = Vec::new();
        let mut say = |zh: String, en: String| said.push([zh, en]);
        let money = |amount: Money| self.currency().format(amount);
        let plans: Vec<&str> = self.plans.iter().map(|named| named.label.as_str()).collect();
        say(
            format!(
                "计划：{}。从 {} 起共 {} 天；之后不再有人行动，只等订单结算。",
                plans.join("、"),
                self.start,
                self.days
            ),
            format!(
                "Plan: {}. {} days from {}; afterwards nobody acts and orders settle.",
                plans.join(", "),
                self.days,
                self.start
            ),
        );
        if plans.len() > 1 {
            say(
                "每个计划面对的是同一批人：同样的到来、同样的金额、同样的性格。".to_owned(),
                "Every plan meets the same people: the same arrivals, amounts and characters.".to_owned(),
            );
        }
        self.explain_arrival(&mut say);
        self.explain_spending(&mut say, &money);
        self.explain_referral(&mut say);
        self.explain_selling(&mut say);
        self.explain_rest(&mut say, &money);
        said
    }

    fn explain_arrival(&self, say: &mut impl FnMut(String, String)) {
        let arrival = &self.arrival;
        let daily = |milli: u64| decimal(milli, 1_000);
        let (zh, en) = match &arrival.shape {
            Shape::Constant { daily_milli } => (
                format!("每天平均来 {} 名新会员", daily(*daily_milli)),
                format!("{} new members come a day on average", daily(*daily_milli)),
            ),
            Shape::Growth { daily_milli, rate, declines: false } => (
                format!("第一天来 {} 名新会员，以后每 30 天增加 {rate}（按天复利）", daily(*daily_milli)),
                format!(
                    "{} new members come on the first day, and {rate} more every 30 days (compounded daily)",
                    daily(*daily_milli)
                ),
            ),
            Shape::Growth { daily_milli, rate, declines: true } => (
                format!("第一天来 {} 名新会员，以后每 30 天减少 {rate}（按天复利）", daily(*daily_milli)),
                format!(
                    "{} new members come on the first day, and {rate} fewer every 30 days (compounded daily)",
                    daily(*daily_milli)
                ),
            ),
            Shape::Logistic { daily_milli, rate, capacity } => (
                format!(
                    "第一天约来 {} 名新会员；已有的会员每 30 天再带来 {rate} 的新人，总数趋近 {capacity} 人后没有新人",
                    daily(*daily_milli)
                ),
                format!(
                    "about {} new members come on the first day; those who are in bring {rate} more every 30 days, and nobody is \
                     left to come once there are {capacity}",
                    daily(*daily_milli)
                ),
            ),
            Shape::List { daily } => (
                format!("新会员按天列出，共 {} 天", daily.len()),
                format!("new members are listed day by day, for {} days", daily.len()),
            ),
        };
        let (drawn_zh, drawn_en) = match arrival.is_drawn {
            true => ("；每天的人数随机（泊松分布）", "; each day's number is drawn (Poisson)"),
            false => ("；人数固定，不随机", "; the numbers are exact, not drawn"),
        };
        say(
            format!("到来：{zh}{drawn_zh}。每人当天就买第一单。"),
            format!("Arrival: {en}{drawn_en}. Everybody places a first order on that day."),
        );
        if let Some(stop) = arrival.stop_after_days {
            say(
                format!("第 {stop} 天之后突然不再有新会员。"),
                format!("After day {stop} suddenly no new member comes any more."),
            );
        }
        say(
            format!("预计约有 {} 名会员。", self.members_expected()),
            format!("About {} members are expected.", self.members_expected()),
        );
    }

    fn explain_spending(&self, say: &mut impl FnMut(String, String), money: &dyn Fn(Money) -> String) {
        for (weight, kind) in &self.spending.kinds.parts {
            let share = share(&self.spending.kinds, *weight);
            let (zh, en) = match kind {
                Amounts::Fixed { amount } => {
                    (format!("每单 {}", money(*amount)), format!("every order is {}", money(*amount)))
                }
                Amounts::Lognormal { median, spread_ppm, member_spread_ppm } => (
                    format!(
                        "对数正态，中位数 {}；对数的标准差：同一会员的各单之间 {}，会员之间 {}",
                        money(*median),
                        decimal(*spread_ppm, 1_000_000),
                        decimal(*member_spread_ppm, 1_000_000)
                    ),
                    format!(
                        "log-normal with median {}; standard deviation of the logarithm {} between a member's orders, {} between \
                         members",
                        money(*median),
                        decimal(*spread_ppm, 1_000_000),
                        decimal(*member_spread_ppm, 1_000_000)
                    ),
                ),
                Amounts::Pareto { smallest, tail_ppm } => (
                    format!(
                        "帕累托（重尾），最小 {}，尾指数 {}",
                        money(*smallest),
                        decimal(*tail_ppm, 1_000_000)
                    ),
                    format!(
                        "Pareto (heavy tail) from {} on, tail index {}",
                        money(*smallest),
                        decimal(*tail_ppm, 1_000_000)
                    ),
                ),
                Amounts::Orders { file, customers } => (
                    format!("照搬 {file} 中随机一位真实顾客的全部金额和间隔（共 {} 位）", customers.len()),
                    format!(
                        "a copy of a customer drawn from {file} ({} customers): its amounts and intervals",
                        customers.len()
                    ),
                ),
            };
            say(format!("消费（{share} 的会员）：{zh}。"), format!("Spending ({share} of members): {en}."));
        }
        if let Some(repeat) = self.repeat {
            let (zh, en) = match repeat.is_regular {
                true => ("正好", "exactly"),
                false => ("平均", "on average"),
            };
            say(
                format!(
                    "复购：每单之后有 {} 的可能再买一单，{zh}隔 {} 天；一人最多 {} 单。",
                    repeat.again, repeat.every_days, repeat.most
                ),
                format!(
                    "Repeat purchase: after each order another follows with probability {}, {en} {} days later; at most {} orders a \
                     member.",
                    repeat.again, repeat.every_days, repeat.most
                ),
            );
        }
    }

    fn explain_referral(&self, say: &mut impl FnMut(String, String)) {
        let Some(referral) = &self.referral else { return };
        say(
            format!("推荐：{} 的新会员有推荐人；{} 的会员会推荐别人。", referral.invited, referral.inviters),
            format!(
                "Referral: {} of new members have a referrer; {} of members invite.",
                referral.invited, referral.inviters
            ),
        );
        for (weight, kind) in &referral.kinds.parts {
            let share = share(&referral.kinds, *weight);
            let (zh, en) = match kind {
                Inviter::Preferential => (
                    "推荐人多者恒多（与 1 加已推荐人数成正比）",
                    "whoever has invited more is likelier (1 + those invited)",
                ),
                Inviter::Uniform => ("推荐人机会均等", "every inviter alike"),
                Inviter::Chain => ("推荐人是最新的会员，形成一条长链", "the newest member: one deep chain"),
            };
            say(format!("　其中 {share}：{zh}。"), format!("  {share} of them: {en}."));
        }
    }

    fn explain_selling(&self, say: &mut impl FnMut(String, String)) {
        // Without a pool there is nothing to sell.
        if self.plans.iter().all(|named| named.plan.pool.is_none()) {
            return;
        }
        for (weight, kind) in &self.selling.parts {
            let share = share(&self.selling, *weight);
            let (zh, en) = match kind {
                Selling::Never => ("从不主动卖出积分".to_owned(), "never sells by choice".to_owned()),
                Selling::AtMultiple { multiple_ppm } => (
                    format!("积分净值达到本轮消费的 {} 倍时全部卖出", decimal(*multiple_ppm, 1_000_000)),
                    format!(
                        "sells all once its points would bring {} times the spend of its cycle, net",
                        decimal(*multiple_ppm, 1_000_000)
                    ),
                ),
                Selling::Random { daily } => (
                    format!("每天有 {daily} 的可能全部卖出"),
                    format!("sells all with a chance of {daily} each day"),
                ),
                Selling::Panic { window_days, fall, daily } => (
                    format!(
                        "当近 {window_days} 天的新会员比最好时少了 {fall} 以上，恐慌：每天有 {daily} 的可能全部卖出"
                    ),
                    format!(
                        "panics while arrivals of {window_days} days are {fall} or more below their best: sells all with a chance of \
                         {daily} each day"
                    ),
                ),
                Selling::Herd { daily, follow, window_days } => (
                    format!(
                        "从众：每天有 {daily} 的可能全部卖出，另加近 {window_days} 天卖出者占比的 {follow}"
                    ),
                    format!(
                        "follows the herd: sells all with a chance of {daily} each day, plus {follow} of the share of holders who \
                         sold in the last {window_days} days"
                    ),
                ),
            };
            say(format!("卖出（{share} 的会员）：{zh}。"), format!("Selling ({share} of members): {en}."));
        }
    }

    fn explain_rest(&self, say: &mut impl FnMut(String, String), money: &dyn Fn(Money) -> String) {
        if let Some(reentry) = self.reentry {
            say(
                format!(
                    "复投：积分清空后有 {} 的可能再次购买，平均隔 {} 天。",
                    reentry.share, reentry.after_days
                ),
                format!(
                    "Re-entry: whoever has no points any more buys again with probability {}, on average {} days later.",
                    reentry.share, reentry.after_days
                ),
            );
        }
        if let Some(withdrawing) = self.withdrawing {
            say(
                format!(
                    "提现：{} 的会员每 {} 天提走全部余额（至少 {}），运营方当场支付。",
                    withdrawing.share,
                    withdrawing.every_days,
                    money(withdrawing.smallest)
                ),
                format!(
                    "Withdrawing: {} of members take out all they have every {} days (from {} on); the operator pays at once.",
                    withdrawing.share,
                    withdrawing.every_days,
                    money(withdrawing.smallest)
                ),
            );
        }
        if self.tasks.any(|daily| *daily > Rate::ZERO) {
            for (weight, daily) in &self.tasks.parts {
                let share = share(&self.tasks, *weight);
                say(
                    format!("每日任务（{share} 的会员）：每天有 {daily} 的可能完成。"),
                    format!("Daily task ({share} of members): done with a chance of {daily} each day."),
                );
            }
        }
        if let Some(merchants) = self.merchants {
            say(
                format!(
                    "商家：{} 的新会员购买激活礼包成为商家；每天有 {} 的可能打赏一名随机会员 {} 健康值。",
                    merchants.share, merchants.tips_daily, merchants.tip_value
                ),
                format!(
                    "Merchants: {} of new members buy the activation pack and become one; each tips a random member {} value units \
                     with a chance of {} a day.",
                    merchants.share, merchants.tip_value, merchants.tips_daily
                ),
            );
        }
        if let Some(refunds) = self.refunds {
            say(
                format!("退款：每单有 {} 的可能全额退回，平均 {} 天后。", refunds.share, refunds.after_days),
                format!(
                    "Refunds: each order is sent back in full with probability {}, on average {} days later.",
                    refunds.share, refunds.after_days
                ),
            );
        }
        if let Some(wash) = self.fraud.wash {
            say(
                format!(
                    "刷单：{} 的新会员每 {} 天给自己下一单 {}，{} 天后退回。",
                    wash.share,
                    wash.every_days,
                    money(wash.amount),
                    wash.refund_after_days
                ),
                format!(
                    "Wash orders: {} of new members place an order of {} every {} days and send it back after {} days.",
                    wash.share,
                    money(wash.amount),
                    wash.every_days,
                    wash.refund_after_days
                ),
            );
        }
        if let Some(ring) = self.fraud.ring {
            say(
                format!(
                    "自我推荐：{} 的新会员开 {} 个账户，一个推荐下一个，每个买 {}。",
                    ring.share,
                    ring.size,
                    money(ring.amount)
                ),
                format!(
                    "Self-referral: {} of new members open {} accounts, each below the one before, and buy {} with each.",
                    ring.share,
                    ring.size,
                    money(ring.amount)
                ),
            );
        }
        if let Some(pump) = self.fraud.pump {
            say(
                format!(
                    "套退：{} 的新会员买 {}，{} 天后卖光积分，{} 天后退货。",
                    pump.share,
                    money(pump.amount),
                    pump.sell_after_days,
                    pump.refund_after_days
                ),
                format!(
                    "Pump and refund: {} of new members buy {}, sell all points after {} days and send the order back after {} days.",
                    pump.share,
                    money(pump.amount),
                    pump.sell_after_days,
                    pump.refund_after_days
                ),
            );
        }
        for round in &self.funding {
            say(
                format!(
                    "第 {} 天，外部资金 {} 注入盈利池（来源：{}）。",
                    round.day,
                    money(round.amount),
                    round.source.as_str()
                ),
                format!(
                    "On day {} outside money of {} enters the pool (source: {}).",
                    round.day,
                    money(round.amount),
                    round.source.as_str()
                ),
            );
        }
        if let Some(failure) = self.failure {
            say(
                format!(
                    "运营方从第 {} 天起卷走资金：不再支付任何款项；之后 {} 天仍有人加入和消费。会员手里的现金只算此前实际提走的钱；\
                     余额和积分一文不值。",
                    failure.day, failure.unnoticed_days
                ),
                format!(
                    "From day {} on the operator has taken the money: nothing is paid out any more; for {} days people still come and \
                     buy. Only what was withdrawn before counts as cash; balances and points are worth nothing.",
                    failure.day, failure.unnoticed_days
                ),
            );
        }
        if let Some(end) = self.wind_down {
            say(
                format!(
                    "第 {} 天早上运营方决定清盘：此后无人加入和消费，不再发放积分；{} 天后的零点按积分份额把积分池全部付给会员，不扣手续费。",
                    end.day, end.closes_after_days
                ),
                format!(
                    "On the morning of day {} the operator decides to end the programme: nobody comes or buys any more and no points are minted; at \
                     midnight {} days later the whole pool is paid to members by their points, without a fee.",
                    end.day, end.closes_after_days
                ),
            );
        }
    }
}
