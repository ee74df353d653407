//! Who put which picture on this server (MALL-7). Their files are kept elsewhere, under their ids.

use super::Tables;
use crate::fault::StoreError;

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PicturePurpose {
    /// An article: it stays when the person leaves, as the article does.
    Product,
    /// A review: it goes with the person.
    Review,
}

/// A picture that somebody put here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureRow {
    /// Its id, which follows from its files.
    pub id: String,
    /// What it is for.
    pub purpose: PicturePurpose,
    /// Width and height of its largest file.
    pub size: [u32; 2],
    /// When, by the server's clock.
    pub at: i64,
}

impl PicturePurpose {
    fn name(self) -> &'static str {
        match self {
            PicturePurpose::Product => "product",
            PicturePurpose::Review => "review",
        }
    }
}

impl Tables<'_> {
    /// Notes a picture whose files are there; the same one again changes nothing.
    pub fn put_picture(
        &self,
        (tenant, person): (&str, &str),
        programme: &str,
        picture: &PictureRow,
    ) -> Result<(), StoreError> {
        let PictureRow { id, purpose, size: [width, height], at } = picture;
        let insert = "INSERT INTO picture (programme, id, person, purpose, tenant, width, height, at) \
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
        self.execute(insert, (programme, id, person, purpose.name(), tenant, width, height, at))?;
        self.execute("DELETE FROM picture_gone WHERE id = ?1", [id]).map(drop)
    }

    /// Whether anybody has put this picture here and is still there to have it.
    pub fn is_picture(&self, id: &str) -> Result<bool, StoreError> {
        Ok(self.one("SELECT 1 FROM picture WHERE id = ?1 LIMIT 1", [id], |_| Ok(()))?.is_some())
    }

    /// Whether a programme has this picture for a purpose; by one person, if one is named.
    pub fn has_picture(
        &self,
        programme: &str,
        id: &str,
        purpose: PicturePurpose,
        person: Option<&str>,
    ) -> Result<bool, StoreError> {
        let find = "SELECT 1 FROM picture WHERE programme = ?1 AND id = ?2 AND purpose = ?3 AND (?4 IS NULL OR person = ?4) LIMIT 1";
        Ok(self.one(find, (programme, id, purpose.name(), person), |_| Ok(()))?.is_some())
    }

    /// Pictures whose files are to be deleted.
    pub fn gone_pictures(&self) -> Result<Vec<String>, StoreError> {
        self.all("SELECT id FROM picture_gone ORDER BY id", [], |row| row.get(0))
    }

    /// The files of a picture are deleted.
    pub fn forget_gone_picture(&self, id: &str) -> Result<(), StoreError> {
        self.execute("DELETE FROM picture_gone WHERE id = ?1", [id]).map(drop)
    }

    /// What a person showed in reviews goes: the rows now, the files as soon as somebody deletes them.
    pub(super) fn erase_pictures(&self, person: &str) -> Result<(), StoreError> {
        let gone = "INSERT OR IGNORE INTO picture_gone (id) SELECT DISTINCT id FROM picture \
                    WHERE person = ?1 AND purpose = 'review' AND NOT EXISTS (SELECT 1 FROM picture AS other \
                    WHERE other.id = picture.id AND NOT (other.person = ?1 AND other.purpose = 'review'))";
        self.execute(gone, [person])?;
        self.execute("DELETE FROM picture WHERE person = ?1 AND purpose = 'review'", [person]).map(drop)
    }
}
