//! `ratchet verify-draw`: a draw checked with nothing but its file (PROMO-5d). Names the part that was changed.

use std::path::PathBuf;

use ratchet_engine::draw::record::{DrawFault, DrawRecord, RecordResult};
use serde_json::{Value, json};

use crate::fault::CliFault;
use crate::{Ended, Failure, Lang, files, print, print_json};

/// Longest file: the most entries of the longest ids.
const FILE_BYTES_MAX: usize = 1 << 28;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The draw, as `ratchet replay --draws` or the server wrote it / 抽签文件
    file: PathBuf,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let name = arguments.file.display().to_string();
    let bytes = files::read(&arguments.file, FILE_BYTES_MAX)?;
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Failure::refused(CliFault::DrawTooLarge { file: &name, most: FILE_BYTES_MAX }));
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Failure::refused(CliFault::DrawNotUtf8 { file: &name }))?;
    let record = DrawRecord::from_json(text)
        .map_err(|error| Failure::refused(CliFault::NotADraw { file: &name, error }))?;
    match record.check() {
        Ok(()) => {
            fits(arguments.json, lang, &name, &record)?;
            Ok(Ended::Done)
        }
        Err(fault) => {
            does_not_fit(arguments.json, lang, &name, &record, &fault)?;
            Ok(Ended::Refused)
        }
    }
}

/// What was drawn, as the file says it.
fn drawn(record: &DrawRecord) -> Vec<&str> {
    match &record.result {
        RecordResult::Winners { winners } => winners.iter().map(String::as_str).collect(),
        RecordResult::Item { item, .. } => vec![item.as_str()],
    }
}

fn hashes(record: &DrawRecord) -> Value {
    json!({ "commitment": record.commitment, "entries_hash": record.entries_hash })
}

fn fits(json: bool, lang: Lang, name: &str, record: &DrawRecord) -> Result<(), Failure> {
    let drawn = drawn(record);
    if json {
        return print_json(&json!({
            "file": name,
            "ok": true,
            "draw": record.draw,
            "campaign": record.campaign,
            "entries": record.entries.len(),
            "drawn": drawn,
            "hashes": hashes(record),
        }));
    }
    let (commitment, entries) = (record.commitment, record.entries_hash);
    let result = drawn.join(", ");
    let zh = format!(
        "{name}：相符。种子的哈希就是公布的哈希，{} 个参与项，由此抽得：{result}。\n公布的哈希 {commitment}\n参与项哈希 {entries}\n\
         这个文件可以被整份重写；请把公布的哈希与开抽之前公布的对照，把参与项与规则同活动页对照。",
        record.entries.len()
    );
    let en = format!(
        "{name}: fits. The seed has the published hash, there are {} entries, and from them follows: {result}.\n\
         published hash  {commitment}\nhash of entries {entries}\n\
         A file can be rewritten as a whole: compare the hash with the one published before there were entries, and entries and \
         terms with the listing.",
        record.entries.len()
    );
    print(&format!("{}\n", lang.pick(&zh, &en)))
}

fn does_not_fit(
    json: bool,
    lang: Lang,
    name: &str,
    record: &DrawRecord,
    fault: &DrawFault,
) -> Result<(), Failure> {
    let part = fault.part(record);
    let (zh, en) = match fault {
        DrawFault::Seed { has } => (
            format!("种子被改动：它的哈希是 {has}，公布的是 {}", record.commitment),
            format!("the seed was changed: its hash is {has}, published is {}", record.commitment),
        ),
        DrawFault::Entries { has } => (
            format!("参与项被改动：它们的哈希是 {has}，文件里写的是 {}", record.entries_hash),
            format!("the entries were changed: their hash is {has}, the file says {}", record.entries_hash),
        ),
        DrawFault::Terms { has } => (
            format!("奖品、权重或保底被改动：它们的哈希是 {has}，与文件里写的不同"),
            format!("items, weights or pity were changed: their hash is {has}, not the one the file says"),
        ),
        DrawFault::Result { follows } => (
            format!(
                "结果被改动：由种子与参与项得出的是 {}，文件里写的是 {}",
                follows.join("、"),
                drawn(record).join("、")
            ),
            format!(
                "the result was changed: from seed and entries follows {}, the file says {}",
                follows.join(", "),
                drawn(record).join(", ")
            ),
        ),
        DrawFault::Nothing => (
            "没有可抽的：参与项、中签数或权重不成立".to_owned(),
            "nothing can be drawn: there are not as many entries as winners, or nothing has a weight"
                .to_owned(),
        ),
    };
    if json {
        let follows = match fault {
            DrawFault::Result { follows } => follows.as_slice(),
            DrawFault::Seed { .. }
            | DrawFault::Entries { .. }
            | DrawFault::Terms { .. }
            | DrawFault::Nothing => &[],
        };
        return print_json(&json!({
            "file": name,
            "ok": false,
            "changed": part,
            "follows": follows,
            "text": { "zh": zh, "en": en },
        }));
    }
    print(&format!("{name}: {part}: {}\n", lang.pick(&zh, &en)))
}
