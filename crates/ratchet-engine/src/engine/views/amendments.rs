//! Views of amendments: which plans were in force, what is proposed, and what a proposal changes for members (AMEND-4).

use crate::amendment::hash_of;
use crate::amendment::{Change, Hindrance, ProposalState, Sense};
use crate::engine::Engine;
use crate::hash::Hash32;
use crate::id::{Id, OrderNo, index};
use crate::keys::KeyKind;
use crate::plan::Plan;
use crate::time::Timestamp;

/// A plan that is or was in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionView<'a> {
    /// The id of its proposal; `None` for the plan of the genesis and of a fork.
    pub id: Option<&'a Id>,
    /// The plan.
    pub plan: &'a Plan,
    /// Since when; of the first one from before every moment.
    pub since: Timestamp,
    /// The entry with which it began.
    pub seq: u64,
}

/// What is or was proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalView<'a> {
    /// The version's id.
    pub version: &'a Id,
    /// The whole text of the plan.
    pub text: &'a str,
    /// What an approval names.
    pub hash: Hash32,
    /// When it takes effect.
    pub effective_at: Timestamp,
    /// Who proposed it.
    pub by: &'a Id,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// Where it stands.
    pub state: ProposalState,
}

impl Engine {
    /// The plans that were in force, oldest first; the last one is.
    pub fn plan_versions(&self) -> impl Iterator<Item = VersionView<'_>> {
        self.state.versions.list().iter().zip(&self.plans).map(|(version, plan)| VersionView {
            id: version.id.as_ref(),
            plan,
            since: version.since,
            seq: version.seq,
        })
    }

    /// All proposals, in their order.
    pub fn plan_proposals(&self) -> impl Iterator<Item = ProposalView<'_>> {
        self.state.versions.proposals.iter().map(|proposal| ProposalView {
            version: &proposal.id,
            text: &proposal.text,
            hash: hash_of(&proposal.text),
            effective_at: proposal.effective_at,
            by: &proposal.by,
            approved_at: proposal.approved_at,
            state: proposal.state,
        })
    }

    /// The place in [`Engine::plan_versions`] of the version that an order follows (AMEND-3).
    pub fn version_of_order(&self, order: &str) -> Option<usize> {
        let order = self.find(KeyKind::Order, order).map(OrderNo)?;
        Some(self.state.versions.of_order(order))
    }

    /// AMEND-4: what a proposed version takes from members, against the plan that it comes after: each key with the old and
    /// the new value. `None` where there is no such version.
    pub fn adverse_changes(&self, version: &str) -> Option<Vec<Change>> {
        let (changes, _) = self.examined(version)?;
        Some(changes.into_iter().filter(|change| change.sense == Sense::Adverse).collect())
    }

    /// Everything that a proposed version changes, and what hinders it now.
    pub fn examined(&self, version: &str) -> Option<(Vec<Change>, Vec<Hindrance>)> {
        let number = self.find(KeyKind::Version, version)?;
        let proposal = self.state.versions.proposals.get(index(number))?;
        let opinions = proposal.opinions.as_deref();
        let plan = self.read_proposal(number);
        let examined = self.examine(&plan, opinions, proposal.effective_at, Some(number));
        Some((examined.changes, examined.hindrances))
    }
}
