//! People and what belongs to them, beside the journals and never in them (ACC-1): persons with their sealed data, sessions, keys,
//! roles in tenants, invitations, articles' texts, payments on their way, answers of writes that are no commands, the audit log.
//!
//! Personal data is encrypted under a key per person, which is itself encrypted under the master key; whoever destroys the person's
//! row destroys the key. People are found by the keyed hash of what they log in with.

mod audit;
mod drafts;
mod keys;
mod person;
mod session;
mod shop;
mod tenant;

use std::path::Path;
use std::sync::Mutex;

pub use audit::{Act, AuditEntry, NewAuditEntry, StoredAnswer};
pub use drafts::{DraftRow, PROPOSAL_OPEN, ProposalRow};
pub use keys::MasterKey;
pub use person::{Credentials, NewPerson, PersonData};
pub use session::{Caller, SessionRow};
pub use shop::{Callback, PaymentRow, ProductRow, STATE_OPEN};
pub use tenant::{Grant, KeyRow, NewKey, OwnerLink, Tenant};

use crate::database::{Database, Disk, Durability};
use crate::fault::StoreError;
use keys::Keys;

/// Steps of the tables' versions; a released one is never changed.
const STEPS: &[&str] = &[include_str!("people/1.sql"), include_str!("people/drafts.sql")];

/// The tables of people of one server.
#[derive(Debug)]
pub struct People {
    database: Mutex<Database>,
    keys: Keys,
}

/// The tables within one transaction.
#[derive(Debug)]
pub struct Tables<'a> {
    database: &'a Database,
    keys: &'a Keys,
}

/// Names of programmes, tenants and people are text ids.
pub type TextId = String;

impl People {
    /// Opens the tables in `server.db` of a directory, made if they are not there. It takes no lock of the directory: `ratchet
    /// admin owner` writes beside a running server.
    pub fn open(directory: &Path, disk: &Disk, master: &MasterKey) -> Result<People, StoreError> {
        let mut database = disk.open(&directory.join("server.db"), Durability::Commit)?;
        database.migrate("people", STEPS)?;
        Ok(People { database: Mutex::new(database), keys: Keys::of(master) })
    }

    /// Does something in one transaction: all of it is kept if it ends well, else nothing.
    pub fn change<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tables<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(work, true)
    }

    /// The same, and nothing is kept: what would come of it.
    pub fn preview<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tables<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(work, false)
    }

    /// Reads.
    pub fn look<T>(&self, work: impl FnOnce(&Tables<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let database = self.database.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        work(&Tables { database: &database, keys: &self.keys })
    }

    /// A public id that follows from secret and parts alone, so that a repeated request names the same thing (IDEM-1).
    pub fn id_of(&self, letter: &str, parts: &[&str]) -> TextId {
        self.keys.id(letter, parts)
    }

    /// A signature over a text that only this server can make, for a purpose.
    pub fn sign(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.keys.mac(purpose, &[text])
    }

    /// Whether a signature is that of the text.
    pub fn is_signed(&self, purpose: &str, text: &str, signature: &[u8]) -> bool {
        self.keys.is_mac(purpose, &[text], signature)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tables<'_>) -> Result<T, E>,
        keep: bool,
    ) -> Result<T, E> {
        let database = self.database.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let run = |sql: &str| database.connection.execute_batch(sql).map_err(|error| database.error(&error));
        run("BEGIN IMMEDIATE")?;
        // A panic in the work must not leave the transaction open for the next caller.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            work(&Tables { database: &database, keys: &self.keys })
        }));
        match done {
            Ok(Ok(done)) if keep => {
                run("COMMIT")?;
                Ok(done)
            }
            Ok(done) => {
                run("ROLLBACK")?;
                done
            }
            Err(panic) => {
                // The panic says what was wrong; that the rollback failed too would say nothing more.
                drop(run("ROLLBACK"));
                std::panic::resume_unwind(panic)
            }
        }
    }
}

impl Tables<'_> {
    fn kept<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| self.database.error(&error))
    }

    fn execute(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<usize, StoreError> {
        let done = self.database.connection.prepare_cached(sql).and_then(|mut sql| sql.execute(parameters));
        self.kept(done)
    }

    fn one<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        use rusqlite::OptionalExtension as _;
        let mut sql = self.kept(self.database.connection.prepare_cached(sql))?;
        self.kept(sql.query_row(parameters, read).optional())
    }

    fn all<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut sql = self.kept(self.database.connection.prepare_cached(sql))?;
        let rows = sql.query_map(parameters, read).and_then(Iterator::collect);
        self.kept(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(directory: &Path) -> People {
        let key = MasterKey::of_file(&directory.join("master.key"), true).unwrap();
        People::open(directory, &Disk::default(), &key).unwrap()
    }

    fn somebody(login: &str) -> NewPerson {
        NewPerson {
            login: login.to_owned(),
            name: "Li 李".to_owned(),
            password: "$argon2id$".to_owned(),
            at: 1,
        }
    }

    /// ACC-1: neither name nor login stands in the file, and another master key opens nothing.
    #[test]
    fn personal_data_is_sealed() {
        let directory = tempfile::tempdir().unwrap();
        let tables = people(directory.path());
        let person = tables.change(|tables| tables.add_person(&somebody("13800000001"))).unwrap().unwrap();
        let twice = tables.change(|tables| tables.add_person(&somebody("13800000001"))).unwrap();
        assert_eq!(twice, None, "one login, one person");
        assert_eq!(tables.look(|tables| tables.person(&person)).unwrap().unwrap().name, "Li 李");
        drop(tables);
        for file in ["server.db", "server.db-wal"] {
            let bytes = std::fs::read(directory.path().join(file)).unwrap_or_default();
            let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!holds("13800000001") && !holds("李"), "{file}");
        }
        std::fs::write(directory.path().join("other.key"), [7; 32]).unwrap();
        let other = MasterKey::of_file(&directory.path().join("other.key"), false).unwrap();
        let other = People::open(directory.path(), &Disk::default(), &other).unwrap();
        assert_eq!(
            other.look(|tables| tables.credentials("13800000001")).unwrap().map(|found| found.person),
            None
        );
        let error = other.look(|tables| tables.person(&person)).unwrap_err();
        assert_eq!(error.message().code, "store.sealed");
    }

    /// ACC-5: the log is a chain, and neither an update nor a deletion goes through.
    #[test]
    fn the_audit_log_is_a_chain_that_is_only_added_to() {
        let directory = tempfile::tempdir().unwrap();
        let tables = people(directory.path());
        let link = tables.change(|tables| tables.add_owner_link("T", 1)).unwrap();
        let tenant = tables
            .change(|tables| {
                let person = tables.add_person(&somebody("a@example.com"))?.unwrap();
                Ok::<_, StoreError>(tables.use_link(&link.token, &person, true, 2)?.unwrap().tenant)
            })
            .unwrap();
        let used = tables.change(|tables| tables.use_link(&link.token, "p", true, 2)).unwrap();
        assert_eq!(used, None, "a link works once");
        let act = Act { person: "p".to_owned(), address: String::new(), request: "r".to_owned(), at: 3 };
        for action in ["one", "two", "three"] {
            let entry = NewAuditEntry {
                tenant: &tenant,
                action,
                subject: "s",
                before: None,
                after: Some("{}".to_owned()),
                entry: Some(7),
            };
            tables.change(|tables| tables.audit(&act, entry)).unwrap();
        }
        let mut log = tables.look(|tables| tables.audit_log(&tenant, None, 10)).unwrap();
        log.reverse();
        let mut before = [0; 32];
        for (seq, entry) in (1..).zip(&log) {
            assert_eq!((entry.seq, entry.hash), (seq, entry.hash_after(&before)));
            before = entry.hash;
        }
        assert_eq!(log.len(), 3);
        for change in ["UPDATE audit SET action = 'none'", "DELETE FROM audit"] {
            let refused = tables.change(|tables| tables.execute(change, [])).unwrap_err();
            assert!(refused.to_string().contains("append-only"), "{refused}");
        }
    }

    /// What is not kept is not there, after a problem, a preview and a panic alike.
    #[test]
    fn a_transaction_is_kept_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let tables = people(directory.path());
        let add = |tables: &Tables<'_>| tables.add_person(&somebody("a@example.com"));
        tables.preview(add).unwrap().unwrap();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            tables.change(|tables| -> Result<(), StoreError> {
                add(tables)?.unwrap();
                panic!("in the middle")
            })
        }));
        assert!(panicked.is_err());
        assert!(tables.change(add).unwrap().is_some(), "nothing of the two before is left");
        assert_eq!(tables.id_of("o", &["a", "bc"]), tables.id_of("o", &["a", "bc"]));
        assert_ne!(tables.id_of("o", &["a", "bc"]), tables.id_of("o", &["ab", "c"]));
    }
}
