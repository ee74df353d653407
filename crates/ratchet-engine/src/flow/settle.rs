//! Settlement: legs out of escrow, contribution, mint, cascade, split (ORDER-3, POOL-1, POOL-2, POOL-7, POOL-9).

use crate::amount::{Money, Points, Rounding, mul_div};
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::{ContributionSource, Deferral, Event, LotSold, RetentionWay, SaleCause};
use crate::id::{LineNo, MemberNo, MerchantNo, OrderNo};
use crate::ledger::{Account, AccountKind};
use crate::order::Allocation;
use crate::plan::{ExitBasis, ExitCounts, PoolPlan, RetentionPoint, RetentionTo};
use crate::pool::{Pair, Sale, mint};
use crate::slice::{Position, Step};
use crate::wind_down::WindDownPhase;

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
    fn post_points(&mut self, kind: AccountKind, member: Option<MemberNo>, points: Points) {
        let units = i128::try_from(points.units()).expect("points fit 96 bits");
        let account = match member {
            Some(member) => Account::member(kind, member),
            None => Account::programme(kind),
        };
        self.post(Account::programme(AccountKind::PointsIssued), -units);
        self.post(account, units);
    }

    /// Settles a received order: the mint queue first, then its lines in order (POOL-1a, POOL-2a).
    #[inline]
    pub(crate) fn settle(&mut self, order: OrderNo) {
        self.settle_lines(order, true);
    }

    /// The same in the entry of the end, where everybody is paid by its points and nobody is sold out (WIND-3).
    pub(crate) fn settle_at_the_end(&mut self, order: OrderNo) {
        self.settle_lines(order, false);
    }

    #[inline]
    fn settle_lines(&mut self, order: OrderNo, exits: bool) {
        let mut left_today = self.contribution_limit();
        if !self.state.mint_queue.is_empty() {
            self.serve_mint_queue();
        }
        let ends = self.state.wind_down.phase != WindDownPhase::None;
        let record = *self.state.orders.order(order);
        let mut waits = false;
        for line in record.line_numbers() {
            let base = self.state.orders.base_left(line);
            if base.is_zero()
                && self.state.other_left(line).is_zero()
                && self.state.claim_left(line).is_zero()
            {
                continue;
            }
            let legs = self.settle_line(line, base, ends);
            let pool_leg = legs.pool;
            self.grant_line(line, record.member, base);
            if self.plan.loyalty.is_some() {
                self.earn_loyalty(line, record.member, base);
            }
            if !pool_leg.is_zero() && ends {
                self.pay_cash_in_lieu(line, pool_leg, ContributionSource::Settlement);
            } else if !pool_leg.is_zero() {
                waits |= self.contribute(line, record.member, pool_leg, &mut left_today);
            }
            if exits && self.plan.claims.is_some() {
                // CLAIM-2c: a line may have begun a cap without a mint.
                self.cascade();
            }
        }
        if self.pays_commissions_of(order) {
            self.pay_commissions(order);
        }
        if self.has_mall() {
            self.mall_settled(order);
        }
        if record.has_extra {
            self.settle_freight(order);
        }
        if waits {
            self.commit(Event::ContributionRolled { order, retry: false });
        }
        if self.plan.funding {
            self.subsidise(order);
        }
    }

    /// Freight to the merchant of the first line, tax to its account (ORDER-3c).
    fn settle_freight(&mut self, order: OrderNo) {
        let extra = self.state.orders.extra(order);
        let (freight, tax) = (extra.freight_left(), extra.tax_left());
        self.debit(AccountKind::Escrow, freight.add_within_limit(tax));
        self.pay_merchant(MerchantNo(extra.freight_to), freight);
        self.credit(AccountKind::TaxPayable, tax);
        self.commit(Event::FreightSettled { order, freight, tax });
        self.net_merchant(MerchantNo(extra.freight_to), extra.freight);
    }

    /// POOL-11c: what one order may contribute today; `None` without a limit.
    fn contribution_limit(&self) -> Option<Money> {
        let share = self.plan.pool.and_then(|pool| pool.max_contribution)?;
        let assets = self.state.pair().assets;
        if assets.is_zero() {
            return None;
        }
        // Rounded down, but at least one minor unit, so that an order is never stuck.
        Some(share.floor_of(assets).max(Money::from_minor(1).unwrap_or(Money::ZERO)))
    }

    /// Pays the legs of one line but the pool's; the contribution is still in escrow.
    #[inline]
    fn settle_line(&mut self, line: LineNo, base: Money, ends: bool) -> Allocation {
        let legs = self.line_legs(line, base);
        // POOL-13: what mints brings its part of the cap base along; a line of which nothing will mint counts here.
        let cap_base =
            if legs.pool.is_zero() || ends { self.cap_base_without_mint(base) } else { Money::ZERO };
        let merchant = self.state.orders.detail(line).merchant;
        let platform = legs.platform.saturating_sub(legs.reserve);
        let out = legs
            .cost
            .add_within_limit(legs.commission)
            .add_within_limit(legs.funds)
            .add_within_limit(legs.platform);
        self.debit(AccountKind::Escrow, out);
        self.pay_merchant(merchant, legs.cost);
        let order = self.state.orders.line(line).order;
        let commissions = if self.pays_commissions_of(order) {
            AccountKind::CommissionPayable
        } else {
            AccountKind::CommissionUndistributed
        };
        self.credit(commissions, legs.commission);
        if !legs.funds.is_zero() {
            let plan = std::sync::Arc::clone(self.plan_of_line(line));
            let split = plan.split_of(self.state.source_of(self.state.orders.line(line).order));
            for (of, leg) in (0_u32..).zip(legs.each_fund(split, base)) {
                self.post(Account { kind: AccountKind::Fund, owner: of }, i128::from(leg.minor()));
            }
        }
        self.credit(AccountKind::PlatformRevenue, platform);
        self.credit(AccountKind::RefundReserve, legs.reserve);
        self.commit(Event::LineSettled {
            line,
            base,
            cost: legs.cost,
            pool: legs.pool,
            commission: legs.commission,
            funds: legs.funds,
            platform: legs.platform,
            cap_base,
            volume: self.counts_volume(line).then_some(base),
        });
        if !self.state.debts.is_empty() {
            self.net_legs(line, merchant, base, &legs);
        }
        legs
    }

    /// RANK-1, COMM-5: whether a line counts in volumes or in the dividend's base.
    #[inline]
    pub(super) fn counts_volume(&self, line: LineNo) -> bool {
        let state = &self.state;
        (state.volumes.is_kept() || state.dividend.due_at.is_some())
            && !self.excludes_of(state.orders.line(line).order).commission
    }

    /// Posts what becomes payable to a merchant; the caller nets it with [`Engine::net_merchant`] after its event.
    pub(crate) fn pay_merchant(&mut self, merchant: MerchantNo, amount: Money) {
        self.post(Account::merchant(AccountKind::MerchantPayable, merchant), i128::from(amount.minor()));
    }

    /// ORDER-6: what a line's legs brought those who owe is netted.
    #[inline(never)]
    fn net_legs(&mut self, line: LineNo, merchant: MerchantNo, base: Money, legs: &Allocation) {
        self.net_merchant(merchant, legs.cost);
        if !self.pays_commissions_of(self.state.orders.line(line).order) {
            self.net_income(Debtor::Undistributed, legs.commission);
        }
        let plan = std::sync::Arc::clone(self.plan_of_line(line));
        let split = plan.split_of(self.state.source_of(self.state.orders.line(line).order));
        for (fund, leg) in (0_u32..).zip(legs.each_fund(split, base)) {
            self.net_income(Debtor::Fund(fund), leg);
        }
        self.net_income(Debtor::Platform, legs.platform.saturating_sub(legs.reserve));
        self.net_income(Debtor::Reserve, legs.reserve);
    }

    /// ORDER-7: is the refund reserve below what is required?
    fn reserve_is_short(&self) -> bool {
        let required = self.plan.refund.reserve_required;
        required.is_some_and(|required| self.state.money(AccountKind::RefundReserve) < required)
    }

    /// Contributes of a settling line what is allowed today, then cascade and split; the rest waits for the next
    /// day, and says so (POOL-2a, POOL-11c).
    #[inline]
    fn contribute(
        &mut self,
        line: LineNo,
        member: MemberNo,
        amount: Money,
        left_today: &mut Option<Money>,
    ) -> bool {
        let today = left_today.map_or(amount, |left| left.min(amount));
        let later = amount.saturating_sub(today);
        if !later.is_zero() {
            // Before the mint, whose part of the cap base depends on what waits.
            let (from, until) = (ContributionSource::Settlement, Deferral::NextDay);
            self.commit(Event::ContributionDeferred { line, amount: later, source: from, until });
        }
        self.mint_or_queue(line, member, today, ContributionSource::Settlement, left_today);
        self.cascade();
        !later.is_zero()
    }

    /// Mints for what may be contributed today; where that cannot be, it joins the mint queue.
    #[inline]
    fn mint_or_queue(
        &mut self,
        line: LineNo,
        member: MemberNo,
        amount: Money,
        from: ContributionSource,
        left_today: &mut Option<Money>,
    ) {
        if amount.is_zero() {
            return;
        }
        if let Some(left) = left_today {
            *left = left.saturating_sub(amount);
        }
        if self.reserve_is_short() || !self.mint_for(line, member, amount, from) {
            let until = Deferral::MintQueue;
            self.commit(Event::ContributionDeferred { line, amount, source: from, until });
        }
    }

    /// Mints for a contribution at the price before it (POOL-2). Says false, and does nothing, if that would be
    /// zero points.
    #[inline]
    fn mint_for(
        &mut self,
        line: LineNo,
        member: MemberNo,
        contribution: Money,
        from: ContributionSource,
    ) -> bool {
        let pair = self.state.pair();
        let price = if pair.supply.is_zero() { self.start_price() } else { pair };
        let points = mint(self.mint_ratio_of_line(line), contribution, &price);
        if points.is_zero() {
            return false;
        }
        self.debit(AccountKind::Escrow, contribution);
        self.credit(AccountKind::PoolAssets, contribution);
        self.post_points(AccountKind::MemberPoints, Some(member), points);
        let cap_base = self.state.cap_base_of_mint(line, contribution, from);
        self.commit(Event::PointsMinted { line, member, contribution, points, cap_base, source: from });
        if self.plan.claims.is_some() {
            self.lock_minted(line, member, points);
        }
        true
    }

    /// Serves the mint queue from the front until the first that still cannot mint (POOL-2a).
    fn serve_mint_queue(&mut self) {
        while let Some((line, amount)) = self.state.mint_queue.front().copied() {
            let member = self.state.orders.order(self.state.orders.line(line).order).member;
            if self.reserve_is_short() || !self.mint_for(line, member, amount, ContributionSource::MintQueue)
            {
                return;
            }
            self.cascade();
        }
    }

    /// POOL-11c: contributions of one order that waited for this day, as far as this day's pool allows.
    pub(crate) fn contribute_waiting(&mut self, order: OrderNo) {
        let mut left_today = self.contribution_limit();
        let record = *self.state.orders.order(order);
        for line in record.line_numbers() {
            let waiting = self.state.orders.history(line).waiting;
            let today = left_today.map_or(waiting, |left| left.min(waiting));
            if !today.is_zero() {
                self.mint_or_queue(line, record.member, today, ContributionSource::Deferred, &mut left_today);
                self.cascade();
            }
        }
        if record.line_numbers().any(|line| !self.state.orders.history(line).waiting.is_zero()) {
            self.commit(Event::ContributionRolled { order, retry: true });
        } else {
            self.commit(Event::DeferralCleared { order });
        }
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
    pub(super) fn exit_step(&mut self) -> Step {
        let Some(pool) = self.plan.pool else { return Step::Done };
        if !self.exit_some(&pool, None) {
            return Step::Pause(Position::CapExits);
        }
        self.split_units(&pool);
        Step::Done
    }

    /// Sells out as many as one entry takes, at `fixed` or at the price of the moment; says whether nobody is left.
    pub(super) fn exit_some(&mut self, pool: &PoolPlan, fixed: Option<&Pair>) -> bool {
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

    fn exit(&mut self, pool: &PoolPlan, member: MemberNo, lot: Option<LineNo>, price: &Pair) {
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
