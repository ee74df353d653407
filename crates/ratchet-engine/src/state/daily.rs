//! The state's part in tasks, staged release, value units and emission: what their events change, and what the
//! commands ask of it.

use crate::amount::{Money, Points};
use crate::emission::{Issue, plus};
use crate::event::{Event, LotStage, PointsRelease, RankShare, ReducedValueLot, ValueRelease, ValueShare};
use crate::id::{Id, LineNo, MemberNo, OrderNo, index};
use crate::keys::KeyKind;
use crate::ledger::Points96;
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
    /// What members released at the present close, in joining order: by it the day's emission is shared (EMIT-3).
    weights: Column<(MemberNo, Points96)>,
    /// The sum of the weights.
    weight: u128,
}

undo_fields!(Values { parts: lots, settled, weights; values: weight; });

/// What an order granted is no longer in the lots of its day. Days need 22 bits.
const SEPARATED: u32 = 1 << 31;

impl Values {
    /// What members released at the present close, in joining order, and the sum of it.
    pub(crate) fn weights(&self) -> (&[(MemberNo, Points96)], u128) {
        (&self.weights, self.weight)
    }

    fn end_day(&mut self) {
        self.weights.clear();
        self.weight = 0;
    }

    /// The day, as long as what the order granted is in the lots of that day.
    pub(crate) fn shares_day(&self, order: OrderNo) -> Option<u32> {
        Some(self.settled_on(order)).filter(|mark| mark & SEPARATED == 0)
    }

    /// The day and whether its lots were left, as one number.
    pub(crate) fn settled_on(&self, order: OrderNo) -> u32 {
        self.settled.get(order.index()).copied().unwrap_or(0)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.lots.bytes()
            + self.settled.len() * size_of::<u32>()
            + self.weights.len() * size_of::<(MemberNo, Points96)>()
    }
}

impl State {
    /// The local day on which what is counted by days counts: the one that began last.
    pub(super) fn today(&self) -> Day {
        self.terms.today.map_or(Day::from_number(0), |today| today.day)
    }

    /// The midnight after it.
    pub(super) fn midnight(&self) -> Timestamp {
        self.terms.today.map_or(Timestamp::MIN, |today| today.ends_at)
    }

    /// The same; `None` at the end of time, which no midnight follows.
    pub(super) fn midnight_to_come(&self) -> Option<Timestamp> {
        Some(self.midnight()).filter(|at| *at > self.now)
    }

    /// Something happened for which the present day needs a close (TIME-2).
    pub(super) fn needs_close(&mut self) {
        self.close_at = self.midnight_to_come();
    }

    /// Whether an event counts on a local day or waits for its end: that day has to have begun.
    #[inline]
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event is of a day")]
    pub(crate) fn is_of_a_day(&self, event: &Event) -> bool {
        match event {
            Event::LineSettled { volume, .. } => volume.is_some() && self.volumes.is_kept(),
            Event::DayClosed { guide_price: guide } => guide.is_some(),
            Event::DaysBegan { .. }
            | Event::ContributionRolled { .. }
            | Event::RedemptionRequested { .. }
            | Event::TaskCounted { .. }
            | Event::TaskCompleted { .. }
            | Event::ReleaseGranted { .. }
            | Event::ValueGranted { .. }
            | Event::DrawOpened { .. }
            | Event::RoundOpened(_)
            | Event::RoundStreamed { .. } => true,
            _ => false,
        }
    }

    /// Whether the local day of now has begun.
    #[inline]
    pub(crate) fn has_begun_day(&self) -> bool {
        self.terms.today.is_some_and(|today| self.now < today.ends_at)
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
        self.emission.set_credited(member, rank);
    }

    pub(super) fn apply_task(&mut self, member: MemberNo) {
        let today = self.today();
        self.tasks.complete(member, self.members.referrer(member), today);
        self.needs_close();
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
        for ValueRelease { member, lots, released } in members {
            let stages = split_off(&mut rest, *lots);
            self.values.lots.take(*member, stages);
            if !released.is_zero() {
                self.values.weights.push((*member, Points96::new(released.units())));
                self.values.weight += released.units();
            }
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

    pub(super) fn apply_daily_emission_issued(
        &mut self,
        platform: Points,
        ranks: &[RankShare],
        unissued: Points,
    ) {
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

    pub(super) fn apply_day_closed(&mut self, guide_price: Option<(Points, Points)>) {
        self.tasks.end_day();
        self.releases.accelerations.clear();
        self.values.end_day();
        self.emission.guide_price = guide_price.unwrap_or_default();
        self.close_at = guide_price.and_then(|_| self.midnight_to_come());
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
