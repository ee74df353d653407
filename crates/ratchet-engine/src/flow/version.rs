//! Which plan a thing follows (AMEND-3), and what the engine does when another version begins.

use std::sync::Arc;

use crate::amendment::{VersionTerms, fitted, retention_at_withdrawal};
use crate::engine::{Engine, mint_ratio_of};
use crate::event::Event;
use crate::id::{CampaignNo, CouponNo, LineNo, OfferNo, OrderNo, WithdrawalNo, index};
use crate::plan::{Plan, PlanErrors, PromotionPlan, Qualified};

impl Engine {
    /// The plan of an order: the one in force when it was placed.
    #[inline]
    pub(crate) fn plan_of(&self, order: OrderNo) -> &Arc<Plan> {
        if self.state.versions.is_first() {
            &self.plan
        } else {
            &self.plans[self.state.versions.of_order(order)]
        }
    }

    /// The plan of a line's order.
    #[inline]
    pub(crate) fn plan_of_line(&self, line: LineNo) -> &Arc<Plan> {
        if self.state.versions.is_first() {
            &self.plan
        } else {
            self.plan_of(self.state.orders.line(line).order)
        }
    }

    /// The plan of what was granted on a local day, given as the day's mark in lots.
    #[inline]
    pub(crate) fn plan_of_day(&self, day: u32) -> &Arc<Plan> {
        if self.state.versions.is_first() { &self.plan } else { &self.plans[self.state.versions.of_day(day)] }
    }

    /// The plan of a coupon: the one in force when it was issued.
    pub(crate) fn plan_of_coupon(&self, coupon: CouponNo) -> &Arc<Plan> {
        &self.plans[self.state.versions.of_coupon(coupon)]
    }

    /// The plan of a withdrawal: the one in force when it was asked for.
    pub(crate) fn plan_of_withdrawal(&self, withdrawal: WithdrawalNo) -> &Arc<Plan> {
        &self.plans[self.state.versions.of_withdrawal(withdrawal)]
    }

    /// The plan of an offer: the one in force when it was made.
    pub(crate) fn plan_of_offer(&self, offer: OfferNo) -> &Arc<Plan> {
        &self.plans[self.state.versions.of_offer(offer)]
    }

    /// The plan of a campaign: the one in force when it was opened.
    #[inline]
    pub(crate) fn plan_of_campaign(&self, campaign: CampaignNo) -> &Arc<Plan> {
        &self.plans[self.state.versions.of_campaign(campaign)]
    }

    /// The promotion of a campaign.
    #[inline]
    pub(crate) fn promotion_of(&self, campaign: CampaignNo) -> &PromotionPlan {
        &self.plan_of_campaign(campaign).promotions[self.state.campaigns.get(campaign).promotion]
    }

    /// Whether the order may earn commissions.
    #[inline]
    pub(crate) fn pays_commissions_of(&self, order: OrderNo) -> bool {
        if self.state.versions.is_first() {
            self.pays_commissions
        } else {
            self.plan_of(order).pays_commissions()
        }
    }

    /// The mint ratio of a line, as the mint wants it.
    #[inline]
    pub(crate) fn mint_ratio_of_line(&self, line: LineNo) -> crate::pool::Ratio {
        if self.state.versions.is_first() { self.mint_ratio } else { mint_ratio_of(self.plan_of_line(line)) }
    }

    // ── versions ──

    /// It goes on under another plan.
    pub(crate) fn set_plan(&mut self, plan: Plan) {
        self.plans.push(Arc::new(plan));
        self.take_last_plan();
    }

    fn take_last_plan(&mut self) {
        self.plan = Arc::clone(self.plans.last().expect("the plan of the genesis"));
        self.mint_ratio = mint_ratio_of(&self.plan);
        self.pays_commissions = self.plan.pays_commissions();
    }

    /// The texts of all plans that were ever in force, oldest first.
    pub(crate) fn plan_sources(&self) -> Vec<String> {
        self.plans.iter().map(|plan| plan.source.clone()).collect()
    }

    /// The plans of later versions that these texts come to, as they came into force one after the other.
    pub(crate) fn restore_plans(&mut self, texts: &[String]) -> Result<(), PlanErrors> {
        for text in texts {
            let plan = self.read_amendment(text)?;
            self.set_plan(fitted(&self.plan, &plan));
        }
        Ok(())
    }

    /// The state was put back: what began since did not.
    pub(crate) fn drop_later_plans(&mut self) {
        let count = self.state.versions.list().len();
        if count < self.plans.len() {
            self.plans.truncate(count);
            self.take_last_plan();
        }
    }

    /// A recorded event was applied: if a version began with it, its plan is in force.
    #[inline]
    pub(crate) fn follow(&mut self, event: &Event) {
        if let Event::PlanTookEffect { number, .. } = event {
            self.set_plan(self.proposed_plan(*number, &self.plan));
        }
    }

    /// The plan that a proposal comes to on a programme that runs `base`.
    pub(crate) fn proposed_plan(&self, number: u32, base: &Plan) -> Plan {
        fitted(base, &self.read_proposal(number))
    }

    /// The plan of a proposal, as its text says.
    pub(crate) fn read_proposal(&self, number: u32) -> Plan {
        let text = &self.state.versions.proposals[index(number)].text;
        self.read_amendment(text).expect("it was read when it was proposed")
    }

    /// Reads the text of an amendment with the rules of the programme's own zone (TIME-3).
    pub(crate) fn read_amendment(&self, text: &str) -> Result<Plan, PlanErrors> {
        Plan::parse_recorded("plan", text, self.plan.programme.calendar.zone())
    }

    /// What the state has to know of a plan whose version begins now.
    pub(crate) fn version_terms(&self, plan: &Plan, first_day: u32) -> VersionTerms {
        let tasks = |plan: &Plan| plan.tasks.iter().map(|task| task.id.clone()).collect::<Vec<_>>();
        let zones = |plan: &Plan| {
            let zones = plan.release.as_ref().map_or(&[][..], |release| &release.zones);
            zones.iter().map(|(zone, _)| zone.clone()).collect::<Vec<_>>()
        };
        let classes = |plan: &Plan| plan.classes.iter().map(|class| class.id.clone()).collect::<Vec<_>>();
        let purchased = plan.commission.as_ref().map(|plan| plan.qualified) == Some(Qualified::Purchased);
        VersionTerms {
            first_day,
            retention_ppm: retention_at_withdrawal(plan).ppm(),
            ranks: u32::try_from(plan.ranks.len()).expect("few ranks"),
            asks_purchase: purchased,
            tasks: places(&tasks(&self.plan), &tasks(plan)),
            zones: places(&zones(&self.plan), &zones(plan)),
            classes: places(&classes(&self.plan), &classes(plan)),
        }
    }
}

/// Where the items of a list stand in another by their ids, from and to; `None` if each stands where it stood.
fn places(old: &[String], new: &[String]) -> Option<Vec<(u16, u16)>> {
    if new.starts_with(old) {
        return None;
    }
    let place = |place: usize| u16::try_from(place).expect("lists of plans are short");
    let found = old.iter().enumerate().filter_map(|(from, id)| {
        let to = new.iter().position(|new| new == id)?;
        Some((place(from), place(to)))
    });
    Some(found.collect())
}
