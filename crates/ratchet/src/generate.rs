//! `ratchet generate`: example data, the same bytes for the same options and seed.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use ratchet_engine::amount::Rate;
use ratchet_engine::message::Message;
use ratchet_engine::time::Day;
use ratchet_sim::generate::{self, GenerateError, Options};

use crate::fault::CliFault;
use crate::files::Output;
use crate::progress::Bar;
use crate::{Ended, Failure, Lang};

#[derive(clap::Subcommand)]
pub(crate) enum Task {
    /// An order history as CSV: few buy often, spending has a heavy tail, some orders are refunded / 订单历史（CSV）
    Orders(Orders),
}

#[derive(clap::Args)]
pub(crate) struct Orders {
    /// How many orders / 订单数
    #[arg(long, default_value_t = 20_000)]
    orders: u64,
    /// How many members; default: a third of the orders / 会员数，默认为订单数的三分之一
    #[arg(long)]
    members: Option<u64>,
    /// Another seed, another history / 随机种子
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many days / 天数
    #[arg(long, default_value_t = 365)]
    days: u32,
    /// First day / 第一天
    #[arg(long, value_parser = day, default_value = "2026-01-01")]
    start: Day,
    /// Share of orders that are refunded, fully or in part, such as 4% / 退款订单的比例
    #[arg(long, value_parser = Rate::parse, default_value = "4%")]
    refunds: Rate,
    /// Share of new members who were invited / 由人推荐的新会员比例
    #[arg(long, value_parser = Rate::parse, default_value = "60%")]
    referrals: Rate,
    /// Growth of the orders a day, in 30 days / 日订单数每 30 天的增长
    #[arg(long, value_parser = Rate::parse, default_value = "6%")]
    growth: Rate,
    /// Write here instead of to the standard output / 写到此文件，而不是标准输出
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn day(text: &str) -> Result<Day, Message> {
    Day::parse(text).ok_or_else(|| CliFault::GenerateDay {}.into())
}

pub(crate) fn run(task: &Task, lang: Lang) -> Result<Ended, Failure> {
    let Task::Orders(arguments) = task;
    let options = Options {
        members: arguments.members,
        start: arguments.start,
        days: arguments.days,
        refunds: arguments.refunds,
        referrals: arguments.referrals,
        growth: arguments.growth,
        ..Options::new(arguments.orders, arguments.seed)
    };
    let mut bar = Bar::new(lang);
    let mut progress = |progress| bar.report(progress);
    match &arguments.out {
        Some(path) => {
            let mut output = Output::create(path)?;
            generate::orders(&options, &mut output, &mut progress).map_err(failed)?;
            output.persist()?;
        }
        None => {
            let mut out = std::io::stdout().lock();
            let written = generate::orders(&options, &mut out, &mut progress);
            match written.and_then(|()| out.flush().map_err(GenerateError::Io)) {
                // A reader that has seen enough (`ratchet generate orders | head`) is no failure.
                Err(GenerateError::Io(error)) if error.kind() == ErrorKind::BrokenPipe => {}
                written => written.map_err(failed)?,
            }
        }
    }
    Ok(Ended::Done)
}

fn failed(error: GenerateError) -> Failure {
    Failure::usage(error.message())
}
