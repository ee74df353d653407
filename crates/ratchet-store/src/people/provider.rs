//! The play-money provider's books, and what people say where they and the journal do not agree.

use super::Tables;
use crate::fault::StoreError;

/// Money that came in to the provider (positive) or went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What it has in common with a line of the journal: the provider's id of a payment, a withdrawal, a refund.
    pub reference: String,
    /// In minor units.
    pub amount: i64,
    /// When, by the programme's clock.
    pub at: i64,
}

/// What somebody said of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Which.
    pub reference: String,
    /// In words.
    pub explanation: String,
    /// Who.
    pub person: String,
    /// When.
    pub at: i64,
}

/// What somebody says of a payout whose outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutClaim {
    /// `paid` or `failed`.
    pub outcome: String,
    /// What it rests on.
    pub evidence: String,
    /// Who.
    pub person: String,
    /// When.
    pub at: i64,
}

impl Tables<'_> {
    /// Notes a transfer, once for its reference.
    pub fn add_transfer(&self, programme: &str, transfer: &Transfer) -> Result<(), StoreError> {
        let insert = "INSERT INTO transfer (programme, reference, amount, at) VALUES (?1, ?2, ?3, ?4) \
                      ON CONFLICT (programme, reference) DO NOTHING";
        self.execute(insert, (programme, &transfer.reference, transfer.amount, transfer.at)).map(drop)
    }

    /// The transfer with this reference.
    pub fn transfer(&self, programme: &str, reference: &str) -> Result<Option<Transfer>, StoreError> {
        let find = "SELECT reference, amount, at FROM transfer WHERE programme = ?1 AND reference = ?2";
        self.one(find, (programme, reference), transfer_row)
    }

    /// Transfers of a programme, the newest first.
    pub fn transfers(&self, programme: &str, limit: usize) -> Result<Vec<Transfer>, StoreError> {
        let find =
            "SELECT reference, amount, at FROM transfer WHERE programme = ?1 ORDER BY number DESC LIMIT ?2";
        self.all(find, (programme, i64::try_from(limit).unwrap_or(i64::MAX)), transfer_row)
    }

    /// What the provider does with payouts of a programme, where somebody has said it.
    pub fn payout_mode(&self, programme: &str) -> Result<Option<String>, StoreError> {
        self.one("SELECT payouts FROM play_money WHERE programme = ?1", [programme], |row| row.get(0))
    }

    /// Says what it does with payouts from now on.
    pub fn set_payout_mode(&self, programme: &str, mode: &str) -> Result<(), StoreError> {
        let put = "INSERT INTO play_money (programme, payouts) VALUES (?1, ?2) \
                   ON CONFLICT (programme) DO UPDATE SET payouts = ?2";
        self.execute(put, (programme, mode)).map(drop)
    }

    /// Payouts that were begun before a moment and of which nothing was heard: their id, programme and withdrawal.
    pub fn silent_payouts(&self, before: i64) -> Result<Vec<(String, String, String)>, StoreError> {
        let find = "SELECT id, programme, subject FROM payment WHERE kind = 'payout' AND state = 'open' AND created_at < ?1";
        self.all(find, [before], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }

    /// Explains a difference.
    pub fn explain(&self, programme: &str, explained: &Explained) -> Result<(), StoreError> {
        let put = "INSERT INTO explained (programme, reference, explanation, person, at) VALUES (?1, ?2, ?3, ?4, ?5) \
                   ON CONFLICT (programme, reference) DO UPDATE SET explanation = ?3, person = ?4, at = ?5";
        let Explained { reference, explanation, person, at } = explained;
        self.execute(put, (programme, reference, explanation, person, at)).map(drop)
    }

    /// What was explained in a programme.
    pub fn explained(&self, programme: &str) -> Result<Vec<Explained>, StoreError> {
        let find = "SELECT reference, explanation, person, at FROM explained WHERE programme = ?1";
        self.all(find, [programme], |row| {
            let (reference, explanation) = (row.get(0)?, row.get(1)?);
            Ok(Explained { reference, explanation, person: row.get(2)?, at: row.get(3)? })
        })
    }

    /// What somebody said of a payout.
    pub fn payout_claim(&self, programme: &str, withdrawal: &str) -> Result<Option<PayoutClaim>, StoreError> {
        let find =
            "SELECT outcome, evidence, person, at FROM payout_claim WHERE programme = ?1 AND withdrawal = ?2";
        self.one(find, (programme, withdrawal), |row| {
            let (outcome, evidence) = (row.get(0)?, row.get(1)?);
            Ok(PayoutClaim { outcome, evidence, person: row.get(2)?, at: row.get(3)? })
        })
    }

    /// Says something of a payout, in place of what was said before.
    pub fn claim_payout(
        &self,
        programme: &str,
        withdrawal: &str,
        claim: &PayoutClaim,
    ) -> Result<(), StoreError> {
        let put = "INSERT INTO payout_claim (programme, withdrawal, outcome, evidence, person, at) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT (programme, withdrawal) DO UPDATE SET outcome = ?3, evidence = ?4, person = ?5, at = ?6";
        let PayoutClaim { outcome, evidence, person, at } = claim;
        self.execute(put, (programme, withdrawal, outcome, evidence, person, at)).map(drop)
    }
}

fn transfer_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Transfer> {
    Ok(Transfer { reference: row.get(0)?, amount: row.get(1)?, at: row.get(2)? })
}
