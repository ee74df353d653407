//! What buyers say of what they received (MALL-6). What they write is sealed under their keys; the stars are not.

use serde::{Deserialize, Serialize};

use super::Tables;
use crate::fault::{StoreError, StoreFault};

/// What is written in a review or a follow-up: what is sealed of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewWords {
    /// The text.
    pub text: String,
    /// Ids of pictures.
    pub pictures: Vec<String>,
}

/// Where a review belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewPlace {
    /// The order.
    pub order: String,
    /// Its line.
    pub line: String,
    /// The article.
    pub product: String,
    /// The merchant of the line, where it names one.
    pub merchant: Option<String>,
    /// Who bought it.
    pub member: String,
}

/// What was answered to a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewAnswer {
    /// What.
    pub text: String,
    /// Who.
    pub by: String,
    /// The merchant did, and not staff.
    pub by_merchant: bool,
    /// When, by the programme's clock.
    pub at: i64,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRow {
    /// Its place among those of the programme, from 1.
    pub number: i64,
    /// Where it belongs.
    pub place: ReviewPlace,
    /// Who wrote it.
    pub person: String,
    /// The writer's name, while there is one.
    pub name: Option<String>,
    /// 1 to 5.
    pub stars: u8,
    /// What was written; `None` once the person is no more.
    pub words: Option<ReviewWords>,
    /// When, by the programme's clock.
    pub at: i64,
    /// What was added later, and when.
    pub follow_up: Option<(Option<ReviewWords>, i64)>,
    /// What was answered.
    pub answer: Option<ReviewAnswer>,
    /// Why staff hides it, who, and when.
    pub hidden: Option<(String, String, i64)>,
}

/// Which reviews; the newest first.
#[derive(Clone, Debug, Default)]
pub struct ReviewQuery {
    /// Only of this article.
    pub product: Option<String>,
    /// Only of goods of this merchant.
    pub merchant: Option<String>,
    /// Only of this order.
    pub order: Option<String>,
    /// Only this one.
    pub number: Option<i64>,
    /// Only with so many stars.
    pub stars: Option<u8>,
    /// Only with pictures.
    pub pictured: bool,
    /// Only those that nobody answered.
    pub unanswered: bool,
    /// Before this number.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
}

/// How many reviews an article has: with one star, two, and so on; and how many of all have pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReviewCounts {
    /// By stars, from one.
    pub by_stars: [u64; 5],
    /// With pictures.
    pub pictured: u64,
}

const COLUMNS: &str = "number, order_id, line, product, merchant, member, person, stars, sealed, at, follow_up, followed_up_at, \
                       answer, answered_by, by_merchant, answered_at, hidden, hidden_by, hidden_at";
/// Names what is sealed, and follows from nothing that may change.
const PLACE: &str = "review";
const FOLLOW_UP: &str = "review follow-up";

/// A row whose words are not opened.
type Closed = (ReviewRow, Vec<u8>, Option<(Vec<u8>, i64)>);

impl Tables<'_> {
    /// Keeps a review; `false` where the line has one, or the person is no more.
    pub fn add_review(
        &self,
        (tenant, person): (&str, &str),
        programme: &str,
        place: &ReviewPlace,
        (stars, words): (u8, &ReviewWords),
        at: i64,
    ) -> Result<bool, StoreError> {
        let Some(sealed) = self.sealed(person, PLACE, &bytes_of(words))? else { return Ok(false) };
        let insert = "INSERT INTO review (programme, number, tenant, order_id, line, product, merchant, member, person, stars, pictured, \
                      sealed, at) VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM review WHERE programme = ?1), ?2, ?3, ?4, ?5, \
                      ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING";
        let ReviewPlace { order, line, product, merchant, member } = place;
        let pictured = !words.pictures.is_empty();
        let done = self.execute(
            insert,
            rusqlite::params![
                programme, tenant, order, line, product, merchant, member, person, stars, pictured, sealed,
                at
            ],
        )?;
        Ok(done > 0)
    }

    /// Adds what its writer says later to a review that has no follow-up; whether it did.
    pub fn follow_review_up(
        &self,
        programme: &str,
        (number, person): (i64, &str),
        words: &ReviewWords,
        at: i64,
    ) -> Result<bool, StoreError> {
        let Some(sealed) = self.sealed(person, FOLLOW_UP, &bytes_of(words))? else { return Ok(false) };
        let set = "UPDATE review SET follow_up = ?4, followed_up_at = ?5, pictured = pictured OR ?6 \
                   WHERE programme = ?1 AND number = ?2 AND person = ?3 AND follow_up IS NULL";
        let pictured = !words.pictures.is_empty();
        Ok(self.execute(set, (programme, number, person, sealed, at, pictured))? > 0)
    }

    /// Answers a review that has no answer; whether it did.
    pub fn answer_review(
        &self,
        programme: &str,
        number: i64,
        answer: &ReviewAnswer,
    ) -> Result<bool, StoreError> {
        let set = "UPDATE review SET answer = ?3, answered_by = ?4, by_merchant = ?5, answered_at = ?6 \
                   WHERE programme = ?1 AND number = ?2 AND answer IS NULL";
        let ReviewAnswer { text, by, by_merchant, at } = answer;
        Ok(self.execute(set, (programme, number, text, by, by_merchant, at))? > 0)
    }

    /// Hides a review behind a reason, or shows it again.
    pub fn hide_review(
        &self,
        programme: &str,
        number: i64,
        hidden: Option<(&str, &str, i64)>,
    ) -> Result<(), StoreError> {
        let set = "UPDATE review SET hidden = ?3, hidden_by = ?4, hidden_at = ?5 WHERE programme = ?1 AND number = ?2";
        let (reason, by, at) = match hidden {
            Some((reason, by, at)) => (Some(reason), Some(by), Some(at)),
            None => (None, None, None),
        };
        self.execute(set, (programme, number, reason, by, at)).map(drop)
    }

    /// Reviews that fit a query, the newest first.
    pub fn reviews(&self, programme: &str, query: &ReviewQuery) -> Result<Vec<ReviewRow>, StoreError> {
        let find = format!(
            "SELECT {COLUMNS} FROM review WHERE programme = ?1 AND (?2 IS NULL OR product = ?2) \
             AND (?3 IS NULL OR merchant = ?3) AND (?4 IS NULL OR order_id = ?4) AND (?5 IS NULL OR number = ?5) \
             AND (?6 IS NULL OR stars = ?6) AND (pictured OR NOT ?7) AND (answer IS NULL OR NOT ?8) AND number < ?9 \
             ORDER BY number DESC LIMIT ?10"
        );
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
        let rows = self.all(
            &find,
            rusqlite::params![
                programme,
                query.product,
                query.merchant,
                query.order,
                query.number,
                query.stars,
                query.pictured,
                query.unanswered,
                query.before.unwrap_or(i64::MAX),
                limit
            ],
            closed_row,
        )?;
        rows.into_iter().map(|row| self.opened_review(row)).collect()
    }

    fn opened_review(&self, (mut review, sealed, follow_up): Closed) -> Result<ReviewRow, StoreError> {
        let open = |place: &'static str, sealed: &[u8]| {
            let words = self.opened(&review.person, place, sealed)?;
            let words = words.map(|words| serde_json::from_slice::<ReviewWords>(&words)).transpose();
            words.map_err(|_| StoreError::from(StoreFault::Sealed { place }))
        };
        let words = open(PLACE, &sealed)?;
        let follow_up = match follow_up {
            Some((sealed, at)) => Some((open(FOLLOW_UP, &sealed)?, at)),
            None => None,
        };
        review.name = self.person(&review.person)?.map(|data| data.name);
        Ok(ReviewRow { words, follow_up, ..review })
    }

    /// How many reviews an article has.
    pub fn review_counts(&self, programme: &str, product: &str) -> Result<ReviewCounts, StoreError> {
        let find = "SELECT stars, count(*), sum(pictured) FROM review WHERE programme = ?1 AND product = ?2 GROUP BY stars";
        let rows = self.all(find, (programme, product), |row| {
            Ok((row.get::<_, u8>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })?;
        let mut counts = ReviewCounts::default();
        for (stars, count, pictured) in rows {
            let whole = |number: i64| u64::try_from(number).unwrap_or(0);
            let place = stars.checked_sub(1).and_then(|at| counts.by_stars.get_mut(usize::from(at)));
            if let Some(place) = place {
                *place = whole(count);
            }
            counts.pictured += whole(pictured);
        }
        Ok(counts)
    }

    /// All that a person wrote, for the person.
    pub fn reviews_of(&self, person: &str) -> Result<Vec<(String, ReviewRow)>, StoreError> {
        let find =
            format!("SELECT {COLUMNS}, programme FROM review WHERE person = ?1 ORDER BY programme, number");
        let rows = self.all(&find, [person], |row| Ok((row.get::<_, String>(19)?, closed_row(row)?)))?;
        rows.into_iter().map(|(programme, row)| Ok((programme, self.opened_review(row)?))).collect()
    }
}

fn bytes_of(words: &ReviewWords) -> Vec<u8> {
    serde_json::to_vec(words).expect("texts are JSON")
}

fn closed_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Closed> {
    let follow_up: (Option<Vec<u8>>, Option<i64>) = (row.get(10)?, row.get(11)?);
    let answer = match row.get::<_, Option<String>>(12)? {
        Some(text) => {
            Some(ReviewAnswer { text, by: row.get(13)?, by_merchant: row.get(14)?, at: row.get(15)? })
        }
        None => None,
    };
    let hidden = match row.get::<_, Option<String>>(16)? {
        Some(reason) => Some((reason, row.get(17)?, row.get(18)?)),
        None => None,
    };
    let review = ReviewRow {
        number: row.get(0)?,
        place: ReviewPlace {
            order: row.get(1)?,
            line: row.get(2)?,
            product: row.get(3)?,
            merchant: row.get(4)?,
            member: row.get(5)?,
        },
        person: row.get(6)?,
        name: None,
        stars: row.get(7)?,
        words: None,
        at: row.get(9)?,
        follow_up: None,
        answer,
        hidden,
    };
    Ok((review, row.get(8)?, follow_up.0.zip(follow_up.1)))
}
