//! Amendments of the naive model (AMEND-1 … AMEND-4): every thing keeps the place of its plan among those that were in force.
//!
//! What may not change and what hurts members is written out here field by field, from the table of the rules.

use std::collections::BTreeSet;

use super::coupons::CouponState;
use super::orders::OrderState;
use super::timers::Alarm;
use super::wind_down::WindDown;
use super::{Member, Naive};
use crate::amount::{Money, Rate};
use crate::gate::Opinions;
use crate::hash::Hash32;
use crate::id::Id;
use crate::plan::{
    Discount, Earn, ExitBasis, ExitOf, ExitPlan, Fund, LoyaltyPlan, Plan, Qualified, RetentionPoint, Split,
    Tail,
};
use crate::rejection::Rejection;
use crate::time::DAY_US;

/// Most funds, those included that have no share any more.
const FUNDS: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    Proposed,
    /// The how many-th approval it was.
    Approved(u64),
    Over,
}

/// A proposed plan.
#[derive(Clone, Debug)]
pub(crate) struct Amendment {
    number: usize,
    proposer: Id,
    pub(crate) plan: Plan,
    pub(crate) effective_at: i64,
    approved_at: i64,
    stands: Stands,
}

impl Amendment {
    /// Whether it waits for a second person.
    pub(crate) fn is_proposed(&self) -> bool {
        self.stands == Stands::Proposed
    }
}

impl Member {
    /// So much of the cash is subject to retention from now on; what there is less of it is the oldest.
    pub(super) fn keep_retention_pending(&mut self, now: i128) {
        let mut less = (self.retention_pending - now).max(0);
        for part in self.older.values_mut() {
            let taken = less.min(*part);
            *part -= taken;
            less -= taken;
        }
        self.older.retain(|_, part| *part > 0);
        self.retention_pending = now;
    }
}

impl Naive {
    /// The place of the plan in force.
    pub(super) fn version(&self) -> usize {
        self.versions.len() - 1
    }

    pub(super) fn plan_of(&self, order: usize) -> &Plan {
        &self.versions[self.orders[order].version]
    }

    /// The plan of what was granted on a local day.
    pub(super) fn plan_of_day(&self, day: i64) -> &Plan {
        let version = self.first_days.iter().rposition(|first| *first <= day);
        &self.versions[version.expect("the first is of every day")]
    }

    /// The place today of a kind of coupons that a campaign's plan names.
    pub(super) fn coupon_of_today(&self, campaign: usize, rule: usize) -> usize {
        let id = &self.versions[self.campaigns[campaign].version].coupons[rule].id;
        let today = self.plan.coupons.iter().position(|known| known.id == *id);
        today.expect("what an open campaign names stays")
    }

    // ---- the three commands

    pub(super) fn propose_plan(
        &mut self,
        actor: &Id,
        version: &Id,
        text: &str,
        opinions: Option<&str>,
        effective_at: i64,
    ) -> Result<(), Rejection> {
        self.not_winding_down()?;
        if self.amendments.contains_key(version) {
            return Err(Rejection::PlanVersionExists);
        }
        self.is_midnight_to_come(effective_at)?;
        let zone = self.plan.programme.calendar.zone().cloned();
        let plan = Plan::parse_recorded("plan", text, zone.as_ref()).map_err(|_| Rejection::PlanInvalid)?;
        if opinions.is_some_and(|text| Opinions::parse("opinions", text).is_err()) {
            return Err(Rejection::PlanInvalid);
        }
        self.may_come(&plan, effective_at)?;
        let number = self.amendments.len();
        let lapses = (self.now + 7 * DAY_US).min(effective_at);
        self.set_alarm(Alarm::Proposal { number }, lapses);
        self.amendments.insert(
            version.clone(),
            Amendment {
                number,
                proposer: actor.clone(),
                plan,
                effective_at,
                approved_at: 0,
                stands: Stands::Proposed,
            },
        );
        self.corner("plan proposed");
        Ok(())
    }

    pub(super) fn approve_plan(&mut self, actor: &Id, version: &Id, hash: Hash32) -> Result<(), Rejection> {
        self.not_winding_down()?;
        let amendment = self.amendments.get(version).ok_or(Rejection::PlanVersionUnknown)?.clone();
        if amendment.stands != Stands::Proposed {
            return Err(Rejection::PlanVersionState);
        }
        if hash != Hash32::of(amendment.plan.source.as_bytes()) {
            return Err(Rejection::PlanHash);
        }
        if self.one_person(&amendment.proposer, actor) {
            return Err(Rejection::SamePerson);
        }
        self.is_midnight_to_come(amendment.effective_at)?;
        self.may_come(&amendment.plan, amendment.effective_at)?;
        self.cancel_alarm(Alarm::Proposal { number: amendment.number });
        self.approvals += 1;
        let (now, approvals) = (self.now, self.approvals);
        let amendment = self.amendments.get_mut(version).expect("it is there");
        (amendment.approved_at, amendment.stands) = (now, Stands::Approved(approvals));
        Ok(())
    }

    pub(super) fn withdraw_plan(&mut self, version: &Id) -> Result<(), Rejection> {
        let amendment = self.amendments.get_mut(version).ok_or(Rejection::PlanVersionUnknown)?;
        if amendment.stands == Stands::Over {
            return Err(Rejection::PlanVersionState);
        }
        amendment.stands = Stands::Over;
        let number = amendment.number;
        self.cancel_alarm(Alarm::Proposal { number });
        self.corner("plan withdrawn");
        Ok(())
    }

    pub(super) fn proposal_lapses(&mut self, number: usize) {
        for amendment in self.amendments.values_mut().filter(|amendment| amendment.number == number) {
            amendment.stands = Stands::Over;
        }
        self.corner("plan lapsed");
    }

    // ---- its day

    /// Those that are approved: by their day, then by their approval.
    fn amendments_to_come(&self) -> Vec<(i64, u64, Id)> {
        let mut approved: Vec<(i64, u64, Id)> = Vec::new();
        for (id, amendment) in &self.amendments {
            if let Stands::Approved(nth) = amendment.stands {
                approved.push((amendment.effective_at, nth, id.clone()));
            }
        }
        approved.sort();
        approved
    }

    pub(super) fn next_amendment(&self) -> Option<i64> {
        self.amendments_to_come().first().map(|(at, ..)| *at)
    }

    /// The next one takes effect, or is cancelled.
    pub(super) fn amend(&mut self) {
        let (at, _, id) = self.amendments_to_come().swap_remove(0);
        let amendment = self.amendments.get_mut(&id).expect("it is there");
        amendment.stands = Stands::Over;
        let amendment = amendment.clone();
        let new = with_funds_of(&self.plan, &amendment.plan);
        let notice = i64::from(self.plan.programme.notice_days) * DAY_US;
        let in_time = at >= amendment.approved_at + notice;
        if self.wind_down != WindDown::Not
            || self.is_hindered(&self.plan, &new, at)
            || (takes_from_members(&self.plan, &new) && !in_time)
        {
            self.corner("amendment cancelled");
            return;
        }
        let retention = |plan: &Plan| plan.pool.map(|pool| pool.retention);
        let later =
            |plan: &Plan| plan.pool.map(|pool| pool.retention_point) == Some(RetentionPoint::Withdrawal);
        if later(&self.plan) && retention(&self.plan) != retention(&new) {
            let version = self.version();
            for member in &mut self.members {
                let open = member.retention_pending - member.older.values().sum::<i128>();
                if open > 0 {
                    member.older.insert(version, open);
                }
            }
            if self.members.iter().any(|member| member.older.len() > 1) {
                self.corner("cash of two older retentions");
            }
        }
        self.funds.resize(new.split.funds.len(), 0);
        for member in &mut self.members {
            let place = |task: usize| {
                let old = self.plan.tasks.get(task)?;
                new.tasks.iter().position(|known| known.id == old.id)
            };
            if self.plan.tasks != new.tasks {
                member.completions.retain_mut(|(_, task)| match place(*task) {
                    Some(place) => {
                        *task = place;
                        true
                    }
                    None => false,
                });
            }
        }
        self.first_days.push(self.local_day(self.now));
        self.versions.push(new.clone());
        self.plan = new;
        self.corner("amendment took effect");
        if self.plan.pool.is_some() {
            self.cascade(None);
            self.split_while_high();
        }
    }

    // ---- what is asked of it

    fn is_midnight_to_come(&self, at: i64) -> Result<(), Rejection> {
        let is_midnight = self.next_midnight(at - 1) == at;
        if at > self.now && is_midnight { Ok(()) } else { Err(Rejection::PlanTimes) }
    }

    /// As of now, against the plan that it comes after.
    fn may_come(&mut self, plan: &Plan, at: i64) -> Result<(), Rejection> {
        let mut base = self.plan.clone();
        if let Some((_, _, id)) = self.amendments_to_come().iter().rev().find(|(of, ..)| *of <= at) {
            base = with_funds_of(&self.plan, &self.amendments[id].plan);
        }
        let new = with_funds_of(&base, plan);
        if self.is_hindered(&base, &new, at) {
            self.corner("plan hindered");
            return Err(Rejection::PlanHindered);
        }
        let notice = i64::from(self.plan.programme.notice_days) * DAY_US;
        if takes_from_members(&base, &new) && at < self.now + notice {
            self.corner("plan without notice");
            return Err(Rejection::PlanNotice);
        }
        Ok(())
    }

    fn is_hindered(&self, old: &Plan, new: &Plan, at: i64) -> bool {
        fixed(old) != fixed(new)
            || !caps_fit(old, new)
            || self.ranks_are_hindered(old, new)
            || new.split.funds.len() > FUNDS
            || (old.commission.as_ref().map(|plan| plan.qualified)
                != new.commission.as_ref().map(|plan| plan.qualified)
                && !self.counts_volumes())
            || self.zones_are_hindered(old, new)
            || self.classes_are_hindered(old, new)
            || old
                .tasks
                .iter()
                .any(|task| new.tasks.iter().any(|of| of.id == task.id && of.once != task.once))
            || (old.market.map(|plan| plan.lot) != new.market.map(|plan| plan.lot)
                && self.offers.iter().any(|offer| offer.left > 0))
            || self.emission_is_hindered(old, new, at)
            || self.coupons_are_hindered(old, new)
            || self.promotions_are_hindered(old, new, at)
    }

    fn ranks_are_hindered(&self, old: &Plan, new: &Plan) -> bool {
        let ids = |plan: &Plan| plan.ranks.iter().map(|rank| rank.id.clone()).collect::<Vec<_>>();
        let (old, new) = (ids(old), ids(new));
        if old == new {
            return false;
        }
        let shorter = old.len().min(new.len());
        let held = |place: usize| self.members.iter().any(|member| member.rank == Some(place));
        shorter == 0 || old[..shorter] != new[..shorter] || (shorter..old.len()).any(held)
    }

    fn zones_are_hindered(&self, old: &Plan, new: &Plan) -> bool {
        let zones = |plan: &Plan| plan.release.as_ref().map_or(Vec::new(), |release| release.zones.clone());
        let left: BTreeSet<String> = zones(new).into_iter().map(|(zone, _)| zone).collect();
        let gone = |zone: &String| !left.contains(zone);
        zones(old).iter().filter(|(zone, _)| gone(zone)).any(|(zone, _)| {
            let mut skus = self.skus.values();
            skus.any(|sku| sku.listed && sku.terms.zone.as_ref().is_some_and(|of| of.as_str() == zone))
        })
    }

    fn classes_are_hindered(&self, old: &Plan, new: &Plan) -> bool {
        let has = |plan: &Plan, id: &str| plan.classes.iter().any(|class| class.id == id);
        self.skus.values().filter(|sku| sku.listed).any(|sku| {
            sku.terms.class.as_ref().is_some_and(|of| has(old, of.as_str()) && !has(new, of.as_str()))
        })
    }

    /// A year that has begun before that day issues what it did.
    fn emission_is_hindered(&self, old: &Plan, new: &Plan, at: i64) -> bool {
        let (Some(was), Some(is), Some(first)) = (&old.emission, &new.emission, self.first_day) else {
            return false;
        };
        if was == is {
            return false;
        }
        let years = self.years_begun(first, self.local_day(at) - 1);
        let amounts = |plan: &crate::plan::EmissionPlan| {
            let (mut amounts, mut sum, mut listed) = (Vec::new(), 0_u128, 0_u128);
            for year in 0..years {
                listed = match (plan.years.get(year), plan.tail) {
                    (Some(amount), _) => amount.units(),
                    (None, Tail::Halving) => listed / 2,
                    (None, Tail::None) => 0,
                };
                let amount = listed.min(plan.cap.units().saturating_sub(sum));
                sum += amount;
                amounts.push(amount);
            }
            amounts
        };
        amounts(was) != amounts(is)
    }

    fn coupons_are_hindered(&self, old: &Plan, new: &Plan) -> bool {
        old.coupons.iter().any(|kind| {
            let mut same = new.coupons.iter().filter(|other| other.id == kind.id);
            let stays = same
                .any(|other| crate::plan::CouponPlan { name: kind.name.clone(), ..other.clone() } == *kind);
            !stays
                && self.coupons.iter().any(|(id, coupon)| {
                    let of = self.versions[coupon.version].coupons[coupon.rule].id == kind.id;
                    of && match self.coupon_state(id) {
                        CouponState::Free => self.now < coupon.expires,
                        CouponState::Reserved => true,
                        CouponState::Used => false,
                    }
                })
        })
    }

    fn promotions_are_hindered(&self, old: &Plan, new: &Plan, at: i64) -> bool {
        old.promotions.iter().any(|promotion| {
            let mut same = new.promotions.iter().filter(|other| other.id == promotion.id);
            let stays = same.any(|other| {
                let other = crate::plan::PromotionPlan { name: promotion.name.clone(), ..other.clone() };
                by_names(new, &other) == by_names(old, promotion)
            });
            !stays && self.is_under_way(&promotion.id, at)
        })
    }

    /// Whether a promotion's campaigns take orders then, or orders of one are unpaid or undecided now.
    fn is_under_way(&self, promotion: &str, at: i64) -> bool {
        (0..self.campaigns.len()).filter(|of| self.promotion_of(*of).id == promotion).any(|number| {
            let campaign = &self.campaigns[number];
            let waits = |order: usize| {
                self.orders[order].campaign == Some(number)
                    && (self.orders[order].state == OrderState::Placed || self.is_undecided(order))
            };
            (!campaign.cancelled && at < campaign.until) || (0..self.orders.len()).any(waits)
        })
    }
}

/// Names instead of places in other lists.
fn by_names(plan: &Plan, promotion: &crate::plan::PromotionPlan) -> String {
    use crate::plan::Consolation;
    let mut promotion = promotion.clone();
    let mut names = Vec::new();
    if let Some(lottery) = &mut promotion.lottery {
        names.push(plan.split.funds[lottery.fund].name.clone());
        lottery.fund = 0;
        if let Consolation::Coupon(rule) = &mut lottery.consolation {
            names.push(plan.coupons[*rule].id.clone());
            *rule = 0;
        }
    }
    format!("{promotion:?} {names:?}")
}

/// The plan with the funds of the programme first, in its order; a dropped one has no share.
fn with_funds_of(programme: &Plan, plan: &Plan) -> Plan {
    let mut names: Vec<String> = programme.split.funds.iter().map(|fund| fund.name.clone()).collect();
    let own: Vec<String> = plan.split.funds.iter().map(|fund| fund.name.clone()).collect();
    names.extend(
        own.iter().filter(|name| !programme.split.funds.iter().any(|fund| fund.name == **name)).cloned(),
    );
    let split = |split: &Split| {
        let share = |name: &str| split.funds.iter().find(|fund| fund.name == name).map(|fund| fund.share);
        let funds =
            names.iter().map(|name| Fund { name: name.clone(), share: share(name).unwrap_or(Rate::ZERO) });
        Split { funds: funds.collect(), ..split.clone() }
    };
    let place = |fund: usize| names.iter().position(|name| *name == own[fund]).expect("all are listed");
    let mut fitted = plan.clone();
    fitted.split = split(&plan.split);
    for source in &mut fitted.sources {
        source.split = source.split.as_ref().map(split);
    }
    if let Some(release) = &mut fitted.release {
        release.fund = place(release.fund);
    }
    if let Some(commission) = &mut fitted.commission
        && let Some(dividend) = &mut commission.dividend
    {
        dividend.fund = place(dividend.fund);
    }
    for promotion in &mut fitted.promotions {
        if let Some(lottery) = &mut promotion.lottery {
            lottery.fund = place(lottery.fund);
        }
    }
    fitted
}

/// What nobody changes while a programme runs (AMEND-2), as text.
fn fixed(plan: &Plan) -> String {
    let pool = plan.pool.map(|pool| (pool.opening_price, pool.house_points, pool.retention_point));
    let sections = [
        plan.commission.is_some(),
        plan.commission.as_ref().is_some_and(|commission| commission.dividend.is_some()),
        plan.release.is_some(),
        plan.value.is_some(),
        plan.emission.is_some(),
        plan.merchant.is_some(),
        plan.catalogue.is_some(),
        plan.loyalty.is_some(),
        plan.market.is_some(),
        plan.funding,
        plan.equity.is_some(),
        plan.claims.is_some(),
    ];
    let window = plan.ranking.window_days.filter(|_| !plan.ranks.is_empty());
    let programme = &plan.programme;
    format!(
        "{:?} {:?} {:?} {pool:?} {sections:?} {window:?}",
        programme.currency, programme.calendar, programme.mode
    )
}

/// Caps keep what they count by; where they come or go they count members and what they spent.
fn caps_fit(old: &Plan, new: &Plan) -> bool {
    let caps = |plan: &Plan| plan.pool.and_then(|pool| pool.exit);
    let plain = |exit: ExitPlan| exit.basis == ExitBasis::Member && exit.of == ExitOf::Spend;
    match (caps(old), caps(new)) {
        (None, None) => true,
        (Some(one), None) | (None, Some(one)) => plain(one),
        (Some(old), Some(new)) => (old.basis, old.of) == (new.basis, new.of),
    }
}

/// Collects whether anything is worse for members.
#[derive(Default)]
struct Worse(bool);

impl Worse {
    fn lower(&mut self, was: impl Into<i128>, is: impl Into<i128>) {
        self.0 |= is.into() < was.into();
    }

    fn higher(&mut self, was: impl Into<i128>, is: impl Into<i128>) {
        self.0 |= is.into() > was.into();
    }

    /// Nobody can say who gains by a change.
    fn other<T: PartialEq>(&mut self, was: T, is: T) {
        self.0 |= was != is;
    }

    fn lower_rate(&mut self, was: Rate, is: Rate) {
        self.lower(was.ppm(), is.ppm());
    }

    fn higher_rate(&mut self, was: Rate, is: Rate) {
        self.higher(was.ppm(), is.ppm());
    }

    fn lower_money(&mut self, was: Money, is: Money) {
        self.lower(was.minor(), is.minor());
    }

    fn higher_money(&mut self, was: Money, is: Money) {
        self.higher(was.minor(), is.minor());
    }

    /// Rates by their place; one that is gone is lower.
    fn lower_rates(&mut self, was: &[Rate], is: &[Rate]) {
        for (place, was) in was.iter().enumerate() {
            match is.get(place) {
                Some(is) => self.lower_rate(*was, *is),
                None => self.0 = true,
            }
        }
    }
}

/// AMEND-4: whether anything in it is worse for members.
fn takes_from_members(old: &Plan, new: &Plan) -> bool {
    let mut worse = Worse::default();
    worse.lower(old.programme.notice_days, new.programme.notice_days);
    worse_money(old, new, &mut worse);
    worse_network(old, new, &mut worse);
    worse_grants(old, new, &mut worse);
    worse_shop(old, new, &mut worse);
    worse.0
}

fn worse_split(was: &Split, is: &Split, worse: &mut Worse) {
    worse.lower_rate(was.pool, is.pool);
    worse.lower_rate(was.commission, is.commission);
    for (was, is) in was.funds.iter().zip(&is.funds) {
        worse.lower_rate(was.share, is.share);
    }
}

fn worse_money(old: &Plan, new: &Plan, worse: &mut Worse) {
    worse_split(&old.split, &new.split, worse);
    worse.higher(old.settlement.after_sale_days, new.settlement.after_sale_days);
    if let (Some(was), Some(is)) = (old.pool, new.pool) {
        worse.lower_rate(was.mint_ratio, is.mint_ratio);
        worse.higher_rate(was.retention, is.retention);
        worse.other(was.sale_price, is.sale_price);
        let most = |share: Option<Rate>| share.map_or(u32::MAX, Rate::ppm);
        worse.lower(most(was.max_contribution), most(is.max_contribution));
        match (was.exit, is.exit) {
            (None, Some(_)) => worse.0 = true,
            (Some(was), Some(is)) => {
                worse.lower(was.multiple, is.multiple);
                worse.other(was.counts, is.counts);
                worse.higher(was.clamp, is.clamp);
            }
            (_, None) => {}
        }
    }
    let required = |plan: &Plan| plan.refund.reserve_required.map_or(-1, Money::minor);
    worse.higher(required(old), required(new));
    worse.higher(old.refund.set_off_sales, new.refund.set_off_sales);
    let (was, is) = (old.wallet, new.wallet);
    worse.higher_rate(was.withdrawal_fee, is.withdrawal_fee);
    worse.higher_money(was.withdrawal_minimum, is.withdrawal_minimum);
    let limit = |limit: Option<Money>| limit.map_or(i64::MAX, Money::minor);
    worse.lower(limit(was.withdrawal_daily_limit), limit(is.withdrawal_daily_limit));
    worse.higher(was.withdrawal_cool_down_hours, is.withdrawal_cool_down_hours);
    worse.higher_rate(was.reconsume_share, is.reconsume_share);
    worse.higher(was.net_receivables, is.net_receivables);
}

fn worse_network(old: &Plan, new: &Plan, worse: &mut Worse) {
    if let (Some(was), Some(is)) = (&old.commission, &new.commission) {
        worse.lower_rate(was.cap, is.cap);
        worse.other(was.qualified == Qualified::Active, is.qualified == Qualified::Active);
        worse.lower_rate(was.direct, is.direct);
        worse.lower_rate(was.indirect, is.indirect);
        worse.lower(was.differential, is.differential);
        if let Some(was) = &was.peer {
            worse.0 |= is.peer.as_ref().is_none_or(|is| is.base != was.base);
            worse.lower_rates(&was.rates, is.peer.as_ref().map_or(&[], |is| &is.rates));
        }
        if let Some(was) = was.regional {
            match is.regional {
                None => worse.0 = true,
                Some(is) => {
                    let rates = |plan: crate::plan::RegionalPlan| [plan.district, plan.city, plan.province];
                    worse.lower_rates(&rates(was), &rates(is));
                    worse.other(was.mode, is.mode);
                }
            }
        }
        if let (Some(was), Some(is)) = (was.dividend, is.dividend) {
            worse.lower_rate(was.rate, is.rate);
            worse.other(was.period, is.period);
        }
    }
    for was in &old.ranks {
        let Some(is) = new.ranks.iter().find(|is| is.id == was.id) else {
            worse.0 = true;
            continue;
        };
        worse.higher_money(was.volume, is.volume);
        worse.lower_rate(was.rate, is.rate);
        worse.lower_rate(was.tip_rate, is.tip_rate);
        let count = |legs: Option<crate::plan::LegsPlan>| legs.map_or(0, |legs| legs.count);
        worse.higher(count(was.legs), count(is.legs));
        let asked = |plan: &Plan, legs: Option<crate::plan::LegsPlan>| {
            legs.map(|legs| plan.ranks[legs.rank].id.clone())
        };
        worse.other(asked(old, was.legs), asked(new, is.legs));
    }
    worse_classes(old, new, worse);
    worse.other(old.ranking.volume, new.ranking.volume);
    worse.lower(old.ranking.include_self, new.ranking.include_self);
    worse.higher(old.ranking.demotion, new.ranking.demotion);
}

/// COMM-10: a class that comes or goes with rates, and one that earns less of anything than before.
fn worse_classes(old: &Plan, new: &Plan, worse: &mut Worse) {
    let (Some(was), Some(is)) = (&old.commission, &new.commission) else { return };
    let ids = |plan: &Plan, of: &crate::plan::CommissionPlan| {
        of.by_class.iter().map(|own| plan.classes[usize::from(own.class)].id.clone()).collect::<BTreeSet<_>>()
    };
    worse.0 |= ids(old, was) != ids(new, is);
    for one in &was.by_class {
        let id = &old.classes[usize::from(one.class)].id;
        let Some(two) = is.by_class.iter().find(|own| new.classes[usize::from(own.class)].id == *id) else {
            continue;
        };
        worse.lower_rate(one.direct.unwrap_or(was.direct), two.direct.unwrap_or(is.direct));
        worse.lower_rate(one.indirect.unwrap_or(was.indirect), two.indirect.unwrap_or(is.indirect));
        let regional = |own: &crate::plan::ClassRates, plan: &crate::plan::CommissionPlan| match plan.regional
        {
            None => [Rate::ZERO; 3],
            Some(general) => [
                own.district.unwrap_or(general.district),
                own.city.unwrap_or(general.city),
                own.province.unwrap_or(general.province),
            ],
        };
        for (was, is) in regional(one, was).into_iter().zip(regional(two, is)) {
            worse.lower_rate(was, is);
        }
        if !was.differential || !is.differential {
            continue;
        }
        for (place, rank) in old.ranks.iter().enumerate() {
            let Some(there) = new.ranks.iter().position(|new| new.id == rank.id) else { continue };
            let before = one.ranks.as_ref().map_or(rank.rate, |rates| rates[place]);
            let after = two.ranks.as_ref().map_or(new.ranks[there].rate, |rates| rates[there]);
            worse.lower_rate(before, after);
        }
    }
}

fn worse_grants(old: &Plan, new: &Plan, worse: &mut Worse) {
    if let (Some(was), Some(is)) = (&old.release, &new.release) {
        worse.lower_rate(was.grant_ratio, is.grant_ratio);
        worse.lower_rate(was.rate, is.rate);
        worse.other(was.base, is.base);
        worse.higher_rate(was.reconsume_share, is.reconsume_share);
        worse.lower_rate(was.boost, is.boost);
        worse.higher(was.tasks_required, is.tasks_required);
        worse.lower_rate(was.direct, is.direct);
        worse.lower_rate(was.indirect, is.indirect);
        for (zone, multiple) in &was.zones {
            let found = is.zones.iter().find(|(other, _)| other == zone);
            worse.0 |= found.is_none_or(|(_, is)| is < multiple);
        }
        for (place, was) in was.tiers.iter().enumerate() {
            worse.0 |= is.tiers.get(place).is_none_or(|is| is.rate < was.rate || is.from > was.from);
        }
    }
    if let (Some(was), Some(is)) = (&old.value, &new.value) {
        worse.lower_rate(was.grant_ratio, is.grant_ratio);
        worse.lower_rate(was.rate, is.rate);
        worse.lower_rates(&was.referral, &is.referral);
    }
    if let (Some(was), Some(is)) = (&old.emission, &new.emission) {
        for (year, was) in was.years.iter().enumerate() {
            worse.0 |= is.years.get(year).is_none_or(|is| is < was);
        }
        worse.other(was.tail, is.tail);
        worse.0 |= is.cap < was.cap;
        worse.other(was.first_price, is.first_price);
        worse.lower_rate(was.members, is.members);
        for (rank, was) in &was.ranks {
            let id = &old.ranks[*rank].id;
            let found = is.ranks.iter().find(|(rank, _)| new.ranks[*rank].id == *id);
            worse.0 |= found.is_none_or(|(_, is)| is < was);
        }
    }
    if let (Some(was), Some(is)) = (&old.loyalty, &new.loyalty) {
        worse_earn(was.earn, is.earn, worse);
        worse.other(was.worth, is.worth);
        worse.higher_money(was.minimum, is.minimum);
        let limit = |limit: Option<u32>| limit.map_or(u64::MAX, u64::from);
        worse.lower(limit(was.monthly_limit), limit(is.monthly_limit));
        worse.lower(was.valid_days, is.valid_days);
        worse.higher(was.set_off, is.set_off);
        worse.lower(limit(was.tier_days), limit(is.tier_days));
        worse.lower(was.keep_days, is.keep_days);
        for (place, was_tier) in was.tiers.iter().enumerate() {
            let Some(is_tier) = is.tiers.get(place) else {
                worse.0 = true;
                continue;
            };
            worse.0 |= was.tier_basis != is.tier_basis || is_tier.from > was_tier.from;
            worse_earn(was_tier.earn, is_tier.earn, worse);
        }
        // That a class has a rate of its own, or no more, may be better or worse.
        let own = |plan: &Plan, loyalty: &LoyaltyPlan| -> Vec<(String, Earn)> {
            let classes = loyalty.classes.iter();
            classes.map(|own| (plan.classes[usize::from(own.class)].id.clone(), own.earn)).collect()
        };
        let (had, has) = (own(old, was), own(new, is));
        worse.0 |= has.iter().any(|(class, _)| had.iter().all(|(other, _)| other != class));
        for (class, was) in &had {
            match has.iter().find(|(other, _)| other == class) {
                Some((_, is)) => worse_earn(*was, *is, worse),
                None => worse.0 = true,
            }
        }
    }
    if let (Some(was), Some(is)) = (old.equity, new.equity) {
        worse.higher(was.lock_days, is.lock_days);
        worse.higher(was.vest_days, is.vest_days);
    }
    if let (Some(was), Some(is)) = (old.claims, new.claims) {
        worse.lower_rate(was.share, is.share);
        worse.higher(was.stages, is.stages);
        worse.higher(was.stage_days, is.stage_days);
    }
}

fn worse_earn(was: Earn, is: Earn, worse: &mut Worse) {
    match (was, is) {
        (Earn::Rate(was), Earn::Rate(is)) => worse.lower_rate(was, is),
        (Earn::Steps { per_full: was, points: gave }, Earn::Steps { per_full: is, points: gives }) => {
            worse.higher_money(was, is);
            worse.lower(gave, gives);
        }
        (Earn::Rate(_), Earn::Steps { .. }) | (Earn::Steps { .. }, Earn::Rate(_)) => worse.0 = true,
    }
}

fn worse_shop(old: &Plan, new: &Plan, worse: &mut Worse) {
    if let (Some(was), Some(is)) = (old.merchant, new.merchant) {
        worse.higher_money(was.activation_pack, is.activation_pack);
        worse.lower_rate(was.merchant_share, is.merchant_share);
    }
    if let (Some(was), Some(is)) = (old.catalogue, new.catalogue) {
        worse.lower(was.hold_minutes, is.hold_minutes);
    }
    match (&old.freight, &new.freight) {
        (None, Some(_)) => worse.0 = true,
        (Some(was), Some(is)) => {
            worse.higher_money(was.base, is.base);
            let above = |above: Option<Money>| above.map_or(i64::MAX, Money::minor);
            worse.higher(above(was.free_above), above(is.free_above));
            for (region, was) in &was.regions {
                let found = is.regions.iter().find(|(other, _)| other == region);
                worse.0 |= found.is_some_and(|(_, is)| is > was);
            }
        }
        (_, None) => {}
    }
    for was in &old.coupons {
        let Some(is) = new.coupons.iter().find(|is| is.id == was.id) else {
            worse.0 = true;
            continue;
        };
        match (was.off, is.off) {
            (Discount::Fixed(was), Discount::Fixed(is)) => worse.lower_money(was, is),
            (Discount::Rate(was), Discount::Rate(is)) => worse.lower_rate(was, is),
            (Discount::Fixed(_), Discount::Rate(_)) | (Discount::Rate(_), Discount::Fixed(_)) => {
                worse.0 = true
            }
        }
        worse.higher_money(was.minimum, is.minimum);
        worse.other(&was.product, &is.product);
        worse.other(&was.merchant, &is.merchant);
        worse.lower(was.valid_days, is.valid_days);
        worse.lower(was.stackable, is.stackable);
    }
    for was in &old.sources {
        let Some(is) = new.sources.iter().find(|is| is.id == was.id) else {
            worse.0 = true;
            continue;
        };
        match (&was.split, &is.split) {
            (Some(was), Some(is)) => worse_split(was, is, worse),
            (None, None) => {}
            (Some(_), None) | (None, Some(_)) => worse.0 = true,
        }
        worse.higher(was.excludes.commission, is.excludes.commission);
        worse.higher(was.excludes.release, is.excludes.release);
        worse.higher(was.excludes.value, is.excludes.value);
        worse.higher(was.excludes.loyalty, is.excludes.loyalty);
    }
    for was in &old.tasks {
        if let Some(is) = new.tasks.iter().find(|is| is.id == was.id) {
            worse.lower(was.daily_limit, is.daily_limit);
            worse.higher(was.once, is.once);
        }
    }
    if let (Some(was), Some(is)) = (old.market, new.market) {
        worse.higher_rate(was.fee, is.fee);
        worse.other(was.band, is.band);
        worse.lower(was.offers_per_member, is.offers_per_member);
    }
}
