//! Settlement: legs out of escrow, contribution, mint; then the cascade (ORDER-3, POOL-1, POOL-2).

use crate::amount::Money;
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::{ContributionSource, Deferral, Event};
use crate::id::{LineNo, MemberNo, MerchantNo, OrderNo};
use crate::ledger::{Account, AccountKind};
use crate::order::Allocation;
use crate::pool::mint;
use crate::wind_down::WindDownPhase;

impl Engine {
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

    /// WIND-2: a contribution that buys no points any more goes to the buyer.
    pub(crate) fn pay_cash_in_lieu(&mut self, line: LineNo, amount: Money, from: ContributionSource) {
        let member = self.state.orders.order(self.state.orders.line(line).order).member;
        self.debit(AccountKind::Escrow, amount);
        self.post(Account::member(AccountKind::WalletCash, member), i128::from(amount.minor()));
        self.commit(Event::CashInLieuPaid { line, member, amount, source: from });
    }
}
