//! Agents and their income, shareholders and dividends, changes of ranks (COMM-4, COMM-5, RANK-2).

use ratchet_engine::amount::Money;
use ratchet_engine::region::Region;
use ratchet_engine::time::Timestamp;
use rusqlite::{Row, ToSql};

use super::{Conditions, Moment, ROWS_PAGE_MAX, ReadModels, moment, money, number, time};
use crate::fault::StoreError;

/// A member as agent of a territory (COMM-4a).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencyRow {
    /// In the order of appointment, from 1.
    pub no: u64,
    /// Outside id of the member.
    pub member: String,
    /// Whose position that is.
    pub person: Option<String>,
    /// Where.
    pub territory: Region,
    /// Who appointed it.
    pub actor: String,
    /// When, and by which entry.
    pub since: Moment,
    /// When it was dismissed.
    pub ended: Option<Moment>,
    /// Earned as agent so far, in all its territories; late refunds are taken off.
    pub earned: i64,
}

/// Which agents.
#[derive(Clone, Debug, Default)]
pub struct AgentsQuery {
    /// Of the member with this id.
    pub member: Option<String>,
    /// Of this territory and those in it.
    pub territory: Option<Region>,
    /// Also those that were dismissed.
    pub ended: bool,
    /// Those before this number.
    pub before: Option<u64>,
    /// At most so many; never more than [`ROWS_PAGE_MAX`].
    pub limit: usize,
}

/// What an order paid to an agent, or a late refund of it took back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentIncomeRow {
    /// In their order, from 1.
    pub no: u64,
    /// Outside id of the order.
    pub order: String,
    /// `district`, `city` or `province`.
    pub kind: String,
    /// Below zero if it was taken back.
    pub amount: i64,
    /// When, and by which entry.
    pub moment: Moment,
}

/// A shareholder's weight (COMM-5a).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareholderRow {
    /// The member's number.
    pub no: u64,
    /// Outside id of the member.
    pub member: String,
    /// Whose position that is.
    pub person: Option<String>,
    /// In millionths; 0 if it was taken away.
    pub weight: u64,
    /// Who set it.
    pub actor: String,
    /// When, and by which entry.
    pub since: Moment,
    /// All dividends so far.
    pub received: Money,
}

/// The end of a dividend's period (COMM-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DividendRow {
    /// From 1.
    pub no: u64,
    /// Bases settled less bases refunded late, in the period.
    pub base: i64,
    /// What earlier periods had left to be made up.
    pub deficit_before: Money,
    /// What is left of that after it.
    pub deficit: Money,
    /// What the fund added to the pot.
    pub added: Money,
    /// What there was to share.
    pub pot: Money,
    /// Weights of all, in millionths.
    pub weight: u128,
    /// How many had one.
    pub holders: u64,
    /// What they were paid; the rest stays in the pot.
    pub paid: Money,
    /// The end of the period before; `None` of the first.
    pub from: Option<Timestamp>,
    /// When, and by which entry.
    pub moment: Moment,
}

/// A shareholder's part of a dividend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DividendShareRow {
    /// In their order, from 1.
    pub no: u64,
    /// Of which dividend.
    pub dividend: DividendRow,
    /// Its weight then, in millionths.
    pub weight: u64,
    /// What it was paid.
    pub amount: Money,
    /// By which entry.
    pub seq: u64,
}

/// A member's rank became another (RANK-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankChangeRow {
    /// In their order, from 1.
    pub no: u64,
    /// Outside id of the member.
    pub member: String,
    /// Whose position that is.
    pub person: Option<String>,
    /// Place in the plan and 1; 0 without rank.
    pub from: u32,
    /// The same, from then on.
    pub to: u32,
    /// Team volume as it was counted.
    pub team_volume: Money,
    /// Legs that contained each of the ranks that some rank asked then, those from the lowest to the highest.
    pub legs: Vec<u32>,
    /// When, and by which entry.
    pub moment: Moment,
}

/// What [`dividend`] reads.
const DIVIDEND: &str = "d.rowid, d.base, coalesce(b.deficit, 0), d.deficit, d.added, d.pot, d.weight, d.holders, d.paid, b.us, d.us, \
                        d.seq FROM dividend d LEFT JOIN dividend b ON b.rowid = d.rowid - 1";

fn dividend(row: &Row<'_>, at: usize) -> rusqlite::Result<DividendRow> {
    let weight: String = row.get(at + 6)?;
    Ok(DividendRow {
        no: number(row, at)?,
        base: row.get(at + 1)?,
        deficit_before: money(row, at + 2)?,
        deficit: money(row, at + 3)?,
        added: money(row, at + 4)?,
        pot: money(row, at + 5)?,
        weight: weight.parse().map_err(|_| rusqlite::Error::InvalidQuery)?,
        holders: number(row, at + 7)?,
        paid: money(row, at + 8)?,
        from: row.get::<_, Option<i64>>(at + 9)?.and_then(Timestamp::from_us),
        moment: Moment { at: time(row, at + 10)?, seq: number(row, at + 11)? },
    })
}

impl ReadModels {
    /// Agents, those appointed last first.
    pub fn agents(&self, query: &AgentsQuery) -> Result<Vec<AgencyRow>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(member) = &query.member {
            conditions.add("t.member = (SELECT no FROM member WHERE id = ?)", [member]);
        }
        if let Some(territory) = query.territory {
            let (code, least) = (territory.code(), |part: u32| territory.code().is_multiple_of(part));
            let last = code
                + if least(10_000) {
                    9_999
                } else if least(100) {
                    99
                } else {
                    0
                };
            conditions.texts.push("t.territory BETWEEN ? AND ?");
            conditions.values.extend([Box::new(code) as Box<dyn ToSql>, Box::new(last)]);
        }
        if !query.ended {
            conditions.texts.push("t.ended_us IS NULL");
        }
        conditions.before("t.rowid", query.before);
        let select = "SELECT t.rowid, m.id, m.person, t.territory, t.actor, t.us, t.seq, t.ended_us, t.ended_seq, \
                      (SELECT coalesce(sum(amount), 0) FROM agent_income i WHERE i.member = t.member) \
                      FROM agency t JOIN member m ON m.no = t.member";
        self.page(select, conditions, "t.rowid", query.limit, |row| {
            Ok(AgencyRow {
                no: number(row, 0)?,
                member: row.get(1)?,
                person: row.get(2)?,
                territory: Region::from_code(row.get(3)?).ok_or(rusqlite::Error::InvalidQuery)?,
                actor: row.get(4)?,
                since: Moment { at: time(row, 5)?, seq: number(row, 6)? },
                ended: moment(row, 7)?,
                earned: row.get(9)?,
            })
        })
    }

    /// What orders paid to a member as agent, newest first.
    pub fn agent_income(
        &self,
        member: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AgentIncomeRow>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.add("t.member = (SELECT no FROM member WHERE id = ?)", [&member.to_owned()]);
        conditions.before("t.rowid", before);
        let select = "SELECT t.rowid, o.id, t.kind, t.amount, t.us, t.seq FROM agent_income t JOIN orders o ON o.no = t.order_no";
        self.page(select, conditions, "t.rowid", limit, |row| {
            Ok(AgentIncomeRow {
                no: number(row, 0)?,
                order: row.get(1)?,
                kind: row.get(2)?,
                amount: row.get(3)?,
                moment: Moment { at: time(row, 4)?, seq: number(row, 5)? },
            })
        })
    }

    /// What orders paid to a member as agent so far, by kind, with how many orders those are; late refunds are taken off.
    pub fn agent_earned(&self, member: &str) -> Result<Vec<(String, i64, u64)>, StoreError> {
        let select = "SELECT kind, sum(amount), count(DISTINCT order_no) FROM agent_income \
                      WHERE member = (SELECT no FROM member WHERE id = ?1) GROUP BY kind ORDER BY kind";
        self.rows(select, &[&member], |row| Ok((row.get(0)?, row.get(1)?, number(row, 2)?)))
    }

    /// Those who have a weight in the dividend, by member or all, in joining order from the youngest.
    pub fn shareholders(
        &self,
        member: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<ShareholderRow>, StoreError> {
        let mut conditions = Conditions::default();
        match member {
            Some(member) => conditions.add("m.id = ?", [&member.to_owned()]),
            None => conditions.texts.push("s.weight > 0"),
        }
        conditions.before("m.no", before);
        let select = "SELECT m.no, m.id, m.person, s.weight, s.actor, s.us, s.seq, \
                      (SELECT coalesce(sum(amount), 0) FROM dividend_share h WHERE h.member = s.member) \
                      FROM shareholder s JOIN member m ON m.no = s.member";
        self.page(select, conditions, "m.no", limit, |row| {
            Ok(ShareholderRow {
                no: number(row, 0)?,
                member: row.get(1)?,
                person: row.get(2)?,
                weight: number(row, 3)?,
                actor: row.get(4)?,
                since: Moment { at: time(row, 5)?, seq: number(row, 6)? },
                received: money(row, 7)?,
            })
        })
    }

    /// Ends of periods, newest first.
    pub fn dividends(&self, before: Option<u64>, limit: usize) -> Result<Vec<DividendRow>, StoreError> {
        let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        let select = format!(
            "SELECT {DIVIDEND} WHERE d.rowid < ?1 ORDER BY d.rowid DESC LIMIT {}",
            limit.min(ROWS_PAGE_MAX)
        );
        self.rows(&select, &[&before], |row| dividend(row, 0))
    }

    /// A member's parts of dividends, newest first.
    pub fn dividend_shares(
        &self,
        member: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DividendShareRow>, StoreError> {
        let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        let select = format!(
            "SELECT h.rowid, h.weight, h.amount, h.seq, {DIVIDEND} JOIN dividend_share h ON h.dividend = d.rowid \
             WHERE h.member = (SELECT no FROM member WHERE id = ?1) AND h.rowid < ?2 ORDER BY h.rowid DESC LIMIT {}",
            limit.min(ROWS_PAGE_MAX)
        );
        self.rows(&select, &[&member, &before], |row| {
            Ok(DividendShareRow {
                no: number(row, 0)?,
                weight: number(row, 1)?,
                amount: money(row, 2)?,
                seq: number(row, 3)?,
                dividend: dividend(row, 4)?,
            })
        })
    }

    /// Changes of ranks, newest first: of a member, and of a stretch of time.
    pub fn rank_changes(
        &self,
        member: Option<&str>,
        between: Option<(Timestamp, Timestamp)>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<RankChangeRow>, StoreError> {
        let mut conditions = Conditions::default();
        if let Some(member) = member {
            conditions.add("t.member = (SELECT no FROM member WHERE id = ?)", [&member.to_owned()]);
        }
        if let Some((from, until)) = between {
            conditions.texts.push("t.us >= ? AND t.us < ?");
            conditions.values.extend([Box::new(from.us()) as Box<dyn ToSql>, Box::new(until.us())]);
        }
        conditions.before("t.rowid", before);
        let select = "SELECT t.rowid, m.id, m.person, t.rank_from, t.rank_to, t.team_volume, t.legs, t.us, t.seq \
                      FROM rank_change t JOIN member m ON m.no = t.member";
        self.page(select, conditions, "t.rowid", limit, |row| {
            let legs: String = row.get(6)?;
            let legs: Result<Vec<u32>, _> =
                legs.split(',').filter(|text| !text.is_empty()).map(str::parse).collect();
            Ok(RankChangeRow {
                no: number(row, 0)?,
                member: row.get(1)?,
                person: row.get(2)?,
                from: row.get(3)?,
                to: row.get(4)?,
                team_volume: money(row, 5)?,
                legs: legs.map_err(|_| rusqlite::Error::InvalidQuery)?,
                moment: Moment { at: time(row, 7)?, seq: number(row, 8)? },
            })
        })
    }
}
