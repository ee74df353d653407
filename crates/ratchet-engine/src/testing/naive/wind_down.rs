//! The orderly end of the naive model (WIND-1 … WIND-4).

use super::Naive;
use super::arithmetic::{floor_value, split_by_weights};
use super::campaigns::GroupState;
use super::debts::Who;
use super::network::check_reason;
use super::orders::OrderState;
use super::relist::GoodsState;
use super::timers::Alarm;
use crate::command::Command;
use crate::id::Id;
use crate::rejection::Rejection;

#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    pub(crate) proposer: Id,
    pub(crate) closes_at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindDown {
    Not,
    UnderWay,
    /// In the entry of the end.
    Closing,
    Done,
}

impl Naive {
    /// What is begun by no one any more (WIND-2).
    pub(super) fn not_winding_down(&self) -> Result<(), Rejection> {
        if self.wind_down == WindDown::Not { Ok(()) } else { Err(Rejection::WindingDown) }
    }

    /// WIND-4: what goes on after the end.
    pub(super) fn allowed_after_close(&self, command: &Command) -> Result<(), Rejection> {
        let withdrawal = matches!(
            command,
            Command::WalletWithdraw { .. }
                | Command::WalletApprove { .. }
                | Command::WalletReject { .. }
                | Command::WalletSent { .. }
                | Command::WalletUnknown { .. }
                | Command::WalletPaid { .. }
                | Command::WalletFailed { .. }
                | Command::MerchantWithdraw { .. }
                | Command::OperatorPay { .. }
                | Command::OperatorWithdraw { .. }
                | Command::TimeAdvance {}
                // PAY-1f: money that comes in is booked whatever becomes of the programme.
                | Command::PaymentReceive { .. }
                | Command::PaymentReturn { .. }
                | Command::PaymentResolve { .. }
                | Command::PaymentApprove { .. }
        );
        if self.wind_down == WindDown::Done && !withdrawal { Err(Rejection::WoundDown) } else { Ok(()) }
    }

    /// GATE-2b: nothing that brings new people or new money in.
    pub(super) fn is_admitted(&self, command: &Command) -> Result<(), Rejection> {
        let kind = command.type_name();
        let begins = [
            "member.join",
            "order.place",
            "order.pay",
            "relist.offer",
            "relist.buy",
            "promotion.open",
            "fund.round",
            "equity.open",
            "equity.commit",
        ];
        if !self.findings.is_empty() && begins.contains(&kind) {
            return Err(Rejection::AdmissionSuspended);
        }
        Ok(())
    }

    /// GATE-2, without the rules themselves: what a review says is taken for what they say.
    pub(super) fn review_admission(&mut self, findings: &[String]) -> Result<(), Rejection> {
        let fits = |finding: &String| (1..=200).contains(&finding.chars().count());
        if findings.len() > 1_000 || !findings.iter().all(fits) {
            return Err(Rejection::LimitReached);
        }
        if self.plan.programme.mode == crate::plan::Mode::Sandbox {
            return Err(Rejection::ProgrammeSandbox);
        }
        self.findings = findings.to_vec();
        Ok(())
    }

    /// WIND-1.
    pub(super) fn propose_end(
        &mut self,
        actor: &Id,
        id: &Id,
        closes_at: i64,
        reason: &str,
    ) -> Result<(), Rejection> {
        check_reason(reason)?;
        if self.wind_down != WindDown::Not || self.proposals.contains_key(id) {
            return Err(Rejection::WindDownExists);
        }
        if closes_at <= self.now {
            return Err(Rejection::WindDownTimes);
        }
        self.proposals.insert(id.clone(), Proposal { proposer: actor.clone(), closes_at });
        Ok(())
    }

    /// WIND-1, WIND-2.
    pub(super) fn approve_end(&mut self, actor: &Id, id: &Id) -> Result<(), Rejection> {
        let proposal = self.proposals.get(id).filter(|_| self.wind_down == WindDown::Not);
        let proposal = proposal.cloned().ok_or(Rejection::WindDownUnknown)?;
        if proposal.closes_at <= self.now {
            return Err(Rejection::WindDownTimes);
        }
        if self.one_person(&proposal.proposer, actor) {
            return Err(Rejection::SamePerson);
        }
        self.wind_down = WindDown::UnderWay;
        self.set_alarm(Alarm::WindDown, proposal.closes_at);
        self.corner("wind-down");

        // Contributions that wait or queue go to the buyers.
        for queued in std::mem::take(&mut self.queue) {
            self.corner("queued contribution given to the buyer");
            self.contribution_to_buyer(queued.order, queued.line, queued.amount);
        }
        for order in 0..self.orders.len() {
            for line in 0..self.orders[order].lines.len() {
                let waiting = std::mem::take(&mut self.orders[order].lines[line].waiting);
                if waiting > 0 {
                    self.corner("waiting contribution given to the buyer");
                    self.contribution_to_buyer(order, line, waiting);
                }
            }
        }
        self.forget_waiting();
        for campaign in 0..self.campaigns.len() {
            if !self.campaigns[campaign].cancelled {
                self.end_campaign(campaign);
            }
        }
        for order in 0..self.orders.len() {
            if self.orders[order].state == OrderState::Placed {
                self.corner("placed order closed by the end");
                self.close_order(order, false);
            }
        }
        self.shut_windows();
        for round in 0..self.rounds.len() {
            self.end_round(round);
        }
        if self.plan.market.is_some() {
            self.market_halted = true;
            for offer in 0..self.offers.len() {
                if self.offers[offer].left > 0 {
                    self.corner("offer cancelled by the end");
                    self.close_offer(offer);
                }
            }
        }
        debug_assert!(self.groups.iter().all(|group| group.state != GroupState::Open));
        Ok(())
    }

    /// WIND-2: what would have been contributed goes to the buyer.
    pub(super) fn contribution_to_buyer(&mut self, order: usize, line: usize, amount: i128) {
        let member = self.orders[order].member;
        self.escrow -= amount;
        self.members[member].cash += amount;
        self.members[member].cash_received += amount;
        self.orders[order].lines[line].to_buyer += amount;
    }

    /// WIND-3: at `closes_at`.
    pub(super) fn wind_up(&mut self) {
        self.wind_down = WindDown::Closing;
        // WIND-4a: nor of withdrawals under way.
        for withdrawal in &mut self.withdrawals {
            withdrawal.parts.clear();
        }
        for order in 0..self.orders.len() {
            match self.orders[order].state {
                OrderState::Received => {
                    self.corner("received order settled by the end");
                    self.settle(order);
                }
                OrderState::Paid | OrderState::Shipped if self.was_offered(order) => {
                    self.corner("goods settled by the end");
                    // WIND-2c: they count as delivered.
                    self.orders[order].goods.as_mut().expect("goods").state = GoodsState::Delivered;
                    self.receive_for_good(order);
                    self.settle(order);
                }
                OrderState::Paid | OrderState::Shipped => {
                    self.corner("order refunded by the end");
                    self.refund_whole(order);
                }
                OrderState::Placed | OrderState::Settled | OrderState::Closed | OrderState::Refunded => {}
            }
        }
        self.requests.clear();
        self.pay_out_pool();
        self.pay_out_release();
        for member in 0..self.members.len() {
            self.net_points(member, self.loyalty_of(member));
            self.members[member].cash += self.loyalty_of(member);
            self.members[member].cash_received += self.loyalty_of(member);
            self.net_credit(member, self.loyalty_of(member));
            let owner = &mut self.members[member];
            // WIND-3a: there is no pool any more that could keep a part.
            owner.keep_retention_pending(0);
            self.emission_burned += std::mem::take(&mut owner.emission);
            self.emission_burned += std::mem::take(&mut owner.emission_reserved);
        }
        self.emission_burned += std::mem::take(&mut self.emission_platform);
        for order in &mut self.orders {
            order.lines.iter_mut().for_each(|line| line.reserved = 0);
        }
        self.loyalty_lots.clear();
        self.value_granted -= self.value_lots.iter().map(|lot| lot.remaining).sum::<u128>();
        self.value_lots.clear();
        self.alarms.clear();
        self.scheduled.clear();
        self.wind_down = WindDown::Done;
    }

    fn pay_out_pool(&mut self) {
        let (assets, supply) = (self.assets, self.supply);
        let weights: Vec<i128> = self
            .members
            .iter()
            .map(|member| i128::try_from(member.points).expect("points fit in 127 bits"))
            .collect();
        let mut left = assets;
        if supply > 0 {
            for number in 0..self.members.len() {
                let member = &mut self.members[number];
                let part = floor_value(member.points, assets, supply);
                member.cash += part;
                member.cash_received += part;
                self.paid_out += part;
                left -= part;
                self.net_credit(number, part);
            }
            let of_house = floor_value(self.house, assets, supply);
            self.income(&Who::Platform, of_house);
            left -= of_house;
        }
        // The last minor units, with what earlier epochs left.
        let residual = left + std::mem::take(&mut self.residual).values().sum::<i128>();
        if weights.iter().sum::<i128>() == 0 {
            self.income(&Who::Platform, residual);
        } else {
            for (number, part) in split_by_weights(residual, &weights).into_iter().enumerate() {
                self.members[number].cash += part;
                self.members[number].cash_received += part;
                self.net_credit(number, part);
            }
            self.corner("pool paid out");
        }
        (self.assets, self.supply, self.house) = (0, 0, 0);
        if supply > 0 {
            self.epoch += 1;
        }
        for member in self.members.iter_mut().filter(|member| member.points > 0) {
            member.points = 0;
            member.end_cycle();
        }
        for lot in &mut self.lots {
            (lot.remaining, lot.locked) = (0, 0);
        }
    }

    fn pay_out_release(&mut self) {
        let Some(plan) = self.plan.release.clone() else { return };
        let weights: Vec<i128> = (0..self.members.len())
            .map(|member| i128::try_from(self.release_points(member).0).expect("points fit in 127 bits"))
            .collect();
        if weights.iter().sum::<i128>() > 0 {
            let there = std::mem::take(&mut self.funds[plan.fund]);
            for (number, part) in split_by_weights(there, &weights).into_iter().enumerate() {
                let member = &mut self.members[number];
                member.cash += part;
                member.cash_received += part;
                member.release_fraction = 0;
                self.net_credit(number, part);
            }
            self.corner("release points paid out");
        }
        self.release_lots.clear();
    }
}
