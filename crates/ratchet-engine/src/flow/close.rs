//! The close of a local day, in its visible order (TIME-2): requested sales and their exits, ranks, value release,
//! static release, accelerated release, emission, guide price.

use super::release::Released;
use crate::amount::Points;
use crate::engine::Engine;
use crate::event::{Event, SaleCause};
use crate::id::MemberNo;
use crate::ledger::AccountKind;
use crate::pool::{Pair, Sale};
use crate::slice::{Position, Step};

impl Engine {
    /// Closes the day that ends now. What a day without tasks and sales costs does not depend on the members.
    pub(crate) fn close_day(&mut self) {
        let Pair { assets, supply } = self.state.pair();
        let sales = !self.state.requests.is_empty();
        self.run(if sales { Position::Sales { assets, supply } } else { Position::Volumes });
    }

    /// Does the steps of a piece of due work from there on, until one of them ends the entry.
    pub(crate) fn run(&mut self, from: Position) {
        let (mut at, mut accelerations) = (from, Released::new());
        loop {
            match self.step(at, &mut accelerations) {
                Step::Next(next) => at = next,
                Step::Pause(next) => return self.commit(Event::SliceEnded { next }),
                Step::Done => return,
            }
        }
    }

    /// One step, of at most [`SLICE_MEMBERS_MAX`](crate::slice::SLICE_MEMBERS_MAX) members. `accelerations`: what the static
    /// releases of this entry come to for referrers.
    fn step(&mut self, at: Position, accelerations: &mut Released) -> Step {
        match at {
            Position::CapExits => self.exit_step(),
            Position::Sales { assets, supply } => self.close_sales(Pair { assets, supply }),
            Position::SaleExits { assets, supply } => self.close_sale_exits(Pair { assets, supply }),
            Position::Volumes => self.close_volumes(),
            Position::TeamVolumes => self.close_team_volumes(),
            Position::Purchases { next } => self.close_purchases(next),
            Position::Ranks => self.close_ranks(),
            Position::ValueRelease { next } => self.release_values(MemberNo(next)),
            Position::StaticRelease { next, fund } => {
                self.release_static(MemberNo(next), fund, accelerations)
            }
            Position::AcceleratedRelease { next, fund } => {
                self.release_accelerated(MemberNo(next), fund, accelerations)
            }
            Position::Emission { next, issued } => self.issue_day(next, issued),
            Position::Dividend { next, pot } => self.share_dividend(MemberNo(next), pot),
            Position::EndOrders { next } => self.end_orders(next),
            Position::EndPool { next, assets, supply } => self.pay_out_pool(next, &Pair { assets, supply }),
            Position::ResidualFloors(sharing) => self.count_residual(sharing),
            Position::ResidualShares(sharing) => self.pay_out_residual(sharing),
            Position::ReleaseFloors(sharing) => self.count_release(sharing),
            Position::ReleaseShares(sharing) => self.pay_out_release(sharing),
            Position::EndUnits { next } => self.end_units(next),
            Position::LoyaltyNetting { next } => self.net_all_loyalty(next),
            Position::EndLoyalty { next } => self.pay_out_loyalty(next),
        }
    }

    /// The last step of a close.
    pub(super) fn end_day(&mut self) -> Step {
        let guide = self.plan.emission.is_some().then(|| {
            let released = self.state.ledger.programme(AccountKind::ValueReleased).unsigned_abs();
            (Points::from_units(released), self.state.emission.issued)
        });
        self.commit(Event::DayClosed { guide_price: guide });
        Step::Done
    }

    /// POOL-11b: requested sales, and then the exits they cause, at the pair before any of them.
    fn close_sales(&mut self, opening: Pair) -> Step {
        let Some(pool) = self.plan.pool else { return Step::Next(Position::Volumes) };
        let exponent = self.state.ledger.exponent();
        let most = self.state.slice_members.min(self.state.requests.len());
        let has_more = most < self.state.requests.len();
        let requests = self.state.requests[..most].to_vec();
        let count = has_more.then(|| u32::try_from(most).expect("at most SLICE_MEMBERS_MAX"));
        self.commit(Event::BatchExecuted { requests: count });
        for request in requests {
            let asked = request.units_after(exponent);
            let free = self.state.free_points(request.member);
            if let Some(min_net) = request.min_net {
                let points = Points::from_units(asked);
                let net = Sale::of(opening.gross(points), &pool).net;
                if free < asked || net < min_net {
                    let (member, free) = (request.member, Points::from_units(free));
                    self.commit(Event::RedemptionLapsed { member, points, min_net, net, free });
                    continue;
                }
            }
            let points = Points::from_units(asked.min(free));
            if points.is_zero() {
                continue;
            }
            self.sell_points(&pool, request.member, points, opening.gross(points), SaleCause::Member, None);
        }
        let Pair { assets, supply } = opening;
        if has_more {
            Step::Pause(Position::Sales { assets, supply })
        } else {
            Step::Next(Position::SaleExits { assets, supply })
        }
    }

    fn close_sale_exits(&mut self, opening: Pair) -> Step {
        let Some(pool) = self.plan.pool else { return Step::Next(Position::Volumes) };
        if !self.exit_some(&pool, Some(&opening)) {
            let Pair { assets, supply } = opening;
            return Step::Pause(Position::SaleExits { assets, supply });
        }
        self.split_units(&pool);
        // Only sales may have been requested.
        if self.state.close_at.is_some() { Step::Next(Position::Volumes) } else { Step::Done }
    }
}
