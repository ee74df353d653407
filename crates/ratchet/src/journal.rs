//! `ratchet journal`: entries in a readable form, and a journal in its other form.

use std::path::PathBuf;

use clap::Subcommand;
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Cause, Engine, Entry};
use ratchet_engine::journal::{EntryBatch, RULES, Verifier};
use ratchet_engine::ledger::Asset;
use ratchet_engine::message::System;
use ratchet_sim::fault::FileFault;

use crate::fault::CliFault;
use crate::journal_file::{self, Broken, Journal};
use crate::kept;
use crate::{Ended, Failure, Lang, print};

#[derive(Subcommand)]
pub(crate) enum Task {
    /// Print entries: cause, events, postings / 打印日志记录：起因、事件、分录
    Print(Print),
    /// Write a verified journal in its other form: JSON Lines, or binary if the name ends in .rj / 核对日志并以另一种形式写出
    Export(Export),
    /// Write the journal of a served programme to a file / 将服务器中一个项目的日志写入文件
    Save(kept::Save),
}

#[derive(clap::Args)]
pub(crate) struct Print {
    /// The journal, as --journal wrote it / 由 --journal 写出的日志
    journal: PathBuf,
    /// Number of the first entry, from 0 / 第一条记录的编号
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    /// How many entries / 打印多少条
    #[arg(long, value_name = "N", default_value_t = 20)]
    count: u64,
}

#[derive(clap::Args)]
pub(crate) struct Export {
    /// The journal, as --journal wrote it / 由 --journal 写出的日志
    journal: PathBuf,
    /// The file to write / 要写出的文件
    out: PathBuf,
}

pub(crate) fn run(task: &Task, lang: Lang) -> Result<Ended, Failure> {
    match task {
        Task::Print(arguments) => print_entries(arguments, lang),
        Task::Export(arguments) => export(arguments, lang),
        Task::Save(arguments) => kept::save(arguments, lang),
    }
}

fn refuse(name: &str, broken: Broken) -> Failure {
    broken.failure(|error| Failure::refused(CliFault::Misfit { journal: name, error: error.clone() }))
}

fn print_entries(arguments: &Print, lang: Lang) -> Result<Ended, Failure> {
    let name = arguments.journal.display().to_string();
    let end = arguments.from.saturating_add(arguments.count);
    let mut seen = 0;
    let mut text = String::new();
    let mut currency = ratchet_engine::amount::Currency::CNY;
    let mut each = |batch: &EntryBatch, _| {
        if let Some(genesis) = batch.genesis()
            && let Ok(plan) = genesis.read_plan()
        {
            currency = plan.programme.currency;
        }
        for (entry, envelope) in batch.iter() {
            if entry.seq >= end {
                return Ok(false);
            }
            seen = entry.seq + 1;
            if entry.seq >= arguments.from {
                text += &describe(&entry, envelope, batch, &currency);
            }
        }
        print(&text).map_err(Broken::File)?;
        text.clear();
        Ok(true)
    };
    let read = journal_file::read(&arguments.journal, lang, &mut each);
    print(&text)?;
    read.map_err(|broken| refuse(&name, broken))?;
    if seen <= arguments.from {
        let (journal, entries, entry) = (name.as_str(), seen, arguments.from);
        return Err(Failure::usage(CliFault::NoEntry { journal, entries, entry }));
    }
    Ok(Ended::Done)
}

/// An entry in a few lines.
fn describe(
    entry: &Entry<'_>,
    envelope: Option<&Envelope>,
    batch: &EntryBatch,
    currency: &ratchet_engine::amount::Currency,
) -> String {
    let cause = match (entry.cause, envelope) {
        (Cause::Due(kind), _) => {
            let (name, of) = kind.name();
            format!("due {name}{}", of.map_or_else(String::new, |of| format!(" {of}")))
        }
        (Cause::Genesis, _) => "genesis".to_owned(),
        (Cause::Command, envelope) => {
            format!("command {}", envelope.map_or_else(String::new, |envelope| envelope.to_json(currency)))
        }
    };
    let rules = if batch.rules() == RULES { String::new() } else { format!("  (rules {})", batch.rules()) };
    let mut text = format!("{}  {}  {cause}{rules}\n", entry.seq, entry.at);
    for (event, postings) in entry.steps() {
        text += &format!("    {}\n", serde_json::to_string(event).unwrap_or_default());
        for posting in postings {
            let account = posting.account;
            let amount = if account.kind.asset() == Asset::Money {
                currency.format_minor(posting.amount)
            } else {
                posting.amount.to_string()
            };
            text += &format!("        {} {}  {amount}\n", account.kind.name(), account.owner);
        }
    }
    text
}

fn export(arguments: &Export, lang: Lang) -> Result<Ended, Failure> {
    let name = arguments.journal.display().to_string();
    let mut out = Journal::create(&arguments.out)?;
    let mut verifier = Verifier::new();
    let mut each = |batch: &EntryBatch, line| {
        verifier.push_batch(batch, line)?;
        let engine: &Engine = match verifier.state() {
            Some(engine) => engine,
            None => return Ok(true),
        };
        out.write_batch(engine, batch).map_err(|error| {
            Broken::File(Failure::usage(FileFault::NothingWritten { error: System(&error) }))
        })?;
        Ok(true)
    };
    let end =
        journal_file::read(&arguments.journal, lang, &mut each).map_err(|broken| refuse(&name, broken))?;
    let (engine, checked) = verifier.finish_checked().map_err(|error| refuse(&name, error.into()))?;
    end.check(&engine).map_err(|error| refuse(&name, error.into()))?;
    out.persist(&engine)?;
    let out = arguments.out.display();
    let entries = checked.entries;
    print(&format!(
        "{}\n",
        lang.pick(&format!("{out}：{entries} 条记录"), &format!("{out}: {entries} entries"))
    ))?;
    Ok(Ended::Done)
}
