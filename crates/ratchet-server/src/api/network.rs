//! The referral network for staff, a branch at a time and as a map of its largest branches, and who has which rank with the evidence
//! (NET-1, RANK-1, RANK-2). Answers are bounded whatever the number of members; counting it takes a copy of who invited whom and is done
//! beside the writer.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use ratchet_engine::amount::Money;
use ratchet_engine::engine::{Engine, Placed};
use ratchet_engine::id::MemberNo;
use ratchet_engine::plan::{Plan, VolumeKind};
use ratchet_engine::time::{Day, Timestamp};
use ratchet_store::{MembersQuery, RankChangeRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::days::{MemberRank, RankView, closed_day, rank_of, rank_view};
use super::members::known_of;
use super::prelude::*;
use crate::programme::Programme;
use crate::request::query_problem;

/// Most members above one that are named: the nearest.
const ABOVE_MAX: usize = 50;
/// Branches of a map that stand by themselves; the others of each parent are one more.
const BRANCHES: usize = 240;
/// Generations of a map if nobody says how many, and at most.
const DEPTH: u32 = 8;
const DEPTH_MAX: u32 = 16;

/// A member in the network.
#[derive(Serialize, ToSchema)]
pub(crate) struct NetworkMember {
    /// Its id.
    id: String,
    /// How others see the person; absent once it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// When it joined.
    joined_at: Time,
    /// Not qualified until resumed (NET-2).
    suspended: bool,
    /// What it is called by its rank; absent without.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<Text>,
    /// Spent so far, less refunds.
    spent: Amount,
    /// Spent so far by everybody below it.
    team_spent: Amount,
    /// Team volume as counted for ranks at the last close of a day with a settlement; absent in a plan without ranks.
    #[serde(skip_serializing_if = "Option::is_none")]
    team_volume: Option<Amount>,
    /// Whom it invited itself.
    referrals: u64,
    /// Everybody below it.
    below: u64,
    /// How many generations that is.
    generations: u64,
}

/// A branch of the network: a member, the way to it, and a page of those whom it invited.
#[derive(Serialize, ToSchema)]
pub(crate) struct NetworkBranch {
    /// All members of the programme.
    members: u64,
    /// Whose branch it is; absent at the top, where those stand whom nobody invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<NetworkMember>,
    /// The way to it from the top, at most the nearest 50.
    above: Vec<NetworkMember>,
    /// How many more stand above those.
    above_more: u64,
    /// Those whom it invited, the largest branches first.
    items: Vec<NetworkMember>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The network as an icicle: its largest branches, each as wide as it has members.
#[derive(Serialize, ToSchema)]
pub(crate) struct NetworkMap {
    /// Members of the whole, which is as wide.
    members: u64,
    /// Whose branch it is; absent for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<NetworkMember>,
    /// Generations below it that are drawn.
    depth: u32,
    /// And how many there are.
    generations: u64,
    /// Parents before what is below them; at most 481.
    branches: Vec<NetworkRect>,
}

/// A branch of a map, or all smaller ones of the same parent together.
#[derive(Serialize, ToSchema)]
pub(crate) struct NetworkRect {
    /// The member at its head; absent where it is several branches.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// How others see the person; absent once it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The place of its parent among the branches; absent right below the root.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<u32>,
    /// 1 is right below the root, or at the top.
    generation: u32,
    /// Members to the left of it.
    from: u64,
    /// Members in it, its head included.
    members: u64,
    /// How many branches it is.
    branches: u64,
    /// Spent so far by all in it.
    spent: Amount,
}

/// Which branch.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BranchQuery {
    /// The member whose branch it is; the top if absent.
    root: Option<String>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Which map.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MapQuery {
    /// The member whose branch it is; everybody if absent.
    root: Option<String>,
    /// Generations; 1 to 16, 8 if absent.
    #[param(minimum = 1, maximum = 16)]
    depth: Option<u32>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// How many have each rank.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ranks {
    /// From the lowest to the highest.
    items: Vec<RankCount>,
    /// Members without rank.
    without: u64,
    /// What is compared with a rank's volume.
    volume: RankVolume,
    /// Whether one's own purchases count in it.
    own_counts: bool,
    /// Only so many last days count; absent where all do.
    #[serde(skip_serializing_if = "Option::is_none")]
    window_days: Option<u32>,
    /// Whether a rank is lost when its conditions no longer hold.
    demotion: bool,
}

/// What is compared with a rank's volume (RANK-1a).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RankVolume {
    /// Everybody below.
    Team,
    /// That less the largest leg.
    SmallLegs,
}

/// A rank and who has it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RankCount {
    /// Its place in the plan, from 0.
    place: u32,
    /// What it asks.
    rank: RankView,
    /// Members who have exactly this one.
    members: u64,
}

/// A member with a rank.
#[derive(Serialize, ToSchema)]
pub(crate) struct RankedMember {
    /// Its id.
    id: String,
    /// How others see the person; absent once it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Team volume as counted at the last close of a day with a settlement.
    team_volume: Amount,
    /// Its own purchases, less what was refunded late.
    own_volume: Amount,
    /// By which change it got the rank, with what counted then.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<RankChangeView>,
}

/// A rank that became another at a close, with what counted (RANK-2).
#[derive(Serialize, ToSchema)]
pub(crate) struct RankChangeView {
    /// The member.
    member: String,
    /// How others see the person; absent once it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The rank before; absent without.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Text>,
    /// And from then on; absent without.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Text>,
    /// Whether that is a higher one.
    up: bool,
    /// Team volume as it was counted.
    team_volume: Amount,
    /// Legs with each rank that some rank asks.
    legs: Vec<RankLegs>,
    /// The local day that the close ended.
    day: String,
    /// By which entry.
    seq: u64,
}

/// Legs that contain a rank.
#[derive(Serialize, ToSchema)]
pub(crate) struct RankLegs {
    /// Which rank; absent where the plan asks other ranks by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<Text>,
    /// How many.
    legs: u32,
}

/// A rank and everything that it is counted from.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberRankEvidence {
    /// As the member sees it.
    rank: MemberRank,
    /// Its changes of ranks, newest first; at most 50.
    changes: Vec<RankChangeView>,
}

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RankedQuery {
    /// Place of the rank in the plan, from 0.
    rank: u32,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// Of the close of this local day, `2026-03-01`; of all days if absent.
    day: Option<String>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
    /// Read at least every entry up to this one.
    min_seq: Option<u64>,
}

/// Binds a member to who invited it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReferrerRequest {
    /// A member that joined before it.
    referrer: String,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(branch))
        .routes(routes!(map))
        .routes(routes!(ranks))
        .routes(routes!(ranked))
        .routes(routes!(rank_changes))
        .routes(routes!(evidence))
        .routes(routes!(bind))
}

/// Stands for nobody.
const NONE: u32 = u32::MAX;

/// A number as a place in a list.
fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Everybody's place, with what is below.
struct Shape {
    /// Who invited whom; [`NONE`] at the top.
    referrer: Vec<u32>,
    /// In minor units, as all sums here.
    spent: Vec<i64>,
    /// Spent by everybody below.
    team: Vec<i64>,
    referrals: Vec<u32>,
    below: Vec<u32>,
    generations: Vec<u32>,
}

impl Shape {
    /// A referrer is older than those whom it invited (NET-1b): from the youngest to the oldest everybody below is counted before a member
    /// is.
    fn of(network: &[Placed]) -> Shape {
        let count = network.len();
        let mut shape = Shape {
            referrer: network.iter().map(|one| one.referrer.map_or(NONE, |above| above.0)).collect(),
            spent: network.iter().map(|one| one.spent.minor()).collect(),
            team: vec![0; count],
            referrals: vec![0; count],
            below: vec![0; count],
            generations: vec![0; count],
        };
        for at in (0..count).rev() {
            let above = index(shape.referrer[at]);
            if above >= count {
                continue;
            }
            shape.team[above] += shape.team[at] + shape.spent[at];
            shape.referrals[above] += 1;
            shape.below[above] += shape.below[at] + 1;
            shape.generations[above] = shape.generations[above].max(shape.generations[at] + 1);
        }
        shape
    }

    /// Numbers of those whom a member invited, in joining order; of the top if it is nobody.
    fn invited(&self, root: u32) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.referrer).filter(move |(_, above)| **above == root).map(|(at, _)| at)
    }

    /// The place of a branch in a list of the largest first.
    fn order(&self, at: u32) -> (Reverse<u32>, u32) {
        (Reverse(self.below[index(at)]), at)
    }

    /// The way from the top to a member, itself left out, and how many more stand above.
    fn above(&self, member: u32) -> (Vec<u32>, u64) {
        let (mut way, mut more) = (Vec::new(), 0);
        let mut at = self.referrer[index(member)];
        while at != NONE {
            if way.len() < ABOVE_MAX {
                way.push(at)
            } else {
                more += 1
            }
            at = self.referrer[index(at)];
        }
        way.reverse();
        (way, more)
    }
}

/// A branch of a map before it is named.
struct Rect {
    head: Option<u32>,
    parent: Option<u32>,
    generation: u32,
    from: u64,
    members: u64,
    branches: u64,
    spent: i64,
}

impl Shape {
    /// The largest branches below a member, parents first, and beside them what is smaller, by parent.
    fn map(&self, root: u32, depth: u32) -> Vec<Rect> {
        // Those invited by each, as lists within one array.
        let mut first = vec![NONE; self.referrer.len()];
        let mut next = vec![NONE; self.referrer.len()];
        let mut top = NONE;
        for at in (0..u32::try_from(self.referrer.len()).unwrap_or(NONE)).rev() {
            let above = self.referrer[index(at)];
            let head = if above == NONE { &mut top } else { &mut first[index(above)] };
            next[index(at)] = std::mem::replace(head, at);
        }
        let (first, next) = (&first, &next);
        let invited = |of: u32| {
            let start = if of == NONE { top } else { first[index(of)] };
            let real = |at: u32| (at != NONE).then_some(at);
            std::iter::successors(real(start), move |at| real(next[index(*at)]))
        };
        // The largest branches that may be drawn, whoever's they are.
        let mut heap: BinaryHeap<(u32, Reverse<u32>, u32)> =
            invited(root).map(|at| (self.below[index(at)], Reverse(at), 1)).collect();
        let mut drawn: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut stands = vec![false; self.referrer.len()];
        for _ in 0..BRANCHES {
            let Some((_, Reverse(at), generation)) = heap.pop() else { break };
            let above = self.referrer[index(at)];
            drawn.entry(above).or_default().push(at);
            stands[index(at)] = true;
            if generation < depth {
                heap.extend(
                    invited(at).map(|below| (self.below[index(below)], Reverse(below), generation + 1)),
                );
            }
        }
        // From the root down, the largest of each parent first, the rest of its branches together last.
        let mut rects: Vec<Rect> = Vec::new();
        let own = u64::from(root != NONE);
        let mut todo = VecDeque::from([(root, None, 0, own)]);
        while let Some((parent, place, generation, mut from)) = todo.pop_front() {
            if generation == depth {
                continue;
            }
            let shown = drawn.remove(&parent).unwrap_or_default();
            let (mut members, mut branches, mut spent) = (0_u64, 0_u64, 0);
            let rest = invited(parent).filter(|at| !stands[index(*at)]);
            for at in rest {
                let at = index(at);
                members += u64::from(self.below[at]) + 1;
                branches += 1;
                spent += self.spent[at] + self.team[at];
            }
            for head in shown {
                let at = index(head);
                let own = u64::from(self.below[at]) + 1;
                let spent = self.spent[at] + self.team[at];
                let number = u32::try_from(rects.len()).ok();
                // Its own place comes before those below it.
                todo.push_back((head, number, generation + 1, from + 1));
                rects.push(Rect {
                    head: Some(head),
                    parent: place,
                    generation: generation + 1,
                    from,
                    members: own,
                    branches: 1,
                    spent,
                });
                from += own;
            }
            if branches > 0 {
                rects.push(Rect {
                    head: None,
                    parent: place,
                    generation: generation + 1,
                    from,
                    members,
                    branches,
                    spent,
                });
            }
        }
        rects
    }
}

/// Counts the network of now beside the writer, and what a closure takes of it.
async fn counted<T: Send + 'static>(
    handle: &Programme,
    min_seq: Option<u64>,
    take: impl FnOnce(&Shape) -> T + Send + 'static,
) -> Result<T, Problem> {
    let network = handle.read(at_least(min_seq), Engine::network).await?;
    let counting = tokio::task::spawn_blocking(move || take(&Shape::of(&network)));
    Ok(counting.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())))
}

/// The number of a member whose branch is asked for.
async fn number_of(handle: &Programme, root: Option<String>, min_seq: Option<u64>) -> Result<u32, Problem> {
    let Some(root) = root else { return Ok(NONE) };
    let found = handle.read(at_least(min_seq), move |engine| engine.member(&root).map(|view| view.no.0));
    found.await?.ok_or_else(Problem::not_found)
}

/// What is counted of a member.
#[derive(Clone, Copy)]
struct Numbers {
    at: u32,
    team: i64,
    referrals: u32,
    below: u32,
    generations: u32,
}

impl Shape {
    fn numbers(&self, at: u32) -> Numbers {
        let of = index(at);
        Numbers {
            at,
            team: self.team[of],
            referrals: self.referrals[of],
            below: self.below[of],
            generations: self.generations[of],
        }
    }
}

/// Names members as staff see them.
async fn named(app: &App, handle: &Programme, all: Vec<Numbers>) -> Result<Vec<NetworkMember>, Problem> {
    let numbers: Vec<u32> = all.iter().map(|one| one.at).collect();
    let persons = handle.read(None, move |engine| persons_of(engine, &numbers)).await?;
    let known = known_of(app, persons).await?;
    let read = handle.read(None, move |engine| {
        let plan = engine.plan();
        let amount = |money: Money| Amount::of(money, &plan.programme.currency);
        let member = |(numbers, known): (Numbers, Option<super::members::Known>)| {
            let view = engine.member_at(MemberNo(numbers.at))?;
            Some(NetworkMember {
                id: view.id.to_owned(),
                name: known.map(|known| known.name),
                joined_at: view.joined_at.into(),
                suspended: view.suspended,
                rank: view.rank.and_then(|place| rank_name(plan, place)),
                spent: amount(view.spent),
                team_spent: Amount(plan.programme.currency.format_minor(numbers.team.into())),
                team_volume: (!plan.ranks.is_empty()).then(|| amount(view.team_volume)),
                referrals: numbers.referrals.into(),
                below: numbers.below.into(),
                generations: numbers.generations.into(),
            })
        };
        all.into_iter().zip(known).filter_map(member).collect()
    });
    Ok(read.await?)
}

fn persons_of(engine: &Engine, numbers: &[u32]) -> Vec<Option<String>> {
    let person = |at: &u32| engine.member_at(MemberNo(*at))?.person.map(str::to_owned);
    numbers.iter().map(person).collect()
}

fn rank_name(plan: &Plan, place: usize) -> Option<Text> {
    plan.ranks.get(place).map(|rank| Text::from(&rank.name))
}

/// A branch of the referral network: a member, the way to it, and a page of those whom it invited, the largest branches first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/network",
    tag = "network",
    extensions(("x-permission" = json!("members.read"))),
    params(BranchQuery),
    responses((status = 200, description = "Done.", body = NetworkBranch)),
)]
async fn branch(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<BranchQuery>,
) -> Result<Json<NetworkBranch>, Problem> {
    let limit = limit_of(query.limit)?;
    let handle = app.programme(&programme)?;
    let root = number_of(&handle, query.root, query.min_seq).await?;
    // Where the page before ended: how many were below the last one, and its number.
    let after = match query.cursor.as_deref().map(|cursor| cursor.split_once('-')) {
        None => None,
        Some(parts) => {
            let (below, at) = parts.unwrap_or_default();
            let (below, at) = (cursor_of(Some(below))?, cursor_of(Some(at))?);
            let number = |text: Option<u64>| u32::try_from(text.unwrap_or(0)).unwrap_or(NONE);
            Some((Reverse(number(below)), number(at)))
        }
    };
    let take = move |shape: &Shape| {
        let mut items: Vec<u32> =
            shape.invited(root).filter(|at| after.is_none_or(|after| shape.order(*at) > after)).collect();
        items.sort_unstable_by_key(|at| shape.order(*at));
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|at| format!("{}-{at}", shape.below[index(*at)]));
        let (mut all, above_more) = if root == NONE { (Vec::new(), 0) } else { shape.above(root) };
        let above = all.len();
        all.extend((root != NONE).then_some(root));
        all.extend(items);
        let all: Vec<Numbers> = all.into_iter().map(|at| shape.numbers(at)).collect();
        (shape.referrer.len(), all, above, above_more, next)
    };
    let (members, all, above, above_more, next) = counted(&handle, query.min_seq, take).await?;
    let mut all = named(&app, &handle, all).await?;
    let mut rest = all.split_off(above.min(all.len()));
    let items = rest.split_off(usize::from(root != NONE).min(rest.len()));
    Ok(Json(NetworkBranch {
        members: u64::try_from(members).unwrap_or(u64::MAX),
        root: rest.pop(),
        above: all,
        above_more,
        items,
        next,
    }))
}

/// The network as an icicle: the largest branches of as many generations, each as wide as it has members, and beside them what is
/// smaller. It has at most 481 parts, whatever the number of members.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/network/map",
    tag = "network",
    extensions(("x-permission" = json!("members.read"))),
    params(MapQuery),
    responses((status = 200, description = "Done.", body = NetworkMap)),
)]
async fn map(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<MapQuery>,
) -> Result<Json<NetworkMap>, Problem> {
    let depth = query.depth.unwrap_or(DEPTH);
    if !(1..=DEPTH_MAX).contains(&depth) {
        let most = usize::try_from(DEPTH_MAX).unwrap_or(0);
        return Err(query_problem("depth", ServerFault::Count { least: 1, most }));
    }
    let handle = app.programme(&programme)?;
    let root = number_of(&handle, query.root, query.min_seq).await?;
    let take = move |shape: &Shape| {
        let (members, generations) = if root == NONE {
            let most = shape.invited(NONE).map(|at| shape.generations[index(at)] + 1).max();
            (u64::try_from(shape.referrer.len()).unwrap_or(u64::MAX), most.unwrap_or(0))
        } else {
            (u64::from(shape.below[index(root)]) + 1, shape.generations[index(root)])
        };
        let of_root: Vec<Numbers> = (root != NONE).then(|| shape.numbers(root)).into_iter().collect();
        (members, generations, of_root, shape.map(root, depth))
    };
    let (members, generations, of_root, rects) = counted(&handle, query.min_seq, take).await?;
    let root = named(&app, &handle, of_root).await?.pop();
    let heads: Vec<u32> = rects.iter().filter_map(|rect| rect.head).collect();
    let persons = handle.read(None, move |engine| persons_of(engine, &heads)).await?;
    let mut known = known_of(&app, persons).await?.into_iter();
    let named: Vec<_> =
        rects.into_iter().map(|rect| (rect.head.and_then(|_| known.next()).flatten(), rect)).collect();
    let branches = handle.read(None, move |engine| {
        let currency = engine.plan().programme.currency;
        let rect = |(known, rect): (Option<super::members::Known>, Rect)| NetworkRect {
            id: rect.head.and_then(|at| engine.member_at(MemberNo(at))).map(|view| view.id.to_owned()),
            name: known.map(|known| known.name),
            parent: rect.parent,
            generation: rect.generation,
            from: rect.from,
            members: rect.members,
            branches: rect.branches,
            spent: Amount(currency.format_minor(rect.spent.into())),
        };
        named.into_iter().map(rect).collect()
    });
    Ok(Json(NetworkMap { members, root, depth, generations: generations.into(), branches: branches.await? }))
}

fn no_ranks() -> Problem {
    Problem::new(ServerFault::PlanHasNo { what: "rank" })
}

/// The plan's ranks with what they ask, and how many members have each. A plan without ranks answers `plan_has_no`.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/ranks",
    tag = "network",
    extensions(("x-permission" = json!("members.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = Ranks)),
)]
async fn ranks(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<Ranks>, Problem> {
    let handle = app.programme(&programme)?;
    let read = handle.read(at_least(query.min_seq), |engine| {
        let plan = engine.plan();
        if plan.ranks.is_empty() {
            return None;
        }
        let counts = engine.members_by_rank();
        let items = (0_u32..).zip(counts).filter_map(|(place, members)| {
            Some(RankCount { place, rank: rank_view(engine, index(place))?, members: u64::from(*members) })
        });
        let all = u64::try_from(engine.member_count()).unwrap_or(u64::MAX);
        let ranked: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        Some(Ranks {
            items: items.collect(),
            without: all.saturating_sub(ranked),
            volume: match plan.ranking.volume {
                VolumeKind::Team => RankVolume::Team,
                VolumeKind::SmallLegs => RankVolume::SmallLegs,
            },
            own_counts: plan.ranking.include_self,
            window_days: plan.ranking.window_days,
            demotion: plan.ranking.demotion,
        })
    });
    read.await?.map(Json).ok_or_else(no_ranks)
}

fn change_view(engine: &Engine, row: RankChangeRow, name: Option<String>) -> RankChangeView {
    let plan = engine.plan();
    let rank = |number: u32| number.checked_sub(1).and_then(|place| rank_name(plan, index(place)));
    // Ranks that some rank asks, those from the lowest to the highest: as they stand beside the numbers.
    let mut asked: Vec<usize> =
        plan.ranks.iter().filter_map(|rank| rank.legs.map(|legs| legs.rank)).collect();
    asked.sort_unstable();
    asked.dedup();
    let still = asked.len() == row.legs.len();
    let legs = row.legs.iter().enumerate().map(|(place, legs)| RankLegs {
        rank: asked.get(place).filter(|_| still).and_then(|rank| rank_name(plan, *rank)),
        legs: *legs,
    });
    RankChangeView {
        name,
        from: rank(row.from),
        to: rank(row.to),
        up: row.to > row.from,
        team_volume: Amount::of(row.team_volume, &plan.programme.currency),
        legs: legs.collect(),
        day: closed_day(engine, row.moment.at).to_string(),
        seq: row.moment.seq,
        member: row.member,
    }
}

/// Members of a rank, the youngest first, with the change by which each got it.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/ranks/members",
    tag = "network",
    extensions(("x-permission" = json!("members.read"))),
    params(RankedQuery),
    responses((status = 200, description = "Done.", body = Page<RankedMember>)),
)]
async fn ranked(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<RankedQuery>,
) -> Result<Json<Page<RankedMember>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    if handle.read(None, |engine| engine.plan().ranks.is_empty()).await? {
        return Err(no_ranks());
    }
    let min_seq = fresh(&handle, query.min_seq).await?;
    let wanted =
        MembersQuery { rank: Some(query.rank.saturating_add(1)), before, limit, ..MembersQuery::default() };
    let rows = handle.rows(min_seq, move |rows| {
        let members = rows.members(&wanted)?;
        let change = |id: &str| Ok(rows.rank_changes(Some(id), None, None, 1)?.pop());
        let changes: Result<Vec<_>, ratchet_store::StoreError> =
            members.iter().map(|row| change(&row.id)).collect();
        Ok(members.into_iter().zip(changes?).collect::<Vec<_>>())
    });
    let rows = rows.await?;
    let next = next_of(&rows, limit, |(row, _)| row.no);
    let known = known_of(&app, rows.iter().map(|(row, _)| row.person.clone()).collect()).await?;
    let items = handle.read(None, move |engine| {
        let currency = engine.plan().programme.currency;
        let rows = rows.into_iter().zip(known);
        let member = |((row, change), known): (
            (ratchet_store::MemberRow, Option<RankChangeRow>),
            Option<super::members::Known>,
        )| {
            let view = engine.member(&row.id)?;
            Some(RankedMember {
                name: known.map(|known| known.name),
                team_volume: Amount::of(view.team_volume, &currency),
                own_volume: Amount::of(view.own_volume, &currency),
                change: change.map(|change| change_view(engine, change, None)),
                id: row.id,
            })
        };
        rows.filter_map(member).collect()
    });
    Ok(Json(Page { items: items.await?, next }))
}

/// Ranks that became others at closes, newest first, with what counted.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/ranks/changes",
    tag = "network",
    extensions(("x-permission" = json!("members.read"))),
    params(ChangesQuery),
    responses((status = 200, description = "Done.", body = Page<RankChangeView>)),
)]
async fn rank_changes(
    State(app): State<App>,
    Path(programme): Path<String>,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<Page<RankChangeView>>, Problem> {
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let handle = app.programme(&programme)?;
    let day = match query.day.as_deref() {
        Some(day) => Some(Day::parse(day).ok_or_else(|| query_problem("day", ServerFault::DateForm {}))?),
        None => None,
    };
    // A day is closed at the instant at which the next one begins.
    let found = handle.read(None, move |engine| {
        let plan = engine.plan();
        let closed = day.map(|day| plan.programme.calendar.start_of(day.next()));
        let until = closed.and_then(|at| Timestamp::from_us(at.us() + 1));
        (!plan.ranks.is_empty()).then(|| closed.zip(until))
    });
    let between = found.await?.ok_or_else(no_ranks)?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let rows = handle.rows(min_seq, move |rows| rows.rank_changes(None, between, before, limit)).await?;
    let next = next_of(&rows, limit, |row| row.no);
    Ok(Json(Page { items: changes(&app, &handle, rows).await?, next }))
}

async fn changes(
    app: &App,
    handle: &Programme,
    rows: Vec<RankChangeRow>,
) -> Result<Vec<RankChangeView>, Problem> {
    let known = known_of(app, rows.iter().map(|row| row.person.clone()).collect()).await?;
    let read = handle.read(None, move |engine| {
        let rows = rows.into_iter().zip(known);
        rows.map(|(row, known)| change_view(engine, row, known.map(|known| known.name))).collect()
    });
    Ok(read.await?)
}

/// A member's rank, what it is counted from, what the next one asks, and its changes.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/members/{member}/rank",
    tag = "network",
    extensions(("x-permission" = json!("members.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = MemberRankEvidence)),
)]
async fn evidence(
    State(app): State<App>,
    Path((programme, member)): Path<(String, String)>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<MemberRankEvidence>, Problem> {
    const CHANGES: usize = 50;
    let handle = app.programme(&programme)?;
    let id = member.clone();
    if !handle.read(at_least(query.min_seq), move |engine| engine.member(&id).is_some()).await? {
        return Err(Problem::not_found());
    }
    let rank = rank_of(&app, &handle, member.clone(), query.min_seq).await?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let rows =
        handle.rows(min_seq, move |rows| rows.rank_changes(Some(&member), None, None, CHANGES)).await?;
    Ok(Json(MemberRankEvidence { rank, changes: changes(&app, &handle, rows).await? }))
}

/// Binds a member without a referrer to one, for good and from the next payment on (member.bind).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/members/{member}/referrer",
    tag = "network",
    extensions(("x-permission" = json!("members.manage"))),
    request_body = ReferrerRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn bind(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, member)): Path<(String, String)>,
    body: Body<ReferrerRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "member.bind", "member": member, "referrer": body.value.referrer });
    app.command(&who, &write, &handle, member, command).await
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::{Amount, BRANCHES, MemberNo, Money, NONE, NetworkRect, Placed, Rect, Shape, index};

    /// A network in which later members are invited by anybody before them, a tenth by nobody; the same each time.
    fn network(members: u32) -> Vec<Placed> {
        let mut state = 1_u64;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u32::try_from((state >> 33) % u64::from(below.max(1))).unwrap_or(0)
        };
        let mut member = |at: u32| {
            let referrer = (at > 0 && draw(10) > 0).then(|| MemberNo(draw(at)));
            Placed { referrer, spent: Money::from_minor(i64::from(draw(100_000))).expect("above zero") }
        };
        (0..members).map(&mut member).collect()
    }

    fn view(rect: &Rect) -> NetworkRect {
        // As long as real ones are.
        NetworkRect {
            id: rect.head.map(|at| format!("m{at:019}")),
            name: rect.head.map(|_| "王小明的店铺".to_owned()),
            parent: rect.parent,
            generation: rect.generation,
            from: rect.from,
            members: rect.members,
            branches: rect.branches,
            spent: Amount(format!("{}.00", rect.spent)),
        }
    }

    /// TREE-2, TREE-3: of 10⁵ members the map is as small as of few, and counts everybody; what it takes is in docs/spec/network.md.
    #[test]
    fn the_map_of_many_stays_small() {
        let network = network(100_000);
        let began = Instant::now();
        let shape = Shape::of(&network);
        let counted = began.elapsed();
        let rects = shape.map(NONE, 8);
        let drawn = began.elapsed() - counted;
        let all: Vec<NetworkRect> = rects.iter().map(view).collect();
        let bytes = serde_json::to_vec(&all).expect("it has a form").len();
        println!("counted in {counted:?}, drawn in {drawn:?}: {} parts, {bytes} bytes", rects.len());
        assert!(rects.len() <= 2 * BRANCHES + 1 && bytes < 120_000, "{} {bytes}", rects.len());
        let top = rects.iter().filter(|rect| rect.parent.is_none());
        assert_eq!(top.map(|rect| rect.members).sum::<u64>(), 100_000);
        // Everybody below somebody is counted there once.
        let below = (0..100_000_u32).map(|at| u64::from(shape.below[index(at)])).sum::<u64>();
        let above = (0..100_000_u32).map(|at| {
            let (way, more) = shape.above(at);
            u64::try_from(way.len()).unwrap_or(0) + more
        });
        assert_eq!(below, above.sum::<u64>());
    }
}
