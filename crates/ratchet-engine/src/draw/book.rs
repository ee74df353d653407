//! Published commitments and the draws that use them (PROMO-5, PROMO-5a).

use std::collections::{BTreeMap, BTreeSet};

use crate::hash::Hash32;
use crate::id::{CampaignNo, OrderNo};
use crate::undo::{Set, Table, undo_fields};

/// Most commitments of one campaign.
pub(crate) const CAMPAIGN_COMMITMENTS_MAX: usize = 1_000_000;

/// What became of a campaign's commitments.
#[derive(Clone, Copy, Debug, Default, ratchet_wire_derive::Snapshot)]
struct Used {
    /// How many draws have taken, in order.
    taken: usize,
    /// Of these, how many seeds were withheld.
    withheld: u32,
}

/// Where a draw stands.
#[derive(Clone, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) enum DrawState {
    /// Its entries are not closed yet.
    Open,
    /// Its seed may be revealed.
    Waits,
    /// It has its result.
    Revealed(Box<Revealed>),
    /// Its seed was not revealed in time.
    Withheld,
    /// There was nothing left to draw: its entries were refunded.
    Dropped,
}

impl DrawState {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            DrawState::Open => "open",
            DrawState::Waits => "waits",
            DrawState::Revealed(_) => "revealed",
            DrawState::Withheld => "withheld",
            DrawState::Dropped => "dropped",
        }
    }
}

/// A seed and what followed from it.
#[derive(Clone, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) struct Revealed {
    pub(crate) seed: Hash32,
    pub(crate) result: DrawResult,
}

/// What a draw came to.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
pub enum DrawResult {
    /// Orders of a full group, in the order of payment, and those that were drawn, in the order in which they were.
    Winners {
        /// All.
        entries: Vec<OrderNo>,
        /// Those drawn.
        winners: Vec<OrderNo>,
    },
    /// The item of a box.
    Item {
        /// Weights in the plan's order, zero where nothing was left.
        weights: Vec<u32>,
        /// Whether the top item was due.
        pity: bool,
        /// Its place in the plan.
        item: u32,
    },
}

/// One draw.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Draw {
    pub(crate) campaign: CampaignNo,
    pub(crate) commitment: Hash32,
    pub(crate) state: DrawState,
}

/// All commitments and draws of a programme.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draws {
    /// Commitments of each campaign, in order of publication.
    lists: Table<CampaignNo, Vec<Hash32>>,
    used: Table<CampaignNo, Used>,
    /// Every commitment ever published: none is used twice.
    published: Set<Hash32>,
    /// By the order that opened the group, or the order of the box.
    draws: Table<OrderNo, Draw>,
}

undo_fields!(Draws { parts: lists, used, published, draws; });

impl Draws {
    /// Whether a commitment was published before.
    pub(crate) fn is_published(&self, commitment: &Hash32) -> bool {
        self.published.contains(commitment)
    }

    /// Whether so many more may be published for this campaign.
    pub(crate) fn has_room(&self, campaign: CampaignNo, more: usize) -> bool {
        self.list(campaign).len() + more <= CAMPAIGN_COMMITMENTS_MAX
    }

    pub(crate) fn publish(&mut self, campaign: CampaignNo, commitments: &[Hash32]) {
        for commitment in commitments {
            self.published.insert(*commitment);
            self.lists.push_to(campaign, *commitment);
        }
    }

    fn list(&self, campaign: CampaignNo) -> &[Hash32] {
        self.lists.get(&campaign).map_or(&[], Vec::as_slice)
    }

    fn used(&self, campaign: CampaignNo) -> Used {
        self.used.get(&campaign).copied().unwrap_or_default()
    }

    /// How many commitments of a campaign no draw has taken.
    pub(crate) fn left(&self, campaign: CampaignNo) -> usize {
        self.list(campaign).len() - self.used(campaign).taken
    }

    /// The commitment that the next draw of a campaign takes.
    pub(crate) fn next_commitment(&self, campaign: CampaignNo) -> Option<Hash32> {
        self.list(campaign).get(self.used(campaign).taken).copied()
    }

    /// How many draws of a campaign failed because their seed was withheld.
    pub(crate) fn withheld(&self, campaign: CampaignNo) -> u32 {
        self.used(campaign).withheld
    }

    /// A draw begins: it takes the next commitment of its campaign.
    pub(crate) fn begin(&mut self, draw: OrderNo, campaign: CampaignNo) {
        let commitment = self.next_commitment(campaign).expect("a commitment was there when it was decided");
        self.used.entry(campaign).or_default().taken += 1;
        self.draws.insert(draw, Draw { campaign, commitment, state: DrawState::Open });
    }

    /// The draw of a group or of a box, if it has one.
    pub(crate) fn get(&self, draw: OrderNo) -> Option<&Draw> {
        self.draws.get(&draw)
    }

    /// Whether a draw waits for its seed.
    pub(crate) fn waits(&self, draw: OrderNo) -> bool {
        self.get(draw).is_some_and(|draw| draw.state == DrawState::Waits)
    }

    /// Whether a draw has begun and is neither decided nor given up.
    pub(crate) fn is_undecided(&self, draw: OrderNo) -> bool {
        self.get(draw).is_some_and(|draw| matches!(draw.state, DrawState::Open | DrawState::Waits))
    }

    /// A draw that is neither decided nor given up changes its state.
    pub(crate) fn set(&mut self, draw: OrderNo, state: DrawState) {
        let Some(draw) = self.draws.get_mut(&draw) else { return };
        if state == DrawState::Withheld {
            self.used.entry(draw.campaign).or_default().withheld += 1;
        }
        draw.state = state;
    }

    /// Every draw, by order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (OrderNo, &Draw)> {
        self.draws.iter().map(|(order, draw)| (*order, draw))
    }

    /// Every campaign with commitments: all of them, how many are taken, how many draws were withheld.
    pub(crate) fn campaigns(&self) -> impl Iterator<Item = (CampaignNo, &[Hash32], usize, u32)> {
        self.lists.iter().map(|(campaign, list)| {
            let Used { taken, withheld } = self.used(*campaign);
            (*campaign, list.as_slice(), taken, withheld)
        })
    }

    pub(crate) fn bytes(&self) -> usize {
        // A commitment stands in its list and in the set of all.
        2 * self.published.len() * size_of::<Hash32>() + self.draws.len() * size_of::<(OrderNo, Draw)>()
    }

    /// Each draw has the commitment of its campaign that it took, no commitment is published twice, and withheld draws are
    /// counted.
    pub(crate) fn is_consistent(&self) -> bool {
        let mut taken: BTreeMap<CampaignNo, BTreeSet<Hash32>> = BTreeMap::new();
        let mut withheld: BTreeMap<CampaignNo, u32> = BTreeMap::new();
        for draw in self.draws.values() {
            taken.entry(draw.campaign).or_default().insert(draw.commitment);
            *withheld.entry(draw.campaign).or_default() += u32::from(draw.state == DrawState::Withheld);
        }
        let listed: usize = self.lists.values().map(Vec::len).sum();
        listed == self.published.len()
            && self.campaigns().all(|(campaign, list, used, lost)| {
                let used: BTreeSet<Hash32> = list.iter().take(used).copied().collect();
                used == taken.remove(&campaign).unwrap_or_default()
                    && lost == withheld.get(&campaign).copied().unwrap_or(0)
            })
            && taken.is_empty()
    }
}
