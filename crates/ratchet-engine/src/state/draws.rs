//! What the events of draws change (PROMO-5).

use crate::draw::DrawResult;
use crate::draw::book::{DrawState, Revealed};
use crate::hash::Hash32;
use crate::id::{CampaignNo, OrderNo};
use crate::state::State;
use crate::time::Timestamp;
use crate::timer::Timer;

impl State {
    pub(super) fn apply_seeds_committed(&mut self, campaign: CampaignNo, commitments: &[Hash32]) {
        self.draws.publish(campaign, commitments);
    }

    pub(super) fn apply_draw_begun(&mut self, draw: OrderNo, campaign: CampaignNo) {
        self.draws.begin(draw, campaign);
    }

    pub(super) fn apply_draw_waits(&mut self, draw: OrderNo, until: Timestamp) {
        self.draws.set(draw, DrawState::Waits);
        self.timers.set(Timer::Reveal(draw.0), until);
    }

    pub(super) fn apply_draw_revealed(&mut self, draw: OrderNo, seed: Hash32, result: &DrawResult) {
        self.draws.set(draw, DrawState::Revealed(Box::new(Revealed { seed, result: result.clone() })));
        self.timers.cancel(Timer::Reveal(draw.0));
    }

    pub(super) fn apply_draw_withheld(&mut self, draw: OrderNo) {
        self.draws.set(draw, DrawState::Withheld);
        self.timers.cancel(Timer::Reveal(draw.0));
    }

    pub(super) fn apply_draw_dropped(&mut self, draw: OrderNo) {
        self.draws.set(draw, DrawState::Dropped);
        self.timers.cancel(Timer::Reveal(draw.0));
    }
}
