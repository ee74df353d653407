//! What buyer, merchant and staff say to each other of an order.

use super::Tables;
use crate::fault::{StoreError, StoreFault};

/// What somebody said of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderMessageRow {
    /// Its place among those of the order, from 1.
    pub number: i64,
    /// `buyer`, `merchant` or `staff`.
    pub side: String,
    /// Who.
    pub person: String,
    /// When, by the server's clock.
    pub at: i64,
    /// What was said; `None` where the person has left and nobody can open it any more.
    pub text: Option<String>,
}

/// An order of which something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogueRow {
    /// The order.
    pub order: String,
    /// How many messages.
    pub messages: i64,
    /// Which side spoke last.
    pub last_side: String,
    /// When.
    pub last_at: i64,
}

/// Side of the buyer: what it says waits for an answer.
pub const SIDE_BUYER: &str = "buyer";
/// Side of the merchant whose goods they are.
pub const SIDE_MERCHANT: &str = "merchant";
/// Side of the operator.
pub const SIDE_STAFF: &str = "staff";

const PLACE: &str = "order message";

impl Tables<'_> {
    /// Keeps what somebody says of an order; its number.
    pub fn add_order_message(
        &self,
        tenant: &str,
        (programme, order): (&str, &str),
        (side, person): (&str, &str),
        text: &str,
        at: i64,
    ) -> Result<i64, StoreError> {
        let (sealed, words) = match side {
            SIDE_STAFF => (None, Some(text)),
            _ => (self.sealed(person, PLACE, text.as_bytes())?, None),
        };
        let count =
            "SELECT coalesce(max(number), 0) + 1 FROM order_message WHERE programme = ?1 AND order_id = ?2";
        let number = self.one(count, (programme, order), |row| row.get(0))?.unwrap_or(1);
        let insert = "INSERT INTO order_message (programme, order_id, number, tenant, side, person, at, sealed, words) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.execute(insert, (programme, order, number, tenant, side, person, at, sealed, words))?;
        Ok(number)
    }

    /// What was said of an order, in order.
    pub fn order_messages(&self, programme: &str, order: &str) -> Result<Vec<OrderMessageRow>, StoreError> {
        let find = "SELECT number, side, person, at, words, sealed FROM order_message \
                    WHERE programme = ?1 AND order_id = ?2 ORDER BY number";
        let rows = self.all(find, (programme, order), |row| {
            let message = OrderMessageRow {
                number: row.get(0)?,
                side: row.get(1)?,
                person: row.get(2)?,
                at: row.get(3)?,
                text: row.get(4)?,
            };
            Ok((message, row.get::<_, Option<Vec<u8>>>(5)?))
        })?;
        let mut messages = Vec::with_capacity(rows.len());
        for (message, sealed) in rows {
            let text = match sealed {
                None => message.text,
                Some(sealed) => self.opened(&message.person, PLACE, &sealed)?.map(text_of).transpose()?,
            };
            messages.push(OrderMessageRow { text, ..message });
        }
        Ok(messages)
    }

    /// How many messages an order has.
    pub fn count_order_messages(&self, programme: &str, order: &str) -> Result<i64, StoreError> {
        let count = "SELECT count(*) FROM order_message WHERE programme = ?1 AND order_id = ?2";
        Ok(self.one(count, (programme, order), |row| row.get(0))?.unwrap_or(0))
    }

    /// Orders of which something was said: those where the buyer spoke last before the others, each of them by their last message, newest first.
    pub fn dialogues(&self, programme: &str, limit: usize) -> Result<Vec<DialogueRow>, StoreError> {
        let find = "SELECT order_id, number, side, at FROM order_message AS last WHERE programme = ?1 AND number = \
                    (SELECT max(number) FROM order_message WHERE programme = ?1 AND order_id = last.order_id) \
                    ORDER BY side = 'buyer' DESC, at DESC, order_id LIMIT ?2";
        self.all(find, (programme, i64::try_from(limit).unwrap_or(i64::MAX)), |row| {
            Ok(DialogueRow {
                order: row.get(0)?,
                messages: row.get(1)?,
                last_side: row.get(2)?,
                last_at: row.get(3)?,
            })
        })
    }

    /// What a person said of orders, for the person: programme, order, when, words.
    pub fn words_of(&self, person: &str) -> Result<Vec<(String, String, i64, String)>, StoreError> {
        let find = "SELECT programme, order_id, at, words, sealed FROM order_message WHERE person = ?1 ORDER BY at, number";
        let rows = self.all(find, [person], |row| {
            let place: (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((place, row.get::<_, Option<String>>(3)?, row.get::<_, Option<Vec<u8>>>(4)?))
        })?;
        let mut said = Vec::with_capacity(rows.len());
        for ((programme, order, at), words, sealed) in rows {
            let text = match sealed {
                None => words,
                Some(sealed) => self.opened(person, PLACE, &sealed)?.map(text_of).transpose()?,
            };
            said.push((programme, order, at, text.unwrap_or_default()));
        }
        Ok(said)
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(bytes).map_err(|_| StoreFault::Sealed { place: PLACE }.into())
}

#[cfg(test)]
mod tests {
    use super::super::{MasterKey, NewPerson, People};
    use super::*;
    use crate::Disk;

    /// MALL-11: once the buyer has left nobody can open what it said; what staff answered stays.
    #[test]
    fn the_buyers_words_go_with_the_buyer() {
        let directory = tempfile::tempdir().unwrap();
        let key = MasterKey::of_file(&directory.path().join("master.key"), true).unwrap();
        let people = People::open(directory.path(), &Disk::default(), &key).unwrap();
        let [owner, buyer] = ["a@example.com", "b@example.com"].map(|login| {
            let new =
                NewPerson { login: login.to_owned(), name: "N".to_owned(), password: String::new(), at: 1 };
            people.change(|tables| tables.add_person(&new)).unwrap().unwrap()
        });
        people
            .change(|tables| {
                let link = tables.add_owner_link("T", 1)?;
                let tenant = tables.use_link(&link.token, &owner, true, 2)?.unwrap().tenant;
                let say = |order: &str, side: &str, person: &str, text: &str, at: i64| {
                    tables.add_order_message(&tenant, ("g", order), (side, person), text, at)
                };
                assert_eq!(say("o1", SIDE_BUYER, &buyer, "It is broken", 3)?, 1);
                assert_eq!(say("o1", SIDE_STAFF, &owner, "Send it back", 4)?, 2);
                assert_eq!(say("o2", SIDE_BUYER, &buyer, "Where is it?", 2)?, 1);
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let texts = || {
            let rows = people.look(|tables| tables.order_messages("g", "o1")).unwrap();
            rows.into_iter().map(|row| row.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(), [Some("It is broken".to_owned()), Some("Send it back".to_owned())]);
        // The one that waits for an answer stands first, though the other is newer.
        let listed = people.look(|tables| tables.dialogues("g", 10)).unwrap();
        let listed: Vec<_> = listed.iter().map(|row| (row.order.as_str(), row.messages)).collect();
        assert_eq!(listed, [("o2", 1), ("o1", 2)]);
        let said = people.look(|tables| tables.words_of(&buyer)).unwrap();
        assert_eq!(
            said.iter().map(|row| row.3.as_str()).collect::<Vec<_>>(),
            ["Where is it?", "It is broken"]
        );
        people.change(|tables| tables.erase(&buyer)).unwrap();
        assert_eq!(texts(), [None, Some("Send it back".to_owned())]);
    }
}
