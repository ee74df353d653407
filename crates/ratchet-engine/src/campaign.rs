//! Campaigns: what is taken of their quota, their orders, groups and vouchers (PROMO-1 to PROMO-4, GROUP-1 to GROUP-3, PRE-1,
//! VOUCH-1). Records and questions about them; what they lead to is in `flow/promotion.rs`, `flow/group.rs`, `flow/presale.rs`
//! and `flow/voucher.rs`.

use crate::amount::{Money, Rate, Rounding, mul_div};
use crate::hash::Hash32;
use crate::id::{CampaignNo, Id, MemberNo, OrderNo};
use crate::plan::{Consolation, Discount, GroupPlan, LotteryPlan};
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// A campaign of a promotion (PROMO-1).
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Campaign {
    pub(crate) id: Id,
    /// Place of the promotion in the plan.
    pub(crate) promotion: usize,
    pub(crate) sku: Id,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) quota: Option<u32>,
    /// Pieces that orders hold or have bought (PROMO-3).
    pub(crate) taken: u64,
    pub(crate) cancelled: bool,
}

impl Campaign {
    pub(crate) fn new(
        id: Id,
        promotion: usize,
        sku: Id,
        (from, until): (Timestamp, Timestamp),
        quota: Option<u32>,
    ) -> Campaign {
        Campaign { id, promotion, sku, from, until, quota, taken: 0, cancelled: false }
    }

    /// Whether it takes orders, and gives back the pieces of refunded ones.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        !self.cancelled && now < self.until
    }

    /// Pieces that may still be taken; `None` without a quota.
    pub(crate) fn left(&self) -> Option<u64> {
        self.quota.map(|quota| u64::from(quota).saturating_sub(self.taken))
    }
}

/// Where an order of a campaign stands; its state as an order is apart from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) enum Stage {
    /// Not paid, or only its deposit.
    Unpaid,
    /// Paid; whether it is kept is open (PROMO-4).
    Undecided,
    /// Paid and kept: an ordinary order.
    Decided,
    /// Closed, or nothing is left of it.
    Ended,
}

/// Where a voucher stands (VOUCH-1, VOUCH-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub(crate) enum Voucher {
    /// None, or not yet.
    None,
    Good,
    Redeemed,
    /// Not redeemed in time, or its order was refunded before.
    Void,
}

/// What an order of a campaign has beside what every order has.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct CampaignOrder {
    pub(crate) campaign: CampaignNo,
    /// The outside id: draws are over these (PROMO-5b).
    pub(crate) id: Id,
    pub(crate) quantity: u32,
    /// The group it wants to join or is in: the order that opened it.
    pub(crate) group: Option<OrderNo>,
    pub(crate) code_hash: Option<Hash32>,
    /// Paid and in escrow while the order is placed (PRE-1).
    pub(crate) deposit: Money,
    pub(crate) stage: Stage,
    /// Its pieces are counted as taken.
    pub(crate) holds: bool,
    pub(crate) voucher: Voucher,
    /// What a rate's leader bonus still comes to (GROUP-4).
    pub(crate) bonus: Money,
}

/// Where a group stands (GROUP-1, GROUP-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub enum GroupState {
    /// May be joined.
    Open,
    /// Full; waits for the seed of its lottery.
    Waits,
    /// All its orders are decided.
    Succeeded,
    /// Not full in time, its campaign cancelled, its seed withheld, or left by all.
    Failed,
}

impl GroupState {
    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            GroupState::Open => "open",
            GroupState::Waits => "waits",
            GroupState::Succeeded => "succeeded",
            GroupState::Failed => "failed",
        }
    }
}

/// A group; its id is that of the order that opened it.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Group {
    pub(crate) campaign: CampaignNo,
    pub(crate) state: GroupState,
    /// Orders in it, in the order of payment; the first one's member leads. After it ended those it had then.
    pub(crate) orders: Vec<OrderNo>,
    /// When it fails unless it is full.
    pub(crate) ends_at: Timestamp,
    /// Of a fixed leader's bonus: how many of its orders have settled and are kept, what that makes of the bonus, and
    /// the part of it that `operator.due` paid (GROUP-4).
    pub(crate) kept: u32,
    pub(crate) bonus: Money,
    pub(crate) bonus_operator: Money,
}

impl Group {
    /// The order of the leader; `None` if everybody has left.
    pub(crate) fn leader(&self) -> Option<OrderNo> {
        self.orders.first().copied()
    }
}

/// All campaigns of a programme.
#[derive(Clone, Debug, Default)]
pub(crate) struct Campaigns {
    list: Column<Campaign>,
    /// Orders of each campaign, in the order of their numbers.
    orders_of: Table<CampaignNo, Vec<OrderNo>>,
    /// Pieces of each campaign's members, of orders that are not closed and not refunded in full (CAT-4).
    pieces: Table<(CampaignNo, MemberNo), u64>,
    orders: Table<OrderNo, CampaignOrder>,
    groups: Table<OrderNo, Group>,
}

undo_fields!(Campaigns { parts: list, orders_of, pieces, orders, groups; });

impl Campaigns {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (CampaignNo, &Campaign)> {
        self.list.iter().zip(0..).map(|(campaign, number)| (CampaignNo(number), campaign))
    }

    pub(crate) fn get(&self, campaign: CampaignNo) -> &Campaign {
        &self.list[campaign.index()]
    }

    /// A campaign's orders, in the order of their numbers.
    pub(crate) fn orders_of(&self, campaign: CampaignNo) -> &[OrderNo] {
        self.orders_of.get(&campaign).map_or(&[], Vec::as_slice)
    }

    /// Pieces of a campaign that count for a member's limit.
    pub(crate) fn pieces_of(&self, campaign: CampaignNo, member: MemberNo) -> u64 {
        self.pieces.get(&(campaign, member)).copied().unwrap_or(0)
    }

    /// All members with pieces of a campaign, in joining order.
    pub(crate) fn pieces(&self, campaign: CampaignNo) -> impl Iterator<Item = (MemberNo, u64)> {
        let of = self.pieces.range((campaign, MemberNo(0))..=(campaign, MemberNo(u32::MAX)));
        of.map(|((_, member), pieces)| (*member, *pieces))
    }

    pub(crate) fn get_mut(&mut self, campaign: CampaignNo) -> &mut Campaign {
        &mut self.list[campaign.index()]
    }

    /// What an order has of a campaign; `None` of an ordinary order.
    pub(crate) fn order(&self, order: OrderNo) -> Option<&CampaignOrder> {
        self.orders.get(&order)
    }

    /// The same with its campaign.
    pub(crate) fn of_order(&self, order: OrderNo) -> Option<(&CampaignOrder, &Campaign)> {
        let record = self.orders.get(&order)?;
        Some((record, self.get(record.campaign)))
    }

    /// Of an order that events say is one of a campaign.
    pub(crate) fn order_mut(&mut self, order: OrderNo) -> &mut CampaignOrder {
        self.orders.get_mut(&order).expect("an order of a campaign is placed before anything else")
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = (OrderNo, &CampaignOrder)> {
        self.orders.iter().map(|(number, record)| (*number, record))
    }

    pub(crate) fn group(&self, group: OrderNo) -> Option<&Group> {
        self.groups.get(&group)
    }

    pub(crate) fn group_mut(&mut self, group: OrderNo) -> &mut Group {
        self.groups.get_mut(&group).expect("a group is opened before anything else")
    }

    pub(crate) fn groups(&self) -> impl Iterator<Item = (OrderNo, &Group)> {
        self.groups.iter().map(|(number, group)| (*number, group))
    }

    /// The group an order is in, if it is in one: the order is among its orders.
    pub(crate) fn group_of(&self, order: OrderNo) -> Option<(OrderNo, &Group)> {
        let number = self.order(order)?.group?;
        let group = self.groups.get(&number)?;
        group.orders.contains(&order).then_some((number, group))
    }

    pub(crate) fn open(&mut self, campaign: Campaign) {
        self.list.push(campaign);
    }

    /// A new order takes its pieces.
    pub(crate) fn place(&mut self, order: OrderNo, member: MemberNo, record: CampaignOrder) {
        let campaign = self.get_mut(record.campaign);
        campaign.taken += u64::from(record.quantity);
        *self.pieces.entry((record.campaign, member)).or_default() += u64::from(record.quantity);
        self.orders_of.push_to(record.campaign, order);
        self.orders.insert(order, record);
    }

    /// An order is over; `returned` of its pieces are free again.
    pub(crate) fn end(&mut self, order: OrderNo, member: MemberNo, returned: u32) {
        let record = self.order_mut(order);
        record.stage = Stage::Ended;
        if record.voucher == Voucher::Good {
            record.voucher = Voucher::Void;
        }
        record.holds = returned == 0;
        let (number, quantity) = (record.campaign, record.quantity);
        let campaign = self.get_mut(number);
        campaign.taken -= u64::from(returned);
        let left = self.pieces_of(number, member) - u64::from(quantity);
        if left == 0 {
            self.pieces.remove(&(number, member));
        } else {
            self.pieces.insert((number, member), left);
        }
    }

    pub(crate) fn open_group(&mut self, group: OrderNo, ends_at: Timestamp) {
        let record = self.order_mut(group);
        record.group = Some(group);
        let campaign = record.campaign;
        let state = GroupState::Open;
        let (orders, none) = (vec![group], Money::ZERO);
        let (bonus, bonus_operator) = (none, none);
        self.groups.insert(group, Group { campaign, state, orders, ends_at, kept: 0, bonus, bonus_operator });
    }

    /// An order leaves; a group that nobody is left in is closed.
    pub(crate) fn leave_group(&mut self, group: OrderNo, order: OrderNo) {
        let group = self.group_mut(group);
        group.orders.retain(|other| *other != order);
        if group.orders.is_empty() {
            group.state = GroupState::Failed;
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.orders.len() * size_of::<(OrderNo, CampaignOrder)>()
            + self.groups.len() * size_of::<(OrderNo, Group)>()
            + self.list.len() * size_of::<Campaign>()
    }
}

/// GROUP-4: what a fixed bonus comes to when so many orders of the group have settled and are kept.
pub(crate) fn fixed_bonus(bonus: Money, kept: u32, members: u32) -> Money {
    // Rounds down; the platform keeps the remainder until the last order settles.
    let part = mul_div(bonus.as_u128(), kept.into(), members.into(), Rounding::Down);
    part.and_then(Money::from_wide).unwrap_or(bonus)
}

/// GROUP-4: what a rate's bonus comes to on a base.
pub(crate) fn rate_bonus(group: &GroupPlan, base: Money) -> Money {
    match group.leader_bonus {
        // Rounds down; the platform keeps the remainder.
        Some(Discount::Rate(rate)) => rate.floor_of(base),
        Some(Discount::Fixed(_)) | None => Money::ZERO,
    }
}

/// LOT-1: what a member of a lottery group gets in money's worth that did not win; a coupon is worth nothing by itself.
pub(crate) fn consolation(lottery: &LotteryPlan, amount: Money) -> Money {
    match lottery.consolation {
        Consolation::Cash(Discount::Fixed(money)) | Consolation::Loyalty(money) => money,
        // Rounds down; the fund keeps the remainder.
        Consolation::Cash(Discount::Rate(rate)) => rate.floor_of(amount),
        Consolation::Coupon(_) => Money::ZERO,
    }
}

/// LOT-2: what taking part in a lottery is worth on average, beside the goods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// How many of a group win the goods at the price ...
    pub winners: u32,
    /// ... of how many.
    pub members: u32,
    /// What each of the others gets, in money's worth.
    pub consolation: Money,
    /// `consolation · (members − winners) / members`, rounded down.
    pub value: Money,
    /// `winners / members`, rounded down.
    pub chance: Rate,
}

impl Expectation {
    /// Of a lottery among `members` at this amount of an order.
    pub(crate) fn of(lottery: &LotteryPlan, members: u32, amount: Money) -> Expectation {
        let LotteryPlan { winners, .. } = *lottery;
        let consolation = consolation(lottery, amount);
        let losers = u128::from(members.saturating_sub(winners));
        // Both round down: nobody is promised more than there is.
        let value = mul_div(consolation.as_u128(), losers, u128::from(members), Rounding::Down);
        let chance = u64::from(winners) * u64::from(Rate::ONE.ppm()) / u64::from(members);
        Expectation {
            winners,
            members,
            consolation,
            value: value.and_then(Money::from_wide).unwrap_or(Money::ZERO),
            chance: Rate::from_ppm(u32::try_from(chance).unwrap_or(Rate::ONE.ppm())),
        }
    }
}
