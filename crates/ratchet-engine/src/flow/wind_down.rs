//! The orderly end of a programme: approval by two, what stops then, and the payment of the pool (WIND-1 to WIND-4).

use std::sync::Arc;

use crate::amount::{Money, Points};
use crate::command::Command;
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::{ContributionSource, Event, RetentionWay, SaleCause};
use crate::id::{CampaignNo, Id, MemberNo, OfferNo, OrderNo, index};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind, Points96};
use crate::market::OfferState;
use crate::order::OrderState;
use crate::pool::Pair;
use crate::rejection::Rejection;
use crate::relist::GoodsState;
use crate::slice::{Position, Sharing, Step};
use crate::time::Timestamp;
use crate::wind_down::WindDownPhase;

impl Engine {
    /// WIND-2a, WIND-4: what an end refuses before anything else: wound_down, winding_down.
    #[cold]
    pub(crate) fn check_ending(&self, command: &Command) -> Result<(), Rejection> {
        let allowed_after_close = matches!(
            command,
            Command::TimeAdvance {}
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

    /// The orders in one of these states, by number.
    fn orders_in(&self, states: &[OrderState]) -> Vec<OrderNo> {
        let orders = self.state.orders.orders().filter(|(_, order)| states.contains(&order.state));
        orders.map(|(order, _)| order).collect()
    }

    /// WIND-3: the date has come.
    pub(crate) fn wind_down(&mut self) {
        self.run(Position::EndOrders { next: 0 });
    }

    /// WIND-2, WIND-3: open orders from this number on settle or are refunded.
    pub(super) fn end_orders(&mut self, first: u32) -> Step {
        let (end, mut done) = (self.state.orders.order_count(), 0);
        let seen = self.state.slice_members.saturating_mul(ORDERS_SEEN);
        for (looked_at, at) in (index(first)..end).enumerate() {
            let order = OrderNo::at(at).expect("orders have numbers");
            if done == self.state.slice_members || looked_at == seen {
                return Step::Pause(Position::EndOrders { next: order.0 });
            }
            match self.state.orders.order(order).state {
                OrderState::Received => self.settle_at_the_end(order),
                OrderState::Paid | OrderState::Shipped => {
                    if self.state.relist.get(order).is_some_and(|goods| goods.was_offered) {
                        self.receive_at_the_end(order);
                    } else {
                        self.refund_whole(order);
                    }
                }
                OrderState::Placed | OrderState::Settled | OrderState::Closed | OrderState::Refunded => {
                    continue;
                }
            }
            done += 1;
        }
        let Pair { assets, supply } = self.state.pair();
        Step::Next(Position::EndPool { next: 0, assets, supply })
    }

    /// The members from this number on, as many as one entry takes, and the number after them.
    fn members_from(&self, first: u32) -> (impl Iterator<Item = MemberNo> + use<>, Option<u32>) {
        let end = self.state.members.len();
        let to = (index(first) + self.state.slice_members).min(end);
        let members = (index(first)..to).map(|at| MemberNo::at(at).expect("members have numbers"));
        (members, MemberNo::at(to).filter(|_| to < end).map(|next| next.0))
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
    pub(super) fn pay_out_pool(&mut self, first: u32, pair: &Pair) -> Step {
        let (members, next) = self.members_from(first);
        for member in members {
            let points = self.state.ledger.points(member);
            if points.is_zero() {
                continue;
            }
            // floor(B · x / S): rounds down; the remainder is residual.
            let gross = pair.gross(points);
            let units = i128::try_from(points.units()).expect("points fit 96 bits");
            self.debit(AccountKind::PoolAssets, gross);
            self.post(Account::member(AccountKind::WalletCash, member), i128::from(gross.minor()));
            self.post(Account::member(AccountKind::MemberPoints, member), -units);
            self.post(Account::programme(AccountKind::PointsIssued), units);
            self.commit(Event::PointsSold {
                member,
                points,
                gross,
                retained: Money::ZERO,
                net: gross,
                cause: SaleCause::WindDown,
                retention: RetentionWay::Pool,
                lot: None,
                lots: Vec::new(),
                locked: self.state.locked_points(member, None),
            });
            self.net_credit(member, gross);
        }
        if let Some(next) = next {
            let Pair { assets, supply } = *pair;
            return Step::Pause(Position::EndPool { next, assets, supply });
        }
        self.pay_out_house(pair);
        if !pair.supply.is_zero() {
            self.sweep_residue();
        }
        let residual = self.state.money(AccountKind::PoolResidual);
        let total = Points::from_units(self.state.wind_down.held);
        Step::Next(Position::ResidualFloors(Sharing::new(residual, total)))
    }

    /// The holders from this place on, as many as one entry takes, and the place after them.
    fn holders_from(&self, first: u32) -> (Vec<(MemberNo, Points96)>, Option<u32>) {
        let holders = &self.state.wind_down.holders;
        let to = (index(first) + self.state.slice_members).min(holders.len());
        let next = (to < holders.len()).then(|| u32::try_from(to).expect("fewer than members"));
        (holders[index(first)..to].to_vec(), next)
    }

    pub(super) fn count_residual(&mut self, mut sharing: Sharing) -> Step {
        if sharing.amount.is_zero() {
            return self.begin_release();
        }
        let (holders, next) = self.holders_from(sharing.next);
        holders.iter().for_each(|(_, points)| sharing.count(points.units()));
        sharing.next = next.unwrap_or(0);
        match next {
            Some(_) => Step::Pause(Position::ResidualFloors(sharing)),
            None => Step::Next(Position::ResidualShares(sharing)),
        }
    }

    pub(super) fn pay_out_residual(&mut self, mut sharing: Sharing) -> Step {
        let (holders, next) = self.holders_from(sharing.next);
        let to_platform = if holders.is_empty() { sharing.amount } else { Money::ZERO };
        let shares =
            shares_of(&mut sharing, holders.iter().map(|(member, points)| (*member, points.units())));
        let paid = shares.iter().fold(to_platform, |sum, (_, share)| sum.add_within_limit(*share));
        self.debit(AccountKind::PoolResidual, paid);
        self.post_shares_of(&shares);
        self.credit(AccountKind::PlatformRevenue, to_platform);
        let netted = self.who_owes(shares.iter().copied());
        self.commit(Event::ResidualSharedOut { shares, to_platform });
        self.net_credits(netted);
        self.net_income(Debtor::Platform, to_platform);
        match next {
            Some(next) => Step::Pause(Position::ResidualShares(Sharing { next, ..sharing })),
            None => self.begin_release(),
        }
    }

    /// Legs that pay shares to the wallets of members.
    fn post_shares_of(&mut self, shares: &[(MemberNo, Money)]) {
        for (member, share) in shares {
            self.post(Account::member(AccountKind::WalletCash, *member), i128::from(share.minor()));
        }
    }

    fn net_credits(&mut self, netted: Vec<(MemberNo, Money)>) {
        for (member, share) in netted {
            self.net_credit(member, share);
        }
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
    fn begin_release(&self) -> Step {
        let total =
            Points::from_units(self.state.ledger.programme(AccountKind::ReleaseIssued).unsigned_abs());
        if total.is_zero() {
            return Step::Next(Position::EndUnits { next: 0 });
        }
        Step::Next(Position::ReleaseFloors(Sharing::new(self.release_fund(), total)))
    }

    pub(super) fn count_release(&mut self, mut sharing: Sharing) -> Step {
        let (members, next) = self.members_from(sharing.next);
        members.for_each(|member| sharing.count(self.held(AccountKind::MemberRelease, member)));
        sharing.next = next.unwrap_or(0);
        match next {
            Some(_) => Step::Pause(Position::ReleaseFloors(sharing)),
            None => Step::Next(Position::ReleaseShares(sharing)),
        }
    }

    pub(super) fn pay_out_release(&mut self, mut sharing: Sharing) -> Step {
        let plan = Arc::clone(&self.plan);
        let Some(release) = &plan.release else { return Step::Next(Position::EndUnits { next: 0 }) };
        let (members, next) = self.members_from(sharing.next);
        let members: Vec<MemberNo> = members.collect();
        let held = |member: &MemberNo| (*member, self.held(AccountKind::MemberRelease, *member));
        let shares = shares_of(&mut sharing, members.iter().map(held));
        let paid = shares.iter().fold(Money::ZERO, |sum, (_, share)| sum.add_within_limit(*share));
        self.post(super::release::fund_account(release), -i128::from(paid.minor()));
        self.post_shares_of(&shares);
        self.burn(AccountKind::MemberRelease, AccountKind::ReleaseIssued, &members);
        let netted = self.who_owes(shares.iter().copied());
        self.commit(Event::ReleasePaidOut { shares });
        self.net_credits(netted);
        match next {
            Some(next) => Step::Pause(Position::ReleaseShares(Sharing { next, ..sharing })),
            None => Step::Next(Position::EndUnits { next: 0 }),
        }
    }

    /// Value units and emission points of members from this number on are gone: no money stands behind them.
    pub(super) fn end_units(&mut self, first: u32) -> Step {
        let (members, next) = self.members_from(first);
        let members: Vec<MemberNo> = members.collect();
        if self.plan.value.is_none() {
            return Step::Next(Position::LoyaltyNetting { next: 0 });
        }
        if self.plan.emission.is_some() {
            for member in &members {
                self.credit_accrued_emission(*member);
            }
        }
        self.burn(AccountKind::MemberValue, AccountKind::ValueIssued, &members);
        for kind in
            [AccountKind::MemberEmission, AccountKind::MemberEmissionReserved, AccountKind::MarketPoints]
        {
            self.burn(kind, AccountKind::EmissionIssued, &members);
        }
        if next.is_none() {
            for kind in [AccountKind::EmissionPlatform, AccountKind::EmissionAccrued] {
                let units = self.state.ledger.programme(kind);
                self.post(Account::programme(kind), -units);
                self.post(Account::programme(AccountKind::EmissionIssued), units);
            }
        }
        self.commit(Event::UnitsCancelled {});
        match next {
            Some(next) => Step::Pause(Position::EndUnits { next }),
            None => Step::Next(Position::LoyaltyNetting { next: 0 }),
        }
    }

    /// LOY-4a: what members from this number on owe in points is paid with those they have.
    pub(super) fn net_all_loyalty(&mut self, first: u32) -> Step {
        if self.plan.loyalty.is_none() {
            return self.end_programme();
        }
        let (members, next) = self.members_from(first);
        for member in members {
            let points = self.loyalty_owed(member).min(self.state.loyalty.sum(member));
            self.net_loyalty(member, points);
        }
        match next {
            Some(next) => Step::Pause(Position::LoyaltyNetting { next }),
            None => Step::Next(Position::EndLoyalty { next: 0 }),
        }
    }

    /// Loyalty points of members from this number on are paid out one to one.
    pub(super) fn pay_out_loyalty(&mut self, first: u32) -> Step {
        let (members, next) = self.members_from(first);
        let held = |member| {
            let minor = self.held(AccountKind::MemberLoyalty, member);
            (member, Money::from_wide(minor).unwrap_or(Money::ZERO))
        };
        let shares: Vec<(MemberNo, Money)> = members.map(held).filter(|(_, held)| !held.is_zero()).collect();
        if !shares.is_empty() {
            for (member, share) in &shares {
                let minor = i128::from(share.minor());
                self.post(Account::member(AccountKind::MemberLoyalty, *member), -minor);
                self.post(Account::member(AccountKind::WalletCash, *member), minor);
            }
            let netted = self.who_owes(shares.iter().copied());
            self.commit(Event::LoyaltyPaidOut { shares });
            self.net_credits(netted);
        }
        match next {
            Some(next) => Step::Pause(Position::EndLoyalty { next }),
            None => self.end_programme(),
        }
    }

    fn end_programme(&mut self) -> Step {
        self.commit(Event::WoundDown {});
        Step::Done
    }

    /// What a member holds on an account of this kind.
    fn held(&self, kind: AccountKind, member: MemberNo) -> u128 {
        self.state.ledger.balance(Account::member(kind, member)).unsigned_abs()
    }

    /// Postings that take all of a kind from these members.
    fn burn(&mut self, kind: AccountKind, contra: AccountKind, members: &[MemberNo]) {
        let mut sum = 0;
        for member in members {
            let units = i128::try_from(self.held(kind, *member)).expect("a balance fits 96 bits");
            self.post(Account::member(kind, *member), -units);
            sum += units;
        }
        self.post(Account::programme(contra), sum);
    }
}

/// How many orders are looked at for each one that an entry may settle or refund.
const ORDERS_SEEN: usize = 64;

/// The shares of these members; who gets nothing is left out.
fn shares_of(
    sharing: &mut Sharing,
    weights: impl Iterator<Item = (MemberNo, u128)>,
) -> Vec<(MemberNo, Money)> {
    let shares = weights.map(|(member, weight)| (member, sharing.share(weight)));
    shares.filter(|(_, share)| !share.is_zero()).collect()
}
