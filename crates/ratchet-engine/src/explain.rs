//! Why a balance changed: for any posting of a journal the rule, the numbers that went into it, and the earlier
//! entries it follows from, in Chinese and English (WALLET-1).
//!
//! An [`Explainer`] reads a journal from its beginning, checks the hash chain, and applies each entry; so what it says
//! about a posting is said with the state in which it was decided. It decides nothing again: that is `verify`.

mod words;

use std::collections::BTreeMap;

use crate::command::Envelope;
use crate::engine::{Cause, Engine, Entry};
use crate::event::Event;
use crate::gate::Admitted;
use crate::id::{Id, MemberNo, OrderNo};
use crate::journal::{EntryBatch, Genesis, JournalError, JournalFault, Reader};
use crate::ledger::{Posting, display_balance, display_change};
use crate::plan::Bilingual;

/// One posting, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Entry and, within it, step and posting, from 0.
    pub place: (u64, usize, usize),
    /// Name of the account.
    pub account: &'static str,
    /// Whose it is, if it is not the programme's own.
    pub owner: Option<String>,
    /// By how much it changed, and what it held before and after.
    pub change: Change,
    /// The rule's number: `POOL-3`.
    pub rule: &'static str,
    /// What the rule did here, in one or two sentences with the numbers.
    pub text: Bilingual,
    /// What went into it.
    pub inputs: Vec<Input>,
    /// Earlier entries that led to it.
    pub earlier: Vec<EarlierEntry>,
}

/// A change of a balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Signed decimal: positive credits the account.
    pub amount: String,
    /// Before, debit-normal accounts turned positive.
    pub before: String,
    /// After, likewise.
    pub after: String,
}

/// A number that went into a posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name: a key of the plan (`pool.retention`), or a quantity (`base`, `B`, `S`).
    pub name: &'static str,
    /// Its value: a decimal or a rate.
    pub value: String,
}

/// An earlier entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierEntry {
    /// Its number.
    pub entry: u64,
    /// What happened in it.
    pub what: Bilingual,
}

/// Reads a journal and explains postings on the way.
#[derive(Debug, Default)]
pub struct Explainer {
    reader: Reader,
    engine: Option<Engine>,
    history: History,
}

/// What the engine itself does not keep: ids of orders, and which entry did what.
#[derive(Debug, Default)]
struct History {
    orders: Vec<OrderHistory>,
    /// Entry in which each member joined.
    joined: Vec<u64>,
    /// The last entry that changed each member's rank.
    ranked: BTreeMap<MemberNo, u64>,
    /// The last entry that moved pool or supply.
    pool: Option<u64>,
    /// By withdrawal, in the order of requests.
    withdrawals: Vec<u64>,
    /// By member: the entry of its last task.
    tasks: BTreeMap<MemberNo, u64>,
    /// The last close of a day.
    closed: Option<u64>,
    /// By id: proposals of issues and disposals, claims, rounds and windows.
    proposed: BTreeMap<Id, u64>,
    /// Offers of the market: id and entry, by number.
    offers: Vec<(Id, u64)>,
    /// Entry in which each payment came.
    payments: Vec<u64>,
}

#[derive(Debug)]
struct OrderHistory {
    id: Id,
    placed: u64,
    paid: Option<u64>,
    received: Option<u64>,
    settled: Option<u64>,
}

impl Explainer {
    /// Before the first line.
    pub fn new() -> Explainer {
        Explainer::default()
    }

    /// Takes the next line of a text journal; says its entry's number.
    pub fn push(&mut self, line: &str) -> Result<u64, JournalError> {
        let mut batch = EntryBatch::new();
        self.reader.read(line, &mut batch)?;
        let seq = batch.iter().next().map_or(0, |(entry, _)| entry.seq);
        self.push_batch(&batch, self.reader.line())?;
        Ok(seq)
    }

    /// The same, and explains every posting of it.
    pub fn explain(&mut self, line: &str) -> Result<Vec<Explanation>, JournalError> {
        let mut batch = EntryBatch::new();
        self.reader.read(line, &mut batch)?;
        let seq = batch.iter().next().map_or(0, |(entry, _)| entry.seq);
        self.explain_in(&batch, self.reader.line(), seq)
    }

    /// Takes the next entries, which a reader has read from this line or record.
    pub fn push_batch(&mut self, batch: &EntryBatch, line: u64) -> Result<(), JournalError> {
        for (entry, envelope) in batch.iter() {
            self.apply(&entry, (envelope, batch.genesis()), line, &mut |_, _, _, _| {})?;
        }
        Ok(())
    }

    /// The same, and explains every posting of one of them.
    pub fn explain_in(
        &mut self,
        batch: &EntryBatch,
        line: u64,
        seq: u64,
    ) -> Result<Vec<Explanation>, JournalError> {
        let mut explanations = Vec::new();
        for (entry, envelope) in batch.iter() {
            self.apply(
                &entry,
                (envelope, batch.genesis()),
                line,
                &mut |engine, history, step, (event, postings)| {
                    if entry.seq != seq {
                        return;
                    }
                    let words = words::Narrator { engine, history, event, postings };
                    for (posting, leg) in postings.iter().enumerate() {
                        let mut explanation = explanation((seq, step, posting), &words, leg);
                        // TIME-4
                        if let Some(at) = envelope.and_then(|envelope| envelope.happened_at) {
                            explanation.inputs.push(Input { name: "happened_at", value: at.to_string() });
                        }
                        explanations.push(explanation);
                    }
                },
            )?;
        }
        Ok(explanations)
    }

    /// Applies an entry step by step; `see` is shown each step with the state before it.
    #[expect(clippy::type_complexity, reason = "one caller each with and without eyes")]
    fn apply(
        &mut self,
        entry: &Entry<'_>,
        (envelope, genesis): (Option<&Envelope>, Option<&Genesis>),
        line: u64,
        see: &mut dyn FnMut(&Engine, &History, usize, (&Event, &[Posting])),
    ) -> Result<(), JournalError> {
        let seq = Some(entry.seq);
        if let (Cause::Genesis, Some(genesis)) = (entry.cause, genesis) {
            let plan = genesis.read_plan().map_err(|reason| JournalError { line, seq, reason })?;
            let engine = Engine::replay_genesis(Admitted::of_journal(plan, None), entry, None)
                .map_err(|error| JournalError { line, seq, reason: error.reason })?;
            // The genesis has been applied; what it posted is explained from an empty state.
            for (step, (event, postings)) in entry.steps().enumerate() {
                see(&engine, &self.history, step, (event, postings));
            }
            self.engine = Some(engine);
            return Ok(());
        }
        let Some(engine) = &mut self.engine else {
            return Err(JournalError { line, seq, reason: JournalFault::NoGenesis {}.into() });
        };
        engine.replay_begin(entry.at);
        for (step, (event, postings)) in entry.steps().enumerate() {
            see(engine, &self.history, step, (event, postings));
            self.history.see(entry.seq, event, engine);
            engine.replay_step(event, postings).map_err(|reason| JournalError { line, seq, reason })?;
        }
        engine.replay_end(envelope);
        Ok(())
    }
}

impl History {
    fn see(&mut self, seq: u64, event: &Event, engine: &Engine) {
        match event {
            Event::MemberJoined { .. } => self.joined.push(seq),
            Event::OrderPlaced { id, .. } => self.orders.push(OrderHistory {
                id: id.clone(),
                placed: seq,
                paid: None,
                received: None,
                settled: None,
            }),
            Event::OrderPaid { order } => self.order_mut(*order, |order| order.paid = Some(seq)),
            Event::OrderReceived { order, .. } => {
                self.order_mut(*order, |order| order.received = Some(seq));
            }
            Event::LineSettled { line, .. } => {
                let settled = engine.state.orders.line(*line).order;
                self.order_mut(settled, |order| order.settled = Some(seq));
            }
            Event::WithdrawalRequested { .. }
            | Event::PayoutRequested { .. }
            | Event::OperatorPayoutRequested { .. } => self.withdrawals.push(seq),
            Event::PointsMinted { .. }
            | Event::PointsSold { .. }
            | Event::PoolInjected { .. }
            | Event::TaskCounted { .. }
            | Event::FundDeposited { .. }
            | Event::PlanProposed(_)
            | Event::PlanApproved { .. }
            | Event::PlanWithdrawn { .. }
            | Event::PlanLapsed { .. }
            | Event::PlanTookEffect { .. }
            | Event::PlanCancelled { .. }
            | Event::WindDownProposed { .. }
            | Event::WindDownApproved { .. }
            | Event::AdmissionSuspended { .. }
            | Event::AdmissionRestored {}
            | Event::CashInLieuPaid { .. }
            | Event::HousePointsPaidOut { .. }
            | Event::ResidualSharedOut { .. }
            | Event::ReleasePaidOut { .. }
            | Event::UnitsCancelled {}
            | Event::LoyaltyPaidOut { .. }
            | Event::WoundDown {}
            | Event::HousePointsBought { .. }
            | Event::SupplyEmptied { .. } => self.pool = Some(seq),
            Event::RanksChanged { changes } => {
                self.ranked.extend(changes.iter().map(|change| (change.member, seq)));
            }
            Event::TaskCompleted { member } => drop(self.tasks.insert(*member, seq)),
            Event::DayClosed { .. } => self.closed = Some(seq),
            Event::ResidualProposed { disposal: id, .. } | Event::IssueProposed { issue: id, .. } => {
                self.proposed.insert(id.clone(), seq);
            }
            Event::WindowOpened { id, .. } => drop(self.proposed.insert(id.clone(), seq)),
            Event::RoundOpened(opened) => drop(self.proposed.insert(opened.id.clone(), seq)),
            Event::ClaimImported(imported) => drop(self.proposed.insert(imported.id.clone(), seq)),
            Event::PaymentReceived(_) => self.payments.push(seq),
            Event::ResolutionProposed(proposed) => drop(self.proposed.insert(proposed.id.clone(), seq)),
            Event::OfferMade { id, .. } => self.offers.push((id.clone(), seq)),
            // It has a number of an order (CLAIM-2a).
            Event::PointsGranted { grant, .. } => {
                self.pool = Some(seq);
                let (id, at) = (grant.clone(), Some(seq));
                self.orders.push(OrderHistory { id, placed: seq, paid: None, received: None, settled: at });
            }
            Event::RoundStreamed { .. } | Event::SharesBought { .. } => self.pool = Some(seq),
            Event::PaymentApplied { .. }
            | Event::PaymentReturned { .. }
            | Event::ResolutionApproved { .. }
            | Event::PaymentBooked { .. }
            | Event::MerchantRegistered { .. }
            | Event::LineAdded { .. }
            | Event::OrderShipped { .. }
            | Event::OrderClosed { .. }
            | Event::FreightSettled { .. }
            | Event::ContributionDeferred { .. }
            | Event::ContributionRolled { .. }
            | Event::DeferralCleared { .. }
            | Event::RedemptionRequested { .. }
            | Event::RedemptionLapsed { .. }
            | Event::BatchExecuted { .. }
            | Event::AccelerationsDue { .. }
            | Event::SliceEnded { .. }
            | Event::UnitsSplit {}
            | Event::RefundAccepted { .. }
            | Event::LineRefunded { .. }
            | Event::ReceivableBooked { .. }
            | Event::ReceivableNetted { .. }
            | Event::SurplusRecovered { .. }
            | Event::ShortfallAdvanced { .. }
            | Event::OperatorPaid { .. }
            | Event::RetentionTaken { .. }
            | Event::FreightRefunded { .. }
            | Event::GoodsReturned { .. }
            | Event::OrderRefunded { .. }
            | Event::ResidualDisposed { .. }
            | Event::WithdrawalApproved { .. }
            | Event::WithdrawalRejected { .. }
            | Event::WithdrawalSent { .. }
            | Event::WithdrawalUnknown { .. }
            | Event::WithdrawalPaid { .. }
            | Event::WithdrawalFailed { .. }
            | Event::MemberBound { .. }
            | Event::MemberSuspended { .. }
            | Event::MemberResumed { .. }
            | Event::AgentAppointed { .. }
            | Event::AgentDismissed { .. }
            | Event::ShareholderSet { .. }
            | Event::CommissionEntitlementsRecorded { .. }
            | Event::CommissionsPaid { .. }
            | Event::VolumesCounted { .. }
            | Event::TeamVolumesCounted { .. }
            | Event::PurchasesCounted { .. }
            | Event::CapsSet { .. }
            | Event::DayBegan { .. }
            | Event::DaysBegan { .. }
            | Event::DividendDeclared { .. }
            | Event::DividendPaid { .. }
            | Event::ReleaseGranted { .. }
            | Event::ValueGranted { .. }
            | Event::ReleaseGrantReduced { .. }
            | Event::ValueSeparated { .. }
            | Event::ValueGrantReduced { .. }
            | Event::ValueReleased { .. }
            | Event::PointsReleased { .. }
            | Event::EmissionDistributed { .. }
            | Event::DailyEmissionIssued { .. }
            | Event::EmissionCredited { .. }
            | Event::IssueApproved { .. }
            | Event::MerchantApplied { .. }
            | Event::MerchantApproved { .. }
            | Event::MerchantRejected { .. }
            | Event::MerchantSuspended { .. }
            | Event::MerchantResumed { .. }
            | Event::ProductListed { .. }
            | Event::ProductDelisted { .. }
            | Event::ProductOrdered { .. }
            | Event::PointsReserved { .. }
            | Event::CampaignOpened(_)
            | Event::CampaignCancelled { .. }
            | Event::CampaignOrderPlaced(_)
            | Event::CampaignOrderPaid { .. }
            | Event::CampaignOrderEnded { .. }
            | Event::DepositPaid { .. }
            | Event::DepositReturned { .. }
            | Event::DepositForfeited { .. }
            | Event::GroupOpened { .. }
            | Event::GroupJoined { .. }
            | Event::GroupLeft { .. }
            | Event::GroupSucceeded { .. }
            | Event::GroupFilled { .. }
            | Event::GroupFailed { .. }
            | Event::LotteryDecided { .. }
            | Event::ConsolationPaid { .. }
            | Event::LeaderBonusPaid { .. }
            | Event::LeaderBonusClawedBack { .. }
            | Event::FixedBonusClawedBack(_)
            | Event::VoucherIssued { .. }
            | Event::VoucherRedeemed { .. }
            | Event::ReservedPointsReturned { .. }
            | Event::ReservedPointsBurned { .. }
            | Event::SeedsCommitted { .. }
            | Event::DrawOpened { .. }
            | Event::DrawClosed { .. }
            | Event::DrawRevealed { .. }
            | Event::DrawTimedOut { .. }
            | Event::DrawCancelled { .. }
            | Event::MemberAttested { .. }
            | Event::BoxItemsHeld { .. }
            | Event::BoxItemDispatched { .. }
            | Event::BoxItemReleased { .. }
            | Event::BoxSaleEnded { .. }
            | Event::BoxesEnded { .. }
            | Event::ChainEntered { .. }
            | Event::ChainLeft { .. }
            | Event::GoodsHeld { .. }
            | Event::GoodsOffered { .. }
            | Event::GoodsDelivered { .. }
            | Event::GoodsSold(_)
            | Event::TipGiven(_)
            | Event::SkuListed(_)
            | Event::SkuPriced { .. }
            | Event::SkuDelisted { .. }
            | Event::StockAdded { .. }
            | Event::StockRemoved { .. }
            | Event::SkuOrdered { .. }
            | Event::GoodsDispatched { .. }
            | Event::StockReleased { .. }
            | Event::PaymentDeadlineSet { .. }
            | Event::OrderSourced { .. }
            | Event::CouponIssued { .. }
            | Event::CouponsReserved { .. }
            | Event::CouponsUsed { .. }
            | Event::CouponsReleased { .. }
            | Event::LoyaltyGranted { .. }
            | Event::LoyaltySpent { .. }
            | Event::LoyaltyNetted { .. }
            | Event::LoyaltyClawedBack(_)
            | Event::LoyaltyExpired { .. }
            | Event::LoyaltyTierFixed { .. }
            | Event::LoyaltyCounted { .. }
            | Event::LoyaltyUncounted { .. }
            | Event::OfferFilled { .. }
            | Event::OfferRested { .. }
            | Event::OfferClosed { .. }
            | Event::MarketHalted { .. }
            | Event::MarketResumed {}
            | Event::OrderSubsidised { .. }
            | Event::PointsCommitted { .. }
            | Event::WindowClosed { .. }
            | Event::SharesAllotted { .. }
            | Event::ClaimApproved { .. }
            | Event::PointsLocked { .. }
            | Event::PointsUnlocked { .. } => {}
        }
    }

    fn order_mut(&mut self, order: OrderNo, change: impl FnOnce(&mut OrderHistory)) {
        if let Some(order) = self.orders.get_mut(order.index()) {
            change(order);
        }
    }

    fn order(&self, order: OrderNo) -> Option<&OrderHistory> {
        self.orders.get(order.index())
    }
}

/// A posting with what the words say of it, and the account before and after it.
fn explanation(place: (u64, usize, usize), words: &words::Narrator<'_>, leg: &Posting) -> Explanation {
    let engine = words.engine;
    let account = leg.account;
    let currency = engine.plan().programme.currency;
    let earlier_legs = words.postings.iter().take(place.2).filter(|other| other.account == account);
    // The genesis is explained after the fact; its accounts were empty before it.
    let balance = if place.0 == 0 { 0 } else { engine.state.ledger.balance(account) };
    let before = balance + earlier_legs.map(|leg| leg.amount).sum::<i128>();
    let said = words.of(place.2, leg);
    Explanation {
        place,
        account: account.kind.name(),
        owner: engine.account_owner(account).filter(|name| !name.is_empty()).map(str::to_owned),
        change: Change {
            amount: display_change(account, leg.amount, &currency),
            before: display_balance(account, before, &currency),
            after: display_balance(account, before + leg.amount, &currency),
        },
        rule: said.rule,
        text: said.text,
        inputs: said.inputs.into_iter().chain(words.version_name()).collect(),
        earlier: said.earlier,
    }
}
