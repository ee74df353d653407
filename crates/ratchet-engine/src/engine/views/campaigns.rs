//! Campaigns and groups as others may see them.

use crate::amount::Currency;
use crate::campaign::{Campaign, Expectation, GroupState};
use crate::engine::Engine;
use crate::id::{CampaignNo, OrderNo};
use crate::keys::KeyKind;
use crate::plan::{Bilingual, PromotionPlan};
use crate::time::Timestamp;

/// A campaign of a promotion (PROMO-1).
#[derive(Clone, Copy, Debug)]
pub struct CampaignView<'a> {
    /// Outside id.
    pub id: &'a str,
    /// What the plan says of it.
    pub promotion: &'a PromotionPlan,
    /// What it sells.
    pub sku: &'a str,
    /// From when on it takes orders.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Most pieces.
    pub quota: Option<u32>,
    /// Pieces that are taken (PROMO-3).
    pub taken: u64,
    /// Pieces that may still be taken; `None` without a quota.
    pub left: Option<u64>,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// Commitments that no draw has taken (PROMO-5).
    pub commitments: usize,
    /// Draws whose seed was never revealed (PROMO-5d).
    pub withheld: u32,
    /// What taking part in its lottery is worth; `None` without a lottery (LOT-2).
    pub expectation: Option<Expectation>,
}

/// A group (GROUP-1).
#[derive(Clone, Copy, Debug)]
pub struct GroupView<'a> {
    /// Outside id: that of the order that opened it.
    pub id: &'a str,
    /// Its campaign.
    pub campaign: &'a str,
    /// Where it stands.
    pub state: GroupState,
    /// How many orders are in it; once it ended, how many were.
    pub members: usize,
    /// How many make it full.
    pub needed: u32,
    /// The leader's outside id; `None` if everybody left.
    pub leader: Option<&'a str>,
    /// When it fails unless it is full.
    pub ends_at: Timestamp,
}

impl Expectation {
    /// The line that belongs to the listing (LOT-2).
    pub fn text(&self, currency: &Currency) -> Bilingual {
        let Expectation { winners, members, chance, .. } = self;
        let [consolation, value] = [self.consolation, self.value].map(|money| currency.format(money));
        Bilingual {
            zh: format!(
                "{members} 人中抽 {winners} 人按标价得货，机会为 {winners}/{members}（约 {chance}）；未抽中者全额退款，另得安慰 {consolation}。平均每位参与者得安慰 {value}，不多不少。"
            ),
            en: format!(
                "{winners} of {members} get the goods at the price, a chance of {winners}/{members} (about {chance}); who does not win gets the whole price back and a consolation of {consolation}. On average a participant gets {value} of consolation, and nothing else."
            ),
        }
    }
}

impl Engine {
    /// All campaigns, in the order of opening.
    pub fn campaigns(&self) -> impl Iterator<Item = CampaignView<'_>> {
        self.state.campaigns.iter().map(|(number, campaign)| self.campaign_view(number, campaign))
    }

    /// The campaign with this id.
    pub fn campaign(&self, id: &str) -> Option<CampaignView<'_>> {
        let number = CampaignNo(self.find(KeyKind::Campaign, id)?);
        Some(self.campaign_view(number, self.state.campaigns.get(number)))
    }

    fn campaign_view<'a>(&'a self, number: CampaignNo, campaign: &'a Campaign) -> CampaignView<'a> {
        let promotion = self.promotion_of(number);
        let lottery = promotion.lottery.as_ref().zip(promotion.group);
        CampaignView {
            id: campaign.id.as_str(),
            promotion,
            sku: campaign.sku.as_str(),
            from: campaign.from,
            until: campaign.until,
            quota: campaign.quota,
            taken: campaign.taken,
            left: campaign.left(),
            cancelled: campaign.cancelled,
            commitments: self.state.draws.left(number),
            withheld: self.state.draws.withheld(number),
            expectation: lottery
                .map(|(lottery, group)| Expectation::of(lottery, group.members, promotion.price)),
        }
    }

    /// All groups, by the number of the order that opened them.
    pub fn groups(&self) -> impl Iterator<Item = GroupView<'_>> {
        self.state.campaigns.groups().filter_map(|(number, _)| self.group_view(number))
    }

    /// The group that this order opened.
    pub fn group(&self, id: &str) -> Option<GroupView<'_>> {
        self.group_view(OrderNo(self.find(KeyKind::Order, id)?))
    }

    fn group_view(&self, number: OrderNo) -> Option<GroupView<'_>> {
        let group = self.state.campaigns.group(number)?;
        let leader = group.leader().map(|order| self.state.orders.order(order).member);
        Some(GroupView {
            id: self.state.campaigns.order(number)?.id.as_str(),
            campaign: self.state.campaigns.get(group.campaign).id.as_str(),
            state: group.state,
            members: group.orders.len(),
            needed: self.promotion_of(group.campaign).group?.members,
            leader: leader.map(|member| self.state.members.name(member)),
            ends_at: group.ends_at,
        })
    }
}
