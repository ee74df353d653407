//! A copy of a directory while its server runs.

use std::fs::File;
use std::path::Path;

use crate::database::{Disk, Durability};
use crate::fault::{StoreError, StoreFault};
use crate::store::{ProgrammeFiles, check_is_store, sync_directory};

/// The name of a copied `server.db` as long as not all programmes are copied.
const UNFINISHED: &str = "server.db.part";

/// Where in a directory the files of pictures are, if no other place is named for them.
pub const PICTURES: &str = "pictures";

/// A backup that was killed is refused: a server that began on it would have no programmes, and nobody would miss them at once.
pub(crate) fn check_is_finished(directory: &Path) -> Result<(), StoreError> {
    if directory.join(UNFINISHED).exists() {
        return Err(StoreFault::Unfinished { path: &directory.display().to_string() }.into());
    }
    Ok(())
}

/// Copies what cannot be made again into a new directory, on which a server can be started; says how many programmes are in it. A
/// server that has the directory goes on meanwhile. The tables of people are copied first: a command that only the journal has is
/// answered by its key when it is sent again, while a row about an entry that is not there would be believed. Read models are left
/// out, the first start makes them anew.
pub fn back_up(from: &Path, to: &Path) -> Result<usize, StoreError> {
    check_is_store(from)?;
    let failed = |error: &std::io::Error| StoreError::system(to, error);
    std::fs::create_dir_all(to).map_err(|error| failed(&error))?;
    if std::fs::read_dir(to).map_err(|error| failed(&error))?.next().is_some() {
        return Err(StoreFault::NotEmpty { path: &to.display().to_string() }.into());
    }
    let programmes = to.join("programmes");
    std::fs::create_dir(&programmes).map_err(|error| failed(&error))?;
    // Under its own name only when all is there: what a kill leaves is no directory of a server.
    let unfinished = to.join(UNFINISHED);
    let disk = Disk::default();
    copy(&disk, &from.join("server.db"), &unfinished)?;
    let ids = programmes_of(&disk, &unfinished)?;
    for id in &ids {
        let files = ProgrammeFiles::of(from, id, disk.clone())?;
        let directory = programmes.join(id);
        std::fs::create_dir(&directory).map_err(|error| failed(&error))?;
        copy(&disk, &files.journal(), &directory.join("journal.db"))?;
        sync_directory(&directory)?;
    }
    sync_directory(&programmes)?;
    // After the tables that name them: files are there before their rows are, and never change.
    let pictures = from.join(PICTURES);
    if pictures.exists() {
        copy_files(&pictures, &to.join(PICTURES))?;
    }
    std::fs::rename(&unfinished, to.join("server.db")).map_err(|error| failed(&error))?;
    sync_directory(to)?;
    Ok(ids.len())
}

/// Which programmes are listed in a copied `server.db`; each of them will have to be loaded to find out when its next due work is,
/// because its journal is copied later than that time was written.
fn programmes_of(disk: &Disk, copied: &Path) -> Result<Vec<String>, StoreError> {
    let mut server = disk.open(copied, Durability::Commit)?;
    let ids = server.transaction(|transaction| {
        transaction.execute("DELETE FROM asleep", [])?;
        let mut select = transaction.prepare("SELECT id FROM programme ORDER BY id")?;
        select.query_map([], |row| row.get(0))?.collect()
    })?;
    // The file is renamed: nothing of it may be left in a log under the old name.
    let switched = server.connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()));
    switched.map_err(|error| server.error(&error))?;
    Ok(ids)
}

/// All files of a directory and of those in it. One that is deleted meanwhile was a picture of somebody who has left.
fn copy_files(from: &Path, to: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(to).map_err(|error| StoreError::system(to, &error))?;
    let failed = |error: &std::io::Error| StoreError::system(from, error);
    for entry in std::fs::read_dir(from).map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(|error| failed(&error))?.is_dir() {
            copy_files(&source, &target)?;
            continue;
        }
        match std::fs::copy(&source, &target).and_then(|_| File::open(&target)?.sync_all()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::system(&source, &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    sync_directory(to)
}

/// One file as it is at one moment.
fn copy(disk: &Disk, from: &Path, to: &Path) -> Result<(), StoreError> {
    let database = disk.open_to_read(from)?;
    let copied = database.connection.execute("VACUUM INTO ?1", [to.display().to_string()]);
    copied.map_err(|error| database.error(&error))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(|error| StoreError::system(to, &error))
}
