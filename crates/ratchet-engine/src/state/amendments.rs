//! The state's part in amendments: versions, their terms, and proposals (AMEND-1 to AMEND-3).

use crate::amendment::{Firsts, PlanProposed, Proposal, ProposalState, Version, VersionTerms};
use crate::amount::Rate;
use crate::id::{Id, WithdrawalNo, index};
use crate::keys::KeyKind;
use crate::state::State;
use crate::timer::Timer;

impl State {
    /// The place of the version in force.
    pub(crate) fn version(&self) -> u32 {
        u32::try_from(self.versions.last()).expect("few versions")
    }

    /// The place of a withdrawal's version.
    pub(crate) fn version_of_withdrawal(&self, withdrawal: WithdrawalNo) -> u32 {
        u32::try_from(self.versions.of_withdrawal(withdrawal)).expect("few versions")
    }

    /// What is kept at the withdrawal of cash that was sold under a version (POOL-3b).
    pub(crate) fn retention_at_withdrawal(&self, version: u32) -> Rate {
        self.versions.list()[index(version)].retention
    }

    pub(super) fn apply_plan_proposed(&mut self, proposed: &PlanProposed) {
        let key = self.seed.key(KeyKind::Version, proposed.version.as_str());
        self.natural.insert(KeyKind::Version, key, proposed.number);
        self.versions.propose(Proposal {
            id: proposed.version.clone(),
            text: proposed.plan.clone(),
            opinions: proposed.opinions.clone(),
            effective_at: proposed.effective_at,
            by: proposed.by.clone(),
            approved_at: None,
            state: ProposalState::Proposed,
        });
        self.timers.set(Timer::Proposal(proposed.number), proposed.lapses_at);
    }

    pub(super) fn apply_plan_approved(&mut self, number: u32) {
        self.timers.cancel(Timer::Proposal(number));
        self.versions.approve(number, self.now);
    }

    pub(super) fn apply_proposal_ended(&mut self, number: u32, state: ProposalState) {
        self.timers.cancel(Timer::Proposal(number));
        self.versions.end(number, state);
    }

    pub(super) fn apply_plan_took_effect(&mut self, number: u32, terms: &VersionTerms) {
        let id = self.versions.proposals[index(number)].id.clone();
        self.versions.end(number, ProposalState::Effective);
        self.begin_version(Some(id), terms);
    }

    /// From now on another version is in force.
    pub(crate) fn begin_version(&mut self, id: Option<Id>, terms: &VersionTerms) {
        let VersionTerms { first_day, retention_ppm, ranks, asks_purchase, tasks, zones, classes } = terms;
        let count = |count: usize| u32::try_from(count).expect("dense numbers have 32 bits");
        let first = Firsts {
            order: count(self.orders.order_count()),
            coupon: count(self.coupons.list().len()),
            withdrawal: count(self.withdrawals.list.len()),
            offer: count(self.market.count()),
            campaign: count(self.campaigns.len()),
        };
        let (last, retention) = (self.version(), Rate::from_ppm(*retention_ppm));
        if self.retention_at_withdrawal(last) != retention {
            self.withdrawals.close_version(last);
        }
        let (since, seq) = (self.now, self.seq);
        let version = Version { id, since, seq, first_day: *first_day, first, retention };
        self.versions.begin(version);
        self.network.amend(index(*ranks), *asks_purchase);
        if let Some(places) = tasks {
            self.tasks.renumber(|place| moved(places, place));
        }
        if let Some(places) = zones {
            self.catalogue.renumber_zones(|place| moved(places, place));
        }
        if let Some(places) = classes {
            self.catalogue.renumber_classes(|place| moved(places, place));
        }
    }
}

/// Where an item stands that stood at `place`.
fn moved(places: &[(u16, u16)], place: u16) -> Option<u16> {
    places.iter().find(|(from, _)| *from == place).map(|(_, to)| *to)
}
