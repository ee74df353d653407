//! Campaigns: opening, cancelling, and what becomes of their orders (PROMO-1 to PROMO-4, 12.1, 12.3, 12.4).

use crate::engine::Engine;
use crate::id::{Id, OrderNo};
use crate::rejection::Rejection;
use crate::time::Timestamp;

impl Engine {
    /// `promotion.open`
    pub(crate) fn open_campaign(
        &mut self,
        _campaign: &Id,
        _promotion: &Id,
        _sku: &Id,
        _window: (Timestamp, Timestamp),
        _quota: Option<u32>,
    ) -> Result<(), Rejection> {
        Err(Rejection::PromotionUnknown)
    }

    /// `promotion.cancel`
    pub(crate) fn cancel_campaign(&mut self, _campaign: &Id, _reason: &str) -> Result<(), Rejection> {
        Err(Rejection::CampaignUnknown)
    }

    /// A group is not full in time.
    pub(crate) fn group_timed_out(&mut self, _leader: OrderNo) {}

    /// A presale did not leave in time.
    pub(crate) fn shipment_timed_out(&mut self, _order: OrderNo) {}
}
