//! Funding rounds and deposits into funds (FUND-1 to FUND-3, 12.8).

use crate::amount::{AMOUNT_MAX, Money};
use crate::command::Command;
use crate::debt::Debtor;
use crate::engine::Engine;
use crate::event::{Event, RoundOpened};
use crate::funding::ROUND_DAYS_MAX;
use crate::id::{Id, OrderNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::rejection::Rejection;

impl Engine {
    /// `fund.deposit`. Refuses: limit_reached, amount_not_positive, fund_unknown (ADMALL-1).
    pub(crate) fn deposit_fund(&mut self, fund: &Id, amount: Money, source: &Id) -> Result<(), Rejection> {
        if amount.minor() > AMOUNT_MAX || !self.has_room_for(amount) {
            return Err(Rejection::LimitReached);
        }
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        let funds = &self.plan.split.funds;
        let place =
            funds.iter().position(|known| known.name == fund.as_str()).ok_or(Rejection::FundUnknown)?;
        let fund = u32::try_from(place).expect("at most FUNDS_MAX funds");
        self.debit(AccountKind::Bank, amount);
        self.post(Account { kind: AccountKind::Fund, owner: fund }, i128::from(amount.minor()));
        self.commit(Event::FundDeposited { fund, amount, source: source.clone() });
        self.net_income(Debtor::Fund(fund), amount);
        Ok(())
    }

    /// `fund.round`. Refuses: limit_reached, amount_not_positive, no_funding, round_exists, round_parts.
    pub(crate) fn open_round(&mut self, command: &Command) -> Result<(), Rejection> {
        let Command::FundRound { round, investor, amount, pool, subsidies, per_order, days } = command else {
            unreachable!("called for this command alone");
        };
        let [pool, subsidies, per_order] =
            [pool, subsidies, per_order].map(|part| part.unwrap_or(Money::ZERO));
        let number = self.state.rounds.next().ok_or(Rejection::LimitReached)?;
        let ends = self.state.now.plus_days(*days);
        if amount.minor() > AMOUNT_MAX
            || *days > ROUND_DAYS_MAX
            || ends.is_none()
            || !self.has_room_for(*amount)
        {
            return Err(Rejection::LimitReached);
        }
        if amount.is_zero() || *days == 0 || subsidies.is_zero() != per_order.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        if !self.plan.funding {
            return Err(Rejection::NoFunding);
        }
        self.check_open_for_new_business()?;
        if self.find(KeyKind::Round, round.as_str()).is_some() {
            return Err(Rejection::RoundExists);
        }
        let parts =
            pool.checked_add(subsidies).filter(|parts| parts <= amount).ok_or(Rejection::RoundParts)?;
        self.debit(AccountKind::Bank, *amount);
        self.credit(AccountKind::FundingRounds, parts);
        self.credit(AccountKind::PlatformRevenue, amount.saturating_sub(parts));
        self.commit(Event::RoundOpened(Box::new(RoundOpened {
            round: number,
            id: round.clone(),
            investor: investor.clone(),
            amount: *amount,
            pool,
            subsidies,
            per_order,
            days: *days,
        })));
        self.net_income(Debtor::Platform, amount.saturating_sub(parts));
        Ok(())
    }

    /// FUND-2: a midnight of a round.
    pub(crate) fn stream_round(&mut self, number: u32) {
        let round = self.state.rounds.get(number);
        let injected = if self.state.pair().supply.is_zero() { Money::ZERO } else { round.due() };
        let left = round.pool_left.saturating_sub(injected).add_within_limit(round.subsidies_left);
        let returned = round.ends_next().then_some(left);
        self.debit(AccountKind::FundingRounds, injected.add_within_limit(returned.unwrap_or(Money::ZERO)));
        self.credit(AccountKind::PoolAssets, injected);
        self.credit(AccountKind::PlatformRevenue, returned.unwrap_or(Money::ZERO));
        self.commit(Event::RoundStreamed { round: number, injected, returned });
        self.net_income(Debtor::Platform, returned.unwrap_or(Money::ZERO));
        if !injected.is_zero() {
            self.end_with_cascade();
        }
    }

    /// FUND-3: what rounds give the buyer of a settling order.
    pub(crate) fn subsidise(&mut self, order: OrderNo) {
        let member = self.state.orders.order(order).member;
        for round in self.state.rounds.open().to_vec() {
            let amount = self.state.rounds.get(round).subsidy();
            if amount.is_zero() {
                continue;
            }
            self.debit(AccountKind::FundingRounds, amount);
            self.post(Account::member(AccountKind::WalletReconsume, member), i128::from(amount.minor()));
            self.commit(Event::OrderSubsidised { order, round, member, amount });
            let wallet = Account::member(AccountKind::WalletReconsume, member);
            self.net(Debtor::Member(member), wallet, amount);
        }
    }
}
