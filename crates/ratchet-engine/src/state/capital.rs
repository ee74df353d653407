//! The state's part in the market, rounds, shares and claims: what their events change, and what others ask of it.

use crate::amount::{Money, Points};
use crate::claim::Claim;
use crate::event::{ClaimImported, LotSold, RoundOpened};
use crate::funding::Round;
use crate::id::{Id, LineNo, MemberNo, OfferNo, OrderNo};
use crate::keys::KeyKind;
use crate::market::{Offer, Side, Trade};
use crate::order::{Line, Order, OrderState};
use crate::plan::ExitBasis;
use crate::state::State;
use crate::time::Timestamp;
use crate::timer::Timer;

impl State {
    fn name(&mut self, kind: KeyKind, id: &Id, number: u32) {
        self.natural.insert(kind, self.seed.key(kind, id.as_str()), number);
    }

    // ── market ──

    #[inline]
    pub(super) fn apply_filled(
        &mut self,
        (maker, taker): (OfferNo, OfferNo),
        quantity: u32,
        price: Money,
        [proceeds, hold]: [Money; 2],
    ) {
        let taken = self.market.offer(taker).side;
        let seller = match taken {
            Side::Buy => self.market.offer(maker).member,
            Side::Sell => self.market.offer(taker).member,
        };
        self.market.filled(maker, taker, quantity, hold);
        self.market.remember(Trade { at: self.now, price, quantity, taker: taken });
        self.members.receive(seller, proceeds);
        self.totals.traded = self.totals.traded.add_within_limit(proceeds);
    }

    // ── rounds ──

    pub(super) fn apply_round_opened(&mut self, opened: &RoundOpened) {
        let RoundOpened { round, id, investor, amount, pool, subsidies, per_order, days } = opened;
        self.name(KeyKind::Round, id, *round);
        let round_record = Round {
            id: id.clone(),
            investor: investor.clone(),
            amount: *amount,
            pool: *pool,
            pool_left: *pool,
            subsidies: *subsidies,
            subsidies_left: *subsidies,
            per_order: *per_order,
            days: *days,
            passed: 0,
        };
        self.rounds.add(*round, round_record);
        self.set_round_timer(*round);
    }

    pub(super) fn apply_round_streamed(&mut self, round: u32, injected: Money, returned: Option<Money>) {
        self.totals.injected = self.totals.injected.add_within_limit(injected);
        self.rounds.streamed(round, injected, returned.is_some());
        if returned.is_some() {
            self.timers.cancel(Timer::Round(round));
        } else {
            self.set_round_timer(round);
        }
    }

    fn set_round_timer(&mut self, round: u32) {
        if let Some(at) = self.midnight_to_come() {
            self.timers.set(Timer::Round(round), at);
        }
    }

    pub(super) fn apply_subsidised(&mut self, round: u32, member: MemberNo, amount: Money) {
        self.rounds.subsidised(round, amount);
        self.totals.subsidised = self.totals.subsidised.add_within_limit(amount);
        self.members.receive(member, amount);
    }

    // ── shares ──

    pub(super) fn apply_window_opened(
        &mut self,
        window: u32,
        id: &Id,
        (shares, price): (u32, Points),
        closes_at: Timestamp,
    ) {
        self.name(KeyKind::Window, id, window);
        self.equity.open(id.clone(), shares, price, self.ledger.exponent(), closes_at);
        self.timers.set(Timer::Window(window), closes_at);
    }

    pub(super) fn apply_committed(&mut self, commitment: &Id, window: u32, member: MemberNo, points: Points) {
        self.name(KeyKind::Allotment, commitment, window);
        self.equity.commit(window, member, points, self.ledger.exponent());
    }

    /// EQUITY-2: for lots and the cycle like a sale; nothing is received and nobody is a seller.
    pub(super) fn apply_shares_bought(
        &mut self,
        member: MemberNo,
        [gross, net]: [Money; 2],
        shares: u32,
        lots: &[LotSold],
    ) {
        self.totals.to_issuer = self.totals.to_issuer.add_within_limit(net);
        self.take_sold(member, gross, None, lots, false);
        self.equity.give(member, shares, self.now);
    }

    pub(super) fn apply_window_closed(&mut self, window: u32, issued: u32) {
        self.equity.close(window, issued);
        self.timers.cancel(Timer::Window(window));
    }

    pub(super) fn apply_allotted(&mut self, allotment: &Id, member: MemberNo, shares: u32) {
        self.name(KeyKind::Allotment, allotment, 0);
        self.equity.offered += u64::from(shares);
        self.equity.give(member, shares, self.now);
    }

    // ── claims ──

    pub(super) fn apply_claim_imported(&mut self, imported: &ClaimImported) {
        let ClaimImported { claim, id, member, amount, evidence, by } = imported;
        self.name(KeyKind::Claim, id, *claim);
        self.claims.import(Claim {
            id: id.clone(),
            member: *member,
            amount: *amount,
            evidence: *evidence,
            by: by.clone(),
            first: None,
            booked: false,
        });
    }

    /// CLAIM-2a: the lot stands under a number of an order that nobody made and no id finds: its key is the grant's.
    pub(super) fn apply_points_granted(
        &mut self,
        grant: &Id,
        (order, line): (OrderNo, LineNo),
        member: MemberNo,
        points: Points,
        injection: Money,
    ) {
        self.name(KeyKind::Claim, grant, crate::claim::GRANT);
        let key = self.seed.key(KeyKind::Claim, grant.as_str());
        self.natural.insert(KeyKind::Order, key, order.0);
        let mut record = Order::new(member, line.0, 1, false);
        record.state = OrderState::Settled;
        self.orders.push_order(record);
        let mut lot = Line::new(order, Money::ZERO, 0);
        lot.cycle = self.ledger.cycle(member).number;
        self.orders.push_line(lot);
        self.totals.injected = self.totals.injected.add_within_limit(injection);
        let exponent = self.ledger.exponent();
        let by_member = self.terms.caps.is_some_and(|caps| caps.basis == ExitBasis::Member);
        let held = self.ledger.points(member).units().saturating_sub(points.units());
        let earned = self.ledger.cycle(member).earned(exponent);
        let before = if by_member { self.member_trigger_with(member, earned, held) } else { None };
        self.add_to_lot(line, member, points.units(), exponent);
        if by_member {
            let after = self.member_trigger(member);
            self.watch(member.0, before, after);
        }
    }

    pub(super) fn apply_points_locked(
        &mut self,
        line: LineNo,
        member: MemberNo,
        points: Points,
        next: Option<Timestamp>,
    ) {
        let exponent = self.ledger.exponent();
        let locked = self.claims.lock(member, line).map_or(0, |lock| lock.units(exponent));
        self.set_lock(line, member, locked.saturating_add(points.units()), (false, next));
    }

    pub(super) fn apply_points_unlocked(
        &mut self,
        line: LineNo,
        member: MemberNo,
        locked: Points,
        (last, next): (bool, Option<Timestamp>),
    ) {
        self.timers.cancel(Timer::Stage(line.0));
        self.set_lock(line, member, locked.units(), (last, next));
    }

    /// So much of a line is locked from now on; the timer of its next step is set where there is anything to free.
    fn set_lock(
        &mut self,
        line: LineNo,
        member: MemberNo,
        units: u128,
        (last, next): (bool, Option<Timestamp>),
    ) {
        self.claims.set(member, line, units, self.ledger.exponent(), last);
        if units != 0
            && let Some(at) = next
        {
            self.timers.set(Timer::Stage(line.0), at);
        }
    }

    /// CLAIM-2b: all points of a lot are gone, or all of a member's, and what was locked of them with them.
    pub(super) fn end_locks(&mut self, member: MemberNo, lot: Option<LineNo>) {
        for line in self.claims.empty(member, lot) {
            self.timers.cancel(Timer::Stage(line.0));
        }
    }

    /// CLAIM-2b: a late refund leaves less of a lot locked.
    pub(super) fn cut_lock(&mut self, line: LineNo, member: MemberNo, cut: Points) {
        let exponent = self.ledger.exponent();
        let locked = self.claims.lock(member, line).map_or(0, |lock| lock.units(exponent));
        let left = locked.saturating_sub(cut.units());
        self.claims.set(member, line, left, exponent, false);
        if left == 0 {
            self.timers.cancel(Timer::Stage(line.0));
        }
    }

    /// What is locked of a lot, or of all points of a member.
    pub(crate) fn locked_points(&self, member: MemberNo, lot: Option<LineNo>) -> Points {
        let exponent = self.ledger.exponent();
        Points::from_units(match lot {
            Some(line) => self.claims.lock(member, line).map_or(0, |lock| lock.units(exponent)),
            None => self.claims.locked(member, exponent),
        })
    }

    /// CLAIM-2: points of a member that are not locked.
    pub(crate) fn free_points(&self, member: MemberNo) -> u128 {
        let held = self.ledger.points(member).units();
        held.saturating_sub(self.claims.locked(member, self.ledger.exponent()))
    }

    /// What is left of the part of a line paid with a claim.
    pub(crate) fn claim_left(&self, line: LineNo) -> Money {
        self.orders.detail(line).claim.saturating_sub(self.orders.history(line).refunded_claim)
    }

    /// Offers in the book: those that hold money or points.
    pub(crate) fn open_offers(&self) -> impl Iterator<Item = &Offer> {
        [Side::Buy, Side::Sell]
            .into_iter()
            .flat_map(|side| self.market.queue(side))
            .map(|offer| self.market.offer(offer))
    }
}
