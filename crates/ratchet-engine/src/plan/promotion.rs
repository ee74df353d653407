//! `[[promotion]]`: a price and what has to happen before an order at that price is kept (12.1 to 12.10).
//!
//! A promotion is what its sections make it: none is a flash sale; `group`, `lottery`, `presale`, `blind_box`, `chain`,
//! `relist` and `voucher` add to it. What cannot be combined is refused here, with the reason.

use super::fault::PlanFault;
use super::mall::{CouponPlan, Discount, HOLD_MINUTES_MAX, OPEN_DAYS_MAX, read_discount};
use super::reader::{Reader, Section};
use super::{Bilingual, Mode, Plan, Split};
use crate::amount::{Money, Rate};

/// Most `[[promotion]]`s.
pub const PROMOTIONS_MAX: usize = 100;
/// Most members of one group.
pub const GROUP_MEMBERS_MAX: u32 = 1_000;
/// Most items of a blind box.
pub const ITEMS_MAX: usize = 100;
/// Highest weight of an item.
pub const WEIGHT_MAX: u32 = 1_000_000;
/// Longest time anything of a promotion may take in hours: ten years.
pub const HOURS_MAX: u32 = 87_600;
/// Most recruits after which an agent of a chain becomes boss.
pub const CHAIN_QUOTA_MAX: u32 = 1_000;

/// One `[[promotion]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotionPlan {
    /// Its key.
    pub id: String,
    /// Its name for people.
    pub name: Bilingual,
    /// Price of one piece.
    pub price: Money,
    /// Most pieces one member has in one campaign.
    pub limit_per_member: Option<u32>,
    /// Most pieces in one order.
    pub limit_per_order: Option<u32>,
    /// Minutes for which an unpaid order holds stock and quota.
    pub hold_minutes: u32,
    /// `[promotion.group]` (12.1)
    pub group: Option<GroupPlan>,
    /// `[promotion.lottery]` (12.2)
    pub lottery: Option<LotteryPlan>,
    /// `[promotion.presale]` (12.4)
    pub presale: Option<PresalePlan>,
    /// `[promotion.blind_box]` (12.5)
    pub blind_box: Option<BlindBoxPlan>,
    /// `[promotion.chain]` (12.6)
    pub chain: Option<ChainPlan>,
    /// `[promotion.relist]` (12.7)
    pub relist: Option<RelistPlan>,
    /// `[promotion.voucher]` (12.10): days in which the voucher is redeemed.
    pub voucher_days: Option<u32>,
}

/// `[promotion.group]`: kept only if enough people buy together (12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupPlan {
    /// How many.
    pub members: u32,
    /// Within how many hours after the leader paid.
    pub hours: u32,
    /// For the leader: fixed, once; or a part of the base of every order of the group.
    pub leader_bonus: Option<Discount>,
}

/// `[promotion.lottery]`: of a full group some win the goods (12.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LotteryPlan {
    /// How many of the group.
    pub winners: u32,
    /// Hours for revealing the seed of a full group.
    pub reveal_hours: u32,
    /// What each of the others gets beside its money.
    pub consolation: Consolation,
    /// Which fund of the split pays it: its place in file order.
    pub fund: usize,
}

/// What a member of a lottery group gets that did not win.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consolation {
    /// Money: fixed, or a part of what the order had paid for goods.
    Cash(Discount),
    /// So many loyalty points, worth this.
    Loyalty(Money),
    /// A coupon of this kind, by its place in the plan.
    Coupon(usize),
}

/// `[promotion.presale]`: a deposit now, the rest later (12.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresalePlan {
    /// Paid first, for one piece.
    pub deposit: Money,
    /// What of the price it counts for, at least the deposit.
    pub counts_as: Money,
    /// Hours for paying the rest, from the end of the campaign on.
    pub balance_hours: u32,
    /// Hours after those within which the goods leave; later the order is refunded.
    pub ship_hours: Option<u32>,
    /// A deposit whose rest is not paid goes to the merchant instead of back.
    pub forfeit: bool,
}

/// `[promotion.blind_box]`: what is bought is drawn (12.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlindBoxPlan {
    /// `[[promotion.blind_box.items]]`; the first is the top item.
    pub items: Vec<ItemPlan>,
    /// After so many draws of a member without the top item the next one is it, if in stock.
    pub pity: Option<u32>,
    /// Most boxes one member buys in a local day.
    pub limit_per_day: Option<u32>,
    /// Hours for revealing the seed of a paid box.
    pub reveal_hours: u32,
}

/// One item of a blind box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemPlan {
    /// The article.
    pub sku: String,
    /// Its weight among those in stock.
    pub weight: u32,
    /// How many there are in one campaign.
    pub stock: u32,
}

/// `[promotion.chain]`: two recruits and out (12.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainPlan {
    /// Recruits after which an agent becomes boss of a team of its own.
    pub quota: u32,
    /// For the inviter of a new agent.
    pub direct_bonus: Money,
    /// For the boss of the team that the new agent joins.
    pub boss_bonus: Money,
}

/// `[promotion.relist]`: goods sold on at a mark-up (12.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelistPlan {
    /// Added to the price at each sale, rounded up.
    pub markup: Rate,
    /// Of the price, from the seller, rounded up.
    pub fee: Rate,
    /// At this price or above, goods are delivered and not sold on.
    pub ceiling: Money,
}

impl PromotionPlan {
    /// What an order of it pays for one piece: the price, of a presale less what the deposit counts for beyond itself
    /// (PRE-1).
    pub(crate) fn piece(&self) -> Money {
        match &self.presale {
            Some(presale) => self.price.saturating_sub(presale.counts_as).add_within_limit(presale.deposit),
            None => self.price,
        }
    }
}

pub(super) fn read_promotions(
    reader: &mut Reader,
    top: Section<'_, '_>,
    split: &Split,
    coupons: &[CouponPlan],
    (mode, has_catalogue, has_loyalty): (Mode, bool, bool),
) -> Vec<PromotionPlan> {
    let sections = reader.tables(top, "promotion", "promotion", PROMOTIONS_MAX);
    if !sections.is_empty() && !has_catalogue {
        reader.wrong(top.place("promotion"), PlanFault::PromotionNeedsCatalogue {});
    }
    let mut plans: Vec<PromotionPlan> = Vec::new();
    for section in sections {
        let plan = read_promotion(reader, section, split, coupons, has_loyalty);
        if plans.iter().any(|earlier| earlier.id == plan.id) {
            reader.wrong(section.place("id"), PlanFault::IdTwice { id: &plan.id });
        }
        check_combination(reader, section, &plan, mode);
        plans.push(plan);
    }
    plans
}

fn read_promotion(
    reader: &mut Reader,
    section: Section<'_, '_>,
    split: &Split,
    coupons: &[CouponPlan],
    has_loyalty: bool,
) -> PromotionPlan {
    let id = reader.identifier(section, "id", "\"flash_group\"");
    let name = reader.section(section, "name", "promotion.name");
    if section.value("name").is_none() {
        reader.missing(section, "name", "{ zh = \"限时拼团\", en = \"Flash group buy\" }");
    }
    let name = Bilingual {
        zh: reader.name(name, "zh", "\"限时拼团\""),
        en: reader.name(name, "en", "\"Flash group buy\""),
    };
    let price = reader.required_money(section, "price", "\"99.00\"");
    if section.value("price").is_some() && price.is_zero() {
        reader.wrong(section.place("price"), PlanFault::MoreThanZero { key: "price" });
    }
    PromotionPlan {
        id,
        name,
        price,
        limit_per_member: reader
            .optional_whole(section, "limit_per_member", 1..=1_000_000)
            .or(section.value("chain").is_some().then_some(1)),
        limit_per_order: reader.optional_whole(section, "limit_per_order", 1..=1_000_000),
        hold_minutes: reader.optional_whole(section, "hold_minutes", 1..=HOLD_MINUTES_MAX).unwrap_or(15),
        group: read_group(reader, section),
        lottery: read_lottery(reader, section, split, coupons, has_loyalty),
        presale: read_presale(reader, section, price),
        blind_box: read_blind_box(reader, section),
        chain: read_chain(reader, section),
        relist: read_relist(reader, section),
        voucher_days: {
            let voucher = reader.section(section, "voucher", "promotion.voucher");
            reader.required_whole(voucher, "valid_days", 1..=OPEN_DAYS_MAX, "30")
        },
    }
}

fn read_group(reader: &mut Reader, promotion: Section<'_, '_>) -> Option<GroupPlan> {
    let section = reader.section(promotion, "group", "promotion.group");
    let plan = GroupPlan {
        members: reader.required_whole(section, "members", 2..=GROUP_MEMBERS_MAX, "3").unwrap_or(2),
        hours: reader.required_whole(section, "hours", 1..=HOURS_MAX, "24").unwrap_or(1),
        leader_bonus: read_discount(reader, section, ("leader_bonus", "leader_rate"), false),
    };
    section.is_present().then_some(plan)
}

fn read_lottery(
    reader: &mut Reader,
    promotion: Section<'_, '_>,
    split: &Split,
    coupons: &[CouponPlan],
    has_loyalty: bool,
) -> Option<LotteryPlan> {
    let section = reader.section(promotion, "lottery", "promotion.lottery");
    if !section.is_present() {
        return None;
    }
    let winners = reader.required_whole(section, "winners", 1..=GROUP_MEMBERS_MAX, "1").unwrap_or(1);
    let cash = read_discount(reader, section, ("consolation", "consolation_rate"), false);
    let loyalty = reader.optional_money(section, "consolation_loyalty");
    if loyalty.is_some() && !has_loyalty {
        reader.wrong(section.place("consolation_loyalty"), PlanFault::ConsolationLoyalty {});
    }
    let coupon = reader.optional_text(section, "consolation_coupon", "\"new_member\"").and_then(|name| {
        let found = coupons.iter().position(|coupon| coupon.id == name);
        if found.is_none() {
            reader.wrong(section.place("consolation_coupon"), PlanFault::ConsolationCoupon {});
        }
        found
    });
    let stated = [cash.is_some(), loyalty.is_some(), coupon.is_some()].into_iter().filter(|is| *is).count();
    if stated > 1 {
        reader.wrong(section.place("winners"), PlanFault::OneConsolation {});
    }
    let consolation = loyalty
        .map(Consolation::Loyalty)
        .or(coupon.map(Consolation::Coupon))
        .unwrap_or(Consolation::Cash(cash.unwrap_or(Discount::Fixed(Money::ZERO))));
    Some(LotteryPlan {
        winners,
        reveal_hours: reader.optional_whole(section, "reveal_hours", 1..=HOURS_MAX).unwrap_or(24),
        consolation,
        fund: reader.fund(section, "fund", split).unwrap_or(0),
    })
}

fn read_presale(reader: &mut Reader, promotion: Section<'_, '_>, price: Money) -> Option<PresalePlan> {
    let section = reader.section(promotion, "presale", "promotion.presale");
    if !section.is_present() {
        return None;
    }
    let deposit = reader.required_money(section, "deposit", "\"20.00\"");
    let counts_as = reader.optional_money(section, "counts_as").unwrap_or(deposit);
    if section.value("deposit").is_some() && deposit.is_zero() {
        reader.wrong(section.place("deposit"), PlanFault::MoreThanZero { key: "deposit" });
    }
    if counts_as < deposit {
        reader.wrong(section.place("counts_as"), PlanFault::DepositCounts {});
    }
    if counts_as >= price {
        reader.wrong(section.place("deposit"), PlanFault::DepositWhole {});
    }
    Some(PresalePlan {
        deposit,
        counts_as,
        balance_hours: reader.required_whole(section, "balance_hours", 1..=HOURS_MAX, "72").unwrap_or(1),
        ship_hours: reader.optional_whole(section, "ship_hours", 1..=HOURS_MAX),
        forfeit: reader.flag(section, "forfeit"),
    })
}

fn read_blind_box(reader: &mut Reader, promotion: Section<'_, '_>) -> Option<BlindBoxPlan> {
    let section = reader.section(promotion, "blind_box", "promotion.blind_box");
    if !section.is_present() {
        return None;
    }
    let mut items: Vec<ItemPlan> = Vec::new();
    for item in reader.tables(section, "items", "promotion.blind_box.items", ITEMS_MAX) {
        if item.value("sku").is_none() {
            reader.missing(item, "sku", "\"figure-gold\"");
        }
        let sku = reader.optional_text(item, "sku", "\"figure-gold\"").unwrap_or("").to_owned();
        if items.iter().any(|earlier| earlier.sku == sku) {
            reader.wrong(item.place("sku"), PlanFault::BoxTwice {});
        }
        if crate::id::Id::check(&sku).is_err() {
            reader.wrong(item.place("sku"), PlanFault::BoxId {});
        }
        items.push(ItemPlan {
            sku,
            weight: reader.required_whole(item, "weight", 1..=WEIGHT_MAX, "10").unwrap_or(1),
            stock: reader.required_whole(item, "stock", 1..=1_000_000_000, "100").unwrap_or(1),
        });
    }
    if items.len() < 2 {
        reader.wrong(promotion.place("blind_box"), PlanFault::BoxItems {});
    }
    Some(BlindBoxPlan {
        items,
        pity: reader.optional_whole(section, "pity", 1..=1_000_000),
        limit_per_day: reader.optional_whole(section, "limit_per_day", 1..=1_000_000),
        reveal_hours: reader.optional_whole(section, "reveal_hours", 1..=HOURS_MAX).unwrap_or(24),
    })
}

fn read_chain(reader: &mut Reader, promotion: Section<'_, '_>) -> Option<ChainPlan> {
    let section = reader.section(promotion, "chain", "promotion.chain");
    let plan = ChainPlan {
        quota: reader.optional_whole(section, "quota", 1..=CHAIN_QUOTA_MAX).unwrap_or(2),
        direct_bonus: reader.optional_money(section, "direct_bonus").unwrap_or(Money::ZERO),
        boss_bonus: reader.optional_money(section, "boss_bonus").unwrap_or(Money::ZERO),
    };
    section.is_present().then_some(plan)
}

fn read_relist(reader: &mut Reader, promotion: Section<'_, '_>) -> Option<RelistPlan> {
    let section = reader.section(promotion, "relist", "promotion.relist");
    let plan = RelistPlan {
        markup: reader.required_rate(section, "markup", "\"5%\""),
        fee: reader.rate(section, "fee", Rate::ZERO),
        ceiling: reader.required_money(section, "ceiling", "\"2000.00\""),
    };
    if section.is_present() && plan.markup == Rate::ZERO {
        reader.wrong(section.place("markup"), PlanFault::Markup {});
    }
    section.is_present().then_some(plan)
}

/// Refuses what cannot be combined, with the reason (12.1 to 12.7).
fn check_combination(reader: &mut Reader, section: Section<'_, '_>, plan: &PromotionPlan, mode: Mode) {
    let PromotionPlan { group, lottery, presale, blind_box, chain, relist, voucher_days, .. } = plan;
    let mut refuse = |key: &str, fault: PlanFault<'_>| reader.wrong(section.place(key), fault);
    if let Some(lottery) = lottery {
        match group {
            None => refuse("lottery", PlanFault::LotteryAlone {}),
            Some(group) if lottery.winners >= group.members => {
                refuse("lottery", PlanFault::LotteryAll {});
            }
            Some(_) => {}
        }
        if presale.is_some() {
            refuse("lottery", PlanFault::LotteryPresale {});
        }
        if blind_box.is_some() {
            refuse("lottery", PlanFault::LotteryBox {});
        }
        if voucher_days.is_some() {
            refuse("lottery", PlanFault::LotteryVoucher {});
        }
    }
    if blind_box.is_some() && presale.is_some() {
        refuse("blind_box", PlanFault::BoxPresale {});
    }
    if blind_box.is_some() && voucher_days.is_some() {
        refuse("voucher", PlanFault::VoucherBox {});
    }
    if presale.is_some() && voucher_days.is_some() {
        refuse("voucher", PlanFault::VoucherPresale {});
    }
    let others = group.is_some() || presale.is_some() || blind_box.is_some() || voucher_days.is_some();
    if chain.is_some() && (others || relist.is_some()) {
        refuse("chain", PlanFault::ChainAlone {});
    }
    if relist.is_some() && others {
        refuse("relist", PlanFault::RelistAlone {});
    }
    if relist.is_some() && mode == Mode::Live {
        refuse("relist", PlanFault::RelistLive {});
    }
}

impl PromotionPlan {
    /// Whether orders of it take part in draws (PROMO-5).
    pub fn draws(&self) -> bool {
        self.lottery.is_some() || self.blind_box.is_some()
    }
}

impl Plan {
    /// Whether orders may earn commissions: by `[commission]`, or the bonuses of a chain (CHAIN-3).
    pub fn pays_commissions(&self) -> bool {
        self.commission.is_some() || self.promotions.iter().any(|promotion| promotion.chain.is_some())
    }

    /// Whether orders lay anything down at payment (COMM-0, EMIT-1).
    pub(crate) fn records_entitlements(&self) -> bool {
        self.pays_commissions() || self.value.as_ref().is_some_and(|plan| !plan.referral.is_empty())
    }

    /// The promotion with this id, by its place in the plan.
    pub fn promotion(&self, id: &str) -> Option<(usize, &PromotionPlan)> {
        self.promotions.iter().enumerate().find(|(_, promotion)| promotion.id == id)
    }
}
