//! Finding things by their ids, and what happened to one member.

use ratchet_engine::amount::Money;

use super::{Moment, ROWS_PAGE_MAX, ReadModels, money, number, time};
use crate::fault::StoreError;

/// A thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Its id.
    pub id: String,
    /// Outside id of the member whose it is; of a member none.
    pub member: Option<String>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundKind {
    /// A member.
    Member,
    /// An order.
    Order,
    /// A withdrawal.
    Withdrawal,
}

/// What an entry did that concerns a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEvent {
    /// The entry.
    pub seq: u64,
    /// `joined`, a step of an order (`placed`, `paid`, …, `refund`), or `withdrawal.` and the state that it came to.
    pub what: String,
    /// The member, the order or the withdrawal that it is about.
    pub subject: String,
}

/// A refund, of whichever order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundListed {
    /// In the order in which they were accepted, from 1.
    pub no: u64,
    /// Outside id.
    pub id: String,
    /// Outside id of the order.
    pub order: String,
    /// Outside id of the buyer.
    pub member: String,
    /// Given back, in whatever way it was paid.
    pub amount: Money,
    /// When, and by which entry.
    pub accepted: Moment,
    /// Whether the order had become final before.
    pub late: bool,
}

impl ReadModels {
    /// Things of a kind whose id begins so, in the order of their ids. The whole id comes first, being the shortest.
    pub fn find(&self, kind: FoundKind, prefix: &str, limit: usize) -> Result<Vec<Found>, StoreError> {
        // Ids are ASCII: no id that begins so comes after this.
        let end = format!("{prefix}\u{7f}");
        let select = match kind {
            FoundKind::Member => {
                "SELECT id, NULL FROM member WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3"
            }
            FoundKind::Order => {
                "SELECT o.id, m.id FROM orders o JOIN member m ON m.no = o.member \
                 WHERE o.id >= ?1 AND o.id < ?2 ORDER BY o.id LIMIT ?3"
            }
            FoundKind::Withdrawal => {
                "SELECT w.id, m.id FROM withdrawal w LEFT JOIN member m ON m.no = w.member \
                 WHERE w.id >= ?1 AND w.id < ?2 ORDER BY w.id LIMIT ?3"
            }
        };
        let limit = i64::try_from(limit.min(ROWS_PAGE_MAX)).unwrap_or(i64::MAX);
        self.rows(select, &[&prefix, &end, &limit], |row| {
            Ok(Found { kind, id: row.get(0)?, member: row.get(1)? })
        })
    }

    /// What entries before one (or the newest) did that concerns a member, newest first: its joining, its orders, its withdrawals. What
    /// moves its accounts besides stands in their movements.
    pub fn of_member(
        &self,
        member: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<MemberEvent>, StoreError> {
        let select = "WITH own AS (SELECT * FROM orders WHERE member = (SELECT no FROM member WHERE id = ?1)) \
            SELECT seq, what, subject FROM ( \
            SELECT seq, 'joined' AS what, id AS subject FROM member WHERE id = ?1 \
            UNION ALL SELECT placed_seq, 'placed', id FROM own \
            UNION ALL SELECT paid_seq, 'paid', id FROM own \
            UNION ALL SELECT shipped_seq, 'shipped', id FROM own \
            UNION ALL SELECT received_seq, 'received', id FROM own \
            UNION ALL SELECT settled_seq, 'settled', id FROM own \
            UNION ALL SELECT closed_seq, 'closed', id FROM own \
            UNION ALL SELECT r.seq, 'refund', own.id FROM own JOIN refund r ON r.order_no = own.no \
            UNION ALL SELECT s.seq, 'withdrawal.' || CASE WHEN s.is_approval THEN 'approved' ELSE s.state END, w.id \
              FROM withdrawal w JOIN withdrawal_step s ON s.withdrawal = w.no \
              WHERE w.member = (SELECT no FROM member WHERE id = ?1) \
            ) WHERE seq IS NOT NULL AND seq < ?2 ORDER BY seq DESC LIMIT ?3";
        let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows(select, &[&member, &before, &limit], |row| {
            Ok(MemberEvent { seq: number(row, 0)?, what: row.get(1)?, subject: row.get(2)? })
        })
    }

    /// Refunds of all orders before a number (or the newest), newest first.
    pub fn all_refunds(&self, before: Option<u64>, limit: usize) -> Result<Vec<RefundListed>, StoreError> {
        let select = "SELECT r.rowid, r.id, o.id, m.id, r.amount, r.us, r.seq, \
                      o.settled_seq IS NOT NULL AND o.settled_seq < r.seq FROM refund r JOIN orders o ON o.no = r.order_no \
                      JOIN member m ON m.no = o.member WHERE r.rowid < ?1 ORDER BY r.rowid DESC LIMIT ?2";
        let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        let limit = i64::try_from(limit.min(ROWS_PAGE_MAX)).unwrap_or(i64::MAX);
        self.rows(select, &[&before, &limit], |row| {
            Ok(RefundListed {
                no: number(row, 0)?,
                id: row.get(1)?,
                order: row.get(2)?,
                member: row.get(3)?,
                amount: money(row, 4)?,
                accepted: Moment { at: time(row, 5)?, seq: number(row, 6)? },
                late: row.get(7)?,
            })
        })
    }
}
