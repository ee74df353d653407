//! `ratchet snapshot`: the state at the end of a journal, kept so that reading the journal again may begin there.

use std::path::{Path, PathBuf};

use ratchet_engine::engine::Engine;
use ratchet_engine::hash::Hash32;
use ratchet_engine::journal::{JournalError, Verifier};
use ratchet_engine::message::System;
use ratchet_engine::snapshot::JournalPosition;
use ratchet_sim::fault::FileFault;

use crate::fault::CliFault;
use crate::files::{self, Output};
use crate::journal_file;
use crate::{Ended, Failure, Lang, print};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The journal, as --journal wrote it / 由 --journal 写出的日志
    journal: PathBuf,
    /// The file to write / 要写出的文件
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// Go on from an older snapshot of this journal / 从这份日志较早的快照继续
    #[arg(long, value_name = "SNAPSHOT")]
    from: Option<PathBuf>,
}

/// Entries are checked against the hash chain and applied; nothing is decided again, which `ratchet verify` does.
pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let name = arguments.journal.display().to_string();
    let mut out = Output::create(&arguments.out)?;
    let verifier = match &arguments.from {
        Some(path) => {
            let (engine, position) = restore(path)?;
            Verifier::resuming(engine, position)
        }
        None => Verifier::new(),
    };
    let mut verifier = verifier.only_replaying();
    let refuse =
        |error: &JournalError| Failure::refused(CliFault::Misfit { journal: &name, error: error.clone() });
    let end = journal_file::read(&arguments.journal, lang, &mut |batch, line| {
        verifier.push_batch(batch, line)?;
        Ok(true)
    });
    let end = end.map_err(|broken| broken.failure(refuse))?;
    let position = verifier.position();
    let (engine, entries) = verifier.finish().map_err(|error| refuse(&error))?;
    end.check(&engine).map_err(|error| refuse(&error))?;
    let digest = write(&engine, &position, &mut out, &arguments.out)?;
    out.persist()?;
    let out = arguments.out.display();
    print(&format!(
        "{}\n",
        lang.pick(
            &format!("{out}：{entries} 条记录之后的状态\n状态摘要 {digest}"),
            &format!("{out}: the state after {entries} entries\nstate digest {digest}"),
        )
    ))?;
    Ok(Ended::Done)
}

fn write(
    engine: &Engine,
    position: &JournalPosition,
    out: &mut Output,
    path: &Path,
) -> Result<Hash32, Failure> {
    engine.snapshot(position, &mut *out).map_err(|error| {
        let file = path.display().to_string();
        Failure::usage(FileFault::WriteElsewhere { file, error: System(&error) })
    })
}

/// Reads a snapshot: the state, and where its journal stood.
pub(crate) fn restore(path: &Path) -> Result<(Engine, JournalPosition), Failure> {
    let file = std::io::BufReader::with_capacity(1 << 18, files::open(path)?);
    let (engine, header, _) = Engine::restore(file).map_err(|error| {
        Failure::refused(CliFault::SnapshotMisfit { snapshot: path.display().to_string(), error })
    })?;
    Ok((engine, header.journal))
}
