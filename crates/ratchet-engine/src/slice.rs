//! Due work that takes several entries: where it stands between two of them (TIME-2c).
//!
//! An entry does at most so many members of any one step; the first step with more of them ends the entry, and the event
//! [`SliceEnded`](crate::event::Event::SliceEnded) says where the next one goes on. Nothing else comes between them.

use ratchet_wire_derive::{Snapshot, Wire};
use serde::{Deserialize, Serialize};

use crate::amount::{Money, Points, Rounding, mul_div};
use crate::timer::{DueKind, Timer};

/// Most members of one step in one entry of due work.
pub const SLICE_MEMBERS_MAX: usize = 1_000;

/// Where the next entry goes on. `next` is the member, order or place in a list that comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire, Snapshot)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "fields are the quantities that a step keeps from its beginning")]
pub enum Position {
    /// Members past the cap are sold out, at the price of the moment (POOL-7).
    CapExits,
    /// Close of a day: requested sales, at the pair before any of them (POOL-11b).
    Sales { assets: Money, supply: Points },
    /// Close of a day: exits that the sales caused, at the same pair.
    SaleExits { assets: Money, supply: Points },
    /// Close of a day: volumes (RANK-2).
    Volumes,
    /// Close of a day: team volumes that changed.
    TeamVolumes,
    /// Close of a day: who has bought by now, or no longer (NET-3).
    Purchases { next: u32 },
    /// Close of a day: ranks that changed.
    Ranks,
    /// Close of a day: value units (EMIT-1a).
    ValueRelease { next: u32 },
    /// Close of a day: release points of members whose task is done (REL-2); `fund` is what is left of the fund as it was at
    /// the beginning of the pass.
    StaticRelease { next: u32, fund: Money },
    /// Close of a day: release points of their referrers (REL-3).
    AcceleratedRelease { next: u32, fund: Money },
    /// Close of a day: the day's emission (EMIT-3); `issued` of the members' part so far.
    Emission { next: u32, issued: Points },
    /// Shares of the dividend's pot as it was when it was declared (COMM-5).
    Dividend { next: u32, pot: Money },
    /// The end: open orders settle or are refunded (WIND-2, WIND-3).
    EndOrders { next: u32 },
    /// The end: every holder is paid at this pair.
    EndPool { next: u32, assets: Money, supply: Points },
    /// The end: what the residual's shares come to, rounded down.
    ResidualFloors(Sharing),
    /// The end: the residual is paid out.
    ResidualShares(Sharing),
    /// The end: what the shares of the fund behind release points come to, rounded down.
    ReleaseFloors(Sharing),
    /// The end: that fund is paid out.
    ReleaseShares(Sharing),
    /// The end: value units and emission points are gone.
    EndUnits { next: u32 },
    /// The end: what members owe in loyalty points is set off.
    LoyaltyNetting { next: u32 },
    /// The end: loyalty points are paid out.
    EndLoyalty { next: u32 },
}

/// An amount that is shared out by NUM-5 over more members than one entry holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Wire, Snapshot)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// The member, or the place in the list, that comes first.
    pub next: u32,
    /// All of it.
    pub amount: Money,
    /// The sum of all weights.
    pub total: Points,
    /// What the shares so far, rounded down, leave of it; then, what is still handed out one unit each.
    pub left: Money,
}

impl Sharing {
    /// Before the first share.
    pub(crate) fn new(amount: Money, total: Points) -> Sharing {
        Sharing { next: 0, amount, total, left: amount }
    }

    fn floor(&self, weight: u128) -> Money {
        // Rounds down; what the shares leave is handed out in listing order.
        let share = mul_div(self.amount.as_u128(), weight, self.total.units(), Rounding::Down);
        share.and_then(Money::from_wide).unwrap_or(Money::ZERO)
    }

    /// Counts a share, rounded down.
    pub(crate) fn count(&mut self, weight: u128) {
        self.left = self.left.saturating_sub(self.floor(weight));
    }

    /// A share, with one of the units that are left over if there is one.
    pub(crate) fn share(&mut self, weight: u128) -> Money {
        let one = Money::from_minor(1).unwrap_or(Money::ZERO).min(self.left);
        let one = if weight == 0 { Money::ZERO } else { one };
        self.left = self.left.saturating_sub(one);
        self.floor(weight).add_within_limit(one)
    }
}

impl Position {
    /// What kind of due work it is in.
    pub fn kind(self) -> DueKind {
        match self {
            Position::CapExits => DueKind::CapExits,
            Position::Sales { .. }
            | Position::SaleExits { .. }
            | Position::Volumes
            | Position::TeamVolumes
            | Position::Purchases { .. }
            | Position::Ranks
            | Position::ValueRelease { .. }
            | Position::StaticRelease { .. }
            | Position::AcceleratedRelease { .. }
            | Position::Emission { .. } => DueKind::CloseOfDay,
            Position::Dividend { .. } => DueKind::Dividend,
            Position::EndOrders { .. }
            | Position::EndPool { .. }
            | Position::ResidualFloors(_)
            | Position::ResidualShares(_)
            | Position::ReleaseFloors(_)
            | Position::ReleaseShares(_)
            | Position::EndUnits { .. }
            | Position::LoyaltyNetting { .. }
            | Position::EndLoyalty { .. } => DueKind::Timer(Timer::WindDown),
        }
    }

    /// Whether members may be past the cap until it is done.
    pub(crate) fn exits_members(self) -> bool {
        matches!(self, Position::CapExits | Position::Sales { .. } | Position::SaleExits { .. })
    }

    /// Whether it pays out what the lots of members stand for, which are given up before all are paid.
    pub(crate) fn ends_programme(self) -> bool {
        self.kind() == DueKind::Timer(Timer::WindDown)
    }
}

/// What a step came to.
pub(crate) enum Step {
    /// This one comes next.
    Next(Position),
    /// The entry ends here.
    Pause(Position),
    /// The piece of due work is done.
    Done,
}
