//! Whether a recorded step can be applied: what it names has to exist, and what it begins has to be the next.

use crate::engine::Engine;
use crate::event::Event;
use crate::id::index;
use crate::journal::JournalFault;
use crate::ledger::{Account, Owner, Posting};
use crate::wire::{NUMBERS, Wire, number_slot};

impl Engine {
    /// How many there are of each kind of dense number.
    fn counts(&self) -> [usize; crate::wire::NUMBERS.len()] {
        let state = &self.state;
        crate::wire::NUMBERS.map(|(name, _)| match name {
            "MemberNo" => state.members.len(),
            "OrderNo" => state.orders.order_count(),
            "LineNo" => state.orders.line_count(),
            "MerchantNo" => state.merchants.len(),
            "ProductNo" => state.merchant_records.product_count(),
            "SkuNo" => state.catalogue.count(),
            "CouponNo" => state.coupons.list().len(),
            "WithdrawalNo" => state.withdrawals.list.len(),
            "CampaignNo" => state.campaigns.len(),
            "OfferNo" => state.market.count(),
            "PaymentNo" => state.payments.list().len(),
            other => unreachable!("say how many there are of {other}"),
        })
    }

    /// Whether every number in a recorded step is one of something that exists, or the next one where the event says that it
    /// begins to.
    pub(super) fn check_recorded(
        &self,
        event: &Event,
        postings: &[Posting],
    ) -> Result<(), JournalFault<'static>> {
        let counts = self.counts();
        let begun = begun(event);
        for (slot, number) in begun.into_iter().flatten() {
            let next = counts[slot];
            if index(number) != next {
                return Err(JournalFault::NotTheNext { what: NUMBERS[slot].1, number, next });
            }
        }
        self.check_places(event)?;
        if self.state.is_of_a_day(event) && !self.state.has_begun_day() {
            return Err(JournalFault::DayNotBegun {});
        }
        let mut wrong = None;
        event.numbers(&mut |slot, number| {
            let begins = begun.contains(&Some((slot, number)));
            let end = counts[slot] + usize::from(begins);
            if index(number) >= end && wrong.is_none() {
                wrong = Some(JournalFault::NumberUnknown { what: NUMBERS[slot].1, number: index(number) });
            }
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let [members, merchants, funds] = [
            counts[const { number_slot("MemberNo") }],
            counts[const { number_slot("MerchantNo") }],
            self.plan.split.funds.len(),
        ];
        for posting in postings {
            let Account { kind, owner: of } = posting.account;
            let end = match kind.asset_and_owner().1 {
                Owner::Programme => 1,
                Owner::Fund => funds,
                Owner::Merchant => merchants,
                // The event of this step may be the one by which the member joins; nothing is posted with it.
                Owner::Member => members,
            };
            if index(of) >= end {
                return Err(JournalFault::AccountUnknown { account: kind.name(), of });
            }
        }
        Ok(())
    }

    /// The same of places that have no type of number of their own: in the plan's lists, and in those of rounds, windows, claims,
    /// resolutions and proposals.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event names such a place")]
    fn check_places(&self, event: &Event) -> Result<(), JournalFault<'static>> {
        let (state, plan) = (&self.state, &self.plan);
        let exists = |what: &'static str, number: usize, count: usize| {
            if number < count { Ok(()) } else { Err(JournalFault::NumberUnknown { what, number }) }
        };
        let begins = |what: &'static str, number: u32, next: usize| {
            if index(number) == next { Ok(()) } else { Err(JournalFault::NotTheNext { what, number, next }) }
        };
        let (rounds, windows) = (state.rounds.list().len(), state.equity.windows().len());
        let (claims, resolutions) = (state.claims.list().len(), state.payments.resolutions().len());
        let (ends, proposals) = (state.wind_down.proposals.len(), state.versions.proposals.len());
        match event {
            Event::PlanProposed(proposed) => {
                begins("plan proposal", proposed.number, proposals)?;
                self.read_amendment(&proposed.plan)
                    .map(|_| ())
                    .map_err(|errors| JournalFault::Plan { errors })
            }
            Event::PlanTookEffect { number, terms, .. } => {
                exists("plan proposal", index(*number), proposals)?;
                let new = self.proposed_plan(*number, plan);
                if **terms == self.version_terms(&new, terms.first_day) {
                    Ok(())
                } else {
                    Err(JournalFault::TermsNotOfPlan {})
                }
            }
            Event::PlanApproved { number, .. }
            | Event::PlanWithdrawn { number, .. }
            | Event::PlanLapsed { number }
            | Event::PlanCancelled { number, .. } => exists("plan proposal", index(*number), proposals),
            Event::RoundOpened(opened) => begins("round", opened.round, rounds),
            Event::RoundStreamed { round, .. } | Event::OrderSubsidised { round, .. } => {
                exists("round", index(*round), rounds)
            }
            Event::WindowOpened { window, .. } => begins("window", *window, windows),
            Event::PointsCommitted { window, .. }
            | Event::SharesBought { window, .. }
            | Event::WindowClosed { window, .. } => exists("window", index(*window), windows),
            Event::ClaimImported(imported) => begins("claim", imported.claim, claims),
            Event::ClaimApproved { claim, .. } => exists("claim", index(*claim), claims),
            Event::ResolutionProposed(proposed) => begins("resolution", proposed.resolution, resolutions),
            Event::ResolutionApproved { resolution, .. } => {
                exists("resolution", index(*resolution), resolutions)
            }
            Event::WindDownProposed { number, .. } => begins("wind-down proposal", *number, ends),
            Event::WindDownApproved { number, .. } => exists("wind-down proposal", index(*number), ends),
            Event::FundDeposited { fund, .. } => exists("fund", index(*fund), plan.split.funds.len()),
            Event::CampaignOpened(opened) => exists("promotion", opened.promotion, plan.promotions.len()),
            Event::CouponIssued { rule, .. } => exists("coupon rule", usize::from(*rule), plan.coupons.len()),
            Event::OrderSourced { source, .. } => exists("source", usize::from(*source), plan.sources.len()),
            Event::SkuListed(listed) => {
                listed.class.map_or(Ok(()), |class| exists("class", usize::from(class), plan.classes.len()))
            }
            Event::LineAdded { detail: Some(detail), .. } => {
                detail.class.map_or(Ok(()), |class| exists("class", usize::from(class), plan.classes.len()))
            }
            Event::TaskCounted { task, .. } => exists("task", usize::from(*task), plan.tasks.len()),
            Event::RanksChanged { changes } => {
                let ranks = changes.iter().flat_map(|change| [change.from, change.to]);
                ranks.map(usize::from).try_for_each(|rank| exists("rank", rank, plan.ranks.len() + 1))
            }
            Event::DailyEmissionIssued { ranks, .. } => {
                ranks.iter().try_for_each(|share| exists("rank", share.rank, plan.ranks.len()))
            }
            _ => Ok(()),
        }
    }
}

/// What an event begins: kinds of numbers, by their place in [`NUMBERS`], each with the number that has to be the next of its kind.
#[expect(clippy::wildcard_enum_match_arm, reason = "all other events are about what exists")]
fn begun(event: &Event) -> [Option<(usize, u32)>; 2] {
    let one = |slot, number| [Some((slot, number)), None];
    match event {
        Event::MemberJoined { member, .. } => one(const { number_slot("MemberNo") }, member.0),
        Event::MerchantRegistered { merchant, .. } => one(const { number_slot("MerchantNo") }, merchant.0),
        Event::OrderPlaced { order, first_line, .. } => [
            Some((const { number_slot("OrderNo") }, order.0)),
            Some((const { number_slot("LineNo") }, first_line.0)),
        ],
        Event::PointsGranted { order, line, .. } => [
            Some((const { number_slot("OrderNo") }, order.0)),
            Some((const { number_slot("LineNo") }, line.0)),
        ],
        Event::LineAdded { line, .. } => one(const { number_slot("LineNo") }, line.0),
        Event::WithdrawalRequested { withdrawal, .. }
        | Event::PayoutRequested { withdrawal, .. }
        | Event::OperatorPayoutRequested { withdrawal, .. } => {
            one(const { number_slot("WithdrawalNo") }, withdrawal.0)
        }
        Event::PaymentReceived(received) => one(const { number_slot("PaymentNo") }, received.payment.0),
        Event::ProductListed { product, .. } => one(const { number_slot("ProductNo") }, product.0),
        Event::SkuListed(listed) => one(const { number_slot("SkuNo") }, listed.sku.0),
        Event::CouponIssued { coupon, .. } => one(const { number_slot("CouponNo") }, coupon.0),
        Event::CampaignOpened(opened) => one(const { number_slot("CampaignNo") }, opened.campaign.0),
        Event::OfferMade { offer, .. } => one(const { number_slot("OfferNo") }, offer.0),
        _ => [None; 2],
    }
}
