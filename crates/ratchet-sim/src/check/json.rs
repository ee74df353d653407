//! What `ratchet check --json` prints. Names are permanent.

use ratchet_engine::gate::{AssessedFinding, Bearing, Obstacle, Opinion, VoidReason};
use ratchet_engine::lint::rules::{Kind, Known, Origin, Told, Value as FactValue, disclaimer};
use ratchet_engine::lint::{Finding, Severity};
use ratchet_engine::plan::Bilingual;
use serde_json::{Value, json};

use super::{Behaviour, Report};

pub(super) fn report(report: &Report<'_>) -> Value {
    let verdict = &report.verdict;
    let packs = report.book.packs().iter().map(|pack| {
        json!({
            "file": pack.file,
            "jurisdiction": pack.jurisdiction,
            "sha256": pack.sha256,
            "researched": pack.researched.to_string(),
            "live": pack.live,
        })
    });
    json!({
        "plan": report.file,
        "plan_sha256": verdict.plan_sha256,
        "name": both(&report.plan.programme.name),
        "mode": if report.live { "live" } else { "sandbox" },
        "jurisdictions": verdict.jurisdictions,
        "on": verdict.on.to_string(),
        "passed": report.passed(),
        "gate": {
            "passed": verdict.passes(),
            "refusing": verdict.refusing().map(|finding| &finding.rule.id).collect::<Vec<_>>(),
            "obstacles": verdict.obstacles.iter().map(obstacle).collect::<Vec<_>>(),
            "void_opinions": verdict.void.iter().map(|(opinion, reason)| void(opinion, *reason)).collect::<Vec<_>>(),
        },
        "rules": verdict.rules.iter().map(rule).collect::<Vec<_>>(),
        "findings": verdict.arithmetic.iter().map(finding).collect::<Vec<_>>(),
        "facts": verdict.facts.all().iter().map(fact).collect::<Vec<_>>(),
        "behaviour": report.behaviour.as_ref().map(behaviour),
        "packs": packs.collect::<Vec<_>>(),
        "disclaimer": both(&disclaimer(report.book)),
    })
}

fn both(text: &Bilingual) -> Value {
    json!({ "zh": text.zh, "en": text.en })
}

fn rule(judged: &AssessedFinding<'_>) -> Value {
    let (finding, rule) = (&judged.finding, judged.finding.rule);
    let bearing = match &judged.bearing {
        Bearing::Refuses => "refuses",
        Bearing::Licensed(_) => "licensed",
        Bearing::Reviewed(_) => "reviewed",
        Bearing::Informational => "to_know",
    };
    let by = match &judged.bearing {
        Bearing::Reviewed(opinion) => Some(opinion_json(opinion)),
        Bearing::Licensed(record) => Some(json!({
            "holder": record.holder, "number": record.number, "issuer": record.issuer,
            "from": record.from.to_string(), "until": record.until.to_string(),
        })),
        Bearing::Refuses | Bearing::Informational => None,
    };
    json!({
        "id": rule.id,
        "jurisdiction": rule.jurisdiction,
        "severity": finding.severity().name(),
        "verified": rule.severity == finding.severity() || rule.evidence.name() != "U",
        "certain": finding.certain,
        "bearing": bearing,
        "settled_by": by,
        "title": both(&rule.title),
        "explanation": both(&rule.explanation),
        "change": both(&rule.change),
        "source": rule.source,
        "article": rule.article,
        "from": rule.from.map(|day| day.to_string()),
        "to": rule.to.map(|day| day.to_string()),
        "basis": rule.basis.name(),
        "evidence": rule.evidence.name(),
        "evidence_note": rule.evidence_note.as_ref().map(both),
        "when": rule.when_text,
        "follows": finding.follows,
        "reasons": finding.reasons.iter().map(fact).collect::<Vec<_>>(),
        "pack": finding.pack.file,
    })
}

fn fact(known: &Known) -> Value {
    let told = match &known.told {
        Told::ByPlan => json!("plan"),
        Told::ByBehaviour => json!("behaviour"),
        Told::By(declared) => json!({
            "by": declared.by,
            "evidence": declared.evidence,
            "at": declared.at.to_string(),
        }),
        Told::ByNobody => Value::Null,
    };
    let origin = match (known.fact.origin, known.fact.kind) {
        (Origin::Derived, _) => "derived",
        (Origin::Observed, _) => "observed",
        (Origin::Declared, Kind::Licence) => "licence",
        (Origin::Declared, _) => "declared",
    };
    json!({
        "fact": known.fact.name,
        "origin": origin,
        "value": known.value.map(value),
        "told": told,
        "text": { "zh": known.fact.zh, "en": known.fact.en },
    })
}

fn value(value: FactValue) -> Value {
    match value {
        FactValue::Switch(is) => json!(is),
        FactValue::Whole(whole) => json!(whole),
        FactValue::Rate(ppm) => json!({ "ppm": ppm }),
        FactValue::Name(name) => json!(name),
    }
}

fn finding(finding: &Finding) -> Value {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    json!({
        "code": finding.code,
        "severity": severity,
        "key": finding.key,
        "title": both(&finding.title),
        "explanation": both(&finding.explanation),
    })
}

fn obstacle(obstacle: &Obstacle) -> Value {
    match obstacle {
        Obstacle::NoPack(code) => json!({ "kind": "no_pack", "jurisdiction": code }),
        Obstacle::InsufficientRules(code) => json!({ "kind": "pack_not_for_live", "jurisdiction": code }),
        Obstacle::Arithmetic(code) => json!({ "kind": "arithmetic", "code": code }),
        Obstacle::NotItsText => json!({ "kind": "not_its_text" }),
    }
}

fn opinion_json(opinion: &Opinion) -> Value {
    json!({
        "by": opinion.by, "at": opinion.at.to_string(), "document": opinion.document,
        "plan": opinion.plan, "rules": opinion.rules,
    })
}

fn void(opinion: &Opinion, reason: VoidReason) -> Value {
    let reason = match reason {
        VoidReason::OtherPlan => "other_plan",
        VoidReason::Later => "later",
        VoidReason::NothingToReview => "nothing_to_review",
    };
    json!({ "opinion": opinion_json(opinion), "reason": reason })
}

fn behaviour(behaviour: &Behaviour) -> Value {
    let observed = behaviour.observed.facts.iter().map(|(name, seen)| ((*name).to_owned(), value(*seen)));
    let drifts = behaviour.drifts.iter().map(|drift| {
        json!({
            "fact": drift.fact.name,
            "said": drift.said.map(value),
            "by": drift.by,
            "seen": value(drift.seen),
            "text": both(&drift.text),
        })
    });
    json!({
        "journal": behaviour.journal,
        "entries": behaviour.entries,
        "same_plan": behaviour.same_plan,
        "observed": observed.collect::<serde_json::Map<_, _>>(),
        "drifts": drifts.collect::<Vec<_>>(),
    })
}
