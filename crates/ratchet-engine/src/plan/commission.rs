//! `[commission]`, `[[rank]]` and `[ranking]`: who earns when somebody buys (COMM-1 to COMM-6, RANK-1).

use super::fault::PlanFault;
use super::reader::{Reader, Section};
use super::{Bilingual, ClassPlan, Plan, Split};
use crate::amount::{Money, Rate};

/// Most ranks a plan may have.
pub const RANKS_MAX: usize = 32;
/// Most generations of the peer bonus, and of referral bonuses in value units.
pub const GENERATIONS_MAX: usize = 10;
/// Longest rolling window of team volumes in days: ten years.
pub const WINDOW_DAYS_MAX: u32 = 3_650;
/// Most legs a rank may requires.
pub const LEGS_MAX: u32 = 1_000;

/// `[commission]`: what an order earns for others, out of its commission leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommissionPlan {
    /// Most that one order pays, as a share of its base (COMM-6).
    pub cap: Rate,
    /// Who may earn (NET-3).
    pub qualified: Qualified,
    /// `[commission.direct]`: the referrer's rate; zero if absent.
    pub direct: Rate,
    /// `[commission.indirect]`: the referrer's referrer's rate; zero if absent.
    pub indirect: Rate,
    /// `[commission.differential]`: whether ranks earn by differential (COMM-2).
    pub differential: bool,
    /// `[commission.peer]` (COMM-3).
    pub peer: Option<PeerPlan>,
    /// `[commission.regional]` (COMM-4).
    pub regional: Option<RegionalPlan>,
    /// `[commission.dividend]` (COMM-5).
    pub dividend: Option<DividendPlan>,
    /// `[[commission.rate]]`: classes with rates of their own, in file order (COMM-10).
    pub by_class: Vec<ClassRates>,
}

/// One `[[commission.rate]]`: what lines of a class earn for others, where that is not what all lines do (COMM-10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassRates {
    /// Which class: its place in file order.
    pub class: u16,
    /// The referrer's rate.
    pub direct: Option<Rate>,
    /// The referrer's referrer's rate.
    pub indirect: Option<Rate>,
    /// Rate of the district's agents.
    pub district: Option<Rate>,
    /// Rate of the city's agents.
    pub city: Option<Rate>,
    /// Rate of the province's agents.
    pub province: Option<Rate>,
    /// `ranks`: the cumulative rate of each rank's differential, in file order of the ranks.
    pub ranks: Option<Vec<Rate>>,
}

/// The rates at which lines of one class earn for others: its own, and the general ones where it states none (COMM-10).
#[derive(Clone, Copy, Debug)]
pub struct CommissionRates<'p> {
    general: &'p CommissionPlan,
    ranks: &'p [RankPlan],
    own: Option<&'p ClassRates>,
}

impl CommissionRates<'_> {
    /// The class whose rates these are; `None` if they are the general ones.
    pub fn class(&self) -> Option<u16> {
        self.own.map(|own| own.class)
    }

    /// COMM-1: the referrer's.
    pub fn direct(&self) -> Rate {
        self.own.and_then(|own| own.direct).unwrap_or(self.general.direct)
    }

    /// COMM-1: the referrer's referrer's.
    pub fn indirect(&self) -> Rate {
        self.own.and_then(|own| own.indirect).unwrap_or(self.general.indirect)
    }

    /// COMM-2: the cumulative rate of a rank; one that the plan does not have counts as its highest (AMEND-3).
    pub fn of_rank(&self, rank: usize) -> Rate {
        match self.own.and_then(|own| own.ranks.as_ref()) {
            Some(rates) => rates.get(rank).or_else(|| rates.last()).copied(),
            None => self.ranks.get(rank).or_else(|| self.ranks.last()).map(|rank| rank.rate),
        }
        .unwrap_or(Rate::ZERO)
    }

    /// COMM-4: of district, city and province; nothing in a plan without agents.
    pub fn regional(&self) -> [Rate; 3] {
        let Some(RegionalPlan { district, city, province, .. }) = self.general.regional else {
            return [Rate::ZERO; 3];
        };
        let Some(own) = self.own else { return [district, city, province] };
        [own.district.unwrap_or(district), own.city.unwrap_or(city), own.province.unwrap_or(province)]
    }
}

impl Plan {
    /// The rates at which lines of a class earn commissions (COMM-10); `None` without `[commission]`.
    #[inline]
    pub fn commission_rates(&self, class: Option<u16>) -> Option<CommissionRates<'_>> {
        let general = self.commission.as_ref()?;
        let own = general.by_class.iter().find(|rates| Some(rates.class) == class);
        Some(CommissionRates { general, ranks: &self.ranks, own })
    }

    /// The general rates of commissions and those of each class that has its own (COMM-10); empty without `[commission]`.
    pub fn all_commission_rates(&self) -> impl Iterator<Item = CommissionRates<'_>> {
        let general = self.commission.iter();
        let rates = general.flat_map(|general| {
            let own = general.by_class.iter().map(Some);
            std::iter::once(None).chain(own).map(move |own| (general, own))
        });
        rates.map(|(general, own)| CommissionRates { general, ranks: &self.ranks, own })
    }
}

/// Who may earn commissions (NET-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qualified {
    /// Whoever is not suspended.
    Active,
    /// Who is not suspended and had bought something at the last close of a day with a settlement.
    Purchased,
}

/// `[commission.peer]`: for uplines of the rank that just earned a differential (COMM-3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerPlan {
    /// One rate for each generation.
    pub rates: Vec<Rate>,
    /// What the rates are of.
    pub base: PeerBase,
}

/// What the peer rates are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerBase {
    /// The differential just earned.
    Differential,
    /// The base of the line.
    Order,
}

/// `[commission.regional]`: agents of the region of delivery (COMM-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionalPlan {
    /// Rate of the district's agents.
    pub district: Rate,
    /// Rate of the city's agents.
    pub city: Rate,
    /// Rate of the province's agents.
    pub province: Rate,
    /// How the levels add up.
    pub mode: RegionalMode,
}

/// How the levels of regional agents add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionalMode {
    /// Each level gets its own rate.
    Stacked,
    /// Each level gets the difference to what the highest lower level took.
    Differential,
}

/// `[commission.dividend]`: a share of a period's settled bases for shareholders (COMM-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DividendPlan {
    /// Share of the period's base.
    pub rate: Rate,
    /// Which fund of the split pays it: its place in file order.
    pub fund: usize,
    /// How often.
    pub period: Period,
}

/// How often a dividend is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// At the end of each local month.
    Month,
    /// At the end of each local week; weeks begin on Monday.
    Week,
    /// At the end of each local day.
    Day,
}

/// One `[[rank]]`, from the lowest to the highest (RANK-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankPlan {
    /// Its key: `one_star`.
    pub id: String,
    /// Its name for people.
    pub name: Bilingual,
    /// Team volume it requires.
    pub volume: Money,
    /// Cumulative rate of the rank differential (COMM-2).
    pub rate: Rate,
    /// Cumulative rate on the points of a tip (MERCH-3).
    pub tip_rate: Rate,
    /// Developed legs it requires.
    pub legs: Option<LegsPlan>,
}

/// Developed legs (RANK-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegsPlan {
    /// How many different legs.
    pub count: u32,
    /// Which rank each must contain: its place in file order.
    pub rank: usize,
}

/// `[ranking]`: how team volume counts (RANK-1, RANK-1a, RANK-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankingPlan {
    /// What is compared with a rank's volume.
    pub volume: VolumeKind,
    /// Whether a member's own volume counts in its total.
    pub include_self: bool,
    /// Only so many last days count; `None` for all.
    pub window_days: Option<u32>,
    /// Whether a rank is lost when its conditions no longer hold.
    pub demotion: bool,
}

/// What is compared with a rank's volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeKind {
    /// Everybody below.
    Team,
    /// Everybody below less the largest leg.
    SmallLegs,
}

pub(super) fn read_commission(
    reader: &mut Reader,
    top: Section<'_, '_>,
    split: &Split,
    ranks: &[RankPlan],
    classes: &[ClassPlan],
) -> Option<CommissionPlan> {
    let section = reader.section(top, "commission", "commission");
    let qualified = [("active", Qualified::Active), ("purchased", Qualified::Purchased)];
    let cap = reader.rate(section, "cap", split.commission);
    let qualified = reader.choice(section, "qualified", Qualified::Active, &qualified);
    let direct = reader.section(section, "direct", "commission.direct");
    let indirect = reader.section(section, "indirect", "commission.indirect");
    let differential = reader.section(section, "differential", "commission.differential");
    if differential.is_present() && ranks.is_empty() {
        reader.wrong(section.place("differential"), PlanFault::DifferentialNeedsRanks {});
    }
    let peer = read_peer(reader, section, differential.is_present());
    let mut plan = CommissionPlan {
        cap,
        qualified,
        direct: reader.required_rate(direct, "rate", "\"10%\""),
        indirect: reader.required_rate(indirect, "rate", "\"5%\""),
        differential: differential.is_present(),
        peer,
        regional: read_regional(reader, section),
        dividend: read_dividend(reader, section, split),
        by_class: Vec::new(),
    };
    plan.by_class = read_by_class(reader, section, &plan, ranks, classes);
    section.is_present().then_some(plan)
}

fn read_peer(reader: &mut Reader, commission: Section<'_, '_>, differential: bool) -> Option<PeerPlan> {
    let section = reader.section(commission, "peer", "commission.peer");
    let rates = reader.rates(section, "rates", GENERATIONS_MAX, "[\"10%\", \"5%\"]");
    let bases = [("differential", PeerBase::Differential), ("order", PeerBase::Order)];
    let base = reader.choice(section, "base", PeerBase::Differential, &bases);
    if section.is_present() && !differential {
        reader.wrong(commission.place("peer"), PlanFault::PeerNeedsDifferential {});
    }
    section.is_present().then_some(PeerPlan { rates, base })
}

fn read_regional(reader: &mut Reader, commission: Section<'_, '_>) -> Option<RegionalPlan> {
    let section = reader.section(commission, "regional", "commission.regional");
    let modes = [("stacked", RegionalMode::Stacked), ("differential", RegionalMode::Differential)];
    let plan = RegionalPlan {
        district: reader.rate(section, "district", Rate::ZERO),
        city: reader.rate(section, "city", Rate::ZERO),
        province: reader.rate(section, "province", Rate::ZERO),
        mode: reader.choice(section, "mode", RegionalMode::Stacked, &modes),
    };
    let rises = plan.district <= plan.city && plan.city <= plan.province;
    if plan.mode == RegionalMode::Differential && !rises {
        reader.wrong(section.place("mode"), PlanFault::RegionalFalls {});
    }
    section.is_present().then_some(plan)
}

/// COMM-10: what a class states of rates; the general ones hold where it states none.
fn read_by_class(
    reader: &mut Reader,
    commission: Section<'_, '_>,
    general: &CommissionPlan,
    ranks: &[RankPlan],
    classes: &[ClassPlan],
) -> Vec<ClassRates> {
    let mut all: Vec<ClassRates> = Vec::new();
    for section in reader.tables(commission, "rate", "commission.rate", super::CLASSES_MAX) {
        let id = reader.identifier(section, "class", "\"fresh\"");
        let class = ClassPlan::place_of(classes, &id);
        if class.is_none() && section.value("class").is_some() {
            reader.wrong(section.place("class"), PlanFault::RateClass { class: &id });
        }
        if class.is_some() && all.iter().any(|earlier| Some(earlier.class) == class) {
            reader.wrong(section.place("class"), PlanFault::RateClassTwice { class: &id });
        }
        let mut rate = |key| reader.optional_rate(section, key, Rate::from_ppm(100_000));
        let (direct, indirect) = (rate("direct"), rate("indirect"));
        let [district, city, province] = ["district", "city", "province"].map(rate);
        for key in ["district", "city", "province"] {
            if general.regional.is_none() && section.value(key).is_some() {
                reader.wrong(section.place(key), PlanFault::RateNeedsRegional { key });
            }
        }
        let ranks = read_rank_rates(reader, section, general.differential, ranks);
        let own = ClassRates { class: class.unwrap_or(0), direct, indirect, district, city, province, ranks };
        if let Some(RegionalPlan { mode: RegionalMode::Differential, .. }) = general.regional {
            let [district, city, province] =
                CommissionRates { general, ranks: &[], own: Some(&own) }.regional();
            if district > city || city > province {
                reader.wrong(section.place("class"), PlanFault::RegionalFalls {});
            }
        }
        all.push(own);
    }
    all
}

/// COMM-10: the rates of all ranks in one class, from the lowest to the highest.
fn read_rank_rates(
    reader: &mut Reader,
    class: Section<'_, '_>,
    differential: bool,
    ranks: &[RankPlan],
) -> Option<Vec<Rate>> {
    let section = reader.section(class, "ranks", "commission.rate.ranks");
    if !section.is_present() {
        return None;
    }
    if !differential {
        reader.wrong(class.place("ranks"), PlanFault::RateNeedsDifferential {});
    }
    for name in reader.named(section, RANKS_MAX) {
        if ranks.iter().all(|rank| rank.id != name) {
            reader.wrong(section.place(&name), PlanFault::RateRank { rank: &name });
        }
    }
    let mut rates: Vec<Rate> = Vec::new();
    for RankPlan { id, .. } in ranks {
        if section.value(id).is_none() {
            reader.wrong(class.place("ranks"), PlanFault::RateRankMissing { rank: id });
        }
        let rate = reader.rate(section, id, Rate::ZERO);
        if section.value(id).is_some() && rates.last().is_some_and(|lower| rate < *lower) {
            reader.wrong(section.place(id), PlanFault::RateRankFalls { rank: id });
        }
        rates.push(rate);
    }
    Some(rates)
}

fn read_dividend(reader: &mut Reader, commission: Section<'_, '_>, split: &Split) -> Option<DividendPlan> {
    let section = reader.section(commission, "dividend", "commission.dividend");
    let rate = reader.required_rate(section, "rate", "\"1%\"");
    let fund = reader.fund(section, "fund", split);
    let periods = [("month", Period::Month), ("week", Period::Week), ("day", Period::Day)];
    let period = reader.choice(section, "period", Period::Month, &periods);
    section.is_present().then_some(DividendPlan { rate, fund: fund.unwrap_or(0), period })
}

pub(super) fn read_ranks(reader: &mut Reader, top: Section<'_, '_>) -> Vec<RankPlan> {
    let mut ranks: Vec<RankPlan> = Vec::new();
    for section in reader.tables(top, "rank", "rank", RANKS_MAX) {
        let id = reader.identifier(section, "id", "\"one_star\"");
        if ranks.iter().any(|rank| rank.id == id) {
            reader.wrong(section.place("id"), PlanFault::RankTwice {});
        }
        if section.value("name").is_none() {
            reader.missing(section, "name", "{ zh = \"一星\", en = \"One star\" }");
        }
        let name = reader.section(section, "name", "rank.name");
        let name = Bilingual {
            zh: reader.name(name, "zh", "\"一星\""),
            en: reader.name(name, "en", "\"One star\""),
        };
        let volume = reader.optional_money(section, "volume").unwrap_or(Money::ZERO);
        let rate = reader.rate(section, "rate", Rate::ZERO);
        let tip_rate = reader.rate(section, "tip_rate", Rate::ZERO);
        let legs = reader.optional_whole(section, "legs", 1..=LEGS_MAX);
        let leg_rank = reader.optional_text(section, "leg_rank", "\"three_star\"");
        let below = leg_rank.and_then(|id| ranks.iter().position(|rank| rank.id == id));
        let legs = match (legs, leg_rank, below) {
            (Some(count), Some(_), Some(rank)) => Some(LegsPlan { count, rank }),
            (None, None, _) => None,
            (Some(_), Some(_), None) => {
                reader.wrong(section.place("leg_rank"), PlanFault::LegRank {});
                None
            }
            (Some(_), None, _) | (None, Some(_), _) => {
                let key = if legs.is_some() { "legs" } else { "leg_rank" };
                reader.wrong(section.place(key), PlanFault::LegsTogether {});
                None
            }
        };
        if let Some(lower) = ranks.last() {
            for (key, falls) in [
                ("volume", volume < lower.volume),
                ("rate", rate < lower.rate),
                ("tip_rate", tip_rate < lower.tip_rate),
            ] {
                if falls {
                    reader.wrong(section.place(key), PlanFault::RankFalls { key });
                }
            }
        }
        ranks.push(RankPlan { id, name, volume, rate, tip_rate, legs });
    }
    ranks
}

pub(super) fn read_ranking(reader: &mut Reader, top: Section<'_, '_>, has_ranks: bool) -> RankingPlan {
    let section = reader.section(top, "ranking", "ranking");
    if section.is_present() && !has_ranks {
        reader.wrong(section.place(""), PlanFault::RankingNeedsRanks {});
    }
    let volumes = [("team", VolumeKind::Team), ("small_legs", VolumeKind::SmallLegs)];
    RankingPlan {
        volume: reader.choice(section, "volume", VolumeKind::Team, &volumes),
        include_self: reader.flag(section, "include_self"),
        window_days: reader.optional_whole(section, "window_days", 1..=WINDOW_DAYS_MAX),
        demotion: reader.flag(section, "demotion"),
    }
}
