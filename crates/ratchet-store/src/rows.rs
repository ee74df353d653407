//! Read models: lists and series for people, made from the journal alone by a projector that comes behind it.
//!
//! `read.db` may be thrown away at any time: built again it has the same rows (KEEP-2). What is known of the present state — balances,
//! what is left of a lot — is not here: that is the engine's.

mod find;
mod market;
mod network;
mod project;

use ratchet_engine::amount::{Money, Points};
use ratchet_engine::id::{Id, LineNo};
use ratchet_engine::merchant::MerchantState;
use ratchet_engine::order::OrderState;
use ratchet_engine::time::Timestamp;
use ratchet_engine::wallet::WithdrawalState;
use rusqlite::{Row, ToSql, params_from_iter};

pub use find::{Found, FoundKind, MemberEvent, RefundListed};
pub use market::{HaltRow, OfferRow, OfferStanding, OffersQuery, TradeRow};
pub use network::{
    AgencyRow, AgentIncomeRow, AgentsQuery, DividendRow, DividendShareRow, RankChangeRow, ShareholderRow,
};
pub use project::{Projector, rebuild};

use crate::database::Database;
use crate::fault::StoreError;
use crate::store::ProgrammeFiles;

/// Most rows of a page.
pub const ROWS_PAGE_MAX: usize = 200;
/// Most buckets of a series.
pub const BUCKETS_MAX: usize = 2_000;
/// The shortest bucket of a series: a minute.
const BUCKET_US: i64 = 60_000_000;

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// In joining order, from 0.
    pub no: u64,
    /// Outside id.
    pub id: String,
    /// Whose position it is (ACC-3a).
    pub person: Option<String>,
    /// Outside id of who invited it.
    pub referrer: Option<String>,
    /// When it joined.
    pub joined_at: Timestamp,
    /// Whether it is suspended (NET-2).
    pub suspended: bool,
    /// The entry by which it joined.
    pub seq: u64,
}

/// Which members.
#[derive(Clone, Debug, Default)]
pub struct MembersQuery {
    /// Those whose id begins so.
    pub id_prefix: Option<String>,
    /// Those of this person.
    pub person: Option<String>,
    /// Those invited by the member with this id.
    pub referrer: Option<String>,
    /// Those of this rank, as its place in the plan and 1.
    pub rank: Option<u32>,
    /// Those before this number.
    pub before: Option<u64>,
    /// At most so many; never more than [`ROWS_PAGE_MAX`].
    pub limit: usize,
}

/// When something happened, and by which entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// The entry.
    pub seq: u64,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// In the order in which they were placed, from 0.
    pub no: u64,
    /// Outside id.
    pub id: String,
    /// Outside id of the buyer.
    pub member: String,
    /// Where it stands (ORDER-1).
    pub state: OrderState,
    /// Of goods in whatever way they are paid, freight and tax.
    pub amount: Money,
    /// Given back of it.
    pub refunded: Money,
    /// When it settles, once it was received.
    pub settles_at: Option<Timestamp>,
    /// Steps of its life.
    pub placed: Moment,
    /// In full.
    pub paid: Option<Moment>,
    /// It left.
    pub shipped: Option<Moment>,
    /// It arrived.
    pub received: Option<Moment>,
    /// It became final.
    pub settled: Option<Moment>,
    /// It was closed unpaid.
    pub closed: Option<Moment>,
    /// Nothing of it is left.
    pub refunded_fully: Option<Moment>,
}

/// What the close of a day did (REL-2 to REL-4, EMIT-1a to EMIT-4, RANK-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseRow {
    /// When it was due, and its last entry.
    pub closed: Moment,
    /// Members whose task released green points.
    pub members: u128,
    /// Released by tasks.
    pub released: Points,
    /// The money that made.
    pub paid: Money,
    /// Released because referrals did theirs.
    pub accelerated: Points,
    /// The money that made.
    pub accelerated_paid: Money,
    /// Money due that the fund did not hold.
    pub shortfall: Money,
    /// Value units released.
    pub value_units: Points,
    /// Emission points of the day: issued to members, platform and ranks, and what nobody got.
    pub amount: Points,
    /// To members, by the value units that they released.
    pub to_members: Points,
    /// To the platform.
    pub to_platform: Points,
    /// To ranks.
    pub to_ranks: Points,
    /// To nobody.
    pub unissued: Points,
    /// Members whose rank became another.
    pub rank_changes: u128,
    /// The guide price after it: value units ever released …
    pub guide_released: Points,
    /// … and emission points ever issued.
    pub guide_issued: Points,
}

/// Which orders.
#[derive(Clone, Debug, Default)]
pub struct OrdersQuery {
    /// Of the member with this id.
    pub member: Option<String>,
    /// In this state.
    pub state: Option<OrderState>,
    /// With a line of the merchant with this id.
    pub merchant: Option<String>,
    /// Whose id is this.
    pub id: Option<String>,
    /// Those before this number.
    pub before: Option<u64>,
    /// At most so many; never more than [`ROWS_PAGE_MAX`].
    pub limit: usize,
}

/// A refund of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRow {
    /// Outside id.
    pub id: String,
    /// Given back, in whatever way it was paid.
    pub amount: Money,
    /// When, and by which entry.
    pub accepted: Moment,
}

/// Points that an order earned (POOL-2); what is left of them the engine knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintRow {
    /// In the order in which they were minted, from 1.
    pub no: u64,
    /// Outside id of the order.
    pub order: String,
    /// The line, by its position in the order from 0.
    pub line: u64,
    /// How many, in the units of then.
    pub points: Points,
    /// How often units had been split then (POOL-9).
    pub splits: u32,
    /// What entered the pool for them.
    pub contribution: Money,
    /// When the order was placed.
    pub ordered_at: Timestamp,
    /// When, and by which entry.
    pub minted: Moment,
}

/// A line of a settled order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledLine {
    /// The line's number in the engine.
    pub line: LineNo,
    /// Outside id of the order.
    pub order: String,
    /// When the order was placed.
    pub ordered_at: Timestamp,
    /// When it settled, and by which entry.
    pub settled: Moment,
}

/// A step of a merchant's (MERCH-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantStep {
    /// Where it stood after it.
    pub state: MerchantState,
    /// The order of the activation pack, where it is an application.
    pub pack: Option<String>,
    /// Why, where it was rejected or suspended.
    pub reason: Option<String>,
    /// Who sent the command.
    pub actor: String,
    /// When, and by which entry.
    pub moment: Moment,
}

/// Who is paid by a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payee {
    /// The member with this id.
    Member(String),
    /// The merchant with this id.
    Merchant(String),
    /// The operator.
    Operator,
}

/// A withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalRow {
    /// In the order in which they were asked for, from 0.
    pub no: u64,
    /// Outside id.
    pub id: String,
    /// Whose.
    pub payee: Payee,
    /// Asked for.
    pub amount: Money,
    /// Kept as a fee, once it was paid.
    pub fee: Money,
    /// Kept as retention, once it was paid.
    pub retained: Money,
    /// Moved to the re-consumption wallet, once it was paid.
    pub reconsume: Money,
    /// Paid out, once it was.
    pub net: Money,
    /// Where it stands.
    pub state: WithdrawalState,
    /// What happened to it, in order.
    pub steps: Vec<WithdrawalStep>,
}

/// A step of a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalStep {
    /// Where it stood after it; `requested` again where an approval was not the last that it needs.
    pub state: WithdrawalState,
    /// Whether it was an approval.
    pub is_approval: bool,
    /// Who sent the command.
    pub actor: String,
    /// When, and by which entry.
    pub moment: Moment,
}

/// Which withdrawals.
#[derive(Clone, Debug, Default)]
pub struct WithdrawalsQuery {
    /// Of the member with this id.
    pub member: Option<String>,
    /// Of the merchant with this id.
    pub merchant: Option<String>,
    /// In this state.
    pub state: Option<WithdrawalState>,
    /// Whose id is this.
    pub id: Option<String>,
    /// Those before this number.
    pub before: Option<u64>,
    /// At most so many; never more than [`ROWS_PAGE_MAX`].
    pub limit: usize,
}

/// Prices of a stretch of time in which there were entries that changed them. Money per point of the programme's beginning with 12
/// decimals: splits of the units do not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Where it begins.
    pub from: Timestamp,
    /// The first in it.
    pub first: String,
    /// The lowest.
    pub min: String,
    /// The highest.
    pub max: String,
    /// The last.
    pub last: String,
    /// The pool after the last.
    pub pool: Money,
    /// The points that there were then, in the units of then.
    pub supply: Points,
    /// How many of them members held.
    pub held: Points,
    /// The entry of the last.
    pub seq: u64,
}

/// A connection that reads the rows. Any number of them read beside the projector.
#[derive(Debug)]
pub struct ReadModels {
    database: Database,
}

impl ReadModels {
    /// For a programme whose projector has begun.
    pub fn open(files: &ProgrammeFiles) -> Result<ReadModels, StoreError> {
        Ok(ReadModels { database: files.disk.open_to_read(&files.rows())? })
    }

    /// Members, newest first.
    pub fn members(&self, query: &MembersQuery) -> Result<Vec<MemberRow>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(prefix) = &query.id_prefix {
            conditions.add("substr(m.id, 1, length(?)) = ?", [prefix, prefix]);
        }
        conditions.add_if("m.person = ?", &query.person);
        conditions.add_if("r.id = ?", &query.referrer);
        if let Some(rank) = query.rank {
            conditions.texts.push("m.rank > 0 AND m.rank = ?");
            conditions.values.push(Box::new(rank));
        }
        conditions.before("m.no", query.before);
        let select = "SELECT m.no, m.id, m.person, r.id, m.joined_us, m.suspended, m.seq \
                      FROM member m LEFT JOIN member r ON r.no = m.referrer";
        self.page(select, conditions, "m.no", query.limit, |row| {
            Ok(MemberRow {
                no: number(row, 0)?,
                id: row.get(1)?,
                person: row.get(2)?,
                referrer: row.get(3)?,
                joined_at: time(row, 4)?,
                suspended: row.get(5)?,
                seq: number(row, 6)?,
            })
        })
    }

    /// Orders, newest first.
    pub fn orders(&self, query: &OrdersQuery) -> Result<Vec<OrderRow>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(member) = &query.member {
            conditions.add("o.member = (SELECT no FROM member WHERE id = ?)", [member]);
        }
        if let Some(merchant) = &query.merchant {
            let of = "o.no IN (SELECT order_no FROM merchant_order WHERE merchant = (SELECT no FROM merchant WHERE id = ?))";
            conditions.add(of, [merchant]);
        }
        conditions.add_if("o.id = ?", &query.id);
        conditions.add_if("o.state = ?", &query.state.map(|state| state.name().to_owned()));
        conditions.before("o.no", query.before);
        let select = "SELECT o.no, o.id, m.id, o.state, o.amount, o.refunded, o.settles_us, placed_us, placed_seq, paid_us, \
                      paid_seq, shipped_us, shipped_seq, received_us, received_seq, settled_us, settled_seq, closed_us, \
                      closed_seq, refunded_us, refunded_seq FROM orders o JOIN member m ON m.no = o.member";
        self.page(select, conditions, "o.no", query.limit, |row| {
            Ok(OrderRow {
                no: number(row, 0)?,
                id: row.get(1)?,
                member: row.get(2)?,
                state: named(row, 3, ORDER_STATES, OrderState::name)?,
                amount: money(row, 4)?,
                refunded: money(row, 5)?,
                settles_at: row.get::<_, Option<i64>>(6)?.and_then(Timestamp::from_us),
                placed: Moment { at: time(row, 7)?, seq: number(row, 8)? },
                paid: moment(row, 9)?,
                shipped: moment(row, 11)?,
                received: moment(row, 13)?,
                settled: moment(row, 15)?,
                closed: moment(row, 17)?,
                refunded_fully: moment(row, 19)?,
            })
        })
    }

    /// The refunds of an order, in order.
    pub fn refunds(&self, order: &str) -> Result<Vec<RefundRow>, StoreError> {
        let select = "SELECT id, amount, us, seq FROM refund \
                      WHERE order_no = (SELECT no FROM orders WHERE id = ?1) ORDER BY rowid";
        self.rows(select, &[&order], |row| {
            let accepted = Moment { at: time(row, 2)?, seq: number(row, 3)? };
            Ok(RefundRow { id: row.get(0)?, amount: money(row, 1)?, accepted })
        })
    }

    /// What the orders of a member earned, newest first.
    pub fn mints(&self, member: &str, before: Option<u64>, limit: usize) -> Result<Vec<MintRow>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.add("t.member = (SELECT no FROM member WHERE id = ?)", [&member.to_owned()]);
        conditions.before("t.rowid", before);
        let select = "SELECT t.rowid, o.id, t.line - o.first_line, t.points, t.splits, t.contribution, t.us, t.seq, \
                      o.placed_us \
                      FROM mint t JOIN line l ON l.no = t.line JOIN orders o ON o.no = l.order_no";
        self.page(select, conditions, "t.rowid", limit, |row| {
            Ok(MintRow {
                no: number(row, 0)?,
                order: row.get(1)?,
                line: number(row, 2)?,
                points: points(row, 3)?,
                splits: row.get(4)?,
                contribution: money(row, 5)?,
                ordered_at: time(row, 8)?,
                minted: Moment { at: time(row, 6)?, seq: number(row, 7)? },
            })
        })
    }

    /// The orders of these lines, as far as they have settled, in the order of the lines asked for.
    pub fn settled_lines(&self, lines: &[LineNo]) -> Result<Vec<SettledLine>, StoreError> {
        let select = "SELECT o.id, o.placed_us, o.settled_us, o.settled_seq FROM line l JOIN orders o ON o.no = l.order_no \
                      WHERE l.no = ?1 AND o.settled_us IS NOT NULL";
        let mut found = Vec::with_capacity(lines.len());
        for line in lines {
            found.extend(self.rows(select, &[&line.0], |row| {
                Ok(SettledLine {
                    line: *line,
                    order: row.get(0)?,
                    ordered_at: time(row, 1)?,
                    settled: Moment { at: time(row, 2)?, seq: number(row, 3)? },
                })
            })?);
        }
        Ok(found)
    }

    /// What happened to the merchant with this id, in order.
    pub fn merchant_steps(&self, merchant: &str) -> Result<Vec<MerchantStep>, StoreError> {
        let select = "SELECT s.state, o.id, s.reason, s.actor, s.us, s.seq FROM merchant_step s \
                      LEFT JOIN orders o ON o.no = s.order_no \
                      WHERE s.merchant = (SELECT no FROM merchant WHERE id = ?1) ORDER BY s.rowid";
        self.rows(select, &[&merchant], |row| {
            Ok(MerchantStep {
                state: named(row, 0, MERCHANT_STATES, MerchantState::name)?,
                pack: row.get(1)?,
                reason: row.get(2)?,
                actor: row.get(3)?,
                moment: Moment { at: time(row, 4)?, seq: number(row, 5)? },
            })
        })
    }

    /// Withdrawals, newest first.
    pub fn withdrawals(&self, query: &WithdrawalsQuery) -> Result<Vec<WithdrawalRow>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(member) = &query.member {
            conditions.add("w.member = (SELECT no FROM member WHERE id = ?)", [member]);
        }
        if let Some(merchant) = &query.merchant {
            conditions.add("w.merchant = (SELECT no FROM merchant WHERE id = ?)", [merchant]);
        }
        conditions.add_if("w.id = ?", &query.id);
        conditions.add_if("w.state = ?", &query.state.map(|state| state.name().to_owned()));
        conditions.before("w.no", query.before);
        let select = "SELECT w.no, w.id, m.id, s.id, w.amount, w.fee, w.retained, w.reconsume, w.net, w.state \
                      FROM withdrawal w LEFT JOIN member m ON m.no = w.member LEFT JOIN merchant s ON s.no = w.merchant";
        let mut found = self.page(select, conditions, "w.no", query.limit, |row| {
            let payee = match (row.get::<_, Option<String>>(2)?, row.get::<_, Option<String>>(3)?) {
                (Some(member), _) => Payee::Member(member),
                (None, Some(merchant)) => Payee::Merchant(merchant),
                (None, None) => Payee::Operator,
            };
            Ok(WithdrawalRow {
                no: number(row, 0)?,
                id: row.get(1)?,
                payee,
                amount: money(row, 4)?,
                fee: money(row, 5)?,
                retained: money(row, 6)?,
                reconsume: money(row, 7)?,
                net: money(row, 8)?,
                state: named(row, 9, WITHDRAWAL_STATES, WithdrawalState::name)?,
                steps: Vec::new(),
            })
        })?;
        for withdrawal in &mut found {
            withdrawal.steps = self.steps(withdrawal.no)?;
        }
        Ok(found)
    }

    fn steps(&self, withdrawal: u64) -> Result<Vec<WithdrawalStep>, StoreError> {
        let select = "SELECT state, is_approval, actor, us, seq FROM withdrawal_step WHERE withdrawal = ?1 ORDER BY rowid";
        self.rows(select, &[&withdrawal.cast_signed()], |row| {
            Ok(WithdrawalStep {
                state: named(row, 0, WITHDRAWAL_STATES, WithdrawalState::name)?,
                is_approval: row.get(1)?,
                actor: row.get(2)?,
                moment: Moment { at: time(row, 3)?, seq: number(row, 4)? },
            })
        })
    }

    /// The price from one moment until another, in at most so many buckets of the same length; at most [`BUCKETS_MAX`]. Those in
    /// which nothing happened are left out, and the last price before them goes on.
    pub fn prices(
        &self,
        from: Timestamp,
        until: Timestamp,
        buckets: usize,
    ) -> Result<Vec<Bucket>, StoreError> {
        let buckets = i64::try_from(buckets.clamp(1, BUCKETS_MAX)).unwrap_or(1);
        let span = until.us().saturating_sub(from.us());
        let length = (span / buckets / BUCKET_US + 1) * BUCKET_US;
        let select = format!("{BUCKETS} WHERE us >= ?1 AND us < ?2 ORDER BY us");
        // The bucket in which it begins is shown as a whole.
        let first = from.us().div_euclid(BUCKET_US) * BUCKET_US;
        let minutes = self.rows(&select, &[&first, &until.us()], bucket)?;
        let mut merged: Vec<Bucket> = Vec::new();
        for minute in minutes {
            let start = (minute.from.us() - first).div_euclid(length) * length + first;
            let start = Timestamp::from_us(start).unwrap_or(Timestamp::MIN);
            match merged.last_mut().filter(|bucket| bucket.from == start) {
                Some(bucket) => bucket.extend(minute),
                None => merged.push(Bucket { from: start, ..minute }),
            }
        }
        Ok(merged)
    }

    /// Closes of days that did something, newest first, those before a time.
    pub fn closes(&self, before: Option<Timestamp>, limit: usize) -> Result<Vec<CloseRow>, StoreError> {
        let select = format!(
            "SELECT us, seq, members, released, paid, accelerated, accelerated_paid, shortfall, value_units, amount, to_members, \
             to_platform, to_ranks, unissued, rank_changes, guide_released, guide_issued FROM close WHERE us < ?1 \
             ORDER BY us DESC LIMIT {}",
            limit.min(ROWS_PAGE_MAX)
        );
        let before = before.unwrap_or(Timestamp::MAX).us();
        self.rows(&select, &[&before], |row| {
            let sum = |at| points(row, at).map(Points::units);
            let money = |at| Money::from_wide(sum(at)?).ok_or(rusqlite::Error::InvalidQuery);
            Ok(CloseRow {
                closed: Moment { at: time(row, 0)?, seq: number(row, 1)? },
                members: sum(2)?,
                released: points(row, 3)?,
                paid: money(4)?,
                accelerated: points(row, 5)?,
                accelerated_paid: money(6)?,
                shortfall: money(7)?,
                value_units: points(row, 8)?,
                amount: points(row, 9)?,
                to_members: points(row, 10)?,
                to_platform: points(row, 11)?,
                to_ranks: points(row, 12)?,
                unissued: points(row, 13)?,
                rank_changes: sum(14)?,
                guide_released: points(row, 15)?,
                guide_issued: points(row, 16)?,
            })
        })
    }

    /// How many entries the rows are made from.
    pub fn entries(&self) -> Result<u64, StoreError> {
        let read =
            self.database.connection.query_row("SELECT entries FROM checkpoint", [], |row| number(row, 0));
        read.map_err(|error| self.database.error(&error))
    }

    fn page<T>(
        &self,
        select: &str,
        conditions: Conditions,
        newest: &str,
        limit: usize,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let Conditions { texts, values } = conditions;
        let conditions =
            if texts.is_empty() { String::new() } else { format!(" WHERE {}", texts.join(" AND ")) };
        let select =
            format!("{select}{conditions} ORDER BY {newest} DESC LIMIT {}", limit.min(ROWS_PAGE_MAX));
        let values: Vec<&dyn ToSql> = values.iter().map(|value| &**value).collect();
        self.rows(&select, &values, read)
    }

    fn rows<T>(
        &self,
        select: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let found = || {
            let mut statement = self.database.connection.prepare_cached(select)?;
            statement.query_map(params_from_iter(values), read)?.collect::<Result<Vec<_>, _>>()
        };
        found().map_err(|error| self.database.error(&error))
    }
}

impl Bucket {
    /// Takes what came later up.
    fn extend(&mut self, later: Bucket) {
        if is_less(&later.min, &self.min) {
            self.min = later.min;
        }
        if is_less(&self.max, &later.max) {
            self.max = later.max;
        }
        (self.last, self.seq) = (later.last, later.seq);
        (self.pool, self.supply, self.held) = (later.pool, later.supply, later.held);
    }
}

/// Compares prices, which all have 12 decimals and no zeros in front but one.
fn is_less(one: &str, other: &str) -> bool {
    (one.len(), one) < (other.len(), other)
}

/// What rows have to fulfil.
#[derive(Default)]
struct Conditions {
    texts: Vec<&'static str>,
    values: Vec<Box<dyn ToSql>>,
}

impl Conditions {
    fn add<const N: usize>(&mut self, text: &'static str, values: [&String; N]) {
        self.texts.push(text);
        self.values.extend(values.map(|value| Box::new(value.clone()) as Box<dyn ToSql>));
    }

    fn add_if(&mut self, text: &'static str, value: &Option<String>) {
        if let Some(value) = value {
            self.add(text, [value]);
        }
    }

    fn before(&mut self, column: &'static str, before: Option<u64>) {
        if let Some(before) = before {
            self.texts.push(match column {
                "m.no" => "m.no < ?",
                "o.no" => "o.no < ?",
                "w.no" => "w.no < ?",
                "f.no" => "f.no < ?",
                _ => "t.rowid < ?",
            });
            self.values.push(Box::new(i64::try_from(before).unwrap_or(i64::MAX)));
        }
    }
}

const ORDER_STATES: &[OrderState] = &[
    OrderState::Placed,
    OrderState::Paid,
    OrderState::Shipped,
    OrderState::Received,
    OrderState::Settled,
    OrderState::Closed,
    OrderState::Refunded,
];

const MERCHANT_STATES: &[MerchantState] =
    &[MerchantState::Applied, MerchantState::Approved, MerchantState::Rejected, MerchantState::Suspended];

const WITHDRAWAL_STATES: &[WithdrawalState] = &[
    WithdrawalState::Requested,
    WithdrawalState::Approved,
    WithdrawalState::Sent,
    WithdrawalState::Unknown,
    WithdrawalState::Paid,
    WithdrawalState::Failed,
    WithdrawalState::Rejected,
];

fn named<T: Copy>(
    row: &Row<'_>,
    at: usize,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    all.iter().copied().find(|one| name(*one) == text).ok_or(rusqlite::Error::InvalidQuery)
}

fn number(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(i64::cast_unsigned)
}

fn time(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_us(row.get(at)?).ok_or(rusqlite::Error::InvalidQuery)
}

fn moment(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Moment>> {
    let Some(us) = row.get::<_, Option<i64>>(at)? else { return Ok(None) };
    let at_time = Timestamp::from_us(us).ok_or(rusqlite::Error::InvalidQuery)?;
    Ok(Some(Moment { at: at_time, seq: number(row, at + 1)? }))
}

fn money(row: &Row<'_>, at: usize) -> rusqlite::Result<Money> {
    Money::from_wide(u128::from(number(row, at)?)).ok_or(rusqlite::Error::InvalidQuery)
}

/// Units as a text: SQLite's numbers are too short for them.
fn points(row: &Row<'_>, at: usize) -> rusqlite::Result<Points> {
    let units: String = row.get(at)?;
    units.parse().map(Points::from_units).map_err(|_| rusqlite::Error::InvalidQuery)
}

/// What [`bucket`] reads.
const BUCKETS: &str = "SELECT us, first, min, max, last, pool, supply, held, seq FROM price";

fn bucket(row: &Row<'_>) -> rusqlite::Result<Bucket> {
    Ok(Bucket {
        from: time(row, 0)?,
        first: row.get(1)?,
        min: row.get(2)?,
        max: row.get(3)?,
        last: row.get(4)?,
        pool: money(row, 5)?,
        supply: points(row, 6)?,
        held: points(row, 7)?,
        seq: number(row, 8)?,
    })
}

/// The name of an actor of due work.
fn actor(actor: Option<&Id>) -> &str {
    actor.map_or("system", Id::as_str)
}
