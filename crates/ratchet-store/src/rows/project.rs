//! The projector: entries of the journal become rows.

mod market;
mod network;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use ratchet_engine::amount::{Currency, Money, Points};
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::Entry;
use ratchet_engine::event::{Event, ReleasePass};
use ratchet_engine::id::{Id, LineNo, MemberNo, MerchantNo, OrderNo, WithdrawalNo};
use ratchet_engine::journal::{EntryBatch, JournalFault};
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::merchant::MerchantState;
use ratchet_engine::order::OrderState;
use ratchet_engine::pool::Price;
use ratchet_engine::wallet::WithdrawalState;
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::{BUCKET_US, BUCKETS, Bucket, actor};
use crate::database::{Database, Durability};
use crate::fault::{StoreError, StoreFault};
use crate::journal::JournalReader;
use crate::store::ProgrammeFiles;

/// The form of the rows: a file of another one is made anew.
const FORM: i64 = 4;
/// How many entries become rows in one transaction, roughly.
const CHUNK_ENTRIES: u64 = 100_000;
/// Kilobytes of pages kept while rows are made: the indexes by member are written all over.
const CACHE_KB: i64 = 64 << 10;

const TABLES: &str = "
    CREATE TABLE checkpoint (
        form INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        -- What makes the price after them.
        pool INTEGER NOT NULL,
        supply TEXT NOT NULL,
        splits INTEGER NOT NULL,
        -- Points that members hold, of the supply.
        held TEXT NOT NULL
    ) STRICT;
    CREATE TABLE member (
        no INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        person TEXT,
        referrer INTEGER,
        joined_us INTEGER NOT NULL,
        suspended INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        -- Its place in the plan and 1; 0 without.
        rank INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX member_of_rank ON member (rank, no) WHERE rank > 0;
    CREATE INDEX member_of_person ON member (person) WHERE person IS NOT NULL;
    CREATE INDEX member_of_referrer ON member (referrer) WHERE referrer IS NOT NULL;
    CREATE TABLE merchant (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE merchant_step (
        rowid INTEGER PRIMARY KEY,
        merchant INTEGER NOT NULL,
        state TEXT NOT NULL,
        -- Of the activation pack, where it is an application.
        order_no INTEGER,
        reason TEXT,
        actor TEXT NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX step_of_merchant ON merchant_step (merchant);
    -- Orders with lines that name a merchant.
    CREATE TABLE merchant_order (
        merchant INTEGER NOT NULL,
        order_no INTEGER NOT NULL,
        PRIMARY KEY (merchant, order_no)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE orders (
        no INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        member INTEGER NOT NULL,
        first_line INTEGER NOT NULL,
        state TEXT NOT NULL,
        amount INTEGER NOT NULL,
        refunded INTEGER NOT NULL,
        settles_us INTEGER,
        placed_us INTEGER NOT NULL, placed_seq INTEGER NOT NULL,
        paid_us INTEGER, paid_seq INTEGER,
        shipped_us INTEGER, shipped_seq INTEGER,
        received_us INTEGER, received_seq INTEGER,
        settled_us INTEGER, settled_seq INTEGER,
        closed_us INTEGER, closed_seq INTEGER,
        refunded_us INTEGER, refunded_seq INTEGER
    ) STRICT;
    CREATE INDEX order_of_member ON orders (member, no);
    CREATE TABLE line (no INTEGER PRIMARY KEY, order_no INTEGER NOT NULL) STRICT;
    CREATE TABLE refund (
        rowid INTEGER PRIMARY KEY,
        order_no INTEGER NOT NULL,
        id TEXT NOT NULL,
        amount INTEGER NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX refund_of_order ON refund (order_no);
    CREATE TABLE mint (
        rowid INTEGER PRIMARY KEY,
        member INTEGER NOT NULL,
        line INTEGER NOT NULL,
        points TEXT NOT NULL,
        splits INTEGER NOT NULL,
        contribution INTEGER NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX mint_of_member ON mint (member);
    CREATE TABLE withdrawal (
        no INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        -- Both are NULL for the operator's.
        member INTEGER,
        merchant INTEGER,
        amount INTEGER NOT NULL,
        fee INTEGER NOT NULL,
        retained INTEGER NOT NULL,
        reconsume INTEGER NOT NULL,
        net INTEGER NOT NULL,
        state TEXT NOT NULL
    ) STRICT;
    CREATE INDEX withdrawal_of_member ON withdrawal (member) WHERE member IS NOT NULL;
    CREATE INDEX withdrawal_in_state ON withdrawal (state);
    CREATE TABLE withdrawal_step (
        rowid INTEGER PRIMARY KEY,
        withdrawal INTEGER NOT NULL,
        state TEXT NOT NULL,
        is_approval INTEGER NOT NULL,
        actor TEXT NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX step_of_withdrawal ON withdrawal_step (withdrawal);
    -- What the close of a day did, by its time; numbers are texts, since those of SQLite are too short for units.
    CREATE TABLE close (
        us INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        members TEXT NOT NULL DEFAULT '0',
        released TEXT NOT NULL DEFAULT '0',
        paid TEXT NOT NULL DEFAULT '0',
        accelerated TEXT NOT NULL DEFAULT '0',
        accelerated_paid TEXT NOT NULL DEFAULT '0',
        shortfall TEXT NOT NULL DEFAULT '0',
        value_units TEXT NOT NULL DEFAULT '0',
        amount TEXT NOT NULL DEFAULT '0',
        to_members TEXT NOT NULL DEFAULT '0',
        to_platform TEXT NOT NULL DEFAULT '0',
        to_ranks TEXT NOT NULL DEFAULT '0',
        unissued TEXT NOT NULL DEFAULT '0',
        rank_changes TEXT NOT NULL DEFAULT '0',
        guide_released TEXT NOT NULL DEFAULT '0',
        guide_issued TEXT NOT NULL DEFAULT '0'
    ) STRICT;
    CREATE TABLE rank_change (
        rowid INTEGER PRIMARY KEY,
        member INTEGER NOT NULL,
        rank_from INTEGER NOT NULL,
        rank_to INTEGER NOT NULL,
        team_volume INTEGER NOT NULL,
        -- Legs with each rank that some rank asked then, by commas.
        legs TEXT NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX rank_change_of_member ON rank_change (member);
    CREATE INDEX rank_change_at ON rank_change (us);
    CREATE TABLE agency (
        rowid INTEGER PRIMARY KEY,
        member INTEGER NOT NULL,
        territory INTEGER NOT NULL,
        actor TEXT NOT NULL,
        us INTEGER NOT NULL, seq INTEGER NOT NULL,
        ended_us INTEGER, ended_seq INTEGER
    ) STRICT;
    CREATE INDEX agency_of_member ON agency (member);
    CREATE INDEX agency_of_territory ON agency (territory);
    -- What settled orders paid to agents of their addresses; below zero what late refunds took back.
    CREATE TABLE agent_income (
        rowid INTEGER PRIMARY KEY,
        member INTEGER NOT NULL,
        order_no INTEGER NOT NULL,
        kind TEXT NOT NULL,
        amount INTEGER NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX agent_income_of_member ON agent_income (member);
    CREATE TABLE shareholder (
        member INTEGER PRIMARY KEY,
        -- In millionths; 0 if it was taken away.
        weight INTEGER NOT NULL,
        actor TEXT NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE dividend (
        rowid INTEGER PRIMARY KEY,
        base INTEGER NOT NULL,
        deficit INTEGER NOT NULL,
        added INTEGER NOT NULL,
        -- What there was to share, the weights of all, and what they were paid.
        pot INTEGER NOT NULL,
        weight TEXT NOT NULL,
        holders INTEGER NOT NULL,
        paid INTEGER NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE dividend_share (
        rowid INTEGER PRIMARY KEY,
        dividend INTEGER NOT NULL,
        member INTEGER NOT NULL,
        weight INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX dividend_share_of_member ON dividend_share (member);
    CREATE TABLE price (
        us INTEGER PRIMARY KEY,
        first TEXT NOT NULL,
        min TEXT NOT NULL,
        max TEXT NOT NULL,
        last TEXT NOT NULL,
        -- After the last.
        pool INTEGER NOT NULL,
        supply TEXT NOT NULL,
        held TEXT NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE offer (
        no INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        member INTEGER NOT NULL,
        side TEXT NOT NULL,
        time_in_force TEXT NOT NULL,
        price INTEGER NOT NULL,
        lots INTEGER NOT NULL,
        -- Lots that are not filled.
        remaining INTEGER NOT NULL,
        -- Money that it held at first, and holds.
        held INTEGER NOT NULL,
        hold INTEGER NOT NULL,
        -- What its lots cost or brought so far, and its fees.
        traded INTEGER NOT NULL,
        fees INTEGER NOT NULL,
        state TEXT NOT NULL,
        us INTEGER NOT NULL, seq INTEGER NOT NULL,
        ended_us INTEGER, ended_seq INTEGER,
        -- Who ended it before it was filled.
        ended_by TEXT
    ) STRICT;
    CREATE INDEX offer_of_member ON offer (member, no);
    CREATE INDEX offer_in_state ON offer (state, no);
    CREATE TABLE trade (
        rowid INTEGER PRIMARY KEY,
        -- The offers that met, and whose they are.
        bought INTEGER NOT NULL,
        sold INTEGER NOT NULL,
        buyer INTEGER NOT NULL,
        seller INTEGER NOT NULL,
        -- The side of the later offer.
        taker TEXT NOT NULL,
        price INTEGER NOT NULL,
        lots INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        buyer_fee INTEGER NOT NULL,
        seller_fee INTEGER NOT NULL,
        us INTEGER NOT NULL,
        seq INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX trade_of_buyer ON trade (buyer);
    CREATE INDEX trade_of_seller ON trade (seller);
    CREATE TABLE halt (
        rowid INTEGER PRIMARY KEY,
        reason TEXT NOT NULL,
        actor TEXT NOT NULL,
        us INTEGER NOT NULL, seq INTEGER NOT NULL,
        resumed_us INTEGER, resumed_seq INTEGER
    ) STRICT;
";

/// After so many entries the journal's log is copied into its file.
const CHECKPOINT_ENTRIES: u64 = 20_000;

/// Makes rows from the journal, from where it stopped. As it comes behind every commit, it also copies the journal's log into its file
/// now and then: the thread that commits seldom has to.
#[derive(Debug)]
pub struct Projector {
    database: Database,
    journal: JournalReader,
    log: Database,
    /// How many entries had been committed when the log was copied last.
    copied: u64,
    entries: u64,
    stand: Stand,
    currency: Currency,
}

/// The price, and how many of the points members hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stand {
    price: Price,
    held: Points,
}

/// Throws the rows away and makes them again (KEEP-2); says from how many entries.
pub fn rebuild(files: &ProgrammeFiles) -> Result<u64, StoreError> {
    remove(files)?;
    let mut projector = Projector::open(files)?;
    while projector.catch_up()? == ControlFlow::Continue(()) {}
    Ok(projector.entries)
}

fn remove(files: &ProgrammeFiles) -> Result<(), StoreError> {
    let path = files.rows();
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::system(&path, &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

impl Projector {
    /// Goes on with the rows that are there. Rows of another form, and rows from more entries than the journal has, are thrown away.
    pub fn open(files: &ProgrammeFiles) -> Result<Projector, StoreError> {
        let journal = JournalReader::open(files)?;
        let genesis = journal.entry(0)?;
        let genesis = genesis.as_ref().and_then(|entry| entry.batch().genesis());
        let file = files.journal().display().to_string();
        let no_genesis = || StoreFault::Journal { file: &file, error: JournalFault::NoGenesis {}.into() };
        let plan = genesis.ok_or_else(no_genesis)?.read_plan();
        let plan = plan.map_err(|error| StoreFault::Journal { file: &file, error })?;
        let entries = journal.entries()?;
        let mut database = files.disk.open(&files.rows(), Durability::Checkpoint)?;
        let mut stood = stood(&database)?;
        if stood.is_none_or(|(at, _)| at > entries) {
            drop(database);
            remove(files)?;
            database = files.disk.open(&files.rows(), Durability::Checkpoint)?;
            database.transaction(|transaction| {
                transaction.execute_batch(TABLES)?;
                let insert =
                    "INSERT INTO checkpoint (form, entries, pool, supply, splits, held) VALUES (?1, 0, 0, '0', 0, '0')";
                transaction.execute(insert, [FORM])
            })?;
            stood = self::stood(&database)?;
        }
        let cached = database.connection.pragma_update(None, "cache_size", -CACHE_KB);
        cached.map_err(|error| database.error(&error))?;
        let (entries, stand) = stood.unwrap_or((0, nothing()));
        let currency = plan.programme.currency;
        let log = files.disk.open(&files.journal(), Durability::Commit)?;
        Ok(Projector { database, journal, log, copied: entries, entries, stand, currency })
    }

    /// How many entries have become rows.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Makes rows of the next entries, in one transaction of a bounded size; `Continue` if there may be more.
    pub fn catch_up(&mut self) -> Result<ControlFlow<()>, StoreError> {
        let Projector { database, journal, log, copied, entries, stand, currency } = self;
        let from = *entries;
        let failed = |error: rusqlite::Error| database.error(&error);
        let transaction = database.connection.unchecked_transaction().map_err(failed)?;
        let mut rows =
            Rows { connection: &transaction, stand: *stand, currency, bucket: None, orders: BTreeMap::new() };
        let mut next = from;
        journal.batches(from, |batch| {
            let taken = rows.take(batch, from);
            next = taken.map_err(failed)?.max(next);
            let is_enough = next - from >= CHUNK_ENTRIES;
            Ok(if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if next == from {
            return Ok(ControlFlow::Break(()));
        }
        rows.end_bucket().and_then(|()| rows.write_orders()).map_err(failed)?;
        let after = rows.stand;
        let update = "UPDATE checkpoint SET entries = ?1, pool = ?2, supply = ?3, splits = ?4, held = ?5";
        let [supply, held] = [after.price.supply, after.held].map(|points| points.units().to_string());
        let price = after.price;
        transaction
            .execute(update, (next.cast_signed(), price.assets.minor(), supply, price.exponent, held))
            .and_then(|_| transaction.commit())
            .map_err(failed)?;
        (*entries, *stand) = (next, after);
        if next - *copied >= CHECKPOINT_ENTRIES {
            *copied = next;
            log.checkpoint()?;
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn nothing() -> Stand {
    let price = Price { assets: Money::ZERO, supply: Points::ZERO, exponent: 0 };
    Stand { price, held: Points::ZERO }
}

/// How far rows of this form are made, and how it stood then.
fn stood(database: &Database) -> Result<Option<(u64, Stand)>, StoreError> {
    let has_tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'checkpoint'";
    let read = || {
        if database.connection.query_row(has_tables, [], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(None);
        }
        // Of rows of another form only that is read which every form has.
        let form = "SELECT count(*) FROM checkpoint WHERE form = ?1";
        if database.connection.query_row(form, [FORM], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(None);
        }
        let select = "SELECT entries, pool, supply, splits, held FROM checkpoint";
        let stood = database.connection.query_row(select, [], |row| {
            let price = Price {
                assets: super::money(row, 1)?,
                supply: super::points(row, 2)?,
                exponent: row.get(3)?,
            };
            Ok((super::number(row, 0)?, Stand { price, held: super::points(row, 4)? }))
        });
        stood.optional()
    };
    read().map_err(|error| database.error(&error))
}

/// Rows within a transaction.
struct Rows<'a> {
    connection: &'a Connection,
    stand: Stand,
    currency: &'a Currency,
    /// The prices of the minute that is not over.
    bucket: Option<Bucket>,
    /// What happened to orders, by their numbers: each is written once, when the transaction ends.
    orders: BTreeMap<u32, OrderChange>,
}

/// What happened to an order within a transaction.
#[derive(Default)]
struct OrderChange {
    /// It was placed: outside id, member, first line and when.
    placed: Option<(Id, u32, u32, [i64; 2])>,
    /// Where it stands now.
    state: Option<OrderState>,
    /// What was added to it.
    amount: i64,
    /// What was given back.
    refunded: i64,
    /// When it settles now, if that was said; it may have been put off for good.
    settles: Option<Option<i64>>,
    /// When it came to each of [`ORDER_STEPS`] for the first time, and by which entry.
    steps: [Option<[i64; 2]>; ORDER_STEPS.len()],
}

/// Steps of an order's life with a time of their own, in the order of their columns.
const ORDER_STEPS: [OrderState; 6] = [
    OrderState::Paid,
    OrderState::Shipped,
    OrderState::Received,
    OrderState::Settled,
    OrderState::Closed,
    OrderState::Refunded,
];

const INSERT_ORDER: &str = "
    INSERT INTO orders (no, state, amount, refunded, settles_us, paid_us, paid_seq, shipped_us, shipped_seq, received_us,
        received_seq, settled_us, settled_seq, closed_us, closed_seq, refunded_us, refunded_seq, id, member, first_line, placed_us,
        placed_seq)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";
const UPDATE_ORDER: &str = "
    UPDATE orders SET state = coalesce(?2, state), amount = amount + ?3, refunded = refunded + ?4,
        settles_us = CASE WHEN ?18 THEN ?5 ELSE settles_us END,
        paid_us = coalesce(paid_us, ?6), paid_seq = coalesce(paid_seq, ?7),
        shipped_us = coalesce(shipped_us, ?8), shipped_seq = coalesce(shipped_seq, ?9),
        received_us = coalesce(received_us, ?10), received_seq = coalesce(received_seq, ?11),
        settled_us = coalesce(settled_us, ?12), settled_seq = coalesce(settled_seq, ?13),
        closed_us = coalesce(closed_us, ?14), closed_seq = coalesce(closed_seq, ?15),
        refunded_us = coalesce(refunded_us, ?16), refunded_seq = coalesce(refunded_seq, ?17)
    WHERE no = ?1";

impl Rows<'_> {
    /// Takes the entries from this number on; gives the number after the last.
    fn take(&mut self, batch: &EntryBatch, from: u64) -> rusqlite::Result<u64> {
        let mut next = from;
        for (entry, envelope) in batch.iter() {
            next = entry.seq + 1;
            if entry.seq < from {
                continue;
            }
            let before = self.stand;
            for (event, postings) in entry.steps() {
                for posting in postings {
                    match posting.account.kind {
                        AccountKind::PoolAssets => {
                            let assets = i128::from(self.stand.price.assets.minor()) + posting.amount;
                            self.stand.price.assets =
                                Money::from_wide(assets.unsigned_abs()).unwrap_or(Money::ZERO);
                        }
                        AccountKind::PointsIssued => {
                            // The contra side of all points: below zero by as many as there are.
                            let supply = self.stand.price.supply.units();
                            self.stand.price.supply =
                                Points::from_units(supply.wrapping_add_signed(-posting.amount));
                        }
                        AccountKind::MemberPoints => {
                            let held = self.stand.held.units().wrapping_add_signed(posting.amount);
                            self.stand.held = Points::from_units(held);
                        }
                        _ => {}
                    }
                }
                if matches!(event, Event::UnitsSplit {}) {
                    for points in [&mut self.stand.price.supply, &mut self.stand.held] {
                        *points = Points::from_units(points.units().wrapping_mul(1_000));
                    }
                    self.stand.price.exponent += 1;
                }
                self.event(event, &entry, envelope)?;
            }
            if self.stand != before && !self.stand.price.supply.is_zero() {
                self.note_price(&entry)?;
            }
        }
        Ok(next)
    }

    fn note_price(&mut self, entry: &Entry<'_>) -> rusqlite::Result<()> {
        let Stand { price: pair, held } = self.stand;
        let price = pair.display_unsplit(self.currency.decimals);
        let start = entry.at.us().div_euclid(BUCKET_US) * BUCKET_US;
        let from = ratchet_engine::time::Timestamp::from_us(start).unwrap_or(entry.at);
        let [first, min, max, last] = [0; 4].map(|_| price.clone());
        let (pool, supply) = (pair.assets, pair.supply);
        let now = Bucket { from, first, min, max, last, pool, supply, held, seq: entry.seq };
        match self.bucket.as_mut().filter(|bucket| bucket.from == from) {
            Some(bucket) => bucket.extend(now),
            None => {
                self.end_bucket()?;
                self.bucket = Some(now);
            }
        }
        Ok(())
    }

    /// Writes the prices of a minute, which may have begun in the transaction before.
    fn end_bucket(&mut self) -> rusqlite::Result<()> {
        let Some(mut bucket) = self.bucket.take() else { return Ok(()) };
        let mut statement = self.connection.prepare_cached(&format!("{BUCKETS} WHERE us = ?1"))?;
        let earlier = statement.query_row([bucket.from.us()], super::bucket);
        if let Some(mut earlier) = earlier.optional()? {
            earlier.extend(bucket);
            bucket = earlier;
        }
        let Bucket { from, first, min, max, last, pool, supply, held, seq } = bucket;
        let insert = "INSERT OR REPLACE INTO price (us, first, min, max, last, pool, supply, held, seq) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let [supply, held] = [supply, held].map(|points| points.units().to_string());
        let values: [&dyn ToSql; 9] =
            [&from.us(), &first, &min, &max, &last, &pool.minor(), &supply, &held, &seq.cast_signed()];
        self.execute(insert, &values)
    }

    fn execute(&self, statement: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute(values).map(|_| ())
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each event that makes rows")]
    fn event(
        &mut self,
        event: &Event,
        entry: &Entry<'_>,
        envelope: Option<&Envelope>,
    ) -> rusqlite::Result<()> {
        let (us, seq) = (entry.at.us(), entry.seq.cast_signed());
        let by = actor(envelope.map(|envelope| &envelope.actor));
        match event {
            Event::MemberJoined { member, id, referrer, person, joined_at } => {
                let insert = "INSERT INTO member (no, id, person, referrer, joined_us, suspended, seq) \
                              VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)";
                let joined = joined_at.map_or(us, ratchet_engine::time::Timestamp::us);
                let (referrer, person) = (referrer.map(|no| no.0), person.as_ref().map(Id::as_str));
                self.execute(insert, &[&member.0, &id.as_str(), &person, &referrer, &joined, &seq])
            }
            Event::MemberBound { member, referrer } => {
                self.execute("UPDATE member SET referrer = ?2 WHERE no = ?1", &[&member.0, &referrer.0])
            }
            Event::MemberSuspended { member, .. } => self.suspend(*member, true),
            Event::MemberResumed { member } => self.suspend(*member, false),
            Event::MerchantRegistered { merchant, id } => {
                self.execute("INSERT INTO merchant (no, id) VALUES (?1, ?2)", &[&merchant.0, &id.as_str()])
            }
            Event::MerchantApplied { merchant, order, .. } => {
                self.merchant_step(*merchant, MerchantState::Applied, (Some(*order), None), (by, [us, seq]))
            }
            Event::MerchantApproved { merchant, .. } | Event::MerchantResumed { merchant } => {
                self.merchant_step(*merchant, MerchantState::Approved, (None, None), (by, [us, seq]))
            }
            Event::MerchantRejected { merchant, reason } => {
                let why = (None, Some(reason.as_str()));
                self.merchant_step(*merchant, MerchantState::Rejected, why, (by, [us, seq]))
            }
            Event::MerchantSuspended { merchant, reason } => {
                let why = (None, Some(reason.as_str()));
                self.merchant_step(*merchant, MerchantState::Suspended, why, (by, [us, seq]))
            }
            Event::OrderPlaced {
                order,
                id,
                member,
                first_line,
                lines: _,
                freight,
                tax,
                freight_to: _,
                ship_to: _,
            } => {
                let change = self.change(*order);
                change.placed = Some((id.clone(), member.0, first_line.0, [us, seq]));
                change.amount += freight.minor() + tax.minor();
                change.state = Some(OrderState::Placed);
                Ok(())
            }
            Event::LineAdded { line, order, base, detail } => {
                let detail = detail.as_deref();
                let others = detail.map_or(0, |detail| {
                    detail.reconsume.minor() + detail.claim.minor() + detail.loyalty.minor()
                });
                self.change(*order).amount += base.minor() + others;
                if let Some(merchant) =
                    detail.map(|detail| detail.merchant.0).filter(|merchant| *merchant > 0)
                {
                    let insert = "INSERT OR IGNORE INTO merchant_order (merchant, order_no) VALUES (?1, ?2)";
                    self.execute(insert, &[&merchant, &order.0])?;
                }
                self.execute("INSERT INTO line (no, order_no) VALUES (?1, ?2)", &[&line.0, &order.0])
            }
            Event::OrderPaid { order } => self.order(*order, OrderState::Paid, [us, seq]),
            Event::OrderShipped { order } => self.order(*order, OrderState::Shipped, [us, seq]),
            Event::OrderReceived { order, settles_at } => {
                self.change(*order).settles = Some(settles_at.map(ratchet_engine::time::Timestamp::us));
                self.order(*order, OrderState::Received, [us, seq])
            }
            Event::OrderClosed { order } => self.order(*order, OrderState::Closed, [us, seq]),
            Event::LineSettled { line, .. } => {
                let order = self.order_of(*line)?;
                self.order(order, OrderState::Settled, [us, seq])
            }
            Event::OrderRefunded { order } => self.order(*order, OrderState::Refunded, [us, seq]),
            Event::RefundAccepted { refund, order } => {
                let insert = "INSERT INTO refund (order_no, id, amount, us, seq) VALUES (?1, ?2, 0, ?3, ?4)";
                self.execute(insert, &[&order.0, &refund.as_str(), &us, &seq])
            }
            Event::LineRefunded { line, amount, post_settlement, .. } => {
                let order = self.order_of(*line)?;
                if let Some(late) = post_settlement {
                    self.commissions_back(order, &late.commissions, [us, seq])?;
                }
                self.refund(order, amount.minor(), seq)
            }
            Event::CommissionsPaid { order, paid, .. } => {
                let agents = paid.iter().map(|paid| (paid.member, paid.kind, paid.amount.minor()));
                self.agents_earned(*order, agents, [us, seq])
            }
            Event::AgentAppointed { member, territory } => self.appoint(*member, *territory, (by, [us, seq])),
            Event::AgentDismissed { member, territory } => self.dismiss(*member, *territory, [us, seq]),
            Event::ShareholderSet { member, weight_millionths } => {
                self.set_shareholder(*member, *weight_millionths, (by, [us, seq]))
            }
            Event::DividendDeclared { base, deficit, added, .. } => {
                self.dividend_declared(*base, [*deficit, *added], [us, seq])
            }
            Event::DividendPaid { shares } => self.dividend_paid(shares, seq),
            Event::FreightRefunded { order, freight, tax } => {
                self.refund(*order, freight.minor() + tax.minor(), seq)
            }
            Event::PointsMinted { line, member, contribution, points, .. } => {
                let insert = "INSERT INTO mint (member, line, points, splits, contribution, us, seq) \
                              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
                let points = points.units().to_string();
                let values: [&dyn ToSql; 7] = [
                    &member.0,
                    &line.0,
                    &points,
                    &self.stand.price.exponent,
                    &contribution.minor(),
                    &us,
                    &seq,
                ];
                self.execute(insert, &values)
            }
            Event::RanksChanged { changes } => {
                self.ranks_changed(changes, [us, seq])?;
                self.close(entry, &[("rank_changes", length(changes))])
            }
            Event::ValueReleased { members, .. } => {
                let units = members.iter().map(|one| one.released.units()).sum();
                self.close(entry, &[("value_units", units)])
            }
            Event::PointsReleased { pass, members, shortfall, .. } => {
                let units = members.iter().map(|one| one.released.units()).sum();
                let paid = members.iter().map(|one| one.money.as_u128()).sum();
                let names = match pass {
                    ReleasePass::Static => ["released", "paid"],
                    ReleasePass::Accelerated => ["accelerated", "accelerated_paid"],
                };
                let own = if *pass == ReleasePass::Static { length(members) } else { 0 };
                let short = shortfall.as_u128();
                let [of_units, of_money] = names;
                self.close(
                    entry,
                    &[(of_units, units), (of_money, paid), ("shortfall", short), ("members", own)],
                )
            }
            Event::EmissionDistributed { members } => {
                let units = members.iter().map(|(_, points)| points.units()).sum();
                self.close(entry, &[("to_members", units)])
            }
            Event::DailyEmissionIssued { amount, platform, ranks, unissued } => {
                let of_ranks = ranks.iter().map(|share| share.each.units() * u128::from(share.members)).sum();
                let [amount, platform, unissued] = [amount, platform, unissued].map(|points| points.units());
                self.close(
                    entry,
                    &[
                        ("amount", amount),
                        ("to_platform", platform),
                        ("to_ranks", of_ranks),
                        ("unissued", unissued),
                    ],
                )
            }
            Event::DayClosed { guide_price: Some((released, issued)) } => {
                self.close(entry, &[("guide_released", released.units()), ("guide_issued", issued.units())])
            }
            Event::WithdrawalRequested { withdrawal, id, member, amount, .. } => {
                self.withdrawal(*withdrawal, id, (Some(*member), None), *amount)?;
                self.step(*withdrawal, WithdrawalState::Requested, false, by, (us, seq))
            }
            Event::PayoutRequested { withdrawal, id, merchant, amount, .. } => {
                self.withdrawal(*withdrawal, id, (None, Some(*merchant)), *amount)?;
                self.step(*withdrawal, WithdrawalState::Requested, false, by, (us, seq))
            }
            Event::OperatorPayoutRequested { withdrawal, id, amount, .. } => {
                self.withdrawal(*withdrawal, id, (None, None), *amount)?;
                self.step(*withdrawal, WithdrawalState::Requested, false, by, (us, seq))
            }
            Event::WithdrawalApproved { withdrawal, by, complete } => {
                let state = if *complete { WithdrawalState::Approved } else { WithdrawalState::Requested };
                self.step(*withdrawal, state, true, by.as_str(), (us, seq))
            }
            Event::WithdrawalRejected { withdrawal, .. } => {
                self.step(*withdrawal, WithdrawalState::Rejected, false, by, (us, seq))
            }
            Event::WithdrawalSent { withdrawal } => {
                self.step(*withdrawal, WithdrawalState::Sent, false, by, (us, seq))
            }
            Event::WithdrawalUnknown { withdrawal } => {
                self.step(*withdrawal, WithdrawalState::Unknown, false, by, (us, seq))
            }
            Event::WithdrawalFailed { withdrawal } => {
                self.step(*withdrawal, WithdrawalState::Failed, false, by, (us, seq))
            }
            Event::WithdrawalPaid { withdrawal, cash, fee, retained, reconsume, .. } => {
                let update =
                    "UPDATE withdrawal SET net = ?2, fee = ?3, retained = ?4, reconsume = ?5 WHERE no = ?1";
                let values: [&dyn ToSql; 5] =
                    [&withdrawal.0, &cash.minor(), &fee.minor(), &retained.minor(), &reconsume.minor()];
                self.execute(update, &values)?;
                self.step(*withdrawal, WithdrawalState::Paid, false, by, (us, seq))
            }
            Event::OfferMade { .. }
            | Event::OfferFilled { .. }
            | Event::OfferClosed { .. }
            | Event::MarketHalted { .. }
            | Event::MarketResumed {} => self.market_event(event, envelope, (us, seq)),
            _ => Ok(()),
        }
    }

    /// Adds to what the close at the entry's time did.
    fn close(&self, entry: &Entry<'_>, parts: &[(&str, u128)]) -> rusqlite::Result<()> {
        let (us, seq) = (entry.at.us(), entry.seq.cast_signed());
        let insert = "INSERT INTO close (us, seq) VALUES (?1, ?2) ON CONFLICT (us) DO UPDATE SET seq = ?2";
        self.execute(insert, &[&us, &seq])?;
        for (name, more) in parts.iter().filter(|(_, more)| *more != 0) {
            let mut read =
                self.connection.prepare_cached(&format!("SELECT {name} FROM close WHERE us = ?1"))?;
            let before = read.query_row([us], |row| super::points(row, 0))?;
            let after = before.units().saturating_add(*more).to_string();
            self.execute(&format!("UPDATE close SET {name} = ?2 WHERE us = ?1"), &[&us, &after])?;
        }
        Ok(())
    }

    fn suspend(&self, member: MemberNo, suspended: bool) -> rusqlite::Result<()> {
        self.execute("UPDATE member SET suspended = ?2 WHERE no = ?1", &[&member.0, &suspended])
    }

    fn merchant_step(
        &self,
        merchant: MerchantNo,
        state: MerchantState,
        (order, reason): (Option<OrderNo>, Option<&str>),
        (by, [us, seq]): (&str, [i64; 2]),
    ) -> rusqlite::Result<()> {
        let insert = "INSERT INTO merchant_step (merchant, state, order_no, reason, actor, us, seq) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let order = order.map(|order| order.0);
        self.execute(insert, &[&merchant.0, &state.name(), &order, &reason, &by, &us, &seq])
    }

    fn order_of(&self, line: LineNo) -> rusqlite::Result<OrderNo> {
        let mut statement = self.connection.prepare_cached("SELECT order_no FROM line WHERE no = ?1")?;
        statement.query_row([line.0], |row| row.get(0)).map(OrderNo)
    }

    fn change(&mut self, order: OrderNo) -> &mut OrderChange {
        self.orders.entry(order.0).or_default()
    }

    fn order(&mut self, order: OrderNo, state: OrderState, moment: [i64; 2]) -> rusqlite::Result<()> {
        let change = self.change(order);
        change.state = Some(state);
        if let Some(step) = ORDER_STEPS.iter().position(|step| *step == state) {
            // A step of lines comes once for each; the first counts.
            change.steps[step].get_or_insert(moment);
        }
        Ok(())
    }

    /// Writes what happened to orders, in the order of their numbers.
    fn write_orders(&mut self) -> rusqlite::Result<()> {
        let mut insert = self.connection.prepare_cached(INSERT_ORDER)?;
        let mut update = self.connection.prepare_cached(UPDATE_ORDER)?;
        for (no, change) in std::mem::take(&mut self.orders) {
            let OrderChange { placed, state, amount, refunded, settles, steps } = change;
            let statement = if placed.is_some() { &mut insert } else { &mut update };
            statement.raw_bind_parameter(1, no)?;
            statement.raw_bind_parameter(2, state.map(OrderState::name))?;
            statement.raw_bind_parameter(3, amount)?;
            statement.raw_bind_parameter(4, refunded)?;
            statement.raw_bind_parameter(5, settles.flatten())?;
            for (at, moment) in steps.iter().enumerate() {
                statement.raw_bind_parameter(6 + 2 * at, moment.map(|[us, _]| us))?;
                statement.raw_bind_parameter(7 + 2 * at, moment.map(|[_, seq]| seq))?;
            }
            match placed {
                Some((id, member, first_line, [us, seq])) => {
                    statement.raw_bind_parameter(18, id.as_str())?;
                    statement.raw_bind_parameter(19, member)?;
                    statement.raw_bind_parameter(20, first_line)?;
                    statement.raw_bind_parameter(21, us)?;
                    statement.raw_bind_parameter(22, seq)?;
                }
                None => statement.raw_bind_parameter(18, settles.is_some())?,
            }
            statement.raw_execute()?;
        }
        Ok(())
    }

    fn refund(&mut self, order: OrderNo, amount: i64, seq: i64) -> rusqlite::Result<()> {
        self.change(order).refunded += amount;
        // What a time-out or a cancelled campaign gives back has no refund of its own.
        let update = "UPDATE refund SET amount = amount + ?2 WHERE order_no = ?1 AND seq = ?3";
        self.execute(update, &[&order.0, &amount, &seq])
    }

    fn withdrawal(
        &self,
        withdrawal: WithdrawalNo,
        id: &Id,
        (member, merchant): (Option<MemberNo>, Option<MerchantNo>),
        amount: Money,
    ) -> rusqlite::Result<()> {
        let insert = "INSERT INTO withdrawal (no, id, member, merchant, amount, fee, retained, reconsume, net, state) \
                      VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, 'requested')";
        let (member, merchant) = (member.map(|no| no.0), merchant.map(|no| no.0));
        self.execute(insert, &[&withdrawal.0, &id.as_str(), &member, &merchant, &amount.minor()])
    }

    fn step(
        &self,
        withdrawal: WithdrawalNo,
        state: WithdrawalState,
        is_approval: bool,
        actor: &str,
        (us, seq): (i64, i64),
    ) -> rusqlite::Result<()> {
        self.execute("UPDATE withdrawal SET state = ?2 WHERE no = ?1", &[&withdrawal.0, &state.name()])?;
        let insert = "INSERT INTO withdrawal_step (withdrawal, state, is_approval, actor, us, seq) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.execute(insert, &[&withdrawal.0, &state.name(), &is_approval, &actor, &us, &seq])
    }
}

/// How many there are.
fn length<T>(of: &[T]) -> u128 {
    u128::try_from(of.len()).expect("a length is no larger")
}
