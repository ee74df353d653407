//! What commands name, found or refused, and facts of what stands in the state that several flows ask for.

use crate::amount::Money;
use crate::campaign::Campaign;
use crate::command::OrderTerms;
use crate::engine::Engine;
use crate::event::Event;
use crate::id::{CampaignNo, Id, LineNo, MerchantNo, OrderNo, ProductNo, SkuNo, WithdrawalNo};
use crate::keys::KeyKind;
use crate::order::OrderState;
use crate::plan::ClassPlan;
use crate::rejection::Rejection;

impl Engine {
    /// The order with this id, if it is in one of these states.
    pub(crate) fn order_in(&self, order: &Id, states: &[OrderState]) -> Result<OrderNo, Rejection> {
        let order = self.named_order(order.as_str()).ok_or(Rejection::OrderUnknown)?;
        if states.contains(&self.state.orders.order(order).state) {
            Ok(order)
        } else {
            Err(Rejection::OrderState)
        }
    }

    pub(crate) fn merchant_or_register(&mut self, id: Option<&Id>) -> MerchantNo {
        let Some(id) = id else { return MerchantNo(0) };
        if let Some(merchant) = self.state.merchant_numbers.get(id) {
            return *merchant;
        }
        let merchant = MerchantNo::at(self.state.merchants.len()).expect("room was checked");
        self.commit(Event::MerchantRegistered { merchant, id: id.clone() });
        merchant
    }

    /// The award zone of this name, as its place in the plan.
    pub(crate) fn find_zone(&self, zone: &Id) -> Option<u16> {
        let release = self.plan.release.as_ref()?;
        let place = release.zones.iter().position(|(name, _)| name == zone.as_str())?;
        u16::try_from(place).ok()
    }

    /// The class of this name, as its place in the plan (CAT-7).
    pub(crate) fn find_class(&self, class: &Id) -> Option<u16> {
        ClassPlan::place_of(&self.plan.classes, class.as_str())
    }

    /// The article with this id, if it is listed.
    pub(crate) fn listed_sku(&self, sku: &Id) -> Option<SkuNo> {
        let sku = SkuNo(self.find(KeyKind::Sku, sku.as_str())?);
        self.state.catalogue.sku(sku).listed.then_some(sku)
    }

    /// The source of the terms, as its place in the plan; `None` if there is none of this name.
    pub(crate) fn find_source(&self, terms: &OrderTerms) -> Option<usize> {
        let Some(source) = terms.mall.as_deref().and_then(|mall| mall.source.as_ref()) else {
            return Some(0);
        };
        self.plan.sources.iter().position(|known| known.id == source.as_str())
    }

    pub(crate) fn find_campaign(&self, campaign: &Id) -> Option<CampaignNo> {
        self.find(KeyKind::Campaign, campaign.as_str()).map(CampaignNo)
    }

    /// The campaign that an order names, if there is one of that name.
    pub(crate) fn campaign_of(&self, terms: &OrderTerms) -> Option<(CampaignNo, &Campaign)> {
        let number = self.find_campaign(terms.mall.as_ref()?.campaign.as_ref()?)?;
        Some((number, self.state.campaigns.get(number)))
    }

    pub(crate) fn amount_left(&self, line: LineNo) -> Money {
        let refunded = self.state.orders.history(line).refunded;
        self.state.orders.amount(line).saturating_sub(refunded)
    }

    /// The number of a withdrawal of whomever. Refuses: limit_reached, amount_not_positive, withdrawal_exists.
    pub(crate) fn next_withdrawal(&self, withdrawal: &Id, amount: Money) -> Result<WithdrawalNo, Rejection> {
        let number = WithdrawalNo::at(self.state.withdrawals.list.len()).ok_or(Rejection::LimitReached)?;
        if amount.is_zero() {
            return Err(Rejection::AmountNotPositive);
        }
        if self.find(KeyKind::Withdrawal, withdrawal.as_str()).is_some() {
            return Err(Rejection::WithdrawalExists);
        }
        Ok(number)
    }

    /// Whether orders of this plan have anything to do with a mall.
    #[inline]
    pub(crate) fn has_mall(&self) -> bool {
        let plan = &self.plan;
        plan.catalogue.is_some() || !plan.sources.is_empty()
    }

    /// RANK-1, COMM-5: whether a line counts in volumes or in the dividend's base.
    #[inline]
    pub(crate) fn counts_volume(&self, line: LineNo) -> bool {
        let state = &self.state;
        (state.volumes.is_kept() || state.dividend.due_at.is_some())
            && !self.excludes_of(state.orders.line(line).order).commission
    }

    /// The product with this id, if it is listed.
    pub(crate) fn listed_product(&self, product: &Id) -> Option<ProductNo> {
        let number = ProductNo(self.find(KeyKind::Product, product.as_str())?);
        self.state.merchant_records.product(number).listed.then_some(number)
    }
}
