//! The plan: every parameter of a programme, one TOML file, checked once when it is loaded.
//!
//! A `Plan` that exists is valid: shares fit, limits hold, options that exclude each other are refused.
//! The text it was read from is kept, because the journal's first entry stores it byte for byte.
//! Keys, defaults and limits: `docs/spec/plan.md`.

mod commission;
mod error;
mod facts;
mod fault;
mod loyalty;
mod mall;
mod parse;
mod promotion;
mod reader;
mod release;
mod zones;

pub use commission::{
    ClassRates, CommissionPlan, CommissionRates, DividendPlan, GENERATIONS_MAX, LEGS_MAX, LegsPlan, PeerBase,
    PeerPlan, Period, Qualified, RANKS_MAX, RankPlan, RankingPlan, RegionalMode, RegionalPlan, VolumeKind,
    WINDOW_DAYS_MAX,
};
pub(crate) use error::Places;
pub use error::{PlanError, PlanErrors};
pub use facts::{DECLARATION_CHARS_MAX, DeclaredFact, LicenceRecord};
pub use fault::{InSection, Parser, PlanFault, form};
pub use loyalty::{
    Earn, LOYALTY_TIERS_MAX, LoyaltyClass, LoyaltyPlan, LoyaltyTier, POINTS_MAX, STEP_POINTS_MAX, TierBasis,
    WORTH_MAX,
};
pub use mall::{
    CLASSES_MAX, COUPON_RULES_MAX, CataloguePlan, ClaimsPlan, ClassPlan, CouponPlan, Discount, EquityPlan,
    Excludes, FREIGHT_REGIONS_MAX, FreightPlan, HOLD_MINUTES_MAX, MarketPlan, OPEN_DAYS_MAX, SOURCES_MAX,
    STAGES_MAX, SourcePlan, TASKS_MAX, TaskPlan,
};
pub use parse::read_document;
pub use promotion::{
    BlindBoxPlan, CHAIN_QUOTA_MAX, ChainPlan, Consolation, GROUP_MEMBERS_MAX, GroupPlan, HOURS_MAX,
    ITEMS_MAX, ItemPlan, LotteryPlan, PROMOTIONS_MAX, PresalePlan, PromotionPlan, RelistPlan, WEIGHT_MAX,
};
pub(crate) use reader::nearest;
pub use reader::{Reader, SECTIONS, Schema, Section};
pub use release::{
    EMISSION_MAX, EmissionPlan, MerchantPlan, ReleaseBase, ReleasePlan, ReleaseTier, TIERS_MAX, Tail,
    ValuePlan, YEARS_MAX, ZONE_MULTIPLE_MAX, ZONES_MAX,
};

use crate::amount::{Currency, Money, Rate};
use crate::time::Calendar;

/// Largest plan file in bytes.
pub const SOURCE_BYTES_MAX: usize = 1 << 20;
/// Most lines of a plan file; also bounds the time the TOML reader needs.
pub const SOURCE_LINES_MAX: usize = 10_000;
/// Most errors shown for one file.
pub const ERRORS_MAX: usize = 100;
/// Longest name of a programme in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Most funds under `[split.funds]`.
pub const FUNDS_MAX: usize = 32;
/// Longest name of a fund in characters.
pub const FUND_NAME_CHARS_MAX: usize = 32;
/// Longest `after_sale_days`: ten years.
pub const AFTER_SALE_DAYS_MAX: u32 = 3_650;
/// Highest opening price in minor units.
pub const OPENING_PRICE_MAX: i64 = 100_000_000;
/// Most house points.
pub const HOUSE_POINTS_MAX: u64 = 1_000_000_000;
/// Highest exit multiple.
pub const EXIT_MULTIPLE_MAX: u32 = 1_000;
/// Most jurisdictions a plan names.
pub const JURISDICTIONS_MAX: usize = 16;
/// Least and default `notice_days` of a live programme.
pub const NOTICE_DAYS_LIVE: u32 = 7;
/// Most `notice_days`.
pub const NOTICE_DAYS_MAX: u32 = 365;
/// Longest cool-down between two withdrawals in hours: ten years.
pub const COOL_DOWN_HOURS_MAX: u32 = 87_600;

/// The parameters of a programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The file's text, byte for byte.
    pub source: String,
    /// `[programme]`
    pub programme: Programme,
    /// `[split]`
    pub split: Split,
    /// `[settlement]`
    pub settlement: Settlement,
    /// `[pool]`; absent if the plan has no points.
    pub pool: Option<PoolPlan>,
    /// `[refund]`
    pub refund: RefundPlan,
    /// `[wallet]`
    pub wallet: WalletPlan,
    /// `[commission]`; absent if an order earns nothing for others.
    pub commission: Option<CommissionPlan>,
    /// `[[rank]]`, from the lowest to the highest.
    pub ranks: Vec<RankPlan>,
    /// `[ranking]`
    pub ranking: RankingPlan,
    /// `[release]`
    pub release: Option<ReleasePlan>,
    /// `[value]`
    pub value: Option<ValuePlan>,
    /// `[emission]`
    pub emission: Option<EmissionPlan>,
    /// `[merchant]`
    pub merchant: Option<MerchantPlan>,
    /// `[catalogue]`; without it articles are only recorded.
    pub catalogue: Option<CataloguePlan>,
    /// `[freight]`
    pub freight: Option<FreightPlan>,
    /// `[[coupon]]`
    pub coupons: Vec<CouponPlan>,
    /// `[[source]]`; the first is that of orders that name none.
    pub sources: Vec<SourcePlan>,
    /// `[[class]]` of articles, in file order (CAT-7).
    pub classes: Vec<ClassPlan>,
    /// `[loyalty]`
    pub loyalty: Option<LoyaltyPlan>,
    /// `[[task]]`; without it there is one task a day, without name.
    pub tasks: Vec<TaskPlan>,
    /// `[[promotion]]`
    pub promotions: Vec<PromotionPlan>,
    /// `[market]`
    pub market: Option<MarketPlan>,
    /// `[funding]`: there may be funding rounds.
    pub funding: bool,
    /// `[equity]`
    pub equity: Option<EquityPlan>,
    /// `[claims]`
    pub claims: Option<ClaimsPlan>,
    /// `[facts]`: what is declared, in file order.
    pub facts: Vec<DeclaredFact>,
}

impl Plan {
    /// The split of orders of the source at this place of `[[source]]` (SOURCE-1).
    pub(crate) fn split_of(&self, source: usize) -> &Split {
        self.sources.get(source).and_then(|source| source.split.as_ref()).unwrap_or(&self.split)
    }

    /// What orders of the source at this place do not take part in.
    pub(crate) fn excludes_of(&self, source: usize) -> Excludes {
        self.sources.get(source).map_or(Excludes::default(), |source| source.excludes)
    }

    /// Every split that an order may have: the plan's and those of its sources.
    pub(crate) fn splits(&self) -> impl Iterator<Item = &Split> {
        let own = self.sources.iter().filter_map(|source| source.split.as_ref());
        std::iter::once(&self.split).chain(own)
    }
}

/// `[programme]`: what is run, in which currency and local time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    /// Name in Chinese and English.
    pub name: Bilingual,
    /// Currency of all money.
    pub currency: Currency,
    /// Local days are cut at this fixed offset.
    pub calendar: Calendar,
    /// Sandbox or live, fixed at creation (GATE-1).
    pub mode: Mode,
    /// Where it is offered: the rule packs that the gate asks.
    pub jurisdictions: Vec<String>,
    /// So many days before it takes effect an amendment that takes something from members is approved (AMEND-4); at
    /// least 7 in a live programme.
    pub notice_days: u32,
}

/// A text in both languages of the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bilingual {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Whether a programme plays or handles real money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Every mechanism, play money only.
    Sandbox,
    /// Real money; only behind the rule gate.
    Live,
}

/// `[split]`: shares of each line's base, in this order; the platform takes the rest (ORDER-3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// To the merchant or supplier.
    pub cost: Rate,
    /// To the pool.
    pub pool: Rate,
    /// To commissions.
    pub commission: Rate,
    /// `[split.funds]`: named funds in file order.
    pub funds: Vec<Fund>,
}

/// One named fund of the split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fund {
    /// Its key under `[split.funds]`.
    pub name: String,
    /// Its share of the base.
    pub share: Rate,
}

/// `[settlement]`: when an order becomes final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Days of 86,400 s after receipt; with 0 an order settles at the end of its receipt.
    pub after_sale_days: u32,
}

/// `[pool]`: pool-backed points (SPEC section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolPlan {
    /// Points are worth this share of the contribution when minted; at most 100 %.
    pub mint_ratio: Rate,
    /// First price: minor units for one point; at least 1 and at most 10⁸.
    pub opening_price: Money,
    /// Part of a sale that stays in the pool.
    pub retention: Rate,
    /// When the retention is taken.
    pub retention_point: RetentionPoint,
    /// Whole points bought at genesis, owned and locked by the programme (POOL-11); 0 for none.
    pub house_points: u64,
    /// When a sale executes and at which price.
    pub sale_price: SalePrice,
    /// Largest contribution of one order as a share of the pool; the excess waits for the next day.
    pub max_contribution: Option<Rate>,
    /// `[pool.exit]`; absent if members are never sold out.
    pub exit: Option<ExitPlan>,
}

/// When the retention is taken (POOL-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionPoint {
    /// At the sale: the member gets the net.
    Sale,
    /// At the withdrawal: the gross goes to the wallet, the kept part flows back when it is withdrawn.
    Withdrawal,
}

/// When a sale executes (POOL-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SalePrice {
    /// At once, at the pair (B, S) of the moment.
    Immediate,
    /// At the close of the day, all at the pair before any of them.
    DailyBatch,
}

/// `[pool.exit]`: forced sale at a multiple (POOL-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExitPlan {
    /// The multiple, 1 to 1,000.
    pub multiple: u32,
    /// Whose cap: the member's cycle or each lot.
    pub basis: ExitBasis,
    /// What counts towards the cap.
    pub counts: ExitCounts,
    /// Multiple of what.
    pub of: ExitOf,
    /// Pay at most the cap; the excess stays in the pool.
    pub clamp: bool,
    /// Where the retention of exits goes.
    pub retention_to: RetentionTo,
}

/// Whose cap (POOL-6).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
pub enum ExitBasis {
    /// All of the member's points against the cycle's spend.
    Member,
    /// Each lot against its own base.
    Lot,
}

/// What counts towards the cap (POOL-6).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
pub enum ExitCounts {
    /// Points minted in the cycle, at the price.
    Earned,
    /// Points still held, at the price.
    Held,
    /// Gross realised so far plus the value held.
    Realised,
}

/// The multiple of what (POOL-6, POOL-11).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
pub enum ExitOf {
    /// What was spent (bases).
    Spend,
    /// What was contributed to the pool.
    Contribution,
}

/// Where the retention of cap exits goes (POOL-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionTo {
    /// It stays in the pool and lifts the price for the others.
    Pool,
    /// To the residual account, so that forcing exits harvests nothing.
    Residual,
}

/// `[refund]`: late refunds (ORDER-6, ORDER-7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundPlan {
    /// Share of platform revenue that funds the refund reserve.
    pub reserve_share: Rate,
    /// While the reserve is below this, minting stops; `None` for no requirement.
    pub reserve_required: Option<Money>,
    /// Points already sold reduce a late refund by what the pool cannot return.
    pub set_off_sales: bool,
}

/// `[wallet]`: withdrawals (WALLET-2, WALLET-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletPlan {
    /// Charged on the amount, rounded up, to platform revenue.
    pub withdrawal_fee: Rate,
    /// Smallest withdrawal.
    pub withdrawal_minimum: Money,
    /// Most that one member may request in one local day.
    pub withdrawal_daily_limit: Option<Money>,
    /// Hours between two withdrawals of one member.
    pub withdrawal_cool_down_hours: u32,
    /// Above this amount two different people approve.
    pub two_approvals_above: Option<Money>,
    /// Part of a withdrawal that goes to the re-consumption wallet (WALLET-3: 30 %).
    pub reconsume_share: Rate,
    /// What a member owes is netted also from sales, exits, fills, rebates and the end, and taken before withdrawals (ORDER-6j).
    pub net_receivables: bool,
}
