//! `ratchet verify`: the hash chain of a journal, its events and postings applied, and every decision made
//! again. Names the first entry that does not fit.

use std::path::PathBuf;

use ratchet_engine::engine::Engine;
use ratchet_engine::journal::{Checked, JournalError, Verifier};
use serde_json::json;

use crate::journal_file::{self, Broken, End};
use crate::snapshot;
use crate::{Ended, Failure, Lang, print, print_json};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The journal, as --journal wrote it, in either form / 由 --journal 写出的日志（两种形式均可）
    journal: PathBuf,
    /// Begin with the state of a snapshot; entries before it are only read / 从快照的状态开始，之前的记录只读取
    #[arg(long, value_name = "SNAPSHOT")]
    from: Option<PathBuf>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let name = arguments.journal.display().to_string();
    match verified(arguments, lang) {
        Ok((engine, checked, end)) => {
            fits(arguments, lang, &name, &engine, checked, &end)?;
            Ok(Ended::Done)
        }
        Err(Broken::File(failure)) => Err(failure),
        Err(Broken::Journal(error)) => {
            does_not_fit(arguments.json, lang, &name, &error)?;
            Ok(Ended::Refused)
        }
    }
}

fn verified(arguments: &Arguments, lang: Lang) -> Result<(Engine, Checked, End), Broken> {
    let mut verifier = match &arguments.from {
        Some(path) => {
            let (engine, position) = snapshot::restore(path).map_err(Broken::File)?;
            Verifier::resuming(engine, position)
        }
        None => Verifier::new(),
    };
    let end = journal_file::read(&arguments.journal, lang, &mut |batch, line| {
        verifier.push_batch(batch, line)?;
        Ok(true)
    })?;
    let (engine, checked) = verifier.finish_checked()?;
    end.check(&engine)?;
    Ok((engine, checked, end))
}

fn fits(
    arguments: &Arguments,
    lang: Lang,
    name: &str,
    engine: &Engine,
    checked: Checked,
    end: &End,
) -> Result<(), Failure> {
    let digest = engine.digest();
    let Checked { entries, replayed_only } = checked;
    if arguments.json {
        return print_json(&json!({
            "journal": name,
            "ok": true,
            "entries": entries,
            "replayed_only": replayed_only,
            "now": engine.now().to_string(),
            "digest": digest,
            "head": end.head,
            "root": end.root,
            "entries_head": end.entries_head,
        }));
    }
    let head = &end.head;
    let mut zh = format!(
        "{name}：{entries} 条记录全部相符：哈希链、逐条重放、逐条重新判定。\n状态摘要 {digest}\n末条哈希 {head}\n"
    );
    let mut en = format!(
        "{name}: all {entries} entries fit: hash chain, replay, every decision made again.\nstate digest {digest}\n\
         last hash    {head}\n"
    );
    if let Some(entries_head) = &end.entries_head {
        zh += &format!("条目哈希 {entries_head}\n");
        en += &format!("entries hash {entries_head}\n");
    }
    if let Some(root) = &end.root {
        zh += &format!("条目树根 {root}\n");
        en += &format!("tree root    {root}\n");
    }
    if let Some(from) = &arguments.from {
        let from = from.display();
        zh += &format!("{from} 之前的记录只核对了哈希链：它们的结果取自快照。\n");
        en += &format!(
            "of the entries before {from} only the hash chain was checked: what they led to is taken from it.\n"
        );
    }
    if replayed_only > 0 {
        zh += &format!("其中 {replayed_only} 条由旧规则判定：已重放，未重新判定。\n");
        en += &format!("{replayed_only} of them were decided by older rules: replayed, not decided again.\n");
    }
    zh += "整份日志可以被重写；请把末条哈希另存一处，以便日后对照。";
    en += "A journal can be rewritten as a whole; keep the last hash somewhere else to compare it later.";
    print(&format!("{}\n", lang.pick(&zh, &en)))
}

fn does_not_fit(json: bool, lang: Lang, name: &str, error: &JournalError) -> Result<(), Failure> {
    let JournalError { line, seq, reason } = error;
    if json {
        return print_json(&json!({
            "journal": name, "ok": false, "line": line, "entry": seq, "reason": reason.en,
            "code": reason.code, "facts": reason.to_json()["facts"],
        }));
    }
    let entry = seq.map_or_else(|| "?".to_owned(), |seq| seq.to_string());
    let zh = format!("{name}:{line}：第 {entry} 条记录是第一条不相符的：{}", reason.zh);
    let en = format!("{name}:{line}: entry {entry} is the first that does not fit: {}", reason.en);
    print(&format!("{}\n", lang.pick(&zh, &en)))
}
