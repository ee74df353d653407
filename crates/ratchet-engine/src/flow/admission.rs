//! Reviews of a live programme's admission, and what goes on while it is suspended (GATE-2).

use std::sync::Arc;

use crate::command::{Command, Envelope};
use crate::engine::{Engine, Outcome};
use crate::event::Event;
use crate::gate::{Opinions, Pass, judge};
use crate::id::Id;
use crate::lint::rules::RuleBook;
use crate::plan::Mode;
use crate::rejection::Rejection;
use crate::time::Timestamp;
use crate::wind_down::WindDownPhase;

/// Most findings of a review, and most characters of each.
const FINDINGS_MAX: usize = 1_000;
const FINDING_CHARS_MAX: usize = 200;

impl Engine {
    /// Asks today's rules whether a live programme may still begin something new, and submits what they say as `admission.review`
    /// (GATE-2). Whoever goes on with a live programme after a restart does this first, and then every day. `None` of opinions:
    /// those by which the plan in force was admitted. The command is returned for the journal. From now on these rules are asked of
    /// amendments too.
    pub fn review_admission(
        &mut self,
        key: Id,
        actor: Id,
        at: Timestamp,
        book: &RuleBook,
        opinions: Option<&Opinions>,
    ) -> (Envelope, Outcome) {
        let plan = self.plan();
        let recorded = self.opinions_in_force();
        let opinions = opinions.unwrap_or(&recorded);
        let on = plan.programme.calendar.day_of(at);
        let findings = judge(plan, book, opinions, &plan.programme.jurisdictions, on, &[]).reasons();
        let command = Command::AdmissionReview { gate: Box::new(Pass::of(book, opinions, on)), findings };
        let envelope = Envelope { key, at, happened_at: None, actor, command };
        self.rules = Some(Arc::new(book.clone()));
        let outcome = self.submit(&envelope);
        (envelope, outcome)
    }

    /// By which opinions the plan in force was admitted: those of the pass, or of its proposal once the plan was amended.
    fn opinions_in_force(&self) -> Opinions {
        let versions = &self.state.versions;
        let amended = versions.list().last().and_then(|version| version.id.as_ref());
        let proposal = amended.and_then(|id| versions.proposals.iter().rfind(|proposal| proposal.id == *id));
        match proposal {
            Some(proposal) => {
                let text = proposal.opinions.as_deref();
                text.and_then(|text| Opinions::parse("opinions", text).ok()).unwrap_or_default()
            }
            None => self.pass().map(|pass| Opinions::of(pass.opinions().to_vec())).unwrap_or_default(),
        }
    }

    /// Why the programme's admission is suspended: new orders and members are refused, and somebody has to be told. Nothing while it
    /// is not.
    pub fn admission_findings(&self) -> &[String] {
        self.state.admission.findings()
    }

    /// GATE-2b: refuses what brings new money or new people in while the admission is suspended.
    pub(crate) fn check_admitted(&self, command: &Command) -> Result<(), Rejection> {
        let begins = matches!(
            command,
            Command::MemberJoin { .. }
                | Command::OrderPlace { .. }
                | Command::OrderPay { .. }
                | Command::RelistOffer { .. }
                | Command::RelistBuy { .. }
                | Command::PromotionOpen { .. }
                | Command::FundRound { .. }
                | Command::EquityOpen { .. }
                | Command::EquityCommit { .. }
        );
        if begins && self.state.admission.is_suspended() {
            Err(Rejection::AdmissionSuspended)
        } else {
            Ok(())
        }
    }

    /// `admission.review`. Refuses: limit_reached, review_unfounded, programme_sandbox.
    pub(crate) fn review(
        &mut self,
        gate: &Pass,
        findings: &[String],
        at: Timestamp,
    ) -> Result<(), Rejection> {
        let is_long = |finding: &String| finding.is_empty() || finding.chars().count() > FINDING_CHARS_MAX;
        if findings.len() > FINDINGS_MAX || findings.iter().any(is_long) {
            return Err(Rejection::LimitReached);
        }
        let plan = self.plan();
        if plan.programme.mode == Mode::Sandbox {
            return Err(Rejection::ProgrammeSandbox);
        }
        // GATE-2a: other packs can only find more than those of this version do.
        let is_of_the_day = gate.on() == plan.programme.calendar.day_of(at).to_string();
        let found = gate.reasons(plan).ok_or(Rejection::ReviewUnfounded)?;
        if !is_of_the_day || !found.iter().all(|finding| findings.contains(finding)) {
            return Err(Rejection::ReviewUnfounded);
        }
        if findings != self.state.admission.findings() {
            self.commit(if findings.is_empty() {
                Event::AdmissionRestored {}
            } else {
                Event::AdmissionSuspended { findings: findings.to_vec() }
            });
        }
        Ok(())
    }

    /// WIND-2a: refuses what would begin something while the programme ends.
    pub(crate) fn check_open_for_new_business(&self) -> Result<(), Rejection> {
        match self.state.wind_down.phase {
            WindDownPhase::None => Ok(()),
            WindDownPhase::Announced | WindDownPhase::Done => Err(Rejection::WindingDown),
        }
    }
}
