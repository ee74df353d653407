//! Orders, their lines and lots: compact records for the common case, side tables for the rest.
//!
//! A one-line cash order needs 56 bytes here. What few orders have — stated costs, merchants, other tenders,
//! refunds, waiting contributions — is kept in ordered side tables, found by a flag in the line.

use crate::amount::{Money, Points, Rounding, mul_div};
use crate::id::{Id, LineNo, MemberNo, MerchantNo, OrderNo};
use crate::ledger::{Points96, scale};
use crate::plan::{Plan, Split};
use crate::prefetch::prefetch;
use crate::time::Timestamp;
use crate::undo::{Column, Table, undo_fields};

/// Where an order stands (ORDER-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ratchet_wire_derive::Snapshot)]
pub enum OrderState {
    /// Not paid.
    Placed,
    /// Paid; the money is in escrow.
    Paid,
    /// On its way.
    Shipped,
    /// Received; the settlement clock runs.
    Received,
    /// Final: merchant, pool and platform have their parts.
    Settled,
    /// Never paid.
    Closed,
    /// Refunded fully.
    Refunded,
}

impl OrderState {
    /// The name in exports.
    pub fn name(self) -> &'static str {
        match self {
            OrderState::Placed => "placed",
            OrderState::Paid => "paid",
            OrderState::Shipped => "shipped",
            OrderState::Received => "received",
            OrderState::Settled => "settled",
            OrderState::Closed => "closed",
            OrderState::Refunded => "refunded",
        }
    }
}

/// One order.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Order {
    paid_at: [u32; 2],
    pub(crate) member: MemberNo,
    pub(crate) first_line: u32,
    pub(crate) lines: u16,
    pub(crate) state: OrderState,
    pub(crate) has_extra: bool,
}

const _: () = assert!(size_of::<Order>() == 20);

/// What few orders have.
#[derive(Clone, Copy, Debug, Default, ratchet_wire_derive::Snapshot)]
pub(crate) struct OrderExtra {
    pub(crate) freight: Money,
    pub(crate) tax: Money,
    /// Merchant of the first line, who gets the freight.
    pub(crate) freight_to: u32,
    /// What of them was refunded.
    pub(crate) freight_refunded: Money,
    pub(crate) tax_refunded: Money,
    /// Amounts of lines refunded by pieces, of which the tax goes back (ORDER-8).
    pub(crate) by_pieces: Money,
}

impl OrderExtra {
    pub(crate) fn freight_left(&self) -> Money {
        self.freight.saturating_sub(self.freight_refunded)
    }

    pub(crate) fn tax_left(&self) -> Money {
        self.tax.saturating_sub(self.tax_refunded)
    }
}

/// One order line; once settled, the lot of points it minted.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Line {
    pub(crate) order: OrderNo,
    /// The member's next newer lot.
    pub(crate) next: u32,
    base: [u32; 2],
    minted: Points96,
    /// The member's cycle in which it last minted.
    pub(crate) cycle: u32,
    /// Splits that `minted` includes.
    exponent: u16,
    pub(crate) flags: u16,
}

const _: () = assert!(size_of::<Line>() == 36);

/// Flags of a line.
pub(crate) mod flag {
    /// It has minted points and is in its member's list of lots.
    pub(crate) const LOT: u16 = 1;
    /// Its points are gone by sales or an exit of the lot.
    pub(crate) const GONE: u16 = 2;
    /// There is a [`super::LineDetail`].
    pub(crate) const DETAIL: u16 = 4;
    /// There is a [`super::LineHistory`].
    pub(crate) const HISTORY: u16 = 8;
    /// It is in its member's list of lots of `cycle`, from the oldest with points to the newest.
    pub(crate) const LISTED: u16 = 16;
    /// There are [`super::LineCounts`] of it: it minted in parts, or a late refund changed what it counts.
    pub(crate) const COUNTED: u16 = 32;
}

/// What few lines have from the start.
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
pub struct LineDetail {
    /// The line's id if it is not its position.
    pub line: Option<Id>,
    /// Amount paid with the re-consumption wallet.
    pub reconsume: Money,
    /// Amount paid with a claim.
    pub claim: Money,
    /// Stated cost.
    pub cost: Option<Money>,
    /// Stated contribution.
    pub contribution: Option<Money>,
    /// Who sells.
    pub merchant: MerchantNo,
    /// Its award zone, as its place in the plan (REL-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<u16>,
    /// Amount paid with loyalty points (LOY-3).
    #[serde(default, skip_serializing_if = "Money::is_zero_ref")]
    pub loyalty: Money,
    /// How many pieces, where it is not one (ORDER-8).
    #[serde(default = "one_piece", skip_serializing_if = "is_one_piece")]
    pub quantity: u32,
    /// Its class, as its place in the plan of its order (CAT-7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<u16>,
}

fn one_piece() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one_piece(quantity: &u32) -> bool {
    *quantity == 1
}

impl LineDetail {
    pub(crate) const PLAIN: LineDetail = LineDetail {
        line: None,
        reconsume: Money::ZERO,
        claim: Money::ZERO,
        cost: None,
        contribution: None,
        merchant: MerchantNo(0),
        zone: None,
        loyalty: Money::ZERO,
        quantity: 1,
        class: None,
    };
}

/// What refunds and waiting contributions have done to a line.
#[derive(Clone, Copy, Debug, Default, ratchet_wire_derive::Snapshot)]
pub(crate) struct LineHistory {
    /// Refunded of the amount, and of its parts.
    pub(crate) refunded: Money,
    pub(crate) refunded_cash: Money,
    pub(crate) refunded_reconsume: Money,
    /// Base left when the order settled.
    pub(crate) settled_base: Option<Money>,
    /// Refunded of the part paid with a claim.
    pub(crate) refunded_claim: Money,
    /// Refunded of the part paid with loyalty points.
    pub(crate) refunded_loyalty: Money,
    /// Pieces refunded as such (ORDER-8).
    pub(crate) refunded_pieces: u32,
    /// Of the contribution: waits for a midnight, stands in the mint queue, and was returned out of the pool.
    pub(crate) waiting: Money,
    pub(crate) queued: Money,
    pub(crate) returned: Money,
    /// Points due back by late refunds, in units after `exponent` splits.
    pub(crate) clawback_total: u128,
    /// Points minted, where they were in parts: the sum may need more than 96 bits after splits.
    pub(crate) minted: Option<u128>,
    /// Points of the lot left, where that is not what was minted.
    pub(crate) left: Option<u128>,
    pub(crate) exponent: u32,
}

impl LineHistory {
    /// Brings quantities to present units.
    pub(crate) fn touch(&mut self, exponent: u32) {
        let splits = exponent - self.exponent;
        self.clawback_total = scale(self.clawback_total, splits);
        self.minted = self.minted.map(|minted| scale(minted, splits));
        self.left = self.left.map(|left| scale(left, splits));
        self.exponent = exponent;
    }
}

/// What a line has contributed so far, and what it counts in caps for it (POOL-13).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    ratchet_wire_derive::Wire,
    ratchet_wire_derive::Snapshot,
)]
#[serde(deny_unknown_fields)]
pub struct LineCounts {
    /// Contribution that has minted, whatever refunds returned of it.
    pub contribution: Money,
    /// Cap base that the line has added, less what refunds took back.
    pub cap_base: Money,
    /// Of it, in the cycle to which the line added last.
    pub cycle_cap_base: Money,
    /// Points added to what that cycle has earned, less what refunds took back.
    pub cycle_earned: Points,
    /// Cap base of the line's present lot.
    pub lot_cap_base: Money,
    /// Points minted into the present lot, less those due back by refunds.
    pub lot_earned: Points,
}

/// The counts of a line that has them on record, in units after `exponent` splits.
#[derive(Clone, Copy, Debug, Default, ratchet_wire_derive::Snapshot)]
struct CountsRecord {
    counts: LineCounts,
    exponent: u32,
}

impl CountsRecord {
    /// In present units.
    fn at(&self, exponent: u32) -> LineCounts {
        let scaled = |points: Points| Points::from_units(scale(points.units(), exponent - self.exponent));
        LineCounts {
            cycle_earned: scaled(self.counts.cycle_earned),
            lot_earned: scaled(self.counts.lot_earned),
            ..self.counts
        }
    }
}

/// All orders and lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Orders {
    orders: Column<Order>,
    lines: Column<Line>,
    pub(crate) extras: Table<u32, OrderExtra>,
    pub(crate) details: Table<u32, Box<LineDetail>>,
    pub(crate) histories: Table<u32, Box<LineHistory>>,
    counts: Table<u32, CountsRecord>,
    /// Gross realised by lot, where caps are by lot and count it.
    pub(crate) lot_realised: Table<u32, Money>,
    /// What the cap of a lot is a multiple of where that is its contribution, of lots that minted at once.
    pub(crate) lot_cap_bases: Table<u32, Money>,
}

undo_fields!(Orders { parts: orders, lines, extras, details, histories, counts, lot_realised, lot_cap_bases; });

#[inline]
fn split64(value: i64) -> [u32; 2] {
    let bytes = value.to_le_bytes();
    let [a, b, c, d, e, f, g, h] = bytes;
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
}

#[inline]
fn join64(parts: [u32; 2]) -> i64 {
    let [a, b, c, d] = parts[0].to_le_bytes();
    let [e, f, g, h] = parts[1].to_le_bytes();
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl Order {
    pub(crate) fn new(member: MemberNo, first_line: u32, lines: u16, has_extra: bool) -> Order {
        Order { paid_at: [0; 2], member, first_line, lines, state: OrderState::Placed, has_extra }
    }

    pub(crate) fn paid_at(&self) -> Timestamp {
        Timestamp::from_us(join64(self.paid_at)).unwrap_or(Timestamp::MIN)
    }

    pub(crate) fn set_paid_at(&mut self, at: Timestamp) {
        self.paid_at = split64(at.us());
    }

    /// The order's lines.
    #[inline]
    pub(crate) fn line_numbers(&self) -> impl Iterator<Item = LineNo> + use<> {
        (self.first_line..self.first_line + u32::from(self.lines)).map(LineNo)
    }
}

impl Line {
    pub(crate) fn new(order: OrderNo, base: Money, flags: u16) -> Line {
        Line {
            order,
            next: crate::cycle::NONE,
            base: split64(base.minor()),
            minted: Points96::default(),
            cycle: 0,
            exponent: 0,
            flags,
        }
    }

    /// The base at payment.
    #[inline]
    pub(crate) fn base(&self) -> Money {
        Money::from_minor(join64(self.base)).unwrap_or(Money::ZERO)
    }

    /// Keeps the points of the first mint, in units after `exponent` splits.
    #[inline]
    pub(crate) fn set_minted(&mut self, units: u128, exponent: u32) {
        self.minted = Points96::new(units);
        self.exponent = u16::try_from(exponent).expect("fewer than 65,536 splits");
    }

    #[inline]
    pub(crate) fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

impl Orders {
    pub(crate) fn order_count(&self) -> usize {
        self.orders.len()
    }

    pub(crate) fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// Makes room for so many more orders of one line.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.orders.reserve_exact(more);
        self.lines.reserve_exact(more);
    }

    #[inline]
    pub(crate) fn order(&self, order: OrderNo) -> &Order {
        &self.orders[order.index()]
    }

    #[inline]
    pub(crate) fn order_mut(&mut self, order: OrderNo) -> &mut Order {
        &mut self.orders[order.index()]
    }

    #[inline]
    pub(crate) fn line(&self, line: LineNo) -> &Line {
        &self.lines[line.index()]
    }

    #[inline]
    pub(crate) fn line_mut(&mut self, line: LineNo) -> &mut Line {
        &mut self.lines[line.index()]
    }

    /// Asks for an order.
    #[inline]
    pub(crate) fn prefetch(&self, order: OrderNo) {
        prefetch(&self.orders, order.index());
    }

    /// Asks for a line; nothing happens for [`crate::cycle::NONE`].
    #[inline]
    pub(crate) fn prefetch_line(&self, line: u32) {
        prefetch(&self.lines, crate::id::index(line));
    }

    /// Asks for the first line of an order.
    #[inline]
    pub(crate) fn prefetch_first_line(&self, order: OrderNo) {
        self.prefetch_line(self.order(order).first_line);
    }

    pub(crate) fn push_order(&mut self, order: Order) {
        self.orders.push(order);
    }

    pub(crate) fn push_line(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// The group of so many lines after the one that begins with this one.
    #[inline]
    pub(crate) fn lines_after(&self, line: LineNo, group: usize) -> impl Iterator<Item = &Line> {
        self.lines.iter().skip(line.index() + group).take(group)
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = (OrderNo, &Order)> {
        self.orders.iter().enumerate().filter_map(|(at, order)| Some((OrderNo::at(at)?, order)))
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = (LineNo, &Line)> {
        self.lines.iter().enumerate().filter_map(|(at, line)| Some((LineNo::at(at)?, line)))
    }

    #[inline]
    pub(crate) fn extra(&self, order: OrderNo) -> OrderExtra {
        if !self.order(order).has_extra {
            return OrderExtra::default();
        }
        self.extras.get(&order.0).copied().unwrap_or_default()
    }

    #[inline]
    pub(crate) fn detail(&self, line: LineNo) -> &LineDetail {
        const PLAIN: &LineDetail = &LineDetail::PLAIN;
        if !self.line(line).has(flag::DETAIL) {
            return PLAIN;
        }
        self.details.get(&line.0).map_or(PLAIN, |detail| detail)
    }

    #[inline]
    pub(crate) fn history(&self, line: LineNo) -> LineHistory {
        if !self.line(line).has(flag::HISTORY) {
            return LineHistory::default();
        }
        self.histories.get(&line.0).map(|history| **history).unwrap_or_default()
    }

    /// Points a line has minted so far, in units after `exponent` splits.
    #[inline]
    pub(crate) fn minted(&self, line: LineNo, exponent: u32) -> u128 {
        let record = self.line(line);
        if record.has(flag::HISTORY) {
            let history = self.history(line);
            if let Some(minted) = history.minted {
                return scale(minted, exponent - history.exponent);
            }
        }
        record.minted.scaled(exponent - u32::from(record.exponent))
    }

    /// The history to write to, created where there is none, in present units.
    pub(crate) fn history_mut(&mut self, line: LineNo, exponent: u32) -> &mut LineHistory {
        self.lines[line.index()].flags |= flag::HISTORY;
        let history = self.histories.entry(line.0).or_default();
        history.touch(exponent);
        history
    }

    /// The counts that are on record of a line, in units after `exponent` splits; all zero where there are none.
    pub(crate) fn counts(&self, line: LineNo, exponent: u32) -> LineCounts {
        self.counts.get(&line.0).map(|record| record.at(exponent)).unwrap_or_default()
    }

    /// The lines whose counts are on record, in units after `exponent` splits.
    pub(crate) fn counts_on_record(&self, exponent: u32) -> impl Iterator<Item = (LineNo, LineCounts)> {
        self.counts.iter().map(move |(line, record)| (LineNo(*line), record.at(exponent)))
    }

    /// Keeps the counts of a line.
    pub(crate) fn set_counts(&mut self, line: LineNo, counts: LineCounts, exponent: u32) {
        self.lines[line.index()].flags |= flag::COUNTED;
        self.counts.insert(line.0, CountsRecord { counts, exponent });
    }

    /// The line of an order with this id.
    pub(crate) fn find_line(&self, order: OrderNo, id: &Id) -> Option<LineNo> {
        self.order(order).line_numbers().zip(1_u32..).find_map(|(line, position)| {
            let is = match &self.detail(line).line {
                Some(named) => named == id,
                None => *id.as_str() == *position.to_string(),
            };
            is.then_some(line)
        })
    }

    /// The line's amount: its base and what was paid in other ways.
    pub(crate) fn amount(&self, line: LineNo) -> Money {
        let detail = self.detail(line);
        self.line(line)
            .base()
            .add_within_limit(detail.reconsume)
            .add_within_limit(detail.loyalty)
            .add_within_limit(detail.claim)
    }

    /// What is left of the base after refunds.
    #[inline]
    pub(crate) fn base_left(&self, line: LineNo) -> Money {
        if !self.line(line).has(flag::HISTORY) {
            return self.line(line).base();
        }
        self.line(line).base().saturating_sub(self.history(line).refunded_cash)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.orders.len() * size_of::<Order>()
            + self.lines.len() * size_of::<Line>()
            + self.extras.len() * size_of::<(u32, OrderExtra)>()
            + self.details.len() * (size_of::<(u32, usize)>() + size_of::<LineDetail>())
            + self.histories.len() * (size_of::<(u32, usize)>() + size_of::<LineHistory>())
            + self.counts.len() * size_of::<(u32, CountsRecord)>()
    }
}

/// Where the money of one line goes (ORDER-3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Allocation {
    pub(crate) cost: Money,
    pub(crate) pool: Money,
    pub(crate) commission: Money,
    pub(crate) funds: Money,
    /// What the funds, in file order, can take from at most.
    pub(crate) before_funds: Money,
    pub(crate) platform: Money,
    /// Part of the platform's leg that goes to the refund reserve (ORDER-7a).
    pub(crate) reserve: Money,
}

/// The legs of a line on what is left of its base: each rounded down, the platform takes the rest (ORDER-3b,
/// ORDER-5a). `split` is that of the order's source (SOURCE-1); `other` is what is left of the parts paid in re-consumption
/// money and loyalty points.
#[inline]
pub(crate) fn allocation(
    plan: &Plan,
    split: &Split,
    paid_base: Money,
    detail: &LineDetail,
    base: Money,
    other: Money,
) -> Allocation {
    // floor(stated · left / base): rounds down, the platform keeps the remainder.
    let stated = |stated: Money| {
        mul_div(stated.as_u128(), base.as_u128(), paid_base.as_u128(), Rounding::Down)
            .and_then(Money::from_wide)
            .unwrap_or(Money::ZERO)
    };
    let cost = detail.cost.map_or_else(|| split.cost.floor_of(base), stated).min(base);
    let left = base.saturating_sub(cost);
    let pool = match plan.pool {
        Some(_) => detail.contribution.map_or_else(|| split.pool.floor_of(base), stated).min(left),
        None => Money::ZERO,
    };
    let left = left.saturating_sub(pool);
    let commission = split.commission.floor_of(base).min(left);
    let before_funds = left.saturating_sub(commission);
    let mut left = before_funds;
    for fund in &split.funds {
        left = left.saturating_sub(fund.share.floor_of(base));
    }
    let other_cost = split.cost.floor_of(other);
    let platform = left.add_within_limit(other.saturating_sub(other_cost));
    Allocation {
        cost: cost.add_within_limit(other_cost),
        pool,
        commission,
        funds: before_funds.saturating_sub(left),
        before_funds,
        platform,
        reserve: plan.refund.reserve_share.floor_of(platform),
    }
}

impl Allocation {
    /// The funds' legs in file order: each its share, at most what is left.
    pub(crate) fn each_fund<'a>(
        &self,
        split: &'a Split,
        base: Money,
    ) -> impl Iterator<Item = Money> + use<'a> {
        let mut left = self.before_funds;
        split.funds.iter().map(move |fund| {
            let leg = fund.share.floor_of(base).min(left);
            left = left.saturating_sub(leg);
            leg
        })
    }
}

/// Points of a lot that a member still has, in present units.
#[inline]
pub(crate) fn lot_left(orders: &Orders, cycle: &crate::cycle::Cycle, line: LineNo, exponent: u32) -> Points {
    let lot = orders.line(line);
    if !lot.has(flag::LOT) || lot.has(flag::GONE) || lot.cycle != cycle.number {
        return Points::ZERO;
    }
    if cycle.head == line.0 {
        return Points::from_units(cycle.head_left(exponent));
    }
    if lot.has(flag::HISTORY) {
        let history = orders.history(line);
        if let Some(left) = history.left {
            return Points::from_units(scale(left, exponent - history.exponent));
        }
    }
    Points::from_units(orders.minted(line, exponent))
}
