//! Events: what happened, with its results. Replaying events and their postings rebuilds the state; no
//! amount is derived again. Names are past tense; numbers are those the events themselves assigned.

use ratchet_wire_derive::Wire;
use serde::{Deserialize, Serialize};

use crate::amendment::{PlanCheck, PlanProposed, VersionTerms};
use crate::amount::{Currency, Money, Points};
use crate::blind_box::AgeBand;
use crate::commission::{ClassEntitlements, CommissionClawback, CommissionPaid, Entitlement};
use crate::debt::{Advanced, DebtOrigin, Debtor, Repaid};
use crate::draw::DrawResult;
use crate::hash::Hash32;
use crate::id::{
    CampaignNo, CouponNo, Id, LineNo, MemberNo, MerchantNo, OfferNo, OrderNo, PaymentNo, ProductNo, SkuNo,
    WithdrawalNo,
};
pub use crate::loyalty::LoyaltyLot;
use crate::market::Side;
use crate::order::{LineCounts, LineDetail};
use crate::payment::{PaymentTarget, Suspended};
use crate::plan::{ExitBasis, ExitCounts, ExitOf};
use crate::rank::RankChange;
use crate::region::Region;
use crate::slice::Position;
pub use crate::staged::{LotStage, ValueShare};
use crate::time::{Day, Timestamp};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec; each variant says what it records")]
pub enum Event {
    /// What caps are from now on, for what watches when they are reached (POOL-6); the first is of the genesis.
    CapsSet { caps: Option<CapTerms> },
    /// A local day began: what is counted by days counts on this one, until `ends_at`, the midnight after it (TIME-3). Written
    /// before the first event of the day that is counted so.
    DayBegan { day: Day, ends_at: Timestamp },
    /// With the programme's first command its days begin: `closes` if each has a close (EMIT-2), and when the first period of
    /// the dividend ends (COMM-5a).
    DaysBegan {
        closes: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dividend_at: Option<Timestamp>,
    },
    /// The programme bought points for itself at genesis (POOL-11a).
    HousePointsBought { amount: Money, points: Points },
    /// A member exists from now on (NET-1). `joined_at`: when it came, where that was before the entry (TIME-4).
    MemberJoined {
        member: MemberNo,
        id: Id,
        referrer: Option<MemberNo>,
        /// Whose position it is (ACC-3a).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        person: Option<Id>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        joined_at: Option<Timestamp>,
    },
    /// A merchant was named for the first time.
    MerchantRegistered { merchant: MerchantNo, id: Id },
    /// An order exists; its lines follow.
    OrderPlaced {
        order: OrderNo,
        id: Id,
        member: MemberNo,
        first_line: LineNo,
        lines: u16,
        freight: Money,
        tax: Money,
        freight_to: MerchantNo,
        /// Where the plan has regional agents.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ship_to: Option<Region>,
    },
    /// A line of the order placed last.
    LineAdded { line: LineNo, order: OrderNo, base: Money, detail: Option<Box<LineDetail>> },
    /// The money is in escrow.
    OrderPaid { order: OrderNo },
    /// The goods are on their way.
    OrderShipped { order: OrderNo },
    /// The goods arrived; `settles_at` is absent if the order settles at once.
    OrderReceived { order: OrderNo, settles_at: Option<Timestamp> },
    /// An unpaid order was closed.
    OrderClosed { order: OrderNo },
    /// A line became final; its legs but the pool's are paid out of escrow (ORDER-3).
    LineSettled {
        line: LineNo,
        base: Money,
        cost: Money,
        pool: Money,
        commission: Money,
        funds: Money,
        platform: Money,
        /// Added to the cap base of the buyer's cycle now, because nothing of the line will mint (POOL-13).
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        cap_base: Money,
        /// What counts in volumes and in the dividend's base (RANK-1, COMM-5); absent if nothing does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        volume: Option<Money>,
    },
    /// Freight went to the merchant and tax to its account; the order's last leg.
    FreightSettled { order: OrderNo, freight: Money, tax: Money },
    /// A contribution, or a part of one, waits in escrow (POOL-2a, POOL-11c).
    ContributionDeferred { line: LineNo, amount: Money, source: ContributionSource, until: Deferral },
    /// What waits of an order is taken up at the next local midnight; `again` if that was just tried.
    ContributionRolled { order: OrderNo, retry: bool },
    /// Nothing waits of an order any more.
    DeferralCleared { order: OrderNo },
    /// A contribution entered the pool and points were minted for it (POOL-1, POOL-2). To the member's cycle, and to the lot,
    /// `cap_base` and `points` were added (POOL-13).
    PointsMinted {
        line: LineNo,
        member: MemberNo,
        contribution: Money,
        points: Points,
        cap_base: Money,
        source: ContributionSource,
    },
    /// A sale waits for the close of the day (POOL-11b).
    RedemptionRequested {
        member: MemberNo,
        points: Points,
        /// The least that all of them must pay after retention (POOL-3).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min_net: Option<Money>,
    },
    /// A request lapsed at the close: all its points would have paid `net` of at least `min_net`, and `free` of them were free
    /// (POOL-3).
    RedemptionLapsed { member: MemberNo, points: Points, min_net: Money, net: Money, free: Points },
    /// The requests of the day are taken up.
    BatchExecuted {
        /// How many of the requested sales this entry carries out, if not all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        requests: Option<u32>,
    },
    /// Points were sold: by the member, in the batch, or by a cap exit (POOL-3, POOL-6).
    PointsSold {
        member: MemberNo,
        points: Points,
        gross: Money,
        retained: Money,
        net: Money,
        cause: SaleCause,
        /// Where the retention goes, or when it is taken.
        #[serde(default, skip_serializing_if = "RetentionWay::is_pool")]
        retention: RetentionWay,
        lot: Option<LineNo>,
        /// Those of them that were locked (CLAIM-2).
        #[serde(default, skip_serializing_if = "Points::is_zero_ref")]
        locked: Points,
        /// Of which lots they were (POOL-12), unless they were all of `lot` or all that the member had.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<LotSold>,
    },
    /// The last points are gone; what is left of the pool is residual (POOL-8).
    SupplyEmptied { residual: Money },
    /// Every points quantity is multiplied by 10³ (POOL-9).
    UnitsSplit {},
    /// Outside money entered the pool (POOL-10).
    PoolInjected { amount: Money, source: Id },
    /// A refund was accepted; its lines follow (ORDER-5, ORDER-6).
    RefundAccepted { refund: Id, order: OrderNo },
    /// A line was refunded, in part or fully.
    LineRefunded {
        line: LineNo,
        amount: Money,
        cash: Money,
        reconsume: Money,
        claim: Money,
        /// In loyalty points (LOY-3).
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        loyalty: Money,
        /// How many pieces it was stated as, if it was (ORDER-8).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pieces: Option<u32>,
        /// When the loyalty points expire.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loyalty_until: Option<Timestamp>,
        post_settlement: Option<Box<PostSettlementRefund>>,
    },
    /// Somebody owes from now on, after a late refund of an order (ORDER-6). `operator` is the part of a bonus that the
    /// operator had paid.
    ReceivableBooked {
        debtor: Debtor,
        order: OrderNo,
        origin: DebtOrigin,
        amount: Money,
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator: Money,
    },
    /// What a debtor got was netted against a debt, and went to those who had borne it (ORDER-6, COMM-9). `operator`
    /// is by how much the operator's part of a bonus falls.
    ReceivableNetted {
        debtor: Debtor,
        order: OrderNo,
        origin: DebtOrigin,
        amount: Money,
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator: Money,
        /// By how much what the member has before retention falls (COMM-8a).
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        retention_pending_cut: Money,
        to: Box<Repaid>,
    },
    /// The retention of so much of a member's cash was taken before its withdrawal, because it pays a debt (ORDER-6j). It
    /// went to the pool, or to the residual where there are no points.
    RetentionTaken { member: MemberNo, amount: Money, retained: Money, to_residual: bool },
    /// The pool returned more than a refund's part, and the platform owed nothing more for pool legs (ORDER-6).
    SurplusRecovered { order: OrderNo, amount: Money, to: Box<Repaid> },
    /// What is missing of a refund was advanced (ORDER-6).
    ShortfallAdvanced { order: OrderNo, by: Box<Advanced> },
    /// Freight and tax, or parts of them, went back (ORDER-8).
    FreightRefunded { order: OrderNo, freight: Money, tax: Money },
    /// Nothing is left of the order.
    OrderRefunded { order: OrderNo },
    /// The operator paid in of what is due from it (ORDER-6h).
    OperatorPaid { amount: Money, by: Id },
    /// The operator asked to be paid what it may claim; the amount is held.
    OperatorPayoutRequested { withdrawal: WithdrawalNo, id: Id, amount: Money, by: Id },
    /// A disposal of the residual waits for a second person (POOL-8b).
    ResidualProposed { disposal: Id, by: Id, epoch: u32, rebate: bool },
    /// The residual of an epoch was shared or injected.
    ResidualDisposed { disposal: Id, epoch: u32, amount: Money, credits: Vec<(MemberNo, Money)> },
    /// A withdrawal was requested; the amount is held.
    WithdrawalRequested {
        withdrawal: WithdrawalNo,
        id: Id,
        member: MemberNo,
        amount: Money,
        retention_pending: Money,
        by: Id,
    },
    /// A person approved; `complete` if no further approval is needed.
    WithdrawalApproved { withdrawal: WithdrawalNo, by: Id, complete: bool },
    /// A person rejected; the hold returned.
    WithdrawalRejected { withdrawal: WithdrawalNo, reason: String },
    /// Handed to the provider.
    WithdrawalSent { withdrawal: WithdrawalNo },
    /// The provider's answer is unknown.
    WithdrawalUnknown { withdrawal: WithdrawalNo },
    /// The money arrived.
    WithdrawalPaid {
        withdrawal: WithdrawalNo,
        cash: Money,
        fee: Money,
        retained: Money,
        /// What was retained went to the residual, because there are no points.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        to_residual: bool,
        reconsume: Money,
    },
    /// The payment failed; the hold returned.
    WithdrawalFailed { withdrawal: WithdrawalNo },
    /// A member that joined without a referrer has one (NET-1b).
    MemberBound { member: MemberNo, referrer: MemberNo },
    /// A member is not qualified until it is resumed (NET-2).
    MemberSuspended { member: MemberNo, reason: String },
    /// It is again.
    MemberResumed { member: MemberNo },
    /// A member is agent of a territory (COMM-4a).
    AgentAppointed { member: MemberNo, territory: Region },
    /// It is no longer.
    AgentDismissed { member: MemberNo, territory: Region },
    /// A member's weight in the dividend (COMM-5a).
    ShareholderSet { member: MemberNo, weight_millionths: u64 },
    /// Who earns by an order, and at which rates, as of its payment (COMM-0).
    CommissionEntitlementsRecorded {
        order: OrderNo,
        entitlements: Vec<Entitlement>,
        /// Classes of its lines that have other rates than these (COMM-10).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by_class: Vec<ClassEntitlements>,
    },
    /// The commissions of a settled order were paid (COMM-7).
    CommissionsPaid { order: OrderNo, paid: Vec<CommissionPaid>, undistributed: Money },
    /// The close of a day counted volumes, from what settled and was refunded so far (RANK-2). What settled before the day
    /// `from` no longer counts (RANK-1a).
    VolumesCounted {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Day>,
    },
    /// Team volumes as counted, of members whose volume is another than at the close before; at most 1,000.
    TeamVolumesCounted { volumes: Vec<(MemberNo, Money)> },
    /// Members who are from now on known to have bought, or no longer (NET-3); at most 1,000.
    PurchasesCounted { members: Vec<(MemberNo, bool)> },
    /// Members have other ranks from now on.
    RanksChanged { changes: Vec<RankChange> },
    /// A period ended: its base, the deficit it leaves, and what the fund added to the pot (COMM-5).
    DividendDeclared {
        base: i64,
        deficit: Money,
        added: Money,
        /// The end of the next period.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
    },
    /// Shareholders were paid out of the pot.
    DividendPaid { shares: Vec<(MemberNo, Money)> },
    /// A member did one of the plan's tasks, and it counted (TASK-1).
    TaskCounted {
        member: MemberNo,
        task: u16,
        /// It counts once in the member's life.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        once: bool,
    },
    /// A member did the day's task, or enough of them (REL-2).
    TaskCompleted { member: MemberNo },
    /// Another plan waits for a second person (AMEND-1).
    PlanProposed(Box<PlanProposed>),
    /// Another person approved it: it takes effect on its day, if nothing hinders it then.
    PlanApproved { number: u32, by: Id, check: Box<PlanCheck> },
    /// It was taken back.
    PlanWithdrawn { number: u32, by: Id },
    /// It was not approved in time.
    PlanLapsed { number: u32 },
    /// The programme runs it from now on (AMEND-3).
    PlanTookEffect { number: u32, terms: Box<VersionTerms>, check: Box<PlanCheck> },
    /// It could not take effect: the plan in force goes on.
    PlanCancelled { number: u32, check: Box<PlanCheck> },
    /// An end of the programme waits for a second person (WIND-1).
    WindDownProposed { number: u32, wind_down: Id, closes_at: Timestamp, reason: Box<str>, by: Id },
    /// Another person approved: nothing new is begun (WIND-2).
    WindDownApproved { number: u32, by: Id },
    /// A contribution buys no points any more and went to the buyer (WIND-2).
    CashInLieuPaid { line: LineNo, member: MemberNo, amount: Money, source: ContributionSource },
    /// The house's part of the pool at the end (WIND-3).
    HousePointsPaidOut { amount: Money, points: Points },
    /// The residual at the end, shared over holders, or the platform's where there were none.
    ResidualSharedOut { shares: Vec<(MemberNo, Money)>, to_platform: Money },
    /// The fund behind release points at the end; the points are gone.
    ReleasePaidOut { shares: Vec<(MemberNo, Money)> },
    /// Value units and emission points are gone.
    UnitsCancelled {},
    /// Loyalty points, one to one.
    LoyaltyPaidOut { shares: Vec<(MemberNo, Money)> },
    /// The programme has ended: only withdrawals go on (WIND-4).
    WoundDown {},
    /// The rules of a later day do not let the programme pass any more: nothing new begins (GATE-2).
    AdmissionSuspended { findings: Vec<String> },
    /// They let it pass again.
    AdmissionRestored {},
    /// Outside money came into a fund of the split (ADMALL-1).
    FundDeposited { fund: u32, amount: Money, source: Id },
    /// The buyer of a settled line was granted release points, locked (REL-1).
    ReleaseGranted { line: LineNo, member: MemberNo, points: Points },
    /// Value units were granted, of a settled line or of a tip (EMIT-1).
    ValueGranted { line: Option<LineNo>, grants: Vec<(MemberNo, Points)> },
    /// A late refund: a line's lot of release points becomes this (REL-5). `released` and `charged` are sums over the
    /// line's life.
    ReleaseGrantReduced {
        line: LineNo,
        original: Points,
        remaining: Points,
        released: Points,
        charged: Money,
    },
    /// The first late refund of an order: what it granted leaves the lots of its day and becomes lots of its own (EMIT-1b).
    ValueSeparated { order: OrderNo, shares: Vec<ValueShare> },
    /// A late refund: the lots of its order's value units become this (EMIT-1b).
    ValueGrantReduced { line: LineNo, lots: Vec<ReducedValueLot> },
    /// The close of a day released value units (EMIT-1a); `lots` are those of the members one after the other.
    ValueReleased { members: Vec<ValueRelease>, lots: Vec<LotStage> },
    /// The close of a day released points into money (REL-2 to REL-4); `lots` as above. `shortfall` is money due that the
    /// fund did not hold.
    PointsReleased { pass: ReleasePass, members: Vec<PointsRelease>, lots: Vec<LotStage>, shortfall: Money },
    /// The close of a day issued emission points to those whose value units it released (EMIT-3).
    EmissionDistributed { members: Vec<(MemberNo, Points)> },
    /// The rest of the day's emission: the platform's, the ranks', and what nobody got.
    DailyEmissionIssued { amount: Points, platform: Points, ranks: Vec<RankShare>, unissued: Points },
    /// A member was credited its shares of ranks (EMIT-3a).
    EmissionCredited { member: MemberNo, points: Points },
    /// The last step of a close: the guide price is now this many value units for this many points (EMIT-4).
    DayClosed { guide_price: Option<(Points, Points)> },
    /// What static releases of a close that takes several entries release for referrers (REL-3), in joining order.
    AccelerationsDue { members: Vec<(MemberNo, Points)> },
    /// Due work takes more than this entry: the next one goes on there (TIME-2c).
    SliceEnded { next: Position },
    /// An issue from the reserve waits for a second person (EMIT-3b).
    IssueProposed { issue: Id, by: Id, member: MemberNo, points: Points },
    /// Points were issued from the reserve.
    IssueApproved { issue: Id, member: MemberNo, points: Points },
    /// A member asked to be a merchant (MERCH-1).
    MerchantApplied { merchant: MerchantNo, member: MemberNo, order: OrderNo, by: Id },
    /// Another person approved.
    MerchantApproved { merchant: MerchantNo, by: Id },
    /// The application was rejected.
    MerchantRejected { merchant: MerchantNo, reason: String },
    /// The merchant may neither tip nor sell listed products.
    MerchantSuspended { merchant: MerchantNo, reason: String },
    /// It may again.
    MerchantResumed { merchant: MerchantNo },
    /// A payout to a merchant was requested; the amount is held (MERCH-5).
    PayoutRequested { withdrawal: WithdrawalNo, id: Id, merchant: MerchantNo, amount: Money, by: Id },
    /// A product is listed (MERCH-6).
    ProductListed {
        product: ProductNo,
        id: Id,
        merchant: MerchantNo,
        price: Money,
        value_award: Points,
        concession: Option<Money>,
    },
    /// It is no longer.
    ProductDelisted { product: ProductNo },
    /// The line added last buys a listed product (MERCH-4).
    ProductOrdered { line: LineNo, product: ProductNo, award: Points },
    /// Its line was paid: emission points of the merchant's member are set aside.
    PointsReserved { line: LineNo, points: Points },
    /// Its line was refunded before it was received: they return.
    ReservedPointsReturned { line: LineNo, points: Points },
    /// Its order was received.
    ReservedPointsBurned { line: LineNo, points: Points },
    /// A merchant gave value units; what its points bought for the uplines, and what of them is gone (MERCH-2, MERCH-3).
    TipGiven(Box<TipGiven>),
    /// A campaign of a promotion of the plan takes orders (PROMO-1).
    CampaignOpened(Box<CampaignOpened>),
    /// It takes no more; what is undecided is refunded in what follows (PROMO-4).
    CampaignCancelled { campaign: CampaignNo, reason: String },
    /// The order placed last is of a campaign and holds pieces of its quota (PROMO-2, PROMO-3).
    CampaignOrderPlaced(Box<CampaignOrderPlaced>),
    /// It was paid in full: decided, or not yet (PROMO-4). `ship_by`: then it is refunded if it has not left (PRE-3).
    CampaignOrderPaid { order: OrderNo, decided: bool, ship_by: Option<Timestamp> },
    /// It is closed or refunded in full; so many of its pieces may be taken by others (PROMO-3).
    CampaignOrderEnded { order: OrderNo, returned: u32 },
    /// The deposit of a presale is in escrow; the rest is due by then (PRE-1).
    DepositPaid { order: OrderNo, member: MemberNo, amount: Money, until: Timestamp },
    /// It went back to the buyer (PRE-2).
    DepositReturned { order: OrderNo, member: MemberNo, amount: Money },
    /// It went to the merchant (PRE-2).
    DepositForfeited { order: OrderNo, amount: Money },
    /// A paid order opened a group (GROUP-1).
    GroupOpened { group: OrderNo, ends_at: Timestamp },
    /// A paid order joined.
    GroupJoined { group: OrderNo, order: OrderNo },
    /// It left before the group was full; now this one leads (GROUP-3).
    GroupLeft { group: OrderNo, order: OrderNo, leader: Option<OrderNo> },
    /// The group is full and its orders are decided (GROUP-2), unless they are boxes, which have to be opened (BOX-2).
    GroupSucceeded { group: OrderNo, decided: bool },
    /// The group is full and waits for the seed of its lottery (LOT-1).
    GroupFilled { group: OrderNo },
    /// Its orders are refunded in what follows.
    GroupFailed { group: OrderNo },
    /// Of a lottery's group these orders are decided; the others are refunded in what follows (LOT-1).
    LotteryDecided { group: OrderNo, winners: Vec<OrderNo> },
    /// An order that did not win was consoled with money of a fund (LOT-1).
    ConsolationPaid { order: OrderNo, member: MemberNo, amount: Money },
    /// An order of a group settled: its leader got so much more of a bonus, `operator` of it from `operator.due`. Of a fixed
    /// one, `kept` orders have settled and are kept (GROUP-4).
    LeaderBonusPaid {
        order: OrderNo,
        member: MemberNo,
        amount: Money,
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator: Money,
        /// Of it, what the operator's claim gave.
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator_claim: Money,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled_orders: Option<u32>,
    },
    /// A late refund took some of a rate's bonus back (GROUP-4).
    LeaderBonusClawedBack {
        order: OrderNo,
        member: MemberNo,
        recovered: Money,
        receivable: Money,
        /// By how much what the leader has before retention falls (COMM-8a).
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        retention_pending_cut: Money,
    },
    /// A late refund leaves nothing of an order of a group: what the fixed bonus falls by was taken, or is owed (GROUP-4).
    FixedBonusClawedBack(Box<FixedBonusClawedBack>),
    /// A decided order has a voucher (VOUCH-1).
    VoucherIssued { order: OrderNo, expires_at: Timestamp },
    /// It was redeemed; the order was received with it (VOUCH-2).
    VoucherRedeemed { order: OrderNo },
    /// Hashes of the seeds of draws to come were published (PROMO-5).
    SeedsCommitted { campaign: CampaignNo, commitments: Vec<Hash32> },
    /// A draw took the next commitment of its campaign: a lottery group was opened, or a box was paid.
    DrawOpened { draw: OrderNo, campaign: CampaignNo },
    /// Its entries are closed; the seed is to be revealed before `until` (PROMO-5a).
    DrawClosed { draw: OrderNo, until: Timestamp },
    /// The seed was revealed, and this follows from it.
    DrawRevealed { draw: OrderNo, seed: Hash32, result: Box<DrawResult> },
    /// The seed was not revealed in time; refunds follow (PROMO-5d).
    DrawTimedOut { draw: OrderNo },
    /// Nothing is left to draw for: what entered was refunded.
    DrawCancelled { draw: OrderNo },
    /// How old a member is, as far as it matters (BOX-1).
    MemberAttested { member: MemberNo, age: AgeBand, consent: bool },
    /// The items of a campaign's boxes are held for it, in the plan's order (PROMO-1).
    BoxItemsHeld { campaign: CampaignNo, items: Vec<(SkuNo, u32)> },
    /// An opened box left: so did its item (BOX-2).
    BoxItemDispatched { order: OrderNo, sku: SkuNo },
    /// An opened box was refunded in full before it left: its item is available again (BOX-3a).
    BoxItemReleased { order: OrderNo, sku: SkuNo },
    /// The campaign is over while boxes still wait; the last one that is opened or refunded ends it (BOX-3a).
    BoxSaleEnded { campaign: CampaignNo },
    /// The campaign is over and no box waits: what is left of its items returns (BOX-3).
    BoxesEnded { campaign: CampaignNo, returned: Vec<(SkuNo, u32)> },
    /// A buyer of its first package took a place: boss of an own team without an upline (CHAIN-1).
    ChainEntered { order: OrderNo, member: MemberNo, upline: Option<MemberNo>, boss: MemberNo },
    /// An agent with enough recruits became boss of an own empty team; those recruits are its upline's (CHAIN-2).
    ChainLeft { member: MemberNo, recruits: u32, upline: MemberNo },
    /// The goods of a paid order may be sold on by its buyer, who paid this for them (RELIST-1).
    GoodsHeld { order: OrderNo, price: Money },
    /// Their holder offers them at this price.
    GoodsOffered { order: OrderNo, price: Money },
    /// Somebody bought them from their holder (RELIST-2).
    GoodsSold(Box<GoodsSold>),
    /// They are delivered to their holder and not sold on (RELIST-3).
    GoodsDelivered { order: OrderNo },
    /// An article is listed (CAT-1).
    SkuListed(Box<SkuListed>),
    /// It costs something else from now on.
    SkuPriced { sku: SkuNo, price: Money, cost: Option<Money> },
    /// It is no longer listed.
    SkuDelisted { sku: SkuNo },
    /// There are more pieces of it (CAT-3).
    StockAdded { sku: SkuNo, quantity: u32 },
    /// There are fewer.
    StockRemoved { sku: SkuNo, quantity: u32 },
    /// The line added last orders an article; the pieces are held (CAT-3).
    SkuOrdered { line: LineNo, sku: SkuNo, quantity: u32 },
    /// The pieces that the order still holds left with it.
    GoodsDispatched { order: OrderNo },
    /// So many pieces that a line held return to stock and no longer count for limits: closed, or refunded before they left
    /// (ORDER-8).
    StockReleased { line: LineNo, pieces: u32 },
    /// So many pieces that left with a line are back in stock and no longer count for limits (ORDER-8).
    GoodsReturned { line: LineNo, pieces: u32 },
    /// The order placed last closes by itself if it is not paid until then (CAT-3a).
    PaymentDeadlineSet { order: OrderNo, until: Timestamp },
    /// The order placed last comes from another source than the first (SOURCE-1).
    OrderSourced { order: OrderNo, source: u8 },
    /// A member has a coupon (COUPON-1); `rule` is the kind's place in the plan.
    CouponIssued { coupon: CouponNo, id: Id, rule: u16, member: MemberNo, expires_at: Timestamp },
    /// The order placed last holds these coupons (COUPON-4).
    CouponsReserved { order: OrderNo, coupons: Vec<CouponNo> },
    /// It was paid: they are used.
    CouponsUsed { order: OrderNo },
    /// It was closed, or refunded in full before it settled: they are free again.
    CouponsReleased { order: OrderNo },
    /// A member has more loyalty points: of a settled line (LOY-1), or given otherwise.
    LoyaltyGranted {
        line: Option<LineNo>,
        member: MemberNo,
        points: Money,
        /// What of them the operator paid, and of that what its claim gave (LOY-1a).
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator: Money,
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator_claim: Money,
        /// When they expire (LOY-2).
        expires_at: Timestamp,
    },
    /// Points of a member paid what it owed in points: those it just earned, or those it still had at the end (LOY-4a).
    LoyaltyNetted {
        member: MemberNo,
        points: Money,
        /// What of them went to the operator, and of that what became its claim.
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator: Money,
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator_claim: Money,
        /// Of which points they were.
        lots: Vec<LoyaltyLot>,
    },
    /// An order was paid with loyalty points, those that expire first before others (LOY-3).
    LoyaltySpent { order: OrderNo, member: MemberNo, points: Money, lots: Vec<LoyaltyLot> },
    /// A late refund: of what the line earned so much more is due back (LOY-4).
    LoyaltyClawedBack(Box<LoyaltyClawedBack>),
    /// A member's oldest points expired (LOY-2).
    LoyaltyExpired {
        member: MemberNo,
        points: Money,
        /// What of them went to the operator, and of that what became its claim.
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator: Money,
        #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
        operator_claim: Money,
        /// Of which points they were.
        lots: Vec<LoyaltyLot>,
    },
    /// The order that was just paid earns by this tier of its buyer, counted from 1 (LOY-5d).
    LoyaltyTierFixed { order: OrderNo, tier: u8 },
    /// A settled line counts on this local day for tiers and for the limit of a month (LOY-5d, LOY-5e); of days before `since` the
    /// member's sums alone are kept.
    LoyaltyCounted { line: LineNo, member: MemberNo, day: Day, spent: Money, earned: Money, since: Day },
    /// A late refund: of what the line counts so much does no more.
    LoyaltyUncounted { line: LineNo, member: MemberNo, day: Day, spent: Money, earned: Money },
    /// An offer holds what it needs; `rests` if it meets nothing and is in the book (MKT-1).
    OfferMade {
        offer: OfferNo,
        id: Id,
        member: MemberNo,
        side: Side,
        price: Money,
        quantity: u32,
        hold: Money,
        rests: bool,
    },
    /// Two offers met at the earlier one's price (MKT-1b). `hold` is the buyer's after it, `proceeds` what the seller gets.
    OfferFilled {
        maker: OfferNo,
        taker: OfferNo,
        quantity: u32,
        price: Money,
        buyer_fee: Money,
        seller_fee: Money,
        proceeds: Money,
        hold: Money,
    },
    /// What is left of an offer that was filled in part is in the book.
    OfferRested { offer: OfferNo },
    /// What was left of an offer was given up or cancelled, and returned.
    OfferClosed { offer: OfferNo, remaining: u32 },
    /// No offers are taken until it is resumed (MKT-2).
    MarketHalted { reason: String },
    /// They are again.
    MarketResumed {},
    /// An investor's money came in (FUND-1).
    RoundOpened(Box<RoundOpened>),
    /// A midnight of a round: what entered the pool, and at the last one what went to the platform (FUND-2).
    RoundStreamed { round: u32, injected: Money, returned: Option<Money> },
    /// A round added to what a settling order's buyer can spend (FUND-3).
    OrderSubsidised { order: OrderNo, round: u32, member: MemberNo, amount: Money },
    /// Points are taken for shares from now on (EQUITY-1).
    WindowOpened { window: u32, id: Id, shares: u32, price: Points, closes_at: Timestamp },
    /// A member wishes shares for so many points.
    PointsCommitted { commitment: Id, window: u32, member: MemberNo, points: Points },
    /// A commitment got shares: its points were burned like a sale, for the issuer (EQUITY-2).
    SharesBought {
        window: u32,
        member: MemberNo,
        points: Points,
        gross: Money,
        retained: Money,
        net: Money,
        shares: u32,
        /// Of which lots they were, unless they were all that the member had.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<LotSold>,
    },
    /// The window is closed; so many shares were issued.
    WindowClosed { window: u32, issued: u32 },
    /// A founder or leader was given shares (EQUITY-3).
    SharesAllotted { allotment: Id, member: MemberNo, shares: u32 },
    /// A debt of an earlier platform waits for two people (CLAIM-1).
    ClaimImported(Box<ClaimImported>),
    /// One of them approved; `booked` if it was the second.
    ClaimApproved { claim: u32, by: Id, booked: bool },
    /// Points were granted with an injection; they are a lot, under a number of an order that nobody made (CLAIM-2a).
    PointsGranted {
        grant: Id,
        order: OrderNo,
        line: LineNo,
        member: MemberNo,
        points: Points,
        injection: Money,
    },
    /// Of what a line paid in part with a claim just minted, so much is locked (CLAIM-2).
    PointsLocked {
        line: LineNo,
        member: MemberNo,
        points: Points,
        /// When the next step is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
    },
    /// A step of a line: so much became free, so much stays locked. `last` if no other step comes.
    PointsUnlocked {
        line: LineNo,
        member: MemberNo,
        unlocked: Points,
        locked: Points,
        last: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
    },
    /// A provider reported money that has come in (PAY-1).
    PaymentReceived(Box<PaymentReceived>),
    /// A payment in suspense makes an order's next payment, which follows; so much of it is left in suspense (PAY-1).
    PaymentApplied { payment: PaymentNo, order: OrderNo, amount: Money, remaining: Money },
    /// Money in suspense went back to who paid (PAY-1d).
    PaymentReturned { payment: PaymentNo, amount: Money, remaining: Money },
    /// What becomes of a payment waits for a second person (PAY-1e).
    ResolutionProposed(Box<ResolutionProposed>),
    /// Another person approved; what was proposed follows.
    ResolutionApproved { resolution: u32, by: Id },
    /// What is left of a payment is income of the platform (PAY-1e).
    PaymentBooked { payment: PaymentNo, amount: Money, source: Id },
}

/// A payment as it came in. Kept apart as [`TipGiven`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/payments.md")]
pub struct PaymentReceived {
    pub payment: PaymentNo,
    /// The provider's id.
    pub id: Id,
    /// In minor units of `currency`.
    pub amount: Money,
    pub currency: Currency,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Id>,
    /// Why it stays in suspense; absent if it pays its order in what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Suspended>,
}

/// A proposal of what becomes of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/payments.md")]
pub struct ResolutionProposed {
    pub resolution: u32,
    pub id: Id,
    pub payment: PaymentNo,
    pub target: PaymentTarget,
    pub by: Id,
}

/// Loyalty points that a late refund asks back. Kept apart as [`TipGiven`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct LoyaltyClawedBack {
    /// Which line had earned them.
    pub line: LineNo,
    /// Whose.
    pub member: MemberNo,
    /// Due back, so much more than before: `taken`, `set_off` and `owed` together.
    pub clawback_due: Money,
    /// Still there.
    pub recovered: Money,
    /// Cut from the cash of the refund (LOY-4b).
    pub set_off: Money,
    /// Owed in points from now on (LOY-4a).
    pub receivable: Money,
    /// What of those taken went to the operator; the rest is the platform's.
    pub operator: Money,
    /// Of it, what became its claim.
    pub operator_claim: Money,
    /// Of which points those taken were.
    pub lots: Vec<LoyaltyLot>,
}

/// A fixed leader's bonus that fell. Kept apart as [`TipGiven`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct FixedBonusClawedBack {
    /// The order that nothing is left of.
    pub order: OrderNo,
    /// The leader.
    pub member: MemberNo,
    /// Orders of the group that have settled and are kept.
    pub settled_orders: u32,
    /// Taken out of the leader's cash.
    pub recovered: Money,
    /// Owed by the leader.
    pub receivable: Money,
    /// Of what was taken, the operator's; the rest is the platform's.
    pub operator: Money,
    /// Of it, what became the operator's claim.
    pub operator_claim: Money,
    /// Of what is owed, what the operator had paid.
    pub operator_receivable: Money,
    /// By how much what the leader has before retention falls (COMM-8a).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub retention_pending_cut: Money,
}

/// A campaign's terms. Kept apart as [`TipGiven`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/promotions.md")]
pub struct CampaignOpened {
    pub campaign: CampaignNo,
    pub id: Id,
    /// Place of the promotion in the plan.
    pub promotion: usize,
    pub sku: Id,
    pub from: Timestamp,
    pub until: Timestamp,
    pub quota: Option<u32>,
}

/// An order of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/promotions.md")]
pub struct CampaignOrderPlaced {
    pub order: OrderNo,
    pub id: Id,
    pub campaign: CampaignNo,
    pub quantity: u32,
    /// The group it wants to join.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<OrderNo>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_hash: Option<Hash32>,
}

/// An article as it was listed. Kept apart as [`TipGiven`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/catalogue.md")]
pub struct SkuListed {
    pub sku: SkuNo,
    pub id: Id,
    pub product: Option<Id>,
    pub merchant: Option<MerchantNo>,
    pub price: Money,
    pub cost: Option<Money>,
    /// Its award zone, as its place in the plan.
    pub zone: Option<u16>,
    pub stock: Option<u32>,
    pub limit_per_order: Option<u32>,
    pub limit_per_member: Option<u32>,
    pub points_only: bool,
    /// Its class, as its place in the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<u16>,
}

/// A sale of goods by their holder. Kept apart as [`TipGiven`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/promotions.md")]
pub struct GoodsSold {
    pub order: OrderNo,
    pub purchase: Id,
    pub seller: MemberNo,
    pub buyer: MemberNo,
    pub price: Money,
    /// What the platform keeps of it.
    pub fee: Money,
    /// The price reached the ceiling: the goods are delivered at once.
    pub delivered: bool,
}

/// A round. Kept apart: every event is as large as the largest, and this is a rare one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/capital.md")]
pub struct RoundOpened {
    pub round: u32,
    pub id: Id,
    pub investor: Id,
    pub amount: Money,
    pub pool: Money,
    pub subsidies: Money,
    pub per_order: Money,
    pub days: u32,
}

/// A claim that was imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/capital.md")]
pub struct ClaimImported {
    pub claim: u32,
    pub id: Id,
    pub member: MemberNo,
    pub amount: Money,
    pub evidence: Hash32,
    pub by: Id,
}

/// A tip. Kept apart: every event is as large as the largest, and this is a rare one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "field names are the terms of docs/spec/merchants.md")]
pub struct TipGiven {
    pub tip: Id,
    pub merchant: MerchantNo,
    pub giver: MemberNo,
    pub member: MemberNo,
    pub value: Points,
    pub merchant_value: Points,
    pub points: Points,
    pub burned: Points,
    pub rewards: Vec<(MemberNo, Points)>,
    pub concession: Option<Money>,
}

/// Which pass of a close released points (REL-3, REL-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(rename_all = "snake_case")]
pub enum ReleasePass {
    /// Of members whose task is done.
    Static,
    /// Of their referrers.
    Accelerated,
}

/// What one member released of its value units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct ValueRelease {
    /// Whose.
    pub member: MemberNo,
    /// How many lots.
    pub lots: u32,
    /// In all.
    pub released: Points,
}

/// What one member released in one pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct PointsRelease {
    /// Whose.
    pub member: MemberNo,
    /// How many lots.
    pub lots: u32,
    /// In all.
    pub released: Points,
    /// Paid for it and for the fraction carried before.
    pub money: Money,
    /// The fraction carried on.
    pub fraction: Points,
}

/// What a late refund leaves of the value units that its order granted a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct ReducedValueLot {
    /// Whose.
    pub member: MemberNo,
    /// Granted, as it is now.
    pub original: Points,
    /// Not released.
    pub remaining: Points,
}

/// A rank's share of a day's emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct RankShare {
    /// The rank's place in the plan.
    pub rank: usize,
    /// For each member of exactly that rank.
    pub each: Points,
    /// How many there are.
    pub members: u32,
}

/// Where a contribution comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(rename_all = "snake_case")]
pub enum ContributionSource {
    /// The settlement of its order.
    Settlement,
    /// The front of the mint queue (POOL-2a).
    MintQueue,
    /// It waited for this midnight (POOL-11c).
    Deferred,
}

/// What a waiting contribution waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(rename_all = "snake_case")]
pub enum Deferral {
    /// Zero points or a short reserve: the mint queue (POOL-2a).
    MintQueue,
    /// The order's limit of the day: the next local midnight (POOL-11c).
    NextDay,
}

/// Why points were sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(rename_all = "snake_case")]
pub enum SaleCause {
    /// The member asked.
    Member,
    /// The cap was reached.
    CapExit,
    /// The programme ended (WIND-3).
    WindDown,
}

/// Where the retention of a sale goes, or when it is taken (POOL-3b, POOL-11).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(rename_all = "snake_case")]
pub enum RetentionWay {
    /// It stays in the pool.
    #[default]
    Pool,
    /// To the residual.
    Residual,
    /// It is taken when the money is withdrawn: the member was credited the gross.
    Withdrawal,
}

impl RetentionWay {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_pool(&self) -> bool {
        *self == RetentionWay::Pool
    }
}

/// What a sale took of one lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct LotSold {
    /// The line that minted it.
    pub line: LineNo,
    /// How many of its points.
    pub points: Points,
    /// The part of the gross that counts as realised by the lot, where caps count that by lot (POOL-6).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub realised: Money,
}

/// What a cap is: a multiple of what was counted (POOL-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire, ratchet_wire_derive::Snapshot)]
#[serde(deny_unknown_fields)]
pub struct CapTerms {
    /// The multiple.
    pub multiple: u32,
    /// Whose cap.
    pub basis: ExitBasis,
    /// What counts towards it.
    pub counts: ExitCounts,
    /// The multiple of what.
    pub of: ExitOf,
    /// Whether points without anything counted have no cap (CLAIM-2c).
    pub zero_is_no_cap: bool,
}

/// The points side of a refund after settlement (ORDER-6a, POOL-13).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Wire)]
#[serde(deny_unknown_fields)]
pub struct PostSettlementRefund {
    /// Points due back for this refund.
    pub clawback_due: Points,
    /// Points in fact burned.
    pub burned: Points,
    /// Contribution that came back, out of the pool and out of escrow.
    pub from_pool: Money,
    /// The part of it that was still waiting in escrow.
    pub from_deferred: Money,
    /// The part of that which waited in the mint queue; the rest waited for a midnight (ORDER-6d).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub from_queue: Money,
    /// By how much the cap base of the buyer's present cycle falls.
    pub cap_base_cut: Money,
    /// By how much the points earned in the present cycle fall.
    pub earned_cut: Points,
    /// By how much the cap base of the line's lot falls.
    pub lot_cap_base_cut: Money,
    /// By how much the points earned by the lot fall.
    pub lot_earned_cut: Points,
    /// What the line has contributed and counts after it.
    pub counts: LineCounts,
    /// By how much the locked points of the lot fall (CLAIM-2).
    #[serde(default, skip_serializing_if = "Points::is_zero_ref")]
    pub unlocked: Points,
    /// The buyer's cycle ends: no points are left.
    pub ends_cycle: bool,
    /// What the legs of cost, commission, funds and platform shrink by; a leg may grow by a few minor units.
    pub allocation_cut: [i64; 4],
    /// What is asked back of what went to the buyer instead of the pool (WIND-2b), and what of it came.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub cash_in_lieu: Money,
    /// Of it, what the buyer's wallet had.
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub from_buyer: Money,
    /// By how much the refund was cut, because points were sold (ORDER-6c).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub set_off: Money,
    /// What the refund's cash was cut by for loyalty points that were spent (LOY-4b).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub loyalty_set_off: Money,
    /// By how much the volumes and the dividend's base fall (RANK-1, COMM-5).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub volume_cut: Money,
    /// By how much what the buyer has before retention falls, for `from_buyer` (COMM-8a).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub retention_pending_cut: Money,
    /// What the commissions of the order change by (COMM-8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commissions: Vec<CommissionClawback>,
}

// Copied for every step of every command: what is larger stands in a box.
const _: () = assert!(size_of::<Event>() <= 96);

impl Event {
    /// What the gate said of a plan, where the event records it (AMEND-1).
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other events ask no gate")]
    pub(crate) fn gate_check(&self) -> Option<&crate::amendment::GateCheck> {
        match self {
            Event::PlanProposed(proposed) => proposed.check.gate.as_ref(),
            Event::PlanApproved { check, .. }
            | Event::PlanTookEffect { check, .. }
            | Event::PlanCancelled { check, .. } => check.gate.as_ref(),
            _ => None,
        }
    }
}
