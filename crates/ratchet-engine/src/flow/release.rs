//! Tasks; release points and value units from their grant to their release (REL-1 to REL-5, EMIT-1).

use std::sync::Arc;

use crate::amount::{Money, Points, Rate, Rounding, mul_div};
use crate::debt::{Debt, DebtOrigin, Debtor};
use crate::engine::Engine;
use crate::event::{Event, LotStage, PointsRelease, ReducedValueLot, ReleasePass, ValueRelease, ValueShare};
use crate::id::{Id, LineNo, MemberNo, OrderNo};
use crate::ledger::{Account, AccountKind, Points96};
use crate::plan::{ReleaseBase, ReleasePlan, TaskPlan};
use crate::rejection::Rejection;
use crate::release::{Conversion, convert, limit_stages, part_of, units_per_minor};
use crate::slice::{Position, Step};
use crate::staged::{Lot, day_mark};
use crate::time::Day;

/// What members released, in joining order.
pub(super) type Released = Vec<(MemberNo, Points96)>;

/// The part of one pass that becomes one event.
struct Pass<'a> {
    plan: &'a ReleasePlan,
    per_minor: u128,
    kind: ReleasePass,
    /// What the fund still holds.
    fund: Money,
    paid: Money,
    shortfall: Money,
    members: Vec<PointsRelease>,
    lots: Vec<LotStage>,
}

impl Engine {
    /// `task.complete`: with tasks in the plan one of them counts, and the day is done when enough have (TASK-1); once
    /// it is done, further ones change nothing for it. Refuses: member_unknown, no_tasks, task_unknown.
    pub(crate) fn complete_task(&mut self, member: &Id, task: Option<&Id>) -> Result<(), Rejection> {
        let member = self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        let plan = Arc::clone(&self.plan);
        if plan.release.is_none() && plan.value.is_none() {
            return Err(Rejection::NoTasks);
        }
        let today = self.today();
        if plan.tasks.is_empty() {
            if task.is_some() {
                return Err(Rejection::TaskUnknown);
            }
            if !self.state.tasks.is_done(member, today) {
                self.commit(Event::TaskCompleted { member });
            }
            return Ok(());
        }
        let named = |plan: &TaskPlan| task.is_some_and(|task| plan.id == task.as_str());
        let place = plan.tasks.iter().position(named).ok_or(Rejection::TaskUnknown)?;
        let task = u16::try_from(place).expect("at most TASKS_MAX tasks");
        let own = &plan.tasks[place];
        let tasks = &self.state.tasks;
        let counts =
            tasks.count(member, task, today) < own.daily_limit && !(own.once && tasks.was_done(member, task));
        if counts {
            self.commit(Event::TaskCounted { member, task, once: own.once });
            let required = plan.release.as_ref().map_or(1, |release| release.tasks_required);
            let tasks = &self.state.tasks;
            if tasks.counted(member, today) >= required && !tasks.is_done(member, today) {
                self.commit(Event::TaskCompleted { member });
            }
        }
        Ok(())
    }

    // ── grants ──

    /// A settled line grants its buyer release points (REL-1) and value units, and those above it a part of these
    /// (EMIT-1).
    #[inline]
    pub(crate) fn grant_line(&mut self, line: LineNo, member: MemberNo, base: Money) {
        if self.plan.release.is_some() {
            let points = Points::from_units(self.release_grant(line, base));
            if !points.is_zero() {
                self.post_units(AccountKind::MemberRelease, member, points.units());
                self.post_contra(AccountKind::ReleaseIssued, points.units());
                self.commit(Event::ReleaseGranted { line, member, points });
            }
        }
        if self.plan.value.is_some() {
            let own = self.value_grant_of(line, base);
            if own != 0 {
                let order = self.state.orders.line(line).order;
                let mut grants = vec![(member, Points::from_units(own))];
                for (above, rate) in self.state.value_referrals(order) {
                    let units = part_of(own, rate);
                    if units != 0 {
                        grants.push((above, Points::from_units(units)));
                    }
                }
                self.commit_value_grants(Some(line), grants);
            }
        }
    }

    /// Grants value units that no line grants, such as those of a tip: they are in the member's lot of the day.
    pub(crate) fn grant_value(&mut self, member: MemberNo, units: Points) {
        if !units.is_zero() {
            self.commit_value_grants(None, vec![(member, units)]);
        }
    }

    fn commit_value_grants(&mut self, line: Option<LineNo>, grants: Vec<(MemberNo, Points)>) {
        let mut sum = 0;
        for (member, points) in &grants {
            sum += points.units();
            self.post_units(AccountKind::MemberValue, *member, points.units());
        }
        self.post_contra(AccountKind::ValueIssued, sum);
        self.commit(Event::ValueGranted { line, grants });
    }

    /// Adds units to a member's account.
    fn post_units(&mut self, kind: AccountKind, member: MemberNo, units: u128) {
        self.post(Account::member(kind, member), signed(units));
    }

    // ── late refunds ──

    /// A late refund lowered a line's base: its grants become what the base left grants (REL-5, EMIT-1b).
    pub(crate) fn reduce_grants(&mut self, order: OrderNo, line: LineNo, before: Money, after: Money) {
        if self.plan.release.is_some() && before != after {
            self.cut_release(order, line, before, after);
        }
        if self.plan.value.is_some() {
            self.cut_values(order, line, before);
        }
    }

    fn cut_release(&mut self, order: OrderNo, line: LineNo, before: Money, after: Money) {
        let granted = self.release_grant(line, before);
        if granted == 0 {
            return;
        }
        let member = self.state.orders.order(order).member;
        let original = self.release_grant(line, after);
        let closed = self.state.releases.released(line, granted);
        let open = self.state.releases.lots.of_line(line).map_or(0, Lot::remaining);
        let released = closed.released.units();
        let remaining = open.min(original.saturating_sub(released));
        // Charged over all refunds of the line together, in money rounded down; what is not a whole minor unit
        // stays with the member.
        let excess = released.saturating_sub(original);
        let per_minor = units_per_minor(self.plan.programme.currency);
        let charged =
            Money::from_wide(excess / per_minor).expect("no more than was paid for it and one unit");
        let charge = charged.saturating_sub(closed.charged);
        self.post(Account::member(AccountKind::MemberRelease, member), -signed(open - remaining));
        self.post(Account::programme(AccountKind::ReleaseIssued), signed(open - remaining));
        let [original, remaining] = [original, remaining].map(Points::from_units);
        self.commit(Event::ReleaseGrantReduced {
            line,
            original,
            remaining,
            released: closed.released,
            charged,
        });
        let fund = self.plan.release.as_ref().map_or(0, |release| release.fund);
        let fund = u32::try_from(fund).expect("at most FUNDS_MAX funds");
        let origin = DebtOrigin::Release(fund);
        let debt = Debt { order, origin, amount: charge, operator: Money::ZERO };
        self.book_receivable(Debtor::Member(member), debt);
    }

    /// EMIT-1b: what an order granted each member, on the bases given for its lines.
    fn shares_of(&self, order: OrderNo, base: impl Fn(LineNo) -> Money) -> Vec<(MemberNo, u128)> {
        let record = *self.state.orders.order(order);
        let lines: Vec<u128> =
            record.line_numbers().map(|line| self.value_grant_of(line, base(line))).collect();
        let referrals = self.state.value_referrals(order).into_iter();
        let members = std::iter::once((record.member, Rate::ONE)).chain(referrals);
        members.map(|(member, rate)| (member, lines.iter().map(|own| part_of(*own, rate)).sum())).collect()
    }

    /// EMIT-1b: at its first late refund an order's shares leave the lots of its day; `before` is the base of the refunded
    /// line until then.
    fn separate_values(&mut self, order: OrderNo, line: LineNo, before: Money) {
        let Some(day) = self.state.values.shares_day(order) else { return };
        let base = |of| if of == line { before } else { self.state.orders.base_left(of) };
        let mut shares = Vec::new();
        for (member, original) in self.shares_of(order, base) {
            let Some(lot) = self.state.values.lots.of_day(member, day).filter(|_| original != 0) else {
                continue;
            };
            // Rounds down: what is not the share's was released for the others of the day.
            let released = mul_div(lot.released(), original, lot.original(), Rounding::Down)
                .expect("no more than the lot released");
            let [original, released] = [original, released].map(Points::from_units);
            shares.push(ValueShare { member, original, released, mark: lot.mark });
        }
        if !shares.is_empty() {
            self.commit(Event::ValueSeparated { order, shares });
        }
    }

    fn cut_values(&mut self, order: OrderNo, line: LineNo, before: Money) {
        self.separate_values(order, line, before);
        let mut lots = Vec::new();
        let mut back = 0;
        for (member, original) in self.shares_of(order, |line| self.state.orders.base_left(line)) {
            let own = self.state.values.lots.of_order(member, order);
            let Some(lot) = own.filter(|lot| lot.original() != original) else { continue };
            let open = lot.remaining();
            let remaining = original.saturating_sub(lot.released());
            back += open - remaining;
            let [original, remaining_points] = [original, remaining].map(Points::from_units);
            lots.push(ReducedValueLot { member, original, remaining: remaining_points });
            self.post(Account::member(AccountKind::MemberValue, member), -signed(open - remaining));
        }
        if lots.is_empty() {
            return;
        }
        self.post(Account::programme(AccountKind::ValueIssued), signed(back));
        self.commit(Event::ValueGrantReduced { line, lots });
    }

    // ── the close of a day ──

    /// The members from `first` on whose task of the closing day is done, as many as one entry takes, and who comes after them.
    fn done_from(&self, first: MemberNo) -> (Vec<MemberNo>, Option<u32>) {
        let mut done = self.state.tasks.today().range(first..).copied();
        let members = done.by_ref().take(self.state.slice_members).collect();
        (members, done.next().map(|member| member.0))
    }

    /// EMIT-1a: value units of lots that have started, of members from `first` on whose task is done.
    pub(super) fn release_values(&mut self, first: MemberNo) -> Step {
        let plan = Arc::clone(&self.plan);
        let Some(value) = &plan.value else { return self.begin_static() };
        let day = self.closing_day();
        let (done, next) = self.done_from(first);
        let (mut members, mut lots, mut sum) = (Vec::new(), Vec::new(), 0);
        for member in done {
            let (first, mut released) = (lots.len(), 0);
            for lot in self.state.values.lots.started(member, day_mark(day)) {
                let of_grant = self.plan_of_day(lot.day).value.as_ref().unwrap_or(value);
                let (units, mark) = lot.stage_of_original(of_grant.rate.ppm().into());
                released += units;
                lots.push(LotStage { units: Points::from_units(units), mark });
            }
            if lots.len() == first {
                continue;
            }
            sum += released;
            self.post(Account::member(AccountKind::MemberValue, member), -signed(released));
            let count = count(lots.len() - first);
            members.push(ValueRelease { member, lots: count, released: Points::from_units(released) });
        }
        if !members.is_empty() {
            self.post(Account::programme(AccountKind::ValueReleased), signed(sum));
            self.commit(Event::ValueReleased { members, lots });
        }
        match next {
            Some(next) => Step::Pause(Position::ValueRelease { next }),
            None => self.begin_static(),
        }
    }

    fn begin_static(&self) -> Step {
        let fund = self.release_fund();
        Step::Next(Position::StaticRelease { next: 0, fund })
    }

    /// What the fund behind release points holds.
    pub(crate) fn release_fund(&self) -> Money {
        let Some(release) = &self.plan.release else { return Money::ZERO };
        let held = self.state.ledger.balance(fund_account(release)).unsigned_abs();
        Money::from_wide(held).unwrap_or(Money::ZERO)
    }

    /// REL-2: the stages of lots that have started, of members from `first` on whose task is done. What that releases for
    /// others is added to `accelerations`.
    pub(super) fn release_static(
        &mut self,
        first: MemberNo,
        fund: Money,
        accelerations: &mut Released,
    ) -> Step {
        let plan = Arc::clone(&self.plan);
        let emission = Position::Emission { next: 0, issued: Points::ZERO };
        let Some(release) = &plan.release else { return Step::Next(emission) };
        let accelerates = release.direct > Rate::ZERO || release.indirect > Rate::ZERO;
        let day = self.closing_day();
        let (done, next) = self.done_from(first);
        let mut released = Vec::new();
        let mut pass = self.begin_pass(release, ReleasePass::Static, fund);
        for member in done {
            let first = pass.lots.len();
            let units = self.static_stages(release, member, day, &mut pass.lots);
            if pass.lots.len() == first {
                continue;
            }
            let units = self.release_member(&mut pass, member, first, units);
            if accelerates && units != 0 {
                released.push((member, Points96::new(units)));
            }
        }
        let fund = self.end_pass(pass);
        *accelerations = self.accelerations(release, &released);
        if let Some(next) = next {
            self.keep_accelerations(accelerations);
            return Step::Pause(Position::StaticRelease { next, fund });
        }
        let is_whole = self.state.releases.accelerations.is_empty();
        if !is_whole || accelerations.len() > self.state.slice_members {
            self.keep_accelerations(accelerations);
        }
        Step::Next(Position::AcceleratedRelease { next: 0, fund: self.release_fund() })
    }

    /// REL-2, REL-3b: adds the stages of the member's started lots at the close of `day`, oldest first; says what they come to.
    #[inline]
    pub(crate) fn static_stages(
        &self,
        release: &ReleasePlan,
        member: MemberNo,
        day: Day,
        stages: &mut Vec<LotStage>,
    ) -> u128 {
        let boost = u64::from(self.state.tasks.referrals(member)) * u64::from(release.boost.ppm());
        let mut rate = self.static_rate(release, member);
        let mut units = 0;
        for lot in self.state.releases.lots.started(member, day_mark(day)) {
            let mut base = release.base;
            if !self.state.versions.is_first() {
                let of_grant = self.plan_of_day(lot.day).release.as_ref().unwrap_or(release);
                (rate, base) = (self.static_rate(of_grant, member), of_grant.base);
            }
            let stage = static_stage(lot, base, u64::from(rate.ppm()) + boost);
            units += stage.units.units();
            stages.push(stage);
        }
        units
    }

    /// Puts what referrers are due where the next entries find it.
    fn keep_accelerations(&mut self, accelerations: &mut Released) {
        if !accelerations.is_empty() {
            let due = accelerations.drain(..);
            let members = due.map(|(member, due)| (member, Points::from_units(due.units()))).collect();
            self.commit(Event::AccelerationsDue { members });
        }
    }

    /// ADMALL-2: the rate of the highest tier that what the member has locked reaches.
    #[inline]
    fn static_rate(&self, release: &ReleasePlan, member: MemberNo) -> Rate {
        if release.tiers.is_empty() {
            return release.rate;
        }
        let held =
            self.state.ledger.balance(Account::member(AccountKind::MemberRelease, member)).unsigned_abs();
        let locked = held - self.state.releases.fraction(member);
        let reached = release.tiers.iter().rev().find(|tier| tier.from.units() <= locked);
        reached.map_or(release.rate, |tier| tier.rate)
    }

    /// REL-3: what each member released statically releases a part of for its referrer, and for the one above: for those from
    /// `first` on. `accelerations`: what they are due, if one entry takes them all.
    pub(super) fn release_accelerated(
        &mut self,
        first: MemberNo,
        fund: Money,
        accelerations: &mut Released,
    ) -> Step {
        let plan = Arc::clone(&self.plan);
        let emission = Position::Emission { next: 0, issued: Points::ZERO };
        let Some(release) = &plan.release else { return Step::Next(emission) };
        let (mut chunk, mut next) = (std::mem::take(accelerations), None);
        if chunk.is_empty() {
            let mut due = self.state.releases.accelerations.range(first..);
            chunk =
                due.by_ref().take(self.state.slice_members).map(|(member, due)| (*member, *due)).collect();
            next = due.next().map(|(member, _)| member.0);
        }
        if chunk.is_empty() {
            return Step::Next(emission);
        }
        let day = self.closing_day();
        let mut pass = self.begin_pass(release, ReleasePass::Accelerated, fund);
        for (member, due) in chunk {
            let (first, mut left) = (pass.lots.len(), due.units());
            for lot in self.state.releases.lots.started(member, day_mark(day)) {
                let units = lot.remaining().min(left);
                if units == 0 {
                    break;
                }
                left -= units;
                pass.lots.push(LotStage { units: Points::from_units(units), mark: lot.mark });
            }
            if pass.lots.len() > first {
                self.release_member(&mut pass, member, first, due.units() - left);
            }
        }
        let fund = self.end_pass(pass);
        match next {
            Some(next) => Step::Pause(Position::AcceleratedRelease { next, fund }),
            None => Step::Next(emission),
        }
    }

    /// What each referrer is due, in joining order.
    fn accelerations(&self, release: &ReleasePlan, released: &[(MemberNo, Points96)]) -> Released {
        let mut due: Released = Vec::new();
        for (member, units) in released {
            let direct = self.state.members.referrer(*member);
            let indirect = direct.and_then(|direct| self.state.members.referrer(direct));
            for (above, rate) in [(direct, release.direct), (indirect, release.indirect)] {
                let Some(above) = above else { continue };
                let units = part_of(units.units(), rate);
                if units != 0 {
                    due.push((above, Points96::new(units)));
                }
            }
        }
        due.sort_unstable_by_key(|(member, _)| *member);
        due.dedup_by(|(later, units), (member, sum)| {
            let same = later == member;
            if same {
                *sum = Points96::new(sum.units() + units.units());
            }
            same
        });
        due
    }

    fn begin_pass<'a>(&self, plan: &'a ReleasePlan, kind: ReleasePass, fund: Money) -> Pass<'a> {
        Pass {
            plan,
            per_minor: units_per_minor(self.plan.programme.currency),
            kind,
            fund,
            paid: Money::ZERO,
            shortfall: Money::ZERO,
            members: Vec::new(),
            lots: Vec::new(),
        }
    }

    /// REL-4, REL-4a: converts what a member's stages from `first` on come to, as far as the fund reaches; says what
    /// was in fact released.
    fn release_member(&mut self, pass: &mut Pass<'_>, member: MemberNo, first: usize, units: u128) -> u128 {
        let carried = self.state.releases.fraction(member);
        let Conversion { due, paid, released, fraction } = convert(units, carried, pass.per_minor, pass.fund);
        if released < units {
            limit_stages(&mut pass.lots[first..], released);
            let short = due.saturating_sub(paid);
            pass.shortfall = pass.shortfall.checked_add(short).unwrap_or(short);
            if pass.kind == ReleasePass::Accelerated {
                // Of a lot that gives nothing there is nothing to say: no done day counts in this pass.
                while pass.lots.len() > first && pass.lots.last().is_some_and(|stage| stage.units.is_zero()) {
                    pass.lots.pop();
                }
            }
        }
        if pass.lots.len() == first {
            return 0;
        }
        pass.fund = pass.fund.saturating_sub(paid);
        pass.paid = pass.paid.add_within_limit(paid);
        if !paid.is_zero() {
            self.credit_earning(member, paid, pass.plan.reconsume_share);
            let points = signed(paid.as_u128() * pass.per_minor);
            self.post(Account::member(AccountKind::MemberRelease, member), -points);
        }
        pass.members.push(PointsRelease {
            member,
            lots: count(pass.lots.len() - first),
            released: Points::from_units(released),
            money: paid,
            fraction: Points::from_units(fraction),
        });
        released
    }

    /// Says what is left of the fund as it was before the pass.
    fn end_pass(&mut self, pass: Pass<'_>) -> Money {
        let Pass { plan, per_minor, kind, fund, paid, shortfall, members, lots } = pass;
        if members.is_empty() && shortfall.is_zero() {
            return fund;
        }
        self.post(fund_account(plan), -i128::from(paid.minor()));
        self.post(Account::programme(AccountKind::ReleaseIssued), signed(paid.as_u128() * per_minor));
        let netted = self.who_owes(members.iter().map(|release| (release.member, release.money)));
        self.commit(Event::PointsReleased { pass: kind, members, lots, shortfall });
        for (member, money) in netted {
            self.net_member(member, money);
        }
        fund
    }
}

pub(super) fn fund_account(plan: &ReleasePlan) -> Account {
    Account { kind: AccountKind::Fund, owner: u32::try_from(plan.fund).expect("at most FUNDS_MAX funds") }
}

/// What a lot releases statically at the rate of the day, boost included.
#[inline]
fn static_stage(lot: &Lot, base: ReleaseBase, ppm: u64) -> LotStage {
    let (units, mark) = match base {
        ReleaseBase::Original => lot.stage_of_original(ppm),
        ReleaseBase::Remaining => lot.stage_of_remaining(ppm),
    };
    LotStage { units: Points::from_units(units), mark }
}

fn count(lots: usize) -> u32 {
    u32::try_from(lots).expect("fewer lots than lines")
}

/// A quantity of units as a leg: quantities are below 2⁹⁶.
fn signed(units: u128) -> i128 {
    i128::try_from(units).expect("points fit 96 bits")
}
