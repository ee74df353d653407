//! Commands: what the outside world may request (SPEC 15), and the envelope they travel in.
//!
//! JSON Lines, one object a line: `{"key":…,"at":…,"actor":…,"type":"order.pay",…}`. The HTTP API and the
//! journal use the same form. A `Command` that exists is well-formed; whether it may be done is the engine's
//! decision.

mod fault;
mod form;
mod json;

pub use fault::CommandFault;
pub use form::{CommandForm, FieldForm, Shape, command_examples, commands_schema};
pub use json::CommandError;

pub use crate::blind_box::AgeBand;
pub use crate::keys::{HashSeed, LookupHint, PAY_KEY, RECEIVE_KEY};
pub use crate::market::Side;
pub use crate::payment::PaymentTarget;
pub use crate::region::Region;

use compact_str::CompactString;
use ratchet_wire_derive::Wire;
use serde::Deserialize;
use serde::ser::SerializeMap;
use smallvec::SmallVec;

use crate::amount::{AMOUNT_MAX, Currency, Money, Points};
use crate::gate::Pass;
use crate::hash::Hash32;
use crate::id::Id;
use crate::keys::{CommandKey, Hash128, Hashes, InsertSlot, KeyKind, Named, OrderStep};
use crate::prefetch::prefetch_value;
use crate::time::Timestamp;

use form::{Field, Group, Names, StatedLine, commands, words_of, write_field};

/// Most lines one order may have.
pub const ORDER_LINES_MAX: usize = 500;
/// Most coupons one order uses.
pub const ORDER_COUPONS_MAX: usize = 16;
/// Most commitments in one command.
pub const COMMITMENTS_MAX: usize = 1_000;

/// A command with who sends it, when, and under which idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Idempotency key (IDEM-1).
    pub key: Id,
    /// When, as the sender's clock said; the engine has none (TIME-1).
    pub at: Timestamp,
    /// When it happened, where that was earlier: a till may have been offline (TIME-4).
    pub happened_at: Option<Timestamp>,
    /// Who; defaults to the member concerned, else to `operator`.
    pub actor: Id,
    /// What.
    pub command: Command,
}

/// An envelope with its hashes, which another thread than the engine's may compute.
#[derive(Clone, Debug)]
pub struct HashedEnvelope {
    envelope: Envelope,
    hashes: Hashes,
    seed: HashSeed,
}

impl HashedEnvelope {
    /// Hashes it for the engine that has this seed ([`Engine::hash_seed`](crate::engine::Engine::hash_seed)).
    pub fn new(envelope: Envelope, seed: HashSeed) -> HashedEnvelope {
        let hashes = envelope.hashes(seed);
        HashedEnvelope { envelope, hashes, seed }
    }

    /// Changes the envelope and hashes it again.
    #[inline]
    pub fn reuse_with(&mut self, write: impl FnOnce(&mut Envelope)) {
        write(&mut self.envelope);
        self.hashes = self.envelope.hashes(self.seed);
    }

    /// Says what its look-ups will probably find, until it is rewritten.
    #[inline]
    pub fn guess(&mut self, guess: LookupHint) {
        self.hashes.named.guess = guess;
    }

    /// The envelope.
    #[inline]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Asks for its memory, some commands before it is submitted: what another core has written comes slowly.
    #[inline]
    pub fn fetch(&self) {
        prefetch_value(self);
    }
}

/// What [`Engine::submit_next`](crate::engine::Engine::submit_next) takes: an envelope, prepared or not.
pub trait Submission<'e>: Copy {
    /// The envelope.
    fn envelope(self) -> &'e Envelope;
    #[doc(hidden)]
    fn hashed(self, seed: HashSeed) -> Hashed;
}

/// The hashes of a [`Submission`].
#[derive(Clone, Copy, Debug)]
pub struct Hashed(pub(crate) Hashes);

impl<'e> Submission<'e> for &'e Envelope {
    #[inline]
    fn envelope(self) -> &'e Envelope {
        self
    }

    #[inline]
    fn hashed(self, seed: HashSeed) -> Hashed {
        Hashed(self.hashes(seed))
    }
}

impl<'e> Submission<'e> for &'e HashedEnvelope {
    #[inline]
    fn envelope(self) -> &'e Envelope {
        &self.envelope
    }

    /// Those that it has, if they are of this engine.
    #[inline]
    fn hashed(self, seed: HashSeed) -> Hashed {
        Hashed(if self.seed == seed { self.hashes } else { self.envelope.hashes(seed) })
    }
}

commands! {
    /// `member.join`: a member joins, with or without a referrer.
    "member.join" by member => MemberJoin {
        /// Who joins.
        member: Id,
        /// Who invited; must exist.
        referrer: Option<Id>,
        /// GB/T 2260 code of where the member lives.
        region: Option<Region>,
        /// Whose position it is, as an opaque id (ACC-3a).
        person: Option<Id>,
    }
    /// `order.place`: an unpaid order.
    "order.place" by member => OrderPlace {
        /// The order's id.
        order: Id;
        /// What is bought.
        terms: OrderTerms [
            /// The buyer; joins without referrer if unknown.
            member: Option<Id>,
            /// 1 to 500 lines with distinct line ids.
            lines: Option<Vec<StatedLine>>,
            /// Freight, always in cash.
            freight: Option<Money>,
            /// Tax, always in cash.
            tax: Option<Money>,
            /// GB/T 2260 code of the delivery address.
            ship_to: Option<Region>,
            /// How the goods are paid; absent: all cash. The sum must equal the lines' amounts.
            tender: Option<Tender>,
            /// Which `[[source]]` it comes from; absent: the first.
            source: Option<Id>,
            /// Coupons it uses; at most 16.
            coupons: Option<Vec<Id>>,
            /// The campaign it takes part in.
            campaign: Option<Id>,
            /// The group it joins: the order that opened it; absent: it opens one.
            group: Option<Id>,
            /// SHA-256 of the code that redeems the voucher.
            code_hash: Option<Hash32>,
        ]
    }
    /// `order.pay`: pays a placed order (no terms) or places and pays at once.
    "order.pay" by member => OrderPay {
        /// The order's id.
        order: Id;
        /// What is bought; absent if the order was placed before.
        terms: Option<OrderTerms> [
            /// The buyer; joins without referrer if unknown.
            member: Option<Id>,
            /// 1 to 500 lines with distinct line ids.
            lines: Option<Vec<StatedLine>>,
            /// Freight, always in cash.
            freight: Option<Money>,
            /// Tax, always in cash.
            tax: Option<Money>,
            /// GB/T 2260 code of the delivery address.
            ship_to: Option<Region>,
            /// How the goods are paid; absent: all cash. The sum must equal the lines' amounts.
            tender: Option<Tender>,
            /// Which `[[source]]` it comes from; absent: the first.
            source: Option<Id>,
            /// Coupons it uses; at most 16.
            coupons: Option<Vec<Id>>,
            /// The campaign it takes part in.
            campaign: Option<Id>,
            /// The group it joins: the order that opened it; absent: it opens one.
            group: Option<Id>,
            /// SHA-256 of the code that redeems the voucher.
            code_hash: Option<Hash32>,
        ]
    }
    /// `order.ship`: the goods have left.
    "order.ship" => OrderShip {
        /// The order's id.
        order: Id,
    }
    /// `order.receive`: the buyer confirms receipt; the settlement clock starts.
    "order.receive" => OrderReceive {
        /// The order's id.
        order: Id,
    }
    /// `order.close`: closes an unpaid order.
    "order.close" => OrderClose {
        /// The order's id.
        order: Id,
    }
    /// `order.refund`: full (nothing stated) or partial, in any paid state (ORDER-8).
    "order.refund" => OrderRefund {
        /// The refund's id.
        refund: Id,
        /// The order's id.
        order: Id,
        /// Which goods are refunded; absent: all that is left, unless freight or tax is stated.
        lines: Option<Vec<RefundLine>>,
        /// How much of the freight.
        freight: Option<Money>,
        /// How much of the tax; absent: what goes with the pieces refunded.
        tax: Option<Money>,
    }
    /// `goods.return`: pieces that left with an order are back in stock (ORDER-8).
    "goods.return" => GoodsReturn {
        /// The order's id.
        order: Id,
        /// The line's id within its order.
        line: LineId,
        /// How many.
        pieces: u32,
    }
    /// `time.advance`: lets due work happen.
    "time.advance" => TimeAdvance {}
    /// `points.sell`: a member sells points back to the pool (POOL-3).
    "points.sell" by member => PointsSell {
        /// Who sells.
        member: Id,
        /// How many.
        points: SellQuantity,
        /// The least that all of them must pay after retention (POOL-3).
        min_net: Option<Money>,
    }
    /// `pool.inject`: adds outside money to the pool, with a named source (POOL-10).
    "pool.inject" => PoolInject {
        /// How much.
        amount: Money,
        /// Where it comes from: subsidy, funding round, advertising.
        source: Id,
    }
    /// `residual.propose`: proposes what to do with the pool residual (POOL-8).
    "residual.propose" => ResidualPropose {
        /// The disposal's id.
        disposal: Id;
        /// What is to happen.
        method: DisposalMethod [
            /// `rebate`: shared over the sellers of the epoch; `inject`: back into the pool.
            method: CompactString,
            /// The supply epoch, 0 for the first.
            epoch: u32,
        ]
    }
    /// `residual.approve`: a second person approves; the disposal happens.
    "residual.approve" => ResidualApprove {
        /// The disposal's id.
        disposal: Id,
    }
    /// `operator.pay`: the operator pays in of what is due from it (ORDER-6h).
    "operator.pay" => OperatorPay {
        /// How much, at most what is due.
        amount: Money,
    }
    /// `operator.withdraw`: requests a payout of what the operator may claim; then as other withdrawals.
    "operator.withdraw" => OperatorWithdraw {
        /// The withdrawal's id.
        withdrawal: Id,
        /// How much.
        amount: Money,
    }
    /// `wallet.withdraw`: requests a withdrawal; the amount moves to a hold.
    "wallet.withdraw" by member => WalletWithdraw {
        /// The withdrawal's id.
        withdrawal: Id,
        /// Whose.
        member: Id,
        /// How much.
        amount: Money,
    }
    /// `wallet.approve`: by a person other than the requester; above a limit by two different people.
    "wallet.approve" => WalletApprove {
        /// The withdrawal's id.
        withdrawal: Id,
    }
    /// `wallet.reject`: the hold returns.
    "wallet.reject" => WalletReject {
        /// The withdrawal's id.
        withdrawal: Id,
        /// Why, for the member.
        reason: String,
    }
    /// `wallet.sent`: handed to the payment provider.
    "wallet.sent" => WalletSent {
        /// The withdrawal's id.
        withdrawal: Id,
    }
    /// `wallet.unknown`: the provider's answer is unknown; never retried under a new id.
    "wallet.unknown" => WalletUnknown {
        /// The withdrawal's id.
        withdrawal: Id,
    }
    /// `wallet.paid`: the money has arrived.
    "wallet.paid" => WalletPaid {
        /// The withdrawal's id.
        withdrawal: Id,
    }
    /// `wallet.failed`: the hold returns.
    "wallet.failed" => WalletFailed {
        /// The withdrawal's id.
        withdrawal: Id,
    }
    /// `member.bind`: a member that joined without a referrer gets one, once (NET-1b).
    "member.bind" by member => MemberBind {
        /// Who gets a referrer.
        member: Id,
        /// Who invited; older than the member.
        referrer: Id,
    }
    /// `member.suspend`: the member is not qualified until it is resumed (NET-2).
    "member.suspend" => MemberSuspend {
        /// Who.
        member: Id,
        /// Why, for the member.
        reason: String,
    }
    /// `member.resume`: the member is no longer suspended.
    "member.resume" => MemberResume {
        /// Who.
        member: Id,
    }
    /// `task.complete`: the member has done the day's task (REL-2).
    "task.complete" by member => TaskComplete {
        /// Who.
        member: Id,
        /// Which `[[task]]`; absent where the plan has none.
        task: Option<Id>,
    }
    /// `agent.appoint`: a member becomes agent of a region (COMM-4a).
    "agent.appoint" => AgentAppoint {
        /// Who.
        member: Id,
        /// GB/T 2260 code of the region.
        territory: Region,
        /// Which level the code is meant to be.
        level: AgentLevel,
    }
    /// `agent.dismiss`: a member is no longer agent of a region.
    "agent.dismiss" => AgentDismiss {
        /// Who.
        member: Id,
        /// GB/T 2260 code of the region.
        territory: Region,
    }
    /// `shareholder.set`: a member's weight in the dividend; 0 takes it away (COMM-5a).
    "shareholder.set" => ShareholderSet {
        /// Who.
        member: Id,
        /// A decimal of at most six places.
        weight: Millionths,
    }
    /// `merchant.apply`: asks to be a merchant, by an activation pack bought (MERCH-1).
    "merchant.apply" by member => MerchantApply {
        /// The merchant's id, as in order lines.
        merchant: Id,
        /// Whose it is.
        member: Id,
        /// The order of the activation pack.
        order: Id,
    }
    /// `merchant.approve`: by another person.
    "merchant.approve" => MerchantApprove {
        /// The merchant's id.
        merchant: Id,
    }
    /// `merchant.reject`: the application is refused.
    "merchant.reject" => MerchantReject {
        /// The merchant's id.
        merchant: Id,
        /// Why, for the merchant.
        reason: String,
    }
    /// `merchant.suspend`: the merchant sells nothing until it is resumed.
    "merchant.suspend" => MerchantSuspend {
        /// The merchant's id.
        merchant: Id,
        /// Why, for the merchant.
        reason: String,
    }
    /// `merchant.resume`: the merchant is no longer suspended.
    "merchant.resume" => MerchantResume {
        /// The merchant's id.
        merchant: Id,
    }
    /// `merchant.withdraw`: requests a payout of what is payable to a merchant (MERCH-5).
    "merchant.withdraw" by merchant => MerchantWithdraw {
        /// The withdrawal's id.
        withdrawal: Id,
        /// Whose.
        merchant: Id,
        /// How much.
        amount: Money,
    }
    /// `product.list`: a product whose buyers are granted value units (MERCH-4).
    "product.list" by merchant => ProductList {
        /// The product's id: the `sku` of order lines.
        product: Id,
        /// Who sells it.
        merchant: Id,
        /// Retail price of one.
        price: Money,
        /// Value units granted for one.
        value_award: Points,
        /// Part of the price that the merchant gives up.
        concession: Option<Money>,
    }
    /// `product.delist`: the product is no longer sold.
    "product.delist" => ProductDelist {
        /// The product's id.
        product: Id,
    }
    /// `tip.give`: a merchant gives value units and burns emission points (MERCH-2).
    "tip.give" by merchant => TipGive {
        /// The tip's id.
        tip: Id,
        /// Who gives.
        merchant: Id,
        /// Who gets.
        member: Id;
        /// How much.
        size: TipSize [
            /// In value units.
            value: Option<Points>,
            /// As a concession on a bill; ten units for each unit of the currency.
            concession: Option<Money>,
        ]
    }
    /// `emission.propose`: proposes to issue from the unissued reserve (EMIT-3b).
    "emission.propose" => EmissionPropose {
        /// The issue's id.
        issue: Id,
        /// Who gets the points.
        member: Id,
        /// How many.
        points: Points,
    }
    /// `emission.approve`: a second person approves; the points are issued.
    "emission.approve" => EmissionApprove {
        /// The issue's id.
        issue: Id,
    }
    /// `sku.list`: an article with price and stock (CAT-1).
    "sku.list" by merchant => SkuList {
        /// The article's id: the `sku` of order lines.
        sku: Id;
        /// What is sold.
        terms: Box<SkuTerms> [
            /// Price of one.
            price: Money,
            /// The product it is a variant of; for coupons and reports.
            product: Option<Id>,
            /// Who sells it.
            merchant: Option<Id>,
            /// Cost of one; absent: the split's share.
            cost: Option<Money>,
            /// Award zone (REL-1).
            zone: Option<Id>,
            /// How many there are; absent: as many as are ordered.
            stock: Option<u32>,
            /// Most in one order.
            limit_per_order: Option<u32>,
            /// Most of one member, orders closed or refunded in full not counted.
            limit_per_member: Option<u32>,
            /// Paid with loyalty points or re-consumption money only (12.12).
            points_only: bool,
            /// Its class (CAT-7).
            class: Option<Id>,
        ]
    }
    /// `sku.price`: another price from now on (CAT-1).
    "sku.price" => SkuPrice {
        /// The article.
        sku: Id,
        /// Price of one.
        price: Money,
        /// Cost of one; absent: the split's share.
        cost: Option<Money>,
    }
    /// `sku.delist`: the article is no longer sold.
    "sku.delist" => SkuDelist {
        /// The article.
        sku: Id,
    }
    /// `stock.add`: pieces of an article have come in (CAT-3).
    "stock.add" => StockAdd {
        /// The article.
        sku: Id,
        /// How many more.
        quantity: u32,
    }
    /// `stock.remove`: at most what is available (CAT-3).
    "stock.remove" => StockRemove {
        /// The article.
        sku: Id,
        /// How many fewer.
        quantity: u32,
    }
    /// `coupon.issue`: a member gets a coupon of a kind of the plan (12.9).
    "coupon.issue" => CouponIssue {
        /// The coupon's id.
        coupon: Id,
        /// Which `[[coupon]]`.
        rule: Id,
        /// Who gets it.
        member: Id,
    }
    /// `fund.deposit`: outside money for a named fund of the split, with its source (12.8).
    "fund.deposit" => FundDeposit {
        /// The fund's name.
        fund: Id,
        /// How much.
        amount: Money,
        /// Where it comes from.
        source: Id,
    }
    /// `promotion.open`: a campaign of a promotion of the plan (PROMO-1).
    "promotion.open" => PromotionOpen {
        /// The campaign's id.
        campaign: Id,
        /// Which `[[promotion]]`.
        promotion: Id,
        /// The article it sells; for a blind box the name of the box.
        sku: Id,
        /// From when on orders are taken.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
        /// Most pieces in all.
        quota: Option<u32>,
    }
    /// `promotion.commit`: hashes of the seeds of draws to come (PROMO-5).
    "promotion.commit" => PromotionCommit {
        /// The campaign.
        campaign: Id,
        /// One for each draw, used in this order.
        commitments: Vec<Hash32>,
    }
    /// `promotion.reveal`: the seed of a draw whose entries are closed (PROMO-5).
    "promotion.reveal" => PromotionReveal {
        /// The group, or the order of the box.
        draw: Id,
        /// What was committed to.
        seed: Hash32,
    }
    /// `promotion.cancel`: everything undecided is refunded (PROMO-4).
    "promotion.cancel" => PromotionCancel {
        /// The campaign.
        campaign: Id,
        /// Why, for the members.
        reason: String,
    }
    /// `member.attest`: how old a member is, as far as it matters (12.5).
    "member.attest" => MemberAttest {
        /// Who.
        member: Id,
        /// Which band.
        age: AgeBand,
        /// A guardian's consent is on record.
        consent: bool,
    }
    /// `voucher.redeem`: a voucher is redeemed (12.10).
    "voucher.redeem" by merchant => VoucherRedeem {
        /// The voucher's order.
        order: Id,
        /// Who redeems it.
        merchant: Id,
        /// The code that was given out.
        code: Id,
    }
    /// `relist.offer`: the holder offers the goods of an order for sale (12.7).
    "relist.offer" => RelistOffer {
        /// The order the goods come from.
        order: Id,
    }
    /// `relist.buy`: a member buys goods that are offered (12.7).
    "relist.buy" by member => RelistBuy {
        /// The purchase's id.
        purchase: Id,
        /// The order the goods come from.
        order: Id,
        /// Who buys.
        member: Id,
    }
    /// `relist.deliver`: the goods go to their holder.
    "relist.deliver" => RelistDeliver {
        /// The order the goods come from.
        order: Id,
    }
    /// `market.offer`: an offer in the market (MKT-1).
    "market.offer" by member => MarketOffer {
        /// The offer's id.
        offer: Id,
        /// Whose.
        member: Id,
        /// Buys or sells.
        side: Side,
        /// For one lot.
        price: Money,
        /// How many lots.
        quantity: u32,
        /// What happens to what is not filled at once.
        time_in_force: TimeInForce,
    }
    /// `market.cancel`: an offer is taken back.
    "market.cancel" => MarketCancel {
        /// The offer.
        offer: Id,
    }
    /// `market.halt`: the market takes no offers (MKT-2).
    "market.halt" => MarketHalt {
        /// Why, for everybody.
        reason: String,
    }
    /// `market.resume`: the market takes offers again.
    "market.resume" => MarketResume {}
    /// `fund.round`: an investor's money (FUND-1).
    "fund.round" => FundRound {
        /// The round's id.
        round: Id,
        /// Whose money.
        investor: Id,
        /// How much in all.
        amount: Money,
        /// Of it, for the pool, evenly over the days.
        pool: Option<Money>,
        /// Of it, for subsidies of orders.
        subsidies: Option<Money>,
        /// Subsidy of one order that settles in these days.
        per_order: Option<Money>,
        /// How many local days, with today.
        days: u32,
    }
    /// `equity.open`: a window in which points are taken for shares (EQUITY-1).
    "equity.open" => EquityOpen {
        /// The window's id.
        window: Id,
        /// How many shares there are.
        shares: u32,
        /// Points for one.
        price: Points,
        /// When it closes.
        closes_at: Timestamp,
    }
    /// `equity.commit`: a member commits points to a window.
    "equity.commit" by member => EquityCommit {
        /// The commitment's id.
        commitment: Id,
        /// Which window.
        window: Id,
        /// Who.
        member: Id,
        /// At most so many points.
        points: Points,
    }
    /// `equity.allot`: shares for founders and leaders, with the same lock-up.
    "equity.allot" => EquityAllot {
        /// The allotment's id.
        allotment: Id,
        /// Who.
        member: Id,
        /// How many.
        shares: u32,
    }
    /// `claim.import`: a debt of an earlier platform (CLAIM-1).
    "claim.import" => ClaimImport {
        /// The claim's id.
        claim: Id,
        /// Whose.
        member: Id,
        /// How much.
        amount: Money,
        /// SHA-256 of what proves it.
        evidence: Hash32,
    }
    /// `claim.approve`: by two people, neither of them the importer.
    "claim.approve" => ClaimApprove {
        /// The claim.
        claim: Id,
    }
    /// `claim.grant`: points, with an injection that backs them (CLAIM-2).
    "claim.grant" => ClaimGrant {
        /// The grant's id.
        grant: Id,
        /// Who gets them.
        member: Id,
        /// How many.
        points: Points,
        /// Money that comes with them.
        injection: Option<Money>,
    }
    /// `plan.propose`: another plan from a local midnight on (AMEND-1).
    "plan.propose" => PlanPropose {
        /// The version's id.
        version: Id,
        /// The whole text of the plan.
        plan: String,
        /// The whole text of the opinions that a live programme needs for it.
        opinions: Option<String>,
        /// When it takes effect.
        effective_at: Timestamp,
    }
    /// `plan.approve`: by another person.
    "plan.approve" => PlanApprove {
        /// The version.
        version: Id,
        /// SHA-256 of the text that is approved.
        hash: Hash32,
    }
    /// `plan.withdraw`: a proposal is taken back, approved or not.
    "plan.withdraw" => PlanWithdraw {
        /// The version.
        version: Id,
    }
    /// `wind_down.propose`: an orderly end (WIND-1).
    "wind_down.propose" => WindDownPropose {
        /// The proposal's id.
        wind_down: Id,
        /// When the pool is paid out.
        closes_at: Timestamp,
        /// Why, for everybody.
        reason: String,
    }
    /// `wind_down.approve`: by another person.
    "wind_down.approve" => WindDownApprove {
        /// The proposal.
        wind_down: Id,
    }
    /// `admission.review`: what the rules of the day say of a live programme (GATE-2).
    "admission.review" => AdmissionReview {
        /// The day, the packs asked, and the opinions they were asked with.
        gate: Box<Pass>,
        /// What keeps it out; nothing if it passes.
        findings: Vec<String>,
    }
    /// `payment.receive`: a provider reports money that has come in (PAY-1).
    "payment.receive" => PaymentReceive {
        /// The provider's id of the payment.
        payment: Id,
        /// The order it is to pay.
        order: Option<Id>;
        /// How much.
        sum: PaymentSum [
            /// How much, in its currency.
            amount: CompactString,
            /// Its currency, which need not be the programme's.
            currency: Currency,
        ]
    }
    /// `payment.return`: money in suspense goes back to who paid (PAY-1d).
    "payment.return" => PaymentReturn {
        /// The payment.
        payment: Id;
        /// How much.
        sum: PaymentSum [
            /// How much, in its currency.
            amount: CompactString,
            /// Its currency; absent: the programme's.
            currency: Option<Currency>,
        ]
    }
    /// `payment.resolve`: proposes what becomes of money in suspense (PAY-1e).
    "payment.resolve" => PaymentResolve {
        /// The resolution's id.
        resolution: Id,
        /// The payment.
        payment: Id;
        /// What becomes of it.
        target: PaymentTarget [
            /// It pays this order.
            order: Option<Id>,
            /// It is income of the operator, under this name.
            source: Option<Id>,
        ]
    }
    /// `payment.approve`: by another person; the resolution is carried out.
    "payment.approve" => PaymentApprove {
        /// The resolution.
        resolution: Id,
    }
}

/// What `sku.list` says of an article (CAT-1).
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct SkuTerms {
    /// The product it is a variant of; for coupons and reports.
    pub product: Option<Id>,
    /// Who sells it.
    pub merchant: Option<Id>,
    /// Price of one.
    pub price: Money,
    /// Cost of one; absent: the split's share.
    pub cost: Option<Money>,
    /// Award zone (REL-1).
    pub zone: Option<Id>,
    /// How many there are; absent: as many as are ordered.
    pub stock: Option<u32>,
    /// Most in one order.
    pub limit_per_order: Option<u32>,
    /// Most of one member, orders closed or refunded in full not counted.
    pub limit_per_member: Option<u32>,
    /// Paid with loyalty points or re-consumption money only (12.12).
    pub points_only: bool,
    /// Its class (CAT-7).
    pub class: Option<Id>,
}

/// What happens to what is not filled at once (MKT-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, Wire)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// It stays open until cancelled.
    Gtc,
    /// It is given up.
    Ioc,
    /// The offer is refused unless all of it is filled.
    Fok,
}

impl TimeInForce {
    /// All with their names in JSON.
    pub const NAMED: [(&'static str, TimeInForce); 3] =
        [("gtc", TimeInForce::Gtc), ("ioc", TimeInForce::Ioc), ("fok", TimeInForce::Fok)];
}

/// Level of a regional agent (COMM-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Wire)]
pub enum AgentLevel {
    /// The code itself.
    District,
    /// `cccc00`
    City,
    /// `pp0000`
    Province,
}

impl AgentLevel {
    /// Every level with its name in JSON.
    pub const NAMED: [(&'static str, AgentLevel); 3] =
        [("district", AgentLevel::District), ("city", AgentLevel::City), ("province", AgentLevel::Province)];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            AgentLevel::District => "district",
            AgentLevel::City => "city",
            AgentLevel::Province => "province",
        }
    }
}

/// How a tip's size is stated (MERCH-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub enum TipSize {
    /// In value units.
    Value(Points),
    /// As a concession on a bill; ten units for each unit of the currency.
    Concession(Money),
}

/// What an order buys and how it is paid.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct OrderTerms {
    /// The buyer; joins without referrer if unknown.
    pub member: Id,
    /// 1 to [`ORDER_LINES_MAX`] lines with distinct line ids.
    pub lines: SmallVec<[OrderLine; 1]>,
    /// Freight, always in cash.
    pub freight: Money,
    /// Tax, always in cash.
    pub tax: Money,
    /// GB/T 2260 code of the delivery address.
    pub ship_to: Option<Region>,
    /// How the goods are paid; absent: all cash. The sum must equal the lines' amounts.
    pub tender: Option<Tender>,
    /// What few orders state.
    pub mall: Option<Box<MallTerms>>,
}

/// What an order in a mall may state besides (sections 12.1 to 12.11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Wire)]
pub struct MallTerms {
    /// Which `[[source]]` it comes from; absent: the first.
    pub source: Option<Id>,
    /// Coupons it uses; at most [`ORDER_COUPONS_MAX`].
    pub coupons: Vec<Id>,
    /// The campaign it takes part in.
    pub campaign: Option<Id>,
    /// The group it joins: the order that opened it; absent: it opens one.
    pub group: Option<Id>,
    /// SHA-256 of the code that redeems the voucher.
    pub code_hash: Option<Hash32>,
    /// Classes that its lines state, in their order and up to the last that states one (CAT-7). They stand here because few
    /// orders state any.
    pub classes: Vec<Option<Id>>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct OrderLine {
    /// The line's id within its order.
    pub line: Id,
    /// What is paid for the goods after discounts; more than zero.
    pub amount: Money,
    /// How many; for the record.
    pub quantity: Option<u32>,
    /// Which article; for the record.
    pub sku: Option<Id>,
    /// Who sells; absent: the unnamed supplier.
    pub merchant: Option<Id>,
    /// The line's own cost instead of the plan's share.
    pub cost: Option<Money>,
    /// The line's own pool contribution instead of the plan's share.
    pub contribution: Option<Money>,
    /// Award zone; for the record.
    pub zone: Option<Id>,
}

impl OrderTerms {
    /// One line `"1"` and nothing else: what most orders are.
    pub fn plain(member: Id, amount: Money) -> OrderTerms {
        let line = OrderLine {
            line: Id::new("1").expect("a valid id"),
            amount,
            quantity: None,
            sku: None,
            merchant: None,
            cost: None,
            contribution: None,
            zone: None,
        };
        OrderTerms {
            member,
            lines: std::iter::once(line).collect(),
            freight: Money::ZERO,
            tax: Money::ZERO,
            ship_to: None,
            tender: None,
            mall: None,
        }
    }

    /// The class that the line at this place states (CAT-7).
    pub fn class_of(&self, at: usize) -> Option<&Id> {
        self.mall.as_ref()?.classes.get(at)?.as_ref()
    }

    /// States the classes of the lines, in their order.
    pub fn set_classes(&mut self, mut classes: Vec<Option<Id>>) {
        while classes.last().is_some_and(Option::is_none) {
            classes.pop();
        }
        if classes.is_empty() && self.mall.is_none() {
            return;
        }
        self.mall.get_or_insert_default().classes = classes;
        self.mall.take_if(|mall| **mall == MallTerms::default());
    }
}

/// How the goods of an order are paid (ORDER-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub struct Tender {
    /// New money.
    pub cash: Money,
    /// From the re-consumption wallet.
    pub reconsume: Money,
    /// In loyalty points, one for each minor unit (LOY-1).
    pub loyalty: Money,
    /// From a legacy claim.
    pub claim: Money,
}

/// One line of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct RefundLine {
    /// The line's id within its order.
    pub line: Id,
    /// How much of it is refunded.
    pub size: RefundSize,
    /// Its pieces have come back and are in stock again, where they had left; only with [`RefundSize::Pieces`].
    pub restock: bool,
}

impl RefundLine {
    /// A part of the line's amount.
    pub fn of_amount(line: Id, amount: Money) -> RefundLine {
        RefundLine { line, size: RefundSize::Amount(amount), restock: false }
    }
}

/// How the refund of a line is stated (ORDER-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub enum RefundSize {
    /// So much of the line's amount; more than zero.
    Amount(Money),
    /// So many of its pieces, at what they are worth together; more than zero.
    Pieces(u32),
}

/// The id of a line within its order; in JSON it may be a whole number.
#[derive(Clone, Debug, PartialEq, Eq, Wire)]
pub struct LineId {
    /// The id.
    pub id: Id,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub struct Millionths {
    /// In millionths.
    pub millionths: u64,
}

/// Money that a provider reports, in its own currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub struct PaymentSum {
    /// In minor units of the currency.
    pub amount: Money,
    /// Which need not be the programme's.
    pub currency: Currency,
}

/// How many points to sell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub enum SellQuantity {
    /// All that the member holds.
    All,
    /// This many.
    Points(Points),
}

/// What happens to the pool residual (POOL-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Wire)]
pub enum DisposalMethod {
    /// Shared over the sellers of the epoch that left it, by their sales.
    Rebate {
        /// The supply epoch, 0 for the first.
        epoch: u32,
    },
    /// Back into the pool as an injection; refused while the supply is zero.
    Inject {
        /// The supply epoch, 0 for the first.
        epoch: u32,
    },
}

impl Envelope {
    /// Whether it is one that its JSON form could say: what was read from foreign bytes need not be.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a new command goes the way of its JSON form too")]
    pub fn is_well_formed(&self) -> bool {
        let fits = |money: Money| money.minor() <= AMOUNT_MAX;
        match &self.command {
            Command::OrderReceive { .. }
            | Command::OrderShip { .. }
            | Command::TimeAdvance {}
            | Command::OrderPay { terms: None, .. } => true,
            // What most orders are; everything else by way of its JSON form.
            Command::OrderPay { terms: Some(terms), .. } if terms.mall.is_none() => {
                let OrderTerms { member: _, lines, freight, tax, ship_to: _, tender, mall: _ } = terms;
                let tender = tender.map_or([Money::ZERO; 4], |Tender { cash, reconsume, loyalty, claim }| {
                    [cash, reconsume, loyalty, claim]
                });
                let of_line = |line: &OrderLine| {
                    let OrderLine { amount, cost, contribution, .. } = line;
                    [Some(*amount), *cost, *contribution].into_iter().flatten().all(fits)
                };
                (1..=ORDER_LINES_MAX).contains(&lines.len())
                    && lines.iter().all(of_line)
                    && [*freight, *tax].into_iter().chain(tender).all(fits)
            }
            _ => Envelope::from_json(&self.to_json(&Currency::CNY), &Currency::CNY).as_ref() == Ok(self),
        }
    }
}

impl Command {
    /// What a command has so many of that it may have too many.
    pub(super) fn check_counts(&self) -> Result<(), CommandError> {
        if let Command::PromotionCommit { commitments, .. } = self
            && !(1..=COMMITMENTS_MAX).contains(&commitments.len())
        {
            let (most, count) = (COMMITMENTS_MAX, commitments.len());
            return Err(CommandError::new(CommandFault::Commitments { most, count }));
        }
        Ok(())
    }
}

/// The content of a command, folded field by field into 64 bits: a tag for the kind, texts by their own hash, so
/// that contents that differ anywhere differ here but by chance. Kept only as a fingerprint, never stored.
struct Content {
    seed: HashSeed,
    folded: u64,
}

impl Content {
    #[inline]
    fn fold(&mut self, value: u64) {
        self.folded = self.seed.fold(self.folded, value);
    }

    #[inline]
    fn tag(&mut self, tag: u8) {
        self.fold(u64::from(tag));
    }

    #[inline]
    fn text(&mut self, text: &str) {
        self.fold(self.seed.of(text.as_bytes()));
    }

    #[inline]
    fn id(&mut self, id: &Id) {
        self.text(id.as_str());
    }

    #[inline]
    fn money(&mut self, money: Money) {
        self.fold(money.minor().unsigned_abs());
    }

    #[inline]
    fn number(&mut self, number: u32) {
        self.fold(u64::from(number));
    }

    /// A tag that says whether the rest is there.
    #[inline]
    fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.tag(0),
            Some(value) => {
                self.tag(1);
                write(self, value);
            }
        }
    }

    /// Which of the fields that few orders have are there, as bits; then only those.
    #[inline]
    fn terms(&mut self, terms: &OrderTerms) {
        let OrderTerms { member: _, lines, freight, tax, ship_to, tender, mall } = terms;
        let there = [!freight.is_zero(), !tax.is_zero(), ship_to.is_some(), tender.is_some()];
        self.fold(
            bits(there)
                | (u64::from(mall.is_some()) << 4)
                | (u64::try_from(lines.len()).unwrap_or(u64::MAX) << 8),
        );
        for line in lines {
            let OrderLine { line: id, amount, quantity, sku, merchant, cost, contribution, zone } = line;
            let named = id.as_str() != "1";
            let there = [quantity.is_some(), sku.is_some(), merchant.is_some(), cost.is_some()];
            let more = [contribution.is_some(), zone.is_some(), named, false];
            let there = bits(there) | (bits(more) << 4);
            self.fold(there);
            self.money(*amount);
            if there != 0 {
                self.line_rest(line);
            }
        }
        if !freight.is_zero() {
            self.money(*freight);
        }
        if !tax.is_zero() {
            self.money(*tax);
        }
        if let Some(region) = ship_to {
            self.number(region.code());
        }
        if let Some(tender) = tender {
            self.money(tender.cash);
            self.money(tender.reconsume);
            self.money(tender.claim);
            if !tender.loyalty.is_zero() {
                self.money(tender.loyalty);
            }
        }
        if let Some(mall) = mall {
            self.mall(mall);
        }
    }

    #[cold]
    fn mall(&mut self, mall: &MallTerms) {
        let MallTerms { source, coupons, campaign, group, code_hash, classes } = mall;
        for id in [source, campaign, group] {
            self.optional(id.as_ref(), Content::id);
        }
        self.number(u32::try_from(coupons.len()).unwrap_or(u32::MAX));
        for coupon in coupons {
            self.id(coupon);
        }
        self.optional(*code_hash, |content, hash| content.fold(content.seed.of(hash.bytes())));
        for class in classes {
            self.optional(class.as_ref(), Content::id);
        }
    }

    /// What few lines have, as far as it is there.
    #[cold]
    fn line_rest(&mut self, line: &OrderLine) {
        self.id(&line.line);
        for id in [&line.sku, &line.merchant, &line.zone].into_iter().flatten() {
            self.id(id);
        }
        if let Some(quantity) = line.quantity {
            self.number(quantity);
        }
        for money in [line.cost, line.contribution].into_iter().flatten() {
            self.money(money);
        }
    }
}

/// Four flags as the lowest bits of a number.
#[inline]
fn bits(flags: [bool; 4]) -> u64 {
    let [a, b, c, d] = flags.map(u64::from);
    a | (b << 1) | (c << 2) | (d << 3)
}

impl Command {
    /// The order (or the offer of the market) and the member that it names; what is looked up first.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what a new command names is looked up when it is carried out"
    )]
    #[inline]
    fn names(&self) -> (Option<&Id>, Option<&Id>) {
        match self {
            Command::MarketOffer { offer, member, .. } => (Some(offer), Some(member)),
            Command::MarketCancel { offer } => (Some(offer), None),
            Command::OrderPlace { order, terms } | Command::OrderPay { order, terms: Some(terms) } => {
                (Some(order), Some(&terms.member))
            }
            Command::OrderPay { order, terms: None }
            | Command::OrderShip { order }
            | Command::OrderReceive { order }
            | Command::OrderClose { order }
            | Command::OrderRefund { order, .. } => (Some(order), None),
            Command::MemberJoin { member, .. }
            | Command::PointsSell { member, .. }
            | Command::WalletWithdraw { member, .. }
            | Command::MemberBind { member, .. }
            | Command::MemberSuspend { member, .. }
            | Command::MemberResume { member }
            | Command::TaskComplete { member, .. }
            | Command::CouponIssue { member, .. }
            | Command::MemberAttest { member, .. }
            | Command::EquityCommit { member, .. }
            | Command::EquityAllot { member, .. }
            | Command::ClaimImport { member, .. }
            | Command::ClaimGrant { member, .. }
            | Command::AgentAppoint { member, .. }
            | Command::AgentDismiss { member, .. }
            | Command::ShareholderSet { member, .. }
            | Command::TipGive { member, .. }
            | Command::EmissionPropose { member, .. } => (None, Some(member)),
            Command::MerchantApply { order, member, .. } | Command::RelistBuy { order, member, .. } => {
                (Some(order), Some(member))
            }
            Command::VoucherRedeem { order, .. }
            | Command::RelistOffer { order }
            | Command::RelistDeliver { order }
            | Command::GoodsReturn { order, .. }
            | Command::PaymentReceive { order: Some(order), .. }
            | Command::PaymentResolve { target: PaymentTarget::Order(order), .. } => (Some(order), None),
            _ => (None, None),
        }
    }
}

impl Command {
    /// The kind of the key that [`Command::names`] says first.
    #[inline]
    fn names_by(&self) -> KeyKind {
        if matches!(self, Command::MarketOffer { .. } | Command::MarketCancel { .. }) {
            KeyKind::Offer
        } else {
            KeyKind::Order
        }
    }
}

impl Content {
    /// A command by its form in JSON; key, time and actor are the same for all, and any currency tells amounts apart.
    fn json(&mut self, command: &Command) {
        let nobody = Id::new("-").expect("a valid id");
        let bare = Envelope {
            key: nobody.clone(),
            at: Timestamp::MIN,
            happened_at: None,
            actor: nobody,
            command: command.clone(),
        };
        self.text(&bare.to_json(&Currency::CNY));
    }
}

impl Envelope {
    /// The hashes of the key, of the names, and of actor, command and `happened_at`, without `at`.
    #[inline]
    pub(crate) fn hashes(&self, seed: HashSeed) -> Hashes {
        let (named, member) = self.command.names();
        let kind = self.command.names_by();
        let mut content = Content { seed, folded: 0 };
        // Mostly the actor is the member; the names' own hashes serve here too.
        match member {
            Some(member) if *member == self.actor => content.tag(1),
            Some(_) | None => content.id(&self.actor),
        }
        let named = Named {
            kind,
            key: named.map(|named| seed.key(kind, named.as_str())),
            member: member.map(|member| seed.of(member.as_str().as_bytes())),
            referrer: if let Command::MemberJoin { referrer: Some(referrer), .. } = &self.command {
                Some(seed.of(referrer.as_str().as_bytes()))
            } else {
                None
            },
            guess: LookupHint::default(),
            spot: InsertSlot::NONE,
        };
        content.fold(named.key.map_or(0, Hash128::half));
        content.fold(named.member.unwrap_or(0));
        self.fold_command(&mut content, &named);
        if let Some(happened_at) = self.happened_at {
            content.tag(1);
            content.fold(happened_at.us().unsigned_abs());
        }
        Hashes { key: self.command_key(seed), content: content.folded, named }
    }

    /// How the key is kept: with the order if it follows from its id (IDEM-1b).
    #[inline]
    fn command_key(&self, seed: HashSeed) -> CommandKey {
        let Some((step, id)) = OrderStep::of_key(self.key.as_str()) else {
            return CommandKey::Any(self.key_hash(seed));
        };
        let is_of_order = match step {
            OrderStep::Pay => {
                matches!(&self.command, Command::OrderPay { order, .. } if order.as_str() == id)
            }
            OrderStep::Receive => {
                matches!(&self.command, Command::OrderReceive { order } if order.as_str() == id)
            }
        };
        if is_of_order { CommandKey::OfOrder(step) } else { CommandKey::ForeignKey(self.key_hash(seed)) }
    }

    /// The hash of the key, whatever its form.
    #[inline]
    pub(crate) fn key_hash(&self, seed: HashSeed) -> Hash128 {
        seed.key(KeyKind::Command, self.key.as_str())
    }

    /// The command but for its order and its member.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a new command goes the way of its JSON form")]
    #[inline]
    fn fold_command(&self, content: &mut Content, named: &Named) {
        match &self.command {
            Command::MemberJoin { member: _, referrer: _, region, person } => {
                content.tag(1);
                content.optional(named.referrer, Content::fold);
                content.optional(*region, |content, region| content.number(region.code()));
                if let Some(person) = person {
                    content.id(person);
                }
            }
            Command::OrderPlace { order: _, terms } => {
                content.tag(2);
                content.terms(terms);
            }
            Command::OrderPay { order: _, terms: None } => content.tag(3),
            Command::OrderPay { order: _, terms: Some(terms) } => {
                content.tag(103);
                content.terms(terms);
            }
            Command::OrderShip { order: _ } => content.tag(4),
            Command::OrderReceive { order: _ } => content.tag(5),
            Command::OrderClose { order: _ } => content.tag(6),
            Command::OrderRefund { refund, order: _, lines, freight, tax } => {
                content.tag(7);
                content.id(refund);
                content.optional(lines.as_ref(), |content, lines| {
                    for RefundLine { line, size, restock } in lines {
                        content.tag(if *restock { 2 } else { 1 });
                        content.id(line);
                        match size {
                            RefundSize::Amount(amount) => content.money(*amount),
                            RefundSize::Pieces(pieces) => {
                                content.tag(3);
                                content.number(*pieces);
                            }
                        }
                    }
                });
                for (tag, amount) in [(104, freight), (105, tax)] {
                    if let Some(amount) = amount {
                        content.tag(tag);
                        content.money(*amount);
                    }
                }
            }
            Command::TimeAdvance {} => content.tag(8),
            Command::PointsSell { member: _, points, min_net } => {
                content.tag(9);
                content.optional(
                    match points {
                        SellQuantity::All => None,
                        SellQuantity::Points(points) => Some(points),
                    },
                    |content, points| content.text(&points.units().to_string()),
                );
                content.optional(min_net.as_ref(), |content, min_net| content.money(*min_net));
            }
            Command::PoolInject { amount, source } => {
                content.tag(10);
                content.money(*amount);
                content.id(source);
            }
            Command::ResidualPropose { disposal, method } => {
                let (tag, epoch) = match method {
                    DisposalMethod::Rebate { epoch } => (11, epoch),
                    DisposalMethod::Inject { epoch } => (12, epoch),
                };
                content.tag(tag);
                content.id(disposal);
                content.number(*epoch);
            }
            Command::ResidualApprove { disposal } => {
                content.tag(13);
                content.id(disposal);
            }
            Command::WalletWithdraw { withdrawal, member: _, amount } => {
                content.tag(14);
                content.id(withdrawal);
                content.money(*amount);
            }
            Command::WalletApprove { withdrawal } => {
                content.tag(15);
                content.id(withdrawal);
            }
            Command::WalletReject { withdrawal, reason } => {
                content.tag(16);
                content.id(withdrawal);
                content.text(reason);
            }
            Command::WalletSent { withdrawal } => {
                content.tag(17);
                content.id(withdrawal);
            }
            Command::WalletUnknown { withdrawal } => {
                content.tag(18);
                content.id(withdrawal);
            }
            Command::WalletPaid { withdrawal } => {
                content.tag(19);
                content.id(withdrawal);
            }
            Command::WalletFailed { withdrawal } => {
                content.tag(20);
                content.id(withdrawal);
            }
            Command::MarketOffer { offer: _, member: _, side, price, quantity, time_in_force } => {
                content.tag(match (side, time_in_force) {
                    (Side::Buy, TimeInForce::Gtc) => 21,
                    (Side::Buy, TimeInForce::Ioc) => 22,
                    (Side::Buy, TimeInForce::Fok) => 23,
                    (Side::Sell, TimeInForce::Gtc) => 24,
                    (Side::Sell, TimeInForce::Ioc) => 25,
                    (Side::Sell, TimeInForce::Fok) => 26,
                });
                content.money(*price);
                content.number(*quantity);
            }
            Command::MarketCancel { offer: _ } => content.tag(27),
            // The form in JSON says everything, and these are rare.
            _ => content.json(&self.command),
        }
    }
}
