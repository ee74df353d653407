//! What is to be said of the text of a plan: its errors, what its arithmetic says (LINT-1), whether the rules let it run live (LINT-2,
//! GATE-1), how it differs from the plan in force (AMEND-2), and what it does to equal buyers.

use std::sync::OnceLock;

use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::disclosure::{Destination, Leg, MemberOutcome};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::gate::{AssessedFinding, Bearing, Obstacle, Opinions, Verdict, judge};
use ratchet_engine::id::Id;
use ratchet_engine::lint::rules::{Known, RuleBook, RuleSeverity, Told, Value, disclaimer};
use ratchet_engine::lint::{Severity, lint};
use ratchet_engine::message::Message;
use ratchet_engine::plan::{Mode, Plan, PlanErrors};
use ratchet_engine::time::{Day, Timestamp};
use ratchet_sim::lab::{Answer, Buyer};
use ratchet_sim::scenario::with_setting;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::prelude::*;
use super::keys::{PlanKey, keys_of};
use crate::population::Found;
use crate::problem::Both;

/// What is said of the text of a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanCheckView {
    /// SHA-256 of the text.
    sha256: HashText,
    /// What is wrong with it; with an error there is nothing more to say.
    errors: Vec<PlanErrorView>,
    /// Its main keys that it sets, with unit, meaning and line; of a text with errors too.
    keys: Vec<PlanKey>,
    /// What it says of itself and what is said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<PlanRead>,
    /// How it differs from the plan in force, key by key. Absent without one, and where a key differs that nobody changes
    /// (`refusal`).
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<PlanChange>>,
    /// When it could take effect at the earliest, announced long enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    earliest: Option<Time>,
    /// What proposing it for then would be refused for.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<crate::problem::ProblemBody>,
    /// What it does to equal buyers.
    #[serde(skip_serializing_if = "Option::is_none")]
    population: Option<PopulationView>,
}

/// A plan that could be read.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanRead {
    /// What the plan calls its programme.
    name: Text,
    /// As what it would run.
    kind: super::super::programmes::ProgrammeKind,
    /// What its arithmetic says (LINT-1), the gravest first.
    findings: Vec<Finding>,
    /// Whether it may be run live.
    gate: GateView,
}

/// An error in the text of a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanErrorView {
    /// Line, from 1.
    line: usize,
    /// Column, from 1.
    column: usize,
    /// Permanent code.
    code: String,
    /// What is wrong and what is right.
    text: Text,
}

/// A finding of the arithmetic lint (LINT-1).
#[derive(Serialize, ToSchema)]
pub(crate) struct Finding {
    /// Permanent code.
    code: String,
    /// How grave: `error` cannot work as written, `warning` can hurt or mislead somebody, `note` should be known.
    level: FindingLevel,
    /// One line.
    title: Text,
    /// Why, with the plan's own numbers.
    text: Text,
    /// The key that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// The line of that key in the text, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FindingLevel {
    /// The plan cannot work as written.
    Error,
    /// Somebody can be hurt by it or misled.
    Warning,
    /// Everybody concerned should know.
    Note,
}

/// What the rules say of running a plan live (GATE-1). That no rule fires is no clearance.
#[derive(Serialize, ToSchema)]
pub(crate) struct GateView {
    /// Whether it may be run live.
    passes: bool,
    /// The rules as in force on this day.
    #[schema(example = "2026-12-01")]
    on: String,
    /// Whose rules.
    jurisdictions: Vec<String>,
    /// How many rules stand against it, by how grave they are.
    counts: GateCounts,
    /// Rules that fire, the gravest first.
    rules: Vec<RuleView>,
    /// What else keeps it out.
    obstacles: Vec<ObstacleView>,
    /// The packs that were asked.
    packs: Vec<PackView>,
    /// What this is not.
    disclaimer: Text,
}

/// Rules that stand against a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct GateCounts {
    /// Not allowed at all.
    prohibited: usize,
    /// Allowed with a licence that is not on record.
    needs_licence: usize,
    /// For which a lawyer's signed opinion is missing.
    human_review: usize,
    /// That only ask for something when it runs, or for saying something.
    informational: usize,
}

/// How grave a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleLevel {
    /// Not allowed.
    Prohibited,
    /// Only with a licence on record.
    NeedsLicence,
    /// Only with a lawyer's signed opinion.
    HumanReview,
    /// Something must be in place when the programme runs.
    Control,
    /// Something everybody concerned should be told.
    Disclose,
}

/// What a rule that fires means for running live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleBearing {
    /// It keeps the plan out.
    Refuses,
    /// A licence on record settles it.
    Licensed,
    /// A signed opinion settles it.
    Reviewed,
    /// It does not decide.
    ToKnow,
}

/// A rule that fires (LINT-2).
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleView {
    /// Permanent id.
    id: String,
    /// Whose rule it is.
    jurisdiction: String,
    /// How grave it is.
    level: RuleLevel,
    /// What it means for running live.
    bearing: RuleBearing,
    /// Whether it fires for certain, or because what nobody declared counts as the worst case.
    certain: bool,
    /// One line.
    title: Text,
    /// Why, in plain words.
    explanation: Text,
    /// What to change.
    change: Text,
    /// The law, notice or case.
    source: String,
    /// Which articles of it.
    article: String,
    /// From which day it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// Until which day.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// `law`, `regulator_notice`, `platform_rule`, `project_policy`.
    basis: String,
    /// How the source is known: `P` was read, `S2` and `S1` second hand, `D` the project's own, `U` unverified.
    evidence: String,
    /// What to know of the evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence_note: Option<Text>,
    /// The facts that made it fire.
    facts: Vec<FactView>,
}

/// A fact about a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct FactView {
    /// Its permanent name.
    fact: String,
    /// What it says.
    text: Text,
    /// Its value; absent where nobody declared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// Who declared it, where somebody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_by: Option<String>,
}

/// What keeps a plan out besides rules.
#[derive(Serialize, ToSchema)]
pub(crate) struct ObstacleView {
    /// `gate_no_pack`, `gate_pack_thin`, `gate_arithmetic`, `gate_not_its_text`.
    code: String,
    /// What it is and what to do.
    text: Text,
}

/// A rule pack.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackView {
    /// Where it stands.
    file: String,
    /// Whose rules it holds.
    jurisdiction: String,
    /// SHA-256 of its bytes.
    sha256: HashText,
    /// Up to which day sources were looked at.
    researched: String,
}

/// A key that two plans set differently (AMEND-2).
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct PlanChange {
    /// The key, in a list with the item's id.
    key: String,
    /// As it was; absent where it was not set.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    /// As it becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
    /// Whether it takes something from members (AMEND-4).
    adverse: bool,
    /// What the key binds: `fixed`, `order`, `grant`, `request`, `programme` (AMEND-3).
    binds: String,
}

/// What two plans do to the same equal buyers.
#[derive(Serialize, ToSchema)]
pub(crate) struct PopulationView {
    /// Under this text; absent where it has no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PopulationFigures>,
    /// Under the plan in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_force: Option<PopulationFigures>,
    /// How buyers fare under this text against the plan in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<PopulationCompared>,
    /// Why there is no result.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Text>,
}

/// What became of equal buyers: each buys once, everything settles, nobody sells, no lot is drawn.
#[derive(Serialize, ToSchema)]
pub(crate) struct PopulationFigures {
    /// How many.
    buyers: u64,
    /// What each spent.
    spend: Amount,
    /// Whose cash and points are worth at least their spend.
    whole: u64,
    /// Of them those who have it in cash.
    in_cash: u64,
    /// Outcome of the buyer in the middle: cash and what points would bring, net.
    middle: Amount,
    /// Of the last buyer.
    newest: Amount,
    /// From which the best hundredth begins.
    best_hundredth: Amount,
    /// The most that all buyers together can ever get through points, of 100.
    members_of_hundred: Amount,
    /// Where the money went, of 100.
    hundred: Vec<PopulationPart>,
    /// Entries of the run's journal.
    entries: u64,
    /// Digest of the final state: the same plan leads to the same one.
    digest: HashText,
}

/// A part of 100.
#[derive(Serialize, ToSchema)]
pub(crate) struct PopulationPart {
    /// `cost`, `commission`, `funds`, `platform`, `pool_paid`, `pool_held`, `pool_residual`, `pool_issuer`, `pending`.
    to: String,
    /// Of 100.
    of_hundred: Amount,
}

/// How buyers fare against the plan in force, one by one.
#[derive(Serialize, ToSchema)]
pub(crate) struct PopulationCompared {
    /// Who comes out with more.
    better: u64,
    /// Who comes out with less.
    worse: u64,
    /// Who comes out with the same.
    same: u64,
    /// Parts of 100 that differ: who gains and who loses besides.
    parts: Vec<PartCompared>,
}

/// A part of 100 that differs.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartCompared {
    /// As in `hundred`.
    to: String,
    /// Under the plan in force.
    before: Amount,
    /// Under this text.
    after: Amount,
}

/// The rules that are part of the binary.
pub(crate) fn book() -> &'static RuleBook {
    static BOOK: OnceLock<RuleBook> = OnceLock::new();
    BOOK.get_or_init(RuleBook::built_in)
}

/// A text in both languages.
pub(crate) fn text_of(message: &Message) -> Text {
    Text { zh: message.zh.clone(), en: message.en.clone() }
}

fn both(zh: &str, en: &str) -> Text {
    Text { zh: zh.to_owned(), en: en.to_owned() }
}

impl PlanCheckView {
    /// Of a text that is no plan.
    pub(crate) fn of_errors(text: &str, errors: PlanErrors) -> PlanCheckView {
        let error = |error: ratchet_engine::plan::PlanError| PlanErrorView {
            line: error.line,
            column: error.column,
            code: error.message.code.to_owned(),
            text: text_of(&error.message),
        };
        PlanCheckView {
            sha256: super::hash_of(text),
            errors: errors.errors.into_iter().map(error).collect(),
            keys: keys_of(text),
            read: None,
            changes: None,
            earliest: None,
            refusal: None,
            population: None,
        }
    }

    /// Of a plan, by itself.
    pub(crate) fn of_plan(plan: &Plan, opinions: &Opinions, on: Day) -> PlanCheckView {
        let verdict = judge(plan, book(), opinions, &plan.programme.jurisdictions, on, &[]);
        PlanCheckView {
            sha256: super::hash_of(&plan.source),
            errors: Vec::new(),
            keys: keys_of(&plan.source),
            read: Some(PlanRead {
                name: Text::from(&plan.programme.name),
                kind: match plan.programme.mode {
                    Mode::Sandbox => super::super::programmes::ProgrammeKind::Sandbox,
                    Mode::Live => super::super::programmes::ProgrammeKind::Live,
                },
                findings: findings(plan),
                gate: GateView::of(&verdict),
            }),
            changes: None,
            earliest: None,
            refusal: None,
            population: None,
        }
    }

    /// Whether the rules let it run live.
    pub(crate) fn passes(&self) -> bool {
        self.read.as_ref().is_some_and(|read| read.gate.passes)
    }

    /// With what it does to equal buyers.
    pub(crate) fn with_population(
        self,
        currency: &ratchet_engine::amount::Currency,
        plan: Found,
        in_force: Option<Found>,
    ) -> PlanCheckView {
        let problem = plan.as_ref().err().map(text_of);
        let (plan, in_force) = (plan.ok(), in_force.and_then(Result::ok));
        let compared = plan.as_ref().zip(in_force.as_ref()).map(|(plan, old)| compared(plan, old, currency));
        let figures = |found: &Answer| figures(found, currency);
        let population = PopulationView {
            plan: plan.as_deref().map(figures),
            in_force: in_force.as_deref().map(figures),
            compared,
            problem,
        };
        PlanCheckView { population: Some(population), ..self }
    }

    /// With how it stands to the plan of a running programme.
    pub(crate) fn against(
        self,
        changes: Option<Vec<PlanChange>>,
        earliest: Timestamp,
        refusal: Option<crate::problem::ProblemBody>,
    ) -> PlanCheckView {
        PlanCheckView { changes, earliest: Some(earliest.into()), refusal, ..self }
    }
}

/// What the arithmetic says of a plan, each with the line that it is about.
pub(crate) fn findings(plan: &Plan) -> Vec<Finding> {
    let finding = |finding: ratchet_engine::lint::Finding| Finding {
        code: finding.code.to_owned(),
        level: match finding.severity {
            Severity::Error => FindingLevel::Error,
            Severity::Warning => FindingLevel::Warning,
            Severity::Note => FindingLevel::Note,
        },
        title: Text::from(&finding.title),
        text: Text::from(&finding.explanation),
        key: finding.key.map(str::to_owned),
        line: finding.key.and_then(|key| line_of(&plan.source, key)),
    };
    lint(plan).into_iter().map(finding).collect()
}

/// The line on which a text sets a key, else that of its section.
pub(super) fn line_of(text: &str, key: &str) -> Option<usize> {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let (mut inside, mut of_section) = (section.is_empty(), None);
    for (number, line) in (1..).zip(text.lines()) {
        let bare = line.split('#').next().unwrap_or_default().trim();
        if bare.starts_with('[') {
            let header = bare.trim_matches(['[', ']']).trim();
            inside = header == section;
            if inside || header == key {
                of_section.get_or_insert(number);
            }
        } else if inside && bare.split('=').next().unwrap_or_default().trim() == name && bare.contains('=') {
            return Some(number);
        }
    }
    of_section
}

impl GateView {
    /// As the gate says it.
    pub(crate) fn of(verdict: &Verdict<'_>) -> GateView {
        let packs = book().packs().iter().filter(|pack| verdict.jurisdictions.contains(&pack.jurisdiction));
        GateView {
            passes: verdict.passes(),
            on: verdict.on.to_string(),
            jurisdictions: verdict.jurisdictions.clone(),
            counts: GateCounts::of(verdict),
            rules: verdict.rules.iter().map(rule).collect(),
            obstacles: verdict.obstacles.iter().map(obstacle_view).collect(),
            packs: packs
                .map(|pack| PackView {
                    file: pack.file.clone(),
                    jurisdiction: pack.jurisdiction.clone(),
                    sha256: HashText(pack.sha256.clone()),
                    researched: pack.researched.to_string(),
                })
                .collect(),
            disclaimer: Text::from(&disclaimer(book())),
        }
    }
}

impl GateCounts {
    fn of(verdict: &Verdict<'_>) -> GateCounts {
        let refusing = |severity: RuleSeverity| {
            verdict.refusing().filter(|finding| finding.severity() == severity).count()
        };
        GateCounts {
            prohibited: refusing(RuleSeverity::Prohibited),
            needs_licence: refusing(RuleSeverity::NeedsLicence),
            human_review: refusing(RuleSeverity::HumanReview),
            informational: verdict
                .rules
                .iter()
                .filter(|judged| judged.bearing == Bearing::Informational)
                .count(),
        }
    }
}

/// Why a plan is not run live, as a refusal: every rule with its article, and what else keeps it out.
pub(crate) fn refused(verdict: &Verdict<'_>) -> Problem {
    let rules = verdict.refusing().map(|finding| {
        let rule = finding.rule;
        let (source, article) = (rule.source.as_str(), rule.article.as_str());
        Message::from(ServerFault::GateRule { rule: &rule.id, title: Both(&rule.title), source, article })
    });
    let against: Vec<Message> = rules.chain(verdict.obstacles.iter().map(obstacle)).collect();
    let problem = Problem::new(ServerFault::GateRefused { count: against.len() });
    against.into_iter().fold(problem, |problem, message| problem.at("/plan", message))
}

fn obstacle(obstacle: &Obstacle) -> Message {
    match obstacle {
        Obstacle::NoPack(jurisdiction) => ServerFault::GateNoPack { jurisdiction }.into(),
        Obstacle::InsufficientRules(jurisdiction) => ServerFault::GatePackThin { jurisdiction }.into(),
        Obstacle::Arithmetic(finding) => ServerFault::GateArithmetic { finding }.into(),
        Obstacle::NotItsText => ServerFault::GateNotItsText {}.into(),
    }
}

fn obstacle_view(found: &Obstacle) -> ObstacleView {
    let message = obstacle(found);
    ObstacleView { code: message.code.to_owned(), text: text_of(&message) }
}

fn rule(judged: &AssessedFinding<'_>) -> RuleView {
    let (finding, rule) = (&judged.finding, judged.finding.rule);
    RuleView {
        id: rule.id.clone(),
        jurisdiction: rule.jurisdiction.clone(),
        level: match finding.severity() {
            RuleSeverity::Prohibited => RuleLevel::Prohibited,
            RuleSeverity::NeedsLicence => RuleLevel::NeedsLicence,
            RuleSeverity::HumanReview => RuleLevel::HumanReview,
            RuleSeverity::Control => RuleLevel::Control,
            RuleSeverity::Disclose => RuleLevel::Disclose,
        },
        bearing: match judged.bearing {
            Bearing::Refuses => RuleBearing::Refuses,
            Bearing::Licensed(_) => RuleBearing::Licensed,
            Bearing::Reviewed(_) => RuleBearing::Reviewed,
            Bearing::Informational => RuleBearing::ToKnow,
        },
        certain: finding.certain,
        title: Text::from(&rule.title),
        explanation: Text::from(&rule.explanation),
        change: Text::from(&rule.change),
        source: rule.source.clone(),
        article: rule.article.clone(),
        from: rule.from.map(|day| day.to_string()),
        to: rule.to.map(|day| day.to_string()),
        basis: rule.basis.name().to_owned(),
        evidence: rule.evidence.name().to_owned(),
        evidence_note: rule.evidence_note.as_ref().map(Text::from),
        facts: finding.reasons.iter().map(fact).collect(),
    }
}

fn fact(known: &Known) -> FactView {
    let value = |value: Value| match value {
        Value::Switch(is) => is.to_string(),
        Value::Whole(whole) => whole.to_string(),
        Value::Rate(ppm) => u32::try_from(ppm).map_or_else(
            |_| format!("{ppm} ppm"),
            |ppm| ratchet_engine::amount::Rate::from_ppm(ppm).to_string(),
        ),
        Value::Name(name) => name.to_owned(),
    };
    FactView {
        fact: known.fact.name.to_owned(),
        text: both(known.fact.zh, known.fact.en),
        value: known.value.map(value),
        declared_by: match &known.told {
            Told::By(declared) => Some(declared.by.clone()),
            Told::ByPlan | Told::ByBehaviour | Told::ByNobody => None,
        },
    }
}

/// How a plan differs from another one: what the engine finds when a programme without members is amended. `None` where a key differs
/// that nobody changes.
pub(crate) fn changes(old: &Plan, new: &Plan) -> Option<Vec<PlanChange>> {
    // Nothing depends on the mode but the gate, which has been asked.
    let sandbox = |plan: &Plan| match plan.programme.mode {
        Mode::Sandbox => Some(plan.clone()),
        Mode::Live => {
            Plan::parse("plan", &with_setting(&plan.source, "programme.mode", "\"sandbox\"").ok()?).ok()
        }
    };
    if old.programme.mode != new.programme.mode {
        return None;
    }
    let (old, new) = (sandbox(old)?, sandbox(new)?);
    let (calendar, days) = (old.programme.calendar.clone(), old.programme.notice_days);
    let mut engine = Engine::genesis(old);
    let id = |text: &str| Id::new(text).expect("an id");
    let begin = Timestamp::from_us(0).expect("1970");
    let effective_at = calendar.next_midnight(begin.plus_days(days.checked_add(1)?)?);
    let envelope = Envelope {
        key: id("draft"),
        at: begin,
        happened_at: None,
        actor: id("draft"),
        command: Command::PlanPropose {
            version: id("draft"),
            plan: new.source,
            opinions: None,
            effective_at,
        },
    };
    match engine.submit(&envelope) {
        Outcome::Applied { .. } => engine.examined("draft").map(|(changes, _)| changes_of(&changes)),
        Outcome::Duplicate { .. } | Outcome::Rejected(_) => None,
    }
}

/// Changes as they are shown.
pub(crate) fn changes_of(changes: &[ratchet_engine::amendment::Change]) -> Vec<PlanChange> {
    let shown = |value: &Option<ratchet_engine::amendment::KeyValue>| {
        value.as_ref().map(|value| value.text().to_owned())
    };
    let change = |change: &ratchet_engine::amendment::Change| PlanChange {
        key: change.key(),
        old: shown(&change.old),
        new: shown(&change.new),
        adverse: change.sense == ratchet_engine::amendment::Sense::Adverse,
        binds: change.row.binds.name().to_owned(),
    };
    changes.iter().map(change).collect()
}

fn leg(leg: Leg) -> &'static str {
    super::super::truth::leg_name(leg)
}

fn part(part: &Destination, currency: &ratchet_engine::amount::Currency) -> PopulationPart {
    PopulationPart { to: leg(part.leg).to_owned(), of_hundred: Amount::of(part.of_hundred, currency) }
}

fn figures(found: &Answer, currency: &ratchet_engine::amount::Currency) -> PopulationFigures {
    let amount = |money| Amount::of(money, currency);
    let (disclosure, newest) = (&found.disclosure, found.newest());
    let value = |buyer: Option<Buyer>| {
        amount(buyer.map_or(ratchet_engine::amount::Money::ZERO, |buyer| buyer.outcome.value()))
    };
    PopulationFigures {
        buyers: disclosure.buyers,
        spend: amount(newest.map_or(ratchet_engine::amount::Money::ZERO, |buyer| buyer.outcome.spent)),
        whole: disclosure.outcomes.at_least_one.members,
        in_cash: disclosure.outcomes.in_cash[0].members,
        middle: value(found.at_percent(50)),
        newest: value(newest),
        best_hundredth: value(found.at_percent(99)),
        members_of_hundred: amount(found.per_hundred(disclosure.conservation.payable)),
        hundred: disclosure.hundred.iter().map(|each| part(each, currency)).collect(),
        entries: found.entries,
        digest: HashText(found.digest.clone()),
    }
}

fn compared(plan: &Answer, old: &Answer, currency: &ratchet_engine::amount::Currency) -> PopulationCompared {
    use std::cmp::Ordering;
    let pairs =
        || plan.buyers.iter().map(MemberOutcome::value).zip(old.buyers.iter().map(MemberOutcome::value));
    let count = |wanted: Ordering| pairs().filter(|(new, old)| new.cmp(old) == wanted).count() as u64;
    let of = |found: &Answer, leg: Leg| {
        let part = found.disclosure.hundred.iter().find(|part| part.leg == leg);
        part.map_or(ratchet_engine::amount::Money::ZERO, |part| part.of_hundred)
    };
    let mut legs: Vec<Leg> =
        plan.disclosure.hundred.iter().chain(&old.disclosure.hundred).map(|part| part.leg).collect();
    legs.sort_unstable();
    legs.dedup();
    let parts = legs.into_iter().filter(|leg| of(plan, *leg) != of(old, *leg)).map(|each| PartCompared {
        to: leg(each).to_owned(),
        before: Amount::of(of(old, each), currency),
        after: Amount::of(of(plan, each), currency),
    });
    PopulationCompared {
        better: count(Ordering::Greater),
        worse: count(Ordering::Less),
        same: count(Ordering::Equal),
        parts: parts.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_on_its_line() {
        let text = "[programme] # first\nmode = \"sandbox\"\n\n[pool.exit]\n# multiple = 2\nmultiple = 3\n";
        assert_eq!(line_of(text, "pool.exit.multiple"), Some(6));
        assert_eq!(line_of(text, "pool.exit.basis"), Some(4), "its section");
        assert_eq!(line_of(text, "programme.mode"), Some(2));
        assert_eq!(line_of(text, "split.cost"), None);
    }
}
