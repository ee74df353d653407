//! Draws by commit and reveal (PROMO-5, 12.2, 12.5).

use crate::command::AgeBand;
use crate::engine::Engine;
use crate::event::Event;
use crate::hash::Hash32;
use crate::id::{CampaignNo, Id, OrderNo};
use crate::rejection::Rejection;

impl Engine {
    /// `promotion.commit`
    pub(crate) fn commit_seeds(&mut self, _campaign: &Id, _commitments: &[Hash32]) -> Result<(), Rejection> {
        Err(Rejection::CampaignUnknown)
    }

    /// `promotion.reveal`
    pub(crate) fn reveal_seed(&mut self, _draw: &Id, _seed: &Hash32) -> Result<(), Rejection> {
        Err(Rejection::DrawUnknown)
    }

    /// The seed of a draw was not revealed in time.
    pub(crate) fn reveal_timed_out(&mut self, _draw: OrderNo) {}

    /// PROMO-5: a draw of this campaign begins; it takes the next commitment, of which there is one (no_commitment was checked).
    pub(super) fn begin_draw(&mut self, draw: OrderNo, campaign: CampaignNo) {
        self.commit(Event::DrawBegun { draw, campaign });
    }

    /// PROMO-5a: the entries of a draw are closed; its seed is revealed within so many hours.
    pub(super) fn await_seed(&mut self, draw: OrderNo, reveal_hours: u32) {
        let until = self.state.now.plus_hours(reveal_hours);
        self.commit(Event::DrawWaits { draw, until });
    }

    /// What was entered is refunded before the draw: nothing is drawn.
    pub(super) fn drop_draw(&mut self, draw: OrderNo) {
        self.commit(Event::DrawDropped { draw });
    }

    /// `member.attest`
    pub(crate) fn attest_member(
        &mut self,
        _member: &Id,
        _age: AgeBand,
        _consent: bool,
    ) -> Result<(), Rejection> {
        Err(Rejection::MemberUnknown)
    }
}
