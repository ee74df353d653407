//! Replay: a state is rebuilt from recorded entries, whose events and postings are applied as they are. Nothing is decided.

use std::sync::Arc;

use crate::command::{Envelope, HashSeed};
use crate::engine::entry_buffer::{Entry, EntryBuffer, step};
use crate::engine::{Engine, genesis_digest};
use crate::event::Event;
use crate::gate::Admitted;
use crate::journal::EntryBatch;
use crate::keys::InsertSlot;
use crate::ledger::{Account, Owner, Posting};
use crate::state::State;
use crate::time::Timestamp;

impl Engine {
    /// Begins a programme whose genesis was recorded: nothing is decided.
    pub(crate) fn replay_genesis(plan: Admitted, genesis: &Entry<'_>) -> Result<Engine, ReplayError> {
        let mut seed = [0; 8];
        seed.copy_from_slice(&genesis_digest(plan.plan())[..8]);
        let (plan, pass) = plan.into_parts();
        let state = State::new(Arc::new(plan), HashSeed(u64::from_le_bytes(seed)));
        let mut engine = Engine {
            state,
            log: EntryBuffer::default(),
            pass: pass.map(Box::new),
            happened_at: None,
            fetched: 0,
        };
        engine.replay_entry(genesis, None)?;
        Ok(engine)
    }

    /// Applies recorded entries: their events and postings as they are, nothing is decided again. What does not fit the state
    /// is refused before it is applied; the entries before it have been applied then.
    pub fn replay_batch(&mut self, batch: &EntryBatch) -> Result<(), ReplayError> {
        for (entry, envelope) in batch.iter() {
            self.replay_entry(&entry, envelope)?;
        }
        Ok(())
    }

    /// Applies one recorded entry; `envelope` is that of an entry caused by a command.
    pub fn replay_entry(
        &mut self,
        entry: &Entry<'_>,
        envelope: Option<&Envelope>,
    ) -> Result<(), ReplayError> {
        let refuse = |reason: String| Err(ReplayError { seq: entry.seq, reason });
        if entry.seq != self.state.seq {
            return refuse(format!("entry {} is expected here", self.state.seq));
        }
        if entry.at < self.state.now {
            return refuse("its time is before that of the entry before it".to_owned());
        }
        self.replay_begin(entry.at);
        for (event, postings) in entry.steps() {
            if let Err(reason) = self.check_recorded(event, postings) {
                return refuse(reason);
            }
            step(&mut self.state, event, postings);
        }
        self.replay_end(envelope);
        Ok(())
    }

    /// How many there are of each kind of dense number.
    fn counts(&self) -> [usize; crate::wire::NUMBERS.len()] {
        let state = &self.state;
        crate::wire::NUMBERS.map(|(name, _)| match name {
            "MemberNo" => state.members.len(),
            "OrderNo" => state.orders.order_count(),
            "LineNo" => state.orders.line_count(),
            "MerchantNo" => state.merchants.len(),
            "ProductNo" => state.merchant_records.product_count(),
            "SkuNo" => state.catalogue.count(),
            "CouponNo" => state.coupons.list().len(),
            "WithdrawalNo" => state.withdrawals.list.len(),
            "CampaignNo" => state.campaigns.len(),
            "OfferNo" => state.market.count(),
            "PaymentNo" => state.payments.list().len(),
            other => unreachable!("say how many there are of {other}"),
        })
    }

    /// Whether every number in a recorded step is one of something that exists, or the next one where the event says that it
    /// begins to.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all other events are about what exists")]
    fn check_recorded(&self, event: &Event, postings: &[Posting]) -> Result<(), String> {
        use crate::wire::{NUMBERS, Wire, number_slot};
        let counts = self.counts();
        let creates: &[&str] = match event {
            Event::MemberJoined { .. } => &["MemberNo"],
            Event::MerchantRegistered { .. } => &["MerchantNo"],
            Event::OrderPlaced { .. } | Event::PointsGranted { .. } => &["OrderNo", "LineNo"],
            Event::LineAdded { .. } => &["LineNo"],
            Event::WithdrawalRequested { .. }
            | Event::PayoutRequested { .. }
            | Event::OperatorPayoutRequested { .. } => &["WithdrawalNo"],
            Event::PaymentReceived(_) => &["PaymentNo"],
            Event::ProductListed { .. } => &["ProductNo"],
            Event::SkuListed(_) => &["SkuNo"],
            Event::CouponIssued { .. } => &["CouponNo"],
            Event::CampaignOpened(_) => &["CampaignNo"],
            Event::OfferMade { .. } => &["OfferNo"],
            _ => &[],
        };
        let mut wrong = None;
        event.numbers(&mut |slot, number| {
            let creates_it = creates.iter().any(|name| number_slot(name) == slot);
            let end = counts[slot] + usize::from(creates_it);
            if crate::id::index(number) >= end && wrong.is_none() {
                wrong = Some(format!("there is no {} {number}", NUMBERS[slot].1));
            }
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let [members, merchants, funds] = [
            counts[const { number_slot("MemberNo") }],
            counts[const { number_slot("MerchantNo") }],
            self.state.plan.split.funds.len(),
        ];
        for posting in postings {
            let Account { kind, owner: of } = posting.account;
            let end = match kind.asset_and_owner().1 {
                Owner::Programme => 1,
                Owner::Fund => funds,
                Owner::Merchant => merchants,
                // The event of this step may be the one by which the member joins; nothing is posted with it.
                Owner::Member => members,
            };
            if crate::id::index(of) >= end {
                return Err(format!("there is no account {} {of}", kind.name()));
            }
        }
        Ok(())
    }

    /// The same step by step: first this, then each step, then [`Engine::replay_end`].
    pub(crate) fn replay_begin(&mut self, at: Timestamp) {
        self.log.clear();
        self.state.now = at;
    }

    pub(crate) fn replay_step(&mut self, event: &Event, postings: &[Posting]) -> Result<(), String> {
        self.check_recorded(event, postings)?;
        step(&mut self.state, event, postings);
        Ok(())
    }

    pub(crate) fn replay_end(&mut self, command: Option<&Envelope>) {
        if let Some(envelope) = command {
            let hashes = envelope.hashes(self.state.seed);
            self.record_key(envelope, &hashes, hashes.named.guess.order, InsertSlot::NONE);
            self.state.command_applied();
        }
        self.state.seq += 1;
    }
}

/// A recorded entry that does not fit the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayError {
    /// The entry's number.
    pub seq: u64,
    /// Why it does not fit.
    pub reason: String,
}

impl std::fmt::Display for ReplayError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "entry {}: {}", self.seq, self.reason)
    }
}

impl std::error::Error for ReplayError {}
