//! Journals that older versions wrote, kept for ever in `tests/journals/` (docs/spec/journal.md, Versions).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ratchet_engine::engine::{DueKind, Engine};
use ratchet_engine::hash::Hash32;
use ratchet_engine::journal::{EntryBatch, RULES, Reader, Verifier, Writer, binary};
use ratchet_engine::snapshot::layout_hash;
use serde_json::Value;

/// Each version's folder, and the SHA-256 of its list `journals.json`, which has those of its files. A release adds a line.
const KEPT: &[(&str, &str)] = &[("v1", "f4ea79fa777983a72734ccf754327b9a06aece16514e69070f34908fd871ba66")];

/// Kinds of events, commands and due work that no kept journal holds, each with the reason.
const NOT_KEPT: &[(&str, &str)] = &[
    (
        "command admission_review",
        "only live programmes have an admission, and no live one is in guides, vectors and random programs",
    ),
    ("due cap_exits", "too rare in the programmes that journals are written of"),
    ("due plan_change", "only a fork changes the plan at once, and a fork is no journal"),
    ("event accelerations_due", "too rare in the programmes that journals are written of"),
    ("event admission_restored", "of admission_review"),
    ("event admission_suspended", "of admission_review"),
    ("event box_item_released", "too rare in the programmes that journals are written of"),
    ("event deposit_returned", "too rare in the programmes that journals are written of"),
    ("event loyalty_counted", "came after the journals of v1"),
    ("event loyalty_paid_out", "too rare in the programmes that journals are written of"),
    ("event loyalty_tier_fixed", "came after the journals of v1"),
    ("event loyalty_uncounted", "came after the journals of v1"),
    ("event offer_rested", "too rare in the programmes that journals are written of"),
    ("event plan_cancelled", "too rare in the programmes that journals are written of"),
    ("event release_paid_out", "too rare in the programmes that journals are written of"),
    ("event slice_ended", "only steps of more than 1,000 members take several entries"),
    ("event surplus_recovered", "too rare in the programmes that journals are written of"),
    ("event units_cancelled", "too rare in the programmes that journals are written of"),
];

/// Bytes of all kept journals of a version, at most: they stay in the repository for ever.
const BYTES_MAX: usize = 1_500_000;

/// A kept journal, with what its version said of it.
struct Kept {
    path: PathBuf,
    said: Value,
    text: String,
    /// In the binary form, where it is kept in that too.
    binary: Option<Vec<u8>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals")
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All kept journals of a version, as its list names them.
fn of_version(version: &str) -> Vec<Kept> {
    let folder = folder().join(version);
    let list: Vec<Value> = serde_json::from_slice(&read(&folder.join("journals.json"))).expect("a list");
    let kept = list.into_iter().map(|said| {
        let path = folder.join(said["name"].as_str().expect("a name"));
        let text = String::from_utf8(read(&path.with_extension("jsonl"))).expect("UTF-8");
        let binary = said.get("rj").map(|_| read(&path.with_extension("rj")));
        Kept { path, said, text, binary }
    });
    kept.collect()
}

/// All kept journals of all versions.
fn all() -> impl Iterator<Item = Kept> {
    KEPT.iter().flat_map(|(version, _)| of_version(version))
}

/// Verifies a binary journal, deciding again what was decided by today's rules.
fn verify(bytes: &[u8]) -> Result<Engine, String> {
    let mut verifier = Verifier::new();
    let reader = binary::read(bytes, |batch, record| verifier.push_batch(batch, record));
    let reader = reader.map_err(|error| error.to_string())?;
    let (engine, _) = verifier.finish().map_err(|error| error.to_string())?;
    // The digest in the closing record is compared where the layout of the state is still the same.
    reader.check(&engine).map_err(|error| error.to_string())?;
    Ok(engine)
}

/// JRN-14: nobody writes a kept journal again, takes one away or adds one to a version. If this fails, restore the files; a new
/// version gets a folder of its own by `cargo xtask journals`.
#[test]
fn kept_journals_are_never_written_again() {
    for (version, hash) in KEPT {
        let list = read(&folder().join(version).join("journals.json"));
        assert_eq!(Hash32::of(&list).to_string(), *hash, "{version}/journals.json");
        let (mut files, mut bytes) = (1, list.len());
        for Kept { path, said, text, binary } in of_version(version) {
            assert_eq!(Hash32::of(text.as_bytes()).to_string(), said["jsonl"], "{}.jsonl", path.display());
            (files, bytes) = (files + 1, bytes + text.len());
            if let Some(binary) = binary {
                assert_eq!(Hash32::of(&binary).to_string(), said["rj"], "{}.rj", path.display());
                (files, bytes) = (files + 1, bytes + binary.len());
            }
        }
        let there = fs::read_dir(folder().join(version)).expect("a folder").count();
        assert_eq!(there, files, "{version} has a file that its list does not name");
        assert!(bytes <= BYTES_MAX, "{version}: {bytes} bytes");
    }
    let folders = fs::read_dir(folder())
        .expect("tests/journals is there")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let named: BTreeSet<String> = KEPT.iter().map(|(version, _)| (*version).to_owned()).collect();
    assert_eq!(
        folders.collect::<BTreeSet<String>>(),
        named,
        "the folders in tests/journals are those of KEPT"
    );
}

/// JRN-14, JRN-15: this version reads every kept journal in both forms, decides again what today's rules decided, and comes to the
/// state that the version said it leads to.
#[test]
fn kept_journals_lead_to_the_state_they_name() {
    for Kept { path, said, text, binary } in all() {
        let mut verifier = Verifier::new();
        let read = text.lines().try_for_each(|line| verifier.push(line));
        let (engine, checked) = read
            .and_then(|()| verifier.finish_checked())
            .unwrap_or_else(|error| panic!("{}.jsonl: {error}", path.display()));
        if let Some(binary) = binary {
            let of_binary = verify(&binary).unwrap_or_else(|error| panic!("{}.rj: {error}", path.display()));
            assert_eq!(engine.digest(), of_binary.digest(), "{}", path.display());
        }
        assert_eq!(engine.next_seq(), said["entries"], "{}", path.display());
        if said["layout"] == layout_hash().to_string() {
            assert_eq!(engine.digest(), said["digest"], "{}", path.display());
        }
        let older = text.lines().filter(|line| !line.contains(&format!("\"rules\":{RULES},"))).count();
        assert_eq!(checked.replayed_only, u64::try_from(older).expect("few"), "{}", path.display());
    }
}

/// JRN-2, JRN-14: both forms of a kept journal hold the same entries; where this version still writes their format, it writes them as
/// they stand.
#[test]
fn both_forms_of_a_kept_journal_are_the_same() {
    for Kept { path, text, binary, .. } in all() {
        let Some(bytes) = binary else { continue };
        let (mut reader, mut line) = (Reader::new(), EntryBatch::new());
        let mut lines = text.lines();
        let (mut writer, mut written) = (Writer::new(), Vec::new());
        let mut currency = None;
        binary::read(&bytes[..], |batch, _| {
            // The description and the closing record hold no entries.
            if batch.is_empty() {
                return Ok(());
            }
            if let Some(genesis) = batch.genesis() {
                currency = Some(genesis.read_plan().expect("a plan").programme.currency);
            }
            for (entry, envelope) in batch.iter() {
                reader.read(lines.next().expect("as many lines as entries"), &mut line)?;
                let (same, command) = line.iter().next().expect("an entry");
                assert!(entry.is_same(&same) && envelope == command, "{}: {entry:?}", path.display());
            }
            writer.write_batch(batch, &currency.expect("a genesis"), &mut written);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(lines.next(), None, "{}", path.display());
        assert_eq!(String::from_utf8(written).expect("UTF-8"), text, "{}", path.display());
    }
}

/// JRN-14: the kept journals hold every kind of event, command and due work that this version knows, but those of a short list.
#[test]
fn kept_journals_hold_every_kind() {
    let schema: Value = serde_json::from_str(&binary::schema().text()).expect("JSON");
    let variants = |name: &str| -> Vec<String> {
        let variants = schema["types"][name]["enum"].as_array().expect("an enum");
        variants.iter().map(|variant| variant[0].as_str().expect("a name").to_owned()).collect()
    };
    let events = variants("Event").into_iter().map(|name| format!("event {name}"));
    let commands = variants("Command").into_iter().map(|name| format!("command {name}"));
    let due = DueKind::names().into_iter().map(|name| format!("due {name}"));
    let known: BTreeSet<String> = events.chain(commands).chain(due).collect();

    let mut held = BTreeSet::new();
    for kept in all() {
        for line in kept.text.lines() {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let body = &line["body"];
            let steps = body["steps"].as_array().expect("steps");
            held.extend(
                steps.iter().map(|step| format!("event {}", step["event"]["type"].as_str().expect("a type"))),
            );
            if let Some(name) = body["command"]["type"].as_str() {
                // The description names variants, the JSON form commands: `order_pay` is `order.pay`.
                held.insert(format!("command {}", name.replace('.', "_")));
            }
            held.extend(body["due"].as_str().map(|name| format!("due {name}")));
        }
    }
    let missing: BTreeSet<&str> = known.difference(&held).map(String::as_str).collect();
    let listed: BTreeSet<&str> = NOT_KEPT.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(
        missing, listed,
        "kinds that no kept journal holds, and those that the list gives a reason for"
    );
    assert!(NOT_KEPT.iter().all(|(_, reason)| !reason.is_empty()));
}
