//! Sales by members, the daily batch, injections and the residual (POOL-3, POOL-8, POOL-10, POOL-11b).

use crate::amount::{AMOUNT_MAX, Money, Points, allocate};
use crate::command::{DisposalMethod, SellQuantity};
use crate::engine::Engine;
use crate::event::{Event, SaleCause};
use crate::id::{Id, MemberNo, index};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::plan::SalePrice;
use crate::pool::Sale;
use crate::rejection::Rejection;

impl Engine {
    /// `points.sell`. Refuses: member_unknown, no_pool, insufficient_points, points_not_positive, quote_missed.
    pub(crate) fn sell(
        &mut self,
        member: &Id,
        quantity: SellQuantity,
        min_net: Option<Money>,
    ) -> Result<(), Rejection> {
        let member = self.state.named_member(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        let pool = self.plan.pool.ok_or(Rejection::NoPool)?;
        let free = Points::from_units(self.free_to_sell(member));
        let points = match quantity {
            SellQuantity::All => free,
            SellQuantity::Points(points) => points,
        };
        if points > free {
            return Err(Rejection::InsufficientPoints);
        }
        if points.is_zero() {
            return Err(Rejection::PointsNotPositive);
        }
        match pool.sale_price {
            // At the close it is seen what the request pays (POOL-11b).
            SalePrice::DailyBatch => self.commit(Event::RedemptionRequested { member, points, min_net }),
            SalePrice::Immediate => {
                let gross = self.state.pair().gross(points);
                // After retention, wherever that is taken.
                if min_net.is_some_and(|least| Sale::of(gross, &pool).net < least) {
                    return Err(Rejection::QuoteMissed);
                }
                self.sell_points(&pool, member, points, gross, SaleCause::Member, None);
                self.end_with_cascade();
            }
        }
        Ok(())
    }

    /// Points of a member that it may sell: held, neither locked nor requested already.
    pub(crate) fn free_to_sell(&self, member: MemberNo) -> u128 {
        self.state.free_points(member).saturating_sub(self.state.pending_redemptions(member))
    }

    /// `pool.inject`. Refuses: limit_reached, amount_not_positive, no_pool, supply_is_zero.
    pub(crate) fn inject(&mut self, amount: Money, source: &Id) -> Result<(), Rejection> {
        if amount.minor() > AMOUNT_MAX || !self.has_room_for(amount) {
            return Err(Rejection::LimitReached);
        }
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        if self.plan.pool.is_none() {
            return Err(Rejection::NoPool);
        }
        self.check_open_for_new_business()?;
        if self.state.pair().supply.is_zero() {
            return Err(Rejection::SupplyIsZero);
        }
        self.debit(AccountKind::Bank, amount);
        self.credit(AccountKind::PoolAssets, amount);
        self.commit(Event::PoolInjected { amount, source: source.clone() });
        self.end_with_cascade();
        Ok(())
    }

    /// `residual.propose`. Refuses: no_pool, disposal_exists. What there is to dispose of is looked at on approval.
    pub(crate) fn propose_disposal(
        &mut self,
        disposal: &Id,
        method: DisposalMethod,
        actor: &Id,
    ) -> Result<(), Rejection> {
        if self.plan.pool.is_none() {
            return Err(Rejection::NoPool);
        }
        if self.find(KeyKind::Disposal, disposal.as_str()).is_some() {
            return Err(Rejection::DisposalExists);
        }
        let (epoch, rebate) = match method {
            DisposalMethod::Rebate { epoch } => (epoch, true),
            DisposalMethod::Inject { epoch } => (epoch, false),
        };
        self.commit(Event::ResidualProposed { disposal: disposal.clone(), by: actor.clone(), epoch, rebate });
        Ok(())
    }

    /// `residual.approve`: carries the disposal out. Refuses: no_pool, supply_is_zero, disposal_unknown, disposal_done,
    /// same_person, residual_empty.
    pub(crate) fn approve_disposal(&mut self, disposal: &Id, actor: &Id) -> Result<(), Rejection> {
        if self.plan.pool.is_none() {
            return Err(Rejection::NoPool);
        }
        let number = self.find(KeyKind::Disposal, disposal.as_str()).ok_or(Rejection::DisposalUnknown)?;
        let record = self.state.disposals[index(number)].clone();
        let amount = self.residual_of(record.epoch);
        if !record.rebate && self.state.pair().supply.is_zero() {
            return Err(Rejection::SupplyIsZero);
        }
        if record.done {
            return Err(Rejection::DisposalDone);
        }
        if self.is_same_person(&record.by, actor) {
            return Err(Rejection::SamePerson);
        }
        if amount.is_zero() {
            return Err(Rejection::ResidualEmpty);
        }
        let (disposal, epoch) = (disposal.clone(), record.epoch);
        let sellers = match record.rebate {
            false => Vec::new(),
            true if epoch == self.state.epoch => self.state.sellers_summed(),
            true => self.state.past_sellers.get(&epoch).cloned().unwrap_or_default(),
        };
        if record.rebate && sellers.is_empty() {
            return Err(Rejection::ResidualEmpty);
        }
        self.debit(AccountKind::PoolResidual, amount);
        if !record.rebate {
            self.credit(AccountKind::PoolAssets, amount);
            self.commit(Event::ResidualDisposed { disposal, epoch, amount, credits: Vec::new() });
            self.end_with_cascade();
            return Ok(());
        }
        let weights: Vec<Money> = sellers.iter().map(|(_, gross)| *gross).collect();
        let mut parts = Vec::new();
        allocate(amount, &weights, &mut parts);
        let credits: Vec<(MemberNo, Money)> =
            sellers.into_iter().zip(parts).map(|((member, _), part)| (member, part)).collect();
        for (member, part) in &credits {
            self.post(Account::member(AccountKind::WalletCash, *member), i128::from(part.minor()));
        }
        let netted = self.who_owes(credits.iter().copied());
        self.commit(Event::ResidualDisposed { disposal, epoch, amount, credits });
        for (member, part) in netted {
            self.net_credit(member, part);
        }
        Ok(())
    }

    fn residual_of(&self, epoch: u32) -> Money {
        self.state.residuals.get(&epoch).copied().unwrap_or(Money::ZERO)
    }
}
