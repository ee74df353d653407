//! What each close of a day did for a member: static and accelerated release, value units, emission points, each with the numbers that
//! made it (REL-2 to REL-4, EMIT-1a, EMIT-3); and its rank with what the next one asks (RANK-1).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use utoipa::ToSchema;

use ratchet_engine::amount::{Currency, Money, Points};
use ratchet_engine::engine::Engine;
use ratchet_engine::event::{Event, ReleasePass};
use ratchet_engine::id::MemberNo;
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::time::{Day, Timestamp};
use ratchet_store::{CloseRow, MemberRow, MembersQuery, StoreError};

use super::prelude::*;
use crate::programme::Programme;

/// Most days that are listed.
const DAYS_MAX: usize = 31;
/// Movements of each account that are looked through for them.
const MOVEMENTS: usize = 100;
/// Most entries of one close that are looked at; what needs more says nothing of its parts.
const ENTRIES_MAX: u64 = 50;
/// Most referrals that are named.
const REFERRALS_MAX: usize = 100;

/// What the close of a day did for a member.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MemberDay {
    /// The local day, `2026-03-01`.
    day: String,
    /// The newest entry of it that concerns the member.
    seq: u64,
    /// Green points released by its own task (REL-2).
    released: Units,
    /// The money that made.
    paid: Amount,
    /// Green points released because referrals did theirs (REL-3).
    accelerated: Units,
    /// The money that made.
    accelerated_paid: Amount,
    /// Value units released (EMIT-1a).
    value_units: Units,
    /// Emission points issued for them (EMIT-3).
    emission: Units,
}

/// A day with the numbers that made it.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberDayDetail {
    /// What it did.
    did: MemberDay,
    /// What the plan releases for a direct referral's static release, as a part of it; absent without acceleration.
    #[serde(skip_serializing_if = "Option::is_none")]
    direct: Option<Share>,
    /// The same for a referral's referral.
    #[serde(skip_serializing_if = "Option::is_none")]
    indirect: Option<Share>,
    /// By whom the acceleration was due; it is released as far as one's own lots and the fund reach. At most 100.
    accelerated_by: Vec<Accelerating>,
    /// How the emission points came about; absent on a day without them, and where the close took more entries than are looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    emission: Option<DayEmission>,
}

/// A referral whose release released something for its referrer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accelerating {
    /// How others see the person; absent once it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// 1 is a direct referral, 2 a referral's.
    generation: u32,
    /// What it released itself that day.
    released: Units,
    /// The part of it that was due to the referrer.
    due: Units,
}

/// The formula of a day's emission, filled in (EMIT-3): `floor(pot · own ÷ all)`.
#[derive(Serialize, ToSchema)]
pub(crate) struct DayEmission {
    /// Issued that day in all.
    amount: Units,
    /// The members' share of it.
    members: Share,
    /// What that comes to.
    pot: Units,
    /// Value units that the member released that day.
    own: Units,
    /// Value units that all members released that day.
    all: Units,
    /// The member's emission points.
    got: Units,
    /// The guide price after it.
    guide: GuidePrice,
}

/// An index that nobody guarantees (EMIT-4).
#[derive(Serialize, ToSchema)]
pub(crate) struct GuidePrice {
    /// All value units ever released.
    released: Units,
    /// All emission points ever issued.
    issued: Units,
    /// The first by the second, rounded down: yuan for one point; absent while one of them is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Units>,
    /// What counts until then.
    first_price: Amount,
}

/// A member's value units and emission points.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberEmission {
    /// Value units not released yet.
    value_units: Units,
    /// Free emission points, shares of ranks included.
    emission: Units,
    /// The guide price of the last close.
    guide: GuidePrice,
    /// Part of its original that a lot of value units releases on a done day.
    rate: Share,
    /// The members' share of a day's emission.
    members: Share,
    /// Ever issued.
    issued: Units,
    /// Not issued so far.
    reserve: Units,
    /// Most that is ever issued.
    cap: Units,
}

/// A member's rank.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberRank {
    /// What it has; absent without.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<RankView>,
    /// The next one; absent in the highest.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<RankView>,
    /// What the team's volume lacks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    lacking: Option<Amount>,
    /// Team volume as counted at the last close of a day with a settlement.
    team_volume: Amount,
    /// Its own purchases, which the plan counts or not.
    own_volume: Amount,
    /// Whether they count in the team's volume.
    own_counts: bool,
    /// Legs: direct referrals, each with all below it. At most 100.
    legs: Vec<Leg>,
}

/// A rank of the plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct RankView {
    /// What it is called.
    name: Text,
    /// The team volume that it asks.
    volume: Amount,
    /// Its rate of what the team buys.
    rate: Share,
    /// How many legs have to contain a rank; absent where none is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    legs: Option<u32>,
    /// Which rank.
    #[serde(skip_serializing_if = "Option::is_none")]
    leg_rank: Option<Text>,
}

/// A direct referral with all below it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Leg {
    /// How others see the person at its head; absent once it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The head's rank; absent without.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<Text>,
    /// Its volume as counted at the last close; absent where the plan counts legs in another way.
    #[serde(skip_serializing_if = "Option::is_none")]
    volume: Option<Amount>,
}

/// What the close of a day did for everybody.
#[derive(Serialize, ToSchema)]
pub(crate) struct CloseView {
    /// The local day that it closed.
    day: String,
    /// Its last entry.
    seq: u64,
    /// Members whose task released green points.
    members: u64,
    /// Green points released by tasks.
    released: Units,
    /// The money that made.
    paid: Amount,
    /// Released because referrals did theirs.
    accelerated: Units,
    /// The money that made.
    accelerated_paid: Amount,
    /// Money due that the fund did not hold.
    shortfall: Amount,
    /// Value units released: what members share by.
    value_units: Units,
    /// Emission points of the day.
    amount: Units,
    /// Of it, to members.
    to_members: Units,
    /// To the platform.
    to_platform: Units,
    /// To ranks.
    to_ranks: Units,
    /// To nobody.
    unissued: Units,
    /// Members whose rank became another.
    rank_changes: u64,
    /// The guide price after it; absent in a plan without emission.
    #[serde(skip_serializing_if = "Option::is_none")]
    guide: Option<GuidePrice>,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(days))
        .routes(routes!(day))
        .routes(routes!(emission))
        .routes(routes!(rank))
        .routes(routes!(closes_of_days))
}

/// What one entry of a close did for a member.
#[derive(Clone, Copy, Default)]
struct Did {
    seq: u64,
    released: Points,
    paid: Money,
    accelerated: Points,
    accelerated_paid: Money,
    value: Points,
    emission: Points,
}

impl Did {
    fn see(&mut self, event: &Event, member: MemberNo) {
        let mut add = |to: fn(&mut Did) -> &mut Points, points: Points| {
            let sum = to(self);
            *sum = Points::from_units(sum.units() + points.units());
        };
        match event {
            Event::PointsReleased { pass, members, .. } => {
                let Some(own) = members.iter().find(|own| own.member == member) else { return };
                let is_static = *pass == ReleasePass::Static;
                add(
                    if is_static { |did| &mut did.released } else { |did| &mut did.accelerated },
                    own.released,
                );
                let paid = if is_static { &mut self.paid } else { &mut self.accelerated_paid };
                *paid = paid.checked_add(own.money).unwrap_or(*paid);
            }
            Event::ValueReleased { members, .. } => {
                let own = members.iter().find(|own| own.member == member);
                own.into_iter().for_each(|own| add(|did| &mut did.value, own.released));
            }
            Event::EmissionDistributed { members } => {
                let own = members.iter().find(|(own, _)| *own == member);
                own.into_iter().for_each(|(_, points)| add(|did| &mut did.emission, *points));
            }
            _ => {}
        }
    }

    fn view(&self, day: Day, currency: &Currency) -> MemberDay {
        MemberDay {
            day: day.to_string(),
            seq: self.seq,
            released: self.released.into(),
            paid: Amount::of(self.paid, currency),
            accelerated: self.accelerated.into(),
            accelerated_paid: Amount::of(self.accelerated_paid, currency),
            value_units: self.value.into(),
            emission: self.emission.into(),
        }
    }
}

/// The local day that a close at this time closed.
pub(super) fn closed_day(engine: &Engine, at: Timestamp) -> Day {
    let before = Timestamp::from_us(at.us() - 1).unwrap_or(at);
    engine.plan().programme.calendar.day_of(before)
}

/// A member's number, in a plan with tasks.
async fn number(handle: &Programme, member: &str, min_seq: Option<u64>) -> Result<MemberNo, Problem> {
    let member = member.to_owned();
    let read = handle.read(at_least(min_seq), move |engine| {
        let plan = engine.plan();
        let has = plan.release.is_some() || plan.value.is_some();
        engine.member(&member).filter(|_| has).map(|view| view.no)
    });
    read.await?.ok_or_else(|| Problem::new(ServerFault::NoDailyTask {}))
}

/// The newest days on which closes did something for a member, with the entries of each.
async fn closes(
    handle: &Programme,
    member: MemberNo,
) -> Result<BTreeMap<Day, (Did, BTreeSet<u64>)>, Problem> {
    let mut seqs = BTreeSet::new();
    for kind in [AccountKind::MemberRelease, AccountKind::MemberValue, AccountKind::MemberEmission] {
        let moved = handle.movements(Account::member(kind, member), None, MOVEMENTS).await?;
        seqs.extend(moved.into_iter().map(|moved| moved.seq));
    }
    let mut days: BTreeMap<Day, (Did, BTreeSet<u64>)> = BTreeMap::new();
    for seq in seqs.into_iter().rev() {
        let Some((at, events)) = handle.events(seq).await? else { continue };
        let mut of_entry = Did::default();
        events.iter().for_each(|event| of_entry.see(event, member));
        // Grants and refunds move the same accounts and are no close.
        let closed = [of_entry.released, of_entry.accelerated, of_entry.value, of_entry.emission];
        if closed.iter().all(|points| points.is_zero()) {
            continue;
        }
        let day = handle.read(None, move |engine| closed_day(engine, at)).await?;
        if days.len() == DAYS_MAX && !days.contains_key(&day) {
            break;
        }
        let (did, entries) = days.entry(day).or_default();
        events.iter().for_each(|event| did.see(event, member));
        did.seq = did.seq.max(seq);
        entries.insert(seq);
    }
    Ok(days)
}

/// The events of the whole close that these entries are part of; `None` where there are too many.
async fn whole_close(handle: &Programme, entries: &BTreeSet<u64>) -> Result<Option<Vec<Event>>, Problem> {
    let Some(first) = entries.first().copied() else { return Ok(None) };
    let Some((closed_at, mut all)) = handle.events(first).await? else { return Ok(None) };
    let mut taken = 1;
    for forwards in [false, true] {
        let mut seq = first;
        while let Some(next) = if forwards { seq.checked_add(1) } else { seq.checked_sub(1) } {
            let Some((_, events)) = handle.events(next).await?.filter(|(at, _)| *at == closed_at) else {
                break;
            };
            if taken == ENTRIES_MAX {
                return Ok(None);
            }
            (seq, taken) = (next, taken + 1);
            all.extend(events);
        }
    }
    Ok(Some(all))
}

/// The newest days on which a close did something for oneself, newest first; at most 31. What happened before stands in the movements of the
/// accounts. A plan without tasks answers `no_daily_task`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/days",
    tag = "days",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = List<MemberDay>)),
)]
async fn days(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<List<MemberDay>>, Problem> {
    let handle = app.programme(&programme)?;
    let member = number(&handle, who.member()?, query.min_seq).await?;
    let currency = app.currency(&handle).await?;
    let days = closes(&handle, member).await?;
    let items = days.into_iter().rev().map(|(day, (did, _))| did.view(day, &currency));
    Ok(Json(List { items: items.collect() }))
}

/// One of the newest days, with the numbers that made it. By the plan of now; a day of which nothing is listed answers `no_such_day`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/days/{day}",
    tag = "days",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = MemberDayDetail)),
)]
async fn day(
    State(app): State<App>,
    who: Who,
    Path((programme, day)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<MemberDayDetail>, Problem> {
    let handle = app.programme(&programme)?;
    let member = number(&handle, who.member()?, query.min_seq).await?;
    let wanted = Day::parse(&day).ok_or_else(|| Problem::new(ServerFault::NoSuchDay {}))?;
    let mut days = closes(&handle, member).await?;
    let (did, entries) = days.remove(&wanted).ok_or_else(|| Problem::new(ServerFault::NoSuchDay {}))?;
    let currency = app.currency(&handle).await?;
    let close = whole_close(&handle, &entries).await?;
    let below = below(&handle, who.member()?).await?;
    let (of, numbers) = (close.unwrap_or_default(), below);
    let found = handle.read(None, move |engine| {
        let accelerating = accelerating(engine, &of, &numbers);
        let plan = engine.plan().release.as_ref();
        let share = |rate: ratchet_engine::amount::Rate| (rate.ppm() > 0).then(|| Share::from(rate));
        let direct = plan.and_then(|plan| share(plan.direct));
        let indirect = plan.and_then(|plan| share(plan.indirect));
        (accelerating, direct, indirect, day_emission(engine, &of, &did))
    });
    let (accelerating, direct, indirect, emission) = found.await?;
    let names = names(&app, accelerating.iter().map(|(row, ..)| row)).await?;
    let by = accelerating.into_iter().map(|(row, generation, released, due)| Accelerating {
        name: row.person.and_then(|person| names.get(&person).cloned()),
        generation,
        released: released.into(),
        due: due.into(),
    });
    Ok(Json(MemberDayDetail {
        did: did.view(wanted, &currency),
        direct,
        indirect,
        accelerated_by: by.collect(),
        emission,
    }))
}

/// Referrals and theirs, with the generation of each.
async fn below(handle: &Programme, member: &str) -> Result<Vec<(MemberRow, u32)>, Problem> {
    let of = |referrer: String| MembersQuery {
        referrer: Some(referrer),
        limit: REFERRALS_MAX,
        ..MembersQuery::default()
    };
    let direct = of(member.to_owned());
    let rows = fresh(handle, None).await?;
    Ok(handle
        .rows(rows, move |rows| {
            let mut all = Vec::new();
            for row in rows.members(&direct)? {
                let below = of(row.id.clone());
                all.push((row, 1));
                if all.len() < REFERRALS_MAX {
                    all.extend(rows.members(&below)?.into_iter().map(|row| (row, 2)));
                }
            }
            Ok(all)
        })
        .await?)
}

/// Who of them released something statically in a close, and what of it was due above (REL-3).
fn accelerating(
    engine: &Engine,
    close: &[Event],
    below: &[(MemberRow, u32)],
) -> Vec<(MemberRow, u32, Points, Points)> {
    let mut released: HashMap<u64, Points> = HashMap::new();
    for event in close {
        if let Event::PointsReleased { pass: ReleasePass::Static, members, .. } = event {
            released.extend(members.iter().map(|one| (u64::from(one.member.0), one.released)));
        }
    }
    let found = below.iter().filter_map(|(row, generation)| {
        let released = *released.get(&row.no)?;
        let [direct, indirect] = engine.accelerations_of(released);
        let due = if *generation == 1 { direct } else { indirect };
        (!due.is_zero()).then(|| (row.clone(), *generation, released, due))
    });
    found.take(REFERRALS_MAX).collect()
}

/// The formula of a close's emission for one member.
fn day_emission(engine: &Engine, close: &[Event], did: &Did) -> Option<DayEmission> {
    let plan = engine.plan().emission.as_ref()?;
    let (mut amount, mut all, mut guide) = (None, 0, None);
    for event in close {
        match event {
            Event::DailyEmissionIssued { amount: of_day, .. } => amount = Some(*of_day),
            Event::ValueReleased { members, .. } => {
                all += members.iter().map(|one| one.released.units()).sum::<u128>();
            }
            Event::DayClosed { guide_price } => guide = *guide_price,
            _ => {}
        }
    }
    let amount = amount.filter(|_| !did.value.is_zero())?;
    let (released, issued) = guide.unwrap_or((Points::ZERO, Points::ZERO));
    Some(DayEmission {
        amount: amount.into(),
        members: plan.members.into(),
        pot: engine.emission_for_members(amount).into(),
        own: did.value.into(),
        all: Points::from_units(all).into(),
        got: did.emission.into(),
        guide: guide_price(engine, released, issued)?,
    })
}

fn guide_price(engine: &Engine, released: Points, issued: Points) -> Option<GuidePrice> {
    let plan = engine.plan();
    let first = plan.emission.as_ref()?.first_price;
    Some(GuidePrice {
        released: released.into(),
        issued: issued.into(),
        price: engine.guide_price(released, issued).map(Units::from),
        first_price: Amount::of(first, &plan.programme.currency),
    })
}

/// Names of people as others see them.
async fn names(
    app: &App,
    rows: impl Iterator<Item = &MemberRow>,
) -> Result<HashMap<String, String>, Problem> {
    let people: BTreeSet<String> = rows.filter_map(|row| row.person.clone()).collect();
    app.people(move |tables| {
        tables.look(|tables| {
            let name = |person: String| Ok(tables.person(&person)?.map(|data| (person, data.name)));
            let named: Result<Vec<_>, StoreError> = people.into_iter().map(name).collect();
            Ok(named?.into_iter().flatten().collect())
        })
    })
    .await
}

/// One's own value units and emission points, and the guide price, which is an index that nobody guarantees. A plan without them answers
/// `plan_has_no`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/emission",
    tag = "days",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = MemberEmission)),
)]
async fn emission(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<MemberEmission>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let read = handle.read(at_least(query.min_seq), move |engine| {
        let (plan, stands) = (engine.plan(), engine.emission());
        let (value, emission) = (plan.value.as_ref()?, plan.emission.as_ref()?);
        let view = engine.member(&member)?;
        Some(MemberEmission {
            value_units: view.value_units.into(),
            emission: view.emission_points.into(),
            guide: guide_price(engine, stands.guide_released, stands.guide_issued)?,
            rate: value.rate.into(),
            members: emission.members.into(),
            issued: stands.issued.into(),
            reserve: stands.reserve.into(),
            cap: emission.cap.into(),
        })
    });
    read.await?.map(Json).ok_or_else(|| Problem::new(ServerFault::PlanHasNo { what: "emission" }))
}

/// One's own rank, what it was counted from, and what the next one asks. A plan without ranks answers `plan_has_no`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/rank",
    tag = "days",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = MemberRank)),
)]
async fn rank(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<MemberRank>, Problem> {
    rank_of(&app, &app.programme(&programme)?, who.member()?.to_owned(), query.min_seq).await.map(Json)
}

/// A member's rank with its evidence.
pub(super) async fn rank_of(
    app: &App,
    handle: &Programme,
    member: String,
    min_seq: Option<u64>,
) -> Result<MemberRank, Problem> {
    let heads: Vec<MemberRow> = below(handle, &member)
        .await?
        .into_iter()
        .filter_map(|(row, generation)| (generation == 1).then_some(row))
        .collect();
    let names = names(app, heads.iter()).await?;
    let read = handle.read(at_least(min_seq), move |engine| {
        let (plan, view) = (engine.plan(), engine.member(&member)?);
        let currency = plan.programme.currency;
        let amount = |money: Money| Amount::of(money, &currency);
        let rank_view = |place: usize| rank_view(engine, place);
        if plan.ranks.is_empty() {
            return None;
        }
        let next = view.rank.map_or(0, |rank| rank + 1);
        let legs = heads.into_iter().filter_map(|row| {
            let head = engine.member(&row.id)?;
            Some(Leg {
                name: row.person.and_then(|person| names.get(&person).cloned()),
                rank: head.rank.and_then(|place| Some(Text::from(&plan.ranks.get(place)?.name))),
                volume: engine.leg_volume(&row.id).map(amount),
            })
        });
        Some(MemberRank {
            rank: view.rank.and_then(rank_view),
            lacking: plan.ranks.get(next).map(|rank| amount(rank.volume.saturating_sub(view.team_volume))),
            next: rank_view(next),
            team_volume: amount(view.team_volume),
            own_volume: amount(view.own_volume),
            own_counts: plan.ranking.include_self,
            legs: legs.collect(),
        })
    });
    read.await?.ok_or_else(|| Problem::new(ServerFault::PlanHasNo { what: "rank" }))
}

/// What a rank of the plan asks, by its place.
pub(super) fn rank_view(engine: &Engine, place: usize) -> Option<RankView> {
    let plan = engine.plan();
    let rank = plan.ranks.get(place)?;
    Some(RankView {
        name: Text::from(&rank.name),
        volume: Amount::of(rank.volume, &plan.programme.currency),
        rate: rank.rate.into(),
        legs: rank.legs.map(|legs| legs.count),
        leg_rank: rank.legs.and_then(|legs| Some(Text::from(&plan.ranks.get(legs.rank)?.name))),
    })
}

/// Closes of days with what they did for everybody, newest first: releases, the day's emission and how it was shared out, ranks.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/closes",
    tag = "days",
    extensions(("x-permission" = json!("journal.read"))),
    params(PageQuery),
    responses((status = 200, description = "Done.", body = Page<CloseView>)),
)]
async fn closes_of_days(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<CloseView>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let before = before.and_then(|us| Timestamp::from_us(i64::try_from(us).ok()?));
    let handle = app.programme(&programme)?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let rows = handle.rows(min_seq, move |rows| rows.closes(before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.closed.at.us());
    let read = move |engine: &Engine| rows.iter().map(|row| close_view(engine, row)).collect();
    Ok(Json(Page { items: handle.read(None, read).await?, next }))
}

fn close_view(engine: &Engine, row: &CloseRow) -> CloseView {
    let currency = engine.plan().programme.currency;
    let count = |count: u128| u64::try_from(count).unwrap_or(u64::MAX);
    CloseView {
        day: closed_day(engine, row.closed.at).to_string(),
        seq: row.closed.seq,
        members: count(row.members),
        released: row.released.into(),
        paid: Amount::of(row.paid, &currency),
        accelerated: row.accelerated.into(),
        accelerated_paid: Amount::of(row.accelerated_paid, &currency),
        shortfall: Amount::of(row.shortfall, &currency),
        value_units: row.value_units.into(),
        amount: row.amount.into(),
        to_members: row.to_members.into(),
        to_platform: row.to_platform.into(),
        to_ranks: row.to_ranks.into(),
        unissued: row.unissued.into(),
        rank_changes: count(row.rank_changes),
        guide: guide_price(engine, row.guide_released, row.guide_issued),
    }
}
