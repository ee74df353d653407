//! The digest: one SHA-256 over the whole state in a fixed order, in present units. Two engines with the
//! same digest have the same members, balances, orders, lots, queues and keys.

mod capital;
mod draws;

use sha2::{Digest, Sha256};

use crate::amendment::{Firsts, Proposal, Version};
use crate::amount::Money;
use crate::catalogue::{Pieces, Place, Stock};
use crate::debt::{DebtOrigin, Debtor};
use crate::engine::Engine;
use crate::hash::hex;
use crate::id::{Id, LineNo, MemberNo};
use crate::invariant;
use crate::ledger::scale;
use crate::loyalty::{Earned, LoyaltyTotals};
use crate::order::{OrderState, flag, lot_left};
use crate::payment::PaymentTarget;
use crate::staged::{Lots, day_mark};
use crate::state::State;
use crate::time::{Timestamp, Zone};
use crate::wallet::Payee;
use crate::wind_down::WindDownPhase;
use crate::wire::{Encoder, Wire};

/// Bytes gathered before they are hashed: a field at a time, the calls would cost more than the hashing.
const BLOCK_BYTES: usize = 1 << 16;

/// For how many orders the cycles of their members are prefetched together, before their turn.
const GROUP: usize = 16;

/// What the stream begins with: its encoding, so that digests of different encodings are never taken for each other.
const ENCODING: &[u8] = b"ratchet state 3\0";

/// Numbers below this are one byte; most fields of most orders are zero.
const SMALL: u8 = 240;

/// Most bytes of a number.
const NUMBER_BYTES: usize = 17;

/// Feeds whole numbers, each in as few bytes as it needs: below [`SMALL`] in one byte, else a byte that says how many
/// follow, in little-endian order. A sequence of numbers has one encoding, and no other sequence has it.
struct Feed<'a> {
    block: Vec<u8>,
    take: &'a mut dyn FnMut(Vec<u8>) -> Vec<u8>,
}

impl Feed<'_> {
    #[inline]
    fn bytes(&mut self, bytes: &[u8]) {
        if self.block.len() + bytes.len() > BLOCK_BYTES {
            self.hand_over();
        }
        self.block.extend_from_slice(bytes);
    }

    #[cold]
    fn hand_over(&mut self) {
        self.block = (self.take)(std::mem::take(&mut self.block));
        self.block.clear();
    }

    #[inline]
    fn number(&mut self, number: u128) {
        self.numbers([number]);
    }

    /// Several numbers, with one look at the room that is left.
    #[inline]
    fn numbers<const N: usize>(&mut self, numbers: [u128; N]) {
        if self.block.len() + N * NUMBER_BYTES > BLOCK_BYTES {
            self.hand_over();
        }
        for number in numbers {
            match u8::try_from(number) {
                Ok(small) if small < SMALL => self.block.push(small),
                Ok(_) | Err(_) => self.large(number),
            }
        }
    }

    #[inline]
    fn large(&mut self, number: u128) {
        let bytes = (u128::BITS - number.leading_zeros()).div_ceil(8);
        let (at, tag) = (self.block.len() + 1, u8::try_from(bytes - 1).unwrap_or(u8::MAX));
        self.block.push(SMALL + tag);
        // All of them and then fewer: a copy of a known length is the faster one.
        match u64::try_from(number) {
            Ok(number) => self.block.extend_from_slice(&number.to_le_bytes()),
            Err(_) => self.block.extend_from_slice(&number.to_le_bytes()),
        }
        self.block.truncate(at + crate::id::index(bytes));
    }

    fn count(&mut self, count: usize) {
        self.number(u128::try_from(count).unwrap_or(u128::MAX));
    }

    fn money(&mut self, money: Money) {
        self.number(money.as_u128());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes(text.as_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.number(u128::from(flag));
    }
}

impl Engine {
    /// SHA-256 of the whole state, in hex. Checks every invariant first, in every build: a broken one is a
    /// bug and stops the writer.
    pub fn digest(&self) -> String {
        self.assert_invariants();
        let mut hasher = DigestHasher::default();
        self.digest_bytes(&mut |block| {
            hasher.update(&block);
            block
        });
        hasher.finish()
    }

    /// The bytes that [`Engine::digest`] hashes, in order, for who has a second thread to hash them on: `take`
    /// gets a block and gives back one to be filled. The caller checks the invariants.
    pub fn digest_bytes(&self, take: &mut dyn FnMut(Vec<u8>) -> Vec<u8>) {
        let mut feed = Feed { block: Vec::with_capacity(BLOCK_BYTES + NUMBER_BYTES), take };
        feed.bytes(ENCODING);
        programme(self, &mut feed);
        members(&self.state, &mut feed);
        orders(&self.state, &mut feed);
        queues(&self.state, &mut feed);
        under_way(&self.state, &mut feed);
        daily(self, &mut feed);
        distribution(self, &mut feed);
        if self.plan.merchant.is_some() {
            merchants(&self.state, &mut feed);
        }
        if !self.every_version(|plan| plan.promotions.is_empty()) {
            campaigns(&self.state, &mut feed);
            draws::feed(&self.state, &mut feed);
        }
        for (member, attested) in self.state.boxes.ages() {
            feed.number(u128::from(member.0));
            feed.text(attested.age.name());
            feed.flag(attested.consent);
        }
        shop(self, &mut feed);
        capital::capital(self, &mut feed);
        payments(&self.state, &mut feed);
        feed.hand_over();
    }

    /// Checks every invariant; a broken one is a bug and stops the writer.
    pub fn assert_invariants(&self) {
        if let Err(violation) = invariant::check(self) {
            panic!("invariant broken: {violation}");
        }
    }

    /// Checks every named invariant over the whole state.
    pub fn check_invariants(&self) -> Result<(), invariant::Violation> {
        invariant::check(self)
    }
}

/// Makes a digest of the bytes of [`Engine::digest_bytes`].
#[derive(Default)]
pub struct DigestHasher(Sha256);

impl DigestHasher {
    /// Takes the next block.
    pub fn update(&mut self, block: &[u8]) {
        self.0.update(block);
    }

    /// The digest, in hex.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// TIME-3: the rules by which the programme's days are cut.
fn feed_zone(feed: &mut Feed<'_>, zone: &Zone) {
    feed.text(&zone.name);
    feed.text(&zone.version);
    let mut seconds = |seconds: i64| {
        feed.flag(seconds < 0);
        feed.number(u128::from(seconds.unsigned_abs()));
    };
    seconds(zone.offset.into());
    for (at, offset) in &zone.transitions {
        seconds(*at);
        seconds((*offset).into());
    }
}

fn programme(engine: &Engine, feed: &mut Feed<'_>) {
    let state = &engine.state;
    feed.text(&engine.plan.source);
    if let Some(zone) = engine.plan.programme.calendar.zone() {
        feed_zone(feed, zone);
    }
    feed.number(u128::from(state.now.us().unsigned_abs()));
    feed.number(u128::from(state.seq));
    feed.number(u128::from(state.epoch));
    feed.number(u128::from(state.ledger.exponent()));
    for (account, balance) in state.ledger.accounts().filter(|(_, balance)| *balance != 0) {
        feed.text(account.kind.name());
        feed.number(u128::from(account.owner));
        feed.flag(balance < 0);
        feed.number(balance.unsigned_abs());
    }
    let totals = &state.totals;
    for money in [
        totals.contributions,
        totals.injected,
        totals.paid_out,
        totals.retained,
        totals.pool_refunded,
        totals.cost,
        totals.commission,
        totals.funds,
        totals.platform,
    ] {
        feed.money(money);
    }
    for count in [totals.orders, totals.members, totals.exits, totals.mint_queue] {
        feed.number(u128::from(count));
    }
    if let Some(pair) = state.last_price {
        feed.money(pair.assets);
        feed.number(pair.supply.units());
    }
    for keys in [state.commands.len(), state.natural.len()] {
        feed.number(u128::from(keys));
    }
}

fn members(state: &State, feed: &mut Feed<'_>) {
    let exponent = state.ledger.exponent();
    feed.count(state.members.len());
    for member in state.members.iter() {
        let (row, cycle) = (state.members.get(member), state.ledger.cycle(member));
        feed.text(state.members.name(member));
        feed.numbers([
            u128::from(row.joined_at.us().unsigned_abs()),
            row.spent.as_u128(),
            row.payouts_received.as_u128(),
            state.members.referrer(member).map_or(0, |referrer| u128::from(referrer.0) + 1),
            cycle.cap_base.as_u128(),
            cycle.realised.as_u128(),
            cycle.earned(exponent),
            cycle.head_left(exponent),
            u128::from(cycle.head),
            u128::from(cycle.tail),
            u128::from(cycle.number),
            u128::from(cycle.exits),
            state.withdrawals.retention_pending(member).as_u128(),
        ]);
    }
    feed.count(state.merchants.len());
    for merchant in &state.merchants {
        feed.text(merchant.as_str());
    }
}

/// Payments, resolutions and persons; nothing where there are none.
fn payments(state: &State, feed: &mut Feed<'_>) {
    for payment in state.payments.list() {
        feed.text(payment.id.as_str());
        feed.text(payment.currency.code());
        feed.money(payment.amount);
        feed.money(payment.left);
        feed.number(u128::from(payment.received_at.us().unsigned_abs()));
        feed.text(payment.order.as_ref().map_or("", |order| order.as_str()));
        feed.text(payment.suspended.as_ref().map_or("", |suspended| suspended.reason.name()));
        let refusal = payment.suspended.as_ref().and_then(|suspended| suspended.refusal.as_ref());
        feed.text(refusal.map_or("", |refusal| refusal.as_str()));
    }
    for resolution in state.payments.resolutions() {
        feed.number(u128::from(resolution.payment.0));
        let (of_order, id) = match &resolution.target {
            PaymentTarget::Order(order) => (true, order),
            PaymentTarget::Source(source) => (false, source),
        };
        feed.flag(of_order);
        feed.text(id.as_str());
        feed.text(resolution.by.as_str());
        feed.flag(resolution.done);
    }
    for (member, person) in &state.persons {
        feed.number(u128::from(member.0));
        feed.text(person.as_str());
    }
}

fn orders(state: &State, feed: &mut Feed<'_>) {
    let exponent = state.ledger.exponent();
    feed.count(state.orders.order_count());
    for (number, order) in state.orders.orders() {
        // Members come in any order, and what is left of a lot stands in its member's cycle.
        if number.index().is_multiple_of(GROUP) {
            for later in state.orders.orders_after(number, GROUP) {
                state.ledger.prefetch(later.member);
            }
        }
        let marks = order_mark(order.state) | if order.has_extra { HAS_EXTRA } else { 0 };
        feed.numbers([
            u128::from(order.member.0),
            u128::from(order.paid_at().us().unsigned_abs()),
            u128::from(marks),
        ]);
        if order.has_extra {
            let extra = state.orders.extra(number);
            feed.numbers([extra.freight.as_u128(), extra.tax.as_u128(), u128::from(extra.freight_to)]);
            feed.numbers([extra.freight_refunded, extra.tax_refunded, extra.by_pieces].map(Money::as_u128));
        }
        let cycle = state.ledger.cycle(order.member);
        for line in order.line_numbers() {
            let record = state.orders.line(line);
            let (minted, left) =
                (state.orders.minted(line, exponent), lot_left(&state.orders, cycle, line, exponent).units());
            let is_plain = !record.has(flag::DETAIL | flag::HISTORY) && state.orders.lot_realised.is_empty();
            feed.numbers([
                record.base().as_u128(),
                minted,
                // All of it, most often.
                if left == minted { 0 } else { left + 1 },
                u128::from(record.next.wrapping_add(1)),
                u128::from(record.cycle),
                u128::from(!is_plain),
            ]);
            if !is_plain {
                rare_fields(state, line, feed);
            }
        }
    }
}

/// The number of an order's state.
fn order_mark(state: OrderState) -> u8 {
    match state {
        OrderState::Placed => 0,
        OrderState::Paid => 1,
        OrderState::Shipped => 2,
        OrderState::Received => 3,
        OrderState::Settled => 4,
        OrderState::Closed => 5,
        OrderState::Refunded => 6,
    }
}

/// Added to the number of the state: freight or tax follow.
const HAS_EXTRA: u8 = 8;

/// What few lines have.
fn rare_fields(state: &State, line: LineNo, feed: &mut Feed<'_>) {
    let (detail, history) = (state.orders.detail(line), state.orders.history(line));
    feed.text(detail.line.as_ref().map_or("", |id| id.as_str()));
    feed.numbers([
        u128::from(detail.merchant.0),
        detail.reconsume.as_u128(),
        detail.claim.as_u128(),
        u128::from(detail.cost.is_some()),
        detail.cost.unwrap_or(Money::ZERO).as_u128(),
        u128::from(detail.contribution.is_some()),
        detail.contribution.unwrap_or(Money::ZERO).as_u128(),
        history.refunded.as_u128(),
        history.refunded_cash.as_u128(),
        history.refunded_reconsume.as_u128(),
        history.waiting.as_u128(),
        history.returned.as_u128(),
        history.settled_base.unwrap_or(Money::ZERO).as_u128(),
        history.refunded_claim.as_u128(),
        history.queued.as_u128(),
        state.lot_realised(line).as_u128(),
        u128::from(detail.quantity),
        u128::from(history.refunded_pieces),
        scale(history.clawback_total, state.ledger.exponent() - history.exponent),
        u128::from(state.orders.line(line).has(flag::COUNTED)),
    ]);
    if state.orders.line(line).has(flag::COUNTED) {
        let counts = state.orders.counts(line, state.ledger.exponent());
        feed.numbers([
            counts.contribution.as_u128(),
            counts.cap_base.as_u128(),
            counts.cycle_cap_base.as_u128(),
            counts.cycle_earned.units(),
            counts.lot_cap_base.as_u128(),
            counts.lot_earned.units(),
        ]);
    }
    if let Some(zone) = detail.zone {
        feed.number(u128::from(zone) + 1);
    }
    if !detail.loyalty.is_zero() {
        feed.numbers([detail.loyalty.as_u128(), history.refunded_loyalty.as_u128()]);
    }
}

fn queues(state: &State, feed: &mut Feed<'_>) {
    let exponent = state.ledger.exponent();
    // Orders refunded while they waited may still stand in the queue; they no longer count.
    for due in &state.settlements {
        if state.orders.order(due.order).state == OrderState::Received {
            feed.number(u128::from(due.at.us().unsigned_abs()));
            feed.number(u128::from(due.order.0));
            feed.number(u128::from(due.created));
        }
    }
    feed.count(state.mint_queue.len());
    for (line, amount) in &state.mint_queue {
        feed.number(u128::from(line.0));
        feed.money(*amount);
    }
    feed.count(state.deferred_to_midnight.len());
    for waits in &state.deferred_to_midnight {
        feed.number(u128::from(waits.order.0));
        feed.number(u128::from(waits.at.us().unsigned_abs()));
        feed.number(u128::from(waits.created));
    }
    feed.count(state.requests.len());
    for request in &state.requests {
        feed.number(u128::from(request.member.0));
        feed.number(scale(request.units, exponent - request.exponent));
        feed.number(request.min_net.map_or(0, |min_net| min_net.as_u128() + 1));
    }
    for (epoch, residual) in &state.residuals {
        feed.number(u128::from(*epoch));
        feed.money(*residual);
    }
    let current = (state.epoch, state.sellers_summed());
    let past = state.past_sellers.iter().map(|(epoch, sellers)| (*epoch, sellers.clone()));
    for (epoch, sellers) in past.chain(std::iter::once(current)) {
        feed.number(u128::from(epoch));
        for (member, gross) in sellers {
            feed.number(u128::from(member.0));
            feed.money(gross);
        }
    }
    for disposal in &state.disposals {
        feed.text(disposal.by.as_str());
        feed.number(u128::from(disposal.epoch));
        feed.flag(disposal.rebate);
        feed.flag(disposal.done);
    }
    feed.count(state.withdrawals.list.len());
    for withdrawal in &state.withdrawals.list {
        feed.text(withdrawal.id.as_str());
        feed.number(match withdrawal.owner {
            Payee::Member(member) => u128::from(member.0),
            // Above every member's number.
            Payee::Merchant(merchant) => u128::from(merchant.0) | (1 << 32),
            Payee::Operator => 1 << 33,
        });
        feed.money(withdrawal.amount);
        feed.money(withdrawal.retention_pending);
        feed.number(u128::from(withdrawal.requested_at.us().unsigned_abs()));
        feed.text(withdrawal.requested_by.as_str());
        feed.text(withdrawal.approved_by.as_ref().map_or("", |by| by.as_str()));
        feed.text(withdrawal.state.name());
    }
    debts(state, feed);
}

/// TIME-2c: where due work stands, and what it has worked out so far; nothing where none does.
fn under_way(state: &State, feed: &mut Feed<'_>) {
    let Some(position) = state.under_way else { return };
    let mut bytes = Encoder::new();
    position.write(&mut bytes);
    feed.count(bytes.bytes().len());
    feed.bytes(bytes.bytes());
    let weights = state.values.weights().0;
    for due in [weights, &state.wind_down.holders] {
        feed.count(due.len());
        due.iter().for_each(|(member, units)| feed.numbers([member.0.into(), units.units()]));
    }
    for (member, due) in &state.releases.accelerations {
        feed.numbers([member.0.into(), due.units()]);
    }
}

/// What beneficiaries owe after late refunds, by debtor, oldest first, and what refunds were cut by.
fn debts(state: &State, feed: &mut Feed<'_>) {
    feed.count(state.debts.iter().count());
    for (debtor, debts) in state.debts.iter() {
        let (kind, of) = match debtor {
            Debtor::Member(member) => (0, member.0),
            Debtor::Merchant(merchant) => (1, merchant.0),
            Debtor::Platform => (2, 0),
            Debtor::Reserve => (3, 0),
            Debtor::Undistributed => (4, 0),
            Debtor::Fund(fund) => (5, fund),
        };
        feed.numbers([kind, u128::from(of)]);
        feed.count(debts.len());
        for debt in debts {
            let (origin, fund) = match debt.origin {
                DebtOrigin::Leg => (0, 0),
                DebtOrigin::Pool => (1, 0),
                DebtOrigin::Release(fund) => (2, fund),
                DebtOrigin::Bonus => (3, 0),
            };
            feed.numbers([u128::from(debt.order.0), origin, u128::from(fund)]);
            feed.money(debt.amount);
            feed.money(debt.operator);
        }
    }
    feed.count(state.debts.all_set_off().count());
    for (member, amount) in state.debts.all_set_off() {
        feed.number(u128::from(member.0));
        feed.money(amount);
    }
}

/// Versions of the plan and proposals; nothing while nobody proposed one.
fn amendments(engine: &Engine, feed: &mut Feed<'_>) {
    let at = |at: Timestamp| u128::from(at.us().unsigned_abs());
    let state = &engine.state;
    for (version, plan) in state.versions.list().iter().zip(&engine.plans).skip(1) {
        // The retention is in the text.
        let Version { id, since, seq, first_day, first, retention: _ } = version;
        let Firsts { order, coupon, withdrawal, offer, campaign } = *first;
        feed.text(id.as_ref().map_or("", Id::as_str));
        feed.text(&plan.source);
        feed.numbers([at(*since), u128::from(*seq)]);
        feed.numbers([*first_day, order, coupon, withdrawal, offer, campaign].map(u128::from));
    }
    for Proposal { id, text, opinions, effective_at, by, approved_at, state } in &state.versions.proposals {
        feed.text(id.as_str());
        feed.text(text);
        feed.text(opinions.as_deref().unwrap_or_default());
        feed.numbers([at(*effective_at), approved_at.map_or(0, at)]);
        feed.text(by.as_str());
        feed.text(state.name());
    }
    for (_, number) in state.versions.approved() {
        feed.number(u128::from(number));
    }
    for (member, version, part) in state.withdrawals.older() {
        feed.numbers([member.0, version].map(u128::from));
        feed.number(u128::from(part.unsigned_abs()));
    }
}

/// The end of the programme; nothing while nobody proposed one.
fn wind_down(state: &State, feed: &mut Feed<'_>) {
    let end = &state.wind_down;
    for proposal in &end.proposals {
        feed.number(u128::from(proposal.closes_at.us().unsigned_abs()));
        feed.text(&proposal.reason);
        feed.text(proposal.by.as_str());
    }
    if let Some(approved) = end.approved {
        feed.number(u128::from(approved));
        feed.flag(end.phase == WindDownPhase::Done);
    }
    for (line, amount) in &end.instead {
        feed.number(u128::from(line.0));
        feed.money(*amount);
    }
}

/// Tasks, release points, value units and emission; nothing in a plan without them.
fn daily(engine: &Engine, feed: &mut Feed<'_>) {
    let state = &engine.state;
    let plan = &engine.plan;
    wind_down(state, feed);
    amendments(engine, feed);
    for ((fund, source), amount) in &state.deposits {
        feed.number(u128::from(*fund));
        feed.text(source.as_str());
        feed.money(*amount);
    }
    if let Some(at) = state.close_at {
        feed.number(u128::from(at.us().unsigned_abs()));
    }
    if plan.release.is_none() && plan.value.is_none() {
        return;
    }
    let today = state.tasks.today();
    feed.count(today.len());
    for member in today {
        feed.number(u128::from(member.0));
    }
    if !engine.every_version(|plan| plan.tasks.is_empty()) {
        for (member, task, count) in state.tasks.counts(engine.today()) {
            feed.numbers([u128::from(member.0), u128::from(task), u128::from(count)]);
        }
        for (member, task) in state.tasks.done_once() {
            feed.numbers([u128::from(member.0), u128::from(task)]);
        }
    }
    if plan.release.is_some() {
        feed.money(state.releases.shortfall);
        for member in state.members.iter() {
            feed.number(state.releases.fraction(member));
            lots(&state.releases.lots, member, feed);
        }
        feed.count(state.releases.closed.len());
        for (line, closed) in &state.releases.closed {
            feed.number(u128::from(*line));
            feed.number(closed.released.units());
            feed.money(closed.charged);
        }
    }
    if plan.value.is_some() {
        for member in state.members.iter() {
            lots(&state.values.lots, member, feed);
        }
        for (number, _) in state.orders.orders() {
            feed.number(u128::from(state.values.settled_on(number)));
        }
    }
    if plan.emission.is_some() {
        emission(state, feed);
    }
}

fn lots(lots: &Lots, member: MemberNo, feed: &mut Feed<'_>) {
    feed.count(lots.of(member).count());
    for lot in lots.of(member) {
        feed.number(lot.original());
        feed.number(lot.remaining());
        for number in [lot.mark, lot.day, lot.source] {
            feed.number(u128::from(number));
        }
    }
}

fn emission(state: &State, feed: &mut Feed<'_>) {
    let emission = &state.emission;
    feed.number(state.first_day.map_or(0, |day| u128::from(day_mark(day))));
    let (released, issued) = emission.guide_price;
    for points in [emission.issued, emission.reserve, released, issued] {
        feed.number(points.units());
    }
    feed.count(emission.issues.len());
    for issue in &emission.issues {
        feed.text(issue.by.as_str());
        feed.number(u128::from(issue.member.0));
        feed.number(issue.points.units());
        feed.flag(issue.done);
    }
    feed.count(emission.shares().len());
    for share in emission.shares() {
        feed.number(*share);
    }
    for member in state.members.iter() {
        feed.number(emission.credited_of(member));
    }
}

fn merchants(state: &State, feed: &mut Feed<'_>) {
    let records = &state.merchant_records;
    feed.count(records.records().count());
    for (number, record) in records.records() {
        feed.number(u128::from(number.0));
        feed.number(u128::from(record.member.0));
        feed.text(record.state.name());
        feed.number(u128::from(record.pack.0));
        feed.text(record.applied_by.as_str());
    }
    feed.count(records.products().len());
    for product in records.products() {
        feed.text(product.id.as_str());
        feed.number(u128::from(product.merchant.0));
        feed.money(product.price);
        feed.number(product.award.units());
        feed.flag(product.concession.is_some());
        feed.money(product.concession.unwrap_or(Money::ZERO));
        feed.flag(product.listed);
    }
    feed.count(records.awards().count());
    for (line, award) in records.awards() {
        feed.number(u128::from(line.0));
        feed.number(u128::from(award.product.0));
        for points in [award.units, award.taken, award.reserved] {
            feed.number(points.units());
        }
    }
    let totals = &records.totals;
    feed.number(u128::from(totals.tips));
    feed.money(totals.concessions);
    for points in [
        totals.tip_value,
        totals.merchant_value,
        totals.tip_points,
        totals.tip_burned,
        totals.awarded,
        totals.product_burned,
    ] {
        feed.number(points.units());
    }
}

fn campaigns(state: &State, feed: &mut Feed<'_>) {
    feed.count(state.campaigns.len());
    for (_, campaign) in state.campaigns.iter() {
        feed.text(campaign.id.as_str());
        feed.count(campaign.promotion);
        feed.text(campaign.sku.as_str());
        for at in [campaign.from, campaign.until] {
            feed.number(u128::from(at.us().unsigned_abs()));
        }
        feed.number(campaign.quota.map_or(0, |quota| u128::from(quota) + 1));
        feed.number(u128::from(campaign.taken));
        feed.flag(campaign.cancelled);
    }
    for (number, record) in state.campaigns.orders() {
        feed.numbers([number.0, record.campaign.0, record.quantity].map(u128::from));
        feed.text(record.id.as_str());
        feed.number(record.group.map_or(0, |group| u128::from(group.0) + 1));
        feed.bytes(record.code_hash.as_ref().map_or(&[][..], |hash| hash.bytes()));
        feed.money(record.deposit);
        feed.money(record.bonus);
        feed.flag(record.holds);
        feed.text(record.stage.name());
        feed.text(record.voucher.name());
    }
    for (number, group) in state.campaigns.groups() {
        feed.number(u128::from(number.0));
        feed.text(group.state.name());
        feed.number(u128::from(group.ends_at.us().unsigned_abs()));
        feed.count(group.orders.len());
        for order in &group.orders {
            feed.number(u128::from(order.0));
        }
        feed.numbers([u128::from(group.kept), group.bonus.as_u128(), group.bonus_operator.as_u128()]);
    }
}

/// Network, ranks, commissions and dividend; nothing in a plan without them, unless somebody was suspended.
fn distribution(engine: &Engine, feed: &mut Feed<'_>) {
    let state = &engine.state;
    for member in state.members.iter().filter(|member| state.network.is_suspended(*member)) {
        feed.number(u128::from(member.0));
    }
    if state.network.is_kept() {
        for member in state.members.iter() {
            feed.number(state.network.rank(member).map_or(0, |rank| u128::try_from(rank + 1).unwrap_or(0)));
            feed.flag(state.network.has_bought(member));
            for money in [state.volumes.own(member), state.volumes.team(member)] {
                feed.money(money);
            }
            feed.money(state.commissions.income(member));
            feed.number(u128::from(state.dividend.weight(member)));
        }
        feed.flag(state.volumes.settled_today);
        for (day, amounts) in state.volumes.window() {
            feed.number(u128::from(day.unsigned_abs()));
            for (member, amount) in amounts {
                feed.number(u128::from(member.0));
                feed.flag(*amount < 0);
                feed.number(u128::from(amount.unsigned_abs()));
            }
        }
        for (code, agents) in state.commissions.territories() {
            feed.number(u128::from(code));
            feed.count(agents.len());
            for agent in agents {
                feed.number(u128::from(agent.0));
            }
        }
        for (order, region) in &state.commissions.ship_to {
            feed.number(u128::from(order.0));
            feed.number(u128::from(region.code()));
        }
        for (kind, generation, paid) in state.commissions.paid().filter(|(_, _, paid)| *paid != 0) {
            feed.text(kind.name());
            feed.count(generation);
            feed.number(u128::from(paid.unsigned_abs()));
        }
        let dividend = &state.dividend;
        feed.number(dividend.due_at.map_or(0, |at| u128::from(at.us().unsigned_abs())));
        feed.flag(dividend.base < 0);
        feed.number(u128::from(dividend.base.unsigned_abs()));
        feed.money(dividend.deficit);
    }
    if !engine.every_version(|plan| !plan.records_entitlements()) {
        for (number, _) in state.orders.orders() {
            let items = state.commissions.items(number);
            feed.count(items.len());
            for item in items {
                feed.text(item.kind.name());
                for number in [item.member.0, item.generation, item.rate_ppm, item.paid_below_ppm] {
                    feed.number(u128::from(number));
                }
                feed.number(u128::from(item.sharers));
                feed.number(u128::from(item.peer_of));
            }
        }
    }
}

/// Time-outs, articles, coupons, sources and loyalty points; nothing in a plan without them.
fn shop(engine: &Engine, feed: &mut Feed<'_>) {
    let state = &engine.state;
    let plan = &engine.plan;
    for (at, timer) in state.timers.all() {
        let (name, of) = timer.name();
        feed.number(u128::from(at.us().unsigned_abs()));
        feed.text(name);
        feed.number(of.map_or(0, |of| u128::from(of) + 1));
    }
    if plan.catalogue.is_some() {
        articles(state, feed);
        coupons(state, feed);
    }
    if !engine.every_version(|plan| plan.sources.is_empty()) {
        for (number, _) in state.orders.orders() {
            feed.count(state.source_of(number));
        }
    }
    if plan.loyalty.is_some() {
        for member in state.members.iter() {
            feed.count(state.loyalty.lots(member).count());
            for lot in state.loyalty.lots(member) {
                feed.numbers([lot.left.as_u128(), u128::from(lot.expires_at.us().unsigned_abs())]);
            }
        }
        for (line, earned) in state.loyalty.all_earned() {
            let Earned { points, base, clawback_total } = *earned;
            feed.numbers([u128::from(line.0), points.as_u128(), base.as_u128(), clawback_total.as_u128()]);
        }
        let LoyaltyTotals { earned, spent, returned, taken_back, expired, owed, netted, set_off } =
            state.loyalty.totals;
        let by_operator = state.loyalty.by_operator;
        for sum in [earned, spent, returned, taken_back, expired, owed, netted, set_off, by_operator] {
            feed.money(sum);
        }
    }
}

/// Where pieces are (CAT-3), as a number that never changes.
fn place_number(place: Place) -> u128 {
    match place {
        Place::Held => 0,
        Place::Out => 1,
        Place::Back => 2,
    }
}

fn articles(state: &State, feed: &mut Feed<'_>) {
    let optional = |number: Option<u32>| number.map_or(0, |number| u128::from(number) + 1);
    feed.count(state.catalogue.skus().len());
    for sku in state.catalogue.skus() {
        feed.text(sku.id.as_str());
        feed.text(sku.product.as_ref().map_or("", |product| product.as_str()));
        feed.number(optional(sku.merchant.map(|merchant| merchant.0)));
        feed.money(sku.price);
        feed.number(sku.cost.map_or(0, |cost| cost.as_u128() + 1));
        feed.number(optional(sku.zone.map(u32::from)));
        let Stock { limited, added, removed, held, out } = sku.stock;
        feed.flag(limited);
        feed.numbers([added, removed, held, out].map(u128::from));
        feed.number(optional(sku.limit_per_order));
        feed.number(optional(sku.limit_per_member));
        feed.flag(sku.points_only);
        feed.flag(sku.listed);
    }
    feed.count(state.catalogue.all_pieces().count());
    for (line, Pieces { sku, quantity, back, left }) in state.catalogue.all_pieces() {
        feed.numbers([line.0, sku.0, quantity, back].map(u128::from));
        feed.flag(left);
    }
    for (member, sku, pieces) in state.catalogue.all_bought() {
        feed.numbers([u128::from(member.0), u128::from(sku.0), u128::from(pieces)]);
    }
}

fn coupons(state: &State, feed: &mut Feed<'_>) {
    feed.count(state.coupons.list().len());
    for coupon in state.coupons.list() {
        feed.text(coupon.id.as_str());
        feed.number(u128::from(coupon.rule));
        feed.number(u128::from(coupon.member.0));
        feed.number(u128::from(coupon.expires_at.us().unsigned_abs()));
        feed.text(coupon.state.name());
    }
    for (order, coupons) in state.coupons.by_order() {
        feed.number(u128::from(order.0));
        feed.count(coupons.len());
        for coupon in coupons {
            feed.number(u128::from(coupon.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, Feed, NUMBER_BYTES, SMALL, orders};
    use crate::amount::Money;
    use crate::command::{Command, Envelope, OrderTerms};
    use crate::engine::{Engine, Outcome};
    use crate::id::Id;
    use crate::plan::Plan;
    use crate::time::Timestamp;

    fn encoded(numbers: &[u128]) -> Vec<u8> {
        written(|feed| numbers.iter().for_each(|number| feed.number(*number)))
    }

    fn written(write: impl FnOnce(&mut Feed<'_>)) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut take = |block: Vec<u8>| {
            bytes.extend_from_slice(&block);
            block
        };
        let mut feed = Feed { block: Vec::with_capacity(BLOCK_BYTES), take: &mut take };
        write(&mut feed);
        feed.hand_over();
        bytes
    }

    /// FILE-13, read back.
    fn decoded(mut bytes: &[u8]) -> Vec<u128> {
        let mut numbers = Vec::new();
        while let Some((first, rest)) = bytes.split_first() {
            let length = usize::from(first.saturating_sub(SMALL - 1));
            let (own, after) = rest.split_at(length);
            let mut number = [0; 16];
            number[..length].copy_from_slice(own);
            numbers.push(if length == 0 { u128::from(*first) } else { u128::from_le_bytes(number) });
            bytes = after;
        }
        numbers
    }

    /// Every number is read back, also across blocks, and none is longer than it need be.
    #[test]
    fn numbers_have_one_encoding() {
        let mut numbers = vec![0, 1, 239, 240, 255, 256, u128::MAX];
        for shift in 0..128 {
            numbers.extend([1_u128 << shift, (1 << shift) - 1, (1 << shift) + 1]);
        }
        for number in &numbers {
            let bytes = (u128::BITS - number.leading_zeros()).div_ceil(8);
            let length = if *number < 240 { 1 } else { 1 + crate::id::index(bytes) };
            assert_eq!(encoded(&[*number]).len(), length, "{number}");
        }
        let many = numbers.repeat(2 * BLOCK_BYTES / NUMBER_BYTES / numbers.len());
        assert_eq!(decoded(&encoded(&many)), many);
    }

    /// FILE-13: what most orders do not have takes no byte of theirs but a mark.
    #[test]
    fn a_plain_order_is_ten_numbers() {
        let plan =
            Plan::parse("value-growth.toml", include_str!("../../../plans/value-growth.toml")).unwrap();
        let (mut engine, id) = (Engine::genesis(plan), |text: &str| Id::new(text).unwrap());
        let mut pay = |order: &str, freight: i64| {
            let mut terms = OrderTerms::plain(id("ann"), Money::from_minor(100).unwrap());
            terms.freight = Money::from_minor(freight).unwrap();
            let (order, key) = (id(order), id(&format!("pay:{order}")));
            let command = Command::OrderPay { order, terms: Some(terms) };
            let envelope = Envelope { key, at: Timestamp::MIN, happened_at: None, actor: id("ann"), command };
            assert!(matches!(engine.submit(&envelope), Outcome::Applied { .. }));
            decoded(&written(|feed| orders(&engine.state, feed)))
        };
        // How many; member, time, paid; base, minted, all of it left, no next lot, cycle, plain.
        assert_eq!(pay("o1", 0), [1, 0, 0, 1, 100, 0, 0, 0, 0, 0]);
        // One with freight, and whose it is.
        let with_freight = [0, 0, 1 + 8, 7, 0, 0, 0, 0, 0, 100, 0, 0, 0, 0, 0];
        assert_eq!(pay("o2", 7), [[2, 0, 0, 1, 100, 0, 0, 0, 0, 0].as_slice(), &with_freight].concat());
    }
}
