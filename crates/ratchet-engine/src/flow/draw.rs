//! Draws by commit and reveal (PROMO-5, 12.2, 12.5).

use crate::command::AgeBand;
use crate::engine::Engine;
use crate::hash::Hash32;
use crate::id::{Id, OrderNo};
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
