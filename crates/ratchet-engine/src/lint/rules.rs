//! Rule packs: what laws, notices and the project's own policy ask of a plan (LINT-2).
//!
//! A rule is data: where it comes from, from when to when it holds, a predicate over facts, how grave it is, and
//! what to do about it, in both languages. The packs in `rules/` are part of the binary; others may be added
//! to them and none replaces them. A rule of which the research could not verify the source says so as a note
//! and never decides. That no rule fired is not a clearance.

mod derived;
mod expression;
mod facts;
mod fault;
mod pack;

pub use expression::{
    DEPTH_MAX, Expression, ExpressionError, PREDICATE_BYTES_MAX, RATE_PPM_MAX, Truth, World,
};
pub use facts::{Facts, Known, Told};
pub use fault::RuleFault;
pub use pack::{
    Basis, Evidence, FIRED_CHAIN_MAX, PACK_BYTES_MAX, Pack, RULES_MAX, Rule, RuleBook, RuleSeverity,
};

pub use crate::facts::{ANY_DEPTH, FACTS, Fact, Kind, Origin, Value, WHOLE_MAX, fact};
use crate::plan::Bilingual;
use crate::time::Day;

/// A rule that fires for a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFinding<'b> {
    /// Which.
    pub rule: &'b Rule,
    /// The pack it stands in.
    pub pack: &'b Pack,
    /// Whether it fires for certain, or because facts that nobody declared count as the worst case.
    pub certain: bool,
    /// The facts that made it fire.
    pub reasons: Vec<Known>,
    /// The rules it asks for with `fired` that fire.
    pub follows: Vec<&'b str>,
}

impl RuleFinding<'_> {
    /// How grave it is here: an unverified rule never is more than something to know.
    pub fn severity(&self) -> RuleSeverity {
        self.rule.effective_severity()
    }

    /// The facts nobody declared that would have to be known for it not to fire.
    pub fn undeclared(&self) -> impl Iterator<Item = &Known> {
        self.reasons.iter().filter(|known| known.value.is_none())
    }
}

impl RuleBook {
    /// The rules of these jurisdictions that fire on this day, the gravest first, what fires for certain before what counts
    /// as the worst case, what follows from another rule after that, else in the order of the packs.
    pub fn findings(&self, facts: &Facts, jurisdictions: &[String], on: Day) -> Vec<RuleFinding<'_>> {
        let truths = self.truths(facts, on);
        let mut findings = Vec::new();
        for (at, rule) in self.rules().iter().enumerate() {
            let truth = truths.get(at).copied().unwrap_or(Truth::No);
            if truth == Truth::No || !jurisdictions.contains(&rule.jurisdiction) {
                continue;
            }
            let Some(pack) = self.packs().get(rule.pack) else { continue };
            let world = RuleWorld { book: self, facts, truths: &truths };
            let reasons = rule.when.reasons(&world);
            let reasons = reasons.into_iter().filter_map(|fact| facts.known(fact).cloned()).collect();
            let fired = rule.when.fired().into_iter().flat_map(|pattern| self.matching(pattern));
            let mut follows: Vec<&str> = fired
                .filter(|asked| truths.get(*asked).is_some_and(|truth| *truth != Truth::No))
                .filter_map(|asked| self.rules().get(asked).map(|asked| asked.id.as_str()))
                .collect();
            follows.dedup();
            findings.push(RuleFinding { rule, pack, certain: truth == Truth::Yes, reasons, follows });
        }
        findings.sort_by_key(|finding| {
            let silent = finding.reasons.iter().all(|known| known.value.is_none());
            (finding.severity(), !finding.certain, !finding.follows.is_empty(), silent)
        });
        findings
    }

    /// What each rule says, in the order of the rules. A rule that `fired` asks for stands earlier in `order`.
    fn truths(&self, facts: &Facts, on: Day) -> Vec<Truth> {
        let mut truths = vec![Truth::No; self.rules().len()];
        for &at in self.order() {
            let Some(rule) = self.rules().get(at).filter(|rule| rule.holds_on(on)) else { continue };
            let truth = rule.when.evaluate(&RuleWorld { book: self, facts, truths: &truths });
            if let Some(slot) = truths.get_mut(at) {
                *slot = truth;
            }
        }
        truths
    }
}

struct RuleWorld<'w> {
    book: &'w RuleBook,
    facts: &'w Facts,
    truths: &'w [Truth],
}

impl World for RuleWorld<'_> {
    fn value(&self, fact: &'static Fact) -> Option<Value> {
        self.facts.known(fact).and_then(|known| known.value)
    }

    fn fired(&self, pattern: &str) -> Truth {
        let truths = self.book.matching(pattern).filter_map(|at| self.truths.get(at).copied());
        truths.max().unwrap_or(Truth::No)
    }
}

/// What every output of rules says beside its findings.
pub fn disclaimer(book: &RuleBook) -> Bilingual {
    let researched = book.packs().iter().map(|pack| pack.researched).min();
    let researched = researched.map_or_else(String::new, |day| day.to_string());
    Bilingual {
        zh: format!(
            "规则依据截至 {researched} 的研究整理，不是法律意见，使用前须由律师审核。没有触发规则，只说明规则包里没有规则\
             触发，不等于合法。"
        ),
        en: format!(
            "The rules follow research up to {researched}. They are not legal advice and need review by a lawyer. That no \
             rule fired means that no configured rule fired; it is never a clearance."
        ),
    }
}
