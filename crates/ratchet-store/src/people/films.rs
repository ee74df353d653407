//! Films of the day's task, and what members have watched of them.

use super::Tables;
use crate::fault::StoreError;

/// A film.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilmRow {
    /// Its id.
    pub id: String,
    /// The local day from which it is shown, until that of the next one.
    pub from_day: String,
    /// What it is called, in Chinese and English.
    pub title: [String; 2],
    /// How long it is.
    pub seconds: i64,
    /// Where it is on this server; the shop draws one that is nowhere.
    pub path: Option<String>,
}

/// Where a viewing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewingState {
    /// It goes on.
    Open,
    /// Another one of the same member goes on instead of it.
    Replaced,
    /// Its task was done.
    Done,
}

/// What is known of the watching (VIEW-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watching {
    /// How much of the film, from its beginning, in milliseconds.
    pub watched_ms: i64,
    /// Time that passed and that the film has not used yet, in milliseconds.
    pub spare_ms: i64,
    /// Heartbeats so far.
    pub heartbeats: i64,
    /// Whether it played when it was heard of last.
    pub playing: bool,
    /// When it began, in microseconds.
    pub started_at: i64,
    /// When it was heard of last.
    pub heard_at: i64,
}

/// A viewing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewingRow {
    /// Its id.
    pub id: String,
    /// The programme.
    pub programme: String,
    /// The member.
    pub member: String,
    /// The person whose position it is.
    pub person: String,
    /// The programme's local day.
    pub day: String,
    /// The film.
    pub film: String,
    /// How long that is.
    pub length_ms: i64,
    /// Where it stands.
    pub state: ViewingState,
    /// What was watched.
    pub watching: Watching,
    /// The entry by which its task was done.
    pub seq: Option<i64>,
}

/// What was watched on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViewingsOfDay {
    /// Members who began.
    pub members: i64,
    /// Viewings by which a task was done.
    pub done: i64,
    /// What was refused: code and how often.
    pub refused: Vec<(String, i64)>,
}

impl ViewingState {
    const ALL: [ViewingState; 3] = [ViewingState::Open, ViewingState::Replaced, ViewingState::Done];

    fn name(self) -> &'static str {
        match self {
            ViewingState::Open => "open",
            ViewingState::Replaced => "replaced",
            ViewingState::Done => "done",
        }
    }
}

const FILM: &str = "SELECT id, from_day, title_zh, title_en, seconds, path FROM film";
const VIEWING: &str = "SELECT id, programme, member, person, day, film, length_ms, state, watched_ms, spare_ms, heartbeats, \
                       playing, started_at, heard_at, seq FROM viewing";

impl Tables<'_> {
    /// A programme's films by the day from which each is shown.
    pub fn films(&self, programme: &str) -> Result<Vec<FilmRow>, StoreError> {
        self.all(&format!("{FILM} WHERE programme = ?1 ORDER BY from_day"), [programme], film)
    }

    /// The film of a local day.
    pub fn film_of(&self, programme: &str, day: &str) -> Result<Option<FilmRow>, StoreError> {
        let find = format!("{FILM} WHERE programme = ?1 AND from_day <= ?2 ORDER BY from_day DESC LIMIT 1");
        self.one(&find, [programme, day], film)
    }

    /// Makes these the films.
    pub fn put_films(&self, tenant: &str, programme: &str, films: &[FilmRow]) -> Result<(), StoreError> {
        self.execute("DELETE FROM film WHERE programme = ?1", [programme])?;
        let insert = "INSERT INTO film (tenant, programme, id, from_day, title_zh, title_en, seconds, path) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        for FilmRow { id, from_day, title: [zh, en], seconds, path } in films {
            self.execute(insert, (tenant, programme, id, from_day, zh, en, seconds, path))?;
        }
        Ok(())
    }

    /// Begins a viewing, which replaces any other that the member has open.
    pub fn begin_viewing(&self, tenant: &str, viewing: &ViewingRow) -> Result<(), StoreError> {
        let replace =
            "UPDATE viewing SET state = 'replaced' WHERE programme = ?1 AND member = ?2 AND state = 'open'";
        self.execute(replace, (&viewing.programme, &viewing.member))?;
        let insert = "INSERT INTO viewing (id, number, tenant, programme, member, person, day, film, length_ms, state, \
                      watched_ms, spare_ms, heartbeats, playing, started_at, heard_at, seq) VALUES (?1, \
                      (SELECT coalesce(max(number), 0) + 1 FROM viewing), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
                      ?13, ?14, ?15, ?16)";
        let ViewingRow { id, programme, member, person, day, film, length_ms, state, watching, seq } =
            viewing;
        self.execute(
            insert,
            rusqlite::params![
                id,
                tenant,
                programme,
                member,
                person,
                day,
                film,
                length_ms,
                state.name(),
                watching.watched_ms,
                watching.spare_ms,
                watching.heartbeats,
                watching.playing,
                watching.started_at,
                watching.heard_at,
                seq,
            ],
        )
        .map(drop)
    }

    /// A viewing.
    pub fn viewing(&self, id: &str) -> Result<Option<ViewingRow>, StoreError> {
        self.one(&format!("{VIEWING} WHERE id = ?1"), [id], viewing)
    }

    /// The viewing that a member began last on a day.
    pub fn viewing_of(
        &self,
        programme: &str,
        member: &str,
        day: &str,
    ) -> Result<Option<ViewingRow>, StoreError> {
        let find = format!(
            "{VIEWING} WHERE programme = ?1 AND day = ?2 AND member = ?3 ORDER BY number DESC LIMIT 1"
        );
        self.one(&find, [programme, day, member], viewing)
    }

    /// Says what was watched by now.
    pub fn set_watching(&self, id: &str, watching: &Watching) -> Result<(), StoreError> {
        let set = "UPDATE viewing SET watched_ms = ?2, spare_ms = ?3, heartbeats = ?4, playing = ?5, heard_at = ?6 WHERE id = ?1";
        let Watching { watched_ms, spare_ms, heartbeats, playing, heard_at, .. } = watching;
        self.execute(set, (id, watched_ms, spare_ms, heartbeats, playing, heard_at)).map(drop)
    }

    /// The task of a viewing was done by an entry.
    pub fn end_viewing(&self, id: &str, seq: i64) -> Result<(), StoreError> {
        let set = "UPDATE viewing SET state = 'done', seq = ?2 WHERE id = ?1";
        self.execute(set, (id, seq)).map(drop)
    }

    /// Something about a viewing was refused.
    pub fn count_refusal(&self, programme: &str, day: &str, code: &str) -> Result<(), StoreError> {
        let count = "INSERT INTO viewing_refusal (programme, day, code, count) VALUES (?1, ?2, ?3, 1) \
                     ON CONFLICT (programme, day, code) DO UPDATE SET count = count + 1";
        self.execute(count, [programme, day, code]).map(drop)
    }

    /// What was watched and refused on a day.
    pub fn viewings_of_day(&self, programme: &str, day: &str) -> Result<ViewingsOfDay, StoreError> {
        let count = "SELECT count(DISTINCT member), coalesce(sum(state = 'done'), 0) FROM viewing \
                     WHERE programme = ?1 AND day = ?2";
        let counted = self.one(count, [programme, day], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (members, done) = counted.unwrap_or_default();
        let refused =
            "SELECT code, count FROM viewing_refusal WHERE programme = ?1 AND day = ?2 ORDER BY code";
        let refused = self.all(refused, [programme, day], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(ViewingsOfDay { members, done, refused })
    }
}

fn film(row: &rusqlite::Row<'_>) -> rusqlite::Result<FilmRow> {
    Ok(FilmRow {
        id: row.get(0)?,
        from_day: row.get(1)?,
        title: [row.get(2)?, row.get(3)?],
        seconds: row.get(4)?,
        path: row.get(5)?,
    })
}

fn viewing(row: &rusqlite::Row<'_>) -> rusqlite::Result<ViewingRow> {
    let state: String = row.get(7)?;
    let state = ViewingState::ALL.into_iter().find(|known| known.name() == state);
    Ok(ViewingRow {
        id: row.get(0)?,
        programme: row.get(1)?,
        member: row.get(2)?,
        person: row.get(3)?,
        day: row.get(4)?,
        film: row.get(5)?,
        length_ms: row.get(6)?,
        state: state.ok_or(rusqlite::Error::InvalidQuery)?,
        watching: Watching {
            watched_ms: row.get(8)?,
            spare_ms: row.get(9)?,
            heartbeats: row.get(10)?,
            playing: row.get(11)?,
            started_at: row.get(12)?,
            heard_at: row.get(13)?,
        },
        seq: row.get(14)?,
    })
}
