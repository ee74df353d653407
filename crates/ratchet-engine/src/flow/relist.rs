//! Goods sold on at a mark-up (12.7).

use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;

impl Engine {
    /// `relist.offer`
    pub(crate) fn offer_goods(&mut self, _order: &Id) -> Result<(), Rejection> {
        Err(Rejection::RelistState)
    }

    /// `relist.buy`
    pub(crate) fn buy_goods(&mut self, _purchase: &Id, _order: &Id, _member: &Id) -> Result<(), Rejection> {
        Err(Rejection::RelistState)
    }

    /// `relist.deliver`
    pub(crate) fn deliver_goods(&mut self, _order: &Id) -> Result<(), Rejection> {
        Err(Rejection::RelistState)
    }
}
