//! Blind boxes: what is left of their items, who waits for its box, and who is due the top item (BOX-1 to BOX-3); and how old
//! members are, as far as that matters.

use crate::catalogue::Place;
use crate::id::{CampaignNo, MemberNo, OrderNo, SkuNo, index};
use crate::plan::BlindBoxPlan;
use crate::rejection::Rejection;
use crate::time::Day;
use crate::undo::{Table, undo_fields};
use crate::wire::name_of;

/// How old a member is, as far as it matters (12.5).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
#[snapshot(module = "command")]
pub enum AgeBand {
    /// Under 8.
    #[serde(rename = "under_8")]
    Under8,
    /// 8 to 17.
    Minor,
    /// 18 or older.
    Adult,
}

impl AgeBand {
    /// Every band with its name in JSON.
    pub const NAMED: [(&'static str, AgeBand); 3] =
        [("under_8", AgeBand::Under8), ("minor", AgeBand::Minor), ("adult", AgeBand::Adult)];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        name_of(&AgeBand::NAMED, &self)
    }
}

/// What was attested of a member last (BOX-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Attested {
    pub(crate) age: AgeBand,
    /// A guardian's consent is on record.
    pub(crate) consent: bool,
}

impl Attested {
    /// BOX-1: who may buy a box. Refuses: age_gate.
    pub(crate) fn check(self) -> Result<(), Rejection> {
        match (self.age, self.consent) {
            (AgeBand::Adult, _) | (AgeBand::Minor, true) => Ok(()),
            (AgeBand::Under8, _) | (AgeBand::Minor, false) => Err(Rejection::AgeGate),
        }
    }
}

/// The boxes of one campaign.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct BoxCampaign {
    /// The articles, in the plan's order.
    pub(crate) skus: Vec<SkuNo>,
    /// What is left of each, in the same order.
    pub(crate) left: Vec<u32>,
    /// Boxes paid and not opened.
    pub(crate) waiting: u32,
    /// What was left went back to the catalogue.
    pub(crate) over: bool,
}

impl BoxCampaign {
    /// A campaign with so many of each item.
    fn new(items: &[(SkuNo, u32)]) -> BoxCampaign {
        BoxCampaign {
            skus: items.iter().map(|(sku, _)| *sku).collect(),
            left: items.iter().map(|(_, left)| *left).collect(),
            waiting: 0,
            over: false,
        }
    }

    /// Whether there is an item for one more box.
    pub(crate) fn has_one_more(&self) -> bool {
        let left: u64 = self.left.iter().map(|left| u64::from(*left)).sum();
        !self.over && u64::from(self.waiting) < left
    }

    /// BOX-2: the weights of the items that are left, zero of the others.
    pub(crate) fn weights(&self, plan: &BlindBoxPlan) -> Vec<u32> {
        let items = plan.items.iter().zip(&self.left);
        items.map(|(item, left)| if *left > 0 { item.weight } else { 0 }).collect()
    }
}

/// An opened box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Opened {
    /// The place of its item in the plan.
    pub(crate) item: u32,
    /// Its article.
    pub(crate) sku: SkuNo,
    /// Where its piece is (CAT-3): held until the box leaves or is refunded in full.
    pub(crate) place: Place,
}

/// All boxes, and the ages of members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Boxes {
    campaigns: Table<CampaignNo, BoxCampaign>,
    /// Boxes without the top item since a member last had it, by campaign and member.
    misses: Table<(CampaignNo, MemberNo), u32>,
    /// The day on which a member last paid for a box of a campaign, and how many it paid for that day.
    paid: Table<(CampaignNo, MemberNo), (Day, u32)>,
    opened: Table<OrderNo, Opened>,
    ages: Table<MemberNo, Attested>,
}

undo_fields!(Boxes { parts: campaigns, misses, paid, opened, ages; });

impl Boxes {
    pub(crate) fn attest(&mut self, member: MemberNo, age: AgeBand, consent: bool) {
        self.ages.insert(member, Attested { age, consent });
    }

    pub(crate) fn age(&self, member: MemberNo) -> Option<Attested> {
        self.ages.get(&member).copied()
    }

    pub(crate) fn open_campaign(&mut self, campaign: CampaignNo, items: &[(SkuNo, u32)]) {
        self.campaigns.insert(campaign, BoxCampaign::new(items));
    }

    pub(crate) fn campaign(&self, campaign: CampaignNo) -> Option<&BoxCampaign> {
        self.campaigns.get(&campaign)
    }

    pub(crate) fn campaigns(&self) -> impl Iterator<Item = (CampaignNo, &BoxCampaign)> {
        self.campaigns.iter().map(|(campaign, boxes)| (*campaign, boxes))
    }

    /// The item of an opened box.
    /// How many boxes of a campaign a member paid for on a day.
    pub(crate) fn paid_on(&self, campaign: CampaignNo, member: MemberNo, day: Day) -> u32 {
        self.paid.get(&(campaign, member)).filter(|(on, _)| *on == day).map_or(0, |(_, paid)| *paid)
    }

    /// How many boxes of a campaign a member has opened since it last had the top item.
    pub(crate) fn misses(&self, campaign: CampaignNo, member: MemberNo) -> u32 {
        self.misses.get(&(campaign, member)).copied().unwrap_or(0)
    }

    pub(crate) fn opened(&self, order: OrderNo) -> Option<Opened> {
        self.opened.get(&order).copied()
    }

    pub(crate) fn all_opened(&self) -> impl Iterator<Item = (OrderNo, Opened)> {
        self.opened.iter().map(|(order, opened)| (*order, *opened))
    }

    /// Its piece left, or is back.
    pub(crate) fn move_item(&mut self, order: OrderNo, place: Place) {
        if let Some(opened) = self.opened.get_mut(&order) {
            opened.place = place;
        }
    }

    /// A box is paid; nothing happens for a campaign without boxes.
    pub(crate) fn pay(&mut self, campaign: CampaignNo, member: MemberNo, day: Day) {
        let Some(boxes) = self.campaigns.get_mut(&campaign) else { return };
        boxes.waiting += 1;
        let paid = self.paid_on(campaign, member, day) + 1;
        self.paid.insert((campaign, member), (day, paid));
    }

    /// A box is refunded before it was opened; nothing happens for a campaign without boxes.
    pub(crate) fn give_up(&mut self, campaign: CampaignNo) {
        if let Some(boxes) = self.campaigns.get_mut(&campaign) {
            boxes.waiting -= 1;
        }
    }

    /// A box is opened.
    pub(crate) fn open(&mut self, order: OrderNo, campaign: CampaignNo, member: MemberNo, item: u32) {
        let boxes = self.campaigns.get_mut(&campaign).expect("a box is one of a campaign with boxes");
        boxes.waiting -= 1;
        boxes.left[index(item)] -= 1;
        let sku = boxes.skus[index(item)];
        if item == 0 {
            self.misses.remove(&(campaign, member));
        } else {
            *self.misses.entry((campaign, member)).or_default() += 1;
        }
        self.opened.insert(order, Opened { item, sku, place: Place::Held });
    }

    /// What was left is no longer the campaign's.
    pub(crate) fn end(&mut self, campaign: CampaignNo) {
        if let Some(boxes) = self.campaigns.get_mut(&campaign) {
            boxes.left.fill(0);
            boxes.over = true;
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let members = self.misses.len() + self.paid.len();
        members * size_of::<(MemberNo, (Day, u32))>()
            + self.opened.len() * size_of::<(OrderNo, Opened)>()
            + self.ages.len() * size_of::<(MemberNo, Attested)>()
    }
}
