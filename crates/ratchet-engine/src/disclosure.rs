//! Who gains and who loses, from any state of a programme (DISC-1 … DISC-5).
//!
//! Pure arithmetic on whole numbers over one pass of the members; `O(n log n)` because of the percentiles.
//! Ratios are parts per million, rounded down. The same code serves a backtest, a simulation and a running
//! programme; nothing here can be switched off.

mod distance;
mod distribution;
mod income;

#[cfg(test)]
mod tests;

pub use distance::{BreakEven, EqualOrders, SIMULATED_STEPS_MAX};
use distribution::Sorter;
pub use distribution::{Inequality, OUTCOME_EDGES_PPM, Spread};
pub use income::{Income, RankIncome};

use std::collections::BTreeMap;

use crate::amount::{Money, Points, Rate, allocate};
use crate::plan::{Plan, Split};
use crate::pool::Pair;
use crate::state::Totals;
use crate::time::{Day, Timestamp};

/// One in parts per million.
const PPM: u128 = 1_000_000;

/// What the disclosure needs of one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberOutcome {
    /// When it joined.
    pub joined_at: Timestamp,
    /// Bases of settled and pending lines, minus refunds.
    pub spent: Money,
    /// Wallet credits from all sources; refunds are none.
    pub cash: Money,
    /// Net redemption value of the points held, sold at once at the present pair.
    pub held: Money,
    /// Points held.
    pub points: Points,
    /// Of the cash: commissions and dividends, which come from other members' purchases.
    pub commissions: Money,
    /// Place of its rank in the plan, from 0.
    pub rank: Option<usize>,
}

impl MemberOutcome {
    /// Cash received and the net value of the points held.
    pub fn value(&self) -> Money {
        self.cash.add_within_limit(self.held)
    }
}

/// Who gained and who lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// All members, buyers or not.
    pub members: u64,
    /// Members with `spent > 0`. Outcomes are of them; the money below is of all members.
    pub buyers: u64,
    /// Σ spent.
    pub spent: Money,
    /// Σ cash received.
    pub cash: Money,
    /// Σ net redemption values.
    pub held: Money,
    /// DISC-1: what came back to the buyers.
    pub outcomes: Outcomes,
    /// DISC-1: the same by joining month, in order of time.
    pub cohorts: Vec<Cohort>,
    /// DISC-1: how unequally cash and value (cash + held) are spread.
    pub cash_inequality: Inequality,
    /// See `cash_inequality`.
    pub value_inequality: Inequality,
    /// DISC-2: what no plan can get round.
    pub conservation: Conservation,
    newest: Option<Newest>,
    /// DISC-3: what is left in the pool for nobody if every member sold now at the present pair. What each
    /// cohort would get is its `held`.
    pub sold_now_residue: Money,
    /// DISC-4: where 100 units of money of orders went, in listing order; sums to 100.
    pub hundred: Vec<Destination>,
    /// DISC-5: what payouts were made of.
    pub payouts: Payouts,
    /// DISC-6: income by rank; `None` in a plan without commissions, ranks and releases.
    pub income: Option<Income>,
}

/// DISC-1: outcome = (cash + held) ÷ spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcomes {
    /// Buyers who received at least 1×, 2×, 3× their spend in cash.
    pub in_cash: [Count; 3],
    /// Buyers with an outcome of at least 1: cash and points at net value together.
    pub at_least_one: Count,
    /// Mean of the members' outcomes and nearest-rank percentiles.
    pub spread: Spread,
    /// Buyers by outcome: bucket `i` is from edge `i` up to, not including, edge `i + 1` of
    /// [`OUTCOME_EDGES_PPM`]; the last is open.
    pub buckets: [u64; OUTCOME_EDGES_PPM.len()],
    /// The member in the middle by outcome (the nearest-rank median; the first to join of equals).
    pub middle: Option<Middle>,
}

/// The member in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Middle {
    /// What it spent.
    pub spent: Money,
    /// What it received.
    pub cash: Money,
    /// What its points would bring now.
    pub held: Money,
}

/// How many, and which share of the buyers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Count {
    /// How many.
    pub members: u64,
    /// Parts per million of the buyers, rounded down.
    pub share_ppm: u64,
}

/// The members who joined in one local month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// `YYYY-MM` in the programme's local time.
    pub month: String,
    /// Members who joined.
    pub members: u64,
    /// Those with `spent > 0`.
    pub buyers: u64,
    /// Σ spent.
    pub spent: Money,
    /// Σ cash received.
    pub cash: Money,
    /// Σ net redemption values: what the cohort would get if everybody sold now.
    pub held: Money,
    /// Buyers who received at least their spend in cash.
    pub recovered: u64,
    /// Buyers with an outcome of at least 1.
    pub at_least_one: u64,
    /// Spread of the buyers' outcomes.
    pub spread: Spread,
}

/// DISC-2: cash out cannot exceed the money that can ever be paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conservation {
    /// Money members put in: Σ spent.
    pub money_in: Money,
    /// Outside money put into the pool.
    pub injected: Money,
    /// Cash members got out.
    pub cash_out: Money,
    /// The most that members together can ever get through points out of the orders so far: contributions,
    /// injections, and the pool share of what has not settled yet; with what they got in the market and as subsidies
    /// (DISC-2c).
    pub payable: Money,
    /// (cash + held) ÷ spent of all members together.
    pub mean_ppm: u64,
    /// `payable ÷ spent`: no behaviour of anybody lifts the mean above it.
    pub mean_bound_ppm: u64,
    /// `(payable + commissions + funds) ÷ spent`: the bound if every bonus leg went to members too.
    pub mean_bound_with_bonuses_ppm: u64,
    /// The most buyers that could ever have 1×, 2×, 3× their spend in cash: the largest k such that the k
    /// smallest spends times the multiple are at most `payable`, with every bonus leg where the plan pays any. Everybody
    /// else then has nothing.
    pub reach_at_most: [Count; 3],
}

/// Where a part of the orders' money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Where.
    pub leg: Leg,
    /// How much in all.
    pub amount: Money,
    /// How much of 100 units of money, in minor units; shared out by NUM-5.
    pub of_hundred: Money,
}

/// Where the money of an order can go (DISC-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leg {
    /// Merchants and suppliers.
    Cost,
    /// The commission leg.
    Commission,
    /// Named funds.
    Funds,
    /// The platform.
    Platform,
    /// Through the pool to members, in cash.
    PoolPaid,
    /// Still in the pool.
    PoolHeld,
    /// In the pool residual: belongs to nobody yet (POOL-8).
    PoolResidual,
    /// Out of the pool to the issuer of shares (EQUITY-2); only in a plan with shares.
    PoolIssuer,
    /// Paid by buyers, not settled yet.
    Pending,
}

/// DISC-5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payouts {
    /// Σ over members of cash received beyond what the member's own orders put into the pool. By POOL-5 a member
    /// alone never gets more out than it put in, so at least this came from others' later orders (or injections).
    pub from_others: Money,
    /// Its share of all cash received.
    pub from_others_ppm: u64,
    /// Kept of all sales and exits ÷ their gross.
    pub effective_retention_ppm: u64,
    /// Breakage: money of members in the pool and the residual that no member could take out now.
    pub breakage: Money,
}

/// What is kept of a row; the newest member's points are remembered apart.
#[derive(Clone, Copy)]
struct Kept {
    spent: Money,
    cash: Money,
    held: Money,
}

/// What is kept besides of those who have it: in most programmes of nobody, in the others of few.
#[derive(Clone, Copy)]
struct Bonus {
    /// Place of its row.
    row: usize,
    commissions: Money,
    rank: Option<usize>,
}

impl Kept {
    fn has_bought(&self) -> bool {
        !self.spent.is_zero()
    }

    fn value(&self) -> Money {
        self.cash.add_within_limit(self.held)
    }

    /// Outcome in parts per million, rounded down. Only for buyers.
    fn outcome_ppm(&self) -> u64 {
        outcome_ppm(self.spent, self.cash, self.held).unwrap_or(0)
    }

    fn received(&self, multiple: u128) -> bool {
        self.cash.as_u128() >= multiple * self.spent.as_u128()
    }

    fn is_whole(&self) -> bool {
        self.value() >= self.spent
    }
}

/// The newest member that spent and holds points, and the world of [`Disclosure::break_even`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Newest {
    spent: Money,
    points: Points,
    orders: EqualOrders,
    retention: Rate,
}

impl Disclosure {
    /// DISC-3: how far the newest member is from its money; `None` if nobody who spent holds points. Plays up to
    /// [`SIMULATED_STEPS_MAX`] orders, so whoever needs it twice keeps it.
    pub fn break_even(&self) -> Option<BreakEven> {
        let Newest { spent, points, orders, retention } = self.newest?;
        Some(orders.break_even(points, spent, retention))
    }

    /// Computes everything but the break-even distance from the members in joining order and the programme's totals.
    pub fn compute(rows: impl Iterator<Item = MemberOutcome>, plan: &Plan, totals: &Totals) -> Disclosure {
        let (mut kept, mut bonuses) = (Vec::<Kept>::new(), Vec::<Bonus>::new());
        let mut newest = None;
        let mut months: Vec<(String, usize)> = Vec::new();
        let mut last_day: Option<Day> = None;
        for row in rows {
            let day = plan.programme.calendar.day_of(row.joined_at);
            // Writing out a month costs more than all the rest of the row: only where the day changes.
            if last_day != Some(day) {
                last_day = Some(day);
                let month = day.month();
                if months.last().is_none_or(|(last, _)| *last != month) {
                    months.push((month, kept.len()));
                }
            }
            if !row.spent.is_zero() && !row.points.is_zero() {
                newest = Some((row.spent, row.points));
            }
            let MemberOutcome { spent, cash, held, commissions, rank, .. } = row;
            if !commissions.is_zero() || rank.is_some() {
                bonuses.push(Bonus { row: kept.len(), commissions, rank });
            }
            kept.push(Kept { spent, cash, held });
        }

        // Of the buyers, in joining order: a division each, so only once.
        let each: Vec<u64> = kept.iter().filter(|row| row.has_bought()).map(Kept::outcome_ppm).collect();
        let buyers = count(each.len());
        let spent = sum(kept.iter().map(|row| row.spent));
        let cash = sum(kept.iter().map(|row| row.cash));
        let held = sum(kept.iter().map(|row| row.held));
        let mut sorter = Sorter::default();
        let outcomes = outcomes(&kept, &each, &mut sorter);
        let cohorts = cohorts(&months, &kept, &each, &mut sorter);
        let pending = pending(spent, totals);
        let spends = kept.iter().filter(|row| row.has_bought()).map(|row| row.spent.minor().unsigned_abs());
        let conservation = conservation(sorter.sorted(spends), [spent, cash, held], pending, plan, totals);
        // What a member's own orders can have come back to it by: pool and funds, and as agent of its own address.
        let (own_share, agent_share) = (own_share(plan), agent_share(plan));
        let beyond = |row: &Kept| row.cash.saturating_sub(own_share.floor_of(row.spent));
        // The larger of that and of what commissions brought beyond them.
        let more = |bonus: &Bonus| {
            let row = &kept[bonus.row];
            let commissions = bonus.commissions.saturating_sub(agent_share.floor_of(row.spent));
            commissions.saturating_sub(beyond(row))
        };
        let from_others = sum(kept.iter().map(beyond).chain(bonuses.iter().map(more)));
        let gross = totals.paid_out.as_u128() + totals.retained.as_u128();
        Disclosure {
            members: count(kept.len()),
            buyers,
            spent,
            cash,
            held,
            outcomes,
            cohorts,
            cash_inequality: inequality(&kept, |row| row.cash, &mut sorter),
            value_inequality: inequality(&kept, Kept::value, &mut sorter),
            conservation,
            newest: newest.and_then(|(spent, points)| {
                let pool = plan.pool?;
                // Further orders are like the average one so far.
                let contribution = contributed(totals).as_u128() / u128::from(totals.orders.max(1));
                let orders = EqualOrders {
                    pair: Pair { assets: totals.pool, supply: totals.supply },
                    contribution: Money::from_wide(contribution.max(1))?,
                    mint_ratio: pool.mint_ratio,
                };
                Some(Newest { spent, points, orders, retention: pool.retention })
            }),
            sold_now_residue: totals.pool.saturating_sub(held),
            hundred: hundred(plan, totals, pending),
            payouts: Payouts {
                from_others,
                from_others_ppm: ratio_ppm(from_others.as_u128(), cash.as_u128()),
                effective_retention_ppm: ratio_ppm(totals.retained.as_u128(), gross),
                breakage: money(totals.pool.as_u128() + totals.residual.as_u128()).saturating_sub(held),
            },
            income: Income::of(&kept, &bonuses, plan),
        }
    }
}

/// Share of its own orders that can come back to a member through pool, funds and its own territory.
fn own_share(plan: &Plan) -> Rate {
    // Of the source from which most can come back (SOURCE-1).
    let most = |share: &dyn Fn(&Split) -> u32| plan.splits().map(share).max().unwrap_or(0);
    if !pays_bonuses(plan) {
        return Rate::from_ppm(most(&|split| split.pool.ppm()));
    }
    let funds = |split: &Split| split.funds.iter().map(|fund| fund.share.ppm()).sum::<u32>();
    Rate::from_ppm(most(&|split| split.pool.ppm() + funds(split)) + agent_share(plan).ppm())
}

/// Share of its own orders that an agent of its own address gets, of the class that brings it most (COMM-10).
fn agent_share(plan: &Plan) -> Rate {
    let of_class =
        plan.all_commission_rates().map(|rates| rates.regional().map(Rate::ppm).iter().sum::<u32>());
    Rate::from_ppm(of_class.max().unwrap_or(0).min(Rate::ONE.ppm()))
}

/// Whether members get money besides that of the pool.
fn pays_bonuses(plan: &Plan) -> bool {
    plan.commission.is_some()
        || plan.release.is_some()
        || plan.promotions.iter().any(|plan| plan.lottery.is_some() || plan.chain.is_some())
        || pays_leaders(plan)
}

/// GROUP-4: whether leaders of groups get money that was the platform's.
fn pays_leaders(plan: &Plan) -> bool {
    plan.promotions.iter().any(|plan| plan.group.is_some_and(|group| group.leader_bonus.is_some()))
}

/// DISC-2d: what of the platform's legs could come to leaders; all of what is pending, for a line may state its cost. A fixed
/// bonus may be more: what the operator had to add, and what groups may still bring.
fn for_leaders(plan: &Plan, totals: &Totals, pending: Money) -> Money {
    if !pays_leaders(plan) {
        return Money::ZERO;
    }
    sum([totals.platform, pending, totals.operator_bonuses, totals.bonuses_to_come].into_iter())
}

/// Members whom money has touched. Who only joined is in no distribution.
fn takes_part(row: &&Kept) -> bool {
    row.has_bought() || !row.value().is_zero()
}

fn inequality(kept: &[Kept], amount: impl Fn(&Kept) -> Money, sorter: &mut Sorter) -> Inequality {
    let amounts = kept.iter().filter(takes_part).map(|row| amount(row).minor().unsigned_abs());
    Inequality::of(amounts, sorter)
}

/// `each`: the buyers' outcomes in joining order.
fn outcomes(kept: &[Kept], each: &[u64], sorter: &mut Sorter) -> Outcomes {
    let buyers = count(each.len());
    let matching = |test: &dyn Fn(&Kept) -> bool| {
        Count::of(count(kept.iter().filter(|row| row.has_bought() && test(row)).count()), buyers)
    };
    let sorted = sorter.sorted(each.iter().copied());
    let spread = Spread::of_sorted(sorted);
    let mut in_order = kept.iter().filter(|row| row.has_bought()).zip(each);
    let middle = in_order.find(|(_, outcome)| **outcome == spread.median_ppm).map(|(row, _)| Middle {
        spent: row.spent,
        cash: row.cash,
        held: row.held,
    });
    Outcomes {
        in_cash: [1, 2, 3].map(|multiple| matching(&|row: &Kept| row.received(multiple))),
        at_least_one: matching(&Kept::is_whole),
        spread,
        buckets: distribution::buckets(sorted),
        middle,
    }
}

/// `each`: the buyers' outcomes in joining order.
#[expect(clippy::type_complexity, reason = "rows of a month beside their outcomes, here alone")]
fn cohorts(months: &[(String, usize)], kept: &[Kept], mut each: &[u64], sorter: &mut Sorter) -> Vec<Cohort> {
    let ends = months.iter().skip(1).map(|(_, start)| *start).chain([kept.len()]);
    // A month has several parts where members joined later than others and had come before them (TIME-4).
    let mut parts: BTreeMap<&str, Vec<(&[Kept], &[u64])>> = BTreeMap::new();
    for ((month, start), end) in months.iter().zip(ends) {
        let rows = kept.get(*start..end).unwrap_or_default();
        let (own, others) = each.split_at(rows.iter().filter(|row| row.has_bought()).count());
        each = others;
        parts.entry(month).or_default().push((rows, own));
    }
    let of_month = |(month, parts): (&str, Vec<(&[Kept], &[u64])>)| {
        let rows = || parts.iter().flat_map(|(rows, _)| *rows);
        let matching =
            |test: &dyn Fn(&Kept) -> bool| count(rows().filter(|row| row.has_bought() && test(row)).count());
        Cohort {
            month: month.to_owned(),
            members: count(rows().count()),
            buyers: matching(&|_| true),
            spent: sum(rows().map(|row| row.spent)),
            cash: sum(rows().map(|row| row.cash)),
            held: sum(rows().map(|row| row.held)),
            recovered: matching(&|row: &Kept| row.received(1)),
            at_least_one: matching(&Kept::is_whole),
            spread: Spread::of_sorted(sorter.sorted(parts.iter().flat_map(|(_, own)| own.iter().copied()))),
        }
    };
    parts.into_iter().map(of_month).collect()
}

/// What orders put into the pool, less what late refunds took back.
fn contributed(totals: &Totals) -> Money {
    totals.contributions.saturating_sub(totals.pool_refunded)
}

/// Paid by buyers and not settled: what was spent and has not gone down any leg.
fn pending(spent: Money, totals: &Totals) -> Money {
    let pool_legs = [contributed(totals), totals.to_buyers];
    let settled =
        [totals.cost, totals.commission, totals.funds, totals.platform].into_iter().chain(pool_legs);
    spent.saturating_sub(sum(settled))
}

/// `spends`: of the buyers, in rising order.
fn conservation(
    spends: &[u64],
    [spent, cash, held]: [Money; 3],
    pending: Money,
    plan: &Plan,
    totals: &Totals,
) -> Conservation {
    // Rounded up: a bound may be a fen too high, never too low.
    let most = |of: &dyn Fn(&Split) -> Money| plan.splits().map(of).max().unwrap_or(Money::ZERO);
    let still_to_come = most(&|split| split.pool.ceil_of(pending));
    let payable = sum([contributed(totals), totals.injected, still_to_come].into_iter());
    // DISC-2c: what changed hands between members was received twice; subsidies came from outside; at the end pool legs go to
    // buyers and not into the pool.
    let besides = sum([totals.traded, totals.subsidised, totals.to_buyers].into_iter());
    let payable = sum([payable, besides].into_iter());
    let bonuses_to_come = most(&|split| {
        let bonuses = split.funds.iter().map(|fund| fund.share).chain([split.commission]);
        sum(bonuses.map(|share: Rate| share.ceil_of(pending)))
    });
    let with_bonuses =
        sum([payable, totals.commission, totals.funds, bonuses_to_come, for_leaders(plan, totals, pending)]
            .into_iter());
    // Only what a plan pays to members can come to them.
    let reachable = if pays_bonuses(plan) { with_bonuses } else { payable };
    Conservation {
        money_in: spent,
        injected: totals.injected,
        cash_out: cash,
        payable,
        mean_ppm: ratio_ppm(cash.as_u128() + held.as_u128(), spent.as_u128()),
        mean_bound_ppm: ratio_ppm(payable.as_u128(), spent.as_u128()),
        mean_bound_with_bonuses_ppm: ratio_ppm(with_bonuses.as_u128(), spent.as_u128()),
        reach_at_most: [1, 2, 3]
            .map(|multiple| Count::of(reach(spends, multiple, reachable), count(spends.len()))),
    }
}

/// The largest k such that the k smallest spends, times the multiple, are at most `payable`.
fn reach(sorted_spends: &[u64], multiple: u128, payable: Money) -> u64 {
    let mut left = payable.as_u128();
    let mut reached = 0;
    for spend in sorted_spends {
        let Some(rest) = left.checked_sub(multiple * u128::from(*spend)) else { break };
        left = rest;
        reached += 1;
    }
    reached
}

fn hundred(plan: &Plan, totals: &Totals, pending: Money) -> Vec<Destination> {
    // Injections lie in the same pool: the orders' share of each of its uses is in proportion.
    let mut pool = Vec::new();
    let uses = [totals.paid_out, totals.pool, totals.residual, totals.to_issuer];
    allocate(contributed(totals), &uses, &mut pool);
    let part = |at: usize| pool.get(at).copied().unwrap_or(Money::ZERO);
    let legs = [
        (Leg::Cost, totals.cost),
        (Leg::Commission, totals.commission),
        (Leg::Funds, totals.funds),
        (Leg::Platform, totals.platform),
        (Leg::PoolPaid, part(0).add_within_limit(totals.to_buyers)),
        (Leg::PoolHeld, part(1)),
        (Leg::PoolResidual, part(2)),
        (Leg::PoolIssuer, part(3)),
        (Leg::Pending, pending),
    ];
    let legs = legs.into_iter().filter(|(leg, _)| *leg != Leg::PoolIssuer || plan.equity.is_some());
    let legs: Vec<(Leg, Money)> = legs.collect();
    let amounts: Vec<Money> = legs.iter().map(|(_, amount)| *amount).collect();
    let mut parts = Vec::new();
    allocate(money(100 * 10_u128.pow(plan.programme.currency.decimals)), &amounts, &mut parts);
    let parts = parts.into_iter().chain(std::iter::repeat(Money::ZERO));
    legs.into_iter()
        .zip(parts)
        .map(|((leg, amount), of_hundred)| Destination { leg, amount, of_hundred })
        .collect()
}

impl Count {
    fn of(members: u64, all: u64) -> Count {
        Count { members, share_ppm: ratio_ppm(u128::from(members), u128::from(all)) }
    }
}

/// `part ÷ whole` in parts per million, rounded down; 0 of nothing. Parts are below 2⁶⁴, so this fits 128 bits.
/// What somebody received and holds ÷ what it spent, in parts per million, rounded down (DISC-1); `None` of who spent nothing.
pub fn outcome_ppm(spent: Money, cash: Money, held: Money) -> Option<u64> {
    (!spent.is_zero()).then(|| ratio_ppm(cash.add_within_limit(held).as_u128(), spent.as_u128()))
}

fn ratio_ppm(part: u128, whole: u128) -> u64 {
    let ppm = (part * PPM).checked_div(whole).unwrap_or(0);
    u64::try_from(ppm).unwrap_or(u64::MAX)
}

fn sum(parts: impl Iterator<Item = Money>) -> Money {
    money(parts.map(Money::as_u128).sum())
}

/// A sum of money of one programme.
fn money(minor: u128) -> Money {
    Money::from_wide(minor).expect("all money of a programme is at most 10^16 minor units (LIMIT)")
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
