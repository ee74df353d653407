//! `ratchet explain`: why the balances of one journal entry changed: rule, numbers, earlier entries.

use std::path::PathBuf;

use ratchet_engine::explain::{Explainer, Explanation};
use ratchet_engine::journal::EntryBatch;
use serde_json::{Value, json};

use crate::fault::CliFault;
use crate::journal_file;
use crate::{Ended, Failure, Lang, print, print_json};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The journal, as --journal wrote it / 由 --journal 写出的日志
    journal: PathBuf,
    /// Number of the entry, from 0 / 记录的编号
    entry: u64,
    /// Only postings of this member or merchant / 只看这个会员或商家
    #[arg(long, value_name = "ID")]
    of: Option<String>,
    /// Only this account, such as wallet.cash / 只看这个账户
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let name = arguments.journal.display().to_string();
    let mut explanations = read(arguments, &name, lang)?;
    explanations.retain(|one| {
        let of = arguments.of.as_ref().is_none_or(|of| one.owner.as_ref() == Some(of));
        of && arguments.account.as_ref().is_none_or(|account| one.account == account)
    });
    if arguments.json {
        let postings: Vec<Value> = explanations.iter().map(to_json).collect();
        print_json(&json!({ "journal": name, "entry": arguments.entry, "postings": postings }))?;
        return Ok(Ended::Done);
    }
    if explanations.is_empty() {
        let zh = format!("第 {} 条记录没有这样的分录。", arguments.entry);
        let en = format!("entry {} has no such posting", arguments.entry);
        print(&format!("{}\n", lang.pick(&zh, &en)))?;
        return Ok(Ended::Done);
    }
    let texts: Vec<String> = explanations.iter().map(|one| text(one, lang)).collect();
    print(&texts.join("\n"))?;
    Ok(Ended::Done)
}

/// Reads the journal up to the entry and explains it.
fn read(arguments: &Arguments, name: &str, lang: Lang) -> Result<Vec<Explanation>, Failure> {
    let mut explainer = Explainer::new();
    let (mut found, mut entries) = (None, 0_u64);
    let mut each = |batch: &EntryBatch, line| {
        let asked = batch.iter().any(|(entry, _)| entry.seq == arguments.entry);
        entries += batch.len() as u64;
        if asked {
            found = Some(explainer.explain_in(batch, line, arguments.entry)?);
            return Ok(false);
        }
        explainer.push_batch(batch, line)?;
        Ok(true)
    };
    let read = journal_file::read(&arguments.journal, lang, &mut each);
    read.map_err(|broken| {
        broken.failure(|error| Failure::refused(CliFault::Journal { journal: name, error: error.clone() }))
    })?;
    found.ok_or_else(|| Failure::usage(CliFault::NoEntry { journal: name, entries, entry: arguments.entry }))
}

fn text(one: &Explanation, lang: Lang) -> String {
    let owner = one.owner.as_ref().map_or(String::new(), |owner| format!(" [{owner}]"));
    let (entry, step, posting) = one.place;
    let change = &one.change;
    let mut text = format!(
        "{entry}.{step}.{posting}  {}{owner}  {}  ({} → {})\n  {}  {}\n",
        one.account,
        change.amount,
        change.before,
        change.after,
        one.rule,
        lang.pick(&one.text.zh, &one.text.en).replace('\n', "\n  ")
    );
    if !one.inputs.is_empty() {
        let inputs: Vec<String> =
            one.inputs.iter().map(|input| format!("{} = {}", input.name, input.value)).collect();
        text.push_str(&format!("  {}\n", inputs.join(", ")));
    }
    for earlier in &one.earlier {
        let what = lang.pick(&earlier.what.zh, &earlier.what.en).replace('\n', " / ");
        text.push_str(&format!("  ← {} {what}\n", earlier.entry));
    }
    text
}

fn to_json(one: &Explanation) -> Value {
    let inputs: Vec<Value> =
        one.inputs.iter().map(|input| json!({ "name": input.name, "value": input.value })).collect();
    let earlier: Vec<Value> = one
        .earlier
        .iter()
        .map(|earlier| json!({ "entry": earlier.entry, "what": { "zh": earlier.what.zh, "en": earlier.what.en } }))
        .collect();
    let (_, step, posting) = one.place;
    json!({
        "step": step, "posting": posting, "account": one.account, "owner": one.owner,
        "amount": one.change.amount, "before": one.change.before, "after": one.change.after,
        "rule": one.rule, "text": { "zh": one.text.zh, "en": one.text.en },
        "inputs": inputs, "earlier": earlier,
    })
}
