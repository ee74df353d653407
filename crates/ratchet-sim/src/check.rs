//! What is to be said of a plan: what the rules say (LINT-2), what its arithmetic says (LINT-1), whether it may be run live
//! (GATE-1), and what a programme that runs under it does in fact. `ratchet check` and the Python package print this report.

mod json;
mod text;

use std::path::{Path, PathBuf};

use ratchet_engine::engine::Engine;
use ratchet_engine::gate::{Opinions, Verdict, judge};
use ratchet_engine::lint::Severity;
use ratchet_engine::lint::drift::{Drift, Observed};
use ratchet_engine::lint::rules::RuleBook;
use ratchet_engine::message::List;
use ratchet_engine::plan::{Mode, Plan};
use ratchet_engine::time::Day;

use crate::fault::{FileFault, file};
use crate::input::{self, Fault};

/// Everything that is to be said of a plan.
pub struct Report<'r> {
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

/// How a plan is looked at.
pub struct Asked<'a> {
    /// The plan's name in the report.
    pub file: String,
    /// Whose rules are asked.
    pub jurisdictions: Vec<String>,
    /// As this mode instead of the plan's own.
    pub mode: Option<Mode>,
    /// The rules as in force on this day.
    pub on: Day,
    /// What lawyers signed.
    pub opinions: &'a Opinions,
    /// A programme that was verified: name of its journal, state, entries.
    pub journal: Option<(String, &'a Engine, u64)>,
}

impl<'r> Report<'r> {
    /// Asks rules, arithmetic and gate.
    pub fn new(plan: &'r Plan, book: &'r RuleBook, asked: Asked<'_>) -> Report<'r> {
        let observed = asked.journal.as_ref().map(|(_, engine, _)| Observed::of(engine));
        let seen = observed.as_ref().map_or(&[][..], |observed| &observed.facts);
        let verdict = judge(plan, book, asked.opinions, &asked.jurisdictions, asked.on, seen);
        let live = asked.mode.unwrap_or(plan.programme.mode) == Mode::Live;
        let behaviour = match (observed, asked.journal) {
            (Some(observed), Some((journal, engine, entries))) => Some(Behaviour {
                journal,
                entries,
                drifts: observed.drifts(plan, &verdict.facts),
                same_plan: engine.plan().source == plan.source,
                observed,
            }),
            (..) => None,
        };
        Report { file: asked.file, plan, live, book, verdict, behaviour }
    }

    /// Whether the arithmetic lets the plan work as written.
    fn is_sound(&self) -> bool {
        self.verdict.arithmetic.iter().all(|finding| finding.severity != Severity::Error)
    }

    /// Whether nothing is against the plan in the mode that was asked for.
    pub fn passed(&self) -> bool {
        let as_said = self
            .behaviour
            .as_ref()
            .is_none_or(|behaviour| behaviour.drifts.is_empty() && behaviour.same_plan);
        self.is_sound() && as_said && (!self.live || self.verdict.passes())
    }

    /// For people, in Chinese or English: first whether the plan may be run live, then why, the gravest first.
    pub fn text(&self, in_chinese: bool) -> String {
        text::report(self, in_chinese)
    }

    /// For programs; names are permanent.
    pub fn to_json(&self) -> serde_json::Value {
        json::report(self)
    }
}

/// The jurisdictions somebody names, else those of the plan; there must be a pack for each that is named.
pub fn jurisdictions(named: &[String], plan: &Plan, book: &RuleBook) -> Result<Vec<String>, Fault> {
    if named.is_empty() {
        return Ok(plan.programme.jurisdictions.clone());
    }
    let mut codes: Vec<String> = Vec::new();
    for code in named {
        let code = code.to_ascii_uppercase();
        if book.packs_of(&code).next().is_none() {
            let mut known: Vec<&str> = book.packs().iter().map(|pack| pack.jurisdiction.as_str()).collect();
            known.dedup();
            return Err(Fault::usage(FileFault::NoPackFor { code: &code, known: List::of(known) }));
        }
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// The built-in packs and those named; of a folder every .toml in it, in the order of their names.
pub fn book(paths: &[PathBuf]) -> Result<RuleBook, Fault> {
    let mut book = RuleBook::built_in();
    for path in paths {
        for pack in packs(path)? {
            let text = input::text(&pack, file::RULES)?;
            book.add(&pack.display().to_string(), &text)?;
        }
    }
    Ok(book)
}

fn packs(path: &Path) -> Result<Vec<PathBuf>, Fault> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut packs = Vec::new();
    for entry in std::fs::read_dir(path).map_err(|error| input::unreadable(path, &error))? {
        let entry = entry.map_err(|error| input::unreadable(path, &error))?.path();
        if entry.extension().is_some_and(|ending| ending == "toml") {
            packs.push(entry);
        }
    }
    packs.sort();
    match packs.is_empty() {
        true => Err(Fault::usage(FileFault::NoToml { folder: path.display().to_string() })),
        false => Ok(packs),
    }
}
