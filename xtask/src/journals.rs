//! `cargo xtask journals VERSION`: journals of every mechanism, written once at a release and kept for ever. A later version
//! must still read and verify them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Failure, Outcome, root, run, target_directory};

/// Where they are kept; each version in a folder of its own.
const KEPT: &str = "crates/ratchet-engine/tests/journals";

/// Guides with commands of a preset: the commands and their plan.
const GUIDES: [(&str, &str); 5] = [
    ("distribution-mall", "distribution-mall"),
    ("shared-purchase", "shared-purchase"),
    ("legacy-conversion", "legacy-conversion"),
    ("loyalty-fixed", "loyalty-fixed"),
    ("presets", "value-growth-hardened"),
];

/// A programme to be journaled: its plan and its commands, as files.
struct Source {
    name: String,
    plan: PathBuf,
    commands: PathBuf,
}

pub(crate) fn write(version: &str) -> Outcome {
    let folder = root().join(KEPT).join(version);
    if folder.exists() {
        return Err(format!("{} is there: kept journals are never written again", folder.display()));
    }
    let binary = crate::release_binary()?;
    let work = target_directory()?.join("journals");
    let failed = |error: std::io::Error| format!("cannot write into {}: {error}", work.display());
    drop(std::fs::remove_dir_all(&work));
    std::fs::create_dir_all(&work).map_err(failed)?;
    // What each journal holds: kinds of events, commands and due work.
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for source in sources(&work)? {
        let journal = work.join(format!("{}.jsonl", source.name));
        let mut replay = Command::new(&binary);
        replay.arg("replay").arg(&source.plan).arg(&source.commands).arg("--journal").arg(&journal);
        // Refused commands are part of some: exit code 1.
        let output = replay.output().map_err(|error| format!("cannot start ratchet: {error}"))?;
        if !matches!(output.status.code(), Some(0 | 1)) || !journal.exists() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{} cannot be replayed: {said}", source.name));
        }
        let kinds = kinds_in(&journal)?;
        all.extend(kinds.clone());
        held.insert(source.name, kinds);
    }
    // The guides, then whatever holds most of what is still missing.
    let mut chosen: BTreeSet<String> = GUIDES.iter().map(|(name, _)| format!("guide-{name}")).collect();
    loop {
        let covered: BTreeSet<&String> = chosen.iter().filter_map(|name| held.get(name)).flatten().collect();
        let missing = |kinds: &BTreeSet<String>| kinds.iter().filter(|kind| !covered.contains(kind)).count();
        match held.iter().max_by_key(|(_, kinds)| missing(kinds)) {
            Some((name, kinds)) if missing(kinds) > 0 => chosen.insert(name.clone()),
            _ => break,
        };
    }
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for name in &chosen {
        let text = work.join(format!("{name}.jsonl"));
        std::fs::copy(&text, folder.join(format!("{name}.jsonl"))).map_err(failed)?;
        let mut export = Command::new(&binary);
        run(export.args(["journal", "export"]).arg(&text).arg(folder.join(format!("{name}.rj"))))?;
    }
    println!("{} journals with {} kinds of events, commands and due work", chosen.len(), all.len());
    Ok(())
}

/// The guides, and every vector, written out as files.
fn sources(work: &Path) -> Result<Vec<Source>, Failure> {
    let mut sources: Vec<Source> = GUIDES
        .iter()
        .map(|(name, plan)| Source {
            name: format!("guide-{name}"),
            plan: root().join(format!("plans/{plan}.toml")),
            commands: root().join(format!("docs/guide/{name}.jsonl")),
        })
        .collect();
    let vectors = root().join("vectors");
    let files = std::fs::read_dir(&vectors).map_err(|error| format!("cannot read vectors/: {error}"))?;
    let mut files: Vec<PathBuf> = files.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    for path in files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"))
    {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).map_err(|error| format!("cannot read {name}: {error}"))?;
        let vector: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| format!("{name} is no JSON: {error}"))?;
        let lines = |field: &str| -> Vec<String> {
            let items = vector[field].as_array().into_iter().flatten();
            items.map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        };
        let [plan, commands] = ["toml", "commands"].map(|ending| work.join(format!("{name}.{ending}")));
        for (path, field) in [(&plan, "plan"), (&commands, "commands")] {
            std::fs::write(path, lines(field).join("\n"))
                .map_err(|error| format!("cannot write: {error}"))?;
        }
        sources.push(Source { name, plan, commands });
    }
    Ok(sources)
}

/// Kinds of events, commands and due work in a text journal.
fn kinds_in(journal: &Path) -> Result<BTreeSet<String>, Failure> {
    let text = std::fs::read_to_string(journal)
        .map_err(|error| format!("cannot read {}: {error}", journal.display()))?;
    let mut kinds = BTreeSet::new();
    for line in text.lines() {
        let entry: serde_json::Value =
            serde_json::from_str(line).map_err(|error| format!("a journal line is no JSON: {error}"))?;
        let body = &entry["body"];
        let steps = body["steps"].as_array().into_iter().flatten().map(|step| &step["event"]["type"]);
        for kind in steps.chain([&body["command"]["type"], &body["due"]]) {
            kinds.extend(kind.as_str().map(str::to_owned));
        }
    }
    Ok(kinds)
}
