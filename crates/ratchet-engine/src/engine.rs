//! The engine: the one way in (`submit`), due work, replay, audit, and views of the state.

mod due;
mod entry_buffer;
mod fork;
mod lookahead;
mod preview;
mod recorded;
mod replay;
mod views;

pub use crate::amendment::Hindrance;
pub use due::DueWork;
pub(crate) use entry_buffer::EntryBuffer;
pub use entry_buffer::{Cause, Entry};
pub use lookahead::Lookahead;
pub use preview::{BalanceChange, PREVIEW_DUE_MAX, Preview, PreviewOutcome};
pub use replay::{ReplayError, is_applying_recorded};
pub use views::*;

pub use crate::catalogue::OrderPrice;
pub use crate::members::Flows;

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::amendment::GateCheck;
use crate::amount::Rate;
use crate::command::{Command, Envelope, HashSeed};
use crate::event::Event;
use crate::gate::{Admitted, Pass};
use crate::id::{Id, OrderNo};
use crate::journal::EntryBatch;
use crate::keys::{CommandKey, Hashes, InsertSlot, KeyKind, LookupHint, Named, OrderStep};
pub use crate::keys::{KEY_WINDOW_DAYS, PriorKey};
use crate::lint::rules::RuleBook;
use crate::plan::{ExitBasis, Plan};
use crate::pool::Ratio;
use crate::rejection::Rejection;
use crate::state::State;
use crate::time::Timestamp;
pub use crate::timer::DueKind;
use crate::wind_down::WindDownPhase;

/// How many days of 86,400 s past the programme's time a command's may lie (TIME-1).
pub const HORIZON_DAYS: u32 = 400;

/// A running programme: state in memory, and what the last `submit` wrote.
#[derive(Clone, Debug)]
pub struct Engine {
    /// The rules: flows decide by them. The state, and so `apply`, has none.
    pub(crate) plan: Arc<Plan>,
    /// All that were in force, by the place of their versions in the state (AMEND-3); `plan` is the last of them.
    pub(crate) plans: Vec<Arc<Plan>>,
    /// Of the plan: the mint ratio as the mint wants it.
    pub(crate) mint_ratio: Ratio,
    /// Of the plan: whether orders may earn commissions, asked for every order.
    pub(crate) pays_commissions: bool,
    pub(crate) state: State,
    pub(crate) log: EntryBuffer,
    /// Of a live programme: what it was admitted by (GATE-1). Nothing that was forked has one.
    pass: Option<Box<Pass>>,
    /// Of the command being carried out (TIME-4).
    pub(crate) happened_at: Option<Timestamp>,
    /// Of a live programme: the rules that the gate asks of an amendment.
    pub(crate) rules: Option<Arc<RuleBook>>,
    /// What the gate said of the amendment that is decided again from a journal, which asks no rules.
    pub(crate) recorded_gate: Option<Box<GateCheck>>,
    /// The entry by which the last settlement came whose memory was prefetched, plus 1.
    fetched: u64,
}

/// What is expected to come: see [`Engine::reserve`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Members who will join.
    pub members: usize,
    /// Orders, of one line each.
    pub orders: usize,
    /// Commands, but for those under the keys of orders.
    pub commands: usize,
    /// Of the orders, those that are paid or received under keys that follow from their ids (IDEM-1b).
    pub keyed_orders: usize,
    /// Entitlements that orders record for others (COMM-0, EMIT-1).
    pub commission_items: usize,
    /// Lots of release points, and as many of value units.
    pub lots: usize,
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out; its entry has this number.
    Applied {
        /// The entry's number.
        seq: u64,
    },
    /// The same key with the same content was carried out before, by this entry; nothing changed (IDEM-1).
    Duplicate {
        /// The entry's number.
        seq: u64,
    },
    /// It was refused and changed nothing (ATOMIC-1).
    Rejected(Rejection),
}

impl Engine {
    /// Begins a programme with a plan that was admitted: a sandbox plan is, a live one only by the gate (GATE-1).
    /// Its first entry (0) is in [`Engine::entries`].
    pub fn genesis(plan: impl Into<Admitted>) -> Engine {
        let admitted: Admitted = plan.into();
        let seed = own_seed(admitted.plan());
        Engine::genesis_with_seed(admitted, seed)
    }

    /// The same with a secret seed for the hashes of ids and keys. It changes no result. Digests and snapshots
    /// depend on it, so a programme keeps its seed for ever (`docs/spec/snapshot.md`).
    pub fn genesis_with_seed(plan: impl Into<Admitted>, seed: u64) -> Engine {
        let mut engine = Engine::begin(plan, seed);
        engine.log.begin(0, Timestamp::MIN, Cause::Genesis);
        engine.set_caps();
        engine.buy_house_points();
        engine.end_entry();
        engine
    }

    /// A programme in which nothing has happened.
    pub(crate) fn begin(plan: impl Into<Admitted>, seed: u64) -> Engine {
        let (plan, pass, rules) = plan.into().into_parts();
        let state = State::new(&plan, HashSeed(seed));
        let plan = Arc::new(plan);
        Engine {
            mint_ratio: mint_ratio_of(&plan),
            pays_commissions: plan.pays_commissions(),
            state,
            plans: vec![Arc::clone(&plan)],
            plan,
            log: EntryBuffer::default(),
            pass: pass.map(Box::new),
            happened_at: None,
            rules,
            recorded_gate: None,
            fetched: 0,
        }
    }

    /// POOL-6: records what caps are, if that is not on record.
    pub(crate) fn set_caps(&mut self) {
        let caps = self.cap_terms();
        if caps != self.state.terms.caps {
            self.commit(Event::CapsSet { caps });
        }
    }

    /// Makes room for what is expected, so that nothing moves or grows meanwhile. It decides nothing: more and less may come.
    pub fn reserve(&mut self, expected: &Expected) {
        let Expected { members, orders, commands, keyed_orders, commission_items, lots } = *expected;
        let state = &mut self.state;
        state.commands.reserve(commands, keyed_orders);
        state.natural.reserve_orders(orders);
        state.members.reserve(members);
        state.ledger.reserve(members);
        state.network.reserve(members);
        state.orders.reserve(orders);
        let [members, orders] = [state.members.len() + members, state.orders.order_count() + orders];
        if self.plan.commission.is_some() {
            state.commissions.reserve(members, orders, commission_items);
        }
        if self.plan.release.is_some() {
            state.releases.lots.reserve(members, orders, lots);
        }
        if self.plan.value.is_some() {
            state.values.lots.reserve(members, 0, lots);
        }
        match self.plan.pool.and_then(|pool| pool.exit).map(|exit| exit.basis) {
            Some(ExitBasis::Member) => state.exits.reserve(members),
            Some(ExitBasis::Lot) => state.exits.reserve(orders),
            None => {}
        }
    }

    /// What a live programme was admitted by, also after its journal or a snapshot was read. Without it no real money may move,
    /// whatever the plan's mode says: of forks it is `None`. Whoever goes on with a programme that was read asks the rules again
    /// first ([`Engine::review_admission`]).
    pub fn pass(&self) -> Option<&Pass> {
        self.pass.as_deref()
    }

    /// Takes a command: first everything due at or before its time is done, then it is decided and carried
    /// out or refused. The entries written are in [`Engine::entries`] until the next call. Where much may be due,
    /// [`Engine::run_due`] does it in slices first.
    pub fn submit(&mut self, envelope: &Envelope) -> Outcome {
        self.submit_with_prior(envelope, PriorKey::Unknown)
    }

    /// The same where the caller has an index of the journal's keys ([`Engine::keep_recent_keys`]): `prior` is what it says of
    /// this command's. What the engine has in memory comes first.
    pub fn submit_with_prior(&mut self, envelope: &Envelope, prior: PriorKey) -> Outcome {
        let hashes = envelope.hashes(self.state.seed);
        self.submit_within(envelope, &hashes, prior, u64::MAX).expect("all due work is done")
    }

    /// From now on the keys of commands are in memory only while their entries are younger than [`KEY_WINDOW_DAYS`] days of
    /// 86,400 s at the last local midnight (IDEM-1); of older ones the caller's index tells ([`Engine::submit_with_prior`]), and
    /// without one their commands would be carried out again. Dropping them is no entry and changes no digest. The ids of
    /// orders, refunds, withdrawals, tips, offers and the like stay unique for ever, in memory.
    pub fn keep_recent_keys(&mut self) {
        self.state.commands.keep_recent();
    }

    /// How many commands' keys are in memory.
    pub fn keys_kept(&self) -> u64 {
        self.state.commands.kept()
    }

    /// What a second command under the same key must have in common with the first (IDEM-1a): actor and command, under this
    /// engine's seed.
    pub fn fingerprint(&self, envelope: &Envelope) -> u64 {
        envelope.hashes(self.state.seed).content
    }

    fn submit_hashed(&mut self, envelope: &Envelope, hashes: &Hashes) -> Outcome {
        self.submit_within(envelope, hashes, PriorKey::Unknown, u64::MAX).expect("all due work is done")
    }

    /// The same if no more than so much due work comes before it; else `None`, and that much is done.
    #[inline]
    fn submit_within(
        &mut self,
        envelope: &Envelope,
        hashes: &Hashes,
        prior: PriorKey,
        due_max: u64,
    ) -> Option<Outcome> {
        self.log.clear();
        let mut named = hashes.named;
        self.find_named_order(&mut named);
        let lookup_key = match (self.lookup_key(envelope, hashes.key, &named), prior) {
            (Err(_), PriorKey::Known { seq, fingerprint }) => Ok((fingerprint, seq)),
            (lookup_key, _) => lookup_key,
        };
        let spot = match lookup_key {
            Ok((stored, seq)) if stored == hashes.content => return Some(Outcome::Duplicate { seq }),
            Ok(_) => return Some(Outcome::Rejected(Rejection::KeyReused)),
            Err(spot) => spot,
        };
        if envelope.at < self.state.now {
            return Some(Outcome::Rejected(Rejection::TimeWentBackwards));
        }
        if self.latest_at().is_some_and(|latest| envelope.at > latest) {
            return Some(Outcome::Rejected(Rejection::AtTooFar));
        }
        if envelope.happened_at.is_some_and(|happened_at| happened_at > envelope.at) {
            return Some(Outcome::Rejected(Rejection::HappenedLater));
        }
        if !self.do_due_work(envelope.at, due_max) {
            return None;
        }
        let before = self.state.now;
        self.state.now = envelope.at;
        if !self.state.commands.has_room() {
            self.state.now = before;
            return Some(Outcome::Rejected(Rejection::LimitReached));
        }
        let seq = self.state.seq;
        self.log.begin(seq, envelope.at, Cause::Command);
        self.state.named = named;
        self.happened_at = envelope.happened_at;
        let result = self.dispatch(envelope);
        (self.state.named, self.happened_at) = (Named::default(), None);
        Some(match result {
            Ok(()) => {
                self.record_key(envelope, hashes, named.guess.order, spot);
                self.begin_days();
                self.end_entry();
                self.check_small();
                Outcome::Applied { seq }
            }
            Err(rejection) => {
                self.log.abandon();
                self.state.now = before;
                self.check_small();
                Outcome::Rejected(rejection)
            }
        })
    }

    /// The latest time that a command may have now (TIME-1); `None` before the first one, which sets the start.
    #[inline]
    pub fn latest_at(&self) -> Option<Timestamp> {
        // Entry 0 is the genesis: with the next one the programme has begun.
        let has_begun = self.state.seq > 1;
        has_begun.then(|| self.state.now.plus_days(HORIZON_DAYS).unwrap_or(Timestamp::MAX))
    }

    /// The next of the `time.advance` commands that lead to where a command at `at` is not too far (TIME-1); `None` once it
    /// is not. Whoever sends commands of a past that has gaps submits them first: [`Engine::submit_in_steps`] does.
    pub fn step_towards(&self, at: Timestamp) -> Option<Envelope> {
        let step = self.latest_at().filter(|latest| at > *latest)?;
        Some(Envelope {
            key: Id::new(&format!("advance:{step}")).expect("an instant's text is an id"),
            at: step,
            happened_at: None,
            actor: Id::new("system").expect("a word is an id"),
            command: Command::TimeAdvance {},
        })
    }

    /// Submits a command, and where its time is too far, first goes there in steps that are commands of their own.
    /// `each` sees the engine after every one of them; its answer for the last is that of the command itself.
    pub fn submit_in_steps(
        &mut self,
        envelope: &Envelope,
        mut each: impl FnMut(&Engine, &Envelope, Outcome),
    ) -> Outcome {
        let mut outcome = self.submit(envelope);
        if outcome == Outcome::Rejected(Rejection::AtTooFar) {
            while let Some(step) = self.step_towards(envelope.at) {
                let stepped = self.submit(&step);
                each(self, &step, stepped);
                if !matches!(stepped, Outcome::Applied { .. }) {
                    break;
                }
            }
            outcome = self.submit(envelope);
        }
        each(self, envelope, outcome);
        outcome
    }

    /// Looks the order up that a command names, once: from then on the guess is its number; if there is none, where it would be
    /// added is known.
    #[inline]
    fn find_named_order(&self, named: &mut Named) {
        if let Some(key) = named.key.filter(|_| named.kind == KeyKind::Order) {
            match self.state.natural.orders().get_guessed(key, named.guess.order) {
                Ok(number) => named.guess.order = number,
                Err(spot) => (named.guess.order, named.spot) = (LookupHint::default().order, spot),
            }
        }
    }

    /// What was stored under the key of a command whose order was looked up: content and entry; or where the key would be
    /// added.
    #[inline]
    fn lookup_key(
        &self,
        envelope: &Envelope,
        key: CommandKey,
        named: &Named,
    ) -> Result<(u64, u64), InsertSlot> {
        let commands = &self.state.commands;
        if commands.keeps_recent() {
            let recent = commands.get_recent(envelope.key_hash(self.state.seed), self.state.now);
            if let Some(stored) = recent {
                return Ok(stored);
            }
        }
        match key {
            CommandKey::Any(key) => commands.get(key),
            CommandKey::OfOrder(step) => match commands.get_of_order(named.guess.order, step) {
                Some(stored) => Ok(stored),
                None if commands.have_strays() => commands.get(envelope.key_hash(self.state.seed)),
                None => Err(InsertSlot::NONE),
            },
            CommandKey::ForeignKey(key) => {
                let of_order = OrderStep::of_key(envelope.key.as_str())
                    .and_then(|(step, id)| commands.get_of_order(self.find(KeyKind::Order, id)?, step));
                of_order.map_or_else(|| commands.get(key), Ok)
            }
        }
    }

    /// The entry of the command that was carried out under this envelope's key, if there is one (IDEM-1).
    pub(crate) fn entry_of_key(&self, envelope: &Envelope) -> Option<u64> {
        let hashes = envelope.hashes(self.state.seed);
        let mut named = hashes.named;
        self.find_named_order(&mut named);
        self.lookup_key(envelope, hashes.key, &named).ok().map(|(_, seq)| seq)
    }

    /// Remembers a command that was carried out by the entry that is being written, and whose order probably has this number.
    #[inline]
    fn record_key(&mut self, envelope: &Envelope, hashes: &Hashes, order: u32, spot: InsertSlot) {
        let (state, content) = (&mut self.state, hashes.content);
        let seq = state.seq;
        state.key_history.add(state.seed, hashes, seq);
        if state.commands.keeps_recent() {
            let key = envelope.key_hash(state.seed);
            let at = (state.now, &self.plan.programme.calendar);
            return state.commands.insert_recent(key, content, seq, at);
        }
        match hashes.key {
            CommandKey::Any(key) => state.commands.insert(key, content, seq, spot),
            CommandKey::OfOrder(step) => {
                let orders = state.natural.orders();
                let newest = u32::try_from(orders.len()).unwrap_or(u32::MAX).wrapping_sub(1);
                let guess = order.min(newest);
                match hashes.named.key.and_then(|key| orders.get_guessed(key, guess).ok()) {
                    Some(order) => state.commands.insert_of_order(order, step, content, seq),
                    // A journal that was tampered with may say so; whoever reads it will find out.
                    None => state.commands.insert_stray(envelope.key_hash(state.seed), content, seq),
                }
            }
            CommandKey::ForeignKey(key) => state.commands.insert_stray(key, content, seq),
        }
    }

    /// An independent copy to play forward under other assumptions. It carries no pass (GATE-1).
    pub fn fork(&self) -> Engine {
        Engine { pass: None, ..self.clone() }
    }

    /// The programme's time: that of the last command.
    pub fn now(&self) -> Timestamp {
        self.state.now
    }

    /// The number the next entry will have.
    pub fn next_seq(&self) -> u64 {
        self.state.seq
    }

    /// What commands are hashed with before they are submitted ([`HashedEnvelope`](crate::command::HashedEnvelope)).
    pub fn hash_seed(&self) -> HashSeed {
        self.state.seed
    }

    /// The plan it runs.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The plan that it began with.
    pub fn genesis_plan(&self) -> &Plan {
        &self.plans[0]
    }

    #[inline]
    fn dispatch(&mut self, envelope: &Envelope) -> Result<(), Rejection> {
        if self.state.wind_down.phase != WindDownPhase::None {
            self.check_ending(&envelope.command)?;
        }
        if self.state.admission.is_suspended() {
            self.check_admitted(&envelope.command)?;
        }
        match &envelope.command {
            Command::MemberJoin { member, referrer, region, person } => {
                self.join(member, referrer.as_ref(), *region, person.as_ref())
            }
            Command::OrderPlace { order, terms } => self.place(order, terms),
            Command::OrderPay { order, terms } => self.pay(order, terms.as_ref()),
            Command::OrderShip { order } => self.ship(order),
            Command::OrderReceive { order } => self.receive(order),
            Command::OrderClose { order } => self.close(order),
            Command::OrderRefund { refund, order, lines, freight, tax } => {
                self.refund(refund, order, lines.as_deref(), (*freight, *tax))
            }
            Command::GoodsReturn { order, line, pieces } => self.return_goods(order, &line.id, *pieces),
            Command::TimeAdvance {} => Ok(()),
            Command::PointsSell { member, points, min_net } => self.sell(member, *points, *min_net),
            Command::PoolInject { amount, source } => self.inject(*amount, source),
            Command::ResidualPropose { disposal, method } => {
                self.propose_disposal(disposal, *method, &envelope.actor)
            }
            Command::ResidualApprove { disposal } => self.approve_disposal(disposal, &envelope.actor),
            Command::OperatorPay { amount } => self.pay_operator_due(*amount, &envelope.actor),
            Command::OperatorWithdraw { withdrawal, amount } => {
                self.withdraw_operator(withdrawal, *amount, &envelope.actor)
            }
            Command::WalletWithdraw { withdrawal, member, amount } => {
                self.withdraw(withdrawal, member, *amount, &envelope.actor)
            }
            Command::WalletApprove { withdrawal } => self.approve_withdrawal(withdrawal, &envelope.actor),
            Command::WalletReject { withdrawal, reason } => self.reject_withdrawal(withdrawal, reason),
            Command::WalletSent { withdrawal } => self.withdrawal_sent(withdrawal),
            Command::WalletUnknown { withdrawal } => self.withdrawal_unknown(withdrawal),
            Command::WalletPaid { withdrawal } => self.withdrawal_paid(withdrawal),
            Command::WalletFailed { withdrawal } => self.withdrawal_failed(withdrawal),
            Command::MemberBind { member, referrer } => self.bind(member, referrer),
            Command::MemberSuspend { member, reason } => self.suspend_member(member, reason),
            Command::MemberResume { member } => self.resume_member(member),
            Command::TaskComplete { member, task } => self.complete_task(member, task.as_ref()),
            Command::AgentAppoint { member, territory, level } => {
                self.appoint_agent(member, *territory, *level)
            }
            Command::AgentDismiss { member, territory } => self.dismiss_agent(member, *territory),
            Command::ShareholderSet { member, weight } => self.set_shareholder(member, weight.millionths),
            Command::MerchantApply { merchant, member, order } => {
                self.apply_merchant(merchant, member, order, &envelope.actor)
            }
            Command::MerchantApprove { merchant } => self.approve_merchant(merchant, &envelope.actor),
            Command::MerchantReject { merchant, reason } => self.reject_merchant(merchant, reason),
            Command::MerchantSuspend { merchant, reason } => self.suspend_merchant(merchant, reason),
            Command::MerchantResume { merchant } => self.resume_merchant(merchant),
            Command::MerchantWithdraw { withdrawal, merchant, amount } => {
                self.withdraw_merchant(withdrawal, merchant, *amount, &envelope.actor)
            }
            Command::ProductList { product, merchant, price, value_award, concession } => {
                self.list_product(product, merchant, *price, *value_award, *concession)
            }
            Command::ProductDelist { product } => self.delist_product(product),
            Command::TipGive { tip, merchant, member, size } => self.give_tip(tip, merchant, member, *size),
            Command::EmissionPropose { issue, member, points } => {
                self.propose_issue(issue, member, *points, &envelope.actor)
            }
            Command::EmissionApprove { issue } => self.approve_issue(issue, &envelope.actor),
            Command::SkuList { sku, terms } => self.list_sku(sku, terms),
            Command::SkuPrice { sku, price, cost } => self.price_sku(sku, *price, *cost),
            Command::SkuDelist { sku } => self.delist_sku(sku),
            Command::StockAdd { sku, quantity } => self.add_stock(sku, *quantity),
            Command::StockRemove { sku, quantity } => self.remove_stock(sku, *quantity),
            Command::CouponIssue { coupon, rule, member } => self.issue_coupon(coupon, rule, member),
            Command::FundDeposit { fund, amount, source } => self.deposit_fund(fund, *amount, source),
            Command::PromotionOpen { campaign, promotion, sku, from, until, quota } => {
                self.open_campaign(campaign, promotion, sku, (*from, *until), *quota)
            }
            Command::PromotionCommit { campaign, commitments } => self.commit_seeds(campaign, commitments),
            Command::PromotionReveal { draw, seed } => self.reveal_seed(draw, seed),
            Command::PromotionCancel { campaign, reason } => self.cancel_campaign(campaign, reason),
            Command::MemberAttest { member, age, consent } => self.attest_member(member, *age, *consent),
            Command::VoucherRedeem { order, merchant, code } => self.redeem_voucher(order, merchant, code),
            Command::RelistOffer { order } => self.offer_goods(order),
            Command::RelistBuy { purchase, order, member } => self.buy_goods(purchase, order, member),
            Command::RelistDeliver { order } => self.deliver_goods(order),
            Command::MarketOffer { offer, member, side, price, quantity, time_in_force } => {
                self.offer(offer, member, (*side, *price, *quantity), *time_in_force)
            }
            Command::MarketCancel { offer } => self.cancel_offer(offer),
            Command::MarketHalt { reason } => self.halt_market(reason),
            Command::MarketResume {} => self.resume_market(),
            Command::FundRound { .. } => self.open_round(&envelope.command),
            Command::EquityOpen { window, shares, price, closes_at } => {
                self.open_window(window, *shares, *price, *closes_at)
            }
            Command::EquityCommit { commitment, window, member, points } => {
                self.commit_points(commitment, window, member, *points)
            }
            Command::EquityAllot { allotment, member, shares } => {
                self.allot_shares(allotment, member, *shares)
            }
            Command::ClaimImport { claim, member, amount, evidence } => {
                self.import_claim(claim, member, *amount, *evidence, &envelope.actor)
            }
            Command::ClaimApprove { claim } => self.approve_claim(claim, &envelope.actor),
            Command::ClaimGrant { grant, member, points, injection } => {
                self.grant_points(grant, member, *points, injection.unwrap_or_default())
            }
            Command::PlanPropose { version, plan, opinions, effective_at } => {
                self.propose_plan(version, plan, opinions.as_deref(), *effective_at, &envelope.actor)
            }
            Command::PlanApprove { version, hash } => self.approve_plan(version, *hash, &envelope.actor),
            Command::PlanWithdraw { version } => self.withdraw_plan(version, &envelope.actor),
            Command::WindDownPropose { wind_down, closes_at, reason } => {
                self.propose_wind_down(wind_down, *closes_at, reason, &envelope.actor)
            }
            Command::WindDownApprove { wind_down } => self.approve_wind_down(wind_down, &envelope.actor),
            Command::AdmissionReview { gate, findings } => self.review(gate, findings, envelope.at),
            Command::PaymentReceive { payment, order, sum } => {
                self.receive_payment(payment, sum.amount, sum.currency, order.as_ref())
            }
            Command::PaymentReturn { payment, sum } => self.return_payment(payment, sum.amount, sum.currency),
            Command::PaymentResolve { resolution, payment, target } => {
                self.propose_resolution(resolution, payment, target, &envelope.actor)
            }
            Command::PaymentApprove { resolution } => self.approve_resolution(resolution, &envelope.actor),
        }
    }

    // ── steps ──

    /// In debug builds every invariant of a small programme is checked after each command.
    #[inline]
    fn check_small(&self) {
        #[cfg(debug_assertions)]
        if self.state.members.len() + self.state.orders.line_count() < 64
            && let Err(violation) = crate::invariant::check(self)
        {
            panic!("invariant broken: {violation}");
        }
    }

    /// The number behind a natural key.
    pub(crate) fn find(&self, kind: KeyKind, id: &str) -> Option<u32> {
        self.state.natural.get(kind, self.state.seed.key(kind, id))
    }

    /// The order that the command being carried out names.
    #[inline]
    pub(crate) fn named_order(&self, id: &str) -> Option<OrderNo> {
        let (orders, key, named) = (self.state.natural.orders(), self.state.order_key(id), &self.state.named);
        if orders.lacks(key, named.spot) {
            return None;
        }
        orders.get_guessed(key, named.guess.order).ok().map(OrderNo)
    }
}

/// The mint ratio as the mint wants it.
pub(crate) fn mint_ratio_of(plan: &Plan) -> Ratio {
    Ratio::new(plan.pool.map_or(Rate::ZERO, |pool| pool.mint_ratio))
}

/// The seed of a programme that has no secret one.
fn own_seed(plan: &Plan) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(b"ratchet genesis\0");
    hasher.update(plan.source.as_bytes());
    let mut seed = [0; 8];
    seed.copy_from_slice(&hasher.finalize()[..8]);
    u64::from_le_bytes(seed)
}

// The writer of a programme is a thread of its own; its entries go to others.
const _: fn() = || {
    fn assert_send<T: Send>() {}
    assert_send::<Engine>();
    assert_send::<EntryBatch>();
};
