//! Articles that people want to find again (MALL-8).

use super::Tables;
use crate::fault::StoreError;

/// An article that a person wants to find again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FavouriteRow {
    /// The article.
    pub product: String,
    /// Its price of then, in minor units.
    pub price: i64,
    /// Since when, by the programme's clock.
    pub at: i64,
}

impl Tables<'_> {
    /// A person's favourites in a programme, the last one first.
    pub fn favourites(&self, programme: &str, person: &str) -> Result<Vec<FavouriteRow>, StoreError> {
        let find = "SELECT product, price, at FROM favourite WHERE programme = ?1 AND person = ?2 ORDER BY number DESC";
        self.all(find, (programme, person), |row| {
            Ok(FavouriteRow { product: row.get(0)?, price: row.get(1)?, at: row.get(2)? })
        })
    }

    /// Keeps a favourite; one that is kept stays as it was.
    pub fn put_favourite(
        &self,
        programme: &str,
        person: &str,
        favourite: &FavouriteRow,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO favourite (programme, person, product, number, price, at) VALUES (?1, ?2, ?3, \
                      (SELECT coalesce(max(number), 0) + 1 FROM favourite WHERE programme = ?1 AND person = ?2), ?4, ?5) \
                      ON CONFLICT DO NOTHING";
        let FavouriteRow { product, price, at } = favourite;
        self.execute(insert, (programme, person, product, price, at)).map(drop)
    }

    /// A favourite is one no longer.
    pub fn remove_favourite(&self, programme: &str, person: &str, product: &str) -> Result<(), StoreError> {
        let delete = "DELETE FROM favourite WHERE programme = ?1 AND person = ?2 AND product = ?3";
        self.execute(delete, (programme, person, product)).map(drop)
    }
}
