//! The double-entry ledger: chart of accounts, postings, balances (LEDGER-1, LEDGER-2).
//!
//! The only place where a balance changes. A transaction is a slice of postings that sum to zero per
//! asset. Credit-normal accounts (what the programme owes or has earned) stand positive, debit-normal ones
//! (`bank`, `points.issued`, receivables, `operator.due`) negative, so that each asset sums to zero.

use crate::amount::{Currency, Money, Points};
use crate::cycle::Cycle;
use crate::id::{MemberNo, MerchantNo, index};
use crate::pool::Pair;
use crate::prefetch::{prefetch, prefetch_value};
use crate::undo::{Column, undo_fields};

/// What kind of account; the name in exports is in [`AccountKind::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountKind {
    /// Contra of all money that enters or leaves. Debit-normal.
    Bank,
    /// Money of orders that are not settled, and contributions that wait.
    Escrow,
    /// The pool: what backs the points.
    PoolAssets,
    /// What stayed in the pool when the supply became zero, and retention sent here.
    PoolResidual,
    /// Commissions owed to members.
    CommissionPayable,
    /// Commissions nobody was entitled to.
    CommissionUndistributed,
    /// The platform's earnings.
    PlatformRevenue,
    /// Set aside for late refunds.
    RefundReserve,
    /// Contra of what is owed after late refunds and nobody has advanced (ORDER-6).
    RefundRecoverable,
    /// Contra of what members owe in loyalty points.
    LoyaltyRecoverable,
    /// What a refund paid and nobody has borne yet, or took too much; zero between entries. Stands on either side.
    RefundClearing,
    /// What the reserve advanced for others and did not get back.
    AdvancedReserve,
    /// The same of the platform's earnings.
    AdvancedPlatform,
    /// The same of the operator, whether it has paid it in or not.
    AdvancedOperator,
    /// Owed by the platform's earnings. Debit-normal.
    PlatformReceivable,
    /// Owed by the reserve. Debit-normal.
    ReserveReceivable,
    /// Owed by the commissions nobody was entitled to. Debit-normal.
    UndistributedReceivable,
    /// Waiting for the next dividend.
    DividendPot,
    /// Tax collected with orders.
    TaxPayable,
    /// Money that could not be matched.
    Suspense,
    /// What the operator has to add for refunds nobody else covered. Debit-normal.
    OperatorDue,
    /// What the operator paid in and has been recovered since: its to withdraw.
    OperatorClaim,
    /// What the operator asked to be paid of it.
    OperatorHold,
    /// Contra of all points. Debit-normal.
    PointsIssued,
    /// Points bought at genesis, owned and locked by the programme.
    PointsHouse,
    /// Contra of all release points. Debit-normal.
    ReleaseIssued,
    /// Contra of all value units. Debit-normal.
    ValueIssued,
    /// Value units released so far: weight that counts for ever.
    ValueReleased,
    /// Contra of all emission points. Debit-normal.
    EmissionIssued,
    /// The platform's emission points.
    EmissionPlatform,
    /// Shares of ranks that their members have not been credited yet (EMIT-3a).
    EmissionAccrued,
    /// Contra of all legacy claims. Debit-normal.
    ClaimsIssued,
    /// Contra of all shares. Debit-normal.
    SharesIssued,
    /// What windows of shares took out of the pool for the issuer.
    EquityIssuer,
    /// Money of funding rounds that is not handed out yet.
    FundingRounds,
    /// A named fund of the split; numbered in file order.
    Fund,
    /// Owed by a fund. Debit-normal.
    FundReceivable,
    /// Owed to a merchant.
    MerchantPayable,
    /// A merchant's deposit.
    MerchantDeposit,
    /// Owed by a merchant. Debit-normal.
    MerchantReceivable,
    /// A member's withdrawable money.
    WalletCash,
    /// A member's money that can only be spent in the mall.
    WalletReconsume,
    /// A member's money held for withdrawals.
    WalletHold,
    /// Owed by a member. Debit-normal.
    Receivable,
    /// A member's points.
    MemberPoints,
    /// A merchant's money held for withdrawals.
    MerchantHold,
    /// A member's release points: locked, and the fraction not converted yet.
    MemberRelease,
    /// A member's value units not released yet.
    MemberValue,
    /// A member's free emission points.
    MemberEmission,
    /// A member's emission points reserved for products sold.
    MemberEmissionReserved,
    /// What a member owes in loyalty points (LOY-4a). Debit-normal.
    LoyaltyReceivable,
    /// A member's loyalty points: money that can only be spent in the mall and expires.
    MemberLoyalty,
    /// A member's money held for open offers to buy.
    MarketHold,
    /// A member's emission points held for open offers to sell.
    MarketPoints,
    /// A member's claim on an earlier platform.
    MemberClaim,
    /// A member's shares.
    MemberShares,
}

/// Number of account kinds that belong to the programme alone: those before [`AccountKind::Fund`].
const PROGRAMME_KINDS: usize = 35;
/// Number of those that belong to a member, a merchant or a fund.
const OWNED_KINDS: usize = 21;
const KINDS: usize = PROGRAMME_KINDS + OWNED_KINDS;

/// Whose an account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The programme's own: there is one of the kind.
    Programme,
    /// A fund of the split, by its place in the plan.
    Fund,
    /// A merchant.
    Merchant,
    /// A member.
    Member,
}

/// What an account counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asset {
    /// Minor units of the programme's currency.
    Money,
    /// Units of 10⁻¹² point.
    Points,
    /// Units of 10⁻¹² release point.
    ReleasePoints,
    /// Units of 10⁻¹² value unit.
    ValueUnits,
    /// Units of 10⁻¹² emission point.
    EmissionPoints,
    /// Minor units of the currency that an earlier platform owes; no money stands behind them.
    Claims,
    /// Whole shares.
    Shares,
}

impl Asset {
    /// Every asset.
    pub const ALL: [Asset; 7] = [
        Asset::Money,
        Asset::Points,
        Asset::ReleasePoints,
        Asset::ValueUnits,
        Asset::EmissionPoints,
        Asset::Claims,
        Asset::Shares,
    ];

    /// The name in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Asset::Money => "money",
            Asset::Points => "points",
            Asset::ReleasePoints => "release_points",
            Asset::ValueUnits => "value_units",
            Asset::EmissionPoints => "emission_points",
            Asset::Claims => "claims",
            Asset::Shares => "shares",
        }
    }

    /// What no balance of it goes beyond, on either side: all limits of a programme are below.
    #[inline]
    const fn balance_max(self) -> u128 {
        match self {
            Asset::Money | Asset::Claims | Asset::Shares => i64::MAX.unsigned_abs() as u128,
            Asset::Points | Asset::ReleasePoints | Asset::ValueUnits | Asset::EmissionPoints => UNITS_MAX,
        }
    }

    /// Its place in [`Asset::ALL`].
    #[inline]
    #[expect(clippy::as_conversions, reason = "an enum without fields to its own discriminant")]
    pub(crate) const fn place(self) -> usize {
        self as usize
    }
}

impl AccountKind {
    /// All programme accounts, in the order of the chart.
    pub const PROGRAMME: [AccountKind; PROGRAMME_KINDS] = [
        AccountKind::Bank,
        AccountKind::Escrow,
        AccountKind::PoolAssets,
        AccountKind::PoolResidual,
        AccountKind::CommissionPayable,
        AccountKind::CommissionUndistributed,
        AccountKind::PlatformRevenue,
        AccountKind::RefundReserve,
        AccountKind::RefundRecoverable,
        AccountKind::LoyaltyRecoverable,
        AccountKind::RefundClearing,
        AccountKind::AdvancedReserve,
        AccountKind::AdvancedPlatform,
        AccountKind::AdvancedOperator,
        AccountKind::PlatformReceivable,
        AccountKind::ReserveReceivable,
        AccountKind::UndistributedReceivable,
        AccountKind::DividendPot,
        AccountKind::TaxPayable,
        AccountKind::Suspense,
        AccountKind::OperatorDue,
        AccountKind::OperatorClaim,
        AccountKind::OperatorHold,
        AccountKind::PointsIssued,
        AccountKind::PointsHouse,
        AccountKind::ReleaseIssued,
        AccountKind::ValueIssued,
        AccountKind::ValueReleased,
        AccountKind::EmissionIssued,
        AccountKind::EmissionPlatform,
        AccountKind::EmissionAccrued,
        AccountKind::ClaimsIssued,
        AccountKind::SharesIssued,
        AccountKind::EquityIssuer,
        AccountKind::FundingRounds,
    ];

    /// The account's name in the journal and in exports.
    pub fn name(self) -> &'static str {
        match self {
            AccountKind::Bank => "bank",
            AccountKind::Escrow => "escrow",
            AccountKind::PoolAssets => "pool.assets",
            AccountKind::PoolResidual => "pool.residual",
            AccountKind::CommissionPayable => "commission.payable",
            AccountKind::CommissionUndistributed => "commission.undistributed",
            AccountKind::PlatformRevenue => "platform.revenue",
            AccountKind::RefundReserve => "refund.reserve",
            AccountKind::RefundRecoverable => "refund.recoverable",
            AccountKind::LoyaltyRecoverable => "loyalty.recoverable",
            AccountKind::RefundClearing => "refund.clearing",
            AccountKind::AdvancedReserve => "advanced.reserve",
            AccountKind::AdvancedPlatform => "advanced.platform",
            AccountKind::AdvancedOperator => "advanced.operator",
            AccountKind::PlatformReceivable => "platform.receivable",
            AccountKind::ReserveReceivable => "reserve.receivable",
            AccountKind::UndistributedReceivable => "undistributed.receivable",
            AccountKind::DividendPot => "dividend.pot",
            AccountKind::TaxPayable => "tax.payable",
            AccountKind::Suspense => "suspense",
            AccountKind::OperatorDue => "operator.due",
            AccountKind::OperatorClaim => "operator.claim",
            AccountKind::OperatorHold => "operator.hold",
            AccountKind::PointsIssued => "points.issued",
            AccountKind::PointsHouse => "points.house",
            AccountKind::ReleaseIssued => "release.issued",
            AccountKind::ValueIssued => "value.issued",
            AccountKind::ValueReleased => "value.released",
            AccountKind::EmissionIssued => "emission.issued",
            AccountKind::EmissionPlatform => "emission.platform",
            AccountKind::EmissionAccrued => "emission.accrued",
            AccountKind::ClaimsIssued => "claims.issued",
            AccountKind::SharesIssued => "shares.issued",
            AccountKind::EquityIssuer => "equity.issuer",
            AccountKind::FundingRounds => "funding.rounds",
            AccountKind::Fund => "fund",
            AccountKind::FundReceivable => "fund.receivable",
            AccountKind::MerchantPayable => "merchant.payable",
            AccountKind::MerchantDeposit => "merchant.deposit",
            AccountKind::MerchantReceivable => "merchant.receivable",
            AccountKind::WalletCash => "wallet.cash",
            AccountKind::WalletReconsume => "wallet.reconsume",
            AccountKind::WalletHold => "wallet.hold",
            AccountKind::Receivable => "receivable",
            AccountKind::MemberPoints => "points",
            AccountKind::MerchantHold => "merchant.hold",
            AccountKind::MemberRelease => "release.points",
            AccountKind::MemberValue => "value.units",
            AccountKind::MemberEmission => "emission.points",
            AccountKind::MemberEmissionReserved => "emission.reserved",
            AccountKind::LoyaltyReceivable => "loyalty.receivable",
            AccountKind::MemberLoyalty => "wallet.loyalty",
            AccountKind::MarketHold => "market.hold",
            AccountKind::MarketPoints => "market.points",
            AccountKind::MemberClaim => "claim",
            AccountKind::MemberShares => "shares",
        }
    }

    /// All accounts that belong to somebody, in the order of the chart.
    const OWNED: [AccountKind; OWNED_KINDS] = [
        AccountKind::Fund,
        AccountKind::FundReceivable,
        AccountKind::MerchantPayable,
        AccountKind::MerchantDeposit,
        AccountKind::MerchantReceivable,
        AccountKind::WalletCash,
        AccountKind::WalletReconsume,
        AccountKind::WalletHold,
        AccountKind::Receivable,
        AccountKind::MemberPoints,
        AccountKind::MerchantHold,
        AccountKind::MemberRelease,
        AccountKind::MemberValue,
        AccountKind::MemberEmission,
        AccountKind::MemberEmissionReserved,
        AccountKind::LoyaltyReceivable,
        AccountKind::MemberLoyalty,
        AccountKind::MarketHold,
        AccountKind::MarketPoints,
        AccountKind::MemberClaim,
        AccountKind::MemberShares,
    ];

    /// All kinds, in the order of the chart.
    pub(crate) fn all() -> impl Iterator<Item = AccountKind> {
        AccountKind::PROGRAMME.into_iter().chain(AccountKind::OWNED)
    }

    /// The kind at a place of the chart.
    #[inline]
    pub(crate) fn at(place: usize) -> Option<AccountKind> {
        (place < KINDS).then(|| kind_at(place))
    }

    /// Its place in the chart.
    #[inline]
    pub(crate) const fn place(self) -> usize {
        slot(self)
    }

    /// [`AccountKind::asset`] and [`AccountKind::owner`], looked up.
    #[inline]
    pub(crate) fn asset_and_owner(self) -> (Asset, Owner) {
        (ASSET[slot(self)], OWNER[slot(self)])
    }

    /// Whose number stands beside it.
    pub const fn owner(self) -> Owner {
        match self {
            AccountKind::Fund | AccountKind::FundReceivable => Owner::Fund,
            AccountKind::MerchantPayable
            | AccountKind::MerchantDeposit
            | AccountKind::MerchantReceivable
            | AccountKind::MerchantHold => Owner::Merchant,
            AccountKind::WalletCash
            | AccountKind::WalletReconsume
            | AccountKind::WalletHold
            | AccountKind::Receivable
            | AccountKind::MemberPoints
            | AccountKind::MemberRelease
            | AccountKind::MemberValue
            | AccountKind::MemberEmission
            | AccountKind::MemberEmissionReserved
            | AccountKind::MemberLoyalty
            | AccountKind::LoyaltyReceivable
            | AccountKind::MarketHold
            | AccountKind::MarketPoints
            | AccountKind::MemberClaim
            | AccountKind::MemberShares => Owner::Member,
            AccountKind::Bank
            | AccountKind::Escrow
            | AccountKind::PoolAssets
            | AccountKind::PoolResidual
            | AccountKind::CommissionPayable
            | AccountKind::CommissionUndistributed
            | AccountKind::PlatformRevenue
            | AccountKind::RefundReserve
            | AccountKind::RefundRecoverable
            | AccountKind::LoyaltyRecoverable
            | AccountKind::RefundClearing
            | AccountKind::AdvancedReserve
            | AccountKind::AdvancedPlatform
            | AccountKind::AdvancedOperator
            | AccountKind::PlatformReceivable
            | AccountKind::ReserveReceivable
            | AccountKind::UndistributedReceivable
            | AccountKind::OperatorClaim
            | AccountKind::OperatorHold
            | AccountKind::DividendPot
            | AccountKind::TaxPayable
            | AccountKind::Suspense
            | AccountKind::OperatorDue
            | AccountKind::PointsIssued
            | AccountKind::PointsHouse
            | AccountKind::ReleaseIssued
            | AccountKind::ValueIssued
            | AccountKind::ValueReleased
            | AccountKind::EmissionIssued
            | AccountKind::EmissionPlatform
            | AccountKind::EmissionAccrued
            | AccountKind::ClaimsIssued
            | AccountKind::SharesIssued
            | AccountKind::EquityIssuer
            | AccountKind::FundingRounds => Owner::Programme,
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<AccountKind> {
        AccountKind::PROGRAMME.into_iter().chain(AccountKind::OWNED).find(|kind| kind.name() == name)
    }

    /// What the account counts.
    #[inline]
    pub const fn asset(self) -> Asset {
        match self {
            AccountKind::PointsIssued | AccountKind::PointsHouse | AccountKind::MemberPoints => Asset::Points,
            AccountKind::ReleaseIssued | AccountKind::MemberRelease => Asset::ReleasePoints,
            AccountKind::ValueIssued | AccountKind::ValueReleased | AccountKind::MemberValue => {
                Asset::ValueUnits
            }
            AccountKind::EmissionIssued
            | AccountKind::EmissionPlatform
            | AccountKind::EmissionAccrued
            | AccountKind::MemberEmission
            | AccountKind::MemberEmissionReserved
            | AccountKind::MarketPoints => Asset::EmissionPoints,
            AccountKind::ClaimsIssued | AccountKind::MemberClaim => Asset::Claims,
            AccountKind::SharesIssued | AccountKind::MemberShares => Asset::Shares,
            AccountKind::EquityIssuer
            | AccountKind::FundingRounds
            | AccountKind::LoyaltyReceivable
            | AccountKind::MemberLoyalty
            | AccountKind::MarketHold
            | AccountKind::Bank
            | AccountKind::Escrow
            | AccountKind::PoolAssets
            | AccountKind::PoolResidual
            | AccountKind::CommissionPayable
            | AccountKind::CommissionUndistributed
            | AccountKind::PlatformRevenue
            | AccountKind::RefundReserve
            | AccountKind::RefundRecoverable
            | AccountKind::LoyaltyRecoverable
            | AccountKind::RefundClearing
            | AccountKind::AdvancedReserve
            | AccountKind::AdvancedPlatform
            | AccountKind::AdvancedOperator
            | AccountKind::PlatformReceivable
            | AccountKind::ReserveReceivable
            | AccountKind::UndistributedReceivable
            | AccountKind::DividendPot
            | AccountKind::TaxPayable
            | AccountKind::Suspense
            | AccountKind::OperatorDue
            | AccountKind::OperatorClaim
            | AccountKind::OperatorHold
            | AccountKind::Fund
            | AccountKind::FundReceivable
            | AccountKind::MerchantPayable
            | AccountKind::MerchantDeposit
            | AccountKind::MerchantReceivable
            | AccountKind::MerchantHold
            | AccountKind::WalletCash
            | AccountKind::WalletReconsume
            | AccountKind::WalletHold
            | AccountKind::Receivable => Asset::Money,
        }
    }

    /// Whether the balance normally stands below zero.
    pub const fn is_debit_normal(self) -> bool {
        matches!(
            self,
            AccountKind::Bank
                | AccountKind::OperatorDue
                | AccountKind::PointsIssued
                | AccountKind::ReleaseIssued
                | AccountKind::ValueIssued
                | AccountKind::EmissionIssued
                | AccountKind::ClaimsIssued
                | AccountKind::SharesIssued
                | AccountKind::PlatformReceivable
                | AccountKind::ReserveReceivable
                | AccountKind::UndistributedReceivable
                | AccountKind::FundReceivable
                | AccountKind::MerchantReceivable
                | AccountKind::Receivable
                | AccountKind::LoyaltyReceivable
        )
    }
}

/// One account: its kind and whose it is (0 for the programme's own).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// What kind.
    pub kind: AccountKind,
    /// Number of the member, merchant or fund.
    pub owner: u32,
}

impl Account {
    /// A programme account.
    #[inline]
    pub fn programme(kind: AccountKind) -> Account {
        Account { kind, owner: 0 }
    }

    /// A member's account.
    #[inline]
    pub fn member(kind: AccountKind, member: MemberNo) -> Account {
        Account { kind, owner: member.0 }
    }

    /// A fund's account.
    #[inline]
    pub fn fund(kind: AccountKind, fund: u32) -> Account {
        Account { kind, owner: fund }
    }

    /// A merchant's account.
    #[inline]
    pub fn merchant(kind: AccountKind, merchant: MerchantNo) -> Account {
        Account { kind, owner: merchant.0 }
    }
}

/// One leg of a transaction: the account and by how much it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// Minor units of money or units of points; positive credits the account.
    pub amount: i128,
}

/// The most units there can be of an asset that counts units.
const UNITS_MAX: u128 = (1 << 96) - 1;

/// A quantity of points that always fits 96 bits, in 12 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ratchet_wire_derive::Snapshot)]
pub(crate) struct Points96([u32; 3]);

impl Points96 {
    /// Saturates at 2⁹⁶ − 1, which is above any possible supply (POOL-9a).
    #[inline]
    #[expect(clippy::as_conversions, reason = "each part is masked to its 32 bits")]
    pub(crate) fn new(units: u128) -> Points96 {
        let units = units.min(UNITS_MAX);
        Points96([units as u32, (units >> 32) as u32, (units >> 64) as u32])
    }

    #[inline]
    pub(crate) fn units(self) -> u128 {
        let [low, middle, high] = self.0;
        u128::from(low) | (u128::from(middle) << 32) | (u128::from(high) << 64)
    }

    /// After `splits` further splits of the units (POOL-9).
    #[inline]
    pub(crate) fn scaled(self, splits: u32) -> u128 {
        if splits == 0 { self.units() } else { scale(self.units(), splits) }
    }
}

/// `units · 10^(3·splits)`, saturating: what a quantity has become after that many splits (POOL-9).
pub fn scale(units: u128, splits: u32) -> u128 {
    if units == 0 {
        return 0;
    }
    let factor = if splits > 12 { None } else { 1_000_u128.checked_pow(splits) };
    factor.and_then(|factor| units.checked_mul(factor)).unwrap_or(u128::MAX)
}

/// What every member has; rarer balances are in columns that exist once somebody needs them. The cycle is no balance, and the
/// ledger does nothing with it: it lies here because every mint and every sale needs both, of members who lie anywhere.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
struct MemberRow {
    cash: i64,
    /// In units after as many splits as those of the cycle.
    points: Points96,
    cycle: Cycle,
}

const _: () = assert!(size_of::<MemberRow>() == 80);

impl MemberRow {
    /// Brings all quantities to present units.
    #[inline]
    fn touch(&mut self, exponent: u32) {
        let splits = exponent - self.cycle.exponent();
        if splits != 0 {
            self.points = Points96::new(self.points.scaled(splits));
            self.cycle.touch(exponent);
        }
    }
}

/// The balances that make the price, as they stand in the ledger: two of them compare faster than two pairs, and most steps
/// change neither.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PriceBalances {
    assets: i128,
    issued: i128,
}

impl PriceBalances {
    /// Pool and supply.
    #[inline]
    #[expect(clippy::as_conversions, reason = "the pool is at most PROGRAMME_MONEY_MAX, which fits 63 bits")]
    pub(crate) fn pair(self) -> Pair {
        Pair {
            assets: Money::from_minor(self.assets as i64).unwrap_or(Money::ZERO),
            supply: Points::from_units(self.issued.unsigned_abs()),
        }
    }
}

/// Balances of the programme's own accounts, by kind. Arrays of more than 32 have no default of their own.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
struct Programme([i128; PROGRAMME_KINDS]);

impl Default for Programme {
    fn default() -> Programme {
        Programme([0; PROGRAMME_KINDS])
    }
}

/// All balances.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    programme: Programme,
    members: Column<MemberRow>,
    reconsume: Column<i64>,
    hold: Column<i64>,
    receivable: Column<i64>,
    funds: Column<i64>,
    fund_receivable: Column<i64>,
    payable: Column<i64>,
    deposit: Column<i64>,
    merchant_receivable: Column<i64>,
    merchant_hold: Column<i64>,
    loyalty: Column<i64>,
    loyalty_receivable: Column<i64>,
    market_hold: Column<i64>,
    claims: Column<i64>,
    shares: Column<i64>,
    market_points: Column<Points96>,
    /// Member columns of the other assets, each as long as somebody needed it.
    release: Column<Points96>,
    value: Column<Points96>,
    emission: Column<Points96>,
    emission_reserved: Column<Points96>,
    /// Splits of the point's units so far.
    exponent: u32,
}

undo_fields!(Ledger {
    parts: members, reconsume, hold, receivable, funds, fund_receivable, payable, deposit, merchant_receivable, merchant_hold, loyalty,
        loyalty_receivable, market_hold, claims, shares, market_points, release, value, emission, emission_reserved;
    values: programme, exponent;
});

#[inline]
#[expect(clippy::as_conversions, reason = "an enum without fields to its own discriminant")]
const fn slot(kind: AccountKind) -> usize {
    kind as usize
}

/// [`AccountKind::asset`] and [`AccountKind::is_debit_normal`] as tables: both are read for every posting.
const ASSET: [Asset; KINDS] = {
    let mut table = [Asset::Money; KINDS];
    let mut at = 0;
    while at < KINDS {
        let kind = kind_at(at);
        table[slot(kind)] = kind.asset();
        at += 1;
    }
    table
};
const OWNER: [Owner; KINDS] = {
    let mut table = [Owner::Programme; KINDS];
    let mut at = 0;
    while at < KINDS {
        let kind = kind_at(at);
        table[slot(kind)] = kind.owner();
        at += 1;
    }
    table
};
const DEBIT_NORMAL: [bool; KINDS] = {
    let mut table = [false; KINDS];
    let mut at = 0;
    while at < KINDS {
        let kind = kind_at(at);
        table[slot(kind)] = kind.is_debit_normal();
        at += 1;
    }
    table
};

const fn kind_at(at: usize) -> AccountKind {
    if at < PROGRAMME_KINDS { AccountKind::PROGRAMME[at] } else { AccountKind::OWNED[at - PROGRAMME_KINDS] }
}

/// Whether the assets besides money and points balance. Few transactions touch any: their sums are not kept for all the others.
fn other_assets_balance(postings: &[Posting]) -> bool {
    Asset::ALL.iter().filter(|asset| !matches!(asset, Asset::Money | Asset::Points)).all(|asset| {
        let legs = postings.iter().filter(|posting| ASSET[slot(posting.account.kind)] == *asset);
        legs.map(|posting| posting.amount).sum::<i128>() == 0
    })
}

#[inline]
fn violates_normal_side(kind: AccountKind, negative: bool, positive: bool) -> bool {
    if DEBIT_NORMAL[slot(kind)] { positive } else { negative }
}

/// The bank may be overdrawn by what the operator has not paid in yet (ORDER-6e); clearing ends at zero.
const fn stands_on_either_side(kind: AccountKind) -> bool {
    matches!(kind, AccountKind::Bank | AccountKind::RefundClearing)
}

impl Ledger {
    /// Makes room for so many more members.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.members.reserve_exact(more);
    }

    /// Opens the accounts of the next member.
    pub(crate) fn open_member(&mut self) {
        let cycle = Cycle::new(self.exponent);
        self.members.push(MemberRow { cash: 0, points: Points96::default(), cycle });
    }

    /// A member's present cycle.
    #[inline]
    pub(crate) fn cycle(&self, member: MemberNo) -> &Cycle {
        &self.members[member.index()].cycle
    }

    /// The same in present units, to be changed.
    #[inline]
    pub(crate) fn cycle_mut(&mut self, member: MemberNo) -> &mut Cycle {
        let row = &mut self.members[member.index()];
        row.touch(self.exponent);
        &mut row.cycle
    }

    /// Asks for a member's balances and its cycle.
    #[inline]
    pub(crate) fn prefetch(&self, member: MemberNo) {
        if let Some(row) = self.members.get(member.index()) {
            prefetch_value(row);
        }
    }

    /// Asks for a member's release points and value units.
    #[inline]
    pub(crate) fn prefetch_grants(&self, member: MemberNo) {
        prefetch(&self.release, member.index());
        prefetch(&self.value, member.index());
    }

    /// Carries out one balanced transaction that a flow has made. Anything else is a bug and stops the writer.
    #[inline]
    pub(crate) fn post(&mut self, postings: &[Posting]) {
        if let Err(fault) = self.try_post(postings) {
            fault.stop(postings);
        }
    }

    /// Carries out one balanced transaction that somebody has recorded. After an error a part of it is carried out.
    #[inline]
    pub(crate) fn try_post(&mut self, postings: &[Posting]) -> Result<(), PostingFault> {
        let (mut money, mut points, mut has_others) = (0_i128, 0_i128, false);
        for posting in postings {
            let Posting { account, amount } = *posting;
            let place = slot(account.kind);
            let asset = ASSET[place];
            if amount.unsigned_abs() > asset.balance_max() {
                return Err(PostingFault::TooLarge(account));
            }
            match asset {
                Asset::Money => money += amount,
                Asset::Points => points += amount,
                Asset::ReleasePoints
                | Asset::ValueUnits
                | Asset::EmissionPoints
                | Asset::Claims
                | Asset::Shares => has_others = true,
            }
            match self.programme.0.get_mut(place) {
                Some(balance) => {
                    *balance += amount;
                    if violates_normal_side(account.kind, *balance < 0, *balance > 0)
                        && !stands_on_either_side(account.kind)
                    {
                        return Err(PostingFault::Overdrawn(account));
                    }
                    if balance.unsigned_abs() > asset.balance_max() {
                        return Err(PostingFault::TooLarge(account));
                    }
                }
                None => self.change_owned(posting)?,
            }
        }
        let balances = money == 0 && points == 0 && (!has_others || other_assets_balance(postings));
        if balances { Ok(()) } else { Err(PostingFault::Unbalanced) }
    }

    /// Changes the balance of an account that belongs to somebody.
    #[inline]
    fn change_owned(&mut self, posting: &Posting) -> Result<(), PostingFault> {
        let Account { kind, owner: of } = posting.account;
        let column = match kind {
            AccountKind::WalletCash => {
                let row = &mut self.members[index(of)];
                return add(&mut row.cash, posting);
            }
            AccountKind::MemberPoints => {
                let row = &mut self.members[index(of)];
                row.touch(self.exponent);
                return change_units(&mut row.points, posting);
            }
            AccountKind::Fund => &mut self.funds,
            AccountKind::FundReceivable => &mut self.fund_receivable,
            AccountKind::MerchantPayable => &mut self.payable,
            AccountKind::MerchantDeposit => &mut self.deposit,
            AccountKind::MerchantReceivable => &mut self.merchant_receivable,
            AccountKind::WalletReconsume => &mut self.reconsume,
            AccountKind::WalletHold => &mut self.hold,
            AccountKind::Receivable => &mut self.receivable,
            AccountKind::MerchantHold => &mut self.merchant_hold,
            AccountKind::MemberRelease => return add_units(&mut self.release, posting),
            AccountKind::MemberValue => return add_units(&mut self.value, posting),
            AccountKind::MemberEmission => return add_units(&mut self.emission, posting),
            AccountKind::MemberEmissionReserved => return add_units(&mut self.emission_reserved, posting),
            AccountKind::MemberLoyalty => &mut self.loyalty,
            AccountKind::LoyaltyReceivable => &mut self.loyalty_receivable,
            AccountKind::MarketHold => &mut self.market_hold,
            AccountKind::MarketPoints => return add_units(&mut self.market_points, posting),
            AccountKind::MemberClaim => &mut self.claims,
            AccountKind::MemberShares => &mut self.shares,
            AccountKind::Bank
            | AccountKind::Escrow
            | AccountKind::PoolAssets
            | AccountKind::PoolResidual
            | AccountKind::CommissionPayable
            | AccountKind::CommissionUndistributed
            | AccountKind::PlatformRevenue
            | AccountKind::RefundReserve
            | AccountKind::RefundRecoverable
            | AccountKind::LoyaltyRecoverable
            | AccountKind::RefundClearing
            | AccountKind::AdvancedReserve
            | AccountKind::AdvancedPlatform
            | AccountKind::AdvancedOperator
            | AccountKind::PlatformReceivable
            | AccountKind::ReserveReceivable
            | AccountKind::UndistributedReceivable
            | AccountKind::DividendPot
            | AccountKind::TaxPayable
            | AccountKind::Suspense
            | AccountKind::OperatorDue
            | AccountKind::OperatorClaim
            | AccountKind::OperatorHold
            | AccountKind::PointsIssued
            | AccountKind::PointsHouse
            | AccountKind::ReleaseIssued
            | AccountKind::ValueIssued
            | AccountKind::ValueReleased
            | AccountKind::EmissionIssued
            | AccountKind::EmissionPlatform
            | AccountKind::EmissionAccrued
            | AccountKind::ClaimsIssued
            | AccountKind::SharesIssued
            | AccountKind::EquityIssuer
            | AccountKind::FundingRounds => unreachable!("a programme account has a balance of its own"),
        };
        if column.len() <= index(of) {
            column.resize(index(of) + 1, 0);
        }
        add(&mut column[index(of)], posting)
    }

    /// The programme's own balance, in minor units or units of points.
    #[inline]
    pub(crate) fn programme(&self, kind: AccountKind) -> i128 {
        self.programme.0[slot(kind)]
    }

    /// The balances that make the price.
    #[inline]
    pub(crate) fn price_balances(&self) -> PriceBalances {
        PriceBalances {
            assets: self.programme.0[slot(AccountKind::PoolAssets)],
            issued: self.programme.0[slot(AccountKind::PointsIssued)],
        }
    }

    /// Pool and supply.
    #[inline]
    pub(crate) fn pair(&self) -> Pair {
        self.price_balances().pair()
    }

    /// A balance, in minor units or units of points; zero for an account never used.
    pub(crate) fn balance(&self, account: Account) -> i128 {
        let Account { kind, owner: of } = account;
        let of = index(of);
        let column = match kind {
            AccountKind::WalletCash => return self.members.get(of).map_or(0, |row| row.cash.into()),
            AccountKind::MemberPoints => {
                return i128::try_from(self.points(MemberNo(account.owner)).units()).unwrap_or(i128::MAX);
            }
            AccountKind::Fund => &self.funds,
            AccountKind::FundReceivable => &self.fund_receivable,
            AccountKind::MerchantPayable => &self.payable,
            AccountKind::MerchantDeposit => &self.deposit,
            AccountKind::MerchantReceivable => &self.merchant_receivable,
            AccountKind::WalletReconsume => &self.reconsume,
            AccountKind::WalletHold => &self.hold,
            AccountKind::Receivable => &self.receivable,
            AccountKind::MerchantHold => &self.merchant_hold,
            AccountKind::MemberRelease => return units_of(&self.release, of),
            AccountKind::MemberValue => return units_of(&self.value, of),
            AccountKind::MemberEmission => return units_of(&self.emission, of),
            AccountKind::MemberEmissionReserved => return units_of(&self.emission_reserved, of),
            AccountKind::MemberLoyalty => &self.loyalty,
            AccountKind::LoyaltyReceivable => &self.loyalty_receivable,
            AccountKind::MarketHold => &self.market_hold,
            AccountKind::MarketPoints => return units_of(&self.market_points, of),
            AccountKind::MemberClaim => &self.claims,
            AccountKind::MemberShares => &self.shares,
            AccountKind::Bank
            | AccountKind::Escrow
            | AccountKind::PoolAssets
            | AccountKind::PoolResidual
            | AccountKind::CommissionPayable
            | AccountKind::CommissionUndistributed
            | AccountKind::PlatformRevenue
            | AccountKind::RefundReserve
            | AccountKind::RefundRecoverable
            | AccountKind::LoyaltyRecoverable
            | AccountKind::RefundClearing
            | AccountKind::AdvancedReserve
            | AccountKind::AdvancedPlatform
            | AccountKind::AdvancedOperator
            | AccountKind::PlatformReceivable
            | AccountKind::ReserveReceivable
            | AccountKind::UndistributedReceivable
            | AccountKind::DividendPot
            | AccountKind::TaxPayable
            | AccountKind::Suspense
            | AccountKind::OperatorDue
            | AccountKind::OperatorClaim
            | AccountKind::OperatorHold
            | AccountKind::PointsIssued
            | AccountKind::PointsHouse
            | AccountKind::ReleaseIssued
            | AccountKind::ValueIssued
            | AccountKind::ValueReleased
            | AccountKind::EmissionIssued
            | AccountKind::EmissionPlatform
            | AccountKind::EmissionAccrued
            | AccountKind::ClaimsIssued
            | AccountKind::SharesIssued
            | AccountKind::EquityIssuer
            | AccountKind::FundingRounds => return self.programme.0[slot(kind)],
        };
        column.get(of).map_or(0, |balance| i128::from(*balance))
    }

    /// A member's points in present units.
    #[inline]
    pub(crate) fn points(&self, member: MemberNo) -> Points {
        let row = self.members.get(member.index());
        Points::from_units(row.map_or(0, |row| row.points.scaled(self.exponent - row.cycle.exponent())))
    }

    /// Splits of the units so far.
    #[inline]
    pub(crate) fn exponent(&self) -> u32 {
        self.exponent
    }

    /// Splits the units once (POOL-9): the supply at once, each member's points when next touched.
    pub(crate) fn split_units(&mut self) {
        self.exponent += 1;
        for kind in [AccountKind::PointsIssued, AccountKind::PointsHouse] {
            self.programme.0[slot(kind)] *= 1_000;
        }
    }

    /// Bytes in use.
    pub(crate) fn bytes(&self) -> usize {
        let columns = self.reconsume.len()
            + self.hold.len()
            + self.receivable.len()
            + self.funds.len()
            + self.fund_receivable.len()
            + self.payable.len()
            + self.deposit.len()
            + self.merchant_receivable.len()
            + self.merchant_hold.len()
            + self.loyalty.len()
            + self.loyalty_receivable.len()
            + self.market_hold.len()
            + self.claims.len()
            + self.shares.len();
        let others = self.release.len()
            + self.value.len()
            + self.emission.len()
            + self.emission_reserved.len()
            + self.market_points.len();
        others * size_of::<Points96>()
            + self.members.len() * size_of::<MemberRow>()
            + columns * size_of::<i64>()
    }

    /// Every account with a balance, in the order of the chart, members and merchants by number.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (Account, i128)> + '_ {
        let owned = [
            (AccountKind::Fund, self.funds.len()),
            (AccountKind::FundReceivable, self.fund_receivable.len()),
            (AccountKind::MerchantPayable, self.payable.len()),
            (AccountKind::MerchantDeposit, self.deposit.len()),
            (AccountKind::MerchantReceivable, self.merchant_receivable.len()),
            (AccountKind::WalletCash, self.members.len()),
            (AccountKind::WalletReconsume, self.reconsume.len()),
            (AccountKind::WalletHold, self.hold.len()),
            (AccountKind::Receivable, self.receivable.len()),
            (AccountKind::MemberPoints, self.members.len()),
            (AccountKind::MerchantHold, self.merchant_hold.len()),
            (AccountKind::MemberRelease, self.release.len()),
            (AccountKind::MemberValue, self.value.len()),
            (AccountKind::MemberEmission, self.emission.len()),
            (AccountKind::MemberEmissionReserved, self.emission_reserved.len()),
            (AccountKind::LoyaltyReceivable, self.loyalty_receivable.len()),
            (AccountKind::MemberLoyalty, self.loyalty.len()),
            (AccountKind::MarketHold, self.market_hold.len()),
            (AccountKind::MarketPoints, self.market_points.len()),
            (AccountKind::MemberClaim, self.claims.len()),
            (AccountKind::MemberShares, self.shares.len()),
        ];
        let programme = AccountKind::PROGRAMME.into_iter().map(Account::programme);
        let owned = owned.into_iter().flat_map(|(kind, count)| {
            (0..u32::try_from(count).unwrap_or(u32::MAX)).map(move |of| Account { kind, owner: of })
        });
        programme.chain(owned).map(|account| (account, self.balance(account)))
    }
}

/// Changes a quantity of units in a member column.
fn add_units(column: &mut Column<Points96>, posting: &Posting) -> Result<(), PostingFault> {
    let of = index(posting.account.owner);
    if column.len() <= of {
        column.resize(of + 1, Points96::default());
    }
    change_units(&mut column[of], posting)
}

#[inline]
fn change_units(units: &mut Points96, posting: &Posting) -> Result<(), PostingFault> {
    let after = units.units().checked_add_signed(posting.amount);
    let after = after.ok_or(PostingFault::Overdrawn(posting.account))?;
    if after > UNITS_MAX {
        return Err(PostingFault::TooLarge(posting.account));
    }
    *units = Points96::new(after);
    Ok(())
}

fn units_of(column: &[Points96], of: usize) -> i128 {
    let units = column.get(of).map_or(0, |units| units.units());
    i128::try_from(units).expect("96 bits fit")
}

#[inline]
fn add(balance: &mut i64, posting: &Posting) -> Result<(), PostingFault> {
    let after = i64::try_from(posting.amount).ok().and_then(|amount| balance.checked_add(amount));
    *balance = after.ok_or(PostingFault::TooLarge(posting.account))?;
    if violates_normal_side(posting.account.kind, *balance < 0, *balance > 0) {
        return Err(PostingFault::Overdrawn(posting.account));
    }
    Ok(())
}

/// Why a transaction cannot be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PostingFault {
    /// Its legs do not sum to zero for each asset (LEDGER-1).
    Unbalanced,
    /// An account would stand on the wrong side of zero (WALLET-1).
    Overdrawn(Account),
    /// A leg or a balance would be more than a programme can have.
    TooLarge(Account),
}

impl PostingFault {
    /// A flow has made it: a bug.
    #[cold]
    fn stop(self, postings: &[Posting]) -> ! {
        match self {
            PostingFault::Unbalanced => panic!("LEDGER-1: a transaction does not balance: {postings:?}"),
            PostingFault::Overdrawn(account) => panic!("WALLET-1: {account:?} below zero: {postings:?}"),
            PostingFault::TooLarge(account) => panic!("{account:?} is above all limits: {postings:?}"),
        }
    }
}

/// A balance as people read it: a decimal string, debit-normal accounts turned positive.
pub fn display_balance(account: Account, balance: i128, currency: &Currency) -> String {
    let balance = if account.kind.is_debit_normal() { -balance } else { balance };
    match account.kind.asset() {
        Asset::Money | Asset::Claims | Asset::Shares => display_change(account, balance, currency),
        Asset::Points | Asset::ReleasePoints | Asset::ValueUnits | Asset::EmissionPoints => {
            display_change(account, balance.abs(), currency)
        }
    }
}

/// A change of an account as people read it, in the unit of its asset and with its sign.
pub fn display_change(account: Account, change: i128, currency: &Currency) -> String {
    match account.kind.asset() {
        Asset::Money | Asset::Claims => currency.format_minor(change),
        Asset::Shares => change.to_string(),
        Asset::Points | Asset::ReleasePoints | Asset::ValueUnits | Asset::EmissionPoints => {
            let points = Points::from_units(change.unsigned_abs());
            if change < 0 { format!("-{points}") } else { points.to_string() }
        }
    }
}
