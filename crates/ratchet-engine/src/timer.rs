//! What happens because time passes (TIME-2): the kinds of due work, and timers, which are time-outs and expiries in order of
//! time, then of creation.
//!
//! A timer that is no longer wanted is cancelled; one that fires is always wanted, so that no empty entry is written.

use crate::id::OrderNo;
use crate::time::Timestamp;
use crate::undo::{Table, undo_fields};

/// Kinds of due work, in the order in which they are done at one instant (TIME-2a).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Wire)]
pub enum DueKind {
    /// Cap exits that an entry left to those after it (TIME-2c).
    CapExits,
    /// The close of a local day.
    CloseOfDay,
    /// An amendment takes effect (AMEND-1): by its number.
    Amendment(u32),
    /// The end of a period of the dividend (COMM-5).
    Dividend,
    /// A time-out or expiry.
    Timer(Timer),
    /// An order settles.
    Settlement(OrderNo),
    /// Contributions of an order that waited for the day (POOL-11c).
    DeferredContribution(OrderNo),
    /// What a fork under another plan brings about at once (SIM-28).
    PlanChange,
}

/// What ends.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
pub enum Timer {
    /// An unpaid order, or the rest of a presale, is not paid in time: by order.
    Payment(u32),
    /// A group is not full in time: by the order that opened it.
    Group(u32),
    /// The seed of a draw is not revealed in time: by the group's or the box's order.
    Reveal(u32),
    /// A presale does not leave in time: by order.
    Shipment(u32),
    /// A voucher is not redeemed in time: by order.
    Voucher(u32),
    /// Loyalty points expire: by member.
    Loyalty(u32),
    /// A day of a funding round: by round.
    Round(u32),
    /// A window of shares closes: by window.
    Window(u32),
    /// Locked points of a claim order become free: by line.
    Stage(u32),
    /// A campaign of blind boxes is over: by campaign.
    Boxes(u32),
    /// The programme ends.
    WindDown,
    /// A proposed plan lapses: by its number (AMEND-1).
    Proposal(u32),
}

impl Timer {
    /// The name in the journal, and whose it is.
    pub fn name(self) -> (&'static str, Option<u32>) {
        match self {
            Timer::Payment(of) => ("payment_timeout", Some(of)),
            Timer::Group(of) => ("group_timeout", Some(of)),
            Timer::Reveal(of) => ("reveal_timeout", Some(of)),
            Timer::Shipment(of) => ("shipment_timeout", Some(of)),
            Timer::Voucher(of) => ("voucher_expiry", Some(of)),
            Timer::Loyalty(of) => ("loyalty_expiry", Some(of)),
            Timer::Round(of) => ("round_day", Some(of)),
            Timer::Window(of) => ("window_close", Some(of)),
            Timer::Stage(of) => ("stage", Some(of)),
            Timer::Boxes(of) => ("boxes_end", Some(of)),
            Timer::WindDown => ("wind_down", None),
            Timer::Proposal(of) => ("proposal_lapse", Some(of)),
        }
    }
}

/// All timers that are set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers {
    by_time: Table<(Timestamp, u64), Timer>,
    /// Where each stands; one of a kind and owner at a time.
    set: Table<Timer, (Timestamp, u64)>,
    created: u64,
}

undo_fields!(Timers { parts: by_time, set; values: created; });

impl Timers {
    /// Sets a timer; one that was set for the same is moved.
    pub(crate) fn set(&mut self, timer: Timer, at: Timestamp) {
        self.cancel(timer);
        let place = (at, self.created);
        self.created += 1;
        self.by_time.insert(place, timer);
        self.set.insert(timer, place);
    }

    /// Takes a timer back, if it is set.
    pub(crate) fn cancel(&mut self, timer: Timer) {
        if let Some(place) = self.set.remove(&timer) {
            self.by_time.remove(&place);
        }
    }

    /// Takes all back.
    pub(crate) fn clear(&mut self) {
        self.by_time.clear();
        self.set.clear();
        self.created = 0;
    }

    /// When a timer fires, if it is set.
    pub(crate) fn when(&self, timer: Timer) -> Option<Timestamp> {
        self.set.get(&timer).map(|(at, _)| *at)
    }

    /// The one that fires next.
    #[inline]
    pub(crate) fn first(&self) -> Option<(Timestamp, Timer)> {
        self.by_time.first_key_value().map(|((at, _), timer)| (*at, *timer))
    }

    /// All, in the order in which they fire.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Timestamp, Timer)> {
        self.by_time.iter().map(|((at, _), timer)| (*at, *timer))
    }
}

#[cfg(test)]
mod tests {
    use super::{Timer, Timers};
    use crate::time::Timestamp;

    #[test]
    fn timers_fire_in_order_of_time_and_creation() {
        let at = |seconds: i64| Timestamp::from_us(seconds * 1_000_000).expect("in range");
        let mut timers = Timers::default();
        timers.set(Timer::Group(7), at(5));
        timers.set(Timer::Payment(1), at(3));
        timers.set(Timer::Payment(2), at(3));
        timers.set(Timer::Group(7), at(3));
        assert_eq!(timers.when(Timer::Group(7)), Some(at(3)));
        timers.cancel(Timer::Payment(1));
        timers.cancel(Timer::WindDown);
        let order: Vec<Timer> = timers.all().map(|(_, timer)| timer).collect();
        assert_eq!(order, [Timer::Payment(2), Timer::Group(7)]);
        assert_eq!(timers.first(), Some((at(3), Timer::Payment(2))));
    }
}
