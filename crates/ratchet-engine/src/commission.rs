//! What orders earn for others: the entitlements recorded at payment, what they come to on what is left of the bases, and the
//! agents of regions (COMM-0 to COMM-6, EMIT-1).
//!
//! An item says alone who gets which part of a line's base, so amounts are a pure function of items and bases: the same at
//! settlement, before and after a late refund, and in a preview. No amount is ever kept with an item.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::amount::{Money, Rate};
use crate::id::{MemberNo, OrderNo, index};
use crate::region::Region;
use crate::undo::{Column, Table, undo_fields};

/// Most agents of one territory.
pub const TERRITORY_AGENTS_MAX: usize = 1_000;
/// Distances that sums are kept by; what is paid farther away is in the last one.
pub const GENERATIONS_MAX: usize = 32;
/// Most items that orders have in all.
const ITEMS_MAX: usize = 4_000_000_000;
/// Most items one order has: three levels of agents and a few for the upline.
const ORDER_ITEMS_MAX: usize = 3 * TERRITORY_AGENTS_MAX + 1_000;

/// Why an order earns somebody something, in the order in which it is paid (COMM-6).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(rename_all = "snake_case")]
pub enum CommissionKind {
    /// The referrer (COMM-1).
    Direct,
    /// The referrer's referrer (COMM-1).
    Indirect,
    /// An upline of a rank rate above all before it (COMM-2).
    Differential,
    /// An upline of the rank that just earned a differential (COMM-3).
    Peer,
    /// Agents of the district of delivery (COMM-4).
    District,
    /// Agents of its city.
    City,
    /// Agents of its province.
    Province,
    /// The inviter of a new agent of a chain (CHAIN-3); what it gets is in the plan.
    ChainDirect,
    /// The boss of the team that it joins.
    ChainBoss,
    /// No money: an upline's part of the value units that the buyer is granted (EMIT-1).
    ValueReferral,
}

impl CommissionKind {
    /// Those that are paid in money, in the order of payment.
    pub const PAID: [CommissionKind; 9] = [
        CommissionKind::Direct,
        CommissionKind::Indirect,
        CommissionKind::Differential,
        CommissionKind::Peer,
        CommissionKind::District,
        CommissionKind::City,
        CommissionKind::Province,
        CommissionKind::ChainDirect,
        CommissionKind::ChainBoss,
    ];

    /// The name in journal and exports.
    pub fn name(self) -> &'static str {
        match self {
            CommissionKind::Direct => "direct",
            CommissionKind::Indirect => "indirect",
            CommissionKind::Differential => "differential",
            CommissionKind::Peer => "peer",
            CommissionKind::District => "district",
            CommissionKind::City => "city",
            CommissionKind::Province => "province",
            CommissionKind::ChainDirect => "chain_direct",
            CommissionKind::ChainBoss => "chain_boss",
            CommissionKind::ValueReferral => "value_referral",
        }
    }
}

/// Somebody's entitlement in an order, as of its payment (COMM-0).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(deny_unknown_fields)]
pub struct Entitlement {
    /// Who.
    pub member: MemberNo,
    /// How far up, 1 for the referrer; 0 for agents.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub generation: u32,
    /// Of each line it gets `floor(b · rate) − floor(b · from)`, in parts per million …
    pub rate_ppm: u32,
    /// … where `from` is what was paid below it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub paid_below_ppm: u32,
    /// Agents of the level, who stand one after another and share one item; 0 for everybody else.
    #[serde(default, skip_serializing_if = "is_none")]
    pub sharers: u16,
    /// Not of the base but of the item at this place, counted from 1 (COMM-3); 0 for everybody else.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub peer_of: u8,
    /// Why.
    pub kind: CommissionKind,
}

const _: () = assert!(size_of::<Entitlement>() == 20);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_none(value: &u16) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_nothing(value: &u8) -> bool {
    *value == 0
}

/// The rates of an order's entitlements on its lines of one class, where these are not those of its other lines (COMM-10).
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(deny_unknown_fields)]
pub struct ClassEntitlements {
    /// Which class, as its place in the plan of the order.
    pub class: u16,
    /// Of each entitlement of the order, in their order.
    pub rates: Vec<EntitlementRates>,
}

/// What an entitlement gets of a line: `floor(b · rate) − floor(b · from)`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(deny_unknown_fields)]
pub struct EntitlementRates {
    /// In parts per million; nothing if this class earns it nothing …
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rate_ppm: u32,
    /// … where `from` is what was paid below it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub paid_below_ppm: u32,
}

impl EntitlementRates {
    /// What it gets above `from`; nothing if the rate is not above it.
    pub(crate) fn above(rate: Rate, from: Rate) -> EntitlementRates {
        if rate > from {
            EntitlementRates { rate_ppm: rate.ppm(), paid_below_ppm: from.ppm() }
        } else {
            EntitlementRates::default()
        }
    }

    #[inline]
    fn of(self, base: Money) -> Money {
        let upper = Rate::from_ppm(self.rate_ppm).floor_of(base);
        if self.paid_below_ppm == 0 {
            return upper;
        }
        upper.saturating_sub(Rate::from_ppm(self.paid_below_ppm).floor_of(base))
    }
}

/// A commission in money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ratchet_wire_derive::Wire)]
#[serde(deny_unknown_fields)]
pub struct CommissionPaid {
    /// Who.
    pub member: MemberNo,
    /// Why.
    pub kind: CommissionKind,
    /// How far up, 1 for the referrer; 0 for agents.
    pub generation: u32,
    /// How much, what is netted against its receivable included.
    pub amount: Money,
}

/// What a late refund makes of a commission (COMM-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ratchet_wire_derive::Wire)]
#[serde(deny_unknown_fields)]
pub struct CommissionClawback {
    /// Whose.
    pub member: MemberNo,
    /// Why it was paid.
    pub kind: CommissionKind,
    /// How far up.
    pub generation: u32,
    /// Taken out of its cash wallet.
    pub recovered: Money,
    /// Booked as its receivable.
    pub receivable: Money,
    /// Paid more than before: refunds may move parts by a few minor units.
    pub adjustment: Money,
    /// By how much what the member has before retention falls (COMM-8a).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub retention_pending_cut: Money,
}

/// Amounts of an order's items, in their order.
pub(crate) type Amounts = SmallVec<[Money; 24]>;

impl Entitlement {
    /// An item that gets a rate of each line.
    pub(crate) fn of_base(
        kind: CommissionKind,
        member: MemberNo,
        generation: u32,
        rate: Rate,
    ) -> Entitlement {
        Entitlement {
            member,
            generation,
            rate_ppm: rate.ppm(),
            paid_below_ppm: 0,
            sharers: 0,
            peer_of: 0,
            kind,
        }
    }

    /// Its rates on lines that have none of their own.
    #[inline]
    pub(crate) fn rates(&self) -> EntitlementRates {
        EntitlementRates { rate_ppm: self.rate_ppm, paid_below_ppm: self.paid_below_ppm }
    }
}

/// An order's entitlements on one of its lines.
#[derive(Clone, Copy)]
struct OfLine<'a> {
    items: &'a [Entitlement],
    /// Those of its class; `None` if it has none of its own.
    own: Option<&'a [EntitlementRates]>,
}

impl OfLine<'_> {
    /// The part of the item at this place before the cap; rounds down, what is left of the leg stays undistributed.
    #[inline]
    fn part(self, place: usize, item: &Entitlement, base: Money) -> Money {
        let whole = match item.peer_of.checked_sub(1) {
            // The differential before any cut (COMM-3).
            Some(of) => {
                let of = usize::from(of);
                self.items.get(of).map_or(Money::ZERO, |item| self.rates(of, item).of(base))
            }
            None => base,
        };
        self.rates(place, item).of(whole)
    }

    #[inline]
    fn rates(self, place: usize, item: &Entitlement) -> EntitlementRates {
        match self.own {
            None => item.rates(),
            Some(own) => own.get(place).copied().unwrap_or_default(),
        }
    }
}

/// What each item comes to over all lines with these bases left: the cap is used up in the order of the items and, within
/// one, of the lines (COMM-6). Agents of a level share what the cap leaves of its item, each rounded down; the
/// remainder stays undistributed. `own` says of the line at a place which rates its class has of its own (COMM-10).
pub(crate) fn amounts<'a>(
    items: &'a [Entitlement],
    bases: &[Money],
    most: Money,
    own: impl Fn(usize) -> Option<&'a [EntitlementRates]>,
) -> Amounts {
    let mut amounts = Amounts::new();
    let mut left = most;
    while let Some(item) = items.get(amounts.len()) {
        let sharers = item.sharers.max(1);
        let mut each = Money::ZERO;
        if item.kind != CommissionKind::ValueReferral && !left.is_zero() {
            let place = amounts.len();
            for (line, base) in bases.iter().enumerate() {
                let part = OfLine { items, own: own(line) }.part(place, item, *base).min(left);
                left = left.saturating_sub(part);
                each = each.add_within_limit(if sharers == 1 { part } else { shared(part, sharers) });
            }
        }
        amounts.extend(std::iter::repeat_n(each, usize::from(sharers)));
    }
    amounts
}

fn shared(part: Money, sharers: u16) -> Money {
    Money::from_wide(part.as_u128() / u128::from(sharers)).unwrap_or(Money::ZERO)
}

/// Items of all orders, agents, and what was paid so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Commissions {
    items: Column<Entitlement>,
    /// By order: where its items begin, and how many there are.
    spans: Column<[u32; 2]>,
    /// By order: rates on lines of classes, where not all lines have the same (COMM-10).
    by_class: Table<OrderNo, Vec<ClassEntitlements>>,
    /// Agents by code of the territory, in the order of appointment (COMM-4a).
    agents: Table<u32, Vec<MemberNo>>,
    /// Where orders that were placed and not paid are to be delivered.
    pub(crate) ship_to: Table<OrderNo, Region>,
    /// Paid less taken back, by kind and generation.
    paid: Column<[i64; GENERATIONS_MAX + 1]>,
    /// By member: commissions and dividends received.
    income: Column<i64>,
}

undo_fields!(Commissions { parts: items, spans, by_class, agents, ship_to, paid, income; });

impl Commissions {
    /// Whether one more order can be recorded.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.items.len() + ORDER_ITEMS_MAX <= ITEMS_MAX
    }

    /// Makes room for so many members and orders in all, and so many more items.
    pub(crate) fn reserve(&mut self, members: usize, orders: usize, items: usize) {
        self.items.reserve_exact(items);
        self.spans.reserve_exact(orders.saturating_sub(self.spans.len()));
        self.income.reserve_exact(members.saturating_sub(self.income.len()));
    }

    pub(crate) fn record_entitlements(
        &mut self,
        order: OrderNo,
        items: &[Entitlement],
        by_class: &[ClassEntitlements],
    ) {
        if self.spans.len() <= order.index() {
            self.spans.resize(order.index() + 1, [0; 2]);
        }
        let small = |count: usize| u32::try_from(count).expect("at most ITEMS_MAX items");
        self.spans[order.index()] = [small(self.items.len()), small(items.len())];
        self.items.extend_from_slice(items);
        if !by_class.is_empty() {
            self.by_class.insert(order, by_class.to_vec());
        }
    }

    /// An order's items, in the order in which they are paid.
    #[inline]
    pub(crate) fn items(&self, order: OrderNo) -> &[Entitlement] {
        let [start, len] = self.spans.get(order.index()).copied().unwrap_or_default();
        self.items.get(index(start)..index(start) + index(len)).unwrap_or_default()
    }

    /// The rates of an order's items on lines of classes that have other rates than the items say; empty of most orders.
    #[inline]
    pub(crate) fn by_class(&self, order: OrderNo) -> &[ClassEntitlements] {
        if self.by_class.is_empty() {
            return &[];
        }
        self.by_class.get(&order).map_or(&[], Vec::as_slice)
    }

    /// EMIT-1: who gets a part of the buyer's value units, nearest first, with the part.
    pub(crate) fn value_referrals(&self, order: OrderNo) -> impl Iterator<Item = (MemberNo, Rate)> + '_ {
        let items = self.items(order).iter().filter(|item| item.kind == CommissionKind::ValueReferral);
        items.map(|item| (item.member, Rate::from_ppm(item.rate_ppm)))
    }

    pub(crate) fn agents(&self, territory: Region) -> &[MemberNo] {
        self.agents.get(&territory.code()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn appoint(&mut self, member: MemberNo, territory: Region) {
        self.agents.push_to(territory.code(), member);
    }

    pub(crate) fn dismiss(&mut self, member: MemberNo, territory: Region) {
        if let Some(agents) = self.agents.get_mut(&territory.code()) {
            agents.retain(|agent| *agent != member);
            if agents.is_empty() {
                self.agents.remove(&territory.code());
            }
        }
    }

    /// Every territory with its agents, by code.
    pub(crate) fn territories(&self) -> impl Iterator<Item = (u32, &[MemberNo])> {
        self.agents.iter().map(|(code, agents)| (*code, agents.as_slice()))
    }

    /// Adds to the sums; below zero what was taken back.
    #[inline]
    pub(crate) fn add_paid(&mut self, kind: CommissionKind, generation: u32, amount: i64) {
        if self.paid.is_empty() {
            self.paid.resize(CommissionKind::PAID.len(), [0; GENERATIONS_MAX + 1]);
        }
        let row = CommissionKind::PAID.iter().position(|paid| *paid == kind);
        if let Some(row) = row.and_then(|row| self.paid.get_mut(row)) {
            row[index(generation).min(GENERATIONS_MAX)] += amount;
        }
    }

    /// Paid less taken back, by kind and generation; generations past [`GENERATIONS_MAX`] together.
    pub(crate) fn paid(&self) -> impl Iterator<Item = (CommissionKind, usize, i64)> + '_ {
        CommissionKind::PAID.into_iter().zip(&self.paid).flat_map(|(kind, row)| {
            row.iter().enumerate().map(move |(generation, amount)| (kind, generation, *amount))
        })
    }

    #[inline]
    pub(crate) fn add_income(&mut self, member: MemberNo, amount: Money) {
        if self.income.len() <= member.index() {
            self.income.resize(member.index() + 1, 0);
        }
        self.income[member.index()] += amount.minor();
    }

    /// Commissions and dividends that a member received.
    pub(crate) fn income(&self, member: MemberNo) -> Money {
        let income = self.income.get(member.index()).copied().unwrap_or(0);
        Money::from_minor(income).unwrap_or(Money::ZERO)
    }

    /// Asks for an order's items.
    #[inline]
    pub(crate) fn prefetch(&self, order: OrderNo) {
        if let Some([start, _]) = self.spans.get(order.index()) {
            crate::prefetch::prefetch(&self.items, index(*start));
        }
    }

    /// Bytes by orders, and by members.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        let rates = self.by_class.values().flatten();
        let rates = rates
            .map(|class| size_of::<ClassEntitlements>() + class.rates.len() * size_of::<EntitlementRates>());
        let orders = self.items.len() * size_of::<Entitlement>()
            + self.spans.len() * size_of::<[u32; 2]>()
            + rates.sum::<usize>();
        (orders, self.income.len() * size_of::<i64>())
    }
}

#[cfg(test)]
mod tests {
    use super::{CommissionKind, Entitlement, amounts};
    use crate::amount::{Money, Rate};
    use crate::id::MemberNo;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor).expect("not negative")
    }

    fn item(kind: CommissionKind, member: u32, percent: u32, from: u32) -> Entitlement {
        let item = Entitlement::of_base(kind, MemberNo(member), 1, Rate::from_ppm(percent * 10_000));
        Entitlement { paid_below_ppm: from * 10_000, ..item }
    }

    fn minors(items: &[Entitlement], bases: &[i64], most: i64) -> Vec<i64> {
        let bases: Vec<Money> = bases.iter().copied().map(money).collect();
        amounts(items, &bases, money(most), |_| None).iter().map(|amount| amount.minor()).collect()
    }

    /// COMM-2, COMM-3: SPEC's chain, and peers of a differential that the cap has cut.
    #[test]
    fn peers_are_paid_of_the_differential_before_the_cut() {
        let peer = |percent, of| Entitlement { peer_of: of, ..item(CommissionKind::Peer, 9, percent, 0) };
        let items = [
            item(CommissionKind::Differential, 1, 9, 0),
            item(CommissionKind::Differential, 2, 15, 9),
            item(CommissionKind::Differential, 3, 18, 15),
            peer(10, 3),
            peer(5, 3),
        ];
        assert_eq!(minors(&items, &[1_000_000], 1_000_000), [90_000, 60_000, 30_000, 3_000, 1_500]);
        // COMM-6: the third is cut to 10,000; nothing is left for its peers.
        assert_eq!(minors(&items, &[1_000_000], 160_000), [90_000, 60_000, 10_000, 0, 0]);
        assert_eq!(minors(&items, &[1_000_000], 181_000), [90_000, 60_000, 30_000, 1_000, 0]);
    }

    /// COMM-6: by kind, then by line; a level of agents is cut first and then shared (COMM-4).
    #[test]
    fn the_cap_cuts_by_item_then_line() {
        let agent = |member| Entitlement { sharers: 3, ..item(CommissionKind::City, member, 10, 0) };
        let items = [item(CommissionKind::Direct, 1, 10, 0), agent(2), agent(3), agent(4)];
        assert_eq!(minors(&items, &[1_000, 2_000], 1_000), [300, 99, 99, 99]);
        // 100 of the first line are left and 50 of the second: 33 and 16 each.
        assert_eq!(minors(&items, &[1_000, 2_000], 450), [300, 49, 49, 49]);
        assert_eq!(minors(&items, &[1_000, 2_000], 0), [0, 0, 0, 0]);
    }

    /// EMIT-1: parts of value units are no money.
    #[test]
    fn value_referrals_are_no_money() {
        let items = [item(CommissionKind::Direct, 1, 10, 0), item(CommissionKind::ValueReferral, 1, 5, 0)];
        assert_eq!(minors(&items, &[1_000], 1_000), [100, 0]);
    }
}
