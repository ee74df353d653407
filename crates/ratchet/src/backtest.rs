//! `ratchet backtest`: an order history through a plan, and what became of its members.

use std::path::{Path, PathBuf};

use clap::value_parser;
use ratchet_engine::amount::Money;
use ratchet_engine::plan::{AFTER_SALE_DAYS_MAX, Plan, Settlement};
use ratchet_sim::backtest::{self, Assumptions, BacktestError, CommandObserver, Observers, OrderObserver};
use ratchet_sim::orders::{Orders, ReadOptions};
use ratchet_sim::outputs::{self, OutputError, Outputs};
use ratchet_sim::selling::Selling;
use ratchet_sim::summary::Summary;

use crate::files;
use crate::memory;
use crate::progress::Bar;
use crate::replay::Journal;
use crate::{Ended, Failure, Lang, print};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The plan, a TOML file / 计划文件（TOML）
    plan: PathBuf,
    /// The order history: CSV with order_id, member_id, ordered_at, amount / 订单历史（CSV）
    orders: PathBuf,
    /// Settle this many days after receipt, instead of the plan's own / 收货后多少天结算，代替计划的设定
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(0..=i64::from(AFTER_SALE_DAYS_MAX)))]
    after_sale_days: Option<u32>,
    /// When members sell: never, at-multiple=1.5, random=3% / 会员何时卖出
    #[arg(long, value_name = "WHEN", value_parser = Selling::parse, default_value = "never")]
    sell: Selling,
    /// Seed of what is drawn by lot / 随机种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave malformed rows out and write them to bad-rows.csv in --out, else to ORDERS.bad-rows.csv / 跳过坏行并另存
    #[arg(long)]
    skip_bad_rows: bool,
    /// Write the report, summary, tables and charts to this folder / 把报告、汇总、表格和图写到此文件夹
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the journal here, for `ratchet verify` / 写出日志，供 ratchet verify 核对
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Of a live plan: signed opinions for the gate / 正式运行的计划：供放行检查的律师意见
    #[arg(long, value_name = "FILE")]
    opinions: Option<PathBuf>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let mut plan = files::plan(&arguments.plan)?;
    if let Some(days) = arguments.after_sale_days {
        plan = with_after_sale_days(&plan, days)?;
    }
    // After the change: what is run is what was admitted.
    let admitted = files::admitted(plan, &arguments.plan, arguments.opinions.as_deref())?;
    let plan = admitted.plan();
    if let (Some(folder), Some(journal)) = (&arguments.out, &arguments.journal)
        && journal.starts_with(folder)
    {
        return Err(Failure::usage(format!(
            "--journal {} lies in the folder of --out, which is replaced as a whole; name a place outside it",
            journal.display()
        )));
    }
    // Opened once: it may be a pipe.
    let file = files::open(&arguments.orders)?;
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let outputs = arguments.out.as_deref().map(Outputs::begin).transpose().map_err(not_written)?;
    let mut journal = arguments.journal.as_deref().map(Journal::create).transpose()?;

    let mut bar = Bar::new(lang);
    let mut progress = |progress| bar.report(progress);
    let options = ReadOptions {
        currency: plan.programme.currency,
        utc_offset: plan.programme.utc_offset,
        skip_bad_rows: arguments.skip_bad_rows,
    };
    let name = arguments.orders.display().to_string();
    let orders = Orders::read_from(file, &name, bytes, &options, &mut progress)
        .map_err(|error| Failure::refused(error.to_string()))?;
    let mut prices = match &outputs {
        Some(outputs) => Some(outputs.price_log(&orders, plan.programme.currency).map_err(not_written)?),
        None => None,
    };
    let assumptions = Assumptions { selling: arguments.sell, seed: arguments.seed };

    let mut write_journal = journal.as_mut().map(|journal| {
        |engine: &_, command: Option<(&_, &_)>| journal.write(engine, command.map(|(envelope, _)| envelope))
    });
    let mut write_price = prices.as_mut().map(|prices| |position, price| prices.write(position, price));
    let observers = Observers {
        command: write_journal.as_mut().map(|write| write as CommandObserver<'_>),
        order: write_price.as_mut().map(|write| write as OrderObserver<'_>),
        progress: &mut progress,
    };
    let engine = memory::touched_ahead(|| backtest::engine(admitted.clone(), &orders));
    let finished = backtest::run(engine, &orders, &assumptions, observers).map_err(|error| match error {
        BacktestError::Observer(_) => Failure::usage(error.to_string()),
        BacktestError::Refused { .. } | BacktestError::NeverSettles => {
            Failure::refused(format!("{name}: {error}"))
        }
    })?;
    let summary = Summary::new(&file_name(&arguments.orders), &orders, &assumptions, &finished);

    // Everything is complete: now it appears.
    if let (Some(outputs), Some(prices)) = (outputs, prices) {
        outputs.finish(&summary, &finished.engine, &orders, prices, &mut progress).map_err(not_written)?;
    } else if !orders.bad.is_empty() {
        let path = bad_rows_beside(&arguments.orders);
        outputs::write_bad_rows(&path, &orders.bad)
            .map_err(|error| not_written(OutputError::Io(path, error)))?;
    }
    if let Some(journal) = journal {
        journal.persist()?;
    }
    drop(bar);
    if arguments.json {
        print(&summary.to_json())?;
    } else {
        print(&lang.pick(&text(&summary, arguments, Lang::Zh), &text(&summary, arguments, Lang::En)))?;
    }
    Ok(Ended::Done)
}

fn not_written(error: OutputError) -> Failure {
    Failure::usage(error.to_string())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Where malformed rows go without `--out`.
fn bad_rows_beside(orders: &Path) -> PathBuf {
    let mut path = orders.as_os_str().to_owned();
    path.push(".bad-rows.csv");
    PathBuf::from(path)
}

/// The plan with another `after_sale_days`, in its text too: the journal's first entry stores the text, and an
/// auditor must find there what was run.
fn with_after_sale_days(plan: &Plan, days: u32) -> Result<Plan, Failure> {
    let setting = format!("after_sale_days = {days}");
    let mut source = String::with_capacity(plan.source.len() + setting.len() + 16);
    let (mut section, mut is_set) = ("", false);
    for line in plan.source.split_inclusive('\n') {
        let bare = line.split('#').next().unwrap_or_default().trim();
        let key = bare.split('=').next().unwrap_or_default().trim();
        if bare.starts_with('[') {
            section = bare;
        }
        if section == "[settlement]" && key == "after_sale_days" {
            continue;
        }
        source.push_str(line);
        if bare == "[settlement]" && !is_set {
            is_set = true;
            if !line.ends_with('\n') {
                source.push('\n');
            }
            source.push_str(&format!("{setting}\n"));
        }
    }
    if !is_set {
        source.push_str(&format!("\n[settlement]\n{setting}\n"));
    }
    let wanted =
        Plan { source: source.clone(), settlement: Settlement { after_sale_days: days }, ..plan.clone() };
    match Plan::parse("the plan with --after-sale-days", &source) {
        Ok(changed) if changed == wanted => Ok(changed),
        Ok(_) | Err(_) => Err(Failure::usage(
            "--after-sale-days cannot be put into this plan; write after_sale_days on a line of its own under \
             [settlement]",
        )),
    }
}

/// The result in a few lines. The same facts, in the same order, as the first paragraph of the report.
fn text(summary: &Summary, arguments: &Arguments, lang: Lang) -> String {
    let currency = summary.currency();
    let money = |amount: Money| grouped(&currency.format(amount));
    let (disclosure, totals, code) = (&summary.disclosure, &summary.totals, currency.code());
    let (outcomes, zh) = (&disclosure.outcomes, lang == Lang::Zh);
    let name = &summary.plan.programme.name;
    let mut lines = Vec::new();
    let [once, twice, thrice] = &outcomes.in_cash;
    let count = |members: u64| grouped(&members.to_string());
    let (orders, buyers) = (count(totals.orders), count(disclosure.buyers));
    let (spent, cash, held) = (money(disclosure.spent), money(disclosure.cash), money(disclosure.held));
    let (once_share, least, least_share) =
        (percent(once.share_ppm), outcomes.at_least_one.members, percent(outcomes.at_least_one.share_ppm));
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
            format!("{count} rows are no orders (zero or less) and were skipped, the first on lines {rows}.")
        });
    }
    if summary.bad_rows > 0 {
        let place = match &arguments.out {
            Some(folder) => folder.join("bad-rows.csv"),
            None => bad_rows_beside(&arguments.orders),
        };
        let (count, place) = (summary.bad_rows, place.display());
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
    if let Some(folder) = &arguments.out {
        let report = folder.join("report.html");
        lines.push(if zh {
            format!("报告：{}", report.display())
        } else {
            format!("Report: {}", report.display())
        });
    }
    lines.push(String::new());
    lines.join("\n")
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

    const PLAN: &str = "[programme]\nname = { zh = \"一\", en = \"One\" }\n\n[split]\npool = \"30%\"\n\n[pool]\nopening_price = \"1.00\"\n";

    fn changed(settlement: &str) -> Result<Plan, Failure> {
        let plan = Plan::parse("plan.toml", &format!("{PLAN}{settlement}")).expect("a plan");
        with_after_sale_days(&plan, 5)
    }

    #[test]
    fn after_sale_days_change_in_the_plans_text_too() {
        for settlement in [
            "",
            "[settlement]",
            "[settlement]\n",
            "[settlement] # when\nafter_sale_days = 7 # days\n",
            "\n  [settlement]\n  after_sale_days=7\n\n[wallet]\n",
        ] {
            let plan = changed(settlement).expect("it can be changed");
            assert_eq!(plan.settlement.after_sale_days, 5, "{settlement:?}");
            assert_eq!(plan.source.matches("after_sale_days").count(), 1, "{settlement:?}");
        }
        assert!(changed("[settlement]\n\"after_sale_days\" = 7\n").is_err());
    }

    #[test]
    fn numbers_are_set_apart() {
        assert_eq!(grouped("1234567.89"), "1,234,567.89");
        assert_eq!(grouped("123"), "123");
        assert_eq!(percent(1_234), "0.123 %");
        assert_eq!(hundredths(214_999), "21.49");
    }
}
