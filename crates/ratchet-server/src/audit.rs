//! What staff command, written into the audit log (ACC-5): rows that wait at the same time share a commit, as commands do.

use ratchet_store::{Act, NewAuditEntry, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::App;
use crate::problem::{Problem, ServerFault};

/// Most rows of one commit.
const ROWS_MAX: usize = 1_024;

/// A row that waits for its commit.
pub(crate) struct Row {
    tenant: String,
    act: Act,
    action: String,
    subject: String,
    entry: Option<u64>,
    kept: oneshot::Sender<Result<(), Problem>>,
}

/// Where rows are handed in.
pub(crate) type Rows = mpsc::Sender<Row>;

/// A way in, and the end from which [`write`] takes.
pub(crate) fn rows() -> (Rows, mpsc::Receiver<Row>) {
    mpsc::channel(ROWS_MAX)
}

impl App {
    /// Writes down that somebody of the staff sent a command, whose content the journal has. It returns when that is on disk.
    pub(crate) async fn audit(
        &self,
        act: Act,
        tenant: &str,
        action: &str,
        subject: &str,
        entry: Option<u64>,
    ) -> Result<(), Problem> {
        let (tenant, action, subject) = (tenant.to_owned(), action.to_owned(), subject.to_owned());
        let (kept, done) = oneshot::channel();
        let row = Row { tenant, act, action, subject, entry, kept };
        let stopping = || Problem::new(ServerFault::Stopping {});
        self.audits.send(row).await.map_err(|_| stopping())?;
        done.await.map_err(|_| stopping())?
    }
}

/// Writes rows for as long as the server runs.
pub(crate) async fn write(app: App, mut rows: mpsc::Receiver<Row>) {
    let mut together = Vec::new();
    while rows.recv_many(&mut together, ROWS_MAX).await > 0 {
        let taken = std::mem::take(&mut together);
        let written = app.people(move |people| {
            let written = people.change(|tables| {
                taken.iter().try_for_each(|row| {
                    let Row { tenant, act, action, subject, entry, .. } = row;
                    let entry = NewAuditEntry { entry: *entry, ..NewAuditEntry::of(tenant, action, subject) };
                    tables.audit(act, entry)
                })
            });
            Ok::<_, StoreError>((taken, written))
        });
        let (taken, written) = match written.await {
            Ok(written) => written,
            // Those who wait are told that their rows are not known to be kept.
            Err(_) => continue,
        };
        let written = written.map_err(|error| error.to_string());
        for row in taken {
            let told =
                written.clone().map_err(|reason| Problem::new(ServerFault::Storage {}).because(reason));
            // Whoever asked may have gone away.
            row.kept.send(told).ok();
        }
    }
}
