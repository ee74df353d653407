//! What is not yet in a journal: drafts of plans, and commands that wait for a second person.

use super::Tables;
use crate::fault::StoreError;

/// A text of a plan that nobody has proposed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    /// Its name.
    pub id: String,
    /// The text.
    pub text: String,
    /// Who saved it last.
    pub saved_by: String,
    /// And when.
    pub saved_at: i64,
}

/// A command that waits for a second person, or waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalRow {
    /// Its id.
    pub id: String,
    /// Its place among all.
    pub number: i64,
    /// As JSON, without key, time and actor.
    pub command: String,
    /// [`PROPOSAL_OPEN`] or what became of it.
    pub state: String,
    /// Who asked for it.
    pub proposed_by: String,
    /// And when.
    pub proposed_at: i64,
    /// Who decided.
    pub decided_by: Option<String>,
    /// And when.
    pub decided_at: Option<i64>,
}

/// State of a proposal that waits.
pub const PROPOSAL_OPEN: &str = "open";

impl Tables<'_> {
    /// Keeps a draft; says how it was.
    pub fn put_draft(
        &self,
        tenant: &str,
        programme: &str,
        draft: &DraftRow,
    ) -> Result<Option<DraftRow>, StoreError> {
        let before = self.draft(programme, &draft.id)?;
        let put = "INSERT INTO plan_draft (programme, id, tenant, text, saved_by, saved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT (programme, id) DO UPDATE SET text = ?4, saved_by = ?5, saved_at = ?6";
        self.execute(put, (programme, &draft.id, tenant, &draft.text, &draft.saved_by, draft.saved_at))?;
        Ok(before)
    }

    /// A draft.
    pub fn draft(&self, programme: &str, id: &str) -> Result<Option<DraftRow>, StoreError> {
        let find = "SELECT id, text, saved_by, saved_at FROM plan_draft WHERE programme = ?1 AND id = ?2";
        self.one(find, (programme, id), draft_row)
    }

    /// All drafts of a programme, the newest first.
    pub fn drafts(&self, programme: &str) -> Result<Vec<DraftRow>, StoreError> {
        let find = "SELECT id, text, saved_by, saved_at FROM plan_draft WHERE programme = ?1 \
                    ORDER BY saved_at DESC, id";
        self.all(find, [programme], draft_row)
    }

    /// Takes a draft away; whether it was there.
    pub fn remove_draft(&self, programme: &str, id: &str) -> Result<bool, StoreError> {
        Ok(self.execute("DELETE FROM plan_draft WHERE programme = ?1 AND id = ?2", (programme, id))? > 0)
    }

    /// Keeps a command that waits for a second person.
    pub fn add_proposal(
        &self,
        tenant: &str,
        programme: &str,
        (id, command): (&str, &str),
        (by, at): (&str, i64),
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO proposal (id, tenant, programme, number, command, state, proposed_by, proposed_at) \
                      VALUES (?1, ?2, ?3, (SELECT coalesce(max(number), 0) + 1 FROM proposal), ?4, ?5, ?6, ?7)";
        self.execute(insert, (id, tenant, programme, command, PROPOSAL_OPEN, by, at)).map(drop)
    }

    /// A command that waits or waited.
    pub fn proposal(&self, programme: &str, id: &str) -> Result<Option<ProposalRow>, StoreError> {
        let find = "SELECT id, number, command, state, proposed_by, proposed_at, decided_by, decided_at FROM proposal \
                    WHERE programme = ?1 AND id = ?2";
        self.one(find, (programme, id), proposal_row)
    }

    /// Commands that wait or waited before one (or the newest), newest first.
    pub fn proposals(
        &self,
        programme: &str,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<ProposalRow>, StoreError> {
        let find = "SELECT id, number, command, state, proposed_by, proposed_at, decided_by, decided_at FROM proposal \
                    WHERE programme = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(find, (programme, before.unwrap_or(i64::MAX), limit), proposal_row)
    }

    /// Commands of a programme that wait, oldest first.
    pub fn open_proposals(&self, programme: &str) -> Result<Vec<ProposalRow>, StoreError> {
        let find = "SELECT id, number, command, state, proposed_by, proposed_at, decided_by, decided_at FROM proposal \
                    WHERE programme = ?1 AND state = ?2 ORDER BY number";
        self.all(find, (programme, PROPOSAL_OPEN), proposal_row)
    }

    /// Decides a command that waits; whether it did.
    pub fn decide_proposal(&self, id: &str, state: &str, (by, at): (&str, i64)) -> Result<bool, StoreError> {
        let set =
            "UPDATE proposal SET state = ?2, decided_by = ?3, decided_at = ?4 WHERE id = ?1 AND state = ?5";
        Ok(self.execute(set, (id, state, by, at, PROPOSAL_OPEN))? > 0)
    }

    /// The last entry that an act on a thing led to.
    pub fn entry_of(&self, tenant: &str, subject: &str, action: &str) -> Result<Option<u64>, StoreError> {
        let find = "SELECT entry FROM audit WHERE tenant = ?1 AND subject = ?2 AND action = ?3 AND entry IS NOT NULL \
                    ORDER BY seq DESC LIMIT 1";
        let entry: Option<i64> = self.one(find, (tenant, subject, action), |row| row.get(0))?;
        Ok(entry.map(i64::cast_unsigned))
    }

    /// Who did something to a thing last, and when.
    pub fn last_act(
        &self,
        tenant: &str,
        subject: &str,
        action: &str,
    ) -> Result<Option<(String, i64)>, StoreError> {
        let find = "SELECT person, at FROM audit WHERE tenant = ?1 AND subject = ?2 AND action = ?3 \
                    ORDER BY seq DESC LIMIT 1";
        self.one(find, (tenant, subject, action), |row| Ok((row.get(0)?, row.get(1)?)))
    }
}

fn draft_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<DraftRow> {
    Ok(DraftRow { id: row.get(0)?, text: row.get(1)?, saved_by: row.get(2)?, saved_at: row.get(3)? })
}

fn proposal_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<ProposalRow> {
    Ok(ProposalRow {
        id: row.get(0)?,
        number: row.get(1)?,
        command: row.get(2)?,
        state: row.get(3)?,
        proposed_by: row.get(4)?,
        proposed_at: row.get(5)?,
        decided_by: row.get(6)?,
        decided_at: row.get(7)?,
    })
}
