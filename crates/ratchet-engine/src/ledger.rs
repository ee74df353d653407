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

/// Makes the chart of accounts: the kinds, their names in the journal, whose they are, what they count, on which side of zero they
/// stand, and the page `docs/reference/accounts.md`.
macro_rules! accounts {
    (
        programme { $($words:literal $kind:ident $name:literal $asset:ident $side:ident;)+ }
        owned { $($owned_words:literal $owned:ident $owned_name:literal $owner:ident $owned_asset:ident $owned_side:ident;)+ }
    ) => {
        /// What kind of account; the name in exports is in [`AccountKind::name`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum AccountKind {
            $(#[doc = $words] $kind,)+
            $(#[doc = $owned_words] $owned,)+
        }

        const PROGRAMME_KINDS: usize = AccountKind::PROGRAMME.len();
        const KINDS: usize = AccountKind::ALL.len();

        impl AccountKind {
            /// All programme accounts, in the order of the chart.
            pub const PROGRAMME: &'static [AccountKind] = &[$(AccountKind::$kind,)+];

            /// All kinds, in the order of the chart: those that belong to somebody after those of the programme.
            pub const ALL: &'static [AccountKind] = &[$(AccountKind::$kind,)+ $(AccountKind::$owned,)+];

            /// The account's name in the journal and in exports.
            pub const fn name(self) -> &'static str {
                match self {
                    $(AccountKind::$kind => $name,)+
                    $(AccountKind::$owned => $owned_name,)+
                }
            }

            /// What it holds, in a sentence.
            pub const fn words(self) -> &'static str {
                match self {
                    $(AccountKind::$kind => $words,)+
                    $(AccountKind::$owned => $owned_words,)+
                }
            }

            /// Whose number stands beside it.
            pub const fn owner(self) -> Owner {
                match self {
                    $(AccountKind::$kind => Owner::Programme,)+
                    $(AccountKind::$owned => Owner::$owner,)+
                }
            }

            /// What the account counts.
            #[inline]
            pub const fn asset(self) -> Asset {
                match self {
                    $(AccountKind::$kind => Asset::$asset,)+
                    $(AccountKind::$owned => Asset::$owned_asset,)+
                }
            }

            /// On which side of zero its balance stands.
            pub const fn side(self) -> Side {
                match self {
                    $(AccountKind::$kind => Side::$side,)+
                    $(AccountKind::$owned => Side::$owned_side,)+
                }
            }
        }

        /// The programme's own kinds, as a pattern.
        macro_rules! programme_kinds {
            () => { $(AccountKind::$kind)|+ };
        }
    };
}

accounts! {
    programme {
        "Contra of all money that enters or leaves."
            Bank "bank" Money Either;
        "Money of orders that are not settled, and contributions that wait."
            Escrow "escrow" Money Credit;
        "The pool: what backs the points."
            PoolAssets "pool.assets" Money Credit;
        "What stayed in the pool when the supply became zero, and retention sent here."
            PoolResidual "pool.residual" Money Credit;
        "Commissions owed to members."
            CommissionPayable "commission.payable" Money Credit;
        "Commissions nobody was entitled to."
            CommissionUndistributed "commission.undistributed" Money Credit;
        "The platform's earnings."
            PlatformRevenue "platform.revenue" Money Credit;
        "Set aside for late refunds."
            RefundReserve "refund.reserve" Money Credit;
        "Contra of what is owed after late refunds and nobody has advanced (ORDER-6)."
            RefundRecoverable "refund.recoverable" Money Credit;
        "Contra of what members owe in loyalty points."
            LoyaltyRecoverable "loyalty.recoverable" Money Credit;
        "What a refund paid and nobody has borne yet, or took too much; zero between entries."
            RefundClearing "refund.clearing" Money Either;
        "What the reserve advanced for others and did not get back."
            AdvancedReserve "advanced.reserve" Money Credit;
        "The same of the platform's earnings."
            AdvancedPlatform "advanced.platform" Money Credit;
        "The same of the operator, whether it has paid it in or not."
            AdvancedOperator "advanced.operator" Money Credit;
        "Owed by the platform's earnings."
            PlatformReceivable "platform.receivable" Money Debit;
        "Owed by the reserve."
            ReserveReceivable "reserve.receivable" Money Debit;
        "Owed by the commissions nobody was entitled to."
            UndistributedReceivable "undistributed.receivable" Money Debit;
        "Waiting for the next dividend."
            DividendPot "dividend.pot" Money Credit;
        "Tax collected with orders."
            TaxPayable "tax.payable" Money Credit;
        "Money that could not be matched."
            Suspense "suspense" Money Credit;
        "What the operator has to add for refunds nobody else covered."
            OperatorDue "operator.due" Money Debit;
        "What the operator paid in and has been recovered since: its to withdraw."
            OperatorClaim "operator.claim" Money Credit;
        "What the operator asked to be paid of it."
            OperatorHold "operator.hold" Money Credit;
        "Contra of all points."
            PointsIssued "points.issued" Points Debit;
        "Points bought at genesis, owned and locked by the programme."
            PointsHouse "points.house" Points Credit;
        "Contra of all release points."
            ReleaseIssued "release.issued" ReleasePoints Debit;
        "Contra of all value units."
            ValueIssued "value.issued" ValueUnits Debit;
        "Value units released so far: weight that counts for ever."
            ValueReleased "value.released" ValueUnits Credit;
        "Contra of all emission points."
            EmissionIssued "emission.issued" EmissionPoints Debit;
        "The platform's emission points."
            EmissionPlatform "emission.platform" EmissionPoints Credit;
        "Shares of ranks that their members have not been credited yet (EMIT-3a)."
            EmissionAccrued "emission.accrued" EmissionPoints Credit;
        "Contra of all legacy claims."
            ClaimsIssued "claims.issued" Claims Debit;
        "Contra of all shares."
            SharesIssued "shares.issued" Shares Debit;
        "What windows of shares took out of the pool for the issuer."
            EquityIssuer "equity.issuer" Money Credit;
        "Money of funding rounds that is not handed out yet."
            FundingRounds "funding.rounds" Money Credit;
    }
    owned {
        "A named fund of the split; numbered in file order."
            Fund "fund" Fund Money Credit;
        "Owed by a fund."
            FundReceivable "fund.receivable" Fund Money Debit;
        "Owed to a merchant."
            MerchantPayable "merchant.payable" Merchant Money Credit;
        "A merchant's deposit."
            MerchantDeposit "merchant.deposit" Merchant Money Credit;
        "Owed by a merchant."
            MerchantReceivable "merchant.receivable" Merchant Money Debit;
        "A member's withdrawable money."
            WalletCash "wallet.cash" Member Money Credit;
        "A member's money that can only be spent in the mall."
            WalletReconsume "wallet.reconsume" Member Money Credit;
        "A member's money held for withdrawals."
            WalletHold "wallet.hold" Member Money Credit;
        "Owed by a member."
            Receivable "receivable" Member Money Debit;
        "A member's points."
            MemberPoints "points" Member Points Credit;
        "A merchant's money held for withdrawals."
            MerchantHold "merchant.hold" Merchant Money Credit;
        "A member's release points: locked, and the fraction not converted yet."
            MemberRelease "release.points" Member ReleasePoints Credit;
        "A member's value units not released yet."
            MemberValue "value.units" Member ValueUnits Credit;
        "A member's free emission points."
            MemberEmission "emission.points" Member EmissionPoints Credit;
        "A member's emission points reserved for products sold."
            MemberEmissionReserved "emission.reserved" Member EmissionPoints Credit;
        "What a member owes in loyalty points (LOY-4a)."
            LoyaltyReceivable "loyalty.receivable" Member Money Debit;
        "A member's loyalty points: money that can only be spent in the mall and expires."
            MemberLoyalty "wallet.loyalty" Member Money Credit;
        "A member's money held for open offers to buy."
            MarketHold "market.hold" Member Money Credit;
        "A member's emission points held for open offers to sell."
            MarketPoints "market.points" Member EmissionPoints Credit;
        "A member's claim on an earlier platform."
            MemberClaim "claim" Member Claims Credit;
        "A member's shares."
            MemberShares "shares" Member Shares Credit;
    }
}

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

/// On which side of zero a balance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Not below: what the programme owes or has earned.
    Credit,
    /// Not above: contras and what is owed to it.
    Debit,
    /// On either: the bank may be overdrawn by what the operator has not paid in yet (ORDER-6e), clearing ends at zero. Shown as `Debit`
    /// is for the bank, as `Credit` is for clearing.
    Either,
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
            Asset::Money | Asset::Claims | Asset::Shares => (1 << 63) - 1,
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
    /// The kind at a place of the chart.
    #[inline]
    pub(crate) fn at(place: usize) -> Option<AccountKind> {
        AccountKind::ALL.get(place).copied()
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

    /// The kind with this name.
    pub fn named(name: &str) -> Option<AccountKind> {
        AccountKind::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether the balance normally stands below zero.
    pub const fn is_debit_normal(self) -> bool {
        matches!(self.side(), Side::Debit) || matches!(self, AccountKind::Bank)
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
        let kind = AccountKind::ALL[at];
        table[slot(kind)] = kind.asset();
        at += 1;
    }
    table
};
const OWNER: [Owner; KINDS] = {
    let mut table = [Owner::Programme; KINDS];
    let mut at = 0;
    while at < KINDS {
        let kind = AccountKind::ALL[at];
        table[slot(kind)] = kind.owner();
        at += 1;
    }
    table
};
const DEBIT_NORMAL: [bool; KINDS] = {
    let mut table = [false; KINDS];
    let mut at = 0;
    while at < KINDS {
        let kind = AccountKind::ALL[at];
        table[slot(kind)] = kind.is_debit_normal();
        at += 1;
    }
    table
};

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

const fn stands_on_either_side(kind: AccountKind) -> bool {
    matches!(kind.side(), Side::Either)
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
            programme_kinds!() => unreachable!("a programme account has a balance of its own"),
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
            programme_kinds!() => return self.programme.0[slot(kind)],
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
        let programme = AccountKind::PROGRAMME.iter().copied().map(Account::programme);
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

/// The page of all accounts, one row each.
pub fn accounts_page() -> String {
    let mut page = "# Accounts\n\n\
        Every change of value is a transaction whose postings sum to zero for each asset (LEDGER-1); credits are positive. \
        Balances of side *credit* never stand below zero, those of side *debit* never above.\n\n\
        | account | whose | asset | side | what it holds |\n|---|---|---|---|---|\n"
        .to_owned();
    for kind in AccountKind::ALL {
        let owner = match kind.owner() {
            Owner::Programme => "the programme",
            Owner::Fund => "each fund",
            Owner::Merchant => "each merchant",
            Owner::Member => "each member",
        };
        let side = match kind.side() {
            Side::Credit => "credit",
            Side::Debit => "debit",
            Side::Either => "either",
        };
        let (name, asset, words) = (kind.name(), kind.asset().name(), kind.words());
        page += &format!("| `{name}` | {owner} | {asset} | {side} | {words} |\n");
    }
    page
}
