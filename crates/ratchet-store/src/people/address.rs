//! Where people want goods sent, and where orders go.

use serde::{Deserialize, Serialize};

use super::Tables;
use super::keys::random_id;
use crate::fault::{StoreError, StoreFault};

/// Who receives goods, and where: what is sealed of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Who takes the parcel.
    pub name: String,
    /// Phone number for the carrier.
    pub phone: String,
    /// Street, house, door.
    pub detail: String,
}

/// An address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRow {
    /// Its id.
    pub id: String,
    /// GB/T 2260 code of its district.
    pub region: String,
    /// The rest of it.
    pub recipient: Recipient,
    /// Whether orders go there if nothing else is said.
    pub is_default: bool,
}

impl Tables<'_> {
    /// A person's addresses, as they were made.
    pub fn addresses(&self, person: &str) -> Result<Vec<AddressRow>, StoreError> {
        let Some(key) = self.key_of(person)? else { return Ok(Vec::new()) };
        let find = "SELECT id, region, sealed, is_default FROM address WHERE person = ?1 ORDER BY number";
        let rows = self.all(find, [person], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?, row.get(3)?))
        })?;
        let mut addresses = Vec::with_capacity(rows.len());
        for (id, region, sealed, is_default) in rows {
            let recipient = recipient_of(&id, &key.open(&id, &sealed)?)?;
            addresses.push(AddressRow { id, region, recipient, is_default });
        }
        Ok(addresses)
    }

    /// Makes an address, or changes the person's own one with this id; its id, `None` where there is no such address or person.
    pub fn put_address(
        &self,
        person: &str,
        id: Option<&str>,
        (region, recipient, is_default): (&str, &Recipient, bool),
    ) -> Result<Option<String>, StoreError> {
        let Some(key) = self.key_of(person)? else { return Ok(None) };
        let made = id.is_none();
        let id = id.map_or_else(|| random_id("a"), str::to_owned);
        let sealed = key.seal(&id, &serde_json::to_vec(recipient).expect("texts are JSON"));
        let rows = if made {
            let insert = "INSERT INTO address (id, person, number, region, sealed, is_default) VALUES (?1, ?2, \
                          (SELECT coalesce(max(number), 0) + 1 FROM address WHERE person = ?2), ?3, ?4, \
                          NOT EXISTS (SELECT 1 FROM address WHERE person = ?2))";
            self.execute(insert, (&id, person, region, &sealed))?
        } else {
            let set = "UPDATE address SET region = ?3, sealed = ?4 WHERE id = ?1 AND person = ?2";
            self.execute(set, (&id, person, region, &sealed))?
        };
        if rows == 0 {
            return Ok(None);
        }
        if is_default {
            self.execute("UPDATE address SET is_default = (id = ?2) WHERE person = ?1", (person, &id))?;
        }
        Ok(Some(id))
    }

    /// Takes an address of a person away; if it was the default, the first of the others is.
    pub fn remove_address(&self, person: &str, id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM address WHERE person = ?1 AND id = ?2", (person, id))?;
        let set = "UPDATE address SET is_default = 1 WHERE person = ?1 \
                   AND number = (SELECT min(number) FROM address WHERE person = ?1) \
                   AND NOT EXISTS (SELECT 1 FROM address WHERE person = ?1 AND is_default)";
        self.execute(set, [person]).map(drop)
    }

    /// Keeps where an order goes; one that is known stays as it is.
    pub fn put_delivery(
        &self,
        (tenant, person): (&str, &str),
        (programme, order): (&str, &str),
        (region, recipient): (&str, &Recipient),
    ) -> Result<(), StoreError> {
        let Some(key) = self.key_of(person)? else { return Ok(()) };
        let sealed = key.seal(order, &serde_json::to_vec(recipient).expect("texts are JSON"));
        let insert = "INSERT INTO delivery (programme, order_id, tenant, person, region, sealed) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        self.execute(insert, (programme, order, tenant, person, region, sealed)).map(drop)
    }

    /// Forgets where an order would have gone.
    pub fn remove_delivery(&self, programme: &str, order: &str) -> Result<(), StoreError> {
        let delete = "DELETE FROM delivery WHERE programme = ?1 AND order_id = ?2";
        self.execute(delete, (programme, order)).map(drop)
    }

    /// Where an order goes: the region, and the rest while the person is there.
    pub fn delivery(
        &self,
        programme: &str,
        order: &str,
    ) -> Result<Option<(String, Option<Recipient>)>, StoreError> {
        let find = "SELECT region, person, sealed FROM delivery WHERE programme = ?1 AND order_id = ?2";
        let row = self.one(find, (programme, order), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
        })?;
        let Some((region, person, sealed)) = row else { return Ok(None) };
        let recipient = match self.key_of(&person)? {
            Some(key) => Some(recipient_of(order, &key.open(order, &sealed)?)?),
            None => None,
        };
        Ok(Some((region, recipient)))
    }
}

fn recipient_of(place: &str, text: &[u8]) -> Result<Recipient, StoreError> {
    serde_json::from_slice(text).map_err(|_| StoreFault::Sealed { place }.into())
}

#[cfg(test)]
mod tests {
    use super::super::{MasterKey, NewPerson, People};
    use super::*;
    use crate::Disk;

    fn people(directory: &std::path::Path) -> (People, [String; 2]) {
        let key = MasterKey::of_file(&directory.join("master.key"), true).unwrap();
        let people = People::open(directory, &Disk::default(), &key).unwrap();
        let persons = ["a@example.com", "b@example.com"].map(|login| {
            let new =
                NewPerson { login: login.to_owned(), name: "N".to_owned(), password: String::new(), at: 1 };
            people.change(|tables| tables.add_person(&new)).unwrap().unwrap()
        });
        (people, persons)
    }

    fn at(detail: &str) -> Recipient {
        Recipient { name: "王小明".to_owned(), phone: "13800000001".to_owned(), detail: detail.to_owned() }
    }

    #[test]
    fn the_first_address_is_the_default_and_another_can_be() {
        let directory = tempfile::tempdir().unwrap();
        let (people, [person, other]) = people(directory.path());
        let put = |id: Option<&str>, detail: &str, is_default: bool| {
            people
                .change(|tables| tables.put_address(&person, id, ("330106", &at(detail), is_default)))
                .unwrap()
        };
        let defaults = || {
            let rows = people.look(|tables| tables.addresses(&person)).unwrap();
            rows.into_iter().map(|row| (row.recipient.detail, row.is_default)).collect::<Vec<_>>()
        };
        let (first, second) = (put(None, "1", false).unwrap(), put(None, "2", false).unwrap());
        assert_eq!(defaults(), [("1".to_owned(), true), ("2".to_owned(), false)]);
        assert_eq!(put(Some(&second), "3", true), Some(second.clone()));
        assert_eq!(defaults(), [("1".to_owned(), false), ("3".to_owned(), true)]);
        people.change(|tables| tables.remove_address(&person, &second)).unwrap();
        assert_eq!(defaults(), [("1".to_owned(), true)]);
        // Another person's address is none.
        let strange =
            people.change(|tables| tables.put_address(&other, Some(&first), ("330106", &at("x"), true)));
        assert_eq!(strange.unwrap(), None);
        people.change(|tables| tables.remove_address(&other, &first)).unwrap();
        assert_eq!(defaults(), [("1".to_owned(), true)]);
    }

    #[test]
    fn nobody_can_open_where_an_order_went_once_the_person_has_left() {
        let directory = tempfile::tempdir().unwrap();
        let (people, [person, owner]) = people(directory.path());
        let delivery = || people.look(|tables| tables.delivery("g", "o1")).unwrap();
        people
            .change(|tables| {
                let link = tables.add_owner_link("T", 1)?;
                let tenant = tables.use_link(&link.token, &owner, true, 2)?.unwrap().tenant;
                tables.put_delivery((&tenant, &person), ("g", "o1"), ("330106", &at("1")))?;
                // What is known stays.
                tables.put_delivery((&tenant, &person), ("g", "o1"), ("110101", &at("2")))
            })
            .unwrap();
        assert_eq!(delivery(), Some(("330106".to_owned(), Some(at("1")))));
        people.change(|tables| tables.erase(&person)).unwrap();
        assert_eq!(delivery(), Some(("330106".to_owned(), None)));
    }
}
