//! The people of a scenario: who they are, how they join, what they buy (SIM-6 to SIM-9, SIM-13, SIM-15).

use ratchet_engine::amount::Money;
use ratchet_engine::command::Command;

use super::{Due, Observer, Simulation};
use crate::draw::{Lots, Purpose, log_step, normal, pareto, scaled, wait_days};
use crate::random::Random;
use crate::scenario::{Amounts, Inviter, Scenario};

/// One account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agent {
    /// Whose draws it uses.
    pub(super) person: u64,
    /// Orders so far.
    pub(super) orders: u32,
    /// Times it began to hold points.
    pub(super) cycles: u32,
    /// Kind of spender.
    spender: u8,
    /// Kind of seller.
    pub(super) seller: u8,
    /// Kind of diligence.
    pub(super) diligence: u8,
    pub(super) cheat: Cheat,
    pub(super) withdraws: bool,
    /// Whether it holds points.
    pub(super) holds: bool,
    /// Whether it was a member before the scenario began.
    pub(super) joined_before: bool,
    /// Its level of spending, or the customer it is a copy of.
    level: i64,
    /// Asked to withdraw so far.
    pub(super) asked: Money,
    /// Paid out to it so far.
    pub(super) in_hand: Money,
}

/// Whether and how somebody plays the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cheat {
    Honest,
    Wash,
    Ring,
    Pump,
}

/// Those who invite, ready to be drawn.
#[derive(Debug, Default)]
pub(super) struct Inviters {
    /// Everybody once.
    all: Vec<u32>,
    /// Everybody once, and once more for each one invited.
    tickets: Vec<u32>,
}

impl Inviters {
    fn find(&self, how: Inviter, random: &mut Random) -> Option<u32> {
        let list = match how {
            Inviter::Preferential => &self.tickets,
            Inviter::Uniform => &self.all,
            Inviter::Chain => return self.all.last().copied(),
        };
        list.get(random.below(list.len() as u64) as usize).copied()
    }
}

impl Simulation<'_> {
    /// Somebody joins: its kind is drawn, it may be invited, it buys; a ring opens its other accounts.
    pub(super) fn join(&mut self, person: u64, observer: Observer<'_>) {
        let scenario = self.scenario;
        let cheat = cheat(scenario, self.lots, person);
        let referrer = scenario.referral.as_ref().and_then(|referral| {
            let mut random = self.lots.of(person, Purpose::Invited, 0);
            let invited = random.happens(referral.invited);
            let how = referral.kinds.parts[referral.kinds.pick(&mut random)].1;
            let found = self.inviters.find(how, &mut random);
            found.filter(|_| invited)
        });
        let mut above = self.add(person, cheat, referrer, observer);
        if let Some(ring) = scenario.fraud.ring.filter(|_| cheat == Cheat::Ring) {
            for account in 1..u64::from(ring.size) {
                // Other accounts of the same person: numbers of their own, so that nobody else's draws change.
                let other = (1 << 63) | (person << 8) | account;
                above = self.add(other, Cheat::Ring, Some(above), observer);
            }
        }
    }

    fn add(&mut self, person: u64, cheat: Cheat, referrer: Option<u32>, observer: Observer<'_>) -> u32 {
        let scenario = self.scenario;
        let member = self.agents.len() as u32;
        let agent = agent(scenario, self.lots, person, cheat);
        self.agents.push(agent);
        let id = self.member_id(member);
        if let Some(referrer) = referrer {
            self.inviters.tickets.push(referrer);
        }
        let by = referrer.map(|referrer| self.member_id(referrer));
        // `order.pay` takes in a member without referrer.
        if by.is_some() {
            let command =
                Command::MemberJoin { member: id.clone(), referrer: by, region: None, person: None };
            self.write("join", id.clone(), command, observer);
        }
        self.buy(member, &id, observer);
        if let Some(wash) = scenario.fraud.wash.filter(|_| cheat == Cheat::Wash) {
            self.remind(wash.every_days, Due::Wash { member });
        }
        if cheat == Cheat::Honest {
            self.open_shop(member, person, observer);
        }
        if let Some(referral) = &scenario.referral
            && self.lots.of(person, Purpose::Invites, 0).happens(referral.inviters)
        {
            self.inviters.all.push(member);
            self.inviters.tickets.push(member);
        }
        member
    }

    /// SIM-13: buys the activation pack and becomes a merchant.
    fn open_shop(&mut self, member: u32, person: u64, observer: Observer<'_>) {
        let (Some(merchants), Some(plan)) = (self.scenario.merchants, self.engine.plan().merchant) else {
            return;
        };
        if !self.lots.of(person, Purpose::Merchant, 0).happens(merchants.share) {
            return;
        }
        let pack = plan.activation_pack;
        let id = self.member_id(member);
        let merchant = self.id("shop", u64::from(member) + 1);
        let order = self.pay(&id, pack, observer).1;
        let apply = Command::MerchantApply { merchant: merchant.clone(), member: id.clone(), order };
        if self.send_as("apply", id, apply, observer)
            && self.send("admit", "operator", Command::MerchantApprove { merchant }, observer)
        {
            self.merchants.push(member);
        }
    }

    /// Members of a history become people of the scenario: the person is drawn by the id, so it is the same in every fork.
    pub(super) fn take_over(&mut self) {
        let scenario = self.scenario;
        let mut found = Vec::new();
        for view in self.engine.members() {
            let person = (1 << 62) | (xxhash_rust::xxh3::xxh3_64(view.id.as_bytes()) >> 2);
            let mut agent = agent(scenario, self.lots, person, Cheat::Honest);
            agent.joined_before = true;
            // Only what is credited from now on counts as new.
            agent.asked = view.cash_received.saturating_sub(view.cash);
            agent.in_hand = agent.asked;
            agent.orders = 1;
            found.push((agent, view.no, !view.points.is_zero()));
        }
        for (mut agent, number, holds) in found {
            let next = order(scenario, self.lots, &mut agent, 0).1;
            agent.holds = holds;
            self.agents.push(agent);
            if let Some(days) = next {
                self.remind(days - 1, Due::Buy { member: number.0 });
            }
            if holds {
                self.minds.minted(&self.engine, number, agent.seller, Some((self.lots, agent.person, 0)));
            }
            if let Some(referral) = &scenario.referral
                && self.lots.of(agent.person, Purpose::Invites, 0).happens(referral.inviters)
            {
                self.inviters.all.push(number.0);
                self.inviters.tickets.push(number.0);
            }
        }
    }
}

fn cheat(scenario: &Scenario, lots: Lots, person: u64) -> Cheat {
    let fraud = &scenario.fraud;
    let kinds = [
        (Cheat::Wash, fraud.wash.map(|wash| wash.share)),
        (Cheat::Ring, fraud.ring.map(|ring| ring.share)),
        (Cheat::Pump, fraud.pump.map(|pump| pump.share)),
    ];
    if kinds.iter().all(|(_, share)| share.is_none()) {
        return Cheat::Honest;
    }
    let mut left = lots.of(person, Purpose::Fraud, 0).below(1_000_000);
    for (kind, share) in kinds {
        let share = share.map_or(0, |share| u64::from(share.ppm()));
        match left.checked_sub(share) {
            Some(rest) => left = rest,
            None => return kind,
        }
    }
    Cheat::Honest
}

fn agent(scenario: &Scenario, lots: Lots, person: u64, cheat: Cheat) -> Agent {
    let mut random = lots.of(person, Purpose::Spender, 0);
    let spender = scenario.spending.kinds.pick(&mut random);
    let level = match &scenario.spending.kinds.parts[spender].1 {
        Amounts::Lognormal { member_spread_ppm, .. } => log_step(*member_spread_ppm, normal(&mut random)),
        Amounts::Orders { customers, .. } => random.below(customers.len() as u64) as i64,
        Amounts::Fixed { .. } | Amounts::Pareto { .. } => 0,
    };
    let withdraws = scenario
        .withdrawing
        .is_some_and(|withdrawing| lots.of(person, Purpose::Withdraws, 0).happens(withdrawing.share));
    Agent {
        person,
        orders: 0,
        cycles: 0,
        spender: spender as u8,
        seller: Scenario::kind(&scenario.selling, lots, person, Purpose::Seller),
        diligence: Scenario::kind(&scenario.tasks, lots, person, Purpose::Diligence),
        cheat,
        withdraws,
        holds: false,
        joined_before: false,
        level,
        asked: Money::ZERO,
        in_hand: Money::ZERO,
    }
}

/// The amount of a member's order number `ordinal`, from 0, and in how many days the next one follows, if one does.
pub(super) fn order(
    scenario: &Scenario,
    lots: Lots,
    agent: &mut Agent,
    ordinal: u64,
) -> (Money, Option<u32>) {
    let spending = &scenario.spending;
    match (agent.cheat, &scenario.fraud.ring, &scenario.fraud.pump) {
        (Cheat::Ring, Some(ring), _) => return (ring.amount, None),
        (Cheat::Pump, _, Some(pump)) => return (pump.amount, None),
        (Cheat::Honest | Cheat::Wash | Cheat::Ring | Cheat::Pump, _, _) => {}
    }
    let random = || lots.of(agent.person, Purpose::Amount, ordinal);
    let minor = match &spending.kinds.parts[usize::from(agent.spender)].1 {
        Amounts::Fixed { amount } => amount.minor() as u64,
        Amounts::Lognormal { median, spread_ppm, .. } => {
            let chance = match spread_ppm {
                0 => 0,
                _ => log_step(*spread_ppm, normal(&mut random())),
            };
            scaled(median.minor() as u64, agent.level + chance)
        }
        Amounts::Pareto { smallest, tail_ppm } => pareto(&mut random(), smallest.minor() as u64, *tail_ppm),
        Amounts::Orders { customers, .. } => {
            // After the last purchase of the customer the copy begins anew: somebody who came back.
            let (customer, number) = (agent.level as usize, ordinal as usize);
            let found = customers.purchase(customer, number);
            let amount =
                found.or_else(|| customers.purchase(customer, 0)).map_or(Money::ZERO, |(_, amount)| amount);
            let next = customers.purchase(customer, number + 1).map(|(days, _)| days.max(1));
            return (cut(scenario, amount.minor() as u64), next);
        }
    };
    let next = scenario.repeat.filter(|repeat| ordinal + 1 < u64::from(repeat.most)).and_then(|repeat| {
        let mut random = lots.of(agent.person, Purpose::Repeat, ordinal);
        let again = random.happens(repeat.again);
        let days =
            if repeat.is_regular { repeat.every_days } else { wait_days(&mut random, repeat.every_days) };
        again.then_some(days)
    });
    (cut(scenario, minor), next)
}

fn cut(scenario: &Scenario, minor: u64) -> Money {
    let spending = &scenario.spending;
    let minor = i64::try_from(minor).unwrap_or(i64::MAX);
    Money::from_minor(minor.clamp(spending.smallest.minor(), spending.largest.minor()))
        .unwrap_or(spending.largest)
}
