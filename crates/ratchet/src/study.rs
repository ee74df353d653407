//! `ratchet study`: studies that come with Ratchet. `advert`: every number of the advert and every defect that its arithmetic shows.

use std::path::PathBuf;

use clap::{Subcommand, value_parser};
use ratchet_sim::advert::{self, CURVE_ORDERS, Options, RUNS};

use crate::fault::CliFault;
use crate::progress::Bar;
use crate::{Ended, Failure, Lang, files, interrupt, print, print_json};

#[derive(Subcommand)]
pub(crate) enum Task {
    /// What the advert promises, carried out order by order under its own numbers / 按广告自己的数字逐单验证它的承诺
    Advert(Advert),
}

#[derive(clap::Args)]
pub(crate) struct Advert {
    /// Write reports, tables and charts to this new or empty folder / 输出文件夹（新建或空）
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replications of each scenario / 每个场景的模拟次数
    #[arg(long, value_name = "N", default_value_t = RUNS, value_parser = value_parser!(u64).range(1..=1_000))]
    runs: u64,
    /// Seed of all that is drawn by lot / 随机种子
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads; the results are the same for every number / 线程数，不影响结果
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print one JSON object with every number / 输出含全部数字的 JSON 对象
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(task: &Task, lang: Lang) -> Result<Ended, Failure> {
    let Task::Advert(arguments) = task;
    // A folder that cannot be written is found before the work begins.
    if let Some(folder) = &arguments.out {
        files::folder(folder)?;
    }
    let options = Options {
        curve_orders: CURVE_ORDERS,
        runs: arguments.runs,
        seed: arguments.seed,
        threads: crate::simulate::threads(arguments.threads),
    };
    let mut bar = Bar::new(lang);
    let found = advert::run(options, interrupt::asked(), &mut |progress| bar.report(progress))
        .map_err(crate::simulate::not_kept)?;
    let Some(found) = found else {
        drop(bar);
        return Err(interrupt::stopped(CliFault::Stopped {}));
    };
    if let Some(folder) = &arguments.out {
        found
            .write(folder, &mut |progress| bar.report(progress))
            .map_err(|error| Failure::usage(error.message()))?;
    }
    drop(bar);
    if arguments.json {
        print_json(&found.to_json())?;
        return Ok(Ended::Done);
    }
    let mut text = lang.pick(&found.text(true), &found.text(false));
    if let Some(folder) = &arguments.out {
        let [zh, en] =
            ["report.zh.html", "report.en.html"].map(|name| folder.join(name).display().to_string());
        text += &lang.pick(&format!("报告：{zh}、{en}\n"), &format!("Reports: {en}, {zh}\n"));
    }
    print(&text)?;
    Ok(Ended::Done)
}
