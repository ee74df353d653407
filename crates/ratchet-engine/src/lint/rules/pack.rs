//! Reading rule packs: TOML in, rules in an order in which each can be evaluated, or every error with its place.

use serde::Deserialize;
use sha2::{Digest, Sha256};
use toml::Spanned;

use super::expression::Expression;
use super::fault::RuleFault;
use crate::facts::{Fact, Kind, fact};
use crate::message::Message;
use crate::plan::{Bilingual, Places, PlanError, PlanErrors, form as form_message};
use crate::time::Day;

/// Largest pack in bytes.
pub const PACK_BYTES_MAX: usize = 1 << 20;
/// Most rules of all packs together.
pub const RULES_MAX: usize = 1_000;
/// How many rules may ask for each other one behind the other with `fired`.
pub const FIRED_CHAIN_MAX: usize = 16;

/// The packs that are part of the binary; what `rules/` in the repository holds.
const BUILT_IN: [(&str, &str); 3] = [
    ("rules/cn.toml", include_str!("../../../../../rules/cn.toml")),
    ("rules/us.toml", include_str!("../../../../../rules/us.toml")),
    ("rules/eu.toml", include_str!("../../../../../rules/eu.toml")),
];

/// How grave it is when a rule fires (GATE-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSeverity {
    /// Not allowed: the plan is not run live.
    Prohibited,
    /// Allowed only with a licence on record.
    NeedsLicence,
    /// A lawyer must have given a signed opinion.
    HumanReview,
    /// Something must be in place when the programme runs.
    Control,
    /// Something everybody concerned should be told.
    Disclose,
}

impl RuleSeverity {
    /// Its name in packs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            RuleSeverity::Prohibited => "prohibited",
            RuleSeverity::NeedsLicence => "needs_licence",
            RuleSeverity::HumanReview => "human_review",
            RuleSeverity::Control => "control",
            RuleSeverity::Disclose => "disclose",
        }
    }
}

/// What a rule rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A law, regulation or decided case.
    Law,
    /// A notice of an authority.
    RegulatorNotice,
    /// The rules of a platform.
    PlatformRule,
    /// This project's own decision.
    ProjectPolicy,
}

impl Basis {
    /// Its name in packs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Law => "law",
            Basis::RegulatorNotice => "regulator_notice",
            Basis::PlatformRule => "platform_rule",
            Basis::ProjectPolicy => "project_policy",
        }
    }
}

/// How the research knows the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Evidence {
    /// The primary text was read.
    P,
    /// Two or more secondary sources agree.
    S2,
    /// One secondary source.
    S1,
    /// A decision of the project, which has no source.
    D,
    /// Unverified: a note and never a verdict.
    U,
}

impl Evidence {
    /// Its mark.
    pub fn name(self) -> &'static str {
        match self {
            Evidence::P => "P",
            Evidence::S2 => "S2",
            Evidence::S1 => "S1",
            Evidence::D => "D",
            Evidence::U => "U",
        }
    }
}

/// A pack of rules of one jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Where it stands.
    pub file: String,
    /// Whose rules they are.
    pub jurisdiction: String,
    /// What it is called.
    pub name: Bilingual,
    /// Up to which day sources were looked at.
    pub researched: Day,
    /// Whether it says enough for the gate; else nothing passes as live under it.
    pub live: bool,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Permanent id.
    pub id: String,
    /// Whose rule it is.
    pub jurisdiction: String,
    /// The law, notice or case.
    pub source: String,
    /// Which articles of it.
    pub article: String,
    /// First day on which it holds; `None` for always.
    pub from: Option<Day>,
    /// Last day.
    pub to: Option<Day>,
    /// How grave it is if its source is verified.
    pub severity: RuleSeverity,
    /// What it rests on.
    pub basis: Basis,
    /// How the source is known.
    pub evidence: Evidence,
    /// What to know of the evidence.
    pub evidence_note: Option<Bilingual>,
    /// The licence that settles a `needs_licence`.
    pub licence: Option<&'static Fact>,
    /// When it fires.
    pub when: Expression,
    /// The same as it is written.
    pub when_text: String,
    /// One line.
    pub title: Bilingual,
    /// Why, in plain words.
    pub explanation: Bilingual,
    /// What to change.
    pub change: Bilingual,
    /// Place of its pack in the book.
    pub pack: usize,
}

impl Rule {
    /// Whether it is in force on this day.
    pub fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// How grave it is here: an unverified rule never is more than something to know.
    pub fn effective_severity(&self) -> RuleSeverity {
        if self.evidence == Evidence::U { RuleSeverity::Disclose } else { self.severity }
    }
}

/// Every rule that is known: the packs of the binary, and what was added to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleBook {
    packs: Vec<Pack>,
    rules: Vec<Rule>,
    /// The rules so that each stands behind those it asks for.
    order: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PackForm {
    pack: HeadForm,
    #[serde(default)]
    rule: Vec<Spanned<RuleForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadForm {
    jurisdiction: Spanned<String>,
    name: BilingualForm,
    researched: Spanned<String>,
    live: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BilingualForm {
    zh: String,
    en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleForm {
    id: Spanned<String>,
    source: String,
    article: String,
    #[serde(default)]
    from: Option<Spanned<String>>,
    #[serde(default)]
    to: Option<Spanned<String>>,
    severity: RuleSeverity,
    basis: Basis,
    evidence: Evidence,
    #[serde(default)]
    evidence_note: Option<BilingualForm>,
    #[serde(default)]
    licence: Option<Spanned<String>>,
    when: Spanned<String>,
    title: BilingualForm,
    explanation: BilingualForm,
    change: BilingualForm,
}

impl From<BilingualForm> for Bilingual {
    fn from(form: BilingualForm) -> Bilingual {
        Bilingual { zh: form.zh, en: form.en }
    }
}

/// Collects what is wrong with a pack.
struct Problems<'s> {
    places: Places<'s>,
    errors: Vec<PlanError>,
}

impl Problems<'_> {
    fn wrong(&mut self, at: usize, message: impl Into<Message>) {
        if self.errors.len() < crate::plan::ERRORS_MAX {
            self.errors.push(self.places.error(at, message));
        }
    }
}

impl RuleBook {
    /// The packs that are part of the binary. There is no book without them.
    pub fn built_in() -> RuleBook {
        let mut book = RuleBook { packs: Vec::new(), rules: Vec::new(), order: Vec::new() };
        for (file, text) in BUILT_IN {
            book.add(file, text).expect("the packs of the binary are read by a test");
        }
        book
    }

    /// Adds a pack. Its rules come on top of those that are there: an id that is known is refused.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), PlanErrors> {
        let refuse = |errors| PlanErrors { file: file.to_owned(), errors };
        if text.len() > PACK_BYTES_MAX {
            let message = RuleFault::PackTooLarge { most: PACK_BYTES_MAX };
            return Err(refuse(vec![Places::new("").error(0, message)]));
        }
        let mut problems = Problems { places: Places::new(text), errors: Vec::new() };
        let form: PackForm = match toml::from_str(text) {
            Ok(form) => form,
            Err(error) => {
                problems.wrong(error.span().map_or(0, |span| span.start), form_message(error.message()));
                return Err(refuse(problems.errors));
            }
        };
        let mut added = self.clone();
        added.read(file, text, form, &mut problems);
        if problems.errors.is_empty() {
            *self = added;
            return Ok(());
        }
        problems.errors.sort_by_key(|error| (error.line, error.column));
        Err(refuse(problems.errors))
    }

    fn read(&mut self, file: &str, text: &str, form: PackForm, problems: &mut Problems<'_>) {
        let place = self.packs.len();
        let head = form.pack;
        let jurisdiction = head.jurisdiction.get_ref().clone();
        if jurisdiction.is_empty()
            || !jurisdiction.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
        {
            problems.wrong(head.jurisdiction.span().start, RuleFault::Jurisdiction {});
        }
        let researched = read_day(&head.researched, problems);
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        self.packs.push(Pack {
            file: file.to_owned(),
            jurisdiction: jurisdiction.clone(),
            name: head.name.into(),
            researched: researched
                .unwrap_or_else(|| crate::time::Calendar::CHINA.day_of(crate::time::Timestamp::MIN)),
            live: head.live,
            sha256: crate::hash::hex(&hash),
        });
        let mut spans = Vec::new();
        for rule in form.rule {
            let at = rule.span().start;
            if self.rules.len() >= RULES_MAX {
                problems.wrong(at, RuleFault::TooMany { most: RULES_MAX });
                break;
            }
            let rule = rule.into_inner();
            let when_at = rule.when.span().start;
            if let Some(rule) = self.rule(rule, &jurisdiction, place, text, problems) {
                spans.push((self.rules.len(), when_at));
                self.rules.push(rule);
            }
        }
        self.put_in_order(&spans, problems);
    }

    fn rule(
        &self,
        form: RuleForm,
        jurisdiction: &str,
        pack: usize,
        text: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Rule> {
        let (id, id_at) = (form.id.get_ref().clone(), form.id.span().start);
        let prefix = format!("{jurisdiction}-");
        if !id.starts_with(&prefix)
            || !id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
        {
            problems.wrong(id_at, RuleFault::Id { prefix: &prefix });
        }
        if self.rules.iter().any(|rule| rule.id == id) {
            problems.wrong(id_at, RuleFault::IdTaken { rule: &id });
        }
        let from = form.from.as_ref().and_then(|from| read_day(from, problems));
        let to = form.to.as_ref().and_then(|to| read_day(to, problems));
        if let (Some(from), Some(to), Some(at)) = (from, to, &form.to)
            && to < from
        {
            problems.wrong(at.span().start, RuleFault::Ends {});
        }
        let licence = form.licence.as_ref().and_then(|name| {
            let found = fact(name.get_ref()).filter(|fact| fact.kind == Kind::Licence);
            if found.is_none() {
                problems.wrong(name.span().start, RuleFault::NoLicence {});
            }
            found
        });
        if (form.severity == RuleSeverity::NeedsLicence) != form.licence.is_some() {
            problems.wrong(id_at, RuleFault::LicenceNamed {});
        }
        let basis_fits = (form.basis == Basis::ProjectPolicy) == (form.evidence == Evidence::D)
            || (form.basis == Basis::ProjectPolicy && form.evidence != Evidence::U);
        if !basis_fits {
            problems.wrong(id_at, RuleFault::Evidence {});
        }
        for (name, said) in
            [("title", &form.title), ("explanation", &form.explanation), ("change", &form.change)]
        {
            if said.zh.trim().is_empty() || said.en.trim().is_empty() {
                problems.wrong(id_at, RuleFault::BothLanguages { name });
            }
        }
        let span = form.when.span();
        let when_text = form.when.into_inner();
        let when = match Expression::parse(&when_text) {
            Ok(when) => Some(when),
            Err(error) => {
                // A text without escapes stands in the file as it is, so the very place can be shown.
                let inside = text
                    .get(span.clone())
                    .and_then(|raw| raw.find(&when_text))
                    .map(|quotes| span.start + quotes + error.at);
                problems.wrong(inside.unwrap_or(span.start), error.message);
                None
            }
        };
        Some(Rule {
            id,
            jurisdiction: jurisdiction.to_owned(),
            source: form.source,
            article: form.article,
            from,
            to,
            severity: form.severity,
            basis: form.basis,
            evidence: form.evidence,
            evidence_note: form.evidence_note.map(Bilingual::from),
            licence,
            when: when?,
            when_text,
            title: form.title.into(),
            explanation: form.explanation.into(),
            change: form.change.into(),
            pack,
        })
    }

    /// Puts the rules in an order in which each stands behind those it asks for; a circle is an error.
    fn put_in_order(&mut self, spans: &[(usize, usize)], problems: &mut Problems<'_>) {
        let place_of = |rule: usize| spans.iter().find(|(at, _)| *at == rule).map_or(0, |(_, place)| *place);
        // Settled from the rules that ask nothing upwards.
        let mut settled = vec![false; self.rules.len()];
        for (at, rule) in self.rules.iter().enumerate() {
            for pattern in rule.when.fired() {
                if self.matching(pattern).next().is_none() {
                    problems.wrong(place_of(at), RuleFault::FiredNothing { pattern });
                }
                let unverified =
                    |asked: usize| self.rules.get(asked).is_some_and(|asked| asked.evidence == Evidence::U);
                if rule.evidence != Evidence::U && self.matching(pattern).any(unverified) {
                    problems.wrong(place_of(at), RuleFault::FiredUnverified { pattern });
                }
            }
        }
        let asked: Vec<Vec<usize>> = self
            .rules
            .iter()
            .map(|rule| rule.when.fired().into_iter().flat_map(|pattern| self.matching(pattern)).collect())
            .collect();
        let mut order = Vec::new();
        // Each pass settles at least one more link of every chain.
        for _ in 0..=FIRED_CHAIN_MAX {
            for (at, asked) in asked.iter().enumerate() {
                let is_settled = |at: &usize| settled.get(*at).copied().unwrap_or(false);
                if !is_settled(&at) && asked.iter().all(is_settled) {
                    order.push(at);
                }
            }
            for at in &order {
                if let Some(slot) = settled.get_mut(*at) {
                    *slot = true;
                }
            }
        }
        for (at, rule) in self.rules.iter().enumerate().filter(|(at, _)| !order.contains(at)) {
            problems.wrong(place_of(at), RuleFault::FiredCircle { rule: &rule.id, most: FIRED_CHAIN_MAX });
        }
        self.order = order;
    }

    /// The places of the rules that an id or a pattern such as `CN-PYR-*` means.
    pub(super) fn matching<'p>(&'p self, pattern: &'p str) -> impl Iterator<Item = usize> + 'p {
        let begins = pattern.strip_suffix('*');
        let means = move |id: &str| begins.map_or(id == pattern, |begins| id.starts_with(begins));
        self.rules.iter().enumerate().filter(move |(_, rule)| means(&rule.id)).map(|(at, _)| at)
    }

    /// Every pack, the built-in ones first.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// Every rule, in the order of packs and files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The packs of a jurisdiction.
    pub fn packs_of<'b>(&'b self, jurisdiction: &'b str) -> impl Iterator<Item = &'b Pack> {
        self.packs.iter().filter(move |pack| pack.jurisdiction == jurisdiction)
    }

    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }
}

fn read_day(text: &Spanned<String>, problems: &mut Problems<'_>) -> Option<Day> {
    let day = Day::parse(text.get_ref());
    if day.is_none() {
        problems.wrong(text.span().start, RuleFault::Day {});
    }
    day
}
