//! Prefetching for commands and settlements that come next: it changes no result, only when memory is read.

use crate::command::{Command, Envelope, Submission};
use crate::cycle::NONE;
use crate::engine::{Engine, Outcome};
use crate::id::{MemberNo, OfferNo, OrderNo};
use crate::keys::{CommandKey, Hashes, KeyKind, Named};

/// Members and orders below which no memory is prefetched; few in debug builds, so that tests cross that border.
const SMALL: usize = if cfg!(debug_assertions) { 200 } else { 30_000 };

/// How many commands' or settlements' memory is prefetched at once. Before memory is prefetched, its page has to be found, and the
/// processor waits for that; where several stand together it finds them side by side.
const GROUP: usize = 8;

/// How many ahead the first memory is prefetched: a command's look-ups, a settlement's order.
const AHEAD: usize = 3 * GROUP;

/// How many settlements ahead what the order leads to is prefetched: its line and its buyer's row. A command's rows come with the
/// group after its look-ups, its names and lots with the one after that.
const ROWS_AHEAD: usize = 2 * GROUP;

/// How many settlements ahead what the row leads to is prefetched: the newest lot.
const LOTS_AHEAD: usize = GROUP;

/// How many ahead the lots of the uplines are prefetched: whose they are is known when the buyer's rows are there.
const UPLINES_AHEAD: usize = 2;

/// Places for commands on their way: a power of two.
const PLACES: usize = AHEAD + GROUP;

/// Commands on their way to [`Engine::submit_next`].
#[derive(Debug)]
pub struct Lookahead<'e, I> {
    envelopes: I,
    /// Those whose memory has been prefetched, each where its number says, so that none is ever moved.
    pending: [Option<PendingCommand<'e>>; PLACES],
    /// Number of the first of them, and of the one that comes next.
    first: usize,
    next: usize,
    /// Numbers of the first whose rows were not prefetched, and of the first whose lots were not.
    rows: usize,
    lots: usize,
}

#[derive(Debug)]
struct PendingCommand<'e> {
    envelope: &'e Envelope,
    hashes: Hashes,
    /// Whom and what its look-ups will probably find.
    member: Option<MemberNo>,
    referrer: Option<MemberNo>,
    order: Option<OrderNo>,
    offer: Option<OfferNo>,
}

impl<'e, S: Submission<'e>, I: Iterator<Item = S>> Lookahead<'e, I> {
    /// These, in this order.
    pub fn new(envelopes: I) -> Lookahead<'e, I> {
        // Marked as empty one by one: copied from a constant, all their bytes would be.
        Lookahead { envelopes, pending: std::array::from_fn(|_| None), first: 0, next: 0, rows: 0, lots: 0 }
    }

    /// The one so many places after the first.
    #[inline]
    fn nth_pending(&mut self, places: usize) -> Option<&mut PendingCommand<'e>> {
        let place = self.first + places;
        if place < self.next { self.pending[place % PLACES].as_mut() } else { None }
    }
}

impl Engine {
    /// Submits the next of these commands, if there is one: the same as `submit` one by one, in less time, because
    /// the memory of those that follow is prefetched meanwhile. Anything else may be done with the engine
    /// between two of them.
    #[inline]
    pub fn submit_next<'e, S: Submission<'e>>(
        &mut self,
        ahead: &mut Lookahead<'e, impl Iterator<Item = S>>,
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
            if let Some(member) = ahead.nth_pending(UPLINES_AHEAD).and_then(|pending| pending.member) {
                self.prefetch_uplines(member);
            }
            if let Some(member) = ahead.nth_pending(1).and_then(|pending| pending.member) {
                self.prefetch_newest_grants(member);
            }
        }
        let pending = ahead.nth_pending(0)?;
        let envelope = pending.envelope;
        let outcome = self.submit_hashed(envelope, &pending.hashes);
        ahead.first += 1;
        Some((envelope, outcome))
    }

    /// Submits commands in order; `each` sees the engine and the outcome after every one.
    pub fn submit_all(&mut self, envelopes: &[Envelope], mut each: impl FnMut(&Engine, &Envelope, Outcome)) {
        let mut ahead = Lookahead::new(envelopes.iter());
        while let Some((envelope, outcome)) = self.submit_next(&mut ahead) {
            each(self, envelope, outcome);
        }
    }

    /// Takes the next group of commands and prefetches its first memory, and for what that of the groups before leads to. Each
    /// group is prefetched in one go (see [`GROUP`]).
    fn take_group<'e, S: Submission<'e>>(&self, ahead: &mut Lookahead<'e, impl Iterator<Item = S>>) {
        let begin = ahead.next;
        while ahead.next < begin + GROUP
            && let Some(submission) = ahead.envelopes.next()
        {
            let (envelope, hashes) = (submission.envelope(), submission.hashed(self.state.seed).0);
            ahead.pending[ahead.next % PLACES] = Some(PendingCommand {
                envelope,
                hashes,
                member: None,
                referrer: None,
                order: None,
                offer: None,
            });
            ahead.next += 1;
        }
        for number in begin..ahead.next {
            if let Some(pending) = &ahead.pending[number % PLACES] {
                self.prefetch_look_ups(&pending.hashes);
            }
        }
        for number in ahead.rows..begin {
            if let Some(pending) = &mut ahead.pending[number % PLACES] {
                self.prefetch_rows(pending);
            }
        }
        for number in ahead.lots..ahead.rows {
            if let Some(pending) = &ahead.pending[number % PLACES] {
                self.prefetch_lots(pending);
            }
        }
        (ahead.rows, ahead.lots) = (begin, ahead.rows);
    }

    /// Whether everything lies in the processor's caches, so that prefetching costs more than it brings.
    #[inline]
    fn is_small(&self) -> bool {
        self.state.members.len() + self.state.orders.order_count() < SMALL
    }

    /// Asks for what the look-ups of a command will read first.
    #[inline]
    fn prefetch_look_ups(&self, hashes: &Hashes) {
        let state = &self.state;
        match hashes.key {
            CommandKey::Any(key) | CommandKey::ForeignKey(key) => state.commands.prefetch(key),
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
    fn prefetch_rows(&self, pending: &mut PendingCommand<'_>) {
        let (state, named) = (&self.state, &pending.hashes.named);
        if let Some(hash) = named.member {
            pending.member = self.prefetch_member(named.guess.member, hash);
            if let Some(member) = pending.member.filter(|_| self.may_touch_points(pending.envelope)) {
                self.prefetch_points(member);
            }
        } else if let Some(key) = named.key.filter(|_| named.kind == KeyKind::Offer) {
            pending.offer = state.natural.guess_other(key).map(OfferNo);
            if let Some(offer) = pending.offer {
                state.market.prefetch(offer.0);
            }
        } else if let Some(key) = named.key {
            pending.order = match named.guess.has_order() {
                // It may be that of a command right before this one.
                true => Some(OrderNo(named.guess.order))
                    .filter(|order| order.index() < state.orders.order_count()),
                false => state.natural.orders().guess(key).map(OrderNo),
            };
            if let Some(order) = pending.order {
                state.orders.prefetch(order);
                if let CommandKey::OfOrder(_) = pending.hashes.key {
                    state.commands.prefetch_order(order.0);
                }
            }
        }
        pending.referrer = named.referrer.and_then(|hash| self.prefetch_member(named.guess.referrer, hash));
    }

    /// Asks for the rows of whom a look-up with this hash will probably find, and says who that is.
    #[inline]
    fn prefetch_member(&self, guess: u32, hash: u64) -> Option<MemberNo> {
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
    fn prefetch_lots(&self, pending: &PendingCommand<'_>) {
        if let Some(member) = pending.member {
            self.state.members.prefetch_name(member);
            self.state.network.prefetch_referrer(member);
            if self.may_touch_points(pending.envelope) {
                self.prefetch_newest_lot(member);
            }
            if self.grants() {
                self.prefetch_grants(member);
            }
        }
        if let Some(referrer) = pending.referrer {
            self.state.members.prefetch_name(referrer);
        }
        if let Some(order) = pending.order {
            self.state.orders.prefetch_first_line(order);
            self.state.commissions.prefetch(order);
        }
        if let Some(offer) = pending.offer {
            self.state.market.prefetch_around(offer);
        }
    }

    /// Whether a command may change its member's points by itself: an order that settles days later does not.
    #[inline]
    fn may_touch_points(&self, envelope: &Envelope) -> bool {
        self.plan.settlement.after_sale_days == 0
            || !matches!(envelope.command, Command::OrderPay { .. } | Command::OrderPlace { .. })
    }

    /// Asks for what a mint or a sale of a member changes.
    #[inline]
    fn prefetch_points(&self, member: MemberNo) {
        self.state.ledger.prefetch(member);
        self.state.exits.prefetch(member.0);
    }

    /// Asks for the lot after which a member's next one is listed; for its place in the exit queue if it has none.
    #[inline]
    fn prefetch_newest_lot(&self, member: MemberNo) {
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
        self.plan.value.is_some() || self.plan.release.is_some()
    }

    /// Asks for what a grant to a member changes, and for who is above it.
    #[inline(never)]
    fn prefetch_grants(&self, member: MemberNo) {
        let state = &self.state;
        state.ledger.prefetch_grants(member);
        state.volumes.prefetch(member);
        state.releases.lots.prefetch_list(member);
        state.values.lots.prefetch_list(member);
        state.members.prefetch_referrer(member);
    }

    /// Asks for what grants to a buyer's uplines change (EMIT-1).
    #[inline(never)]
    fn prefetch_uplines(&self, member: MemberNo) {
        let state = &self.state;
        state.releases.lots.prefetch_newest(member);
        for above in self.generations(member) {
            state.ledger.prefetch_grants(above);
            state.values.lots.prefetch_list(above);
        }
    }

    /// Asks for the newest lots of value units of a buyer and of its uplines.
    #[inline(never)]
    fn prefetch_newest_grants(&self, member: MemberNo) {
        let lots = &self.state.values.lots;
        lots.prefetch_newest(member);
        for above in self.generations(member) {
            lots.prefetch_newest(above);
        }
    }

    /// The uplines who get a part of a buyer's value units, as far as there are any.
    #[inline]
    fn generations(&self, member: MemberNo) -> impl Iterator<Item = MemberNo> + '_ {
        let generations = self.plan.value.as_ref().map_or(0, |value| value.referral.len());
        let above = |at: &MemberNo| self.state.members.referrer(*at);
        std::iter::successors(above(&member), above).take(generations)
    }

    /// Asks for what the settlements behind the first will need.
    #[inline]
    pub(super) fn prefetch_settlements(&mut self) {
        if self.is_small() {
            return;
        }
        let settlements = &self.state.settlements;
        if settlements.get(AHEAD).is_some_and(|due| due.created >= self.fetched) {
            self.fetched = self.prefetch_group_of_settlements();
        }
        if self.grants() {
            let buyer = |due: &crate::state::Due| self.state.orders.order(due.order).member;
            if let Some(due) = settlements.get(UPLINES_AHEAD) {
                self.prefetch_uplines(buyer(due));
            }
            if let Some(due) = settlements.get(1) {
                self.prefetch_newest_grants(buyer(due));
            }
        }
    }

    /// The same for the next group, and for what that of the groups before leads to; says from which entry on settlements
    /// are left for the next time.
    fn prefetch_group_of_settlements(&self) -> u64 {
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
            self.prefetch_newest_lot(member);
            if self.grants() {
                self.prefetch_grants(member);
            }
        }
        group(AHEAD).next_back().map_or(self.fetched, |last| last.created + 1)
    }
}
