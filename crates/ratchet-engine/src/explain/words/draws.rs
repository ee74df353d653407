//! The words of goods sold on and of the bonuses of a chain.

use super::{Explanation, Narrator, said};
use crate::event::GoodsSold;
use crate::ledger::AccountKind;

impl Narrator<'_> {
    /// RELIST-2: what a posting of a sale means.
    pub(super) fn goods_sold(&self, sold: &GoodsSold, kind: AccountKind) -> Explanation {
        let GoodsSold { order, seller, buyer, price, fee, .. } = sold;
        let (id, seller, buyer) = (self.order_id(*order), self.name(*seller), self.name(*buyer));
        let said = if kind == AccountKind::PlatformRevenue {
            said(
                "RELIST-2",
                format!("{buyer} 从 {seller} 手中买下订单 {id} 的货，平台从售价中收取手续费"),
                format!(
                    "{buyer} bought the goods of order {id} from {seller}; the platform keeps its fee of the price"
                ),
            )
        } else {
            said(
                "RELIST-2",
                format!("{seller} 把订单 {id} 的货加价卖给 {buyer}：卖方所得全部是下一位买方的钱"),
                format!(
                    "{seller} sold the goods of order {id} to {buyer} at a mark-up: all the seller gets is the next buyer's money"
                ),
            )
        };
        let before = self.engine.state.relist.get(*order).map(|goods| self.money(goods.price));
        said.input("price before", before.unwrap_or_default())
            .input("price", self.money(*price))
            .input("fee", self.money(*fee))
    }
}
