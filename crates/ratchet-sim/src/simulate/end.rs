//! Summing up: the numbers of a result day and of the end of a run (SIM-18, SIM-19).

use ratchet_engine::amount::{Money, Points, UNITS_PER_POINT};
use ratchet_engine::disclosure::{Disclosure, Leg, MemberOutcome};
use ratchet_engine::engine::Flows;
use ratchet_engine::pool::Price;

use super::columns::{DAY_COLUMNS, RUN_COLUMNS};
use super::people::Cheat;
use super::{Simulation, place};

/// A number of any unsigned kind; what does not fit 63 bits is the largest that does.
fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// Millionths of a minor unit for one point, splits multiplied back, rounded down; 0 without points.
pub(crate) fn price_micro(price: &Price) -> i64 {
    if price.supply.is_zero() {
        return 0;
    }
    let scale = UNITS_PER_POINT * 1_000_000;
    let once = ratchet_engine::amount::mul_div(
        price.assets.as_u128(),
        scale,
        price.supply.units(),
        ratchet_engine::amount::Rounding::Down,
    );
    let splits = 1_000_u128.saturating_pow(price.exponent);
    whole(once.unwrap_or(u128::MAX).saturating_mul(splits))
}

impl Simulation<'_> {
    /// What members have in their hands, in joining order: what was paid out to each so far.
    fn in_hand(&self) -> impl Iterator<Item = Money> {
        self.agents.iter().map(|agent| agent.in_hand).chain(std::iter::repeat(Money::ZERO))
    }

    pub(super) fn end_of_result_day(&mut self) {
        let totals = self.engine.totals();
        // If the operator is going to fail, only what was paid out counts; else all that was credited.
        let Flows { spent, received, buyers, recovered } = match self.scenario.failure {
            None => self.engine.flows(),
            Some(_) => {
                let mut flows = Flows::default();
                let members = self.engine.member_flows().zip(self.in_hand());
                members.for_each(|((spent, _), in_hand)| flows.add(spent, in_hand));
                flows
            }
        };
        let mut row = [0; DAY_COLUMNS.len()];
        let mut put = |name: &str, value: i64| row[place(&DAY_COLUMNS, name)] = value;
        put("members", whole(totals.members));
        put("buyers", whole(buyers));
        put("orders", whole(totals.orders));
        put("spent", whole(spent));
        put("cash", whole(received));
        put("pool", totals.pool.minor());
        put("price", price_micro(&self.engine.price()));
        put("exits", whole(totals.exits));
        put("sales", whole(self.counts.sales));
        put("injected", totals.injected.minor());
        put("recovered", whole(recovered));
        // Rounded down: a share is never shown too large.
        put("recovered_ppm", whole(recovered.saturating_mul(1_000_000).checked_div(buyers).unwrap_or(0)));
        self.result.days.push(row);
    }

    pub(super) fn end_of_run(&mut self) {
        let (engine, scenario) = (&self.engine, self.scenario);
        let totals = engine.totals();
        let has_failed = scenario.failure.is_some();
        let mut rows: Vec<MemberOutcome> = engine.member_outcomes().collect();
        let mut lost = 0_i64;
        if has_failed {
            let on_paper = engine.members().map(|view| {
                view.cash.minor() + view.reconsume.minor() + view.hold.minor() + view.net_value.minor()
            });
            lost = on_paper.sum();
            for (row, in_hand) in rows.iter_mut().zip(self.in_hand()) {
                row.cash = in_hand;
                row.commissions = row.commissions.min(row.cash);
                (row.held, row.points) = (Money::ZERO, Points::ZERO);
            }
        }
        let mut fraud = [0_i64; 4];
        for (row, agent) in rows.iter().zip(&self.agents) {
            if agent.cheat != Cheat::Honest {
                let parts = [1, row.spent.minor(), row.cash.minor(), row.held.minor()];
                fraud.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
            }
        }
        let disclosure = Disclosure::compute(rows.into_iter(), engine.plan(), &totals);
        let (outcomes, conservation) = (&disclosure.outcomes, &disclosure.conservation);
        // What came into the pool is there, or went where the totals say; and without refunds, which may leave the operator to
        // pay, members have no more than could ever be paid to them.
        let into_pool = totals.contributions.as_u128() + totals.injected.as_u128();
        let out_of_pool = totals.paid_out.as_u128()
            + totals.pool.as_u128()
            + totals.residual.as_u128()
            + totals.pool_refunded.as_u128();
        let bound = match disclosure.income {
            Some(_) => conservation.mean_bound_with_bonuses_ppm,
            None => conservation.mean_bound_ppm,
        };
        let has_refunds = self.counts.refunds > 0;
        let bounds_held = out_of_pool <= into_pool && (has_refunds || conservation.mean_ppm <= bound + 1);

        let mut end = [0; RUN_COLUMNS.len()];
        let mut put = |name: &str, value: i64| end[place(&RUN_COLUMNS, name)] = value;
        for (name, count) in [
            ("members", totals.members),
            ("buyers", disclosure.buyers),
            ("orders", totals.orders),
            ("exits", totals.exits),
            ("sales", self.counts.sales),
            ("refunds", self.counts.refunds),
            ("reentries", self.counts.reentries),
            ("withdrawals", self.counts.withdrawals),
            ("recovered", outcomes.in_cash[0].members),
            ("recovered_ppm", outcomes.in_cash[0].share_ppm),
            ("twice", outcomes.in_cash[1].members),
            ("thrice", outcomes.in_cash[2].members),
            ("whole", outcomes.at_least_one.members),
            ("whole_ppm", outcomes.at_least_one.share_ppm),
            ("together_ppm", conservation.mean_ppm),
            ("mean_ppm", outcomes.spread.mean_ppm),
            ("p10_ppm", outcomes.spread.p10_ppm),
            ("median_ppm", outcomes.spread.median_ppm),
            ("p90_ppm", outcomes.spread.p90_ppm),
            ("p99_ppm", outcomes.spread.p99_ppm),
            ("bound_ppm", bound),
            ("gini_ppm", disclosure.value_inequality.gini_ppm),
            ("top_ppm", disclosure.cash_inequality.top_percent_ppm),
            ("from_others_ppm", disclosure.payouts.from_others_ppm),
            ("bounds_held", u64::from(bounds_held)),
            ("commands", self.counts.commands),
            ("refused", self.counts.refused),
        ] {
            put(name, whole(count));
        }
        let middle = outcomes.middle;
        let of_middle = |part: fn(&ratchet_engine::disclosure::Middle) -> Money| {
            middle.as_ref().map_or(Money::ZERO, part)
        };
        let commissions: i64 = engine.commissions().map(|(_, _, paid)| paid.minor()).sum();
        for (name, amount) in [
            ("spent", disclosure.spent),
            ("cash", disclosure.cash),
            ("held", disclosure.held),
            ("pool", totals.pool),
            ("residual", totals.residual),
            ("contributions", totals.contributions),
            ("injected", totals.injected),
            ("paid_out", totals.paid_out),
            ("retained", totals.retained),
            ("middle_spent", of_middle(|middle| middle.spent)),
            ("middle_cash", of_middle(|middle| middle.cash)),
            ("middle_held", of_middle(|middle| middle.held)),
            ("operator_due", totals.operator_due),
        ] {
            put(name, amount.minor());
        }
        put("commissions", commissions);
        put("price", price_micro(&engine.price()));
        put("supply", whole(totals.supply.units() / (UNITS_PER_POINT / 1_000_000)));
        put("lost", lost);
        for (name, value) in
            ["fraud_members", "fraud_spent", "fraud_cash", "fraud_held"].into_iter().zip(fraud)
        {
            put(name, value);
        }
        let first = place(&RUN_COLUMNS, "outcome_0");
        for (bucket, members) in outcomes.buckets.iter().enumerate() {
            end[first + bucket] = whole(*members);
        }
        for part in &disclosure.hundred {
            let name = match part.leg {
                Leg::Cost => "to_cost",
                Leg::Commission => "to_commission",
                Leg::Funds => "to_funds",
                Leg::Platform => "to_platform",
                Leg::PoolPaid => "to_members",
                Leg::PoolHeld => "in_pool",
                Leg::PoolResidual => "in_residual",
                Leg::Pending => "pending",
                // No scenario opens a window of shares.
                Leg::PoolIssuer => continue,
            };
            end[place(&RUN_COLUMNS, name)] = part.amount.minor();
        }
        self.result.end = end;
    }
}
