//! `ratchet check`: what the rules say of a plan (LINT-2) and what its arithmetic says (LINT-1), whether it may be run live
//! (GATE-1), and with a journal what its programme does in fact.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ratchet_engine::engine::Engine;
use ratchet_engine::gate::Opinions;
use ratchet_engine::journal::{JournalError, Verifier};
use ratchet_engine::message::Message;
use ratchet_engine::plan::Mode;
use ratchet_engine::time::Day;
use ratchet_sim::check::{Asked, Report, book, jurisdictions};

use crate::fault::CliFault;
use crate::journal_file;
use crate::{Ended, Failure, Lang, files, print, print_json};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The plan, a TOML file / 计划文件（TOML）
    plan: PathBuf,
    /// Whose rules to ask, such as CN; the plan's own jurisdictions by default / 按哪个法域检查
    #[arg(long, value_name = "CODE")]
    jurisdiction: Vec<String>,
    /// Check as this mode instead of the plan's own / 按此模式检查，而不按计划自己的模式
    #[arg(long, value_enum)]
    mode: Option<AsMode>,
    /// Ask these rules too: a pack, or a folder of packs; they come on top of the built-in ones / 追加规则包或其文件夹
    #[arg(long, value_name = "FILE|DIR")]
    rules: Vec<PathBuf>,
    /// Signed opinions on rules that need a human review / 律师对须人工审查的规则签署的意见
    #[arg(long, value_name = "FILE")]
    opinions: Option<PathBuf>,
    /// The rules as in force on this day; today by default / 按此日有效的规则检查，默认今天
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    at: Option<Day>,
    /// Look at what the programme of this journal has done / 对照此日志中计划的实际运行
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum AsMode {
    /// Play money only.
    Sandbox,
    /// Real money: refused while the gate refuses.
    Live,
}

pub(crate) fn parse_day(text: &str) -> Result<Day, Message> {
    Day::parse(text).ok_or_else(|| CliFault::Day {}.into())
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let plan = files::plan(&arguments.plan)?;
    let book = book(&arguments.rules)?;
    let opinions = arguments.opinions.as_deref().map_or_else(|| Ok(Opinions::default()), files::opinions)?;
    let jurisdictions = jurisdictions(&arguments.jurisdiction, &plan, &book)?;
    let engine = arguments.journal.as_deref().map(|path| replay(path, lang)).transpose()?;
    let journal = arguments.journal.as_deref().zip(engine.as_ref());
    let asked = Asked {
        file: arguments.plan.display().to_string(),
        jurisdictions,
        mode: arguments.mode.map(|mode| match mode {
            AsMode::Sandbox => Mode::Sandbox,
            AsMode::Live => Mode::Live,
        }),
        on: arguments.at.unwrap_or_else(|| files::today(&plan)),
        opinions: &opinions,
        journal: journal.map(|(path, (engine, entries))| (path.display().to_string(), engine, *entries)),
    };
    let report = Report::new(&plan, &book, asked);
    if arguments.json {
        print_json(&report.to_json())?;
    } else {
        print(&lang.pick(&report.text(true), &report.text(false)))?;
    }
    Ok(if report.passed() { Ended::Done } else { Ended::Refused })
}

/// The programme that a journal leads to, verified entry by entry.
fn replay(path: &Path, lang: Lang) -> Result<(Engine, u64), Failure> {
    let name = path.display().to_string();
    let mut verifier = Verifier::new();
    let does_not_fit =
        |error: &JournalError| Failure::refused(CliFault::Misfit { journal: &name, error: error.clone() });
    let end = journal_file::read(path, lang, &mut |batch, line| {
        verifier.push_batch(batch, line)?;
        Ok(true)
    });
    let end = end.map_err(|broken| broken.failure(does_not_fit))?;
    let (engine, entries) = verifier.finish().map_err(|error| does_not_fit(&error))?;
    end.check(&engine).map_err(|error| does_not_fit(&error))?;
    Ok((engine, entries))
}
