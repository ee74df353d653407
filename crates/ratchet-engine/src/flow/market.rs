//! The internal market: offers, their fills and holds, the halt (MKT-1, MKT-2).

use crate::amount::{AMOUNT_MAX, Money};
use crate::command::{Side, TimeInForce};
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{Id, MemberNo, OfferNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::market::{OfferState, fill, hold_of, is_in_band, points_of};
use crate::plan::MarketPlan;
use crate::rejection::Rejection;

use super::withdraw::check_reason;

impl Engine {
    /// `market.offer`. Refuses: limit_reached, amount_not_positive, no_market, market_halted, member_unknown, offer_exists,
    /// price_tick, price_band, offer_limit, insufficient_cash, insufficient_emission, own_offer, not_fillable.
    pub(crate) fn offer(
        &mut self,
        id: &Id,
        member: &Id,
        (side, price, quantity): (Side, Money, u32),
        time_in_force: TimeInForce,
    ) -> Result<(), Rejection> {
        let number = self.state.market.next().ok_or(Rejection::LimitReached)?;
        if price.as_u128() * u128::from(quantity) > u128::from(AMOUNT_MAX.unsigned_abs()) {
            return Err(Rejection::LimitReached);
        }
        if price.is_zero() || quantity == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        let plan = self.plan.market.ok_or(Rejection::NoMarket)?;
        if self.state.market.halted {
            return Err(Rejection::MarketHalted);
        }
        let member = self.state.named_member(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        if self.state.natural.get(KeyKind::Offer, self.state.offer_key(id.as_str())).is_some() {
            return Err(Rejection::OfferExists);
        }
        self.check_price(&plan, price)?;
        let market = &self.state.market;
        let open = market.open_of(member, Side::Buy) + market.open_of(member, Side::Sell);
        if time_in_force == TimeInForce::Gtc && open >= plan.offers_per_member {
            return Err(Rejection::OfferLimit);
        }
        let hold = self.check_hold(&plan, member, side, price, quantity)?;
        if market.would_self_trade(member, side, price, quantity) {
            return Err(Rejection::OwnOffer);
        }
        if time_in_force == TimeInForce::Fok && !market.is_fillable(side, price, quantity) {
            return Err(Rejection::NotFillable);
        }

        let rests = time_in_force == TimeInForce::Gtc && market.best_match(side, price).is_none();
        let (from, held, amount) = match side {
            Side::Buy => (AccountKind::WalletCash, AccountKind::MarketHold, i128::from(hold.minor())),
            Side::Sell => {
                self.credit_accrued_emission(member);
                (AccountKind::MemberEmission, AccountKind::MarketPoints, lots(&plan, quantity))
            }
        };
        self.post(Account::member(from, member), -amount);
        self.post(Account::member(held, member), amount);
        self.commit(Event::OfferMade {
            offer: number,
            id: id.clone(),
            member,
            side,
            price,
            quantity,
            hold,
            rests,
        });
        if rests {
            return Ok(());
        }
        while self.state.market.offer(number).remaining > 0
            && let Some(maker) = self.state.market.best_match(side, price)
        {
            self.fill_offer(&plan, maker, number);
        }
        let offer = self.state.market.offer(number);
        if offer.remaining > 0 {
            match time_in_force {
                TimeInForce::Gtc => self.commit(Event::OfferRested { offer: number }),
                TimeInForce::Ioc | TimeInForce::Fok => self.close_offer(&plan, number),
            }
        }
        Ok(())
    }

    /// `market.cancel`. Refuses: no_market, offer_unknown, offer_state.
    pub(crate) fn cancel_offer(&mut self, id: &Id) -> Result<(), Rejection> {
        let plan = self.plan.market.ok_or(Rejection::NoMarket)?;
        let number = self.state.natural.get(KeyKind::Offer, self.state.offer_key(id.as_str()));
        let number = OfferNo(number.ok_or(Rejection::OfferUnknown)?);
        if self.state.market.offer(number).state != OfferState::Open {
            return Err(Rejection::OfferState);
        }
        self.close_offer(&plan, number);
        Ok(())
    }

    /// `market.halt`. Refuses: reason_missing, no_market, market_halted.
    pub(crate) fn halt_market(&mut self, reason: &str) -> Result<(), Rejection> {
        check_reason(reason)?;
        if self.plan.market.is_none() {
            return Err(Rejection::NoMarket);
        }
        if self.state.market.halted {
            return Err(Rejection::MarketHalted);
        }
        self.commit(Event::MarketHalted { reason: reason.to_owned() });
        Ok(())
    }

    /// `market.resume`. Refuses: no_market, market_halted.
    pub(crate) fn resume_market(&mut self) -> Result<(), Rejection> {
        if self.plan.market.is_none() {
            return Err(Rejection::NoMarket);
        }
        self.check_open_for_new_business()?;
        if !self.state.market.halted {
            return Err(Rejection::MarketHalted);
        }
        self.commit(Event::MarketResumed {});
        Ok(())
    }

    fn check_price(&self, plan: &MarketPlan, price: Money) -> Result<(), Rejection> {
        if price.minor() % plan.tick.minor() != 0 {
            return Err(Rejection::PriceTick);
        }
        let programme = &self.plan;
        if let (Some(band), Some(emission)) = (plan.band, &programme.emission) {
            let decimals = programme.programme.currency.decimals;
            if !is_in_band(plan, band, price, emission, self.state.emission.guide_price, decimals) {
                return Err(Rejection::PriceBand);
            }
        }
        Ok(())
    }

    /// What a buyer's offer holds in money; a seller's holds points, which are looked at here too.
    fn check_hold(
        &self,
        plan: &MarketPlan,
        member: MemberNo,
        side: Side,
        price: Money,
        quantity: u32,
    ) -> Result<Money, Rejection> {
        let state = &self.state;
        let has = |kind| state.ledger.balance(Account::member(kind, member)).unsigned_abs();
        match side {
            Side::Buy => {
                // MKT-1e: money whose retention is still to be taken buys nothing.
                let free = has(AccountKind::WalletCash)
                    .saturating_sub(state.withdrawals.retention_pending(member).as_u128());
                let hold = hold_of(plan, price, quantity).filter(|hold| hold.as_u128() <= free);
                hold.ok_or(Rejection::InsufficientCash)
            }
            Side::Sell => {
                let free = has(AccountKind::MemberEmission) + state.emission_accrued(member).units();
                let enough = points_of(plan, quantity).is_some_and(|points| points <= free);
                if enough { Ok(Money::ZERO) } else { Err(Rejection::InsufficientEmission) }
            }
        }
    }

    /// MKT-1b: fills as much of the taker as the maker has, at the maker's price.
    fn fill_offer(&mut self, plan: &MarketPlan, maker: OfferNo, taker: OfferNo) {
        let market = &self.state.market;
        let (made, taken) = (*market.offer(maker), *market.offer(taker));
        let quantity = made.remaining.min(taken.remaining);
        let (buy, sell) = match taken.side {
            Side::Buy => (taken, made),
            Side::Sell => (made, taken),
        };
        // Each pays the fee under which its offer was made (AMEND-3).
        let fee = |offer| self.plan_of_offer(offer).market.map_or(plan.fee, |plan| plan.fee);
        let fees = match taken.side {
            Side::Buy => [fee(taker), fee(maker)],
            Side::Sell => [fee(maker), fee(taker)],
        };
        let moved = fill(fees, made.price, quantity, buy.price, buy.remaining - quantity, buy.hold);
        let surplus =
            buy.hold.saturating_sub(moved.cost).saturating_sub(moved.buyer_fee).saturating_sub(moved.hold);
        let proceeds = moved.cost.saturating_sub(moved.seller_fee);
        let points = lots(plan, quantity);
        let minor = |money: Money| i128::from(money.minor());
        self.post(Account::member(AccountKind::MarketHold, buy.member), minor(moved.hold) - minor(buy.hold));
        self.post(Account::member(AccountKind::WalletCash, buy.member), minor(surplus));
        self.post(Account::member(AccountKind::WalletCash, sell.member), minor(proceeds));
        self.credit(AccountKind::PlatformRevenue, moved.buyer_fee.add_within_limit(moved.seller_fee));
        self.post(Account::member(AccountKind::MarketPoints, sell.member), -points);
        self.post(Account::member(AccountKind::MemberEmission, buy.member), points);
        self.commit(Event::OfferFilled {
            maker,
            taker,
            quantity,
            price: made.price,
            buyer_fee: moved.buyer_fee,
            seller_fee: moved.seller_fee,
            proceeds,
            hold: moved.hold,
        });
        self.net_credit(sell.member, proceeds);
        self.net_income(Debtor::Platform, moved.buyer_fee.add_within_limit(moved.seller_fee));
    }

    /// What is left of an offer returns to its member.
    pub(crate) fn close_offer(&mut self, plan: &MarketPlan, number: OfferNo) {
        let offer = *self.state.market.offer(number);
        let (held, to, amount) = match offer.side {
            Side::Buy => (AccountKind::MarketHold, AccountKind::WalletCash, i128::from(offer.hold.minor())),
            Side::Sell => {
                (AccountKind::MarketPoints, AccountKind::MemberEmission, lots(plan, offer.remaining))
            }
        };
        self.post(Account::member(held, offer.member), -amount);
        self.post(Account::member(to, offer.member), amount);
        self.commit(Event::OfferClosed { offer: number, remaining: offer.remaining });
    }
}

/// Points of lots that a member holds.
fn lots(plan: &MarketPlan, lots: u32) -> i128 {
    let points = points_of(plan, lots).and_then(|points| i128::try_from(points).ok());
    points.expect("somebody holds as many points, so they fit 96 bits")
}
