//! What if: the state of a journal at a date, played forward under changed plans or behaviours, and what that makes of each cohort
//! (SIM-27 to SIM-31).
//!
//! ```text
//! journal → Verifier → Engine at the date ─┬ as it was ─┐
//! scenario + changes → Case ───────────────┴ changed …  ┴→ runs on the same people → cohorts → differences
//! ```

mod charts;
mod report;
mod write;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::id::Id;
use ratchet_engine::message::Message;
use ratchet_engine::time::{Calendar, Day};

use crate::fault::{FileFault, Hindrances, ScenarioFault};
use crate::progress::{Phase, Progress};
use crate::scenario::{Loader, Scenario, with_parameter, with_setting};
use crate::simulate::{DAY_COLUMNS, RUN_COLUMNS, Simulation};
use crate::study::Band;

pub use write::FILES;

/// Most changes beside each other.
pub const CASES_MAX: usize = 8;
/// What the scenario's plan is called while it is read: the journal's.
const PLAN_FILE: &str = "journal.toml";
/// The case without changes.
pub const AS_IT_WAS: &str = "as it was";

/// How members are grouped by when they joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Months, such as 2026-01.
    Month,
    /// Weeks, by their Monday.
    Week,
}

/// Numbers of a cohort: names and words, in the order of their columns.
pub const COHORT_COLUMNS: [(&str, [&str; 2]); 12] = [
    ("members", ["会员", "members"]),
    ("buyers", ["消费过的会员", "members who bought"]),
    ("spent", ["消费总额", "spent"]),
    ("cash", ["到手现金", "cash received"]),
    ("held", ["积分此时卖出的净额", "value held: points sold now, net"]),
    ("gain", ["盈亏（现金 + 积分 − 消费）", "gain or loss (cash and points less spent)"]),
    ("recovered", ["现金已回本的会员", "members with their money back in cash"]),
    ("outcome_ppm", ["合计拿回消费的百万分之", "of its spending, what the cohort has"]),
    ("median_ppm", ["正中间会员拿回消费的百万分之", "of its spending, what the member in the middle has"]),
    ("spent_since", ["分叉以来消费", "spent since the fork"]),
    ("cash_since", ["分叉以来到手现金", "cash received since the fork"]),
    ("held_since", ["分叉以来积分净额的变化", "change of the value held since the fork"]),
];

/// The place of a number of a cohort.
pub(crate) fn cohort_place(name: &str) -> usize {
    COHORT_COLUMNS.iter().position(|(column, _)| *column == name).expect("a column of the table above")
}

/// Members who joined in the same month or week, before or after the fork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Which, such as `2026-01`; empty: all of this side.
    pub joined: String,
    /// Before the fork, or after; of both: everybody.
    pub side: Side,
}

/// On which side of the fork somebody joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Members when the programme was forked.
    Before,
    /// Who came afterwards.
    After,
    /// All together.
    Both,
}

impl Side {
    /// As files have it.
    pub fn name(self) -> &'static str {
        match self {
            Side::Before => "before",
            Side::After => "after",
            Side::Both => "all",
        }
    }
}

/// One way on.
pub struct Case {
    /// What is changed, as it was written; [`AS_IT_WAS`] for nothing.
    pub label: String,
    /// The scenario with the changes in it.
    pub scenario: Scenario,
    /// The state that it begins from.
    engine: Engine,
}

/// A forked programme and the ways on.
pub struct Fork {
    /// What the journal was: its file, entries in all, and the digest of the state at the fork.
    pub journal: Journal,
    /// The last day before the fork.
    pub at: Day,
    /// The ways on, the first without changes.
    pub cases: Vec<Case>,
    /// Replications of each.
    pub runs: u64,
    /// Seed of all draws.
    pub seed: u64,
    /// Cohorts: those before, those after, all before, all after, everybody.
    pub cohorts: Vec<Cohort>,
    /// Spent, received and held by each member at the fork, in minor units.
    at_fork: Vec<[i64; 3]>,
    /// The cohort of each member at the fork.
    member_cohorts: Vec<usize>,
    grouping: Grouping,
    prefix: String,
}

/// Where the state came from.
#[derive(Clone, Debug)]
pub struct Journal {
    /// Name of the file.
    pub file: String,
    /// Entries, all of them verified.
    pub entries: u64,
    /// Entries up to the fork.
    pub entries_before: u64,
    /// Digest of the state at the fork.
    pub digest: String,
    /// The last day of the journal.
    pub last_day: Day,
}

/// How a fork is asked for.
pub struct Asked<'a> {
    /// Name and text of the scenario.
    pub scenario: (&'a str, &'a str),
    /// Changes: each a list of `key=value` with `;` between them.
    pub changes: &'a [String],
    /// Replications, instead of the scenario's own number.
    pub runs: Option<u64>,
    /// Seed of all draws.
    pub seed: u64,
    /// How cohorts are made.
    pub grouping: Grouping,
}

/// Numbers of one run: cohorts first, then the columns of a simulated run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    pub(crate) cohorts: Vec<[i64; COHORT_COLUMNS.len()]>,
    pub(crate) end: Vec<i64>,
    pub(crate) days: Vec<[i64; DAY_COLUMNS.len()]>,
}

/// What all runs of all cases come to.
pub struct Compared {
    /// By case and run.
    pub(crate) runs: Vec<Vec<Outcomes>>,
}

fn group(day: Day, grouping: Grouping) -> String {
    match grouping {
        Grouping::Month => day.month(),
        Grouping::Week => {
            // Day 0 was a Thursday.
            let since_monday = (day.number() + 3).rem_euclid(7);
            day.plus(-since_monday).to_string()
        }
    }
}

/// `key=value` as a line of a file: numbers, switches, lists and what is quoted stay as they are, everything else is a text.
fn setting(change: &str) -> Result<(&str, String), Message> {
    let Some((key, value)) = change.split_once('=') else {
        return Err(ScenarioFault::NoChange { change }.into());
    };
    let (key, value) = (key.trim(), value.trim());
    let is_literal = value == "true"
        || value == "false"
        || value.starts_with(['"', '\'', '[', '{'])
        || (!value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_'));
    let literal = match is_literal {
        true => value.to_owned(),
        // A JSON string is a TOML string.
        false => serde_json::Value::from(value).to_string(),
    };
    Ok((key, literal))
}

impl Fork {
    /// Prepares the ways on from a verified journal: `last` is its end, `state` what it came to at the end of `at`.
    pub fn new(
        file: &str,
        last: &Engine,
        mut state: Engine,
        at: Day,
        asked: &Asked<'_>,
        load: Loader<'_>,
    ) -> Result<Fork, Message> {
        let calendar = state.plan().programme.calendar.clone();
        let last_day = calendar.day_of(last.now());
        if at > last_day {
            let (last, at) = (last_day.to_string(), at.to_string());
            return Err(ScenarioFault::AfterEnd { file, last, at }.into());
        }
        if state.member_count() == 0 {
            return Err(ScenarioFault::Nobody { file, at: at.to_string() }.into());
        }
        let journal = Journal {
            file: file.to_owned(),
            entries: last.next_seq(),
            entries_before: state.next_seq(),
            digest: state.digest(),
            last_day,
        };
        let prefix = prefix(&state, at);
        // The day of the fork is over for everybody, whoever acted last on it.
        let midnight = calendar.last_of(at);
        if state.now() < midnight {
            let id = |text: String| Id::new(&text).map_err(Message::from);
            let advance = Envelope {
                key: id(format!("{prefix}fork"))?,
                at: midnight,
                happened_at: None,
                actor: id("operator".to_owned())?,
                command: Command::TimeAdvance {},
            };
            let outcome = state.submit(&advance);
            assert!(matches!(outcome, Outcome::Applied { .. }), "time went on: {outcome:?}");
        }
        let cases = cases(&state, at, asked, load)?;
        let runs = asked.runs.unwrap_or(cases[0].scenario.runs);
        let mut fork = Fork {
            journal,
            at,
            runs,
            seed: asked.seed,
            cohorts: Vec::new(),
            at_fork: Vec::with_capacity(state.member_count()),
            member_cohorts: Vec::with_capacity(state.member_count()),
            grouping: asked.grouping,
            prefix,
            cases,
        };
        fork.find_cohorts(&state, &calendar);
        Ok(fork)
    }

    fn find_cohorts(&mut self, state: &Engine, calendar: &Calendar) {
        let joined: Vec<String> =
            state.members().map(|view| group(calendar.day_of(view.joined_at), self.grouping)).collect();
        // Members are numbered in joining order, and some may have come before others who joined earlier (TIME-4).
        let mut places: BTreeMap<&str, usize> = joined.iter().map(|joined| (joined.as_str(), 0)).collect();
        for (joined, place) in &mut places {
            *place = self.cohorts.len();
            self.cohorts.push(Cohort { joined: (*joined).to_owned(), side: Side::Before });
        }
        for (view, joined) in state.members().zip(&joined) {
            self.member_cohorts.push(places[joined.as_str()]);
            self.at_fork.push([view.spent, view.cash_received, view.net_value].map(|money| money.minor()));
        }
        let mut day = self.at.next();
        for _ in 0..self.cases[0].scenario.acting_days() {
            let joined = group(day, self.grouping);
            if self.cohorts.last().is_none_or(|last| last.joined != joined || last.side == Side::Before) {
                self.cohorts.push(Cohort { joined, side: Side::After });
            }
            day = day.next();
        }
        let all = [Side::Before, Side::After, Side::Both];
        self.cohorts.extend(all.map(|side| Cohort { joined: String::new(), side }));
    }

    /// The cohort of somebody who joined after the fork.
    fn cohort_after(&self, joined: &str) -> usize {
        let found =
            self.cohorts.iter().position(|cohort| cohort.side == Side::After && cohort.joined == joined);
        // Who joins while the last orders settle belongs to the last cohort; nobody does.
        found.unwrap_or(self.cohorts.len() - 4)
    }

    /// Runs every case on `threads` threads; `None` when it was stopped.
    pub fn run(
        &self,
        threads: usize,
        stop: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Option<Compared> {
        let jobs = self.runs * self.cases.len() as u64;
        let mut done = 0;
        progress(Progress { phase: Phase::Simulating, done, total: jobs });
        let next = AtomicU64::new(0);
        let mut found: Vec<Vec<Outcomes>> =
            self.cases.iter().map(|_| vec![Outcomes::default(); self.runs as usize]).collect();
        std::thread::scope(|scope| {
            let (news, arrived) = mpsc::channel();
            for _ in 0..threads.max(1).min(jobs as usize) {
                let (news, next) = (news.clone(), &next);
                scope.spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let job = next.fetch_add(1, Ordering::Relaxed);
                        if job >= jobs {
                            return;
                        }
                        let (case, run) =
                            ((job % self.cases.len() as u64) as usize, job / self.cases.len() as u64);
                        drop(news.send((case, run, self.one(case, run))));
                    }
                });
            }
            drop(news);
            for (case, run, outcomes) in arrived {
                found[case][run as usize] = outcomes;
                done += 1;
                progress(Progress { phase: Phase::Simulating, done, total: jobs });
            }
        });
        (done == jobs).then_some(Compared { runs: found })
    }

    fn one(&self, case: usize, run: u64) -> Outcomes {
        let case = &self.cases[case];
        let simulation =
            Simulation::continuing(&case.scenario, case.engine.clone(), self.seed, run, &self.prefix);
        let (result, engine) = simulation.finish(&mut |_, _, _| {});
        let calendar = &engine.plan().programme.calendar;
        let mut cohorts = vec![[0_i64; COHORT_COLUMNS.len()]; self.cohorts.len()];
        let mut outcomes: Vec<Vec<i64>> = vec![Vec::new(); self.cohorts.len()];
        let (before, after, both) = (self.cohorts.len() - 3, self.cohorts.len() - 2, self.cohorts.len() - 1);
        let mut last: Option<(Day, usize)> = None;
        for (number, view) in engine.members().enumerate() {
            let (own, side) = match self.member_cohorts.get(number) {
                Some(cohort) => (*cohort, before),
                None => {
                    let day = calendar.day_of(view.joined_at);
                    let cohort = match last {
                        Some((of, cohort)) if of == day => cohort,
                        _ => self.cohort_after(&group(day, self.grouping)),
                    };
                    last = Some((day, cohort));
                    (cohort, after)
                }
            };
            let [spent, cash, held] =
                [view.spent, view.cash_received, view.net_value].map(|money| money.minor());
            let [spent_then, cash_then, held_then] = self.at_fork.get(number).copied().unwrap_or_default();
            let bought = spent > 0;
            // Rounded down: nobody is shown to have more than it has.
            let outcome =
                if bought { (i128::from(cash + held) * 1_000_000 / i128::from(spent)) as i64 } else { 0 };
            for cohort in [own, side, both] {
                let row = &mut cohorts[cohort];
                let mut add = |name: &str, value: i64| row[cohort_place(name)] += value;
                add("members", 1);
                add("buyers", i64::from(bought));
                add("spent", spent);
                add("cash", cash);
                add("held", held);
                add("gain", cash + held - spent);
                add("recovered", i64::from(bought && cash >= spent));
                add("spent_since", spent - spent_then);
                add("cash_since", cash - cash_then);
                add("held_since", held - held_then);
                if bought {
                    outcomes[cohort].push(outcome);
                }
            }
        }
        for (row, mut outcomes) in cohorts.iter_mut().zip(outcomes) {
            let [spent, cash, held] = ["spent", "cash", "held"].map(|name| row[cohort_place(name)]);
            row[cohort_place("outcome_ppm")] =
                if spent > 0 { (i128::from(cash + held) * 1_000_000 / i128::from(spent)) as i64 } else { 0 };
            outcomes.sort_unstable();
            // Nearest rank, as everywhere.
            let median = outcomes.get(outcomes.len().div_ceil(2).saturating_sub(1)).copied();
            row[cohort_place("median_ppm")] = median.unwrap_or(0);
        }
        Outcomes { cohorts, end: result.end.to_vec(), days: result.days }
    }
}

impl Compared {
    /// A number of a cohort under a case, over all runs.
    pub fn cohort(&self, case: usize, cohort: usize, column: usize) -> Band {
        let numbers: Vec<i64> = self.runs[case].iter().map(|run| run.cohorts[cohort][column]).collect();
        Band::of(&numbers)
    }

    /// The same less what it is without changes, run by run: the same people.
    pub fn difference(&self, case: usize, cohort: usize, column: usize) -> Band {
        let (changed, as_it_was) = (&self.runs[case], &self.runs[0]);
        let numbers: Vec<i64> = changed
            .iter()
            .zip(as_it_was)
            .map(|(changed, was)| changed.cohorts[cohort][column] - was.cohorts[cohort][column])
            .collect();
        Band::of(&numbers)
    }

    /// A number at the end, by its place in [`RUN_COLUMNS`].
    pub(crate) fn end(&self, case: usize, column: usize) -> Band {
        Band::of(&self.runs[case].iter().map(|run| run.end[column]).collect::<Vec<_>>())
    }

    /// A number of a result day.
    pub(crate) fn day(&self, case: usize, day: usize, column: usize) -> Band {
        Band::of(&self.runs[case].iter().map(|run| run.days[day][column]).collect::<Vec<_>>())
    }

    /// Runs in which conservation did not hold; not zero would be a bug.
    pub fn broken(&self) -> usize {
        let place = crate::simulate::place(&RUN_COLUMNS, "bounds_held");
        self.runs.iter().flatten().filter(|run| run.end[place] != 1).count()
    }
}

/// What new ids begin with: nothing that a member's id begins with.
fn prefix(state: &Engine, at: Day) -> String {
    let taken = |prefix: &str| state.members().any(|view| view.id.starts_with(prefix));
    let mut prefix = format!("fork-{at}-");
    while taken(&prefix) {
        prefix.push('-');
    }
    prefix
}

/// The ways on: the scenario under the journal's plan, and with each list of changes.
fn cases(state: &Engine, at: Day, asked: &Asked<'_>, load: Loader<'_>) -> Result<Vec<Case>, Message> {
    let (name, text) = asked.scenario;
    let stands =
        |header: &str| text.lines().any(|line| line.split('#').next().unwrap_or_default().trim() == header);
    if stands("[set]") {
        return Err(ScenarioFault::HasSet { scenario: name }.into());
    }
    if stands("[failure]") {
        return Err(ScenarioFault::HasFailure { scenario: name }.into());
    }
    if asked.changes.len() >= CASES_MAX {
        return Err(ScenarioFault::TooManyCases { most: CASES_MAX - 1 }.into());
    }
    // Played forward it is play money, whatever it was (GATE-1).
    let own = with_setting(&state.plan().source, "programme.mode", "\"sandbox\"")?;
    let mut base = text.to_owned();
    for (key, literal) in
        [("scenario.plan", format!("\"{PLAN_FILE}\"")), ("scenario.start", format!("\"{}\"", at.next()))]
    {
        base = with_setting(&base, key, &literal)?;
    }
    let mut load = |path: &str| match path {
        PLAN_FILE => Ok(own.clone().into_bytes()),
        other => load(other),
    };
    let mut cases: Vec<Case> = Vec::new();
    for change in std::iter::once(None).chain(asked.changes.iter().map(Some)) {
        let label = change.map_or(AS_IT_WAS, String::as_str);
        let mut text = base.clone();
        for one in
            change.into_iter().flat_map(|change| change.split(';')).filter(|one| !one.trim().is_empty())
        {
            let (key, literal) = setting(one)?;
            text = with_parameter(&text, key, &literal)
                .map_err(|error| ScenarioFault::Change { change: label, error: error.into() })?;
        }
        let shown = if change.is_some() { format!("{name} with {label}") } else { name.to_owned() };
        let scenario =
            Scenario::parse(&shown, &text, &mut load).map_err(|errors| FileFault::Errors { errors })?;
        if cases.first().is_some_and(|first| first.scenario.acting_days() != scenario.acting_days()) {
            return Err(ScenarioFault::DaysDiffer { change: label }.into());
        }
        let plan = &scenario.plans[0].plan;
        let engine = state
            .fork_under(plan)
            .map_err(|found| ScenarioFault::CannotLive { change: label, reasons: Hindrances(found) })?;
        cases.push(Case { label: label.to_owned(), scenario, engine });
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_as_a_person_writes_them() {
        for (change, key, literal) in [
            ("plan.pool.retention=10%", "plan.pool.retention", "\"10%\""),
            (" selling.panic.weight = 70 ", "selling.panic.weight", "70"),
            ("plan.pool.exit.clamp=true", "plan.pool.exit.clamp", "true"),
            ("selling.at_multiple.multiple=\"1.5\"", "selling.at_multiple.multiple", "\"1.5\""),
            ("selling.at_multiple.multiple=1.5", "selling.at_multiple.multiple", "\"1.5\""),
            ("plan.emission.years=[1, 2]", "plan.emission.years", "[1, 2]"),
        ] {
            assert_eq!(setting(change).unwrap(), (key, literal.to_owned()), "{change}");
        }
        assert!(setting("retention").unwrap_err().en.contains("KEY=VALUE"));
    }

    #[test]
    fn weeks_begin_on_monday() {
        for (day, monday) in
            [("2026-06-29", "2026-06-29"), ("2026-07-05", "2026-06-29"), ("1970-01-02", "1969-12-29")]
        {
            let day = Day::parse(day).unwrap();
            let found = group(day, Grouping::Week);
            assert_eq!(found, monday);
        }
        assert_eq!(group(Day::parse("2026-07-05").unwrap(), Grouping::Month), "2026-07");
    }
}
