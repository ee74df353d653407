//! Payments on their way, and the play-money provider's messages.

use super::Tables;
use crate::fault::StoreError;

/// State of a payment of which nothing was heard.
pub const STATE_OPEN: &str = "open";

/// Money on its way in or out through a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// Its id.
    pub id: String,
    /// The programme.
    pub programme: String,
    /// Its order, or of a payout its withdrawal.
    pub subject: String,
    /// Who pays, or who handed it to the provider.
    pub person: String,
    /// `payment` or `payout`.
    pub kind: String,
    /// In minor units.
    pub amount: i64,
    /// ISO code.
    pub currency: String,
    /// `open`, `paid`, …
    pub state: String,
    /// When it began.
    pub created_at: i64,
}

/// A message of the play-money provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// Its place in the line.
    pub number: i64,
    /// The payment it is about.
    pub payment: String,
    /// The programme.
    pub programme: String,
    /// Its text, which is signed.
    pub body: String,
}

impl Tables<'_> {
    /// Begins a payment or a payout.
    pub fn add_payment(&self, tenant: &str, payment: &PaymentRow) -> Result<(), StoreError> {
        let insert = "INSERT INTO payment (id, tenant, programme, subject, person, kind, amount, currency, state, created_at, \
                      number) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, \
                      (SELECT coalesce(max(number), 0) + 1 FROM payment)) ON CONFLICT (id) DO NOTHING";
        let PaymentRow { id, programme, subject, person, kind, amount, currency, state, created_at } =
            payment;
        let row = (id, tenant, programme, subject, person, kind, amount, currency, state, created_at);
        self.execute(insert, row).map(drop)
    }

    /// A payment or payout.
    pub fn payment(&self, id: &str) -> Result<Option<PaymentRow>, StoreError> {
        let find = "SELECT id, programme, subject, person, kind, amount, currency, state, created_at FROM payment \
                    WHERE id = ?1";
        self.one(find, [id], payment_row)
    }

    /// The newest payment of an order, or payout of a withdrawal.
    pub fn payment_of(
        &self,
        programme: &str,
        kind: &str,
        subject: &str,
    ) -> Result<Option<PaymentRow>, StoreError> {
        let find = "SELECT id, programme, subject, person, kind, amount, currency, state, created_at FROM payment \
                    WHERE programme = ?1 AND kind = ?2 AND subject = ?3 ORDER BY number DESC LIMIT 1";
        self.one(find, (programme, kind, subject), payment_row)
    }

    /// Says where a payment stands now.
    pub fn set_payment(&self, id: &str, state: &str) -> Result<(), StoreError> {
        self.execute("UPDATE payment SET state = ?2 WHERE id = ?1", (id, state)).map(drop)
    }

    /// A message that the provider is going to send.
    pub fn add_callback(&self, payment: &str, body: &str, held: bool) -> Result<(), StoreError> {
        let insert = "INSERT INTO callback (payment, body, held) VALUES (?1, ?2, ?3)";
        self.execute(insert, (payment, body, held)).map(drop)
    }

    /// Lets the held messages of a payment go; how many.
    pub fn release_callbacks(&self, payment: &str) -> Result<usize, StoreError> {
        self.execute("UPDATE callback SET held = 0 WHERE payment = ?1 AND held = 1", [payment])
    }

    /// Messages that wait to be sent, the oldest first.
    pub fn callbacks(&self, limit: usize) -> Result<Vec<Callback>, StoreError> {
        let find = "SELECT callback.number, payment, programme, body FROM callback JOIN payment ON payment.id = payment \
                    WHERE delivered_at IS NULL AND held = 0 ORDER BY attempts, callback.number LIMIT ?1";
        self.all(find, [i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(Callback {
                number: row.get(0)?,
                payment: row.get(1)?,
                programme: row.get(2)?,
                body: row.get(3)?,
            })
        })
    }

    /// A message was sent, and taken or not.
    pub fn sent_callback(&self, number: i64, delivered_at: Option<i64>) -> Result<(), StoreError> {
        let set = "UPDATE callback SET attempts = attempts + 1, delivered_at = ?2 WHERE number = ?1";
        self.execute(set, (number, delivered_at)).map(drop)
    }
}

fn payment_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<PaymentRow> {
    Ok(PaymentRow {
        id: row.get(0)?,
        programme: row.get(1)?,
        subject: row.get(2)?,
        person: row.get(3)?,
        kind: row.get(4)?,
        amount: row.get(5)?,
        currency: row.get(6)?,
        state: row.get(7)?,
        created_at: row.get(8)?,
    })
}
