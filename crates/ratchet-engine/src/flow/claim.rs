//! Legacy claims (CLAIM-1, CLAIM-2).

use crate::amount::{Money, Points};
use crate::engine::Engine;
use crate::hash::Hash32;
use crate::id::{Id, LineNo};
use crate::rejection::Rejection;

impl Engine {
    /// `claim.import`
    pub(crate) fn import_claim(
        &mut self,
        _claim: &Id,
        _member: &Id,
        _amount: Money,
        _evidence: Hash32,
        _by: &Id,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoClaims)
    }

    /// `claim.approve`
    pub(crate) fn approve_claim(&mut self, _claim: &Id, _by: &Id) -> Result<(), Rejection> {
        Err(Rejection::NoClaims)
    }

    /// `claim.grant`
    pub(crate) fn grant_points(
        &mut self,
        _grant: &Id,
        _member: &Id,
        _points: Points,
        _injection: Money,
    ) -> Result<(), Rejection> {
        Err(Rejection::NoClaims)
    }

    /// Locked points of a claim order become free.
    pub(crate) fn free_stage(&mut self, _line: LineNo) {}
}
