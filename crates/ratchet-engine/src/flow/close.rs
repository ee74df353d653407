//! The close of a local day, in its visible order (TIME-2): requested sales and their exits, ranks, value release,
//! static release, accelerated release, emission, guide price.

use crate::amount::Points;
use crate::engine::Engine;
use crate::event::{Event, SaleCause};
use crate::ledger::{AccountKind, scale};
use crate::pool::Sale;

/// Most members in one event of a close, so that no event grows with the programme.
pub(super) const CLOSE_CHUNK_MEMBERS: usize = 1_000;

impl Engine {
    /// Closes the day that ends now. What a day without tasks and sales costs does not depend on the members.
    pub(crate) fn close_day(&mut self) {
        if !self.state.requests.is_empty() {
            self.close_sales();
        }
        if self.state.close_at.is_none() {
            // Only sales were requested.
            return;
        }
        let day = self.closing_day();
        self.close_ranks();
        let done = self.state.tasks.today();
        let weights = self.release_values(day, &done);
        let released = self.release_static(day, &done);
        self.release_accelerated(day, &released);
        self.issue_day(day, &weights);
        let guide = self.plan.emission.is_some().then(|| {
            let released = self.state.ledger.programme(AccountKind::ValueReleased).unsigned_abs();
            (Points::from_units(released), self.state.emission.issued)
        });
        self.commit(Event::DayClosed { guide_price: guide });
    }

    /// POOL-11b: all requested sales and the exits they cause, at the pair before any of them.
    fn close_sales(&mut self) {
        let Some(pool) = self.plan.pool else { return };
        let exponent = self.state.ledger.exponent();
        let requests = self.state.requests.to_vec();
        self.commit(Event::BatchExecuted {});
        let opening = self.state.pair();
        for request in requests {
            let asked = scale(request.units, exponent - request.exponent);
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
        while self.exit_next(&pool, Some(&opening)) {}
        self.split_units(&pool);
    }
}
