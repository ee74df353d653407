//! What a plan does to equal buyers: each buys once for the same amount, everything settles, and what all points would bring then
//! is counted. No lot is drawn, so that a plan has one result.

use ratchet_engine::amount::Money;
use ratchet_engine::command::{Command, Envelope, OrderTerms};
use ratchet_engine::disclosure::{Count, Destination, Disclosure};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::id::Id;
use ratchet_engine::message::Message;
use ratchet_engine::messages;
use ratchet_engine::plan::{Mode, Plan};
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::Timestamp;

use crate::scenario::with_setting;

/// What each buyer spends, in whole units of the plan's currency.
pub const SPEND_UNITS: i64 = 1_000;
/// 08:00 in China on the first day of 2026; buyers follow each other after a millisecond.
const START_US: i64 = 1_767_225_600_000_000;
/// After so many orders somebody may stop the run.
const LOOK_EVERY: u64 = 64;

messages! {
    /// Why there is no result.
    #[derive(Debug)]
    pub enum PopulationFault<'a> {
        Refused "population.refused" { order: u64, code: &'a str, refusal: Rejection }
            "order {order} is refused under this plan ({code}): {refusal}"
            "按此计划，第 {order} 笔订单会被拒绝（{code}）：{refusal}";
        Stopped "population.stopped" { orders: u64 }
            "it took too long and was stopped after {orders} orders"
            "用时过长，在第 {orders} 笔订单后停止";
    }
}

/// What became of equal buyers.
#[derive(Clone, Debug)]
pub struct Population {
    /// What each spent.
    pub spend: Money,
    /// What each received in cash and would get for its points now, net, in the order in which they bought.
    pub outcomes: Vec<Money>,
    /// Buyers whose cash and points are worth at least their spend.
    pub whole: Count,
    /// Of them those who have it in cash.
    pub in_cash: Count,
    /// The most that all together can ever get through points (DISC-2).
    pub payable: Money,
    /// Where the money went (DISC-4).
    pub hundred: Vec<Destination>,
    /// Entries of its journal.
    pub entries: u64,
    /// Digest of the final state.
    pub digest: String,
}

impl Population {
    /// The outcome below which a share of the buyers lies, in per cent; nearest rank.
    pub fn percentile(&self, per_cent: usize) -> Money {
        let mut sorted = self.outcomes.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * per_cent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or(Money::ZERO)
    }

    /// The outcome of the last buyer.
    pub fn newest(&self) -> Money {
        self.outcomes.last().copied().unwrap_or(Money::ZERO)
    }
}

/// Runs `buyers` equal buyers through a plan. A live one is run as a sandbox, since nobody pays; `goes_on` is asked again and again
/// whether to go on.
pub fn equal(plan: &Plan, buyers: u64, mut goes_on: impl FnMut() -> bool) -> Result<Population, Message> {
    let plan = match plan.programme.mode {
        Mode::Sandbox => plan.clone(),
        Mode::Live => {
            let text = with_setting(&plan.source, "programme.mode", "\"sandbox\"")?;
            Plan::parse("plan", &text).expect("a live plan is a sandbox plan that passed a gate besides")
        }
    };
    let spend = 10_i64.pow(plan.programme.currency.decimals) * SPEND_UNITS;
    let spend = Money::from_minor(spend).expect("it is positive");
    let after_sale_days = plan.settlement.after_sale_days;
    let mut engine = Engine::genesis(plan);
    let at = |number: u64| Timestamp::from_us(START_US + number.cast_signed() * 1_000).expect("some minutes");
    for number in 1..=buyers {
        if number % LOOK_EVERY == 0 && !goes_on() {
            return Err(PopulationFault::Stopped { orders: number }.into());
        }
        let (order, member) = (Id::numbered("o", number), Id::numbered("m", number));
        let terms = Some(OrderTerms::plain(member.clone(), spend));
        let pay = Command::OrderPay { order: order.clone(), terms };
        let receive = Command::OrderReceive { order };
        for (letter, command) in [("p", pay), ("r", receive)] {
            let (key, actor) = (Id::numbered(letter, number), member.clone());
            let envelope = Envelope { key, at: at(number), happened_at: None, actor, command };
            if let Outcome::Rejected(refusal) = engine.submit(&envelope) {
                let code = refusal.code();
                return Err(PopulationFault::Refused { order: number, code, refusal }.into());
            }
        }
    }
    // The last order settles within the day after its last day.
    let (key, actor) = (Id::numbered("end", 1), Id::numbered("operator", 1));
    let end = at(buyers).plus_days(after_sale_days.saturating_add(1)).expect("plans wait for some days");
    let end = Envelope { key, at: end, happened_at: None, actor, command: Command::TimeAdvance {} };
    let mut stopped = false;
    engine.submit_in_steps(&end, |_, _, _| stopped |= !goes_on());
    if stopped {
        return Err(PopulationFault::Stopped { orders: buyers }.into());
    }
    let members: Vec<_> = engine.member_outcomes().collect();
    let sum = |cash: Money, held: Money| cash.checked_add(held).expect("both are parts of one pool");
    let outcomes = members.iter().map(|member| sum(member.cash, member.held)).collect();
    let disclosure = Disclosure::compute(members.into_iter(), engine.plan(), &engine.totals());
    Ok(Population {
        spend,
        outcomes,
        whole: disclosure.outcomes.at_least_one,
        in_cash: disclosure.outcomes.in_cash[0],
        payable: disclosure.conservation.payable,
        hundred: disclosure.hundred,
        entries: engine.next_seq(),
        digest: engine.digest(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preset(name: &str) -> Plan {
        let (_, text) = crate::scenario::PRESETS.iter().find(|(known, _)| *known == name).unwrap();
        Plan::parse(name, text).unwrap()
    }

    /// SPEC 17: of 10,000 equal buyers of the advert's first plan 26 get back what they spent, two of them in cash.
    #[test]
    fn few_get_back_what_they_spent() {
        let plan = preset("value-growth");
        let found = equal(&plan, 10_000, || true).unwrap();
        assert_eq!((found.whole.members, found.in_cash.members), (26, 2));
        let text = |money| plan.programme.currency.format(money);
        assert_eq!([50, 99].map(|share| text(found.percentile(share))), ["206.92", "669.09"]);
        assert_eq!(text(found.newest()), "168.00");
        assert_eq!(found.digest, equal(&plan, 10_000, || true).unwrap().digest);
    }

    #[test]
    fn it_says_why_it_ends_early() {
        let stopped = equal(&preset("value-growth"), 10_000, || false).unwrap_err();
        assert_eq!(stopped.code, "population.stopped");
        let listed = "[programme]\nmode = \"sandbox\"\nname = { zh = \"商城\", en = \"Shop\" }\n[split]\ncost = \"60%\"\n\
                      [catalogue]\nlisted_only = true\n";
        let refused = equal(&Plan::parse("listed", listed).unwrap(), 10, || true).unwrap_err();
        assert_eq!(refused.code, "population.refused", "{refused:?}");
    }
}
