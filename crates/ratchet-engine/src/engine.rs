//! The engine: the one way in (`submit`), due work, replay, audit, and views of the state.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::amount::{Money, PROGRAMME_MONEY_MAX, Points};
use crate::command::{Command, Envelope};
use crate::event::Event;
use crate::id::{MemberNo, OrderNo};
use crate::keys::{HashSeed, Hashes, KeyKind, Named};
use crate::ledger::{Account, AccountKind, Asset, Posting};
use crate::order::OrderState;
use crate::plan::Plan;
use crate::pool::{Price, Sale};
use crate::rejection::Rejection;
use crate::state::{State, Totals};
use crate::time::Timestamp;
use crate::wallet::WithdrawalState;

/// Most journal entries a programme can have.
pub const ENTRIES_MAX: u64 = 4_294_967_294;

/// How many commands ahead the first memory is asked for: a command's look-ups.
const AHEAD: usize = 12;
/// How many ahead what the look-ups lead to is asked for: rows of members and orders.
const ROWS_AHEAD: usize = 8;
/// How many ahead what the rows lead to is asked for: names and lots.
const LOTS_AHEAD: usize = 4;

/// A running programme: state in memory, and what the last `submit` wrote.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) state: State,
    pub(crate) log: Log,
}

/// Commands on their way to [`Engine::submit_next`].
#[derive(Debug)]
pub struct Ahead<'e, I> {
    envelopes: I,
    /// Those whose memory has been asked for.
    coming: VecDeque<Coming<'e>>,
}

#[derive(Debug)]
struct Coming<'e> {
    envelope: &'e Envelope,
    hashes: Hashes,
}

impl<'e, I: Iterator<Item = &'e Envelope>> Ahead<'e, I> {
    /// These, in this order.
    pub fn new(envelopes: I) -> Ahead<'e, I> {
        Ahead { envelopes, coming: VecDeque::with_capacity(AHEAD + 2) }
    }
}

/// The entries written by the last `submit`, with their steps and postings, in reused buffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    entries: Vec<EntryHead>,
    steps: Vec<Step>,
    pub(crate) postings: Vec<Posting>,
    /// Postings before this belong to steps already taken.
    taken: usize,
}

#[derive(Clone, Debug)]
struct EntryHead {
    seq: u64,
    at: Timestamp,
    cause: Cause,
    steps: Range<usize>,
}

/// One event with its transaction.
#[derive(Clone, Debug)]
struct Step {
    event: Event,
    postings: Range<usize>,
}

/// Why an entry was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The programme began.
    Genesis,
    /// The command of this `submit`.
    Command,
    /// Work that had become due (TIME-2).
    Due(DueKind),
}

/// Kinds of due work, in the order in which they are done at one instant (TIME-2a).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DueKind {
    /// The close of a local day with sale requests.
    CloseOfDay,
    /// An order settles.
    Settlement(OrderNo),
    /// Contributions of an order that waited for the day (POOL-11c).
    WaitingContribution(OrderNo),
}

/// One journal entry.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// 0 for the genesis, then without gaps.
    pub seq: u64,
    /// When: the command's time, or the time the work was due.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    steps: &'a [Step],
    postings: &'a [Posting],
}

impl<'a> Entry<'a> {
    /// The entry's events, each with its balanced postings (LEDGER-1).
    pub fn steps(&self) -> impl Iterator<Item = (&'a Event, &'a [Posting])> + use<'a> {
        let postings = self.postings;
        self.steps.iter().map(move |step| (&step.event, &postings[step.postings.clone()]))
    }
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
    Replayed {
        /// The entry's number.
        seq: u64,
    },
    /// It was refused and changed nothing (ATOMIC-1).
    Rejected(Rejection),
}

/// A member as others may see it.
#[derive(Clone, Copy, Debug)]
pub struct MemberView<'a> {
    /// Number in joining order.
    pub no: MemberNo,
    /// Outside id.
    pub id: &'a str,
    /// When it joined.
    pub joined_at: Timestamp,
    /// Who invited it.
    pub referrer: Option<MemberNo>,
    /// Bases of settled and pending lines, minus refunds (DISC-1a).
    pub spent: Money,
    /// Credits to its wallets from points, rebates and bonuses (DISC-1a).
    pub cash_received: Money,
    /// Withdrawable money now.
    pub cash: Money,
    /// Re-consumption money now.
    pub reconsume: Money,
    /// Money held for withdrawals.
    pub hold: Money,
    /// Points held, in present units.
    pub points: Points,
    /// What one sale of all points would pay now, net (DISC-1b).
    pub net_value: Money,
    /// Cap exits so far.
    pub exits: u32,
    /// Cap base of the present cycle (POOL-6).
    pub cap_base: Money,
    /// Points minted in the present cycle, in present units.
    pub earned: Points,
}

/// Bytes in use, by kind; what the memory benchmark reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct Footprint {
    /// Members: ids, balances, cycles, exit queue.
    pub members: usize,
    /// Orders and lines.
    pub orders: usize,
    /// Idempotency and natural keys.
    pub keys: usize,
}

impl Engine {
    /// Begins a programme with this plan. Its first entry (0) is in [`Engine::entries`].
    pub fn genesis(plan: Plan) -> Engine {
        let mut hasher = Sha256::new();
        hasher.update(b"ratchet genesis\0");
        hasher.update(plan.source.as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let mut seed = [0; 8];
        seed.copy_from_slice(&digest[..8]);
        Engine::genesis_with_seed(plan, u64::from_le_bytes(seed))
    }

    /// The same with a secret seed for the hashes of ids and keys. It changes no result and no digest; a server
    /// that takes ids from strangers should draw one at each start.
    pub fn genesis_with_seed(plan: Plan, seed: u64) -> Engine {
        let state = State::new(Arc::new(plan), HashSeed(seed));
        let mut engine = Engine { state, log: Log::default() };
        engine.log.begin(0, Timestamp::MIN, Cause::Genesis);
        engine.buy_house_points();
        engine.end_entry();
        engine
    }

    /// Takes a command: first everything due at or before its time is done, then it is decided and carried
    /// out or refused. The entries written are in [`Engine::entries`] until the next call.
    pub fn submit(&mut self, envelope: &Envelope) -> Outcome {
        let hashes = envelope.hashes(self.state.seed);
        self.submit_hashed(envelope, &hashes)
    }

    fn submit_hashed(&mut self, envelope: &Envelope, hashes: &Hashes) -> Outcome {
        self.log.clear();
        if let Some((stored, seq)) = self.state.commands.get(hashes.key) {
            return if stored == hashes.content {
                Outcome::Replayed { seq }
            } else {
                Outcome::Rejected(Rejection::KeyReused)
            };
        }
        if envelope.at < self.state.now {
            return Outcome::Rejected(Rejection::TimeWentBackwards);
        }
        self.do_due_work(envelope.at);
        let before = self.state.now;
        self.state.now = envelope.at;
        if self.state.seq >= ENTRIES_MAX {
            self.state.now = before;
            return Outcome::Rejected(Rejection::LimitReached);
        }
        let seq = self.state.seq;
        self.log.begin(seq, envelope.at, Cause::Command);
        self.state.named = hashes.named;
        let result = self.carry_out(envelope);
        self.state.named = Named::default();
        match result {
            Ok(()) => {
                self.state.commands.insert(hashes.key, hashes.content, seq);
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
        }
    }

    /// Submits the next of these commands, if there is one: the same as `submit` one by one, in less time, because
    /// the memory of those that follow is asked for meanwhile. Anything else may be done with the engine
    /// between two of them.
    #[inline]
    pub fn submit_next<'e>(
        &mut self,
        ahead: &mut Ahead<'e, impl Iterator<Item = &'e Envelope>>,
    ) -> Option<(&'e Envelope, Outcome)> {
        while ahead.coming.len() <= AHEAD
            && let Some(envelope) = ahead.envelopes.next()
        {
            let hashes = envelope.hashes(self.state.seed);
            self.fetch_look_ups(&hashes);
            ahead.coming.push_back(Coming { envelope, hashes });
        }
        if let Some(coming) = ahead.coming.get(ROWS_AHEAD) {
            self.fetch_rows(&coming.hashes.named);
        }
        if let Some(coming) = ahead.coming.get(LOTS_AHEAD) {
            self.fetch_lots(&coming.hashes.named);
        }
        let Coming { envelope, hashes } = ahead.coming.pop_front()?;
        Some((envelope, self.submit_hashed(envelope, &hashes)))
    }

    /// Submits commands in order; `each` sees the engine and the outcome after every one.
    pub fn submit_all(&mut self, envelopes: &[Envelope], mut each: impl FnMut(&Engine, &Envelope, Outcome)) {
        let mut ahead = Ahead::new(envelopes.iter());
        while let Some((envelope, outcome)) = self.submit_next(&mut ahead) {
            each(self, envelope, outcome);
        }
    }

    /// What `submit` would do, on a copy of the state: exact, including due work and cascades. Costs a copy;
    /// for a quote of a sale use [`Engine::quote`].
    pub fn preview(&self, envelope: &Envelope) -> (Outcome, Engine) {
        let mut copy = self.fork();
        let outcome = copy.submit(envelope);
        (outcome, copy)
    }

    /// An independent copy to play forward under other assumptions.
    pub fn fork(&self) -> Engine {
        self.clone()
    }

    /// What a sale of these points would pay now; `None` without a pool. In a plan with daily batches the price
    /// at the close of the day decides.
    pub fn quote(&self, points: Points) -> Option<Sale> {
        let plan = self.state.plan.pool?;
        Some(Sale::of(self.state.pair().gross(points), &plan))
    }

    /// When the next due work is; `time.advance` to there does it.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.next_due_item().map(|(at, _)| at)
    }

    /// The programme's time: that of the last command.
    pub fn now(&self) -> Timestamp {
        self.state.now
    }

    /// The number the next entry will have.
    pub fn next_seq(&self) -> u64 {
        self.state.seq
    }

    /// The plan it runs.
    pub fn plan(&self) -> &Plan {
        &self.state.plan
    }

    /// The entries written by the last `submit` (or by `genesis`), in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.log.entries.iter().map(|head| Entry {
            seq: head.seq,
            at: head.at,
            cause: head.cause,
            steps: &self.log.steps[head.steps.clone()],
            postings: &self.log.postings,
        })
    }

    /// How many members there are.
    pub fn member_count(&self) -> usize {
        self.state.members.len()
    }

    /// The member with this id.
    pub fn member(&self, id: &str) -> Option<MemberView<'_>> {
        self.state.members.find(id).map(|member| self.view(member))
    }

    /// All members in joining order.
    pub fn members(&self) -> impl Iterator<Item = MemberView<'_>> {
        self.state.members.iter().map(|member| self.view(member))
    }

    /// Sums over the programme's life and its balances now.
    pub fn totals(&self) -> Totals {
        let (state, pair) = (&self.state, self.state.pair());
        Totals {
            pool: pair.assets,
            supply: pair.supply,
            residual: state.money(AccountKind::PoolResidual),
            exponent: state.ledger.exponent(),
            operator_due: state.money(AccountKind::OperatorDue),
            ..state.totals
        }
    }

    /// The price now, as the exact pair.
    pub fn price(&self) -> Price {
        let pair = self.state.pair();
        Price { assets: pair.assets, supply: pair.supply, exponent: self.state.ledger.exponent() }
    }

    /// Every account with its balance: positive for what the programme owes or has earned, negative for
    /// debit-normal accounts ([`AccountKind::is_debit_normal`]); each asset sums to zero.
    pub fn accounts(&self) -> impl Iterator<Item = (Account, i128)> + '_ {
        self.state.ledger.accounts()
    }

    /// The outside id of the member, merchant or fund an account belongs to.
    pub fn account_owner(&self, account: Account) -> Option<&str> {
        let of = crate::id::index(account.of);
        match account.kind {
            AccountKind::Fund => self.state.plan.split.funds.get(of).map(|fund| fund.name.as_str()),
            AccountKind::MerchantPayable | AccountKind::MerchantDeposit | AccountKind::MerchantReceivable => {
                self.state.merchants.get(of).map(|id| id.as_str())
            }
            AccountKind::WalletCash
            | AccountKind::WalletReconsume
            | AccountKind::WalletHold
            | AccountKind::Receivable
            | AccountKind::MemberPoints => Some(self.state.members.name(MemberNo(account.of))),
            AccountKind::Bank
            | AccountKind::Escrow
            | AccountKind::PoolAssets
            | AccountKind::PoolResidual
            | AccountKind::CommissionPayable
            | AccountKind::CommissionUndistributed
            | AccountKind::PlatformRevenue
            | AccountKind::RefundReserve
            | AccountKind::RefundRecoverable
            | AccountKind::DividendPot
            | AccountKind::TaxPayable
            | AccountKind::Suspense
            | AccountKind::OperatorDue
            | AccountKind::PointsIssued
            | AccountKind::PointsHouse => None,
        }
    }

    /// An order's state and its member.
    pub fn order(&self, id: &str) -> Option<(OrderState, MemberNo)> {
        let number = self.find(KeyKind::Order, id)?;
        let order = self.state.orders.order(OrderNo(number));
        Some((order.state, order.member))
    }

    /// A withdrawal's state.
    pub fn withdrawal(&self, id: &str) -> Option<WithdrawalState> {
        let number = self.find(KeyKind::Withdrawal, id)?;
        Some(self.state.withdrawals.get(crate::id::WithdrawalNo(number)).state)
    }

    /// The supply epoch: how often the supply has become zero.
    pub fn epoch(&self) -> u32 {
        self.state.epoch
    }

    /// Bytes in use.
    pub fn footprint(&self) -> Footprint {
        let state = &self.state;
        Footprint {
            members: state.members.bytes()
                + state.ledger.bytes()
                + state.cycles.bytes()
                + state.exits.bytes()
                + state.sellers.len() * size_of::<(MemberNo, [u32; 2])>(),
            orders: state.orders.bytes() + state.settlements.len() * size_of::<crate::state::Due>(),
            keys: state.commands.bytes() + state.natural.bytes(),
        }
    }

    fn view(&self, member: MemberNo) -> MemberView<'_> {
        let state = &self.state;
        let row = state.members.get(member);
        let points = state.ledger.points(member);
        let balance = |kind| {
            let minor = state.ledger.balance(Account::member(kind, member));
            Money::from_wide(minor.unsigned_abs()).unwrap_or(Money::ZERO)
        };
        let cycle = state.cycles.get(member);
        MemberView {
            no: member,
            id: state.members.name(member),
            joined_at: row.joined_at,
            referrer: state.members.referrer(member),
            spent: row.spent,
            cash_received: row.received,
            cash: balance(AccountKind::WalletCash),
            reconsume: balance(AccountKind::WalletReconsume),
            hold: balance(AccountKind::WalletHold),
            points,
            net_value: self.quote(points).map_or(Money::ZERO, |sale| sale.net),
            exits: cycle.exits,
            cap_base: cycle.cap_base,
            earned: Points::from_units(cycle.earned(state.ledger.exponent())),
        }
    }

    /// Asks for what the look-ups of a command will read first.
    #[inline]
    fn fetch_look_ups(&self, hashes: &Hashes) {
        let state = &self.state;
        state.commands.prefetch(hashes.key);
        if let Some(order) = hashes.named.order {
            state.natural.orders().prefetch(order);
        }
        if let Some(member) = hashes.named.member {
            state.members.prefetch_lookup(member);
        }
    }

    /// Asks for the rows that the look-ups of a command lead to.
    #[inline]
    fn fetch_rows(&self, named: &Named) {
        let state = &self.state;
        if let Some(member) = named.member.and_then(|hash| state.members.guess(hash)) {
            state.members.prefetch_row(member);
            self.fetch_points(member);
        } else if let Some(order) = named.order.and_then(|key| state.natural.orders().guess(key)) {
            state.natural.orders().prefetch_key(order);
            state.orders.prefetch(OrderNo(order));
        }
    }

    /// Asks for what the rows of a command lead to.
    #[inline]
    fn fetch_lots(&self, named: &Named) {
        let state = &self.state;
        if let Some(member) = named.member.and_then(|hash| state.members.guess(hash)) {
            state.members.prefetch_name(member);
            self.fetch_newest_lot(member);
        } else if let Some(order) = named.order.and_then(|key| state.natural.orders().guess(key)) {
            state.orders.prefetch_first_line(OrderNo(order));
        }
    }

    /// Asks for what a mint or a sale of a member changes.
    #[inline]
    fn fetch_points(&self, member: MemberNo) {
        self.state.ledger.prefetch(member);
        self.state.cycles.prefetch(member);
        self.state.exits.prefetch(member.0);
    }

    /// Asks for the lot after which a member's next one is listed.
    #[inline]
    fn fetch_newest_lot(&self, member: MemberNo) {
        self.state.orders.prefetch_line(self.state.cycles.get(member).tail);
    }

    /// Asks for what the settlements behind the first will need.
    #[inline]
    fn fetch_settlements(&self) {
        let state = &self.state;
        if let Some(due) = state.settlements.get(ROWS_AHEAD) {
            state.orders.prefetch_first_line(due.order);
            self.fetch_points(state.orders.order(due.order).member);
        }
        if let Some(due) = state.settlements.get(LOTS_AHEAD) {
            self.fetch_newest_lot(state.orders.order(due.order).member);
        }
    }

    #[inline]
    fn carry_out(&mut self, envelope: &Envelope) -> Result<(), Rejection> {
        match &envelope.command {
            Command::MemberJoin { member, referrer, .. } => self.join(member, referrer.as_ref()),
            Command::OrderPlace { order, terms } => self.place(order, terms),
            Command::OrderPay { order, terms } => self.pay(order, terms.as_ref()),
            Command::OrderShip { order } => self.ship(order),
            Command::OrderReceive { order } => self.receive(order),
            Command::OrderClose { order } => self.close(order),
            Command::OrderRefund { refund, order, lines } => self.refund(refund, order, lines.as_deref()),
            Command::TimeAdvance => Ok(()),
            Command::PointsSell { member, points } => self.sell(member, *points),
            Command::PoolInject { amount, source } => self.inject(*amount, source),
            Command::ResidualPropose { disposal, method } => {
                self.propose_disposal(disposal, *method, &envelope.actor)
            }
            Command::ResidualApprove { disposal } => self.approve_disposal(disposal, &envelope.actor),
            Command::WalletWithdraw { withdrawal, member, amount } => {
                self.withdraw(withdrawal, member, *amount, &envelope.actor)
            }
            Command::WalletApprove { withdrawal } => self.approve_withdrawal(withdrawal, &envelope.actor),
            Command::WalletReject { withdrawal, reason } => self.reject_withdrawal(withdrawal, reason),
            Command::WalletSent { withdrawal } => self.withdrawal_sent(withdrawal),
            Command::WalletUnknown { withdrawal } => self.withdrawal_unknown(withdrawal),
            Command::WalletPaid { withdrawal } => self.withdrawal_paid(withdrawal),
            Command::WalletFailed { withdrawal } => self.withdrawal_failed(withdrawal),
        }
    }

    // ── due work (TIME-2) ──

    /// The next due work: earliest time, then kind, then order of creation.
    fn next_due_item(&self) -> Option<(Timestamp, DueKind)> {
        let state = &self.state;
        let close = (!state.requests.is_empty()).then_some((state.requests_at, DueKind::CloseOfDay));
        let settlement = state.settlements.front();
        let waiting = state.tomorrow.front();
        let later = match (settlement, waiting) {
            (Some(due), Some(waits)) => {
                let waits_first = (waits.at, waits.created) < (due.at, u64::from(due.created));
                Some(if waits_first {
                    (waits.at, DueKind::WaitingContribution(waits.order))
                } else {
                    (due.at, DueKind::Settlement(due.order))
                })
            }
            (Some(due), None) => Some((due.at, DueKind::Settlement(due.order))),
            (None, Some(waits)) => Some((waits.at, DueKind::WaitingContribution(waits.order))),
            (None, None) => None,
        };
        match (close, later) {
            (Some(close), Some(later)) => Some(if close.0 <= later.0 { close } else { later }),
            (close, later) => close.or(later),
        }
    }

    /// Does everything due at or before `until`, without a command: what a journal's last entries may be.
    pub(crate) fn advance_due(&mut self, until: Timestamp) {
        self.log.clear();
        self.do_due_work(until);
    }

    /// Does the next due work at or before `until`, one entry.
    pub(crate) fn advance_due_once(&mut self, until: Timestamp) {
        self.log.clear();
        while self.log.entries.is_empty() && self.do_next_due(until) {}
    }

    #[inline]
    fn do_due_work(&mut self, until: Timestamp) {
        while self.do_next_due(until) {}
    }

    /// Does the next due work if it is due by then; says whether there was any.
    #[inline]
    fn do_next_due(&mut self, until: Timestamp) -> bool {
        let Some((at, kind)) = self.next_due_item() else { return false };
        if at > until || self.state.seq >= ENTRIES_MAX {
            return false;
        }
        if let DueKind::Settlement(order) = kind {
            // Refunded meanwhile: nothing is left to settle and nothing is written.
            if self.state.orders.order(order).state != OrderState::Received {
                self.state.settlements.pop_front();
                return true;
            }
        }
        self.state.now = at;
        let seq = self.state.seq;
        self.log.begin(seq, at, Cause::Due(kind));
        match kind {
            DueKind::CloseOfDay => self.close_day(),
            DueKind::Settlement(order) => {
                self.fetch_settlements();
                self.settle(order);
            }
            DueKind::WaitingContribution(order) => self.contribute_waiting(order),
        }
        self.end_entry();
        true
    }

    // ── steps ──

    /// Adds a leg to the transaction being prepared.
    #[inline]
    pub(crate) fn post(&mut self, account: Account, amount: i128) {
        if amount != 0 {
            self.log.postings.push(Posting { account, amount });
        }
    }

    /// Adds a leg of money to a programme account.
    #[inline]
    pub(crate) fn post_money(&mut self, kind: AccountKind, money: Money) {
        self.post(Account::programme(kind), i128::from(money.minor()));
    }

    /// Takes a leg of money from a programme account.
    #[inline]
    pub(crate) fn post_out(&mut self, kind: AccountKind, money: Money) {
        self.post(Account::programme(kind), -i128::from(money.minor()));
    }

    /// Records an event with the postings prepared, and applies both.
    #[inline]
    pub(crate) fn commit(&mut self, event: Event) {
        let postings = self.log.taken..self.log.postings.len();
        self.log.taken = postings.end;
        step(&mut self.state, &event, &self.log.postings[postings.clone()]);
        self.log.steps.push(Step { event, postings });
    }

    fn end_entry(&mut self) {
        self.log.end();
        self.state.seq += 1;
    }

    /// In debug builds every invariant of a small programme is checked after each command.
    #[inline]
    fn check_small(&self) {
        #[cfg(debug_assertions)]
        if self.state.members.len() + self.state.orders.line_count() < 64
            && let Err(violation) = crate::invariant::check(&self.state)
        {
            panic!("invariant broken: {violation}");
        }
    }

    /// Whether this much more money may enter the programme.
    pub(crate) fn has_room_for(&self, money: Money) -> bool {
        let inside = self.state.ledger.programme(AccountKind::Bank).unsigned_abs();
        inside + money.wide() <= u128::from(PROGRAMME_MONEY_MAX.unsigned_abs())
    }

    /// The number behind a natural key.
    pub(crate) fn find(&self, kind: KeyKind, id: &str) -> Option<u32> {
        self.state.natural.get(kind, self.state.seed.key(kind, id))
    }

    /// The order that the command being carried out names.
    #[inline]
    pub(crate) fn named_order(&self, id: &str) -> Option<OrderNo> {
        self.state.natural.orders().get(self.state.order_key(id)).map(OrderNo)
    }
}

/// Applies one event with its postings: what `submit` and `replay` share. POOL-4 is checked here, in every
/// build: a step that would lower the price stops the engine.
#[inline]
fn step(state: &mut State, event: &Event, postings: &[Posting]) {
    let before = state.pair();
    state.ledger.post(postings);
    state.apply(event, &before);
    let after = state.pair();
    if before != after {
        let splits = matches!(event, Event::UnitsSplit {});
        assert!(splits || after.is_at_least(&before), "POOL-4: the price would fall: {event:?}");
    }
}

impl Log {
    #[inline]
    fn clear(&mut self) {
        self.entries.clear();
        self.steps.clear();
        self.postings.clear();
        self.taken = 0;
    }

    #[inline]
    fn begin(&mut self, seq: u64, at: Timestamp, cause: Cause) {
        let start = self.steps.len();
        self.entries.push(EntryHead { seq, at, cause, steps: start..start });
    }

    #[inline]
    fn end(&mut self) {
        let steps = self.steps.len();
        if let Some(head) = self.entries.last_mut() {
            head.steps.end = steps;
        }
    }

    /// What the transaction being prepared changes on an account.
    pub(crate) fn untaken(&self, account: Account) -> i128 {
        let legs = self.postings[self.taken..].iter().filter(|posting| posting.account == account);
        legs.map(|posting| posting.amount).sum()
    }

    /// Sum of the money legs of the transaction being prepared.
    pub(crate) fn untaken_money(&self) -> i128 {
        let legs = self.postings[self.taken..].iter();
        legs.filter(|posting| posting.account.kind.asset() == Asset::Money)
            .map(|posting| posting.amount)
            .sum()
    }

    fn abandon(&mut self) {
        let head = self.entries.pop();
        let unchanged = head.is_some_and(|head| head.steps.start == self.steps.len());
        assert!(unchanged && self.taken == self.postings.len(), "ATOMIC-1: a refused command took a step");
    }
}

/// Replay: rebuilding a state from recorded entries.
impl Engine {
    /// Applies one recorded entry: its events and postings as they are, nothing is decided again. `command` is
    /// the envelope of an entry caused by a command.
    pub fn replay(&mut self, at: Timestamp, command: Option<&Envelope>, steps: &[(Event, Vec<Posting>)]) {
        self.log.clear();
        self.state.now = at;
        for (event, postings) in steps {
            self.log.postings.extend_from_slice(postings);
            self.commit(event.clone());
        }
        if let Some(envelope) = command {
            let hashes = envelope.hashes(self.state.seed);
            self.state.commands.insert(hashes.key, hashes.content, self.state.seq);
        }
        self.state.seq += 1;
    }
}
