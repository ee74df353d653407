//! `ratchet verify`: the hash chain of a journal, its events and postings applied, and every decision made
//! again. Names the first entry that does not fit.

use std::path::PathBuf;

use ratchet_engine::engine::Engine;
use ratchet_engine::journal::{JournalError, Verifier};
use ratchet_sim::progress::{Phase, Progress};
use serde_json::json;

use crate::lines::Lines;
use crate::progress::Bar;
use crate::{Ended, Failure, Lang, files, print, print_json};

/// Longest line: an entry may hold a cascade of millions of exits.
pub(crate) const LINE_BYTES_MAX: u64 = 1 << 32;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The journal, as --journal wrote it / 由 --journal 写出的日志
    journal: PathBuf,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let name = arguments.journal.display().to_string();
    let file = files::open(&arguments.journal)?;
    let total = file.metadata().map_or(0, |metadata| metadata.len());
    let mut lines = Lines::new(file, &name, LINE_BYTES_MAX);
    let mut bar = Bar::new(lang);
    let mut verifier = Verifier::new();
    let mut head = String::new();
    let outcome = loop {
        let (number, line) = match lines.next()? {
            Some(line) => line,
            None => break verifier.finish(),
        };
        if let Err(error) = verifier.push(line) {
            break Err(error);
        }
        // `{"hash":"` and 64 digits: the line was just verified.
        head.clear();
        head.push_str(line.get(9..73).unwrap_or_default());
        if number % 1024 == 0 {
            bar.report(Progress { phase: Phase::Running, done: lines.bytes_read(), total });
        }
    };
    drop(bar);
    match outcome {
        Ok((engine, entries)) => {
            fits(arguments.json, lang, &name, &engine, entries, &head)?;
            Ok(Ended::Done)
        }
        Err(error) => {
            does_not_fit(arguments.json, lang, &name, &error)?;
            Ok(Ended::Refused)
        }
    }
}

fn fits(
    json: bool,
    lang: Lang,
    name: &str,
    engine: &Engine,
    entries: u64,
    head: &str,
) -> Result<(), Failure> {
    let digest = engine.digest();
    if json {
        return print_json(&json!({
            "journal": name,
            "ok": true,
            "entries": entries,
            "now": engine.now().to_string(),
            "digest": digest,
            "head": head,
        }));
    }
    let zh = format!(
        "{name}：{entries} 条记录全部相符：哈希链、逐条重放、逐条重新判定。\n状态摘要 {digest}\n末条哈希 {head}\n\
         整份日志可以被重写；请把末条哈希另存一处，以便日后对照。"
    );
    let en = format!(
        "{name}: all {entries} entries fit: hash chain, replay, every decision made again.\nstate digest {digest}\n\
         last hash    {head}\nA journal can be rewritten as a whole; keep the last hash somewhere else to compare it later."
    );
    print(&format!("{}\n", lang.pick(&zh, &en)))
}

fn does_not_fit(json: bool, lang: Lang, name: &str, error: &JournalError) -> Result<(), Failure> {
    let JournalError { line, seq, reason } = error;
    if json {
        return print_json(&json!({
            "journal": name, "ok": false, "line": line, "entry": seq, "reason": reason,
        }));
    }
    let entry = seq.map_or_else(|| "?".to_owned(), |seq| seq.to_string());
    let zh = format!("{name}:{line}：第 {entry} 条记录是第一条不相符的：{reason}");
    let en = format!("{name}:{line}: entry {entry} is the first that does not fit: {reason}");
    print(&format!("{}\n", lang.pick(&zh, &en)))
}
