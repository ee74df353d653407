//! `ratchet rebuild` and `ratchet journal save`: what a server keeps, without the server.

use std::path::PathBuf;

use ratchet_store::{Disk, JournalForm, ProgrammeFiles, Store, StoreError};

use crate::files::Output;
use crate::journal_file;
use crate::{Ended, Failure, Lang, print};

#[derive(clap::Args)]
pub(crate) struct Rebuild {
    /// Directory of a server's data; the server must not run / 服务器的数据目录，此时服务器不能运行
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Only this programme / 只处理这个项目
    programme: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct Save {
    /// Directory of a server's data; the server may run / 服务器的数据目录，服务器可以正在运行
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Whose journal / 哪个项目的日志
    programme: String,
    /// The file to write: JSON Lines, or binary if its name ends in .rj / 要写出的文件
    out: PathBuf,
}

fn refused(error: StoreError) -> Failure {
    Failure::refused(error.message().clone())
}

/// KEEP-2: throws the rows of lists and series away and makes them again from the journal.
pub(crate) fn rebuild(arguments: &Rebuild, lang: Lang) -> Result<Ended, Failure> {
    let store = Store::open_existing(&arguments.data).map_err(refused)?;
    let mut programmes = store.programmes().map_err(refused)?;
    if let Some(programme) = &arguments.programme {
        programmes.retain(|listed| listed.id == *programme);
        // Says that it is unknown.
        ProgrammeFiles::of(&arguments.data, programme, Disk::default()).map_err(refused)?;
    }
    for listed in programmes {
        let entries = ratchet_store::rebuild(&store.files(&listed.id)).map_err(refused)?;
        let id = listed.id;
        print(&format!(
            "{}\n",
            lang.pick(&format!("{id}：{entries} 条记录"), &format!("{id}: {entries} entries"))
        ))?;
    }
    Ok(Ended::Done)
}

/// KEEP-3: writes a programme's journal to a file that needs no server.
pub(crate) fn save(arguments: &Save, lang: Lang) -> Result<Ended, Failure> {
    let files =
        ProgrammeFiles::of(&arguments.data, &arguments.programme, Disk::default()).map_err(refused)?;
    let form = if journal_file::is_binary(&arguments.out) { JournalForm::Binary } else { JournalForm::Json };
    let mut out = Output::create(&arguments.out)?;
    let saved = files.export(form, &mut out).map_err(refused)?;
    out.persist()?;
    let (out, entries) = (arguments.out.display(), saved.entries);
    print(&format!(
        "{}\n",
        lang.pick(&format!("{out}：{entries} 条记录"), &format!("{out}: {entries} entries"))
    ))?;
    Ok(Ended::Done)
}
