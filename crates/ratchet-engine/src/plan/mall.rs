//! `[catalogue]`, `[freight]`, `[[coupon]]`, `[[class]]`, `[[source]]`, `[[task]]`, `[market]`, `[funding]`, `[equity]` and
//! `[claims]`: what surrounds an order in a mall.

use super::fault::PlanFault;
use super::reader::{Reader, Section};
use super::{Bilingual, Fund, Split};
use crate::amount::{Money, Points, Rate};
use crate::region::Region;

/// Most `[[coupon]]` rules.
pub const COUPON_RULES_MAX: usize = 100;
/// Most `[[class]]`es.
pub const CLASSES_MAX: usize = 32;
/// Most `[[source]]`s.
pub const SOURCES_MAX: usize = 32;
/// Most `[[task]]`s.
pub const TASKS_MAX: usize = 32;
/// Most `[[freight.regions]]`.
pub const FREIGHT_REGIONS_MAX: usize = 1_000;
/// Longest time anything stays open, in days: ten years.
pub const OPEN_DAYS_MAX: u32 = 3_650;
/// Longest hold of stock for an unpaid order in minutes: thirty days.
pub const HOLD_MINUTES_MAX: u32 = 43_200;
/// Most steps in which locked points are released (CLAIM-2).
pub const STAGES_MAX: u32 = 1_000;

/// `[catalogue]`: articles with prices and stock (CAT-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CataloguePlan {
    /// Minutes for which an unpaid order holds its stock; then it is closed.
    pub hold_minutes: u32,
    /// Every line must name a listed article.
    pub listed_only: bool,
}

/// `[freight]`: what delivery costs (CAT-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreightPlan {
    /// Of an order.
    pub base: Money,
    /// From this sum of its goods on it is free.
    pub free_above: Option<Money>,
    /// `[[freight.regions]]`: other charges by region of delivery, whatever the sum.
    pub regions: Vec<(Region, Money)>,
}

/// `[[coupon]]`: a kind of coupon (12.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouponPlan {
    /// Its key.
    pub id: String,
    /// Its name for people.
    pub name: Bilingual,
    /// What it takes off.
    pub off: Discount,
    /// Sum of the goods in its scope that it requires.
    pub minimum: Money,
    /// Only articles of this product.
    pub product: Option<String>,
    /// Only lines of this merchant.
    pub merchant: Option<String>,
    /// Days after its issue for which it is good.
    pub valid_days: u32,
    /// It may be used beside others.
    pub stackable: bool,
}

/// What a coupon takes off, or a bonus adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// So much.
    Fixed(Money),
    /// This part.
    Rate(Rate),
}

/// `[[class]]`: a class of articles (CAT-7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassPlan {
    /// Its key.
    pub id: String,
    /// Its name for people.
    pub name: Bilingual,
}

impl ClassPlan {
    /// Where the class with this id stands in file order.
    pub(crate) fn place_of(classes: &[ClassPlan], id: &str) -> Option<u16> {
        let place = classes.iter().position(|class| class.id == id)?;
        u16::try_from(place).ok()
    }
}

/// `[[source]]`: where orders come from (12.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePlan {
    /// Its key.
    pub id: String,
    /// Its name for people.
    pub name: Bilingual,
    /// `[source.split]`: its own split instead of the plan's.
    pub split: Option<Split>,
    /// What its orders do not take part in.
    pub excludes: Excludes,
}

/// Mechanisms that orders of a source do not take part in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excludes {
    /// No commissions, and no volume for ranks and dividends.
    pub commission: bool,
    /// No release points.
    pub release: bool,
    /// No value units.
    pub value: bool,
    /// No loyalty points.
    pub loyalty: bool,
}

/// `[[task]]`: something that counts as the day's task (12.12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPlan {
    /// Its key.
    pub id: String,
    /// Its name for people.
    pub name: Bilingual,
    /// How often it counts in a day.
    pub daily_limit: u32,
    /// It counts once in a member's life.
    pub once: bool,
}

/// `[market]`: members trade emission points for money (MKT-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketPlan {
    /// Points in one lot.
    pub lot: Points,
    /// Prices are multiples of this.
    pub tick: Money,
    /// Of the money of a fill, from each side, rounded up.
    pub fee: Rate,
    /// Prices at most this far from the guide price of the last close.
    pub band: Option<Rate>,
    /// Most open offers one member has.
    pub offers_per_member: u32,
}

/// `[equity]`: shares for points (EQUITY-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EquityPlan {
    /// Days for which shares are locked.
    pub lock_days: u32,
    /// Days after them over which they vest, evenly.
    pub vest_days: u32,
}

/// `[claims]`: debts of an earlier platform (CLAIM-1, CLAIM-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimsPlan {
    /// Most that claims pay of an order.
    pub share: Rate,
    /// In how many steps the points of such orders become free.
    pub stages: u32,
    /// Days between two steps.
    pub stage_days: u32,
}

fn bilingual(
    reader: &mut Reader,
    section: Section<'_, '_>,
    name: &'static str,
    zh: &str,
    en: &str,
) -> Bilingual {
    let table = reader.section(section, "name", name);
    if section.is_present() && section.value("name").is_none() {
        reader.missing(section, "name", &format!("{{ zh = {zh}, en = {en} }}"));
    }
    Bilingual { zh: reader.name(table, "zh", zh), en: reader.name(table, "en", en) }
}

/// Reports the second of two list entries with one id.
fn once(reader: &mut Reader, section: Section<'_, '_>, id: &str, earlier: &mut Vec<String>) {
    if earlier.iter().any(|known| known == id) {
        reader.wrong(section.place("id"), PlanFault::IdTwice { id });
    }
    earlier.push(id.to_owned());
}

pub(super) fn read_catalogue(reader: &mut Reader, top: Section<'_, '_>) -> Option<CataloguePlan> {
    let section = reader.section(top, "catalogue", "catalogue");
    let plan = CataloguePlan {
        hold_minutes: reader.optional_whole(section, "hold_minutes", 1..=HOLD_MINUTES_MAX).unwrap_or(15),
        listed_only: reader.flag(section, "listed_only"),
    };
    section.is_present().then_some(plan)
}

pub(super) fn read_freight(
    reader: &mut Reader,
    top: Section<'_, '_>,
    has_catalogue: bool,
) -> Option<FreightPlan> {
    let section = reader.section(top, "freight", "freight");
    if section.is_present() && !has_catalogue {
        reader.wrong(top.place("freight"), PlanFault::FreightNeedsCatalogue {});
    }
    let base = reader.required_money(section, "base", "\"8.00\"");
    let free_above = reader.optional_money(section, "free_above");
    let mut regions = Vec::new();
    for region in reader.tables(section, "regions", "freight.regions", FREIGHT_REGIONS_MAX) {
        let amount = reader.required_money(region, "amount", "\"20.00\"");
        if region.value("code").is_none() {
            reader.missing(region, "code", "\"650000\"");
        }
        let Some(text) = reader.optional_text(region, "code", "\"650000\"") else { continue };
        match Region::parse(text).filter(|code| code.has_province()) {
            Some(code) => regions.push((code, amount)),
            None => reader.wrong(region.place("code"), PlanFault::RegionCode {}),
        }
    }
    section.is_present().then_some(FreightPlan { base, free_above, regions })
}

/// Reads either of two keys; reports both or, where one is required, none.
pub(super) fn read_discount(
    reader: &mut Reader,
    section: Section<'_, '_>,
    (fixed, rate): (&str, &str),
    required: bool,
) -> Option<Discount> {
    let both = section.value(fixed).is_some() && section.value(rate).is_some();
    if both {
        reader.wrong(section.place(rate), PlanFault::Either { fixed, rate });
    }
    if required && section.is_present() && section.value(fixed).is_none() && section.value(rate).is_none() {
        reader.missing(section, fixed, &format!("\"10.00\", or {rate} = \"10%\""));
    }
    let money = reader.optional_money(section, fixed).map(Discount::Fixed);
    money.or_else(|| reader.optional_rate(section, rate, Rate::from_ppm(100_000)).map(Discount::Rate))
}

pub(super) fn read_coupons(
    reader: &mut Reader,
    top: Section<'_, '_>,
    has_catalogue: bool,
) -> Vec<CouponPlan> {
    let sections = reader.tables(top, "coupon", "coupon", COUPON_RULES_MAX);
    if !sections.is_empty() && !has_catalogue {
        reader.wrong(top.place("coupon"), PlanFault::CouponNeedsCatalogue {});
    }
    let mut ids = Vec::new();
    let mut plans = Vec::new();
    for section in sections {
        let id = reader.identifier(section, "id", "\"new_member\"");
        once(reader, section, &id, &mut ids);
        let name = bilingual(reader, section, "coupon.name", "\"新人券\"", "\"New member\"");
        let off = read_discount(reader, section, ("off", "rate"), true);
        let text = |reader: &mut Reader, key| reader.optional_text(section, key, "\"p1\"").map(str::to_owned);
        plans.push(CouponPlan {
            id,
            name,
            off: off.unwrap_or(Discount::Fixed(Money::ZERO)),
            minimum: reader.optional_money(section, "minimum").unwrap_or(Money::ZERO),
            product: text(reader, "product"),
            merchant: text(reader, "merchant"),
            valid_days: reader.optional_whole(section, "valid_days", 1..=OPEN_DAYS_MAX).unwrap_or(30),
            stackable: reader.flag(section, "stackable"),
        });
    }
    plans
}

pub(super) fn read_classes(reader: &mut Reader, top: Section<'_, '_>) -> Vec<ClassPlan> {
    let mut ids = Vec::new();
    let mut plans = Vec::new();
    for section in reader.tables(top, "class", "class", CLASSES_MAX) {
        let id = reader.identifier(section, "id", "\"fresh\"");
        once(reader, section, &id, &mut ids);
        let name = bilingual(reader, section, "class.name", "\"生鲜\"", "\"Fresh food\"");
        plans.push(ClassPlan { id, name });
    }
    plans
}

pub(super) fn read_sources(
    reader: &mut Reader,
    top: Section<'_, '_>,
    plan_split: &Split,
    has_pool: bool,
) -> Vec<SourcePlan> {
    let mut ids = Vec::new();
    let mut plans = Vec::new();
    for section in reader.tables(top, "source", "source", SOURCES_MAX) {
        let id = reader.identifier(section, "id", "\"live_stream\"");
        once(reader, section, &id, &mut ids);
        let name = bilingual(reader, section, "source.name", "\"直播\"", "\"Live stream\"");
        let own = reader.section(section, "split", "source.split");
        let split = own.is_present().then(|| read_source_split(reader, own, plan_split, has_pool));
        let excludes = reader.section(section, "excludes", "source.excludes");
        let excludes = Excludes {
            commission: reader.flag(excludes, "commission"),
            release: reader.flag(excludes, "release"),
            value: reader.flag(excludes, "value"),
            loyalty: reader.flag(excludes, "loyalty"),
        };
        plans.push(SourcePlan { id, name, split, excludes });
    }
    plans
}

/// A split of a source: the plan's funds in their order, each with a share of its own, 0 % where it names none.
fn read_source_split(
    reader: &mut Reader,
    section: Section<'_, '_>,
    plan_split: &Split,
    has_pool: bool,
) -> Split {
    let cost = reader.rate(section, "cost", Rate::ZERO);
    let pool = reader.rate(section, "pool", Rate::ZERO);
    let commission = reader.rate(section, "commission", Rate::ZERO);
    let named = reader.section(section, "funds", "source.split.funds");
    let mut shares = Vec::new();
    for name in reader.named(named, super::FUNDS_MAX) {
        let share = reader.rate(named, &name, Rate::ZERO);
        if !plan_split.funds.iter().any(|fund| fund.name == name) {
            reader.wrong(named.place(&name), PlanFault::SourceFund {});
        }
        shares.push((name, share));
    }
    let funds: Vec<Fund> = plan_split
        .funds
        .iter()
        .map(|fund| {
            let share =
                shares.iter().find(|(name, _)| *name == fund.name).map_or(Rate::ZERO, |(_, share)| *share);
            Fund { name: fund.name.clone(), share }
        })
        .collect();
    let shares = [cost, pool, commission].into_iter().chain(funds.iter().map(|fund| fund.share));
    if shares.map(Rate::ppm).fold(0, u32::saturating_add) > Rate::ONE.ppm() {
        reader.wrong(section.place("cost"), PlanFault::SourceShares {});
    }
    if pool > Rate::ZERO && !has_pool {
        reader.wrong(section.place("pool"), PlanFault::SourcePool {});
    }
    Split { cost, pool, commission, funds }
}

pub(super) fn read_tasks(reader: &mut Reader, top: Section<'_, '_>) -> Vec<TaskPlan> {
    let mut ids = Vec::new();
    let mut plans = Vec::new();
    for section in reader.tables(top, "task", "task", TASKS_MAX) {
        let id = reader.identifier(section, "id", "\"sign_in\"");
        once(reader, section, &id, &mut ids);
        plans.push(TaskPlan {
            id,
            name: bilingual(reader, section, "task.name", "\"签到\"", "\"Sign in\""),
            daily_limit: reader.optional_whole(section, "daily_limit", 1..=1_000).unwrap_or(1),
            once: reader.flag(section, "once"),
        });
    }
    plans
}

pub(super) fn read_market(
    reader: &mut Reader,
    top: Section<'_, '_>,
    has_emission: bool,
) -> Option<MarketPlan> {
    let section = reader.section(top, "market", "market");
    if section.is_present() && !has_emission {
        reader.wrong(top.place("market"), PlanFault::MarketNeedsEmission {});
    }
    let lot = reader.optional_points(section, "lot", "\"0.01\"");
    let tick = reader.optional_money(section, "tick");
    if tick.is_some_and(Money::is_zero) {
        reader.wrong(section.place("tick"), PlanFault::MoreThanZero { key: "tick" });
    }
    let plan = MarketPlan {
        lot: lot.unwrap_or(Points::from_units(crate::amount::UNITS_PER_POINT / 100)),
        tick: tick.unwrap_or_else(|| Money::from_minor(1).unwrap_or(Money::ZERO)),
        fee: reader.rate(section, "fee", Rate::ZERO),
        band: reader.optional_rate(section, "band", Rate::from_ppm(100_000)),
        offers_per_member: reader.optional_whole(section, "offers_per_member", 1..=100_000).unwrap_or(100),
    };
    section.is_present().then_some(plan)
}

/// `[funding]` has no keys: its presence allows rounds (FUND-1).
pub(super) fn read_funding(reader: &mut Reader, top: Section<'_, '_>) -> bool {
    reader.section(top, "funding", "funding").is_present()
}

pub(super) fn read_equity(reader: &mut Reader, top: Section<'_, '_>, has_pool: bool) -> Option<EquityPlan> {
    let section = reader.section(top, "equity", "equity");
    if section.is_present() && !has_pool {
        reader.wrong(top.place("equity"), PlanFault::EquityNeedsPool {});
    }
    let plan = EquityPlan {
        lock_days: reader.optional_whole(section, "lock_days", 0..=OPEN_DAYS_MAX).unwrap_or(365),
        vest_days: reader.optional_whole(section, "vest_days", 0..=OPEN_DAYS_MAX).unwrap_or(365),
    };
    section.is_present().then_some(plan)
}

pub(super) fn read_claims(reader: &mut Reader, top: Section<'_, '_>) -> Option<ClaimsPlan> {
    let section = reader.section(top, "claims", "claims");
    let plan = ClaimsPlan {
        share: reader.required_rate(section, "share", "\"40%\""),
        stages: reader.optional_whole(section, "stages", 1..=STAGES_MAX).unwrap_or(1),
        stage_days: reader.optional_whole(section, "stage_days", 1..=OPEN_DAYS_MAX).unwrap_or(30),
    };
    section.is_present().then_some(plan)
}
