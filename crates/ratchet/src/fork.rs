//! `ratchet fork`: the state of a journal at a date, played forward under changed plans or behaviours.

use std::path::{Path, PathBuf};

use clap::{ValueEnum, value_parser};
use ratchet_engine::engine::Engine;
use ratchet_engine::journal::{EntryBatch, Verifier};
use ratchet_engine::time::Day;
use ratchet_sim::fault::file::SCENARIO;
use ratchet_sim::fork::{Asked, Fork, Grouping};
use ratchet_sim::scenario::RUNS_MAX;

use crate::check::parse_day;
use crate::fault::CliFault;
use crate::journal_file;
use crate::progress::Bar;
use crate::{Ended, Failure, Lang, files, interrupt, print, print_json};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The journal, as --journal wrote it / 由 --journal 写出的日志
    journal: PathBuf,
    /// What people do after the fork, a scenario file; its plan and start do not count / 分叉之后人做什么（场景文件）
    scenario: PathBuf,
    /// Fork at the end of this local day; the last day of the journal by default / 在此日结束时分叉，默认日志最后一天
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    at: Option<Day>,
    /// A change to compare with what was: plan.KEY=VALUE or a key of the scenario, several with ";" between them; each --set is a case
    /// of its own / 要比较的改变，多项用分号隔开；每个 --set 是一种情形
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// How members are grouped by when they joined / 按加入的月或周分批
    #[arg(long, value_enum, default_value = "month")]
    cohorts: Cohorts,
    /// Replications, instead of the scenario's own number / 模拟次数
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=RUNS_MAX))]
    runs: Option<u64>,
    /// Seed of all that is drawn by lot / 随机种子
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads; the results are the same for every number / 线程数，不影响结果
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Write report, tables and charts to this new or empty folder / 输出文件夹（新建或空）
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Cohorts {
    /// Months.
    Month,
    /// Weeks, by their Monday.
    Week,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let text = files::text(&arguments.scenario, SCENARIO)?;
    // A folder that cannot be written is found before the work begins.
    if let Some(folder) = &arguments.out {
        files::folder(folder)?;
    }
    let mut bar = Bar::new(lang);
    let (last, kept, at) = state(&arguments.journal, arguments.at, &mut bar)?;
    let folder = arguments.scenario.parent().unwrap_or(Path::new("")).to_owned();
    let mut load = |path: &str| ratchet_sim::input::load(&folder.join(path));
    let name = arguments.scenario.display().to_string();
    let asked = Asked {
        scenario: (&name, &text),
        changes: &arguments.set,
        runs: arguments.runs,
        seed: arguments.seed,
        grouping: match arguments.cohorts {
            Cohorts::Month => Grouping::Month,
            Cohorts::Week => Grouping::Week,
        },
    };
    let journal = arguments.journal.display().to_string();
    let fork = Fork::new(&journal, &last, kept, at, &asked, &mut load).map_err(Failure::refused)?;
    drop(last);
    let threads = crate::simulate::threads(arguments.threads);
    let Some(found) = fork.run(threads, interrupt::asked(), &mut |progress| bar.report(progress)) else {
        drop(bar);
        return Err(interrupt::stopped(CliFault::Stopped {}));
    };
    if let Some(folder) = &arguments.out {
        fork.write(&found, folder, &mut |progress| bar.report(progress))
            .map_err(|error| Failure::usage(error.message()))?;
    }
    drop(bar);
    if arguments.json {
        print_json(&fork.to_json(&found))?;
        return Ok(Ended::Done);
    }
    let mut text = lang.pick(&fork.text(&found, true), &fork.text(&found, false));
    if let Some(folder) = &arguments.out {
        let report = folder.join("report.html").display().to_string();
        text += &lang.pick(&format!("报告：{report}\n"), &format!("Report: {report}\n"));
    }
    print(&text)?;
    Ok(Ended::Done)
}

/// SIM-27: the whole journal is verified, and the state at the end of the day kept on the way. Gives its end, that state and the day.
fn state(path: &Path, at: Option<Day>, bar: &mut Bar) -> Result<(Engine, Engine, Day), Failure> {
    let name = path.display().to_string();
    let mut verifier = None;
    let mut each = |batch: &EntryBatch, line| {
        let verifier = verifier.get_or_insert_with(|| at.map_or_else(Verifier::new, Verifier::keeping));
        verifier.push_batch(batch, line)?;
        Ok(true)
    };
    let end = journal_file::read_with(path, &mut |progress| bar.report(progress), &mut each);
    let end = end.map_err(|broken| broken.failure(|error| not_intact(&name, error)))?;
    let verifier = verifier.unwrap_or_default();
    let (last, kept) = verifier.finish_kept().map_err(|error| not_intact(&name, &error))?;
    end.check(&last).map_err(|error| not_intact(&name, &error))?;
    let at = at.unwrap_or_else(|| last.plan().programme.calendar.day_of(last.now()));
    Ok((last, kept, at))
}

fn not_intact(name: &str, error: &ratchet_engine::journal::JournalError) -> Failure {
    Failure::refused(CliFault::NotIntact { journal: name, error: error.clone() })
}
