//! What staff command, written into the audit log (ACC-5): rows that wait at the same time share a commit, as commands do.
//!
//! A command is on disk with its actor before its row is written. So the row need not wait for the disk once more: whoever is answered
//! has a row that outlives this process, and it is on disk within [`SYNC_WITHIN`].

use std::time::{Duration, Instant};

use ratchet_store::{Act, NewAuditEntry, StoreError, Tables};
use tokio::sync::{mpsc, oneshot};

use crate::App;
use crate::access::Who;
use crate::problem::{Problem, ServerFault};

/// Most rows of one commit.
const ROWS_MAX: usize = 1_024;

/// How long a row may be kept by the operating system alone.
const SYNC_WITHIN: Duration = Duration::from_millis(100);

/// A row that waits for its commit.
pub(crate) struct Row {
    tenant: String,
    act: Act,
    action: String,
    subject: String,
    entry: u64,
    kept: oneshot::Sender<Result<(), Problem>>,
}

/// Where rows are handed in.
pub(crate) type Rows = mpsc::Sender<Row>;

/// A way in, and the end from which [`write`] takes.
pub(crate) fn rows() -> (Rows, mpsc::Receiver<Row>) {
    mpsc::channel(ROWS_MAX)
}

impl App {
    /// Writes down that somebody of the staff sent a command, whose content the journal has. Of one that was carried out before the row is
    /// there already, unless the server died in between.
    pub(crate) async fn audit(
        &self,
        who: &Who,
        action: &str,
        subject: &str,
        entry: u64,
        replayed: bool,
    ) -> Result<(), Problem> {
        let [tenant, action, subject] = [who.tenant()?, action, subject].map(str::to_owned);
        if replayed {
            let [tenant, action, subject] = [&tenant, &action, &subject].map(String::clone);
            let find = move |tables: &Tables<'_>| tables.entry_of(&tenant, &subject, &action);
            if self.people(|people| people.look(find)).await? == Some(entry) {
                return Ok(());
            }
        }
        let (kept, done) = oneshot::channel();
        let row = Row { tenant, act: who.act(), action, subject, entry, kept };
        let stopping = || Problem::new(ServerFault::Stopping {});
        self.audits.send(row).await.map_err(|_| stopping())?;
        done.await.map_err(|_| stopping())?
    }
}

/// Writes rows for as long as the server runs.
pub(crate) async fn write(app: App, mut rows: mpsc::Receiver<Row>) {
    let mut together = Vec::new();
    // When the first row was written that may not be on disk.
    let mut written_at: Option<Instant> = None;
    loop {
        let received = rows.recv_many(&mut together, ROWS_MAX);
        let left = written_at.map(|at| SYNC_WITHIN.saturating_sub(at.elapsed()));
        let received = match left {
            Some(left) => tokio::time::timeout(left, received).await,
            None => Ok(received.await),
        };
        match received {
            Ok(0) => return,
            Ok(_) => {}
            Err(_) => {
                if let Err(problem) = app.people(|people| people.sync()).await {
                    tracing::error!(?problem, "rows of the audit log may not be on disk");
                }
                written_at = None;
                continue;
            }
        }
        let is_late = written_at.is_some_and(|at| at.elapsed() >= SYNC_WITHIN);
        written_at = if is_late { None } else { written_at.or_else(|| Some(Instant::now())) };
        let taken = std::mem::take(&mut together);
        let written = app.people(move |people| {
            let write = |tables: &Tables<'_>| {
                taken.iter().try_for_each(|row| {
                    let Row { tenant, act, action, subject, entry, .. } = row;
                    let entry =
                        NewAuditEntry { entry: Some(*entry), ..NewAuditEntry::of(tenant, action, subject) };
                    tables.audit(act, entry)
                })
            };
            let written = if is_late { people.change(write) } else { people.change_soon(write) };
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
