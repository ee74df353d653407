//! The internal market: offers with what became of them, trades, halts (MKT-1, MKT-2).

use ratchet_engine::amount::Money;
use ratchet_engine::command::{Side, TimeInForce};

use super::{Conditions, Moment, ReadModels, moment, money, named, number, time};
use crate::fault::StoreError;

/// Where an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferStanding {
    /// It is in the book.
    Open,
    /// All its lots were filled.
    Filled,
    /// What was not filled at once was given up, as it was meant to be (IOC).
    Unfilled,
    /// It was cancelled, or ended with the programme.
    Cancelled,
}

impl OfferStanding {
    /// All of them.
    pub const ALL: &'static [OfferStanding] =
        &[OfferStanding::Open, OfferStanding::Filled, OfferStanding::Unfilled, OfferStanding::Cancelled];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            OfferStanding::Open => "open",
            OfferStanding::Filled => "filled",
            OfferStanding::Unfilled => "unfilled",
            OfferStanding::Cancelled => "cancelled",
        }
    }
}

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// In the order in which they were made, from 0.
    pub no: u64,
    /// Outside id.
    pub id: String,
    /// Outside id of its member.
    pub member: String,
    /// Buys or sells.
    pub side: Side,
    /// What happened to what was not filled at once.
    pub time_in_force: TimeInForce,
    /// For one lot.
    pub price: Money,
    /// Lots.
    pub lots: u64,
    /// Lots that are not filled.
    pub remaining: u64,
    /// Money that it held at first; nothing for a seller.
    pub held: Money,
    /// Money that it holds.
    pub hold: Money,
    /// What its lots cost or brought so far, before fees.
    pub traded: Money,
    /// Fees so far.
    pub fees: Money,
    /// Where it stands.
    pub state: OfferStanding,
    /// When it was made.
    pub made: Moment,
    /// When it ended.
    pub ended: Option<Moment>,
    /// Who ended it before it was filled.
    pub ended_by: Option<String>,
}

/// Which offers.
#[derive(Clone, Debug, Default)]
pub struct OffersQuery {
    /// Of the member with this id.
    pub member: Option<String>,
    /// Whose id is this.
    pub id: Option<String>,
    /// That are in the book, or that have ended.
    pub open: Option<bool>,
    /// Those before this number.
    pub before: Option<u64>,
    /// At most so many; never more than [`super::ROWS_PAGE_MAX`].
    pub limit: usize,
}

/// Two offers met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeRow {
    /// In the order in which they happened, from 1.
    pub no: u64,
    /// The buyer's offer, and outside id of the buyer.
    pub bought: (String, String),
    /// The seller's.
    pub sold: (String, String),
    /// The side of the later offer.
    pub taker: Side,
    /// For one lot: the earlier offer's.
    pub price: Money,
    /// Lots.
    pub lots: u64,
    /// What they cost.
    pub amount: Money,
    /// What the buyer paid besides.
    pub buyer_fee: Money,
    /// What was kept of what the seller got.
    pub seller_fee: Money,
    /// When, and by which entry.
    pub moment: Moment,
}

/// The market took no offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaltRow {
    /// Why.
    pub reason: String,
    /// Who halted it.
    pub actor: String,
    /// When it began.
    pub began: Moment,
    /// When it ended.
    pub resumed: Option<Moment>,
}

impl ReadModels {
    /// Offers, newest first.
    pub fn offers(&self, query: &OffersQuery) -> Result<Vec<OfferRow>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(member) = &query.member {
            conditions.add("f.member = (SELECT no FROM member WHERE id = ?)", [member]);
        }
        conditions.add_if("f.id = ?", &query.id);
        if let Some(open) = query.open {
            let state = if open { "f.state = ?" } else { "f.state <> ?" };
            conditions.add(state, [&OfferStanding::Open.name().to_owned()]);
        }
        conditions.before("f.no", query.before);
        let select = "SELECT f.no, f.id, m.id, f.side, f.time_in_force, f.price, f.lots, f.remaining, f.held, f.hold, f.traded, \
                      f.fees, f.state, f.us, f.seq, f.ended_us, f.ended_seq, f.ended_by \
                      FROM offer f JOIN member m ON m.no = f.member";
        self.page(select, conditions, "f.no", query.limit, |row| {
            Ok(OfferRow {
                no: number(row, 0)?,
                id: row.get(1)?,
                member: row.get(2)?,
                side: side_named(&row.get::<_, String>(3)?)?,
                time_in_force: named(row, 4, TIMES_IN_FORCE, name_of_time_in_force)?,
                price: money(row, 5)?,
                lots: number(row, 6)?,
                remaining: number(row, 7)?,
                held: money(row, 8)?,
                hold: money(row, 9)?,
                traded: money(row, 10)?,
                fees: money(row, 11)?,
                state: named(row, 12, OfferStanding::ALL, OfferStanding::name)?,
                made: Moment { at: time(row, 13)?, seq: number(row, 14)? },
                ended: moment(row, 15)?,
                ended_by: row.get(17)?,
            })
        })
    }

    /// Trades, newest first; of a member those that it bought or sold in.
    pub fn trades(
        &self,
        member: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<TradeRow>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(member) = member {
            let member = member.to_owned();
            let own = "(t.buyer = (SELECT no FROM member WHERE id = ?) OR t.seller = (SELECT no FROM member WHERE id = ?))";
            conditions.add(own, [&member, &member]);
        }
        conditions.before("t.rowid", before);
        let select = "SELECT t.rowid, b.id, bm.id, s.id, sm.id, t.taker, t.price, t.lots, t.amount, t.buyer_fee, t.seller_fee, \
                      t.us, t.seq FROM trade t JOIN offer b ON b.no = t.bought JOIN offer s ON s.no = t.sold \
                      JOIN member bm ON bm.no = t.buyer JOIN member sm ON sm.no = t.seller";
        self.page(select, conditions, "t.rowid", limit, |row| {
            Ok(TradeRow {
                no: number(row, 0)?,
                bought: (row.get(1)?, row.get(2)?),
                sold: (row.get(3)?, row.get(4)?),
                taker: side_named(&row.get::<_, String>(5)?)?,
                price: money(row, 6)?,
                lots: number(row, 7)?,
                amount: money(row, 8)?,
                buyer_fee: money(row, 9)?,
                seller_fee: money(row, 10)?,
                moment: Moment { at: time(row, 11)?, seq: number(row, 12)? },
            })
        })
    }

    /// The halt that has not ended.
    pub fn open_halt(&self) -> Result<Option<HaltRow>, StoreError> {
        let select = "SELECT reason, actor, us, seq, resumed_us, resumed_seq FROM halt \
                      WHERE resumed_seq IS NULL ORDER BY rowid DESC LIMIT 1";
        let mut found = self.rows(select, &[], |row| {
            Ok(HaltRow {
                reason: row.get(0)?,
                actor: row.get(1)?,
                began: Moment { at: time(row, 2)?, seq: number(row, 3)? },
                resumed: moment(row, 4)?,
            })
        })?;
        Ok(found.pop())
    }
}

const TIMES_IN_FORCE: &[TimeInForce] = &[TimeInForce::Gtc, TimeInForce::Ioc, TimeInForce::Fok];

pub(super) fn name_of_time_in_force(time_in_force: TimeInForce) -> &'static str {
    match time_in_force {
        TimeInForce::Gtc => "gtc",
        TimeInForce::Ioc => "ioc",
        TimeInForce::Fok => "fok",
    }
}

pub(super) fn name_of_side(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

pub(super) fn side_named(name: &str) -> rusqlite::Result<Side> {
    let found = Side::NAMED.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, side)| side).ok_or(rusqlite::Error::InvalidQuery)
}
