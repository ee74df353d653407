//! Merchants, their products, and what a tip would give and pay (MERCH-1 to MERCH-6).

use crate::amount::{Money, Points};
use crate::command::TipSize;
use crate::engine::Engine;
use crate::id::{Id, MerchantNo};
use crate::keys::KeyKind;
use crate::ledger::{Account, AccountKind};
use crate::merchant::{Merchant, MerchantState, Product};
use crate::rejection::Rejection;

/// A merchant that applied, as others may see it (MERCH-1).
#[derive(Clone, Copy, Debug)]
pub struct MerchantView<'a> {
    /// Its number, which its accounts have.
    pub no: MerchantNo,
    /// Outside id.
    pub id: &'a str,
    /// Outside id of the member whose it is.
    pub member: &'a str,
    /// Where it stands.
    pub state: MerchantState,
    /// Owed to it.
    pub payable: Money,
    /// Held for payouts.
    pub hold: Money,
    /// Owed by it after late refunds.
    pub receivable: Money,
}

/// A product that is or was listed (MERCH-6).
#[derive(Clone, Copy, Debug)]
pub struct ProductView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// Outside id of the merchant.
    pub merchant: &'a str,
    /// Retail price of one.
    pub price: Money,
    /// Value units for one.
    pub value_award: Points,
    /// What the merchant gives up of the price of one.
    pub concession: Option<Money>,
    /// Whether it is listed now.
    pub listed: bool,
}

/// What a tip would give and pay now (MERCH-2, MERCH-3): nobody is named, only ranks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TipOutlook {
    /// Value units for the recipient.
    pub value: Points,
    /// Value units for the merchant's own member.
    pub merchant_value: Points,
    /// Emission points that it costs.
    pub points: Points,
    /// Of them, for the recipient's upline, near to far: the place of the rank in the plan, and the points.
    pub recipient_side: Vec<(usize, Points)>,
    /// Of them, for the upline of the merchant's member.
    pub merchant_side: Vec<(usize, Points)>,
    /// Of them, burned.
    pub burned: Points,
    /// Free emission points of the merchant's member before it.
    pub free: Points,
}

impl Engine {
    /// The merchants that applied, by number.
    pub fn merchants(&self) -> impl Iterator<Item = MerchantView<'_>> {
        self.state.merchant_records.records().map(|(number, record)| self.merchant_view(number, record))
    }

    /// The merchant with this id, if it has applied.
    pub fn merchant(&self, id: &str) -> Option<MerchantView<'_>> {
        let number = *self.state.merchant_numbers.get(&Id::new(id).ok()?)?;
        Some(self.merchant_view(number, self.state.merchant_records.get(number)?))
    }

    /// The merchant of the member with this id: the one that applied or was approved, else the last that was rejected.
    pub fn merchant_of_member(&self, member: &str) -> Option<MerchantView<'_>> {
        let member = self.state.members.find(member)?;
        let records = &self.state.merchant_records;
        let number = records.of_member(member).or_else(|| {
            let rejected = records.records().filter(|(_, record)| record.member == member);
            rejected.last().map(|(number, _)| number)
        })?;
        Some(self.merchant_view(number, records.get(number)?))
    }

    fn merchant_view<'a>(&'a self, number: MerchantNo, record: &'a Merchant) -> MerchantView<'a> {
        let balance = |kind| {
            let minor = self.state.ledger.balance(Account::merchant(kind, number)).unsigned_abs();
            Money::from_wide(minor).unwrap_or(Money::ZERO)
        };
        MerchantView {
            no: number,
            id: self.state.merchants[number.index()].as_str(),
            member: self.state.members.name(record.member),
            state: record.state,
            payable: balance(AccountKind::MerchantPayable),
            hold: balance(AccountKind::MerchantHold),
            receivable: balance(AccountKind::MerchantReceivable),
        }
    }

    /// The outside id of a merchant that lines name; the supplier of lines that name none has none.
    pub(super) fn merchant_named(&self, merchant: MerchantNo) -> Option<String> {
        let id = self.state.merchants.get(merchant.index()).filter(|_| merchant.index() > 0);
        id.map(ToString::to_string)
    }

    /// The product with this id, listed or delisted.
    pub fn product(&self, id: &str) -> Option<ProductView<'_>> {
        let number = self.find(KeyKind::Product, id)?;
        Some(self.product_view(self.state.merchant_records.product(crate::id::ProductNo(number))))
    }

    /// The products that are or were listed, by number.
    pub fn products(&self) -> impl Iterator<Item = ProductView<'_>> {
        self.state.merchant_records.products().iter().map(|product| self.product_view(product))
    }

    fn product_view<'a>(&'a self, product: &'a Product) -> ProductView<'a> {
        ProductView {
            id: product.id.as_str(),
            merchant: self.state.merchants[product.merchant.index()].as_str(),
            price: product.price,
            value_award: product.award,
            concession: product.concession,
            listed: product.listed,
        }
    }

    /// What `tip.give` would give and pay now. Refuses as it does, but for tip_exists.
    pub fn tip_outlook(&self, merchant: &Id, member: &Id, size: TipSize) -> Result<TipOutlook, Rejection> {
        let tip = self.checked_tip(None, merchant, member, size)?;
        let sides = self.tip_sides(&tip);
        let rank = |(upline, points)| self.state.network.rank(upline).map(|rank| (rank, points));
        let [recipient_side, merchant_side] =
            sides.map(|side| side.into_iter().filter_map(rank).collect::<Vec<_>>());
        let paid = recipient_side.iter().chain(&merchant_side);
        let burned = paid.fold(tip.points, |left, (_, points)| left.checked_sub(*points).unwrap_or(left));
        Ok(TipOutlook {
            value: tip.value,
            merchant_value: tip.own,
            points: tip.points,
            recipient_side,
            merchant_side,
            burned,
            free: self.free_emission(tip.giver),
        })
    }
}
