//! Commissions through the life of an order, and the dividend (COMM-0 to COMM-9).
//!
//! At payment the items are recorded, at settlement they become money, a late refund takes back what the smaller
//! purchase would not have earned. A refund before settlement needs nothing here.

use std::sync::Arc;

use smallvec::SmallVec;

use super::clawback::Reversal;
use crate::amount::{Money, Rate};
use crate::commission::{
    Amounts, ClassEntitlements, CommissionClawback, CommissionKind, CommissionPaid, Entitlement,
    EntitlementRates, amounts,
};
use crate::debt::{DebtOrigin, Debtor};
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::order::Allocation;
use crate::plan::{CommissionRates, PeerBase, Plan, RegionalMode};
use crate::region::{Level, Region};
use crate::slice::{Position, Step};

/// Bases of an order's lines, and the sum of their commission legs.
struct Left {
    bases: SmallVec<[Money; 4]>,
    legs: Money,
}

impl Left {
    /// COMM-6: what all items together get at most.
    fn most(&self, cap: Rate) -> Money {
        let sum = self.bases.iter().fold(Money::ZERO, |sum, base| sum.add_within_limit(*base));
        // Rounds down; the rest of the legs stays undistributed.
        cap.floor_of(sum).min(self.legs)
    }
}

/// Who earns by an order, while it is being put together.
struct Laid<'p> {
    /// The different rates of the order's lines (COMM-10). The items say the first of them.
    rates: SmallVec<[CommissionRates<'p>; 1]>,
    items: Vec<Entitlement>,
    /// What the others are, one after the other.
    by_class: Vec<ClassEntitlements>,
}

impl<'p> Laid<'p> {
    fn new(rates: SmallVec<[CommissionRates<'p>; 1]>) -> Laid<'p> {
        let others = rates.iter().skip(1).filter_map(CommissionRates::class);
        let by_class = others.map(|class| ClassEntitlements { class, rates: Vec::new() }).collect();
        Laid { rates, items: Vec::new(), by_class }
    }

    /// Lays an item down unless no line earns it anything. What it gets at the rates of a place `of` says. Returns whether it
    /// was.
    #[inline]
    fn push(&mut self, item: Entitlement, of: impl Fn(&Laid<'_>, usize) -> EntitlementRates) -> bool {
        if (0..self.rates.len()).all(|at| of(self, at).rate_ppm == 0) {
            return false;
        }
        let EntitlementRates { rate_ppm, paid_below_ppm } = of(self, 0);
        for at in 1..self.rates.len() {
            let rates = of(self, at);
            self.by_class[at - 1].rates.push(rates);
        }
        self.items.push(Entitlement { rate_ppm, paid_below_ppm, ..item });
        true
    }

    /// Whether the item at this place, counted from 1, gets something at the rates of a place.
    fn earns(&self, place: usize, at: usize) -> bool {
        let rates = match at.checked_sub(1) {
            None => self.items.get(place - 1).map(Entitlement::rates),
            Some(other) => self.by_class[other].rates.get(place - 1).copied(),
        };
        rates.is_some_and(|rates| rates.rate_ppm > 0)
    }
}

impl Engine {
    /// COMM-0: who earns by an order that is being paid, as of now, and what differs by class of its lines (COMM-10).
    #[inline]
    pub(super) fn record_entitlements(
        &mut self,
        order: OrderNo,
    ) -> (Vec<Entitlement>, Vec<ClassEntitlements>) {
        if !self.records_entitlements(order) || self.excludes_of(order).commission {
            return (Vec::new(), Vec::new());
        }
        let plan = Arc::clone(self.plan_of(order));
        if plan.commission.as_ref().is_some_and(|plan| plan.differential) {
            self.state.network.refresh();
        }
        let buyer = self.state.orders.order(order).member;
        if let Some(chain) = self.chain_of(order).copied() {
            // CHAIN-3: no other commissions.
            let mut items = Vec::new();
            self.lay_down_chain(order, chain, &mut items);
            self.lay_down_values(&plan, buyer, &mut items);
            return (items, Vec::new());
        }
        let mut laid = Laid::new(self.rates_of_lines(&plan, order));
        if self.state.members.referrer(buyer).is_some() {
            laid.items.reserve(16);
            self.lay_down_generations(&plan, buyer, &mut laid);
            self.lay_down_ranks(&plan, buyer, &mut laid);
        }
        self.lay_down_agents(&plan, order, &mut laid);
        let Laid { mut items, mut by_class, .. } = laid;
        by_class.retain(|own| own.rates.iter().zip(&items).any(|(own, item)| *own != item.rates()));
        self.lay_down_values(&plan, buyer, &mut items);
        (items, by_class)
    }

    /// COMM-10: the different rates that the order's lines earn at, the general ones first if any line earns at them; nothing
    /// in a plan without commissions.
    fn rates_of_lines<'p>(&self, plan: &'p Plan, order: OrderNo) -> SmallVec<[CommissionRates<'p>; 1]> {
        if plan.commission.as_ref().is_none_or(|plan| plan.by_class.is_empty()) {
            return plan.commission_rates(None).into_iter().collect();
        }
        let lines = self.state.orders.order(order).line_numbers();
        let mut all: SmallVec<[CommissionRates<'p>; 1]> = SmallVec::new();
        for rates in lines.filter_map(|line| plan.commission_rates(self.state.orders.detail(line).class)) {
            if all.iter().any(|known| known.class() == rates.class()) {
                continue;
            }
            let place = if rates.class().is_none() { 0 } else { all.len() };
            all.insert(place, rates);
        }
        all
    }

    /// COMM-1: nobody moves up for one who is missing or not qualified.
    fn lay_down_generations(&self, plan: &Plan, buyer: MemberNo, laid: &mut Laid<'_>) {
        let (state, mut at) = (&self.state, buyer);
        if plan.commission.is_none() {
            return;
        }
        for (kind, generation) in [(CommissionKind::Direct, 1), (CommissionKind::Indirect, 2)] {
            let Some(above) = state.network.referrer(at) else { return };
            if state.network.is_qualified(above) {
                let of_class = |rates: &CommissionRates<'_>| match generation {
                    1 => rates.direct(),
                    _ => rates.indirect(),
                };
                let item = Entitlement::of_base(kind, above, generation, Rate::ZERO);
                laid.push(item, |laid, at| EntitlementRates::above(of_class(&laid.rates[at]), Rate::ZERO));
            }
            at = above;
        }
    }

    /// COMM-2, COMM-3: each upline of a rank above all before it gets the difference to the highest rate paid, the next ones
    /// of its rank a part of that.
    fn lay_down_ranks(&self, plan: &Plan, buyer: MemberNo, laid: &mut Laid<'_>) {
        let network = &self.state.network;
        let Some(commission) = plan.commission.as_ref().filter(|plan| plan.differential) else { return };
        // Of each class by itself (COMM-10): its rates fall for no rank, so the walk is the same for all.
        let mut paid: SmallVec<[Rate; 1]> = laid.rates.iter().map(|_| Rate::ZERO).collect();
        let mut earners: SmallVec<[_; 8]> = SmallVec::new();
        for upline in network.higher_uplines(buyer) {
            let item = Entitlement::of_base(
                CommissionKind::Differential,
                upline.member,
                upline.generation,
                Rate::ZERO,
            );
            let above = |laid: &Laid<'_>, at: usize| {
                EntitlementRates::above(laid.rates[at].of_rank(upline.rank), paid[at])
            };
            if !laid.push(item, above) {
                continue;
            }
            earners.push((upline, laid.items.len()));
            for (paid, rates) in paid.iter_mut().zip(&laid.rates) {
                *paid = rates.of_rank(upline.rank).max(*paid);
            }
        }
        let Some(peer) = &commission.peer else { return };
        for (earner, place) in earners {
            for (upline, rate) in network.peers(buyer, earner).zip(&peer.rates) {
                let of = match peer.base {
                    PeerBase::Differential => u8::try_from(place).expect("few items before the peers"),
                    PeerBase::Order => 0,
                };
                let item =
                    Entitlement::of_base(CommissionKind::Peer, upline.member, upline.generation, Rate::ZERO);
                // Where a class paid no differential, there is nothing for peers.
                laid.push(Entitlement { peer_of: of, ..item }, |laid, at| {
                    let earned = laid.earns(place, at);
                    EntitlementRates::above(if earned { *rate } else { Rate::ZERO }, Rate::ZERO)
                });
            }
        }
    }

    /// COMM-4: the qualified agents of district, city and province of the address.
    fn lay_down_agents(&self, plan: &Plan, order: OrderNo, laid: &mut Laid<'_>) {
        let state = &self.state;
        let Some(plan) = plan.commission.as_ref().and_then(|plan| plan.regional) else { return };
        let Some(address) = state.commissions.ship_to.get(&order) else { return };
        let mut paid: SmallVec<[Rate; 1]> = laid.rates.iter().map(|_| Rate::ZERO).collect();
        for (level, (kind, territory)) in territories(*address).into_iter().enumerate() {
            let agents = territory.map_or(&[][..], |territory| state.commissions.agents(territory));
            let agents = agents.iter().filter(|agent| state.network.is_qualified(**agent));
            let sharers = u16::try_from(agents.clone().count()).expect("at most TERRITORY_AGENTS_MAX");
            if sharers == 0 {
                continue;
            }
            for agent in agents {
                let item = Entitlement { sharers, ..Entitlement::of_base(kind, *agent, 0, Rate::ZERO) };
                laid.push(item, |laid, at| {
                    EntitlementRates::above(laid.rates[at].regional()[level], paid[at])
                });
            }
            if plan.mode == RegionalMode::Differential {
                for (paid, rates) in paid.iter_mut().zip(&laid.rates) {
                    *paid = rates.regional()[level];
                }
            }
        }
    }

    /// EMIT-1: the uplines at generation 1, 2, … get a part of the value units that the buyer is granted.
    fn lay_down_values(&self, plan: &Plan, buyer: MemberNo, items: &mut Vec<Entitlement>) {
        let Some(plan) = &plan.value else { return };
        let mut at = buyer;
        for (generation, rate) in (1..).zip(&plan.referral) {
            let Some(above) = self.state.members.referrer(at) else { return };
            if *rate > Rate::ZERO {
                items.push(Entitlement::of_base(CommissionKind::ValueReferral, above, generation, *rate));
            }
            at = above;
        }
    }

    /// What is left of an order's lines; `changed` is a line with other legs than it has now, and its base.
    fn left_of(&self, order: OrderNo, changed: Option<(LineNo, Money, &Allocation)>) -> Left {
        let state = &self.state;
        let mut left = Left { bases: SmallVec::new(), legs: Money::ZERO };
        for line in state.orders.order(order).line_numbers() {
            let (base, leg) = match changed {
                Some((changed, base, legs)) if changed == line => (base, legs.commission),
                Some(_) | None => {
                    let base = state.orders.base_left(line);
                    (base, self.line_legs(line, base).commission)
                }
            };
            left.bases.push(base);
            left.legs = left.legs.add_within_limit(leg);
        }
        left
    }

    fn amounts_of(&self, order: OrderNo, left: &Left) -> Amounts {
        if let Some(chain) = self.chain_of(order) {
            let bases = left.bases.iter().fold(Money::ZERO, |sum, base| sum.add_within_limit(*base));
            return self.chain_amounts(order, chain, bases, left.legs);
        }
        let cap = self.plan_of(order).commission.as_ref().map_or(Rate::ZERO, |plan| plan.cap);
        let (state, most) = (&self.state, left.most(cap));
        let (items, by_class) = (state.commissions.items(order), state.commissions.by_class(order));
        if by_class.is_empty() {
            return amounts(items, &left.bases, most, |_| None);
        }
        // COMM-10: a line whose class is not named earns at the rates that the items say.
        let lines = state.orders.order(order).line_numbers().map(|line| {
            let class = state.orders.detail(line).class;
            let own = by_class.iter().find(|own| Some(own.class) == class);
            own.map(|own| own.rates.as_slice())
        });
        let lines: SmallVec<[_; 4]> = lines.collect();
        amounts(items, &left.bases, most, |line| lines.get(line).copied().flatten())
    }

    /// What an order's commissions come to on what is left of it now, in the order of payment; nothing of an order that does
    /// not exist or was not paid.
    pub fn order_commissions(&self, order: &str) -> Vec<CommissionPaid> {
        let Some(order) = self.find(KeyKind::Order, order).map(OrderNo) else { return Vec::new() };
        let amounts = self.amounts_of(order, &self.left_of(order, None));
        let items = self.state.commissions.items(order).iter();
        let money = items.zip(amounts).filter(|(item, _)| item.kind != CommissionKind::ValueReferral);
        money
            .map(|(item, amount)| {
                let Entitlement { member, kind, generation, .. } = *item;
                CommissionPaid { member, kind, generation, amount }
            })
            .collect()
    }

    /// COMM-7: pays an order's commissions out of what its lines have put into `commission.payable`.
    #[inline]
    pub(super) fn pay_commissions(&mut self, order: OrderNo) {
        let payable = self.state.money(AccountKind::CommissionPayable);
        if payable.is_zero() {
            return;
        }
        let bases = self.state.orders.order(order).line_numbers();
        let left =
            Left { bases: bases.map(|line| self.state.orders.base_left(line)).collect(), legs: payable };
        let amounts = self.amounts_of(order, &left);
        let items = self.state.commissions.items(order).iter().zip(amounts);
        let mut paid = Vec::with_capacity(items.len());
        let mut undistributed = payable;
        for (item, amount) in items.filter(|(_, amount)| !amount.is_zero()) {
            let Entitlement { member, kind, generation, .. } = *item;
            undistributed = undistributed.saturating_sub(amount);
            paid.push(CommissionPaid { member, kind, generation, amount });
        }
        self.debit(AccountKind::CommissionPayable, payable);
        for CommissionPaid { member, amount, .. } in &paid {
            self.credit_earning(*member, *amount, Rate::ZERO);
        }
        self.credit(AccountKind::CommissionUndistributed, undistributed);
        let netted = self.who_owes(paid.iter().map(|paid| (paid.member, paid.amount)));
        self.commit(Event::CommissionsPaid { order, paid, undistributed });
        for (member, amount) in netted {
            self.net_member(member, amount);
        }
        self.net_income(Debtor::Undistributed, undistributed);
    }

    /// COMM-8: posts what a late refund of one line takes back of its order's commissions, with the legs before and after it;
    /// `cash` is what is refunded of its base.
    pub(super) fn take_back_commissions(
        &mut self,
        line: LineNo,
        cash: Money,
        (before, after): (&Allocation, &Allocation),
        reversal: &mut Reversal,
    ) -> Vec<CommissionClawback> {
        let order = self.state.orders.line(line).order;
        let base = self.state.orders.base_left(line);
        let was = self.left_of(order, Some((line, base, before)));
        let is = self.left_of(order, Some((line, base.saturating_sub(cash), after)));
        let amounts = self.amounts_of(order, &was).into_iter().zip(self.amounts_of(order, &is));
        let items: SmallVec<[Entitlement; 24]> = self.state.commissions.items(order).into();
        let mut of_leg = before.commission.minor() - after.commission.minor();
        let mut back = Vec::new();
        for (item, (was, is)) in items.into_iter().zip(amounts) {
            if was == is {
                continue;
            }
            let Entitlement { member, kind, generation, .. } = item;
            let (less, gained) = (was.saturating_sub(is), is.saturating_sub(was));
            of_leg += gained.minor() - less.minor();
            let wallet = Account::member(AccountKind::WalletCash, member);
            self.post(wallet, i128::from(gained.minor()));
            if !gained.is_zero() {
                reversal.gains.push((Debtor::Member(member), gained));
            }
            // What a gain of this refund will be netted by is not there to be taken.
            let netted = self.netted_of(member, reversal.gained(member));
            let taken = less.min(self.available(wallet).saturating_sub(netted));
            let owed = less.saturating_sub(taken);
            self.post(wallet, -i128::from(taken.minor()));
            reversal.falls_short(Debtor::Member(member), DebtOrigin::Leg, owed);
            back.push(CommissionClawback {
                member,
                kind,
                generation,
                recovered: taken,
                receivable: owed,
                adjustment: gained,
                retention_pending_cut: Money::ZERO,
            });
        }
        // What nobody had of the leg; below zero if the others lost more than it (COMM-8a).
        let [lost, gained] = [of_leg, -of_leg].map(|minor| Money::from_minor(minor).unwrap_or(Money::ZERO));
        self.reverse_leg(Debtor::Undistributed, lost, gained, reversal);
        back
    }

    /// COMM-5: the end of a period.
    pub(crate) fn pay_dividend(&mut self) {
        let Some(plan) = self.dividend_plan() else { return };
        let of_period = self.state.dividend.base;
        let base = of_period - self.state.dividend.deficit.minor();
        let deficit = Money::from_minor(-base).unwrap_or(Money::ZERO);
        let fund =
            Account { kind: AccountKind::Fund, owner: u32::try_from(plan.fund).expect("at most FUNDS_MAX") };
        // Rounds down; the fund keeps the remainder.
        let wanted = plan.rate.floor_of(Money::from_minor(base).unwrap_or(Money::ZERO));
        let added = wanted.min(self.available(fund));
        self.post(fund, -i128::from(added.minor()));
        self.credit(AccountKind::DividendPot, added);
        let next = self.period_end();
        self.commit(Event::DividendDeclared { base: of_period, deficit, added, next });
        let pot = self.state.money(AccountKind::DividendPot);
        self.run(Position::Dividend { next: 0, pot });
    }

    /// COMM-5: what shareholders from `first` on get of the pot.
    pub(super) fn share_dividend(&mut self, first: MemberNo, pot: Money) -> Step {
        let mut holders = self.state.dividend.shares(pot, first);
        let mut shares: Vec<_> = holders.by_ref().take(self.state.slice_members).collect();
        let next = holders.next().map(|(member, _)| member.0);
        drop(holders);
        shares.retain(|(_, share)| !share.is_zero());
        for (member, share) in &shares {
            self.debit(AccountKind::DividendPot, *share);
            self.credit_earning(*member, *share, Rate::ZERO);
        }
        if !shares.is_empty() {
            self.commit(Event::DividendPaid { shares: shares.clone() });
        }
        for (member, share) in shares {
            self.net_member(member, share);
        }
        next.map_or(Step::Done, |next| Step::Pause(Position::Dividend { next, pot }))
    }
}

/// The levels of an address, the smallest first. A code that encloses others has no lower level itself.
fn territories(address: Region) -> [(CommissionKind, Option<Region>); 3] {
    let (district, city, province) = match address.level() {
        Level::District => (Some(address), address.city(), address.province()),
        Level::City => (None, Some(address), address.province()),
        Level::Province => (None, None, Some(address)),
    };
    [(CommissionKind::District, district), (CommissionKind::City, city), (CommissionKind::Province, province)]
}
