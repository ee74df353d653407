//! What staff did, append-only and chained by hashes (ACC-5); answers of writes that are no commands (IDEM-1).

use sha2::{Digest as _, Sha256};

use super::Tables;
use crate::fault::StoreError;

/// Who does something, from where, when.
#[derive(Clone, Debug)]
pub struct Act {
    /// The person.
    pub person: String,
    /// The address the request came from.
    pub address: String,
    /// The request's id.
    pub request: String,
    /// When, in microseconds, by the server's clock.
    pub at: i64,
}

/// Something to be written down.
#[derive(Clone, Debug)]
pub struct NewAuditEntry<'a> {
    /// The tenant concerned.
    pub tenant: &'a str,
    /// What: `role.grant`.
    pub action: &'a str,
    /// About what.
    pub subject: &'a str,
    /// How it was, as JSON.
    pub before: Option<String>,
    /// How it is, as JSON.
    pub after: Option<String>,
    /// The entry of a journal that it led to.
    pub entry: Option<u64>,
}

impl<'a> NewAuditEntry<'a> {
    /// One that says no more than what was done and about what.
    pub fn of(tenant: &'a str, action: &'a str, subject: &'a str) -> NewAuditEntry<'a> {
        NewAuditEntry { tenant, action, subject, before: None, after: None, entry: None }
    }
}

/// Something that was written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number in the tenant, without gaps, from 1.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// Who.
    pub person: String,
    /// From where.
    pub address: String,
    /// In which request.
    pub request: String,
    /// What.
    pub action: String,
    /// About what.
    pub subject: String,
    /// How it was.
    pub before: Option<String>,
    /// How it is.
    pub after: Option<String>,
    /// The entry of a journal.
    pub entry: Option<u64>,
    /// SHA-256 over the hash of the entry before and this one.
    pub hash: [u8; 32],
}

/// What a key was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Hash of the request that it came with.
    pub content: [u8; 32],
    /// The answer, as JSON.
    pub answer: String,
}

impl AuditEntry {
    /// The hash that an entry has to have after another.
    pub fn hash_after(&self, before: &[u8; 32]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(before);
        let entry = self.entry.map(|entry| entry.to_string());
        let (seq, at) = (self.seq.to_string(), self.at.to_string());
        let fields = [
            Some(&seq),
            Some(&at),
            Some(&self.person),
            Some(&self.address),
            Some(&self.request),
            Some(&self.action),
            Some(&self.subject),
            self.before.as_ref(),
            self.after.as_ref(),
            entry.as_ref(),
        ];
        for field in fields {
            // What is absent differs from what is empty.
            let length = field.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX - 1));
            hasher.update(length.to_le_bytes());
            hasher.update(field.map_or(&[][..], |text| text.as_bytes()));
        }
        hasher.finalize().into()
    }
}

impl Tables<'_> {
    /// Writes down what somebody did.
    pub fn audit(&self, act: &Act, new: NewAuditEntry<'_>) -> Result<(), StoreError> {
        let find = "SELECT seq, hash FROM audit WHERE tenant = ?1 ORDER BY seq DESC LIMIT 1";
        let last: Option<(i64, [u8; 32])> =
            self.one(find, [new.tenant], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (seq, before) = last.unwrap_or((0, [0; 32]));
        let mut entry = AuditEntry {
            seq: seq + 1,
            at: act.at,
            person: act.person.clone(),
            address: act.address.clone(),
            request: act.request.clone(),
            action: new.action.to_owned(),
            subject: new.subject.to_owned(),
            before: new.before,
            after: new.after,
            entry: new.entry,
            hash: [0; 32],
        };
        entry.hash = entry.hash_after(&before);
        let insert = "INSERT INTO audit (tenant, seq, at, person, address, request, action, subject, before, after, entry, \
                      hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let number = entry.entry.map(u64::cast_signed);
        let AuditEntry { seq, at, person, address, request, action, subject, before, after, hash, .. } =
            entry;
        let row =
            (new.tenant, seq, at, person, address, request, action, subject, before, after, number, hash);
        self.execute(insert, row).map(drop)
    }

    /// What was done in a tenant before an entry (or the newest), newest first.
    pub fn audit_log(
        &self,
        tenant: &str,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let find = "SELECT seq, at, person, address, request, action, subject, before, after, entry, hash FROM audit \
                    WHERE tenant = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(find, (tenant, before.unwrap_or(i64::MAX), limit), |row| {
            let entry: Option<i64> = row.get(9)?;
            let entry = AuditEntry {
                seq: row.get(0)?,
                at: row.get(1)?,
                person: row.get(2)?,
                address: row.get(3)?,
                request: row.get(4)?,
                action: row.get(5)?,
                subject: row.get(6)?,
                before: row.get(7)?,
                after: row.get(8)?,
                entry: entry.map(i64::cast_unsigned),
                hash: row.get(10)?,
            };
            Ok(entry)
        })
    }

    /// What a person's key was answered with.
    pub fn answer(&self, person: &str, key: &str) -> Result<Option<StoredAnswer>, StoreError> {
        let find = "SELECT content, answer FROM answer WHERE person = ?1 AND key = ?2";
        self.one(find, (person, key), |row| Ok(StoredAnswer { content: row.get(0)?, answer: row.get(1)? }))
    }

    /// Keeps what a person's key was answered with.
    pub fn keep_answer(
        &self,
        person: &str,
        key: &str,
        answer: &StoredAnswer,
        at: i64,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO answer (person, key, content, answer, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.execute(insert, (person, key, answer.content, &answer.answer, at)).map(drop)
    }
}
