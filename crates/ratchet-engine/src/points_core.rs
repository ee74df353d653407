//! Pool, cycles and exit queue alone, without orders, ledger or keys: what the core benchmark measures.
//! The same functions the engine uses (POOL-2, POOL-3, POOL-6, POOL-7), for plans with caps by member on
//! points earned and immediate sales.

use crate::amount::{Money, Points};
use crate::cycle::{Cycle, ExitQueue, Trigger};
use crate::id::MemberNo;
use crate::ledger::Points96;
use crate::plan::PoolPlan;
use crate::pool::{Pair, Ratio, Sale, mint};

/// The core of a pool-backed points programme.
#[derive(Debug)]
pub struct PointsCore {
    plan: PoolPlan,
    multiple: u128,
    ratio: Ratio,
    pair: Pair,
    members: Vec<Holding>,
    exits: ExitQueue,
    exit_count: u64,
    paid_out: Money,
}

/// What a member has.
#[derive(Debug)]
struct Holding {
    cycle: Cycle,
    points: Points96,
}

impl PointsCore {
    /// An empty pool with room for so many members before memory has to move.
    pub fn with_capacity(plan: PoolPlan, members: usize) -> PointsCore {
        let mut core = PointsCore::new(plan);
        core.members.reserve(members);
        core.exits.reserve(members);
        core
    }

    /// An empty pool.
    pub fn new(plan: PoolPlan) -> PointsCore {
        PointsCore {
            plan,
            multiple: plan.exit.map_or(0, |exit| u128::from(exit.multiple)),
            ratio: Ratio::new(plan.mint_ratio),
            pair: Pair { assets: Money::ZERO, supply: Points::ZERO },
            members: Vec::new(),
            exits: ExitQueue::default(),
            exit_count: 0,
            paid_out: Money::ZERO,
        }
    }

    /// The next member joins.
    pub fn join(&mut self) {
        self.members.push(Holding { cycle: Cycle::new(0), points: Points96::default() });
    }

    /// A settled order of a member: contribution, mint, spend, cascade.
    #[inline]
    pub fn order(&mut self, member: MemberNo, base: Money, contribution: Money) {
        let opening = Pair {
            assets: self.plan.opening_price,
            supply: Points::from_units(crate::amount::UNITS_PER_POINT),
        };
        let price = if self.pair.supply.is_zero() { opening } else { self.pair };
        let minted = mint(self.ratio, contribution, &price).units();
        self.pair.assets = self.pair.assets.add_within_limit(contribution);
        self.pair.supply = Points::from_units(self.pair.supply.units() + minted);
        let Holding { cycle, points } = &mut self.members[member.index()];
        let before = points.units();
        *points = Points96::new(before + minted);
        let old =
            Trigger { num: self.multiple * cycle.cap_base.as_u128(), den: cycle.earned(0), exponent: 0 };
        let earned = old.den + minted;
        cycle.cap_base = cycle.cap_base.add_within_limit(base);
        cycle.set_earned(earned);
        let new = Trigger { num: self.multiple * cycle.cap_base.as_u128(), den: earned, exponent: 0 };
        if self.multiple != 0 {
            if before == 0 {
                self.exits.enter(member.0, &new);
            } else if new.is_below(&old) {
                self.exits.lower(member.0, &new);
            }
            self.cascade();
        }
    }

    /// A member sells all it holds.
    #[inline]
    pub fn sell_all(&mut self, member: MemberNo) {
        let points = Points::from_units(self.members[member.index()].points.units());
        if !points.is_zero() {
            self.exits.leave(member.0);
            self.sell(member, points);
            self.cascade();
        }
    }

    /// Outside money enters; returns how many exits it caused.
    pub fn inject(&mut self, amount: Money) -> u64 {
        let before = self.exit_count;
        self.pair.assets = self.pair.assets.add_within_limit(amount);
        self.cascade();
        self.exit_count - before
    }

    /// Cap exits so far.
    pub fn exit_count(&self) -> u64 {
        self.exit_count
    }

    /// Pool and supply.
    pub fn pair(&self) -> Pair {
        self.pair
    }

    #[inline]
    fn sell(&mut self, member: MemberNo, points: Points) {
        let sale = Sale::of(self.pair.gross(points), &self.plan);
        let before = self.pair;
        self.pair.assets = self.pair.assets.saturating_sub(sale.net);
        self.pair.supply = Points::from_units(self.pair.supply.units() - points.units());
        assert!(self.pair.is_at_least(&before), "POOL-4: the price would fall");
        self.paid_out = self.paid_out.add_within_limit(sale.net);
        let holding = &mut self.members[member.index()];
        holding.points = Points96::default();
        holding.cycle.end();
    }

    #[inline]
    fn cascade(&mut self) {
        loop {
            let (pair, multiple, members) = (self.pair, self.multiple, &self.members);
            let trigger = |item: u32| {
                let cycle = &members[MemberNo(item).index()].cycle;
                let earned = cycle.earned(0);
                (earned != 0).then(|| Trigger {
                    num: multiple * cycle.cap_base.as_u128(),
                    den: earned,
                    exponent: 0,
                })
            };
            let Some(item) = self.exits.next(&pair, 0, trigger, |item| item) else { return };
            let member = MemberNo(item);
            let points = Points::from_units(self.members[member.index()].points.units());
            self.exit_count += 1;
            self.sell(member, points);
        }
    }
}
