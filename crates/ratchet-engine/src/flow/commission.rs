//! Commissions through the life of an order, and the dividend (COMM-0 to COMM-9).
//!
//! At payment the items are recorded, at settlement they become money, a late refund takes back what the smaller
//! purchase would not have earned. A refund before settlement needs nothing here.

use std::sync::Arc;

use smallvec::SmallVec;

use super::clawback::Reversal;
use crate::amount::{Money, Rate};
use crate::commission::{Amounts, CommissionClawback, CommissionKind, CommissionPaid, Entitlement, amounts};
use crate::debt::{DebtOrigin, Debtor};
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{LineNo, MemberNo, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::order::Allocation;
use crate::plan::{PeerBase, Plan, RankPlan, RegionalMode, RegionalPlan};
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

impl Engine {
    /// COMM-0: who earns by an order that is being paid, as of now.
    #[inline]
    pub(super) fn record_entitlements(&mut self, order: OrderNo) -> Vec<Entitlement> {
        if !self.records_entitlements(order) || self.excludes_of(order).commission {
            return Vec::new();
        }
        let plan = Arc::clone(self.plan_of(order));
        if plan.commission.as_ref().is_some_and(|plan| plan.differential) {
            self.state.network.refresh();
        }
        let buyer = self.state.orders.order(order).member;
        let mut items = Vec::new();
        if let Some(chain) = self.chain_of(order).copied() {
            // CHAIN-3: no other commissions.
            self.lay_down_chain(order, chain, &mut items);
            self.lay_down_values(&plan, buyer, &mut items);
            return items;
        }
        if self.state.members.referrer(buyer).is_some() {
            items.reserve(16);
            self.lay_down_generations(&plan, buyer, &mut items);
            self.lay_down_ranks(&plan, buyer, &mut items);
        }
        self.lay_down_agents(&plan, order, &mut items);
        self.lay_down_values(&plan, buyer, &mut items);
        items
    }

    /// COMM-1: nobody moves up for one who is missing or not qualified.
    fn lay_down_generations(&self, plan: &Plan, buyer: MemberNo, items: &mut Vec<Entitlement>) {
        let (state, mut at) = (&self.state, buyer);
        let Some(plan) = &plan.commission else { return };
        let generations =
            [(CommissionKind::Direct, 1, plan.direct), (CommissionKind::Indirect, 2, plan.indirect)];
        for (kind, generation, rate) in generations {
            let Some(above) = state.network.referrer(at) else { return };
            if rate > Rate::ZERO && state.network.is_qualified(above) {
                items.push(Entitlement::of_base(kind, above, generation, rate));
            }
            at = above;
        }
    }

    /// COMM-2, COMM-3: each upline of a rank above all before it gets the difference to the highest rate paid, the next ones
    /// of its rank a part of that.
    fn lay_down_ranks(&self, plan: &Plan, buyer: MemberNo, items: &mut Vec<Entitlement>) {
        let network = &self.state.network;
        let Some(commission) = plan.commission.as_ref().filter(|plan| plan.differential) else { return };
        let mut paid = Rate::ZERO;
        let mut earners: SmallVec<[_; 8]> = SmallVec::new();
        for upline in network.higher_uplines(buyer) {
            let rate = rank_of(plan, upline.rank).map_or(Rate::ZERO, |rank| rank.rate);
            if rate <= paid {
                continue;
            }
            let item =
                Entitlement::of_base(CommissionKind::Differential, upline.member, upline.generation, rate);
            items.push(Entitlement { paid_below_ppm: paid.ppm(), ..item });
            earners.push((upline, items.len()));
            paid = rate;
        }
        let Some(peer) = &commission.peer else { return };
        for (earner, place) in earners {
            for (upline, rate) in network.peers(buyer, earner).zip(&peer.rates) {
                if *rate == Rate::ZERO {
                    continue;
                }
                let of = match peer.base {
                    PeerBase::Differential => u8::try_from(place).expect("few items before the peers"),
                    PeerBase::Order => 0,
                };
                let item =
                    Entitlement::of_base(CommissionKind::Peer, upline.member, upline.generation, *rate);
                items.push(Entitlement { peer_of: of, ..item });
            }
        }
    }

    /// COMM-4: the qualified agents of district, city and province of the address.
    fn lay_down_agents(&self, plan: &Plan, order: OrderNo, items: &mut Vec<Entitlement>) {
        let state = &self.state;
        let Some(plan) = plan.commission.as_ref().and_then(|plan| plan.regional) else { return };
        let Some(address) = state.commissions.ship_to.get(&order) else { return };
        let mut paid = Rate::ZERO;
        for (kind, rate, territory) in territories(&plan, *address) {
            let agents = territory.map_or(&[][..], |territory| state.commissions.agents(territory));
            let agents = agents.iter().filter(|agent| state.network.is_qualified(**agent));
            let first = items.len();
            items.extend(agents.map(|agent| Entitlement::of_base(kind, *agent, 0, rate)));
            let level = &mut items[first..];
            if level.is_empty() {
                continue;
            }
            let agents = u16::try_from(level.len()).expect("at most TERRITORY_AGENTS_MAX");
            let from = match plan.mode {
                RegionalMode::Stacked => Rate::ZERO,
                RegionalMode::Differential => std::mem::replace(&mut paid, rate),
            };
            if rate <= from {
                items.truncate(first);
                continue;
            }
            for item in level {
                (item.sharers, item.paid_below_ppm) = (agents, from.ppm());
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
        amounts(self.state.commissions.items(order), &left.bases, left.most(cap))
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

/// The levels of an address, the smallest first, each with its rate. A code that encloses others has no lower level
/// itself.
fn territories(plan: &RegionalPlan, address: Region) -> [(CommissionKind, Rate, Option<Region>); 3] {
    let (district, city, province) = match address.level() {
        Level::District => (Some(address), address.city(), address.province()),
        Level::City => (None, Some(address), address.province()),
        Level::Province => (None, None, Some(address)),
    };
    [
        (CommissionKind::District, plan.district, district),
        (CommissionKind::City, plan.city, city),
        (CommissionKind::Province, plan.province, province),
    ]
}

/// The rank of an upline in the plan of an order; a rank that came later counts as the highest of that plan (AMEND-3).
fn rank_of(plan: &Plan, rank: usize) -> Option<&RankPlan> {
    plan.ranks.get(rank).or_else(|| plan.ranks.last())
}
