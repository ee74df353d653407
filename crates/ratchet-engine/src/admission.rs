//! Whether a programme that runs live may begin something new (GATE-2): what the last review of its admission found.

use crate::undo::{Column, undo_fields};

/// The reasons for which the rules of a later day do not let the programme pass any more; none while they do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Admission {
    findings: Column<String>,
}

undo_fields!(Admission { parts: findings; });

impl Admission {
    /// Why nothing new may begin.
    pub(crate) fn findings(&self) -> &[String] {
        &self.findings
    }

    pub(crate) fn is_suspended(&self) -> bool {
        !self.findings.is_empty()
    }

    /// Suspends the admission, or restores it where there is no finding.
    pub(crate) fn set(&mut self, findings: &[String]) {
        self.findings.replace(findings.to_vec());
    }
}
