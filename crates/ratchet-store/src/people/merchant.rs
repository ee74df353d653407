//! What merchants say beside the journal: applications and appeals, sealed under the person's key; products that they propose; how
//! orders went out.

use serde::{Deserialize, Serialize};

use super::Tables;
use crate::fault::StoreError;

/// A document that an application names, by its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationDocument {
    /// Which, such as a business licence.
    pub name: String,
    /// Its number.
    pub number: String,
}

/// What somebody who asks to be a merchant says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationData {
    /// The shop's name.
    pub shop: String,
    /// How it is reached.
    pub contact: String,
    /// What it sells.
    pub goods: String,
    /// Documents by number.
    pub documents: Vec<ApplicationDocument>,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRow {
    /// Its place among those of the programme, from 1.
    pub number: i64,
    /// When.
    pub at: i64,
    /// What was said.
    pub data: ApplicationData,
}

/// State of a proposed product that waits.
pub const PRODUCT_PROPOSED: &str = "proposed";

/// A product that a merchant proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantProductRow {
    /// Its id: that of the article and of the listed product.
    pub id: String,
    /// Its place among those of the programme, from 1; set by the tables.
    pub number: i64,
    /// Whose.
    pub merchant: String,
    /// What it is called, in Chinese and English.
    pub title: [String; 2],
    /// What it is.
    pub description: [String; 2],
    /// Its picture: a path on this server.
    pub picture: Option<String>,
    /// Price of one in minor units.
    pub price: i64,
    /// What the merchant gets of it.
    pub cost: i64,
    /// How many there are, where the plan counts them.
    pub stock: Option<i64>,
    /// Value units for one, as text.
    pub award: String,
    /// [`PRODUCT_PROPOSED`] or what became of it.
    pub state: String,
    /// Why it was not listed.
    pub reason: Option<String>,
    /// When it was proposed.
    pub proposed_at: i64,
    /// Who decided, and when.
    pub decided: Option<(String, i64)>,
}

/// How an order went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShipmentRow {
    /// Who brings it.
    pub carrier: String,
    /// Under which number.
    pub number: String,
    /// When it was handed over.
    pub at: i64,
}

/// What a suspended merchant says to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppealRow {
    /// Its place among those of the programme, from 1.
    pub number: i64,
    /// When.
    pub at: i64,
    /// What was said.
    pub text: String,
    /// What staff answered, who, and when.
    pub answer: Option<(String, String, i64)>,
}

const PRODUCT_COLUMNS: &str = "id, number, merchant, title_zh, title_en, description_zh, description_en, price, cost, stock, award, \
                               state, reason, proposed_at, decided_by, decided_at, picture";

impl Tables<'_> {
    /// Keeps an application.
    pub fn add_application(
        &self,
        tenant: &str,
        programme: &str,
        (merchant, person): (&str, &str),
        data: &ApplicationData,
        at: i64,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_vec(data).expect("texts are JSON");
        let Some(sealed) = self.sealed(person, "merchant application", &text)? else { return Ok(()) };
        let insert = "INSERT INTO merchant_application (programme, number, tenant, merchant, person, at, sealed) VALUES (?1, \
                      (SELECT coalesce(max(number), 0) + 1 FROM merchant_application WHERE programme = ?1), ?2, ?3, ?4, ?5, ?6)";
        self.execute(insert, (programme, tenant, merchant, person, at, sealed)).map(drop)
    }

    /// The applications of a merchant, in order; none of a person who was erased.
    pub fn applications(&self, programme: &str, merchant: &str) -> Result<Vec<ApplicationRow>, StoreError> {
        let find = "SELECT number, at, person, sealed FROM merchant_application WHERE programme = ?1 AND merchant = ?2 ORDER BY number";
        let rows = self.all(find, (programme, merchant), |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, Vec<u8>>(3)?,
            ))
        })?;
        let mut found = Vec::with_capacity(rows.len());
        for (number, at, person, sealed) in rows {
            if let Some(data) = self.opened(&person, "merchant application", &sealed)? {
                let data = serde_json::from_slice(&data);
                let data = data.map_err(|_| crate::StoreFault::Sealed { place: "merchant application" })?;
                found.push(ApplicationRow { number, at, data });
            }
        }
        Ok(found)
    }

    /// Keeps a product that a merchant proposes.
    pub fn propose_product(
        &self,
        tenant: &str,
        programme: &str,
        product: &MerchantProductRow,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO merchant_product (programme, number, tenant, id, merchant, title_zh, title_en, description_zh, \
                      description_en, price, cost, stock, award, state, proposed_at, picture) VALUES (?1, \
                      (SELECT coalesce(max(number), 0) + 1 FROM merchant_product WHERE programme = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, \
                      ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
        let ([zh, en], [text_zh, text_en]) = (&product.title, &product.description);
        self.execute(
            insert,
            rusqlite::params![
                programme,
                tenant,
                product.id,
                product.merchant,
                zh,
                en,
                text_zh,
                text_en,
                product.price,
                product.cost,
                product.stock,
                product.award,
                PRODUCT_PROPOSED,
                product.proposed_at,
                product.picture,
            ],
        )
        .map(drop)
    }

    /// A product that a merchant proposed.
    pub fn merchant_product(
        &self,
        programme: &str,
        id: &str,
    ) -> Result<Option<MerchantProductRow>, StoreError> {
        let find = format!("SELECT {PRODUCT_COLUMNS} FROM merchant_product WHERE programme = ?1 AND id = ?2");
        self.one(&find, (programme, id), product_row)
    }

    /// Products that were proposed, by one merchant or all, the newest first and before a number.
    pub fn merchant_products(
        &self,
        programme: &str,
        merchant: Option<&str>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<MerchantProductRow>, StoreError> {
        let find = format!(
            "SELECT {PRODUCT_COLUMNS} FROM merchant_product WHERE programme = ?1 AND (?2 IS NULL OR merchant = ?2) \
             AND number < ?3 ORDER BY number DESC LIMIT ?4"
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(&find, (programme, merchant, before.unwrap_or(i64::MAX), limit), product_row)
    }

    /// Decides a proposed product that waits; whether it did.
    pub fn decide_product(
        &self,
        programme: &str,
        id: &str,
        (state, reason): (&str, Option<&str>),
        (by, at): (&str, i64),
    ) -> Result<bool, StoreError> {
        let set = "UPDATE merchant_product SET state = ?3, reason = ?4, decided_by = ?5, decided_at = ?6 \
                   WHERE programme = ?1 AND id = ?2 AND state = ?7";
        Ok(self.execute(set, (programme, id, state, reason, by, at, PRODUCT_PROPOSED))? > 0)
    }

    /// Notes how an order went out.
    pub fn put_shipment(
        &self,
        programme: &str,
        (order, merchant): (&str, &str),
        shipment: &ShipmentRow,
    ) -> Result<(), StoreError> {
        let put = "INSERT INTO shipment (programme, order_id, merchant, carrier, number, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT (programme, order_id) DO UPDATE SET carrier = ?4, number = ?5";
        let ShipmentRow { carrier, number, at } = shipment;
        self.execute(put, (programme, order, merchant, carrier, number, at)).map(drop)
    }

    /// How an order went out, where it was noted.
    pub fn shipment(&self, programme: &str, order: &str) -> Result<Option<ShipmentRow>, StoreError> {
        let find = "SELECT carrier, number, at FROM shipment WHERE programme = ?1 AND order_id = ?2";
        self.one(find, (programme, order), |row| {
            Ok(ShipmentRow { carrier: row.get(0)?, number: row.get(1)?, at: row.get(2)? })
        })
    }

    /// Keeps what a suspended merchant says.
    pub fn add_appeal(
        &self,
        tenant: &str,
        programme: &str,
        (merchant, person): (&str, &str),
        text: &str,
        at: i64,
    ) -> Result<(), StoreError> {
        let Some(sealed) = self.sealed(person, "merchant appeal", text.as_bytes())? else { return Ok(()) };
        let insert = "INSERT INTO merchant_appeal (programme, number, tenant, merchant, person, at, sealed) VALUES (?1, \
                      (SELECT coalesce(max(number), 0) + 1 FROM merchant_appeal WHERE programme = ?1), ?2, ?3, ?4, ?5, ?6)";
        self.execute(insert, (programme, tenant, merchant, person, at, sealed)).map(drop)
    }

    /// What a merchant said to being suspended, in order.
    pub fn appeals(&self, programme: &str, merchant: &str) -> Result<Vec<AppealRow>, StoreError> {
        let find = "SELECT number, at, person, sealed, answer, answered_by, answered_at FROM merchant_appeal \
                    WHERE programme = ?1 AND merchant = ?2 ORDER BY number";
        let rows = self.all(find, (programme, merchant), |row| {
            let answer: Option<String> = row.get(4)?;
            let answer = match answer {
                Some(answer) => Some((answer, row.get(5)?, row.get(6)?)),
                None => None,
            };
            let sealed: (String, Vec<u8>) = (row.get(2)?, row.get(3)?);
            Ok((AppealRow { number: row.get(0)?, at: row.get(1)?, text: String::new(), answer }, sealed))
        })?;
        let mut found = Vec::with_capacity(rows.len());
        for (appeal, (person, sealed)) in rows {
            if let Some(text) = self.opened(&person, "merchant appeal", &sealed)? {
                let text = String::from_utf8(text);
                let text = text.map_err(|_| crate::StoreFault::Sealed { place: "merchant appeal" })?;
                found.push(AppealRow { text, ..appeal });
            }
        }
        Ok(found)
    }

    /// Answers an appeal that has no answer; whether it did.
    pub fn answer_appeal(
        &self,
        programme: &str,
        (merchant, number): (&str, i64),
        answer: &str,
        (by, at): (&str, i64),
    ) -> Result<bool, StoreError> {
        let set = "UPDATE merchant_appeal SET answer = ?4, answered_by = ?5, answered_at = ?6 \
                   WHERE programme = ?1 AND merchant = ?2 AND number = ?3 AND answer IS NULL";
        Ok(self.execute(set, (programme, merchant, number, answer, by, at))? > 0)
    }
}

fn product_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<MerchantProductRow> {
    let decided: (Option<String>, Option<i64>) = (row.get(14)?, row.get(15)?);
    Ok(MerchantProductRow {
        id: row.get(0)?,
        number: row.get(1)?,
        merchant: row.get(2)?,
        title: [row.get(3)?, row.get(4)?],
        description: [row.get(5)?, row.get(6)?],
        price: row.get(7)?,
        cost: row.get(8)?,
        stock: row.get(9)?,
        award: row.get(10)?,
        state: row.get(11)?,
        reason: row.get(12)?,
        proposed_at: row.get(13)?,
        decided: decided.0.zip(decided.1),
        picture: row.get(16)?,
    })
}
