//! Draws of the naive model: commitments, lotteries and blind boxes (PROMO-5, LOT, BOX).

use super::Naive;
use super::arithmetic::floor_part;
use super::campaigns::{GroupState, HOUR_US};
use super::orders::OrderState;
use super::stock::discount_of;
use super::timers::Alarm;
use crate::command::AgeBand;
use crate::hash::Hash32;
use crate::id::{ID_BYTES_MAX, Id};
use crate::plan::{Consolation, Discount, ItemPlan};
use crate::rejection::Rejection;

/// A paid box (BOX-2).
#[derive(Clone, Debug)]
pub(crate) struct BlindBox {
    pub(crate) commitment: Hash32,
    /// The local day on which it was paid.
    day: i64,
    pub(crate) state: BoxState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BoxState {
    /// Its group is not full yet.
    Held,
    /// For its seed.
    Waits,
    /// The place of its item in the plan.
    Opened(usize),
    /// Refunded unopened.
    Gone,
}

/// PROMO-5b: random numbers from a seed and entries.
struct Numbers {
    prefix: Vec<u8>,
    block: u64,
    ready: Vec<u64>,
}

impl Numbers {
    fn new(seed: &Hash32, entries: &[String]) -> Numbers {
        let text: String = entries.iter().map(|entry| format!("{entry}\n")).collect();
        let mut prefix = seed.bytes().to_vec();
        prefix.extend_from_slice(Hash32::of(text.as_bytes()).bytes());
        Numbers { prefix, block: 0, ready: Vec::new() }
    }

    fn next(&mut self) -> u64 {
        if self.ready.is_empty() {
            let mut bytes = self.prefix.clone();
            bytes.extend_from_slice(&self.block.to_be_bytes());
            self.block += 1;
            let hash = *Hash32::of(&bytes).bytes();
            for eight in hash.chunks(8) {
                self.ready.push(eight.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
            }
        }
        self.ready.remove(0)
    }

    /// A number below `n`, by rejection.
    fn below(&mut self, n: u64) -> u64 {
        let whole = 1_u128 << 64;
        let fair = whole - whole % u128::from(n);
        loop {
            let number = self.next();
            if u128::from(number) < fair {
                return number % n;
            }
        }
    }
}

impl Naive {
    /// PROMO-5.
    pub(super) fn commit(&mut self, id: &Id, commitments: &[Hash32]) -> Result<(), Rejection> {
        let campaign = self.known_campaign(id)?;
        let promotion = self.promotion_of(campaign);
        let draws = promotion.lottery.is_some() || promotion.blind_box.is_some();
        if !draws || self.campaigns[campaign].cancelled {
            return Err(Rejection::CampaignState);
        }
        for (place, commitment) in commitments.iter().enumerate() {
            if self.commitments_used.contains(commitment) || commitments[..place].contains(commitment) {
                return Err(Rejection::CommitmentRepeated);
            }
        }
        self.commitments_used.extend(commitments.iter().copied());
        self.campaigns[campaign].commitments.extend(commitments);
        Ok(())
    }

    /// PROMO-5: a draw that begins with this payment has a commitment.
    pub(super) fn check_commitment(&self, campaign: usize, joins: bool) -> Result<(), Rejection> {
        let promotion = self.promotion_of(campaign);
        let begins = promotion.blind_box.is_some() || (promotion.lottery.is_some() && !joins);
        if begins && self.campaigns[campaign].commitments.is_empty() {
            return Err(Rejection::NoCommitment);
        }
        Ok(())
    }

    /// PROMO-5a.
    pub(super) fn reveal(&mut self, draw: &Id, seed: &Hash32) -> Result<(), Rejection> {
        let waits =
            |group: &super::campaigns::Group| group.id == *draw && group.state == GroupState::Awaiting;
        let group = self.groups.iter().position(waits);
        let number = self.orders.iter().position(|order| order.id == *draw);
        let waiting_box = number.filter(|number| self.box_waits(*number));
        let commitment = match (group, waiting_box) {
            (Some(group), _) => self.groups[group].commitment,
            (None, Some(order)) => self.orders[order].blind_box.as_ref().map(|b| b.commitment),
            (None, None) => return Err(Rejection::DrawUnknown),
        };
        if commitment != Some(Hash32::of(seed.bytes())) {
            return Err(Rejection::SeedMismatch);
        }
        match (group, waiting_box) {
            (Some(group), _) => self.draw_group(group, seed),
            (None, Some(order)) => self.open_box(order, seed),
            (None, None) => {}
        }
        Ok(())
    }

    // ---- lotteries

    /// PROMO-5c, LOT-1.
    fn draw_group(&mut self, group: usize, seed: &Hash32) {
        self.cancel_alarm(Alarm::GroupReveal { group });
        let orders = self.groups[group].orders.clone();
        let entries: Vec<String> = orders.iter().map(|order| self.orders[*order].id.to_string()).collect();
        let lottery = self.promotion_of(self.groups[group].campaign).lottery.expect("only lotteries draw");
        let mut places = orders.clone();
        let mut numbers = Numbers::new(seed, &entries);
        let winners = usize::try_from(lottery.winners).expect("few");
        for place in 0..winners {
            let left = u64::try_from(places.len() - place).expect("few");
            let other = place + usize::try_from(numbers.below(left)).expect("few");
            places.swap(place, other);
        }
        self.groups[group].state = GroupState::Succeeded;
        for order in &places[..winners] {
            self.orders[*order].decided = true;
        }
        let losers: Vec<usize> =
            orders.into_iter().filter(|order| !places[..winners].contains(order)).collect();
        self.corner("lottery drawn");
        self.console(group, &losers);
    }

    /// PROMO-5d: no seed in time, or the campaign was cancelled while it was awaited.
    pub(super) fn withhold_group(&mut self, group: usize) {
        self.cancel_alarm(Alarm::GroupReveal { group });
        self.groups[group].state = GroupState::Over;
        self.campaigns[self.groups[group].campaign].withheld += 1;
        self.corner("seed of a lottery withheld");
        let orders = self.groups[group].orders.clone();
        self.console(group, &orders);
    }

    /// LOT-1: refunds and consolations, in the order of entry.
    fn console(&mut self, group: usize, orders: &[usize]) {
        let lottery = self.promotion_of(self.groups[group].campaign).lottery.expect("only lotteries draw");
        for order in orders {
            let member = self.orders[*order].member;
            let amount: i128 = self.orders[*order].lines.iter().map(|line| line.amount).sum();
            self.refund_whole(*order);
            let fund = self.funds[lottery.fund];
            match lottery.consolation {
                Consolation::Cash(cash) => {
                    let due = match cash {
                        Discount::Fixed(money) => i128::from(money.minor()),
                        Discount::Rate(rate) => floor_part(rate, amount),
                    };
                    let paid = due.min(fund);
                    self.funds[lottery.fund] -= paid;
                    self.earn(member, paid);
                    self.corner(if paid < due { "consolation cut" } else { "consolation" });
                }
                Consolation::Loyalty(money) => {
                    let paid = discount_of(Discount::Fixed(money), fund);
                    self.funds[lottery.fund] -= paid;
                    self.add_loyalty(member, paid);
                    self.corner("consolation in loyalty points");
                }
                Consolation::Coupon(rule) => {
                    let rule = self.coupon_of_today(self.groups[group].campaign, rule);
                    let text = format!("{}:consolation", self.orders[*order].id);
                    let id = Id::new(&text).ok().filter(|_| text.len() <= ID_BYTES_MAX);
                    if let Some(id) = id.filter(|id| !self.coupons.contains_key(id)) {
                        self.give_coupon(id, rule, member);
                        self.corner("consolation coupon");
                    }
                }
            }
        }
    }

    // ---- blind boxes

    /// The last attestation counts.
    pub(super) fn attest(&mut self, member: &Id, age: AgeBand, consent: bool) -> Result<(), Rejection> {
        let member = self.known_member(member)?;
        self.members[member].age = Some((age, consent));
        Ok(())
    }

    /// BOX-1.
    pub(super) fn check_box(&self, campaign: usize, member: Option<usize>) -> Result<(), Rejection> {
        let Some(plan) = &self.promotion_of(campaign).blind_box else { return Ok(()) };
        match member.and_then(|member| self.members[member].age) {
            None => return Err(Rejection::AgeUnknown),
            Some((AgeBand::Under8, _) | (AgeBand::Minor, false)) => return Err(Rejection::AgeGate),
            Some((AgeBand::Minor | AgeBand::Adult, _)) => {}
        }
        let today = self.local_day(self.now);
        let boxes = || self.orders.iter().filter(|order| order.campaign == Some(campaign));
        let of_today = boxes()
            .filter(|order| Some(order.member) == member)
            .filter(|order| order.blind_box.as_ref().is_some_and(|b| b.day == today))
            .count();
        if plan.limit_per_day.is_some_and(|limit| of_today >= usize::try_from(limit).expect("fits")) {
            return Err(Rejection::QuantityLimit);
        }
        let left: i128 = self.campaigns[campaign].items.iter().map(|(_, left)| left).sum();
        if self.unopened(campaign) >= left {
            return Err(Rejection::OutOfStock);
        }
        Ok(())
    }

    /// Boxes paid and not opened.
    fn unopened(&self, campaign: usize) -> i128 {
        let of = self.orders.iter().filter(|order| order.campaign == Some(campaign));
        let waits = of.filter_map(|order| order.blind_box.as_ref());
        let count = waits.filter(|b| matches!(b.state, BoxState::Held | BoxState::Waits)).count();
        i128::try_from(count).expect("few")
    }

    fn box_waits(&self, order: usize) -> bool {
        self.orders[order].blind_box.as_ref().is_some_and(|b| b.state == BoxState::Waits)
    }

    pub(super) fn box_paid(&mut self, order: usize) {
        let campaign = self.orders[order].campaign.expect("a box of a campaign");
        let commitment = self.campaigns[campaign].commitments.remove(0);
        let day = self.local_day(self.now);
        self.orders[order].blind_box = Some(BlindBox { commitment, day, state: BoxState::Held });
    }

    /// BOX-2: it waits for its seed from now on.
    pub(super) fn await_box(&mut self, order: usize) {
        let campaign = self.orders[order].campaign.expect("a box of a campaign");
        let plan = self.promotion_of(campaign).blind_box.clone().expect("a box");
        self.set_box(order, BoxState::Waits);
        self.set_alarm(Alarm::BoxReveal { order }, self.now + i64::from(plan.reveal_hours) * HOUR_US);
    }

    fn set_box(&mut self, order: usize, state: BoxState) {
        self.orders[order].blind_box.as_mut().expect("a box").state = state;
    }

    /// BOX-2, BOX-3, PROMO-5c.
    fn open_box(&mut self, order: usize, seed: &Hash32) {
        self.cancel_alarm(Alarm::BoxReveal { order });
        let (campaign, member) = (self.orders[order].campaign.expect("a box"), self.orders[order].member);
        let plan = self.promotion_of(campaign).blind_box.clone().expect("a box");
        let left: Vec<i128> = self.campaigns[campaign].items.iter().map(|(_, left)| *left).collect();
        // Opened boxes of the member in this campaign since its last top item.
        let without_top = self
            .openings
            .iter()
            .rev()
            .filter(|(of, who, _)| (*of, *who) == (campaign, member))
            .take_while(|(_, _, item)| *item != 0)
            .count();
        let due = plan.pity.is_some_and(|pity| without_top >= usize::try_from(pity).expect("fits"));
        let item = if due && left[0] > 0 {
            self.corner("pity");
            0
        } else {
            let weight =
                |(item, left): (&ItemPlan, &i128)| if *left > 0 { u64::from(item.weight) } else { 0 };
            let weights: Vec<u64> = plan.items.iter().zip(&left).map(weight).collect();
            let entries = vec![self.orders[order].id.to_string()];
            let mut at = Numbers::new(seed, &entries).below(weights.iter().sum());
            let mut item = 0;
            while at >= weights[item] {
                at -= weights[item];
                item += 1;
            }
            item
        };
        self.openings.push((campaign, member, item));
        self.campaigns[campaign].items[item].1 -= 1;
        self.set_box(order, BoxState::Opened(item));
        self.orders[order].decided = true;
        self.orders[order].drawn_item = Some(plan.items[item].clone());
        self.corner("box opened");
        self.return_items_if_over(campaign);
    }

    /// PROMO-5d.
    pub(super) fn withhold_box(&mut self, order: usize) {
        let campaign = self.orders[order].campaign.expect("a box");
        self.campaigns[campaign].withheld += 1;
        self.corner("seed of a box withheld");
        self.refund_whole(order);
    }

    /// PROMO-4c: who cancels instead of revealing has withheld the seeds that were awaited.
    pub(super) fn withhold_waiting_boxes(&mut self, campaign: usize) {
        for order in 0..self.orders.len() {
            if self.orders[order].campaign == Some(campaign) && self.box_waits(order) {
                self.campaigns[campaign].withheld += 1;
                self.corner("cancelled while a box was awaited");
            }
        }
    }

    pub(super) fn box_refunded(&mut self, order: usize) {
        let Some(state) = self.orders[order].blind_box.as_ref().map(|b| b.state) else { return };
        if matches!(state, BoxState::Held | BoxState::Waits) {
            self.set_box(order, BoxState::Gone);
            self.cancel_alarm(Alarm::BoxReveal { order });
            let campaign = self.orders[order].campaign.expect("a box");
            self.return_items_if_over(campaign);
        }
    }

    /// BOX-3a: at `until`.
    pub(super) fn end_boxes(&mut self, campaign: usize) {
        if self.unopened(campaign) > 0 {
            self.corner("campaign ended with boxes unopened");
        }
        self.return_items_if_over(campaign);
    }

    fn return_items_if_over(&mut self, campaign: usize) {
        let over = self.campaigns[campaign].cancelled || self.now >= self.campaigns[campaign].until;
        if over && self.unopened(campaign) == 0 {
            self.return_items(campaign);
        }
    }

    pub(super) fn return_items(&mut self, campaign: usize) {
        if self.unopened(campaign) == 0 {
            self.campaigns[campaign].items.iter_mut().for_each(|(_, left)| *left = 0);
        }
    }

    pub(super) fn box_numbers(&self, put: &mut impl FnMut(String, i128)) {
        for order in &self.orders {
            let state = order.blind_box.as_ref().map_or(0, |b| match b.state {
                BoxState::Held | BoxState::Waits => 1,
                BoxState::Opened(item) => 2 + i128::try_from(item).expect("few"),
                BoxState::Gone => 0,
            });
            put(format!("boxes.{}", order.id), state);
        }
    }
}

impl super::orders::Order {
    /// The item that was drawn for it.
    pub(super) fn drawn(&self) -> Option<DrawnItem> {
        let item = self.drawn_item.as_ref()?;
        let held = !matches!(self.state, OrderState::Placed | OrderState::Closed);
        held.then(|| DrawnItem { sku: Id::new(&item.sku).expect("the plan checks the ids of items") })
    }
}

/// A drawn piece.
pub(super) struct DrawnItem {
    pub(super) sku: Id,
}
