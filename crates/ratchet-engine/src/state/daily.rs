//! The state's part in tasks, staged release, value units and emission: what their events change, and what the
//! commands ask of it.

use crate::amount::{Money, Points, Rate, Rounding, mul_div};
use crate::emission::{Issue, plus};
use crate::event::{LotStage, PointsRelease, RankShare, ReducedValueLot, ValueRelease, ValueShare};
use crate::id::{Id, LineNo, MemberNo, OrderNo, index};
use crate::keys::KeyKind;
use crate::ledger::AccountKind;
use crate::release::ClosedLot;
use crate::staged::{Lots, day_mark};
use crate::state::State;
use crate::time::{Day, Timestamp};
use crate::undo::{Column, undo_fields};

/// Most value units, and most release points, that may be outstanding: 2⁹⁵ units of 10⁻¹², so that every
/// balance and lot fits 96 bits.
pub(crate) const GRANTS_MAX: u128 = 1 << 95;

/// Value units of all members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values {
    pub(crate) lots: Lots,
    /// Local day on which an order settled (EMIT-1b), as [`day_mark`], as far as one granted anything; with [`SEPARATED`].
    settled: Column<u32>,
}

undo_fields!(Values { parts: lots, settled; });

/// What an order granted is no longer in the lots of its day. Days need 22 bits.
const SEPARATED: u32 = 1 << 31;

impl Values {
    /// The day, as long as what the order granted is in the lots of that day.
    pub(crate) fn shares_day(&self, order: OrderNo) -> Option<u32> {
        Some(self.settled_on(order)).filter(|mark| mark & SEPARATED == 0)
    }

    /// The day and whether its lots were left, as one number.
    pub(crate) fn settled_on(&self, order: OrderNo) -> u32 {
        self.settled.get(order.index()).copied().unwrap_or(0)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lots.bytes() + self.settled.len() * size_of::<u32>()
    }
}

impl State {
    /// The local day now.
    pub(crate) fn today(&self) -> Day {
        self.plan.programme.calendar.day_of(self.now)
    }

    /// The local day that ends with the close being done.
    pub(crate) fn closing_day(&self) -> Day {
        let before = Timestamp::from_us(self.now.us() - 1).unwrap_or(Timestamp::MIN);
        self.plan.programme.calendar.day_of(before)
    }

    /// The local midnight that ends the present day; `None` at the end of time.
    pub(crate) fn next_midnight(&self) -> Option<Timestamp> {
        Some(self.plan.programme.calendar.next_midnight(self.now)).filter(|at| *at > self.now)
    }

    /// Something happened for which the present day needs a close (TIME-2).
    pub(crate) fn needs_close(&mut self) {
        self.close_at = self.next_midnight();
    }

    /// A command was applied: with the first one the programme's days begin.
    #[inline]
    pub(crate) fn command_applied(&mut self) {
        if self.first_day.is_none() {
            self.first_day = Some(self.today());
            self.begin_period();
            if self.plan.emission.is_some() {
                self.needs_close();
            }
        }
    }

    /// REL-1: what a line grants on this base, in units: one point for one unit of the currency, times the ratio,
    /// times the award zone.
    pub(crate) fn release_grant(&self, line: LineNo, base: Money) -> u128 {
        let Some(plan) = &self.plan.release else { return 0 };
        if self.excludes_of(self.orders.line(line).order).release {
            return 0;
        }
        let zone = self.orders.detail(line).zone.and_then(|zone| plan.zones.get(usize::from(zone)));
        let multiple = zone.map_or(1, |(_, multiple)| *multiple);
        self.units_of(base, plan.grant_ratio) * u128::from(multiple)
    }

    /// EMIT-1: what a line grants its buyer on this base, in units; the award of a listed product replaces the ratio
    /// (MERCH-4a).
    pub(crate) fn value_grant_of(&self, line: LineNo, base: Money) -> u128 {
        let Some(plan) = &self.plan.value else { return 0 };
        if self.excludes_of(self.orders.line(line).order).value {
            return 0;
        }
        let Some(award) = self.merchant_records.award(line) else {
            return self.units_of(base, plan.grant_ratio);
        };
        // Rounds down; at most the award, as no more is left of the base than was paid.
        let paid = self.orders.line(line).base();
        mul_div(award.units.units(), base.as_u128(), paid.as_u128(), Rounding::Down).unwrap_or(0)
    }

    /// Units of 10⁻¹² for a base at a rate.
    fn units_of(&self, base: Money, rate: Rate) -> u128 {
        let minor_in_units = crate::release::units_per_minor(self.plan.programme.currency);
        // Rounds down; exact for currencies of up to six decimals.
        mul_div(base.as_u128(), minor_in_units * u128::from(rate.ppm()), 1_000_000, Rounding::Down)
            .expect("63 bits times 10^12 fit")
    }

    /// EMIT-3a: a member's shares of ranks that were not credited yet.
    pub(crate) fn emission_accrued(&self, member: MemberNo) -> Points {
        if self.emission.shares().is_empty() {
            return Points::ZERO;
        }
        self.emission.accrued(member, self.rank_of(member))
    }

    /// EMIT-3a: the member has this rank from now on; its shares of the rank before have been credited.
    pub(crate) fn emission_rank_changed(&mut self, member: MemberNo, rank: Option<usize>) {
        if self.plan.emission.is_some() {
            self.emission.set_credited(member, rank);
        }
    }

    /// Whether grants for this much more money stay within [`GRANTS_MAX`], those of open orders included.
    #[inline]
    pub(crate) fn has_room_for_grants(&self, money: Money) -> bool {
        if self.plan.release.is_none() && self.plan.value.is_none() {
            return true;
        }
        let open = self.money(AccountKind::Escrow).add_within_limit(money);
        let fits = |kind, rate: Rate, times: u128| {
            let granted = self.ledger.programme(kind).unsigned_abs();
            granted.saturating_add(self.units_of(open, rate) * times) <= GRANTS_MAX
        };
        let release = self.plan.release.as_ref().is_none_or(|plan| {
            let multiple = plan.zones.iter().map(|(_, multiple)| *multiple).max().unwrap_or(1).max(1);
            fits(AccountKind::ReleaseIssued, plan.grant_ratio, multiple.into())
        });
        let value = self.plan.value.as_ref().is_none_or(|plan| {
            let generations = u128::try_from(plan.referral.len()).expect("few generations");
            fits(AccountKind::ValueIssued, plan.grant_ratio, 1 + generations)
        });
        release && value
    }

    pub(super) fn apply_task(&mut self, member: MemberNo) {
        let today = self.today();
        self.tasks.complete(member, today);
        self.needs_close();
    }

    pub(super) fn apply_task_counted(&mut self, member: MemberNo, task: u16) {
        let (today, once) = (self.today(), self.plan.tasks[usize::from(task)].once);
        self.tasks.add(member, task, once, today);
    }

    pub(super) fn apply_deposit(&mut self, fund: u32, amount: Money, source: &Id) {
        let deposits = self.deposits.entry((fund, source.clone())).or_default();
        *deposits = deposits.add_within_limit(amount);
    }

    pub(super) fn apply_release_granted(&mut self, line: LineNo, member: MemberNo, points: Points) {
        let today = self.today();
        self.releases.lots.open(member, points.units(), today, Some(line));
    }

    pub(super) fn apply_release_cut(
        &mut self,
        line: LineNo,
        [original, remaining, released]: [Points; 3],
        charged: Money,
    ) {
        if self.releases.lots.of_line(line).is_some() {
            self.releases.lots.cut_line(line, original.units(), remaining.units());
        }
        if remaining.is_zero() {
            self.releases.closed.insert(line.0, ClosedLot { released, charged });
        }
    }

    pub(super) fn apply_value_separated(&mut self, order: OrderNo, shares: &[ValueShare]) {
        let day = self.values.settled_on(order);
        for share in shares {
            self.values.lots.separate(share.member, day, order, share);
        }
        self.values.settled[order.index()] |= SEPARATED;
    }

    pub(super) fn apply_value_cut(&mut self, line: LineNo, lots: &[ReducedValueLot]) {
        let order = self.orders.line(line).order;
        for ReducedValueLot { member, original, remaining } in lots {
            self.values.lots.cut_order(*member, order, original.units(), remaining.units());
        }
    }

    pub(super) fn apply_value_released(&mut self, members: &[ValueRelease], lots: &[LotStage]) {
        let mut rest = lots;
        for ValueRelease { member, lots, .. } in members {
            let stages = split_off(&mut rest, *lots);
            self.values.lots.take(*member, stages);
        }
    }

    pub(super) fn apply_points_released(
        &mut self,
        members: &[PointsRelease],
        lots: &[LotStage],
        shortfall: Money,
    ) {
        let mut rest = lots;
        for PointsRelease { member, lots, money, fraction, .. } in members {
            let stages = split_off(&mut rest, *lots);
            self.releases.lots.take(*member, stages);
            self.releases.set_fraction(*member, *fraction);
            self.members.receive(*member, *money);
        }
        self.releases.add_shortfall(shortfall);
    }

    pub(super) fn apply_day_issued(&mut self, platform: Points, ranks: &[RankShare], unissued: Points) {
        self.emission.issue(platform);
        for RankShare { rank, each, members } in ranks {
            self.emission.add_share(*rank, *each);
            self.emission.issue(Points::from_units(each.units() * u128::from(*members)));
        }
        self.emission.reserve = plus(self.emission.reserve, unissued);
    }

    pub(super) fn apply_emission_credited(&mut self, member: MemberNo) {
        let rank = self.rank_of(member);
        self.emission.set_credited(member, rank);
    }

    pub(super) fn apply_day_closed(&mut self, guide: Option<(Points, Points)>) {
        self.tasks.end_day();
        self.emission.guide_price = guide.unwrap_or_default();
        self.close_at = self.plan.emission.as_ref().and_then(|_| self.next_midnight());
    }

    pub(super) fn apply_issue_proposed(&mut self, issue: &Id, by: &Id, member: MemberNo, points: Points) {
        let number = u32::try_from(self.emission.issues.len()).expect("fewer issues than entries");
        self.natural.insert(KeyKind::Issue, self.seed.key(KeyKind::Issue, issue.as_str()), number);
        self.emission.issues.push(Issue { by: by.clone(), member, points, done: false });
    }

    pub(super) fn apply_issue_approved(&mut self, issue: &Id, points: Points) {
        let number = self.natural.get(KeyKind::Issue, self.seed.key(KeyKind::Issue, issue.as_str()));
        let number = number.expect("an issue is proposed before it is carried out");
        self.emission.issues[index(number)].done = true;
        let left = self.emission.reserve.checked_sub(points);
        self.emission.reserve = left.expect("the reserve was looked at before");
        self.emission.issue(points);
    }

    pub(super) fn apply_value_granted(&mut self, line: Option<LineNo>, grants: &[(MemberNo, Points)]) {
        let today = self.today();
        for (member, points) in grants {
            self.values.lots.add_to_day(*member, points.units(), today);
        }
        let Some(line) = line else { return };
        let order = self.orders.line(line).order;
        if self.values.settled.len() <= order.index() {
            self.values.settled.resize(order.index() + 1, 0);
        }
        self.values.settled[order.index()] = day_mark(today);
    }
}

/// The first `count` stages; `rest` keeps those after them.
fn split_off<'a>(rest: &mut &'a [LotStage], count: u32) -> &'a [LotStage] {
    let (stages, later) = rest.split_at(index(count));
    *rest = later;
    stages
}
