//! `ratchet simulate` and `ratchet sweep`: a scenario run many times, and what became of its people.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::value_parser;
use ratchet_engine::message::System;
use ratchet_sim::fault::FileFault;
use ratchet_sim::fault::file::SCENARIO;
use ratchet_sim::input::{self, Fault};
use ratchet_sim::scenario::{RUNS_MAX, Scenario};
use ratchet_sim::simulate::Simulation;
use ratchet_sim::study::{self, RUNS_FILE, Store, Study};

use crate::fault::CliFault;
use crate::files;
use crate::interrupt;
use crate::journal_file::Journal;
use crate::progress::Bar;
use crate::{Ended, Failure, Lang, print, print_json};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The scenario, a TOML file / 场景文件（TOML）
    scenario: PathBuf,
    /// Replications, instead of the scenario's own number / 模拟次数
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=RUNS_MAX))]
    runs: Option<u64>,
    /// Seed of all that is drawn by lot / 随机种子
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Threads; the results are the same for every number / 线程数，不影响结果
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Write report, tables and charts to this folder; runs that are there already are kept / 输出文件夹，已完成的模拟会保留
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write the journal of the first run here, for `ratchet verify` / 写出第一次模拟的日志
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Only say what the scenario assumes / 只说明场景的假设
    #[arg(long)]
    explain: bool,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang, is_sweep: bool) -> Result<Ended, Failure> {
    let text = files::text(&arguments.scenario, SCENARIO)?;
    let name = arguments.scenario.display().to_string();
    let folder = arguments.scenario.parent().unwrap_or(Path::new("")).to_owned();
    let mut load = |path: &str| input::load(&folder.join(path));
    let scenario = Scenario::parse(&name, &text, &mut load).map_err(Fault::from)?;
    if arguments.explain {
        print(&explanation(&scenario, lang))?;
        return Ok(Ended::Done);
    }
    if let Some(path) = &arguments.journal {
        journal(&scenario, arguments.seed, path)?;
    }
    let study = match is_sweep {
        false => Study::compare(scenario, arguments.runs, arguments.seed),
        true => {
            Study::sweep(scenario, arguments.runs, arguments.seed, &mut load).map_err(Failure::refused)?
        }
    };
    let mut store = match &arguments.out {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
            Store::open(&folder.join(RUNS_FILE), &study)
        }
        None => Store::temporary(&study),
    }
    .map_err(not_kept)?;
    let mut bar = Bar::new(lang);
    let stop = interrupt::asked();
    study
        .run(&mut store, threads(arguments.threads), stop, &mut |progress| bar.report(progress))
        .map_err(not_kept)?;
    if stop.load(Ordering::Relaxed) {
        drop(bar);
        return Err(stopped(arguments.out.as_deref()));
    }
    let summaries = match &arguments.out {
        Some(folder) => study::write(&study, &mut store, folder, &mut |progress| bar.report(progress))
            .map_err(|error| Failure::usage(error.message()))?,
        None => study::summaries(&study, &mut store).map_err(not_kept)?,
    };
    drop(bar);
    if arguments.json {
        print_json(&study::to_json(&study, &summaries))?;
    } else {
        let said = |in_chinese| study::text(&study, &summaries, in_chinese);
        let mut text = lang.pick(&said(true), &said(false));
        if let Some(folder) = &arguments.out {
            let report = folder.join("report.html").display().to_string();
            text += &lang.pick(&format!("报告：{report}\n"), &format!("Report: {report}\n"));
        }
        print(&text)?;
    }
    Ok(Ended::Done)
}

/// What was asked for, else one for each core.
pub(crate) fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get), usize::from)
}

/// SIM-20: what is done is kept where there is a folder.
fn stopped(out: Option<&Path>) -> Failure {
    interrupt::stopped(match out {
        Some(folder) => CliFault::StoppedKept { folder: folder.display().to_string() },
        None => CliFault::StoppedLost {},
    })
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(FileFault::CannotWrite { file: path.display().to_string(), error: System(error) })
}

pub(crate) fn not_kept(error: study::StoreError) -> Failure {
    match error {
        study::StoreError::OtherStudy(_) => Failure::refused(error.message()),
        study::StoreError::Io(..) => Failure::usage(error.message()),
    }
}

/// What is assumed, in the language asked for.
fn explanation(scenario: &Scenario, lang: Lang) -> String {
    let said = scenario.explain();
    let of = |place: usize| said.iter().map(|sentence| format!("{}\n", sentence[place])).collect::<String>();
    let title = |zh: bool| match zh {
        true => format!("{}\n", scenario.name.zh),
        false => format!("{}\n", scenario.name.en),
    };
    lang.pick(&(title(true) + &of(0)), &(title(false) + &of(1)))
}

/// The journal of the first run under the first plan.
fn journal(scenario: &Scenario, seed: u64, path: &Path) -> Result<(), Failure> {
    let mut journal = Journal::create(path)?;
    let simulation = Simulation::new(scenario, &scenario.plans[0].plan, seed, 0);
    let mut failed = journal.write(simulation.engine(), None);
    let (_, engine) = simulation.finish(&mut |engine, envelope, _| {
        if failed.is_ok() {
            failed = journal.write(engine, Some(envelope));
        }
    });
    failed.map_err(|error| cannot_write(path, &error))?;
    journal.persist(&engine)
}
