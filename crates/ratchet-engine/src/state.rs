//! The state of a programme, and `apply`: how each event changes it. Apply is total: what it is given has
//! been decided, and anything that does not fit is a bug that stops the writer.

mod amendments;
mod campaigns;
mod capital;
pub(crate) mod daily;
mod distribution;
mod draws;
mod mall;
mod payments;
mod terms;

use crate::admission::Admission;
use crate::amendment::{ProposalState, Versions, retention_at_withdrawal};
use crate::amount::{Money, Points, Rounding, mul_div};
use crate::blind_box::Boxes;
use crate::campaign::Campaigns;
use crate::catalogue::Catalogue;
use crate::chain::Chain;
use crate::claim::Claims;
use crate::commission::Commissions;
use crate::coupon::{Coupon, CouponState, Coupons};
use crate::cycle::{ExitQueue, NONE, Trigger};
use crate::debt::{Debt, Debtor, Debts};
use crate::dividend::Dividend;
use crate::draw::book::{DrawState, Draws};
use crate::emission::Emission;
use crate::equity::Equity;
use crate::event::{
    CapTerms, ContributionSource, Deferral, Event, LotSold, PostSettlementRefund, RetentionWay, SaleCause,
};
use crate::funding::Rounds;
use crate::id::{Id, LineNo, MemberNo, MerchantNo, OrderNo, index};
use crate::keys::{CommandKeys, Hash128, HashSeed, KeyHistory, KeyKind, Named, NaturalKeys};
use crate::ledger::{AccountKind, Ledger, PriceBalances};
use crate::loyalty::{Counted, DayCount, Loyalty};
use crate::market::Market;
use crate::members::Members;
use crate::merchant::{Merchant, MerchantState, Merchants, Product, TipSums};
use crate::network::Network;
use crate::order::{Line, LineCounts, LineHistory, Order, OrderExtra, OrderState, Orders, flag, lot_left};
use crate::payment::Payments;
use crate::plan::{ExitBasis, ExitCounts, ExitOf, Plan};
use crate::pool::Pair;
use crate::rank::Volumes;
use crate::release::{Releases, Tasks};
use crate::relist::Relist;
use crate::slice::{Position, SLICE_MEMBERS_MAX};
use crate::state::terms::{LocalDay, Terms};
use crate::time::{Day, Timestamp};
use crate::timer::{Timer, Timers};
use crate::undo::{Column, Queue, Table, undo_fields};
use crate::wallet::{Payee, Withdrawal, WithdrawalState, Withdrawals};
use crate::wind_down::{WindDown, WindDownPhase, WindDownProposal};

/// Cumulative sums over the programme's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ratchet_wire_derive::Snapshot)]
pub struct Totals {
    /// Orders paid.
    pub orders: u64,
    /// Members.
    pub members: u64,
    /// The pool now.
    pub pool: Money,
    /// Points in circulation now, in present units.
    pub supply: Points,
    /// What left the pool to the residual and is still there.
    pub residual: Money,
    /// Contributions of orders that entered the pool.
    pub contributions: Money,
    /// Outside money that entered the pool (POOL-10).
    pub injected: Money,
    /// Paid to members for points, by their own sales and by cap exits.
    pub paid_out: Money,
    /// Retention of all sales.
    pub retained: Money,
    /// Returned out of the pool by late refunds.
    pub pool_refunded: Money,
    /// Cap exits.
    pub exits: u64,
    /// Splits of the units (POOL-9).
    pub exponent: u32,
    /// Settled to merchants, less refunds.
    pub cost: Money,
    /// Settled to commissions, less refunds.
    pub commission: Money,
    /// Settled to funds, less refunds.
    pub funds: Money,
    /// Settled to the platform, less refunds.
    pub platform: Money,
    /// What the operator has to add for late refunds.
    pub operator_due: Money,
    /// Orders whose contribution waits in the mint queue (POOL-2a): more than zero is an alarm.
    pub mint_queue: u64,
    /// What sellers got in the internal market (MKT-1b).
    pub traded: Money,
    /// Subsidies of funding rounds (FUND-3).
    pub subsidised: Money,
    /// What windows of shares took out of the pool for the issuer (EQUITY-2).
    pub to_issuer: Money,
    /// Pool legs that went to buyers instead, less what refunds asked back (WIND-2b).
    pub to_buyers: Money,
    /// What the operator owes or owed of leaders' bonuses that were paid, refunds not deducted (GROUP-4).
    pub operator_bonuses: Money,
    /// What groups that can still bring a fixed bonus may bring.
    pub bonuses_to_come: Money,
}

/// An order with contributions that wait for the next local midnight.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct DeferredContribution {
    pub(crate) at: Timestamp,
    pub(crate) order: OrderNo,
    /// Entry in which it began to wait.
    pub(crate) created: u64,
}

/// A settlement that is due.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Due {
    pub(crate) at: Timestamp,
    /// Entry in which the order was received.
    pub(crate) created: u64,
    pub(crate) order: OrderNo,
}

/// A sale requested during the day (POOL-11b), in units after `exponent` splits.
#[derive(Clone, Copy, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct RedemptionRequest {
    pub(crate) member: MemberNo,
    pub(crate) units: u128,
    pub(crate) exponent: u32,
    /// The least that all of it must pay after retention (POOL-3).
    pub(crate) min_net: Option<Money>,
}

impl RedemptionRequest {
    /// In units after so many splits.
    pub(crate) fn units_after(&self, exponent: u32) -> u128 {
        crate::ledger::scale(self.units, exponent - self.exponent)
    }
}

/// A disposal of the residual.
#[derive(Clone, Debug, ratchet_wire_derive::Snapshot)]
pub(crate) struct Disposal {
    pub(crate) by: Id,
    pub(crate) epoch: u32,
    pub(crate) rebate: bool,
    pub(crate) done: bool,
}

/// Everything a programme is.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Which versions were in force since when, and proposals of others (AMEND-1).
    pub(crate) versions: Versions,
    pub(crate) terms: Terms,
    pub(crate) now: Timestamp,
    /// Number of the entry being written.
    pub(crate) seq: u64,
    pub(crate) seed: HashSeed,
    /// Keys of commands that are in memory: not in the digest, because they may be dropped.
    pub(crate) commands: CommandKeys,
    pub(crate) key_history: KeyHistory,
    pub(crate) natural: NaturalKeys,
    /// What the command being carried out names: nothing between commands.
    pub(crate) named: Named,
    pub(crate) ledger: Ledger,
    pub(crate) members: Members,
    pub(crate) merchants: Column<Id>,
    pub(crate) merchant_numbers: Table<Id, MerchantNo>,
    pub(crate) orders: Orders,
    pub(crate) exits: ExitQueue,
    pub(crate) withdrawals: Withdrawals,
    pub(crate) settlements: Queue<Due>,
    pub(crate) mint_queue: Queue<(LineNo, Money)>,
    pub(crate) deferred_to_midnight: Queue<DeferredContribution>,
    pub(crate) requests: Column<RedemptionRequest>,
    /// What each member has requested in all: units after so many splits.
    pub(crate) pending_redemptions: Table<MemberNo, (u128, u32)>,
    /// Where due work stands that takes more entries: nothing comes before it.
    pub(crate) under_way: Option<Position>,
    /// How many members of a step are done in one entry.
    pub(crate) slice_members: usize,
    /// The close of the day of the requests.
    pub(crate) requests_at: Timestamp,
    /// Price just before the supply last became zero.
    pub(crate) last_price: Option<Pair>,
    pub(crate) epoch: u32,
    /// Residual by supply epoch.
    pub(crate) residuals: Table<u32, Money>,
    /// Gross sold by member in the present epoch; one entry per sale, summed up now and then.
    pub(crate) sellers: Column<(MemberNo, [u32; 2])>,
    /// Gross sold by member, of epochs that ended.
    pub(crate) past_sellers: Table<u32, Vec<(MemberNo, Money)>>,
    pub(crate) disposals: Column<Disposal>,
    /// Merchants that applied, products and their sales (MERCH-1 to MERCH-6).
    pub(crate) merchant_records: Merchants,
    pub(crate) totals: Totals,
    /// Local day of the first command that was applied.
    pub(crate) first_day: Option<Day>,
    /// The midnight of the next close, but for one that only sale requests ask for.
    pub(crate) close_at: Option<Timestamp>,
    pub(crate) tasks: Tasks,
    pub(crate) releases: Releases,
    pub(crate) values: daily::Values,
    pub(crate) emission: Emission,
    pub(crate) network: Network,
    pub(crate) volumes: Volumes,
    pub(crate) commissions: Commissions,
    pub(crate) dividend: Dividend,
    /// Time-outs and expiries.
    pub(crate) timers: Timers,
    pub(crate) wind_down: WindDown,
    /// Whether a live programme may begin something new (GATE-2).
    pub(crate) admission: Admission,
    /// Outside money that came into funds, by fund and source (ADMALL-1).
    pub(crate) deposits: Table<(u32, Id), Money>,
    /// Campaigns of promotions, their orders and groups (PROMO-1 to PROMO-4).
    pub(crate) campaigns: Campaigns,
    /// Commitments and draws (PROMO-5).
    pub(crate) draws: Draws,
    /// Blind boxes and the ages of members (BOX-1 to BOX-3).
    pub(crate) boxes: Boxes,
    /// Places in the chain (CHAIN-1, CHAIN-2).
    pub(crate) chain: Chain,
    /// Goods that may be sold on (RELIST-1 to RELIST-3).
    pub(crate) relist: Relist,
    pub(crate) catalogue: Catalogue,
    pub(crate) coupons: Coupons,
    pub(crate) loyalty: Loyalty,
    /// What beneficiaries owe after late refunds (ORDER-6).
    pub(crate) debts: Debts,
    /// Source by order, as far as one came from another than the first (SOURCE-1).
    pub(crate) sources: Column<u8>,
    /// The internal market's book (MKT-1).
    pub(crate) market: Market,
    pub(crate) rounds: Rounds,
    pub(crate) equity: Equity,
    pub(crate) claims: Claims,
    /// Money that providers reported, and what of it is in suspense (PAY-1).
    pub(crate) payments: Payments,
    /// Whose position a member is, of those of whom it is known (ACC-3a).
    pub(crate) persons: Table<MemberNo, Id>,
}

undo_fields!(State {
    parts: versions, natural, ledger, members, merchants, merchant_numbers, orders, withdrawals,
        settlements, mint_queue, deferred_to_midnight, requests, pending_redemptions, residuals, sellers, past_sellers, disposals,
        merchant_records, tasks, releases, values, emission, network, volumes, commissions, dividend, timers,
        wind_down, admission, deposits, campaigns, draws, boxes, chain, relist, catalogue, coupons, loyalty, debts, sources, market,
        rounds, equity, claims, payments, persons;
    values: terms, now, seq, key_history, under_way, requests_at, last_price, epoch, totals, first_day, close_at;
    derived_parts: commands, exits;
    derived_values: seed, named, slice_members;
});

impl State {
    /// A state in which nothing has happened. Of the plan it takes which tables it needs; nothing reads the plan afterwards.
    pub(crate) fn new(plan: &Plan, seed: HashSeed) -> State {
        // Number 0 is the supplier of lines that name no merchant. It is found by no id and shown under none, so its
        // id here is never read (`Engine::account_owner`).
        let unnamed = Id::new("supplier").expect("a valid id");
        State {
            network: Network::new(plan),
            volumes: Volumes::new(plan),
            commissions: Commissions::default(),
            dividend: Dividend::default(),
            timers: Timers::default(),
            wind_down: WindDown::default(),
            admission: Admission::default(),
            deposits: Table::new(),
            campaigns: Campaigns::default(),
            draws: Draws::default(),
            boxes: Boxes::default(),
            chain: Chain::default(),
            relist: Relist::default(),
            catalogue: Catalogue::default(),
            coupons: Coupons::default(),
            loyalty: Loyalty::default(),
            debts: Debts::default(),
            sources: Column::new(),
            market: Market::default(),
            rounds: Rounds::default(),
            equity: Equity::default(),
            claims: Claims::default(),
            payments: Payments::default(),
            persons: Table::new(),
            versions: Versions::new(retention_at_withdrawal(plan)),
            terms: Terms::default(),
            now: Timestamp::MIN,
            seq: 0,
            seed,
            commands: CommandKeys::new(),
            key_history: KeyHistory::default(),
            natural: NaturalKeys::new(),
            named: Named::default(),
            ledger: Ledger::default(),
            members: Members::new(seed),
            merchants: Column::from(vec![unnamed]),
            merchant_numbers: Table::new(),
            orders: Orders::default(),
            exits: ExitQueue::default(),
            withdrawals: Withdrawals::default(),
            settlements: Queue::new(),
            mint_queue: Queue::new(),
            deferred_to_midnight: Queue::new(),
            requests: Column::new(),
            pending_redemptions: Table::new(),
            under_way: None,
            slice_members: SLICE_MEMBERS_MAX,
            requests_at: Timestamp::MIN,
            last_price: None,
            epoch: 0,
            residuals: Table::new(),
            sellers: Column::new(),
            past_sellers: Table::new(),
            disposals: Column::new(),
            merchant_records: Merchants::default(),
            totals: Totals::default(),
            first_day: None,
            close_at: None,
            tasks: Tasks::default(),
            releases: Releases::default(),
            values: daily::Values::default(),
            emission: Emission::default(),
        }
    }

    /// The natural key of an order: of the one that the command being carried out names, if it names one.
    #[inline]
    pub(crate) fn order_key(&self, id: &str) -> Hash128 {
        let key = self.named.key.unwrap_or_else(|| self.seed.key(KeyKind::Order, id));
        debug_assert_eq!(key, self.seed.key(KeyKind::Order, id), "a command is about one order");
        key
    }

    /// The natural key of an offer: of the one that the command being carried out names, if it names one.
    #[inline]
    pub(crate) fn offer_key(&self, id: &str) -> Hash128 {
        let key = self.named.key.unwrap_or_else(|| self.seed.key(KeyKind::Offer, id));
        debug_assert_eq!(key, self.seed.key(KeyKind::Offer, id), "a command is about one offer");
        key
    }

    /// The hash of a member's id: the one that is known of the command being carried out, if it names the member.
    #[inline]
    fn member_hash(&self, known: Option<u64>, id: &str) -> u64 {
        let hash = known.unwrap_or_else(|| self.seed.of(id.as_bytes()));
        debug_assert_eq!(hash, self.seed.of(id.as_bytes()), "a command is about one member and one referrer");
        hash
    }

    /// The member that the command being carried out names.
    #[inline]
    pub(crate) fn named_member(&self, id: &str) -> Option<MemberNo> {
        self.find_member(self.named.guess.member, self.named.member, id)
    }

    /// The member by whom the command being carried out says that another was invited.
    #[inline]
    pub(crate) fn named_referrer(&self, id: &str) -> Option<MemberNo> {
        self.find_member(self.named.guess.referrer, self.named.referrer, id)
    }

    #[inline]
    fn find_member(&self, guess: u32, hash: Option<u64>, id: &str) -> Option<MemberNo> {
        if self.members.is(guess, id) {
            return Some(MemberNo(guess));
        }
        self.members.find_hashed(self.member_hash(hash, id), id)
    }

    /// Pool and supply now; both are ledger balances.
    #[inline]
    pub(crate) fn pair(&self) -> Pair {
        self.ledger.pair()
    }

    /// A programme account of money, as a magnitude.
    #[inline]
    pub(crate) fn money(&self, kind: AccountKind) -> Money {
        Money::from_wide(self.ledger.programme(kind).unsigned_abs()).unwrap_or(Money::ZERO)
    }

    /// POOL-6: a member's trigger price in present units; `None` without points or without caps by member.
    #[inline]
    pub(crate) fn member_trigger(&self, member: MemberNo) -> Option<Trigger> {
        let earned = self.ledger.cycle(member).earned(self.ledger.exponent());
        self.member_trigger_with(member, earned, self.ledger.points(member).units())
    }

    /// The same if the member had earned and held so much.
    #[inline]
    fn member_trigger_with(&self, member: MemberNo, earned: u128, held: u128) -> Option<Trigger> {
        let exit = self.terms.caps.filter(|caps| caps.basis == ExitBasis::Member)?;
        if held == 0 {
            return None;
        }
        let cycle = self.ledger.cycle(member);
        let cap = u128::from(exit.multiple) * cycle.cap_base.as_u128();
        if cap == 0 && exit.zero_is_no_cap {
            // CLAIM-2c: granted points of who has bought nothing have no cap.
            return None;
        }
        let (num, den) = match exit.counts {
            ExitCounts::Earned => (cap, earned),
            ExitCounts::Held => (cap, held),
            ExitCounts::Realised => (cap.saturating_sub(cycle.realised.as_u128()), held),
        };
        Some(Trigger { num, den, exponent: self.ledger.exponent() })
    }

    /// POOL-6: a lot's trigger price in present units; `None` if nothing remains of it.
    pub(crate) fn lot_trigger(&self, line: LineNo) -> Option<Trigger> {
        let exit = self.terms.caps.filter(|caps| caps.basis == ExitBasis::Lot)?;
        let exponent = self.ledger.exponent();
        let left = self.lot_left(line).units();
        if left == 0 {
            return None;
        }
        let cap = u128::from(exit.multiple) * self.lot_cap_base(line, exit.of).as_u128();
        if cap == 0 && exit.zero_is_no_cap {
            return None;
        }
        let (num, den) = match exit.counts {
            ExitCounts::Earned => (cap, self.lot_earned(line)),
            ExitCounts::Held => (cap, left),
            ExitCounts::Realised => (cap.saturating_sub(self.lot_realised(line).as_u128()), left),
        };
        Some(Trigger { num, den, exponent })
    }

    /// What the cap of a lot is a multiple of (POOL-13): what minted it brought along, less what refunds took back.
    pub(crate) fn lot_cap_base(&self, line: LineNo, of: ExitOf) -> Money {
        if self.orders.line(line).has(flag::COUNTED) {
            return self.orders.counts(line, self.ledger.exponent()).lot_cap_base;
        }
        match of {
            ExitOf::Spend => self.orders.base_left(line),
            ExitOf::Contribution => self.orders.lot_cap_bases.get(&line.0).copied().unwrap_or(Money::ZERO),
        }
    }

    /// Points minted into a line's present lot, less those due back, in present units.
    pub(crate) fn lot_earned(&self, line: LineNo) -> u128 {
        let exponent = self.ledger.exponent();
        if self.orders.line(line).has(flag::COUNTED) {
            return self.orders.counts(line, exponent).lot_earned.units();
        }
        self.orders.minted(line, exponent)
    }

    /// What the caps count: the spend where there are none.
    pub(crate) fn exit_of(&self) -> ExitOf {
        self.terms.caps.map_or(ExitOf::Spend, |caps| caps.of)
    }

    /// POOL-13: what a mint adds to the cap base: the part of the line's base that has minted with it, less what the line has
    /// added before.
    #[inline]
    pub(crate) fn cap_base_of_mint(
        &self,
        line: LineNo,
        contribution: Money,
        from: ContributionSource,
    ) -> Money {
        if self.exit_of() == ExitOf::Contribution {
            return contribution;
        }
        if !self.orders.line(line).has(flag::COUNTED) {
            // All of the contribution at once.
            return self.orders.base_left(line);
        }
        let (counts, history) = (self.orders.counts(line, self.ledger.exponent()), self.orders.history(line));
        let minted = counts.contribution.add_within_limit(contribution);
        let waits = history.waiting.add_within_limit(history.queued);
        let whole = match from {
            // What mints at settlement has never waited.
            ContributionSource::Settlement => minted.add_within_limit(waits),
            ContributionSource::MintQueue | ContributionSource::Deferred => {
                counts.contribution.add_within_limit(waits)
            }
        };
        // floor(base · minted / whole): the last part brings what is left over.
        let base = self.orders.base_left(line);
        let counted = mul_div(base.as_u128(), minted.as_u128(), whole.as_u128(), Rounding::Down);
        counted.and_then(Money::from_wide).unwrap_or(base).saturating_sub(counts.cap_base)
    }

    pub(crate) fn lot_realised(&self, line: LineNo) -> Money {
        self.orders.lot_realised.get(&line.0).copied().unwrap_or(Money::ZERO)
    }

    /// What remains of a lot, in present units.
    pub(crate) fn lot_left(&self, line: LineNo) -> Points {
        let member = self.orders.order(self.orders.line(line).order).member;
        lot_left(&self.orders, self.ledger.cycle(member), line, self.ledger.exponent())
    }

    /// What is left of the parts of a line paid in re-consumption money and loyalty points; a claim brings no money (CLAIM-1a).
    #[inline]
    pub(crate) fn other_left(&self, line: LineNo) -> Money {
        if !self.orders.line(line).has(flag::DETAIL) {
            return Money::ZERO;
        }
        let detail = self.orders.detail(line);
        let history = self.orders.history(line);
        let reconsume = detail.reconsume.saturating_sub(history.refunded_reconsume);
        reconsume.add_within_limit(detail.loyalty.saturating_sub(history.refunded_loyalty))
    }

    /// The next exit at this price, if any (POOL-7).
    #[inline]
    pub(crate) fn next_exit(&mut self, pair: &Pair) -> Option<(MemberNo, Option<LineNo>)> {
        let caps = self.terms.caps?;
        let exponent = self.ledger.exponent();
        if !self.exits.may_be_due(pair, exponent) {
            return None;
        }
        let mut exits = std::mem::take(&mut self.exits);
        let found = match caps.basis {
            ExitBasis::Member => exits
                .next(pair, exponent, |item| self.member_trigger(MemberNo(item)), |item| item)
                .map(|item| (MemberNo(item), None)),
            ExitBasis::Lot => {
                let member = |item: u32| self.orders.order(self.orders.line(LineNo(item)).order).member;
                let order = |item: u32| (member(item), self.place_among_lots(member(item), item));
                exits
                    .next(pair, exponent, |item| self.lot_trigger(LineNo(item)), order)
                    .map(|item| (member(item), Some(LineNo(item))))
            }
        };
        self.exits = exits;
        found
    }

    /// A member's lots, in the order of minting; some may be empty.
    pub(crate) fn lots(&self, member: MemberNo) -> impl Iterator<Item = LineNo> {
        let real = |at: u32| (at != NONE).then_some(LineNo(at));
        let next = move |lot: &LineNo| real(self.orders.line(*lot).next);
        std::iter::successors(real(self.ledger.cycle(member).head), next)
    }

    /// Whether anybody is past the cap now.
    pub(crate) fn has_exit(&mut self) -> bool {
        let pair = self.pair();
        let Some((member, lot)) = self.next_exit(&pair) else { return false };
        let (item, trigger) = match lot {
            Some(line) => (line.0, self.lot_trigger(line)),
            None => (member.0, self.member_trigger(member)),
        };
        let trigger = trigger.expect("what is to be sold out has a trigger");
        self.exits.put_back(item, trigger);
        true
    }

    /// How many of the member's lots are older: the order of minting. Asked only where triggers are equal.
    fn place_among_lots(&self, member: MemberNo, lot: u32) -> usize {
        let mut at = self.ledger.cycle(member).head;
        let mut place = 0;
        while at != NONE && at != lot {
            at = self.orders.line(LineNo(at)).next;
            place += 1;
        }
        place
    }

    /// Enters or re-enters caps whose trigger came into being or fell.
    #[inline]
    fn watch(&mut self, item: u32, before: Option<Trigger>, after: Option<Trigger>) {
        match (before, after) {
            (_, None) => self.exits.leave(item),
            (None, Some(after)) => self.exits.enter(item, &after),
            (Some(before), Some(after)) => {
                if after.is_below(&before) {
                    self.exits.lower(item, &after);
                }
            }
        }
    }

    /// Builds the queue of caps from nothing, by the terms as they are.
    pub(crate) fn watch_all_again(&mut self) {
        self.exits.clear();
        let members = u32::try_from(self.members.len()).expect("members have 32-bit numbers");
        for member in (0..members).map(MemberNo) {
            if let Some(trigger) = self.member_trigger(member) {
                self.exits.enter(member.0, &trigger);
            }
        }
        if self.terms.caps.is_none_or(|caps| caps.basis == ExitBasis::Member) {
            return;
        }
        let lines = u32::try_from(self.orders.line_count()).expect("lines have 32-bit numbers");
        for line in (0..lines).map(LineNo) {
            if let Some(trigger) = self.lot_trigger(line) {
                self.exits.enter(line.0, &trigger);
            }
        }
    }

    /// Changes the state by one event. `before` is what made the price before the event's postings.
    #[inline]
    pub(crate) fn apply(&mut self, event: &Event, before: PriceBalances) {
        match event {
            Event::CapsSet { caps } => {
                self.terms.caps = *caps;
                self.watch_all_again();
            }
            Event::DayBegan { day, ends_at } => {
                self.terms.today = Some(LocalDay { day: *day, ends_at: *ends_at });
            }
            Event::DaysBegan { closes, dividend_at } => {
                self.first_day = Some(self.today());
                self.dividend.due_at = *dividend_at;
                if *closes {
                    self.needs_close();
                }
            }
            Event::HousePointsBought { amount, .. } | Event::PoolInjected { amount, .. } => {
                self.totals.injected = self.totals.injected.add_within_limit(*amount);
            }
            Event::MemberJoined { member, id, referrer, person, joined_at } => {
                let hash = self.member_hash(self.named.member, id.as_str());
                let joined_at = joined_at.unwrap_or(self.now);
                let number = self.members.add(hash, id.as_str(), joined_at, *referrer);
                assert!(number == *member, "members are numbered in joining order");
                if let Some(person) = person {
                    self.persons.insert(*member, person.clone());
                }
                self.ledger.open_member();
                self.network.join(*referrer);
                self.volumes.join();
                self.totals.members += 1;
            }
            Event::MerchantRegistered { merchant, id } => {
                assert!(merchant.index() == self.merchants.len(), "merchants are numbered by first mention");
                self.merchants.push(id.clone());
                self.merchant_numbers.insert(id.clone(), *merchant);
            }
            Event::OrderPlaced {
                order,
                id,
                member,
                first_line,
                lines,
                freight,
                tax,
                freight_to,
                ship_to,
            } => {
                let has_extra = !freight.is_zero() || !tax.is_zero();
                self.natural.insert_order(self.order_key(id.as_str()), order.0, self.named.spot);
                self.orders.push_order(Order::new(*member, first_line.0, *lines, has_extra));
                if has_extra {
                    let (freight, tax, freight_to) = (*freight, *tax, freight_to.0);
                    let extra = OrderExtra { freight, tax, freight_to, ..OrderExtra::default() };
                    self.orders.extras.insert(order.0, extra);
                }
                self.apply_placed(*order, *ship_to);
            }
            Event::LineAdded { line, order, base, detail } => {
                let flags = if detail.is_some() { flag::DETAIL } else { 0 };
                self.orders.push_line(Line::new(*order, *base, flags));
                if let Some(detail) = detail {
                    self.orders.details.insert(line.0, detail.clone());
                }
            }
            Event::OrderPaid { order } => {
                let now = self.now;
                let paid = self.orders.order_mut(*order);
                paid.set_paid_at(now);
                paid.state = OrderState::Paid;
                let paid = *paid;
                for line in paid.line_numbers() {
                    self.members.spend(paid.member, self.orders.line(line).base());
                }
                self.totals.orders += 1;
                self.forget_address(*order);
                self.payment_made(*order);
            }
            Event::OrderShipped { order } => {
                self.orders.order_mut(*order).state = OrderState::Shipped;
                self.forget_shipment(*order);
            }
            Event::OrderReceived { order, settles_at } => {
                self.orders.order_mut(*order).state = OrderState::Received;
                self.forget_shipment(*order);
                if let Some(at) = settles_at {
                    // Orders of an older version may settle later than newer ones (AMEND-3).
                    let later = self.settlements.iter().rev().take_while(|due| due.at > *at).count();
                    let place = self.settlements.len() - later;
                    let due = Due { at: *at, order: *order, created: self.seq };
                    if later == 0 {
                        self.settlements.push_back(due);
                    } else {
                        self.settlements.insert(place, due);
                    }
                }
            }
            Event::OrderClosed { order } => {
                self.orders.order_mut(*order).state = OrderState::Closed;
                self.forget_address(*order);
                self.payment_made(*order);
            }
            Event::LineSettled {
                line,
                base,
                cost,
                pool: _,
                commission,
                funds,
                platform,
                cap_base,
                volume,
            } => {
                let legs = [*cost, *commission, *funds, *platform];
                self.apply_line_settled(*line, *base, *cap_base, legs, *volume);
            }
            Event::FreightSettled { .. } => {}
            Event::ContributionDeferred { line, amount, source: from, until } => {
                self.apply_deferred(*line, *amount, *from, *until);
            }
            Event::ContributionRolled { order, retry: again } => {
                let at = self.midnight();
                // Rolled to another day it keeps its place in the order of creation.
                let waited = if *again { self.deferred_to_midnight.pop_front() } else { None };
                let created = waited.map_or(self.seq, |waited| waited.created);
                // In order of (time, creation): one that is rolled may have to pass those that began to wait at
                // this very midnight.
                let before = self
                    .deferred_to_midnight
                    .iter()
                    .rev()
                    .take_while(|waits| (waits.at, waits.created) > (at, created));
                let place = self.deferred_to_midnight.len() - before.count();
                self.deferred_to_midnight.insert(place, DeferredContribution { at, order: *order, created });
            }
            Event::DeferralCleared { .. } => {
                self.deferred_to_midnight.pop_front();
            }
            Event::PointsMinted { line, member, contribution, points, cap_base, source: from } => {
                self.contribution_left_deferral(*line, *contribution, *from);
                self.apply_minted(*line, *member, [*contribution, *cap_base], points.units());
            }
            Event::RedemptionRequested { member, points, min_net } => {
                let exponent = self.ledger.exponent();
                let (member, units, min_net) = (*member, points.units(), *min_net);
                self.requests.push(RedemptionRequest { member, units, exponent, min_net });
                let asked = self.pending_redemptions(member).saturating_add(units);
                self.pending_redemptions.insert(member, (asked, exponent));
                self.requests_at = self.midnight();
            }
            Event::BatchExecuted { requests } => self.apply_batch_executed(*requests),
            Event::RedemptionLapsed { .. } => {}
            Event::PointsSold {
                member,
                points,
                gross,
                retained: kept,
                net,
                cause,
                retention,
                lot,
                lots,
                ..
            } => {
                self.apply_sold(*member, [*gross, *kept, *net], (*cause, *retention), *lot, lots);
                if *cause == SaleCause::WindDown {
                    self.wind_down.hold(*member, *points);
                }
                self.remember_price(before);
            }
            Event::SupplyEmptied { residual: residue } => {
                self.add_residual(self.epoch, *residue);
                let sellers = self.sellers_summed();
                self.past_sellers.insert(self.epoch, sellers);
                self.sellers.clear();
                // Those that this very midnight carries out were asked for before.
                if self.requests_at > self.now {
                    self.forget_requests();
                }
                self.epoch += 1;
            }
            Event::UnitsSplit {} => self.ledger.split_units(),
            Event::RefundAccepted { refund, order } => {
                self.natural.insert(
                    KeyKind::Refund,
                    self.seed.key(KeyKind::Refund, refund.as_str()),
                    order.0,
                );
            }
            Event::LineRefunded {
                line,
                amount,
                cash,
                reconsume,
                claim,
                loyalty,
                pieces,
                loyalty_until,
                post_settlement: late,
            } => {
                if let Some(pieces) = pieces {
                    self.apply_pieces_refunded(*line, *pieces, *amount);
                }
                self.apply_refunded(*line, [*amount, *cash, *reconsume, *claim, *loyalty], late.as_deref());
                if let Some(until) = loyalty_until {
                    self.return_loyalty(*line, *loyalty, *until);
                }
                self.remember_price(before);
            }
            Event::ReceivableBooked { debtor, order, origin, amount, operator } => {
                let debt = Debt { order: *order, origin: *origin, amount: *amount, operator: *operator };
                self.debts.book(*debtor, debt);
            }
            Event::ReceivableNetted {
                debtor,
                order,
                origin,
                amount,
                operator,
                retention_pending_cut,
                ..
            } => {
                let paid = Debt { order: *order, origin: *origin, amount: *amount, operator: *operator };
                self.debts.pay(*debtor, paid);
                if let Debtor::Member(member) = debtor {
                    self.cut_retention_pending(*member, *retention_pending_cut);
                }
            }
            Event::RetentionTaken { member, amount, retained: kept, to_residual } => {
                let left = self.withdrawals.retention_pending(*member).saturating_sub(*amount);
                self.withdrawals.set_retention_pending(*member, left);
                self.totals.retained = self.totals.retained.add_within_limit(*kept);
                if *to_residual {
                    self.add_residual(self.epoch, *kept);
                }
            }
            // Balances alone.
            Event::SurplusRecovered { .. } | Event::ShortfallAdvanced { .. } | Event::OperatorPaid { .. } => {
            }
            Event::FreightRefunded { order, freight, tax } => {
                self.apply_freight_refunded(*order, *freight, *tax);
            }
            Event::OrderRefunded { order } => {
                self.orders.order_mut(*order).state = OrderState::Refunded;
                self.drop_refunded_settlements();
            }
            Event::ResidualProposed { disposal, by, epoch, rebate } => {
                let number = u32::try_from(self.disposals.len()).expect("room was checked before");
                self.natural.insert(
                    KeyKind::Disposal,
                    self.seed.key(KeyKind::Disposal, disposal.as_str()),
                    number,
                );
                self.disposals.push(Disposal { by: by.clone(), epoch: *epoch, rebate: *rebate, done: false });
            }
            Event::ResidualDisposed { disposal, epoch, amount, credits } => {
                let key = self.seed.key(KeyKind::Disposal, disposal.as_str());
                let number = self.natural.get(KeyKind::Disposal, key);
                let number = number.expect("a disposal is proposed before it is carried out");
                self.disposals[index(number)].done = true;
                let left = self.residuals.entry(*epoch).or_insert(Money::ZERO);
                *left = left.saturating_sub(*amount);
                self.add_received(credits);
            }
            Event::WithdrawalRequested { withdrawal, id, member, amount, retention_pending, by } => {
                self.natural.insert(
                    KeyKind::Withdrawal,
                    self.seed.key(KeyKind::Withdrawal, id.as_str()),
                    withdrawal.0,
                );
                let left = self.withdrawals.retention_pending(*member).saturating_sub(*retention_pending);
                if !retention_pending.is_zero() {
                    if !self.versions.is_first() {
                        let parts = self.withdrawals.oldest(*member, *retention_pending, self.version());
                        self.withdrawals.set_parts(*withdrawal, parts);
                    }
                    self.withdrawals.set_retention_pending(*member, left);
                }
                self.withdrawals.add(Withdrawal {
                    id: id.clone(),
                    owner: Payee::Member(*member),
                    amount: *amount,
                    retention_pending: *retention_pending,
                    requested_at: self.now,
                    requested_by: by.clone(),
                    approved_by: None,
                    state: WithdrawalState::Requested,
                });
            }
            Event::WithdrawalApproved { withdrawal, by, complete } => {
                let record = self.withdrawals.get_mut(*withdrawal);
                record.approved_by.get_or_insert_with(|| by.clone());
                if *complete {
                    record.state = WithdrawalState::Approved;
                }
            }
            Event::WithdrawalRejected { withdrawal, .. } => {
                self.release_hold(*withdrawal, WithdrawalState::Rejected);
            }
            Event::WithdrawalFailed { withdrawal } => self.release_hold(*withdrawal, WithdrawalState::Failed),
            Event::WithdrawalSent { withdrawal } => {
                self.withdrawals.get_mut(*withdrawal).state = WithdrawalState::Sent;
            }
            Event::WithdrawalUnknown { withdrawal } => {
                self.withdrawals.get_mut(*withdrawal).state = WithdrawalState::Unknown;
            }
            Event::WithdrawalPaid { withdrawal, retained: kept, to_residual, .. } => {
                self.withdrawals.get_mut(*withdrawal).state = WithdrawalState::Paid;
                self.totals.retained = self.totals.retained.add_within_limit(*kept);
                if *to_residual {
                    self.add_residual(self.epoch, *kept);
                }
            }
            Event::MemberBound { member, referrer } => self.apply_bound(*member, *referrer),
            Event::MemberSuspended { member, .. } => self.network.set_suspended(*member, true),
            Event::MemberResumed { member } => self.network.set_suspended(*member, false),
            Event::AgentAppointed { member, territory } => self.commissions.appoint(*member, *territory),
            Event::AgentDismissed { member, territory } => self.commissions.dismiss(*member, *territory),
            Event::ShareholderSet { member, weight_millionths } => {
                self.dividend.set_weight(*member, *weight_millionths);
            }
            Event::CommissionEntitlementsRecorded { order, entitlements: items, by_class } => {
                self.apply_entitlements(*order, items, by_class);
            }
            Event::CommissionsPaid { paid, .. } => self.apply_commissions_paid(paid),
            Event::VolumesCounted { from } => self.volumes.apply_counted(*from),
            Event::TeamVolumesCounted { volumes } => self.volumes.set_teams(volumes),
            Event::PurchasesCounted { members } => {
                for (member, has_bought) in members {
                    self.network.set_bought(*member, *has_bought);
                }
            }
            Event::RanksChanged { changes } => self.apply_ranks_changed(changes),
            Event::DividendDeclared { deficit, next, .. } => self.apply_dividend_declared(*deficit, *next),
            Event::DividendPaid { shares } => self.apply_dividend_paid(shares),
            Event::TaskCounted { member, task, once } => {
                self.tasks.add(*member, *task, *once, self.today());
            }
            Event::TaskCompleted { member } => self.apply_task(*member),
            Event::PlanProposed(proposed) => self.apply_plan_proposed(proposed),
            Event::PlanApproved { number, .. } => self.apply_plan_approved(*number),
            Event::PlanWithdrawn { number, .. } => {
                self.apply_proposal_ended(*number, ProposalState::Withdrawn);
            }
            Event::PlanLapsed { number } => self.apply_proposal_ended(*number, ProposalState::Lapsed),
            Event::PlanTookEffect { number, terms, .. } => self.apply_plan_took_effect(*number, terms),
            Event::PlanCancelled { number, .. } => {
                self.apply_proposal_ended(*number, ProposalState::Cancelled);
            }
            Event::WindDownProposed { number, wind_down, closes_at, reason, by } => {
                let key = self.seed.key(KeyKind::WindDown, wind_down.as_str());
                self.natural.insert(KeyKind::WindDown, key, *number);
                let (reason, by) = (reason.to_string(), by.clone());
                self.wind_down.proposals.push(WindDownProposal { closes_at: *closes_at, reason, by });
            }
            Event::AdmissionSuspended { findings } => self.admission.set(findings),
            Event::AdmissionRestored {} => self.admission.set(&[]),
            Event::WindDownApproved { number, .. } => {
                self.wind_down.phase = WindDownPhase::Announced;
                self.wind_down.approved = Some(*number);
                let closes_at = self.wind_down.closes_at().expect("a proposal is approved");
                self.timers.set(Timer::WindDown, closes_at);
            }
            Event::CashInLieuPaid { line, member, amount, source: from } => {
                self.contribution_left_deferral(*line, *amount, *from);
                let instead = self.wind_down.instead(*line).add_within_limit(*amount);
                self.wind_down.instead.insert(*line, instead);
                self.add_received(&[(*member, *amount)]);
            }
            Event::HousePointsPaidOut { .. } => self.remember_price(before),
            Event::ResidualSharedOut { shares, to_platform } => {
                self.take_residuals(
                    shares.iter().fold(*to_platform, |sum, (_, share)| sum.add_within_limit(*share)),
                );
                self.add_received(shares);
            }
            Event::ReleasePaidOut { shares } => {
                self.releases.end();
                self.add_received(shares);
            }
            Event::UnitsCancelled {} => self.values.lots.clear(),
            Event::LoyaltyPaidOut { shares } => {
                self.loyalty.end();
                self.add_received(shares);
            }
            Event::WoundDown {} => self.apply_wound_down(),
            Event::AccelerationsDue { members } => self.releases.add_accelerations(members),
            Event::SliceEnded { next } => self.under_way = Some(*next),
            Event::FundDeposited { fund, amount, source } => self.apply_deposit(*fund, *amount, source),
            Event::ReleaseGranted { line, member, points } => {
                self.apply_release_granted(*line, *member, *points);
            }
            Event::ValueGranted { line, grants } => self.apply_value_granted(*line, grants),
            Event::ReleaseGrantReduced { line, original, remaining, released, charged } => {
                self.apply_release_cut(*line, [*original, *remaining, *released], *charged);
            }
            Event::ValueSeparated { order, shares } => self.apply_value_separated(*order, shares),
            Event::ValueGrantReduced { line, lots } => self.apply_value_cut(*line, lots),
            Event::ValueReleased { members, lots } => self.apply_value_released(members, lots),
            Event::PointsReleased { members, lots, shortfall, .. } => {
                self.apply_points_released(members, lots, *shortfall);
            }
            Event::EmissionDistributed { members } => {
                members.iter().for_each(|(_, points)| self.emission.issue(*points));
            }
            Event::DailyEmissionIssued { platform, ranks, unissued, .. } => {
                self.apply_daily_emission_issued(*platform, ranks, *unissued);
            }
            Event::EmissionCredited { member, .. } => self.apply_emission_credited(*member),
            Event::DayClosed { guide_price: guide } => self.apply_day_closed(*guide),
            Event::IssueProposed { issue, by, member, points } => {
                self.apply_issue_proposed(issue, by, *member, *points);
            }
            Event::IssueApproved { issue, points, .. } => self.apply_issue_approved(issue, *points),
            Event::MerchantApplied { merchant, member, order, by } => {
                let (member, pack, applied_by) = (*member, *order, by.clone());
                let state = MerchantState::Applied;
                self.merchant_records.apply_for(*merchant, Merchant { member, state, pack, applied_by });
            }
            Event::MerchantApproved { merchant, .. } | Event::MerchantResumed { merchant } => {
                self.merchant_records.set_state(*merchant, MerchantState::Approved);
            }
            Event::MerchantRejected { merchant, .. } => {
                self.merchant_records.set_state(*merchant, MerchantState::Rejected);
            }
            Event::MerchantSuspended { merchant, .. } => {
                self.merchant_records.set_state(*merchant, MerchantState::Suspended);
            }
            Event::PayoutRequested { withdrawal, id, merchant, amount, by } => {
                self.apply_payout_requested(*withdrawal, id, Payee::Merchant(*merchant), *amount, by);
            }
            Event::OperatorPayoutRequested { withdrawal, id, amount, by } => {
                self.apply_payout_requested(*withdrawal, id, Payee::Operator, *amount, by);
            }
            Event::ProductListed { product, id, merchant, price, value_award, concession } => {
                self.natural.insert(
                    KeyKind::Product,
                    self.seed.key(KeyKind::Product, id.as_str()),
                    product.0,
                );
                self.merchant_records.list(Product {
                    id: id.clone(),
                    merchant: *merchant,
                    price: *price,
                    award: *value_award,
                    concession: *concession,
                    listed: true,
                });
            }
            Event::ProductDelisted { product } => self.merchant_records.delist(*product),
            Event::ProductOrdered { line, product, award } => {
                self.merchant_records.order(*line, *product, *award);
            }
            Event::PointsReserved { line, points } => self.merchant_records.reserve(*line, *points),
            Event::ReservedPointsReturned { line, points } => self.merchant_records.give_back(*line, *points),
            Event::ReservedPointsBurned { line, points } => self.merchant_records.burn(*line, *points),
            Event::SeedsCommitted { campaign, commitments } => self.draws.publish(*campaign, commitments),
            Event::DrawOpened { draw, campaign } => self.apply_draw_opened(*draw, *campaign),
            Event::DrawClosed { draw, until } => self.apply_draw_closed(*draw, *until),
            Event::DrawRevealed { draw, seed, result } => self.apply_draw_revealed(*draw, *seed, result),
            Event::DrawTimedOut { draw } => self.apply_draw_given_up(*draw, DrawState::Withheld),
            Event::DrawCancelled { draw } => self.apply_draw_given_up(*draw, DrawState::Dropped),
            Event::MemberAttested { member, age, consent } => self.boxes.attest(*member, *age, *consent),
            Event::BoxItemsHeld { campaign, items } => self.apply_box_items_held(*campaign, items),
            Event::BoxItemDispatched { order, sku } => self.apply_box_item_dispatched(*order, *sku),
            Event::BoxItemReleased { order, sku } => self.apply_box_item_released(*order, *sku),
            Event::BoxSaleEnded { campaign } => self.apply_box_sale_ended(*campaign),
            Event::BoxesEnded { campaign, returned } => self.apply_boxes_ended(*campaign, returned),
            Event::ChainEntered { member, upline, boss, .. } => self.chain.enter(*member, *upline, *boss),
            Event::ChainLeft { member, .. } => self.chain.leave(*member),
            Event::GoodsHeld { order, price } => self.apply_goods_held(*order, *price),
            Event::GoodsOffered { order, .. } => self.relist.offer(*order),
            Event::GoodsSold(sold) => self.apply_goods_sold(sold),
            Event::GoodsDelivered { order } => self.relist.deliver(*order),
            Event::TipGiven(given) => {
                let tip = self.seed.key(KeyKind::Tip, given.tip.as_str());
                self.natural.insert(KeyKind::Tip, tip, given.merchant.0);
                self.merchant_records.add_tip(&TipSums {
                    value: given.value,
                    merchant_value: given.merchant_value,
                    points: given.points,
                    burned: given.burned,
                    concession: given.concession.unwrap_or(Money::ZERO),
                });
            }
            Event::CampaignOpened(opened) => self.apply_campaign_opened(opened),
            Event::CampaignCancelled { campaign, .. } => {
                self.campaigns.get_mut(*campaign).cancelled = true;
            }
            Event::CampaignOrderPlaced(placed) => self.apply_campaign_order_placed(placed),
            Event::CampaignOrderPaid { order, decided, ship_by } => {
                self.apply_campaign_order_paid(*order, *decided, *ship_by);
            }
            Event::CampaignOrderEnded { order, returned } => {
                self.apply_campaign_order_ended(*order, *returned);
            }
            Event::DepositPaid { order, member, amount, until } => {
                self.apply_deposit_paid(*order, *member, *amount, *until);
            }
            Event::DepositReturned { order, member, amount } => {
                self.apply_deposit_returned(*order, *member, *amount);
            }
            Event::DepositForfeited { order, amount } => self.apply_deposit_forfeited(*order, *amount),
            Event::GroupOpened { group, ends_at } => self.apply_group_opened(*group, *ends_at),
            Event::GroupJoined { group, order } => self.campaigns.group_mut(*group).orders.push(*order),
            Event::GroupLeft { group, order, .. } => self.apply_group_left(*group, *order),
            Event::GroupSucceeded { group, decided } => self.apply_group_succeeded(*group, *decided),
            Event::GroupFilled { group } => self.apply_group_filled(*group),
            Event::GroupFailed { group } => self.apply_group_failed(*group),
            Event::LotteryDecided { group, winners } => self.apply_lottery_decided(*group, winners),
            Event::ConsolationPaid { member, amount, .. } => self.apply_consolation(*member, *amount),
            Event::LeaderBonusPaid { order, member, amount, operator, settled_orders: kept, .. } => {
                self.apply_leader_bonus(*order, *member, (*amount, *operator), *kept);
            }
            Event::FixedBonusClawedBack(cut) => self.apply_fixed_bonus_clawed_back(cut),
            Event::LeaderBonusClawedBack {
                order,
                member,
                recovered: taken,
                receivable: owed,
                retention_pending_cut,
            } => {
                self.apply_leader_bonus_clawed_back(*order, *member, [*taken, *owed, *retention_pending_cut]);
            }
            Event::VoucherIssued { order, expires_at } => self.apply_voucher_issued(*order, *expires_at),
            Event::VoucherRedeemed { order } => self.apply_voucher_redeemed(*order),
            Event::SkuListed(listed) => self.apply_sku_listed(listed),
            Event::SkuPriced { sku, price, cost } => {
                let article = self.catalogue.sku_mut(*sku);
                (article.price, article.cost) = (*price, *cost);
            }
            Event::SkuDelisted { sku } => self.catalogue.sku_mut(*sku).listed = false,
            Event::StockAdded { sku, quantity } => {
                self.catalogue.sku_mut(*sku).stock.added += u64::from(*quantity);
            }
            Event::StockRemoved { sku, quantity } => {
                self.catalogue.sku_mut(*sku).stock.removed += u64::from(*quantity);
            }
            Event::SkuOrdered { line, sku, quantity } => {
                let member = self.orders.order(self.orders.line(*line).order).member;
                self.catalogue.order(*line, member, *sku, *quantity);
            }
            Event::GoodsDispatched { order } => {
                for line in self.orders.order(*order).line_numbers() {
                    self.catalogue.leave(line);
                }
            }
            Event::StockReleased { line, pieces } | Event::GoodsReturned { line, pieces } => {
                let member = self.orders.order(self.orders.line(*line).order).member;
                self.catalogue.take_back(*line, member, *pieces);
            }
            Event::PaymentDeadlineSet { order, until } => self.timers.set(Timer::Payment(order.0), *until),
            Event::OrderSourced { order, source } => self.apply_sourced(*order, *source),
            Event::CouponIssued { coupon, id, rule, member, expires_at } => {
                let key = self.seed.key(KeyKind::Coupon, id.as_str());
                self.natural.insert(KeyKind::Coupon, key, coupon.0);
                let (id, state) = (id.clone(), CouponState::Free);
                let coupon = Coupon { id, rule: *rule, member: *member, expires_at: *expires_at, state };
                self.coupons.issue(coupon);
            }
            Event::CouponsReserved { order, coupons } => self.coupons.reserve(*order, coupons),
            Event::CouponsUsed { order } => self.coupons.use_up(*order),
            Event::CouponsReleased { order } => self.coupons.free(*order),
            Event::LoyaltyGranted { line, member, points, operator, expires_at, .. } => {
                self.apply_loyalty_granted(*line, *member, [*points, *operator], *expires_at);
            }
            Event::LoyaltyNetted { member, points, operator, lots, .. } => {
                self.apply_loyalty_netted(*member, *points, *operator, lots);
            }
            Event::LoyaltySpent { member, points, lots, .. } => {
                let totals = &mut self.loyalty.totals;
                totals.spent = totals.spent.add_within_limit(*points);
                self.loyalty.take(*member, lots);
                self.watch_loyalty(*member);
            }
            Event::LoyaltyClawedBack(back) => self.apply_loyalty_clawed_back(back),
            Event::LoyaltyTierFixed { order, tier } => self.loyalty.fix_tier(*order, *tier),
            Event::LoyaltyCounted { line, member, day, spent, earned, since } => {
                let counted = Counted { spent: *spent, earned: *earned };
                let count = DayCount { day: *day, counted };
                self.loyalty.count((*line, *member), count, *since);
            }
            Event::LoyaltyUncounted { member, day, spent, earned, .. } => {
                let counted = Counted { spent: *spent, earned: *earned };
                self.loyalty.count_back(*member, DayCount { day: *day, counted });
            }
            Event::LoyaltyExpired { member, points, operator, lots, .. } => {
                self.loyalty.totals.expired = self.loyalty.totals.expired.add_within_limit(*points);
                self.loyalty.by_operator = self.loyalty.by_operator.saturating_sub(*operator);
                self.loyalty.take(*member, lots);
                self.watch_loyalty(*member);
            }
            Event::OfferMade { offer, id, member, side, price, quantity, hold, rests } => {
                self.natural.insert(KeyKind::Offer, self.offer_key(id.as_str()), offer.0);
                self.market.add(*member, *side, *price, *quantity, *hold);
                if *rests {
                    self.market.rest(*offer);
                }
            }
            Event::OfferFilled { maker, taker, quantity, price, proceeds, hold, .. } => {
                self.apply_filled((*maker, *taker), *quantity, *price, [*proceeds, *hold]);
            }
            Event::OfferRested { offer } => self.market.rest(*offer),
            Event::OfferClosed { offer, .. } => self.market.close(*offer),
            Event::MarketHalted { .. } => self.market.halted = true,
            Event::MarketResumed {} => self.market.halted = false,
            Event::RoundOpened(opened) => self.apply_round_opened(opened),
            Event::RoundStreamed { round, injected, returned } => {
                self.apply_round_streamed(*round, *injected, *returned);
            }
            Event::OrderSubsidised { round, member, amount, .. } => {
                self.apply_subsidised(*round, *member, *amount);
            }
            Event::WindowOpened { window, id, shares, price, closes_at } => {
                self.apply_window_opened(*window, id, (*shares, *price), *closes_at);
            }
            Event::PointsCommitted { commitment, window, member, points } => {
                self.apply_committed(commitment, *window, *member, *points);
            }
            Event::SharesBought { member, gross, net, shares, lots, .. } => {
                self.apply_shares_bought(*member, [*gross, *net], *shares, lots);
                self.remember_price(before);
            }
            Event::WindowClosed { window, issued } => self.apply_window_closed(*window, *issued),
            Event::SharesAllotted { allotment, member, shares } => {
                self.apply_allotted(allotment, *member, *shares);
            }
            Event::ClaimImported(imported) => self.apply_claim_imported(imported),
            Event::ClaimApproved { claim, by, booked } => self.claims.approve(*claim, by, *booked),
            Event::PointsGranted { grant, order, line, member, points, injection } => {
                self.apply_points_granted(grant, (*order, *line), *member, *points, *injection);
            }
            Event::PointsLocked { line, member, points, next } => {
                self.apply_points_locked(*line, *member, *points, *next);
            }
            Event::PointsUnlocked { line, member, locked, last, next, .. } => {
                self.apply_points_unlocked(*line, *member, *locked, (*last, *next));
            }
            Event::PaymentReceived(received) => self.apply_payment_received(received),
            Event::PaymentApplied { payment, remaining: left, .. }
            | Event::PaymentReturned { payment, remaining: left, .. } => {
                self.payments.set_left(*payment, *left);
            }
            Event::ResolutionProposed(proposed) => self.apply_resolution_proposed(proposed),
            Event::ResolutionApproved { resolution, .. } => self.payments.approve(*resolution),
            Event::PaymentBooked { payment, .. } => self.payments.set_left(*payment, Money::ZERO),
        }
    }

    /// The price quoted just before the supply became zero starts the next epoch (POOL-2, POOL-8).
    fn remember_price(&mut self, before: PriceBalances) {
        let before = before.pair();
        if self.pair().supply.is_zero() && !before.supply.is_zero() {
            self.last_price = Some(before);
        }
    }

    fn add_received(&mut self, shares: &[(MemberNo, Money)]) {
        for (member, share) in shares {
            self.members.receive(*member, *share);
        }
    }

    /// WIND-3a, WIND-4: nothing is due any more, and nothing is retained of what was paid.
    fn apply_wound_down(&mut self) {
        self.wind_down.phase = WindDownPhase::Done;
        self.forget_requests();
        self.settlements.clear();
        self.timers.clear();
        self.versions.clear();
        self.close_at = None;
        self.dividend.due_at = None;
        self.withdrawals.end_retention();
        self.wind_down.holders.clear();
    }

    /// POOL-11b: the requested sales, or the first of them, are carried out.
    fn apply_batch_executed(&mut self, requests: Option<u32>) {
        let Some(count) = requests else { return self.forget_requests() };
        for at in 0..index(count) {
            let request = self.requests[at];
            let exponent = self.ledger.exponent();
            let left = self.pending_redemptions(request.member).saturating_sub(request.units_after(exponent));
            self.pending_redemptions.insert(request.member, (left, exponent));
        }
        let left = self.requests[index(count)..].to_vec();
        self.requests.replace(left);
    }

    /// Part of the residual left, or all of it: of the oldest epochs first.
    fn take_residuals(&mut self, amount: Money) {
        let mut left = amount;
        while let Some((epoch, held)) = self.residuals.pop_first() {
            if held > left {
                self.residuals.insert(epoch, held.saturating_sub(left));
                return;
            }
            left = left.saturating_sub(held);
        }
    }

    fn forget_requests(&mut self) {
        self.requests.clear();
        self.pending_redemptions.clear();
    }

    /// Points a member has asked to sell today, in present units.
    pub(crate) fn pending_redemptions(&self, member: MemberNo) -> u128 {
        let (units, exponent) =
            self.pending_redemptions.get(&member).copied().unwrap_or((0, self.ledger.exponent()));
        crate::ledger::scale(units, self.ledger.exponent() - exponent)
    }

    fn add_residual(&mut self, epoch: u32, amount: Money) {
        if !amount.is_zero() {
            let residual = self.residuals.entry(epoch).or_insert(Money::ZERO);
            *residual = residual.add_within_limit(amount);
        }
    }

    /// A withdrawal by somebody other than a member.
    fn apply_payout_requested(
        &mut self,
        withdrawal: crate::id::WithdrawalNo,
        id: &Id,
        owner: Payee,
        amount: Money,
        by: &Id,
    ) {
        let key = self.seed.key(KeyKind::Withdrawal, id.as_str());
        self.natural.insert(KeyKind::Withdrawal, key, withdrawal.0);
        self.withdrawals.add(Withdrawal {
            id: id.clone(),
            owner,
            amount,
            retention_pending: Money::ZERO,
            requested_at: self.now,
            requested_by: by.clone(),
            approved_by: None,
            state: WithdrawalState::Requested,
        });
    }

    fn release_hold(&mut self, withdrawal: crate::id::WithdrawalNo, state: WithdrawalState) {
        let record = self.withdrawals.get_mut(withdrawal);
        record.state = state;
        let retention_pending = record.retention_pending;
        if let Payee::Member(member) = record.owner
            && !retention_pending.is_zero()
        {
            let parts = self.withdrawals.parts_of(withdrawal, self.version_of_withdrawal(withdrawal));
            let now = self.retention_at_withdrawal(self.version());
            let older: Vec<bool> =
                parts.iter().map(|(of, _)| self.retention_at_withdrawal(*of) != now).collect();
            self.withdrawals.give_retention_pending_back(member, &parts, &older);
        }
    }

    /// Takes orders that no longer wait from the front of the queue, so that the first always does: also where entries are only
    /// applied, the queue is the same.
    #[inline]
    fn drop_refunded_settlements(&mut self) {
        while self
            .settlements
            .front()
            .is_some_and(|due| self.orders.order(due.order).state != OrderState::Received)
        {
            self.settlements.pop_front();
        }
    }

    #[inline]
    fn apply_line_settled(
        &mut self,
        line: LineNo,
        base: Money,
        cap_base: Money,
        legs: [Money; 4],
        volume: Option<Money>,
    ) {
        let order = self.orders.line(line).order;
        let settled = self.orders.order_mut(order);
        settled.state = OrderState::Settled;
        let member = settled.member;
        self.drop_refunded_settlements();
        if let Some(volume) = volume {
            self.count_settled(member, order, volume);
        }
        let [cost, commission, funds, platform] = legs;
        self.totals.cost = self.totals.cost.add_within_limit(cost);
        self.totals.commission = self.totals.commission.add_within_limit(commission);
        self.totals.funds = self.totals.funds.add_within_limit(funds);
        self.totals.platform = self.totals.platform.add_within_limit(platform);
        if !cap_base.is_zero() {
            // A higher cap base only raises the trigger: the exit queue need not know.
            let cycle = self.ledger.cycle_mut(member);
            cycle.cap_base = cycle.cap_base.add_within_limit(cap_base);
            self.orders.line_mut(line).cycle = cycle.number;
        }
        if self.orders.line(line).has(flag::HISTORY) {
            let exponent = self.ledger.exponent();
            self.orders.history_mut(line, exponent).settled_base = Some(base);
        }
        if self.orders.line(line).has(flag::DETAIL) && !self.orders.detail(line).claim.is_zero() {
            self.claims.begin(member, line, self.now, self.ledger.exponent());
        }
        if self.terms.caps.is_some_and(|caps| caps.zero_is_no_cap) {
            // CLAIM-2c: a line may have begun the cap of a cycle that had none.
            self.lower_member(member);
        }
    }

    /// A contribution leaves where it waited.
    #[inline]
    fn contribution_left_deferral(&mut self, line: LineNo, amount: Money, from: ContributionSource) {
        let exponent = self.ledger.exponent();
        match from {
            ContributionSource::Settlement => {}
            ContributionSource::MintQueue => {
                self.mint_queue.pop_front();
                self.totals.mint_queue -= 1;
                let history = self.orders.history_mut(line, exponent);
                history.queued = history.queued.saturating_sub(amount);
            }
            ContributionSource::Deferred => {
                let history = self.orders.history_mut(line, exponent);
                history.waiting = history.waiting.saturating_sub(amount);
            }
        }
    }

    fn apply_deferred(&mut self, line: LineNo, amount: Money, from: ContributionSource, until: Deferral) {
        self.contribution_left_deferral(line, amount, from);
        let exponent = self.ledger.exponent();
        if !self.orders.line(line).has(flag::COUNTED) {
            // It mints in parts: what each brought along is kept from now on.
            self.orders.set_counts(line, LineCounts::default(), exponent);
        }
        let history = self.orders.history_mut(line, exponent);
        match until {
            Deferral::MintQueue => {
                history.queued = history.queued.add_within_limit(amount);
                self.mint_queue.push_back((line, amount));
                self.totals.mint_queue += 1;
            }
            Deferral::NextDay => history.waiting = history.waiting.add_within_limit(amount),
        }
    }

    /// ORDER-6d: a late refund takes from what waits in the mint queue, from the front, and from what waits for midnights.
    fn take_from_waiting(&mut self, line: LineNo, from_queue: Money, from_midnights: Money) {
        let mut wanted = from_queue;
        let mut at = 0;
        while let Some((waits, left)) = self.mint_queue.get(at).copied() {
            let taken = if waits == line { wanted.min(left) } else { Money::ZERO };
            wanted = wanted.saturating_sub(taken);
            let left = left.saturating_sub(taken);
            if left.is_zero() {
                self.mint_queue.remove(at);
                continue;
            }
            if let Some(part) = self.mint_queue.get_mut(at).filter(|_| !taken.is_zero()) {
                part.1 = left;
            }
            at += 1;
        }
        self.totals.mint_queue = u64::try_from(self.mint_queue.len()).unwrap_or(u64::MAX);
        let history = self.orders.history_mut(line, self.ledger.exponent());
        history.queued = history.queued.saturating_sub(from_queue);
        history.waiting = history.waiting.saturating_sub(from_midnights);
    }

    #[inline]
    fn apply_minted(
        &mut self,
        line: LineNo,
        member: MemberNo,
        [contribution, cap_base]: [Money; 2],
        units: u128,
    ) {
        let exponent = self.ledger.exponent();
        self.totals.contributions = self.totals.contributions.add_within_limit(contribution);
        let (item, basis) = match self.terms.caps {
            Some(CapTerms { basis: ExitBasis::Lot, .. }) => (line.0, Some(ExitBasis::Lot)),
            Some(CapTerms { basis: ExitBasis::Member, .. }) => (member.0, Some(ExitBasis::Member)),
            None => (0, None),
        };
        // The postings are in the ledger already: the trigger before is that of the points before.
        let minted_before = self.ledger.cycle(member).earned(exponent);
        let held_before = self.ledger.points(member).units().saturating_sub(units);
        let before = match basis {
            Some(ExitBasis::Member) => self.member_trigger_with(member, minted_before, held_before),
            Some(ExitBasis::Lot) => self.lot_trigger(line),
            None => None,
        };
        if self.orders.line(line).has(flag::COUNTED) {
            self.count_minted(line, member, [contribution, cap_base], units);
        } else if matches!(
            self.terms.caps,
            Some(CapTerms { basis: ExitBasis::Lot, of: ExitOf::Contribution, .. })
        ) {
            self.orders.lot_cap_bases.insert(line.0, cap_base);
        }
        let cycle = self.ledger.cycle_mut(member);
        cycle.cap_base = cycle.cap_base.add_within_limit(cap_base);
        cycle.set_earned(minted_before.saturating_add(units));
        self.add_to_lot(line, member, units, exponent);
        let after = match basis {
            Some(ExitBasis::Member) => self.member_trigger(member),
            Some(ExitBasis::Lot) => self.lot_trigger(line),
            None => None,
        };
        if basis.is_some() {
            self.watch(item, before, after);
        }
    }

    /// POOL-13: what a part of a line that mints in parts adds to its cycle and to its lot. Another cycle, and a lot without
    /// points, begin anew.
    #[cold]
    fn count_minted(
        &mut self,
        line: LineNo,
        member: MemberNo,
        [contribution, cap_base]: [Money; 2],
        units: u128,
    ) {
        let exponent = self.ledger.exponent();
        let add = |points: Points| Points::from_units(points.units().saturating_add(units));
        let mut counts = self.orders.counts(line, exponent);
        counts.contribution = counts.contribution.add_within_limit(contribution);
        counts.cap_base = counts.cap_base.add_within_limit(cap_base);
        if self.orders.line(line).cycle != self.ledger.cycle(member).number {
            (counts.cycle_cap_base, counts.cycle_earned) = (Money::ZERO, Points::ZERO);
        }
        counts.cycle_cap_base = counts.cycle_cap_base.add_within_limit(cap_base);
        counts.cycle_earned = add(counts.cycle_earned);
        if self.lot_left(line).is_zero() {
            (counts.lot_cap_base, counts.lot_earned) = (Money::ZERO, Points::ZERO);
            self.orders.lot_realised.remove(&line.0);
        }
        counts.lot_cap_base = counts.lot_cap_base.add_within_limit(cap_base);
        counts.lot_earned = add(counts.lot_earned);
        self.orders.set_counts(line, counts, exponent);
    }

    /// Adds minted points to the line's lot and keeps the member's list of lots (POOL-12).
    #[inline]
    fn add_to_lot(&mut self, line: LineNo, member: MemberNo, units: u128, exponent: u32) {
        let left = self.lot_left(line).units();
        let minted = self.orders.minted(line, exponent);
        let cycle = self.ledger.cycle_mut(member);
        let lot = self.orders.line_mut(line);
        let first = !lot.has(flag::LOT);
        if first {
            lot.set_minted(units, exponent);
        }
        let listed = lot.has(flag::LISTED) && lot.cycle == cycle.number;
        lot.cycle = cycle.number;
        lot.flags = (lot.flags | flag::LOT | flag::LISTED) & !flag::GONE;
        if !first {
            // In parts (POOL-11c): what is left is no longer what was minted.
            let history = self.orders.history_mut(line, exponent);
            history.minted = Some(minted.saturating_add(units));
            history.left = Some(left + units);
        }
        let cycle = self.ledger.cycle_mut(member);
        if cycle.head == line.0 {
            cycle.set_head_left(left + units);
        }
        if listed && left != 0 {
            return;
        }
        if listed {
            self.unlink_lot(member, line);
        }
        let cycle = self.ledger.cycle_mut(member);
        self.orders.line_mut(line).next = NONE;
        if cycle.head == NONE {
            cycle.head = line.0;
            cycle.set_head_left(left + units);
        } else {
            self.orders.line_mut(LineNo(cycle.tail)).next = line.0;
        }
        cycle.tail = line.0;
    }

    /// Takes an empty lot out of the middle of its member's list: filled again, it counts as new.
    fn unlink_lot(&mut self, member: MemberNo, line: LineNo) {
        let next = self.orders.line(line).next;
        let mut before = self.ledger.cycle(member).head;
        while before != NONE && self.orders.line(LineNo(before)).next != line.0 {
            before = self.orders.line(LineNo(before)).next;
        }
        assert!(before != NONE, "a listed lot without points is not its member's oldest");
        self.orders.line_mut(LineNo(before)).next = next;
        let cycle = self.ledger.cycle_mut(member);
        if cycle.tail == line.0 {
            cycle.tail = before;
        }
    }

    #[inline]
    fn apply_sold(
        &mut self,
        member: MemberNo,
        [gross, kept, net]: [Money; 3],
        (cause, retention): (SaleCause, RetentionWay),
        lot: Option<LineNo>,
        lots: &[LotSold],
    ) {
        let credited = match retention {
            RetentionWay::Withdrawal => {
                let retention_pending = self.withdrawals.retention_pending(member).add_within_limit(gross);
                self.withdrawals.set_retention_pending(member, retention_pending);
                gross
            }
            RetentionWay::Pool => {
                self.totals.retained = self.totals.retained.add_within_limit(kept);
                net
            }
            RetentionWay::Residual => {
                self.totals.retained = self.totals.retained.add_within_limit(kept);
                self.add_residual(self.epoch, kept);
                net
            }
        };
        self.totals.paid_out = self.totals.paid_out.add_within_limit(credited);
        self.members.receive(member, credited);
        self.remember_seller(member, gross);
        if cause == SaleCause::CapExit {
            self.totals.exits += 1;
        }
        self.take_sold(member, gross, lot, lots, cause == SaleCause::CapExit);
    }

    /// Points of a member are gone for so much: its lots, its cycle and its place in the exit queue.
    #[inline]
    fn take_sold(
        &mut self,
        member: MemberNo,
        gross: Money,
        lot: Option<LineNo>,
        lots: &[LotSold],
        exits: bool,
    ) {
        let points_left = self.ledger.points(member).units();
        let cycle = self.ledger.cycle_mut(member);
        if exits {
            cycle.exits += 1;
        }
        cycle.realised = cycle.realised.add_within_limit(gross);
        if points_left == 0 {
            self.end_locks(member, None);
            self.end_cycle(member);
            return;
        }
        match lot {
            Some(line) => {
                self.end_locks(member, Some(line));
                self.remove_lot(member, line, gross);
            }
            None => self.take_from_lots(member, lots),
        }
        // A sale at or above the old price never lowers what remains to be reached; enter again to be exact.
        self.lower_member(member);
    }

    /// A member's trigger may have fallen, where caps are by member.
    fn lower_member(&mut self, member: MemberNo) {
        if let Some(trigger) = self.member_trigger(member) {
            self.exits.lower(member.0, &trigger);
        }
    }

    /// Ends a member's cycle: all its lots are gone with it.
    fn end_cycle(&mut self, member: MemberNo) {
        match self.terms.caps.map(|caps| caps.basis) {
            Some(ExitBasis::Member) => self.exits.leave(member.0),
            Some(ExitBasis::Lot) => {
                let mut at = self.ledger.cycle(member).head;
                while at != NONE {
                    self.exits.leave(at);
                    at = self.orders.line(LineNo(at)).next;
                }
            }
            None => {}
        }
        self.ledger.cycle_mut(member).end();
    }

    /// A lot is sold out by itself.
    fn remove_lot(&mut self, member: MemberNo, line: LineNo, gross: Money) {
        if self.terms.caps.is_some_and(|caps| caps.counts == ExitCounts::Realised) {
            self.realise(line, gross);
        }
        self.orders.line_mut(line).flags |= flag::GONE;
        self.exits.leave(line.0);
        self.skip_empty_lots(member);
    }

    fn realise(&mut self, lot: LineNo, gross: Money) {
        let realised = self.orders.lot_realised.entry(lot.0).or_insert(Money::ZERO);
        *realised = realised.add_within_limit(gross);
    }

    /// A sale took so much of these lots.
    fn take_from_lots(&mut self, member: MemberNo, lots: &[LotSold]) {
        let exponent = self.ledger.exponent();
        let by_lot = self.terms.caps.is_some_and(|caps| caps.basis == ExitBasis::Lot);
        for LotSold { line, points, realised } in lots {
            let lot = *line;
            let left = self.lot_left(lot).units().saturating_sub(points.units());
            if !realised.is_zero() {
                self.realise(lot, *realised);
            }
            let cycle = self.ledger.cycle_mut(member);
            if cycle.head == lot.0 {
                cycle.set_head_left(left);
            } else {
                self.orders.history_mut(lot, exponent).left = Some(left);
            }
            if left == 0 {
                self.orders.line_mut(lot).flags |= flag::GONE;
            }
            if by_lot {
                match self.lot_trigger(lot) {
                    Some(trigger) => self.exits.lower(lot.0, &trigger),
                    None => self.exits.leave(lot.0),
                }
            }
            self.skip_empty_lots(member);
        }
    }

    /// Moves the head of a member's list to its oldest lot with points.
    fn skip_empty_lots(&mut self, member: MemberNo) {
        let exponent = self.ledger.exponent();
        loop {
            let cycle = self.ledger.cycle(member);
            let head = cycle.head;
            if head == NONE {
                return;
            }
            let lot = self.orders.line(LineNo(head));
            if !lot.has(flag::GONE) && cycle.head_left(exponent) != 0 {
                return;
            }
            let next = lot.next;
            self.orders.line_mut(LineNo(head)).flags = (lot.flags | flag::GONE) & !flag::LISTED;
            // Read what is left of the next lot before it is the head.
            let left = if next == NONE { 0 } else { self.lot_left(LineNo(next)).units() };
            let cycle = self.ledger.cycle_mut(member);
            cycle.head = next;
            if next == NONE {
                cycle.tail = NONE;
            }
            cycle.set_head_left(left);
        }
    }

    /// ORDER-8: pieces were refunded as such.
    fn apply_pieces_refunded(&mut self, line: LineNo, pieces: u32, amount: Money) {
        let exponent = self.ledger.exponent();
        let history = self.orders.history_mut(line, exponent);
        history.refunded_pieces = history.refunded_pieces.saturating_add(pieces);
        let order = self.orders.line(line).order;
        if let Some(extra) = self.orders.extras.get_mut(&order.0) {
            extra.by_pieces = extra.by_pieces.add_within_limit(amount);
        }
    }

    /// ORDER-8: freight and tax went back.
    fn apply_freight_refunded(&mut self, order: OrderNo, freight: Money, tax: Money) {
        if let Some(extra) = self.orders.extras.get_mut(&order.0) {
            extra.freight_refunded = extra.freight_refunded.add_within_limit(freight);
            extra.tax_refunded = extra.tax_refunded.add_within_limit(tax);
        }
    }

    fn apply_refunded(
        &mut self,
        line: LineNo,
        refunded @ [_, cash, _, _, _]: [Money; 5],
        late: Option<&PostSettlementRefund>,
    ) {
        let exponent = self.ledger.exponent();
        let order = *self.orders.order(self.orders.line(line).order);
        // DISC-1: what a refund was cut by was not given back, so it stays spent.
        let set_off = late.map_or(Money::ZERO, |late| late.set_off);
        let for_loyalty = late.map_or(Money::ZERO, |late| late.loyalty_set_off);
        self.members.reverse_spend(order.member, cash.saturating_sub(set_off).saturating_sub(for_loyalty));
        self.debts.add_set_off(order.member, set_off);
        let base = self.orders.line(line).base();
        let Some(late) = late else {
            self.add_refunded(line, refunded);
            return;
        };
        self.count_refunded(line, order.member, late.volume_cut);
        self.apply_commissions_back(late);
        if !late.unlocked.is_zero() {
            self.cut_lock(line, order.member, late.unlocked);
        }
        let left = self.lot_left(line).units();
        let burned = late.burned.units();
        let totals = &mut self.totals;
        let settled = [&mut totals.cost, &mut totals.commission, &mut totals.funds, &mut totals.platform];
        for (sum, cut) in settled.into_iter().zip(late.allocation_cut) {
            *sum = Money::from_minor(sum.minor() - cut).expect("a leg shrinks by no more than it was");
        }
        self.totals.pool_refunded =
            self.totals.pool_refunded.add_within_limit(late.from_pool.saturating_sub(late.from_deferred));
        self.add_refunded(line, refunded);
        let history: &mut LineHistory = self.orders.history_mut(line, exponent);
        history.settled_base.get_or_insert(base);
        history.returned =
            history.returned.add_within_limit(late.from_pool.saturating_sub(late.from_deferred));
        history.clawback_total = history.clawback_total.saturating_add(late.clawback_due.units());
        if burned != 0 {
            history.left = Some(left - burned);
        }
        self.orders.set_counts(line, late.counts, exponent);
        if !late.from_deferred.is_zero() {
            self.take_from_waiting(line, late.from_queue, late.from_deferred.saturating_sub(late.from_queue));
        }
        if !late.cash_in_lieu.is_zero() {
            let left = self.wind_down.instead(line).saturating_sub(late.cash_in_lieu);
            self.wind_down.instead.insert(line, left);
        }
        self.cut_retention_pending(order.member, late.retention_pending_cut);
        let cycle = self.ledger.cycle_mut(order.member);
        cycle.cap_base = cycle.cap_base.saturating_sub(late.cap_base_cut);
        let earned = cycle.earned(exponent).saturating_sub(late.earned_cut.units());
        cycle.set_earned(earned);
        if cycle.head == line.0 {
            cycle.set_head_left(left - burned);
        }
        if late.ends_cycle {
            self.end_cycle(order.member);
            return;
        }
        if burned != 0 && burned == left {
            self.orders.line_mut(line).flags |= flag::GONE;
        }
        self.skip_empty_lots(order.member);
        match self.terms.caps.map(|caps| caps.basis) {
            Some(ExitBasis::Member) => match self.member_trigger(order.member) {
                Some(trigger) => self.exits.lower(order.member.0, &trigger),
                None => self.exits.leave(order.member.0),
            },
            Some(ExitBasis::Lot) => match self.lot_trigger(line) {
                Some(trigger) => self.exits.lower(line.0, &trigger),
                None => self.exits.leave(line.0),
            },
            None => {}
        }
    }

    fn add_refunded(&mut self, line: LineNo, [amount, cash, reconsume, claim, loyalty]: [Money; 5]) {
        let history = self.orders.history_mut(line, self.ledger.exponent());
        history.refunded = history.refunded.add_within_limit(amount);
        history.refunded_cash = history.refunded_cash.add_within_limit(cash);
        history.refunded_reconsume = history.refunded_reconsume.add_within_limit(reconsume);
        history.refunded_claim = history.refunded_claim.add_within_limit(claim);
        history.refunded_loyalty = history.refunded_loyalty.add_within_limit(loyalty);
    }

    #[inline]
    fn remember_seller(&mut self, member: MemberNo, gross: Money) {
        if gross.is_zero() {
            return;
        }
        if self.sellers.len() > 1024 && self.sellers.len() > 2 * self.members.len() {
            let summed = self.sellers_summed();
            let summed = summed.into_iter().map(|(member, gross)| (member, halves(gross)));
            self.sellers.replace(summed.collect());
        }
        self.sellers.push((member, halves(gross)));
    }

    /// Gross sold by member in the present epoch, in joining order.
    pub(crate) fn sellers_summed(&self) -> Vec<(MemberNo, Money)> {
        let mut sorted = self.sellers.to_vec();
        sorted.sort_by_key(|(member, _)| *member);
        let mut summed: Vec<(MemberNo, Money)> = Vec::new();
        for (member, gross) in sorted {
            let gross = whole(gross);
            match summed.last_mut() {
                Some((last, sum)) if *last == member => *sum = sum.add_within_limit(gross),
                Some(_) | None => summed.push((member, gross)),
            }
        }
        summed
    }
}

#[expect(clippy::as_conversions, reason = "each half is masked to its 32 bits")]
fn halves(money: Money) -> [u32; 2] {
    let minor = money.minor().unsigned_abs();
    [(minor >> 32) as u32, minor as u32]
}

fn whole(halves: [u32; 2]) -> Money {
    let [high, low] = halves;
    Money::from_wide((u128::from(high) << 32) | u128::from(low)).unwrap_or(Money::ZERO)
}
