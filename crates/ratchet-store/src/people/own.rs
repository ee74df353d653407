//! All that the tables hold of one person, and its erasure (ACC-1).

use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use super::Tables;
use crate::fault::StoreError;

/// What is exported of a person, by table: columns that are keys, hashes of secrets or sealed are left out.
const EXPORTED: &[(&str, &str)] = &[
    (
        "account",
        "SELECT id, created_at, confirmed_at, second_factor IS NOT NULL AS second_factor FROM person WHERE id = ?1",
    ),
    (
        "sessions",
        "SELECT id, created_at, seen_at, expires_at, agent FROM session WHERE person = ?1 ORDER BY created_at",
    ),
    (
        "roles",
        "SELECT tenant, role, granted_at, granted_by FROM role_grant WHERE person = ?1 ORDER BY granted_at",
    ),
    (
        "keys",
        "SELECT id, tenant, name, scopes, created_at, expires_at, revoked_at FROM api_key WHERE person = ?1 ORDER BY created_at",
    ),
    (
        "invitations",
        "SELECT id, tenant, role, created_by, expires_at, used_by FROM invitation WHERE created_by = ?1 OR used_by = ?1",
    ),
    ("memberships", "SELECT tenant, programme, member FROM membership WHERE person = ?1 ORDER BY programme"),
    (
        "payments",
        "SELECT id, programme, subject, kind, amount, currency, state, created_at FROM payment WHERE person = ?1 ORDER BY number",
    ),
    (
        "viewings",
        "SELECT id, programme, member, day, film, length_ms, state, watched_ms, heartbeats, started_at, heard_at, seq FROM viewing \
         WHERE person = ?1 ORDER BY number",
    ),
    ("messages_read", "SELECT programme, seq FROM message_read WHERE person = ?1"),
    (
        "explanations",
        "SELECT programme, reference, explanation, at FROM explained WHERE person = ?1 ORDER BY at",
    ),
    (
        "payout_claims",
        "SELECT programme, withdrawal, outcome, evidence, at FROM payout_claim WHERE person = ?1 ORDER BY at",
    ),
    (
        "merchant_applications",
        "SELECT programme, number, merchant, at FROM merchant_application WHERE person = ?1 ORDER BY at",
    ),
    (
        "merchant_appeals",
        "SELECT programme, number, merchant, at, answer, answered_at FROM merchant_appeal WHERE person = ?1 ORDER BY at",
    ),
    (
        "pictures",
        "SELECT programme, id, purpose, width, height, at FROM picture WHERE person = ?1 ORDER BY at",
    ),
    ("favourites", "SELECT programme, product, price, at FROM favourite WHERE person = ?1 ORDER BY at"),
    ("answers", "SELECT key, at, answer FROM answer WHERE person = ?1 ORDER BY at LIMIT 10000"),
    (
        "audit",
        "SELECT tenant, seq, at, person, address, request, action, subject, before, after, entry FROM audit \
         WHERE person = ?1 OR subject = ?1 ORDER BY at LIMIT 10000",
    ),
];

impl Tables<'_> {
    /// All that is held of a person, table by table; amounts in minor units, times in microseconds.
    pub fn all_of(&self, person: &str) -> Result<Map<String, Value>, StoreError> {
        let mut all = Map::new();
        for (name, select) in EXPORTED {
            let rows = self.all(select, [person], |row| {
                let mut fields = Map::new();
                for (at, column) in row.as_ref().column_names().into_iter().enumerate() {
                    let value = match row.get_ref(at)? {
                        ValueRef::Integer(number) => number.into(),
                        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
                        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
                    };
                    fields.insert(column.to_owned(), value);
                }
                Ok(Value::Object(fields))
            })?;
            all.insert((*name).to_owned(), rows.into());
        }
        Ok(all)
    }

    /// Whom these tables have erased.
    pub(super) fn erased(&self) -> Result<Vec<String>, StoreError> {
        self.all("SELECT person FROM erased ORDER BY person", [], |row| row.get(0))
    }

    pub(super) fn is_person(&self, person: &str) -> Result<bool, StoreError> {
        Ok(self.one("SELECT 1 FROM person WHERE id = ?1", [person], |_| Ok(()))?.is_some())
    }

    /// PHC string of a person's password.
    pub fn password_of(&self, person: &str) -> Result<Option<String>, StoreError> {
        self.one("SELECT password FROM person WHERE id = ?1", [person], |row| row.get(0))
    }

    /// Erases a person: the key goes, and with it everything sealed, the login, sessions, roles, keys of programs, answers of then, what was watched, pictures of reviews. What
    /// stays names an id that leads to nobody: memberships, payments, the stars of reviews, the audit log.
    pub fn erase(&self, person: &str) -> Result<(), StoreError> {
        if let Some(data) = self.person(person)? {
            let login = self.keys.lookup(&data.login);
            self.execute("DELETE FROM one_time_code WHERE login = ?1", [&login[..]])?;
        }
        self.execute("INSERT OR IGNORE INTO erased (person) VALUES (?1)", [person])?;
        self.execute("DELETE FROM answer WHERE person = ?1", [person])?;
        self.execute("DELETE FROM viewing WHERE person = ?1", [person])?;
        self.execute("UPDATE review SET pictured = 0 WHERE person = ?1", [person])?;
        self.erase_pictures(person)?;
        self.execute("DELETE FROM person WHERE id = ?1", [person]).map(drop)
    }
}
