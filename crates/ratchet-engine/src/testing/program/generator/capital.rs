//! Random commands of the internal market, funding rounds, shares and claims.

use super::{AMOUNT_MAX, DAY_US, Generator, HOUR_US, id, money, time};
use crate::amount::{Money, Points};
use crate::command::{Command, Side, TimeInForce};
use crate::hash::Hash32;
use crate::id::Id;
use crate::plan::Plan;

/// What can be done with the market and with capital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capital {
    Offer,
    CancelOffer,
    Halt,
    Round,
    Window,
    Commit,
    Allot,
    Import,
    ApproveClaim,
    Grant,
    IllegalMarket,
    Illegal,
}

/// How often a kind is worth trying with this plan.
pub(super) fn usual_weight(plan: &Plan, kind: Capital) -> u64 {
    let if_on = |on: bool, weight: u64| if on { weight } else { 0 };
    match kind {
        Capital::Offer => if_on(plan.market.is_some(), 60),
        Capital::CancelOffer => if_on(plan.market.is_some(), 6),
        Capital::Halt => if_on(plan.market.is_some(), 1),
        Capital::Round => if_on(plan.funding, 3),
        Capital::Window => if_on(plan.equity.is_some(), 4),
        Capital::Commit => if_on(plan.equity.is_some(), 14),
        Capital::Allot => if_on(plan.equity.is_some(), 2),
        Capital::Import => if_on(plan.claims.is_some(), 5),
        Capital::ApproveClaim => if_on(plan.claims.is_some(), 10),
        Capital::Grant => if_on(plan.claims.is_some(), 5),
        Capital::IllegalMarket => 1 + if_on(plan.market.is_some(), 7),
        Capital::Illegal => 1 + if_on(plan.funding || plan.equity.is_some() || plan.claims.is_some(), 6),
    }
}

impl Generator {
    pub(super) fn act_on_capital(&mut self, kind: Capital) -> bool {
        match kind {
            Capital::Offer => self.offer(),
            Capital::CancelOffer => self.cancel_offer(),
            Capital::Halt => self.halt(),
            Capital::Round => self.round(),
            Capital::Window => self.window(),
            Capital::Commit => self.commit_points(),
            Capital::Allot => self.allot(),
            Capital::Import => self.import_claim(),
            Capital::ApproveClaim => self.approve_claim(),
            Capital::Grant => self.grant(),
            Capital::IllegalMarket => self.illegal_market(),
            Capital::Illegal => self.illegal_capital(),
        }
    }

    // ---- the market

    /// A price on the tick and mostly inside the band; few different ones, so that offers meet.
    fn offer_price(&mut self) -> i64 {
        let tick = self.plan.market.map_or(1, |plan| plan.tick.minor());
        let (low, high) = match self.naive.price_band() {
            Some((low, high)) if low <= high => {
                (i64::try_from(low).unwrap_or(1), i64::try_from(high).unwrap_or(AMOUNT_MAX).min(AMOUNT_MAX))
            }
            _ => (tick, tick.saturating_mul(6)),
        };
        let width = u64::try_from((high - low).max(0) / tick).unwrap_or(0).min(6);
        let at = low.saturating_add(tick - 1) / tick + i64::try_from(self.rng.between(0, width)).unwrap_or(0);
        at.saturating_mul(tick).clamp(0, AMOUNT_MAX)
    }

    fn offer(&mut self) -> bool {
        let Some(plan) = self.plan.market.filter(|_| !self.naive.market_halted) else {
            return false;
        };
        let price = self.offer_price();
        let lot = plan.lot.units();
        let sells = self.rng.chance(50);
        // Who could hold at least one lot, or its price.
        let cost = i128::from(price) * 2;
        let able = self.naive.members.iter().filter(|member| {
            if sells { member.emission >= lot } else { member.cash - member.retention_pending >= cost.max(1) }
        });
        let able: Vec<(Id, i128, u128)> =
            able.map(|m| (m.id.clone(), m.cash - m.retention_pending, m.emission)).collect();
        let Some((member, cash, emission)) = self.rng.pick(&able).cloned() else {
            return if sells { self.issue() } else { self.sell() };
        };
        let most =
            if sells { emission / lot.max(1) } else { u128::try_from(cash / cost.max(1)).unwrap_or(0) };
        let most = most.min(if price > 0 { u128::from((AMOUNT_MAX / price).unsigned_abs()) } else { 1 });
        let quantity = self.part(most.clamp(1, 40));
        let quantity = u32::try_from(quantity).unwrap_or(1);
        let time_in_force = match self.rng.below(10) {
            0 | 1 => TimeInForce::Ioc,
            2 => TimeInForce::Fok,
            _ => TimeInForce::Gtc,
        };
        let (side, offer) = (if sells { Side::Sell } else { Side::Buy }, self.new_id("f"));
        let price = money(price);
        self.send(
            member.clone(),
            Command::MarketOffer { offer, member, side, price, quantity, time_in_force },
        )
    }

    fn open_offers(&self) -> Vec<Id> {
        self.naive.offers.iter().filter(|offer| offer.left > 0).map(|offer| offer.id.clone()).collect()
    }

    fn cancel_offer(&mut self) -> bool {
        let open = self.open_offers();
        match self.rng.pick(&open).cloned() {
            Some(offer) => self.send_as("operator", Command::MarketCancel { offer }),
            None => self.offer(),
        }
    }

    fn halt(&mut self) -> bool {
        if self.naive.market_halted {
            return self.send_as("operator", Command::MarketResume {});
        }
        self.send_as("operator", Command::MarketHalt { reason: "a storm".to_owned() });
        if self.rng.chance(80) {
            self.send_as("operator", Command::MarketResume {});
        }
        true
    }

    fn illegal_market(&mut self) -> bool {
        let nobody = id("nobody");
        let Some(member) = self.pick_member() else {
            return false;
        };
        let tick = self.plan.market.map_or(1, |plan| plan.tick.minor());
        let known: Vec<Id> = self.naive.offers.iter().map(|offer| offer.id.clone()).collect();
        let used = self.rng.pick(&known).cloned().unwrap_or_else(|| nobody.clone());
        let new = self.new_id("f");
        let side = if self.rng.chance(50) { Side::Buy } else { Side::Sell };
        let usual = self.offer_price();
        let offer = |offer: Id, member: Id, price: i64, quantity: u32, time_in_force| Command::MarketOffer {
            offer,
            member,
            side,
            price: money(price),
            quantity,
            time_in_force,
        };
        let gtc = TimeInForce::Gtc;
        let command = match self.rng.below(15) {
            0 => offer(new, member, AMOUNT_MAX, 2, gtc),
            1 => offer(new, member, 0, 1, gtc),
            2 => offer(new, member, tick, 0, gtc),
            3 => offer(new, nobody, usual, 1, gtc),
            4 => offer(used, member, usual, 1, gtc),
            5 => offer(new, member, usual + 1, 1, gtc),
            6 => offer(new, member, tick * 1_000_000, 1, gtc),
            7 => offer(new, member, usual, 1_000_000, gtc),
            8 | 9 => offer(new, member, usual, 3, TimeInForce::Fok),
            10 => Command::MarketCancel { offer: nobody },
            11 => Command::MarketCancel { offer: used },
            12 => Command::MarketHalt { reason: String::new() },
            13 => {
                if !self.naive.market_halted {
                    return self.send_as("operator", Command::MarketResume {});
                }
                self.send_as("operator", Command::MarketHalt { reason: "again".to_owned() });
                offer(new, member, usual, 1, gtc)
            }
            _ => return self.meet_oneself(),
        };
        self.send_as("operator", command)
    }

    /// An offer against another of the same member.
    fn meet_oneself(&mut self) -> bool {
        let open = self.naive.offers.iter().filter(|offer| offer.left > 0);
        let open: Vec<(usize, Side, i128)> = open.map(|o| (o.member, o.side, o.price)).collect();
        let Some((member, side, price)) = self.rng.pick(&open).copied() else {
            return false;
        };
        let Some(member) = self.naive.members.get(member).map(|member| member.id.clone()) else {
            return false;
        };
        let side = if side == Side::Buy { Side::Sell } else { Side::Buy };
        let price = money(i64::try_from(price).unwrap_or(1));
        let offer = self.new_id("f");
        let time_in_force = TimeInForce::Ioc;
        self.send(
            member.clone(),
            Command::MarketOffer { offer, member, side, price, quantity: 1, time_in_force },
        )
    }

    // ---- capital

    fn round(&mut self) -> bool {
        if self.winding_down() {
            return false;
        }
        let amount = self.amount();
        self.entered = self.entered.saturating_add(amount);
        let pool = amount / [1, 2, 3, 10].get(self.rng.index(4)).copied().unwrap_or(2);
        let pool = if self.rng.chance(75) { pool } else { 0 };
        let subsidies = if self.rng.chance(60) { (amount - pool) / 2 } else { 0 };
        let each = (subsidies / [1, 3, 20].get(self.rng.index(3)).copied().unwrap_or(3)).max(1);
        let per_order = if subsidies > 0 { each } else { 0 };
        let days = [1, 1, 2, 3, 7].get(self.rng.index(5)).copied().unwrap_or(1);
        let round = self.new_id("y");
        self.send_as(
            "treasurer",
            Command::FundRound {
                round,
                investor: id("angel"),
                amount: money(amount),
                pool: Some(money(pool)),
                subsidies: Some(money(subsidies)),
                per_order: Some(money(per_order)),
                days,
            },
        )
    }

    fn window(&mut self) -> bool {
        if self.winding_down() {
            return false;
        }
        let held: u128 = self.naive.members.iter().map(|member| member.points).sum();
        let parts = [1, 5, 40, 1_000].get(self.rng.index(4)).copied().unwrap_or(5);
        let price = Points::from_units((held / parts).max(1));
        let shares = [1, 2, 3, 10, 100_000].get(self.rng.index(5)).copied().unwrap_or(3);
        let ahead = [1, HOUR_US, DAY_US, 3 * DAY_US].get(self.rng.index(4)).copied().unwrap_or(DAY_US);
        let (window, closes_at) = (self.new_id("v"), time(self.now + ahead));
        self.send_as("board", Command::EquityOpen { window, shares, price, closes_at });
        for _ in 0..self.rng.below(4) {
            self.commit_points();
        }
        true
    }

    fn open_window(&mut self) -> Option<Id> {
        let open = self.naive.windows.iter().filter(|window| window.open);
        let open: Vec<Id> = open.map(|window| window.id.clone()).collect();
        self.rng.pick(&open).cloned()
    }

    fn commit_points(&mut self) -> bool {
        let Some(window) = self.open_window() else {
            return self.window_unless_open();
        };
        let able: Vec<(Id, u128)> = (0..self.naive.members.len())
            .filter_map(|number| {
                let points = self.naive.uncommitted(number);
                Some((self.naive.members.get(number)?.id.clone(), points))
            })
            .filter(|(_, points)| *points > 0)
            .collect();
        let Some((member, points)) = self.rng.pick(&able).cloned() else {
            return false;
        };
        let points = Points::from_units(self.part(points));
        let commitment = self.new_id("h");
        self.send(member.clone(), Command::EquityCommit { commitment, window, member, points })
    }

    fn window_unless_open(&mut self) -> bool {
        self.naive.supply > 0 && self.window()
    }

    fn allot(&mut self) -> bool {
        let Some(member) = self.pick_member() else {
            return false;
        };
        let (allotment, shares) = (self.new_id("h"), u32::try_from(self.rng.between(1, 1_000)).unwrap_or(1));
        self.send_as("board", Command::EquityAllot { allotment, member, shares })
    }

    fn import_claim(&mut self) -> bool {
        let Some(member) = self.pick_member() else {
            return false;
        };
        let (claim, amount) = (self.new_id("l"), money(self.amount()));
        let evidence = Hash32::of(claim.as_str().as_bytes());
        self.send_as("clerk", Command::ClaimImport { claim, member, amount, evidence });
        if self.rng.chance(50) {
            self.approve_claim();
            self.approve_claim();
        }
        true
    }

    fn approve_claim(&mut self) -> bool {
        let open = self.naive.claims.iter().filter(|(_, claim)| claim.approvers.len() < 2);
        let open: Vec<(Id, Vec<Id>)> =
            open.map(|(id, claim)| (id.clone(), claim.approvers.clone())).collect();
        let Some((claim, approvers)) = self.rng.pick(&open).cloned() else {
            return false;
        };
        let actor = if approvers.contains(&id("auditor")) { "chief" } else { "auditor" };
        self.send_as(actor, Command::ClaimApprove { claim })
    }

    /// Points with their backing.
    fn grant(&mut self) -> bool {
        if self.naive.supply == 0 || self.winding_down() {
            return false;
        }
        let Some(member) = self.pick_member() else {
            return false;
        };
        let points = self.part(self.naive.supply / 3 + 1);
        let worth = self.naive.worth_of(points);
        let Some(worth) = i64::try_from(worth).ok().filter(|worth| *worth <= AMOUNT_MAX) else {
            return false;
        };
        let injection = if self.rng.chance(70) { worth } else { worth.saturating_add(500).min(AMOUNT_MAX) };
        self.entered = self.entered.saturating_add(injection);
        if self.entered > super::MONEY_MAX {
            return false;
        }
        let grant = self.new_id("l");
        let (points, injection) = (Points::from_units(points), Some(money(injection)));
        self.send_as("board", Command::ClaimGrant { grant, member, points, injection })
    }

    fn illegal_capital(&mut self) -> bool {
        let nobody = id("nobody");
        let member = self.pick_member().unwrap_or_else(|| nobody.clone());
        let evidence = Hash32::of(b"none");
        let (one, none) = (money(1), Money::ZERO);
        let claims: Vec<Id> = self.naive.claims.keys().cloned().collect();
        let claim = self.rng.pick(&claims).cloned().unwrap_or_else(|| nobody.clone());
        let windows: Vec<Id> = self.naive.windows.iter().map(|window| window.id.clone()).collect();
        let window = self.rng.pick(&windows).cloned().unwrap_or_else(|| nobody.clone());
        let rounds: Vec<Id> = self.naive.rounds.iter().map(|round| round.id.clone()).collect();
        let round = self.rng.pick(&rounds).cloned().unwrap_or_else(|| nobody.clone());
        let allotments: Vec<Id> = self.naive.allotments.iter().cloned().collect();
        let allotment = self.rng.pick(&allotments).cloned().unwrap_or_else(|| nobody.clone());
        let new = self.new_id("l");
        let unit = Points::from_units(1);
        let later = time(self.now + DAY_US);
        let fund = |round: Id, amount: Money, pool: Money, subsidies: Money, per_order: Money, days: u32| {
            let investor = id("angel");
            let [pool, subsidies, per_order] = [pool, subsidies, per_order].map(Some);
            Command::FundRound { round, investor, amount, pool, subsidies, per_order, days }
        };
        let open = |window: Id, shares: u32, price: Points, closes_at| Command::EquityOpen {
            window,
            shares,
            price,
            closes_at,
        };
        let commit = |commitment: Id, window: Id, member: Id, points: Points| Command::EquityCommit {
            commitment,
            window,
            member,
            points,
        };
        let import =
            |claim: Id, member: Id, amount: Money| Command::ClaimImport { claim, member, amount, evidence };
        let grant = |grant: Id, member: Id, points: Points, injection: Money| Command::ClaimGrant {
            grant,
            member,
            points,
            injection: Some(injection),
        };
        let number = self.naive.members.iter().position(|known| known.id == member);
        let too_many = number.map_or(0, |number| self.naive.uncommitted(number)).saturating_add(1);
        let command = match self.rng.below(28) {
            0 => fund(new, one, none, none, none, 3_651),
            1 => fund(new, none, none, none, none, 1),
            2 => fund(new, one, none, none, none, 0),
            3 => fund(new, one, none, one, none, 1),
            4 => fund(round, one, none, none, none, 1),
            5 => fund(new, one, one, one, one, 1),
            6 => open(new, 0, unit, later),
            7 => open(window, 1, unit, later),
            8 => open(new, 1, unit, time(self.now)),
            9 => commit(new, window, member, Points::ZERO),
            10 => commit(new, window, nobody, unit),
            11 => commit(new, nobody, member, unit),
            12 => {
                let window = self.open_window().unwrap_or(window);
                commit(allotment, window, member, unit)
            }
            13 => {
                let window = self.open_window().unwrap_or(window);
                commit(new, window, member, Points::from_units(too_many))
            }
            14 => Command::EquityAllot { allotment: new, member, shares: 0 },
            15 => Command::EquityAllot { allotment: new, member: nobody, shares: 1 },
            16 => Command::EquityAllot { allotment, member, shares: 1 },
            17 => import(new, member, none),
            18 => import(new, nobody, one),
            19 => import(claim, member, one),
            20 => Command::ClaimApprove { claim: nobody },
            21 => Command::ClaimApprove { claim },
            22 => {
                let known = self.naive.claims.get(&claim);
                let mut concerned: Vec<Id> = known.map(|claim| claim.approvers.clone()).unwrap_or_default();
                concerned.extend(known.map(|claim| claim.importer.clone()));
                let owner = known.and_then(|claim| self.naive.members.get(claim.member));
                concerned.extend(owner.map(|owner| owner.id.clone()));
                let actor = self.rng.pick(&concerned).cloned().unwrap_or(nobody);
                return self.send(actor, Command::ClaimApprove { claim });
            }
            23 => grant(new, member, Points::ZERO, one),
            24 => grant(new, member, unit, none),
            25 => grant(new, nobody, unit, one),
            26 => grant(claim, member, unit, one),
            _ => {
                let points = self.naive.supply / 2 + 1;
                let worth = i64::try_from(self.naive.worth_of(points)).unwrap_or(1).min(AMOUNT_MAX);
                grant(new, member, Points::from_units(points), money((worth - 1).max(0)))
            }
        };
        self.entered = self.entered.saturating_add(2);
        self.send_as("stranger", command)
    }
}
