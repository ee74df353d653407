//! The home page's blocks, and notices.

use super::Tables;
use crate::fault::StoreError;

/// What the operator tells everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    /// Its id.
    pub id: String,
    /// Its place among those of the programme, from 1; set by the tables.
    pub number: i64,
    /// What it is about, in Chinese and English.
    pub title: [String; 2],
    /// What it says.
    pub text: [String; 2],
    /// From when, by the programme's clock.
    pub begins: i64,
    /// Until when; without end if absent.
    pub ends: Option<i64>,
}

const COLUMNS: &str = "id, number, title_zh, title_en, text_zh, text_en, begins, ends";

impl Tables<'_> {
    /// The home page's blocks as JSON, if somebody arranged them.
    pub fn home(&self, programme: &str) -> Result<Option<String>, StoreError> {
        self.one("SELECT blocks FROM home WHERE programme = ?1", [programme], |row| row.get(0))
    }

    /// Makes these the home page's blocks; none at all makes it the standard page again.
    pub fn put_home(&self, tenant: &str, programme: &str, blocks: Option<&str>) -> Result<(), StoreError> {
        let Some(blocks) = blocks else {
            return self.execute("DELETE FROM home WHERE programme = ?1", [programme]).map(drop);
        };
        let put = "INSERT INTO home (programme, tenant, blocks) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (programme) DO UPDATE SET blocks = ?3";
        self.execute(put, (programme, tenant, blocks)).map(drop)
    }

    /// Notices within their time, newest first.
    pub fn notices_at(&self, programme: &str, now: i64, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        let find = format!(
            "SELECT {COLUMNS} FROM notice WHERE programme = ?1 AND begins <= ?2 AND (ends IS NULL OR ends > ?2) \
             ORDER BY begins DESC, number DESC LIMIT ?3"
        );
        self.all(&find, (programme, now, i64::try_from(limit).unwrap_or(i64::MAX)), notice_row)
    }

    /// All notices, past and to come, the one made last first and before a number.
    pub fn notices(
        &self,
        programme: &str,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<NoticeRow>, StoreError> {
        let find = format!(
            "SELECT {COLUMNS} FROM notice WHERE programme = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(&find, (programme, before.unwrap_or(i64::MAX), limit), notice_row)
    }

    /// A notice.
    pub fn notice(&self, programme: &str, id: &str) -> Result<Option<NoticeRow>, StoreError> {
        let find = format!("SELECT {COLUMNS} FROM notice WHERE programme = ?1 AND id = ?2");
        self.one(&find, (programme, id), notice_row)
    }

    /// Publishes a notice, or changes the one with this id, which keeps its place.
    pub fn put_notice(&self, tenant: &str, programme: &str, notice: &NoticeRow) -> Result<(), StoreError> {
        let put = "INSERT INTO notice (programme, id, number, tenant, title_zh, title_en, text_zh, text_en, begins, ends) \
                   VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM notice WHERE programme = ?1), ?3, ?4, ?5, ?6, \
                   ?7, ?8, ?9) ON CONFLICT (programme, id) DO UPDATE SET title_zh = ?4, title_en = ?5, text_zh = ?6, \
                   text_en = ?7, begins = ?8, ends = ?9";
        let NoticeRow { id, title: [zh, en], text: [text_zh, text_en], begins, ends, .. } = notice;
        self.execute(put, (programme, id, tenant, zh, en, text_zh, text_en, begins, ends)).map(drop)
    }

    /// Takes a notice away.
    pub fn remove_notice(&self, programme: &str, id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM notice WHERE programme = ?1 AND id = ?2", (programme, id)).map(drop)
    }
}

fn notice_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<NoticeRow> {
    Ok(NoticeRow {
        id: row.get(0)?,
        number: row.get(1)?,
        title: [row.get(2)?, row.get(3)?],
        text: [row.get(4)?, row.get(5)?],
        begins: row.get(6)?,
        ends: row.get(7)?,
    })
}
