//! The engine: the one way in (`submit`), due work, replay, audit, and views of the state.

mod capital;
mod fork;

pub use crate::members::Flows;
pub use fork::{FORK_SOURCE, Hindrance};

pub use capital::{ClaimView, CoverageView, OfferView, RoundView, WindowView};

use std::ops::Range;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::amount::{Money, PROGRAMME_MONEY_MAX, Points};
use crate::catalogue::Sku;
use crate::command::{Command, Envelope, HashSeed, Submission};
use crate::commission::CommissionKind;
use crate::coupon::{Coupon, CouponState};
use crate::cycle::NONE;
use crate::disclosure::Row;
use crate::event::Event;
use crate::gate::{Admitted, Pass};
use crate::id::{MemberNo, OfferNo, OrderNo};
use crate::keys::{CommandKey, Guess, Hashes, KeyKind, Named, OrderStep, Spot};
use crate::ledger::{Account, AccountKind, Asset, Posting};
use crate::loyalty::LoyaltyTotals;
use crate::merchant::{MerchantState, MerchantTotals};
use crate::order::OrderState;
use crate::plan::{ExitBasis, Plan};
use crate::pool::{Price, Sale};
use crate::rejection::Rejection;
use crate::state::{State, Totals};
use crate::time::Timestamp;
use crate::timer::Timer;
use crate::wallet::WithdrawalState;
use crate::wind_down::Ending;

/// Most journal entries a programme can have.
pub const ENTRIES_MAX: u64 = 4_294_967_294;

/// Members and orders below which no memory is asked for ahead; few in debug builds, so that tests cross that border.
const SMALL: usize = if cfg!(debug_assertions) { 200 } else { 30_000 };
/// How many commands' or settlements' memory is asked for at once. Before memory is asked for, its page has to be found, and the
/// processor waits for that; where several stand together it finds them side by side.
const GROUP: usize = 8;
/// How many ahead the first memory is asked for: a command's look-ups, a settlement's order.
const AHEAD: usize = 3 * GROUP;
/// How many settlements ahead what the order leads to is asked for: its line and its buyer's row. A command's rows come with the
/// group after its look-ups, its names and lots with the one after that.
const ROWS_AHEAD: usize = 2 * GROUP;
/// How many settlements ahead what the row leads to is asked for: the newest lot.
const LOTS_AHEAD: usize = GROUP;
/// How many ahead the lots of the uplines are asked for: whose they are is known when the buyer's rows are there.
const UPLINES_AHEAD: usize = 2;
/// Places for commands on their way: a power of two.
const PLACES: usize = AHEAD + GROUP;

/// A running programme: state in memory, and what the last `submit` wrote.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) state: State,
    pub(crate) log: Log,
    /// Of a live programme: what it was admitted by (GATE-1). Nothing that was forked or read again has one.
    pass: Option<Box<Pass>>,
    /// The entry by which the last settlement came whose memory was asked for, plus 1.
    fetched: u32,
}

/// Commands on their way to [`Engine::submit_next`].
#[derive(Debug)]
pub struct Ahead<'e, I> {
    envelopes: I,
    /// Those whose memory has been asked for, each where its number says, so that none is ever moved.
    coming: [Option<Coming<'e>>; PLACES],
    /// Number of the first of them, and of the one that comes next.
    first: usize,
    next: usize,
    /// Numbers of the first whose rows were not asked for, and of the first whose lots were not.
    rows: usize,
    lots: usize,
}

#[derive(Debug)]
struct Coming<'e> {
    envelope: &'e Envelope,
    hashes: Hashes,
    /// Whom and what its look-ups will probably find.
    member: Option<MemberNo>,
    referrer: Option<MemberNo>,
    order: Option<OrderNo>,
    offer: Option<OfferNo>,
}

impl<'e, S: Submission<'e>, I: Iterator<Item = S>> Ahead<'e, I> {
    /// These, in this order.
    pub fn new(envelopes: I) -> Ahead<'e, I> {
        // Marked as empty one by one: copied from a constant, all their bytes would be.
        Ahead { envelopes, coming: std::array::from_fn(|_| None), first: 0, next: 0, rows: 0, lots: 0 }
    }

    /// The one so many places after the first.
    #[inline]
    fn after_first(&mut self, places: usize) -> Option<&mut Coming<'e>> {
        let place = self.first + places;
        if place < self.next { self.coming[place % PLACES].as_mut() } else { None }
    }
}

/// The entries written by the last `submit`, with their steps and postings, in reused buffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    entries: Vec<EntryHead>,
    /// Nothing while steps are not kept.
    events: Vec<Event>,
    /// See [`Engine::keep_steps`].
    drops_steps: bool,
    /// Where the postings of each event end; they begin where those of the event before end.
    ends: Vec<usize>,
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
    /// The close of a local day.
    CloseOfDay,
    /// The end of a period of the dividend (COMM-5).
    Dividend,
    /// A time-out or expiry.
    Timer(Timer),
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
    events: &'a [Event],
    /// Where the postings of each event end.
    ends: &'a [usize],
    /// Where those of the first begin.
    start: usize,
    postings: &'a [Posting],
}

impl<'a> Entry<'a> {
    /// The entry's events, each with its balanced postings (LEDGER-1).
    pub fn steps(&self) -> impl Iterator<Item = (&'a Event, &'a [Posting])> + use<'a> {
        let (postings, mut start) = (self.postings, self.start);
        self.events.iter().zip(self.ends).map(move |(event, end)| {
            let own = &postings[start..*end];
            start = *end;
            (event, own)
        })
    }
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
    /// Entitlements that orders lay down for others (COMM-0, EMIT-1).
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
    /// Not qualified until resumed (NET-2).
    pub suspended: bool,
    /// What it owes after late refunds (COMM-8, REL-5).
    pub receivable: Money,
    /// Place of its rank in the plan, from 0.
    pub rank: Option<usize>,
    /// Bases of its settled lines, less what was refunded late; in plans that count volumes (RANK-1).
    pub own_volume: Money,
    /// Team volume as counted at the last close of a day with a settlement.
    pub team_volume: Money,
    /// Release points held: locked ones and the fraction not converted yet.
    pub release_points: Points,
    /// Of them, locked in lots.
    pub release_remaining: Points,
    /// Value units not released yet.
    pub value_units: Points,
    /// Free emission points, its shares of ranks included (EMIT-3a).
    pub emission_points: Points,
    /// Emission points reserved for products sold.
    pub emission_reserved: Points,
    /// Loyalty points, one for each minor unit: good for goods only (LOY-1).
    pub loyalty: Money,
    /// Weight in the dividend, in millionths.
    pub weight_millionths: u64,
    /// The part of `cash_received` that came from others' purchases: commissions and dividends.
    pub commission_income: Money,
    /// Money held for open offers to buy (MKT-1b).
    pub market_hold: Money,
    /// Emission points held for open offers to sell.
    pub market_points: Points,
    /// What is left of its legacy claims (CLAIM-1).
    pub claim: Money,
    /// Points that cannot be sold or committed yet (CLAIM-2).
    pub locked_points: Points,
    /// Its shares; they are worth nothing in any disclosure (EQUITY-3).
    pub shares: u64,
}

/// Where the scheduled emission stands (EMIT-2 to EMIT-4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmissionView {
    /// Ever issued.
    pub issued: Points,
    /// Not issued so far, and issued only by an approved command.
    pub reserve: Points,
    /// Guide price: value units released …
    pub guide_released: Points,
    /// … per emission point issued, as of the last close; while either is zero the plan's first price counts.
    pub guide_issued: Points,
}

/// A merchant that applied, as others may see it (MERCH-1).
#[derive(Clone, Copy, Debug)]
pub struct MerchantView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// Outside id of the member whose it is.
    pub member: &'a str,
    /// Where it stands.
    pub state: MerchantState,
    /// Owed to it.
    pub payable: Money,
    /// Held for payouts.
    pub hold: Money,
    /// Owed by it after late refunds.
    pub receivable: Money,
}

/// A product that is or was listed (MERCH-6).
#[derive(Clone, Copy, Debug)]
pub struct ProductView<'a> {
    /// Outside id of the merchant.
    pub merchant: &'a str,
    /// Retail price of one.
    pub price: Money,
    /// Value units for one.
    pub value_award: Points,
    /// What the merchant gives up of the price of one.
    pub concession: Option<Money>,
    /// Whether it is listed now.
    pub listed: bool,
}

/// An article that is or was listed (CAT-1).
#[derive(Clone, Copy, Debug)]
pub struct SkuView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// The product it is a variant of.
    pub product: Option<&'a str>,
    /// Outside id of the merchant.
    pub merchant: Option<&'a str>,
    /// Price of one.
    pub price: Money,
    /// Cost of one.
    pub cost: Option<Money>,
    /// Award zone, as its place in the plan.
    pub zone: Option<u16>,
    /// How many can still be ordered; `None` if as many as are ordered.
    pub available: Option<u64>,
    /// Pieces that orders hold.
    pub held: u64,
    /// Pieces that left with orders.
    pub out: u64,
    /// Most in one order.
    pub limit_per_order: Option<u32>,
    /// Most of one member.
    pub limit_per_member: Option<u32>,
    /// Paid without cash (CAT-6).
    pub points_only: bool,
    /// Whether it is listed now.
    pub listed: bool,
}

/// A coupon (COUPON-1).
#[derive(Clone, Copy, Debug)]
pub struct CouponView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// Its kind, as its place in the plan.
    pub rule: usize,
    /// Whose.
    pub member: MemberNo,
    /// From when on it is no longer good.
    pub expires_at: Timestamp,
    /// Where it stands; one that has expired may still be free.
    pub state: CouponState,
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
    /// Begins a programme with a plan that was admitted: a sandbox plan is, a live one only by the gate (GATE-1).
    /// Its first entry (0) is in [`Engine::entries`].
    pub fn genesis(plan: impl Into<Admitted>) -> Engine {
        let admitted: Admitted = plan.into();
        let mut hasher = Sha256::new();
        hasher.update(b"ratchet genesis\0");
        hasher.update(admitted.plan().source.as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let mut seed = [0; 8];
        seed.copy_from_slice(&digest[..8]);
        Engine::genesis_with_seed(admitted, u64::from_le_bytes(seed))
    }

    /// The same with a secret seed for the hashes of ids and keys. It changes no result and no digest; a server
    /// that takes ids from strangers should draw one at each start.
    pub fn genesis_with_seed(plan: impl Into<Admitted>, seed: u64) -> Engine {
        let (plan, pass) = plan.into().into_parts();
        let state = State::new(Arc::new(plan), HashSeed(seed));
        let mut engine = Engine { state, log: Log::default(), pass: pass.map(Box::new), fetched: 0 };
        engine.log.begin(0, Timestamp::MIN, Cause::Genesis);
        engine.buy_house_points();
        engine.end_entry();
        engine
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
        if state.plan.commission.is_some() {
            state.commissions.reserve(members, orders, commission_items);
        }
        if state.plan.release.is_some() {
            state.releases.lots.reserve(members, orders, lots);
        }
        if state.plan.value.is_some() {
            state.values.lots.reserve(members, 0, lots);
        }
        match state.plan.pool.and_then(|pool| pool.exit).map(|exit| exit.basis) {
            Some(ExitBasis::Member) => state.exits.reserve(members),
            Some(ExitBasis::Lot) => state.exits.reserve(orders),
            None => {}
        }
    }

    /// What a live programme was admitted by. Without it no real money may move, whatever the plan's mode says: of
    /// forks, previews and journals read again it is `None`.
    pub fn pass(&self) -> Option<&Pass> {
        self.pass.as_deref()
    }

    /// Takes a command: first everything due at or before its time is done, then it is decided and carried
    /// out or refused. The entries written are in [`Engine::entries`] until the next call.
    pub fn submit(&mut self, envelope: &Envelope) -> Outcome {
        let hashes = envelope.hashes(self.state.seed);
        self.submit_hashed(envelope, &hashes)
    }

    fn submit_hashed(&mut self, envelope: &Envelope, hashes: &Hashes) -> Outcome {
        self.log.clear();
        let mut named = hashes.named;
        self.find_named_order(&mut named);
        let spot = match self.seen(envelope, hashes.key, &named) {
            Ok((stored, seq)) if stored == hashes.content => return Outcome::Replayed { seq },
            Ok(_) => return Outcome::Rejected(Rejection::KeyReused),
            Err(spot) => spot,
        };
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
        self.state.named = named;
        let result = self.carry_out(envelope);
        self.state.named = Named::default();
        match result {
            Ok(()) => {
                self.remember(envelope, hashes, named.guess.order, spot);
                self.state.command_applied();
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

    /// Looks the order up that a command names, once: from then on the guess is its number; if there is none, where it would be
    /// added is known.
    #[inline]
    fn find_named_order(&self, named: &mut Named) {
        if let Some(key) = named.key.filter(|_| named.kind == KeyKind::Order) {
            match self.state.natural.orders().get_guessed(key, named.guess.order) {
                Ok(number) => named.guess.order = number,
                Err(spot) => (named.guess.order, named.spot) = (Guess::default().order, spot),
            }
        }
    }

    /// What was stored under the key of a command whose order was looked up: content and entry; or where the key would be
    /// added.
    #[inline]
    fn seen(&self, envelope: &Envelope, key: CommandKey, named: &Named) -> Result<(u64, u64), Spot> {
        let commands = &self.state.commands;
        match key {
            CommandKey::Any(key) => commands.get(key),
            CommandKey::OfOrder(step) => match commands.get_of_order(named.guess.order, step) {
                Some(stored) => Ok(stored),
                None if commands.have_strays() => commands.get(envelope.key_hash(self.state.seed)),
                None => Err(Spot::NONE),
            },
            CommandKey::Stray(key) => {
                let of_order = OrderStep::of_key(envelope.key.as_str())
                    .and_then(|(step, id)| commands.get_of_order(self.find(KeyKind::Order, id)?, step));
                of_order.map_or_else(|| commands.get(key), Ok)
            }
        }
    }

    /// Remembers a command that was carried out by the entry that is being written, and whose order probably has this number.
    #[inline]
    fn remember(&mut self, envelope: &Envelope, hashes: &Hashes, order: u32, spot: Spot) {
        let (state, content) = (&mut self.state, hashes.content);
        let seq = state.seq;
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
            CommandKey::Stray(key) => state.commands.insert_stray(key, content, seq),
        }
    }

    /// Submits the next of these commands, if there is one: the same as `submit` one by one, in less time, because
    /// the memory of those that follow is asked for meanwhile. Anything else may be done with the engine
    /// between two of them.
    #[inline]
    pub fn submit_next<'e, S: Submission<'e>>(
        &mut self,
        ahead: &mut Ahead<'e, impl Iterator<Item = S>>,
    ) -> Option<(&'e Envelope, Outcome)> {
        if self.is_small() && ahead.first == ahead.next {
            let submission = ahead.envelopes.next()?;
            let envelope = submission.envelope();
            return Some((envelope, self.submit_hashed(envelope, &submission.hashed(self.state.seed).0)));
        }
        if ahead.next - ahead.first <= AHEAD {
            self.take_group(ahead);
        }
        if self.grants() {
            if let Some(member) = ahead.after_first(UPLINES_AHEAD).and_then(|coming| coming.member) {
                self.fetch_uplines(member);
            }
            if let Some(member) = ahead.after_first(1).and_then(|coming| coming.member) {
                self.fetch_newest_grants(member);
            }
        }
        let coming = ahead.after_first(0)?;
        let envelope = coming.envelope;
        let outcome = self.submit_hashed(envelope, &coming.hashes);
        ahead.first += 1;
        Some((envelope, outcome))
    }

    /// Takes the next group of commands and asks for its first memory, and for what that of the groups before leads to. Each
    /// group is asked for in one go (see [`GROUP`]).
    fn take_group<'e, S: Submission<'e>>(&self, ahead: &mut Ahead<'e, impl Iterator<Item = S>>) {
        let begin = ahead.next;
        while ahead.next < begin + GROUP
            && let Some(submission) = ahead.envelopes.next()
        {
            let (envelope, hashes) = (submission.envelope(), submission.hashed(self.state.seed).0);
            ahead.coming[ahead.next % PLACES] =
                Some(Coming { envelope, hashes, member: None, referrer: None, order: None, offer: None });
            ahead.next += 1;
        }
        for number in begin..ahead.next {
            if let Some(coming) = &ahead.coming[number % PLACES] {
                self.fetch_look_ups(&coming.hashes);
            }
        }
        for number in ahead.rows..begin {
            if let Some(coming) = &mut ahead.coming[number % PLACES] {
                self.fetch_rows(coming);
            }
        }
        for number in ahead.lots..ahead.rows {
            if let Some(coming) = &ahead.coming[number % PLACES] {
                self.fetch_lots(coming);
            }
        }
        (ahead.rows, ahead.lots) = (begin, ahead.rows);
    }

    /// Whether everything lies in the processor's caches, so that asking for memory costs more than it brings.
    #[inline]
    fn is_small(&self) -> bool {
        self.state.members.len() + self.state.orders.order_count() < SMALL
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

    /// An independent copy to play forward under other assumptions. It carries no pass (GATE-1).
    pub fn fork(&self) -> Engine {
        Engine { pass: None, ..self.clone() }
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

    /// When the next order settles, contribution is taken up or batch of sales executes, if any is still to come. Unlike
    /// [`Engine::next_due`] this ends: closes of days and dividends go on for ever.
    pub fn next_settlement(&self) -> Option<Timestamp> {
        let state = &self.state;
        let sales = (!state.requests.is_empty()).then_some(state.requests_at);
        let received = |due: &&crate::state::Due| state.orders.order(due.order).state == OrderState::Received;
        let settlement = state.settlements.iter().find(received).map(|due| due.at);
        let waiting = state.tomorrow.front().map(|waits| waits.at);
        [sales, settlement, waiting].into_iter().flatten().min()
    }

    /// The programme's time: that of the last command.
    pub fn now(&self) -> Timestamp {
        self.state.now
    }

    /// The number the next entry will have.
    pub fn next_seq(&self) -> u64 {
        self.state.seq
    }

    /// What commands are hashed with before they are submitted ([`Prepared`](crate::command::Prepared)).
    pub fn hash_seed(&self) -> HashSeed {
        self.state.seed
    }

    /// The plan it runs.
    pub fn plan(&self) -> &Plan {
        &self.state.plan
    }

    /// Whether entries have their steps in [`Engine::entries`], as they do unless somebody says that nobody looks at them. It
    /// decides nothing else.
    pub fn keep_steps(&mut self, keep: bool) {
        self.log.drops_steps = !keep;
    }

    /// The entries written by the last `submit` (or by `genesis`), in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.log.entries.iter().map(|head| Entry {
            seq: head.seq,
            at: head.at,
            cause: head.cause,
            events: self.log.events.get(head.steps.clone()).unwrap_or_default(),
            ends: &self.log.ends[head.steps.clone()],
            start: head.steps.start.checked_sub(1).map_or(0, |before| self.log.ends[before]),
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

    /// The member with this number.
    pub fn member_at(&self, member: MemberNo) -> Option<MemberView<'_>> {
        (member.index() < self.state.members.len()).then(|| self.view(member))
    }

    /// What each member spent and received, in joining order: all that a count of those who have their money back needs.
    pub fn member_flows(&self) -> impl Iterator<Item = (Money, Money)> + '_ {
        self.state.members.rows().iter().map(|row| (row.spent, row.received))
    }

    /// What all members together spent and received, and how many have their money back: the sums of
    /// [`Engine::member_flows`], known at any time.
    pub fn flows(&self) -> Flows {
        self.state.members.flows()
    }

    /// What the disclosure needs of each member, in joining order: a part of its view, in a fraction of the time.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let state = &self.state;
        state.members.rows().iter().zip(state.members.iter()).map(move |(row, member)| {
            let points = state.ledger.points(member);
            Row {
                joined_at: row.joined_at,
                spent: row.spent,
                cash: row.received,
                held: self.quote(points).map_or(Money::ZERO, |sale| sale.net),
                points,
                commissions: state.commissions.income(member),
                rank: state.network.rank(member),
            }
        })
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
            to_buyers: state.wind_down.instead.values().fold(Money::ZERO, |sum, paid| sum.plus(*paid)),
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
            AccountKind::MerchantPayable
            | AccountKind::MerchantDeposit
            | AccountKind::MerchantReceivable
            | AccountKind::MerchantHold => self.state.merchants.get(of).map(|id| id.as_str()),
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
            | AccountKind::MarketHold
            | AccountKind::MarketPoints
            | AccountKind::MemberClaim
            | AccountKind::MemberShares => Some(self.state.members.name(MemberNo(account.of))),
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
            | AccountKind::FundingRounds => None,
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

    /// The merchants that applied, by number.
    pub fn merchants(&self) -> impl Iterator<Item = MerchantView<'_>> {
        let state = &self.state;
        state.merchant_records.records().map(move |(number, record)| {
            let balance = |kind| {
                let minor = state.ledger.balance(Account::merchant(kind, number)).unsigned_abs();
                Money::from_wide(minor).unwrap_or(Money::ZERO)
            };
            MerchantView {
                id: state.merchants[number.index()].as_str(),
                member: state.members.name(record.member),
                state: record.state,
                payable: balance(AccountKind::MerchantPayable),
                hold: balance(AccountKind::MerchantHold),
                receivable: balance(AccountKind::MerchantReceivable),
            }
        })
    }

    /// The merchant with this id, if it has applied.
    pub fn merchant(&self, id: &str) -> Option<MerchantView<'_>> {
        self.merchants().find(|merchant| merchant.id == id)
    }

    /// The product with this id, listed or delisted.
    pub fn product(&self, id: &str) -> Option<ProductView<'_>> {
        let number = self.find(KeyKind::Product, id)?;
        let product = self.state.merchant_records.product(crate::id::ProductNo(number));
        Some(ProductView {
            merchant: self.state.merchants[product.merchant.index()].as_str(),
            price: product.price,
            value_award: product.award,
            concession: product.concession,
            listed: product.listed,
        })
    }

    /// How far the end of the programme has come, and when it is (WIND-1).
    pub fn ending(&self) -> (Ending, Option<Timestamp>) {
        (self.state.wind_down.ending, self.state.wind_down.closes_at())
    }

    /// Outside money that came into funds of the split: fund, source, sum (ADMALL-1).
    pub fn fund_deposits(&self) -> impl Iterator<Item = (&str, &str, Money)> {
        let funds = &self.state.plan.split.funds;
        self.state.deposits.iter().map(|((fund, source), amount)| {
            (funds[crate::id::index(*fund)].name.as_str(), source.as_str(), *amount)
        })
    }

    /// The articles, by number.
    pub fn skus(&self) -> impl Iterator<Item = SkuView<'_>> {
        self.state.catalogue.skus().iter().map(|sku| self.sku_view(sku))
    }

    /// The article with this id, listed or delisted.
    pub fn sku(&self, id: &str) -> Option<SkuView<'_>> {
        let number = self.find(KeyKind::Sku, id)?;
        Some(self.sku_view(self.state.catalogue.sku(crate::id::SkuNo(number))))
    }

    fn sku_view<'a>(&'a self, sku: &'a Sku) -> SkuView<'a> {
        SkuView {
            id: sku.id.as_str(),
            product: sku.product.as_ref().map(|product| product.as_str()),
            merchant: sku.merchant.map(|merchant| self.state.merchants[merchant.index()].as_str()),
            price: sku.price,
            cost: sku.cost,
            zone: sku.zone,
            available: sku.stock.available(),
            held: sku.stock.held,
            out: sku.stock.out,
            limit_per_order: sku.limit_per_order,
            limit_per_member: sku.limit_per_member,
            points_only: sku.points_only,
            listed: sku.listed,
        }
    }

    /// The coupons, in the order of issue.
    pub fn coupons(&self) -> impl Iterator<Item = CouponView<'_>> {
        self.state.coupons.list().iter().map(coupon_view)
    }

    /// The coupon with this id.
    pub fn coupon(&self, id: &str) -> Option<CouponView<'_>> {
        let number = self.find(KeyKind::Coupon, id)?;
        Some(coupon_view(self.state.coupons.get(crate::id::CouponNo(number))))
    }

    /// Sums of loyalty points over the programme's life.
    pub fn loyalty_totals(&self) -> LoyaltyTotals {
        self.state.loyalty.totals
    }

    /// Sums of tips and listed products over the programme's life.
    pub fn merchant_totals(&self) -> MerchantTotals {
        self.state.merchant_records.totals
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
                + state.exits.bytes()
                + state.tasks.bytes()
                + state.releases.bytes()
                + state.values.bytes()
                + state.emission.bytes()
                + state.coupons.bytes()
                + state.loyalty.bytes()
                + state.chain.bytes()
                + state.network.bytes()
                + state.volumes.bytes()
                + state.commissions.bytes().1
                + state.market.bytes()
                + state.sellers.len() * size_of::<(MemberNo, [u32; 2])>(),
            orders: state.orders.bytes()
                + state.catalogue.bytes()
                + state.campaigns.bytes()
                + state.draws.bytes()
                + state.boxes.bytes()
                + state.relist.bytes()
                + state.sources.len()
                + state.commissions.bytes().0
                + state.settlements.len() * size_of::<crate::state::Due>(),
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
        let units = |kind| {
            let units = state.ledger.balance(Account::member(kind, member));
            Points::from_units(units.unsigned_abs())
        };
        let cycle = state.ledger.cycle(member);
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
            suspended: state.network.is_suspended(member),
            receivable: balance(AccountKind::Receivable),
            rank: state.network.rank(member),
            own_volume: state.volumes.own(member),
            team_volume: state.volumes.team(member),
            release_points: units(AccountKind::MemberRelease),
            release_remaining: Points::from_units(
                units(AccountKind::MemberRelease).units().saturating_sub(state.releases.fraction(member)),
            ),
            value_units: units(AccountKind::MemberValue),
            emission_points: Points::from_units(
                units(AccountKind::MemberEmission).units() + state.emission_accrued(member).units(),
            ),
            emission_reserved: units(AccountKind::MemberEmissionReserved),
            loyalty: balance(AccountKind::MemberLoyalty),
            weight_millionths: state.dividend.weight(member),
            commission_income: state.commissions.income(member),
            market_hold: balance(AccountKind::MarketHold),
            market_points: units(AccountKind::MarketPoints),
            claim: balance(AccountKind::MemberClaim),
            locked_points: Points::from_units(state.claims.locked(member, state.ledger.exponent())),
            shares: u64::try_from(state.ledger.balance(Account::member(AccountKind::MemberShares, member)))
                .unwrap_or(0),
        }
    }

    /// Where the scheduled emission stands.
    pub fn emission(&self) -> EmissionView {
        let emission = &self.state.emission;
        let (guide_released, guide_issued) = emission.guide;
        EmissionView { issued: emission.issued, reserve: emission.reserve, guide_released, guide_issued }
    }

    /// What negative periods still have to be made up before a dividend is paid (COMM-5).
    pub fn dividend_deficit(&self) -> Money {
        self.state.dividend.deficit
    }

    /// Commissions paid so far, less what late refunds took back, by kind and distance; distances from
    /// [`DISTANCES_MAX`](crate::commission::DISTANCES_MAX) on are counted there. Only those that are not zero.
    pub fn commissions(&self) -> impl Iterator<Item = (CommissionKind, usize, Money)> + '_ {
        let paid = self.state.commissions.paid().filter(|(_, _, amount)| *amount != 0);
        paid.map(|(kind, distance, amount)| {
            (kind, distance, Money::from_minor(amount).unwrap_or(Money::ZERO))
        })
    }

    /// Members that are agents, by territory, each territory's in the order of appointment (COMM-4a).
    pub fn agents(&self) -> impl Iterator<Item = (u32, &[MemberNo])> {
        self.state.commissions.territories()
    }

    /// Money that releases would have paid if their fund had held it (REL-4a).
    pub fn release_shortfall(&self) -> Money {
        self.state.releases.shortfall
    }

    /// Asks for what the look-ups of a command will read first.
    #[inline]
    fn fetch_look_ups(&self, hashes: &Hashes) {
        let state = &self.state;
        match hashes.key {
            CommandKey::Any(key) | CommandKey::Stray(key) => state.commands.prefetch(key),
            CommandKey::OfOrder(_) => {}
        }
        let Named { guess, .. } = hashes.named;
        if let Some(key) = hashes.named.key {
            if hashes.named.kind == KeyKind::Offer {
                state.natural.prefetch_other(key);
            } else if !guess.has_order() {
                state.natural.orders().prefetch(key);
            }
        }
        let named = [(guess.member, hashes.named.member), (guess.referrer, hashes.named.referrer)];
        for hash in
            named.into_iter().filter(|(guess, _)| !state.members.has(*guess)).filter_map(|(_, hash)| hash)
        {
            state.members.prefetch_lookup(hash);
        }
    }

    /// Asks for the rows that the look-ups of a command lead to.
    #[inline]
    fn fetch_rows(&self, coming: &mut Coming<'_>) {
        let (state, named) = (&self.state, &coming.hashes.named);
        if let Some(hash) = named.member {
            coming.member = self.fetch_member(named.guess.member, hash);
            if let Some(member) = coming.member.filter(|_| self.may_touch_points(coming.envelope)) {
                self.fetch_points(member);
            }
        } else if let Some(key) = named.key.filter(|_| named.kind == KeyKind::Offer) {
            coming.offer = state.natural.guess_other(key).map(OfferNo);
            if let Some(offer) = coming.offer {
                state.market.prefetch(offer.0);
            }
        } else if let Some(key) = named.key {
            coming.order = match named.guess.has_order() {
                // It may be that of a command right before this one.
                true => Some(OrderNo(named.guess.order))
                    .filter(|order| order.index() < state.orders.order_count()),
                false => state.natural.orders().guess(key).map(OrderNo),
            };
            if let Some(order) = coming.order {
                state.orders.prefetch(order);
                if let CommandKey::OfOrder(_) = coming.hashes.key {
                    state.commands.prefetch_order(order.0);
                }
            }
        }
        coming.referrer = named.referrer.and_then(|hash| self.fetch_member(named.guess.referrer, hash));
    }

    /// Asks for the rows of whom a look-up with this hash will probably find, and says who that is.
    #[inline]
    fn fetch_member(&self, guess: u32, hash: u64) -> Option<MemberNo> {
        let member = match self.state.members.has(guess) {
            true => MemberNo(guess),
            false => self.state.members.guess(hash)?,
        };
        self.state.members.prefetch_row(member);
        self.state.network.prefetch(member);
        Some(member)
    }

    /// Asks for what the rows of a command lead to.
    #[inline]
    fn fetch_lots(&self, coming: &Coming<'_>) {
        if let Some(member) = coming.member {
            self.state.members.prefetch_name(member);
            self.state.network.prefetch_referrer(member);
            if self.may_touch_points(coming.envelope) {
                self.fetch_newest_lot(member);
            }
            if self.grants() {
                self.fetch_grants(member);
            }
        }
        if let Some(referrer) = coming.referrer {
            self.state.members.prefetch_name(referrer);
        }
        if let Some(order) = coming.order {
            self.state.orders.prefetch_first_line(order);
            self.state.commissions.prefetch(order);
        }
        if let Some(offer) = coming.offer {
            self.state.market.prefetch_around(offer);
        }
    }

    /// Whether a command may change its member's points by itself: an order that settles days later does not.
    #[inline]
    fn may_touch_points(&self, envelope: &Envelope) -> bool {
        self.state.plan.settlement.after_sale_days == 0
            || !matches!(envelope.command, Command::OrderPay { .. } | Command::OrderPlace { .. })
    }

    /// Asks for what a mint or a sale of a member changes.
    #[inline]
    fn fetch_points(&self, member: MemberNo) {
        self.state.ledger.prefetch(member);
        self.state.exits.prefetch(member.0);
    }

    /// Asks for the lot after which a member's next one is listed; for its place in the exit queue if it has none.
    #[inline]
    fn fetch_newest_lot(&self, member: MemberNo) {
        let tail = self.state.ledger.cycle(member).tail;
        if tail == NONE {
            self.state.exits.prefetch(member.0);
        } else {
            self.state.orders.prefetch_line(tail);
        }
    }

    /// Whether settled lines grant their buyers anything.
    #[inline]
    fn grants(&self) -> bool {
        self.state.plan.value.is_some() || self.state.plan.release.is_some()
    }

    /// Asks for what a grant to a member changes, and for who is above it.
    #[inline(never)]
    fn fetch_grants(&self, member: MemberNo) {
        let state = &self.state;
        state.ledger.prefetch_grants(member);
        state.volumes.prefetch(member);
        state.releases.lots.prefetch_list(member);
        state.values.lots.prefetch_list(member);
        state.members.prefetch_referrer(member);
    }

    /// Asks for what grants to a buyer's uplines change (EMIT-1).
    #[inline(never)]
    fn fetch_uplines(&self, member: MemberNo) {
        let state = &self.state;
        state.releases.lots.prefetch_newest(member);
        for above in self.generations(member) {
            state.ledger.prefetch_grants(above);
            state.values.lots.prefetch_list(above);
        }
    }

    /// Asks for the newest lots of value units of a buyer and of its uplines.
    #[inline(never)]
    fn fetch_newest_grants(&self, member: MemberNo) {
        let lots = &self.state.values.lots;
        lots.prefetch_newest(member);
        for above in self.generations(member) {
            lots.prefetch_newest(above);
        }
    }

    /// The uplines who get a part of a buyer's value units, as far as there are any.
    #[inline]
    fn generations(&self, member: MemberNo) -> impl Iterator<Item = MemberNo> + '_ {
        let generations = self.state.plan.value.as_ref().map_or(0, |value| value.referral.len());
        let above = |at: &MemberNo| self.state.members.referrer(*at);
        std::iter::successors(above(&member), above).take(generations)
    }

    /// Asks for what the settlements behind the first will need.
    #[inline]
    fn fetch_settlements(&mut self) {
        if self.is_small() {
            return;
        }
        let settlements = &self.state.settlements;
        if settlements.get(AHEAD).is_some_and(|due| due.created >= self.fetched) {
            self.fetched = self.fetch_group_of_settlements();
        }
        if self.grants() {
            let buyer = |due: &crate::state::Due| self.state.orders.order(due.order).member;
            if let Some(due) = settlements.get(UPLINES_AHEAD) {
                self.fetch_uplines(buyer(due));
            }
            if let Some(due) = settlements.get(1) {
                self.fetch_newest_grants(buyer(due));
            }
        }
    }

    /// The same for the next group, and for what that of the groups before leads to; says from which entry on settlements
    /// are left for the next time.
    fn fetch_group_of_settlements(&self) -> u32 {
        let state = &self.state;
        let group = |from: usize| {
            let end = state.settlements.len();
            state.settlements.range(from.min(end)..(from + GROUP).min(end))
        };
        for due in group(AHEAD) {
            state.orders.prefetch(due.order);
        }
        for due in group(ROWS_AHEAD) {
            state.orders.prefetch_first_line(due.order);
            state.commissions.prefetch(due.order);
            state.ledger.prefetch(state.orders.order(due.order).member);
        }
        for due in group(LOTS_AHEAD) {
            let member = state.orders.order(due.order).member;
            self.fetch_newest_lot(member);
            if self.grants() {
                self.fetch_grants(member);
            }
        }
        group(AHEAD).next_back().map_or(self.fetched, |last| last.created + 1)
    }

    #[inline]
    fn carry_out(&mut self, envelope: &Envelope) -> Result<(), Rejection> {
        if self.state.wind_down.ending != Ending::None {
            self.check_ending(&envelope.command)?;
        }
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
            Command::MemberBind { member, referrer } => self.bind(member, referrer),
            Command::MemberSuspend { member, reason } => self.suspend_member(member, reason),
            Command::MemberResume { member } => self.resume_member(member),
            Command::TaskComplete { member, task } => self.complete_task(member, task.as_ref()),
            Command::AgentAppoint { member, territory, level } => {
                self.appoint_agent(member, *territory, *level)
            }
            Command::AgentDismiss { member, territory } => self.dismiss_agent(member, *territory),
            Command::ShareholderSet { member, weight_millionths } => {
                self.set_shareholder(member, *weight_millionths)
            }
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
            Command::MarketResume => self.resume_market(),
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
                self.grant_points(grant, member, *points, *injection)
            }
            Command::WindDownPropose { wind_down, closes_at, reason } => {
                self.propose_wind_down(wind_down, *closes_at, reason, &envelope.actor)
            }
            Command::WindDownApprove { wind_down } => self.approve_wind_down(wind_down, &envelope.actor),
        }
    }

    // ── due work (TIME-2) ──

    /// The next due work: earliest time, then kind, then order of creation.
    #[inline]
    fn next_due_item(&self) -> Option<(Timestamp, DueKind)> {
        let state = &self.state;
        let sales = (!state.requests.is_empty()).then_some(state.requests_at);
        let close = sales.or(state.close_at).map(|at| (at, DueKind::CloseOfDay));
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
        let dividend = state.dividend.due_at.map(|at| (at, DueKind::Dividend));
        let timer = state.timers.first().map(|(at, timer)| (at, DueKind::Timer(timer)));
        // At one instant the kind that stands first; most programmes have settlements alone.
        let mut next = later;
        for (at, kind) in [timer, dividend, close].into_iter().flatten() {
            if next.is_none_or(|(other, _)| at <= other) {
                next = Some((at, kind));
            }
        }
        next
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
        while self.may_be_due(until) && self.do_next_due(until) {}
    }

    /// Whether there may be due work; false is certain, and the common case.
    #[inline]
    fn may_be_due(&self, until: Timestamp) -> bool {
        let state = &self.state;
        let passed = |at: Option<Timestamp>| at.is_some_and(|at| at <= until);
        state.settlements.front().is_some_and(|due| due.at <= until)
            || passed(state.close_at)
            || passed(state.dividend.due_at)
            || passed(state.timers.first().map(|(at, _)| at))
            || !state.tomorrow.is_empty()
            || !state.requests.is_empty()
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
            DueKind::Dividend => self.pay_dividend(),
            DueKind::Timer(timer) => self.fire(timer),
            DueKind::Settlement(order) => {
                self.fetch_settlements();
                self.settle(order);
            }
            DueKind::WaitingContribution(order) => self.contribute_waiting(order),
        }
        self.end_entry();
        true
    }

    /// Something ends by itself.
    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Payment(order) => self.payment_timed_out(OrderNo(order)),
            Timer::Group(order) => self.group_timed_out(OrderNo(order)),
            Timer::Reveal(order) => self.reveal_timed_out(OrderNo(order)),
            Timer::Shipment(order) => self.shipment_timed_out(OrderNo(order)),
            Timer::Voucher(order) => self.voucher_expired(OrderNo(order)),
            Timer::Loyalty(member) => self.expire_loyalty(MemberNo(member)),
            Timer::Round(round) => self.stream_round(round),
            Timer::Window(window) => self.close_window(window),
            Timer::Stage(line) => self.free_stage(crate::id::LineNo(line)),
            Timer::Boxes(campaign) => self.box_sale_ends(crate::id::CampaignNo(campaign)),
            Timer::WindDown => self.wind_down(),
        }
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

    /// Records an event with the postings prepared, and applies both. One function for all: an order runs through
    /// more instructions than the processor's first cache holds, each of them once or twice.
    #[inline(never)]
    pub(crate) fn commit(&mut self, event: Event) {
        let log = &mut self.log;
        let postings = log.taken..log.postings.len();
        log.taken = postings.end;
        log.ends.push(postings.end);
        step(&mut self.state, &event, &log.postings[postings]);
        if !log.drops_steps {
            // Moved last: what was written in parts and is read as a whole at once makes the processor wait.
            log.events.push(event);
        }
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
        let (orders, key, named) = (self.state.natural.orders(), self.state.order_key(id), &self.state.named);
        if orders.lacks(key, named.spot) {
            return None;
        }
        orders.get_guessed(key, named.guess.order).ok().map(OrderNo)
    }
}

fn coupon_view(coupon: &Coupon) -> CouponView<'_> {
    CouponView {
        id: coupon.id.as_str(),
        rule: usize::from(coupon.rule),
        member: coupon.member,
        expires_at: coupon.expires_at,
        state: coupon.state,
    }
}

/// Applies one event with its postings: what `submit` and `replay` share. POOL-4 is checked here, in every
/// build: a step that would lower the price stops the engine.
#[inline]
fn step(state: &mut State, event: &Event, postings: &[Posting]) {
    let before = state.ledger.price_balances();
    if postings.is_empty() {
        // Pool and supply are balances: without a posting only a split changes them.
        return state.apply(event, before);
    }
    state.ledger.post(postings);
    state.apply(event, before);
    let after = state.ledger.price_balances();
    if before != after {
        let splits = matches!(event, Event::UnitsSplit {});
        let holds = splits || after.pair().is_at_least(&before.pair());
        assert!(holds, "POOL-4: the price would fall: {event:?}");
    }
}

impl Log {
    #[inline]
    fn clear(&mut self) {
        self.entries.clear();
        self.events.clear();
        self.ends.clear();
        self.postings.clear();
        self.taken = 0;
    }

    #[inline]
    fn begin(&mut self, seq: u64, at: Timestamp, cause: Cause) {
        let start = self.ends.len();
        self.entries.push(EntryHead { seq, at, cause, steps: start..start });
    }

    #[inline]
    fn end(&mut self) {
        let steps = self.ends.len();
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
        let unchanged = head.is_some_and(|head| head.steps.start == self.ends.len());
        assert!(unchanged && self.taken == self.postings.len(), "ATOMIC-1: a refused command took a step");
    }
}

/// Replay: rebuilding a state from recorded entries.
impl Engine {
    /// Applies one recorded entry: its events and postings as they are, nothing is decided again. `command` is
    /// the envelope of an entry caused by a command.
    pub fn replay(&mut self, at: Timestamp, command: Option<&Envelope>, steps: &[(Event, Vec<Posting>)]) {
        self.replay_begin(at);
        for (event, postings) in steps {
            self.replay_step(event, postings);
        }
        self.replay_end(command);
    }

    /// The same step by step: first this, then each step, then [`Engine::replay_end`].
    pub(crate) fn replay_begin(&mut self, at: Timestamp) {
        self.log.clear();
        self.state.now = at;
    }

    pub(crate) fn replay_step(&mut self, event: &Event, postings: &[Posting]) {
        self.log.postings.extend_from_slice(postings);
        self.commit(event.clone());
    }

    pub(crate) fn replay_end(&mut self, command: Option<&Envelope>) {
        if let Some(envelope) = command {
            let hashes = envelope.hashes(self.state.seed);
            self.remember(envelope, &hashes, hashes.named.guess.order, Spot::NONE);
            self.state.command_applied();
        }
        self.state.seq += 1;
    }
}
