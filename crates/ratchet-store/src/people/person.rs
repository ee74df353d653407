//! Persons: making one, what they log in with, their second factor.

use serde::{Deserialize, Serialize};

use super::Tables;
use super::keys::{PersonKey, hash_of, random_id};
use crate::fault::StoreError;

/// Somebody who signs up.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// E-mail address or phone number as it is compared.
    pub login: String,
    /// How others see the person.
    pub name: String,
    /// PHC string of the password.
    pub password: String,
    /// When.
    pub at: i64,
}

/// Sealed data of a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonData {
    /// How others see the person.
    pub name: String,
    /// What they log in with.
    pub login: String,
}

/// What a log-in is checked by.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The person's id.
    pub person: String,
    /// PHC string of the password.
    pub password: String,
    /// Secret of the confirmed second factor.
    pub second_factor: Option<Vec<u8>>,
    /// The last step of it that was used.
    pub second_factor_step: i64,
}

impl Tables<'_> {
    /// Makes a person; `None` if somebody logs in with that already.
    pub fn add_person(&self, new: &NewPerson) -> Result<Option<String>, StoreError> {
        let hash = self.keys.lookup(&new.login);
        if self.one("SELECT 1 FROM login WHERE hash = ?1", [&hash[..]], |_| Ok(()))?.is_some() {
            return Ok(None);
        }
        let person = random_id("p");
        let (stored, key) = self.keys.new_person_key(&person);
        let data = PersonData { name: new.name.clone(), login: new.login.clone() };
        let data = serde_json::to_vec(&data).expect("texts are JSON");
        let sealed = key.seal(&person, &data);
        let insert = "INSERT INTO person (id, created_at, password, key, sealed) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.execute(insert, (&person, new.at, &new.password, stored, sealed))?;
        self.execute("INSERT INTO login (hash, person) VALUES (?1, ?2)", (&hash[..], &person))?;
        Ok(Some(person))
    }

    /// What somebody who logs in with this is checked by.
    pub fn credentials(&self, login: &str) -> Result<Option<Credentials>, StoreError> {
        let find = "SELECT person.id, password, second_factor, second_factor_step \
                    FROM login JOIN person ON person.id = login.person WHERE hash = ?1";
        let hash = self.keys.lookup(login);
        let found = self.one(find, [&hash[..]], |row| {
            let credentials = Credentials {
                person: row.get(0)?,
                password: row.get(1)?,
                second_factor: row.get(2)?,
                second_factor_step: row.get(3)?,
            };
            Ok(credentials)
        })?;
        let Some(mut credentials) = found else { return Ok(None) };
        if let Some(sealed) = &credentials.second_factor {
            let key = self.key_of(&credentials.person)?;
            credentials.second_factor = match key {
                Some(key) => Some(key.open("second factor", sealed)?),
                None => None,
            };
        }
        Ok(Some(credentials))
    }

    /// Sealed data of a person; `None` if there is none, or no more.
    pub fn person(&self, person: &str) -> Result<Option<PersonData>, StoreError> {
        let Some(key) = self.key_of(person)? else { return Ok(None) };
        let sealed = self.one("SELECT sealed FROM person WHERE id = ?1", [person], |row| row.get(0))?;
        let Some(sealed): Option<Vec<u8>> = sealed else { return Ok(None) };
        let data = key.open(person, &sealed)?;
        serde_json::from_slice(&data)
            .map(Some)
            .map_err(|_| crate::StoreFault::Sealed { place: person }.into())
    }

    /// Whether logging in asks for a second factor.
    pub fn has_second_factor(&self, person: &str) -> Result<bool, StoreError> {
        let find = "SELECT second_factor IS NOT NULL FROM person WHERE id = ?1";
        Ok(self.one(find, [person], |row| row.get(0))?.unwrap_or(false))
    }

    /// Whether the person has proved to receive what is sent to their login.
    pub fn is_confirmed(&self, person: &str) -> Result<bool, StoreError> {
        let find = "SELECT confirmed_at IS NOT NULL FROM person WHERE id = ?1";
        Ok(self.one(find, [person], |row| row.get(0))?.unwrap_or(false))
    }

    /// A code that was sent to the person's login came back.
    pub fn confirm_login(&self, person: &str, now: i64) -> Result<(), StoreError> {
        let set = "UPDATE person SET confirmed_at = coalesce(confirmed_at, ?2) WHERE id = ?1";
        self.execute(set, (person, now)).map(drop)
    }

    /// Another password, as a PHC string.
    pub fn set_password(&self, person: &str, password: &str) -> Result<(), StoreError> {
        self.execute("UPDATE person SET password = ?2 WHERE id = ?1", (person, password)).map(drop)
    }

    /// The confirmed secret of the second factor.
    pub fn second_factor(&self, person: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(key) = self.key_of(person)? else { return Ok(None) };
        let sealed: Option<Option<Vec<u8>>> =
            self.one("SELECT second_factor FROM person WHERE id = ?1", [person], |row| row.get(0))?;
        sealed.flatten().map(|sealed| key.open("second factor", &sealed)).transpose()
    }

    /// Keeps a secret that a code has to confirm.
    pub fn begin_second_factor(&self, person: &str, secret: &[u8]) -> Result<(), StoreError> {
        let Some(key) = self.key_of(person)? else { return Ok(()) };
        let sealed = key.seal("second factor", secret);
        self.execute("UPDATE person SET second_factor_begun = ?2 WHERE id = ?1", (person, sealed))?;
        Ok(())
    }

    /// The secret that waits for its code.
    pub fn begun_second_factor(&self, person: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(key) = self.key_of(person)? else { return Ok(None) };
        let find = "SELECT second_factor_begun FROM person WHERE id = ?1";
        let sealed: Option<Option<Vec<u8>>> = self.one(find, [person], |row| row.get(0))?;
        sealed.flatten().map(|sealed| key.open("second factor", &sealed)).transpose()
    }

    /// From now on logging in asks for it. What was begun is what counts; `codes` replace all recovery codes.
    pub fn confirm_second_factor(&self, person: &str, step: i64, codes: &[String]) -> Result<(), StoreError> {
        let set = "UPDATE person SET second_factor = second_factor_begun, second_factor_begun = NULL, \
                   second_factor_step = ?2 WHERE id = ?1";
        self.execute(set, (person, step))?;
        self.execute("DELETE FROM recovery_code WHERE person = ?1", [person])?;
        for code in codes {
            let insert = "INSERT INTO recovery_code (person, hash) VALUES (?1, ?2)";
            self.execute(insert, (person, &hash_of(code)[..]))?;
        }
        Ok(())
    }

    /// Marks a step of the second factor as used; `false` if it, or a later one, was used before.
    pub fn use_second_factor(&self, person: &str, step: i64) -> Result<bool, StoreError> {
        let set = "UPDATE person SET second_factor_step = ?2 WHERE id = ?1 AND second_factor_step < ?2";
        Ok(self.execute(set, (person, step))? == 1)
    }

    /// Uses a recovery code up; `false` if it is none.
    pub fn use_recovery_code(&self, person: &str, code: &str) -> Result<bool, StoreError> {
        let delete = "DELETE FROM recovery_code WHERE person = ?1 AND hash = ?2";
        Ok(self.execute(delete, (person, &hash_of(code)[..]))? == 1)
    }

    /// Seals under a person's key, at a place of its own; `None` if the person is no more.
    pub(super) fn sealed(
        &self,
        person: &str,
        place: &str,
        text: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.key_of(person)?.map(|key| key.seal(place, text)))
    }

    /// Opens what was sealed so; `None` if the person is no more.
    pub(super) fn opened(
        &self,
        person: &str,
        place: &str,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.key_of(person)?.map(|key| key.open(place, sealed)).transpose()
    }

    pub(super) fn key_of(&self, person: &str) -> Result<Option<PersonKey>, StoreError> {
        let stored = self.one("SELECT key FROM person WHERE id = ?1", [person], |row| row.get(0))?;
        stored.map(|stored: Vec<u8>| self.keys.person_key(person, &stored)).transpose()
    }
}
