//! Time-outs and expiries of the naive model (TIME-2, TIME-2a): a plain list, searched each time.

use super::Naive;
use crate::time::Timestamp;

/// What ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// An unpaid order, or the rest of a presale.
    Payment {
        order: usize,
    },
    Group {
        group: usize,
    },
    /// The seed of a lottery's group.
    GroupReveal {
        group: usize,
    },
    /// The seed of a box.
    BoxReveal {
        order: usize,
    },
    Shipment {
        order: usize,
    },
    Voucher {
        order: usize,
    },
    Loyalty {
        member: usize,
    },
    /// A campaign of boxes ends (BOX-3a).
    CampaignEnd {
        campaign: usize,
    },
    Round {
        round: usize,
    },
    Window {
        window: usize,
    },
    Stage {
        order: usize,
        line: usize,
    },
    WindDown,
    /// A proposed plan lapses, by the order of its proposal.
    Proposal {
        number: usize,
    },
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Set {
    pub(super) at: i64,
    /// Order of setting.
    pub(super) sequence: u64,
    alarm: Alarm,
}

impl Naive {
    /// Sets an alarm; one that was set for the same is moved. Times past the end of time count as the end of time.
    pub(super) fn set_alarm(&mut self, alarm: Alarm, at: i64) {
        let at = at.min(Timestamp::MAX.us());
        if self.alarms.iter().any(|set| (set.alarm, set.at) == (alarm, at)) {
            return; // It keeps its place.
        }
        self.cancel_alarm(alarm);
        self.alarms.push(Set { at, sequence: self.next_alarm, alarm });
        self.next_alarm += 1;
    }

    pub(super) fn cancel_alarm(&mut self, alarm: Alarm) {
        self.alarms.retain(|set| set.alarm != alarm);
    }

    pub(super) fn first_alarm(&self) -> Option<Set> {
        self.alarms.iter().min_by_key(|set| (set.at, set.sequence)).copied()
    }

    pub(super) fn ring(&mut self, set: Set) {
        self.cancel_alarm(set.alarm);
        match set.alarm {
            Alarm::Payment { order } => self.payment_timed_out(order),
            Alarm::Group { group } => self.group_timed_out(group),
            Alarm::GroupReveal { group } => self.withhold_group(group),
            Alarm::BoxReveal { order } => self.withhold_box(order),
            Alarm::Shipment { order } => {
                self.corner("presale not shipped in time");
                self.refund_whole(order);
            }
            Alarm::Voucher { order } => {
                self.corner("voucher expired");
                self.refund_whole(order);
            }
            Alarm::Loyalty { member } => self.expire_loyalty(member),
            Alarm::CampaignEnd { campaign } => self.end_boxes(campaign),
            Alarm::Round { round } => self.day_of_round(round),
            Alarm::Window { window } => self.close_window(window),
            Alarm::Stage { order, line } => self.next_stage(order, line),
            Alarm::WindDown => self.wind_up(),
            Alarm::Proposal { number } => self.proposal_lapses(number),
        }
    }
}
