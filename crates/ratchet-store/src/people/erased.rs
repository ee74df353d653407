//! Who was erased, kept outside the directory too: a backup of the directory still has the person.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use super::People;
use crate::fault::StoreError;
use crate::store::{directory_of, sync_directory};

impl People {
    /// Brings the tables and the list in `file`, an id a line, together: the list gets whom the tables have erased, the tables lose
    /// whom only the list has. To be called when a directory is opened and whenever somebody was erased; says how many persons had
    /// come back with a backup.
    pub fn keep_erased(&self, file: &Path) -> Result<usize, StoreError> {
        let failed = |error: &std::io::Error| StoreError::system(file, error);
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(failed(&error)),
        };
        // The last line may be a part of one, of whoever was killed while writing it: it is written again below.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let listed: BTreeSet<&str> = whole.lines().collect();
        let (mut come_back, mut missing) = (0, String::new());
        self.change(|tables| {
            for person in &listed {
                if tables.is_person(person)? {
                    tables.erase(person)?;
                    come_back += 1;
                }
            }
            for person in tables.erased()?.iter().filter(|person| !listed.contains(person.as_str())) {
                missing.push_str(person);
                missing.push('\n');
            }
            Ok::<_, StoreError>(())
        })?;
        if !missing.is_empty() {
            let start = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            append(file, &format!("{start}{missing}")).map_err(|error| failed(&error))?;
            sync_directory(directory_of(file))?;
        }
        Ok(come_back)
    }
}

fn append(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
