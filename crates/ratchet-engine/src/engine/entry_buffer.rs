//! The entries that the last call wrote, and the one way to add a step to them: an event with balanced postings.

use std::ops::Range;

use crate::amount::{Money, PROGRAMME_MONEY_MAX};
use crate::engine::{DueKind, Engine};
use crate::event::Event;
use crate::journal::EntryBatch;
use crate::ledger::{Account, AccountKind, Asset, Posting, PriceBalances};
use crate::state::State;
use crate::time::Timestamp;

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

impl Entry<'_> {
    /// Whether two say the same: number, time, cause, events and postings.
    pub fn is_same(&self, other: &Entry<'_>) -> bool {
        (self.seq, self.at, self.cause) == (other.seq, other.at, other.cause)
            && self.events == other.events
            && self.steps().map(|(_, postings)| postings).eq(other.steps().map(|(_, postings)| postings))
    }

    /// How many steps it has.
    pub fn step_count(&self) -> usize {
        self.events.len()
    }
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

/// The entries written by the last `submit`, with their steps and postings, in reused buffers.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryBuffer {
    /// See [`Engine::keep_entries`].
    accumulates: bool,
    /// The first entry of the last call.
    first: usize,
    entries: Vec<EntryHead>,
    /// Nothing while steps are not kept.
    events: Vec<Event>,
    /// See [`Engine::record_events`].
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

impl EntryBuffer {
    /// The entry at this place.
    #[inline]
    pub(crate) fn entry(&self, at: usize) -> Entry<'_> {
        let head = &self.entries[at];
        Entry {
            seq: head.seq,
            at: head.at,
            cause: head.cause,
            events: self.events.get(head.steps.clone()).unwrap_or_default(),
            ends: &self.ends[head.steps.clone()],
            start: head.steps.start.checked_sub(1).map_or(0, |before| self.ends[before]),
            postings: &self.postings,
        }
    }

    /// Whether the last call has written no entry yet.
    #[inline]
    pub(super) fn is_new(&self) -> bool {
        self.entries.len() == self.first
    }

    /// How many entries there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a recorded entry, whose steps follow.
    pub(crate) fn begin_recorded(&mut self, seq: u64, at: Timestamp, cause: Cause) {
        self.begin(seq, at, cause);
    }

    /// Adds a leg of the recorded step that comes next.
    #[inline]
    pub(crate) fn push_posting(&mut self, posting: Posting) {
        self.postings.push(posting);
    }

    /// Ends a recorded step: its event, whose postings were added.
    #[inline]
    pub(crate) fn end_step(&mut self, event: Event) {
        self.ends.push(self.postings.len());
        self.taken = self.postings.len();
        self.events.push(event);
    }

    /// Ends the recorded entry.
    pub(crate) fn end_recorded(&mut self) {
        self.end();
    }

    /// Takes the last recorded entry back, as far as it came.
    pub(crate) fn drop_recorded(&mut self) {
        if let Some(head) = self.entries.pop() {
            let start = head.steps.start;
            self.events.truncate(start);
            self.ends.truncate(start);
            self.postings.truncate(start.checked_sub(1).map_or(0, |before| self.ends[before]));
            self.taken = self.postings.len();
        }
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        if self.accumulates {
            self.first = self.entries.len();
        } else {
            self.clear_all();
        }
    }

    #[inline]
    pub(crate) fn clear_all(&mut self) {
        self.first = 0;
        self.entries.clear();
        self.events.clear();
        self.ends.clear();
        self.postings.clear();
        self.taken = 0;
    }

    #[inline]
    pub(super) fn begin(&mut self, seq: u64, at: Timestamp, cause: Cause) {
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

    /// The entries of the last call, with their steps.
    pub(super) fn written(&self) -> impl Iterator<Item = Entry<'_>> {
        (self.first..self.entries.len()).map(|at| self.entry(at))
    }

    /// What the transaction being prepared changes on an account.
    pub(crate) fn pending(&self, account: Account) -> i128 {
        let legs = self.postings[self.taken..].iter().filter(|posting| posting.account == account);
        legs.map(|posting| posting.amount).sum()
    }

    /// Sum of the money legs of the transaction being prepared.
    pub(crate) fn pending_money(&self) -> i128 {
        let legs = self.postings[self.taken..].iter();
        legs.filter(|posting| posting.account.kind.asset() == Asset::Money)
            .map(|posting| posting.amount)
            .sum()
    }

    pub(super) fn abandon(&mut self) {
        let head = self.entries.pop();
        let unchanged = head.is_some_and(|head| head.steps.start == self.ends.len());
        assert!(unchanged && self.taken == self.postings.len(), "ATOMIC-1: a refused command took a step");
    }
}

impl Engine {
    /// Whether entries have their steps in [`Engine::entries`], as they do unless somebody says that nobody looks at them. It
    /// decides nothing else.
    pub fn record_events(&mut self, keep: bool) {
        self.log.drops_steps = !keep;
    }

    /// The entries written by the last `submit` (or by `genesis`), in order.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.log.written()
    }

    /// Whether entries stay when the next command comes, until [`Engine::take_entries`].
    pub fn keep_entries(&mut self, keep: bool) {
        self.log.accumulates = keep;
    }

    /// Hands over all entries that were kept, in the order in which they were written: the buffers are swapped, so that
    /// another thread can encode and hash them. What the batch held before is gone; whoever encodes it adds the envelopes of the
    /// commands that were carried out ([`EntryBatch::push_command`]).
    pub fn take_entries(&mut self, batch: &mut EntryBatch) {
        batch.clear();
        let EntryBuffer { accumulates, drops_steps, .. } = self.log;
        std::mem::swap(&mut self.log, batch.log_mut());
        self.log.clear_all();
        (self.log.accumulates, self.log.drops_steps) = (accumulates, drops_steps);
    }

    /// Adds a leg to the transaction being prepared.
    #[inline]
    pub(crate) fn post(&mut self, account: Account, amount: i128) {
        if amount != 0 {
            self.log.postings.push(Posting { account, amount });
        }
    }

    /// Adds a leg of money to a programme account.
    #[inline]
    pub(crate) fn credit(&mut self, kind: AccountKind, money: Money) {
        self.post(Account::programme(kind), i128::from(money.minor()));
    }

    /// Takes a leg of money from a programme account.
    #[inline]
    pub(crate) fn debit(&mut self, kind: AccountKind, money: Money) {
        self.post(Account::programme(kind), -i128::from(money.minor()));
    }

    /// Records an event with the postings prepared, and applies both. One function for all: an order runs through
    /// more instructions than the processor's first cache holds, each of them once or twice.
    #[inline(never)]
    pub(crate) fn commit(&mut self, event: Event) {
        if self.state.is_of_a_day(&event) && !self.state.has_begun_day() {
            // The postings prepared are those of the event that follows.
            let begins = self.day_begins();
            self.log.ends.push(self.log.taken);
            step(&mut self.state, &begins, &[]);
            if !self.log.drops_steps {
                self.log.events.push(begins);
            }
        }
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

    pub(super) fn end_entry(&mut self) {
        self.log.end();
        self.state.seq += 1;
    }

    /// Whether this much more money may enter the programme.
    pub(crate) fn has_room_for(&self, money: Money) -> bool {
        let inside = self.state.ledger.programme(AccountKind::Bank).unsigned_abs();
        inside + money.as_u128() <= u128::from(PROGRAMME_MONEY_MAX.unsigned_abs())
    }
}

/// Applies one event with its postings, which a flow has made; POOL-4 is checked here, in every build. What does not fit is a bug.
#[inline]
pub(super) fn step(state: &mut State, event: &Event, postings: &[Posting]) {
    let before = state.ledger.price_balances();
    if postings.is_empty() {
        // Pool and supply are balances: without a posting only a split changes them.
        return state.apply(event, before);
    }
    state.ledger.post(postings);
    state.apply(event, before);
    assert!(price_holds(state, event, before), "POOL-4: the price would fall: {event:?}");
}

/// POOL-4: whether the price has not fallen, unless units were split.
#[inline]
pub(super) fn price_holds(state: &State, event: &Event, before: PriceBalances) -> bool {
    let after = state.ledger.price_balances();
    before == after || matches!(event, Event::UnitsSplit {}) || after.pair().is_at_least(&before.pair())
}
