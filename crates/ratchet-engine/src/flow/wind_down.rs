//! The orderly end of a programme: approval by two, what stops then, and the payment of the pool (WIND-1 to WIND-4).

use std::sync::Arc;

use crate::amount::{Money, Points, allocate_by};
use crate::command::Command;
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::{ContributionSource, Event, RetentionWay, SaleCause};
use crate::id::{CampaignNo, Id, LineNo, MemberNo, OfferNo, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::market::OfferState;
use crate::order::OrderState;
use crate::rejection::Rejection;
use crate::relist::GoodsState;
use crate::time::Timestamp;
use crate::wind_down::WindDownPhase;

impl Engine {
    /// WIND-2a, WIND-4: what an end refuses before anything else: wound_down, winding_down.
    #[cold]
    pub(crate) fn check_ending(&self, command: &Command) -> Result<(), Rejection> {
        let allowed_after_close = matches!(
            command,
            Command::TimeAdvance
                | Command::WalletWithdraw { .. }
                | Command::WalletApprove { .. }
                | Command::WalletReject { .. }
                | Command::WalletSent { .. }
                | Command::WalletUnknown { .. }
                | Command::WalletPaid { .. }
                | Command::WalletFailed { .. }
                | Command::MerchantWithdraw { .. }
                | Command::OperatorPay { .. }
                | Command::OperatorWithdraw { .. }
                | Command::PaymentReceive { .. }
                | Command::PaymentReturn { .. }
                | Command::PaymentResolve { .. }
                | Command::PaymentApprove { .. }
        );
        if self.state.wind_down.phase == WindDownPhase::Done && !allowed_after_close {
            return Err(Rejection::WoundDown);
        }
        let begins = matches!(
            command,
            Command::OrderPlace { .. }
                | Command::OrderPay { .. }
                | Command::RelistOffer { .. }
                | Command::RelistBuy { .. }
        );
        if begins { Err(Rejection::WindingDown) } else { Ok(()) }
    }

    /// WIND-2a: refuses what would begin something while the programme ends.
    pub(crate) fn check_open_for_new_business(&self) -> Result<(), Rejection> {
        match self.state.wind_down.phase {
            WindDownPhase::None => Ok(()),
            WindDownPhase::Announced | WindDownPhase::Done => Err(Rejection::WindingDown),
        }
    }

    /// `wind_down.propose`. Refuses: limit_reached, reason_missing, wind_down_exists, wind_down_times.
    pub(crate) fn propose_wind_down(
        &mut self,
        wind_down: &Id,
        closes_at: Timestamp,
        reason: &str,
        by: &Id,
    ) -> Result<(), Rejection> {
        let number =
            u32::try_from(self.state.wind_down.proposals.len()).map_err(|_| Rejection::LimitReached)?;
        super::withdraw::check_reason(reason)?;
        let under_way = self.state.wind_down.phase != WindDownPhase::None;
        if under_way || self.find(KeyKind::WindDown, wind_down.as_str()).is_some() {
            return Err(Rejection::WindDownExists);
        }
        if closes_at <= self.state.now {
            return Err(Rejection::WindDownTimes);
        }
        let (wind_down, reason, by) = (wind_down.clone(), reason.to_owned(), by.clone());
        self.commit(Event::WindDownProposed { number, wind_down, closes_at, reason: reason.into(), by });
        Ok(())
    }

    /// `wind_down.approve`. Refuses: wind_down_unknown, wind_down_times, same_person.
    pub(crate) fn approve_wind_down(&mut self, wind_down: &Id, by: &Id) -> Result<(), Rejection> {
        let number = self.find(KeyKind::WindDown, wind_down.as_str());
        let number = number.filter(|_| self.state.wind_down.phase == WindDownPhase::None);
        let number = number.ok_or(Rejection::WindDownUnknown)?;
        let proposal = self.state.wind_down.proposals[crate::id::index(number)].clone();
        if proposal.closes_at <= self.state.now {
            return Err(Rejection::WindDownTimes);
        }
        if self.is_same_person(&proposal.by, by) {
            return Err(Rejection::SamePerson);
        }
        self.commit(Event::WindDownApproved { number, by: by.clone() });
        self.halt_new_business(&proposal.reason);
        Ok(())
    }

    /// WIND-2: everything that is not decided, paid or minted ends now.
    fn halt_new_business(&mut self, reason: &str) {
        let open: Vec<CampaignNo> = {
            let campaigns = self.state.campaigns.iter();
            campaigns.filter(|(_, campaign)| !campaign.cancelled).map(|(number, _)| number).collect()
        };
        for campaign in open {
            self.end_campaign(campaign, reason);
        }
        let placed = self.orders_in(&[OrderState::Placed]);
        for order in placed {
            self.close_unpaid(order);
        }
        self.end_capital(reason);
        while let Some((line, amount)) = self.state.mint_queue.front().copied() {
            self.pay_cash_in_lieu(line, amount, ContributionSource::MintQueue);
        }
        while let Some(order) = self.state.deferred_to_midnight.front().map(|waits| waits.order) {
            let lines = self.state.orders.order(order).line_numbers();
            for line in lines {
                let waiting = self.state.orders.history(line).waiting;
                if !waiting.is_zero() {
                    self.pay_cash_in_lieu(line, waiting, ContributionSource::Deferred);
                }
            }
            self.commit(Event::DeferralCleared { order });
        }
    }

    /// WIND-2: windows close without shares, what is left of rounds goes to the platform, offers end and the market halts.
    fn end_capital(&mut self, reason: &str) {
        for (number, window) in (0_u32..).zip(self.state.equity.windows().to_vec()) {
            if window.is_open() {
                self.commit(Event::WindowClosed { window: number, issued: 0 });
            }
        }
        for number in self.state.rounds.open().to_vec() {
            let round = self.state.rounds.get(number);
            let left = round.pool_left.add_within_limit(round.subsidies_left);
            self.debit(AccountKind::FundingRounds, left);
            self.credit(AccountKind::PlatformRevenue, left);
            let injected = Money::ZERO;
            self.commit(Event::RoundStreamed { round: number, injected, returned: Some(left) });
            self.net_income(Debtor::Platform, left);
        }
        let Some(market) = self.plan.market else { return };
        let offers = self.state.market.offers().filter(|(_, offer)| offer.state == OfferState::Open);
        let open: Vec<OfferNo> = offers.map(|(number, _)| number).collect();
        for offer in open {
            self.close_offer(&market, offer);
        }
        if !self.state.market.halted {
            self.commit(Event::MarketHalted { reason: reason.to_owned() });
        }
    }

    /// WIND-2: a contribution that buys no points any more goes to the buyer.
    pub(crate) fn pay_cash_in_lieu(&mut self, line: LineNo, amount: Money, from: ContributionSource) {
        let member = self.state.orders.order(self.state.orders.line(line).order).member;
        self.debit(AccountKind::Escrow, amount);
        self.post(Account::member(AccountKind::WalletCash, member), i128::from(amount.minor()));
        self.commit(Event::CashInLieuPaid { line, member, amount, source: from });
    }

    /// The orders in one of these states, by number.
    fn orders_in(&self, states: &[OrderState]) -> Vec<OrderNo> {
        let orders = self.state.orders.orders().filter(|(_, order)| states.contains(&order.state));
        orders.map(|(order, _)| order).collect()
    }

    /// WIND-3: the date has come.
    pub(crate) fn wind_down(&mut self) {
        for order in self.orders_in(&[OrderState::Paid, OrderState::Shipped, OrderState::Received]) {
            if self.state.orders.order(order).state == OrderState::Received {
                self.settle_at_the_end(order);
            } else if self.state.relist.get(order).is_some_and(|goods| goods.was_offered) {
                self.receive_at_the_end(order);
            } else {
                self.refund_whole(order);
            }
        }
        self.pay_out_pool();
        self.pay_out_release();
        self.end_units();
        self.pay_out_loyalty();
        self.commit(Event::WoundDown {});
    }

    /// WIND-2c: goods that were offered for sale belong to whoever holds them: they count as delivered, and their order
    /// settles.
    fn receive_at_the_end(&mut self, order: OrderNo) {
        let goods = self.state.relist.get(order).map(|goods| goods.state);
        if goods != Some(GoodsState::Delivered) {
            self.commit(Event::GoodsDelivered { order });
        }
        let leaves = self.state.orders.order(order).state == OrderState::Paid;
        self.commit(Event::OrderReceived { order, settles_at: None });
        if leaves {
            self.mall_left(order);
        }
        self.burn_reserved(order);
        self.settle_at_the_end(order);
    }

    /// Every holder gets its part of the pool at one pair, without retention; then everybody what is left over.
    fn pay_out_pool(&mut self) {
        let pair = self.state.pair();
        let holders: Vec<(MemberNo, Points)> = self
            .state
            .members
            .iter()
            .map(|member| (member, self.state.ledger.points(member)))
            .filter(|(_, points)| !points.is_zero())
            .collect();
        for (member, points) in &holders {
            // floor(B · x / S): rounds down; the remainder is residual.
            let gross = pair.gross(*points);
            let units = i128::try_from(points.units()).expect("points fit 96 bits");
            self.debit(AccountKind::PoolAssets, gross);
            self.post(Account::member(AccountKind::WalletCash, *member), i128::from(gross.minor()));
            self.post(Account::member(AccountKind::MemberPoints, *member), -units);
            self.post(Account::programme(AccountKind::PointsIssued), units);
            self.commit(Event::PointsSold {
                member: *member,
                points: *points,
                gross,
                retained: Money::ZERO,
                net: gross,
                cause: SaleCause::WindDown,
                retention: RetentionWay::Pool,
                lot: None,
                lots: Vec::new(),
                locked: self.state.locked_points(*member, None),
            });
            self.net_credit(*member, gross);
        }
        self.pay_out_house(&pair);
        if !pair.supply.is_zero() {
            self.sweep_residue();
        }
        let residual = self.state.money(AccountKind::PoolResidual);
        if residual.is_zero() {
            return;
        }
        let shares = share_out(residual, &holders);
        self.debit(AccountKind::PoolResidual, residual);
        for (member, share) in &shares {
            self.post(Account::member(AccountKind::WalletCash, *member), i128::from(share.minor()));
        }
        let to_platform = if shares.is_empty() { residual } else { Money::ZERO };
        self.credit(AccountKind::PlatformRevenue, to_platform);
        let netted = self.who_owes(shares.iter().copied());
        self.commit(Event::ResidualSharedOut { shares, to_platform });
        for (member, share) in netted {
            self.net_credit(member, share);
        }
        self.net_income(Debtor::Platform, to_platform);
    }

    /// The house's part goes to the platform.
    fn pay_out_house(&mut self, pair: &crate::pool::Pair) {
        let points = Points::from_units(self.state.ledger.programme(AccountKind::PointsHouse).unsigned_abs());
        if points.is_zero() {
            return;
        }
        // floor(B · x / S): rounds down; the remainder is residual.
        let amount = pair.gross(points);
        let units = i128::try_from(points.units()).expect("points fit 96 bits");
        self.debit(AccountKind::PoolAssets, amount);
        self.credit(AccountKind::PlatformRevenue, amount);
        self.post(Account::programme(AccountKind::PointsHouse), -units);
        self.post(Account::programme(AccountKind::PointsIssued), units);
        self.commit(Event::HousePointsPaidOut { amount, points });
        self.net_income(Debtor::Platform, amount);
    }

    /// The fund behind release points is shared by what members hold of them; the points are gone.
    fn pay_out_release(&mut self) {
        let plan = Arc::clone(&self.plan);
        let Some(release) = &plan.release else { return };
        let fund = u32::try_from(release.fund).expect("at most FUNDS_MAX funds");
        let fund = Account { kind: AccountKind::Fund, owner: fund };
        let held = self.state.ledger.balance(fund).unsigned_abs();
        let amount = Money::from_wide(held).unwrap_or(Money::ZERO);
        let holders = self.holders_of(AccountKind::MemberRelease);
        if holders.is_empty() {
            return;
        }
        let shares = share_out(amount, &holders);
        let paid = shares.iter().fold(Money::ZERO, |sum, (_, share)| sum.add_within_limit(*share));
        self.post(fund, -i128::from(paid.minor()));
        for (member, share) in &shares {
            self.post(Account::member(AccountKind::WalletCash, *member), i128::from(share.minor()));
        }
        self.burn(AccountKind::MemberRelease, AccountKind::ReleaseIssued, &holders);
        let netted = self.who_owes(shares.iter().copied());
        self.commit(Event::ReleasePaidOut { shares });
        for (member, share) in netted {
            self.net_credit(member, share);
        }
    }

    /// Value units and emission points are gone: no money stands behind them.
    fn end_units(&mut self) {
        if self.plan.emission.is_some() {
            let members: Vec<MemberNo> = self.state.members.iter().collect();
            for member in members {
                self.credit_accrued_emission(member);
            }
        }
        let value = self.holders_of(AccountKind::MemberValue);
        self.burn(AccountKind::MemberValue, AccountKind::ValueIssued, &value);
        for kind in
            [AccountKind::MemberEmission, AccountKind::MemberEmissionReserved, AccountKind::MarketPoints]
        {
            let holders = self.holders_of(kind);
            self.burn(kind, AccountKind::EmissionIssued, &holders);
        }
        for kind in [AccountKind::EmissionPlatform, AccountKind::EmissionAccrued] {
            let units = self.state.ledger.programme(kind);
            self.post(Account::programme(kind), -units);
            self.post(Account::programme(AccountKind::EmissionIssued), units);
        }
        if self.plan.value.is_some() {
            self.commit(Event::UnitsCancelled {});
        }
    }

    /// Loyalty points are paid out one to one.
    fn pay_out_loyalty(&mut self) {
        if self.plan.loyalty.is_none() {
            return;
        }
        // LOY-4a: what a member owes in points is paid with those it has.
        for member in self.state.members.iter() {
            let points = self.loyalty_owed(member).min(self.state.loyalty.sum(member));
            self.net_loyalty(member, points);
        }
        let held = |member| {
            let minor = self.state.ledger.balance(Account::member(AccountKind::MemberLoyalty, member));
            Money::from_wide(minor.unsigned_abs()).unwrap_or(Money::ZERO)
        };
        let shares: Vec<(MemberNo, Money)> = self
            .state
            .members
            .iter()
            .map(|member| (member, held(member)))
            .filter(|(_, held)| !held.is_zero())
            .collect();
        if shares.is_empty() {
            return;
        }
        for (member, share) in &shares {
            let minor = i128::from(share.minor());
            self.post(Account::member(AccountKind::MemberLoyalty, *member), -minor);
            self.post(Account::member(AccountKind::WalletCash, *member), minor);
        }
        let netted = self.who_owes(shares.iter().copied());
        self.commit(Event::LoyaltyPaidOut { shares });
        for (member, share) in netted {
            self.net_credit(member, share);
        }
    }

    /// Who holds units of an asset of 10⁻¹², and how many, in joining order.
    fn holders_of(&self, kind: AccountKind) -> Vec<(MemberNo, Points)> {
        let held = |member| {
            let units = self.state.ledger.balance(Account::member(kind, member)).unsigned_abs();
            (member, Points::from_units(units))
        };
        self.state.members.iter().map(held).filter(|(_, points)| !points.is_zero()).collect()
    }

    /// Postings that take all of a kind from its holders.
    fn burn(&mut self, kind: AccountKind, contra: AccountKind, holders: &[(MemberNo, Points)]) {
        let mut sum = 0;
        for (member, points) in holders {
            let units = i128::try_from(points.units()).expect("a balance fits 96 bits");
            self.post(Account::member(kind, *member), -units);
            sum += units;
        }
        self.post(Account::programme(contra), sum);
    }
}

/// NUM-5 over holders by what they hold; who gets nothing is left out.
fn share_out(amount: Money, holders: &[(MemberNo, Points)]) -> Vec<(MemberNo, Money)> {
    let mut parts = Vec::new();
    allocate_by(amount, holders.iter().map(|(_, points)| points.units()), &mut parts);
    let shares = holders.iter().zip(parts).map(|((member, _), share)| (*member, share));
    shares.filter(|(_, share)| !share.is_zero()).collect()
}
