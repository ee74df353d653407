//! `cargo xtask journals VERSION`: journals of every mechanism, written once at a release and kept for ever. A later version
//! must still read and verify them, as the test `kept_journals` does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Failure, Outcome, root, run, target_directory};

/// Where they are kept; each version in a folder of its own.
const KEPT: &str = "crates/ratchet-engine/tests/journals";

/// What stands beside them: each journal with its entries, the digest of the state it leads to, and the hashes of its files.
const LIST: &str = "journals.json";

/// With what a binary journal begins.
const MAGIC_BYTES: usize = 16;
/// What follows each of its records.
const HASH_BYTES: usize = 32;

/// Guides with commands of a preset: the commands and their plan.
const GUIDES: [(&str, &str); 5] = [
    ("distribution-mall", "distribution-mall"),
    ("shared-purchase", "shared-purchase"),
    ("legacy-conversion", "legacy-conversion"),
    ("loyalty-fixed", "loyalty-fixed"),
    ("presets", "value-growth-hardened"),
];

/// What one more journal costs beside its entries.
const FILE_BYTES: u64 = 10_000;
/// Bytes that a kind is worth, at most: what is in these folders stays in the repository for ever.
const PRICE_MAX: u64 = 30_000;
/// A journal is kept in the binary form too if it has so many kinds that no binary one has: each holds the whole description.
const BINARY_KINDS_MIN: usize = 10;

/// A programme to be journaled: its plan and its commands, as files.
struct Source {
    name: String,
    plan: PathBuf,
    commands: PathBuf,
}

/// What a text journal holds.
struct Journal {
    /// Kinds of events, commands and due work, each with the entry that holds it first.
    kinds: BTreeMap<String, First>,
}

#[derive(Clone)]
struct First {
    /// Bytes of the journal up to the end of the entry.
    end: u64,
    /// Key of the entry's command, or of the one after it; nothing if none follows.
    key: Option<String>,
}

impl Journal {
    /// Bytes for each kind that is not held yet, if it has any; the journal is cut after the last of them.
    fn price(&self, held: &BTreeSet<&String>) -> Option<u64> {
        let missing = self.kinds.iter().filter(|(kind, _)| !held.contains(kind));
        let ends: Vec<u64> = missing.map(|(_, first)| first.end).collect();
        let bytes = ends.iter().max()? + FILE_BYTES;
        Some(bytes / u64::try_from(ends.len()).unwrap_or(u64::MAX))
    }
}

impl Source {
    /// Writes its journal and says what it holds.
    fn replay(&self, binary: &Path, work: &Path) -> Result<Journal, Failure> {
        let journal = work.join(format!("{}.jsonl", self.name));
        let mut replay = Command::new(binary);
        replay.arg("replay").arg(&self.plan).arg(&self.commands).arg("--journal").arg(&journal);
        // Refused commands are part of some: exit code 1.
        let output = replay.output().map_err(|error| format!("cannot start ratchet: {error}"))?;
        if !matches!(output.status.code(), Some(0 | 1)) || !journal.exists() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{} cannot be replayed: {said}", self.name));
        }
        kinds_in(&journal)
    }

    /// Leaves out the commands after those that a journal of `held` and this one together needs, and writes the journal again.
    fn shortened(
        &self,
        journal: Journal,
        held: &BTreeSet<&String>,
        binary: &Path,
        work: &Path,
    ) -> Result<Journal, Failure> {
        let missing = || journal.kinds.iter().filter(|(kind, _)| !held.contains(kind));
        let last = missing().map(|(_, first)| first).max_by_key(|first| first.end);
        let Some(key) = last.and_then(|first| first.key.as_ref()) else { return Ok(journal) };
        let text = read(&self.commands)?;
        let is_last = |line: &str| {
            serde_json::from_str::<Value>(line).is_ok_and(|command| command["key"] == key.as_str())
        };
        let Some(end) = text.lines().position(is_last) else { return Ok(journal) };
        let commands: Vec<&str> = text.lines().take(end + 1).collect();
        write(&self.commands, &commands.join("\n"))?;
        let shorter = self.replay(binary, work)?;
        if missing().all(|(kind, _)| shorter.kinds.contains_key(kind)) {
            return Ok(shorter);
        }
        // A key that was refused at first and used later.
        write(&self.commands, &text)?;
        self.replay(binary, work)
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Writes the folder of a version, with the release binary if no other is named.
pub(crate) fn keep(version: &str, binary: Option<&str>) -> Outcome {
    let folder = root().join(KEPT).join(version);
    if folder.exists() {
        return Err(format!("{} is there: kept journals are never written again", folder.display()));
    }
    let binary = match binary {
        Some(path) => PathBuf::from(path),
        None => crate::release_binary()?,
    };
    let work = target_directory()?.join("journals");
    let failed = |error: std::io::Error| format!("cannot write into {}: {error}", work.display());
    drop(std::fs::remove_dir_all(&work));
    std::fs::create_dir_all(&work).map_err(failed)?;
    let mut chosen: BTreeMap<String, Journal> = BTreeMap::new();
    let mut others = Vec::new();
    for source in sources(&work)? {
        let journal = source.replay(&binary, &work)?;
        if source.name.starts_with("guide-") {
            chosen.insert(source.name, journal);
        } else {
            others.push((source, journal));
        }
    }
    // The guides, then again and again the journal that costs the fewest bytes for each kind that is still missing.
    loop {
        let held: BTreeSet<&String> = chosen.values().flat_map(|journal| journal.kinds.keys()).collect();
        let prices =
            others.iter().enumerate().filter_map(|(at, (_, journal))| Some((journal.price(&held)?, at)));
        let Some((_, at)) = prices.filter(|(price, _)| *price <= PRICE_MAX).min() else { break };
        let (source, journal) = others.swap_remove(at);
        let journal = source.shortened(journal, &held, &binary, &work)?;
        chosen.insert(source.name, journal);
    }
    let kinds: BTreeSet<&String> = chosen.values().flat_map(|journal| journal.kinds.keys()).collect();
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let bytes_of =
        |path: &Path| std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()));
    let mut by_kinds: Vec<(&String, &Journal)> = chosen.iter().collect();
    by_kinds.sort_by_key(|(name, journal)| (std::cmp::Reverse(journal.kinds.len()), *name));
    let (mut list, mut in_binary) = (Vec::new(), BTreeSet::new());
    for (name, journal) in by_kinds {
        let source = work.join(format!("{name}.jsonl"));
        let text = folder.join(format!("{name}.jsonl"));
        std::fs::copy(&source, &text).map_err(failed)?;
        // The closing record of the binary form says what the entries lead to.
        let records = work.join(format!("{name}.rj"));
        run(Command::new(&binary).args(["journal", "export"]).arg(&source).arg(&records))?;
        let closing = closing_record(&bytes_of(&records)?)?;
        let mut said = json!({
            "name": name,
            "entries": closing["entries"],
            "digest": closing["digest"],
            "layout": closing["layout"],
            "jsonl": sha256(&bytes_of(&text)?),
        });
        if journal.kinds.keys().filter(|kind| !in_binary.contains(kind)).count() >= BINARY_KINDS_MIN {
            in_binary.extend(journal.kinds.keys());
            std::fs::copy(&records, folder.join(format!("{name}.rj"))).map_err(failed)?;
            said["rj"] = sha256(&bytes_of(&records)?).into();
        }
        list.push(said);
    }
    // One journal a line.
    let lines: Vec<String> = list.iter().map(Value::to_string).collect();
    let list = format!("[\n{}\n]\n", lines.join(",\n"));
    std::fs::write(folder.join(LIST), &list).map_err(failed)?;
    println!("{} journals with {} kinds of events, commands and due work", chosen.len(), kinds.len());
    println!(
        "add to KEPT in crates/ratchet-engine/tests/it/kept.rs: (\"{version}\", \"{}\")",
        sha256(list.as_bytes())
    );
    Ok(())
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The last record of a binary journal (JRN-3, JRN-4).
fn closing_record(mut journal: &[u8]) -> Result<Value, Failure> {
    let mut last: &[u8] = &[];
    journal = journal.get(MAGIC_BYTES..).unwrap_or_default();
    while let Some((length, rest)) = journal.split_first_chunk::<8>() {
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        last = rest.get(..length).ok_or("a record of a binary journal ends too early")?;
        journal = rest.get(length + HASH_BYTES..).ok_or("a record of a binary journal has no hash")?;
    }
    let mut record: Value =
        serde_json::from_slice(last).map_err(|error| format!("the closing record is no JSON: {error}"))?;
    Ok(record["closing"].take())
}

/// The guides, every vector, and random programs of every profile, written out as files.
fn sources(work: &Path) -> Result<Vec<Source>, Failure> {
    let mut sources: Vec<Source> = GUIDES
        .iter()
        .map(|(name, plan)| Source {
            name: format!("guide-{name}"),
            plan: root().join(format!("plans/{plan}.toml")),
            commands: root().join(format!("docs/guide/{name}.jsonl")),
        })
        .collect();
    for path in files_in(&root().join("vectors"), "json")? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = read(&path)?;
        let vector: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| format!("{name} is no JSON: {error}"))?;
        let lines = |field: &str| -> Vec<String> {
            let items = vector[field].as_array().into_iter().flatten();
            items.map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        };
        let [plan, commands] = ["toml", "commands"].map(|ending| work.join(format!("{name}.{ending}")));
        for (path, field) in [(&plan, "plan"), (&commands, "commands")] {
            write(path, &lines(field).join("\n"))?;
        }
        sources.push(Source { name, plan, commands });
    }
    let programs = work.join("programs");
    std::fs::create_dir_all(&programs).map_err(|error| format!("cannot write: {error}"))?;
    let example = ["run", "--quiet", "--package", "ratchet-engine", "--example", "programs", "--", "--write"];
    run(crate::cargo().args(example).arg(&programs))?;
    for plan in files_in(&programs, "toml")? {
        let name = plan.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        sources.push(Source { name: format!("random-{name}"), commands: plan.with_extension("jsonl"), plan });
    }
    Ok(sources)
}

/// Files of a folder with this ending, by name.
fn files_in(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let files =
        std::fs::read_dir(folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let paths = files.filter_map(Result::ok).map(|entry| entry.path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect();
    paths.sort();
    Ok(paths)
}

/// Kinds of events, commands and due work in a text journal; an event may be called like a command.
fn kinds_in(journal: &Path) -> Result<Journal, Failure> {
    let text = read(journal)?;
    let (mut kinds, mut end) = (BTreeMap::new(), 0);
    // Due work is done when the command after it comes.
    let mut waiting: Vec<String> = Vec::new();
    for line in text.lines() {
        let entry: Value =
            serde_json::from_str(line).map_err(|error| format!("a journal line is no JSON: {error}"))?;
        let body = &entry["body"];
        end += u64::try_from(line.len()).unwrap_or(u64::MAX) + 1;
        let steps = body["steps"].as_array().into_iter().flatten();
        let events = steps.map(|step| ("event", &step["event"]["type"]));
        for (what, kind) in events.chain([("command", &body["command"]["type"]), ("due", &body["due"])]) {
            let Some(kind) = kind.as_str().map(|kind| format!("{what} {kind}")) else { continue };
            if !kinds.contains_key(&kind) {
                kinds.insert(kind.clone(), First { end, key: None });
                waiting.push(kind);
            }
        }
        if let Some(key) = body["command"]["key"].as_str() {
            for kind in waiting.drain(..) {
                kinds.insert(kind, First { end, key: Some(key.to_owned()) });
            }
        }
    }
    Ok(Journal { kinds })
}
