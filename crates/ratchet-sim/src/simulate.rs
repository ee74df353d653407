//! One run of a scenario: people act day by day, only through commands (SIM-2).
//!
//! ```text
//! Scenario + plan + seed + run → Simulation ─ step() a day at a time ─→ RunResult (whole numbers)
//! Engine of any history ───────┘ continuing()
//! ```
//!
//! A day costs those who do something on it: who buys, sells or sends back waits in a calendar; who sells by choice waits in
//! `minds`. Orders are written some hundred commands at a time and submitted together, so that the engine can prefetch memory
//! ahead.

mod columns;
mod end;
mod minds;
mod people;

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};

use ratchet_engine::amount::{Money, Points, Rate, UNITS_PER_POINT};
use ratchet_engine::command::{Command, Envelope, HashSeed, LookupHint, SellQuantity, TipSize};
use ratchet_engine::engine::{Engine, Expected, Lookahead, Outcome};
use ratchet_engine::event::{Event, SaleCause};
use ratchet_engine::id::{Id, MemberNo};
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::plan::Plan;
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::{Day, Timestamp};

pub(crate) use columns::place;
pub use columns::{Column, DAY_COLUMNS, RUN_COLUMNS, RunResult, Unit};
pub(crate) use end::price_micro;

use crate::batch::{Batch, Bought, Head};
use crate::draw::{Lots, Purpose, poisson, wait_days};
use crate::scenario::{Scenario, Selling};
use minds::Minds;
use people::{Agent, Cheat, Inviters};

/// Commands written before they are submitted; few enough to stay in the processor's caches.
const BATCH: usize = 256;

/// People act from this hour of the local day on, one after the other.
const FROM_HOUR: i64 = 8;
/// Microseconds between two commands.
const STEP_US: i64 = 1_000;
/// No command is later than this after the first one of the day: the day is not over.
const SPAN_US: i64 = 15 * 3_600_000_000;

/// Sees every command after it was submitted, with the engine as it is then: a journal, for example.
pub type Observer<'a> = &'a mut dyn FnMut(&Engine, &Envelope, Outcome);

/// What somebody does on a day to come.
#[derive(Clone, Copy, Debug)]
enum Due {
    /// The next order.
    Buy { member: u32 },
    /// A wash order.
    Wash { member: u32 },
    /// All points are sold, whatever the mind says.
    Sell { member: u32 },
    /// An order is sent back.
    Refund { member: u32, order: u64 },
}

/// A run on its way.
pub struct Simulation<'s> {
    scenario: &'s Scenario,
    engine: Engine,
    lots: Lots,
    /// Before every id, so that a fork never meets the ids of its past.
    prefix: String,
    /// People of the scenario by their number in the engine, which is their joining order.
    agents: Vec<Agent>,
    inviters: Inviters,
    minds: Minds,
    /// Whether events have to be looked at for the minds and for re-entry.
    watches: bool,
    /// By day from 0: who does what.
    calendar: Vec<Vec<Due>>,
    /// The day that comes next, from 0.
    day: u32,
    first_day: Day,
    /// Commands written and not submitted.
    batch: Batch<()>,
    /// What they are hashed with.
    seed: HashSeed,
    /// The next instant of today.
    at_us: i64,
    day_end_us: i64,
    /// When the programme ends, once that is decided.
    closes_at: Option<Timestamp>,
    /// Arrivals so far: the numbers of people.
    arrivals: u64,
    /// Expected arrivals so far that were less than one, in thousandths.
    carried: u64,
    orders: u64,
    keys: u64,
    counts: Counts,
    merchants: Vec<u32>,
    result: RunResult,
    result_days: std::iter::Peekable<std::vec::IntoIter<u32>>,
}

/// What is counted beside the engine's own totals.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    commands: u64,
    refused: u64,
    sales: u64,
    refunds: u64,
    reentries: u64,
    withdrawals: u64,
}

/// Runs one replication from the beginning: the plan at `plan` in [`Scenario::plans`], this seed, replication `run`.
pub fn run(scenario: &Scenario, plan: usize, seed: u64, run: u64) -> RunResult {
    Simulation::new(scenario, &scenario.plans[plan].plan, seed, run).finish(&mut |_, _, _| {}).0
}

/// The same, given up after the day in which `stop` was set.
pub fn run_unless(
    scenario: &Scenario,
    plan: usize,
    seed: u64,
    run: u64,
    stop: &AtomicBool,
) -> Option<RunResult> {
    let mut simulation = Simulation::new(scenario, &scenario.plans[plan].plan, seed, run);
    while simulation.step(&mut |_, _, _| {}) {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
    }
    Some(simulation.finish(&mut |_, _, _| {}).0)
}

impl<'s> Simulation<'s> {
    /// A new programme under this plan.
    pub fn new(scenario: &'s Scenario, plan: &Plan, seed: u64, run: u64) -> Simulation<'s> {
        Simulation::begin(
            scenario,
            Engine::genesis(plan.clone()),
            Lots::new(seed, run),
            run,
            "",
            scenario.start,
        )
    }

    /// The same people in a programme that has a history (a fork of a backtest, a simulation or a server): day 1 is the local day
    /// after its last command. Its members go on as people of the scenario; new ids begin with `prefix`.
    pub fn continuing(
        scenario: &'s Scenario,
        engine: Engine,
        seed: u64,
        run: u64,
        prefix: &str,
    ) -> Simulation<'s> {
        let lots = Lots::new(seed, run);
        let first_day = engine.plan().programme.calendar.day_of(engine.now()).next();
        let mut simulation = Simulation::begin(scenario, engine, lots, run, prefix, first_day);
        simulation.take_over();
        simulation
    }

    fn begin(
        scenario: &'s Scenario,
        mut engine: Engine,
        lots: Lots,
        run: u64,
        prefix: &str,
        first_day: Day,
    ) -> Simulation<'s> {
        let expected = scenario.members_expected() as usize;
        // Room for one order each, and for ids like `m1234567`: those who come back grow it.
        engine.reserve(&Expected {
            members: expected,
            orders: expected,
            keyed_orders: expected,
            ..Expected::default()
        });
        let sells = engine.plan().pool.is_some() && scenario.selling.any(|kind| *kind != Selling::Never);
        Simulation {
            scenario,
            lots,
            prefix: prefix.to_owned(),
            agents: Vec::with_capacity(expected + expected / 8),
            inviters: Inviters::default(),
            minds: Minds::new(&scenario.selling),
            watches: engine.plan().pool.is_some() && (sells || scenario.reentry.is_some()),
            calendar: vec![Vec::new(); scenario.acting_days() as usize],
            day: 0,
            first_day,
            batch: Batch::default(),
            seed: engine.hash_seed(),
            at_us: 0,
            day_end_us: 0,
            closes_at: None,
            arrivals: 0,
            carried: 0,
            orders: 0,
            keys: 0,
            counts: Counts::default(),
            merchants: Vec::new(),
            result: RunResult { run, days: Vec::new(), end: [0; RUN_COLUMNS.len()] },
            result_days: scenario.result_days().into_iter().peekable(),
            engine,
        }
    }

    /// The programme as it is now.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Days done so far.
    pub fn day(&self) -> u32 {
        self.day
    }

    /// Lives through the next day; false if the scenario has none left.
    pub fn step(&mut self, observer: Observer<'_>) -> bool {
        if self.day == self.scenario.acting_days() {
            return false;
        }
        let date = self.first_day.plus(i64::from(self.day));
        self.at_us = self.engine.plan().programme.calendar.start_of(date).us() + FROM_HOUR * 3_600_000_000;
        self.day_end_us = self.at_us + SPAN_US;
        let has_failed = self.scenario.failure.is_some_and(|failure| self.day + 1 >= failure.day);

        self.wind_down(observer);
        let buys = self.day < self.scenario.buying_days();
        if !has_failed && buys {
            self.funding(observer);
        }
        let due = mem::take(&mut self.calendar[self.day as usize]);
        for due in due.iter().filter(|_| buys) {
            match *due {
                Due::Buy { member } => self.buy(member, &self.member_id(member), observer),
                Due::Wash { member } => self.wash(member, observer),
                Due::Sell { .. } | Due::Refund { .. } => {}
            }
        }
        let arrived = if buys { self.arrive(observer) } else { 0 };
        self.flush(observer);
        let closes = self.scenario.wind_down.map_or(u32::MAX, |end| end.day - 1 + end.closes_after_days);
        if !has_failed && self.day < closes {
            for due in due {
                match due {
                    Due::Refund { member, order } => self.refund(member, order, observer),
                    Due::Sell { member } => self.sell(member, observer),
                    Due::Buy { .. } | Due::Wash { .. } => {}
                }
            }
            self.tasks(observer);
            self.tips(observer);
            self.evening(arrived, observer);
        }
        if !has_failed {
            // After an orderly end too (WIND-4).
            self.withdraw(observer);
        }
        self.day += 1;
        if self.result_days.next_if_eq(&self.day).is_some() {
            // What was due by midnight belongs to the day.
            self.send("day", "operator", Command::TimeAdvance {}, observer);
            self.end_of_result_day();
        }
        true
    }

    /// Lives to the end, settles all orders and sums up; gives the programme as it is then.
    pub fn finish(mut self, observer: Observer<'_>) -> (RunResult, Engine) {
        while self.step(observer) {}
        if let Some(closes_at) = self.closes_at {
            self.at_us = self.at_us.max(closes_at.us());
            self.day_end_us = i64::MAX;
            self.send("end", "operator", Command::TimeAdvance {}, observer);
        }
        if self.scenario.failure.is_none() {
            self.settle(observer);
        }
        self.end_of_run();
        (self.result, self.engine)
    }

    /// Lets time pass until every order has settled; nobody acts.
    fn settle(&mut self, observer: Observer<'_>) {
        // What waits for a day may wait again; whoever waits for ever is counted as pending.
        for _ in 0..self.scenario.days.max(64) {
            let Some(mut at) = self.engine.next_settlement() else { return };
            let rest = self.engine.now().plus_days(self.engine.plan().settlement.after_sale_days);
            at = at.max(rest.unwrap_or(at));
            self.at_us = self.at_us.max(at.us());
            self.day_end_us = i64::MAX;
            self.send("settle", "operator", Command::TimeAdvance {}, observer);
        }
    }

    /// The next instant of today.
    fn next_at(&mut self) -> Timestamp {
        let at = self.at_us.min(self.day_end_us);
        self.at_us += STEP_US;
        Timestamp::from_us(at.max(self.engine.now().us())).unwrap_or(self.engine.now())
    }

    /// An id of this run.
    #[inline]
    fn id(&self, kind: &str, number: u64) -> Id {
        if self.prefix.is_empty() {
            Id::numbered(kind, number)
        } else {
            Id::numbered(&format!("{}{kind}", self.prefix), number)
        }
    }

    fn member_id(&self, member: u32) -> Id {
        match self.agents[member as usize].joined_before {
            true => {
                let view = self.engine.member_at(MemberNo(member)).expect("it was there before the scenario");
                Id::new(view.id).expect("an id of the engine")
            }
            false => self.id("m", u64::from(member) + 1),
        }
    }

    /// The instant of the next command that is written; it is submitted with those around it.
    #[inline]
    fn next(&mut self, observer: Observer<'_>) -> Timestamp {
        if self.batch.len() >= BATCH {
            self.flush(observer);
        }
        self.next_at()
    }

    /// Writes a command.
    fn write(&mut self, kind: &str, actor: Id, command: Command, observer: Observer<'_>) {
        let at = self.next(observer);
        self.keys += 1;
        let key = self.id(kind, self.keys);
        self.batch.other(
            self.seed,
            Envelope { key, at, happened_at: None, actor, command },
            LookupHint::default(),
            (),
        );
    }

    /// Pays and receives an order of one line; its number and its id.
    fn pay(&mut self, buyer: &Id, amount: Money, observer: Observer<'_>) -> (u64, Id) {
        self.orders += 1;
        let (number, order) = (self.orders, self.id("o", self.orders));
        let at = self.next(observer);
        let bought = Bought { amount, ship_to: None, source: None };
        let guess = LookupHint::default();
        self.batch.pay(self.seed, Head { at, buyer, order: &order, guess }, &bought, ());
        let at = self.next(observer);
        self.batch.receive(self.seed, Head { at, buyer, order: &order, guess }, ());
        (number, order)
    }

    /// Submits what is written.
    fn flush(&mut self, observer: Observer<'_>) {
        if self.batch.len() == 0 {
            return;
        }
        let batch = mem::take(&mut self.batch);
        let mut ahead = Lookahead::new(batch.commands());
        while let Some((envelope, mut outcome)) = self.engine.submit_next(&mut ahead) {
            if outcome == Outcome::Rejected(Rejection::AtTooFar) {
                self.go_near(envelope.at, observer);
                outcome = self.engine.submit(envelope);
            }
            self.after(envelope, outcome, observer);
        }
        drop(ahead);
        self.batch = batch;
        self.batch.clear();
    }

    /// Submits one command now; whether it was carried out.
    fn send(&mut self, kind: &str, actor: &str, command: Command, observer: Observer<'_>) -> bool {
        let actor = Id::new(actor).expect("an id");
        self.send_as(kind, actor, command, observer)
    }

    fn send_as(&mut self, kind: &str, actor: Id, command: Command, observer: Observer<'_>) -> bool {
        self.flush(observer);
        self.keys += 1;
        let envelope =
            Envelope { key: self.id(kind, self.keys), at: self.next_at(), happened_at: None, actor, command };
        self.go_near(envelope.at, observer);
        let outcome = self.engine.submit(&envelope);
        self.after(&envelope, outcome, observer);
        matches!(outcome, Outcome::Applied { .. })
    }

    /// TIME-1: nothing may happen for more than 400 days.
    fn go_near(&mut self, at: Timestamp, observer: Observer<'_>) {
        while let Some(step) = self.engine.step_towards(at) {
            let outcome = self.engine.submit(&step);
            self.after(&step, outcome, observer);
        }
    }

    /// Takes note of what a command did.
    fn after(&mut self, envelope: &Envelope, outcome: Outcome, observer: Observer<'_>) {
        self.counts.commands += 1;
        if let Outcome::Rejected(rejection) = outcome {
            self.counts.refused += 1;
            // An id that is not unique, or time that goes back, is a bug of this program and no behaviour.
            assert!(
                !matches!(
                    rejection,
                    Rejection::KeyReused
                        | Rejection::TimeWentBackwards
                        | Rejection::AtTooFar
                        | Rejection::MemberExists
                        | Rejection::OrderExists
                ),
                "{} was refused: {rejection}",
                envelope.command.type_name()
            );
        }
        observer(&self.engine, envelope, outcome);
        if self.watches {
            self.watch();
        }
    }

    /// Looks at the events of the last command: who got points, who has none any more.
    fn watch(&mut self) {
        let mut emptied: Vec<MemberNo> = Vec::new();
        for entry in self.engine.entries() {
            for (event, _) in entry.steps() {
                match event {
                    Event::PointsMinted { member, .. } => {
                        let Some(agent) = self.agents.get_mut(member.0 as usize) else { continue };
                        let first = (!agent.holds).then(|| {
                            agent.holds = true;
                            agent.cycles += 1;
                            (self.lots, agent.person, u64::from(agent.cycles))
                        });
                        self.minds.minted(&self.engine, *member, agent.seller, first);
                    }
                    Event::PointsSold { member, cause: SaleCause::Member | SaleCause::CapExit, .. } => {
                        emptied.push(*member);
                    }
                    _ => {}
                }
            }
        }
        for member in emptied {
            self.emptied(member);
        }
    }

    fn emptied(&mut self, member: MemberNo) {
        if self.engine.member_at(member).is_none_or(|view| !view.points.is_zero()) {
            return;
        }
        let Some(agent) = self.agents.get_mut(member.0 as usize) else { return };
        if !mem::replace(&mut agent.holds, false) {
            return;
        }
        self.minds.emptied();
        let (person, times) = (agent.person, u64::from(agent.cycles));
        let Some(reentry) = self.scenario.reentry.filter(|_| agent.cheat == Cheat::Honest) else { return };
        let mut random = self.lots.of(person, Purpose::Reentry, times);
        if random.happens(reentry.share) {
            let days = wait_days(&mut random, reentry.after_days);
            self.counts.reentries += 1;
            self.remind(days, Due::Buy { member: member.0 });
        }
    }

    /// Somebody will do something in so many days, if the scenario lasts that long.
    fn remind(&mut self, days: u32, due: Due) {
        let day = self.day as usize + days as usize;
        if let Some(list) = self.calendar.get_mut(day) {
            list.push(due);
        }
    }

    /// SIM-33: two people of the operator decide the end.
    fn wind_down(&mut self, observer: Observer<'_>) {
        let Some(end) = self.scenario.wind_down.filter(|end| end.day == self.day + 1) else { return };
        let calendar = &self.engine.plan().programme.calendar;
        let today = calendar.day_of(Timestamp::from_us(self.at_us).unwrap_or(self.engine.now()));
        let closes_at = calendar.start_of(today.plus(i64::from(end.closes_after_days)));
        let wind_down = self.id("end", 1);
        let reason = "the scenario ends the programme".to_owned();
        let propose = Command::WindDownPropose { wind_down: wind_down.clone(), closes_at, reason };
        self.closes_at = Some(closes_at);
        self.send("end", "operator", propose, observer);
        self.send("end", "auditor", Command::WindDownApprove { wind_down }, observer);
    }

    /// SIM-16.
    fn funding(&mut self, observer: Observer<'_>) {
        let scenario = self.scenario;
        let today = self.day + 1;
        for round in scenario.funding.iter().filter(|round| round.day == today) {
            let command = Command::PoolInject { amount: round.amount, source: round.source.clone() };
            self.send("fund", "operator", command, observer);
        }
    }

    /// SIM-6: who comes today; how many.
    fn arrive(&mut self, observer: Observer<'_>) -> u64 {
        let arrival = &self.scenario.arrival;
        let milli = arrival.milli.get(self.day as usize).copied().unwrap_or(0);
        let count = if arrival.is_drawn {
            poisson(&mut self.lots.of(u64::from(self.day), Purpose::Arrival, 0), milli)
        } else {
            let all = self.carried + milli;
            self.carried = all % 1_000;
            all / 1_000
        };
        for _ in 0..count {
            self.arrivals += 1;
            self.join(self.arrivals, observer);
        }
        count
    }

    /// SIM-7, SIM-8: the next order of a member.
    fn buy(&mut self, member: u32, buyer: &Id, observer: Observer<'_>) {
        let scenario = self.scenario;
        let agent = &mut self.agents[member as usize];
        let ordinal = u64::from(agent.orders);
        agent.orders += 1;
        let (person, cheat) = (agent.person, agent.cheat);
        let (amount, next) = people::order(scenario, self.lots, agent, ordinal);
        let order = self.pay(buyer, amount, observer).0;
        if let Some(days) = next {
            self.remind(days, Due::Buy { member });
        }
        if let Some(refunds) = scenario.refunds.filter(|_| cheat == Cheat::Honest) {
            let mut random = self.lots.of(person, Purpose::Refund, ordinal);
            if random.happens(refunds.share) {
                let days = wait_days(&mut random, refunds.after_days);
                self.remind(days, Due::Refund { member, order });
            }
        }
        if let Some(pump) = scenario.fraud.pump.filter(|_| cheat == Cheat::Pump) {
            self.remind(pump.sell_after_days, Due::Sell { member });
            self.remind(pump.refund_after_days, Due::Refund { member, order });
        }
    }

    /// SIM-15: an order that is going to be sent back.
    fn wash(&mut self, member: u32, observer: Observer<'_>) {
        let Some(wash) = self.scenario.fraud.wash else { return };
        let order = self.pay(&self.member_id(member), wash.amount, observer).0;
        self.remind(wash.refund_after_days, Due::Refund { member, order });
        self.remind(wash.every_days, Due::Wash { member });
    }

    /// SIM-14: all that is left of an order goes back. An order that has gone back already is refused.
    fn refund(&mut self, member: u32, order: u64, observer: Observer<'_>) {
        let (id, actor) = (self.id("o", order), self.member_id(member));
        let command = Command::OrderRefund {
            refund: self.id("r", order),
            order: id,
            lines: None,
            freight: None,
            tax: None,
        };
        if self.send_as("back", actor, command, observer) {
            self.counts.refunds += 1;
        }
    }

    /// Sells all points of a member; who has none is refused.
    fn sell(&mut self, member: u32, observer: Observer<'_>) {
        let id = self.member_id(member);
        let command = Command::PointsSell { member: id.clone(), points: SellQuantity::All, min_net: None };
        if self.send_as("sell", id, command, observer) {
            self.counts.sales += 1;
            self.minds.sold();
        }
    }

    /// SIM-10: at the end of the day those sell who want to.
    fn evening(&mut self, arrived: u64, observer: Observer<'_>) {
        if !self.watches {
            return;
        }
        let mut sellers = self.minds.evening(arrived);
        while let Some(member) = sellers.pop_front() {
            // Sold out or sent back meanwhile: nothing to sell.
            if self.engine.member_at(MemberNo(member)).is_some_and(|view| !view.points.is_zero()) {
                self.sell(member, observer);
            } else {
                self.emptied(MemberNo(member));
            }
        }
        while let Some(member) = self.minds.next_at_multiple(&self.engine) {
            self.sell(member, observer);
        }
    }

    /// SIM-12.
    fn tasks(&mut self, observer: Observer<'_>) {
        let plan = self.engine.plan();
        let has_tasks = plan.release.is_some() || plan.value.is_some();
        if !has_tasks || !self.scenario.tasks.any(|daily| *daily > Rate::ZERO) {
            return;
        }
        for member in 0..self.agents.len() as u32 {
            let agent = &self.agents[member as usize];
            let daily = self.scenario.tasks.parts[usize::from(agent.diligence)].1;
            let does = match daily.ppm() {
                0 => false,
                1_000_000 => true,
                _ => self.lots.of(agent.person, Purpose::Task, u64::from(self.day)).happens(daily),
            };
            if does {
                let id = self.member_id(member);
                self.write("task", id.clone(), Command::TaskComplete { member: id, task: None }, observer);
            }
        }
        self.flush(observer);
    }

    /// SIM-13.
    fn tips(&mut self, observer: Observer<'_>) {
        let Some(merchants) = self.scenario.merchants else { return };
        let people = self.agents.len() as u64;
        for place in 0..self.merchants.len() {
            let member = self.merchants[place];
            let person = self.agents[member as usize].person;
            let mut random = self.lots.of(person, Purpose::Tip, u64::from(self.day));
            let tipped = random.below(people) as u32;
            if tipped == member || !random.happens(merchants.tips_daily) {
                continue;
            }
            let size = TipSize::Value(Points::from_units(u128::from(merchants.tip_value) * UNITS_PER_POINT));
            let (merchant, actor) = (self.id("shop", u64::from(member) + 1), self.member_id(member));
            let tip = self.id("t", self.keys + 1);
            let command = Command::TipGive { tip, merchant, member: self.member_id(tipped), size };
            self.send_as("tip", actor, command, observer);
        }
    }

    /// SIM-17: whoever withdraws takes all it has, and the operator pays at once.
    fn withdraw(&mut self, observer: Observer<'_>) {
        let Some(withdrawing) = self.scenario.withdrawing else { return };
        if !(self.day + 1).is_multiple_of(withdrawing.every_days) {
            return;
        }
        // Who has received no more than it has asked for has nothing to ask for.
        let agents = &self.agents;
        let asks = self
            .engine
            .member_flows()
            .zip(agents)
            .zip(0_u32..)
            .filter(|((flows, agent), _)| agent.withdraws && flows.1 > agent.asked);
        let asks: Vec<u32> = asks.map(|(_, member)| member).collect();
        for member in asks {
            let Some(view) = self.engine.member_at(MemberNo(member)) else { continue };
            let amount = view.cash;
            if amount < withdrawing.smallest || amount.is_zero() {
                continue;
            }
            let (id, withdrawal) = (self.member_id(member), self.id("w", self.keys + 1));
            let command =
                Command::WalletWithdraw { withdrawal: withdrawal.clone(), member: id.clone(), amount };
            if !self.send_as("out", id, command, observer) {
                continue;
            }
            let asked = &mut self.agents[member as usize].asked;
            *asked = asked.checked_add(amount).unwrap_or(*asked);
            let two = self.engine.plan().wallet.two_approvals_above.is_some_and(|limit| amount > limit);
            for approver in if two { &["cashier", "auditor"][..] } else { &["cashier"] } {
                self.send(
                    "ok",
                    approver,
                    Command::WalletApprove { withdrawal: withdrawal.clone() },
                    observer,
                );
            }
            let mut paid = self.send(
                "sent",
                "cashier",
                Command::WalletSent { withdrawal: withdrawal.clone() },
                observer,
            );
            paid = paid && self.send("paid", "cashier", Command::WalletPaid { withdrawal }, observer);
            if paid {
                self.counts.withdrawals += 1;
                self.paid(member);
            }
        }
    }

    /// What the last command paid out of the programme is in the member's hands.
    fn paid(&mut self, member: u32) {
        let bank: i128 = self
            .engine
            .entries()
            .flat_map(|entry| entry.steps())
            .flat_map(|(_, postings)| postings)
            .filter(|posting| posting.account.kind == AccountKind::Bank)
            .map(|posting| posting.amount)
            .sum();
        let in_hand = &mut self.agents[member as usize].in_hand;
        *in_hand = u128::try_from(bank)
            .ok()
            .and_then(Money::from_wide)
            .and_then(|bank| in_hand.checked_add(bank))
            .unwrap_or(*in_hand);
    }
}
