//! Sessions and keys of programs: who is behind a secret.

use super::Tables;
use super::keys::{hash_of, random_id, secret};
use crate::fault::StoreError;

/// Microseconds of a day.
const DAY_US: i64 = 86_400_000_000;
/// A session that nobody uses ends after so long.
const IDLE_US: i64 = 14 * DAY_US;
/// Any session ends after so long.
const LONGEST_US: i64 = 90 * DAY_US;
/// The last use is written down no more often.
const SEEN_EVERY_US: i64 = 60_000_000;

/// Who is behind a session or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person.
    pub person: String,
    /// Of a session: its id and its end.
    pub session: Option<(String, i64)>,
    /// Of a key: its id, its tenant and what it may do.
    pub key: Option<(String, String, Vec<String>)>,
    /// When the session or the key ends.
    pub expires_at: i64,
}

/// A session as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id, which is not its secret.
    pub id: String,
    /// When it began.
    pub created_at: i64,
    /// When it was last used, to the minute.
    pub seen_at: i64,
    /// What the browser said of itself.
    pub agent: String,
}

impl Tables<'_> {
    /// Begins a session: its secret, which only the browser has from now on, and its end.
    pub fn begin_session(&self, person: &str, agent: &str, now: i64) -> Result<(String, i64), StoreError> {
        let (text, hash) = secret();
        let (id, expires_at) = (random_id("s"), now.saturating_add(IDLE_US));
        let agent: String = agent.chars().take(200).collect();
        let insert = "INSERT INTO session (hash, id, person, created_at, seen_at, expires_at, agent) \
                      VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)";
        self.execute(insert, (&hash[..], id, person, now, expires_at, agent))?;
        self.execute("DELETE FROM session WHERE expires_at < ?1", [now])?;
        Ok((text, expires_at))
    }

    /// Who is behind a session's secret; it lives on by being used.
    pub fn caller_of_session(&self, secret: &str, now: i64) -> Result<Option<Caller>, StoreError> {
        let hash = hash_of(secret);
        let find = "SELECT id, person, created_at, seen_at, expires_at FROM session WHERE hash = ?1 AND expires_at > ?2";
        let found = self.one(find, (&hash[..], now), |row| {
            let session: (String, String, i64, i64, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            Ok(session)
        })?;
        let Some((id, person, created_at, seen_at, mut expires_at)) = found else { return Ok(None) };
        if now.saturating_sub(seen_at) >= SEEN_EVERY_US {
            expires_at = now.saturating_add(IDLE_US).min(created_at.saturating_add(LONGEST_US));
            let set = "UPDATE session SET seen_at = ?2, expires_at = ?3 WHERE hash = ?1";
            self.execute(set, (&hash[..], now, expires_at))?;
        }
        Ok(Some(Caller { person, session: Some((id, expires_at)), key: None, expires_at }))
    }

    /// Who is behind a key's secret.
    pub fn caller_of_key(&self, secret: &str, now: i64) -> Result<Option<Caller>, StoreError> {
        let find = "SELECT id, tenant, person, scopes, expires_at FROM api_key \
                    WHERE hash = ?1 AND expires_at > ?2 AND revoked_at IS NULL";
        self.one(find, (&hash_of(secret)[..], now), |row| {
            let scopes: String = row.get(3)?;
            let scopes = scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
            let key = (row.get(0)?, row.get(1)?, scopes);
            Ok(Caller { person: row.get(2)?, session: None, key: Some(key), expires_at: row.get(4)? })
        })
    }

    /// The person's sessions, the newest first.
    pub fn sessions(&self, person: &str, now: i64) -> Result<Vec<SessionRow>, StoreError> {
        let find = "SELECT id, created_at, seen_at, agent FROM session \
                    WHERE person = ?1 AND expires_at > ?2 ORDER BY created_at DESC, id";
        self.all(find, (person, now), |row| {
            let session = SessionRow {
                id: row.get(0)?,
                created_at: row.get(1)?,
                seen_at: row.get(2)?,
                agent: row.get(3)?,
            };
            Ok(session)
        })
    }

    /// Ends a session of the person; `false` if there is none with this id.
    pub fn end_session(&self, person: &str, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM session WHERE person = ?1 AND id = ?2", (person, id))? == 1)
    }

    /// Ends the person's sessions but one, if any is to stay; how many.
    pub fn end_sessions(&self, person: &str, but: Option<&str>) -> Result<usize, StoreError> {
        let delete = "DELETE FROM session WHERE person = ?1 AND id IS NOT ?2";
        self.execute(delete, (person, but))
    }
}
