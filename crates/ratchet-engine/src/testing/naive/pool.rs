//! The pool of the naive model: minting, selling, exits, splits, residual (POOL-1 … POOL-12).

use std::cmp::Ordering;

use super::arithmetic::{
    Trigger, ceil_part, ceil_ratio, compare, floor_part, floor_ratio, floor_value, split_by_weights, wide,
};
use super::{Member, Naive};
use crate::amount::UNITS_PER_POINT;
use crate::command::{DisposalMethod, SellQuantity};
use crate::id::Id;
use crate::plan::{
    ExitBasis, ExitCounts, ExitOf, ExitPlan, PoolPlan, RetentionPoint, RetentionTo, SalePrice,
};
use crate::rejection::Rejection;

/// Points of one settled line (POOL-12). Without points it is closed: what mints later is another lot of the line (POOL-13).
#[derive(Clone, Debug)]
pub(super) struct Lot {
    pub(super) member: usize,
    /// The order and the line's position in it; none for granted points.
    pub(super) line: Option<(usize, usize)>,
    /// Place in the order of minting.
    pub(super) age: u64,
    pub(super) minted: u128,
    pub(super) remaining: u128,
    /// Σ t of late refunds (ORDER-6a), burned or not.
    pub(super) clawback_total: u128,
    /// Gross realised from this lot.
    pub(super) realised: i128,
    /// What it counts in caps (POOL-13).
    pub(super) cap_base: i128,
    /// CLAIM-2b.
    pub(super) locked: u128,
}

impl Lot {
    /// What it earned: less what is due back.
    pub(super) fn earned(&self) -> u128 {
        self.minted.saturating_sub(self.clawback_total)
    }
}

/// A contribution that could not mint (POOL-2a).
#[derive(Clone, Debug)]
pub(super) struct Queued {
    pub(super) order: usize,
    pub(super) line: usize,
    pub(super) amount: i128,
}

/// Points asked to be sold at the close of the day (POOL-11b).
#[derive(Clone, Debug)]
pub(super) struct RedemptionRequest {
    member: usize,
    points: u128,
    min_net: Option<i128>,
    pub(super) asked_at: i64,
}

/// What is to happen to a residual (POOL-8b).
#[derive(Clone, Debug)]
pub(crate) struct Disposal {
    pub(crate) proposer: Id,
    pub(crate) method: DisposalMethod,
    pub(crate) done: bool,
}

/// One exit that the price has reached.
struct Exit {
    trigger: Trigger,
    member: usize,
    /// With `basis = "lot"`.
    lot: Option<usize>,
}

impl Member {
    pub(super) fn end_cycle(&mut self) {
        self.cycle += 1;
        self.cap_base = 0;
        self.earned = 0;
        self.realised = 0;
    }
}

impl Naive {
    fn pool(&self) -> &PoolPlan {
        self.plan.pool.as_ref().expect("points exist only in a plan with a pool")
    }

    fn exit_plan(&self) -> Option<ExitPlan> {
        self.plan.pool.as_ref().and_then(|pool| pool.exit)
    }

    pub(super) fn exit_of(&self) -> ExitOf {
        self.exit_plan().map_or(ExitOf::Spend, |exit| exit.of)
    }

    // ---- minting

    /// POOL-2: points for a contribution at the state before it; rounds down.
    fn points_for(&self, order: usize, contribution: i128) -> u128 {
        let pool = self.plan_of(order).pool.as_ref().expect("it has a contribution");
        let ratio = u128::from(pool.mint_ratio.ppm());
        let (money, points) =
            if self.supply > 0 { (wide(self.assets), self.supply) } else { self.start_price };
        floor_ratio(&[ratio, wide(contribution), points], &[1_000_000, money])
    }

    /// ORDER-7a.
    fn reserve_short(&self) -> bool {
        let required = self.plan.refund.reserve_required;
        required.is_some_and(|required| self.refund_reserve < i128::from(required.minor()))
    }

    fn can_mint(&self, order: usize, contribution: i128) -> bool {
        !self.reserve_short() && self.points_for(order, contribution) > 0
    }

    pub(super) fn mint_or_queue(&mut self, order: usize, line: usize, amount: i128) {
        if self.can_mint(order, amount) {
            self.mint(order, line, amount);
        } else {
            self.queue.push(Queued { order, line, amount });
        }
    }

    fn mint(&mut self, order: usize, line: usize, amount: i128) {
        let points = self.points_for(order, amount);
        let cap_base = self.count_mint(order, line, amount, points);
        let number = self.open_lot(order, line);
        let lot = &mut self.lots[number];
        lot.minted = lot.minted.saturating_add(points);
        lot.remaining += points;
        lot.cap_base += cap_base;
        let member = &mut self.members[lot.member];
        member.points += points;
        member.earned = member.earned.saturating_add(points);
        member.cap_base += cap_base;
        self.escrow -= amount;
        self.assets += amount;
        self.supply += points;
        self.contributions += amount;
        self.lock_minted(order, line, points);
    }

    /// The lot into which a line mints now: its last one, or a new one if that has no points.
    fn open_lot(&mut self, order: usize, line: usize) -> usize {
        if let Some(last) = self.last_lot(order, line)
            && self.lots[last].remaining > 0
        {
            return last;
        }
        if self.last_lot(order, line).is_some() {
            self.corner("another lot of a line");
        }
        let number = self.lots.len();
        self.lots.push(Lot {
            member: self.orders[order].member,
            line: Some((order, line)),
            age: self.next_mint,
            minted: 0,
            remaining: 0,
            clawback_total: 0,
            realised: 0,
            cap_base: 0,
            locked: 0,
        });
        self.next_mint += 1;
        number
    }

    /// The lot in which a line minted last.
    pub(super) fn last_lot(&self, order: usize, line: usize) -> Option<usize> {
        self.lots.iter().rposition(|lot| lot.line == Some((order, line)))
    }

    /// POOL-2a: from the front until the first that still cannot mint.
    pub(super) fn serve_queue(&mut self) {
        while let Some(first) = self.queue.first().cloned() {
            if !self.can_mint(first.order, first.amount) {
                return;
            }
            self.queue.remove(0);
            self.mint(first.order, first.line, first.amount);
            self.cascade(None);
            self.split_while_high();
        }
    }

    /// POOL-11c: what one order may contribute in one day; none for no limit.
    pub(super) fn day_limit(&self) -> Option<i128> {
        let share = self.plan.pool.as_ref()?.max_contribution?;
        (self.assets > 0).then(|| floor_part(share, self.assets).max(1))
    }

    /// ORDER-6d: up to `wanted` of what a line has waiting: the mint queue from the front, then what waits for
    /// midnight.
    pub(super) fn take_waiting(&mut self, order: usize, line: usize, wanted: i128) -> i128 {
        let mut left = wanted;
        for queued in self.queue.iter_mut().filter(|q| (q.order, q.line) == (order, line)) {
            let taken = left.min(queued.amount);
            queued.amount -= taken;
            left -= taken;
        }
        self.queue.retain(|queued| queued.amount > 0);
        let waiting = &mut self.orders[order].lines[line].waiting;
        let taken = left.min(*waiting);
        *waiting -= taken;
        left -= taken;
        wanted - left
    }

    // ---- selling

    pub(super) fn sell(
        &mut self,
        member: &Id,
        quantity: &SellQuantity,
        min_net: Option<i128>,
    ) -> Result<(), Rejection> {
        let number = self.known_member(member)?;
        let Some(pool) = self.plan.pool else {
            return Err(Rejection::NoPool);
        };
        let free = self.free_points(number);
        let points = match quantity {
            SellQuantity::All => free,
            SellQuantity::Points(points) => points.units(),
        };
        if points > free {
            return Err(Rejection::InsufficientPoints);
        }
        if points == 0 {
            return Err(Rejection::PointsNotPositive);
        }
        match pool.sale_price {
            SalePrice::Immediate => {
                if min_net.is_some_and(|least| self.net_of(points, (self.assets, self.supply)) < least) {
                    return Err(Rejection::QuoteMissed);
                }
                self.sell_oldest(number, points, (self.assets, self.supply));
                self.cascade(None);
                self.split_while_high();
            }
            SalePrice::DailyBatch => {
                self.requests.push(RedemptionRequest { member: number, points, min_net, asked_at: self.now });
            }
        }
        Ok(())
    }

    /// POOL-3: what one sale of so many points pays at a pair, after retention.
    fn net_of(&self, points: u128, pair: (i128, u128)) -> i128 {
        let gross = floor_value(points, pair.0, pair.1);
        gross - ceil_part(self.pool().retention, gross)
    }

    /// POOL-11b, CLAIM-2: held − locked − requested.
    pub(crate) fn free_points(&self, member: usize) -> u128 {
        let asked = self.requests.iter().filter(|request| request.member == member);
        let asked = asked.fold(0_u128, |sum, request| sum.saturating_add(request.points));
        self.members[member].points.saturating_sub(self.locked_points(member)).saturating_sub(asked)
    }

    /// A member's own sale, oldest lots first.
    fn sell_oldest(&mut self, member: usize, points: u128, pair: (i128, u128)) {
        let parts = self.oldest_parts(member, points);
        self.redeem(member, &parts, pair, None, false);
    }

    /// EQUITY-2: takes points out of a member's oldest lots, which realise their parts of a gross.
    pub(super) fn take_from_lots(&mut self, member: usize, points: u128, gross: i128) {
        for (number, part) in self.oldest_parts(member, points) {
            let lot = &mut self.lots[number];
            lot.remaining -= part;
            let realised = floor_ratio(&[wide(gross), part], &[points]);
            lot.realised += i128::try_from(realised).expect("not more than the gross");
        }
    }

    fn oldest_parts(&self, member: usize, points: u128) -> Vec<(usize, u128)> {
        let mut left = points;
        let mut parts = Vec::new();
        for lot in self.lots_of(member) {
            // CLAIM-2: only what is free of it.
            let part = left.min(self.lots[lot].remaining - self.lots[lot].locked);
            if part > 0 {
                parts.push((lot, part));
                left -= part;
            }
        }
        parts
    }

    /// A member's lots with points, oldest first: in order of minting.
    fn lots_of(&self, member: usize) -> Vec<usize> {
        let mut lots: Vec<usize> = (0..self.lots.len())
            .filter(|lot| self.lots[*lot].member == member && self.lots[*lot].remaining > 0)
            .collect();
        lots.sort_by_key(|lot| self.lots[*lot].age);
        lots
    }

    /// POOL-3: sells parts of a member's lots at a pair; an exit may have a cap.
    fn redeem(
        &mut self,
        member: usize,
        parts: &[(usize, u128)],
        pair: (i128, u128),
        cap: Option<i128>,
        exit: bool,
    ) {
        let pool = *self.pool();
        let quoted = (self.assets, self.supply);
        let points: u128 = parts.iter().map(|(_, part)| part).sum();
        // A payout rounds down; the pool keeps the rest.
        let mut gross = floor_value(points, pair.0, pair.1);
        if let Some(cap) = cap {
            gross = gross.min(cap);
        }
        for (number, part) in parts {
            let lot = &mut self.lots[*number];
            lot.remaining -= part;
            let realised = floor_ratio(&[wide(gross), *part], &[points]);
            lot.realised += i128::try_from(realised).expect("not more than the gross");
            self.lock_at_most(*number, self.lots[*number].remaining);
        }
        let to_residual = exit && pool.exit.is_some_and(|exit| exit.retention_to == RetentionTo::Residual);
        let seller = &mut self.members[member];
        let credit = if pool.retention_point == RetentionPoint::Sale || to_residual {
            // A charge rounds up.
            let kept = ceil_part(pool.retention, gross);
            self.retained += kept;
            if to_residual {
                self.assets -= kept;
                *self.residual.entry(self.epoch).or_default() += kept;
            }
            gross - kept
        } else {
            seller.retention_pending += gross;
            gross
        };
        self.assets -= credit;
        self.supply -= points;
        self.paid_out += credit;
        seller.points -= points;
        seller.cash += credit;
        seller.cash_received += credit;
        seller.realised += gross;
        if exit {
            seller.exits += 1;
            self.exits += 1;
        }
        if seller.points == 0 {
            seller.end_cycle();
        }
        *self.sellers.entry((self.epoch, member)).or_default() += gross;
        if self.supply == 0 {
            self.end_epoch(quoted);
        }
        if pool.retention_point == RetentionPoint::Sale || to_residual {
            self.net_credit(member, credit);
        } else {
            self.net_gross(member, credit);
        }
    }

    /// POOL-8, POOL-8a: the supply is gone; `quoted` is the pair just before.
    pub(super) fn end_epoch(&mut self, quoted: (i128, u128)) {
        *self.residual.entry(self.epoch).or_default() += self.assets;
        self.assets = 0;
        let opening = self.pool().opening_price.as_u128();
        let higher = compare(&[wide(quoted.0), UNITS_PER_POINT], &[opening, quoted.1]) == Ordering::Greater;
        self.start_price = if higher { (wide(quoted.0), quoted.1) } else { (opening, UNITS_PER_POINT) };
        self.epoch += 1;
        // Points requested in an epoch that ended are gone.
        self.requests.clear();
    }

    /// POOL-11b: all sales of the day at the pair before the first, then the exits they cause at the same pair.
    pub(super) fn close_sales(&mut self) {
        let pair = (self.assets, self.supply);
        for request in std::mem::take(&mut self.requests) {
            let held = self.members[request.member].points;
            let free = held.saturating_sub(self.locked_points(request.member));
            let points = request.points.min(free);
            if let Some(least) = request.min_net
                && (free < request.points || self.net_of(request.points, pair) < least)
            {
                self.corner(if free < request.points {
                    "request lapsed: not free"
                } else {
                    "request lapsed"
                });
                continue;
            }
            if points > 0 {
                self.sell_oldest(request.member, points, pair);
            }
        }
        self.cascade(Some(pair));
        self.split_while_high();
    }

    // ---- exits

    /// POOL-7: exits until none is due. They pay at the running pair, at the close of a day at the given one.
    pub(super) fn cascade(&mut self, pair: Option<(i128, u128)>) {
        let Some(plan) = self.exit_plan() else {
            return;
        };
        while self.supply > 0 {
            let Some(exit) = self.first_exit(&plan) else {
                return;
            };
            let (parts, cap_base, realised) = match exit.lot {
                None => {
                    let lots = self.lots_of(exit.member);
                    let parts = lots.into_iter().map(|lot| (lot, self.lots[lot].remaining)).collect();
                    let member = &self.members[exit.member];
                    (parts, member.cap_base, member.realised)
                }
                Some(number) => {
                    let lot = &self.lots[number];
                    (vec![(number, lot.remaining)], lot.cap_base, lot.realised)
                }
            };
            let cap = plan.clamp.then(|| {
                let whole = i128::from(plan.multiple) * cap_base;
                match plan.counts {
                    ExitCounts::Realised => (whole - realised).max(0),
                    ExitCounts::Earned | ExitCounts::Held => whole,
                }
            });
            self.redeem(exit.member, &parts, pair.unwrap_or((self.assets, self.supply)), cap, true);
        }
    }

    /// POOL-7a: of all exits that the running price has reached, the one with the smallest trigger; equal ones by
    /// joining order, then by order of minting.
    fn first_exit(&self, plan: &ExitPlan) -> Option<Exit> {
        let mut first: Option<Exit> = None;
        let mut consider = |exit: Exit| {
            if !exit.trigger.reached(self.assets, self.supply) {
                return;
            }
            let place = |exit: &Exit| (exit.member, exit.lot.map(|lot| self.lots[lot].age));
            let earlier = first.as_ref().is_none_or(|first| {
                exit.trigger.by_price(&first.trigger).then(place(&exit).cmp(&place(first))) == Ordering::Less
            });
            if earlier {
                first = Some(exit);
            }
        };
        let multiple = i128::from(plan.multiple);
        // CLAIM-2c.
        let uncapped = |cap_base: i128| self.plan.claims.is_some() && cap_base == 0;
        match plan.basis {
            ExitBasis::Member => {
                let held = self.members.iter().enumerate().filter(|(_, m)| m.points > 0);
                for (number, member) in held.filter(|(_, m)| !uncapped(m.cap_base)) {
                    let cap = multiple * member.cap_base;
                    let trigger = trigger(plan, cap, member.earned, member.points, member.realised);
                    consider(Exit { trigger, member: number, lot: None });
                }
            }
            ExitBasis::Lot => {
                let held = self.lots.iter().enumerate().filter(|(_, lot)| lot.remaining > 0);
                for (number, lot) in held.filter(|(_, lot)| !uncapped(lot.cap_base)) {
                    let cap = multiple * lot.cap_base;
                    let trigger = trigger(plan, cap, lot.earned(), lot.remaining, lot.realised);
                    consider(Exit { trigger, member: lot.member, lot: Some(number) });
                }
            }
        }
        first
    }

    /// Whether an exit or a split is due now.
    #[cfg(test)]
    pub(super) fn is_unsettled(&self) -> bool {
        let exit = self.exit_plan().and_then(|plan| self.first_exit(&plan));
        self.supply > 0 && (exit.is_some() || self.is_high())
    }

    /// POOL-9: whether the price is at 10⁶ times the opening price.
    fn is_high(&self) -> bool {
        let opening = self.pool().opening_price.as_u128();
        let (money, points) = ([wide(self.assets), UNITS_PER_POINT], [1_000_000, opening, self.supply]);
        compare(&money, &points) != Ordering::Less
    }

    /// POOL-9, POOL-9a: every quantity of points by 10³ while the price is at 10⁶ times the opening price.
    pub(super) fn split_while_high(&mut self) {
        while self.supply > 0 && self.is_high() {
            let by_thousand = |quantity: &mut u128| *quantity = quantity.saturating_mul(1_000);
            self.exponent += 1;
            by_thousand(&mut self.supply);
            by_thousand(&mut self.house);
            for member in &mut self.members {
                by_thousand(&mut member.points);
                by_thousand(&mut member.earned);
            }
            for lot in &mut self.lots {
                by_thousand(&mut lot.minted);
                by_thousand(&mut lot.remaining);
                by_thousand(&mut lot.clawback_total);
                by_thousand(&mut lot.locked);
            }
            for request in &mut self.requests {
                by_thousand(&mut request.points);
            }
            for line in self.orders.iter_mut().flat_map(|order| &mut order.lines) {
                if let Some(settled) = &mut line.settled {
                    by_thousand(&mut settled.minted);
                    by_thousand(&mut settled.clawback_total);
                    settled.counted.iter_mut().for_each(|counted| by_thousand(&mut counted.earned));
                }
            }
            self.split_wishes();
        }
    }

    // ---- injection and residual

    pub(super) fn inject(&mut self, amount: i128) -> Result<(), Rejection> {
        if amount == 0 {
            return Err(Rejection::AmountNotPositive);
        }
        if self.plan.pool.is_none() {
            return Err(Rejection::NoPool);
        }
        self.not_winding_down()?;
        if self.supply == 0 {
            return Err(Rejection::SupplyIsZero);
        }
        self.bank += amount;
        self.assets += amount;
        self.injected += amount;
        self.cascade(None);
        self.split_while_high();
        Ok(())
    }

    pub(super) fn propose(
        &mut self,
        actor: &Id,
        disposal: &Id,
        method: DisposalMethod,
    ) -> Result<(), Rejection> {
        if self.plan.pool.is_none() {
            return Err(Rejection::NoPool);
        }
        if self.disposals.contains_key(disposal) {
            return Err(Rejection::DisposalExists);
        }
        self.disposals.insert(disposal.clone(), Disposal { proposer: actor.clone(), method, done: false });
        Ok(())
    }

    /// POOL-8b.
    pub(super) fn approve_disposal(&mut self, actor: &Id, id: &Id) -> Result<(), Rejection> {
        if self.plan.pool.is_none() {
            return Err(Rejection::NoPool);
        }
        let disposal = self.disposals.get(id).ok_or(Rejection::DisposalUnknown)?;
        let (epoch, injects) = match disposal.method {
            DisposalMethod::Rebate { epoch } => (epoch, false),
            DisposalMethod::Inject { epoch } => (epoch, true),
        };
        if injects && self.supply == 0 {
            return Err(Rejection::SupplyIsZero);
        }
        if disposal.done {
            return Err(Rejection::DisposalDone);
        }
        if self.one_person(&disposal.proposer, actor) {
            return Err(Rejection::SamePerson);
        }
        let residual = self.residual.get(&epoch).copied().unwrap_or(0);
        // In joining order.
        let sellers = (0..self.members.len()).map(|member| self.sellers.get(&(epoch, member)));
        let weights: Vec<i128> = sellers.map(|gross| gross.copied().unwrap_or(0)).collect();
        if residual == 0 || (!injects && weights.iter().sum::<i128>() == 0) {
            return Err(Rejection::ResidualEmpty);
        }
        self.disposals.entry(id.clone()).and_modify(|disposal| disposal.done = true);
        self.residual.remove(&epoch);
        if injects {
            self.assets += residual;
            self.cascade(None);
            self.split_while_high();
        } else {
            let parts = split_by_weights(residual, &weights);
            for (member, part) in parts.into_iter().enumerate() {
                self.members[member].cash += part;
                self.members[member].cash_received += part;
                self.net_credit(member, part);
            }
        }
        Ok(())
    }

    /// DISC-1b: what all points of a member would bring now, in one sale, net.
    pub fn held_value(&self, member: &Id) -> i128 {
        let (Ok(number), Some(pool)) = (self.known_member(member), &self.plan.pool) else {
            return 0;
        };
        if self.supply == 0 {
            return 0;
        }
        let gross = floor_value(self.members[number].points, self.assets, self.supply);
        gross - ceil_part(pool.retention, gross)
    }

    /// What so many points are worth, rounded up (CLAIM-2a); 0 without supply.
    pub(crate) fn worth_of(&self, points: u128) -> u128 {
        if self.supply == 0 { 0 } else { ceil_ratio(&[points, wide(self.assets)], &[self.supply]) }
    }

    /// The price in minor units for one point of today, times 10¹², rounded down; 0 without supply.
    pub fn price_e12(&self) -> u128 {
        if self.supply == 0 {
            return 0;
        }
        floor_ratio(&[wide(self.assets), UNITS_PER_POINT, UNITS_PER_POINT], &[self.supply])
    }
}

/// POOL-6b: the price at which a cap is reached.
fn trigger(plan: &ExitPlan, cap: i128, earned: u128, held: u128, realised: i128) -> Trigger {
    match plan.counts {
        ExitCounts::Earned => Trigger { money: cap, points: earned },
        ExitCounts::Held => Trigger { money: cap, points: held },
        // Once as much was realised as the cap allows, any price reaches it.
        ExitCounts::Realised => Trigger { money: (cap - realised).max(0), points: held },
    }
}
