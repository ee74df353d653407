//! The live gate (GATE-1): what a plan needs before it may handle real money, and the pass that only the gate gives.
//!
//! An [`Engine`](crate::engine::Engine) begins with something [`Admitted`]. A sandbox plan is admitted as it is; a
//! live one only by [`admit`], which asks the rule packs. There is no other way and no switch.

mod opinions;

pub use opinions::{OPINIONS_MAX, Opinion, Opinions};

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::lint::rules::{Facts, RuleBook, RuleFinding, RuleSeverity, Value};
use crate::lint::{Finding, Severity, lint};
use crate::plan::{LicenceRecord, Mode, Plan};
use crate::time::Day;
use crate::wire::{self, Decoder, Encoder, Kind, Types, Wire, WireError};

/// The SHA-256 of a plan's text, in hexadecimal digits: what an opinion names.
pub fn plan_sha256(plan: &Plan) -> String {
    let hash: [u8; 32] = Sha256::digest(plan.source.as_bytes()).into();
    crate::hash::hex(&hash)
}

/// What a rule that fires means for live use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bearing {
    /// It keeps the plan out.
    Refuses,
    /// It would, and a licence on record settles it.
    Licensed(Box<LicenceRecord>),
    /// It would, and a signed opinion covers it.
    Reviewed(Box<Opinion>),
    /// It does not decide.
    Informational,
}

/// A rule that fires, and what it means for live use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssessedFinding<'b> {
    /// The rule and why it fires.
    pub finding: RuleFinding<'b>,
    /// What it means.
    pub bearing: Bearing,
}

/// Why a plan is kept out apart from rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// There is no pack for a jurisdiction it is offered in.
    NoPack(String),
    /// The packs of a jurisdiction say too little to let anything pass.
    InsufficientRules(String),
    /// The arithmetic says that it cannot work as written (LINT-1).
    Arithmetic(&'static str),
    /// The plan is not what its text says: it was changed after it was read.
    NotItsText,
}

/// What the gate says of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict<'b> {
    /// The day it was asked for.
    pub on: Day,
    /// Whose rules were asked.
    pub jurisdictions: Vec<String>,
    /// What is known of every fact.
    pub facts: Facts,
    /// Every rule that fires, the gravest first.
    pub rules: Vec<AssessedFinding<'b>>,
    /// What the arithmetic says, the gravest first.
    pub arithmetic: Vec<Finding>,
    /// What else keeps the plan out.
    pub obstacles: Vec<Obstacle>,
    /// Opinions that were handed in and count for nothing, with the reason.
    pub void: Vec<(Opinion, VoidReason)>,
    /// SHA-256 of the plan's text.
    pub plan_sha256: String,
}

/// Why an opinion counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidReason {
    /// It is about another text: the plan was changed after it.
    OtherPlan,
    /// It is dated after the day of the check.
    Later,
    /// It names no rule that fires and can be settled by an opinion.
    NothingToReview,
}

impl Verdict<'_> {
    /// Whether the plan may be run live.
    pub fn passes(&self) -> bool {
        self.obstacles.is_empty() && self.rules.iter().all(|judged| judged.bearing != Bearing::Refuses)
    }

    /// What keeps it out, in words that stay: ids of rules, `no_pack:CN`, `pack_too_thin:CN`, `arithmetic:` and the code,
    /// `not_its_text`.
    pub fn reasons(&self) -> Vec<String> {
        let obstacles = self.obstacles.iter().map(|obstacle| match obstacle {
            Obstacle::NoPack(jurisdiction) => format!("no_pack:{jurisdiction}"),
            Obstacle::InsufficientRules(jurisdiction) => format!("pack_too_thin:{jurisdiction}"),
            Obstacle::Arithmetic(code) => format!("arithmetic:{code}"),
            Obstacle::NotItsText => "not_its_text".to_owned(),
        });
        self.refusing().map(|finding| finding.rule.id.to_string()).chain(obstacles).collect()
    }

    /// The rules that keep it out.
    pub fn refusing(&self) -> impl Iterator<Item = &RuleFinding<'_>> {
        self.rules.iter().filter(|judged| judged.bearing == Bearing::Refuses).map(|judged| &judged.finding)
    }
}

/// Asks the rules about a plan: as live, on a day, with the opinions handed in and what a running programme showed.
pub fn judge<'b>(
    plan: &Plan,
    book: &'b RuleBook,
    opinions: &Opinions,
    jurisdictions: &[String],
    on: Day,
    observed: &[(&'static str, Value)],
) -> Verdict<'b> {
    let facts = Facts::of(plan, on, observed);
    let plan_sha256 = plan_sha256(plan);
    let findings = book.findings(&facts, jurisdictions, on);
    let rules: Vec<AssessedFinding<'b>> = findings
        .into_iter()
        .map(|finding| {
            let bearing = bearing(&finding, plan, opinions, &plan_sha256, on);
            AssessedFinding { finding, bearing }
        })
        .collect();
    let mut obstacles = Vec::new();
    for jurisdiction in jurisdictions {
        let mut packs = book.packs_of(jurisdiction).peekable();
        if packs.peek().is_none() {
            obstacles.push(Obstacle::NoPack(jurisdiction.clone()));
        } else if !packs.any(|pack| pack.live) {
            obstacles.push(Obstacle::InsufficientRules(jurisdiction.clone()));
        }
    }
    let arithmetic = lint(plan);
    obstacles.extend(
        arithmetic
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| Obstacle::Arithmetic(finding.code)),
    );
    let used = |opinion: &Opinion| {
        rules.iter().any(|judged| matches!(&judged.bearing, Bearing::Reviewed(by) if **by == *opinion))
    };
    let void = opinions.all().iter().filter(|opinion| !used(opinion)).map(|opinion| {
        let reason = if opinion.plan != plan_sha256 {
            VoidReason::OtherPlan
        } else if opinion.at > on {
            VoidReason::Later
        } else {
            VoidReason::NothingToReview
        };
        (opinion.clone(), reason)
    });
    let void = void.collect();
    Verdict {
        on,
        jurisdictions: jurisdictions.to_vec(),
        facts,
        rules,
        arithmetic,
        obstacles,
        void,
        plan_sha256,
    }
}

fn bearing(
    finding: &RuleFinding<'_>,
    plan: &Plan,
    opinions: &Opinions,
    plan_sha256: &str,
    on: Day,
) -> Bearing {
    match finding.severity() {
        RuleSeverity::Prohibited => Bearing::Refuses,
        RuleSeverity::NeedsLicence => {
            let record = finding.rule.licence.and_then(|licence| {
                let declared = plan.facts.iter().find(|declared| declared.fact.name == licence.name)?;
                declared.licence.as_ref().filter(|record| record.from <= on && on <= record.until)
            });
            record.map_or(Bearing::Refuses, |record| Bearing::Licensed(Box::new(record.clone())))
        }
        RuleSeverity::HumanReview => opinions
            .all()
            .iter()
            .find(|opinion| {
                opinion.plan == plan_sha256 && opinion.at <= on && opinion.rules.contains(&finding.rule.id)
            })
            .map_or(Bearing::Refuses, |opinion| Bearing::Reviewed(Box::new(opinion.clone()))),
        RuleSeverity::Control | RuleSeverity::Disclose => Bearing::Informational,
    }
}

/// A plan that may be run. Its fields cannot be changed any more.
#[derive(Clone, Debug)]
pub struct Admitted {
    plan: Plan,
    pass: Option<Pass>,
    /// The rules that were asked: those of amendments too.
    rules: Option<Arc<RuleBook>>,
}

/// What a live programme was admitted by; written into the first entry of its journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// The day of the check.
    on: String,
    /// SHA-256 of each pack asked, in order.
    packs: Vec<String>,
    /// The opinions handed in.
    opinions: Vec<Opinion>,
}

/// JSON, as in the text form of a journal.
impl Wire for Pass {
    fn write(&self, out: &mut Encoder) {
        out.text(&serde_json::to_string(self).expect("a pass is JSON"));
    }

    fn read(input: &mut Decoder<'_>) -> Result<Pass, WireError> {
        serde_json::from_str(input.text()?).map_err(|error| WireError::new(error.to_string()))
    }

    fn kind(types: &mut Types) -> Kind {
        String::kind(types)
    }

    fn from_value(value: wire::Value) -> Result<Pass, WireError> {
        serde_json::from_str(&value.text()?).map_err(|error| WireError::new(error.to_string()))
    }
}

impl Pass {
    /// What was asked on a day.
    pub(crate) fn of(book: &RuleBook, opinions: &Opinions, on: Day) -> Pass {
        let packs = book.packs().iter().map(|pack| pack.sha256.clone()).collect();
        Pass { on: on.to_string(), packs, opinions: opinions.all().to_vec() }
    }

    /// The day of the check.
    pub fn on(&self) -> &str {
        &self.on
    }

    /// SHA-256 of each rule pack that was asked.
    pub fn packs(&self) -> &[String] {
        &self.packs
    }

    /// The opinions it rests on.
    pub fn opinions(&self) -> &[Opinion] {
        &self.opinions
    }

    /// Asks this version's rules again for the plan of a journal. `None` if it was admitted by other packs than
    /// this version has, so that nobody can ask them.
    pub(crate) fn again(&self, plan: &Plan) -> Option<bool> {
        let book = RuleBook::built_in();
        if !book.packs().iter().map(|pack| &pack.sha256).eq(&self.packs) {
            return None;
        }
        self.reasons_of(plan, &book).map(|reasons| reasons.is_empty())
    }

    /// What this version's rules say on the day of the check, whatever packs were asked besides. `None` if this version's are not
    /// among them.
    pub(crate) fn reasons(&self, plan: &Plan) -> Option<Vec<String>> {
        self.asks_built_in().then(|| self.reasons_of(plan, &RuleBook::built_in())).flatten()
    }

    /// Whether this version's packs were asked.
    pub(crate) fn asks_built_in(&self) -> bool {
        RuleBook::built_in().packs().iter().all(|pack| self.packs.contains(&pack.sha256))
    }

    fn reasons_of(&self, plan: &Plan, book: &RuleBook) -> Option<Vec<String>> {
        let on = Day::parse(&self.on)?;
        let opinions = Opinions::of(self.opinions.clone());
        Some(judge(plan, book, &opinions, &plan.programme.jurisdictions, on, &[]).reasons())
    }
}

impl Admitted {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Of a live plan, what it was admitted by.
    pub fn pass(&self) -> Option<&Pass> {
        self.pass.as_ref()
    }

    pub(crate) fn into_parts(self) -> (Plan, Option<Pass>, Option<Arc<RuleBook>>) {
        (self.plan, self.pass, self.rules)
    }

    /// The plan of a journal, with what it was admitted by; the caller has checked that. It brings no rules.
    pub(crate) fn of_journal(plan: Plan, pass: Option<Pass>) -> Admitted {
        Admitted { plan, pass, rules: None }
    }
}

impl From<Plan> for Admitted {
    /// A sandbox plan, which needs no gate.
    ///
    /// # Panics
    /// If the plan is live: whoever runs plans of unknown mode asks [`admit`].
    fn from(plan: Plan) -> Admitted {
        assert!(
            plan.programme.mode == Mode::Sandbox,
            "a live plan is run only with the pass of the gate (GATE-1)"
        );
        Admitted { plan, pass: None, rules: None }
    }
}

/// Admits a plan: a sandbox plan as it is, a live one if the rules of every jurisdiction it names let it pass.
/// The book always holds the built-in packs, so what is added to it can only refuse more.
pub fn admit<'b>(
    plan: Plan,
    book: &'b RuleBook,
    opinions: &Opinions,
    on: Day,
) -> Result<Admitted, Box<Verdict<'b>>> {
    match plan.programme.mode {
        Mode::Sandbox => return Ok(Admitted { plan, pass: None, rules: None }),
        Mode::Live => {}
    }
    let mut verdict = judge(&plan, book, opinions, &plan.programme.jurisdictions, on, &[]);
    // What is judged is what was read: opinions and journals are about the text.
    if Plan::parse("the plan", &plan.source).ok().as_ref() != Some(&plan) {
        verdict.obstacles.push(Obstacle::NotItsText);
    }
    if !verdict.passes() {
        return Err(Box::new(verdict));
    }
    let pass = Pass::of(book, opinions, on);
    Ok(Admitted { plan, pass: Some(pass), rules: Some(Arc::new(book.clone())) })
}
