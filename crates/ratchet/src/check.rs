//! `ratchet check`: what the rules say of a plan (LINT-2) and what its arithmetic says (LINT-1), whether it may be run live
//! (GATE-1), and with a journal what its programme does in fact.

mod json;
mod text;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use ratchet_engine::engine::Engine;
use ratchet_engine::gate::{Opinions, Verdict, judge};
use ratchet_engine::journal::Verifier;
use ratchet_engine::lint::Severity;
use ratchet_engine::lint::drift::{Drift, Observed};
use ratchet_engine::lint::rules::RuleBook;
use ratchet_engine::plan::{Mode, Plan};
use ratchet_engine::time::Day;

use crate::lines::Lines;
use crate::verify::LINE_BYTES_MAX;
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

/// Everything that is to be said of a plan.
struct Report<'r> {
    file: String,
    plan: &'r Plan,
    live: bool,
    book: &'r RuleBook,
    verdict: Verdict<'r>,
    behaviour: Option<Behaviour>,
}

/// What a journal shows.
struct Behaviour {
    journal: String,
    entries: u64,
    observed: Observed,
    drifts: Vec<Drift>,
    /// Whether its programme runs under the very plan that is checked.
    same_plan: bool,
}

impl Report<'_> {
    /// Whether the arithmetic lets the plan work as written.
    fn is_sound(&self) -> bool {
        self.verdict.arithmetic.iter().all(|finding| finding.severity != Severity::Error)
    }

    fn passed(&self) -> bool {
        let as_said = self
            .behaviour
            .as_ref()
            .is_none_or(|behaviour| behaviour.drifts.is_empty() && behaviour.same_plan);
        self.is_sound() && as_said && (!self.live || self.verdict.passes())
    }
}

pub(crate) fn parse_day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write a date such as 2026-01-31".to_owned())
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let plan = files::plan(&arguments.plan)?;
    let book = book(&arguments.rules)?;
    let opinions = arguments.opinions.as_deref().map_or_else(|| Ok(Opinions::default()), files::opinions)?;
    let jurisdictions = if arguments.jurisdiction.is_empty() {
        plan.programme.jurisdictions.clone()
    } else {
        asked(arguments, &book)?
    };
    let on = arguments.at.unwrap_or_else(|| files::today(&plan));
    let engine = arguments.journal.as_deref().map(replay).transpose()?;
    let observed = engine.as_ref().map(|(engine, _)| Observed::of(engine));
    let seen = observed.as_ref().map_or(&[][..], |observed| &observed.facts);
    let verdict = judge(&plan, &book, &opinions, &jurisdictions, on, seen);
    let live = match arguments.mode {
        Some(AsMode::Live) => true,
        Some(AsMode::Sandbox) => false,
        None => plan.programme.mode == Mode::Live,
    };
    let behaviour = match (observed, engine, &arguments.journal) {
        (Some(observed), Some((engine, entries)), Some(journal)) => Some(Behaviour {
            journal: journal.display().to_string(),
            entries,
            drifts: observed.drifts(&plan, &verdict.facts),
            same_plan: engine.plan().source == plan.source,
            observed,
        }),
        (..) => None,
    };
    let file = arguments.plan.display().to_string();
    let report = Report { file, plan: &plan, live, book: &book, verdict, behaviour };
    if arguments.json {
        print_json(&json::report(&report))?;
    } else {
        print(&lang.pick(&text::report(&report, Lang::Zh), &text::report(&report, Lang::En)))?;
    }
    Ok(if report.passed() { Ended::Done } else { Ended::Refused })
}

/// The jurisdictions of the command line; there must be a pack for each.
fn asked(arguments: &Arguments, book: &RuleBook) -> Result<Vec<String>, Failure> {
    let mut codes: Vec<String> = Vec::new();
    for code in &arguments.jurisdiction {
        let code = code.to_ascii_uppercase();
        if book.packs_of(&code).next().is_none() {
            let mut known: Vec<&str> = book.packs().iter().map(|pack| pack.jurisdiction.as_str()).collect();
            known.dedup();
            return Err(Failure::usage(format!(
                "there is no rule pack for {code}; there are packs for {}, and --rules adds others",
                known.join(", ")
            )));
        }
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// The built-in packs and those named; of a folder every .toml in it, in the order of their names.
fn book(paths: &[PathBuf]) -> Result<RuleBook, Failure> {
    let mut book = RuleBook::built_in();
    for path in paths {
        let mut packs = Vec::new();
        if path.is_dir() {
            let listing = std::fs::read_dir(path).map_err(|error| files::unreadable(path, &error))?;
            for entry in listing {
                let entry = entry.map_err(|error| files::unreadable(path, &error))?.path();
                if entry.extension().is_some_and(|ending| ending == "toml") {
                    packs.push(entry);
                }
            }
            packs.sort();
            if packs.is_empty() {
                return Err(Failure::usage(format!("{} holds no .toml; name a rule pack", path.display())));
            }
        } else {
            packs.push(path.clone());
        }
        for pack in packs {
            let text = files::text(&pack, "rule pack")?;
            let added = book.add(&pack.display().to_string(), &text);
            added.map_err(|errors| Failure::refused(errors.to_string()))?;
        }
    }
    Ok(book)
}

/// The programme that a journal leads to, verified entry by entry.
fn replay(path: &Path) -> Result<(Engine, u64), Failure> {
    let name = path.display().to_string();
    let mut lines = Lines::new(files::open(path)?, &name, LINE_BYTES_MAX);
    let mut verifier = Verifier::new();
    let does_not_fit = |error| Failure::refused(format!("{name}: the journal does not fit: {error}"));
    while let Some((_, line)) = lines.next()? {
        verifier.push(line).map_err(does_not_fit)?;
    }
    verifier.finish().map_err(does_not_fit)
}
