//! The internal market: offers, their fills and holds, the halt (MKT-1, MKT-2).

use crate::amount::{AMOUNT_MAX, Money, Points, Rate};
use crate::command::{Side, TimeInForce};
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{Id, MemberNo, OfferNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::market::{Band, OfferState, fill, hold_of, points_of};
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
        if market.own_match(member, side, price, quantity).is_some() {
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
        if self.market_band_of(plan).is_some_and(|band| !band.contains(price)) {
            return Err(Rejection::PriceBand);
        }
        Ok(())
    }

    fn market_band_of(&self, plan: &MarketPlan) -> Option<Band> {
        plan.band.and_then(|band| self.around_guide(plan, band))
    }

    /// So far around the guide price of a lot as of the last close; none in a plan without emission.
    fn around_guide(&self, plan: &MarketPlan, band: Rate) -> Option<Band> {
        let emission = self.plan.emission.as_ref()?;
        let decimals = self.plan.programme.currency.decimals;
        Some(Band::around(plan, band, emission, self.state.emission.guide_price, decimals))
    }

    /// MKT-2: the lowest and the highest price that an offer may have now; none without a band.
    pub fn market_band(&self) -> Option<(Money, Money)> {
        Some(self.market_band_of(self.plan.market.as_ref()?)?.bounds())
    }

    /// MKT-2: the guide price of a lot as of the last close, rounded down: an index that nobody guarantees.
    pub fn market_guide(&self) -> Option<Money> {
        let plan = self.plan.market.as_ref()?;
        Some(self.around_guide(plan, Rate::ZERO)?.bounds().1)
    }

    /// What a member's offers may hold now: money to buy with (MKT-1e) and points to sell, those of ranks with them (EMIT-3a).
    pub fn market_means(&self, member: &str) -> Option<(Money, Points)> {
        let member = self.state.named_member(member)?;
        Some((
            Money::from_wide(self.money_to_offer(member))?,
            Points::from_units(self.points_to_offer(member)),
        ))
    }

    pub(crate) fn money_to_offer(&self, member: MemberNo) -> u128 {
        let cash = self.state.ledger.balance(Account::member(AccountKind::WalletCash, member)).unsigned_abs();
        // MKT-1e: money whose retention is still to be taken buys nothing.
        cash.saturating_sub(self.state.withdrawals.retention_pending(member).as_u128())
    }

    pub(crate) fn points_to_offer(&self, member: MemberNo) -> u128 {
        let points = Account::member(AccountKind::MemberEmission, member);
        self.state.ledger.balance(points).unsigned_abs() + self.state.emission_accrued(member).units()
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
        match side {
            Side::Buy => {
                let hold = hold_of(plan, price, quantity);
                let hold = hold.filter(|hold| hold.as_u128() <= self.money_to_offer(member));
                hold.ok_or(Rejection::InsufficientCash)
            }
            Side::Sell => {
                let enough =
                    points_of(plan, quantity).is_some_and(|points| points <= self.points_to_offer(member));
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
