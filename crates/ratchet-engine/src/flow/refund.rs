//! Refunds: exact reversal out of escrow before settlement, and late refunds after it (ORDER-5, ORDER-6).

use super::clawback::Reversal;
use crate::amount::{Money, Points, Rounding, mul_div};
use crate::claim::locked_of;
use crate::command::{RefundLine, RefundSize};
use crate::commission::CommissionClawback;
use crate::debt::{Debt, DebtOrigin, Debtor};
use crate::engine::Engine;
use crate::event::{Event, PostSettlementRefund};
use crate::id::{Id, LineNo, MemberNo, MerchantNo, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind, scale};
use crate::order::{Allocation, LineCounts, OrderState};
use crate::plan::ExitOf;
use crate::rejection::Rejection;

/// What goes back of one line, by how it was paid (ORDER-2c).
#[derive(Clone, Copy)]
struct Parts {
    amount: Money,
    cash: Money,
    reconsume: Money,
    loyalty: Money,
    claim: Money,
}

/// What goes back of one line, as it was stated and what it is worth (ORDER-8).
#[derive(Clone, Copy)]
struct LineRefund {
    line: LineNo,
    amount: Money,
    pieces: Option<u32>,
    restock: bool,
}

impl Engine {
    /// `order.refund`. Refuses: order_unknown, order_state, line_repeated, line_unknown, amount_not_positive, refund_exists,
    /// refund_exceeds_line, refund_exceeds_freight, no_article, pieces_exceeded, what campaigns refuse.
    pub(crate) fn refund(
        &mut self,
        refund: &Id,
        order: &Id,
        lines: Option<&[RefundLine]>,
        (freight, tax): (Option<Money>, Option<Money>),
    ) -> Result<(), Rejection> {
        let refundable = [OrderState::Paid, OrderState::Shipped, OrderState::Received, OrderState::Settled];
        let number = self.order_in(order, &refundable)?;
        let stated = [freight, tax];
        let refunds = match lines {
            // Stated alone, only freight and tax go back.
            None if stated.iter().any(Option::is_some) => Vec::new(),
            lines => self.check_refund(number, lines)?,
        };
        if stated.into_iter().flatten().any(Money::is_zero) {
            return Err(Rejection::AmountNotPositive);
        }
        if self.find(KeyKind::Refund, refund.as_str()).is_some() {
            return Err(Rejection::RefundExists);
        }
        let exceeds = |refund: &LineRefund| {
            let pieces = self.state.orders.detail(refund.line).quantity;
            let refunded = self.state.orders.history(refund.line).refunded_pieces;
            refund.amount > self.amount_left(refund.line)
                || refund.pieces.is_some_and(|asked| asked > pieces.saturating_sub(refunded))
        };
        if refunds.iter().any(exceeds) {
            return Err(Rejection::RefundExceedsLine);
        }
        let extra = self.state.orders.extra(number);
        if freight.is_some_and(|freight| freight > extra.freight_left())
            || tax.is_some_and(|tax| tax > extra.tax_left())
        {
            return Err(Rejection::RefundExceedsFreight);
        }
        let state = self.state.orders.order(number).state;
        for refund in refunds.iter().filter(|refund| refund.restock && state != OrderState::Paid) {
            self.check_comes_back(refund.line, refund.pieces.unwrap_or(0))?;
        }
        let late = state == OrderState::Settled;
        let mut whole = false;
        if self.has_mall() {
            let left = self.state.orders.order(number).line_numbers().map(|line| self.amount_left(line));
            let asked = refunds.iter().map(|refund| refund.amount);
            whole = left.fold(0, |sum, left| sum + left.as_u128())
                == asked.fold(0, |sum, asked| sum + asked.as_u128());
            self.check_mall_refund(number, whole)?;
        }
        self.commit(Event::RefundAccepted { refund: refund.clone(), order: number });
        if late && whole {
            self.take_back_fixed_bonus(number);
        }
        for LineRefund { line, amount, pieces, restock } in refunds.iter().copied() {
            if amount.is_zero() {
                self.commit_line(line, self.parts_of(line, amount), pieces, None);
            } else if late {
                self.refund_late(number, line, amount, pieces);
            } else {
                self.refund_before_settlement(number, line, amount, pieces);
            }
            if let Some(pieces) = pieces {
                self.pieces_refunded(line, pieces, restock);
            }
        }
        let by_pieces = refunds.iter().any(|refund| refund.pieces.is_some());
        let tax = tax.or_else(|| by_pieces.then(|| self.tax_by_pieces(number)));
        self.finish_refund(number, late, (freight.unwrap_or(Money::ZERO), tax.unwrap_or(Money::ZERO)));
        if self.has_mall() {
            self.mall_refunded(number);
        }
        Ok(())
    }

    /// Refunds all that is left of a paid order that has not settled, without a command of its own.
    pub(crate) fn refund_whole(&mut self, order: OrderNo) {
        for line in self.state.orders.order(order).line_numbers() {
            let left = self.amount_left(line);
            if !left.is_zero() {
                self.refund_before_settlement(order, line, left, None);
            }
        }
        self.finish_refund(order, false, (Money::ZERO, Money::ZERO));
        self.mall_refunded(order);
    }

    /// The lines and amounts of a refund; without lines all that is left.
    fn check_refund(
        &self,
        order: OrderNo,
        lines: Option<&[RefundLine]>,
    ) -> Result<Vec<LineRefund>, Rejection> {
        let Some(lines) = lines else {
            let all = self.state.orders.order(order).line_numbers();
            let all = all.map(|line| (line, self.amount_left(line))).filter(|(_, left)| !left.is_zero());
            return Ok(all
                .map(|(line, amount)| LineRefund { line, amount, pieces: None, restock: false })
                .collect());
        };
        for (at, line) in lines.iter().enumerate() {
            if lines[..at].iter().any(|earlier| earlier.line == line.line) {
                return Err(Rejection::LineRepeated);
            }
        }
        let mut refunds = Vec::with_capacity(lines.len());
        for line in lines {
            let number = self.state.orders.find_line(order, &line.line).ok_or(Rejection::LineUnknown)?;
            let (amount, pieces) = match line.size {
                RefundSize::Amount(amount) => (amount, None),
                RefundSize::Pieces(pieces) => (self.worth_of_pieces(number, pieces), Some(pieces)),
            };
            refunds.push(LineRefund { line: number, amount, pieces, restock: line.restock });
        }
        let none = |line: &RefundLine| match line.size {
            RefundSize::Amount(amount) => amount.is_zero(),
            RefundSize::Pieces(pieces) => pieces == 0,
        };
        if refunds.is_empty() || lines.iter().any(none) {
            return Err(Rejection::AmountNotPositive);
        }
        Ok(refunds)
    }

    /// ORDER-8: what so many more pieces of a line are worth, at most what is left of it.
    fn worth_of_pieces(&self, line: LineNo, pieces: u32) -> Money {
        let quantity = self.state.orders.detail(line).quantity;
        let refunded = self.state.orders.history(line).refunded_pieces;
        let amount = self.state.orders.amount(line).as_u128();
        // floor(amount · k / quantity): rounds down, the last piece brings the rest.
        let first = |k: u32| {
            let k = k.min(quantity).into();
            let worth = mul_div(amount, k, quantity.into(), Rounding::Down);
            worth.and_then(Money::from_wide).unwrap_or(Money::ZERO)
        };
        let worth = first(refunded.saturating_add(pieces)).saturating_sub(first(refunded));
        worth.min(self.amount_left(line))
    }

    /// ORDER-8: the tax of what was refunded by pieces so far, less the tax that went back.
    fn tax_by_pieces(&self, order: OrderNo) -> Money {
        let (orders, extra) = (&self.state.orders, self.state.orders.extra(order));
        let lines = orders.order(order).line_numbers();
        let all = lines.fold(0, |sum, line| sum + orders.amount(line).as_u128());
        // Rounds down; the refund that leaves nothing brings the rest.
        let tax = mul_div(extra.tax.as_u128(), extra.by_pieces.as_u128(), all, Rounding::Down);
        tax.and_then(Money::from_wide).unwrap_or(Money::ZERO).saturating_sub(extra.tax_refunded)
    }

    /// ORDER-2c: cumulative, so that any refunds come to the same as one.
    fn parts_of(&self, line: LineNo, amount: Money) -> Parts {
        let orders = &self.state.orders;
        let (whole, base) = (orders.amount(line), orders.line(line).base());
        let history = orders.history(line);
        let refunded = history.refunded.add_within_limit(amount);
        // floor(part · refunded / amount): rounds down, the remainder comes with a later refund.
        let share = |part: Money| {
            mul_div(part.as_u128(), refunded.as_u128(), whole.as_u128(), Rounding::Down)
                .and_then(Money::from_wide)
                .unwrap_or(Money::ZERO)
        };
        let cash = share(base).saturating_sub(history.refunded_cash);
        let reconsume = share(orders.detail(line).reconsume).saturating_sub(history.refunded_reconsume);
        let loyalty = share(orders.detail(line).loyalty).saturating_sub(history.refunded_loyalty);
        let claim = share(orders.detail(line).claim).saturating_sub(history.refunded_claim);
        Parts { amount, cash, reconsume, loyalty, claim }
    }

    fn refund_before_settlement(&mut self, order: OrderNo, line: LineNo, amount: Money, pieces: Option<u32>) {
        let member = self.state.orders.order(order).member;
        let parts = self.parts_of(line, amount);
        self.debit(
            AccountKind::Escrow,
            parts.cash.add_within_limit(parts.reconsume).add_within_limit(parts.loyalty),
        );
        self.post_back(member, parts.cash, &parts);
        self.commit_line(line, parts, pieces, None);
        if self.plan.merchant.is_some() {
            self.return_reserved(line);
        }
    }

    /// Money goes back the way it came.
    fn post_back(&mut self, member: MemberNo, cash: Money, parts: &Parts) {
        self.credit(AccountKind::Bank, cash);
        for (wallet, part) in
            [(AccountKind::WalletReconsume, parts.reconsume), (AccountKind::MemberLoyalty, parts.loyalty)]
        {
            self.post(Account::member(wallet, member), i128::from(part.minor()));
        }
        // A claim that was extinguished is there again (CLAIM-1a).
        let claim = i128::from(parts.claim.minor());
        self.post(Account::programme(AccountKind::ClaimsIssued), -claim);
        self.post(Account::member(AccountKind::MemberClaim, member), claim);
    }

    fn commit_line(
        &mut self,
        line: LineNo,
        parts: Parts,
        pieces: Option<u32>,
        late: Option<Box<PostSettlementRefund>>,
    ) {
        let Parts { amount, cash, reconsume, loyalty, claim } = parts;
        let loyalty_until = (!loyalty.is_zero()).then(|| self.loyalty_expiry());
        self.commit(Event::LineRefunded {
            line,
            amount,
            cash,
            reconsume,
            claim,
            loyalty,
            pieces,
            loyalty_until,
            post_settlement: late,
        });
    }

    /// ORDER-6: legs reversed by the difference of the recomputed split, points burned, the pool returns what
    /// does not lower the price, and what is missing comes from those who answer for it.
    fn refund_late(&mut self, order: OrderNo, line: LineNo, amount: Money, pieces: Option<u32>) {
        let member = self.state.orders.order(order).member;
        let parts = self.parts_of(line, amount);
        let base = self.state.orders.base_left(line);
        let base_after = base.saturating_sub(parts.cash);
        let (before, after) = {
            let other = self.state.other_left(line);
            let other_parts = parts.reconsume.add_within_limit(parts.loyalty);
            let legs = |base, other| self.allocation_of(line, base, other);
            (legs(base, other), legs(base_after, other.saturating_sub(other_parts)))
        };
        let loyalty_set_off = self.take_loyalty_back(line, member, base_after, parts.cash);
        let cash = parts.cash.saturating_sub(loyalty_set_off);
        if self.state.campaigns.len() > 0 {
            self.claw_back_leader_bonus(order, base_after);
        }
        let mut late = self.late_points(line, member, parts.cash, &before, &after);

        self.debit(AccountKind::Escrow, late.from_deferred);
        self.debit(AccountKind::PoolAssets, late.from_pool.saturating_sub(late.from_deferred));
        self.post(Account::member(AccountKind::WalletCash, member), -i128::from(late.from_buyer.minor()));
        let burned = i128::try_from(late.burned.units()).expect("points fit 96 bits");
        self.post(Account::member(AccountKind::MemberPoints, member), -burned);
        self.post(Account::programme(AccountKind::PointsIssued), burned);
        let merchant = self.state.orders.detail(line).merchant;
        let mut reversal = Reversal::default();
        late.commissions = self.reverse_legs(merchant, line, parts.cash, (&before, &after), &mut reversal);

        // The pool leg: what this refund lacks of it, or what comes back late of earlier ones.
        let pool_part = before.pool.saturating_sub(after.pool);
        let pool_paid = late.from_pool.add_within_limit(late.from_buyer);
        let surplus = pool_paid.saturating_sub(pool_part);
        // WIND-2b: what the buyer's wallet lacks is not set off.
        let settable = pool_part.saturating_sub(late.from_pool).saturating_sub(late.cash_in_lieu);
        late.loyalty_set_off = loyalty_set_off;
        late.set_off = self.set_off(line, member, &late, settable.min(cash));
        let lacking = pool_part.saturating_sub(pool_paid).saturating_sub(late.set_off);
        reversal.falls_short(Debtor::Platform, DebtOrigin::Pool, lacking);
        self.post_back(member, cash.saturating_sub(late.set_off), &parts);
        // What was paid and nobody has borne yet; less than nothing where the pool gave more than its part.
        let unborne = self.log.pending_money();
        self.post(Account::programme(AccountKind::RefundClearing), -unborne);
        if self.counts_volume(line) {
            late.volume_cut = parts.cash;
        }
        self.cut_retention_pending(&mut late, member);
        let burned_any = !late.burned.is_zero();
        self.commit_line(line, parts, pieces, Some(Box::new(late)));
        self.settle_reversal(order, surplus, reversal);
        self.reduce_grants(order, line, base, base_after);
        if burned_any {
            self.sweep_residue();
        }
        self.cascade();
    }

    /// The points side of a late refund (ORDER-6a, POOL-13).
    fn late_points(
        &self,
        line: LineNo,
        member: MemberNo,
        cash: Money,
        before: &Allocation,
        after: &Allocation,
    ) -> PostSettlementRefund {
        let state = &self.state;
        let exponent = state.ledger.exponent();
        let (record, history) = (state.orders.line(line), state.orders.history(line));
        let base_left = state.orders.base_left(line).saturating_sub(cash);
        let counts = self.line_counts(line);
        let (minted, contribution) = (counts.contribution, after.pool);
        // What waits, or went to the buyer instead (WIND-2b), of which no more stays than the contribution is above what minted.
        let waits = history.waiting.add_within_limit(history.queued);
        let open = contribution.saturating_sub(minted);
        let asked = waits.add_within_limit(state.wind_down.instead(line)).saturating_sub(open);
        let from_waiting = asked.min(waits);
        let instead = asked.saturating_sub(from_waiting);
        let wallet = Account::member(AccountKind::WalletCash, member);
        let from_buyer = if instead.is_zero() { instead } else { instead.min(self.available(wallet)) };

        let left = state.lot_left(line).units();
        // Of what minted, this is refunded in all.
        let refunded = minted.saturating_sub(contribution);
        let (mut due, mut from_pool) = (0, Money::ZERO);
        if !refunded.is_zero() {
            // floor(minted points · refunded / minted): cumulative, so that many refunds come to the same as one.
            let points = state.orders.minted(line, exponent);
            let due_so_far =
                mul_div(points, refunded.as_u128(), minted.as_u128(), Rounding::Down).unwrap_or(0);
            due = due_so_far.saturating_sub(scale(history.clawback_total, exponent - history.exponent));
            // floor(x·B/S): rounds down, so the price cannot fall.
            let burned = Points::from_units(due.min(left));
            let worth = if burned.is_zero() { Money::ZERO } else { state.pair().gross(burned) };
            from_pool = refunded.saturating_sub(history.returned).min(worth);
        }
        let burned = due.min(left);

        // The line's count falls to what it would be without the refunded part; where nothing ever mints, as ORDER-6 says.
        let counted = match state.exit_of() {
            ExitOf::Spend => base_left,
            ExitOf::Contribution => contribution,
        };
        let all_counted = !refunded.is_zero() || minted.is_zero();
        let cut = if all_counted { counts.cap_base.saturating_sub(counted) } else { Money::ZERO };
        let cycle = state.ledger.cycle(member);
        let in_cycle = record.cycle == cycle.number;
        let (cycle_cap_base, cycle_earned) =
            if in_cycle { (counts.cycle_cap_base, counts.cycle_earned.units()) } else { (Money::ZERO, 0) };
        let cap_base_cut = cut.min(cycle_cap_base);
        let earned_cut = due.min(cycle_earned);
        let lot_cap_base_cut = cut.min(counts.lot_cap_base);
        let lot_earned_cut = due.min(counts.lot_earned.units());
        let lot_earned = counts.lot_earned.units() - lot_earned_cut;
        let unlocked =
            if refunded.is_zero() { 0 } else { self.unlocked(line, member, lot_earned, left - burned) };
        let held = state.ledger.points(member).units();
        let ends_cycle =
            self.plan.pool.is_some() && held == burned && (!refunded.is_zero() || !cut.is_zero());
        PostSettlementRefund {
            clawback_due: Points::from_units(due),
            burned: Points::from_units(burned),
            from_pool: from_pool.add_within_limit(from_waiting),
            from_deferred: from_waiting,
            from_queue: from_waiting.min(history.queued),
            cash_in_lieu: instead,
            from_buyer,
            cap_base_cut,
            earned_cut: Points::from_units(earned_cut),
            lot_cap_base_cut,
            lot_earned_cut: Points::from_units(lot_earned_cut),
            counts: LineCounts {
                contribution: minted,
                cap_base: counts.cap_base.saturating_sub(cut),
                cycle_cap_base: cycle_cap_base.saturating_sub(cap_base_cut),
                cycle_earned: Points::from_units(cycle_earned - earned_cut),
                lot_cap_base: counts.lot_cap_base.saturating_sub(lot_cap_base_cut),
                lot_earned: Points::from_units(lot_earned),
            },
            unlocked: Points::from_units(unlocked),
            ends_cycle,
            allocation_cut: [
                before.cost.minor() - after.cost.minor(),
                before.commission.minor() - after.commission.minor(),
                before.funds.minor() - after.funds.minor(),
                before.platform.minor() - after.platform.minor(),
            ],
            set_off: Money::ZERO,
            loyalty_set_off: Money::ZERO,
            volume_cut: Money::ZERO,
            retention_pending_cut: Money::ZERO,
            commissions: Vec::new(),
        }
    }

    /// CLAIM-2: by how much the lock of a lot falls when a late refund leaves it so many points: it is as a smaller order's
    /// would be, and never more than before.
    fn unlocked(&self, line: LineNo, member: MemberNo, earned: u128, left: u128) -> u128 {
        let state = &self.state;
        let Some((plan, lock)) = self.plan_of_line(line).claims.as_ref().zip(state.claims.lock(member, line))
        else {
            return 0;
        };
        let locked = lock.units(state.ledger.exponent());
        let smaller = locked_of(plan, earned, lock.steps(plan, state.now));
        locked.saturating_sub(smaller.min(left))
    }

    /// Takes each leg's difference from whoever got it, as far as its accounts reach; a negative difference goes the
    /// other way (ORDER-5 lets legs move by a few minor units). Each answers for its own leg alone (ORDER-6).
    fn reverse_legs(
        &mut self,
        merchant: MerchantNo,
        line: LineNo,
        cash: Money,
        (before, after): (&Allocation, &Allocation),
        reversal: &mut Reversal,
    ) -> Vec<CommissionClawback> {
        self.reverse_leg(Debtor::Merchant(merchant), before.cost, after.cost, reversal);
        let plan = std::sync::Arc::clone(self.plan_of_line(line));
        let order = self.state.orders.line(line).order;
        let commissions = if self.pays_commissions_of(order) {
            self.take_back_commissions(line, cash, (before, after), reversal)
        } else {
            self.reverse_leg(Debtor::Undistributed, before.commission, after.commission, reversal);
            Vec::new()
        };
        let base = self.state.orders.base_left(line);
        let base_after = base.saturating_sub(cash);
        let split = plan.split_of(self.state.source_of(self.state.orders.line(line).order));
        let funds = before.each_fund(split, base).zip(after.each_fund(split, base_after));
        for (of, (before, after)) in (0_u32..).zip(funds) {
            self.reverse_leg(Debtor::Fund(of), before, after, reversal);
        }
        let platform = |legs: &Allocation| legs.platform.saturating_sub(legs.reserve);
        self.reverse_leg(Debtor::Platform, platform(before), platform(after), reversal);
        self.reverse_leg(Debtor::Reserve, before.reserve, after.reserve, reversal);
        commissions
    }

    /// ORDER-6: what is recovered in a refund comes before what is missing; that is owed, and advanced.
    fn settle_reversal(&mut self, order: OrderNo, surplus: Money, reversal: Reversal) {
        self.recover_surplus(order, surplus);
        for (debtor, gain) in reversal.gains {
            self.net_income(debtor, gain);
        }
        let mut shortfall = Money::ZERO;
        for (debtor, origin, amount) in reversal.shortfalls {
            self.book_receivable(debtor, Debt { order, origin, amount, operator: Money::ZERO });
            shortfall = shortfall.add_within_limit(amount);
        }
        self.absorb_shortfall(order, shortfall);
    }

    /// ORDER-6c: with `set_off_sales`, points already sold cut the refund by what this refund's pool leg lacks, at most
    /// by what the member ever received less what its refunds were cut by before.
    fn set_off(&self, line: LineNo, member: MemberNo, late: &PostSettlementRefund, lacking: Money) -> Money {
        if !self.plan_of_line(line).refund.set_off_sales || late.clawback_due <= late.burned {
            return Money::ZERO;
        }
        let received = self.state.members.get(member).payouts_received;
        lacking.min(received.saturating_sub(self.state.debts.set_off(member)))
    }

    /// Freight and tax go back as far as they are asked for; when nothing is left of any line, the rest of them (ORDER-2d,
    /// ORDER-8).
    fn finish_refund(&mut self, order: OrderNo, late: bool, (freight, tax): (Money, Money)) {
        let record = *self.state.orders.order(order);
        if record.line_numbers().any(|line| !self.amount_left(line).is_zero()) {
            self.refund_freight(order, late, (freight, tax));
            return;
        }
        let extra = self.state.orders.extra(order);
        self.refund_freight(order, late, (extra.freight_left(), extra.tax_left()));
        self.commit(Event::OrderRefunded { order });
    }

    /// So much of freight and tax goes back, out of escrow or from who got it.
    fn refund_freight(&mut self, order: OrderNo, late: bool, (freight, tax): (Money, Money)) {
        let back = freight.add_within_limit(tax);
        if back.is_zero() {
            return;
        }
        let extra = self.state.orders.extra(order);
        let mut reversal = Reversal::default();
        if late {
            let merchant = Debtor::Merchant(MerchantNo(extra.freight_to));
            self.reverse_leg(merchant, freight, Money::ZERO, &mut reversal);
            // Tax has been nobody's income: it is still there.
            self.debit(AccountKind::TaxPayable, tax);
        } else {
            self.debit(AccountKind::Escrow, back);
        }
        self.credit(AccountKind::Bank, back);
        let unborne = self.log.pending_money();
        self.post(Account::programme(AccountKind::RefundClearing), -unborne);
        self.commit(Event::FreightRefunded { order, freight, tax });
        self.settle_reversal(order, Money::ZERO, reversal);
    }
}
