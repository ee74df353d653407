//! `ratchet backtest`: an order history through a plan, and what became of its members.

use std::path::{Path, PathBuf};

use clap::value_parser;
use ratchet_engine::plan::AFTER_SALE_DAYS_MAX;
use ratchet_sim::backtest::{self, Assumptions, BacktestError, CommandObserver, Observers, OrderObserver};
use ratchet_sim::fault::FileFault;
use ratchet_sim::input;
use ratchet_sim::orders::{OrderFile, ReadOptions};
use ratchet_sim::outputs::{self, OutputError, Outputs};
use ratchet_sim::selling::Selling;
use ratchet_sim::summary::Summary;

use crate::fault::CliFault;
use crate::files;
use crate::journal_file::Journal;
use crate::memory;
use crate::progress::Bar;
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
    /// Of a live plan: signed opinions for the gate / 实盘计划：供准入检查的律师意见
    #[arg(long, value_name = "FILE")]
    opinions: Option<PathBuf>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let mut plan = files::plan(&arguments.plan)?;
    if let Some(days) = arguments.after_sale_days {
        plan = input::with_after_sale_days(&plan, days)?;
    }
    // After the change: what is run is what was admitted.
    let admitted = files::admitted(plan, &arguments.plan, arguments.opinions.as_deref())?;
    let plan = admitted.plan();
    if let (Some(folder), Some(journal)) = (&arguments.out, &arguments.journal)
        && journal.starts_with(folder)
    {
        return Err(Failure::usage(CliFault::JournalInOut { file: journal.display().to_string() }));
    }
    // Opened once: it may be a pipe.
    let file = files::open(&arguments.orders)?;
    let outputs = arguments.out.as_deref().map(Outputs::begin).transpose().map_err(not_written)?;
    let options = ReadOptions {
        currency: plan.programme.currency,
        calendar: plan.programme.calendar.clone(),
        skip_bad_rows: arguments.skip_bad_rows,
    };
    let mut file = OrderFile::new(file, &arguments.orders.display().to_string(), options);
    let assumptions = Assumptions { selling: arguments.sell, seed: arguments.seed };
    let mut bar = Bar::new(lang);
    let mut progress = |progress| bar.report(progress);
    // A second time only for a file that has to be read whole: with outputs that begin anew.
    let (finished, prices, journal) = loop {
        let mut journal = arguments.journal.as_deref().map(Journal::create).transpose()?;
        let prices = outputs.as_ref().map(|outputs| outputs.price_log(plan.programme.currency));
        let mut prices = prices.transpose().map_err(not_written)?;
        let mut write_journal = journal.as_mut().map(|journal| {
            |engine: &_, command: Option<(&_, &_)>| {
                journal.write(engine, command.map(|(envelope, _)| envelope))
            }
        });
        let mut write_price =
            prices.as_mut().map(|prices| |order: &_, at, price| prices.write(order, at, price));
        let observers = Observers {
            command: write_journal.as_mut().map(|write| write as CommandObserver<'_>),
            order: write_price.as_mut().map(|write| write as OrderObserver<'_>),
            progress: &mut progress,
        };
        let engine = memory::prefaulted(|| backtest::engine(admitted.clone(), &file.expected()));
        match backtest::run_file(engine, &mut file, &assumptions, observers) {
            Ok(finished) => break (finished, prices, journal),
            Err(BacktestError::NotInOrder) => {
                file.read_whole(&mut progress).map_err(|error| Failure::refused(error.message()))?;
            }
            Err(error @ BacktestError::Observer(_)) => return Err(Failure::usage(error.message())),
            Err(error @ BacktestError::File(_)) => return Err(Failure::refused(error.message())),
            Err(error @ (BacktestError::Refused { .. } | BacktestError::NeverSettles)) => {
                let error = error.message();
                return Err(Failure::refused(FileFault::Within { file: file.name(), error }));
            }
        }
    };
    let found = file.found();
    let summary = Summary::new(&file_name(&arguments.orders), found, &assumptions, &finished);

    // Everything is complete: now it appears.
    if let (Some(outputs), Some(prices)) = (outputs, prices) {
        outputs.finish(&summary, &finished.engine, found, prices, &mut progress).map_err(not_written)?;
    } else if !found.bad.is_empty() {
        let path = bad_rows_beside(&arguments.orders);
        outputs::write_bad_rows(&path, &found.bad)
            .map_err(|error| not_written(OutputError::Io(path, error)))?;
    }
    if let Some(journal) = journal {
        journal.persist(&finished.engine)?;
    }
    drop(bar);
    if arguments.json {
        print(&summary.to_json())?;
    } else {
        let report = arguments.out.as_ref().map(|folder| folder.join("report.html"));
        let bad_rows = match &arguments.out {
            Some(folder) => folder.join("bad-rows.csv"),
            None => bad_rows_beside(&arguments.orders),
        };
        let said = |in_chinese| summary.text(in_chinese, report.as_deref(), Some(&bad_rows));
        print(&lang.pick(&said(true), &said(false)))?;
    }
    Ok(Ended::Done)
}

fn not_written(error: OutputError) -> Failure {
    Failure::usage(error.message())
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
