//! A scenario: who comes, what they buy, when they sell, what else happens. One TOML file, checked once when it is read.
//!
//! A `Scenario` that exists is valid. Every key, default and limit: `docs/spec/scenario.md`. What a scenario assumes, in
//! sentences: [`Scenario::explain`].

mod explain;
mod parse;
mod presets;
mod setting;

use std::sync::Arc;

use ratchet_engine::amount::{Currency, Money, Rate};
use ratchet_engine::id::Id;
use ratchet_engine::plan::{Bilingual, Plan};
use ratchet_engine::time::Day;

use crate::draw::Purpose;
use crate::random::Random;

pub use explain::Sentence;
pub use parse::{Loader, SECTIONS};
pub use presets::{PRESETS, SCENARIOS};
pub(crate) use setting::with_parameter;
pub use setting::{SettingError, with_setting};

/// Longest scenario in days: ten years.
pub const DAYS_MAX: u32 = 3_660;
/// Most members that are expected to come in one run.
pub const MEMBERS_MAX: u64 = 10_000_000;
/// Most replications.
pub const RUNS_MAX: u64 = 100_000;
/// Most plans compared.
pub const PLANS_MAX: usize = 8;
/// Most funding rounds.
pub const ROUNDS_MAX: usize = 100;
/// Highest weight of a kind of behaviour.
pub const WEIGHT_MAX: u32 = 1_000_000;
/// Most parameters of a sweep.
pub const PARAMETERS_MAX: usize = 16;
/// Most points of a sweep.
pub const POINTS_MAX: u32 = 10_000;
/// Largest amount of one simulated order in minor units.
pub const ORDER_MAX: i64 = 10_000_000_000;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name in messages.
    pub file: String,
    /// Its text, byte for byte.
    pub source: String,
    /// What people call it.
    pub name: Bilingual,
    /// The plans that are compared, at least one, with the settings of `[set]` in them.
    pub plans: Vec<NamedPlan>,
    /// First day.
    pub start: Day,
    /// How many days people act; afterwards orders settle and nobody acts.
    pub days: u32,
    /// Replications, unless the command line says otherwise.
    pub runs: u64,
    /// At how many days, evenly spaced and with the last one, the daily results are taken.
    pub points: u32,
    /// `[arrival]`
    pub arrival: Arrival,
    /// `[spending]`
    pub spending: Spending,
    /// `[repeat]`
    pub repeat: Option<Repeat>,
    /// `[referral]`
    pub referral: Option<Referral>,
    /// `[selling]`
    pub selling: Mix<Selling>,
    /// `[reentry]`
    pub reentry: Option<Reentry>,
    /// `[withdrawing]`
    pub withdrawing: Option<Withdrawing>,
    /// `[tasks]`: the chance of each kind to do a day's task.
    pub tasks: Mix<Rate>,
    /// `[merchants]`
    pub merchants: Option<Merchants>,
    /// `[refunds]`
    pub refunds: Option<Refunds>,
    /// `[fraud]`
    pub fraud: Fraud,
    /// `[[funding]]`
    pub funding: Vec<Round>,
    /// `[failure]`
    pub failure: Option<Failure>,
    /// `[wind_down]`
    pub wind_down: Option<WindDown>,
    /// `[study]`
    pub study: Option<Study>,
}

/// A plan with the name under which results show it.
#[derive(Clone, Debug)]
pub struct NamedPlan {
    /// As the scenario names it, without folder and ending.
    pub label: String,
    /// The plan.
    pub plan: Plan,
}

/// Kinds of a behaviour with their weights; each person is of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix<T> {
    /// Weight and kind, in the order of the documentation; not all weights are zero.
    pub parts: Vec<(u32, T)>,
}

impl<T> Mix<T> {
    /// The place of the kind that is drawn.
    pub(crate) fn pick(&self, random: &mut Random) -> usize {
        let total = self.parts.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = random.below(total);
        for (place, (weight, _)) in self.parts.iter().enumerate() {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return place,
            }
        }
        0
    }

    /// Whether anybody is of a kind that `test` says yes to.
    pub(crate) fn any(&self, test: impl Fn(&T) -> bool) -> bool {
        self.parts.iter().any(|(weight, kind)| *weight > 0 && test(kind))
    }
}

/// How many members come on which day (SIM-6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The shape over time.
    pub shape: Shape,
    /// From this day on nobody comes any more.
    pub stop_after_days: Option<u32>,
    /// Whether each day's number is drawn (Poisson) or is the shape itself, fractions carried over.
    pub is_drawn: bool,
    /// Expected arrivals of each day in thousandths.
    pub(crate) milli: Vec<u64>,
}

/// The shape of arrivals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The same every day; in thousandths of a member.
    Constant {
        /// Members a day, in thousandths.
        daily_milli: u64,
    },
    /// By a rate each 30 days: more, or fewer.
    Growth {
        /// Members on the first day, in thousandths.
        daily_milli: u64,
        /// Change in 30 days.
        rate: Rate,
        /// Whether it declines instead.
        declines: bool,
    },
    /// Word of mouth in a town that ends: grows by the rate while few are in, and stops at the capacity.
    Logistic {
        /// Members on the first day, in thousandths.
        daily_milli: u64,
        /// Growth in 30 days while hardly anybody is in.
        rate: Rate,
        /// All who could ever come.
        capacity: u64,
    },
    /// Given day by day; afterwards nobody.
    List {
        /// Members of each day.
        daily: Vec<u64>,
    },
}

/// What an order is worth (SIM-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spending {
    /// No order is smaller.
    pub smallest: Money,
    /// No order is larger.
    pub largest: Money,
    /// Kinds of spenders.
    pub kinds: Mix<Amounts>,
}

/// A kind of spender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amounts {
    /// Always the same.
    Fixed {
        /// How much.
        amount: Money,
    },
    /// Log-normal around a median; the spread is the standard deviation of the logarithm.
    Lognormal {
        /// Half of all orders are smaller.
        median: Money,
        /// Between the orders of a member, in parts per million.
        spread_ppm: u64,
        /// Between members.
        member_spread_ppm: u64,
    },
    /// Power law above the smallest.
    Pareto {
        /// Where it begins.
        smallest: Money,
        /// Tail index in parts per million: the smaller, the heavier.
        tail_ppm: u64,
    },
    /// Copies of customers of a real order file: their amounts and intervals.
    Orders {
        /// The file as the scenario names it.
        file: String,
        /// The customers.
        customers: Arc<Customers>,
    },
}

/// Purchase histories of real customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Customers {
    /// Days since the purchase before (0 for the first) and the amount, customer by customer.
    pub(crate) purchases: Vec<(u32, Money)>,
    /// Where each customer begins, and the end.
    pub(crate) starts: Vec<usize>,
}

impl Customers {
    /// How many customers.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `number`-th purchase of a customer, from 0.
    pub(crate) fn purchase(&self, customer: usize, number: usize) -> Option<(u32, Money)> {
        self.purchases[self.starts[customer]..self.starts[customer + 1]].get(number).copied()
    }
}

/// Members buy again (SIM-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// After each order, with this probability, another follows.
    pub again: Rate,
    /// Mean days until then.
    pub every_days: u32,
    /// Exactly so many days, instead of an exponential wait.
    pub is_regular: bool,
    /// Most orders of one member.
    pub most: u32,
}

/// New members are invited by others (SIM-9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// New members with a referrer.
    pub invited: Rate,
    /// Members who invite at all.
    pub inviters: Rate,
    /// How the referrer is found.
    pub kinds: Mix<Inviter>,
}

/// How a referrer is found among those who invite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inviter {
    /// The more somebody has invited, the likelier it invites again.
    Preferential,
    /// Everybody alike.
    Uniform,
    /// The newest: one deep chain.
    Chain,
}

/// When a member sells all its points (SIM-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selling {
    /// Never by choice.
    Never,
    /// As soon as they would bring this multiple of the spend, net, in parts per million.
    AtMultiple {
        /// The multiple.
        multiple_ppm: u64,
    },
    /// On each day with this chance.
    Random {
        /// The chance.
        daily: Rate,
    },
    /// When fewer come than before, quickly.
    Panic {
        /// Arrivals of so many days are compared with those of as many days before.
        window_days: u32,
        /// Panics when arrivals have fallen by this much.
        fall: Rate,
        /// Chance on each day of panic.
        daily: Rate,
    },
    /// When others sell.
    Herd {
        /// Chance on each day without example.
        daily: Rate,
        /// Added chance: this, times the share of holders who sold during the window.
        follow: Rate,
        /// Days that are looked back.
        window_days: u32,
    },
}

/// Members without points come back (SIM-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reentry {
    /// Probability after each exit or sale.
    pub share: Rate,
    /// Mean days until then.
    pub after_days: u32,
}

/// Members take money out of the programme (SIM-17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawing {
    /// Members who do.
    pub share: Rate,
    /// Every so many days.
    pub every_days: u32,
    /// Only from this balance on.
    pub smallest: Money,
}

/// Members become merchants and tip (SIM-13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merchants {
    /// New members who become one.
    pub share: Rate,
    /// Chance of a tip on each day, for each merchant.
    pub tips_daily: Rate,
    /// Value units given, in whole units.
    pub tip_value: u64,
}

/// Orders are sent back (SIM-14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refunds {
    /// Probability of each order.
    pub share: Rate,
    /// Mean days until then.
    pub after_days: u32,
}

/// Those who play the system (SIM-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Fraud {
    /// Buy from themselves and send it back.
    pub wash: Option<Wash>,
    /// Open accounts below themselves.
    pub ring: Option<Ring>,
    /// Buy much, sell the points, then send the goods back.
    pub pump: Option<Pump>,
}

/// Wash orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wash {
    /// New members who do it.
    pub share: Rate,
    /// Every so many days.
    pub every_days: u32,
    /// Amount of each.
    pub amount: Money,
    /// Each is refunded after so many days.
    pub refund_after_days: u32,
}

/// Self-referral rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    /// New members who open one.
    pub share: Rate,
    /// Accounts, each below the one before.
    pub size: u32,
    /// Order of each account.
    pub amount: Money,
}

/// Pump and refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pump {
    /// New members who do it.
    pub share: Rate,
    /// The order.
    pub amount: Money,
    /// Points are sold after so many days.
    pub sell_after_days: u32,
    /// The order is refunded after so many days.
    pub refund_after_days: u32,
}

/// A funding round: outside money for the pool (SIM-16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// On this day, from 1.
    pub day: u32,
    /// How much.
    pub amount: Money,
    /// Where it comes from.
    pub source: Id,
}

/// The pool is taken (SIM-18).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// From this day on, from 1, nothing is paid out.
    pub day: u32,
    /// So many days longer people still come and buy.
    pub unnoticed_days: u32,
}

/// The operator ends the programme in order (SIM-33).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindDown {
    /// On the morning of this day, from 1, the end is decided: nobody comes or buys any more.
    pub day: u32,
    /// So many days later, at midnight, the pool is paid out.
    pub closes_after_days: u32,
}

/// A sweep: which settings vary, and how its points are chosen (SIM-23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Study {
    /// How points are chosen.
    pub method: Method,
    /// How many points; of a grid: as many as it has.
    pub points: u32,
    /// Replications of each point.
    pub runs: u64,
    /// What varies.
    pub parameters: Vec<Parameter>,
}

/// How the points of a sweep are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every combination of the values listed.
    Grid,
    /// At random between the first and the last value.
    Random,
    /// Evenly spread between them (Sobol's sequence).
    Sobol,
    /// Walks in which each parameter moves once (Morris).
    Morris,
}

/// One setting that varies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its key, such as `selling.panic.weight`, or `plan.pool.retention` for one of the plan.
    pub key: String,
    /// Values as they stand in the file, quotes included; the first and the last are the ends of a range.
    pub values: Vec<String>,
}

impl Scenario {
    /// Currency of all money.
    pub fn currency(&self) -> Currency {
        self.plans[0].plan.programme.currency
    }

    /// Days on which the daily results are taken, from 1, rising, the last one always.
    pub fn result_days(&self) -> Vec<u32> {
        let acting = self.acting_days();
        let points = self.points.min(acting);
        let day = |point: u32| u64::from(point) * u64::from(acting) / u64::from(points);
        (1..=points).map(|point| day(point) as u32).collect()
    }

    /// Days on which people act: fewer than asked for if the operator fails before.
    pub fn acting_days(&self) -> u32 {
        let end = self.failure.map_or(self.days, |failure| failure.day - 1 + failure.unnoticed_days);
        end.clamp(1, self.days)
    }

    /// Days on which people come and buy.
    pub fn buying_days(&self) -> u32 {
        self.acting_days().min(self.wind_down.map_or(self.days, |end| end.day - 1))
    }

    /// How many members are expected in one run.
    pub fn members_expected(&self) -> u64 {
        self.arrival.milli.iter().take(self.buying_days() as usize).sum::<u64>().div_ceil(1_000)
    }

    /// The kind of a person for one purpose.
    pub(crate) fn kind<T>(mix: &Mix<T>, lots: crate::draw::Lots, person: u64, purpose: Purpose) -> u8 {
        // At most six kinds of anything are documented.
        if mix.parts.len() == 1 { 0 } else { mix.pick(&mut lots.of(person, purpose, 0)) as u8 }
    }
}
