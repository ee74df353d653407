//! People and what belongs to them, beside the journals and never in them (ACC-1): persons with their sealed data, sessions, keys,
//! roles in tenants, invitations, articles' texts, payments on their way, answers of writes that are no commands, the audit log.
//!
//! Personal data is encrypted under a key per person, which is itself encrypted under the master key; whoever destroys the person's
//! row destroys the key. People are found by the keyed hash of what they log in with.

mod address;
mod audit;
mod catalogue;
mod code;
mod coupon;
mod dialogue;
mod drafts;
mod erased;
mod favourite;
mod films;
mod home;
mod keys;
mod merchant;
mod own;
mod person;
mod picture;
mod provider;
mod review;
mod session;
mod shop;
mod tenant;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub use address::{AddressRow, Recipient};
pub use audit::{Act, AuditEntry, NewAuditEntry, StoredAnswer};
pub use catalogue::{CategoryRow, ProductQuery, ProductRow, ProductSort};
pub use code::CODE_US;
pub use coupon::CouponOfferRow;
pub use dialogue::{DialogueRow, OrderMessageRow, SIDE_BUYER, SIDE_MERCHANT, SIDE_STAFF};
pub use drafts::{DraftRow, PROPOSAL_OPEN, ProposalRow};
pub use favourite::FavouriteRow;
pub use films::{FilmRow, ViewingRow, ViewingState, ViewingsOfDay, Watching};
pub use home::NoticeRow;
pub use keys::MasterKey;
pub use merchant::{
    AppealRow, ApplicationData, ApplicationDocument, ApplicationRow, MerchantProductRow, PRODUCT_PROPOSED,
    ShipmentRow,
};
pub use person::{Credentials, NewPerson, PersonData};
pub use picture::{PicturePurpose, PictureRow};
pub use provider::{Explained, PayoutClaim, Transfer};
pub use review::{ReviewAnswer, ReviewCounts, ReviewPlace, ReviewQuery, ReviewRow, ReviewWords};
pub use session::{Caller, SessionRow};
pub use shop::{Callback, PaymentRow, STATE_OPEN};
pub use tenant::{Asks, Grant, KeyRow, NewKey, OwnerLink, Tenant};

use crate::database::{Database, Disk, Durability};
use crate::fault::StoreError;
use keys::Keys;

/// Steps of the tables' versions; a released one is never changed.
const STEPS: &[&str] = &[
    include_str!("people/1.sql"),
    include_str!("people/2.sql"),
    include_str!("people/3.sql"),
    include_str!("people/4.sql"),
    include_str!("people/5.sql"),
    include_str!("people/6.sql"),
    include_str!("people/7.sql"),
    include_str!("people/8.sql"),
    include_str!("people/9.sql"),
    include_str!("people/10.sql"),
];

/// What says who somebody is and what they may do. Sessions are only added or ended: that one was used takes nothing away.
const ACCESS: [(&str, &[&str]); 7] = [
    ("tenant", &["UPDATE"]),
    ("person", &["UPDATE"]),
    ("session", &["DELETE"]),
    ("api_key", &["UPDATE", "DELETE"]),
    ("role_grant", &["INSERT", "UPDATE", "DELETE"]),
    ("programme_tenant", &["INSERT", "UPDATE", "DELETE"]),
    ("membership", &["INSERT", "UPDATE", "DELETE"]),
];

/// The tables of people of one server.
#[derive(Debug)]
pub struct People {
    database: Mutex<Database>,
    keys: Keys,
    access_version: Arc<AtomicU64>,
}

/// What is kept of a transaction that ends well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    OnDisk,
    Soon,
    Nothing,
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
        let access_version = Arc::default();
        count_changes_of_access(&database.connection, Arc::clone(&access_version))
            .map_err(|error| database.error(&error))?;
        let people = People { database: Mutex::new(database), keys: Keys::of(master), access_version };
        people.change(|tables| tables.cut_words())?;
        Ok(people)
    }

    /// Grows with every change of who somebody is or what they may do, before the change is kept. What was read within [`look`] or
    /// [`change`] holds as long as the number that was read there.
    ///
    /// [`look`]: People::look
    /// [`change`]: People::change
    pub fn access_version(&self) -> u64 {
        self.access_version.load(Ordering::Acquire)
    }

    /// Does something in one transaction: all of it is kept if it ends well, else nothing.
    pub fn change<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tables<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(work, Keep::OnDisk)
    }

    /// The same, kept for good by a process that dies, and on disk with the next [`change`](People::change) or [`sync`](People::sync):
    /// a machine that loses its power in between may lose it.
    pub fn change_soon<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tables<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(work, Keep::Soon)
    }

    /// Everything that was kept is on disk when this returns.
    pub fn sync(&self) -> Result<(), StoreError> {
        let database = self.database.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        database.checkpoint()
    }

    /// The same, and nothing is kept: what would come of it.
    pub fn preview<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tables<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(work, Keep::Nothing)
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
        keep: Keep,
    ) -> Result<T, E> {
        let database = self.database.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let run = |sql: &str| {
            let done = database.connection.prepare_cached(sql).and_then(|mut sql| sql.raw_execute());
            done.map(drop).map_err(|error| database.error(&error))
        };
        database.sync_by(if keep == Keep::Soon { Durability::Checkpoint } else { Durability::Commit })?;
        run("BEGIN IMMEDIATE")?;
        // A panic in the work must not leave the transaction open for the next caller.
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            work(&Tables { database: &database, keys: &self.keys })
        }));
        match done {
            Ok(Ok(done)) if keep != Keep::Nothing => {
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

/// By triggers of this connection, which see rows that go with another row too; whoever writes a new statement need not think of it.
fn count_changes_of_access(
    connection: &rusqlite::Connection,
    version: Arc<AtomicU64>,
) -> rusqlite::Result<()> {
    use rusqlite::functions::FunctionFlags;
    connection.create_scalar_function("access_changed", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        version.fetch_add(1, Ordering::AcqRel);
        Ok(0)
    })?;
    for (table, changes) in ACCESS {
        for change in changes {
            connection.execute_batch(&format!(
                "CREATE TEMP TRIGGER access_{table}_{change} AFTER {change} ON main.{table} BEGIN SELECT access_changed(); END"
            ))?;
        }
    }
    Ok(())
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

    /// ACC-4: a code works once, for its login and purpose, for ten minutes, and not after five wrong attempts; the digits stand nowhere.
    #[test]
    fn a_code_works_once_and_not_for_long() {
        let directory = tempfile::tempdir().unwrap();
        let tables = people(directory.path());
        let make = |now| tables.change(|tables| tables.make_code("a@example.com", "log_in", now)).unwrap();
        let uses = |login: &str, purpose: &str, code: &str, now| {
            tables.change(|tables| tables.use_code(login, purpose, code, now)).unwrap()
        };
        let code = make(0);
        assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
        assert!(!uses("b@example.com", "log_in", &code, 1) && !uses("a@example.com", "password", &code, 1));
        assert!(uses("a@example.com", "log_in", &code, CODE_US));
        assert!(!uses("a@example.com", "log_in", &code, CODE_US), "it was used");
        let late = make(0);
        assert!(!uses("a@example.com", "log_in", &late, CODE_US + 1), "it has ended");
        let (old, new) = (make(0), make(0));
        assert!(!uses("a@example.com", "log_in", &old, 1) || old == new, "a new code ends the one before");
        let guessed = make(0);
        for _ in 0..5 {
            assert!(!uses("a@example.com", "log_in", "none", 1));
        }
        assert!(!uses("a@example.com", "log_in", &guessed, 1), "five wrong attempts end it");
        make(0);
        let code = make(0);
        drop(tables);
        for file in ["server.db", "server.db-wal"] {
            let bytes = std::fs::read(directory.path().join(file)).unwrap_or_default();
            assert!(!bytes.windows(6).any(|window| window == code.as_bytes()), "{file}");
        }
    }

    /// KEEP-1: what has to be on disk waits for it, in whatever order it comes with what has not.
    #[test]
    fn only_what_may_come_soon_does_not_wait_for_the_disk() {
        let directory = tempfile::tempdir().unwrap();
        let tables = people(directory.path());
        let synchronous =
            |tables: &Tables<'_>| tables.one("PRAGMA synchronous", [], |row| row.get::<_, i64>(0));
        let (full, normal) = (Some(2), Some(1));
        for _ in 0..3 {
            assert_eq!(tables.change_soon(synchronous).unwrap(), normal);
            assert_eq!(tables.change_soon(synchronous).unwrap(), normal);
            assert_eq!(tables.change(synchronous).unwrap(), full);
            assert_eq!(tables.preview(synchronous).unwrap(), full);
        }
    }

    /// ACC-1: whoever was erased comes back with an old backup and goes again when it is opened, by a list that is kept elsewhere; a list
    /// that ends in the middle of a line, or is gone, is made whole.
    #[test]
    fn a_backup_brings_nobody_back() {
        let directory = tempfile::tempdir().unwrap();
        let list = directory.path().join("list.erased");
        let add = |tables: &People, login| {
            tables.change(|tables| tables.add_person(&somebody(login))).unwrap().unwrap()
        };
        let tables = people(directory.path());
        let (gone, stays) = (add(&tables, "a@example.com"), add(&tables, "b@example.com"));
        let backup = tempfile::tempdir().unwrap();
        std::fs::copy(directory.path().join("master.key"), backup.path().join("master.key")).unwrap();
        let copied = backup.path().join("server.db").display().to_string();
        tables.look(|tables| tables.execute("VACUUM INTO ?1", [copied])).unwrap();
        assert_eq!(tables.keep_erased(&list).unwrap(), 0);
        assert!(!list.exists(), "nobody was erased yet");
        tables.change(|tables| tables.erase(&gone)).unwrap();
        assert_eq!(tables.keep_erased(&list).unwrap(), 0);
        assert_eq!(std::fs::read_to_string(&list).unwrap(), format!("{gone}\n"));

        let restored = people(backup.path());
        let is_there = |person: &str| restored.look(|tables| tables.is_person(person)).unwrap();
        assert!(is_there(&gone));
        assert_eq!(restored.keep_erased(&list).unwrap(), 1);
        assert!(!is_there(&gone) && is_there(&stays));

        std::fs::write(&list, &gone[..3]).unwrap();
        tables.keep_erased(&list).unwrap();
        assert_eq!(std::fs::read_to_string(&list).unwrap(), format!("{}\n{gone}\n", &gone[..3]));
    }

    /// ACC-1: after an erasure nothing opens what was sealed, the login is free, and what names the id stays.
    #[test]
    fn an_erased_person_leads_to_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let tables = people(directory.path());
        let link = tables.change(|tables| tables.add_owner_link("T", 1)).unwrap();
        let person = tables.change(|tables| tables.add_person(&somebody("a@example.com"))).unwrap().unwrap();
        let granted =
            tables.change(|tables| tables.use_link(&link.token, &person, true, 2)).unwrap().unwrap();
        tables
            .change(|tables| {
                tables.begin_session(&person, "browser", 3)?;
                tables.add_membership(&granted.tenant, "g", &person, "m1")
            })
            .unwrap();
        let all = tables.look(|tables| tables.all_of(&person)).unwrap();
        for (name, rows) in
            [("account", 1), ("sessions", 1), ("roles", 1), ("memberships", 1), ("invitations", 1)]
        {
            assert_eq!(all[name].as_array().unwrap().len(), rows, "{name}");
        }
        tables.change(|tables| tables.erase(&person)).unwrap();
        let look = |tables: &Tables<'_>| {
            Ok((tables.person(&person)?.is_none(), tables.credentials("a@example.com")?.is_none()))
        };
        assert_eq!(tables.look(look).unwrap(), (true, true));
        assert!(tables.look(|tables| tables.sessions(&person, 4)).unwrap().is_empty());
        assert!(tables.look(|tables| tables.roles(&person)).unwrap().is_empty());
        let member = tables.look(|tables| tables.member_of("g", &person)).unwrap();
        assert_eq!(member.as_deref(), Some("m1"), "the opaque ids stay");
        let again = tables.change(|tables| tables.add_person(&somebody("a@example.com"))).unwrap().unwrap();
        assert_ne!(again, person, "the login is free, for another person");
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

    /// Whatever takes a right away or gives one counts, and what belongs to a person counts when the person goes.
    #[test]
    fn changes_of_access_are_counted() {
        let directory = tempfile::tempdir().unwrap();
        let tables = people(directory.path());
        let counts = |what: &str, work: &dyn Fn(&Tables<'_>) -> Result<(), StoreError>| {
            let before = tables.access_version();
            tables.change(work).unwrap_or_else(|error| panic!("{what}: {error}"));
            tables.access_version() > before
        };
        let person = tables.change(|tables| tables.add_person(&somebody("a@example.com"))).unwrap().unwrap();
        let link = tables.change(|tables| tables.add_owner_link("T", 1)).unwrap();
        assert!(counts("grant", &|tables| tables.use_link(&link.token, &person, true, 2).map(drop)));
        let tenant = tables.look(|tables| tables.roles(&person)).unwrap().remove(0).0.id;
        assert!(counts("programme", &|tables| tables.add_programme("p", &tenant, 3)));
        assert!(counts("membership", &|tables| tables.add_membership(&tenant, "p", &person, "m").map(drop)));
        let (secret, _) = tables.change(|tables| tables.begin_session(&person, "", 4)).unwrap();
        assert!(!counts("use", &|tables| tables.caller_of_session(&secret, 100_000_000).map(drop)));
        assert!(!counts("audit", &|tables| tables.execute("DELETE FROM recovery_code", []).map(drop)));
        assert!(counts("second factor", &|tables| {
            tables.execute("UPDATE person SET second_factor = second_factor_begun", []).map(drop)
        }));
        let asks = Asks { staff_second_factor: true, confirmed_login: false };
        assert!(counts("settings", &|tables| tables.set_asks(&tenant, asks)));
        assert!(counts("end", &|tables| tables.execute("DELETE FROM session", []).map(drop)));
        let key = NewKey { tenant: &tenant, person: &person, name: "k", scopes: &[], now: 5, expires_at: 9 };
        tables.change(|tables| tables.add_key(&key)).unwrap();
        assert!(counts("revoke", &|tables| tables
            .execute("UPDATE api_key SET revoked_at = 6", [])
            .map(drop)));
        assert!(counts("person", &|tables| tables.execute("DELETE FROM person", []).map(drop)));
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
