//! `[loyalty]`: loyalty points of fixed worth, and by what steps, tiers and limits they are earned (LOY-1, LOY-5).

use super::Bilingual;
use super::fault::PlanFault;
use super::mall::{CLASSES_MAX, ClassPlan, OPEN_DAYS_MAX};
use super::reader::{Reader, Section};
use crate::amount::{Money, Rate};

/// Most `[[loyalty.tiers]]`.
pub const LOYALTY_TIERS_MAX: usize = 32;
/// Most points that a step gives.
pub const STEP_POINTS_MAX: u32 = 1_000_000;
/// Most points that a tier begins with, or that a month is limited to.
pub const POINTS_MAX: u32 = 1_000_000_000;
/// The most that a point is worth, in minor units.
pub const WORTH_MAX: u32 = 1_000_000;

/// `[loyalty]`: loyalty points of fixed worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoyaltyPlan {
    /// What a line earns, where no tier says something else.
    pub earn: Earn,
    /// What one point is worth, at least one minor unit (LOY-5a).
    pub worth: Money,
    /// An order whose bases come to less earns nothing (LOY-5c).
    pub minimum: Money,
    /// Most points that a member earns in a local month (LOY-5e).
    pub monthly_limit: Option<u32>,
    /// Days after which they expire.
    pub valid_days: u32,
    /// Points that a refund asks back and that were spent are cut from its cash (LOY-4b).
    pub set_off: bool,
    /// Days of the window in which tiers are reached; without, everything counts for ever (LOY-5d).
    pub tier_days: Option<u32>,
    /// Days for which a tier is kept after its condition ended.
    pub keep_days: u32,
    /// What is counted for tiers.
    pub tier_basis: TierBasis,
    /// `[[loyalty.tiers]]`, the lowest first.
    pub tiers: Vec<LoyaltyTier>,
    /// `[[loyalty.classes]]`: what lines of a class earn, in every tier.
    pub classes: Vec<LoyaltyClass>,
}

/// `[[loyalty.classes]]`: a class of articles that earns something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoyaltyClass {
    /// Which one: its place in file order.
    pub class: u16,
    /// What a line earns.
    pub earn: Earn,
}

/// What a base earns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earn {
    /// Points worth this part of it.
    Rate(Rate),
    /// So many points for each full amount in it.
    Steps {
        /// More than zero.
        per_full: Money,
        /// Worth at most `per_full` together.
        points: u32,
    },
}

/// What is counted for the tiers of a member (LOY-5d).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierBasis {
    /// Bases of settled lines, less what was refunded of them.
    Spent,
    /// Points earned, less what was taken back of them.
    Earned,
}

/// `[[loyalty.tiers]]`: what members earn from some amount on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoyaltyTier {
    /// Its name for people.
    pub name: Option<Bilingual>,
    /// Spent, or the worth of the points earned, from which on it is reached.
    pub from: Money,
    /// What a line earns.
    pub earn: Earn,
}

impl Earn {
    /// At most this part of a base is earned; rounded up.
    pub fn at_most(self, worth: Money) -> Rate {
        match self {
            Earn::Rate(rate) => rate,
            Earn::Steps { per_full, points } => {
                let given = worth.as_u128() * u128::from(points);
                let ppm = (given * u128::from(Rate::ONE.ppm())).div_ceil(per_full.as_u128().max(1));
                Rate::from_ppm(u32::try_from(ppm).unwrap_or(Rate::ONE.ppm())).min(Rate::ONE)
            }
        }
    }
}

impl LoyaltyPlan {
    /// What a base of a class earns in a tier: what the class says, else the tier, else the plan. Tiers are counted from 1, 0 is
    /// below the first; one that is not there counts as the highest.
    pub(crate) fn earn_of(&self, tier: usize, class: Option<u16>) -> Earn {
        if let Some(own) = self.classes.iter().find(|own| Some(own.class) == class) {
            return own.earn;
        }
        let tier = tier.min(self.tiers.len()).checked_sub(1).and_then(|place| self.tiers.get(place));
        tier.map_or(self.earn, |tier| tier.earn)
    }

    /// Everything that a base can earn.
    fn all_earned(&self) -> impl Iterator<Item = Earn> + '_ {
        let (tiers, classes) =
            (self.tiers.iter().map(|tier| tier.earn), self.classes.iter().map(|class| class.earn));
        tiers.chain(classes).chain([self.earn])
    }

    /// The highest part of a base that anybody earns.
    pub fn highest_rate(&self) -> Rate {
        self.all_earned().map(|earn| earn.at_most(self.worth)).max().unwrap_or(Rate::ZERO)
    }

    /// Whether the points of a line depend on the other lines of its order, so that a refund looks at the whole order (LOY-5f).
    pub(crate) fn is_by_order(&self) -> bool {
        let steps = |earn| matches!(earn, Earn::Steps { .. });
        self.worth.minor() > 1 || !self.minimum.is_zero() || self.all_earned().any(steps)
    }

    /// Whether anything asks what a member spent or earned on which day.
    pub(crate) fn counts_days(&self) -> bool {
        !self.tiers.is_empty() || self.monthly_limit.is_some()
    }

    /// How many days before today what was spent and earned on a day is still asked for: those of the longest month at least.
    pub(crate) fn days_kept(&self) -> i64 {
        let tiers = self.tier_days.map_or(0, |days| i64::from(days) + i64::from(self.keep_days));
        tiers.max(31)
    }
}

pub(super) fn read_loyalty(
    reader: &mut Reader,
    top: Section<'_, '_>,
    classes: &[ClassPlan],
) -> Option<LoyaltyPlan> {
    let section = reader.section(top, "loyalty", "loyalty");
    let worth = read_worth(reader, section);
    let per_full = reader.optional_money(section, "per_full");
    if per_full.is_some_and(Money::is_zero) {
        reader.wrong(section.place("per_full"), PlanFault::MoreThanZero { key: "per_full" });
    }
    let per_full = per_full.filter(|amount| !amount.is_zero());
    if section.is_present() && section.value("earn_rate").is_none() && section.value("per_full").is_none() {
        reader.missing(section, "earn_rate", "\"2%\", or per_full = \"10.00\" and points = 1");
    }
    let earn = read_earn(reader, section, "earn_rate", per_full, worth);
    let (tier_basis, tiers) = read_tiers(reader, section, per_full, worth);
    let classes = read_classes(reader, section, (per_full, worth), classes);
    for key in ["tier_days", "keep_days"] {
        let needs = if key == "tier_days" { "[[loyalty.tiers]]" } else { "tier_days" };
        let lacks = if key == "tier_days" { tiers.is_empty() } else { section.value("tier_days").is_none() };
        if lacks && section.value(key).is_some() {
            reader.wrong(section.place(key), PlanFault::LoyaltyNeeds { key, needs });
        }
    }
    let plan = LoyaltyPlan {
        earn,
        worth,
        minimum: reader.optional_money(section, "minimum").unwrap_or(Money::ZERO),
        monthly_limit: reader.optional_whole(section, "monthly_limit", 1..=POINTS_MAX),
        valid_days: reader.required_whole(section, "valid_days", 1..=OPEN_DAYS_MAX, "365").unwrap_or(1),
        set_off: reader.flag(section, "set_off"),
        tier_days: reader.optional_whole(section, "tier_days", 1..=OPEN_DAYS_MAX),
        keep_days: reader.optional_whole(section, "keep_days", 0..=OPEN_DAYS_MAX).unwrap_or(0),
        tier_basis,
        tiers,
        classes,
    };
    section.is_present().then_some(plan)
}

fn read_worth(reader: &mut Reader, section: Section<'_, '_>) -> Money {
    let one = Money::from_minor(1).unwrap_or(Money::ZERO);
    let Some(worth) = reader.optional_money(section, "worth") else { return one };
    if (1..=i64::from(WORTH_MAX)).contains(&worth.minor()) {
        return worth;
    }
    reader.wrong(section.place("worth"), PlanFault::LoyaltyWorth { most: WORTH_MAX });
    one
}

/// A rate, or the points of a step.
fn read_earn(
    reader: &mut Reader,
    section: Section<'_, '_>,
    rate: &'static str,
    per_full: Option<Money>,
    worth: Money,
) -> Earn {
    let has = |key| section.value(key).is_some();
    if has(rate) && has("points") {
        reader.wrong(section.place("points"), PlanFault::Either { fixed: rate, rate: "points" });
    }
    let stated = reader.optional_rate(section, rate, Rate::from_ppm(20_000));
    let points = reader.optional_whole(section, "points", 0..=STEP_POINTS_MAX);
    match (per_full, points) {
        (Some(per_full), Some(points)) => {
            if worth.as_u128() * u128::from(points) > per_full.as_u128() {
                reader.wrong(section.place("points"), PlanFault::LoyaltyStep {});
            }
            Earn::Steps { per_full, points }
        }
        (None, Some(_)) => {
            reader
                .wrong(section.place("points"), PlanFault::LoyaltyNeeds { key: "points", needs: "per_full" });
            Earn::Rate(Rate::ZERO)
        }
        (Some(_), None) if !has(rate) && !has("points") => {
            reader.missing(section, "points", "1");
            Earn::Rate(Rate::ZERO)
        }
        (_, None) => Earn::Rate(stated.unwrap_or(Rate::ZERO)),
    }
}

/// What a tier or class states: in a plan with steps a rate too, or the points of its steps.
fn read_own_earn(
    reader: &mut Reader,
    section: Section<'_, '_>,
    per_full: Option<Money>,
    worth: Money,
) -> Earn {
    if section.value("rate").is_none() && section.value("points").is_none() {
        reader.missing(section, "rate", "\"3%\"");
    }
    let steps = per_full.filter(|_| section.value("points").is_some());
    read_earn(reader, section, "rate", steps, worth)
}

fn read_classes(
    reader: &mut Reader,
    loyalty: Section<'_, '_>,
    (per_full, worth): (Option<Money>, Money),
    known: &[ClassPlan],
) -> Vec<LoyaltyClass> {
    let mut all: Vec<LoyaltyClass> = Vec::new();
    for section in reader.tables(loyalty, "classes", "loyalty.classes", CLASSES_MAX) {
        let id = reader.identifier(section, "class", "\"fresh\"");
        let earn = read_own_earn(reader, section, per_full, worth);
        match ClassPlan::place_of(known, &id)
            .filter(|class| all.iter().all(|earlier| earlier.class != *class))
        {
            Some(class) => all.push(LoyaltyClass { class, earn }),
            None if section.value("class").is_some() => {
                reader.wrong(section.place("class"), PlanFault::LoyaltyClass { class: &id });
            }
            None => {}
        }
    }
    all
}

fn read_tiers(
    reader: &mut Reader,
    loyalty: Section<'_, '_>,
    per_full: Option<Money>,
    worth: Money,
) -> (TierBasis, Vec<LoyaltyTier>) {
    let mut basis = None;
    let mut tiers: Vec<LoyaltyTier> = Vec::new();
    for section in reader.tables(loyalty, "tiers", "loyalty.tiers", LOYALTY_TIERS_MAX) {
        let both = section.value("from").is_some() && section.value("from_points").is_some();
        if both {
            reader.wrong(
                section.place("from_points"),
                PlanFault::Either { fixed: "from", rate: "from_points" },
            );
        }
        let is = if section.value("from_points").is_some() { TierBasis::Earned } else { TierBasis::Spent };
        if *basis.get_or_insert(is) != is {
            let place = if is == TierBasis::Earned { "from_points" } else { "from" };
            reader.wrong(section.place(place), PlanFault::LoyaltyTierBasis {});
        }
        let from = match is {
            TierBasis::Spent => reader.required_money(section, "from", "\"1000.00\""),
            TierBasis::Earned => {
                let points = reader.optional_whole(section, "from_points", 0..=POINTS_MAX).unwrap_or(0);
                Money::from_wide(worth.as_u128() * u128::from(points)).unwrap_or(Money::ZERO)
            }
        };
        if tiers.last().is_some_and(|last| last.from >= from) {
            let place = if is == TierBasis::Earned { "from_points" } else { "from" };
            reader.wrong(section.place(place), PlanFault::LoyaltyTierOrder {});
        }
        let earn = read_own_earn(reader, section, per_full, worth);
        let names = reader.section(section, "name", "loyalty.tiers.name");
        let name = names.is_present().then(|| Bilingual {
            zh: reader.name(names, "zh", "\"金卡\""),
            en: reader.name(names, "en", "\"Gold\""),
        });
        tiers.push(LoyaltyTier { name, from, earn });
    }
    (basis.unwrap_or(TierBasis::Spent), tiers)
}
