//! Loyalty points of fixed worth (LOY-1).

use crate::engine::Engine;
use crate::id::MemberNo;

impl Engine {
    /// A member's oldest loyalty points expire.
    pub(crate) fn expire_loyalty(&mut self, _member: MemberNo) {}
}
