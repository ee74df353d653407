//! `[release]`, `[value]`, `[emission]` and `[merchant]`: staged release, value units, scheduled emission, tips.

use super::Split;
use super::commission::{GENERATIONS_MAX, RankPlan};
use super::fault::PlanFault;
use super::reader::{Reader, Section};
use crate::amount::{Money, Points, Rate, UNITS_PER_POINT};

/// Highest `tip_rate` of a rank: the uplines of both sides are paid out of the same points (MERCH-3).
const TIP_RATE_MAX: Rate = Rate::from_ppm(500_000);

/// Most award zones.
pub const ZONES_MAX: usize = 16;
/// Highest multiple of an award zone.
pub const ZONE_MULTIPLE_MAX: u32 = 3;
/// Most `[[release.tiers]]`.
pub const TIERS_MAX: usize = 32;
/// Most completions of tasks that a day may require.
const TASKS_REQUIRED_MAX: u32 = 100;
/// Most years a schedule lists.
pub const YEARS_MAX: usize = 100;
/// Most points a schedule may issue in all.
pub const EMISSION_MAX: u64 = 1_000_000_000_000;

/// `[release]`: points granted locked and released daily into money (REL-1 to REL-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasePlan {
    /// Points granted for each unit of base.
    pub grant_ratio: Rate,
    /// Part released on a done day.
    pub rate: Rate,
    /// What the rate is of.
    pub base: ReleaseBase,
    /// Which fund of the split pays the money: its place in file order.
    pub fund: usize,
    /// Part of the released money that goes to the re-consumption wallet.
    pub reconsume_share: Rate,
    /// Extra static release for each direct referral whose task is done (REL-3).
    pub boost: Rate,
    /// `[release.acceleration]`: extra release of the referrer, as a part of the referral's static release.
    pub direct: Rate,
    /// The same for the referrer's referrer.
    pub indirect: Rate,
    /// `[release.zones]`: award zones with their multiples, in file order.
    pub zones: Vec<(String, u32)>,
    /// How many completions of tasks make a day done (12.12).
    pub tasks_required: u32,
    /// `[[release.tiers]]`: other rates by what a member has locked, from the lowest balance on (12.8).
    pub tiers: Vec<ReleaseTier>,
}

/// A rate for members with so many release points locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseTier {
    /// From this balance on.
    pub from: Points,
    /// Part released on a done day.
    pub rate: Rate,
}

/// What a release rate is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseBase {
    /// What was granted: the same every day.
    Original,
    /// What remains: less every day.
    Remaining,
}

/// `[value]`: value units (EMIT-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePlan {
    /// Units granted for each unit of base.
    pub grant_ratio: Rate,
    /// Part of the original released on a done day.
    pub rate: Rate,
    /// For the members at distance 1, 2, … of the buyer, as a part of what the buyer is granted.
    pub referral: Vec<Rate>,
}

/// `[emission]`: points issued on a schedule (EMIT-2 to EMIT-4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmissionPlan {
    /// Emission of the first years.
    pub years: Vec<Points>,
    /// What follows them.
    pub tail: Tail,
    /// Most that is ever issued.
    pub cap: Points,
    /// Guide price while nothing was released or issued, in minor units for one point.
    pub first_price: Money,
    /// Share of a day's emission for members, by value units released.
    pub members: Rate,
    /// Share of the platform.
    pub platform: Rate,
    /// `[emission.ranks]`: shares of ranks, by their place in file order.
    pub ranks: Vec<(usize, Rate)>,
}

/// What follows the listed years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Each year half of the one before.
    Halving,
    /// Nothing.
    None,
}

/// `[merchant]`: merchants who burn emission points to tip customers (MERCH-1 to MERCH-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MerchantPlan {
    /// What the activation pack costs at least.
    pub activation_pack: Money,
    /// The merchant's own value units, as a part of those it gives.
    pub merchant_share: Rate,
}

pub(super) fn read_release(reader: &mut Reader, top: Section<'_, '_>, split: &Split) -> Option<ReleasePlan> {
    let section = reader.section(top, "release", "release");
    let acceleration = reader.section(section, "acceleration", "release.acceleration");
    let zones = reader.section(section, "zones", "release.zones");
    let zones: Vec<(String, u32)> = reader
        .named(zones, ZONES_MAX)
        .into_iter()
        .filter_map(|name| Some((name.clone(), reader.optional_whole(zones, &name, 0..=ZONE_MULTIPLE_MAX)?)))
        .collect();
    let bases = [("original", ReleaseBase::Original), ("remaining", ReleaseBase::Remaining)];
    let plan = ReleasePlan {
        grant_ratio: reader.required_rate(section, "grant_ratio", "\"50%\""),
        rate: reader.required_rate(section, "rate", "\"3‰\""),
        base: reader.choice(section, "base", ReleaseBase::Original, &bases),
        fund: reader.fund(section, "fund", split).unwrap_or(0),
        reconsume_share: reader.rate(section, "reconsume_share", Rate::ZERO),
        boost: reader.rate(section, "boost", Rate::ZERO),
        direct: reader.rate(acceleration, "direct", Rate::ZERO),
        indirect: reader.rate(acceleration, "indirect", Rate::ZERO),
        zones,
        tasks_required: reader.optional_whole(section, "tasks_required", 1..=TASKS_REQUIRED_MAX).unwrap_or(1),
        tiers: read_tiers(reader, section),
    };
    if !plan.tiers.is_empty() && plan.base == ReleaseBase::Original {
        reader.wrong(section.place("tiers"), PlanFault::TiersNeedRemaining {});
    }
    section.is_present().then_some(plan)
}

/// Balances must rise from tier to tier.
fn read_tiers(reader: &mut Reader, release: Section<'_, '_>) -> Vec<ReleaseTier> {
    let mut tiers: Vec<ReleaseTier> = Vec::new();
    for section in reader.tables(release, "tiers", "release.tiers", TIERS_MAX) {
        let from = reader.required_whole(section, "from", 0..=EMISSION_MAX, "10000").unwrap_or(0);
        let tier = ReleaseTier {
            from: Points::from_units(u128::from(from) * UNITS_PER_POINT),
            rate: reader.required_rate(section, "rate", "\"3‰\""),
        };
        if tiers.last().is_some_and(|last| last.from >= tier.from) {
            reader.wrong(section.place("from"), PlanFault::TierOrder {});
        }
        tiers.push(tier);
    }
    tiers
}

pub(super) fn read_value(reader: &mut Reader, top: Section<'_, '_>) -> Option<ValuePlan> {
    let section = reader.section(top, "value", "value");
    let plan = ValuePlan {
        grant_ratio: reader.required_rate(section, "grant_ratio", "\"10%\""),
        rate: reader.rate(section, "rate", Rate::from_ppm(3_000)),
        referral: reader.optional_rates(section, "referral", GENERATIONS_MAX),
    };
    section.is_present().then_some(plan)
}

pub(super) fn read_emission(
    reader: &mut Reader,
    top: Section<'_, '_>,
    ranks: &[RankPlan],
    has_value: bool,
) -> Option<EmissionPlan> {
    let section = reader.section(top, "emission", "emission");
    if section.is_present() && !has_value {
        reader.wrong(top.place("emission"), PlanFault::EmissionNeedsValue {});
    }
    let points = |whole: u64| Points::from_units(u128::from(whole) * UNITS_PER_POINT);
    let years = reader.wholes(section, "years", YEARS_MAX, 0..=EMISSION_MAX, "[92250, 50000]");
    let cap = reader.required_whole(section, "cap", 1..=EMISSION_MAX, "1000000");
    let tails = [("halving", Tail::Halving), ("none", Tail::None)];
    let tail = reader.choice(section, "tail", Tail::Halving, &tails);
    let first_price = reader.optional_money(section, "first_price");
    if section.is_present() && section.value("first_price").is_none() {
        reader.missing(section, "first_price", "\"1000.00\"");
    }
    if first_price.is_some_and(Money::is_zero) {
        reader.wrong(section.place("first_price"), PlanFault::MoreThanZero { key: "first_price" });
    }
    let members = reader.rate(section, "members", Rate::ZERO);
    let platform = reader.rate(section, "platform", Rate::ZERO);
    let shares = reader.section(section, "ranks", "emission.ranks");
    let mut of_ranks = Vec::new();
    for name in reader.named(shares, super::RANKS_MAX) {
        let share = reader.rate(shares, &name, Rate::ZERO);
        match ranks.iter().position(|rank| rank.id == name) {
            Some(rank) => of_ranks.push((rank, share)),
            None => reader.wrong(shares.place(&name), PlanFault::EmissionRank {}),
        }
    }
    let sum = of_ranks.iter().map(|(_, share)| share.ppm()).fold(members.ppm(), u32::saturating_add);
    if sum.saturating_add(platform.ppm()) > Rate::ONE.ppm() {
        reader.wrong(section.place("members"), PlanFault::EmissionShares {});
    }
    let plan = EmissionPlan {
        years: years.into_iter().map(points).collect(),
        tail,
        cap: points(cap.unwrap_or(1)),
        first_price: first_price.unwrap_or(Money::ZERO),
        members,
        platform,
        ranks: of_ranks,
    };
    section.is_present().then_some(plan)
}

pub(super) fn read_merchant(
    reader: &mut Reader,
    top: Section<'_, '_>,
    ranks: &[RankPlan],
    has_emission: bool,
) -> Option<MerchantPlan> {
    let section = reader.section(top, "merchant", "merchant");
    if section.is_present() && !has_emission {
        reader.wrong(top.place("merchant"), PlanFault::MerchantNeedsEmission {});
    }
    if let Some(rank) = ranks.iter().find(|rank| section.is_present() && rank.tip_rate > TIP_RATE_MAX) {
        let (id, rate) = (&rank.id, rank.tip_rate);
        reader.wrong(top.place("merchant"), PlanFault::TipRate { most: TIP_RATE_MAX, rank: id, rate });
    }
    let plan = MerchantPlan {
        activation_pack: reader.optional_money(section, "activation_pack").unwrap_or(Money::ZERO),
        merchant_share: reader.rate(section, "merchant_share", Rate::from_ppm(200_000)),
    };
    section.is_present().then_some(plan)
}
