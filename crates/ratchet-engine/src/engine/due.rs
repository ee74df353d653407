//! Due work: what happens because time passes it (TIME-2).

use crate::engine::{Cause, Engine};
use crate::id::{MemberNo, OrderNo};
use crate::order::OrderState;
use crate::slice::Position;
use crate::time::Timestamp;
use crate::timer::{DueKind, Timer};

/// Whether due work is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueWork {
    /// More is due: call again.
    More,
    /// Nothing is.
    Done,
}

impl Engine {
    /// Does what is due at or before `until`, at most `limit_entries` entries of it, which are in [`Engine::entries`] then. None
    /// of them grows with the number of members: what takes more goes on in the next (TIME-2c). Between two calls the state is
    /// whole: it may be read, previewed, copied and hashed, and any command may follow; `submit` does first what is left of what
    /// is due before it.
    pub fn run_due(&mut self, until: Timestamp, limit_entries: u64) -> DueWork {
        self.log.clear();
        if self.do_due_work(until, limit_entries) { DueWork::Done } else { DueWork::More }
    }

    /// Where due work stands that takes more entries than it has; nothing comes before them.
    pub fn under_way(&self) -> Option<Position> {
        self.state.under_way
    }

    /// Another number of members than [`SLICE_MEMBERS_MAX`](crate::slice::SLICE_MEMBERS_MAX) in one entry, so that small
    /// programmes have large pieces of due work too.
    #[cfg(any(test, feature = "testing"))]
    pub fn set_slice_members(&mut self, members: usize) {
        self.state.slice_members = members;
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn slice_members(&self) -> usize {
        self.state.slice_members
    }

    /// When the next due work is; `time.advance` to there does it.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.next_due_item().map(|(at, _)| at)
    }

    /// When the next order settles, contribution is taken up or batch of sales executes, if any is still to come. Unlike
    /// [`Engine::next_due`] this ends: closes of days and dividends go on for ever.
    pub fn next_settlement(&self) -> Option<Timestamp> {
        let state = &self.state;
        let under_way = state.under_way.map(|_| state.now);
        let sales = (!state.requests.is_empty()).then_some(state.requests_at);
        let received = |due: &&crate::state::Due| state.orders.order(due.order).state == OrderState::Received;
        let settlement = state.settlements.iter().find(received).map(|due| due.at);
        let waiting = state.deferred_to_midnight.front().map(|waits| waits.at);
        [under_way, sales, settlement, waiting].into_iter().flatten().min()
    }

    /// The next due work: earliest time, then kind, then order of creation.
    #[inline]
    fn next_due_item(&self) -> Option<(Timestamp, DueKind)> {
        let state = &self.state;
        if let Some(position) = state.under_way {
            return Some((state.now, position.kind()));
        }
        let sales = (!state.requests.is_empty()).then_some(state.requests_at);
        let close = sales.or(state.close_at).map(|at| (at, DueKind::CloseOfDay));
        let settlement = state.settlements.front();
        let waiting = state.deferred_to_midnight.front();
        let later = match (settlement, waiting) {
            (Some(due), Some(waits)) => {
                let waits_first = (waits.at, waits.created) < (due.at, due.created);
                Some(if waits_first {
                    (waits.at, DueKind::DeferredContribution(waits.order))
                } else {
                    (due.at, DueKind::Settlement(due.order))
                })
            }
            (Some(due), None) => Some((due.at, DueKind::Settlement(due.order))),
            (None, Some(waits)) => Some((waits.at, DueKind::DeferredContribution(waits.order))),
            (None, None) => None,
        };
        let dividend = state.dividend.due_at.map(|at| (at, DueKind::Dividend));
        let timer = state.timers.first().map(|(at, timer)| (at, DueKind::Timer(timer)));
        let amendment = state.versions.next().map(|(at, number)| (at, DueKind::Amendment(number)));
        // At one instant the kind that stands first; most programmes have settlements alone.
        let mut next = later;
        for (at, kind) in [timer, dividend, amendment, close].into_iter().flatten() {
            if next.is_none_or(|(other, _)| at <= other) {
                next = Some((at, kind));
            }
        }
        next
    }

    /// Does the next due work at or before `until`, one entry.
    pub(crate) fn advance_due_once(&mut self, until: Timestamp) {
        self.log.clear();
        while self.log.is_new() && self.do_next_due(until) {}
    }

    /// Does what is due at or before `until`, at most so many pieces of it; says whether nothing is left.
    #[inline]
    pub(super) fn do_due_work(&mut self, until: Timestamp, most: u64) -> bool {
        let mut left = most;
        while self.may_be_due(until) {
            if left == 0 {
                return self.next_due_item().is_none_or(|(at, _)| at > until);
            }
            if !self.do_next_due(until) {
                return true;
            }
            left -= 1;
        }
        true
    }

    /// How much is known to be due at or before `until`; more may follow from it, as a day's close from that of the day before.
    pub(super) fn known_due(&self, until: Timestamp) -> u64 {
        let state = &self.state;
        let settlements = state.settlements.partition_point(|due| due.at <= until);
        let waiting = state.deferred_to_midnight.partition_point(|waits| waits.at <= until);
        let timers = state.timers.all().take_while(|(at, _)| *at <= until).count();
        let sales = (!state.requests.is_empty()).then_some(state.requests_at);
        let passed = [sales.or(state.close_at), state.dividend.due_at].into_iter().flatten();
        let periods = passed.filter(|at| *at <= until).count();
        let amendments = state.versions.due(until);
        let under_way = usize::from(state.under_way.is_some());
        u64::try_from(under_way + settlements + waiting + timers + periods + amendments).unwrap_or(u64::MAX)
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
            || passed(state.versions.next().map(|(at, _)| at))
            || !state.deferred_to_midnight.is_empty()
            || !state.requests.is_empty()
            || state.under_way.is_some()
    }

    /// Does the next due work if it is due by then; says whether there was any.
    #[inline]
    fn do_next_due(&mut self, until: Timestamp) -> bool {
        let Some((at, kind)) = self.next_due_item() else { return false };
        if at > until {
            return false;
        }
        self.state.now = at;
        let seq = self.state.seq;
        self.log.begin(seq, at, Cause::Due(kind));
        if let Some(position) = self.state.under_way.take() {
            self.run(position);
            self.end_entry();
            return true;
        }
        match kind {
            DueKind::CapExits => self.end_with_cascade(),
            DueKind::CloseOfDay => self.close_day(),
            DueKind::Amendment(number) => self.amend(number),
            DueKind::Dividend => self.pay_dividend(),
            DueKind::Timer(timer) => self.expire(timer),
            DueKind::Settlement(order) => {
                self.prefetch_settlements();
                self.settle(order);
            }
            DueKind::DeferredContribution(order) => self.contribute_waiting(order),
            // It comes with a fork and never by itself.
            DueKind::PlanChange => {}
        }
        self.end_entry();
        true
    }

    /// Something ends by itself.
    fn expire(&mut self, timer: Timer) {
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
            Timer::Proposal(number) => self.lapse_proposal(number),
        }
    }
}
