//! Points: bought by the programme at genesis, sold, sold out where a cap is reached, and what a pool without points leaves (POOL-1 to POOL-9).

use crate::amount::{Money, Points, Rounding, mul_div};
use crate::engine::Engine;
use crate::event::{Event, LotSold, RetentionWay, SaleCause};
use crate::id::{LineNo, MemberNo};
use crate::ledger::{Account, AccountKind};
use crate::plan::{ExitBasis, ExitCounts, PoolPlan, RetentionPoint, RetentionTo};
use crate::pool::{Pair, Sale};
use crate::slice::{Position, Step};

impl Engine {
    /// POOL-11a: house points, bought at genesis at the opening price.
    pub(crate) fn buy_house_points(&mut self) {
        let Some(pool) = self.plan.pool.filter(|pool| pool.house_points > 0) else { return };
        let amount = Money::from_wide(u128::from(pool.house_points) * pool.opening_price.as_u128())
            .expect("house points cost at most 10^17 minor units by the limits of the plan");
        let points = Points::from_units(u128::from(pool.house_points) * crate::amount::UNITS_PER_POINT);
        self.debit(AccountKind::Bank, amount);
        self.credit(AccountKind::PoolAssets, amount);
        self.post_points(AccountKind::PointsHouse, None, points);
        self.commit(Event::HousePointsBought { amount, points });
    }

    /// Issues points to a member, or to the house.
    pub(super) fn post_points(&mut self, kind: AccountKind, member: Option<MemberNo>, points: Points) {
        let units = i128::try_from(points.units()).expect("points fit 96 bits");
        let account = match member {
            Some(member) => Account::member(kind, member),
            None => Account::programme(kind),
        };
        self.post(Account::programme(AccountKind::PointsIssued), -units);
        self.post(account, units);
    }

    /// POOL-7, POOL-9: sells out whoever has reached the cap, smallest trigger first, until nobody has; then
    /// splits the units while the price requires it.
    #[inline]
    pub(crate) fn cascade(&mut self) {
        let Some(pool) = self.plan.pool else { return };
        if pool.exit.is_some() {
            while self.exit_next(&pool, None) {}
        }
        self.split_units(&pool);
    }

    /// The same at the end of an entry: what is more than one entry takes is done in entries of its own.
    pub(crate) fn end_with_cascade(&mut self) {
        self.run(Position::CapExits);
    }

    /// A slice of a cascade.
    pub(crate) fn exit_step(&mut self) -> Step {
        let Some(pool) = self.plan.pool else { return Step::Done };
        if !self.exit_some(&pool, None) {
            return Step::Pause(Position::CapExits);
        }
        self.split_units(&pool);
        Step::Done
    }

    /// Sells out as many as one entry takes, at `fixed` or at the price of the moment; says whether nobody is left.
    pub(crate) fn exit_some(&mut self, pool: &PoolPlan, fixed: Option<&Pair>) -> bool {
        if pool.exit.is_none() {
            return true;
        }
        for _ in 0..self.state.slice_members {
            if !self.exit_next(pool, fixed) {
                return true;
            }
        }
        !self.state.has_exit()
    }

    /// Sells out the next member or lot that has reached the cap, at `fixed` or at the price of the moment.
    #[inline]
    pub(crate) fn exit_next(&mut self, pool: &PoolPlan, fixed: Option<&Pair>) -> bool {
        let pair = self.state.pair();
        let Some((member, lot)) = self.state.next_exit(&pair) else { return false };
        self.exit(pool, member, lot, fixed.unwrap_or(&pair));
        true
    }

    pub(super) fn exit(&mut self, pool: &PoolPlan, member: MemberNo, lot: Option<LineNo>, price: &Pair) {
        let points = match lot {
            Some(line) => self.state.lot_left(line),
            None => self.state.ledger.points(member),
        };
        let mut gross = price.gross(points);
        if let Some(exit) = pool.exit.filter(|exit| exit.clamp) {
            let (base, realised) = match lot {
                Some(line) => (self.state.lot_cap_base(line, exit.of), self.state.lot_realised(line)),
                None => {
                    let cycle = self.state.ledger.cycle(member);
                    (cycle.cap_base, cycle.realised)
                }
            };
            let mut cap = u128::from(exit.multiple) * base.as_u128();
            if exit.counts == ExitCounts::Realised {
                cap = cap.saturating_sub(realised.as_u128());
            }
            gross = gross.min(Money::from_wide(cap).unwrap_or(gross));
        }
        self.sell_points(pool, member, points, gross, SaleCause::CapExit, lot);
    }

    /// Carries out a sale: points burned, money to the wallet, retention to where the plan says (POOL-3, POOL-6).
    #[inline]
    pub(crate) fn sell_points(
        &mut self,
        pool: &PoolPlan,
        member: MemberNo,
        points: Points,
        gross: Money,
        cause: SaleCause,
        lot: Option<LineNo>,
    ) {
        let sale = Sale::of(gross, pool);
        let to_residual = cause == SaleCause::CapExit
            && pool.exit.is_some_and(|exit| exit.retention_to == RetentionTo::Residual);
        let (from_pool, to_member) = match pool.retention_point {
            _ if to_residual => (sale.gross, sale.net),
            RetentionPoint::Sale => (sale.net, sale.net),
            RetentionPoint::Withdrawal => (sale.gross, sale.gross),
        };
        self.debit(AccountKind::PoolAssets, from_pool);
        self.post(Account::member(AccountKind::WalletCash, member), i128::from(to_member.minor()));
        if to_residual {
            self.credit(AccountKind::PoolResidual, sale.kept);
        }
        let units = i128::try_from(points.units()).expect("points fit 96 bits");
        self.post(Account::member(AccountKind::MemberPoints, member), -units);
        self.post(Account::programme(AccountKind::PointsIssued), units);
        let locked = match cause {
            SaleCause::CapExit if self.plan.claims.is_some() => self.state.locked_points(member, lot),
            SaleCause::Member | SaleCause::CapExit | SaleCause::WindDown => Points::ZERO,
        };
        let retention = match pool.retention_point {
            _ if to_residual => RetentionWay::Residual,
            RetentionPoint::Sale => RetentionWay::Pool,
            RetentionPoint::Withdrawal => RetentionWay::Withdrawal,
        };
        let lots = if lot.is_some() { Vec::new() } else { self.lots_to_sell(member, points, sale.gross) };
        self.commit(Event::PointsSold {
            member,
            points,
            gross: sale.gross,
            retained: sale.kept,
            net: sale.net,
            cause,
            retention,
            lot,
            locked,
            lots,
        });
        self.sweep_residue();
        if to_residual || pool.retention_point == RetentionPoint::Sale {
            self.net_credit(member, to_member);
        } else {
            self.net_retention_pending(member, to_member);
        }
    }

    /// POOL-12: from which lots a sale takes so many of a member's points: the oldest first, of each what is not locked
    /// (CLAIM-2). Nothing if it takes all points.
    pub(crate) fn lots_to_sell(&self, member: MemberNo, points: Points, gross: Money) -> Vec<LotSold> {
        let state = &self.state;
        let units = points.units();
        if state.ledger.points(member).units() == units {
            return Vec::new();
        }
        let counts = state.terms.caps.filter(|caps| caps.basis == ExitBasis::Lot).map(|caps| caps.counts);
        let realises = counts == Some(ExitCounts::Realised);
        let (mut lots, mut rest) = (Vec::new(), units);
        for line in state.lots(member) {
            let locked = state.locked_points(member, Some(line)).units();
            let part = state.lot_left(line).units().saturating_sub(locked).min(rest);
            if part == 0 {
                continue;
            }
            // floor(gross · part / x): rounds down, so that a cap is never reached by rounding.
            let share = if realises { mul_div(gross.as_u128(), part, units, Rounding::Down) } else { None };
            let realised = share.and_then(Money::from_wide).unwrap_or(Money::ZERO);
            lots.push(LotSold { line, points: Points::from_units(part), realised });
            rest -= part;
            if rest == 0 {
                break;
            }
        }
        assert!(rest == 0, "no more is sold than is free");
        lots
    }

    /// POOL-8: when the last points are gone, what is left of the pool becomes residual.
    #[inline]
    pub(crate) fn sweep_residue(&mut self) {
        let pair = self.state.pair();
        if !pair.supply.is_zero() {
            return;
        }
        self.debit(AccountKind::PoolAssets, pair.assets);
        self.credit(AccountKind::PoolResidual, pair.assets);
        self.commit(Event::SupplyEmptied { residual: pair.assets });
    }

    /// POOL-9: multiplies every points quantity by 10³ while the price is 10⁶ × the opening price.
    #[inline]
    pub(crate) fn split_units(&mut self, pool: &PoolPlan) {
        while self.state.pair().needs_split(pool.opening_price) {
            self.commit(Event::UnitsSplit {});
        }
    }
}
